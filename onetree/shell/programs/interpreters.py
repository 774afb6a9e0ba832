"""Interpreters of other languages, and the programs that are given to them."""

import os

from onetree.action import TYPED
from onetree.shell import commands, inline
from onetree.shell.words import Field

from .call import Call

READ_IN_TREE = ("python", "node", "ruby", "perl", "php", "lua")  # of which a script in the tree is read
CHECKS = {  # options with which no program is run
    "ruby": ("-c", "--help", "-h", "--version"),
    "node": ("--check", "-c", "--help", "-h", "--version", "-v"),
    "php": ("-l", "-i", "-m", "-v", "-h", "--info", "--ini", "--version", "--help", "--syntax-check"),
}
PROGRAM = 262144  # bytes of a script that are read
LANGUAGES = ("python", "node", "ruby", "perl", "php", "lua")


def interpreter(call: Call) -> "str | None":
    """python, node, ruby, ...: a program in the command, on standard input, or in a file."""
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    row = commands.find(call.name) or commands.READ
    call.parse(row, stop=True)
    call.record()
    name = next((known for known in LANGUAGES if row is commands.COMMANDS[known]), call.name)
    if name == "python":
        from . import python

        found = python.module(call)
        if found is not None:
            return python.run_module(call, *found)
    if call.has(*CHECKS.get(name, ())):
        return None
    texts = [field.text for option, field in call.values if call.table.get(option) == "x"]
    if name == "ruby" and call.has("-n", "-p"):
        in_place(call, call.operands if texts else call.operands[1:])
    if name == "deno" and [f.text for f in call.operands[:1]] == ["eval"]:
        texts = [field.text for field in call.operands[1:] if not (field.text or "").startswith("-")][:1]
        return inline.run(name, call, texts[0] if texts else "", [], "deno eval")
    if len(texts) > 1 and name in ("ruby", "Rscript", "julia", "osascript"):
        return inline.run(
            name, call, None if None in texts else "\n".join(t or "" for t in texts), call.operands, f"{name} -e"
        )
    for option, field in call.values:
        if call.table.get(option) == "x":
            return inline.run(name, call, field.text, call.operands, f"{name} {option}")
    call.option_values()
    if call.has("--version", "-V", "-v", "--help", "-h", "--check", "-VV"):
        return None
    if call.name in ("deno", "bun"):
        return None
    script = call.operands[0] if call.operands else None
    if script is None and name == "node" and call.has("--test"):
        return None  # runs the tests it finds
    if script is None or script.text in ("-", "/dev/stdin"):
        if not call.state.piped:
            call.opaque(TYPED)
            return None
        return inline.run(name, call, call.state.text, call.operands[1:], f"{name} -")
    if script.text is None:
        call.opaque(f"{name}: which program it runs is known only when it runs")
        return None
    return _program(call, name, script)


def _program(call: Call, name: str, script: Field) -> "str | None":
    """A program in a file: one that the line writes must be read; one that lies in the tree is read if it can be."""
    call.effect("r", script)
    for path in call.absolute(script):
        text = call.walker.file(path, PROGRAM)
        made = os.path.normpath(path) in call.walker.files or path.startswith("/dev/fd/")
        if made or (name in READ_IN_TREE and text is not None):
            return inline.run(name, call, text, call.operands[1:], script.text or script.written)
        if name in READ_IN_TREE and os.path.exists(path):
            call.opaque(f"{name}: {script.written} is no small text file, and is not read", call.operands[1:])
    return None


def perl(call: Call) -> "str | None":
    """Perl: -e is the program; with -n and -p the operands are its input, which -i rewrites (perlrun)."""
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    call.parse(commands.COMMANDS["perl"], stop=True)
    programs = [field.text for option, field in call.values if option in ("-e", "-E")]
    operands = call.operands if programs else call.operands[1:]
    if call.has("-n", "-p") and not call.has("-c", "-v"):
        in_place(call, operands)
    if not programs:
        return interpreter(call)
    call.record()
    if call.has("-c"):
        return None
    text = None if None in programs else "\n".join(text or "" for text in programs)
    return inline.run("perl", call, text, call.operands, "perl -e")


def in_place(call: Call, operands: "list[Field]") -> None:
    """Operands that are read, or rewritten with -i; with a suffix what was there is kept, * being the file's name."""
    rewrites = call.has("-i")
    suffix = call.value("-i")
    for field in operands:
        call.effect("w" if rewrites else "r", field, "-i" if rewrites else "")
        if suffix is not None and suffix.text and field.text:
            folder, slash, base = field.text.rpartition("/")
            copy = suffix.text.replace("*", base) if "*" in suffix.text else base + suffix.text
            call.effect("w", Field(copy if "/" in copy else folder + slash + copy, field.written), "-i")
