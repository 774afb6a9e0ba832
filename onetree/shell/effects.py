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
from .scan import is_name
from .words import Field, Shell, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

DEPTH = 40  # levels of commands within commands
EFFECTS = 2000
LONGEST = 4096  # PATH_MAX: one system call takes no more, though mkdir -p and find go down step by step
LOOPS = 200  # words that a `for` is walked for one by one
SCRIPT = 65536  # bytes of a file that are read as commands or as a value

# Modules whose commands tell every file that they make.
SURE = (
    "!builtins",
    "!queries",
    "!files",
    "!shells",
    "!wrappers",
    "!flow",
    "!text",
    "!printing",
    "!reading",
    "!editing.sed",
    "!patching",
    "!git",
)
# Commands that are there for their status: what follows them by && is a branch.
CONDITIONS = "test [ grep egrep fgrep rg diff cmp command type which hash pgrep pidof mountpoint fuser".split()
WRITES = (">", ">>", ">|", "&>", "&>>", ">&", "<>")


class Stop(Exception):
    """A bound was met: why."""


class Archive(str):
    """What an archiver prints: not a text, but the members that it puts into it."""

    __slots__ = ("members",)

    members: "list[tuple[str, bool]]"


def archive(members: "list[tuple[str, bool]]") -> Archive:
    """An archive with these members."""
    made = Archive("\0")
    made.members = members
    return made


def together(printed: "list[str | None]") -> "str | None":
    """What commands print one after the other; None if one is unknown."""
    texts = [text for text in printed if text is not None]
    if len(texts) < len(printed):
        return None
    archives = [text for text in texts if isinstance(text, Archive)]
    if archives:
        return archives[0] if len([text for text in texts if text]) == 1 else None
    return "".join(texts)


