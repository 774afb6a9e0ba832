"""Hold a file's lock; append to a file that others append to, without tearing, gluing or losing a record.

The hazards, written down once:

* The lock is flock(2) on a sidecar, `.NAME.lock` beside NAME. Locking the data file itself breaks when it is renamed: a
  newcomer locks the new inode while a waiter still gets the old one.
* The sidecar is never unlinked, and its inode is compared after locking, because somebody else may unlink it: of two
  processes, one would hold the old inode and one the new.
* The kernel drops the lock when the last descriptor of the open file goes away, so a dead holder needs no clean-up. A
  stopped holder keeps it: waiting is bounded, and the error names the holder where the system can tell.
* flock belongs to the open file, which a forked child shares: its unlock would free the parent's lock, and its life
  would prolong it. Descriptors are close-on-exec, and a forked child closes them at once (see _disown).
* POSIX record locks (fcntl) are not used: any close() of the same file anywhere in the process drops them.
* signal.alarm is not used for the time-out: it does not work outside the main thread. LOCK_NB and a pause do.
* One write(2) is not crash-atomic: a kill tears 2 % of records of 200 bytes and most of 64 KB. The next append would be
  glued to the torn tail and both records lost, so the last byte is looked at under the lock, and a torn tail is moved
  to a file beside (NAME.torn-1, ...). Nothing is ever deleted.
* A full disk, quota or size limit leaves part of a record: it is taken back to the old length, under the same lock.
* Symbolic and hard links give one file several sidecars, which would exclude nobody: append() refuses them.
"""

import errno
import fcntl
import os
import stat
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

# Seconds between two tries for a lock: doubled from the first to the longest, each shortened by up to half at random so
# that waiters do not march in step. A longest pause of 1 s makes the unluckiest of ten processes 30 times slower.
FIRST_PAUSE = 0.001
LONGEST_PAUSE = 0.02

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
    (stat.S_ISLNK, "a symbolic link, and would have a lock of its own; name the file it points to"),
    (stat.S_ISDIR, "a directory; name a file in it"),
    (stat.S_ISFIFO, "a pipe; name a regular file"),
    (stat.S_ISCHR, "a character device; name a regular file"),
    (stat.S_ISBLK, "a block device; name a regular file"),
    (stat.S_ISSOCK, "a socket; name a regular file"),
)

_BLOCK = 65536  # bytes read at a time while a torn tail is looked for


class FlockError(Exception):
    """A file that cannot be locked or appended to.

    path: the file. reason: the fact and the way out, without the path. It is unchanged if this is raised.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class LockTimeout(FlockError):
    """The lock was held by others for all of the time that was given to wait."""


class locked:  # noqa: N801  read as a verb, like contextlib.suppress: with locked(path, 1.0) as fd
    """Hold an exclusive lock on the lock file `path`, made if missing; gives its descriptor, open for both ways.

    timeout: seconds to wait at most; 0 tries once. mode: permission bits of a new lock file, less the umask.
    Two holds exclude each other between processes and between threads alike. A child that is forked meanwhile does not
    hold the lock, whatever it does. Raises LockTimeout, or FlockError if the file cannot be opened or locked.
    """

    __slots__ = ("_fd", "mode", "path", "timeout")

    def __init__(self, path: str, timeout: float, *, mode: int = 0o600) -> None:
        self.path = path
        self.timeout = timeout
        self.mode = mode
        self._fd = -1

    def __enter__(self) -> int:
        deadline = time.monotonic() + self.timeout
        _held.add(self)
        try:
            while not self._acquire(deadline):
                pass
        except OSError as e:
            self._close()
            raise FlockError(self.path, explain(e)) from None
        except BaseException:
            self._close()
            raise
        return self._fd

    def __exit__(
        self, kind: "type[BaseException] | None", value: "BaseException | None", trace: "TracebackType | None"
    ) -> None:
        if self._fd >= 0:
            # Explicitly, not by the close alone: a child between fork and exec may still have the descriptor.
            fcntl.flock(self._fd, fcntl.LOCK_UN)
        self._close()

    def _acquire(self, deadline: float) -> bool:
        """One open and one bounded wait; False if the lock file was replaced meanwhile."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
        self._fd = os.open(self.path, flags, self.mode)
        self._wait(deadline)
        ours = os.fstat(self._fd)
        if not stat.S_ISREG(ours.st_mode):
            raise FlockError(self.path, _unfit(self.path, ours))
        try:
            there = os.stat(self.path, follow_symlinks=False)
        except FileNotFoundError:
            there = None
        if there and (there.st_ino, there.st_dev) == (ours.st_ino, ours.st_dev):
            return True
        if time.monotonic() >= deadline:
            raise LockTimeout(self.path, f"was replaced again and again for {self.timeout:g} s; find out by whom")
        os.close(self._fd)
        self._fd = -1
        return False

    def _wait(self, deadline: float) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                return
            left = deadline - time.monotonic()
            if left <= 0:
                raise LockTimeout(self.path, f"not free within {self.timeout:g} s; {_holder(self._fd)}")
            time.sleep(min(left, pause * (0.5 + os.urandom(1)[0] / 512)))
            pause = min(2 * pause, LONGEST_PAUSE)

    def _close(self) -> None:
        _held.discard(self)
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


_held: "set[locked]" = set()


def _disown() -> None:
    """In a forked child: let go of the parent's locks without unlocking them."""
    for lock in tuple(_held):
        lock._close()  # noqa: SLF001  its own module


os.register_at_fork(after_in_child=_disown)


