"""What all engines know of those who wait: who has ended, whom to wake, and how to sleep until somebody ends."""

import os
import select

from onetree import process
from onetree.locks import core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from onetree.locks.core import Claim, Event, State

UNWATCHED = 1.0  # seconds to sleep at most where the death of a process cannot be waited for


def processes(claim: "Claim") -> "list[process.Process]":
    """The processes without which a claim is nobody's: who waits for it, or, once it is taken, who has it."""
    one = claim["waiter"] or (claim["fence"] and claim["process"])
    return [one] if one else []


def is_dead(claim: "Claim") -> bool:
    """Whether a claim is certainly nobody's any longer."""
    return any(process.is_dead(p) for p in processes(claim))


def to_wake(state: "State", events: "list[Event]") -> "Iterator[int]":
    """The claims for which the waiting is over, and those before which somebody came in: they have more to watch.

    state: as it is after the events.
    """
    claims = {c["id"]: c for c in state["claims"]}
    waiting = core.queue(state)
    for event in events:
        newcomer = claims.get(event["id"])
        if event["event"] in ("granted", *core.ENDS):
            yield event["id"]
        elif event["event"] in ("requested", "promoted") and newcomer:
            for other in waiting:
                if core.place(other) > core.place(newcomer) and core.conflict(other, newcomer):
                    yield other["id"]


def sleep(bell: int, blockers: "list[Claim]", seconds: float) -> bool:
    """Sleep until the descriptor can be read, a process of the blockers ends, or the time is up.

    Whether a process has ended.
    """
    poll = select.poll()
    poll.register(bell, select.POLLIN)
    watched: list[int] = []
    try:
        for pid in {p["pid"]: p for c in blockers for p in processes(c) if process.is_here(p)}:
            fd = _watch(pid)
            if fd < 0:
                seconds = min(seconds, UNWATCHED)
            else:
                watched.append(fd)
                poll.register(fd, select.POLLIN)
        if any(is_dead(c) for c in blockers):
            return True
        ready = poll.poll(int(seconds * 1000) + 1) if seconds > 0 else []
        return any(fd in watched for fd, _ in ready)
    finally:
        for fd in watched:
            os.close(fd)


def _watch(pid: int) -> int:
    """A descriptor that becomes readable when the process ends; -1 where there is none (pidfd_open(2))."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return -1
