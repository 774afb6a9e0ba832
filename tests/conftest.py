"""What tests share: the installed commands as real processes, and a governed scratch repository."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# For the folders `stress` and `truth`, which are not installed; last, so that onetree is what is installed.
sys.path.append(str(Path(__file__).parent.parent))

from stress.cluster import PROGRAM, Cluster, cluster

# A slow machine fails no test.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

BIN = Path(sys.executable).parent
# Of the developer's own environment nothing is passed on that could say who or where an agent is.
ENVIRONMENT = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}

POLICY = """\
version: 1
write:
  - tier: block
    paths: [".env", ".env.*", "!.env.example", "secrets/**", "*.pem"]
    adr: 1
    why: credentials are written by people
  - tier: checkpoint
    paths: ["migrations/**"]
    why: migrations run in production
  - tier: warn
    paths: ["poetry.lock"]
read:
  - tier: block
    paths: ["*.pem", ".env", ".env.*", "!.env.example"]
  - tier: checkpoint
    paths: [".npmrc"]
opaque: warn
stale:
  unread: allow
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home"
    path.mkdir()
    return path


@pytest.fixture
def run(home: Path) -> Run:
    """Run an installed command: run("onetree", "audit", stdin=..., cwd=..., env=...)."""

    def call(
        name: str, *args: str, stdin: "str | bytes" = "", cwd: "Path | None" = None, env: "dict[str, str] | None" = None
    ) -> "subprocess.CompletedProcess[str]":
        raw = stdin if isinstance(stdin, bytes) else stdin.encode("utf-8", "surrogateescape")
        done = subprocess.run(
            [str(BIN / name), *args],
            input=raw,
            capture_output=True,
            cwd=cwd or home,
            env={**ENVIRONMENT, "HOME": str(home), **(env or {})},
            timeout=60,
            check=False,
        )
        text = (done.stdout.decode("utf-8", "backslashreplace"), done.stderr.decode("utf-8", "backslashreplace"))
        return subprocess.CompletedProcess(done.args, done.returncode, *text)

    return call


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A git repository under POLICY with a few files, some of them secret."""
    root = tmp_path / "tree"
    (root / ".onetree" / "state").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(root)], check=True, env=ENVIRONMENT)
    (root / ".onetree" / "policy.yaml").write_text(POLICY)
    (root / ".onetree" / ".gitignore").write_text("state/\n")
    (root / ".onetree" / "shared").mkdir()
    (root / "adrs").mkdir()
    (root / "adrs" / "0001-credentials.md").write_text("# 1. Credentials are for people\n")
    for name, text in (("README.md", "hello\n"), (".env", "KEY=secret-7f3a\n"), ("src/a.py", "x = 1\n")):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    (root / "secrets").mkdir()
    (root / "secrets" / "token").write_text("secret-7f3a\n")
    (root / "migrations").mkdir()
    (root / "migrations" / "1.sql").write_text("select 1;\n")
    return root


class Agent:
    """A client of one platform, as far as its hooks go: it sends payloads and reads the answers."""

    def __init__(self, platform: str, tree: Path, run: Run) -> None:
        self.platform = platform
        self.tree = tree
        self.run = run
        self.session = f"session-of-{platform}"

    def payload(self, tool: str, args: "dict[str, Any]", event: str = "") -> "dict[str, Any]":
        before = "BeforeTool" if self.platform == "gemini" else "PreToolUse"
        return {
            "session_id": self.session,
            "transcript_path": "/x",
            "cwd": str(self.tree),
            "hook_event_name": event or before,
            "tool_name": tool,
            "tool_input": args,
            "tool_use_id": "call-1",
        }

    def send(self, payload: "dict[str, Any] | str | bytes", **env: str) -> "subprocess.CompletedProcess[str]":
        text = json.dumps(payload) if isinstance(payload, dict) else payload
        return self.run("onetree", "hook", "--platform", self.platform, stdin=text, cwd=self.tree, env=env)

    def call(self, tool: str, **args: Any) -> "tuple[str, str]":
        """(allow, ask or deny; the reason) for one tool call."""
        return decision(self.platform, self.send(self.payload(tool, args)))

    def shell(self, command: str) -> "tuple[str, str]":
        return self.call("run_shell_command" if self.platform == "gemini" else "Bash", command=command)

    def write(self, path: str, content: str = "x\n") -> "tuple[str, str]":
        if self.platform == "codex":
            patch = f"*** Begin Patch\n*** Add File: {path}\n+{content}*** End Patch\n"
            return self.call("apply_patch", command=patch)
        name = "write_file" if self.platform == "gemini" else "Write"
        return self.call(name, file_path=path, content=content)

    def read(self, path: str) -> "tuple[str, str]":
        if self.platform == "codex":
            return self.shell(f"cat {path}")
        return self.call("read_file" if self.platform == "gemini" else "Read", file_path=path)


class Worker(Agent):
    """An agent that also does what it asks for, if it may: the events before and after each call, and the file itself.

    told: what it heard after its calls. text: what it read last.
    """

    def __init__(self, platform: str, tree: Path, run: Run, session: str = "") -> None:
        super().__init__(platform, tree, run)
        self.session = session or self.session
        self.calls = 0
        self.told: list[str] = []
        self.text = ""

    def does(self, tool: str, args: "dict[str, Any]", deed: "Callable[[], Any]", fails: str = "") -> "tuple[str, str]":
        """One call: asked for, done if allowed, reported. fails: the event in which it is reported instead."""
        self.calls += 1
        name = f"{self.session}-{self.calls}"
        found = decision(self.platform, self.send({**self.payload(tool, args), "tool_use_id": name}))
        if found[0] == "allow":
            deed()
            self.report(tool, args, name, fails)
        return found

    def report(self, tool: str, args: "dict[str, Any]", name: str, event: str = "") -> None:
        event = event or ("AfterTool" if self.platform == "gemini" else "PostToolUse")
        done = self.send({**self.payload(tool, args, event), "tool_use_id": name, "tool_response": {}})
        assert done.returncode == 0, done.stderr
        assert "unable" not in done.stderr
        if done.stdout.strip():
            answer = json.loads(done.stdout).get("hookSpecificOutput", {})
            self.told.append(answer.get("additionalContext", ""))

    def shell(self, command: str) -> "tuple[str, str]":
        name = "run_shell_command" if self.platform == "gemini" else "Bash"

        def deed() -> None:
            argv = ["bash", "-c", command]
            self.text = subprocess.run(argv, cwd=self.tree, capture_output=True, text=True, check=False).stdout

        return self.does(name, {"command": command}, deed)

    def write(self, path: str, content: str = "x\n") -> "tuple[str, str]":
        where = self.tree / path
        if self.platform == "codex":
            body = "".join(f"+{line}\n" for line in content.splitlines())
            patch = f"*** Begin Patch\n*** Add File: {path}\n{body}*** End Patch\n"
            return self.does("apply_patch", {"command": patch}, lambda: where.write_text(content))
        name = "write_file" if self.platform == "gemini" else "Write"
        args = {"file_path": str(where), "content": content}
        return self.does(name, args, lambda: where.write_text(content))

    def edit(self, path: str, old: str, new: str) -> "tuple[str, str]":
        where = self.tree / path
        if self.platform == "codex":
            lines = [f"-{line}\n" for line in old.splitlines()] + [f"+{line}\n" for line in new.splitlines()]
            patch = f"*** Begin Patch\n*** Update File: {path}\n@@\n{''.join(lines)}*** End Patch\n"
            return self.does("apply_patch", {"command": patch}, lambda: _replace(where, old, new))
        name = "replace" if self.platform == "gemini" else "Edit"
        args = {"file_path": str(where), "old_string": old, "new_string": new}
        return self.does(name, args, lambda: _replace(where, old, new))

    def read(self, path: str) -> "tuple[str, str]":
        if self.platform == "codex":
            return self.shell(f"cat {path}")
        name = "read_file" if self.platform == "gemini" else "Read"

        def deed() -> None:
            self.text = (self.tree / path).read_text()

        return self.does(name, {"file_path": str(self.tree / path)}, deed)


def _replace(where: Path, old: str, new: str) -> None:
    where.write_text(where.read_text().replace(old, new, 1))


def decision(platform: str, done: "subprocess.CompletedProcess[str]") -> "tuple[str, str]":
    """What the real client was seen to make of this answer (0.61.0, 0.169.0 and 2.1.330)."""
    if done.returncode == 2 and done.stderr.strip() and not done.stdout.strip():
        return "deny", done.stderr
    if done.returncode not in (0, 2):
        return "allow", done.stderr
    if not done.stdout.strip():
        return "allow", ""
    answer = json.loads(done.stdout)
    if platform == "gemini":
        refused = answer.get("decision") in ("deny", "block")
        return ("deny", answer["reason"]) if refused else ("allow", answer.get("systemMessage", ""))
    nested = answer.get("hookSpecificOutput", {})
    if nested.get("hookEventName") != "PreToolUse":
        return "allow", ""
    verdict = nested.get("permissionDecision", "allow")
    if platform == "codex":
        known = {"hookEventName", "permissionDecision", "permissionDecisionReason", "additionalContext"}
        strict = set(answer) == {"hookSpecificOutput"} and set(nested) <= known
        if verdict != "allow" and not (strict and verdict == "deny" and nested.get("permissionDecisionReason")):
            return "allow", "Codex would run the tool on this answer"
    return verdict, nested.get("permissionDecisionReason") or nested.get("additionalContext", "")


@pytest.fixture(params=["claude", "gemini", "codex"])
def agent(request: pytest.FixtureRequest, tree: Path, run: Run) -> Agent:
    """An agent of each platform in turn."""
    return Agent(request.param, tree, run)


@pytest.fixture
def claude(tree: Path, run: Run) -> Agent:
    return Agent("claude", tree, run)


@pytest.fixture
def pair(request: pytest.FixtureRequest, tree: Path, run: Run) -> "tuple[Worker, Worker]":
    """Two agents in one tree, of two clients."""
    return Worker("claude", tree, run, "ann"), Worker("gemini", tree, run, "bob")


def journal(tree: Path) -> "list[dict[str, Any]]":
    """The records in the tree's journal."""
    path = tree / ".onetree" / "state" / "journal.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture(scope="session")
def etcd(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Cluster]":
    """Three members of a real etcd, for all tests of a process that do not harm it."""
    if not PROGRAM:
        pytest.skip("etcd is not installed; on Debian and Ubuntu: apt install etcd-server")
    with cluster(tmp_path_factory.mktemp("etcd")) as found:
        yield found
