"""What flock-append does with its input: records in, one hold of the lock after the other."""

import _signal  # `signal` imports `enum`: a third of an empty Python
import os
import stat
import time

from onetree import flock

from .flock_append import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import TypeVar

    from onetree.records import Stamp

    from .flock_append import Options

    T = TypeVar("T")

CHUNK = 65536  # bytes read at once: they share one hold, which this bounds
TOGETHER = 4 * CHUNK  # bytes: so much that is there to be read is checked as one, and appended or not
MAX_BATCH, PER_LINE = 256 * 1024 * 1024, 64  # bytes that --batch keeps in memory, and that a record costs by itself
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds between tries, each shortened by up to half at random
SIGNALS = {int(_signal.SIGHUP): "SIGHUP", int(_signal.SIGINT): "SIGINT", int(_signal.SIGTERM): "SIGTERM"}
BROKEN_PIPE = 141


class InputError(Exception):
    """Input that cannot be taken: where, the fact and the way out."""


class AckError(Exception):
    """What the system said to an acknowledgement."""


class Stopped(BaseException):
    """A signal has come, and nothing is half done."""


def run(options: "Options") -> int:
    """Append all of standard input; gives the exit status."""
    feed = Feed(options)
    try:
        feed.run()
    except Stopped:
        return feed.failed(f"stopped by {SIGNALS[feed.signal]}", 128 + feed.signal)
    except InputError as e:
        return feed.failed(f"unable to take {e}", 2)
    except flock.LockTimeout as e:
        return feed.failed(f"unable to append to {options.file}: {feed.waited(e)}", 1)
    except flock.FlockError as e:
        return feed.failed(f"unable to append to {options.file}: {e.reason}", 111)
    except BrokenPipeError:
        return feed.failed("nobody reads the acknowledgements any more", BROKEN_PIPE)
    except AckError as e:
        return feed.failed(f"unable to write the acknowledgements: {e}", 111)
    except OSError as e:
        return feed.failed(f"unable to read records: {flock.explain(e)}", 111)
    return 0


class Feed:
    """The records, on their way from standard input into the file.

    count: of those that are in the file. signal: the number of the one that stops it.
    """

    def __init__(self, options: "Options") -> None:
        self.options = options
        self.count = self.signal = 0
        self._idle = False  # whether a signal may stop it where it is, and not only after what it has begun
        self._file = File(self)
        self._stamp = _stamp(options)
        self._began, self._tries = 0.0, 0  # of the append under way

    def run(self) -> None:
        """Append all that comes. Raises what is caught above."""
        for number in SIGNALS:
            if _signal.getsignal(number) != _signal.SIG_IGN:  # as nohup(1) wants it
                _signal.signal(number, self._on_signal)
        self._look_at_both_ends()
        with self._file:
            arriving = self._arriving(lambda: self.idly(_read), _readiness(self.options.json))
            for lines in _all(arriving) if self.options.batch else arriving:
                # One by one, or a file that is rotated would be a chunk too long.
                for some in [[line] for line in lines] if self.options.rotate and not self.options.batch else [lines]:
                    self._append(some)

    def idly(self, do: "Callable[..., T]", *args: object) -> "T":
        """Do what a signal may break off."""
        self._idle = True
        try:
            if self.signal:
                raise Stopped
            return do(*args)
        finally:
            self._idle = False

    def failed(self, text: str, status: int) -> int:
        """Say what stopped it, and how far it came; gives the status."""
        amount = {0: "nothing of this input is", 1: "1 record of this input is"}
        so_far = amount.get(self.count, f"{self.count} records of this input are")
        say(f"{text}; {so_far} in {self.options.file}")
        return status

    def waited(self, e: flock.LockTimeout) -> str:
        """How long it waited for the lock, and why it was not free."""
        if self._tries < 2:
            return e.reason
        return f"not free in {self._tries} tries over {time.monotonic() - self._began:.1f} s; {e.why}"

    def _on_signal(self, number: int, frame: "FrameType | None") -> None:  # noqa: ARG002  # a signal handler's form
        self.signal = number
        if self._idle:
            raise Stopped

    def _look_at_both_ends(self) -> None:
        flock.check(self.options.file)
        source = os.fstat(0)
        try:
            same = os.path.samestat(source, os.stat(self.options.file))
        except OSError:
            same = False
        if same:  # each record that is read would be appended and read again, without end
            raise InputError(f"{self.options.file}: it is both input and output; read from a copy")
        if self.options.json and stat.S_ISREG(source.st_mode):
            glance = _Glance()
            for _ in self._arriving(lambda: self.idly(glance), _readiness(False)):
                pass  # all of it is good: now it can be begun

    def _arriving(self, read: "Callable[[], bytes]", ready: "Callable[[], bool]") -> "Iterator[list[bytes]]":
        """The records, checked, in lists of those that arrive together; the last one may lack its end of line."""
        number = size = 0
        lines: list[bytes] = []
        parts: list[bytes] = []  # of a record that has not arrived whole
        while chunk := read():
            size += len(chunk)
            first, *rest = chunk.split(b"\n")
            parts.append(first)
            if rest:
                lines += [b"".join(parts), *rest[:-1]]
                parts = rest[-1:]
            if sum(map(len, parts)) > self.options.max_record:
                raise self._too_long(number + len(lines) + 1)
            if lines and (size > TOGETHER or not ready()):
                yield self._checked(lines, number)
                number += len(lines)
                lines, size = [], 0
        if last := b"".join(parts):
            lines.append(last)
        if lines:
            yield self._checked(lines, number)

    def _checked(self, lines: "list[bytes]", number: int) -> "list[bytes]":
        """These records, ready for the file. number: of those before them."""
        for line in lines:
            number += 1
            if len(line) > self.options.max_record:
                raise self._too_long(number)
        if not self.options.json:
            return lines
        from onetree import records

        number -= len(lines)
        ready = []
        for line in lines:
            number += 1
            try:
                if self._stamp:
                    ready.append(self._stamp.opened(line))
                else:
                    records.parse(line)
                    ready.append(line)
            except records.RecordError as e:
                raise InputError(
                    f"standard input:{number}:{e.column}: {e.reason}; a record is one JSON object"
                ) from None
        return ready

    def _too_long(self, number: int) -> InputError:
        most = self.options.max_record
        return InputError(f"standard input:{number}: longer than --max-record {most}; split it, or allow more")

    def _append(self, lines: "list[bytes]") -> None:
        """Append these records, trying as often as was asked for."""
        pause = FIRST_PAUSE
        self._began, self._tries = time.monotonic(), 0
        while True:
            self._tries += 1
            try:
                self._hold(lines)
            except flock.LockTimeout:
                if self._tries > self.options.retries:
                    raise
            else:
                return
            self.idly(time.sleep, pause * (0.5 + os.urandom(1)[0] / 512))
            pause = min(2 * pause, LONGEST_PAUSE)

    def _hold(self, lines: "list[bytes]") -> None:
        stamp = self._stamp
        try:
            if stamp:
                self._file.append_after(lambda before: stamp.closed(lines, before))
            else:
                self._file.append(b"\n".join(lines) + b"\n")
        except flock.NotDurable:
            self.count += len(lines)
            raise
        self.count += len(lines)
        while self._file.torn:
            say(f"{self.options.file} ended in a torn record; it is now in {self._file.torn.pop()}")
        if self.options.ack:
            last = stamp.seq if stamp and self.options.stamp else self.count
            self.idly(_acknowledge, "".join([f"{n}\n" for n in range(last - len(lines) + 1, last + 1)]).encode())


