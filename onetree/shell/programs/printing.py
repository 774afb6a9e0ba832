"""Small commands whose only effect is what they print, where that is known (GNU coreutils 9's manual pages)."""

import os
import time

from onetree.shell import words
from onetree.shell.escapes import unescaped
from onetree.shell.words import Field

from .call import Call
from .text import given, joined, letters, lines_of

DATE = frozenset("Y m d y j F H M S T s e C u D R G V g I".split())
DAYS = frozenset("Y m d y j F e C u D G V g".split())  # what stays the same the day long


def date(call: Call) -> "str | None":
    """date: of a given time, or of today if the format tells no more than the day."""
    call.record()
    call.state.status = 0
    form = next((f.text for f in call.operands if (f.text or "")[:1] == "+"), None)
    rest = [f for f in call.operands if (f.text or "")[:1] != "+"]
    if call.has("-I", "--iso-8601") or any(option == "-I" for option, _ in call.values):
        form = "+%F"
    if form is None or rest or not _numbers(form[1:]):
        return None
    asked = call.value("-d", "--date")
    utc = call.has("-u", "--utc", "--universal") or "TZ" not in call.state.variables
    if not utc or call.value("-r", "--reference", "-f", "--file") is not None:
        return None
    seconds = time.time() if asked is None else _moment(asked.text)
    if seconds is None or (asked is None and not _numbers(form[1:], DAYS)):
        return None
    universal = call.has("-u", "--utc", "--universal")
    if asked is not None and asked.text is not None and asked.text[:1] != "@" and not _numbers(form[1:], DAYS):
        return None
    whole = _day(asked.text) if asked is not None else None
    moment = whole or (time.gmtime(seconds) if universal else time.localtime(seconds))
    return time.strftime(form[1:], moment) + "\n"


def _numbers(form: str, which: "frozenset[str]" = DATE) -> bool:
    """Whether a format has no other conversions, and so no words of a language."""
    parts = form.replace("%%", "").split("%")
    return form.isascii() and all(part[:1] in which and part[:1] for part in parts[1:])


def _moment(text: "str | None") -> "float | None":
    if text is None:
        return None
    if text[:1] == "@" and words.digits(text[1:]):
        return float(text[1:]) if len(text) < 12 else None
    days = {"now": 0, "today": 0, "yesterday": -1, "tomorrow": 1}.get(text)
    if days is not None:
        return time.time() + days * 86400 if not days or 2 < time.localtime().tm_hour < 22 else None
    return 0.0 if _day(text) else None


def _day(text: "str | None") -> "time.struct_time | None":
    """YYYY-MM-DD."""
    try:
        return time.strptime(text or "", "%Y-%m-%d")
    except ValueError:
        return None


def readlink(call: Call) -> "str | None":
    """readlink: what a link holds, or with -f where it leads."""
    call.record()
    made = []
    for field in call.operands:
        paths = call.absolute(field)
        if len(paths) != 1 or call.walker.links or call.has("-z", "--zero"):
            return None
        if call.has("-f", "-e", "-m", "--canonicalize"):
            made.append(os.path.realpath(paths[0]))
            continue
        try:
            made.append(os.readlink(paths[0]))
        except (OSError, ValueError):
            call.state.status = 1
    return joined(made) if not call.has("-n") else "".join(made)


def stat(call: Call) -> "str | None":
    """What stat -c prints: names and sizes."""
    call.record()
    call.operate("r*")
    form = call.value("-c", "--format")
    if form is None or form.text is None or letters(call) or form.text.replace("%n", "").replace("%s", "").count("%"):
        return None
    made = []
    for field in call.operands:
        paths = call.absolute(field)
        if len(paths) != 1 or field.text is None or os.path.normpath(paths[0]) in call.walker.files:
            return None
        try:
            size = os.lstat(paths[0]).st_size
        except (OSError, ValueError):
            continue
        made.append(form.text.replace("%s", str(size)).replace("%n", field.text))
    return joined(made)


