"""Locks and appends, by real processes: exclusion, waiting, what becomes of torn, full, moved and strange files."""

import copy
import errno
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from onetree import flock, records

from .systemcalls import STRACE, last_hold, traced, with_fault

LINUX = sys.platform == "linux"
FLOCK = shutil.which("flock")

HOLD = """
import sys
from onetree import flock
with flock.locked(sys.argv[1], 10):
    print("in", flush=True)
    sys.stdin.readline()
"""

WRITE = """
import sys
from onetree import flock
path, name, count, width, rotate = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
with flock.Appender(path, timeout=60, rotate=rotate) as file:
    for i in range(count):
        file.append(f"{name} {i} {'x' * width} end\\n".encode())
"""

NUMBER = """
import sys
from onetree import flock, records
stamp = records.Stamp(sys.argv[2], "", 1, numbered=True, chained=True)
with flock.Appender(sys.argv[1], timeout=60, rotate=int(sys.argv[4])) as file:
    for i in range(int(sys.argv[3])):
        file.append_after(lambda before: stamp.closed([stamp.opened(b'{"i":%d}' % i)], before))
"""

APPEND = """
import sys
from onetree import flock
try:
    print(flock.append(sys.argv[1], b"y" * int(sys.argv[2]) + b"\\n", timeout=1, durable=len(sys.argv) > 3))
except flock.FlockError as e:
    print(e)
"""

LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))" + APPEND

FORK = """
import os, sys
from onetree import flock
with flock.locked(sys.argv[1], 1):
    child = os.fork()
    if child == 0:
        sys.exit(0)  # through the end of the with block
    os.waitpid(child, 0)
    print("in", flush=True)
    sys.stdin.readline()
"""

ORPHAN = """
import os, sys, time
from onetree import flock
with flock.locked(sys.argv[1], 1):
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        time.sleep(60)
        os._exit(0)
    time.sleep(60)
"""

WAITS = """
import sys, threading, time
from onetree import flock
lock, held = flock.Lock(sys.argv[1]), threading.Event()

def hold():
    lock.acquire(1)
    held.set()
    time.sleep(0.3)
    lock.release()

threading.Thread(target=hold).start()
held.wait()
lock.acquire(60)
lock.release()
"""

SHARED_AFTER_FORK = """
import os, sys
from onetree import flock
file = flock.Appender(sys.argv[1], timeout=0.05)
file.append(b"parent\\n")
file.acquire(1)
child = os.fork()
if child == 0:
    try:
        file.append(b"child, too early\\n")
    except flock.LockTimeout:
        os._exit(7)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
file.release()
if os.fork() == 0:
    file.append(b"child\\n")
    os._exit(0)
os.wait()
"""


def start(program: str, *args: object) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-c", program, *map(str, args)]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def end(process: "subprocess.Popen[str]") -> str:
    return process.communicate("\n", timeout=60)[0]


def holding(path: Path) -> "subprocess.Popen[str]":
    holder = start(HOLD, path)
    assert said(holder) == "in"
    return holder


def is_free(lock: Path) -> bool:
    try:
        with flock.locked(str(lock), 0):
            return True
    except flock.LockTimeout:
        return False


def threads() -> int:
    return len(os.listdir("/proc/self/task")) if LINUX else threading.active_count()


def until(so: "Callable[[], bool]") -> None:
    end = time.monotonic() + 60
    while not so():
        assert time.monotonic() < end
        time.sleep(0.001)


def has_open(pid: int, path: Path) -> bool:
    if not LINUX:
        time.sleep(0.5)
        return True
    fds = f"/proc/{pid}/fd"
    try:
        return any(os.path.samefile(f"{fds}/{n}", path) for n in os.listdir(fds) if os.path.exists(f"{fds}/{n}"))
    except FileNotFoundError:  # it was closed in between
        return False


# Many at once


