"""The front end over bashlex: its tree of a skeleton (scan.py) -> our own form.

bashlex builds its LALR tables when it is imported, which takes ten times as long as everything else. It does so in one
call, bashlex.yacc.yacc(), which is stood in for while the module is executed: the tables come from a cache, or are
built by bashlex's own yacc() and put there. The cache is marshalled values only, no code; it is sealed with the state's
key and names the Python and the very sources of bashlex that it was made from, so neither another version nor a forger
is ever believed.
"""

import marshal
import os
import sys
from _blake2 import blake2b
from _thread import allocate_lock

from onetree import sealed

from .deadline import Deadline
from .ends import is_name
from .form import Compound, Node, Opaque, Pipe, Redirect, Sequence, Simple, Span, Unread, Unreadable, background
from .plain import is_assignment
from .scan import Skeleton

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    Tree = Any  # a node of bashlex, whose attributes depend on its kind
    Module = Any

CACHE = "bashlex.cache"
FORMAT = 1
SOURCES = ("parser.py", "tokenizer.py", "yacc.py")  # what the tables and their use depend on
WORDS = 6000  # more than that many words take bashlex longer than the whole time budget

_loaded: "list[ModuleType]" = []
_one = allocate_lock()  # bashlex is imported in parts, and has one parser that keeps what it is reading


def read(source: str, made: Skeleton, state: str, deadline: Deadline) -> Sequence:
    """The form of a command line whose skeleton is given. Raises Unreadable."""
    if made.words > WORDS:
        raise Unreadable(f"more than {WORDS} words", 0, len(source))
    bashlex = _bashlex(state)
    items: list[tuple[str, Node]] = []
    at, end = _after_white(made.text, 0), len(source)
    while at < end:
        if deadline.passed():
            raise Unreadable("out of time", at, end)
        # Each top-level statement is one call, as bashlex.parse() does it; the bodies of here-documents lie between.
        rest = made.text[at:]
        try:
            with _one:
                tree = bashlex.parsesingle(rest)
        except Unreadable:
            raise
        except Exception as e:  # whatever bashlex raises (five kinds were seen), it means that it cannot read it
            items.append(
                ("\n", Unread((at, end), f"bash would not understand it, or its reader here does not ({_reason(e)})"))
            )
            break
        if tree is None or not hasattr(tree, "pos"):
            break
        items.append(("\n" if items else "", _Reader(source, made, at).node(tree)))
        at = _after_white(made.text, at + tree.pos[1])
    return Sequence((0, end), items)


def _reason(e: Exception) -> str:
    text = str(e).partition("\n")[0]
    return text[:80] or type(e).__name__


