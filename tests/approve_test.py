"""Approvals end to end: a person in a real terminal says yes or no, and exactly that change passes, once."""

import json
import os
import pty
import select
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from onetree import approvals

from .conftest import BIN, ENVIRONMENT, Agent, Run, journal


def requested(claude: Agent, content: str = "drop table x;\n") -> str:
    """The ID of the request that this refused write leaves behind."""
    claude.write("migrations/2.sql", content)
    return str(journal(claude.tree)[-1]["note"]).split()[1]


def terminal(
    tree: Path, *args: str, typed: str, env: "dict[str, str] | None" = None, program: str = str(BIN / "onetree")
) -> "tuple[int, str]":
    """(exit status, what was shown) of onetree in a pseudo-terminal where somebody types."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen([program, *args], stdin=theirs, stdout=theirs, stderr=theirs, cwd=tree,
                             env={**ENVIRONMENT, "TERM": "xterm", **(env or {})}, start_new_session=True)  # fmt: skip
    os.close(theirs)
    shown, deadline, answered = b"", time.monotonic() + 60, False
    while time.monotonic() < deadline:
        if not answered and b"Type yes" in shown:
            os.write(ours, typed.encode())
            answered = True
        if select.select([ours], [], [], 0.2)[0]:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
    child.wait(10)
    os.close(ours)
    return child.returncode, shown.decode("utf-8", "replace")


def test_a_yes_lets_exactly_this_pass_once(claude: Agent) -> None:
    ident = requested(claude)
    code, shown = terminal(claude.tree, "approve", ident, typed="yes\n")
    assert code == 0
    assert "+drop table x;" in shown
    assert claude.write("migrations/2.sql", "drop table y;\n")[0] == "ask", "another content"
    assert claude.write("migrations/3.sql", "drop table x;\n")[0] == "ask", "another path"
    claude.session = "another"
    assert claude.write("migrations/2.sql", "drop table x;\n")[0] == "ask", "another agent"
    claude.session = "session-of-claude"
    assert claude.write("migrations/2.sql", "drop table x;\n") == ("allow", "")
    assert claude.write("migrations/2.sql", "drop table x;\n")[0] == "ask", "a second time"
    notes = [r["note"] for r in journal(claude.tree)]
    assert f"approved {ident}" in notes
    assert [r["platform"] for r in journal(claude.tree) if r["event"] == "approve"] == ["person"]


def test_a_command_is_approved_like_a_file(claude: Agent) -> None:
    claude.shell("touch migrations/9.sql")
    ident = str(journal(claude.tree)[-1]["note"]).split()[1]
    code, shown = terminal(claude.tree, "approve", ident, typed="y\n")
    assert code == 0
    assert "$ touch migrations/9.sql" in shown
    assert claude.shell("touch migrations/8.sql")[0] == "ask"
    assert claude.shell("touch migrations/9.sql")[0] == "allow"


def test_a_no_is_told_to_the_agent(claude: Agent) -> None:
    ident = requested(claude)
    assert terminal(claude.tree, "deny", ident, typed="yes\n")[0] == 0
    verdict, reason = claude.write("migrations/2.sql", "drop table x;\n")
    assert verdict != "allow"
    assert "A person has said no" in reason


@pytest.mark.parametrize("typed", ["no\n", "\n", "\x04"], ids=["no", "return", "end of file"])
def test_anything_but_yes_leaves_it_waiting(claude: Agent, typed: str) -> None:
    ident = requested(claude)
    code, shown = terminal(claude.tree, "approve", ident, typed=typed)
    assert code == 1
    assert "still waits" in shown
    assert "Traceback" not in shown
    assert claude.write("migrations/2.sql", "drop table x;\n")[0] == "ask"


def test_only_a_person_in_a_terminal_can(claude: Agent, run: Run) -> None:
    ident = requested(claude)
    done = run("onetree", "approve", ident, stdin="yes\n", cwd=claude.tree)
    assert done.returncode == 1
    assert "no terminal" in done.stderr
    code, shown = terminal(claude.tree, "approve", ident, typed="yes\n", env={"CLAUDECODE": "1"})
    assert code == 1
    assert "an agent runs this shell" in shown
    assert claude.write("migrations/2.sql", "drop table x;\n")[0] == "ask"


def test_escape_sequences_cannot_hide_a_line(claude: Agent) -> None:
    ident = requested(claude, "innocent\n\x1b[1A\x1b[2Kevil\r\n")
    _, shown = terminal(claude.tree, "approve", ident, typed="no\n")
    assert "\\x1b[1A\\x1b[2Kevil" in shown


def test_of_many_calls_at_once_one_passes(claude: Agent) -> None:
    ident = requested(claude)
    terminal(claude.tree, "approve", ident, typed="yes\n")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: claude.write("migrations/2.sql", "drop table x;\n")[0], range(8)))
    assert sorted(found) == ["allow"] + ["ask"] * 7


def test_the_list(claude: Agent, run: Run) -> None:
    assert "0 waiting" in run("onetree", "approve", cwd=claude.tree).stdout
    ident = requested(claude)
    shown = run("onetree", "approve", cwd=claude.tree).stdout
    assert ident in shown
    assert "write" in shown
    assert "1 waiting" in shown


@pytest.mark.parametrize(
    ("args", "code", "fact"),
    [
        pytest.param(["00000000"], 1, "there is no such request", id="unknown"),
        pytest.param(["../key"], 1, "there is no such request", id="no path"),
        pytest.param(["a", "b"], 2, "wrong use", id="two"),
        pytest.param(["--all"], 2, "wrong use", id="an option"),
    ],
)
def test_wrong_use(run: Run, tree: Path, args: "list[str]", code: int, fact: str) -> None:
    done = run("onetree", "approve", *args, cwd=tree)
    assert done.returncode == code
    assert fact in done.stderr


def test_a_forged_or_expired_yes_is_none(claude: Agent) -> None:
    ident = requested(claude)
    state = claude.tree / ".onetree" / "state"
    path = state / "approvals" / ident
    sealed = path.read_bytes()
    path.write_bytes(sealed.replace(b'"waiting"', b'"approved"').replace(b'"until":0.0', b'"until":9e9'))
    assert claude.write("migrations/2.sql", "drop table x;\n")[0] == "ask"
    path.write_bytes(sealed)
    request = approvals.load(str(state), ident)
    assert request
    approvals.answer(str(state), request, approvals.APPROVED, time.time() - approvals.VALID - 1)
    assert claude.write("migrations/2.sql", "drop table x;\n")[0] == "ask"


def test_requests_nobody_answers_are_forgotten(claude: Agent) -> None:
    ident = requested(claude)
    state = str(claude.tree / ".onetree" / "state")
    assert [r["id"] for r in approvals.waiting(state)] == [ident]
    assert approvals.waiting(state, time.time() + approvals.FORGOTTEN + 1) == []
    assert approvals.load(state, ident) is None


def test_headless_codex_is_refused_with_the_id(tree: Path, run: Run) -> None:
    codex = Agent("codex", tree, run)
    verdict, reason = codex.write("migrations/2.sql")
    ident = str(journal(tree)[-1]["note"]).split()[1]
    assert verdict == "deny"
    assert f"onetree approve {ident}" in reason
    assert json.loads(json.dumps(journal(tree)[-1]))["tier"] == "checkpoint"


def test_a_yes_in_the_clients_own_dialogue_settles_the_request(claude: Agent, run: Run) -> None:
    requested(claude)
    args = {"file_path": "migrations/2.sql", "content": "drop table x;\n"}
    claude.send({**claude.payload("Write", args, "PostToolUse"), "tool_response": {"success": True}})
    assert "0 waiting" in run("onetree", "approve", cwd=claude.tree).stdout
    assert str(journal(claude.tree)[-1]["note"]).startswith("approved in the client")


def test_a_client_above_the_terminal_is_seen(claude: Agent, tmp_path: Path) -> None:
    ident = requested(claude)
    script = tmp_path / "gemini"
    script.write_text(f"#!/bin/sh\n{BIN / 'onetree'} approve {ident}\nexit $?\n")
    script.chmod(0o755)
    code, shown = terminal(claude.tree, "approve", ident, typed="no\n", program=str(script))
    assert code == 1
    assert "the process gemini above this one" in shown
