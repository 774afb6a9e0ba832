"""Commands that only read or compute; what they print is followed where it is known."""

import os

from onetree.shell import globs, words
from onetree.shell.regular import content
from onetree.shell.words import Field

from .call import Call

SEARCHED = 1 << 20  # bytes of a file that are searched
LINE = 1000  # characters of a line in which an expression that repeats is looked for
LINES = 1 << 16  # bytes of a file that are searched for an expression


def grep(call: Call) -> "str | None":
    """grep, rg: what they read, and with -l the names of the files that hold a plain text."""
    call.record()
    given = call.value("-e", "-f", "--regexp", "--file") is not None or call.has("--files")
    recursive = call.has("-r", "-R", "--recursive", "--dereference-recursive")
    role = "R" if recursive or call.name in ("rg", "ripgrep") else "r"
    call.operate((role if given else "." + role) + "*")
    pattern = call.value("-e", "--regexp") or (call.operands[0] if call.operands and not given else None)
    if (
        pattern is None
        or call.name in ("rg", "ripgrep")
        or not call.has("-l", "--files-with-matches", "-L", "--files-without-match")
    ):
        return None
    without = call.has("-L", "--files-without-match")
    files = _searched(call, call.operands if given else call.operands[1:], recursive=recursive)
    found = [(name, _holds(call, pattern.text, path)) for name, path in files] if files is not None else []
    if files is None or any(said is None for _, said in found):
        return None
    end = "\0" if call.has("-Z", "--null") else "\n"
    return "".join(name + end for name, said in found if said != without)


def _searched(call: Call, operands: "list[Field]", *, recursive: bool) -> "list[tuple[str, str]] | None":
    """The files that grep looks through: the name that it prints, and where it is."""
    made: list[tuple[str, str]] = []
    includes = [field.text or "" for option, field in call.values if option == "--include"]
    excludes = [field.text or "" for option, field in call.values if option == "--exclude"]
    without = [field.text or "" for option, field in call.values if option == "--exclude-dir"]
    for field in operands or ([Field(".", ".")] if recursive else []):
        paths = call.absolute(field)
        if len(paths) != 1 or field.text is None:
            return None
        if not (recursive and call.is_folder(field)):
            made.append((field.text, paths[0]))
            continue
        found = call.below(field)
        for path in found or ():
            name = os.path.relpath(path, paths[0])
            *folders, base = name.split("/")
            if (
                os.path.islink(path)
                or (includes and not any(globs.matches(p, base) for p in includes))
                or any(globs.matches(p, base) for p in excludes)
                or any(globs.matches(p.rstrip("/"), folder) for p in without for folder in folders)
            ):
                continue
            made.append((os.path.join(field.text, name) if operands else name, path))
        if found is None:
            return None
    return made


def _holds(call: Call, pattern: "str | None", path: str) -> "bool | None":
    """Whether a file holds a text; None if it is a pattern, or the file is not to be read."""
    if pattern is None or "\n" in pattern or call.has("-x", "-v", "-P", "--invert-match", "--line-regexp"):
        return None
    simple = not any(c in ".*[]^$\\(){}|+?" for c in pattern) and not call.has("-w", "--word-regexp")
    path = os.path.normpath(path)
    if path in call.walker.files:
        text = call.walker.files[path]
        data = None if text is None else text.encode("utf-8", "surrogateescape")
    else:
        data = _bytes(path)
    if data is None:
        return None
    if not simple and not call.has("-F"):
        return _matches(call, pattern, data)
    if call.has("-w", "--word-regexp"):
        return None
    wanted = pattern.encode("utf-8", "surrogateescape")
    return wanted.lower() in data.lower() if call.has("-i", "--ignore-case") else wanted in data


def _matches(call: Call, pattern: str, data: bytes) -> "bool | None":
    """Whether a line of a text matches an expression of the simple kind."""
    from .text import regular

    source = regular(pattern, extended=call.has("-E", "--extended-regexp") or call.name == "egrep")
    if source is None or len(data) > LINES:
        return None
    import re

    source = rf"\b(?:{source})\b" if call.has("-w", "--word-regexp") else source
    try:
        found = re.compile(source, re.IGNORECASE if call.has("-i", "--ignore-case") else 0)
    except re.error:
        return None
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    slow = any(c in source for c in "*+{?") and max(map(len, lines)) > LINE
    return None if slow else any(map(found.search, lines))


def _bytes(path: str) -> "bytes | None":
    """A regular file's bytes, if they are not too many; none for one that is not there."""
    try:
        return content(path, SEARCHED)
    except FileNotFoundError:
        return b""
    except (OSError, ValueError):
        return None


def realpath(call: Call) -> "str | None":
    call.record()
    made = []
    for field in call.operands:
        paths = call.absolute(field)
        if len(paths) != 1:
            return None
        made.append(os.path.realpath(paths[0]) + "\n")
    return "".join(made)


def dirname(call: Call) -> "str | None":
    call.record()
    if any(field.text is None for field in call.operands):
        return None
    return "".join((os.path.dirname((f.text or "").rstrip("/")) or ".") + "\n" for f in call.operands)


def basename(call: Call) -> "str | None":
    call.record()
    texts = [field.text for field in call.operands]
    if not texts or any(text is None for text in texts) or call.has("-a", "-z"):
        return None
    name = (texts[0] or "").rstrip("/").rpartition("/")[2]
    given = call.value("-s", "--suffix")
    suffix = given.text if given is not None else texts[1] if len(texts) > 1 else ""
    return None if suffix is None else (name.removesuffix(suffix) if name != suffix else name) + "\n"


def sequence(call: Call) -> "str | None":
    """Seq of whole numbers: -w for equal widths, -s for what parts them."""
    call.record()
    numbers = [field.text or "" for field in call.operands]
    call.flags = {flag for flag in call.flags if flag[:2] != "-s"}
    if not numbers or not all(words.digits(n) for n in numbers) or not call.flags <= {"-w", "--equal-width"}:
        return None
    between = call.value("-s", "--separator")
    if len(call.values) > 1 or (call.values and between is None) or (between is not None and between.text is None):
        return None
    values = [int(n) for n in numbers]
    first, step, last = {1: (1, 1, *values), 2: (values[0], 1, values[-1]), 3: tuple(values)}.get(
        len(values), (0, 0, 0)
    )
    if not step or (last - first) // step > words.FIELDS:
        return None
    width = max(map(len, numbers[:1] + numbers[-1:])) if call.flags else 0
    made = [f"{k:0{width}}" if width else str(k) for k in range(first, last + 1, step)]
    return ((between.text or "") if between is not None else "\n").join(made) + ("\n" if made else "")
