"""`onetree doctor`: it finds what keeps a hook from working, and says so when all is well."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onetree import git, jsonedit, platforms, registration
from onetree.scripts import doctor
from onetree.scripts.checks import codex_app, fire, gemini
from onetree.verdict import ALLOW, BLOCK, WARN

from .conftest import BIN, ENVIRONMENT, Run, journal

SETTINGS = {n: platforms.load(n).SETTINGS for n in platforms.NAMES}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A PATH of our own with git and a shell, so that no client of the developer's is found."""
    found = tmp_path / "bin"
    found.mkdir()
    for name in ("git", "sh"):
        (found / name).symlink_to(shutil.which(name) or "/nowhere")
    return found


class Patient:
    """A governed project with hooks registered, and its doctor."""

    def __init__(self, root: Path, home: Path, path: Path, run: Run) -> None:
        self.root, self.home, self.path, self.run = root, home, path, run

    def examine(self, *args: str, **env: str) -> "tuple[int, list[dict[str, str]]]":
        done = self.run("onetree", "doctor", "--json", *args, cwd=self.root, env={"PATH": str(self.path), **env})
        assert done.stderr == ""
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    def failures(self, **env: str) -> "list[str]":
        code, findings = self.examine(**env)
        failed = [f for f in findings if f["state"] == "FAIL"]
        assert code == (1 if failed else 0), findings
        assert all(f["repair"] for f in failed)
        return [f"{f['check']} {f['where']}: {f['fact']}" for f in failed]

    def register(self, line: str, name: str = "claude") -> None:
        settings = self.root / SETTINGS[name]
        settings.parent.mkdir(exist_ok=True)
        settings.write_text(registration.register(None, platforms.load(name), line))

    def only_codex(self) -> None:
        self.register(registration.command("codex", str(BIN / "python"), str(BIN / "onetree")), "codex")
        (self.root / SETTINGS["claude"]).unlink()

    def program(self, text: str) -> None:
        """Register, for Claude Code, a dispatcher that does what this shell script says."""
        fake = self.home / "onetree"
        fake.write_text(f"#!/bin/sh\n{text}\n")
        fake.chmod(0o755)
        self.register(f"{fake} hook --platform claude")

    def write(self, name: str, content: "str | dict[str, Any]") -> None:
        where = self.home / name.removeprefix("~/") if name.startswith("~/") else self.root / name
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(content if isinstance(content, str) else json.dumps(content))

    def add(self, name: str, key: str, value: object) -> None:
        settings = self.root / name
        settings.write_text(jsonedit.insert(settings.read_text(), [], value, key=key))


@pytest.fixture
def patient(tmp_path: Path, home: Path, path: Path, run: Run) -> Patient:
    """With the hooks for Claude Code only: each one that is registered is fired, and that takes its time."""
    root = tmp_path / "project"
    root.mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True, env=ENVIRONMENT)
    (root / "README.md").write_text("hello\n")
    made = run("onetree", "init", "--platform", "claude", cwd=root)
    assert made.returncode == 0, made
    return Patient(root, home, path, run)


def payload(name: str, call: "tuple[str, dict[str, str]]") -> "dict[str, Any]":
    """What a platform's client sends before a call that reads or writes /project/some/file."""
    event = next(e for e, phase in platforms.load(name).PHASES.items() if phase == "before")
    tool, arguments = fire._call(call, "/project", "some/file")
    return {"hook_event_name": event, "cwd": "/project", "tool_name": tool, "tool_input": arguments}


@pytest.mark.parametrize("name", platforms.NAMES)
def test_the_calls_of_a_platform_are_what_they_say(name: str) -> None:
    platform = platforms.load(name)
    assert set(platform.WRITES) == {"file tool", "shell"}
    assert [e for e, _ in platform.EVENTS if platform.PHASES[e] == "before"]
    for op, call in (("read", platform.READ), *(("write", c) for c in platform.WRITES.values())):
        action = platform.decode(payload(name, call))
        assert not action.defect
        if action.kind == "shell":
            assert action.command == ("cat some/file" if op == "read" else "echo >> some/file")
        else:
            assert [(e.op, e.path) for e in action.effects] == [(op, "/project/some/file")]


