"""How each real client is started, pointed at a model on loopback, kept quiet, and trusted; and its own tool names.

The facts were seen with the versions that install.py pins. Every client gets a dummy key; telemetry, updates and
permission prompts are off, so that nothing but onetree stands between the model and the files.
"""

import json
import os
import shlex
import subprocess
import threading
from typing import IO, Any

from clients.model import Step

PROMPT = "Do what the script says."


class Place:
    """Where one session happens: a folder of its own with the project, a home and a folder for temporary files."""

    def __init__(self, folder: str, program: str, url: str, project: str = "") -> None:
        self.folder = folder
        self.project = project or os.path.join(folder, "project")  # several clients may share one
        self.home, self.temporary = os.path.join(folder, "home"), os.path.join(folder, "tmp")
        self.program = program  # the client's, absolute
        self.url = url  # the model's

    def write(self, path: str, content: Any) -> None:
        """Write text, or anything else as JSON, to a path below the home folder."""
        path = os.path.join(self.home, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(content if isinstance(content, str) else json.dumps(content, indent=2))

    def environment(self) -> dict[str, str]:
        """All that a process of the session inherits: PATH from outside, with the client in it, the rest made up."""
        path = os.path.dirname(self.program) + os.pathsep + os.environ["PATH"]
        return {
            "PATH": path,
            "HOME": self.home,
            "TMPDIR": self.temporary,
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "NO_COLOR": "1",
        }


class Gemini:
    """Gemini CLI. Hooks of a project are loaded only in a trusted folder."""

    def configure(self, place: Place) -> None:
        settings = {
            "security": {"auth": {"selectedType": "gemini-api-key"}},
            "privacy": {"usageStatisticsEnabled": False},
            "telemetry": {"enabled": False},
            "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
        }
        place.write(".gemini/settings.json", settings)
        place.write(".gemini/trustedFolders.json", {place.project: "TRUST_FOLDER"})

    def trust(self, place: Place) -> None:
        """Trust of the folder is all it asks."""

    def command(self, place: Place) -> list[str]:
        return [place.program, "--model", "gemini-2.5-flash", "--approval-mode", "yolo", "--prompt", PROMPT]

    def environment(self, place: Place) -> dict[str, str]:
        relaunch = {"GEMINI_CLI_NO_RELAUNCH": "true"}  # one process instead of two
        return {"GEMINI_API_KEY": "dummy", "GOOGLE_GEMINI_BASE_URL": place.url, **relaunch}

    def write(self, path: str, text: str) -> Step:
        return Step("write_file", {"file_path": path, "content": text})

    def replace(self, path: str, text: str) -> Step:
        """Write the whole of a file that is there."""
        return self.write(path, text)

    def edit(self, path: str, old: str, new: str) -> Step:
        arguments = {"file_path": path, "old_string": old, "new_string": new, "instruction": f"put {new} for {old}"}
        return Step("replace", arguments)

    def read(self, path: str) -> Step:
        return Step("read_file", {"file_path": path})

    def shell(self, command: str) -> Step:
        return Step("run_shell_command", {"command": command, "description": "run a command"})


class Codex:
    """Codex CLI. Hooks of a project run only if the project is trusted and the hash of each hook too."""

    def configure(self, place: Place) -> None:
        config = f"""model = "gpt-5.5"
model_provider = "scripted"
check_for_update_on_startup = false
[analytics]
enabled = false
[feedback]
enabled = false
[model_providers.scripted]
name = "scripted"
base_url = "{place.url}/v1"
wire_api = "responses"
env_key = "SCRIPTED_KEY"
request_max_retries = 0
stream_max_retries = 0
[projects.{json.dumps(place.project)}]
trust_level = "trusted"
"""
        place.write(".codex/config.toml", config)

    def trust(self, place: Place) -> None:
        """Write the hash of each hook, as the client itself computes it, where its own trust dialog would."""
        with open(os.path.join(place.home, ".codex/config.toml"), "a", encoding="utf-8") as f:
            for hook in self._hooks(place):
                key, value = json.dumps(hook["key"]), json.dumps(hook["currentHash"])
                print(f"[hooks.state.{key}]\ntrusted_hash = {value}", file=f)

    def _hooks(self, place: Place) -> list[dict[str, Any]]:
        environment = place.environment() | self.environment(place)
        pipe = subprocess.PIPE
        with subprocess.Popen(
            [place.program, "app-server"],
            cwd=place.project,
            env=environment,
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as server:
            limit = threading.Timer(60, server.kill)
            limit.start()
            try:
                assert server.stdin is not None
                assert server.stdout is not None
                client = {"clientInfo": {"name": "onetree-clients", "version": "0"}}
                _ask(server.stdin, server.stdout, 0, "initialize", client)
                listed = _ask(server.stdin, server.stdout, 1, "hooks/list", {"cwds": [place.project]})
            finally:
                limit.cancel()
                server.kill()
        return [hook for folder in listed["data"] for hook in folder["hooks"]]

    def command(self, place: Place) -> list[str]:
        return [place.program, "exec", "--dangerously-bypass-approvals-and-sandbox", PROMPT]

    def environment(self, place: Place) -> dict[str, str]:
        return {"SCRIPTED_KEY": "dummy", "CODEX_HOME": os.path.join(place.home, ".codex")}

    def write(self, path: str, text: str) -> Step:
        lines = "".join(f"+{line}\n" for line in text.splitlines())
        return Step("apply_patch", f"*** Begin Patch\n*** Add File: {path}\n{lines}*** End Patch")

    def replace(self, path: str, text: str) -> Step:
        """Write the whole of a file that is there."""
        return self.write(path, text)

    def edit(self, path: str, old: str, new: str) -> Step:
        return Step("apply_patch", f"*** Begin Patch\n*** Update File: {path}\n@@\n-{old}\n+{new}\n*** End Patch")

    def read(self, path: str) -> Step:
        return self.shell(f"cat {path}")  # it has no tool for reading

    def shell(self, command: str) -> Step:
        return Step("exec_command", {"cmd": command})


class Claude:
    """Claude Code. Run headlessly it loads the hooks of a project without being asked to trust it."""

    def configure(self, place: Place) -> None:
        trusted = {"hasTrustDialogAccepted": True}
        place.write(".claude/.claude.json", {"hasCompletedOnboarding": True, "projects": {place.project: trusted}})

    def trust(self, place: Place) -> None:
        """Trust of the folder is all it asks."""

    def command(self, place: Place) -> list[str]:
        # The mode that asks nothing is refused to root, so each tool is allowed by name.
        tools = ["--allowedTools", "Write,Edit,Read,Bash"]
        return [place.program, "--print", PROMPT, "--model", "claude-sonnet-4-5", *tools]

    def environment(self, place: Place) -> dict[str, str]:
        off = ("DISABLE_TELEMETRY", "DISABLE_ERROR_REPORTING", "DISABLE_AUTOUPDATER")
        switches = dict.fromkeys((*off, "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"), "1")
        folder = os.path.join(place.home, ".claude")
        return {"ANTHROPIC_BASE_URL": place.url, "ANTHROPIC_API_KEY": "dummy", "CLAUDE_CONFIG_DIR": folder, **switches}

    def write(self, path: str, text: str) -> Step:
        return Step("Write", {"file_path": path, "content": text})

    def replace(self, path: str, text: str) -> Step:
        """By its shell: its own tool refuses a file that has changed since it read it, before any hook."""
        return self.shell(f"printf %s {shlex.quote(text)} > {path}")

    def edit(self, path: str, old: str, new: str) -> Step:
        return Step("Edit", {"file_path": path, "old_string": old, "new_string": new})

    def read(self, path: str) -> Step:
        return Step("Read", {"file_path": path})

    def shell(self, command: str) -> Step:
        return Step("Bash", {"command": command, "description": "run a command"})


Agent = Gemini | Codex | Claude
AGENTS: dict[str, Agent] = {"gemini": Gemini(), "codex": Codex(), "claude": Claude()}


def _ask(stdin: IO[str], stdout: IO[str], number: int, method: str, params: dict[str, Any]) -> dict[str, Any]:
    """One JSON-RPC call over a pair of pipes, one JSON object a line; notifications in between are passed over."""
    print(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}), file=stdin, flush=True)
    for line in stdout:
        answer = json.loads(line)
        if answer.get("id") == number:
            result: dict[str, Any] = answer["result"]
            return result
    raise EOFError(f"no answer to {method}")
