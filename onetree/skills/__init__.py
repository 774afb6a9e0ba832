"""The skills that ship with onetree, and where each agent's client looks for skills.

One source, NAME/SKILL.md beside this file; what is installed is that text and a last line that says whose it is, so
that nobody else's file is ever overwritten or removed, and an edited one is told from an old one.
"""

import hashlib
import os
from collections.abc import Iterator

from onetree import changes
from onetree.changes import Change, Refusal

NAMES = ("lock-protocol",)
# Client -> the folder below the root of the project in which it looks for skills. `.agents/skills` is read by most; a
# second copy would be shown twice by those that read several folders.
AGENTS = ".agents/skills"
FOLDERS = {
    "claude": ".claude/skills",
    "gemini": AGENTS,
    "antigravity": AGENTS,
    "cursor": AGENTS,
    "codex": AGENTS,
    "copilot": AGENTS,
    "opencode": AGENTS,
    "cline": AGENTS,
    "windsurf": AGENTS,
    "qwen": ".qwen/skills",
    "kiro": ".kiro/skills",
    "droid": ".factory/skills",
}
MARK = b"<!-- written by `onetree skill install`, which replaces it; sha256 "
END = b" -->\n"
OURS, OLD, FOREIGN, ABSENT = "ours", "old", "foreign", "absent"


def text(name: str) -> bytes:
    """What is installed: the source and the mark."""
    with open(os.path.join(os.path.dirname(__file__), name, "SKILL.md"), "rb") as f:
        return _marked(f.read())


def _marked(body: bytes) -> bytes:
    return body + b"\n" + MARK + hashlib.sha256(body).hexdigest().encode() + END


def state(found: "bytes | None", name: str) -> str:
    """OURS as it should be, OLD from another version, FOREIGN if others wrote or edited it, or ABSENT."""
    if found is None:
        return ABSENT
    if found == text(name):
        return OURS
    body, mark, _ = found.rpartition(b"\n" + MARK)
    return OLD if mark and found == _marked(body) else FOREIGN


def places(home: str, platforms: "tuple[str, ...]") -> "Iterator[tuple[str, Change]]":
    """(the skill, its file as it is) in each folder of these clients; folders that are one by a link count once.

    Raises Refusal, OSError.
    """
    seen = set()
    for folder in dict.fromkeys(FOLDERS[p] for p in platforms):
        for name in NAMES:
            change = changes.of(home, f"{folder}/{name}/SKILL.md")
            if change.path not in seen:
                seen.add(change.path)
                yield name, change


def plan(home: str, platforms: "tuple[str, ...]", *, remove: bool) -> "list[Change]":
    """The changes that install or remove the skills. Raises Refusal for a file that is not onetree's, OSError."""
    planned, foreign = [], []
    for name, change in places(home, platforms):
        found = state(change.old, name)
        if found == FOREIGN:
            foreign.append(
                f"{change.shown}: not onetree's, or edited since it was installed; move it away, or leave its client "
                "out with --platform"
            )
        change.new = None if remove else text(name)
        planned.append(change)
    if foreign:
        raise Refusal("\n".join([*foreign, "nothing was written"]))
    return planned


def readers(shown: str) -> "list[str]":
    """The clients that read an installed file."""
    return [p for p, folder in FOLDERS.items() if shown.startswith(folder + "/")]
