"""`onetree policy check|explain|show`, as a person runs it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from onetree.guards import GUARDS, ROLLED_OUT
from onetree.guards.self_protection import PROTECTED

from .conftest import POLICY, Run


def at(text: str) -> str:
    """Where a line with this text stands in the policy of the tree."""
    number = next(i for i, line in enumerate(POLICY.splitlines(), 1) if text in line)
    return f".onetree/policy.yaml:{number}"


WRITE = at('paths: [".env"')
MOVES = at("migrations")
READ = at('paths: ["*.pem"')


def policy_of(tree: Path, text: str) -> Path:
    path = tree / ".onetree" / "policy.yaml"
    path.write_text(text)
    return path


def lines(done: "subprocess.CompletedProcess[str]") -> "list[dict[str, Any]]":
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_help(run: Run) -> None:
    for args in ([], ["check"], ["explain"], ["show"]):
        done = run("onetree", "policy", *args, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("usage: onetree policy")


@pytest.mark.parametrize("args", [[], ["frobnicate"], ["explain"], ["check", "a", "b"], ["show", "--frob"]])
def test_wrong_use(run: Run, tree: Path, args: "list[str]") -> None:
    done = run("onetree", "policy", *args, cwd=tree)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: onetree policy")


@pytest.mark.parametrize("args", [["check"], ["show"], ["explain", "x"]])
def test_no_policy(run: Run, home: Path, args: "list[str]") -> None:
    done = run("onetree", "policy", *args)
    assert done.returncode == 111
    where = os.path.realpath(home)
    assert done.stderr == (
        "onetree policy: unable to load the policy: "
        f"{where}: no .onetree/policy.yaml here or above; `onetree init` writes one\n"
    )


@pytest.mark.parametrize("args", [["show"], ["explain", "x"]])
def test_a_broken_policy_is_not_shown(run: Run, tree: Path, args: "list[str]") -> None:
    path = policy_of(tree, "version: 1\nwirte: []\nopaque: 7\n")
    done = run("onetree", "policy", *args, cwd=tree)
    assert (done.returncode, done.stdout) == (111, "")
    assert f"{path}:2:1: unknown key 'wirte'" in done.stderr
    assert f"{path}:3:9: opaque is the number 7" in done.stderr


# --- check -----------------------------------------------------------------------------------------------------------


def test_check_has_nothing_to_say_of_a_good_policy(run: Run, tree: Path) -> None:
    for cwd in (tree, tree / "src"):
        done = run("onetree", "policy", "check", cwd=cwd)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_check_tells_every_mistake(run: Run, tree: Path) -> None:
    path = policy_of(tree, "version: 1\nwrite:\n  - {tier: blok, paths: .env}\nrollout: {guards: {nobody: warn}}\n")
    done = run("onetree", "policy", "check", cwd=tree)
    assert done.returncode == 1
    assert [line.split(" is ")[0] for line in done.stdout.splitlines()] == [
        f"{path}:3:12: tier",
        f"{path}:3:25: paths",
        f"{path}:4:20: there",
    ]
    as_json = run("onetree", "policy", "check", "--json", cwd=tree)
    assert as_json.returncode == 1
    assert [(f["kind"], f["line"], f["column"]) for f in lines(as_json)] == [
        ("finding", 3, 12), ("finding", 3, 25), ("finding", 4, 20),
    ]  # fmt: skip


USELESS = """\
version: 1
adrs: adrs
write:
  - {tier: block, paths: [.env], adr: 1}
  - {tier: warn, paths: [.env, "!x"]}
  - {tier: warn, paths: [b], adr: 9}
guards:
  - {name: here, run: [./run-me]}
  - {name: sh, run: [sh]}
  - {name: gone, run: [./not-there]}
