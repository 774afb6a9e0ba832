"""What a Python program finds: os.listdir, os.walk, glob, Path.rglob, os.path.exists, os.environ."""

import os

from onetree.shell.globs import matches
from onetree.shell.inline.python_values import (
    SIZE,
    File,
    Instance,
    Path,
    Unknown,
    Value,
    is_fresh,
    join,
    path_text,
    pick,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from onetree.shell.inline.python_notes import Notes

BELOW = 300  # files of a folder that are named one by one
LISTED = 20000  # directory entries that one program may look at


class TooMany(Exception):
    """More entries than are looked at."""


class Lazy:
    """A walk over the tree that goes on as its reader does (os.walk lets folders be taken out)."""

    def __init__(self, items: "Iterator[Value]") -> None:
        self.items = items

    def __iter__(self) -> "Iterator[Value]":
        return self.items


def absolute(reader: "Notes", text: str) -> str:
    """A path joined with the directory in force."""
    return os.path.join(reader.state.folder or "/", text)


def exists(reader: "Notes", text: str) -> bool:
    """Whether a name is a file of the tree."""
    try:
        return os.path.lexists(absolute(reader, text))
    except ValueError:
        return False


def variable(reader: "Notes", name: Value, default: Value) -> Value:
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


def test(reader: "Notes", name: str, text: str) -> Value:
    """os.path.exists and its kin, Path.exists and its kin, at this point of the line."""
    path = os.path.normpath(absolute(reader, text))
    if "\0" in text or is_fresh(text) or reader.state.folder is None:
        return Unknown()
    found = reader.walker.exists(path)
    if found is None or path in reader.walker.links:
        return Unknown()
    if not found:
        return False
    if name in ("exists", "lexists"):
        return True if name == "lexists" or not os.path.islink(path) else os.path.exists(path)
    if path in reader.walker.files:
        return name in ("isfile", "is_file")
    if path in reader.walker.folders:
        return name in ("isdir", "is_dir")
    look = {"isfile": os.path.isfile, "isdir": os.path.isdir, "islink": os.path.islink}
    return look[name.replace("_", "").replace("symlink", "link")](path)


def status(reader: "Notes", text: str) -> Value:
    """os.stat, of what the line has not touched."""
    path = os.path.normpath(absolute(reader, text))
    if "\0" in text or is_fresh(text) or path in reader.walker.files or not reader.walker.exists(path):
        return Unknown()
    try:
        found = os.stat(path)
    except OSError:
        return Unknown()
    names = ("st_size", "st_mtime", "st_mode", "st_mtime_ns", "st_ctime", "st_atime")
    return Instance(None, {name: getattr(found, name) for name in names})


def is_folder(reader: "Notes", value: Value) -> bool:
    """Whether a value names a folder, or one that the line makes."""
    text = path_text(value)
    if text is None or "\0" in text:
        return False
    path = absolute(reader, text)
    return os.path.normpath(path) in reader.walker.folders or os.path.isdir(path)


def names_in(reader: "Notes", folder: str) -> "list[str]":
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


def matching(reader: "Notes", base: str, parts: "list[str]", *, hidden: bool) -> "Iterator[str]":
    """The paths below base, relative to it, that a pattern's parts match."""
    if not parts:
        yield ""
        return
    part, rest = parts[0], parts[1:]
    if part == "**":
        yield from matching(reader, base, rest or ["*"], hidden=hidden)
    elif not any(c in part for c in "*?["):
        if rest or os.path.lexists(os.path.join(base, part)) or part in reader.state.made(base):
            for below in matching(reader, os.path.join(base, part), rest, hidden=hidden):
                yield f"{part}/{below}" if below else part
        return
    for name in names_in(reader, base):
        if name.startswith(".") and not hidden and not part.startswith("."):
            continue
        path = os.path.join(base, name)
        if part == "**":
            if os.path.isdir(path) and not os.path.islink(path):
                for below in matching(reader, path, parts, hidden=hidden):
                    yield f"{name}/{below}"
        elif matches(part, name) and (not rest or os.path.isdir(path)):
            for below in matching(reader, path, rest, hidden=hidden):
                yield f"{name}/{below}" if below else name


def glob_(reader: "Notes", pattern: Value, root: Value = None) -> Value:
    """The names that a pattern of the glob module matches."""
    text, below = path_text(pattern), path_text(root)
    if text is None or (root is not None and below is None):
        return Unknown()
    start = "/" if text.startswith("/") else absolute(reader, below or "")
    parts = [part for part in text.split("/") if part]
    try:
        found = list(dict.fromkeys(matching(reader, start, parts, hidden=False)))
    except (TooMany, RecursionError):
        return Unknown(hints=(text.partition("*")[0].rpartition("/")[0],))
    return ["/" + name for name in found] if text.startswith("/") else list(found)


def path_glob(reader: "Notes", path: Path, pattern: Value, *, deep: bool) -> Value:
    """Path.glob and Path.rglob."""
    if not isinstance(pattern, str):
        return Unknown(hints=(path.text,))
    parts = ["**"] * deep + [part for part in pattern.split("/") if part]
    try:
        found = list(dict.fromkeys(matching(reader, absolute(reader, path.text), parts, hidden=True)))
    except (TooMany, RecursionError):
        return Unknown("pathlib.Path()", hints=(path.text,))
    return [join(path, [name]) for name in found]


def walk(reader: "Notes", top: str) -> "Iterator[Value]":
    """Os.walk."""
    todo = [top]
    while todo:
        folder = todo.pop()
        folders: list[Value] = []
        files: list[Value] = []
        for name in names_in(reader, absolute(reader, folder)):
            whole = os.path.join(absolute(reader, folder), name)
            (folders if os.path.isdir(whole) else files).append(name)
        yield (folder, folders, files)
        todo += [
            os.path.join(folder, name)
            for name in reversed(folders)
            if isinstance(name, str) and not os.path.islink(os.path.join(absolute(reader, folder), name))
        ]


def below(reader: "Notes", top: str) -> "list[str] | None":
    """The files below a folder, relative to it, and empty folders; "" for what is a file itself; None if too many."""
    place = absolute(reader, top)
    if os.path.normpath(place) in reader.walker.files or not os.path.isdir(place):
        return [""]
    made: list[str] = []
    for folder, inner, names in os.walk(place):
        base = os.path.relpath(folder, place)
        made += [os.path.normpath(os.path.join(base, name)) for name in sorted(names)]
        made += [os.path.normpath(os.path.join(base, name)) for name in inner if _empty(os.path.join(folder, name))]
        reader.steps += 1
        if len(made) > BELOW or reader.late():
            return None
    return made


def _empty(folder: str) -> bool:
    try:
        with os.scandir(folder) as found:
            return os.path.islink(folder) or next(found, None) is None
    except OSError:
        return False


def listing(reader: "Notes", a: "list[Value]", *, whole: bool) -> Value:
    """Os.listdir, and os.scandir with whole."""
    text = path_text(a[0]) if a else "."
    if text is None:
        return Unknown()
    try:
        names = names_in(reader, absolute(reader, text))
    except TooMany:
        return Unknown(hints=(text,))
    if whole:
        return [
            Instance(None, {"name": n, "path": n if not a else os.path.join(text, n), "scanned": True}) for n in names
        ]
    return list(names)


def os_walk(reader: "Notes", a: "list[Value]", k: "dict[str, Value]") -> Value:
    """Os.walk, as far as its reader goes on."""
    text = path_text(pick(a, k, 0, "top"))
    return Unknown() if text is None else Lazy(walk(reader, text))


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
