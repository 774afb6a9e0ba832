"""Scenario hooks: whole dispatcher calls at once. Verdicts right, journal complete, and how long does it take?"""

import json
import os
import uuid
from collections import Counter
from typing import Any

from demo.stage import Stage, StageError
from onetree import journal
from stress.crew import Crew, Fault, crew
from stress.outcome import Outcome
from stress.run import Part, Run

DIALECTS = ("claude", "gemini", "codex")


def parts(run: Run) -> list[Part]:
    """One."""
    return [Part("calls", "payloads of three clients, harmless and harmful, at the registered hooks", calls)]


def calls(run: Run, part: Part, outcome: Outcome) -> None:
    """Every agent fires hooks for a while; then the verdicts and the journal are checked."""
    stage = built(run)
    _without_stale_write(stage)
    with crew(run.folder, run.seed, "caller.py") as agents:
        add_callers(run, agents, stage, works=False)
        agents.begin()
        run.watch(agents)
        finish(agents, outcome, stage)


def _without_stale_write(stage: Stage) -> None:
    """Switch off the guard by which a write that was allowed keeps others away until it is done: here none is."""
    path = os.path.join(stage.project, ".onetree", "policy.yaml")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace("\n  default: enforce\n", '\n  default: enforce\n  guards: {stale-write: "off"}\n', 1))


def built(run: Run) -> Stage:
    """A project, governed by what `onetree init` writes. Raises Fault."""
    stage = Stage(os.path.join(run.folder, "stage"))
    try:
        stage.build(guarded=True)
    except StageError as e:
        raise Fault(str(e)) from None
    return stage


def add_callers(run: Run, agents: Crew, stage: Stage, *, works: bool) -> None:
    """Agents of each dialect in turn, each with a session of its own."""
    names = [f"a{n}.0" for n in range(run.agents)]
    for n in range(run.agents):
        session = str(uuid.UUID(int=agents.rng.getrandbits(128)))
        agents.add(
            f"a{n}", dialect=DIALECTS[n % 3], session=session, works=works, names=names, seconds=run.seconds,
            cwd=stage.project, env=stage.environment,
        )  # fmt: skip


def finish(agents: Crew, outcome: Outcome, stage: Stage) -> list[dict[str, Any]]:
    """Wait for all, and check what holds whatever they did; gives what each printed."""
    outcome.findings += agents.end()
    outcome.logs = agents.logs()
    outcome.findings += agents.errors()[:10]
    said = [json.loads(agent.end()) for agent in agents.agents if not agent.process.returncode]
    state = os.path.join(stage.project, ".onetree", "state")
    outcome.findings += [f"journal: {fact}" for fact in journal.verify(state)[:5]]
    sessions = Counter(str(record.get("session")) for _, record in journal.read(state) if record)
    for agent in said:
        if sessions.pop(agent["session"], 0) != agent["hooked"]:
            outcome.findings.append(f"{agent['who']}: {agent['hooked']} calls of the hooks are not all in the journal")
    outcome.findings += [f"the journal has records of a session that nobody had: {s}" for s in sessions]
    outcome.counts["acknowledged"] = sum(agent["hooked"] for agent in said)
    tiers = Counter(str(record.get("tier")) for _, record in journal.read(state) if record)
    outcome.counts |= {f"told {tier}": n for tier, n in sorted(tiers.items())}
    return said
