"""Which session a command of ours was called from: real processes of the names of clients whose shells do not say."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from .commit_test import IDENTITY, changed, record, tree  # noqa: F401
from .conftest import BIN, ENVIRONMENT

HOOK = f"{BIN}/onetree hook --platform {{}}"
COMMIT = f"{BIN}/onetree commit -m work"
BEFORE, AFTER = {"gemini": "BeforeTool", "claude": "PreToolUse"}, {"gemini": "AfterTool", "claude": "PostToolUse"}
TOOL = {"gemini": "run_shell_command", "claude": "Bash"}


def event(tree: Path, session: str, event: str, command: str = COMMIT, client: str = "gemini") -> str:  # noqa: F811
    """A line of a shell that sends a payload to the dispatcher, as the client does."""
    payload = {
        "session_id": session, "transcript_path": "/x", "cwd": str(tree), "hook_event_name": event,
        "tool_name": TOOL[client], "tool_input": {"command": command}, "tool_response": {}, "tool_use_id": command,
    }  # fmt: skip
    return f"{HOOK.format(client)} <<< {shlex.quote(json.dumps(payload))}"


def client(tree: Path, name: str, *lines: str, **env: str) -> str:  # noqa: F811
    """Run a program of the name of a client that does these lines; what it printed."""
    program = tree.parent / "bin" / name
    program.parent.mkdir(exist_ok=True)
    program.write_text("\n".join(lines) + "\n")
    marks = {"GEMINI_CLI": "1"} if name == "gemini" else {"CLAUDECODE": "1"}
    environment = {**ENVIRONMENT, **IDENTITY, "HOME": str(tree.parent), **marks, **env}
    argv = ["bash", str(program)]
    done = subprocess.run(argv, cwd=tree, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


@pytest.fixture
def two(tree: Path) -> Path:  # noqa: F811
    """A tree in which two sessions of Gemini CLI have written."""
    record(tree, "a.txt", b"a\n", "ann", "gemini")
    record(tree, "b.txt", b"b\n", "bob", "gemini")
    return tree


def test_the_session_whose_call_it_is(two: Path) -> None:
    said = client(two, "gemini", event(two, "bob", "BeforeTool"), COMMIT, event(two, "bob", "AfterTool"))
    assert "adds b.txt" in said
    assert changed(two) == ["b.txt"]
    assert not list((two / ".onetree/state/callers").iterdir())


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([], id="no call was seen"),
        pytest.param([("bob", "BeforeTool"), ("bob", "AfterTool")], id="the call has ended"),
        pytest.param([("bob", "BeforeTool"), ("bob", "SessionEnd")], id="the session has ended"),
        pytest.param([("ann", "BeforeTool"), ("bob", "BeforeTool")], id="one process has calls of two sessions"),
    ],
)
def test_where_it_cannot_be_told_nothing_is_committed(two: Path, lines: "list[tuple[str, str]]") -> None:
    said = client(two, "gemini", *(event(two, *line) for line in lines), COMMIT)
    assert "does not tell its session" in said
    assert "--session" in said


def test_another_process_of_the_same_client_is_another(two: Path) -> None:
    client(two, "gemini", event(two, "bob", "BeforeTool"))
    assert "does not tell its session" in client(two, "gemini", COMMIT)


def test_a_client_that_anothers_shell_started_is_not_taken_for_that_one(two: Path) -> None:
    record(two, "c.txt", b"c\n", "cal", "claude")
    client(two, "claude", event(two, "cal", "PreToolUse", "gemini -p onetree", "claude"))
    inner = [event(two, "bob", "BeforeTool"), COMMIT]
    said = client(two, "gemini", *inner, CLAUDECODE="1", CLAUDE_CODE_SESSION_ID="cal")
    assert "adds b.txt" in said
    assert changed(two) == ["b.txt"]


def test_other_commands_leave_no_note(two: Path) -> None:
    client(two, "gemini", event(two, "bob", "BeforeTool", "ls"))
    assert not (two / ".onetree/state/callers").exists()
