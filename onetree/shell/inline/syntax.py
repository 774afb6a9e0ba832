"""The structure of a program's text: expressions and statements, as far as several languages have them in common.

A node is a tuple whose first item is its kind. What is not understood is gone past, one token at a time: a program that
is read here is not checked, and nothing in it may stop the reading.
"""

from .tokens import Language, Reader, Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Node = tuple[Any, ...]

DEPTH = 60
STEPS = 60000  # expressions of one text
PRECEDENCE = {
    "or": 1, "xor": 1, "and": 2, "=": 4, "?": 5, "..": 6, "...": 6, "||": 7, "//": 7, "??": 7, "&&": 8, "|": 9, "^": 9,
    "&": 10, "==": 11, "!=": 11, "===": 11, "!==": 11, "eq": 11, "ne": 11, "<=>": 11, "cmp": 11, "=~": 11, "!~": 11,
    "~": 11, "~=": 11, "<": 12, ">": 12, "<=": 12, ">=": 12, "lt": 12, "gt": 12, "le": 12, "ge": 12, "in": 12,
    "instanceof": 12, "<<": 14, ">>": 14, "+": 15, "-": 15, ".": 15, "*": 16, "/": 16, "%": 16, "x": 16, "**": 18,
}  # fmt: skip
JOINED = 13.5  # awk's concatenation, which has no operator
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
WORD_OPERATORS = frozenset("or xor and in instanceof".split())
PERL_OPERATORS = WORD_OPERATORS | frozenset("eq ne cmp lt gt le ge x".split())
STOPS = frozenset("if unless while until for foreach rescue and or then do end else elsif elseif in".split())
MODIFIERS = ("if", "unless", "while", "until", "for", "foreach", "rescue")
DECLARATIONS = frozenset("my our local state const let var global static export async public private protected".split())
UNARY = frozenset("new await typeof void delete yield throw not defined ref".split())
BLOCK_FIRST = frozenset("map grep sort first any all none try catch finally".split())
OUTPUT = ("print", "printf", "say")
SKIPPED = frozenset("no package namespace declare interface type".split())


def read(text: str, language: Language) -> "list[Node]":
    """A program's statements."""
    return Parser(Reader(text, language).tokens(), language).all()


