"""Every captured payload of real clients: who sent it, what it is about to do, and an answer that this client obeys."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from onetree import platforms
from onetree.action import Action
from onetree.platforms import Answer, dialects, foreign
from onetree.verdict import ALLOW, BLOCK, CHECKPOINT, WARN

CAPTURED = [json.loads(line) for line in (Path(__file__).parent / "payloads.jsonl").read_text().splitlines()]
BEFORE = [c for c in CAPTURED if c["name"].rsplit("/", 1)[-1].lower().startswith(("pretool", "beforetool"))]


def decode(payload: "dict[str, Any]", registered: str) -> Action:
    caller = dialects.recognise(payload, registered)
    if caller in platforms.NAMES:
        action: Action = platforms.load(caller).decode(payload)
        return action
    return foreign.decode(payload, caller)


def encode(action: Action, tier: int, text: str = "because") -> Answer:
    name = action.platform if action.platform in platforms.NAMES else "foreign"
    answer: Answer = platforms.load(name).encode(action, tier, text)
    return answer


def registered(name: str) -> str:
    """Foreign clients come in through Claude's registration."""
    client = name.split("/", maxsplit=1)[0]
    return client if client in platforms.NAMES else "claude"


def named(captured: "list[dict[str, Any]]") -> "list[Any]":
    return [pytest.param(c["name"], c["stdin"], id=c["name"]) for c in captured]


@pytest.mark.parametrize(("name", "payload"), named(CAPTURED))
def test_every_captured_payload_is_understood(name: str, payload: "dict[str, Any]") -> None:
    action = decode(payload, registered(name))
    event = name.rsplit("/", 1)[-1].lower()
    assert not action.defect
    # Of Copilot's Claude-format events some carry no mark of their own; none of those is before or after a tool.
    assert action.platform == name.split("/", maxsplit=1)[0] or action.phase in ("session", "prompt")
    if event.startswith(("pretool", "beforetool")):
        assert action.phase == "before"
    if event.startswith(("posttool", "aftertool")):
        assert action.phase == "after"
    if action.phase == "before" and action.kind != "other":
        assert action.effects or action.command
    assert all(e.path.startswith("/project/") for e in action.effects)


@pytest.mark.parametrize(("name", "payload"), named(BEFORE))
def test_every_captured_call_can_be_refused_with_the_reason(name: str, payload: "dict[str, Any]") -> None:
    answer = encode(decode(payload, registered(name)), BLOCK, "because of it")
    client = name.split("/", maxsplit=1)[0]
    body = json.loads(answer.out)
    nested = body.get("hookSpecificOutput", {})
    if client == "gemini":
        assert (body["decision"], body["reason"]) == ("deny", "because of it")
    elif client == "cline":
        assert body == {"cancel": True, "errorMessage": "because of it"}
    elif client == "copilot":
        assert (body["permissionDecision"], body["permissionDecisionReason"]) == ("deny", "because of it")
        assert nested["permissionDecision"] == "deny"
    else:
        expected = {"permissionDecision": "deny", "permissionDecisionReason": "because of it"}
        assert body == {"hookSpecificOutput": {"hookEventName": "PreToolUse", **expected}}
    assert answer.code == 0


@pytest.mark.parametrize(("name", "payload"), named(CAPTURED))
def test_nothing_is_said_where_nothing_is_to_say(name: str, payload: "dict[str, Any]") -> None:
    answer = encode(decode(payload, registered(name)), ALLOW, "")
    assert (answer.out, answer.err, answer.code) == ("", "", 0)


