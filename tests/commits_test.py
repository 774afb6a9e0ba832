"""The pure parts of committing: what is whose, and the message."""

import pytest

from onetree import writes
from onetree.commits import message, own

ANN, BOB = ("claude", "ann"), ("gemini", "bob")


def line(do: str, who: "tuple[str, str]", before: str = "", after: str = "", **more: object) -> writes.Line:
    modes = {"mode_before": "100644" if before else "", "mode": "100644" if after else ""}
    fields = {
        "do": do,
        "path": "a",
        "platform": who[0],
        "session": who[1],
        "agent": "",
        "before": before,
        "after": after,
    }
    return {**fields, **modes, **more}


def pending(lines: "list[writes.Line]", who: "tuple[str, str]" = ANN) -> own.Pending:
    numbered = [{"mac": f"m{n}", **x} for n, x in enumerate(lines)]
    return own.Pending("a", numbered, {"platform": who[0], "session": who[1]})


def edits(found: own.Pending) -> "list[tuple[str, str]]":
    return [(b[1], a[1]) for b, a in found.pairs()]


@pytest.mark.parametrize(
    ("lines", "pairs", "alone"),
    [
        pytest.param([], [], True, id="nothing"),
        pytest.param([line("wrote", ANN, "1", "2")], [("1", "2")], True, id="one write"),
        pytest.param([line("wrote", ANN, "1", "2"), line("wrote", ANN, "2", "3")], [("1", "3")], True, id="one"),
        pytest.param([line("wrote", ANN, "1", "2"), line("wrote", ANN, "2", "1")], [], True, id="taken back"),
        pytest.param(
            [line("wrote", ANN, "1", "2"), line("wrote", BOB, "2", "3"), line("wrote", ANN, "3", "4")],
            [("1", "2"), ("3", "4")], False, id="another between",
        ),
        pytest.param(
            [line("wrote", ANN, "1", "2"), line("wrote", ANN, "x", "3")],
            [("1", "2"), ("x", "3")],
            False,
            id="gap",
        ),
        pytest.param([line("wrote", BOB, "1", "2")], [], True, id="another's only"),
        pytest.param([line("wrote", ANN, "1", "2"), line("commit", ANN, upto="m0")], [], True, id="committed"),
        pytest.param(
            [line("wrote", ANN, "1", "2"), line("wrote", ANN, "2", "3"), line("commit", ANN, upto="m0")],
            [("2", "3")], True, id="written while it was committed",
        ),
        pytest.param([line("wrote", ANN, "1", "2"), line("commit", BOB, upto="m0")], [("1", "2")], True, id="another"),
        pytest.param(
            [line("wrote", ANN, "1", "2", agent="sub"), line("commit", ANN, upto="m0", agent=None)], [], True,
            id="a session commits for its sub-agents",
        ),
    ],
)  # fmt: skip
def test_what_is_pending(lines: "list[writes.Line]", pairs: "list[tuple[str, str]]", alone: bool) -> None:
    found = pending(lines)
    assert (edits(found), found.alone) == (pairs, alone)


def test_others_are_those_who_have_not_committed() -> None:
    lines = [line("wrote", BOB, "1", "2"), line("wrote", ANN, "2", "3")]
    assert list(pending(lines).others) == [(*BOB, "")]
    assert list(pending([*lines, line("commit", BOB, upto="m0")]).others) == []


F, X, NONE = "100644", "100755", ("", "")


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        pytest.param((F, "1"), (F, "1"), (F, "2"), (F, "2"), id="only theirs"),
        pytest.param((F, "1"), (F, "2"), (F, "1"), (F, "2"), id="only ours"),
        pytest.param((F, "1"), (F, "2"), (F, "2"), (F, "2"), id="the same"),
        pytest.param((F, "1"), (F, "2"), (F, "3"), None, id="both"),
        pytest.param((F, "1"), (F, "2"), NONE, None, id="changed and deleted"),
        pytest.param((F, "1"), NONE, NONE, NONE, id="deleted by both"),
        pytest.param(NONE, (F, "1"), (F, "2"), None, id="both new"),
        pytest.param((F, "1"), (F, "2"), (X, "1"), (X, "2"), id="a mode and a content"),
    ],
)
def test_whole_versions(
    base: own.Version, ours: own.Version, theirs: own.Version, merged: "own.Version | None"
) -> None:
    assert own.merge_whole(base, ours, theirs) == merged


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("one", "one\n\nAgent: a\n", id="a subject"),
        pytest.param("one\n\nbody\n\n\n", "one\n\nbody\n\nAgent: a\n", id="a body"),
        pytest.param("one\n\nFixes: 1", "one\n\nFixes: 1\nAgent: a\n", id="trailers are there"),
        pytest.param("one\n\nAgent: a", "one\n\nAgent: a\n", id="this one is there"),
        pytest.param("fix: one", "fix: one\n\nAgent: a\n", id="a subject like a trailer"),
        pytest.param("one\n\nsee: this\nand that", "one\n\nsee: this\nand that\n\nAgent: a\n", id="none"),
    ],
)  # fmt: skip
def test_trailers(text: str, expected: str) -> None:
    assert message.with_trailers(text, [("Agent", "a")]) == expected
    assert "agent" in message.keys(expected)
