"""Who may still lock the index with an old reading of it: `git commit` reads it before it locks it (ADR 32)."""

import os

from onetree import process

# The last word but one to the hook that git asks, before it locks the index, what has changed (githooks(5)).
FSMONITOR = (["1"], ["2"])


def late(top: str) -> "set[int]":
    """The `git commit`s in a work tree that may have read the index, and have not tried to lock it yet.

    One that has a child is past that: only the hook that tells it what changed runs before. Where there is no /proc,
    and of processes that it does not show, nothing is known.
    """
    try:
        pids = [int(n) for n in os.listdir("/proc") if n.isdigit()]
    except OSError:
        return set()
    found = {pid for pid in pids if _folder(pid) == top and _is_commit(process.words(pid))}
    if not found:
        return found
    return found - {process.parent(pid) for pid in pids if process.words(pid)[-2:-1] not in FSMONITOR}


def _is_commit(words: "list[str]") -> bool:
    return "commit" in words and os.path.basename(words[0]) == "git"


def _folder(pid: int) -> str:
    """Where a process is; git goes to the top of the work tree before it reads the index."""
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""