class Parser:
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

    # -- tokens --------------------------------------------------------------------------------------------------------

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

    # -- statements ----------------------------------------------------------------------------------------------------

    def all(self) -> "list[Node]":
        """All statements to the end."""
        made: list[Node] = []
        while self.token.kind != "end":
            before = self.i
            if self.at("}", ")", "]", "end"):
                self.i += 1
                continue
            made.append(self.statement())
            if self.i == before:
                self.i += 1
        return made

    def until(self, *words: str) -> "list[Node]":
        """Statements up to one of some words, which is left."""
        made: list[Node] = []
        self.i = min(self.i, len(self.tokens) - 1)
        outer = self.inside, self.no_greater, self.no_block
        self.inside = self.no_greater = self.no_block = 0
        while self.token.kind != "end" and not self.at(*words):
            before = self.i
            made.append(self.statement())
            if self.i == before:
                self.i += 1
        self.inside, self.no_greater, self.no_block = outer
        return made

    def braces(self) -> "list[Node]":
        """{ statements }."""
        self.accept("{")
        made = self.until("}")
        self.accept("}")
        return made

    def body(self, *ends: str) -> "list[Node]":
        """What a keyword governs: { }, one statement, or statements up to `end`."""
        if self.language.ends:
            self.accept("then", "do")
            made = self.until("end", *ends)
            if not ends or self.at("end"):
                self.accept("end")
            return made
        if self.at("{"):
            return self.braces()
        if self.accept(":"):  # php's other way
            made = self.until("endif", "endforeach", "endwhile", "endfor", "else", "elseif")
            self.accept("endif", "endforeach", "endwhile", "endfor")
            return made
        return [self.statement()]

    def statement(self) -> "Node":
        """One statement with what modifies it."""
        self.depth += 1
        try:
            if self.depth > DEPTH:
                raise RecursionError
            made = self.simple_statement()
            while self.at(*MODIFIERS) and self.name in ("perl", "ruby") and not self.token.line:
                word = self.take().text
                if word == "rescue":
                    made = ("try", [made], [self.expression()])
                    continue
                condition = self.expression()
                if word in ("for", "foreach"):
                    made = ("for", [("var", "$_")], condition, [made])
                elif word in ("while", "until"):
                    made = ("while", condition if word == "while" else ("un", "!", condition), [made])
                else:
                    made = ("if", [(condition if word == "if" else ("un", "!", condition), [made])], [])
            self.accept(";")
            return made
        finally:
            self.depth -= 1

    def simple_statement(self) -> "Node":
        """A statement by its first word."""
        token = self.token
        if token.kind == "id":
            handler = getattr(self, "on_" + token.text.lower(), None)
            follows = self.peek()
            if handler and not (follows.kind == "op" and follows.text in ("=", ".", "=>", ":", ",", ")")):
                made: Node | None = handler()
                if made is not None:
                    return made
            elif token.text in SKIPPED and self.name in ("perl", "php", "node"):
                while self.token.kind != "end" and not self.at(";", "{", "\n"):
                    self.i += 1
                return ("do", [])
        elif token.kind == "op" and token.text == "{" and self.name != "ruby" and not self.hash_ahead():
            return ("do", self.braces()) if self.name != "awk" else ("rule", None, self.braces())
        elif token.kind == "op" and token.text == ";":
            self.i += 1
            return ("do", [])
        made = self.expression()
        if self.name == "awk" and self.accept(","):
            self.expression()
            made = ("nothing",)  # a range: where it begins and ends is not followed
        if self.name == "awk" and not self.inside and self.at("{") and not self.token.line:
            return ("rule", made, self.braces())
        return made

    def condition(self) -> "Node":
        """What stands in parentheses, or up to the body."""
        if not self.language.ends and self.at("("):
            close = self.closes.get(self.i, len(self.tokens) - 1)
            self.i += 1
            self.inside += 1
            outer, self.no_greater = self.no_greater, 0
            inner = self.expressions()
            self.no_greater = outer
            self.inside -= 1
            self.i = max(self.i, min(close + 1, len(self.tokens) - 1))
            return inner
        self.no_block += 1
        made = self.expression()
        self.no_block -= 1
        return made

    def on_if(self) -> "Node":
        """If, and what hangs on it."""
        negated = self.take().text == "unless"
        ways: list[tuple[Node, list[Node]]] = []
        condition = self.condition()
        if negated:
            condition = ("un", "!", condition)
        otherwise: list[Node] = []
        ways.append((condition, self.body("else", "elsif", "elseif")))
        while True:
            if self.accept("elsif", "elseif") or (self.at("else") and self.peek().text == "if" and self.take_two()):
                condition = self.condition()
                ways.append((condition, self.body("else", "elsif", "elseif")))
            elif self.at(";") and self.peek().text == "else" and self.name == "awk":
                self.i += 1
            elif self.accept("else"):
                otherwise = self.body()
                break
            else:
                break
        return ("if", ways, otherwise)

    on_unless = on_if

    def take_two(self) -> bool:
        """Go past `else if`."""
        if self.language.ends:
            return False
        self.i += 2
        return True

    def on_while(self) -> "Node":
        """A loop on a condition."""
        negated = self.take().text == "until"
        condition = self.condition()
        return ("while", ("un", "!", condition) if negated else condition, self.body())

    on_until = on_while

    def on_loop(self) -> "Node | None":
        """Ruby's endless loop."""
        return None

    def on_for(self) -> "Node":
        """A loop over a list, or with a counter."""
        self.take()
        self.accept("await")
        while self.token.kind == "id" and self.token.text in DECLARATIONS:
            self.i += 1
        if self.at("("):
            close = self.closes.get(self.i, len(self.tokens) - 1)
            if any(t.kind == "op" and t.text == ";" for t in self.tokens[self.i : close]):
                return self.counted(close)
            if (
                self.name == "perl"
                and self.peek().kind != "end"
                and self.tokens[min(self.i, len(self.tokens)) - 1].kind != "var"
            ):
                return self.over([("var", "$_")], close)
            self.i += 1
            while self.token.kind == "id" and self.token.text in DECLARATIONS:
                self.i += 1
            if self.name == "php":
                return self.php_foreach(close)
            targets = [self.target()]
            while self.accept(","):
                targets.append(self.target())
            self.accept("of", "in")
            values = self.expression()
            self.i = max(self.i, min(close + 1, len(self.tokens) - 1))
            return ("for", targets, values, self.body())
        targets = [self.target()]
        while self.accept(","):
            targets.append(self.target())
        if self.name == "perl" and self.at("("):
            return self.over(targets, self.closes.get(self.i, len(self.tokens) - 1))
        if self.accept("=") and self.name in ("lua", "julia"):
            first = self.condition()
            if self.accept(","):
                first = ("bin", "..", first, self.condition())
            return ("for", targets, first, self.body())
        self.accept("in")
        return ("for", targets, self.condition(), self.body())

    on_foreach = on_for

    def over(self, targets: "list[Node]", close: int) -> "Node":
        """Perl's (list) and the body."""
        values = self.primary()
        self.i = max(self.i, min(close + 1, len(self.tokens) - 1))
        return ("for", targets, values, self.body())

    def php_foreach(self, close: int) -> "Node":
        """Foreach (list as [key =>] value)."""
        values = self.expression()
        self.accept("as")
        targets = [self.target()]
        if self.accept("=>"):
            targets.append(self.target())
        self.i = max(self.i, min(close + 1, len(self.tokens) - 1))
        return ("for", targets if len(targets) == 1 else [("pair", *targets)], values, self.body())

    def counted(self, close: int) -> "Node":
        """For (first; condition; step)."""
        self.i += 1
        self.inside += 1
        made: list[Node | None] = []
        for _ in range(3):
            made.append(None if self.at(";", ")") else self.expressions())
            self.accept(";")
        self.inside -= 1
        self.i = max(self.i, min(close + 1, len(self.tokens) - 1))
        return ("counted", *made[:3], self.body())

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

    def on_function(self) -> "Node | None":
        """A named function."""
        if self.peek().kind != "id":
            return None
        self.take()
        name = self.take().text
        while self.at(".", ":", "::") and self.name in ("lua", "ruby", "awk"):
            self.i += 1
            name = self.take().text
        parameters = self.parameters()
        if self.name == "node" and self.accept(":"):
            while not self.at("{") and self.token.kind != "end":
                self.i += 1
        if self.name == "ruby" and self.accept("="):
            return ("def", name, parameters, [self.expression()])
        return ("def", name, parameters, self.body())

    on_sub = on_function
    on_def = on_function
    on_func = on_function

    def on_async(self) -> "Node | None":
        """Async function."""
        if self.peek().text == "function":
            self.i += 1
            return self.on_function()
        return None

    def on_class(self) -> "Node | None":
        """A class: what its body does, its methods being functions."""
        if self.name not in ("ruby", "node", "php"):
            return None
        self.take()
        while not self.at("{") and not self.ended() and self.token.kind != "end":
            self.i += 1
        if self.name == "ruby":
            made = self.until("end")
            self.accept("end")
            return ("do", made)
        return ("do", self.braces())

    on_module = on_class

    def on_return(self) -> "Node":
        """Return, with a value or without."""
        self.take()
        if self.ended() or self.token.line or self.at(";", "}", "end", *MODIFIERS):
            return ("return", None)
        return ("return", self.expressions())

    def on_break(self) -> "Node":
        """What leaves a loop or a turn of it."""
        word = self.take().text
        if self.token.kind == "id" and self.token.text.isupper() and not self.token.line:
            self.i += 1
        return ("jump", "break" if word in ("break", "last") else "next")

    on_next = on_break
    on_last = on_break
    on_continue = on_break
    on_exit_ = on_break

    def on_try(self) -> "Node":
        """Try, catch, finally."""
        self.take()
        made = self.braces()
        rest: list[Node] = []
        while self.at("catch", "finally"):
            word = self.take().text
            if self.at("("):
                self.i = min(self.closes.get(self.i, self.i) + 1, len(self.tokens) - 1)
            caught = self.braces()
            rest.append(("do", caught) if word == "finally" else ("if", [(("nothing",), caught)], []))
        return ("try", made, rest)

    def on_begin(self) -> "Node | None":
        """Perl's and awk's BEGIN { }, ruby's begin ... rescue ... end."""
        if self.peek().text == "{":
            word = self.take().text
            return ("rule", ("name", word), self.braces()) if self.name == "awk" else ("do", self.braces())
        if self.name not in ("ruby", "julia"):
            return None
        self.take()
        made = self.until("rescue", "ensure", "else", "end")
        rest: list[Node] = []
        while self.at("rescue", "ensure", "else"):
            word = self.take().text
            while word == "rescue" and not self.token.line and self.token.kind != "end" and not self.at(";", "then"):
                self.i += 1
            caught = self.until("rescue", "ensure", "else", "end")
            rest.append(("if", [(("nothing",), caught)], []) if word == "rescue" else ("do", caught))
        self.accept("end")
        return ("try", made, rest)

    on_end = on_begin

    def on_do(self) -> "Node":
        """Do { } while."""
        self.take()
        if self.language.ends:
            made = self.until("end")
            self.accept("end")
            return ("do", made)
        if not self.at("{"):
            self.expression()
            return ("call", ("name", "require"), [], None)
        made = self.braces()
        if self.name == "node" and self.accept("while"):
            self.expression()
        return self.postfix(("do", made))

    def on_switch(self) -> "Node | None":
        """Switch and case: each way may be taken."""
        self.take()
        self.condition()
        ways: list[Node] = []
        if self.at("{"):
            close = self.closes.get(self.i, len(self.tokens) - 1)
            self.i += 1
            while self.i < close:
                if self.accept("case", "default"):
                    while self.i < close and not self.accept(":"):
                        self.i += 1
                ways.append(("if", [(("nothing",), self.until("case", "default", "}"))], []))
                self.accept("}")
            self.i = min(close + 1, len(self.tokens) - 1)
        return ("do", ways)

    def on_case(self) -> "Node | None":
        """Ruby's case and when."""
        if self.name != "ruby":
            return None
        self.take()
        if not self.ended():
            self.condition()
        ways: list[Node] = []
        while self.token.kind != "end" and not self.at("end"):
            if self.accept("when", "in"):
                self.condition()
                while self.accept(","):
                    self.condition()
                self.accept("then")
            self.accept("else")
            before = self.i
            ways.append(("if", [(("nothing",), self.until("when", "else", "end", "in"))], []))
            if self.i == before and not self.at("when", "else", "end", "in"):
                self.i += 1
        self.accept("end")
        return ("do", ways)

    def on_use(self) -> "Node":
        """Perl's use and php's: which names stand for what is known beforehand."""
        if self.peek().text == "(":
            return self.expression()
        while self.token.kind != "end" and not self.at(";"):
            self.i += 1
        return ("do", [])

    def on_import(self) -> "Node | None":
        """Javascript's import."""
        if self.name != "node" or self.peek().text in ("(", "."):
            return None
        self.take()
        made: list[Node] = []
        pairs: list[tuple[Node, Node]] = []
        while self.token.kind not in ("end", "str"):
            token = self.take()
            if token.text in {"{", ",", "}"}:
                continue
            if token.text == "from":
                break
            if token.text == "*":
                self.accept("as")
                made.append(("name", self.take().text))
            elif (
                token.kind == "id"
                and self.tokens[min(self.i, len(self.tokens)) - 2].text in ("{", ",")
                and self.in_braces()
            ):
                alias = self.take().text if self.accept("as") and self.token.kind == "id" else token.text
                pairs.append((("str", [token.text]), ("name", alias)))
            elif token.kind == "id":
                made.append(("name", token.text))
        source = self.primary()
        call = ("call", ("name", "require"), [source], None)
        sets: list[Node] = [("set", "=", name, call) for name in made]
        if pairs:
            sets.append(("set", "=", ("hash", pairs), call))
        return ("do", sets or [call])

    def in_braces(self) -> bool:
        """Whether an import's name stands in braces."""
        k = self.i - 1
        while k >= 0 and self.tokens[k].text != "import":
            if self.tokens[k].text == "{":
                return True
            k -= 1
        return False

    # -- expressions ---------------------------------------------------------------------------------------------------

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

    def string(self, kind: str, token: Token) -> "Node":
        """A string whose interpolations are parsed."""
        made: list[object] = []
        for part in token.parts:
            if isinstance(part, str):
                made.append(part)
            else:
                inner = Parser(Reader(part[1], self.language).tokens(), self.language)
                inner.depth = self.depth
                found = inner.all()
                made.append(found[0] if len(found) == 1 else ("do", found))
        return (kind, made)

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

    def hash_ahead(self) -> bool:
        """Whether { begins a hash: { key: or { } ; followed by =."""
        close = self.closes.get(self.i, -1)
        after = self.tokens[min(close + 1, len(self.tokens) - 1)] if close > 0 else None
        return self.name == "node" and after is not None and after.text == "=" and not after.line

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


KNOWN_AWK = frozenset(
    "system close substr length index split sub gsub match sprintf tolower toupper gensub fflush int rand srand "
    "sin cos atan2 exp log sqrt strftime systime print printf".split()
)
