"""What a word becomes: quote removal and expansion on the source, in bash's order, without running anything.

Braces, then tilde, variables, substitutions and arithmetic, then field splitting, then file names from the real tree.
What cannot be known is a Field whose text is None, with the reason.
"""

import os
import pwd
import time

from .form import Unreadable
from .scan import (
    NAME,
    after_brace,
    after_commands,
    after_dollar,
    after_double,
    after_escaped,
    after_single,
    arithmetic_end,
    is_name,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VALUE = 65536  # characters that a value may have
FIELDS = 2000  # words that one word may become
LISTED = 20000  # directory entries that one pattern may look at
SPECIAL = "*?[("
ESCAPED = "*?[\\()|"  # what is not special when it is quoted
BLANKS = " \t\n"
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}
CLASSES: "dict[str, Callable[[str], bool]]" = {
    "alpha": str.isalpha,
    "digit": str.isdigit,
    "alnum": str.isalnum,
    "upper": str.isupper,
    "lower": str.islower,
    "space": str.isspace,
    "punct": lambda c: not c.isalnum() and "!" <= c <= "~",
    "xdigit": lambda c: c in "0123456789abcdefABCDEF",
}


# A variable's value, None if it is unknown or not set.
Value = str | list[str] | dict[str, str] | None


class Unknown(Exception):
    """A value that is known only when the command runs: why."""


class Field:
    """One word after expansion. text: None if unknown, and why then. written: the source of the word."""

    __slots__ = ("text", "why", "written")

    def __init__(self, text: "str | None", written: str, why: str = "") -> None:
        self.text = text
        self.written = written
        self.why = why


class Shell:
    """What expansion needs to know of the shell. state.py has the real one."""

    home = ""
    folder: "str | None" = None  # the directory that names are relative to, None if unknown
    deadline = float("inf")  # of time.monotonic()

    def lookup(self, name: str) -> "Value":
        """A variable's value; a list of an array's. None if it is not set. Raises Unknown."""
        raise NotImplementedError

    def assign(self, name: str, value: "str | None") -> None:
        """For ${x:=value}."""
        raise NotImplementedError

    def names(self, prefix: str) -> "list[str]":
        """For ${!prefix*}. Raises Unknown."""
        raise NotImplementedError

    def there(self, path: str) -> bool:
        """Whether there is a file at this point of the line; of a path that ends in /, whether it is a folder."""
        return os.path.isdir(path) if path.endswith("/") else os.path.lexists(path)

    def option(self, name: str) -> bool:
        """Whether an option of set or shopt is on."""
        raise NotImplementedError

    def separators(self) -> str:
        """IFS."""
        return BLANKS

    def output(self, source: str) -> str:
        """What commands print, newlines at the end removed. Raises Unknown."""
        raise NotImplementedError

    def process(self, source: str, *, reads: bool) -> str:
        """The name that <(commands) (reads) or >(commands) stands for."""
        raise NotImplementedError

    def made(self, folder: str) -> "list[str]":
        """Names that this command line itself made in a folder."""
        raise NotImplementedError


# A piece of a word: its text and whether it is quoted, None for plain text, which is not split. A None between two
# pieces parts two fields ("$@").
_Piece = tuple[str, bool | None]


def encodable(text: str) -> bool:
    """Whether text can be in a command or a name: half a surrogate pair cannot, but surrogateescape."""
    if text.isascii():
        return True
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def digits(text: str) -> bool:
    """Whether text is a number that int() takes: str.isdigit() is true of superscripts, and int() has a limit."""
    return text.isascii() and text.isdigit() and len(text) < 16


def expand(source: str, shell: Shell) -> "list[Field]":
    """All the words that one word in the source becomes."""
    fields: list[Field] = []
    try:
        alternatives = braces(source)
    except Unknown as e:
        visit(source, shell)
        return [Field(None, source, str(e))]
    for word in alternatives:
        try:
            fields.extend(Field(text, source) for text in _fields(word, shell))
        except Unknown as e:
            fields.append(Field(None, source, str(e)))
        if len(fields) > FIELDS:
            return [Field(None, source, f"more than {FIELDS} words")]
    return fields


