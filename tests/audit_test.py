import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from onetree import flock, journal

COMMAND = [sys.executable, "-c", "from onetree.scripts.audit import main; raise SystemExit(main())"]

LONG = "src/very/long/path/that/does/not/fit/into/one/line/of/a/narrow/terminal/module.py"
RECORDS: "list[dict[str, object]]" = [
    {
        "platform": "claude",
        "event": "PreToolUse",
        "session": "3f2a1b9c-1111-2222",
        "agent": "",
        "tool": "Write",
        "effects": [["write", LONG, "Write", True]],
        "tier": "allow",
        "verdicts": [],
    },
    {
        "platform": "gemini",
        "event": "BeforeTool",
        "session": "9c1b2a3f-1111-2222",
        "agent": "",
        "tool": "run_shell_command",
        "command": "echo \x1b[31m[bold]x >\n.env\udcff",
        "effects": [["write", ".env", "> redirection", True]],
        "tier": "block",
        "verdicts": [
            {
                "guard": "write-guard",
                "tier": "block",
                "mode": "enforce",
                "effective": "block",
                "reason": "credentials are written by people",
                "path": ".env",
                "rule": "policy.yaml:4 .env",
                "adr": 7,
            }
        ],
    },
    {
        "platform": "codex",
        "event": "PreToolUse",
        "session": "0199aaaa-1111",
        "agent": "worker-2",
        "tool": "shell",
        "command": "cat x.pem",
        "effects": [["read", "x.pem", "cat", True]],
        "tier": "warn",
        "verdicts": [
            {
                "guard": "read-guard",
                "tier": "block",
                "mode": "warn",
                "effective": "warn",
                "reason": "private keys are not read",
                "path": "x.pem",
                "rule": "",
                "adr": 0,
            }
        ],
        "approval": "waiting for k3f9",
    },
    {"platform": "claude", "event": "SessionEnd", "session": "3f2a1b9c-1111-2222", "tier": "allow", "verdicts": []},
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / ".onetree").mkdir()
    (tmp_path / ".onetree" / "policy.yaml").write_text("version: 1\n")
    return tmp_path


def state(tree: Path) -> Path:
    return tree / ".onetree" / "state"


def fill(tree: Path) -> Path:
    for record in RECORDS:
        journal.append(str(state(tree)), record)
    return state(tree) / journal.NAME


def run(tree: Path, *argv: str, columns: int = 80) -> "subprocess.CompletedProcess[str]":
    env = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")}
    return subprocess.run(
        [*COMMAND, *argv],
        capture_output=True,
        text=True,
        check=False,
        cwd=tree,
        stdin=subprocess.DEVNULL,
        env=env | {"COLUMNS": str(columns), "TZ": "Asia/Tokyo", "PYTHONIOENCODING": "utf-8"},
    )


def shown(tree: Path, *argv: str) -> "list[int]":
    result = run(tree, "--json", *argv)
    assert (result.returncode, result.stderr) == (0, "")
    return [json.loads(line)["seq"] for line in result.stdout.splitlines()]


@pytest.mark.parametrize("columns", [80, 140])
def test_the_table_is_readable(tree: Path, columns: int) -> None:
    fill(tree)
    result = run(tree, columns=columns)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= columns
    assert lines[0].split() == ["time", "agent", "told", "what"]
    column = lines[0].index("what")
    rows = [line for line in lines if re.match(r" \d\d:\d\d:\d\d ", line)]
    assert [row[10:column].split() for row in rows] == [
        ["claude", "3f2a1b9c", "allow"],
        ["gemini", "9c1b2a3f", "block"],
        ["codex", "0199aaaa", "worker-2", "warn"],
        ["claude", "3f2a1b9c", "allow"],
    ]
    what = " ".join(line[column:] for line in lines[2:-1])
    assert LONG in what.replace(" ", "")
    assert "credentials are written by people (write-guard, ADR 7)" in what
    assert "(read-guard, warn: block)" in what
    assert "approval: waiting for k3f9" in what
    assert "SessionEnd" in what
    assert lines[-1].endswith(" UTC: 2 allow, 1 warn, 1 block")


