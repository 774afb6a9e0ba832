"""write-guard as a command: paths and effect lines in, one line for each that a rule stands against."""

import json
from pathlib import Path

import pytest

from .conftest import Run


@pytest.mark.parametrize(
    ("args", "code", "fact"),
    [
        pytest.param(["src/a.py"], 0, "", id="free"),
        pytest.param([".env"], 1, "blocked: write-guard: write would write .env: credentials", id="blocked"),
        pytest.param(["migrations/2.sql"], 3, "needs a person's approval", id="checkpoint"),
        pytest.param(["poetry.lock"], 0, "warning", id="warning"),
        pytest.param(["src/a.py", "poetry.lock", ".env"], 1, "blocked", id="the strongest decides"),
        pytest.param(["--delete", "secrets"], 1, "would delete", id="a folder with something in it"),
        pytest.param([".onetree/policy.yaml"], 1, "self-protection", id="onetree's own"),
        pytest.param(["--", ".env"], 1, "blocked", id="after --"),
        pytest.param([], 2, "wrong use", id="nothing"),
        pytest.param(["--frob", "x"], 2, "wrong use", id="an unknown option"),
    ],
)
def test_paths(run: Run, tree: Path, args: "list[str]", code: int, fact: str) -> None:
    done = run("write-guard", *args, cwd=tree)
    assert done.returncode == code
    assert fact in done.stdout + done.stderr
    assert bool(done.stdout) == bool(fact and code != 2)


def test_standard_input_and_json(run: Run, tree: Path) -> None:
    done = run("write-guard", "--json", "-", stdin="src/a.py\n.env\n", cwd=tree)
    assert done.returncode == 1
    (item,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (item["tier"], item["path"], item["guard"], item["adr"]) == ("block", ".env", "write-guard", 1)


def test_composes_with_shell_write_detect(run: Run, tree: Path) -> None:
    effects = run("shell-write-detect", "--json", "cd secrets && echo x > token", cwd=tree)
    done = run("write-guard", "-", stdin=effects.stdout, cwd=tree)
    assert done.returncode == 1
    assert "secrets/token" in done.stdout


@pytest.mark.parametrize("command", ["frobnicate .e*", "a=.en; frobnicate ${a}v", "frobnicate --to=./.env"])
def test_finds_what_only_the_candidates_name(run: Run, tree: Path, command: str) -> None:
    (tree / ".env").touch()
    effects = run("shell-write-detect", "--json", command, cwd=tree)
    done = run("write-guard", "-", stdin=effects.stdout, cwd=tree)
    assert done.returncode == 1
    assert "names .env" in done.stdout


@pytest.mark.parametrize("line", ["{", '{"op": 7}', "{}"], ids=["not JSON", "op is a number", "no op"])
def test_a_line_that_is_no_effect_is_wrong_use(run: Run, tree: Path, line: str) -> None:
    done = run("write-guard", "-", stdin=line + "\n", cwd=tree)
    assert done.returncode == 2
    assert "wrong use" in done.stderr


def test_without_a_policy_it_could_not_tell(run: Run, tmp_path: Path) -> None:
    done = run("write-guard", "x", cwd=tmp_path)
    assert done.returncode == 111
    assert "onetree init" in done.stderr


def test_a_newline_in_a_name(run: Run, tree: Path) -> None:
    assert run("write-guard", "secrets/a\nb", cwd=tree).returncode == 1
    assert run("write-guard", ".env\n", cwd=tree).returncode == 0
