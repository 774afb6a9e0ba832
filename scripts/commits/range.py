"""The commits of a range that the hooks would not have let pass: they went around them, or were made without."""

import os
from collections.abc import Iterator

from onetree import approvals, changeset, journal, root
from onetree.scripts import check
from onetree.verdict import ALLOW, CHECKPOINT

from .subject import Finding, Subject

CHECKS = tuple(name for name in check.CHECKS if name != "journal-verify")  # which is about now


def findings(top: str, span: str) -> Iterator[tuple[str, str, Finding]]:
    """(commit, check, finding) of each commit, oldest first. Raises GitError, PolicyError, OSError."""
    state = os.path.join(top, root.STATE)
    given = _given(state)
    for commit in changeset.commits(top, span):
        subject = Subject(changeset.committed(top, commit))
        for name in CHECKS:
            found = [f for f in check.run(name, subject) if f.tier > ALLOW]
            waiting = [f for f in found if f.tier == CHECKPOINT]
            if given and name in check.APPROVED and waiting:
                asked = approvals.fingerprint(state, check.action(name, subject, [f.where for f in waiting]))
                if asked[:8] in given:
                    found = [f for f in found if f.tier != CHECKPOINT]
            for finding in found:
                finding.text = finding.text.replace("{approval}", "it has not been, as far as this journal knows")
                yield commit, name, finding


def _given(state: str) -> set[str]:
    """The requests that people have approved, by the journal."""
    notes = [r.get("note") for _, r in journal.read(state) if r and r.get("platform") == "person"]
    return {n.removeprefix("approved ") for n in notes if isinstance(n, str) and n.startswith("approved ")}
