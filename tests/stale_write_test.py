"""stale-write: no change of another's is overwritten unseen; what is safe passes. Two agents, real files."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from onetree import blobs, observe, seen, writes

from .conftest import BIN, ENVIRONMENT, POLICY, Run, Worker, decision, journal

Pair = tuple[Worker, Worker]
Deed = Callable[[Worker], tuple[str, str]]


def policy(tree: Path, text: str) -> None:
    """Replace the section `stale:` of the policy."""
    path = tree / ".onetree" / "policy.yaml"
    path.write_text(POLICY.split("stale:")[0] + text)


def edit_tool(agent: Worker, tool: str, args: "dict[str, Any]") -> "tuple[str, str]":
    return agent.does(tool, {"file_path": str(agent.tree / "README.md"), **args}, lambda: None)


def notebook(agent: Worker) -> "tuple[str, str]":
    where = agent.tree / "README.md"
    return agent.does("NotebookEdit", {"notebook_path": str(where), "new_source": "x", "cell_id": "1"}, lambda: None)


def multi(*pairs: str) -> Deed:
    edits = [{"old_string": old, "new_string": new} for old, new in zip(pairs[::2], pairs[1::2], strict=True)]
    return lambda a: edit_tool(a, "MultiEdit", {"edits": edits})


# What one agent may do after another has made "hello" into "hello\nthere".
STALE = [
    pytest.param(lambda a: a.write("README.md", "mine\n"), "deny", id="a whole file"),
    pytest.param(lambda a: a.shell("echo mine > README.md"), "deny", id="redirection"),
    pytest.param(lambda a: a.shell("cp src/a.py README.md"), "deny", id="cp onto it"),
    pytest.param(lambda a: a.shell("mv src/a.py README.md"), "deny", id="mv onto it"),
    pytest.param(lambda a: a.shell("echo mine | tee README.md"), "deny", id="tee"),
    pytest.param(lambda a: a.shell("rm README.md"), "deny", id="deleted"),
    pytest.param(lambda a: a.shell("mv README.md b.md"), "deny", id="renamed"),
    pytest.param(lambda a: a.shell("cd src && echo mine > ../README.md"), "deny", id="after cd"),
    pytest.param(notebook, "deny", id="a cell of a notebook"),
    pytest.param(lambda a: a.edit("README.md", "hello", "bye"), "warn", id="an edit whose text is there"),
    pytest.param(lambda a: edit_tool(a, "Edit", {"old_string": "gone", "new_string": "x"}), "deny", id="and is not"),
    pytest.param(multi("hello", "bye", "bye\nthere", "x"), "warn", id="edits, one on top of the other"),
    pytest.param(multi("hello", "bye", "hello", "x"), "deny", id="edits, the second without its text"),
    pytest.param(lambda a: a.shell("sed -i s/hello/bye/ README.md"), "warn", id="in place"),
    pytest.param(lambda a: a.shell("echo mine >> README.md"), "allow", id="appended"),
    pytest.param(lambda a: a.shell("echo mine | tee -a README.md"), "allow", id="appended by tee"),
    pytest.param(lambda a: a.write("README.md", "hello\nthere\n"), "allow", id="what is there already"),
    pytest.param(lambda a: a.write("other.md", "mine\n"), "allow", id="another file"),
    pytest.param(lambda a: a.shell("cat README.md"), "allow", id="a read"),
]


def outcome(found: "tuple[str, str]") -> str:
    return "warn" if found[0] == "allow" and found[1] else found[0]


@pytest.mark.parametrize(("deed", "verdict"), STALE)
def test_after_another_agents_write(pair: Pair, deed: Deed, verdict: str) -> None:
    ann, bob = pair
    ann.read("README.md")
    bob.read("README.md")
    bob.edit("README.md", "hello", "hello\nthere")
    found = deed(ann)
    assert outcome(found) == verdict
    if verdict != "allow":
        assert "gemini bob wrote it by replace at " in found[1]
        assert "README.md" in found[1]
        assert "ead it again" in found[1]


@pytest.mark.parametrize(("deed", "verdict"), STALE)
def test_after_a_persons_write(pair: Pair, deed: Deed, verdict: str) -> None:
    ann, _ = pair
    ann.read("README.md")
    (ann.tree / "README.md").write_text("hello\nthere\n")
    found = deed(ann)
    assert outcome(found) == verdict
    if verdict != "allow":
        assert "changed outside of onetree's sight at " in found[1]


@pytest.mark.parametrize(("deed", "verdict"), STALE)
def test_after_reading_it_again_all_pass(pair: Pair, deed: Deed, verdict: str) -> None:
    ann, bob = pair
    ann.read("README.md")
    bob.edit("README.md", "hello", "hello\nthere")
    git(ann.tree, "add", "README.md")
    git(ann.tree, "commit", "-qm", "else it may not be renamed")
    ann.read("README.md")
    assert deed(ann) == ("allow", "")


def test_a_file_that_holds_what_others_have_not_committed_is_not_renamed(pair: Pair) -> None:
    ann, bob = pair
    bob.edit("README.md", "hello", "hello\nthere")
    ann.read("README.md")
    verdict, text = ann.shell("mv README.md b.md")
    assert verdict == "deny"
    assert "mv would rename README.md, which holds what gemini bob wrote at " in text
    git(ann.tree, "add", "README.md")
    assert ann.shell("mv README.md b.md")[0] == "deny", "staged is not committed"
    assert bob.shell("mv README.md b.md") == ("allow", ""), "one's own"
    assert ann.read("b.md") == ("allow", "")
    git(ann.tree, "add", "-A")
    git(ann.tree, "commit", "-qm", "by a person")
    assert ann.shell("mv b.md c.md") == ("allow", "")


def test_what_changed_while_it_was_read_must_be_read_again(pair: Pair) -> None:
    ann, _ = pair
    where = ann.tree / "README.md"
    ann.does("Read", {"file_path": str(where)}, lambda: where.write_text("a person\n"))
    verdict, text = ann.write("README.md", "ann\n")
    assert verdict == "deny"
    assert "README.md, which is not what this agent last saw: changed outside of onetree's sight" in text
    ann.read("README.md")
    assert ann.write("README.md", "ann\n") == ("allow", "")


def test_a_search_that_shows_nothing_is_no_reading_of_it(pair: Pair) -> None:
    ann, bob = pair
    ann.read("README.md")
    bob.edit("README.md", "hello", "hello\nthere")
    ann.shell("grep -q there README.md && echo found")
    assert ann.write("README.md", "ann\n")[0] == "deny"


@pytest.mark.parametrize("platform", ["claude", "gemini", "codex"])
def test_every_client_is_refused_in_its_own_words(tree: Path, run: Run, platform: str) -> None:
    one, other = Worker(platform, tree, run, "one"), Worker(platform, tree, run, "other")
    one.read("src/a.py")
    other.read("src/a.py")
    assert other.write("src/a.py", "x = 2\n") == ("allow", "")
    assert other.edit("src/a.py", "x = 2", "x = 3") == ("allow", ""), "an agent's own write counts as seen"
    verdict, text = one.write("src/a.py", "x = 4\n")
    assert verdict == "deny"
    assert f"{platform} other wrote it by" in text
    assert outcome(one.edit("src/a.py", "x = 1", "x = 4")) == "deny"
    assert outcome(one.edit("src/a.py", "x = 3", "x = 4")) in ("warn", "allow")
    one.read("src/a.py")
    assert one.write("src/a.py", "x = 5\n") == ("allow", "")


def test_gemini_hears_its_warning_with_the_result(pair: Pair) -> None:
    _, bob = pair
    bob.read("README.md")
    (bob.tree / "README.md").write_text("hello\nthere\n")
    bob.edit("README.md", "hello", "bye")
    assert "replace would change README.md, which is not what this agent last saw" in bob.told[-1]


def test_codex_patches_of_several_hunks(tree: Path, run: Run) -> None:
    codex, other = Worker("codex", tree, run), Worker("claude", tree, run)
    (tree / "f").write_text("".join(f"{n}\n" for n in range(20)))
    codex.read("f")
    other.edit("f", "10\n", "ten\n")
    patch = (
        "*** Begin Patch\n*** Update File: f\n@@\n 1\n-2\n+two\n 3\n@@ 17\n-18\n+x\n*** End of File\n*** End Patch\n"
    )
    assert outcome(codex.does("apply_patch", {"command": patch}, lambda: None)) == "warn"
    patch = "*** Begin Patch\n*** Update File: f\n@@\n 9\n-10\n+two\n*** End Patch\n"
    assert outcome(codex.does("apply_patch", {"command": patch}, lambda: None)) == "deny"
    patch = "*** Begin Patch\n*** Delete File: f\n*** End Patch\n"
    assert outcome(codex.does("apply_patch", {"command": patch}, lambda: None)) == "deny"


def test_a_new_file_where_another_has_just_made_one(pair: Pair) -> None:
    ann, bob = pair
    assert bob.write("new.py", "bob\n") == ("allow", "")
    verdict, text = ann.write("new.py", "ann\n")
    assert verdict == "deny"
    assert "has never read: gemini bob wrote it" in text
    assert ann.shell("rm new.py")[0] == "deny"


def test_a_file_that_was_deleted_comes_back_with_a_warning(pair: Pair) -> None:
    ann, bob = pair
    ann.read("README.md")
    bob.shell("rm README.md")
    verdict, text = ann.write("README.md", "mine\n")
    assert verdict == "allow"
    assert "gemini bob deleted it" in text


def test_a_folder_with_what_others_wrote_is_not_deleted(pair: Pair) -> None:
    ann, bob = pair
    bob.write("src/b.py", "bob\n")
    verdict, text = ann.shell("rm -rf src")
    assert verdict == "deny"
    assert "would delete src/b.py, which this agent has not seen: gemini bob wrote it" in text
    assert bob.shell("rm -rf src") == ("allow", "")


def test_the_same_content_again_is_not_stale(pair: Pair) -> None:
    ann, _ = pair
    ann.read("README.md")
    (ann.tree / "README.md").write_text("hello\n")
    os.utime(ann.tree / "README.md", (1, 1))
    assert ann.write("README.md", "mine\n") == ("allow", "")


def test_a_change_within_the_grain_of_the_clock_is_seen(pair: Pair) -> None:
    ann, _ = pair
    where = ann.tree / "README.md"
    ann.write("README.md", "aaaa\n")
    st = where.stat()
    where.write_text("bbbb\n")
    os.utime(where, ns=(st.st_atime_ns, st.st_mtime_ns))
    assert ann.write("README.md", "cccc\n")[0] == "deny"


@pytest.mark.parametrize(
    ("text", "deed", "verdict"),
    [
        pytest.param("", lambda a: a.write("README.md", "x\n"), "warn", id="unread warns"),
        pytest.param("stale: {unread: allow}\n", lambda a: a.write("README.md", "x\n"), "allow", id="unread may"),
        pytest.param("stale: {unread: block}\n", lambda a: a.write("README.md", "x\n"), "deny", id="unread may not"),
        pytest.param("", lambda a: a.write("new.md", "x\n"), "allow", id="a new file needs no reading"),
        pytest.param("", lambda a: a.edit("README.md", "hello", "x"), "allow", id="an edit names what it replaces"),
        pytest.param("stale: {unread: block}\n", lambda a: a.edit("README.md", "hello", "x"), "deny", id="edits too"),
        pytest.param("", lambda a: a.shell("rm README.md"), "warn", id="an unread file is deleted"),
        pytest.param("stale: {unread: block, exempt: ['*.md', '!b.md']}\n", lambda a: a.write("README.md", "x\n"),
                     "allow", id="exempted"),
        pytest.param("stale: {unread: block, exempt: ['*.md', '!README.md']}\n", lambda a: a.write("README.md", "x\n"),
                     "deny", id="excepted from the exemption"),
        pytest.param("rollout: {guards: {stale-write: warn}}\nstale: {unread: block}\n",
                     lambda a: a.write("README.md", "x\n"), "warn", id="rolled out to warn"),
        pytest.param("rollout: {guards: {stale-write: 'off'}}\nstale: {unread: block}\n",
                     lambda a: a.write("README.md", "x\n"), "allow", id="switched off"),
    ],
)  # fmt: skip
def test_the_policy_decides_about_what_was_never_read(pair: Pair, text: str, deed: Deed, verdict: str) -> None:
    ann, _ = pair
    policy(ann.tree, text)
    assert outcome(deed(ann)) == verdict


@pytest.mark.parametrize(("edits", "verdict"), [("allow", "allow"), ("warn", "warn"), ("block", "deny")])
def test_the_policy_decides_about_edits(pair: Pair, edits: str, verdict: str) -> None:
    ann, bob = pair
    policy(ann.tree, f"stale: {{edits: {edits}}}\n")
    ann.read("README.md")
    bob.edit("README.md", "hello", "hello\nthere")
    assert outcome(ann.edit("README.md", "hello", "bye")) == verdict


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("stale: {unraed: warn}\n", "unknown key 'unraed' in stale; did you mean unread?"),
        ("stale: {unread: checkpoint}\n", "unread is 'checkpoint'; write one of allow, warn, block"),
        ("stale: {exempt: '*.log'}\n", "exempt is '*.log'; write a list of patterns"),
        ("stale: [warn]\n", "stale is a list"),
    ],
)
def test_a_wrong_section_is_a_finding(tree: Path, run: Run, text: str, finding: str) -> None:
    policy(tree, text)
    done = run("onetree", "policy", "check", cwd=tree)
    assert done.returncode == 1
    assert finding in done.stdout


def test_two_that_ask_at_once_do_not_both_write(pair: Pair) -> None:
    ann, bob = pair
    args = {"file_path": str(ann.tree / "README.md"), "content": "ann\n"}
    assert ann.call("Write", **args) == ("allow", "")
    verdict, text = bob.write("README.md", "bob\n")
    assert verdict == "deny"
    assert "README.md is being written by claude ann at this moment, by Write" in text
    verdict, text = bob.shell("echo bob >> README.md")
    assert verdict == "deny", "what ann writes does not have it"
    assert "README.md is being written by claude ann" in text
    (ann.tree / "README.md").write_text("ann\n")
    ann.report("Write", args, "call-1")
    bob.read("README.md")
    assert bob.write("README.md", "bob\n") == ("allow", "")


def test_a_client_that_died_does_not_keep_the_file(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, bob = pair
    ann.call("Write", file_path=str(ann.tree / "README.md"), content="ann\n")
    lines = writes.recent(str(ann.tree / ".onetree" / "state"), "README.md")
    agent = observe.agent_of(action_of(bob))
    assert writes.under_way(lines, agent, time.time()) is not None
    assert writes.under_way(lines, agent, time.time() + writes.OPEN + 1) is None


def action_of(agent: Worker) -> Any:
    from onetree.action import Action

    action = Action(agent.platform, "x", "before")
    action.session = agent.session
    return action


def test_who_was_overtaken_is_told(pair: Pair) -> None:
    """Only warned, both write: the one that is done last hears it, and both versions are kept."""
    ann, bob = pair
    policy(ann.tree, "rollout: {guards: {stale-write: warn}}\n")
    where = ann.tree / "README.md"

    def deed() -> None:
        bob.read("README.md")
        assert outcome(bob.write("README.md", "bob\n")) == "warn"
        where.write_text("ann\n")

    ann.does("Write", {"file_path": str(where), "content": "ann\n"}, deed)
    assert "README.md was also written by gemini bob during this call" in ann.told[-1]
    state = str(ann.tree / ".onetree" / "state")
    kept = [blobs.get(state, str(x["after"])) for x in writes.history(state, "README.md") if x["do"] == "wrote"]
    assert kept == [b"bob\n", b"ann\n"]


def test_what_another_put_over_it_is_not_taken_for_ones_own(pair: Pair) -> None:
    ann, bob = pair
    policy(ann.tree, "rollout: {guards: {stale-write: warn}}\n")
    where = ann.tree / "README.md"

    def deed() -> None:
        where.write_text("ann\n")
        bob.write("README.md", "bob\n")

    ann.does("Write", {"file_path": str(where), "content": "ann\n"}, deed)
    policy(ann.tree, "")
    state = str(ann.tree / ".onetree" / "state")
    known = seen.get(state, observe.agent_of(action_of(ann)), "README.md")
    assert known
    assert blobs.get(state, known.blob) == b"ann\n"
    assert ann.write("README.md", "again\n")[0] == "deny"


def test_ten_at_once_lose_nothing_untold(tree: Path, run: Run) -> None:
    """Each adds its own line by writing the whole file from its last reading; who is refused reads again."""
    workers = [Worker(("claude", "gemini", "codex")[n % 3], tree, run, f"agent-{n}") for n in range(10)]
    start = threading.Barrier(10)

    def work(worker: Worker) -> int:
        start.wait()
        for tries in range(1, 200):
            worker.read("README.md")
            if worker.write("README.md", f"{worker.text}{worker.session}\n")[0] == "allow":
                return tries
        return 0

    with ThreadPoolExecutor(10) as pool:
        assert all(pool.map(work, workers))
    lines = (tree / "README.md").read_text().split()
    assert sorted(lines) == sorted(["hello", *(w.session for w in workers)])
    assert run("onetree", "audit", "--verify", cwd=tree).returncode == 0


def test_a_hook_that_is_killed_leaves_nothing_that_misleads(pair: Pair) -> None:
    """kill -9 of hooks before and after, at many moments: what ann may then write is never bob's unseen change."""
    ann, bob = pair
    where, refused = ann.tree / "README.md", 0
    for n in range(24):
        ann.read("README.md")
        kill_hook(ann, "PreToolUse", where, n * 3)
        bob.read("README.md")
        for _ in range(40):  # what the killed one has begun is not waited for
            if outcome(bob.shell(f"echo {n} >> README.md")) == "allow":
                break
        kill_hook(ann, "PostToolUse", where, n * 3)
        refused += ann.write("README.md", f"ann {n}\n")[0] == "deny"
    assert refused == 24
    assert "hello" in where.read_text()
    state = str(ann.tree / ".onetree" / "state")
    assert all(isinstance(line["t"], str) for line in writes.history(state, "README.md"))
    assert journal(ann.tree)


