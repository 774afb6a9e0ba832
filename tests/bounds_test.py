"""Hostile commands and hostile files: each is answered, in bounded time and memory, and never in silence."""

import gzip
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

CPU = 5  # seconds; it is promised in one, and slow machines are slow
MEMORY = 200  # MB

# Runs apart: the kernel ends it at its limit of CPU time, and the peak of its memory is its own.
CHILD = """
import json, resource, sys, time
given = json.load(sys.stdin)
resource.setrlimit(resource.RLIMIT_CPU, (given["cpu"], given["cpu"]))
from onetree.shell import analyse
made = analyse(given["command"], given["cwd"], "/home/u", {"HOME": "/home/u"}, state=given["state"])
with open("/proc/self/status") as f:
    peak = next((int(line.split()[1]) // 1024 for line in f if line.startswith("VmHWM")), 0)
whys = [effect.why for effect in made.effects if effect.op == "opaque"]
print(json.dumps({"effects": len(made.effects), "whys": whys, "peak": peak}))
"""


def quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


A = "a" * 40
OPTIONAL = "a?" * 40 + "a" * 40  # two to the fortieth ways to fail

# Why -> (the command, whether the answer must say that something was not read).
COMMANDS: "dict[str, tuple[str, bool]]" = {
    "a megabyte": ("rm " + "x" * 1_000_000, True),
    "commands in commands": ("echo " + "$(" * 50_000, True),
    "parentheses": ("(" * 60_000, True),
    "ifs that do not end": ("if x; then " * 10_000, True),
    "clauses of a case": ("case x in " + "x) y;; " * 14_000 + "esac", False),
    "cases without a clause": ("case x in esac;" * 5_000 + "rm f", False),
    "functions without a body": ("f()" * 40_000, True),
    "here-documents": ("cat " + "<<E " * 30_000, True),
    "quotes in backquotes": ("rm " + "`" * 100_001, True),
    "braces": ("rm " + "{a,b}" * 30, True),
    "a range": ("rm {1..99999999}", True),
    "a value that doubles": ("x=ab;" + "x=$x$x;" * 80 + "rm $x", True),
    "a replacement that grows": ("x=" + "ab" * 30_000 + "; rm ${x//a/$x}", True),
    "a power": ("rm f$((9 ** 9 ** 9 ** 9))", False),
    "a chain of tests": ("[ " + "a -a " * 20_000 + "b ] && rm f", False),
    "tests that are turned": ("[ " + "! " * 50_000 + "] && rm f", False),
    "functions that call two": ("".join(f"f{i}() {{ f{i + 1}; f{i + 1}; }};" for i in range(35)) + "f0", False),
    "a function of itself": ("f() { f; f; }; f", True),
    "a text that runs itself": ("x='eval \"$x\"; eval \"$x\"'; eval \"$x\"", True),
    "a loop without an end": ("i=0; while ((i++ < 99999)); do rm f$i; done", True),
    "a for without an end": ("for ((i = 0; ; i++)); do rm f$i; done", True),
    "loops in loops": ("while :; do while :; do while :; do x=1; done; done; done", False),
    "links to links": ("".join(f"ln -s l{i} l{i + 1};" for i in range(1_000)) + "rm l9", False),
    "a long path": ("mkdir -p " + "d/" * 30_000, True),
    "wrappers": ("sudo " * 20_000 + "rm f", False),
    "extended patterns": (f"shopt -s extglob; x={A}{A}; case $x in +(+(a)|+(b))c) rm f;; esac", False),
    "stars over all files": ("shopt -s globstar; rm " + "/**/**/x " * 50, True),
    "stars in folders": ("rm " + "/usr/*/*/* " * 300, True),
    "find over all files": ("find / -name '*x*' -delete; " * 50, True),
    "grep, many ways": (f"echo {A} | grep -E {quoted(OPTIONAL + 'b')} | xargs rm", True),
    "grep, alternatives": (f"echo {A} | grep -E {quoted('(a|a)' * 40 + 'b')} | xargs rm", True),
    "grep, repeated": (f"printf %s {'a' * 30_000} | grep 'a*a*a*a*b' | xargs rm", True),
    "find, many ways": (
        f"touch {A}; find . -regextype posix-extended -regex {quoted('./' + OPTIONAL + 'b')} -delete",
        False,
    ),
    "half a character": ("rm \ud800", True),
    "half a character, made": ("python3 -c 'open(chr(0xd800), \"w\")'", True),
    "exit before what cannot be read": ("exit\n)", True),
    "psql": ("psql -c " + quoted("\\copy " * 15_000), False),
    "perl: a list that doubles": ("perl -e '@x = (1); @x = (@x, @x) for 1..99; unlink @x'", True),
    "perl: a width": ("perl -e 'unlink sprintf(\"%999999999d\", 1)'", True),
    "perl: many ways": (f"perl -e '$x = \"{A}\"; $x =~ s/{OPTIONAL}b//; unlink $x'", True),
    "ruby: a join": ("ruby -e 'File.delete(([\"b\"] * 60000).join(\"a\" * 60000))'", True),
    "node: a list that doubles": (
        "node -e 'x = [1]; for (let i = 0; i < 99; i++) x = [...x, ...x]; require(\"fs\").unlinkSync(x[0])'",
        True,
    ),
    "node: a replacement": (
        "node -e 'x = \"a\".repeat(60000); require(\"fs\").unlinkSync(x.replaceAll(\"a\", x))'",
        True,
    ),
    "awk: a loop": ("awk 'BEGIN { while (1) i++; print > i }'", True),
    "python: a power": ("python3 -c 'open(str(10 ** 10 ** 10), \"w\")'", True),
    "python: a text": ("python3 -c 'open(\"a\" * 10 ** 9, \"w\")'", True),
    "python: lists in lists": (
        "python3 -c " + quoted("x = ['a']\nfor i in range(99): x = [x, x]\nopen(str(x), 'w')"),
        True,
    ),
    "python: a format": ("python3 -c " + quoted("open('%s' * 9000 % (('a' * 60000,) * 9000), 'w')"), True),
    "python: a call of itself": ("python3 -c " + quoted("def f(): f(); f()\nf()"), False),
    "python: parentheses": ("python3 -c " + quoted("(" * 5_000), True),
}  # fmt: skip
# Files of the tree that are no files; what names them must neither wait nor be silent.
FILES: "dict[str, tuple[str, bool]]" = {
    "sourced": ("source fifo", True),
    "as a script": ("bash fifo", True),
    "as a program": ("python3 fifo", True),
    "as input of a program": ("python3 < fifo", True),
    "as a device": ("perl /dev/zero", True),
    "as a terminal": ("source /dev/tty", True),
    "as a value": ("rm $(cat fifo)", True),
    "as words": ("xargs rm < fifo", True),
    "as an archive": ("tar xf fifo", True),
    "as a patch": ("patch -p1 < fifo", True),
    "as a makefile": ("make -f fifo", True),
    "as git's own files": ("cd repo; git reset --hard", True),
    "an archive that unpacks to much": ("tar xzf bomb.tgz; tar xzf bomb.tgz; tar xzf bomb.tgz", False),
    "an archive of many files": ("unzip many.zip", True),
    "an archive that is cut": ("tar xf cut.tar; unzip cut.tar", True),
    "a link to itself": ("rm -rf loop/*; find loop -delete; cp -r loop x; source loop", False),
    "a folder in itself": ("shopt -s globstar; rm self/**; rm -rf self/self/self/self/*", False),
    "names that are no text": ('for f in names/*; do mv "$f" "$f.x"; done', False),
    "a makefile of itself": ("make -f cycle.mk", True),
    "a script of itself": ("npm run a", True),
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("tree")
    os.mkfifo(top / "fifo")
    (top / "repo/.git/refs").mkdir(parents=True)
    (top / "repo/.git/objects").mkdir()
    for name in ("HEAD", "index", "config"):
        os.mkfifo(top / "repo/.git" / name)
    (top / "loop").symlink_to("loop")
    (top / "self").mkdir()
    (top / "self/self").symlink_to(".")
    (top / "names").mkdir()
    for odd in (b"a\nb", b"\xff\xfe", b"-rf", b"*", b"a" * 255):
        (top / "names" / os.fsdecode(odd)).touch()
    (top / "bomb.tgz").write_bytes(gzip.compress(bytes(100_000_000), 1))
    with zipfile.ZipFile(top / "many.zip", "w") as archive:
        for i in range(20_000):
            archive.writestr(f"d{i % 100}/f{i}", "")
    (top / "cut.tar").write_bytes(b"a" * 300)
    (top / "cycle.mk").write_text("a: b\n\t$(MAKE) -f cycle.mk\n\t$(MAKE) -f cycle.mk\nb: a\n\trm $(B)\nB = $(B)$(B)\n")
    (top / "package.json").write_text(
        json.dumps({"scripts": {"a": "npm run b && npm run b", "b": "npm run a; npm run a"}})
    )
    return top


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


def answer(command: str, tree: Path, state: Path) -> "dict[str, Any]":
    """What a process of its own answers; its death at a bound fails the test."""
    given = json.dumps({"command": command, "cwd": str(tree), "state": str(state), "cpu": CPU})
    run = subprocess.run(
        [sys.executable, "-I", "-c", CHILD], input=given, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, f"ended with {run.returncode}: {run.stderr[-500:]}"
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def judge(command: str, told: bool, tree: Path, state: Path) -> None:
    found = answer(command, tree, state)
    assert not [why for why in found["whys"] if "reader failed" in why]
    assert found["peak"] < MEMORY
    assert found["whys"] or not told, "in silence"


@pytest.mark.parametrize(("command", "told"), COMMANDS.values(), ids=COMMANDS)
def test_a_hostile_command_is_answered(command: str, told: bool, tree: Path, state: Path) -> None:
    judge(command, told, tree, state)


@pytest.mark.parametrize(("command", "told"), FILES.values(), ids=FILES)
def test_a_hostile_file_is_not_waited_for(command: str, told: bool, tree: Path, state: Path) -> None:
    judge(command, told, tree, state)
