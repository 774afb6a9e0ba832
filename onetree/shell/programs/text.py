"""Filters: what they print when their input is known (the manual pages of GNU coreutils 9, grep 3, xxd, util-linux).

Each takes the call and its input, and answers None when an option or the input is not known here.
"""

import os

from onetree.shell.globs import CLASSES
from onetree.shell.words import Field, digits

from .call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LENGTH = 65536
BRACKETS = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": " \t\n\r\f\v",
    "blank": " \t",
    "xdigit": "0-9A-Fa-f",
}


def filter_(call: Call) -> "str | None":
    """Note what is read, and what is printed if that is known."""
    call.record()
    operands = [] if call.name in NO_FILES else call.operands
    for field in operands:
        call.effect("r", field)
    call.option_values()
    text = given(call, operands)
    made = None if text is None or len(text) > LENGTH or call.name not in FILTERS else FILTERS[call.name](call, text)
    return made if made is None or len(made) <= LENGTH else None


def given(call: Call, operands: "list[Field]") -> "str | None":
    """The text of the files named, or of standard input."""
    state = call.state
    made = []
    for field in operands or [Field("-", "-")]:
        if field.text in ("-", "/dev/stdin"):
            text, state.text = (state.text if state.piped else None), ""
        else:
            paths = call.absolute(field)
            text = call.walker.file(paths[0]) if len(paths) == 1 else None
        if text is None:
            return None
        made.append(text)
    return "".join(made)


def lines_of(text: str) -> "list[str]":
    return text.split("\n")[:-1] if text.endswith("\n") else text.split("\n") if text else []


def joined(lines: "list[str]") -> str:
    return "".join(line + "\n" for line in lines)


def letters(call: Call) -> "set[str]":
    """The flags given, one letter each, and the long ones."""
    return {flag for flag in call.flags if len(flag) == 2 or flag.startswith("--")}


def _only(call: Call, flags: str) -> bool:
    """Whether no flags but these single letters were given."""
    return all(flag[1] in flags if len(flag) == 2 else flag[:2] != "--" for flag in call.flags)


def cat(call: Call, text: str) -> "str | None":
    return text if _only(call, "su") else None


def _count(call: Call) -> "tuple[int | None, bool]":
    """-n NUMBER, -NUMBER, -c NUMBER: the number, and whether it counts characters."""
    given = call.value("-n", "--lines")
    size = call.value("-c", "--bytes")
    old = next((flag[1:] for flag in call.flags if digits(flag[1:])), "")
    letters = "".join(sorted(flag[1:] for flag in call.flags if len(flag) == 2 and flag[1:].isdigit()))
    chosen = size or given
    number = chosen.text if chosen else old or letters or "10"
    if not old and not _only(call, letters):
        return None, False
    return (int(number) if number is not None and digits(number) else None), size is not None


def head(call: Call, text: str) -> "str | None":
    number, characters = _count(call)
    if number is None or len(call.operands) > 1:
        return None
    return text[:number] if characters else "".join(text.splitlines(keepends=True)[:number])


def tail(call: Call, text: str) -> "str | None":
    given = call.value("-n", "--lines")
    if given is not None and given.text and given.text[0] == "+" and digits(given.text[1:]):
        return "".join(text.splitlines(keepends=True)[max(int(given.text[1:]) - 1, 0) :])
    number, characters = _count(call)
    if number is None or len(call.operands) > 1:
        return None
    if not number:
        return ""
    return text[-number:] if characters else "".join(text.splitlines(keepends=True)[-number:])


def tac(call: Call, text: str) -> "str | None":
    return None if call.flags or not text.endswith("\n") else joined(lines_of(text)[::-1])


def rev(call: Call, text: str) -> "str | None":
    return None if call.flags else "\n".join(line[::-1] for line in text.split("\n"))


