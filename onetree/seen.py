"""What an agent last saw of a path: STATE/seen/AGENT/HASH, one small sealed file each.

A file of its own for each pair: the guard reads exactly one, no lock is needed, and the last rename wins (ADR 26).
"""

import os
from _blake2 import blake2b

from onetree import sealed, writes

FOLDER = "seen"


class Seen:
    """blob: git's name of the content; "" of a file too large to be looked at. ident: see blobs.Look; "" if unknown."""

    __slots__ = ("blob", "ident")

    def __init__(self, blob: str, ident: str) -> None:
        self.blob = blob
        self.ident = ident


def agent_key(agent: writes.Line) -> str:
    """The name of an agent's folder."""
    text = "\0".join([str(agent[k]) for k in ("platform", "session", "agent")])
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def get(state: str, agent: writes.Line, path: str) -> "Seen | None":
    """What this agent last saw of a path below the root; None if it never saw it."""
    data = sealed.fetch(_path(state, agent, path), state)
    if data is None:
        return None
    blob, _, ident = data.decode("ascii").partition("\n")
    return Seen(blob, ident)


def put(state: str, agent: writes.Line, path: str, seen: Seen) -> None:
    """Remember it. Raises OSError."""
    target = _path(state, agent, path)
    os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
    sealed.store(target, state, f"{seen.blob}\n{seen.ident}".encode("ascii"))


def forget(state: str, agent: writes.Line, path: str) -> None:
    """The agent knows that there is nothing at the path."""
    try:
        os.unlink(_path(state, agent, path))
    except FileNotFoundError:
        pass


def prune(state: str, before: float) -> None:
    """Forget the agents that have seen nothing new since a time, in epoch seconds. Raises OSError."""
    top = os.path.join(state, FOLDER)
    for name in os.listdir(top) if os.path.isdir(top) else []:
        folder = os.path.join(top, name)
        if os.lstat(folder).st_mtime < before:
            for path in os.listdir(folder):
                os.unlink(os.path.join(folder, path))
            os.rmdir(folder)


def _path(state: str, agent: writes.Line, path: str) -> str:
    return os.path.join(state, FOLDER, agent_key(agent), writes.key(path))
