"""The model of the lock rules: its modes are those of the code; each planted bug has its row and is found."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from onetree.locks import core

MODELS = Path(__file__).parent.parent / "models"
MODEL = (MODELS / "locks.pml").read_text()
CHECK = (MODELS / "check.py").read_text()

needs_spin = pytest.mark.skipif(not (shutil.which("spin") and shutil.which("cc")), reason="needs spin and a C compiler")


def check(*rows: str, path: "str | None" = None) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, str(MODELS / "check.py"), *rows]
    env = None if path is None else {"PATH": path}
    return subprocess.run(argv, capture_output=True, text=True, check=False, env=env)


def test_its_modes_are_those_of_the_code() -> None:
    modes = {name: int(n) for name, n in re.findall(r"^#define (READ|INTENT|WRITE) (\d)$", MODEL, re.MULTILINE)}
    assert sorted(modes, key=modes.__getitem__) == ["READ", "INTENT", "WRITE"]
    assert core.MODES == ("read", "intent_write", "write")
    rule = re.findall(r"^#define incompatible\(x, y\) .*\(x\) == WRITE \|\| \(y\) == WRITE", MODEL, re.MULTILINE)
    conflicts = {(a, b) for a in core.MODES for b in core.MODES if b not in core.COMPATIBLE[a]}
    assert rule
    assert conflicts == {(a, b) for a in core.MODES for b in core.MODES if core.WRITE in (a, b)}


def test_each_planted_bug_has_a_row() -> None:
    planted = set(re.findall(r"#ifn?def (BUG_\w+)", MODEL))
    assert planted == set(re.findall(r'"(BUG_\w+)": ', CHECK))
    assert len(planted) >= 8


@needs_spin
@pytest.mark.parametrize("row", ["every wait ends", "BUG_STALE"])
def test_a_world_is_clean_and_a_bug_is_found(row: str) -> None:
    done = check(row)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"ok    {row}: ")


def test_it_says_so_when_spin_is_missing(tmp_path: Path) -> None:
    done = check(path=str(tmp_path))
    assert done.returncode == 111
    assert "unable to check the model: no spin here: apt install spin" in done.stderr


def test_wrong_use() -> None:
    assert check("BUG_NOBODY_KNOWS").returncode == 2
