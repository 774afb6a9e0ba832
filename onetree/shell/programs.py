"""What a row of commands.py cannot say: one function for each command, or family of them, that needs one.

A handler takes a Call and notes its effects; it returns what the command prints, None if that is unknown.
"""

import os
import stat
from itertools import pairwise

from onetree import applypatch
from onetree.action import TYPED, Command

from . import commands, scripts, words
from .words import Field, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .effects import State, Walker

COMPRESSED = (".gz", ".bz2", ".xz", ".lzma", ".zst", ".Z", ".tgz")
SUFFIX = {"gzip": ".gz", "pigz": ".gz", "bzip2": ".bz2", "xz": ".xz", "lzma": ".lzma", "zstd": ".zst"}
FOUND = 20000  # directory entries that `find` is followed through
SOURCES = 1000  # files of a folder that a formatter is said to write one by one
LISTED = 2000  # directory entries that are looked at for what `find` prints
MATCHES = 200  # files for which find -exec is walked one by one
FIND_TESTS = {
    "-name": 1,
    "-iname": 1,
    "-type": 1,
    "-path": 1,
    "-maxdepth": 1,
    "-mindepth": 1,
    "-print": 0,
    "-print0": 0,
    "-depth": 0,
    "-ls": 0,
    "-a": 0,
    "-and": 0,
    "-xdev": 0,
    "-mount": 0,
    "-empty": 0,
}
# Tests that only narrow what is found: leaving one out finds too much, never too little.
FIND_NARROWS = {
    **dict.fromkeys("-mtime -mmin -atime -amin -ctime -cmin -size -newer -perm -user -group -links -inum".split(), 1),
    **dict.fromkeys("-regex -iregex -ipath -wholename -lname -samefile -uid -gid -fstype -newermt".split(), 1),
    **dict.fromkeys("-executable -readable -writable -nouser -nogroup".split(), 0),
}
Checks = list[tuple[str, str, bool]]  # a test of find, its value, what it must say
SHELL_SHEBANGS = ("sh", "bash", "dash", "ksh", "zsh")


class Call:
    """One command about to run: its words, and once its row is known its options and operands.

    flags: the options given, as "-r", "--recursive". values: (option, its value). operands: the rest.
    """

    __slots__ = ("assigned", "fields", "flags", "name", "operands", "row", "state", "table", "values", "walker")

    def __init__(
        self,
        walker: "Walker",
        state: "State",
        fields: "list[Field]",
        assigned: "Mapping[str, str | list[str] | None]",
    ) -> None:
        self.walker = walker
        self.state = state
        self.fields = fields
        self.assigned = assigned
        self.name = (fields[0].text or "").rpartition("/")[2]
        self.row: commands.Row = commands.READ
        self.table: dict[str, str] = {}
        self.flags: set[str] = set()
        self.values: list[tuple[str, Field]] = []
        self.operands: list[Field] = []

    def record(self) -> None:
        """Note the command for the guards."""
        assignments: dict[str, str | None] = {}
        for source in (self.state.variables, self.assigned):
            for name, value in source.items():
                assignments[name] = " ".join(value) if isinstance(value, list) else value
        self.walker.commands.append(Command([field.text for field in self.fields], assignments))

    def parse(self, row: commands.Row, *, stop: bool = False) -> None:
        """Part the words into options and operands. stop: the first operand ends the options (wrappers)."""
        self.row = row
        self.table = table = commands.options(row)
        rest = self.fields[1:]
        i = 0
        while i < len(rest):
            text = rest[i].text
            i += 1
            if text == "--":
                self.operands.extend(rest[i:])
                return
            if text is None or len(text) < 2 or text[0] not in "-+" or (text[0] == "+" and "+o" not in table):
                self.operands.append(rest[i - 1])
                if stop:
                    self.operands.extend(rest[i:])
                    return
                continue
            option, equals, value = text.partition("=")
            role = table.get(option)
            if role is None and text.startswith("--"):
                option, role = self.abbreviated(option)
            if role == "!":
                self.flags.add(option)
                continue
            if role is not None and role not in "?#" and (len(option) > 2 or not equals):
                if equals:
                    self.values.append((option, Field(value, rest[i - 1].written)))
                else:
                    count = 1 if role != "2" else 2
                    for field in rest[i : i + count]:
                        self.values.append((option, field))
                    i += count
                continue
            if text.startswith("--"):
                self.flags.add(option)
                if equals:
                    self.values.append((option, Field(value, rest[i - 1].written)))
                continue
            self.flags.add(text)
            i += self.cluster(rest[i - 1], rest[i : i + 1])

    def abbreviated(self, option: str) -> "tuple[str, str | None]":
        """GNU's long options may be cut as far as they are unique."""
        found = [name for name in self.table if name.startswith(option) and len(option) > 3]
        return (found[0], self.table[found[0]]) if len(found) == 1 else (option, None)

    def cluster(self, field: Field, following: "list[Field]") -> int:
        """-abc: flags, the last of which may take the rest or the next word as its value; how many words it took."""
        text = field.text or ""
        skip = 0
        for k in range(1, len(text)):
            if k < skip:
                continue
            option = text[0] + text[k]
            role = self.table.get(option)
            if role is None or role in "!#":
                self.flags.add(option)
                skip = k + 1
                while role == "#" and skip < len(text) and text[skip] in "0123456789":
                    skip += 1
                continue
            attached = text[k + 1 :]
            if role == "?":
                self.flags.add(option)
                if attached:
                    self.values.append((option, Field(attached, field.written)))
                return 0
            if attached:
                self.values.append((option, Field(attached, field.written)))
                return 0
            self.values.extend((option, value) for value in following)
            return len(following)
        return 0

    def has(self, *flags: str) -> bool:
        """Whether one of the flags was given."""
        return any(flag in self.flags for flag in flags)

    def value(self, *names: str) -> "Field | None":
        """The last value given to one of the options."""
        found = None
        for option, field in self.values:
            if option in names:
                found = field
        return found

    def operate(self, roles: str = "") -> None:
        """What the row says of operands and options' values."""
        row = self.row
        roles = roles or row[0]
        if len(row) == 3 and any(self.given(flag) for flag in row[2][0].split()):
            roles = row[2][1]
        self.option_values()
        for role, field in _assigned_roles(roles, self.operands):
            self.effect(role, field)

    def given(self, flag: str) -> bool:
        """Whether an option was given, with a value or without."""
        return flag in self.flags or any(option == flag for option, _ in self.values)

    def option_values(self) -> None:
        """Read and write the files that options name."""
        for option, field in self.values:
            role = self.table.get(option, ".")
            if role in "rw":
                self.effect(role, field, option)

    def effect(self, role: str, field: Field, option: str = "", *, certain: bool = True) -> "list[str]":
        """Note what a role letter says of one operand; the absolute paths."""
        if role == "S" and self.is_folder(field):
            return self.sources(field)
        role = "w" if role == "S" else role
        op = {"r": "read", "w": "write", "d": "delete"}.get(role.lower())
        if op is None:
            return []
        via = f"{self.name} {option}".strip()
        return self.walker.emit(op, field, self.state, via, tree=role.isupper(), certain=certain)

    def sources(self, field: Field) -> "list[str]":
        """Note a write of each file of the command's own languages in a folder, as far as they are few."""
        endings = commands.SOURCES.get(self.name, ())
        made: list[str] = []
        for top in self.absolute(field):
            for folder, folders, names in os.walk(top):
                folders[:] = [name for name in folders if name[0] != "." and name != "node_modules"]
                made += [os.path.join(folder, name) for name in sorted(names) if name.endswith(endings)]
                if len(made) > SOURCES:
                    self.opaque(f"{self.name}: it may write more files below {field.written} than are looked at")
                    return made
        for path in made:
            self.walker.emit("write", Field(path, path), self.state, self.name, certain=False)
        return made

    def opaque(self, why: str) -> None:
        """Note that the command does what cannot be read."""
        self.walker.opaque(why, self.state, via=self.name)

    def absolute(self, field: Field) -> "list[str]":
        """The places a name may have, without noting an effect."""
        if field.text is None or "\0" in field.text:
            return []
        if field.text.startswith("/"):
            return [field.text]
        return [os.path.join(folder, field.text) for folder in self.state.folders]

    def brings(self, field: Field) -> bool:
        """Whether a file to be run is standard input, a descriptor, unknown, or written by the line itself."""
        if field.text is None or field.text == "-" or field.text.startswith(("/dev/fd/", "/dev/stdin")):
            return True
        return any(os.path.normpath(path) in self.walker.files for path in self.absolute(field))

    def is_folder(self, field: Field) -> bool:
        """Whether a name is a folder, or one that the line makes."""
        return any(os.path.normpath(p) in self.walker.folders or os.path.isdir(p) for p in self.absolute(field))


