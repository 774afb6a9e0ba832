"""onetree commit beside a plain `git commit` that has read the index as it was, and has not locked it yet."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from onetree.commits import latecomers

from .commit_test import IDENTITY, changed, commit, git, shown, status, tree  # noqa: F401
from .conftest import ENVIRONMENT, Worker
from .systemcalls import STRACE

BEGUN = ["git", "commit", "-qm", "a person's"]
# Says so when it has begun, and ends when it may.
WAITS = "touch {0}/there; while [ -e {0}/there ]; do sleep 0.01; done"


@contextmanager
def running(tree: Path, *argv: str, **env: str) -> "Iterator[subprocess.Popen[str]]":  # noqa: F811
    everything = {**ENVIRONMENT, **IDENTITY, "HOME": str(tree.parent), **env}
    process = subprocess.Popen(
        argv, cwd=tree, env=everything, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.communicate(timeout=60)


def wait_for(path: Path, text: str = "") -> None:
    end = time.monotonic() + 30
    while not path.exists() or text not in path.read_text():
        assert time.monotonic() < end, f"{path} does not come"
        time.sleep(0.01)


@contextmanager
def asleep(tree: Path, seconds: float) -> "Iterator[subprocess.Popen[str]]":  # noqa: F811
    """A person's commit of person.txt that has read the index, and sleeps before it locks it."""
    log = tree.parent / "calls"
    lock = str(tree.resolve() / ".git" / "index.lock")
    fault = ["-e", "trace=openat", "-P", lock, "-e", f"inject=openat:delay_enter={int(seconds * 1e6)}"]
    strace = [str(STRACE), "-qq", "-o", str(log), *fault]
    if not STRACE or subprocess.run([*strace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace is not here, or may not trace")
    (tree / "person.txt").write_text("a person's\n")
    git(tree, "add", "person.txt")
    with running(tree, *strace, *BEGUN) as process:
        wait_for(log, "index.lock")
        yield process


def test_one_that_sleeps_does_not_put_the_old_index_back(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    ann.write("ann.txt", "ann\n")
    with asleep(ann.tree, 0.5) as person:
        assert latecomers.late(str(ann.tree.resolve()))
        done = commit(ann)
    assert (done.returncode, "may put" in done.stderr) == (0, False), done.stderr
    assert person.returncode, "HEAD had moved, and it committed all the same"
    assert status(ann.tree) == ["A  person.txt"]
    git(ann.tree, *BEGUN[1:])
    assert changed(ann.tree) == ["person.txt"]
    assert shown(ann.tree, "ann.txt") == "ann\n"


def test_one_that_does_not_wake_is_told_and_can_be_mended(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    ann.write("ann.txt", "ann\n")
    with asleep(ann.tree, 4):
        done = commit(ann)
        assert done.returncode == 0, done.stderr
    assert "may put the index back as it was; look with `git status`" in done.stderr
    assert status(ann.tree) == ["D  ann.txt", "A  person.txt", "?? ann.txt"], "git no longer does so: nothing to tell"
    git(ann.tree, "restore", "--staged", "ann.txt")
    git(ann.tree, *BEGUN[1:])
    assert changed(ann.tree) == ["person.txt"]


@pytest.mark.parametrize(
    ("how", "late"),
    [
        pytest.param("editor", False, id="in its editor"),
        pytest.param("pre-commit", False, id="in a hook"),
        pytest.param("fsmonitor", True, id="asking what changed"),
    ],
)
def test_who_is_waited_for(tree: Path, tmp_path: Path, how: str, late: bool) -> None:  # noqa: F811
    script = tree / ".git" / "hooks" / how
    script.parent.mkdir(exist_ok=True)
    script.write_text(f'#!/bin/sh\n{WAITS.format(tmp_path)}\necho x > "$1"\n')
    script.chmod(0o755)
    settings = {"fsmonitor": ("-c", f"core.fsmonitor={script}")}.get(how, ())
    argv = ["git", *settings, "commit", "-q", "--allow-empty", *(["-m", "x"] if how != "editor" else [])]
    with running(tree, *argv, GIT_EDITOR=str(script)):
        wait_for(tmp_path / "there")
        try:
            assert bool(latecomers.late(str(tree.resolve()))) == late
        finally:
            (tmp_path / "there").unlink()


def test_one_elsewhere_is_not_waited_for(pair: "tuple[Worker, Worker]", tmp_path: Path) -> None:
    ann, _ = pair
    with asleep(ann.tree, 0.5):
        assert not latecomers.late(str(tmp_path))
