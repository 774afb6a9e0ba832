import errno
import json
import os
import re
import shutil
import subprocess
import sys
import time
from _blake2 import blake2b
from collections.abc import Callable
from pathlib import Path

import pytest

from onetree import flock, journal, sealed

from .systemcalls import last_hold, traced

LINUX = sys.platform == "linux"

WRITE = """
import sys
from onetree import journal
for i in range(int(sys.argv[3])):
    journal.append(sys.argv[1], {"agent": sys.argv[2], "i": i, "note": "x" * int(sys.argv[4])}, timeout=60)
"""

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
from onetree import journal
try:
    journal.append(sys.argv[1], {"note": "x" * 600})
except journal.JournalError as e:
    print(e)
"""

Lines = list[bytes]


def start(program: str, *args: object) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-c", program, *map(str, args)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def end(process: "subprocess.Popen[str]") -> str:
    return process.communicate(timeout=60)[0]


def fill(state: Path, count: int = 6) -> Path:
    for i in range(1, count + 1):
        journal.append(str(state), {"agent": f"agent-{i}", "command": "say 'é\n\udcff'"})
    return state / journal.NAME


def test_what_a_line_holds(tmp_path: Path) -> None:
    path = fill(tmp_path / "state", 2)
    first, second = (json.loads(line) for line in path.read_text("ascii").splitlines())
    assert list(first) == ["v", "seq", "t", "agent", "command", "prev", "mac"]
    assert (first["v"], first["seq"], first["prev"], first["agent"]) == (1, 1, "", "agent-1")
    assert first["command"] == "say 'é\n\udcff'"
    assert (second["seq"], second["prev"]) == (2, first["mac"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", first["t"])
    line = path.read_bytes().splitlines()[0]
    assert first["mac"] == sealed.mac(str(path.parent), line[: line.index(b',"mac"')])
    assert list(journal.read(str(path.parent))) == [(1, first), (2, second)]
    assert {p.stat().st_mode & 0o777 for p in path.parent.iterdir()} == {0o600}


def test_no_journal_yet(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    assert list(journal.read(state)) == []
    assert journal.verify(state) == []
    assert os.listdir(tmp_path) == [], "looking makes nothing"


def test_an_empty_record(tmp_path: Path) -> None:
    journal.append(str(tmp_path), {})
    assert journal.verify(str(tmp_path)) == []
    assert [n for n, record in journal.read(str(tmp_path)) if record] == [1]


@pytest.mark.parametrize(
    ("record", "error"),
    [
        *(pytest.param({field: 1}, ValueError, id=f"own field {field}") for field in journal.OWN_FIELDS),
        pytest.param({"note": "x" * (journal.MAX_RECORD + 1)}, ValueError, id="too long"),
        pytest.param({"note": object()}, TypeError, id="no JSON form"),
    ],
)
def test_a_bad_record_is_refused(tmp_path: Path, record: "dict[str, object]", error: type[Exception]) -> None:
    with pytest.raises(error):
        journal.append(str(tmp_path), record)
    assert os.listdir(tmp_path) == []


def test_ten_writers_while_it_is_verified(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    writers = [start(WRITE, state, n, 100, 100 * n) for n in range(10)]
    while any(w.poll() is None for w in writers):
        assert journal.verify(state) == []
        time.sleep(0.02)
    assert [end(w) for w in writers] == [""] * 10
    assert journal.verify(state) == []
    records = [record for _, record in journal.read(state)]
    assert [r and r["seq"] for r in records] == list(range(1, 1001))
    for n in range(10):
        assert [r["i"] for r in records if r and r["agent"] == str(n)] == list(range(100))


def test_killed_writers_leave_a_journal_that_verifies(tmp_path: Path) -> None:
    state = tmp_path / "state"
    fill(state, 1)
    for n in range(12):
        size = (state / journal.NAME).stat().st_size
        writer = start(WRITE, state, n, 100_000, 15_000)
        while (state / journal.NAME).stat().st_size == size:
            assert writer.poll() is None, end(writer)
            time.sleep(0.001)
        time.sleep(0.001 * n)
        writer.kill()
        end(writer)
        journal.append(str(state), {"agent": "after"})
        assert journal.verify(str(state)) == []
        assert all(record for _, record in journal.read(str(state)))


@pytest.mark.parametrize("kept", [1, 20, -1], ids=["one byte", "twenty bytes", "all but the newline"])
def test_a_torn_record_is_moved_and_the_journal_goes_on(tmp_path: Path, kept: int) -> None:
    """A writer killed inside its write: the head is still the one before."""
    path = fill(tmp_path, 2)
    shutil.copy(tmp_path / journal.LOCK, tmp_path / "lock-before")
    fill(tmp_path, 1)
    whole, last = path.read_bytes().splitlines(keepends=True)[:2], path.read_bytes().splitlines(keepends=True)[2]
    path.write_bytes(b"".join(whole) + last[:kept])
    shutil.copy(tmp_path / "lock-before", tmp_path / journal.LOCK)
    assert [n for n, _ in journal.read(str(tmp_path))] == [1, 2], "a reader leaves it out"
    assert journal.verify(str(tmp_path)) == [
        "line 3: torn: a writer was killed or the disk was full; the next record moves it away"
    ]
    fill(tmp_path, 1)
    assert journal.verify(str(tmp_path)) == []
    assert (tmp_path / "journal.jsonl.torn-1").read_bytes() == last[:kept]
    assert json.loads(path.read_bytes().splitlines()[2])["torn"] == "journal.jsonl.torn-1"


def test_a_writer_killed_before_the_head_was_written(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    head = (tmp_path / journal.LOCK).read_bytes()
    fill(tmp_path, 2)
    (tmp_path / journal.LOCK).write_bytes(head)
    assert journal.verify(str(tmp_path)) == []
    fill(tmp_path, 1)
    assert journal.verify(str(tmp_path)) == []
    assert [r and r["seq"] for _, r in journal.read(str(tmp_path))] == [1, 2, 3, 4, 5]


def test_the_first_writer_killed_before_the_head_was_written(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", LIMITED, str(tmp_path), "500"]  # the head fits, the record does not
    subprocess.run(argv, check=True, capture_output=True)
    assert (tmp_path / journal.LOCK).stat().st_size == 128
    assert journal.verify(str(tmp_path)) == []
    fill(tmp_path, 1)
    assert journal.verify(str(tmp_path)) == []


def changed(lines: Lines) -> Lines:
    return [*lines[:2], lines[2].replace(b"agent-3", b"agent-8"), *lines[3:]]


def changed_last(lines: Lines) -> Lines:
    return [*lines[:5], lines[5].replace(b"agent-6", b"agent-8")]


def garbage(lines: Lines) -> Lines:
    return [*lines[:2], b"\0\0[{\n", *lines[3:]]


def inserted(lines: Lines) -> Lines:
    return [*lines[:3], b'{"agent": "someone"}\n', *lines[3:]]


def forged_next(lines: Lines) -> Lines:
    """Appended with the right number and the right prev, which anybody can read, but without the key."""
    last = json.loads(lines[5])
    return [*lines, lines[5].replace(b'"seq":6', b'"seq":7').replace(last["prev"].encode(), last["mac"].encode())]


def rechained(lines: Lines) -> Lines:
    """The third record changed, and all that follow hashed anew, with a key of the forger's own."""
    prev, result = "", []
    for line in changed(lines):
        record = json.loads(line) | {"prev": prev}
        del record["mac"]
        text = json.dumps(record, separators=(",", ":"))[:-1].encode()
        prev = blake2b(text, digest_size=16, key=b"k" * 32).hexdigest()
        result.append(text + b',"mac":"' + prev.encode() + b'"}\n')
    return result


