"""Records: what is one, what is added to them, and what is found wrong with a file of them."""

import json
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onetree import records

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text().filter(lambda k: k not in ("stamp", "prev")), JSON, max_size=4)


def stamp(*, numbered: bool = True, chained: bool = True) -> records.Stamp:
    return records.Stamp("claude", "s-1", 42, numbered=numbered, chained=chained)


def written(count: int) -> "list[bytes]":
    """Stamped and chained lines, with their newlines."""
    s = stamp()
    opened = [s.opened(b'{"i":%d}' % i) for i in range(count)]
    return s.closed(opened, iter([])).splitlines(keepends=True)


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        pytest.param(b"", 1, "nothing there", id="empty"),
        pytest.param(b" \t\r", 1, "nothing there", id="blanks"),
        pytest.param(b"[1]", 1, "an array, not an object", id="array"),
        pytest.param(b'"x"', 1, "a string, not an object", id="string"),
        pytest.param(b"1.5", 1, "a number, not an object", id="number"),
        pytest.param(b"true", 1, "true or false, not an object", id="boolean"),
        pytest.param(b"null", 1, "null, not an object", id="null"),
        pytest.param(b"not json", 1, "", id="a word"),
        pytest.param(b'{"a":1', 7, "", id="torn"),
        pytest.param(b'{"a":1} x', 9, "Extra data", id="more after it"),
        pytest.param(b'{"a":1}{"b":2}', 8, "Extra data", id="two glued together"),
        pytest.param(b'{"a":NaN}', 6, "NaN is not JSON", id="NaN"),
        pytest.param(b'{"NaN":-Infinity}', 8, "-Infinity is not JSON", id="infinity"),
        pytest.param(b'{"a":"x\ty"}', 8, "Invalid control character", id="a tab in a string"),
        pytest.param(b'{"a":"x\0y"}', 8, "Invalid control character", id="NUL"),
        pytest.param('{"é":"'.encode() + b"\xff" + b'"}', 7, "not UTF-8", id="not UTF-8: columns are characters"),
        pytest.param(b"\xef\xbb\xbf{}", 1, "a byte order mark", id="byte order mark"),
        pytest.param(b'{"a":' * 100_000, 1, "nested too deeply", id="too deep"),
        pytest.param(b'{"a":' + b"1" * 5000 + b"}", 1, "", id="a number too long for Python"),
    ],
)
def test_what_is_no_record(line: bytes, column: int, reason: str) -> None:
    with pytest.raises(records.RecordError) as caught:
        records.parse(line)
    assert caught.value.column == column
    assert reason in caught.value.reason
    assert caught.value.reason


@given(OBJECTS, st.sampled_from([(True, True), (True, False), (False, True)]), st.sampled_from(["", " ", "\t", " \r"]))
def test_what_is_added_changes_nothing_else(value: "dict[str, object]", what: "tuple[bool, bool]", blank: str) -> None:
    numbered, chained = what
    s = stamp(numbered=numbered, chained=chained)
    line = (blank + json.dumps(value) + blank).encode()
    if any("\ud800" <= c <= "\udfff" for c in line.decode()):
        return
    out = s.closed([s.opened(line)], iter([b"before"]))
    assert out.count(b"\n") == 1
    got = records.parse(out[:-1])
    added = {k: got.pop(k) for k in s.own}
    assert got == records.parse(line)
    assert set(added) == {*(["stamp"] if numbered else []), *(["prev"] if chained else [])}
    assert added.get("prev", records.digest(b"before")) == records.digest(b"before")


def test_what_a_stamp_holds() -> None:
    first, second = (json.loads(line) for line in written(2))
    assert list(first) == ["i", "stamp", "prev"]
    assert {k: v for k, v in first["stamp"].items() if k != "time"} == {
        "seq": 1,
        "agent": "claude",
        "session": "s-1",
        "pid": 42,
    }
    assert second["stamp"]["seq"] == 2
    assert first["prev"] == ""
    assert second["prev"] == records.digest(written(1)[0][:-1]) or len(second["prev"]) == 32


@pytest.mark.parametrize("field", ["stamp", "prev"])
def test_a_field_that_would_be_added_may_not_be_there(field: str) -> None:
    with pytest.raises(records.RecordError, match=f"has a field '{field}', which would be added to it; leave it out"):
        stamp().opened(json.dumps({field: 1}).encode())
    stamp(numbered=field != "stamp", chained=field != "prev").opened(json.dumps({field: 1}).encode())


