"""Who wrote which file: one append-only file for each path, STATE/files/HASH, one JSON object a line.

Fields of a line:

* do: "begin" before an agent's tool writes, "wrote" when it has, "end" when it has not; "undo" of a person or an agent
  that brought a version back; "commit" (onetree commit) when what was written up to here is in a commit.
* path: below the root. t: UTC. platform, session, agent: who; call: which call of it, see call_key().
* tool, via: by what ("Edit", "> redirection"). whole: whether it replaces the whole file whatever was in it.
* before, after: git's names of the contents, "" for no file and for one that is too large to be looked at.
* size: bytes of the new content, -1 for no file; was: the same of the old one. mode, mode_before: as git has them, ""
  for no file. Both contents are in the store (blobs.py) unless "kept" is false.
* link, link_before: what the symbolic link says, or said, if there is one; its mode is then "other".
* mac: the keyed hash of the line before it; its first eight characters are the write's ID.

It says nothing that the journal does not say; it is there because the guard looks before every write, and the journal
can be long (ADR 26).
"""

import os
from _blake2 import blake2b

from onetree import flock, jsonlite, sealed, tail, utc

FOLDER = "files"
TIMEOUT = 1.0  # seconds to wait for a file's lock
ID = 8  # characters
OPEN = 30.0  # seconds in which a write that has begun is taken to be under way
RECENT = 64 * 1024  # bytes at the end of the file that are looked at while an agent waits
MOST = 5000  # files that are looked through while an agent waits
_MAC = ',"mac":"'
_END = len(_MAC) + 32 + len('"}')

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

Line = dict[str, object]


def who(platform: str, session: str, agent: str) -> Line:
    """The fields that say which agent."""
    return {"platform": platform, "session": session, "agent": agent}


def label(line: Line) -> str:
    """The agent, or the person, of a line, in words; of a session its first 8 characters."""
    session = str(line.get("session", ""))[:8]
    return " ".join(x for x in (str(line.get("platform", "")), session, str(line.get("agent", ""))) if x)


def is_by(line: Line, agent: Line) -> bool:
    """Whether a line is of the agent with these fields."""
    return all(line.get(k) == v for k, v in agent.items())


def key(path: str) -> str:
    """The name of the file about a path below the root."""
    return blake2b(path.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def ident(line: Line) -> str:
    """The ID of a line."""
    return str(line.get("mac", ""))[:ID]


class Held:
    """The file about one path, its lock held: for looking and adding in one step.

    Use it in `with`. Raises flock.FlockError, OSError.
    """

    __slots__ = ("_fd", "_key", "_locked", "_path", "_size")

    def __init__(self, state: str, path: str) -> None:
        folder = os.path.join(state, FOLDER)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self._path = os.path.join(folder, key(path))
        self._key = sealed.key(state)
        self._locked = flock.locked(self._path, TIMEOUT)
        self._fd = -1
        self._size = 0

    def __enter__(self) -> "Self":
        self._fd = self._locked.__enter__()
        try:
            self._size, _ = tail.mend(self._fd, self._path, os.fstat(self._fd).st_size)
        except BaseException:
            self._locked.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._locked.__exit__(None, None, None)

    def recent(self) -> "list[Line]":
        """The last lines, oldest first."""
        return _lines(self._fd, self._size, self._key)

    def add(self, line: Line) -> Line:
        """Append a line; gives it with its time and mac. Raises OSError; nothing is then added."""
        body = jsonlite.dumps({"t": utc.now(), **line})[:-1]
        mac = blake2b(body.encode("ascii"), digest_size=16, key=self._key).hexdigest()
        data = f'{body}{_MAC}{mac}"}}\n'.encode("ascii")
        os.lseek(self._fd, self._size, os.SEEK_SET)
        tail.write(self._fd, self._size, data)
        self._size += len(data)
        return {**line, "mac": mac}


def recent(state: str, path: str) -> "list[Line]":
    """The last lines about a path, oldest first; without a lock, so not what is just being added."""
    return _read(os.path.join(state, FOLDER, key(path)), state, RECENT)


def history(state: str, path: str) -> "list[Line]":
    """All lines about a path, oldest first."""
    return _read(os.path.join(state, FOLDER, key(path)), state, 0)


def all_files(state: str) -> "dict[str, list[Line]]":
    """The lines of every path, oldest first, by the path. Not for an agent's path: it opens every file."""
    found = {}
    folder = os.path.join(state, FOLDER)
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        lines = _read(os.path.join(folder, name), state, 0)
        if lines:
            found[str(lines[-1]["path"])] = lines
    return found


def latest(state: str) -> "Iterator[tuple[str, Line]]":
    """(path, its last write) of every path that agents wrote, but for more than MOST of them."""
    folder = os.path.join(state, FOLDER)
    for name in os.listdir(folder)[:MOST] if os.path.isdir(folder) else []:
        lines = [x for x in _read(os.path.join(folder, name), state, RECENT) if x["do"] in ("wrote", "undo")]
        if lines:
            yield str(lines[-1]["path"]), lines[-1]


def unended(lines: "list[Line]") -> "list[Line]":
    """The writes that have begun and have not ended, as far as is recorded, oldest first."""
    begun: dict[object, Line] = {}
    for line in lines:
        if line["do"] == "begin":
            begun[line.get("call")] = line
        elif line["do"] in ("wrote", "end"):
            begun.pop(line.get("call"), None)
    return list(begun.values())


def under_way(lines: "list[Line]", agent: Line, now: float) -> "Line | None":
    """The latest write of another agent that has begun less than OPEN ago and has not ended. now: epoch seconds."""
    live = [b for b in unended(lines) if not is_by(b, agent) and float(str(b.get("at", 0))) > now - OPEN]
    return live[-1] if live else None


def since(lines: "list[Line]", agent: Line, start: str) -> "Line | None":
    """The latest write of another agent at or after a time (UTC, as in a line); None if there is none."""
    return next(
        (x for x in reversed(lines) if x["do"] in ("wrote", "undo") and str(x["t"]) >= start and not is_by(x, agent)),
        None,
    )


def prune(state: str, before: float) -> None:
    """Delete the files about paths that nobody has written since a time, in epoch seconds.

    Raises OSError, flock.FlockError.
    """
    folder = os.path.join(state, FOLDER)
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        path = os.path.join(folder, name)
        if os.lstat(path).st_mtime < before:
            # Who waits for the lock follows the name to the next file (flock.py).
            with flock.locked(path, TIMEOUT) as fd:
                if os.fstat(fd).st_mtime < before:
                    os.unlink(path)


def _read(path: str, state: str, most: int) -> "list[Line]":
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return []
    try:
        return _lines(fd, os.fstat(fd).st_size, sealed.key(state), most)
    except OSError:
        return []
    finally:
        os.close(fd)


def _lines(fd: int, size: int, secret: bytes, most: int = RECENT) -> "list[Line]":
    """The authentic lines of the last `most` bytes, or all for 0."""
    start = max(0, size - most) if most else 0
    data = os.pread(fd, size - start, start).decode("ascii", "replace")
    found = []
    for text in data.split("\n")[:-1]:
        body = text[:-_END]
        mac = blake2b(body.encode("ascii", "replace"), digest_size=16, key=secret).hexdigest()
        if text[-_END:] == f'{_MAC}{mac}"}}':
            line = jsonlite.loads(text)
            if isinstance(line, dict):
                found.append(line)
    return found
