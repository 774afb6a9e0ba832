"""One simulated agent: a client's side of its hooks, with a fixed list of moves where a model would be.

Reads its part as one line of JSON on standard input, and then a line each time a person has answered; prints one line
of JSON for each move. It keeps to what each real client was seen to do with a hook's answer: also to letting the tool
run when a hook crashes or answers in another dialect, so that a fault of onetree shows as harm done.
"""

import fcntl
import json
import os
import re
import subprocess
import sys
import time
import uuid
from typing import Any

Json = dict[str, Any]

LIMIT = 30  # seconds for a shell command
# What every payload of a dialect carries besides session_id, transcript_path, cwd, hook_event_name (captured payloads
# of Claude Code 2.1.330, Gemini CLI 0.61.0, Codex CLI 0.169.0).
EVENTS = {
    "claude": {"before": "PreToolUse", "after": "PostToolUse", "failed": "PostToolUseFailure",
               "prompt": "UserPromptSubmit"},
    "gemini": {"before": "BeforeTool", "after": "AfterTool", "prompt": "BeforeAgent"},
    "codex": {"before": "PreToolUse", "after": "PostToolUse", "prompt": "UserPromptSubmit"},
}  # fmt: skip
SETTINGS = {"claude": ".claude/settings.json", "gemini": ".gemini/settings.json", "codex": ".codex/hooks.json"}
TOOLS = {
    "claude": {"read": "Read", "write": "Write", "edit": "Edit", "shell": "Bash"},
    "gemini": {"read": "read_file", "write": "write_file", "edit": "replace", "shell": "run_shell_command"},
    "codex": {"write": "apply_patch", "edit": "apply_patch", "shell": "Bash"},
}
# Variables that the client sets for its hooks and for its shell tool.
VARIABLES = {
    "claude": ("CLAUDE_PROJECT_DIR", "CLAUDECODE"),
    "gemini": ("GEMINI_PROJECT_DIR", "GEMINI_CLI"),
    "codex": ("", "CODEX_THREAD_ID"),
}
# Codex takes an answer only if it knows every field of it.
CODEX_FIELDS = {"hookEventName", "permissionDecision", "permissionDecisionReason", "additionalContext"}


