"""The journal of this tree is whole: every record is there, unchanged and in order (`onetree audit --verify`)."""

import os

from onetree import journal, root

from .subject import Finding, Subject


def check(subject: Subject) -> "list[Finding]":
    """A finding for each thing that is wrong with the journal. Raises journal.JournalError."""
    state = os.path.join(subject.change.root, root.STATE)
    way_out = "a person can look at it with `onetree audit --verify`, and begin a new one by moving both files away"
    return [Finding(os.path.join(root.STATE, journal.NAME), f"{text}; {way_out}") for text in journal.verify(state)]
