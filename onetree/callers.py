"""Which session a command of ours was called from, where the client does not tell its shells (Gemini CLI 0.61.0).

Before a shell call that names onetree the dispatcher writes STATE/callers/PID.SESSION.CALL, sealed, where PID is the
client's own process; after the call it deletes it. Whoever is called looks for it at the processes above itself: the
nearest decides, so that a client started by another's shell is not taken for that one.
"""

import os
from _blake2 import blake2b

from onetree import identity, jsonlite, observe, process, sealed
from onetree.action import Action


def note(action: Action, state: str) -> None:
    """Before a call, write down which session it is of; after it, or at an event of the session, forget it.

    Raises OSError.
    """
    if not action.session:
        return
    pid = process.above(os.getppid(), identity.CLIENTS)
    folder = os.path.join(state, observe.CALLERS)
    if not pid or (action.phase != "before" and not os.path.isdir(folder)):
        return
    start = f"{pid}.{_key(action.platform, action.session)}."
    if action.phase == "before":
        os.makedirs(folder, mode=0o700, exist_ok=True)
        said = {"process": process.identity(pid), "platform": action.platform, "session": action.session}
        path = os.path.join(folder, start + observe.call_key(action))
        sealed.store(path, state, jsonlite.dumps(said).encode("ascii"))
        return
    ended = start if action.phase == "session" else start + observe.call_key(action)
    for name in os.listdir(folder):
        if name.startswith(ended):
            os.unlink(os.path.join(folder, name))


def of(pid: int, state: str) -> "tuple[str, str]":
    """(client, session) of the nearest client at or above a process that has a call under way; "" if unknown.

    Of a client's process that has calls of several sessions under way it cannot be told which it is.
    """
    folder = os.path.join(state, observe.CALLERS)
    names = os.listdir(folder) if os.path.isdir(folder) else []
    while names and pid > 1:
        found = {
            who for name in names if name.startswith(f"{pid}.") and (who := _read(os.path.join(folder, name), state))
        }
        if found:
            return found.pop() if len(found) == 1 else ("", "")
        pid = process.parent(pid)
    return "", ""


def _read(path: str, state: str) -> "tuple[str, str] | None":
    data = sealed.fetch(path, state)
    said = jsonlite.loads(data) if data is not None else None
    if not isinstance(said, dict) or process.identity(int(os.path.basename(path).partition(".")[0])) != said["process"]:
        return None  # of a process that has ended, whose number another has now
    return said["platform"], said["session"]


def _key(platform: str, session: str) -> str:
    return blake2b(f"{platform}\0{session}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
