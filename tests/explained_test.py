"""--explain: what stands under which part of a command, in columns."""

import pytest

from onetree.scripts.explained import columns, explain

CASES = {
    "beside the underline": ("rm a", [(0, 4, "delete /a (rm)")], 80, ["rm a", "^^^^ delete /a (rm)"]),
    "a part in the middle": ("ls; rm a", [(4, 8, "x")], 80, ["ls; rm a", "    ^^^^ x"]),
    "several notes, one under the other": (
        "rm a b",
        [(0, 6, "delete a"), (0, 6, "delete b")],
        80,
        ["rm a b", "^^^^^^ delete a", "       delete b"],
    ),
    "two parts": ("rm a; rm b", [(0, 4, "A"), (6, 10, "B")], 80, ["rm a; rm b", "^^^^ A", "      ^^^^ B"]),
    "no room beside it": (
        "ls; rm a",
        [(4, 8, "delete /a/long (rm)")],
        24,
        ["ls; rm a", "    ^^^^", "    delete /a/long (rm)"],
    ),
    "no room from its column on": (
        "ls; rm a",
        [(4, 8, "0123456789012345")],
        20,
        ["ls; rm a", "    ^^^^", "    " + "0123456789012345"],
    ),
    "a note longer than the row": (
        "rm a",
        [(0, 4, "delete /a/long (rm)")],
        12,
        ["rm a", "^^^^", "  delete", "  /a/long", "  (rm)"],
    ),
    "line by line": ("a\nrm b\nc", [(2, 6, "B")], 80, ["a", "rm b", "^^^^ B", "c"]),
    "a part of two lines has its note under the first": (
        "x y\nz\nw",
        [(2, 5, "N")],
        80,
        ["x y", "  ^ N", "z", "^", "w"],
    ),
    "a long line is cut before a word": ("aaa bbb ccc", [(8, 11, "C")], 9, ["aaa bbb ", "ccc", "^^^ C"]),
    "a word longer than the row": ("abcdefgh", [(6, 8, "G")], 6, ["abcdef", "gh", "^^ G"]),
    "wide characters": ("rm 日本 c", [(3, 5, "J")], 80, ["rm 日本 c", "   ^^^^ J"]),
    "marks that combine": ("e\u0301 rm", [(3, 5, "R")], 80, ["e\u0301 rm", "  ^^ R"]),
    "a tab": ("\trm a", [(1, 5, "R")], 80, ["        rm a", "        ^^^^ R"]),
    "an escape sequence is written out": ("\x1b[m x", [(4, 5, "X")], 80, ["\\x1b[m x", "       ^ X"]),
    "half of a character": ("\udcff x", [(2, 3, "X")], 80, ["\\udcff x", "       ^ X"]),
    "an empty part": ("rm a", [(0, 0, "X")], 80, ["rm a", "^ X"]),
    "nothing": ("", [], 80, [""]),
    "nothing, and a note": ("", [(0, 0, "X")], 80, ["", "^ X"]),
}


@pytest.mark.parametrize(("command", "notes", "width", "lines"), CASES.values(), ids=CASES)
def test_lines(command: str, notes: "list[tuple[int, int, str]]", width: int, lines: "list[str]") -> None:
    given = [((start, end), "write", text) for start, end, text in notes]
    assert list(explain(command, given, width, colour=False)) == lines


def test_many_notes_are_cut() -> None:
    lines = list(explain("x", [((0, 1), "write", str(n)) for n in range(100)], 80, colour=False))
    assert len(lines) == 22
    assert "80 more" in lines[-1]


def test_colour_is_round_the_note_only() -> None:
    lines = list(explain("rm a", [((0, 4), "delete", "A")], 80, colour=True))
    assert lines == ["rm a", "^^^^ \x1b[31mA\x1b[m"]


@pytest.mark.parametrize("width", [2, 3, 10, 40])
def test_no_line_is_wider_than_asked(width: int) -> None:
    command = "cp " + "日" * 30 + " \t e\u0301 'x y' \x01 && rm b"
    notes = [((0, 20), "write", "write " + "/日" * 30), ((10, len(command)), "opaque", "why it is not known " * 3)]
    for line in explain(command, notes, width, colour=False):
        assert columns(line) <= max(width, 12)
