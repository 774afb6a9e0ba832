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


def run_found(call: Call) -> "str | None":
    """Run a program that is there: walked if it is a shell's script, else an ordinary program."""
    for path in call.absolute(call.fields[0]):
        text = call.walker.file(path)
        interpreter = text.partition("\n")[0].split() if text and text.startswith("#!") else []
        if text and interpreter and interpreter[0].rpartition("/")[2] != "env":
            interpreter = interpreter[:1]  # what follows is an option of the shell
        if text and interpreter and interpreter[-1].rpartition("/")[2].removeprefix("#!") in SHELL_SHEBANGS:
            return _script(call, text, call.fields[1:], call.fields[0].text)
    return None


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
