"""Show what agents did and what they were told: the journal as a table or as JSON lines; or verify it.

Records are in the order in which they were written. Times are in UTC; a TIME without a zone is in the local one.
"""

import argparse
import datetime as dt
import os
import re
import sys
from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from onetree import changeset, git, journal, jsonlite, root
from onetree.policy import PolicyError
from onetree.scripts.commits import range as commit_range
from onetree.verdict import CHECKPOINT, TIERS
from onetree.visible import visible

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
COLOURS = {"allow": "green", "warn": "yellow", "checkpoint": "magenta", "block": "bold red"}
SESSION_CHARACTERS = 8  # as much of a session's identifier as tells sessions apart

Record = dict[str, object]


def main(argv: list[str] | None = None) -> int:
    """The command; gives the exit code."""
    args = _parser().parse_args(argv)
    if args.commits:
        return went_around(args.dir, args.commits, args.json)
    home = root.find(args.dir)
    if home is None:
        where = os.path.abspath(args.dir)
        reason = f"no {root.POLICY} in {where} or above it; run `onetree init` there"
        print(f"onetree audit: unable to find a journal: {reason}", file=sys.stderr)
        return 2
    state = os.path.join(home, root.STATE)
    try:
        code = verify(state, args.json) if args.verify else show(state, args)
        sys.stdout.flush()
    except journal.JournalError as e:
        print(f"onetree audit: unable to read the journal: {e}", file=sys.stderr)
        return 111
    except BrokenPipeError:  # the reader, `head` for one, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    return code


def show(state: str, args: argparse.Namespace) -> int:
    """Print the records that are asked for; gives the exit code."""
    path = os.path.join(state, journal.NAME)
    if not os.path.lexists(path):
        print(f"onetree audit: no journal yet: {path} comes with the first event of an agent", file=sys.stderr)
        return 0
    records = chosen(state, args.since or "", args.agent or "", TIERS.index(args.tier))
    if args.json:
        for record in records:
            print(jsonlite.dumps(record))
        return 0
    console = Console()
    with console.capture() as text:
        console.print(table(list(records)))
    print("\n".join(line.rstrip() for line in text.get().splitlines()).strip("\n"))
    return 0


def verify(state: str, as_json: bool) -> int:
    """Print what is wrong with the journal; gives the exit code."""
    path = os.path.join(state, journal.NAME)
    findings = journal.verify(state)
    for finding in findings:
        print(jsonlite.dumps({"file": path, "finding": finding}) if as_json else f"{path}: {finding}")
    if not findings and not as_json:
        print(f"{path}: every record is there, unchanged and in order" if os.path.lexists(path) else "no journal yet")
    return 1 if findings else 0


def went_around(folder: str, span: str, as_json: bool) -> int:
    """Print what the hooks would have said of the commits of a range; gives the exit code."""
    code = count = 0
    try:
        top = changeset.top(folder)
        for commit, check, finding in commit_range.findings(top, span):
            count += 1
            code = code or int(finding.tier >= CHECKPOINT)
            if as_json:
                row = {"commit": commit, "check": check, "tier": TIERS[finding.tier], "where": finding.where}
                print(jsonlite.dumps({**row, "text": finding.text}))
            else:
                where = f"{finding.where}: " if finding.where else ""
                print(visible(f"{commit[:10]} {check}: {where}{finding.text}"))
        total = len(changeset.commits(top, span))
    except (git.GitError, PolicyError, OSError) as e:
        print(visible(f"onetree audit: unable to look at the commits {span}: {e}"), file=sys.stderr)
        return 111
    if not as_json and not count:
        print(f"{total} commits, and nothing against them")
    return code


def chosen(state: str, since: str, agent: str, tier: int) -> Iterator[Record]:
    """The records from a time on (as in "t"), of an agent, told at least this tier; lines that are none are named."""
    for number, record in journal.read(state):
        if record is None:
            print(f"onetree audit: line {number} is not a record; --verify says more", file=sys.stderr)
        elif _text(record, "t") >= since and _is_of(record, agent) and _tier(record) >= tier:
            yield record


