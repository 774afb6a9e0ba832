"""Commit what this agent wrote since its last commit, and nobody else's work, whatever else is going on in the tree.

usage: onetree commit -m MESSAGE [OPTION ...] [--] [PATH ...]

Which files and which changes are this agent's own is taken from the record of its writes. Of a file that others have
changed, too, only this agent's changes go in; the rest stays uncommitted. The files in the tree are not touched, nor is
what anybody has staged. Hooks run as from `git commit`, on exactly what is committed; they may refuse, not change it.

  PATH                     files or folders; without, all that this agent wrote
  -m, --message MESSAGE    what changes, and why; given again, a paragraph more
  --whole-file             take the PATHs as they are, the others who changed them as co-authors
  --trailer 'KEY: VALUE'   a trailer more
  --dry-run                only show what would be committed
  --json                   one JSON object
  --platform NAME          whose work, instead of the client that the environment names
  --session ID             and which session's
  --agent NAME             only this sub-agent's work

exit codes: 0 committed; 1 refused, with the reason; 2 wrong use; 111 could not tell
"""

import os
import sys

from onetree import flock, identity, jsonlite, policy, root, writes
from onetree.commits import hooks, message, own
from onetree.commits.plan import Plan, Planner
from onetree.commits.repository import Repository
from onetree.commits.transaction import Refusal, Transaction, mark
from onetree.git import GitError
from onetree.guards import ROLLED_OUT
from onetree.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

VALUES = ("--message", "--trailer", "--platform", "--session", "--agent")
FLAGS = ("--whole-file", "--dry-run", "--json")
NO_IDENTITY = (
    "no agent's session can be told from the environment, so nobody knows whose work to commit; people use "
    "`git commit -- PATH ...`"
)


class UsageError(Exception):
    """Arguments that cannot be meant. args: the fact."""


class Options:
    """What the command line says; without argparse, which takes longer to import than git takes to commit."""

    def __init__(self, argv: "list[str]") -> None:
        self.paths: list[str] = []
        self.message: list[str] = []
        self.trailer: list[str] = []
        self.platform = self.session = ""
        self.agent: str | None = None
        self.whole_file = self.dry_run = self.json = False
        words = iter(argv)
        for word in words:
            if word == "--":
                self.paths += words
            elif not word.startswith("-") or word == "-":
                self.paths.append(word)
            else:
                self._take(word, words)

    def _take(self, word: str, words: "Iterator[str]") -> None:
        """An option, its value from the next word unless it is in the same."""
        name, equals, value = word.partition("=")
        if word.startswith("-m"):
            name, equals, value = "--message", word[2:], word[2:]
        if name in FLAGS and not equals:
            setattr(self, name[2:].replace("-", "_"), True)
            return
        if name not in VALUES:
            raise UsageError(f"there is no option {word}")
        if not equals:
            found = next(words, None)
            if found is None:
                raise UsageError(f"{name} needs a value")
            value = found
        if name in ("--message", "--trailer"):
            getattr(self, name[2:]).append(value)
        else:
            setattr(self, name[2:], value)


def main(argv: "list[str] | None" = None) -> int:
    """The command; gives the exit code."""
    argv = sys.argv[1:] if argv is None else argv
    if "-h" in argv or "--help" in argv:
        print((__doc__ or "").strip())
        return 0
    try:
        return commit(Options(argv))
    except UsageError as e:
        print(visible(f"onetree commit: wrong use: {e}; see `onetree commit --help`", "\n"), file=sys.stderr)
        return 2
    except Refusal as e:
        print(visible(f"onetree commit: nothing was committed: {e}", "\n"), file=sys.stderr)
        return 1
    except (GitError, OSError, flock.FlockError, policy.PolicyError) as e:
        print(visible(f"onetree commit: unable to commit: {e}", "\n"), file=sys.stderr)
        return 111


def commit(args: Options) -> int:
    """Commit as asked for; gives the exit code. Raises Refusal and the rest that main() knows."""
    home = root.find(os.getcwd())
    if home is None:
        raise Refusal(f"no {root.POLICY} here or above, so no writes are recorded; a person can run `onetree init`")
    if args.whole_file and not args.paths:
        raise Refusal("--whole-file needs the PATHs that it is about")
    state = os.path.join(home, root.STATE)
    repo = Repository(os.getcwd())
    files = writes.all_files(state)
    agent = who(args, files)
    pending = [p for path, lines in files.items() if (p := own.Pending(path, lines, agent)).edits]
    planner = Planner(repo, home, state, whole=args.whole_file)
    pending = chosen(pending, args.paths, planner, files)
    if args.dry_run:
        return show(preview(planner, pending))
    wanted = policy.load(home, ROLLED_OUT).trailers
    work = Transaction(planner, pending, agent, lambda plan: written(args, agent, wanted, plan), sign(repo))
    name = work.run() if pending else ""
    for line in work.said:
        print(visible(f"onetree commit: {line}"), file=sys.stderr)
    for one in work.plan.done:
        mark(state, one.path, agent, one.upto)
    if not name:
        raise Refusal(_nothing(agent, work.plan))
    report(args, name, work.plan, work.message)
    try:
        hooks.run(repo, "post-commit")
    except hooks.HookError as e:
        print(visible(f"onetree commit: {e}", "\n"), file=sys.stderr)
    return 0


