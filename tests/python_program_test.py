"""Python programs: what they would do to files, and as many that only look like it."""

from pathlib import Path

import pytest

from onetree.shell import analyse
from tests.effects import changes

WRITTEN = ["write a", "write b", "write c"]

CASES = {
    "open for writing": ("open('f', 'w')", ["write f"]),
    "open for appending, by keyword": ("open('f', mode='a').write('x')", ["write f"]),
    "an alias": ("o = open; o('f', 'w')", ["write f"]),
    "a name put together": ("open('.e' + chr(110) + 'v', 'w')", ["write .env"]),
    "pathlib": ("from pathlib import Path as P; (P('a') / 'b').with_suffix('.md').write_text('x')", ["write a/b.md"]),
    "os.remove under another name": ("from os import remove as r; r('f')", ["delete f"]),
    "getattr": ("import os; getattr(os, 're' + 'move')('f')", ["delete f"]),
    "exec of base64": ("import base64; exec(base64.b64decode('b3BlbigiLmVudiIsInciKQ=='))", ["write .env"]),
    "a shell": ("import os; os.system('rm f')", ["delete f"]),
    "subprocess elsewhere": ("import subprocess as s; s.run(['rm', 'f'], cwd='d')", ["delete d/f"]),
    "a loop": ("for n in ('a', 'b'): open(f'{n}.txt', 'w')", ["write a.txt", "write b.txt"]),
    "a function": ("def w(p, m='w'): open(p, m)\nw('f')", ["write f"]),
    "a method": ("class A:\n def __init__(s, p): s.p = p\n def go(s): open(s.p, 'w')\nA('f').go()", ["write f"]),
    "chdir": ("import os; os.chdir('d'); os.remove('f')", ["delete d/f"]),
    "the environment": ("import os; open(os.environ['F'], 'w')", ["write named"]),
    "a path that is not known": ("import x; open(x.y(), 'w')", ["opaque"]),
    "exec of what is not known": ("exec(input())", ["opaque"]),
    "not Python 3": ("print 'x'", ["opaque"]),
    "reading": ("print(open('f').read())", []),
    "text that mentions writing": ("print(\"open('f', 'w')\", 'rm -rf /')", []),
    "a comparison": ("depth = 4\nif depth > 3: print('x > y')", []),
    "a function that is not called": ("def w(): open('f', 'w')", []),
    "str.replace": ("s = open('f').read(); print(s.replace('a', 'b'))", []),
    "a huge text": ("print('a' * 10**10, 10**10**10, '%1000000000d' % 3)", []),
    "a huge range": ("for i in range(10**9): print(i)", []),
    "a loop without end": ("while True: pass", []),
    "too much for Python's own parser": (" ".join(f"w{i}" for i in range(5000)), ["opaque"]),
    "a generator": ("def g():\n yield 'a'\n yield from ('b', 'c')\nfor n in g(): open(n, 'w')", WRITTEN),
    "a sort key": ("for n in sorted(['c', 'bb'], key=len): open(n, 'w'); break", ["write c"]),
    "an object in with": (
        "class W:\n def __enter__(s): return open('f', 'w')\n def __exit__(s, *a): pass\nwith W() as f: f.write('x')",
        ["write f"],
    ),
    "functools.partial": ("import functools as t; t.partial(open, mode='w')('f')", ["write f"]),
    "a pool's map": (
        "from concurrent.futures import ThreadPoolExecutor as T\ndef w(n): open(n, 'w')\nT().map(w, ['a', 'b', 'c'])",
        WRITTEN,
    ),
    "re.sub": ("import re; open(re.sub(r'(.)x', r'\\1', 'fx'), 'w')", ["write f"]),
    "re with a function": ("import re; open(re.sub('x', lambda m: m.group(0) + 'y', 'x'), 'w')", ["write xy"]),
    "argparse that may take for ever": (
        "import argparse as a; p = a.ArgumentParser(); p.add_argument('x', nargs=10**9); p.parse_args()",
        [],
    ),
    "itertools that may take for ever": ("import itertools as i; print(i.product('ab', repeat=10**9))", []),
    "re that may take for ever": ("import re; print(re.sub('(a+)+b', '', 'a' * 99))", []),
    "a match": ("match 'b':\n case 'a': open('f', 'w')\n case 'b': open('g', 'w')", ["write g"]),
    "a file that is not there": ("import os\nif os.path.exists('f'): os.remove('f')", []),
    "a file that it made": (
        "import os\nopen('f', 'w').close()\nif os.path.isfile('f'): os.remove('f')",
        ["write f", "delete f"],
    ),
    "an archive of its own": (
        "from zipfile import ZipFile as Z\nwith Z('a.zip', 'w') as a: a.writestr('b/c')\nZ('a.zip').extractall('d')",
        ["write a.zip", "write d/b/c"],
    ),
    "a CSV file's rows": (
        "import csv\nopen('t', 'w').write('n\\nx\\n')\nfor r in csv.DictReader(open('t')): open(r['n'], 'w')",
        ["write t", "write x"],
    ),
    "a defaultdict": (
        "import collections as c\nd = c.defaultdict(list)\nd['f'].append(1)\nfor n in d: open(n, 'w')",
        ["write f"],
    ),
    "a name of tempfile's": ("import tempfile; tempfile.NamedTemporaryFile()", []),
}


