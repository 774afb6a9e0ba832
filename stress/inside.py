"""The part of a run that needs a file system of its own: a process in a name space, where a small one is mounted."""

import json
import os
import shutil
import subprocess
import sys
from typing import Any

if __name__ == "__main__":
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from onetree import flock
from stress import verify, ways
from stress.crew import crew, ticks

Json = dict[str, Any]
BALLAST = "ballast"  # a file that takes the room away, and gives it back
MOUNT = 'mount -t tmpfs -o size="$1" none "$2" || exit 99; shift 2; exec "$@"'


def run(plan: Json, size: str) -> "Json | None":
    """What fill() finds on a file system of that size; None if none can be mounted here."""
    unshare = shutil.which("unshare")
    if not unshare:
        return None
    inner = [sys.executable, "-I", os.path.abspath(__file__)]
    argv = [unshare, "--map-root-user", "--mount", "sh", "-c", MOUNT, "sh", size, plan["disk"], *inner]
    done = subprocess.run(argv, input=json.dumps(plan), capture_output=True, text=True, check=False)
    if done.returncode == 99 or (done.returncode and "unshare" in done.stderr):
        return None
    if done.returncode:
        raise RuntimeError(f"the part on a small disk ended with {done.returncode}: {done.stderr[-2000:]}")
    found: Json = json.loads(done.stdout)
    return found


def fill(plan: Json) -> Json:
    """Append until the disk is full, give it room, and so on; then check every byte."""
    path = os.path.join(plan["disk"], "log.jsonl")
    findings: list[str] = []
    emptied = 0
    with crew(plan["folder"], plan["seed"]) as agents:
        sizes = [200, 3000, 9000]
        for n in range(plan["agents"]):
            agents.add(f"a{n}", way="api", file=path, sizes=sizes, pause=0.002, seconds=plan["seconds"])
        agents.begin()
        whole: list[bytes] = []
        for _ in ticks(plan["seconds"] - 0.1, agents.rng, 0.05, 0.15):
            whole += _make_room(path, emptied)
            emptied += 1
        findings += agents.end()
        whole += _make_room(path, emptied)
        found, counts = verify.exact(agents.agents, whole)
        torn, _ = verify.torn_files(plan["disk"], "log.jsonl", agents.agents)
        names = [a.who for a in agents.agents]
        said = agents.errors()
        findings += found + torn + verify.exclusive(agents.agents)
        findings += [
            f"the disk was full, and it was said: {line}"
            for line in said
            if "make room" not in line and "ulimit" not in line
        ][:3]
    if not counts["failed"]:
        findings.append("the disk was never full: nothing was tried")
    return {"findings": findings, "counts": {**counts, "made room": emptied}, "agents": names}


def _make_room(path: str, number: int) -> list[bytes]:
    """Take all records away, under the lock; they are given back to be checked."""
    with flock.locked(path, ways.NEVER):
        with open(path, "rb") as f:
            lines = f.readlines()
        os.unlink(path)
    return lines


def main() -> int:
    """In the name space."""
    print(json.dumps(fill(json.loads(sys.stdin.read()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
