"""Programs that change files by a program of their own: sed, awk, patch, SQL."""

from onetree import applypatch
from onetree.shell import commands, scripts
from onetree.shell.escapes import unescaped
from onetree.shell.words import Field

from .call import Call


def awk(call: Call) -> "str | None":
    """Awk: the program is the first operand, or in files; gawk's `-i inplace` rewrites the others (gawk's manual)."""
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    call.parse(commands.COMMANDS["awk"], stop=True)
    call.record()
    call.option_values()
    if call.has("--version", "--help", "-V", "-h"):
        return None
    operands = call.operands
    text: str | None = ""
    files = [field for option, field in call.values if option in ("-f", "--file")]
    sources = [field.text for option, field in call.values if option in ("-e", "--source")]
    if files or sources:
        texts = [_file(call, field) for field in files] + sources
        text = None if None in texts else "\n".join(text or "" for text in texts)
    elif operands:
        text, operands = operands[0].text, operands[1:]
    given: dict[str, object] = {}
    for option, field in call.values:
        if option in ("-v", "--assign") and field.text is not None:
            name, _, value = field.text.partition("=")
            given[name] = unescaped(value)
        elif option in ("-F", "--field-separator"):
            given["FS"] = "\t" if field.text == "t" else None if field.text is None else unescaped(field.text)
        elif option in ("-o", "-d", "-p"):
            call.effect("w", field, option)
    included = call.value("-i", "--include")
    rewrites = included is not None and included.text == "inplace"
    suffix = given.get("inplace::suffix", given.get("INPLACE_SUFFIX"))
    names = [field for field in operands if field.text is None or "=" not in field.text or rewrites]
    for field in names:
        call.effect("w" if rewrites else "r", field, "-i inplace" if rewrites else "")
        if rewrites and isinstance(suffix, str) and suffix and field.text:
            call.effect("w", Field(field.text + suffix, field.written), "-i inplace")
    if call.has("-S", "--sandbox"):
        return None
    if text is None:
        call.opaque("awk: its program is known only when it runs", operands)
        return None
    from onetree.shell import inline
    from onetree.shell.inline import awk as reader

    printed = reader.run(inline.Program(call, text, [field.text for field in operands], "awk"), given)
    return None if rewrites else printed


def _file(call: Call, field: Field) -> "str | None":
    """A program's text in a file, or on standard input."""
    if field.text in ("-", "/dev/stdin"):
        return call.state.text if call.state.piped else None
    places = call.absolute(field)
    return call.walker.file(places[0]) if len(places) == 1 else None


def sed(call: Call) -> "str | None":
    """Sed: -i rewrites the operands; the commands w, W, e and the flags w and e of s write and run (sed(1))."""
    call.record()
    call.option_values()
    operands = list(call.operands)
    if call.has("--version", "--help"):
        return None
    rewrites = call.has("-i", "--in-place")
    if rewrites and operands and operands[0].text == "":
        operands.pop(0)  # BSD's `sed -i ''`
    texts: list[str | None] = []
    scripted = False
    for option, field in call.values:
        if option in ("-e", "--expression"):
            texts.append(field.text)
            scripted = True
        elif option in ("-f", "--file"):
            texts.append(_file(call, field))
            scripted = True
    if not scripted:
        texts, operands = [field.text for field in operands[:1]], operands[1:]
    suffix = call.value("-i", "--in-place")
    for field in operands:
        call.effect("w" if rewrites else "r", field, "-i" if rewrites else "")
        if rewrites and suffix is not None and suffix.text and field.text:
            folder, slash, base = field.text.rpartition("/")
            copy = suffix.text.replace("*", base) if "*" in suffix.text else base + suffix.text
            call.effect("w", Field(copy if "/" in copy else folder + slash + copy, field.written), "-i")
    if call.has("--sandbox"):
        return None
    if None in texts:
        call.opaque("sed: its program is known only when it runs", operands)
        return None
    found = scripts.sed("\n".join(text or "" for text in texts))
    if found is None:
        call.opaque("sed: what its program runs is not known", operands)
        return None
    for path in found[0]:
        call.effect("w", Field(path, path), "w")
    for path in found[1]:
        call.effect("r", Field(path, path), "r")
    for text in found[2]:
        call.walker.source(text, call.state.copy(), call.walker.here)
    if rewrites or found[1] or found[2] or "/dev/stdout" in found[0]:
        return None
    return _sedded(call, "\n".join(text or "" for text in texts), operands)


def _sedded(call: Call, program: str, operands: "list[Field]") -> "str | None":
    """What sed prints, if its input is known."""
    from . import text

    if text.letters(call) - {"-n", "-E", "-r", "-e", "-s", "-u", "--quiet", "--silent", "--regexp-extended"}:
        return None
    from . import sedding

    given = text.given(call, operands)
    extended = call.has("-E", "-r", "--regexp-extended")
    quiet = call.has("-n", "--quiet", "--silent")
    return None if given is None else sedding.printed(program, given, extended=extended, quiet=quiet)


def apply_patch(call: Call) -> None:
    """Codex's own: the patch is the operand, or comes on standard input."""
    call.record()
    text = call.operands[0].text if call.operands else call.state.text
    named = applypatch.files(text) if text is not None else []
    for op, path in named:
        call.effect("d" if op == "delete" else "w", Field(path, path))
    if not named:
        call.opaque("apply_patch: the files that the patch names are not read")
