"""Push, after a look at whose commits would go: whoever pushes ships everybody's.

Without another's commits among them it pushes. With them it shows whose, and holds: --yes pushes them all the same.
Arguments after `--` go to `git push`, which must know where to push to (an upstream branch, or REMOTE and BRANCH).
"""

import argparse
import os
import subprocess
import sys

from onetree import identity, jsonlite
from onetree.commits.repository import Repository, environment
from onetree.git import GitError
from onetree.visible import visible

TRAILER = "%(trailers:key={},valueonly,separator=%x20)"
FORMAT = "%x1f".join(["%H", "%an", "%s", TRAILER.format("Agent"), TRAILER.format("Session")]) + "%x1e"


def main(argv: "list[str] | None" = None) -> int:
    """The command; gives the exit code."""
    args = _parser().parse_args(argv)
    try:
        repo = Repository(os.getcwd())
        client, session = identity.caller()
        client, session = args.platform or client, args.session or session
        rows = outgoing(repo, args.remote)
        others = [r for r in rows if (r["agent"], r["session"]) != (client, session)]
        for row in rows:
            print(jsonlite.dumps(row) if args.json else visible(_line(row, row in others)))
        sys.stdout.flush()
        if args.dry_run or not rows:
            return 1 if others else 0
        if others and not args.yes:
            n = len(others)
            print(
                f"onetree push: held: {n} of {len(rows)} commits {'is' if n == 1 else 'are'} not this agent's; "
                "ask whoever made them, or a person; `onetree push --yes` ships them all",
                file=sys.stderr,
            )
            return 3
        return (
            subprocess.run(["git", "push", *args.remote], cwd=repo.top, env=environment(), check=False).returncode and 1
        )
    except (GitError, OSError) as e:
        print(visible(f"onetree push: unable to push: {e}"), file=sys.stderr)
        return 111


def outgoing(repo: Repository, remote: "list[str]") -> "list[dict[str, object]]":
    """The commits that would go, oldest first: commit, author, subject, agent, session. Raises GitError."""
    plain = [a for a in remote if not a.startswith("-")]
    upstream = f"refs/remotes/{plain[0]}/{plain[1].rpartition(':')[2]}" if len(plain) > 1 else "@{push}"
    tip = plain[1].partition(":")[0].lstrip("+") if len(plain) > 1 else "HEAD"
    try:
        repo.git("rev-parse", "--verify", "-q", upstream)
        span = [f"{upstream}..{tip}"]
    except GitError:  # the branch is new there: all that no remote has
        if not repo.line("remote"):
            raise GitError("there is no remote; a person can add one with `git remote add`") from None
        span = [tip, "--not", "--remotes"]
    text = repo.git("log", "--reverse", f"--format={FORMAT}", *span).decode("utf-8", "replace")
    names = ("commit", "author", "subject", "agent", "session")
    return [dict(zip(names, r.strip("\n").split("\x1f"), strict=True)) for r in text.split("\x1e") if r.strip()]


def _line(row: "dict[str, object]", other: bool) -> str:
    who = " ".join(x for x in (str(row["agent"]), str(row["session"])[:8]) if x) or str(row["author"])
    return f"{str(row['commit'])[:10]} {'OTHER' if other else 'own  '} {who}: {row['subject']}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="onetree push",
        description=__doc__,
        epilog="exit codes: 0 pushed, or nothing to push; 1 git said no; 2 wrong use; 3 held; 111 could not tell",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--yes", action="store_true", help="push other agents' commits, too")
    parser.add_argument("--dry-run", action="store_true", help="only show what would go; 1 if others' commits would")
    parser.add_argument("--json", action="store_true", help="one JSON object for each commit")
    parser.add_argument(
        "--platform", default="", help="whose commits are its own, instead of what the environment says"
    )
    parser.add_argument("--session", default="", help="and which session's")
    parser.add_argument("remote", nargs="*", metavar="ARGUMENT", help="for git push: REMOTE BRANCH")
    return parser
