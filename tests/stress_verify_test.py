"""The checks of the stress harness: each kind of harm is found, and nothing else is."""

import dataclasses
import functools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent.parent))

from demo.stage import Stage
from stress import acts, commits, judge, locks, objects, oplog, payload, person, verify

from .conftest import ENVIRONMENT, Run, Worker

Lines = list[bytes]


class Agent:
    """What the checks look at of an agent: its name, its log, whether it was killed."""

    def __init__(self, folder: Path, who: str, statuses: "list[int]", *, killed: bool = False) -> None:
        self.who = who
        self.killed = killed
        self.log = str(folder / f"{who}.log")
        log = oplog.Log(self.log)
        for i, status in enumerate(statuses):
            log.add(i, 100 * i, 100 * i + 10, 100 * i + 50, 100 * i + 90, status)

    def entries(self) -> Any:
        from stress import history

        return history.read(self.log)


def lines(who: str, *numbers: int) -> Lines:
    return [payload.make(who, i, 200) for i in numbers]


DONE, REFUSED, FAILED = oplog.DONE, oplog.REFUSED, oplog.FAILED
A = lines("a.0", 0, 1, 2)
STAMPED = A[2][:-2] + b',"stamp":{"seq":1}}\n'
TORN = "a line that nobody wrote, or half of one"


@pytest.mark.parametrize(
    ("found", "killed", "expected"),
    [
        pytest.param(A, False, [], id="all there"),
        pytest.param([*A, payload.END], False, [], id="the end of a run is no record"),
        pytest.param([A[0], A[1], STAMPED], False, [], id="a stamp was added"),
        pytest.param([A[0], A[2]], False, ["record 1 was told of, but it is not in the file"], id="lost"),
        pytest.param([A[0], A[1], A[1], A[2]], False, ["record 1 is in the file twice"], id="doubled"),
        pytest.param([A[1], A[0], A[2]], False, ["its records are not in its order"], id="out of order"),
        pytest.param([A[0], A[1], A[2][:100]], False, [TORN, "record 2 was told of"], id="torn"),
        pytest.param([A[0], A[1][:100] + A[2]], False, [TORN, "record 1, 2 was told of"], id="glued"),
        pytest.param([A[0], A[1], A[2].replace(b"cc", b"cX", 1)], False, [TORN, "record 2 was"], id="one byte changed"),
        pytest.param([*A, *lines("a.0", 3)], False, ["record 3 is in the file, though"], id="untold"),
        pytest.param([*A, *lines("a.0", 3)], True, [], id="under way when it was killed"),
        pytest.param([*A, *lines("a.0", 4)], True, ["record 4 is in the file, though"], id="not under way"),
        pytest.param([A[0], A[1]], True, ["record 2 was told of"], id="told before it was killed"),
        pytest.param([*A, *lines("b.0", 0)], False, ["records of b.0, whom nobody started"], id="a stranger"),
    ],
)
def test_exact(tmp_path: Path, found: Lines, killed: bool, expected: "list[str]") -> None:
    agents: Any = [Agent(tmp_path, "a.0", [DONE, DONE, DONE], killed=killed)]
    findings, counts = verify.exact(agents, found)
    assert len(findings) == len(expected), findings
    assert all(text in finding for text, finding in zip(expected, findings, strict=True)), findings
    assert counts["acknowledged"] == 3


@pytest.mark.parametrize("status", [REFUSED, FAILED])
def test_what_was_refused_must_not_be_there(tmp_path: Path, status: int) -> None:
    agents: Any = [Agent(tmp_path, "a.0", [DONE, status, DONE])]
    assert verify.exact(agents, [A[0], A[2]])[0] == []
    assert "record 1 is in the file, though its agent was told no" in verify.exact(agents, A)[0][0]


def test_two_that_hold_the_lock_at_once(tmp_path: Path) -> None:
    one, other = Agent(tmp_path, "a.0", [DONE] * 3), Agent(tmp_path, "b.0", [])
    log = oplog.Log(other.log)
    log.add(0, 0, 60, 100, 105, DONE)
    agents: Any = [one, other]
    assert verify.exclusive(agents) == []
    log.add(1, 120, 149, 155, 160, DONE)
    assert verify.exclusive(agents) == ["two held the lock at once: 1 ns from 149 on"]


@pytest.mark.parametrize(
    ("data", "good"),
    [
        (lines("a.0", 3)[0][:150], True),
        (b'{"w"', True),
        (lines("a.0", 1)[0][:150], False),
        (b"x" * 150, False),
        (lines("a.0", 3)[0][:150] + b"x", False),
    ],
    ids=["under way", "only its first bytes", "of a record that was told", "of no record", "with more behind it"],
)
def test_what_was_moved_aside(tmp_path: Path, data: bytes, good: bool) -> None:
    agents: Any = [Agent(tmp_path, "a.0", [DONE] * 3, killed=True)]
    (tmp_path / "log.torn-1").write_bytes(data)
    findings, count = verify.torn_files(str(tmp_path), "log", agents)
    assert (findings == [], count) == (good, 1)


