"""The checks of the stress harness: each kind of harm is found, and nothing else is."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent.parent))

from stress import locks, oplog, payload, verify

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