def sort(call: Call, text: str) -> "str | None":
    """In the order of bytes: another locale's order is not known, so only plain names in one case are sorted."""
    lines = lines_of(text)
    if call.values or not _only(call, "run"):
        return None
    if call.has("-n"):
        if call.has("-u") or not all(digits(line) for line in lines):
            return None
        return joined(sorted(lines, key=lambda line: (int(line), line), reverse=call.has("-r")))
    lines = sorted(set(lines) if call.has("-u") else lines, reverse=call.has("-r"))
    return joined(lines)


def uniq(call: Call, text: str) -> "str | None":
    lines = lines_of(text)
    if letters(call) not in (set(), {"-d"}, {"-u"}) or call.values:
        return None
    groups: list[list[str]] = []
    for line in lines:
        if groups and groups[-1][0] == line:
            groups[-1].append(line)
        else:
            groups.append([line])
    wanted = {"": (1, len(lines)), "-d": (2, len(lines)), "-u": (1, 1)}[min(call.flags, default="")]
    return joined([group[0] for group in groups if wanted[0] <= len(group) <= wanted[1]])


def wc(call: Call, text: str) -> "str | None":
    if call.operands or call.flags not in ({"-l"}, {"-c"}, {"-w"}):
        return None
    return f"{ {'-l': text.count(chr(10)), '-c': len(text.encode()), '-w': len(text.split())}[min(call.flags)] }\n"


def cut(call: Call, text: str) -> "str | None":
    fields, columns = call.value("-f", "--fields"), call.value("-c", "--characters", "-b", "--bytes")
    given = call.value("-d", "--delimiter")
    chosen = fields or columns
    if not _only(call, "s") or chosen is None or chosen.text is None or (given is not None and not given.text):
        return None
    delimiter = (given.text if given is not None else None) or "\t"
    made = []
    for line in lines_of(text):
        if fields is not None and delimiter not in line:
            made += [] if call.has("-s") else [line]
            continue
        parts = line.split(delimiter) if fields is not None else list(line)
        indexes = _chosen(chosen.text, len(parts))
        if indexes is None:
            return None
        made.append((delimiter if fields is not None else "").join(parts[i] for i in indexes))
    return joined(made)


def _chosen(ranges: str, count: int) -> "list[int] | None":
    """Which of so many fields 1,3-5,7- names."""
    found: set[int] = set()
    for part in ranges.split(","):
        first, dash, last = part.partition("-")
        if not all(digits(number) or not number for number in (first, last)) or part in ("", "-"):
            return None
        start = int(first or 1)
        found.update(range(start, min(int(last or count) if dash else start, count) + 1))
    return sorted(i - 1 for i in found if 0 < i <= count)


def tr(call: Call, text: str) -> "str | None":
    sets = [_set(field.text) for field in call.operands]
    if any(s is None for s in sets) or not _only(call, "dscC") or call.values:
        return None
    first = sets[0] if sets else None
    second = sets[1] if len(sets) > 1 else None
    complement = call.has("-c", "-C")
    if first is None:
        return None

    def within(c: str) -> bool:
        return (c in first) != complement

    if call.has("-d"):
        return None if call.has("-s") else "".join(c for c in text if not within(c))
    if second:
        table = {} if complement else dict(zip(first, second.ljust(len(first), second[-1]), strict=False))
        text = "".join((second[-1] if within(c) else c) if complement else table.get(c, c) for c in text)
    if call.has("-s"):
        squeezed = second if second is not None else None
        made: list[str] = []
        for c in text:
            if made and made[-1] == c and (c in squeezed if squeezed is not None else within(c)):
                continue
            made.append(c)
        text = "".join(made)
    return text


def _set(source: "str | None") -> "str | None":
    """The characters of tr's SET: ranges, classes, escapes."""
    from onetree.shell.escapes import unescaped

    if source is None or "[=" in source or "*]" in source:
        return None
    made, i = [], 0
    while i < len(source):
        if source.startswith("[:", i) and (close := source.find(":]", i)) > 0:
            kind = CLASSES.get(source[i + 2 : close])
            if kind is None:
                return None
            made.append("".join(chr(code) for code in range(128) if kind(chr(code))))
            i = close + 2
            continue
        size = 1
        if source[i] == "\\":
            size = 2
            while size < 4 and source[i + 1 : i + size + 1].isdigit() and i + size < len(source):
                size += 1
        c = unescaped(source[i : i + size])
        i += size
        if source[i : i + 1] == "-" and i + 1 < len(source) and len(c) == 1:
            last = source[i + 1]
            if last < c or last == "\\":
                return None
            made.append("".join(chr(code) for code in range(ord(c), ord(last) + 1)))
            i += 2
        else:
            made.append(c)
    return "".join(made)


