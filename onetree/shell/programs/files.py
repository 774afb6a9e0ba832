"""Commands that copy, move, link, make and change files."""

import os

from onetree.shell import words
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
    """cp, and install's files."""
    call.record()
    if call.has("--help", "--version"):
        return
    sources, target, inside = _targets(call)
    tree = call.has("-r", "-R", "-a", "--recursive", "--archive")
    for field in sources:
        below = tree and call.is_folder(field)
        call.effect("R" if below else "r", field)
        if target is None:
            continue
        made = into(target, field, inside=inside, parents=call.has("--parents"))
        if not below and call.is_folder(field) and call.name == "cp":
            continue  # cp leaves a folder out without -r
        if _kept(call, made):
            continue
        _backed_up(call, made)
        paths = call.effect("W" if below else "w", made, certain=not _stays(call, made))
        if below:
            call.walker.folders.update(os.path.normpath(path) for path in paths)
            each(call, field, made)
        if call.has("-l", "--link", "-s", "--symbolic-link"):
            for source_path in call.absolute(field):
                call.walker.links.update((os.path.normpath(p), os.path.normpath(source_path)) for p in paths)


def each(call: Call, source: Field, target: Field, role: str = "w") -> None:
    """Name the files of a copied folder one by one, as far as they are few."""
    places = call.absolute(source)
    found = call.below(source) if len(places) == 1 and target.text is not None else None
    for path in found or ():
        name = os.path.join(target.text or "", os.path.relpath(path, places[0]))
        call.effect(role, Field(name, target.written))


def _kept(call: Call, made: Field) -> bool:
    """Whether a file is there already and is left as it is (-n)."""
    paths = call.absolute(made)
    there = len(paths) == 1 and os.path.isfile(paths[0]) and os.path.normpath(paths[0]) not in call.walker.files
    return there and call.has("-n", "--no-clobber")


def _stays(call: Call, made: Field) -> bool:
    """Whether a file that is there may be left as it is (-u, -i)."""
    keeps = call.has("-u", "--update", "-i", "--interactive")
    return keeps and any(map(os.path.lexists, call.absolute(made)))


def _backed_up(call: Call, made: Field, ending: str = "~") -> None:
    """The copy of a file that is there which -b, --backup and -S keep (GNU coreutils' manual, "Backup options")."""
    suffix = call.value("-S", "--suffix")
    if not call.has("-b", "--backup") and call.value("--backup") is None and suffix is None:
        return
    if made.text is None or not any(map(os.path.isfile, call.absolute(made))):
        return
    control = call.value("--backup")
    kind = (control.text if control is not None else call.state.env.get("VERSION_CONTROL")) or "existing"
    if kind in ("none", "off"):
        return
    if kind in ("numbered", "t", "existing", "nil"):
        folder, name = os.path.split(call.absolute(made)[0])
        try:
            names = [n for n in os.listdir(folder) if n.startswith(name + ".~") and n.endswith("~")]
        except OSError:
            names = []
        numbers = [int(n[len(name) + 2 : -1]) for n in names if words.digits(n[len(name) + 2 : -1])]
        if numbers or kind in ("numbered", "t"):
            ending = f".~{max(numbers, default=0) + 1}~"
    if suffix is not None and suffix.text and not ending.startswith("."):
        ending = suffix.text
    call.effect("w", Field(made.text + ending, made.written))


def move(call: Call) -> None:
    """mv: what is moved is gone, and what is written over is lost."""
    call.record()
    if call.has("--help", "--version"):
        return
    sources, target, inside = _targets(call)
    for field in sources:
        below = call.is_folder(field)
        made = None if target is None else into(target, field, inside=inside)
        if made is not None and _kept(call, made):
            continue
        sure = made is None or not _stays(call, made)
        call.effect("D" if below else "d", field, certain=sure)
        if made is None:
            continue
        _backed_up(call, made)
        old = [call.walker.files.get(os.path.normpath(path)) for path in call.absolute(field)]
        paths = call.effect("W" if below else "w", made, certain=sure)
        if len(old) == 1 and old[0] is not None:
            for path in paths:
                call.walker.files[os.path.normpath(path)] = old[0]
        if below:
            call.walker.folders.update(os.path.normpath(path) for path in paths)
            _moved(call, field, made, certain=sure)


def _moved(call: Call, field: Field, made: Field, *, certain: bool) -> None:
    """Where the files below a folder are after it has moved, as far as they are few."""
    places = call.absolute(field)
    if made.text is None or len(places) != 1:
        return
    top = os.path.normpath(places[0])
    new = os.path.normpath(call.absolute(made)[0]) if len(call.absolute(made)) == 1 else ""
    for path in call.below(field) or ():
        call.effect("w", Field(os.path.join(made.text, os.path.relpath(path, top)), made.written), certain=certain)
    for path, text in list(call.walker.files.items()):
        if path.startswith(top + "/"):
            call.walker.files[new + path[len(top) :]] = text


def link(call: Call) -> None:
    """ln, link."""
    call.record()
    if call.has("--help", "--version"):
        return
    sources, target, inside = _targets(call)
    if target is None and sources:
        target, inside = Field(".", "."), True
    symbolic = call.has("-s", "--symbolic")
    for field in sources:
        if target is None:
            return
        made = into(target, field, inside=inside)
        _backed_up(call, made)
        for path in call.effect("w", made):
            if field.text is None:
                call.opaque("ln: what the link leads to is known only when it runs")
                continue
            base = os.path.dirname(path) if symbolic and not call.has("-r", "--relative") else call.state.folder or "/"
            call.walker.links[os.path.normpath(path)] = os.path.normpath(os.path.join(base, field.text))
        if not symbolic:
            call.effect("r", field)


def install(call: Call) -> None:
    """install: -d makes folders, else it copies; what is there is unlinked first, or kept with -b."""
    if call.has("-d", "--directory"):
        call.flags.add("-p")
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
    if any(field.text is None for field in call.operands) or call.has("--help", "--version"):
        return None
    pattern = (call.operands[0].text if call.operands else "") or "tmp.XXXXXXXXXX"
    suffix = call.value("--suffix")
    if suffix is not None:
        pattern += suffix.text or ""
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


def touch(call: Call) -> None:
    """touch, truncate: -c leaves alone what is not there."""
    call.record()
    if call.has("--help", "--version"):
        return
    call.option_values()
    for field in call.operands:
        there = any(map(os.path.lexists, call.absolute(field)))
        made = any(os.path.normpath(path) in call.walker.files for path in call.absolute(field))
        if there or made or not call.has("-c", "--no-create"):
            call.effect("w", field)


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
    tree = call.has("-R", "--recursive")
    for field in call.operands[skip:]:
        below = tree and call.is_folder(field)
        call.effect("M" if below else "m", field)
        for path in (call.below(field, folders=True) or ()) if below else ():
            if call.name != "chmod" or not os.path.islink(path):  # chmod(1): it never changes what links it comes by
                call.effect("m", Field(path, field.written))
