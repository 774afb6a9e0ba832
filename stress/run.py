"""One run of parts: where its files are, how long it goes on, what it shows meanwhile."""

import os
import shlex
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from stress import history
from stress.crew import Crew
from stress.live import Screen
from stress.outcome import Outcome, missed, shown

RECENT = 2000  # operations that the figures on the screen are of


class Does(Protocol):
    """What carries a part out, and writes down what came of it."""

    def __call__(self, run: "Run", part: "Part", outcome: Outcome) -> None:
        """Carry it out."""


@dataclass(frozen=True)
class Part:
    """One part of a scenario. about: in a few words. ours: whether findings are failures, and the budget is for it."""

    name: str
    about: str
    does: Does
    ours: bool = True


@dataclass
class Run:
    """The settings of a run, and the part that is going on."""

    seed: str
    seconds: float  # for each part
    pause: float  # seconds between operations, on average
    size: int  # bytes of a record
    agents: int
    screen: Screen
    plugs: "list[str]" = field(default_factory=list)  # ways that somebody brings along, FILE.py:CLASS
    folder: str = ""
    counted: dict[str, int] = field(default_factory=dict)

    def carry_out(self, scenario: str, part: Part, budget: dict[tuple[str, str], float]) -> Outcome:
        """One part, in a folder of its own that is kept only as evidence."""
        outcome = Outcome(scenario, part.name, part.about, self.agents, ours=part.ours)
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="onetree-stress-"))
        self.counted = {}
        self.screen.begin(f"{scenario} {part.name}, {self.agents} agents", self.seconds)
        began = time.monotonic()
        try:
            part.does(self, part, outcome)
        finally:
            outcome.seconds = time.monotonic() - began
            self.screen.end()
            outcome.missed = missed(outcome, budget)
            outcome.replay = self._replay(scenario, part)
            if outcome.findings and part.ours:
                outcome.evidence = self.folder
            else:
                shutil.rmtree(self.folder, ignore_errors=True)
        return outcome

    def _replay(self, scenario: str, part: Part) -> str:
        """The command that tries this part alone again."""
        words = ["python -m stress", scenario, "--only", shlex.quote(part.name), "--agents", str(self.agents)]
        words += ["--seconds", f"{self.seconds:g}", "--seed", shlex.quote(self.seed)]
        if scenario == "append":
            words += ["--pause", f"{self.pause * 1000:g}"] if self.pause else []
            words += ["--size", str(self.size)]
            words += [f"--plug {shlex.quote(plug)}" for plug in self.plugs if plug.endswith(f":{part.name}")]
        return " ".join(words)

    def watch(self, crew: Crew, each: "Callable[[], None] | None" = None) -> None:
        """Show what the agents do until all of them have ended; each: what is done 20 times a second meanwhile."""
        end = time.monotonic() + self.seconds
        while crew.living() and time.monotonic() < end + 1:
            if each:
                each()
            self.show(crew)
            time.sleep(0.05)

    def show(self, crew: Crew) -> None:
        """The state of things, on the screen."""
        if not self.screen.due():
            return
        logs = [agent.plan["log"] for agent in crew.agents]
        done = sum(os.path.getsize(log) // history.ENTRY.itemsize for log in logs if os.path.exists(log))
        last = np.concatenate([history.last(log, RECENT) for log in logs])
        total = last["told"] - last["begun"]
        figures = f"p99 {shown(float(np.percentile(total, 99)))}, max {shown(float(total.max()))}" if len(total) else ""
        self.screen.show(done, figures, self.counted)
