"""Shell arithmetic (bash(1), ARITHMETIC EVALUATION): $(( )), (( )), let, array subscripts, substrings.

Substitutions are done before; what is left is read by precedence climbing. A value that is not known is Unknown.
"""

from .ends import NAME, is_name
from .words import Shell, Unknown, digits, value, visit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LENGTH = 1000  # characters of an expression that are read
DEPTH = 30
BINARY = (
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("==", "!="),
    ("<=", ">=", "<", ">"),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "%"),
    ("**",),
)
OPERATORS = sorted(
    {op for level in BINARY for op in level}
    | {"++", "--", "!", "~", "(", ")", "?", ":", ",", "=", "[", "]"}
    | {op + "=" for op in ("*", "/", "%", "+", "-", "<<", ">>", "&", "^", "|")},
    key=len,
    reverse=True,
)
CALCULATIONS: "dict[str, Callable[[int, int], int]]" = {
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<=": lambda a, b: int(a <= b),
    ">=": lambda a, b: int(a >= b),
    "<": lambda a, b: int(a < b),
    ">": lambda a, b: int(a > b),
    "<<": lambda a, b: a << b,
    ">>": lambda a, b: a >> b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1),
    "%": lambda a, b: abs(a) % abs(b) * (1 if a >= 0 else -1),
    "**": lambda a, b: int(a**b),
}
ASSIGNING = ("=", "*=", "/=", "%=", "+=", "-=", "<<=", ">>=", "&=", "^=", "|=")


def evaluate(text: str, shell: Shell) -> int:
    """The value of an expression in which no $ is left. Assignments in it are made. Raises Unknown."""
    if len(text) > LENGTH:
        raise Unknown("a long expression")
    if not text.strip():
        return 0
    reader = _Reader(_tokens(text), shell, text)
    value = reader.comma()
    if reader.at < len(reader.tokens):
        raise reader.unknown()
    return value


def _tokens(text: str) -> "list[str]":
    made, i = [], 0
    while i < len(text):
        if text[i] in " \t\n":
            i += 1
            continue
        end = i
        while end < len(text) and (text[end] in NAME or (text[end] == "#" and end > i)):
            end += 1
        if end == i:
            operator = next((op for op in OPERATORS if text.startswith(op, i)), "")
            if not operator:
                raise Unknown(f"the value of (({text[:40]}))")
            end = i + len(operator)
        made.append(text[i:end])
        i = end
    return made


def _number(token: str) -> "int | None":
    base, hash_, rest = token.partition("#")
    if hash_ and digits(base) and 2 <= int(base) <= 36 and len(rest) < 16:
        return int(rest, int(base))
    if token[:2] in ("0x", "0X") and len(token) < 18:
        return int(token, 16)
    if not digits(token):
        return None
    return int(token, 8) if token[0] == "0" else int(token)


