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
from onetree.platforms import Answer, parsed
from onetree.platforms.snake import decode_snake, hook_output
from onetree.verdict import ALLOW, CHECKPOINT

NAME = "gemini"
SETTINGS = ".gemini/settings.json"
READS_ALSO = ("comment",)  # more, and it ignores the whole file, with an error at its start
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
NEXT = "trust the folder when it asks, or by /permissions: an untrusted folder silently drops the hooks"

ENVIRONMENT = ""
EXPORT = "{name}={value} in .gemini/.env"

PERSONAL = ("~/.gemini/settings.json",)
MACHINE = ("/etc/gemini-cli/settings.json", "/Library/Application Support/GeminiCli/settings.json")
MOVED = ("GEMINI_CLI_HOME", "~")
SWITCHES = ((("hooksConfig", "enabled"), False), (("hooksConfig", "disabled"), "onetree"))
MACHINE_SWITCHES = ()
ALSO_LOADED_BY: "dict[str, str]" = {}

PER_SECOND = 1000
PAYLOAD = {"transcript_path": "", "timestamp": "2026-01-01T00:00:00.000Z"}
VARIABLES = ("GEMINI_PROJECT_DIR", "CLAUDE_PROJECT_DIR")
LOGIN_SHELL = False
READ = ("read_file", {"file_path": "{path}"})
WRITES = {
    "file tool": ("write_file", {"file_path": "{path}", "content": "x"}),
    "shell": ("run_shell_command", {"command": "echo >> {path}"}),
}

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


def heard(code: int, out: str, err: str) -> "tuple[str, str]":
    """What Gemini CLI makes of an answer before a tool: the outcome and the reason."""
    text = out.strip() or err.strip()
    answer = parsed(text)
    if answer is not None:  # the exit status then does not count
        outcome = {"deny": "refused", "block": "refused", "ask": "asked"}.get(str(answer.get("decision")), "passed")
        return outcome, str(answer.get("reason") or "")
    if code >= 2 and text:
        return "refused", text
    return ("passed" if code == 0 and not text else "ignored"), ""