@pytest.mark.parametrize("name", platforms.NAMES)
def test_a_platform_hears_what_it_says(name: str) -> None:
    platform = platforms.load(name)
    action = platform.decode(payload(name, platform.READ))
    for tier, outcome in ((ALLOW, "passed"), (WARN, "passed"), (BLOCK, "refused")):
        answer = platform.encode(action, tier, "because")
        heard, why = platform.heard(answer.code, answer.out, answer.err)
        assert (heard, why) == (outcome, "because" if outcome == "refused" else "")


def test_all_is_well(patient: Patient) -> None:
    patient.run("onetree", "init", cwd=patient.root)
    code, findings = patient.examine()
    assert code == 0, findings
    assert {f["state"] for f in findings} == {"ok", "note"}
    for name in platforms.NAMES:
        facts = [f["fact"] for f in findings if f["check"] == name and f["state"] == "ok"]
        assert any(f"{len(platforms.load(name).EVENTS)} hooks registered" in f for f in facts)
        assert any("a read of README.md passes" in f for f in facts)
        assert "a write to the policy by file tool is refused" in facts
        assert "a write to the policy by shell is refused" in facts
        assert any("SessionStart" in f and "answered" in f for f in facts)
    assert {f["fact"] for f in findings if f["state"] == "note"} >= {
        "Copilot CLI, Cursor, VS Code, Devin run these hooks too"
    }


def test_it_leaves_nothing_but_its_records(patient: Patient) -> None:
    policy = patient.root / ".onetree" / "policy.yaml"
    before = policy.read_bytes()
    assert patient.failures() == []
    assert policy.read_bytes() == before
    assert {r["session"] for r in journal(patient.root)} == {fire.SESSION}
    assert sorted(os.listdir(patient.root)) == [".claude", ".git", ".onetree", "README.md"]
    assert not [n for n in os.listdir(patient.root / ".onetree" / "state") if n.startswith(".")]


def test_from_a_folder_below(patient: Patient) -> None:
    (patient.root / "sub").mkdir()
    assert patient.examine("sub")[0] == 0


def test_as_text(patient: Patient) -> None:
    done = patient.run("onetree", "doctor", cwd=patient.root, env={"PATH": str(patient.path)})
    assert done.stdout.splitlines()[0] == "ok    policy  .onetree/policy.yaml: valid"
    (patient.root / ".claude" / "settings.json").unlink()
    done = patient.run("onetree", "doctor", cwd=patient.root, env={"PATH": str(patient.path)})
    assert done.returncode == 1
    line = f"FAIL  setup   {patient.root}: no platform has hooks: nothing is guarded; repair: `onetree init`"
    assert line in done.stdout.splitlines()


def test_not_set_up(tmp_path: Path, run: Run) -> None:
    done = run("onetree", "doctor", str(tmp_path))
    assert (done.returncode, done.stderr) == (1, "")
    assert "no .onetree/policy.yaml here or above; repair: `onetree init`" in done.stdout


DENY = '{"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "deny", %s}}'
WHY = '"permissionDecisionReason": "no"'
PROGRAMS = {
    "lets everything pass": ("exit 0", ["a write to the policy by file tool is passed: the tool runs"]),
    "crashes": ("echo Traceback >&2; exit 1", ["a read of README.md is ignored: exit status 1, Traceback", "by shell"]),
    "is killed": ("kill -9 $$", ["a read of README.md is ignored: "]),
    "prints something else": ("echo hello", ["a read of README.md is ignored: exit status 0, hello"]),
    "refuses everything": (
        "echo broken >&2; exit 2",
        ["a read of README.md is refused: broken", "SessionStart: refused"],
    ),
    "refuses without a reason": ("exit 2", ["refused without a reason"]),
    "names no event": (f"echo '{DENY % WHY}' | sed s/hookEventName/x/", ["a refusal without hookEventName"]),
    "asks": (f"echo '{DENY % WHY}' | sed s/deny/ask/", ["a write to the policy by shell is asked: no"]),
}


