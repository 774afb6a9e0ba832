"""onetree commit, killed at every stage: nobody's work is lost, and the next commit finishes it or takes it back."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from .commit_test import IDENTITY, changed, git, hook, record, shown, status, tree  # noqa: F401
from .conftest import BIN, ENVIRONMENT
from .systemcalls import STRACE

GIT = shutil.which("git") or ""
# Counts the gits that are started, and at one of them kills all processes of the commit.
SHIM = f"""#!/bin/sh
n=1
while ! mkdir "$COUNTED/$n" 2>/dev/null; do n=$((n+1)); done
[ "$n" = "$KILL_AT" ] && kill -9 0
exec {GIT} "$@"
"""
MOST_GITS, MOST_CALLS = 14, 60


def committed(tree: Path, session: str, *before: str, **env: str) -> "tuple[int, str]":  # noqa: F811
    """(exit status, what it said) of a commit by an agent, in a process group of its own."""
    everything = {**ENVIRONMENT, **IDENTITY, "HOME": str(tree.parent), "CLAUDECODE": "1", **env}
    everything["CLAUDE_CODE_SESSION_ID"] = session
    process = subprocess.Popen(
        [*before, str(BIN / "onetree"), "commit", "-m", f"work of {session}"], cwd=tree, env=everything,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    said, _ = process.communicate(timeout=60)
    return process.returncode, said


def next_commit(tree: Path, session: str) -> str:  # noqa: F811
    """Commit what is left to commit."""
    code, said = committed(tree, session)
    assert code == 0 or "in HEAD already" in said or "nothing since" in said, said
    return said


def check_after(tree: Path, text: str) -> None:  # noqa: F811
    """Another agent commits, which mends what is half done; then the killed one does."""
    head = git(tree, "rev-parse", "HEAD")
    record(tree, "bob.txt", text.encode(), "bob")
    next_commit(tree, "bob")
    assert changed(tree) == ["bob.txt"], "swept"
    assert git(tree, "diff", "--cached", "--name-only") == "", "the index and HEAD disagree"
    assert git(tree, "rev-parse", "HEAD^") == head
    assert (tree / "ann.txt").read_text() == text
    next_commit(tree, "ann")
    assert shown(tree, "ann.txt") == text
    assert status(tree) == []
    assert git(tree, "log", "--format=%s", "--", "ann.txt").count("ann") == int(text)
    assert "dangling" in (found := git(tree, "fsck", "--strict")) or found == ""
    folder = tree / ".git"
    left = [n for n in os.listdir(folder) if n.startswith("onetree-commit.") or n.endswith(".lock")]
    assert left == ["onetree-commit.lock"]
    assert not list((folder / "refs").rglob("*.lock"))


def test_all_processes_killed_at_each_git(tree: Path, tmp_path: Path) -> None:  # noqa: F811
    shim = tmp_path / "bin" / "git"
    shim.parent.mkdir()
    shim.write_text(SHIM)
    shim.chmod(0o755)
    hook(tree, "pre-commit", "exit 0")
    for n in range(1, MOST_GITS):
        counted = tmp_path / f"{n}"
        counted.mkdir()
        record(tree, "ann.txt", f"{n}".encode(), "ann")
        env = {"PATH": f"{shim.parent}:{ENVIRONMENT['PATH']}", "COUNTED": str(counted), "KILL_AT": str(n)}
        code, said = committed(tree, "ann", **env)
        assert code in (0, -signal.SIGKILL), said
        check_after(tree, f"{n}")
        if code == 0:
            break
    assert 8 < n < MOST_GITS - 1


@pytest.mark.parametrize("state", ["prepared", "committed"])
def test_all_processes_killed_while_head_moves(tree: Path, state: str) -> None:  # noqa: F811
    (tree / ".git" / "hooks").mkdir(exist_ok=True)
    record(tree, "ann.txt", b"1", "ann")
    hook(tree, "reference-transaction", f'[ "$1" = {state} ] && kill -9 0; exit 0')
    code, said = committed(tree, "ann")
    assert code == -signal.SIGKILL, said
    (tree / ".git" / "hooks" / "reference-transaction").unlink()
    for lock in (tree / ".git").rglob("*.lock"):
        os.utime(lock, (1, 1))  # or any git on this machine that is as old might hold it (ADR 33)
    check_after(tree, "1")


def test_killed_at_each_step_of_its_own(tree: Path) -> None:  # noqa: F811
    if not STRACE or subprocess.run([STRACE, "-o", "/dev/null", "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace is not here, or may not trace")
    for n in range(1, MOST_CALLS):
        record(tree, "ann.txt", f"{n}".encode(), "ann")
        fault = f"inject=/^(rename|unlink|write)(at|at2)?$:signal=SIGKILL:when={n}"
        code, said = committed(tree, "ann", STRACE, "-qq", "-o", "/dev/null", "-e", fault)
        assert code in (0, -signal.SIGKILL), said
        check_after(tree, f"{n}")
        if code == 0:
            break
    assert 10 < n < MOST_CALLS - 1