def value(source: str, shell: Shell, *, assignment: bool = False) -> str:
    """What a word is worth where bash does not split: assignments, redirections' and here-documents' text."""
    return "".join(text for text, _ in _joined(_pieces(source, shell, assignment=assignment)))


def body(source: str, shell: Shell) -> str:
    """The text of a here-document that is expanded."""
    return "".join(text for text, _ in _joined(_quoted(source, 0, len(source), shell, heredoc=True)))


def visit(source: str, shell: Shell) -> None:
    """Let the shell see every substitution in a text whose value is of no interest."""
    try:
        _quoted(source, 0, len(source), shell)
    except Unknown:
        pass


def _joined(pieces: "list[_Piece | None]") -> "Iterator[_Piece]":
    for piece in pieces:
        yield (" ", True) if piece is None else piece


def _fields(word: str, shell: Shell) -> "list[str]":
    """Split what is unquoted, then look up file names."""
    made: list[str] = []
    built: list[str] = []  # the field being built, with a backslash before what is not special
    present = special = False

    def finish() -> None:
        nonlocal present, special
        if present:
            made.extend(_names("".join(built), shell) if special else [_plain("".join(built))])
        built.clear()
        present = special = False

    for piece in _pieces(word, shell):
        if piece is None:
            finish()
            present = True
            continue
        text, kind = piece
        if kind:
            built.extend("\\" + c if c in ESCAPED else c for c in text)
            present = True
            continue
        parting = "" if kind is None else shell.separators()
        for c in text:
            if c in parting:
                present = present or c not in BLANKS  # another separator than a blank ends even an empty field
                finish()
            else:
                built.append(c if c != "\\" else "\\\\")
                present = True
                special = special or c in SPECIAL
    finish()
    return made


def _plain(pattern: str) -> str:
    made, i = [], 0
    while i < len(pattern):
        if pattern[i] == "\\" and i + 1 < len(pattern):
            i += 1
        made.append(pattern[i])
        i += 1
    return "".join(made)


def _pieces(  # noqa: PLR0915 - one pass, read from top to bottom
    word: str, shell: Shell, *, assignment: bool = False
) -> "list[_Piece | None]":
    """The pieces of one word after tilde, quotes and $."""
    made: list[_Piece | None] = []
    unknown: list[Unknown] = []
    i, n = 0, len(word)
    if word.startswith("~"):
        i, text = _tilde(word, 0, shell)
        made.append((text, True))
    size = 0
    while i < n:
        c = word[i]
        if c == "'":
            end = after_single(word, i)
            made.append((word[i + 1 : end - 1], True))
        elif c == '"':
            end = after_double(word, i, 0)
            made.append(("", True))
            try:
                inner = _quoted(word, i + 1, end - 1, shell)
            except Unknown as e:
                unknown.append(e)
                inner = []
            if inner == [("", True)] and word[i + 1 : end - 1] in ("$@", "${@}"):
                made.pop()  # "$@" without parameters is no word at all
            else:
                made.extend(inner)
        elif c == "\\":
            end = i + 2
            if word[i + 1 : end] != "\n":
                made.append((word[i + 1 : end], True))
        elif c == "`":
            end = after_escaped(word, i + 1, "`")
            made.extend(_kept(word, i, end, shell, unknown, quoted=False))
        elif c == "$":
            end = _dollar_end(word, i, quoted=False)
            made.extend(_kept(word, i, end, shell, unknown, quoted=False))
        elif c in "<>" and word[i + 1 : i + 2] == "(":
            end = after_commands(word, i + 2, 0)
            made.append((shell.process(word[i + 2 : end - 1], reads=c == "<"), True))
        elif assignment and c in "=:" and word[i + 1 : i + 2] == "~":
            made.append((c, True))
            end, text = _tilde(word, i + 1, shell)
            made.append((text, True))
        else:
            end = i + 1
            while end < n and word[end] not in "'\"\\`$<>=:":
                end += 1
            made.append((word[i:end], None))
        size += sum(len(piece[0]) for piece in made[-1:] if piece)
        if size > VALUE:
            raise Unknown(f"a value of more than {VALUE} characters")
        i = end
    if unknown:
        raise unknown[0]
    return made