@pytest.mark.parametrize(("text", "facts"), PROGRAMS.values(), ids=PROGRAMS)
def test_a_dispatcher_that(patient: Patient, text: str, facts: list[str]) -> None:
    (patient.path / "sed").symlink_to(shutil.which("sed") or "/nowhere")
    patient.program(text)
    failed = patient.failures()
    for fact in facts:
        assert any(fact in f for f in failed), failed


def test_a_dispatcher_that_hangs(patient: Patient) -> None:
    patient.program("sleep 60 & wait")
    (patient.path / "sleep").symlink_to(shutil.which("sleep") or "/nowhere")
    value = json.loads((patient.root / SETTINGS["claude"]).read_text())
    group = value["hooks"]["PreToolUse"][0]
    group["hooks"][0]["timeout"] = 0.3
    patient.write(SETTINGS["claude"], {"hooks": {"PreToolUse": [group]}})
    failed = patient.failures()
    assert any("a read of README.md is ignored: no answer within 0.3 s" in f for f in failed)
    assert any("PreToolUse is not registered as init does it: timeout is 0.3, not 10" in f for f in failed)
    assert any("PostToolUse is not registered" in f for f in failed)


def gone(p: Patient) -> None:
    p.register(registration.command("claude", "/gone/bin/python", "/gone/bin/onetree"))


def gone_script(p: Patient) -> None:
    p.register(registration.command("claude", sys.executable, "/gone/bin/onetree"))


def gone_from_path(p: Patient) -> None:
    p.register("onetree hook --platform claude")


def dangling(p: Patient) -> None:
    (p.home / "python").symlink_to("/removed/by/a/version/manager")
    p.register(registration.command("claude", str(p.home / "python"), str(BIN / "onetree")))


def twice(p: Patient) -> None:
    settings = p.root / SETTINGS["claude"]
    group = json.loads(settings.read_text())["hooks"]["PreToolUse"][0]
    settings.write_text(jsonedit.insert(settings.read_text(), ["hooks", "PreToolUse"], group))


def narrowed(p: Patient) -> None:
    settings = p.root / SETTINGS["claude"]
    settings.write_text(settings.read_text().replace('"matcher": "*"', '"matcher": "Bash"', 1))


def commented(p: Patient) -> None:
    settings = p.root / SETTINGS["claude"]
    settings.write_text(settings.read_text() + "// mine\n")


def unignored(p: Patient) -> None:
    (p.root / ".onetree" / ".gitignore").unlink()


def tracked(p: Patient) -> None:
    subprocess.run(["git", "-C", str(p.root), "add", "-f", ".onetree/state/key"], check=True, env=ENVIRONMENT)


def no_state(p: Patient) -> None:
    shutil.rmtree(p.root / ".onetree" / "state")
    (p.root / ".onetree" / "state").write_text("in the way")