def _assigned_roles(roles: str, operands: "list[Field]") -> "list[tuple[str, Field]]":
    """Each operand with its letter: "r*w" reads all but the last."""
    first, star, last = roles.partition("*")
    if not star:
        return list(zip(roles, operands, strict=False))
    if not first:
        return []
    made = list(zip(first[:-1], operands, strict=False))
    rest = operands[len(first) - 1 :]
    cut = max(0, len(rest) - len(last))
    made.extend((first[-1], field) for field in rest[:cut])
    made.extend(zip(last, rest[cut:], strict=False))
    return made


def run_made(call: Call, text: "str | bool | None") -> "str | None":
    """Run a file that the line itself wrote."""
    if not isinstance(text, str):
        call.opaque(f"{call.fields[0].text} is written by this command and then run")
        return None
    first = text.partition("\n")[0]
    if (
        first.startswith("#!")
        and first[2:].split()[-1:]
        and (first[2:].split()[-1].rpartition("/")[2] not in SHELL_SHEBANGS)
    ):
        call.opaque(f"{call.fields[0].text} is written by this command and then run")
        return None
    return _script(call, text, call.fields[1:])


def _script(call: Call, text: str, arguments: "list[Field]") -> "str | None":
    """Walk a script's text in a shell of its own."""
    state = call.state.copy()
    state.parameters = [field.text for field in arguments]
    return call.walker.source(text, state, call.walker.here)


# -- builtins ----------------------------------------------------------------------------------------------------------


def _cd(call: Call) -> str:
    call.record()
    state = call.state
    target = call.operands[0] if call.operands else Field(_home(state), "~")
    if target.text is None or target.text == "-":
        state.folders = ()
        return ""
    if not target.text.startswith(("/", ".")) and state.variables.get("CDPATH", state.env.get("CDPATH")) != (
        state.env.get("CDPATH")
    ):
        state.folders = ()  # which of CDPATH's folders it is in is not looked up
        return ""
    old = state.folders
    new = tuple(os.path.normpath(path) for path in call.absolute(target))
    sure = all(os.path.isdir(path) or path in call.walker.folders for path in new)
    # If it fails, what follows runs where it was.
    state.folders = new if sure else tuple(dict.fromkeys(new + old))[:4]
    return ""


def _home(state: "State") -> "str | None":
    try:
        found = state.lookup("HOME")
    except Unknown:
        return None
    return found if isinstance(found, str) else None


def _popd(call: Call) -> str:
    call.state.folders = ()
    call.record()
    return ""


def _evaluate(call: Call) -> "str | None":
    texts = [field.text for field in call.operands]
    if any(text is None for text in texts):
        call.record()
        call.opaque("eval: what it runs is known only when it runs")
        return None
    return call.walker.source(" ".join(text or "" for text in texts), call.state, call.walker.here)


def _source(call: Call) -> "str | None":
    call.record()
    if not call.operands:
        return None
    file = call.operands[0]
    call.effect("r", file)
    paths = call.absolute(file)
    text = call.walker.file(paths[0]) if paths else None
    if text is None:
        if not paths or os.path.normpath(paths[0]) in call.walker.files or os.path.lexists(paths[0]):
            call.opaque(f"source: {file.written} is not read")
        return None
    return call.walker.source(text, call.state, call.walker.here)


def _command(call: Call) -> "str | None":
    if call.fields[1:] and call.fields[1].text in ("-v", "-V"):
        call.record()
        return None
    return _wrapper(call)


def _declare(call: Call) -> str:
    call.record()
    for field in call.fields[1:]:
        source_text = field.written
        name, equals, value = source_text.partition("=")
        if name.startswith("-"):
            continue
        if call.has("-n") and call.name in ("declare", "local", "typeset"):  # another variable's name
            call.state.variables[name] = None
            continue
        if not equals:
            continue
        if field.text is not None and "=" in field.text and not value.startswith("("):
            name, _, known = field.text.partition("=")
            call.state.variables[name.removesuffix("+")] = None if name.endswith("+") else known
            call.walker.orders({name: known}, call.state)
        else:
            name, found = call.walker.assignment(source_text, call.state)
            call.state.variables[name] = found
    return ""


def _unset(call: Call) -> str:
    call.record()
    for field in call.operands:
        if field.text:
            call.state.variables[field.text] = ""
            call.state.functions.pop(field.text, None)
    return ""


def _assigned(call: Call) -> str:
    """read, mapfile, getopts: the variables get what is known only then."""
    call.record()
    for field in [*call.operands, *(value for option, value in call.values if option == "-a")]:
        if field.text:
            call.state.variables[field.text] = None
    if not call.operands:
        call.state.variables["REPLY"] = None
    return ""


def _set(call: Call) -> str:
    call.record()
    texts = [field.text for field in call.fields[1:]]
    if "--" in texts:
        call.state.parameters = texts[texts.index("--") + 1 :]
    elif texts and (texts[0] or "-")[0] not in "-+":
        call.state.parameters = texts
    return ""


def _shift(call: Call) -> str:
    call.record()
    if call.state.parameters is not None:
        count = call.operands[0].text if call.operands else "1"
        call.state.parameters = call.state.parameters[int(count) :] if count and words.digits(count) else None
    return ""


def _trap(call: Call) -> str:
    call.record()
    if len(call.operands) > 1 and call.operands[0].text not in ("", "-"):
        text = call.operands[0].text
        if text is None:
            call.opaque("trap: what it runs is known only when it runs")
        else:
            call.walker.source(text, call.state.copy(), call.walker.here)
    return ""


def _echo(call: Call) -> "str | None":
    call.record()
    texts = [field.text for field in call.fields[1:]]
    end, escapes = "\n", False
    while texts and texts[0] in ("-n", "-e", "-E", "-ne", "-en"):
        option = texts.pop(0) or ""
        end = "" if "n" in option else end
        escapes = escapes or "e" in option
    if any(text is None for text in texts):
        return None
    made = " ".join(text or "" for text in texts)
    return (scripts.unescaped(made) if escapes else made) + end


def _printf(call: Call) -> "str | None":
    call.record()
    texts = [field.text for field in call.operands]
    known = [text for text in texts if text is not None]
    made = scripts.formatted(known[0], known[1:]) if known and len(known) == len(texts) else None
    variable = call.value("-v")
    if variable is not None:
        if variable.text:
            call.state.variables[variable.text] = made
        return ""
    return made


def _pwd(call: Call) -> "str | None":
    call.record()
    return call.state.folders[0] + "\n" if len(call.state.folders) == 1 else None


# -- wrappers ----------------------------------------------------------------------------------------------------------


def _wrapped(call: Call, skip: int, fields: "list[Field] | None" = None) -> "str | None":
    """Run what a wrapper runs; skip: how many operands of its own it has."""
    rest = (call.operands if fields is None else fields)[skip:]
    if not rest:
        call.record()
        return None
    return call.walker.run(rest, call.state, call.assigned)


