"""Shells, and scripts that they run."""

import os

from onetree.action import TYPED
from onetree.shell.words import Field

from .builtins import OPTIONS
from .call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SHELL_SHEBANGS = ("sh", "bash", "dash", "ksh", "zsh")
READ_SHEBANGS = ("python", "node", "nodejs", "perl", "ruby", "php", "lua")  # interpreters.READ_IN_TREE


def run_made(call: Call, text: "str | bool | None") -> "str | None":
    """Run a file that the line itself wrote."""
    if not isinstance(text, str):
        call.opaque(f"{call.fields[0].text} is written by this command and then run")
        return None
    first = text.partition("\n")[0]
    if (
        first.startswith("#!")
        and first[2:].split()[-1:]
        and (first[2:].split()[-1].rpartition("/")[2] not in SHELL_SHEBANGS)
    ):
        call.opaque(f"{call.fields[0].text} is written by this command and then run")
        return None
    return _script(call, text, call.fields[1:], call.fields[0].text)


def run_found(call: Call) -> "tuple[bool, str | None]":
    """Run a program that is there, if it is a script of a language that is read: whether it is, and what it prints."""
    for path in call.absolute(call.fields[0]):
        text = call.walker.file(path)
        words = text.partition("\n")[0][2:].split() if text and text.startswith("#!") else []
        if text and not words and text[:2] != "#!" and os.access(path, os.X_OK):
            return True, _script(call, text, call.fields[1:], call.fields[0].text)  # as bash(1), COMMAND EXECUTION
        if not text or not words:
            continue
        interpreter = words[0].rpartition("/")[2]
        if interpreter == "env":  # what follows the name is an option of the shell
            interpreter = next((word for word in words[1:] if word[0] != "-" and "=" not in word), "")
        interpreter = interpreter.rpartition("/")[2]
        if interpreter in SHELL_SHEBANGS:
            return True, _script(call, text, call.fields[1:], call.fields[0].text)
        if interpreter.rstrip("0123456789.") in READ_SHEBANGS:
            fields = [Field(interpreter, interpreter), *call.fields]
            return True, call.walker.run(fields, call.state, call.assigned)
    return False, None


def _script(
    call: Call, text: str, arguments: "list[Field]", name: "str | None" = None, options: "Iterable[str]" = ()
) -> "str | None":
    """Walk a script's text in a shell of its own, which does not have this one's functions and options."""
    state = call.state.copy()
    state.parameters = [field.text for field in arguments]
    state.name = name
    state.functions = {name: body for name, body in state.functions.items() if state.kinds.get(name) == "f"}
    state.options = set(options)
    printed = call.walker.source(text, state, call.walker.here)
    call.walker.end(state)
    call.state.status = state.status
    return printed


def shell(call: Call) -> "str | None":
    """bash, sh, ...: -c TEXT, a script, or what comes on standard input."""
    fields = call.fields[1:]
    run_text = False
    options: set[str] = set()
    i = 0
    while i < len(fields):
        text = fields[i].text
        if text is None or text[:1] not in ("-", "+") or text in ("-", "--"):
            i += text in ("-", "--")
            break
        if text in ("--version", "--help"):
            call.record()
            return None
        if text in ("-o", "-O", "+o", "+O", "--rcfile", "--init-file"):
            i += 1
            if text in ("-o", "-O") and fields[i : i + 1]:
                options.add(fields[i].text or "")
        elif not text.startswith("--"):
            run_text = run_text or "c" in text
            options.update(OPTIONS[c] for c in text[1:] if c in OPTIONS)
            if "n" in text[1:] and text[0] == "-":
                call.record()
                return None
            i += "o" in text[1:] and "c" not in text
        i += 1
    rest = fields[i:]
    if run_text:
        if not rest or rest[0].text is None:
            call.record()
            call.opaque(f"{call.name} -c: what it runs is known only when it runs")
            return None
        return _script(call, rest[0].text, rest[2:], rest[1].text if rest[1:] else call.name, options)
    call.record()
    reads_input = any(
        (f.text or "")[:1] == "-" and "s" in (f.text or "") and not (f.text or "").startswith("--") for f in fields[:i]
    )
    if rest and not reads_input and rest[0].text not in ("/dev/stdin", "/proc/self/fd/0"):
        return _script_file(call, rest)
    if not call.state.piped:
        call.opaque(TYPED)
        return None
    if call.state.text is None:
        call.opaque(f"{call.name}: what it reads and runs is known only when it runs")
        return None
    return _script(call, call.state.text, rest, call.name, options)


def _script_file(call: Call, rest: "list[Field]") -> "str | None":
    call.effect("r", rest[0])
    if rest[0].text is None:
        call.opaque(f"{call.name}: which script it runs is known only when it runs")
        return None
    for path in call.absolute(rest[0]):
        text = call.walker.file(path)
        if text is not None:
            return _script(call, text, rest[1:], rest[0].text)
        if os.path.normpath(path) in call.walker.files or os.path.lexists(path):
            call.opaque(f"{call.name}: the script {rest[0].text} is not read")
    if rest[0].text.startswith("/dev/fd/"):
        call.opaque(f"{call.name}: what it runs is known only when it runs")
    return None


def foreign_shell(call: Call) -> None:
    call.record()
    call.opaque(f"{call.name} is not read")
