"""How often shell-write-detect is right: every command of commands.txt, judged by the kernel.

usage: python -m truth [--misses] [COMMAND...]

Prints for each category: the commands, how much of what they changed was named (exactly; or as below a named folder; or
at least "unknown" was said), how much of what was named was changed, and the commands that change nothing and were
accused. The commands of the category "luck" are told and not counted. With COMMAND, only that is judged, and all is
told. Exit status: 0 as good as stated; 1 worse; 2 wrong use; 111 commands cannot be watched here.
"""

import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# The folder that -m puts first holds the sources of onetree: what is tried here is what is installed.
sys.path.append(sys.path.pop(0))

from truth.judged import Judged, judge, table
from truth.sandbox import Sandbox, lacking, unable

# What is stated of the whole table, in percent.
RECALL, WITH_UNKNOWN, PRECISION, ACCUSED = 96.0, 100.0, 97.0, 1.0


def percent(part: int, whole: int) -> str:
    """A share, or a dash of nothing."""
    return f"{100 * part / whole:6.1f}" if whole else "     -"


def row(name: str, cases: "list[Judged]") -> str:
    """One line of the table."""
    needed = sum(len(case.needed) for case in cases)
    exact = sum(len(case.exact) for case in cases)
    prefix = exact + sum(len(case.prefix) for case in cases)
    unknown = needed - sum(len(case.silent) for case in cases)
    said = sum(len(case.said) for case in cases)
    right = said - sum(len(case.false) for case in cases)
    clean = [case for case in cases if not case.needed]
    accused = sum(bool(case.false) for case in clean)
    shares = (percent(exact, needed), percent(prefix, needed), percent(unknown, needed), percent(right, said))
    return f"{name:14} {len(cases):5} {needed:6} {' '.join(f'{share:>8}' for share in shares)} {accused:6}/{len(clean)}"


def main(argv: "list[str] | None" = None) -> int:
    """Judge and print."""
    arguments = sys.argv[1:] if argv is None else argv
    if {"-h", "--help"} & set(arguments):
        print((__doc__ or "").strip())
        return 0
    if why := unable():
        print(f"truth: unable to watch commands: {why}", file=sys.stderr)
        return 111
    entries = [("asked", command) for command in arguments if command != "--misses"] or table()
    left_out = [(command, lacking(command)) for _, command in entries if lacking(command)]
    entries = [entry for entry in entries if not lacking(entry[1])]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        sandbox = Sandbox(folder)
        state = str(folder / "state")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            cases = list(pool.map(lambda entry: judge(sandbox, entry[0], entry[1], state), entries))
    print(f"{'category':14} {'cases':>5} {'paths':>6} {'exact':>8} {'+prefix':>8} {'+unknown':>8} {'right':>8} accused")
    for category in dict.fromkeys(case.category for case in cases):
        print(row(category, [case for case in cases if case.category == category]))
    counted = [case for case in cases if case.category != "luck"]
    print(row("all", counted))
    for case in cases:
        told = [f"missed {path}" for path in sorted(case.needed - case.exact - case.prefix)]
        told += [f"false  {path}" for path in sorted(case.false)]
        told += [f"unread {why}" for why in case.unknown]
        told += [f"DISAGREEMENT of kernel and tree: {path}" for path in sorted(case.disagreement)]
        if arguments and arguments != ["--misses"]:
            told += [f"named  {path}" for path in sorted(case.exact)]
        if told:
            print(f"\n{case.category}: {case.command}")
            print("\n".join(f"    {line}" for line in told))
    for command, programs in left_out:
        print(f"\nleft out, without {', '.join(programs)}: {command}")
    return 0 if good(counted) else 1


def good(cases: "list[Judged]") -> bool:
    """Whether the cases are as good as stated."""
    needed = sum(len(case.needed) for case in cases) or 1
    exact = sum(len(case.exact) for case in cases)
    told = needed - sum(len(case.silent) for case in cases)
    said = sum(len(case.said) for case in cases) or 1
    false = sum(len(case.false) for case in cases)
    clean = [case for case in cases if not case.needed]
    accused = sum(bool(case.false) for case in clean)
    return (
        100 * exact >= RECALL * needed
        and 100 * told >= WITH_UNKNOWN * needed
        and 100 * (said - false) >= PRECISION * said
        and 100 * accused <= ACCUSED * max(len(clean), 1)
        and not any(case.disagreement for case in cases)
    )


if __name__ == "__main__":
    raise SystemExit(main())
