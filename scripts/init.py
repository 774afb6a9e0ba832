"""Set a project up: write its policy and register onetree's hooks with the agents' clients.

Everything is looked at first; if one file cannot be read or edited, nothing at all is written. Each file is written
beside and renamed, and keeps its mode. Run it again at any time: what is as it should be stays untouched.
"""

import argparse
import os
import subprocess
import sys
import sysconfig

from onetree import changes, git, platforms, registration, root, sealed, setup
from onetree.changes import Change, Refusal
from onetree.guards import ROLLED_OUT

PROG = "onetree init"
AFTER = """\
Restart sessions that are running: not every client reads its settings again.
The settings name this machine's {python}: commit them only if the whole team has it there.
`onetree doctor` proves that the hooks work."""


def main(argv: "list[str] | None" = None) -> int:
    """Run the command; see --help."""
    parser = argparse.ArgumentParser(
        prog=PROG, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dir", metavar="DIR", nargs="?", help="default: the git top level, else the current directory")
    parser.add_argument(
        "--platform", metavar="NAME", action="append", choices=platforms.NAMES,
        help=f"one of {', '.join(platforms.NAMES)}; may be repeated; default: all of them",
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="show what would change, as a diff; write nothing")
    parser.add_argument("--remove", action="store_true", help="take out what init put in; the policy stays")
    args = parser.parse_args(argv)
    try:
        home = project(args.dir)
        names = tuple(dict.fromkeys(args.platform or platforms.NAMES))
        if args.remove:
            return remove(home, names, dry_run=args.dry_run)
        return install(home, names, dry_run=args.dry_run)
    except Refusal as e:
        print(e)
        return 1
    except BrokenPipeError:
        raise
    except OSError as e:
        print(f"{PROG}: unable to set up {e.filename or 'the project'}: {e.strerror or e}", file=sys.stderr)
        return 111


def install(home: str, names: "tuple[str, ...]", *, dry_run: bool) -> int:
    """Write policy and settings. Raises Refusal, with nothing written, and OSError."""
    python, script = installed()
    lines = {n: registration.command(n, python, script) for n in names}
    planned = [*setup.own_files(home, ROLLED_OUT), *setup.settings(home, lines)]
    if dry_run:
        _show(planned)
        return 0
    changes.write(planned)
    sealed.key(os.path.join(home, root.STATE))
    _tell(planned)
    for name in names:
        print(f"{name}: {platforms.load(name).NEXT}")
    print(AFTER.format(python=python))
    seen = git.sees_state(home)
    if seen:
        print(f"{root.STATE}: {seen[0]}; repair: {seen[1]}", file=sys.stderr)
    for warning in setup.warnings(home, names):
        print(warning, file=sys.stderr)
    return 0


def remove(home: str, names: "tuple[str, ...]", *, dry_run: bool) -> int:
    """Take the hooks out, and with the last of them what else init made. Raises Refusal and OSError."""
    planned = setup.settings(home, dict.fromkeys(names))
    others = [n for n in platforms.NAMES if n not in names and setup.registered(home, n)]
    state = os.path.join(home, root.STATE)
    kept = sorted(set(os.listdir(state)) - set(setup.REMAKEABLE)) if os.path.isdir(state) else []
    if not others and not kept:
        planned += setup.made_files(home)
    if dry_run:
        _show(planned)
        return 0
    changes.write(planned)
    _tell(planned)
    if others:
        print(f"kept {root.HOME}: {', '.join(others)} still registered")
        return 0
    if kept:
        print(f"kept {root.STATE} ({', '.join(kept)}): the audit trail; delete it yourself if nobody needs it")
    if os.path.lexists(os.path.join(home, root.POLICY)):
        print(f"kept {root.POLICY}: it is yours; without hooks nothing enforces it")
    return 0


def project(directory: "str | None") -> str:
    """The folder to set up, absolute and real. Raises Refusal if it is none."""
    if directory is None:
        directory = git.top(os.getcwd()) or os.getcwd()
    if not os.path.isdir(directory):
        raise Refusal(f"{directory}: not a folder; name the folder that holds the project")
    return os.path.realpath(directory)


def installed() -> "tuple[str, str]":
    """The interpreter and the `onetree` executable to register. Raises Refusal if they would not work.

    The interpreter is this one by the name it was started with: resolving it would lead out of a virtual environment.
    Within one, `python` and `python3` are the same, so always the first: the command line should not depend on it.
    """
    python = os.path.abspath(sys.executable)
    plain = os.path.join(os.path.dirname(python), "python")
    if sys.prefix != sys.base_prefix and os.path.exists(plain) and os.path.samefile(plain, python):
        python = plain
    places = (os.path.dirname(python), sysconfig.get_path("scripts"))
    script = next((s for p in places if os.path.isfile(s := os.path.join(p, registration.PROGRAM))), None)
    if script is None:
        raise Refusal(f"{places[0]}: no `{registration.PROGRAM}` executable here; install onetree with pipx or pip")
    for path in (python, script):
        try:
            path.encode()
        except UnicodeEncodeError:
            raise Refusal(f"{path!r}: not UTF-8, so no settings file can name it; install onetree elsewhere") from None
    tried = subprocess.run([python, "-I", "-c", "import onetree.scripts.hook"], capture_output=True, check=False)
    if tried.returncode:
        raise Refusal(
            f"{python} -I: cannot import onetree (it was found through PYTHONPATH or the user's site-packages); "
            "install it with pipx, or with pip into a virtual environment"
        )
    return python, script


def _tell(planned: "list[Change]") -> None:
    for c in planned:
        if c.old != c.new:
            verb = "created" if c.old is None else "removed" if c.new is None else "changed"
        else:
            verb = "unchanged"
        if c.old is not None or c.new is not None:
            print(f"{verb} {c.shown}{c.does if c.new is not None else ''}")


def _show(planned: "list[Change]") -> None:
    for change in planned:
        if change.shown.startswith(root.STATE):
            print(f"{PROG}: would remove {change.shown}", file=sys.stderr)  # no text, and nobody's to review
        elif change.old != change.new:
            sys.stdout.write(changes.diff(change))
