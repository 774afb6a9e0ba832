"""onetree push: whose commits would go, into a real remote."""

from pathlib import Path

import pytest

from .commit_test import commit, env_of, git, tree  # noqa: F401
from .conftest import Run, Worker


@pytest.fixture
def remote(tree: Path, tmp_path: Path) -> Path:  # noqa: F811
    path = tmp_path / "remote.git"
    git(tree, "init", "-q", "--bare", str(path))
    git(tree, "remote", "add", "origin", str(path))
    git(tree, "push", "-qu", "origin", "HEAD:main")
    git(tree, "branch", "-m", "main")
    git(tree, "branch", "-u", "origin/main")
    return path


def push(worker: Worker, *args: str) -> "tuple[int, str]":
    done = worker.run("onetree", "push", *args, cwd=worker.tree, env=env_of(worker))
    return done.returncode, done.stdout + done.stderr


def test_its_own_commits_go(pair: "tuple[Worker, Worker]", remote: Path) -> None:
    ann, _ = pair
    assert push(ann)[0] == 0
    ann.write("a.txt")
    assert commit(ann).returncode == 0
    code, text = push(ann)
    assert (code, "own   claude ann: work" in text) == (0, True), text
    assert git(remote, "rev-parse", "main") == git(ann.tree, "rev-parse", "HEAD")


def test_others_commits_hold_it(pair: "tuple[Worker, Worker]", remote: Path) -> None:
    ann, bob = pair
    for worker, name in ((ann, "a.txt"), (bob, "b.txt")):
        worker.write(name)
        assert commit(worker).returncode == 0
    git(ann.tree, "commit", "-q", "--allow-empty", "-m", "a person's")
    code, text = push(ann)
    assert code == 3
    assert all(x in text for x in ("OTHER gemini bob: work", "OTHER A: a person's", "own   claude ann: work", "--yes"))
    assert "2 of 3 commits are not this agent's" in text
    assert git(remote, "rev-list", "--count", "main") == "1\n"
    assert push(ann, "--dry-run", "--json")[0] == 1
    assert push(ann, "--yes", "origin", "main")[0] == 0
    assert git(remote, "rev-parse", "main") == git(ann.tree, "rev-parse", "HEAD")


def test_without_a_remote(pair: "tuple[Worker, Worker]", run: Run) -> None:
    ann, _ = pair
    ann.write("a.txt")
    commit(ann)
    code, text = push(ann)
    assert (code, "there is no remote" in text) == (111, True)
