"""Coordination files in the commit are whole: every line JSON, no torn end, no number missing, nothing taken out."""

import re

from onetree import records
from onetree.changeset import Entry

from .subject import Finding, Subject

SHARED = re.compile(r"\.onetree/shared/.*\.jsonl(\.[0-9]{6,7})?")


def check(subject: Subject) -> "list[Finding]":
    """What is wrong with each file, with its line."""
    entries = [e for e in subject.files() if subject.names is not None or SHARED.fullmatch(e.path)]
    found = []
    texts = subject.change.contents(entries)
    for entry in entries:
        data = texts.get(entry.path, b"")
        for line, fact in records.check(data.splitlines(keepends=True)):
            found.append(Finding(f"{entry.path}:{line}", f"{fact}; `flock-append --check --repair` mends a torn end"))
        if _lost(subject, entry, data):
            text = "records that were committed before are gone; take them back, and append by flock-append"
            found.append(Finding(entry.path, text))
    return found


def _lost(subject: Subject, entry: Entry, data: bytes) -> bool:
    """Whether what was there before is neither at the beginning of the file nor of an archive that it was put into."""
    old = subject.change.before(entry.path)
    if not old or data.startswith(old):
        return False
    archives = [e for e in subject.change.entries if e.status == "A" and e.path.startswith(f"{entry.path}.")]
    return not any(text.startswith(old) for text in subject.change.contents(archives).values())
