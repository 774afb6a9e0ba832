"""Git's lock files (index.lock and those of references): take one, and tell a dead owner's from a live one's.

Such a file has no owner and no time-out: git makes it with O_EXCL and renames it into place. `kill -9` leaves it, and
every later writer fails. It is taken away only when its owner is provably dead (ADR 33).
"""

import errno
import os
import stat
import time

from onetree import process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Self

PRIVATE = "onetree-commit"  # the beginning of the names of a commit's own files, before the number of its process
MARK = b"onetree commit "  # and the process, and when it started, in a lock of our own
MIN_AGE = 2.0  # seconds: a younger lock is never looked into
LOOK = 0.5  # seconds between two looks at whether the owner is dead
FIRST, MOST = 0.001, 0.02  # seconds between two tries


class Held(Exception):
    """A lock that could not be taken. args: what is known of its owner, and the way out."""


class Taken:
    """One lock file, held. Use it in `with`; it is taken away at the end, or, if it is kept, by free()."""

    def __init__(self, path: str, timeout: float) -> None:
        self.path = path
        self.timeout = timeout
        self.kept = False
        self.repaired = ""  # what was said of a dead owner's lock that was taken away

    def __enter__(self) -> "Self":
        # It has its owner's mark from its first moment on: a kill must not leave one that says nothing.
        beside = os.path.join(os.path.dirname(self.path), f"{PRIVATE}.{os.getpid()}.mark")
        fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            os.write(fd, MARK + f"{os.getpid()} {_started(os.getpid())}\n".encode())
            self._link(beside)
        finally:
            os.close(fd)
            os.unlink(beside)
        return self

    def _link(self, beside: str) -> None:
        end, wait, look = time.monotonic() + self.timeout, FIRST, time.monotonic() + LOOK
        while True:
            try:
                os.link(beside, self.path)
            except FileExistsError:
                pass
            else:
                return
            now = time.monotonic()
            if now > min(look, end):
                dead, text = diagnose(self.path)
                if dead and remove(self.path, dead):
                    self.repaired = text
                    continue
                if now > end:
                    raise Held(text) from None
                look = now + LOOK
            time.sleep(wait * (0.5 + jitter() / 2))
            wait = min(wait * 1.5, MOST)

    def __exit__(self, *_: object) -> None:
        if not self.kept:
            self.free()

    def free(self) -> None:
        """Let go of it."""
        try:
            if _mine(self.path):
                os.unlink(self.path)
        except OSError:
            pass


def jitter() -> float:
    """A number from 0 up to 1, another one in each process: `random` takes long to import."""
    return os.urandom(1)[0] / 256


def diagnose(path: str) -> "tuple[os.stat_result | None, str]":
    """(the lock's identity if its owner is provably dead, else None; what is known, in words)."""
    try:
        found = os.lstat(path)
        with open(path, "rb") as f:
            head = f.read(200)
    except FileNotFoundError:
        return None, f"{path} was held until just now; try again"
    except OSError as e:
        return None, f"{path} cannot be looked at: {e.strerror}"
    age = time.time() - found.st_mtime
    said = f"{path} is {age:.0f} s old"
    if head.startswith(MARK):
        pid, _, start = head[len(MARK) :].decode("ascii", "replace").strip().partition(" ")
        if start and _started(int(pid)) != start:
            return found, f"{said}, and process {pid} of onetree commit that made it is dead"
        return None, f"{said}, held by process {pid} of onetree commit; try again"
    owner = _owner(found)
    if owner:
        return None, f"{said}: {owner}; try again when it is done"
    if not os.path.isdir("/proc/self/fd"):
        return None, f"{said}; who made it cannot be seen on this system: if no git is running, delete it"
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid():
        return None, f"{said} and of another user, whose processes cannot be seen: a person can delete it"
    if age < MIN_AGE:
        return None, f"{said}; try again"
    return found, f"{said}; no process has it open, and no git of this user is as old"


def remove(path: str, dead: os.stat_result) -> bool:
    """Take a dead owner's lock away; False if it is another one by now, which is left or put back."""
    aside = f"{path}.dead.{os.getpid()}"
    try:
        if _identity(os.lstat(path)) != _identity(dead):
            return False
        os.rename(path, aside)
        if _identity(os.lstat(aside)) != _identity(dead):  # somebody was quicker between the two lines
            os.link(aside, path)
            return False
    except OSError:
        return False
    finally:
        try:
            os.unlink(aside)
        except OSError:
            pass
    return True


def _identity(st: os.stat_result) -> "tuple[int, int, int]":
    return st.st_dev, st.st_ino, st.st_mtime_ns


def _mine(path: str) -> bool:
    with open(path, "rb") as f:
        return f.read(200) == MARK + f"{os.getpid()} {_started(os.getpid())}\n".encode()


def _owner(lock: os.stat_result) -> str:
    """The process that may hold a lock, in words; "" if there is none among those that can be seen.

    Who has it open holds it. Git closes the file while its hooks run, so a git that was there before it may hold it,
    too. A process of this user that hides its files may be anything.
    """
    for pid in [n for n in _names("/proc") if n.isdigit() and int(n) != os.getpid()]:
        own = -1
        try:
            own = os.stat(f"/proc/{pid}").st_uid
            for fd in os.listdir(f"/proc/{pid}/fd"):
                try:
                    st = os.stat(f"/proc/{pid}/fd/{fd}")
                except OSError:
                    continue
                if (st.st_dev, st.st_ino) == (lock.st_dev, lock.st_ino):
                    return f"process {pid} ({_name(pid)}) has it open"
        except OSError as e:
            # What hides its files may be ours although the system shows it as root's (proc(5), dumpable).
            if e.errno in (errno.EACCES, errno.EPERM) and _name(pid).startswith("git"):
                return f"process {pid} ({_name(pid)}) may hold it"
            continue
        if own == lock.st_uid and _name(pid).startswith("git") and _born(pid) <= lock.st_mtime + 1 and not _waits(pid):
            return f"process {pid} ({_name(pid)}) was there when it was made, and may hold it"
    return ""


def _waits(pid: str) -> bool:
    """Whether it is one of those that onetree commit lets wait for work, none of which takes a lock."""
    words = process.words(int(pid))
    return words[1:2] == ["-C"] and words[3:5] in (["cat-file", "--batch"], ["mktree", "--batch"])


def _names(folder: str) -> "list[str]":
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _stat(pid: "str | int") -> str:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def _name(pid: str) -> str:
    return _stat(pid).partition("(")[2].rpartition(")")[0]


def _started(pid: int) -> str:
    """When a process started, in ticks since the machine did (proc_pid_stat(5)); "gone" if it is not there.

    Without /proc only that it is there can be told.
    """
    fields = _stat(pid).rpartition(")")[2].split()
    if fields:
        return "gone" if fields[0] in ("Z", "X") else fields[19]
    if os.path.isdir("/proc/self"):
        return "gone"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return "gone"
    except OSError:
        pass
    return "there"


def _born(pid: str) -> float:
    """When a process started, in seconds since the epoch; never, if it has ended meanwhile."""
    try:
        return os.stat(f"/proc/{pid}").st_mtime if not _stat(pid) else _boot() + int(_started(int(pid))) / _tick()
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return float("inf")
    except OSError:
        return 0.0


def _boot() -> float:
    with open("/proc/stat", encoding="ascii", errors="replace") as f:
        return float(next(line.split()[1] for line in f if line.startswith("btime ")))


def _tick() -> int:
    return os.sysconf("SC_CLK_TCK")
