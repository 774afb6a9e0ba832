"""shell-write-detect as a process: arguments, standard input, exit statuses, output."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = str(Path(sys.executable).parent / "shell-write-detect")


def run(*arguments: str, cwd: Path, text: "str | bytes" = "") -> "tuple[int, str, str]":
    done = subprocess.run(
        [PROGRAM, *arguments],
        input=text if isinstance(text, bytes) else text.encode(),
        capture_output=True,
        check=False,
        cwd=cwd,
        timeout=60,
        env={"HOME": "/home/u", "PATH": "/usr/bin:/bin"},
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize(
    ("command", "status", "lines"),
    [
        ("ls -la", 0, []),
        ("echo a > f", 1, ["write {}/f (> redirection)"]),
        ("rm -r d", 1, ["delete {}/d (rm, and all below it)"]),
        ("x || rm d", 1, ["delete {}/d (rm, perhaps)"]),
        ("echo a > $unknown", 1, ["opaque: > redirection: the value of $unknown is known only when it runs"]),
        ("rm 'a\nb'", 1, ["delete {}/a\\nb (rm)"]),
        ("", 0, []),
    ],
    ids=["nothing", "write", "tree", "uncertain", "opaque", "newline in a name", "empty"],
)
def test_lines_and_status(command: str, status: int, lines: "list[str]", tmp_path: Path) -> None:
    expected = "".join(line.format(tmp_path) + "\n" for line in lines)
    assert run(command, cwd=tmp_path) == (status, expected, "")
    assert run(cwd=tmp_path, text=command) == (status, expected, "")
    assert run("-", cwd=tmp_path, text=command) == (status, expected, "")


def test_json(tmp_path: Path) -> None:
    status, out, _ = run("--json", "--cwd", "/tmp", "ls; echo a > '../f'", cwd=tmp_path)
    assert status == 1
    assert [json.loads(line) for line in out.splitlines()] == [
        {
            "op": "write",
            "path": "/tmp/../f",
            "written": "'../f'",
            "via": "> redirection",
            "certain": True,
            "tree": False,
            "why": "",
            "candidates": [],
            "span": [11, 19],
        }
    ]


def test_reads_are_told_on_request_and_are_no_finding(tmp_path: Path) -> None:
    assert run("cat a", cwd=tmp_path) == (0, "", "")
    assert run("--reads", "cat a", cwd=tmp_path) == (0, f"read {tmp_path}/a (cat)\n", "")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--what", "ls"], 2, "unable to understand --what"),
        (["--cwd"], 2, "unable to understand --cwd"),
        (["rm", "f"], 2, "unable to take more than one command"),
        (["--cwd", "/nowhere/at/all", "ls"], 111, "unable to look into /nowhere/at/all"),
    ],
    ids=["unknown option", "option without its value", "not quoted", "no such directory"],
)
def test_wrong_use(arguments: "list[str]", status: int, message: str, tmp_path: Path) -> None:
    found, out, err = run(*arguments, cwd=tmp_path)
    assert (found, out) == (status, "")
    assert err.startswith("shell-write-detect: " + message)


def test_after_two_dashes_all_is_command(tmp_path: Path) -> None:
    assert run("--", "--json > f", cwd=tmp_path)[1] == f"write {tmp_path}/f (> redirection)\n"


def test_help(tmp_path: Path) -> None:
    status, out, _ = run("--help", cwd=tmp_path)
    assert status == 0
    assert out.startswith("Say what a shell command would write, delete or read, without running it.\n")


@pytest.mark.parametrize(
    "text",
    [b"\0", b"echo > \xff\xfe", b"(" * 2_000_000, "echo > é".encode(), b"'"],
    ids=["NUL", "not UTF-8", "two megabytes", "not ASCII", "quote"],
)
def test_hostile_input_gives_lines_and_no_traceback(text: bytes, tmp_path: Path) -> None:
    for arguments in ([], ["--json"]):
        status, out, err = run(*arguments, cwd=tmp_path, text=text)
        assert (status, err, len(out.splitlines())) == (1, "", 1)


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    line = f"'{PROGRAM}' 'touch {{1..1500}}' | head -n 1"
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=False, timeout=60)
    assert done.stderr == b""
    assert done.stdout.count(b"\n") == 1
