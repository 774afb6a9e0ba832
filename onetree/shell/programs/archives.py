"""Archives: what is put into one, and what comes out of one that is there now. For tar see tarring.py."""

import os

from onetree.shell import globs
from onetree.shell.words import Field

from . import files, members, packing
from .call import Call

CURRENT = Field(".", ".")


def unnamed(call: Call) -> None:
    """A program that writes what its operands do not say."""
    call.record()
    row = call.row
    if len(row) == 3 and any(call.given(flag) for flag in row[2][0].split()):
        call.operate()
    elif call.fields[1:] and not call.has("--version", "--help"):
        call.opaque(f"{call.name}: which files it writes is not known", call.operands[:64])


def listed(call: Call, archive: "Field | None") -> "members.Members | None":
    """The members of an archive; None if they cannot be known."""
    walker = call.walker
    if archive is None or archive.text == "-":
        given = call.state.archive if call.state.piped else None
        if not isinstance(given, str):
            text = call.state.text if call.state.piped and given is None else None
            return members.held(text, walker.deadline) if text else given
        paths = [given]
    else:
        paths = call.absolute(archive)
    if len(paths) != 1:
        return None
    path = os.path.normpath(paths[0])
    if path in walker.archives:
        return walker.archives[path]
    if path in walker.files:
        text = walker.files[path]
        return members.held(text, walker.deadline) if text else None
    return members.listed(path, walker.deadline)


def extract(
    call: Call, found: "members.Members | None", folder: "Field | None", *, keep: bool = False, sure: bool = True
) -> None:
    """Note what comes out of an archive into a folder. keep: what is there stays. sure: what is there is replaced."""
    place = folder or CURRENT
    if found is None:
        call.opaque(f"{call.name}: the archive's members are not known", [place])
        return
    full = {name.rpartition("/")[0] for name, _ in found}
    for name, is_folder in found:
        made = Field(name, name) if folder is None else files.into(folder, Field(name, name), inside=True, parents=True)
        there = any(map(os.path.lexists, call.absolute(made)))
        if is_folder:
            call.walker.folders.update(os.path.normpath(path) for path in call.absolute(made))
            if name.rstrip("/") in full or there:
                continue
        if not (keep and there):
            call.effect("w", made, certain=sure or not there)


def cleaned(name: str, *, absolute: bool) -> str:
    """A member's name as tar makes it: without ./ and a leading /, nothing for one that holds .. (tar(1), -P)."""
    if absolute:
        return name
    if ".." in name.split("/"):
        return ""
    name = os.path.normpath(name.lstrip("/") or ".")
    return "" if name == "." else name


def chosen(name: str, wanted: "list[str]", *, wild: bool) -> bool:
    name = name.removeprefix("./")
    for pattern in (text.removeprefix("./").rstrip("/") for text in wanted):
        if name == pattern or name.startswith(pattern + "/") or (wild and globs.matches(pattern, name)):
            return True
    return False


def excluded(name: str, patterns: "list[str]") -> bool:
    """--exclude matches any run of whole components, and what is below it (tar's manual, 6.5)."""
    parts = name.split("/")
    ends = range(1, len(parts) + 1)
    return any(globs.matches(p.rstrip("/"), "/".join(parts[i:j])) for p in patterns for j in ends for i in range(j))


