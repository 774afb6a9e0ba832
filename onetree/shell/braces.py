"""Brace expansion: {a,b} and {1..9} (bash(1), Brace Expansion). The quotes still stand."""

from .ends import after_quoted
from .words import FIELDS, Unknown, digits


def alternatives(word: str) -> "list[str]":
    """Brace expansion: {a,b} and {1..3}, on the source, so that quotes still stand."""
    done: list[str] = []
    todo = [word]
    steps = 0
    while todo:
        word = todo.pop()
        steps += 1
        if steps > FIELDS:
            raise Unknown(f"braces that make more than {FIELDS} words")
        found = _first_brace(word)
        if found is None:
            done.append(word)
            continue
        start, end, options = found
        todo.extend(word[:start] + option + word[end:] for option in reversed(options))
    return done


def _first_brace(word: str) -> "tuple[int, int, list[str]] | None":
    """The first brace group that expands: where it begins and ends, and what it becomes."""
    i, n = 0, len(word)
    opened: list[tuple[int, list[int]]] = []  # for each open brace: where, and its commas
    groups: list[tuple[int, int, list[str]]] = []
    while i < n:
        c = word[i]
        if c in "'\"\\`$":
            i = after_quoted(word, i)
            continue
        if c == "{":
            opened.append((i, []))
            if len(opened) > 40:
                raise Unknown("deeply nested braces")
        elif c == "," and opened:
            opened[-1][1].append(i)
        elif c == "}" and opened:
            start, commas = opened.pop()
            inside = word[start + 1 : i]
            if commas:
                options = [word[a + 1 : b] for a, b in zip([start, *commas], [*commas, i], strict=True)]
                groups.append((start, i + 1, options))
            elif ".." in inside and (numbers := _range(inside)):
                groups.append((start, i + 1, numbers))
        i += 1
    return min(groups, key=lambda group: group[0]) if groups else None


def _range(inside: str) -> "list[str]":
    ends = inside.split("..")
    if len(ends) not in (2, 3):
        return []
    if all(len(end) == 1 and end.isascii() and end.isalpha() for end in ends[:2]) and len(ends) == 2:
        first, last = ord(ends[0]), ord(ends[1])
        step = 1 if first <= last else -1
        return [chr(code) for code in range(first, last + step, step)]
    plain = [end.removeprefix("-") for end in ends]
    if not all(map(digits, plain)):
        return []
    first, last = int(ends[0]), int(ends[1])
    step = max(1, abs(int(ends[2]))) if len(ends) == 3 else 1
    if abs(last - first) // step > FIELDS:
        raise Unknown(f"a range of more than {FIELDS} numbers")
    width = max(len(end) for end in ends[:2]) if any(d[0] == "0" and len(d) > 1 for d in plain[:2]) else 0
    step = step if first <= last else -step
    return [str(k).zfill(width) for k in range(first, last + (1 if step > 0 else -1), step)]
