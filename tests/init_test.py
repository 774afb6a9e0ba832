"""`onetree init`: all or nothing, what was there stays, and --remove takes out exactly what was put in."""

import json
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from onetree import changes, jsonedit, platforms, registration
from onetree.scripts import init

from .conftest import BIN, ENVIRONMENT, Run

OWN = (".onetree/policy.yaml", ".onetree/.gitignore", ".onetree/shared/.gitkeep")
SETTINGS = {n: platforms.load(n).SETTINGS for n in platforms.NAMES}
OURS = "state/\n"  # .onetree/.gitignore
CLAUDE = (
    '{\n  // mine\n  "permissions": {"allow": ["Bash(ls:*)"]}, // all of it\n  "hooks": {\n    "Stop": []\n  },\n}\n'
)
GEMINI = '{\r\n\t"ui": {"theme": "x"}\r\n}'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "project"
    path.mkdir()
    git(path, "init", "-q")
    (path / "README.md").write_text("hello\n")
    return path


def git(where: Path, *args: str, stdin: str = "") -> str:
    env = {**ENVIRONMENT, "HOME": str(where)}
    command = ["git", "-C", str(where), "-c", "user.name=x", "-c", "user.email=x@x", *args]
    return subprocess.run(command, env=env, input=stdin, capture_output=True, text=True, check=True).stdout


def files(root: Path, *, state: bool = False) -> "dict[str, bytes | str]":
    """Every file and link below root but git's own: name -> content, or where a link leads. Empty folders count too."""
    found: dict[str, bytes | str] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.startswith(".git/") or name == ".git" or (name.startswith(".onetree/state") and not state):
            continue
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_file():
            found[name] = path.read_bytes()
        elif not any(path.iterdir()):
            found[name] = "empty folder"
    return found


