"""Print a decision that governs onetree, or list them all.

usage: onetree adr [NUMBER]
"""

import os
import sys

from onetree import adr


def main(argv: "list[str] | None" = None) -> int:
    """Run the command; argv without the program's name."""
    argv = sys.argv[1:] if argv is None else argv
    if argv in (["-h"], ["--help"]):
        print((__doc__ or "").strip())
        return 0
    if len(argv) > 1 or (argv and not argv[0].isdigit()):
        sys.stderr.write("onetree adr: wrong use: one NUMBER, or nothing for the list\n")
        return 2
    folder = adr.shipped()
    if not argv:
        for name in sorted(os.listdir(folder)):
            if name.endswith(".md"):
                print(f"{int(name[:4]):3} {adr.title(os.path.join(folder, name))}")
        return 0
    path = adr.find(folder, int(argv[0]))
    if path is None:
        sys.stderr.write(f"onetree adr: unable to print decision {argv[0]}: there is none; `onetree adr` lists them\n")
        return 1
    with open(path, encoding="utf-8") as f:
        sys.stdout.write(f.read())
    return 0
