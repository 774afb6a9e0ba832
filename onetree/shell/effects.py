"""Walk the form of a command line as bash would run it, and note what each command does to files.

The state (directory, variables, functions, parameters) is followed through the line. Where the line may take one of
several ways, each is walked, its effects are not certain, and what differs afterwards is unknown. Commands themselves
are rows of commands.py; what a row cannot say is a function of programs/.
"""

import os
import stat
import time

from onetree.action import Command, Effect

from . import commands, programs, words
from .form import Compound, Node, Opaque, Pipe, Redirect, Sequence, Simple, Span, Unread, Unreadable
from .plain import split
from .scan import NAME
from .words import Field, Shell, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

DEPTH = 40  # levels of commands within commands
EFFECTS = 2000
LOOPS = 200  # words that a `for` is walked for one by one
SCRIPT = 65536  # bytes of a file that are read as commands or as a value

WRITES = (">", ">>", ">|", "&>", "&>>", ">&", "<>")


class Stop(Exception):
    """A bound was met: why."""


class State(Shell):
    """What the shell knows at one point of the line.

    variables: what the line assigned; None if the value is unknown. folders: where it may be; empty if unknown.
    piped: whether standard input is the line's own business, and text: what comes there, None if unknown.
    """

    def __init__(self, walker: "Walker", folders: "tuple[str, ...]", home: str, env: "Mapping[str, str]") -> None:
        self.walker = walker
        self.folders = folders
        self.home = home
        self.env = env
        self.variables: dict[str, str | list[str] | None] = {}
        self.functions: dict[str, tuple[str, Node, Span | None]] = {}
        self.parameters: list[str | None] | None = None
        self.certain = True
        self.piped = False
        self.text: str | None = None
        self.ended = False

    @property
    def folder(self) -> "str | None":  # type: ignore[override]
        """The directory that is most likely in force."""
        return self.folders[0] if self.folders else None

    def copy(self) -> "State":
        """A subshell's state, or one way of several."""
        made = State(self.walker, self.folders, self.home, self.env)
        made.variables = dict(self.variables)
        made.functions = dict(self.functions)
        made.parameters = self.parameters
        made.certain, made.piped, made.text = self.certain, self.piped, self.text
        return made

    def merge(self, other: "State") -> None:
        """After this way or the other: what differs is unknown, and it may be in either's directory."""
        if other.ended:
            other.ended = False
            return
        for name in {*self.variables, *other.variables}:
            mine = self.variables.get(name, self.env.get(name, False))
            if mine != other.variables.get(name, self.env.get(name, False)):
                self.variables[name] = None
        if self.folders and other.folders:
            self.folders = tuple(dict.fromkeys(self.folders + other.folders))[:4]
        else:
            self.folders = ()
        self.functions.update(other.functions)

    def lookup(self, name: str) -> "str | list[str] | None":
        """A variable or parameter at this point of the line."""
        if name in ("@", "*"):
            known = None if self.parameters is None else [p for p in self.parameters if p is not None]
            if known is None or len(known) != len(self.parameters or ()):
                raise Unknown("the parameters ($@)")
            return known
        if name == "#" and self.parameters is not None:
            return str(len(self.parameters))
        if words.digits(name):
            if self.parameters is None or name == "0":
                raise Unknown(f"the parameter ${name}")
            found = self.parameters[int(name) - 1] if int(name) <= len(self.parameters) else ""
            if found is None:
                raise Unknown(f"the parameter ${name}")
            return found
        if name in self.variables:
            value = self.variables[name]
            if value is None:
                raise Unknown(f"the value of ${name}")
            return value
        if name == "PWD":
            if len(self.folders) != 1:
                raise Unknown("the directory")
            return self.folders[0]
        if name == "HOME":
            return self.env.get(name, self.home)
        return self.env.get(name)

    def assign(self, name: str, value: "str | None") -> None:
        """Set a variable."""
        self.variables[name] = value

    def output(self, source: str) -> str:
        """Walk a command substitution: what it prints."""
        made = self.walker.source(source, self.copy(), self.walker.here)
        if made is None:
            raise Unknown(f"the output of $({source[:60]})")
        return made.rstrip("\n")

    def process(self, source: str, *, reads: bool) -> str:
        """Walk a process substitution; what <() prints is what its name holds."""
        way = self.copy()
        way.piped = way.piped or not reads
        way.text = way.text if reads else None
        printed = self.walker.source(source, way, self.walker.here)
        name = f"/dev/fd/{63 - self.walker.processes}"
        self.walker.processes += 1
        self.walker.files[name] = printed if reads else None
        return name

    def made(self, folder: str) -> "list[str]":
        """Names that the line made in a folder."""
        return self.walker.names.get(folder, [])


