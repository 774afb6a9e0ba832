"""The words for whoever is stopped or warned: place, fact, way out, governing decision."""

from onetree import adr
from onetree.verdict import BLOCK, CHECKPOINT, TIERS, WARN, Verdict

SAYS = {WARN: "warning", CHECKPOINT: "needs a person's approval", BLOCK: "blocked"}
MOST = 5  # verdicts spelled out in one message
LONGEST = 4000  # characters; Claude Code cuts an answer at 10,000


def compose(verdicts: "list[Verdict]", tier: int, root: str, adrs: str, extra: str = "") -> str:
    """One text for the verdicts that decided (those of `tier`), and `extra` at its end."""
    deciding = [v for v in verdicts if v.effective == tier]
    lines = [_line(v, root, adrs) for v in deciding[:MOST]]
    if len(deciding) > MOST:
        lines.append(f"... and {len(deciding) - MOST} more of the same")
    text = f"onetree: {SAYS[tier]}: " + "\n".join(lines)
    return text[:LONGEST] + (f"\n{extra}" if extra else "")


def _line(v: Verdict, root: str, adrs: str) -> str:
    parts = [f"{v.guard}: {v.reason}."]
    if v.rule:
        parts.append(f"Rule: {v.rule} ({TIERS[v.tier]}).")
    if v.adr:
        parts.append(decision(v, root, adrs))
    if v.way_out:
        parts.append(f"Way out: {v.way_out}.")
    return " ".join(parts)


def decision(v: Verdict, root: str, adrs: str) -> str:
    """The governing decision: number and title, and where to read it."""
    own = v.adr_home == "onetree"
    path = adr.find(adr.shipped() if own else adr.folder(root, adrs), v.adr)
    named = f"ADR {v.adr} ({adr.title(path)})" if path else f"ADR {v.adr}"
    return f"{named} of onetree, see `onetree adr {v.adr}`." if own else f"{named}."
