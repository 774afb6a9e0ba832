"""What a word becomes: quote removal and expansion on the source, in bash's order, without running anything.

Braces (braces.py), then tilde, variables (parameters.py), substitutions and arithmetic, then field splitting, then file
names from the real tree (globs.py). What cannot be known is a Field whose text is None, with the reason.
"""

import os
import pwd

from .deadline import NEVER
from .ends import NAME, after_commands, after_dollar, after_double, after_escaped, after_single, arithmetic_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

VALUE = 65536  # characters that a value may have
FIELDS = 2000  # words that one word may become
SPECIAL = "*?[("
ESCAPED = "*?[\\()|"  # what is not special when it is quoted
BLANKS = " \t\n"


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
    deadline = NEVER

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
Piece = tuple[str, bool | None]


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
        words = _alternatives(source)
    except Unknown as e:
        visit(source, shell)
        return [Field(None, source, str(e))]
    for word in words:
        try:
            fields.extend(Field(text, source) for text in _fields(word, shell))
        except Unknown as e:
            fields.append(Field(None, source, str(e)))
        if len(fields) > FIELDS:
            return [Field(None, source, f"more than {FIELDS} words")]
    return fields


def _alternatives(source: str) -> "list[str]":
    if "{" not in source:
        return [source]
    from .braces import alternatives

    return alternatives(source)


def value(source: str, shell: Shell, *, assignment: bool = False) -> str:
    """What a word is worth where bash does not split: assignments, redirections' and here-documents' text."""
    return "".join(text for text, _ in joined(pieces_of(source, shell, assignment=assignment)))


def body(source: str, shell: Shell) -> str:
    """The text of a here-document that is expanded."""
    return "".join(text for text, _ in joined(within_quotes(source, 0, len(source), shell, heredoc=True)))


def pattern(word: str, shell: Shell) -> str:
    """A word as a pattern: quoted characters are not special."""
    made = []
    for text, kind in joined(pieces_of(word, shell)):
        made.append("".join("\\" + c if c in ESCAPED else c for c in text) if kind else text)
    return "".join(made)


def visit(source: str, shell: Shell) -> None:
    """Let the shell see every substitution in a text whose value is of no interest."""
    try:
        within_quotes(source, 0, len(source), shell)
    except Unknown:
        pass


def joined(pieces: "list[Piece | None]") -> "Iterator[Piece]":
    """The pieces as one text: a blank parts what would be fields."""
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
            text = "".join(built)
            if special:
                from .globs import expanded

                made.extend(expanded(text, shell))
            else:
                made.append(plain(text))
        built.clear()
        present = special = False

    for piece in pieces_of(word, shell):
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


def plain(pattern: str) -> str:
    """A pattern without its backslashes: what it says when none of its characters is special."""
    made, i = [], 0
    while i < len(pattern):
        if pattern[i] == "\\" and i + 1 < len(pattern):
            i += 1
        made.append(pattern[i])
        i += 1
    return "".join(made)


def pieces_of(  # noqa: PLR0915 - one pass, read from top to bottom
    word: str, shell: Shell, *, assignment: bool = False
) -> "list[Piece | None]":
    """The pieces of one word after tilde, quotes and $."""
    made: list[Piece | None] = []
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
                inner = within_quotes(word, i + 1, end - 1, shell)
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
) -> "list[Piece | None]":
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
        return end, folder_of(shell)
    try:
        return end, pwd.getpwnam(name).pw_dir
    except (KeyError, OSError, ValueError):
        return end, word[at:end]


def folder_of(shell: Shell) -> str:
    """The directory that names are relative to. Raises Unknown."""
    if shell.folder is None:
        raise Unknown("the directory is not known here")
    return shell.folder


def within_quotes(word: str, i: int, end: int, shell: Shell, *, heredoc: bool = False) -> "list[Piece | None]":
    """The inside of double quotes."""
    made: list[Piece | None] = []
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


def _dollar(word: str, at: int, end: int, shell: Shell, *, quoted: bool) -> "list[Piece | None]":
    """The pieces of the expansion at..end, which begins with $."""
    follows = word[at + 1 : at + 2]
    if follows == "(":
        if arithmetic_end(word, at + 1) == end:
            from .arithmetic import calculated

            return [(calculated(word[at + 3 : end - 2], shell), quoted)]
        return [(shell.output(word[at + 2 : end - 1]), quoted)]
    if follows == "{":
        from .parameters import expanded

        inside = word[at + 2 : end - 1]
        try:
            return expanded(inside, shell, quoted=quoted)
        except Unknown:
            visit(inside, shell)
            raise
    if follows == "[":
        from .arithmetic import calculated

        return [(calculated(word[at + 2 : end - 1], shell), quoted)]
    if follows == "'" and not quoted:
        from .escapes import ansi

        return [(ansi(word[at + 2 : end - 1]), True)]
    if follows == '"' and not quoted:
        return [("", True), *within_quotes(word, at + 2, end - 1, shell)]
    name = word[at + 1 : end]
    return variable(name, shell, quoted=quoted) if name else [("$", quoted)]


def variable(name: str, shell: Shell, *, quoted: bool) -> "list[Piece | None]":
    """The pieces that $name becomes."""
    found = shell.lookup(name)
    if isinstance(found, dict):
        return [(found.get("0", ""), quoted)]
    if isinstance(found, list):
        if name not in ("@", "*"):
            return [(found[0] if found else "", quoted)]
        if quoted and name == "*":
            return [(shell.separators()[:1].join(found), True)]
        return separate(found, quoted=quoted)
    if found is None:
        raise Unknown(f"the value of ${name}")
    return [(found, quoted)]


def separate(values: "list[str]", *, quoted: bool) -> "list[Piece | None]":
    """Pieces of which each is a field of its own, as of "$@"."""
    made: list[Piece | None] = []
    for index, text in enumerate(values):
        if index:
            made.append(None)
        made.append((text, quoted))
    return made or [("", quoted)]
