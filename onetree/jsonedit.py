"""Edit JSON with comments and trailing commas by text surgery: what is not touched stays byte for byte.

Each edit parses the text, cuts or inserts at known offsets, parses the result again and compares it with what was
meant. An edit that would come out as anything else is refused, so no text is ever damaged.
"""

import copy
import json
import re

from onetree.jsonc import BOM, Document, Item, JSONCError, Node, Path, parse

_INDENTED = re.compile(r"^([ \t]+)\S", re.MULTILINE)


def insert(text: str, path: Path, value: object, *, key: "str | None" = None) -> str:
    """The text with value added at the end of the list (or, under key, of the object) at path; it is written indented.

    Into an empty container the value goes without any white space around it, else on a line of its own: so remove()
    brings back exactly the text that was there before. Raises JSONCError if there is no such container.
    """
    document = parse(text)
    box = document.at(path)
    meant = copy.deepcopy(document.root.value)
    target = _value(meant, path) if box else None
    if isinstance(target, dict) and key is not None and key not in target:
        target[key] = value
    elif isinstance(target, list) and key is None:
        target.append(value)
    else:
        box = None
    if box is None:
        raise JSONCError(text, 0, f"nothing can be added at {_spelled(path)}")
    return _checked(text, _inserted(document, box, value, key), meant)


def remove(text: str, path: Path) -> str:
    """The text without the element or member at path, its comma and the white space before it; comments stay.

    Raises JSONCError if there is none.
    """
    document = parse(text)
    box = document.at(path[:-1])
    item = document.item(box, path[-1]) if box is not None else None
    if box is None or box.items is None or item is None:
        raise JSONCError(text, 0, f"nothing to remove at {_spelled(path)}")
    meant = copy.deepcopy(document.root.value)
    holder = _value(meant, path[:-1])
    del holder[path[-1]]  # type: ignore[attr-defined]
    cuts = [(_space_before(document, item), item.node.end)]
    before = box.items.index(item) - 1
    comma = item.comma if item.comma is not None or before < 0 else box.items[before].comma
    if comma is not None:
        cuts.append((comma, comma + 1))
    return _checked(text, _without(text, cuts), meant)


def _inserted(document: Document, box: Node, value: object, key: "str | None") -> str:
    text = document.text
    newline = "\r\n" if "\r\n" in text else "\n"
    unit = _unit(text)
    label = "" if key is None else json.dumps(key, ensure_ascii=False) + ": "

    def written(indent: str) -> str:
        return label + json.dumps(value, indent=unit, ensure_ascii=False).replace("\n", newline + indent)

    if not box.items:
        at = box.start + 1
        return text[:at] + written(_indent(text, box.start)) + text[at:]
    last = box.items[-1]
    same_line = text.count("\n", box.start, last.start) == 0
    indent = _indent(text, box.start) + unit if same_line else _indent(text, last.start)
    piece = newline + indent + written(indent)
    after = last.node.end if last.comma is None else last.comma + 1
    note, runs_on = _note(document, after)
    if last.comma is not None:
        return text[:note] + piece + "," + text[note:]
    if runs_on:  # a comma behind a line comment would be part of it
        return text[:after] + "," + text[after:note] + piece + text[note:]
    return text[:note] + "," + piece + text[note:]


def _note(document: Document, at: int) -> "tuple[int, bool]":
    """Where the comments behind `at` on its line end (at, if there are none); whether the last is a line comment."""
    text, end, runs_on = document.text, at, False
    for start, stop in document.comments:
        if start >= end and not text[end:start].strip(" \t") and "\n" not in text[start:stop]:
            end, runs_on = stop, text.startswith("//", start)
    return end, runs_on


def _space_before(document: Document, item: Item) -> int:
    """Where the white space before an item begins: after the comma, bracket or comment before it."""
    text = document.text
    at = len(text[: item.start].rstrip(" \t\r\n"))
    behind = [c for c in document.comments if c[1] <= item.start]
    if behind and behind[-1][1] >= at:  # white space at the end of a line comment belongs to the comment
        start, at = behind[-1]
        comma = item.node.end if item.comma is None else item.comma
        rest = text[item.node.end : comma] + text[comma:].removeprefix(",")
        if text.startswith("//", start) and rest.partition("\n")[0].rstrip("\r"):
            return item.start  # the line break must stay, or what follows would become part of the comment
    return at


def _without(text: str, cuts: "list[tuple[int, int]]") -> str:
    for start, end in sorted(cuts, reverse=True):
        text = text[:start] + text[end:]
    return text


def _checked(old: str, new: str, meant: object) -> str:
    """The new text, if it means what was meant, keys in the same order."""
    try:
        if json.dumps(parse(new).root.value) == json.dumps(meant):
            return new
    except JSONCError:
        pass
    raise JSONCError(old, 0, "cannot be edited without damage; please make the change by hand")


def _value(value: object, path: Path) -> object:
    for step in path:
        value = value[step]  # type: ignore[index]
    return value


def _spelled(path: Path) -> str:
    return ".".join(str(step) for step in path) or "the outermost value"


def _indent(text: str, at: int) -> str:
    """The white space at the beginning of the line on which `at` stands."""
    line = text[text.rfind("\n", 0, at) + 1 : at].lstrip(BOM)
    return line[: len(line) - len(line.lstrip(" \t"))]


def _unit(text: str) -> str:
    """One step of this text's indentation: that of its first indented line, or two spaces."""
    found = _INDENTED.search(text)
    return found[1] if found else "  "
