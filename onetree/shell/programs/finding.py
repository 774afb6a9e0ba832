"""find, fd: what they select among the files that are there now, and what they delete and run."""

import os
import stat
import time

from onetree.shell import commands, globs, words
from onetree.shell.notes import Stop
from onetree.shell.words import Field

from . import wrappers
from .call import MATCHES, Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOUND = 20000  # directory entries that `find` is followed through
LISTED = 5000  # directory entries that are looked at for what `find` prints

# find's tests and actions, and how many words follow each (find(1)).
WORDS = {
    **dict.fromkeys(
        "-name -iname -type -xtype -path -wholename -ipath -iwholename -maxdepth -mindepth -mtime -mmin -atime -amin "
        "-ctime -cmin -size -newer -anewer -cnewer -perm -user -group -links -inum -regex -iregex -regextype -lname "
        "-ilname -samefile -uid -gid -fstype -used -context -printf -fprint -fprint0 -fls".split(),
        1,
    ),
    **dict.fromkeys(
        "-print -print0 -depth -d -ls -a -and -xdev -mount -empty -executable -readable -writable -nouser -nogroup "
        "-prune -quit -delete -true -false -follow -daystart -noleaf -warn -nowarn -ignore_readdir_race "
        "-noignore_readdir_race".split(),
        0,
    ),
    "-fprintf": 2,
}
ACTIONS = ("-delete", "-print", "-print0", "-printf", "-ls", "-fprint", "-fprint0", "-fprintf", "-fls")
RUNS = ("-exec", "-execdir", "-ok", "-okdir")
ALWAYS = "-depth -d -xdev -mount -follow -daystart -noleaf -warn -nowarn -maxdepth -mindepth -true -regextype".split()

Node = tuple[str, list]  # type: ignore[type-arg]  # what is asked or done, and its words or parts


class Entry:
    """One file that find comes by, as it is written and where it is; made: by the line itself, so not there yet."""

    __slots__ = ("depth", "folder", "made", "path", "pruned", "status", "written")

    def __init__(self, written: str, path: str, depth: int, *, made: bool, folder: bool) -> None:
        self.written = written
        self.path = path
        self.depth = depth
        self.made = made
        self.pruned = False
        self.status: os.stat_result | None = None
        try:
            self.status = os.lstat(path)
        except (OSError, ValueError):
            self.made = True
        self.folder = stat.S_ISDIR(self.status.st_mode) if self.status else folder


class Expression:
    """find's expression: its form, and what its actions are to do."""

    def __init__(self, tests: "list[Field]") -> None:
        self.tests = tests
        self.at = 0
        self.texts = [field.text for field in tests]
        self.known = True  # whether all of it is understood
        self.found: dict[
            int, list[tuple[Entry, bool]]
        ] = {}  # an action's place -> what it is done to, and whether surely
        self.quit = False
        self.asks: Callable[[list[Field], Entry], bool | None] | None = None
        self.deepest = self.number("-maxdepth", 1 << 30)
        self.least = self.number("-mindepth", 0)
        self.extended = any((text or "").startswith(("posix-e", "egrep", "posix-a")) for text in self.texts)
        self.top = self.either() if tests else ("and", [])
        if self.at < len(tests):
            self.known = False
        self.acts = any(text in ACTIONS or text in RUNS for text in self.texts)

    def number(self, option: str, otherwise: int) -> int:
        """The value of an option of the whole walk."""
        if option not in self.texts[:-1]:
            return otherwise
        text = self.texts[self.texts.index(option) + 1] or ""
        return int(text) if words.digits(text) else otherwise

    def either(self) -> Node:
        """Read A -o B, and A , B."""
        parts = [self.both()]
        kinds = []
        while self.at < len(self.texts) and self.texts[self.at] in ("-o", "-or", ","):
            kinds.append(self.texts[self.at])
            self.at += 1
            parts.append(self.both())
        if "," in kinds and len(set(kinds)) > 1:
            self.known = False
        return parts[0] if len(parts) == 1 else ("list" if "," in kinds else "or", parts)

    def both(self) -> Node:
        """Read A B, A -a B."""
        parts = []
        while self.at < len(self.texts) and self.texts[self.at] not in ("-o", "-or", ",", ")"):
            if self.texts[self.at] in ("-a", "-and"):
                self.at += 1
            else:
                parts.append(self.one())
        return ("and", parts)

    def one(self) -> Node:
        """Read ! A, ( A ), or one test or action."""
        text = self.texts[self.at]
        self.at += 1
        if text in ("!", "-not") and self.at < len(self.texts):
            return ("not", [self.one()])
        if text == "(":
            made = self.either()
            self.known = self.known and self.texts[self.at : self.at + 1] == [")"]
            self.at += 1
            return made
        start = self.at
        if text in RUNS:
            while self.at < len(self.texts) and not self.ends(start):
                self.at += 1
            self.at += 1
            return (text, [start, self.at - 1])
        count = WORDS.get(text or "")
        if text is None or count is None or start + count > len(self.texts):
            self.known = False
            return ("?", [])
        self.at += count
        return (text, [start, self.at])

    def ends(self, start: int) -> bool:
        """Whether the words of -exec end here: at ; or at {} +."""
        text = self.texts[self.at]
        return text == ";" or (text == "+" and self.at > start and self.texts[self.at - 1] == "{}")

    def holds(self, node: Node, entry: Entry, *, sure: bool = True) -> "bool | None":
        """Whether a part is true of a file, None if that cannot be said; what it does is noted."""
        kind, parts = node
        if kind == "not":
            said = self.holds(parts[0], entry, sure=sure)
            return None if said is None else not said
        if kind not in ("and", "or", "list"):
            return self.test(kind, parts, entry, sure=sure)
        stops, made = kind == "or", kind != "or"
        result: bool | None = made
        for part in parts:
            said = self.holds(part, entry, sure=sure)
            if kind == "list":
                result = said
            elif said is stops:
                return stops
            elif said is None:
                result, sure = None, False
        return result

    def test(self, kind: str, parts: "list[int]", entry: Entry, *, sure: bool) -> "bool | None":
        """One test or action."""
        if kind in ALWAYS or kind == "-prune":
            entry.pruned = entry.pruned or (kind == "-prune" and sure)
            return True
        if kind == "-quit":
            self.quit = self.quit or sure
            return True
        if kind in ACTIONS or kind in RUNS:
            self.found.setdefault(parts[0], []).append((entry, sure))
            if self.asks is not None and kind in RUNS and self.texts[parts[0] : parts[0] + 1] == ["grep"]:
                return self.asks(self.tests[parts[0] : parts[1]], entry)
            plus = self.texts[parts[1] : parts[1] + 1] == ["+"]
            return None if kind in RUNS and not plus else True
        value = self.texts[parts[0]] if parts[1] > parts[0] else ""
        return None if value is None else _passes(kind, value, entry, extended=self.extended)


