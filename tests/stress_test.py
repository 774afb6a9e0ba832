"""The stress harness: each scenario in short, with its report; and that it finds what is wrong."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stress.cluster import PROGRAM

REPOSITORY = Path(__file__).parent.parent

# Seeks and writes in two steps without a lock, as many programs do.
UNLOCKED = """
import os
from stress.ways import Way
class Unlocked(Way):
    def open(self):
        self.fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
    def append(self, data):
        os.lseek(self.fd, 0, os.SEEK_END)
        os.write(self.fd, data[:50])
        os.write(self.fd, data[50:])
        return 0, 0
"""


def stress(tmp_path: Path, *args: str) -> "tuple[subprocess.CompletedProcess[str], dict[str, Any]]":
    """The harness, and its report as a program reads it."""
    argv = [sys.executable, "-m", "stress", *args, "--out", str(tmp_path / "out")]
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "COLUMNS": "200"}
    done = subprocess.run(argv, cwd=REPOSITORY, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert "Traceback" not in done.stdout + done.stderr
    report = tmp_path / "out" / "report.json"
    return done, json.loads(report.read_text()) if report.exists() else {}


@pytest.mark.parametrize(
    ("args", "parts"),
    [
        pytest.param(["append", "--agents", "3", "--seconds", "3"], 4, id="append"),
        pytest.param(
            ["append", "--agents", "3", "--seconds", "1", "--only", "api", "--pause", "1"], 1, id="with pauses"
        ),
        pytest.param(["hooks", "--agents", "3", "--seconds", "3"], 1, id="hooks"),
        pytest.param(["tree", "--agents", "3", "--seconds", "4", "--only", "guarded"], 1, id="tree, guarded"),
        pytest.param(["tree", "--agents", "4", "--seconds", "8", "--only", "commits"], 1, id="tree, commits"),
        pytest.param(["locks", "--agents", "4", "--seconds", "4", "--only", "SQLite"], 1, id="locks on SQLite"),
        pytest.param(
            ["locks", "--agents", "4", "--seconds", "8", "--only", "etcd"],
            1,
            id="locks on etcd",
            marks=pytest.mark.skipif(not PROGRAM, reason="etcd is not installed"),
        ),
        *(
            pytest.param(["faults", "--agents", "4", "--seconds", "2", "--only", part], 1, id=part)
            for part in ("kill", "points", "stop", "full", "clock", "moved", "rotate")
        ),
    ],
)
def test_a_short_run_finds_nothing_wrong(tmp_path: Path, args: "list[str]", parts: int) -> None:
    done, report = stress(tmp_path, *args, "--seed", "s1")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.startswith("seed s1\n")
    ours = [o for o in report["outcomes"] if o["ours"]]
    assert len(ours) == parts
    for outcome in ours:
        assert outcome["findings"] == outcome["missed"] == []
        assert outcome["counts"]["acknowledged"] > 10
        assert outcome["counts"].get("lost", 0) == outcome["counts"].get("doubled", 0) == 0
        assert outcome["ns"]["total"]["p50"] <= outcome["ns"]["total"]["max"]
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("onetree-stress-")] == [], (
        "it leaves nothing behind"
    )


def test_the_faults_were_really_there(tmp_path: Path) -> None:
    _, report = stress(tmp_path, "faults", "--agents", "4", "--seconds", "14", "--seed", "s2")
    counts = {o["part"]: o["counts"] for o in report["outcomes"]}
    assert counts["kill"]["killed"] > 4
    assert counts["points"]["torn tails moved aside"] >= 1
    assert counts["points"]["refused"] > 0, "nobody waited behind a stopped holder"
    assert counts["full"]["failed"] > 0
    assert counts["moved"]["moved"] > 0
    assert counts["rotate"]["archives"] > 0
    assert counts["clock"]["clock went back"] > 0


def test_what_is_lost_is_found_and_can_be_seen_again(tmp_path: Path) -> None:
    (tmp_path / "plug.py").write_text(UNLOCKED)
    plug = f"{tmp_path}/plug.py:Unlocked"
    done, report = stress(tmp_path, "append", "--plug", plug, "--only", "Unlocked", "--agents", "4", "--seconds", "1")
    assert done.returncode == 1
    (outcome,) = report["outcomes"]
    assert outcome["counts"]["lost"] > 0
    assert any("was told of, but it is not in the file" in f for f in outcome["findings"])
    assert f"  {outcome['replay']}\n" in done.stdout
    assert outcome["replay"].startswith("python -m stress append --only Unlocked --agents 4 --seconds 1 --seed ")
    assert (Path(outcome["evidence"]) / "log.jsonl").exists(), "the evidence is kept"
    assert f"  evidence: {outcome['evidence']}\n" in done.stdout
    again = subprocess.run(
        [sys.executable, *outcome["replay"].split()[1:], "--out", str(tmp_path / "again")],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert again.returncode == 1
    shutil.rmtree(outcome["evidence"])
    shutil.rmtree(json.loads((tmp_path / "again" / "report.json").read_text())["outcomes"][0]["evidence"])


@pytest.mark.parametrize(
    ("budget", "code"),
    [("hold=1us,wait.max=1us", 1), ("hold=60s,total.p99.9=60s,wait.max=60s", 0)],
    ids=["missed", "kept"],
)
def test_a_budget(tmp_path: Path, budget: str, code: int) -> None:
    args = ("append", "--only", "api,bare-flock", "--agents", "2", "--seconds", "1", "--budget", budget)
    done, report = stress(tmp_path, *args)
    assert done.returncode == code
    missed = {o["part"]: o["missed"] for o in report["outcomes"]}
    assert bool(missed["api"]) == bool(code)
    assert missed["bare-flock"] == [], "the budget is for what is onetree's"
    if code:
        assert re.fullmatch(r"hold p99 is [\d.]+ .*, more than 1 µs", missed["api"][0])


def test_the_page_stands_alone_and_shows_how_it_grows(tmp_path: Path) -> None:
    stress(tmp_path, "append", "--only", "api,filelock", "--agents", "1,2,4", "--seconds", "1", "--quiet")
    page = (tmp_path / "out" / "report.html").read_text()
    for title in ("How long it takes", "Contention over time", "Who held the lock", "How it grows"):
        assert f"<h2>{title}: append" in page
    assert page.count("<svg") > 3 * 2, "one of three may have nothing to show on a busy machine"
    assert not re.search(r"(src|href)=\"(?!#)", page.replace('xlink:href="#', "")), "nothing is fetched"
    assert "p99.9" in page


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["nothing"], "invalid choice: 'nothing'"),
        (["append", "--agents", "0"], "give numbers from 1 to 200"),
        (["append", "--agents", "3,201"], "give numbers from 1 to 200"),
        (["append", "--seconds", "-1"], "'-1' is not a number above 0"),
        (["append", "--size", "59"], "is not a number of bytes from 60"),
        (["append", "--budget", "hold"], "'hold' is no budget: write MEASURE=TIME"),
        (["append", "--budget", "hold.p98=1ms"], "is no budget"),
        (["append", "--plug", "nowhere.py:X"], "write FILE.py:CLASS"),
        (["append", "--only", "nothing"], "no part of append is called nothing"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_wrong_use(tmp_path: Path, args: "list[str]", text: str) -> None:
    done, _ = stress(tmp_path, *args)
    assert done.returncode == 2
    assert text in done.stderr
