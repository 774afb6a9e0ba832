"""The processes of a run: started together, watched, killed, stopped, and always ended."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from stress import history, payload

Plan = dict[str, Any]
HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 60.0  # seconds after which a process that should have ended is given up


class Fault(Exception):
    """The harness itself cannot go on: a process of its own did not start, or did not end."""


class Agent:
    """One process of a simulated agent. who is new for each: a name is never used again after a kill."""

    def __init__(self, who: str, plan: Plan, program: str) -> None:
        self.who = who
        self.plan = plan
        self.killed = False
        self._said: str | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the process
        self.process = subprocess.Popen(
            [sys.executable, "-I", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
            start_new_session=True, text=True, bufsize=1, cwd=plan.get("cwd"), env=plan.get("env"),
        )  # fmt: skip
        self._tell(json.dumps(plan))

    def ready(self) -> None:
        """Wait until it is. Raises Fault."""
        assert self.process.stdout
        if self.process.stdout.readline() != "ready\n":
            raise Fault(f"agent {self.who} did not start: {self.errors()}")

    def begin(self) -> None:
        """Let it begin."""
        self._tell("begin")

    def send(self, number: int) -> None:
        """Send a signal to it alone; a kill is to what it has started, too."""
        if number == signal.SIGKILL:
            self.killed = True
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)

    def end(self) -> str:
        """Wait for its end; what it printed. Raises Fault if it does not end."""
        if self._said is None:
            try:
                self._said, _ = self.process.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                self.send(signal.SIGKILL)
                raise Fault(f"agent {self.who} did not end within {PATIENCE:g} s") from None
        return self._said

    def errors(self) -> str:
        """What it said on standard error."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").strip()

    def entries(self) -> history.Entries:
        """What it has done so far."""
        return history.read(self.plan["log"])

    def _tell(self, line: str) -> None:
        assert self.process.stdin
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{line}\n")


class Crew:
    """All agents of one run, also those that have been killed."""

    def __init__(self, folder: str, seed: str, program: str = "worker.py") -> None:
        self.folder = folder
        self.seed = seed
        self.rng = random.Random(seed)
        self.agents: list[Agent] = []
        self.program = os.path.join(HERE, program)

    def add(self, name: str, **plan: object) -> Agent:
        """Start one more; its name gets a number that makes it the only one of that name, ever."""
        who = f"{name}.{sum(a.who.split('.')[0] == name for a in self.agents)}"
        basis = {
            "who": who,
            "seed": self.seed,
            "log": os.path.join(self.folder, f"{who}.log"),
            "errors": os.path.join(self.folder, f"{who}.errors"),
            "sizes": [payload.SMALL],
            "pause": 0,
            "log_every": 0,
            "strike": None,
        }
        agent = Agent(who, basis | plan, self.program)
        self.agents.append(agent)
        return agent

    def begin(self, agents: "list[Agent] | None" = None) -> None:
        """Let these, or all, begin at once. Raises Fault."""
        starting = self.agents if agents is None else agents
        for agent in starting:
            agent.ready()
        for agent in starting:
            agent.begin()

    def living(self) -> list[Agent]:
        """Those that have not ended."""
        return [a for a in self.agents if a.process.poll() is None and not a.killed]

    def end(self) -> list[str]:
        """Wait for all; a finding for each that failed without having been killed. Raises Fault."""
        findings = []
        for agent in self.agents:
            agent.end()
            if agent.process.returncode and not agent.killed:
                findings.append(f"agent {agent.who} ended with {agent.process.returncode}: {agent.errors()[-2000:]}")
        return findings

    def errors(self) -> list[str]:
        """What agents were told when the lock was not free or the system said no."""
        lines = []
        for agent in self.agents:
            with contextlib.suppress(FileNotFoundError), open(agent.plan["errors"], encoding="utf-8") as f:
                lines += f.read().splitlines()
        return lines

    def logs(self) -> dict[str, history.Entries]:
        """What each has done."""
        return {agent.who: agent.entries() for agent in self.agents}

    def close(self) -> None:
        """End whoever is left."""
        for agent in self.agents:
            if agent.process.poll() is None:
                agent.send(signal.SIGCONT)
                agent.send(signal.SIGKILL)
            for pipe in (agent.process.stdin, agent.process.stdout):
                if pipe:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
            agent.process.wait()


@contextlib.contextmanager
def crew(folder: str, seed: str, program: str = "worker.py") -> Iterator[Crew]:
    """A crew that leaves no process behind."""
    os.makedirs(folder, exist_ok=True)
    found = Crew(folder, seed, program)
    try:
        yield found
    finally:
        found.close()


def ticks(seconds: float, rng: random.Random, least: float, most: float) -> Iterator[None]:
    """Once after each random pause (in seconds), for so long."""
    end = time.monotonic() + seconds
    while True:
        time.sleep(min(rng.uniform(least, most), max(0.0, end - time.monotonic())))
        if time.monotonic() >= end:
            return
        yield
