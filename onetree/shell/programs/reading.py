"""The builtins that take text from standard input: read, mapfile."""

from onetree.shell import words
from onetree.shell.words import Unknown

from .call import Call

LINES = 2000


def read(call: Call) -> str:
    """One line, as far as standard input is known, parted by IFS."""
    call.record()
    state = call.state
    names = [field.text for field in call.operands if field.text]
    array = call.value("-a")
    delimiter = call.value("-d")
    end = "\n" if delimiter is None else (delimiter.text or "\0")[:1]
    unknown = not state.piped or state.text is None or call.given("-n") or call.given("-N")
    given = call.value("-u")
    if given is not None:
        piped, text = state.piped, state.text
        state.piped, state.text = True, state.inputs.get(given.text or "")
        unknown = call.given("-n") or call.given("-N") or state.text is None
    line = ""
    if not unknown and state.text is not None:
        line, found, state.text = state.text.partition(end)
        state.status = 0 if found else 1
        unknown = "\\" in line and not call.has("-r", "-ra", "-ar")
    if given is not None:
        state.inputs[given.text or ""] = state.text
        state.piped, state.text = piped, text
    try:
        parts = _parted(line, state.separators(), 0 if array else len(names))
    except Unknown:
        unknown = True
        parts = []
    if array is not None and array.text:
        state.variables[array.text] = None if unknown else parts
        return ""
    if not names:
        state.variables["REPLY"] = None if unknown else line
        return ""
    for index, name in enumerate(names):
        state.assign(name, None if unknown else parts[index] if index < len(parts) else "")
    return ""


def _parted(line: str, separators: str, count: int) -> "list[str]":
    """Part a line by IFS into so many fields, the last of which takes the rest; 0 for all."""
    blanks = "".join(c for c in separators if c in words.BLANKS)
    rest = line.strip(blanks) if blanks else line
    parts: list[str] = []
    while rest and (not count or len(parts) < count - 1) and len(parts) < LINES:
        end = next((i for i, c in enumerate(rest) if c in separators), len(rest))
        parts.append(rest[:end])
        after = rest[end:].lstrip(blanks) if blanks else rest[end:]
        if after[:1] and after[0] in separators:
            after = after[1:].lstrip(blanks) if blanks else after[1:]
        rest = after
    return [*parts, rest] if rest and count else parts


def mapfile(call: Call) -> str:
    call.record()
    state = call.state
    name = next((field.text for field in call.operands if field.text), "MAPFILE")
    if not state.piped or state.text is None or call.values:
        state.variables[name] = None
        return ""
    lines = state.text.splitlines(keepends=True)[:LINES]
    state.text = ""
    state.variables[name] = [line.removesuffix("\n") for line in lines] if call.has("-t") else lines
    state.status = 0
    return ""
