"""What agents and people did to the files of a tree, written down before and after each act: a line of JSON each.

What is told survives a kill, and what was under way is known to have been. Each change of a file carries a token, a
line that nobody else ever writes, so that it can be looked for in files and commits.
"""

import contextlib
import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from onetree import blobs

now = time.monotonic_ns
TOKEN = re.compile(r"tok-\w+-\d+")
# What became of an act: it was refused, or failed without an effect; it came to its end, whose agent knows it; nobody
# knows, because its agent was killed or a command of several failed.
NO, DONE, UNKNOWN = "no", "done", "unknown"
NOTHING = ""  # the name of the content of no file
PERSON = "person"
LATEST = 10_000_000_000  # ns that a command, or what the guards do after it, may go on unseen
INTENT = ("do", "path", "to", "adds", "removes", "whole", "paths")  # what is known of an act before it


def tokens(text: str) -> "set[str]":
    """The tokens in a text."""
    return set(TOKEN.findall(text))


@dataclass
class Act:
    """One act of an agent, or of PERSON; n: its number among those of the same.

    to: the other path of a renaming. adds, removes: tokens; whole: all those of the text of a whole file. paths: of a
    commit. was, became: git's names of the file's contents when it went and when it was done; NOTHING for no file.
    Times are of CLOCK_MONOTONIC in ns, 0 for what was not reached: asked: before the guards; went: they let it through;
    did: it was done; ended: they were told so. code: of a command. told: what its agent heard.
    """

    do: str
    path: str = ""
    to: str = ""
    adds: "list[str]" = field(default_factory=list)
    removes: "list[str]" = field(default_factory=list)
    whole: "list[str]" = field(default_factory=list)
    paths: "list[str]" = field(default_factory=list)
    asked: int = 0
    went: int = 0
    did: int = 0
    ended: int = 0
    was: str = NOTHING
    became: str = NOTHING
    code: int = 0
    told: str = ""
    status: str = NO
    by: str = ""
    n: int = 0

    def on(self) -> "set[str]":
        """The paths that it changes."""
        return {p for p in (self.path, self.to) if p}

    def over(self) -> int:
        """When it was over, in the eyes of the guards, too; of a killed agent, when it was at the latest."""
        return self.ended or (self.did or self.went) + LATEST

    def meets(self, other: "Act") -> bool:
        """Whether both may have been at one file at the same time."""
        return bool(self.on() & other.on()) and self.asked <= other.over() and other.asked <= self.over()


class Log:
    """The log of one agent, which goes on where an earlier process of that agent was killed."""

    def __init__(self, path: str, by: str, versions: str) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        size = os.fstat(self._fd).st_size
        if size and os.pread(self._fd, 1, size - 1) != b"\n":  # a kill can tear a write
            os.write(self._fd, b"\n")
        self._by, self._versions = by, versions
        self._acts = list(read(path, by))

    @property
    def count(self) -> int:
        """Acts so far."""
        return len(self._acts)

    def last(self, path: str) -> "Act | None":
        """The agent's last act that may have changed a path."""
        mine = [a for a in self._acts if path in a.on() and a.status != NO and (a.was != a.became or not a.ended)]
        return mine[-1] if mine else None

    def ask(self, act: Act) -> Act:
        """An act begins: the guards are asked."""
        act.by, act.n = self._by, len(self._acts)
        self._acts.append(act)
        self._tell(act, **{name: getattr(act, name) for name in INTENT}, asked=now())
        return act

    def go(self, act: Act) -> None:
        """It may be done."""
        self._tell(act, went=now(), was=self.keep(act.path), status=UNKNOWN)

    def did(self, act: Act, *, status: str, code: int = 0) -> None:
        """It was done, or not."""
        self._tell(act, did=now(), became=self.keep(act.path), status=status, code=code)

    def end(self, act: Act, told: str, *, clean: bool = True) -> None:
        """The agent has heard all that it hears of it. clean: the guards said nothing of a failure of their own."""
        self._tell(act, told=told[:2000], **({"ended": now()} if clean else {}))

    def keep(self, path: str) -> str:
        """Keep what a file holds at this moment; its name."""
        try:
            with open(path, "rb") as f:
                data = f.read()
        except OSError:
            return NOTHING
        name = blobs.name(data, "sha1")
        target = os.path.join(self._versions, name)
        if not os.path.exists(target):
            with open(f"{target}.{os.getpid()}", "wb") as f:
                f.write(data)
            os.replace(f"{target}.{os.getpid()}", target)
        return name

    def _tell(self, act: Act, **fields: object) -> None:
        for name, value in fields.items():
            setattr(act, name, value)
        os.write(self._fd, f"{json.dumps({'n': act.n, **fields})}\n".encode())


def read(path: str, by: str) -> "Iterator[Act]":
    """The acts of a log."""
    acts: dict[int, Act] = {}
    for row in _rows(path):
        n = row.pop("n")
        act = acts.setdefault(n, Act("", by=by, n=n))
        for name, value in row.items():
            setattr(act, name, value)
    yield from acts.values()


def _rows(path: str) -> "Iterator[dict[str, Any]]":
    """The lines that are whole; what was torn was under way."""
    try:
        with open(path, "rb") as f:
            for line in f:
                with contextlib.suppress(ValueError):
                    yield json.loads(line)
    except FileNotFoundError:
        return


def read_all(folder: str) -> "list[Act]":
    """The acts of all logs in a folder, in the order of time."""
    names = [name for name in os.listdir(folder) if name.endswith(".acts")]
    found = [act for name in names for act in read(os.path.join(folder, name), name.removesuffix(".acts"))]
    return sorted(found, key=lambda a: a.went or a.asked)
