"""What a lock costs: acquire and release by API and by command, beside other locks, and how that grows.

usage: bench/locks.py [--cycles N] [--json] [--plot FILE] [--no-growth]

All run in one go, one after the other, in turns; times include the waiting. With ten contenders all want the same lock,
and give it back at once. Exit status 1 if a bound is missed. etcd's part is left out, saying so, where it is missing.
"""

import argparse
import fcntl
import json
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

sys.path.append(str(Path(__file__).parent.parent))

from onetree import process
from onetree.locks import engine, etcd, sqlite
from onetree.locks.etcd_client import Client
from stress.cluster import PROGRAM, cluster

BIN = Path(sys.executable).parent
CONTENDERS = 10
HELD = (10, 100, 1000)  # locks of others
AGENTS = (1, 10, 100)
WAIT = 120.0  # seconds
P99, WORST = 0.020, 0.5  # seconds: an acquire of ours by API with ten contenders, on SQLite
BESIDE_ETCD = 1.5  # times etcd's own lock service
ROUNDS = 7  # of these two
GROWTH = {"held": 5.0, "agents": 20.0}  # times the cost, for a hundred times as many: well below linear


class Lock(Protocol):
    """What is measured."""

    def acquire(self) -> object:
        """Take it."""

    def release(self) -> object:
        """Give it back."""


class Ours:
    """onetree by its API."""

    def __init__(self, where: "dict[str, Any]") -> None:
        self.engine = make_engine(where)
        self.owner = f"agent-{os.getpid()}"
        me = process.identity(os.getpid())
        self.request = {"owner": self.owner, "resources": [where["resource"]], "wait": WAIT,
                        "process": me, "waiter": me}  # fmt: skip

    def acquire(self) -> None:
        """Take it."""
        answer = engine.acquire(self.engine, self.request)
        assert answer["status"] == "granted", answer

    def release(self) -> None:
        """Give it back."""
        self.engine.apply({"op": "release", "owner": self.owner})


class Command:
    """onetree by its command, two processes for each cycle."""

    def __init__(self, where: "dict[str, Any]") -> None:
        self.tree = where["tree"]
        self.who = ["--session", f"agent-{os.getpid()}"]

    def acquire(self) -> None:
        """Take it."""
        self._run("acquire", "src", "--wait", str(int(WAIT)))

    def release(self) -> None:
        """Give it back."""
        self._run("release")

    def _run(self, *words: str) -> None:
        subprocess.run(
            [BIN / "onetree", "lock", *words, *self.who], cwd=self.tree, check=True, stdout=subprocess.DEVNULL
        )


class FlockCommand:
    """flock(1) around true(1): one process that takes it, and gives it back by ending."""

    def __init__(self, where: "dict[str, Any]") -> None:
        self.path = os.path.join(where["folder"], "flock-command")

    def acquire(self) -> None:
        """Take it, and give it back."""
        subprocess.run(["flock", self.path, "true"], check=True)

    def release(self) -> None:
        """It was."""


class Bare:
    """flock(2) on an open file."""

    def __init__(self, where: "dict[str, Any]") -> None:
        self.fd = os.open(os.path.join(where["folder"], "bare"), os.O_RDWR | os.O_CREAT)

    def acquire(self) -> None:
        """Take it."""
        fcntl.flock(self.fd, fcntl.LOCK_EX)

    def release(self) -> None:
        """Give it back."""
        fcntl.flock(self.fd, fcntl.LOCK_UN)


def with_filelock(where: "dict[str, Any]") -> Lock:
    """filelock.FileLock, which polls."""
    import filelock

    return filelock.FileLock(os.path.join(where["folder"], "filelock"), timeout=WAIT)


def with_portalocker(where: "dict[str, Any]") -> Lock:
    """portalocker.Lock, which polls."""
    import portalocker

    return portalocker.Lock(os.path.join(where["folder"], "portalocker"), "ab", timeout=WAIT)


class Row:
    """A row of an SQLite table, asked for again and again."""

    def __init__(self, where: "dict[str, Any]") -> None:
        self.db = sqlite3.connect(os.path.join(where["folder"], "row.db"), isolation_level=None, timeout=WAIT)
        self.db.execute("pragma journal_mode = wal")
        self.db.execute("pragma synchronous = normal")
        self.db.execute("create table if not exists lock (id integer primary key, owner integer)")
        self.db.execute("insert or ignore into lock values (1, 0)")

    def acquire(self) -> None:
        """Take it."""
        while self.db.execute("update lock set owner = ? where owner = 0", (os.getpid(),)).rowcount == 0:
            time.sleep(random.uniform(0.001, 0.005))

    def release(self) -> None:
        """Give it back."""
        self.db.execute("update lock set owner = 0")


