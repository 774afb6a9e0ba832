"""The functions of make: $(subst ...), $(foreach ...) and the others (GNU make manual, 8)."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .makefile import Makefile


class Unknown(Exception):
    """A value that is known only when make runs: why."""


def patsubst(old: str, new: str, text: str) -> str:
    """$(patsubst old,new,text)."""
    made = []
    before, percent, after = old.partition("%")
    for word in text.split():
        fits = (
            word == old
            if not percent
            else (len(word) >= len(before) + len(after) and word.startswith(before) and word.endswith(after))
        )
        stem = word[len(before) : len(word) - len(after)] if percent else ""
        made.append(new.replace("%", stem, 1) if fits else word)
    return " ".join(made)


def _arguments(text: str, most: int = 99) -> "list[str]":
    """A function's arguments, before expansion."""
    made: list[str] = []
    while len(made) < most - 1:
        depth, i = 0, 0
        while i < len(text) and (text[i] != "," or depth):
            depth += text[i] in "({"
            depth -= text[i] in ")}"
            i += 1
        if i >= len(text):
            break
        made.append(text[:i])
        text = text[i + 1 :]
    return [*made, text]


def _words(count: int, work: "Callable[..., str]") -> "Callable[[Makefile, str, Mapping[str, str], int], str]":
    """A function of texts alone."""

    def function(made: "Makefile", text: str, extra: "Mapping[str, str]", depth: int) -> str:
        given = [made.expand(part, extra, None, depth) for part in _arguments(text, count)]
        if len(given) < count:
            raise Unknown("a function without all its arguments")
        return work(*given)

    return function


def _each(work: "Callable[[str], str]") -> "Callable[[Makefile, str, Mapping[str, str], int], str]":
    return _words(1, lambda text: " ".join(filter(None, map(work, text.split()))))


def _foreach(made: "Makefile", text: str, extra: "Mapping[str, str]", depth: int) -> str:
    parts = _arguments(text, 3)
    if len(parts) < 3:
        raise Unknown("foreach")
    name, words = (made.expand(part, extra, None, depth).strip() for part in parts[:2])
    return " ".join(made.expand(parts[2], {**extra, name: word}, None, depth) for word in words.split())


def _if(made: "Makefile", text: str, extra: "Mapping[str, str]", depth: int) -> str:
    test, *rest = _arguments(text, 3)
    taken = rest[0:1] if made.expand(test.strip(), extra, None, depth) else rest[1:2]
    return made.expand(taken[0], extra, None, depth) if taken else ""


def _or(made: "Makefile", text: str, extra: "Mapping[str, str]", depth: int) -> str:
    return next(filter(None, (made.expand(part.strip(), extra, None, depth) for part in _arguments(text))), "")


def _and(made: "Makefile", text: str, extra: "Mapping[str, str]", depth: int) -> str:
    values = [made.expand(part.strip(), extra, None, depth) for part in _arguments(text)]
    return values[-1] if all(values) else ""


def _call(made: "Makefile", text: str, extra: "Mapping[str, str]", depth: int) -> str:
    name, *given = [made.expand(part, extra, None, depth) for part in _arguments(text)]
    parameters = {str(n): value for n, value in enumerate([name, *given])}
    return made.expand(made.raw(name.strip()), {**extra, **parameters}, None, depth)


def _eval(made: "Makefile", text: str, extra: "Mapping[str, str]", depth: int) -> str:
    made.lines(made.expand(text, extra, None, depth), "$(eval)")
    return ""


def _shell(made: "Makefile", text: str, extra: "Mapping[str, str]", depth: int) -> str:
    return " ".join(made.output(made.expand(text, extra, None, depth)).split("\n"))


def _wildcard(made: "Makefile", text: str, extra: "Mapping[str, str]", depth: int) -> str:
    return " ".join(name for word in made.expand(text, extra, None, depth).split() for name in made.listed(word))


def _error(text: str) -> str:
    raise Unknown(text)


def _filter(patterns: str, text: str) -> str:
    return " ".join(word for word in text.split() if any(_fits(p, word) for p in patterns.split()))


def _filter_out(patterns: str, text: str) -> str:
    return " ".join(word for word in text.split() if not any(_fits(p, word) for p in patterns.split()))


def _fits(pattern: str, word: str) -> bool:
    before, percent, after = pattern.partition("%")
    if not percent:
        return pattern == word
    return len(word) >= len(before) + len(after) and word.startswith(before) and word.endswith(after)


def _word(number: str, text: str) -> str:
    words, n = text.split(), number.strip()
    return words[int(n) - 1] if n.isascii() and n.isdigit() and 0 < int(n[:9]) <= len(words) else ""


def _join(first: str, second: str) -> str:
    a, b = first.split(), second.split()
    longest = max(len(a), len(b))
    return " ".join("".join((*a[i : i + 1], *b[i : i + 1])) for i in range(longest))


FUNCTIONS: "dict[str, Callable[[Makefile, str, Mapping[str, str], int], str]]" = {
    "subst": _words(3, lambda old, new, text: text.replace(old, new) if old else text),
    "patsubst": _words(3, lambda old, new, text: patsubst(old.strip(), new.strip(), text)),
    "strip": _words(1, lambda text: " ".join(text.split())),
    "findstring": _words(2, lambda find, text: find if find in text else ""),
    "filter": _words(2, _filter),
    "filter-out": _words(2, _filter_out),
    "sort": _words(1, lambda text: " ".join(sorted(set(text.split())))),
    "word": _words(2, _word),
    "words": _words(1, lambda text: str(len(text.split()))),
    "firstword": _words(1, lambda text: " ".join(text.split()[:1])),
    "lastword": _words(1, lambda text: " ".join(text.split()[-1:])),
    "dir": _each(lambda word: word[: word.rfind("/") + 1] or "./"),
    "notdir": _each(lambda word: word.rpartition("/")[2]),
    "suffix": _each(lambda word: os.path.splitext(word)[1]),
    "basename": _each(lambda word: os.path.splitext(word)[0]),
    "addsuffix": _words(2, lambda end, text: " ".join(word + end for word in text.split())),
    "addprefix": _words(2, lambda start, text: " ".join(start + word for word in text.split())),
    "join": _words(2, _join),
    "foreach": _foreach,
    "if": _if,
    "or": _or,
    "and": _and,
    "call": _call,
    "value": lambda made, text, _extra, _depth: made.raw(text.strip()),
    "eval": _eval,
    "shell": _shell,
    "wildcard": _wildcard,
    "error": _words(1, _error),
    "info": lambda _made, _text, _extra, _depth: "",
    "warning": lambda _made, _text, _extra, _depth: "",
    "abspath": lambda made, text, extra, depth: _absolute(made, made.expand(text, extra, None, depth)),
    "realpath": lambda made, text, extra, depth: _absolute(made, made.expand(text, extra, None, depth)),
}


def _absolute(made: "Makefile", text: str) -> str:
    folder = made.raw("CURDIR")
    return " ".join(os.path.normpath(os.path.join(folder, word)) for word in text.split())
