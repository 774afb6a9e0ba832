"""Every program ends in words and with a status of its own: closed pipes, full disks, interrupts."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from .conftest import BIN, ENVIRONMENT, Agent, decision

PROGRAMS = [
    pytest.param(["write-guard", ".env"], id="write-guard"),
    pytest.param(["read-guard", "x.pem"], id="read-guard"),
    pytest.param(["shell-write-detect", "rm a"], id="shell-write-detect"),
    pytest.param(["onetree", "--help"], id="onetree"),
    pytest.param(["onetree", "policy", "show"], id="policy"),
    pytest.param(["onetree", "audit"], id="audit"),
    pytest.param(["onetree", "adr"], id="adr"),
    pytest.param(["onetree", "approve"], id="approve"),
    pytest.param(["onetree", "init", "--dry-run"], id="init"),
]


def shell(line: str, argv: "list[str]", tree: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["sh", "-c", line, "sh", str(BIN / argv[0]), *argv[1:]], capture_output=True, text=True,
                          cwd=tree, env=ENVIRONMENT, timeout=60, check=False)  # fmt: skip


@pytest.mark.parametrize("argv", PROGRAMS)
def test_a_reader_that_leaves_is_no_matter(claude: Agent, argv: "list[str]") -> None:
    claude.write(".env")  # so that there is a journal
    done = shell('{ "$@"; echo "$?" >&2; } | true', argv, claude.tree)
    assert done.stderr.strip() in ("0", "1", "141")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
@pytest.mark.parametrize("argv", PROGRAMS)
def test_a_full_disk_is_said(claude: Agent, argv: "list[str]") -> None:
    claude.write(".env")
    done = shell('exec "$@" > /dev/full', argv, claude.tree)
    assert done.returncode == 111
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"{argv[0]}: unable to ")


@pytest.mark.parametrize("argv", PROGRAMS)
def test_closed_streams_are_no_fault(claude: Agent, argv: "list[str]") -> None:
    done = shell('exec "$@" <&- >&-', argv, claude.tree)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1, 111)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_an_answer_that_cannot_be_written_is_a_no(claude: Agent) -> None:
    payload = '{"session_id": "s"}'
    done = shell(f"echo '{payload}' | \"$@\" > /dev/full", ["onetree", "hook", "--platform", "claude"], claude.tree)
    assert decision("claude", done)[0] == "deny"


def test_an_interrupt_is_no_traceback(tree: Path) -> None:
    child = subprocess.Popen([str(BIN / "onetree"), "hook", "--platform", "claude"], stdin=subprocess.PIPE, cwd=tree,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT, text=True)  # fmt: skip
    assert child.stdin
    child.stdin.write("{" + " " * (1 << 17))  # more than a pipe holds: when it is written, the program is reading
    child.stdin.flush()
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert err == ""
