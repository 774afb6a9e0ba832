"""Wait for a flock for so many seconds at most, asleep in the kernel's own queue: no polling, and no signal.

flock(2) has no time-out. SIGALRM works in the main thread only and belongs to the program, not to a library; polling
with LOCK_NB is unfair to whoever sleeps when the lock becomes free. So a helper thread blocks in flock(2), and the
caller waits for the thread, which can be given up. flock belongs to the open file, not to a thread: what the helper
was granted, the caller has (ADR 20).

A helper that was given up stays blocked until the lock is free, and then lets go of it. So that a lock that is stuck
for a day does not collect them, whoever waits for a file that has such a helper already polls.
"""

import fcntl
import os
import time
from _thread import allocate_lock, start_new_thread

# Seconds between two tries when polling: doubled from the first to the longest, each shortened by up to half at random
# so that waiters do not march in step.
FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.02
LONGEST_WAIT = 1e6  # seconds: a lock of `_thread` cannot wait for "for ever"

_abandoned: "dict[int, tuple[int, int]]" = {}  # descriptor of a helper that still waits: its file (device, inode)


def wait(fd: int, seconds: float) -> bool:
    """Wait for the exclusive lock of an open file: True when it is held.

    If this is False, or raises, the descriptor is no longer the caller's: it is closed, now or by the helper. Raises
    OSError (ENOLCK: the file system has no locks).
    """
    seconds = min(max(seconds, 0.0), LONGEST_WAIT)
    found = os.fstat(fd)
    file = (found.st_dev, found.st_ino)
    if file not in _abandoned.values():
        helper = _Helper(fd, file)
        try:
            start_new_thread(helper.run, ())
        except RuntimeError:  # no more threads can be had; polling needs none
            pass
        else:
            return helper.wait(seconds)
    return _poll(fd, seconds)


def _disown() -> None:
    """In a forked child: close the descriptors of the parent's helpers, which would prolong a lock granted to them."""
    for fd in _abandoned:
        os.close(fd)
    _abandoned.clear()


os.register_at_fork(after_in_child=_disown)


class _Helper:
    """A thread that blocks in flock(2).

    Whoever takes `decision` first decides: the lock is the caller's, or nobody's.
    """

    __slots__ = ("decision", "error", "fd", "file", "granted")

    def __init__(self, fd: int, file: "tuple[int, int]") -> None:
        self.fd = fd
        self.file = file
        self.error: OSError | None = None
        self.decision = allocate_lock()
        self.granted = allocate_lock()
        self.granted.acquire()

    def run(self) -> None:
        """The thread."""
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX)
        except OSError as e:
            self.error = e
        if self.decision.acquire(False):
            self.granted.release()
        else:
            del _abandoned[self.fd]
            self._let_go()

    def wait(self, seconds: float) -> bool:
        """In the caller's thread: whether the lock is held. Raises OSError."""
        try:
            if not self.granted.acquire(True, seconds) and self._given_up():
                return False
        except BaseException:  # what a signal's handler raised
            if not self._given_up():
                self._let_go()
            raise
        if self.error:
            self._let_go()
            raise self.error
        return True

    def _given_up(self) -> bool:
        """Leave the descriptor to the thread; False if that has been granted the lock at the last moment."""
        _abandoned[self.fd] = self.file
        if self.decision.acquire(False):
            return True
        del _abandoned[self.fd]
        return False

    def _let_go(self) -> None:
        if not self.error:
            fcntl.flock(self.fd, fcntl.LOCK_UN)  # explicitly: a child that was forked meanwhile may have it open
        os.close(self.fd)


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
