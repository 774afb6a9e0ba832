"""Archives and compression."""

from onetree.shell.words import Field

from . import files
from .call import Call

COMPRESSED = (".gz", ".bz2", ".xz", ".lzma", ".zst", ".Z", ".tgz")


SUFFIX = {"gzip": ".gz", "pigz": ".gz", "bzip2": ".bz2", "xz": ".xz", "lzma": ".lzma", "zstd": ".zst"}


def unnamed(call: Call) -> None:
    call.record()
    row = call.row
    if len(row) == 3 and any(call.given(flag) for flag in row[2][0].split()):
        call.operate()
    elif call.fields[1:] and not call.has("--version", "--help"):
        call.opaque(f"{call.name}: which files it writes is not known")


def _below(folder: "Field | None", field: Field) -> Field:
    """A name as it is after tar's -C."""
    if folder is None or (field.text or "").startswith("/"):
        return field
    return files.into(folder, field, inside=True, parents=True)


def tar(call: Call) -> None:
    call.record()
    fields = call.fields[1:]
    letters = fields[0].text if fields and fields[0].text and fields[0].text[0] != "-" else ""
    archive: Field | None = None
    rest = fields
    if letters:
        rest = fields[1:]
        if "f" in letters:
            archive, rest = (rest[0] if rest else None), rest[1:]
    action = "".join(c for c in letters if c in "cxtruA")
    operands: list[Field] = []
    folder: Field | None = None  # -C: what is named after it lies there
    i = 0
    while i < len(rest):
        text = rest[i].text
        i += 1
        if text is None or text[:1] != "-":
            operands.append(_below(folder, rest[i - 1]))
            continue
        if text.startswith("--"):
            option, equals, value = text.partition("=")
            action += {
                "--create": "c",
                "--extract": "x",
                "--get": "x",
                "--list": "t",
                "--append": "r",
                "--delete": "u",
                "--update": "u",
                "--concatenate": "A",
            }.get(option, "")
            if option == "--file":
                archive = Field(value, rest[i - 1].written) if equals else (rest[i] if i < len(rest) else None)
                i += not equals
            elif option == "--listed-incremental":
                call.opaque("tar: which snapshot it keeps is not read")
            elif option in ("--directory", "--exclude", "--transform", "--strip-components", "--use-compress-program"):
                if option == "--directory":
                    folder = Field(value, value) if equals else (rest[i] if i < len(rest) else None)
                i += not equals
            continue
        for k, c in enumerate(text[1:], 2):
            action += c if c in "cxtruA" else ""
            if c in "fCTXIbgKN":
                attached = text[k:]
                if c == "f":
                    archive = Field(attached, rest[i - 1].written) if attached else (rest[i] if i < len(rest) else None)
                elif c == "C":
                    folder = Field(attached, attached) if attached else (rest[i] if i < len(rest) else None)
                elif c == "g":
                    call.effect("w", Field(attached, text) if attached else (rest[i] if i < len(rest) else rest[i - 1]))
                i += not attached
                break
    _tar_does(call, action, archive, operands)


def _tar_does(call: Call, action: str, archive: "Field | None", operands: "list[Field]") -> None:
    if "x" in action:
        if archive is not None:
            call.effect("r", archive)
        call.opaque("tar: the archive's members are not listed yet")
    elif any(c in action for c in "cruA"):
        if archive is not None:
            call.effect("w", archive)
        for field in operands:
            call.effect("R", field)
    elif archive is not None:
        call.effect("r", archive)


def compress(call: Call) -> None:
    """gzip, xz, ...: FILE becomes FILE.gz, and back with -d; -k keeps it."""
    call.record()
    call.option_values()
    if call.has("-c", "-t", "-l", "--stdout", "--to-stdout", "--test", "--list"):
        for field in call.operands:
            call.effect("r", field)
        return
    base = call.name.removeprefix("un").replace("gunzip", "gzip").replace("bunzip2", "bzip2")
    base = {"gunzip": "gzip", "bunzip2": "bzip2", "unxz": "xz", "unzstd": "zstd", "zip2": "bzip2"}.get(call.name, base)
    back = call.has("-d", "--decompress", "--uncompress") or call.name.startswith(("un", "gun", "bun"))
    suffix = SUFFIX.get(base, ".gz")
    given = call.value("-S", "--suffix")
    if given is not None and given.text:
        suffix = given.text
    keep = call.has("-k", "--keep") or (base == "zstd" and not call.has("--rm"))
    named = call.value("-o") is not None
    for field in call.operands:
        if call.has("-r", "--recursive"):
            call.effect("W", field)
            continue
        call.effect("r" if keep else "d", field)
        if named:
            continue
        made = None
        if field.text is not None:
            made = field.text + suffix
            if back:
                made = next((field.text[: -len(s)] for s in COMPRESSED if field.text.endswith(s)), field.text)
        call.effect("w", Field(made, field.written, field.why))
