"""lock-guard: writes to what another session has locked, or to what this one had locked and has lost (ADR 30)."""

from onetree.action import CHANGES, Action, Effect
from onetree.locks import core, fence
from onetree.locks.words import described, span
from onetree.policy import Policy
from onetree.verdict import BLOCK, WARN, Verdict

from .write_guard import VERBS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from onetree.locks.core import Claim

NAME = "lock-guard"
ADR = 30
LONGER = 60  # seconds that a suggested wait goes on after the lease in the way ends
WHY_LOST = {"expired": "its time ran out before it was renewed", "broken": "a person ended it"}


def check(action: Action, policy: Policy) -> "list[Verdict]":
    """One verdict for each effect on a path that this session may not write now, by the locks."""
    found: list[Verdict] = []
    locks, session = fence.Registry(policy), fence.session(action)
    for effect in action.effects:
        resource = locks.resource(effect) if effect.op in CHANGES else ""
        how, claims = locks.standing(session, resource) if resource else ("free", [])
        if how == "lost":
            found.append(_lost(effect, resource, claims[0], locks))
        elif how == "other" and not (policy.locks.get("auto") and effect.certain):  # else its own lease will tell
            writes = [c for c in claims if c["mode"] == core.WRITE]
            tier = BLOCK if writes and effect.certain else WARN
            found.append(held(tier, _would(effect), locks, writes or claims))
    return found


def _would(effect: Effect) -> str:
    may = "would" if effect.certain else "may"
    return f"{effect.via} {may} {VERBS.get(effect.op, effect.op)} {effect.written}"


def held(tier: int, would: str, locks: fence.Registry, claims: "list[Claim]") -> Verdict:
    """Somebody else has it: who, what for, since when, until when; and what to type next."""
    who = "; ".join(described(c, locks.now, locks.names(c)) for c in claims)
    names = locks.names(claims[0])
    wait = int(min(c["expires"] or c["deadline"] for c in claims) - locks.now) + LONGER
    first = names.partition(", ")[0]
    ask = f"wait for it: `onetree lock acquire {first} --wait {wait}`"
    way_out = (
        f"tell {claims[0]['owner']} if this is in its way; `onetree lock why {first}`"
        if tier == WARN
        else f"work on something else, or {ask}; `onetree lock why {first}`"
    )
    return Verdict(tier, NAME, f"{would}, and {who}", path=names, adr=ADR, adr_home="onetree", way_out=way_out)


def _lost(effect: Effect, resource: str, claim: "Claim", locks: fence.Registry) -> Verdict:
    ago = span(locks.now - claim["end"])
    names = locks.names(claim)
    reason = (
        f"{_would(effect)}, and this session lost its lock of {names} {ago} ago: "
        f"{WHY_LOST.get(claim['ended'], claim['ended'])}; others may have written there since"
    )
    way_out = (
        f"read again, then ask again: `onetree lock acquire {names.replace(', ', ' ')}`; or give it up for good: "
        f"`onetree lock release {claim['id']}`"
    )
    return Verdict(BLOCK, NAME, reason, path=resource, adr=ADR, adr_home="onetree", way_out=way_out)