def kill_hook(agent: Worker, event: str, where: Path, milliseconds: int) -> None:
    payload = agent.payload("Read", {"file_path": str(where)}, event)
    argv = [str(BIN / "onetree"), "hook", "--platform", agent.platform]
    child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=agent.tree, env=ENVIRONMENT)
    assert child.stdin
    child.stdin.write(json.dumps(payload).encode())
    child.stdin.close()
    time.sleep(milliseconds / 1000)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert child.stdout
    child.stdout.close()


def git(tree: Path, *args: str) -> None:
    config = ["-c", "user.name=n", "-c", "user.email=e@e"]
    subprocess.run(["git", *config, *args], cwd=tree, env={**ENVIRONMENT, "HOME": str(tree)}, check=True)


GIT = [
    pytest.param("git checkout -- README.md", id="checkout"),
    pytest.param("git restore README.md", id="restore"),
    pytest.param("git reset -q --hard", id="reset"),
    pytest.param("git stash -q", id="stash"),
]


@pytest.mark.parametrize("command", GIT)
def test_git_does_not_take_away_what_another_has_not_committed(pair: Pair, command: str) -> None:
    ann, bob = pair
    git(ann.tree, "add", "README.md")
    git(ann.tree, "commit", "-qm", "x")
    bob.read("README.md")
    bob.write("README.md", "bob\n")
    verdict, text = ann.shell(command)
    assert verdict == "deny"
    assert "gemini bob wrote it by write_file" in text
    assert outcome(bob.shell(command)) == "allow", "its own it may throw away"
    assert (ann.tree / "README.md").read_text() == "hello\n"


