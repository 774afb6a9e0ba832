"""Several agents commit in one tree: `onetree commit` beside the ways that people use today, in one run.

usage: bench/tree.py [--agents N] [--commits K] [--hook-ms M,...] [--only NAME,...] [--json]

Each agent rewrites a file of its own, commits it by the way under test and goes on. Then the history is read back:
landed, of what was asked for; swept, commits with another agent's path; reverted, commits that take back what was
committed before; failed, what the agent was told had failed; missing, what it was told had landed and is not there.
Times are of whole commits as an agent sees them. Exit status 1 if `onetree commit` is not perfect.
"""

import argparse
import fcntl
import json
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from onetree import blobs, writes

BIN = os.path.dirname(os.path.abspath(sys.executable))
BASE = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
LOCKED = ("index.lock", "cannot lock ref", "Unable to create")
TRIES = 60


class Failed(Exception):
    """A commit that did not come about: the reason."""


def call(root: str, agent: int, *argv: str, **variables: str) -> str:
    """What a command of an agent prints. Raises Failed."""
    who = f"agent{agent}"
    env = {**BASE, "GIT_AUTHOR_NAME": who, "GIT_AUTHOR_EMAIL": f"{who}@x", **variables}
    env.update(GIT_COMMITTER_NAME=who, GIT_COMMITTER_EMAIL=f"{who}@x", CLAUDECODE="1", CLAUDE_CODE_SESSION_ID=who)
    done = subprocess.run(argv, cwd=root, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed((done.stderr or done.stdout).strip())
    return done.stdout.strip()


def name_of(agent: int) -> str:
    """The file of an agent."""
    return f"src/agent{agent}.txt"


def retried(work: "Callable[[], object]") -> None:
    """Try again while git says that something is locked."""
    for attempt in range(TRIES + 1):
        try:
            work()
        except Failed as e:
            if attempt == TRIES or not any(word in str(e) for word in LOCKED):
                raise
            time.sleep(random.uniform(0.01, 0.2))
        else:
            return


def add_all(root: str, agent: int, message: str) -> None:
    """`git add -A && git commit`."""
    call(root, agent, "git", "add", "-A")
    call(root, agent, "git", "commit", "-qm", message)


def add_retry(root: str, agent: int, message: str) -> None:
    """`git add FILE`, `git commit`, each retried."""
    retried(lambda: call(root, agent, "git", "add", "--", name_of(agent)))
    retried(lambda: call(root, agent, "git", "commit", "-qm", message))


def flock_pathspec(root: str, agent: int, message: str) -> None:
    """A lock around `git add FILE && git commit -- FILE`."""
    with open(f"{root}/.git/bench.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        call(root, agent, "git", "add", "--", name_of(agent))
        call(root, agent, "git", "commit", "-qm", message, "--", name_of(agent))


def private_index(root: str, agent: int, message: str) -> None:
    """A GIT_INDEX_FILE for each agent, copied once, and retries."""
    index = f"{root}/.git/index-{agent}"
    if not os.path.exists(index):
        shutil.copyfile(f"{root}/.git/index", index)
    retried(lambda: call(root, agent, "git", "add", "--", name_of(agent), GIT_INDEX_FILE=index))
    retried(lambda: call(root, agent, "git", "commit", "-qm", message, GIT_INDEX_FILE=index))


def onetree(root: str, agent: int, message: str) -> None:
    """`onetree commit`."""
    call(root, agent, f"{BIN}/onetree", "commit", "-m", message)


WAYS = {
    "add -A": add_all,
    "add F, retry": add_retry,
    "flock, -- F": flock_pathspec,
    "private index": private_index,
    "onetree commit": onetree,
}


def write(root: str, agent: int, text: str) -> None:
    """Write the agent's file, recorded as the hooks record it."""
    name, state = name_of(agent), f"{root}/.onetree/state"
    path = f"{root}/{name}"
    with open(path, "rb") as f:
        old = f.read()
    for data in (old, text.encode()):
        blobs.put(state, blobs.name(data, "sha1"), data)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    line = {"do": "wrote", "path": name, **writes.who("claude", f"agent{agent}", ""), "call": "", "tool": "Write"}
    line.update(before=blobs.name(old, "sha1"), after=blobs.name(text.encode(), "sha1"), mode="100644", kept=True)
    line.update(was=len(old), size=len(text), mode_before="100644", via="Write", whole=True)
    with writes.Held(state, name) as held:
        held.add(line)


def agent_loop(root: str, way: str, agent: int, commits: int) -> "list[tuple[bool, float, str, str]]":
    """(landed as far as it was told, seconds, content, reason) of each commit."""
    random.seed(agent)
    rows = []
    for k in range(commits):
        content = f"agent{agent} {k} {random.random()}\n"
        write(root, agent, content)
        began = time.perf_counter()
        try:
            WAYS[way](root, agent, f"agent{agent} #{k}")
            rows.append((True, time.perf_counter() - began, content, ""))
        except Failed as e:
            rows.append((False, time.perf_counter() - began, content, str(e).splitlines()[-1] if str(e) else "?"))
    return rows


def build(root: str, agents: int, hook_ms: int) -> None:
    """A governed repository with 200 files and one for each agent."""
    call(root, 0, "git", "init", "-q", "-b", "main")
    os.makedirs(f"{root}/src")
    os.makedirs(f"{root}/.onetree/state")
    texts = {f"src/lib{i}.txt": f"{i}\n" * 20 for i in range(200)}
    texts.update({name_of(a): "start\n" for a in range(agents)})
    texts.update({".onetree/policy.yaml": "version: 1\n", ".onetree/.gitignore": "state/\n"})
    for name, text in texts.items():
        with open(f"{root}/{name}", "w", encoding="ascii") as f:
            f.write(text)
    call(root, 0, "git", "config", "gc.auto", "0")
    call(root, 0, "git", "add", "-A")
    call(root, 0, "git", "commit", "-qm", "start")
    if hook_ms:
        path = f"{root}/.git/hooks/pre-commit"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as f:
            f.write(f"#!/bin/sh\nsleep {hook_ms / 1000}\n")
        os.chmod(path, 0o755)


def judged(root: str, rows: "dict[int, list[tuple[bool, float, str, str]]]") -> "dict[str, object]":
    """What the history says of what the agents were told."""
    swept = reverted = 0
    held: dict[str, list[str]] = {}
    found: dict[str, str] = {}
    for commit in call(root, 0, "git", "rev-list", "--reverse", "HEAD").split()[1:]:
        subject = call(root, 0, "git", "show", "-s", "--format=%s", commit)
        who = int(subject.split()[0].removeprefix("agent"))
        entries = [x.split() for x in call(root, 0, "git", "diff-tree", "-r", "--no-commit-id", commit).splitlines()]
        swept += any(e[5] != name_of(who) for e in entries)
        reverted += any(e[3] in held.get(e[5], [])[:-1] for e in entries)
        for e in entries:
            held.setdefault(e[5], []).append(e[3])
        for e in [x for x in entries if x[5] == name_of(who)]:
            found[subject] = e[3]
    told = [(f"agent{a} #{k}", row) for a, mine in rows.items() for k, row in enumerate(mine)]
    missing = sum(ok and found.get(s) != blobs.name(text.encode(), "sha1") for s, (ok, _, text, _) in told)
    times = sorted(seconds for _, (ok, seconds, _, _) in told if ok) or [0.0]
    reasons = [why for _, (ok, _, _, why) in told if not ok]
    return {
        "asked": len(told), "landed": len(told) - len(reasons) - missing, "swept": swept, "reverted": reverted,
        "failed": len(reasons), "missing": missing, "p50": times[len(times) // 2], "p99": times[int(0.99 * len(times))],
        "why": max(reasons, key=reasons.count) if reasons else "",
    }  # fmt: skip


def measure(way: str, agents: int, commits: int, hook_ms: int) -> "dict[str, object]":
    """One way, with so many agents at once."""
    with tempfile.TemporaryDirectory() as root:
        build(root, agents, hook_ms)
        with multiprocessing.get_context("fork").Pool(agents) as pool:
            work = [pool.apply_async(agent_loop, (root, way, a, commits)) for a in range(agents)]
            rows = {a: w.get() for a, w in enumerate(work)}
        return {"way": way, "agents": agents, "hook_ms": hook_ms, **judged(root, rows)}


def main() -> int:
    """Run the benchmark; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=7)
    parser.add_argument("--commits", type=int, default=20)
    parser.add_argument("--hook-ms", default="0,300")
    parser.add_argument("--only", default=",".join(n.replace(",", ";") for n in WAYS))
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    missed = 0
    for hook_ms in map(int, args.hook_ms.split(",")):
        if not args.json:
            print(
                f"{args.agents} agents x {args.commits} commits, {os.cpu_count()} cores, pre-commit hook {hook_ms} ms"
            )
            print(f"{'':15} {'landed':>9}  swept reverted failed missing  p50 ms  p99 ms")
        for way in [n.replace(";", ",") for n in args.only.split(",")]:
            r = measure(way, args.agents, args.commits, hook_ms)
            if way == "onetree commit":
                missed += r["landed"] != r["asked"] or bool(r["swept"]) or bool(r["reverted"])
            if args.json:
                print(json.dumps(r), flush=True)
                continue
            p50, p99 = (1000 * float(str(r[p])) for p in ("p50", "p99"))
            landed = f"{r['landed']}/{r['asked']}"
            counts = f"{r['swept']:>6} {r['reverted']:>8} {r['failed']:>6} {r['missing']:>7}"
            print(f"{way:15} {landed:>9} {counts} {p50:7.0f} {p99:7.0f}  {str(r['why'])[:60]}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