class Walker:
    """effects and commands are the result; the rest is what is remembered on the way."""

    def __init__(self, state: str, deadline: float) -> None:
        self.effects: list[Effect] = []
        self.commands: list[Command] = []
        self.state = state
        self.deadline = deadline
        self.depth = 0
        self.text = ""  # the source being walked
        self.fixed: Span | None = None  # the span of the outermost construct, when that source is within another
        self.here: Span = (0, 0)  # the span of the command being walked, in the outermost source
        self.seen: set[tuple[str, str, str, bool, Span]] = set()
        self.files: dict[str, str | None] = {}  # what the line writes, and the text if it is known
        self.names: dict[str, list[str]] = {}  # names made in a folder by the line
        self.folders: set[str] = set()  # folders made by the line
        self.processes = 0  # how many <() and >() there were
        self.links: dict[str, str] = {}  # links made by the line -> what they lead to
        self.trail: tuple[str, ...] = ()  # what led from the command line to what is being walked

    # -- sources -------------------------------------------------------------------------------------------------------

    def source(self, source: str, state: State, span: "Span | None") -> "str | None":
        """Walk commands given as text: what they print, None if that is unknown. span: None for the outermost."""
        if self.depth >= DEPTH:
            raise Stop(f"commands nested more than {DEPTH} levels deep")
        outer = self.text, self.fixed
        self.depth += 1
        self.text, self.fixed = source, span
        try:
            form = split(source)
            if form is None:
                from .front import read

                form = read(source, self.state, self.deadline)
            return self.walk(form, state)
        except Unreadable as e:
            self.opaque(e.why, state, self.span(e.span))
            return None
        finally:
            self.depth -= 1
            self.text, self.fixed = outer

    def span(self, span: Span) -> Span:
        """Where something is in the outermost source."""
        return self.fixed or span

    def file(self, path: str) -> "str | None":
        """The text of a small regular file, as the line left it; None if it cannot be known."""
        path = os.path.normpath(path)
        if path in self.files:
            return self.files[path]
        try:
            found = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, ValueError):
            return None
        try:
            status = os.fstat(found)
            if not stat.S_ISREG(status.st_mode) or status.st_size > SCRIPT:
                return None
            data = os.read(found, SCRIPT)
        except OSError:
            return None
        finally:
            os.close(found)
        return None if b"\0" in data else data.decode("utf-8", "surrogateescape")

    # -- notes ---------------------------------------------------------------------------------------------------------

    def note(self, effect: Effect) -> None:
        """Add an effect, once."""
        key = (effect.op, effect.path or effect.why, effect.via, effect.tree, effect.span)
        if key not in self.seen:
            self.seen.add(key)
            if len(self.effects) >= EFFECTS:
                raise Stop(f"more than {EFFECTS} effects")
            self.effects.append(effect)

    def opaque(
        self, why: str, state: State, span: "Span | None" = None, via: str = "", candidates: "tuple[str, ...]" = ()
    ) -> None:
        """Note that something is done that cannot be read, perhaps to these files."""
        span = span or self.here
        via = self.led(via)
        self.note(Effect("opaque", "", via, why=why, certain=state.certain, span=span, candidates=candidates))

    def led(self, via: str) -> str:
        """How an effect comes about, with what led there."""
        return " -> ".join((*self.trail, via) if via else self.trail)

    def emit(
        self, op: str, field: Field, state: State, via: str, *, tree: bool = False, certain: bool = True
    ) -> "list[str]":
        """Note one operation on the path that a field names; the absolute paths it may be."""
        text = field.text
        if text is None:
            if op != "read":  # a read of what is unknown is told by the command itself
                self.opaque(f"{via}: {field.why} is known only when it runs", state, via=via)
            return []
        if not text or text == "-" or "\0" in text:
            return []
        if text in commands.DEVICES or (text.startswith(commands.DEVICE_FOLDERS) and "/.." not in text):
            return []
        if not text.startswith("/") and not state.folders:
            if op != "read":
                self.opaque(f"{via}: the directory in which {text} lies is known only when it runs", state, via=via)
            return []
        paths = [os.path.join(folder, text) for folder in (state.folders or ("/",))]
        if text.startswith("/"):
            paths = [text]
        sure = certain and state.certain and len(paths) == 1
        for path in paths:
            for name in (path, *self.aliases(path)):
                by = self.led(via)
                self.note(Effect(op, name, by, written=field.written, certain=sure, tree=tree, span=self.here))
            if op == "write":
                self.remember(path)
        return paths

    def remember(self, path: str, text: "str | None" = None) -> None:
        """Keep in mind that the line wrote a file, and its text if that is known."""
        path = os.path.normpath(path)
        self.files[path] = text
        folder, name = os.path.split(path)
        self.names.setdefault(folder, []).append(name)

    def aliases(self, path: str) -> "list[str]":
        """Where a path leads by links that the line itself made."""
        found: list[str] = []
        plain = os.path.normpath(path)
        for _ in range(8):
            for link, target in self.links.items():
                if plain == link or plain.startswith(link + "/"):
                    plain = os.path.normpath(target + plain[len(link) :])
                    found.append(plain)
                    break
            else:
                break
        return found

    # -- nodes ---------------------------------------------------------------------------------------------------------

    def walk(self, node: Node, state: State) -> "str | None":
        """Walk one node: what it prints, None if that is unknown."""
        if time.monotonic() > self.deadline:
            raise Stop("out of time")
        if isinstance(node, Simple):
            return self.simple(node, state)
        if isinstance(node, Sequence):
            return self.sequence(node, state)
        if isinstance(node, Pipe):
            return self.pipe(node, state)
        if isinstance(node, Compound):
            return self.compound(node, state)
        if isinstance(node, Opaque):
            return self.condition(node, state)
        raise Unreadable(node.why, *node.span)

    def sequence(self, node: Sequence, state: State) -> "str | None":
        """Walk commands in order; what follows || only may run."""
        printed: list[str | None] = []
        others: list[State] = []  # the directories of ways that && left
        for joiner, part in node.items:
            if joiner == "||":
                way = state.copy()
                way.certain = False
                printed.append(self.walk(part, way))
                state.merge(way)
                continue
            if joiner == "&&" and len(state.folders) > 1:
                others.append(state.copy())
                state.folders = state.folders[:1]  # the cd before it has worked
            elif joiner != "&&":
                for other in others:
                    state.merge(other)
                others.clear()
            if isinstance(part, Unread):
                self.opaque(part.why, state, self.span(part.span))
                printed.append(None)
                continue
            printed.append(self.walk(part, state))
        known = [text for text in printed if text is not None]
        return "".join(known) if len(known) == len(printed) else None

    def pipe(self, node: Pipe, state: State) -> "str | None":
        """Walk each command of a pipeline in a state of its own, its input being what the one before prints."""
        printed: str | None = None
        for index, part in enumerate(node.parts):
            way = state.copy()
            if index:
                way.piped, way.text = True, printed
            printed = self.walk(part, way)
        return printed

    def condition(self, node: Opaque, state: State) -> str:
        """[[ ]] and (( )): only what is substituted in them, and what (( )) assigns."""
        text = self.text[slice(*node.span)]
        self.here = self.span(node.span)
        if "$" in text or "`" in text:
            words.visit(text, state)
        if text.startswith("(("):
            name = ""
            for c in text:
                if c in NAME:
                    name += c
                else:
                    if name and not name[0].isdigit():
                        state.variables[name] = None
                    name = ""
        return ""

    def compound(self, node: Compound, state: State) -> "str | None":
        """Walk a compound command within its redirections."""
        if node.kind == "function":
            name = self.text[slice(*node.name)]
            state.functions[name] = (self.text, node.parts[0][1], self.fixed)
            return ""
        before = state.piped, state.text
        to_file = self.redirects(node.redirects, state)
        try:
            printed = self.inside(node, state)
        finally:
            state.piped, state.text = before
        return self.printed(to_file, printed)

    def inside(self, node: Compound, state: State) -> "str | None":
        """Walk what a compound command holds."""
        if node.kind == "subshell":
            return self.walk(node.parts[0][1], state.copy())
        if node.kind == "group":
            return self.walk(node.parts[0][1], state)
        if node.kind == "for":
            return self.loop(node, state)
        if node.kind == "case":
            for span in node.words or []:
                self.here = self.span(span)
                words.expand(self.text[slice(*span)], state)
            self.ways([part for _, part in node.parts], state)
        elif node.kind == "if":
            for keyword, part in node.parts:
                if keyword in ("if", "elif"):
                    self.walk(part, state)
            self.ways([part for keyword, part in node.parts if keyword in ("then", "else")], state)
        else:
            for _ in range(2):  # the second time, what the body changes is unknown
                self.walk(node.parts[0][1], state)
                self.ways([node.parts[1][1]], state)
        return None

    def ways(self, parts: "list[Node]", state: State) -> None:
        """Walk parts of which one or none runs."""
        ways = []
        for part in parts:
            way = state.copy()
            way.certain = False
            self.walk(part, way)
            ways.append(way)
        for way in ways:
            state.merge(way)

    def loop(self, node: Compound, state: State) -> "str | None":
        """Walk a `for`: for each word that is known, and once more if there are others."""
        name = self.text[slice(*node.name)]
        body = node.parts[0][1]
        if node.words is None:
            values = [Field(text, "$@", "the parameters ($@)") for text in state.parameters or [None]]
        else:
            values = []
            for span in node.words:
                self.here = self.span(span)
                values.extend(words.expand(self.text[slice(*span)], state))
        known = [field.text for field in values if field.text is not None]
        printed: list[str | None] = []
        if len(known) <= LOOPS:
            for text in known:
                state.variables[name] = text
                printed.append(self.walk(body, state))
        if len(known) < len(values) or len(known) > LOOPS:
            printed.append(None)
            for _ in range(2):
                state.variables[name] = None
                self.ways([body], state)
        texts = [text for text in printed if text is not None]
        return "".join(texts) if len(texts) == len(printed) else None

    # -- simple commands -----------------------------------------------------------------------------------------------

    def simple(self, node: Simple, state: State) -> "str | None":
        """Walk a simple command: expand its words, redirect, run."""
        self.here = here = self.span(node.span)
        state.ended = False
        fields: list[Field] = []
        for span in node.words:
            fields.extend(words.expand(self.text[slice(*span)], state))
            self.here = here
        assigned = self.assignments(node.assignments, state)
        self.orders(assigned, state)
        self.here = here
        before = state.piped, state.text
        try:
            to_file = self.redirects(node.redirects, state)
            self.here = here
            if not fields:
                state.variables.update(assigned)
                reads = any(redirect.op == "<" for redirect in node.redirects)
                return self.printed(to_file, state.text if reads else "")  # $(<file)
            kept = dict(state.variables)
            state.variables.update(assigned)
            printed = self.run(fields, state, assigned)
            for name in assigned:
                if name in kept:
                    state.variables[name] = kept[name]
                else:
                    state.variables.pop(name, None)
        finally:
            state.piped, state.text = before
        return self.printed(to_file, printed)

    def orders(self, assigned: "Mapping[str, str | list[str] | None]", state: State) -> None:
        """Walk the values of variables that some program will run: GIT_EDITOR, PAGER, BASH_ENV."""
        for name, value in assigned.items():
            if name not in commands.RUN_VARIABLES and name not in commands.SCRIPT_VARIABLES:
                continue
            if not isinstance(value, str):
                self.opaque(f"the value of {name} is run, and known only when it runs", state)
            elif name in commands.SCRIPT_VARIABLES:
                self.run([Field(".", "."), Field(value, value)], state.copy(), {})
            elif value and not value.startswith("ssh "):  # git's own way to its servers
                self.source(value, state.copy(), self.here)

    def assignments(self, spans: "list[Span]", state: State) -> "dict[str, str | list[str] | None]":
        """The variables that assignments set; None for an unknown value."""
        made: dict[str, str | list[str] | None] = {}
        for span in spans:
            name, value = self.assignment(self.text[slice(*span)], state)
            made[name] = value
            if len(spans) > 1:  # a=1 b=$a
                state.variables[name] = value
        return made

    def assignment(self, source: str, state: State) -> "tuple[str, str | list[str] | None]":
        """NAME=value, NAME+=value, NAME=(list), NAME[i]=value: the name and the value, None if unknown."""
        name, _, value = source.partition("=")
        add = name.endswith("+")
        name = name.removesuffix("+")
        if name.endswith("]"):
            words.visit(source, state)
            return name.partition("[")[0], None
        try:
            old = state.lookup(name) if add else None
            if value.startswith("("):
                made = self.array(value[1:-1], state)
                if made is None:
                    return name, None
                return name, (old + made if isinstance(old, list) else [old, *made] if old else made)
            text = words.value(value, state, assignment=True)
            if isinstance(old, list):
                return name, None
            text = (old or "") + text
            return name, text if len(text) <= words.VALUE else None
        except Unknown:
            return name, None

    def array(self, inside: str, state: State) -> "list[str] | None":
        """The values of a list in parentheses; None if one is unknown."""
        from .scan import after_word

        made: list[str] = []
        unknown = False
        i = 0
        while i < len(inside):
            if inside[i] in " \t\n":
                i += 1
                continue
            if inside[i] == "#":
                end = inside.find("\n", i)
                i = len(inside) if end < 0 else end
                continue
            end = after_word(inside, i, 0)
            word = inside[i:end]
            unknown = unknown or (word.startswith("[") and "]=" in word)
            for field in words.expand(word, state):
                if field.text is None:
                    unknown = True
                else:
                    made.append(field.text)
            i = max(end, i + 1)
        return None if unknown else made

    def redirects(self, redirects: "list[Redirect]", state: State) -> "list[str]":
        """Note what redirections do, set the state's standard input: where standard output goes, if to a file."""
        to_file: list[str] = []
        for redirect in redirects:
            self.here = self.span(redirect.span)
            source = self.text[slice(*redirect.target)]
            if redirect.op == "<<" and redirect.heredoc:
                if redirect.fd in ("", "0"):
                    state.piped, state.text = True, self.heredoc(redirect, state)
                continue
            field = self.target(source, state)
            if redirect.op == "<<<":
                state.piped, state.text = True, None if field.text is None else field.text + "\n"
                continue
            if redirect.op in (">&", "<&") and self.is_descriptor(field, redirect):
                continue
            if redirect.op == "<":
                self.emit("read", field, state, "< redirection")
                if redirect.fd in ("", "0"):
                    state.piped = True
                    state.text = self.file(os.path.join(state.folder or "/", field.text)) if field.text else None
            elif redirect.op in WRITES:
                paths = self.emit("write", field, state, f"{redirect.op} redirection", certain=redirect.op != "<>")
                if redirect.fd in ("", "1") and redirect.op != "<>":
                    to_file = paths if redirect.op not in (">>", "&>>") else [">>", *paths]
                    to_file = to_file or ["/dev/null"]
        return to_file

    def target(self, source: str, state: State) -> Field:
        """A redirection's word: bash takes it only if it becomes one word."""
        fields = words.expand(source, state)
        if len(fields) == 1:
            return fields[0]
        if not fields:
            return Field("", source)
        return Field(None, source, f"which of {len(fields)} names {source} becomes")

    def is_descriptor(self, field: Field, redirect: Redirect) -> bool:
        """Whether >&WORD and <&WORD name a descriptor."""
        if field.text is None:
            return redirect.op == "<&" or bool(redirect.fd)
        return redirect.op == "<&" or words.digits(field.text.rstrip("-")) or field.text == "-"

    def heredoc(self, redirect: Redirect, state: State) -> "str | None":
        """The text of a here-document, None if unknown."""
        found = redirect.heredoc
        if found is None:
            return None
        text = self.text[slice(*found.body)]
        if found.strip:
            text = "".join(line.lstrip("\t") for line in text.splitlines(keepends=True))
        if found.literal:
            return text
        try:
            return words.body(text, state)
        except Unknown:
            return None

    def printed(self, to_file: "list[str]", text: "str | None") -> "str | None":
        """What is left to print after redirections; what goes to a file is remembered as its text."""
        if not to_file:
            return text
        append = to_file[0] == ">>"
        for path in to_file[append:]:
            if append and text is not None:
                old = self.file(path) if os.path.normpath(path) in self.files or os.path.exists(path) else ""
                text = None if old is None else old + text
            self.remember(path, text)
        return ""

    def run(
        self, fields: "list[Field]", state: State, assigned: "Mapping[str, str | list[str] | None]"
    ) -> "str | None":
        """Run one command whose words are known as far as they can be: what it prints."""
        if time.monotonic() > self.deadline:
            raise Stop("out of time")
        name = fields[0].text
        if name is None:
            self.opaque(f"the command's name: {fields[0].why} is known only when it runs", state)
            return None
        if name in state.functions:
            return self.function(name, fields[1:], state)
        row = commands.find(name.rpartition("/")[2])
        call = programs.Call(self, state, fields, assigned)
        if "/" in name and (known := self.made_file(name, state)) is not False:
            call.record()
            from .programs.shells import run_made

            return run_made(call, known)
        if row is None:
            call.record()
            state.ended = name in ("exit", "return", "break", "continue")
            return "" if name in ("true", ":", "false", "test", "[") else None
        call.parse(row)
        if row[0].startswith("!"):
            return programs.handler(row[0][1:])(call)
        call.record()
        call.operate()
        return None

    def made_file(self, name: str, state: State) -> "str | bool | None":
        """The text of a file that the line itself wrote, None if unknown; False if it did not write it."""
        path = os.path.normpath(os.path.join(state.folder or "/", name))
        return self.files.get(path, False)

    def function(self, name: str, arguments: "list[Field]", state: State) -> "str | None":
        """Walk a call of a function that the line defined."""
        source, body, fixed = state.functions[name]
        if self.depth >= DEPTH:
            raise Stop(f"commands nested more than {DEPTH} levels deep")
        outer = self.text, self.fixed, state.parameters
        self.depth += 1
        self.text, self.fixed = source, fixed or self.fixed or self.here
        state.parameters = [field.text for field in arguments]
        try:
            return self.walk(body, state)
        finally:
            self.depth -= 1
            self.text, self.fixed, state.parameters = outer
