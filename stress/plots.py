"""Pictures of a run, as SVG texts that stand in the report."""

import io
from collections.abc import Iterator

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stress import oplog
from stress.outcome import MEASURES, Outcome, figures, shown

STYLE = {"svg.fonttype": "none", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False,
         "axes.grid": True, "grid.alpha": 0.25, "svg.hashsalt": "onetree"}  # fmt: skip
POINTS = 400  # of a curve
HOLDS = 160  # in a picture of who held the lock
BINS = 120

COLOURS: "dict[str, str]" = {}  # of each part, the same in all pictures

Picture = tuple[str, str, str]  # title, caption, SVG


def of(outcomes: "list[Outcome]") -> Iterator[Picture]:
    """All pictures that a run gives, one after the other."""
    COLOURS.clear()
    COLOURS.update({part: f"C{k}" for k, part in enumerate(dict.fromkeys(o.part for o in outcomes))})
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]  # its keys are a list of all that there are
        for scenario, agents in sorted({(o.scenario, o.agents) for o in outcomes}):
            these = [o for o in outcomes if (o.scenario, o.agents) == (scenario, agents) and len(o.done())]
            if these:
                yield _latencies(scenario, agents, these)
                yield _contention(scenario, agents, these)
            seen = [o for o in these if o.ours and len(o.measure("hold")) > 20]
            if seen:
                yield _holders(max(seen, key=lambda o: float(o.measure("wait").max())))
        for scenario in sorted({o.scenario for o in outcomes}):
            grown = [o for o in outcomes if o.scenario == scenario and len(o.done())]
            if len({o.agents for o in grown}) > 2:
                yield _growth(scenario, grown)


