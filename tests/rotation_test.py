"""Rotation: no record lost, doubled or split, whoever writes, reads or is killed meanwhile."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from onetree import flock, rotation, tail

from .flock_test import WRITE, end, start

# Acknowledges each record on its standard output once it is in the file.
ACKNOWLEDGE = """
import sys
from onetree import flock
path, name, at = sys.argv[1], sys.argv[2], int(sys.argv[3])
with flock.Appender(path, timeout=60, rotate=400) as file:
    while True:
        file.append(f"{name} {at}\\n".encode())
        sys.stdout.write(f"{at}\\n")
        sys.stdout.flush()
        at += 1
"""


def names(folder: Path) -> "list[str]":
    return sorted(os.listdir(folder))


def everything(path: Path) -> "list[str]":
    """All lines, in order, as a reader gets them."""
    lines = []
    for _, fd in rotation.history(str(path)):
        lines += os.pread(fd, os.fstat(fd).st_size, 0).decode().splitlines()
    return lines


def test_a_file_that_would_become_too_large_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with flock.Appender(str(path), rotate=10) as file:
        for n in range(7):
            file.append(b"rec %d\n" % n)
        file.append(b"longer than the limit\n")
        file.append(b"last\n")
    assert names(tmp_path) == ["log", *(f"log.00000{n}" for n in range(1, 9))]
    assert (tmp_path / "log.000001").read_bytes() == b"rec 0\n"
    assert (tmp_path / "log.000008").read_bytes() == b"longer than the limit\n"
    assert path.read_bytes() == b"last\n"
    assert everything(path) == [*(f"rec {n}" for n in range(7)), "longer than the limit", "last"]


def test_a_first_record_above_the_limit_rotates_nothing(tmp_path: Path) -> None:
    with flock.Appender(str(tmp_path / "log"), rotate=5) as file:
        file.append(b"much more than five\n")
    assert names(tmp_path) == ["log"]


def test_mode_and_owner_go_over(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("x" * 20 + "\n")
    path.chmod(0o664)
    if os.geteuid() == 0:
        os.chown(path, 12345, 12345)
    before = path.stat()
    with flock.Appender(str(path), rotate=10) as file:
        file.append(b"new\n")
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino
    assert (tmp_path / "log.000001").stat().st_ino == before.st_ino, "an archive is never copied"


def test_only_its_own_archives_count(tmp_path: Path) -> None:
    for name in (
        "log",
        "log.000002",
        "log.000010",
        "log.1",
        "log.torn-1",
        "log.000003.gz",
        "blog.000009",
        "log.1234567",
    ):
        (tmp_path / name).touch()
    expected = [str(tmp_path / f"log.{n}") for n in ("000002", "000010", "1234567")]
    assert rotation.archives(str(tmp_path / "log")) == expected
    (tmp_path / "log").write_text("x\n")
    with flock.Appender(str(tmp_path / "log"), rotate=1) as file:
        file.append(b"y\n")
    assert (tmp_path / "log.1234568").read_text() == "x\n"


def test_a_torn_end_does_not_go_into_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("whole\ntorn")
    with flock.Appender(str(path), rotate=10) as file:
        file.append(b"new record\n")
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {
        "log": "new record\n",
        "log.000001": "whole\n",
        "log.torn-1": "torn",
    }


def test_a_rotation_that_was_killed_half_way_is_gone_on_from(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("old\n")
    os.link(path, tmp_path / "log.000001")
    (tmp_path / ".log.new").touch()
    assert everything(path) == ["old"], "a reader does not see it twice"
    with flock.Appender(str(path), rotate=10) as file:
        file.append(b"more\n")
        assert (tmp_path / "log.000001").read_text() == "old\nmore\n"
        file.append(b"new\n")
    assert everything(path) == ["old", "more", "new"]
    assert names(tmp_path) == ["log", "log.000001"]


def test_a_file_with_other_names_is_not_parted_from_them(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("old\n")
    os.link(path, tmp_path / "other")
    with flock.Appender(str(path), rotate=5) as file, pytest.raises(flock.FlockError, match="has 2 names"):
        file.append(b"new\n")
    assert path.read_text() == "old\n"
    assert names(tmp_path) == ["log", "other"]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda p: p.write_text("precious"), id="a file with something in it"),
        pytest.param(os.mkfifo, id="a FIFO"),
        pytest.param(lambda p: p.symlink_to("precious"), id="a link"),
        pytest.param(lambda p: os.link(p.parent / "precious", p), id="another name of a file"),
    ],
)
def test_what_is_in_the_way_is_not_touched(tmp_path: Path, make: "Callable[[Path], object]") -> None:
    path, beside = tmp_path / "log", tmp_path / ".log.new"
    path.write_text("old\n")
    (tmp_path / "precious").touch()
    make(beside)
    before = os.lstat(beside)
    with flock.Appender(str(path), rotate=5) as file, pytest.raises(flock.FlockError, match="is in the way; move it"):
        file.append(b"new\n")
    assert os.path.samestat(os.lstat(beside), before)
    assert path.read_text() == "old\n"


def test_a_full_disk_leaves_the_file_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("old\n")
    (tmp_path / ".log.new").mkdir()  # nothing new can be made there
    with flock.Appender(str(path), rotate=5) as file, pytest.raises(flock.FlockError, match="could not be rotated"):
        file.append(b"new\n")
    assert path.read_text() == "old\n"
    (tmp_path / ".log.new").rmdir()
    with flock.Appender(str(path), rotate=5) as file:
        file.append(b"new\n")
    assert everything(path) == ["old", "new"]


def test_writers_in_all_files_and_readers_all_the_time(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.touch()
    writers = [start(WRITE, path, f"w{n}", 200, 10 * n, 1500) for n in range(5)]
    seen: list[str] = []
    while any(w.poll() is None for w in writers):
        now = everything(path)
        whole = [line for line in now if line.endswith(" end")]
        assert len(now) - len(whole) <= 1, "but the one that is being written"
        assert whole[: len(seen)] == seen, "what was read once stays as it was"
        seen = whole
    assert [end(w) for w in writers] == [""] * 5
    words = [line.split(" ") for line in everything(path)]
    for n in range(5):
        assert [int(w[1]) for w in words if w[0] == f"w{n}"] == list(range(200))
    sizes = [p.stat().st_size for p in tmp_path.iterdir()]
    assert max(sizes) <= 1500
    assert len(sizes) > 10


def test_writers_that_are_killed_while_they_rotate(tmp_path: Path) -> None:
    path = tmp_path / "log"
    acknowledged: dict[str, int] = {}
    for n in range(25):
        pair = [
            subprocess.Popen(
                [sys.executable, "-c", ACKNOWLEDGE, str(path), f"{n}{letter}", "0"], stdout=subprocess.PIPE
            )
            for letter in "ab"
        ]
        for writer in pair:
            assert writer.stdout
            writer.stdout.readline()
        time.sleep(0.0007 * n)
        for writer in pair:
            writer.send_signal(signal.SIGKILL)
        for letter, writer in zip("ab", pair, strict=True):
            said = writer.communicate()[0]
            acknowledged[f"{n}{letter}"] = said.count(b"\n") + 1  # with the first one
    with flock.Appender(str(path), rotate=400) as file:
        file.append(b"end 0\n")
    words = [line.split(" ") for line in everything(path)]
    assert all(len(w) == 2 for w in words), "none is torn"
    for name, count in acknowledged.items():
        found = [int(w[1]) for w in words if w[0] == name]
        assert found == list(range(len(found))), "each once, and in order"
        assert len(found) in (count, count + 1), "and at most one that nobody was told of"


def test_the_lines_before_go_on_into_the_archives(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with flock.Appender(str(path), rotate=12) as file:
        for n in range(6):
            file.append(b"rec %d\n" % n)
        seen: list[bytes] = []

        def look(before: "Iterator[bytes]") -> bytes:
            seen.extend(before)
            return b"x\n"

        file.append_after(look)
    assert seen == [b"rec %d" % n for n in range(5, -1, -1)]


@pytest.mark.parametrize("size", [0, 1, 7, 65535, 65536, 65537, 200_000])
def test_lines_backwards(tmp_path: Path, size: int) -> None:
    path = tmp_path / "log"
    data = (b"".join(b"%d\n" % n for n in range(40_000)))[:size]
    data = data[: data.rfind(b"\n") + 1]
    path.write_bytes(data + b"more")
    fd = os.open(path, os.O_RDONLY)
    try:
        assert list(tail.lines(fd, len(data))) == data.split(b"\n")[:-1][::-1]
    finally:
        os.close(fd)
