"""What `onetree lock status`, `why` and `history` show."""

import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from onetree.locks import core, registry
from onetree.locks.words import span
from onetree.visible import visible

from .lock import Session, claim_json, describe, lost_line

LOOKS = 0.5  # seconds between two looks of the live view at the state file

Claim = dict[str, Any]


def show(session: Session) -> int:
    """All holds and the queue."""
    state, now = session.engine.state(), session.engine.clock()
    if session.json:
        for claim, ahead in rows(state):
            print(json.dumps({**claim_json(session, claim, now), "waits_for": [b["id"] for b in ahead]}))
        return 0
    console = Console()
    with console.capture() as text:
        console.print(tables(session, state, now))
    print("\n".join(line.rstrip() for line in text.get().splitlines()).strip("\n"))
    return 0


def watch(session: Session) -> int:
    """The same, live, until interrupted; with --json, all of it again whenever something has changed."""
    view, seen = os.path.join(session.registry.directory, registry.VIEW), -1
    with Live(console=Console(), auto_refresh=False, screen=False) as live:
        while True:
            if seen < 0 or session.registry.cluster:  # others' machines do not write this one's state file
                session.engine.state()
            changed = os.stat(view).st_mtime_ns
            if session.json and changed != seen:
                show(session)
                sys.stdout.flush()
                changed = os.stat(view).st_mtime_ns
            elif not session.json:
                live.update(tables(session, session.engine.state(), session.engine.clock()), refresh=True)
            seen = changed
            time.sleep(LOOKS)


def rows(state: "core.State") -> "Iterator[tuple[Claim, list[Claim]]]":
    """Each claim, the holds first, with those it waits for."""
    for claim in state["claims"]:
        if claim["fence"]:
            yield claim, []
    for claim in core.queue(state):
        yield claim, core.blockers(state, claim)


def tables(session: Session, state: "core.State", now: float) -> Group:
    """Holds, and the queue in its order."""
    held, waiting = _table("held", "for", "age", "ends in"), _table("waits for", "for", "waits", "behind")
    for claim, ahead in rows(state):
        what = Text(f"{claim['mode']} {session.names(claim)}")
        who = Text(claim["owner"])
        why = Text(claim["reason"] or "-")
        if claim["fence"]:
            age, left = span(now - claim["granted"]), span(claim["expires"] - now)
            held.add_row(str(claim["id"]), who, what, why, age, left)
        else:
            promoted = core.PRIORITIES.index(claim["priority"]) - claim["rank"]
            rank = "upgrade" if claim["rank"] == core.UPGRADE else core.PRIORITIES[claim["rank"]]
            what.append(f"\n{rank}{f', promoted {promoted}x' if promoted and rank != 'upgrade' else ''}", "dim")
            behind = Text(", ".join(f"{b['owner']} ({b['id']})" for b in ahead) or "-")
            waiting.add_row(str(claim["id"]), who, what, why, span(now - claim["since"]), behind)
    parts: list[Any] = []
    if held.row_count:
        parts.append(held)
    if waiting.row_count:
        parts.append(waiting)
    return Group(*(parts or [Text("nothing is locked")]))


def _table(what: str, *more: str) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("ID", "who", what, *more):
        table.add_column(name, overflow="fold")
    return table


def explain(session: Session, resource: str, typed: str) -> int:
    """Who has a resource, or waits for it, and what could be done; exit code 1 if it is not free for a write."""
    state = session.engine.state()
    about = [c for c in state["claims"] if any(core.overlap(r, resource) for r in c["resources"])]
    how, claims = core.standing(state, session.owner, resource)
    others = [c for c in about if c["owner"] != session.owner]
    if session.json:
        now = session.engine.clock()
        found = [claim_json(session, c, now) for c in about]
        print(json.dumps({"resource": typed, "standing": how, "owner": session.owner, "claims": found}))
        return 1 if how in ("other", "lost") else 0
    lines = [describe(session, c) for c in about]
    if how == "lost":
        lines += [lost_line(session, c) for c in claims]
    lines.append(f"you are {session.owner}: {ADVICE[how]}" if others or how != "free" else f"{visible(typed)} is free")
    if how == "other":
        soonest = min(c["expires"] for c in others if c["fence"]) - session.engine.clock()
        wait = f"`onetree lock acquire {typed} --wait {int(soonest) + 60}`"
        lines.append(f"next: work on something else, or {wait}; `onetree lock run {typed} -- COMMAND` waits, too")
    print("\n".join(lines))
    return 1 if how in ("other", "lost") else 0


ADVICE = {
    "held": "you may write there",
    "free": "nobody holds it; who is in the queue is before you",
    "other": "somebody else holds it; do not write there",
    "lost": "you lost it; read again, and ask again with `onetree lock acquire`",
}


def past(session: Session, resources: "list[str]") -> int:
    """The log, the oldest first; of resources, what overlaps them."""
    for event in session.engine.log():
        if event["event"] in ("state", core.FORGOTTEN) or (
            resources and not any(core.overlap(a, b) for a in event["resources"] for b in resources)
        ):
            continue
        if session.json:
            print(json.dumps(event))
            continue
        names = ", ".join(visible(session.registry.shown(r)) for r in event["resources"])
        more = f": {event['why']}" if event.get("why") else ""
        reason = event.get("claim", {}).get("reason")
        text = (
            f"{event['at'][:19]}Z {event['id']:>5} {event['event']:9} {event['owner']}: {event['mode']} {names}{more}"
        )
        print(text + (f" for {reason!r}" if reason else ""))
    return 0
