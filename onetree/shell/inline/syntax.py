"""The structure of a program's text: expressions and statements, as far as several languages have them in common.

A node is a tuple whose first item is its kind. What is not understood is gone past, one token at a time: a program that
is read here is not checked, and nothing in it may stop the reading.
"""

from .operands import JOINED, PRECEDENCE, STOPS, Operands
from .statements import DECLARATIONS, DEPTH
from .tokens import Language, Reader, Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cursor import Node

STEPS = 60000  # expressions of one text
ASSIGNMENTS = (
    "=",
    "+=",
    "-=",
    "*=",
    "/=",
    ".=",
    "%=",
    "|=",
    "&=",
    "^=",
    "**=",
    "||=",
    "&&=",
    "??=",
    "//=",
    "<<=",
    ">>=",
    "<-",
)
UNARY = frozenset("new await typeof void delete yield throw not defined ref".split())


def read(text: str, language: Language) -> "list[Node]":
    """A program's statements."""
    return Parser(Reader(text, language).tokens(), language).all()


class Parser(Operands):
    """Expressions, and the whole."""

    def expressions(self) -> "Node":
        """One expression, or several parted by commas as a list."""
        first = self.expression()
        if not self.at(",") or self.ended():
            return first
        made = [first]
        while self.accept(",", "=>"):
            if self.at(")", "]", "}", ";") or self.token.kind == "end":
                break
            made.append(self.expression())
        return ("list", made)

    def expression(self, least: float = 0) -> "Node":  # noqa: PLR0915 - one loop, read from top to bottom
        """An expression whose operators bind at least as strongly as `least`."""
        self.depth += 1
        try:
            self.steps += 1
            if self.depth > DEPTH or self.steps > STEPS:
                raise RecursionError
            left = self.unary()
            while True:
                token = self.token
                operator = token.text if token.kind == "op" or token.text in self.operators else ""
                if token.kind not in ("op", "id") or self.ended():
                    operator = ""
                if operator == "=>" and self.name == "node" and left[0] == "name":
                    self.take()
                    left = ("func", [left], self.arrow())
                    continue
                if operator == "->" and self.name == "julia" and left[0] in ("name", "list"):
                    self.take()
                    left = ("func", [left], [self.expression(4)])
                    continue
                if operator in ASSIGNMENTS and not (operator == "<-" and self.name != "r"):
                    if least > PRECEDENCE["="]:
                        return left
                    self.take()
                    value = self.expression(PRECEDENCE["="])
                    if self.at(",") and self.name == "ruby" and not self.inside and not self.ended():
                        items = [value]
                        while self.accept(","):
                            items.append(self.expression(PRECEDENCE["="]))
                        value = ("list", items)
                    left = ("set", "=" if operator == "<-" else operator, left, value)
                    continue
                strength = PRECEDENCE.get(operator, 0)
                if operator == "~" and self.name not in ("awk", "r"):
                    strength = 0
                if (self.no_greater and operator in (">", ">>")) or (operator == "|" and self.name == "awk"):
                    if operator == "|" and self.peek().text == "getline" and least < JOINED:
                        self.i += 2
                        if self.token.kind == "id" and self.token.text not in STOPS and not self.token.line:
                            self.target()
                        left = ("getline", left, True)
                        continue
                    return left
                if self.name == "awk" and not strength and self.joins(token):
                    if least >= JOINED:
                        return left
                    left = ("bin", ".", left, self.expression(JOINED + 0.1))
                    continue
                if not strength or strength < least or (operator == "=>" and self.name != "php"):
                    return left
                self.take()
                if operator == "?":
                    first = self.expression(PRECEDENCE["="])
                    self.accept(":")
                    left = ("cond", left, first, self.expression(PRECEDENCE["="]))
                elif operator == ".." and self.name == "lua":
                    left = ("bin", ".", left, self.expression(strength))
                elif operator == "-" and self.name == "r" and self.at(">"):
                    return left
                else:
                    left = ("bin", operator, left, self.expression(strength + 0.1))
        finally:
            self.depth -= 1

    def joins(self, token: Token) -> bool:
        """Whether an operand follows without an operator: awk's concatenation."""
        if token.line and not self.inside:
            return False
        return (
            token.kind in ("str", "num", "var")
            or (token.kind == "id" and token.text not in STOPS and token.text not in ("getline", "in"))
            or (token.kind == "op" and token.text in ("(", "$"))
        )

    def unary(self) -> "Node":
        """A prefix operator and its operand."""
        token = self.token
        if token.kind == "op":
            if token.text in ("!", "-", "+", "~", "\\", "++", "--", "...", "*", "&", "**", "@*", "$*", "%*", "@", ":"):
                self.take()
                if token.text in ("@*", "$*", "%*"):
                    if self.at("{"):
                        inner: Node = ("do", self.braces())
                    else:
                        inner = self.primary()
                    return self.postfix(("deref", token.text[0], inner))
                if (
                    token.text == "-"
                    and self.name == "perl"
                    and self.token.kind == "id"
                    and len(self.token.text) == 1
                    and not self.token.space
                ):
                    self.take()
                    if self.at(")", ";", "}") or self.token.kind == "end":
                        return ("nothing",)
                    return ("test", token.text, self.expression(17))
                if token.text == "&" and self.token.kind == "str":
                    return ("block-of", self.take().parts)
                return ("un", token.text, self.expression(17))
            if token.text == "$" and self.name == "awk":
                self.take()
                return ("field", self.unary_tight())
        elif token.kind == "id":
            if token.text in DECLARATIONS and self.peek().text not in ("=", ".", ",", ")"):
                self.take()
                made = self.expression(PRECEDENCE["="] + 0.5)
                if self.name == "node" and self.at(":") and not self.inside:
                    while self.token.kind != "end" and not self.at("=", ";"):
                        self.i += 1
                if self.name in ("node", "lua") and self.at("=", ","):
                    return self.declared(made)
                return made
            if token.text in UNARY and self.peek().text not in ("=", ".", ",", ")", "=>"):
                self.take()
                return ("un", token.text, self.expression(3 if token.text == "not" else 17))
        return self.primary()

    def declared(self, first: "Node") -> "Node":
        """Const a = 1, b = 2."""
        made: list[Node] = []
        while True:
            if self.accept("="):
                made.append(("set", "=", first, self.expression(PRECEDENCE["="])))
            if not self.at(",") or self.inside:
                break
            self.take()
            first = self.expression(PRECEDENCE["="] + 0.5)
        return made[0] if len(made) == 1 else ("do", made)

    def unary_tight(self) -> "Node":
        """The operand of awk's $."""
        if self.token.kind in ("num", "id"):
            token = self.take()
            return ("num", token.text) if token.kind == "num" else self.named(token)
        return self.unary()

    def primary(self) -> "Node":
        """An operand with what follows it directly."""
        token = self.take()
        if token.kind in ("str", "cmd"):
            made = self.string(token.kind, token)
            while self.name == "ruby" and token.kind == "str" and self.token.kind == "str" and not self.token.line:
                made = ("str", made[1] + self.string("str", self.take())[1])
            return self.postfix(made)
        if token.kind == "num":
            return self.postfix(("num", token.text))
        if token.kind == "words":
            return self.postfix(("list", [("str", [part]) for part in token.parts]))
        if token.kind == "regex":
            return self.postfix(("regex", token.text, str(token.parts[0])))
        if token.kind == "subst":
            return ("subst", token.text, *token.parts)
        if token.kind == "readline":
            return ("readline", token.text)
        if token.kind == "var":
            name = token.text
            if self.name == "perl" and name[0] == "$" and self.token.kind == "op" and not self.token.space:
                if self.token.text == "[":
                    name = "@" + name[1:]
                elif self.token.text == "{":
                    name = "%" + name[1:]
            return self.postfix(("var", name))
        if token.kind == "id":
            return self.postfix(self.named(token))
        if token.kind == "op":
            return self.bracketed(token)
        return ("nothing",)

    def bracketed(self, token: Token) -> "Node":
        """( ), [ ], { } where an operand is expected."""
        if token.text == "(":
            close = self.closes.get(self.i - 1, len(self.tokens) - 1)
            follows = self.tokens[min(close + 1, len(self.tokens) - 1)]
            if self.name == "node" and (follows.text == "=>" or (follows.text == ":" and self.arrow_after(close))):
                self.i -= 1
                parameters = self.parameters()
                while not self.accept("=>") and self.token.kind != "end":
                    self.i += 1
                return self.postfix(("func", parameters, self.arrow()))
            items = self.items(")")
            single = len(items) == 1 and self.name != "perl"
            return self.postfix(items[0] if single else ("list", items))
        if token.text == "[":
            return self.postfix(("array", self.items("]")))
        if token.text == "{":
            return self.postfix(self.hash())
        if token.text == "->" and self.name == "ruby":
            parameters = self.parameters()
            return ("func", parameters, self.ruby_block())
        return ("nothing",)

    def arrow_after(self, close: int) -> bool:
        """Whether (…): type => follows."""
        return any(t.text == "=>" for t in self.tokens[close + 1 : close + 6])

    def arrow(self) -> "list[Node]":
        """What an arrow function does."""
        if self.at("{"):
            return self.braces()
        return [("return", self.expression(PRECEDENCE["="]))]

    def ruby_block(self) -> "list[Node]":
        """{ } or do end."""
        if self.at("{"):
            return self.braces()
        self.accept("do")
        made = self.until("end")
        self.accept("end")
        return made

    def hash(self) -> "Node":
        """{ key: value, "key" => value, name, ...rest }."""
        pairs: list[tuple[Node, Node]] = []
        self.inside += 1
        outer = self.no_block, self.no_greater
        self.no_block = self.no_greater = 0
        while self.token.kind != "end" and not self.at("}"):
            before = self.i
            token = self.token
            if self.accept(",", ";"):
                continue
            follows = self.peek()
            if self.name == "lua" and follows.text != "=":
                value = self.expression()
                pairs.append((value, value, "item"))  # type: ignore[arg-type]
            elif token.kind in ("id", "str", "num", "var") and follows.text in (":", "=>", ",", "}", "=", "("):
                self.take()
                name: Node = ("str", [token.text])
                if token.kind == "str":
                    name = self.string("str", token)
                elif token.kind == "var":
                    name = ("var", token.text)
                if self.accept(":", "=>"):
                    pairs.append((name, self.expression(PRECEDENCE["="])))
                elif self.accept("="):
                    value = self.expression(PRECEDENCE["="])
                    pairs.append((name, value if self.name != "node" else ("name", token.text)))
                elif self.at("("):  # a method
                    parameters = self.parameters()
                    pairs.append((name, ("func", parameters, self.braces())))
                else:
                    pairs.append((name, ("name" if token.kind == "id" else "var", token.text)))
            else:
                value = self.expression()
                if self.accept("=>", ":", "="):
                    pairs.append((value, self.expression(PRECEDENCE["="])))
            if self.i == before:
                self.i += 1
        self.accept("}")
        self.inside -= 1
        self.no_block, self.no_greater = outer
        return ("hash", pairs)
