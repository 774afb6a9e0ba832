"""The shape in which a command line is held, whichever front end read it.

A span is (start, end) in the source, in characters. Words are spans: what a word is worth is never taken from a
parser but worked out from the source (words.py).
"""

Span = tuple[int, int]


class Unreadable(Exception):
    """What cannot be read, and where."""

    def __init__(self, why: str, start: int = 0, end: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.span = (start, end)


class Heredoc:
    """A here-document: its delimiter's span, its body's span, whether the body is literal, whether tabs go."""

    __slots__ = ("body", "delimiter", "literal", "strip")

    def __init__(self, delimiter: Span, *, literal: bool, strip: bool) -> None:
        self.delimiter = delimiter
        self.literal = literal
        self.strip = strip
        self.body: Span = (0, 0)


class Redirect:
    """One redirection: `fd` as written ("" if not), the operator, the target word, the here-document if it is one."""

    __slots__ = ("fd", "heredoc", "op", "span", "target")

    def __init__(self, fd: str, op: str, target: Span, span: Span, heredoc: "Heredoc | None" = None) -> None:
        self.fd = fd
        self.op = op
        self.target = target
        self.span = span
        self.heredoc = heredoc


class Simple:
    """A simple command: assignments before it, words, redirections."""

    __slots__ = ("assignments", "redirects", "span", "words")

    def __init__(self, span: Span, assignments: list[Span], words: list[Span], redirects: list[Redirect]) -> None:
        self.span = span
        self.assignments = assignments
        self.words = words
        self.redirects = redirects


class Pipe:
    """Commands joined by | or |&; each runs in a shell of its own. negated: a `!` stands before them."""

    __slots__ = ("negated", "parts", "span")

    def __init__(self, span: Span, parts: "list[Node]", *, negated: bool = False) -> None:
        self.span = span
        self.parts = parts
        self.negated = negated


class Sequence:
    """Commands with the operator that precedes each: "" for the first, then one of && || ; & and newline."""

    __slots__ = ("items", "span")

    def __init__(self, span: Span, items: "list[tuple[str, Node]]") -> None:
        self.span = span
        self.items = items


class Compound:
    """A compound command.

    kind: subshell, group, case, if, while, until, for, function.
    parts: (the reserved word before it, its list): ("if", test), ("then", list), ("do", list), ...
    name: the loop variable or the function. words: the words of `for NAME in WORDS`, None without `in`.
    patterns: of a case, for each part what its patterns are and what ends it (;; ;& ;;&).
    """

    __slots__ = ("kind", "name", "parts", "patterns", "redirects", "span", "words")

    def __init__(self, kind: str, span: Span, parts: "list[tuple[str, Node]]") -> None:
        self.kind = kind
        self.span = span
        self.parts = parts
        self.name: Span = (0, 0)
        self.words: list[Span] | None = None
        self.patterns: list[tuple[list[Span], str]] = []
        self.redirects: list[Redirect] = []


class Opaque:
    """A piece of the source that was recognised but is not read as commands: [[ ]], (( ))."""

    __slots__ = ("span",)

    def __init__(self, span: Span) -> None:
        self.span = span


class Unread:
    """A piece of the source that no front end could read, and why."""

    __slots__ = ("span", "why")

    def __init__(self, span: Span, why: str) -> None:
        self.span = span
        self.why = why


Node = Simple | Pipe | Sequence | Compound | Opaque | Unread


def background(items: "list[tuple[str, Node]]") -> None:
    """`a && b &`: the whole list before & runs in a shell of its own."""
    first = len(items) - 1
    while first > 0 and items[first][0] in ("&&", "||"):
        first -= 1
    if first < 0:
        return
    joiner, head = items[first]
    inner: list[tuple[str, Node]] = [("", head), *items[first + 1 :]]
    span = (head.span[0], items[-1][1].span[1])
    items[first:] = [(joiner, Pipe(span, [head if len(inner) == 1 else Sequence(span, inner)]))]