def _passes(check: str, value: str, entry: Entry, *, extended: bool) -> "bool | None":
    written = entry.written
    name = os.path.basename(written.rstrip("/")) or written
    if check == "-name":
        return globs.matches(value, name)
    if check == "-iname":
        return globs.matches(value.lower(), name.lower())
    if check in ("-path", "-wholename"):
        return globs.matches(value, written)
    if check in ("-ipath", "-iwholename"):
        return globs.matches(value.lower(), written.lower())
    if check in ("-regex", "-iregex"):
        return _regex(value, written, extended=extended, case=check == "-regex")
    if check == "-false":
        return False
    status = entry.status
    if check == "-type":
        if status is None:
            return ("d" if entry.folder else "f") in value
        kinds = (
            (stat.S_ISLNK, "l"),
            (stat.S_ISDIR, "d"),
            (stat.S_ISREG, "f"),
            (stat.S_ISFIFO, "p"),
            (stat.S_ISSOCK, "s"),
        )
        return next((letter in value for is_kind, letter in kinds if is_kind(status.st_mode)), None)
    if status is None:
        return None
    if check == "-empty":
        try:
            return not os.listdir(entry.path) if entry.folder else stat.S_ISREG(status.st_mode) and not status.st_size
        except OSError:
            return None
    if check in ("-mtime", "-atime", "-ctime", "-mmin", "-amin", "-cmin"):
        then = {"m": status.st_mtime, "a": status.st_atime, "c": status.st_ctime}[check[1]]
        age = time.time() - then
        return _compared(value, int(age // 86400)) if check.endswith("time") else _compared(value, -int(-age // 60))
    if check == "-newer":
        try:
            return status.st_mtime_ns > os.stat(os.path.join(_base(entry), value)).st_mtime_ns
        except (OSError, ValueError):
            return None
    if check == "-size":
        unit = {"c": 1, "w": 2, "b": 512, "k": 1024, "M": 1 << 20, "G": 1 << 30}.get(value[-1])
        return _compared(value.rstrip("cwbkMG"), -(-status.st_size // (unit or 512)))
    if check == "-perm":
        return _permitted(value, stat.S_IMODE(status.st_mode))
    number = {"-links": status.st_nlink, "-inum": status.st_ino, "-uid": status.st_uid, "-gid": status.st_gid}
    return _compared(value, number[check]) if check in number else None


def _base(entry: Entry) -> str:
    """The directory that find runs in."""
    return entry.path[: -len(entry.written)] if entry.path.endswith(entry.written) else "/"


def _compared(value: str, number: int) -> "bool | None":
    """+N more, -N less, N as many."""
    digits = value.lstrip("+-")
    if not words.digits(digits):
        return None
    if value[0] == "+":
        return number > int(digits)
    return number < int(digits) if value[0] == "-" else number == int(digits)


def _permitted(value: str, mode: int) -> "bool | None":
    """-perm MODE exactly, -MODE all of it, /MODE any of it; a symbolic mode is not worked out."""
    digits = value.lstrip("-/")
    if not digits or any(c not in "01234567" for c in digits):
        return None
    wanted = int(digits, 8)
    if value[0] == "-":
        return mode & wanted == wanted
    return bool(mode & wanted) or not wanted if value[0] == "/" else mode == wanted


def _regex(value: str, written: str, *, extended: bool, case: bool) -> "bool | None":
    """Whether a path matches; None for what Emacs's or POSIX's syntax does not share with re, or may take long."""
    if len(value) > 200 or sum(value.count(c) for c in "*+") > 6:
        return None
    pattern = value
    if not extended:
        if any(c in value.replace("\\(", "").replace("\\)", "").replace("\\|", "") for c in "(){}|"):
            return None
        pattern = value.replace("\\(", "(").replace("\\)", ")").replace("\\|", "|")
    if ")*" in pattern or ")+" in pattern or "){" in pattern or "[[:" in pattern:
        return None
    import re

    from onetree.shell.inline.regexes import quick

    if not quick(pattern, len(written)):
        return None
    try:
        return re.fullmatch(pattern, written, 0 if case else re.IGNORECASE) is not None
    except (re.error, RecursionError):
        return None


def find(call: Call) -> "str | None":
    """find: what -delete, -exec, -fprint and the like do to the files that are there now; what it prints."""
    call.record()
    fields = call.fields[1:]
    while fields and (fields[0].text or "")[:2] in ("-L", "-H", "-P", "-O", "-D"):
        fields = fields[1 + (fields[0].text == "-D") :]
    count = 0
    while count < len(fields) and (fields[count].text is None or (fields[count].text or "")[:1] not in "-(!,"):
        count += 1
    starts, tests = fields[:count] or [Field(".", ".")], fields[count:]
    line = Expression(tests)
    line.asks = lambda run, entry: _grep(call, run, entry)
    for name in ("-fprint", "-fprint0", "-fls", "-fprintf"):
        for index, text in enumerate(line.texts[:-1]):
            if text == name:
                call.effect("w", tests[index + 1], name)
    changes = "-delete" in line.texts or any(text in RUNS for text in line.texts)
    known = line.known and _walk(call, starts, line, FOUND if changes else LISTED)
    if "-delete" in line.texts:
        if known:
            _act(call, line, "-delete")
        else:
            for field in starts:
                call.effect("D", field, "-delete", certain=False)
    printed = [_run(call, line, index, known=known) for index, text in enumerate(line.texts) if text in RUNS]
    if changes:
        return printed[0] if len(printed) == 1 else None
    if not known or any(text in ("-ls", "-fls") for text in line.texts):
        return None
    if "-printf" in line.texts:
        return _formatted(line)
    end = "\0" if "-print0" in line.texts else "\n"
    found = [entry for place in line.found.values() for entry, _ in place]
    return "".join(entry.written + end for entry in found)


def _formatted(line: Expression) -> "str | None":
    """What one -printf prints: the directives that name the file (find(1))."""
    place = line.texts.index("-printf") + 1
    form = line.texts[place]
    if form is None or line.texts.count("-printf") > 1 or "-print" in line.texts or "-print0" in line.texts:
        return None
    made = []
    for entry, sure in line.found.get(place, []):
        if not sure:
            return None
        start = "/".join(entry.written.split("/")[: len(entry.written.split("/")) - entry.depth]) if entry.depth else ""
        base = os.path.basename(entry.written.rstrip("/")) or entry.written
        values = {"p": entry.written, "f": base, "h": os.path.dirname(entry.written) or ".", "%": "%"}
        values["P"] = entry.written[len(start) :].lstrip("/") if entry.depth else ""
        values["d"] = str(entry.depth)
        if entry.status is not None:
            values["s"] = str(entry.status.st_size)
        i, text = 0, []
        while i < len(form):
            c, follows = form[i], form[i + 1 : i + 2]
            if c == "%" and follows not in values:
                return None
            if c == "\\" and follows not in ("n", "t", "0", "\\"):
                return None
            text.append(
                values[follows]
                if c == "%"
                else {"n": "\n", "t": "\t", "0": "\0", "\\": "\\"}[follows]
                if c == "\\"
                else c
            )
            i += 2 if c in "%\\" else 1
        made.append("".join(text))
    return "".join(made)


def _grep(call: Call, run: "list[Field]", entry: Entry) -> "bool | None":
    """Whether `-exec grep` finds something in a file: the test that the next ones wait for."""
    state = call.state.copy()
    fields = wrappers.put(run, "{}", Field(entry.path, entry.path))
    asked = Call(call.walker, state, [*fields[:1], Field("-l", "-l"), *fields[1:]], call.assigned)
    asked.parse(commands.COMMANDS["grep"])
    asked.flags -= {"-q", "-s", "--quiet", "--silent", "-H", "-n"}
    from .queries import grep

    before = call.walker.commands[:]
    printed = grep(asked)
    call.walker.commands[:] = before
    return None if printed is None else bool(printed)


def _act(call: Call, line: Expression, kind: str) -> None:
    for place, found in line.found.items():
        if line.texts[place - 1] == kind:
            for entry, sure in found:
                call.effect("d", Field(entry.written, entry.written), kind, certain=sure)


def _run(call: Call, line: Expression, index: int, *, known: bool) -> "str | None":
    """Walk what one -exec runs: for each file, or for all of them with +."""
    start = end = index + 1
    while (
        end < len(line.texts)
        and line.texts[end] != ";"
        and not (line.texts[end] == "+" and line.texts[end - 1] == "{}")
    ):
        end += 1
    run = line.tests[start:end]
    if not run:
        return None
    found = line.found.get(start, [])
    local = (line.texts[index] or "").endswith("dir")
    if not known or len(found) > MATCHES:
        unknown = Field(None, "{}", "which files find finds")
        return call.walker.run(wrappers.put(run, "{}", unknown), call.state.copy(), call.assigned)
    printed: list[str | None] = []
    if line.texts[end : end + 1] == ["+"] and not local:
        if not found:
            return ""
        items = [Field(entry.written, entry.written) for entry, _ in found]
        state = call.state.copy()
        state.certain = state.certain and all(sure for _, sure in found)
        return call.walker.run([*run[:-1], *items], state, call.assigned)
    for entry, sure in found:
        state = call.state.copy()
        state.certain = state.certain and sure
        item = entry.written
        if local:
            state.folders = (os.path.dirname(entry.path.rstrip("/")) or "/",)
            item = "./" + os.path.basename(entry.path.rstrip("/"))
        printed.append(call.walker.run(wrappers.put(run, "{}", Field(item, item)), state, call.assigned))
    return "".join(text or "" for text in printed) if None not in printed else None


def _walk(call: Call, starts: "list[Field]", line: Expression, most: int) -> bool:
    """Ask the expression of each file below the starts; whether they are all known."""
    for index, text in enumerate(line.texts[:-1]):
        if text in ("-newer", "-anewer", "-cnewer", "-samefile"):
            there = call.absolute(line.tests[index + 1])
            if not any(os.path.exists(path) or os.path.normpath(path) in call.walker.files for path in there):
                return line.texts[index + 1] is not None  # find ends before it begins
    if not line.acts:
        line.top = ("and", [line.top, ("-print", [0, 0])])
    seen = 0
    for start in starts:
        paths = call.absolute(start)
        if len(paths) != 1 or start.text is None:
            return False
        for entry in _entries(call, start.text, paths[0], line):
            seen += 1
            if seen > most:
                return False
            if entry.depth >= line.least:
                line.holds(line.top, entry)
            if line.quit:
                return True
    return True


def _entries(call: Call, written: str, path: str, line: Expression) -> "Iterator[Entry]":
    if not os.path.lexists(path) and os.path.normpath(path) not in {*call.walker.files, *call.walker.folders}:
        return
    todo = [(written, path, 0)]
    deep = any(text in ("-depth", "-d", "-delete") for text in line.texts)
    while todo:
        written, path, depth = todo.pop()
        if call.walker.deadline.passed():
            raise Stop("out of time")
        plain = os.path.normpath(path)
        entry = Entry(written, path, depth, made=plain in call.walker.files, folder=plain in call.walker.folders)
        yield entry
        if not entry.folder or depth >= line.deepest or (entry.pruned and not deep):
            continue
        names = set(call.walker.names.get(plain, ()))
        try:
            names.update(os.listdir(path))
        except (OSError, ValueError):
            pass
        below = written.rstrip("/") + "/" if written != "/" else "/"
        todo.extend((below + name, os.path.join(path, name), depth + 1) for name in sorted(names, reverse=True))


def fd(call: Call) -> "str | None":
    """fd: -x and -X run a command for what is found, which is not worked out (fd(1))."""
    texts = [field.text for field in call.fields]
    for option in ("-x", "-X", "--exec", "--exec-batch"):
        if option in texts:
            call.record()
            run = call.fields[texts.index(option) + 1 :]
            unknown = Field(None, "{}", "which files fd finds")
            if run:
                if not any("{" in (field.text or "") for field in run):
                    run = [*run, Field("{}", "{}")]
                return call.walker.run(wrappers.put(run, "{}", unknown), call.state.copy(), call.assigned)
    call.record()
    return None