def _kept(
    word: str, at: int, end: int, shell: Shell, unknown: "list[Unknown]", *, quoted: bool
) -> "list[_Piece | None]":
    """The pieces of one expansion. If it is unknown that is kept for later: what follows must be seen all the same."""
    try:
        if word[at] == "`":
            return [(_backquoted(word[at + 1 : end - 1], shell, quoted=quoted), quoted)]
        return _dollar(word, at, end, shell, quoted=quoted)
    except Unknown as e:
        unknown.append(e)
        return []


def _tilde(word: str, at: int, shell: Shell) -> "tuple[int, str]":
    end = at + 1
    while end < len(word) and (word[end] in NAME or word[end] in "-+."):
        end += 1
    if end < len(word) and word[end] not in "/:":
        return end, word[at:end]
    name = word[at + 1 : end]
    if not name:
        home = shell.lookup("HOME")
        return end, home if isinstance(home, str) else shell.home
    if name == "+":
        return end, _folder(shell)
    try:
        return end, pwd.getpwnam(name).pw_dir
    except (KeyError, OSError, ValueError):
        return end, word[at:end]


def _folder(shell: Shell) -> str:
    if shell.folder is None:
        raise Unknown("the directory is not known here")
    return shell.folder


def _quoted(word: str, i: int, end: int, shell: Shell, *, heredoc: bool = False) -> "list[_Piece | None]":
    """The inside of double quotes."""
    made: list[_Piece | None] = []
    text: list[str] = []
    unknown: list[Unknown] = []
    size = 0
    while i < end:
        c = word[i]
        if c == "\\":
            follows = word[i + 1 : i + 2]
            if follows != "\n":
                text.append(follows if follows in '$`\\"' and not (heredoc and follows == '"') else c + follows)
            i += 2
        elif c == "`":
            made.append(("".join(text), True))
            text.clear()
            after = after_escaped(word, i + 1, "`")
            made.extend(_kept(word, i, after, shell, unknown, quoted=True))
            i = after
        elif c == "$":
            made.append(("".join(text), True))
            text.clear()
            after = _dollar_end(word, i, quoted=True)
            pieces = _kept(word, i, after, shell, unknown, quoted=True)
            i = after
            made.extend(pieces)
            size += sum(len(piece[0]) for piece in pieces if piece)
            if size > VALUE:
                raise Unknown(f"a value of more than {VALUE} characters")
        else:
            text.append(c)
            i += 1
    if unknown:
        raise unknown[0]
    if text:
        made.append(("".join(text), True))
    return made


def _dollar_end(word: str, at: int, *, quoted: bool) -> int:
    """The position after the expansion whose $ is at `at`: of any form."""
    end = after_dollar(word, at, 0, quoted=quoted)
    if end > at + 1:
        return end
    follows = word[end : end + 1]
    if follows and follows in "@*#?$!-0123456789":
        return end + 1
    while end < len(word) and word[end] in NAME:
        end += 1
    return end


def _backquoted(source: str, shell: Shell, *, quoted: bool) -> str:
    made, i = [], 0
    while i < len(source):
        if source[i] == "\\" and source[i + 1 : i + 2] in (("$", "`", "\\", '"') if quoted else ("$", "`", "\\")):
            i += 1
        made.append(source[i : i + 1])
        i += 1
    return shell.output("".join(made))


def _dollar(word: str, at: int, end: int, shell: Shell, *, quoted: bool) -> "list[_Piece | None]":
    """The pieces of the expansion at..end, which begins with $."""
    follows = word[at + 1 : at + 2]
    if follows == "(":
        if arithmetic_end(word, at + 1) == end:
            return [(arithmetic(word[at + 3 : end - 2], shell), quoted)]
        return [(shell.output(word[at + 2 : end - 1]), quoted)]
    if follows == "{":
        inside = word[at + 2 : end - 1]
        try:
            return _braced(inside, shell, quoted=quoted)
        except Unknown:
            visit(inside, shell)
            raise
    if follows == "[":
        return [(arithmetic(word[at + 2 : end - 1], shell), quoted)]
    if follows == "'" and not quoted:
        return [(_ansi(word[at + 2 : end - 1]), True)]
    if follows == '"' and not quoted:
        return [("", True), *_quoted(word, at + 2, end - 1, shell)]
    name = word[at + 1 : end]
    return _variable(name, shell, quoted=quoted) if name else [("$", quoted)]


