"""The dispatcher as a process: what passes, what is stopped and in what words; nothing makes it say yes by accident."""

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from .conftest import BIN, ENVIRONMENT, Agent, Run, decision, journal

PASSES = [
    pytest.param("src/a.py", id="an ordinary file"),
    pytest.param("new/deep/file.py", id="a new file in a new folder"),
    pytest.param(".env.example", id="an exception of the rule"),
    pytest.param("environment.txt", id="a name that only begins like a protected one"),
    pytest.param("src/.envrc", id="another name"),
    pytest.param(".onetree/shared/notes.jsonl", id="what agents are meant to write"),
]
BLOCKED = [
    pytest.param(".env", id="protected"),
    pytest.param("./.env", id="dot"),
    pytest.param("src/../.env", id="dot dot"),
    pytest.param("src//..//.env", id="double slashes"),
    pytest.param("sub/.env.local", id="in a folder that is not there yet"),
    pytest.param("secrets/new/key", id="below a protected folder"),
    pytest.param("deploy.pem", id="by its ending"),
    pytest.param(
        "/proc/self/cwd/.env", id="by way of proc", marks=pytest.mark.skipif(sys.platform != "linux", reason="proc")
    ),
    pytest.param(".onetree/policy.yaml", id="the policy"),
    pytest.param(".onetree/state/journal.jsonl", id="the journal"),
    pytest.param(".onetree/shared/../policy.yaml", id="the policy by way of the shared folder"),
    pytest.param(".claude/settings.json", id="a registration"),
]


@pytest.mark.parametrize("path", PASSES)
def test_a_harmless_write_passes_without_a_word(agent: Agent, path: str) -> None:
    assert agent.write(path) == ("allow", "")


@pytest.mark.parametrize("path", BLOCKED)
def test_a_protected_write_is_refused(agent: Agent, path: str) -> None:
    verdict, reason = agent.write(path)
    assert verdict == "deny"
    assert "blocked" in reason
    assert "Way out:" in reason


@pytest.mark.parametrize("absolute", [False, True])
def test_links_lead_nowhere(agent: Agent, absolute: bool) -> None:
    target = agent.tree / ".env" if absolute else ".env"
    (agent.tree / "soft").symlink_to(target)
    (agent.tree / "folder").symlink_to("secrets")
    os.link(agent.tree / ".env", agent.tree / "hard")
    for name in ("soft", "folder/token", "folder/new", "hard"):
        assert agent.write(name)[0] == "deny", name
    (agent.tree / "dangling").symlink_to("secrets/not-yet")
    assert agent.write("dangling")[0] == "deny"


def test_a_refusal_names_place_fact_rule_decision_and_way_out(claude: Agent) -> None:
    _, reason = claude.write(".env")
    assert reason == (
        "onetree: blocked: write-guard: Write would write .env: credentials are written by people. "
        "Rule: .onetree/policy.yaml:4 .env (block). ADR 1 (Credentials are for people). "
        "Way out: leave this file to the person you work for, and say what you would have changed."
    )


