"""Extended patterns: ?(a|b) *(a|b) +(a|b) @(a|b) !(a|b) (bash(1), Pattern Matching)."""

from . import globs
from .words import Unknown

STEPS = 20000  # comparisons that one match may take


def matches(pattern: str, text: str) -> bool:
    """Whether an extended pattern matches a whole text. Raises Unknown when that takes too long."""
    return _Matcher(text).whole(pattern, 0, len(text))


class _Matcher:
    def __init__(self, text: str) -> None:
        self.text = text
        self.steps = 0

    def whole(self, pattern: str, start: int, end: int) -> bool:
        """Whether the pattern matches text[start:end]."""
        self.steps += 1
        if self.steps > STEPS:
            raise Unknown("an extended pattern that takes long to match")
        at = _first_group(pattern)
        if at < 0:
            return globs.matches(pattern, self.text[start:end])
        close, choices = _group(pattern, at + 1)
        head, kind, rest = pattern[:at], pattern[at], pattern[close:]
        for first in range(start, end + 1):
            if not globs.matches(head, self.text[start:first]):
                continue
            for last in range(first, end + 1):
                if self.group(kind, choices, first, last) and self.whole(rest, last, end):
                    return True
        return False

    def group(self, kind: str, choices: "list[str]", start: int, end: int) -> bool:
        if kind in "?*" and start == end:
            return True
        one = any(self.whole(choice, start, end) for choice in choices)
        if kind == "!":
            return not one
        if one or kind in "?@":
            return one
        return any(
            any(self.whole(choice, start, cut) for choice in choices) and self.group(kind, choices, cut, end)
            for cut in range(start + 1, end)
        )


def _first_group(pattern: str) -> int:
    i = 0
    while i < len(pattern):
        if pattern[i] == "\\":
            i += 1
        elif pattern[i] in "?*+@!" and pattern[i + 1 : i + 2] == "(" and _group(pattern, i + 1)[0]:
            return i
        i += 1
    return -1


def _group(pattern: str, at: int) -> "tuple[int, list[str]]":
    """The position after the group whose ( is at `at`, and its alternatives; 0 if it is not closed."""
    level, first, i = 0, at + 1, at
    choices: list[str] = []
    while i < len(pattern):
        c = pattern[i]
        if c == "\\":
            i += 1
        elif c == "(":
            level += 1
        elif c == ")":
            level -= 1
            if not level:
                return i + 1, [*choices, pattern[first:i]]
        elif c == "|" and level == 1:
            choices.append(pattern[first:i])
            first = i + 1
        i += 1
    return 0, []
