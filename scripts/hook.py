"""Answer an agent's client before and after each of its tool calls: the dispatcher.

usage: onetree hook --platform NAME [--event EVENT]

Reads the client's payload on standard input and prints the answer in the client's own protocol. Clients call it from
their hook configuration (`onetree init` writes it); nobody needs to type it. Bad input, a broken policy and a fault of
its own are refusals with a reason, never a crash: most clients let the tool run when a hook fails (ADR 3).

  --platform NAME   claude, gemini or codex: the dialect in which the hook was registered
  --event EVENT     the event, for a client whose payload does not carry it
"""

import _signal  # `signal` imports `enum`: a third of an empty Python
import os
import sys
import time

from onetree import jsonlite, message, platforms, record, root, utc
from onetree.action import CHANGES, Action
from onetree.guards import ROLLED_OUT, panel
from onetree.platforms import Answer, dialects
from onetree.policy import Policy, PolicyError, load
from onetree.verdict import ALLOW, BLOCK, CHECKPOINT, WARN, Verdict, strongest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

DEADLINE = 5.0  # seconds; every registration's own time-out is longer
# Otherwise `git status` takes index.lock to save what it learnt, and everybody's commits fail meanwhile (git(1)).
NO_LOCKS = b"export GIT_OPTIONAL_LOCKS=0"
LAST_WORDS = 0.5  # seconds more, to write down that the deadline has passed


class Deadline(BaseException):
    """The dispatcher's own time is up. Not an Exception, so that no handler on the way takes it for a fault."""


def main(argv: "list[str] | None" = None) -> int:
    """Run the command; argv without the program's name."""
    argv = sys.argv[1:] if argv is None else argv
    if "--help" in argv or "-h" in argv:
        print((__doc__ or "").strip())
        return 0
    options = _options(argv)
    platform = options.get("--platform", "")
    if platform not in platforms.NAMES:
        sys.stderr.write(f"onetree hook: wrong use: --platform must be one of {', '.join(platforms.NAMES)}\n")
        return 2
    try:
        _signal.signal(_signal.SIGALRM, _on_alarm)
        _signal.setitimer(_signal.ITIMER_REAL, DEADLINE)
        answer = respond(platform, options.get("--event", ""))
        _signal.setitimer(_signal.ITIMER_REAL, 0)
    except Deadline:
        answer = _refuse(
            Action(platform, options.get("--event", ""), "before"), "the time for a decision ran out twice"
        )
    sys.stderr.write(answer.err and answer.err + "\n")
    try:
        sys.stdout.write(answer.out and answer.out + "\n")
        sys.stdout.flush()
    except OSError as e:  # nobody can read the answer, so the exit status must say no
        sys.stderr.write(f"onetree: blocked: the answer could not be written: {e}\n")
        sys.stdout = None
        return 2
    return answer.code


def _options(argv: "list[str]") -> "dict[str, str]":
    words = [w for a in argv for w in (a.split("=", 1) if a.startswith("--") else [a])]
    pairs = dict(zip(words[::2], words[1::2], strict=False))
    return pairs if len(words) % 2 == 0 and set(pairs) <= {"--platform", "--event"} else {}


def _on_alarm(signum: int, frame: "FrameType | None") -> None:  # noqa: ARG001  # a signal handler's form
    raise Deadline


def respond(platform: str, event: str) -> Answer:
    """The answer to the payload on standard input. What goes wrong on the way is a refusal. Raises only Deadline."""
    action = Action(platform, event, "before")
    try:
        action = understand(_stdin(), platform, event)
        tier, text = judge(action)
        return _encode(action, tier, text)
    except Deadline:
        _signal.setitimer(_signal.ITIMER_REAL, LAST_WORDS)
        return _refuse(action, f"the {DEADLINE:g} s for a decision ran out")
    except PolicyError as e:
        return _refuse(action, f"there is no policy to decide by: {e}")
    except Exception as e:
        return _refuse(action, f"a fault of onetree itself: {panel.fault(e)}")


