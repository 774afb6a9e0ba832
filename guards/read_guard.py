"""read-guard: reads, judged against the `read:` rules of the policy (block: hard deny; checkpoint: soft ask)."""

from onetree.action import Action, Effect
from onetree.policy import Decision, Policy
from onetree.verdict import Verdict

from .write_guard import verdict

NAME = "read-guard"
ADR = 7
# What makes a second, readable, file of each file in a folder. A search shows lines at the most.
COPIES = ("cp", "install", "rsync", "scp", "tar", "bsdtar", "zip")


def check(action: Action, policy: Policy) -> "list[Verdict]":
    """One verdict for each read that a rule speaks of."""
    found = []
    for effect in action.effects:
        if effect.op == "read" and effect.place is not None:
            decision = _decide(effect, policy)
            if decision:
                found.append(verdict(NAME, ADR, effect, decision))
    return found


def _decide(effect: Effect, policy: Policy) -> "Decision | None":
    if effect.place is None or (effect.place.is_dir and not effect.tree and effect.span != (0, 0)):
        return None  # a command that opens a folder as if it were a file learns nothing
    if effect.tree and effect.how in COPIES:
        return policy.decide_tree("read", effect.place)
    return policy.decide("read", effect.place)
