"""Scenario tree: agents work in one tree through the guards while a person rewrites the policy.

No protected byte may ever change; no call may be judged by half a policy; records and hand-offs arrive exactly once.
"""

import json
import os
import time
from collections.abc import Iterator
from typing import Any

from demo.stage import Stage
from demo.story import PROTECTED
from onetree import records
from stress import caller, hooks
from stress.commits import commits
from stress.crew import crew
from stress.outcome import Outcome
from stress.run import Part, Run

CHANGE_EVERY = 0.4  # seconds
# What a person adds to the policy and takes away again: rules about files that no agent touches. The rules that protect
# stand behind it, so that half of the file is a policy without them.
VARIANTS = (
    "",
    '  - tier: warn\n    paths: ["docs/*.odt"]\n',
    '  - tier: block\n    paths: ["vendor/**", "third_party/**"]\n    why: it is fetched\n',
)


def parts(run: Run) -> list[Part]:
    """The guards, and what is written and committed under them."""
    return [
        Part("guarded", "reads, edits, shell commands, records, hand-offs; the policy changes under them", guarded),
        Part("commits", "the same files written and committed by all, beside a person; SIGKILL anywhere", commits),
    ]


def guarded(run: Run, part: Part, outcome: Outcome) -> None:
    """Agents work for a while; then files, journal, records and hand-offs are checked."""
    stage = hooks.built(run)
    before = {name: _state(stage, name) for name in PROTECTED if name != ".onetree/policy.yaml"}
    with crew(run.folder, run.seed, "caller.py") as agents:
        hooks.add_callers(run, agents, stage, works=True)
        agents.begin()
        person, changed = _person(stage), 0
        due = time.monotonic()

        def look() -> None:
            nonlocal due, changed
            if time.monotonic() >= due:
                next(person)
                due, changed = time.monotonic() + CHANGE_EVERY, changed + 1
                run.counted["policies"] = changed
            _unchanged(stage, before, outcome)

        run.watch(agents, look)
        said = hooks.finish(agents, outcome, stage)
        _unchanged(stage, before, outcome)
        outcome.findings += _records(stage, said) + _handoffs(stage, said)
        outcome.counts["policies"] = changed
        outcome.counts["records"] = sum(agent["records"] for agent in said)
        outcome.counts["handed over"] = sum(len(agent["done"]) for agent in said)


def _person(stage: Stage) -> Iterator[None]:
    """Write one policy after the other, as editors do: beside and renamed, in place, in place in two steps."""
    path = os.path.join(stage.project, ".onetree", "policy.yaml")
    with open(path, encoding="utf-8") as f:
        head, key, rules = f.read().partition("\nwrite:\n")
    number = 0
    while True:
        number += 1
        text = f"{head}{key}{VARIANTS[number % len(VARIANTS)]}{rules}# {number}\n"
        if number % 3 == 0:
            with open(f"{path}.new", "w", encoding="utf-8") as f:
                f.write(text)
            os.replace(f"{path}.new", path)
        else:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text[: len(head) + len(key) + 60 * (number % 3 == 2)])
                f.flush()
                time.sleep(0.005 * (number % 3 == 2))
                f.write(text[f.tell() :])
        yield


def _state(stage: Stage, name: str) -> tuple[str, int, int]:
    """A file's text, and what any write to it would change."""
    found = os.stat(os.path.join(stage.project, name))
    return stage.read(name), found.st_mtime_ns, found.st_ino


def _unchanged(stage: Stage, before: "dict[str, tuple[str, int, int]]", outcome: Outcome) -> None:
    for name, state in before.items():
        try:
            same = _state(stage, name) == state
        except OSError:
            same = False
        if not same:
            outcome.findings.append(f"{name} is protected, and was written to or is gone")
    if outcome.findings:
        before.clear()  # said once is enough


def _read(stage: Stage, name: str) -> tuple[list[dict[str, Any]], list[str]]:
    """(the records of a file, what is wrong with it)."""
    if not os.path.exists(os.path.join(stage.project, name)):
        return [], []
    text = stage.read(name)
    wrong = [
        f"{name}:{number}: {fact}" for number, fact in records.check(line.encode() for line in text.splitlines(True))
    ]
    return ([] if wrong else [json.loads(line) for line in text.splitlines()]), wrong


def _records(stage: Stage, said: "list[dict[str, Any]]") -> list[str]:
    found, wrong = _read(stage, caller.RECORDS)
    for agent in said:
        there = [r["i"] for r in found if r["w"] == agent["who"]]
        if there != list(range(agent["records"])):
            wrong.append(f"{agent['who']}: {agent['records']} records were acknowledged, and the file has {there[-5:]}")
    return wrong


def _handoffs(stage: Stage, said: "list[dict[str, Any]]") -> list[str]:
    found, wrong = _read(stage, caller.HANDOFFS)
    for agent in said:
        given = [r["task"] for r in found if r["from"] == agent["who"]]
        if given != list(range(agent["given"])):
            wrong.append(f"{agent['who']}: {agent['given']} hand-offs were acknowledged, and the file has {given[-5:]}")
        taken = [[r["from"], r["task"]] for r in found if r["to"] == agent["who"]]
        if taken[: len(agent["done"])] != agent["done"]:
            wrong.append(f"{agent['who']}: what it took over is not what was handed to it")
    return wrong
