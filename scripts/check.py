"""Check what is about to be committed, as a pre-commit hook; or a range of commits.

usage: onetree check NAME [FILE ...]
       onetree check NAME --from REF --to REF
"""

import argparse
import os
import sys
import time

from onetree import approvals, changeset, git, journal, root
from onetree.action import Action, Change, Effect
from onetree.changeset import Changeset
from onetree.git import GitError
from onetree.policy import PolicyError
from onetree.verdict import ALLOW, BLOCK, CHECKPOINT, WARN
from onetree.visible import visible

from .commits.subject import Finding, Subject

# Check -> what it finds. Each is a module of commits/; only the one that is asked for is imported.
CHECKS = {
    "write-guard": "staged changes and deletions that the policy's write rules speak of",
    "read-guard": "files that hold credentials, by the policy's read rules",
    "shell-write-detect": "scripts, Makefiles and CI steps that would write protected paths, with line numbers",
    "policy-check": "a policy that is invalid, has dead rules, or is weaker than before without a decision record",
    "adr-check": "decision records: numbers, headings, status; and governed changes that name none",
    "changelog-check": "governed changes without an entry under Unreleased",
    "attribution-check": "an agent's message without the trailers that the policy asks for",
    "journal-verify": "a journal in which a record was changed, removed or moved",
    "flock-check": "coordination files with a torn end, lines that are not JSON, lost records",
}
FILES = ("read-guard", "shell-write-detect", "flock-check")  # look at the files that they are given
MESSAGES = ("adr-check", "attribution-check")  # look at the commit's message, when it is there
APPROVED = ("write-guard", "read-guard")  # a person can approve what they find


def main(argv: list[str] | None = None) -> int:
    """Run the command; argv without the program's name."""
    args = _parser().parse_args(argv)
    try:
        top = changeset.top(os.getcwd())
        subject = Subject(_change(args, top), args.files if args.name in FILES and args.files else None)
        found = run(args.name, subject)
        if args.name in APPROVED:
            found = _approved(args.name, subject, found)
    except (GitError, PolicyError, journal.JournalError, OSError) as e:
        sys.stderr.write(f"onetree check {args.name}: unable to check: {visible(str(e))}\n")
        return 111
    for finding in found:
        where = f"{finding.where}: " if finding.where else ""
        print(visible(f"{where}{finding.text}"))
    return status(found)


def run(name: str, subject: Subject) -> list[Finding]:
    """What one check finds. Raises GitError, OSError, journal.JournalError."""
    module = f"{__package__}.commits.{name.replace('-', '_')}"
    __import__(module)
    found: list[Finding] = sys.modules[module].check(subject)
    return found


def status(found: list[Finding]) -> int:
    """The exit status: 1 if something is blocked, 3 if something needs a person's approval, else 0."""
    worst = max((f.tier for f in found), default=ALLOW)
    return {BLOCK: 1, CHECKPOINT: 3}.get(worst, 0)


def _change(args: argparse.Namespace, top: str) -> Changeset:
    """The change to look at. pre-commit says in its environment which range a push or `run --from-ref` is about."""
    old = args.old or os.environ.get("PRE_COMMIT_FROM_REF", "")
    new = args.new or os.environ.get("PRE_COMMIT_TO_REF", "")
    if old and new:
        return changeset.between(top, old, new)
    change = changeset.staged(top)
    if len(args.files) == 1 and args.name in MESSAGES and _is_message(args.files[0], top):
        with open(args.files[0], encoding="utf-8", errors="replace") as f:
            change.message = _cleaned(f.read())
    return change


def _is_message(path: str, top: str) -> bool:
    """Whether a file is the message of the commit: it is in git's own folder (githooks(5), commit-msg)."""
    folder = os.path.join(top, os.fsdecode(git.run(top, "rev-parse", "--git-dir").removesuffix(b"\n")))
    return os.path.realpath(path).startswith(os.path.realpath(folder) + os.sep)


def _cleaned(text: str) -> str:
    """The message without its comments and what `git commit -v` shows below the scissors (git-commit(1))."""
    text = text.partition("\n# ------------------------ >8 ------------------------")[0]
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


def _approved(name: str, subject: Subject, found: list[Finding]) -> list[Finding]:
    """The findings, without those that a person has approved; the others say how."""
    waiting = [f for f in found if f.tier == CHECKPOINT]
    if not waiting:
        return found
    state, now = os.path.join(subject.change.root, root.STATE), time.time()
    if subject.change.after != changeset.INDEX:
        command = "look at it before it goes on"
    elif not os.path.isdir(os.path.join(subject.change.root, root.HOME)):
        command = "`onetree init` first, then try again"
    else:
        asked = action(name, subject, [f.where for f in waiting])
        request = approvals.ask(state, asked, [f"{f.where}: {f.text}" for f in waiting], now)
        if request["status"] == approvals.APPROVED:
            for finding in waiting:
                finding.tier, finding.text = WARN, f"approved by a person ({request['id']})"
            return found
        command = f"`onetree approve {request['id']}`, then commit again"
    for finding in waiting:
        finding.text = finding.text.replace("{approval}", command)
    return found


def action(name: str, subject: Subject, names: list[str]) -> Action:
    """What a person is asked to approve: exactly these paths with exactly this content."""
    asked = Action("git", "commit", "before")
    asked.tool, asked.cwd = name, subject.change.root
    texts = subject.change.contents(e for e in subject.change.files(names))
    for path in names:
        full = os.path.join(subject.change.root, path)
        asked.effects.append(Effect("write" if path in texts else "delete", full, "git commit", written=path))
        old = subject.change.before(path)
        asked.changes.append(Change(full, None if old is None else _text(old), _text(texts.get(path, b""))))
    return asked


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _parser() -> argparse.ArgumentParser:
    rows = "\n".join(f"  {name:18} {text}" for name, text in CHECKS.items())
    parser = argparse.ArgumentParser(
        prog="onetree check",
        description=f"Check what is about to be committed, or a range of commits. NAME is one of\n\n{rows}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit codes: 0 nothing to say, or only warnings; 1 findings; 2 wrong use; 3 needs a person's approval; "
        "111 could not tell",
        allow_abbrev=False,
    )
    parser.add_argument("name", choices=CHECKS, metavar="NAME")
    parser.add_argument("--from", dest="old", metavar="REF", help="what is at REF already is not looked at")
    parser.add_argument("--to", dest="new", metavar="REF", help="what REF has is looked at, instead of the index")
    parser.add_argument("files", nargs="*", metavar="FILE", help="as pre-commit gives them")
    return parser