@pytest.mark.parametrize(
    ("command", "verdict"),
    [
        pytest.param("echo hi > src/b.py", "allow", id="a write"),
        pytest.param("npm test", "allow", id="a program"),
        pytest.param("cat README.md | wc -l", "allow", id="a read"),
        pytest.param("python -m pytest -q 2>&1 | tail -5", "allow", id="a descriptor is no file"),
        pytest.param("git commit -m 'say > .env'", "allow", id="text that looks like a redirection"),
        pytest.param("echo hi > .env", "deny", id="redirection"),
        pytest.param("cd secrets && echo hi > token", "deny", id="after cd"),
        pytest.param('bash -c "sed -i s/a/b/ .env"', "deny", id="sed -i inside bash -c"),
        pytest.param("cp README.md .env", "deny", id="cp"),
        pytest.param("rm -rf secrets", "deny", id="a folder with something in it"),
        pytest.param("mv secrets elsewhere", "deny", id="moving an ancestor"),
        pytest.param("rm -rf .", "deny", id="everything"),
        pytest.param("ln -s .env x && echo hi > x", "deny", id="a link made in the line"),
        pytest.param("cat .env", "deny", id="a protected read"),
        pytest.param("python3 -c \"open('.env','w')\"", "deny", id="a text that cannot be read names it"),
        pytest.param("echo hi > .onetree/policy.yaml", "deny", id="the policy"),
        pytest.param("python3 -c \"open('.onetree/policy.yaml','w')\"", "deny", id="the policy, unread"),
        pytest.param("git commit --no-verify -m x", "deny", id="--no-verify"),
        pytest.param("onetree approve 12345678", "deny", id="approving oneself"),
        pytest.param("script -qc 'onetree approve 12345678' /dev/null", "deny", id="approving oneself in a terminal"),
        pytest.param("flock-append .onetree/shared/notes.jsonl < README.md", "allow", id="a coordination record"),
        pytest.param("echo x | flock-append .env", "deny", id="a record where none belongs"),
        pytest.param(
            "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: .env\n+x\n*** End Patch\nEOF", "deny", id="patch"
        ),
        pytest.param("git show HEAD:.env", "deny", id="reading what git has of it"),
    ],
)
def test_shell_commands(agent: Agent, command: str, verdict: str) -> None:
    assert agent.shell(command)[0] == verdict


def test_codex_may_not_open_a_shell_to_type_into(tree: Path, run: Run) -> None:
    codex = Agent("codex", tree, run)
    for command in ("bash --norc", "python3", "sh -i"):
        assert codex.shell(command)[0] == "deny", command
    assert codex.shell("bash -c 'echo hi'")[0] == "allow"
    assert Agent("claude", tree, run).shell("bash")[0] == "allow"  # it has no way to type


def test_a_protected_read_is_refused_and_the_secret_not_shown(agent: Agent) -> None:
    verdict, reason = agent.read(".env")
    assert verdict == "deny"
    assert "secret-7f3a" not in reason
    assert agent.read("README.md") == ("allow", "")


def test_a_warning_is_told_and_lets_pass(tree: Path, run: Run) -> None:
    for platform in ("claude", "codex", "gemini"):
        verdict, text = Agent(platform, tree, run).write(f"{platform}/poetry.lock")
        assert verdict == "allow"
        assert "warning" in text


def test_gemini_is_warned_with_the_result_too(tree: Path, run: Run) -> None:
    gemini = Agent("gemini", tree, run)
    args = {"file_path": "poetry.lock", "content": ""}
    done = gemini.send({**gemini.payload("write_file", args, "AfterTool"), "tool_response": {"llmContent": "ok"}})
    assert "warning" in json.loads(done.stdout)["hookSpecificOutput"]["additionalContext"]


def test_what_cannot_be_read_gets_the_policys_tier(claude: Agent) -> None:
    policy = claude.tree / ".onetree" / "policy.yaml"
    command = 'python3 -c "$(cat x)"'
    for tier, verdict in (("allow", "allow"), ("warn", "allow"), ("checkpoint", "ask"), ("block", "deny")):
        policy.write_text(policy.read_text().split("opaque:")[0] + f"opaque: {tier}\n")
        found, text = claude.shell(command)
        assert found == verdict
        assert ("cannot be known" in text) == (tier != "allow")


@pytest.mark.parametrize(
    ("mode", "verdict", "told"), [("monitor", "allow", ""), ("warn", "allow", "warning"), ("off", "allow", "")]
)
def test_roll_out_modes_soften_but_not_self_protection(claude: Agent, mode: str, verdict: str, told: str) -> None:
    policy = claude.tree / ".onetree" / "policy.yaml"
    policy.write_text(policy.read_text() + f"rollout:\n  default: {mode}\n")
    found, text = claude.write(".env")
    assert found == verdict
    assert told in text
    assert claude.write(".onetree/policy.yaml")[0] == "deny"
    assert claude.shell("git commit -n -m x")[0] == "deny"
    recorded = [v["tier"] for r in journal(claude.tree)[:1] for v in r["verdicts"]]
    assert recorded == ([] if mode == "off" else ["block"])


