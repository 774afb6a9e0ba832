"""What the dispatcher does where the policy says `locks: {auto: true}`: a short write lease around each tool call.

The lease is taken before the call, on what it certainly writes, and given back after it. Where a client sends nothing
after a call (the person said no in its dialogue), the lease ends by itself. The agents of one session are kept apart by
the id that the client's payload gives them, where it does; what the session has locked is for all of them.
"""

import os

from onetree import identity, process
from onetree.action import CHANGES, Action
from onetree.guards import lock_guard
from onetree.locks import core, engine, fence, registry
from onetree.policy import Policy
from onetree.verdict import BLOCK, Verdict
from onetree.visible import visible

TTL = 30.0  # seconds: longer than a file tool takes; a longer command loses it, which harms nobody who reads again
WAIT = 1.0  # seconds, of the dispatcher's own few: most that is in the way is another's lease of the same sort
RETRY = "try again; where it stays so, a person can run `onetree lock status`"


def take(action: Action, policy: Policy) -> "list[Verdict]":
    """Lock what a prepared action would write; the verdict, under its mode, if that cannot be done."""
    mode, locks = policy.mode(lock_guard.NAME), fence.Registry(policy)
    effects = [e for e in action.effects if e.op in CHANGES and e.certain and locks.resource(e)]
    if mode == "off" or not effects:
        return []
    what = f"{action.tool} would write {', '.join(dict.fromkeys(e.written for e in effects))}"
    try:
        answer = _ask(action, policy, locks, [locks.resource(e) for e in effects])
    except engine.EngineError as e:
        reason = f"{what}, and its lock could not be taken: {e}"
        found = Verdict(BLOCK, lock_guard.NAME, reason, adr=3, adr_home="onetree", way_out=RETRY)
        return [found.under(mode)]
    if answer["status"] == "granted":
        return []
    locks.now = max(locks.now, process.clock())
    found = lock_guard.held(BLOCK, what, locks, answer["blockers"] or answer["claims"])
    if answer.get("why") == "upgrade":
        found.way_out = "`onetree lock release` gives back all that you hold; read again, then ask for write at once"
    return [found.under(mode)]


def _ask(action: Action, policy: Policy, locks: fence.Registry, resources: "list[str]") -> "core.Answer":
    session = fence.session(action)
    client = process.above(os.getppid(), identity.CLIENTS)
    mine = [
        c
        for c in locks.state["claims"]
        if c["fence"]
        and fence.of(c, session)
        and not c["reason"].startswith(fence.AUTOMATIC)
        and any(core.overlap(a, b) for a in c["resources"] for b in resources)
    ]
    request = {
        # Under the name by which the session holds the place already, so that it is not in its own way.
        "owner": mine[0]["owner"] if mine else _owner(action) or f"{action.platform}-{client or os.getppid()}",
        "resources": resources,
        "mode": core.WRITE,
        "ttl": TTL,
        "wait": WAIT,
        "reason": _reason(action),
        "process": process.identity(client) if client else None,
        "waiter": process.identity(os.getpid()),
    }
    keeper = registry.of_tree(policy.root, policy.locks).engine()
    try:
        return engine.acquire(keeper, request)
    finally:
        keeper.close()


def _owner(action: Action) -> str:
    session = fence.session(action)
    return visible(f"{session}/{action.agent}") if session and action.agent else session


def _reason(action: Action) -> str:
    return f"{fence.AUTOMATIC}{action.tool} {action.call_id}".rstrip() + _by(action)


def _by(action: Action) -> str:
    return f" by {action.agent}" if action.agent else ""


def give_back(action: Action, policy: Policy) -> str:
    """End the leases of this call, or those of all calls at the end of an agent; a note for the journal, or ""."""
    locks, session, one = fence.Registry(policy), fence.session(action), action.phase in ("before", "after")
    mine = [
        c
        for c in [*locks.state["claims"], *locks.state["gone"]]
        if fence.of(c, session)
        and (
            c["reason"] == _reason(action)
            if one
            else c["reason"].startswith(fence.AUTOMATIC) and (not action.agent or c["reason"].endswith(_by(action)))
        )
    ]
    if not mine:
        return ""
    notes = []
    try:
        keeper = registry.of_tree(policy.root, policy.locks).engine()
        for claim in mine:
            answer = keeper.apply({"op": "release", "owner": claim["owner"], "ids": [claim["id"]]})
            if answer["status"] == "lost":
                notes.append(f"the lease of {locks.names(claim)} had ended before: {answer['why']}")
        keeper.close()
    except engine.EngineError as e:
        notes.append(f"the lease was not given back, and ends by itself: {e}")
    return "; ".join(notes)
