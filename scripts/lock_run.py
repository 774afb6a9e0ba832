"""What `onetree lock run` does once it has the lock: start the command, renew, pass signals on, give the lock back."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from onetree import process
from onetree.locks.engine import EngineError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .lock import Session

    Claim = dict[str, Any]

LOST = 4
NOT_FOUND, NOT_EXECUTABLE = 127, 126  # as a shell says it
PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
OF_THE_TERMINAL = (signal.SIGINT, signal.SIGQUIT)  # it sends them to all of the foreground itself
MOST_BETWEEN_RENEWALS = 10.0  # seconds: so soon, too, is noticed that a person broke the lock
PR_SET_PDEATHSIG = 1  # prctl(2)


def run(session: "Session", claim: "Claim", command: "list[str]") -> int:
    """Run the command under the claim; its exit code, 128 and the signal that ended it, or 4 if the lock was lost.

    The command inherits no descriptor but the three. It is told by SIGTERM that the lock was lost, or that this process
    was killed; the claim is bound to it, so that it stays held until the command has ended, or its time.
    """
    environment = {
        **os.environ,
        "ONETREE_LOCK": str(claim["id"]),
        "ONETREE_FENCE": str(claim["fence"]),
        # Only so is a lock that the command asks for one of the same owner.
        "ONETREE_SESSION": session.owner.partition("/")[0],
        "ONETREE_AGENT": session.owner.partition("/")[2],
    }
    early: list[int] = []  # what came before there was a child to pass it on to
    for number in PASSED_ON:
        signal.signal(number, lambda n, _: early.append(n))
    try:
        child = subprocess.Popen(command, env=environment, preexec_fn=_die_with(os.getpid()))  # noqa: PLW1509
    except OSError as e:
        session.engine.apply({"op": "release", "owner": session.owner, "ids": [claim["id"]]})
        sys.stderr.write(f"onetree lock run: unable to run {command[0]}: {e.strerror}\n")
        return NOT_FOUND if isinstance(e, FileNotFoundError) else NOT_EXECUTABLE
    for number in PASSED_ON:
        signal.signal(number, lambda n, _: _pass_on(child, n))
    for sent in early:
        _pass_on(child, sent)
    keeper = Keeper(session, claim, child)
    keeper.start()
    code = child.wait()
    keeper.done.set()
    keeper.join()
    try:
        answer = session.engine.apply({"op": "release", "owner": session.owner, "ids": [claim["id"]]})
        lost = keeper.lost or answer["status"] == "lost"
    except EngineError as e:
        sys.stderr.write(f"onetree lock run: unable to give {claim['id']} back: {e}; it ends by itself\n")
        lost = keeper.lost
    if lost:
        text = (
            f"onetree lock run: lost {claim['id']}: {session.names(claim)}, while {command[0]} ran; what it wrote may"
        )
        sys.stderr.write(f"{text} have met others' writes: look before you go on\n")
        return LOST
    return code if code >= 0 else 128 - code


class Keeper(threading.Thread):
    """Renews a claim until it is done, and ends the child when the claim is lost."""

    def __init__(self, session: "Session", claim: "Claim", child: "subprocess.Popen[bytes]") -> None:
        super().__init__(daemon=True)
        self.session = session
        self.claim = claim
        self.child = child
        self.done = threading.Event()
        self.lost = False

    def run(self) -> None:
        """The thread."""
        engine = self.session.registry.engine()
        mine = {"owner": self.session.owner, "id": self.claim["id"], "ids": [self.claim["id"]]}
        expires = self.claim["expires"]
        bound = process.identity(self.child.pid)
        request = {**mine, "op": "bind", "process": bound or self.claim["process"]}
        pause = min(self.claim["ttl"] / 3, MOST_BETWEEN_RENEWALS)
        while True:
            try:
                answer = engine.apply(request)
                self.lost = answer["status"] not in ("granted", "renewed")
                if not self.lost:
                    expires = answer["claims"][0]["expires"]
            except EngineError:  # perhaps it can be told next time; but not later than the lease lasts
                self.lost = engine.clock() >= expires
            if self.lost and process.is_dead(bound):  # somebody has seen its end before we did
                self.lost = False
                break
            if self.lost:
                self.child.send_signal(signal.SIGTERM)
                break
            if self.done.wait(max(0.01, min(pause, expires - engine.clock()))):
                break
            request = {**mine, "op": "renew"}
        engine.close()


def _pass_on(child: "subprocess.Popen[bytes]", number: int) -> None:
    if number in OF_THE_TERMINAL and _in_foreground():
        return
    child.send_signal(number)


def _in_foreground() -> bool:
    try:
        fd = os.open("/dev/tty", os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(fd)


def _die_with(parent: int) -> "Callable[[], None] | None":
    """What the child does before its command: ask to be told when its parent dies. Nothing, where there is no prctl."""
    try:
        prctl = ctypes.CDLL(None).prctl
    except (AttributeError, OSError):
        return None

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)

    return ask
