"""Small languages within a command: sed programs, printf formats. Pure text in, facts out.

Each answers None when it meets what it does not know: the caller then says opaque.
"""

from .ends import line_end
from .escapes import unescaped

SED_PLAIN = "dDgGhHnNpPxz=F{}"
SED_FLAGS = "gpiImM0123456789"


def sed(program: str) -> "tuple[list[str], list[str], list[str]] | None":
    """The files that a sed program writes and reads, and the commands it runs; None if one is not known.

    sed(1), GNU 4.9: w, W, r, R and the flag w take the rest of the line as a name; e runs the rest of the line, or the
    pattern space, as the flag e does.
    """
    written: list[str] = []
    reads: list[str] = []
    run: list[str] = []
    i, n = 0, len(program)
    while i < n:
        c = program[i]
        if c in " \t\n;" or c.isdigit() or c in "$,~+!-":
            i += 1
        elif c == "/" or (c == "\\" and i + 1 < n):
            i = after_delimited(program, i + (2 if c == "\\" else 1), program[i + (c == "\\")])
            while i < n and program[i] in "IM":
                i += 1
        elif c == "#":
            i = line_end(program, i)
        elif c in SED_PLAIN:
            i += 1
        elif c in "sy":
            delimiter = program[i + 1 : i + 2]
            i = after_delimited(program, i + 2, delimiter)
            i = after_delimited(program, i, delimiter)
            while i < n and program[i] in SED_FLAGS:
                i += 1
            if i < n and program[i] == "w":
                end = line_end(program, i)
                written.append(program[i + 1 : end].strip())
                i = end
            elif i < n and program[i] == "e":
                return None
        elif c in "wWrRe":
            end = line_end(program, i)
            rest = program[i + 1 : end].strip()
            if c == "e" and rest in ("", "}", ";"):
                return None
            (run if c == "e" else reads if c in "rR" else written).append(rest)
            i = end
        elif c in "aic":
            end = line_end(program, i)
            while program[end - 1 : end] == "\\" and end < n:
                end = line_end(program, end + 1)
            i = end
        elif c in "btT:qQlLv":
            i += 1
            while i < n and program[i] not in ";\n}":
                i += 1
        else:
            return None
    return written, reads, run


def after_delimited(text: str, i: int, delimiter: str) -> int:
    """The position after the next unescaped delimiter."""
    while i < len(text) and text[i] != delimiter:
        i += 2 if text[i] == "\\" else 1
    return i + 1


def formatted(form: str, arguments: "list[str]") -> "str | None":
    """What printf prints; None for what is not known (bash(1), printf; printf(1))."""
    form = unescaped(form)
    rest = list(arguments)
    made = ""
    while True:
        before = len(rest)
        once = _formatted_once(form, rest)
        if once is None:
            return None
        made += once
        if not rest or len(rest) == before or len(made) > 65536:
            return made


def _formatted_once(form: str, rest: "list[str]") -> "str | None":
    made, i = [], 0
    while i < len(form):
        if form[i] != "%":
            made.append(form[i])
            i += 1
            continue
        if form[i + 1 : i + 2] == "%":
            made.append("%")
            i += 2
            continue
        end = i + 1
        while end < len(form) and form[end] in "-+ #0123456789.*":
            end += 1
        flags, kind = form[i + 1 : end], form[end : end + 1]
        while "*" in flags:
            flags = flags.replace("*", (rest.pop(0) if rest else "0")[:4], 1)
        text = _conversion(flags, kind, rest.pop(0) if rest else "")
        if text is None:
            return None
        made.append(text)
        i = end + 1
    return "".join(made)


def _conversion(flags: str, kind: str, given: str) -> "str | None":
    width, _, precision = flags.lstrip("-+ #0").partition(".")
    if not all(n.isascii() and n.isdigit() and len(n) <= 4 for n in (width or "0", precision or "0")):
        return None
    if kind == "f" and given.replace(".", "", 1).isdigit() and len(given) < 16:
        return f"%{flags}f" % float(given)
    if kind not in tuple("sbcqdiuoxX"):
        return None
    if kind == "q":
        return given if given and all(c.isalnum() or c in "_./-" for c in given) else None
    if kind in "sbc":
        text = unescaped(given) if kind == "b" else given[:1] if kind == "c" else given
        return f"%{flags.replace('0', '', flags[:1] == '0')}s" % text
    given = given.strip() or "0"
    if given[0] in "'\"":
        given = str(ord(given[1:2] or "\0"))
    sign = "-" if given[0] == "-" else ""
    number = given.lstrip("+-")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    value = int(sign + number, 8) if number[0] == "0" else int(sign + number)
    if value < 0 and kind in "uoxX":
        return None
    return f"%{flags}{'d' if kind in 'iu' else kind}" % value