def _wrapper(call: Call, skip: int = 0) -> "str | None":
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    row = commands.find(call.name) or commands.READ
    call.parse(row, stop=True)
    call.option_values()
    if call.name in ("sudo", "doas") and call.has("-i", "-s", "--login", "--shell") and not call.operands:
        call.opaque(TYPED)
    if call.name == "sudo" and call.has("-e", "--edit"):
        for field in call.operands:
            call.effect("w", field)
        return None
    if any(call.table.get(option) == "x" for option, _ in call.values):
        return _run_text(call, next(field for option, field in call.values if call.table.get(option) == "x"))
    if call.name in ("npx", "bunx", "uvx") and call.operands:
        call.operands[0] = _unversioned(call.operands[0])
    while call.name in ("sudo", "cross-env") and call.operands and "=" in (call.operands[0].text or ""):
        name, _, value = (call.operands.pop(0).text or "").partition("=")
        call.assigned = {**call.assigned, name: value}
    folder = call.value("-D", "--chdir")
    if folder is not None:
        return _in_folder(call, folder, skip)
    return _wrapped(call, skip)


def _in_folder(call: Call, folder: Field, skip: int = 0) -> "str | None":
    before = call.state.folders
    call.state.folders = tuple(call.absolute(folder))
    try:
        return _wrapped(call, skip)
    finally:
        call.state.folders = before


def _unversioned(field: Field) -> Field:
    """The command of a package, PACKAGE@VERSION."""
    name, _, _ = (field.text or "").partition("@")
    return Field(name, field.written) if name else field


def _runner(call: Call) -> "str | None":
    """`uv run`, `npm exec`, ...: a command follows a subcommand and its options."""
    row = commands.find(call.name) or commands.READ
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    call.parse(row, stop=True)
    call.record()
    if not call.operands or call.operands[0].text not in commands.RUN_AFTER.get(call.name, ("run",)):
        return None
    after = Call(call.walker, call.state, [Field(call.name, call.name), *call.operands[1:]], call.assigned)
    after.parse(row, stop=True)
    if any(after.table.get(option) == "x" for option, _ in after.values):
        return _run_text(after, next(field for option, field in after.values if after.table.get(option) == "x"))
    after.option_values()
    return _wrapped(after, 0)


def _su(call: Call) -> "str | None":
    """su, runuser: -c TEXT, or with -u a command, else somebody types."""
    text = call.value("-c", "--command", "--session-command")
    if text is not None:
        return _run_text(call, text)
    call.record()
    if call.fields[1:] and not call.has("--version", "--help"):
        call.opaque(TYPED if not call.state.piped else f"{call.name}: what it reads and runs is not read")
    return None


def _runuser(call: Call) -> "str | None":
    return _wrapper(call) if any((f.text or "")[:2] == "-u" for f in call.fields[1:2]) else _su(call)


def _told(call: Call) -> None:
    """at, crontab, tmux, screen: they hand commands to a program that runs already, or will."""
    call.record()
    first = next((f.text for f in call.fields[1:]), "")
    if first not in ("-l", "-V", "-v", "-ls", "-list", "ls", "list-sessions", "capture-pane", "has-session", "attach"):
        call.opaque(f"{call.name}: what it has run elsewhere is not read")


def _make(call: Call) -> None:
    """make: its rules are a program of the tree, unless the command brings them along."""
    call.record()
    call.option_values()
    file = call.value("-f", "--file", "--makefile")
    if call.value("--eval") is not None or (file is not None and call.brings(file)):
        call.opaque("make: rules that come with the command are not read")


def _editor(call: Call) -> None:
    """vim, emacs: the files they are given; what an option has them do is a program."""
    call.record()
    texts = [f.text for option, f in call.values if call.table.get(option) == "x"]
    texts += [(f.text or "")[1:] for f in call.operands if (f.text or "").startswith("+")]
    call.operands = [f for f in call.operands if not (f.text or "").startswith("+")]
    call.operate("w*")
    if not all(text is not None and _moves(text) for text in texts):
        call.opaque(f"{call.name}: what its commands write or run is not read")


def _moves(text: str) -> bool:
    """Whether an editor's command only saves the file at hand, leaves, or substitutes (vim's :help index)."""
    text = text.lstrip("%$,.0123456789 ")
    return (
        not text
        or text in ("w", "w!", "wq", "wq!", "x", "q", "q!", "qa", "qa!", "wqa", "xa")
        or (text[0] == "s" and not text[1:2].isalnum() and "\\=" not in text and "|" not in text)
    )


def _wrapper_1(call: Call) -> "str | None":
    return _wrapper(call, 1)


def _env(call: Call) -> "str | None":
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    call.parse(commands.COMMANDS["env"], stop=True)
    given = dict(call.assigned)
    text = call.value("-S", "--split-string")
    if text is not None:
        if text.text is None:
            call.opaque("env -S: what it runs is known only when it runs")
            return None
        return call.walker.source(text.text, call.state.copy(), call.walker.here)
    while call.operands and call.operands[0].text is not None and "=" in call.operands[0].text:
        name, _, value = call.operands.pop(0).text.partition("=")  # type: ignore[union-attr]
        given[name] = value
        call.walker.orders({name: value}, call.state)
    call.assigned = given
    folder = call.value("-C", "--chdir")
    return _in_folder(call, folder) if folder else _wrapped(call, 0)


def _flock_append(call: Call) -> None:
    call.record()
    call.operate("r*" if call.given("--check") and not call.given("--repair") else "w*")


def _flock(call: Call) -> "str | None":
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    call.parse(commands.COMMANDS["flock"], stop=True)
    if not call.operands:
        call.record()
        return None
    if not words.digits(call.operands[0].text or "") and not call.is_folder(call.operands[0]):
        call.effect("w", call.operands[0], certain=False)
    rest = call.operands[1:]
    if rest and rest[0].text in ("-c", "--command"):
        return _run_text(call, rest[1] if len(rest) > 1 else Field("", ""))
    text = call.value("-c", "--command")
    return _run_text(call, text) if text else _wrapped(call, 0, rest)


def _run_text(call: Call, field: Field) -> "str | None":
    if field.text is None:
        call.opaque(f"{call.name}: what it runs is known only when it runs")
        return None
    return call.walker.source(field.text, call.state.copy(), call.walker.here)


def _watch(call: Call) -> "str | None":
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    call.parse(commands.COMMANDS["watch"], stop=True)
    texts = [field.text for field in call.operands]
    known = [text for text in texts if text is not None]
    return _run_text(call, Field(" ".join(known) if len(known) == len(texts) else None, ""))


def _logsave(call: Call) -> "str | None":
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    call.parse(commands.COMMANDS["logsave"], stop=True)
    if call.operands:
        call.effect("w", call.operands[0])
    return _wrapped(call, 1)


def _texts(call: Call) -> None:
    """pee: each operand is a command line."""
    call.record()
    for field in call.operands:
        _run_text(call, field)


def _xargs(call: Call) -> "str | None":
    state = call.state
    text = state.text if state.piped else None
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    call.parse(commands.COMMANDS["xargs"], stop=True)
    call.option_values()
    if not call.operands:
        call.record()
        return None
    if call.value("-a", "--arg-file") is not None:
        text = None
    unknown = Field(None, "xargs", "what xargs reads")
    items = [unknown]
    replaced = call.value("-I", "--replace")
    if text is not None and not any(c in text for c in "'\"\\"):
        parts = text.split("\0") if call.has("-0", "--null") else text.splitlines() if replaced else text.split()
        items = [Field(part, part) for part in parts if part]
    before = state.piped, state.text
    state.piped, state.text = True, ""
    try:
        if replaced is None:
            return call.walker.run([*call.operands, *items], state, call.assigned)
        for item in items[:MATCHES]:
            call.walker.run(_put(call.operands, replaced.text or "{}", item), state, call.assigned)
    finally:
        state.piped, state.text = before
    return None


def _put(fields: "list[Field]", mark: str, item: Field) -> "list[Field]":
    """The words with item in place of the mark."""
    made = []
    for field in fields:
        if field.text is None or mark not in field.text:
            made.append(field)
        elif item.text is None:
            made.append(Field(None, field.written, item.why))
        else:
            made.append(Field(field.text.replace(mark, item.text), field.written))
    return made