def test_every_event_is_journalled(agent: Agent, run: Run) -> None:
    gemini = agent.platform == "gemini"
    agent.write("src/a.py")
    agent.write(".env")
    agent.shell("echo hi > out.txt")
    for event in ("SessionStart", "BeforeAgent" if gemini else "UserPromptSubmit", "SessionEnd"):
        base = {"session_id": agent.session, "cwd": str(agent.tree), "hook_event_name": event, "prompt": "do it"}
        done = agent.send({**base, "transcript_path": "/x"})
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    found = [f"{r['phase']} {r['tier']}" for r in journal(agent.tree)]
    assert found == ["before allow", "before block", "before allow", "session allow", "prompt allow", "session allow"]
    assert {r["session"] for r in journal(agent.tree)} == {agent.session}
    assert run("onetree", "audit", "--verify", cwd=agent.tree).returncode == 0


def test_ten_at_once_all_answer_and_all_are_journalled(tree: Path, run: Run) -> None:
    agents = [Agent(p, tree, run) for p in ("claude", "gemini", "codex")] * 4
    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(lambda i: (i[1].write(f"src/{i[0]}.py")[0], i[1].write(".env")[0]), enumerate(agents)))
    assert found == [("allow", "deny")] * 12
    assert len(journal(tree)) == 24
    assert run("onetree", "audit", "--verify", cwd=tree).returncode == 0


def test_copilot_by_way_of_claudes_settings(tree: Path, run: Run) -> None:
    payload = {
        "hook_event_name": "PreToolUse", "session_id": "s", "timestamp": "2026-01-01T00:00:00Z", "cwd": str(tree),
        "tool_name": "Write", "tool_input": {"path": ".env", "file_text": "x"},
    }  # fmt: skip
    done = Agent("claude", tree, run).send(payload)
    assert json.loads(done.stdout)["permissionDecision"] == "deny"
    assert journal(tree)[0]["platform"] == "copilot"


# ---- hostile and broken input

WRITE = {"session_id": "s", "hook_event_name": "PreToolUse", "tool_name": "Write", "transcript_path": "/x"}


