"""Who is calling: by what the dispatcher wrote down, or by the variables with which clients mark their shells."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# (variable that marks a shell, the client, the variable that holds its session), each by the product's documentation.
# The first that is set decides.
MARKS = (
    ("CLAUDECODE", "claude", "CLAUDE_CODE_SESSION_ID"),
    ("CLAUDE_CODE_SESSION_ID", "claude", "CLAUDE_CODE_SESSION_ID"),
    ("GEMINI_CLI", "gemini", "GEMINI_SESSION_ID"),  # version 0.61.0 sets the latter for hooks only
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
    return _noted() or marked(environment)


def _noted() -> "tuple[str, str] | None":
    """What the dispatcher wrote down of this very call (callers.py).

    It comes first, because a client that another client's shell has started inherits the other's marks.
    """
    from onetree import callers, root

    try:
        home = root.find(os.getcwd())
        found = callers.of(os.getppid(), os.path.join(home, root.STATE)) if home else ("", "")
    except OSError:
        return None
    return found if found[1] else None


def marked(environment: "Mapping[str, str]") -> "tuple[str, str]":
    """(client, session) by the variables alone."""
    for mark, client, session in MARKS:
        if environment.get(mark):
            return client, environment.get(session, "")
    return "", ""