def _latencies(scenario: str, agents: int, outcomes: "list[Outcome]") -> Picture:
    """How many operations took longer than so long."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 4), sharey=True, layout="constrained")
    for axis, measure in zip(axes, MEASURES, strict=True):
        for outcome in outcomes:
            values = np.sort(outcome.measure(measure))
            if len(values):
                share = 1 - np.arange(len(values)) / len(values)
                some = np.unique(np.geomspace(1, len(values), POINTS).astype(int))
                picked = len(values) - some[::-1]  # densest where it is rare
                style = "-" if outcome.ours else "--"
                look = {"label": outcome.part, "color": COLOURS[outcome.part], "linewidth": 1.4}
                axis.plot(values[picked] / 1e6, share[picked], style, **look)
        axis.set(title=measure, xscale="log", yscale="log", xlabel="longer than, ms")
    axes[0].set_ylabel("share of operations")
    axes[2].legend(fontsize=8, frameon=False)
    caption = "wait: until the lock was granted; hold: with the lock; total: until the call returned. Dashed: others."
    return f"How long it takes: {scenario}, {agents} agents", caption, _svg(figure)


def _contention(scenario: str, agents: int, outcomes: "list[Outcome]") -> Picture:
    """Operations for each second, and the longest of them, over time."""
    figure, (above, below) = plt.subplots(2, 1, figsize=(12, 5), sharex=True, layout="constrained")
    for outcome in outcomes:
        done = outcome.done()
        start = done["begun"].min()
        at = (done["told"] - start) / 1e9
        edges = np.linspace(0, max(at.max(), 1e-6), BINS + 1)
        place = np.clip(np.digitize(at, edges) - 1, 0, BINS - 1)
        longest = np.zeros(BINS)
        np.maximum.at(longest, place, (done["told"] - done["begun"]) / 1e6)
        middle = (edges[:-1] + edges[1:]) / 2
        style, colour = "-" if outcome.ours else "--", COLOURS[outcome.part]
        rate = np.bincount(place, minlength=BINS) / (edges[1] - edges[0])
        above.plot(middle, rate, style, label=outcome.part, color=colour, linewidth=1.2)
        there = longest > 0
        below.plot(middle[there], longest[there], style, color=colour, linewidth=1.0)
    above.set(ylabel="per second", yscale="log")
    below.set(ylabel="longest, ms", yscale="log", xlabel="seconds")
    above.legend(fontsize=8, frameon=False, ncols=min(8, len(outcomes)))
    caption = f"Each of the {BINS} slices of a part's time: how many operations ended in it, and the longest of them."
    return f"Contention over time: {scenario}, {agents} agents", caption, _svg(figure)


def _holders(outcome: Outcome) -> Picture:
    """Who held the lock when, around the longest wait."""
    figure, axis = plt.subplots(figsize=(12, 0.8 + 0.28 * min(30, len(outcome.logs))), layout="constrained")
    done = outcome.done()
    seen = done[done["granted"] > 0]
    worst = int(np.argmax(seen["granted"] - seen["begun"]))
    around = np.sort(seen["granted"])
    place = int(np.searchsorted(around, seen["granted"][worst]))
    first, last = around[max(0, place - HOLDS // 2)], around[min(len(around) - 1, place + HOLDS // 2)]
    names = sorted(outcome.logs)
    row = 0
    for name in names:
        log = outcome.logs[name]
        held = log[(log["status"] == oplog.DONE) & (log["granted"] >= first) & (log["granted"] <= last)]
        if not len(held):
            continue
        waits = [((b - first) / 1e6, (g - b) / 1e6) for b, g in zip(held["begun"], held["granted"], strict=True)]
        holds = [
            ((g - first) / 1e6, max(1e-4, (k - g) / 1e6)) for g, k in zip(held["granted"], held["kept"], strict=True)
        ]
        axis.broken_barh(waits, (row + 0.35, 0.3), color="#f0a35e")
        axis.broken_barh(holds, (row + 0.1, 0.8), color="#2b6cb0")
        axis.text(-0.005, (row + 0.5), name, transform=axis.get_yaxis_transform(), ha="right", va="center", fontsize=8)
        row += 1
    axis.set(xlim=(0, (last - first) / 1e6), ylim=(0, max(1, row)), xlabel="ms", yticks=[])
    axis.grid(visible=False)
    wait = shown(float((seen["granted"] - seen["begun"])[worst]))
    caption = f"Blue: the lock is held; orange: waiting for it. Around the longest wait of {outcome.part}, {wait}."
    return f"Who held the lock: {outcome.scenario} {outcome.part}, {outcome.agents} agents", caption, _svg(figure)


def _growth(scenario: str, outcomes: "list[Outcome]") -> Picture:
    """How the wait, or else the whole, grows with the number of agents."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
    for part in dict.fromkeys(o.part for o in outcomes):
        these = sorted((o for o in outcomes if o.part == part), key=lambda o: o.agents)
        measure = "wait" if len(these[0].measure("wait")) else "total"
        for axis, which in zip(axes, ("p50", "p99", "max"), strict=True):
            values = [figures(o.measure(measure))[which] / 1e6 for o in these]
            look = {"label": _label(part, measure), "color": COLOURS[part], "markersize": 4}
            axis.plot([o.agents for o in these], values, "o-" if these[0].ours else "o--", **look)
    for axis, which in zip(axes, ("p50", "p99", "max"), strict=True):
        axis.set(title=which, xlabel="agents at once", yscale="log")
        _whole_numbers(axis)
    axes[0].set_ylabel("ms")
    axes[2].legend(fontsize=8, frameon=False)
    caption = "The wait for the lock; the whole operation where the wait cannot be seen from outside."
    return f"How it grows: {scenario}", caption, _svg(figure)


def _label(part: str, measure: str) -> str:
    return part if measure == "wait" else f"{part} (whole)"


def _whole_numbers(axis: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axis.xaxis.set_major_locator(MaxNLocator(integer=True))


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg")
    plt.close(figure)
    whole = text.getvalue()
    return whole[whole.index("<svg") :]
