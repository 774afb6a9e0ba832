"""What is recorded of a call: which contents an agent saw and wrote, by real hook processes around real files."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from onetree import blobs, observe, seen, writes

from .conftest import ENVIRONMENT, Run, Worker, journal


def git_name(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def state(tree: Path) -> str:
    return str(tree / ".onetree" / "state")


def who(agent: Worker) -> writes.Line:
    return writes.who(agent.platform, agent.session, "")


def saw(agent: Worker, path: str) -> "str | None":
    """The content that an agent last saw, by git's name."""
    found = seen.get(state(agent.tree), who(agent), path)
    return found.blob if found else None


def wrote(tree: Path, path: str) -> "list[writes.Line]":
    return [line for line in writes.history(state(tree), path) if line["do"] == "wrote"]


@pytest.fixture(params=["claude", "gemini", "codex"])
def worker(request: pytest.FixtureRequest, tree: Path, run: Run) -> Worker:
    return Worker(request.param, tree, run)


def test_a_read_is_remembered(worker: Worker) -> None:
    assert worker.read("README.md")[0] == "allow"
    assert saw(worker, "README.md") == git_name(b"hello\n")
    assert journal(worker.tree)[-1]["saw"] == [["README.md", git_name(b"hello\n")]]
    assert wrote(worker.tree, "README.md") == []


@pytest.mark.parametrize(
    ("command", "counts"),
    [
        pytest.param("cat README.md", True, id="cat"),
        pytest.param("sed -n 1,3p README.md", True, id="sed -n"),
        pytest.param("head -1 README.md", True, id="head"),
        pytest.param("tail -1 README.md && true", True, id="tail, in a list"),
        pytest.param("grep hello README.md", True, id="grep"),
        pytest.param("grep -r hello .", False, id="a search through folders"),
        pytest.param("cp README.md copy", False, id="a copy shows nothing"),
        pytest.param("wc -l README.md", False, id="a count shows nothing"),
        pytest.param("grep hello README.md", True, id="a search"),
        pytest.param("grep -n -i hello README.md", True, id="with options"),
        pytest.param("grep -q hello README.md", False, id="a search that shows nothing"),
        pytest.param("rg --count hello README.md", False, id="a number"),
        pytest.param("egrep -il hello README.md", False, id="a name"),
        pytest.param("false && cat README.md", False, id="only perhaps"),
    ],
)
def test_which_commands_read(pair: "tuple[Worker, Worker]", command: str, counts: bool) -> None:
    ann, _ = pair
    ann.shell(command)
    assert (saw(ann, "README.md") is not None) == counts


