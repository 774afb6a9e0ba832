"""self-protection: everything that decides what onetree says is out of reach, by file tool and by shell alike."""

import os
import sys
import sysconfig
from pathlib import Path

import pytest

import onetree
from onetree import guards

from .conftest import BIN, Agent

SITE = Path(onetree.__file__).parent
PACKAGES = Path(sysconfig.get_paths()["purelib"])

# (path, tier) that no agent may write; ~ is the home folder
PROTECTED = [
    (".onetree/policy.yaml", "deny"),
    (".onetree/state/key", "deny"),
    (".onetree/.gitignore", "deny"),
    ("sub/.onetree/policy.yaml", "deny"),
    (".onetree/shared/.onetree/policy.yaml", "deny"),
    (".claude/settings.json", "deny"),
    (".claude/settings.local.json", "deny"),
    ("~/.claude/settings.json", "deny"),
    (".gemini/settings.json", "deny"),
    ("~/.gemini/trustedFolders.json", "deny"),
    (".codex/hooks.json", "deny"),
    ("~/.codex/config.toml", "deny"),
    (".cursor/hooks.json", "deny"),
    (".github/hooks/x.json", "deny"),
    (".qwen/settings.json", "deny"),
    (".windsurf/hooks.json", "deny"),
    (".clinerules/hooks/PreToolUse", "deny"),
    (".opencode/plugin/x.js", "deny"),
    (".kiro/hooks/x.json", "deny"),
    (".factory/hooks.json", "deny"),
    (str(SITE / "policy.py"), "deny"),
    (str(Path(guards.__file__).parent / "panel.py"), "deny"),
    (str(Path(guards.__file__).parent.parent / "scripts" / "hook.py"), "deny"),
    (str(PACKAGES / "bashlex" / "parser.py"), "deny"),
    (str(PACKAGES / "first.pth"), "deny"),
    ("/etc/codex/requirements.toml", "deny"),
    ("/etc/gitconfig", "ask"),
    ("lefthook-local.yml", "ask"),
    (str(BIN / "onetree"), "deny"),
    (sys.executable, "deny"),
    (".git/hooks/pre-commit", "ask"),
    (".git/config", "ask"),
    ("~/.gitconfig", "ask"),
    (".husky/pre-commit", "ask"),
    (".pre-commit-config.yaml", "ask"),
]
FREE = [
    ".onetree/shared/notes.jsonl",
    ".claude/skills/x/SKILL.md",
    ".gemini/GEMINI.md",
    ".github/workflows/ci.yml",
    "claude/settings.json",
    ".git/info/exclude",
    "etc/gitconfig",
    str(PACKAGES / "requests" / "api.py"),
    "docs/.onetree.md",
]


@pytest.mark.parametrize(("path", "verdict"), PROTECTED, ids=[p for p, _ in PROTECTED])
def test_no_file_tool_may_write_it(claude: Agent, home: Path, path: str, verdict: str) -> None:
    full = path.replace("~", str(home)) if path.startswith("~") else path
    found, reason = claude.write(full)
    assert found == verdict
    assert "self-protection" in reason
    assert "ADR 8" in reason


@pytest.mark.parametrize(("path", "verdict"), PROTECTED, ids=[p for p, _ in PROTECTED])
def test_no_shell_command_may_write_it(claude: Agent, path: str, verdict: str) -> None:
    for command in (f"echo x > {path}", f"cp README.md {path}", f"rm -f {path}"):
        assert claude.shell(command)[0] == verdict, command


@pytest.mark.parametrize("path", FREE)
def test_what_is_not_onetrees_is_free(claude: Agent, path: str) -> None:
    assert claude.write(path) == ("allow", "")


@pytest.mark.parametrize("path", [".onetree/state/key", ".onetree/state/approvals/12345678"])
def test_its_secrets_are_not_read(claude: Agent, path: str) -> None:
    assert claude.read(path)[0] == "deny"
    assert claude.shell(f"base64 {path}")[0] == "deny"


