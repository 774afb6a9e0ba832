"""Scenario locks: kills, stops, clocks that jump, members that go: no two hold what only one may, and all waits end."""

import itertools
import json
import os
import signal
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from onetree.locks import core, sqlite
from onetree.locks.engine import EngineError
from stress import locker, oplog
from stress.cluster import PROGRAM, Cluster, cluster
from stress.crew import Agent, Crew, crew, ticks
from stress.network import Network, NoNetwork
from stress.outcome import Outcome
from stress.run import Part, Run

POOL = ("src", "src/a", "src/a/x.py", "docs", "docs/x#top", "build")
TTL, WAIT = 1.5, 3.0  # seconds at most
SLACK = 30.0  # seconds that an answer may come later than its wait ends: two time-outs of the store, a loaded machine
MACHINES = 3  # on etcd
MOST = 8  # findings of a kind


def parts(run: Run) -> list[Part]:
    """Each engine."""
    return [
        Part("SQLite", "SIGKILL and SIGSTOP of holders and waiters; the clock on the wall jumps", on_sqlite),
        Part("etcd", "the same on several machines, and members are killed, stopped and started again", on_etcd),
        Part("partition", "the same, and members are cut off from each other, each with its machine", on_islands),
    ]


def on_sqlite(run: Run, part: Part, outcome: Outcome) -> None:
    """Nothing runs, so that nothing can be restarted."""
    carry_out(run, outcome, lambda _: {"directory": os.path.join(run.folder, "state")}, None)


def on_etcd(run: Run, part: Part, outcome: Outcome) -> None:
    """Three members, one of them down half of the time, and now and then two."""
    if not PROGRAM:
        outcome.notes.append("not tried: etcd is not installed; on Debian and Ubuntu: apt install etcd-server")
        return
    with cluster(Path(run.folder) / "etcd") as members:

        def where(n: int) -> "dict[str, Any]":
            machine = os.path.join(run.folder, f"machine-{n % MACHINES}")
            return {"directory": machine, "members": members.members, "prefix": "/stress/"}

        carry_out(run, outcome, where, members)


def on_islands(run: Run, part: Part, outcome: Outcome) -> None:
    """Three members, one of them cut off for most of the time; each machine knows one member only."""
    if not PROGRAM:
        outcome.notes.append("not tried: etcd is not installed; on Debian and Ubuntu: apt install etcd-server")
        return
    try:
        with Network(MACHINES) as network, cluster(Path(run.folder) / "etcd", MACHINES, network) as members:

            def where(n: int) -> "dict[str, Any]":
                machine = os.path.join(run.folder, f"machine-{n % MACHINES}")
                return {"directory": machine, "members": [members.members[n % MACHINES]], "prefix": "/stress/"}

            carry_out(run, outcome, where, members)
    except NoNetwork as e:
        outcome.notes.append(f"not tried: {e}")


def carry_out(run: Run, outcome: Outcome, where: "Any", members: "Cluster | None") -> None:  # noqa: ANN401
    """Let all lock, strike some of them, and look at what they wrote down."""
    with crew(run.folder, run.seed, "locker.py") as agents, ExitStack() as stack:

        def start(n: int) -> Agent:
            holds = os.path.join(run.folder, f"a{n}.{len(agents.agents)}.holds")
            return agents.add(f"a{n}", engine=where(n), holds=holds, pool=POOL, ttl=TTL, wait=WAIT, seconds=run.seconds)

        at_work = [start(n) for n in range(run.agents)]
        agents.begin()
        began = time.monotonic()
        stopped: list[tuple[float, Agent]] = []
        cut = -1
        for turn, _ in enumerate(ticks(run.seconds, agents.rng, 0.05, 0.25)):
            n = agents.rng.randrange(run.agents)
            if turn % 2:
                at_work[n].send(signal.SIGKILL)
                left = max(0.5, run.seconds - (time.monotonic() - began))
                at_work[n] = start(n)
                at_work[n].plan["seconds"] = left
                agents.begin([at_work[n]])
                count(run, "killed")
            elif at_work[n].process.poll() is None:
                at_work[n].send(signal.SIGSTOP)
                stopped.append((time.monotonic() + agents.rng.uniform(0.1, 2 * TTL), at_work[n]))
                count(run, "stopped")
            stopped = resumed(stopped, time.monotonic())
            if members and members.network:
                cut = islands(run, agents, members.network, cut, turn)
            elif members and turn % 10 == 5:
                harm(run, agents, members, turn)
            run.show(agents)
        resumed(stopped, float("inf"))
        if members and members.network and cut >= 0:
            members.network.heal(cut)
        elif members:
            restore(members)
        for agent in at_work:
            agent.end()
        outcome.findings += agents.end()
        outcome.logs = agents.logs()
        outcome.counts |= run.counted
        locks = locker.make(where(0))
        stack.callback(locks.close)
        look(agents, outcome, locks)


