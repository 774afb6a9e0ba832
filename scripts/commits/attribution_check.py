"""An agent's commit carries the trailers that the policy asks for (`commits: trailers:`)."""

import re

from onetree import changeset, git, identity

from .subject import Finding, Subject

# How the agents' clients sign what they commit, in a trailer or a line of their own.
SIGNED = re.compile(
    r"^(co-authored-by|generated-by|assisted-by|agent)\s*:|generated (with|by) \[?(claude|gemini|codex|cursor|copilot)",
    re.IGNORECASE | re.MULTILINE,
)
CLIENTS = re.compile(r"claude|anthropic|gemini|codex|openai|cursor|copilot|qwen|cline|windsurf|\[bot\]", re.IGNORECASE)


def check(subject: Subject) -> "list[Finding]":
    """A finding for each trailer that is missing or empty."""
    needed = list(dict.fromkeys(t for p in subject.policies for t in p.trailers))
    message = subject.change.message or ""
    if not needed or not _by_agent(subject, message):
        return []
    there = git.run(subject.change.root, "interpret-trailers", "--parse", stdin=message.encode()).decode()
    keys = {line.partition(":")[0].strip().lower() for line in there.splitlines() if line.partition(":")[2].strip()}
    return [
        Finding("", f"an agent's message needs the trailer {t}; give it by git commit --trailer '{t}: ...'")
        for t in needed
        if t.lower() not in keys
    ]


def _by_agent(subject: Subject, message: str) -> bool:
    """Whether an agent commits: by the marks of the shell now, of a commit by how it is signed."""
    if subject.change.after == changeset.INDEX:
        return bool(identity.caller()[0])
    signatures = [line for line in message.splitlines() if SIGNED.search(line)]
    return any(CLIENTS.search(line) for line in signatures)
