"""Prove that onetree works here: fire every registered hook as its client would, and check the answers.

One line for each check: ok, FAIL with the repair, note, or ?? for what could not be told. The test calls are harmless
(a read of README.md) or forbidden (writes to the policy, which must be refused; nobody carries them out). They stand in
the journal under the session "onetree-doctor".
"""

import argparse
import fcntl
import glob
import json
import os
import select
import shlex
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from types import ModuleType

from onetree import jsonc, platforms, policy, registration, root, sealed
from onetree.guards import ROLLED_OUT

from . import init
from .hook import PROJECT_VARIABLES

PROG = "onetree doctor"
SESSION = "onetree-doctor"
OK, FAIL, NOTE, UNKNOWN = "ok", "FAIL", "note", "??"
CODES = {FAIL: 1, UNKNOWN: 111}  # the exit status, by the first of these that occurs
CODEX_TIME = 15.0  # seconds for `codex app-server` to answer
HOOK_TIME = 15.0  # seconds for a hook, however long its registration allows: nobody waits ten minutes for a doctor

PATCH = f"*** Begin Patch\n*** Update File: {root.POLICY}\n@@\n-version: 1\n+version: 0\n*** End Patch"
FORBIDDEN_COMMAND = {"command": f"echo >> {root.POLICY}"}

# Files beside the project's own in which a hook of ours would be a second one.
SECOND = {
    "claude": (".claude/settings.local.json", "~/.claude/settings.json"),
    "gemini": ("~/.gemini/settings.json",),
    "codex": ("~/.codex/hooks.json",),
}
# The machine's settings, which go before everybody's.
MACHINE = {
    "claude": (
        "/etc/claude-code/managed-settings.json",
        "/Library/Application Support/ClaudeCode/managed-settings.json",
    ),
    "gemini": ("/etc/gemini-cli/settings.json", "/Library/Application Support/GeminiCli/settings.json"),
    "codex": (),
}
# What switches a platform's hooks off: (keys, value) in any of its settings files.
SWITCHES = {
    "claude": ((("disableAllHooks",), True), (("allowManagedHooksOnly",), True)),
    "gemini": ((("hooksConfig", "enabled"), False),),
    "codex": (),
}
# Products that load .claude/settings.json as well, and the files in which their own hooks stand.
ALSO_LOAD_CLAUDE = {
    "Copilot CLI": ".github/hooks/*.json",
    "Cursor": ".cursor/hooks.json",
    "VS Code": ".github/hooks/*.json",
    "Devin": ".devin/hooks.v1.json",
}


@dataclass(frozen=True)
class Finding:
    """One line: how it stands, which check, where, the fact, and the repair ("" if none is needed)."""

    state: str
    check: str
    where: str
    fact: str
    repair: str = ""


@dataclass(frozen=True)
class Reply:
    """What a client makes of an answer: passed, refused, asked (a person), or ignored (then it lets the tool run)."""

    kind: str
    why: str = ""


def _as_claude(code: int, out: str, err: str) -> Reply:
    answer = _object(out)
    if code == 2:
        return Reply("refused", err.strip())
    if answer is None:
        return Reply("passed") if code == 0 and not out.strip() else Reply("ignored", _told(code, out, err))
    own = answer.get("hookSpecificOutput")
    own = own if isinstance(own, dict) else {}
    if own.get("permissionDecision") in ("deny", "ask"):
        if own.get("hookEventName") != "PreToolUse":
            return Reply("ignored", "a refusal without hookEventName")
        kind = "refused" if own["permissionDecision"] == "deny" else "asked"
        return Reply(kind, str(own.get("permissionDecisionReason") or ""))
    return Reply("refused", str(answer.get("reason") or "")) if answer.get("decision") == "block" else Reply("passed")


def _as_gemini(code: int, out: str, err: str) -> Reply:
    text = out.strip() or err.strip()
    answer = _object(text)
    if answer is not None:  # the exit status then does not count
        kind = {"deny": "refused", "block": "refused", "ask": "asked"}.get(str(answer.get("decision")), "passed")
        return Reply(kind, str(answer.get("reason") or ""))
    if code >= 2 and text:
        return Reply("refused", text)
    return Reply("passed") if code == 0 and not text else Reply("ignored", _told(code, out, err))


