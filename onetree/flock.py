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
    from typing import NoReturn, TypeVar

    from typing_extensions import Self

    T = TypeVar("T")
    R = TypeVar("R")

TIMEOUT = 2.0  # seconds: holds take microseconds, so who has not got the lock by then had better know why

FOLLOWED = 3  # times that a file which is replaced while it is being locked is followed, however short the time-out

WAYS_OUT = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room within the quota",
    errno.EFBIG: "raise the file size limit (ulimit -f) or move the file away",
    errno.EROFS: "use a file system that is mounted for writing",
    errno.EACCES: "make it, and the directory it is in, readable and writable for this user",
    errno.EPERM: "look at its attributes (lsattr), and at whose it and its directory are",
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

_FLAGS = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
_EXCLUSIVE = fcntl.LOCK_EX | fcntl.LOCK_NB


class FlockError(Exception):
    """A file that cannot be locked or appended to.

    path: the file. reason: the fact and the way out, without the path. The file is as it was.
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


class NotDurable(FlockError):
    """What was appended is in the file, but the system could not say that it is on the disk."""

    def __init__(self, path: str, e: OSError) -> None:
        super().__init__(path, f"appended, but perhaps not on the disk: {explain(e)}")


class Lock:
    """The exclusive lock on a file, made if missing; kept open from one hold to the next.

    mode: permission bits of a new file, less the umask. Holds exclude each other between processes and between threads
    alike: the thread that made this uses it itself, each other one has a twin of its own behind it. A child that is
    forked does not hold the lock, whatever it does, and opens the file anew when it uses it.
    """

    _flags = _FLAGS

    __slots__ = ("__weakref__", "_fd", "_file", "_held", "_mode", "_ref", "_size", "_thread", "_twins", "path")

    def __init__(self, path: str, *, mode: int = 0o600) -> None:
        self.path = path
        self._mode = mode
        self._fd = -1
        self._file = (0, 0)  # inode and device of what is open
        self._size = 0  # of it, when its lock was taken
        self._held = False
        self._thread = get_ident()
        self._twins: dict[int, Lock] = {}  # by the thread
        self._ref = ref(self, _locks.discard)
        _locks.add(self._ref)

    def acquire(self, timeout: float) -> int:
        """Take the lock; gives the descriptor, open for reading and writing.

        timeout: seconds to wait at most; 0 tries once. Raises LockTimeout; FlockError if the file cannot be opened or
        locked; RuntimeError if this thread holds the lock already.
        """
        mine = self._mine()
        mine._enter()  # noqa: SLF001  its own
        return mine._acquire(timeout)  # noqa: SLF001

    def release(self) -> None:
        """Let go of the lock, in the thread that has it. After a fork there is nothing to let go of in the child."""
        self._mine()._release()  # noqa: SLF001

    def close(self) -> None:
        """Close what the calling thread has open, and let go of the lock if it holds it; the next use opens it again.

        So are the files of threads that have ended. Raises FlockError if the system says only now that it could not
        keep what was written (close(2): NFS, quotas).
        """
        try:
            self._mine()._let_go()  # noqa: SLF001
            self._bury()
        except OSError as e:
            raise FlockError(self.path, f"written, but perhaps not kept: {explain(e)}") from None

    def __del__(self) -> None:
        fd: int = getattr(self, "_fd", -1)  # a signal's handler may have raised in __init__
        if fd >= 0:
            os.close(fd)

    def __reduce_ex__(self, protocol: object) -> "NoReturn":
        raise TypeError("a lock cannot be copied: two objects would close one descriptor")

    def _mine(self) -> "Self":
        """What the calling thread uses."""
        thread = get_ident()
        if thread == self._thread:
            return self
        twin = self._twins.get(thread)
        if twin is None:
            self._bury()
            twin = self._twins[thread] = self._twin()
        return twin  # type: ignore[return-value]

    def _twin(self) -> "Lock":
        return Lock(self.path, mode=self._mode)

    def _bury(self) -> None:
        """Close the files of threads that have ended."""
        living = sys._current_frames()  # noqa: SLF001  the one list of threads that needs no import
        for thread in list(self._twins):
            if thread not in living:
                twin = self._twins.pop(thread, None)
                if twin:  # and no other thread was quicker
                    twin._let_go()  # noqa: SLF001

    def _enter(self) -> None:
        if self._held:  # a lock of an open file would be granted once more, and the first release would end both
            raise RuntimeError(f"{self.path}: this thread holds the lock already")

    def _acquire(self, timeout: float) -> int:
        try:
            self._held = True  # before it is: a signal's handler must not come in between
            fd = self._fd
            if fd < 0:
                fd = self._open()
            try:
                fcntl.flock(fd, _EXCLUSIVE)
            except BlockingIOError:
                return self._acquire_slowly(timeout, granted=False)
            if self._is_named():
                return fd
            return self._acquire_slowly(timeout, granted=True)
        except OSError as e:
            self._let_go()
            raise FlockError(self.path, explain(e)) from None
        except BaseException:
            self._let_go()
            raise

    def _acquire_slowly(self, timeout: float, *, granted: bool) -> int:
        """Wait for the lock, or follow the name to another file, until the time is over."""
        deadline = monotonic() + timeout
        followed = 0
        while True:
            if not granted:
                self._wait(deadline, timeout)
            if self._is_named():
                return self._fd
            if followed >= FOLLOWED and monotonic() >= deadline:
                raise LockTimeout(self.path, timeout, "it was replaced again and again; find out by whom")
            followed += 1
            self._let_go()
            self._held = True
            fd = self._open()
            try:
                fcntl.flock(fd, _EXCLUSIVE)
                granted = True
            except BlockingIOError:
                granted = False

    def _wait(self, deadline: float, timeout: float) -> None:
        if timeout > 0:
            job = waiting.Job(self._fd, self._file)
            self._fd = -1
            try:
                if job.wait(deadline - monotonic()):
                    return
            finally:
                self._fd = job.fd  # whatever a signal's handler has raised
        from onetree import holder

        inode, device = self._file
        raise LockTimeout(self.path, timeout, holder.of(device, inode))

    def _is_named(self) -> bool:
        """Whether the name still means the file that is open; notes its size."""
        try:
            there = os.lstat(self.path)
        except FileNotFoundError:
            return False
        self._size = there.st_size
        return (there.st_ino, there.st_dev) == self._file

    def _release(self) -> None:
        """Unlock; also what a signal's handler has kept from being held in full."""
        if self._fd >= 0:
            # Explicitly, not by a close: a child between fork and exec may still have the descriptor.
            fcntl.flock(self._fd, fcntl.LOCK_UN)
        self._held = False

    def _let_go(self) -> None:
        """Unlock and close the file. Raises OSError; it is closed all the same."""
        fd, self._fd, self._held = self._fd, -1, False
        if fd >= 0:
            try:
                fcntl.flock(fd, fcntl.LOCK_UN)
            except OSError:
                pass  # closing it does the same, where no child has it
            os.close(fd)

    def _open(self) -> int:
        check(self.path)
        try:
            self._fd = fd = os.open(self.path, self._flags)
        except FileNotFoundError:
            self._fd = fd = os.open(self.path, self._flags | os.O_CREAT, self._mode)
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise FlockError(self.path, _unfit(self.path, found))
        self._file = (found.st_ino, found.st_dev)
        return fd


