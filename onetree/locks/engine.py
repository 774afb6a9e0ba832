"""What keeps the state of the locks: the protocol of an engine, and asking it until a lock is granted or refused."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Protocol

    from onetree.locks.core import Answer, Request, State

    class Engine(Protocol):
        """A place where the state is kept, and steps of the core are made one after the other.

        One object is for one thread. Every method raises EngineError when it cannot tell; nothing has then changed.
        """

        def apply(self, request: Request) -> Answer:
            """Make one step, atomic and durable: read the state, step, write it with the events; or nothing at all.

            The engine adds "dead" to the request: the ids of those of the blockers whose process has ended. A claim
            that waits when this returns will wake wait(), whatever happens after.
            """

        def wait(self, answer: Answer) -> None:
            """Sleep until something may have changed for the waiting claim of this answer, answer["wake"] at latest."""

        def state(self) -> State:
            """All of the state, as of now."""

        def log(self) -> Iterator[dict[str, Any]]:
            """The events from the first on, each with "seq" and "at", the time in UTC."""

        def clock(self) -> float:
            """The now of its steps, in seconds."""

        def close(self) -> None:
            """Let go of files and connections; locks are kept."""


class EngineError(Exception):
    """The locks cannot be read or written; the text names the place, the fact and the way out."""


def acquire(engine: "Engine", request: "Request") -> "Answer":
    """Ask for a lock (a request of core.acquire without "op"), wait as long as it says; granted, refused or lost.

    Leaves the queue when it is interrupted. Raises EngineError, core.WrongRequest.
    """
    ident = 0
    try:
        answer = engine.apply({**request, "op": "acquire"})
        lost = answer["lost"]
        while answer["status"] == "waiting":
            ident = answer["claims"][0]["id"]
            engine.wait(answer)
            answer = engine.apply({"op": "poll", "id": ident, "owner": request["owner"]})
    except BaseException:
        _withdraw(engine, request, ident)
        raise
    return {**answer, "lost": lost}


def _withdraw(engine: "Engine", request: "Request", ident: int) -> None:
    """Take back what this process waits for. ident: the claim's number, 0 if it was interrupted before it was told."""
    owner, waiter = request["owner"], request.get("waiter")
    try:
        claims = [c for c in engine.state()["claims"] if c["owner"] == owner]
        mine = [c["id"] for c in claims if c["id"] == ident or (c["waiter"] and c["waiter"] == waiter)]
        if mine:
            engine.apply({"op": "release", "ids": mine, "owner": owner})
    except EngineError:
        pass  # the first error is the one to tell; whoever comes next sees that this process has ended
