"""Interpreters of other languages, and the programs that are given to them."""

import os

from onetree.action import TYPED
from onetree.shell import commands, scripts
from onetree.shell.words import Field

from .call import Call


def interpreter(call: Call) -> None:
    """python, node, ruby, ...: program text in the command is not read yet; a program in a file is a program."""
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    row = commands.find(call.name) or commands.READ
    call.parse(row, stop=True)
    call.record()
    name = "python" if row is commands.COMMANDS["python"] else call.name
    if any(call.table.get(option) == "x" for option, _ in call.values):
        call.opaque(f"{name} program text is not read yet")
        return
    call.option_values()
    module = call.value("-m")
    if module is not None and name == "python":
        _module(call, module)
    if module is not None or call.has("--version", "-V", "-v", "--help", "-h", "--check", "-VV"):
        return
    if call.name in ("deno", "bun"):
        if [f.text for f in call.operands[:1]] == ["eval"]:
            call.opaque(f"{name} program text is not read yet")
        return
    script = call.operands[0] if call.operands else None
    if script is None or script.text in ("-", "/dev/stdin"):
        why = f"{name} program text is not read yet"
        call.opaque(why if call.state.piped else TYPED)
    elif script.text is None:
        call.opaque(f"{name}: which program it runs is known only when it runs")
    else:
        call.effect("r", script)
        if any(os.path.normpath(path) in call.walker.files for path in call.absolute(script)):
            call.opaque(f"{name} runs a program that this command writes")
        elif script.text.startswith("/dev/fd/"):
            call.opaque(f"{name} program text is not read yet")


def _module(call: Call, module: Field) -> None:
    """`python -m`: of the standard library's modules, those that write a named file."""
    operands = [field for field in call.operands if not (field.text or "-").startswith("-")]
    if module.text == "venv":
        for field in operands:
            call.effect("W", field, "-m venv")
    elif module.text == "json.tool":
        for role, field in zip("rw", operands, strict=False):
            call.effect(role, field, "-m json.tool")
    elif module.text in ("zipfile", "tarfile", "cProfile", "profile", "trace", "code", "timeit", "runpy"):
        call.opaque(f"python -m {module.text}: what it writes or runs is not read yet")


def perl(call: Call) -> None:
    in_place = any((f.text or "").startswith("-") and "i" in (f.text or "").partition("e")[0] for f in call.fields[1:])
    programs = [field.text for option, field in call.values if option in ("-e", "-E")]
    if not programs:
        interpreter(call)
        return
    call.record()
    suffix = call.value("-i")
    for field in call.operands:
        call.effect("w" if in_place else "r", field, "-i" if in_place else "")
        if suffix is not None and suffix.text and field.text:
            call.effect("w", Field(field.text + suffix.text, field.written), "-i")
    if not all(text is not None and scripts.is_substitution(text) for text in programs):
        call.opaque("perl program text is not read yet")
