import errno
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from onetree import flock

LINUX = sys.platform == "linux"

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
path, name, count, width = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
for i in range(count):
    flock.append(path, f"{name} {i} {'x' * width} end\\n".encode(), timeout=60)
"""

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
from onetree import flock
try:
    flock.append(sys.argv[1], b"y" * 500 + b"\\n", timeout=1)
except flock.FlockError as e:
    print(e)
"""

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


def start(program: str, *args: object) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-c", program, *map(str, args)]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def end(process: "subprocess.Popen[str]") -> str:
    return process.communicate("\n", timeout=60)[0]


def is_free(lock: Path) -> bool:
    try:
        with flock.locked(str(lock), 0):
            return True
    except flock.LockTimeout:
        return False


def has_open(pid: int, path: Path) -> bool:
    if not LINUX:
        time.sleep(0.5)
        return True
    fds = f"/proc/{pid}/fd"
    return any(os.path.exists(f"{fds}/{n}") and os.path.samefile(f"{fds}/{n}", path) for n in os.listdir(fds))


def test_ten_writers_lose_nothing_and_tear_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writers = [start(WRITE, path, f"w{n}", 100, 50 * n * n) for n in range(10)]
    assert [end(w) for w in writers] == [""] * 10
    words = [line.split(" ") for line in path.read_text().splitlines()]
    assert all(len(w) == 4 and w[3] == "end" for w in words)
    for n in range(10):
        assert [int(w[1]) for w in words if w[0] == f"w{n}"] == list(range(100)), "each writer's own order"
    assert sorted(os.listdir(tmp_path)) == [".log.lock", "log"]


def test_threads_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    path = str(tmp_path / "log")
    inside = []
    worst = []

    def work() -> None:
        for _ in range(20):
            with flock.locked(path, 60):
                inside.append(1)
                worst.append(len(inside))
                time.sleep(0)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert worst == [1] * 160


def test_a_kill_leaves_a_readable_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    record = f" {'x' * 300_000} end"
    for n in range(8):
        writer = start(WRITE, path, f"w{n}", 100_000, 300_000)
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


def test_an_older_torn_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "log"
    (tmp_path / "log.torn-1").write_text("older")
    path.write_text("half")
    assert flock.append(str(path), b"new\n", timeout=1) == f"{path}.torn-2"
    assert (tmp_path / "log.torn-1").read_text() == "older"


def test_a_full_disk_rolls_back(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * 899 + b"\n")
    out = end(start(LIMITED, path))
    assert out == f"{path}: {os.strerror(errno.EFBIG)}; raise the file size limit (ulimit -f) or move the file away\n"
    assert path.read_bytes() == b"x" * 899 + b"\n"
    flock.append(str(path), b"next\n", timeout=1)
    assert path.read_bytes().endswith(b"x\nnext\n")


def test_a_torn_tail_that_cannot_be_copied_stays(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"a\n" + b"x" * 2000)
    assert "the torn record at its end could not be moved away" in end(start(LIMITED, path))
    assert path.read_bytes() == b"a\n" + b"x" * 2000
    assert sorted(os.listdir(tmp_path)) == [".log.lock", "log"]


def test_durable(tmp_path: Path) -> None:
    path = tmp_path / "log"
    for _ in range(2):
        flock.append(str(path), b"a\nb\n", timeout=1, durable=True)
    assert path.read_bytes() == b"a\nb\na\nb\n"


def test_a_record_needs_its_newline(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="newline"):
        flock.append(str(tmp_path / "log"), b"half", timeout=1)
    assert os.listdir(tmp_path) == []


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as s:
        here = os.getcwd()
        os.chdir(path.parent)  # a socket's name may have 100 bytes at most
        s.bind(path.name)
        os.chdir(here)


def make_link(path: Path) -> None:
    (path.parent / "real").write_text("")
    path.symlink_to("real")


def make_hard_link(path: Path) -> None:
    (path.parent / "real").write_text("")
    os.link(path.parent / "real", path)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        pytest.param(Path.mkdir, "is a directory; name a file in it", id="directory"),
        pytest.param(os.mkfifo, "is a pipe", id="FIFO, which would block"),
        pytest.param(make_socket, "is a socket", id="socket"),
        pytest.param(
            make_link, "is a symbolic link, and would have a lock of its own; name the file", id="symbolic link"
        ),
        pytest.param(lambda p: p.symlink_to("nowhere"), "is a symbolic link", id="dangling link"),
        pytest.param(make_hard_link, "has 2 names (hard links), each with a lock of its own", id="hard link"),
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
    assert sorted(os.listdir(tmp_path)) == before, "no lock file is left either"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("/dev/full", "is a character device; name a regular file", id="/dev/full"),
        pytest.param("missing/log", "no such directory; make it first", id="missing directory"),
        pytest.param("file/log", os.strerror(errno.ENOTDIR), id="a file for a directory"),
        pytest.param("there/", "names no file", id="trailing slash"),
        pytest.param(".", "is a directory", id="dot"),
        pytest.param("", "names no file", id="empty"),
        pytest.param("n" * 255, os.strerror(errno.ENAMETOOLONG), id="no room for the lock's name"),
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


def test_a_link_in_the_place_of_the_lock_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".log.lock").symlink_to("elsewhere")
    with pytest.raises(flock.FlockError, match=r"\.log\.lock: is a symbolic link"):
        flock.append(str(tmp_path / "log"), b"a\n", timeout=1)
    assert not (tmp_path / "elsewhere").exists()


def test_a_busy_lock_is_named_with_its_holder(tmp_path: Path) -> None:
    lock = tmp_path / ".log.lock"
    holder = start(HOLD, lock)
    assert said(holder) == "in"
    with pytest.raises(flock.LockTimeout) as caught:
        flock.append(str(tmp_path / "log"), b"a\n", timeout=0.05)
    assert caught.value.path == str(lock)
    assert caught.value.reason.startswith("not free within 0.05 s; ")
    assert end(holder) == ""
    assert is_free(lock)


def test_a_stopped_holder_is_a_time_out(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    holder = start(HOLD, lock)
    assert said(holder) == "in"
    holder.send_signal(signal.SIGSTOP)
    os.waitpid(holder.pid, os.WUNTRACED)
    with pytest.raises(flock.LockTimeout, match=str(lock)) as caught, flock.locked(str(lock), 0.05):
        pass
    if LINUX and f" {os.stat(lock).st_ino} " in Path("/proc/locks").read_text().replace(":", " "):
        assert f"holds it and is stopped; let it go on with `kill -CONT {holder.pid}`" in caught.value.reason
    holder.send_signal(signal.SIGCONT)
    assert end(holder) == ""
    assert is_free(lock)


def test_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    holder = start(HOLD, lock)
    assert said(holder) == "in"
    holder.kill()
    end(holder)
    assert is_free(lock)


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


def test_an_exception_inside_frees_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with pytest.raises(RuntimeError), flock.locked(str(lock), 1):
        raise RuntimeError
    assert is_free(lock)
    assert lock.exists(), "a lock file is never unlinked"


def test_a_lock_is_closed_on_exec(tmp_path: Path) -> None:
    with flock.locked(str(tmp_path / "lock"), 1) as fd:
        assert not os.get_inheritable(fd)