def _variable(name: str, shell: Shell, *, quoted: bool) -> "list[_Piece | None]":
    found = shell.lookup(name)
    if isinstance(found, dict):
        return [(found.get("0", ""), quoted)]
    if isinstance(found, list):
        if name not in ("@", "*"):
            return [(found[0] if found else "", quoted)]
        if quoted and name == "*":
            return [(shell.separators()[:1].join(found), True)]
        return _separate(found, quoted=quoted)
    if found is None:
        raise Unknown(f"the value of ${name}")
    return [(found, quoted)]


def _separate(values: "list[str]", *, quoted: bool) -> "list[_Piece | None]":
    made: list[_Piece | None] = []
    for index, text in enumerate(values):
        if index:
            made.append(None)
        made.append((text, quoted))
    return made or [("", quoted)]


def _braced(inside: str, shell: Shell, *, quoted: bool) -> "list[_Piece | None]":
    """${...}: the value, its length, default, prefix and suffix removal, replacement, substring, case."""
    if inside.startswith("#") and len(inside) > 1:
        name = inside[1:]
        found = _list(name, shell) if name.endswith(("[@]", "[*]")) else _single(name, shell)
        if found is None:
            raise Unknown(f"the value of ${{{inside}}}")
        return [(str(len(found)), quoted)]
    if inside.startswith("!") and len(inside) > 1:
        return _indirect(inside[1:], shell, quoted=quoted)
    stop = 1 if inside[:1] and inside[0] in "@*#?$!-" else 0
    while stop < len(inside) and inside[stop] in NAME and (not stop or inside[stop - 1] in NAME):
        stop += 1
    name = inside[:stop]
    if inside[stop : stop + 1] == "[":
        visit(inside[stop:], shell)
        close = inside.find("]", stop)
        if close < 0:
            raise Unknown(f"the value of ${{{inside}}}")
        name, stop = inside[: close + 1], close + 1
    rest = inside[stop:]
    if not name:
        raise Unknown(f"the value of ${{{inside}}}")
    if name in ("@", "*") or name.endswith(("[@]", "[*]")):
        values = _list(name, shell)
        if rest:
            if name in ("@", "*") and rest[0] == ":" and rest[1:2] not in ("-", "+", "=", "?"):
                nought = _get("0", shell) if rest[1:].lstrip()[:1] in ("0", "-") else ""
                values = [nought or "", *values]  # ${@:1} is $1
            values = _operated_list(values, rest, shell)
        if quoted and name[-2:] in ("*", "*]"):
            return [(shell.separators()[:1].join(values), True)]
        return _separate(values, quoted=quoted)
    if rest:
        return _operated(name, rest, shell, quoted=quoted)
    return [(_element(name, shell), quoted)] if name.endswith("]") else _variable(name, shell, quoted=quoted)


def _indirect(inside: str, shell: Shell, *, quoted: bool) -> "list[_Piece | None]":
    """${!name}: the variable that a variable names; ${!prefix*} and ${!array[@]}: names and subscripts."""
    if inside[-1] in "*@" and is_name(inside[:-1]):
        return _separate(shell.names(inside[:-1]), quoted=quoted)
    if inside.endswith(("[@]", "[*]")):
        found = shell.lookup(inside[:-3])
        if isinstance(found, dict):
            return _separate(list(found), quoted=quoted)
        return _separate([str(index) for index in range(len(_list(inside, shell)))], quoted=quoted)
    stop = 0
    while stop < len(inside) and inside[stop] in NAME:
        stop += 1
    name = _get(inside[:stop], shell) if stop else None
    if name is None or not (is_name(name.partition("[")[0]) or digits(name)):
        raise Unknown(f"the value of ${{!{inside}}}")
    return _braced(name + inside[stop:], shell, quoted=quoted)


def _list(name: str, shell: Shell) -> "list[str]":
    """The values of an array or of the parameters: name[@], @."""
    found = shell.lookup(name if name in ("@", "*") else name[:-3])
    if found is None:
        raise Unknown(f"the value of ${{{name}}}")
    return [found] if isinstance(found, str) else list(found.values()) if isinstance(found, dict) else found


def _single(name: str, shell: Shell) -> "str | None":
    return _element(name, shell) if name.endswith("]") else _get(name, shell)