TAMPERING = [
    pytest.param(lambda lines: lines, [], id="nothing done"),
    pytest.param(changed, ["line 3: changed: not as it was written"], id="changed"),
    pytest.param(changed_last, ["line 6: changed: not as it was written"], id="the last one changed"),
    pytest.param(garbage, ["line 3: changed: not as it was written"], id="overwritten by zeros"),
    pytest.param(lambda x: [*x[:2], *x[3:]], ["line 3: record 3 removed before this line"], id="removed"),
    pytest.param(lambda x: x[2:], ["line 1: 2 of records 1-2 removed before this line"], id="the first two removed"),
    pytest.param(lambda x: [x[0], *x[4:]], ["line 2: 3 of records 2-4 removed before this line"], id="three removed"),
    pytest.param(
        lambda x: [*x[:2], x[3], x[2], *x[4:]], ["line 4: moved: record 3 stands after record 4"], id="two swapped"
    ),
    pytest.param(lambda x: [*x[1:], x[0]], ["line 6: moved: record 1 stands after record 6"], id="first moved last"),
    pytest.param(lambda x: x[:4], ["line 5: 2 of records 5-6 cut off at the end of the file"], id="tail cut"),
    pytest.param(lambda x: [], ["line 1: 6 of records 1-6 cut off at the end of the file"], id="emptied"),
    pytest.param(
        lambda x: [*x[:5], x[5][:40]],
        ["line 6: torn: ", "line 7: record 6 cut off at the end of the file"],
        id="tail cut inside a record",
    ),
    pytest.param(inserted, ["line 4: inserted: not written by onetree"], id="inserted"),
    pytest.param(
        lambda x: [*x[:3], x[1], *x[3:]], ["line 4: inserted: a second record 2, the other is line 2"], id="copied"
    ),
    pytest.param(forged_next, ["line 7: inserted: not written by onetree"], id="forged at the end"),
    pytest.param(rechained, ["lines 1-6: changed: not as it was written"], id="forged and hashed anew"),
    pytest.param(
        lambda x: [x[0], b"{}\n", *x[3:]],
        ["line 2: changed: not as it was written", "line 3: 1 of records 2-3 removed before this line"],
        id="two replaced by one",
    ),
]


