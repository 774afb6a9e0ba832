"""The patch format of Codex's `apply_patch` (openai/codex, apply-patch grammar): which files a patch names."""

# Lines that carry a path, and what happens to it.
HEADINGS = (
    ("*** Add File: ", "write"),
    ("*** Update File: ", "write"),
    ("*** Delete File: ", "delete"),
    ("*** Move to: ", "write"),
)
WHOLE = ("*** Add File: ", "*** Delete File: ")  # what follows is the whole file, not a change of it
END = "*** End Patch"


def heading(line: str) -> "tuple[str, str, bool]":
    """(operation, path, whole) of a line that names a file; ("", "", False) of another.

    Codex trims lines before it compares them (the parser's lenient mode), so an indented heading is one, too.
    """
    line = line.strip()
    for mark, op in HEADINGS:
        if line.startswith(mark):
            return op, line[len(mark) :].strip(), mark in WHOLE
    return "", "", False


def files(text: str) -> "list[tuple[str, str]]":
    """(operation, path) of every file that a patch names; one that is moved is deleted where it was."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        op, path, _ = heading(line)
        if not op:
            continue
        if line.strip().startswith("*** Move to: ") and found:
            found[-1] = ("delete", found[-1][1])
        found.append((op, path))
    return found
