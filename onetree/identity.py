"""Who is calling, by the variables with which the agents' clients mark the shells and hooks that they start."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# (variable that marks a shell, the client, the variable that holds its session), each by the product's documentation.
# The first that is set decides.
MARKS = (
    ("CLAUDECODE", "claude", "CLAUDE_CODE_SESSION_ID"),
    ("CLAUDE_CODE_SESSION_ID", "claude", "CLAUDE_CODE_SESSION_ID"),
    ("GEMINI_CLI", "gemini", "GEMINI_SESSION_ID"),
    ("CODEX_THREAD_ID", "codex", "CODEX_THREAD_ID"),
    ("CODEX_SANDBOX", "codex", ""),
    ("COPILOT_CLI", "copilot", ""),
    ("CURSOR_AGENT", "cursor", ""),
    ("QWEN_CODE", "qwen", ""),
    ("CLINE_ACTIVE", "cline", ""),
    ("OPENCODE", "opencode", ""),
)

# Programs that are agents' clients.
CLIENTS = (
    "claude",
    "gemini",
    "codex",
    "qwen",
    "copilot",
    "opencode",
    "cline",
    "cursor-agent",
    "agy",
    "droid",
    "kiro-cli",
)


def caller(environment: "Mapping[str, str]" = os.environ) -> "tuple[str, str]":
    """(client, session) of the agent whose shell this is; "" for what is not known, and for a person's."""
    for mark, client, session in MARKS:
        if environment.get(mark):
            return client, environment.get(session, "")
    return "", ""
