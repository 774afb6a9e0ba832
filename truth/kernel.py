"""The paths that a process and its children changed: from strace's record, and from a tree before and after."""

import hashlib
import os
import re
import stat
from collections.abc import Iterator

# One file for each process (-ff), so that no call is cut in two; descriptors and directories with their paths (-y).
STRACE = (
    "strace -ff -y -qq -s 4096 -e signal=none -e status=successful "
    "-e trace=%file,chdir,fchdir,fchmod,fchown,ftruncate -o"
).split()

LAST = set("mkdir mkdirat mknod mknodat link linkat symlink symlinkat".split())  # only the last name is new
ALL = set(
    "rename renameat renameat2 unlink unlinkat rmdir truncate ftruncate chmod fchmod fchmodat fchmodat2 chown lchown "
    "fchown fchownat utime utimes futimesat utimensat".split()
)
FIRST = set("setxattr lsetxattr removexattr lremovexattr".split())  # the rest is no path
OPENS = {"open", "openat", "openat2", "creat"}
WRITING = ("O_WRONLY", "O_RDWR", "O_CREAT")

_CALL = re.compile(r"^(\w+)\((.*)\)\s+= (\d+)(<.*>)?")
_WORD = re.compile(r'AT_FDCWD<(?P<here>[^>]*)>|\b\d+<(?P<fd>/[^>]*)>|"(?P<text>(?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|x[0-9a-f]{2}|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f"}


def changed(folder: str, start: str) -> "set[str]":
    """The absolute paths that the processes recorded in a folder changed; start: where the first of them began."""
    found: set[str] = set()
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8", errors="surrogateescape") as f:
            found.update(_process(f.read().splitlines(), start))
    return found


def _process(lines: "list[str]", start: str) -> "Iterator[str]":
    """The paths that one process changed. Where it began is told by the first directory that is named, if any is."""
    first = re.search(r"AT_FDCWD<([^>]*)>", "\n".join(lines[: _first_move(lines)]))
    here = _unescaped(first[1]) if first else start
    for line in lines:
        call = _CALL.match(line)
        if call is None:
            continue
        name, arguments, _, result = call.groups()
        paths: list[str] = []
        base = None
        for word in _WORD.finditer(arguments):
            if word["text"] is not None:
                if base is not None and base in paths:  # the directory of this name
                    paths.remove(base)
                paths.append(os.path.normpath(os.path.join(base or here, _unescaped(word["text"]))))
                base = None
            elif word["fd"] is not None:
                base = _unescaped(word["fd"])
                paths.append(base)
            else:
                base = here = _unescaped(word["here"])
        if name in ("chdir", "fchdir") and paths:
            here = paths[-1]
        elif name in LAST:
            yield from paths[-1:]
        elif name in FIRST:
            yield from paths[:1]
        elif name in ALL:
            yield from paths
        elif name in OPENS and result and _writes(name, arguments):
            yield _unescaped(result[1:-1])  # what was opened, links resolved


def _writes(name: str, arguments: str) -> bool:
    """Whether a file is opened so that it can be changed; one without a name (O_TMPFILE) is no path."""
    return name == "creat" or (any(flag in arguments for flag in WRITING) and "O_TMPFILE" not in arguments)


def _first_move(lines: "list[str]") -> int:
    return next((i for i, line in enumerate(lines) if line.startswith(("chdir(", "fchdir("))), len(lines))


def _unescaped(text: str) -> str:
    def one(match: "re.Match[bytes]") -> bytes:
        what = match[1]
        if what[:1] in b"01234567":
            return bytes([int(what, 8) & 255])
        return bytes([int(what[1:], 16)]) if len(what) == 3 else _LETTERS.get(what, what)

    return os.fsdecode(_ESCAPE.sub(one, os.fsencode(text)))


def snapshot(top: str) -> "dict[str, tuple[object, ...]]":
    """Every path below a folder with its kind, mode, and content or target; of plain files the time, too."""
    made: dict[str, tuple[object, ...]] = {}
    for folder, folders, files in os.walk(top):
        for name in folders + files:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            kind, what = stat.S_IFMT(status.st_mode), b""
            if kind == stat.S_IFREG:
                with open(path, "rb") as f:
                    what = hashlib.blake2b(f.read()).digest()
            elif kind == stat.S_IFLNK:
                what = os.fsencode(os.readlink(path))
            made[path] = kind, stat.S_IMODE(status.st_mode), what
    return made


def differences(before: "dict[str, tuple[object, ...]]", after: "dict[str, tuple[object, ...]]") -> "set[str]":
    """The paths that are new, gone or different."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