_locks: "set[ref[Lock]]" = set()
_reached: "set[int]" = set()  # devices that reach.py has nothing against


def _disown() -> None:
    """In a forked child: let go of the parent's locks without unlocking them."""
    for reference in _locks.copy():  # in one step: collecting garbage meanwhile changes it
        lock = reference()
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

        Raises FlockError, and nothing of data is then in the file; but NotDurable, and all of it is.
        """
        if get_ident() != self._thread:
            self._mine().append(data)
            return
        if not data.endswith(b"\n"):
            raise ValueError("a record ends in a newline")
        self._under_lock(self._append, data)
        if self.durable:
            self._sync()

    def append_after(self, compose: "Callable[[Iterator[bytes]], bytes]") -> bytes:
        """Append what compose() makes of the lines before, given from the last one backwards, without their newlines.

        For records that go on from the ones before: a number, a hash. compose() runs under the lock: all that can be
        done earlier should be. Gives the data. Raises FlockError as append() does, and what compose() raises.
        """
        if get_ident() != self._thread:
            return self._mine().append_after(compose)
        data = self._under_lock(self._append_after, compose)
        if self.durable:
            self._sync()
        return data

    def mend(self) -> None:
        """Move a torn tail aside without appending anything; its new name is then the last of `torn`."""
        if get_ident() != self._thread:
            self._mine().mend()
            return
        self._under_lock(self._prepared, 0)

    def _under_lock(self, do: "Callable[[int, T], R]", argument: "T") -> "R":
        """do(descriptor, argument) under the lock, which is let go of whatever a signal's handler raises."""
        self._enter()
        try:
            return do(self._acquire(self.timeout), argument)
        finally:
            try:
                self._release()
            except BaseException:
                self._let_go()
                raise

    def _append(self, fd: int, data: bytes) -> None:
        size = self._size
        if size != self._end or size + len(data) > self._limit:
            fd, size = self._prepared(fd, len(data))
        self._write(fd, size, data)

    def _append_after(self, fd: int, compose: "Callable[[Iterator[bytes]], bytes]") -> bytes:
        size = self._size
        if size != self._end:
            fd, size = self._prepared(fd, 0)
        known = self._last if size == self._last_end else None
        try:
            data = compose(self._before(fd, size, known))
        except OSError as e:
            raise FlockError(self.path, f"the records before could not be read: {explain(e)}") from None
        if size + len(data) > self._limit:
            fd, size = self._prepared(fd, len(data))
        self._write(fd, size, data)
        self._last, self._last_end = data[data.rfind(b"\n", 0, -1) + 1 : -1], self._end
        return data

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

    def _prepared(self, fd: int, more: int) -> "tuple[int, int]":
        """The file as it should be for `more` bytes: without a torn tail, and with room up to the limit; its size."""
        try:
            size, torn = tail.mend(fd, self.path, self._size)
        except OSError as e:
            fact = f"the torn record at its end could not be moved away: {explain(e)}"
            raise FlockError(self.path, fact) from None
        if torn:
            self.torn.append(torn)
        self._size = size
        if size and size + more > self._limit:
            return self._rotated(fd), 0
        return fd, size

    def _rotated(self, fd: int) -> int:
        from onetree import rotation

        try:
            new = rotation.rotate(fd, self.path)
            found = os.fstat(new)
            self._fd, self._file, self._new = new, (found.st_ino, found.st_dev), True
            fcntl.flock(fd, fcntl.LOCK_UN)
            os.close(fd)
        except OSError as e:
            raise FlockError(self.path, f"could not be rotated: {explain(e)}") from None
        return new

    def _before(self, fd: int, size: int, known: "bytes | None") -> "Iterator[bytes]":
        """The lines before, the last one first. known: that one, if it need not be read."""
        from onetree import rotation

        if known is not None:
            yield known
            size -= len(known) + 1
        yield from tail.lines(fd, size)
        yield from rotation.before(fd, self.path)

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
            raise NotDurable(self.path, e) from None
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
        fd = os.open(path, _FLAGS | os.O_APPEND | os.O_CREAT, mode)
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