def _element(name: str, shell: Shell) -> str:
    base, _, index = name[:-1].partition("[")
    found = shell.lookup(base)
    if isinstance(found, dict):
        return found.get(value(index, shell), "")
    if found is None:
        raise Unknown(f"the value of ${{{name}}}")
    place = int(arithmetic(index, shell))
    values = [found] if isinstance(found, str) else found
    return values[place] if -len(values) <= place < len(values) else ""


def _get(name: str, shell: Shell) -> "str | None":
    found = shell.lookup(name)
    if isinstance(found, dict):
        return found.get("0", "")
    if isinstance(found, list):
        return found[0] if found else None
    return found


def _operated_list(values: "list[str]", rest: str, shell: Shell) -> "list[str]":
    """${a[@]:1:2}, and the operators on a value for each."""
    if rest[0] == ":" and rest[1:2] not in ("-", "+", "=", "?"):
        offset_text, comma, length_text = rest[1:].partition(":")
        offset = int(arithmetic(offset_text, shell))
        values = values[offset:] if offset >= 0 else values[max(0, len(values) + offset) :]
        return values[: max(0, int(arithmetic(length_text, shell)))] if comma else values
    if rest[0] in "#%/^,":
        operator = _operator(rest)
        return [_changed(text, operator, rest[len(operator) :], shell) for text in values]
    if rest in (":-", "-") or (rest.startswith((":-", "-")) and values):
        return values
    raise Unknown("an operator on a list")


def _operator(rest: str) -> str:
    return rest[:2] if rest[:2] in (":-", ":=", ":+", ":?", "##", "%%", "//", "^^", ",,") else rest[:1]


def _operated(name: str, rest: str, shell: Shell, *, quoted: bool) -> "list[_Piece | None]":
    operator = _operator(rest)
    word = rest[len(operator) :]
    found = _single(name, shell)
    if operator in (":-", "-", ":=", "=", ":+", "+", ":?", "?"):
        use = found is None or (operator[0] == ":" and not found)
        if operator[-1] == "+":
            use = not use
            found = ""
        if not use:
            return [(found or "", quoted)]
        if operator[-1] == "?":
            raise Unknown(f"the value of ${name}")
        pieces = _quoted(word, 0, len(word), shell) if quoted else _pieces(word, shell)
        if operator[-1] == "=":
            shell.assign(name, "".join(text for text, _ in _joined(pieces)))
        return pieces
    if found is None:
        raise Unknown(f"the value of ${name}")
    return [(_changed(found, operator, word, shell), quoted)]


def _changed(found: str, operator: str, word: str, shell: Shell) -> str:
    if operator in ("#", "##", "%", "%%"):
        return _trimmed(found, operator, pattern(word, shell))
    if operator in ("/", "//"):
        return _replaced(found, word, shell, every=operator == "//")
    if operator == ":":
        return _substring(found, word, shell)
    if operator in ("^^", ",,", "^", ",") and word in ("", "?"):
        changed = found.upper() if operator[0] == "^" else found.lower()
        return changed if len(operator) == 2 else changed[:1] + found[1:]
    if operator == "@" and word in ("U", "L", "u"):
        return {"U": found.upper(), "L": found.lower(), "u": found[:1].upper() + found[1:]}[word]
    if operator == "@" and word == "Q":
        return "'" + found.replace("'", "'\\''") + "'"
    if operator == "@" and word == "E":
        return _ansi(found)
    raise Unknown(f"an operator {operator}{word}")


def pattern(word: str, shell: Shell) -> str:
    """A word as a pattern: quoted characters are not special."""
    made = []
    for text, kind in _joined(_pieces(word, shell)):
        made.append("".join("\\" + c if c in ESCAPED else c for c in text) if kind else text)
    return "".join(made)


def _trimmed(text: str, operator: str, pattern: str) -> str:
    if len(text) > 4096:
        raise Unknown("a pattern on a long value")
    n = len(text)
    sizes = range(n + 1) if len(operator) == 1 else range(n, -1, -1)
    for size in sizes:
        if operator[0] == "#" and matches(pattern, text[:size]):
            return text[size:]
        if operator[0] == "%" and matches(pattern, text[n - size :]):
            return text[: n - size]
    return text


