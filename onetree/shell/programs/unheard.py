"""Programs that have no row: a script in the tree is read, and of another the operands that are paths are told."""

import os

from onetree.shell import commands
from onetree.shell.words import Field

from .call import Call

SUFFIX = 8  # letters and digits that the end of a file's name has at most
QUIET = ("--help", "-h", "help", "--version", "-V", "version", "--dry-run", "-?")


def run(call: Call) -> "str | None":
    """Run a program that nothing is known of."""
    name = call.fields[0].text or ""
    if name in commands.PLAIN:
        return None
    if "/" in name:
        from .shells import run_found

        found, printed = run_found(call)
        if found:
            return printed
    if any(field.text in QUIET for field in call.fields[1:]):
        return None
    paths = [found for field in call.fields[1:] for found in _paths(call, field)]
    if paths:
        shown = ", ".join(field.written for field in paths[:3]) + (", ..." if paths[3:] else "")
        call.opaque(f"{name} is not a program whose manual is known here: it may write or delete {shown}", paths)
    return None


def _paths(call: Call, field: Field) -> "list[Field]":
    """What of an operand looks like a path: a slash, the suffix of a file's name, or the name of what is there."""
    text = field.text
    if text is None:
        return [field] if "/" in field.written else []
    if text.startswith(("-", "+")) or (text.partition("=")[0].isidentifier() and "=" in text):
        text = text.partition("=")[2]
    if not text or text in (".", "..") or "://" in text or "\n" in text or len(text) > 4096:
        return []
    there = any(os.path.lexists(path) or path in call.walker.files for path in call.absolute(Field(text, text)))
    return [Field(text, text)] if there or _like_a_path(text) else []


def _like_a_path(text: str) -> bool:
    if text.startswith(("/", "./", "../", "~/")) and text.strip("/."):
        return True
    if any(c in " <>|;()[]{}\"'`$^,@:" for c in text):  # a sentence, a pattern, a piece of code, an address
        return False
    if "/" in text:
        return not text.startswith("s/") and bool(text.strip("/."))
    stem, dot, suffix = text.rpartition(".")
    return bool(dot and stem) and 0 < len(suffix) <= SUFFIX and suffix.isalnum() and not suffix[0].isdigit()
