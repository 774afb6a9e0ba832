"""People beside the agents: one who edits, stages and commits with plain git, and programs that only look.

No hook sees them. What the person stages must stay staged until it is committed; what is wrong goes to its errors.
"""

import contextlib
import os
import random
import subprocess
import sys
import time
from typing import Any

from stress import acts

now = time.monotonic_ns
FOLDER = "person"
STAGED = f"{FOLDER}/staged.txt"
PAUSE = 0.4  # seconds, on average
TRIES = 40


def names(who: str) -> "dict[str, str]":
    """The variables by which git knows who commits."""
    return {f"GIT_{role}_{part}": f"{who}{end}" for role in ("AUTHOR", "COMMITTER")
            for part, end in (("NAME", ""), ("EMAIL", "@localhost"))}  # fmt: skip


def put(spare: str, path: str, text: str) -> None:
    """Write a file as editors do: beside, and renamed; beside is outside of the tree."""
    beside = os.path.join(spare, f"{os.getpid()}")
    with open(beside, "w", encoding="utf-8") as f:
        f.write(text)
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    os.replace(beside, path)


def run(plan: "dict[str, Any]") -> int:
    """Carry a plan out, a person's or a looker's."""
    os.environ.update(names(plan["session"]))
    print("ready", flush=True)
    sys.stdin.readline()
    if plan["role"] == "looker":
        while now() < plan["until"]:
            git("status", "--porcelain")
            git("diff", "--stat")
            time.sleep(0.05)
        return 0
    who = Person(plan)
    while now() < plan["until"]:
        who.rng.choice((who.own_file, who.stage, who.shared, who.commit_staged))()
        time.sleep(who.rng.expovariate(1 / PAUSE))
    who.look()
    return 0


def git(*args: str) -> "subprocess.CompletedProcess[str]":
    """Plain git."""
    return subprocess.run(["git", *args], capture_output=True, text=True, check=False)


class Person:
    """Somebody who works beside the agents."""

    def __init__(self, plan: "dict[str, Any]") -> None:
        self.plan = plan
        self.acts = acts.Log(plan["acts"], acts.PERSON, plan["versions"])
        self.rng = random.Random(f"{plan['seed']} {plan['who']}")
        self.staged: dict[str, str] = {}  # path -> a token that is in what was staged

    def token(self) -> str:
        """A line that nobody else ever writes."""
        return f"tok-{acts.PERSON}-{self.acts.count}"

    def write(self, path: str, place: str = "") -> str:
        """Add a line to a file, at its end or after another line; its token."""
        token = self.token()
        act = self.acts.ask(acts.Act("edit", path, adds=[token]))
        text = ""
        with contextlib.suppress(FileNotFoundError), open(path, encoding="utf-8") as f:
            text = f.read()
        if place and place not in text:
            self.acts.end(act, "")
            return ""
        text = text.replace(place, f"{place}{token}\n", 1) if place else f"{text}{token}\n"
        self.acts.go(act)
        put(self.plan["spare"], path, text)
        self.acts.did(act, status=acts.DONE)
        self.acts.end(act, "")
        return token

    def own_file(self) -> None:
        """Change a file of one's own and commit it."""
        path = f"{FOLDER}/{self.rng.randrange(3)}.txt"
        self.write(path)
        self.commit(path)

    def stage(self) -> None:
        """Stage another version of a file; what was staged before must still be."""
        self.look()
        token = self.write(STAGED)
        self.add(STAGED, token)

    def shared(self) -> None:
        """Change a file of the agents', and commit or stage it as it is."""
        self.look()
        there = sorted(n for n in os.listdir("code") if n.startswith("s"))
        path = f"code/{self.rng.choice(there)}" if there else ""
        token = self.write(path, f"== {self.rng.randrange(12)} ==\n") if path else ""
        if not token:
            return
        if self.rng.random() < 0.5:
            self.commit(path)
        else:
            self.add(path, token)

    def add(self, path: str, token: str) -> None:
        """Stage a file; an agent may have changed or deleted it just before."""
        if self.patient("add", "--", path) and token in git("show", f":{path}").stdout:
            self.staged[path] = token

    def commit_staged(self) -> None:
        """Commit what is staged."""
        self.look()
        self.patient("commit", "-q", "-m", "staged")
        self.look()

    def commit(self, path: str) -> None:
        """Commit one file, whatever else is staged."""
        self.staged.pop(path, None)
        self.patient("add", "--", path)
        self.patient("commit", "-q", "-m", f"by hand {path}", "--", path)

    def patient(self, *args: str) -> bool:
        """A git command, again and again while somebody else has the lock; whether it was done."""
        for _ in range(TRIES):
            done = git(*args)
            if not any(text in done.stderr for text in ("File exists", "cannot lock")):
                return not done.returncode
            time.sleep(self.rng.uniform(0.02, 0.3))
        return False

    def look(self) -> None:
        """What was staged must be in the index, or in HEAD by now."""
        for path, token in list(self.staged.items()):
            places = [git("show", f"{at}:{path}").stdout for at in ("", "HEAD")]
            if token not in places[0]:
                with open(self.plan["errors"], "a", encoding="utf-8") as f:
                    f.write(f"{path} was staged with {token}, which is not in the index any more\n")
            if token in places[1] or token not in places[0]:
                del self.staged[path]
