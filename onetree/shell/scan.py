"""The skeleton of a command line, and where commands within it end.

skeleton() turns a command line into one of the same length that bashlex reads correctly: the inside of each word that
a parser could misread (quotes, $ of every form, arrays) is filler, comments and here-document bodies are blanks, a
here-document is `<` and filler, `case` and `[[ ]]` are put as a group and a word. So a position in bashlex's tree is a
position in the source, and no quoting of bash's reaches bashlex at all. Each change is listed where it is made.

Nothing here backtracks, and nesting is bounded, so the time is linear in the length for each level of nesting.
"""

from .ends import BREAK, DEPTH, FILLER, after_pattern, after_word, arithmetic_end, is_name, line_end
from .form import Heredoc, Span, Unreadable

OPENERS = ("if", "then", "else", "elif", "while", "until", "do", "!", "{")  # a command follows each
CLOSERS = ("fi", "done", "}", "esac")


class Skeleton:
    """text: what a parser reads. heredocs: position of << -> Heredoc.

    masked: where a word stands for [[ ]] or (( )) -> where that is in the source.
    cases: where each case begins -> for each clause, the spans of its patterns and what ends it.
    """

    __slots__ = ("cases", "heredocs", "masked", "text", "words")

    def __init__(self) -> None:
        self.text = ""
        self.heredocs: dict[int, Heredoc] = {}
        self.cases: dict[int, list[tuple[list[Span], str]]] = {}
        self.masked: dict[int, Span] = {}
        self.words = 0


def skeleton(source: str) -> Skeleton:
    """The skeleton of a whole command line. Raises Unreadable."""
    made = Skeleton()
    out = list(source)
    _Scanner(source, out, 0, made).run(0, nested=False)
    made.text = "".join(out)
    return made


def after_nested(text: str, at: int, depth: int) -> int:
    """The position after the `)` that ends the commands beginning at `at`."""
    return _Scanner(text, None, depth).run(at, nested=True)