def base64(call: Call, text: str) -> "str | None":
    import binascii

    try:
        if call.has("-d", "--decode", "-D", "-di"):
            data = binascii.a2b_base64(text.encode())
            return data.decode() if b"\0" not in data else None
    except (ValueError, UnicodeError):
        return None
    if call.flags:
        return None
    encoded = binascii.b2a_base64(text.encode("utf-8", "surrogateescape"), newline=False).decode()
    given = call.value("-w", "--wrap")
    width = int(given.text) if given is not None and given.text and digits(given.text) else 76
    if not width:
        return encoded
    return joined([encoded[i : i + width] for i in range(0, len(encoded), width)])


def xxd(call: Call, text: str) -> "str | None":
    letters = {flag[1] for flag in call.flags if len(flag) == 2}
    if letters in ({"p"}, {"p", "s"}) and not call.values:
        digits_ = text.encode("utf-8", "surrogateescape").hex()
        return joined([digits_[i : i + 60] for i in range(0, len(digits_), 60)])
    if letters not in ({"r", "p"}, {"r", "p", "s"}):
        return None
    try:
        data = bytes.fromhex("".join(text.split()))
        return data.decode() if b"\0" not in data else None
    except ValueError:
        return None


def grep(call: Call, text: str) -> "str | None":
    """Lines that match a plain or simple pattern."""
    if call.name not in ("grep", "egrep", "fgrep") or not _only(call, "vxFEiwaGqsnoch"):
        return None
    given = call.value("-e", "--regexp")
    pattern = given.text if given is not None else call.operands[0].text if call.operands else None
    if (
        pattern is None
        or (len(call.operands) - (given is None) > 1 and not call.has("-h"))
        or {o for o, _ in call.values} - {"-e", "--color"}
    ):
        return None
    extended = call.has("-E") or call.name == "egrep"
    plain = call.has("-F") or call.name == "fgrep"
    import re

    source = re.escape(pattern) if plain else regular(pattern, extended=extended)
    if source is None:
        return None
    source = rf"\b(?:{source})\b" if call.has("-w") else source
    try:
        compiled = re.compile(source, re.IGNORECASE if call.has("-i") else 0)
    except re.error:
        return None
    from onetree.shell.inline.regexes import quick

    if not plain and not quick(source, max(map(len, lines_of(text)), default=0)):
        return None
    test = compiled.fullmatch if call.has("-x") else compiled.search
    numbered = [(number, line) for number, line in enumerate(lines_of(text), 1) if bool(test(line)) != call.has("-v")]
    call.state.status = 0 if numbered else 1
    if call.has("-q"):
        return ""
    if call.has("-c"):
        return f"{len(numbered)}\n"
    if call.has("-o"):
        if call.has("-v", "-x", "-n") or "|" in source:
            return None
        return joined([match.group() for _, line in numbered for match in compiled.finditer(line) if match.group()])
    return joined([f"{number}:{line}" if call.has("-n") else line for number, line in numbered])


