"""What must stay true of the repository: decisions, documents and commands agree."""

import re
import subprocess
from pathlib import Path

import pytest

from onetree import adr
from onetree.scripts.onetree import COMMANDS

from .conftest import Run

REPOSITORY = Path(__file__).parent.parent
ADRS = sorted((REPOSITORY / "adrs").glob("*.md"))
README = (REPOSITORY / "README.md").read_text()
PROGRAMS = sorted(p.name for p in (REPOSITORY / "bin").iterdir())


@pytest.mark.parametrize("path", ADRS, ids=[p.stem for p in ADRS])
def test_a_decision_is_short_and_has_its_headings(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Status", "Context", "Decision", "Consequences"]
    words = re.sub(r"^#.*$", "", text, flags=re.MULTILINE).split()
    assert 50 <= len(words) <= 200


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(p.name[:4]) for p in ADRS] == list(range(1, len(ADRS) + 1))
    assert all(p.read_text().startswith(f"# {int(p.name[:4])}. ") for p in ADRS)


def test_every_decision_that_is_cited_exists() -> None:
    for folder in ("onetree", "guards", "scripts", "tests"):
        for path in (REPOSITORY / folder).rglob("*.py"):
            for number in re.findall(r"\bADR (\d+)\b|\badr=(\d+)\b", path.read_text()):
                assert adr.find(str(REPOSITORY / "adrs"), int(next(filter(None, number)))) or folder == "tests", path


def test_onetree_adr_prints_them(run: Run) -> None:
    assert len(run("onetree", "adr").stdout.splitlines()) == len(ADRS)
    assert run("onetree", "adr", "8").stdout == ADRS[7].read_text()
    assert run("onetree", "adr", "999").returncode == 1
    assert run("onetree", "adr", "x").returncode == 2


@pytest.mark.parametrize("name", [*PROGRAMS[:1], *PROGRAMS[2:], *(f"onetree {c}" for c in COMMANDS)])
def test_every_command_is_in_the_readme(name: str) -> None:
    assert re.search(rf"^\| `{name}\b", README, re.MULTILINE), f"no row for {name}"


@pytest.mark.parametrize("target", ["demo", "test", "lint", "bench", "stress", "model", "clients"])
def test_every_target_is_in_the_makefile_and_named_in_the_documents(target: str) -> None:
    assert f"\n{target}:" in (REPOSITORY / "Makefile").read_text()
    documents = README + (REPOSITORY / "CONTRIBUTING.md").read_text()
    assert f"make {target}" in documents


def test_no_path_of_a_machine_and_no_registry_is_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=False).stdout
    for name in listed.split("\n"):
        path = REPOSITORY / name
        if name and path.is_file() and not name.endswith("repository_test.py"):
            text = path.read_text(errors="replace")
            assert not re.search(r"[\"' (=]/(root|work)/|pypi\.org|registry\.npmjs", text), name


def test_onetree_says_what_it_is(run: Run) -> None:
    assert run("onetree", "--version").stdout.startswith("onetree 0.")
    shown = run("onetree", "--help").stdout
    assert all(c in shown for c in COMMANDS)
    assert run("onetree").returncode == 2
    assert "no command 'frob'" in run("onetree", "frob").stderr
