"""The snake_case payload that Claude Code introduced, and that Gemini CLI, Codex CLI and others took over."""

from onetree import jsonlite
from onetree.action import Action
from onetree.platforms.tools import fill


def decode_snake(
    payload: "dict[str, object]", event: str, platform: str, phases: "dict[str, str]", tools: "dict[str, str]"
) -> Action:
    """Decode the snake_case form that Claude Code, Gemini CLI, Codex CLI and several others share."""
    event = event or text(payload, "hook_event_name")
    action = Action(platform, event, phases.get(event, "other"))
    action.session = text(payload, "session_id")
    action.agent = text(payload, "agent_id")
    action.call_id = text(payload, "tool_use_id")
    action.cwd = text(payload, "cwd")
    action.permission = text(payload, "permission_mode")
    if not event:
        action.phase, action.defect = "before", "the payload has no hook_event_name"
    elif action.phase in ("before", "after"):
        action.tool = text(payload, "tool_name")
        if not action.tool:
            action.defect = "the payload has no tool_name"
        elif not action.cwd.startswith("/"):
            action.defect = "the payload has no absolute cwd"
        elif payload.get("tool_input") is None:
            action.defect = "the payload has no tool_input"
        else:
            fill(action, tools.get(action.tool, "other"), payload["tool_input"])
    return action


def text(payload: "dict[str, object]", key: str) -> str:
    """A text of the payload; "" where there is none, or something that is not a text."""
    value = payload.get(key)
    return value if isinstance(value, str) else ""


def hook_output(event: str, fields: "dict[str, object]") -> str:
    """`hookSpecificOutput` as Claude Code and those who follow it read it."""
    return jsonlite.dumps({"hookSpecificOutput": {"hookEventName": event, **fields}})