# The fields that Codex takes; one more, and it counts the hook as failed.
CODEX_FIELDS = {"decision", "reason", "systemMessage", "hookSpecificOutput"}
CODEX_OWN_FIELDS = {"hookEventName", "permissionDecision", "permissionDecisionReason", "additionalContext"}


def _as_codex(code: int, out: str, err: str) -> Reply:
    answer = _object(out) if out.strip() else {}
    if code == 2 and err.strip():
        return Reply("refused", err.strip())
    if code or answer is None:
        return Reply("ignored", _told(code, out, err))
    own = answer.get("hookSpecificOutput", {})
    if not isinstance(own, dict) or set(answer) - CODEX_FIELDS or set(own) - CODEX_OWN_FIELDS:
        return Reply("ignored", "fields that its schema does not have: " + out.strip()[:200])
    if own.get("permissionDecision") != "deny" and answer.get("decision") != "block":
        return Reply("passed")
    why = own.get("permissionDecisionReason") or answer.get("reason")
    return Reply("refused", str(why)) if why else Reply("ignored", "a refusal without a reason")


@dataclass(frozen=True)
class Client:
    """How to act as a platform's client. Tool calls are (name, arguments), relative to the project.

    extra: fields that all its payloads carry. reads: its reading of exit status, standard output, standard error.
    scale: its time-out units in a second. variables: its names for the project, in a hook's environment.
    """

    before: str
    harmless: "tuple[str, dict[str, str]]"
    forbidden: "dict[str, tuple[str, dict[str, str]]]"
    extra: "dict[str, str]"
    reads: "Callable[[int, str, str], Reply]"
    scale: int = 1
    variables: "tuple[str, ...]" = ()
    login_shell: bool = False


CLIENTS = {
    "claude": Client(
        before="PreToolUse",
        harmless=("Read", {"file_path": "README.md"}),
        forbidden={
            "file tool": ("Write", {"file_path": root.POLICY, "content": "version: 0\n"}),
            "shell": ("Bash", FORBIDDEN_COMMAND),
        },
        extra={"permission_mode": "default", "transcript_path": "", "tool_use_id": SESSION},
        reads=_as_claude,
        variables=("CLAUDE_PROJECT_DIR",),
    ),
    "gemini": Client(
        before="BeforeTool",
        harmless=("read_file", {"file_path": "README.md"}),
        forbidden={
            "file tool": ("write_file", {"file_path": root.POLICY, "content": "version: 0\n"}),
            "shell": ("run_shell_command", FORBIDDEN_COMMAND),
        },
        extra={"transcript_path": "", "timestamp": "2026-01-01T00:00:00.000Z"},
        reads=_as_gemini,
        scale=1000,
        variables=("GEMINI_PROJECT_DIR", "CLAUDE_PROJECT_DIR"),
    ),
    "codex": Client(
        before="PreToolUse",
        harmless=("Bash", {"command": "cat README.md"}),
        forbidden={"file tool": ("apply_patch", {"command": PATCH}), "shell": ("Bash", FORBIDDEN_COMMAND)},
        extra={"turn_id": SESSION, "transcript_path": "", "model": "doctor", "permission_mode": "default"},
        reads=_as_codex,
        login_shell=True,  # what the person's profile prints would spoil the answer
    ),
}


def main(argv: "list[str] | None" = None) -> int:
    """Run the command; see --help."""
    parser = argparse.ArgumentParser(
        prog=PROG, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit codes: 0 all is well; 1 something is not; 2 wrong use; 111 something could not be told",
    )  # fmt: skip
    parser.add_argument("dir", metavar="DIR", nargs="?", default=".", help="default: the current directory")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    args = parser.parse_args(argv)
    states = set()
    for finding in examine(args.dir):
        states.add(finding.state)
        print(json.dumps(asdict(finding)) if args.json else _line(finding), flush=True)
    return next((code for state, code in CODES.items() if state in states), 0)


