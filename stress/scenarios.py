"""The scenarios, by name."""

from collections.abc import Callable

from stress import append, faults, hooks, locks, tree
from stress.run import Part, Run

SCENARIOS: "dict[str, Callable[[Run], list[Part]]]" = {
    "append": append.parts,
    "hooks": hooks.parts,
    "tree": tree.parts,
    "faults": faults.parts,
    "locks": locks.parts,
}
