"""Commands that copy, move, link, make and change files."""

import os

from onetree.shell.words import Field

from .call import Call


def flock_append(call: Call) -> None:
    call.record()
    call.operate("r*" if call.given("--check") and not call.given("--repair") else "w*")


def _targets(call: Call) -> "tuple[list[Field], Field | None, bool]":
    """Of cp, mv, ln, install: the sources, the destination, and whether it is a folder to put them in."""
    operands = call.operands
    folder = call.value("-t", "--target-directory")
    if folder is not None:
        return operands, folder, True
    if len(operands) < 2:
        return operands, None, False
    sources, target = operands[:-1], operands[-1]
    inside = len(sources) > 1 or (target.text or "").endswith("/") or call.is_folder(target)
    if call.name == "ln" and call.has("-n", "--no-dereference") and any(map(os.path.islink, call.absolute(target))):
        inside = False
    return sources, target, inside and not call.has("-T", "--no-target-directory")


def into(target: Field, source_field: Field, *, inside: bool, parents: bool = False) -> Field:
    """The name a source gets."""
    if not inside or target.text is None:
        return target
    if source_field.text is None:
        return Field(None, target.written, source_field.why)
    name = source_field.text if parents else source_field.text.rstrip("/").rpartition("/")[2]
    if name in (".", "..", ""):
        return target
    return Field(target.text.rstrip("/") + "/" + name.lstrip("/"), target.written)


def copy(call: Call) -> None:
    call.record()
    sources, target, inside = _targets(call)
    tree = call.has("-r", "-R", "-a", "--recursive", "--archive")
    for field in sources:
        below = tree and call.is_folder(field)
        call.effect("R" if below else "r", field)
        if target is not None:
            made = into(target, field, inside=inside, parents=call.has("--parents"))
            paths = call.effect("W" if below else "w", made)
            if below:
                call.walker.folders.update(os.path.normpath(path) for path in paths)
            if call.has("-l", "--link", "-s", "--symbolic-link"):
                for source_path in call.absolute(field):
                    call.walker.links.update((os.path.normpath(p), os.path.normpath(source_path)) for p in paths)


def move(call: Call) -> None:
    call.record()
    sources, target, inside = _targets(call)
    for field in sources:
        below = call.is_folder(field)
        call.effect("D" if below else "d", field)
        if target is not None:
            old = [call.walker.files.get(os.path.normpath(path)) for path in call.absolute(field)]
            paths = call.effect("W" if below else "w", into(target, field, inside=inside))
            if len(old) == 1 and old[0] is not None:
                for path in paths:
                    call.walker.files[os.path.normpath(path)] = old[0]
            if below:
                call.walker.folders.update(os.path.normpath(path) for path in paths)


def link(call: Call) -> None:
    call.record()
    sources, target, inside = _targets(call)
    if target is None and sources:
        target, inside = Field(".", "."), True
    symbolic = call.has("-s", "--symbolic")
    for field in sources:
        if target is None:
            return
        paths = call.effect("w", into(target, field, inside=inside))
        for path in paths:
            if field.text is None:
                call.opaque("ln: what the link leads to is known only when it runs")
                continue
            base = os.path.dirname(path) if symbolic else (call.state.folder or "/")
            call.walker.links[os.path.normpath(path)] = os.path.normpath(os.path.join(base, field.text))
        if not symbolic:
            call.effect("r", field)


def install(call: Call) -> None:
    if call.has("-d", "--directory"):
        mkdir(call)
    else:
        copy(call)


def mkdir(call: Call) -> None:
    call.record()
    for field in call.operands:
        for path in call.effect("w", field):
            path_made = os.path.normpath(path)
            call.walker.files.pop(path_made, None)
            while path_made not in call.walker.folders and not os.path.isdir(path_made):
                call.walker.folders.add(path_made)
                path_made = os.path.dirname(path_made)
                if not call.has("-p", "--parents"):
                    break


def mktemp(call: Call) -> "str | None":
    """A fresh name: it is none that exists, so its pattern stands for it."""
    call.record()
    if any(field.text is None for field in call.operands):
        return None
    pattern = (call.operands[0].text if call.operands else "") or "tmp.XXXXXXXXXX"
    folder = call.value("-p", "--tmpdir")
    if folder is not None and folder.text is None:
        return None
    if "/" not in pattern and (folder is not None or call.has("-t", "--tmpdir") or not call.operands):
        temporary = call.state.lookup("TMPDIR") if folder is None else folder.text
        pattern = os.path.join(temporary if isinstance(temporary, str) and temporary else "/tmp", pattern)  # noqa: S108
    if not call.has("-u", "--dry-run"):
        for path in call.effect("w", Field(pattern, pattern), certain=False):
            if call.has("-d", "--directory"):
                call.walker.folders.add(os.path.normpath(path))
    return pattern + "\n"


def dd(call: Call) -> None:
    call.record()
    for field in call.fields[1:]:
        source_text = field.written.strip("'\"")
        key, _, path = (field.text or source_text).partition("=")
        if key in ("of", "if"):
            known = Field(path, field.written) if field.text is not None else Field(None, field.written, field.why)
            call.effect("w" if key == "of" else "r", known, key + "=")


def mode(call: Call) -> None:
    """chmod, chown, chgrp: the first operand is no file, unless it looks like an option or is --reference's."""
    call.record()
    call.option_values()
    given = any(
        flag[0] == "-"
        and flag[1:2] in "rwxXst"
        and call.name == "chmod"
        and "=" not in flag
        and not flag.startswith("--")
        for flag in call.flags
        if flag != "-R"
    )
    skip = 0 if given or call.value("--reference") is not None else 1
    for field in call.operands[skip:]:
        call.effect("M" if call.has("-R", "--recursive") else "m", field)


def split(call: Call) -> None:
    call.record()
    for field in call.operands[:1]:
        call.effect("r", field)
    call.opaque(f"{call.name}: how many files it writes is not known")


def rsync(call: Call) -> None:
    call.record()
    call.option_values()
    if call.has("-n", "--dry-run", "--list-only") or len(call.operands) < 2:
        return
    *sources, target = call.operands
    for field in sources:
        if ":" not in (field.text or "").partition("/")[0]:
            call.effect("R", field)
    if ":" in (target.text or "").partition("/")[0]:
        return
    if call.has("--remove-source-files"):
        for field in sources:
            call.effect("D", field)
    files = [f for f in sources if f.text and not f.text.endswith("/") and not call.is_folder(f)]
    inside = (target.text or "").endswith("/") or call.is_folder(target) or len(sources) > 1
    if (
        len(files) == len(sources)
        and not any(flag.startswith("--delete") for flag in call.flags)
        and (call.value("--files-from") is None)
    ):
        for field in files:
            call.effect("w", into(target, field, inside=inside))
    else:
        call.effect("W", target)