def _remote(call: Call) -> None:
    call.record()
    if call.fields[1:] and not call.has("-V", "--version", "--help"):
        call.opaque(f"{call.name}: what it runs elsewhere is not read")


def _docker(call: Call) -> None:
    call.record()
    words_given = [field.text for field in call.fields[1:] if field.text and not field.text.startswith("-")]
    if words_given[:1] in (["run"], ["exec"], ["cp"], ["compose"]) and words_given[1:2] not in (
        ["ps"],
        ["logs"],
        ["config"],
        ["up"],
        ["down"],
        ["build"],
    ):
        call.opaque(f"{call.name} {words_given[0]}: what it does with mounted folders is not read")


# -- shells and interpreters -------------------------------------------------------------------------------------------


def _shell(call: Call) -> "str | None":
    """bash, sh, ...: -c TEXT, a script, or what comes on standard input."""
    fields = call.fields[1:]
    run_text = False
    i = 0
    while i < len(fields):
        text = fields[i].text
        if text is None or text[:1] not in ("-", "+") or text in ("-", "--"):
            i += text in ("-", "--")
            break
        if text in ("--version", "--help"):
            call.record()
            return None
        if text in ("-o", "-O", "+o", "+O", "--rcfile", "--init-file"):
            i += 1
        elif not text.startswith("--"):
            run_text = run_text or "c" in text
            if text == "-n":
                call.record()
                return None
            i += "o" in text[1:] and "c" not in text
        i += 1
    rest = fields[i:]
    if run_text:
        if not rest or rest[0].text is None:
            call.record()
            call.opaque(f"{call.name} -c: what it runs is known only when it runs")
            return None
        return _script(call, rest[0].text, rest[2:])
    call.record()
    reads_input = any(
        (f.text or "")[:1] == "-" and "s" in (f.text or "") and not (f.text or "").startswith("--") for f in fields[:i]
    )
    if rest and not reads_input and rest[0].text not in ("/dev/stdin", "/proc/self/fd/0"):
        return _script_file(call, rest)
    if not call.state.piped:
        call.opaque(TYPED)
        return None
    if call.state.text is None:
        call.opaque(f"{call.name}: what it reads and runs is known only when it runs")
        return None
    return _script(call, call.state.text, rest)


def _script_file(call: Call, rest: "list[Field]") -> "str | None":
    call.effect("r", rest[0])
    if rest[0].text is None:
        call.opaque(f"{call.name}: which script it runs is known only when it runs")
        return None
    for path in call.absolute(rest[0]):
        text = call.walker.file(path)
        if text is not None:
            return _script(call, text, rest[1:])
        if os.path.normpath(path) in call.walker.files or os.path.lexists(path):
            call.opaque(f"{call.name}: the script {rest[0].text} is not read")
    if rest[0].text.startswith("/dev/fd/"):
        call.opaque(f"{call.name}: what it runs is known only when it runs")
    return None


def _foreign_shell(call: Call) -> None:
    call.record()
    call.opaque(f"{call.name} is not read")


def _interpreter(call: Call) -> None:
    """python, node, ruby, ...: program text in the command is not read yet; a program in a file is a program."""
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    row = commands.find(call.name) or commands.READ
    call.parse(row, stop=True)
    call.record()
    name = "python" if row is commands.COMMANDS["python"] else call.name
    if any(call.table.get(option) == "x" for option, _ in call.values):
        call.opaque(f"{name} program text is not read yet")
        return
    call.option_values()
    module = call.value("-m")
    if module is not None and name == "python":
        _module(call, module)
    if module is not None or call.has("--version", "-V", "-v", "--help", "-h", "--check", "-VV"):
        return
    if call.name in ("deno", "bun"):
        if [f.text for f in call.operands[:1]] == ["eval"]:
            call.opaque(f"{name} program text is not read yet")
        return
    script = call.operands[0] if call.operands else None
    if script is None or script.text in ("-", "/dev/stdin"):
        why = f"{name} program text is not read yet"
        call.opaque(why if call.state.piped else TYPED)
    elif script.text is None:
        call.opaque(f"{name}: which program it runs is known only when it runs")
    else:
        call.effect("r", script)
        if any(os.path.normpath(path) in call.walker.files for path in call.absolute(script)):
            call.opaque(f"{name} runs a program that this command writes")
        elif script.text.startswith("/dev/fd/"):
            call.opaque(f"{name} program text is not read yet")


def _module(call: Call, module: Field) -> None:
    """`python -m`: of the standard library's modules, those that write a named file."""
    operands = [field for field in call.operands if not (field.text or "-").startswith("-")]
    if module.text == "venv":
        for field in operands:
            call.effect("W", field, "-m venv")
    elif module.text == "json.tool":
        for role, field in zip("rw", operands, strict=False):
            call.effect(role, field, "-m json.tool")
    elif module.text in ("zipfile", "tarfile", "cProfile", "profile", "trace", "code", "timeit", "runpy"):
        call.opaque(f"python -m {module.text}: what it writes or runs is not read yet")


def _perl(call: Call) -> None:
    in_place = any((f.text or "").startswith("-") and "i" in (f.text or "").partition("e")[0] for f in call.fields[1:])
    programs = [field.text for option, field in call.values if option in ("-e", "-E")]
    if not programs:
        _interpreter(call)
        return
    call.record()
    suffix = call.value("-i")
    for field in call.operands:
        call.effect("w" if in_place else "r", field, "-i" if in_place else "")
        if suffix is not None and suffix.text and field.text:
            call.effect("w", Field(field.text + suffix.text, field.written), "-i")
    if not all(text is not None and scripts.is_substitution(text) for text in programs):
        call.opaque("perl program text is not read yet")


def _awk(call: Call) -> None:
    call.record()
    call.option_values()
    operands = call.operands
    included = call.value("-i", "--include")
    if call.value("-f", "--file") is not None:
        call.opaque("awk: a program in a file is not read yet")
        program = None
    else:
        program, operands = (operands[0] if operands else None), operands[1:]
    in_place = included is not None and included.text == "inplace"
    for field in operands:
        if in_place or field.text is None or "=" not in field.text:
            call.effect("w" if in_place else "r", field)
    if program is None:
        return
    if program.text is None:
        call.opaque("awk: its program is known only when it runs")
        return
    found = scripts.awk(program.text)
    if found is None:
        call.opaque("awk: where its program writes is not known")
        return
    for path in found[0]:
        call.effect("w", Field(path, path), "print >", certain=False)
    for text in found[1]:
        call.walker.source(text, call.state.copy(), call.walker.here)


def _sed(call: Call) -> None:
    call.record()
    call.option_values()
    operands = list(call.operands)
    in_place = call.has("-i", "--in-place")
    if in_place and operands and operands[0].text == "":
        operands.pop(0)  # BSD's `sed -i ''`
    texts = [field for option, field in call.values if option in ("-e", "--expression")]
    if call.value("-f", "--file") is not None:
        call.opaque("sed: a program in a file is not read yet")
    elif not texts:
        texts, operands = operands[:1], operands[1:]
    suffix = call.value("-i", "--in-place")
    for field in operands:
        call.effect("w" if in_place else "r", field, "-i" if in_place else "")
        if in_place and suffix is not None and suffix.text and field.text:
            copy_of = (
                suffix.text.replace("*", field.text.rpartition("/")[2])
                if "*" in suffix.text
                else (field.text + suffix.text)
            )
            call.effect("w", Field(copy_of, field.written), "-i")
    program = "\n".join(field.text or "" for field in texts)
    if any(field.text is None for field in texts):
        if not in_place:
            call.opaque("sed: its program is known only when it runs")
        return
    found = scripts.sed(program)
    if found is None:
        call.opaque("sed: what its program writes or runs is not known")
        return
    for path in found:
        call.effect("w", Field(path, path), "w")


# -- files -------------------------------------------------------------------------------------------------------------


