"""read-guard: reads, judged against the `read:` rules of the policy (block: hard deny; checkpoint: soft ask)."""

from onetree.action import Action
from onetree.policy import Policy
from onetree.verdict import Verdict

from .write_guard import verdict

NAME = "read-guard"
ADR = 7


def check(action: Action, policy: Policy) -> "list[Verdict]":
    """One verdict for each read that a rule speaks of."""
    found = []
    for effect in action.effects:
        if effect.op == "read" and effect.place is not None:
            decision = policy.decide("read", effect.place)
            if decision:
                found.append(verdict(NAME, ADR, effect, decision))
    return found
