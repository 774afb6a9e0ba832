"""The journal's record of one action: what was about to happen, what the guards said, what became of it."""

import os

from onetree import paths
from onetree.action import Action, Effect
from onetree.verdict import TIERS, Verdict

# So much of each is kept, that a record stays far below the journal's bound.
COMMAND, EFFECTS, VERDICTS, TEXT = 2000, 40, 20, 500  # characters, items, items, characters


def of(action: Action, root: str, verdicts: "list[Verdict]", tier: int, note: str = "") -> "dict[str, object]":
    """The fields of one record. note: an approval used or asked for, a defect, a fault."""
    return {
        "platform": action.platform,
        "event": action.event,
        "phase": action.phase,
        "session": action.session,
        "agent": action.agent,
        "tool": action.tool,
        "kind": action.kind,
        "call": action.call_id,
        "cwd": action.cwd,
        "command": None if action.command is None else action.command[:COMMAND],
        "effects": [_effect(e, root) for e in action.effects[:EFFECTS]],
        "tier": TIERS[tier],
        "verdicts": [_verdict(v) for v in verdicts[:VERDICTS]],
        "note": note[:TEXT],
    }


def _effect(effect: Effect, root: str) -> "list[object]":
    if effect.op == "opaque":
        return [effect.op, effect.why[:TEXT], effect.via[:80], effect.certain]
    name = effect.place.real if effect.place else os.path.normpath(effect.path)
    inside = next((r for base in (os.path.realpath(root), root) if (r := paths.relative(name, base)) is not None), None)
    return [effect.op, (inside or name)[:TEXT], effect.via[:80], effect.certain]


def _verdict(v: Verdict) -> "dict[str, object]":
    return {
        "guard": v.guard,
        "tier": TIERS[v.tier],
        "mode": v.mode,
        "effective": TIERS[v.effective],
        "reason": v.reason[:TEXT],
        "path": v.path[:TEXT],
        "rule": v.rule[:TEXT],
        "adr": v.adr,
        "adr_home": v.adr_home,
    }