@pytest.mark.parametrize(("text", "expected"), [pytest.param(*case, id=name) for name, case in CASES.items()])
def test_what_a_program_does(text: str, expected: "list[str]", tmp_path: Path) -> None:
    command = f"python3 - <<'END'\n{text}\nEND"
    effects = analyse(command, str(tmp_path), "/home/u", {"F": "named"}, budget=10).effects
    shown = [f"{e.op} {e.path.removeprefix(f'{tmp_path}/')}".strip() for e in effects if e.op != "read"]
    assert shown == expected


def test_a_script_of_the_tree_says_where(tmp_path: Path) -> None:
    (tmp_path / "clean.py").write_text("import shutil\n\nshutil.rmtree('build')\n")
    effects = analyse("python clean.py", str(tmp_path), "/home/u", {}, budget=10).effects
    assert [(e.op, e.via) for e in effects if e.op != "read"] == [("delete", "clean.py:3 -> shutil.rmtree")]


ARGPARSE = """import argparse
p = argparse.ArgumentParser()
p.add_argument("names", nargs="*")
p.add_argument("-o", "--out", default="made.txt", help="100%")
p.add_argument("--dry-run", action="store_true")
a = p.parse_args()
if not a.dry_run:
    open(a.out, "w")
    for name in a.names: open(name, "w")
"""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("", ["write made.txt"], id="the default"),
        pytest.param("-o f a", ["write f", "write a"], id="an option and an operand"),
        pytest.param("--dry", [], id="an option cut short"),
        pytest.param("--no-such", [], id="an option that it does not know"),
    ],
)
def test_reads_the_command_line_as_argparse_does(words: str, expected: "list[str]", tmp_path: Path) -> None:
    (tmp_path / "cli.py").write_text(ARGPARSE)
    assert changes(f"python cli.py {words}", tmp_path) == expected


def test_follows_functions_of_modules_in_the_tree(tmp_path: Path) -> None:
    (tmp_path / "tools" / "lib").mkdir(parents=True)
    (tmp_path / "tools" / "lib" / "__init__.py").write_text("")
    (tmp_path / "tools" / "lib" / "files.py").write_text(
        "from . import base\ndef save(n):\n    open(base.PLACE + n, 'w')\n"
    )
    (tmp_path / "tools" / "lib" / "base.py").write_text("PLACE = 'out/'\n")
    (tmp_path / "tools" / "run.py").write_text("from lib.files import save\nsave('f')\n")
    effects = analyse("python tools/run.py", str(tmp_path), "/home/u", {}, budget=10).effects
    assert [e.via for e in effects if e.op == "write"] == ["tools/lib/files.py:3 -> open w"]
    assert changes("python tools/run.py", tmp_path) == ["write out/f"]


def test_modules_that_import_each_other(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import b\nopen('f', 'w')\n")
    (tmp_path / "b.py").write_text("import a\n")
    assert changes("python -c 'import a'", tmp_path) == ["write f"]


def test_copytree_names_each_file(tmp_path: Path) -> None:
    (tmp_path / "s" / "d").mkdir(parents=True)
    (tmp_path / "s" / "d" / "f.py").write_text("")
    (tmp_path / "s" / "g.c").write_text("")
    program = "import shutil as s; s.copytree('s', 't', ignore=s.ignore_patterns('*.c'))"
    assert changes(f'python -c "{program}"', tmp_path) == ["write t", "write t/d/f.py"]


def test_a_script_too_long_to_be_read_is_opaque(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text("#" * 300000)
    effects = analyse("python long.py out.txt", str(tmp_path), "/home/u", {}).effects
    assert [e.candidates for e in effects if e.op == "opaque"] == [(f"{tmp_path}/out.txt",)]
