"""The inside of a program's strings: where they end, what is interpolated into them, and their escapes."""

NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}
CLOSERS = {"(": ")", "[": "]", "{": "}", "<": ">"}

TYPE_CHECKING = False
if TYPE_CHECKING:
    Part = str | tuple[str, str]


def after(text: str, i: int, closer: str, opener: str = "") -> int:
    """The position after the closing delimiter; pairs of opener and closer within are gone past."""
    depth = 0
    while i < len(text):
        c = text[i]
        if c == "\\":
            i += 2
            continue
        if c == closer:
            if not depth:
                return i + 1
            depth -= 1
        elif opener and c == opener:
            depth += 1
        i += 1
    return len(text) + 1


def after_regex(text: str, i: int) -> int:
    """The position after /regex/; a / in [ ] does not end it."""
    i += 1
    inside = False
    while i < len(text):
        c = text[i]
        if c == "\\":
            i += 1
        elif c == "[":
            inside = True
        elif c == "]":
            inside = False
        elif c == "/" and not inside:
            return i + 1
        elif c == "\n":
            return i
        i += 1
    return i


def raw(text: str, quote: str) -> str:
    """The inside of a string without escapes but of its quote and of the backslash."""
    return text.replace("\\\\", "\0").replace("\\" + quote, quote).replace("\0", "\\") if "\\" in text else text


def parts(text: str, holds: str) -> "list[Part]":
    """The text and the interpolations of a string with escapes."""
    made: list[Part] = []
    plain: list[str] = []
    i, n = 0, len(text)
    while i < n:
        c = text[i]
        if c == "\\":
            i, piece = escape(text, i)
            plain.append(piece)
            continue
        end = i
        if holds and c in "$#@{" and (c == holds[0] or (holds == "$" and c in "@{")):
            end = _interpolation(text, i, holds)
        if end > i:
            if plain:
                made.append("".join(plain))
                plain.clear()
            source = text[i:end]
            if holds in ("#{", "${") or (holds == "$(" and source[1:2] == "("):
                source = source[2:-1]
            elif source.startswith("{$"):
                source = source[1:-1]
            elif holds == "$(":
                source = source[1:]
            made.append(("code", source))
            i = end
        else:
            plain.append(c)
            i += 1
    if plain or not made:
        made.append("".join(plain))
    return made


def _interpolation(text: str, i: int, holds: str) -> int:
    """The position after what is interpolated at i; i if nothing is."""
    n = len(text)
    follows = text[i + 1 : i + 2]
    if holds in ("#{", "${", "$("):
        if follows == holds[1]:
            return min(after(text, i + 2, CLOSERS[follows], follows), n)
        if holds != "$(" or not (follows.isalpha() or follows == "_"):
            return i
    if text.startswith("{$", i):
        return min(after(text, i + 1, "}", "{"), n)
    if text[i] == "{" or (text[i] == "@" and not (follows.isalpha() or follows in ("{", "_"))):
        return i
    if follows == "{":
        end = min(after(text, i + 2, "}", "{"), n)
    elif follows.isalpha() or follows in ("_", "&"):
        end = i + 2
        while end < n and (text[end] in NAME or (text.startswith("::", end) and text[end + 2 : end + 3].isalpha())):
            end += 2 if text[end] == ":" else 1
    elif follows.isdigit():
        end = i + 2
        while end < n and text[end].isdigit():
            end += 1
    else:
        return i
    while end < n and holds == "$":
        if text.startswith(("->[", "->{"), end):
            end = min(after(text, end + 3, CLOSERS[text[end + 2]], text[end + 2]), n)
        elif text[end] == "[" and (
            text[end + 1 : end + 2].isdigit() or text[end + 1 : end + 2] in ("$", "-", "'", '"')
        ):
            end = min(after(text, end + 1, "]", "["), n)
        elif text[end] == "{" and text[i] == "$" and not text.startswith("${", i):
            end = min(after(text, end + 1, "}", "{"), n)
        elif text.startswith("->", end) and text[end + 2 : end + 3].isalpha() and text[i] == "$":
            stop = end + 2
            while stop < n and text[stop] in NAME:
                stop += 1
            if text[stop : stop + 1] == "(":
                break
            end = stop
        else:
            break
    return end


def escape(text: str, i: int) -> "tuple[int, str]":
    """The position after the escape at i, and what it stands for."""
    c = text[i + 1 : i + 2]
    if c in ("x", "u"):
        if text[i + 2 : i + 3] == "{":
            end = text.find("}", i)
            digits = text[i + 3 : end] if end > 0 else ""
            stop = end + 1
        else:
            stop = i + 2
            while stop < len(text) and stop < i + (4 if c == "x" else 6) and text[stop] in "0123456789abcdefABCDEF":
                stop += 1
            digits = text[i + 2 : stop]
        try:
            return max(stop, i + 2), chr(int(digits, 16))
        except (ValueError, OverflowError):
            return i + 2, c
    if c and c in "01234567":
        stop = i + 1
        while stop < len(text) and stop < i + 4 and text[stop] in "01234567":
            stop += 1
        return stop, chr(int(text[i + 1 : stop], 8))
    if c == "\n":
        return i + 2, ""
    return i + 2, ESCAPES.get(c, c)
