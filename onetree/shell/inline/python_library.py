"""What calls of Python's library do to files, and what they give, as far as it can be known without running them."""

import os

from onetree.shell.inline.python_calls import CALLS, OPENS, PATH_METHODS, UNSURE_WRITERS, WRITERS, full
from onetree.shell.inline.python_values import (
    FRESH,
    PLAIN,
    SIZE,
    Bound,
    Class,
    File,
    Function,
    Instance,
    Named,
    Path,
    Unknown,
    Value,
    bounded,
    either,
    join,
    known,
    path_text,
    truth,
)
from onetree.shell.inline.python_values import method as constant_method

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from onetree.shell.inline import Program
    from onetree.shell.inline.python import Reader

    Function_ = Callable[["Reader", list[Value], dict[str, Value]], Value]

LISTED = 20000  # directory entries that one program may look at

CONSTANTS: "dict[str, Value]" = {
    "os.sep": "/",
    "os.path.sep": "/",
    "os.linesep": "\n",
    "os.curdir": ".",
    "os.pardir": "..",
    "os.extsep": ".",
    "os.devnull": "/dev/null",
    "os.name": "posix",
    "sys.platform": "linux",
    "sys.executable": "python3",
    "os.W_OK": 2,
    "string.ascii_lowercase": "abcdefghijklmnopqrstuvwxyz",
    "string.digits": "0123456789",
    "subprocess.PIPE": -1,
    "subprocess.STDOUT": -2,
    "subprocess.DEVNULL": -3,
    "typing.TYPE_CHECKING": False,
}


class TooMany(Exception):
    """More entries than are looked at."""


class Lazy:
    """A walk over the tree that goes on as its reader does (os.walk lets folders be taken out)."""

    def __init__(self, items: "Iterator[Value]") -> None:
        self.items = items

    def __iter__(self) -> "Iterator[Value]":
        return self.items


# -- helpers ----------------------------------------------------------------------------------------------------------


def is_fresh(text: str) -> bool:
    """Whether a path lies at or below a name that tempfile makes."""
    return FRESH in text.split("/")


def absolute(reader: "Reader", text: str) -> str:
    return os.path.join(reader.state.folder or "/", text)


def absolute_name(program: "Program") -> str:
    """What __file__ is."""
    return os.path.join(program.call.state.folder or "/", program.shown)


def exists(reader: "Reader", text: str) -> bool:
    """Whether a name is a file of the tree."""
    try:
        return os.path.lexists(absolute(reader, text))
    except ValueError:
        return False


def has(name: str) -> bool:
    """Whether a name is one that is known here."""
    name = full(name)
    return name in CALLS or name in OPENS or name in FUNCTIONS or name in ("pathlib.Path",)


def constant(reader: "Reader", name: str) -> Value:
    """An attribute of a module."""
    name = full(name)
    if name in CONSTANTS:
        return CONSTANTS[name]
    if name == "sys.argv":
        first = "-c" if reader.program.shown.startswith("python -") else reader.program.shown
        return [first, *[Unknown() if a is None else a for a in reader.program.arguments]]
    if name == "sys.stdin":
        return File(None, "r", _input(reader), "sys.stdin")
    if name in ("sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"):
        return File(None, "w", None, name)
    if name == "sys.stdout.buffer":
        return File(None, "wb", None, "sys.stdout")
    if name.startswith("os.O_"):
        return getattr(os, name[3:], 0)
    return Named(name)


def _input(reader: "Reader") -> "str | None":
    if reader.program.shown == "python -":
        return ""
    return reader.state.text if reader.state.piped else None


def variable(reader: "Reader", name: Value, default: Value) -> Value:
    """A variable of the environment."""
    from onetree.shell.words import Unknown as Unset

    if not isinstance(name, str):
        return Unknown()
    try:
        found = reader.state.lookup(name)
    except Unset:
        return Unknown()
    if found is None:
        return default if default is not None else Unknown()
    return found if isinstance(found, str) else Unknown()


def listed(value: Value) -> "list[Value] | None":
    """The items of what can be iterated; None if unknown."""
    if isinstance(value, (str, bytes, list, tuple, set, dict, range)):
        return list(value) if len(value) <= SIZE else None
    if isinstance(value, File) and value.text is not None:
        return list(value.text.splitlines(keepends=True))
    if isinstance(value, Lazy):
        made: list[Value] = []
        try:
            for item in value:
                made.append(item)
                if len(made) > LISTED:
                    return None
        except TooMany:
            return None
        return made
    return None


def entered(value: Value) -> Value:
    """What `with` gives."""
    return value


def pick(arguments: "list[Value]", keywords: "dict[str, Value]", index: int, name: str, default: Value = None) -> Value:
    """A parameter."""
    return arguments[index] if len(arguments) > index else keywords.get(name, default)


def _names(reader: "Reader", folder: str) -> "list[str]":
    """The names in a folder, with those that the line made."""
    if reader.steps > LISTED:
        raise TooMany
    try:
        names = os.listdir(folder)
    except (OSError, ValueError):
        names = []
    reader.steps += len(names)
    if len(names) > LISTED:
        raise TooMany
    made = reader.state.made(folder)
    return sorted({*names, *made} if made else names)