def test_a_command_does_not_steer_the_terminal(tree: Path) -> None:
    fill(tree)
    result = run(tree, columns=140)
    assert "\x1b" not in result.stdout
    assert r"echo \x1b[31m[bold]x >\n.env\udcff" in result.stdout


def test_several_days(tree: Path) -> None:
    path = fill(tree)
    path.write_bytes(re.sub(rb'"t":"[^T]*', b'"t":"2026-01-31', path.read_bytes(), count=1))
    result = run(tree)
    assert " 01-31 " in result.stdout
    assert "2026-01-31 to " in result.stdout


@pytest.mark.parametrize(
    ("argv", "seqs"),
    [
        pytest.param([], [1, 2, 3, 4], id="everything"),
        pytest.param(["--agent", "claude"], [1, 4], id="platform"),
        pytest.param(["--agent", "9c1b"], [2], id="the beginning of a session"),
        pytest.param(["--agent", "worker-2"], [3], id="an agent"),
        pytest.param(["--agent", "worker"], [], id="only the beginning of an agent"),
        pytest.param(["--agent", "clau"], [], id="only the beginning of a platform"),
        pytest.param(["--tier", "allow"], [1, 2, 3, 4], id="allow"),
        pytest.param(["--tier", "warn"], [2, 3], id="warn and stronger"),
        pytest.param(["--tier", "block"], [2], id="block"),
        pytest.param(["--tier", "warn", "--agent", "codex"], [3], id="both"),
        *(pytest.param(["--since", t], [1, 2, 3, 4], id=t) for t in ("600s", "15m", "2h", "3d", "1w", "2020-01-01")),
        pytest.param(["--since", "0s"], [], id="from now on"),
        *(
            pytest.param(["--since", t], [], id=t)
            for t in ("2999-01-01", "2999-01-01T00:00Z", "2999-01-01T00:00+09:00")
        ),
    ],
)
def test_what_is_shown(tree: Path, argv: "list[str]", seqs: "list[int]") -> None:
    fill(tree)
    assert shown(tree, *argv) == seqs


@pytest.mark.parametrize(
    ("since", "seqs"),
    [
        pytest.param("2026-01-31T12:00:00Z", [1, 2, 3, 4], id="the very moment"),
        pytest.param("2026-01-31T12:00:00.000001Z", [2, 3, 4], id="a microsecond later"),
        pytest.param("2026-01-31T21:00:00", [1, 2, 3, 4], id="without a zone it is the local one, here Tokyo"),
        pytest.param("2026-01-31T21:00:01", [2, 3, 4], id="a second later in the local zone"),
        pytest.param("2026-01-31T14:00:01+02:00", [2, 3, 4], id="with a zone"),
        pytest.param("0500-01-01", [1, 2, 3, 4], id="a year of three figures"),
    ],
)
def test_since_to_the_microsecond(tree: Path, since: str, seqs: "list[int]") -> None:
    path = fill(tree)
    path.write_bytes(re.sub(rb'"t":"[^"]*', b'"t":"2026-01-31T12:00:00.000000Z', path.read_bytes(), count=1))
    assert shown(tree, "--since", since) == seqs


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        *(
            pytest.param([f"--since={t}"], f"--since: {t!r} is neither a time ago", id=f"since {t!r}")
            for t in ("", "yesterday", "3y", "2 h", "-2h", "1.5h", "2026-13-01", "0001-01-01", "999999999w", "٣d")
        ),
        pytest.param(["--tier", "deny"], "invalid choice: 'deny'", id="unknown tier"),
        pytest.param(["--agent", ""], "an empty name is no agent", id="no agent"),
        pytest.param(["--jsn"], "unrecognized arguments: --jsn", id="unknown option"),
        pytest.param([".", "."], "unrecognized arguments: .", id="two folders"),
    ],
)
def test_wrong_use(tree: Path, argv: "list[str]", text: str) -> None:
    result = run(tree, *argv)
    assert result.returncode == 2
    assert text in result.stderr
    assert "Traceback" not in result.stderr


