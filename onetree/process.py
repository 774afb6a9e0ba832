"""Which process it is: by its number, the time of its start and the boot of its machine, so that none is mistaken."""

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Process = dict[str, Any]  # {"host", "boot", "space", "pid", "start"}

# A person who sets the time does not move it, and it goes on while the machine sleeps (clock_gettime(2)); on macOS
# CLOCK_MONOTONIC is that.
CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

_known: dict[str, str] = {}  # what stays the same while this process lasts

_START = 19  # starttime among the words after the name in proc_pid_stat(5)


def clock() -> float:
    """Seconds since the machine was started."""
    return time.clock_gettime(CLOCK)


def boot() -> str:
    """What tells this boot of the machine from every other; "" where the system does not say."""
    if "boot" not in _known:
        try:
            _known["boot"] = _text("/proc/sys/kernel/random/boot_id").strip()
        except OSError:
            _known["boot"] = _output("sysctl", "-n", "kern.bootsessionuuid")
    return _known["boot"]


def identity(pid: int) -> "Process | None":
    """A process of this machine; None if there is none of that number."""
    start = _start(pid)
    return {"host": _host(), "boot": boot(), "space": _space(), "pid": pid, "start": start} if start else None


def is_dead(process: "Process | None") -> bool:
    """Whether it has certainly ended; of another machine, or of another container, nothing is known."""
    if not process or not is_here(process):
        return False
    return bool(process["boot"] != boot() or _start(process["pid"]) != process["start"])


def is_here(process: "Process") -> bool:
    """Whether its number means something to this process: the same machine, and the same container."""
    return bool(process["host"] == _host() and process["space"] == _space())


def parent(pid: int) -> int:
    """The process that started it, 0 if that cannot be told."""
    if sys.platform == "linux":
        try:
            return int(_stat(pid)[1])
        except (OSError, ValueError, IndexError):
            return 0
    text = _output("ps", "-o", "ppid=", "-p", str(pid))
    return int(text) if text.isdigit() else 0


def words(pid: int) -> "list[str]":
    """Its command line; [] if it cannot be told."""
    if sys.platform == "linux":
        try:
            return _text(f"/proc/{pid}/cmdline").rstrip("\0").split("\0")
        except OSError:
            return []
    return _output("ps", "-o", "args=", "-p", str(pid)).split()


def above(pid: int, names: "tuple[str, ...]") -> int:
    """The nearest process at or above this one that runs a program of one of these names; 0 if none does."""
    while pid > 1:
        programs = [os.path.basename(w).partition(".")[0] for w in words(pid)[:2]]  # [1]: an interpreter's script
        if any(p in names for p in programs):
            return pid
        pid = parent(pid)
    return 0


def _start(pid: int) -> str:
    """When it was started, in the system's own words; "" if it has ended."""
    if sys.platform == "linux":
        try:
            stat = _stat(pid)
            return "" if stat[0] in "ZX" else stat[_START]
        except (OSError, IndexError):
            return ""
    return _output("ps", "-o", "lstart=", "-p", str(pid))


def _stat(pid: int) -> "list[str]":
    return _text(f"/proc/{pid}/stat").rpartition(") ")[2].split()


def _host() -> str:
    if "host" not in _known:
        _known["host"] = os.uname().nodename
    return _known["host"]


def _space() -> str:
    """The space of process numbers that this process is in, pid_namespaces(7)."""
    if "space" not in _known:
        try:
            _known["space"] = os.readlink("/proc/self/ns/pid")
        except OSError:
            _known["space"] = ""
    return _known["space"]


def _output(*command: str) -> str:
    import subprocess  # only where there is no /proc: the dispatcher does not pay for it (ADR 4)

    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace").strip()


def _text(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()