def _targets(call: Call) -> "tuple[list[Field], Field | None, bool]":
    """Of cp, mv, ln, install: the sources, the destination, and whether it is a folder to put them in."""
    operands = call.operands
    folder = call.value("-t", "--target-directory")
    if folder is not None:
        return operands, folder, True
    if len(operands) < 2:
        return operands, None, False
    sources, target = operands[:-1], operands[-1]
    inside = len(sources) > 1 or (target.text or "").endswith("/") or call.is_folder(target)
    if call.name == "ln" and call.has("-n", "--no-dereference") and any(map(os.path.islink, call.absolute(target))):
        inside = False
    return sources, target, inside and not call.has("-T", "--no-target-directory")


def _into(target: Field, source_field: Field, *, inside: bool, parents: bool = False) -> Field:
    """The name a source gets."""
    if not inside or target.text is None:
        return target
    if source_field.text is None:
        return Field(None, target.written, source_field.why)
    name = source_field.text if parents else source_field.text.rstrip("/").rpartition("/")[2]
    if name in (".", "..", ""):
        return target
    return Field(target.text.rstrip("/") + "/" + name.lstrip("/"), target.written)


def _copy(call: Call) -> None:
    call.record()
    sources, target, inside = _targets(call)
    tree = call.has("-r", "-R", "-a", "--recursive", "--archive")
    for field in sources:
        below = tree and call.is_folder(field)
        call.effect("R" if below else "r", field)
        if target is not None:
            made = _into(target, field, inside=inside, parents=call.has("--parents"))
            paths = call.effect("W" if below else "w", made)
            if below:
                call.walker.folders.update(os.path.normpath(path) for path in paths)
            if call.has("-l", "--link", "-s", "--symbolic-link"):
                for source_path in call.absolute(field):
                    call.walker.links.update((os.path.normpath(p), os.path.normpath(source_path)) for p in paths)


def _move(call: Call) -> None:
    call.record()
    sources, target, inside = _targets(call)
    for field in sources:
        below = call.is_folder(field)
        call.effect("D" if below else "d", field)
        if target is not None:
            old = [call.walker.files.get(os.path.normpath(path)) for path in call.absolute(field)]
            paths = call.effect("W" if below else "w", _into(target, field, inside=inside))
            if len(old) == 1 and old[0] is not None:
                for path in paths:
                    call.walker.files[os.path.normpath(path)] = old[0]
            if below:
                call.walker.folders.update(os.path.normpath(path) for path in paths)


def _link(call: Call) -> None:
    call.record()
    sources, target, inside = _targets(call)
    if target is None and sources:
        target, inside = Field(".", "."), True
    symbolic = call.has("-s", "--symbolic")
    for field in sources:
        if target is None:
            return
        paths = call.effect("w", _into(target, field, inside=inside))
        for path in paths:
            if field.text is None:
                call.opaque("ln: what the link leads to is known only when it runs")
                continue
            base = os.path.dirname(path) if symbolic else (call.state.folder or "/")
            call.walker.links[os.path.normpath(path)] = os.path.normpath(os.path.join(base, field.text))
        if not symbolic:
            call.effect("r", field)


def _install(call: Call) -> None:
    if call.has("-d", "--directory"):
        _mkdir(call)
    else:
        _copy(call)


def _mkdir(call: Call) -> None:
    call.record()
    for field in call.operands:
        for path in call.effect("w", field):
            path_made = os.path.normpath(path)
            call.walker.files.pop(path_made, None)
            while path_made not in call.walker.folders and not os.path.isdir(path_made):
                call.walker.folders.add(path_made)
                path_made = os.path.dirname(path_made)
                if not call.has("-p", "--parents"):
                    break


def _mktemp(call: Call) -> "str | None":
    """A fresh name: it is none that exists, so its pattern stands for it."""
    call.record()
    if any(field.text is None for field in call.operands):
        return None
    pattern = (call.operands[0].text if call.operands else "") or "tmp.XXXXXXXXXX"
    folder = call.value("-p", "--tmpdir")
    if folder is not None and folder.text is None:
        return None
    if "/" not in pattern and (folder is not None or call.has("-t", "--tmpdir") or not call.operands):
        temporary = call.state.lookup("TMPDIR") if folder is None else folder.text
        pattern = os.path.join(temporary if isinstance(temporary, str) and temporary else "/tmp", pattern)  # noqa: S108
    if not call.has("-u", "--dry-run"):
        for path in call.effect("w", Field(pattern, pattern), certain=False):
            if call.has("-d", "--directory"):
                call.walker.folders.add(os.path.normpath(path))
    return pattern + "\n"


def _dd(call: Call) -> None:
    call.record()
    for field in call.fields[1:]:
        source_text = field.written.strip("'\"")
        key, _, path = (field.text or source_text).partition("=")
        if key in ("of", "if"):
            known = Field(path, field.written) if field.text is not None else Field(None, field.written, field.why)
            call.effect("w" if key == "of" else "r", known, key + "=")


def _mode(call: Call) -> None:
    """chmod, chown, chgrp: the first operand is no file, unless it looks like an option or is --reference's."""
    call.record()
    call.option_values()
    given = any(
        flag[0] == "-"
        and flag[1:2] in "rwxXst"
        and call.name == "chmod"
        and "=" not in flag
        and not flag.startswith("--")
        for flag in call.flags
        if flag != "-R"
    )
    skip = 0 if given or call.value("--reference") is not None else 1
    for field in call.operands[skip:]:
        call.effect("W" if call.has("-R", "--recursive") else "w", field)


def _split(call: Call) -> None:
    call.record()
    for field in call.operands[:1]:
        call.effect("r", field)
    call.opaque(f"{call.name}: how many files it writes is not known")


def _unnamed(call: Call) -> None:
    call.record()
    row = call.row
    if len(row) == 3 and any(call.given(flag) for flag in row[2][0].split()):
        call.operate()
    elif call.fields[1:] and not call.has("--version", "--help"):
        call.opaque(f"{call.name}: which files it writes is not known")


def _rsync(call: Call) -> None:
    call.record()
    call.option_values()
    if call.has("-n", "--dry-run", "--list-only") or len(call.operands) < 2:
        return
    *sources, target = call.operands
    for field in sources:
        if ":" not in (field.text or "").partition("/")[0]:
            call.effect("R", field)
    if ":" in (target.text or "").partition("/")[0]:
        return
    if call.has("--remove-source-files"):
        for field in sources:
            call.effect("D", field)
    files = [f for f in sources if f.text and not f.text.endswith("/") and not call.is_folder(f)]
    inside = (target.text or "").endswith("/") or call.is_folder(target) or len(sources) > 1
    if (
        len(files) == len(sources)
        and not any(flag.startswith("--delete") for flag in call.flags)
        and (call.value("--files-from") is None)
    ):
        for field in files:
            call.effect("w", _into(target, field, inside=inside))
    else:
        call.effect("W", target)


def _below(folder: "Field | None", field: Field) -> Field:
    """A name as it is after tar's -C."""
    if folder is None or (field.text or "").startswith("/"):
        return field
    return _into(folder, field, inside=True, parents=True)


