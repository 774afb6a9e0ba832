"""write-guard: writes and deletions, judged against the `write:` rules of the policy; and what could not be read."""

import os

from onetree import paths
from onetree.action import Action, Effect
from onetree.policy import Decision, Policy
from onetree.verdict import ALLOW, TIERS, Verdict

NAME = "write-guard"
ADR = 6
ADR_OPAQUE = 9
WRITES = ("write", "delete")
# What may stand in a path, when the text around it cannot be read: the rest separates.
PATH_CHARACTERS = "./~-_+@%=,"
MENTIONS = 200  # at most so many words of an unread text are looked up
WAYS_OUT = {
    "warn": "go on if that is what you were asked to do",
    "checkpoint": "a person is asked; do something else meanwhile",
    "block": "leave this file to the person you work for, and say what you would have changed",
}
WAY_OUT_OF_READING = "do without its content: ask the person you work for what you need to know of it"


def check(action: Action, policy: Policy) -> "list[Verdict]":
    """One verdict for each effect that a rule speaks of."""
    found = []
    for effect in action.effects:
        if effect.op in WRITES:
            decision = _decide(effect, policy)
            if decision:
                found.append(verdict(NAME, ADR, effect, decision))
        elif effect.op == "opaque":
            found += _opaque(action, effect, policy)
    return found


def _decide(effect: Effect, policy: Policy) -> "Decision | None":
    if effect.place is None:
        return None
    if effect.tree or (effect.op == "delete" and effect.place.is_dir):
        return policy.decide_tree(effect.op, effect.place)
    return policy.decide(effect.op, effect.place)


def verdict(guard: str, adr: int, effect: Effect, decision: Decision) -> Verdict:
    """A rule's decision on an effect, in words. adr: the guard's own, for a rule that names none."""
    shown = decision.path or effect.written
    through = f" (by the name {effect.written})" if effect.written not in (shown, effect.path) else ""
    tier = TIERS[decision.tier]
    because = f": {decision.why}" if decision.why else ""
    return Verdict(
        decision.tier,
        guard,
        f"{effect.via} would {effect.op} {shown}{through}{because}",
        path=shown,
        rule=f".onetree/policy.yaml:{decision.line} {decision.pattern}" if decision.line else "",
        adr=decision.adr or adr,
        adr_home="repo" if decision.adr else "onetree",
        way_out=WAY_OUT_OF_READING if effect.op == "read" and tier == "block" else WAYS_OUT[tier],
    )


def _opaque(action: Action, effect: Effect, policy: Policy) -> "list[Verdict]":
    """What the policy gives a text that cannot be read; a rule's own tier if the text names a path under it."""
    for word in words(action.command or ""):
        decision = policy.decide("write", paths.resolve(word, action.cwd, os.path.expanduser("~")))
        if decision and decision.tier > policy.opaque:
            return [
                Verdict(
                    decision.tier,
                    NAME,
                    f"{effect.via} names {decision.path} in a text that cannot be read ({effect.why})",
                    path=decision.path,
                    rule=f".onetree/policy.yaml:{decision.line} {decision.pattern}",
                    adr=decision.adr or ADR_OPAQUE,
                    adr_home="repo" if decision.adr else "onetree",
                    way_out="use the file tools, or a command that names what it reads and writes",
                )
            ]
    if policy.opaque == ALLOW:
        return []
    return [
        Verdict(
            policy.opaque,
            NAME,
            f"what {effect.via} does cannot be known beforehand: {effect.why}",
            adr=ADR_OPAQUE,
            adr_home="onetree",
            way_out="say it in a command that can be read, or use the file tools",
        )
    ]


def words(text: str) -> "list[str]":
    """The words of a text that could be paths, each once."""
    found = "".join([c if c.isalnum() or c in PATH_CHARACTERS else " " for c in text[:65536]]).split()
    return list(dict.fromkeys(found))[:MENTIONS]