SPOILT: "dict[str, tuple[Callable[[Patient], object], str]]" = {
    "interpreter removed": (gone, "claude .claude/settings.json:7: interpreter missing: /gone/bin/python"),
    "program removed": (gone_script, "program missing: /gone/bin/onetree"),
    "not on the PATH": (gone_from_path, "interpreter missing: onetree is not on the PATH"),
    "version manager removed": (dangling, "/python (a removed version or virtual environment?)"),
    "twice in a file": (twice, "PreToolUse is registered 2 times"),
    "matcher narrowed": (narrowed, 'PreToolUse is not registered as init does it: matcher is "Bash", not "*"'),
    "for another platform": (
        lambda p: p.register(registration.command("codex", sys.executable, str(BIN / "onetree"))),
        "no platform has hooks",
    ),
    "broken settings": (
        lambda p: p.write(SETTINGS["claude"], "{\n  'a': 1}"),
        "claude .claude/settings.json:2:3: a key in double quotes",
    ),
    "settings that the client does not read": (
        commented,
        "a comment: the client ignores the whole file",
    ),
    "hooks switched off": (lambda p: p.add(SETTINGS["claude"], "disableAllHooks", True), "disableAllHooks is true"),
    "hooks switched off locally": (
        lambda p: p.write(".claude/settings.local.json", {"disableAllHooks": True}),
        "claude .claude/settings.local.json: disableAllHooks is true: claude runs no hook of this project",
    ),
    "hooks switched off by the person": (
        lambda p: p.write("~/.claude/settings.json", '{"disableAllHooks": true} // x'),
        "claude ~/.claude/settings.json: disableAllHooks is true",
    ),
    "gemini's hooks switched off": (
        lambda p: p.write("~/.gemini/settings.json", {"hooksConfig": {"enabled": False}}),
        "gemini ~/.gemini/settings.json: hooksConfig.enabled is false",
    ),
    "gemini's hook disabled by name": (
        lambda p: p.write(".gemini/settings.json", {"hooksConfig": {"disabled": ["lint", "onetree"]}}),
        "gemini .gemini/settings.json: hooksConfig.disabled names onetree",
    ),
    "broken policy": (lambda p: p.write(".onetree/policy.yaml", "version: 2\n"), "policy .onetree/policy.yaml: "),
    "state cannot be written": (no_state, "state .onetree/state: cannot be written"),
    "key for everybody": (lambda p: (p.root / ".onetree/state/key").chmod(0o644), "others may read it"),
    "git sees the state": (unignored, "git .onetree/state: git does not ignore it"),
    "git tracks the key": (tracked, "git .onetree/state: git tracks files in it"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "fact"), SPOILT.values(), ids=SPOILT)
def test_it_finds(patient: Patient, spoil: Callable[[Patient], object], fact: str) -> None:
    spoil(patient)
    failed = patient.failures()
    assert any(fact in f for f in failed), failed


NOTED: "dict[str, tuple[Callable[[Patient], object], str]]" = {
    "hooks of the person's own too": (
        lambda p: p.write("~/.claude/settings.json", (p.root / SETTINGS["claude"]).read_text()),
        "each call is judged twice",
    ),
    "another product with a registration": (
        lambda p: p.write(".cursor/hooks.json", '{"command": "onetree hook --platform cursor"}'),
        "; Cursor has its own registration too and asks twice",
    ),
    "a platform that is not registered": (lambda p: None, "no hooks here (`onetree init --platform gemini`)"),
    "no repository": (lambda p: shutil.rmtree(p.root / ".git"), "not a git repository"),
    "a managed rule in a file that is none": (
        lambda p: p.add(SETTINGS["claude"], "allowManagedHooksOnly", True), "run these hooks too"
    ),
    "a switch that is on": (
        lambda p: p.write(".claude/settings.local.json", {"disableAllHooks": False}), "run these hooks too"
    ),
    "a home without settings": (lambda p: p.write("~/.claude/settings.json", "broken"), "run these hooks too"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "fact"), NOTED.values(), ids=NOTED)
def test_it_only_notes(patient: Patient, change: Callable[[Patient], object], fact: str) -> None:
    change(patient)
    code, findings = patient.examine()
    assert code == 0, findings
    assert any(fact in f["fact"] for f in findings if f["state"] == "note"), findings


