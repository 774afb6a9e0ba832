"""What a process asks of the kernel, and faults that the kernel is made to answer with: by strace."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STRACE = shutil.which("strace") if sys.platform == "linux" else None


def traced(tmp_path: Path, *argv: str, stdin: bytes = b"") -> "list[str]":
    """The system calls of a Python program, in order, by names that do not depend on the C library.

    flock with its operation. Skips the test where strace may not trace.
    """
    log = tmp_path / "trace"
    run = [str(STRACE), "-f", "-o", str(log), sys.executable, *argv]
    if not STRACE or subprocess.run(run, input=stdin, capture_output=True, check=False).returncode:
        pytest.skip("strace is not here, or may not trace")
    log_text = log.read_text()
    log.unlink()
    calls = []
    for line in log_text.splitlines():
        match = re.match(r"\d+ +(\w+)\((.*)", line)
        if match:
            name = re.sub(r"^(new)?[fl]?stat(at|x)?(64)?$", "stat", match[1]).replace("openat", "open")
            name = name.replace("pwrite64", "pwrite").replace("pread64", "pread")
            operation = re.search(r"LOCK_\w+(\|LOCK_NB)?", match[2])
            calls.append(f"flock {operation[0]}" if name == "flock" and operation else name)
    return calls


def last_hold(calls: "list[str]") -> "list[str]":
    """The calls from the last taking of a lock to its release."""
    last = max(i for i, call in enumerate(calls) if call.startswith("flock LOCK_EX"))
    return calls[last : calls.index("flock LOCK_UN", last) + 1]


def with_fault(fault: str, *argv: str, stdin: bytes = b"", path: "Path | None" = None) -> "tuple[int, str, str]":
    """(exit status, output, errors) of a Python program under a fault, such as write:error=EDQUOT:when=2.

    path: only calls on this file fail. Skips the test where strace cannot do it.
    """
    strace = [
        str(STRACE),
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        f"inject={fault}",
        *(["-P", str(path)] if path else []),
    ]
    if not STRACE or subprocess.run([*strace[:5], "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace is not here, or may not trace")
    done = subprocess.run([*strace, sys.executable, *argv], input=stdin, capture_output=True, check=False, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()
