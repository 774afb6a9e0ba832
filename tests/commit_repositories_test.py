"""onetree commit in repositories of every kind that git knows: right, or refused with a reason."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .commit_test import IDENTITY, LINES, changed, commit, env_of, git, shown, status, tree  # noqa: F401
from .conftest import ENVIRONMENT, Run, Worker

MEBIBYTE = 1 << 20
# A driver as git-lfs is one: what is committed is a pointer, and the content lies elsewhere.
LFS = """\
import hashlib, os, sys
data, store = sys.stdin.buffer.read(), os.environ["LFS_STORE"]
if sys.argv[1] == "clean" and not data.startswith(b"pointer "):
    name = hashlib.sha256(data).hexdigest()
    open(os.path.join(store, name), "wb").write(data)
    data = f"pointer {name}\\n".encode()
if sys.argv[1] == "smudge":
    data = open(os.path.join(store, data.split()[1].decode()), "rb").read()
sys.stdout.buffer.write(data)
"""


def _nothing(tree: Path) -> Path:  # noqa: F811
    return tree


def _init(*options: str) -> "Callable[[Path], Path]":
    def again(tree: Path) -> Path:  # noqa: F811
        shutil.rmtree(tree / ".git")
        done = subprocess.run(["git", "init", "-q", *options, str(tree)], capture_output=True, check=False)
        if done.returncode:
            pytest.skip("this git has no such repositories")
        git(tree, "add", "-A")
        git(tree, "commit", "-qm", "start")
        return tree

    return again


def _set(*settings: str) -> "Callable[[Path], Path]":
    def configured(tree: Path) -> Path:  # noqa: F811
        for setting in settings:
            git(tree, "config", *setting.split("=", 1))
        git(tree, "update-index", "--force-write-index")
        git(tree, "status")
        return tree

    return configured


def _monitored(tree: Path) -> Path:  # noqa: F811
    """A file system monitor that says that nothing has changed since, but what it is told to say."""
    monitor = tree.parent / "monitor"
    monitor.write_text('#!/bin/sh\nprintf "token\\0/\\0"\n')
    monitor.chmod(0o755)
    return _set(f"core.fsmonitor={monitor}", "core.fsmonitorHookVersion=2", "core.untrackedCache=true")(tree)


def _worktree(tree: Path) -> Path:  # noqa: F811
    beside = tree.parent / "beside"
    git(tree, "worktree", "add", "-q", str(beside), "-b", "side")
    return beside


def _elsewhere(tree: Path) -> Path:  # noqa: F811
    git(tree, "init", "-q", "--separate-git-dir", str(tree.parent / "elsewhere"))
    return tree


def _packed(tree: Path) -> Path:  # noqa: F811
    git(tree, "pack-refs", "--all")
    git(tree, "gc", "-q")
    return tree


def _detached(tree: Path) -> Path:  # noqa: F811
    git(tree, "checkout", "-q", "--detach")
    return tree


def _with_a_submodule(tree: Path) -> Path:  # noqa: F811
    other = tree.parent / "other"
    git(tree, "init", "-q", str(other))
    git(other, "commit", "-q", "--allow-empty", "-m", "x")
    git(tree, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "sub")
    git(tree, "commit", "-qm", "submodule")
    return tree


KINDS = [
    pytest.param(_nothing, id="plain"),
    pytest.param(_init("--object-format=sha256"), id="SHA-256"),
    pytest.param(_init("--ref-format=reftable"), id="reftable"),
    pytest.param(_elsewhere, id="the git directory elsewhere"),
    pytest.param(_set("core.splitIndex=true", "splitIndex.maxPercentChange=100"), id="a split index"),
    pytest.param(_set("index.version=4", "feature.manyFiles=true"), id="index version 4, untracked cache"),
    pytest.param(_set("core.sharedRepository=group"), id="shared with a group"),
    pytest.param(_monitored, id="a file system monitor"),
    pytest.param(_worktree, id="a worktree"),
    pytest.param(_packed, id="packed"),
    pytest.param(_detached, id="a detached HEAD"),
    pytest.param(_with_a_submodule, id="a submodule"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hooked", [False, True], ids=["no hook", "a hook"])
def test_kinds(tree: Path, run: Run, kind: "Callable[[Path], Path]", hooked: bool) -> None:  # noqa: F811
    root = kind(tree)
    if hooked:
        path = root / git(root, "rev-parse", "--git-path", "hooks").strip() / "pre-commit"
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\ngit diff --cached --name-only --exit-code HEAD -- src/a.py\n")
        path.chmod(0o755)
    ann, bob = Worker("claude", root, run, "ann"), Worker("gemini", root, run, "bob")
    (root / "src" / "deep").mkdir()
    (root / "src" / "a.py").write_text("staged\n")
    git(root, "add", "src/a.py")
    for worker, line in ((ann, "line 2\n"), (bob, "line 18\n")):
        worker.read("shared.txt")
        worker.edit("shared.txt", line, f"{line.strip()} of {worker.session}\n")
        worker.write(f"src/deep/{worker.session}.txt", f"{worker.session}\n")
    ann.shell("rm README.md")
    for worker in (ann, bob):
        done = commit(worker)
        assert done.returncode == 0, done.stderr
    mine = ["README.md", "shared.txt", "src/deep/ann.txt"]
    assert (changed(root, "HEAD^"), changed(root)) == (mine, ["shared.txt", "src/deep/bob.txt"])
    assert shown(root, "shared.txt", "HEAD^") == LINES.replace("line 2\n", "line 2 of ann\n")
    assert shown(root, "shared.txt") == (root / "shared.txt").read_text()
    assert git(root, "diff", "--cached", "--name-only").split() == ["src/a.py"]
    assert shown(root, "src/a.py", ":0") == "staged\n"
    assert [s for s in status(root) if s[:2] != "??"] == ["M  src/a.py"]
    git(root, "fsck", "--strict")
    folder = Path(git(root, "rev-parse", "--absolute-git-dir").strip())
    assert [n for n in os.listdir(folder) if n.startswith("onetree-commit.") and not n.endswith(".lock")] == []
    assert not (folder / "index.lock").exists()


def test_a_real_monitor(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    git(ann.tree, "config", "core.fsmonitor", "true")
    if "running" not in git(ann.tree, "fsmonitor--daemon", "start", check=False) + git(
        ann.tree, "fsmonitor--daemon", "status", check=False
    ):
        pytest.skip("this git has no monitor of its own here")
    try:
        ann.write("a.txt")
        assert commit(ann).returncode == 0
        assert changed(ann.tree) == ["a.txt"]
    finally:
        git(ann.tree, "fsmonitor--daemon", "stop", check=False)


def test_split_indexes_leave_nothing_behind(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    _set("core.splitIndex=true")(ann.tree)
    path = ann.tree / ".git" / "hooks" / "pre-commit"
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    for n in range(6):
        ann.write("a.txt", f"{n}\n")
        assert commit(ann).returncode == 0
    assert len([n for n in os.listdir(ann.tree / ".git") if n.startswith("sharedindex.")]) <= 3


def test_large_files_through_a_filter(pair: "tuple[Worker, Worker]", tmp_path: Path) -> None:
    ann, bob = pair
    (tmp_path / "lfs.py").write_text(LFS)
    (tmp_path / "store").mkdir()
    for verb in ("clean", "smudge"):
        git(ann.tree, "config", f"filter.large.{verb}", f"{sys.executable} {tmp_path / 'lfs.py'} {verb}")
    git(ann.tree, "config", "filter.large.required", "true")
    (ann.tree / ".gitattributes").write_text("*.bin filter=large -text\n")
    git(ann.tree, "add", ".gitattributes")
    git(ann.tree, "commit", "-qm", "attributes")
    store = str(tmp_path / "store")
    ann.shell(f"head -c {9 * MEBIBYTE} /dev/zero > large.bin")
    ann.shell(f"head -c {9 * MEBIBYTE} /dev/zero > plain.dat")
    ann.write("small.bin", "small\n")
    done = commit(ann, LFS_STORE=store)
    assert done.returncode == 0, done.stderr
    assert changed(ann.tree) == ["large.bin", "plain.dat", "small.bin"]
    assert all(shown(ann.tree, f).startswith("pointer ") for f in ("large.bin", "small.bin"))
    assert int(git(ann.tree, "cat-file", "-s", "HEAD:plain.dat")) == 9 * MEBIBYTE
    assert git(ann.tree, "status", "--porcelain", LFS_STORE=store) == ""
    bob.read("small.bin")
    bob.edit("small.bin", "small\n", "smaller\n")
    assert commit(bob, LFS_STORE=store).returncode == 0
    clone = tmp_path / "clone"
    config = [f"-c{k}" for k in git(ann.tree, "config", "--get-regexp", "^filter").replace(" ", "=", 1).splitlines()]
    assert config
    git(ann.tree, "checkout-index", "-f", f"--prefix={clone}/", "small.bin", LFS_STORE=store)
    assert (clone / "small.bin").read_text() == "smaller\n"
    git(ann.tree, "fsck", "--strict")


def test_a_large_file_of_two_is_refused(pair: "tuple[Worker, Worker]") -> None:
    ann, bob = pair
    ann.shell(f"head -c {9 * MEBIBYTE} /dev/zero > large; echo ann >> large")
    bob.shell("echo bob >> large")
    head = git(ann.tree, "rev-parse", "HEAD")
    done = commit(ann)
    assert done.returncode == 1
    assert "large" in done.stderr
    assert git(ann.tree, "rev-parse", "HEAD") == head
    assert commit(bob, "--whole-file", "large").returncode == 0
    assert int(git(ann.tree, "cat-file", "-s", "HEAD:large")) == 9 * MEBIBYTE + 8


@pytest.mark.parametrize("attribute", ["", "*.txt text\n", "*.txt text eol=lf\n", "*.txt -text\n"])
def test_carriage_returns(pair: "tuple[Worker, Worker]", attribute: str) -> None:
    ann, bob = pair
    git(ann.tree, "config", "core.autocrlf", "true")
    (ann.tree / ".gitattributes").write_text(attribute)
    crlf = "\r\n" if attribute in ("", "*.txt text\n") else "\n"
    (ann.tree / "shared.txt").unlink()
    git(ann.tree, "add", ".gitattributes")
    git(ann.tree, "commit", "-qm", "attributes")
    git(ann.tree, "checkout", "--", "shared.txt")
    assert crlf.encode() in (ann.tree / "shared.txt").read_bytes()
    end = crlf.encode("unicode_escape").decode().removesuffix("\\n")
    ann.shell(f"sed -i '2s/.*/ann{end}/' shared.txt")
    bob.shell(f"sed -i '18s/.*/bob{end}/' shared.txt")
    ann.write("new.txt", f"one{crlf}two{crlf}")
    done = commit(ann)
    assert done.returncode == 0, done.stderr
    assert shown(ann.tree, "shared.txt") == LINES.replace("line 2\n", "ann\n")
    assert shown(ann.tree, "new.txt") == "one\ntwo\n"
    assert commit(bob).returncode == 0
    assert status(ann.tree) == []


@pytest.mark.parametrize(
    ("there", "name", "fact"),
    [
        pytest.param("place", "place/new.txt", "place is a file in the commit before", id="a folder for a file"),
        pytest.param("place/old.txt", "place", "place is a folder with other files", id="a file for a folder"),
    ],
)
def test_what_another_has_there_is_not_taken_out(
    pair: "tuple[Worker, Worker]", there: str, name: str, fact: str
) -> None:
    ann, _ = pair
    (ann.tree / there).parent.mkdir(exist_ok=True)
    (ann.tree / there).write_text("a person's\n")
    git(ann.tree, "add", there)
    git(ann.tree, "commit", "-qm", "a person")
    shutil.rmtree(ann.tree / "place") if "/" in there else (ann.tree / "place").unlink()
    (ann.tree / name).parent.mkdir(exist_ok=True)
    ann.write(name)
    done = commit(ann)
    assert done.returncode == 1
    assert fact in done.stderr
    assert shown(ann.tree, there) == "a person's\n"


def test_a_submodule_that_is_not_checked_out(tree: Path, run: Run) -> None:  # noqa: F811
    _with_a_submodule(tree)
    git(tree, "submodule", "deinit", "-q", "-f", "sub")
    ann = Worker("claude", tree, run, "ann")
    ann.write("sub/x.txt")
    done = commit(ann)
    assert done.returncode == 1
    assert "sub is a submodule in the commit before" in done.stderr


def test_names_that_no_line_can_hold(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    names = ['"quoted".txt', "two\nlines/x.txt", "gr\u00fc\u00df.txt", " space ", "-dash", ":(top)x"]
    (ann.tree / "two\nlines").mkdir()
    for name in names:
        ann.write(name, f"{name}\n")
    done = commit(ann)
    assert done.returncode == 0, done.stderr
    found = git(ann.tree, "diff-tree", "-r", "--name-only", "--no-commit-id", "-z", "HEAD").split("\0")[:-1]
    assert sorted(found) == sorted(names)
    assert all(shown(ann.tree, n) == f"{n}\n" for n in names)
    assert status(ann.tree) == []


def test_without_standard_streams(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    ann.write("a.txt")
    env = {**ENVIRONMENT, "HOME": str(ann.tree.parent), **env_of(ann), "ONETREE": str(Path(sys.executable).parent)}
    text = '"$ONETREE/onetree" commit -m x <&- >&- 2>&-'
    done = subprocess.run(["sh", "-c", text], cwd=ann.tree, env=env, check=False)
    assert done.returncode == 0
    assert changed(ann.tree) == ["a.txt"]