def _after_white(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\n":
        at += 1
    return at


class _Reader:
    """Converts one tree whose text begins at `base` of the source."""

    def __init__(self, source: str, made: Skeleton, base: int) -> None:
        self.source = source
        self.made = made
        self.base = base

    def span(self, node: "Tree") -> Span:
        return node.pos[0] + self.base, node.pos[1] + self.base

    def node(self, node: "Tree") -> Node:
        kind = node.kind
        if kind == "command":
            return self.simple(node)
        if kind == "list":
            return self.sequence(node)
        if kind == "pipeline":
            parts = [self.node(part) for part in node.parts if part.kind not in ("pipe", "reservedword")]
            # `time` and `coproc` are put as `!` (scan.py): the source says which it was.
            marks = [self.source[self.span(part)[0]] for part in node.parts if part.kind == "reservedword"]
            negated = marks.count("!") % 2 == 1
            return parts[0] if len(parts) == 1 and not negated else Pipe(self.span(node), parts, negated=negated)
        if kind == "compound":
            return self.compound(node)
        if kind == "function":
            made = Compound("function", self.span(node), [("body", self.node(node.body))])
            made.name = self.span(node.name)
            return made
        raise Unreadable(f"bashlex's {kind} is not known here", *self.span(node))

    def sequence(self, node: "Tree") -> Sequence:
        items: list[tuple[str, Node]] = []
        joiner = ""
        for part in node.parts:
            if part.kind == "operator":
                joiner = part.op
                if joiner == "&":
                    background(items)
            else:
                items.append((joiner if items else "", self.node(part)))
        return Sequence(self.span(node), items)

    def simple(self, node: "Tree") -> Node:
        start, end = self.span(node)
        words: list[Span] = []
        assignments: list[Span] = []
        redirects: list[Redirect] = []
        for part in node.parts:
            span = self.span(part)
            if part.kind == "redirect":
                redirects.append(self.redirect(part))
                word = words[-1] if words else assignments[-1] if assignments else (0, 0)
                if word[1] == span[0] and self.is_descriptor(word) and not redirects[-1].fd:  # {name}>file
                    redirects[-1].fd = self.source[slice(*words.pop())]
            elif not words and is_assignment(self.source[slice(*span)]):
                assignments.append(span)
            else:
                words.append(span)
        if start in self.made.masked and not redirects:
            return Opaque(self.made.masked[start])
        return Simple((start, end), assignments, words, redirects)

    def is_descriptor(self, word: Span) -> bool:
        text = self.source[slice(*word)]
        return text[:1] == "{" and text[-1:] == "}" and is_name(text[1:-1])

    def redirect(self, node: "Tree") -> Redirect:
        span = self.span(node)
        fd = "" if node.input is None else str(node.input)
        target = span[1] - len(str(node.output)), span[1]  # of a number or "-" bashlex gives the value only
        if hasattr(node.output, "pos"):
            target = self.span(node.output)
        found = self.made.heredocs.get(target[0] - 1)
        if found and node.type == "<":
            return Redirect(fd, "<<", found.delimiter, span, found)
        return Redirect(fd, node.type, target, span)

    def compound(self, node: "Tree") -> Compound:
        first = node.list[0]
        if first.kind == "reservedword":
            kind = "subshell" if first.word == "(" else "group"
            if self.span(first)[0] in self.made.cases:
                kind = "case"
            parts = [(kind, self.node(part)) for part in node.list if part.kind != "reservedword"]
            made = Compound(kind, self.span(node), parts)
            if kind == "case":
                take_word(made, self.made)
        else:
            made = self.keyword(first)
        made.redirects = [self.redirect(part) for part in node.redirects]
        made.span = self.span(node)
        return made

    def keyword(self, node: "Tree") -> Compound:
        """`if`, `while`, `until` and `for`: each list with the reserved word before it."""
        made = Compound(node.kind, self.span(node), [])
        word = ""
        for part in _flat(node.parts):
            if part.kind == "reservedword":
                word = part.word
                if word == "in":
                    made.words = []
            elif part.kind == "word":
                if made.words is None:
                    made.name = self.span(part)
                else:
                    made.words.append(self.span(part))
            elif part.kind != "operator":
                made.parts.append((word, self.node(part)))
        return made


def take_word(case: Compound, made: Skeleton) -> None:
    """The skeleton of a case is `{ : WORD ; LISTS }`: take the word out, and part the lists at their patterns."""
    body = case.parts[0][1]
    first = body.items.pop(0)[1] if isinstance(body, Sequence) else None
    if not isinstance(first, Simple) or not isinstance(body, Sequence):
        raise Unreadable("a case without its word", *case.span)
    case.words = first.words[1:]
    case.patterns = made.cases[case.span[0]]
    case.parts = []
    starts = [patterns[0][0] for patterns, _ in case.patterns]
    items, at = _flat_items(body.items), 0
    for start, end in zip(starts, [*starts[1:], case.span[1]], strict=False):
        begin = at
        while at < len(items) and items[at][1].span[0] < end:
            at += 1
        case.parts.append(("in", Sequence((start, end), items[begin:at])))


def _flat_items(items: "list[tuple[str, Node]]") -> "list[tuple[str, Node]]":
    """A sequence in a sequence is one sequence."""
    made: list[tuple[str, Node]] = []
    for joiner, node in items:
        if isinstance(node, Sequence):
            inner = _flat_items(node.items)
            made.extend([(joiner, inner[0][1]), *inner[1:]] if inner else [])
        else:
            made.append((joiner, node))
    return made


def _flat(parts: "list[Any]") -> "list[Any]":
    """Bashlex nests each elif in a list of its own, the second one as the text of a reserved word."""
    made = []
    for part in parts:
        if isinstance(part, list):
            made.extend(_flat(part))
        elif part.kind == "reservedword" and isinstance(part.word, list):
            made.extend(_flat(part.word))
        else:
            made.append(part)
    return made


def _bashlex(state: str) -> "ModuleType":
    with _one:
        if not _loaded:
            _loaded.append(_load(state))
        return _loaded[0]


def _load(state: str) -> "ModuleType":
    """Import bashlex with its tables from the cache in `state` ("" for none), or build and store them."""
    loaded = sys.modules.get("bashlex")
    if loaded is not None:
        return loaded
    # Not importlib.util, which costs a third as much as starting Python: this is what it does.
    import _frozen_importlib

    spec = None
    for finder in sys.meta_path:
        spec = spec or finder.find_spec("bashlex", None)
    if spec is None or spec.loader is None or not spec.submodule_search_locations:
        raise Unreadable("bashlex is not installed")
    signature = _signature(spec.submodule_search_locations[0])
    path = os.path.join(state, CACHE) if state else ""
    tables = _fetch(path, state, signature)

    package = _frozen_importlib.module_from_spec(spec)
    sys.modules["bashlex"] = package
    try:
        yacc = _yacc(builds=tables is None)
        build = yacc.yacc
        yacc.yacc = _stand_in(yacc, build, tables, path, state, signature)
        try:
            spec.loader.exec_module(package)
        finally:
            yacc.yacc = build
    except BaseException:
        del sys.modules["bashlex"]
        raise
    return package


def _yacc(*, builds: bool) -> "Module":
    """Import bashlex.yacc. It needs `inspect` to build tables only, and that module costs more than all the rest."""
    absent = not builds and "inspect" not in sys.modules
    if absent:
        sys.modules["inspect"] = type(sys)("inspect")
    try:
        from bashlex import yacc
    finally:
        if absent:
            del sys.modules["inspect"]
    return yacc


def _signature(folder: str) -> bytes:
    """What the tables depend on: the format, this Python, and bashlex's sources to the byte."""
    digest = blake2b(f"{FORMAT} {sys.hexversion:x}".encode(), digest_size=16)
    for name in SOURCES:
        with open(os.path.join(folder, name), "rb") as f:
            digest.update(blake2b(f.read()).digest())
    return digest.digest()


def _fetch(path: str, state: str, signature: bytes) -> "tuple[Any, Any, Any] | None":
    if not path:
        return None
    try:
        data = sealed.fetch(path, state)
    except OSError:
        return None
    if data is None or data[: len(signature)] != signature:
        return None
    made = marshal.loads(data[len(signature) :])  # noqa: S302 - sealed, and marshal yields values, never calls
    return made if isinstance(made, tuple) and len(made) == 3 else None


class _Rule:
    """One production, as far as bashlex's LRParser uses it."""

    __slots__ = ("callable", "len", "name", "str")

    def __init__(self, name: str, length: int, text: str, call: "Callable[..., Any] | None") -> None:
        self.name = name
        self.len = length
        self.str = text
        self.callable = call


class _Tables:
    """What LRParser takes: as bashlex.yacc.LRTable, but filled from the cache."""

    __slots__ = ("lr_action", "lr_goto", "lr_productions")

    def __init__(self, tables: "tuple[Any, Any, Any]", functions: "dict[str, Any]") -> None:
        self.lr_action, self.lr_goto, rules = tables
        self.lr_productions = [_Rule(name, n, text, functions.get(func)) for name, n, text, func in rules]


def _stand_in(
    yacc: "Module",
    build: "Callable[..., Any]",
    tables: "tuple[Any, Any, Any] | None",
    path: str,
    state: str,
    sign: bytes,
) -> "Callable[..., Any]":
    """What bashlex/parser.py calls as yacc.yacc(): its globals hold the grammar's functions."""

    def stand_in(**_: object) -> "Module":
        functions = vars(sys.modules["bashlex.parser"])
        if tables is not None:
            return yacc.LRParser(_Tables(tables, functions), functions["p_error"])
        parser = build(module=sys.modules["bashlex.parser"], debug=False)
        if path:
            rules = [(rule.name, rule.len, rule.str, rule.func or "") for rule in parser.productions]
            action = {number: dict(row) for number, row in parser.action.items()}
            goto = {number: dict(row) for number, row in parser.goto.items()}
            try:
                sealed.store(path, state, sign + marshal.dumps((action, goto, rules)))
            except OSError:
                pass  # the next process builds them again: slower, and nothing else
        return parser

    return stand_in
