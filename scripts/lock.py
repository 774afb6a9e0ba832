"""Hold a place of the tree while working on it: see who has what, queue, be told when a lock is lost.

A RESOURCE is a path below the root of the tree (a folder covers what is in it), PATH#SYMBOL, a name that is no file
(deploy), or REPOSITORY:PATH where the policy says `locks: {registry: host}`. A path that begins with ./ or ../ is taken
from the current directory. A TIME is seconds, or like 30s, 5m, 2h.

Exit codes: 0 granted, 1 not granted in time, 2 wrong use, 4 lost, 111 could not tell.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Callable
from typing import Any

from onetree import identity, journal, process, root
from onetree.guards import ROLLED_OUT
from onetree.locks import core, engine, registry, words
from onetree.locks.engine import EngineError
from onetree.locks.words import span
from onetree.policy import PolicyError
from onetree.policy import load as load_policy
from onetree.visible import visible

Answer = dict[str, Any]
Claim = dict[str, Any]

UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
CODES = {"granted": 0, "renewed": 0, "released": 0, "broken": 0, "refused": 1, "absent": 1, "lost": 4}
LONGEST_WAIT = 86_400.0
RUN_WAIT = 60.0  # seconds that `run` waits unless told otherwise: who gives a command wants it run
WHY_LOST = {"expired": "its time ran out before it was renewed", "broken": "a person ended it",
            "dead": "it gave no sign of life for too long"}  # fmt: skip


def main(argv: "list[str] | None" = None) -> int:
    """The command; gives the exit code."""
    argv = sys.argv[1:] if argv is None else argv
    cut = argv.index("--") if "--" in argv else len(argv)
    args = parser().parse_args(argv[:cut])
    args.command = argv[cut + 1 :]
    try:
        code: int = args.function(Session(args), args)
        sys.stdout.flush()
    except core.WrongRequest as e:
        return _fail(args.verb, "understand that", str(e), 2)
    except PolicyError as e:
        return _fail(args.verb, "read the policy", str(e), 111)
    except (EngineError, OSError) as e:
        return _fail(args.verb, "tell", str(e), 111)
    except KeyboardInterrupt:
        return _fail(args.verb, "go on", "interrupted; what it waited for is no longer asked for", 130)
    return code


class Session:
    """Who asks, and where: the tree's locks, the owner's name, and the process that stands behind it."""

    def __init__(self, args: argparse.Namespace) -> None:
        tree = root.find(os.getcwd())
        if tree is None:
            raise core.WrongRequest(f"no {root.POLICY} in {os.getcwd()} or above it; run `onetree init` there")
        self.tree = tree
        self.cwd = os.getcwd()
        self.registry = registry.of_tree(tree, load_policy(tree, ROLLED_OUT).locks)
        self.engine = self.registry.engine()
        self.json: bool = args.json
        self.owner, self.process = who(args, everywhere=bool(self.registry.cluster))

    def resources(self, texts: "list[str]") -> "list[str]":
        """The registry's names of what was typed."""
        return [self.registry.resource(t, self.cwd) for t in texts]

    def wanted(self, args: argparse.Namespace, wait: float, held_by: "process.Process | None") -> "dict[str, object]":
        """The request for a lock that the arguments ask for."""
        return {
            "owner": self.owner,
            "resources": self.resources(args.resources),
            "mode": args.mode,
            "priority": args.priority,
            "ttl": args.ttl,
            "wait": wait,
            "ageing": args.ageing,
            "reason": visible(args.reason),
            "process": held_by,
            "waiter": process.identity(os.getpid()),
        }

    def names(self, claim: Claim) -> str:
        """A claim's resources as they are called here."""
        return ", ".join(visible(self.registry.shown(r)) for r in claim["resources"])


def who(args: argparse.Namespace, *, everywhere: bool = False) -> "tuple[str, process.Process | None]":
    """(owner, the process whose end ends the lock or None): see ADR 25. everywhere: among those of all machines.

    That process is never the shell of one command: it is the agent's client, else the shell of a person's terminal.
    """
    client, session = identity.caller()
    session = args.session or os.environ.get("ONETREE_SESSION") or session
    agent = args.agent or os.environ.get("ONETREE_AGENT", "")
    lasting = process.above(os.getppid(), identity.CLIENTS)
    if not lasting and sys.stdin.isatty():
        lasting = os.getsid(0)
    # Who cannot be told from others by a session is told by a process: two agents must never be taken for one.
    machine = f"@{os.uname().nodename}" if everywhere else ""
    session = session or f"{client or 'process'}-{lasting or os.getppid()}{machine}"
    return visible(f"{session}/{agent}" if agent else session), process.identity(args.process or lasting)


