"""The command flock-append, as whoever calls it meets it."""

import errno
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onetree import flock, records

from .flock_test import holding
from .systemcalls import traced

COMMAND = [str(Path(sys.executable).parent / "flock-append")]
# Of whoever runs the tests, no agent's mark is passed on.
ENVIRONMENT = {"PATH": os.environ["PATH"]}

Process = subprocess.Popen[bytes]


def run(
    path: "Path | str", data: bytes, *options: str, cwd: "Path | None" = None, env: "dict[str, str] | None" = None
) -> "subprocess.CompletedProcess[bytes]":
    argv = [*COMMAND, *options, str(path)]
    full = ENVIRONMENT | (env or {})
    return subprocess.run(argv, input=data, capture_output=True, timeout=60, check=False, cwd=cwd, env=full)


def start(path: Path, *options: str) -> Process:
    argv = [*COMMAND, *options, str(path)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(argv, env=ENVIRONMENT, **pipes)


def feed(writer: Process, data: bytes) -> None:
    assert writer.stdin
    writer.stdin.write(data)
    writer.stdin.flush()


def until(condition: "Callable[[], bool]", writer: Process) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert writer.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.001)


def write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


def objects_of(line: bytes) -> "dict[str, Any]":
    found: dict[str, Any] = json.loads(line)
    return found


def objects(path: Path) -> "list[dict[str, Any]]":
    return [json.loads(line) for line in path.read_text().splitlines()]


# Records


