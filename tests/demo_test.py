"""The demo itself: it ends well with onetree, and its checks find the harm where there is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parent.parent / "demo" / "run.py"
# As if an agent had started it: none of it may reach the demo's own agents, or its person.
MARKS = {"CLAUDECODE": "1", "CLAUDE_PROJECT_DIR": "/", "GEMINI_CLI": "1", "CODEX_THREAD_ID": "1", "GIT_DIR": "/nowhere"}


def demo(tmp_path: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "HOME": "/nowhere", "TMPDIR": str(tmp_path), **MARKS}
    done = subprocess.run(
        [sys.executable, str(RUN), *args], env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


def test_every_agent_is_answered_as_the_story_says(tmp_path: Path) -> None:
    done = demo(tmp_path)
    wrong = [line for line in done.stdout.splitlines() if line.startswith("WRONG")]
    assert (wrong, done.stderr, done.returncode) == ([], "", 0)
    for line in (
        "ok    .onetree/shared/notes.jsonl: all 75 records of 5 agents, each exactly once",
        "ok    onetree audit --verify: ",
        "Every file holds what it should.",
    ):
        assert line in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_without_onetree_the_same_story_does_harm_and_the_demo_says_so(tmp_path: Path) -> None:
    done = demo(tmp_path, "--unguarded")
    assert done.returncode == 1
    for line in (
        "WRONG claude-1: write .env: must be blocked by write-guard, but was let through",
        "WRONG .env is protected, and was changed",
        "WRONG claude-1 has seen the secret",
        "WRONG .onetree/shared/notes.jsonl: ",
    ):
        assert line in done.stdout
    assert "Every file holds" not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_keep_leaves_the_folder_and_names_it(tmp_path: Path) -> None:
    done = demo(tmp_path, "--unguarded", "--keep")
    (folder,) = tmp_path.iterdir()
    assert f"Everything is in {folder.resolve()}" in done.stdout
    assert (folder / "project" / ".git").is_dir()


@pytest.mark.parametrize(
    ("args", "code", "word"), [(["--help"], 0, "--keep"), (["--no-such"], 2, "usage")], ids=["help", "unknown option"]
)
def test_usage(tmp_path: Path, args: "list[str]", code: int, word: str) -> None:
    done = demo(tmp_path, *args)
    assert done.returncode == code
    assert word in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []
