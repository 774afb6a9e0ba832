"""What flock-append --check says of a file of records and its archives."""

import errno
import fcntl
import os

from onetree import flock, holder, jsonlite, records, rotation, waiting
from onetree.visible import visible

from .flock_append import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .flock_append import Options

MAX_LINE = 64 * 1024 * 1024  # bytes of one line that are kept in memory


def run(options: "Options") -> int:
    """Print what is wrong with the file and its archives; gives the exit status."""
    try:
        if options.repair:
            _repair(options)
        found = 0
        for place, fact in findings(options.file, options.timeout, text=options.text):
            found += 1
            print(jsonlite.dumps({**place, "finding": fact}) if options.json else f"{_shown(place)}: {visible(fact)}")
    except flock.FlockError as e:
        say(f"unable to check {e.path}: {e.reason}")
        return 111
    except BrokenPipeError:
        raise
    except OSError as e:
        fact = "there is no such file" if e.errno == errno.ENOENT else flock.explain(e)
        say(f"unable to check {e.filename or options.file}: {fact}")
        return 111
    if not found and not options.json:
        print(visible(f"{options.file}: whole"))
    return 1 if found else 0


def findings(path: str, timeout: float, *, text: bool) -> "Iterator[tuple[dict[str, object], str]]":
    """({"file", "line"}, what is wrong there). Raises FlockError and OSError."""
    flock.check(path)
    starts: list[tuple[int, str]] = []  # the number of the first line in each file, counted over all of them
    for number, fact in records.check(_lines(path, timeout, starts), text=text):
        first, name = [s for s in starts if s[0] <= number][-1]
        yield {"file": name, "line": number - first + 1}, fact


def _lines(path: str, timeout: float, starts: "list[tuple[int, str]]") -> "Iterator[bytes]":
    number = 1
    for name, fd in rotation.history(path):
        starts.append((number, name))
        left = _settled(fd, name, timeout)
        with open(os.dup(fd), "rb") as f:
            while left > 0 and (line := f.readline(MAX_LINE)):
                if len(line) == MAX_LINE and not line.endswith(b"\n"):
                    raise flock.FlockError(name, f"line {number} is longer than {MAX_LINE} bytes, and is not read")
                yield line[:left]
                left -= len(line)
                number += 1


def _settled(fd: int, path: str, timeout: float) -> int:
    """The size of a file at a moment at which nobody writes: what then lacks its end of line is torn."""
    same = os.dup(fd)
    try:
        fcntl.flock(same, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        found = os.fstat(fd)
        if not waiting.Job(same, (found.st_ino, found.st_dev)).wait(timeout):
            raise flock.LockTimeout(path, timeout, holder.of(found.st_dev, found.st_ino)) from None
    size = os.fstat(same).st_size
    fcntl.flock(same, fcntl.LOCK_UN)
    os.close(same)
    return size


def _repair(options: "Options") -> None:
    with flock.Appender(options.file, timeout=options.timeout, force=True) as file:
        if not os.path.lexists(options.file):
            raise FileNotFoundError(errno.ENOENT, "", options.file)
        file.mend()
        for torn in file.torn:
            size = os.stat(torn).st_size
            say(f"{size} bytes of a torn record at the end of {options.file} are now in {torn}")


def _shown(place: "dict[str, object]") -> str:
    return visible(f"{place['file']}:{place['line']}")
