"""Regular expressions of perl and ruby, for texts that are known: only such as take no more than a moment."""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

WORK = 5_000_000  # steps that one match may take: some 50 ms
REPEATS = 4  # quantifiers without a bound in one expression: the time grows with the text's length to their number


def made(pattern: "str | None", flags: str = "") -> "re.Pattern[str] | None":
    """The expression, if python's means the same and cannot take long."""
    if pattern is None or len(pattern) > 300 or any(c in flags for c in "e"):
        return None
    if re.search(r"\)[*+{]|\(\?[^:=!<]|\\[GKzZAhHvVRXQEUL]|\[\[:|\$[A-Za-z_{]|@[A-Za-z_{]", pattern):
        return None
    if any(pair in pattern for pair in ("[[", "--", "&&", "||", "~~")):  # sets, to a later python
        return None
    value = (
        (re.IGNORECASE if "i" in flags else 0)
        | (re.DOTALL if "s" in flags else 0)
        | (re.MULTILINE if "m" in flags else 0)
    )
    try:
        return re.compile(pattern, value | (re.VERBOSE if "x" in flags else 0))
    except (re.error, OverflowError, RecursionError):
        return None


def search(pattern: "str | None", flags: str, text: "str | None") -> "re.Match[str] | bool | None":
    """A match, False if there is none, None if that is not known."""
    found = made(pattern, flags)
    if found is None or text is None or not fits(found, text):
        return None
    return found.search(text) or False


def fits(found: "re.Pattern[str]", text: str) -> bool:
    """Whether a match cannot take long."""
    return quick(found.pattern, len(text))


def quick(pattern: str, length: int) -> bool:
    """Whether a search in so many characters takes no more than a moment, even if every way has to be tried.

    From each start each repetition may end anywhere, which is length ** (repeats + 1) / (repeats + 1)! ways; each ?
    doubles them, and so does, at most, each alternative of a group. Repeated groups are not for this to judge.
    """
    bare = re.sub(r"\\.|\[\^?\]?[^\]]*\]", "a", pattern)
    bare = re.sub(r"\(\?[:=!<]*", "(", bare)
    repeats = len(re.findall(r"[*+]|\{\d*,", bare))
    doubled = len(re.findall(r"\?", bare)) + _grouped(bare)
    if repeats > REPEATS or doubled > 20:
        return False
    work = 1 << doubled
    for k in range(repeats + 1):
        work = work * max(length, 1) // (k + 1)
    return work <= WORK


def _grouped(bare: str) -> int:
    """How often the alternatives of an expression's groups double the ways at most; those outside groups only add."""
    doubled = 0
    alternatives: list[int] = []  # but for the first, of each group that is open
    for c in bare:
        if c == "(":
            alternatives.append(0)
        elif c == ")" and alternatives:
            doubled += alternatives.pop().bit_length()
        elif c == "|" and alternatives:
            alternatives[-1] += 1
    return doubled


def replaced(pattern: str, text: "str | None", by: "str | Callable[[re.Match[str]], str]", flags: str) -> "str | None":
    r"""A text after s///; None if that is not known. by: groups are a backslash and a digit."""
    found = made(pattern, flags)
    if found is None or text is None or not fits(found, text):
        return None
    if isinstance(by, str):
        if "\\" in by.replace("\\1", ""):
            return None
        plain = by
        return found.sub(
            lambda m: re.sub(r"\\(\d)", lambda g: m.group(int(g[1])) or "", plain), text, 0 if "g" in flags else 1
        )
    return found.sub(by, text, 0 if "g" in flags else 1)


def translated(text: "str | None", old: str, new: str, flags: str = "") -> "str | None":
    """A text after tr///."""
    if text is None or "c" in flags or "r" in flags.replace("r", "", 1):
        return None
    first, second = spread(old), spread(new)
    if "d" not in flags:
        second = second or first
        second += second[-1:] * (len(first) - len(second))
    table = {ord(c): (second[k] if k < len(second) else None) for k, c in reversed(list(enumerate(first)))}
    return text.translate(table)


def spread(text: str) -> str:
    """a-e as abcde."""
    made_of, i = "", 0
    while i < len(text):
        if text[i + 1 : i + 2] == "-" and i + 2 < len(text):
            made_of += "".join(map(chr, range(ord(text[i]), min(ord(text[i + 2]), ord(text[i]) + 300) + 1)))
            i += 3
        else:
            made_of += text[i]
            i += 1
    return made_of
