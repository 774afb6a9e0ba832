r"""Hold a file's lock; append to a file that others append to, without tearing, gluing or losing a record.

    with flock.locked("state/lock", timeout=2.0): ...

    with flock.Appender("tasks.jsonl", timeout=2.0) as tasks:
        tasks.append(b'{"todo": 1}\n')

    flock.append("tasks.jsonl", b'{"todo": 2}\n', timeout=2.0)

The hazards of flock(2), written down once:

* The lock is on the file itself, so that `flock FILE COMMAND` and everybody else who locks it takes part (ADR 19).
* A file can be renamed, replaced or deleted under its lock: a newcomer would lock the new one while a waiter still gets
  the old. So whether the name still means the locked file is looked at after locking.
* The kernel drops the lock when the last descriptor of the open file goes away, so a dead holder needs no clean-up. A
  stopped holder keeps it: waiting is bounded, and the error names the holder where the system can tell.
* flock belongs to the open file, which a forked child shares: its unlock would free the parent's lock, and its life
  would prolong it. Descriptors are close-on-exec, and a forked child closes them at once (see _disown).
* For the same reason it would not keep apart two threads that use one open file: each thread has one of its own.
* POSIX record locks (fcntl) are not used: any close() of the same file anywhere in the process drops them.
* It has no time-out, and signal.alarm does not work outside the main thread: see waiting.py.
* On some file systems it excludes nobody: see reach.py. What a crash or a full disk leaves behind: see tail.py.
"""

import errno
import fcntl
import os
import stat
import sys
from _thread import get_ident
from _weakref import ref
from time import monotonic

from onetree import tail, waiting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from typing_extensions import Self

TIMEOUT = 2.0  # seconds: holds take microseconds, so who has not got the lock by then had better know why

# Seconds. In a burst of holds, each less than a GAP after the one before, the file's name is looked at once in a BURST.
# A GAP has no room for a thread to do, or to learn, anything about the file; and whoever moves it under its lock holds
# the lock for longer than a BURST (see Appender._rotated). So what a burst can miss is a file that somebody else
# deletes or renames without the lock: a BURST of records goes with it (ADR 19).
GAP, BURST = 1e-6, 100e-6

WAYS_OUT = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room within the quota",
    errno.EFBIG: "raise the file size limit (ulimit -f) or move the file away",
    errno.EROFS: "use a file system that is mounted for writing",
    errno.EACCES: "make it, and the directory it is in, readable and writable for this user",
    errno.EPERM: "make it, and the directory it is in, readable and writable for this user",
    errno.ENOENT: "make the directory first",
    errno.ENOTDIR: "name a file in a directory",
    errno.ENOLCK: "use a local file system: this one has no locks",
    errno.ENOTSUP: "use a local file system: this one has no locks",
}

_KINDS = (
    (stat.S_ISLNK, "a symbolic link; name the file it points to"),
    (stat.S_ISDIR, "a directory; name a file in it"),
    (stat.S_ISFIFO, "a pipe; name a regular file"),
    (stat.S_ISCHR, "a character device; name a regular file"),
    (stat.S_ISBLK, "a block device; name a regular file"),
    (stat.S_ISSOCK, "a socket; name a regular file"),
)

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
_EXCLUSIVE = fcntl.LOCK_EX | fcntl.LOCK_NB


