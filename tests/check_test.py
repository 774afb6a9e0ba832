"""What is found in a commit that is about to be made, or has been: real repositories, and git itself."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from onetree import flock, records

from .approve_test import terminal
from .conftest import ENVIRONMENT, POLICY, Run

ADR = """\
# 1. Credentials are for people

## Status

Accepted

## Context

They leak.

## Decision

People write them.

## Consequences

Somebody waits.
"""


class Repository:
    """A governed repository with one commit."""

    def __init__(self, root: Path, run: Run) -> None:
        self.root = root
        self.run = run
        self.env = {
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@b",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@b",
        }

    def git(self, *args: str) -> str:
        done = subprocess.run(
            ["git", *args], cwd=self.root, env={**ENVIRONMENT, **self.env}, capture_output=True, check=True, text=True
        )
        return done.stdout.strip()

    def write(self, name: str, text: str = "new\n") -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def stage(self, name: str, text: str = "new\n") -> None:
        self.write(name, text)
        self.git("add", "-f", "--", name)

    def commit(self, message: str = "more") -> None:
        self.git("commit", "-qm", message, "--no-verify")

    def check(self, name: str, *args: str, **env: str) -> "tuple[int, list[str]]":
        """(exit code, "PATH[:LINE]" of each finding), and nothing may be said on standard error."""
        done = self.run("onetree", "check", name, *args, cwd=self.root, env=env)
        assert done.stderr == ""
        return done.returncode, [line.partition(": ")[0] for line in done.stdout.splitlines()]

    def said(self, name: str, *args: str, **env: str) -> str:
        return self.run("onetree", "check", name, *args, cwd=self.root, env=env).stdout


@pytest.fixture
def repo(tree: Path, run: Run) -> Repository:
    found = Repository(tree, run)
    (tree / ".env").unlink()
    (tree / "secrets" / "token").unlink()
    (tree / "adrs" / "0001-credentials.md").write_text(ADR)
    (tree / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n- first\n\n## 1.0\n\n- old\n")
    found.git("add", "-A")
    found.commit("first")
    return found


Make = Callable[[Repository], object]


def gone(name: str) -> Make:
    return lambda r: r.git("rm", "-q", "--cached", name)


def protected(r: Repository) -> None:
    """A protected file that is there already."""
    r.stage(".env", "A=1\n")
    r.commit()


def a_rename(r: Repository) -> None:
    protected(r)
    r.git("mv", ".env", "public.txt")


def a_rename_onto(r: Repository) -> None:
    r.git("mv", "README.md", "secrets/readme")


def a_mode(r: Repository) -> None:
    protected(r)
    r.git("update-index", "--chmod=+x", ".env")


def a_link(r: Repository) -> None:
    protected(r)
    (r.root / ".env").unlink()
    (r.root / ".env").symlink_to("README.md")
    r.git("add", "-f", ".env")


def a_submodule(r: Repository) -> None:
    r.git("update-index", "--add", "--cacheinfo", f"160000,{r.git('rev-parse', 'HEAD')},secrets/sub")


def staged_and_taken_back(r: Repository) -> None:
    """What is committed is the index, and not the working tree."""
    r.stage(".env", "A=1\n")
    (r.root / ".env").unlink()


def in_the_tree_only(r: Repository) -> None:
    r.write(".env", "A=1\n")


def a_policy_that_allows_it(r: Repository) -> None:
    r.stage(".onetree/policy.yaml", POLICY.replace('".env", ', ""))
    r.stage(".env", "A=1\n")


def a_policy_that_is_gone(r: Repository) -> None:
    r.git("rm", "-q", "--cached", ".onetree/policy.yaml")
    r.stage(".env", "A=1\n")


def a_policy_that_forbids_it(r: Repository) -> None:
    r.stage(".onetree/policy.yaml", POLICY.replace('".env", ', '".env", "/docs/**", '))
    r.stage("docs/x.md")


def a_roll_out_that_lets_it_pass(r: Repository) -> None:
    r.stage(".onetree/policy.yaml", POLICY + "rollout:\n  default: monitor\n")
    r.commit()
    r.stage(".env", "A=1\n")


@pytest.mark.parametrize(
    ("make", "code", "where"),
    [
        pytest.param(lambda r: r.stage("src/b.py"), 0, [], id="a file of no rule"),
        pytest.param(lambda r: r.stage(".env"), 1, [".env"], id="added"),
        pytest.param(lambda r: r.stage("migrations/1.sql"), 3, ["migrations/1.sql"], id="changed, for a person"),
        pytest.param(gone("migrations/1.sql"), 3, ["migrations/1.sql"], id="deleted"),
        pytest.param(lambda r: r.stage("poetry.lock"), 0, ["poetry.lock"], id="only warned of"),
        pytest.param(lambda r: r.stage(".env.example"), 0, [], id="an exception"),
        pytest.param(a_rename, 1, [".env"], id="renamed away"),
        pytest.param(a_rename_onto, 1, ["secrets/readme"], id="renamed onto"),
        pytest.param(a_mode, 1, [".env"], id="mode"),
        pytest.param(a_link, 1, [".env"], id="a link in its place"),
        pytest.param(a_submodule, 1, ["secrets/sub"], id="a submodule"),
        pytest.param(lambda r: r.stage("secrets/a b\nc"), 1, ["secrets/a b\\nc"], id="spaces and newlines"),
        pytest.param(staged_and_taken_back, 1, [".env"], id="staged, and no longer in the tree"),
        pytest.param(in_the_tree_only, 0, [], id="in the tree, and not staged"),
        pytest.param(a_policy_that_allows_it, 1, [".env"], id="a commit does not relax the rule that judges it"),
        pytest.param(a_policy_that_is_gone, 1, [".env"], id="nor by deleting the policy"),
        pytest.param(a_policy_that_forbids_it, 1, ["docs/x.md"], id="but it can tighten it"),
        pytest.param(a_roll_out_that_lets_it_pass, 0, [], id="roll-out"),
    ],
)
def test_write_guard(repo: Repository, make: Make, code: int, where: "list[str]") -> None:
    make(repo)
    assert repo.check("write-guard") == (code, where)


def test_a_message_names_place_fact_rule_decision_and_way_out(repo: Repository) -> None:
    repo.stage(".env")
    assert repo.said("write-guard") == (
        ".env: blocked: the commit adds it: credentials are written by people. "
        "Rule: .onetree/policy.yaml:4 .env (block). "
        "ADR 1 (Credentials are for people). Way out: take it out of the commit: git restore --staged -- .env.\n"
    )


def test_an_empty_repository(tmp_path: Path, run: Run) -> None:
    repo = Repository(tmp_path / "new", run)
    repo.root.mkdir()
    repo.git("init", "-q")
    assert repo.check("write-guard") == (0, [])
    repo.stage(".env")
    repo.stage("a b.py")
    assert repo.check("write-guard") == (1, [".env"]), "by the default policy"
    assert "onetree's default policy" not in repo.said("policy-check")
    for name in ("read-guard", "policy-check", "adr-check", "changelog-check", "journal-verify", "flock-check"):
        assert repo.check(name)[0] == (1 if name == "read-guard" else 0)


def test_of_a_merge_only_what_no_parent_has(repo: Repository) -> None:
    repo.git("checkout", "-qb", "other")
    repo.stage(".env", "A=1\n")
    repo.stage("src/a.py", "theirs\n")
    repo.commit()
    repo.git("checkout", "-q", "-")
    repo.stage("src/a.py", "ours\n")
    repo.commit()
    with pytest.raises(subprocess.CalledProcessError):
        repo.git("merge", "--no-commit", "other")
    repo.stage("src/a.py", "both\n")
    assert repo.check("write-guard") == (0, []), ".env was judged when it was committed"
    repo.stage("secrets/new")
    assert repo.check("write-guard") == (1, ["secrets/new"])


def test_commit_a_and_amend_and_a_worktree_use_the_index_that_is_committed(repo: Repository) -> None:
    hook = repo.root / ".git" / "hooks" / "pre-commit"
    onetree = Path(str(repo.run("onetree", "--version").args[0]))
    hook.write_text(f"#!/bin/sh\nexec {onetree} check write-guard\n")
    hook.chmod(0o755)
    repo.write("migrations/1.sql", "drop\n")
    with pytest.raises(subprocess.CalledProcessError):
        repo.git("commit", "-qam", "all")
    with pytest.raises(subprocess.CalledProcessError):
        repo.git("commit", "-qm", "one", "migrations/1.sql")
    repo.write("src/a.py", "x = 2\n")
    repo.git("commit", "-qm", "one", "src/a.py")
    with pytest.raises(subprocess.CalledProcessError):
        repo.git("commit", "-qa", "--amend", "--no-edit")
    repo.git("worktree", "add", "-q", "../elsewhere")
    away = Repository(repo.root.parent / "elsewhere", repo.run)
    away.stage(".env")
    with pytest.raises(subprocess.CalledProcessError) as caught:
        away.git("commit", "-qm", "secret")
    assert ".env: blocked" in caught.value.stdout + caught.value.stderr


def test_what_a_person_approved_passes_with_this_content_only(repo: Repository) -> None:
    repo.stage("migrations/1.sql", "drop\n")
    said = repo.said("write-guard")
    ident = re.search(r"onetree approve (\w+)", said)
    assert ident, said
    code, shown = terminal(repo.root, "approve", ident[1], typed="yes\n")
    assert code == 0
    assert "+drop" in shown
    assert repo.check("write-guard") == (0, ["migrations/1.sql"])
    repo.stage("migrations/1.sql", "drop everything\n")
    assert repo.check("write-guard")[0] == 3


@pytest.mark.parametrize(
    ("name", "code"),
    [("server.pem", 1), ("src/.npmrc", 3), (".env.example", 0), ("notes.txt", 0)],
)
def test_read_guard(repo: Repository, name: str, code: int) -> None:
    repo.stage(name)
    found = [name] if code else []
    assert repo.check("read-guard") == (code, found)
    assert repo.check("read-guard", name, "README.md") == (code, found), "as pre-commit gives the files"
    assert repo.check("read-guard", "README.md") == (0, [])


MAKEFILE = "DIR = secrets\nall:\n\techo hi\nclean:\n\t@rm -rf build \\\n\t  secrets\n"
WORKFLOW = """\
on: push
jobs:
  x:
    steps:
      - uses: actions/checkout@v4
      - run: |
          echo ${{ github.sha }}
          echo A=1 > .env
      - run: cat README.md > out.txt
