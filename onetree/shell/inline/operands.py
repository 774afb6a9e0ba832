"""The operands of a program's expressions: names, calls, members, elements, functions, lists."""

from .statements import MODIFIERS, Statements
from .tokens import Reader, Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cursor import Node

PRECEDENCE = {
    "or": 1, "xor": 1, "and": 2, "=": 4, "?": 5, "..": 6, "...": 6, "||": 7, "//": 7, "??": 7, "&&": 8, "|": 9, "^": 9,
    "&": 10, "==": 11, "!=": 11, "===": 11, "!==": 11, "eq": 11, "ne": 11, "<=>": 11, "cmp": 11, "=~": 11, "!~": 11,
    "~": 11, "~=": 11, "<": 12, ">": 12, "<=": 12, ">=": 12, "lt": 12, "gt": 12, "le": 12, "ge": 12, "in": 12,
    "instanceof": 12, "<<": 14, ">>": 14, "+": 15, "-": 15, ".": 15, "*": 16, "/": 16, "%": 16, "x": 16, "**": 18,
}  # fmt: skip  # fmt: skip
JOINED = 13.5  # awk's concatenation, which has no operator
STOPS = frozenset("if unless while until for foreach rescue and or then do end else elsif elseif in".split())
BLOCK_FIRST = frozenset("map grep sort first any all none try catch finally".split())
OUTPUT = ("print", "printf", "say")
KNOWN_AWK = frozenset(
    "system close substr length index split sub gsub match sprintf tolower toupper gensub fflush int rand srand "
    "sin cos atan2 exp log sqrt strftime systime print printf".split()
)


