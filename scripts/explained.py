"""A command line with the reasons under it: each line of it, its parts underlined, and what each part does."""

import os
import sys
import unicodedata

from onetree.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from onetree.shell.form import Span

    Note = tuple[Span, str, str]  # where it is in the command, the operation, what is said of it

COLOURS = {"write": "33", "delete": "31", "meta": "36", "opaque": "35", "read": "2"}  # SGR, ECMA-48 8.3.117
NARROW, WIDE = 40, 160  # columns that are made use of
TAB = 8
NOTES = 20  # for one part


def explain(command: str, notes: "list[Note]", width: int, *, colour: bool) -> "Iterator[str]":
    """The lines to print. Pure: width in columns, colour as escape sequences."""
    parts: dict[Span, list[tuple[str, str]]] = {}
    for span, op, text in notes:
        parts.setdefault(span, []).append((op, text))
    ordered = sorted(parts, key=lambda span: (span[0], -span[1]))
    for start, end in _rows(command, width):
        columns = _columns(command, start, end)
        yield "".join(_shown(command, start, end))
        for span in ordered:
            if not (start <= span[0] < max(end, start + 1) or start < span[1] <= end or span[0] < start < span[1]):
                continue
            left = columns[max(span[0], start) - start]
            right = max(columns[min(max(span[1], start), end) - start], left + 1)
            begins = span[0] >= start
            yield from _under(left, right, parts[span] if begins else [], width, colour=colour)


def _under(left: int, right: int, notes: "list[tuple[str, str]]", width: int, *, colour: bool) -> "Iterator[str]":
    """The underline of one part, and its notes: beside it where there is room, else below it."""
    more = len(notes) - NOTES
    if more > 0:
        notes = [*notes[:NOTES], ("", f"and {more} more, which are all told without --explain")]
    longest = max((columns(text) for _, text in notes), default=0)
    line = " " * left + "^" * (right - left)
    beside = right + 1 + longest <= width
    indent = right + 1 if beside else max(2, min(left, width - longest))
    if not notes or not beside:
        yield line
    for number, (op, text) in enumerate(notes):
        before = line + " " if beside and not number else " " * indent
        for piece in _folded(text, width - indent):
            yield before + (f"\x1b[{COLOURS[op]}m{piece}\x1b[m" if colour and op in COLOURS else piece)
            before = " " * indent


def _folded(text: str, width: int) -> "Iterator[str]":
    """Pieces of at most so many columns, cut at a blank where there is one."""
    while columns(text) > width:
        cut, used = 0, 0
        while used + _width(text[cut]) <= width:
            used += _width(text[cut])
            cut += 1
        blank = text.rfind(" ", cut // 2, cut + 1)
        cut = blank if blank > 0 else max(cut, 1)
        yield text[:cut]
        text = text[cut:].lstrip(" ")
    yield text


def _rows(command: str, width: int) -> "Iterator[Span]":
    """Where each row to print begins and ends: the lines, and long ones cut, before a word if it can be."""
    start = 0
    for line in command.split("\n"):
        end = start + len(line)
        while True:
            used, cut, blank = 0, start, start
            while cut < end and (used := used + _cell(command[cut], used)) <= width:
                cut += 1
                if command[cut - 1] == " ":
                    blank = cut
            if cut < end:
                cut = blank if blank > start + (cut - start) // 2 else max(cut, start + 1)
            yield start, cut
            start = cut
            if start >= end:
                break
        start = end + 1


def _columns(command: str, start: int, end: int) -> "list[int]":
    """The column in which each character of a row begins, and that after the last."""
    made = [0]
    for i in range(start, end):
        made.append(made[-1] + _cell(command[i], made[-1]))
    return made


def _shown(command: str, start: int, end: int) -> "Iterator[str]":
    at = 0
    for i in range(start, end):
        width = _cell(command[i], at)
        yield " " * width if command[i] == "\t" else visible(command[i])
        at += width


def _cell(c: str, at: int) -> int:
    """How many columns a character of the command takes when it is shown in column `at`."""
    return TAB - at % TAB if c == "\t" else columns(visible(c))


def columns(text: str) -> int:
    """How many columns a text takes (Unicode Standard Annex 11; marks that combine take none)."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(c: str) -> int:
    if unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1


def terminal() -> "tuple[int, bool]":
    """The columns of standard output, 80 when it is no terminal, and whether it wants colour (no-color.org)."""
    if not sys.stdout.isatty():
        return 80, False
    try:
        width = os.get_terminal_size(sys.stdout.fileno()).columns
    except OSError:
        width = 80
    env = os.environ
    return min(max(width or 80, NARROW), WIDE), not env.get("NO_COLOR") and env.get("TERM", "dumb") != "dumb"