"""


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        pytest.param("x.sh", "#!/bin/sh\necho hi\nrm -rf secrets\n", ["x.sh:3"], id="a script"),
        pytest.param("tool", "#!/usr/bin/env bash\n\ncp a .env\n", ["tool:3"], id="a script by its first line"),
        pytest.param("tool", "a text\n\ncp a .env\n", [], id="a text"),
        pytest.param("x.sh", "#!/bin/sh\necho 'rm -rf secrets' # > .env\ncat < README.md > out\n", [], id="only words"),
        pytest.param("Makefile", MAKEFILE, ["Makefile:5"], id="a recipe"),
        pytest.param(".github/workflows/ci.yml", WORKFLOW, [".github/workflows/ci.yml:8"], id="a CI step"),
        pytest.param("docs/ci.yml", WORKFLOW, [], id="YAML that is no CI"),
        pytest.param(
            "package.json",
            '{\n "scripts": {\n  "a": "tsc",\n  "wipe": "rm -rf secrets"\n }\n}\n',
            ["package.json:4"],
            id="package.json",
        ),
        pytest.param("package.json", "{ not json", [], id="not JSON"),
        pytest.param(
            ".gitlab-ci.yml", "a:\n  script:\n    - make\n    - tee .env < x\n", [".gitlab-ci.yml:4"], id="list"
        ),
    ],
)
def test_shell_write_detect(repo: Repository, name: str, text: str, where: "list[str]") -> None:
    (repo.root / "secrets").mkdir(exist_ok=True)
    repo.stage(name, text)
    assert repo.check("shell-write-detect") == (int(bool(where)), where)
    assert repo.check("shell-write-detect", name) == (int(bool(where)), where)


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        pytest.param(POLICY + "nonsense: 1\n", "unknown key", id="invalid"),
        pytest.param(
            POLICY.replace('".env", ".env.*", "!.env.example", "secrets', '"secrets'), "to write .env", id="rule"
        ),
        pytest.param(
            POLICY.replace('"secrets/**"', '"secrets/**", "!secrets/x"'), "to write secrets/x", id="exception"
        ),
        pytest.param(POLICY.replace("tier: checkpoint", "tier: warn"), "to write migrations/x", id="tier"),
        pytest.param(POLICY.replace("opaque: warn", "opaque: allow"), "opaque is allow", id="opaque"),
        pytest.param(POLICY + "rollout:\n  default: monitor\n", "to write", id="roll-out"),
        pytest.param(POLICY.replace('["poetry.lock"]', '["poetry.lock", "poetry.lock"]'), "already at line", id="dead"),
    ],
)
def test_policy_check(repo: Repository, policy: str, says: str) -> None:
    repo.stage(".onetree/policy.yaml", policy)
    assert repo.check("policy-check")[0] == 1
    assert says in repo.said("policy-check")


def test_a_decision_explains_why_a_policy_is_weaker(repo: Repository) -> None:
    repo.stage(".onetree/policy.yaml", POLICY.replace("opaque: warn", "opaque: allow"))
    repo.stage("adrs/0002-quiet.md", ADR.replace("# 1.", "# 2."))
    assert repo.check("policy-check") == (0, [])
    repo.stage(".onetree/policy.yaml", POLICY.replace('["poetry.lock"]', '["poetry.lock", "uv.lock"]'))
    repo.git("rm", "-q", "--cached", "adrs/0002-quiet.md")
    assert repo.check("policy-check") == (0, []), "stricter"


FIRST, RULES = "adrs/0001-credentials.md", ".onetree/policy.yaml"
MADR = """\
---
status: accepted
---
# X