class File(flock.Appender):
    """The file; waiting for its lock ends when a signal comes."""

    __slots__ = ("_feed",)

    def __init__(self, feed: Feed) -> None:
        o = feed.options
        super().__init__(o.file, timeout=o.timeout, durable=o.durable, rotate=o.rotate, force=o.force)
        self._feed = feed

    def _wait(self, deadline: float, timeout: float) -> None:
        self._feed.idly(super()._wait, deadline, timeout)


def _read() -> bytes:
    """The next input. A descriptor that somebody has made non-blocking is waited for."""
    while True:
        try:
            return os.read(0, CHUNK)
        except BlockingIOError:
            _await(0)


def _acknowledge(data: bytes) -> None:
    while data:
        try:
            data = data[os.write(1, data) :]
        except BlockingIOError:
            _await(1)
        except BrokenPipeError:
            raise
        except OSError as e:
            raise AckError(flock.explain(e)) from None


def _await(fd: int) -> None:
    import select

    poll = select.poll()
    poll.register(fd, select.POLLIN if fd == 0 else select.POLLOUT)
    poll.poll()


class _Glance:
    """Reads a file on standard input ahead, without taking anything from it."""

    def __init__(self) -> None:
        self._at = os.lseek(0, 0, os.SEEK_CUR)

    def __call__(self) -> bytes:
        chunk = os.pread(0, CHUNK, self._at)
        self._at += len(chunk)
        return chunk


def _all(arriving: "Iterator[list[bytes]]") -> "Iterator[list[bytes]]":
    """All records at once, if there are any. Raises InputError if they are too much to keep."""
    whole: list[bytes] = []
    size = 0
    for lines in arriving:
        whole += lines
        size += sum(map(len, lines)) + PER_LINE * len(lines)
        if size > MAX_BATCH:
            raise InputError(
                f"standard input: more than can be kept for one batch ({MAX_BATCH} bytes, each record counted "
                f"{PER_LINE} bytes longer); append it in parts"
            )
    if whole:
        yield whole


def _readiness(wanted: bool) -> "Callable[[], bool]":
    """Whether there is more to read on standard input, or its end; if that is wanted, else no."""
    if not wanted:
        return lambda: False
    import select

    poll = select.poll()
    poll.register(0, select.POLLIN)
    return lambda: bool(poll.poll(0))


def _stamp(options: "Options") -> "Stamp | None":
    if not (options.stamp or options.chain):
        return None
    from onetree import identity, records

    agent, session = identity.caller()
    return records.Stamp(
        agent if options.agent is None else options.agent,
        session if options.session is None else options.session,
        os.getpid(),
        numbered=options.stamp,
        chained=options.chain,
    )