class Service:
    """etcd's own lock service, by the same gateway; under a lease, as it is meant to be used."""

    def __init__(self, where: "dict[str, Any]") -> None:
        self.client = Client([tuple(m) for m in where["members"]])
        self.lease = self.client.lease(60, time.monotonic() + WAIT)
        self.key = ""

    def acquire(self) -> None:
        """Take it."""
        body = {"name": "YmVuY2g=", "lease": self.lease}
        self.key = self.client.call("/v3/lock/lock", body, time.monotonic() + WAIT)["key"]

    def release(self) -> None:
        """Give it back."""
        self.client.call("/v3/lock/unlock", {"key": self.key}, time.monotonic() + WAIT)


# name -> (what, cycles of one process as a part of --cycles)
LOCKS: "dict[str, tuple[Any, float]]" = {
    "onetree, SQLite": (Ours, 1), "onetree, etcd": (Ours, 0.5), "etcd lock service": (Service, 0.5),
    "bare flock": (Bare, 1), "filelock": (with_filelock, 1), "portalocker": (with_portalocker, 1),
    "bare SQLite row": (Row, 1), "onetree lock (command)": (Command, 0.1), "flock(1)": (FlockCommand, 0.1),
}  # fmt: skip
OF_ETCD = ("onetree, etcd", "etcd lock service")

Times = "dict[str, list[float]]"


def make_engine(where: "dict[str, Any]") -> "engine.Engine":
    """An engine of ours."""
    directory = os.path.join(where["folder"], "state")
    if "etcd" in where["name"]:
        return etcd.Etcd(Client([tuple(m) for m in where["members"]]), directory, prefix=where["folder"] + "/")
    return sqlite.SQLite(directory)


def work(where: "dict[str, Any]") -> None:
    """One process: so many cycles when told to; seconds of each acquire and release on standard output."""
    lock = LOCKS[where["name"]][0](where)
    lock.acquire()
    lock.release()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    now, acquires, releases = time.perf_counter, [], []
    for _ in range(where["cycles"]):
        a = now()
        lock.acquire()
        b = now()
        lock.release()
        acquires.append(b - a)
        releases.append(now() - b)
    sys.stdout.write(json.dumps({"acquire": acquires, "release": releases}) + "\n")