def test_ten_writers_lose_nothing_and_tear_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writers = [start(WRITE, path, f"w{n}", 100, 50 * n * n, 0) for n in range(10)]
    assert [end(w) for w in writers] == [""] * 10
    words = [line.split(" ") for line in path.read_text().splitlines()]
    assert all(len(w) == 4 and w[3] == "end" for w in words)
    for n in range(10):
        assert [int(w[1]) for w in words if w[0] == f"w{n}"] == list(range(100)), "each writer's own order"
    assert os.listdir(tmp_path) == ["log"], "nothing beside it"


def test_threads_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    shared, file = flock.Lock(str(tmp_path / "lock")), flock.Appender(str(tmp_path / "log"), timeout=60)
    inside: list[int] = []
    worst: list[int] = []

    def work(n: int) -> None:
        for i in range(20):
            shared.acquire(60)
            inside.append(1)
            worst.append(len(inside))
            time.sleep(0)
            inside.pop()
            shared.release()
            file.append(f"{n} {i}\n".encode())

    workers = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for t in workers:
        t.start()
    for t in workers:
        t.join()
    assert worst == [1] * 160
    lines = (tmp_path / "log").read_text().splitlines()
    assert sorted(lines) == sorted(f"{n} {i}" for n in range(8) for i in range(20))


def test_a_thread_waits_for_another_no_longer_than_it_may(tmp_path: Path) -> None:
    shared = flock.Lock(str(tmp_path / "lock"))
    shared.acquire(1)
    caught = []

    def work() -> None:
        try:
            shared.acquire(0.02)
        except flock.LockTimeout as e:
            caught.append(str(e))

    other = threading.Thread(target=work)
    other.start()
    other.join()
    assert len(caught) == 1
    assert caught[0].startswith(f"{tmp_path}/lock: not free within 0.02 s; ")
    if LINUX:
        assert caught[0].endswith("this process itself holds it, perhaps in another thread")
    shared.release()