def examine(directory: str) -> "Iterator[Finding]":
    """Every finding about the project that holds the directory. A check that cannot be made is a finding too."""
    home = root.find(os.path.realpath(directory))
    if home is None:
        yield Finding(FAIL, "setup", os.path.abspath(directory), f"no {root.POLICY} here or above", "`onetree init`")
        return
    for check in CHECKS:
        try:
            yield from check(home)
        except (OSError, init.Refusal) as e:
            yield Finding(UNKNOWN, check.__name__.removeprefix("check_"), home, f"could not be checked: {e}")


def check_policy(home: str) -> "Iterator[Finding]":
    """The policy can be read and compiled."""
    try:
        policy.load(home, ROLLED_OUT)
    except policy.PolicyError as e:
        repair = "correct it (`onetree policy check`): until then everything is refused"
        yield Finding(FAIL, "policy", root.POLICY, " / ".join(str(e).splitlines()), repair)
    else:
        yield Finding(OK, "policy", root.POLICY, "valid")


def check_state(home: str) -> "Iterator[Finding]":
    """The state directory can be written, its key is private, and the file system has working locks."""
    state = os.path.join(home, root.STATE)
    quoted = shlex.quote(state)
    try:
        sealed.key(state)
        for name in os.listdir(state):
            if not os.access(os.path.join(state, name), os.R_OK | os.W_OK):
                raise PermissionError(f"{name} is somebody else's")
        with tempfile.NamedTemporaryFile(dir=state, prefix=".doctor.") as probe:
            locks = _locks(probe.name)
    except OSError as e:
        repair = f'sudo chown -R "$USER" {quoted} && chmod -R u+rwX {quoted}'
        yield Finding(FAIL, "state", root.STATE, f"cannot be written: {e.strerror or e}", repair)
        return
    yield Finding(OK, "state", root.STATE, "can be written")
    key = os.path.join(state, sealed.KEY)
    if stat.S_IMODE(os.stat(key).st_mode) & 0o077:
        where = os.path.join(root.STATE, sealed.KEY)
        yield Finding(FAIL, "key", where, "others may read it and forge approvals", f"chmod 600 {shlex.quote(key)}")
    if locks:
        repair = "put the project on a file system with working flock(2): a local one"
        yield Finding(FAIL, "flock", root.STATE, locks, repair)
    else:
        yield Finding(OK, "flock", root.STATE, "a second lock waits for the first")


