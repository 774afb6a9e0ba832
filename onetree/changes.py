"""Change several files: all of them or none, each written beside and renamed, with its mode kept."""

import difflib
import io
import os
import stat
from dataclasses import dataclass


class Refusal(Exception):
    """Why nothing is done: one finding a line."""


@dataclass
class Change:
    """One file. path: where it really is, symbolic links followed. shown: as in messages. None: there is no file."""

    path: str
    shown: str
    old: "bytes | None"
    new: "bytes | None"
    does: str = ""


def of(root: str, relative: str) -> Change:
    """No change yet: the file as it is. A symbolic link is followed: what it points to is what will be written."""
    path = os.path.join(root, relative)
    real = os.path.realpath(path)
    if os.path.lexists(real) and not os.path.isfile(real):
        raise Refusal(f"{relative}: not a file; move it out of the way")
    old = _read(real)
    return Change(real, relative, old, old, f" (-> {real})" if os.path.islink(path) else "")


def write(changes: "list[Change]") -> None:
    """Write all of them or, as far as the file system lets us, none. Raises OSError and Refusal.

    Everything is written beside first; a file that somebody else changed meanwhile stops the whole.
    """
    staged: list[tuple[str, Change]] = []
    made: list[str] = []
    try:
        for change in changes:
            if change.new is not None and change.new != change.old:
                made += _make_folder(os.path.dirname(change.path))
                staged.append((_beside(change), change))
        for change in changes:
            if _read(change.path) != change.old:
                raise Refusal(f"{change.shown}: changed by somebody else meanwhile; nothing was written, try again")
        made.clear()
        while staged:
            beside, change = staged[0]
            os.replace(beside, change.path)
            staged.pop(0)
    finally:
        for beside, _ in staged:
            os.unlink(beside)
        for folder in reversed(made):
            _remove_if_empty(folder)
    for change in changes:
        if change.new is None and change.old is not None:
            os.unlink(change.path)
            _remove_if_empty(os.path.dirname(change.path))


def diff(change: Change) -> str:
    """A unified diff that `git apply` and `patch -p1` take."""
    old, new = [
        io.StringIO((s or b"").decode(errors="replace"), newline="\n").readlines() for s in (change.old, change.new)
    ]
    head = f"diff --git a/{change.shown} b/{change.shown}\n"
    if change.old is None:
        head += "new file mode 100644\n"
    elif change.new is None:
        head += "deleted file mode 100644\n"
    source = "/dev/null" if change.old is None else f"a/{change.shown}"
    target = "/dev/null" if change.new is None else f"b/{change.shown}"
    for line in difflib.unified_diff(old, new, source, target):
        head += line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
    return head


def _read(path: str) -> "bytes | None":
    try:
        with open(path, "rb") as f:
            return f.read()
    except FileNotFoundError:
        return None


def _make_folder(path: str) -> "list[str]":
    """Make a folder and those above it; returns the new ones."""
    made: list[str] = []
    while not os.path.isdir(path):
        made.insert(0, path)
        path = os.path.dirname(path)
    for folder in made:
        os.mkdir(folder)
    return made


def _remove_if_empty(folder: str) -> None:
    try:
        os.rmdir(folder)
    except OSError:
        pass


def _beside(change: Change) -> str:
    """Write the new content to a file beside the old one, with its mode and, where we may, its owner."""
    beside = os.path.join(os.path.dirname(change.path), f".{os.path.basename(change.path)}.{os.getpid()}")
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with open(fd, "wb") as f:
            f.write(change.new or b"")
            f.flush()
            if change.old is not None:
                was = os.stat(change.path)
                if (was.st_uid, was.st_gid) != (os.getuid(), os.getgid()):
                    _give(fd, was)
                os.fchmod(fd, stat.S_IMODE(was.st_mode))
            os.fsync(fd)
    except OSError:
        os.unlink(beside)
        raise
    return beside


def _give(fd: int, was: os.stat_result) -> None:
    try:
        os.fchown(fd, was.st_uid, was.st_gid)
    except OSError:
        pass
