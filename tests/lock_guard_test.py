"""The locks as the dispatcher minds them: stories of two sessions in tests/scenarios/dispatcher/, with real processes.

ann is a session of Claude Code, bob one of Gemini CLI; `ann.sub` is a sub-agent of hers. `Write PATH` and `$ COMMAND`
are tool calls as the dispatcher is asked about them before, `done ...` after; `lock ...` is typed in their shells.
Times are written N. Written anew by `ONETREE_REWRITE=1 pytest tests/lock_guard_test.py`: then read the difference.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from onetree.locks import registry, sqlite

from .conftest import POLICY, Agent, Run, decision, journal

STORIES = sorted((Path(__file__).parent / "scenarios" / "dispatcher").glob("*.txt"))
LINE = re.compile(r"(\w+)(?:\.(\w+))?> (.+)")
PLATFORMS = {"ann": ("claude", "CLAUDE_CODE_SESSION_ID"), "bob": ("gemini", "GEMINI_SESSION_ID")}
ALONE = POLICY + "rollout: {guards: {stale-write: off}}\n"  # what is told here is of locks only
PATIENCE = 30.0  # seconds


@pytest.mark.parametrize("path", STORIES, ids=[p.stem for p in STORIES])
def test_what_happened(path: Path, tree: Path, run: Run) -> None:
    told = path.read_text()
    happened = "".join(f"{line}\n" for line in Story(tree, run).tell(told))
    if os.environ.get("ONETREE_REWRITE"):
        path.write_text(happened)
    assert happened == told


class Story:
    """One story, as it is told again."""

    def __init__(self, tree: Path, run: Run) -> None:
        self.tree = tree
        self.run = run
        (tree / ".onetree" / "policy.yaml").write_text(ALONE)
        self.child: subprocess.Popen[bytes] | None = None

    def tell(self, text: str) -> "Iterator[str]":
        for line in text.splitlines():
            if line.startswith("    "):
                continue
            yield line
            match = LINE.fullmatch(line)
            if match:
                yield from (f"    {anonymous(said)}" for said in self.does(*match.groups()))

    def does(self, who: str, sub: "str | None", what: str) -> "list[str]":
        if who == "policy":
            (self.tree / ".onetree" / "policy.yaml").write_text(f"{ALONE}{what}\n")
            return []
        if who == "world":
            return self.world(what)
        if what.startswith("lock "):
            return self.lock(who, what)
        return self.calls(who, sub or "", what)

    def world(self, what: str) -> "list[str]":
        engine = sqlite.SQLite(str(self.tree / ".onetree" / "state"))
        if what == "the leases run out":
            until(lambda: not engine.state()["claims"])
        elif what.startswith("a person breaks "):
            engine.apply(
                {"op": "break", "id": int(what.removeprefix("a person breaks ")), "owner": "person", "by": "person"}
            )
        elif what == "the process ends":
            assert self.child
            self.child.kill()
            self.child.wait()
        else:
            raise AssertionError(what)
        engine.close()
        return []

    def lock(self, who: str, what: str) -> "list[str]":
        if "--process CHILD" in what:
            self.child = subprocess.Popen(["sleep", "600"])
            what = what.replace("CHILD", str(self.child.pid))
        name, variable = PLATFORMS[who]
        mark = {"claude": "CLAUDECODE", "gemini": "GEMINI_CLI"}[name]
        done = self.run("onetree", *shlex.split(what), cwd=self.tree, env={mark: "1", variable: who})
        return [*done.stdout.splitlines(), *done.stderr.splitlines()]

    def calls(self, who: str, sub: str, what: str) -> "list[str]":
        agent = Agent(PLATFORMS[who][0], self.tree, self.run)
        agent.session = who
        gemini = agent.platform == "gemini"
        if what == "ends":
            agent.send(agent.payload("", {}, "SessionEnd"))
            return []
        after = what.startswith("done ")
        what = what.removeprefix("done ")
        if what.startswith("$ "):
            tool, args = ("run_shell_command" if gemini else "Bash"), {"command": what[2:]}
        else:
            path = what.removeprefix("Write ")
            tool, args = ("write_file" if gemini else "Write"), {"file_path": path, "content": "x\n"}
        event = ("AfterTool" if gemini else "PostToolUse") if after else ""
        done = agent.send({**agent.payload(tool, args, event), **({"agent_id": sub} if sub else {})})
        if after:
            return [r for r in [journal(self.tree)[-1]["note"]] if r]
        verdict, reason = decision(agent.platform, done)
        return [f"{verdict}{': ' if reason else ''}{reason}"]


def anonymous(text: str) -> str:
    """A text without what is another one at each telling: times, and the path of the scratch folder."""
    text = re.sub(r"\b[0-9.]+ (s|min)\b", r"N \1", text)
    text = re.sub(r"approve [0-9a-f]{8}", "approve ID", text.replace("\n", " / "))
    return re.sub(r"--wait [0-9]+", "--wait N", text)


def until(true: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "this never happened"
        time.sleep(0.02)


# ---- what the dispatcher imports and opens

PROBE = """
import os, sys
sys.addaudithook(lambda e, a: e in ("open", "sqlite3.connect") and sys.stderr.write(f"{e} {a[0]}\\n"))
before = set(sys.modules)
from onetree.scripts.hook import main
main(["--platform", "claude"])
sys.stderr.write("\\n".join(f"import {m}" for m in sorted(set(sys.modules) - before)))
"""
HEAVY = {"sqlite3", "json", "re", "typing", "subprocess", "functools", "dataclasses", "enum", "ctypes", "pathlib"}


def traced(claude: Agent) -> "tuple[set[str], set[str]]":
    """(modules imported, files of the locks opened) at a write."""
    payload = json.dumps(claude.payload("Write", {"file_path": "src/a.py", "content": ""}))
    claude.send(payload)  # fills the caches
    claude.send(json.dumps(claude.payload("Write", {"file_path": "src/a.py", "content": ""}, "PostToolUse")))
    lines = claude.run("python", "-I", "-c", PROBE, stdin=payload, cwd=claude.tree).stderr.splitlines()
    modules = {line.removeprefix("import ") for line in lines if line.startswith("import ")}
    return modules, {os.path.basename(line.split(" ", 1)[1]) for line in lines if "locks." in line and "open" in line}


def test_without_locks_nothing_of_them_is_imported_or_opened(claude: Agent) -> None:
    modules, opened = traced(claude)
    assert not [m for m in modules if "lock" in m.removeprefix("onetree.flock")]
    assert not opened


def test_with_locks_of_somebody_only_the_state_file_is_read(claude: Agent) -> None:
    claude.run("onetree", "lock", "acquire", "docs", "--session", "bob", cwd=claude.tree)
    modules, opened = traced(claude)
    assert "onetree.guards.lock_guard" in modules
    assert not modules & HEAVY
    assert not [m for m in modules if m.startswith("onetree.locks.") and "sqlite" in m]
    assert opened == {registry.VIEW}


def test_automatic_locks_open_the_database(claude: Agent) -> None:
    (claude.tree / ".onetree" / "policy.yaml").write_text(POLICY + "locks: {auto: true}\n")
    modules, opened = traced(claude)
    assert "onetree.locks.sqlite" in modules
    assert {registry.VIEW, sqlite.LOCK} <= opened


# ---- what else may be


def test_a_state_file_that_cannot_be_read_is_a_refusal(claude: Agent) -> None:
    (claude.tree / ".onetree" / "state" / registry.VIEW).write_text('{"torn')
    verdict, reason = claude.write("src/a.py")
    assert verdict == "deny"
    assert "lock-guard: could not decide" in reason
    assert claude.read("README.md")[0] == "allow"


def test_locks_from_before_the_machine_was_started_anew_stop_nobody(claude: Agent) -> None:
    claude.run("onetree", "lock", "acquire", "src", "--session", "bob", cwd=claude.tree)
    assert claude.write("src/a.py")[0] == "deny"
    view = claude.tree / ".onetree" / "state" / registry.VIEW
    found = json.loads(view.read_text())
    view.write_text(json.dumps({**found, "boot": "another"}))
    assert claude.write("src/a.py") == ("allow", "")


@pytest.mark.parametrize(
    ("mode", "verdict", "told"), [("off", "allow", ""), ("monitor", "allow", ""), ("warn", "allow", "bob holds")]
)
@pytest.mark.parametrize("auto", ["true", "false"])
def test_it_is_rolled_out_as_any_other_guard(claude: Agent, mode: str, verdict: str, told: str, auto: str) -> None:
    more = f"locks: {{auto: {auto}}}\nrollout: {{guards: {{lock-guard: {mode}}}}}\n"
    (claude.tree / ".onetree" / "policy.yaml").write_text(POLICY + more)
    claude.run("onetree", "lock", "acquire", "src", "--session", "bob", cwd=claude.tree)
    found, reason = claude.write("src/a.py")
    assert found == verdict
    assert told in reason
    recorded = [v["guard"] for v in journal(claude.tree)[-1]["verdicts"]]
    assert recorded == ([] if mode == "off" else ["lock-guard"])


def test_in_the_registry_of_the_host_another_tree_s_session_is_minded(claude: Agent, home: Path) -> None:
    (claude.tree / ".onetree" / "policy.yaml").write_text(POLICY + "locks: {registry: host}\n")
    assert claude.write("src/a.py") == ("allow", "")
    done = claude.run("onetree", "lock", "acquire", "tree:src", "--session", "bob", cwd=claude.tree)
    assert done.returncode == 0, done.stderr
    (claude.tree / ".onetree" / "state" / registry.VIEW).unlink()  # as in a tree that never asked for a lock itself
    verdict, reason = claude.write("src/a.py")
    assert verdict == "deny"
    assert "bob holds write src," in reason


@pytest.mark.skipif(sys.platform != "linux", reason="a folder where nobody can make files, for root too, is made so")
def test_automatic_locks_that_cannot_be_kept_are_a_refusal(claude: Agent) -> None:
    (claude.tree / ".onetree" / "policy.yaml").write_text(POLICY + "locks: {auto: true}\n")
    (claude.tree / ".onetree" / "state" / sqlite.LOCK).mkdir()
    verdict, reason = claude.write("src/a.py")
    assert verdict == "deny"
    assert "its lock could not be taken" in reason
    assert claude.read("README.md")[0] == "allow"
