"""The words of a program's text in one of several languages: what is in a string or a comment is never taken for code.

A Language says how its comments, strings and variables are written. A string's parts are its text and, as
("code", source), what is interpolated into it.
"""

from .quotes import CLOSERS, NAME, after, after_regex, parts, raw

TOKENS = 20000
OPERATORS = (
    ">>>=", "<=>", "===", "!==", "**=", "||=", "&&=", "??=", "//=", "<<=", ">>=", "...", "<<-", "%/%", "|>>",
    "=>", "->", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "&.", "::", "++", "--", "**", "+=", "-=", "*=", "/=",
    ".=", "%=", "|=", "&=", "^=", "=~", "!~", "~=", "<-", "..", "<<", ">>", "//", "|&",
)  # fmt: skip
# After these words a / or a < begins an operand.
BEFORE_OPERAND = frozenset(
    "if unless while until and or not return print puts split grep map when elsif elif in x eq ne lt gt le ge cmp "
    "push join typeof void delete case do else then await yield echo p my our local unlink chmod sort reverse chomp "
    "keys values scalar each".split()
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .quotes import Part

    Value = Any


class Unreadable(RecursionError):
    """A text that is not of the language, or that is too much."""


class Language:
    """How a language writes what must be told from code.

    line, block: comments. plain, full: quotes whose inside is taken as it is, and with escapes. holds: how a full
    string interpolates: "$" perl's and php's, "#{" ruby's, "${" of javascript's templates, "$(" julia's, "" not at all.
    sigils: what begins a variable. newlines: whether a line's end ends a statement. like: "perl", "ruby", ... for what
    only that language has.
    """

    def __init__(self, name: str, **given: "Value") -> None:
        self.name = name
        self.line: tuple[str, ...] = given.get("line", ("#",))
        self.block: tuple[str, str] | None = given.get("block")
        self.plain: str = given.get("plain", "")
        self.full: str = given.get("full", "\"'")
        self.holds: str = given.get("holds", "")
        self.sigils: str = given.get("sigils", "")
        self.newlines: bool = given.get("newlines", False)
        self.backquote: str = given.get("backquote", "")  # "cmd", "template"
        self.ends: bool = given.get("ends", False)  # blocks end with `end`
        self.regexes: bool = given.get("regexes", False)


class Token:
    """kind: id, var, num, str, cmd, words, regex, subst, readline, op, end. space, line: what stands before it."""

    __slots__ = ("kind", "line", "parts", "space", "text")

    def __init__(self, kind: str, text: str, space: bool, line: bool, parts: "list[Part] | None" = None) -> None:
        self.kind = kind
        self.text = text
        self.space = space
        self.line = line
        self.parts: list[Part] = parts or []


class Reader:
    """Takes a text apart, from the left to the right."""

    def __init__(self, text: str, language: Language) -> None:
        self.text = text
        self.language = language
        self.i = 0
        self.made: list[Token] = []
        self.space = self.line = False
        self.pending: list[tuple[Token, str, bool, bool]] = []  # here-documents whose bodies come after this line

    def tokens(self) -> "list[Token]":
        """All tokens; the last is of kind end."""
        n = len(self.text)
        while self.i < n:
            if self.blank() or self.comment():
                continue
            if self.text.startswith(("__END__", "__DATA__"), self.i) and self.language.name in ("perl", "ruby"):
                break
            self.one()
            self.space = self.line = False
            if len(self.made) > TOKENS:
                raise Unreadable("more of a program than is read")
        self.made.append(Token("end", "", True, True))
        return self.made

    def add(self, kind: str, text: str, end: int, parts: "list[Part] | None" = None) -> Token:
        """Note a token and go on after it."""
        token = Token(kind, text, self.space, self.line, parts)
        self.made.append(token)
        self.i = end
        return token

    def blank(self) -> bool:
        """Go past one blank; at a line's end, past the here-documents that begin there."""
        c = self.text[self.i]
        if c not in " \t\r\n\f\v\\\ufeff" or (c == "\\" and self.text[self.i + 1 : self.i + 2] != "\n"):
            return False
        self.space = True
        if c == "\\":
            self.i += 2
            return True
        self.i += 1
        if c == "\n":
            self.line = True
            for waiting in self.pending:
                self.heredoc_body(*waiting)
            self.pending.clear()
            if self.language.name in ("perl", "ruby") and self.text.startswith("=", self.i):
                self.pod()
        return True

    def pod(self) -> None:
        """Perl's documentation, ruby's =begin."""
        if not (self.text[self.i + 1 : self.i + 2].isalpha()):
            return
        for mark in ("\n=cut", "\n=end"):
            found = self.text.find(mark, self.i)
            if found >= 0:
                end = self.text.find("\n", found + 1)
                self.i = len(self.text) if end < 0 else end
                return
        self.i = len(self.text)

    def comment(self) -> bool:
        """Go past a comment."""
        language, text, i = self.language, self.text, self.i
        if language.block and text.startswith(language.block[0], i):
            end = text.find(language.block[1], i + len(language.block[0]))
            self.i = len(text) if end < 0 else end + len(language.block[1])
            self.space = True
            return True
        for mark in language.line:
            if text.startswith(mark, i) and not (mark == "#" and text.startswith("#[", i) and language.name == "php"):
                end = text.find("\n", i)
                self.i = len(text) if end < 0 else end
                return True
        return False

    def operand(self) -> bool:
        """Whether an operand, not an operator, comes here."""
        if not self.made:
            return True
        last = self.made[-1]
        if last.text == "}" and last.kind == "op" and (self.line or self.language.name == "awk"):
            return True
        if last.kind == "id":
            return last.text in BEFORE_OPERAND or (
                self.language.name == "ruby" and self.space and self.text[self.i + 1 : self.i + 2] not in (" ", "=")
            )
        return last.kind == "op" and last.text not in (")", "]", "}", "++", "--")

    def one(self) -> None:
        """Take one token."""
        text, i, language = self.text, self.i, self.language
        c = text[i]
        if c in language.full or c in language.plain:
            end = after(text, i + 1, c)
            inside = text[i + 1 : end - 1]
            if language.name == "julia" and text.startswith(c * 3, i):
                end = text.find(c * 3, i + 3) + 3
                inside = text[i + 3 : end - 3]
                end = end if end > 2 else len(text)
            self.add("str", c, end, [raw(inside, c)] if c in language.plain else parts(inside, language.holds))
        elif c == "`" and language.backquote:
            end = after(text, i + 1, "`")
            kind = "cmd" if language.backquote == "cmd" else "str"
            self.add(kind, "`", end, parts(text[i + 1 : end - 1], language.holds or "${"))
        elif c.isdigit() or (c == "." and text[i + 1 : i + 2].isdigit() and self.operand()):
            self.number()
        elif c in language.sigils and self.variable():
            pass
        elif c.isalpha() or c == "_":
            self.word()
        elif c == "/" and language.regexes and self.operand():
            end = after_regex(text, i)
            flags = end
            while flags < len(text) and text[flags].isalpha():
                flags += 1
            self.add("regex", text[i + 1 : end - 1], flags, [text[end:flags]])
        elif (c == "<" and self.angle()) or (
            c == "%" and language.name == "ruby" and self.operand() and self.percent()
        ):
            pass
        elif language.name == "lua" and c == "[" and text[i + 1 : i + 2] in ("[", "="):
            level = 0
            while text[i + 1 + level : i + 2 + level] == "=":
                level += 1
            end = text.find("]" + "=" * level + "]", i)
            end = len(text) if end < 0 else end
            self.add("str", "[", end + level + 2, [text[i + level + 2 : end].removeprefix("\n")])
        elif language.name == "ruby" and c == ":" and (text[i + 1 : i + 2].isalpha() or text[i + 1 : i + 2] == '"'):
            self.symbol()
        else:
            operator = next((o for o in OPERATORS if text.startswith(o, i)), c)
            if operator == "//" and language.name in ("node", "r"):
                operator = "/"
            self.add("op", operator, i + len(operator))

    def symbol(self) -> None:
        """A ruby symbol, as its text."""
        end = self.i + 1
        if self.text[end] == '"':
            end = after(self.text, end + 1, '"')
        while end < len(self.text) and (self.text[end] in NAME or self.text[end] in "?!"):
            end += 1
        self.add("str", ":", end, [self.text[self.i + 1 : end].strip('"')])

    def number(self) -> None:
        """A number: its text without underscores."""
        text, i = self.text, self.i
        end = i + 1
        if text[i] == "0" and text[end : end + 1] in ("x", "o", "b", "X"):
            end += 1
        while end < len(text) and (
            text[end] in NAME or (text[end] == "." and text[end + 1 : end + 2].isdigit() and "." not in text[i:end])
        ):
            end += 1
        self.add("num", text[i:end].replace("_", ""), end)

    def word(self) -> None:
        """A name; in perl one that quotes."""
        text, i = self.text, self.i
        end = i
        perl = self.language.name == "perl"
        while end < len(text) and (
            text[end] in NAME
            or (text[end].isalpha())
            or (text.startswith("::", end) and perl and text[end + 2 : end + 3].isalpha())
            or (text[end] == ":" and perl and text[end - 1] == ":" and text[end + 1 : end + 2].isalpha())
            or (text[end] == "\\" and self.language.name == "php")
            or (text[end] == "." and self.language.name == "r" and text[end + 1 : end + 2].isalpha())
        ):
            end += 1
        name = text[i:end]
        if perl and name in ("q", "qq", "qw", "qx", "m", "qr", "s", "tr", "y") and self.quotelike(name, end):
            return
        if self.language.name == "ruby" and text[end : end + 1] in ("?", "!") and text[end + 1 : end + 2] != "=":
            name = text[i : end + 1]
            end += 1
        self.add("id", name, end)

    def quotelike(self, name: str, end: int) -> bool:
        """q// and its like (perlop, "Quote and Quote-like Operators")."""
        text = self.text
        start = end
        while text[start : start + 1] in (" ", "\t") and start < len(text):
            start += 1
        opener = text[start : start + 1]
        if not opener or opener.isalnum() or opener in "_,;)=" or opener.isspace() or (start > end and opener == "#"):
            return False
        if text.startswith("=>", start) or (self.made and self.made[-1].text in ("->", "sub", "{") and opener == "}"):
            return False
        if self.made and self.made[-1].text in ("->", "sub"):
            return False
        closer = CLOSERS.get(opener, opener)
        stop = after(text, start + 1, closer, opener if closer != opener else "")
        inside = text[start + 1 : stop - 1]
        if name in ("s", "tr", "y"):
            at = stop
            second = opener
            if closer != opener:
                while at < len(text) and text[at].isspace():
                    at += 1
                second = text[at : at + 1]
                at += 1
            close = CLOSERS.get(second, second)
            stop = after(text, at, close or "/", second if close != second else "")
            other = text[at : stop - 1]
            flags = stop
            while flags < len(text) and text[flags].isalpha():
                flags += 1
            self.add("subst", "s" if name == "s" else "tr", flags, [inside, other, text[stop:flags]])
            return True
        if name in ("m", "qr"):
            flags = stop
            while flags < len(text) and text[flags].isalpha():
                flags += 1
            self.add("regex", inside, flags, [text[stop:flags]])
        elif name == "qw":
            self.add("words", "", stop, list(inside.split()))
        else:
            made = [raw(inside, closer)] if name == "q" or opener == "'" else parts(inside, "$")
            self.add("cmd" if name == "qx" else "str", name, stop, [*made])
        return True

    def percent(self) -> bool:
        """Ruby's %w() and its like."""
        text, i = self.text, self.i
        kind = text[i + 1 : i + 2]
        start = i + 2 if kind.isalpha() else i + 1
        opener = text[start : start + 1]
        if not opener or opener.isalnum() or opener.isspace() or (not kind.isalpha() and opener not in "([{<"):
            return False
        closer = CLOSERS.get(opener, opener)
        end = after(text, start + 1, closer, opener if closer != opener else "")
        inside = text[start + 1 : end - 1]
        if kind in ("w", "W", "i", "I"):
            self.add("words", "", end, list(inside.split()))
        elif kind == "x":
            self.add("cmd", "%x", end, parts(inside, "#{"))
        elif kind == "r":
            self.add("regex", inside, end, [""])
        else:
            self.add("str", "%", end, [inside] if kind == "q" else parts(inside, "#{"))
        return True

    def variable(self) -> bool:
        """A name with its sigil."""
        text, i = self.text, self.i
        c = text[i]
        follows = text[i + 1 : i + 2]
        name = self.language.name
        if name == "perl":
            if c in "%&" and not (self.operand() and (follows.isalpha() or follows in "_${+")):
                return False
            if c == "$" and text.startswith("$#", i):
                end = i + 2 + (text[i + 2 : i + 3] in ("{", "$"))
                while end < len(text) and (text[end] in NAME or text[end] == "}"):
                    end += 1
                self.add("var", text[i:end], end)
                return True
            if follows == "{" and text[i + 2 : i + 3] in NAME:
                end = text.find("}", i)
                if end > 0 and all(k in NAME or k == ":" for k in text[i + 2 : end]):
                    self.add("var", c + text[i + 2 : end], end + 1)
                    return True
            if follows in ("{", "$") and c in "$@%":
                self.add("op", c + "*", i + 1)  # a dereference
                return True
            if c == "$" and follows == "^" and text[i + 2 : i + 3].isalpha():
                self.add("var", text[i : i + 3], i + 3)
                return True
            if c == "$" and follows and follows in '!@/\\,;.&0|"+-':
                self.add("var", text[i : i + 2], i + 2)
                return True
        if name == "ruby" and c == "$" and follows and follows in "!@/\\,;.&0~*?":
            self.add("var", text[i : i + 2], i + 2)
            return True
        if c == "@" and text.startswith("@@", i):
            follows = text[i + 2 : i + 3]
        if not follows or (follows not in NAME and not follows.isalpha()):
            return False
        end = i + 2
        while end < len(text) and (text[end] in NAME or (text.startswith("::", end) and name == "perl")):
            end += 2 if text[end] == ":" else 1
        self.add("var", text[i:end], end)
        return True

    def angle(self) -> bool:
        """A here-document, or perl's <FH>."""
        text, i, name = self.text, self.i, self.language.name
        if name == "php" and text.startswith("<<<", i):
            return self.heredoc(3)
        before = name == "perl" or (name == "ruby" and self.operand())
        if before and text.startswith("<<", i) and self.heredoc(2):
            return True
        if name == "perl" and self.operand():
            end = text.find(">", i)
            inside = text[i + 1 : end]
            if end > 0 and len(inside) < 80 and "\n" not in inside and " " not in inside and "=" not in inside:
                self.add("readline", inside, end + 1)
                return True
        return False

    def heredoc(self, skip: int) -> bool:
        """The beginning of a here-document."""
        text = self.text
        at = self.i + skip
        indent = text[at : at + 1] in ("~", "-")
        squeeze = text[at : at + 1] == "~" or skip == 3
        at += indent
        while skip == 3 and text[at : at + 1] in (" ", "\t"):
            at += 1
        quote = text[at : at + 1]
        if quote and quote in "\"'":
            end = text.find(quote, at + 1)
            tag = text[at + 1 : end]
            end += 1
        else:
            quote = ""
            end = at
            while end < len(text) and text[end] in NAME:
                end += 1
            tag = text[at:end]
        if end <= 0 or not tag or tag[0].isdigit() or not all(c in NAME for c in tag):
            return False
        token = self.add("str", "<<", end)
        self.pending.append((token, tag, quote == "'", squeeze))
        return True

    def heredoc_body(self, token: Token, tag: str, literal: bool, squeeze: bool) -> None:
        """Take the lines up to the delimiter."""
        lines: list[str] = []
        while self.i < len(self.text):
            end = self.text.find("\n", self.i)
            end = len(self.text) if end < 0 else end
            line = self.text[self.i : end]
            stripped = line.strip()
            if stripped.rstrip(";,)") == tag:
                self.i += line.index(tag) + len(tag)
                break
            lines.append(line + "\n")
            self.i = end + 1
        if squeeze:
            margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
            lines = [line[margin:] for line in lines]
        body = "".join(lines)
        if self.language.name == "php":
            body = body.removesuffix("\n")
        token.parts = [body] if literal else parts(body, self.language.holds)
