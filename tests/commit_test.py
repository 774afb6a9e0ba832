"""onetree commit: exactly one agent's work, by real processes in a real repository."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from onetree import blobs, writes

from .conftest import BIN, ENVIRONMENT, Run, Worker

IDENTITY = {
    "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@x", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@x",
    "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip
SEES = "git diff --cached --name-only > .git/seen; git show :shared.txt > .git/text"
MARKS = {"claude": ("CLAUDECODE", "CLAUDE_CODE_SESSION_ID"), "gemini": ("GEMINI_CLI", "GEMINI_SESSION_ID")}
LINES = "".join(f"line {n}\n" for n in range(1, 21))


def git(tree: Path, *args: str, check: bool = True, **env: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(tree), *args], env={**ENVIRONMENT, **IDENTITY, "HOME": str(tree.parent), **env},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not check or done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def tree(tree: Path) -> Path:
    (tree / "shared.txt").write_text(LINES)
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "start")
    return tree


def env_of(worker: Worker) -> "dict[str, str]":
    mark, session = MARKS[worker.platform]
    return {**IDENTITY, mark: "1", session: worker.session}


def commit(worker: Worker, *args: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return worker.run("onetree", "commit", "-m", "work", *args, cwd=worker.tree, env={**env_of(worker), **env})


def shown(tree: Path, path: str, at: str = "HEAD") -> str:
    return git(tree, "show", f"{at}:{path}")


def changed(tree: Path, at: str = "HEAD") -> "list[str]":
    return git(tree, "diff-tree", "-r", "--name-only", "--no-commit-id", "--no-renames", at).split()


def status(tree: Path) -> "list[str]":
    return git(tree, "status", "--porcelain").splitlines()


def record(tree: Path, path: str, content: "bytes | None", session: str, platform: str = "claude") -> None:
    """Write a file and record it as the hooks do, in this process."""
    state, real = str(tree / ".onetree" / "state"), tree / path
    old = real.read_bytes() if real.exists() else None
    names = []
    for data in (old, content):
        names.append("" if data is None else blobs.name(data, "sha1"))
        if data is not None:
            blobs.put(state, names[-1], data)
    real.parent.mkdir(parents=True, exist_ok=True)
    with writes.Held(state, path) as held:
        if content is None:
            real.unlink()
        else:
            real.write_bytes(content)
        held.add(
            {"do": "wrote", "path": path, **writes.who(platform, session, ""), "call": "", "tool": "Write",
             "via": "Write", "whole": True, "before": names[0], "was": -1 if old is None else len(old),
             "mode_before": "" if old is None else "100644", "after": names[1],
             "size": -1 if content is None else len(content), "mode": "" if content is None else "100644", "kept": True}
        )  # fmt: skip


def record_link(tree: Path, path: str, target: str, session: str, platform: str) -> None:
    """Let a symbolic link lead elsewhere, and record it as the hooks do."""
    old = os.readlink(tree / path)
    with writes.Held(str(tree / ".onetree" / "state"), path) as held:
        (tree / path).unlink()
        (tree / path).symlink_to(target)
        held.add(
            {"do": "wrote", "path": path, **writes.who(platform, session, ""), "call": "", "tool": "Bash", "via": "ln",
             "whole": True, "before": "", "was": len(old), "mode_before": "other", "link_before": old, "after": "",
             "size": len(target), "mode": "other", "link": target, "kept": True}
        )  # fmt: skip


def test_only_the_callers_files_are_committed(pair: "tuple[Worker, Worker]") -> None:
    ann, bob = pair
    ann.write("a.txt", "ann\n")
    bob.write("b.txt", "bob\n")
    (ann.tree / "person.txt").write_text("a person\n")
    done = commit(ann)
    assert done.returncode == 0, done.stderr
    assert "adds a.txt" in done.stdout
    assert changed(ann.tree) == ["a.txt"]
    assert git(ann.tree, "log", "-1", "--format=%(trailers)").split("\n")[:2] == ["Agent: claude", "Session: ann"]
    assert status(ann.tree) == ["?? b.txt", "?? person.txt"]
    again = commit(ann)
    assert again.returncode == 1
    assert "nothing since its last commit" in again.stderr
    assert commit(bob).returncode == 0
    assert changed(ann.tree) == ["b.txt"]
    git(ann.tree, "fsck", "--strict")


@pytest.mark.parametrize(
    ("commands", "names"),
    [
        pytest.param(["rm README.md"], ["README.md"], id="deleted"),
        pytest.param(["mv README.md docs.md"], ["README.md", "docs.md"], id="renamed"),
        pytest.param(["chmod +x README.md"], ["README.md"], id="a mode"),
        pytest.param(["ln -s README.md link"], ["link"], id="a symbolic link"),
        pytest.param(["rm old"], ["old"], id="a symbolic link deleted"),
        pytest.param(["ln -sf src/a.py old"], ["old"], id="a symbolic link to another file"),
        pytest.param(["ln -sfn docs folder"], ["folder"], id="a symbolic link to another folder"),
        pytest.param(["mv old new"], ["new", "old"], id="a symbolic link renamed"),
        pytest.param(["rm old && echo x > old"], ["old"], id="a file instead of a symbolic link"),
        pytest.param(["ln -sf src/a.py README.md"], ["README.md"], id="a symbolic link instead of a file"),
        pytest.param(["echo x > 'sp ace.txt'"], ["sp ace.txt"], id="a space"),
        pytest.param(["echo x > new.sh", "chmod +x new.sh"], ["new.sh"], id="new and executable"),
        pytest.param(
            ["rm README.md", "mkdir README.md", "echo x > README.md/x"],
            ["README.md", "README.md/x"],
            id="a folder instead",
        ),
    ],
)
def test_what_a_shell_did(pair: "tuple[Worker, Worker]", commands: "list[str]", names: "list[str]") -> None:
    ann, _ = pair
    for name, target in (("old", "README.md"), ("folder", "src")):
        (ann.tree / name).symlink_to(target)
    git(ann.tree, "add", "old", "folder")
    git(ann.tree, "commit", "-qm", "links")
    for command in commands:
        ann.shell(command)
    done = commit(ann)
    assert done.returncode == 0, done.stderr
    assert (
        git(ann.tree, "diff-tree", "-r", "--name-only", "--no-commit-id", "--no-renames", "-z", "HEAD").split("\0")[:-1]
        == names
    )
    assert status(ann.tree) == []


def test_of_a_shared_file_only_the_callers_hunks(pair: "tuple[Worker, Worker]") -> None:
    ann, bob = pair
    ann.read("shared.txt")
    ann.edit("shared.txt", "line 2\n", "line 2 of ann\n")
    bob.read("shared.txt")
    bob.edit("shared.txt", "line 18\n", "line 18 of bob\n")
    ann.edit("shared.txt", "line 6\n", "line 6 of ann\n")
    tree_now = (ann.tree / "shared.txt").read_text()
    done = commit(ann)
    assert done.returncode == 0, done.stderr
    assert "the rest stays uncommitted" in done.stdout
    mine = LINES.replace("line 2\n", "line 2 of ann\n").replace("line 6\n", "line 6 of ann\n")
    assert shown(ann.tree, "shared.txt") == mine
    assert (ann.tree / "shared.txt").read_text() == tree_now
    assert status(ann.tree) == [" M shared.txt"]
    assert commit(bob).returncode == 0
    assert shown(ann.tree, "shared.txt") == tree_now
    assert status(ann.tree) == []


def test_the_same_lines_are_refused_with_the_choices(pair: "tuple[Worker, Worker]") -> None:
    ann, bob = pair
    ann.read("shared.txt")
    ann.edit("shared.txt", "line 2\n", "line 2 of ann\n")
    bob.read("shared.txt")
    bob.edit("shared.txt", "line 2 of ann\n", "line 2 of both\n")
    bob.write("b.txt")
    head = git(ann.tree, "rev-parse", "HEAD")
    done = commit(bob)
    assert done.returncode == 1
    assert all(x in done.stderr for x in ("shared.txt", "claude ann", "--whole-file", "wait"))
    assert git(ann.tree, "rev-parse", "HEAD") == head
    assert commit(bob, "b.txt").returncode == 0
    whole = commit(bob, "--whole-file", "shared.txt")
    assert whole.returncode == 0, whole.stderr
    assert "Co-authored-by: claude ann <claude@onetree.invalid>" in git(ann.tree, "log", "-1", "--format=%B")
    assert status(ann.tree) == []
    assert "in HEAD already" in commit(ann).stderr


def person_commits(tree: Path, text: str) -> None:
    """Commit another content of shared.txt, past the tree and the shared index."""
    (tree.parent / "text").write_text(text)
    blob = git(tree, "hash-object", "-w", str(tree.parent / "text")).strip()
    index = str(tree.parent / "index")
    git(tree, "read-tree", "HEAD", GIT_INDEX_FILE=index)
    git(tree, "update-index", "--cacheinfo", f"100644,{blob},shared.txt", GIT_INDEX_FILE=index)
    written = git(tree, "write-tree", GIT_INDEX_FILE=index).strip()
    git(tree, "update-ref", "HEAD", git(tree, "commit-tree", written, "-p", "HEAD", "-m", "a person").strip())


def test_who_joins_a_whole_file_at_the_last_moment_is_named(pair: "tuple[Worker, Worker]") -> None:
    ann, bob = pair
    ann.read("shared.txt")
    ann.edit("shared.txt", "line 2\n", "line 2 of ann\n")
    bob.read("shared.txt")
    with open(ann.tree / ".git" / "onetree-commit.lock", "w") as lock, ThreadPoolExecutor() as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        running = pool.submit(commit, ann, "--whole-file", "shared.txt")
        time.sleep(1)  # for it to wait; if it comes later, the test is only weaker
        bob.edit("shared.txt", "line 18\n", "line 18 of bob\n")
        person_commits(ann.tree, LINES.replace("line 10\n", "line 10 of a person\n"))
        fcntl.flock(lock, fcntl.LOCK_UN)
        done = running.result()
    assert done.returncode == 0, done.stderr
    assert "line 18 of bob" in shown(ann.tree, "shared.txt")
    assert "Co-authored-by: gemini bob <gemini@onetree.invalid>" in git(ann.tree, "log", "-1", "--format=%B")


def test_a_whole_file_that_another_is_writing_is_refused(pair: "tuple[Worker, Worker]") -> None:
    ann, bob = pair
    ann.read("shared.txt")
    ann.edit("shared.txt", "line 2\n", "line 2 of ann\n")
    bob.read("shared.txt")

    def deed() -> None:
        (bob.tree / "shared.txt").write_text("bob\n")
        done = commit(ann, "--whole-file", "shared.txt")
        assert done.returncode == 1
        assert "shared.txt: gemini bob is writing it at this moment" in done.stderr

    bob.does("write_file", {"file_path": str(bob.tree / "shared.txt"), "content": "bob\n"}, deed)


def test_a_dead_git_that_nobody_reaps_holds_no_lock(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    ann.write("a.txt", "ann\n")
    with subprocess.Popen(["git", "--version"], stdout=subprocess.DEVNULL) as dead:
        os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)
        lock = ann.tree / ".git" / "index.lock"
        lock.touch()
        os.utime(lock, (time.time() - 1, time.time() - 1))
        time.sleep(1.5)
        done = commit(ann)
    assert done.returncode == 0, done.stderr
    assert "index.lock is" in done.stderr


def test_the_first_of_two_on_one_line_commits_its_own_version(pair: "tuple[Worker, Worker]") -> None:
    ann, bob = pair
    ann.read("shared.txt")
    ann.edit("shared.txt", "line 2\n", "line 2 of ann\n")
    bob.read("shared.txt")
    bob.edit("shared.txt", "line 2 of ann\n", "line 2 of both\n")
    assert commit(ann).returncode == 0
    assert shown(ann.tree, "shared.txt") == LINES.replace("line 2\n", "line 2 of ann\n")
    assert commit(bob).returncode == 0
    assert shown(ann.tree, "shared.txt") == LINES.replace("line 2\n", "line 2 of both\n")


def test_what_a_person_changed_is_left_out(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    text = LINES.replace("line 15\n", "a person's\n")
    (ann.tree / "shared.txt").write_text(text)
    ann.read("shared.txt")
    ann.edit("shared.txt", "line 2\n", "line 2 of ann\n")
    (ann.tree / "shared.txt").write_text((ann.tree / "shared.txt").read_text() + "and more\n")
    done = commit(ann)
    assert done.returncode == 0, done.stderr
    assert shown(ann.tree, "shared.txt") == LINES.replace("line 2\n", "line 2 of ann\n")


def test_what_was_undone_in_the_tree_is_not_committed(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    ann.read("shared.txt")
    ann.edit("shared.txt", "line 2\n", "line 2 of ann\n")
    (ann.tree / "shared.txt").write_text(LINES)
    assert "undone" in commit(ann).stderr
    ann.edit("shared.txt", "line 9\n", "line 9 of ann\n")
    assert commit(ann).returncode == 0
    assert shown(ann.tree, "shared.txt") == LINES.replace("line 9\n", "line 9 of ann\n")


def test_staged_entries_of_others_stay(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    (ann.tree / "README.md").write_text("a person's\n")
    (ann.tree / "shared.txt").write_text(LINES.replace("line 19\n", "staged\n"))
    git(ann.tree, "add", "README.md", "shared.txt")
    git(ann.tree, "rm", "-q", "--cached", "src/a.py")
    ann.read("shared.txt")
    ann.edit("shared.txt", "line 2\n", "line 2 of ann\n")
    ann.write("a.txt")
    done = commit(ann)
    assert done.returncode == 0, done.stderr
    assert changed(ann.tree) == ["a.txt", "shared.txt"]
    assert shown(ann.tree, "shared.txt") == LINES.replace("line 2\n", "line 2 of ann\n")
    assert status(ann.tree) == ["M  README.md", "M  shared.txt", "D  src/a.py", "?? src/"]
    git(ann.tree, "commit", "-qm", "a person")
    assert shown(ann.tree, "shared.txt") == (ann.tree / "shared.txt").read_text()


def test_staged_changes_at_the_same_lines_are_refused(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    (ann.tree / "README.md").write_text("a person's\n")
    git(ann.tree, "add", "README.md")
    ann.read("README.md")
    ann.write("README.md", "ann's\n")
    assert "outside" in commit(ann).stderr or "not kept" in commit(ann).stderr
    done = commit(ann, "--whole-file", "README.md")
    assert done.returncode == 1
    assert "staged in the index" in done.stderr
    assert not (ann.tree / ".git" / "index.lock").exists()


def _merge(tree: Path) -> None:
    git(tree, "checkout", "-qb", "side", "HEAD")
    git(tree, "commit", "-q", "--allow-empty", "-m", "side")
    git(tree, "checkout", "-q", "-")
    git(tree, "commit", "-q", "--allow-empty", "-m", "main")
    git(tree, "merge", "-q", "--no-commit", "--no-ff", "side")


@pytest.mark.parametrize(
    ("prepare", "args", "env", "fact"),
    [
        pytest.param(_merge, [], {}, "a merge is under way", id="a merge"),
        pytest.param(lambda t: (t / ".git" / "rebase-merge").mkdir(), [], {}, "a rebase is under way", id="a rebase"),
        pytest.param(
            lambda t: (t / ".git" / "CHERRY_PICK_HEAD").write_text("x"), [], {}, "cherry-pick", id="a cherry-pick"
        ),
        pytest.param(
            None, [], {"CLAUDECODE": "", "CLAUDE_CODE_SESSION_ID": ""}, "no agent's session", id="no identity"
        ),
        pytest.param(None, ["README.md"], {}, "not recorded to have written it", id="a path it did not write"),
        pytest.param(None, ["--whole-file"], {}, "needs the PATHs", id="whole files of what"),
        pytest.param(None, ["-m", ""], {}, "", id="an empty paragraph"),
    ],
)
def test_refusals(
    pair: "tuple[Worker, Worker]",
    prepare: "Callable[[Path], None] | None",
    args: "list[str]",
    env: "dict[str, str]",
    fact: str,
) -> None:
    ann, _ = pair
    ann.write("a.txt")
    if prepare:
        prepare(ann.tree)
    head = git(ann.tree, "rev-parse", "HEAD")
    done = commit(ann, *args, **env)
    assert done.returncode == (1 if fact else 0), done.stderr
    assert fact in done.stderr
    assert (git(ann.tree, "rev-parse", "HEAD") == head) == bool(fact)


def test_the_first_commit_of_a_repository(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    git(ann.tree, "update-ref", "-d", "HEAD")
    (ann.tree / ".git" / "index").unlink()
    ann.write("a.txt")
    done = commit(ann)
    assert done.returncode == 0, done.stderr
    assert git(ann.tree, "ls-tree", "-r", "--name-only", "HEAD").split() == ["a.txt"]


def test_the_policys_trailers(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    with (ann.tree / ".onetree" / "policy.yaml").open("a") as f:
        f.write("commits:\n  trailers: [Agent, Task]\n")
    ann.write("a.txt")
    assert "--trailer 'Task: ...'" in commit(ann).stderr
    assert commit(ann, "--trailer", "Task: 7").returncode == 0
    text = git(ann.tree, "log", "-1", "--format=%B")
    argv = ["git", "interpret-trailers", "--parse"]
    parsed = subprocess.run(argv, input=text, capture_output=True, text=True, check=True)
    assert parsed.stdout.splitlines() == ["Agent: claude", "Session: ann", "Task: 7"]


def hook(tree: Path, name: str, text: str) -> None:
    path = tree / ".git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_client_that_passes_no_hooks_path_skips_no_hook(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    hook(ann.tree, "pre-commit", "echo no; exit 1")
    ann.write("a.txt")
    passed = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": ""}  # Gemini's
    done = commit(ann, **passed)
    assert done.returncode == 1
    assert "the pre-commit hook says no" in done.stderr


@pytest.mark.parametrize(
    ("name", "text", "code", "fact"),
    [
        pytest.param("pre-commit", SEES, 0, "", id="sees what is committed"),
        pytest.param("pre-commit", "echo no good; exit 1", 1, "no good", id="says no"),
        pytest.param("pre-commit", "git add b.txt", 1, "changed what was to be committed (b.txt)", id="stages more"),
        pytest.param("commit-msg", "grep -q Ticket $1", 1, "the commit-msg hook says no", id="minds the message"),
        pytest.param("commit-msg", "echo 'Change-Id: 1' >> $1", 0, "", id="adds to the message"),
    ],
)  # fmt: skip
def test_hooks(pair: "tuple[Worker, Worker]", name: str, text: str, code: int, fact: str) -> None:
    ann, bob = pair
    ann.read("shared.txt")
    ann.edit("shared.txt", "line 2\n", "line 2 of ann\n")
    bob.read("shared.txt")
    bob.edit("shared.txt", "line 18\n", "line 18 of bob\n")
    bob.write("b.txt")
    git(ann.tree, "add", "b.txt") if "seen" in text else None
    hook(ann.tree, name, text)
    done = commit(ann)
    assert done.returncode == code, done.stderr
    assert fact in done.stderr
    if "seen" in text:
        assert (ann.tree / ".git" / "seen").read_text() == "shared.txt\n"
        assert (ann.tree / ".git" / "text").read_text() == shown(ann.tree, "shared.txt")
    if "Change-Id" in text:
        assert "Change-Id: 1" in git(ann.tree, "log", "-1", "--format=%B")
    assert not [
        n for n in os.listdir(ann.tree / ".git") if n.startswith("onetree-commit.") and n != "onetree-commit.lock"
    ]


def test_pre_commit_cannot_stash_what_others_are_writing(pair: "tuple[Worker, Worker]") -> None:
    ann, bob = pair
    (ann.tree / "check.py").write_text("import sys; sys.exit('of bob' in open('shared.txt').read())")
    (ann.tree / ".pre-commit-config.yaml").write_text(
        f"repos: [{{repo: local, hooks: [{{id: x, name: x, language: system, entry: {sys.executable} check.py, "
        "pass_filenames: false, always_run: true}]}]\n"
    )
    git(ann.tree, "add", "check.py")
    git(ann.tree, "add", ".pre-commit-config.yaml")
    git(ann.tree, "commit", "-qm", "config")
    env = {**ENVIRONMENT, **IDENTITY, "HOME": str(ann.tree.parent)}
    subprocess.run([BIN / "pre-commit", "install"], cwd=ann.tree, env=env, check=True, capture_output=True)
    ann.read("shared.txt")
    ann.edit("shared.txt", "line 2\n", "line 2 of ann\n")
    bob.read("shared.txt")
    bob.edit("shared.txt", "line 18\n", "line 18 of bob\n")
    seen: set[str] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            seen.add((ann.tree / "shared.txt").read_text())

    thread = threading.Thread(target=watch)
    thread.start()
    done = commit(ann)
    over.set()
    thread.join()
    assert done.returncode == 0, done.stderr + done.stdout
    assert len(seen) == 1, "the file in the tree was never anything else"


def test_line_ends_and_filters(pair: "tuple[Worker, Worker]") -> None:
    ann, bob = pair
    (ann.tree / ".gitattributes").write_text("*.txt text eol=crlf\n*.up filter=up\n")
    git(ann.tree, "config", "filter.up.clean", "tr a-z A-Z")
    git(ann.tree, "add", ".gitattributes")
    git(ann.tree, "commit", "-qm", "attributes")
    (ann.tree / "shared.txt").write_bytes(LINES.replace("\n", "\r\n").encode())
    ann.shell("sed -i '2s/.*/ann\\r/' shared.txt")
    bob.shell("sed -i '18s/.*/bob\\r/' shared.txt")
    ann.shell("echo hello > x.up")
    done = commit(ann)
    assert done.returncode == 0, done.stderr
    assert shown(ann.tree, "shared.txt") == LINES.replace("line 2\n", "ann\n")
    assert shown(ann.tree, "x.up") == "HELLO\n"
    git(ann.tree, "config", "filter.up.clean", "false")
    git(ann.tree, "config", "filter.up.required", "true")
    ann.shell("echo more > y.up")
    assert "filter" in commit(ann, "y.up").stderr


def test_a_sparse_checkout_and_a_submodule(pair: "tuple[Worker, Worker]", tmp_path: Path) -> None:
    ann, _ = pair
    git(ann.tree, "sparse-checkout", "set", "--cone", "src", ".onetree")
    ann.shell("mkdir -p lib && echo x > lib/x")
    done = commit(ann)
    assert done.returncode == 0, done.stderr
    assert "migrations/1.sql" in git(ann.tree, "ls-tree", "-r", "--name-only", "HEAD")
    git(ann.tree, "sparse-checkout", "disable")
    git(ann.tree, "init", "-q", "sub")
    git(ann.tree / "sub", "commit", "-q", "--allow-empty", "-m", "sub")
    ann.write("sub/x.txt")
    assert commit(ann).returncode == 1
    inside = ann.run("onetree", "commit", "-m", "x", cwd=ann.tree / "sub", env=env_of(ann))
    assert inside.returncode == 0, inside.stderr
    assert git(ann.tree / "sub", "ls-tree", "-r", "--name-only", "HEAD").split() == ["x.txt"]


def test_signing(pair: "tuple[Worker, Worker]", tmp_path: Path) -> None:
    ann, _ = pair
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    for name, value in (("gpg.format", "ssh"), ("user.signingkey", str(key)), ("commit.gpgsign", "true")):
        git(ann.tree, "config", name, value)
    ann.write("a.txt")
    assert commit(ann).returncode == 0
    assert "BEGIN SSH SIGNATURE" in git(ann.tree, "cat-file", "commit", "HEAD")
    git(ann.tree, "config", "user.signingkey", "/nowhere")
    ann.write("b.txt")
    assert "cannot be signed" in commit(ann).stderr


def test_a_dead_owners_lock_is_taken_away_and_a_live_ones_is_not(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    lock = ann.tree / ".git" / "index.lock"
    ann.write("a.txt")
    lock.write_text("")
    os.utime(lock, (time.time() - 86400,) * 2)  # no git of anybody else's is as old
    done = commit(ann)
    assert done.returncode == 0, done.stderr
    assert "no process has it open" in done.stderr
    ann.write("b.txt")
    hook(ann.tree, "pre-commit", "touch .git/started; sleep 60")
    person = subprocess.Popen(
        ["git", "-C", str(ann.tree), "commit", "-qm", "a person", "--allow-empty", "--", "README.md"],
        env={**ENVIRONMENT, **IDENTITY},
        start_new_session=True,
    )
    while not (ann.tree / ".git" / "started").exists():
        time.sleep(0.01)
    (ann.tree / ".git" / "hooks" / "pre-commit").unlink()
    held = commit(ann)
    assert held.returncode == 1
    assert f"process {person.pid} (git)" in held.stderr
    assert lock.exists()
    os.killpg(person.pid, signal.SIGKILL)
    person.wait()
    assert commit(ann).returncode == 0


def test_a_killed_commit_is_finished_or_as_if_never_begun(tree: Path, run: Run) -> None:
    for n in range(25):
        record(tree, "a.txt", f"{n}\n".encode(), "ann")
        env = {**ENVIRONMENT, **IDENTITY, "CLAUDECODE": "1", "CLAUDE_CODE_SESSION_ID": "ann", "HOME": str(tree.parent)}
        done = subprocess.Popen(
            [BIN / "onetree", "commit", "-m", f"#{n}"], cwd=tree, env=env,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        time.sleep(0.06 + 0.006 * n)
        try:
            os.killpg(done.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        done.wait()
    record(tree, "a.txt", b"last\n", "ann")
    last = run(
        "onetree",
        "commit",
        "-m",
        "last",
        cwd=tree,
        env={**IDENTITY, "CLAUDECODE": "1", "CLAUDE_CODE_SESSION_ID": "ann"},
    )
    assert last.returncode == 0, last.stderr
    assert shown(tree, "a.txt") == "last\n"
    git(tree, "fsck", "--strict")
    assert status(tree) == []
    values = [shown(tree, "a.txt", c) for c in git(tree, "rev-list", "--reverse", "HEAD").split()[1:]]
    numbers = [int(v) for v in values[:-1]]
    assert numbers == sorted(set(numbers))


def test_seven_agents_and_a_person(tree: Path) -> None:
    agents, rounds, over = 7, 20, threading.Event()
    env = {**ENVIRONMENT, **IDENTITY, "HOME": str(tree.parent)}
    failures: list[str] = []

    def agent(n: int) -> None:
        for k in range(rounds):
            record(tree, f"dir{n}/file.txt", f"{n} {k}\n".encode(), f"agent{n}")
            done = subprocess.run(
                [BIN / "onetree", "commit", "-m", f"{n} {k}"], cwd=tree, capture_output=True, text=True, check=False,
                env={**env, "CLAUDECODE": "1", "CLAUDE_CODE_SESSION_ID": f"agent{n}"},
            )  # fmt: skip
            if done.returncode:
                failures.append(done.stderr)

    def looks() -> None:
        while not over.is_set():
            subprocess.run(["git", "status"], cwd=tree, env=env, capture_output=True, check=False)

    landed: list[str] = []

    def person() -> None:
        k = 0
        while not over.is_set():
            k += 1
            (tree / "person.txt").write_text(f"{k}\n")
            text = f"git add person.txt && git commit -qm 'person {k}'"
            if subprocess.run(text, shell=True, cwd=tree, env=env, capture_output=True, check=False).returncode == 0:
                landed.append(f"person {k}")

    others = [threading.Thread(target=t) for t in (looks, looks, person)]
    threads = [threading.Thread(target=agent, args=(n,)) for n in range(agents)]
    for t in [*others, *threads]:
        t.start()
    for t in threads:
        t.join()
    over.set()
    for t in others:
        t.join()
    assert failures == []
    seen: list[str] = []
    held: dict[str, list[str]] = {}
    for name in git(tree, "rev-list", "--reverse", "HEAD").split()[1:]:
        subject = git(tree, "show", "-s", "--format=%s", name).strip()
        who = subject.split()[0]
        files = changed(tree, name)
        assert files == (["person.txt"] if who == "person" else [f"dir{who}/file.txt"]), "swept"
        value = shown(tree, files[0], name)
        assert value not in held.get(files[0], []), "reverted"
        held.setdefault(files[0], []).append(value)
        seen.append(subject)
        if who != "person":
            assert value == f"{subject}\n"
    assert {f"{n} {k}" for n in range(agents) for k in range(rounds)} <= set(seen)
    assert set(landed) <= set(seen)
    assert len(seen) == len(set(seen))
    git(tree, "fsck", "--strict")
    assert [s for s in status(tree) if "person" not in s] == []


def test_json_and_dry_run(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    ann.write("a.txt")
    assert commit(ann, "--dry-run").stdout == "adds a.txt\n"
    found = json.loads(commit(ann, "--json").stdout)
    assert found["files"] == [{"path": "a.txt", "does": "adds", "partial": False}]
    assert found["commit"] == git(ann.tree, "rev-parse", "HEAD").strip()


def test_of_a_link_that_two_changed_only_the_callers_change(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    (ann.tree / "link").symlink_to("README.md")
    git(ann.tree, "add", "link")
    git(ann.tree, "commit", "-qm", "links")
    ann.shell("ln -sf src/a.py link")
    record_link(ann.tree, "link", "shared.txt", "bob", "gemini")
    done = commit(ann)
    assert (done.returncode, "the rest stays uncommitted" in done.stdout) == (0, True), done.stderr
    assert (git(ann.tree, "show", "HEAD:link"), os.readlink(ann.tree / "link")) == ("src/a.py", "shared.txt")
    assert status(ann.tree) == [" M link"]
    git(ann.tree, "fsck", "--strict")


def test_what_a_person_staged_below_an_edit_stays_staged(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    (ann.tree / "shared.txt").write_text(LINES.replace("line 18\n", "line 18 of a person\n"))
    ann.read("shared.txt")
    ann.edit("shared.txt", "line 2\n", "line 2 of ann\n")
    git(ann.tree, "add", "shared.txt")
    done = commit(ann)
    assert done.returncode == 0, done.stderr
    assert "line 18 of a person" not in shown(ann.tree, "shared.txt")
    assert "line 18 of a person" in shown(ann.tree, "shared.txt", at="")
    assert "line 2 of ann" in shown(ann.tree, "shared.txt")


def test_what_an_agent_staged_on_the_way_is_not_staged_any_more(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    ann.read("shared.txt")
    ann.edit("shared.txt", "line 2\n", "line 2 of ann\n")
    git(ann.tree, "add", "shared.txt")
    ann.edit("shared.txt", "line 2 of ann\n", "line two\n")
    assert commit(ann).returncode == 0
    assert status(ann.tree) == []
