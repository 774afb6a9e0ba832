"""git's subcommands: what is predicted for a repository is what git then changes in a copy of it."""

import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from onetree.shell import analyse

SETUP = """
git init -q -b main . && git config user.name n && git config user.email e@example.com
mkdir src docs; printf '*.log\\nbuild/\\n.env\\n' > .gitignore
echo 1 > a.txt; echo 1 > b.txt; echo 1 > src/x.py; echo 1 > src/y.py; echo 1 > docs/d.md
git add -A && git commit -qm one && git tag v1
git checkout -q -b topic && echo 2 > src/x.py && mkdir new && echo 1 > new/n.txt && git rm -q docs/d.md
git add -A && git commit -qm topic && git checkout -q main
echo 2 > a.txt && git commit -qam two && echo 3 > a.txt && git commit -qam three
echo s > b.txt && git stash -q
mkdir build odd; echo 1 > build/o; echo 1 > odd/u; echo 1 > run.log; echo 1 > .env; echo 1 > loose
"""
ENV = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_EDITOR": "true"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    subprocess.run(["bash", "-ec", SETUP], cwd=folder, env=ENV, check=True, capture_output=True)
    return folder


def snapshot(top: Path) -> "dict[str, object]":
    """Every file below top but for .git: its content and the time at which it was written."""
    found: dict[str, object] = {}
    for path in top.rglob("*"):
        name = str(path.relative_to(top))
        if not name.startswith(".git/") and name != ".git":
            found[name] = None if path.is_dir() else (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
    return found


def compare(command: str, top: Path) -> "tuple[list[str], list[str]]":
    """(what is predicted, what happened): of commands that "; " parts, what each of them changed."""
    subprocess.run(["git", "status"], cwd=top, env=ENV, check=True, capture_output=True)  # a copy's times are new
    effects = analyse(command, str(top), "/nowhere", {}, budget=20).effects
    assert not [effect.why for effect in effects if effect.op == "opaque"]
    named = {(e.op, os.path.normpath(e.path).removeprefix(f"{top}/")) for e in effects if e.op in ("write", "delete")}
    named = {(op, name) for op, name in named if not name.startswith(".git/")}
    below = {name for op, name in named if op == "delete"}
    real: set[tuple[str, str]] = set()
    before = snapshot(top)
    for step in command.split("; "):
        subprocess.run(["bash", "-c", step], cwd=top, env=ENV, check=False, capture_output=True)
        after = snapshot(top)
        real |= {("write", name) for name in after if name not in before or after[name] != before[name]}
        gone = {name for name in before if name not in after}
        real |= {("delete", n) for n in gone if n in below or not any(n.startswith(f"{f}/") for f in below)}
        before = after
    if "tar x" in command:  # folders of which an archive has members are not told
        real = {(op, name) for op, name in real if (op, name) in named or not (top / name).is_dir()}
    return sorted(f"{op} {name}" for op, name in named), sorted(f"{op} {name}" for op, name in real)


CHANGES = {
    "other branch": "git checkout topic",
    "switch": "git switch topic",
    "detached": "git switch --detach HEAD~2",
    "new branch elsewhere": "git checkout -b again v1",
    "there and back": "git checkout -q topic; git checkout -q -",
    "dirty elsewhere": "echo 9 > b.txt; git checkout topic",
    "dirty in the way": "echo 9 > src/x.py; git checkout topic",
    "untracked in the way": "mkdir new; echo 9 > new/n.txt; git checkout topic",
    "force": "echo 9 > src/x.py; git checkout -f topic",
    "paths of a commit": "git checkout topic -- src",
    "paths of an old commit": "git checkout HEAD~1 -- .",
    "paths of the index": "rm a.txt; git checkout -- a.txt b.txt",
    "restore": "rm src/x.py; git restore .",
    "restore from": "git restore -s topic -- docs src",
    "restore in a folder": "cd src && echo 3 > x.py && git restore x.py y.py",
    "-C": "rm src/x.py; git -C src restore x.py",
    "restore both": "echo 9 > a.txt; git add a.txt; git restore -SW a.txt",
    "hard": "echo 9 > b.txt; git reset -q --hard v1",
    "hard drops what was added": "git add loose && git reset --hard",
    "stash": "echo 9 > a.txt; git stash",
    "stash with untracked": "echo 9 > a.txt; git stash -u",
    "stash a path": "echo 9 > a.txt; echo 9 > b.txt; git stash push -- a.txt",
    "pop": "git stash pop",
    "apply a stash": "git stash apply stash@{0}",
    "merge": "git merge -q topic",
    "fast-forward": "git checkout -q v1; git merge -q topic",
    "rebase": "git rebase -q topic",
    "cherry-pick": "git cherry-pick topic",
    "revert": "git revert --no-edit HEAD",
    "commit and back": "git checkout -q -b w; echo 5 > b.txt; git add -A; git commit -qm w; git checkout -q main",
    "commit and undo": "echo 5 > b.txt; git commit -qam w; git reset -q --hard HEAD~1",
    "amend and undo": "echo 5 > b.txt; git commit -qa --amend --no-edit; git reset -q --hard HEAD~1",
    "nothing to commit": "git commit -qam w; git reset -q --hard HEAD~1",
    "rm": "git rm -q a.txt",
    "rm of a folder": "git rm -rq src",
    "clean": "git clean -fq",
    "clean folders": "git clean -fdq",
    "clean all": "git clean -fdxq",
    "clean what is ignored": "git clean -fdXq",
    "clean a path": "git clean -fdq odd",
    "all but a path": "rm a.txt src/x.py; git checkout -- . ':!src'",
    "all but a path, in words": "rm a.txt src/x.py; git restore ':(exclude)a.txt'",
    "from the top": "rm a.txt; cd src && git checkout -- :/a.txt",
    "mv": "git mv a.txt c.txt",
    "mv into a folder": "git mv a.txt b.txt docs",
    "mv and back to a branch": "git mv a.txt c.txt; git commit -qm mv; git checkout -q topic",
    "read-tree -u": "git read-tree -m -u v1",
    "read-tree --reset": "git read-tree --reset -u topic",
    "checkout-index": "rm a.txt; git checkout-index -a",
    "checkout-index elsewhere": "git checkout-index -a --prefix=out/",
    "archive": "mkdir out; git archive topic | tar x -C out",
    "archive a path": "git archive --prefix=p/ HEAD src | tar xf -",
    "archive in a file": "git archive -o x.tar v1 docs; tar xf x.tar docs/d.md",
    "archive a folder": "git archive HEAD:src | tar xf -",
    "format-patch": "git format-patch -q -2",
    "format-patch of a range": "git format-patch -q -o out v1..HEAD",
    "format-patch with a cover": "git format-patch -q --cover-letter -v2 -1 topic",
    "an alias": "git config alias.co checkout; git co -q topic",
    "an alias of -c": "git -c alias.x='reset --hard' x v1",
    "an alias of the shell": "cd src && git -c alias.x='!touch' x made",
    "rebase -x": "git rebase -q -x 'touch made' HEAD~1",
    "no submodules": "git config core.x y; touch a.txt; git submodule foreach 'touch no'",
    "grep -O": "git grep -O'touch made;:' 1 -- src",
    "difftool -x": "echo 9 > a.txt; git difftool -y -x 'touch made && :'",
    "an editor": "env -u GIT_EDITOR git -c core.editor='touch made && :' commit --allow-empty -q",
    "an exported editor": "export GIT_EDITOR='touch made && :' && git commit --allow-empty -q",
    "--git-dir": "rm a.txt; cd src && git --git-dir=../.git --work-tree=.. checkout -- a.txt",
    "GIT_DIR": "rm a.txt; cd / && GIT_DIR=$OLDPWD/.git GIT_WORK_TREE=$OLDPWD git checkout -- a.txt",
}
NOTHING = {
    "same branch": "git checkout main",
    "clean paths": "git checkout -- .",
    "nothing to restore": "git restore .",
    "unstage": "git restore --staged .",
    "soft": "git reset --soft HEAD~1",
    "mixed": "git reset -q HEAD~1",
    "path of the index": "git reset -q a.txt",
    "clean without force": "git clean -d",
    "dry": "git clean -ndx",
    "nothing to stash": "git stash",
    "merged already": "git merge v1",
    "no such revision": "git checkout nosuch",
    "no such path": "git checkout -- nosuch",
    "rm without -r": "git rm src",
    "rm --cached": "git rm -q --cached a.txt",
    "rm -n": "git rm -n a.txt",
    "message": "git commit --allow-empty -qm 'rm -rf .env; git checkout topic'",
    "apply nothing": "git read-tree topic",
    "worktree list": "git worktree list; git worktree prune",
    "archive listed": "git archive HEAD | tar t",
    "settings": "git config --get user.name; git config user.email; git config -l",
    "queries": "git log -p; git diff; git status; git stash list; git branch; git show",
}


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
@pytest.mark.parametrize("command", CHANGES.values(), ids=CHANGES)
def test_what_git_changes_is_predicted(command: str, made: Path, tmp_path: Path, *, packed: bool) -> None:
    top = tmp_path / "r"
    shutil.copytree(made, top, symlinks=True)
    if packed:
        subprocess.run(["git", "gc", "-q"], cwd=top, env=ENV, check=True)
        subprocess.run(["git", "update-index", "--index-version", "4"], cwd=top, env=ENV, check=True)
    predicted, real = compare(command, top)
    assert predicted == real


@pytest.mark.parametrize("command", NOTHING.values(), ids=NOTHING)
def test_what_git_leaves_alone_is_not_reported(command: str, made: Path, tmp_path: Path) -> None:
    top = tmp_path / "r"
    shutil.copytree(made, top, symlinks=True)
    predicted, real = compare(command, top)
    assert (predicted, real) == ([], [])


def test_after_a_fetch_it_is_not_known(made: Path) -> None:
    effects = analyse("git fetch && git reset --hard origin/main", str(made), "/nowhere", {}, budget=20).effects
    assert [effect.op for effect in effects] == ["opaque"]


COMMANDS = "git checkout topic; git stash pop; git merge topic; git clean -fdx; git diff v1; git log -p; git show 3c66"
PARTS = ("index", "HEAD", "packed-refs", "config", "refs/stash", "logs/HEAD", "*.idx", "*.pack", "objects")


@pytest.mark.parametrize("part", PARTS)
def test_a_damaged_repository_raises_nothing_and_takes_no_time(part: str, made: Path, tmp_path: Path) -> None:
    top = tmp_path / "r"
    shutil.copytree(made, top, symlinks=True)
    if "pack" in part or "*" in part:
        subprocess.run(["git", "gc", "-q"], cwd=top, env=ENV, check=True)
    git = top / ".git"
    if "*" in part:
        paths = list((git / "objects/pack").glob(part))
    else:
        paths = sorted(git.glob("objects/??/*"))[:12] if part == "objects" else [git / part]
    chance = random.Random(part)
    for path in paths:
        data = path.read_bytes()
        path.chmod(0o600)
        for _ in range(3 if part == "objects" else 12):
            at = chance.randrange(len(data))
            noise = bytes(chance.randrange(256) for _ in range(4))
            for broken in (data[:at], data[:at] + noise + data[at + 4 :], data[:at] + b"\xff" * 8 + data[at + 8 :]):
                path.write_bytes(broken)
                before = time.monotonic()
                whys = [effect.why for effect in analyse(COMMANDS, str(top), "/nowhere", {}, budget=2).effects]
                assert not [why for why in whys if "reader failed" in why]
                assert time.monotonic() - before < 4
        path.write_bytes(data)


def test_what_hangs_on_what_is_not_known_is_not_certain(made: Path, tmp_path: Path) -> None:
    top = tmp_path / "r"
    shutil.copytree(made, top, symlinks=True)
    effects = analyse("curl -o src/x.py u; git checkout topic", str(top), "/nowhere", {}, budget=20).effects
    assert {effect.certain for effect in effects if effect.path.endswith("docs/d.md")} == {False}
    (top / "src/x.py").write_bytes(b"1\r\n")
    effects = analyse("git checkout topic", str(top), "/nowhere", {}, budget=20).effects
    assert {effect.certain for effect in effects if effect.op == "write"} == {False}


READS = {
    "diff": ("echo 9 > a.txt; git diff", {"a.txt"}),
    "diff of commits": ("git diff v1 topic", {"src/x.py", "new/n.txt", "docs/d.md"}),
    "diff --stat": ("git diff --stat v1 topic", set()),
    "diff of a path": ("git diff v1..topic -- src", {"src/x.py"}),
    "show": ("git show topic", {"src/x.py", "new/n.txt", "docs/d.md"}),
    "a file of a commit": ("git show topic:src/x.py", {"src/x.py"}),
    "a file by cat-file": ("git cat-file -p HEAD:a.txt", {"a.txt"}),
    "log": ("git log -3", set()),
    "log -p": ("git log -p -1", {"a.txt"}),
    "stash": ("git stash show -p", {"b.txt"}),
    "stash list": ("git stash list", set()),
}


@pytest.mark.parametrize(("command", "names"), READS.values(), ids=READS)
def test_files_that_are_shown_are_read(command: str, names: "set[str]", made: Path) -> None:
    effects = analyse(command, str(made), "/nowhere", {}, budget=20).effects
    assert {effect.path.removeprefix(f"{made}/") for effect in effects if effect.op == "read"} == names


def test_a_clone_and_a_worktree_are_told_by_their_files(made: Path, tmp_path: Path) -> None:
    for command in (
        f"git clone -q {made} c",
        f"git clone -q -b topic {made} c",
        f"git -C {made} worktree add -q {tmp_path}/c v1",
    ):
        effects = analyse(command, str(tmp_path), "/nowhere", {}, budget=20).effects
        told = {os.path.relpath(effect.path, tmp_path / "c") for effect in effects if effect.op == "write"}
        subprocess.run(["bash", "-c", command], cwd=tmp_path, env=ENV, check=True, capture_output=True)
        real = {str(path.relative_to(tmp_path / "c")) for path in (tmp_path / "c").rglob("*")}
        assert told - {"."} == {name for name in real if name.partition("/")[0] != ".git"}, command
        shutil.rmtree(tmp_path / "c")


SETTINGS = {
    "here": ("git config user.name x", []),
    "of a file": ("git config -f f.ini a.b c", ["f.ini"]),
    "of the user": ("git config --global a.b c", ["/nowhere/.gitconfig"]),
    "taken away": ("git config --unset a.b", []),
    "read": ("git config a.b; git config --get a.b; git config --list --global", []),
}


@pytest.mark.parametrize(("command", "names"), SETTINGS.values(), ids=SETTINGS)
def test_settings_are_written(command: str, names: "list[str]", made: Path) -> None:
    effects = analyse(command, str(made), "/nowhere", {}, budget=20).effects
    assert [effect.path.removeprefix(f"{made}/") for effect in effects if effect.op == "write"] == names