def append(path: str, data: bytes, *, timeout: float, durable: bool = False) -> str:
    """Append whole records, each ending in a newline, in one write under the lock of `path`.

    timeout: seconds to wait for the lock. durable: return only when the data is on the disk (after the lock is let go,
    so that others do not wait for the disk). Gives the name of the file to which a torn tail was moved, or "".
    Raises FlockError; nothing of data is then in the file, except that a failing disk (durable) leaves it in doubt.
    """
    if not data.endswith(b"\n"):
        raise ValueError("a record ends in a newline")
    check(path)
    fd = -1
    try:
        with locked(sidecar(path), timeout, mode=0o666):
            fd = open_regular(path, 0o666)
            found = os.fstat(fd)
            if found.st_nlink > 1:
                raise FlockError(path, _many_names(found))
            size, torn = mend(fd, path, found.st_size)
            write(fd, path, size, data)
        if durable:
            _sync(fd, path, new=size == 0)
    finally:
        if fd >= 0:
            os.close(fd)
    return torn


def sidecar(path: str) -> str:
    """The lock file of a data file."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name}.lock")


def check(path: str) -> None:
    """Raise FlockError for what append() could not work on; a file that is still missing is fine."""
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
    if found.st_nlink > 1:
        raise FlockError(path, _many_names(found))


def open_regular(path: str, mode: int) -> int:
    """A descriptor for reading and appending to a regular file, made with these permission bits if missing."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
    try:
        fd = os.open(path, flags, mode)
    except OSError as e:
        raise FlockError(path, explain(e)) from None
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode):
        os.close(fd)
        raise FlockError(path, _unfit(path, found))
    return fd


def mend(fd: int, path: str, size: int) -> "tuple[int, str]":
    """Move what follows the last newline to a file beside; gives the size that is left, and that file's name or "".

    To be called under the lock. A kill in the middle leaves the tail in both places, never in none.
    """
    try:
        if size == 0 or os.pread(fd, 1, size - 1) == b"\n":
            return size, ""
        start = _line_start(fd, size)
        torn = _set_aside(fd, path, start, size)
        os.ftruncate(fd, start)
    except OSError as e:
        raise FlockError(path, f"the torn record at its end could not be moved away: {explain(e)}") from None
    return start, torn


def write(fd: int, path: str, size: int, data: bytes) -> None:
    """Append data to a file of this size, or leave it at this size. To be called under the lock."""
    done = 0
    try:
        # A short write is followed by another, which either completes the record or says what is wrong.
        while done < len(data):
            done += os.write(fd, data[done:] if done else data)
    except BaseException as e:
        try:
            os.ftruncate(fd, size)
        except OSError:
            pass  # then the next writer finds the torn tail and moves it away
        if isinstance(e, OSError):
            raise FlockError(path, explain(e)) from None
        raise


def explain(e: OSError) -> str:
    """What the system said, and the way out where there is one."""
    if e.errno == errno.ELOOP:
        return "is " + _KINDS[0][1]
    way = WAYS_OUT.get(e.errno or 0)
    fact = e.strerror or str(e)
    return f"{fact}; {way}" if way else fact


def _unfit(path: str, found: os.stat_result) -> str:
    for is_kind, text in _KINDS:
        if is_kind(found.st_mode):
            return f"is {text}" + (f": {os.path.realpath(path)}" if is_kind is stat.S_ISLNK else "")
    return "is not a regular file"


def _many_names(found: os.stat_result) -> str:
    return f"has {found.st_nlink} names (hard links), each with a lock of its own; copy it to a file with one name"


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
            to = os.open(torn, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, os.fstat(fd).st_mode & 0o777)
            break
        except FileExistsError:
            number += 1
    try:
        while start < size:
            block = os.pread(fd, min(_BLOCK, size - start), start)
            while block:
                written = os.write(to, block)
                start += written
                block = block[written:]
        os.fsync(to)
    except OSError:
        os.unlink(torn)  # only part of a copy: the original is still in place
        raise
    finally:
        os.close(to)
    return torn


def _sync(fd: int, path: str, *, new: bool) -> None:
    try:
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
    except OSError as e:
        raise FlockError(path, f"appended, but perhaps not on the disk: {explain(e)}") from None


def _holder(fd: int) -> str:
    """Who holds the lock, in words: Linux lists the locks in /proc/locks (proc(5)); elsewhere it is not known."""
    unknown = "another process holds it; try again"
    try:
        here = os.fstat(fd)
        name = f"{os.major(here.st_dev):02x}:{os.minor(here.st_dev):02x}:{here.st_ino}"
        for words in map(str.split, _text("/proc/locks").splitlines()):
            if words[1:2] == ["FLOCK"] and words[5] == name and int(words[4]) > 0:
                return _process(words[4])
    except (OSError, ValueError, IndexError):
        pass
    return unknown


def _process(pid: str) -> str:
    """A process in words, by proc_pid_stat(5): PID (NAME) STATE ..."""
    try:
        name, _, rest = _text(f"/proc/{pid}/stat").partition("(")[2].rpartition(")")
    except OSError:
        return f"process {pid} holds it; try again"
    if rest[1:2] in ("T", "t"):
        return f"process {pid} ({name}) holds it and is stopped; let it go on with `kill -CONT {pid}`"
    return f"process {pid} ({name}) holds it; try again"


def _text(path: str) -> str:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return b"".join(iter(lambda: os.read(fd, _BLOCK), b"")).decode(errors="replace")
    finally:
        os.close(fd)
