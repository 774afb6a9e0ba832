"""Rotate a file of records: NAME becomes NAME.000001, then NAME.000002, and so on; a higher number is newer.

An archive is never renamed, rewritten or deleted. There is a file at NAME at every moment: the new one is made and
locked under a name of its own, the old one gets its archive's name as a second one, and then the new one is renamed
over the first. A kill in between leaves a file with both names, which the next rotation goes on from; whoever reads
skips the archive that is the file itself.
"""

import errno
import fcntl
import os
import stat

from onetree import tail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

DIGITS = (6, 7)  # of a number, so that a listing is in order up to a million rotations; a date has more


def archives(path: str) -> "list[str]":
    """The archives of a file, oldest first. Raises OSError."""
    folder, name = os.path.split(path)
    found = []
    for other in os.listdir(folder or "."):
        number = other[len(name) + 1 :]
        if other.startswith(f"{name}.") and len(number) in DIGITS and number.isdecimal() and number.isascii():
            found.append((int(number), os.path.join(folder, other)))
    return [archive for _, archive in sorted(found)]


def rotate(fd: int, path: str) -> int:
    """Put the file aside and begin a new one; gives its descriptor, which holds its lock.

    To be called with the lock of the file on fd, which is at `path`; that one is left held. Raises OSError: there is
    then no new file.
    """
    known = archives(path)
    ours = os.fstat(fd)
    halfway = bool(known) and os.path.samestat(os.stat(known[-1]), ours)
    if ours.st_nlink > 1 + halfway:
        raise OSError(errno.EMLINK, f"it has {ours.st_nlink} names (hard links), which would be parted; copy it")
    folder, name = os.path.split(path)
    beside = os.path.join(folder, f".{name}.new")
    _clear(beside)
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    new = os.open(beside, flags, 0o600)
    try:
        tail.belongs_as(new, ours)
        fcntl.flock(new, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not halfway:
            number = int(known[-1].rpartition(".")[2]) + 1 if known else 1
            os.link(path, f"{path}.{number:0{DIGITS[0]}}")
        if not os.path.samestat(os.lstat(path), ours):
            raise OSError(errno.EBUSY, "somebody replaced it without its lock; try again")
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
    last = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        ours = os.fstat(last)
        for archive in archives(path):
            fd = os.open(archive, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            try:
                # The file itself, under its second name, or rotated since it was opened: then newer ones may follow.
                same = os.path.samestat(os.fstat(fd), ours)
                yield archive, fd
            finally:
                os.close(fd)
            if same:
                return
        yield path, last
    finally:
        os.close(last)


def before(fd: int, path: str) -> "Iterator[bytes]":
    """The lines of the archives, from the last to the first. To be used under the lock of the file. Raises OSError."""
    ours = os.fstat(fd)
    for archive in reversed(archives(path)):
        other = os.open(archive, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            found = os.fstat(other)
            if not os.path.samestat(found, ours):
                yield from tail.lines(other, found.st_size)
        finally:
            os.close(other)


def _clear(beside: str) -> None:
    """Take away what a rotation that was killed has left: an empty file with one name, and nothing else."""
    try:
        found = os.lstat(beside)
    except FileNotFoundError:
        return
    if not stat.S_ISREG(found.st_mode) or found.st_size or found.st_nlink > 1:
        raise FileExistsError(errno.EEXIST, f"{beside} is in the way; move it elsewhere")
    os.unlink(beside)
