"""Where quotes, expansions, commands within them and words end, as bash finds it.

Nothing here backtracks, and nesting is bounded, so the time is linear in the length for each level of nesting.
"""

from .form import Unreadable

DEPTH = 40  # levels of nesting that are read
BREAK = " \t\n;&|()<>"
FILLER = "%"  # means nothing to bash's grammar, and cannot be part of a variable's name
NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def is_name(text: str) -> bool:
    """Whether text may be a variable's name."""
    return bool(text) and not text[0].isdigit() and all(c in NAME for c in text)


def after_single(text: str, at: int) -> int:
    """The position after the single-quoted string whose quote is at `at`."""
    end = text.find("'", at + 1)
    if end < 0:
        raise Unreadable("a single quote is not closed", at, len(text))
    return end + 1


def after_escaped(text: str, at: int, closer: str) -> int:
    """The position after the next unescaped closer: of $'...' and of backquotes."""
    i, n = at, len(text)
    while i < n:
        if text[i] == "\\":
            i += 2
        elif text[i] == closer:
            return i + 1
        else:
            i += 1
    raise Unreadable(f"{closer} is not closed", at, n)


def after_double(text: str, at: int, depth: int) -> int:
    """The position after the double-quoted string whose quote is at `at`."""
    i, n = at + 1, len(text)
    while i < n:
        c = text[i]
        if c == '"':
            return i + 1
        if c == "\\":
            i += 2
        elif c == "`":
            i = after_escaped(text, i + 1, "`")
        elif c == "$":
            i = after_dollar(text, i, depth, quoted=True)
        else:
            i += 1
    raise Unreadable("a double quote is not closed", at, n)


def after_dollar(text: str, at: int, depth: int, *, quoted: bool) -> int:
    """The position after the expansion whose $ is at `at`; after the $ if it begins none."""
    if depth > DEPTH:
        raise Unreadable(f"nested more than {DEPTH} levels deep", at, len(text))
    follows = text[at + 1 : at + 2]
    if follows == "(":
        end = arithmetic_end(text, at + 1)
        return end or after_commands(text, at + 2, depth + 1)
    if follows == "{":
        return after_brace(text, at + 2, depth + 1, quoted=quoted)
    if follows == "[":
        end = text.find("]", at)
        if end < 0:
            raise Unreadable("$[ is not closed", at, len(text))
        return end + 1
    if not quoted and follows == "'":
        return after_escaped(text, at + 2, "'")
    if not quoted and follows == '"':
        return after_double(text, at + 1, depth + 1)
    return at + 1


def arithmetic_end(text: str, at: int) -> int:
    """The position after the `))` that closes the `((` at `at`; 0 if it is not arithmetic but nested parentheses."""
    if text[at : at + 2] != "((":
        return 0
    level, i, n = 0, at, len(text)
    while i < n:
        c = text[i]
        if c == "(":
            level += 1
        elif c == ")":
            level -= 1
            if level == 1 and text[i + 1 : i + 2] == ")":
                return i + 2
            if level <= 1:
                return 0
        elif c == "\\":
            i += 1
        elif c == "'":
            i = text.find("'", i + 1)
            if i < 0:
                return 0
        i += 1
    return 0


def after_brace(text: str, at: int, depth: int, *, quoted: bool) -> int:
    """The position after the `}` of a `${` whose inside begins at `at`."""
    if depth > DEPTH:
        raise Unreadable(f"nested more than {DEPTH} levels deep", at, len(text))
    i, n = at, len(text)
    pattern = False  # within ${x#pattern} a single quote quotes even inside double quotes
    while i < n:
        c = text[i]
        if c == "}":
            return i + 1
        if c == "\\":
            i += 2
        elif c == "'" and (pattern or not quoted):
            i = after_single(text, i)
        elif c == '"':
            i = after_double(text, i, depth + 1)
        elif c == "`":
            i = after_escaped(text, i + 1, "`")
        elif c == "$":
            i = after_dollar(text, i, depth, quoted=quoted)
        else:
            pattern = pattern or (c in "#%/^," and i > at)
            i += 1
    raise Unreadable("${ is not closed", at, n)


def after_commands(text: str, at: int, depth: int) -> int:
    """The position after the `)` that ends the commands beginning at `at`, as of $( and <(."""
    from .scan import after_nested

    return after_nested(text, at, depth)


def after_word(text: str, at: int, depth: int, out: "list[str] | None" = None) -> int:
    """The position after the word at `at`; what a parser could misread in it becomes filler in `out`."""
    i, n = at, len(text)
    while i < n:
        c = text[i]
        if c in BREAK:
            if c in "<>" and text[i + 1 : i + 2] == "(":
                end = after_commands(text, i + 2, depth + 1)
            elif c == "(" and text[i - 1] == "=" and i > at and _is_assigned(text[at : i - 1]):
                end = _after_array(text, i, depth + 1)
            else:
                return i
        elif c == "\\":
            if i > at and text[i + 1 : i + 2] == "\n" and text[i + 2 : i + 3] in BREAK:
                if out is not None:
                    out[i : i + 2] = "  "
                return i
            end = i + 2
        elif c == "'":
            end = after_single(text, i)
        elif c == '"':
            end = after_double(text, i, depth)
        elif c == "`":
            end = after_escaped(text, i + 1, "`")
        elif c == "$":
            end = after_dollar(text, i, depth, quoted=False)
        elif "!" <= c <= "~":
            i += 1
            continue
        else:
            end = i + 1
        end = min(end, n)
        if out is not None:
            out[i:end] = FILLER * (end - i)
        i = end
    return i


def after_pattern(text: str, at: int, depth: int) -> int:
    """The position after the pattern at `at`, which may have extended patterns @(a|b) in it."""
    end = after_word(text, at, depth)
    while end > at and text[end : end + 1] == "(" and text[end - 1] in "?*+@!":
        level, i = 0, end
        while i < len(text):
            level += {"(": 1, ")": -1}.get(text[i], 0)
            if not level:
                break
            i = after_word(text, i, depth) if text[i] not in BREAK else i + 1
        end = after_word(text, i + 1, depth)
    return end


def _is_assigned(name: str) -> bool:
    name = name.removesuffix("+")
    return is_name(name.partition("[")[0])


def _after_array(text: str, at: int, depth: int) -> int:
    if depth > DEPTH:
        raise Unreadable(f"nested more than {DEPTH} levels deep", at, len(text))
    i, n = at + 1, len(text)
    while i < n:
        c = text[i]
        if c == ")":
            return i + 1
        if c in " \t\n":
            i += 1
        elif c == "#":
            i = line_end(text, i)
        elif c in BREAK and text[i + 1 : i + 2] != "(":
            break
        else:
            start, i = i, after_word(text, i, depth)
            if i == start or (i < n and text[i] in "(<>;&|"):
                break
    raise Unreadable("a list in parentheses is not closed", at, n)


def line_end(text: str, at: int) -> int:
    """The position of the next newline, or the end."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def after_quoted(word: str, i: int) -> int:
    """The position after the quoted text or expansion at i."""
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