@pytest.mark.parametrize("path", [".onetree/policy.yaml", ".claude/settings.json"])
def test_the_rules_may_be_read(claude: Agent, path: str) -> None:
    assert claude.read(path)[0] == "allow"


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("rm -rf .claude", id="deleting the folder of a registration"),
        pytest.param("mv .claude elsewhere", id="moving it"),
        pytest.param("ln -s /tmp/mine .gemini", id="a link in the place of a folder that is not there yet"),
        pytest.param("rm -rf .git", id="deleting the repository"),
        pytest.param("rm -rf *  .[a-z]*", id="deleting everything by globs"),
        pytest.param("find . -delete", id="deleting everything by find"),
        pytest.param("chmod 000 .onetree/policy.yaml", id="taking the policy's permissions"),
        pytest.param("truncate -s 0 .onetree/state/journal.jsonl", id="emptying the journal"),
        pytest.param("cat <<'EOF' > .onetree/policy.yaml\nversion: 1\nEOF", id="here-document"),
        pytest.param("sudo tee .onetree/policy.yaml < README.md", id="tee behind sudo"),
        pytest.param("python3 - <<'EOF'\nopen('.onetree/policy.yaml', 'w')\nEOF", id="a program that names it"),
        pytest.param("perl -e 'unlink \".claude/settings.json\"'", id="perl"),
        pytest.param("cd .onetree && echo x > policy.yaml", id="after cd"),
        pytest.param("P=.onetree/policy.yaml; echo x > $P", id="through a variable"),
        pytest.param("echo x > .onetree/pol''icy.yaml", id="through quoting"),
        pytest.param("echo x > .onet*/policy.yaml", id="through a glob"),
    ],
)
def test_other_ways_in_are_shut(claude: Agent, command: str) -> None:
    (claude.tree / ".claude").mkdir()
    (claude.tree / ".claude" / "settings.json").write_text("{}")
    assert claude.shell(command)[0] in ("deny", "ask"), command


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("cp -r .onetree /tmp/x", id="a copy of the folder"),
        pytest.param("tar cf x.tar .onetree/state", id="an archive"),
        pytest.param("cat /elsewhere/.onetree/state/key", id="in a copy of the tree"),
        pytest.param("git hash-object -w .onetree/state/key", id="into git"),
        pytest.param("git diff --no-index /dev/null .onetree/state/key", id="as a difference"),
    ],
)
def test_its_secrets_are_not_copied(claude: Agent, command: str) -> None:
    (claude.tree / ".onetree" / "state" / "key").write_bytes(b"k" * 32)
    assert claude.shell(command)[0] == "deny"


def test_a_formatter_of_the_whole_tree_is_free(claude: Agent) -> None:
    assert claude.shell("black . && gofmt -w . && npx prettier --write .") == ("allow", "")
    assert claude.shell("git init . && find .onetree -type f") == ("allow", "")
    assert claude.shell("tar czf x.tgz -C src . && tar -c -f x.tar --directory=src a.py") == ("allow", "")
    assert claude.shell("tar czf x.tgz -C .onetree state")[0] == "deny"


def test_a_name_in_another_command_than_the_one_of_git_that_is_not_read(claude: Agent) -> None:
    assert claude.shell("git commit -m 'say why .env and .claude/settings.json' && git pull")[0] == "allow"
    assert claude.shell("git rebase -x 'rm .claude/settings.json' HEAD~1")[0] == "deny"


def test_a_hard_link_is_the_policy_too(claude: Agent) -> None:
    os.link(claude.tree / ".onetree" / "policy.yaml", claude.tree / "innocent.yaml")
    assert claude.write("innocent.yaml")[0] == "deny"


def test_making_an_ordinary_folder_is_free(claude: Agent) -> None:
    assert claude.shell("mkdir -p .claude/skills/new")[0] == "allow"
    assert claude.shell("rm -rf build && mkdir build")[0] == "allow"


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("\n".join(f"touch f{i}" for i in range(2500)) + "\nrm .env", id="behind too many effects"),
        pytest.param("sudo " * 20000 + "rm .env", id="behind too many wrappers"),
        pytest.param("echo " + "x" * 131072 + "; rm .env", id="behind too long a text"),
        pytest.param("python3 -c '" + " ".join(f"w{i}" for i in range(5000)) + "' .env", id="behind too many words"),
    ],
)
def test_what_is_too_much_to_read_is_not_a_way_past_the_rules(claude: Agent, command: str) -> None:
    assert claude.shell(command)[0] in ("deny", "ask")
