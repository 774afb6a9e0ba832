"""Parse JSON with comments and trailing commas, as settings files are written, and keep where each value stands."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

Path = Sequence["str | int"]  # keys and indices from the outermost value inwards

MAX_DEPTH = 100  # a settings file has five levels; the parser's own recursion bears three times this
BOM = "\ufeff"

_SPACE = re.compile(r"[ \t\r\n]*")
_BLOCK = re.compile(r"/\*.*?\*/", re.DOTALL)
_LINE = re.compile(r"//[^\n]*")
_SCALAR = re.compile(r'["\-0-9tfn]')


class JSONCError(ValueError):
    """A text that cannot be read or edited. line and column count from 1, in characters; fact says what is wrong."""

    def __init__(self, text: str, at: int, fact: str) -> None:
        self.line = text.count("\n", 0, at) + 1
        self.column = at - text.rfind("\n", 0, at)
        self.fact = fact
        super().__init__(f"{self.line}:{self.column}: {fact}")


@dataclass
class Node:
    """One value: where it stands, and what it means. items is None unless it is an object or a list."""

    start: int
    end: int
    value: object
    items: "list[Item] | None" = None


@dataclass
class Item:
    """One element of a list or member of an object. start: that of its key, if it has one. comma: where it stands."""

    start: int
    node: Node
    key: "str | None" = None
    comma: "int | None" = None


@dataclass
class Document:
    """A parsed text. comments are (start, end) offsets, in order; a line comment ends before its line's end.

    extras: what plain JSON (RFC 8259) does not have, as (name, offset): comment, trailing comma, byte order mark.
    """

    text: str
    root: Node
    comments: "list[tuple[int, int]]" = field(default_factory=list)
    extras: "list[tuple[str, int]]" = field(default_factory=list)

    def at(self, path: Path) -> "Node | None":
        """The value at path, None if there is none. Raises JSONCError where a key on the way stands twice."""
        node = self.root
        for step in path:
            item = self.item(node, step)
            if item is None:
                return None
            node = item.node
        return node

    def item(self, node: Node, step: "str | int") -> "Item | None":
        """The member or element of node, None if there is none. Raises JSONCError if the key stands twice."""
        if isinstance(step, int):
            found = (node.items or [])[step : step + 1] if isinstance(node.value, list) else []
        else:
            found = [i for i in node.items or [] if i.key == step]
        if len(found) > 1:
            raise JSONCError(self.text, found[1].start, f'the key "{step}" stands twice in one object')
        return found[0] if found else None


def parse(text: str) -> Document:
    """The document. Raises JSONCError for what is not JSON with // and /* */ comments and trailing commas."""
    return _Parser(text).document()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.comments: list[tuple[int, int]] = []
        self.extras: list[tuple[str, int]] = []
        self.scalars = json.JSONDecoder(parse_constant=self.constant)

    def document(self) -> Document:
        if self.text.startswith(BOM):
            self.extras.append(("byte order mark", 0))
            self.pos = 1
        self.skip()
        root = self.node(0)
        self.skip()
        if self.pos < len(self.text):
            raise self.defect(f"something follows the end of the value that began at offset {root.start}")
        self.extras.sort(key=lambda extra: extra[1])
        return Document(self.text, root, self.comments, self.extras)

    def node(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self.defect(f"nested deeper than {MAX_DEPTH} levels")
        start = self.pos
        plain: object
        if self.peek() in ("{", "["):
            items = self.items(depth)
            plain = [i.node.value for i in items]
            if self.text[start] == "{":
                plain = {i.key: i.node.value for i in items}
            return Node(start, self.pos, plain, items)
        plain = self.scalar()
        return Node(start, self.pos, plain)

    def items(self, depth: int) -> "list[Item]":
        """The items of the list or object that begins here; leaves the position behind its closing bracket."""
        close = "]" if self.text[self.pos] == "[" else "}"
        opened = self.pos
        found: list[Item] = []
        self.pos += 1
        while True:
            self.skip()
            if self.peek() == close:
                if found and found[-1].comma is not None:
                    self.extras.append(("trailing comma", found[-1].comma))
                self.pos += 1
                return found
            if found and found[-1].comma is None:
                raise self.defect(f'"," or "{close}" expected', opened)
            found.append(self.one(close, depth))
            self.skip()
            if self.peek() == ",":
                found[-1].comma = self.pos
                self.pos += 1

    def one(self, close: str, depth: int) -> Item:
        start, key = self.pos, None
        if close == "}":
            if self.peek() != '"':
                raise self.defect('a key in double quotes or "}" expected')
            key = str(self.scalar())
            self.skip()
            if self.peek() != ":":
                raise self.defect(f'":" expected after the key {json.dumps(key)}')
            self.pos += 1
            self.skip()
        return Item(start, self.node(depth + 1), key)

    def scalar(self) -> object:
        if not _SCALAR.match(self.text, self.pos):
            raise self.defect("a value expected")
        try:
            value, self.pos = self.scalars.raw_decode(self.text, self.pos)
        except json.JSONDecodeError as e:
            self.pos = e.pos
            raise self.defect(e.msg[:1].lower() + e.msg[1:]) from None
        except ValueError as e:  # a number with more digits than int() takes
            raise self.defect(str(e)) from None
        return value

    def constant(self, name: str) -> object:
        raise self.defect(f"{name} is not JSON")

    def skip(self) -> None:
        """Go past white space and comments."""
        while True:
            self.pos = _SPACE.match(self.text, self.pos).end()  # type: ignore[union-attr]
            if self.text.startswith("/*", self.pos):
                found = _BLOCK.match(self.text, self.pos)
                if found is None:
                    raise self.defect("a comment that is not closed")
                end = found.end()
            elif self.text.startswith("//", self.pos):
                end = _LINE.match(self.text, self.pos).end()  # type: ignore[union-attr]
                end -= self.text.endswith("\r", self.pos, end)  # part of the line's end, not of the comment
            else:
                return
            self.comments.append((self.pos, end))
            self.extras.append(("comment", self.pos))
            self.pos = end

    def peek(self) -> str:
        return self.text[self.pos : self.pos + 1]

    def defect(self, fact: str, opened: "int | None" = None) -> JSONCError:
        found = repr(self.peek()) if self.peek() else "the end of the text"
        where = "" if opened is None else f" (opened on line {self.text.count(chr(10), 0, opened) + 1})"
        return JSONCError(self.text, self.pos, f"{fact}{where}, found {found}")
