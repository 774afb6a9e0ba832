"""One simulated agent: appends records until its time is up, and writes down what it was told.

Its plan is one line of JSON on standard input; it says "ready", and begins when a second line says so:

    who, way, file, log, errors, seed    its name; one of ways.WAYS, or FILE.py:CLASS; where to append, log, complain
    sizes, pause, seconds                of the records (bytes); between them (seconds, on average); how long it goes on
    log_every                            seconds between two writes of the log; 0 for who may be killed
    options, arguments                   for the Appender; for flock-append
    strike                               [number of the record, point, signal], or null
"""

import itertools
import json
import os
import random
import sys
import time
from typing import Any

if __name__ == "__main__":
    # At the end: onetree is what was installed, not what lies in the repository.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from onetree import flock
from stress import follow, oplog, payload, ways

now = time.monotonic_ns
CHUNK = 500  # records made at once


def main() -> int:
    """Read the plan, and carry it out."""
    plan: dict[str, Any] = json.loads(sys.stdin.readline())
    if plan["way"] == "follow":
        return follow.run(plan)
    way = (ways.WAYS.get(plan["way"]) or ways.plugged(plan["way"]))(plan)
    print("ready", flush=True)
    if sys.stdin.readline():
        append_on(plan, way)
    way.close()
    return 0


def append_on(plan: "dict[str, Any]", way: ways.Way) -> None:
    """One record after the other; they are made before, so that the time between two appends is short."""
    pause = plan["pause"]
    rng = random.Random(f"{plan['seed']} {plan['who']}")
    log = oplog.Log(plan["log"], plan["log_every"])
    append, add, strike = way.append, log.add, plan["strike"] or [-1]
    end = now() + int(plan["seconds"] * 1e9)
    over = False
    for chunk in itertools.count():
        for i, data in made(plan, rng, chunk):
            if i == strike[0]:
                way.file.strike = tuple(strike[1:])  # type: ignore[attr-defined]
            granted = kept = 0
            begun = now()
            try:
                granted, kept = append(data)
                status = oplog.DONE
            except flock.LockTimeout as e:
                status = complain(plan, e, oplog.REFUSED)
            except flock.FlockError as e:
                status = complain(plan, e, oplog.FAILED)
            told = now()
            add(i, begun, granted, kept, told, status)
            if pause:
                time.sleep(rng.expovariate(1 / pause))
            over = told >= end
            if over:
                break
        if over:
            break
    log.flush()


def made(plan: "dict[str, Any]", rng: random.Random, chunk: int) -> "list[tuple[int, bytes]]":
    """The next few records, with their numbers."""
    first = chunk * CHUNK
    return [(i, payload.make(plan["who"], i, rng.choice(plan["sizes"]))) for i in range(first, first + CHUNK)]


def complain(plan: "dict[str, Any]", e: Exception, status: int) -> int:
    """Keep what was said; gives the status."""
    with open(plan["errors"], "a", encoding="utf-8") as f:
        f.write(f"{e}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
