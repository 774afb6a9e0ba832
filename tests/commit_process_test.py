"""onetree commit: which processes it starts, which of them while others wait, and what hooks run beside."""

import fcntl
import json
import subprocess
import time
from pathlib import Path

import pytest

from .commit_test import IDENTITY, changed, commit, env_of, git, hook, record, shown, status, tree  # noqa: F401
from .conftest import BIN, ENVIRONMENT, Run, Worker

BEFORE = ["cat-file", "config", "hash-object", "mktree", "rev-parse"]
LOCKED = ["commit-tree", "ls-files", "update-index", "update-ref"]
SLOW = "argparse enum json.decoder re subprocess tempfile threading typing".split()
# Ends well when both have begun.
MEETS = """\
touch ".git/here-$CLAUDE_CODE_SESSION_ID$GEMINI_SESSION_ID"
for i in $(seq 3000); do
    [ -e .git/here-ann ] && [ -e .git/here-bob ] && exit 0
    sleep 0.01
done
exit 1
"""
COUNTS = "echo x >> .git/runs\n"
ANOTHER = (
    "b=$(git hash-object -w .git/runs); env -u GIT_INDEX_FILE git update-index --add --cacheinfo 100644,$b,own.txt"
)
OTHERS = "env -u GIT_INDEX_FILE git -c core.hooksPath=/dev/null commit -q"


def started(log: Path) -> "list[str]":
    """The commands of the gits that were started, sorted; not those that git itself starts."""
    found = []
    for line in log.read_text().splitlines() if log.exists() else []:
        event = json.loads(line) if line.endswith("}") else {}
        if event.get("event") == "start" and "/" not in event["sid"]:
            words = iter(event["argv"][1:])
            for word in words:
                if word in ("-C", "-c"):
                    next(words)
                elif not word.startswith("-"):
                    found.append(word)
                    break
    return sorted(found)


