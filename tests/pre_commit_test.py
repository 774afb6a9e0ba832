"""The hooks that other repositories use: each runs through pre-commit, is in the README, and has a test."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from onetree.scripts.check import CHECKS

from .check_test import ADR
from .conftest import ENVIRONMENT, POLICY
from .repository_test import README, REPOSITORY

PRE_COMMIT = str(Path(sys.executable).parent / "pre-commit")
HOOKS: "list[dict[str, Any]]" = YAML(typ="safe").load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())
NAMES = [hook["id"] for hook in HOOKS]
TESTED = (Path(__file__).parent / "check_test.py").read_text()

# What is staged, and which hook must say what of it.
STAGED = {
    ".env": "A=1\n",
    "deploy.sh": "#!/bin/sh\ncp x .env\n",
    ".onetree/policy.yaml": POLICY.replace("opaque: warn", "opaque: allow"),
    ".onetree/shared/tasks.jsonl": '{"half',
    ".onetree/.gitignore": "state/\n",
    "README.md": "hello\n",
}
SAYS = {
    "write-guard": r"^\.env: blocked: the commit adds it",
    "read-guard": r"^\.env: blocked: whoever has the repository could read it",
    "shell-write-detect": r"^deploy\.sh:2: cp would write \.env",
    "policy-check": r"^\.onetree/policy\.yaml: is weaker than before: opaque is allow, and was warn",
    "adr-check": r"^adrs/0003-x\.md: lacks the heading Status",
    "changelog-check": r"^CHANGELOG\.md: is not there",
    "attribution-check": r"^an agent's message needs the trailer Agent",
    "journal-verify": r"^\.onetree/state/journal\.jsonl: line 1: inserted",
    "flock-check": r"^\.onetree/shared/tasks\.jsonl:1: torn",
}


def test_there_is_a_hook_for_each_check() -> None:
    assert NAMES == list(CHECKS) == list(SAYS)
    assert all(hook["description"] and hook["language"] == "python" for hook in HOOKS)
    assert all(hook["entry"] == f"onetree check {hook['id']}" for hook in HOOKS)


@pytest.mark.parametrize("name", NAMES)
def test_a_hook_is_in_the_readme_and_has_a_test(name: str) -> None:
    assert re.search(rf"^\| `{name}` \|", README, re.MULTILINE)
    assert re.search(rf"^def test_{name.replace('-', '_')}\b", TESTED, re.MULTILINE)


def git(root: Path, *args: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *who, *args], cwd=root, env=ENVIRONMENT, check=True, capture_output=True)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    root = tmp_path / "scratch"
    (root / ".onetree" / "state").mkdir(parents=True)
    (root / "adrs").mkdir()
    (root / "adrs" / "0001-credentials.md").write_text(ADR)
    (root / "adrs" / "0003-x.md").write_text("# 3. X\n")
    (root / ".onetree" / "policy.yaml").write_text(POLICY + "commits:\n  trailers: [Agent]\n")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    for name, text in STAGED.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / ".onetree" / "state" / "journal.jsonl").write_text("{}\n")
    git(root, "add", "-f", *STAGED)
    return root


def try_repo(scratch: Path, *args: str) -> str:
    """What pre-commit prints when it installs the hooks of this repository and runs them."""
    env = {
        **os.environ,
        "HOME": str(scratch.parent),
        "PRE_COMMIT_HOME": str(scratch.parent / "cache"),
        "CLAUDECODE": "1",
    }
    done = subprocess.run(
        [PRE_COMMIT, "try-repo", str(REPOSITORY), "--color=never", *args],
        cwd=scratch,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def test_every_hook_runs_through_pre_commit(scratch: Path) -> None:
    shown = try_repo(scratch)
    for name in NAMES:
        if name != "attribution-check":
            part = shown.partition(f"- hook id: {name}\n")[2].partition("- hook id:")[0]
            assert re.search(SAYS[name], part, re.MULTILINE), (name, shown)


def test_the_hooks_of_the_message_run_through_pre_commit(scratch: Path) -> None:
    message = scratch / ".git" / "COMMIT_EDITMSG"
    message.write_text("all\n")
    shown = try_repo(scratch, "--hook-stage=commit-msg", f"--commit-msg-filename={message}")
    assert re.search(SAYS["attribution-check"], shown, re.MULTILINE), shown
    assert re.search(r"^\.env: is governed by ADR 1; name it in the message", shown, re.MULTILINE), shown
