"""Going through a program's tokens, and what is read in many places."""

from .tokens import Language, Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Node = tuple[Any, ...]

WORD_OPERATORS = frozenset("or xor and in instanceof".split())
PERL_OPERATORS = WORD_OPERATORS | frozenset("eq ne cmp lt gt le ge x".split())


class Cursor:
    """Goes through the tokens once."""

    def __init__(self, tokens: "list[Token]", language: Language) -> None:
        self.tokens = tokens
        self.language = language
        self.name = language.name
        self.i = 0
        self.inside = 0  # how many brackets: within them a line's end is nothing
        self.depth = self.steps = 0
        self.no_greater = 0  # awk: > is a redirection
        self.no_block = 0  # ruby: `do` belongs to the loop
        self.operators = PERL_OPERATORS if self.name == "perl" else WORD_OPERATORS
        self.closes = self.pairs()

    def pairs(self) -> "dict[int, int]":
        """Opening bracket -> its closing one."""
        stack: list[int] = []
        made: dict[int, int] = {}
        for index, token in enumerate(self.tokens):
            if token.kind != "op":
                continue
            if token.text in ("(", "[", "{"):
                stack.append(index)
            elif token.text in (")", "]", "}") and stack:
                made[stack.pop()] = index
        return made

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[min(self.i, len(self.tokens) - 1)]

    def peek(self, skip: int = 1) -> Token:
        """A token further on."""
        return self.tokens[min(self.i + skip, len(self.tokens) - 1)]

    def take(self) -> Token:
        """The next token, which is done with."""
        token = self.token
        if token.kind != "end":
            self.i += 1
        return token

    def at(self, *texts: str) -> bool:
        """Whether an operator or a word comes next."""
        return self.token.kind in ("op", "id") and self.token.text in texts

    def accept(self, *texts: str) -> bool:
        """Go past an operator or a word if it comes next."""
        if self.at(*texts):
            self.i += 1
            return True
        return False

    def ended(self) -> bool:
        """Whether a line's end ends the statement here."""
        return self.token.kind == "end" or (self.language.newlines and self.token.line and not self.inside)

    def hash_ahead(self) -> bool:
        """Whether { begins a hash: { key: or { } ; followed by =."""
        close = self.closes.get(self.i, -1)
        after = self.tokens[min(close + 1, len(self.tokens) - 1)] if close > 0 else None
        return self.name == "node" and after is not None and after.text == "=" and not after.line

    def target(self) -> "Node":
        """A variable of a loop or a parameter."""
        if self.token.kind in ("id", "var"):
            token = self.take()
            return ("var" if token.kind == "var" else "name", token.text)
        if self.at("[", "{", "("):
            return self.primary()
        self.i += 1
        return ("nothing",)

    def parameters(self) -> "list[Node]":
        """(a, b = 1, ...c), of which the types are gone past."""
        made: list[Node] = []
        if not self.at("("):
            while self.name == "ruby" and self.token.kind == "id" and not self.ended():
                made.append(self.target())
                self.accept(",")
            return made
        close = self.closes.get(self.i, len(self.tokens) - 1)
        self.i += 1
        level = 0
        fresh = True
        while self.i < close:
            token = self.token
            if fresh and (token.kind == "var" or (token.kind == "id" and self.name != "php") or self.at("{", "[")):
                made.append(self.target())
                fresh = False
                continue
            if token.kind == "op":
                if token.text in ("(", "[", "{"):
                    level += 1
                elif token.text in (")", "]", "}"):
                    level -= 1
                elif token.text == "," and not level:
                    fresh = True
            self.i += 1
        self.i = min(close + 1, len(self.tokens) - 1)
        return made

    # What the classes below define; it is needed in the ones before.

    def expressions(self) -> "Node":
        """Expressions with commas between them."""
        raise NotImplementedError

    def expression(self, least: float = 0) -> "Node":
        """An expression whose operators bind at least so much."""
        raise NotImplementedError

    def primary(self) -> "Node":
        """An operand without what follows it."""
        raise NotImplementedError

    def postfix(self, left: "Node") -> "Node":
        """An operand with what follows it."""
        raise NotImplementedError

    def hash(self) -> "Node":
        """{ key => value }."""
        raise NotImplementedError
