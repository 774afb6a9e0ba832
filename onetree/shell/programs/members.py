"""What an archive that is there now holds, read within bounds: tar (plain, gz, bz2, xz), zip, ar."""

import os
import stat

from onetree.shell.deadline import Deadline
from onetree.shell.regular import opened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Protocol

    class Readable(Protocol):
        """What a decompressor gives."""

        def read(self, size: int = -1, /) -> bytes:
            """Read up to size bytes."""


MEMBERS = 1000
UNPACKED = 1 << 26  # bytes of an archive that are read, after decompression
PACKED = 1 << 26  # bytes of a zip file whose list of members is read

Members = list[tuple[str, bool]]  # a member's name and whether it is a folder


class Bound(Exception):
    """An archive is too large, or reading it takes too long."""


class Bounded:
    """A stream of which only so much is read, until then."""

    def __init__(self, stream: "Readable", deadline: Deadline) -> None:
        self.stream = stream
        self.deadline = deadline
        self.left = UNPACKED

    def read(self, size: int = -1) -> bytes:
        """Read up to size bytes. Raises Bound."""
        if self.deadline.passed() or self.left <= 0:
            raise Bound
        data = self.stream.read(min(size, 1 << 20) if size >= 0 else 1 << 20)
        self.left -= len(data)
        return data


def listed(path: str, deadline: Deadline) -> "Members | None":
    """The members of an archive; None if it cannot be read, or not soon."""
    try:
        found = opened(path)
    except (OSError, ValueError):
        return None
    with os.fdopen(found, "rb") as file:
        if not stat.S_ISREG(os.fstat(found).st_mode):
            return None
        try:
            return _members(file, os.fstat(found).st_size, deadline)
        except Exception:  # a damaged archive raises what its reader pleases
            return None


def held(text: str, deadline: Deadline) -> "Members | None":
    """The members of an archive that a command printed."""
    import io

    data = text.encode("utf-8", "surrogateescape")
    try:
        return _members(io.BytesIO(data), len(data), deadline)
    except Exception:  # a damaged archive raises what its reader pleases
        return None


def _members(file: "BinaryIO", size: int, deadline: Deadline) -> "Members | None":
    head = file.read(8)
    file.seek(0)
    if head[:4] in (b"PK\3\4", b"PK\5\6"):
        return _zip(file) if size <= PACKED else None
    if head == b"!<arch>\n":
        return _ar(file, size)
    if head[:6] in (b"070701", b"070702", b"070707"):
        return _cpio(Bounded(file, deadline), head[:6] == b"070707")
    if head[:4] in (b"7z\xbc\xaf", b"(\xb5/\xfd", b"Rar!", b"\xed\xab\xee\xdb"):
        return None
    stream: Readable = file
    if head[:2] == b"\x1f\x8b":
        import gzip

        stream = gzip.GzipFile(fileobj=file)
    elif head[:3] == b"BZh":
        import bz2

        stream = bz2.BZ2File(file)
    elif head[:6] == b"\xfd7zXZ\0":
        import lzma

        stream = lzma.LZMAFile(file)  # noqa: SIM115 - the file is closed by who opened it
    return _tar(Bounded(stream, deadline))


def _tar(stream: Bounded) -> "Members | None":
    import tarfile

    made: Members = []
    with tarfile.open(fileobj=stream, mode="r|") as archive:  # type: ignore[call-overload]
        for member in archive:
            made.append((member.name, member.isdir()))
            if len(made) > MEMBERS:
                return None
    return made


def _zip(file: "BinaryIO") -> "Members | None":
    import zipfile

    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    return [(name.rstrip("/"), name.endswith("/")) for name in names] if len(names) <= MEMBERS else None


def _cpio(stream: Bounded, old: bool) -> "Members | None":
    """Headers of 110 hexadecimal bytes, names and files padded to 4; in the old form of 76 octal ones (cpio(5))."""
    made: Members = []
    while len(made) <= MEMBERS:
        header = stream.read(76 if old else 110)
        if old:
            mode, length, size = int(header[18:24], 8), int(header[59:65], 8), int(header[65:76], 8)
            gap = after = 0
        else:
            mode, size, length = (int(header[at : at + 8], 16) for at in (14, 54, 94))
            gap, after = -(110 + length) % 4, -size % 4
        name = stream.read(length + gap)[: length - 1]
        if length > 4096 or name == b"TRAILER!!!":
            return made if length <= 4096 else None
        made.append((os.fsdecode(name), mode >> 12 == 4))
        left = size + after
        while left > 0:
            left -= len(stream.read(left)) or left
    return None


def _ar(file: "BinaryIO", size: int) -> "Members | None":
    """The headers are 60 bytes each, the name first; long names lie in the member // (ar(5))."""
    made: Members = []
    long_names = b""
    at = 8
    while at + 60 <= size:
        file.seek(at)
        header = file.read(60)
        name, length = header[:16].rstrip(), int(header[48:58])
        if name == b"//":
            long_names = file.read(min(length, 1 << 16))
        elif name[:1] == b"/" and name[1:].isdigit():
            name = long_names[int(name[1:]) :].partition(b"/\n")[0]
            made.append((os.fsdecode(name), False))
        elif name not in (b"/", b"/SYM64/"):
            made.append((os.fsdecode(name.removesuffix(b"/")), False))
        if len(made) > MEMBERS:
            return None
        at += 60 + length + length % 2
    return made
