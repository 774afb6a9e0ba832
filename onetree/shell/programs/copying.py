"""rsync, scp, rename: copies and moves that have their own rules for names."""

import os

from onetree.shell.words import Field

from . import files
from .call import Call

PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/ ,:@%=."


def _remote(field: Field) -> bool:
    """HOST:PATH and rsync://."""
    return ":" in (field.text or "").partition("/")[0]


def scp(call: Call) -> None:
    """scp: of what is local, the last operand is written (scp(1))."""
    call.record()
    call.option_values()
    if len(call.operands) < 2:
        return
    *sources, target = call.operands
    for field in sources:
        if not _remote(field) and "://" not in (field.text or ""):
            call.effect("R" if call.has("-r") else "r", field)
    if _remote(target):
        return
    inside = len(sources) > 1 or (target.text or "").endswith("/") or call.is_folder(target)
    for field in sources:
        name = Field((field.text or "").rpartition(":")[2], field.written) if field.text is not None else field
        call.effect("W" if call.has("-r") else "w", files.into(target, name, inside=inside))


def rsync(call: Call) -> None:
    """rsync: each file that differs in size or time; SOURCE/ is what is in SOURCE (rsync(1))."""
    call.record()
    call.option_values()
    if call.has("-n", "--dry-run", "--list-only", "--help", "--version") or len(call.operands) < 2:
        return
    *sources, target = call.operands
    for field in sources:
        if not _remote(field):
            call.effect("R", field)
    if call.has("--remove-source-files"):
        for field in sources:
            _removed(call, field)
    if _remote(target):
        return
    chosen = "--exclude --include --filter -f --exclude-from --include-from --files-from --max-size --min-size".split()
    partial = any(option in chosen for option, _ in call.values) or call.has("-C", "--cvs-exclude", "-F")
    tree = call.has("-r", "-a", "--recursive", "--archive")
    inside = (target.text or "").endswith("/") or call.is_folder(target) or len(sources) > 1
    for field in sources:
        if _remote(field) or field.text is None:
            name = Field(None if field.text is None else field.text.rpartition(":")[2], field.written, field.why)
            call.effect("W" if tree else "w", files.into(target, name, inside=inside and not tree))
        elif not call.is_folder(field):
            _one(call, field, files.into(target, field, inside=inside))
        elif tree:
            whole = field.text.endswith("/") or field.text.rpartition("/")[2] in (".", "..")
            made = target if whole else files.into(target, field, inside=True)
            call.effect("W", made, certain=not partial)
            if not partial:
                _folder(call, field, made)


def _removed(call: Call, field: Field) -> None:
    """--remove-source-files leaves the folders."""
    if not call.is_folder(field):
        call.effect("d", field)
        return
    found = call.below(field)
    if found is None:
        call.effect("D", field)
    for path in found or ():
        call.effect("d", Field(path, field.written))


def _one(call: Call, source: Field, made: Field) -> None:
    """One file, unless it is the same already; --backup keeps the old one."""
    there = call.absolute(made)
    if len(there) == 1 and os.path.isfile(there[0]) and os.path.normpath(there[0]) not in call.walker.files:
        if call.has("--ignore-existing") or _same(call, source, there[0]):
            return
        if call.has("-b", "--backup"):
            suffix, folder = call.value("--suffix"), call.value("--backup-dir")
            name = Field((made.text or "") + ("~" if suffix is None else suffix.text or ""), made.written)
            if folder is not None:
                name = Field(f"{folder.text}/{os.path.basename(made.text or '')}", folder.written)
            call.effect("w", name)
    elif call.has("--existing", "--ignore-non-existing"):
        return
    call.effect("w", made, certain=not call.has("-u", "--update"))


def _same(call: Call, source: Field, made: str) -> bool:
    """Rsync's quick check: same size, same time."""
    paths = call.absolute(source)
    if (
        len(paths) != 1
        or call.has("-I", "--ignore-times", "-c", "--checksum")
        or os.path.normpath(paths[0]) in call.walker.files
    ):
        return False
    try:
        ours, theirs = os.stat(paths[0]), os.stat(made)
    except OSError:
        return False
    return ours.st_size == theirs.st_size and int(ours.st_mtime) == int(theirs.st_mtime)


def _folder(call: Call, source: Field, made: Field) -> None:
    """The files of a folder, and with --delete those that are only in the target."""
    places, found = call.absolute(source), call.below(source)
    if len(places) != 1 or found is None or made.text is None:
        return
    names = set()
    for path in found:
        name = os.path.relpath(path, places[0])
        names.add(name)
        _one(call, Field(path, source.written), Field(os.path.join(made.text, name), made.written))
    if not any(flag.startswith("--del") for flag in call.flags):
        return
    old = call.below(made)
    if old is None:
        call.effect("D", made, certain=False)
        return
    top = call.absolute(made)[0]
    gone: dict[str, bool] = {}
    for path in old:
        name = os.path.relpath(path, top)
        if name in names:
            continue
        while os.path.dirname(name) and not os.path.isdir(os.path.join(places[0], os.path.dirname(name))):
            name = os.path.dirname(name)  # the whole folder goes
        gone[name] = os.path.isdir(os.path.join(top, name))
    for name, is_folder in gone.items():
        call.effect("D" if is_folder else "d", Field(os.path.join(made.text, name), made.written))


def rename(call: Call) -> None:
    """Read rename FROM TO FILE... (util-linux), or rename EXPRESSION FILE... (Perl's): told apart by the expression."""
    call.record()
    if call.has("-n", "--nono", "--no-act", "-h", "-V", "--help", "--version", "--man"):
        return
    given = call.value("-e")
    operands = call.operands
    expression = given.text if given is not None else operands[0].text if operands else None
    if expression is None:
        call.opaque("rename: how it renames is known only when it runs", operands[1:])
    elif given is not None or expression[:2] in ("s/", "s|", "s,", "s#", "y/") or expression[:3] == "tr/":
        _substituted(call, expression, operands if given is not None else operands[1:])
    elif len(operands) > 2 and operands[1].text is not None:
        for field in operands[2:]:
            folder, slash, name = (field.text or "").rpartition("/")
            made = name.replace(expression, operands[1].text, -1 if call.has("-a", "--all") else 1)
            _renamed(call, field, folder + slash + made)
    elif len(operands) != 2 or any(c in expression for c in "$;/("):
        call.opaque("rename: which files it renames is not known", operands[1:])


def _renamed(call: Call, field: Field, made: str) -> None:
    if field.text is None:
        call.opaque("rename: which files it renames is known only when it runs")
    elif made != field.text:
        call.effect("d", field)
        call.effect("w", Field(made, field.written))


def _substituted(call: Call, expression: str, operands: "list[Field]") -> None:
    """Perl's s/A/B/[g], if A and B are plain enough that nothing else can be meant."""
    parts = expression.split(expression[1]) if expression[0] == "s" else []
    pattern = parts[1] if len(parts) == 4 else ""
    bare = pattern.removeprefix("^").removesuffix("$").replace("\\.", "")
    if (not bare and "\\." not in pattern) or parts[3] not in ("", "g") or any(c not in PLAIN for c in bare + parts[2]):
        call.opaque("rename: its expression is not read", operands)
        return
    import re

    compiled = re.compile(pattern)
    for field in operands:
        _renamed(call, field, compiled.sub(parts[2], field.text or "", count=0 if parts[3] else 1))
