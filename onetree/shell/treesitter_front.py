"""The front end over tree-sitter-bash: its tree of a skeleton (scan.py) -> our own form.

It reads what bashlex rejects, what is too long for bashlex, and everything where bashlex is not installed. What it
would misread is taken from it first: a word or a redirection becomes letters, and a redirection after a compound
command, `!` and `in` without words become blanks. So only compound commands and what separates commands are read from
its tree: its own precedence of | over && is not bash's, and is not used. An ERROR or MISSING node means unread.
"""

from .bashlex_front import take_word
from .deadline import Deadline
from .ends import BREAK, is_name
from .form import Compound, Node, Opaque, Pipe, Redirect, Sequence, Simple, Span, Unreadable, background
from .plain import is_assignment
from .scan import CLOSERS, OPENERS, Skeleton

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Tree = Any  # tree_sitter.Node
    Parser = Any

REDIRECTIONS = ("&>>", "<<<", "&>", "<&", "<>", ">>", ">&", ">|", "<", ">")
LISTS = ("list", "pipeline", "program")
CLAUSES = ("elif_clause", "else_clause", "do_group")

_parsers: "list[Parser]" = []


def read(source: str, made: Skeleton, deadline: Deadline) -> Sequence:
    """The form of a command line whose skeleton is given. Raises Unreadable."""
    tokens = _Tokens(source, made)
    root = _parsed("".join(tokens.text).encode(), deadline)
    if root is None or deadline.passed():
        raise Unreadable("out of time", 0, len(source))
    if root.has_error:
        wrong = _first_error(root)
        raise Unreadable("bash would not understand it, or its readers here do not", wrong.start_byte, wrong.end_byte)
    return _Reader(source, made, tokens).sequence(root.children, (0, len(source)))


def _parsed(data: bytes, deadline: Deadline) -> "Tree | None":
    """The tree's root, None at the deadline: what it takes to get over errors grows with their number squared."""
    parser = _parser()
    try:
        return parser.parse(
            lambda at, _: data[at : at + 65536], progress_callback=lambda *_: deadline.passed()
        ).root_node
    except ValueError:  # it was stopped
        parser.reset()
        return None


def _parser() -> "Parser":
    if not _parsers:
        try:
            import tree_sitter
            from tree_sitter_bash import language
        except ImportError:
            raise Unreadable("tree-sitter-bash is not installed") from None
        _parsers.append(tree_sitter.Parser(tree_sitter.Language(language())))
    return _parsers[0]


def _first_error(node: "Tree") -> "Tree":
    while not node.is_error and not node.is_missing:
        inner = next((child for child in node.children if child.has_error), None)
        if inner is None:
            break
        node = inner
    return node