def hostile(tree: Path) -> "dict[str, bytes]":
    """Payloads none of which may be answered with yes, by what is wrong with them."""

    def write(**change: Any) -> bytes:
        payload = {**WRITE, "cwd": str(tree), "tool_input": {"file_path": "a", "content": ""}, **change}
        return json.dumps({k: v for k, v in payload.items() if v is not ...}).encode()

    return {
        "nothing": b"",
        "truncated": write()[:-20],
        "not an object": b"[1, 2]",
        "a number": b"7",
        "an empty object": b"{}",
        "text after it": write() + b"x",
        "invalid UTF-8": b'{"tool_name": "\xff"}',
        "NUL bytes": b"\0" * 100,
        "NUL in the path": write(tool_input={"file_path": ".en\0v", "content": ""}),
        "NUL in the command": write(tool_name="Bash", tool_input={"command": "echo > a\0b"}),
        "deep": b'{"tool_input":' * 50_000,
        "deep arguments": write()[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "huge": b" " * (17 << 20),
        "no tool name": write(tool_name=...),
        "no tool input": write(tool_input=...),
        "protected, without an event": write(hook_event_name=..., tool_input={"file_path": ".env", "content": ""}),
        "no cwd": write(cwd=...),
        "relative cwd": write(cwd="tree"),
        "cwd is a list": write(cwd=["/"]),
        "tool name is a number": write(tool_name=7),
        "arguments are a number": write(tool_input=7),
        "path is an object": write(tool_input={"file_path": {"a": 1}}),
        "path is empty": write(tool_input={"file_path": ""}),
        "event is a list": write(hook_event_name=["PreToolUse"]),
        "protected, as a path of 1 MB": write(tool_input={"file_path": "./" * 500_000 + ".env"}),
        "protected, with a surrogate": write(tool_input={"file_path": "secrets/\ud800"}),
        "protected, with a newline": write(tool_input={"file_path": "secrets/a\nb"}),
        "two names for one tool": write()[:-1] + b',"tool_input":{"file_path":".env"}}',
    }


@pytest.mark.parametrize("what", list(hostile(Path("/p"))))
def test_hostile_payloads_are_refused_in_words(claude: Agent, what: str) -> None:
    done = claude.send(hostile(claude.tree)[what])
    verdict, reason = decision("claude", done)
    assert verdict == "deny"
    assert "onetree: blocked" in reason
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("platform", ["gemini", "codex"])
def test_what_cannot_be_parsed_is_refused_in_every_dialect(tree: Path, run: Run, platform: str) -> None:
    for raw in (b"", b'{"tool', b"\xff", b"[]"):
        assert decision(platform, Agent(platform, tree, run).send(raw))[0] == "deny"


def test_a_closed_standard_input_is_refused(tree: Path) -> None:
    argv = [str(BIN / "onetree"), "hook", "--platform", "claude"]
    done = subprocess.run(["sh", "-c", 'exec "$@" <&-', "sh", *argv], capture_output=True, text=True, cwd=tree,
                          env=ENVIRONMENT, check=False)  # fmt: skip
    assert decision("claude", done)[0] == "deny"


def test_a_client_that_never_closes_its_end_gets_an_answer(tree: Path) -> None:
    argv = [str(BIN / "onetree"), "hook", "--platform", "claude"]
    read, write = os.pipe()
    os.write(write, b'{"tool_name"')
    child = subprocess.Popen(argv, stdin=read, stdout=subprocess.PIPE, text=True, cwd=tree, env=ENVIRONMENT)
    timer = threading.Timer(30, child.kill)
    timer.start()
    out = child.communicate()[0]
    timer.cancel()
    os.close(read)
    os.close(write)
    assert "for a decision ran out" in json.loads(out)["hookSpecificOutput"]["permissionDecisionReason"]


# ---- a broken tree


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        pytest.param("version: 1\nwrite: [", "policy.yaml:", id="not YAML"),
        pytest.param("version: 1\nwirte: []\n", "policy.yaml:2:1: ", id="an unknown key"),
        pytest.param("", "policy.yaml", id="empty"),
        pytest.param(None, "policy.yaml", id="gone"),
    ],
)
def test_without_a_sound_policy_nothing_passes(agent: Agent, text: "str | None", fact: str) -> None:
    policy = agent.tree / ".onetree" / "policy.yaml"
    if text is None:
        policy.unlink()
    else:
        policy.write_text(text)
    verdict, reason = agent.read("README.md")
    assert verdict == "deny"
    assert fact in reason
    assert "onetree" in reason.partition("Way out:")[2]


def test_a_prompt_is_never_held_up(agent: Agent) -> None:
    (agent.tree / ".onetree" / "policy.yaml").write_text("broken: [")
    event = "BeforeAgent" if agent.platform == "gemini" else "UserPromptSubmit"
    base = {"session_id": "s", "cwd": str(agent.tree), "hook_event_name": event, "prompt": "x", "transcript_path": "/x"}
    done = agent.send(base)
    assert (done.returncode, done.stdout) == (0, "")
    assert "no policy" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_journal_that_cannot_be_written_stops_writes_and_not_reads(claude: Agent) -> None:
    state = claude.tree / ".onetree" / "state"
    state.chmod(0o500)
    check_unrecorded(claude)
    state.chmod(0o700)


def test_a_journal_that_is_a_folder_stops_writes_and_not_reads(claude: Agent) -> None:
    (claude.tree / ".onetree" / "state" / "journal.jsonl").mkdir()
    check_unrecorded(claude)


def check_unrecorded(claude: Agent) -> None:
    verdict, reason = claude.write("src/a.py")
    assert verdict == "deny"
    assert "could not be recorded" in reason
    assert claude.shell("npm test")[0] == "deny"
    assert claude.read("README.md")[0] == "allow"