def _replaced(text: str, word: str, shell: Shell, *, every: bool) -> str:
    """${x/old/new}: the longest match of the pattern, the first or each; # and % hold it to an end."""
    cut = 0
    while cut < len(word) and word[cut] != "/":
        cut = _after_quoted(word, cut) if word[cut] in "'\"\\`$" else cut + 1
    old, new = pattern(word[:cut], shell), value(word[cut + 1 :], shell)
    if not old:
        return text
    if old in ("#", "%") and not every:
        return new + text if old == "#" else text + new
    if not any(c in old for c in SPECIAL) and old[0] not in "#%":
        if every and len(new) * text.count(_plain(old)) > VALUE:
            raise Unknown(f"a value of more than {VALUE} characters")
        return text.replace(_plain(old), new, -1 if every else 1)
    if len(text) > 200 or len(old) > 40:
        raise Unknown("a replacement by pattern in a long value")
    fixed, old = (old[0], old[1:]) if old[0] in "#%" and not every else ("", old)
    made, i = [], 0
    while i < len(text) or not i:
        ends = range(len(text), i, -1) if fixed != "%" else [len(text)]
        end = next((e for e in ends if matches(old, text[i:e])), 0)
        if end > i:
            made.append(new)
            i = end
            if not every:
                break
        elif fixed == "#":
            break
        else:
            made.append(text[i : i + 1])
            i += 1
    return "".join(made) + text[i:]


def _substring(text: str, word: str, shell: Shell) -> str:
    offset_text, comma, length_text = word.partition(":")
    offset = int(arithmetic(offset_text, shell))
    text = text[offset:] if offset >= 0 else text[max(0, len(text) + offset) :]
    if not comma:
        return text
    length = int(arithmetic(length_text, shell))
    return text[:length] if length >= 0 or len(text) + length >= 0 else ""


def arithmetic(source: str, shell: Shell) -> str:
    """The value of an expression, with its substitutions. What it assigns and cannot be known is unknown afterwards."""
    from .arithmetic import evaluate

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


def _ansi(inside: str) -> str:
    """The inside of $'...'."""
    made, i, n = [], 0, len(inside)
    while i < n:
        c = inside[i]
        i += 1
        if c != "\\" or i >= n:
            made.append(c)
            continue
        c = inside[i]
        i += 1
        if c in ESCAPES:
            made.append(ESCAPES[c])
        elif c in "xuU":
            most = {"x": 2, "u": 4, "U": 8}[c]
            end = i
            while end < n and end - i < most and inside[end] in "0123456789abcdefABCDEF":
                end += 1
            code = int(inside[i:end] or "0", 16)
            made.append(_character(code, byte=c == "x") if code < 0x110000 and end > i else "\\" + c)
            i = end
        elif c in "01234567":
            end = i - 1
            while end < n and end - i < 2 and inside[end] in "01234567":
                end += 1
            made.append(_character(int(inside[i - 1 : end], 8) & 0xFF, byte=True))
            i = end
        elif c == "c":
            made.append(chr(ord(inside[i : i + 1] or "@") & 0x1F))
            i += 1
        else:
            made.append(c if c in "'\"\\?" else "\\" + c)
    text = "".join(made).partition("\0")[0]
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def _character(code: int, *, byte: bool) -> str:
    """What bash writes for a number: a byte, or a character in UTF-8."""
    data = bytes((code,)) if byte else chr(code).encode("utf-8", "surrogatepass")
    return data.decode("utf-8", "surrogateescape")


def braces(word: str) -> "list[str]":
    """Brace expansion: {a,b} and {1..3}, on the source, so that quotes still stand."""
    if "{" not in word:
        return [word]
    done: list[str] = []
    todo = [word]
    steps = 0
    while todo:
        word = todo.pop()
        steps += 1
        if steps > FIELDS:
            raise Unknown(f"braces that make more than {FIELDS} words")
        found = _first_brace(word)
        if found is None:
            done.append(word)
            continue
        start, end, options = found
        todo.extend(word[:start] + option + word[end:] for option in reversed(options))
    return done


