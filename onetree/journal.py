"""The audit trail: STATE/journal.jsonl, one JSON object a line, append-only, each change to it evident.

A line is {"v", "seq", "t", ...the caller's fields..., "prev", "mac"}:

* mac is the keyed hash of the line before `,"mac"`: a line that was changed, or written without the key, is evident;
* seq counts from 1 without gaps, and prev is the mac of the record before: so is one that was removed or moved;
* the head, `SEQ MAC SIZE TAG` in the lock file STATE/journal.lock, says how far the journal goes: so is a tail that was
  cut off. TAG is its own keyed hash.

It does not show that both files were put back as they were at an earlier time, nor that both were deleted: that takes a
witness outside (ADR 10). To begin a new journal, move both away together.

The line is written first and the head second: a kill between the two leaves a head that lags behind, which the next
writer makes good; the other order would look like a tail that was cut off. There is no fsync: a record outlives every
process, but the last ones may be lost with the power.
"""

import errno
import os
from _blake2 import blake2b

from onetree import flock, jsonlite, sealed, tail, utc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "journal.jsonl"
LOCK = "journal.lock"
VERSION = 1
MAX_RECORD = 16 * 1024  # bytes of the caller's fields as JSON
OWN_FIELDS = ("v", "seq", "t", "prev", "mac", "healed", "torn")

VERIFY_TIMEOUT = 5.0  # seconds; a person is waiting, not an agent

NEW, BAD = -1, -2  # instead of a size: the lock file has no head yet, or not an authentic one
_HEAD_BYTES = 128  # always as long, so that a shorter head leaves nothing of a longer one
_MAC = b',"mac":"'
_END = len(_MAC) + 32 + len(b'"}\n')  # bytes from _MAC to the end of the line
_WINDOW = 1024 * 1024  # bytes at the end of the file in which the last record is looked for when the head is no help


class JournalError(Exception):
    """The journal cannot be written or read; the text names the file, the fact and the way out."""


def append(state: str, record: "dict[str, object]", *, timeout: float = 1.0) -> None:
    """Add one record to the journal of this state directory, made if missing.

    timeout: seconds to wait for the lock. Raises JournalError, nothing is then added; ValueError for a record with a
    field of the journal's own or longer than MAX_RECORD bytes; TypeError for what JSON has no form for.
    """
    for field in OWN_FIELDS:
        if field in record:
            raise ValueError(f"the field {field} is the journal's own")
    body = jsonlite.dumps(record)[1:-1]
    if len(body) > MAX_RECORD:
        raise ValueError(f"the record is {len(body)} bytes long; at most {MAX_RECORD} are allowed")
    # All that can be done before the lock is held, is.
    middle = f',"t":"{utc.now()}"{"," if body else ""}{body}'
    path = os.path.join(state, NAME)
    fd = -1
    key = _key(state)
    try:
        with flock.locked(os.path.join(state, LOCK), timeout) as lock:
            fd = flock.open_regular(path, 0o600)
            size = os.fstat(fd).st_size
            seq, prev, at = _read_head(lock, key)
            extra = ""
            if size != at:
                size, seq, prev, extra = _resume(fd, path, size, lock=lock, head=(seq, prev, at), key=key)
            seq += 1
            text = f'{{"v":{VERSION},"seq":{seq}{middle}{extra},"prev":"{prev}"'.encode("ascii")
            mac = _mac(key, text)
            line = text + _MAC + mac.encode("ascii") + b'"}\n'
            tail.write(fd, size, line)
            try:
                _write_head(lock, seq, mac, size + len(line), key)
            except OSError:
                os.ftruncate(fd, size)
                raise
    except flock.FlockError as e:
        raise JournalError(str(e)) from None
    except OSError as e:
        raise JournalError(f"{e.filename or path}: {flock.explain(e)}") from None
    finally:
        if fd >= 0:
            os.close(fd)


def read(state: str) -> "Iterator[tuple[int, dict[str, object] | None]]":
    """The records in the file's order, each with its line number from 1; None for a line that is not a JSON object.

    Takes no lock: a last line that is still being written is left out. Raises JournalError.
    """
    for number, line in _lines(state):
        if line.endswith(b"\n"):
            yield number, _record(line)


