"""Wait for a flock for so many seconds at most, asleep in the kernel's own queue: no polling, and no signal.

flock(2) has no time-out. SIGALRM works in the main thread only and belongs to the program, not to a library; polling
with LOCK_NB is unfair to whoever sleeps when the lock becomes free. So a helper thread blocks in flock(2), and the
caller waits for the thread, which can be given up. flock belongs to the open file, not to a thread: what the helper
was granted, the caller has (ADR 20).

A helper that was given up stays blocked until the lock is free, and then lets go of it. So that a lock that is stuck
for a day does not collect them, whoever waits for a file that has such a helper already polls. One that has done its
work lingers for the next waiting, which is then twice as cheap.
"""

import fcntl
import os
import time
from _thread import allocate_lock, start_new_thread

# Seconds between two tries when polling: doubled from the first to the longest, each shortened by up to half at random
# so that waiters do not march in step.
FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.02
LONGEST_WAIT = 1e6  # seconds: a lock of `_thread` cannot wait for "for ever"
LINGER = 0.05  # seconds: no longer, because a program with a second thread had better not fork

_idle: "list[_Helper]" = []
_abandoned: "dict[int, tuple[int, int]]" = {}  # descriptor that a helper still waits on: its file


def wait(fd: int, file: "tuple[int, int]", seconds: float) -> bool:
    """Wait for the exclusive lock of an open file: True when it is held. file: its inode and device.

    If this is False, or raises, the descriptor is no longer the caller's: it is closed, now or by the helper. Raises
    OSError (ENOLCK: the file system has no locks).
    """
    seconds = min(max(seconds, 0.0), LONGEST_WAIT)
    if _abandoned and file in _abandoned.values():
        return _poll(fd, seconds)
    try:
        return _Job(fd, file).wait(seconds)
    except NoThreads:
        return _poll(fd, seconds)


class NoThreads(Exception):
    """The system gives no more threads."""


def _disown() -> None:
    """In a forked child: close the descriptors of the parent's helpers, which would prolong a lock granted to them."""
    for fd in _abandoned:
        os.close(fd)
    _abandoned.clear()
    _idle.clear()


os.register_at_fork(after_in_child=_disown)


class _Job:
    """One lock to wait for. Who takes `decision` first decides: the lock is the caller's, or nobody's."""

    __slots__ = ("decision", "error", "fd", "file", "handed", "over")

    def __init__(self, fd: int, file: "tuple[int, int]") -> None:
        self.fd = fd
        self.file = file
        self.error: OSError | None = None
        self.handed = False  # to a helper
        self.decision = allocate_lock()
        self.over = allocate_lock()
        self.over.acquire()

    def wait(self, seconds: float) -> bool:
        """Have it done; False if it took too long. Raises OSError, and NoThreads."""
        helper = None
        try:
            helper = _Helper.of(self)
            if not self.over.acquire(True, seconds) and self._given_up():
                return False
        except NoThreads:
            raise
        except BaseException:  # what a signal's handler raised
            if not self.handed or not self._given_up():
                self.let_go()
            raise
        _idle.append(helper)
        if self.error:
            os.close(self.fd)
            raise self.error
        return True

    def do(self) -> bool:
        """In the helper's thread; False if it was given up."""
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX)
        except OSError as e:
            self.error = e
        if self.decision.acquire(False):
            self.over.release()
            return True
        del _abandoned[self.fd]
        self.let_go()
        return False

    def let_go(self) -> None:
        """Unlock and close the file."""
        if not self.error:
            fcntl.flock(self.fd, fcntl.LOCK_UN)  # explicitly: a child that was forked meanwhile may have it open
        os.close(self.fd)

    def _given_up(self) -> bool:
        """Leave the descriptor to the helper; False if that has been granted the lock at the last moment."""
        _abandoned[self.fd] = self.file
        if self.decision.acquire(False):
            return True
        del _abandoned[self.fd]
        return False


class _Helper:
    """A thread that does one job after the other."""

    __slots__ = ("bell", "job")

    def __init__(self) -> None:
        self.job: _Job | None = None
        self.bell = allocate_lock()
        self.bell.acquire()

    @staticmethod
    def of(job: _Job) -> "_Helper":
        """One that has this job to do: one that lingers, or a new one. Raises NoThreads."""
        try:
            helper, new = _idle.pop(), False
        except IndexError:
            helper, new = _Helper(), True
        job.handed = True
        helper.job = job
        if new:
            try:
                start_new_thread(helper.run, ())
            except RuntimeError:
                raise NoThreads from None
        try:
            helper.bell.release()
        except RuntimeError:
            pass  # it has not come to hear the last ring, and will find this job all the same
        return helper

    def run(self) -> None:
        """The thread."""
        while self.bell.acquire(True, LINGER) or not self._may_go():
            job, self.job = self.job, None
            if job and not job.do():
                return

    def _may_go(self) -> bool:
        """Whether nobody has taken it out of the list of those that linger, to give it a job."""
        try:
            _idle.remove(self)
        except ValueError:
            return False
        return True


def _poll(fd: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    pause = FIRST_PAUSE
    try:
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, pause * (0.5 + os.urandom(1)[0] / 512)))
            pause = min(2 * pause, LONGEST_PAUSE)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            return True
    except BaseException:
        os.close(fd)
        raise
    os.close(fd)
    return False