class State(Shell):
    """What the shell knows at one point of the line.

    variables: what the line assigned; None if the value is unknown. folders: where it may be; empty if unknown.
    piped: whether standard input is the line's own business, and text: what comes there, None if unknown.
    """

    def __init__(self, walker: "Walker", folders: "tuple[str, ...]", home: str, env: "Mapping[str, str]") -> None:
        self.walker = walker
        self.deadline = walker.deadline
        self.folders = folders
        self.home = home
        self.env = env
        self.variables: dict[str, words.Value] = {}
        self.functions: dict[str, tuple[str, Node, Span | None]] = {}
        self.parameters: list[str | None] | None = None
        self.certain = True
        self.piped = False
        self.text: str | None = None
        self.status: int | None = 0
        self.flow = ""  # exit, return, break or continue, when one was met
        self.locals: dict[str, Any] = {}  # of the function that runs: what its local variables were before
        self.levels = 0  # loops that break and continue still leave
        self.kinds: dict[str, str] = {}  # of variables: i, l, u by declare; n: another variable's name
        self.stack: list[tuple[str, ...]] = []  # of pushd and popd
        self.name: str | None = None  # $0
        self.options: set[str] = set()  # of set and shopt: errexit, nounset, noclobber, extglob, ...
        self.archive: list[tuple[str, bool]] | str | None = None  # what standard input is: members, or the file's path
        self.inner = ("", 0)  # of getopts: the word it is at, and the letter in it
        self.last: str | None = ""  # $_
        self.inputs: dict[str, str | None] = {}  # what is still to be read from descriptors other than 0
        self.aliases: dict[str, tuple[str, str, int]] = {}  # what each stands for, the source that says so, and where
        self.ending: str | None = None  # what the trap of EXIT runs

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
        made.status = self.status
        made.options, made.kinds, made.stack = set(self.options), dict(self.kinds), list(self.stack)
        made.name, made.inner, made.last = self.name, self.inner, self.last
        made.archive = self.archive
        made.inputs, made.aliases = dict(self.inputs), dict(self.aliases)
        return made

    def merge(self, other: "State") -> None:
        """After this way or the other: what differs is unknown, and it may be in either's directory."""
        if other.flow:  # that way does not come here
            return
        if self.flow:
            self.flow = ""
            self.variables, self.folders, self.functions = other.variables, other.folders, other.functions
            self.status, self.text = other.status, other.text
            return
        self.status = self.status if self.status == other.status else None
        self.text = self.text if self.text == other.text else None
        self.last = self.last if self.last == other.last else None
        for place in {*self.inputs, *other.inputs}:
            if self.inputs.get(place) != other.inputs.get(place):
                self.inputs[place] = None
        for name in {*self.variables, *other.variables}:
            mine = self.variables.get(name, self.env.get(name, False))
            if mine != other.variables.get(name, self.env.get(name, False)):
                self.variables[name] = None
        if self.folders and other.folders:
            self.folders = tuple(dict.fromkeys(self.folders + other.folders))[:4]
        else:
            self.folders = ()
        self.functions.update(other.functions)

    def lookup(self, name: str) -> "words.Value":
        """A variable or parameter at this point of the line."""
        if name in ("@", "*"):
            known = None if self.parameters is None else [p for p in self.parameters if p is not None]
            if known is None or len(known) != len(self.parameters or ()):
                raise Unknown("the parameters ($@)")
            return known
        if name == "#" and self.parameters is not None:
            return str(len(self.parameters))
        if name == "?":
            if self.status is None:
                raise Unknown("the status ($?)")
            return str(self.status)
        if words.digits(name):
            if name == "0" and self.name is not None:
                return self.name
            if self.parameters is None or name == "0":
                raise Unknown(f"the parameter ${name}")
            found = self.parameters[int(name) - 1] if int(name) <= len(self.parameters) else ""
            if found is None:
                raise Unknown(f"the parameter ${name}")
            return found
        if name == "_":
            if self.last is None:
                raise Unknown("the last word of the command before ($_)")
            return self.last
        if self.kinds and self.kinds.get(name) == "n":
            return self.referred(name)
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

    def meant(self, name: str) -> str:
        """The variable that a name reference stands for, or the name itself (bash(1), declare -n)."""
        for _ in range(8):
            if self.kinds.get(name) != "n":
                break
            target = self.variables.get(name)
            if not isinstance(target, str) or not is_name(target):
                break
            name = target
        return name

    def referred(self, name: str) -> "words.Value":
        """The value of the variable that a name reference stands for."""
        target = self.meant(name)
        if target == name or self.kinds.get(target) == "n":
            raise Unknown(f"the value of ${name}")
        return self.lookup(target)

    def assign(self, name: str, value: "str | None") -> None:
        """Set a variable."""
        name, _, index = name.removesuffix("]").partition("[")
        name = self.meant(name) if self.kinds else name
        self.variables[name] = None if index else value

    def typed(self, name: str, text: str, old: "words.Value" = None) -> str:
        """A value as declare -i, -l, -u of its variable make it."""
        kind = self.kinds.get(name)
        if kind == "i":
            added = text[len(old) :] if isinstance(old, str) else ""
            return words.arithmetic(f"({old})+({added})" if added and old else text, self)
        return text.lower() if kind == "l" else text.upper() if kind == "u" else text

    def output(self, source: str) -> str:
        """Walk a command substitution: what it prints."""
        made = self.walker.source(source, self.copy(), self.walker.here)
        if made is None or isinstance(made, Archive):
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

    def names(self, prefix: str) -> "list[str]":
        """Variables whose names begin so."""
        return sorted(name for name in {*self.variables, *self.env} if name.startswith(prefix))

    def option(self, name: str) -> bool:
        """Whether an option of set or shopt is on."""
        return name in self.options

    def separators(self) -> str:
        """IFS."""
        found = self.variables.get("IFS", words.BLANKS)
        if not isinstance(found, str):
            raise Unknown("the value of $IFS")
        return found

    def there(self, path: str) -> bool:
        """Whether there is a file at this point of the line, as far as is known."""
        plain = os.path.normpath(path)
        if path.endswith("/"):
            return plain in self.walker.folders or (os.path.isdir(plain) and plain not in self.walker.gone)
        if not self.walker.files and not self.walker.gone:
            return os.path.lexists(plain)
        found = self.walker.exists(plain)
        return os.path.lexists(plain) or plain in self.walker.files if found is None else found

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
        self.archives: dict[str, list[tuple[str, bool]]] = {}  # archives among them, and their members
        self.names: dict[str, list[str]] = {}  # names made in a folder by the line
        self.gone: set[str] = set()  # what the line deleted
        self.doubtful: set[str] = set()  # what it only may have made or deleted
        self.unsure = False  # whether something ran that may make or delete any file
        self.folders: set[str] = set()  # folders made by the line
        self.at = 0  # where the command being run ends, in text
        self.returns = 0  # functions and sourced files that are being walked
        self.processes = 0  # how many <() and >() there were
        self.links: dict[str, str] = {}  # links made by the line -> what they lead to
        self.repositories: dict[str, object] = {}  # git repositories by their top; "" when one is no longer known
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

    def file(self, path: str, most: int = SCRIPT) -> "str | None":
        """The text of a regular file of at most so many bytes, as the line left it; None if it cannot be known."""
        path = os.path.normpath(path)
        if path in self.files:
            return self.files[path]
        from .regular import opened

        try:
            found = opened(path)
        except (OSError, ValueError):
            return None
        try:
            status = os.fstat(found)
            if not stat.S_ISREG(status.st_mode) or status.st_size > most:
                return None
            data = os.read(found, most)
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
        self.unsure = True
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
        if not words.encodable(text):
            self.opaque(f"{via}: a name that no file can have", state, via=via)
            return []
        if len(text) > LONGEST:
            self.opaque(f"{via}: a path of more than {LONGEST} characters", state, via=via)
            return []
        if time.monotonic() > self.deadline:
            raise Stop("out of time")
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
                if tree:
                    self.folders.add(os.path.normpath(path))
            elif op == "delete":
                self.forget(os.path.normpath(path))
            if op in ("write", "delete") and not sure:
                self.doubtful.add(os.path.normpath(path))
        return paths

    def forget(self, path: str) -> None:
        """Keep in mind that the line deleted a file."""
        self.gone.add(path)
        self.files.pop(path, None)
        self.folders.discard(path)
        folder, name = os.path.split(path)
        if name in self.names.get(folder, ()):
            self.names[folder].remove(name)

    def exists(self, path: str) -> "bool | None":
        """Whether there is a file at a normal path at this point of the line; None if that is not known."""
        above = path
        while above not in ("/", ""):
            if above in self.doubtful:
                return None
            if above in self.gone:
                return False
            if above in self.files or above in self.folders:
                return True if above == path else None if above in self.files else self.there(path)
            above = os.path.dirname(above)
        return self.there(path)

    def there(self, path: str) -> "bool | None":
        """Whether there is a file in the real tree, which something may have made meanwhile."""
        if os.path.lexists(path):
            return True
        if self.unsure or any(made.startswith(path + "/") for made in (*self.files, *self.folders)):
            return None
        return False

    def remember(self, path: str, text: "str | None" = None) -> None:
        """Keep in mind that the line wrote a file, and its text if that is known."""
        path = os.path.normpath(path)
        self.files[path] = text
        self.archives.pop(path, None)
        self.gone.discard(path)
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
        """Walk commands in order; what follows || only may run, unless the status before it is known."""
        printed: list[str | None] = []
        others: list[State] = []  # the directories of ways that && left
        doubt = False  # whether a condition that is not known decides
        for index, (joiner, part) in enumerate(node.items):
            if joiner == "||" and state.status is None and not state.flow:
                way = state.copy()
                way.certain = False
                printed.append(self.walk(part, way))
                state.merge(way)
                state.status = None
                continue
            if joiner == "&&" and len(state.folders) > 1:
                others.append(state.copy())
                state.folders = state.folders[:1]  # the cd before it has worked
            elif joiner not in ("&&", "||"):
                for other in others:
                    state.merge(other)
                others.clear()
            if state.flow:
                if isinstance(node.items[-1][1], Unread):  # perhaps it does not come after this `exit` at all
                    self.opaque(node.items[-1][1].why, state, self.span(node.items[-1][1].span))
                break
            if (joiner == "&&" and state.status) or (joiner == "||" and state.status == 0):
                continue
            if isinstance(part, Unread):
                self.opaque(part.why, state, self.span(part.span))
                printed.append(None)
                continue
            if joiner != "&&":
                doubt = False
            elif state.status is None and self.asks(node.items[index - 1][1]):
                doubt = True
            printed.append(self.perhaps(part, state) if doubt else self.walk(part, state))
            if state.status and "errexit" in state.options and not isinstance(part, Pipe):
                following = node.items[index + 1][0] if index + 1 < len(node.items) else ""
                if following not in ("&&", "||"):
                    state.flow = "exit"
        return together(printed)

    def asks(self, node: "Node | Unread") -> bool:
        """Whether a command is there for its status: what follows it by && is a branch."""
        if isinstance(node, Pipe):
            return self.asks(node.parts[-1])
        if isinstance(node, Simple):
            return bool(node.words) and self.text[slice(*node.words[0])] in CONDITIONS
        return isinstance(node, Opaque)

    def perhaps(self, node: Node, state: State) -> "str | None":
        """Walk what only runs if a condition holds; what it sets is taken as set."""
        certain, state.certain = state.certain, False
        try:
            return self.walk(node, state)
        finally:
            state.certain = certain

    def pipe(self, node: Pipe, state: State) -> "str | None":
        """Walk each command of a pipeline in a state of its own, its input being what the one before prints."""
        if len(node.parts) == 1 and node.negated:
            printed = self.guarded(node.parts[0], state)
            state.status = None if state.status is None else int(not state.status)
            return printed
        printed = None
        status = None
        for index, part in enumerate(node.parts):
            way = state.copy()
            if index:
                way.piped, way.text, way.archive = True, printed, None
                if isinstance(printed, Archive):
                    way.text, way.archive = None, printed.members
            printed = self.walk(part, way)
            status = way.status
        state.status = None if status is None else int(not status) if node.negated else status
        return printed

    def guarded(self, node: Node, state: State) -> "str | None":
        """Walk what is only a test: its failure does not end the shell (set -e)."""
        errexit = "errexit" in state.options
        state.options.discard("errexit")
        printed = self.walk(node, state)
        if errexit:
            state.options.add("errexit")
        return printed

    def condition(self, node: Opaque, state: State) -> str:
        """[[ ]] and (( )): what they say, what is substituted in them, and what (( )) assigns."""
        from . import conditions

        text = self.text[slice(*node.span)]
        self.here = self.span(node.span)
        if text.startswith("(("):
            found = conditions.arithmetic(text[2:-2], state)
        else:
            found = conditions.conditional(text[2:-2], state)
            if found is None and ("$" in text or "`" in text):
                words.visit(text, state)
        state.status = None if found is None else int(not found)
        return ""

    def compound(self, node: Compound, state: State) -> "str | None":
        """Walk a compound command within its redirections."""
        if node.kind == "function":
            name = self.text[slice(*node.name)]
            state.functions[name] = (self.text, node.parts[0][1], self.fixed)
            return ""
        before = state.piped, state.text, state.archive
        to_file = self.redirects(node.redirects, state)
        try:
            printed = self.inside(node, state)
        finally:
            state.piped, state.text, state.archive = before
        return self.printed(to_file, printed)

    def inside(self, node: Compound, state: State) -> "str | None":
        """Walk what a compound command holds."""
        if node.kind == "subshell":
            way = state.copy()
            printed = self.walk(node.parts[0][1], way)
            self.end(way)
            state.status = way.status
            return printed
        if node.kind == "group":
            return self.walk(node.parts[0][1], state)
        if node.kind == "for":
            return self.loop(node, state)
        if node.kind == "case":
            return self.case(node, state)
        if node.kind == "if":
            return self.branches(node.parts, state)
        return self.repeated(node, state)

    def end(self, state: State) -> None:
        """Run what a shell's EXIT trap says."""
        text, state.ending = state.ending, None
        if text:
            state.flow = ""
            self.source(text, state, self.here)

    def branches(self, parts: "list[tuple[str, Node]]", state: State) -> "str | None":
        """Walk an if: the one branch that is taken, or all that may be."""
        ways: list[State] = []
        printed: str | None = ""
        for keyword, part in parts:
            if keyword in ("if", "elif"):
                self.guarded(part, state)
                if state.flow:
                    break
                continue
            taken = None if keyword == "then" and state.status is None else keyword == "else" or state.status == 0
            if taken is False:
                continue
            if taken and not ways:
                return self.walk(part, state)
            way = state.copy()
            way.certain = False
            printed = None
            self.walk(part, way)
            ways.append(way)
            if taken:
                break
        for way in ways:
            state.merge(way)
        state.status = None if ways else 0
        return printed

    def case(self, node: Compound, state: State) -> "str | None":
        """Walk a case: the clause that matches, or all that may."""
        subject: str | None = None
        for span in node.words or []:
            self.here = self.span(span)
            try:
                subject = words.value(self.text[slice(*span)], state)
            except Unknown:
                words.visit(self.text[slice(*span)], state)
        possible: list[Node] = []
        for (patterns, end), (_, part) in zip(node.patterns, node.parts, strict=False):
            found = self.matched(patterns, subject, state)
            if found is False:
                continue
            if found and not possible and end == ";;":
                return self.walk(part, state)
            possible.append(part)
            if found and end == ";;":
                break
            if end != ";;":
                possible = [part for _, part in node.parts]
                break
        self.ways(possible, state)
        return None if possible else ""

    def matched(self, patterns: "list[Span]", subject: "str | None", state: State) -> "bool | None":
        """Whether one of a clause's patterns matches."""
        unknown = subject is None
        for span in patterns:
            try:
                pattern = words.pattern(self.text[slice(*span)], state)
                if pattern == "*" or (subject is not None and words.matches(pattern, subject)):
                    return True
            except Unknown:
                unknown = True
                continue
            unknown = unknown or "(" in pattern
        return None if unknown else False

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
        if parts:
            state.status = None

    def repeated(self, node: Compound, state: State) -> "str | None":
        """Walk a while or until: as often as it is known to go round, and once more if it may go on."""
        test, body = node.parts[0][1], node.parts[1][1]
        printed: list[str | None] = []
        counted = self.counted(test)
        if counted:
            self.evaluated(counted[0], state)
        before: dict[str, words.Value] = {}
        for turn in range(LOOPS):
            before = dict(state.variables) if turn == LOOPS - 1 else before
            if counted:
                if turn:
                    self.evaluated(counted[2], state)
                state.status = self.evaluated(counted[1].strip() or "1", state)
            else:
                printed.append(self.guarded(test, state))
            if state.status is None or state.flow:
                break
            if (state.status == 0) != (node.kind == "while"):
                state.status = 0
                break
            printed.append(self.walk(body, state))
            if not self.goes_on(state):
                break
        else:
            state.status = None
            for name, value in state.variables.items():  # it may have other values in the turns that follow
                if value != before.get(name):
                    state.variables[name] = None
        if state.status is None and not state.flow:
            printed.append(None)
            for _ in range(2):  # the second time, what the body changes is unknown
                self.ways([body], state)
                if counted:
                    self.evaluated(counted[2], state)
                else:
                    self.guarded(test, state)
                state.status = None
        return together(printed)

    def counted(self, test: Node) -> "list[str]":
        """The three expressions of `for ((;;))`; none if it is another loop."""
        while isinstance(test, Sequence) and len(test.items) == 1:
            test = test.items[0][1]
        parts = self.text[slice(*test.span)][2:-2].split(";") if isinstance(test, Opaque) else []
        return parts if len(parts) == 3 else []

    def evaluated(self, expression: str, state: State) -> "int | None":
        """The status of an arithmetic expression."""
        from . import conditions

        found = conditions.arithmetic(expression, state)
        return None if found is None else int(not found)

    def goes_on(self, state: State) -> bool:
        """Whether a loop goes round again after its body."""
        if state.flow in ("break", "continue"):
            again = state.flow == "continue" and state.levels <= 1
            state.levels -= 1
            if state.levels <= 0:
                state.flow = ""
            return again
        return not state.flow

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
        state.status = 0
        if len(known) <= LOOPS:
            for text in known:
                state.variables[name] = text
                printed.append(self.walk(body, state))
                if not self.goes_on(state):
                    break
        if (len(known) < len(values) or len(known) > LOOPS) and not state.flow:
            printed.append(None)
            for _ in range(2):
                state.variables[name] = None
                self.ways([body], state)
        return together(printed)

    # -- simple commands -----------------------------------------------------------------------------------------------

    def simple(self, node: Simple, state: State) -> "str | None":
        """Walk a simple command: expand its words, redirect, run."""
        self.here = here = self.span(node.span)
        fields: list[Field] = []
        if state.aliases and node.words and (found := self.aliased(node, state)) is not None:
            others = state.aliases
            state.aliases = {name: value for name, value in others.items() if name != self.text[slice(*node.words[0])]}
            try:
                return self.source(found, state, self.here)
            finally:
                state.aliases = others
        for span in node.words:
            fields.extend(words.expand(self.text[slice(*span)], state))
            self.here = here
        assigned = self.assignments(node.assignments, state)
        self.orders(assigned, state)
        self.here = here
        before = state.piped, state.text, state.archive
        taken = any(redirect.op[0] == "<" and redirect.fd in ("", "0") for redirect in node.redirects)
        try:
            if "noclobber" in state.options and self.refused(node.redirects, state):
                return ""
            to_file = self.redirects(node.redirects, state)
            self.here = here
            if not fields:
                state.status = 0
                state.variables.update(assigned)
                reads = any(redirect.op == "<" for redirect in node.redirects)
                return self.printed(to_file, state.text if reads else "")  # $(<file)
            kept = {name: state.variables.get(name, ...) for name in assigned}
            state.variables.update(assigned)
            self.at = node.span[1]
            printed = self.run(fields, state, assigned)
            state.last = fields[-1].text
            for name, value in kept.items():
                if value is ...:
                    state.variables.pop(name, None)
                else:
                    state.variables[name] = value
        finally:
            if taken:
                for redirect in node.redirects:
                    self.give_back(redirect, state)
                state.piped, state.text, state.archive = before
        return self.printed(to_file, printed)

    def aliased(self, node: Simple, state: State) -> "str | None":
        """The command with the alias that its first word is replaced, if it was made in a line before (bash(1))."""
        first, last = node.words[0][0], node.span[1]
        name = self.text[slice(*node.words[0])]
        text, source, made = state.aliases.get(name, ("", "", 0))
        if not text or (source == self.text and "\n" not in self.text[made:first]):
            return None
        if any(redirect.heredoc for redirect in node.redirects):
            self.opaque("what an alias stands for is not followed", state)
            return None
        return f"{self.text[node.span[0] : first]}{text}{self.text[node.words[0][1] : last]}"

    def orders(self, assigned: "Mapping[str, words.Value]", state: State) -> None:
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

    def assignments(self, spans: "list[Span]", state: State) -> "dict[str, words.Value]":
        """The variables that assignments set; None for an unknown value."""
        made: dict[str, words.Value] = {}
        for span in spans:
            name, value = self.assignment(self.text[slice(*span)], state)
            made[name] = value
            if len(spans) > 1:  # a=1 b=$a
                state.variables[name] = value
        return made

    def assignment(self, source: str, state: State) -> "tuple[str, words.Value]":
        """NAME=value, NAME+=value, NAME=(list), NAME[i]=value: the name and the value, None if unknown."""
        name, _, value = source.partition("=")
        add = name.endswith("+")
        name = name.removesuffix("+")
        name = state.meant(name) if state.kinds else name
        if name.endswith("]"):
            words.visit(source, state)
            name, _, index = name[:-1].partition("[")
            return name, self.element(name, index, value, state, add=add)
        try:
            old = state.lookup(name) if add or isinstance(state.variables.get(name), dict) else None
            if value.startswith("("):
                made = self.array(value[1:-1], state, keyed=isinstance(old, dict))
                if made is None or isinstance(made, dict):
                    return name, made
                return name, (old + made if isinstance(old, list) else [old, *made] if isinstance(old, str) else made)
            text = words.value(value, state, assignment=True)
            if old is not None and not isinstance(old, str):
                return name, [old[0] + text, *old[1:]] if isinstance(old, list) and old else None
            text = state.typed(name, (old or "") + text, old)
            return name, text if len(text) <= words.VALUE else None
        except Unknown:
            return name, None

    def element(self, name: str, index: str, value: str, state: State, *, add: bool) -> "words.Value":
        """What an array is after NAME[index]=value."""
        old = state.variables.get(name, [])
        try:
            text = words.value(value, state, assignment=True)
            if isinstance(old, dict):
                key = words.value(index, state)
                return {**old, key: (old.get(key, "") if add else "") + text}
            values = [old] if isinstance(old, str) else list(old or [])
            place = int(words.arithmetic(index, state))
        except Unknown:
            return None
        if old is None or not -len(values) <= place <= len(values):
            return None
        values[place : place + 1 or None] = [(values[place] if add and place < len(values) else "") + text]
        return values

    def array(self, inside: str, state: State, *, keyed: bool = False) -> "list[str] | dict[str, str] | None":
        """The values of a list in parentheses, ([key]=value ...) of an associative one; None if one is unknown."""
        from .scan import after_word

        made: list[str] = []
        keys: dict[str, str] = {}
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
            i = max(end, i + 1)
            if word.startswith("[") and "]=" in word:
                key, _, value = word[1:].partition("]=")
                try:
                    keys[words.value(key, state)] = words.value(value, state)
                except Unknown:
                    unknown = True
                continue
            for field in words.expand(word, state):
                if field.text is None:
                    unknown = True
                else:
                    made.append(field.text)
        if unknown or (keys and (made or not keyed)):
            return None
        return keys if keyed else made

    def redirects(self, redirects: "list[Redirect]", state: State) -> "list[str]":
        """Note what redirections do, set the state's standard input: where standard output goes, if to a file."""
        to_file: list[str] = []
        for redirect in redirects:
            self.here = self.span(redirect.span)
            source = self.text[slice(*redirect.target)]
            if redirect.op == "<<" and redirect.heredoc:
                if redirect.fd in ("", "0"):
                    state.piped, state.text, state.archive = True, self.heredoc(redirect, state), None
                continue
            field = self.target(source, state)
            if redirect.fd.startswith("{") and field.text != "-":  # bash chooses one above 9 (bash(1), REDIRECTION)
                state.variables[redirect.fd[1:-1]] = "10"
            if redirect.op == "<<<":
                state.piped, state.text = True, None if field.text is None else field.text + "\n"
                continue
            if redirect.op in (">&", "<&") and self.is_descriptor(field, redirect):
                if redirect.op == "<&" and redirect.fd in ("", "0") and field.text in state.inputs:
                    state.piped, state.text = True, state.inputs[field.text or ""]
                continue
            if redirect.op == "<":
                self.emit("read", field, state, "< redirection")
                text = self.file(os.path.join(state.folder or "/", field.text)) if field.text else None
                if redirect.fd in ("", "0"):
                    state.piped, state.text = True, text
                    state.archive = os.path.normpath(os.path.join(state.folder or "/", field.text or ""))
                else:
                    state.inputs[redirect.fd] = text
            elif redirect.op in WRITES:
                paths = self.emit("write", field, state, f"{redirect.op} redirection", certain=redirect.op != "<>")
                if redirect.fd in ("", "1") and redirect.op != "<>":
                    to_file = paths if redirect.op not in (">>", "&>>") else [">>", *paths]
                    to_file = to_file or ["/dev/null"]
        return to_file

    def refused(self, redirects: "list[Redirect]", state: State) -> bool:
        """Whether set -C keeps the first > from a regular file that is there; the command does not run then."""
        if not redirects or redirects[0].op not in (">", "&>"):
            return False
        field = self.target(self.text[slice(*redirects[0].target)], state)
        if not field.text or (state.folder is None and field.text[0] != "/"):
            return False
        path = os.path.normpath(os.path.join(state.folder or "/", field.text))
        if path in commands.DEVICES or not self.exists(path) or (os.path.lexists(path) and not os.path.isfile(path)):
            return False
        state.status = 1
        return True

    def give_back(self, redirect: Redirect, state: State) -> None:
        """After <&N: what is left of that descriptor's input."""
        source = self.text[slice(*redirect.target)]
        if redirect.op == "<&" and source in state.inputs:
            state.inputs[source] = state.text

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
        members = text.members if isinstance(text, Archive) and not append else None
        text = None if isinstance(text, Archive) else text
        for path in to_file[append:]:
            if append and text is not None:
                old = self.file(path) if os.path.normpath(path) in self.files or os.path.exists(path) else ""
                text = None if old is None else old + text
            self.remember(path, text)
            if members is not None:
                self.archives[os.path.normpath(path)] = members
        return ""

    def run(
        self,
        fields: "list[Field]",
        state: State,
        assigned: "Mapping[str, words.Value]",
        *,
        functions: bool = True,
    ) -> "str | None":
        """Run one command whose words are known as far as they can be: what it prints.

        functions: whether a name may be that of a function.
        """
        if time.monotonic() > self.deadline:
            raise Stop("out of time")
        name = fields[0].text
        if name is None:
            self.opaque(f"the command's name: {fields[0].why} is known only when it runs", state)
            return None
        if functions and name in state.functions:
            return self.function(name, fields[1:], state)
        row = commands.find(name.rpartition("/")[2])
        call = programs.Call(self, state, fields, assigned)
        state.status = None
        if "/" in name and (known := self.made_file(name, state)) is not False:
            call.record()
            from .programs.shells import run_made

            return run_made(call, known)
        if row is None:
            call.record()
            self.unsure = True
            from .programs.unheard import run

            return run(call)
        call.parse(row)
        if row[0].startswith("!"):
            printed = programs.handler(row[0][1:])(call)
            self.unsure = self.unsure or not row[0].startswith(SURE)
        else:
            call.record()
            call.operate()
            printed = None
        if printed is None and call.name in commands.SILENT and not call.has(*commands.VERBOSE):
            return ""
        return printed

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
        locals_, state.locals = state.locals, {}
        self.depth += 1
        self.returns += 1
        self.text, self.fixed = source, fixed or self.fixed or self.here
        state.parameters = [field.text for field in arguments]
        state.locals["FUNCNAME"] = state.variables.get("FUNCNAME", ...)
        state.variables["FUNCNAME"] = [name]
        try:
            printed = self.walk(body, state)
            state.flow = "" if state.flow == "return" else state.flow
            return printed
        finally:
            self.depth -= 1
            self.returns -= 1
            self.text, self.fixed, state.parameters = outer
            for variable, value in state.locals.items():  # dynamic scope: what was before comes back
                if value is ...:
                    state.variables.pop(variable, None)
                else:
                    state.variables[variable] = value
            state.locals = locals_