# A trustedFolders.json (P is the project), and what Gemini CLI makes of it.
TRUST = {
    "this folder": ({"P": "TRUST_FOLDER"}, True),
    "a folder above": ({"P/..": "TRUST_FOLDER"}, True),
    "its parent, by a neighbour": ({"P/../neighbour": "TRUST_PARENT"}, True),
    "everything": ({"/": "TRUST_FOLDER"}, True),
    "not trusted": ({"P": "DO_NOT_TRUST"}, False),
    "not trusted though the folder above is": ({"/": "TRUST_FOLDER", "P": "DO_NOT_TRUST"}, False),
    "trusted though the folder above is not": ({"/": "DO_NOT_TRUST", "P": "TRUST_FOLDER"}, True),
    "another folder": ({"/elsewhere": "TRUST_FOLDER"}, None),
    "a name that only begins alike": ({"Pinto": "TRUST_FOLDER"}, None),
    "a folder below": ({"P/sub": "TRUST_FOLDER"}, None),
    "a relative path": ({"sub": "TRUST_FOLDER"}, None),
    "empty": ({}, None),
    "not an object": ([], None),
}


@pytest.mark.parametrize(("rules", "trust"), TRUST.values(), ids=TRUST)
def test_geminis_trust(tmp_path: Path, rules: object, trust: "bool | None") -> None:
    home = str(tmp_path / "project")
    os.mkdir(home)
    if isinstance(rules, dict):
        rules = {os.path.normpath(k.replace("P", home, 1)) if k[0] == "P" else k: v for k, v in rules.items()}
    assert gemini.trusted(rules, home) is trust


MOVED = {
    "claude": (".claude/settings.json", "x/settings.json", "x", {"disableAllHooks": True}),
    "gemini": (".gemini/settings.json", "x/.gemini/settings.json", "x", {"hooksConfig": {"enabled": False}}),
}


@pytest.mark.parametrize(("name", "moved"), MOVED.items(), ids=MOVED)
def test_a_folder_that_a_variable_moves(patient: Patient, name: str, moved: "tuple[str, str, str, object]") -> None:
    usual, file, folder, off = moved
    variable = platforms.load(name).MOVED[0]
    patient.write(f"~/{file}", json.dumps(off))
    assert patient.failures() == []
    assert any(f"{name} ~/{usual}: " in f for f in patient.failures(**{variable: str(patient.home / folder)}))


def test_the_home_directory_has_no_second_registration(patient: Patient) -> None:
    code, findings = patient.examine(HOME=str(patient.root))
    assert code == 0, findings
    assert not any("judged twice" in f["fact"] for f in findings)


def test_geminis_trust_is_told(patient: Patient) -> None:
    patient.register(registration.command("gemini", str(BIN / "python"), str(BIN / "onetree")), "gemini")
    facts = [f["fact"] for f in patient.examine()[1] if "trusted" in f["where"]]
    assert facts == ["this folder is not in it: until Gemini CLI is told to trust it, it silently drops the hooks"]
    patient.write("~/.gemini/trustedFolders.json", {str(patient.root): "DO_NOT_TRUST"})
    assert any("this folder is not trusted" in f for f in patient.failures())
    assert patient.failures(GEMINI_CLI_TRUST_WORKSPACE="true") == []
    patient.write("~/.gemini/settings.json", {"security": {"folderTrust": {"enabled": False}}})
    assert patient.failures() == []


# Stands for `codex app-server`: a program that speaks its protocol over pipes and answers as it is told to.
CODEX = """\
#!{python}
import json, sys
assert sys.argv[1:] == ["app-server"]
for line in sys.stdin:
    message = json.loads(line)
    if "id" in message:
        print(json.dumps({{"method": "configWarning", "params": {{}}}}))
        print(json.dumps({{"id": message["id"], "result": {answer} if message["method"] == "hooks/list" else {{}}}}))
        sys.stdout.flush()
"""


def codex(p: Patient, answer: object) -> None:
    program = p.path / "codex"
    program.write_text(CODEX.format(python=sys.executable, answer=repr(answer)))
    program.chmod(0o755)