def test_what_was_changed_while_it_was_read_is_not_seen(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    where = ann.tree / "README.md"
    ann.does("Read", {"file_path": str(where)}, lambda: where.write_text("other\n"))
    assert saw(ann, "README.md") == "", "nobody knows which version"


def test_a_read_that_failed_shows_nothing(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    ann.does("Read", {"file_path": str(ann.tree / "README.md")}, lambda: None, "PostToolUseFailure")
    assert saw(ann, "README.md") is None


def test_a_write_is_recorded_with_both_contents(worker: Worker) -> None:
    worker.read("README.md")
    worker.write("README.md", "two\n")
    (line,) = wrote(worker.tree, "README.md")
    assert {k: line[k] for k in ("platform", "session", "agent", "before", "after", "was", "size", "kept")} == {
        "platform": worker.platform, "session": worker.session, "agent": "", "before": git_name(b"hello\n"),
        "after": git_name(b"two\n"), "was": 6, "size": 4, "kept": True,
    }  # fmt: skip
    assert blobs.get(state(worker.tree), str(line["before"])) == b"hello\n"
    assert blobs.get(state(worker.tree), str(line["after"])) == b"two\n"
    assert journal(worker.tree)[-1]["wrote"] == [["README.md", line["before"], line["after"], writes.ident(line)]]
    assert saw(worker, "README.md") == git_name(b"two\n"), "an agent's own write counts as seen"
    assert os.listdir(os.path.join(state(worker.tree), observe.CALLS)) == []


@pytest.mark.parametrize(
    ("command", "path", "before", "after"),
    [
        pytest.param("echo two > README.md", "README.md", b"hello\n", b"two\n", id="redirection"),
        pytest.param("echo two >> README.md", "README.md", b"hello\n", b"hello\ntwo\n", id="appended"),
        pytest.param("sed -i s/hello/bye/ README.md", "README.md", b"hello\n", b"bye\n", id="in place"),
        pytest.param("echo new > new.txt", "new.txt", None, b"new\n", id="a new file"),
        pytest.param("rm README.md", "README.md", b"hello\n", None, id="deleted"),
        pytest.param("mv README.md b.md", "README.md", b"hello\n", None, id="moved away"),
        pytest.param("mv README.md b.md", "b.md", None, b"hello\n", id="moved to"),
    ],
)
def test_writes_of_the_shell(
    worker: Worker, command: str, path: str, before: "bytes | None", after: "bytes | None"
) -> None:
    worker.shell(command)
    (line,) = wrote(worker.tree, path)
    assert line["before"] == ("" if before is None else git_name(before))
    assert line["after"] == ("" if after is None else git_name(after))
    assert (line["was"], line["size"]) == tuple(-1 if b is None else len(b) for b in (before, after))


def test_what_changed_nothing_is_no_write(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    ann.write("README.md", "hello\n")
    ann.shell("touch README.md")
    assert [line["do"] for line in writes.history(state(ann.tree), "README.md")] == ["begin", "end", "begin", "end"]
    assert saw(ann, "README.md") == git_name(b"hello\n"), "who wrote it knows it"


def test_an_edit_shows_only_what_was_known_before(pair: "tuple[Worker, Worker]") -> None:
    ann, bob = pair
    ann.read("README.md")
    bob.edit("README.md", "hello", "hello there")
    assert saw(bob, "README.md") is None, "an edit of what was never read"
    ann.edit("README.md", "hello", "oh hello")
    assert saw(ann, "README.md") == git_name(b"hello\n"), "it has not seen what the other one changed"
    ann.read("README.md")
    ann.edit("README.md", "oh", "ah")
    assert saw(ann, "README.md") == git_name(b"ah hello there\n")


def test_a_mode_is_part_of_a_version(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    (ann.tree / "run.sh").write_text("true\n")
    (ann.tree / "run.sh").chmod(0o755)
    ann.write("run.sh", "false\n")
    (line,) = wrote(ann.tree, "run.sh")
    assert (line["mode_before"], line["mode"]) == ("100755", "100755")


@pytest.mark.parametrize("path", [".onetree/shared/notes", "../outside", ".git/COMMIT_EDITMSG"])
def test_what_is_not_the_trees_is_not_followed(pair: "tuple[Worker, Worker]", path: str) -> None:
    ann, _ = pair
    ann.shell(f"echo x > {path}")
    assert not os.path.isdir(os.path.join(state(ann.tree), writes.FOLDER))


def test_the_store_is_one_that_git_reads(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    ann.write("new.txt", "new\n")
    env = {**ENVIRONMENT, "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.path.join(state(ann.tree), blobs.FOLDER)}
    argv = ["git", "cat-file", "blob", git_name(b"new\n")]
    assert subprocess.run(argv, cwd=ann.tree, env=env, capture_output=True, check=True).stdout == b"new\n"


def test_names_are_those_of_a_sha256_repository(tmp_path: Path) -> None:
    done = subprocess.run(
        ["git", "init", "-q", "--object-format=sha256", str(tmp_path)],
        env=ENVIRONMENT,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("this git has no sha256")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a").write_bytes(b"new\n")
    argv = ["git", "-C", str(tmp_path), "hash-object", "sub/a"]
    name = subprocess.run(argv, env=ENVIRONMENT, capture_output=True, text=True, check=True).stdout.strip()
    assert blobs.name(b"new\n", blobs.algorithm(str(tmp_path / "sub"))) == name


def test_a_work_tree_beside_the_main_one_has_its_format(tmp_path: Path) -> None:
    main, side = tmp_path / "main", tmp_path / "side"
    env = {**ENVIRONMENT, "HOME": str(tmp_path)}
    for argv in (
        ["git", "init", "-q", "--object-format=sha256", str(main)],
        ["git", "-C", str(main), "-c", "user.name=n", "-c", "user.email=e", "commit", "-q", "--allow-empty", "-m", "x"],
        ["git", "-C", str(main), "worktree", "add", "-q", str(side)],
    ):
        subprocess.run(argv, env=env, check=True, capture_output=True)
    assert blobs.algorithm(str(side)) == "sha256"


def test_what_is_too_large_is_followed_by_its_identity(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    with (ann.tree / "big").open("wb") as f:
        f.truncate(blobs.MAX_BYTES + 1)
    ann.read("big")
    assert saw(ann, "big") == ""
    ann.shell("echo x >> big")
    (line,) = wrote(ann.tree, "big")
    assert (line["before"], line["after"], line["kept"]) == ("", "", False)


def test_a_forged_line_does_not_count(pair: "tuple[Worker, Worker]") -> None:
    ann, _ = pair
    ann.write("new.txt", "new\n")
    path = Path(state(ann.tree)) / writes.FOLDER / writes.key("new.txt")
    lines = path.read_text().splitlines()
    forged = json.dumps({**json.loads(lines[-1]), "session": "someone"})
    path.write_text("\n".join([*lines, forged]) + "\n")
    assert {line["session"] for line in writes.history(state(ann.tree), "new.txt")} == {"ann"}
    with path.open("a") as f:
        f.write('{"torn')
    ann.write("new.txt", "newer\n")
    assert [line["size"] for line in wrote(ann.tree, "new.txt")] == [4, 6]


def test_old_contents_go_and_what_is_asked_for_stays(tmp_path: Path) -> None:
    old, young = git_name(b"old"), git_name(b"young")
    for data, name in ((b"old", old), (b"young", young)):
        blobs.put(str(tmp_path), name, data)
    now = os.stat(tmp_path / "objects" / old[:2] / old[2:]).st_mtime
    for name in (old, young):
        os.utime(tmp_path / "objects" / name[:2] / name[2:], (now - blobs.MAX_AGE - 9,) * 2)
    blobs.put(str(tmp_path), young, b"young")
    blobs.prune(str(tmp_path), now)
    assert blobs.get(str(tmp_path), old) is None
    assert blobs.get(str(tmp_path), young) == b"young"


def test_a_session_tidies_now_and_then(pair: "tuple[Worker, Worker]") -> None:
    ann, bob = pair
    ann.read("README.md")
    ann.write("old.md", "old\n")
    bob.write("young.md", "young\n")
    ann.call("Write", file_path=str(ann.tree / "never"), content="x")
    top = Path(state(ann.tree))
    old = [top / "files" / writes.key("old.md"), top / "seen" / seen.agent_key(who(ann)), *(top / "calls").iterdir()]
    for path in old:
        os.utime(path, (1, 1))
    session(ann)  # the first one only sets the clock
    assert all(path.exists() for path in old)
    os.utime(top / observe.STAMP, (1, 1))
    session(ann)
    assert not any(path.exists() for path in old)
    assert saw(bob, "young.md")
    assert wrote(bob.tree, "young.md")


def session(agent: Worker) -> None:
    base = {"session_id": agent.session, "cwd": str(agent.tree), "hook_event_name": "SessionStart"}
    assert agent.send({**base, "transcript_path": "/x"}).returncode == 0
