"""The values that a program's text has while it is followed (machine.py).

A value is a text, a number, a list, a dict, True or False, a Thing (a module, an open file, a function, a path), a
Choice of values, or None if it is unknown.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    Value = Any

SIZE = 65536
CHOICES = 8


class Thing:
    """A value that has a kind: module, fn (of the language, by its name), func (of the program), handle, path."""

    __slots__ = ("data", "kind", "more")

    def __init__(self, kind: str, data: "Value" = None, more: "Value" = None) -> None:
        self.kind = kind
        self.data = data
        self.more = more


class Choice:
    """One of several values."""

    __slots__ = ("values",)

    def __init__(self, values: "tuple[Value, ...]") -> None:
        self.values = values


class Jump(Exception):
    """Break, next, return, exit."""

    def __init__(self, kind: str, value: "Value" = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.value = value


def choice(values: "Iterable[Value]") -> "Value":
    """One value, or a Choice; unknown if one is unknown, or if they are too many."""
    made: list[Value] = []
    for value in values:
        for one in value.values if isinstance(value, Choice) else (value,):
            if one is None:
                return None
            if not any(one is other or (type(one) is type(other) and one == other) for other in made):
                made.append(one)
    return made[0] if len(made) == 1 else Choice(tuple(made)) if 0 < len(made) <= CHOICES else None


def text_of(value: "Value") -> "str | None":
    """A value as the text that the languages make of it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, Thing) and value.kind == "path":
        return text_of(value.data)
    return None


def number_of(value: "Value") -> "int | float | None":
    """A value as a number."""
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str) and len(value) < 40:
        try:
            return int(value) if value.strip().lstrip("-").isdigit() else float(value)
        except ValueError:
            return None
    return None


def arithmetic(operator: str, left: "int | float | None", right: "int | float | None") -> "Value":
    """Arithmetic on known numbers of modest size."""
    if left is None or right is None or abs(left) > 1e15 or abs(right) > 1e15:
        return None
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    if operator == "%" and right:
        return left % right
    if operator == "/" and right:
        made = left / right
        return int(made) if made.is_integer() else made
    if operator == "**" and abs(right) < 64 and abs(left) < 1000:
        return left**right
    return None


def is_path(text: str) -> bool:
    """Whether a text looks like a file's name."""
    if not text or len(text) > 200 or any(c in text for c in " \t\n\"'<>|;(){}$=,\\*?"):
        return False
    name = text.rpartition("/")[2]
    return (
        ("/" in text and text.strip("/.") != "" and "://" not in text)
        or (name.startswith(".") and name[1:2].isalpha())
        or (name[:1] not in (".", "") and "." in name and name.rpartition(".")[2].isalnum() and not name[0].isdigit())
    )


def heavy(arguments: "list[Value]") -> bool:
    """Whether what a function makes of known values may be large: all of one in each place of another, or wide."""
    sizes = []
    for argument in arguments:
        size = len(argument) if isinstance(argument, (str, list, dict)) else 1
        if isinstance(argument, list):
            size += sum(len(item) for item in argument if isinstance(item, (str, list)))
        sizes.append(size)
        if isinstance(argument, str) and "%" in argument and re.search(r"\d{4}|\*", argument) and len(arguments) > 1:
            return True
    sizes.sort()
    return sizes[-1:] > [4 * SIZE] or (len(sizes) > 1 and sizes[-1] * sizes[-2] > 16 * SIZE)


def is_reading(mode: str) -> bool:
    """Whether a mode of fopen's kind only reads (fopen(3))."""
    return not any(c in mode.lower().partition(":")[0] for c in "wa+x>c")


def assigned(nodes: "Iterable[Value]") -> "set[str]":
    """The names of variables that are assigned within some nodes."""
    made: set[str] = set()
    waiting: list[Value] = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            changes = len(node) > 2 and (node[0] in ("set", "post") or (node[0] == "un" and node[1] in ("++", "--")))
            if changes and node[2] and node[2][0] in ("var", "name"):
                made.add(node[2][1])
            waiting.extend(node)
        elif isinstance(node, list):
            waiting.extend(node)
    return made