def _tar(call: Call) -> None:
    call.record()
    fields = call.fields[1:]
    letters = fields[0].text if fields and fields[0].text and fields[0].text[0] != "-" else ""
    archive: Field | None = None
    rest = fields
    if letters:
        rest = fields[1:]
        if "f" in letters:
            archive, rest = (rest[0] if rest else None), rest[1:]
    action = "".join(c for c in letters if c in "cxtruA")
    operands: list[Field] = []
    folder: Field | None = None  # -C: what is named after it lies there
    i = 0
    while i < len(rest):
        text = rest[i].text
        i += 1
        if text is None or text[:1] != "-":
            operands.append(_below(folder, rest[i - 1]))
            continue
        if text.startswith("--"):
            option, equals, value = text.partition("=")
            action += {
                "--create": "c",
                "--extract": "x",
                "--get": "x",
                "--list": "t",
                "--append": "r",
                "--delete": "u",
                "--update": "u",
                "--concatenate": "A",
            }.get(option, "")
            if option == "--file":
                archive = Field(value, rest[i - 1].written) if equals else (rest[i] if i < len(rest) else None)
                i += not equals
            elif option == "--listed-incremental":
                call.opaque("tar: which snapshot it keeps is not read")
            elif option in ("--directory", "--exclude", "--transform", "--strip-components", "--use-compress-program"):
                if option == "--directory":
                    folder = Field(value, value) if equals else (rest[i] if i < len(rest) else None)
                i += not equals
            continue
        for k, c in enumerate(text[1:], 2):
            action += c if c in "cxtruA" else ""
            if c in "fCTXIbgKN":
                attached = text[k:]
                if c == "f":
                    archive = Field(attached, rest[i - 1].written) if attached else (rest[i] if i < len(rest) else None)
                elif c == "C":
                    folder = Field(attached, attached) if attached else (rest[i] if i < len(rest) else None)
                elif c == "g":
                    call.effect("w", Field(attached, text) if attached else (rest[i] if i < len(rest) else rest[i - 1]))
                i += not attached
                break
    _tar_does(call, action, archive, operands)


def _tar_does(call: Call, action: str, archive: "Field | None", operands: "list[Field]") -> None:
    if "x" in action:
        if archive is not None:
            call.effect("r", archive)
        call.opaque("tar: the archive's members are not listed yet")
    elif any(c in action for c in "cruA"):
        if archive is not None:
            call.effect("w", archive)
        for field in operands:
            call.effect("R", field)
    elif archive is not None:
        call.effect("r", archive)


def _compress(call: Call) -> None:
    """gzip, xz, ...: FILE becomes FILE.gz, and back with -d; -k keeps it."""
    call.record()
    call.option_values()
    if call.has("-c", "-t", "-l", "--stdout", "--to-stdout", "--test", "--list"):
        for field in call.operands:
            call.effect("r", field)
        return
    base = call.name.removeprefix("un").replace("gunzip", "gzip").replace("bunzip2", "bzip2")
    base = {"gunzip": "gzip", "bunzip2": "bzip2", "unxz": "xz", "unzstd": "zstd", "zip2": "bzip2"}.get(call.name, base)
    back = call.has("-d", "--decompress", "--uncompress") or call.name.startswith(("un", "gun", "bun"))
    suffix = SUFFIX.get(base, ".gz")
    given = call.value("-S", "--suffix")
    if given is not None and given.text:
        suffix = given.text
    keep = call.has("-k", "--keep") or (base == "zstd" and not call.has("--rm"))
    named = call.value("-o") is not None
    for field in call.operands:
        if call.has("-r", "--recursive"):
            call.effect("W", field)
            continue
        call.effect("r" if keep else "d", field)
        if named:
            continue
        made = None
        if field.text is not None:
            made = field.text + suffix
            if back:
                made = next((field.text[: -len(s)] for s in COMPRESSED if field.text.endswith(s)), field.text)
        call.effect("w", Field(made, field.written, field.why))


def _patch(call: Call) -> None:
    call.record()
    if call.has("--dry-run", "--version", "--help", "-v"):
        return
    call.option_values()
    if call.value("-o", "--output") is not None:
        return
    folder = call.value("-d", "--directory")
    if folder is not None:
        call.state = call.state.copy()
        call.state.folders = tuple(call.absolute(folder))
    if call.operands:
        call.effect("w", call.operands[0])
        for field in call.operands[1:2]:
            call.effect("r", field)
        return
    call.opaque("patch: the files that the patch names are not read yet")


def _apply_patch(call: Call) -> None:
    """Codex's own: the patch is the operand, or comes on standard input."""
    call.record()
    text = call.operands[0].text if call.operands else call.state.text
    named = applypatch.files(text) if text is not None else []
    for op, path in named:
        call.effect("d" if op == "delete" else "w", Field(path, path))
    if not named:
        call.opaque("apply_patch: the files that the patch names are not read")


def _curl(call: Call) -> None:
    call.record()
    folder = call.value("--output-dir")
    for option, field in call.values:
        role = call.table.get(option, ".")
        _sent(call, option, field)
        if role in "rw":
            named = _into(folder, field, inside=True) if folder and option in ("-o", "--output") else field
            call.effect(role, named, option)
    for field in call.operands:
        if (field.text or "").startswith("file://"):
            call.effect("r", Field((field.text or "")[7:], field.written))
    if call.has("-O", "--remote-name", "--remote-name-all", "-J"):
        for field in call.operands:
            name = None if field.text is None else field.text.partition("?")[0].rstrip("/").rpartition("/")[2]
            made = Field(name, field.written, field.why)
            call.effect("w", _into(folder, made, inside=True) if folder else made, "-O")


def _sent(call: Call, option: str, field: Field) -> None:
    """The file that curl sends: `-d @FILE`, `-F NAME=@FILE` or `NAME=<FILE` (curl(1))."""
    text = field.text or ""
    if option in ("-d", "--data", "--data-binary", "--data-ascii", "--data-urlencode", "--json") and "@" in text:
        path = text.partition("@")[2]
    elif option in ("-F", "--form"):
        path = next((text.partition(mark)[2].partition(";")[0] for mark in ("=@", "=<") if mark in text), "")
    else:
        return
    if path and path != "-":
        call.effect("r", Field(path, field.written), option)


def _alias(call: Call) -> None:
    """An alias changes what later words mean, where the shell expands aliases at all."""
    call.record()
    if any("=" in (field.text or "=") for field in call.fields[1:]):
        call.opaque("what an alias stands for is not followed")


def _wget(call: Call) -> None:
    call.record()
    call.option_values()
    if call.has("--spider", "--version", "--help") or call.value("-O", "--output-document") is not None:
        return
    if call.has("-r", "-m", "--recursive", "--mirror") or call.value("-i", "--input-file") is not None:
        call.opaque("wget: which files it writes is not known")
        return
    folder = call.value("-P", "--directory-prefix")
    for field in call.operands:
        name = None if field.text is None else field.text.partition("://")[2].rpartition("/")[2] or "index.html"
        made = Field(name, field.written, field.why)
        call.effect("w", _into(folder, made, inside=True) if folder else made)


def _sqlite(call: Call) -> None:
    """A database; its dot commands and a few functions write other files (sqlite3(1), "writefile", "VACUUM INTO")."""
    call.record()
    call.option_values()
    if call.operands and call.operands[0].text != ":memory:":
        call.effect("r" if call.has("-readonly", "--readonly") else "w", call.operands[0])
    program = [field.text for field in call.operands[1:]] + [f.text for option, f in call.values if option == "-cmd"]
    if not program and (call.state.piped or not call.operands):
        program = [call.state.text if call.state.piped else None]
    for text in program:
        if (
            text is None
            or any(w in text.lower() for w in ("writefile", "into '", 'into "', "edit("))
            or any(
                line.lstrip().startswith(".")
                and line.split()[0]
                not in (
                    ".tables",
                    ".schema",
                    ".mode",
                    ".headers",
                    ".dump",
                    ".indexes",
                    ".databases",
                    ".help",
                    ".quit",
                    ".exit",
                    ".width",
                    ".separator",
                    ".timeout",
                )
                for line in text.splitlines()
            )
        ):
            call.opaque("sqlite3: what its commands write is not read")


def _grep(call: Call) -> None:
    call.record()
    given = call.value("-e", "-f", "--regexp", "--file") is not None or call.has("--files")
    role = "R" if call.has("-r", "-R", "--recursive") or call.name in ("rg", "ripgrep") else "r"
    call.operate((role if given else "." + role) + "*")


def _realpath(call: Call) -> "str | None":
    call.record()
    made = []
    for field in call.operands:
        paths = call.absolute(field)
        if len(paths) != 1:
            return None
        made.append(os.path.realpath(paths[0]) + "\n")
    return "".join(made)


def _dirname(call: Call) -> "str | None":
    call.record()
    if any(field.text is None for field in call.operands):
        return None
    return "".join((os.path.dirname((f.text or "").rstrip("/")) or ".") + "\n" for f in call.operands)


