"""Checkpoints that wait for a person, and the one pass that a person's yes gives.

A request is one sealed file, STATE/approvals/ID: it is what the person is shown, and an agent can neither forge nor
edit it. It is bound to a fingerprint of who wants to do exactly what; the ID is the fingerprint's beginning, so asking
again for the same thing is the same request.
"""

import os
import time

from onetree import jsonlite, sealed
from onetree.action import Action

FOLDER = "approvals"
VALID = 15 * 60  # seconds for which a yes, or a no, holds
FORGOTTEN = 24 * 3600  # seconds after which a request that nobody answered is dropped
SHOWN = 200_000  # characters of a proposed change that are kept for the person to see
WAITING, APPROVED, DENIED = "waiting", "approved", "denied"


def fingerprint(state: str, action: Action) -> str:
    """32 hexadecimal characters that differ when the agent, the paths, the content or the command differ."""
    effects = sorted(f"{e.op} {e.place.real if e.place else e.why}" for e in action.effects)
    changes = [(c.path, c.old, c.new) for c in action.changes]
    who = (action.platform, action.session, action.agent, action.tool)
    what = repr((who, action.cwd, action.command, effects, changes))
    return sealed.mac(state, what.encode("utf-8", "surrogatepass"))


def ask(state: str, action: Action, reasons: "list[str]", now: float) -> "dict[str, object]":
    """The request for this action: the one on file, or a new one that waits. Raises OSError if it cannot be kept."""
    mark = fingerprint(state, action)
    found = load(state, mark[:8])
    if found and found["fingerprint"] == mark and not _stale(found, now):
        return found
    request: dict[str, object] = {
        "id": mark[:8],
        "fingerprint": mark,
        "status": WAITING,
        "time": now,
        "until": 0.0,
        "platform": action.platform,
        "session": action.session,
        "agent": action.agent,
        "tool": action.tool,
        "cwd": action.cwd,
        "reasons": reasons,
        "command": action.command,
        "effects": [[e.op, e.path or e.why, e.via] for e in action.effects[:100]],
        "changes": [
            [c.path, (c.old or "")[:SHOWN] if c.old is not None else None, c.new[:SHOWN]] for c in action.changes
        ],
    }
    save(state, request)
    return request


def take(state: str, action: Action, now: float) -> "str | None":
    """The ID of the yes that lets this action pass, used up by this call; None if there is none.

    Of several processes that try at once one gets it: it is the one whose rename succeeds.
    """
    mark = fingerprint(state, action)
    found = load(state, mark[:8])
    if not found or found["fingerprint"] != mark or found["status"] != APPROVED or _stale(found, now):
        return None
    path = _path(state, mark[:8])
    used = f"{path}.used-{os.getpid()}"
    try:
        os.rename(path, used)
        os.unlink(used)
    except FileNotFoundError:
        return None
    return mark[:8]


def any_waiting(state: str) -> bool:
    """Whether there may be a request at all: one look at the folder."""
    try:
        return bool(os.listdir(os.path.join(state, FOLDER)))
    except OSError:
        return False


def settle(state: str, action: Action) -> "str | None":
    """The ID of the request that waited for this action, which has run by now; it waits no longer. None if none did."""
    mark = fingerprint(state, action)
    found = load(state, mark[:8])
    if not found or found["fingerprint"] != mark or found["status"] != WAITING:
        return None
    os.unlink(_path(state, mark[:8]))
    return mark[:8]


def answer(state: str, request: "dict[str, object]", status: str, now: float) -> None:
    """Record a person's answer, valid from now for VALID seconds. Raises OSError."""
    save(state, {**request, "status": status, "until": now + VALID})


def load(state: str, name: str) -> "dict[str, object] | None":
    """The request with this ID; None if there is none, or none that this state sealed."""
    if not name.isalnum():
        return None
    data = sealed.fetch(_path(state, name), state)
    value = jsonlite.loads(data) if data is not None else None
    return value if isinstance(value, dict) else None


def waiting(state: str, now: float | None = None) -> "list[dict[str, object]]":
    """All requests that wait for an answer, oldest first. Those that nobody answered in a day are removed."""
    now = time.time() if now is None else now
    try:
        names = os.listdir(os.path.join(state, FOLDER))
    except FileNotFoundError:
        return []
    found = []
    for name in names:
        request = load(state, name)
        if request and _stale(request, now):
            os.unlink(_path(state, name))
        elif request and request["status"] == WAITING:
            found.append(request)
    return sorted(found, key=_time)


def save(state: str, request: "dict[str, object]") -> None:
    """Keep a request. Raises OSError."""
    os.makedirs(os.path.join(state, FOLDER), mode=0o700, exist_ok=True)
    sealed.store(_path(state, str(request["id"])), state, jsonlite.dumps(request).encode())


def _time(request: "dict[str, object]") -> float:
    value = request["time"]
    return value if isinstance(value, float) else 0.0


def _stale(request: "dict[str, object]", now: float) -> bool:
    until = request["until"]
    if request["status"] == WAITING:
        return now > _time(request) + FORGOTTEN
    return not isinstance(until, float) or now > until


def _path(state: str, name: str) -> str:
    return os.path.join(state, FOLDER, name)
