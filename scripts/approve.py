"""Let a change that waits for a person pass once.

usage: onetree approve [ID]

Without an ID, lists what waits. With one, shows who wants to do exactly what, as a coloured diff or as the command with
its effects, and asks. A yes lets the same agent do exactly this, once, within 15 minutes. Only in a terminal.
"""

import difflib
import os
import sys
import time

from onetree import approvals, identity, journal, root
from onetree.visible import visible

MOST_LINES = 400  # of a diff


class Unable(Exception):
    """The command cannot go on: (exit code, what and why)."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def main(argv: "list[str] | None" = None) -> int:
    """Run the command; argv without the program's name."""
    return run("approve", (__doc__ or "").strip(), sys.argv[1:] if argv is None else argv, approvals.APPROVED)


def run(name: str, doc: str, argv: "list[str]", status: str) -> int:
    """`onetree approve` and `onetree deny`: the same but for the answer."""
    if argv in (["-h"], ["--help"]):
        print(doc)
        return 0
    try:
        if len(argv) > 1 or any(a.startswith("-") for a in argv):
            raise Unable(2, f"wrong use: one ID, or nothing for the list; see `onetree {name} --help`")
        here = root.find(os.getcwd())
        if here is None:
            raise Unable(2, f"unable to find requests: no {root.POLICY} here or above; run it inside the tree")
        state = os.path.join(here, root.STATE)
        if not argv:
            return listed(state)
        return decide(name, state, argv[0], status)
    except Unable as e:
        sys.stderr.write(f"onetree {name}: {e}\n")
        return e.code
    except BrokenPipeError:
        raise
    except OSError as e:
        sys.stderr.write(f"onetree {name}: unable to read or keep the answer: {e}\n")
        return 111
    except (EOFError, KeyboardInterrupt):
        sys.stderr.write(f"\nonetree {name}: nothing was answered; the request still waits\n")
        return 1


def listed(state: str) -> int:
    """Print what waits, one line each."""
    requests = approvals.waiting(state)
    for request in requests:
        minutes = int(time.time() - float(str(request["time"]))) // 60
        what = request["command"] or ", ".join(f"{op} {path}" for op, path, _ in _effects(request)[:3])
        print(visible(f"{request['id']}  {minutes} min ago  {who(request)}  {request['tool']}  {str(what)[:100]!r}"))
    print(f"{len(requests)} waiting" + ("; `onetree approve ID` shows one and asks" if requests else ""))
    return 0


def decide(name: str, state: str, ident: str, status: str) -> int:
    """Show one request and record a person's answer. Raises Unable."""
    request = approvals.load(state, ident)
    if request is None or request["status"] != approvals.WAITING:
        fact = "there is no such request" if request is None else f"it was answered before: {request['status']}"
        raise Unable(1, f"unable to {name} {ident}: {fact}; `onetree approve` lists what waits")
    need_person(name)
    show(request)
    if input(f"{name} exactly this, once? Type yes: ").strip().lower() not in ("y", "yes"):
        print("nothing was answered; the request still waits")
        return 1
    now = time.time()
    approvals.answer(state, request, status, now)
    try:
        journal.append(state, {"platform": "person", "event": name, "phase": "other", "session": request["session"],
                               "agent": request["agent"], "tool": request["tool"], "tier": "allow",
                               "note": f"{status} {ident}", "verdicts": [], "effects": []})  # fmt: skip
    except journal.JournalError as e:
        sys.stderr.write(f"onetree {name}: unable to record the answer, which holds all the same: {e}\n")
    print(f"{status} {ident}: holds for {approvals.VALID // 60} minutes, for {who(request)}, once")
    return 0


def need_person(name: str) -> None:
    """Raise Unable unless a person is at the terminal."""
    marks = [v for v, _, _ in identity.MARKS if os.environ.get(v)] or clients_above(os.getppid())
    if marks:
        raise Unable(1, f"unable to {name}: {marks[0]} says that an agent runs this shell; use a terminal of your own")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Unable(1, f"unable to {name}: a person must answer, and this is no terminal; run it in one")


def clients_above(pid: int) -> "list[str]":
    """The agents' clients among a process and those that started it, as ps(1) shows them; [] if it cannot tell."""
    import shutil
    import subprocess

    found: list[str] = []
    while pid > 1 and shutil.which("ps"):
        done = subprocess.run(["ps", "-o", "ppid=", "-o", "args=", "-p", str(pid)], capture_output=True, check=False)
        parent, *words = done.stdout.decode("utf-8", "replace").split() or ["0"]
        names = [os.path.basename(w) for w in words[:2]]  # the second one is the script of an interpreter
        found += [f"the process {n} above this one" for n in names if n.partition(".")[0] in identity.CLIENTS]
        pid = int(parent) if parent.isdigit() else 0
    return found


def who(request: "dict[str, object]") -> str:
    """The agent that asks, in words."""
    agent = f" agent {request['agent']}" if request["agent"] else ""
    return f"{request['platform']} session {str(request['session'])[:12]}{agent}"


def show(request: "dict[str, object]") -> None:
    """Print the request with its change as a diff, coloured where the terminal can."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    console.print(Text(visible(f"{who(request)} asks, by its tool {request['tool']}, in {request['cwd']}:"), "bold"))
    reasons = request["reasons"]
    for reason in reasons if isinstance(reasons, list) else []:
        console.print(Text(visible(f"  {reason}")))
    if request["command"]:
        console.print(Text(visible(f"$ {request['command']}", "\n\t"), "cyan"))
    for op, path, via in _effects(request):
        console.print(Text(visible(f"  {op:6} {path}  ({via})"), "yellow"))
    lines = [line for change in _changes(request) for line in diff(*change)]
    for line in lines[:MOST_LINES]:
        colour = {"+": "green", "-": "red", "@": "magenta"}.get(line[:1], "")
        console.print(Text(visible(line, "\t"), colour))
    if len(lines) > MOST_LINES:
        console.print(Text(f"... {len(lines) - MOST_LINES} more lines, not shown", "bold red"))


def diff(path: str, old: "str | None", new: str) -> "list[str]":
    """The change of one file as unified diff lines: of the file's present text, or of the text that is replaced."""
    if old is None:
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                old = f.read()
        except OSError:
            old = ""
    return [d.rstrip("\n") for d in difflib.unified_diff(old.splitlines(), new.splitlines(), path, path, lineterm="")]


def _effects(request: "dict[str, object]") -> "list[list[str]]":
    value = request["effects"]
    return value if isinstance(value, list) else []


def _changes(request: "dict[str, object]") -> "list[list[str]]":
    value = request["changes"]
    return value if isinstance(value, list) else []
