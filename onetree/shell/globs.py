"""Shell patterns: whether one matches a text, and the file names that one stands for (bash(1), Pattern Matching)."""

import os

from .words import FIELDS, SPECIAL, Unknown, folder_of, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .words import Shell

LISTED = 20000  # directory entries that one pattern may look at
CLASSES: "dict[str, Callable[[str], bool]]" = {
    "alpha": str.isalpha,
    "digit": str.isdigit,
    "alnum": str.isalnum,
    "upper": str.isupper,
    "lower": str.islower,
    "space": str.isspace,
    "punct": lambda c: not c.isalnum() and "!" <= c <= "~",
    "xdigit": lambda c: c in "0123456789abcdefABCDEF",
}


def expanded(pattern: str, shell: "Shell") -> "list[str]":
    """The files that a pattern matches; the pattern itself if none, as bash does (nullglob: nothing)."""
    folder = "" if pattern.startswith("/") else folder_of(shell)
    found = [("/" if pattern.startswith("/") else "", folder or "/")]  # (as written, absolute)
    listed = 0
    parts = [part for part in pattern.split("/") if part]
    hidden = shell.option("dotglob")
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        following: list[tuple[str, str]] = []
        for written, absolute in found:
            if not any(c in part for c in SPECIAL):
                name = plain(part)
                whole = os.path.join(absolute, name)
                if shell.there(whole):
                    following.append((written + name + ("" if last else "/"), whole))
                continue
            if part == "**" and shell.option("globstar"):
                following.extend(_below(written, absolute, shell, last=last))
                listed += len(following)
            names = _listed(absolute, shell)
            listed += len(names)
            if listed > LISTED:
                raise Unknown(f"a pattern over more than {LISTED} files")
            for count, name in enumerate(sorted(names) if part != "**" or not shell.option("globstar") else []):
                if not count % 64 and shell.deadline.passed():
                    raise Unknown("a pattern that there was no time to look up")
                if (name[0] != "." or hidden or part.startswith((".", "\\."))) and matches(part, name):
                    whole = os.path.join(absolute, name)
                    if last or shell.there(whole + "/"):
                        following.append((written + name + ("" if last else "/"), whole))
        found = following
        if len(found) > FIELDS:
            raise Unknown(f"a pattern that matches more than {FIELDS} files")
    tail = "/" if pattern.endswith("/") else ""
    if tail:
        found = [(written, absolute) for written, absolute in found if shell.there(absolute + "/")]
    if not found and shell.option("nullglob"):
        return []
    return [written + tail for written, _ in found] or [plain(pattern)]


def _below(written: str, absolute: str, shell: "Shell", *, last: bool) -> "list[tuple[str, str]]":
    """What ** matches: the folder itself and all folders below it, as the last part files too."""
    made = [] if last else [(written, absolute)]
    todo = [(written, absolute)]
    listed = 0
    while todo:
        written, absolute = todo.pop()
        names = sorted(_listed(absolute, shell))
        listed += len(names)
        if listed > LISTED // 4:
            raise Unknown(f"a pattern over more than {LISTED // 4} files")
        for name in names:
            whole = os.path.join(absolute, name)
            if name[0] == "." and not shell.option("dotglob"):
                continue
            folder = shell.there(whole + "/") and not os.path.islink(whole)
            if last or folder:
                made.append((written + name + ("" if last else "/"), whole))
            if folder:
                todo.append((written + name + "/", whole))
        if len(made) > FIELDS:
            raise Unknown(f"a pattern that matches more than {FIELDS} files")
    return made


def _listed(folder: str, shell: "Shell") -> "list[str]":
    if shell.deadline.passed():
        raise Unknown("a pattern that there was no time to look up")
    try:
        names = os.listdir(folder)
    except OSError:
        names = []
    made = shell.made(folder)
    if len(names) > LISTED:
        raise Unknown(f"a pattern over more than {LISTED} files")
    found = []
    for count, name in enumerate({*names, *made}):
        if not count % 64 and shell.deadline.passed():
            raise Unknown("a pattern that there was no time to look up")
        if shell.there(os.path.join(folder, name)):
            found.append(name)
    return found


def matches(pattern: str, text: str) -> bool:
    """Whether a shell pattern (* ? [] and backslash) matches a whole text; only the last * is ever tried again."""
    if "(" in pattern and any(kind + "(" in pattern for kind in "?*+@!"):
        from .extglob import matches as extended

        return extended(pattern, text)
    p = t = 0
    star = star_text = -1
    while t < len(text):
        size, fits = _fits(pattern, p, text[t])
        if p < len(pattern) and pattern[p] == "*":
            star, star_text = p, t
            p += 1
        elif fits:
            p += size
            t += 1
        elif star >= 0:
            star_text += 1
            p, t = star + 1, star_text
        else:
            return False
    while p < len(pattern) and pattern[p] == "*":
        p += 1
    return p == len(pattern)


def _fits(pattern: str, p: int, c: str) -> "tuple[int, bool]":
    """How long the pattern's element at p is, and whether it matches the character."""
    if p >= len(pattern):
        return 0, False
    element = pattern[p]
    if element == "\\" and p + 1 < len(pattern):
        return 2, pattern[p + 1] == c
    if element == "?":
        return 1, True
    if element == "[":
        end = _bracket_end(pattern, p)
        if end:
            return end - p, _in_bracket(pattern[p + 1 : end - 1], c)
    return 1, element == c


def _bracket_end(pattern: str, p: int) -> int:
    i = p + 1
    if pattern[i : i + 1] in ("!", "^"):
        i += 1
    if pattern[i : i + 1] == "]":
        i += 1
    while i < len(pattern):
        if pattern[i : i + 2] == "[:":
            close = pattern.find(":]", i + 2)
            i = close + 2 if close > 0 else i + 1
        elif pattern[i] == "]":
            return i + 1
        else:
            i += 1
    return 0


def _in_bracket(inside: str, c: str) -> bool:
    negated = inside[:1] in ("!", "^")
    i = 1 if negated else 0
    found = False
    while i < len(inside):
        if inside[i : i + 2] == "[:" and (close := inside.find(":]", i)) > 0:
            found = found or CLASSES.get(inside[i + 2 : close], str.isalpha)(c)
            i = close + 2
        elif inside[i + 1 : i + 2] == "-" and i + 2 < len(inside):
            found = found or inside[i] <= c <= inside[i + 2]
            i += 3
        else:
            found = found or inside[i] == c
            i += 1
    return found != negated