def test_a_new_project_is_set_up(project: Path, run: Run) -> None:
    done = run("onetree", "init", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(files(project)) == {"README.md", *OWN, *SETTINGS.values()}
    key = project / ".onetree" / "state" / "key"
    assert (len(key.read_bytes()), stat.S_IMODE(key.stat().st_mode)) == (32, 0o600)
    for name, path in SETTINGS.items():
        hooks = json.loads((project / path).read_text())["hooks"]
        assert list(hooks) == [e for e, _ in platforms.load(name).EVENTS]
        assert f"{name}: " in done.stdout
    for path in (*OWN, *SETTINGS.values()):
        assert f"created {path}" in done.stdout
    assert ".onetree/state" not in git(project, "status", "--porcelain", "--untracked-files=all")


def test_a_second_run_touches_nothing(project: Path, run: Run) -> None:
    run("onetree", "init", cwd=project)
    before = {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in project.rglob("*") if ".git/" not in str(p)}
    done = run("onetree", "init", cwd=project)
    assert done.returncode == 0
    assert "created" not in done.stdout
    assert "changed " not in done.stdout.replace("unchanged", "")
    assert before == {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in project.rglob("*") if ".git/" not in str(p)}


def test_remove_brings_a_new_project_back(project: Path, run: Run) -> None:
    before = files(project, state=True)
    run("onetree", "init", cwd=project)
    done = run("onetree", "init", "--remove", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert "kept .onetree/policy.yaml" in done.stdout
    (project / ".onetree" / "policy.yaml").unlink()
    (project / ".onetree").rmdir()  # nothing else is in it
    assert files(project, state=True) == before


def test_remove_brings_every_byte_back(project: Path, run: Run) -> None:
    for path, text in ((".claude/settings.json", CLAUDE), (".gemini/settings.json", GEMINI)):
        (project / path).parent.mkdir()
        (project / path).write_bytes(text.encode())
    before = files(project)
    done = run("onetree", "init", cwd=project)
    assert ".claude/settings.json:2:3: comment" in done.stderr
    after = (project / ".claude/settings.json").read_text()
    assert "// mine" in after
    assert after.startswith(CLAUDE[: CLAUDE.index("[]")])
    run("onetree", "init", "--remove", cwd=project)
    assert files(project) == {**before, ".onetree/policy.yaml": (project / ".onetree/policy.yaml").read_bytes()}


def test_remove_keeps_the_audit_trail(project: Path, run: Run) -> None:
    run("onetree", "init", cwd=project)
    run("onetree", "doctor", cwd=project)
    done = run("onetree", "init", "--remove", cwd=project)
    assert "kept .onetree/state (calls, journal.jsonl, seen)" in done.stdout
    assert (project / ".onetree/state/journal.jsonl").stat().st_size > 0
    assert (project / ".onetree/state/key").exists()
    assert ".onetree/state" not in git(project, "status", "--porcelain", "--untracked-files=all")


def test_remove_keeps_what_was_added(project: Path, run: Run) -> None:
    run("onetree", "init", cwd=project)
    settings = project / ".claude" / "settings.json"
    settings.write_text(jsonedit.insert(settings.read_text(), [], "x", key="model"))
    (project / ".gemini" / "GEMINI.md").write_text("mine\n")
    (project / ".onetree" / "shared" / "notes").write_text("mine\n")
    assert run("onetree", "init", "--remove", cwd=project).returncode == 0
    assert json.loads(settings.read_text()) == {"model": "x"}
    assert set(files(project)) == {
        "README.md", ".claude/settings.json", ".gemini/GEMINI.md", ".onetree/policy.yaml", ".onetree/shared/notes",
    }  # fmt: skip


def test_one_platform_at_a_time(project: Path, run: Run) -> None:
    run("onetree", "init", "--platform", "claude", "--platform", "gemini", cwd=project)
    assert set(files(project)) == {"README.md", *OWN, SETTINGS["claude"], SETTINGS["gemini"]}
    done = run("onetree", "init", "--remove", "--platform", "gemini", cwd=project)
    assert "kept .onetree: claude still registered" in done.stdout
    assert set(files(project)) == {"README.md", *OWN, SETTINGS["claude"]}
    run("onetree", "init", "--remove", "--platform", "claude", cwd=project)
    assert set(files(project, state=True)) == {"README.md", ".onetree/policy.yaml"}


@pytest.mark.parametrize("existing", [False, True], ids=["new project", "settings that are there"])
def test_dry_run_writes_nothing_and_its_diff_is_the_change(project: Path, run: Run, existing: bool) -> None:
    if existing:
        for name, text in (("claude", CLAUDE), ("gemini", GEMINI)):
            (project / SETTINGS[name]).parent.mkdir()
            (project / SETTINGS[name]).write_bytes(text.encode())
    before = files(project, state=True)
    shown = run("onetree", "init", "--dry-run", cwd=project)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert files(project, state=True) == before
    git(project, "apply", "--whitespace=nowarn", "-", stdin=shown.stdout)
    applied = files(project)
    git(project, "apply", "-R", "--whitespace=nowarn", "-", stdin=shown.stdout)
    run("onetree", "init", cwd=project)
    assert files(project) == applied
    shown = run("onetree", "init", "--dry-run", "--remove", cwd=project)
    git(project, "apply", "--whitespace=nowarn", "-", stdin=shown.stdout)
    assert files(project) == {**before, ".onetree/policy.yaml": applied[".onetree/policy.yaml"]}


REFUSED = {
    "broken": (SETTINGS["gemini"], b'{\n  "a": 1,,\n}', ".gemini/settings.json:2:10: a key in double quotes"),
    "empty": (SETTINGS["codex"], b"", ".codex/hooks.json:1:1: a value expected, found the end of the text"),
    "a list": (SETTINGS["claude"], b"[]", ".claude/settings.json:1:1: an object expected"),
    "hooks of another form": (SETTINGS["codex"], b'{"hooks": []}', ".codex/hooks.json:1:11: an object expected"),
    "not UTF-8": (SETTINGS["claude"], b'{"a": "\xff"}', ".claude/settings.json: not UTF-8 at byte 7"),
    "a folder": (SETTINGS["codex"] + "/x", b"", ".codex/hooks.json: not a file"),
    "the policy": (".onetree/policy.yaml", b"version: 1\nwrit: []\n", ".onetree/policy.yaml:2:1: "),
}


@pytest.mark.parametrize(("path", "content", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_stops_everything(project: Path, run: Run, path: str, content: bytes, message: str) -> None:
    (project / path).parent.mkdir(parents=True)
    (project / path).write_bytes(content)
    before = files(project, state=True)
    done = run("onetree", "init", cwd=project)
    assert (done.returncode, done.stderr) == (1, "")
    assert message in done.stdout
    assert "nothing was written" in done.stdout
    assert files(project, state=True) == before


def test_all_broken_files_are_named_at_once(project: Path, run: Run) -> None:
    for path in SETTINGS.values():
        (project / path).parent.mkdir()
        (project / path).write_text("{")
    done = run("onetree", "init", cwd=project)
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == [*SETTINGS.values(), "nothing was written"]


def test_what_the_system_refuses_is_said(project: Path, run: Run) -> None:
    (project / ".codex").write_text("a file where the folder should be")
    before = files(project, state=True)
    done = run("onetree", "init", cwd=project)
    assert done.returncode == 111
    assert done.stderr.startswith("onetree init: unable to set up ")
    assert ".codex/hooks.json: Not a directory" in done.stderr
    assert files(project, state=True) == before


def test_a_link_is_written_through(project: Path, tmp_path: Path, run: Run) -> None:
    dotfiles = tmp_path / "dotfiles"
    dotfiles.mkdir()
    (dotfiles / "claude.json").write_text("{}\n")
    (dotfiles / "gemini").mkdir()
    (project / ".claude").mkdir()
    (project / ".claude" / "settings.json").symlink_to(dotfiles / "claude.json")
    (project / ".gemini").symlink_to(dotfiles / "gemini")
    (project / ".codex").mkdir()
    (project / ".codex" / "hooks.json").symlink_to(dotfiles / "later" / "codex.json")  # leads nowhere yet
    before = files(project), files(dotfiles)
    done = run("onetree", "init", cwd=project)
    assert f"changed .claude/settings.json (-> {dotfiles}/claude.json)" in done.stdout
    assert set(files(dotfiles)) == {"claude.json", "gemini/settings.json", "later/codex.json"}
    assert {k: v for k, v in files(project).items() if not k.startswith(".onetree")} == before[0]
    run("onetree", "init", "--remove", cwd=project)
    assert (dotfiles / "claude.json").read_text() == "{}\n"
    assert set(files(dotfiles)) == {"claude.json"}
    assert os.readlink(project / ".codex" / "hooks.json") == str(dotfiles / "later" / "codex.json")


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o755])
def test_the_mode_stays(project: Path, run: Run, mode: int) -> None:
    settings = project / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text("{}")
    settings.chmod(mode)
    run("onetree", "init", cwd=project)
    assert stat.S_IMODE(settings.stat().st_mode) == mode
    assert sorted(p.name for p in settings.parent.iterdir()) == ["settings.json"]


def test_which_folder(tmp_path: Path, project: Path, run: Run) -> None:
    (project / "sub" / "deep").mkdir(parents=True)
    (tmp_path / "plain").mkdir()
    run("onetree", "init", cwd=project / "sub" / "deep")
    assert (project / OWN[0]).exists()
    run("onetree", "init", "--platform", "codex", "deep", cwd=project / "sub")
    assert (project / "sub" / "deep" / OWN[0]).exists()
    run("onetree", "init", cwd=tmp_path / "plain")
    assert (tmp_path / "plain" / OWN[0]).exists()
    done = run("onetree", "init", "nowhere", cwd=tmp_path)
    assert (done.returncode, done.stdout.partition(":")[0]) == (1, "nowhere")


def test_another_repository_in_the_environment_is_not_taken(tmp_path: Path, project: Path, run: Run) -> None:
    (tmp_path / "other").mkdir()
    git(tmp_path / "other", "init", "-q")
    run("onetree", "init", cwd=project, env={"GIT_DIR": str(tmp_path / "other" / ".git")})
    assert (project / OWN[0]).exists()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", OURS),
        ("*.log", "*.log\n" + OURS),
        ("*.log\n", "*.log\n" + OURS),
        ("# state/ is not ours\n", "# state/ is not ours\n" + OURS),
        ("state/\n", OURS),
        ("/state/\r\n", "/state/\r\n"),
        ("*\n", "*\n"),
    ],
)
def test_an_ignore_file_that_is_there(project: Path, run: Run, before: str, after: str) -> None:
    ignore = project / ".onetree" / ".gitignore"
    ignore.parent.mkdir()
    ignore.write_bytes(before.encode())
    run("onetree", "init", cwd=project)
    assert ignore.read_bytes() == after.encode()


