"""What a tool call costs: whole processes of the installed dispatcher, each paired with an empty Python.

usage: bench/run.py [--runs N] [--json]

CPU time (user and system, from wait4) is what is compared: it hardly depends on what else the machine does. The ratio
is taken pair by pair and its median printed beside the bound of the design. Exit status 1 if a bound is missed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BIN = Path(sys.executable).parent
HOOK = [sys.executable, "-I", "-X", "utf8", str(BIN / "onetree"), "hook", "--platform", "claude"]
EMPTY = [sys.executable, "-c", "pass"]
FOR_A_PARSER = (
    'for f in src/*.py; do grep -n "$NAME" "$f" | tee -a out.log; done && cat <<\'EOF\' > notes.md\nx > y\nEOF'
)

# (what, tool, its arguments, the bound in empty Pythons)
CASES = (
    ("file tool: write", "Write", {"file_path": "src/a.py", "content": "x = 2\n"}, 2.0),
    ("file tool: read", "Read", {"file_path": "README.md"}, 2.0),
    ("file tool: refused", "Write", {"file_path": ".env", "content": "KEY=1\n"}, 2.0),
    ("shell: plain command", "Bash", {"command": "git status --short"}, 2.5),
    ("shell: needs a parser", "Bash", {"command": FOR_A_PARSER}, 4.5),
)
AT_ONCE = 10


@contextmanager
def governed() -> "Iterator[Path]":
    """A scratch repository with the default policy."""
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name) / "tree"
        tree.mkdir()
        os.environ["HOME"] = name
        subprocess.run(["git", "init", "-q", str(tree)], check=True)
        subprocess.run([str(BIN / "onetree"), "init", str(tree)], check=True, stdout=subprocess.DEVNULL)
        (tree / "src").mkdir()
        (tree / "src" / "a.py").write_text("x = 1\n")
        (tree / "README.md").write_text("hello\n")
        yield tree


def payload(tree: Path, tool: str, args: "dict[str, str]") -> bytes:
    """A PreToolUse event of Claude Code, paths absolute as it sends them."""
    full = {k: str(tree / v) if k == "file_path" else v for k, v in args.items()}
    event = {"session_id": "bench", "cwd": str(tree), "hook_event_name": "PreToolUse", "tool_name": tool}
    return json.dumps({**event, "tool_input": full, "tool_use_id": "t", "transcript_path": "/x"}).encode()


def cpu(argv: "list[str]", stdin: bytes, cwd: Path) -> float:
    """Seconds of processor time of one process, from its start to its end."""
    with tempfile.TemporaryFile() as f:
        f.write(stdin)
        f.seek(0)
        child = subprocess.Popen(argv, stdin=f, stdout=subprocess.DEVNULL, cwd=cwd)
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
    return usage.ru_utime + usage.ru_stime


def paired(tree: Path, stdin: bytes, runs: int) -> "dict[str, float]":
    """Medians over the pairs, in seconds, and their ratio."""
    cpu(HOOK, stdin, tree)  # the first call fills the caches
    pairs = [(cpu(HOOK, stdin, tree), cpu(EMPTY, b"", tree)) for _ in range(runs)]
    ours, empty = zip(*pairs, strict=True)
    ratios = [a / b for a, b in pairs]
    return {"hook": statistics.median(ours), "python": statistics.median(empty), "ratio": statistics.median(ratios)}


def at_once(argv: "list[str]", tree: Path, stdin: bytes, number: int) -> float:
    """Wall-clock seconds for so many processes started together."""
    start = time.perf_counter()
    children = [
        subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=tree) for _ in range(number)
    ]
    for child in children:
        child.communicate(stdin)
    return time.perf_counter() - start


def crowd(tree: Path, stdin: bytes, rounds: int) -> "dict[str, float]":
    """How much longer AT_ONCE processes take than one, for the dispatcher and for an empty Python."""
    found = {}
    for name, argv in (("hook", HOOK), ("python", EMPTY)):
        text = stdin if name == "hook" else b""
        alone = statistics.median(at_once(argv, tree, text, 1) for _ in range(rounds))
        together = statistics.median(at_once(argv, tree, text, AT_ONCE) for _ in range(rounds))
        found[name] = together / alone
    return found


def appends(tree: Path, number: int) -> "list[float]":
    """Seconds of each of so many journal.append calls: lock, look at the head, write, unlock."""
    from onetree import journal

    state, took = str(tree / ".onetree" / "state"), []
    for _ in range(number):
        start = time.perf_counter()
        journal.append(state, {"platform": "bench", "event": "", "phase": "other", "note": "x" * 400})
        took.append(time.perf_counter() - start)
    return sorted(took)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=25, help="pairs per case (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    options = parser.parse_args()
    missed = 0
    with governed() as tree:
        for what, tool, args, bound in CASES:
            found = paired(tree, payload(tree, tool, args), options.runs)
            missed += found["ratio"] > bound
            if options.json:
                print(json.dumps({"case": what, "bound": bound, **found}))
            else:
                mark = "ok  " if found["ratio"] <= bound else "SLOW"
                ms = {k: f"{1000 * found[k]:.1f} ms" for k in ("hook", "python")}
                print(f"{mark} {what:24} {found['ratio']:5.2f} x of {bound} x  ({ms['hook']} beside {ms['python']})")
        many = crowd(tree, payload(tree, *CASES[0][1:3]), 7)
        took = appends(tree, 2000)
        lock = {"p50": took[1000] * 1e6, "p99": took[1980] * 1e6, "max": took[-1] * 1e6}
        if options.json:
            print(json.dumps({"case": f"{AT_ONCE} at once, beside one", **many}))
            print(json.dumps({"case": "journal append, microseconds", **lock}))
        else:
            what = f"{AT_ONCE} at once"
            print(f"     {what:24} {many['hook']:5.2f} x of one; an empty Python {many['python']:.2f} x")
            shown = ", ".join(f"{k} {v:.0f} us" for k, v in lock.items())
            print(f"     {'journal append, whole':24} {shown}")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
