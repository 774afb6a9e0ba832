"""Sealed files: what was stored comes back, what was not is not taken."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from onetree import sealed


def test_gives_back_what_it_stored(tmp_path: Path) -> None:
    sealed.store(str(tmp_path / "f"), str(tmp_path), b"data")
    assert sealed.fetch(str(tmp_path / "f"), str(tmp_path)) == b"data"


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda b, _: b[:-1], id="cut off"),
        pytest.param(lambda b, _: b + b"x", id="something added"),
        pytest.param(lambda b, _: b[:-1] + b"X", id="a byte changed"),
        pytest.param(lambda b, _: b"\0" * 32 + b[32:], id="no seal"),
        pytest.param(lambda _, __: b"", id="empty"),
        pytest.param(lambda _, o: o, id="sealed with another key"),
    ],
)
def test_takes_nothing_that_it_did_not_seal(tmp_path: Path, forge: "object") -> None:
    state, other = tmp_path / "state", tmp_path / "other"
    for folder in (state, other):
        folder.mkdir()
        sealed.store(str(folder / "f"), str(folder), b"data")
    path = state / "f"
    path.write_bytes(forge(path.read_bytes(), (other / "f").read_bytes()))  # type: ignore[operator]
    assert sealed.fetch(str(path), str(state)) is None


def test_takes_no_symbolic_link(tmp_path: Path) -> None:
    sealed.store(str(tmp_path / "f"), str(tmp_path), b"data")
    (tmp_path / "link").symlink_to("f")
    assert sealed.fetch(str(tmp_path / "link"), str(tmp_path)) is None


def test_the_key_is_for_its_owner_only(tmp_path: Path) -> None:
    state = tmp_path / "new" / "state"
    assert len(sealed.key(str(state))) == sealed.KEY_BYTES
    assert stat.S_IMODE(os.stat(state / "key").st_mode) == 0o600


def test_processes_that_make_the_key_at_once_agree(tmp_path: Path) -> None:
    with ProcessPoolExecutor(8) as pool:
        keys = set(pool.map(sealed.key, [str(tmp_path / "state")] * 64))
    assert len(keys) == 1
    assert os.listdir(tmp_path / "state") == ["key"]


def test_a_key_that_is_none_is_an_error_that_says_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(OSError, match="5 bytes are not a key; move it away"):
        sealed.key(str(tmp_path))


def test_a_key_that_cannot_be_written_leaves_nothing_and_says_why(tmp_path: Path) -> None:
    program = """
import errno, resource, sys
from onetree import sealed
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
for limit in (0, 0, soft):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        print(len(sealed.key(sys.argv[1])))
    except OSError as e:
        print(errno.errorcode[e.errno])
"""
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout.split() == ["EFBIG", "EFBIG", "32"]
    assert os.listdir(tmp_path) == ["key"]
