"""What came of one part of a run, in numbers."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stress import history, oplog

PERCENTILES = (50.0, 90.0, 99.0, 99.9)
NAMES = ("p50", "p90", "p99", "p99.9", "max")
MEASURES = ("wait", "hold", "total")  # for the lock; with the lock; from the call to its return
CONTENDED = 20_000  # ns: whoever waited longer has not simply found the lock free
UNITS = {"us": 1e3, "ms": 1e6, "s": 1e9}  # ns

Nanoseconds = NDArray[np.int64]


@dataclass
class Outcome:
    """One part of a scenario with so many agents.

    ours: whether the budget is for it. logs: {agent: what it did}. beside: {what else took time: such logs}.
    counts: of records, faults, and whatever there was. findings: what must not be. missed: where the budget was.
    notes: what a reader should know.
    """

    scenario: str
    part: str
    about: str
    agents: int
    seconds: float = 0.0
    ours: bool = True
    logs: dict[str, history.Entries] = field(default_factory=dict)
    beside: dict[str, dict[str, history.Entries]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    evidence: str = ""
    replay: str = ""

    @property
    def entries(self) -> history.Entries:
        """Of all agents together."""
        return np.concatenate([*self.logs.values(), np.empty(0, history.ENTRY)])

    def others(self) -> "list[Outcome]":
        """What took time beside it, each as an outcome of its own."""
        return [replace(self, part=name, logs=logs, beside={}, counts={}) for name, logs in self.beside.items()]

    def done(self) -> history.Entries:
        """Those that came to a good end."""
        entries = self.entries
        good: history.Entries = entries[entries["status"] == oplog.DONE]
        return good

    def measure(self, name: str) -> Nanoseconds:
        """wait, hold or total of each operation, in ns; empty if that cannot be seen from outside."""
        done = self.done()
        if name == "total":
            return np.asarray(done["told"] - done["begun"])
        seen = done[done["granted"] > 0]
        return np.asarray(seen["granted"] - seen["begun"] if name == "wait" else seen["kept"] - seen["granted"])

    def per_second(self) -> float:
        """Operations that came to a good end, for each second from the first to the last."""
        done = self.done()
        return len(done) / max(1e-9, (done["told"].max() - done["begun"].min()) / 1e9) if len(done) else 0.0

    def contended(self) -> float:
        """Share of the operations that had to wait for the lock."""
        wait = self.measure("wait")
        return float((wait > CONTENDED).mean()) if len(wait) else 0.0

    def as_json(self) -> dict[str, Any]:
        """All but the single operations."""
        return {
            "scenario": self.scenario,
            "part": self.part,
            "agents": self.agents,
            "seconds": round(self.seconds, 3),
            "ours": self.ours,
            "operations": len(self.entries),
            "per_second": round(self.per_second(), 1),
            "contended": round(self.contended(), 4),
            "ns": {name: figures(self.measure(name)) for name in MEASURES},
            "beside": {o.part: figures(o.measure("total")) for o in self.others()},
            "counts": self.counts,
            "notes": self.notes,
            "findings": self.findings,
            "missed": self.missed,
            "evidence": self.evidence,
            "replay": self.replay,
        }


def figures(values: Nanoseconds) -> dict[str, int]:
    """{p50, p90, p99, p99.9, max} in ns; empty of nothing."""
    if not len(values):
        return {}
    found = [*np.percentile(values, PERCENTILES), values.max()]
    return {name: int(value) for name, value in zip(NAMES, found, strict=True)}


def shown(ns: float) -> str:
    """A duration for a person: 870 ns, 2.6 µs, 15 ms, 1.2 s."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.0f} ns"


def parse_budget(text: str) -> dict[tuple[str, str], float]:
    """{(measure, percentile): ns} of "hold=5ms,wait.max=500ms"; p99 if none is said. Raises ValueError."""
    budget = {}
    for item in filter(None, text.split(",")):
        name, equals, value = item.partition("=")
        measure, _, which = name.partition(".")
        unit = next((u for u in UNITS if value.endswith(u)), "")
        number = value.removesuffix(unit)
        if measure not in MEASURES or (which or "p99") not in NAMES or not equals or not unit or not _is_number(number):
            raise ValueError(
                f"{item!r} is no budget: write MEASURE=TIME or MEASURE.PERCENTILE=TIME, where MEASURE is one of "
                f"{', '.join(MEASURES)}, PERCENTILE one of {', '.join(NAMES)} (else p99), TIME like 5ms, 80us, 1s"
            )
        budget[measure, which or "p99"] = float(number) * UNITS[unit]
    return budget


def missed(outcome: Outcome, budget: dict[tuple[str, str], float]) -> list[str]:
    """Where an outcome is over the budget."""
    if not outcome.ours:
        return []
    found = []
    for (measure, which), most in budget.items():
        value = figures(outcome.measure(measure)).get(which, 0)
        if value > most:
            found.append(f"{measure} {which} is {shown(value)}, more than {shown(most)}")
    return found


def _is_number(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False
