"""Whose payload is it? Told by keys that only one product sends (each product's hook reference, and captured payloads).

One that speaks for nobody gets the answer that all six clients with command hooks were seen to take for a refusal.
"""

# How a refusal is said: see _refusal().
CLAUDE, COPILOT, CURSOR, CLINE, DECISION, STATUS, ALL = (
    "claude",
    "copilot",
    "cursor",
    "cline",
    "decision",
    "status",
    "all",
)

# (platform, keys that are all there, keys that are all missing, how it takes a refusal), first match wins.
DIALECTS = (
    ("cursor", ("cursor_version",), (), CURSOR),
    ("cursor", ("conversation_id", "workspace_roots"), (), CURSOR),
    ("windsurf", ("agent_action_name",), (), STATUS),
    ("cline", ("clineVersion",), (), CLINE),
    ("antigravity", ("conversationId", "workspacePaths"), (), DECISION),
    ("grok", ("toolInput", "workspaceRoot"), (), DECISION),
    ("copilot", ("sessionId", "timestamp"), ("hookEventName",), COPILOT),
    ("vscode", ("sessionId", "hookEventName"), (), CLAUDE),
    ("qwen", ("session_id", "timestamp", "permission_mode"), (), CLAUDE),
    ("copilot", ("session_id", "timestamp", "hook_event_name"), ("transcript_path",), COPILOT),
)
NATIVE = {"BeforeTool": "gemini", "AfterTool": "gemini", "BeforeAgent": "gemini", "AfterAgent": "gemini"}


def style(platform: str) -> str:
    """How a foreign platform takes a refusal."""
    return next((d[3] for d in DIALECTS if d[0] == platform), ALL)


def recognise(payload: "dict[str, object]", registered: str) -> str:
    """The platform that sent this payload: the registered one unless the payload speaks for another.

    "unknown" when it speaks for nobody.
    """
    event = payload.get("hook_event_name")
    if isinstance(event, str) and event in NATIVE:
        return NATIVE[event]
    for platform, there, missing, _ in DIALECTS:
        if all(k in payload for k in there) and not any(k in payload for k in missing):
            return platform
    if "hook_event_name" in payload and "session_id" in payload:
        return "codex" if "turn_id" in payload else registered
    return "unknown"