def test_no_journal_yet(tree: Path) -> None:
    result = run(tree)
    assert (result.returncode, result.stdout) == (0, "")
    assert "no journal yet" in result.stderr
    result = run(tree, "--verify")
    assert (result.returncode, result.stdout) == (0, "no journal yet\n")
    assert not state(tree).exists()


def test_nothing_to_show(tree: Path) -> None:
    fill(tree)
    result = run(tree, "--since", "2999-01-01")
    assert result.returncode == 0
    assert "no records" in result.stdout


def test_no_governed_tree(tmp_path: Path) -> None:
    result = run(tmp_path, str(tmp_path))
    assert result.returncode == 2
    assert f"no .onetree/policy.yaml in {tmp_path} or above it; run `onetree init` there" in result.stderr


def test_a_folder_below(tree: Path) -> None:
    fill(tree)
    (tree / "a" / "b").mkdir(parents=True)
    assert shown(tree, "a/b") == [1, 2, 3, 4]


def test_verify(tree: Path) -> None:
    path = fill(tree)
    result = run(tree, "--verify")
    assert (result.returncode, result.stdout) == (0, f"{path}: every record is there, unchanged and in order\n")
    assert run(tree, "--verify", "--json").stdout == ""
    path.write_bytes(path.read_bytes().replace(b'"tier":"block"', b'"tier":"allow"', 1))
    result = run(tree, "--verify")
    assert (result.returncode, result.stdout) == (1, f"{path}: line 2: changed: not as it was written\n")
    result = run(tree, "--verify", "--json")
    assert result.returncode == 1
    assert json.loads(result.stdout) == {"file": str(path), "finding": "line 2: changed: not as it was written"}


HOSTILE = rb"""
not JSON
{}
{"t": 1, "tier": [], "verdicts": {"a": 1}, "effects": 1, "session": null, "platform": 7}
{"t": "", "tier": "x", "verdicts": [1, {"guard": 1, "adr": {}}], "effects": [1, [], ["write", 2], ["write", "\u001b"]]}
"""


@pytest.mark.parametrize("argv", [[], ["--json"], ["--verify"]], ids=["table", "json", "verify"])
def test_lines_that_are_not_the_journals_own(tree: Path, argv: "list[str]") -> None:
    path = fill(tree)
    path.write_bytes(path.read_bytes() + HOSTILE)
    result = run(tree, *argv)
    assert "Traceback" not in result.stderr
    if argv == ["--verify"]:
        assert (result.returncode, result.stdout) == (1, f"{path}: lines 5-9: inserted: not written by onetree\n")
    else:
        assert result.returncode == 0
        assert "onetree audit: line 5 is not a record; --verify says more\n" in result.stderr
        assert "\x1b" not in result.stdout


def test_a_journal_that_cannot_be_read(tree: Path) -> None:
    (state(tree) / journal.NAME).mkdir(parents=True)
    result = run(tree)
    assert result.returncode == 111
    assert result.stderr.startswith(f"onetree audit: unable to read the journal: {state(tree)}/journal.jsonl: Is a dir")


def test_a_reader_that_has_had_enough(tree: Path) -> None:
    for _ in range(100):
        fill(tree)
    for option in ("--json", "--tier=allow"):
        shell = f'"$@" {option} | head -c 1; exit ${{PIPESTATUS[0]}}'
        result = subprocess.run(
            ["bash", "-c", shell, "bash", *COMMAND], capture_output=True, check=False, cwd=tree, text=True
        )
        assert (result.returncode, result.stderr, len(result.stdout)) == (0, "", 1)


def test_it_does_not_wait_for_a_lock_to_show(tree: Path) -> None:
    fill(tree)
    with flock.locked(str(state(tree) / journal.LOCK), 1):
        assert shown(tree) == [1, 2, 3, 4]