def _stdin() -> bytes:
    """All of standard input, one read more than allowed at the most."""
    parts, size = [], 0
    while size <= jsonlite.MAX_BYTES and (part := os.read(0, 1 << 20)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def understand(raw: bytes, platform: str, event: str) -> Action:
    """The action in a payload; what cannot be understood is one with a defect, before a tool, of that platform."""
    action = Action(platform, event, "before")
    try:
        payload = jsonlite.loads(raw) if len(raw) <= jsonlite.MAX_BYTES else None
    except ValueError as e:
        action.defect = f"the payload cannot be understood: {e}"
        return action
    if not isinstance(payload, dict):
        action.defect = f"the payload is not a JSON object of at most {jsonlite.MAX_BYTES >> 20} MiB"
        return action
    caller = dialects.recognise(payload, platform)
    if caller in platforms.NAMES:
        found: Action = platforms.load(caller).decode(payload, event)
    else:
        found = platforms.load("foreign").decode(payload, caller, event)
    return found


def judge(action: Action) -> "tuple[int, str]":
    """(tier, text for the agent), journalled. Raises PolicyError where there is no policy to decide by."""
    here = _root(action)
    if not here:
        start = action.cwd or _here()
        raise PolicyError(start, [(0, 0, f"no {root.POLICY} here or above; a person can run `onetree init`")])
    state = os.path.join(here, root.STATE)
    policy = load(here, ROLLED_OUT)
    since = utc.now()
    verdicts = _verdicts(action, policy, state)
    auto = bool(policy.locks.get("auto"))
    leased = auto and action.phase == "before" and strongest(verdicts) < BLOCK
    if leased:  # before a person's yes is used up, which is for one call
        verdicts += _lease(action, policy)
    tier, note, extra = strongest(verdicts), action.defect, ""
    if tier == CHECKPOINT:
        tier, note, extra = _checkpoint(action, verdicts, state)
    elif action.phase == "after":
        note = _settled(action, state) or note
    if auto and (action.phase in ("after", "session") or (leased and tier >= CHECKPOINT)):
        note = "; ".join(filter(None, (note, _give_back(action, policy))))
    more, fields, fault = _follow(action, policy, tier, since, verdicts)
    verdicts, tier = verdicts + more, max(tier, strongest(more))
    if tier < BLOCK and (action.command is not None or action.phase == "session"):
        _say_who(action, state)
    if action.event == "SessionStart" and policy.mode("shared-index") != "off":
        _set_variables(action)
    fault = _record(action, here, state, verdicts, tier=tier, note=note, fields=fields) or fault
    if fault and tier < BLOCK and action.phase == "before" and _must_be_recorded(action, policy, verdicts):
        return BLOCK, f"onetree: blocked: this call could not be recorded: {fault}"
    return tier, message.compose(verdicts, tier, here, policy.adrs, extra) if tier > ALLOW else ""


def _root(action: Action) -> str:
    # The client's own variable first: an agent can change its directory, not its client's environment. Another client's
    # may have been inherited, and name another project.
    variables = platforms.load(_module(action)).VARIABLES
    return root.find(*[os.environ.get(v, "") for v in variables], action.cwd, _here()) or ""


def _here() -> str:
    """The directory that the client started this in; "" if somebody has deleted it since."""
    try:
        return os.getcwd()
    except OSError:
        return ""


def _module(action: Action) -> str:
    return action.platform if action.platform in platforms.NAMES else "foreign"


def _verdicts(action: Action, policy: Policy, state: str) -> "list[Verdict]":
    if action.phase == "before" and action.defect:
        return [Verdict(BLOCK, "dispatcher", action.defect, adr=3, adr_home="onetree", way_out=panel.WAY_OUT)]
    if action.phase == "before":
        panel.prepare(action, state)
        return panel.verdicts(action, policy)
    if action.phase == "after" and platforms.load(_module(action)).WARNS_AFTER and not action.defect:
        panel.prepare(action, state)
        return [v for v in panel.verdicts(action, policy) if v.effective == WARN]
    return []


def _checkpoint(action: Action, verdicts: "list[Verdict]", state: str) -> "tuple[int, str, str]":
    """(tier, note for the journal, text for the agent): a pass if a person has said yes to exactly this."""
    from onetree import approvals

    now = time.time()
    try:
        used = approvals.take(state, action, now)
        if used:
            return ALLOW, f"approved {used}", ""
        request = approvals.ask(state, action, [v.reason for v in verdicts if v.effective == CHECKPOINT], now)
    except OSError as e:
        return CHECKPOINT, "", f"The request for approval could not be kept ({e}): a person must make this change."
    name = request["id"]
    if request["status"] == approvals.DENIED:
        return CHECKPOINT, f"denied {name}", f"A person has said no to exactly this (request {name})."
    how = f"A person lets exactly this pass once with `onetree approve {name}`, typed in a terminal of their own"
    return CHECKPOINT, f"waits {name}", f"{how}; then try again. Do something else meanwhile."


def _lease(action: Action, policy: Policy) -> "list[Verdict]":
    """Lock what this call writes; verdicts if somebody else has it (ADR 30)."""
    if not any(e.op in CHANGES for e in action.effects):
        return []
    from . import lock_auto

    return lock_auto.take(action, policy)


def _give_back(action: Action, policy: Policy) -> str:
    """End what _lease() took; a note for the journal, or ""."""
    if action.event == "SubagentStop":  # the others go on
        return ""
    from . import lock_auto

    return lock_auto.give_back(action, policy)


def _settled(action: Action, state: str) -> str:
    """Note for the journal if this call has run although it waited: a person said yes in the client's own dialogue."""
    from onetree import approvals

    if not approvals.any_waiting(state) or action.defect:
        return ""
    panel.prepare(action, state)
    ident = approvals.settle(state, action)
    return f"approved in the client {ident}" if ident else ""


def _follow(
    action: Action, policy: Policy, tier: int, since: str, verdicts: "list[Verdict]"
) -> "tuple[list[Verdict], dict[str, object], str]":
    """(verdicts, fields for the journal, what went wrong or ""): which contents this call meets, or has met."""
    if action.defect or action.phase not in ("before", "after", "session") or tier == BLOCK:
        return [], {}, ""
    if action.phase == "before" and not any(e.op in ("read", "write", "delete", "meta") for e in action.effects):
        return [], {}, ""
    from onetree import flock, observe

    mode = policy.mode("stale-write")
    try:
        if action.phase == "session":
            observe.tidy(policy.state)
            return [], {}, ""
        if action.phase == "after":
            fields, told, again = observe.after(action, policy.root, policy.state)
            return _stale([*(("overtaken", t) for t in told), *(("again", w) for w in again)], mode), fields, ""
        claim = tier < CHECKPOINT  # a person may take their time to answer
        later = platforms.load(_module(action)).WARNS_AFTER  # it hears no warning before
        warned = [(v.path, v.reason) for v in verdicts if later and v.guard == "stale-write" and v.effective == WARN]
        busy, unkept = observe.before(action, policy, since, warned, claim=claim, refuse=mode == "enforce")
        found: list[tuple[str, object]] = [*(("busy", t) for t in busy), *(("unkept", n) for n in unkept)]
        return _stale(found, mode), {}, ""
    except (OSError, flock.FlockError) as e:
        sys.stderr.write(f"onetree hook: unable to follow this call: {e}\n")
        return [], {}, str(e)


def _say_who(action: Action, state: str) -> None:
    """Let the commands of ours that this call runs know which session calls them."""
    ours = "onetree" in (action.command or "") if action.phase != "session" else action.event != "SubagentStop"
    if not ours:
        return
    from onetree import callers

    try:
        callers.note(action, state)
    except OSError as e:
        sys.stderr.write(f"onetree hook: unable to note who calls: {e}\n")


def _set_variables(action: Action) -> None:
    """Let the shells of a session read git's index without locking it, where a client takes variables from a hook."""
    path = os.environ.get(platforms.load(_module(action)).ENVIRONMENT or "-", "")
    if not path:
        return
    try:
        with open(path, "a+b") as f:
            f.seek(0)
            if NO_LOCKS not in f.read():
                f.write(b"\n%b\n" % NO_LOCKS)
    except OSError as e:
        sys.stderr.write(f"onetree hook: unable to write {path}: {e}\n")


def _stale(found: "list[tuple[str, object]]", mode: str) -> "list[Verdict]":
    """What the guard stale-write says of what was met; the first of each pair is its function."""
    if not found or mode == "off":
        return []
    from onetree.guards import stale_write

    says = {
        "overtaken": stale_write.overtaken, "again": stale_write.again, "busy": stale_write.busy,
        "unkept": stale_write.unkept,
    }  # fmt: skip
    return [says[what](it).under(mode) for what, it in found]  # type: ignore[operator]


def _record(
    action: Action, here: str, state: str, verdicts: "list[Verdict]", *, tier: int, note: str,
    fields: "dict[str, object] | None" = None,
) -> str:  # fmt: skip
    """Write the journal; what went wrong, or ""."""
    from onetree import journal

    try:
        journal.append(state, {**record.of(action, here, verdicts, tier, note), **(fields or {})})
    except journal.JournalError as e:
        sys.stderr.write(f"onetree hook: unable to record this call: {e}\n")
        return str(e)
    return ""


def _must_be_recorded(action: Action, policy: Policy, verdicts: "list[Verdict]") -> bool:
    """Whether this may not pass unrecorded: all but plain reads that no guard minds, where guards enforce (ADR 11)."""
    only_reads = bool(action.effects) and all(e.op == "read" for e in action.effects)
    return policy.mode("") == "enforce" and (bool(verdicts) or not only_reads)


def _refuse(action: Action, fact: str) -> Answer:
    """No, because no decision could be made. What is not before a tool cannot be refused: it is only said."""
    text = f"onetree: blocked: {fact}. Way out: {panel.WAY_OUT}."
    here = _root(action)
    if here:
        verdict = Verdict(BLOCK, "dispatcher", fact, adr=3, adr_home="onetree")
        _record(action, here, os.path.join(here, root.STATE), [verdict], tier=BLOCK, note=fact)
    if action.phase != "before":
        return Answer("", text)
    return _encode(action, BLOCK, text)


def _encode(action: Action, tier: int, text: str) -> Answer:
    answer: Answer = platforms.load(_module(action)).encode(action, tier, text)
    return answer
