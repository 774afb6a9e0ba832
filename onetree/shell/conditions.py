"""What test, [ ], [[ ]] and (( )) decide, as far as it is known: True, False, or None.

Files are asked of the real tree and of what the line has done by then (Walker.exists).
"""

import os
import stat

from . import words
from .ends import after_word
from .words import Field, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .state import State

Truth = bool | None
DEPTH = 20
WORDS = 100  # of test
FILES = "-a -b -c -d -e -f -g -h -k -p -r -s -u -w -x -G -L -N -O -S".split()
OTHERS = "-n -z -t -v -o -R".split()
NUMBERS = {"-eq": 0, "-ne": 1, "-lt": 2, "-le": 3, "-gt": 4, "-ge": 5}
BINARY = ("=", "==", "!=", "<", ">", "=~", "-nt", "-ot", "-ef", *NUMBERS)


def inverted(value: Truth) -> Truth:
    """What ! makes of it."""
    return None if value is None else not value


def both(a: Truth, b: Truth) -> Truth:
    """What -a and && make of two: false as soon as one is."""
    return False if a is False or b is False else None if a is None or b is None else True


def either(a: Truth, b: Truth) -> Truth:
    """What -o and || make of two: true as soon as one is."""
    return inverted(both(inverted(a), inverted(b)))


def test(fields: "list[Field]", state: "State") -> Truth:
    """What `test` says of its words: by their number first, as POSIX has it."""
    if len(fields) > WORDS or (any(field.text is None for field in fields) and len(fields) > 3):
        return None
    texts = [field.text for field in fields]
    if not texts:
        return False
    if len(texts) == 1:
        return None if texts[0] is None else texts[0] != ""
    if len(texts) == 2:
        return inverted(test(fields[1:], state)) if texts[0] == "!" else unary(texts[0] or "", fields[1], state)
    if len(texts) == 3 and texts[1] in BINARY:
        return binary(texts[0], texts[1] or "", texts[2], state)
    for operator, join in (("-o", either), ("-a", both)):
        if operator in texts[1:-1]:
            at = texts.index(operator, 1)
            return join(test(fields[:at], state), test(fields[at + 1 :], state))
    if texts[0] == "!":
        return inverted(test(fields[1:], state))
    if texts[0] == "(" and texts[-1] == ")":
        return test(fields[1:-1], state)
    return None


def unary(operator: str, field: Field, state: "State") -> Truth:
    """What -f FILE, -n TEXT, -v NAME, ... say."""
    text = field.text
    if operator == "-v" and text:
        try:
            return state.lookup(text) is not None or None
        except Unknown:
            return None
    if text is None:
        return None
    if operator in ("-n", "-z"):
        return (text != "") == (operator == "-n")
    if operator not in FILES:
        return None
    if not text:
        return False
    if not text.startswith("/") and len(state.folders) != 1:
        return None
    return file(operator, os.path.join(state.folder or "/", text), state)


def file(operator: str, path: str, state: "State") -> Truth:
    """What an operator says of a file, as the line has left it."""
    walker = state.walker
    path = os.path.normpath(path)
    there = walker.exists(path)
    if not there:
        return there
    if path in walker.folders:
        return {"-d": True, "-e": True, "-a": True, "-f": False}.get(operator)
    if path in walker.files:
        text = walker.files[path]
        if operator == "-s":
            return None if text is None else text != ""
        return {"-d": False, "-e": True, "-a": True, "-f": True, "-r": True}.get(operator)
    try:
        found = os.lstat(path) if operator in ("-h", "-L") else os.stat(path)
    except OSError:
        return False
    kinds = {"-d": stat.S_ISDIR, "-f": stat.S_ISREG, "-h": stat.S_ISLNK, "-L": stat.S_ISLNK, "-p": stat.S_ISFIFO}
    if operator in kinds:
        return kinds[operator](found.st_mode)
    if operator in ("-e", "-a"):
        return True
    if operator == "-s":
        return found.st_size > 0
    modes = {"-r": os.R_OK, "-w": os.W_OK, "-x": os.X_OK}
    return os.access(path, modes[operator]) if operator in modes else None


