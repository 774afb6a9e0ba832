"""Refuse a change that waits for a person.

usage: onetree deny [ID]

Without an ID, lists what waits. With one, shows the request and asks; a yes refuses exactly this change to that agent
for 15 minutes, so that it stops asking. Only in a terminal.
"""

import sys

from onetree import approvals

from .approve import run


def main(argv: "list[str] | None" = None) -> int:
    """Run the command; argv without the program's name."""
    return run("deny", (__doc__ or "").strip(), sys.argv[1:] if argv is None else argv, approvals.DENIED)
