"""Archives: what is put into one, and what comes out of one that is there now."""

import os

from onetree.shell import words
from onetree.shell.words import Field

from . import files, members
from .call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

CURRENT = Field(".", ".")


def unnamed(call: Call) -> None:
    """A program that writes what its operands do not say."""
    call.record()
    row = call.row
    if len(row) == 3 and any(call.given(flag) for flag in row[2][0].split()):
        call.operate()
    elif call.fields[1:] and not call.has("--version", "--help"):
        call.opaque(f"{call.name}: which files it writes is not known", call.operands[:64])


def _list(call: Call, archive: "Field | None") -> "members.Members | None":
    """The members of an archive; None if they cannot be known."""
    paths = call.absolute(archive) if archive is not None and archive.text != "-" else []
    if len(paths) != 1 or os.path.normpath(paths[0]) in call.walker.files:
        return None
    return members.listed(paths[0], call.walker.deadline)


def _extract(
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


# tar's options that take a value (tar(1)), and the letters that do.
TAR_VALUES = set(
    "--file --directory --files-from --exclude-from --use-compress-program --blocking-factor --listed-incremental "
    "--starting-file --newer --after-date --newer-mtime --format --tape-length --label --info-script "
    "--new-volume-script "
    "--exclude --exclude-tag --exclude-tag-all --exclude-tag-under --transform --xform --strip-components "
    "--owner --group "
    "--mode --mtime --record-size --rsh-command --rmt-command --to-command --checkpoint-action --suffix "
    "--add-file --volno-file --index-file --level --pax-option --owner-map --group-map --sort --quoting-style "
    "--clamp-mtime-to --hole-detection --warning --options".split()
)
TAR_LETTERS = {
    "f": "--file",
    "C": "--directory",
    "T": "--files-from",
    "X": "--exclude-from",
    "I": "--use-compress-program",
    "b": "--blocking-factor",
    "g": "--listed-incremental",
    "K": "--starting-file",
    "N": "--newer",
    "H": "--format",
    "L": "--tape-length",
    "V": "--label",
    "F": "--info-script",
}
TAR_ACTIONS = {
    "--create": "c",
    "--extract": "x",
    "--get": "x",
    "--list": "t",
    "--append": "r",
    "--delete": "r",
    "--update": "u",
    "--catenate": "A",
    "--concatenate": "A",
    "--diff": "d",
    "--compare": "d",
}
TAR_RUNS = ("--use-compress-program", "--to-command", "--info-script", "--new-volume-script", "--rsh-command")
TAR_ENDINGS = (".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tar.Z", ".tgz", ".tbz2", ".tbz", ".txz", ".tzst", ".tar")


class Tar:
    """tar's words: the letter of what it does, its options with their values, and the operands."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.action = ""
        self.flags: set[str] = set()
        self.values: list[tuple[str, Field]] = []
        self.operands: list[Field] = []
        self.folder: Field | None = None
        self.rest = list(call.fields[1:])
        first = (self.rest[0].text or "-") if self.rest else "-"
        if first[0] != "-":  # old style: the values follow in the order of their letters
            self.rest.pop(0)
            for letter in first:
                self.letter(letter, None)
        while self.rest:
            self.word(self.rest.pop(0))

    def word(self, field: Field) -> None:
        """Read one word, and the value after it."""
        text = field.text
        if text == "--":
            self.operands += [_below(self.folder, other) for other in self.rest]
            self.rest.clear()
        elif text is None or text[:1] != "-" or text == "-":
            self.operands.append(_below(self.folder, field))
        elif text.startswith("--"):
            option, equals, value = text.partition("=")
            if option not in TAR_VALUES and option not in TAR_ACTIONS:
                longer = [name for name in (*TAR_VALUES, *TAR_ACTIONS) if name.startswith(option)]
                option = longer[0] if len(longer) == 1 and len(option) > 4 else option
            self.action += TAR_ACTIONS.get(option, "")
            self.flags.add(option)
            if equals:
                self.value(option, Field(value, field.written))
            elif option in TAR_VALUES and self.rest:
                self.value(option, self.rest.pop(0))
        else:
            for k, letter in enumerate(text[1:], 2):
                if self.letter(letter, Field(text[k:], field.written) if text[k:] else None):
                    break

    def letter(self, letter: str, attached: "Field | None") -> bool:
        """Read one letter; whether it took the rest of its word."""
        self.action += letter if letter in "cxtruAd" else ""
        self.flags.add("-" + letter)
        option = TAR_LETTERS.get(letter)
        if option is None:
            return False
        if attached is None and self.rest:
            attached = self.rest.pop(0)
            self.value(option, attached)
            return True
        if attached is not None:
            self.value(option, attached)
        return True

    def value(self, option: str, field: Field) -> None:
        """Note an option's value."""
        if option == "--directory":
            self.folder = field if self.folder is None else _below(self.folder, field)
        self.values.append((option, field))

    def get(self, option: str) -> "Field | None":
        """The last value of an option."""
        return next((field for name, field in reversed(self.values) if name == option), None)

    def has(self, *flags: str) -> bool:
        """Whether one of the flags was given."""
        return any(flag in self.flags for flag in flags)


def _below(folder: "Field | None", field: Field) -> Field:
    """A name as it is after tar's -C."""
    if folder is None or (field.text or "").startswith("/"):
        return field
    return files.into(folder, field, inside=True, parents=True)


def tar(call: Call) -> None:
    """tar, bsdtar."""
    call.record()
    line = Tar(call)
    if line.has("--help", "--version"):
        return
    _tar_runs(call, line)
    archive = line.get("--file")
    if archive is not None and ":" in (archive.text or "").partition("/")[0] and not line.has("--force-local"):
        archive = None  # HOST:FILE
    snapshot, index = line.get("--listed-incremental"), line.get("--index-file")
    for field in (snapshot, index):
        if field is not None and ("t" not in line.action or field is index):
            call.effect("w", field)
    if "x" in line.action:
        if archive is not None:
            call.effect("r", archive)
        if not line.has("-O", "--to-stdout", "--to-command"):
            _tar_extract(call, line, archive)
    elif any(c in line.action for c in "cruA"):
        for field in line.operands:
            call.effect("R", field)
        if archive is not None:
            call.effect("w", archive)
        if line.has("--remove-files"):
            for field in line.operands:
                call.effect("D" if call.is_folder(field) else "d", field)
    elif archive is not None:
        call.effect("r", archive)


def _tar_runs(call: Call, line: Tar) -> None:
    """What tar has a shell run (tar(1): -I, --to-command, --checkpoint-action=exec=, -F)."""
    for option, field in line.values:
        text = field.text
        if option == "--checkpoint-action" and text is not None:
            if not text.startswith("exec="):
                continue
            text = text[5:]
        elif option not in TAR_RUNS and option != "--checkpoint-action":
            continue
        if text is None:
            call.opaque(f"tar {option}: what it runs is known only when it runs")
            continue
        call.walker.source(text, call.state.copy(), call.walker.here)


def _tar_extract(call: Call, line: Tar, archive: "Field | None") -> None:
    found = _list(call, archive)
    if line.operands and found is not None:
        last = len((line.folder.text or "").rstrip("/")) + 1 if line.folder is not None else 0
        wanted = [(field.text or "")[0 if (field.text or "").startswith("/") else last :] for field in line.operands]
        found = [
            item for item in found if _chosen(item[0], wanted, wild=line.has("--wildcards") or call.name == "bsdtar")
        ]
    if line.get("--files-from") is not None:
        found = None
    excluded = [field.text or "" for option, field in line.values if option == "--exclude"]
    strip = line.get("--strip-components")
    transform = line.get("--transform") or line.get("--xform")
    top = line.get("--one-top-level")
    if found is not None and transform is not None:
        found = _transformed(found, transform.text)
    if found is not None:
        kept = [(_clean(name, absolute=line.has("-P", "--absolute-names")), is_folder) for name, is_folder in found]
        kept = [item for item in kept if item[0] and not _excluded(item[0], excluded)]
        if strip is not None and strip.text and words.digits(strip.text):
            kept = [("/".join(name.split("/")[int(strip.text) :]), is_folder) for name, is_folder in kept]
        found = [item for item in kept if item[0]]
        if line.has("--one-top-level") and archive is not None and archive.text:
            base = archive.text.rpartition("/")[2]
            base = next((base[: -len(end)] for end in TAR_ENDINGS if base.endswith(end)), base)
            folder = top.text if top is not None and top.text else base
            found = [(name if name.startswith(folder + "/") else f"{folder}/{name}", f) for name, f in found]
    keep = line.has("-k", "--keep-old-files", "--skip-old-files")
    _extract(call, found, line.folder, keep=keep, sure=not line.has("--keep-newer-files", "-u"))


def _clean(name: str, *, absolute: bool) -> str:
    """A member's name as tar makes it: without ./ and a leading /, nothing for one that holds .. (tar(1), -P)."""
    if absolute:
        return name
    if ".." in name.split("/"):
        return ""
    name = os.path.normpath(name.lstrip("/") or ".")
    return "" if name == "." else name


def _chosen(name: str, wanted: "list[str]", *, wild: bool) -> bool:
    name = name.removeprefix("./")
    for pattern in (text.removeprefix("./").rstrip("/") for text in wanted):
        if name == pattern or name.startswith(pattern + "/") or (wild and words.matches(pattern, name)):
            return True
    return False


def _excluded(name: str, patterns: "list[str]") -> bool:
    """--exclude matches any run of whole components, and what is below it (tar's manual, 6.5)."""
    parts = name.split("/")
    ends = range(1, len(parts) + 1)
    return any(words.matches(p.rstrip("/"), "/".join(parts[i:j])) for p in patterns for j in ends for i in range(j))


def _transformed(found: "members.Members", text: "str | None") -> "members.Members | None":
    """Names after `s/PATTERN/REPLACEMENT/[g]`, if the pattern has no operators that may take long; else None."""
    parts = (text or "").split(text[1]) if text and text[0] == "s" and len(text) > 3 else []
    plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/ ,:@%=^$."
    if (
        len(parts) != 4
        or parts[3] not in ("", "g")
        or any(c not in plain for c in parts[1])
        or set(parts[2]) & {"\\", "&"}
    ):
        return None
    import re

    pattern = re.compile(parts[1])
    return [(pattern.sub(parts[2], name, count=0 if parts[3] else 1), is_folder) for name, is_folder in found]


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
    if archive.text and not any(map(os.path.exists, call.absolute(archive))):
        archive = Field(archive.text + ".zip", archive.written)
    call.effect("r", archive)
    if any(c in flags for c in "lptzZcv"):
        return
    found = _list(call, archive)
    wanted = [field.text or "" for field in operands[1:]]
    if found is not None:
        found = [item for item in found if not wanted or any(words.matches(p, item[0]) for p in wanted)]
        found = [item for item in found if not any(words.matches(p, item[0]) for p in excluded)]
        found = [(_clean(name.replace("../", ""), absolute=False), is_folder) for name, is_folder in found]
        if "j" in flags:
            found = [(name.rpartition("/")[2], False) for name, is_folder in found if not is_folder]
    _extract(call, found, folder, keep="n" in flags, sure="o" in flags)


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
    if call.has("-d", "--delete"):
        return
    recursive = call.has("-r", "-R", "--recurse-paths", "--recurse-patterns")
    for field in rest:
        call.effect("R" if recursive else "r", field)
        if call.has("-m", "--move"):
            call.effect("D" if recursive and call.is_folder(field) else "d", field)


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
    found = _list(call, archive) if archive.text and archive.text.endswith((".zip", ".tar", ".jar")) else None
    wanted = [field.text or "" for field in rest]
    if found is not None:
        found = [item for item in found if not wanted or _chosen(item[0], wanted, wild=True)]
        if command.text == "e":
            found = [(name.rpartition("/")[2], False) for name, is_folder in found if not is_folder]
    _extract(call, found, folder, keep="-aos" in switches, sure="-y" in switches or "-aoa" in switches)


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
        found = _list(call, archive)
        wanted = [field.text or "" for field in names]
        _extract(call, None if found is None else [m for m in found if not wanted or m[0] in wanted], None)
    elif any(c in key for c in "rqdms") and "t" not in key and "p" not in key:
        for field in names if "r" in key or "q" in key else []:
            call.effect("r", field)
        call.effect("w", archive)
    else:
        call.effect("r", archive)


def cpio(call: Call) -> None:
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
        if archive is not None:
            call.effect("w", archive)
    elif call.has("-i", "--extract") and not call.has("-t", "--list", "--to-stdout"):
        call.opaque("cpio -i: the archive's members are not known", [call.value("-D", "--directory") or CURRENT])


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


def jar(call: Call) -> None:
    """Jar takes tar's letters; files follow in their order, and -C is tar's (jar(1))."""
    call.record()
    if len(call.fields) < 2 or call.fields[1].text in ("--help", "--version"):
        return
    line = Tar(call)
    archive = line.get("--file")
    if archive is None:
        return
    if "x" in line.action:
        call.effect("r", archive)
        found = _list(call, archive)
        wanted = [field.text or "" for field in line.operands]
        _extract(call, None if found is None else [m for m in found if not wanted or m[0] in wanted], line.folder)
    elif "c" in line.action or "u" in line.action:
        for field in line.operands:
            call.effect("R", field)
        call.effect("w", archive)
    else:
        call.effect("r", archive)


# Of a compressor: its ending, whether it unpacks, whether it keeps what it was given (each one's manual page).
COMPRESSORS = {
    "gzip": (".gz", False, False),
    "pigz": (".gz", False, False),
    "gunzip": (".gz", True, False),
    "unpigz": (".gz", True, False),
    "uncompress": (".gz", True, False),
    "compress": (".Z", False, False),
    "bzip2": (".bz2", False, False),
    "pbzip2": (".bz2", False, False),
    "lbzip2": (".bz2", False, False),
    "bunzip2": (".bz2", True, False),
    "xz": (".xz", False, False),
    "pixz": (".xz", False, True),
    "unxz": (".xz", True, False),
    "lzma": (".lzma", False, False),
    "unlzma": (".lzma", True, False),
    "lzip": (".lz", False, False),
    "lunzip": (".lz", True, False),
    "lzop": (".lzo", False, True),
    "zstd": (".zst", False, True),
    "pzstd": (".zst", False, True),
    "zstdmt": (".zst", False, True),
    "unzstd": (".zst", True, True),
    "brotli": (".br", False, True),
    "lz4": (".lz4", False, True),
    "unlz4": (".lz4", True, True),
}
PACKED = (".gz", ".bz2", ".xz", ".lzma", ".zst", ".Z", ".lz", ".lzo", ".br", ".lz4", ".bz")
TARRED = {
    ".tgz": ".tar",
    ".taz": ".tar",
    ".tbz2": ".tar",
    ".tbz": ".tar",
    ".txz": ".tar",
    ".tlz": ".tar",
    ".tzst": ".tar",
}


def _unpacked(text: str, suffix: str) -> str:
    """The name that an unpacked file gets."""
    if text.endswith(suffix):
        return text[: -len(suffix)]
    for end, made in TARRED.items():
        if text.endswith(end):
            return text[: -len(end)] + made
    return next((text[: -len(end)] for end in PACKED if text.endswith(end)), text)


def compress(call: Call) -> None:
    """gzip, xz, ...: FILE becomes FILE.gz, and back with -d; -k keeps it."""
    call.record()
    call.option_values()
    if call.has("--help", "--version", "-V"):
        return
    suffix, back, keep = COMPRESSORS.get(call.name, (".gz", False, False))
    stdout = call.has("-c", "-t", "-l", "--stdout", "--to-stdout", "--test", "--list", "-b") and call.name != "compress"
    if stdout or call.has("-c"):
        for field in call.operands:
            call.effect("r", field)
        return
    back = back or call.has("-d", "--decompress", "--uncompress")
    given = call.value("-S", "--suffix")
    if given is not None and given.text:
        suffix = given.text if given.text.startswith(".") or call.name != "xz" else "." + given.text
    keep = (keep or call.has("-k", "--keep")) and not call.has("--rm", "-j", "-U", "--delete")
    named = call.value("-o", "--output") is not None
    for field in _all_files(call):
        text = field.text
        if text == "-":
            continue
        if text is not None and back and not any(map(os.path.lexists, call.absolute(field))):
            longer = Field(text + suffix, field.written)  # `gunzip FILE` finds FILE.gz
            if any(map(os.path.lexists, call.absolute(longer))):
                field, text = longer, longer.text  # noqa: PLW2901
        call.effect("r" if keep else "d", field)
        if not named:
            made = None if text is None else (_unpacked(text, suffix) if back else text + suffix)
            if made != text:
                call.effect("w", Field(made, field.written, field.why))


def _all_files(call: Call) -> "Iterable[Field]":
    """The operands; with -r the files below those that are folders."""
    for field in call.operands:
        below = call.below(field) if call.has("-r", "--recursive") and call.is_folder(field) else None
        if below is None:
            yield field
        else:
            yield from (Field(path, path) for path in below if not os.path.islink(path))


def lz4(call: Call) -> None:
    """lz4 [-opts] IN [OUT]; with -m all are IN. It keeps IN, unless --rm (lz4(1))."""
    if call.has("-m", "--multiple", "-c", "-t", "--test", "--list", "-r") or len(call.operands) < 2:
        compress(call)
        return
    call.record()
    call.effect("d" if call.has("--rm") else "r", call.operands[0])
    call.effect("w", call.operands[1])
