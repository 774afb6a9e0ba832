"""Append records from standard input, one per line, to a file that others append to at the same time.

Each record is appended as it arrives, whole, under an exclusive lock (`.NAME.lock` beside the file); the lock is never
held while waiting for input. A torn record that a crash left at the end of the file is moved to NAME.torn-1 first.
"""

import os
import sys

from onetree import flock

USAGE = "usage: flock-append [--timeout SECONDS] [--durable] FILE"
OPTIONS = """
  --timeout SECONDS  how long to wait for the lock, fractions allowed (default 2)
  --durable          go on only when a record is on the disk
  -h, --help         this text

exit codes: 0 every record is in the file; 1 the lock was not free in time; 2 wrong use; 111 the system said no
"""

TIMEOUT = 2.0
MAX_RECORD = 16 * 1024 * 1024  # bytes; input without an end of line must not fill the memory
_CHUNK = 65536  # records that arrive together share one hold; it also bounds how long that hold is


class UsageError(Exception):
    """Arguments or input that cannot be meant."""


def main(argv: "list[str] | None" = None) -> int:
    """The command; gives the exit code."""
    argv = sys.argv[1:] if argv is None else argv
    path = ""
    counted = [0]
    try:
        options = _arguments(argv)
        if options is None:
            print(USAGE, __doc__, OPTIONS, sep="\n", end="")
            return 0
        path, timeout, durable = options
        append_all(path, timeout, durable, counted)
    except UsageError as e:
        print(f"flock-append: {e}", file=sys.stderr)
        return 2
    except flock.FlockError as e:
        reason = e.reason if e.path == path else str(e)
        print(f"flock-append: unable to append to {path}: {reason}{_so_far(counted[0])}", file=sys.stderr)
        return 1 if isinstance(e, flock.LockTimeout) else 111
    except OSError as e:
        print(f"flock-append: unable to read records: {flock.explain(e)}{_so_far(counted[0])}", file=sys.stderr)
        return 111
    except KeyboardInterrupt:
        return 130
    return 0


def append_all(path: str, timeout: float, durable: bool, counted: "list[int]") -> None:
    """Append all that standard input brings; counted[0] says how many records are in the file, also after an error.

    Raises FlockError for the file, OSError for standard input, UsageError for a record that is too long.
    """
    flock.check(path)
    _other_file(path)
    rest = bytearray()
    while chunk := os.read(0, _CHUNK):
        cut = chunk.rfind(b"\n") + 1
        if cut:
            _append(path, bytes(rest) + chunk[:cut], timeout, durable, counted)
            rest = bytearray(chunk[cut:])
        else:
            rest += chunk
        if len(rest) > MAX_RECORD:
            raise UsageError(
                f"record {counted[0] + 1} is longer than {MAX_RECORD} bytes; nothing of it is in {path}; split it"
            )
    if rest:
        _append(path, bytes(rest) + b"\n", timeout, durable, counted)


def _append(path: str, records: bytes, timeout: float, durable: bool, counted: "list[int]") -> None:
    torn = flock.append(path, records, timeout=timeout, durable=durable)
    if torn:
        print(f"flock-append: {path} ended in a torn record; it is now in {torn}", file=sys.stderr)
    counted[0] += records.count(b"\n")


def _other_file(path: str) -> None:
    """Refuse to feed a file to itself: each record read would be appended and read again, without end."""
    source = os.fstat(0)
    try:
        target = os.stat(path)
    except OSError:
        return
    if (source.st_ino, source.st_dev) == (target.st_ino, target.st_dev):
        raise UsageError(f"{path} is both input and output; read from a copy")


def _arguments(argv: "list[str]") -> "tuple[str, float, bool] | None":
    """(FILE, time-out, durable), or None when help is asked for."""
    files: list[str] = []
    timeout, durable, ended = TIMEOUT, False, False
    words = iter(argv)
    for word in words:
        if ended or not word.startswith("-") or word == "-":
            files.append(word)
        elif word == "--":
            ended = True
        elif word in ("-h", "--help"):
            return None
        elif word == "--durable":
            durable = True
        elif word == "--timeout":
            timeout = _seconds(next(words, ""))
        elif word.startswith("--timeout="):
            timeout = _seconds(word.partition("=")[2])
        else:
            raise UsageError(f"unknown option {word}\n{USAGE}")
    if len(files) != 1 or not files[0]:
        raise UsageError(f"one FILE is needed, not {len([f for f in files if f])}\n{USAGE}")
    return files[0], timeout, durable


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1e6:  # also false for "nan"
        raise UsageError(f"--timeout {text!r} is not a number of seconds from 0 to 1000000\n{USAGE}")
    return value


def _so_far(count: int) -> str:
    return f" ({count} records before it are in the file)" if count else ""
