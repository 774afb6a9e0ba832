"""kill -9 at every step of the dispatcher, before a write and after it: nobody overwrites blindly, nothing is lost.

Clients let the tool run when its hook dies, so the write is always done.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ENVIRONMENT, Run, Worker, decision

# The dispatcher, killed when it is about to do the Nth thing that changes a file of its state; open: how long a write
# that has begun counts as under way.
DIES = """
import os, sys
left, writing = int(sys.argv[1]), os.O_WRONLY | os.O_RDWR | os.O_CREAT
def meet(event, args):
    global left
    named = event in ("open", "os.rename", "os.remove", "os.mkdir") and not isinstance(args[0], int)
    path = os.fsdecode(args[0]) if named else ""
    if "/state" in path and (event != "open" or args[2] & writing):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
sys.addaudithook(meet)
from onetree import writes
writes.OPEN = float(sys.argv[2])
from onetree.scripts.hook import main
sys.exit(main(["--platform", sys.argv[3]]))
"""
NEVER = 10**6
STEPS = 60


class Mortal(Worker):
    """A worker whose dispatcher can be killed. dies: (before which step of the hook before, of the hook after)."""

    def __init__(self, platform: str, tree: Path, run: Run, session: str) -> None:
        super().__init__(platform, tree, run, session)
        self.dies = (NEVER, NEVER)
        self.open = 30
        self.killed = False

    def call_hook(self, event: str, args: "dict[str, str]", tool: str) -> "subprocess.CompletedProcess[str]":
        payload = {**self.payload(tool, args, event), "tool_use_id": "1", "tool_response": {}}
        dies = self.dies[event == "PostToolUse"]
        argv = [sys.executable, "-I", "-c", DIES, str(dies), str(self.open), self.platform]
        env = {**ENVIRONMENT, "HOME": str(self.tree.parent)}
        done = subprocess.run(
            argv, input=json.dumps(payload), cwd=self.tree, env=env, capture_output=True, text=True, check=False
        )
        self.killed = self.killed or done.returncode == -9
        return done

    def overwrite(self, text: str, *, reports: bool = True) -> "tuple[str, str]":
        args = {"file_path": str(self.tree / "README.md"), "content": text}
        done = self.call_hook("PreToolUse", args, "Write")
        found = ("allow", "") if done.returncode == -9 else decision(self.platform, done)
        if found[0] == "allow":
            (self.tree / "README.md").write_text(text)
            if reports:
                self.call_hook("PostToolUse", args, "Write")
        return found


@pytest.fixture
def read(tree: Path, run: Run) -> Path:
    """A tree in which ann and bob have both read README.md."""
    for session in ("ann", "bob"):
        assert Worker("claude", tree, run, session).read("README.md")[0] == "allow"
    return tree


@pytest.mark.parametrize(
    ("when", "reports"),
    [
        pytest.param("before", True, id="before the write, and the hook after it runs"),
        pytest.param("before", False, id="before the write, and the client is killed, too"),
        pytest.param("after", True, id="after the write"),
    ],
)
def test_whenever_the_dispatcher_is_killed(read: Path, run: Run, tmp_path: Path, when: str, reports: bool) -> None:
    for step in range(STEPS):
        tree = tmp_path / str(step) / "tree"
        shutil.copytree(read, tree, symlinks=True)
        shutil.copystat(read / "README.md", tree / "README.md")
        for session in ("ann", "bob"):  # a copy is another file
            Worker("claude", tree, run, session).read("README.md")
        ann, bob = (Mortal("claude", tree, run, s) for s in ("ann", "bob"))
        ann.dies = (step, NEVER) if when == "before" else (NEVER, step)
        assert ann.overwrite("ann's\n", reports=reports)[0] == "allow"
        for bob.open in (30, 0):  # at once, and when nobody waits for ann any more
            verdict, text = bob.overwrite("bob's\n")
            assert verdict == "deny", f"step {step}"
            assert "claude ann" in text or "changed outside of onetree's sight" in text
        assert (tree / "README.md").read_text() == "ann's\n"
        log = run("onetree", "log", "--json", "README.md", cwd=tree).stdout
        if log:  # else it was killed before the write had begun, as far as is recorded
            begun = '"begin"' in log
            assert ("no end is known" in text) == begun
            done = run("onetree", "undo", "--force", "README.md", cwd=tree)
            assert (done.returncode, (tree / "README.md").read_text()) == (0, "hello\n"), done.stderr
        if not ann.killed:
            assert step > 5, "it was killed nowhere"
            return
    raise AssertionError("there is always one more step")


def test_what_a_killed_agent_wrote_can_be_read_and_written(read: Path, run: Run) -> None:
    ann, bob = (Mortal("claude", read, run, s) for s in ("ann", "bob"))
    ann.overwrite("ann's\n", reports=False)
    bob.open = 0
    assert "began to write it by Write" in bob.overwrite("bob's\n")[1]
    done = run("onetree", "undo", "README.md", cwd=read)
    assert (done.returncode, "no end is known" in done.stderr, "--force" in done.stderr) == (1, True, True)
    assert "no end is known" in run("onetree", "log", "README.md", cwd=read).stdout
    Worker("claude", read, run, "bob").read("README.md")
    assert bob.overwrite("both\n")[0] == "allow"
    assert (read / "README.md").read_text() == "both\n"