def verify(state: str) -> "list[str]":
    """What is wrong with the journal, a sentence each, naming the line; empty if every record is there, as written.

    The journal may grow meanwhile: what it held at the beginning is verified. Raises JournalError.
    """
    path = os.path.join(state, NAME)
    if not os.path.lexists(path) and not os.path.lexists(os.path.join(state, LOCK)):
        return []
    if not os.path.lexists(os.path.join(state, sealed.KEY)):
        return [f"{os.path.join(state, sealed.KEY)} is missing: nothing can be verified without it"]
    key = _key(state)
    try:
        with flock.locked(os.path.join(state, LOCK), VERIFY_TIMEOUT) as lock:
            head_seq, _, at = _read_head(lock, key)
            size = os.stat(path).st_size if os.path.lexists(path) else 0
    except flock.FlockError as e:
        raise JournalError(str(e)) from None
    except OSError as e:
        raise JournalError(f"{e.filename or path}: {flock.explain(e)}") from None
    scan = _Scan()
    for number, line in _lines(state, size):
        scan.line(number, line, key)
    if at == BAD or (at == NEW and size):
        scan.say(scan.number, f"{LOCK} does not say how far the journal goes: records after this line may be missing")
    scan.end(head_seq)
    return [text for _, text in sorted(scan.findings)]


class _Scan:
    """The lines met so far, and what is wrong with them.

    seen: line number of each authentic record, by seq. gaps: (line number at which a jump was noticed, first missing
    seq, last missing seq, the spoilt lines met since the record before). last: (line number, seq, mac).
    """

    def __init__(self) -> None:
        self.findings: list[tuple[int, str]] = []
        self.seen: dict[int, int] = {}
        self.gaps: list[tuple[int, int, int, list[int]]] = []
        self.spoilt: list[int] = []
        self.highest = self.number = 0
        self.last = (0, 0, "")

    def say(self, number: int, text: str) -> None:
        self.findings.append((number, f"line {number}: {text}"))

    def line(self, number: int, line: bytes, key: bytes) -> None:
        """Take in the next line."""
        self.number = number
        if not line.endswith(b"\n"):
            self.say(number, "torn: a writer was killed or the disk was full; the next record moves it away")
            return
        entry = _authentic(line, key)
        if entry is None:
            self.spoilt.append(number)
            return
        seq, prev, mac, healed = entry
        if seq in self.seen:
            self.say(number, f"inserted: a second record {seq}, the other is line {self.seen[seq]}")
            return
        self.seen[seq] = number
        if healed:
            self.say(number, f"{healed}; records before this line may be missing")
        if seq < self.highest:
            self.say(number, f"moved: record {seq} stands after record {self.highest}")
        else:
            if seq > self.highest + 1 or self.spoilt:
                self.gaps.append((number, self.highest + 1, seq - 1, self.spoilt))
                self.spoilt = []
            self.highest = seq
        if seq == self.last[1] + 1 and prev != self.last[2]:
            self.say(number, f"does not follow line {self.last[0]}, though it is the next record by its number")
        self.last = (number, seq, mac)

    def end(self, head_seq: int) -> None:
        """Close the account: which records the head and the jumps say there were, and which are nowhere."""
        if head_seq > self.highest or self.spoilt:
            self.gaps.append((self.number + 1, self.highest + 1, max(head_seq, self.highest), self.spoilt))
        for number, first, last, spoilt in self.gaps:
            missing = [seq for seq in range(first, last + 1) if seq not in self.seen]
            self.say_each(spoilt[: len(missing)], "changed: not as it was written")
            self.say_each(spoilt[len(missing) :], "inserted: not written by onetree")
            gone = len(missing) - len(spoilt)
            if gone > 0:
                where = "cut off at the end of the file" if number > self.number else "removed before this line"
                among = f"record {missing[0]}" if len(missing) == 1 else f"{gone} of records {missing[0]}-{missing[-1]}"
                self.say(number, f"{among} {where}")

    def say_each(self, numbers: "list[int]", text: str) -> None:
        """One finding for each unbroken run of lines: a journal whose key was lost has nothing but such lines."""
        while numbers:
            run = 1
            while run < len(numbers) and numbers[run] == numbers[0] + run:
                run += 1
            if run == 1:
                self.say(numbers[0], text)
            else:
                self.findings.append((numbers[0], f"lines {numbers[0]}-{numbers[run - 1]}: {text}"))
            numbers = numbers[run:]


