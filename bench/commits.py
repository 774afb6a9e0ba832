"""What the pre-commit hooks cost, beside pre-commit-hooks' own on the same files.

usage: bench/commits.py [--rounds N] [--json]

Each hook is run as pre-commit runs it, on a commit of 5 files and on all 5,000 files of a repository, of which one in a
hundred is a shell script. Times are of whole processes, the median of the rounds; in each round everything runs once.
Exit status 1 if a hook costs more than twice the dearer of the two others.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

BIN = os.path.dirname(os.path.abspath(sys.executable))
HOOKS = (
    "write-guard",
    "read-guard",
    "shell-write-detect",
    "policy-check",
    "adr-check",
    "changelog-check",
    "attribution-check",
    "journal-verify",
    "flock-check",
)
OTHERS = ("check-added-large-files", "detect-private-key")
NO_FILES = ("write-guard", "policy-check", "changelog-check", "journal-verify")  # pass_filenames: false
SOME_FILES: "dict[str, tuple[str, ...]]" = {"flock-check": (".jsonl",), "shell-write-detect": (".sh", "Makefile")}
FILES = 5000
BOUND = 2.0
SCRIPT = '#!/bin/sh\nset -e\nfor f in src/*.py; do\n  python3 -m compileall -q "$f" > /dev/null\ndone\necho done\n'


def git(root: str, *args: str) -> None:
    """Run git in the repository."""
    subprocess.run(["git", "-C", root, *args], check=True, capture_output=True)


def build(root: str) -> "list[str]":
    """A governed repository with so many files; gives their names."""
    git(root, "init", "-q")
    git(root, "config", "user.email", "bench@example.org")
    git(root, "config", "user.name", "bench")
    names = []
    for n in range(FILES):
        name = f"src/m{n // 100}/f{n}{'.sh' if n % 100 == 2 else ('.py', '.md')[n % 2]}"
        os.makedirs(os.path.join(root, os.path.dirname(name)), exist_ok=True)
        with open(os.path.join(root, name), "w", encoding="utf-8") as f:
            f.write(f"{SCRIPT}# {n}\n" if name.endswith(".sh") else f"# {n}\n" * 20)
        names.append(name)
    subprocess.run([f"{BIN}/onetree", "init"], cwd=root, check=True, capture_output=True)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "all")
    for name in names[:5]:
        with open(os.path.join(root, name), "a", encoding="utf-8") as f:
            f.write("# more\n")
    git(root, "add", "-A")
    return names


def argv(hook: str, names: "list[str]") -> "list[str]":
    """The command line of a hook for these files."""
    if hook in OTHERS:
        return [f"{BIN}/{hook}", *names]
    if hook in NO_FILES:
        names = []
    names = [n for n in names if n.endswith(SOME_FILES.get(hook, ("",)))]
    return [f"{BIN}/onetree", "check", hook, *names]


def seconds(command: "list[str]", root: str) -> float:
    """How long it takes."""
    began = time.perf_counter()
    done = subprocess.run(command, cwd=root, capture_output=True, check=False)
    took = time.perf_counter() - began
    assert done.returncode == 0, (command[:3], done.stdout[:500], done.stderr[:500])
    return took


def main() -> int:
    """Run the benchmark; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as root:
        names = build(root)
        for files in (names[:5], names):
            found: dict[str, list[float]] = {hook: [] for hook in (*OTHERS, *HOOKS)}
            for _ in range(args.rounds):
                for hook, times in found.items():
                    times.append(seconds(argv(hook, files), root))
            middle = {hook: statistics.median(times) for hook, times in found.items()}
            dearest = max(middle[hook] for hook in OTHERS)
            for hook, took in middle.items():
                ratio = took / dearest
                slow = hook in HOOKS and ratio > BOUND
                missed += slow
                if args.json:
                    print(json.dumps({"hook": hook, "files": len(files), "seconds": took, "ratio": ratio}))
                else:
                    word = "SLOW" if slow else "ok  "
                    print(f"{word} {hook:24} {len(files):5} files {took * 1000:7.1f} ms  {ratio:5.2f} x")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
