"""Rotate a file of records: NAME becomes NAME.000001, then NAME.000002, and so on; a higher number is newer.

An archive is never renamed, rewritten or deleted. There is a file at NAME at every moment: the new one is made and
locked under a name of its own, the old one gets its archive's name as a second one, and then the new one is renamed
over the first. A kill in between leaves a file with both names, which the next rotation goes on from; whoever reads
skips the archive that is the file itself.
"""

import fcntl
import os

from onetree import tail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

DIGITS = 6  # so that a listing is in order up to a million rotations


def archives(path: str) -> "list[str]":
    """The archives of a file, oldest first. Raises OSError."""
    folder, name = os.path.split(path)
    found = []
    for other in os.listdir(folder or "."):
        number = other[len(name) + 1 :]
        if other.startswith(f"{name}.") and len(number) >= DIGITS and number.isdecimal() and number.isascii():
            found.append((int(number), os.path.join(folder, other)))
    return [archive for _, archive in sorted(found)]


def rotate(fd: int, path: str) -> int:
    """Put the file aside and begin a new one; gives its descriptor, which holds its lock.

    To be called with the lock of the file on fd, which is at `path`; that one is left held. Raises OSError: there is
    then no new file.
    """
    folder, name = os.path.split(path)
    beside = os.path.join(folder, f".{name}.new")  # only made under the lock: what is there was left by a kill
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    new = os.open(beside, flags, 0o600)
    try:
        _belongs_as(new, os.fstat(fd))
        fcntl.flock(new, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _put_aside(fd, path)
        os.replace(beside, path)
    except BaseException:
        os.close(new)
        if os.path.lexists(beside):
            os.unlink(beside)
        raise
    return new


def history(path: str) -> "Iterator[tuple[str, int]]":
    """(name, descriptor) of the archives and the file, oldest first, while others append and rotate.

    Nothing is missing or there twice, up to some moment after the call. Descriptors are closed behind the caller.
    Raises OSError.
    """
    last = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        ours = os.fstat(last)
        for archive in archives(path):
            fd = os.open(archive, os.O_RDONLY | os.O_CLOEXEC)
            try:
                there = os.fstat(fd)
                # The file itself, under its second name, or rotated since it was opened: then newer ones may follow.
                same = os.path.samestat(there, ours)
                yield archive, fd
            finally:
                os.close(fd)
            if same:
                return
        yield path, last
    finally:
        os.close(last)


def before(path: str) -> "Iterator[bytes]":
    """The lines of the archives, from the last to the first. To be used under the lock of the file. Raises OSError."""
    for archive in reversed(archives(path)):
        fd = os.open(archive, os.O_RDONLY | os.O_CLOEXEC)
        try:
            yield from tail.lines(fd, os.fstat(fd).st_size)
        finally:
            os.close(fd)


def _belongs_as(new: int, old: os.stat_result) -> None:
    try:
        os.fchown(new, old.st_uid, old.st_gid)
    except PermissionError:
        pass  # it was somebody else's, and only root can give a file away
    os.fchmod(new, old.st_mode & 0o777)


def halfway(fd: int, path: str) -> bool:
    """Whether a rotation was killed after it had given the file its archive's name. Raises OSError."""
    known = archives(path)
    return bool(known) and os.path.samestat(os.stat(known[-1]), os.fstat(fd))


def _put_aside(fd: int, path: str) -> None:
    """Give the file the name of an archive, besides its own."""
    if not halfway(fd, path):
        number = max((int(a.rpartition(".")[2]) for a in archives(path)), default=0) + 1
        os.link(path, f"{path}.{number:0{DIGITS}}")
