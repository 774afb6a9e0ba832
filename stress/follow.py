"""One simulated reader: follows a file through its rotations while it is written, as `tail -F` means to."""

import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

from onetree import rotation
from stress import payload


def run(plan: "dict[str, Any]") -> int:
    """Read until the writers are done; print what was read as JSON: {who: [how many, what is wrong]}."""
    print("ready", flush=True)
    sys.stdin.readline()
    seen: dict[str, int] = {}
    wrong: list[str] = []
    for line in lines(plan["file"], plan["done"]):
        name = payload.name(line)
        if line == payload.END:
            continue
        if name is None:
            wrong.append(f"a line that nobody wrote: {line[:80]!r}")
            continue
        who, i = name
        if i != seen.get(who, -1) + 1:
            wrong.append(f"{who}: record {i} after {seen.get(who, -1)}")
        seen[who] = i
    print(json.dumps({"seen": seen, "wrong": wrong[:20]}), flush=True)
    return 0


def lines(path: str, done: str) -> "Iterator[bytes]":
    """Whole lines, as they come, until there is a file `done` and nothing more to read."""
    fd, rest = os.open(path, os.O_RDONLY), b""
    while True:
        over = os.path.exists(done)
        data = os.read(fd, 1 << 20)
        if data:
            *whole, rest = (rest + data).split(b"\n")
            yield from (line + b"\n" for line in whole)
            continue
        after = following(fd, path)
        if after is not None:
            # What was appended before the file was put aside, but after the look above.
            while data := os.read(fd, 1 << 20):
                *whole, rest = (rest + data).split(b"\n")
                yield from (line + b"\n" for line in whole)
            os.close(fd)
            fd = after
        elif over:
            os.close(fd)
            return
        else:
            time.sleep(0.001)


def following(fd: int, path: str) -> "int | None":
    """The file after this one, opened; None if this is the last."""
    ours = os.fstat(fd)
    while not os.path.samestat(os.stat(path), ours):
        fresh = os.open(path, os.O_RDONLY)
        chain = rotation.archives(path)
        place = next(k for k, archive in enumerate(chain) if os.path.samestat(os.stat(archive), ours))
        if place + 1 == len(chain) and not os.path.samestat(os.fstat(fresh), ours):
            return fresh  # it was opened before the list was made, so there is none in between
        os.close(fresh)
        if place + 1 < len(chain):
            return os.open(chain[place + 1], os.O_RDONLY)
    return None