class FlockError(Exception):
    """A file that cannot be locked or appended to.

    path: the file. reason: the fact and the way out, without the path. It is unchanged if this is raised.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class LockTimeout(FlockError):
    """The lock was held by others for all of the time that was given to wait, in seconds. why: by whom, what to do."""

    def __init__(self, path: str, waited: float, why: str) -> None:
        super().__init__(path, f"not free within {waited:g} s; {why}")
        self.why = why


class Lock:
    """The exclusive lock on a file, made if missing; kept open from one hold to the next.

    mode: permission bits of a new file, less the umask. Holds exclude each other between processes and between threads
    alike: the thread that made this uses it itself, each other one has a twin of its own behind it. A child that is
    forked does not hold the lock, whatever it does, and opens the file anew when it uses it.
    """

    _flags = _FLAGS

    __slots__ = ("__weakref__", "_burst", "_fd", "_file", "_gap", "_held", "_mode", "_ref", "_thread", "_twins", "path")

    def __init__(self, path: str, *, mode: int = 0o600) -> None:
        self.path = path
        self._mode = mode
        self._fd = -1
        self._file = (0, 0)  # inode and device of what is open
        self._held = False
        self._gap = self._burst = 0.0  # monotonic time until which the last look at the name will do
        self._thread = get_ident()
        self._twins: dict[int, Lock] = {}  # by the thread
        self._ref = ref(self, _locks.discard)
        _locks.add(self._ref)

    def acquire(self, timeout: float) -> int:
        """Take the lock; gives the descriptor, open for reading and writing.

        timeout: seconds to wait at most; 0 tries once. Raises LockTimeout, or FlockError if the file cannot be opened
        or locked.
        """
        if get_ident() != self._thread:
            return self._mine().acquire(timeout)
        return self._acquire(timeout)

    def release(self) -> None:
        """Let go of the lock, in the thread that has it. After a fork there is nothing to let go of in the child."""
        if get_ident() == self._thread:
            self._release()
        else:
            self._mine().release()

    def close(self) -> None:
        """Close the file, and let go of the lock if it is held; the next use opens it again.

        Not to be called while another thread holds the lock. Raises FlockError if the system says only now that it
        could not keep what was written (close(2): NFS, quotas).
        """
        try:
            for lock in (self, *self._twins.values()):
                lock._let_go()  # noqa: SLF001  its own
        except OSError as e:
            raise FlockError(self.path, f"written, but perhaps not kept: {explain(e)}") from None

    def __del__(self) -> None:
        fd: int = getattr(self, "_fd", -1)  # a signal's handler may have raised in __init__
        if fd >= 0:
            os.close(fd)

    def _mine(self) -> "Self":
        """What the calling thread uses."""
        thread = get_ident()
        if thread == self._thread:
            return self
        twin = self._twins.get(thread)
        if twin is None:
            twin = self._twins[thread] = self._twin()
        return twin  # type: ignore[return-value]

    def _twin(self) -> "Lock":
        return Lock(self.path, mode=self._mode)

    def _acquire(self, timeout: float) -> int:
        now = monotonic()
        look = now > self._gap or now > self._burst
        fd = self._fd
        try:
            if fd < 0:
                fd = self._open()
                look = True
            try:
                fcntl.flock(fd, _EXCLUSIVE)
            except BlockingIOError:
                fd = self._wait(timeout)
                look = True
            self._held = True
            if look and not self._is_named():
                fd = self._follow(timeout)
        except OSError as e:
            self._let_go()
            raise FlockError(self.path, explain(e)) from None
        except BaseException:
            self._let_go()
            raise
        return fd

    def _release(self) -> None:
        if self._held:
            # Explicitly, not by a close: a child between fork and exec may still have the descriptor.
            fcntl.flock(self._fd, fcntl.LOCK_UN)
            self._held = False
            self._gap = monotonic() + GAP

    def _open(self) -> int:
        check(self.path)
        self._fd = fd = os.open(self.path, self._flags, self._mode)
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise FlockError(self.path, _unfit(self.path, found))
        self._file = (found.st_ino, found.st_dev)
        return fd

    def _wait(self, timeout: float) -> int:
        fd, self._fd = self._fd, -1  # not ours any more if we do not get it
        if timeout <= 0:
            os.close(fd)
        elif waiting.wait(fd, self._file, timeout):
            self._fd = fd
            return fd
        from onetree import holder

        inode, device = self._file
        raise LockTimeout(self.path, timeout, holder.of(device, inode))

    def _is_named(self) -> bool:
        """Whether the name still means the file that is open."""
        try:
            there = os.lstat(self.path)
        except FileNotFoundError:
            return False
        self._burst = monotonic() + BURST
        return (there.st_ino, there.st_dev) == self._file

    def _follow(self, timeout: float) -> int:
        """Lock what the name means now; the time-out is counted from here."""
        deadline = monotonic() + timeout
        while True:
            self._let_go()
            fd = self._open()
            try:
                fcntl.flock(fd, _EXCLUSIVE)
            except BlockingIOError:
                fd = self._wait(deadline - monotonic())
            self._held = True
            if self._is_named():
                return fd
            if monotonic() >= deadline:
                raise LockTimeout(self.path, timeout, "it was replaced again and again; find out by whom")

    def _let_go(self) -> None:
        """Unlock and close the file."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            if self._held:
                fcntl.flock(fd, fcntl.LOCK_UN)
            os.close(fd)
        self._held = False


_locks: "set[ref[Lock]]" = set()
_reached: "set[int]" = set()  # devices that reach.py has nothing against


def _disown() -> None:
    """In a forked child: let go of the parent's locks without unlocking them."""
    for lock in [r() for r in _locks]:
        if lock:
            fd, lock._fd = lock._fd, -1  # noqa: SLF001  its own module
            lock._held = False  # noqa: SLF001
            if fd >= 0:
                os.close(fd)