def _matching(reader: "Reader", base: str, parts: "list[str]", *, hidden: bool) -> "Iterator[str]":
    """The paths below base, relative to it, that a pattern's parts match."""
    from onetree.shell.words import matches

    if not parts:
        yield ""
        return
    part, rest = parts[0], parts[1:]
    if part == "**":
        yield from _matching(reader, base, rest or ["*"], hidden=hidden)
    elif not any(c in part for c in "*?["):
        if rest or os.path.lexists(os.path.join(base, part)) or part in reader.state.made(base):
            for below in _matching(reader, os.path.join(base, part), rest, hidden=hidden):
                yield f"{part}/{below}" if below else part
        return
    for name in _names(reader, base):
        if name.startswith(".") and not hidden and not part.startswith("."):
            continue
        path = os.path.join(base, name)
        if part == "**":
            if os.path.isdir(path) and not os.path.islink(path):
                for below in _matching(reader, path, parts, hidden=hidden):
                    yield f"{name}/{below}"
        elif matches(part, name) and (not rest or os.path.isdir(path)):
            for below in _matching(reader, path, rest, hidden=hidden):
                yield f"{name}/{below}" if below else name


def _glob(reader: "Reader", pattern: Value, root: Value = None) -> Value:
    text, below = path_text(pattern), path_text(root)
    if text is None or (root is not None and below is None):
        return Unknown()
    start = "/" if text.startswith("/") else absolute(reader, below or "")
    parts = [part for part in text.split("/") if part]
    try:
        found = list(dict.fromkeys(_matching(reader, start, parts, hidden=False)))
    except (TooMany, RecursionError):
        return Unknown(hints=(text.partition("*")[0].rpartition("/")[0],))
    return ["/" + name for name in found] if text.startswith("/") else list(found)


def _path_glob(reader: "Reader", path: Path, pattern: Value, *, deep: bool) -> Value:
    if not isinstance(pattern, str):
        return Unknown(hints=(path.text,))
    parts = ["**"] * deep + [part for part in pattern.split("/") if part]
    try:
        found = list(dict.fromkeys(_matching(reader, absolute(reader, path.text), parts, hidden=True)))
    except (TooMany, RecursionError):
        return Unknown("pathlib.Path()", hints=(path.text,))
    return [join(path, [name]) for name in found]


def _walk(reader: "Reader", top: str) -> "Iterator[Value]":
    todo = [top]
    while todo:
        folder = todo.pop()
        folders: list[Value] = []
        files: list[Value] = []
        for name in _names(reader, absolute(reader, folder)):
            whole = os.path.join(absolute(reader, folder), name)
            (folders if os.path.isdir(whole) else files).append(name)
        yield (folder, folders, files)
        todo += [
            os.path.join(folder, name)
            for name in reversed(folders)
            if isinstance(name, str) and not os.path.islink(os.path.join(absolute(reader, folder), name))
        ]


# -- files ------------------------------------------------------------------------------------------------------------


def _open(reader: "Reader", path: Value, mode: Value, via: str, default: str) -> Value:
    """Open a file."""
    mode = default if mode is None else mode
    text = path_text(path)
    made_by = via + "()"
    if isinstance(path, File) or isinstance(path, int):
        return File(path.path if isinstance(path, File) else None, "w", None, made_by)
    if not isinstance(mode, str):
        choices = mode.choices if isinstance(mode, Unknown) else ()
        if not choices or any(isinstance(c, str) and set(c) & set("wax+") for c in choices):
            reader.note("write", path, via, certain=False)
        return File(text, "w", None, made_by)
    writes = bool(set(mode.partition(":")[0]) & set("wax+cn")) and not (mode[:1] == "r" and via == "tarfile.open")
    if not writes:
        reader.note("read", path, via)
        content = _content(reader, text) if text is not None and via in ("open", "codecs.open") else None
        if via == "Path.open":
            content = _content(reader, text) if text is not None else None
        return File(text, mode, None if "b" in mode else content, made_by)
    reader.note("write", path, f"{via} {mode}")
    return File(text, mode, "" if "w" in mode or "x" in mode else None, made_by)


def _content(reader: "Reader", text: str) -> "str | None":
    if "\0" in text:
        return None
    found = reader.walker.file(absolute(reader, text))
    return found


def _wrote(reader: "Reader", path: "str | None", text: Value) -> None:
    """Remember what a file holds."""
    if path is not None and not is_fresh(path):
        sure = isinstance(text, str) and not reader.doubt
        reader.walker.remember(absolute(reader, path), text if sure else None)  # type: ignore[arg-type]


def _row(reader: "Reader", row: str, arguments: "list[Value]", keywords: "dict[str, Value]", via: str) -> None:
    """Note what a row of the table says."""
    for index, item in enumerate(row.split()):
        role, _, name = item.partition(":")
        value = pick(arguments, keywords, index, name, None)
        if value is None or role == ".":
            continue
        _role(reader, role, value, via)


def _role(reader: "Reader", role: str, value: Value, via: str) -> None:
    if role == "f":
        text = reader.note("write", value, via)
        if text is not None:
            reader.walker.files.pop(os.path.normpath(absolute(reader, text)), None)
            reader.walker.folders.add(os.path.normpath(absolute(reader, text)))
        return
    op = {"r": "read", "w": "write", "d": "delete", "m": "meta"}[role.lower()]
    text = path_text(value)
    if text == ":memory:" or (text or "").startswith(("http:", "https:", "s3:")):
        return
    if text is not None and text.startswith("file:"):
        value = text.removeprefix("file:").partition("?")[0]
        op = "read" if "mode=ro" in text else op
    reader.note(op, value, via, tree=role.isupper())


def _is_folder(reader: "Reader", value: Value) -> bool:
    text = path_text(value)
    if text is None or "\0" in text:
        return False
    path = absolute(reader, text)
    return os.path.normpath(path) in reader.walker.folders or os.path.isdir(path)


