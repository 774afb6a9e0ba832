"""Append records from standard input, one per line, to a file that others append to at the same time.

usage: flock-append [OPTION ...] FILE
       flock-append --check [--repair] [--text] [--json] FILE

Each record is appended as it arrives, whole, under the file's exclusive lock (flock(2)), which is never held while
waiting for input; records that arrive together are one write. A torn record that a crash left at the end of the file is
moved to FILE.torn-1 first.

  --timeout SECONDS   how long to wait for the lock, fractions allowed (default 2)
  --retries N         then try so many times more, after pauses that double from 0.1 to 10 s (default 0)
  --batch             all of standard input as one write: everything or nothing
  --json              each record must be one JSON object; one that is not ends it, and nothing of what arrived with
                      it, nor of a file or a batch that it is in, is appended
  --stamp             add "stamp": number, time, agent, session, process (a JSON object is needed)
  --agent NAME, --session ID    for the stamp, instead of what the environment says
  --chain             add "prev": the hash of the line before (a JSON object is needed)
  --durable           go on only when the data is on the disk
  --max-record BYTES  refuse a longer one (default 16 MiB)
  --rotate BYTES      put the file aside as FILE.000001 and so on, before it would become larger
  --ack               print a line for each record that is in the file: its number (of the stamp, else of the input)
  --force             also on a file system where the lock does not reach everybody

  --check             say what is wrong with FILE and its archives: torn, no JSON, gaps, a broken chain
  --repair            move a torn end of FILE to a file beside it
  --text              the records need not be JSON
  --json              (with --check) one JSON object for each finding
  -h, --help          this text

exit status: 0 every record is in the file; 1 the lock was not free in time (--check: something was found); 2 wrong use,
or a record that cannot be taken; 111 the system said no (--check: or the lock was not free in time); 129, 130, 143
stopped by a signal, after what it had begun; 141 nobody reads the acknowledgements any more
"""

import os
import sys

from onetree.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "flock-append"


class UsageError(Exception):
    """Arguments or input that cannot be meant."""


class Options:
    """What the command line says."""

    def __init__(self) -> None:
        self.file = ""
        self.timeout = 2.0  # seconds
        self.retries = 0
        self.max_record = 16 * 1024 * 1024  # bytes; input without an end of line must not fill the memory
        self.rotate = 0  # bytes
        self.agent: str | None = None
        self.session: str | None = None
        self.batch = self.json = self.stamp = self.chain = self.durable = self.ack = self.force = False
        self.check = self.repair = self.text = False


def main(argv: "list[str] | None" = None) -> int:
    """The command; gives the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    if "-h" in argv or "--help" in argv:
        print(__doc__, end="")
        return 0
    try:
        options = parse(argv)
    except UsageError as e:
        say(f"wrong use: {e}; see `{NAME} --help`")
        return 2
    if options.check:
        from . import flock_check

        return flock_check.run(options)
    from . import flock_feed

    return flock_feed.run(options)


def say(text: str) -> None:
    """One line on standard error; what happens to the records does not depend on whether anybody can read it."""
    try:
        sys.stderr.write(f"{NAME}: {visible(text)}\n")
    except OSError:
        pass


def parse(argv: "list[str]") -> Options:
    """The options and the file. Raises UsageError."""
    options = Options()
    words = iter(argv)
    files: list[str] = []
    given: list[str] = []
    for word in words:
        if word == "--":
            files += words
        elif not word.startswith("-") or word == "-":
            files.append(word)
        else:
            name, equals, value = word.partition("=")
            attribute = name[2:].replace("-", "_")
            if name in VALUES:
                if not equals:
                    value = next(words, "")
                setattr(options, attribute, VALUES[name](name, value))
            elif name in FLAGS and not equals:
                setattr(options, attribute, True)
            else:
                raise UsageError(f"there is no option {word}")
            given.append(name)
    if len(files) != 1 or not files[0]:
        raise UsageError(f"one FILE is needed, not {len([f for f in files if f])}")
    options.file = files[0]
    _fit_together(options, given)
    return options


def _fit_together(options: Options, given: "list[str]") -> None:
    options.check = options.check or options.repair
    if options.check:
        stray = [name for name in given if name not in CHECKING]
        if stray:
            raise UsageError(f"--check appends nothing, and {stray[0]} is about appending")
    elif options.text:
        raise UsageError("--text goes with --check")
    if not options.stamp and (options.agent is not None or options.session is not None):
        raise UsageError("--agent and --session go with --stamp")
    options.json = options.json or options.stamp or options.chain


def _seconds(name: str, text: str) -> float:
    try:
        value = -1.0 if "_" in text else float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1e6:  # also false for "nan"
        raise UsageError(f"{name} {text!r} is not a number of seconds from 0 to 1000000")
    return value


def _count(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise UsageError(f"{name} {text!r} is not a whole number from 0 to 999999999")
    return int(text)


def _bytes(name: str, text: str) -> int:
    value = _count(name, text)
    if not value:
        raise UsageError(f"{name} 0 leaves no room for a record")
    return value


def _text(name: str, text: str) -> str:
    if not text:
        raise UsageError(f"{name} needs a value")
    return os.fsencode(text).decode("utf-8", "replace")  # it goes into JSON


VALUES: "dict[str, Callable[[str, str], object]]" = {
    "--timeout": _seconds,
    "--retries": _count,
    "--max-record": _bytes,
    "--rotate": _bytes,
    "--agent": _text,
    "--session": _text,
}
FLAGS = ("--batch", "--json", "--stamp", "--chain", "--durable", "--ack", "--force", "--check", "--repair", "--text")
CHECKING = ("--check", "--repair", "--text", "--json", "--timeout")
