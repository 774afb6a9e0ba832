"""Whether what is in the files is exactly what the agents were told: nothing lost, doubled, torn or out of order."""

import os
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from stress import history, oplog, payload
from stress.crew import Agent

MOST = 8  # findings of one kind that are spelled out


class Found:
    """What is in the files."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self.order: dict[str, list[int]] = {}
        self.strange: list[bytes] = []
        for line in lines:
            name = payload.name(line)
            if name:
                self.order.setdefault(name[0], []).append(name[1])
            elif line != payload.END:
                self.strange.append(line)


def exact(agents: "list[Agent]", lines: Iterable[bytes]) -> tuple[list[str], dict[str, int]]:
    """(findings, counts) for these agents' records, given all lines of the files in order."""
    found = Found(lines)
    findings = [f"a line that nobody wrote, or half of one: {line[:100]!r}" for line in found.strange[:MOST]]
    counts = Counter(acknowledged=0, refused=0, failed=0, lost=0, doubled=0, torn=len(found.strange), disordered=0)
    for agent in agents:
        entries = agent.entries()
        status = dict(zip(entries["i"].tolist(), entries["status"].tolist(), strict=True))
        there = found.order.pop(agent.who, [])
        present, told = set(there), {i for i, s in status.items() if s == oplog.DONE}
        counts["acknowledged"] += len(told)
        counts["refused"] += sum(s == oplog.REFUSED for s in status.values())
        counts["failed"] += sum(s == oplog.FAILED for s in status.values())
        lost = sorted(told - present)
        doubled = [i for i, n in Counter(there).items() if n > 1]
        # The one that was under way when the agent was killed may be there; nothing else that was not told.
        under_way = {len(status)} if agent.killed else set()
        untold = sorted(present - told - under_way)
        counts["lost"] += len(lost)
        counts["doubled"] += len(doubled)
        counts["disordered"] += there != sorted(there)
        findings += _some(agent.who, "was told of, but it is not in the file", lost)
        findings += _some(agent.who, "is in the file twice", doubled)
        findings += _some(agent.who, "is in the file, though its agent was told no", untold)
        if there != sorted(there):
            findings.append(f"{agent.who}: its records are not in its order")
    findings += [f"records of {who}, whom nobody started" for who in found.order]
    return findings, dict(counts)


def exclusive(agents: "list[Agent]") -> list[str]:
    """Whether no two agents held the lock at once, by the agents' own clocks and not by the lock's word."""
    logs = [agent.entries() for agent in agents]
    whole = np.concatenate([log for log in logs if len(log)] or [np.empty(0, history.ENTRY)])
    held = np.sort(whole[whole["granted"] > 0], order="granted")
    over = np.nonzero(held["kept"][:-1] > held["granted"][1:])[0]
    return [
        f"two held the lock at once: {held['kept'][k] - held['granted'][k + 1]} ns from {held['granted'][k + 1]} on"
        for k in over[:MOST].tolist()
    ]


def torn_files(folder: str, name: str, agents: "list[Agent]") -> tuple[list[str], int]:
    """(findings, how many): what was moved aside must be the beginning of a record that nobody was told is there."""
    findings: list[str] = []
    count = 0
    told = {(a.who, int(i)) for a in agents for i in a.entries()["i"][a.entries()["status"] == oplog.DONE]}
    for other in sorted(os.listdir(folder)):
        if other.startswith(f"{name}.torn-"):
            count += 1
            with open(os.path.join(folder, other), "rb") as f:
                data = f.read()
            if not _beginning(data, told):
                findings.append(f"{other} is not the beginning of a record that was under way: {data[:80]!r}")
    return findings, count


def _beginning(data: bytes, told: "set[tuple[str, int]]") -> bool:
    if len(data) < 60:
        return data.startswith(b'{"w":"') or b'{"w":"'.startswith(data)
    words = data.split(b",", 3)
    try:
        who, i, size = (w.split(b":")[1].strip(b'"').decode() for w in words[:3])
        return payload.make(who, int(i), int(size)).startswith(data) and (who, int(i)) not in told
    except (IndexError, ValueError):
        return False


def _some(who: str, what: str, records: "list[Any]") -> list[str]:
    if not records:
        return []
    more = f" and {len(records) - MOST} more" if len(records) > MOST else ""
    return [f"{who}: record {', '.join(map(str, records[:MOST]))}{more} {what}"]