def unzip(call: Call) -> None:
    """Read unzip [-opts] FILE [MEMBER]... [-x MEMBER...] [-d DIR] (unzip(1)); without -o what is there may stay."""
    call.record()
    flags = ""
    folder: Field | None = None
    operands: list[Field] = []
    excluded: list[str] = []
    rest = list(call.fields[1:])
    skipping = False
    while rest:
        field = rest.pop(0)
        text = field.text or ""
        if text.startswith("-") and len(text) > 1:
            letters, _, attached = text[1:].partition("d") if not text.startswith("-Z") else (text[1:], "", "")
            flags += letters
            skipping = letters.endswith("x")
            if "d" in text[1:] and not text.startswith("-Z"):
                folder = Field(attached, field.written) if attached else (rest.pop(0) if rest else None)
        elif skipping:
            excluded.append(text)
        else:
            operands.append(field)
    if not operands:
        return
    archive = operands[0]
    if archive.text and not any(map(call.state.there, call.absolute(archive))):
        archive = Field(archive.text + ".zip", archive.written)
    call.effect("r", archive)
    if any(c in flags for c in "lptzZcv"):
        return
    found = listed(call, archive)
    wanted = [field.text or "" for field in operands[1:]]
    if found is not None:
        found = [item for item in found if not wanted or any(globs.matches(p, item[0]) for p in wanted)]
        found = [item for item in found if not any(globs.matches(p, item[0]) for p in excluded)]
        found = [(cleaned(name.replace("../", ""), absolute=False), is_folder) for name, is_folder in found]
        if "j" in flags:
            found = [(name.rpartition("/")[2], False) for name, is_folder in found if not is_folder]
    extract(call, found, folder, keep="n" in flags, sure="o" in flags)


def zip_(call: Call) -> None:
    """Read zip [-opts] FILE[.zip] [NAME]... (zip(1))."""
    call.record()
    if call.has("--help", "--version", "-h", "-v") or not call.operands:
        return
    call.option_values()
    archive, *rest = call.operands
    if archive.text and "." not in archive.text.rpartition("/")[2] and archive.text != "-":
        archive = Field(archive.text + ".zip", archive.written)
    made = call.value("-O", "--output-file", "--out")
    if call.has("-T", "--test", "-sf", "--show-files") and not rest:
        call.effect("r", archive)
        return
    call.effect("w" if made is None else "r", archive)
    if made is None and not call.has("-d", "--delete", "-u", "-f", "-@") and not call.values:
        _zipped(call, archive, rest)
    if call.has("-d", "--delete"):
        return
    recursive = call.has("-r", "-R", "--recurse-paths", "--recurse-patterns")
    for field in rest:
        call.effect("R" if recursive else "r", field)
        if call.has("-m", "--move"):
            call.effect("D" if recursive and call.is_folder(field) else "d", field)


def _zipped(call: Call, archive: Field, rest: "list[Field]") -> None:
    """Keep in mind what zip puts into a new archive."""
    if any(map(os.path.exists, call.absolute(archive))):
        return
    recursive = call.has("-r", "--recurse-paths")
    named = [(field.text, field) for field in rest if recursive or not call.is_folder(field)]
    found = packing.packed(call, named)
    if found is not None and call.has("-j", "--junk-paths"):
        found = [(name.rpartition("/")[2], False) for name, _ in found]
    packing.keep(call, archive, found)


def seven(call: Call) -> None:
    """7z COMMAND [-switch]... ARCHIVE [FILE]... (7z's manual: a u d rn write, x e extract, l t b i h read)."""
    call.record()
    fields = call.fields[1:]
    switches = [field.text for field in fields if field.text and field.text.startswith("-")]
    operands = [field for field in fields if not (field.text or "").startswith("-")]
    if len(operands) < 2:
        return
    command, archive, *rest = operands
    if command.text in ("a", "u", "d", "rn"):
        if archive.text and "." not in archive.text.rpartition("/")[2]:
            archive = Field(archive.text + ".7z", archive.written)
        for field in rest if command.text in ("a", "u") else []:
            call.effect("R", field)
            if "-sdel" in switches:
                call.effect("D" if call.is_folder(field) else "d", field)
        call.effect("w", archive)
        return
    call.effect("r", archive)
    if command.text not in ("x", "e") or "-so" in switches:
        return
    folder = next((Field(text[2:], text) for text in switches if text.startswith("-o") and len(text) > 2), None)
    found = listed(call, archive) if archive.text and archive.text.endswith((".zip", ".tar", ".jar")) else None
    wanted = [field.text or "" for field in rest]
    if found is not None:
        found = [item for item in found if not wanted or chosen(item[0], wanted, wild=True)]
        if command.text == "e":
            found = [(name.rpartition("/")[2], False) for name, is_folder in found if not is_folder]
    extract(call, found, folder, keep="-aos" in switches, sure="-y" in switches or "-aoa" in switches)