## Context and Problem Statement

## Decision Outcome

### Consequences
"""


def status(word: str) -> str:
    return ADR.replace("Accepted", word)


@pytest.mark.parametrize(
    ("files", "where"),
    [
        pytest.param({"adrs/0002-more.md": ADR}, [], id="the next one"),
        pytest.param({"adrs/0003-more.md": ADR}, ["adrs/0003-more.md"], id="a gap"),
        pytest.param({"adrs/0001-again.md": ADR}, ["adrs/0001-credentials.md"], id="the same number twice"),
        pytest.param({"adrs/0002-x.md": ADR.replace("## Decision", "## Choice")}, ["adrs/0002-x.md"], id="a heading"),
        pytest.param({"adrs/0002-x.md": status("Maybe")}, ["adrs/0002-x.md:5"], id="no status"),
        pytest.param({"adrs/0001-credentials.md": status("Proposed")}, ["adrs/0001-credentials.md:5"], id="undone"),
        pytest.param({FIRST: status("Superseded by 2")}, [f"{FIRST}:5"], id="by none"),
        pytest.param({FIRST: status("Superseded by [2](0002-x.md)"), "adrs/0002-x.md": ADR}, [], id="superseded"),
        pytest.param({"adrs/0001-credentials.md": status("Deprecated")}, [], id="deprecated"),
        pytest.param({"adrs/0002-x.md": MADR}, [], id="MADR"),
        pytest.param({RULES: POLICY.replace("adr: 1", "adr: 9")}, [f"{RULES}:4"], id="named"),
        pytest.param({"adrs/README.md": "list\n"}, [], id="not a record"),
    ],
)
def test_adr_check(repo: Repository, files: "dict[str, str]", where: "list[str]") -> None:
    for name, text in files.items():
        repo.stage(name, text)
    assert repo.check("adr-check") == (int(bool(where)), where)


def test_a_decision_is_not_deleted(repo: Repository) -> None:
    repo.stage(".onetree/policy.yaml", POLICY.replace("    adr: 1\n", ""))
    repo.git("rm", "-q", "--cached", "adrs/0001-credentials.md")
    assert repo.check("adr-check") == (1, ["adrs/0001-credentials.md"])


@pytest.mark.parametrize(
    ("message", "code"), [("more", 1), ("more, by ADR 1", 0), ("more (adr-0001)", 0), ("#ADR 1\nmore", 1)]
)
def test_a_governed_change_names_a_decision(repo: Repository, message: str, code: int) -> None:
    repo.stage(".env")
    path = repo.root / ".git" / "COMMIT_EDITMSG"
    path.write_text(message)
    assert repo.check("adr-check", ".git/COMMIT_EDITMSG") == (code, [".env"] * code)
    assert repo.check("adr-check") == (0, []), "there is no message yet"


@pytest.mark.parametrize(
    ("changelog", "code"),
    [
        pytest.param(None, 1, id="untouched"),
        pytest.param("# Changelog\n\n## Unreleased\n\n- first\n- a secret\n\n## 1.0\n\n- old\n", 0, id="an entry"),
        pytest.param("# Changelog\n\n## Unreleased\n\n- first\n\n## 1.0\n\n- old\n- more\n", 1, id="in an old release"),
        pytest.param("# Changelog\n\n## [Unreleased]\n\n### Added\n\n- x\n", 0, id="with subheadings"),
        pytest.param("# Changelog\n\n## 2.0\n\n- first\n", 1, id="no such section"),
    ],
)
def test_changelog_check(repo: Repository, changelog: "str | None", code: int) -> None:
    repo.stage("src/b.py")
    assert repo.check("changelog-check") == (0, []), "nothing governed"
    repo.stage(".env")
    if changelog:
        repo.stage("CHANGELOG.md", changelog)
    assert repo.check("changelog-check") == (code, ["CHANGELOG.md"] * code)


@pytest.mark.parametrize(
    ("message", "env", "code"),
    [
        pytest.param("x", {"CLAUDECODE": "1"}, 1, id="an agent without"),
        pytest.param("x\n\nAgent: a-1\nSession: s\n", {"CLAUDECODE": "1"}, 0, id="an agent with"),
        pytest.param("x\n\nAgent: a-1\nSession:\n", {"CLAUDECODE": "1"}, 1, id="an empty one"),
        pytest.param("x\n\nAgent: a-1\nSession: s\n\nmore text\n", {"CLAUDECODE": "1"}, 1, id="not at the end"),
        pytest.param("x", {}, 0, id="a person"),
    ],
)
def test_attribution_check(repo: Repository, message: str, env: "dict[str, str]", code: int) -> None:
    path = repo.root / ".git" / "COMMIT_EDITMSG"
    path.write_text(message)
    assert repo.check("attribution-check", ".git/COMMIT_EDITMSG", **env) == (0, []), "nothing is asked for"
    repo.stage(".onetree/policy.yaml", POLICY + "commits:\n  trailers: [Agent, Session]\n")
    assert repo.check("attribution-check", ".git/COMMIT_EDITMSG", **env)[0] == code


def test_journal_verify(repo: Repository) -> None:
    assert repo.check("journal-verify") == (0, [])
    repo.run("onetree", "hook", "--platform", "claude", cwd=repo.root, stdin=json.dumps({
        "session_id": "s", "transcript_path": "/x", "cwd": str(repo.root), "hook_event_name": "PreToolUse",
        "tool_name": "Read", "tool_input": {"file_path": "README.md"}, "tool_use_id": "1",
    }))  # fmt: skip
    path = repo.root / ".onetree" / "state" / "journal.jsonl"
    assert repo.check("journal-verify") == (0, [])
    path.write_text(path.read_text().replace("README", "REAL"))
    assert repo.check("journal-verify") == (1, [".onetree/state/journal.jsonl"])


def test_flock_check(repo: Repository) -> None:
    path, name = repo.root / ".onetree" / "shared" / "tasks.jsonl", ".onetree/shared/tasks.jsonl"
    stamp = records.Stamp("a", "s", 1, numbered=True, chained=True)
    with flock.Appender(str(path)) as file:
        for n in range(3):
            record = stamp.opened(b'{"n":%d}' % n)
            file.append_after(lambda before, record=record: stamp.closed([record], before))  # type: ignore[misc]
    whole = path.read_text()
    repo.git("add", "-f", name)
    assert repo.check("flock-check") == (0, [])
    repo.commit()
    lines = whole.splitlines(keepends=True)
    for text, where in (
        (whole + '{"half', [f"{name}:4"]),
        (whole + "no json\n", [f"{name}:4"]),
        (lines[0] + lines[2], [f"{name}:2", f"{name}:2", name]),
        ("".join(lines[:2]), [name]),
    ):
        repo.stage(name, text)
        path.write_text(whole)
        assert repo.check("flock-check") == (1, where), "the index counts, and not the file, which others append to"
        assert repo.check("flock-check", name) == (1, where)
    repo.stage(f"{name}.000001", whole)
    repo.stage(name, "")
    assert repo.check("flock-check") == (0, []), "put into an archive"


def test_the_commits_that_went_around(repo: Repository) -> None:
    audit = ("onetree", "audit", "--commits")
    start = repo.git("rev-parse", "HEAD")
    repo.stage("src/b.py")
    repo.commit("fine")
    assert repo.run(*audit, f"{start}..HEAD", cwd=repo.root).stdout == "1 commits, and nothing against them\n"
    repo.stage(".env")
    repo.commit("went around")
    repo.git("rm", "-q", "--cached", ".env")
    repo.stage(".onetree/policy.yaml", POLICY + "commits:\n  trailers: [Agent]\n")
    repo.stage("CHANGELOG.md", "## Unreleased\n\n- a trailer\n")
    repo.commit("and back, ADR 1\n\nCo-Authored-By: Claude <noreply@anthropic.com>")
    done = repo.run(*audit, f"{start}..HEAD", cwd=repo.root)
    found = [line.split(" ")[1] for line in done.stdout.splitlines()]
    assert found == [
        "write-guard:", "read-guard:", "adr-check:", "changelog-check:", "write-guard:", "attribution-check:"
    ]  # fmt: skip
    assert done.returncode == 1
    rows = [json.loads(line) for line in repo.run(*audit, "HEAD~1..", "--json", cwd=repo.root).stdout.splitlines()]
    assert {r["tier"] for r in rows} == {"block"}
    assert repo.run(*audit, "nowhere..HEAD", cwd=repo.root).returncode == 111


def test_an_approved_commit_did_not_go_around(repo: Repository) -> None:
    repo.stage("migrations/1.sql", "drop\n")
    ident = re.search(r"onetree approve (\w+)", repo.said("write-guard"))
    assert ident
    terminal(repo.root, "approve", ident[1], typed="yes\n")
    repo.commit()
    assert repo.run("onetree", "audit", "--commits", "HEAD~1..", cwd=repo.root).returncode == 0
    repo.stage("migrations/1.sql", "drop more\n")
    repo.commit()
    assert repo.run("onetree", "audit", "--commits", "HEAD~1..", cwd=repo.root).returncode == 1


def test_a_range_as_pre_commit_gives_it(repo: Repository) -> None:
    start = repo.git("rev-parse", "HEAD")
    repo.stage(".env")
    repo.commit()
    assert repo.check("write-guard") == (0, [])
    assert repo.check("write-guard", "--from", start, "--to", "HEAD") == (1, [".env"])
    assert repo.check("write-guard", PRE_COMMIT_FROM_REF=start, PRE_COMMIT_TO_REF="HEAD") == (1, [".env"])


def test_wrong_use(repo: Repository, tmp_path: Path, run: Run) -> None:
    assert run("onetree", "check", "nonsense", cwd=repo.root).returncode == 2
    outside = run("onetree", "check", "write-guard", cwd=tmp_path)
    assert outside.returncode == 111
    assert "not a git repository" in outside.stderr
    repo.stage(".onetree/policy.yaml", "version: 7\n")
    broken = run("onetree", "check", "write-guard", cwd=repo.root)
    assert broken.returncode == 111
    assert ".onetree/policy.yaml:1:10: version is" in broken.stderr