@pytest.mark.parametrize("size", [60, 120, 200, 260_000])
def test_a_record_is_its_own_proof(size: int) -> None:
    line = payload.make("a7.12", 123_456, size)
    assert len(line) == size
    assert payload.name(line) == ("a7.12", 123_456)
    changes: list[Callable[[bytes], bytes]] = [
        lambda x: x[:-1],
        lambda x: x[1:],
        lambda x: x + b"\n",
        lambda x: x.replace(b'"n":', b'"n":1', 1),
        lambda x: x[:-3] + b'?"}\n',
    ]
    assert [payload.name(change(line)) for change in changes] == [None] * len(changes)


def hold(owner: str, start: int, end: int, fence: int, mode: str = "write", resource: str = "src") -> "dict[str, Any]":
    return {"owner": owner, "from": start, "to": end, "fence": fence, "mode": mode, "resources": [resource]}


@pytest.mark.parametrize(
    ("holds", "together", "disordered"),
    [
        pytest.param([hold("a", 0, 5, 1), hold("b", 5, 9, 2)], 0, 0, id="one after the other"),
        pytest.param([hold("a", 0, 5, 1, "read"), hold("b", 1, 9, 2, "intent_write")], 0, 0, id="compatible"),
        pytest.param([hold("a", 0, 5, 1), hold("b", 1, 9, 2, resource="docs")], 0, 0, id="elsewhere"),
        pytest.param([hold("a", 0, 5, 1), hold("b", 4, 9, 2, "read")], 1, 0, id="at once"),
        pytest.param([hold("a", 0, 9, 1), hold("b", 4, 5, 2, resource="src/a/x.py")], 1, 0, id="what is below"),
        pytest.param([hold("a", 0, 5, 2), hold("b", 6, 9, 1)], 0, 1, id="a number that falls"),
        pytest.param([hold("a", 0, 5, 2), hold("b", 6, 9, 2)], 0, 1, id="a number given twice"),
    ],
)
def test_what_holds_of_locks_may_not_be(holds: "list[dict[str, Any]]", together: int, disordered: int) -> None:
    assert (len(locks.exclusive(holds)), len(locks.fenced(holds))) == (together, disordered)


SECOND = 1_000_000_000