def begun(worker: Worker, **env: str) -> "subprocess.Popen[str]":
    """A commit that goes on meanwhile."""
    everything = {**ENVIRONMENT, "HOME": str(worker.tree.parent), **env_of(worker), **env}
    argv = [str(BIN / "onetree"), "commit", "-m", "work"]
    return subprocess.Popen(
        argv, cwd=worker.tree, env=everything, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(process: "subprocess.Popen[str]") -> str:
    """What it said, when it has committed."""
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    return said


@pytest.mark.parametrize(
    ("prepare", "more"),
    [
        pytest.param("", [], id="plain"),
        pytest.param("exit 0", ["read-tree", "write-tree"], id="with a hook"),
    ],
)
def test_few_processes_and_fewer_while_others_wait(
    pair: "tuple[Worker, Worker]", prepare: str, more: "list[str]", tmp_path: Path
) -> None:
    ann, _ = pair
    if prepare:
        hook(ann.tree, "pre-commit", prepare)
    ann.write("src/new.py")
    log = tmp_path / "log"
    with (ann.tree / ".git" / "onetree-commit.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = begun(ann, GIT_TRACE2_EVENT=str(log))
        while len(started(log)) < len(BEFORE + more):
            time.sleep(0.01)
        assert started(log) == sorted(BEFORE + more)
    ended(process)
    assert started(log) == sorted(BEFORE + more + LOCKED)


def test_many_files_need_no_more_processes(pair: "tuple[Worker, Worker]", tmp_path: Path) -> None:
    ann, _ = pair
    for n in range(5):
        ann.write(f"src/{n}.py", f"{n}\n")
    log = tmp_path / "log"
    assert commit(ann, GIT_TRACE2_EVENT=str(log)).returncode == 0
    assert started(log) == sorted(BEFORE + LOCKED)


def test_nothing_slow_is_imported(pair: "tuple[Worker, Worker]", run: Run) -> None:
    ann, _ = pair
    ann.write("a.txt")
    text = (
        "import sys; from onetree.scripts.commit import main; code = main(['-m', 'x'])\n"
        f"print(*[n for n in {SLOW!r} if n in sys.modules], code)"
    )
    done = run("python", "-I", "-c", text, cwd=ann.tree, env=env_of(ann))
    assert done.stdout.splitlines()[-1] == "0", done.stderr


def test_hooks_of_two_agents_run_at_the_same_time(pair: "tuple[Worker, Worker]") -> None:
    hook(pair[0].tree, "pre-commit", MEETS)
    for worker in pair:
        worker.write(f"{worker.session}.txt")
    for process in [begun(worker) for worker in pair]:
        ended(process)
    assert sorted(changed(pair[0].tree) + changed(pair[0].tree, "HEAD^")) == ["ann.txt", "bob.txt"]
    git(pair[0].tree, "fsck", "--strict")


@pytest.mark.parametrize(
    ("meanwhile", "runs", "text"),
    [
        pytest.param(f"{OTHERS} --allow-empty -m other", 1, "ann\n", id="HEAD moves"),
        pytest.param("echo more >> own.txt", 1, "ann\n", id="the file goes on to change"),
        pytest.param(
            f"echo more >> own.txt; {OTHERS} --allow-empty -m other", 1, "ann\n", id="HEAD moves, and the file changes"
        ),
        pytest.param(
            f"[ $(wc -l < .git/runs) = 1 ] && {OTHERS} -m other -- shared.txt; true", 2, "ann\n",
            id="HEAD has another version of the file",
        ),
    ],
)  # fmt: skip
def test_a_hook_runs_again_only_for_another_content(
    pair: "tuple[Worker, Worker]", meanwhile: str, runs: int, text: str
) -> None:
    ann, _ = pair
    ann.write("own.txt", text)
    ann.read("shared.txt")
    ann.edit("shared.txt", "line 2\n", "line 2 of ann\n")
    person = ann.tree / "shared.txt"
    person.write_text(person.read_text().replace("line 18\n", "line 18 of a person\n"))
    hook(ann.tree, "pre-commit", COUNTS + meanwhile)
    ended(begun(ann))
    assert (ann.tree / ".git" / "runs").read_text() == "x\n" * runs
    assert shown(ann.tree, "own.txt") == text
    assert "line 2 of ann" in shown(ann.tree, "shared.txt")
    git(ann.tree, "fsck", "--strict")


def test_head_that_never_rests_is_given_up(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    ann.write("own.txt", "ann\n")
    hook(ann.tree, "pre-commit", f"{COUNTS}{ANOTHER}; {OTHERS} -m other")
    done = commit(ann)
    assert done.returncode == 1
    assert "again and again" in done.stderr or "same lines" in done.stderr


@pytest.mark.parametrize(
    ("text", "code", "fact"),
    [
        pytest.param("git write-tree", 0, "", id="write-tree"),
        pytest.param("git add own.txt", 0, "", id="adds what is committed anyway"),
        pytest.param("echo formatted > own.txt; git add own.txt", 1, "changed what was to be", id="formats and adds"),
        pytest.param("git add -A", 1, "changed what was to be", id="adds all"),
        pytest.param("git rm -q --cached README.md", 1, "changed what was to be", id="takes out"),
        pytest.param("git stash -q --keep-index; git stash pop -q", 1, "calls `git stash`", id="stashes"),
        pytest.param("git reset -q --hard; exit 1 # lint-staged", 1, "says no", id="resets, in a checkout of its own"),
    ],
)
def test_what_formatters_do(pair: "tuple[Worker, Worker]", text: str, code: int, fact: str) -> None:
    ann, bob = pair
    (ann.tree / "README.md").write_text("a person's\n")
    git(ann.tree, "stash", "-q")
    ann.write("own.txt", "ann\n")
    bob.write("bob.txt", "bob\n")
    hook(ann.tree, "pre-commit", text)
    head, stash = git(ann.tree, "rev-parse", "HEAD"), git(ann.tree, "rev-parse", "stash@{0}")
    done = commit(ann)
    assert done.returncode == code, done.stderr
    assert fact in done.stderr
    assert (git(ann.tree, "rev-parse", "HEAD") == head) == bool(code)
    assert git(ann.tree, "stash", "list").count("\n") == 1
    assert git(ann.tree, "rev-parse", "stash@{0}") == stash
    assert (bob.tree / "bob.txt").read_text() == "bob\n"
    assert git(ann.tree, "diff", "--cached", "--name-only") == ""
    if not code:
        assert changed(ann.tree) == ["own.txt"]
