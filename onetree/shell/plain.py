"""Split a plain command line into simple commands without a parser.

Plain is: words, simply quoted or not, joined by && || | ; and newline, with nothing that needs a grammar: no
parentheses, braces, here-documents, background jobs, reserved words or redirections, but for the commonest ones that
write nothing (2>&1 and those to /dev/null).
"""

from .ends import is_name
from .form import Node, Pipe, Redirect, Sequence, Simple, Span

BREAKS = " \t\n;&|"
NEVER = "`()<>\\"  # outside single quotes these need the real reader; `<>` but for HARMLESS
HARMLESS = ("2>&1", "1>&2", ">&2", "2>/dev/null", ">/dev/null", "1>/dev/null")
RESERVED = frozenset(
    "if then else elif fi case esac for select while until do done in function time { } ! [[ ]] coproc".split()
)


def split(source: str) -> "Sequence | None":
    """The commands of a plain command line, None if it is not plain."""
    i, n = 0, len(source)
    items: list[tuple[str, Node]] = []
    parts: list[Node] = []  # of the pipeline being read
    words: list[Span] = []
    redirects: list[Redirect] = []
    joiner = ""
    while True:
        c = source[i] if i < n else "\n"
        if c in " \t":
            i += 1
            continue
        if c not in ";&|\n":
            end = _word_end(source, i)
            if not end:
                return None
            word = source[i:end]
            if word in HARMLESS:
                at = end - 9 if word.endswith("/dev/null") else end - 1
                redirects.append(
                    Redirect(
                        word[0] if word[0] != ">" else "",
                        word[1 : at - i] if word[0] != ">" else word[: at - i],
                        (at, end),
                        (i, end),
                    )
                )
            elif word[0] == "#" or (not words and word in RESERVED) or (word[0] == "{" and word == "{"):
                return None
            else:
                words.append((i, end))
            i = end
            continue
        operator = source[i : i + 2] if source[i : i + 2] in ("&&", "||") else c
        if operator == "&" or source[i : i + 2] in (";;", "|&", "&>"):
            return None
        if words:
            parts.append(_simple(source, words, redirects))
            words, redirects = [], []
        elif redirects or operator != "\n" or (parts and i >= n):
            return None
        elif parts or joiner in ("&&", "||"):  # a newline after an operator joins
            i += 1
            if i >= n:
                return None
            continue
        if operator == "|":
            i += 1
            continue
        if parts:
            whole = (_start(parts[0]), _end(parts[-1]))
            items.append((joiner, parts[0] if len(parts) == 1 else Pipe(whole, parts)))
            parts = []
            joiner = operator
        i += len(operator)
        if i >= n:
            break
    if not items or joiner in ("&&", "||"):
        return None
    return Sequence((0, n), items)


def _start(node: Node) -> int:
    return node.span[0]


def _end(node: Node) -> int:
    return node.span[1]


def _simple(source: str, words: list[Span], redirects: list[Redirect]) -> Simple:
    count = 0
    for start, end in words:
        if not is_assignment(source[start:end]):
            break
        count += 1
    last = max(words[-1][1], redirects[-1].span[1] if redirects else 0)
    return Simple((words[0][0], last), words[:count], words[count:], redirects)


def is_assignment(word: str) -> bool:
    """Whether a word before a command's name is NAME=..., NAME+=... or NAME[...]=... ."""
    name, equals, _ = word.partition("=")
    name = name.removesuffix("+")
    if name.endswith("]"):
        name = name.partition("[")[0]
    return bool(equals) and is_name(name)


def _word_end(source: str, i: int) -> int:
    """The position after a plain word, 0 if it is not plain."""
    n, start = len(source), i
    while i < n:
        c = source[i]
        if c in BREAKS:
            if c == "&" and source[i - 1] == ">" and source[start : i + 2] in HARMLESS:
                i += 1
                continue
            break
        if c == "'":
            i = source.find("'", i + 1) + 1
            if not i:
                return 0
        elif c == '"':
            end = source.find('"', i + 1)
            if end < 0 or any(x in source[i:end] for x in "`\\") or not _plain_dollars(source, i, end):
                return 0
            i = end + 1
        elif c == ">" and (i == start or source[start:i] in ("1", "2")):
            i += 1
        elif c in NEVER or (c == "$" and not _plain_dollars(source, i, i + 1)) or not " " <= c <= "~":
            return 0
        else:
            i += 1
    word = source[start:i]
    return (
        0
        if ">" in word
        and word[0] not in "'\""
        and ">" in word.partition("'")[0].partition('"')[0]
        and (word not in HARMLESS)
        else i
    )


def _plain_dollars(source: str, start: int, end: int) -> bool:
    """Whether every $ in start..end begins a plain $NAME, or nothing."""
    i = source.find("$", start, end)
    while i >= 0:
        if source[i + 1 : i + 2] in ("(", "{", "[", "'", '"') and (i + 1 < end or source[i + 1 : i + 2] != '"'):
            return False
        i = source.find("$", i + 1, end)
    return True
