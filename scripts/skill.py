"""Teach the agents' clients the lock protocol: put its skill where each of them looks for skills.

One source, several folders of the project. Run it again at any time: what is as it should be stays untouched, what an
older onetree wrote is replaced, and what somebody else wrote or edited stops the whole, with nothing written.
"""

import argparse
import os
import sys

from onetree import changes, git, root, skills
from onetree.changes import Refusal

PROG = "onetree skill"


def main(argv: "list[str] | None" = None) -> int:
    """Run the command; see --help."""
    args = _parser().parse_args(argv)
    home = os.path.realpath(root.find(os.getcwd()) or git.top(os.getcwd()) or os.getcwd())
    names = tuple(dict.fromkeys(args.platform or skills.FOLDERS))
    try:
        planned = skills.plan(home, names, remove=args.remove)
        if args.dry_run:
            for change in planned:
                sys.stdout.write(changes.diff(change) if change.old != change.new else "")
            return 0
        changes.write(planned)
    except Refusal as e:
        print(e)
        return 1
    except OSError as e:
        print(f"{PROG}: unable to install in {e.filename or home}: {e.strerror or e}", file=sys.stderr)
        return 111
    for change in planned:
        _tell(change)
        if change.new is None and change.old is not None:
            _prune(os.path.dirname(os.path.dirname(change.path)), home)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROG, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit codes: 0 done; 1 a file is not onetree's, and nothing was written; 2 wrong use; 111 could not",
    )  # fmt: skip
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    install = verbs.add_parser("install", help="write the skill, or take it out with --remove", description=__doc__,
                               formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    install.add_argument(
        "--platform", metavar="NAME", nargs="+", action="extend", choices=tuple(skills.FOLDERS),
        help=f"of {', '.join(skills.FOLDERS)}; default: all of them",
    )  # fmt: skip
    install.add_argument("--remove", action="store_true", help="take out what install wrote")
    install.add_argument("--dry-run", action="store_true", help="show what would change, as a diff; write nothing")
    return parser


def _tell(change: changes.Change) -> None:
    if change.old is None and change.new is None:
        return
    verb = "unchanged"
    if change.old != change.new:
        verb = "created" if change.old is None else "removed" if change.new is None else "changed"
    print(f"{verb} {change.shown} (read by {', '.join(skills.readers(change.shown))})")


def _prune(folder: str, home: str) -> None:
    """Remove the folders that install made, as far as they are empty."""
    try:
        while folder != home:
            os.rmdir(folder)
            folder = os.path.dirname(folder)
    except OSError:
        pass