def hooks(status: str, *, enabled: bool = True, warnings: "list[str] | None" = None) -> "dict[str, object]":
    line = registration.command("codex", "/x/python", "/x/onetree")
    theirs = {"command": "theirs", "trustStatus": "untrusted", "enabled": True}
    ours = {"command": line, "trustStatus": status, "enabled": enabled}
    listed = [theirs, ours, ours] if status else [theirs]
    return {"data": [{"cwd": "/x", "hooks": listed, "warnings": warnings or [], "errors": []}]}


CODEX_SAYS = {
    "trusted": (hooks("trusted"), 0, "ok", "Codex trusts all 2 hooks: they are armed"),
    "managed": (hooks("managed"), 0, "ok", "Codex trusts all 2 hooks: they are armed"),
    "untrusted": (hooks("untrusted"), 1, "FAIL", "2 of 2 hooks are untrusted: Codex skips them silently"),
    "modified": (hooks("modified"), 1, "FAIL", "2 of 2 hooks are modified: Codex skips them silently"),
    "disabled": (hooks("trusted", enabled=False), 1, "FAIL", "2 of 2 hooks are disabled: Codex skips them silently"),
    "project not trusted": (hooks(""), 1, "FAIL", "Codex loads none of these hooks: the project is not trusted"),
    "file not read": (hooks("", warnings=["failed to parse hooks config"]), 1, "FAIL", "failed to parse hooks config"),
    "another answer": (
        {"hooks": []},
        111,
        "??",
        "`codex app-server` did not say which hooks it trusts: not understood",
    ),
}


@pytest.mark.parametrize(("answer", "code", "state", "fact"), CODEX_SAYS.values(), ids=CODEX_SAYS)
def test_codex_is_asked(patient: Patient, answer: object, code: int, state: str, fact: str) -> None:
    patient.only_codex()
    codex(patient, answer)
    got, findings = patient.examine()
    told = [f for f in findings if f["check"] == "codex" and f["state"] == state]
    assert any(fact in f["fact"] for f in told), findings
    assert got == code


def test_a_codex_that_ends_or_says_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="it ended"):
        codex_app.hooks(shutil.which("true") or "true", str(tmp_path))
    reading, writing = os.pipe()
    try:
        os.write(writing, b'not JSON\n{"id": 0}\n[1]\n{"id": 1')
        with pytest.raises(TimeoutError):
            codex_app.answer(reading, 1, time.monotonic() + 0.2)
        os.write(writing, b', "result": 7}\n')
        with pytest.raises(TimeoutError):  # the first half of it went with the first call
            codex_app.answer(reading, 1, time.monotonic() + 0.2)
    finally:
        os.close(reading)
        os.close(writing)