@pytest.mark.parametrize(
    ("data", "appended"),
    [
        pytest.param(b"", None, id="no records, no file"),
        pytest.param(b"a\n", b"a\n", id="one"),
        pytest.param(b"a\nb\n\nc\n", b"a\nb\n\nc\n", id="several, one empty"),
        pytest.param(b"a\nb", b"a\nb\n", id="the last one gets its newline"),
        pytest.param(b"\n", b"\n", id="an empty one"),
        pytest.param(b"\xff\0\r\n", b"\xff\0\r\n", id="bytes are not looked at"),
        pytest.param(b"x" * 1_000_000 + b"\ny\n", b"x" * 1_000_000 + b"\ny\n", id="longer than a pipe holds"),
        pytest.param(b"x\n" * 100_000, b"x\n" * 100_000, id="very many"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--batch",), ("--durable",)], ids=["as they arrive", "batch", "durable"])
def test_records(tmp_path: Path, data: bytes, appended: "bytes | None", options: "tuple[str, ...]") -> None:
    path = tmp_path / "log"
    result = run(path, data, *options)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert (path.read_bytes() if path.exists() else None) == appended


def test_a_name_in_the_current_directory(tmp_path: Path) -> None:
    assert run("log", b"a\n", "--timeout=0.5", "--durable", "--", cwd=tmp_path).returncode == 0
    assert run("-log", b"a\n", "--", cwd=tmp_path).returncode == 0
    assert sorted(os.listdir(tmp_path)) == ["-log", "log"]


def test_ten_writers(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writers = [start(path, "--timeout", "60") for _ in range(10)]
    for i in range(50):
        for n, writer in enumerate(writers):
            feed(writer, f"{n} {i} {'x' * 100 * n} end\n".encode())
    assert [w.communicate(timeout=60)[1] for w in writers] == [b""] * 10
    words = [line.split(" ") for line in path.read_text().splitlines()]
    assert all(w[3:] == ["end"] for w in words)
    for n in range(10):
        assert [int(w[1]) for w in words if w[0] == str(n)] == list(range(50))


def test_a_record_is_appended_as_it_arrives_and_the_lock_is_free_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writer = start(path)
    for i in range(3):
        feed(writer, b"record\nhalf a ")
        until(lambda i=i: path.exists() and path.read_bytes().count(b"\n") > i, writer)  # type: ignore[misc]
        with flock.locked(str(path), 10):
            pass
    assert writer.communicate(timeout=60) == (b"", b"")
    assert path.read_bytes() == b"record\nhalf a record\nhalf a record\nhalf a \n"


def test_a_batch_is_one_write_under_one_hold(tmp_path: Path) -> None:
    data = b"record\n" * 50_000
    for options, holds in (((), 2), (("--batch",), 1)):
        calls = traced(tmp_path, COMMAND[0], *options, str(tmp_path / f"log{holds}"), stdin=data)
        assert (calls.count("write") == 1) == (holds == 1)
        assert (tmp_path / f"log{holds}").read_bytes() == data


def test_a_batch_that_never_ends_appends_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writer = start(path, "--batch", "--json")
    feed(writer, b'{"a":1}\n{"b":2}\n')
    time.sleep(0.1)
    assert not path.exists()
    writer.send_signal(signal.SIGTERM)
    assert writer.communicate(timeout=60)[1].endswith(f"nothing of this input is in {path}\n".encode())
    assert not path.exists()


def test_a_torn_tail_is_moved_and_said(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"whole\n{half")
    result = run(path, b"new\n")
    assert result.returncode == 0
    assert result.stderr.decode() == f"flock-append: {path} ended in a torn record; it is now in {path}.torn-1\n"
    assert path.read_bytes() == b"whole\nnew\n"


def test_rotation(tmp_path: Path) -> None:
    path = tmp_path / "log"
    data = b"".join(b'{"n":%d}\n' % n for n in range(10, 100))  # 9 bytes each
    assert run(path, data, "--rotate", "100", "--stamp").returncode == 0
    assert len(list(tmp_path.iterdir())) == 90, "stamped, each is more than half of it"
    plain = tmp_path / "plain"
    assert run(plain, data, "--rotate", "100").returncode == 0
    parts = sorted(tmp_path.glob("plain.*"))
    assert b"".join(p.read_bytes() for p in [*parts, plain]) == data
    assert {p.stat().st_size for p in parts} == {99}, "one more of them would be too many"
    assert b": whole" in run(path, b"", "--check").stdout


# JSON, stamps, chains


@pytest.mark.parametrize(
    ("data", "place"),
    [
        pytest.param(b'{"a":1}\nno\n{"b":2}\n', "2:1", id="a word"),
        pytest.param(b'{"a":1}\n{"b":}\n', "2:6", id="a value is missing"),
        pytest.param(b'{"a":1}\n\n', "2:1", id="an empty line"),
        pytest.param(b"[]\n", "1:1", id="an array"),
        pytest.param(b'{"a":1}{"b":2}\n', "1:8", id="two on one line"),
        pytest.param(b'{"a":1}\n{"b":2', "2:7", id="the last one is cut off"),
    ],
)
@pytest.mark.parametrize("options", [("--json",), ("--json", "--batch"), ("--stamp",), ("--chain",)], ids=" ".join)
def test_what_is_no_json_object_ends_it_and_nothing_is_written(
    tmp_path: Path, data: bytes, place: str, options: "tuple[str, ...]"
) -> None:
    path = tmp_path / "log"
    result = run(path, data, *options)
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr.decode().startswith(f"flock-append: unable to take standard input:{place}: ")
    assert result.stderr.decode().endswith(f"; a record is one JSON object; nothing of this input is in {path}\n")
    assert not path.exists()


def test_a_bad_record_at_the_end_of_a_long_file_is_found_before_anything_is_written(tmp_path: Path) -> None:
    path, source = tmp_path / "log", tmp_path / "source"
    source.write_bytes(b"skipped\n" + b'{"a":1}\n' * 50_000 + b"bad\n")
    with open(source, "rb") as f:
        os.lseek(f.fileno(), len(b"skipped\n"), os.SEEK_SET)
        result = subprocess.run([*COMMAND, "--json", str(path)], stdin=f, capture_output=True, check=False)
    assert result.returncode == 2
    assert b"standard input:50001:1: " in result.stderr
    assert not path.exists()


def test_what_has_arrived_before_stays_and_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writer = start(path, "--json")
    feed(writer, b'{"a":1}\n{"a":2}\n')
    until(path.exists, writer)
    out, err = writer.communicate(b'{"a":3}\nbad\n', timeout=60)
    assert (writer.returncode, out) == (2, b"")
    assert err.decode().startswith("flock-append: unable to take standard input:4:1: ")
    assert err.decode().endswith(f"; 2 records of this input are in {path}\n")
    assert [o["a"] for o in objects(path)] == [1, 2]


@pytest.mark.parametrize(
    ("env", "options", "agent", "session"),
    [
        pytest.param({}, (), "", "", id="a person"),
        pytest.param({"CLAUDECODE": "1", "CLAUDE_CODE_SESSION_ID": "s1"}, (), "claude", "s1", id="Claude Code"),
        pytest.param({"GEMINI_CLI": "1"}, (), "gemini", "", id="Gemini CLI"),
        pytest.param({"CODEX_THREAD_ID": "t1"}, (), "codex", "t1", id="Codex CLI"),
        pytest.param({"GEMINI_CLI": "1"}, ("--agent", "reviewer", "--session=9"), "reviewer", "9", id="as was said"),
    ],
)
def test_a_stamp_says_who(
    tmp_path: Path, env: "dict[str, str]", options: "tuple[str, ...]", agent: str, session: str
) -> None:
    assert run(tmp_path / "log", b"{}\n", "--stamp", *options, env=env).returncode == 0
    (record,) = objects(tmp_path / "log")
    assert (record["stamp"]["agent"], record["stamp"]["session"]) == (agent, session)
    assert record["stamp"]["pid"] > 0


def test_numbers_and_chain_go_on_from_whoever_wrote_last(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writers = [start(path, "--stamp", "--chain", "--timeout=60", "--agent", f"a{n}") for n in range(5)]
    for i in range(20):
        for writer in writers:
            feed(writer, b'{"i":%d}\n' % i)
    assert [w.communicate(timeout=60)[1] for w in writers] == [b""] * 5
    assert [o["stamp"]["seq"] for o in objects(path)] == list(range(1, 101))
    assert run(path, b"", "--check").stdout.decode() == f"{path}: whole\n"


def test_acknowledgements(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writer = start(path, "--ack")
    assert writer.stdout
    for i in range(1, 4):
        feed(writer, b"record\n")
        assert writer.stdout.readline() == b"%d\n" % i
        assert path.read_bytes() == b"record\n" * i, "it is in the file by then"
    assert writer.communicate(b"x\ny\n", timeout=60) == (b"4\n5\n", b"")
    assert run(tmp_path / "new", b"{}\n{}\n", "--ack", "--stamp").stdout == b"1\n2\n"
    assert run(tmp_path / "new", b"{}\n", "--ack", "--stamp", "--batch").stdout == b"3\n", "the number of the stamp"


# Checking


def test_check_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    for n in range(6):
        run(path, b'{"n":%d}\n' % n, "--stamp", "--chain", "--rotate", "700")
    archives = sorted(tmp_path.glob("log.0*"))
    assert len(archives) == 1
    path.write_bytes(path.read_bytes() + b'{"half')
    last = len(path.read_bytes().splitlines())
    lines = archives[0].read_bytes().splitlines(keepends=True)
    archives[0].write_bytes(b"".join([lines[0], *lines[2:]]))
    result = run(path, b"", "--check")
    broken = "'prev' is not the hash of the line before, which was changed or removed"
    assert result.stdout.decode().splitlines() == [
        f"{archives[0]}:2: sequence broken: record 2 is missing before this line",
        f"{archives[0]}:2: chain broken: {broken}",
        f"{path}:{last}: torn: 6 bytes without an end of line, left by a crash or a full disk",
    ]
    assert result.returncode == 1
    as_json = [json.loads(line) for line in run(path, b"", "--check", "--json").stdout.splitlines()]
    assert [(f["file"], f["line"]) for f in as_json][:2] == [(str(archives[0]), 2)] * 2
    assert all(f["finding"] for f in as_json)


def test_repair_moves_a_torn_end_and_deletes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b'{"a":1}\n{"half')
    result = run(path, b"", "--repair")
    assert (result.returncode, result.stdout.decode()) == (0, f"{path}: whole\n")
    assert result.stderr.decode() == (
        f"flock-append: 6 bytes of a torn record at the end of {path} are now in {path}.torn-1\n"
    )
    assert (path.read_bytes(), (tmp_path / "log.torn-1").read_bytes()) == (b'{"a":1}\n', b'{"half')
    again = run(path, b"", "--check", "--repair")
    assert (again.returncode, again.stderr) == (0, b"")


def test_checking_makes_nothing(tmp_path: Path) -> None:
    for options in (("--check",), ("--repair",)):
        result = run(tmp_path / "log", b"", *options)
        assert (result.returncode, result.stdout) == (111, b"")
        assert result.stderr.decode() == f"flock-append: unable to check {tmp_path}/log: there is no such file\n"
    assert os.listdir(tmp_path) == []


def test_plain_text_is_checked_for_what_it_can_be(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"a word\n")
    assert run(tmp_path / "log", b"", "--check").returncode == 1
    assert run(tmp_path / "log", b"", "--check", "--text").returncode == 0


def test_a_file_that_is_being_written_is_not_called_torn(tmp_path: Path) -> None:
    path = tmp_path / "log"
    holder = holding(path)
    path.write_bytes(b"{}\n{")
    result = run(path, b"", "--check", "--timeout", "0.05")
    assert result.returncode == 111
    assert f"unable to check {path}: not free within 0.05 s; " in result.stderr.decode()
    checker = start(path, "--check", "--timeout", "60")
    time.sleep(0.1)
    path.write_bytes(b"{}\n{}\n")
    holder.communicate("\n", timeout=60)
    assert checker.communicate(timeout=60)[0].decode() == f"{path}: whole\n"


# Locks


def test_a_busy_lock_is_exit_1(tmp_path: Path) -> None:
    path = tmp_path / "log"
    holder = holding(path)
    result = run(path, b"a\n", "--timeout", "0.05")
    assert result.returncode == 1
    assert result.stderr.decode().startswith(f"flock-append: unable to append to {path}: not free within 0.05 s; ")
    if sys.platform == "linux":
        assert f"process {holder.pid} (" in result.stderr.decode()
    assert path.read_bytes() == b""
    holder.communicate("\n", timeout=60)


def test_retries(tmp_path: Path) -> None:
    path = tmp_path / "log"
    holder = holding(path)
    result = run(path, b"a\n", "--timeout", "0", "--retries", "2")
    assert result.returncode == 1
    assert f"unable to append to {path}: not free in 3 tries over 0." in result.stderr.decode()
    writer = start(path, "--timeout", "0", "--retries", "100")
    feed(writer, b"late\n")
    time.sleep(0.2)
    holder.communicate("\n", timeout=60)
    assert writer.communicate(timeout=60) == (b"", b"")
    assert (writer.returncode, path.read_bytes()) == (0, b"late\n")


def test_a_full_disk_says_how_far_it_came(tmp_path: Path) -> None:
    path = tmp_path / "log"
    argv = ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *COMMAND, str(path)]  # 512 or 1024 bytes
    writer = subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    feed(writer, b"a\nb\n")
    until(lambda: path.exists() and path.read_bytes() == b"a\nb\n", writer)
    err = writer.communicate(b"x" * 2000 + b"\n", timeout=60)[1].decode()
    assert writer.returncode == 111
    assert f"unable to append to {path}: {os.strerror(errno.EFBIG)}; raise the file size limit" in err
    assert err.endswith(f"; 2 records of this input are in {path}\n")
    assert path.read_bytes() == b"a\nb\n"


def test_a_long_lived_writer_follows_the_name(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writer = start(path, "--ack")
    assert writer.stdout
    for change in (path.unlink, lambda: path.rename(tmp_path / "aside"), lambda: path.write_bytes(b"")):
        feed(writer, b"before\n")
        writer.stdout.readline()
        change()
        feed(writer, b"after\n")
        writer.stdout.readline()
        assert path.read_bytes() == b"after\n"
    writer.communicate(timeout=60)


# Signals


@pytest.mark.parametrize(
    ("number", "name"), [(signal.SIGINT, "SIGINT"), (signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP")]
)
def test_a_signal_while_it_waits_for_input(tmp_path: Path, number: signal.Signals, name: str) -> None:
    path = tmp_path / "log"
    writer = start(path, "--ack")
    assert writer.stdout
    feed(writer, b"a\nhalf")
    assert writer.stdout.readline() == b"1\n"
    writer.send_signal(number)
    err = writer.communicate(timeout=60)[1].decode()
    assert (writer.returncode, err) == (
        128 + number,
        f"flock-append: stopped by {name}; 1 record of this input is in {path}\n",
    )
    assert path.read_bytes() == b"a\n"


@pytest.mark.parametrize("options", [("--timeout", "60"), ("--timeout", "0", "--retries", "9999")], ids=" ".join)
def test_a_signal_while_it_waits_for_the_lock(tmp_path: Path, options: "tuple[str, ...]") -> None:
    path = tmp_path / "log"
    holder = holding(path)
    writer = start(path, *options)
    feed(writer, b"a\n")
    time.sleep(0.3)
    writer.send_signal(signal.SIGTERM)
    err = writer.communicate(timeout=60)[1].decode()
    assert (writer.returncode, err) == (
        143,
        f"flock-append: stopped by SIGTERM; nothing of this input is in {path}\n",
    )
    holder.communicate("\n", timeout=60)
    assert path.read_bytes() == b""


def test_a_signal_in_full_run_leaves_whole_records_and_says_how_many(tmp_path: Path) -> None:
    record = b"x" * 20_000 + b"\n"
    for n in range(10):
        path = tmp_path / f"log{n}"
        writer = start(path)
        try:
            feed(writer, record * 5)
            until(path.exists, writer)
            time.sleep(0.0005 * n)
            writer.send_signal(signal.SIGTERM)
            for _ in range(200):
                feed(writer, record)
        except BrokenPipeError:
            pass
        assert writer.stderr
        err = writer.stderr.read().decode()
        assert writer.wait(timeout=60) == 143
        count = len(path.read_bytes()) // len(record)
        assert path.read_bytes() == record * count
        assert f"; {count} records of this input are in" in err or count == 1
        for pipe in (writer.stdin, writer.stdout, writer.stderr):
            try:
                pipe.close()  # type: ignore[union-attr]
            except BrokenPipeError:
                pass


def test_nohup_is_respected(tmp_path: Path) -> None:
    path = tmp_path / "log"
    argv = ["sh", "-c", "trap '' HUP; exec \"$@\"", "sh", *COMMAND, str(path)]
    writer = subprocess.Popen(argv, stdin=subprocess.PIPE)
    feed(writer, b"a\n")
    until(path.exists, writer)
    writer.send_signal(signal.SIGHUP)
    time.sleep(0.1)
    writer.communicate(b"b\n", timeout=60)
    assert (writer.returncode, path.read_bytes()) == (0, b"a\nb\n")


def test_a_stopped_writer_holds_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writer = start(path)
    feed(writer, b"a\n")
    until(lambda: path.exists() and path.read_bytes() == b"a\n", writer)
    writer.send_signal(signal.SIGSTOP)
    os.waitpid(writer.pid, os.WUNTRACED)
    feed(writer, b"later\n")
    flock.append(str(path), b"meanwhile\n", timeout=0)
    writer.send_signal(signal.SIGCONT)
    writer.communicate(timeout=60)
    assert path.read_bytes() == b"a\nmeanwhile\nlater\n"


def test_nobody_reads_the_acknowledgements(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writer = start(path, "--ack")
    assert writer.stdout
    writer.stdout.close()
    feed(writer, b"a\nb\n")
    assert writer.stderr
    assert writer.stderr.read().decode() == (
        f"flock-append: nobody reads the acknowledgements any more; 2 records of this input are in {path}\n"
    )
    assert writer.wait(timeout=60) == 141
    assert writer.stdin
    writer.stdin.close()
    writer.stderr.close()


# Wrong use


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        pytest.param([], "one FILE is needed, not 0", id="no file"),
        pytest.param(["a", "b"], "one FILE is needed, not 2", id="two files"),
        pytest.param([""], "one FILE is needed, not 0", id="empty file name"),
        pytest.param(["--timout=1", "a"], "there is no option --timout=1", id="unknown option"),
        pytest.param(["--batch=yes", "a"], "there is no option --batch=yes", id="a value too many"),
        pytest.param(["-t", "a"], "there is no option -t", id="short option"),
        pytest.param(["a", "--timeout"], "--timeout '' is not a number", id="time-out without a value"),
        *(
            pytest.param(["--timeout", t, "a"], f"--timeout {t!r} is not a number", id=f"time-out {t}")
            for t in ("soon", "-1", "nan", "inf", "1e9")
        ),
        *(
            pytest.param([f"--retries={t}", "a"], f"--retries {t!r} is not a whole number", id=f"retries {t}")
            for t in ("-1", "1.5", "", "²")
        ),
        pytest.param(["--rotate=0", "a"], "--rotate 0 leaves no room", id="rotate 0"),
        pytest.param(["--max-record", "0", "a"], "--max-record 0 leaves no room", id="record of 0 bytes"),
        pytest.param(["--agent", "x", "a"], "--agent and --session go with --stamp", id="agent without stamp"),
        pytest.param(["--stamp", "--session=", "a"], "--session needs a value", id="session without a value"),
        pytest.param(["--check", "--stamp", "a"], "--check appends nothing", id="check and stamp"),
        pytest.param(["--text", "a"], "--text goes with --check", id="text without check"),
    ],
)
def test_wrong_use(tmp_path: Path, argv: "list[str]", text: str) -> None:
    result = subprocess.run([*COMMAND, *argv], input=b"a\n", capture_output=True, check=False, cwd=tmp_path)
    assert result.returncode == 2
    assert text in result.stderr.decode()
    assert result.stderr.decode().startswith("flock-append: wrong use: ")
    assert result.stderr.decode().endswith("; see `flock-append --help`\n")
    assert os.listdir(tmp_path) == []


def test_a_file_is_not_fed_to_itself(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("a\n")
    with open(path, "rb") as source:
        result = subprocess.run([*COMMAND, str(path)], stdin=source, capture_output=True, check=False, timeout=60)
    assert result.returncode == 2
    assert b"is both input and output" in result.stderr
    assert path.read_text() == "a\n"


@pytest.mark.parametrize(
    ("data", "options", "place", "kept"),
    [
        pytest.param(
            b"first\n" + b"x" * (17 * 1024 * 1024), (), "2: longer than --max-record 16777216", b"first\n", id="no end"
        ),
        pytest.param(
            b"a\n" + b"x" * 11 + b"\nb\n", ("--max-record=10",), "2: longer than --max-record 10", None, id="too long"
        ),
        pytest.param(
            b"a\n" + b"x" * 11, ("--max-record=10", "--batch"), "2: longer than --max-record 10", None, id="in a batch"
        ),
        pytest.param(b"x" * 10 + b"\n", ("--max-record=10",), "", b"x" * 10 + b"\n", id="just not"),
    ],
)
def test_a_record_that_is_too_long(
    tmp_path: Path, data: bytes, options: "tuple[str, ...]", place: str, kept: "bytes | None"
) -> None:
    path = tmp_path / "log"
    result = run(path, data, *options)
    assert result.returncode == (2 if place else 0)
    assert place in result.stderr.decode()
    assert (path.read_bytes() if path.exists() else None) == kept


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


@pytest.mark.parametrize("closed", ["<&-", "<&- >&-", "<&- >&- 2>&-"])
def test_a_closed_standard_input(tmp_path: Path, closed: str) -> None:
    argv = ["sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND, "log"]
    result = subprocess.run(argv, capture_output=True, cwd=tmp_path, check=False)
    assert result.returncode == 111
    if "2>" not in closed:
        assert result.stderr.decode().startswith(f"flock-append: unable to read records: {os.strerror(errno.EBADF)}; ")
    assert os.listdir(tmp_path) == []


def test_closed_outputs_do_no_harm(tmp_path: Path) -> None:
    argv = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", *COMMAND, "--ack", "log"]
    done = subprocess.run(argv, input=b"a\n", capture_output=True, cwd=tmp_path, check=False)
    assert (done.returncode, (tmp_path / "log").read_bytes()) == (0, b"a\n")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_message_that_cannot_be_written_does_not_change_the_outcome(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"half")
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*COMMAND, str(path)], input=b"a\n", stderr=full, check=False)
    assert done.returncode == 0
    assert path.read_bytes() == b"a\n"
    with open("/dev/full", "wb") as full:
        assert subprocess.run([*COMMAND, str(tmp_path)], input=b"a\n", stderr=full, check=False).returncode == 111


def test_a_name_cannot_write_on_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b]0;b\nc"
    path.mkdir()
    result = run(path, b"a\n")
    assert result.returncode == 111
    assert b"\x1b" not in result.stderr
    assert result.stderr.count(b"\n") == 1
    assert b"/a\\x1b]0;b\\nc: " in result.stderr


def test_streams_that_do_not_block(tmp_path: Path) -> None:
    path = tmp_path / "log"
    stdin, give = os.pipe()
    take, stdout = os.pipe()
    os.set_blocking(stdin, False)
    os.set_blocking(stdout, False)
    writer = subprocess.Popen([*COMMAND, "--ack", str(path)], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)
    os.close(stdin)
    os.close(stdout)
    time.sleep(0.1)
    records = b"".join(b"%d\n" % n for n in range(20_000))  # acknowledged in more than a pipe holds

    def feed_it() -> None:
        write_all(give, records)
        os.close(give)

    feeder = threading.Thread(target=feed_it)
    feeder.start()
    time.sleep(0.3)
    with open(take, "rb") as f:
        acknowledged = f.read()
    feeder.join()
    assert writer.communicate(timeout=60)[1] == b""
    assert writer.returncode == 0
    assert path.read_bytes() == records
    assert acknowledged.count(b"\n") >= 1


def test_a_number_out_of_all_bounds_is_no_number(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b'{"stamp":{"seq":' + b"9" * 5000 + b"}}\n")
    assert run(path, b'{"a":1}\n', "--json", "--stamp").returncode == 0
    assert objects_of(path.read_bytes().splitlines()[-1])["stamp"]["seq"] == 1


def test_help() -> None:
    result = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    assert result.stdout.startswith("Append records from standard input")
    assert "usage: flock-append [OPTION ...] FILE\n" in result.stdout
    from onetree.scripts import flock_append

    for option in (*flock_append.FLAGS, *flock_append.VALUES):
        assert f"  {option}" in result.stdout or f", {option} " in result.stdout, option


def test_imports(tmp_path: Path) -> None:
    """A record by itself pays for each import."""
    program = "import sys; before = set(sys.modules); sys.argv[1:] = ['log']\n"
    program += "from onetree.scripts import flock_append; flock_append.main()\n"
    program += "print(*sorted(set(sys.modules) - before))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], input=b"a\n", capture_output=True, check=True, cwd=tmp_path
    )
    own = "onetree onetree.flock onetree.reach onetree.scripts onetree.scripts.flock_append onetree.scripts.flock_feed "
    assert set(done.stdout.decode().split()) <= {
        *own.split(),
        "onetree.tail",
        "onetree.visible",
        "onetree.waiting",
        "errno",
        "fcntl",
    }


def test_it_waits_for_nothing_that_it_need_not_wait_for(tmp_path: Path) -> None:
    """Output is not looked at, and an acknowledgement comes while the input stays open."""
    writer = start(tmp_path / "log", "--ack", "--json")
    assert writer.stdout
    feed(writer, b"{}\n")
    assert select.select([writer.stdout], [], [], 60)[0]
    assert records.parse((tmp_path / "log").read_bytes()[:-1]) == {}
    writer.communicate(timeout=60)
