"""Scenario append: one file, one way to it after the other: are all records there, and what does it cost?"""

import os
import shutil
from importlib.util import find_spec

from onetree import flock
from stress import payload, verify, ways
from stress.crew import crew
from stress.outcome import Outcome
from stress.run import Part, Run

ABOUT = {name: (way.__doc__ or "").strip().rstrip(".") for name, way in ways.WAYS.items()}
NEEDS = {"filelock": "filelock", "portalocker": "portalocker", "flock(1)": "flock"}  # a module, or a program


def parts(run: Run) -> list[Part]:
    """One for each way that can be gone here."""
    known = [Part(name, ABOUT[name], append, ours=name in ways.OURS) for name in ways.WAYS if _can_be_gone(name)]
    return known + [Part(plug.rpartition(":")[2], "brought along", append) for plug in run.plugs]


def _can_be_gone(name: str) -> bool:
    need = NEEDS.get(name)
    return name != "stamped" and (need is None or bool(shutil.which(need) if "(" in name else find_spec(need)))


def append(run: Run, part: Part, outcome: Outcome) -> None:
    """Agents append for a while; then every byte is compared with what they were told."""
    path = os.path.join(run.folder, "log.jsonl")
    way = next((plug for plug in run.plugs if plug.endswith(f":{part.name}")), part.name)
    with crew(run.folder, run.seed) as agents:
        for n in range(run.agents):
            agents.add(
                f"a{n}", way=way, file=path, sizes=[run.size], pause=run.pause, seconds=run.seconds, log_every=0.2
            )
        agents.begin()
        run.watch(agents)
        outcome.findings += agents.end()
        outcome.logs = agents.logs()
        if part.ours:
            flock.append(path, payload.END, timeout=ways.NEVER)
        with open(path, "rb") as f:
            findings, outcome.counts = verify.exact(agents.agents, f)
        findings += verify.exclusive(agents.agents)
        if part.ours:
            outcome.findings += findings
        else:
            outcome.notes += findings[:3]
