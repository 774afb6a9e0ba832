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
    pytest.param("git add -A", id="all there is"),
    pytest.param("git add .", id="all below here"),
    pytest.param("git add --all", id="all, the long option"),
    pytest.param("git add -u", id="all that git knows, another's among it"),
    pytest.param("yes | git add -p", id="hunks of all that git knows"),
    pytest.param("git add bob", id="another's folder"),
    pytest.param("git add shared.txt own.txt", id="another's file beside one's own"),
    pytest.param("git add '*.txt'", id="a pattern that matches another's"),
    pytest.param("git stage .", id="add by its other name"),
    pytest.param("git -C . add .", id="options before the subcommand"),
    pytest.param("git commit -a -m x", id="all that git knows"),
    pytest.param("git commit -am x", id="the same in a cluster"),
    pytest.param("git commit --all -m x", id="the same, the long option"),
    pytest.param("git commit -m x -- shared.txt", id="another's file by name"),
    pytest.param("git commit -m x .", id="a folder with another's file"),
    pytest.param("git add own.txt && git commit -m x -a", id="the second of two commands"),
    pytest.param("git stash", id="takes everybody's changes away"),
    pytest.param("git stash push -u", id="and the new files"),
    pytest.param("git stash -- shared.txt", id="another's file by name: stash"),
    pytest.param("git stash save wip", id="its old form"),
    pytest.param("git checkout -- shared.txt", id="another's file thrown away"),
    pytest.param("git checkout .", id="all changes below here thrown away"),
    pytest.param("git restore shared.txt", id="the same by restore"),
    pytest.param("git restore .", id="all, by restore"),
    pytest.param("git reset --hard", id="all changes thrown away"),
    pytest.param("git clean -fd", id="new files deleted"),
    pytest.param("git clean -fdx", id="ignored ones, too"),
    pytest.param("git clean -f bob/", id="another's folder: clean"),
    pytest.param("git checkout -f", id="all changes, by force"),
    pytest.param("git checkout-index -f -a", id="the index's contents over all files"),
    pytest.param("git rm -f shared.txt", id="another's file deleted with its changes"),
    pytest.param("git rm --cached shared.txt", id="another's file off the index"),
    pytest.param("git rm -r --cached .", id="all off the index"),
    pytest.param("git mv shared.txt moved.txt", id="another's file under another name"),
    pytest.param("git update-index --add bob/new.txt", id="another's new file staged"),
    pytest.param("git update-index shared.txt", id="another's changes staged"),
    pytest.param("git update-index --assume-unchanged shared.txt", id="another's changes hidden from git"),
    pytest.param("git ls-files -m | git update-index --stdin", id="names that nobody can see beforehand"),
)
PASSES = (
    pytest.param("git status", id="reading"),
    pytest.param("git diff", id="reading: diff"),
    pytest.param("git log -1", id="reading: log"),
    pytest.param("git add own.txt", id="its own file"),
    pytest.param("git add -- own.txt README.md", id="its own files"),
    pytest.param("git add -n .", id="nothing is done"),
    pytest.param("git add own.txt && git commit -m x", id="its own file is all that is staged"),
    pytest.param("git commit -m x -- own.txt README.md", id="its own files by name"),
    pytest.param("git commit -m 'git add -A' -- own.txt", id="a message is no command"),
    pytest.param("git commit -m x --date yesterday -- README.md", id="a value is no path"),
    pytest.param("git stash list", id="reading: stash"),
    pytest.param("git stash -- README.md", id="its own file: stash"),
    pytest.param("git checkout -- README.md", id="its own file: checkout"),
    pytest.param("git restore README.md", id="its own file: restore"),
    pytest.param("git commit --dry-run -a", id="nothing is done: commit"),
    pytest.param("git reset", id="nothing is staged"),
    pytest.param("git clean -n", id="nothing is done: clean"),
    pytest.param("git clean -f own.txt", id="its own new file"),
    pytest.param("git restore --staged .", id="nothing is staged: restore"),
    pytest.param("git reset -- own.txt", id="its own file: reset"),
    pytest.param("git rm -f README.md", id="its own file: rm"),
    pytest.param("git rm -n shared.txt", id="nothing is done: rm"),
    pytest.param("git rm src/a.py", id="nobody's uncommitted work"),
    pytest.param("git rm shared.txt", id="git itself refuses: it has changes"),
    pytest.param("git mv README.md READ.md", id="its own file: mv"),
    pytest.param("git update-index --refresh", id="nothing is staged by it"),
    pytest.param("git update-index --add own.txt", id="its own file: update-index"),
    pytest.param("git read-tree HEAD", id="nothing is staged: read-tree"),
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
    verdict, text = ann.shell(command)
    assert (verdict, "shared-" in text) == ("allow", False), text


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
    for command in ("git reset", "git restore --staged .", "git reset -- shared.txt", "git read-tree HEAD"):
        verdict, text = ann.shell(command)
        assert (verdict, "would unstage shared.txt" in text) == ("deny", True), command
    assert ann.shell("git restore --staged own.txt")[0] == "allow"
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
