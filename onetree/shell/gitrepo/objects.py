"""Loose and packed objects (gitformat-pack(5))."""

import os
import zlib

from onetree.shell import regular

LARGEST = 8 << 20  # bytes of one object, and of a chain of deltas
PACKS = 200
TYPES = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}


class Unreadable(Exception):
    """What of a repository cannot be read, or not within the bounds."""


# What reading a damaged repository may raise.
DAMAGE = (Unreadable, ValueError, LookupError, OSError, OverflowError, RecursionError, TypeError, MemoryError)


class Store:
    """The objects of one repository and its alternates."""

    def __init__(self, folder: str) -> None:
        self.folders = [folder]
        try:
            with regular.file(os.path.join(folder, "info/alternates")) as file:
                text = file.read(65536).decode("utf-8", "surrogateescape")
            self.folders += [os.path.join(folder, line) for line in text.splitlines() if line][:8]
        except OSError:
            pass
        self.packs: list[tuple[str, bytes]] | None = None

    def read(self, name: str, depth: int = 0) -> "tuple[str, bytes]":
        """(type, content) of an object by its full name."""
        if depth > 60:
            raise Unreadable("a chain of deltas that is too long")
        for folder in self.folders:
            try:
                with regular.file(os.path.join(folder, name[:2], name[2:])) as file:
                    data = _inflate(file.read(LARGEST))
            except OSError:
                continue
            header, _, body = data.partition(b"\0")
            return header.partition(b" ")[0].decode("ascii", "replace"), body
        for path, index in self._indexes():
            offset = _offset(index, bytes.fromhex(name))
            if offset is not None:
                return self._packed(path, offset, depth)
        raise Unreadable(f"the object {name[:12]} is not there")

    def names(self, start: str) -> "list[str]":
        """Full names that begin so (at least four digits)."""
        found: set[str] = set()
        for folder in self.folders:
            try:
                below = os.listdir(os.path.join(folder, start[:2]))
            except OSError:
                below = []
            found.update(start[:2] + rest for rest in below if rest.startswith(start[2:]))
        for _, index in self._indexes():
            first = int(start[:2], 16)
            low = _number(index, 8 + 4 * (first - 1)) if first else 0
            for i in range(low, min(_number(index, 8 + 4 * first), len(index) // 24)):
                name = index[1032 + 20 * i : 1052 + 20 * i].hex()
                if name.startswith(start):
                    found.add(name)
        return sorted(found)

    def _indexes(self) -> "list[tuple[str, bytes]]":
        if self.packs is None:
            self.packs = []
            for folder in self.folders:
                try:
                    names = sorted(n for n in os.listdir(os.path.join(folder, "pack")) if n.endswith(".idx"))[:PACKS]
                except OSError:
                    continue
                for name in names:
                    path = os.path.join(folder, "pack", name)
                    if os.path.getsize(path) > 8 * LARGEST:
                        raise Unreadable("a pack that is too large to look into")
                    with regular.file(path) as file:
                        data = file.read()
                    if data[:8] == b"\xfftOc\0\0\0\2":
                        self.packs.append((path[:-3] + "pack", data))
        return self.packs

    def _packed(self, path: str, offset: int, depth: int) -> "tuple[str, bytes]":
        with regular.file(path) as file:
            file.seek(offset)
            head = file.read(64)
            i, kind, size, shift = 1, head[0] >> 4 & 7, head[0] & 15, 4
            while head[i - 1] & 128:
                size |= (head[i] & 127) << shift
                shift += 7
                i += 1
            if size > LARGEST:
                raise Unreadable("an object that is too large to look into")
            base: int | str = ""
            if kind == 6:
                back = head[i] & 127
                while head[i] & 128:
                    i += 1
                    back = (back + 1) << 7 | head[i] & 127
                i, base = i + 1, offset - back
            elif kind == 7:
                base, i = head[i : i + 20].hex(), i + 20
            file.seek(offset + i)
            data = _inflate(file.read(size + size // 100 + 4096))
        if kind in TYPES:
            return TYPES[kind], data
        if depth > 60:
            raise Unreadable("a chain of deltas that is too long")
        name, old = self._packed(path, base, depth + 1) if isinstance(base, int) else self.read(base, depth + 1)
        return name, _patched(old, data)


def _inflate(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, LARGEST)
    except zlib.error as e:
        raise Unreadable(f"a damaged object ({e})") from None


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")


def _offset(index: bytes, name: bytes) -> "int | None":
    """Where an object is in the pack of an index of version 2."""
    count = _number(index, 8 + 4 * 255)
    low = _number(index, 8 + 4 * (name[0] - 1)) if name[0] else 0
    high = _number(index, 8 + 4 * name[0])
    while low < high:
        middle = (low + high) // 2
        found = index[1032 + 20 * middle : 1052 + 20 * middle]
        if found == name:
            at = _number(index, 1032 + 24 * count + 4 * middle)
            if at & 1 << 31:
                large = 1032 + 28 * count + 8 * (at & 0x7FFFFFFF)
                at = int.from_bytes(index[large : large + 8], "big")
            return at
        low, high = (middle + 1, high) if found < name else (low, middle)
    return None


def _patched(old: bytes, delta: bytes) -> bytes:
    """Apply a delta (gitformat-pack(5), "Deltified representation")."""
    i = 0
    for _ in range(2):
        while delta[i] & 128:
            i += 1
        i += 1
    made = bytearray()
    while i < len(delta) and len(made) <= LARGEST:
        order = delta[i]
        i += 1
        if not order & 128:
            made += delta[i : i + order]
            i += order
            continue
        values = [0, 0]
        for bit in range(7):
            if order & 1 << bit:
                values[bit > 3] |= delta[i] << 8 * (bit % 4)
                i += 1
        made += old[values[0] : values[0] + (values[1] or 0x10000)]
    return bytes(made)