@pytest.mark.parametrize(
    ("payload", "caller"),
    [
        pytest.param(
            {"cursor_version": "3", "hook_event_name": "preToolUse", "session_id": "s"}, "cursor", id="cursor"
        ),
        pytest.param({"agent_action_name": "pre_write_code", "trajectory_id": "t"}, "windsurf", id="windsurf"),
        pytest.param({"toolCall": {}, "conversationId": "c", "workspacePaths": ["/"]}, "antigravity", id="antigravity"),
        pytest.param({"sessionId": "s", "hookEventName": "PreToolUse", "timestamp": "t"}, "vscode", id="vscode"),
        pytest.param({"hook_event_name": "BeforeTool", "session_id": "s", "timestamp": "t"}, "gemini", id="gemini"),
        pytest.param({"hook_event_name": "PreToolUse", "session_id": "s", "turn_id": "t"}, "codex", id="codex"),
        pytest.param({"hook_event_name": "PreToolUse", "session_id": "s"}, "claude", id="the one registered"),
        pytest.param({"event": "tool.before"}, "unknown", id="nobody known"),
    ],
)
def test_the_caller_is_told_by_its_payload(payload: "dict[str, Any]", caller: str) -> None:
    assert dialects.recognise(payload, "claude") == caller


def test_an_unknown_caller_is_refused_in_all_ways_at_once() -> None:
    action = foreign.decode({"event": "x", "tool_name": "write", "tool_input": {"path": "a"}, "cwd": "/p"}, "unknown")
    answer = encode(action, BLOCK, "R")
    body = json.loads(answer.out)
    assert (action.phase, action.effects[0].path, answer.code, answer.err) == ("before", "/p/a", 2, "R")
    assert body["decision"] == "block"
    assert body["permissionDecision"] == body["hookSpecificOutput"]["permissionDecision"] == "deny"
    assert body["cancel"] is True
    assert body["reason"] == body["errorMessage"] == "R"


def call(platform: str, tool: str, args: object, **more: object) -> Action:
    event = "BeforeTool" if platform == "gemini" else "PreToolUse"
    payload = {"hook_event_name": event, "session_id": "s", "cwd": "/p", "tool_name": tool, "tool_input": args, **more}
    action: Action = platforms.load(platform).decode(payload)
    return action


PATCH = """*** Begin Patch
*** Add File: new.txt
+text
*** Update File: old.txt
*** Move to: moved.txt
@@
-a
+b
*** Delete File: gone.txt
*** End Patch"""


@pytest.mark.parametrize(
    ("action", "effects"),
    [
        pytest.param(call("claude", "Write", {"file_path": "/p/a", "content": ""}), "write /p/a", id="write"),
        pytest.param(
            call("claude", "NotebookEdit", {"notebook_path": "/p/n", "new_source": ""}), "write /p/n", id="notebook"
        ),
        pytest.param(call("claude", "Read", {"file_path": "~/x"}), "read ~/x", id="home is left to the resolver"),
        pytest.param(
            call("claude", "Grep", {"pattern": "x", "path": ".env"}), "read /p/.env", id="a search in one file"
        ),
        pytest.param(call("claude", "Grep", {"pattern": "x"}), "", id="a search in the tree"),
        pytest.param(call("gemini", "write_file", {"file_path": "s/../a"}), "write /p/s/../a", id="raw and relative"),
        pytest.param(
            call("gemini", "read_many_files", {"include": ["a", "b"]}), "read /p/a read /p/b", id="many files"
        ),
        pytest.param(
            call("codex", "apply_patch", {"command": PATCH}),
            "write /p/new.txt write /p/old.txt write /p/moved.txt delete /p/gone.txt",
            id="a patch",
        ),
        pytest.param(call("claude", "mcp__fs__write_file", {"path": "a"}), "write /p/a", id="an MCP tool that writes"),
        pytest.param(call("claude", "mcp__fs__read_text", {"path": "a"}), "read /p/a", id="an MCP tool that reads"),
        pytest.param(
            call("claude", "mcp__fs__move_file", {"source": "a", "destination": "b"}),
            "write /p/a write /p/b",
            id="a move",
        ),
        pytest.param(call("claude", "mcp__x__go", {"n": 1}), "", id="a tool that names no file"),
        pytest.param(call("claude", "PowerShell", {"command": "rm a"}), "opaque ", id="PowerShell is not read"),
        pytest.param(
            call("claude", "Write", {"path": "a", "file_text": ""}), "write /p/a", id="Copilot's names in Claude's form"
        ),
    ],
)
def test_effects_of_tools(action: Action, effects: str) -> None:
    assert not action.defect
    assert " ".join(f"{e.op} {e.path}" for e in action.effects) == effects