class _Tokens:
    """One pass over a skeleton.

    words: where each begins -> its end. redirects: where each begins -> it. trailing: where a compound command ends ->
    the redirections after it. negated: where the commands after a `!` begin. text: what is left for the parser.
    """

    def __init__(self, source: str, made: Skeleton) -> None:
        self.source = source
        self.made = made
        self.skeleton = made.text
        self.text = list(made.text)
        self.words: dict[int, int] = {}
        self.redirects: dict[int, Redirect] = {}
        self.trailing: dict[int, list[Redirect]] = {}
        self.negated: set[int] = set()
        self.scan()

    def scan(self) -> None:  # noqa: PLR0915 - one pass, read from top to bottom
        text, n, i = self.skeleton, len(self.skeleton), 0
        start = True  # a command may begin here
        closed = 0  # where a compound command ended, if nothing but redirections came after it
        loop = 0  # words since a `for`
        while i < n:
            end = self.word_end(i)
            found = self.redirection(i, end)
            if found:
                if closed:
                    self.trailing.setdefault(closed, []).append(found)
                    self.fill(*found.span, " ")
                else:
                    self.redirects[i] = found
                    self.fill(*found.span, "w")
                    start = False
                i = found.span[1]
            elif end > i:
                word = text[i:end]
                loop = loop and loop + 1
                if loop > 2 and word in ("in", "do") and loop < 4:
                    if word == "in" and self.blanks(end) < n and text[self.blanks(end)] in ";\n":
                        self.fill(i, end, " ")
                    start, loop = word == "do", 0
                elif start and word == "!":
                    self.fill(i, end, " ")
                    if (self.source[i] == "!") != (i in self.negated):
                        self.negated.add(self.blanks(end))
                elif (start or closed) and word in OPENERS:
                    self.part(i, closed)
                    start = True
                elif (start or closed) and word in CLOSERS:
                    self.part(i, closed)
                    start, closed = False, end
                    i = end
                    continue
                elif start and word in ("for", "function"):
                    start, loop = word == "function", int(word == "for")
                    if word == "function":
                        end = self.blanks(end)
                        end = self.word_end(end)
                else:
                    self.words[i] = end
                    self.fill(i, end, "w")
                    start = False
                if not loop:
                    closed = 0
                i = end
            elif text[i] in " \t":
                i += 1
            else:
                start = text[i] != ")" or self.is_function(i)
                closed = i + 1 if text[i] == ")" and not start else 0
                if text[i] in ";\n" and loop < 3:
                    start, loop = True, loop if loop == 2 else 0
                i += 1

    def part(self, i: int, closed: int) -> None:
        """`( a ) done`: the parser wants a separator before a reserved word."""
        if closed and self.text[i - 1] == " ":
            self.text[i - 1] = ";"

    def is_function(self, i: int) -> bool:
        """Whether the `)` at i is that of `name()`."""
        return self.skeleton[:i].rstrip(" \t")[-1:] == "("

    def word_end(self, i: int) -> int:
        text, n = self.skeleton, len(self.skeleton)
        while i < n and text[i] not in BREAK:
            i += 1
        return i

    def blanks(self, i: int) -> int:
        while i < len(self.skeleton) and self.skeleton[i] in " \t":
            i += 1
        return i

    def fill(self, start: int, end: int, letter: str) -> None:
        self.text[start:end] = letter * (end - start)

    def redirection(self, i: int, end: int) -> "Redirect | None":
        """The redirection at i, with the descriptor before its operator (i..end)."""
        operator = next((op for op in REDIRECTIONS if self.skeleton.startswith(op, end)), "")
        fd = self.source[i:end]
        if not operator or (fd and (operator[0] == "&" or not _is_descriptor(fd))):
            return None
        target = self.blanks(end + len(operator))
        after = self.word_end(target)
        document = self.made.heredocs.get(end)
        if document:
            return Redirect(fd, "<<", document.delimiter, (i, after), document)
        if after == target:
            raise Unreadable("a redirection without its word", i, target)
        return Redirect(fd, operator, (target, after), (i, after))


def _is_descriptor(word: str) -> bool:
    return (word.isascii() and word.isdigit()) or (word[0] == "{" and word[-1] == "}" and is_name(word[1:-1]))


