"""What must be true afterwards. Each finding names the agent, the file or the record, and what is wrong with it."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

from rich.text import Text

from demo.stage import BIN, Stage
from demo.story import APPROVED, COMMITS, NOTES, PARTS, PROTECTED, SECRET, Move, all_records, final_files

Json = dict[str, Any]

# How each tier must reach the agent: the client's decision, how the text begins; and what that is called.
ANSWERS = {
    "allow": ("allow", "", "let through without a word"),
    "warn": ("allow", "onetree: warning: ", "let through with a warning"),
    "checkpoint": ("deny", "onetree: needs a person's approval: ", "sent to a person"),
    "block": ("deny", "onetree: blocked: ", "blocked"),
}


def answers(results: dict[str, list[Json]]) -> list[str]:
    """What agents were told otherwise than the story says."""
    findings = []
    for part in PARTS:
        heard = results[part.name]
        for move, result in zip(part.moves, heard, strict=False):
            wrong = _wrong(move, result)
            findings += [f"{part.name}: {move}: {wrong}"] if wrong else []
        if len(heard) < len(part.moves):
            findings.append(f"{part.name}: only {len(heard)} of {len(part.moves)} moves were made")
    return findings


def _wrong(move: Move, result: Json) -> str:
    """What is wrong with one answer; "" if nothing."""
    told = str(result["told"])
    if move.do == ("person",):
        shown = Text.from_ansi(told).plain
        lines = {line.rstrip() for line in shown.splitlines()}
        if result["code"]:
            return f"`onetree approve` ended with {result['code']}: {shown.strip()}"
        missing = [line for line in APPROVED if line not in lines]
        return f"`onetree approve` does not show the line {missing[0]!r} of the change" if missing else ""
    answer, beginning, must = ANSWERS[move.tier]
    answer = "ask" if move.asks else answer
    begins = beginning + (f"{move.guard}: " if move.guard else "")
    if result["answer"] != answer or not told.startswith(begins) or (move.tier == "allow" and told):
        was = ("let through" if result["answer"] == "allow" else f"refused ({result['answer']})") + f": {told[:300]}"
        return f"must be {must}{move.guard and f' by {move.guard}'}, but was {was.rstrip(': ')}"
    if move.path not in told and move.guard != "off-switch":  # that one names the command
        return f"the refusal does not name {move.path}: {told!r}"
    if result.get("failed"):
        return f"was let through, but failed: {result['seen'][:200]!r}"
    return ""


def journal(stage: Stage, sessions: dict[str, str], findings: list[str]) -> list[Json]:
    """The journal's records of all that was not simply let through; what is wrong with the journal to `findings`."""
    records: list[Json] = []
    for line in stage.command(os.path.join(BIN, "onetree"), "audit", "--json").splitlines():
        try:
            records.append(json.loads(line))
        except ValueError:
            findings.append(f"onetree audit --json: not a record: {line}")
    for part in PARTS:
        own = [r for r in records if r["session"] == sessions[part.name] and r["platform"] == part.dialect]
        calls = [m for m in part.moves if m.do != ("person",)]
        wanted = [(m.tier, m.guard, m.path) for m in calls]
        seen = [_seen(r, stage.project) for r in own if r["phase"] == "before"]
        if seen != wanted:
            number = next((i for i, pair in enumerate(zip(seen, wanted, strict=False)) if pair[0] != pair[1]), -1)
            what = f"{seen[number]} where {wanted[number]} belongs" if number >= 0 else f"{len(seen)} of {len(wanted)}"
            findings.append(f"the journal of {part.name}, tool calls: {what}")
        done, passed = sum(r["phase"] == "after" for r in own), sum(m.tier in ("allow", "warn") for m in calls)
        if done != passed:
            findings.append(f"the journal of {part.name} has the end of {done} tool calls, not of {passed}")
    return [r for r in records if r["phase"] == "before" and r["tier"] != "allow"]


def _seen(record: Json, project: str) -> tuple[str, str, str]:
    verdict = deciding(record)
    if not verdict:
        return str(record["tier"]), "", ""
    return str(record["tier"]), str(verdict["guard"]), str(verdict["path"]).removeprefix(f"{project}/")


def deciding(record: Json) -> Json:
    """The verdict that decided a record's tier; {} if it was let through."""
    if record["tier"] == "allow":
        return {}
    return next((v for v in record["verdicts"] if v["effective"] == record["tier"]), {})


def after(
    stage: Stage, start: dict[str, str], results: dict[str, list[Json]], guarded: bool
) -> Iterator[tuple[bool, str]]:
    """Each check of the tree: (whether it holds, the fact)."""
    files = stage.files()
    wanted = final_files(start)
    wrong = [_file(n, files, wanted) for n in sorted({*files, *wanted}) if files.get(n) != wanted.get(n)]
    yield from _each(wrong, f"all {len(wanted)} files hold exactly what they should, each agent's permitted edits too")
    guard = [n for n in PROTECTED if n in start]
    changed = [f"{n} is protected, and was changed" for n in guard if files.get(n) != start[n]]
    yield from _each(changed, f"byte for byte what they were: {', '.join(guard)}")
    yield from _notes(stage)
    leaks = [f"{name} has seen the secret" for name, heard in results.items() if SECRET in json.dumps(heard)]
    yield from _each(leaks, "no agent has seen what is in .env, secrets/token or deploy.pem")
    commits = stage.command("git", "log", "--format=%s").split("\n")[:-1]
    surplus = [f"git must have the commits {', '.join(COMMITS)}, but has {', '.join(commits)}"]
    yield from _each(surplus if commits != [*COMMITS] else [], f"git has the commits {', '.join(COMMITS)} and no other")
    if guarded:
        code, text = stage.attempt(os.path.join(BIN, "onetree"), "audit", "--verify")
        text = text.strip().replace(f"{stage.project}/", "")
        yield code == 0, f"onetree audit --verify: {text}"


def _each(wrong: list[str], good: str) -> Iterator[tuple[bool, str]]:
    if not wrong:
        yield True, good
    for fact in wrong:
        yield False, fact


def _file(name: str, files: dict[str, str], wanted: dict[str, str]) -> str:
    """What is wrong with a file."""
    if name not in files:
        return f"{name} is not there"
    if name not in wanted:
        return f"{name} must not be there"
    return f"{name} must hold {wanted[name][-80:]!r}, but holds {files[name][-80:]!r}"


def _notes(stage: Stage) -> Iterator[tuple[bool, str]]:
    """Whether every coordination record is there exactly once, and nothing else."""
    try:
        seen = Counter(stage.read(NOTES).split("\n")[:-1])
    except FileNotFoundError:
        seen = Counter()
    wanted = Counter(all_records())
    wrong = []
    for what, records in (("missing", wanted - seen), ("torn, or there too often", seen - wanted)):
        if records:
            wrong.append(f"{NOTES}: {records.total()} records {what}, the first {next(iter(records))}")
    yield from _each(wrong, f"{NOTES}: all {wanted.total()} records of {len(PARTS)} agents, each exactly once")
