"""The guards: each decides about an action, none of them writes. This table is all that the dispatcher knows of them.

A guard is a module with `check(action, policy) -> list[Verdict]`. To add one: write guards/NAME.py, add its row, name
its ADR, and add tests/NAME_test.py; tests/guards_test.py fails for what is forgotten (CONTRIBUTING.md has an example).
"""

from onetree.policy import FIXED


class Guard:
    """One row: the name in the roll-out table, the module, and what must be there for it to be asked at all.

    ops: it is asked when an effect of the action is one of these.
    commands: it is asked when the action runs shell commands, too.
    phases: the phases in which it decides.
    needs: a file of the state directory, without which it has nothing to decide unless the policy speaks of locks.
    adr: the decision of onetree's own that governs it.
    """

    __slots__ = ("adr", "commands", "module", "name", "needs", "ops", "phases")

    def __init__(
        self,
        name: str,
        *,
        adr: int,
        ops: str = "",
        commands: bool = False,
        phases: str = "before",
        needs: str = "",
    ) -> None:
        self.name = name
        self.module = f"{__name__}.{name.replace('-', '_')}"
        self.ops = ops.split()
        self.commands = commands
        self.phases = phases.split()
        self.needs = needs
        self.adr = adr


GUARDS = (
    Guard("self-protection", ops="read write delete meta opaque", adr=8),
    Guard("off-switch", ops="opaque", commands=True, adr=8),
    Guard("write-guard", ops="write delete meta opaque", adr=6),
    Guard("read-guard", ops="read", adr=7),
    Guard("stale-write", ops="write delete", adr=28),
    Guard("lock-guard", ops="write delete meta", adr=30, needs="locks.json"),
    Guard("shared-index", commands=True, adr=32),
    Guard("shared-history", commands=True, adr=35),
)
# What the roll-out table may name.
ROLLED_OUT = tuple(g.name for g in GUARDS if g.name not in FIXED)