class _Reader:
    def __init__(self, source: str, made: Skeleton, tokens: _Tokens) -> None:
        self.source = source
        self.made = made
        self.tokens = tokens

    def sequence(self, nodes: "list[Tree]", span: Span) -> Sequence:
        """Statements with what joins them, by bash's precedence whatever the tree's."""
        items: list[tuple[str, Node]] = []
        parts: list[Node] = []
        joiner = before = ""  # what precedes the pipeline being read; the last separator
        first = 0

        def finish(separator: str) -> None:
            nonlocal joiner
            if parts:
                whole = (parts[0].span[0], parts[-1].span[1])
                negated = first in self.tokens.negated
                made = parts[0] if len(parts) == 1 and not negated else Pipe(whole, parts[:], negated=negated)
                items.append((joiner if items else "", made))
                parts.clear()
                joiner = separator
            if separator == "&":
                background(items)

        for node in _opened(nodes):
            if node.is_named:
                if before != "|":
                    finish("\n")  # a newline is not always a node
                first = first if parts else node.start_byte
                parts.append(self.node(node))
                before = ""
            elif node.type in ("|", "|&"):
                before = "|"
            elif node.type in ("&&", "||", ";", "&", "\n"):
                finish(node.type)
            else:
                raise Unreadable(f"{node.type} where bash takes none", *_span(node))
        finish("\n")
        return Sequence(span, items)

    def node(self, node: "Tree") -> Node:
        kind, span = node.type, _span(node)
        if kind in ("subshell", "compound_statement"):
            return self.block(node)
        if kind == "function_definition":
            body = node.child_by_field_name("body")
            made = Compound("function", span, [("body", self.node(body))])
            made.name = _span(node.child_by_field_name("name"))
            return made
        if kind == "for_statement":
            body = node.child_by_field_name("body")
            made = Compound("for", span, [("do", self.inner(body))])
            made.name = _span(node.child_by_field_name("variable"))
            if self.tokens.skeleton[self.tokens.blanks(made.name[1]) :].lstrip()[:2] == "in":
                made.words = [_span(word) for word in node.children_by_field_name("value")]
        elif kind in ("if_statement", "while_statement"):
            made = Compound(node.children[0].type, span, [])
            self.clauses(node, made)
        elif kind in ("command", "variable_assignment", "word", "test_command", "redirected_statement"):
            return self.simple(*span)
        else:
            raise Unreadable(f"tree-sitter-bash's {kind} is not known here", *span)
        made.redirects = self.tokens.trailing.get(node.end_byte, [])
        return made

    def block(self, node: "Tree") -> Compound:
        kind = "subshell" if node.type == "subshell" else "group"
        if node.start_byte in self.made.cases:
            kind = "case"
        made = Compound(kind, _span(node), [(kind, self.inner(node))])
        if kind == "case":
            take_word(made, self.made)
        made.redirects = self.tokens.trailing.get(node.end_byte, [])
        return made

    def inner(self, node: "Tree") -> Sequence:
        return self.sequence(
            [n for n in node.children if n.type not in ("{", "}", "(", ")", "do", "done")], _span(node)
        )

    def clauses(self, node: "Tree", made: Compound) -> None:
        """Part a node's children at the reserved words among them."""
        word = ""
        run: list[Any] = []
        for child in [*node.children, None]:
            kind = "" if child is None else child.type
            if kind and kind not in (*CLAUSES, "if", "then", "elif", "else", "fi", "while", "until"):
                run.append(child)
                continue
            if run and any(part.is_named for part in run):
                made.parts.append((word, self.sequence(run, (run[0].start_byte, run[-1].end_byte))))
            word, run = kind, []
            if child is not None and kind == "do_group":
                made.parts.append(("do", self.inner(child)))
            elif child is not None and kind in CLAUSES:
                self.clauses(child, made)

    def simple(self, start: int, end: int) -> Node:
        tokens = self.tokens
        found: list[Span] = []
        redirects: list[Redirect] = []
        i = start
        while i < end:
            if i in tokens.redirects:
                redirects.append(tokens.redirects[i])
                i = redirects[-1].span[1]
            elif i in tokens.words:
                found.append((i, tokens.words[i]))
                i = tokens.words[i]
            elif tokens.skeleton[i] in " \t":
                i += 1
            else:
                raise Unreadable("tree-sitter-bash takes two commands for one", i, end)
        if not found and not redirects:
            raise Unreadable("no command where bash wants one", start, end)
        count = 0
        while count < len(found) and is_assignment(self.source[slice(*found[count])]):
            count += 1
        if start in self.made.masked and not redirects:
            return Opaque(self.made.masked[start])
        return Simple((start, end), found[:count], found[count:], redirects)


def _opened(nodes: "list[Tree]") -> "list[Tree]":
    """Nodes with the lists and pipelines among them opened: they nest as deep as they are long."""
    made: list[Any] = []
    todo = list(reversed(nodes))
    while todo:
        node = todo.pop()
        if node.type in LISTS:
            todo.extend(reversed(node.children))
        else:
            made.append(node)
    return made


def _span(node: "Tree") -> Span:
    return node.start_byte, node.end_byte
