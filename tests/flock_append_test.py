import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from onetree import flock

COMMAND = [str(Path(sys.executable).parent / "flock-append")]


def run(
    path: "Path | str", data: bytes, *options: str, cwd: "Path | None" = None
) -> "subprocess.CompletedProcess[bytes]":
    argv = [*COMMAND, *options, str(path)]
    return subprocess.run(argv, input=data, capture_output=True, timeout=60, check=False, cwd=cwd)


def start(path: Path, *options: str) -> "subprocess.Popen[bytes]":
    argv = [*COMMAND, *options, str(path)]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize(
    ("data", "appended"),
    [
        pytest.param(b"", None, id="no records, no file"),
        pytest.param(b"a\n", b"a\n", id="one"),
        pytest.param(b"a\nb\n\nc\n", b"a\nb\n\nc\n", id="several, one empty"),
        pytest.param(b"a\nb", b"a\nb\n", id="the last one gets its newline"),
        pytest.param(b"\xff\0\r\n", b"\xff\0\r\n", id="bytes are not looked at"),
        pytest.param(b"x" * 1_000_000 + b"\ny\n", b"x" * 1_000_000 + b"\ny\n", id="longer than a pipe holds"),
    ],
)
def test_records(tmp_path: Path, data: bytes, appended: "bytes | None") -> None:
    path = tmp_path / "log"
    result = run(path, data)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert (path.read_bytes() if path.exists() else None) == appended


def test_a_name_in_the_current_directory(tmp_path: Path) -> None:
    assert run("log", b"a\n", "--timeout=0.5", "--durable", "--", cwd=tmp_path).returncode == 0
    assert sorted(os.listdir(tmp_path)) == [".log.lock", "log"]


def test_ten_writers(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writers = [start(path, "--timeout", "60") for _ in range(10)]
    for i in range(50):
        for n, writer in enumerate(writers):
            assert writer.stdin
            writer.stdin.write(f"{n} {i} {'x' * 100 * n} end\n".encode())
            writer.stdin.flush()
    assert [w.communicate(timeout=60)[1] for w in writers] == [b""] * 10
    words = [line.split(" ") for line in path.read_text().splitlines()]
    assert all(w[3:] == ["end"] for w in words)
    for n in range(10):
        assert [int(w[1]) for w in words if w[0] == str(n)] == list(range(50))


def test_a_record_is_appended_as_it_arrives_and_the_lock_is_free_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writer = start(path)
    assert writer.stdin
    for i in range(3):
        writer.stdin.write(b"record\nhalf a ")
        writer.stdin.flush()
        while not path.exists() or path.read_bytes().count(b"\n") < i + 1:
            assert writer.poll() is None
            time.sleep(0.001)
        with flock.locked(flock.sidecar(str(path)), 10):
            pass
    assert writer.communicate(timeout=60) == (b"", b"")
    assert path.read_bytes() == b"record\nhalf a record\nhalf a record\nhalf a \n"


def test_a_torn_tail_is_moved_and_said(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"whole\n{half")
    result = run(path, b"new\n")
    assert result.returncode == 0
    assert result.stderr.decode() == f"flock-append: {path} ended in a torn record; it is now in {path}.torn-1\n"
    assert path.read_bytes() == b"whole\nnew\n"


def test_a_busy_lock_is_exit_1(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with flock.locked(flock.sidecar(str(path)), 1):
        result = run(path, b"a\n", "--timeout", "0.05")
    assert result.returncode == 1
    start_ = f"flock-append: unable to append to {path}: {tmp_path}/.log.lock: not free within 0.05 s; "
    assert result.stderr.decode().startswith(start_)
    assert not path.exists()


def test_a_full_disk_says_how_far_it_came(tmp_path: Path) -> None:
    path = tmp_path / "log"
    argv = ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *COMMAND, str(path)]  # 512 or 1024 bytes
    writer = subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdin
    writer.stdin.write(b"a\nb\n")
    writer.stdin.flush()
    while not path.exists() or path.read_bytes() != b"a\nb\n":
        assert writer.poll() is None
        time.sleep(0.001)
    err = writer.communicate(b"x" * 2000 + b"\n", timeout=60)[1].decode()
    assert writer.returncode == 111
    assert f"unable to append to {path}: {os.strerror(errno.EFBIG)}; raise the file size limit" in err
    assert "(2 records before it are in the file)" in err
    assert path.read_bytes() == b"a\nb\n"


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        pytest.param([], "one FILE is needed, not 0", id="no file"),
        pytest.param(["a", "b"], "one FILE is needed, not 2", id="two files"),
        pytest.param([""], "one FILE is needed, not 0", id="empty file name"),
        pytest.param(["--timout=1", "a"], "unknown option --timout=1", id="unknown option"),
        pytest.param(["a", "--timeout"], "--timeout '' is not a number", id="time-out without a value"),
        *(
            pytest.param(["--timeout", t, "a"], f"--timeout {t!r} is not a number", id=f"time-out {t}")
            for t in ("soon", "-1", "nan", "inf", "1e9")
        ),
    ],
)
def test_wrong_use(tmp_path: Path, argv: "list[str]", text: str) -> None:
    result = subprocess.run([*COMMAND, *argv], input=b"a\n", capture_output=True, check=False, cwd=tmp_path)
    assert result.returncode == 2
    assert text in result.stderr.decode()
    assert "usage: flock-append" in result.stderr.decode()
    assert os.listdir(tmp_path) == []


def test_a_file_is_not_fed_to_itself(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("a\n")
    with open(path, "rb") as source:
        result = subprocess.run([*COMMAND, str(path)], stdin=source, capture_output=True, check=False, timeout=60)
    assert result.returncode == 2
    assert b"is both input and output" in result.stderr
    assert path.read_text() == "a\n"


def test_a_record_without_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    result = run(path, b"first\n" + b"x" * (17 * 1024 * 1024))
    assert result.returncode == 2
    assert b"record 2 is longer than 16777216 bytes" in result.stderr
    assert path.read_bytes() == b"first\n"


@pytest.mark.parametrize("name", ["/dev/full", "missing/log", ".", "/dev/null"])
def test_a_bad_file_is_said_before_any_input(tmp_path: Path, name: str) -> None:
    if name.startswith("/") and not os.path.exists(name):
        pytest.skip(f"no {name} here")
    argv = [*COMMAND, name]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path) as writer:
        assert writer.wait(timeout=60) == 111, "standard input is still open"
        assert writer.stderr
        assert writer.stderr.read().decode().startswith(f"flock-append: unable to append to {name}: ")
    assert os.listdir(tmp_path) == []


def test_a_closed_standard_input(tmp_path: Path) -> None:
    argv = ["sh", "-c", 'exec "$@" <&-', "sh", *COMMAND, "log"]
    result = subprocess.run(argv, capture_output=True, cwd=tmp_path, check=False)
    assert result.returncode == 111
    assert result.stderr.decode() == f"flock-append: unable to read records: {os.strerror(errno.EBADF)}\n"
    assert os.listdir(tmp_path) == []


def test_an_interrupt_is_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writer = start(path)
    assert writer.stdin
    writer.stdin.write(b"a\n")
    writer.stdin.flush()
    while not path.exists() or path.read_bytes() != b"a\n":
        assert writer.poll() is None
        time.sleep(0.001)
    writer.send_signal(signal.SIGINT)
    assert writer.communicate(timeout=60) == (b"", b"")
    assert writer.returncode == 130


def test_help() -> None:
    result = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    assert result.stdout.startswith("usage: flock-append [--timeout SECONDS] [--durable] FILE\n")
    assert "Append records from standard input" in result.stdout