def _basename(call: Call) -> "str | None":
    call.record()
    texts = [field.text for field in call.operands]
    if not texts or any(text is None for text in texts) or call.has("-a", "-z"):
        return None
    name = (texts[0] or "").rstrip("/").rpartition("/")[2]
    given = call.value("-s", "--suffix")
    suffix = given.text if given is not None else texts[1] if len(texts) > 1 else ""
    return None if suffix is None else (name.removesuffix(suffix) if name != suffix else name) + "\n"


def _sequence(call: Call) -> "str | None":
    call.record()
    numbers = [field.text or "" for field in call.operands]
    if not all(words.digits(n) for n in numbers) or call.flags or call.values:
        return None
    values = [int(n) for n in numbers]
    first, step, last = {1: (1, 1, *values), 2: (values[0], 1, values[-1]), 3: tuple(values)}.get(
        len(values), (0, 0, 0)
    )
    if not step or (last - first) // step > words.FIELDS:
        return None
    return "".join(f"{k}\n" for k in range(first, last + 1, step))


# -- find --------------------------------------------------------------------------------------------------------------


def _find(call: Call) -> "str | None":
    """find: what -delete, -exec, -fprint and the like do to the files that are there now."""
    call.record()
    fields = call.fields[1:]
    while fields and fields[0].text in ("-L", "-H", "-P"):
        fields = fields[1:]
    count = 0
    while count < len(fields) and (fields[count].text is None or (fields[count].text or "")[:1] not in "-(!,"):
        count += 1
    starts, tests = fields[:count] or [Field(".", ".")], fields[count:]
    texts = [field.text for field in tests]
    for name in ("-fprint", "-fprint0", "-fls", "-fprintf"):
        if name in texts and texts.index(name) + 1 < len(tests):
            call.effect("w", tests[texts.index(name) + 1], name)
    if not any(text in ("-delete", "-exec", "-execdir", "-ok", "-okdir") for text in texts):
        return _listed(call, starts, tests)
    found = _found(call, starts, tests)
    if "-delete" in texts:
        if found is None:
            for field in starts:
                call.effect("D", field, "-delete", certain=False)
        else:
            exact = not any(text in FIND_NARROWS for text in texts)
            for path in found:
                call.effect("d", Field(path, path), "-delete", certain=exact)
    _find_runs(call, tests, found)
    return None


def _listed(call: Call, starts: "list[Field]", tests: "list[Field]") -> "str | None":
    """What find prints, perhaps too much; None if that cannot be said soon."""
    texts = [field.text for field in tests]
    if any(text in ("-ls", "-printf") for text in texts) or any((text or "")[:2] == "-f" for text in texts):
        return None
    found = _found(call, starts, tests, LISTED)
    end = "\0" if "-print0" in texts else "\n"
    return None if found is None else "".join(path + end for path in found)


def _find_runs(call: Call, tests: "list[Field]", found: "list[str] | None") -> None:
    i = 0
    while i < len(tests):
        option = tests[i].text
        i += 1
        if option not in ("-exec", "-execdir", "-ok", "-okdir"):
            continue
        end = i
        while (
            end < len(tests) and tests[end].text != ";" and not (tests[end].text == "+" and tests[end - 1].text == "{}")
        ):
            end += 1
        run, i = tests[i:end], end + 1
        if not run:
            continue
        unknown = Field(None, "{}", "which files find finds")
        items = [unknown] if found is None or len(found) > MATCHES else [Field(path, path) for path in found]
        if tests[end : end + 1] and tests[end].text == "+":
            if items:
                call.walker.run([*run[:-1], *items], call.state.copy(), call.assigned)
            continue
        for item in items:
            call.walker.run(_put(run, "{}", item), call.state.copy(), call.assigned)


def _find_tests(tests: "list[Field]") -> "tuple[Checks, list[Checks]] | None":
    """The tests that a file must pass, and those before each `-prune -o`; None if they are not understood."""
    checks: Checks = []
    pruned: list[Checks] = []
    i, wanted = 0, True
    while i < len(tests):
        text = tests[i].text
        if text in ("!", "-not"):
            i, wanted = i + 1, not wanted
            continue
        if text in FIND_NARROWS:
            i, wanted = i + 1 + FIND_NARROWS[text], True
            continue
        if text in ("-delete", "-exec", "-execdir", "-ok", "-okdir"):
            while text != "-delete" and i < len(tests) and tests[i].text not in (";", "+"):
                i += 1
            i, wanted = i + 1, True
            continue
        if text == "-prune" and tests[i + 1 : i + 2] and tests[i + 1].text in ("-o", "-or"):
            pruned.append(checks)
            checks, i = [], i + 2
            continue
        if text is None or text not in FIND_TESTS:
            return None
        value = tests[i + 1].text if FIND_TESTS[text] and i + 1 < len(tests) else ""
        if value is None or (FIND_TESTS[text] and not value) or (text.endswith("depth") and not wanted):
            return None
        checks.append((text, value, wanted))
        i, wanted = i + 1 + FIND_TESTS[text], True
    return checks, pruned


def _found(call: Call, starts: "list[Field]", tests: "list[Field]", most: int = FOUND) -> "list[str] | None":
    """The files that simple tests select, as find writes them, perhaps too many; None if that cannot be said."""
    understood = _find_tests(tests)
    if understood is None:
        return None
    checks, pruned = understood
    made: list[str] = []
    seen = 0
    for start in starts:
        paths = call.absolute(start)
        if len(paths) != 1 or start.text is None:
            return None
        todo = [(start.text, paths[0], 0)]
        while todo:
            written, path, depth = todo.pop()
            seen += 1
            if seen > most:
                return None
            folder = os.path.isdir(path) and not os.path.islink(path)
            if any(_all_pass(group, written, path, depth, folder=folder) for group in pruned):
                continue
            if _all_pass(checks, written, path, depth, folder=folder):
                made.append(written)
            if folder and not any(c == "-maxdepth" and depth >= _number(value) for c, value, _ in checks):
                try:
                    names = sorted(os.listdir(path), reverse=True)
                except (OSError, ValueError):
                    return None
                todo.extend((written.rstrip("/") + "/" + n, os.path.join(path, n), depth + 1) for n in names)
    return made


def _all_pass(checks: "Checks", written: str, path: str, depth: int, *, folder: bool) -> bool:
    return all(_passes(c, value, written, path, depth, folder=folder) is wanted for c, value, wanted in checks)


def _passes(check: str, value: str, written: str, path: str, depth: int, *, folder: bool) -> bool:
    name = os.path.basename(written.rstrip("/")) or written
    if check == "-name":
        return words.matches(value, name)
    if check == "-iname":
        return words.matches(value.lower(), name.lower())
    if check == "-path":
        return words.matches(value, written)
    if check == "-empty":
        return _is_empty(path)
    if check == "-mindepth":
        return depth >= _number(value)
    if check == "-type":
        kind = "l" if os.path.islink(path) else "d" if folder else "f"
        return kind in value
    return True


def _is_empty(path: str) -> bool:
    try:
        status = os.lstat(path)
        return not os.listdir(path) if stat.S_ISDIR(status.st_mode) else not status.st_size
    except OSError:
        return False


def _number(text: str) -> int:
    return int(text) if words.digits(text) else 0


# -- git ---------------------------------------------------------------------------------------------------------------


def _git(call: Call) -> "str | None":
    call.record()
    fields = call.fields[1:]
    state = call.state
    before = state.folders
    i = 0
    while i < len(fields) and (fields[i].text or "").startswith("-"):
        text = fields[i].text or ""
        if text == "-C" and i + 1 < len(fields):
            state.folders = tuple(call.absolute(fields[i + 1]))
        if text == "-c" and i + 1 < len(fields):
            key, _, value = (fields[i + 1].text or "").partition("=")
            _git_order(call, key, Field(value, value))
        i += 2 if text in commands.GIT_VALUE_OPTIONS else 1
    try:
        if i < len(fields):
            return _git_sub(call, fields[i], fields[i + 1 :])
    finally:
        state.folders = before
    return None