def _resume(
    fd: int, path: str, size: int, *, lock: int, head: "tuple[int, str, int]", key: bytes
) -> "tuple[int, int, str, str]":
    """Where the chain goes on in a file that is not as the head says: (size, seq, prev, fields to add).

    An authentic head is believed, so that a gap stays a gap; the records that a killed writer completed after it are
    taken in. Without one, the last authentic record is gone on from, and the new record says so.
    """
    size, torn = tail.mend(fd, path, size)
    extra = f',"torn":{jsonlite.dumps(os.path.basename(torn))}' if torn else ""
    seq, prev, at = head
    if at == NEW and not size:
        # From here on the lock file has a head, so that one without is a finding, even if the first writer is killed.
        _write_head(lock, 0, "", 0, key)
    elif at >= 0:
        for line in _tail(fd, at, min(size, at + _WINDOW)):
            entry = _authentic(line, key)
            if entry and entry[:2] == (seq + 1, prev):
                seq, _, prev, _ = entry
    else:
        for line in _tail(fd, max(0, size - _WINDOW), size):
            entry = _authentic(line, key)
            if entry:
                seq, _, prev, _ = entry
        extra += f',"healed":"{LOCK} did not say how far the journal went"'
    return size, seq, prev, extra


def _tail(fd: int, start: int, end: int) -> "list[bytes]":
    data = os.pread(fd, end - start, start) if end > start else b""
    return [line + b"\n" for line in data.split(b"\n")[:-1]]


def _authentic(line: bytes, key: bytes) -> "tuple[int, str, str, str] | None":
    """(seq, prev, mac, what was healed) of a line that was written with the key, else None."""
    text, sign, end = line[:-_END], line[-_END : len(_MAC) - _END], line[len(_MAC) - _END :]
    if sign != _MAC or end != _mac(key, text).encode("ascii") + b'"}\n':
        return None
    record = _record(line)
    seq = record and record.get("seq")
    if not record or not isinstance(seq, int):
        return None
    return seq, str(record.get("prev")), str(record.get("mac")), str(record.get("healed", ""))


def _record(line: bytes) -> "dict[str, object] | None":
    try:
        value = jsonlite.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _read_head(lock: int, key: bytes) -> "tuple[int, str, int]":
    """(seq, mac, size) of the last record and the file; the size is NEW of an empty lock file, BAD if not authentic."""
    blob = os.pread(lock, _HEAD_BYTES, 0)
    text, _, tag = blob.rstrip().rpartition(b" ")
    if _mac(key, b"head " + text).encode("ascii") != tag:
        return 0, "", BAD if blob else NEW
    seq, mac, size = text.decode("ascii").split(" ")
    return int(seq), mac, int(size)


def _write_head(lock: int, seq: int, mac: str, size: int, key: bytes) -> None:
    text = f"{seq} {mac} {size}".encode("ascii")
    head = (text + b" " + _mac(key, b"head " + text).encode("ascii")).ljust(_HEAD_BYTES - 1) + b"\n"
    if os.pwrite(lock, head, 0) != _HEAD_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), LOCK)


def _mac(key: bytes, data: bytes) -> str:
    """As sealed.mac, with a key that was read before the lock was taken."""
    return blake2b(data, digest_size=16, key=key).hexdigest()


def _lines(state: str, size: "int | None" = None) -> "Iterator[tuple[int, bytes]]":
    """The lines of the first size bytes with their numbers; of a missing file, none."""
    path = os.path.join(state, NAME)
    try:
        with open(path, "rb") as f:
            left = os.fstat(f.fileno()).st_size if size is None else size
            for number, line in enumerate(f, 1):
                if left <= 0:
                    return
                yield number, line[:left]
                left -= len(line)
    except FileNotFoundError:
        return
    except OSError as e:
        raise JournalError(f"{path}: {flock.explain(e)}") from None


def _key(state: str) -> bytes:
    try:
        return sealed.key(state)
    except OSError as e:
        # An error without a number is sealed's own, and names the file.
        text = f"{e.filename or os.path.join(state, sealed.KEY)}: {flock.explain(e)}" if e.errno else str(e)
        raise JournalError(text) from None
