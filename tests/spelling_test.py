"""No spelling of a path escapes its rule, and none makes a harmless file a protected one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onetree import platforms
from onetree.action import Action
from onetree.guards import ROLLED_OUT, panel
from onetree.policy import Policy, load
from onetree.verdict import ALLOW, BLOCK, strongest

from .conftest import POLICY

PROTECTED = (
    ".env",
    "secrets/token",
    "secrets/not/there/yet",
    "src/deep/key.pem",
    ".onetree/policy.yaml",
    ".git/../.env",
)
HARMLESS = ("README.md", "src/a.py", "src/new/b.py", ".env.example", ".onetree/shared/notes.jsonl")

DETOURS = st.sampled_from(["", "./", ".//", "src/../", "secrets/../", "src/deep/../../"])
STARTS = ["", "./", "{root}/", "{root}//", "//{rootless}/", "{root}/here/", "here/here/", "~/tree/", "{root}/../tree/"]
STARTS += (
    ["/proc/self/cwd/", "/proc/self/root/{rootless}/", "/proc/thread-self/cwd/"] if sys.platform == "linux" else []
)
WRITERS = (
    ("claude", "Write", "PreToolUse"),
    ("gemini", "write_file", "BeforeTool"),
    ("codex", "apply_patch", "PreToolUse"),
)


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    root = tmp_path_factory.mktemp("home") / "tree"
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    for folder in (".onetree/state", ".onetree/shared", "src/deep", "secrets"):
        (root / folder).mkdir(parents=True)
    (root / ".onetree" / "policy.yaml").write_text(POLICY)
    for name in (".env", "secrets/token", "README.md", "src/a.py"):
        (root / name).write_text("x\n")
    (root / "here").symlink_to(".")
    (root / "to-src").symlink_to("src")
    (root / "to-secrets").symlink_to(root / "secrets")
    return load(str(root), ROLLED_OUT)


@st.composite
def spellings(draw: st.DrawFn, names: "tuple[str, ...]") -> str:
    """One of the names, with a start, detours between its parts, and a way through a link, as they come."""
    name = draw(st.sampled_from(names))
    if draw(st.booleans()):
        name = name.replace("secrets/", "to-secrets/").replace("src/", "to-src/")
    parts = name.split("/")
    spelled = draw(DETOURS) if not name.startswith("to-") else ""
    for part in parts[:-1]:
        spelled += part + "/" + draw(st.sampled_from(["", "/", "./", ".//./"]))
    return draw(st.sampled_from(STARTS)) + spelled + parts[-1]


def tier(policy: Policy, writer: "tuple[str, str, str]", path: str) -> int:
    platform, tool, event = writer
    root = policy.root
    path = path.format(root=root, rootless=root.lstrip("/"))
    patch = f"*** Begin Patch\n*** Update File: {path}\n@@\n-x\n+y\n*** End Patch"
    args = {"command": patch} if platform == "codex" else {"file_path": path, "content": "y\n"}
    payload = {"session_id": "s", "cwd": root, "hook_event_name": event, "tool_name": tool, "tool_input": args}
    action: Action = platforms.load(platform).decode(payload)
    assert not action.defect
    panel.prepare(action, "")
    return strongest(panel.verdicts(action, policy))


@pytest.fixture(autouse=True)
def at_home(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", os.path.dirname(policy.root))


RUNS = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])


@RUNS
@given(path=spellings(PROTECTED), writer=st.sampled_from(WRITERS))
def test_a_protected_file_is_protected_however_it_is_spelled(
    policy: Policy, path: str, writer: "tuple[str, str, str]"
) -> None:
    assert tier(policy, writer, path) == BLOCK


@RUNS
@given(path=spellings(HARMLESS), writer=st.sampled_from(WRITERS))
def test_a_harmless_file_is_harmless_however_it_is_spelled(
    policy: Policy, path: str, writer: "tuple[str, str, str]"
) -> None:
    assert tier(policy, writer, path) == ALLOW


def test_a_file_that_only_looks_protected_outside_the_tree(policy: Policy, tmp_path: Path) -> None:
    assert tier(policy, WRITERS[0], str(tmp_path / "secrets" / "token")) == ALLOW  # "secrets/**" is of this tree
    assert tier(policy, WRITERS[0], str(tmp_path / "key.pem")) == BLOCK  # "*.pem" is anywhere