# The verbs. ---------------------------------------------------------------------------------------------------------


def acquire(session: Session, args: argparse.Namespace) -> int:
    """Take all of the resources, or none."""
    answer = engine.acquire(session.engine, session.wanted(args, args.wait, session.process))
    return tell(session, answer, "acquire", args)


def renew(session: Session, args: argparse.Namespace) -> int:
    """Begin the leases again: of these IDs or resources, or of all that you hold."""
    return tell(session, session.engine.apply({"op": "renew", "ttl": args.ttl, **chosen(session, args)}), "renew", args)


def release(session: Session, args: argparse.Namespace) -> int:
    """Give back these IDs or resources, or all that you hold."""
    return tell(session, session.engine.apply({"op": "release", **chosen(session, args)}), "release", args)


def run(session: Session, args: argparse.Namespace) -> int:
    """Hold the resources while a command runs; renewed by itself, given back at its end."""
    from .lock_run import run as run_command

    if not args.command:
        raise core.WrongRequest("no command; write it behind --, as in: onetree lock run build -- make")
    answer = engine.acquire(session.engine, session.wanted(args, args.wait, process.identity(os.getpid())))
    if answer["status"] != "granted":
        return tell(session, answer, "acquire", args)
    return run_command(session, answer["claims"][0], args.command)


def why(session: Session, args: argparse.Namespace) -> int:
    """Who has a resource, since when, what for, until when; and what you could do instead."""
    from .lock_status import explain

    return explain(session, session.resources([args.resource])[0], args.resource)


def status(session: Session, args: argparse.Namespace) -> int:
    """All that is held, and the queue: who waits for whom."""
    from .lock_status import show, watch

    return watch(session) if args.watch else show(session)


def history(session: Session, args: argparse.Namespace) -> int:
    """What happened to the locks, the oldest first."""
    from .lock_status import past

    return past(session, session.resources(args.resources))


def metrics(session: Session, args: argparse.Namespace) -> int:
    """How much was waited, where and by whom."""
    from .lock_metrics import show

    return show(session, args)


def break_(session: Session, args: argparse.Namespace) -> int:
    """End somebody else's lock (a person, in a terminal); its owner is told."""
    from .approve import Unable, need_person

    claims = [c for c in session.engine.state()["claims"] if c["id"] == args.id]
    if not claims:
        return _fail("break", f"break {args.id}", "nothing has that ID; see `onetree lock status`", 1)
    try:
        need_person("lock break")
    except Unable as e:
        return _fail("break", f"break {args.id}", str(e).partition(": ")[2], 1)
    claim = claims[0]
    print(f"{describe(session, claim)}")
    try:
        sure = input("Its owner may be in the middle of a change, and loses the lock. Type yes to break it: ")
    except EOFError:
        sure = ""
    if sure.strip().lower() not in ("y", "yes"):
        print("nothing was broken")
        return 1
    record = {"platform": "person", "event": "lock break", "phase": "other", "session": claim["owner"], "agent": "",
              "tool": "lock", "tier": "allow", "note": f"broke lock {args.id}: {session.names(claim)}", "verdicts": [],
              "effects": []}  # fmt: skip
    try:
        journal.append(os.path.join(session.tree, root.STATE), record)
    except journal.JournalError as e:
        return _fail("break", "record it, so nothing was broken", str(e), 111)
    answer = session.engine.apply({"op": "break", "id": args.id, "owner": session.owner, "by": session.owner})
    print(f"{answer['status']} {args.id}" if answer["status"] == "broken" else f"{args.id} had ended before")
    return CODES[answer["status"]]


def chosen(session: Session, args: argparse.Namespace) -> "dict[str, object]":
    """What IDs and resources on the command line mean; a number is an ID."""
    ids = [int(t) for t in args.chosen if t.isascii() and t.isdecimal()]
    names = session.resources([t for t in args.chosen if not (t.isascii() and t.isdecimal())])
    return {"owner": session.owner, "ids": ids, "resources": names}


# What is said. ------------------------------------------------------------------------------------------------------


def tell(session: Session, answer: Answer, verb: str, args: argparse.Namespace) -> int:
    """Print an answer: what happened, by whom, and what to type next; gives the exit code."""
    status_ = answer["status"]
    if session.json:
        print(json.dumps(as_json(session, answer)))
    else:
        for line in SAID[status_](session, answer, verb, args):
            print(line)
    if status_ != "lost":
        for claim in answer["lost"]:
            sys.stderr.write(f"onetree lock: {lost_line(session, claim)}; {REREAD}\n")
    return CODES[status_]