@pytest.mark.parametrize(
    ("action", "command", "cwd"),
    [
        pytest.param(call("claude", "Bash", {"command": "ls"}), "ls", "/p", id="Claude"),
        pytest.param(call("claude", "Monitor", {"command": "ls"}), "ls", "/p", id="Claude's Monitor"),
        pytest.param(
            call("gemini", "run_shell_command", {"command": "ls", "dir_path": "s"}), "ls", "/p/s", id="Gemini elsewhere"
        ),
        pytest.param(call("codex", "Bash", {"command": "ls"}), "ls", "/p", id="Codex"),
        pytest.param(call("claude", "mcp__sh__run", {"command": "ls"}), "ls", "/p", id="an MCP tool with a command"),
    ],
)
def test_commands_of_tools(action: Action, command: str, cwd: str) -> None:
    assert (action.kind, action.command, action.cwd, action.defect) == ("shell", command, cwd, "")


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        pytest.param("Write", {"content": "x"}, id="no path"),
        pytest.param("Write", {"file_path": ""}, id="empty path"),
        pytest.param("Write", {"file_path": 7}, id="path is a number"),
        pytest.param("Write", {"file_path": ["a", 7]}, id="a number among paths"),
        pytest.param("Write", "not JSON", id="arguments are a text"),
        pytest.param("Write", [1], id="arguments are a list"),
        pytest.param("Bash", {"command": 7}, id="command is a number"),
        pytest.param("Bash", {}, id="no command"),
        pytest.param("Bash", None, id="no arguments"),
        pytest.param("", {"file_path": "a"}, id="no tool name"),
    ],
)
def test_what_cannot_be_understood_is_a_defect(tool: str, args: object) -> None:
    assert call("claude", tool, args).defect


def test_a_patch_without_a_file_is_a_defect() -> None:
    assert call("codex", "apply_patch", {"command": "*** Begin Patch\n*** End Patch"}).defect


@pytest.mark.parametrize(
    ("platform", "permission", "expected"),
    [
        pytest.param("claude", "default", "ask", id="Claude asks a person"),
        pytest.param("claude", "bypassPermissions", "deny", id="Claude that never asks"),
        pytest.param("codex", "default", "deny", id="Codex would run the tool on ask"),
    ],
)
def test_a_checkpoint_asks_where_that_works(platform: str, permission: str, expected: str) -> None:
    action = call(platform, "Bash", {"command": "ls"}, permission_mode=permission)
    assert json.loads(encode(action, CHECKPOINT).out)["hookSpecificOutput"]["permissionDecision"] == expected


def test_a_checkpoint_in_gemini_is_a_refusal() -> None:
    assert json.loads(encode(call("gemini", "write_file", {"file_path": "a"}), CHECKPOINT).out)["decision"] == "deny"


@pytest.mark.parametrize("platform", platforms.NAMES)
def test_a_warning_never_stops(platform: str) -> None:
    out = json.loads(encode(call(platform, "Bash", {"command": "ls"}), WARN, "mind it").out)
    assert "mind it" in json.dumps(out)
    assert "decision" not in out
    assert "permissionDecision" not in out.get("hookSpecificOutput", {})


@pytest.mark.parametrize("platform", platforms.NAMES)
def test_a_platform_says_all_that_registration_needs(platform: str) -> None:
    module = platforms.load(platform)
    assert platform == module.NAME
    assert not os.path.isabs(module.SETTINGS)
    for event, _ in module.EVENTS:
        assert event in module.PHASES
        assert module.entry("COMMAND", event)["hooks"][0]["command"] == "COMMAND"