class Client:
    """One session of one client. It runs in the project's folder."""

    def __init__(self, part: Json) -> None:
        self.dialect: str = part["dialect"]
        self.permission: str = part["permission"]
        self.project = os.getcwd()
        self.session: str = part["session"]
        self.turn = str(uuid.uuid4())
        for name, value in zip(VARIABLES[self.dialect], (self.project, "1"), strict=True):
            if name:
                os.environ[name] = value
        try:
            with open(SETTINGS[self.dialect], encoding="utf-8") as f:
                self.hooks: Json = json.load(f)["hooks"]
        except FileNotFoundError:
            self.hooks = {}

    def payload(self, event: str, fields: Json) -> Json:
        """What the client sends its hooks for one event."""
        base = {
            "session_id": self.session,
            "transcript_path": f"{os.environ['HOME']}/sessions/{self.session}.jsonl",
            "cwd": self.project,
            "hook_event_name": event,
        }
        if self.dialect == "gemini":
            base["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        else:
            base["permission_mode"] = self.permission
        if self.dialect == "codex":
            base |= {"model": "scripted", "turn_id": self.turn}
        return base | fields

    def fire(self, event: str, fields: Json) -> tuple[str, str]:
        """Run the hooks registered for an event: (allow, ask or deny; what the model is told)."""
        payload = json.dumps(self.payload(event, fields))
        answer, told = "allow", []
        for group in self.hooks.get(event, []):
            matcher = group.get("matcher", "*")
            if matcher != "*" and not re.fullmatch(matcher, fields.get("tool_name", "")):
                continue
            for hook in group["hooks"]:
                said, text = self.run(hook, payload)
                answer = max(answer, said, key=("allow", "ask", "deny").index)
                told += [text] if text else []
        return answer, "\n".join(told)

    def run(self, hook: Json, payload: str) -> tuple[str, str]:
        """One hook's answer. A hook that takes too long or talks nonsense lets the tool run, as with the real ones."""
        seconds = hook["timeout"] / (1000 if self.dialect == "gemini" else 1)
        shell = ["sh", "-c", hook["command"]]
        try:
            done = subprocess.run(shell, input=payload, capture_output=True, text=True, timeout=seconds, check=False)
            return self.decision(done)
        except (subprocess.TimeoutExpired, ValueError) as e:
            return "allow", f"the hook failed: {e}"

    def decision(self, done: "subprocess.CompletedProcess[str]") -> tuple[str, str]:
        """What this client makes of one hook's answer: (allow, ask or deny; what the model, or the person, is told)."""
        if done.returncode == 2 and done.stderr.strip() and not done.stdout.strip():
            return "deny", done.stderr.strip()
        if done.returncode not in (0, 2) or not done.stdout.strip():
            return "allow", done.stderr.strip()
        answer: Json = json.loads(done.stdout)
        nested: Json = answer.get("hookSpecificOutput", {})
        told = answer.get("systemMessage") or nested.get("additionalContext") or ""
        if self.dialect == "gemini":
            refused = answer.get("decision") in ("deny", "block")
            return ("deny", answer["reason"]) if refused else ("allow", told)
        said, reason = nested.get("permissionDecision", "allow"), nested.get("permissionDecisionReason", "")
        if not nested.get("hookEventName"):
            return "allow", told
        if self.dialect == "codex" and (said != "deny" or not reason or not set(nested) <= CODEX_FIELDS):
            said = "allow"
        return said, reason or told

    def call(self, move: Json) -> Json:
        """One tool call: ask, do it if it may be done, tell. Returns the answer and what the model got to see."""
        verb, words, tool = self.tool(*move["do"])
        names = EVENTS[self.dialect]
        answer, told = self.fire(names["before"], tool)
        if answer != "allow":
            return {"answer": answer, "told": told, "seen": told}
        output, failed = perform(verb, words)
        after = names.get("failed", names["after"]) if failed else names["after"]
        result = {"error": output} if failed and "failed" in names else {"tool_response": self.response(verb, output)}
        _, later = self.fire(after, tool | result)
        return {"answer": answer, "told": told or later, "seen": output + told + later, "failed": failed}

    def tool(self, verb: str, *words: str) -> tuple[str, list[str], Json]:
        """What the client makes of a move: the verb and the words of its tool, and the fields of the payload."""
        if self.dialect == "codex" and verb == "read":
            verb, words = "shell", (f"cat {words[0]}",)  # it has no tool for reading
        fields = {"tool_name": TOOLS[self.dialect][verb], "tool_input": self.arguments(verb, list(words))}
        if self.dialect != "gemini":
            fields["tool_use_id"] = f"call_{uuid.uuid4().hex[:12]}"
        return verb, list(words), fields

    def arguments(self, verb: str, words: list[str]) -> Json:
        """The tool's arguments as the client sends them."""
        if verb == "shell":
            described = {} if self.dialect == "codex" else {"description": "run a command"}
            return {"command": words[0], **described}
        if self.dialect == "codex":
            return {"command": patch(verb, words)}
        # Claude Code sends absolute paths, Gemini CLI what the model wrote.
        path = os.path.join(self.project, words[0]) if self.dialect == "claude" else words[0]
        if verb == "edit":
            extra = {"replace_all": False} if self.dialect == "claude" else {"instruction": "change it"}
            return {"file_path": path, "old_string": words[1], "new_string": words[2], **extra}
        return {"file_path": path, **({"content": words[1]} if verb == "write" else {})}

    def response(self, verb: str, output: str) -> "Json | str":
        """The tool's result as the client sends it to its hooks."""
        if self.dialect == "gemini":
            return {"llmContent": output, "returnDisplay": ""}
        if self.dialect == "codex":
            return output
        if verb == "shell":
            return {"stdout": output, "stderr": "", "interrupted": False, "isImage": False}
        return {"type": verb, "content": output}


def patch(verb: str, words: list[str]) -> str:
    """A write or an edit in the patch format of Codex's apply_patch; text is whole lines."""

    def lines(mark: str, text: str) -> str:
        return "".join(f"{mark}{line}\n" for line in text.splitlines())

    if verb == "write":
        return f"*** Begin Patch\n*** Add File: {words[0]}\n{lines('+', words[1])}*** End Patch"
    return (
        f"*** Begin Patch\n*** Update File: {words[0]}\n@@\n{lines('-', words[1])}{lines('+', words[2])}*** End Patch"
    )


def perform(verb: str, words: list[str]) -> tuple[str, bool]:
    """Really do it: (what the model gets to see, whether it failed)."""
    try:
        if verb == "shell":
            done = subprocess.run(
                ["bash", "-c", words[0]], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT,
                check=False,
            )  # fmt: skip
            return done.stdout + done.stderr, done.returncode != 0
        if verb == "write":
            os.makedirs(os.path.dirname(words[0]) or ".", exist_ok=True)
            text = words[1]
        else:
            with open(words[0], encoding="utf-8") as f:
                text = f.read()
            if verb == "read":
                return text, False
            if words[1] not in text:
                return f"{words[0]}: there is no such text in it: {words[1]!r}", True
            text = text.replace(words[1], words[2], 1)
        with open(words[0], "w", encoding="utf-8") as f:
            f.write(text)
    except (OSError, subprocess.TimeoutExpired) as e:
        return str(e), True
    return f"{words[0]}: written", False


def main() -> int:
    """Play one part."""
    part: Json = json.loads(sys.stdin.readline())
    client = Client(part)
    request = "none"
    client.fire("SessionStart", {"source": "startup"})
    client.fire(EVENTS[client.dialect]["prompt"], {"prompt": "do your part"})
    with open(part["turns"], "a", encoding="utf-8") as turns:
        for number, move in enumerate(part["moves"]):
            if move["do"] == ["person"]:
                print(json.dumps({"agent": part["name"], "move": number, "waits": request}), flush=True)
                sys.stdin.readline()
                continue
            move["do"] = [word.replace("{id}", request) for word in move["do"]]
            if move["in_turn"]:
                fcntl.flock(turns, fcntl.LOCK_EX)
            result = client.call(move)
            fcntl.flock(turns, fcntl.LOCK_UN)
            named = re.search(r"`onetree approve (\w+)`", result["told"])
            request = named.group(1) if named else request
            print(json.dumps({"agent": part["name"], "move": number, **result}), flush=True)
    client.fire("SessionEnd", {"reason": "other"})
    return 0