def test_numbers_have_no_gap_whoever_writes(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writers = [start(NUMBER, path, f"w{n}", 50, 4000) for n in range(6)]
    assert [end(w) for w in writers] == [""] * 6
    files = sorted(tmp_path.iterdir(), key=lambda p: p.name.ljust(10, "~"))  # log.000001, ..., log
    lines = b"".join(p.read_bytes() for p in files).splitlines(keepends=True)
    assert [records.seq_of(records.parse(line)) for line in lines] == list(range(1, 301))
    assert list(records.check(lines)) == []
    assert len(files) > 5


@pytest.mark.skipif(not FLOCK, reason="flock(1) is not here")
def test_flock_1_on_the_same_file_takes_part(tmp_path: Path) -> None:
    path = tmp_path / "log"
    flock.append(str(path), b"first\n", timeout=1)
    holder = subprocess.Popen([str(FLOCK), str(path), "sh", "-c", f"echo in; read x; echo second >> {path}"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert said(holder) == "in"
    with pytest.raises(flock.LockTimeout):
        flock.append(str(path), b"too early\n", timeout=0.02)
    end(holder)
    with flock.locked(str(path), 1):
        assert subprocess.run([str(FLOCK), "-n", str(path), "true"], check=False).returncode == 1
    flock.append(str(path), b"third\n", timeout=10)
    assert path.read_text() == "first\nsecond\nthird\n"


# Kills, torn records, full disks


def test_a_kill_leaves_a_readable_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    record = f" {'x' * 300_000} end"
    for n in range(8):
        writer = start(WRITE, path, f"w{n}", 100_000, 300_000, 0)
        while not path.exists() or f"w{n} 0".encode() not in path.read_bytes():
            assert writer.poll() is None, end(writer)
            time.sleep(0.001)
        time.sleep(0.003 * n)
        writer.kill()
        end(writer)
        flock.append(str(path), f"after {n}{record}\n".encode(), timeout=10)
        lines = path.read_text().splitlines()
        assert lines.pop() == f"after {n}{record}"
        assert all(line.endswith(record) and len(line.split(" ")) == 4 for line in lines)
        assert [int(line.split(" ")[1]) for line in lines] == list(range(len(lines)))
        for torn in tmp_path.glob("log.torn-*"):
            assert f"w{n} {len(lines)}{record}\n".startswith(torn.read_text())
            torn.unlink()
        path.unlink()


@pytest.mark.parametrize(
    ("before", "left", "torn"),
    [
        pytest.param(b"", b"", None, id="empty file"),
        pytest.param(b"a\nb\n", b"a\nb\n", None, id="whole records"),
        pytest.param(b"a\n{half", b"a\n", b"{half", id="torn after a record"),
        pytest.param(b"{half", b"", b"{half", id="nothing but a torn record"),
        pytest.param(
            b"a\n" + b"\0" * 10, b"a\n", b"\0" * 10, id="zeros, as some file systems leave after a power failure"
        ),
        pytest.param(b"a\n" + b"x" * 200_000, b"a\n", b"x" * 200_000, id="longer than a block"),
        pytest.param(b"a" * 65_535 + b"\n" + b"x" * 65_536, b"a" * 65_535 + b"\n", b"x" * 65_536, id="block boundary"),
    ],
)
def test_a_torn_tail_is_moved_never_glued(tmp_path: Path, before: bytes, left: bytes, torn: "bytes | None") -> None:
    path = tmp_path / "log"
    path.write_bytes(before)
    path.chmod(0o640)
    moved = flock.append(str(path), b"new\n", timeout=1)
    assert path.read_bytes() == left + b"new\n"
    if torn is None:
        assert moved == ""
    else:
        assert moved == f"{path}.torn-1"
        assert Path(moved).read_bytes() == torn
        assert Path(moved).stat().st_mode & 0o777 == 0o640


def test_a_tail_that_another_leaves_is_seen_by_who_has_the_file_open(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with flock.Appender(str(path)) as file:
        for n in range(3):
            file.append(b"whole\n")
            with open(path, "ab") as f:
                f.write(b"half")
            file.append(b"whole\n")
            assert file.torn[n:] == [f"{path}.torn-{n + 1}"]
    assert path.read_bytes() == b"whole\n" * 6


def test_all_lines_before_are_given_however_long_they_are(tmp_path: Path) -> None:
    path = tmp_path / "log"
    lines = [b"x" * size for size in (0, 5_000_000, 1, 65_535, 65_536, 65_537)]
    path.write_bytes(b"\n".join(lines) + b"\n")
    seen: list[bytes] = []
    with flock.Appender(str(path)) as file:
        file.append_after(lambda before: seen.extend(before) or b"new\n")  # type: ignore[func-returns-value]
        assert seen == lines[::-1]
        file.append_after(lambda before: next(before) + b" again\n")
    assert path.read_bytes().endswith(b"x\nnew\nnew again\n")


def test_an_older_torn_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "log"
    (tmp_path / "log.torn-1").write_text("older")
    path.write_text("half")
    assert flock.append(str(path), b"new\n", timeout=1) == f"{path}.torn-2"
    assert (tmp_path / "log.torn-1").read_text() == "older"


def test_a_size_limit_rolls_back(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * 899 + b"\n")
    out = end(start(LIMITED, path, 500))
    assert out == f"{path}: {os.strerror(errno.EFBIG)}; raise the file size limit (ulimit -f) or move the file away\n"
    assert path.read_bytes() == b"x" * 899 + b"\n"
    flock.append(str(path), b"next\n", timeout=1)
    assert path.read_bytes().endswith(b"x\nnext\n")


def test_a_torn_tail_that_cannot_be_copied_stays(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"a\n" + b"x" * 2000)
    assert "the torn record at its end could not be moved away" in end(start(LIMITED, path, 500))
    assert path.read_bytes() == b"a\n" + b"x" * 2000
    assert os.listdir(tmp_path) == ["log"]


def test_a_full_disk_rolls_back(tmp_path: Path) -> None:
    """On a file system of 64 KiB that is really full."""
    (tmp_path / "append.py").write_text(APPEND)
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f"""
        mount -t tmpfs -o size=64k none {disk} && cd {disk} || exit 99
        while {sys.executable} ../append.py log 3000 > ../said && ! grep -q : ../said; do :; done
        cat ../said; wc -l -c < log; tail -c 1 log | od -An -c
        {sys.executable} ../append.py log 10; tail -n 1 log
    """
    argv = ["unshare", "--map-root-user", "--mount", "sh", "-c", script]
    done = subprocess.run(argv, capture_output=True, text=True, check=False) if shutil.which(argv[0]) else None
    if not done or done.returncode == 99 or "unshare" in done.stderr:
        pytest.skip("no small file system can be mounted here")
    lines = done.stdout.splitlines()
    assert lines[0] == f"log: {os.strerror(errno.ENOSPC)}; make room on the disk"
    count, size = map(int, lines[1].split())
    assert size == 3001 * count > 0, "whole records only"
    assert lines[2].strip() == r"\n"
    assert lines[3:] == ["", "y" * 10], "there is room for a small one"


@pytest.mark.skipif(not STRACE, reason="strace is not here")
@pytest.mark.parametrize(
    ("fault", "left", "text"),
    [
        pytest.param("write:error=EDQUOT", "", "make room within the quota", id="quota"),
        pytest.param("write:error=EIO", "", os.strerror(errno.EIO), id="broken disk"),
        pytest.param("write:error=EINTR:when=1", "yyy\n", "", id="interrupted"),
        pytest.param("flock:error=ENOLCK", "", "use a local file system: this one has no locks", id="no locks"),
        pytest.param("flock:error=EINTR:when=1", "yyy\n", "", id="interrupted while locking"),
        pytest.param("fdatasync:error=EIO", "yyy\n", "appended, but perhaps not on the disk", id="cannot be synced"),
    ],
)
def test_what_the_system_may_answer(tmp_path: Path, fault: str, left: str, text: str) -> None:
    path = tmp_path / "log"
    path.write_text("before\n")
    code, out, err = with_fault(fault, "-c", APPEND, str(path), "3", "durable", path=path)
    assert (code, err) == (0, "")
    assert text in out
    assert path.read_text() == "before\n" + left


def test_durable_waits_for_the_disk_without_the_lock_and_for_the_folder_of_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    for expected in (["fdatasync", "fsync"], ["fdatasync", "fsync"]):  # a new process cannot know who made the file
        calls = traced(tmp_path, "-c", APPEND, str(path), "3", "durable")
        assert [c for c in calls if "sync" in c] == expected
        assert calls.index("fdatasync") > calls.index("flock LOCK_UN")
    with flock.Appender(str(path), durable=True) as file:
        file.append(b"a\n")
        file.append(b"b\n")
    assert path.read_bytes() == b"yyy\nyyy\na\nb\n"


def test_a_disk_that_does_not_answer_leaves_the_record_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "log"
    _, out, _ = with_fault("fdatasync,fsync:error=EIO", "-c", APPEND, str(path), "3", "durable")
    assert out.startswith(f"{path}: appended, but perhaps not on the disk: ")
    assert path.read_bytes() == b"yyy\n"


def test_a_record_needs_its_newline(tmp_path: Path) -> None:
    for data in (b"half", b""):
        with pytest.raises(ValueError, match="newline"):
            flock.append(str(tmp_path / "log"), data, timeout=1)
    assert os.listdir(tmp_path) == []


# What is no file to append to


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as s:
        here = os.getcwd()
        os.chdir(path.parent)  # a socket's name may have 100 bytes at most
        s.bind(path.name)
        os.chdir(here)


def make_link(path: Path) -> None:
    (path.parent / "real").write_text("")
    path.symlink_to("real")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        pytest.param(Path.mkdir, "is a directory; name a file in it", id="directory"),
        pytest.param(os.mkfifo, "is a pipe", id="FIFO, which would block"),
        pytest.param(make_socket, "is a socket", id="socket"),
        pytest.param(make_link, "is a symbolic link; name the file it points to: ", id="symbolic link"),
        pytest.param(lambda p: p.symlink_to("nowhere"), "is a symbolic link", id="dangling link"),
    ],
)
def test_what_cannot_be_appended_to(tmp_path: Path, make: Callable[[Path], None], text: str) -> None:
    path = tmp_path / "log"
    make(path)
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(flock.FlockError) as caught:
        flock.append(str(path), b"a\n", timeout=1)
    assert text in caught.value.reason
    assert caught.value.path == str(path)
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("/dev/full", "is a character device; name a regular file", id="/dev/full"),
        pytest.param("missing/log", "no such directory; make it first", id="missing directory"),
        pytest.param("file/log", os.strerror(errno.ENOTDIR), id="a file for a directory"),
        pytest.param("there/", "names no file", id="trailing slash"),
        pytest.param(".", "is a directory", id="dot"),
        pytest.param("", "names no file", id="empty"),
        pytest.param("n" * 256, os.strerror(errno.ENAMETOOLONG), id="too long a name"),
    ],
)
def test_names_that_cannot_be_appended_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, text: str
) -> None:
    if path == "/dev/full" and not os.path.exists(path):
        pytest.skip("no /dev/full here")
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    with pytest.raises(flock.FlockError) as caught:
        flock.append(path, b"a\n", timeout=1)
    assert text in caught.value.reason
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.touch(0o444)
    with pytest.raises(flock.FlockError, match="make it, and the directory it is in, readable and writable"):
        flock.append(str(path), b"a\n", timeout=1)


