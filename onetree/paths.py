"""Every name by which a rule may know the file that an agent wrote a path for.

The file system is asked once per component (lstat), and readlink where that was a symbolic link. `os.path.realpath`
does not do: it forgets the names met on the way, and takes /proc/self for this process instead of the tool's.

One path can have several readings, because clients differ: the kernel goes up from where a symlink led, Node cuts
"x/.." from the text; one client expands "~", another makes a folder of that name. A Place has the names of them all.
What happens between this look and the tool's own is out of reach (a race), and so are bind mounts.
"""

import os
import stat
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# The kernels stop at 40 (Linux) and 32 (macOS), but a client that first calls Node's or Python's realpath() does not.
MAX_LINKS = 256
# A path that the kernel takes has at most 2,048 components (PATH_MAX is 4,096 bytes), but links multiply them.
MAX_STEPS = 20_000

# Below /proc/self, what leads to files of the tool's process, whose descriptors are not known here (proc(5)).
OWN = "/proc/self/"
OWN_FILES = ("fd", "map_files")
# macOS: the data volume is shown at / by firmlinks, and these prefixes mean / with other rules for following links
# (namei in xnu: /.nofollow/PATH and /.resolve/FLAGS/PATH).
MAC_ROOTS = ("/.nofollow", "/system/volumes/data")
# macOS: files by inode (/.vol/DEVICE/INODE), and descriptors.
MAC_UNKNOWN = ("/.vol/", "/dev/fd/")


class Place:
    """What a path means.

    real: the kernel's name of it: absolute, every symlink resolved as far as it exists, and the rest.
    names: every absolute name of it, real first, without duplicates.
    exists, is_dir: of any of its readings. links: number of hard links, the most of its readings; 0 if missing.
    dev, ino: of real; 0 if missing.
    hard: (real, dev, ino, links) of each reading that is a file with more than one hard link.
    unknown: what could not be looked at on the way, "" if nothing: more names may exist than are known.
    """

    __slots__ = ("dev", "exists", "hard", "ino", "is_dir", "links", "names", "real", "unknown")

    def __init__(self, real: str, names: "tuple[str, ...]") -> None:
        self.real = real
        self.names = names
        self.exists = self.is_dir = False
        self.links = self.dev = self.ino = 0
        self.hard: tuple[tuple[str, int, int, int], ...] = ()
        self.unknown = ""


def resolve(path: str, cwd: str, home: str) -> Place:
    """The place of `path` as an agent wrote it, for a tool that runs in `cwd` (absolute) with this home directory.

    Raises ValueError for an empty path and for one with a NUL byte; whatever the file system says is no error.
    """
    if not path or "\0" in path:
        raise ValueError("a path cannot have a NUL byte" if path else "a path cannot be empty")
    cwd = "/" + cwd.lstrip("/")
    names: list[str] = []
    ends = [_follow(way, cwd, names) for way in _ways(path, cwd, home)]
    place = Place(ends[0][0], tuple(dict.fromkeys([end[0] for end in ends] + names)))
    for real, st, unknown in ends:
        place.unknown = place.unknown or unknown
        if st is None:
            continue
        place.exists = True
        place.links = max(place.links, st.st_nlink)
        if real == place.real:
            place.dev, place.ino = st.st_dev, st.st_ino
        if stat.S_ISDIR(st.st_mode):
            place.is_dir = True
        elif st.st_nlink > 1:
            place.hard += ((real, st.st_dev, st.st_ino, st.st_nlink),)
    return place


def _ways(path: str, cwd: str, home: str) -> "list[str]":
    """The readings of a path, absolute; the first is the one that the kernel (after a shell) would take."""
    texts = [path]
    if path[0] == "~":
        user, _, rest = path.partition("/")
        where = home if user == "~" else _home_of(user[1:])
        if where:
            texts.insert(0, f"{where}/{rest}")
    ways = []
    for text in [form for spelling in texts for form in _encodable(spelling)]:
        way = os.path.join(cwd, text)
        ways.append("/" + way.lstrip("/"))
        if "/.." in way:
            ways.append(_clean(way))
            # Node's process.cwd() is the real name of a directory that the payload may call by another.
            ways.append(_clean(os.path.join(_follow(cwd, cwd, [])[0], text)))
    return list(dict.fromkeys(ways))