def _inside(reader: "Reader", source: Value, target: Value) -> Value:
    """The name that a copy gets when its destination is a folder."""
    name, folder = path_text(source), path_text(target)
    if folder is None or not _is_folder(reader, target):
        return target
    if name is None:
        return Unknown(hints=(folder,))
    return os.path.join(folder, os.path.basename(name.rstrip("/")))


def _copy(reader: "Reader", a: "list[Value]", k: "dict[str, Value]", via: str, *, into: bool) -> Value:
    source, target = pick(a, k, 0, "src"), pick(a, k, 1, "dst")
    target = _inside(reader, source, target) if into else target
    reader.note("read", source, via)
    reader.note("write", target, via)
    return target


def _move(reader: "Reader", source: Value, target: Value, via: str, *, into: bool) -> Value:
    tree = _is_folder(reader, source)
    target = _inside(reader, source, target) if into else target
    reader.note("delete", source, via, tree=tree)
    reader.note("write", target, via, tree=tree)
    return target


def _link(reader: "Reader", source: Value, target: Value, via: str, *, symbolic: bool) -> Value:
    name, leads = reader.note("write", target, via), path_text(source)
    if name is not None and leads is not None:
        path = os.path.normpath(absolute(reader, name))
        base = os.path.dirname(path) if symbolic else absolute(reader, "")
        reader.walker.links[path] = os.path.normpath(os.path.join(base, leads))
    return None


def _archive(reader: "Reader", a: "list[Value]", k: "dict[str, Value]") -> Value:
    name, kind = pick(a, k, 0, "base_name"), pick(a, k, 1, "format")
    endings = {"zip": ".zip", "tar": ".tar", "gztar": ".tar.gz", "bztar": ".tar.bz2", "xztar": ".tar.xz"}
    text = path_text(name)
    if text is None or not isinstance(kind, str):
        reader.unread("shutil.make_archive: a path that is known only when it runs")
        return Unknown()
    _role(reader, "R", pick(a, k, 2, "root_dir", "."), "shutil.make_archive")
    reader.note("write", text + endings.get(kind, ""), "shutil.make_archive")
    return text + endings.get(kind, "")


def _os_open(reader: "Reader", a: "list[Value]", k: "dict[str, Value]") -> Value:
    path, flags = pick(a, k, 0, "path"), pick(a, k, 1, "flags")
    if not isinstance(flags, int):
        reader.note("write", path, "os.open", certain=False)
    elif flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND):
        reader.note("write", path, "os.open")
    else:
        reader.note("read", path, "os.open")
    return File(path_text(path), "w", None)


def _fresh(reader: "Reader", a: "list[Value]", k: "dict[str, Value]", *, folder: bool, opened: bool) -> Value:
    """A file or folder of tempfile's: its name is a pattern's, as mktemp's is."""
    where = path_text(k.get("dir")) or "/tmp"  # noqa: S108 - the name that tempfile gives, not one that is used
    text = f"{where}/{FRESH}"
    if opened:
        return File(text, "w", None, "tempfile()")
    return text if folder else (File(text, "w", None), text)


def _fileinput(reader: "Reader", a: "list[Value]", k: "dict[str, Value]") -> Value:
    files = pick(a, k, 0, "files")
    in_place = truth(pick(a, k, 1, "inplace", False)) is not False
    if files is None:
        files = list(constant(reader, "sys.argv")[1:])  # type: ignore[index]
    for file in files if isinstance(files, (list, tuple)) else [files]:
        reader.note("write" if in_place else "read", file, "fileinput")
        backup, name = pick(a, k, 2, "backup"), path_text(file)
        if in_place and isinstance(backup, str) and backup and name is not None:
            reader.note("write", name + backup, "fileinput")
    return Unknown("fileinput.input()")


# -- commands ---------------------------------------------------------------------------------------------------------


def _words(value: Value) -> "list[str | None] | None":
    items = listed(value) if isinstance(value, (list, tuple)) else None
    return None if items is None else [path_text(item) for item in items]


def _run(reader: "Reader", command: Value, k: "dict[str, Value]", *, shell: bool) -> "str | None":
    """Follow a command; what it prints."""
    reader.led()
    state = reader.state
    before = state.folders, state.piped, state.text, state.certain
    try:
        state.certain = state.certain and not reader.doubt
        folder = k.get("cwd")
        if folder is not None:
            text = path_text(folder)
            state.folders = () if text is None else tuple(os.path.join(f, text) for f in state.folders)
        if "input" in k or k.get("stdin") is not None:
            given = k.get("input", k.get("stdin"))
            state.piped = True
            state.text = given.text if isinstance(given, File) else given if isinstance(given, str) else None
            if k.get("stdin") == -3:
                state.text = ""
        if shell:
            first = command[0] if isinstance(command, (list, tuple)) and command else command
            text = path_text(first)
            if text is None:
                reader.unread("it runs a command that is known only when it runs", getattr(first, "hints", ()))
                return None
            return reader.program.shell(text)
        words = _words(command) if isinstance(command, (list, tuple)) else [path_text(command)]
        if not words or words[0] is None:
            # A program that is not named may be any; which one a script starts is its own affair.
            hints = [w for w in words or [] if w is not None]
            reader.unread("it runs a command that is known only when it runs", tuple(hints))
            return None
        return reader.program.command(words)
    finally:
        state.folders, state.piped, state.text, state.certain = before
        reader.walker.trail = reader.trail