def test_git_sees_the_records_that_agents_share(project: Path, run: Run) -> None:
    run("onetree", "init", cwd=project)
    (project / ".onetree" / "shared" / "notes.jsonl").write_text("x")
    seen = git(project, "status", "--porcelain", "--untracked-files=all", ".onetree/shared").splitlines()
    assert seen == ["?? .onetree/shared/.gitkeep", "?? .onetree/shared/notes.jsonl"]


def test_an_ignore_file_of_the_last_release_goes_too(project: Path, run: Run) -> None:
    (project / ".onetree").mkdir()
    (project / ".onetree" / ".gitignore").write_text("state/\n")
    run("onetree", "init", cwd=project)
    run("onetree", "init", "--remove", cwd=project)
    assert set(files(project, state=True)) == {"README.md", ".onetree/policy.yaml"}


def test_one_file_for_two_clients_is_refused(project: Path, run: Run) -> None:
    for name in ("claude", "gemini"):
        (project / SETTINGS[name]).parent.mkdir()
        (project / SETTINGS[name]).symlink_to(project / "settings.json")
    before = files(project, state=True)
    done = run("onetree", "init", cwd=project)
    assert (done.returncode, done.stderr) == (1, "")
    assert f".claude/settings.json and .gemini/settings.json: one file ({project}/settings.json)" in done.stdout
    assert files(project, state=True) == before
    assert run("onetree", "init", "--platform", "claude", cwd=project).returncode == 0
    assert run("onetree", "init", "--remove", "--platform", "claude", cwd=project).returncode == 0
    (project / ".onetree" / "policy.yaml").unlink()
    assert {k: v for k, v in files(project).items() if not k.startswith(".onetree")} == before


