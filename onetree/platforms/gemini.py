"""Gemini CLI: docs/hooks/reference.md of google-gemini/gemini-cli, and what version 0.61.0 was seen to do.

Quirks handled here:
- Once standard output is JSON only its `decision` counts, whatever the exit status; a refusal is `decision: deny`.
- If standard output is empty, standard error is taken for the answer: nothing is printed there beside an exit status.
- `ask` is undocumented, and in a headless run ends the session without a word to the model: never used. A checkpoint is
  a refusal that names the approval.
- `additionalContext` of BeforeTool is dropped, so a warning travels with AfterTool; `systemMessage` tells the person.
- Paths arrive as the model wrote them: relative, with `..`. Subagents carry no mark of their own.
- Time-outs are in milliseconds. An untrusted folder silently drops the project's hooks (`onetree doctor` looks).
"""

from onetree import jsonlite
from onetree.action import Action
from onetree.platforms import Answer
from onetree.platforms.snake import decode_snake, hook_output
from onetree.verdict import ALLOW, CHECKPOINT

NAME = "gemini"
SETTINGS = ".gemini/settings.json"
EVENTS = (
    ("BeforeTool", ".*"),
    ("AfterTool", ".*"),
    ("BeforeAgent", None),
    ("AfterAgent", None),
    ("SessionStart", None),
    ("SessionEnd", None),
)
TIMEOUT = 10_000  # milliseconds
WARNS_AFTER = True

PHASES = {
    "BeforeTool": "before",
    "AfterTool": "after",
    "BeforeAgent": "prompt",
    "AfterAgent": "session",
    "SessionStart": "session",
    "SessionEnd": "session",
}
TOOLS = {
    "run_shell_command": "shell",
    "write_file": "write",
    "replace": "edit",
    "read_file": "read",
    "read_many_files": "read",
    "grep_search": "search",
    "search_file_content": "search",
    "glob": "list",
    "list_directory": "list",
}


def decode(payload: "dict[str, object]", event: str = "") -> Action:
    """The action a payload describes. Anything missing or of a wrong type becomes its defect."""
    return decode_snake(payload, event, NAME, PHASES, TOOLS)


def encode(action: Action, tier: int, message: str) -> Answer:
    """The answer in Gemini CLI's protocol."""
    if tier == ALLOW or action.phase == "other":
        return Answer()
    if action.phase in ("before", "prompt") and tier >= CHECKPOINT:
        return Answer(jsonlite.dumps({"decision": "deny", "reason": message}))
    if action.phase in ("after", "prompt"):
        return Answer(hook_output(action.event, {"additionalContext": message}))
    return Answer(jsonlite.dumps({"systemMessage": message}))


def entry(command: str, event: str) -> "dict[str, object]":
    """One hook group of the settings file."""
    matcher = dict(EVENTS).get(event)
    handler = {"type": "command", "name": "onetree", "command": command, "timeout": TIMEOUT}
    return {**({"matcher": matcher} if matcher else {}), "hooks": [handler]}
