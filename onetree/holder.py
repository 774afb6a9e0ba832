"""Who holds a lock, as far as the system tells: Linux lists the locks in /proc/locks (proc_locks(5))."""

import os

UNKNOWN = "another process holds it; try again"


def of(device: int, inode: int) -> str:
    """In words, who holds the flock of a file, and what to do; elsewhere than on Linux it is not known."""
    try:
        name = f"{os.major(device):02x}:{os.minor(device):02x}:{inode}"
        for words in map(str.split, _text("/proc/locks").splitlines()):
            # "1: FLOCK  ADVISORY  WRITE 4711 fe:00:1234 0 EOF"; waiters have "->" after the number.
            if words[1:2] == ["FLOCK"] and words[5] == name and int(words[4]) > 0:
                return _process(words[4])
    except (OSError, ValueError, IndexError):
        pass
    return UNKNOWN


def _process(pid: str) -> str:
    """A process in words, by proc_pid_stat(5): PID (NAME) STATE ..."""
    if pid == str(os.getpid()):
        return "this process itself holds it, perhaps in another thread"
    try:
        name, _, rest = _text(f"/proc/{pid}/stat").partition("(")[2].rpartition(")")
    except OSError:
        return f"process {pid} took it and has ended, but a process that it started still has the file open"
    if rest[1:2] in ("T", "t"):
        return f"process {pid} ({name}) holds it and is stopped; let it go on with `kill -CONT {pid}`"
    return f"process {pid} ({name}) holds it; try again"


def _text(path: str) -> str:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return b"".join(iter(lambda: os.read(fd, 65536), b"")).decode(errors="replace")
    finally:
        os.close(fd)