def test_the_home_directory_is_said(project: Path, run: Run) -> None:
    done = run("onetree", "init", "--platform", "gemini", cwd=project, env={"HOME": str(project)})
    assert done.returncode == 0
    assert f"{project}: your home directory: what stands there in .gemini/settings.json holds for all" in done.stderr


def test_a_state_that_git_sees_is_said(project: Path, run: Run) -> None:
    (project / ".onetree" / "state").mkdir(parents=True)
    (project / ".onetree" / "state" / "old").write_text("x")
    git(project, "add", ".")
    done = run("onetree", "init", cwd=project)
    assert ".onetree/state: git tracks files in it" in done.stderr


def test_a_policy_that_is_there_stays(project: Path, run: Run) -> None:
    policy = project / OWN[0]
    policy.parent.mkdir()
    policy.write_text("version: 1 # mine\n")
    done = run("onetree", "init", cwd=project)
    assert f"unchanged {OWN[0]}" in done.stdout
    assert policy.read_text() == "version: 1 # mine\n"


def test_the_registered_line_runs_what_is_installed(project: Path, run: Run) -> None:
    run("onetree", "init", cwd=project)
    line = registration.find((project / SETTINGS["claude"]).read_text(), "claude")[0].command
    argv = shlex.split(line)
    there = os.path.abspath(BIN)
    assert argv[1:] == ["-I", "-X", "utf8", os.path.join(there, "onetree"), "hook", "--platform", "claude"]
    assert os.path.samefile(argv[0], sys.executable)
    assert os.path.dirname(argv[0]) == there
    (project / "json.py").write_text("raise SystemExit('taken from the working directory')")
    (project / "onetree.py").write_text("raise SystemExit('taken from the working directory')")
    payload = {
        "session_id": "s", "cwd": str(project), "hook_event_name": "PreToolUse", "tool_name": "Write",
        "tool_input": {"file_path": OWN[0], "content": ""},
    }  # fmt: skip
    done = subprocess.run(
        ["sh", "-c", line],
        input=json.dumps(payload),
        cwd=project,
        env={**ENVIRONMENT, "HOME": str(project), "PYTHONPATH": str(project), "PYTHONSTARTUP": "x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "taken from" not in done.stdout + done.stderr
    assert "deny" in done.stdout


def test_a_file_that_changes_meanwhile_stops_the_whole(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("1")
    (tmp_path / "two").write_text("changed by an editor")
    planned = [
        changes.Change(str(tmp_path / "new" / "deep"), "deep", None, b"x"),
        changes.Change(str(tmp_path / "one"), "one", b"1", b"ours"),
        changes.Change(str(tmp_path / "two"), "two", b"2", b"ours"),
    ]
    with pytest.raises(changes.Refusal, match="two: changed by somebody else meanwhile"):
        changes.write(planned)
    assert files(tmp_path) == {"one": b"1", "two": b"changed by an editor"}


@pytest.mark.parametrize("args", [["--platform", "vi"], ["--no-such-option"], ["a", "b"]], ids=" ".join)
def test_wrong_use(project: Path, run: Run, args: list[str]) -> None:
    done = run("onetree", "init", *args, cwd=project)
    assert done.returncode == 2
    assert set(files(project)) == {"README.md"}


def test_help(run: Run) -> None:
    done = run("onetree", "init", "--help")
    assert done.returncode == 0
    assert (init.__doc__ or "").partition("\n")[0] in done.stdout
