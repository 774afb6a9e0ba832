"""Ways to append a record to a shared file: onetree's, and what people use today."""

import fcntl
import os
import subprocess
import sys
import time
from typing import Any

from onetree import flock, records, tail, utc

BIN = os.path.dirname(os.path.abspath(sys.executable))
NEVER = 60.0  # seconds: a time-out that no run reaches
now = time.monotonic_ns

Seen = tuple[int, int]  # when the lock was granted, and when it was about to be let go of; zeros if that cannot be seen


class Way:
    """One agent's way to the file."""

    def __init__(self, plan: "dict[str, Any]") -> None:
        self.path: str = plan["file"]
        self.plan = plan
        self.open()

    def open(self) -> None:
        """Make ready, before the time begins."""

    def append(self, data: bytes) -> Seen:
        """Append one record, with its newline."""
        raise NotImplementedError

    def close(self) -> None:
        """Finish."""


class Timed(flock.Appender):
    """An Appender that notes when it got the lock and when it let go, and that can be struck in the middle."""

    __slots__ = ("granted", "kept", "strike")

    def __init__(self, path: str, **options: Any) -> None:  # noqa: ANN401  # of the Appender, from a plan
        super().__init__(path, **options)
        self.granted = self.kept = 0
        self.strike: tuple[str, int] | None = None  # (point, signal) of the next append

    def _acquire(self, timeout: float) -> int:
        fd = super()._acquire(timeout)
        self.granted = now()
        return fd

    def _release(self) -> None:
        self.kept = now()
        super()._release()

    def _write(self, fd: int, size: int, data: bytes) -> None:
        if self.strike is None:
            super()._write(fd, size, data)
            return
        (point, signal), self.strike = self.strike, None
        done = 0
        if point == "locked":
            os.kill(os.getpid(), signal)
        elif point == "half":
            done = os.write(fd, data[: len(data) // 2])
            os.kill(os.getpid(), signal)
        tail.write(fd, size, data, done)
        self._end = size + len(data)
        if point == "written":
            os.kill(os.getpid(), signal)


class Api(Way):
    """onetree.flock.Appender, kept open."""

    def open(self) -> None:
        options = {"timeout": NEVER, **self.plan.get("options", {})}
        self.file = Timed(self.path, **options)

    def append(self, data: bytes) -> Seen:
        self.file.append(data)
        return self.file.granted, self.file.kept

    def close(self) -> None:
        self.file.close()


class Stamped(Api):
    """The same with stamp and chain, while the clock on the wall jumps by up to a day between any two records."""

    def open(self) -> None:
        super().open()
        self.stamp = records.Stamp(self.plan["who"], "", os.getpid(), numbered=True, chained=True)
        utc.time = Jumping(self.plan["seed"])  # type: ignore[assignment,attr-defined]

    def append(self, data: bytes) -> Seen:
        opened = [self.stamp.opened(data[:-1])]
        self.file.append_after(lambda before: self.stamp.closed(opened, before))
        return self.file.granted, self.file.kept


class Jumping:
    """The part of `time` that stamps use, on a clock that somebody sets all the time."""

    def __init__(self, seed: object) -> None:
        import random

        self._random = random.Random(str(seed))
        self.strftime, self.gmtime = time.strftime, time.gmtime

    def time_ns(self) -> int:
        """A time within a day of the right one."""
        return time.time_ns() + self._random.randint(-86_400, 86_400) * 1_000_000_000


class OneCall(Way):
    """onetree.flock.append: open, append, close."""

    def append(self, data: bytes) -> Seen:
        flock.append(self.path, data, timeout=NEVER)
        return 0, 0


class Stream(Way):
    """One flock-append for each agent, fed by a pipe, acknowledging each record."""

    def open(self) -> None:
        argv = [f"{BIN}/flock-append", "--ack", "--timeout", str(NEVER), *self.plan.get("arguments", []), self.path]
        self.child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def append(self, data: bytes) -> Seen:
        assert self.child.stdin
        assert self.child.stdout
        self.child.stdin.write(data)
        if not self.child.stdout.read(64):
            raise OSError(f"flock-append ended with {self.child.wait()}")
        return 0, 0

    def close(self) -> None:
        self.child.communicate()


class Command(Way):
    """A command for each record, the record on its standard input."""

    argv: "tuple[str, ...]" = (f"{BIN}/flock-append", "--timeout", str(NEVER), "{file}")

    def append(self, data: bytes) -> Seen:
        argv = [
            word.replace("{file}", self.path)
            for word in (*self.argv[:-1], *self.plan.get("arguments", []), self.argv[-1])
        ]
        done = subprocess.run(argv, input=data, stderr=subprocess.PIPE, check=False)
        if done.returncode:
            raise OSError(f"{argv[0]} ended with {done.returncode}: {done.stderr.decode(errors='replace').strip()}")
        return 0, 0


class Cat(Command):
    """sh -c 'cat >> FILE': no lock."""

    argv = ("sh", "-c", "cat >> {file}")


class Flock1(Command):
    """flock(1): flock FILE.lock -c 'cat >> FILE'."""

    argv = ("flock", "{file}.lock", "-c", "cat >> {file}")


class Bare(Way):
    """flock(2) and write(2), and nothing else."""

    def open(self) -> None:
        self.fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)

    def append(self, data: bytes) -> Seen:
        fcntl.flock(self.fd, fcntl.LOCK_EX)
        granted = now()
        os.write(self.fd, data)
        kept = now()
        fcntl.flock(self.fd, fcntl.LOCK_UN)
        return granted, kept


class FileLock(Way):
    """filelock.FileLock, as it comes."""

    def open(self) -> None:
        import filelock

        self.lock = filelock.FileLock(f"{self.path}.lock", timeout=NEVER)
        self.fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)

    def append(self, data: bytes) -> Seen:
        with self.lock:
            granted = now()
            os.write(self.fd, data)
            return granted, now()


class Portalocker(Way):
    """portalocker.Lock, as it comes."""

    def open(self) -> None:
        import portalocker

        self.lock = portalocker.Lock

    def append(self, data: bytes) -> Seen:
        with self.lock(self.path, "ab", timeout=NEVER) as f:
            granted = now()
            f.write(data)
            f.flush()
            return granted, now()


WAYS: "dict[str, type[Way]]" = {
    "api": Api,
    "one-call": OneCall,
    "stream": Stream,
    "command": Command,
    "stamped": Stamped,
    "bare-flock": Bare,
    "filelock": FileLock,
    "portalocker": Portalocker,
    "flock(1)": Flock1,
    "cat>>": Cat,
}
OURS = ("api", "one-call", "stream", "command", "stamped")


def plugged(text: str) -> "type[Way]":
    """The class of a way that somebody brings along, as FILE.py:CLASS. Raises ValueError."""
    from importlib.util import module_from_spec, spec_from_file_location

    path, _, name = text.rpartition(":")
    spec = spec_from_file_location("plugged", path) if path.endswith(".py") and os.path.exists(path) else None
    if not spec or not spec.loader:
        raise ValueError(f"{text!r}: write FILE.py:CLASS, where CLASS is a subclass of stress.ways.Way in that file")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found = getattr(module, name, None)
    if not (isinstance(found, type) and issubclass(found, Way)):
        raise ValueError(f"{text!r}: there is no subclass of stress.ways.Way called {name!r} in {path}")
    return found
