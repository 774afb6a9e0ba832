"""A change to what a decision governs, to a decision or to the policy has its entry under Unreleased."""

import re

from onetree.root import POLICY

from . import records
from .subject import Finding, Subject

NAMES = ("CHANGELOG.md", "CHANGES.md", "HISTORY.md", "docs/CHANGELOG.md")


def check(subject: Subject) -> "list[Finding]":
    """A finding if there are such changes, and no new line under Unreleased."""
    change, where = subject.change, records.folder(subject)
    governed = list(records.governed(subject))
    governed += [e.path for e in change.entries if e.path == POLICY or records.numbered(where, e.path)]
    if not governed:
        return []
    path = next((n for n in NAMES if change.now(n) is not None), "")
    if not path:
        return [Finding(NAMES[0], f"is not there, and {governed[0]} is governed; write one (keepachangelog.com)")]
    old, new = _unreleased(change.before(path)), _unreleased(change.now(path))
    if new is None:
        return [Finding(path, f"has no section Unreleased for {governed[0]}; add `## Unreleased`")]
    if set(new) - set(old or []):
        return []
    return [Finding(path, f"has no new entry under Unreleased for {governed[0]}; say what changes for its user")]


def _unreleased(data: "bytes | None") -> "list[str] | None":
    """The lines of the section, without empty ones and headings; None if there is no such section."""
    text = (data or b"").decode("utf-8", "replace")
    found = re.search(r"^(#+) *\[?unreleased\]?.*$", text, re.MULTILINE | re.IGNORECASE)
    if not found:
        return None
    rest = text[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    lines = rest[: end.start() if end else len(rest)].splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