@pytest.mark.parametrize(
    ("before", "seq"),
    [
        pytest.param([], 1, id="an empty file"),
        pytest.param([b"text", b'{"i":1}', b"1"], 1, id="nothing stamped"),
        pytest.param([b'{"stamp":{"seq":7}}'], 8, id="stamped"),
        pytest.param([b"text", b'{"stamp":{"seq":7}}', b'{"stamp":{"seq":9}}'], 8, id="the last stamped one counts"),
        pytest.param(
            [b'{"seq":5}', b'{"stamp":{"seq":true}}', b'{"stamp":{"seq"', b'{"stamp":{"seq":3}}'],
            4,
            id="what only looks like one",
        ),
    ],
)  # the last line first
def test_numbers_go_on(before: "list[bytes]", seq: int) -> None:
    s = stamp()
    line = s.closed([s.opened(b"{}")], iter(before))
    assert records.seq_of(records.parse(line[:-1])) == seq == s.seq


@pytest.mark.skipif(not shutil.which("b2sum"), reason="b2sum is not here")
def test_the_chain_can_be_verified_with_coreutils() -> None:
    first, second = written(2)
    out = subprocess.run(["b2sum", "-l", "128"], input=first[:-1], capture_output=True, check=True).stdout
    assert out.split()[0].decode() == json.loads(second)["prev"]


CHAIN = "chain broken: 'prev' is not the hash of the line before, which was changed or removed"
CHANGES = [
    pytest.param(lambda x: x, [], id="nothing"),
    pytest.param(lambda x: [], [], id="an empty file"),
    pytest.param(lambda x: [*x[:2], *x[3:]], [(3, "record 3 is missing"), (3, CHAIN)], id="one removed"),
    pytest.param(lambda x: [x[0], *x[4:]], [(2, "records 2 to 4 are missing"), (2, CHAIN)], id="three removed"),
    pytest.param(
        lambda x: [x[0], x[2], x[1], *x[3:]],
        [
            (2, "record 2 is missing"),
            (2, CHAIN),
            (3, "number 2 stands after number 3 (line 2)"),
            (3, CHAIN),
            (4, "record 3 is missing"),
            (4, CHAIN),
        ],
        id="two swapped",
    ),
    pytest.param(
        lambda x: [x[0], x[1], x[1], *x[2:]], [(3, "number 2 stands after number 2"), (3, CHAIN)], id="doubled"
    ),
    pytest.param(lambda x: [x[0], x[1].replace(b'"i":1', b'"i":9'), *x[2:]], [(3, CHAIN)], id="changed"),
    pytest.param(lambda x: [*x[:5], x[5][:-1]], [(6, "torn: ")], id="newline cut off"),
    pytest.param(lambda x: [*x[:5], x[5][:9]], [(6, "torn: 9 bytes without an end of line")], id="torn"),
    pytest.param(
        lambda x: [*x[:3], x[3][:9] + x[4], x[5]],
        [(4, "not a JSON object: "), (5, "records 4 to 5 are missing"), (5, CHAIN)],
        id="glued",
    ),
    pytest.param(lambda x: [*x[:3], b'{"free":1}\n', *x[3:]], [(5, CHAIN)], id="another one in between"),
    pytest.param(lambda x: x[2:], [], id="begun later: what came before is not known"),
]


@pytest.mark.parametrize(("change", "expected"), CHANGES)
def test_what_is_found(change: object, expected: "list[tuple[int, str]]") -> None:
    lines = change(written(6))  # type: ignore[operator]
    found = list(records.check(lines))
    assert len(found) == len(expected), found
    for (line, text), (number, fact) in zip(expected, found, strict=True):
        assert (line, text in fact) == (number, True), found


def test_text_may_be_anything_but_torn() -> None:
    lines = [b"plain\n", b"\xff\n", b"\n", b"torn"]
    assert list(records.check(lines, text=True)) == [
        (4, "torn: 4 bytes without an end of line, left by a crash or a full disk")
    ]
    assert [n for n, _ in records.check(lines)] == [1, 2, 3, 4]


def test_fields_of_these_names_that_are_the_writers_own_are_left_alone() -> None:
    lines = [b'{"prev":"last week","stamp":"red"}\n', b'{"prev":7,"stamp":{"seq":"x"}}\n'] * 2
    assert list(records.check(lines)) == []