def _subprocess(reader: "Reader", a: "list[Value]", k: "dict[str, Value]", name: str) -> Value:
    shell = name in ("getoutput", "getstatusoutput") or truth(k.get("shell", False)) is not False
    printed = _run(reader, pick(a, k, 0, "args") if a or "args" in k else k.get("cmd"), k, shell=shell)
    target = k.get("stdout")
    captured = name in ("check_output", "getoutput", "getstatusoutput") or truth(k.get("capture_output", False))
    if isinstance(target, File) and target.path is not None:
        captured = True
        _wrote(reader, target.path, printed)
    if not captured and target is None:
        reader.out(printed)
    text: Value = printed if printed is not None else Unknown()
    if name == "check_output":
        return text
    if name == "getoutput":
        return text.removesuffix("\n") if isinstance(text, str) else text
    if name == "call":
        return Unknown()
    return Instance(None, {"stdout": text, "returncode": Unknown(), "stdin": File(None, "w", None), "args": Unknown()})


def _system(reader: "Reader", a: "list[Value]", k: "dict[str, Value]") -> Value:
    reader.out(_run(reader, pick(a, k, 0, "command"), {}, shell=True))
    return Unknown()


def _popen(reader: "Reader", a: "list[Value]", k: "dict[str, Value]") -> Value:
    return File(None, "r", _run(reader, pick(a, k, 0, "cmd"), {}, shell=True), "os.popen()")


def _replaced(reader: "Reader", a: "list[Value]", name: str) -> Value:
    """os.exec* and os.spawn*: a list of words, or the words themselves."""
    rest = a[1:] if name.startswith("spawn") else a
    words: list[Value] = []
    if name[-1:] == "e" and rest:
        rest = rest[:-1] if "l" in name else rest
    if "v" in name[4:] or name.startswith("posix"):
        words = listed(rest[1]) or [] if len(rest) > 1 else []
    else:
        words = rest[1:]
    reader.out(_run(reader, [rest[0], *words[1:]] if rest else Unknown(), {}, shell=False))
    return Unknown()


# -- what calls give --------------------------------------------------------------------------------------------------


def _text_of(value: Value) -> Value:
    """str(value)."""
    if isinstance(value, Path):
        return value.text
    if isinstance(value, Unknown) and value.choices:
        return either(*[_text_of(choice) for choice in value.choices])
    if not known(value):
        return Unknown(hints=getattr(value, "hints", ()))
    try:
        return str(value)
    except ValueError:
        return Unknown()


