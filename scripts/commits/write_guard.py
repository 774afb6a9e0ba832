"""Staged additions, modifications, renames, mode changes and deletions, judged by the `write:` rules of the policy."""

from onetree import message
from onetree.action import Effect
from onetree.changeset import INDEX, Entry
from onetree.git import GITLINK
from onetree.guards.write_guard import ADR, NAME, verdict
from onetree.policy import Policy
from onetree.verdict import ALLOW, BLOCK, CHECKPOINT, TIERS, WARN, Verdict

from .subject import Finding, Subject

WAYS_OUT = {
    BLOCK: "take it out of the commit: git restore --staged -- {path}",
    CHECKPOINT: "a person can approve exactly this: {approval}",
    WARN: "go on if that is what you were asked to do",
}
TOO_LATE = "take it out again by a commit that says so; a secret that was pushed has to be replaced"


def check(subject: Subject) -> "list[Finding]":
    """A finding for each path that a rule speaks of."""
    found = []
    for entry in subject.change.entries:
        decision, policy = subject.decide(entry.op, entry.path, guard=NAME)
        if decision is None:
            continue
        effect = Effect(entry.op, entry.path, subject.change.label, written=entry.path)
        said = verdict(NAME, ADR, effect, decision).under(policy.mode(NAME))
        if said.effective > ALLOW:
            found.append(Finding(entry.path, spoken(subject, said, _what(entry), policy), said.effective))
    return found


def spoken(subject: Subject, said: Verdict, what: str, policy: Policy) -> str:
    """A verdict on a path of a commit, in words; "{approval}" stands for the command that approves it."""
    rule = f" Rule: {said.rule} ({TIERS[said.tier]})." if said.rule else " Rule: onetree's default policy."
    decided = f" {message.decision(said, policy.root, policy.adrs)}" if said.adr else ""
    reason = said.reason.partition(": ")[2]
    why = f": {reason}" if reason else ""
    late = said.effective == BLOCK and subject.change.after != INDEX
    way_out = TOO_LATE if late else WAYS_OUT[said.effective].replace("{path}", said.path)
    return f"{message.SAYS[said.effective]}: {what}{why}.{rule}{decided} Way out: {way_out}."


def _what(entry: Entry) -> str:
    if entry.status == "D":
        return "the commit deletes it"
    if entry.new == GITLINK:
        return "the commit sets this submodule"
    if entry.status == "T":
        return "the commit makes another kind of file of it"
    if entry.status == "A":
        return "the commit adds it"
    return "the commit changes its mode" if entry.old != entry.new else "the commit changes it"
