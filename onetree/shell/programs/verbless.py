"""Developers' tools without subcommands that a row of devtools_programs.py cannot describe."""

import os

from onetree.shell.words import Field

from .call import Call
from .tools import listed

NBCONVERT = {
    "notebook": ".ipynb",
    "python": ".py",
    "script": ".py",
    "html": ".html",
    "markdown": ".md",
    "pdf": ".pdf",
    "latex": ".tex",
    "rst": ".rst",
    "slides": ".slides.html",
    "asciidoc": ".asciidoc",
    "webpdf": ".pdf",
}


def unnamed(call: Call) -> None:
    """What it writes is told by its own configuration."""
    call.record()
    call.option_values()
    if call.has(
        "--version", "-V", "--help", "-h", "--dry-run", "--ci", "--list-tasks", "--list-hosts", "--syntax-check"
    ):
        return
    if not any(call.table.get(option) == "W" for option, _ in call.values):
        call.opaque(f"{call.name}: what it writes is told by its configuration")


def unnamed_quiet(call: Call) -> None:
    """`ninja`: a build of the tree, as make is; rules that come with the command are not read."""
    call.record()
    call.option_values()
    file = call.value("-f")
    if file is not None and call.brings(file):
        call.opaque(f"{call.name}: rules that come with the command are not read")


def output(call: Call) -> None:
    """`tsup, ncc`: dist/ if no folder is given."""
    call.record()
    call.option_values()
    given = any(call.table.get(option) == "W" for option, _ in call.values)
    if not given and not call.has("--version", "--help", "-v", "-h"):
        call.effect("W", Field("dist", "dist"), certain=False)


def hyperfine(call: Call) -> None:
    """`hyperfine`: each operand is a command line, and --setup, --prepare, --conclude, --cleanup."""
    call.record()
    call.option_values()
    texts = [field for option, field in call.values if call.table.get(option) == "x"]
    for field in (*texts, *call.operands):
        if field.text is None:
            call.opaque("hyperfine: what it runs is known only when it runs")
        else:
            call.walker.source(field.text, call.state.copy(), call.walker.here)


def scaffold(call: Call) -> None:
    """`cookiecutter`: a folder whose name its template asks for."""
    call.record()
    call.option_values()
    if call.operands and call.value("-o", "--output-dir") is None:
        call.opaque(f"{call.name}: the name of the folder it makes is its template's", (Field(".", "."),))


def copier(call: Call) -> None:
    """`copier` copy TEMPLATE FOLDER; update, recopy FOLDER."""
    call.record()
    verb = call.operands[0].text if call.operands else ""
    folder = call.operands[2:3] if verb == "copy" else call.operands[1:2] or [Field(".", ".")]
    if verb in ("copy", "update", "recopy") and not call.has("--pretend", "-n"):
        for field in folder:
            if field.text == ".":
                call.opaque("copier: what it writes here is its template's", (field,))
            else:
                call.effect("W", field)


def svgo(call: Call) -> None:
    """`svgo` rewrites each file, unless there is an -o."""
    call.record()
    call.option_values()
    for field in (*call.operands, *(field for option, field in call.values if option in ("-i", "--input"))):
        call.effect("r" if call.value("-o", "--output") else "w", field)
    folder = call.value("-f", "--folder")
    if folder is not None and call.value("-o", "--output") is None:
        for top in call.absolute(folder):
            for path in listed(call, top, (".svg",)):
                call.effect("w", Field(path, path), certain=False)


def doxygen(call: Call) -> None:
    """`doxygen`: -g [FILE] writes a configuration; else html/ and latex/, or where the configuration says."""
    call.record()
    if call.has("-g", "-s", "-u"):
        call.effect("w", call.operands[0] if call.operands else Field("Doxyfile", "Doxyfile"))
    elif call.has("-w"):
        for field in call.operands[1:]:
            call.effect("w", field)
    elif not call.has("--version", "-v", "-h", "--help"):
        file = call.operands[0] if call.operands else Field("Doxyfile", "Doxyfile")
        call.effect("r", file)
        if any(os.path.exists(path) for path in call.absolute(file)):
            call.opaque("doxygen: where it writes is told by its configuration")