def act(by: str, n: int, do: str, when: float, status: str = acts.DONE, **fields: Any) -> acts.Act:
    """An act that takes a tenth of a second, at one file unless another is given."""
    at = int(when * SECOND)
    times = {"asked": at, "went": at + 1, "did": at + SECOND // 20, "ended": at + SECOND // 10}
    return acts.Act(do, **{"path": "code/f.txt", **times, **fields}, status=status, by=by, n=n)


def wrote(by: str, n: int, when: float, status: str = acts.DONE, **fields: Any) -> acts.Act:
    return act(by, n, "edit", when, status, adds=[f"tok-{by}-{n}"], **fields)


def struck(by: str, n: int, when: float, token: str, status: str = acts.DONE, **fields: Any) -> acts.Act:
    return act(by, n, "strike", when, status, removes=[token], **fields)


@pytest.mark.parametrize(
    ("done", "there", "expected"),
    [
        pytest.param([wrote("a", 0, 0)], "tok-a-0", [], id="there"),
        pytest.param([wrote("a", 0, 0)], "", ["lost: tok-a-0 "], id="lost"),
        pytest.param([wrote("a", 0, 0, acts.UNKNOWN)], "", [], id="killed, not there"),
        pytest.param([wrote("a", 0, 0, acts.UNKNOWN)], "tok-a-0", [], id="killed, there"),
        pytest.param([wrote("a", 0, 0, acts.NO)], "", [], id="told no"),
        pytest.param([wrote("a", 0, 0, acts.NO)], "tok-a-0", ["nobody wrote tok-a-0"], id="told no, and there"),
        pytest.param([wrote("a", 0, 0), struck("b", 0, 1, "tok-a-0")], "", [], id="taken away by who had seen it"),
        pytest.param([wrote("a", 0, 0), struck("b", 0, 1, "tok-a-0")], "tok-a-0", ["came back: tok-a-0"], id="back"),
        pytest.param(
            [wrote("a", 0, 0), struck("b", 0, 1, "tok-a-0", acts.NO)], "", ["lost: tok-a-0"], id="by who was told no"
        ),
        pytest.param(
            [wrote("a", 0, 0), struck("b", 0, 1, "tok-a-0", acts.UNKNOWN)], "", [], id="perhaps, by who was killed"
        ),
        pytest.param(
            [wrote("a", 0, 0), struck("b", 0, 1, "tok-a-0"), act("b", 1, "undo", 2, adds=["tok-a-0"])],
            "", ["lost: tok-a-0"], id="brought back, and lost",
        ),
        pytest.param(
            [wrote("a", 0, 0), act("b", 0, "whole", 1, adds=["tok-b-0"], whole=["tok-a-0", "tok-b-0"], was="1")],
            "tok-b-0", ["lost: tok-a-0"], id="overwritten from a reading without it",
        ),
        pytest.param(
            [wrote("a", 0, 0), act("b", 0, "remove", 1, removes=["tok-a-0"]),
             act("c", 0, "whole", 2, adds=["tok-c-0"], whole=["tok-a-0", "tok-c-0"])],
            "tok-a-0 tok-c-0", [], id="a deleted file written again",
        ),
        pytest.param([wrote("person", 0, 1.05), wrote("a", 0, 1)], "tok-a-0", [], id="a person in between"),
        pytest.param([wrote("person", 0, 2), wrote("a", 0, 1)], "tok-a-0", ["lost: tok-person-0"], id="a person later"),
        pytest.param(
            [wrote("person", 0, 1.05, path="x"), wrote("a", 0, 1)], "tok-a-0", ["lost: tok-person-0"],
            id="a person at another file",
        ),
    ],
)  # fmt: skip
def test_acknowledged_changes(done: "list[acts.Act]", there: str, expected: "list[str]") -> None:
    found = judge.lost(judge.History(done), acts.tokens(there))
    assert len(found) == len(expected), found
    assert all(text in finding for text, finding in zip(expected, found, strict=True)), found


class Repository:
    """A repository in which any author can commit anything."""

    def __init__(self, top: Path) -> None:
        self.top = top
        (top / "code").mkdir(parents=True)
        (top / "person").mkdir()
        self.git("init", "-q")

    def git(self, *args: str, by: str = "") -> str:
        env = {**ENVIRONMENT, "HOME": str(self.top), **person.names(by)}
        done = subprocess.run(["git", *args], cwd=self.top, env=env, capture_output=True, text=True, check=True)
        return done.stdout

    def commit(self, by: str, subject: str, files: "dict[str, str | None]") -> None:
        for name, text in files.items():
            path = self.top / "code" / name
            if text is None:
                path.unlink()
            else:
                path.write_text("".join(f"{line}\n" for line in text.split()))
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", subject, by=by)


def test_each_commit_holds_its_authors_work(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "r")
    repository.commit("a", "work a 1", {"f.txt": "x tok-a-0"})
    repository.commit("b", "work b 1\n\nCo-authored-by: claude c <c@x>", {"f.txt": "x tok-a-0 tok-b-0 tok-c-0"})
    repository.commit("person", "by hand", {"f.txt": "x tok-a-0 tok-b-0 tok-c-0 tok-d-0"})
    repository.commit("e", "copied", {"g.txt": "x tok-a-0 tok-b-0 tok-c-0 tok-d-0"})
    repository.commit("e", "and renamed with it", {"f.txt": None})
    repository.commit("f", "whole f 2", {"h.txt": "tok-person-0"})
    done = [*(wrote(by, 0, n) for n, by in enumerate("abcd")), wrote("person", 0, 5)]
    assert judge.swept(judge.History(done), objects.commits(str(repository.top))) == []
    repository.commit("a", "more", {"g.txt": "x tok-a-0 tok-b-0 tok-c-0 tok-d-0 tok-e-0"})
    repository.commit("f", "work f 3", {"h.txt": "tok-person-0 tok-person-1"})
    done += [wrote("e", 0, 9), wrote("person", 1, 9)]
    first, second = judge.swept(judge.History(done), objects.commits(str(repository.top)))
    assert "of a holds tok-e-0 (e#0 edit" in first
    assert "of f holds tok-person-1 (" in second, "not the whole file was asked for"


def test_no_commit_takes_back_what_another_committed(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "r")
    repository.commit("a", "work a 1", {"f.txt": "x tok-a-0 tok-a-1 tok-a-2", "g.txt": "tok-a-3"})
    repository.commit("b", "b took it away", {"f.txt": "x tok-a-1 tok-a-2"})
    repository.commit("c", "the file went", {"g.txt": None})
    repository.commit("person", "a person takes all as it is", {"f.txt": "x tok-a-2"})
    done = [*(wrote("a", n, n) for n in range(4)), struck("b", 0, 5, "tok-a-0"), struck("d", 0, 5, "tok-a-1")]
    done.append(struck("b", 1, 6, "tok-a-3"))
    assert judge.reverted(judge.History(done), objects.commits(str(repository.top))) == []
    repository.commit("c", "from an old index", {"f.txt": "x"})
    (found,) = judge.reverted(judge.History(done), objects.commits(str(repository.top)))
    assert "of c takes back tok-a-2 (a#2 edit" in found
    only = [d for d in done if d.by != "b"]
    assert len(judge.reverted(judge.History(only), objects.commits(str(repository.top)))) == 3


@pytest.mark.parametrize(
    ("commit", "expected"),
    [
        pytest.param(act("a", 1, "commit", 5), [], id="all of it"),
        pytest.param(act("a", 7, "commit", 5), ["lost: commit 7 of a was acknowledged"], id="a lost commit"),
        pytest.param(act("a", 2, "commit", 5), ["left out of commit 2 of a: tok-a-0"], id="in a later one"),
        pytest.param(act("a", 2, "commit", 5, paths=["g.txt"]), [], id="other paths were asked for"),
        pytest.param(act("a", 9, "commit", 5, code=1, told="not only this agent's own"), [], id="told no"),
        pytest.param(act("a", 9, "commit", 5, code=1, told="nothing since its last commit"), [], id="nothing left"),
        pytest.param(
            act("b", 9, "commit", 5, code=1, told="nothing since its last commit"), ["left out of commit 9 of b"],
            id="nothing left, it said",
        ),
    ],
)  # fmt: skip
def test_a_commit_leaves_nothing_out(tmp_path: Path, commit: acts.Act, expected: "list[str]") -> None:
    repository = Repository(tmp_path / "r")
    repository.commit("a", "work a 2", {"g.txt": "x"})
    repository.commit("a", "work a 1", {"f.txt": "x tok-a-0"})
    done = [wrote("a", 0, 0), wrote("b", 0, 1), wrote("a", 3, 2, acts.UNKNOWN), commit]
    found = judge.left_out(judge.History(done), objects.commits(str(repository.top)))
    assert len(found) == len(expected), found
    assert all(text in finding for text, finding in zip(expected, found, strict=True)), found


def test_what_is_wrong_with_a_repository(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "r")
    repository.commit("a", "one", {"f.txt": "tok-a-0"})
    (repository.top / "code" / "sedAbC123").write_text("tok-a-9\n")
    assert objects.faults(str(repository.top)) == []
    assert objects.tree(str(repository.top)) == {"tok-a-0"}
    (repository.top / ".git" / "index.lock").touch()
    assert objects.faults(str(repository.top)) == [".git/index.lock was left"]
    blob = repository.git("rev-parse", "HEAD:code/f.txt").strip()
    (repository.top / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    assert any("git fsck: missing blob" in fault for fault in objects.faults(str(repository.top)))


def test_a_log_goes_on_after_a_kill(tmp_path: Path) -> None:
    path, versions = str(tmp_path / "a.acts"), tmp_path / "versions"
    versions.mkdir()
    file = str(tmp_path / "f.txt")
    first = acts.Log(path, "a", str(versions))
    one = first.ask(acts.Act("edit", file, adds=["tok-a-0"]))
    first.go(one)
    with open(path, "ab") as f:
        f.write(b'{"n": 0, "did"')  # killed while it wrote
    (killed,) = acts.read(path, "a")
    assert (killed.status, killed.did, killed.adds) == (acts.UNKNOWN, 0, ["tok-a-0"])
    second = acts.Log(path, "a", str(versions))
    second.ask(acts.Act("append", file))
    assert [(a.n, a.do) for a in acts.read(path, "a")] == [(0, "edit"), (1, "append")]


def test_an_overwritten_version_must_come_back(tmp_path: Path, tree: Path, run: Run) -> None:
    ann = Worker("claude", tree, run, "ann")
    ann.read("src/a.py")
    stage = Stage(str(tmp_path / "stage"))
    stage.project = str(tree)
    (tmp_path / "versions").mkdir()
    log = acts.Log(str(tmp_path / "ann.acts"), "ann", str(tmp_path / "versions"))
    did = act("ann", 0, "whole", 0, path="src/a.py", was=log.keep(str(tree / "src" / "a.py")))
    ann.write("src/a.py", "x = 2\n")
    did.became = log.keep(str(tree / "src" / "a.py"))
    back = functools.partial(commits.brought_back, stage, versions=str(tmp_path / "versions"))
    assert back(did) == []
    (found,) = back(dataclasses.replace(did, by="bob"))
    assert found == "not recorded: what bob overwrote in src/a.py by its act 0 (whole)"
    (tmp_path / "versions" / did.was).write_text("x = 0\n")
    (found,) = back(did)
    assert found.startswith("not brought back: what ann overwrote")
