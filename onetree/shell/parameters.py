"""${...}: parameter expansion (bash(1), Parameter Expansion)."""

from .ends import NAME, after_quoted, is_name
from .words import (
    SPECIAL,
    VALUE,
    Unknown,
    digits,
    joined,
    pattern,
    pieces_of,
    plain,
    separate,
    value,
    variable,
    visit,
    within_quotes,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .words import Piece, Shell


def expanded(inside: str, shell: "Shell", *, quoted: bool) -> "list[Piece | None]":
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
        return separate(values, quoted=quoted)
    if rest:
        return _operated(name, rest, shell, quoted=quoted)
    return [(_element(name, shell), quoted)] if name.endswith("]") else variable(name, shell, quoted=quoted)


def _indirect(inside: str, shell: "Shell", *, quoted: bool) -> "list[Piece | None]":
    """${!name}: the variable that a variable names; ${!prefix*} and ${!array[@]}: names and subscripts."""
    if inside[-1] in "*@" and is_name(inside[:-1]):
        return separate(shell.names(inside[:-1]), quoted=quoted)
    if inside.endswith(("[@]", "[*]")):
        found = shell.lookup(inside[:-3])
        if isinstance(found, dict):
            return separate(list(found), quoted=quoted)
        return separate([str(index) for index in range(len(_list(inside, shell)))], quoted=quoted)
    stop = 0
    while stop < len(inside) and inside[stop] in NAME:
        stop += 1
    name = _get(inside[:stop], shell) if stop else None
    if name is None or not (is_name(name.partition("[")[0]) or digits(name)):
        raise Unknown(f"the value of ${{!{inside}}}")
    return expanded(name + inside[stop:], shell, quoted=quoted)


def _list(name: str, shell: "Shell") -> "list[str]":
    """The values of an array or of the parameters: name[@], @."""
    found = shell.lookup(name if name in ("@", "*") else name[:-3])
    if found is None:
        raise Unknown(f"the value of ${{{name}}}")
    return [found] if isinstance(found, str) else list(found.values()) if isinstance(found, dict) else found


def _single(name: str, shell: "Shell") -> "str | None":
    return _element(name, shell) if name.endswith("]") else _get(name, shell)


def _element(name: str, shell: "Shell") -> str:
    base, _, index = name[:-1].partition("[")
    found = shell.lookup(base)
    if isinstance(found, dict):
        return found.get(value(index, shell), "")
    if found is None:
        raise Unknown(f"the value of ${{{name}}}")
    place = _number(index, shell)
    values = [found] if isinstance(found, str) else found
    return values[place] if -len(values) <= place < len(values) else ""


def _get(name: str, shell: "Shell") -> "str | None":
    found = shell.lookup(name)
    if isinstance(found, dict):
        return found.get("0", "")
    if isinstance(found, list):
        return found[0] if found else None
    return found


def _operated_list(values: "list[str]", rest: str, shell: "Shell") -> "list[str]":
    """${a[@]:1:2}, and the operators on a value for each."""
    if rest[0] == ":" and rest[1:2] not in ("-", "+", "=", "?"):
        offset_text, comma, length_text = rest[1:].partition(":")
        offset = _number(offset_text, shell)
        values = values[offset:] if offset >= 0 else values[max(0, len(values) + offset) :]
        return values[: max(0, _number(length_text, shell))] if comma else values
    if rest[0] in "#%/^,":
        operator = _operator(rest)
        return [_changed(text, operator, rest[len(operator) :], shell) for text in values]
    if rest in (":-", "-") or (rest.startswith((":-", "-")) and values):
        return values
    raise Unknown("an operator on a list")


def _operator(rest: str) -> str:
    return rest[:2] if rest[:2] in (":-", ":=", ":+", ":?", "##", "%%", "//", "^^", ",,") else rest[:1]


def _operated(name: str, rest: str, shell: "Shell", *, quoted: bool) -> "list[Piece | None]":
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
        pieces = within_quotes(word, 0, len(word), shell) if quoted else pieces_of(word, shell)
        if operator[-1] == "=":
            shell.assign(name, "".join(text for text, _ in joined(pieces)))
        return pieces
    if found is None:
        raise Unknown(f"the value of ${name}")
    return [(_changed(found, operator, word, shell), quoted)]


def _changed(found: str, operator: str, word: str, shell: "Shell") -> str:
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
        from .escapes import ansi

        return ansi(found)
    raise Unknown(f"an operator {operator}{word}")


def _trimmed(text: str, operator: str, pattern: str) -> str:
    if len(text) > 4096:
        raise Unknown("a pattern on a long value")
    from .globs import matches

    n = len(text)
    sizes = range(n + 1) if len(operator) == 1 else range(n, -1, -1)
    for size in sizes:
        if operator[0] == "#" and matches(pattern, text[:size]):
            return text[size:]
        if operator[0] == "%" and matches(pattern, text[n - size :]):
            return text[: n - size]
    return text


def _replaced(text: str, word: str, shell: "Shell", *, every: bool) -> str:
    """${x/old/new}: the longest match of the pattern, the first or each; # and % hold it to an end."""
    cut = 0
    while cut < len(word) and word[cut] != "/":
        cut = after_quoted(word, cut) if word[cut] in "'\"\\`$" else cut + 1
    old, new = pattern(word[:cut], shell), value(word[cut + 1 :], shell)
    if not old:
        return text
    if old in ("#", "%") and not every:
        return new + text if old == "#" else text + new
    if not any(c in old for c in SPECIAL) and old[0] not in "#%":
        if every and len(new) * text.count(plain(old)) > VALUE:
            raise Unknown(f"a value of more than {VALUE} characters")
        return text.replace(plain(old), new, -1 if every else 1)
    if len(text) > 200 or len(old) > 40:
        raise Unknown("a replacement by pattern in a long value")
    from .globs import matches

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


def _substring(text: str, word: str, shell: "Shell") -> str:
    offset_text, comma, length_text = word.partition(":")
    offset = _number(offset_text, shell)
    text = text[offset:] if offset >= 0 else text[max(0, len(text) + offset) :]
    if not comma:
        return text
    length = _number(length_text, shell)
    return text[:length] if length >= 0 or len(text) + length >= 0 else ""


def _number(source: str, shell: "Shell") -> int:
    from .arithmetic import calculated

    return int(calculated(source, shell))