class _Scanner:
    """One pass over commands; writes the skeleton if `out` is given, else only finds the end."""

    def __init__(self, text: str, out: "list[str] | None", depth: int, made: "Skeleton | None" = None) -> None:
        if depth > DEPTH:
            raise Unreadable(f"nested more than {DEPTH} levels deep", 0, len(text))
        self.text = text
        self.out = out
        self.depth = depth
        self.made = made or Skeleton()
        self.waiting: list[Heredoc] = []
        self.parens = 0
        self.cases: list[int] = []  # where each open case begins
        self.start = True  # a command may begin here

    def put(self, at: int, end: int, text: str = "") -> None:
        """Write text over at..end of the skeleton, filled up with blanks."""
        if self.out is not None:
            self.out[at:end] = text.ljust(end - at)

    def run(self, at: int, *, nested: bool) -> int:
        text, n, i = self.text, len(self.text), at
        while i < n:
            c = text[i]
            if c in " \t":
                i += 1
            elif c == "\n":
                i = self.bodies(i + 1)
                self.start = True
            elif c == "\\" and text[i + 1 : i + 2] == "\n":
                self.put(i, i + 2)
                i += 2
            elif c == "#":
                end = line_end(text, i)
                self.put(i, end)
                i = end
            elif c == ")" and nested and not self.parens:
                if self.cases:
                    raise Unreadable("a case is not closed", at, i)
                return i + 1
            elif c in ";&|":
                i = self.operator(i)
            elif c in "()":
                i = self.parenthesis(i)
            elif c in "<>" and text[i + 1 : i + 2] != "(":
                i = self.redirection(i)
            else:
                i = self.word(i)
        if nested:
            raise Unreadable("a parenthesis is not closed", at, n)
        if self.cases:
            raise Unreadable("a case is not closed", at, n)
        self.bodies(n)
        return n

    def operator(self, i: int) -> int:
        text = self.text
        self.start = True
        if text[i] == ";" and self.cases and text[i + 1 : i + 2] in (";", "&"):
            end = i + (3 if text[i : i + 3] == ";;&" else 2)
            self.put(i, end, "\n")
            clauses = self.made.cases[self.cases[-1]]
            clauses[-1] = (clauses[-1][0], text[i:end])
            return self.pattern(end)
        if text[i : i + 2] == "&>":
            self.start = False
            return i + (3 if text[i : i + 3] == "&>>" else 2)
        return i + (2 if text[i : i + 2] in ("&&", "||", "|&", ";;", ";&") else 1)

    def parenthesis(self, i: int) -> int:
        text = self.text
        if text[i] == ")":
            self.parens -= 1
            self.start = False
            return i + 1
        end = arithmetic_end(text, i) if self.start else 0
        if end:  # (( )) is one word
            return self.mask(i, end)
        j = i + 1
        while text[j : j + 1] in (" ", "\t") and j < len(text):
            j += 1
        if not self.start and text[j : j + 1] == ")":  # name()
            self.start = True
            return j + 1
        self.parens += 1
        if self.parens + self.depth > DEPTH:
            raise Unreadable(f"nested more than {DEPTH} levels deep", i, len(text))
        self.start = True
        return i + 1

    def mask(self, i: int, end: int) -> int:
        """Make i..end one word of filler."""
        if self.out is not None:
            self.out[i:end] = FILLER * (end - i)
        self.made.masked[i] = (i, end)
        self.start = False
        return end

    def redirection(self, i: int) -> int:
        text = self.text
        self.start = False
        if text[i : i + 3] == "<<<":
            return i + 3
        if text[i : i + 2] == "<<":
            return self.heredoc(i)
        return i + (2 if text[i : i + 2] in ("<&", "<>", ">>", ">&", ">|") else 1)

    def heredoc(self, i: int) -> int:
        """`<<-"E O F"` becomes `<` and filler, which is read as one redirection; its body becomes blanks."""
        text = self.text
        strip = text[i + 2 : i + 3] == "-"
        word = self.blanks(i + (3 if strip else 2))
        end = after_word(text, word, self.depth)
        if end == word:
            raise Unreadable("a here-document without a delimiter", i, i + 2)
        literal = any(c in "'\"\\" for c in text[word:end])
        found = Heredoc((word, end), literal=literal, strip=strip)
        self.waiting.append(found)
        self.made.heredocs[i] = found
        self.put(i, end, "<" + FILLER * (end - i - 1))
        return end

    def bodies(self, i: int) -> int:
        """Read the here-documents that wait for this line's end: the position after the last one."""
        text, first = self.text, i
        for found in self.waiting:
            delimiter = _unquoted(text[found.delimiter[0] : found.delimiter[1]])
            start = i
            while i < len(text):
                end = line_end(text, i)
                line = text[i:end]
                if (line.lstrip("\t") if found.strip else line) == delimiter:
                    found.body = (start, i)
                    i = min(end + 1, len(text))
                    break
                if not found.literal and line.endswith("\\") and _odd_backslashes(line):
                    following = min(end + 1, len(text))
                    end = line_end(text, following)  # the next line is joined to this one and cannot end the body
                i = min(end + 1, len(text))
            else:
                found.body = (start, i)  # bash takes the end of the input, with a warning
            self.put(start, i)
        if self.out is not None and i > first:
            self.out[i - 1] = "\n"
        self.waiting.clear()
        return i

    def blanks(self, i: int) -> int:
        """Skip blanks and joined lines."""
        text = self.text
        while True:
            if text[i : i + 1] in (" ", "\t") and i < len(text):
                i += 1
            elif text[i : i + 2] == "\\\n":
                self.put(i, i + 2)
                i += 2
            else:
                return i

    def white(self, i: int) -> int:
        """Skip blanks, newlines and comments."""
        text = self.text
        while i < len(text):
            if text[i] == "\n":
                i = self.bodies(i + 1)
            elif text[i] == "#":
                end = line_end(text, i)
                self.put(i, end)
                i = end
            elif (j := self.blanks(i)) > i:
                i = j
            else:
                break
        return i

    def word(self, i: int) -> int:
        text = self.text
        end = after_word(text, i, self.depth, self.out)
        if end == i:
            raise Unreadable("a character that cannot be placed", i, i + 1)
        if not self.start and text[end : end + 1] == "(" and text[end - 1] in "?*+@!":  # an extended pattern
            end = after_pattern(text, i, self.depth)
            if self.out is not None:
                self.out[i:end] = FILLER * (end - i)
        self.made.words += 1
        word = text[i:end]
        if not self.start:
            return end
        if word in OPENERS:
            if word == "do":
                self.separate(i)
            return end
        self.start = False
        if word == "case":
            return self.case(i, end)
        if word == "esac" and self.cases:
            self.cases.pop()
            self.put(i, end, "}")
        elif word == "[[":
            return self.mask(i, self.condition(end))
        elif word == "time":  # as `!`: bash's grammar has both in the same place
            self.put(i, end, "!")
            self.start = True
            option = self.blanks(end)
            if text[option : option + 2] == "-p" and text[option + 2 : option + 3] in BREAK:
                self.put(option, option + 2)
                end = option + 2
        elif word in ("for", "select"):
            if word == "select":  # as `for`
                self.put(i, end, "for")
            name = self.blanks(end)
            if text[name : name + 2] == "((":
                return self.arithmetic_for(i, name)
            end = after_word(text, name, self.depth, self.out)
            if text[self.white(end) :][:3] in ("do ", "do\n", "do\t"):
                self.start = True
        elif word == "coproc":
            return self.coproc(i, end)
        elif word == "function":
            end = after_word(text, self.blanks(end), self.depth, self.out)
            self.start = text[self.blanks(end) :][:1] != "("
        return end

    def separate(self, i: int) -> None:
        """Put a `;` for the newline before the `do` at i: bashlex wants one there."""
        if self.out is None:
            return
        first = i
        while first and self.out[first - 1] in " \t\n":
            first -= 1
        if first and self.out[first - 1] not in ";&|" and "\n" in self.out[first:i]:
            self.out[self.out.index("\n", first)] = ";"

    def coproc(self, i: int, end: int) -> int:
        """`coproc [NAME] COMMAND` becomes `! COMMAND`: it runs, in a shell of its own."""
        self.put(i, end, "!")
        self.start = True
        name = self.blanks(end)
        after = after_word(self.text, name, self.depth)
        if is_name(self.text[name:after]) and self.text[self.blanks(after) :][:1] in ("{", "("):
            self.put(name, after)
            return after
        return end

    def arithmetic_for(self, i: int, at: int) -> int:
        """`for ((...)); do` becomes `while WORD; do`."""
        end = arithmetic_end(self.text, at)
        after = self.white(end) if end else 0
        if not end or end - i < len("while %"):
            raise Unreadable("for (( is not closed", i, len(self.text))
        separated = self.text[after : after + 1] == ";" or "\n" in self.text[end:after]
        if not separated and self.text[after : after + 2] != "do":
            raise Unreadable("for (( )) without a separator", i, end)
        self.put(i, end, "while " + FILLER * (end - i - 7) + (FILLER if separated else ";"))
        self.made.masked[i + 6] = (at, end)
        return end

    def condition(self, i: int) -> int:
        """The position after the ]] of a [[ whose inside begins at i."""
        text, n = self.text, len(self.text)
        while i < n:
            if text[i] in BREAK and not (text[i] in "<>" and text[i + 1 : i + 2] == "("):
                i += 1
                continue
            end = after_word(text, i, self.depth)
            if text[i:end] == "]]":
                return end
            i = max(end, i + 1)
        raise Unreadable("[[ is not closed", i, n)

    def case(self, i: int, end: int) -> int:
        """`case WORD in a) x ;; esac` becomes `{ : WORD ; x newline }`: WORD is expanded, and every body is there."""
        text = self.text
        if len(self.cases) + self.depth > DEPTH:
            raise Unreadable(f"nested more than {DEPTH} levels deep", i, len(text))
        self.made.cases[i] = []
        self.put(i, end, "{ :")
        word = self.white(end)
        self.newlines_to_blanks(end, word)
        end = after_word(text, word, self.depth, self.out)
        keyword = self.white(end)
        self.newlines_to_blanks(end, keyword)
        if text[keyword : keyword + 2] != "in":
            raise Unreadable("a case without its in", i, keyword)
        self.put(keyword, keyword + 2, ";")
        self.cases.append(i)
        return self.pattern(keyword + 2)

    def newlines_to_blanks(self, start: int, end: int) -> None:
        if self.out is not None:
            self.out[start:end] = " " * (end - start)

    def pattern(self, i: int) -> int:
        """Blank a case's pattern `(a | b)`; at the last `esac`, close the case."""
        text, n = self.text, len(self.text)
        i = self.white(i)
        self.start = True
        end = after_word(text, i, self.depth) if i < n else i
        if text[i:end] == "esac":
            self.cases.pop()
            self.put(i, end, "}")
            self.start = False
            return end
        start = i
        patterns: list[Span] = []
        if text[i : i + 1] == "(":
            i += 1
        while i < n and text[i] != ")":
            if text[i] in " \t|":
                i += 1
                continue
            end = after_pattern(text, i, self.depth)
            if end == i:
                break
            patterns.append((i, end))
            i = end
        self.made.cases[self.cases[-1]].append((patterns or [(start, start)], ";;"))
        if text[i : i + 1] != ")":
            raise Unreadable("a case pattern that is not closed", start, i)
        self.put(start, i + 1)
        return i + 1


def _odd_backslashes(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _unquoted(word: str) -> str:
    """A here-document's delimiter after quote removal."""
    made, i = [], 0
    quote = ""
    while i < len(word):
        c = word[i]
        if c == "\\" and quote != "'":
            made.append(word[i + 1 : i + 2])
            i += 1
        elif quote:
            if c == quote:
                quote = ""
            else:
                made.append(c)
        elif c in "'\"":
            quote = c
        elif c == "$" and word[i + 1 : i + 2] in ("'", '"') and i + 1 < len(word):
            pass
        else:
            made.append(c)
        i += 1
    return "".join(made)
