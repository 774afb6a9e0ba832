"""Wait for a flock for so many seconds at most, asleep in the kernel's own queue: no polling, and no signal.

flock(2) has no time-out. SIGALRM works in the main thread only and belongs to the program, not to a library; polling
with LOCK_NB is unfair to whoever sleeps when the lock becomes free. So a helper thread blocks in flock(2), and the
caller waits for the thread, which can be given up. flock belongs to the open file, not to a thread: what the helper
was granted, the caller has (ADR 20).

A helper that was given up stays blocked until the lock is free, and then lets go of it. So that a lock that is stuck
for a day does not collect them, whoever comes to a file that has such a helper polls. One that has done its work
lingers for the next waiting, which is then twice as cheap.
"""

import fcntl
import os
import sys
import time
from _thread import allocate_lock, start_new_thread

# Seconds between two tries when polling: doubled from the first to the longest, each shortened by up to half at random
# so that waiters do not march in step.
FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.02
LONGEST_WAIT = 1e6  # seconds: a lock of `_thread` cannot wait for "for ever"
LINGER = 0.05  # seconds: no longer, because a program with a second thread had better not fork

File = tuple[int, int]  # inode and device

_idle: "list[_Helper]" = []
_waiting: "dict[int, File]" = {}  # descriptors that are waited on: a forked child must not keep them
_abandoned: "dict[int, File]" = {}  # those of them that only a helper waits on


class NoThreads(Exception):
    """The system gives no more threads."""


def _disown() -> None:
    """In a forked child: close the descriptors that are waited on, which would prolong a lock granted to them."""
    for fd in _waiting:
        os.close(fd)
    _waiting.clear()
    _abandoned.clear()
    _idle.clear()


os.register_at_fork(after_in_child=_disown)


class Job:
    """The exclusive lock of an open file to wait for.

    fd: its descriptor; -1 once it is no longer the caller's, and closed, now or by the helper. Who takes `decision`
    first decides: the lock is the caller's, or nobody's.
    """

    __slots__ = ("_fd", "decision", "error", "fd", "file", "handed", "over")

    def __init__(self, fd: int, file: File) -> None:
        self.fd = self._fd = fd
        self.file = file
        self.error: OSError | None = None
        self.handed = False  # to a helper
        self.decision = allocate_lock()
        self.over = allocate_lock()
        self.over.acquire()

    def wait(self, seconds: float) -> bool:
        """True when the lock is held, False if that took too long. Raises OSError (ENOLCK: no locks there)."""
        seconds = min(max(seconds, 0.0), LONGEST_WAIT)
        if (_abandoned and self.file in _abandoned.values()) or sys.is_finalizing():
            return self._poll(seconds)
        try:
            return self._sleep(seconds)
        except NoThreads:
            return self._poll(seconds)

    def do(self, helper: "_Helper") -> bool:
        """In the helper's thread; False if it was given up."""
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX)
        except OSError as e:
            self.error = e
        if self.decision.acquire(False):
            _idle.append(helper)
            self.over.release()
            return True
        del _abandoned[self._fd]
        self._let_go()
        return False

    def _sleep(self, seconds: float) -> bool:
        try:
            _waiting[self._fd] = self.file
            _Helper.take(self)
            if not self.over.acquire(True, seconds) and self._given_up():
                return False
        except NoThreads:
            raise
        except BaseException:  # what a signal's handler raised
            if not self.handed or not self._given_up():
                self.fd = -1
                self._let_go()
            raise
        _waiting.pop(self.fd, None)
        if self.error:
            self.fd = -1
            os.close(self._fd)
            raise self.error
        return True

    def _let_go(self) -> None:
        """Unlock and close the file."""
        _waiting.pop(self._fd, None)
        if not self.error:
            fcntl.flock(self._fd, fcntl.LOCK_UN)  # explicitly: a child that was forked meanwhile may have it open
        os.close(self._fd)

    def _given_up(self) -> bool:
        """Leave the descriptor to the helper; False if that has been granted the lock at the last moment."""
        _abandoned[self._fd] = self.file
        if self.decision.acquire(False):
            self.fd = -1
            return True
        del _abandoned[self._fd]
        return False

    def _poll(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        pause = FIRST_PAUSE
        granted = False
        try:
            _waiting[self._fd] = self.file
            while not granted and (left := deadline - time.monotonic()) > 0:
                time.sleep(min(left, pause * (0.5 + os.urandom(1)[0] / 512)))
                pause = min(2 * pause, LONGEST_PAUSE)
                try:
                    fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    granted = True
                except BlockingIOError:
                    pass
        finally:
            _waiting.pop(self.fd, None)
            if not granted:
                self.fd = -1
                os.close(self._fd)
        return granted


class _Helper:
    """A thread that does one job after the other."""

    __slots__ = ("bell", "job")

    def __init__(self) -> None:
        self.job: Job | None = None
        self.bell = allocate_lock()
        self.bell.acquire()

    @staticmethod
    def take(job: Job) -> None:
        """Give a job to one that lingers, or to a new one. Raises NoThreads."""
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

    def run(self) -> None:
        """The thread."""
        while True:
            if not self.bell.acquire(True, LINGER):
                if self._may_go():
                    return
                if not self.job:
                    self.bell.acquire()  # somebody has taken it, and is about to give it a job
            job, self.job = self.job, None
            if job and not job.do(self):
                return

    def _may_go(self) -> bool:
        """Whether nobody has taken it out of the list of those that linger, to give it a job."""
        try:
            _idle.remove(self)
        except ValueError:
            return False
        return True
