"""Programs that change files by a program of their own: sed, awk, editors, patch, SQL."""

from onetree import applypatch
from onetree.shell import scripts
from onetree.shell.words import Field

from .call import Call


def editor(call: Call) -> None:
    """vim, emacs: the files they are given; what an option has them do is a program."""
    call.record()
    texts = [f.text for option, f in call.values if call.table.get(option) == "x"]
    texts += [(f.text or "")[1:] for f in call.operands if (f.text or "").startswith("+")]
    call.operands = [f for f in call.operands if not (f.text or "").startswith("+")]
    call.operate("w*")
    if not all(text is not None and _moves(text) for text in texts):
        call.opaque(f"{call.name}: what its commands write or run is not read")


def _moves(text: str) -> bool:
    """Whether an editor's command only saves the file at hand, leaves, or substitutes (vim's :help index)."""
    text = text.lstrip("%$,.0123456789 ")
    return (
        not text
        or text in ("w", "w!", "wq", "wq!", "x", "q", "q!", "qa", "qa!", "wqa", "xa")
        or (text[0] == "s" and not text[1:2].isalnum() and "\\=" not in text and "|" not in text)
    )


def awk(call: Call) -> None:
    call.record()
    call.option_values()
    operands = call.operands
    included = call.value("-i", "--include")
    if call.value("-f", "--file") is not None:
        call.opaque("awk: a program in a file is not read yet")
        program = None
    else:
        program, operands = (operands[0] if operands else None), operands[1:]
    in_place = included is not None and included.text == "inplace"
    for field in operands:
        if in_place or field.text is None or "=" not in field.text:
            call.effect("w" if in_place else "r", field)
    if program is None:
        return
    if program.text is None:
        call.opaque("awk: its program is known only when it runs")
        return
    found = scripts.awk(program.text)
    if found is None:
        call.opaque("awk: where its program writes is not known")
        return
    for path in found[0]:
        call.effect("w", Field(path, path), "print >", certain=False)
    for text in found[1]:
        call.walker.source(text, call.state.copy(), call.walker.here)


def sed(call: Call) -> None:
    call.record()
    call.option_values()
    operands = list(call.operands)
    in_place = call.has("-i", "--in-place")
    if in_place and operands and operands[0].text == "":
        operands.pop(0)  # BSD's `sed -i ''`
    texts = [field for option, field in call.values if option in ("-e", "--expression")]
    if call.value("-f", "--file") is not None:
        call.opaque("sed: a program in a file is not read yet")
    elif not texts:
        texts, operands = operands[:1], operands[1:]
    suffix = call.value("-i", "--in-place")
    for field in operands:
        call.effect("w" if in_place else "r", field, "-i" if in_place else "")
        if in_place and suffix is not None and suffix.text and field.text:
            copy_of = (
                suffix.text.replace("*", field.text.rpartition("/")[2])
                if "*" in suffix.text
                else (field.text + suffix.text)
            )
            call.effect("w", Field(copy_of, field.written), "-i")
    program = "\n".join(field.text or "" for field in texts)
    if any(field.text is None for field in texts):
        if not in_place:
            call.opaque("sed: its program is known only when it runs")
        return
    found = scripts.sed(program)
    if found is None:
        call.opaque("sed: what its program writes or runs is not known")
        return
    for path in found:
        call.effect("w", Field(path, path), "w")


def patch(call: Call) -> None:
    call.record()
    if call.has("--dry-run", "--version", "--help", "-v"):
        return
    call.option_values()
    if call.value("-o", "--output") is not None:
        return
    folder = call.value("-d", "--directory")
    if folder is not None:
        call.state = call.state.copy()
        call.state.folders = tuple(call.absolute(folder))
    if call.operands:
        call.effect("w", call.operands[0])
        for field in call.operands[1:2]:
            call.effect("r", field)
        return
    call.opaque("patch: the files that the patch names are not read yet")


def apply_patch(call: Call) -> None:
    """Codex's own: the patch is the operand, or comes on standard input."""
    call.record()
    text = call.operands[0].text if call.operands else call.state.text
    named = applypatch.files(text) if text is not None else []
    for op, path in named:
        call.effect("d" if op == "delete" else "w", Field(path, path))
    if not named:
        call.opaque("apply_patch: the files that the patch names are not read")