os.register_at_fork(after_in_child=_disown)


class locked:  # noqa: N801  read as a verb, like contextlib.suppress: with locked(path, 1.0) as fd
    """Hold the exclusive lock of the file `path`, made if missing, once; gives its descriptor, as Lock.acquire()."""

    __slots__ = ("_lock", "_timeout")

    def __init__(self, path: str, timeout: float, *, mode: int = 0o600) -> None:
        self._lock = Lock(path, mode=mode)
        self._timeout = timeout

    def __enter__(self) -> int:
        return self._lock.acquire(self._timeout)

    def __exit__(
        self, kind: "type[BaseException] | None", value: "BaseException | None", trace: "TracebackType | None"
    ) -> None:
        self._lock.close()


class Appender(Lock):
    """A file of records, kept open for appending.

    timeout: seconds to wait for the lock. durable: append() returns only when the data is on the disk, and the name of
    a new file in its directory too. rotate: bytes; a file that would become larger is put aside first, as
    NAME.000001, ... (rotation.py); 0: never. force: also where the lock does not reach (reach.py).
    torn: the files to which torn tails were moved, by this object.
    """

    _flags = _FLAGS | os.O_APPEND

    __slots__ = ("_end", "_force", "_last", "_last_end", "_limit", "_new", "durable", "timeout", "torn")

    def __init__(
        self, path: str, *, timeout: float = TIMEOUT, durable: bool = False, rotate: int = 0, force: bool = False
    ) -> None:
        super().__init__(path, mode=0o666)
        self.timeout = timeout
        self.durable = durable
        self._limit = rotate or sys.maxsize
        self.torn: list[str] = []
        self._force = force
        self._new = True  # whether the directory may not know the file yet
        self._end = -1  # the size after the last append, while the file is open
        self._last, self._last_end = b"", -1  # the last line that append_after() wrote, and the size after it
        if not force:
            __import__("onetree.reach")  # here, where nobody waits for it, and not in the first append

    def __enter__(self) -> "Self":
        return self

    def __exit__(
        self, kind: "type[BaseException] | None", value: "BaseException | None", trace: "TracebackType | None"
    ) -> None:
        self.close()

    def append(self, data: bytes) -> None:
        """Append whole records, each ending in a newline, in one write under the lock.

        Raises FlockError; nothing of data is then in the file, except that a failing disk (durable) leaves it in doubt.
        """
        if get_ident() != self._thread:
            return self._mine().append(data)
        if not data.endswith(b"\n"):
            raise ValueError("a record ends in a newline")
        length = len(data)
        fd = self._acquire(self.timeout)
        try:
            size = os.lseek(fd, 0, os.SEEK_END)
            if size != self._end or size + length > self._limit:
                fd, size = self._prepared(fd, size, length)
            self._write(fd, size, data)
        finally:
            self._release()
        if self.durable:
            self._sync()
        return None

    def append_after(self, compose: "Callable[[Iterator[bytes]], bytes]") -> bytes:
        """Append what compose() makes of the lines before, given from the last one backwards, without their newlines.

        For records that go on from the ones before: a number, a hash. compose() runs under the lock: all that can be
        done earlier should be. Gives the data. Raises FlockError as append() does, and what compose() raises.
        """
        if get_ident() != self._thread:
            return self._mine().append_after(compose)
        fd = self._acquire(self.timeout)
        try:
            size = os.lseek(fd, 0, os.SEEK_END)
            if size != self._end:
                fd, size = self._prepared(fd, size, 0)
            known = self._last if size == self._last_end else b""
            try:
                data = compose(iter([known]) if known else self._before(fd, size))
            except OSError as e:
                raise FlockError(self.path, f"the records before could not be read: {explain(e)}") from None
            if size + len(data) > self._limit:
                fd, size = self._prepared(fd, size, len(data))
            self._write(fd, size, data)
            self._last, self._last_end = data[data.rfind(b"\n", 0, -1) + 1 : -1], self._end
        finally:
            self._release()
        if self.durable:
            self._sync()
        return data

    def mend(self) -> None:
        """Move a torn tail aside without appending anything; its new name is then the last of `torn`."""
        fd = self._acquire(self.timeout)
        try:
            self._prepared(fd, os.lseek(fd, 0, os.SEEK_END), 0)
        finally:
            self._release()

    def _twin(self) -> Lock:
        rotate = 0 if self._limit == sys.maxsize else self._limit
        twin = Appender(self.path, timeout=self.timeout, durable=self.durable, rotate=rotate, force=self._force)
        twin.torn = self.torn
        return twin

    def _open(self) -> int:
        fd = super()._open()
        self._end = self._last_end = -1
        self._new = True
        if not self._force and self._file[1] not in _reached:
            self._check_reach(fd)
        return fd

    def _check_reach(self, fd: int) -> None:
        from onetree import reach

        limits = reach.limits(fd, self.path)
        if limits:
            raise FlockError(self.path, f"{limits}; use a local file system, or force it")
        _reached.add(self._file[1])

    def _prepared(self, fd: int, size: int, more: int) -> "tuple[int, int]":
        """The file as it should be for `more` bytes: without a torn tail, and with room up to the limit."""
        try:
            size, torn = tail.mend(fd, self.path, size)
        except OSError as e:
            fact = f"the torn record at its end could not be moved away: {explain(e)}"
            raise FlockError(self.path, fact) from None
        if torn:
            self.torn.append(torn)
        if size and size + more > self._limit:
            return self._rotated(fd), 0
        return fd, size

    def _rotated(self, fd: int) -> int:
        from onetree import rotation

        began = monotonic()
        try:
            names = os.fstat(fd).st_nlink
            if names > 1 + rotation.halfway(fd, self.path):
                raise FlockError(self.path, f"has {names} names (hard links), and rotation would part them; copy it")
            new = rotation.rotate(fd, self.path)
        except OSError as e:
            raise FlockError(self.path, f"could not be rotated: {explain(e)}") from None
        while monotonic() < began + 2 * BURST:
            pass  # or who is in a burst would take the old file for the one of that name
        self._let_go()
        found = os.fstat(new)
        self._fd, self._file, self._held, self._new = new, (found.st_ino, found.st_dev), True, True
        return new

    def _before(self, fd: int, size: int) -> "Iterator[bytes]":
        from onetree import rotation

        yield from tail.lines(fd, size)
        yield from rotation.before(self.path)

    def _write(self, fd: int, size: int, data: bytes) -> None:
        try:
            done = os.write(fd, data)
            self._end = size + done
            if done < len(data):
                self._end = -1
                tail.write(fd, size, data, done)
        except OSError as e:
            raise FlockError(self.path, explain(e)) from None

    def _sync(self) -> None:
        """See to it that what was appended is on the disk, while others go on."""
        try:
            _sync(self._fd, self.path, new=self._new)
        except OSError as e:
            raise FlockError(self.path, f"appended, but perhaps not on the disk: {explain(e)}") from None
        self._new = False