def binary(left: "str | None", operator: str, right: "str | None", state: "State") -> Truth:
    """What two words with an operator between them say."""
    if left is None or right is None:
        return None
    if operator in ("=", "=="):
        return left == right
    if operator == "!=":
        return left != right
    if operator in NUMBERS:
        from .arithmetic import evaluate

        try:
            a, b = evaluate(left, state), evaluate(right, state)
        except Unknown:
            return None
        return (a == b, a != b, a < b, a <= b, a > b, a >= b)[NUMBERS[operator]]
    return (left < right if operator == "<" else left > right) if operator in ("<", ">") else None


def conditional(source: str, state: "State") -> Truth:
    """What [[ SOURCE ]] says. Substitutions in it are shown to the state."""
    tokens: list[str] = []
    i = 0
    while i < len(source):
        if source[i] in " \t\n":
            i += 1
            continue
        operator = next((op for op in ("&&", "||", "(", ")", "<", ">") if source.startswith(op, i)), "")
        if tokens[-1:] == ["=~"]:
            end = _after_expression(source, i)
        elif operator and not source.startswith(("<(", ">("), i):
            end = i + len(operator)
        else:
            end = max(after_word(source, i, 0), i + 1)
        tokens.append(source[i:end])
        i = end
    try:
        reader = _Conditional(tokens, state)
        value = reader.either()
    except (Unknown, IndexError):
        value = None
    else:
        value = value if reader.at == len(tokens) else None
    return value


def _after_expression(source: str, i: int) -> int:
    """The end of the word after =~: its parentheses are its own."""
    depth = 0
    while i < len(source) and (depth or source[i] not in " \t\n"):
        if source[i] == ")" and not depth:
            break
        depth += {"(": 1, ")": -1}.get(source[i], 0)
        i = max(after_word(source, i, 0), i + 1) if source[i] in "'\"\\$`" else i + 1
    return i


class _Conditional:
    def __init__(self, tokens: "list[str]", state: "State") -> None:
        self.tokens = tokens
        self.state = state
        self.at = 0
        self.depth = 0

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else ""

    def either(self) -> Truth:
        value = self.both()
        while self.peek() == "||":
            self.at += 1
            value = either(value, self.both())
        return value

    def both(self) -> Truth:
        value = self.primary()
        while self.peek() == "&&":
            self.at += 1
            value = both(value, self.primary())
        return value

    def primary(self) -> Truth:
        self.depth += 1
        if self.depth > DEPTH:
            raise Unknown("a deep condition")
        word = self.tokens[self.at]
        self.at += 1
        if word == "!":
            return inverted(self.primary())
        if word == "(":
            value = self.either()
            self.at += 1
            return value
        if word in FILES + OTHERS and self.peek() not in ("&&", "||", ")", "", *BINARY):
            self.at += 1
            return unary(word, self.field(self.tokens[self.at - 1]), self.state)
        operator = self.peek()
        if operator not in BINARY:
            text = self.field(word).text
            return None if text is None else text != ""
        right = self.tokens[self.at + 1]
        self.at += 2
        left = self.field(word).text
        if operator in ("=", "==", "!="):
            try:
                pattern = words.pattern(right, self.state)
            except Unknown:
                return None
            if left is None or "(" in pattern:
                return None
            from .globs import matches

            return matches(pattern, left) == (operator != "!=")
        if operator in NUMBERS:
            return binary(left, operator, self.field(right).text, self.state)
        if operator == "=~":
            return self.fits(left, right)
        return binary(left, operator, self.field(right).text, self.state)

    def fits(self, left: "str | None", right: str) -> Truth:
        """=~: whether a value matches an expression, of the simple kind; BASH_REMATCH is what matched."""
        self.state.variables["BASH_REMATCH"] = None
        try:
            pattern = words.pattern(right, self.state)
        except Unknown:
            return None
        from .programs.text import regular

        source = regular(pattern, extended=True, groups=True)
        if source is None or left is None or len(left) > 1000:
            return None
        import re

        try:
            found = re.search(source, left)
        except re.error:
            return None
        self.state.variables["BASH_REMATCH"] = (
            [found.group(), *(part or "" for part in found.groups())] if found else []
        )
        return found is not None

    def field(self, source: str) -> Field:
        try:
            return Field(words.value(source, self.state), source)
        except Unknown as e:
            return Field(None, source, str(e))


def arithmetic(source: str, state: "State") -> Truth:
    """What (( SOURCE )) says; what it assigns is assigned, or unknown."""
    from .arithmetic import calculated

    try:
        return int(calculated(source, state)) != 0
    except Unknown:
        return None
