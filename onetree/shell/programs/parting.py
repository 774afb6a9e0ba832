"""split, csplit: the names they make, from what is to be parted as it is now."""

import os

from onetree.shell import words
from onetree.shell.words import Field

from .call import Call

PARTS = 500
UNITS = {
    "K": 1 << 10,
    "M": 1 << 20,
    "G": 1 << 30,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "b": 512,
    "k": 1 << 10,
    "m": 1 << 20,
}


def _number(text: str) -> int:
    """A number with a unit (split(1)); 0 if it is none."""
    digits = text.rstrip("KMGBbkmi")
    unit = text[len(digits) :].replace("i", "").removesuffix("B" if "i" in text else "\0")
    return int(digits) * UNITS.get(unit, 1) if words.digits(digits) else 0


def _data(call: Call, field: "Field | None") -> "tuple[str | None, int]":
    """The text that is parted, None if unknown, and its size, -1 if unknown."""
    if field is None or field.text == "-":
        text = call.state.text if call.state.piped else None
        return text, -1 if text is None else len(text.encode("utf-8", "surrogateescape"))
    paths = call.absolute(field)
    if len(paths) != 1:
        return None, -1
    text = call.walker.file(paths[0])
    if text is not None:
        return text, len(text.encode("utf-8", "surrogateescape"))
    if os.path.normpath(paths[0]) in call.walker.files or not os.path.isfile(paths[0]):
        return None, -1
    return None, os.path.getsize(paths[0])


def split(call: Call) -> None:
    """split: PREFIXaa, PREFIXab, ..., as many as the input needs (split(1))."""
    call.record()
    if call.has("--help", "--version"):
        return
    source = call.operands[0] if call.operands else None
    if source is not None:
        call.effect("r", source)
    prefix = call.operands[1] if len(call.operands) > 1 else Field("x", "x")
    if call.value("--filter") is not None:
        call.opaque("split --filter: what it runs for each part is not read", [prefix])
        return
    count = _count(call, source)
    if count is None or count > PARTS or prefix.text is None:
        call.opaque("split: how many files it writes is not known", [Field(_name(call, prefix.text or "", 0), "")])
        return
    for index in range(count):
        call.effect("w", Field(_name(call, prefix.text, index), prefix.written))


def _count(call: Call, source: "Field | None") -> "int | None":
    """How many parts there are; None if unknown."""
    chunks = call.value("-n", "--number")
    if chunks is not None:
        text = (chunks.text or "").rpartition("/")[2]
        single = (chunks.text or "").count("/") > ((chunks.text or "")[:1] in "lr")
        return 0 if single else int(text) if words.digits(text) else None
    data, size = _data(call, source)
    whole = call.value("-b", "--bytes")
    if whole is not None:
        unit = _number(whole.text or "")
        return -(-size // unit) if unit and size >= 0 else None
    if call.value("-C", "--line-bytes") is not None or data is None:
        return None
    lines = call.value("-l", "--lines")
    digits = next((flag[1:] for flag in call.flags if words.digits(flag[1:])), "")
    each = _number((lines.text or "") if lines is not None else digits or "1000")
    total = data.count("\n") + (not data.endswith("\n") and bool(data))
    return -(-total // each) if each else None


def _name(call: Call, prefix: str, index: int) -> str:
    """The name of one part: two letters or digits, or as many as -a says."""
    given = call.value("-a", "--suffix-length")
    length = _number(given.text or "") if given is not None else 0
    first = call.value("--numeric-suffixes", "--hex-suffixes")
    start = _number(first.text or "") if first is not None else 0
    added = call.value("--additional-suffix")
    ending = (added.text or "") if added is not None else ""
    if call.has("-d", "--numeric-suffixes"):
        return prefix + str(start + index).zfill(length or 2) + ending
    if call.has("-x", "--hex-suffixes"):
        return prefix + format(start + index, "x").zfill(length or 2) + ending
    letters = ""
    for _ in range(length or 2):
        letters = chr(97 + index % 26) + letters
        index //= 26
    return prefix + letters + ending


def csplit(call: Call) -> None:
    """Read csplit FILE PATTERN...: xx00 and one more for each pattern; {N} repeats the one before it (csplit(1))."""
    call.record()
    if len(call.operands) < 2 or call.has("--help", "--version"):
        return
    call.effect("r", call.operands[0])
    given, digits = call.value("-f", "--prefix"), call.value("-n", "--digits")
    prefix = (given.text if given is not None else "xx") or ""
    width = _number(digits.text or "") if digits is not None else 2
    patterns = [field.text or "" for field in call.operands[1:]]
    known = call.value("-b", "--suffix-format") is None and not call.has("-z", "--elide-empty-files")
    count = 1
    for before, pattern in zip(["", *patterns], patterns, strict=False):
        if pattern[:1] == "{":
            text = pattern.strip("{}")
            known = known and words.digits(text) and before[:1] != "%"
            count += int(text) if words.digits(text) else 0
        else:
            count += pattern[:1] != "%"
    if not known or count > PARTS:
        call.opaque("csplit: how many files it writes is not known", [Field(prefix + "0" * (width - 1) + "0", "")])
        return
    for index in range(count):
        call.effect("w", Field(prefix + str(index).zfill(width), prefix))
