"""One simulated agent that asks for locks until its time is up, and writes down when it held what, by its own clock.

Its plan is one line of JSON on standard input, as worker.py's; and

    engine   {"directory"} for SQLite, and {"members", "prefix"} for etcd
    holds    where it writes, a line at once: ["ask", n, ns, wait], ["hold", n, ns, its end at latest, fence, mode,
             resources], ["kept", n, ns], ["end", n, ns, status]
    pool     resources; ttl, wait: seconds at most

The clock on the wall is set by up to a day between any two looks at it.
"""

import json
import os
import random
import sys
import time
from typing import Any

if __name__ == "__main__":
    # At the end: onetree is what was installed, not what lies in the repository.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from onetree import process
from onetree.locks import core, engine, etcd, sqlite
from onetree.locks.engine import EngineError
from onetree.locks.etcd_client import Client
from stress import oplog

now = time.monotonic_ns
MODES = (core.WRITE, core.WRITE, core.READ, core.INTENT)
STATUS = {"granted": oplog.DONE, "refused": oplog.REFUSED, "lost": oplog.REFUSED, "absent": oplog.REFUSED}


def main() -> int:
    """Read the plan, and carry it out."""
    plan: dict[str, Any] = json.loads(sys.stdin.readline())
    rng = random.Random(f"{plan['seed']} {plan['who']}")
    jump(rng)
    locks = make(plan["engine"])
    print("ready", flush=True)
    if sys.stdin.readline():
        Locker(plan, rng, locks).go_on()
    locks.close()
    return 0


def make(where: "dict[str, Any]") -> "Any":  # noqa: ANN401  an engine, with its log
    """The engine of a plan."""
    if "members" in where:
        return etcd.Etcd(Client([tuple(m) for m in where["members"]]), where["directory"], prefix=where["prefix"])
    return sqlite.SQLite(where["directory"])


def jump(rng: random.Random) -> None:
    """Set the clock on the wall at every look."""
    real = time.time
    time.time = lambda: real() + rng.uniform(-86_400, 86_400)
    time.time_ns = lambda: int(time.time() * 1e9)


class Locker:
    """What the agent does."""

    def __init__(self, plan: "dict[str, Any]", rng: random.Random, locks: "Any") -> None:  # noqa: ANN401
        self.plan, self.rng, self.locks = plan, rng, locks
        self.fd = os.open(plan["holds"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.log = oplog.Log(plan["log"])
        self.me = process.identity(os.getpid())

    def go_on(self) -> None:
        """One lock after the other."""
        end, number = now() + int(self.plan["seconds"] * 1e9), 0
        while now() < end:
            begun = now()
            try:
                status = STATUS[self.once(number)]
            except EngineError as e:
                status = oplog.FAILED
                with open(self.plan["errors"], "a", encoding="utf-8") as f:
                    f.write(f"{e}\n")
            told = now()
            self.note("end", number, told, status)
            self.log.add(number, begun, 0, 0, told, status)
            number += 1

    def once(self, number: int) -> str:
        """Ask for something, hold it a while, give it back; what came of it."""
        rng = self.rng
        wait, ttl = rng.choice((0.0, rng.uniform(0, self.plan["wait"]))), rng.uniform(0.3, 1) * self.plan["ttl"]
        mode, resources = rng.choice(MODES), rng.sample(self.plan["pool"], rng.choice((1, 1, 2)))
        self.note("ask", number, now(), wait)
        request = {"owner": self.plan["who"], "resources": resources, "mode": mode, "wait": wait, "ttl": ttl,
                   "priority": rng.choice(core.PRIORITIES), "ageing": 1.0, "process": self.me,
                   "waiter": self.me}  # fmt: skip
        answer = engine.acquire(self.locks, request)
        if answer["status"] != "granted":
            return str(answer["status"])
        claim, seen = answer["claims"][0], now()
        last = seen + int((claim["expires"] - self.locks.clock()) * 1e9)
        self.note("hold", number, seen, last, claim["fence"], mode, claim["resources"])
        time.sleep(rng.choice((0, rng.uniform(0, 0.02))))
        if rng.random() < 0.2:
            renewed = self.locks.apply({"op": "renew", "owner": self.plan["who"], "ids": [claim["id"]]})
            if renewed["status"] == "renewed":
                last = now() + int((renewed["claims"][0]["expires"] - self.locks.clock()) * 1e9)
        self.note("kept", number, min(now(), last))
        return {"released": "granted"}.get(
            self.locks.apply({"op": "release", "owner": self.plan["who"], "ids": [claim["id"]]})["status"], "lost"
        )

    def note(self, *fields: object) -> None:
        """One line, at once."""
        os.write(self.fd, json.dumps(fields).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main())