def expr(call: Call) -> "str | None":
    """expr: one operation on whole numbers."""
    call.record()
    texts = [field.text or "" for field in call.fields[1:]]
    if len(texts) != 3 or texts[1] not in ("+", "-", "*", "/", "%"):
        return None
    left, right = texts[0], texts[2]
    if not words.digits(left) or not words.digits(right) or (texts[1] in "/%" and not int(right)):
        return None
    a, b = int(left), int(right)
    made = {"+": a + b, "-": a - b, "*": a * b, "/": a // (b or 1), "%": a % (b or 1)}[texts[1]]
    return f"{made}\n"


def checksum(call: Call) -> "str | None":
    """md5sum, sha256sum, ...: of what is known."""
    call.record()
    call.operate()
    kind = {"md5sum": "md5", "sha1sum": "sha1", "sha256sum": "sha256", "sha512sum": "sha512"}.get(call.name)
    if kind is None or letters(call) or call.values:
        return None
    import hashlib

    made = []
    for field in call.operands or [Field("-", "-")]:
        text = given(call, [field])
        if text is None or any(c in (field.text or "\n") for c in "\\\n"):
            return None
        data = text.encode("utf-8", "surrogateescape")
        made.append(f"{hashlib.new(kind, data, usedforsecurity=False).hexdigest()}  {field.text}")
    return joined(made)


def tee(call: Call) -> "str | None":
    """tee: it prints what it writes."""
    call.record()
    text = call.state.text if call.state.piped else None
    call.state.text = "" if text is not None else None
    for field in call.operands:
        for path in call.effect("w", field):
            before = call.walker.file(path) if call.has("-a", "--append") else ""
            call.walker.remember(path, None if text is None or before is None else before + text)
    call.state.status = 0
    return text


def paste(call: Call) -> "str | None":
    """paste: lines side by side, or with -s those of one file in a row."""
    call.record()
    call.operate()
    by = call.value("-d", "--delimiters")
    between = "\t" if by is None else unescaped(by.text or "")
    texts = [given(call, [field]) for field in call.operands or [Field("-", "-")]]
    stdin = sum(field.text == "-" for field in call.operands)
    if len(between) != 1 or stdin > 1 or letters(call) - {"-s"} or any(text is None for text in texts):
        return None
    parts = [lines_of(text or "") for text in texts]
    if call.has("-s"):
        return joined([between.join(lines) for lines in parts])
    longest = max(map(len, parts))
    rows = [[lines[i] if i < len(lines) else "" for lines in parts] for i in range(longest)]
    return joined([between.join(row) for row in rows])


def comm(call: Call) -> "str | None":
    """comm: with two of the three columns left out."""
    call.record()
    call.operate()
    hidden = letters(call) & {"-1", "-2", "-3"}
    if len(hidden) != 2 or letters(call) != hidden or call.values or len(call.operands) != 2:
        return None
    texts = [given(call, [field]) for field in call.operands]
    if None in texts:
        return None
    first, second = (lines_of(text or "") for text in texts)
    if first != sorted(set(first)) or second != sorted(set(second)):
        return None
    if "-3" not in hidden:
        return joined([line for line in first if line in second])
    a, b = (first, second) if "-1" not in hidden else (second, first)
    return joined([line for line in a if line not in b])


def fold(call: Call) -> "str | None":
    """Fold: lines of at most so many characters."""
    call.record()
    call.operate()
    width = call.value("-w", "--width")
    text = given(call, call.operands)
    text = text if text is not None and text.isascii() and text.replace("\n", "").isprintable() else None
    size = int(width.text or "0") if width is not None and words.digits(width.text or "") else 0
    if text is None or not size or letters(call):
        return None
    return "\n".join(
        "\n".join(line[i : i + size] for i in range(0, max(len(line), 1), size)) for line in text.split("\n")
    )


def nl(call: Call) -> "str | None":
    """Nl -ba: every line with its number."""
    call.record()
    call.operate()
    text = given(call, call.operands)
    body = call.value("-b")
    if text is None or letters(call) or len(call.values) != 1 or body is None or body.text != "a" or "\\:" in text:
        return None
    return joined([f"{number:6}\t{line}" for number, line in enumerate(lines_of(text), 1)])


def shuf(call: Call) -> "str | None":
    """Shuf -e of one word."""
    call.record()
    call.operate("r*" if not call.has("-e") else ".*")
    if call.has("-e") and len(call.operands) == 1 and call.operands[0].text:
        return call.operands[0].text + "\n"
    return None


def uname(call: Call) -> "str | None":
    """uname, uname -s, -m."""
    call.record()
    given_ = letters(call) or {"-s"}
    names = {"-s": os.uname().sysname, "-m": os.uname().machine}
    return names[min(given_)] + "\n" if len(given_) == 1 and min(given_) in names else None


def jq(call: Call) -> "str | None":
    """Jq -r .KEY.KEY of a known text: a string or a whole number."""
    call.record()
    call.operate()
    asked = call.operands[0].text if call.operands else None
    if call.values or asked is None or letters(call) - {"-r", "--raw-output", "-M"} or asked[:1] != ".":
        return None
    keys = asked[1:].split(".")
    text = given(call, call.operands[1:])
    if text is None or not all(key.isidentifier() for key in keys):
        return None
    import json

    try:
        found = json.loads(text)
        for key in keys:
            found = found[key]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if isinstance(found, str):
        return (found if call.has("-r", "--raw-output") else json.dumps(found, ensure_ascii=False)) + "\n"
    return f"{found}\n" if isinstance(found, int) and not isinstance(found, bool) else None