def contend(where: "dict[str, Any]", processes: int, *, apart: bool = False) -> "dict[str, Any]":
    """The times of so many processes that begin together. apart: each wants a lock of its own."""
    children = []
    for n in range(processes):
        plan = {**where, "resource": f"r{n}" if apart else "r"}
        argv = [sys.executable, os.path.abspath(__file__), "--work", json.dumps(plan)]
        children.append(subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    try:
        return timed(children, where["name"])
    finally:
        for child in children:
            child.kill()
            child.wait()


def timed(children: "list[subprocess.Popen[str]]", name: str) -> "dict[str, Any]":
    """What contend() gives."""
    for child in children:
        assert child.stdout
        assert child.stdout.readline(), f"{name} failed"
    began = time.perf_counter()
    for child in children:
        assert child.stdin
        child.stdin.write("go\n")
        child.stdin.flush()
    told = [json.loads(child.communicate()[0]) for child in children]
    took = time.perf_counter() - began
    found = {kind: sorted(t for one in told for t in one[kind]) for kind in ("acquire", "release")}
    both = sorted(a + r for one in told for a, r in zip(one["acquire"], one["release"], strict=True))
    return {**found, "both": both, "per_second": len(both) / took}


def part(values: "list[float]", share: float) -> float:
    """A percentile of sorted values."""
    return values[min(len(values) - 1, int(share * len(values)))]


class Report:
    """What was found, and how much of it was not as it should be."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.missed = 0

    def times(self, name: str, processes: int, found: "dict[str, Any]") -> None:
        """One kind of lock."""
        figures = {
            f"{kind}_{label}": part(found[kind], share)
            for kind in ("acquire", "release")
            for label, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
        }
        if self.as_json:
            print(json.dumps({"case": name, "processes": processes, "per_second": found["per_second"], **figures}))
            return
        ms = [f"{1000 * v:8.2f}" for v in figures.values()]
        print(f"     {name:24} {processes:3}  {' '.join(ms)}  {found['per_second']:9,.0f}/s", flush=True)

    def bound(self, what: str, value: float, most: float, unit: str) -> None:
        """One target."""
        slow = value > most
        self.missed += slow
        if self.as_json:
            print(json.dumps({"case": what, "value": value, "bound": most, "unit": unit}))
        else:
            print(f"{'SLOW' if slow else 'ok  '} {what}: {value:.2f} {unit} (bound {most:g} {unit})", flush=True)


def compare(base: "dict[str, Any]", cycles: int, report: Report) -> None:
    """All locks side by side."""
    if not report.as_json:
        heads = [f"{kind} {label}" for kind in ("acq", "rel") for label in ("p50", "p99", "max")]
        print(f"     {'milliseconds':24}      {' '.join(f'{h:>8}' for h in heads)}")
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for processes in (1, CONTENDERS):
        for name, (_, share) in LOCKS.items():
            if name in OF_ETCD and not base["members"]:
                continue
            each = max(5, int(cycles * share / (1 if processes == 1 else 4)))
            found[name, processes] = contend({**base, "name": name, "cycles": each}, processes)
            report.times(name, processes, found[name, processes])
    ours = found["onetree, SQLite", CONTENDERS]["acquire"]
    report.bound("acquire p99, SQLite, ten contenders", 1000 * part(ours, 0.99), 1000 * P99, "ms")
    report.bound("acquire worst, SQLite, ten contenders", 1000 * ours[-1], 1000 * WORST, "ms")
    for processes in (1, CONTENDERS) if base["members"] else ():
        ratio = beside_etcd(base, processes, max(5, cycles // 8 // processes))
        report.bound(f"onetree on etcd beside its lock service, {processes} processes", ratio, BESIDE_ETCD, "x")


def beside_etcd(base: "dict[str, Any]", processes: int, cycles: int) -> float:
    """How many times the mean cost of etcd's own ours is: the median of some rounds, in each of which both run."""
    ratios: list[float] = []
    for _ in range(ROUNDS):
        mine, theirs = (contend({**base, "name": name, "cycles": cycles}, processes)["both"] for name in OF_ETCD)
        ratios.append(statistics.mean(mine) / statistics.mean(theirs))
    return statistics.median(ratios)


def growth(base: "dict[str, Any]", cycles: int, report: Report) -> "dict[str, dict[str, list[float]]]":
    """Seconds of a cycle beside so many held locks, and with so many agents at work, each at its own lock."""
    found: dict[str, dict[str, list[float]]] = {}
    for name in ("onetree, SQLite", "onetree, etcd") if base["members"] else ("onetree, SQLite",):
        costs: dict[str, list[float]] = {"held": [], "agents": []}
        for number in HELD:
            where = {**base, "folder": tempfile.mkdtemp(dir=base["folder"]), "name": name}
            one = make_engine(where)
            for n in range(number):
                engine.acquire(one, {"owner": f"o{n % 100}", "resources": [f"held/{n}/x.py"], "wait": 0.0, "ttl": 3600})
            one.close()
            both = contend({**where, "cycles": cycles}, 1)["both"]
            costs["held"].append(part(both, 0.5))
        for number in AGENTS:
            where = {**base, "folder": tempfile.mkdtemp(dir=base["folder"]), "name": name}
            costs["agents"].append(
                1 / contend({**where, "cycles": max(5, cycles // number)}, number, apart=True)["per_second"]
            )
        for what, values in costs.items():
            numbers = HELD if what == "held" else AGENTS
            if not report.as_json:
                shown = ", ".join(f"{n}: {1000 * v:.2f} ms" for n, v in zip(numbers, values, strict=True))
                print(f"     {name}, a cycle by {what}: {shown}")
            report.bound(
                f"{name}, cost with {numbers[-1]} {what} beside {numbers[0]}", values[-1] / values[0], GROWTH[what], "x"
            )
        found[name] = costs
    return found


def plot(found: "dict[str, dict[str, list[float]]]", path: str) -> None:
    """Draw how it grows."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    for axis, what, numbers, title in zip(
        axes, ("held", "agents"), (HELD, AGENTS), ("locks held by others", "agents, each at its own lock"), strict=True
    ):
        for name, costs in found.items():
            axis.loglog(numbers, [1000 * v for v in costs[what]], marker="o", label=name)
            linear = [1000 * costs[what][0] * n / numbers[0] for n in numbers]
            axis.loglog(numbers, linear, color="0.8", linestyle=":", label="_")
        axis.set_xlabel(title)
    axes[0].set_ylabel("ms for acquire and release\n(dotted: linear)")
    axes[0].legend()
    figure.savefig(path)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cycles", type=int, default=800, help="of one process (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--plot", metavar="FILE", help="draw how the cost grows")
    parser.add_argument("--no-growth", action="store_true", help="only the comparison")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(json.loads(options.work))
        return 0
    report = Report(as_json=options.json)
    folder = tempfile.mkdtemp(prefix="onetree-bench-")
    try:
        with ExitStack() as stack:
            members = []
            if PROGRAM:
                members = stack.enter_context(cluster(Path(folder) / "etcd", 1)).members
            else:
                print(
                    "etcd is not installed: not measured; on Debian and Ubuntu: apt install etcd-server",
                    file=sys.stderr,
                )
            tree = Path(folder) / "tree"
            (tree / ".onetree").mkdir(parents=True)
            (tree / ".onetree" / "policy.yaml").write_text("version: 1\n")
            base = {"folder": folder, "tree": str(tree), "members": members, "resource": "r"}
            compare(base, options.cycles, report)
            if not options.no_growth:
                found = growth(base, max(5, options.cycles // 4), report)
                if options.plot:
                    plot(found, options.plot)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if report.missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