def _first_brace(word: str) -> "tuple[int, int, list[str]] | None":
    """The first brace group that expands: where it begins and ends, and what it becomes."""
    i, n = 0, len(word)
    opened: list[tuple[int, list[int]]] = []  # for each open brace: where, and its commas
    groups: list[tuple[int, int, list[str]]] = []
    while i < n:
        c = word[i]
        if c in "'\"\\`$":
            i = _after_quoted(word, i)
            continue
        if c == "{":
            opened.append((i, []))
            if len(opened) > 40:
                raise Unknown("deeply nested braces")
        elif c == "," and opened:
            opened[-1][1].append(i)
        elif c == "}" and opened:
            start, commas = opened.pop()
            inside = word[start + 1 : i]
            if commas:
                options = [word[a + 1 : b] for a, b in zip([start, *commas], [*commas, i], strict=True)]
                groups.append((start, i + 1, options))
            elif ".." in inside and (numbers := _range(inside)):
                groups.append((start, i + 1, numbers))
        i += 1
    return min(groups, key=lambda group: group[0]) if groups else None


def _after_quoted(word: str, i: int) -> int:
    c = word[i]
    if c == "'":
        return after_single(word, i)
    if c == '"':
        return after_double(word, i, 0)
    if c == "\\":
        return i + 2
    if c == "`":
        return after_escaped(word, i + 1, "`")
    if word[i + 1 : i + 2] == "{":
        return after_brace(word, i + 2, 0, quoted=False)
    return after_dollar(word, i, 0, quoted=False)


def _range(inside: str) -> "list[str]":
    ends = inside.split("..")
    if len(ends) not in (2, 3):
        return []
    if all(len(end) == 1 and end.isascii() and end.isalpha() for end in ends[:2]) and len(ends) == 2:
        first, last = ord(ends[0]), ord(ends[1])
        step = 1 if first <= last else -1
        return [chr(code) for code in range(first, last + step, step)]
    plain = [end.removeprefix("-") for end in ends]
    if not all(map(digits, plain)):
        return []
    first, last = int(ends[0]), int(ends[1])
    step = max(1, abs(int(ends[2]))) if len(ends) == 3 else 1
    if abs(last - first) // step > FIELDS:
        raise Unknown(f"a range of more than {FIELDS} numbers")
    width = max(len(end) for end in ends[:2]) if any(d[0] == "0" and len(d) > 1 for d in plain[:2]) else 0
    step = step if first <= last else -step
    return [str(k).zfill(width) for k in range(first, last + (1 if step > 0 else -1), step)]


def _names(pattern: str, shell: Shell) -> "list[str]":
    """The files that a pattern matches; the pattern itself if none, as bash does (nullglob: nothing)."""
    folder = "" if pattern.startswith("/") else _folder(shell)
    found = [("/" if pattern.startswith("/") else "", folder or "/")]  # (as written, absolute)
    listed = 0
    parts = [part for part in pattern.split("/") if part]
    hidden = shell.option("dotglob")
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        following: list[tuple[str, str]] = []
        for written, absolute in found:
            if not any(c in part for c in SPECIAL):
                name = _plain(part)
                whole = os.path.join(absolute, name)
                if shell.there(whole):
                    following.append((written + name + ("" if last else "/"), whole))
                continue
            if part == "**" and shell.option("globstar"):
                following.extend(_below(written, absolute, shell, last=last))
                listed += len(following)
            names = _listed(absolute, shell)
            listed += len(names)
            if listed > LISTED:
                raise Unknown(f"a pattern over more than {LISTED} files")
            for count, name in enumerate(sorted(names) if part != "**" or not shell.option("globstar") else []):
                if not count % 64 and time.monotonic() > shell.deadline:
                    raise Unknown("a pattern that there was no time to look up")
                if (name[0] != "." or hidden or part.startswith((".", "\\."))) and matches(part, name):
                    whole = os.path.join(absolute, name)
                    if last or shell.there(whole + "/"):
                        following.append((written + name + ("" if last else "/"), whole))
        found = following
        if len(found) > FIELDS:
            raise Unknown(f"a pattern that matches more than {FIELDS} files")
    tail = "/" if pattern.endswith("/") else ""
    if tail:
        found = [(written, absolute) for written, absolute in found if shell.there(absolute + "/")]
    if not found and shell.option("nullglob"):
        return []
    return [written + tail for written, _ in found] or [_plain(pattern)]