"""


def test_check_finds_rules_that_decide_nothing_and_what_is_not_there(run: Run, tree: Path) -> None:
    path = policy_of(tree, USELESS)
    (tree / "run-me").write_text("#!/bin/sh\n")
    (tree / "run-me").chmod(0o755)
    done = run("onetree", "policy", "check", cwd=tree)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"{path}:5:5: this rule never decides: the rule at line 4 (block) has all its paths; take one of them out",
        f"{path}:6:5: adr: there is no decision record 9 in adrs; write it",
        f"{path}:10:1: guard gone: there is no program ./not-there",
    ]


def test_check_finds_a_missing_folder_of_decisions(run: Run, tree: Path) -> None:
    path = policy_of(tree, "version: 1\nadrs: doc/none\n")
    done = run("onetree", "policy", "check", cwd=tree)
    assert (done.returncode, done.stdout) == (
        1, f"{path}:2:7: adrs: there is no folder doc/none; make it, or name the right one\n",
    )  # fmt: skip


def test_a_pattern_for_what_is_not_there_is_a_note_only(run: Run, tree: Path) -> None:
    path = policy_of(tree, "version: 1\nwrite:\n  - {tier: warn, paths: [migrtions/**, migrations/**, '*.none']}\n")
    done = run("onetree", "policy", "check", cwd=tree)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{path}: note: patterns that match nothing that is here now: 1; --notes lists them\n"
    done = run("onetree", "policy", "check", "--notes", cwd=tree)
    assert done.stdout == f"{path}:3:26: note: 'migrtions/**' matches nothing that is here now\n"
    done = run("onetree", "policy", "check", "--json", cwd=tree)
    assert [(f["kind"], f["line"]) for f in lines(done)] == [("note", 3)]


def test_check_another_file(run: Run, home: Path) -> None:
    path = home / "draft.yaml"
    path.write_text("version: 1\nopaque: x\n")
    done = run("onetree", "policy", "check", str(path))
    assert done.returncode == 1
    assert done.stdout.startswith(f"{path}:2:9: opaque is 'x'")
    path.write_text("version: 1\n")
    assert run("onetree", "policy", "check", str(path)).returncode == 0
    done = run("onetree", "policy", "check", str(home / "none.yaml"))
    assert done.returncode == 111
    assert "none.yaml: there is no such file" in done.stderr


HOSTILE = [
    pytest.param(b"", id="empty"),
    pytest.param(b"\0" * 100, id="NUL bytes"),
    pytest.param(b"\xff\xfe", id="not UTF-8"),
    pytest.param(b"version: 1\n\tx: y", id="a tab"),
    pytest.param(b"[" * 100_000, id="deep"),
    pytest.param(b"a: &a [x]\n" + b"".join(b"b%d: [%s]\n" % (i, b"*a, " * 9) for i in range(99)), id="aliases"),
    pytest.param(b"x" * 5_000_000, id="5 MB"),
    pytest.param(b"version: 1\n\x1b[31m: x\n", id="an escape sequence"),
    pytest.param(b'version: 1\n"\\e[31m": "\\ud800"\n', id="an escape sequence, written out"),
]


@pytest.mark.parametrize("data", HOSTILE)
def test_no_file_makes_it_fail_otherwise(run: Run, tree: Path, data: bytes) -> None:
    (tree / ".onetree" / "policy.yaml").write_bytes(data)
    done = run("onetree", "policy", "check", cwd=tree)
    said = done.stdout + done.stderr
    assert done.returncode in (1, 111)
    assert f"{tree}/.onetree/policy.yaml" in said
    assert "Traceback" not in said
    assert "\x1b" not in said
    shown = run("onetree", "policy", "show", cwd=tree)
    assert (shown.returncode, shown.stdout) == (111, "")
    assert "Traceback" not in shown.stderr


# --- explain ---------------------------------------------------------------------------------------------------------


def test_explain_names_the_rule(run: Run, tree: Path) -> None:
    done = run("onetree", "policy", "explain", ".env", ".env.example", "migrations/2.sql", "poetry.lock", cwd=tree)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        ".env",
        f"  read   block: {READ} '.env' matches .env",
        f"  write  block: {WRITE} '.env' matches .env: credentials are written by people (ADR 1)",
        ".env.example",
        "  read   allow: no rule speaks of it",
        "  write  allow: no rule speaks of it",
        "migrations/2.sql",
        "  read   allow: no rule speaks of it",
        f"  write  checkpoint: {MOVES} 'migrations/**' matches migrations/2.sql: migrations run in production",
        "poetry.lock",
        "  read   allow: no rule speaks of it",
        f"  write  warn: {at('poetry')} 'poetry.lock' matches poetry.lock",
    ]


def test_explain_from_below_by_a_symlink_and_of_a_folder(run: Run, tree: Path) -> None:
    (tree / "src" / "link").symlink_to("../.env")
    done = run("onetree", "policy", "explain", "link", "..", cwd=tree / "src")
    text = done.stdout.splitlines()
    assert text[:2] == ["link", f"  also known as {os.path.realpath(tree)}/.env"]
    assert text[3].startswith(f"  write  block: {WRITE} '.env' matches .env")
    assert text[-1].startswith(f"  delete block with all that is below it: {WRITE} ")


def test_explain_says_when_a_guard_is_softened(run: Run, tree: Path) -> None:
    path = tree / ".onetree" / "policy.yaml"
    path.write_text(path.read_text() + "rollout: {guards: {read-guard: monitor}}\n")
    done = run("onetree", "policy", "explain", ".env", cwd=tree)
    assert f"read   block: {READ} '.env' matches .env; read-guard is in mode monitor\n" in done.stdout
    assert "(ADR 1)\n" in done.stdout


def test_explain_as_json(run: Run, tree: Path) -> None:
    read, write = lines(run("onetree", "policy", "explain", "--json", "x.pem", cwd=tree))
    assert read["names"] == [str(tree / "x.pem")]
    assert {k: write[k] for k in write if k != "names"} == {
        "path": "x.pem", "op": "write", "tier": "block", "line": int(WRITE.split(":")[1]), "pattern": "*.pem",
        "matched": "x.pem",
        "why": "credentials are written by people", "adr": 1, "mode": "enforce",
    }  # fmt: skip
    read, write = lines(run("onetree", "policy", "explain", "--json", "x.txt", cwd=tree))
    assert (read["tier"], write["tier"]) == ("allow", "allow")


def test_names_that_a_terminal_cannot_take(run: Run, tree: Path) -> None:
    done = run("onetree", "policy", "explain", "a\x1b[31m/.env", "b\udcff.pem", "c\nd", "--", "-x", cwd=tree)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "matches a\\x1b[31m/.env" in done.stdout
    assert "matches b\\udcff.pem" in done.stdout


def test_an_empty_path(run: Run, tree: Path) -> None:
    done = run("onetree", "policy", "explain", "", cwd=tree)
    assert (done.returncode, done.stderr) == (2, "onetree policy: wrong use: a path cannot be empty\n")


# --- show ------------------------------------------------------------------------------------------------------------


def test_show_tells_all_that_is_in_force(run: Run, tree: Path) -> None:
    path = tree / ".onetree" / "policy.yaml"
    path.write_text(path.read_text() + "guards: [{name: mine, run: [./check, -v]}]\nrollout: {guards: {mine: warn}}\n")
    done = run("onetree", "policy", "show", cwd=tree)
    assert (done.returncode, done.stderr) == (0, "")
    assert "block: .env .env.* !.env.example secrets/** *.pem (credentials are written by people, line " in done.stdout
    assert "write-guard: enforce\n" in done.stdout
    assert "self-protection: enforce (cannot be switched off)" in done.stdout
    assert "mine: warn, runs ./check -v" in done.stdout
    rows = lines(run("onetree", "policy", "show", "--json", cwd=tree))
    assert [r["tier"] for r in rows if r["section"] == "write"] == ["block", "checkpoint", "warn"]
    assert [r["tier"] for r in rows if r["section"] == "read"] == ["block", "checkpoint"]
    assert {r["guard"] for r in rows if "guard" in r} == {g.name for g in GUARDS} | {"mine"}
    assert {r["guard"] for r in rows if r.get("fixed")} == {g.name for g in GUARDS} - set(ROLLED_OUT)
    assert len([r for r in rows if r["section"] == "built in"]) == len(PROTECTED)
