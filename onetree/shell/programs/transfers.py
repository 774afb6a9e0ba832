"""What is fetched from elsewhere: curl, wget."""

from onetree.shell.words import Field

from . import files
from .call import Call


def curl(call: Call) -> None:
    call.record()
    folder = call.value("--output-dir")
    for option, field in call.values:
        role = call.table.get(option, ".")
        _sent(call, option, field)
        if role in "rw":
            named = files.into(folder, field, inside=True) if folder and option in ("-o", "--output") else field
            call.effect(role, named, option)
    for field in call.operands:
        if (field.text or "").startswith("file://"):
            call.effect("r", Field((field.text or "")[7:], field.written))
    if call.has("-O", "--remote-name", "--remote-name-all", "-J"):
        for field in call.operands:
            name = None if field.text is None else field.text.partition("?")[0].rstrip("/").rpartition("/")[2]
            made = Field(name, field.written, field.why)
            call.effect("w", files.into(folder, made, inside=True) if folder else made, "-O")


def _sent(call: Call, option: str, field: Field) -> None:
    """The file that curl sends: `-d @FILE`, `-F NAME=@FILE` or `NAME=<FILE` (curl(1))."""
    text = field.text or ""
    if option in ("-d", "--data", "--data-binary", "--data-ascii", "--data-urlencode", "--json") and "@" in text:
        path = text.partition("@")[2]
    elif option in ("-F", "--form"):
        path = next((text.partition(mark)[2].partition(";")[0] for mark in ("=@", "=<") if mark in text), "")
    else:
        return
    if path and path != "-":
        call.effect("r", Field(path, field.written), option)


def wget(call: Call) -> None:
    call.record()
    call.option_values()
    if call.has("--spider", "--version", "--help") or call.value("-O", "--output-document") is not None:
        return
    if call.has("-r", "-m", "--recursive", "--mirror") or call.value("-i", "--input-file") is not None:
        call.opaque("wget: which files it writes is not known")
        return
    folder = call.value("-P", "--directory-prefix")
    for field in call.operands:
        name = None if field.text is None else field.text.partition("://")[2].rpartition("/")[2] or "index.html"
        made = Field(name, field.written, field.why)
        call.effect("w", files.into(folder, made, inside=True) if folder else made)
