"""Codex CLI: learn.chatgpt.com/docs/hooks, codex-rs/hooks of openai/codex, and what version 0.169.0 was seen to do.

Quirks handled here:
- The answer's schema is strict: one field it does not know, a refusal without a reason, `ask`, or an exit status of 1,
  and the tool runs. So an answer has exactly the fields below, and a checkpoint is a refusal that names the approval.
- There are no file tools: reads are shell commands, writes are `apply_patch` with the paths inside the patch, which the
  model may also type into the shell as `apply_patch <<'EOF'`.
- A subagent reports its parent's session_id and its own agent_id.
- `write_stdin` types into a running shell and fires no hook: the shell analysis calls a bare interactive shell opaque.
- Hooks whose hash the person has not trusted are skipped without a word (`onetree doctor` asks for their trustStatus);
  the hash covers command line and time-out, so both stay the same from one release to the next.
"""

from onetree import jsonlite
from onetree.action import Action
from onetree.platforms import Answer, parsed
from onetree.platforms.snake import decode_snake, hook_output
from onetree.verdict import ALLOW, CHECKPOINT

NAME = "codex"
SETTINGS = ".codex/hooks.json"
READS_ALSO = ()  # more, and version 0.169.0 ignores the whole file without a word
EVENTS = (
    ("PreToolUse", None),
    ("PostToolUse", None),
    ("UserPromptSubmit", None),
    ("SessionStart", None),
    ("SessionEnd", None),
    ("Stop", None),
)
TIMEOUT = 10  # seconds
TIMEOUTS = {"SessionEnd": 3}  # the client cuts it to that, and lists a longer one as a fault
WARNS_AFTER = False
NEXT = "start it here, trust the project, approve the hooks in /hooks: until then it silently skips them"

ENVIRONMENT = ""
EXPORT = 'set.{name} = "{value}" under [shell_environment_policy] in ~/.codex/config.toml'

PERSONAL = ("~/.codex/hooks.json",)
MACHINE = ()
MOVED = ("CODEX_HOME", "~/.codex")
SWITCHES = ()
MACHINE_SWITCHES = ()
ALSO_LOADED_BY: "dict[str, str]" = {}

PER_SECOND = 1
PAYLOAD = {"turn_id": "1", "transcript_path": "", "model": "doctor", "permission_mode": "default"}
VARIABLES = ()
LOGIN_SHELL = True
READ = ("Bash", {"command": "cat {path}"})
WRITES = {
    "file tool": (
        "apply_patch",
        {"command": "*** Begin Patch\n*** Update File: {path}\n@@\n-version: 1\n+version: 0\n*** End Patch"},
    ),
    "shell": ("Bash", {"command": "echo >> {path}"}),
}
# The fields of an answer that it takes; one more, and it counts the hook as failed.
FIELDS = ("decision", "reason", "systemMessage", "hookSpecificOutput")
OWN_FIELDS = ("hookEventName", "permissionDecision", "permissionDecisionReason", "additionalContext")

PHASES = {
    "PreToolUse": "before",
    "PostToolUse": "after",
    "UserPromptSubmit": "prompt",
    "SessionStart": "session",
    "SessionEnd": "session",
    "SubagentStart": "session",
    "SubagentStop": "session",
    "Stop": "session",
}
TOOLS = {"Bash": "shell", "exec_command": "shell", "shell": "shell", "apply_patch": "patch"}


def decode(payload: "dict[str, object]", event: str = "") -> Action:
    """The action a payload describes. Anything missing or of a wrong type becomes its defect."""
    return decode_snake(payload, event, NAME, PHASES, TOOLS)


def encode(action: Action, tier: int, message: str) -> Answer:
    """The answer in Codex CLI's protocol."""
    if tier == ALLOW or action.phase == "other":
        return Answer()
    if action.phase == "before" and tier >= CHECKPOINT:
        return Answer(
            hook_output("PreToolUse", {"permissionDecision": "deny", "permissionDecisionReason": message}),
        )
    if action.phase == "prompt" and tier >= CHECKPOINT:
        return Answer(jsonlite.dumps({"decision": "block", "reason": message}))
    if action.phase in ("before", "after", "prompt"):
        return Answer(hook_output(action.event, {"additionalContext": message}))
    return Answer(jsonlite.dumps({"systemMessage": message}))


def entry(command: str, event: str) -> "dict[str, object]":
    """One hook group of the hooks file."""
    matcher = dict(EVENTS).get(event)
    handler = {"type": "command", "command": command, "timeout": TIMEOUTS.get(event, TIMEOUT)}
    return {**({"matcher": matcher} if matcher else {}), "hooks": [handler]}


def heard(code: int, out: str, err: str) -> "tuple[str, str]":
    """What Codex CLI makes of an answer before a tool: the outcome and the reason."""
    answer = parsed(out) if out.strip() else {}
    if code == 2 and err.strip():
        return "refused", err.strip()
    if code or answer is None:
        return "ignored", ""
    own = answer.get("hookSpecificOutput", {})
    if not isinstance(own, dict) or not set(answer) <= set(FIELDS) or not set(own) <= set(OWN_FIELDS):
        return "ignored", "fields that its schema does not have: " + out.strip()[:200]
    if own.get("permissionDecision") != "deny" and answer.get("decision") != "block":
        return "passed", ""
    why = own.get("permissionDecisionReason") or answer.get("reason")
    return ("refused", str(why)) if why else ("ignored", "a refusal without a reason")
