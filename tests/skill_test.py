"""The skill: its every command line does what it says; it is installed, replaced, removed; no other file is touched."""

import re
import shlex
from pathlib import Path

import pytest

from onetree import skills
from onetree.scripts.doctor import CHECKS
from onetree.scripts.lock import WHY_LOST, parser

from .conftest import Run

SOURCE = Path(skills.__file__).parent / "lock-protocol" / "SKILL.md"
TEXT = SOURCE.read_text()
COMMANDS = re.findall(r"^ *(onetree .*)$", TEXT, re.MULTILINE)
COPIES = sorted({f"{folder}/lock-protocol/SKILL.md" for folder in skills.FOLDERS.values()})
ME = {"ONETREE_SESSION": "me"}


def test_every_command_line_of_the_skill_is_in_a_block_of_commands() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    assert [line.strip() for block in blocks for line in block.splitlines() if line.strip()] == COMMANDS
    assert len(re.findall(r"onetree \w", TEXT)) == len(COMMANDS)


def test_one_after_the_other_they_do_what_they_say(tree: Path, run: Run) -> None:
    for command in COMMANDS:
        done = run(*shlex.split(command), cwd=tree, env=ME)
        assert done.returncode == 0, (command, done)
    assert run("onetree", "lock", "release", cwd=tree, env=ME).returncode == 0


def test_what_its_table_says_of_refusals_is_so(tree: Path, run: Run) -> None:
    acquire = next(shlex.split(c) for c in COMMANDS if " acquire " in c)
    assert run("onetree", "lock", "acquire", "src/lexer.py", "--session", "other", cwd=tree).returncode == 0
    held = run(*acquire, cwd=tree, env=ME)
    assert (held.returncode, "refused" in held.stdout, "other holds" in held.stdout) == (1, True, True)
    queued = run(*acquire, "--wait", "0.1", cwd=tree, env=ME)
    assert (queued.returncode, "not free within" in queued.stdout) == (1, True)
    assert run("onetree", "lock", "release", "--session", "other", cwd=tree).returncode == 0
    assert "granted" in run(*acquire, "--ttl", "0.05", cwd=tree, env=ME).stdout
    while (lost := run("onetree", "lock", "renew", "--ttl", "0.01", cwd=tree, env=ME)).returncode == 0:
        pass  # it was asked before the time had run out
    assert (lost.returncode, WHY_LOST["expired"] in lost.stdout) == (4, True)


@pytest.mark.parametrize("option", sorted(set(re.findall(r"`(--[a-z]+)", TEXT))))
def test_the_options_that_it_names_exist(option: str) -> None:
    values = {"--ttl": "20m", "--mode": "intent_write", "--reason": "x", "--wait": "1"}
    parser().parse_args(["acquire", "src", option, values[option]])


def test_it_is_portable() -> None:
    assert re.match(r"---\nname: lock-protocol\ndescription: .{1,1024}\n---\n", TEXT)
    assert len(TEXT.splitlines()) < 120


def test_one_source_in_every_folder_and_again_and_out(tree: Path, run: Run) -> None:
    done = run("onetree", "skill", "install", cwd=tree / "src")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(line.startswith("created ") for line in done.stdout.splitlines())
    assert {(tree / c).read_bytes() for c in COPIES} == {skills.text("lock-protocol")}
    before = [(tree / c).stat().st_mtime_ns for c in COPIES]
    again = run("onetree", "skill", "install", cwd=tree).stdout
    assert [line.split()[0] for line in again.splitlines()] == ["unchanged"] * len(COPIES)
    assert [(tree / c).stat().st_mtime_ns for c in COPIES] == before
    assert run("onetree", "skill", "install", "--remove", cwd=tree).returncode == 0
    assert not any((tree / c.split("/")[0]).exists() for c in COPIES)
    assert run("onetree", "skill", "install", "--remove", cwd=tree).stdout == ""


def test_a_dry_run_shows_and_writes_nothing(tree: Path, run: Run) -> None:
    done = run("onetree", "skill", "install", "--dry-run", cwd=tree)
    assert done.stdout.count("new file mode") == len(COPIES)
    assert not any((tree / c).exists() for c in COPIES)


def test_only_where_it_was_asked_for(tree: Path, run: Run) -> None:
    assert run("onetree", "skill", "install", "--platform", "claude", "qwen", cwd=tree).returncode == 0
    assert [c for c in COPIES if (tree / c).exists()] == [c for c in COPIES if c.startswith((".claude", ".qwen"))]
    assert run("onetree", "skill", "install", "--platform", "frob", cwd=tree).returncode == 2


def test_folders_that_are_one_by_a_link_get_one_copy(tree: Path, run: Run) -> None:
    (tree / ".agents").mkdir()
    (tree / ".claude").symlink_to(".agents")
    done = run("onetree", "skill", "install", "--platform", "claude", "codex", cwd=tree)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda ours: b"my own\n", id="somebody's own"),
        pytest.param(lambda ours: ours.replace(b"five minutes", b"five hours"), id="edited"),
        pytest.param(lambda ours: ours + b"more\n", id="added to"),
        pytest.param(lambda ours: b"", id="emptied"),
    ],
)
@pytest.mark.parametrize("more", [[], ["--remove"]])
def test_what_is_not_ours_stops_the_whole(tree: Path, run: Run, make: "object", more: "list[str]") -> None:
    file = tree / COPIES[0]
    file.parent.mkdir(parents=True)
    file.write_bytes(content := make(skills.text("lock-protocol")))  # type: ignore[operator]
    done = run("onetree", "skill", "install", *more, cwd=tree)
    assert done.returncode == 1
    assert COPIES[0] in done.stdout
    assert "nothing was written" in done.stdout
    assert file.read_bytes() == content
    assert not any((tree / c).exists() for c in COPIES[1:])


def test_an_older_version_is_replaced_and_the_doctor_sees_the_drift(tree: Path, run: Run) -> None:
    def findings() -> "list[tuple[str, str]]":
        done = run("onetree", "doctor", "--json", cwd=tree)
        found = [line for line in done.stdout.splitlines() if '"check": "skill"' in line]
        return [(re.findall(r'"state": "(\w+)"', f)[0], re.findall(r'"where": "(.*?)"', f)[0]) for f in found]

    assert "check_skill" in [c.__name__ for c in CHECKS]
    assert findings() == []
    assert run("onetree", "skill", "install", "--platform", "codex", cwd=tree).returncode == 0
    file = tree / skills.AGENTS / "lock-protocol" / "SKILL.md"
    where = str(file.relative_to(tree))
    assert findings() == [("ok", where)]
    file.write_bytes(skills._marked(b"what an older version said\n"))
    assert findings() == [("FAIL", where)]
    assert run("onetree", "skill", "install", "--platform", "codex", cwd=tree).stdout.startswith("changed ")
    assert findings() == [("ok", where)]
    file.write_bytes(file.read_bytes() + b"edited\n")
    assert findings() == [("FAIL", where)]