def resumed(stopped: "list[tuple[float, Agent]]", until: float) -> "list[tuple[float, Agent]]":
    """Let those go on whose time has come; the others."""
    for when, agent in stopped:
        if when <= until and agent.process.poll() is None:
            with suppress(ProcessLookupError):
                agent.send(signal.SIGCONT)
    return [(when, agent) for when, agent in stopped if when > until]


def harm(run: Run, agents: Crew, members: Cluster, turn: int) -> None:
    """Kill or stop a member, or two, whoever was harmed before being well again."""
    restore(members)
    number = agents.rng.randrange(len(members.members))
    if turn % 30 == 25:
        members.kill((number + 1) % len(members.members))
        count(run, "majority lost")
    if agents.rng.random() < 0.7:
        members.kill(number)
        count(run, "members killed")
    else:
        members.send(number, signal.SIGSTOP)
        count(run, "members stopped")


def islands(run: Run, agents: Crew, network: Network, cut: int, turn: int) -> int:
    """Cut one member off, and heal that some seconds later; the member that is now cut off, or -1."""
    if turn % 30 == 3:
        cut = agents.rng.randrange(network.hosts)
        network.cut(cut)
        count(run, "members cut off")
    elif turn % 30 == 25 and cut >= 0:
        network.heal(cut)
        cut = -1
    return cut


def restore(members: Cluster) -> None:
    """Start whatever was killed, let go on what was stopped."""
    for number, one in enumerate(members.processes):
        if one:
            members.send(number, signal.SIGCONT)
        else:
            members.start(number)


def count(run: Run, what: str) -> None:
    """One more."""
    run.counted[what] = run.counted.get(what, 0) + 1


# What must be so. ---------------------------------------------------------------------------------------------------


def look(agents: Crew, outcome: Outcome, locks: "Any") -> None:  # noqa: ANN401
    """Check what the agents wrote down, and the log against it."""
    holds: list[dict[str, Any]] = []
    counts = {"acknowledged": 0, "refused": 0, "failed": 0}
    for agent in agents.agents:
        found, findings = history(agent)
        holds += found
        outcome.findings += findings[:MOST]
        entries = agent.entries()["status"].tolist()
        for name, status in zip(counts, (oplog.DONE, oplog.REFUSED, oplog.FAILED), strict=True):
            counts[name] += entries.count(status)
    outcome.counts |= counts
    outcome.counts["holds"] = len(holds)
    seen = [h for h in holds if not h["over"]]
    outcome.counts["over when it was seen"] = len(holds) - len(seen)
    outcome.findings += exclusive(seen) + fenced(seen)
    try:
        outcome.findings += logged(holds, locks)
    except EngineError as e:
        outcome.findings.append(f"the log cannot be read: {e}")


