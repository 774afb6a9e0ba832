"""Many real processes against one file, one dispatcher, one tree, with faults: is anything lost, how long it takes.

usage: python -m stress SCENARIO [--agents N[,N...]] [--seconds S] [--seed X] [--only PART[,PART...]] [--budget ...]

Exit status: 0 all was as it must be, and within the budget; 1 it was not; 2 wrong use; 111 the harness could not go on.
"""

import argparse
import os
import random
import sys

# The folder that -m puts first holds the sources of onetree: what is tried here is what is installed.
sys.path.append(sys.path.pop(0))

from rich.console import Console

from stress import report, ways
from stress.crew import Fault
from stress.live import Screen
from stress.outcome import Outcome, parse_budget
from stress.run import Part, Run
from stress.scenarios import SCENARIOS

MOST_AGENTS = 200


def main(argv: "list[str] | None" = None) -> int:
    """The command; gives the exit status."""
    args = _parser().parse_args(argv)
    console = Console()
    seed = args.seed or f"{random.SystemRandom().randrange(16**6):06x}"
    console.print(f"seed {seed}", highlight=False)
    outcomes: list[Outcome] = []
    try:
        for agents in args.agents:
            for name in SCENARIOS if args.scenario == "all" else [args.scenario]:
                run = Run(
                    seed, 0.0, args.pause / 1000, args.size, agents, Screen(console, quiet=args.quiet), plugs=args.plug
                )
                chosen = _chosen(SCENARIOS[name](run), args.only)
                run.seconds = args.seconds / max(1, len(chosen))
                for part in chosen:
                    outcome = run.carry_out(name, part, args.budget)
                    outcomes.append(outcome)
                    report.line(console, outcome)
    except Fault as e:
        print(f"stress: unable to go on: {e}; seed {seed}", file=sys.stderr)
        return 111
    except KeyboardInterrupt:
        return 130
    if not outcomes:
        print(f"stress: wrong use: no part of {args.scenario} is called {', '.join(args.only)}", file=sys.stderr)
        return 2
    os.makedirs(args.out, exist_ok=True)
    report.table(console, outcomes)
    report.write(args.out, outcomes, seed, " ".join(sys.argv[1:] if argv is None else argv))
    console.print(f"\n{args.out}/report.html and report.json hold the details.", highlight=False)
    return report.verdict(console, outcomes)


def _chosen(parts: "list[Part]", only: "list[str]") -> "list[Part]":
    return [part for part in parts if not only or part.name in only]


def _agents(text: str) -> "list[int]":
    numbers = [int(word) if word.isdecimal() else 0 for word in text.split(",")]
    if not all(1 <= n <= MOST_AGENTS for n in numbers):
        raise argparse.ArgumentTypeError(f"{text!r}: give numbers from 1 to {MOST_AGENTS}, with commas")
    return numbers


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1e7:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def _pause(text: str) -> float:
    return 0.0 if text == "0" else _positive(text)


def _size(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if not 60 <= value <= 10_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of bytes from 60 to 10000000")
    return value


def _plug(text: str) -> str:
    path, _, name = text.rpartition(":")
    absolute = f"{os.path.abspath(path)}:{name}"
    try:
        ways.plugged(absolute)
    except ValueError as e:
        raise argparse.ArgumentTypeError(str(e)) from None
    return absolute


def _budget(text: str) -> "dict[tuple[str, str], float]":
    try:
        return parse_budget(text)
    except ValueError as e:
        raise argparse.ArgumentTypeError(str(e)) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m stress", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenario", choices=[*SCENARIOS, "all"])
    parser.add_argument("--agents", type=_agents, default=[7], metavar="N[,N...]", help="how many at once (7)")
    parser.add_argument("--seconds", type=_positive, default=20.0, help="for a scenario, shared by its parts (20)")
    parser.add_argument("--seed", default="", help="of all that is random; a new one if left out")
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=[], metavar="PART[,...]", help="these parts"
    )
    parser.add_argument(
        "--pause", type=_pause, default=0.0, metavar="MS", help="between two operations, on average (0)"
    )
    parser.add_argument("--size", type=_size, default=200, metavar="BYTES", help="of a record in `append` (200)")
    parser.add_argument(
        "--plug", type=_plug, action="append", default=[], metavar="FILE.py:CLASS",
        help="another way to append, a subclass of stress.ways.Way, for `append`",
    )  # fmt: skip
    parser.add_argument(
        "--budget", type=_budget, default={}, help="such as hold=5ms,wait=500ms,total.max=2s; p99 if not said"
    )
    parser.add_argument("--out", default=".stress", metavar="DIR", help="where the report goes (.stress)")
    parser.add_argument("--quiet", action="store_true", help="nothing that moves on the screen")
    return parser


if __name__ == "__main__":
    sys.exit(main())
