"""tar, and jar, whose words are like it: tar(1) of GNU, bsdtar(1)."""

from onetree.shell import words
from onetree.shell.words import Field

from . import archives, files, members, packing
from .call import Call

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
        self.names: list[str | None] = []  # of the operands, as they are written
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
            self.names += [other.text for other in self.rest]
            self.rest.clear()
        elif text is None or text[:1] != "-" or text == "-":
            self.operands.append(_below(self.folder, field))
            self.names.append(text)
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


def tar(call: Call) -> "str | None":
    """tar, bsdtar: what it prints is an archive, or with -t the members of one."""
    call.record()
    line = Tar(call)
    if line.has("--help", "--version"):
        return None
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
        found = _made(call, line)
        if archive is not None and archive.text != "-":
            call.effect("w", archive)
            packing.keep(call, archive, found)
        if line.has("--remove-files"):
            for field in line.operands:
                call.effect("D" if call.is_folder(field) else "d", field)
        elif found is not None:
            return packing.printed(found)
    else:
        if archive is not None:
            call.effect("r", archive)
        listed = archives.listed(call, archive) if line.action == "t" and not line.operands else None
        if listed is not None and not line.has("-v", "--verbose"):
            return "".join(name + "/\n" if folder else name + "\n" for name, folder in listed)
    return None


def _made(call: Call, line: Tar) -> "members.Members | None":
    """The members of the archive that tar makes."""
    if line.action != "c" or line.get("--files-from") is not None or line.get("--exclude-from") is not None:
        return None
    found = packing.packed(call, list(zip(line.names, line.operands, strict=True)))
    transform = line.get("--transform") or line.get("--xform")
    if found is not None and transform is not None:
        found = _transformed(found, transform.text)
    excluded = [field.text or "" for option, field in line.values if option == "--exclude"]
    return found if found is None else [item for item in found if not archives.excluded(item[0], excluded)]


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
    found = archives.listed(call, archive)
    if line.operands and found is not None:
        last = len((line.folder.text or "").rstrip("/")) + 1 if line.folder is not None else 0
        wanted = [(field.text or "")[0 if (field.text or "").startswith("/") else last :] for field in line.operands]
        found = [
            item
            for item in found
            if archives.chosen(item[0], wanted, wild=line.has("--wildcards") or call.name == "bsdtar")
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
        kept = [
            (archives.cleaned(name, absolute=line.has("-P", "--absolute-names")), is_folder)
            for name, is_folder in found
        ]
        kept = [item for item in kept if item[0] and not archives.excluded(item[0], excluded)]
        if strip is not None and strip.text and words.digits(strip.text):
            kept = [("/".join(name.split("/")[int(strip.text) :]), is_folder) for name, is_folder in kept]
        found = [item for item in kept if item[0]]
        if line.has("--one-top-level") and archive is not None and archive.text:
            base = archive.text.rpartition("/")[2]
            base = next((base[: -len(end)] for end in TAR_ENDINGS if base.endswith(end)), base)
            folder = top.text if top is not None and top.text else base
            found = [(name if name.startswith(folder + "/") else f"{folder}/{name}", f) for name, f in found]
    keep = line.has("-k", "--keep-old-files", "--skip-old-files")
    archives.extract(call, found, line.folder, keep=keep, sure=not line.has("--keep-newer-files", "-u"))


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
        found = archives.listed(call, archive)
        wanted = [field.text or "" for field in line.operands]
        archives.extract(
            call, None if found is None else [m for m in found if not wanted or m[0] in wanted], line.folder
        )
    elif "c" in line.action or "u" in line.action:
        for field in line.operands:
            call.effect("R", field)
        call.effect("w", archive)
    else:
        call.effect("r", archive)
