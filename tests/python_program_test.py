"""Python programs: what they would do to files, and as many that only look like it."""

from pathlib import Path

import pytest

from onetree.shell import analyse

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