def append(path: str, data: bytes, *, timeout: float, durable: bool = False) -> str:
    """Append once, as Appender.append(); gives the name of the file to which a torn tail was moved, or ""."""
    with Appender(path, timeout=timeout, durable=durable) as file:
        file.append(data)
        return file.torn[-1] if file.torn else ""


def open_regular(path: str, mode: int) -> int:
    """A descriptor for reading and appending to a regular file, made with these permission bits if missing.

    Raises FlockError.
    """
    try:
        fd = os.open(path, _FLAGS | os.O_APPEND, mode)
    except OSError as e:
        raise FlockError(path, explain(e)) from None
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode):
        os.close(fd)
        raise FlockError(path, _unfit(path, found))
    return fd


def explain(e: OSError) -> str:
    """What the system said, and the way out where there is one."""
    if e.errno == errno.ELOOP:
        return "is " + _KINDS[0][1]
    way = WAYS_OUT.get(e.errno or 0)
    fact = e.strerror or str(e)
    return f"{fact}; {way}" if way else fact


def check(path: str) -> None:
    """Raise FlockError for what cannot be appended to; a file that is still missing is fine.

    Nothing is opened: that alone can do something to a device.
    """
    if not os.path.basename(path):
        raise FlockError(path, "names no file")
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        if not os.path.isdir(os.path.dirname(path) or "."):
            raise FlockError(path, "no such directory; make it first") from None
        return
    except OSError as e:
        raise FlockError(path, explain(e)) from None
    if not stat.S_ISREG(found.st_mode):
        raise FlockError(path, _unfit(path, found))


def _unfit(path: str, found: os.stat_result) -> str:
    for is_kind, text in _KINDS:
        if is_kind(found.st_mode):
            return f"is {text}" + (f": {os.path.realpath(path)}" if is_kind is stat.S_ISLNK else "")
    return "is not a regular file"


def _sync(fd: int, path: str, *, new: bool) -> None:
    if sys.platform == "darwin":
        fcntl.fcntl(fd, fcntl.F_FULLFSYNC)  # fsync there stops at the drive's own cache
    else:
        os.fdatasync(fd)
    if new:
        folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
