"""Coordination records: JSON objects, one a line, that say who wrote them, in which order, and after what.

A stamped record ends in "stamp": {"seq", "time", "agent", "session", "pid"}. seq counts the stamped records of a file
without a gap, through all its rotations. A chained record ends in "prev": the BLAKE2b hash (RFC 7693) of the line
before it, 16 bytes in hexadecimal; "" for the first. `printf %s "$LINE" | b2sum -l 128` prints the same (coreutils).

The chain shows an accident or a careless hand. It has no key: who rewrites all that follows can make it anew (ADR 21).
"""

from _blake2 import blake2b

from onetree import jsonlite, utc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STAMP, PREV = "stamp", "prev"
HASH_BYTES = 16
MOST = 2**63 - 1  # a greater number is not one of ours
_SPACE = b" \t\r"


class RecordError(ValueError):
    """A line that is no record. column: from 1, in characters. reason: what is wrong there."""

    def __init__(self, column: int, reason: str) -> None:
        super().__init__(f"column {column}: {reason}")
        self.column = column
        self.reason = reason


def parse(line: bytes) -> "dict[str, object]":
    """The object that a line is, to the letter of RFC 8259. Raises RecordError."""
    try:
        value = jsonlite.loads(line, strict=True)
    except ValueError:
        raise _complaint(line) from None
    if not isinstance(value, dict):
        kind = {list: "an array", str: "a string", bool: "true or false", type(None): "null"}.get(
            type(value), "a number"
        )
        raise RecordError(1, f"{kind}, not an object")
    return value


class Stamp:
    """What is added to records. numbered: the stamp; chained: the hash of the line before."""

    def __init__(self, agent: str, session: str, pid: int, *, numbered: bool, chained: bool) -> None:
        self.own = [*([STAMP] if numbered else []), *([PREV] if chained else [])]
        self._who = f'"agent":{jsonlite.dumps(agent)},"session":{jsonlite.dumps(session)},"pid":{pid}}}'
        self._numbered = numbered
        self._chained = chained
        self.seq = 0  # of the last record that was stamped

    def opened(self, line: bytes) -> bytes:
        """A record without its closing brace. Raises RecordError for a line that is none, or has these fields."""
        fields = parse(line)
        for name in self.own:
            if name in fields:
                raise RecordError(1, f"has a field {name!r}, which would be added to it; leave it out")
        return line.strip(_SPACE)[:-1].rstrip(_SPACE) + (b"," if fields else b"")

    def closed(self, records: "Iterable[bytes]", before: "Iterator[bytes]") -> bytes:
        """The lines of opened records, as they follow on the lines before (the last one first)."""
        last = next(before, None)
        seq = _last_seq(last, before) if self._numbered else 0
        time = utc.now()
        lines = []
        for record in records:
            seq += 1
            parts = [f'"{STAMP}":{{"seq":{seq},"time":"{time}",{self._who}'] if self._numbered else []
            if self._chained:
                parts.append(f'"{PREV}":"{digest(last)}"')
            last = record + ",".join(parts).encode() + b"}"
            lines.append(last)
        self.seq = seq
        return b"\n".join(lines) + b"\n"


def digest(line: "bytes | None") -> str:
    """What the record after a line has as its "prev"; "" if there is no line before."""
    return "" if line is None else blake2b(line, digest_size=HASH_BYTES).hexdigest()


def seq_of(record: "dict[str, object]") -> "int | None":
    """The number in a record's stamp; None if it has none."""
    stamp = record.get(STAMP)
    seq = stamp.get("seq") if isinstance(stamp, dict) else None
    return seq if isinstance(seq, int) and not isinstance(seq, bool) and 0 <= seq <= MOST else None


def check(lines: "Iterable[bytes]", *, text: bool = False) -> "Iterator[tuple[int, str]]":
    """(number of the line from 1, what is wrong with it), in one file or in its archives and it, as one sequence.

    lines: with their newlines; the last one may lack it. text: records need not be JSON.
    """
    last: bytes | None = None
    seen: tuple[int, int] | None = None  # the number and the line of the last stamped record
    for number, whole in enumerate(lines, 1):
        if not whole.endswith(b"\n"):
            yield number, f"torn: {len(whole)} bytes without an end of line, left by a crash or a full disk"
            last = whole
            continue
        line = whole[:-1]
        try:
            record = parse(line)
        except RecordError as e:
            if not text:
                yield number, f"not a JSON object: {e.reason} at column {e.column}"
        else:
            seq = seq_of(record)
            if seq is not None:
                if seen and seq != seen[0] + 1:
                    yield number, _gap(seq, *seen)
                seen = (seq, number)
            if _unchained(record, last, number):
                yield number, f"chain broken: {PREV!r} is not the hash of the line before, which was changed or removed"
        last = line


def _unchained(record: "dict[str, object]", last: "bytes | None", number: int) -> bool:
    prev = record.get(PREV)
    if not isinstance(prev, str) or len(prev) not in (0, 2 * HASH_BYTES):
        return False  # a field of that name that is the writer's own
    return prev != digest(last) and number > 1  # what came before the first line is not known


def _gap(seq: int, before: int, line: int) -> str:
    if seq <= before:
        return f"sequence broken: number {seq} stands after number {before} (line {line})"
    missing = f"record {before + 1} is" if seq == before + 2 else f"records {before + 1} to {seq - 1} are"
    return f"sequence broken: {missing} missing before this line"


def _last_seq(last: "bytes | None", before: "Iterator[bytes]") -> int:
    """The number of the last stamped record; 0 if there is none."""
    while last is not None:
        if b'"seq"' in last:
            try:
                seq = seq_of(parse(last))
            except RecordError:
                seq = None
            if seq is not None:
                return seq
        last = next(before, None)
    return 0


def _complaint(line: bytes) -> RecordError:
    """Where and why a line is not JSON; only now is it worth importing what can tell."""
    import json
    import re

    try:
        text = line.decode()
    except UnicodeDecodeError as e:
        return RecordError(len(line[: e.start].decode()) + 1, "not UTF-8")
    if not text.strip(" \t\r"):
        return RecordError(1, "nothing there")
    if text.startswith("\ufeff"):
        return RecordError(1, "a byte order mark")
    try:
        json.loads(text)
    except json.JSONDecodeError as e:
        return RecordError(e.colno, e.msg.removesuffix(" at"))
    except RecursionError:
        return RecordError(1, "nested too deeply")
    except ValueError:
        return RecordError(1, "a number with more digits than are read")
    for word in re.finditer(r'"(?:\\.|[^"\\])*"|NaN|-?Infinity', text):
        if word[0][0] != '"':
            return RecordError(word.start() + 1, f"{word[0]} is not JSON")
    return RecordError(1, "not JSON")
