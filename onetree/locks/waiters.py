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
MOST_WATCHED = 200  # processes, each a descriptor

ENDED, UNSEEN = -2, -3  # in place of a descriptor: the process has ended, or its end cannot be seen


def processes(claim: "Claim") -> "list[process.Process]":
    """The processes without which a claim is nobody's: who waits for it, or, once it is taken, who has it."""
    one = claim["waiter"] or (claim["fence"] and claim["process"])
    return [one] if one else []


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


class Watch:
    """The processes that are in the way of an engine's claims; each is found once, and then watched by a descriptor."""

    def __init__(self) -> None:
        self._fds: dict[tuple[str, int, str], int] = {}  # by boot, number and start

    def dead(self, claims: "list[Claim]") -> "set[int]":
        """Which of the claims are certainly nobody's any longer."""
        poll, ids = self._poll(claims)
        return {*ids.get(ENDED, ()), *(i for fd, _ in poll.poll(0) for i in ids[fd])}

    def sleep(self, bell: int, blockers: "list[Claim]", seconds: float) -> bool:
        """Sleep until the descriptor can be read, a process of the blockers ends, or the time is up.

        Whether a process has ended.
        """
        poll, ids = self._poll(blockers)
        if ENDED in ids:
            return True
        poll.register(bell, select.POLLIN)
        seconds = min(seconds, UNWATCHED) if UNSEEN in ids else seconds
        ready = poll.poll(int(seconds * 1000) + 1) if seconds > 0 else []
        return any(fd != bell for fd, _ in ready)

    def close(self) -> None:
        """Watch nobody any longer."""
        while self._fds:
            os.close(self._fds.popitem()[1])

    def _poll(self, claims: "list[Claim]") -> "tuple[select.poll, dict[int, list[int]]]":
        """What is ready when a process of the claims ends; the claims by descriptor, or ENDED, or UNSEEN."""
        if len(self._fds) >= MOST_WATCHED:
            self.close()
        poll, ids = select.poll(), dict[int, "list[int]"]()
        for claim in claims:
            for one in processes(claim):
                if process.is_here(one):
                    fd = self._watch(one)
                    if fd >= 0:
                        poll.register(fd, select.POLLIN)
                    ids.setdefault(fd, []).append(claim["id"])
        return poll, ids

    def _watch(self, one: "process.Process") -> int:
        """A descriptor that becomes readable when the process ends (pidfd_open(2)); else ENDED or UNSEEN."""
        key = one["boot"], one["pid"], one["start"]
        if key not in self._fds and len(self._fds) < MOST_WATCHED:
            try:
                fd = os.pidfd_open(one["pid"])
            except (AttributeError, OSError):
                pass
            else:
                self._fds[key] = fd
                if process.is_dead(one):  # the number may be another's by now
                    os.close(self._fds.pop(key))
        return self._fds[key] if key in self._fds else ENDED if process.is_dead(one) else UNSEEN