def ar(call: Call) -> None:
    """Read ar [-]KEY[MOD]... ARCHIVE [MEMBER]... (ar(1))."""
    call.record()
    fields = [field for field in call.fields[1:] if not (field.text or "").startswith("--")]
    if len(fields) < 2:
        return
    key = (fields[0].text or "").lstrip("-")
    rest = fields[1:]
    if any(c in key for c in "abi") and any(c in key for c in "rm"):
        rest = rest[1:]
    if not rest:
        return
    archive, *names = rest
    if "x" in key:
        call.effect("r", archive)
        found = listed(call, archive)
        wanted = [field.text or "" for field in names]
        extract(call, None if found is None else [m for m in found if not wanted or m[0] in wanted], None)
    elif any(c in key for c in "rqdms") and "t" not in key and "p" not in key:
        for field in names if "r" in key or "q" in key else []:
            call.effect("r", field)
        call.effect("w", archive)
        there = any(map(os.path.exists, call.absolute(archive)))
        if ("r" in key or "q" in key) and not there and all(field.text for field in names):
            packing.keep(call, archive, [((field.text or "").rpartition("/")[2], False) for field in names])
    else:
        call.effect("r", archive)


def cpio(call: Call) -> "str | None":
    """Read cpio -o, -i, -p (cpio(1)): -O and -F name the archive, -p DIR copies what standard input names."""
    call.record()
    call.option_values()
    archive = call.value("-F", "--file")
    if call.has("-p", "--pass-through"):
        names = call.state.text if call.state.piped else None
        if names is None:
            call.opaque("cpio -p: which files it copies is not known", call.operands)
        for name in (names or "").replace("\0", "\n").splitlines():
            for folder in call.operands[:1]:
                call.effect("w", files.into(folder, Field(name, name), inside=True, parents=True))
    elif call.has("-o", "--create"):
        names = call.state.text if call.state.piped else None
        found = None if names is None else [(name, False) for name in names.replace("\0", "\n").splitlines() if name]
        if archive is None:
            archive = call.value("-O")
        if archive is not None:
            call.effect("w", archive)
            packing.keep(call, archive, found)
        elif found is not None:
            return packing.printed(found)
    elif call.has("-i", "--extract") and not call.has("-t", "--list", "--to-stdout"):
        place = call.value("-D", "--directory")
        found = listed(call, archive or call.value("-I"))
        if found is not None and not call.operands:
            found = [(cleaned(name, absolute=False), is_folder) for name, is_folder in found]
        extract(call, None if call.operands else found, place, sure=call.has("-u", "--unconditional"))
    return None


def extracts(call: Call) -> None:
    """unrar: `x` and `e` extract, into the last operand if it ends in / (unrar's manual)."""
    call.record()
    texts = [field for field in call.fields[1:] if (field.text or "-")[:1] not in "-@"]
    if len(texts) < 2:
        return
    call.effect("r", texts[1])
    if texts[0].text in ("x", "e"):
        into = texts[-1] if len(texts) > 2 and (texts[-1].text or "").endswith("/") else CURRENT
        call.opaque("unrar: the archive's members are not known", [into])


def extracts_into(call: Call) -> None:
    """A program that unpacks its first operand: into what -d or -o says."""
    call.record()
    if not call.operands or call.has("-l", "-ll", "-s", "-stat", "-cat", "-t", "--list", "--help", "--version"):
        return
    call.effect("r", call.operands[0])
    folder = call.value("-d", "-dest", "-o", "--directory", "--output-directory")
    if folder is None and call.name == "unsquashfs":
        folder = Field("squashfs-root", "squashfs-root")
    call.opaque(f"{call.name}: the archive's members are not known", [folder or CURRENT])
    if folder is not None:
        call.effect("W", folder, certain=False)
