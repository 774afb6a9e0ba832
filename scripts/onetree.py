"""Many coding agents, one working tree, nothing lost.

usage: onetree COMMAND [ARGUMENT ...]

`onetree COMMAND --help` tells more of each.
"""

import sys

# Command -> what it is for. Each is a module of this folder; only the one that is called is imported.
COMMANDS = {
    "init": "write the policy, register the hooks of the agents' clients; --remove takes them out",
    "doctor": "prove that the hooks work: fire each registered command line and check its answers",
    "policy": "check the policy, explain which rule decides for a path, show what is in force",
    "audit": "read the journal as a table or JSON lines; --verify finds any tampering",
    "log": "show who wrote a file and when, with the IDs that undo takes",
    "undo": "bring back what a file was before an agent wrote it",
    "check": "check what is about to be committed, or a range of commits; the pre-commit hooks call it",
    "commit": "commit what this agent wrote, and nobody else's work",
    "push": "push, if only this agent's commits would go; show whose the others are",
    "approve": "let a change that waits for a person pass once (a person, in a terminal)",
    "deny": "refuse a change that waits for a person",
    "lock": "hold a place while working on it; see who holds what, queue, run a command under a lock",
    "skill": "put the lock protocol's skill where the agents' clients look for skills",
    "adr": "print a decision that governs a refusal",
    "hook": "the dispatcher that the agents' clients call",
}


def main(argv: "list[str] | None" = None) -> int:
    """Run the command; argv without the program's name."""
    argv = sys.argv[1:] if argv is None else argv
    if not argv or argv[0] in ("-h", "--help"):
        print(_help())
        return 0 if argv else 2
    if argv[0] == "--version":
        from importlib.metadata import version

        print(f"onetree {version('onetree')}")
        return 0
    if argv[0] not in COMMANDS:
        sys.stderr.write(f"onetree: wrong use: no command {argv[0]!r}; there are {', '.join(COMMANDS)}\n")
        return 2
    name = f"{__package__}.{argv[0]}"
    __import__(name)
    code: int = sys.modules[name].main(argv[1:])
    return code


def _help() -> str:
    rows = "\n".join(f"  {name:8} {text}" for name, text in COMMANDS.items())
    return f"{(__doc__ or '').strip()}\n\n{rows}"