def regular(pattern: str, *, extended: bool, groups: bool = False) -> "str | None":
    """A POSIX regular expression as Python's, if it is a simple one: no groups repeated, no back references.

    groups: whether Python's groups must be those of the pattern, as they are when nothing else parenthesises.
    """
    made, i = [], 0
    while i < len(pattern):
        c = pattern[i]
        if c == "\\" and i + 1 < len(pattern):
            following = pattern[i + 1]
            if following in "(){}|+?" and not extended:
                made.append(following)
            elif following in "<>'`" or (following.isalnum() and following not in "wWsSb"):
                return None
            else:
                made.append("\\" + following)
            i += 2
            continue
        if c == "[":
            end = pattern.find("]", i + (3 if pattern[i + 1 : i + 2] == "^" else 2))
            if pattern.startswith(("[[:", "[^[:"), i):
                end = pattern.find("]", end + 1) if pattern[end - 1] == ":" else end
            inside = pattern[i : end + 1]
            for name, characters in BRACKETS.items():
                inside = inside.replace(f"[:{name}:]", characters)
            if end < 0 or "[:" in inside or "\\" in pattern[i:end] or "[" in pattern[i + 1 : end].replace("[:", ""):
                return None
            made.append(inside)
            i = end + 1
            continue
        plain = c == "*" and (not made or made[-1] in ("(", "^"))
        made.append("\\" + c if plain or (c in "(){}|+?" and not extended) else c)
        i += 1
    source = "".join(made)
    repeated = any(")" + sign in source.replace("\\)", "") for sign in "*+{")
    if "(?" in source.replace("\\(", "") or (groups and "|" in source.replace("\\|", "")):
        return None  # POSIX takes the longest of the alternatives, Python the first
    return None if repeated or source.count("*") + source.count("+") > (5 if groups else 8) else source


def _listed(call: Call) -> "str | None":
    """The names in a folder, or those given, one a line, as into a pipe, where the order is that of their bytes."""
    if not _only(call, "aA1rdp") or call.values or call.walker.unsure:
        return None
    files: list[str] = []
    folders: list[str] = []
    for field in call.operands or [Field(".", ".")]:
        paths = call.absolute(field)
        if len(paths) != 1 or field.text is None:
            return None
        if os.path.isdir(paths[0]) and not call.has("-d"):
            folders.append(paths[0])
        elif call.state.there(paths[0]):
            files.append(field.text)
    if len(folders) > 1 or (folders and files):
        return None
    for folder in folders:
        files = _inside(call, folder)
    if call.has("-p"):
        top = folders[0] if folders else call.state.folder or "/"
        files = [name + "/" if call.is_folder(Field(os.path.join(top, name), name)) else name for name in files]
    return joined(sorted(files, reverse=call.has("-r")))


def _inside(call: Call, folder: str) -> "list[str]":
    try:
        there = os.listdir(folder)[:2000]
    except OSError:
        there = []
    names = {name for name in there if call.state.there(os.path.join(folder, name))}
    names.update(call.walker.names.get(os.path.normpath(folder), []))
    if call.has("-a"):
        names.update((".", ".."))
    return [name for name in names if call.has("-a", "-A") or name[0] != "."]


NO_FILES = ("tr",)
FILTERS: "dict[str, Callable[[Call, str], str | None]]" = {
    "cat": cat,
    "head": head,
    "tail": tail,
    "tac": tac,
    "rev": rev,
    "wc": wc,
    "cut": cut,
    "tr": tr,
    "base64": base64,
}


def listing(call: Call) -> "str | None":
    call.record()
    return _listed(call)


def grepped(call: Call) -> "str | None":
    """What grep prints, and what it reads as its row says."""
    from . import queries

    before = call.state.text
    named = queries.grep(call)
    if named is not None:
        return named
    first = 0 if call.given("-e") or call.given("--regexp") else 1
    text = given(call, call.operands[first:]) if not call.has("-r", "-R", "--recursive") else None
    call.state.text = before if text is None else call.state.text
    return None if text is None or len(text) > LENGTH else grep(call, text)


WRITERS = {"sort": ("r*", sort), "uniq": ("rw", uniq), "xxd": ("rw", xxd)}


def writer(call: Call) -> "str | None":
    """sort, uniq, xxd: filters that may also write a file."""
    call.record()
    name = next(known for known in WRITERS if known in call.name)  # gsort, xxd-9
    roles, made = WRITERS[name]
    call.operate(roles)
    text = given(call, call.operands if roles == "r*" else call.operands[:1])
    if text is None or len(text) > LENGTH or (roles == "rw" and len(call.operands) > 1):
        return None
    return made(call, text)