def test_the_root_is_the_projects_and_not_where_the_agent_went(claude: Agent, tmp_path: Path) -> None:
    lax = tmp_path / "lax"
    (lax / ".onetree" / "state").mkdir(parents=True)
    (lax / ".onetree" / "policy.yaml").write_text("version: 1\n")
    payload = claude.payload("Write", {"file_path": str(claude.tree / ".env"), "content": ""})
    done = claude.send({**payload, "cwd": str(lax)}, CLAUDE_PROJECT_DIR=str(claude.tree))
    assert decision("claude", done)[0] == "deny"


def test_a_working_directory_that_is_gone_is_no_way_through(tree: Path) -> None:
    event = {**WRITE, "cwd": str(tree), "tool_input": {"file_path": ".env", "content": ""}}
    for cwd in (str(tree), str(tree / "gone")):
        payload = json.dumps({**event, "cwd": cwd})
        line = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" hook --platform claude'
        done = subprocess.run(["sh", "-c", line, str(BIN / "onetree")], input=payload, capture_output=True, text=True,
                              cwd=tree, env=ENVIRONMENT, check=False)  # fmt: skip
        assert decision("claude", done)[0] == "deny"


def test_another_clients_variable_is_not_this_ones(tree: Path, run: Run, tmp_path: Path) -> None:
    lax = tmp_path / "lax"
    (lax / ".onetree" / "state").mkdir(parents=True)
    (lax / ".onetree" / "policy.yaml").write_text("version: 1\n")
    codex = Agent("codex", tree, run)
    payload = codex.payload("apply_patch", {"command": "*** Begin Patch\n*** Add File: .env\n+x\n*** End Patch"})
    assert decision("codex", codex.send(payload, CLAUDE_PROJECT_DIR=str(lax)))[0] == "deny"


# ---- a guard of somebody's own


def external(tree: Path, body: str, more: str = "") -> None:
    program = tree / "guard.sh"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    policy = tree / ".onetree" / "policy.yaml"
    policy.write_text(policy.read_text() + f"guards:\n  - name: mine\n    run: [./guard.sh]\n{more}")


SAYS_BLOCK = """echo '{"tier": "block", "reason": "not on a Friday", "way_out": "wait"}'"""


@pytest.mark.parametrize(
    ("body", "more", "verdict", "text"),
    [
        pytest.param("cat > /dev/null", "", "allow", "", id="says nothing"),
        pytest.param(SAYS_BLOCK, "", "deny", "mine: not on a Friday", id="says block"),
        pytest.param("grep -q src/a.py && " + SAYS_BLOCK, "", "deny", "not on a Friday", id="reads the action"),
        pytest.param("exit 3", "", "deny", "exit status 3", id="fails"),
        pytest.param("exit 3", "    on_failure: warn\n", "allow", "exit status 3", id="fails, which only warns"),
        pytest.param("exit 3", "    on_failure: allow\n", "allow", "", id="fails, which is allowed"),
        pytest.param("echo nonsense", "", "deny", "not JSON lines", id="talks nonsense"),
        pytest.param("echo '{}'", "", "deny", "no tier", id="says half of it"),
        pytest.param("sleep 60", "    timeout: 0.2\n", "deny", "no answer within 0.2 s", id="takes too long"),
        pytest.param(SAYS_BLOCK, "rollout: {guards: {mine: warn}}\n", "allow", "not on a Friday", id="is rolled out"),
    ],
)
def test_an_external_guard(claude: Agent, body: str, more: str, verdict: str, text: str) -> None:
    external(claude.tree, body, more)
    found, reason = claude.write("src/a.py")
    assert found == verdict
    assert text in reason


# ---- what must stay fast

# None of these may be imported on the way of an event of a file tool, or of a plain command.
FORBIDDEN = (
    "re json typing dataclasses enum collections functools pathlib argparse contextlib subprocess tempfile hashlib "
    "shutil logging signal bashlex ruamel pathspec rich"
).split()
# What else may be, besides onetree itself.
ALLOWED = {"_json", "_blake2", "_sre", "_signal", "marshal", "fcntl", "time", "errno", "_random", "select"}
# And what a write needs besides: the hash and the compression of the contents that are kept.
CONTENTS = {"_sha1", "zlib"}
PROBE = f"""
import os, sys
for name in {FORBIDDEN!r}: sys.modules.pop(name, None)  # an editable install has some of them already
before = set(sys.modules)
from onetree.scripts.hook import main
main(["--platform", "claude"])
sys.stderr.write(" ".join(sorted(set(sys.modules) - before)))
"""


