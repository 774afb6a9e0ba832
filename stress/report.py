"""What a run came to: lines and a table on the screen, report.json for programs, report.html for people."""

import html
import json
import os
import platform
import time

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stress import plots
from stress.outcome import MEASURES, NAMES, Outcome, figures, shown

COLUMNS = ("p50", "p99", "max")
WIDE = 104  # characters of a terminal that has room for all of them
STYLE = """
:root { color-scheme: light dark; --line: #8884; --bad: #c0392b; --good: #27803f; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .85rem; width: 100%; }
th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child, td.text { text-align: left; } td.text { white-space: normal; }
.bad { color: var(--bad); font-weight: 600; } .good { color: var(--good); font-weight: 600; } .theirs { opacity: .75; }
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; background: #fff; border-radius: 6px; }
figcaption { font-size: .85rem; opacity: .8; } code { font-size: .85em; } .scroll { overflow-x: auto; }
"""


def line(console: Console, outcome: Outcome) -> None:
    """One line for a part that is over, and what is wrong with it."""
    bad = bool(outcome.findings or outcome.missed)
    mark = "[bold red]FAIL[/]" if bad else "[green]ok[/]  " if outcome.ours else "[dim]--[/]  "
    counts = ", ".join(f"{n:,} {name}" for name, n in outcome.counts.items() if n)
    what = f"{outcome.scenario} {outcome.part}".ljust(20)
    console.print(f"{mark} {escape(what)} {outcome.agents:3} agents  {escape(counts)}", highlight=False)
    for fact in [*outcome.findings[:20], *outcome.missed]:
        console.print(f"       [red]{escape(fact)}[/]", highlight=False)
    for note in outcome.notes:
        console.print(f"       [dim]{escape(note)}[/]", highlight=False)


def table(console: Console, outcomes: "list[Outcome]") -> None:
    """All parts, a row each."""
    names = COLUMNS if console.width >= WIDE else COLUMNS[1:]
    result = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    result.add_column("part", no_wrap=True)
    result.add_column("agents", justify="right", no_wrap=True)
    result.add_column("per s", justify="right", no_wrap=True)
    for measure in MEASURES:
        for name in names:
            result.add_column(f"{measure}\n{name}", justify="right", no_wrap=True)
    for outcome in _rows(outcomes):
        result.add_row(outcome.part, *_cells(outcome, names), style="" if outcome.ours else "dim")
    console.print(result)


def verdict(console: Console, outcomes: "list[Outcome]") -> int:
    """The last lines, and the exit status."""
    bad = [o for o in outcomes if o.findings or o.missed]
    for outcome in bad:
        console.print(f"\n[bold red]{outcome.scenario} {escape(outcome.part)}[/]: to see it again:", highlight=False)
        console.print(f"  {outcome.replay}", highlight=False, soft_wrap=True)
        if outcome.evidence:
            console.print(f"  evidence: {outcome.evidence}", highlight=False, soft_wrap=True)
    told = sum(o.counts.get("acknowledged", 0) for o in outcomes if o.ours)
    if not bad:
        console.print(f"[bold green]All {told:,} operations that were acknowledged are there, each exactly once.[/]")
    return 1 if bad else 0


def write(folder: str, outcomes: "list[Outcome]", seed: str, arguments: str) -> None:
    """report.json and report.html."""
    about = {
        "seed": seed,
        "arguments": arguments,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": f"{platform.system()} {platform.release()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
    }
    whole = {**about, "outcomes": [o.as_json() for o in outcomes]}
    _replace(os.path.join(folder, "report.json"), json.dumps(whole, indent=1) + "\n")
    _replace(os.path.join(folder, "report.html"), _page(about, outcomes))


def _rows(outcomes: "list[Outcome]") -> "list[Outcome]":
    """All parts, each with what took time beside it."""
    return [row for outcome in outcomes for row in (outcome, *outcome.others())]


def _cells(outcome: Outcome, names: "tuple[str, ...]") -> list[str]:
    found = {measure: figures(outcome.measure(measure)) for measure in MEASURES}
    cells = [str(outcome.agents), _rate(outcome.per_second())]
    return cells + [shown(found[m][c]) if found[m] else "-" for m in MEASURES for c in names]


def _rate(per_second: float) -> str:
    """182k, 1.2k, 213, 4.5."""
    if per_second >= 1000:
        return f"{per_second / 1000:.{per_second < 10_000:d}f}k"
    return f"{per_second:.{per_second < 10:d}f}"


def _page(about: "dict[str, str]", outcomes: "list[Outcome]") -> str:
    bad = [o for o in outcomes if o.findings or o.missed]
    told = sum(o.counts.get("acknowledged", 0) for o in outcomes if o.ours)
    said = (
        f'<p class="bad">{len(bad)} of {len(outcomes)} parts are not as they must be.</p>'
        if bad
        else f'<p class="good">All {told:,} operations that were acknowledged are there, each exactly once.</p>'
    )
    facts = " · ".join(f"{html.escape(name)} {html.escape(value)}" for name, value in about.items())
    body = [f"<h1>onetree: stress</h1><p>{facts}</p>", said, "<h2>All parts</h2>", _table(outcomes)]
    body += ["<h2>What was counted</h2>", _counts(outcomes)]
    for title, caption, svg in plots.of(_rows(outcomes)):
        body.append(
            f"<h2>{html.escape(title)}</h2><figure>{svg}<figcaption>{html.escape(caption)}</figcaption></figure>"
        )
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>onetree: stress</title><style>{STYLE}</style>'
    return head + '<meta name="viewport" content="width=device-width">' + "".join(body) + "</html>\n"


def _table(outcomes: "list[Outcome]") -> str:
    names = "".join(f"<th>{m} {c}</th>" for m in MEASURES for c in NAMES)
    rows = []
    for o in _rows(outcomes):
        cells = "".join(f"<td>{html.escape(c)}</td>" for c in _cells(o, NAMES))
        kind = "" if o.ours else ' class="theirs"'
        title = html.escape(o.about, quote=True)
        rows.append(f'<tr{kind}><td title="{title}">{html.escape(o.scenario)} {html.escape(o.part)}</td>{cells}</tr>')
    head = f"<tr><th>part</th><th>agents</th><th>per s</th>{names}</tr>"
    return f'<div class="scroll"><table>{head}{"".join(rows)}</table></div>'


def _counts(outcomes: "list[Outcome]") -> str:
    rows = []
    for o in outcomes:
        counts = ", ".join(f"{n:,} {html.escape(name)}" for name, n in o.counts.items() if n)
        wrong = "".join(f'<br><span class="bad">{html.escape(f)}</span>' for f in [*o.findings, *o.missed])
        wrong += f"<br><code>{html.escape(o.replay)}</code>" if wrong else ""
        notes = "".join(f"<br>{html.escape(n)}" for n in o.notes)
        name = f"{html.escape(o.scenario)} {html.escape(o.part)}, {o.agents} agents"
        rows.append(f'<tr><td class="text">{name}</td><td class="text">{counts}{wrong}{notes}</td></tr>')
    return f"<table>{''.join(rows)}</table>"


def _replace(path: str, text: str) -> None:
    with open(f"{path}.new", "w", encoding="utf-8") as f:
        f.write(text)
    os.replace(f"{path}.new", path)