NESTED = {"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": "R"}
DENIED = json.dumps({"hookSpecificOutput": NESTED})
# What real clients were seen to do with (exit status, standard output, standard error).
ANSWERS = {
    "claude: nothing": ("claude", (0, "", ""), "passed"),
    "claude: context": ("claude", (0, '{"hookSpecificOutput": {"hookEventName": "PreToolUse"}}', ""), "passed"),
    "claude: deny": ("claude", (0, DENIED, ""), "refused"),
    "claude: deny, exit 1": ("claude", (1, DENIED, ""), "refused"),
    "claude: block": ("claude", (0, '{"decision": "block", "reason": "R"}', ""), "refused"),
    "claude: exit 2": ("claude", (2, "", "R"), "refused"),
    "claude: exit 1": ("claude", (1, "", "R"), "ignored"),
    "claude: exit 127": ("claude", (127, "", "not found"), "ignored"),
    "claude: text": ("claude", (0, "hello", ""), "ignored"),
    "claude: half a JSON": ("claude", (0, "{", ""), "ignored"),
    "gemini: nothing": ("gemini", (0, "", ""), "passed"),
    "gemini: deny": ("gemini", (0, '{"decision": "deny", "reason": "R"}', ""), "refused"),
    "gemini: deny on standard error": ("gemini", (0, "", '{"decision": "deny", "reason": "R"}'), "refused"),
    "gemini: exit 2": ("gemini", (2, "", "R"), "refused"),
    "gemini: exit 127 stops everything": ("gemini", (127, "", "not found"), "refused"),
    "gemini: exit 2, JSON without a decision": ("gemini", (2, "{}", "R"), "passed"),
    "gemini: exit 2, nothing": ("gemini", (2, "", ""), "ignored"),
    "gemini: exit 1": ("gemini", (1, "", "Traceback"), "ignored"),
    "gemini: ask": ("gemini", (0, '{"decision": "ask"}', ""), "asked"),
    "codex: nothing": ("codex", (0, "", ""), "passed"),
    "codex: deny": ("codex", (0, DENIED, ""), "refused"),
    "codex: block": ("codex", (0, '{"decision": "block", "reason": "R"}', ""), "refused"),
    "codex: exit 2": ("codex", (2, "", "R"), "refused"),
    "codex: exit 2, nothing": ("codex", (2, "", ""), "ignored"),
    "codex: deny, exit 1": ("codex", (1, DENIED, ""), "ignored"),
    "codex: deny without a reason": ("codex", (0, DENIED.replace('"R"', '""'), ""), "ignored"),
    "codex: unknown field": ("codex", (0, json.dumps({"hookSpecificOutput": {**NESTED, "x": 1}}), ""), "ignored"),
    "codex: unknown field on top": ("codex", (0, '{"decision": "block", "reason": "R", "x": 1}', ""), "ignored"),
    "codex: text": ("codex", (0, "hello", ""), "ignored"),
}


@pytest.mark.parametrize(("name", "answer", "kind"), ANSWERS.values(), ids=ANSWERS)
def test_answers_are_read_as_the_client_reads_them(name: str, answer: "tuple[int, str, str]", kind: str) -> None:
    outcome, why = platforms.load(name).heard(*answer)
    assert outcome == kind
    assert kind != "refused" or why


def test_a_login_shell_that_prints_is_found(patient: Patient) -> None:
    patient.only_codex()
    shell = patient.home / "shell"
    shell.write_text('#!/bin/sh\necho welcome\nshift\nexec sh -c "$@"\n')
    shell.chmod(0o755)
    assert any("a read of README.md is ignored" in f for f in patient.failures(SHELL=str(shell)))


def test_what_git_sees(patient: Patient) -> None:
    assert git.sees_state(str(patient.root)) == ()


def test_wrong_use_and_help(run: Run) -> None:
    assert run("onetree", "doctor", "--no-such-option").returncode == 2
    done = run("onetree", "doctor", "--help")
    assert done.returncode == 0
    assert (doctor.__doc__ or "").partition("\n")[0] in done.stdout


@pytest.mark.parametrize(
    ("name", "variable", "state", "says"),
    [
        pytest.param("claude", "", "ok", "SessionStart hook sets GIT_OPTIONAL_LOCKS=0", id="by the hook"),
        pytest.param("codex", "", "note", "shell_environment_policy", id="in its settings"),
        pytest.param("gemini", "", "note", "GIT_OPTIONAL_LOCKS=0 in .gemini/.env", id="in its own environment file"),
        pytest.param("codex", "0", "ok", "is set here", id="inherited"),
        pytest.param("codex", "1", "note", "may lock the index", id="inherited, and not off"),
    ],
)
def test_whether_gits_readers_take_locks(patient: Patient, name: str, variable: str, state: str, says: str) -> None:
    (patient.root / SETTINGS["claude"]).unlink()
    patient.register(registration.command(name, str(BIN / "python"), str(BIN / "onetree")), name)
    _, findings = patient.examine(**({"GIT_OPTIONAL_LOCKS": variable} if variable else {}))
    found = [f for f in findings if f["check"] == "readers"]
    assert [(f["state"], f["where"]) for f in found] == [(state, name)]
    assert says in f"{found[0]['fact']} {found[0]['repair']}"
