"""shell-write-detect as a process: arguments, standard input, exit statuses, output."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from onetree.scripts.detect_batch import answer, plain

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


def test_what_led_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("all:\n\ttouch a $(shell tool)\n")
    unknown = "opaque: touch: the value of $unknown is known only when it runs (make all -> Makefile:2 -> touch)"
    lines = [f"write {tmp_path}/a (make all -> Makefile:2 -> touch)", unknown]
    assert run("make", cwd=tmp_path)[1].splitlines() == lines


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
        (["--json", "--explain", "ls"], 2, "unable to take --explain with --json"),
        (["--batch", "ls"], 2, "unable to take a command with --batch"),
        (["--cwd", "/nowhere/at/all", "ls"], 111, "unable to look into /nowhere/at/all"),
    ],
    ids=["unknown option", "option without its value", "not quoted", "two forms", "batch", "no such directory"],
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


def test_explain(tmp_path: Path) -> None:
    status, out, err = run("--explain", "--cwd", "/tmp", "ls > f\nrm -r g\n", cwd=tmp_path)
    lines = ["ls > f", "   ^^^ write /tmp/f (> redirection)", "rm -r g", "^^^^^^^ delete /tmp/g (rm, and all below it)"]
    assert (status, out.splitlines(), err) == (1, lines, "")
    assert run("--explain", "ls", cwd=tmp_path) == (0, "ls\nnothing is written\n", "")


@pytest.mark.parametrize(
    ("extra", "coloured"),
    [({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
    ids=["a terminal", "NO_COLOR empty", "NO_COLOR", "dumb"],
)
def test_explain_on_a_terminal(extra: "dict[str, str]", coloured: bool, tmp_path: Path) -> None:
    above, below = pty.openpty()
    env = {"HOME": "/home/u", "PATH": "/usr/bin:/bin", "TERM": "xterm", **extra}
    subprocess.run([PROGRAM, "--explain", "rm f"], stdout=below, check=False, timeout=60, env=env, cwd=tmp_path)
    os.close(below)
    out = os.read(above, 65536).decode()
    os.close(above)
    assert ("\x1b[31mdelete" in out) is coloured
    assert "delete" in out


BATCH = {
    "writes": ({"id": 1, "cmd": "echo > f"}, {"id": 1, "writes": ["/t/f"]}),
    "a name as id": ({"id": "a b", "cmd": "ls"}, {"id": "a b"}),
    "no id": ({"cmd": "ls"}, {"id": None}),
    "unknown keys": ({"id": 1, "cmd": "ls", "tags": ["x"]}, {"id": 1}),
    "deletes": (
        {"id": 1, "cmd": "rm f; rm -r d"},
        {"writes": ["/t/f", "/t/d"], "deletes": ["/t/f", "/t/d"], "trees": ["/t/d"]},
    ),
    "moves": ({"id": 1, "cmd": "mv a b"}, {"writes": ["/t/a", "/t/b"], "deletes": ["/t/a"]}),
    "modes": ({"id": 1, "cmd": "chmod +x f"}, {"writes": ["/t/f"], "metas": ["/t/f"]}),
    "once": ({"id": 1, "cmd": "echo > f; echo >> ./f"}, {"writes": ["/t/f"]}),
    "..": ({"id": 1, "cmd": "cd d; echo > ../f"}, {"writes": ["/f"]}),
    "reads": ({"id": 1, "cmd": "cat f"}, {}),
    "unknown": (
        {"id": 1, "cmd": "echo > $q"},
        {"unknown": ["> redirection: the value of $q is known only when it runs"]},
    ),
    "cwd": ({"id": 1, "cmd": "echo > f", "cwd": "/u"}, {"writes": ["/u/f"]}),
    "home": ({"id": 1, "cmd": "echo > ~/f", "home": "/h"}, {"writes": ["/h/f"]}),
    "env": ({"id": 1, "cmd": "echo > $X ~/f", "env": {"X": "g", "HOME": "/h"}}, {"writes": ["/t/g"]}),
    "surrogates": ({"id": 1, "cmd": "echo > '\udcff'"}, {"writes": ["/t/\udcff"]}),
}
NO_ANSWER = {
    "not JSON": ("x", None, "Expecting value"),
    "cut off": ('{"id": 1, "cmd": "ls', None, "Unterminated string"),
    "a list": ("[]", None, "not an object"),
    "no command": ('{"id": 1}', 1, '"cmd" is not a text'),
    "a command that is no text": ('{"id": 1, "cmd": ["ls"]}', 1, '"cmd" is not a text'),
    "a directory that is not absolute": ('{"id": 1, "cmd": "ls", "cwd": "x"}', 1, '"cwd" is not an absolute path'),
    "an environment of numbers": ('{"id": 1, "cmd": "ls", "env": {"A": 1}}', 1, '"env" is not an object of texts'),
    "a home that is no text": ('{"id": 1, "cmd": "ls", "home": 1}', 1, '"home" is not a text'),
}


@pytest.mark.parametrize(("asked", "expected"), BATCH.values(), ids=BATCH)
def test_batch(asked: "dict[str, object]", expected: "dict[str, object]") -> None:
    empty = {"id": 1, "writes": [], "deletes": [], "metas": [], "trees": [], "unknown": False}
    found = json.loads(json.dumps(answer(json.dumps(asked).encode(), "/t", "")))
    assert found == {**empty, **expected}


@pytest.mark.parametrize(("line", "name", "error"), NO_ANSWER.values(), ids=NO_ANSWER)
def test_batch_says_what_it_does_not_understand(line: str, name: object, error: str, tmp_path: Path) -> None:
    found = answer(line.encode(), "/t", "")
    assert found["id"] == name
    assert error in str(found["error"])
    assert set(found) == {"id", "error"}


def test_batch_answers_each_line_at_once(tmp_path: Path) -> None:
    child = subprocess.Popen([PROGRAM, "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path)
    assert child.stdin
    assert child.stdout
    for number in range(3):
        child.stdin.write(json.dumps({"id": number, "cmd": f"echo > {number}"}).encode() + b"\n")
        child.stdin.flush()
        assert json.loads(child.stdout.readline())["writes"] == [f"{tmp_path}/{number}"]
    child.stdin.write(b"\n\xff\n" + b"x" * 3_000_000 + b'\n{"id": 9, "cmd": "ls"}')
    child.stdin.close()
    assert [json.loads(line)["id"] for line in child.stdout] == [None, None, 9]
    child.stdout.close()
    assert child.wait(60) == 2


def test_a_batch_of_nothing(tmp_path: Path) -> None:
    assert run("--batch", cwd=tmp_path) == (0, "", "")


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/a/./b//c", "/a/b/c"), ("/", "/"), ("/..", "/"), ("/a/../b/", "/b"), ("//a", "/a"), ("/etc/../a", "/a")],
)
def test_plain_paths(path: str, expected: str) -> None:
    assert plain(path) == expected


def test_two_dots_leave_what_a_link_leads_to(tmp_path: Path) -> None:
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real/deep")
    assert plain(f"{tmp_path}/link/../f") == os.path.realpath(tmp_path) + "/real/f"


def test_a_directory_that_was_removed(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    line = f"rmdir '{gone}'; '{PROGRAM}' ls"
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=False, timeout=60, cwd=gone)
    assert (done.returncode, done.stdout) == (111, b"")
    assert b"name another with --cwd" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_without_standard_streams(tmp_path: Path) -> None:
    for line in (f"'{PROGRAM}' <&- >&-", f"'{PROGRAM}' --batch <&-", f"'{PROGRAM}' --explain 'rm f' >&-"):
        done = subprocess.run(["bash", "-c", line], capture_output=True, check=False, timeout=60, cwd=tmp_path)
        assert done.returncode in (0, 1)
        assert done.stderr == b""


def test_tables_are_kept_in_the_cache_of_a_home_of_ones_own(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for env, made in (({"HOME": str(home)}, ".cache/onetree"), ({"XDG_CACHE_HOME": str(home / "c")}, "c/onetree")):
        subprocess.run([PROGRAM, "(rm a)"], check=False, cwd=tmp_path, timeout=60, capture_output=True, env=env)
        assert sorted(p.name for p in (home / made).iterdir()) == ["bashlex.cache", "key"]
    assert [p.name for p in tmp_path.iterdir()] == ["home"]
