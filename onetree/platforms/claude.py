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
from onetree.platforms import Answer, parsed
from onetree.platforms.snake import decode_snake, hook_output
from onetree.verdict import ALLOW, CHECKPOINT

NAME = "claude"
SETTINGS = ".claude/settings.json"
READS_ALSO = ("byte order mark",)  # more, and version 2.1.330 ignores the whole file without a word
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
NEXT = "nothing more with -p; started interactively, it asks once whether to trust the folder"

ENVIRONMENT = "CLAUDE_ENV_FILE"
EXPORT = ""

PERSONAL = (".claude/settings.local.json", "~/.claude/settings.json")
MACHINE = (
    "/etc/claude-code/managed-settings.json",
    "/Library/Application Support/ClaudeCode/managed-settings.json",
)
MOVED = ("CLAUDE_CONFIG_DIR", "~/.claude")
SWITCHES = ((("disableAllHooks",), True),)
MACHINE_SWITCHES = ((("allowManagedHooksOnly",), True),)
ALSO_LOADED_BY = {
    "Copilot CLI": ".github/hooks/*.json",
    "Cursor": ".cursor/hooks.json",
    "VS Code": ".github/hooks/*.json",
    "Devin": ".devin/hooks.v1.json",
}

PER_SECOND = 1
PAYLOAD = {"permission_mode": "default", "transcript_path": "", "tool_use_id": "1"}
VARIABLES = ("CLAUDE_PROJECT_DIR",)
LOGIN_SHELL = False
READ = ("Read", {"file_path": "{root}/{path}"})
WRITES = {
    "file tool": ("Write", {"file_path": "{root}/{path}", "content": "x"}),
    "shell": ("Bash", {"command": "echo >> {path}"}),
}

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


def heard(code: int, out: str, err: str) -> "tuple[str, str]":
    """What Claude Code makes of an answer before a tool: the outcome and the reason."""
    answer = parsed(out)
    if code == 2:
        return "refused", err.strip()
    if answer is None:
        return ("passed" if code == 0 and not out.strip() else "ignored"), ""
    own = answer.get("hookSpecificOutput")
    own = own if isinstance(own, dict) else {}
    if own.get("permissionDecision") in ("deny", "ask"):
        if own.get("hookEventName") != "PreToolUse":
            return "ignored", "a refusal without hookEventName"
        outcome = "refused" if own["permissionDecision"] == "deny" else "asked"
        return outcome, str(own.get("permissionDecisionReason") or "")
    return ("refused", str(answer.get("reason") or "")) if answer.get("decision") == "block" else ("passed", "")
