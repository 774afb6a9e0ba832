"""Callers that hooks were not registered for: they load another product's configuration, so they must be answered too.

Copilot CLI, Cursor, VS Code, Devin CLI and Grok run the hooks of .claude/settings.json, in dialects of their own
(https://cursor.com/docs/hooks, github/docs hooks-reference, code.visualstudio.com hooks-reference; Copilot 1.0.102 was
seen to). dialects.py tells them apart.
"""

from onetree import jsonlite
from onetree.action import Action
from onetree.platforms import Answer
from onetree.platforms.dialects import CLAUDE, CLINE, COPILOT, CURSOR, DECISION, STATUS, style
from onetree.platforms.snake import hook_output, text
from onetree.platforms.tools import fill
from onetree.verdict import ALLOW, CHECKPOINT

WARNS_AFTER = False
VARIABLES = ("COPILOT_PROJECT_DIR", "CURSOR_PROJECT_DIR", "QWEN_PROJECT_DIR")
ENVIRONMENT = ""

BEFORE = (
    "pretooluse", "beforetool", "pre_write_code", "pre_run_command", "pre_read_code", "pre_mcp_tool_use", "tool_call",
    "beforeshellexecution", "beforemcpexecution", "beforereadfile", "permissionrequest", "beforetabfileread",
)  # fmt: skip
AFTER = (
    "posttooluse", "posttoolusefailure", "aftertool", "post_write_code", "post_run_command", "post_read_code",
    "post_mcp_tool_use", "tool_result", "aftershellexecution", "aftermcpexecution", "afterfileedit", "posttoolbatch",
)  # fmt: skip
PROMPT = ("userpromptsubmit", "userpromptsubmitted", "beforesubmitprompt", "pre_user_prompt", "prompt_submit")

# Tool names of all of them, in lower case: each means the same wherever it is used.
TOOLS = {
    **dict.fromkeys(
        "bash shell run_shell_command run_command run_commands execute_command execute_bash execute exec "
        "run_in_terminal monitor exec_command".split(),
        "shell",
    ),
    "powershell": "powershell",
    **dict.fromkeys(
        "write write_file create create_file write_to_file fs_write str_replace_editor editor".split(), "write"
    ),
    **dict.fromkeys(
        "edit multiedit replace replace_file_content multi_replace_file_content strreplace replace_string_in_file "
        "multi_replace_string_in_file insert_edit_into_file replace_in_file edit_notebook_file notebookedit "
        "notebook_edit str_replace".split(),
        "edit",
    ),
    **dict.fromkeys(("apply_patch", "applypatch"), "patch"),
    "delete": "delete",
    **dict.fromkeys("read readfile read_file read_files view view_file fs_read".split(), "read"),
    **dict.fromkeys(("grep", "rg", "grep_search", "search_codebase"), "search"),
    **dict.fromkeys("glob ls find_by_name list_dir list_directory file_search".split(), "list"),
}
# Windsurf and Cursor name the operation by the event.
EVENT_TOOLS = {
    "pre_write_code": "write", "post_write_code": "write", "pre_read_code": "read", "post_read_code": "read",
    "pre_run_command": "shell", "post_run_command": "shell", "beforeshellexecution": "shell",
    "aftershellexecution": "shell", "beforereadfile": "read", "beforetabfileread": "read", "afterfileedit": "edit",
}  # fmt: skip


def decode(payload: "dict[str, object]", platform: str, event: str = "") -> Action:
    """The action a foreign payload describes; an event that nothing is known of counts as one before a tool call."""
    event = event or text(payload, "hook_event_name") or text(payload, "hookEventName") or text(payload, "hookName")
    event = event or text(payload, "agent_action_name")
    call = payload.get("tool_call") or payload.get("tool_result") or payload.get("toolCall")
    call = call if isinstance(call, dict) else {}
    action = Action(platform, event, "other")
    action.session = next((v for k in SESSION if (v := text(payload, k))), "")
    action.agent = next((v for k in AGENT if (v := text(payload, k))), "")
    action.call_id = text(payload, "tool_use_id") or text(call, "id")
    action.cwd = _cwd(payload)
    action.tool = text(payload, "tool_name") or text(payload, "toolName") or text(call, "name") or event
    action.phase = _phase(event, payload, call)
    if action.phase == "before" and not action.tool:
        action.defect = "the payload names no tool and no event that is known"
    elif action.phase in ("before", "after"):
        kind = TOOLS.get(action.tool.lower()) or EVENT_TOOLS.get(event.lower()) or "other"
        args = next((d[k] for d, k in _argument_places(payload, call) if d.get(k) is not None), payload)
        fill(action, kind, args)
    return action