REREAD = "others may have written there since: read again before you write"


def said_granted(session: Session, answer: Answer, verb: str, args: argparse.Namespace) -> "list[str]":  # noqa: ARG001
    """The lines of a grant, or a renewal."""
    lines = []
    for c in answer["claims"]:
        left = span((c["expires"] or 0) - session.engine.clock())
        text = f"{answer['status']} {c['id']}: {c['mode']} {session.names(c)} for {left}, fence {c['fence']}"
        waits = f"{c['id']} still waits for {session.names(c)}"
        lines.append(f"{text}; give it back with `onetree lock release {c['id']}`" if c["fence"] else waits)
    return lines


def said_released(session: Session, answer: Answer, verb: str, args: argparse.Namespace) -> "list[str]":  # noqa: ARG001
    """The lines of a release."""
    return [f"released {c['id']}: {c['mode']} {session.names(c)}" for c in answer["claims"]]


def said_refused(session: Session, answer: Answer, verb: str, args: argparse.Namespace) -> "list[str]":
    """The lines of a refusal: why, who is in the way, what to type next."""
    if answer["why"] == "not yours":
        lines = [f"not yours, {session.owner}: {describe(session, b)}" for b in answer["blockers"]]
        return [*lines, "next: `onetree lock status` shows what is yours; --session and --agent say who you are"]
    claim = answer["claims"][0]
    names, first = session.names(claim), " ".join(session.registry.shown(r) for r in claim["resources"])
    head = {
        "busy": "not free",
        "timed_out": f"not free within {span(claim['deadline'] - claim['since'])}",
        "upgrade": "somebody else holds intent_write there too, and each would wait for the other",
        "cycle": "this would wait for ever",
        "broken": "a person took it out of the queue",
        "dead": "whoever waits gave no sign of life for too long, and was taken out of the queue",
        "intent ended": "the intent_write that was to become write has ended",
    }[answer["why"]]
    lines = [f"refused: {claim['mode']} {names}: {head}"]
    lines += [f"  {describe(session, b)}" for b in answer["blockers"]]
    if answer.get("cycle"):
        chain = " -> ".join(f"{o} waits for {', '.join(map(session.registry.shown, rs))}" for o, rs in answer["cycle"])
        lines.append(f"  the circle: {chain} -> {answer['cycle'][0][0]}")
    if answer["why"] in ("upgrade", "cycle", "intent ended"):
        return [
            *lines,
            "next: `onetree lock release` gives back all that you hold; read again, then ask for all at once",
        ]
    wait = f"onetree lock {verb} {first} --mode {claim['mode']} --wait {int(max(60, 2 * (args.wait or 0)))}"
    return [*lines, f"next: work on something else, or wait for it: `{wait}`; `onetree lock why {first.split()[0]}`"]


def said_lost(session: Session, answer: Answer, verb: str, args: argparse.Namespace) -> "list[str]":  # noqa: ARG001
    """The lines of a loss."""
    lines = [lost_line(session, c) for c in answer["claims"]]
    lines += [f"  {describe(session, b)}" for b in answer["blockers"]]
    first = " ".join(session.registry.shown(r) for r in answer["claims"][0]["resources"])
    mode = answer["claims"][0]["mode"]
    return [*lines, f"next: {REREAD}; `onetree lock acquire {first} --mode {mode}` asks again"]


def said_absent(session: Session, answer: Answer, verb: str, args: argparse.Namespace) -> "list[str]":  # noqa: ARG001
    """The lines of a request about what is not there."""
    what = " ".join(getattr(args, "chosen", [])) or "anything"
    return [f"nothing to {verb}: {session.owner} does not hold {what}; `onetree lock status` shows what is held"]


SAID: "dict[str, Callable[[Session, Answer, str, argparse.Namespace], list[str]]]" = {
    "granted": said_granted,
    "renewed": said_granted,
    "released": said_released,
    "refused": said_refused,
    "lost": said_lost,
    "absent": said_absent,
}


def describe(session: Session, claim: Claim) -> str:
    """A claim in a line: who, what, since when, what for, until when."""
    return words.described(claim, session.engine.clock(), session.names(claim))


def lost_line(session: Session, claim: Claim) -> str:
    """A loss in a line."""
    ago = span(max(0.0, session.engine.clock() - claim["end"]))
    return f"lost {claim['id']}: {claim['mode']} {session.names(claim)}, {ago} ago: {WHY_LOST[claim['ended']]}"