class Operands(Statements):
    """An operand with all that belongs to it."""

    def string(self, kind: str, token: Token) -> "Node":
        """A string whose interpolations are parsed."""
        made: list[object] = []
        for part in token.parts:
            if isinstance(part, str):
                made.append(part)
            else:
                inner = type(self)(Reader(part[1], self.language).tokens(), self.language)
                inner.depth = self.depth
                found = inner.all()
                made.append(found[0] if len(found) == 1 else ("do", found))
        return (kind, made)

    def items(self, closer: str) -> "list[Node]":
        """Expressions up to the closing bracket; a: b and a => b at the end are one hash."""
        made: list[Node] = []
        pairs: list[tuple[Node, Node]] = []
        outer = self.no_greater, self.no_block
        self.inside += 1
        self.no_greater = self.no_block = 0
        while self.token.kind != "end" and not self.at(closer):
            before = self.i
            if self.accept(","):
                if self.name == "node" and self.tokens[before - 1].text in ("[", ","):
                    made.append(("nothing",))  # [, second]
                continue
            key = self.key()
            if key is not None:
                pairs.append((key, self.expression(PRECEDENCE["="])))
                continue
            item = self.expression()
            if self.accept("=>"):
                value = self.expression(PRECEDENCE["="])
                if self.name == "perl":
                    made.extend((("str", [item[1]]) if item[0] == "name" else item, value))
                else:
                    pairs.append((item, value))
                continue
            while self.name == "perl" and self.at(*MODIFIERS):
                self.i += 1
                self.expression()
            if self.name == "perl" or not self.at("for"):
                made.append(item)
            if self.i == before:
                self.i += 1
        self.accept(closer)
        self.inside -= 1
        self.no_greater, self.no_block = outer
        if pairs:
            made.append(("hash", pairs))
        return made

    def key(self) -> "Node | None":
        """A key with a colon (ruby, php): it is gone past."""
        token, follows = self.token, self.peek()
        if (
            self.name in ("ruby", "php")
            and token.kind in ("id", "str")
            and follows.text == ":"
            and follows.kind == "op"
            and not follows.space
        ):
            self.i += 2
            return ("str", [token.text] if token.kind == "id" else token.parts[:1])
        return None

    def named(self, token: Token) -> "Node":
        """An operand that begins with a name."""
        name = token.text
        if name in ("function", "sub", "fn", "lambda", "proc") and (self.at("(", "{", "*", "do", "|") or name == "fn"):
            self.accept("*")
            if name in ("lambda", "proc"):
                return ("func", self.bars(), self.until_close())
            parameters = self.parameters()
            if self.accept("use"):
                self.parameters()
            while self.name == "php" and self.accept(":", "?"):
                self.take()
            if name == "fn":
                self.accept("=>")
                return ("func", parameters, [("return", self.expression(PRECEDENCE["="]))])
            if self.name == "r" or (self.language.ends and self.name != "lua"):
                return ("func", parameters, self.body())
            return ("func", parameters, self.body())
        if name == "async" and self.at("(", "function"):
            return self.primary()
        if name == "function" and self.token.kind == "id":
            self.take()
            return ("func", self.parameters(), self.body())
        if name in OUTPUT and self.name in ("perl", "awk"):
            return self.output(name)
        if name in ("if", "unless", "case", "begin", "do", "while", "until") and (
            self.name in ("ruby", "julia", "r") or (name == "do" and self.name == "perl")
        ):
            self.i -= 1
            made = getattr(self, "on_" + name)()
            return made if made is not None else ("nothing",)
        if name == "getline" and self.name == "awk":
            if self.token.kind == "id" and not self.token.line:
                self.target()
            return ("getline", self.expression(JOINED), False) if self.accept("<") else ("getline", None, False)
        if name == "eval" and self.at("{"):
            return ("try", self.braces(), [])
        if name in BLOCK_FIRST and self.name == "perl" and (self.at("{") or (self.at("(") and self.peek().text == "{")):
            closing = self.accept("(")
            block = ("func", [("var", "$_")], self.braces())
            self.accept(",")
            rest = self.arguments()
            if closing:
                self.accept(")")
            return ("call", ("name", name), [block, *rest], None)
        return ("name", name)

    def until_close(self) -> "list[Node]":
        """The rest of a block whose opening is gone past."""
        closer = "end" if self.tokens[min(self.i, len(self.tokens)) - 1].text == "do" else "}"
        made = self.until("end", "}")
        self.accept(closer)
        return made

    def bars(self) -> "list[Node]":
        """{ |a, b| or do |a, b|: the parameters; the opening is gone past."""
        self.accept("{", "do")
        made: list[Node] = []
        if self.accept("||"):
            return made
        if self.accept("|"):
            while self.token.kind != "end" and not self.accept("|"):
                if self.at("("):
                    self.i += 1
                    inner = []
                    while self.token.kind != "end" and not self.accept(")"):
                        if self.token.kind == "id":
                            inner.append(("name", self.token.text))
                        self.i += 1
                    made.append(("list", inner))
                    continue
                if self.token.kind == "id":
                    made.append(("name", self.token.text))
                self.i += 1
        return made

    def output(self, name: str) -> "Node":
        """Print and its like, in perl with the handle, in awk with the redirection."""
        parens = self.at("(") and (self.name == "perl" or self.print_list())
        close = self.closes.get(self.i, len(self.tokens) - 1)
        if parens:
            self.i += 1
        handle: Node | None = None
        if self.name == "perl":
            token, follows = self.token, self.peek()
            if self.at("{"):
                handle = ("do", self.braces())
            elif token.kind == "id" and token.text.isupper() and follows.text not in ("(", ",", "->", "."):
                handle = ("name", self.take().text)
            elif (
                token.kind == "var"
                and token.text[0] == "$"
                and follows.space
                and (
                    follows.kind in ("str", "var", "num")
                    or (follows.kind == "id" and follows.text not in self.operators and follows.text not in MODIFIERS)
                )
            ):
                handle = ("var", self.take().text)
        outer = self.no_greater
        self.no_greater = int(self.name == "awk" and not parens)
        arguments = self.arguments()
        self.no_greater = outer
        if parens:
            self.i = max(self.i, min(close + 1, len(self.tokens) - 1))
        if self.name == "awk" and self.at(">", ">>", "|", "|&"):
            operator = self.take().text
            self.no_greater += 1
            made = ("output", name, ("to", operator, self.expression(JOINED - 0.4)), arguments)
            self.no_greater -= 1
            return made
        return ("output", name, handle, arguments)

    def print_list(self) -> bool:
        """Whether awk's print (a, b) has all its arguments in parentheses: nothing but a redirection follows."""
        close = self.closes.get(self.i, -1)
        follows = self.tokens[min(close + 1, len(self.tokens) - 1)] if close > 0 else None
        return follows is not None and (
            follows.text in (";", "}", ">", ">>", "|", "") or follows.line or follows.kind == "end"
        )

    def arguments(self) -> "list[Node]":
        """Arguments without parentheses, up to the end of the statement."""
        made: list[Node] = []
        pairs: list[tuple[Node, Node]] = []
        while self.token.kind != "end" and not self.at(
            ";", "}", ")", "]", *MODIFIERS, "and", "or", "do", "end", "then"
        ):
            before = self.i
            if self.no_greater and self.at(">", ">>", "|"):
                break
            if self.ended() and not (made and self.tokens[min(self.i, len(self.tokens)) - 1].text == ","):
                break
            key = self.key()
            if key is not None:
                pairs.append((key, self.expression(PRECEDENCE["="])))
            else:
                item = self.expression(3)
                if self.accept("=>"):
                    value = self.expression(PRECEDENCE["="])
                    if self.name == "perl":
                        made.extend((("str", [item[1]]) if item[0] == "name" else item, value))
                    else:
                        pairs.append((item, value))
                else:
                    made.append(item)
            if not self.accept(",") or self.i == before:
                break
        if pairs:
            made.append(("hash", pairs))
        return made

    def begins_argument(self) -> bool:
        """Whether a name is followed by arguments without parentheses (perl, ruby)."""
        token = self.token
        if self.name == "lua":
            return token.kind == "str"
        if self.name == "php":
            before = self.tokens[min(self.i, len(self.tokens)) - 1].text
            return token.kind in ("str", "var", "cmd", "num", "id") and before in (
                "echo", "print", "include", "require", "include_once", "require_once", "exit", "die",
            )  # fmt: skip
        if self.name not in ("perl", "ruby") or not token.space or token.line:
            return bool(self.name == "perl" and token.kind in ("str", "words", "var", "readline") and not token.line)
        if token.kind in ("str", "num", "words", "cmd", "regex", "readline", "subst"):
            return True
        if token.kind == "var":
            return not (self.name == "perl" and token.text[0] in "%&")
        if token.kind == "id":
            return token.text not in STOPS and token.text not in self.operators and token.text not in MODIFIERS
        if token.text in ("[", "*", "-", "&", ":"):
            return self.name == "ruby" and not self.peek().space
        return token.text in ("\\", "@*", "$*") or (token.text == "->" and self.name == "ruby")

    def postfix(self, left: "Node") -> "Node":
        """What follows an operand: calls, members, elements."""
        while True:
            token = self.token
            if token.kind == "op" and token.text in (".", "?.", "&.", "->", "::", ":") and self.member(token):
                self.take()
                follows = self.token
                if follows.text in ("(", "[", "{") and follows.kind == "op" and token.text in ("->", "?."):
                    if follows.text == "(":
                        self.take()
                        left = ("call", left, self.items(")"), None)
                    else:
                        left = self.element(left)
                    continue
                if follows.kind in ("id", "var") or (False):
                    self.take()
                    left = ("attr", left, follows.text)
                    left = self.maybe_call(left)
                    continue
                if follows.text == "(" and token.text == ".":
                    self.take()
                    left = ("call", left, self.items(")"), None)
                    continue
                return left
            if (
                token.kind == "op"
                and token.text == "("
                and not (token.line and self.language.newlines and not self.inside)
            ):
                if left[0] in ("str", "num") or (token.line and self.name == "node" and left[0] == "func"):
                    return left
                if self.name == "awk" and (left[0] != "name" or (token.space and left[1] not in KNOWN_AWK)):
                    return left
                self.take()
                left = ("call", left, self.items(")"), self.block())
            elif (
                token.kind == "op"
                and token.text == "["
                and not token.line
                and not (token.space and self.name == "ruby")
            ) or (
                token.kind == "op"
                and token.text == "{"
                and self.name == "perl"
                and not token.space
                and left[0] in ("var", "index", "deref")
            ):
                left = self.element(left)
            elif token.kind == "op" and token.text in ("++", "--"):
                if token.line and self.name != "node":
                    return left
                self.take()
                left = ("post", token.text[0], left)
            elif (
                token.kind == "op"
                and token.text == "!"
                and self.name == "node"
                and not token.space
                and self.peek().text in (".", ")", ";", "[")
            ):
                self.take()
            elif left[0] == "name":
                called = self.maybe_call(left)
                if called is left:
                    return left
                left = called
            elif (
                token.kind == "str"
                and token.text == "`"
                and self.name == "node"
                and left[0] == "attr"
                and not token.space
            ):
                made = self.string("str", self.take())  # String.raw`...`
                left = made
            elif self.name == "ruby" and left[0] in ("attr", "call") and (block := self.block()) is not None:
                left = ("call", left, [], block) if left[0] == "attr" else (*left[:3], block)
            else:
                return left

    def member(self, token: Token) -> bool:
        """Whether . or -> here gets a member, rather than joining strings."""
        if token.text == ".":
            return self.name not in ("perl", "php", "awk") and (
                not token.line or self.inside > 0 or self.name in ("node", "ruby")
            )
        if token.text == ":":
            follows = self.peek()
            return self.name == "lua" and follows.kind == "id" and not token.space
        return not (token.text == "->" and self.name in ("julia", "ruby", "r", "node"))

    def element(self, left: "Node") -> "Node":
        """[key] or {key}."""
        opener = self.take().text
        token, follows = self.token, self.peek()
        if opener == "{" and token.kind == "id" and follows.text == "}":
            self.i += 2
            return ("index", left, ("str", [token.text]))
        items = self.items("]" if opener == "[" else "}")
        return ("index", left, items[0] if len(items) == 1 else ("list", items))

    def block(self) -> "Node | None":
        """A ruby block after a call, julia's do."""
        if self.name == "julia" and self.at("do") and not self.no_block:
            self.take()
            parameters = []
            while self.token.kind == "id" and not self.token.line:
                parameters.append(self.target())
                self.accept(",")
            made = self.until("end")
            self.accept("end")
            return ("func", parameters, made)
        if self.name != "ruby" or self.token.line:
            return None
        if self.at("{"):
            return ("func", self.bars(), self.until_close())
        if self.at("do") and not self.no_block:
            parameters = self.bars()
            made = self.until("end", "rescue", "ensure")
            while self.at("rescue", "ensure"):
                self.i += 1
                made += self.until("end", "rescue", "ensure")
            self.accept("end")
            return ("func", parameters, made)
        return None

    def maybe_call(self, left: "Node") -> "Node":
        """A name with arguments that are not in parentheses, or with a block."""
        token = self.token
        if token.kind == "op" and token.text == "(":
            return left
        if self.begins_argument() and not (left[0] == "name" and left[1] in self.operators):
            if self.name == "lua":
                return ("call", left, [self.string("str", self.take())], None)
            return ("call", left, self.arguments(), self.block())
        block = self.block()
        if block is not None:
            return ("call", left, [], block)
        return left
