"""One simulated agent that changes and commits files which others change, too, through the registered hooks.

Its plan is one line of JSON on standard input, as a worker's (worker.py), and of its own:

    session             its session, which a killed agent's successor may go on with
    dialect             of the client it stands for
    acts, versions      where it writes down what it does, and keeps what files held (acts.py)
    commits             the log of its commits' times
    spare               a folder outside of the tree, on the same disk
    until               when its time is up, CLOCK_MONOTONIC in ns; 0: only one file and one commit
    role                agent; or person, looker (person.py)

It knows what it has read and written, not what is there, as a model does; so it often writes from a stale reading.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from typing import Any

if __name__ == "__main__":
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from demo.agent import EVENTS, Client, perform
from stress import acts, moves, oplog, person
from stress.acts import Act

FOLDER = "code"
SECTIONS, FILLER = 40, 3  # of a file; lines between two of them, so that changes of two can be told apart
SESSION = {"claude": "CLAUDE_CODE_SESSION_ID", "gemini": "GEMINI_SESSION_ID", "codex": "CODEX_THREAD_ID"}
FAULTS = ("a fault of onetree itself", "Traceback", "the hook failed", "unable to")
LATE = "ran out"
LIMIT = 120  # seconds for a commit
now = time.monotonic_ns


def seed(name: str) -> str:
    """What a file holds at first: sections, which nobody removes, far from one another."""
    rows = []
    for k in range(SECTIONS):
        rows += [f"== {k} ==\n", *(f"{name} {k}.{n}\n" for n in range(FILLER))]
    return "".join(rows)


class Writer(Client):
    """An agent at work."""

    def __init__(self, plan: "dict[str, Any]") -> None:
        super().__init__({"dialect": plan["dialect"], "session": plan["session"], "permission": "bypassPermissions"})
        os.environ.update({SESSION[self.dialect]: plan["session"], **person.names(plan["session"])})
        self.plan, self.name = plan, str(plan["session"])
        self.hooks_log, self.commits_log = oplog.Log(plan["log"]), oplog.Log(plan["commits"])
        self.acts = acts.Log(plan["acts"], self.name, plan["versions"])
        self.rng = random.Random(f"{plan['seed']} {plan['who']}")
        self.known: dict[str, str] = {}
        self.calls = 0

    def run(self, hook: "dict[str, Any]", payload: str) -> "tuple[str, str]":
        """One process of the dispatcher."""
        begun = now()
        answer = super().run(hook, payload)
        self.hooks_log.add(self.calls, begun, 0, 0, now(), oplog.DONE)
        self.calls += 1
        return answer

    def token(self) -> str:
        """A line that nobody else ever writes."""
        return f"tok-{self.name}-{self.acts.count}"

    def act(self, act: acts.Act, *move: str) -> acts.Act:
        """One tool call: asked for, done if it may be, told; what the tool gave is in self.output."""
        verb, words, tool = self.tool(*move)
        self.acts.ask(act)
        answer, told = self.fire(EVENTS[self.dialect]["before"], tool)
        self.blame(told)
        self.output = ""
        if answer != "allow":
            self.acts.end(act, told)
            return act
        self.acts.go(act)
        self.output, failed = self.perform(verb, words, act)
        refused = verb != "shell" or (act.do == "undo" and "onetree undo: " in self.output)
        status = acts.DONE if not failed else acts.NO if refused else acts.UNKNOWN
        self.acts.did(act, status=status, code=act.code)
        names = EVENTS[self.dialect]
        after = names.get("failed", names["after"]) if failed else names["after"]
        failure = failed and "failed" in names
        result = {"error": self.output} if failure else {"tool_response": self.response(verb, self.output)}
        _, later = self.fire(after, tool | result)
        self.blame(later)
        self.acts.end(act, told + later + self.output, clean=not any(w in later for w in (*FAULTS, LATE)))
        return act

    def blame(self, told: str) -> None:
        """What onetree must never say is a finding."""
        if any(word in told for word in FAULTS):
            with open(self.plan["errors"], "a", encoding="utf-8") as f:
                f.write(f"{told[:500]!r}\n")

    def perform(self, verb: str, words: "list[str]", act: acts.Act) -> "tuple[str, bool]":
        """Do it. A file tool replaces the file in one step, so that a kill leaves the old or the new one."""
        if act.do == "commit":
            return self.commits(words[0], act)
        if verb in ("shell", "read"):
            return perform(verb, words)
        text = words[1]
        if verb == "edit":
            with contextlib.suppress(FileNotFoundError), open(words[0], encoding="utf-8") as f:
                there = f.read()
                text = there.replace(words[1], words[2], 1) if words[1] in there else ""
            if words[1] == text or not text:
                return "there is no such text in it", True
        person.put(self.plan["spare"], words[0], text)
        return f"{words[0]}: written", False

    def commits(self, command: str, act: acts.Act) -> "tuple[str, bool]":
        """Run a commit, and sometimes kill it or a part of it."""
        begun, strike = now(), self.plan["until"] and self.rng.random() < 0.1
        with subprocess.Popen(
            ["bash", "-c", f"exec {command}"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        ) as process:  # fmt: skip
            if strike:
                time.sleep(self.rng.uniform(0, 0.6))
                for pid in self.rng.choice((descendants(process.pid), [process.pid])):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            output, _ = process.communicate(timeout=LIMIT)
        act.code = process.returncode
        if not act.code:
            self.commits_log.add(act.n, begun, 0, 0, now(), oplog.DONE)
        self.blame(output if act.code != 1 else "")
        return output, bool(act.code)

    # What an agent does. Each takes a path.

    def read(self, path: str) -> None:
        """Read a file."""
        act = self.act(Act("read", path), "read", path)
        if act.status == acts.DONE:
            self.known[path] = self.output

    def whole(self, path: str) -> None:
        """Write a whole file, from what is known of it: one line more, and now and then one that is known less."""
        text, token, place = self.known[path], self.token(), self.section()
        text = text.replace(place, f"{place}{token}\n", 1) if place in text else f"{text}{token}\n"
        gone = self.some_token(text, but=token) if self.rng.random() < 0.3 else []
        for other in gone:
            text = text.replace(f"{other}\n", "", 1)
        act = Act("whole", path, adds=[token], removes=gone, whole=sorted(acts.tokens(text)))
        self.act(act, "write", path, text)
        if act.status == acts.DONE:
            self.known[path] = text

    def edit(self, path: str) -> None:
        """Put a line after another, or in the place of one that is known."""
        token, gone = self.token(), self.some_token(self.known[path]) if self.rng.random() < 0.25 else []
        old = f"{gone[0]}\n" if gone else self.section()
        new = f"{token}\n" if gone else f"{old}{token}\n"
        act = self.act(Act("edit", path, adds=[token], removes=gone), "edit", path, old, new)
        if act.status == acts.DONE:
            self.known[path] = self.known[path].replace(old, new, 1)

    def append(self, path: str) -> None:
        """Add a line in a shell."""
        token = self.token()
        act = self.act(Act("append", path, adds=[token]), "shell", f"printf '{token}\\n' >> {path}")
        if act.status == acts.DONE and path in self.known:
            self.known[path] += f"{token}\n"

    def insert(self, path: str) -> None:
        """Put a line after another, by sed."""
        token, place = self.token(), self.section().strip()
        command = f"grep -q '^{place}$' {path} && sed -i '/^{place}$/a {token}' {path}"
        act = self.act(Act("insert", path, adds=[token]), "shell", command)
        if act.status == acts.DONE and path in self.known:
            self.known[path] = self.known[path].replace(f"{place}\n", f"{place}\n{token}\n", 1)

    def strike_out(self, path: str) -> None:
        """Take out a line that is known, by sed."""
        gone = self.some_token(self.known[path])
        if gone:
            act = self.act(Act("strike", path, removes=gone), "shell", f"sed -i '/^{gone[0]}$/d' {path}")
            if act.status == acts.DONE:
                self.known[path] = self.known[path].replace(f"{gone[0]}\n", "", 1)

    def create(self, path: str) -> None:
        """Write a new file."""
        path, token = f"{FOLDER}/n-{self.name}-{self.acts.count}.txt", self.token()
        text = seed(path).replace("== 1 ==\n", f"== 1 ==\n{token}\n")
        act = self.act(Act("create", path, adds=[token], whole=[token]), "write", path, text)
        if act.status == acts.DONE:
            self.known[path] = text

    def remove(self, path: str) -> None:
        """Delete a file, with all that is known to be in it."""
        act = self.act(Act("remove", path, removes=sorted(acts.tokens(self.known[path]))), "shell", f"rm {path}")
        if act.status == acts.DONE:
            del self.known[path]

    def move(self, path: str) -> None:
        """Rename a file."""
        to = f"{FOLDER}/m-{self.name}-{self.acts.count}.txt"
        act = self.act(Act("move", path, to), "shell", f"mv {path} {to}")
        if act.status == acts.DONE:
            self.known[to] = self.known.pop(path)

    def undo(self, path: str) -> None:
        """Take back the last own act at a file, if it is certain which that was."""
        last = self.acts.last(path)
        if last and last.ended and last.do not in ("undo", "move"):
            back = Act("undo", path, adds=last.removes, removes=last.adds)
            self.act(back, "shell", f"onetree undo {path}")
            self.known.pop(path, None)

    def commit(self, path: str) -> None:
        """Commit what is this agent's; what cannot be told apart is tried in other ways."""
        only = [path] if self.rng.random() < 0.3 else []
        if self.tries(only) != 1 or "not only this agent's own" not in self.output:
            return
        for other in self.rng.sample(sorted(self.known), min(2, len(self.known))):
            if self.tries([other]) == 1 and self.rng.random() < 0.15:
                self.tries([other], "--whole-file ")

    def tries(self, paths: "list[str]", option: str = "") -> int:
        """One commit; gives its exit code, 1 if the guards refused it."""
        subject = f"{'whole' if option else 'work'} {self.name} {self.acts.count}"
        command = f"onetree commit {option}-m '{subject}' {' '.join(paths)}".strip()
        act = self.act(Act("commit", paths=paths), "shell", command)
        return act.code if act.went else 1

    def look(self, path: str) -> None:
        """What agents do between everything else."""
        self.act(Act("look"), "shell", self.rng.choice(("git status --short", "git diff --stat", f"git diff {path}")))

    def harm(self, path: str) -> None:  # noqa: ARG002  # as all of them
        """Try what may never pass."""
        move = self.rng.choice(moves.HARMFUL)
        act = self.act(Act("harm"), *move[0])
        if act.went:
            self.blame(f"unable to say no: {' '.join(move[0])[:100]} was let through")

    def section(self) -> str:
        """The heading of a section."""
        return f"== {self.rng.randrange(SECTIONS)} ==\n"

    def some_token(self, text: str, but: str = "") -> "list[str]":
        """One token of a text, if there is one."""
        found = sorted(acts.tokens(text) - {but})
        return [self.rng.choice(found)] if found else []

    def work(self) -> None:
        """Do one thing."""
        there = sorted(name for name in os.listdir(FOLDER) if name.endswith(".txt"))  # not what a killed sed left
        path = f"{FOLDER}/{self.rng.choice(there)}"
        verbs, weights = zip(*WEIGHTS, strict=True)
        verb = self.rng.choices(verbs, weights)[0]
        known = sorted(p for p in self.known if os.path.exists(p))
        if verb in KNOWING and not known:
            verb = Writer.read
        verb(self, self.rng.choice(known) if verb in KNOWING else path)

    def finish(self) -> None:
        """Commit what is left: all at once, else file by file."""
        if self.tries([]) == 1 and "not only this agent's own" in self.output:
            for path in sorted(self.known):
                self.tries([path])