def table(records: list[Record]) -> Table:
    """One row a record, narrow enough for 80 columns; the day stands in each row only if there are several."""
    days = sorted({_text(record, "t")[:10] for record in records})
    told = [TIERS[_tier(record)] for record in records]
    counts = ", ".join(f"{told.count(tier)} {tier}" for tier in TIERS if tier in told) or "no records"
    result = Table(
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        caption=Text(f"{' to '.join(dict.fromkeys((*days[:1], *days[-1:])))} UTC: {counts}" if records else counts),
        caption_justify="left",
    )
    result.add_column("time", no_wrap=True)
    result.add_column("agent", no_wrap=True, max_width=26)
    result.add_column("told", no_wrap=True)
    result.add_column("what", overflow="fold", ratio=1)
    for record, tier in zip(records, told, strict=True):
        time = _text(record, "t")
        result.add_row(
            Text(visible(time[11:19] if len(days) == 1 else f"{time[5:10]} {time[11:19]}")),
            Text(_agent(record)),
            Text(tier, COLOURS[tier]),
            _what(record),
        )
    return result


def _what(record: Record) -> Text:
    """What was about to happen, and under it a line for each word on it."""
    head = Text(visible(_text(record, "tool") or _text(record, "event") or "?"), "bold")
    subject = _text(record, "command") or ", ".join(_paths(record))
    if subject:
        head.append(" " + visible(subject), "not bold")
    for verdict in _list(record, "verdicts"):
        if isinstance(verdict, dict) and verdict.get("tier") != "allow":
            head.append("\n" + visible(_word(verdict)), "not bold dim")
    for field in ("approval", "note", "healed", "torn"):
        if text := _text(record, field):
            head.append(f"\n{field}: {visible(text)}", "not bold dim")
    return head


def _word(verdict: Record) -> str:
    """A verdict in a line: .env: credentials are written by people (write-guard, ADR 7, monitor: block)."""
    source = [_text(verdict, "guard")]
    if verdict.get("adr"):
        source.append(f"ADR {verdict['adr']}")
    if verdict.get("effective") != verdict.get("tier"):  # softened by the roll-out
        source.append(f"{_text(verdict, 'mode')}: {_text(verdict, 'tier')}")
    path, reason = _text(verdict, "path"), _text(verdict, "reason")
    return f"{path}: {reason} ({', '.join(filter(None, source))})" if path else f"{reason} ({', '.join(source)})"


def _agent(record: Record) -> str:
    session, agent = _text(record, "session")[:SESSION_CHARACTERS], _text(record, "agent")
    return visible(" ".join(filter(None, (_text(record, "platform"), session, agent))) or "?")


def _paths(record: Record) -> list[str]:
    effects = [e for e in _list(record, "effects") if isinstance(e, list)]
    return list(dict.fromkeys(e[1] for e in effects if len(e) > 1 and isinstance(e[1], str) and e[1]))


def _is_of(record: Record, agent: str) -> bool:
    return agent in ("", _text(record, "platform"), _text(record, "agent")) or _text(record, "session").startswith(
        agent
    )


def _tier(record: Record) -> int:
    tier = _text(record, "tier")
    return TIERS.index(tier) if tier in TIERS else 0


def _text(record: Record, field: str) -> str:
    """A field's text; "" if there is none: a line that was forged can hold anything."""
    value = record.get(field)
    return value if isinstance(value, str) else ""


def _list(record: Record, field: str) -> list[object]:
    value = record.get(field)
    return value if isinstance(value, list) else []


def _since(text: str) -> str:
    """A time as in a record's "t": so long ago (30s, 15m, 2h, 3d, 1w), or an ISO 8601 date or time."""
    utc = dt.timezone.utc
    try:
        if match := re.fullmatch(r"([0-9]{1,9})([smhdw])", text, re.ASCII):
            ago = dt.timedelta(**{UNITS[match[2]]: int(match[1])})
            when = dt.datetime.now(utc) - ago
        else:
            # Python 3.10 does not know the Z.
            when = dt.datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text)).astimezone(utc)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a time ago (30s, 15m, 2h, 3d, 1w) nor an ISO time (2026-01-31 or 2026-01-31T09:05Z)"
        ) from None
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")  # strftime does not pad years before 1000 everywhere


def _who(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("an empty name is no agent")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="onetree audit",
        description=__doc__,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--since", metavar="TIME", type=_since, help="30s, 15m, 2h, 3d, 1w ago, or ISO time")
    parser.add_argument(
        "--agent", metavar="A", type=_who, help="a platform, the beginning of a session, or an agent's name"
    )
    parser.add_argument("--tier", choices=TIERS, default=TIERS[0], help="at least this tier, as the agent was told")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--verify", action="store_true", help="exit 1 if a record was changed, removed, moved or added")
    parser.add_argument(
        "--commits",
        metavar="RANGE",
        help="what the hooks say of these commits, as in origin/main..HEAD; exit 1 if anything",
    )
    parser.add_argument("dir", nargs="?", default=".", metavar="DIR", help="a folder in the governed tree (default .)")
    return parser
