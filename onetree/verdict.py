"""What a guard says of an action: allow < warn < checkpoint < block, and how a roll-out mode softens it."""

TIERS = ("allow", "warn", "checkpoint", "block")
ALLOW, WARN, CHECKPOINT, BLOCK = range(4)

MODES = ("off", "monitor", "warn", "enforce")
# The strongest tier that a mode lets through to the agent; the verdict itself is journalled as it was.
CEILING = {"off": ALLOW, "monitor": ALLOW, "warn": WARN, "enforce": BLOCK}


class Verdict:
    """One guard's word on one action.

    tier: ALLOW, WARN, CHECKPOINT or BLOCK, before the roll-out.
    guard: the guard's name, as in the roll-out table.
    reason: one sentence: what would happen, and why it must not.
    path: the path concerned as a person would write it, or "".
    rule: where the rule stands ("policy.yaml:4 .env"), or "" for a rule of onetree's own.
    adr: number of the governing decision, or 0.
    adr_home: "repo" for the user's own decision records, "onetree" for the ones that ship with onetree.
    way_out: what whoever is stopped can do instead.
    mode: the roll-out mode it was given under; `effective` is the tier that remains.
    """

    __slots__ = ("adr", "adr_home", "effective", "guard", "mode", "path", "reason", "rule", "tier", "way_out")

    def __init__(
        self,
        tier: int,
        guard: str,
        reason: str,
        *,
        path: str = "",
        rule: str = "",
        adr: int = 0,
        adr_home: str = "repo",
        way_out: str = "",
    ) -> None:
        self.tier = self.effective = tier
        self.guard = guard
        self.reason = reason
        self.path = path
        self.rule = rule
        self.adr = adr
        self.adr_home = adr_home
        self.way_out = way_out
        self.mode = "enforce"

    def under(self, mode: str) -> "Verdict":
        """This verdict with the roll-out mode applied."""
        self.mode = mode
        self.effective = min(self.tier, CEILING[mode])
        return self


def strongest(verdicts: "list[Verdict]") -> int:
    """The tier that decides: the highest effective one, ALLOW for none."""
    return max((v.effective for v in verdicts), default=ALLOW)
