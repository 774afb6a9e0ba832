"""How contended the locks are: counted from the log of events, pure.

A row is about one resource or one owner. A claim of several resources counts for each of them.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

COUNTS = {  # name -> (the event that counts, what else must be so, the sentence)
    "requests": ("requested", "", "times that somebody asked for a lock"),
    "grants": ("granted", "", "times that a lock was granted"),
    "timeouts": ("timed_out", "", "waits that ended without a grant"),
    "refusals": ("refused", "", "requests that were refused at once, or to break a circle"),
    "promotions": ("promoted", "", "promotions of waiters that had waited long"),
    "upgrades_refused": ("refused", "upgrade", "upgrades refused because another held intent_write"),
    "cycles_refused": ("refused", "cycle", "waits refused because they would have waited for each other"),
    "leases_lost": ("expired", "", "holds that ended because they were not renewed"),
    "broken": ("broken", "", "locks that a person broke"),
}
QUANTILES = (0.5, 0.9, 0.99)


class Row:
    """Numbers of one resource or owner. counts: by COUNTS. waits, holds: seconds, up to the grant and from there."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(COUNTS, 0)
        self.waits: list[float] = []
        self.holds: list[float] = []
        self.held = 0

    def quantile(self, q: float) -> float:
        """The wait that a part q of all grants did not exceed; 1: the longest; 0 if there were none."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else 0.0


class Wait:
    """One stay in the queue: of whom, for what, from when to when (seconds since the epoch), and how it ended."""

    __slots__ = ("begin", "end", "owner", "resources")

    def __init__(self, owner: str, resources: "list[str]", begin: float, end: float) -> None:
        self.owner = owner
        self.resources = resources
        self.begin = begin
        self.end = end


class Metrics:
    """What a log says. resources, owners: rows by name, in order of their names. waits: those that lasted."""

    def __init__(self, events: "Iterable[dict[str, Any]]") -> None:
        self.resources: dict[str, Row] = {}
        self.owners: dict[str, Row] = {}
        self.waits: list[Wait] = []
        since: dict[int, float] = {}
        granted: dict[int, float] = {}
        for event in events:
            if event["event"] == "state":
                self._folded(event["state"], since, granted)
                continue
            kind, ident, t = event["event"], event["id"], event["t"]
            rows = [self.resources.setdefault(r, Row()) for r in event["resources"]]
            rows.append(self.owners.setdefault(event["owner"], Row()))
            for name, (counted, why, _) in COUNTS.items():
                if kind == counted and (not why or event.get("why") == why):
                    for row in rows:
                        row.counts[name] += 1
            if kind == "requested":
                since[ident] = t
            elif kind == "granted":
                granted[ident] = t
                for row in rows:
                    row.waits.append(t - since[ident])
                    row.held += 1
                self._waited(event, since.pop(ident))
            elif "tell" in event:
                begin = granted.pop(ident, None)
                for row in rows:
                    if begin is not None:
                        row.holds.append(t - begin)
                        row.held -= 1
                if begin is None:
                    self._waited(event, since.pop(ident, t))
        self.resources = dict(sorted(self.resources.items()))
        self.owners = dict(sorted(self.owners.items()))

    def _waited(self, event: "dict[str, Any]", begin: float) -> None:
        if event["t"] > begin:
            self.waits.append(Wait(event["owner"], event["resources"], begin, event["t"]))

    def _folded(self, state: "dict[str, Any]", since: "dict[int, float]", granted: "dict[int, float]") -> None:
        """What was held, and waited for, when the log before was folded."""
        for claim in state["claims"]:
            (granted if claim["fence"] else since)[claim["id"]] = claim["granted"] or claim["since"]
            if claim["fence"]:
                for row in [self.owners.setdefault(claim["owner"], Row()),
                            *(self.resources.setdefault(r, Row()) for r in claim["resources"])]:  # fmt: skip
                    row.held += 1


def openmetrics(metrics: Metrics) -> str:
    """The text format of OpenMetrics 1.0."""
    lines: list[str] = []
    tables = (("resource", metrics.resources), ("owner", metrics.owners))
    for label, rows in tables:
        for name, (_, _, text) in COUNTS.items():
            family = f"onetree_lock_{label}_{name}"
            lines += [f"# TYPE {family} counter", f"# HELP {family} {text.capitalize()}."]
            lines += [f'{family}_total{{{label}="{_escaped(k)}"}} {row.counts[name]}' for k, row in rows.items()]
        family = f"onetree_lock_{label}_held"
        lines += [f"# TYPE {family} gauge", f"# HELP {family} Locks that are held."]
        lines += [f'{family}{{{label}="{_escaped(k)}"}} {row.held}' for k, row in rows.items()]
        for what, text in (("wait", "From the request to the grant."), ("hold", "From the grant to its end.")):
            family = f"onetree_lock_{label}_{what}_seconds"
            lines += [f"# TYPE {family} summary", f"# UNIT {family} seconds", f"# HELP {family} {text}"]
            for key, row in rows.items():
                values, one = (row.waits if what == "wait" else row.holds), f'{label}="{_escaped(key)}"'
                if what == "wait":
                    quantiles = (*QUANTILES, 1.0)
                    lines += [f'{family}{{{one},quantile="{q}"}} {row.quantile(q):.6f}' for q in quantiles]
                lines += [f"{family}_count{{{one}}} {len(values)}", f"{family}_sum{{{one}}} {sum(values):.6f}"]
    return "\n".join([*lines, "# EOF"]) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
