"""The end of a file of records: whole, torn, or being written. To be used under the file's lock.

One write(2) is not crash-atomic: a kill tears 2 % of records of 200 bytes and most of 64 KB. The next append would be
glued to the torn tail and both records lost, so whoever appends looks at the last byte first, and moves a torn tail to
a file beside (NAME.torn-1, ...). A full disk, quota or size limit leaves part of a record: it is taken back to the old
length, under the same lock. Nothing is ever deleted.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 65536  # bytes read at a time


def mend(fd: int, path: str, size: int) -> "tuple[int, str]":
    """Move what follows the last newline to a file beside; gives the size that is left, and that file's name or "".

    A kill in the middle leaves the tail in both places, never in none. Raises OSError; the file is then as it was.
    """
    if size == 0 or os.pread(fd, 1, size - 1) == b"\n":
        return size, ""
    start = _line_start(fd, size)
    torn = _set_aside(fd, path, start, size)
    try:
        os.ftruncate(fd, start)
    except OSError:
        os.unlink(torn)  # or each try would leave one more
        raise
    return start, torn


def write(fd: int, size: int, data: bytes, done: int = 0) -> None:
    """Append data, of which so many bytes are done, to what was a file of this size.

    Raises OSError; the file is then of this size again.
    """
    try:
        # A short write is followed by another, which either completes the record or says what is wrong.
        while done < len(data):
            done += os.write(fd, data[done:] if done else data)
    except BaseException:
        try:
            os.ftruncate(fd, size)
        except OSError:
            pass  # then the next writer finds the torn tail and moves it away
        raise


def lines(fd: int, size: int) -> "Iterator[bytes]":
    """The lines of the first `size` bytes, which end in a newline, from the last to the first; without the newline."""
    pieces: list[bytes] = []  # of the line whose beginning is still to come, the last piece first
    end = size - 1
    while end > 0:
        start = max(0, end - _BLOCK)
        *lines_of_block, last = os.pread(fd, end - start, start).split(b"\n")
        pieces.append(last)
        if lines_of_block:
            yield b"".join(reversed(pieces))
            yield from reversed(lines_of_block[1:])
            pieces = lines_of_block[:1]
        end = start
    if size > 0:
        yield b"".join(reversed(pieces))


def belongs_as(fd: int, model: os.stat_result) -> None:
    """Give a new file the owner, group and mode of another, as far as this user may."""
    for owner in (model.st_uid, -1):
        try:
            os.fchown(fd, owner, model.st_gid)
            break
        except PermissionError:
            pass  # only root can give a file away; a group of one's own can be given
    os.fchmod(fd, model.st_mode & 0o777)


def _line_start(fd: int, size: int) -> int:
    """The offset after the last newline before size."""
    end = size
    while end > 0:
        start = max(0, end - _BLOCK)
        at = os.pread(fd, end - start, start).rfind(b"\n")
        if at >= 0:
            return start + at + 1
        end = start
    return 0


def _set_aside(fd: int, path: str, start: int, size: int) -> str:
    """Copy the bytes from start to size to a new file beside path, on the disk before it returns."""
    number = 1
    while True:
        torn = f"{path}.torn-{number}"
        try:
            to = os.open(torn, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            break
        except FileExistsError:
            number += 1
    try:
        belongs_as(to, os.fstat(fd))
        while start < size:
            block = os.pread(fd, min(_BLOCK, size - start), start)
            while block:
                written = os.write(to, block)
                start += written
                block = block[written:]
        os.fsync(to)
    except BaseException:
        os.unlink(torn)  # only part of a copy: the original is still in place
        raise
    finally:
        os.close(to)
    return torn
