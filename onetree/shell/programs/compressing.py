"""Compressors, which put one file in another's place: gzip(1), bzip2(1), xz(1), zstd(1), lz4(1) and their like."""

import os

from onetree.shell.words import Field

from .call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

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