def loaded(claude: Agent, tool: str, **args: str) -> "set[str]":
    payload = json.dumps(claude.payload(tool, args))
    claude.send(payload)  # fills the caches
    return set(claude.run("python", "-I", "-c", PROBE, stdin=payload, cwd=claude.tree).stderr.split())


def test_a_file_tool_event_imports_next_to_nothing(claude: Agent) -> None:
    found = loaded(claude, "Write", file_path="src/a.py", content="")
    assert not found & set(FORBIDDEN)
    assert not any(m.startswith(("onetree.shell", "onetree.locks")) for m in found)
    assert {m for m in found if not m.startswith("onetree")} <= ALLOWED | CONTENTS


def test_a_read_imports_nothing_for_contents(claude: Agent) -> None:
    found = loaded(claude, "Read", file_path="src/a.py")
    assert {m for m in found if not m.startswith("onetree")} <= ALLOWED


def test_a_plain_command_imports_no_parser(claude: Agent) -> None:
    found = loaded(claude, "Bash", command="git status --short")
    assert "onetree.shell" in found
    assert not any(m.startswith("onetree.locks") for m in found)
    assert not found & set(FORBIDDEN)


@pytest.mark.parametrize("argv", [[], ["--platform", "nobody"], ["--platform"], ["--frob", "x"]])
def test_wrong_use_says_so_and_blocks(run: Run, tree: Path, argv: "list[str]") -> None:
    done = run("onetree", "hook", *argv, cwd=tree)
    assert done.returncode == 2
    assert "wrong use" in done.stderr


# ---- what shells find in their environment

CAPTURED = [json.loads(line) for line in (Path(__file__).parent / "payloads.jsonl").read_text().splitlines()]
STARTS = [pytest.param(c, id=c["name"]) for c in CAPTURED if c["name"].endswith("/SessionStart")]
NO_LOCKS = "export GIT_OPTIONAL_LOCKS=0"


@pytest.mark.parametrize("captured", STARTS)
def test_gits_readers_take_no_locks_where_a_client_takes_variables_from_a_hook(
    tree: Path, run: Run, tmp_path: Path, captured: "dict[str, Any]"
) -> None:
    file, platform = tmp_path / "variables", captured["name"].partition("/")[0]
    file.write_text("export OTHER=1")  # another hook's, without a newline
    sends = Agent(platform if platform in ("gemini", "codex") else "claude", tree, run)
    for _ in range(2):  # the session is resumed
        done = sends.send({**captured["stdin"], "cwd": str(tree)}, CLAUDE_ENV_FILE=str(file))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    takes = platform == "claude"
    assert file.read_text().split("\n") == (["export OTHER=1", NO_LOCKS, ""] if takes else ["export OTHER=1"])


def test_nothing_is_set_at_other_events_or_if_nobody_minds_the_index(tree: Path, run: Run, tmp_path: Path) -> None:
    agent, file = Agent("claude", tree, run), tmp_path / "variables"
    start = {"session_id": "s", "cwd": str(tree), "hook_event_name": "SessionStart"}
    agent.send({**start, "hook_event_name": "SessionEnd"}, CLAUDE_ENV_FILE=str(file))
    agent.send(agent.payload("Bash", {"command": "ls"}), CLAUDE_ENV_FILE=str(file))
    assert not file.exists()
    assert "unable to write /nowhere/x" in agent.send(start, CLAUDE_ENV_FILE="/nowhere/x").stderr
    policy = tree / ".onetree" / "policy.yaml"
    policy.write_text(policy.read_text() + "rollout: {guards: {shared-index: 'off'}}\n")
    agent.send(start, CLAUDE_ENV_FILE=str(file))
    assert not file.exists()