def jupytext(call: Call) -> None:
    """--to EXT writes beside the notebook; --sync and --set-formats write its pair."""
    call.record()
    call.option_values()
    to = call.value("--to")
    if to is not None and call.value("-o", "--output") is None and not call.has("--check", "--test"):
        beside(call, "." + (to.text or "").partition(":")[0].lstrip("."))
    elif call.has("--sync", "--execute") or call.value("--set-formats", "--update-metadata", "--pipe"):
        call.opaque("jupytext: which files are paired is told by the notebook", call.operands)


def nbconvert_row(call: Call) -> None:
    call.record()
    call.option_values()
    nbconvert(call, call.operands)


def nbconvert(call: Call, notebooks: "list[Field]") -> None:
    """`jupyter nbconvert --to FORMAT`: beside the notebook, or --output NAME, or in --output-dir."""
    if call.has("--stdout"):
        return
    to = call.value("--to")
    ending = NBCONVERT.get((to.text if to else "") or "", ".html")
    name = call.value("--output")
    for field in notebooks:
        if call.has("--inplace", "--clear-output"):
            call.effect("w", field)
        elif call.value("--output-dir") is None and field.text:
            text = name.text if name is not None else os.path.splitext(os.path.basename(field.text))[0]
            if text is None:
                call.opaque("nbconvert: the name it writes is known only when it runs")
                continue
            text = text if text.endswith(ending) else text + ending
            made = os.path.join(os.path.dirname(field.text), text)
            call.effect("w", Field(made, field.written), certain=False)


def beside(call: Call, ending: str) -> None:
    """Each operand's file with another ending, beside it."""
    for field in call.operands:
        call.effect("r", field)
        if field.text:
            call.effect("w", Field(os.path.splitext(field.text)[0] + ending, field.written))


def mkcert(call: Call) -> None:
    """`mkcert A B`: ./A+1.pem and ./A+1-key.pem (its README); -install changes the system's store."""
    call.record()
    call.option_values()
    if not call.operands or call.value("-csr"):
        return
    name = (call.operands[0].text or "").replace(":", "_").replace("*", "_wildcard")
    name += f"+{len(call.operands) - 1}" if len(call.operands) > 1 else ""
    name += "-client" if call.has("-client") else ""
    if call.has("-pkcs12"):
        if call.value("-p12-file") is None:
            call.effect("w", Field(name + ".p12", name))
        return
    for option, ending in (("-cert-file", ".pem"), ("-key-file", "-key.pem")):
        if call.value(option) is None:
            call.effect("w", Field(name + ending, name))


def bump(call: Call) -> None:
    """`standard-version`: package.json and its lock, CHANGELOG.md."""
    call.record()
    call.option_values()
    if not call.has("--dry-run", "--help", "--version"):
        for name in ("package.json", "package-lock.json", "CHANGELOG.md"):
            call.effect("w", Field(name, name), certain=False)


def ctags(call: Call) -> None:
    """By default tags, or TAGS with -e and for etags (ctags(1))."""
    call.record()
    call.option_values()
    if call.has("--version", "--help", "-x") or any(flag.startswith("--list-") for flag in call.flags):
        return
    if call.value("-f", "-o", "--output") is None and (
        call.operands or call.has("-R", "--recurse") or call.value("-L")
    ):
        name = "TAGS" if call.name == "etags" or call.has("-e") else "tags"
        call.effect("w", Field(name, name))


def cscope(call: Call) -> None:
    """By default cscope.out, with -q two more; -d uses what is there (cscope(1))."""
    call.record()
    call.option_values()
    if call.has("-d", "-h", "-V", "--help", "--version"):
        return
    names = ["cscope.out"] if call.value("-f") is None else []
    for name in [*names, *(("cscope.in.out", "cscope.po.out") if call.has("-q") else ())]:
        call.effect("w", Field(name, name), certain=False)


def gtags(call: Call) -> None:
    call.record()
    for name in ("GTAGS", "GRTAGS", "GPATH"):
        call.effect("w", Field(name, name), certain=False)


def brew(call: Call) -> None:
    """`brew`: only `bundle dump` writes here."""
    call.record()
    if [field.text for field in call.operands[:2]] == ["bundle", "dump"] and call.value("--file") is None:
        call.effect("w", Field("Brewfile", "Brewfile"))
    if [field.text for field in call.operands[:2]] == ["bundle", "dump"]:
        call.option_values()
