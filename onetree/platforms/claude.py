"""Claude Code: https://code.claude.com/docs/en/hooks, and what version 2.1.330 was seen to do.

Quirks handled here:
- A PreToolUse answer without `hookEventName` lets the tool run, so it is always there.
- Exit status 2 would print the hook's command line to the model; a JSON answer with status 0 shows only the reason.
- `ask` puts the call to a person in a session with one, and refuses it with the reason in a headless one. In the modes
  that never ask (bypassPermissions, dontAsk, auto) it is replaced by a refusal that names the approval.
- File paths arrive absolute and normal; `Monitor` runs shell text too; a failed tool fires PostToolUseFailure.
- Other products load .claude/settings.json as well: see foreign.py.
"""

from onetree import jsonlite
from onetree.action import Action
from onetree.platforms import Answer
from onetree.platforms.snake import decode_snake, hook_output
from onetree.verdict import ALLOW, CHECKPOINT

NAME = "claude"
SETTINGS = ".claude/settings.json"
EVENTS = (
    ("PreToolUse", "*"),
    ("PostToolUse", "*"),
    ("PostToolUseFailure", "*"),
    ("UserPromptSubmit", None),
    ("SessionStart", None),
    ("SessionEnd", None),
    ("SubagentStop", None),
    ("Stop", None),
)
TIMEOUT = 10  # seconds
WARNS_AFTER = False

PHASES = {
    "PreToolUse": "before",
    "PostToolUse": "after",
    "PostToolUseFailure": "after",
    "UserPromptSubmit": "prompt",
    "SessionStart": "session",
    "SessionEnd": "session",
    "SubagentStop": "session",
    "Stop": "session",
}
TOOLS = {
    "Bash": "shell",
    "Monitor": "shell",
    "PowerShell": "powershell",
    "Write": "write",
    "Edit": "edit",
    "MultiEdit": "edit",
    "NotebookEdit": "edit",
    "Read": "read",
    "NotebookRead": "read",
    "Glob": "list",
    "Grep": "search",
    "LS": "list",
}
NEVER_ASKS = ("bypassPermissions", "dontAsk", "auto")


def decode(payload: "dict[str, object]", event: str = "") -> Action:
    """The action a payload describes. Anything missing or of a wrong type becomes its defect."""
    return decode_snake(payload, event, NAME, PHASES, TOOLS)


def encode(action: Action, tier: int, message: str) -> Answer:
    """The answer in Claude Code's protocol (section "PreToolUse decision control" of its hooks reference)."""
    if tier == ALLOW or action.phase == "other":
        return Answer()
    if action.phase == "before":
        return Answer(hook_output("PreToolUse", _before(action, tier, message)))
    if action.phase == "prompt" and tier >= CHECKPOINT:
        return Answer(jsonlite.dumps({"decision": "block", "reason": message}))
    if action.phase in ("after", "prompt"):
        return Answer(hook_output(action.event, {"additionalContext": message}))
    return Answer(jsonlite.dumps({"systemMessage": message}))


def _before(action: Action, tier: int, message: str) -> "dict[str, object]":
    if tier < CHECKPOINT:
        return {"additionalContext": message}
    ask = tier == CHECKPOINT and not action.defect and action.permission not in NEVER_ASKS
    return {"permissionDecision": "ask" if ask else "deny", "permissionDecisionReason": message}


def entry(command: str, event: str) -> "dict[str, object]":
    """One hook group of the settings file."""
    matcher = dict(EVENTS).get(event)
    handler = {"type": "command", "command": command, "timeout": TIMEOUT}
    return {**({"matcher": matcher} if matcher else {}), "hooks": [handler]}
