"""Scenario faults: kills, stops, full disks, jumping clocks, files that go away, rotation. Nothing is lost."""

import contextlib
import fcntl
import hashlib
import itertools
import json
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Iterator

from onetree import flock, records, rotation
from stress import history, inside, oplog, payload, verify, ways
from stress.crew import Agent, Crew, Fault, crew, ticks
from stress.outcome import Outcome
from stress.run import Part, Run

LOG = "log.jsonl"
SHORT = 0.05  # seconds: a time-out that is reached behind a stopped holder
ROTATE = 60_000  # bytes
DISK = "256k"
ALIVE = ("api", "stream", "command")  # ways of those that are killed


def parts(run: Run) -> list[Part]:
    """Each fault by itself."""
    return [
        Part("kill", "SIGKILL at random moments; the killed are replaced at once", kill),
        Part("points", "SIGKILL and SIGSTOP between lock and write, inside the write, and after it", points),
        Part("stop", "SIGSTOP at random moments, for longer than the others wait", stop),
        Part("full", "a disk that is full, and has room again, and is full", full),
        Part("clock", "the clock on the wall jumps by up to a day between any two records", clock),
        Part("moved", "the file is deleted, renamed and replaced, with and without its lock", moved),
        Part("rotate", "the file is rotated all the time while it is read", rotate),
    ]


def kill(run: Run, part: Part, outcome: Outcome) -> None:
    """Kill somebody every few milliseconds, whatever is going on."""
    path = os.path.join(run.folder, LOG)
    with crew(run.folder, run.seed) as agents:

        def start(n: int) -> Agent:
            way = ALIVE[n % 7 % 3] if n % 7 < 3 else "api"
            return agents.add(f"a{n}", way=way, file=path, sizes=payload.MIXED, seconds=run.seconds * 2 + 60)

        at_work = [start(n) for n in range(run.agents)]
        agents.begin()
        for _ in ticks(run.seconds, agents.rng, 0.01, 0.12):
            n = agents.rng.randrange(run.agents)
            at_work[n].send(signal.SIGKILL)
            at_work[n] = start(n)
            agents.begin([at_work[n]])
            run.counted["killed"] = run.counted.get("killed", 0) + 1
            run.show(agents)
        for agent in at_work:
            agent.send(signal.SIGKILL)
        _settle(run, agents, outcome, path)
        outcome.counts["killed"] = sum(a.killed for a in agents.agents)


def points(run: Run, part: Part, outcome: Outcome) -> None:
    """Strike one agent at a chosen point, see what the others are told, and that they go on."""
    path = os.path.join(run.folder, LOG)
    kinds = [(p, s) for p in ("locked", "half", "written") for s in (signal.SIGKILL, signal.SIGSTOP)]
    end = time.monotonic() + run.seconds
    with crew(run.folder, run.seed) as agents:
        for round_ in itertools.count():
            if round_ and time.monotonic() >= end:
                break
            for point, number in kinds:
                _strike(run, agents, outcome, path, point, number)
                run.show(agents)
        _settle(run, agents, outcome, path)
        outcome.counts["struck"] = run.counted.get("struck", 0)


