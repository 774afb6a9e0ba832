"""What `onetree lock metrics` shows: a table, the OpenMetrics text format, or a picture."""

import argparse
import sys

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from onetree.locks import metrics
from onetree.visible import visible

from .lock import Session

CELLS = 60  # of the heat map, in time
COLUMNS = {"requests": "asked", "grants": "granted", "timeouts": "timed out", "refusals": "refused",
           "promotions": "promoted", "upgrades_refused": "upgrades refused", "leases_lost": "lost"}  # fmt: skip


def show(session: Session, args: argparse.Namespace) -> int:
    """Print or draw them."""
    found = metrics.Metrics(session.engine.log())
    if args.plot:
        return plot(found, args.plot)
    if args.openmetrics:
        sys.stdout.write(metrics.openmetrics(found))
        return 0
    console = Console(width=max(120, Console().width))
    with console.capture() as text:
        console.print(table("resource", {session.registry.shown(k): r for k, r in found.resources.items()}))
        console.print(table("owner", found.owners))
    print("\n".join(line.rstrip() for line in text.get().splitlines()).strip("\n"))
    return 0


def table(what: str, rows: "dict[str, metrics.Row]") -> Table:
    """One row a resource, or an owner; waits in milliseconds."""
    result = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    result.add_column(what, overflow="fold")
    for name in (*COLUMNS.values(), "held", "wait p50 ms", "p90", "p99", "max"):
        result.add_column(name, justify="right")
    for name, row in rows.items():
        waits = [f"{1000 * row.quantile(q):.1f}" for q in (*metrics.QUANTILES, 1.0)]
        result.add_row(Text(visible(name)), *(str(row.counts[c]) for c in COLUMNS), str(row.held), *waits)
    return result


def plot(found: metrics.Metrics, path: str) -> int:
    """Draw how many waited for each resource over time, and how long the waits for each were."""
    try:
        import matplotlib as mpl

        mpl.use("Agg")
        import matplotlib.pyplot as plt
    except ImportError:
        sys.stderr.write("onetree lock metrics: unable to draw: there is no matplotlib; `pip install matplotlib`\n")
        return 111
    names = list(found.resources)
    begin = min((w.begin for w in found.waits), default=0.0)
    end = max((w.end for w in found.waits), default=1.0)
    cell = (end - begin) / CELLS or 1.0
    heat = [[0.0] * CELLS for _ in names]
    for wait in found.waits:
        for name in wait.resources:
            for i in range(CELLS):
                shared = min(wait.end, begin + (i + 1) * cell) - max(wait.begin, begin + i * cell)
                heat[names.index(name)][i] += max(0.0, shared) / cell
    figure, (over_time, by_resource) = plt.subplots(
        1, 2, figsize=(13, 2 + 0.4 * max(3, len(names))), width_ratios=(2, 1), layout="constrained"
    )
    if names:
        image = over_time.imshow(heat, aspect="auto", cmap="inferno", extent=(0, end - begin, len(names) - 0.5, -0.5))
        figure.colorbar(image, ax=over_time, label="waiting at once, on average")
        over_time.set_yticks(range(len(names)), names)
        by_resource.boxplot([found.resources[n].waits or [0.0] for n in names[::-1]], vert=False)
        by_resource.set_yticks(range(1, len(names) + 1), names[::-1])
    over_time.set(title="contention over time", xlabel="seconds since the first wait")
    by_resource.set(title="waits by resource", xlabel="seconds")
    figure.savefig(path)
    print(f"{path}: {len(found.waits)} waits for {len(names)} resources")
    return 0
