"""`python -m MODULE`: modules of the standard library that write or run something, and commands of their own name."""

import os
import sys

from onetree.action import TYPED
from onetree.shell import commands, inline
from onetree.shell.words import Field

from . import members
from .call import Call

# How each module reads its words: a row as in commands.py. Source: its section of the Python 3.11 library reference.
MODULES: dict[str, commands.Row] = {
    "venv": ("W*", "--prompt= --help=. -h"),
    "json.tool": ("rw", "--indent="),
    "zipfile": ("!archive", ""),
    "tarfile": ("!archive", ""),
    "zipapp": ("!zipapp", "-o=w --output=w -p= --python= -m= --main="),
    "cProfile": ("!script", "-o=w --outfile=w -s= --sort= -m"),
    "profile": ("!script", "-o=w --outfile=w -s= --sort="),
    "pdb": ("!script", "-c="),
    "trace": ("!script", "-f=w --file=w -C=W --coverdir=W --ignore-module= --ignore-dir="),
    "runpy": ("!script", ""),
    "timeit": ("!timeit", "-n= -r= -s=x -u= --number= --repeat= --setup=x --unit="),
    "code": ("!typed", ""),
    "gzip": ("!gzip", ""),
    "pydoc": ("!pydoc", "-k= -n= -p="),
    "lib2to3": (".*", "-f= -x= -j= -o=W --output-dir=W", ("-w --write", "S*")),
    "uu": ("rw", ""),
    "base64": ("r*", ""),
    "sqlite3": ("w.*", ""),
    "ast": ("r*", "-m= -i="),
    "tokenize": ("r*", ""),
    "fileinput": ("r*", "-b="),
}


def module(call: Call) -> "tuple[Field, list[Field]] | None":
    """What -m names, and the words that follow: they are the module's, whatever they look like."""
    fields = call.fields[1:]
    i = 0
    while i < len(fields):
        text = fields[i].text or ""
        if text[:1] != "-" or text in ("-", "--"):
            return None
        if text[1] != "-":
            for k, letter in enumerate(text[1:], 1):
                if letter == "c":
                    return None
                if letter == "m":
                    if text[k + 1 :]:
                        return Field(text[k + 1 :], fields[i].written), fields[i + 1 :]
                    return (fields[i + 1], fields[i + 2 :]) if i + 1 < len(fields) else None
                if letter in "WX":
                    i += not text[k + 1 :]
                    break
        elif text == "--check-hash-based-pycs":
            i += 1
        i += 1
    return None


def run_module(call: Call, name: Field, rest: "list[Field]") -> "str | None":
    """`python -m NAME rest`."""
    text = name.text
    if text is None:
        call.opaque("python -m: which module it runs is known only when it runs")
        return None
    row = MODULES.get(text)
    if row is None:
        plain = text.partition(".")[0]
        if commands.find(plain) is not None and plain not in sys.stdlib_module_names:
            return call.walker.run([Field(plain, name.written), *rest], call.state, call.assigned)
        return _of_the_tree(call, text, rest)
    inner = Call(call.walker, call.state, [Field(f"-m {text}", name.written), *rest], call.assigned)
    inner.name = f"python -m {text}"
    if any(field.text in ("-h", "--help") for field in rest):
        return None
    if not row[0].startswith("!"):
        inner.parse(row)
        inner.operate()
        return None
    inner.parse(row, stop=row[0] == "!script")
    inner.option_values()
    for option, field in inner.values:
        if inner.table.get(option) == "W":
            inner.effect("W", field, option)
    return HANDLERS[row[0][1:]](inner)


def _of_the_tree(call: Call, name: str, rest: "list[Field]") -> "str | None":
    """A module or package that lies in the directory in force is read as a script is."""
    base = name.replace(".", "/")
    for path in (base + ".py", base + "/__main__.py"):
        for whole in call.absolute(Field(path, path)):
            if os.path.isfile(whole) and (text := call.walker.file(whole)) is not None:
                return inline.run("python", call, text, rest, path)
    return None


def _archive(call: Call) -> None:
    operands = call.operands
    if call.has("-c", "--create"):
        for field, role in zip(operands, ["w", *["R"] * len(operands)], strict=False):
            call.effect(role, field)
    elif call.has("-e", "--extract"):
        _extract(call, operands[0] if operands else None, operands[1] if len(operands) > 1 else Field(".", "."))
    else:
        for field in operands:
            call.effect("r", field)


def _extract(call: Call, archive: "Field | None", folder: Field) -> None:
    """Each file that comes out of an archive that is there now; else the folder."""
    found = None
    if archive is not None:
        call.effect("r", archive)
        paths = call.absolute(archive)
        if len(paths) == 1 and os.path.normpath(paths[0]) not in call.walker.files:
            found = members.listed(paths[0], call.walker.deadline)
    if found is None or folder.text is None:
        call.effect("W", folder)
        return
    for name, is_folder in found:
        if not is_folder:
            call.effect("w", Field(os.path.join(folder.text, name), folder.written))


def _zipapp(call: Call) -> None:
    for field in call.operands[:1]:
        call.effect("R", field)
        if call.value("-o", "--output") is None and field.text and not call.has("--info"):
            call.effect("w", Field(field.text.rstrip("/") + ".pyz", field.written))


def _script(call: Call) -> "str | None":
    if call.has("-m", "--module") and call.operands:
        return run_module(call, call.operands[0], call.operands[1:])
    for field in call.operands[:1]:
        call.effect("r", field)
        for path in call.absolute(field):
            text = call.walker.file(path)
            if text is not None:
                return inline.run("python", call, text, call.operands[1:], field.written)
            if os.path.exists(path):
                call.opaque(f"python: {field.text} is no small text file, and is not read")
    return None


def _timeit(call: Call) -> None:
    texts = [field.text for option, field in call.values if option in ("-s", "--setup")]
    texts += [field.text for field in call.operands]
    text = None if None in texts else "\n".join(text or "" for text in texts)
    inline.run("python", call, text, [], "python -m timeit")


def _typed(call: Call) -> "str | None":
    if not call.state.piped:
        call.opaque(TYPED)
        return None
    return inline.run("python", call, call.state.text, [], "python -")


def _gzip(call: Call) -> None:
    unpacks = call.has("-d", "--decompress")
    for field in call.operands:
        call.effect("r", field)
        if field.text is None or unpacks:
            call.effect("w", Field(field.text and field.text.removesuffix(".gz"), field.written, field.why))
        else:
            call.effect("w", Field(field.text + ".gz", field.written))


def _pydoc(call: Call) -> None:
    if call.has("-w"):
        for field in call.operands:
            call.effect("w", Field(field.text and field.text + ".html", field.written, field.why))


HANDLERS = {
    "archive": _archive,
    "zipapp": _zipapp,
    "script": _script,
    "timeit": _timeit,
    "typed": _typed,
    "gzip": _gzip,
    "pydoc": _pydoc,
}
