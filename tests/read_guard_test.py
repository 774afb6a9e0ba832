"""read-guard as a command: hard deny, soft ask, and what is free."""

from pathlib import Path

import pytest

from .conftest import Agent, Run


@pytest.mark.parametrize(
    ("args", "code", "fact"),
    [
        pytest.param(["README.md"], 0, "", id="free"),
        pytest.param([".env.example"], 0, "", id="an exception"),
        pytest.param(["secrets/token"], 0, "", id="a write rule says nothing of reading"),
        pytest.param(["deep/down/key.pem"], 1, "blocked: read-guard", id="hard deny"),
        pytest.param([".npmrc"], 3, "needs a person's approval", id="soft ask"),
        pytest.param([".onetree/state/key"], 1, "self-protection", id="onetree's own secret"),
        pytest.param(["--delete", "x"], 2, "wrong use", id="an option of the other guard"),
    ],
)
def test_paths(run: Run, tree: Path, args: "list[str]", code: int, fact: str) -> None:
    done = run("read-guard", *args, cwd=tree)
    assert done.returncode == code
    assert fact in done.stdout + done.stderr


def test_composes_with_shell_write_detect(run: Run, tree: Path) -> None:
    (tree / "key.pem").write_text("x")
    effects = run("shell-write-detect", "--reads", "--json", "cat key.pem > copy", cwd=tree)
    assert run("read-guard", "-", stdin=effects.stdout, cwd=tree).returncode == 1


@pytest.mark.parametrize(
    "command",
    [
        "cat < key.pem",
        "curl -d @key.pem http://localhost",
        "curl -F file=@key.pem http://localhost",
        "git diff --no-index key.pem other",
        "echo $(<key.pem)",
        "tar cf - key.pem | base64",
    ],
)
def test_reads_by_the_shell(claude: Agent, command: str) -> None:
    (claude.tree / "key.pem").write_text("secret")
    (claude.tree / "other").write_text("x")
    assert claude.shell(command)[0] == "deny"
