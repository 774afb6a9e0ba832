"""What shell-write-detect says of a command, in few words."""

import os
from pathlib import Path

from onetree.shell import Analysis, analyse

HOME = "/home/u"
ENV = {"HOME": HOME, "STAGE": "out"}


def look(command: str, tree: Path) -> Analysis:
    """The analysis of a command that runs in tree, with time for a slow machine."""
    return analyse(command, str(tree), HOME, ENV, budget=10)


def changes(command: str, tree: Path, *, doubts: bool = False, trees: bool = False) -> "list[str]":
    """'write a.txt', 'delete b', ... below tree, in order; 'opaque' for each part that is not read.

    doubts: with a ? behind what may only happen. trees: with a / behind what is meant with all that is below it.
    """
    made = []
    for effect in look(command, tree).effects:
        if effect.op == "opaque":
            made.append("opaque")
        elif effect.op != "read":
            path = os.path.normpath(effect.path).removeprefix(f"{tree}/")
            doubt = "?" if doubts and not effect.certain else ""
            made.append(f"{effect.op} {path}{'/' if trees and effect.tree else ''}{doubt}")
    return made