class _Reader:
    def __init__(self, tokens: "list[str]", shell: Shell, text: str) -> None:
        self.tokens = tokens
        self.shell = shell
        self.text = text
        self.at = 0
        self.depth = 0
        self.skipped = 0  # how many branches are read only to find their end

    def unknown(self) -> Unknown:
        return Unknown(f"the value of (({self.text[:40]}))")

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *tokens: str) -> str:
        """The next token if it is one of these."""
        found = self.peek()
        if found and found in tokens:
            self.at += 1
            return found
        return ""

    def comma(self) -> int:
        value = self.assignment()
        while self.take(","):
            value = self.assignment()
        return value

    def assignment(self) -> int:
        self.depth += 1
        if self.depth > DEPTH:
            raise self.unknown()
        try:
            name = self.peek()
            following = self.tokens[self.at + 1 : self.at + 2]
            if is_name(name) and following and following[0] in ASSIGNING:
                self.at += 2
                value = self.assignment()
                if following[0] != "=":
                    value = self.calculate(following[0][:-1], self.get(name), value)
                return self.set(name, value)
            return self.choice()
        finally:
            self.depth -= 1

    def choice(self) -> int:
        test = self.binary(0)
        if not self.take("?"):
            return test
        first = self.branch(skip=not test)
        if not self.take(":"):
            raise self.unknown()
        second = self.branch(skip=bool(test))
        return first if test else second

    def branch(self, *, skip: bool) -> int:
        self.skipped += skip
        try:
            return self.assignment()
        finally:
            self.skipped -= skip

    def binary(self, level: int) -> int:
        if level == len(BINARY):
            return self.unary()
        left = self.binary(level + 1)
        while operator := self.take(*BINARY[level]):
            if operator in ("&&", "||"):
                skip = bool(left) == (operator == "||")
                self.skipped += skip
                try:
                    right = self.binary(level + 1)
                finally:
                    self.skipped -= skip
                left = int(bool(left) and bool(right)) if operator == "&&" else int(bool(left) or bool(right))
            elif operator == "**":
                left = self.calculate(operator, left, self.binary(level))
            else:
                left = self.calculate(operator, left, self.binary(level + 1))
        return left

    def unary(self) -> int:
        operator = self.take("++", "--", "!", "~", "-", "+", "(")
        if operator == "(":
            self.depth += 1
            if self.depth > DEPTH:
                raise self.unknown()
            value = self.comma()
            self.depth -= 1
            if not self.take(")"):
                raise self.unknown()
            return value
        if operator in ("++", "--"):
            name = self.peek()
            self.at += 1
            return self.set(name, self.get(name) + (1 if operator == "++" else -1))
        if operator:
            self.depth += 1
            if self.depth > DEPTH:
                raise self.unknown()
            value = self.unary()
            self.depth -= 1
            return {"!": int(not value), "~": ~value, "-": -value, "+": value}[operator]
        return self.primary()

    def primary(self) -> int:
        token = self.peek()
        self.at += 1
        if not token:
            raise self.unknown()
        if is_name(token):
            index = ""
            if self.take("["):
                index = str(self.comma())
                if not self.take("]"):
                    raise self.unknown()
            value = self.get(token, index)
            operator = self.take("++", "--") if not index else ""
            if operator:
                self.set(token, value + (1 if operator == "++" else -1))
            return value
        try:
            found = _number(token)
        except ValueError:
            found = None
        if found is None:
            raise self.unknown()
        return found

    def get(self, name: str, index: str = "") -> int:
        if self.skipped:
            return 0
        if not is_name(name):
            raise self.unknown()
        found = self.shell.lookup(name)
        if isinstance(found, list):
            place = int(index or 0)
            found = found[place] if -len(found) <= place < len(found) else ""
        if found is None or isinstance(found, dict):
            raise Unknown(f"the value of ${name}")
        if not found.strip():
            return 0
        negative = found.strip().startswith("-")
        value = _number(found.strip().removeprefix("-"))
        if value is None:
            raise self.unknown()
        return -value if negative else value

    def set(self, name: str, value: int) -> int:
        if not is_name(name):
            raise self.unknown()
        if not self.skipped:
            self.shell.assign(name, str(value))
        return value

    def calculate(self, operator: str, a: int, b: int) -> int:
        """In 64 bits, as bash does."""
        if self.skipped:
            return 0
        if operator in ("/", "%") and not b:
            raise self.unknown()
        if (operator == "**" and not 0 <= b < 64) or (operator in ("<<", ">>") and not 0 <= b < 64):
            raise self.unknown()
        value = CALCULATIONS[operator](a, b)
        return (value + 2**63) % 2**64 - 2**63


def calculated(source: str, shell: Shell) -> str:
    """The value of an expression, with its substitutions. What it assigns and cannot be known is unknown afterwards."""
    try:
        text = value(source.replace('"', ""), shell) if "$" in source or "`" in source else source.replace('"', "")
        return str(evaluate(text, shell))
    except Unknown:
        visit(source, shell)
        for name in _assigned(source):
            shell.assign(name, None)
        raise


def _assigned(source: str) -> "Iterator[str]":
    """The names that an expression may assign: those beside = ++ --, and to be safe those in a subscript."""
    name = ""
    for i, c in enumerate(source[:4000] + " "):
        if c in NAME:
            name += c
            continue
        if name and not name[0].isdigit():
            rest = source[i:].lstrip()
            before = source[: i - len(name)].rstrip()
            if (
                before.endswith(("++", "--"))
                or rest.startswith(("++", "--", "["))
                or (not rest.startswith("==") and rest.lstrip("+-*/%<>&^|").startswith("="))
            ):
                yield name
        name = ""