def _strike(run: Run, agents: Crew, outcome: Outcome, path: str, point: str, number: signal.Signals) -> None:
    """One strike, at one agent of a group that begins together."""
    others = [
        agents.add(f"o{n}", way="api", file=path, seconds=0.3, pause=0.002, options={"timeout": SHORT})
        for n in range(run.agents - 1)
    ]
    strike = [agents.rng.randrange(5, 40), point, int(number)]
    struck = agents.add("struck", way="api", file=path, sizes=[20_000], seconds=0.3, pause=0.001, strike=strike)
    agents.begin([*others, struck])
    run.counted["struck"] = run.counted.get("struck", 0) + 1
    if number == signal.SIGKILL:
        struck.killed = True
        for agent in (struck, *others):
            agent.end()
        refused = _status(others, oplog.REFUSED)
    else:
        _, status = os.waitpid(struck.process.pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            raise Fault(f"the agent that was to be stopped ended with {status}")
        for agent in others:
            agent.end()
        struck.send(signal.SIGCONT)
        struck.end()
        refused = 0 if point == "written" or _status(others, oplog.REFUSED) else -1
        _names_the_stopped(outcome, others, struck, point)
    if refused:
        fact = "nobody was told that the lock is not free" if refused < 0 else f"{refused} were told no"
        outcome.findings.append(f"{number.name} at {point!r}: {fact}")


def _names_the_stopped(outcome: Outcome, others: "list[Agent]", struck: Agent, point: str) -> None:
    """Whoever was refused must have been told by whom, and how to let it go on."""
    if sys.platform != "linux" or point == "written":
        return
    for agent in others:
        with contextlib.suppress(FileNotFoundError), open(agent.plan["errors"], encoding="utf-8") as f:
            wrong = [line for line in f if f"kill -CONT {struck.process.pid}" not in line]
            outcome.findings += [f"behind a stopped holder it was said: {line.strip()}" for line in wrong[:1]]


def stop(run: Run, part: Part, outcome: Outcome) -> None:
    """Stop somebody, for longer than anybody waits, and let it go on."""
    path = os.path.join(run.folder, LOG)
    with crew(run.folder, run.seed) as agents:
        for n in range(run.agents):
            options = {"timeout": SHORT}
            agents.add(f"a{n}", way="api", file=path, sizes=payload.MIXED, seconds=run.seconds, options=options)
        agents.begin()
        for _ in ticks(run.seconds - 0.3, agents.rng, 0.01, 0.05):
            stopped = agents.rng.choice(agents.agents)
            stopped.send(signal.SIGSTOP)
            time.sleep(agents.rng.uniform(0.5, 2) * SHORT)
            stopped.send(signal.SIGCONT)
            run.counted["stopped"] = run.counted.get("stopped", 0) + 1
            run.show(agents)
        outcome.findings += agents.end()
        _settle(run, agents, outcome, path)
        outcome.counts["stopped"] = run.counted.get("stopped", 0)


def full(run: Run, part: Part, outcome: Outcome) -> None:
    """On a file system of a few pages, if one can be mounted; else with a limit to the file's size."""
    disk = os.path.join(run.folder, "disk")
    os.mkdir(disk)
    plan = {"folder": run.folder, "disk": disk, "seed": run.seed, "seconds": run.seconds, "agents": run.agents}
    found = inside.run(plan, DISK)
    if found is None:
        outcome.notes.append("no file system could be mounted: the disk is a limit to the file's size instead")
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
        try:
            found = inside.fill(plan)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    outcome.counts, outcome.findings = found["counts"], found["findings"]
    outcome.logs = {who: history.read(os.path.join(run.folder, f"{who}.log")) for who in found["agents"]}


def clock(run: Run, part: Part, outcome: Outcome) -> None:
    """Stamped and chained records: numbers without a gap and a chain without a break, whatever the clock says."""
    path = os.path.join(run.folder, LOG)
    with crew(run.folder, run.seed) as agents:
        for n in range(run.agents):
            agents.add(f"a{n}", way="stamped", file=path, seconds=run.seconds)
        agents.begin()
        run.watch(agents)
        outcome.findings += agents.end()
        with open(path, "rb") as f:
            outcome.findings += [f"line {number}: {fact}" for number, fact in records.check(f)][: verify.MOST]
        with open(path, "rb") as f:
            times = [json.loads(line)["stamp"]["time"] for line in f]
        back = sum(times[k + 1] < times[k] for k in range(len(times) - 1))
        _settle(run, agents, outcome, path)
        outcome.counts["clock went back"] = back
        if not back:
            outcome.findings.append("the clock never went back: nothing was tried")


def moved(run: Run, part: Part, outcome: Outcome) -> None:
    """Every file that ever had the name is kept open, and together they must hold each record exactly once."""
    path = os.path.join(run.folder, LOG)
    with crew(run.folder, run.seed) as agents, contextlib.ExitStack() as stack:
        for n in range(run.agents):
            agents.add(f"a{n}", way=("api", "stream")[n % 4 == 3], file=path, seconds=run.seconds)
        flock.append(path, payload.END, timeout=ways.NEVER)
        agents.begin()
        files: list[int] = []
        gone: list[tuple[int, int]] = []  # (when, number of the file that had the name until then)
        for _ in ticks(run.seconds - 0.2, agents.rng, 0.005, 0.05):
            if not os.path.exists(path):
                continue  # it was deleted, and nobody has come since
            files.append(os.open(path, os.O_RDONLY))
            stack.callback(os.close, files[-1])
            with _perhaps_locked(files[-1], agents.rng):
                _move(path, agents.rng, len(files))
                gone.append((time.monotonic_ns(), len(files) - 1))
                run.counted["moved"] = len(files)
            run.show(agents)
        outcome.findings += agents.end()
        flock.append(path, payload.END, timeout=ways.NEVER)
        files.append(os.open(path, os.O_RDONLY))
        stack.callback(os.close, files[-1])
        lines = [_lines(fd) for fd in files]
        outcome.findings += _too_late(lines, gone, agents)
        findings, outcome.counts = verify.exact(agents.agents, (line for part in lines for line in part))
        outcome.findings += findings
        outcome.logs = agents.logs()
        outcome.counts["moved"] = len(gone)


def _move(path: str, rng: random.Random, number: int) -> None:
    how = rng.choice(("delete", "rename", "replace", "replace"))
    if how == "delete":
        os.unlink(path)
    elif how == "rename":
        os.rename(path, f"{path}.aside-{number}")
    else:
        with open(f"{path}.next", "wb") as f:
            f.write(payload.END)
        os.replace(f"{path}.next", path)


@contextlib.contextmanager
def _perhaps_locked(fd: int, rng: random.Random) -> "Iterator[None]":
    """Half of the time with the lock of the file, as `flock FILE mv ...` does it."""
    if rng.random() < 0.5:
        fcntl.flock(fd, fcntl.LOCK_EX)
        time.sleep(0.0005)
        yield
        fcntl.flock(fd, fcntl.LOCK_UN)
    else:
        yield


def _lines(fd: int) -> list[bytes]:
    os.lseek(fd, 0, os.SEEK_SET)
    with open(os.dup(fd), "rb") as f:
        return f.readlines()


def _too_late(lines: "list[list[bytes]]", gone: "list[tuple[int, int]]", agents: Crew) -> list[str]:
    """Records that went into a file although their append began after it had lost its name."""
    begun = {}
    for agent in agents.agents:
        entries = agent.entries()
        begun.update({(agent.who, i): t for i, t in zip(entries["i"].tolist(), entries["begun"].tolist(), strict=True)})
    findings = []
    for when, number in gone:
        for line in lines[number][-2000:]:
            name = payload.name(line)
            if name and begun.get(name, 0) > when:
                findings.append(f"{name} began {begun[name] - when} ns after the file had gone, and went into it")
    return findings[: verify.MOST]


def rotate(run: Run, part: Part, outcome: Outcome) -> None:
    """Writers of all kinds rotate; readers follow; an archive never changes."""
    path, done = os.path.join(run.folder, LOG), os.path.join(run.folder, "done")
    flock.append(path, payload.END, timeout=1)
    seen: dict[str, tuple[int, str]] = {}
    with crew(run.folder, run.seed) as agents, crew(os.path.join(run.folder, "readers"), run.seed) as readers:
        for n in range(run.agents):
            plan = {"options": {"rotate": ROTATE}, "arguments": ["--rotate", str(ROTATE)]}
            way = ("api", "stream", "api", "command")[n % 4]
            agents.add(f"a{n}", way=way, file=path, seconds=run.seconds, pause=0.0005, **plan)
        for n in range(2):
            readers.add(f"r{n}", way="follow", file=path, done=done)
        readers.begin()
        agents.begin()
        run.watch(agents, lambda: _remember(path, seen))
        outcome.findings += agents.end()
        flock.append(path, payload.END, timeout=ways.NEVER)
        with open(done, "w", encoding="utf-8"):
            pass
        outcome.logs = agents.logs()
        told = {a.who: int((a.entries()["status"] == oplog.DONE).sum()) for a in agents.agents}
        for reader in readers.agents:
            outcome.findings += _read_all(reader, told)
        parts = [_whole(archive) for archive, _ in rotation.history(path)]
        findings, outcome.counts = verify.exact(
            agents.agents, (line for data in parts for line in data.splitlines(True))
        )
        outcome.findings += findings + verify.exclusive(agents.agents)
        outcome.counts["archives"] = len(rotation.archives(path))
        for archive, (size, digest) in seen.items():
            if (size, digest) != _digest(archive):
                outcome.findings.append(f"{archive} is not what it was when it was put aside")


def _read_all(reader: Agent, told: "dict[str, int]") -> list[str]:
    said = reader.end()
    if reader.process.returncode:
        return [f"reader {reader.who} ended with {reader.process.returncode}: {reader.errors()[-1000:]}"]
    found = json.loads(said)
    wrong = [f"reader {reader.who}: {fact}" for fact in found["wrong"]]
    missed = {who: n for who, n in told.items() if found["seen"].get(who, -1) + 1 != n}
    return wrong + ([f"reader {reader.who} has not seen all of {missed}: {found['seen']}"] if missed else [])


def _remember(path: str, seen: "dict[str, tuple[int, str]]") -> None:
    for archive in rotation.archives(path)[:-1]:
        if archive not in seen:
            seen[archive] = _digest(archive)


def _digest(path: str) -> tuple[int, str]:
    data = _whole(path)
    return len(data), hashlib.sha256(data).hexdigest()


def _whole(path: str) -> bytes:
    with open(path, "rb") as f:
        return f.read()


def _status(agents: "list[Agent]", status: int) -> int:
    return sum(int((a.entries()["status"] == status).sum()) for a in agents)


def _settle(run: Run, agents: Crew, outcome: Outcome, path: str) -> None:
    """Wait for all; then check every byte, and that no two held the lock at once."""
    for agent in agents.agents:
        agent.end()
    flock.append(path, payload.END, timeout=ways.NEVER)
    with open(path, "rb") as f:
        findings, counts = verify.exact(agents.agents, f)
    torn, moved_aside = verify.torn_files(run.folder, LOG, agents.agents)
    outcome.findings += findings + torn + verify.exclusive(agents.agents)
    outcome.logs = agents.logs()
    outcome.counts = {**counts, "torn tails moved aside": moved_aside}