def as_json(session: Session, answer: Answer) -> "dict[str, object]":
    """An answer for programs."""
    now = session.engine.clock()
    return {
        "status": answer["status"],
        "owner": session.owner,
        **({"why": answer["why"]} if "why" in answer else {}),
        **({"cycle": answer["cycle"]} if answer.get("cycle") else {}),
        "claims": [claim_json(session, c, now) for c in answer["claims"]],
        "blockers": [claim_json(session, c, now) for c in answer["blockers"]],
        "lost": [claim_json(session, c, now) for c in answer["lost"]],
    }


def claim_json(session: Session, claim: Claim, now: float) -> "dict[str, object]":
    """A claim for programs, with times as seconds from now."""
    kept = {k: claim[k] for k in ("id", "owner", "mode", "priority", "reason", "fence")}
    kept["resources"] = [session.registry.shown(r) for r in claim["resources"]]
    kept["age"] = round(now - (claim["granted"] if claim["fence"] else claim["since"]), 3)
    if "ended" in claim:
        return {**kept, "ended": claim["ended"], "ago": round(now - claim["end"], 3)}
    return {**kept, "left": round((claim["expires"] if claim["fence"] else claim["deadline"]) - now, 3)}


def _fail(verb: str, what: str, reason: str, code: int) -> int:
    sys.stderr.write(f"onetree lock {verb}: unable to {what}: {reason}\n")
    return code


# The arguments. -----------------------------------------------------------------------------------------------------


def seconds(text: str) -> float:
    """A TIME. Raises ArgumentTypeError."""
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)([smhd]?)", text, re.ASCII)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write seconds, or like 30s, 5m, 2h")
    return float(match[1]) * UNITS[match[2]]


def positive(text: str) -> float:
    """A TIME above 0."""
    value = seconds(text)
    if not 0 < value <= LONGEST_WAIT:
        raise argparse.ArgumentTypeError(f"{text!r} is not more than 0 and at most a day")
    return value


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="for programs: one JSON object a line")
    common.add_argument("--session", default="", help="who you are, if the client does not say: ONETREE_SESSION")
    common.add_argument("--agent", default="", help="which agent of the session: ONETREE_AGENT")
    common.add_argument("--process", type=int, default=0, metavar="PID", help="the lock ends with this process, too")
    asking = argparse.ArgumentParser(add_help=False)
    asking.add_argument("--mode", choices=core.MODES, default=core.WRITE, help="write if not given")
    asking.add_argument("--priority", choices=core.PRIORITIES, default="normal")
    asking.add_argument("--ttl", type=positive, default=core.TTL, metavar="TIME", help="ends after that unless renewed")
    asking.add_argument("--ageing", type=positive, default=core.AGEING, metavar="TIME", help="promoted after each such")
    asking.add_argument("--reason", default="", help="what for: others are shown it")
    result = argparse.ArgumentParser(
        prog="onetree lock", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = result.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(
        name: str, function: "Callable[[Session, argparse.Namespace], int]", *parents: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        text = " ".join((function.__doc__ or "").split())
        sub = verbs.add_parser(name, help=text, description=text, parents=[common, *parents])
        sub.set_defaults(function=function)
        return sub

    for name, function, wait in (("acquire", acquire, 0.0), ("run", run, RUN_WAIT)):
        sub = verb(name, function, asking)
        sub.add_argument("resources", nargs="+", metavar="RESOURCE")
        sub.add_argument(
            "--wait", type=seconds, default=wait, metavar="TIME", help=f"wait at most; {wait:g} if not given"
        )
    for name, function in (("renew", renew), ("release", release)):
        sub = verb(name, function)
        sub.add_argument("chosen", nargs="*", metavar="ID|RESOURCE")
        if name == "renew":
            sub.add_argument("--ttl", type=positive, metavar="TIME")
    verb("status", status).add_argument("--watch", action="store_true", help="a live view; ends with Ctrl-C")
    verb("why", why).add_argument("resource", metavar="RESOURCE")
    verb("break", break_).add_argument("id", type=int, metavar="ID")
    verb("history", history).add_argument("resources", nargs="*", metavar="RESOURCE")
    sub = verb("metrics", metrics)
    sub.add_argument("--openmetrics", action="store_true", help="as the OpenMetrics text format")
    sub.add_argument(
        "--plot", metavar="FILE", help="draw contention over time and waits by resource (needs matplotlib)"
    )
    return result


if __name__ == "__main__":
    sys.exit(main())