def history(agent: Agent) -> "tuple[list[dict[str, Any]], list[str]]":
    """(the holds of an agent, waits of it that did not end)."""
    holds: dict[int, dict[str, Any]] = {}
    asked: dict[int, tuple[int, float]] = {}
    findings = []
    lines = []
    with suppress(FileNotFoundError), open(agent.plan["holds"], encoding="utf-8") as f:
        lines = f.read().split("\n")[:-1]
    for line in lines:
        kind, number, at, *more = json.loads(line)
        if kind == "ask":
            asked[number] = (at, more[0])
        elif kind == "hold":
            last, fence, mode, resources = more
            # Of who was killed while it held, nobody knows for how long it did; certainly at that moment. Who was
            # stopped between the grant and this line has found the lease over: its number would be refused anywhere.
            holds[number] = {"owner": agent.who, "from": at, "to": at, "over": last <= at, "fence": fence,
                             "mode": mode, "resources": resources}  # fmt: skip
        elif kind == "kept":
            holds[number]["to"] = max(holds[number]["from"], at)
        else:
            began, wait = asked.pop(number)
            if at - began > (wait + SLACK) * 1e9:
                findings.append(f"{agent.who}: a wait of {wait:.1f} s took {(at - began) / 1e9:.1f} s")
    if asked and not agent.killed:
        findings.append(f"{agent.who}: a wait never ended")
    return list(holds.values()), findings


def exclusive(holds: "list[dict[str, Any]]") -> list[str]:
    """No two incompatible holds overlap, by the clocks of their holders."""
    findings: list[str] = []
    active: list[dict[str, Any]] = []
    for hold in sorted(holds, key=lambda h: int(h["from"])):
        active = [a for a in active if a["to"] > hold["from"]]
        for other in active:
            if core.conflict(hold, other):
                ns = min(other["to"], hold["to"]) - hold["from"]
                findings.append(f"{shown(other)} and {shown(hold)} were held at once, for {ns} ns")
        active.append(hold)
    return findings[:MOST]


def fenced(holds: "list[dict[str, Any]]") -> list[str]:
    """Of two holds of which the one excludes the other, the later one has the higher number."""
    findings: list[str] = []
    highest: dict[tuple[str, str], dict[str, Any]] = {}  # resource and mode -> the hold with the highest number so far
    for hold in sorted(holds, key=lambda h: int(h["from"])):
        late = [o for o in highest.values() if core.conflict(hold, o) and o["fence"] >= hold["fence"]]
        findings += [f"{shown(hold)} came after {shown(other)}" for other in late]
        for resource in hold["resources"]:
            before = highest.get((resource, hold["mode"]))
            if before is None or before["fence"] < hold["fence"]:
                highest[resource, hold["mode"]] = hold
    return findings[:MOST]


def logged(holds: "list[dict[str, Any]]", locks: "Any") -> list[str]:  # noqa: ANN401
    """The log leads to the state, knows every hold, and gave each number once; and nobody is left."""
    events = list(locks.log())
    findings = []
    if events and events[-1]["seq"] != events[0]["seq"] + len(events) - 1:
        findings.append("the log has gaps")
    grants = [(e["set"]["fence"], e["owner"]) for e in events if e["event"] == "granted"]
    if any(a >= b for (a, _), (b, _) in itertools.pairwise(grants)):
        findings.append("the numbers in the log do not rise")
    known = set(grants)
    unknown = [h for h in holds if (h["fence"], h["owner"]) not in known]
    if unknown and not (events and events[0]["event"] == "state"):
        findings += [f"{shown(h)} is not in the log" for h in unknown[:MOST]]
    state = locks.state()
    if sqlite.replay(locks.log()) != state:
        findings.append("the log does not lead to the state")
    findings += [f"{c['owner']} has ended, and claims {c['resources']}" for c in state["claims"][:MOST]]
    return findings


def shown(hold: "dict[str, Any]") -> str:
    """A hold, in a few words."""
    return f"{hold['owner']}'s {hold['mode']} of {' '.join(hold['resources'])} (number {hold['fence']})"
