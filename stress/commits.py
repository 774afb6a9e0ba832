"""Part commits of scenario tree: agents change and commit the same files, beside a person, and are killed anywhere.

What must hold is read from the objects and the files: no acknowledged change is lost, each commit holds its author's
changes and takes back nobody else's, what a person staged stays staged, and every overwritten version can be had again.
"""

import json
import os
import random
import signal
import time
from collections import Counter

from demo.stage import Stage
from demo.story import PROTECTED
from onetree import journal
from stress import acts, history, hooks, judge, objects, writer
from stress.crew import Agent, Crew, crew
from stress.outcome import Outcome
from stress.run import Part, Run

LIFE = 15.0  # seconds that an agent lives, on average, until it is killed
SAME = 0.6  # share of the killed whose session is gone on with
LOOKERS = 2
SAMPLE = 25  # overwritten versions that are brought back
COUNTED = ("whole", "edit", "append", "insert", "strike", "create", "remove", "move", "undo", "commit")


class Field:
    """The project, and the folders beside it that hold what was done."""

    def __init__(self, run: Run) -> None:
        self.run, self.stage = run, hooks.built(run)
        self.spare, self.versions = (os.path.join(run.folder, name) for name in ("spare", "versions"))
        for folder in (self.spare, self.versions):
            os.makedirs(folder)
        for n in range(3 + run.agents // 3):
            self.stage.write(f"{writer.FOLDER}/s{n}.txt", writer.seed(f"s{n}"))
        for n in range(3):
            self.stage.write(f"person/{n}.txt", "")
        self.stage.command("git", "add", "-A")
        self.stage.command("git", "commit", "-qm", "files")
        self.until = 0

    def add(self, agents: Crew, name: str, role: str = "agent", *, until: "int | None" = None) -> Agent:
        """Start one; an agent's number says which client it stands for."""
        number = int("".join(c for c in name.partition("s")[0] if c.isdigit()) or 0)
        return agents.add(
            name, session=name, role=role, dialect=hooks.DIALECTS[number % 3], spare=self.spare, versions=self.versions,
            acts=os.path.join(self.run.folder, f"{name}.acts"), until=self.until if until is None else until,
            commits=os.path.join(self.run.folder, f"{name}.commits"), cwd=self.stage.project,
            env=self.stage.environment,
        )  # fmt: skip


def commits(run: Run, part: Part, outcome: Outcome) -> None:
    """Agents, a person and lookers at work; then everything is looked at."""
    field = Field(run)
    before = {name: field.stage.read(name) for name in PROTECTED}
    with crew(run.folder, run.seed, "writer.py") as agents:
        field.until = time.monotonic_ns() + int((run.seconds + run.agents * 0.1) * 1e9)
        at_work = [field.add(agents, f"a{n}s0") for n in range(run.agents)]
        others = [field.add(agents, acts.PERSON, acts.PERSON)]
        others += [field.add(agents, f"l{n}", "looker") for n in range(LOOKERS)]
        agents.begin()
        while time.monotonic_ns() < field.until:
            time.sleep(agents.rng.expovariate(run.agents / LIFE))
            if time.monotonic_ns() < field.until:
                _kill(field, agents, at_work, others)
            run.show(agents)
        outcome.findings += agents.end()
        closer = field.add(agents, "closer", until=0)
        agents.begin([closer])
        outcome.findings += agents.end() + agents.errors()[:10] + _closed(closer)
        outcome.logs = {a.who: a.entries() for a in agents.agents if a.plan["role"] == "agent"}
        outcome.counts["killed"] = sum(a.killed for a in agents.agents)
    names = [name for name in os.listdir(run.folder) if name.endswith(".commits")]
    outcome.beside["onetree commit"] = {n: history.read(os.path.join(run.folder, n)) for n in names}
    _judge(field, before, outcome)


def _closed(closer: Agent) -> "list[str]":
    """Whether the last one, when all the others are gone, could commit."""
    said = [a for a in acts.read(closer.plan["acts"], "closer") if a.do == "commit"]
    done = any(a.did and not a.code for a in said)
    return [] if done else [f"nobody can commit any more: {' '.join(a.told.strip() for a in said)}"]


def _kill(field: Field, agents: Crew, at_work: "list[Agent]", others: "list[Agent]") -> None:
    """Kill an agent, with whatever it has started, or a looker; somebody goes on in its place."""
    victims = at_work if agents.rng.random() < 0.9 else others[1:]
    n = agents.rng.randrange(len(victims))
    victims[n].send(signal.SIGKILL)
    name = str(victims[n].plan["session"])
    if victims is at_work and agents.rng.random() > SAME:
        head, _, session = name.partition("s")
        name = f"{head}s{int(session) + 1}"
    victims[n] = field.add(agents, name, str(victims[n].plan["role"]))
    agents.begin([victims[n]])
    field.run.counted["killed"] = field.run.counted.get("killed", 0) + 1


def _judge(field: Field, before: "dict[str, str]", outcome: Outcome) -> None:
    """All that must hold."""
    project = field.stage.project
    done = acts.read_all(field.run.folder)
    found, made = judge.History(done), objects.commits(project)
    outcome.findings += judge.lost(found, objects.tree(project)) + judge.swept(found, made)
    outcome.findings += judge.reverted(found, made) + judge.left_out(found, made) + objects.faults(project)
    changed = [name for name, text in before.items() if field.stage.read(name) != text]
    outcome.findings += [f"{name} is protected, and was changed" for name in changed]
    state = os.path.join(project, ".onetree", "state")
    outcome.findings += [f"journal: {fact}" for fact in journal.verify(state)[:5]]
    wrong, back = restored(field.stage, found, field.versions, random.Random(field.run.seed))
    outcome.findings += wrong
    counts = Counter(a.do for a in done if a.status == acts.DONE and a.do in COUNTED)
    refused = sum(a.status == acts.NO and not a.went for a in done if a.do in COUNTED and a.told)
    outcome.counts |= {"acknowledged": sum(counts.values()), **counts, "told no": refused, "brought back": back}
    outcome.counts["commits"] = sum(c.by != acts.PERSON for c in made)
    outcome.counts["unrecorded"] = sum(a.status == acts.DONE and bool(a.told) and not a.ended for a in done)


def restored(stage: Stage, found: judge.History, versions: str, rng: random.Random) -> "tuple[list[str], int]":
    """(findings, how many): overwritten versions, a sample of them, brought back and compared byte by byte."""
    old = [a for a in found.acts if a.by != acts.PERSON and _overwrites(found, a)]
    sample = rng.sample(old, min(SAMPLE, len(old)))
    wrong = [fact for act in sample for fact in brought_back(stage, act, versions)]
    return wrong, len(sample) - len(wrong)


def brought_back(stage: Stage, act: acts.Act, versions: str) -> "list[str]":
    """Bring back what an act overwrote; what is wrong with that."""
    where = f"what {act.by} overwrote in {act.path} by its act {act.n} ({act.do})"
    wanted = (act.was, act.became, act.by)
    lines = stage.attempt("onetree", "log", "--json", act.path)[1].splitlines()
    rows = [json.loads(line) for line in lines if line.startswith("{")]
    ids = [row["id"] for row in rows if (row.get("before"), row.get("after"), row["session"]) == wanted]
    if not ids:
        return [f"not recorded: {where}"]
    code, said = stage.attempt("onetree", "undo", "--force", ids[-1])
    with open(os.path.join(versions, act.was), encoding="utf-8") as f:
        same = not code and stage.read(act.path) == f.read()
    return [] if same else [f"not brought back: {where}: {said.strip()}"]


def _overwrites(found: judge.History, act: acts.Act) -> bool:
    """Whether an act left another version than it met, and nobody else was at that file."""
    if act.status != acts.DONE or not act.ended or act.do not in judge.CHANGES or act.do in ("move", "undo"):
        return False
    near = [a for a in found.asked if a is not act and a.do in judge.CHANGES and act.path in a.on()]
    # What is not ended keeps the file from others for a while, because its agent may be at it.
    free = all(a.ended or a.by == acts.PERSON for a in near) and not any(act.meets(a) for a in near)
    return free and acts.NOTHING != act.was != act.became
