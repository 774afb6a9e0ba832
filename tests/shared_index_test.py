"""The guard shared-index: which git commands of an agent concern what others have not committed."""

import subprocess
from pathlib import Path

import pytest

from .commit_test import git, record, tree  # noqa: F401
from .conftest import Run, Worker


@pytest.fixture
def ann(tree: Path, run: Run) -> Worker:  # noqa: F811
    """An agent that wrote own.txt and README.md, in a tree in which another wrote bob.txt (new) and shared.txt."""
    record(tree, "own.txt", b"own\n", "ann")
    record(tree, "README.md", b"own\n", "ann")
    record(tree, "bob/new.txt", b"bob\n", "bob", "gemini")
    record(tree, "shared.txt", b"bob\n", "bob", "gemini")
    return Worker("claude", tree, run, "ann")


REFUSED = (
    "git add -A",
    "git add .",
    "git add --all",
    "git add -u",
    "git add bob",
    "git add shared.txt own.txt",
    "git add '*.txt'",
    "git stage .",
    "git -C . add .",
    "git commit -a -m x",
    "git commit -am x",
    "git commit --all -m x",
    "git commit -m x -- shared.txt",
    "git commit -m x .",
    "git add own.txt && git commit -m x -a",
    "git stash",
    "git stash push -u",
    "git stash -- shared.txt",
    "git stash save wip",
    "git checkout -- shared.txt",
    "git checkout .",
    "git restore shared.txt",
    "git restore .",
    "git reset --hard",
    "git clean -fd",
    "git checkout -f",
)
PASSES = (
    "git status",
    "git diff",
    "git add own.txt",
    "git add -- own.txt README.md",
    "git add -n .",
    "git add own.txt && git commit -m x",
    "git commit -m x -- own.txt README.md",
    "git commit -m 'git add -A' -- own.txt",
    "git stash list",
    "git stash -- README.md",
    "git checkout -- README.md",
    "git restore README.md",
    "git log -1",
    "git commit --dry-run -a",
    "git reset",
    "git clean -n",
)


@pytest.mark.parametrize("command", REFUSED)
def test_what_takes_or_destroys_anothers_work_is_refused(ann: Worker, command: str) -> None:
    before = (ann.tree / "shared.txt").read_text()
    verdict, text = ann.shell(command)
    assert verdict == "deny", command
    assert "gemini bob" in text
    assert "Way out" in text
    assert (ann.tree / "shared.txt").read_text() == before


@pytest.mark.parametrize("command", PASSES)
def test_what_concerns_only_its_own_work_passes(ann: Worker, command: str) -> None:
    assert ann.shell(command) == ("allow", "")


@pytest.mark.parametrize("command", REFUSED)
def test_alone_in_the_tree_everything_passes(tree: Path, run: Run, command: str) -> None:  # noqa: F811
    record(tree, "own.txt", b"own\n", "ann")
    record(tree, "shared.txt", b"own\n", "ann")
    _, text = Worker("claude", tree, run, "ann").call("Bash", command=command)
    assert "shared-index" not in text


def test_a_bare_commit_takes_what_is_staged(ann: Worker) -> None:
    git(ann.tree, "add", "shared.txt")
    verdict, text = ann.shell("git commit -m x")
    assert (verdict, "git commit` would commit shared.txt" in text) == ("deny", True)
    assert ann.shell("git reset")[0] == "deny"
    git(ann.tree, "reset", "-q")
    (ann.tree / "person.txt").write_text("a person's\n")
    git(ann.tree, "add", "person.txt")
    verdict, text = ann.shell("git commit -m x")
    assert (verdict, "person.txt, which is staged" in text) == ("deny", True)


def test_what_a_person_has_committed_meanwhile_is_nobodys_any_more(ann: Worker) -> None:
    git(ann.tree, "commit", "-qm", "a person", "--", "shared.txt")
    subprocess.run(["git", "-C", str(ann.tree), "add", "bob"], check=True)
    git(ann.tree, "commit", "-qm", "bob", "--", "bob")
    assert ann.shell("git add -A") == ("allow", "")
