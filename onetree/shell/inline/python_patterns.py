"""Python's re, for patterns and texts that are known: only what takes no more than a moment."""

from onetree.shell.inline.python_values import SIZE, Function, Instance, Named, Unknown, Value, known, pick

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

    from onetree.shell.inline.python_notes import Notes

FLAGS = {"A": 256, "ASCII": 256, "I": 2, "IGNORECASE": 2, "M": 8, "MULTILINE": 8, "S": 16, "DOTALL": 16}
FLAGS |= {"X": 64, "VERBOSE": 64, "U": 32, "UNICODE": 32}
# The parameters after the pattern.
ORDER = {
    "sub": "repl string count flags",
    "subn": "repl string count flags",
    "split": "string maxsplit flags",
    "compile": "flags",
}
MATCHES = 300


def call(reader: "Notes", name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    """re.NAME(pattern, ...)."""
    import re

    if name in FLAGS:
        return FLAGS[name]
    pattern = pick(a, k, 0, "pattern")
    if name == "escape" and isinstance(pattern, str):
        return re.escape(pattern)
    values = dict(zip(ORDER.get(name, "string flags").split(), a[1:], strict=False)) | k
    flags = values.get("flags", 0)
    if isinstance(pattern, Instance) and "pattern" in pattern.members:
        found: Value = pattern.members["pattern"]
    else:
        found = _compiled(pattern, flags)
    if not isinstance(found, re.Pattern):
        reader.callbacks(a, k)
        return Unknown()
    if name == "compile":
        return Instance(None, {"pattern": found})
    return _applied(reader, found, name, values)


def _compiled(pattern: Value, flags: Value) -> "re.Pattern[str] | None":
    import re

    from onetree.shell.inline.regexes import made

    if not isinstance(pattern, str) or not isinstance(flags, int) or made(pattern) is None:
        return None
    return re.compile(pattern, flags)


def _applied(reader: "Notes", found: "re.Pattern[str]", name: str, values: "dict[str, Value]") -> Value:
    """A function of re with a pattern that is known."""
    text, by = values.get("string"), values.get("repl")
    if not isinstance(text, str) or not _fits(found, text):
        reader.callbacks([by], {})
        return Unknown()
    if name in ("search", "match", "fullmatch"):
        match: re.Match[str] | None = getattr(found, name)(text)
        return None if match is None else Instance(None, {"match": match})
    if name == "findall":
        return list(found.findall(text))[:SIZE]
    if name == "finditer":
        return [Instance(None, {"match": match}) for match in found.finditer(text)][:SIZE]
    if name == "split":
        most = values.get("maxsplit", 0)
        return list(found.split(text, most)) if isinstance(most, int) else Unknown()
    if name in ("sub", "subn"):
        most = values.get("count", 0)
        made = _replaced(reader, found, by, text, most) if isinstance(most, int) else Unknown()
        return made if name == "sub" or not isinstance(made, str) else (made, Unknown())
    return Unknown()


def _fits(found: "re.Pattern[str]", text: str) -> bool:
    """Whether a match cannot take long: one without repetitions is as long as the text."""
    from onetree.shell.inline.regexes import fits

    plain = not any(c in found.pattern for c in "*+{")
    return len(text) <= SIZE and (plain or fits(found, text))


def _replaced(reader: "Notes", found: "re.Pattern[str]", by: Value, text: str, most: int) -> Value:
    if isinstance(by, str):
        return found.sub(by, text, most) if len(by) * (len(text) + 1) <= 16 * SIZE else Unknown()
    if not isinstance(by, (Function, Named)):
        return Unknown()
    made, last = "", 0
    for count, match in enumerate(found.finditer(text), 1):
        new = reader.call(by, [Instance(None, {"match": match})], {})
        if not isinstance(new, str) or count > MATCHES:
            return Unknown()
        made, last = made + text[last : match.start()] + new, match.end()
        if count == most:
            break
    return made + text[last:]


def method(reader: "Notes", owner: Instance, name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    """A method of a pattern or of a match."""
    if "pattern" in owner.members:
        return call(reader, name, [owner, *a], k)
    if name in ("group", "groups", "groupdict", "start", "end", "span", "__getitem__") and known(a):
        made: Value = getattr(owner.members["match"], name)(*a)
        return made
    return Unknown()