# What agents do, how often; those that need to know the file.
WEIGHTS = (
    (Writer.read, 20), (Writer.whole, 12), (Writer.edit, 20), (Writer.append, 10), (Writer.insert, 6),
    (Writer.strike_out, 3), (Writer.create, 4), (Writer.remove, 2), (Writer.move, 2), (Writer.undo, 5),
    (Writer.commit, 14), (Writer.look, 3), (Writer.harm, 2),
)  # fmt: skip
KNOWING = (Writer.whole, Writer.edit, Writer.strike_out, Writer.remove, Writer.move, Writer.undo)


def descendants(pid: int) -> "list[int]":
    """A process and all below it."""
    found = [pid]
    with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        for child in f.read().split():
            found += descendants(int(child))
    return found


def main() -> int:
    """Read the plan, and carry it out."""
    plan: dict[str, Any] = json.loads(sys.stdin.readline())
    if plan["role"] != "agent":
        return person.run(plan)
    writer = Writer(plan)
    print("ready", flush=True)
    sys.stdin.readline()
    writer.fire("SessionStart", {"source": "startup"})
    while now() < plan["until"]:
        writer.work()
    if not plan["until"]:
        writer.create("")
    writer.finish()
    print(json.dumps({"name": writer.name, "calls": writer.calls}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
