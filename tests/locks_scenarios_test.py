"""The stories in tests/scenarios/: commands of several agents, and what happened; on every engine the same.

A line `10s bob> acquire src --wait 1m` is a moment, an agent, and a command as behind `onetree lock`; `ann dies` and `a
person breaks 3` are events of the world. The indented lines below are what happened, to the one who asked first.
Written anew by `ONETREE_REWRITE=1 pytest tests/locks_scenarios_test.py`: then read the difference.
"""

import itertools
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from onetree.locks import core, sqlite
from onetree.scripts.lock import parser

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.txt"))
LINE = re.compile(r"([0-9.]+)s (?:(\w+)> (.+)|(\w+) dies|a person breaks (\d+))")

Clock = Callable[[], float]


class Memory:
    """The engine that keeps nothing: the rules alone."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.kept = core.new()
        self.events: list[dict[str, Any]] = []

    def apply(self, request: "core.Request") -> "core.Answer":
        self.kept, events, answer = core.step(self.kept, request, self.clock())
        self.events += events
        return answer

    def log(self) -> "Iterator[dict[str, Any]]":
        return iter(self.events)

    def state(self) -> "core.State":
        return self.kept


@pytest.fixture(params=["rules alone", "SQLite", "etcd"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> "Iterator[Callable[[Clock], Any]]":
    made: list[Any] = []

    def engine(clock: Clock) -> "Any":
        if request.param == "etcd":
            made.append(request.getfixturevalue("etcd").engine(tmp_path, clock=clock, first=0))
        elif request.param == "SQLite":
            made.append(sqlite.SQLite(str(tmp_path), clock=clock))
        else:
            return Memory(clock)
        return made[-1]

    yield engine
    for one in made:
        one.close()


@pytest.mark.parametrize("path", SCENARIOS, ids=[p.stem for p in SCENARIOS])
def test_what_happened(path: Path, make: "Callable[[Clock], Any]") -> None:
    told = path.read_text()
    happened = Story(make).tell(told)
    if os.environ.get("ONETREE_REWRITE"):
        path.write_text(happened)
    assert happened == told


class Story:
    """One scenario, as it is told again."""

    def __init__(self, make: "Callable[[Clock], Any]") -> None:
        self.now = 0.0
        self.engine = make(lambda: self.now)
        self.read = 0  # events of the log that were told

    def tell(self, text: str) -> str:
        """The text with what happens now in place of what it says happened."""
        lines = []
        for line in text.splitlines():
            if line.startswith("    "):
                continue
            lines.append(line)
            if match := LINE.fullmatch(line):
                time, agent, command, dead, broken = match.groups()
                self.now = float(time)
                self.engine.apply({"op": "look"})
                lines += self.news()
                if command:
                    lines += self.command(agent, command)
                elif dead:
                    ids = [c["id"] for c in self.engine.state()["claims"] if c["owner"] == dead]
                    self.engine.apply({"op": "look", "dead": ids})
                else:
                    self.engine.apply({"op": "break", "id": int(broken), "owner": "person", "by": "person"})
                lines += self.news(agent or "", asked=bool(command))
        return "\n".join(lines) + "\n"

    def command(self, agent: str, command: str) -> "list[str]":
        """What the agent is told."""
        args = parser().parse_args(command.split())
        if args.verb == "acquire":
            request = {"op": "acquire", "resources": args.resources, "mode": args.mode, "priority": args.priority,
                       "ttl": args.ttl, "wait": args.wait, "ageing": args.ageing, "reason": args.reason}  # fmt: skip
        else:
            ids = [int(t) for t in args.chosen if t.isdecimal()]
            names = [t for t in args.chosen if not t.isdecimal()]
            request = {"op": args.verb, "ids": ids, "resources": names, "ttl": getattr(args, "ttl", None)}
        answer = self.engine.apply({**request, "owner": agent})
        lines = [f"    {self.said(answer)}"]
        lines += [f"    told: lost {c['id']}, {c['ended']}" for c in answer["lost"] if answer["status"] != "lost"]
        return lines

    def said(self, answer: "core.Answer") -> str:
        rivals = ", ".join(dict.fromkeys(b["owner"] for b in answer["blockers"]))
        names = [f"{c['id']} {c['mode']} {' '.join(c['resources'])}" for c in answer["claims"]]
        status = answer["status"]
        if status == "granted":
            return f"granted {names[0]}, fence {answer['claims'][0]['fence']}"
        if status == "waiting":
            return f"waits {names[0]}, for {rivals}"
        if status == "refused":
            circle = " -> ".join(f"{owner} ({' '.join(resources)})" for owner, resources in answer.get("cycle", ()))
            return f"refused: {answer['why']}, {circle or rivals}"
        if status == "lost":
            return f"lost {names[0]}: {answer['why']}{f'; {rivals} has it' if rivals else ''}"
        return f"{status} {'; '.join(names)}".strip()

    def news(self, agent: str = "", *, asked: bool = False) -> "list[str]":
        """What happened to the others, and by itself; waiters hear of it as their commands would, by asking."""
        events = list(self.engine.log())
        lines = []
        for event in itertools.islice(events, self.read, None):
            kind, ident, owner = event["event"], event["id"], event["owner"]
            if kind in ("requested", "queued", "taken", "forgotten", "renewed", "bound") or (asked and owner == agent):
                continue
            at = f"at {event['t']:g}s " if event["t"] != self.now else ""
            what = {"promoted": "is promoted", "timed_out": "has waited long enough", "dead": "is gone"}.get(kind, kind)
            if kind == "promoted":
                what += f" to {core.PRIORITIES[event['set']['rank']]}"
            if kind == "granted":
                what += f", fence {event['set']['fence']}"
            more = f", {event['why']}" if event.get("why") else ""
            lines.append(f"    {at}{owner}: {ident} {' '.join(event['resources'])} {what}{more}")
        self.read = len(events)
        for event in events:
            if event["event"] == "granted" or (event["event"] in core.ENDS and event["tell"] and not event["held"]):
                self.engine.apply({"op": "poll", "id": event["id"], "owner": event["owner"]})
        self.read = len(list(self.engine.log()))
        return lines
