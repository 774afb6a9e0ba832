"""One simulated agent in a guarded tree: asks the registered hooks before each tool call, as its client would.

Its plan is one line of JSON on standard input, as a worker's (worker.py), and of its own:

    dialect, session    of the client it stands for
    works               False: the hooks are asked, and nothing is done; True: what may be done, is
    names               of all agents, to hand work over to

Each process of the dispatcher is one entry of its log. What was answered wrongly goes to its errors. At the end it
prints as JSON how many processes there were, what it wrote, and what was handed over.
"""

import json
import os
import random
import sys
import time
from typing import Any

if __name__ == "__main__":
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from demo.agent import EVENTS, Client, perform
from stress import moves, oplog

Json = dict[str, Any]
now = time.monotonic_ns
RECORDS, HANDOFFS = ".onetree/shared/records.jsonl", ".onetree/shared/handoffs.jsonl"


class Caller(Client):
    """A client whose hooks are timed."""

    def __init__(self, plan: Json) -> None:
        super().__init__({**plan, "permission": "bypassPermissions"})
        self.plan = plan
        self.log = oplog.Log(plan["log"])
        self.hooked = 0
        self.records = self.given = 0
        self.done: list[list[Any]] = []
        self.rng = random.Random(f"{plan['seed']} {plan['who']}")

    def run(self, hook: Json, payload: str) -> tuple[str, str]:
        """One process of the dispatcher."""
        begun = now()
        answer = super().run(hook, payload)
        self.log.add(self.hooked, begun, 0, 0, now(), oplog.DONE)
        self.hooked += 1
        return answer

    def ask(self, move: moves.Move) -> None:
        """Fire the hooks of a tool call that is not made."""
        _, _, tool = self.tool(*move[0])
        answer, told = self.fire(EVENTS[self.dialect]["before"], tool)
        self.judge(move, answer, told)

    def work(self, move: moves.Move) -> None:
        """Make a tool call, if it may be made."""
        found = self.call({"do": list(move[0])})
        self.judge(move, found["answer"], found["told"])

    def judge(self, move: moves.Move, answer: str, told: str) -> None:
        """Write down what was answered wrongly."""
        fact = moves.wrong(move, answer, told)
        if fact:
            with open(self.plan["errors"], "a", encoding="utf-8") as f:
                f.write(f"{fact!r}\n")

    def act(self) -> None:
        """One thing that an agent does in a shared tree."""
        what = self.rng.random()
        if what < 0.45:
            self.work(self.rng.choice(moves.HARMFUL))
        elif what < 0.65:
            self.work(self.rng.choice(moves.HARMLESS))
        elif what < 0.75:
            text = f"{self.plan['who']} was here {len(self.done)} times\n"
            self.work((("write", f"work/{self.plan['who']}.txt", text), moves.ALLOW))
        elif what < 0.85:
            self.records += self.append(RECORDS, {"w": self.plan["who"], "i": self.records})
        elif what < 0.92:
            other = self.rng.choice(self.plan["names"])
            self.given += self.append(HANDOFFS, {"from": self.plan["who"], "to": other, "task": self.given})
        else:
            self.take_over()

    def append(self, path: str, record: Json) -> bool:
        """A record for the others, by flock-append in a shell; whether it was acknowledged."""
        command = f"echo '{json.dumps(record)}' | flock-append --stamp --chain {path}"
        found = self.call({"do": ["shell", command]})
        self.judge((("shell", command), moves.ALLOW), found["answer"], found["told"])
        return found["answer"] == "allow" and not found["failed"]

    def take_over(self) -> None:
        """Read what was handed over to this agent since the last time, in order."""
        text, failed = perform("read", [HANDOFFS])
        if failed:
            return
        lines = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
        mine = [[r["from"], r["task"]] for r in lines if r["to"] == self.plan["who"]]
        self.done += mine[len(self.done) :]


def main() -> int:
    """Read the plan, and carry it out."""
    plan: Json = json.loads(sys.stdin.readline())
    caller = Caller(plan)
    print("ready", flush=True)
    sys.stdin.readline()
    end = now() + int(plan["seconds"] * 1e9)
    caller.fire("SessionStart", {"source": "startup"})
    while now() < end:
        if plan["works"]:
            caller.act()
        else:
            caller.ask(caller.rng.choice(moves.EVERY))
    found = {"hooked": caller.hooked, "records": caller.records, "given": caller.given, "done": caller.done}
    print(json.dumps({"who": plan["who"], "session": plan["session"], **found}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