def _below(written: str, absolute: str, shell: Shell, *, last: bool) -> "list[tuple[str, str]]":
    """What ** matches: the folder itself and all folders below it, as the last part files too."""
    made = [] if last else [(written, absolute)]
    todo = [(written, absolute)]
    listed = 0
    while todo:
        written, absolute = todo.pop()
        names = sorted(_listed(absolute, shell))
        listed += len(names)
        if listed > LISTED // 4:
            raise Unknown(f"a pattern over more than {LISTED // 4} files")
        for name in names:
            whole = os.path.join(absolute, name)
            if name[0] == "." and not shell.option("dotglob"):
                continue
            folder = shell.there(whole + "/") and not os.path.islink(whole)
            if last or folder:
                made.append((written + name + ("" if last else "/"), whole))
            if folder:
                todo.append((written + name + "/", whole))
        if len(made) > FIELDS:
            raise Unknown(f"a pattern that matches more than {FIELDS} files")
    return made


def _listed(folder: str, shell: Shell) -> "list[str]":
    if time.monotonic() > shell.deadline:
        raise Unknown("a pattern that there was no time to look up")
    try:
        names = os.listdir(folder)
    except OSError:
        names = []
    made = shell.made(folder)
    if len(names) > LISTED:
        raise Unknown(f"a pattern over more than {LISTED} files")
    found = []
    for count, name in enumerate({*names, *made}):
        if not count % 64 and time.monotonic() > shell.deadline:
            raise Unknown("a pattern that there was no time to look up")
        if shell.there(os.path.join(folder, name)):
            found.append(name)
    return found


def matches(pattern: str, text: str) -> bool:
    """Whether a shell pattern (* ? [] and backslash) matches a whole text; only the last * is ever tried again."""
    if "(" in pattern and any(kind + "(" in pattern for kind in "?*+@!"):
        from .extglob import matches as extended

        return extended(pattern, text)
    p = t = 0
    star = star_text = -1
    while t < len(text):
        size, fits = _fits(pattern, p, text[t])
        if p < len(pattern) and pattern[p] == "*":
            star, star_text = p, t
            p += 1
        elif fits:
            p += size
            t += 1
        elif star >= 0:
            star_text += 1
            p, t = star + 1, star_text
        else:
            return False
    while p < len(pattern) and pattern[p] == "*":
        p += 1
    return p == len(pattern)


def _fits(pattern: str, p: int, c: str) -> "tuple[int, bool]":
    """How long the pattern's element at p is, and whether it matches the character."""
    if p >= len(pattern):
        return 0, False
    element = pattern[p]
    if element == "\\" and p + 1 < len(pattern):
        return 2, pattern[p + 1] == c
    if element == "?":
        return 1, True
    if element == "[":
        end = _bracket_end(pattern, p)
        if end:
            return end - p, _in_bracket(pattern[p + 1 : end - 1], c)
    return 1, element == c


def _bracket_end(pattern: str, p: int) -> int:
    i = p + 1
    if pattern[i : i + 1] in ("!", "^"):
        i += 1
    if pattern[i : i + 1] == "]":
        i += 1
    while i < len(pattern):
        if pattern[i : i + 2] == "[:":
            close = pattern.find(":]", i + 2)
            i = close + 2 if close > 0 else i + 1
        elif pattern[i] == "]":
            return i + 1
        else:
            i += 1
    return 0


def _in_bracket(inside: str, c: str) -> bool:
    negated = inside[:1] in ("!", "^")
    i = 1 if negated else 0
    found = False
    while i < len(inside):
        if inside[i : i + 2] == "[:" and (close := inside.find(":]", i)) > 0:
            found = found or CLASSES.get(inside[i + 2 : close], str.isalpha)(c)
            i = close + 2
        elif inside[i + 1 : i + 2] == "-" and i + 2 < len(inside):
            found = found or inside[i] <= c <= inside[i + 2]
            i += 3
        else:
            found = found or inside[i] == c
            i += 1
    return found != negated


__all__ = [
    "Field",
    "Shell",
    "Unknown",
    "Unreadable",
    "arithmetic",
    "body",
    "braces",
    "expand",
    "matches",
    "pattern",
    "value",
    "visit",
]
