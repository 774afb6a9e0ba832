"""`onetree undo` and `onetree log`: every version that an agent overwrote comes back, and nothing is lost by it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from onetree import blobs, writes

from .conftest import ENVIRONMENT, Run, Worker, journal

Pair = tuple[Worker, Worker]


def log(run: Run, tree: Path, path: str) -> "list[dict[str, Any]]":
    done = run("onetree", "log", "--json", path, cwd=tree)
    return [json.loads(line) for line in done.stdout.splitlines()]


def undone(run: Run, tree: Path, *args: str, **env: str) -> "dict[str, Any]":
    done = run("onetree", "undo", "--json", *args, cwd=tree, env=env)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("command", "path", "before"),
    [
        pytest.param("echo two > README.md", "README.md", "hello\n", id="overwritten"),
        pytest.param("echo two >> README.md", "README.md", "hello\n", id="appended to"),
        pytest.param("rm README.md", "README.md", "hello\n", id="deleted"),
        pytest.param("mv README.md b", "README.md", "hello\n", id="moved away"),
        pytest.param("mv README.md b", "b", None, id="moved to"),
        pytest.param("rm src/a.py && rmdir src", "src/a.py", "x = 1\n", id="deleted with its folder"),
        pytest.param("echo new > new", "new", None, id="made"),
        pytest.param(": > README.md", "README.md", "hello\n", id="emptied"),
        pytest.param("sed -i s/hello/bye/ README.md", "README.md", "hello\n", id="in place"),
        pytest.param("echo x > run.sh", "run.sh", "true\n", id="a program"),
        pytest.param("echo x > bytes", "bytes", "\udcff\x00\r\n", id="not text"),
        pytest.param("echo x > 'a name\n\udce9'", "a name\n\udce9", "odd\n", id="an odd name"),
    ],
)
def test_everything_comes_back_and_can_be_taken_back(
    pair: Pair, run: Run, command: str, path: str, before: "str | None"
) -> None:
    ann, _ = pair
    tree = ann.tree
    (tree / "bytes").write_bytes(b"\xff\x00\r\n")
    (tree / "run.sh").write_text("true\n")
    (tree / "run.sh").chmod(0o755)
    (tree / "a name\n\udce9").write_text("odd\n")
    ann.shell(command)
    after = content(tree / path)
    first = undone(run, tree, path)
    assert content(tree / path) == before
    assert (tree / "run.sh").stat().st_mode & 0o777 == 0o755
    undone(run, tree, first["id"])
    assert content(tree / path) == after
    undone(run, tree, path)
    assert content(tree / path) == before
    assert [r["event"] for r in journal(tree)[-3:]] == ["undo"] * 3
    assert run("onetree", "audit", "--verify", cwd=tree).returncode == 0


def content(path: Path) -> "str | None":
    return path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else None


def test_a_file_that_has_changed_since_is_left_alone(pair: Pair, run: Run) -> None:
    ann, _ = pair
    ann.write("README.md", "ann\n")
    (ann.tree / "README.md").write_text("person\n")
    done = run("onetree", "undo", "README.md", cwd=ann.tree)
    assert done.returncode == 1
    assert "it was changed since" in done.stderr
    assert "--force keeps that version, too" in done.stderr
    assert (ann.tree / "README.md").read_text() == "person\n"
    forced = undone(run, ann.tree, "--force", "README.md")
    assert (ann.tree / "README.md").read_text() == "hello\n"
    undone(run, ann.tree, forced["id"])
    assert (ann.tree / "README.md").read_text() == "person\n"


def test_what_another_is_writing_is_not_brought_back(pair: Pair, run: Run) -> None:
    ann, bob = pair
    ann.write("README.md", "ann\n")
    bob.read("README.md")

    def deed() -> None:
        done = run("onetree", "undo", "README.md", cwd=ann.tree)
        assert (done.returncode, done.stdout) == (1, "")
        assert "it is being written by gemini bob at this moment" in done.stderr
        (bob.tree / "README.md").write_text("bob\n")

    bob.does("write_file", {"file_path": str(bob.tree / "README.md"), "content": "bob\n"}, deed)
    undone(run, ann.tree, "README.md")
    assert (ann.tree / "README.md").read_text() == "ann\n"


def test_an_older_write_by_its_id(pair: Pair, run: Run) -> None:
    ann, bob = pair
    ann.write("README.md", "ann\n")
    bob.read("README.md")
    bob.write("README.md", "bob\n")
    rows = log(run, ann.tree, "README.md")
    assert [(r["session"], r["was"], r["size"]) for r in rows] == [("ann", 6, 4), ("bob", 4, 4)]
    done = run("onetree", "undo", rows[0]["id"], cwd=ann.tree)
    assert done.returncode == 1
    assert "by gemini bob" in done.stderr
    undone(run, ann.tree, "--force", rows[0]["id"])
    assert (ann.tree / "README.md").read_text() == "hello\n"


AGENT = {"CLAUDECODE": "1", "CLAUDE_CODE_SESSION_ID": "ann"}
COMMITS = {**ENVIRONMENT, "EMAIL": "a@x", "GIT_AUTHOR_NAME": "A", "GIT_COMMITTER_NAME": "A"}


def test_the_log_in_words(pair: Pair, run: Run) -> None:
    ann, bob = pair
    ann.write("new.md", "ann\n")
    bob.shell("rm new.md")
    bob.read("new.md")
    done = run("onetree", "log", "new.md", cwd=ann.tree)
    first = done.stdout.splitlines()[0].split("  ")
    assert first[2:] == ["claude ann", "Write", "nothing -> 4 bytes"]
    assert len(first[0]) == 8
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "x"], cwd=ann.tree, env=COMMITS, check=True)
    ann.write("other.md", "ann\n")
    assert run("onetree", "commit", "-m", "mine", cwd=ann.tree, env={**COMMITS, **AGENT}).returncode == 0
    written, committed = run("onetree", "log", "other.md", cwd=ann.tree).stdout.splitlines()
    assert committed.endswith(f"claude ann  committed what it wrote, up to {written[:8]}")
    nothing = run("onetree", "log", "README.md", cwd=ann.tree)
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert "no agent has written it" in nothing.stderr


def test_an_agent_takes_back_only_its_own(pair: Pair, run: Run) -> None:
    ann, bob = pair
    bob.write("README.md", "bob\n")
    ann.write("src/a.py", "x = 2\n")
    done = run("onetree", "undo", "README.md", cwd=ann.tree, env=AGENT)
    assert done.returncode == 1
    assert "was written by gemini bob: an agent takes back only its own writes" in done.stderr
    assert undone(run, ann.tree, "src/a.py", **AGENT)["session"] == "ann"
    assert (ann.tree / "src" / "a.py").read_text() == "x = 1\n"


def test_an_agent_brings_nothing_protected_back(pair: Pair, run: Run) -> None:
    ann, _ = pair
    ann.write("src/a.py", "x = 2\n")
    path = ann.tree / ".onetree" / "policy.yaml"
    path.write_text(path.read_text().replace('"*.pem"]', '"*.pem", "src/**"]', 1))
    done = run("onetree", "undo", "src/a.py", cwd=ann.tree, env=AGENT)
    assert done.returncode == 1
    assert "is protected by .onetree/policy.yaml:4" in done.stderr


def test_a_version_that_is_not_kept_any_more(pair: Pair, run: Run) -> None:
    ann, _ = pair
    ann.write("README.md", "ann\n")
    state = str(ann.tree / ".onetree" / "state")
    (line,) = [x for x in writes.history(state, "README.md") if x["do"] == "wrote"]
    os.unlink(os.path.join(state, blobs.FOLDER, str(line["before"])[:2], str(line["before"])[2:]))
    done = run("onetree", "undo", "README.md", cwd=ann.tree)
    assert done.returncode == 1
    assert "that version is not kept, it is too old" in done.stderr
    assert (ann.tree / "README.md").read_text() == "ann\n"


def test_what_was_too_large_is_told_before_and_after(pair: Pair, run: Run) -> None:
    ann, _ = pair
    with (ann.tree / "big").open("wb") as f:
        f.truncate(blobs.MAX_BYTES + 1)
    verdict, text = ann.write("big", "x\n")
    assert verdict == "allow"
    assert "big is larger than 8 MiB: what it is now will not be kept" in text
    assert "it was larger than 8 MiB" in run("onetree", "undo", "big", cwd=ann.tree).stderr


@pytest.mark.parametrize("command", ["undo", "log"])
def test_outside_of_a_governed_tree(run: Run, tmp_path: Path, command: str) -> None:
    done = run("onetree", command, str(tmp_path / "x"))
    assert done.returncode == 2
    assert "no .onetree/policy.yaml in a folder above it" in done.stderr


def test_what_was_never_written_by_an_agent(tree: Path, run: Run) -> None:
    done = run("onetree", "undo", "README.md", cwd=tree)
    assert done.returncode == 1
    assert "no agent has written it" in done.stderr


LINKS = [
    pytest.param("rm link", "link", id="deleted"),
    pytest.param("unlink link", "link", id="unlinked"),
    pytest.param("ln -sf src/a.py link", "link", id="to another file"),
    pytest.param("ln -sfn docs current", "current", id="to another folder"),
    pytest.param("rm current", "current", id="to a folder, deleted"),
    pytest.param("rm -rf current", "current", id="to a folder, deleted as a tree"),
    pytest.param("rm dangling", "dangling", id="to nothing, deleted"),
    pytest.param("mv link elsewhere", "link", id="moved away"),
    pytest.param("mv src/a.py link", "link", id="a file in its place"),
    pytest.param("mv dangling README.md", "README.md", id="a link in a file's place"),
    pytest.param("ln -s README.md new", "new", id="made"),
    pytest.param("ln -sf src/a.py README.md", "README.md", id="made in a file's place"),
    pytest.param("rm link && echo x > link", "link", id="deleted, and a file made"),
]


def state_of(path: Path) -> "tuple[str, object]":
    return ("link", os.readlink(path)) if path.is_symlink() else ("file", content(path))


@pytest.mark.parametrize(("command", "path"), LINKS)
def test_symbolic_links_come_back_as_such(pair: Pair, run: Run, command: str, path: str) -> None:
    ann, _ = pair
    tree = ann.tree
    (tree / "docs").mkdir()
    for name, target in (("link", "README.md"), ("current", "src"), ("dangling", "no\udce9where")):
        (tree / name).symlink_to(target)
    before, target = state_of(tree / path), (tree / "README.md").read_text()
    assert ann.shell(command)[0] == "allow"
    after = state_of(tree / path)
    assert after != before
    done = undone(run, tree, path)
    assert state_of(tree / path) == before
    undone(run, tree, done["id"])
    assert state_of(tree / path) == after
    if path != "README.md" and "README.md" not in command.split()[-1:]:
        assert (tree / "README.md").read_text() == target, "what the link leads to"
    shown = run("onetree", "log", path, cwd=tree).stdout
    assert "link to " in shown


def test_a_link_that_another_changed_is_not_changed_blindly(pair: Pair, run: Run) -> None:
    ann, bob = pair
    ann.shell("ln -s README.md link")
    verdict, text = bob.shell("rm link")
    assert (verdict, "claude ann wrote it" in text) == ("deny", True), "bob has never seen it"
    assert ann.shell("ln -sf src/a.py link")[0] == "allow", "ann made it"
    (ann.tree / "link").unlink()
    (ann.tree / "link").symlink_to("docs")
    verdict, text = ann.shell("rm link")
    assert (verdict, "changed outside" in text) == ("deny", True)
    (ann.tree / "old").symlink_to("README.md")
    assert bob.shell("rm old") == ("allow", ""), "nobody is recorded to have made it"
    done = run("onetree", "undo", "link", cwd=ann.tree)
    assert (done.returncode, "was changed since" in done.stderr) == (1, True)