@pytest.mark.skipif(not STRACE, reason="strace is not here")
def test_a_read_only_file_system(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.touch()
    out = with_fault("openat:error=EROFS", "-c", APPEND, str(path), "3", path=path)[1]
    assert out == f"{path}: {os.strerror(errno.EROFS)}; use a file system that is mounted for writing\n"


def test_two_names_of_one_file_share_its_lock(tmp_path: Path) -> None:
    path, other = tmp_path / "log", tmp_path / "other"
    path.touch()
    os.link(path, other)
    with flock.locked(str(other), 1), pytest.raises(flock.LockTimeout):
        flock.append(str(path), b"a\n", timeout=0)
    flock.append(str(path), b"a\n", timeout=1)
    flock.append(str(other), b"b\n", timeout=1)
    assert path.read_bytes() == b"a\nb\n"


# Waiting


def test_a_busy_lock_is_named_with_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "log"
    holder = holding(path)
    with pytest.raises(flock.LockTimeout) as caught:
        flock.append(str(path), b"a\n", timeout=0.05)
    assert caught.value.path == str(path)
    assert caught.value.reason.startswith("not free within 0.05 s; ")
    if LINUX:
        assert f"process {holder.pid} (" in caught.value.reason
    assert end(holder) == ""
    assert is_free(path)


def test_a_stopped_holder_is_a_time_out(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    holder = holding(lock)
    holder.send_signal(signal.SIGSTOP)
    os.waitpid(holder.pid, os.WUNTRACED)
    with pytest.raises(flock.LockTimeout, match=str(lock)) as caught, flock.locked(str(lock), 0.05):
        pass
    if LINUX:
        assert f"holds it and is stopped; let it go on with `kill -CONT {holder.pid}`" in caught.value.reason
    holder.send_signal(signal.SIGCONT)
    assert end(holder) == ""
    until(lambda: is_free(lock))


@pytest.mark.skipif(not (LINUX and FLOCK), reason="needs /proc and flock(1)")
def test_a_dead_holder_whose_child_lives_is_not_called_the_holder(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    script = "exec 9>lock; flock 9; sleep 60 > /dev/null & echo $!"  # the child keeps the descriptor open
    done = subprocess.run(["sh", "-c", script], stdout=subprocess.PIPE, cwd=tmp_path, check=True, text=True)
    child = int(done.stdout)
    with pytest.raises(flock.LockTimeout, match="took it and has ended, but a process that it started"):
        flock.append(str(lock), b"a\n", timeout=0.02)
    os.kill(child, signal.SIGKILL)
    flock.append(str(lock), b"a\n", timeout=10)


def test_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    holder = holding(lock)
    holder.kill()
    end(holder)
    assert is_free(lock)


def test_waiting_is_sleeping(tmp_path: Path) -> None:
    """One try, and one call that the kernel ends when the lock is free: nothing that looks again and again."""
    calls = traced(tmp_path, "-c", WAITS, str(tmp_path / "log"))
    tries = [c.removeprefix("flock LOCK_") for c in calls if c.startswith("flock")]
    assert tries == ["EX|LOCK_NB", "EX|LOCK_NB", "EX", "UN", "UN"]


def test_who_was_given_up_lets_go_and_leaves_nothing(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    before = threads()
    holder = holding(lock)
    for _ in range(20):
        with pytest.raises(flock.LockTimeout):
            flock.append(str(lock), b"a\n", timeout=0.005)
    assert threads() <= before + 1, "a lock that is stuck collects no threads"
    end(holder)
    deadline = time.monotonic() + 30
    while threads() > before:
        assert time.monotonic() < deadline, "the helper has gone"
        time.sleep(0.001)
    assert is_free(lock)


def test_a_signal_ends_the_waiting(tmp_path: Path) -> None:
    class Alarm(Exception):
        pass

    def ring(*_: object) -> None:
        raise Alarm

    lock = tmp_path / "lock"
    holder = holding(lock)
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(Alarm):
            flock.append(str(lock), b"a\n", timeout=60)
    finally:
        signal.signal(signal.SIGALRM, before)
    end(holder)
    flock.append(str(lock), b"b\n", timeout=60)
    assert lock.read_bytes() == b"b\n"


BUSY = """
import sys, time
from onetree import flock
lock = flock.Lock(sys.argv[1])
print("in", flush=True)
while True:
    lock.acquire(60)
    time.sleep(0.001)
    lock.release()
    time.sleep(0.0002)
"""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it may be raised in a __del__
def test_signals_at_any_moment_leave_nothing_behind(tmp_path: Path) -> None:
    class Alarm(Exception):
        pass

    def ring(*_: object) -> None:
        raise Alarm

    path = tmp_path / "log"
    busy = start(BUSY, path)
    assert said(busy) == "in"
    before = signal.signal(signal.SIGALRM, ring)
    told = []
    try:
        for n in range(400):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.000_005 * n)
                flock.append(str(path), b"%d\n" % n, timeout=60)
                told.append(n)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except Alarm:
                pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        busy.kill()
        end(busy)
    there = [int(line) for line in path.read_bytes().splitlines()]
    assert there == sorted(set(there))
    assert set(told) <= set(there)
    assert 0 < len(told) < 400
    until(lambda: is_free(path))  # helpers that were given up get the lock from the dead process, and let go of it


def test_a_thread_waits_without_a_signal(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    holder = holding(lock)
    caught: list[BaseException] = []

    def work() -> None:
        try:
            flock.append(str(lock), b"a\n", timeout=0.02)
        except flock.LockTimeout as e:
            caught.append(e)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(caught) == 1
    end(holder)


def test_one_thread_takes_a_lock_once(tmp_path: Path) -> None:
    """The system would grant it again, and the first release would end both."""
    file = flock.Appender(str(tmp_path / "log"))
    file.acquire(1)
    for again in (lambda: file.acquire(1), lambda: file.append(b"a\n"), file.mend):
        with pytest.raises(RuntimeError, match="this thread holds the lock already"):
            again()
    assert not is_free(tmp_path / "log")
    file.release()
    assert is_free(tmp_path / "log")


def test_a_thread_of_its_own_does_all_that_the_first_one_does(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"half")
    seen: list[bytes] = []

    def work() -> None:
        file.mend()
        file.append(b"a\n")
        file.append_after(lambda before: seen.extend(before) or b"b\n")  # type: ignore[func-returns-value]

    with flock.Appender(str(path), timeout=1) as file:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert file.torn == [f"{path}.torn-1"]
    assert path.read_bytes() == b"a\nb\n"
    assert seen == [b"a"]


def test_closing_in_one_thread_leaves_the_others_alone(tmp_path: Path) -> None:
    path = tmp_path / "log"
    file = flock.Appender(str(path), timeout=60)
    over = threading.Event()

    def work() -> None:
        for n in range(3000):
            file.append(b"%d\n" % n)
        over.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not over.is_set():
        file.append(b"other\n")
        file.close()
    thread.join()
    mine = [line for line in path.read_bytes().splitlines() if line != b"other"]
    assert mine == [b"%d" % n for n in range(3000)]


@pytest.mark.skipif(not LINUX, reason="no /proc/self/fd here")
def test_threads_that_have_ended_keep_no_file_open(tmp_path: Path) -> None:
    path = tmp_path / "log"
    file = flock.Appender(str(path), timeout=60)
    for _ in range(20):
        thread = threading.Thread(target=file.append, args=(b"a\n",))
        thread.start()
        thread.join()
    fds = [fd for fd in os.listdir("/proc/self/fd") if os.path.realpath(f"/proc/self/fd/{fd}") == str(path.resolve())]
    assert len(fds) <= 2
    file.close()


def test_a_lock_is_not_copied(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="cannot be copied"):
        copy.copy(flock.Lock(str(tmp_path / "lock")))


FORK_WHILE_WAITING = """
import os, sys, threading, time
from onetree import flock
path = sys.argv[1]
waiter = threading.Thread(target=lambda: flock.append(path, b"waited\\n", timeout=60))
waiter.start()
while threading.active_count() < 2 or len(os.listdir("/proc/self/fd")) < 5:
    time.sleep(0.001)
time.sleep(0.1)
child = os.fork()
if child == 0:
    time.sleep(60)
    os._exit(0)
print(child, flush=True)
waiter.join()
print("over", flush=True)
os._exit(0)
"""


@pytest.mark.skipif(not LINUX, reason="no /proc/self/fd here")
def test_a_child_that_is_forked_while_a_thread_waits_does_not_keep_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with flock.locked(str(path), 1):
        process = start(FORK_WHILE_WAITING, path)
        child = int(said(process))
    assert said(process) == "over"
    until(lambda: is_free(path))
    os.kill(child, signal.SIGKILL)
    end(process)
    assert path.read_bytes() == b"waited\n"


# Files that go away


@pytest.mark.parametrize("replaced", [False, True], ids=["deleted", "replaced"])
def test_a_lock_file_that_goes_away_while_another_waits(tmp_path: Path, replaced: bool) -> None:
    """The waiter gets the old inode's lock, and must see that the name means another file by now."""
    lock = tmp_path / "lock"
    with flock.locked(str(lock), 1):
        waiter = start(HOLD, lock)
        while not has_open(waiter.pid, lock):
            assert waiter.poll() is None
            time.sleep(0.001)
        lock.unlink()
        if replaced:
            lock.touch()
        newcomer = flock.locked(str(lock), 1)
        newcomer.__enter__()
    # The old inode's lock is free now. The waiter must not enter on it.
    assert waiter.stdout
    assert select.select([waiter.stdout], [], [], 0.3)[0] == []
    newcomer.__exit__(None, None, None)
    assert said(waiter) == "in"
    assert end(waiter) == ""


@pytest.mark.parametrize("folder", ["tmp", "/dev/shm"])
def test_an_open_file_follows_its_name_at_once(tmp_path: Path, folder: str) -> None:
    """Also in a burst of appends, and on the fastest file system there is."""
    if folder == "tmp":
        folder = str(tmp_path)
    elif not os.access(folder, os.W_OK):
        pytest.skip(f"no {folder} here")
    path, aside = f"{folder}/onetree-test-{os.getpid()}", f"{folder}/onetree-test-{os.getpid()}.aside"
    with flock.Appender(path) as file:
        try:
            for n in range(200):
                file.append(b"gone\n")
                os.unlink(path)
                file.append(b"kept\n")
                assert Path(path).read_bytes() == b"kept\n", n
                os.rename(path, aside)
                file.append(b"new\n")
                assert (Path(aside).read_bytes(), Path(path).read_bytes()) == (b"kept\n", b"new\n"), n
                os.rename(aside, path)
                file.append(b"back\n")
                assert Path(path).read_bytes() == b"kept\nback\n", n
                os.unlink(path)
        finally:
            for name in (path, aside):
                if os.path.exists(name):
                    os.unlink(name)


def test_a_link_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with flock.Appender(str(path)) as file:
        file.append(b"a\n")
        path.rename(tmp_path / "real")
        path.symlink_to("real")
        with pytest.raises(flock.FlockError, match=r"log: is a symbolic link"):
            file.append(b"b\n")
        path.unlink()
        file.append(b"c\n")
    assert path.read_bytes() == b"c\n"
    assert (tmp_path / "real").read_bytes() == b"a\n"


# Forks


def test_a_forked_child_does_not_unlock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    parent = start(FORK, lock)
    assert said(parent) == "in", "the child has left the with block by now"
    assert not is_free(lock)
    assert end(parent) == ""
    assert is_free(lock)


def test_a_forked_child_does_not_keep_a_dead_parents_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    parent = start(ORPHAN, lock)
    child = int(said(parent))
    assert not is_free(lock)
    parent.kill()
    parent.wait()
    assert is_free(lock), "though the child lives"
    os.kill(child, signal.SIGKILL)
    end(parent)


def test_an_appender_from_before_the_fork_excludes_parent_and_child(tmp_path: Path) -> None:
    path = tmp_path / "log"
    assert end(start(SHARED_AFTER_FORK, path)) == "7\n"
    assert path.read_text() == "parent\nchild\n"


def test_an_exception_inside_frees_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with pytest.raises(RuntimeError), flock.locked(str(lock), 1):
        raise RuntimeError
    assert is_free(lock)
    assert lock.exists(), "a lock file is never unlinked"

    def fail(_: object) -> bytes:
        raise RuntimeError

    with flock.Appender(str(lock)) as file:
        with pytest.raises(RuntimeError):
            file.append_after(fail)
        assert is_free(lock)
        file.append(b"a\n")


def test_a_lock_is_closed_on_exec(tmp_path: Path) -> None:
    with flock.locked(str(tmp_path / "lock"), 1) as fd:
        assert not os.get_inheritable(fd)


def test_what_is_not_closed_is_closed_when_it_is_forgotten(tmp_path: Path) -> None:
    before = len(os.listdir("/dev/fd"))
    for _ in range(10):
        flock.Appender(str(tmp_path / "log")).append(b"a\n")
    assert len(os.listdir("/dev/fd")) == before


# What happens under the lock

FIRST = """
flock LOCK_EX|LOCK_NB
stat             is the file that is open the one that has the name, and how long is it
pread            does it end in a newline
write            the record
flock LOCK_UN
"""
ALONE = """
flock LOCK_EX|LOCK_NB
stat             is the file that is open the one that has the name, and how long is it
write            the record
flock LOCK_UN
"""
PROGRAM = """
import sys
from onetree import flock
with flock.Appender(sys.argv[1]) as file:
    for _ in range(3):
        file.append(b"a\\n")
        if len(sys.argv) > 2:
            with open(sys.argv[1], "ab") as f:
                f.write(b"b\\n")
"""


@pytest.mark.parametrize(("others", "hold"), [(["others"], FIRST), ([], ALONE)], ids=["others write", "nobody else"])
def test_the_system_calls_of_one_hold(tmp_path: Path, others: "list[str]", hold: str) -> None:
    """No call that waits, and none that grows with the file."""
    calls = traced(tmp_path, "-c", PROGRAM, str(tmp_path / "log"), *others)
    assert last_hold(calls) == [line.split("  ")[0].strip() for line in hold.strip().splitlines()]