def _git_order(call: Call, key: str, value: Field) -> None:
    """Walk a setting whose value git runs as a command; git gives it more words, which are not followed."""
    key = key.lower()
    named = any(key.startswith(first) and key.endswith(last) for first, last in commands.GIT_RUNS_NAMED)
    if key not in commands.GIT_RUNS and not named:
        return
    if value.text is None:
        call.opaque(f"git: what {key} runs is known only when it runs")
    elif value.text.startswith("!") or not key.startswith("alias."):
        if not value.text.startswith("ssh "):
            call.walker.source(value.text.removeprefix("!"), call.state.copy(), call.walker.here)
    else:
        call.walker.source(f"git {value.text}", call.state.copy(), call.walker.here)


def _git_sub(call: Call, sub: Field, rest: "list[Field]") -> "str | None":
    name = sub.text
    if name is None:
        call.opaque("git: which subcommand it is is known only when it runs")
        return None
    texts = [field.text for field in rest]
    if name == "config":
        for key, value in pairwise(rest):
            _git_order(call, key.text or "", value)
    ended = texts.index("--") if "--" in texts else -1
    operands = [f for k, f in enumerate(rest) if k > ended >= 0 or not (f.text or "").startswith("-")]
    flags = [text for text in texts if text and text.startswith("-")]
    if "--help" in flags or "-h" in flags:
        return None
    for k, text in enumerate(texts):
        if text and text.startswith("--output="):
            call.effect("w", Field(text.partition("=")[2], rest[k].written), f"{name} --output")
        elif name == "archive" and text in ("-o", "--output") and k + 1 < len(rest):
            call.effect("w", rest[k + 1], "archive -o")
    if name == "rev-parse" and texts == ["--show-toplevel"]:
        return _top(call)
    if (
        name == "clone"
        or (name == "init" and operands and not call.is_folder(operands[0]))
        or (name == "worktree" and texts[:1] == ["add"])
    ):
        _git_folder(call, name, operands)
    elif name in commands.GIT_PATHS:
        _git_paths(call, name, operands, flags)
    elif name == "checkout" and (ended >= 0 or any(flag in ("-b", "-B", "--orphan") for flag in flags)):
        for field in rest[ended + 1 :] if ended >= 0 else []:
            call.effect("W" if call.is_folder(field) else "w", field, "checkout")
    elif name == "checkout" and operands and all(any(map(os.path.lexists, call.absolute(f))) for f in operands):
        for field in operands:
            call.effect("W" if call.is_folder(field) else "w", field, "checkout")
    elif name in commands.GIT_UNNAMED and not _git_quiet(name, texts, flags):
        if name in ("apply", "am"):
            for field in operands:
                call.effect("r", field)
        call.opaque(f"git {name} changes files that the command does not name")
    elif name == "config" and "--global" in flags and (len(operands) > 1 or "--unset" in flags):
        home = _home(call.state)
        call.effect("w", Field(home and f"{home}/.gitconfig", "--global", "the home directory"), "config")
    elif name in ("show", "cat-file", "blame", "annotate") or (name == "diff" and "--no-index" in flags):
        for field in operands:
            _git_read(call, field)
    elif name in ("difftool", "mergetool", "diff") and any(flag in ("-x", "--extcmd", "--ext-diff") for flag in flags):
        call.opaque(f"git {name} runs a command that is not read")
    elif name in ("grep", "hash-object"):
        for field in operands[name == "grep" and ended < 0 :]:
            if any(map(os.path.isfile, call.absolute(field))):
                call.effect("r", field, name)
    elif name == "bundle" and texts[:1] == ["create"] and len(operands) > 1:
        call.effect("w", operands[1], "bundle create")
    return None


def _git_read(call: Call, field: Field) -> None:
    """A file named for reading: PATH, or REVISION:PATH, counted from the top of the repository (gitrevisions(7))."""
    revision, colon, path = (field.text or "").rpartition(":")
    if colon and path and not path.startswith("./") and revision:
        top = _top(call)
        path = f"{top.rstrip()}/{path}" if top else path
    if path and (colon or any(map(os.path.lexists, call.absolute(field)))):
        call.effect("r", Field(path, field.written))


def _git_quiet(name: str, texts: "list[str | None]", flags: "list[str]") -> bool:
    """Whether the form given leaves the working tree alone."""
    if any(flag in commands.GIT_UNNAMED[name] for flag in flags):
        return True
    first = next((text for text in texts if text and not text.startswith("-")), "")
    if name == "reset":
        return not any(flag in ("--hard", "--merge", "--keep") for flag in flags)
    if name == "stash":
        return first in commands.GIT_STASH_QUIET
    if name == "clean":
        return any(flag[1:2] != "-" and "n" in flag for flag in flags)
    return first in commands.GIT_QUIET.get(name, ())


def _git_paths(call: Call, name: str, operands: "list[Field]", flags: "list[str]") -> None:
    if name == "rm":
        if "--cached" not in flags and "-n" not in flags and "--dry-run" not in flags:
            for field in operands:
                call.effect("D" if call.is_folder(field) else "d", field, "rm")
    elif name == "mv":
        call.operands = operands
        call.flags = set(flags)
        _move(call)
    elif not ("--staged" in flags or "-S" in flags) or "--worktree" in flags or "-W" in flags:
        for field in operands:
            call.effect("W" if call.is_folder(field) else "w", field, "restore")


def _git_folder(call: Call, name: str, operands: "list[Field]") -> None:
    if name == "worktree":
        operands = operands[1:2]
    elif name == "clone":
        if operands[1:2]:
            operands = operands[1:2]
        elif operands and operands[0].text is not None:
            base = operands[0].text.rstrip("/").removesuffix("/.git").rpartition("/")[2].rpartition(":")[2]
            operands = [Field(base.removesuffix(".git"), operands[0].written)]
    for field in operands[:1]:
        paths = call.effect("W", field, name)
        call.walker.folders.update(os.path.normpath(path) for path in paths)


def _top(call: Call) -> "str | None":
    folder = call.state.folder
    while folder:
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder + "\n"
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return None


HANDLERS: "dict[str, Callable[[Call], str | None]]" = {
    "assigned": _assigned,
    "awk": _awk,
    "basename": _basename,
    "cd": _cd,
    "command": _command,
    "compress": _compress,
    "copy": _copy,
    "curl": _curl,
    "dd": _dd,
    "declare": _declare,
    "dirname": _dirname,
    "docker": _docker,
    "echo": _echo,
    "env": _env,
    "evaluate": _evaluate,
    "find": _find,
    "flock": _flock,
    "flock_append": _flock_append,
    "alias": _alias,
    "foreign_shell": _foreign_shell,
    "git": _git,
    "grep": _grep,
    "install": _install,
    "interpreter": _interpreter,
    "link": _link,
    "mkdir": _mkdir,
    "mktemp": _mktemp,
    "mode": _mode,
    "move": _move,
    "apply_patch": _apply_patch,
    "patch": _patch,
    "perl": _perl,
    "popd": _popd,
    "printf": _printf,
    "pwd": _pwd,
    "realpath": _realpath,
    "remote": _remote,
    "rsync": _rsync,
    "sed": _sed,
    "sequence": _sequence,
    "logsave": _logsave,
    "set": _set,
    "shell": _shell,
    "shift": _shift,
    "source": _source,
    "split": _split,
    "sqlite": _sqlite,
    "tar": _tar,
    "texts": _texts,
    "trap": _trap,
    "unnamed": _unnamed,
    "unpack": _unnamed,
    "unset": _unset,
    "watch": _watch,
    "wget": _wget,
    "editor": _editor,
    "make": _make,
    "runner": _runner,
    "runuser": _runuser,
    "su": _su,
    "told": _told,
    "wrapper": _wrapper,
    "wrapper_1": _wrapper_1,
    "xargs": _xargs,
}