SESSION = ("session_id", "sessionId", "conversation_id", "conversationId", "trajectory_id", "taskId")
AGENT = ("agent_id", "agentId", "subagent_id")


def _argument_places(payload: "dict[str, object]", call: "dict[str, object]") -> "list[tuple[dict[str, object], str]]":
    keys = ("tool_input", "toolArgs", "toolInput", "tool_info")
    return [(call, "input"), (call, "args"), *((payload, k) for k in keys)]


def _cwd(payload: "dict[str, object]") -> str:
    for key in ("cwd", "workspaceRoot", "workspace_roots", "workspaceRoots", "workspacePaths"):
        value = payload.get(key)
        value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, str) and value.startswith("/"):
            return value
    info = payload.get("tool_info")
    return text(info, "cwd") if isinstance(info, dict) else ""


def _phase(event: str, payload: "dict[str, object]", call: "dict[str, object]") -> str:
    name = event.lower()
    if name in BEFORE:
        return "before"
    if name in AFTER:
        return "after"
    if name in PROMPT or "prompt" in payload:
        return "prompt"
    names_tool = any(k in payload for k in ("tool_name", "toolName", "tool_input", "toolArgs")) or bool(call)
    if any(k in payload for k in ("toolResult", "tool_result", "tool_response", "tool_output")):
        return "after"
    if names_tool:
        return "before"
    return "session" if event or "sessionId" in payload else "before"


def encode(action: Action, tier: int, message: str) -> Answer:
    """The answer in the caller's own protocol. Warnings are only journalled: most of these callers cannot be told."""
    if action.phase not in ("before", "prompt") or tier < CHECKPOINT:
        # Antigravity refuses a call that it gets no decision for; "ask" leaves the call to its own rules.
        silent = action.platform != "antigravity" or action.phase != "before" or tier > ALLOW
        return Answer() if silent else Answer(jsonlite.dumps({"decision": "ask"}))
    return _refusal(style(action.platform), action.event or "PreToolUse", message)


def _refusal(how: str, event: str, why: str) -> Answer:
    decision: dict[str, object] = {"permissionDecision": "deny", "permissionDecisionReason": why}
    if how == CLAUDE:
        return Answer(hook_output(event, decision))
    if how == COPILOT:  # native hooks read the top level, PascalCase hooks the nested form
        nested = {"hookSpecificOutput": {"hookEventName": event, **decision}}
        return Answer(jsonlite.dumps({**decision, **nested}))
    if how == CURSOR:
        return Answer(jsonlite.dumps({"permission": "deny", "user_message": why, "agent_message": why}), why, 2)
    if how == CLINE:
        return Answer(jsonlite.dumps({"cancel": True, "errorMessage": why}))
    if how == DECISION:
        return Answer(jsonlite.dumps({"decision": "deny", "reason": why}))
    if how == STATUS:
        return Answer("", why, 2)
    return universal(event, why)


def universal(event: str, why: str) -> Answer:
    """The refusal that Gemini, Codex, Qwen, Claude, Copilot and Cline were all seen to honour."""
    decision = {"permissionDecision": "deny", "permissionDecisionReason": why}
    union = {"decision": "block", "reason": why, **decision, "cancel": True, "errorMessage": why}
    nested = {"hookSpecificOutput": {"hookEventName": event, **decision}}
    return Answer(jsonlite.dumps({**union, **nested}), why, 2)
