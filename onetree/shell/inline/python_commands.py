"""The commands that a Python program runs, and the directory and the environment in which it does."""

import os

from onetree.shell.inline import python_files as files
from onetree.shell.inline import python_tree as tree
from onetree.shell.inline.python_values import (
    File,
    Instance,
    Unknown,
    Value,
    path_text,
    pick,
    truth,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from onetree.shell.inline.python_notes import Notes


def _words(value: Value) -> "list[str | None] | None":
    items = tree.listed(value) if isinstance(value, (list, tuple)) else None
    return None if items is None else [path_text(item) for item in items]


def _run(reader: "Notes", command: Value, k: "dict[str, Value]", *, by_shell: bool) -> "str | None":
    """Follow a command; what it prints."""
    reader.led()
    state = reader.state
    before = state.folders, state.piped, state.text, state.certain
    try:
        state.certain = state.certain and not reader.doubt
        folder = k.get("cwd")
        if folder is not None:
            text = path_text(folder)
            state.folders = () if text is None else tuple(os.path.join(f, text) for f in state.folders)
        if "input" in k or k.get("stdin") is not None:
            given = k.get("input", k.get("stdin"))
            state.piped = True
            state.text = given.text if isinstance(given, File) else given if isinstance(given, str) else None
            if k.get("stdin") == -3:
                state.text = ""
        if by_shell:
            first = command[0] if isinstance(command, (list, tuple)) and command else command
            text = path_text(first)
            if text is None:
                reader.unread("it runs a command that is known only when it runs", getattr(first, "hints", ()))
                return None
            return reader.program.shell(text)
        words = _words(command) if isinstance(command, (list, tuple)) else [path_text(command)]
        if not words or words[0] is None:
            # A program that is not named may be any; which one a script starts is its own affair.
            hints = [w for w in words or [] if w is not None]
            reader.unread("it runs a command that is known only when it runs", tuple(hints))
            return None
        return reader.program.command(words)
    finally:
        state.folders, state.piped, state.text, state.certain = before


def subprocess_(reader: "Notes", a: "list[Value]", k: "dict[str, Value]", name: str) -> Value:
    """Subprocess.run and its sisters."""
    shell = name in ("getoutput", "getstatusoutput") or truth(k.get("shell", False)) is not False
    printed = _run(reader, pick(a, k, 0, "args") if a or "args" in k else k.get("cmd"), k, by_shell=shell)
    target = k.get("stdout")
    captured = name in ("check_output", "getoutput", "getstatusoutput") or truth(k.get("capture_output", False))
    if isinstance(target, File) and target.path is not None:
        captured = True
        files.wrote(reader, target.path, printed)
    if not captured and target is None:
        reader.out(printed)
    text: Value = printed if printed is not None else Unknown()
    if name == "check_output":
        return text
    if name == "getoutput":
        return text.removesuffix("\n") if isinstance(text, str) else text
    if name == "call":
        return Unknown()
    return Instance(None, {"stdout": text, "returncode": Unknown(), "stdin": File(None, "w", None), "args": Unknown()})


def system(reader: "Notes", a: "list[Value]", k: "dict[str, Value]") -> Value:
    """Os.system."""
    reader.out(_run(reader, pick(a, k, 0, "command"), {}, by_shell=True))
    return Unknown()


def popen(reader: "Notes", a: "list[Value]", k: "dict[str, Value]") -> Value:
    """Os.popen."""
    return File(None, "r", _run(reader, pick(a, k, 0, "cmd"), {}, by_shell=True), "os.popen()")


def replaced(reader: "Notes", a: "list[Value]", name: str) -> Value:
    """os.exec* and os.spawn*: a list of words, or the words themselves."""
    rest = a[1:] if name.startswith("spawn") else a
    words: list[Value] = []
    if name[-1:] == "e" and rest:
        rest = rest[:-1] if "l" in name else rest
    if "v" in name[4:] or name.startswith("posix"):
        words = tree.listed(rest[1]) or [] if len(rest) > 1 else []
    else:
        words = rest[1:]
    reader.out(_run(reader, [rest[0], *words[1:]] if rest else Unknown(), {}, by_shell=False))
    return Unknown()


def chdir(reader: "Notes", a: "list[Value]", k: "dict[str, Value]") -> Value:
    """Os.chdir."""
    text = path_text(pick(a, k, 0, "path"))
    state = reader.state
    new = () if text is None else tuple(os.path.normpath(os.path.join(f, text)) for f in state.folders or ("/",))
    if text is not None and not text.startswith("/") and not state.folders:
        new = ()
    state.folders = tuple(dict.fromkeys((*new, *state.folders))) if reader.doubt and new else new
    return None


def cwd(reader: "Notes") -> Value:
    """Os.getcwd."""
    return reader.state.folders[0] if len(reader.state.folders) == 1 else Unknown()