def _encodable(text: str) -> "list[str]":
    """The text as it can reach the kernel.

    Lone surrogates stand for bytes that are not UTF-8 (Python's surrogateescape), but Node writes U+FFFD for each.
    """
    if text.isascii():
        return [text]
    replaced = "".join(["\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text])
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return [replaced]
    return [text] if replaced == text else [text, replaced]


def _home_of(user: str) -> str:
    import pwd

    try:
        return pwd.getpwnam(user).pw_dir
    except (KeyError, ValueError):
        return ""


def _clean(path: str) -> str:
    """The path without ".", ".." and doubled slashes; os.path.normpath leaves two leading slashes as they are."""
    return "/" + os.path.normpath(path).lstrip("/")


def _follow(way: str, cwd: str, names: "list[str]") -> "tuple[str, os.stat_result | None, str]":
    """Go an absolute way as the kernel does: the real name, what is there, and what could not be looked at.

    Appends to `names` the way itself and what is left of it after each symlink.
    """
    names.append(_clean(way))
    todo = way.split("/")[::-1]
    here, unknown, found = "", "", None
    gone = links = steps = 0  # gone: how many of the last components do not exist
    while todo:
        part = todo.pop()
        if part in ("", "."):
            continue
        if part == "..":
            here, found = here[: here.rfind("/")], None
            gone -= gone > 0  # the kernel stops at missing/.. and file/..; a client that cleans the path goes on
            continue
        name = f"{here}/{part}"
        if gone or unknown:
            here, gone = name, gone + 1
            continue
        if found is not None and not stat.S_ISDIR(found.st_mode):
            names.append(here)  # behind a file there is nothing, or the file again: FILE/..namedfork/data on macOS
            here, gone, found = name, 1, None
            continue
        found, target, unknown = _look(name, cwd)
        steps += 1
        if target and links < MAX_LINKS and steps < MAX_STEPS and len(todo) < MAX_STEPS:
            links += 1
            todo += target.split("/")[::-1]
            here = "" if target[0] == "/" else here
            names.append(_clean(f"{here}/{'/'.join(todo[::-1])}"))
            continue
        here = name
        if target or steps >= MAX_STEPS:
            found, unknown = None, f"too many symbolic links or components at {name}"
        gone = int(found is None)
    if found is None and not gone and not unknown:
        found, _, unknown = _look(here or "/", cwd)  # the way ended in ".." or in a link to a directory above
    return here or "/", found, unknown


def _look(name: str, cwd: str) -> "tuple[os.stat_result | None, str, str]":
    """What is at a name whose directory is resolved: (its lstat, the target of a symlink, why it cannot be told).

    Two of the three are empty; all three if nothing is there.
    """
    target, reason = "", ""
    try:
        if name.startswith("/proc/") and sys.platform == "linux":
            name, target, reason = _in_proc(name, cwd)
        elif sys.platform == "darwin":
            name, target, reason = _on_mac(name)
        if target or reason:
            return None, target, reason
        found = os.lstat(name)
        if not stat.S_ISLNK(found.st_mode):
            return found, "", ""
        return None, os.readlink(name), ""
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a name that cannot be encoded
        return None, "", ""
    except OSError as e:
        if name.startswith("/proc/") and name.endswith("/root"):
            return None, "/", ""  # another user's process: sudo could follow it
        return None, "", f"{name}: {e.strerror}"


def _in_proc(name: str, cwd: str) -> "tuple[str, str, str]":
    """(name to look at, target, why it cannot be told), for /proc/self is the tool's process, not this one."""
    if name == "/proc/thread-self":
        return name, OWN + "task/self", ""
    if name == "/proc/self":
        return "/proc", "", ""
    if not name.startswith(OWN):
        return name, "", ""
    parts = name[len(OWN) :].split("/")
    if parts[0] == "task":
        parts = parts[2:]
    if not parts:
        return "/proc", "", ""
    if parts in (["cwd"], ["root"]):
        return name, cwd if parts == ["cwd"] else "/", ""
    if parts == ["exe"] or (len(parts) > 1 and parts[0] in OWN_FILES):
        return name, "", f"{name} is an open file of the tool's own process"
    return name, "", ""


def _on_mac(name: str) -> "tuple[str, str, str]":
    """The same for the second names that macOS has for everything."""
    low = name.lower()
    if low in MAC_ROOTS or low.startswith("/.resolve/"):
        return name, "/", ""
    if low == "/.resolve":
        return "/", "", ""
    if low.startswith(MAC_UNKNOWN):
        return name, "", f"{name} is a file by its number"
    return name, "", ""


def relative(name: str, root: str) -> "str | None":
    """The name below the root; "" for the root itself, None for a name outside. Both absolute and clean."""
    if name == root:
        return ""
    base = root if root == "/" else root + "/"
    return name[len(base) :] if name.startswith(base) else None


def aliases(place: Place, root: str, limit: int = 20_000) -> "tuple[list[str], bool]":
    """Other names below the root of hard-linked files; False if there may be more than were found."""
    # Each entry is asked for its own inode: the one in the listing is another on some FUSE and overlay file systems.
    wanted = {(dev, ino) for _, dev, ino, _ in place.hard}
    inside = os.path.realpath(root)
    missing = {(dev, ino): n - (relative(real, inside) is None) for real, dev, ino, n in place.hard}
    names: list[str] = []
    complete = True
    if wanted:
        for entry in _entries(root, limit):
            if entry is None:
                complete = False
                continue
            if entry.is_dir(follow_symlinks=False):
                continue
            try:
                st = entry.stat(follow_symlinks=False)
            except OSError:
                continue  # it went away meanwhile
            if (st.st_dev, st.st_ino) in wanted:
                names.append(entry.path)
                missing[st.st_dev, st.st_ino] -= 1
                if not any(missing.values()):
                    complete = True
                    break
    return [name for name in names if name not in place.names], complete


def below(directory: str, limit: int = 20_000) -> "tuple[list[str], bool]":
    """Everything below a directory, no symlink followed; False if there may be more (the limit, a closed folder).

    Nothing is below a file, a symlink or a missing directory.
    """
    entries = [] if os.path.islink(directory) else list(_entries(directory, limit))
    names = [entry.path for entry in entries if entry is not None]
    return names, len(names) == len(entries)


def _entries(top: str, limit: int) -> "Iterator[os.DirEntry[str] | None]":
    """What lies below a directory, the shallow first; None for what cannot be listed, or is past the limit."""
    folders = [top]
    count = 0
    for folder in folders:
        try:
            with os.scandir(folder) as listing:
                for entry in listing:
                    count += 1
                    if count > limit:
                        yield None
                        return
                    yield entry
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
        except (FileNotFoundError, NotADirectoryError, ValueError):
            continue
        except OSError:
            yield None


def folds(root: str) -> bool:
    """Whether the file system under the root ignores case: a name exists that is not listed, but for its case."""
    try:
        listed = os.listdir(root)
    except OSError:
        return sys.platform == "darwin"
    for name in listed:
        other = name.swapcase()
        if name.isascii() and other != name and other not in listed:
            return os.path.lexists(os.path.join(root, other))
    return False