def test_what_git_puts_there_is_not_read_yet(pair: Pair) -> None:
    ann, _ = pair
    git(ann.tree, "add", "README.md")
    git(ann.tree, "commit", "-qm", "x")
    git(ann.tree, "branch", "old")
    (ann.tree / "README.md").write_text("new\n")
    git(ann.tree, "commit", "-qam", "y")
    ann.read("README.md")
    assert ann.shell("git checkout -q old") == ("allow", ""), "git has what was there"
    verdict, text = ann.write("README.md", "from the reading of new\n")
    assert verdict == "deny"
    assert "claude ann wrote it by Bash" in text


def test_a_subagent_has_not_seen_what_its_parent_saw(pair: Pair) -> None:
    ann, _ = pair
    bob_wrote(pair)
    ann.read("README.md")
    payload = ann.payload("Write", {"file_path": str(ann.tree / "README.md"), "content": "x"})
    assert decision("claude", ann.send({**payload, "agent_id": "sub"}))[0] == "deny"
    assert decision("claude", ann.send(payload))[0] == "allow"


def bob_wrote(pair: Pair) -> None:
    pair[1].write("README.md", "bob\n")


def test_hard_and_soft_links_are_one_file(pair: Pair) -> None:
    ann, bob = pair
    (ann.tree / "link.md").symlink_to("README.md")
    ann.read("link.md")
    bob.read("README.md")
    bob.write("README.md", "bob\n")
    assert ann.shell("echo mine > link.md")[0] == "deny"
    assert ann.shell("rm link.md")[0] == "allow", "the link itself is not the file"