@pytest.mark.parametrize("later", [0, 2], ids=["at once", "after more was written"])
@pytest.mark.parametrize(("tamper", "expected"), TAMPERING)
def test_tampering_is_found(
    tmp_path: Path, tamper: Callable[[Lines], Lines], expected: "list[str]", later: int
) -> None:
    path = fill(tmp_path)
    path.write_bytes(b"".join(tamper(path.read_bytes().splitlines(keepends=True))))
    fill(tmp_path, later)
    findings = journal.verify(str(tmp_path))
    if later:  # a tail that was cut off has become a gap, and a torn record was moved away
        expected = [
            re.sub(r"line \d+: (.*) cut off at the end of the file", r"\1 removed before this line", e)
            for e in expected
            if "torn" not in e
        ]
        assert len(findings) == len(expected)
    assert all(e in f for e, f in zip(expected, findings, strict=True)), findings


def head_removed(state: Path) -> None:
    (state / journal.LOCK).unlink()


def head_emptied(state: Path) -> None:
    (state / journal.LOCK).write_bytes(b"")


def head_forged(state: Path) -> None:
    lock = state / journal.LOCK
    lock.write_bytes(lock.read_bytes().replace(b"6 ", b"4 ", 1))


@pytest.mark.parametrize("spoil", [head_removed, head_emptied, head_forged])
def test_a_head_that_is_spoilt_is_found_for_ever(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """Else a tail could be cut off unseen."""
    path = fill(tmp_path)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:4]))
    spoil(tmp_path)
    text = "journal.lock does not say how far the journal goes: records after this line may be missing"
    assert journal.verify(str(tmp_path)) == [f"line 4: {text}"]
    fill(tmp_path, 2)
    text = "journal.lock did not say how far the journal went; records before this line may be missing"
    assert journal.verify(str(tmp_path)) == [f"line 5: {text}"]
    assert [r and r["seq"] for _, r in journal.read(str(tmp_path))] == [1, 2, 3, 4, 5, 6]


def test_a_lost_key(tmp_path: Path) -> None:
    path = fill(tmp_path)
    (tmp_path / sealed.KEY).unlink()
    assert journal.verify(str(tmp_path)) == [f"{tmp_path}/key is missing: nothing can be verified without it"]
    assert not (tmp_path / sealed.KEY).exists()
    fill(tmp_path, 1)
    assert journal.verify(str(tmp_path))[0] == "lines 1-6: inserted: not written by onetree"
    assert len(path.read_bytes().splitlines()) == 7


