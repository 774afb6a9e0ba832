"""Open regular files only: to open a FIFO or a device is to do something, and to wait."""

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO


def opened(path: "str | bytes") -> int:
    """A descriptor to read a regular file; OSError if it is of another kind, and then it is not opened at all.

    A writer that waits for a reader of its FIFO would go on, and be killed by SIGPIPE.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(f"not a regular file: {path!r}")
    found = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(found).st_mode):  # another one by now
        os.close(found)
        raise OSError(f"not a regular file: {path!r}")
    return found


def content(path: "str | bytes", most: int) -> bytes:
    """The bytes of a regular file; OSError if there are more of them, or if it is of another kind."""
    found = opened(path)
    try:
        if os.fstat(found).st_size > most:
            raise OSError(f"more than {most} bytes: {path!r}")
        return os.read(found, most)
    finally:
        os.close(found)


def file(path: "str | bytes") -> "BinaryIO":
    """The same as a file."""
    return os.fdopen(opened(path), "rb")
