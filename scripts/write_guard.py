"""Judge whether paths may be written, by the policy of the tree they are in.

usage: write-guard [--json] [--delete] [PATH ... | -]

Reads paths as arguments, or with - from standard input, one a line; a line that begins with { is an effect as
`shell-write-detect --json` prints it. Prints a line for each path that a rule stands against.
Exit status: 0 none, 1 one is blocked, 3 one needs a person's approval, 2 wrong use, 111 could not tell.
"""

import sys

from .judge_paths import run


def main(argv: "list[str] | None" = None) -> int:
    """Run the command; argv without the program's name."""
    return run("write-guard", (__doc__ or "").strip(), sys.argv[1:] if argv is None else argv, "write")