def _pure(reader: "Reader", name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    """Functions of constants."""
    if name.startswith("os.path."):
        return _os_path(reader, name[8:], a)
    if name in ("list", "tuple", "sorted", "set", "frozenset", "reversed", "enumerate", "zip", "map", "filter", "iter"):
        return _sequence(reader, name, a, k)
    if name == "dict":
        made = dict(a[0]) if a and isinstance(a[0], dict) else {}
        return {**made, **k} if not a or isinstance(a[0], dict) else Unknown()
    if name == "str" and a:
        if isinstance(a[0], bytes) and len(a) > 1:
            return constant_method(a[0], "decode", a[1:], {})
        return _text_of(a[0])
    if not all(map(known, a)) or k:
        return Unknown()
    return bounded(_constant_call(name, a))


def _constant_call(name: str, a: "list[Value]") -> Value:  # noqa: C901 - one row a function
    first = a[0] if a else ""
    if name == "range":
        whole = all(isinstance(v, int) and abs(v) < 10**9 for v in a)
        return range(*a) if whole else Unknown()  # type: ignore[arg-type]
    if name in ("bytes", "bytearray"):
        if isinstance(first, int):
            return Unknown()
        return first.encode() if isinstance(first, str) else bytes(first)  # type: ignore[arg-type]
    if name in PURE:
        return PURE[name](*a)
    if name in ("base64.b64decode", "base64.urlsafe_b64decode", "base64.standard_b64decode", "base64.decodebytes"):
        import binascii

        data = first.encode() if isinstance(first, str) else first
        return binascii.a2b_base64(data.replace(b"-", b"+").replace(b"_", b"/"))  # type: ignore[union-attr,arg-type,operator]
    if name in ("binascii.unhexlify", "binascii.a2b_hex", "bytes.fromhex", "bytearray.fromhex", "base64.b16decode"):
        return bytes.fromhex(first.decode() if isinstance(first, bytes) else first)  # type: ignore[arg-type]
    if name in ("base64.b32decode", "base64.b85decode", "base64.a85decode"):
        import base64

        decoded: Value = getattr(base64, name[7:])(first)
        return decoded
    if name == "base64.b64encode":
        import binascii

        return binascii.b2a_base64(first, newline=False)  # type: ignore[arg-type]
    if name == "codecs.decode" and a[1:2] in (["rot13"], ["rot_13"], ["rot-13"]):
        small, large = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        turn = small[13:] + small[:13] + large[13:] + large[:13]
        return first.translate(str.maketrans(small + large, turn))  # type: ignore[union-attr]
    if name == "codecs.decode" and a[1:2] in (["hex"], ["hex_codec"]):
        return bytes.fromhex(first.decode() if isinstance(first, bytes) else first)  # type: ignore[arg-type]
    if name == "codecs.encode" and a[1:2] in (["rot13"], ["rot_13"]):
        return _constant_call("codecs.decode", a)
    if name == "zlib.decompress":
        import zlib

        return zlib.decompressobj().decompress(first, SIZE)  # type: ignore[arg-type]
    if name in ("shlex.split", "shlex.quote", "shlex.join", "textwrap.dedent", "json.loads", "json.dumps"):
        module, _, function = name.partition(".")
        made: Value = getattr(__import__(module), function)(first)
        return made
    return Unknown()


PURE: "dict[str, Callable[..., Value]]" = {
    "chr": chr,
    "ord": ord,
    "len": len,
    "int": int,
    "float": float,
    "bool": bool,
    "repr": repr,
    "min": min,
    "max": max,
    "sum": sum,
    "any": any,
    "all": all,
    "abs": abs,
    "hex": hex,
    "oct": oct,
    "round": round,
    "str": str,
    "ascii": ascii,
    "divmod": divmod,
}


def _sequence(reader: "Reader", name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    function = a[0] if name in ("map", "filter") and a else None
    sources = [listed(value) for value in (a[1:] if function is not None else a[:1] if name == "enumerate" else a)]
    if None in sources or any(len(s or ()) > 2000 for s in sources) or (not sources and name in ("map", "filter")):
        reader.callbacks(a, k)
        return Unknown(hints=tuple(h for v in a for h in getattr(v, "hints", ())))
    items = sources[0] or [] if sources else []
    if name == "zip":
        return [tuple(group) for group in zip(*[s or [] for s in sources], strict=False)]
    if name == "map":
        return [reader.call(function, list(group), {}) for group in zip(*[s or [] for s in sources], strict=False)]
    if name == "filter":
        tests = [truth(item if function is None else reader.call(function, [item], {})) for item in items]
        return Unknown() if None in tests else [i for i, test in zip(items, tests, strict=True) if test]
    if name == "enumerate":
        start = pick(a, k, 1, "start", 0)
        return [(n, item) for n, item in enumerate(items, start if isinstance(start, int) else 0)]
    if name == "reversed":
        return items[::-1]
    if name == "sorted":
        try:
            items = sorted(items, reverse=bool(k.get("reverse"))) if known(items) and "key" not in k else items
        except TypeError:
            return Unknown()
    if name in ("set", "frozenset"):
        return (
            list(dict.fromkeys(items))
            if known(items) and not any(isinstance(i, (list, dict)) for i in items)
            else items
        )
    return tuple(items) if name == "tuple" else items


def _os_path(reader: "Reader", name: str, a: "list[Value]") -> Value:
    texts = [path_text(value) for value in a]
    if name in ("exists", "isfile", "isdir", "lexists", "getsize", "islink", "getmtime", "samefile"):
        return Unknown()
    if None in texts or not texts:
        first = texts[0] if texts else None
        return Unknown(hints=(first,) if name == "join" and first else getattr(a[0], "hints", ()) if a else ())
    known_texts = [t for t in texts if t is not None]
    text = known_texts[0]
    if name == "join":
        return os.path.join(*known_texts)
    if name in ("basename", "dirname", "splitext", "split", "normpath", "isabs"):
        made: Value = getattr(os.path, name)(text)
        return made
    if name in ("abspath", "realpath"):
        folder = reader.state.folder
        return Unknown() if folder is None else os.path.normpath(os.path.join(folder, text))
    if name == "expanduser":
        return _home(reader, text)
    if name == "expandvars" and "$" not in text:
        return text
    if name == "relpath" and len(known_texts) == 1 and reader.state.folder:
        return os.path.relpath(os.path.join(reader.state.folder, text), reader.state.folder)
    return Unknown()


def _home(reader: "Reader", text: str) -> Value:
    if not text.startswith("~"):
        return text
    if text != "~" and not text.startswith("~/"):
        return Unknown()
    home = variable(reader, "HOME", reader.state.home)
    return home + text[1:] if isinstance(home, str) else Unknown()


def _path(reader: "Reader", a: "list[Value]") -> Value:
    """pathlib.Path(...)."""
    return join(Path("."), a)


def _print(reader: "Reader", a: "list[Value]", k: "dict[str, Value]") -> Value:
    texts = [_text_of(value) for value in a]
    sep, end = k.get("sep", " "), k.get("end", "\n")
    sep, end = " " if sep is None else sep, "\n" if end is None else end
    text: Value = Unknown()
    if all(isinstance(t, str) for t in texts) and isinstance(sep, str) and isinstance(end, str):
        text = bounded(sep.join(t for t in texts if isinstance(t, str)) + end)
    target = k.get("file")
    if isinstance(target, File):
        _write(reader, target, text)
    elif target is None:
        changed = reader.scopes[0].get("sys.stdout")
        if isinstance(changed, File):
            _write(reader, changed, text)
        elif changed is None:
            reader.out(text)
    return None


def _write(reader: "Reader", file: File, text: Value) -> None:
    """Write to an open file."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogateescape")
    if file.made_by == "sys.stdout":
        reader.out(text)
        return
    sure = isinstance(text, str) and not reader.doubt and file.text is not None and len(file.text) < SIZE
    file.text = file.text + text if sure else None  # type: ignore[operator]
    if set(file.mode) & set("wax+"):
        _wrote(reader, file.path, file.text)


def _attribute(reader: "Reader", a: "list[Value]") -> Value:
    """getattr(owner, name)."""
    if len(a) > 1 and isinstance(a[1], str):
        return reader.attribute(a[0], a[1])
    if a and isinstance(a[0], Named) and a[0].name in ("os", "shutil", "subprocess", "pathlib", "builtins", "os.path"):
        reader.unread(f"a function of {a[0].name} that is known only when it runs")
    return Unknown()


def _imported(reader: "Reader", a: "list[Value]") -> Value:
    if a and isinstance(a[0], str):
        return Named(a[0])
    return Unknown()


def _chdir(reader: "Reader", a: "list[Value]", k: "dict[str, Value]") -> Value:
    text = path_text(pick(a, k, 0, "path"))
    state = reader.state
    new = () if text is None else tuple(os.path.normpath(os.path.join(f, text)) for f in state.folders or ("/",))
    if text is not None and not text.startswith("/") and not state.folders:
        new = ()
    state.folders = tuple(dict.fromkeys((*new, *state.folders))) if reader.doubt and new else new
    return None


def _cwd(reader: "Reader") -> Value:
    return reader.state.folders[0] if len(reader.state.folders) == 1 else Unknown()


def _exit(reader: "Reader") -> Value:
    from onetree.shell.inline.python import Leave

    del reader
    raise Leave("exit")


def _json_load(reader: "Reader", a: "list[Value]") -> Value:
    file = a[0] if a else None
    if isinstance(file, File) and file.text is not None:
        return _pure(reader, "json.loads", [file.text], {})
    return Unknown()


def _dump(reader: "Reader", a: "list[Value]", k: "dict[str, Value]") -> Value:
    """What json, pickle, yaml write into an open file."""
    target = pick(a, k, 1, "fp", k.get("stream", k.get("file")))
    if isinstance(target, File):
        _write(reader, target, Unknown())
    return Unknown()


def _listing(reader: "Reader", a: "list[Value]", *, whole: bool) -> Value:
    text = path_text(a[0]) if a else "."
    if text is None:
        return Unknown()
    try:
        names = _names(reader, absolute(reader, text))
    except TooMany:
        return Unknown(hints=(text,))
    if whole:
        return [Instance(None, {"name": n, "path": n if not a else os.path.join(text, n)}) for n in names]
    return list(names)


def _os_walk(reader: "Reader", a: "list[Value]", k: "dict[str, Value]") -> Value:
    text = path_text(pick(a, k, 0, "top"))
    return Unknown() if text is None else Lazy(_walk(reader, text))


def _logging(reader: "Reader", k: "dict[str, Value]") -> Value:
    if k.get("filename") is not None:
        reader.note("write", k["filename"], "logging.basicConfig")
    return None


def _exec(reader: "Reader", a: "list[Value]", mode: str) -> Value:
    source = a[0] if a else None
    if isinstance(source, Instance) and "source" in source.members:
        source = source.members["source"]
    return reader.source(source, mode=mode)


FUNCTIONS: "dict[str, Function_]" = {
    "print": _print,
    "shutil.copy": lambda r, a, k: _copy(r, a, k, "shutil.copy", into=True),
    "shutil.copy2": lambda r, a, k: _copy(r, a, k, "shutil.copy2", into=True),
    "shutil.copyfile": lambda r, a, k: _copy(r, a, k, "shutil.copyfile", into=False),
    "shutil.move": lambda r, a, k: _move(r, pick(a, k, 0, "src"), pick(a, k, 1, "dst"), "shutil.move", into=True),
    "os.rename": lambda r, a, k: _move(r, pick(a, k, 0, "src"), pick(a, k, 1, "dst"), "os.rename", into=False),
    "os.replace": lambda r, a, k: _move(r, pick(a, k, 0, "src"), pick(a, k, 1, "dst"), "os.replace", into=False),
    "os.renames": lambda r, a, k: _move(r, pick(a, k, 0, "old"), pick(a, k, 1, "new"), "os.renames", into=False),
    "os.symlink": lambda r, a, k: _link(r, pick(a, k, 0, "src"), pick(a, k, 1, "dst"), "os.symlink", symbolic=True),
    "os.link": lambda r, a, k: _link(r, pick(a, k, 0, "src"), pick(a, k, 1, "dst"), "os.link", symbolic=False),
    "os.open": _os_open,
    "os.fdopen": lambda r, a, k: a[0] if a and isinstance(a[0], File) else File(None, "w", None),  # noqa: ARG005
    "fdopen": lambda r, a, k: a[0] if a and isinstance(a[0], File) else File(None, "w", None),  # noqa: ARG005
    "os.write": lambda r, a, k: _write(r, a[0], a[1]) if len(a) > 1 and isinstance(a[0], File) else Unknown(),  # noqa: ARG005
    "os.system": _system,
    "os.popen": _popen,
    "os.chdir": _chdir,
    "os.getcwd": lambda r, a, k: _cwd(r),  # noqa: ARG005
    "os.getenv": lambda r, a, k: variable(r, pick(a, k, 0, "key"), pick(a, k, 1, "default")),
    "os.environ.get": lambda r, a, k: variable(r, pick(a, k, 0, "key"), pick(a, k, 1, "default")),
    "os.fspath": lambda r, a, k: _text_of(a[0]) if a else Unknown(),  # noqa: ARG005
    "os.listdir": lambda r, a, k: _listing(r, a, whole=False),  # noqa: ARG005
    "os.scandir": lambda r, a, k: _listing(r, a, whole=True),  # noqa: ARG005
    "os.walk": _os_walk,
    "glob.glob": lambda r, a, k: _glob(r, pick(a, k, 0, "pathname"), k.get("root_dir")),
    "glob.iglob": lambda r, a, k: _glob(r, pick(a, k, 0, "pathname"), k.get("root_dir")),
    "shutil.make_archive": _archive,
    "tempfile.mkdtemp": lambda r, a, k: _fresh(r, a, k, folder=True, opened=False),
    "tempfile.TemporaryDirectory": lambda r, a, k: _fresh(r, a, k, folder=True, opened=False),
    "tempfile.mkstemp": lambda r, a, k: _fresh(r, a, k, folder=False, opened=False),
    "tempfile.NamedTemporaryFile": lambda r, a, k: _fresh(r, a, k, folder=False, opened=True),
    "tempfile.TemporaryFile": lambda r, a, k: _fresh(r, a, k, folder=False, opened=True),
    "tempfile.gettempdir": lambda r, a, k: variable(r, "TMPDIR", "/tmp"),  # noqa: ARG005, S108 - a name, not a use
    "fileinput.input": _fileinput,
    "pathlib.Path": lambda r, a, k: _path(r, a),  # noqa: ARG005
    "pathlib.Path.home": lambda r, a, k: join(Path("."), [_home(r, "~")]),  # noqa: ARG005
    "pathlib.Path.cwd": lambda r, a, k: join(Path("."), [_cwd(r)]),  # noqa: ARG005
    "getattr": lambda r, a, k: _attribute(r, a),  # noqa: ARG005
    "__import__": lambda r, a, k: _imported(r, a),  # noqa: ARG005
    "vars": lambda r, a, k: a[0] if a else Unknown(),  # noqa: ARG005
    "exec": lambda r, a, k: _exec(r, a, "exec"),  # noqa: ARG005
    "eval": lambda r, a, k: _exec(r, a, "eval"),  # noqa: ARG005
    "compile": lambda r, a, k: Instance(None, {"source": pick(a, k, 0, "source")}),  # noqa: ARG005
    "sys.exit": lambda r, a, k: _exit(r),  # noqa: ARG005
    "os._exit": lambda r, a, k: _exit(r),  # noqa: ARG005
    "exit": lambda r, a, k: _exit(r),  # noqa: ARG005
    "quit": lambda r, a, k: _exit(r),  # noqa: ARG005
    "json.load": lambda r, a, k: _json_load(r, a),  # noqa: ARG005
    "json.dump": _dump,
    "pickle.dump": _dump,
    "yaml.dump": _dump,
    "yaml.safe_dump": _dump,
    "toml.dump": _dump,
    "tomli_w.dump": _dump,
    "logging.basicConfig": lambda r, a, k: _logging(r, k),  # noqa: ARG005
    "input": lambda r, a, k: Unknown(),  # noqa: ARG005
    "functools.partial": lambda r, a, k: Instance(None, {"function": a[0], "given": list(a[1:]), "named": k}),  # noqa: ARG005
    "shutil.copyfileobj": lambda r, a, k: _write(r, a[1], Unknown()) if len(a) > 1 and isinstance(a[1], File) else None,  # noqa: ARG005
}


def call(reader: "Reader", name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    """Call a function of the library by its name: what it does is noted, and what it gives."""
    name = full(name)
    if name in FUNCTIONS:
        return FUNCTIONS[name](reader, a, k)
    if name in OPENS:
        parameters, default = OPENS[name]
        path_name, mode_name = parameters.split()
        mode = pick(a, k, 1, mode_name)
        return _open(reader, pick(a, k, 0, path_name, k.get("filename")), mode, name, default)
    if name in CALLS:
        _row(reader, CALLS[name], a, k, name)
        if name == "shutil.copytree":
            return pick(a, k, 1, "dst")
        return Unknown(name + "()")
    module, _, function = name.partition(".")
    if module == "subprocess":
        return _subprocess(reader, a, k, function) if function[:1] != "_" else Unknown()
    if module == "os" and function.startswith(("exec", "spawn", "posix_spawn")):
        return _replaced(reader, a, function)
    try:
        made = _pure(reader, name, a, k)
    except Exception as e:  # the program would fail there
        if isinstance(e, (RecursionError, MemoryError)) or type(e).__name__ in ("Leave", "Bounded", "Stop"):
            raise
        return Unknown()
    if isinstance(made, Unknown) and not made.made_by and not made.hints:
        reader.callbacks(a, k)
        if name not in PURE and not name.startswith(("os.path.", "json.", "re.")):
            reader.silent = reader.silent or "." not in name or not _standard(module)
        return Unknown(name + "()")
    return made


def _standard(module: str) -> bool:
    import sys

    return module in sys.stdlib_module_names


def method(reader: "Reader", owner: Value, name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    """Call a method of a value."""
    if isinstance(owner, Path):
        return _path_method(reader, owner, name, a, k)
    if isinstance(owner, File):
        return _file_method(reader, owner, name, a, k)
    if isinstance(owner, Unknown) and owner.choices:
        return either(*[reader.call(reader.attribute(choice, name), a, k) for choice in owner.choices])
    if isinstance(owner, PLAIN):
        if name == "format" and isinstance(owner, str):
            a = [v.text if isinstance(v, Path) else v for v in a]
            k = {key: v.text if isinstance(v, Path) else v for key, v in k.items()}
        if "key" in k and name == "sort":
            return None
        return constant_method(owner, name, a, k)
    if isinstance(owner, Instance):
        if name == "communicate":
            return (owner.members.get("stdout", Unknown()), Unknown())
        reader.callbacks(a, k)
        return Unknown()
    reader.callbacks(a, k)
    return _unknown_method(reader, owner, name, a, k)


def _unknown_method(reader: "Reader", owner: Value, name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    """A method of a value that is not known: by its name alone."""
    hints = getattr(owner, "hints", ())
    made_by = getattr(owner, "made_by", "")
    if made_by.startswith("xml.etree") and name == "write":
        _row(reader, "w:file", a, k, f".{name}")
    elif name in WRITERS:
        row = WRITERS[name]
        index = next(i for i, part in enumerate(row.split()) if part[0] != ".")
        value = pick(a, k, index, row.split()[index].partition(":")[2])
        if isinstance(value, (str, Path)) or (name not in UNSURE_WRITERS and isinstance(value, Unknown)):
            _row(reader, row, a, k, f".{name}")
    elif name in ("write_text", "write_bytes", "unlink", "rmdir", "touch", "symlink_to", "hardlink_to", "mkdir"):
        reader.unread(f".{name} of a path that is known only when it runs", hints)
    elif name in ("replace", "rename") and len(a) == 1 and not k:
        if made_by == "pathlib.Path()" or isinstance(a[0], Path):
            reader.note("write", a[0], f".{name}")
        reader.unread(f".{name} of a path that is known only when it runs", hints)
    elif name == "open" and made_by in ("pathlib.Path()", "") and a and isinstance(a[0], str):
        if set(a[0]) <= set("rwabxt+") and set(a[0]) & set("wax+"):
            reader.unread("open of a path that is known only when it runs", hints)
    if name in ("joinpath", "with_suffix", "with_name", "resolve", "absolute", "relative_to", "strip", "rstrip"):
        return Unknown(made_by, hints=hints)
    if name in ("glob", "rglob", "iterdir"):
        return Unknown("pathlib.Path()", hints=hints)
    return Unknown(f"{made_by}.{name}()" if made_by else "")


def _file_method(reader: "Reader", file: File, name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    if name == "write":
        if file.made_by in ("zipfile.ZipFile()", "tarfile.open()"):
            reader.note("read", a[0] if a else None, "ZipFile.write")
            return None
        _write(reader, file, a[0] if a else Unknown())
        return Unknown()
    if name == "writelines":
        lines = listed(a[0]) if a else None
        whole = lines is not None and all(isinstance(line, str) for line in lines)
        _write(reader, file, "".join(str(line) for line in lines or []) if whole else Unknown())
    elif name in ("extractall", "extract"):
        return _extract(reader, file, name, a, k)
    elif name in ("add", "writestr") and file.made_by in ("tarfile.open()", "zipfile.ZipFile()"):
        if name == "add":
            reader.note("read", a[0] if a else None, "TarFile.add")
    elif name in ("read", "getvalue") and not a and file.text is not None:
        return file.text
    elif name == "readlines" and file.text is not None:
        return list(file.text.splitlines(keepends=True))
    elif name == "readline" and file.text is not None:
        line, newline, file.text = file.text.partition("\n")
        return line + newline
    elif name == "__enter__":
        return file
    elif name == "truncate":
        file.text = None
    return Unknown()


def _extract(reader: "Reader", file: File, name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    """Take members out of an archive: below which folder, and as far as they are given, which."""
    folder = pick(a, k, 0 if name == "extractall" else 1, "path", ".")
    members = a[0] if name == "extract" and a else k.get("members")
    text = path_text(folder)
    single = path_text(members) if name == "extract" else None
    if single is not None and text is not None:
        reader.note("write", os.path.join(text, single), f".{name}")
        return os.path.join(text, single)
    names = _members(reader, file) if text is not None else None
    if names is None or text is None:
        reader.note("write", folder, f".{name}", tree=True)
        return None
    for member in names:
        reader.note("write", os.path.join(text, member), f".{name}")
    return None


def _members(reader: "Reader", file: File) -> "list[str] | None":
    """The names of an archive's files, if it is small and lies in the tree as the line found it."""
    if file.path is None or os.path.normpath(absolute(reader, file.path)) in reader.walker.files:
        return None
    path = absolute(reader, file.path)
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > 4_000_000:
            return None
        if file.made_by == "zipfile.ZipFile()":
            import zipfile

            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        else:
            import tarfile

            with tarfile.open(path, "r:") as plain:  # a compressed one may be as large as it likes
                names = [member.name + "/" * member.isdir() for member in plain]
    except Exception:  # whatever is wrong with an archive: it is not read
        return None
    return names if len(names) <= 500 else None


def _path_method(reader: "Reader", path: Path, name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    via = f"Path.{name}"
    if name in PATH_METHODS:
        _role(reader, PATH_METHODS[name], path, via)
        if name in ("write_text", "write_bytes"):
            _wrote(reader, path.text, pick(a, k, 0, "data"))
        if name == "read_text":
            text = _content(reader, path.text)
            return Unknown() if text is None else text
        return Unknown() if name.startswith("read") else None
    if name == "open":
        return _open(reader, path, pick(a, k, 0, "mode"), "Path.open", "r")
    if name in ("rename", "replace"):
        target = pick(a, k, 0, "target")
        _move(reader, path, target, via, into=False)
        return join(Path("."), [target])
    if name in ("symlink_to", "hardlink_to"):
        return _link(reader, pick(a, k, 0, "target"), path, via, symbolic=name == "symlink_to")
    if name == "link_to":
        return _link(reader, path, pick(a, k, 0, "target"), via, symbolic=False)
    if name in ("glob", "rglob"):
        return _path_glob(reader, path, pick(a, k, 0, "pattern"), deep=name == "rglob")
    if name == "iterdir":
        return _path_glob(reader, path, "*", deep=False)
    if name == "joinpath":
        return join(path, a)
    if name in ("resolve", "absolute"):
        folder = reader.state.folder
        return Unknown() if folder is None else Path(os.path.normpath(os.path.join(folder, path.text)))
    if name == "expanduser":
        return join(Path("."), [_home(reader, path.text)])
    if name in ("as_posix", "__str__", "__fspath__"):
        return path.text
    if name in ("with_suffix", "with_name", "with_stem") and isinstance(pick(a, k, 0, "name", k.get("suffix")), str):
        new = str(pick(a, k, 0, "name", k.get("suffix")))
        folder_text, slash, last = path.text.rpartition("/")
        stem, suffix = os.path.splitext(last)
        last = stem + new if name == "with_suffix" else new + suffix if name == "with_stem" else new
        return Path(folder_text + slash + last)
    if name == "relative_to" and a and (base := path_text(a[0])) is not None:
        return Path(path.text.removeprefix(base.rstrip("/") + "/"))
    return Unknown(via if name in ("stat",) else "")
