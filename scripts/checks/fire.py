"""Fire a registered hook as its client would: the harmless call must pass, the forbidden ones be refused."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from types import ModuleType

from onetree import platforms, registration, root

from . import FAIL, OK, Finding

SESSION = "onetree-doctor"
HARMLESS = "README.md"
HOOK_TIME = 15.0  # seconds for a hook, however long its registration allows: nobody waits ten minutes for a doctor
REPAIR = "run the registered command line by hand: `echo '{}' | COMMAND`"

Call = tuple[str, dict[str, str]]  # a tool's name and its arguments


def check(home: str, platform: ModuleType, hooks: "list[registration.Hook]") -> "Iterator[Finding]":
    """Fire each registered command line: the harmless call must pass, the forbidden ones be refused with a reason."""
    name = platform.NAME
    before = next(e for e, _ in platform.EVENTS if platform.PHASES[e] == "before")
    tried: set[tuple[str, str]] = set()
    quiet: list[str] = []
    for hook in hooks:
        where = f"{platform.SETTINGS}:{hook.line}"
        if (hook.command, hook.event) in tried:
            continue
        tried.add((hook.command, hook.event))
        missing = _missing(hook)
        if missing:
            if (hook.command, "") not in tried:
                repair = f"install onetree again, then `onetree init --platform {name}`"
                yield Finding(FAIL, name, where, missing, repair)
            tried.add((hook.command, ""))
        elif hook.event == before:
            yield from _judged(home, platform, hook, where)
        else:
            outcome, why, _ = fire(home, platform, hook, None)
            if outcome == "passed":
                quiet.append(hook.event)
            else:
                yield Finding(FAIL, name, where, f"{hook.event}: {outcome}: {_short(why)}", REPAIR)
    if quiet:
        yield Finding(OK, name, platform.SETTINGS, f"{', '.join(quiet)}: answered")


def _missing(hook: registration.Hook) -> str:
    """Which program of the command line is not there; "" if all are."""
    argv = registration.words(hook.handler)
    at = next(i for i, w in enumerate(argv) if os.path.basename(w) == registration.PROGRAM)
    for what, path in (("interpreter", argv[0]), ("program", argv[at])):
        if os.sep not in path:
            if shutil.which(path) is None:
                return f"{what} missing: {path} is not on the PATH"
        elif not os.path.exists(path):
            return f"{what} missing: {path} (a removed version or virtual environment?)"
        elif what == "interpreter" and not os.access(path, os.X_OK):
            return f"{what} {path} cannot be executed"
    return ""


def _judged(home: str, platform: ModuleType, hook: registration.Hook, where: str) -> "Iterator[Finding]":
    name = platform.NAME
    outcome, why, seconds = fire(home, platform, hook, _call(platform.READ, home, HARMLESS))
    if outcome == "passed":
        yield Finding(OK, name, where, f"a read of {HARMLESS} passes ({seconds * 1000:.0f} ms)")
    else:
        fact = f"a read of {HARMLESS} is {outcome}: {_short(why)}"
        yield Finding(FAIL, name, where, fact, "see the reason; if the policy means it, all is well")
    for how, call in platform.WRITES.items():
        outcome, why, _ = fire(home, platform, hook, _call(call, home, root.POLICY))
        what = f"a write to the policy by {how}"
        if outcome == "refused" and why:
            yield Finding(OK, name, where, f"{what} is refused")
        elif outcome == "refused":
            yield Finding(FAIL, name, where, f"{what} is refused without a reason, which some versions ignore", REPAIR)
        else:
            yield Finding(FAIL, name, where, f"{what} is {outcome}: {_short(why) or 'the tool runs'}", REPAIR)


def _call(call: Call, home: str, path: str) -> Call:
    """A platform's tool call with its gaps filled."""
    tool, arguments = call
    return tool, {k: v.format(root=home, path=path) for k, v in arguments.items()}


def fire(home: str, platform: ModuleType, hook: registration.Hook, call: "Call | None") -> "tuple[str, str, float]":
    """What the client makes of the hook's answer to one tool call (None: to the hook's own event).

    Returns the outcome (as the platform's heard() says), the reason, and the seconds that it took.
    """
    payload: dict[str, object] = {"session_id": SESSION, "cwd": home, "hook_event_name": hook.event, **platform.PAYLOAD}
    tool, arguments = call or _call(platform.READ, home, HARMLESS)
    payload |= {"tool_name": tool, "tool_input": arguments}
    if call is None:
        payload |= {"tool_response": {}, "prompt": SESSION, "source": "startup", "reason": "other"}
    others = {v for n in (*platforms.NAMES, "foreign") for v in platforms.load(n).VARIABLES}
    env = {k: v for k, v in os.environ.items() if k not in others} | dict.fromkeys(platform.VARIABLES, home)
    allowed = hook.handler.get("timeout")
    limit = min(allowed / platform.PER_SECOND, HOOK_TIME) if isinstance(allowed, (int, float)) else HOOK_TIME
    shell = [os.environ.get("SHELL") or "sh", "-lc"] if platform.LOGIN_SHELL else ["sh", "-c"]
    begun = time.monotonic()
    with subprocess.Popen(
        [*shell, hook.command], cwd=home, env=env, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            out, err = process.communicate(json.dumps(payload).encode(), timeout=limit)
        except subprocess.TimeoutExpired:
            end(process, signal.SIGKILL)
            return "ignored", f"no answer within {limit:g} s", limit
    seconds = time.monotonic() - begun
    if process.returncode < 0:
        return "ignored", f"killed by signal {-process.returncode}", seconds
    return *_heard(platform, process.returncode, out.decode(errors="replace"), err.decode(errors="replace")), seconds


def _heard(platform: ModuleType, code: int, out: str, err: str) -> "tuple[str, str]":
    outcome, why = platform.heard(code, out, err)
    if outcome == "ignored" and not why:
        why = f"exit status {code}, {_short(err.strip() or out.strip()) or 'nothing printed'}"
    return outcome, why


def end(process: "subprocess.Popen[bytes]", how: signal.Signals) -> None:
    """End a process and what it started. macOS says EPERM where all that is left has ended already."""
    try:
        os.killpg(process.pid, how)
    except (ProcessLookupError, PermissionError):
        pass


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:199] + "…"