def test_a_new_journal_begins_when_both_files_were_moved_away(tmp_path: Path) -> None:
    path = fill(tmp_path)
    (tmp_path / "old").mkdir()
    for name in (journal.NAME, journal.LOCK):
        (tmp_path / name).rename(tmp_path / "old" / name)
    fill(tmp_path, 2)
    assert journal.verify(str(tmp_path)) == []
    assert len(path.read_bytes().splitlines()) == 2
    shutil.copy(tmp_path / sealed.KEY, tmp_path / "old")
    assert journal.verify(str(tmp_path / "old")) == [], "the old one still verifies, with its key"


@pytest.mark.parametrize("line", [b"[]\n", b"\n", b"{\n", b"\xff\n", b"1\n"])
def test_a_line_that_is_no_record(tmp_path: Path, line: bytes) -> None:
    path = fill(tmp_path, 1)
    path.write_bytes(path.read_bytes() + line)
    assert [(n, record is None) for n, record in journal.read(str(tmp_path))] == [(1, False), (2, True)]


@pytest.mark.parametrize("limit", [64, 700], ids=["no room for the head", "no room for the record"])
def test_a_full_disk(tmp_path: Path, limit: int) -> None:
    assert os.strerror(errno.ENOSPC if limit == 64 else errno.EFBIG) in end(start(LIMITED, tmp_path, limit))
    assert (tmp_path / journal.NAME).read_bytes() == b""
    fill(tmp_path, 3)
    before = (tmp_path / journal.NAME).read_bytes()
    text = end(start(LIMITED, tmp_path, len(before) + 100))
    assert text.startswith(f"{tmp_path}/journal.jsonl: {os.strerror(errno.EFBIG)}; raise the file size limit")
    assert (tmp_path / journal.NAME).read_bytes() == before
    assert journal.verify(str(tmp_path)) == []


def test_a_busy_lock(tmp_path: Path) -> None:
    with (
        flock.locked(str(tmp_path / journal.LOCK), 1),
        pytest.raises(journal.JournalError, match=re.escape(f"{tmp_path}/journal.lock: not free within 0.02 s; ")),
    ):
        journal.append(str(tmp_path), {}, timeout=0.02)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(journal.NAME, "journal.jsonl: Is a directory", id="journal"),
        pytest.param(journal.LOCK, "journal.lock: is a directory", id="lock"),
        pytest.param(sealed.KEY, "key", id="key"),
    ],
)
def test_a_folder_in_its_place(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(journal.JournalError, match=re.escape(f"{tmp_path}") + ".*" + re.escape(text)):
        journal.append(str(tmp_path), {})


def test_a_state_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(journal.JournalError, match=r"file/state.*Not a directory; name a file in a directory"):
        journal.append(str(tmp_path / "file" / "state"), {})


# What may happen while the lock is held: nothing that waits, nothing that grows with the journal.
HOLD = """
flock LOCK_EX|LOCK_NB
stat            is the lock file that is open the one that has the name
open            the journal
stat            is it a regular file
stat            its length
pread           the head
write           the record
pwrite          the head
flock LOCK_UN
"""


def test_the_system_calls_of_one_hold(tmp_path: Path) -> None:
    calls = traced(tmp_path, "-c", WRITE, str(tmp_path / "state"), "a", "3", "1000")
    assert last_hold(calls) == [line.split("  ")[0] for line in HOLD.strip().splitlines()]


def test_imports(tmp_path: Path) -> None:
    """On the agent's path each import is paid for before every tool call."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(journal.__file__)))
    program = f"import sys; sys.path.insert(0, {root!r}); before = set(sys.modules)\n"
    program += f"from onetree import journal; journal.append({str(tmp_path)!r}, {{}})\n"
    program += "print(*sorted(set(sys.modules) - before))"
    argv = [sys.executable, "-I", "-S", "-c", program]
    loaded = set(subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split())
    own = {f"onetree{name}" for name in ("", ".flock", ".journal", ".jsonlite", ".sealed", ".tail", ".utc", ".waiting")}
    system = {
        "os",
        "os.path",
        "posixpath",
        "genericpath",
        "stat",
        "_stat",
        "_collections_abc",
    }  # not there without site
    assert loaded <= own | system | {"errno", "fcntl", "_blake2", "_json"}
