"""Check the model of the lock rules with Spin: what must be true is, and each planted bug is found.

usage: python3 models/check.py [NAME ...]     the rows of the table below; all of them if none is named

Exit codes: 0 all as expected, 1 not, 2 wrong use, 111 no Spin or no C compiler here.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MODEL = Path(__file__).with_name("locks.pml")
MISSING = "no {0} here: apt install spin gcc (Debian, Ubuntu), brew install spin (macOS)"
DEPTH = 2_000_000  # steps; a search that goes deeper counts as a failure

# Name -> definitions. The small worlds without a bug must be clean, what begins with BUG_ must be found.
ONE, TWO = ("AGENTS=3", "RESOURCES=1", "ASKS=2"), ("AGENTS=2", "RESOURCES=2", "ASKS=3")
ROWS = {
    "one resource": ONE,
    "two resources": TWO,
    "every wait ends": ("AGENTS=2", "RESOURCES=1", "ASKS=3", "LIVE"),
    "BUG_COMPATIBLE": ONE,
    "BUG_OVERTAKE": ONE,
    "BUG_UPGRADE": ONE,
    "BUG_FENCE": ONE,
    "BUG_STALE": ONE,
    "BUG_CIRCLE": TWO,
    "BUG_PARTIAL": TWO,
    "BUG_PATIENCE": ("AGENTS=2", "RESOURCES=1", "ASKS=3", "LIVE"),
}


def main(names: "list[str]") -> int:
    """Check the named rows; gives the exit code."""
    unknown = [n for n in names if n not in ROWS]
    if unknown:
        print(f"check.py: wrong use: no row {unknown[0]!r}; there are {', '.join(ROWS)}", file=sys.stderr)
        return 2
    for program in ("spin", "cc"):
        if not shutil.which(program):
            print(f"check.py: unable to check the model: {MISSING.format(program)}", file=sys.stderr)
            return 111
    outcomes = [check(n, ROWS[n]) for n in names or ROWS]
    return 0 if all(outcomes) else 1


def check(name: str, definitions: "tuple[str, ...]") -> bool:
    """Search one row's world and print a line; whether it came out as it must."""
    bug = name.startswith("BUG_")
    live = "LIVE" in definitions
    with tempfile.TemporaryDirectory() as folder:
        flags = [f"-D{d}" for d in (*definitions, *([name] if bug else []))]
        run(folder, "spin", "-a", *flags, str(MODEL))
        kind = ["-DNFAIR=3"] if live else ["-DSAFETY"]
        run(folder, "cc", "-O1", "-w", "-DCOLLAPSE", "-DVECTORSZ=2048", *kind, "-o", "pan", "pan.c")
        said = run(folder, "./pan", f"-m{DEPTH}", *(["-a", "-f"] if live else []))
    errors = re.search(r"errors: (\d+)", said)
    states = re.search(r"(\d+) states, stored", said)
    fault = re.search(r"^pan:\d+: (.*?)( \(at depth \d+\))?$", said, re.MULTILINE)
    whole = "max search depth too small" not in said and "out of memory" not in said
    right = errors is not None and whole and (errors[1] != "0") is bug
    what = f"found: {fault[1]}" if fault else "nothing found" if whole else "not searched to the end"
    print(f"{'ok' if right else 'FAIL':4}  {name}: {states[1] if states else '?'} states, {what}", flush=True)
    return right


def run(folder: str, *argv: str) -> str:
    """The output of a program, whatever its exit status."""
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode and argv[0] != "./pan":
        print(f"check.py: unable to check the model: {argv[0]}: {done.stdout}{done.stderr}", file=sys.stderr)
        sys.exit(111)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
