"""Files that hold credentials, by the `read:` rules of the policy: what is committed is read by whoever clones it."""

from onetree.action import Effect
from onetree.guards.read_guard import ADR, NAME
from onetree.guards.write_guard import verdict
from onetree.verdict import ALLOW

from .subject import Finding, Subject
from .write_guard import spoken


def check(subject: Subject) -> "list[Finding]":
    """A finding for each file that a rule keeps from being read."""
    found = []
    for entry in subject.files():
        decision, policy = subject.decide("read", entry.path, guard=NAME)
        if decision is None:
            continue
        said = verdict(NAME, ADR, Effect("read", entry.path, "", written=entry.path), decision).under(policy.mode(NAME))
        if said.effective > ALLOW:
            text = spoken(subject, said, "whoever has the repository could read it", policy)
            text = text.replace("git restore --staged", "git rm --cached")
            found.append(Finding(entry.path, text, said.effective))
    return found
