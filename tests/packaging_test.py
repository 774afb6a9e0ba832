"""What is installed: one top-level name, commands that start, and nothing that is not in the tree any more."""

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from onetree.scripts.onetree import COMMANDS

REPOSITORY = Path(__file__).parent.parent
PROGRAMS = sorted(p.name for p in (REPOSITORY / "bin").iterdir())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the tree, built in a copy that holds the rest of an older build."""
    copy = tmp_path_factory.mktemp("copy") / "onetree"
    ignored = shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__")
    shutil.copytree(REPOSITORY, copy, ignore=ignored)
    stale = copy / "build" / "lib" / "onetree"
    stale.mkdir(parents=True)
    (stale / "deleted.py").write_text("")
    argv = ["-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "-w"]
    subprocess.run([sys.executable, *argv, str(copy / "out"), str(copy)], check=True)
    return next((copy / "out").glob("*.whl"))


def test_the_only_top_level_name_is_onetree(wheel: Path) -> None:
    tops = {n.split("/", maxsplit=1)[0] for n in zipfile.ZipFile(wheel).namelist()}
    assert {t for t in tops if not t.endswith((".dist-info", ".data"))} == {"onetree"}


def test_a_deleted_module_does_not_ship(wheel: Path) -> None:
    assert "onetree/deleted.py" not in zipfile.ZipFile(wheel).namelist()


def test_all_modules_and_data_ship(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("onetree", "guards", "scripts"):
        for path in (REPOSITORY / folder).rglob("*.py"):
            inside = path.relative_to(REPOSITORY).as_posix()
            assert (inside if folder == "onetree" else f"onetree/{inside}") in names
    assert {"onetree/default_policy.yaml", "onetree/py.typed"} <= names
    assert "onetree/skills/lock-protocol/SKILL.md" in names
    assert {f"onetree/adrs/{p.name}" for p in (REPOSITORY / "adrs").glob("*.md")} <= names


def test_every_command_starts_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "v", with_pip=False)
    python = tmp_path / "v" / "bin" / "python"
    site = next((tmp_path / "v" / "lib").glob("python*/site-packages"))
    argv = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*argv, "--disable-pip-version-check", str(wheel)], check=True)
    # What onetree depends on is taken from where the tests run; onetree itself is the wheel's.
    (site / "dependencies.pth").write_text(os.path.dirname(os.path.dirname(pytest.__file__)) + "\n")
    for argv in ([p] for p in PROGRAMS):
        check_help(tmp_path / "v" / "bin", argv)
    for command in COMMANDS:
        check_help(tmp_path / "v" / "bin", ["onetree", command])


def check_help(folder: Path, argv: "list[str]") -> None:
    done = subprocess.run([str(folder / argv[0]), *argv[1:], "--help"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), argv
    assert "usage:" in done.stdout, argv


def test_the_table_of_commands_is_that_of_the_programs() -> None:
    assert PROGRAMS == ["flock-append", "onetree", "read-guard", "shell-write-detect", "write-guard"]
    for command in COMMANDS:
        assert (REPOSITORY / "scripts" / f"{command}.py").exists()
