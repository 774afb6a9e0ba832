"""The statements of a program's text."""

from .cursor import Cursor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cursor import Node

DEPTH = 60
MODIFIERS = ("if", "unless", "while", "until", "for", "foreach", "rescue")
DECLARATIONS = frozenset("my our local state const let var global static export async public private protected".split())
SKIPPED = frozenset("no package namespace declare interface type".split())


class Statements(Cursor):
    """What begins with a keyword, and blocks."""

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