def _locks(path: str) -> str:
    """What is wrong with flock on this file; "" if nothing is."""
    with open(path, "rb") as one, open(path, "rb") as two:
        try:
            fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as e:
            return f"locks do not work: {e.strerror}"
        try:
            fcntl.flock(two, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return ""
        except OSError as e:
            return f"locks do not work: {e.strerror}"
    return "two locks at once on one file: locks exclude nobody"


def check_git(home: str) -> "Iterator[Finding]":
    """Git ignores the state: a key that is committed is everybody's."""
    wrong = init.seen_by_git(home)
    if wrong:
        yield Finding(FAIL, "git", root.STATE, *wrong)
    elif wrong is None:
        yield Finding(NOTE, "git", home, "not a git repository, or no git here")
    else:
        yield Finding(OK, "git", root.STATE, "ignored")


def check_hooks(home: str) -> "Iterator[Finding]":
    """Each platform's registration: as init writes it, alive, and answering."""
    registered = False
    for name in platforms.NAMES:
        platform = platforms.load(name)
        text = _text(os.path.join(home, platform.SETTINGS))
        try:
            hooks = [] if text is None else registration.find(text, name)
        except jsonc.JSONCError as e:
            repair = "correct it, then `onetree init`"
            yield Finding(FAIL, name, f"{platform.SETTINGS}:{e.line}:{e.column}", e.fact, repair)
            registered = True
            continue
        if not hooks:
            yield Finding(NOTE, name, platform.SETTINGS, f"no hooks here (`onetree init --platform {name}`)")
            continue
        registered = True
        yield from _written(platform, text or "", hooks)
        yield from _fired(home, platform, hooks)
    if not registered:
        yield Finding(FAIL, "setup", home, "no platform has hooks: nothing is guarded", "`onetree init`")


def _written(platform: ModuleType, text: str, hooks: "list[registration.Hook]") -> "Iterator[Finding]":
    """Whether the settings hold each hook once and as init writes it, and whether the client reads them at all."""
    name, path = platform.NAME, platform.SETTINGS
    repair = f"`onetree init --platform {name}`"
    wrong = []
    for event, _ in platform.EVENTS:
        ours = [h for h in hooks if h.event == event]
        where = ":".join([path, *(str(h.line) for h in ours[-1:])])
        if not ours:
            wrong.append(Finding(FAIL, name, where, f"{event} is not registered", repair))
        elif len(ours) > 1:
            wrong.append(Finding(FAIL, name, where, f"{event} is registered {len(ours)} times", repair))
        elif ours[0].group != platform.entry(ours[0].command, event):
            fact = f"{event} is not registered as init does it: {_difference(ours[0], platform, event)}"
            wrong.append(Finding(FAIL, name, where, fact, repair))
    wanted = dict(platform.EVENTS)
    wrong += [
        Finding(FAIL, name, f"{path}:{h.line}", f"{h.event} is no event that onetree registers", repair)
        for h in hooks
        if h.event not in wanted
    ]
    for other in platforms.NAMES:
        astray = registration.find(text, other) if other != name else []
        wrong += [Finding(FAIL, name, f"{path}:{h.line}", f"a hook for {other}", "delete that hook") for h in astray]
    unread = registration.unread(text, name)
    if unread:
        what, line, column = unread
        fact = f"a {what}: the client ignores the whole file, hooks included"
        wrong.append(Finding(FAIL, name, f"{path}:{line}:{column}", fact, f"take the {what} out"))
    yield from wrong or [Finding(OK, name, path, f"{len(hooks)} hooks registered")]


def _difference(hook: registration.Hook, platform: ModuleType, event: str) -> str:
    """What a group has otherwise than it should, in short."""
    wanted: dict[str, object] = platform.entry(hook.command, event)
    own = {**hook.group, "hooks": None, **hook.handler}
    should = {**wanted, "hooks": None, **wanted["hooks"][0]}  # type: ignore[index]
    parts = [
        f"{k} is {json.dumps(own.get(k))}, not {json.dumps(should.get(k))}" for k in should if own.get(k) != should[k]
    ]
    parts += [f"{k} is added" for k in own if k not in should]
    return "; ".join(parts) or "other hooks stand in its group"


def _fired(home: str, platform: ModuleType, hooks: "list[registration.Hook]") -> "Iterator[Finding]":
    """Fire each registered command line: the harmless call must pass, the forbidden ones be refused with a reason."""
    name, client = platform.NAME, CLIENTS[platform.NAME]
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
                yield Finding(
                    FAIL, name, where, missing, f"install onetree again, then `onetree init --platform {name}`"
                )
            tried.add((hook.command, ""))
        elif hook.event == client.before:
            yield from _judged(home, name, hook, where)
        else:
            reply, _ = fire(home, name, hook, None)
            if reply.kind == "passed":
                quiet.append(hook.event)
            else:
                yield Finding(FAIL, name, where, f"{hook.event}: {reply.kind}: {_short(reply.why)}", REPAIR)
    if quiet:
        yield Finding(OK, name, platform.SETTINGS, f"{', '.join(quiet)}: answered")


REPAIR = "run the registered command line by hand: `echo '{}' | COMMAND`"


def _judged(home: str, name: str, hook: registration.Hook, where: str) -> "Iterator[Finding]":
    client = CLIENTS[name]
    reply, seconds = fire(home, name, hook, client.harmless)
    if reply.kind == "passed":
        yield Finding(OK, name, where, f"a read of README.md passes ({seconds * 1000:.0f} ms)")
    else:
        fact = f"a read of README.md is {reply.kind}: {_short(reply.why)}"
        yield Finding(FAIL, name, where, fact, "see the reason; if the policy means it, all is well")
    for how, call in client.forbidden.items():
        reply, _ = fire(home, name, hook, call)
        what = f"a write to the policy by {how}"
        if reply.kind == "refused" and reply.why:
            yield Finding(OK, name, where, f"{what} is refused")
        elif reply.kind == "refused":
            yield Finding(FAIL, name, where, f"{what} is refused without a reason, which some versions ignore", REPAIR)
        else:
            yield Finding(FAIL, name, where, f"{what} is {reply.kind}: {_short(reply.why) or 'the tool runs'}", REPAIR)


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


def fire(
    home: str, name: str, hook: registration.Hook, call: "tuple[str, dict[str, str]] | None"
) -> "tuple[Reply, float]":
    """What the client makes of the hook's answer to one tool call (None: to the hook's own event), and the seconds."""
    client = CLIENTS[name]
    payload: dict[str, object] = {"session_id": SESSION, "cwd": home, "hook_event_name": hook.event, **client.extra}
    tool, arguments = call or client.harmless
    if name == "claude":  # it alone makes paths absolute
        arguments = {k: os.path.join(home, v) if k == "file_path" else v for k, v in arguments.items()}
    payload |= {"tool_name": tool, "tool_input": arguments}
    if call is None:
        payload |= {"tool_response": {}, "prompt": SESSION, "source": "startup", "reason": "other"}
    env = {k: v for k, v in os.environ.items() if k not in PROJECT_VARIABLES} | dict.fromkeys(client.variables, home)
    allowed = hook.handler.get("timeout")
    limit = min(allowed / client.scale, HOOK_TIME) if isinstance(allowed, (int, float)) else HOOK_TIME
    shell = [os.environ.get("SHELL") or "sh", "-lc"] if client.login_shell else ["sh", "-c"]
    begun = time.monotonic()
    with subprocess.Popen(
        [*shell, hook.command], cwd=home, env=env, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            out, err = process.communicate(json.dumps(payload).encode(), timeout=limit)
        except subprocess.TimeoutExpired:
            _end(process, signal.SIGKILL)
            return Reply("ignored", f"no answer within {limit:g} s"), limit
    seconds = time.monotonic() - begun
    if process.returncode < 0:
        return Reply("ignored", f"killed by signal {-process.returncode}"), seconds
    return client.reads(process.returncode, out.decode(errors="replace"), err.decode(errors="replace")), seconds


def _end(process: "subprocess.Popen[bytes]", how: signal.Signals) -> None:
    """End a process and what it started. macOS says EPERM where all that is left has ended already."""
    try:
        os.killpg(process.pid, how)
    except (ProcessLookupError, PermissionError):
        pass


def check_switches(home: str) -> "Iterator[Finding]":
    """No settings file, the person's and the machine's included, switches hooks off."""
    for name in platforms.NAMES:
        for path in (platforms.load(name).SETTINGS, *SECOND[name], *MACHINE[name]):
            settings = _settings(home, path)
            for keys, value in SWITCHES[name]:
                # Only the machine's settings can say that no others count.
                if (keys != ("allowManagedHooksOnly",) or path in MACHINE[name]) and _deep(settings, keys) is value:
                    fact = f"{'.'.join(keys)} is {json.dumps(value)}: {name} runs no hook of this project"
                    yield Finding(FAIL, name, path, fact, "take it out")
            names = _deep(settings, ("hooksConfig", "disabled")) if name == "gemini" else None
            ours = [n for n in names if "onetree" in str(n)] if isinstance(names, list) else []
            if ours:
                yield Finding(FAIL, name, path, f"hooksConfig.disabled names {ours[0]}", "take it out")


def check_doubles(home: str) -> "Iterator[Finding]":
    """Hooks that are run twice for one call: harmless, but slow, and the journal has each call twice."""
    for name in platforms.NAMES:
        for path in SECOND[name]:
            text = _text(_place(home, path))
            try:
                if text is not None and registration.find(text, name):
                    yield Finding(NOTE, name, path, "hooks of onetree here too: each call is judged twice")
            except jsonc.JSONCError:
                continue
    claude = _text(os.path.join(home, platforms.load("claude").SETTINGS)) or "{}"
    if "onetree" not in claude:
        return
    found = [
        p
        for p, f in ALSO_LOAD_CLAUDE.items()
        if any("onetree" in (_text(g) or "") for g in glob.glob(os.path.join(home, f)))
    ]
    also = f"; {', '.join(found)} has its own registration too and asks twice" if found else ""
    fact = f"{', '.join(ALSO_LOAD_CLAUDE)} run these hooks too{also}"
    yield Finding(NOTE, "claude", platforms.load("claude").SETTINGS, fact)


def check_gemini(home: str) -> "Iterator[Finding]":
    """Gemini CLI silently drops the project's hooks in a folder that the person does not trust."""
    if not _uses(home, "gemini"):
        return
    user = os.path.join(os.environ.get("GEMINI_CLI_HOME") or "~", ".gemini")
    path = os.environ.get("GEMINI_CLI_TRUSTED_FOLDERS_PATH") or os.path.join(user, "trustedFolders.json")
    forced = os.environ.get("GEMINI_CLI_TRUST_WORKSPACE")
    off = _deep(_settings(home, os.path.join(user, "settings.json")), ("security", "folderTrust", "enabled")) is False
    trust = True if forced == "true" or off else _trusted(_settings(home, path), home)
    if trust:
        yield Finding(OK, "gemini", path, "this folder is trusted")
    elif trust is None:
        fact = "this folder is not in it: until Gemini CLI is told to trust it, it silently drops the hooks"
        yield Finding(NOTE, "gemini", path, fact)
    else:
        repair = "start gemini here and trust the folder by /permissions"
        yield Finding(FAIL, "gemini", path, "this folder is not trusted: its hooks are silently dropped", repair)


def _trusted(rules: object, home: str) -> "bool | None":
    """As Gemini CLI 0.61.0 decides (LoadedTrustedFolders.isPathTrusted): by the longest rule that holds the folder."""
    best, level = -1, None
    for path, trust in rules.items() if isinstance(rules, dict) else ():
        reach = os.path.realpath(os.path.dirname(path) if trust == "TRUST_PARENT" else path)
        if os.path.commonpath([reach, home]) == reach and len(path) > best:
            best, level = len(path), trust
    return None if level is None else level in ("TRUST_FOLDER", "TRUST_PARENT")


def check_codex(home: str) -> "Iterator[Finding]":
    """Codex CLI skips, without a word, every hook whose hash the person has not trusted. Only it can tell."""
    if not _uses(home, "codex"):
        return
    path = platforms.load("codex").SETTINGS
    program = shutil.which("codex")
    if program is None:
        fact = (
            "no codex on the PATH: whether it trusts these hooks could not be checked; it skips untrusted ones silently"
        )
        yield Finding(NOTE, "codex", path, fact)
        return
    try:
        hooks, warnings = ask_codex(program, home)
    except (TimeoutError, ValueError) as e:
        yield Finding(UNKNOWN, "codex", path, f"`codex app-server` did not say which hooks it trusts: {e}")
        return
    for warning in warnings:
        yield Finding(FAIL, "codex", path, warning, "correct it")
    ours = [h for h in hooks if registration.platform_of(h) == "codex"]
    asleep = [h for h in ours if h.get("trustStatus") not in ("trusted", "managed") or h.get("enabled") is False]
    if not ours and not warnings:
        repair = "start codex here, trust the project, then approve the hooks in /hooks"
        yield Finding(FAIL, "codex", path, "Codex loads none of these hooks: the project is not trusted", repair)
    if asleep:
        states = sorted({"disabled" if h.get("enabled") is False else str(h.get("trustStatus")) for h in asleep})
        fact = f"{len(asleep)} of {len(ours)} hooks are {' or '.join(states)}: Codex skips them silently"
        yield Finding(FAIL, "codex", path, fact, "start codex here and approve the hooks in /hooks")
    elif ours:
        yield Finding(OK, "codex", path, f"Codex trusts all {len(ours)} hooks: they are armed")


def ask_codex(program: str, home: str) -> "tuple[list[dict[str, object]], list[str]]":
    """The hooks that Codex loads for the project, with their trustStatus, and its warnings (`hooks/list`, 0.169.0).

    Raises TimeoutError, and ValueError for an answer that is not understood.
    """
    messages: tuple[dict[str, object], ...] = (
        {"id": 0, "method": "initialize", "params": {"clientInfo": {"name": "onetree", "version": "1"}}},
        {"method": "initialized"},
        {"id": 1, "method": "hooks/list", "params": {"cwds": [home]}},
    )
    sent = "".join(json.dumps({"jsonrpc": "2.0", **m}) + "\n" for m in messages)
    with subprocess.Popen(
        [program, "app-server"], cwd=home, start_new_session=True, bufsize=0,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            if process.stdin is None or process.stdout is None:
                raise ValueError("no pipes")
            process.stdin.write(sent.encode())
            answer = _answer(process.stdout.fileno(), 1, time.monotonic() + CODEX_TIME)
        except BrokenPipeError:
            raise ValueError("it ended before it was asked") from None
        finally:
            _end(process, signal.SIGTERM)
    try:
        entries = answer["result"]["data"]  # type: ignore[index]
        return [h for e in entries for h in e["hooks"]], [
            str(w) for e in entries for w in (*e["warnings"], *e["errors"])
        ]
    except (KeyError, TypeError):
        raise ValueError(f"not understood: {json.dumps(answer)[:200]}") from None


def _answer(fd: int, number: int, until: float) -> "dict[str, object]":
    """The JSON-RPC answer with this id, among the notifications that come before it."""
    got = b""
    while (left := until - time.monotonic()) > 0:
        if not select.select([fd], [], [], left)[0]:
            break
        part = os.read(fd, 1 << 16)
        if not part:
            raise ValueError("it ended without an answer")
        *lines, got = (got + part).split(b"\n")
        for line in lines:
            message = _object(line.decode(errors="replace"))
            if message is not None and message.get("id") == number:
                return message
    raise TimeoutError(f"no answer within {CODEX_TIME:g} s")


CHECKS = (
    check_policy,
    check_state,
    check_git,
    check_hooks,
    check_switches,
    check_doubles,
    check_gemini,
    check_codex,
)


def _uses(home: str, name: str) -> bool:
    text = _text(os.path.join(home, platforms.load(name).SETTINGS))
    try:
        return text is not None and bool(registration.find(text, name))
    except jsonc.JSONCError:
        return False


def _place(home: str, path: str) -> str:
    """Where a settings file of the tables stands. CODEX_HOME moves Codex's."""
    if path.startswith("~/.codex/") and os.environ.get("CODEX_HOME"):
        path = os.path.join(os.environ["CODEX_HOME"], path.removeprefix("~/.codex/"))
    return os.path.join(home, os.path.expanduser(path))


def _text(path: str) -> "str | None":
    """A file's text; None if there is none, or if it cannot be read: then it is not for this person's client either."""
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as f:
            return f.read()
    except (FileNotFoundError, NotADirectoryError, PermissionError, IsADirectoryError):
        return None


def _settings(home: str, path: str) -> object:
    """What a settings file says; None if there is none, or none that could be read."""
    text = _text(_place(home, path))
    try:
        return None if text is None else jsonc.parse(text).root.value
    except jsonc.JSONCError:
        return None


def _deep(value: object, keys: "tuple[str, ...]") -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _object(text: str) -> "dict[str, object] | None":
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _told(code: int, out: str, err: str) -> str:
    return f"exit status {code}, {_short(err.strip() or out.strip()) or 'nothing printed'}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:199] + "…"


def _line(finding: Finding) -> str:
    """A finding as one line of text."""
    repair = f"; repair: {finding.repair}" if finding.repair else ""
    return f"{finding.state:4}  {finding.check:7} {finding.where}: {finding.fact}{repair}"
