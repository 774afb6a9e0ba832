"""Shells, and scripts that they run."""

import os

from onetree.action import TYPED
from onetree.shell.words import Field

from .call import Call

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
    return _script(call, text, call.fields[1:])


def _script(call: Call, text: str, arguments: "list[Field]") -> "str | None":
    """Walk a script's text in a shell of its own."""
    state = call.state.copy()
    state.parameters = [field.text for field in arguments]
    return call.walker.source(text, state, call.walker.here)


def shell(call: Call) -> "str | None":
    """bash, sh, ...: -c TEXT, a script, or what comes on standard input."""
    fields = call.fields[1:]
    run_text = False
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
        elif not text.startswith("--"):
            run_text = run_text or "c" in text
            if text == "-n":
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
        return _script(call, rest[0].text, rest[2:])
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
    return _script(call, call.state.text, rest)


def _script_file(call: Call, rest: "list[Field]") -> "str | None":
    call.effect("r", rest[0])
    if rest[0].text is None:
        call.opaque(f"{call.name}: which script it runs is known only when it runs")
        return None
    for path in call.absolute(rest[0]):
        text = call.walker.file(path)
        if text is not None:
            return _script(call, text, rest[1:])
        if os.path.normpath(path) in call.walker.files or os.path.lexists(path):
            call.opaque(f"{call.name}: the script {rest[0].text} is not read")
    if rest[0].text.startswith("/dev/fd/"):
        call.opaque(f"{call.name}: what it runs is known only when it runs")
    return None


def foreign_shell(call: Call) -> None:
    call.record()
    call.opaque(f"{call.name} is not read")