def who(args: Options, files: "dict[str, list[writes.Line]]") -> writes.Line:
    """The fields of the record that say who commits: a client's session, with its sub-agents unless one is named."""
    client, session = identity.caller()
    client, session = args.platform or client, args.session or session
    if not client:
        raise Refusal(NO_IDENTITY)
    if not session:  # the client does not tell its shells: the only session of it that has written anything will be it
        known = {str(x["session"]) for lines in files.values() for x in lines if x["platform"] == client}
        if len(known) != 1:
            what = "several sessions" if known else "no session"
            raise Refusal(f"{client} does not tell its session, and {what} of it wrote here; give --session")
        (session,) = known
    agent: writes.Line = {"platform": client, "session": session}
    return {**agent, "agent": args.agent} if args.agent is not None else agent


def chosen(
    pending: "list[own.Pending]", paths: "list[str]", planner: Planner, files: "dict[str, list[writes.Line]]"
) -> "list[own.Pending]":
    """Those below the paths that are asked for; all without any. Raises Refusal for a path that has none."""
    if not paths:
        return pending
    found: dict[str, own.Pending] = {}
    for path in paths:
        full = os.path.join(os.path.realpath(os.path.dirname(os.path.abspath(path))), os.path.basename(path))
        full = os.path.realpath(path) if os.path.isdir(path) else full
        below = os.path.relpath(full, planner.home)
        mine = [p for p in pending if below in {".", p.path} or p.path.startswith(f"{below}/")]
        if not mine:
            last = next((x for x in reversed(files.get(below, [])) if x["do"] in own.DEEDS), None)
            by = f"; its last writer was {writes.label(last)}" if last else ""
            way = "if it is your own all the same, by a program: `git commit -m '...' -- PATH`"
            raise Refusal(f"{path}: this agent is not recorded to have written it since its last commit{by}; {way}")
        found.update((p.path, p) for p in mine)
    return list(found.values())


def preview(planner: Planner, pending: "list[own.Pending]") -> Plan:
    """What would be committed by now."""
    return planner.plan(pending, planner.repo.head())


def show(plan: Plan) -> int:
    """Print a plan; gives the exit code."""
    for part in plan.parts:
        print(
            visible(f"{_verb(part.old[0], part.new[0])} {part.path}{' (its own changes only)' if part.partial else ''}")
        )
    for path, why in plan.no.items():
        print(visible(f"refused {path}: {why}"))
    return 1 if plan.no or not plan.parts else 0


def written(args: Options, agent: writes.Line, wanted: "list[str]", plan: Plan) -> str:
    """The message with its trailers. Raises Refusal for one that the policy asks for and nobody gave."""
    text = "\n\n".join(args.message)
    if not text.strip():
        raise Refusal("the message is empty; say with -m what changes, and why")
    trailers = [("Agent", str(agent["platform"])), ("Session", str(agent["session"]))]
    trailers += [(key.strip(), value.strip()) for key, _, value in (t.partition(":") for t in args.trailer)]
    co = {(str(x["platform"]), str(x["session"])) for p in plan.parts for x in p.co}
    trailers += [("Co-authored-by", f"{client} {session} <{client}@onetree.invalid>") for client, session in sorted(co)]
    text = message.with_trailers(text, trailers)
    missing = [t for t in wanted if t.lower() not in message.keys(text)]
    if missing:
        way = " ".join(f"--trailer '{t}: ...'" for t in missing)
        raise Refusal(f"the policy asks for the trailers {', '.join(missing)}; give them with {way}")
    return text


def sign(repo: Repository) -> bool:
    """Whether commits are to be signed."""
    return repo.settings().get("commit.gpgsign") == "true"


def report(args: Options, name: str, plan: Plan, text: str) -> None:
    """Say what was committed."""
    if args.json:
        rows = [{"path": p.path, "does": _verb(p.old[0], p.new[0]), "partial": p.partial} for p in plan.parts]
        print(jsonlite.dumps({"commit": name, "files": rows}))
        return
    print(visible(f"{name[:10]} {text.partition(chr(10))[0]}"))
    for part in plan.parts:
        rest = ": this agent's changes; the rest stays uncommitted" if part.partial else ""
        print(visible(f"  {_verb(part.old[0], part.new[0])} {part.path}{rest}"))


def _verb(old: str, new: str) -> str:
    return "adds" if not old else "deletes" if not new else "changes"


def _nothing(agent: writes.Line, plan: Plan) -> str:
    here = writes.label(agent)
    if plan.done:
        return f"all that {here} wrote is in HEAD already, or undone"
    return (
        f"{here} has written nothing since its last commit, as far as is recorded; what a program of its own wrote "
        "unseen goes by `git commit -m '...' -- PATH`"
    )
