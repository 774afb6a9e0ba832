"""A shell command and what it does: each case is a command line and the effects that bash's manual gives it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onetree.shell import analyse
from onetree.shell.form import Unreadable
from onetree.shell.plain import split
from onetree.shell.scan import skeleton
from tests.effects import ENV, changes, look


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for folder in ("src", "out", "logs"):
        (tmp_path / folder).mkdir()
    for name in ("a.txt", "b.txt", ".env", "src/x.py", "src/y.py", "logs/1.log"):
        (tmp_path / name).write_text("text\n")
    (tmp_path / "run.sh").write_text('#!/bin/sh\nrm "$1"\n')
    return tmp_path


WRITES = {
    "redirection": ("echo a > f", ["write f"]),
    "append": ("echo a >> f", ["write f"]),
    "clobber": ("echo a >| f", ["write f"]),
    "both streams": ("make &> f", ["write f"]),
    "both streams, appended": ("make &>> f", ["write f"]),
    "old form of both": ("make >& f", ["write f"]),
    "descriptor": ("make 2> f", ["write f"]),
    "named descriptor": ("exec {fd}> f", ["write f"]),
    "read and write": ("cat <> f", ["write f"]),
    "before the command": ("> f echo a", ["write f"]),
    "no command": ("> f", ["write f"]),
    "quoted": ("echo a > 'f g'", ["write f g"]),
    "quotes side by side": ("echo a > 'f'\"g\"h", ["write fgh"]),
    "escaped quote": ("echo a > 'it'\\''s'", ["write it's"]),
    "escaped in double quotes": ('echo a > "f\\$x"', ["write f$x"]),
    "ansi quotes": ("echo a > $'f\\x41\\101'", ["write fAA"]),
    "absolute": ("echo a > /tmp/zz", ["write /tmp/zz"]),
    "tilde": ("echo a > ~/f", ["write /home/u/f"]),
    "variable of the line": ("x=f; echo a > $x", ["write f"]),
    "variable of the environment": ("echo a > $STAGE/f", ["write out/f"]),
    "default": ("echo a > ${nothing:-f}", ["write f"]),
    "suffix removed": ("x=f.txt; echo a > ${x%.txt}.md", ["write f.md"]),
    "replaced": ("x=a-b; echo a > ${x/-/_}", ["write a_b"]),
    "substring": ("x=abcdef; echo a > ${x:1:3}", ["write bcd"]),
    "arithmetic": ("i=2; echo a > f$((i + 1))", ["write f3"]),
    "array": ("a=(x y); echo a > ${a[1]}", ["write y"]),
    "command substitution": ("echo a > $(dirname src/x.py)/f", ["write src/f"]),
    "nested substitution": ("echo a > $(basename $(echo src/x.py))", ["write x.py"]),
    "backquotes": ("echo a > `echo f`", ["write f"]),
    "here-document is data": ("cat > f <<EOF\na > b; rm c\nEOF", ["write f"]),
    "quoted here-document is data": ("cat <<'EOF' > f\nif x > 3: $(rm c)\nEOF", ["write f"]),
    "two here-documents": ("cat <<A > f; cat <<-B > g\na > b\nA\n\tc > d\n\tB\n", ["write f", "write g"]),
    "substitution in a here-document": ("cat <<EOF\n$(rm a.txt)\nEOF", ["delete a.txt"]),
    "substitution in double quotes": ('echo "$(rm a.txt)"', ["delete a.txt"]),
    "substitution in a default": ("echo ${x:-$(rm a.txt)}", ["delete a.txt"]),
    "substitution after what is unknown": ('echo "$unknown$(rm a.txt)"', ["delete a.txt"]),
    "substitution in a subscript": ("a[$(rm a.txt)]=1", ["delete a.txt"]),
    "substitution in [[ ]]": ("[[ -n $(rm a.txt) ]]", ["delete a.txt"]),
    "process substitution": ("diff <(rm a.txt) b.txt", ["delete a.txt"]),
    "written through a process": ("echo a > >(cat > f)", ["write f"]),
    "tee": ("ls | tee f g", ["write f", "write g"]),
    "cp": ("cp a.txt f", ["write f"]),
    "cp into a folder": ("cp a.txt b.txt out", ["write out/a.txt", "write out/b.txt"]),
    "cp -t": ("cp -t out a.txt", ["write out/a.txt"]),
    "mv": ("mv a.txt f", ["delete a.txt", "write f"]),
    "mv into a folder": ("mv a.txt out/", ["delete a.txt", "write out/a.txt"]),
    "rm": ("rm -f a.txt b.txt", ["delete a.txt", "delete b.txt"]),
    "rm after --": ("rm -- -f", ["delete -f"]),
    "escaped name": ("\\rm a.txt", ["delete a.txt"]),
    "name in quotes": ("r''m a.txt", ["delete a.txt"]),
    "with its folder": ("/bin/rm a.txt", ["delete a.txt"]),
    "rmdir": ("rmdir out", ["delete out"]),
    "ln": ("ln -s a.txt f", ["write f"]),
    "through a link made before": ("ln -s .env f; echo a > f", ["write f", "write f", "write .env"]),
    "install": ("install -m 644 a.txt out/", ["write out/a.txt"]),
    "mkdir": ("mkdir -p p/q", ["write p/q"]),
    "touch": ("touch f", ["write f"]),
    "truncate": ("truncate -s 0 a.txt", ["write a.txt"]),
    "dd": ("dd if=/dev/zero of=f bs=1", ["write f"]),
    "sed -i": ("sed -i 's/a/b/' a.txt", ["write a.txt"]),
    "sed -i with a copy": ("sed -i.bak -e s/a/b/ a.txt", ["write a.txt", "write a.txt.bak"]),
    "sed w": ("sed -n 's/a/b/w f' a.txt", ["write f"]),
    "chmod": ("chmod 600 a.txt", ["meta a.txt"]),
    "chmod -x": ("chmod -x a.txt", ["meta a.txt"]),
    "chown": ("chown root a.txt", ["meta a.txt"]),
    "cd": ("cd src && echo a > f", ["write src/f"]),
    "cd in a subshell": ("(cd src; echo a > f); echo a > g", ["write src/f", "write g"]),
    "cd that fails": ("cd nowhere; rm f", ["delete f"]),
    "cd that may fail": ("make; cd nowhere; rm f", ["delete nowhere/f", "delete f"]),
    "pushd": ("pushd src; rm x.py", ["delete src/x.py"]),
    "bash -c": ("bash -c 'echo a > f'", ["write f"]),
    "bash -lc": ("bash -lc 'rm a.txt'", ["delete a.txt"]),
    "bash -c with parameters": ("sh -c 'rm \"$1\"' sh a.txt", ["delete a.txt"]),
    "nested bash -c": ("bash -c \"bash -c 'rm a.txt'\"", ["delete a.txt"]),
    "eval": ("eval 'rm a.txt'", ["delete a.txt"]),
    "a script's text": ("bash run.sh a.txt", ["delete a.txt"]),
    "here-document to a shell": ("bash <<EOF\nrm a.txt\nEOF", ["delete a.txt"]),
    "pipe to a shell": ("echo 'rm a.txt' | sh", ["delete a.txt"]),
    "here-string to a shell": ("bash <<< 'rm a.txt'", ["delete a.txt"]),
    "sourced process": ("source <(echo 'rm a.txt')", ["delete a.txt"]),
    "written and run": ("echo 'rm a.txt' > f; sh f", ["write f", "delete a.txt"]),
    "sudo": ("sudo -u root rm a.txt", ["delete a.txt"]),
    "env": ("env -i A=1 rm a.txt", ["delete a.txt"]),
    "timeout": ("timeout -s KILL 5 rm a.txt", ["delete a.txt"]),
    "onetree lock run": ("onetree lock run src --ttl 5m -- rm a.txt", ["delete a.txt"]),
    "onetree lock metrics": ("onetree lock metrics --plot locks.png", ["write locks.png"]),
    "nice nohup": ("nice -n 5 nohup rm a.txt", ["delete a.txt"]),
    "time": ("time rm a.txt", ["delete a.txt"]),
    "command": ("command rm a.txt", ["delete a.txt"]),
    "exec": ("exec rm a.txt", ["delete a.txt"]),
    "xargs with what is known": ("echo a.txt b.txt | xargs rm", ["delete a.txt", "delete b.txt"]),
    "find -delete": ("find logs -name '*.log' -delete", ["delete logs/1.log"]),
    "find -delete, not": ("find logs ! -name '*.txt' -type f -delete", ["delete logs/1.log"]),
    "find -delete, narrowed": ("find logs -name '*.log' -mtime -7 -delete", ["delete logs/1.log"]),
    "find -delete, pruned": ("find logs -name out -prune -o -name '*.log' -exec rm {} +", ["delete logs/1.log"]),
    "find into xargs": ("find logs -name '*.log' | xargs rm", ["delete logs/1.log"]),
    "find -print0 into xargs": ("find logs ! -name '*.txt' -type f -print0 | xargs -0 rm", ["delete logs/1.log"]),
    "formatter of a folder": ("black src", ["write src/x.py", "write src/y.py"]),
    "formatter of a file": ("npx prettier@3 --write a.md", ["write a.md"]),
    "uv run": ("uv run --with x rm a.txt", ["delete a.txt"]),
    "npm exec": ("npm exec -c 'rm a.txt'", ["delete a.txt"]),
    "su": ("su u -c 'rm a.txt'", ["delete a.txt"]),
    "editor by a variable": ("GIT_EDITOR='rm a.txt' git commit", ["delete a.txt"]),
    "start of a shell": ("BASH_ENV=<(echo rm a.txt) bash -c true", ["delete a.txt"]),
    "git -c": ("git -c core.pager='rm a.txt' log", ["delete a.txt"]),
    "git alias": ("git -c alias.x='!rm a.txt' x", ["delete a.txt"]),
    "hard link by link": ("link .env f; echo a > f", ["write f", "write f", "write .env"]),
    "hard link by cp": ("cp -l .env f; echo a > f", ["write f", "write f", "write .env"]),
    "vim saves": ("vim -es +%s/a/b/ -c wq a.txt", ["write a.txt"]),
    "find -exec": ("find src -name 'x*' -exec rm {} \\;", ["delete src/x.py"]),
    "glob": ("rm src/*.py", ["delete src/x.py", "delete src/y.py"]),
    "glob that matches nothing": ("rm *.none", ["delete *.none"]),
    "glob of what the line made": ("touch new1; rm new*", ["write new1", "delete new1"]),
    "braces": ("touch {f,g}.{1..2}", ["write f.1", "write f.2", "write g.1", "write g.2"]),
    "if": ("if make; then rm a.txt; else rm b.txt; fi", ["delete a.txt", "delete b.txt"]),
    "if, decided by the tree": ("if [ -f x ]; then rm a.txt; else rm b.txt; fi", ["delete b.txt"]),
    "for": ("for f in a b; do echo > $f.md; done", ["write a.md", "write b.md"]),
    "while": ("while read l; do echo $l; done < a.txt > f", ["write f"]),
    "case": ("case $x in a|b) rm a.txt;; (*) rm b.txt; esac", ["delete a.txt", "delete b.txt"]),
    "arithmetic for": ("for ((i=0; i<3; i++)); do rm a.txt; done", ["delete a.txt"]),
    "condition": ("[[ a < b ]] && rm a.txt", ["delete a.txt"]),
    "function": ('f() { rm "$1"; }; f a.txt', ["delete a.txt"]),
    "trap": ("trap 'rm a.txt' EXIT", ["delete a.txt"]),
    "background": ("rm a.txt & wait", ["delete a.txt"]),
    "coproc": ("coproc { rm a.txt; }", ["delete a.txt"]),
    "comment before": ("# note > f\nrm a.txt", ["delete a.txt"]),
    "continued line": ("rm \\\n  a.txt", ["delete a.txt"]),
    "awk prints to a file": ("awk '{ print $1 > \"f\" }' a.txt", ["write f"]),
    "git rm": ("git rm a.txt", ["delete a.txt"]),
    "git checkout --": ("git checkout -- a.txt", ["write a.txt"]),
    "curl -o": ("curl -sSfo f https://example.org/", ["write f"]),
    "compiler": ("gcc -MMD -MF deps.d -c m.c -o m.o", ["write deps.d", "write m.o"]),
}

NOTHING = {
    "test run": "npm test",
    "git": "git status && git diff | head -20",
    "commit message": 'git commit -m "msg with > and $(echo x) and `date`"',
    "pytest": "pytest -q tests/ -k 'a > b'",
    "python module": "python -m pytest -x",
    "pipe": "ls -la | head",
    "search": "grep -rn 'a > b' src",
    "build": "cargo build 2>&1 | tail -5",
    "make": "make",
    "loop": 'for f in *.py; do echo "$f"; done',
    "stderr": "echo a >&2",
    "null": "make > /dev/null 2>&1",
    "null both": "make &> /dev/null",
    "closed": "make 2>&-",
    "tty": "echo a > /dev/tty",
    "comparison": "[[ 3 > 2 ]]; (( 3 > 2 )); test 3 -gt 2",
    "quoted": "echo '> f' \"> g\" \\> h",
    "comment": "ls # > f",
    "only a comment": "# rm a.txt",
    "empty": "",
    "here-document to cat": "cat <<'EOF'\nrm a.txt > f\nEOF",
    "substitution that reads": 'echo "$(cat a.txt)" $(git rev-parse HEAD)',
    "sed without -i": "sed -n '1,5p' a.txt",
    "awk comparison": "awk '$3 > 100 { print $1 }' a.txt",
    "find": "find . -name '*.py' -not -path './out/*' | wc -l",
    "xargs reader": "git ls-files | xargs grep -l foo",
    "version of a shell": "bash --version",
    "runners": "uv sync; npm ci; poetry install; npx tsc; uv run pytest; tmux ls; crontab -l; make -f other.mk",
    "formatter that checks": "black --check . && prettier .",
    "repository that is there": "git init .",
    "version of python": "python3 --version",
    "environment": "FOO=1 BAR=$(date) npm run build",
    "dry git": "git stash list; git reset HEAD a.txt; git checkout -b topic",
    "case that reads": "case $x in a) echo a;; *) echo b;; esac",
    "case in a substitution": "echo $(case a in a) echo b;; esac)",
    "function never called": "f() { rm a.txt; }; echo",
    "read of what is unknown": 'cat "$unknown"',
    "archive listed": "tar tzf a.tgz",
    "time": "time -p ls",
}

OPAQUE = {
    "unknown target": "echo a > $unknown",
    "unknown in a target": 'echo a > "out/$(date +%s).log"',
    "unknown command": "$unknown a.txt",
    "substituted command": "$(curl -s https://example.org/x)",
    "eval of what is unknown": 'eval "$unknown"',
    "pipe to a shell": "curl -s https://example.org/x | sh",
    "interactive shell": "bash",
    "shell started by sudo": "sudo -i",
    "shell reads": "sh -i",
    "python text": "python3 -c 'exec(input())'",
    "python on standard input": "python3 - <<'EOF'\nopen(input(), 'w')\nEOF",
    "perl text": "perl -nle 'unlink'",
    "program written and run": "echo 'x y' > p.py; python3 p.py",
    "xargs": "curl x.org/list | xargs rm",
    "rules from elsewhere": "curl x.org | make -f -",
    "handed over": "at now < a.txt; tmux send-keys x Enter",
    "ssh": "ssh host rm x",
    "docker": "docker run -v .:/w img",
    "patch": "patch -p1 < x.patch",
    "git apply": "git apply x.patch",
    "git reset --hard": "git reset --hard",
    "archive": "tar xf a.tar",
    "variable of two ways": "if x; then f=a; else f=b; fi; echo > $f",
    "loop variable": "while read f; do rm $f; done",
    "syntax error": "if; then",
    "quote not closed": "echo 'a",
    "double quote not closed": 'echo "a',
    "parenthesis not closed": "echo $(a",
}


# What a command line does depends on what is known by then: variables, statuses, text, the tree.
KNOWN = {
    "status of a test": ("[ -f a.txt ] && echo a || rm b.txt", []),
    "status of a failed test": ("test -d a.txt || rm b.txt", ["delete b.txt"]),
    "exit": ("rm a.txt; exit 1; rm b.txt", ["delete a.txt"]),
    "exit in a subshell": ("(exit 1); rm b.txt", ["delete b.txt"]),
    "exit of one way": ("make || exit 1; rm b.txt", ["delete b.txt"]),
    "return outside a function": ("return; rm b.txt", ["delete b.txt"]),
    "return from a function": ("f() { return; rm a.txt; }; f; rm b.txt", ["delete b.txt"]),
    "negated": ("! true && rm a.txt; ! false && rm b.txt", ["delete b.txt"]),
    "false": ("if false; then rm a.txt; elif true; then rm b.txt; else rm .env; fi", ["delete b.txt"]),
    "set -e": ("set -e; false; rm a.txt", []),
    "set -e and a test": ("set -e; false || true; if false; then :; fi; rm a.txt", ["delete a.txt"]),
    "the status": ("false; echo > f$?", ["write f1"]),
    "condition": ("[[ abc == a* && ! -e nope ]] && rm a.txt", ["delete a.txt"]),
    "arithmetic condition": ("(( 2 * 3 == 6 )) && rm a.txt; (( 0 )) && rm b.txt", ["delete a.txt"]),
    "case": ("case linux in (lin*) rm a.txt;; *) rm b.txt; esac", ["delete a.txt"]),
    "case that falls through": ("case a in a) rm a.txt;& b) rm b.txt;; esac", ["delete a.txt", "delete b.txt"]),
    "counted loop": ("i=1; while [ $i -le 2 ]; do touch f$i; ((i++)); done", ["write f1", "write f2"]),
    "until": ("i=0; until (( i == 2 )); do touch f$i; let i+=1; done", ["write f0", "write f1"]),
    "arithmetic for": ("for ((i = 0; i < 2; i++)); do touch f$i; done", ["write f0", "write f1"]),
    "break": ("for x in a b c; do [ $x = b ] && break; touch $x; done", ["write a"]),
    "continue": ("for x in a b c; do [ $x = b ] && continue; touch $x; done", ["write a", "write c"]),
    "lines": ("printf 'f\\ng\\n' | while read -r x; do touch $x; done", ["write f", "write g"]),
    "lines of a here-document": ("while read a b; do touch $b; done <<E\n1 f\n2 g\nE", ["write f", "write g"]),
    "fields": ("IFS=: read -r a b <<< f:g; touch $b", ["write g"]),
    "lines in an array": ("mapfile -t a < <(printf 'f\\ng\\n'); touch ${a[1]}", ["write g"]),
    "printf into a variable": ("printf -v x 'f%03d' 7; touch $x", ["write f007"]),
    "indirection": ("f=g; x=f; touch ${!x}", ["write g"]),
    "names by prefix": ("zz_a=1 ; zz_b=2; touch ${!zz_*}", ["write zz_a", "write zz_b"]),
    "length of an array": ("a=(x y z); touch f${#a[@]}", ["write f3"]),
    "part of an array": ("a=(x y z); touch ${a[@]:1}", ["write y", "write z"]),
    "element set": ("a=(x y); a[1]=z; a[2]=w; touch ${a[1]} ${a[-1]}", ["write z", "write w"]),
    "associative": ("declare -A m=([a]=f); m[b]=g; touch ${m[a]} ${m[b]}", ["write f", "write g"]),
    "appended": ("x=f; x+=.md; a=(x); a+=(y); touch $x ${a[1]}", ["write f.md", "write y"]),
    "case changed": ("x=AbC; touch ${x,,} ${x^^} ${x,}", ["write abc", "write ABC", "write abC"]),
    "declared lower": ("declare -l x=ABC; touch $x", ["write abc"]),
    "declared integer": ("declare -i x=2+3; touch f$x", ["write f5"]),
    "replaced by pattern": ("x=a1b2; touch ${x//[0-9]/-}", ["write a-b-"]),
    "replaced at an end": ("x=aba; touch ${x/#a/_} ${x/%a/_}", ["write _ba", "write ab_"]),
    "assigned default": (": ${x:=f}; touch $x", ["write f"]),
    "alternative": ("x=1; touch ${x:+f}", ["write f"]),
    "separators": ("x=f:g; IFS=:; touch $x", ["write f", "write g"]),
    "separators and plain text": ("IFS=x; touch axb", ["write axb"]),
    "joined": ('IFS=-; a=(f g); touch "${a[*]}"', ["write f-g"]),
    "local": ("f() { local x=g; touch $x; }; x=f; f; touch $x", ["write g", "write f"]),
    "parameters": ("set -- f g; shift; touch $1 $#", ["write g", "write 1"]),
    "name of a shell": ("bash -c 'touch $0 $1' f g", ["write f", "write g"]),
    "arithmetic": ("touch f$(( (1 + 2) * 4 % 5 )) g$(( 7 > 3 ? 0x10 : 1 ))", ["write f2", "write g16"]),
    "trap at the end": ("trap 'rm -f $x' EXIT; x=a.txt", ["delete a.txt"]),
    "trap taken back": ("trap 'rm a.txt' EXIT; trap - EXIT", []),
    "cd back": ("cd src; cd -; touch f", ["write f"]),
    "stack": ("pushd src; touch f; popd; touch g", ["write src/f", "write g"]),
    "CDPATH": ("CDPATH=src:.; cd out && touch f", ["write out/f"]),
    "cd to a folder made before": ("mkdir -p n/m && cd n/m && touch f", ["write n/m", "write n/m/f"]),
    "a folder that is not there": ("cd nowhere && rm a.txt", []),
    "removed before": ("rm a.txt; [ -e a.txt ] || touch f", ["delete a.txt", "write f"]),
    "extended pattern": ("shopt -s extglob; rm @(a|b).txt", ["delete a.txt", "delete b.txt"]),
    "extended pattern by an option": ("bash -O extglob -c 'rm !(a.txt|*.sh|src|out|logs)'", ["delete b.txt"]),
    "folders below": ("shopt -s globstar; rm **/*.py", ["delete src/x.py", "delete src/y.py"]),
    "hidden files": ("shopt -s dotglob; rm *env", ["delete .env"]),
    "no match": ("shopt -s nullglob; touch f *.none", ["write f"]),
    "a pattern after a removal": ("rm a.txt; rm ?.txt", ["delete a.txt", "delete b.txt"]),
    "functions are not inherited": ("rm() { :; }; bash -c 'rm a.txt'", ["delete a.txt"]),
    "syntax check": ("bash -n -c 'rm a.txt'", []),
    "text of a file": ("echo f > n; touch $(cat n)", ["write n", "write f"]),
    "filters": ("touch $(echo 'x:F G' | cut -d: -f2 | tr A-Z a-z | rev)", ["write g", "write f"]),
    "encoded": ("touch $(echo Zg== | base64 -d) $(echo 67 | xxd -r -p)", ["write f", "write g"]),
    "lines chosen": ("touch $(printf '%s\\n' b a c | head -n 2 | tail -1)", ["write a"]),
    "names listed": ("ls -A | grep '^\\.env$' | xargs rm", ["delete .env"]),
    "exported function": ("f() { rm a.txt; }; export -f f; bash -c f", ["delete a.txt"]),
    "alias in a script": ("alias ls='rm a.txt'; ls", []),
}


@pytest.mark.parametrize(("command", "expected"), KNOWN.values(), ids=KNOWN)
def test_follows_what_is_known(command: str, expected: "list[str]", tree: Path) -> None:
    assert changes(command, tree) == expected


@pytest.mark.parametrize(("command", "expected"), WRITES.values(), ids=WRITES)
def test_names_what_is_changed(command: str, expected: "list[str]", tree: Path) -> None:
    assert changes(command, tree) == expected


@pytest.mark.parametrize("command", NOTHING.values(), ids=NOTHING)
def test_says_nothing_of_what_changes_nothing(command: str, tree: Path) -> None:
    assert changes(command, tree) == []


@pytest.mark.parametrize("command", OPAQUE.values(), ids=OPAQUE)
def test_says_what_cannot_be_read(command: str, tree: Path) -> None:
    found = [effect for effect in look(command, tree).effects if effect.op == "opaque"]
    assert found
    assert all(effect.why and not effect.path and "reader failed" not in effect.why for effect in found)


def test_reads(tree: Path) -> None:
    command = "cat a.txt < b.txt; grep -e x src/x.py; cp .env f; source run.sh; sed p logs/1.log"
    paths = {Path(e.path).name for e in look(command, tree).effects if e.op == "read"}
    assert paths == {"a.txt", "b.txt", "x.py", ".env", "run.sh", "1.log"}


@pytest.mark.parametrize(
    ("command", "op", "is_tree"),
    [
        ("rm -rf src", "delete", True),
        ("rm a.txt", "delete", False),
        ("mv src dst", "delete", True),
        ("cp -r src dst", "write", True),
        ("cp a.txt dst", "write", False),
        ("chmod -R 700 src", "meta", True),
    ],
)
def test_tree(command: str, op: str, is_tree: bool, tree: Path) -> None:
    assert next(e.tree for e in look(command, tree).effects if e.op == op) is is_tree


@pytest.mark.parametrize(
    ("command", "certain"),
    [
        ("rm a.txt", True),
        ("true && rm a.txt", True),
        ("false || rm a.txt", True),
        ("make || rm a.txt", False),
        ("if x; then rm a.txt; fi", False),
        ("while x; do rm a.txt; done", False),
        ("case x in x) rm a.txt;; esac", True),
        ("case $unknown in x) rm a.txt;; esac", False),
        ("for i in 1; do rm a.txt; done", True),
    ],
)
def test_certain(command: str, certain: bool, tree: Path) -> None:
    assert [e.certain for e in look(command, tree).effects if e.op == "delete"] == [certain]


@pytest.mark.parametrize(
    ("command", "written"),
    [
        ("ls; echo a > 'f g'", "> 'f g'"),
        ("ls && rm a.txt", "rm a.txt"),
        ("ls; bash -c 'rm a.txt'; ls", "bash -c 'rm a.txt'"),
        ("cat <<'E' > f\nbody\nE\nrm b", "rm b"),
        ("x=$(rm a.txt)", "x=$(rm a.txt)"),
    ],
)
def test_span(command: str, written: str, tree: Path) -> None:
    effect = [e for e in look(command, tree).effects if e.op != "read"][-1]
    assert command[slice(*effect.span)] == written


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("sudo -u root env A=1 git commit --no-verify", [["git", "commit", "--no-verify"]]),
        ("bash -c 'pip uninstall onetree'", [["pip", "uninstall", "onetree"]]),
        ("timeout 5 onetree approve x | cat", [["onetree", "approve", "x"], ["cat"]]),
        ('kill "$unknown"', [["kill", None]]),
        ("f() { git push; }; f", [["git", "push"]]),
        ("echo $(git push)", [["git", "push"], ["echo", None]]),
    ],
)
def test_commands(command: str, expected: "list[list[str | None]]", tree: Path) -> None:
    assert [c.argv for c in look(command, tree).commands] == expected


def test_assignments_before_a_command(tree: Path) -> None:
    command = look("A=1; B=$A env C=3 git push", tree).commands[-1]
    assert command.assignments == {"A": "1", "B": "1", "C": "3"}


HOSTILE = {
    "a megabyte of (": "(" * 1_000_000,
    "as many ( as are read": "(" * 131_072,
    "nested $(": "echo " + "$(" * 500 + "x" + ")" * 500,
    "nested $( not closed": "$(" * 500,
    "nested ${": "${x:-" * 500 + "}" * 500,
    "nested ((": "((" * 20_000,
    "nested $((": "$((" * 20_000,
    "nested <(": "<(" * 500 + ")" * 500,
    "nested case": "case x in a) " * 300,
    "nested if": "if " * 20_000,
    "nested while": "while :; do " * 200,
    "nested braces": "touch " + "{a," * 500 + "}" * 500,
    "exponential braces": "touch " + "{a,b}" * 30,
    "endless range": "touch {1..999999999}",
    "doubling": "x=aaaaaaaaaa;" + "x=$x$x;" * 200 + "echo > $x",
    "recursive function": "f() { f; f; }; f",
    "fork bomb": ":(){ :|:& };:",
    "eval of itself": 'x=\'eval "$x;$x"\'; eval "$x"',
    "loops in loops": "for a in {1..200}; do for b in {1..200}; do echo > $a$b; done; done",
    "NUL": "a\0b > c",
    "NUL made by printf": "echo > $(printf 'a\\0b'); rm $unknown",
    "unclosed '": "'" * 100_001,
    'unclosed "': '"' * 100_001,
    "unclosed `": "`" * 100_001,
    "redirections": "<" * 100_000,
    "array": "a=(" * 500,
    "many commands": "a>b;" * 30_000,
    "joined line in a list": "a=(\\\n(",
}
STRANGE = {
    "printf's widths": "echo $(printf '%*s' e) $(printf '%4-f' 3)",
    "lone surrogates": "echo \ud800 > \udfff; ls \udcff*; cat ~\ud83d/x",
    "superscript digits": "f() { echo ${²}; shift ²; }; f 1; echo ${x:0:²}; x=²; echo $((x+²)) {²..³}",
    "endless digits": f"echo ${{{'9' * 5000}}} {'9' * 5000}> f; echo $(({'9' * 5000}))",
    "joined line in a list": 'a=(\\\n"a" \\\n "b")',
    "here-documents": "cat <<A " * 10_000,
    "slow pattern": "x=" + "a" * 2000 + "; ls " + "*a" * 500 + "; echo ${x##" + "*a" * 20 + "b}",
    "non-breaking blank": "rm\u00a0-rf /",
    "carriage return": "echo a\r\necho b > c\r\n",
}


@pytest.mark.parametrize("command", HOSTILE.values(), ids=HOSTILE)
def test_hostile_input_is_opaque(command: str, tree: Path) -> None:
    found = analyse(command, str(tree), "/home/u", ENV, budget=2).effects
    assert any(effect.op == "opaque" for effect in found)
    assert not any("reader failed" in effect.why for effect in found)


@pytest.mark.parametrize("command", STRANGE.values(), ids=STRANGE)
def test_strange_input_is_answered(command: str, tree: Path) -> None:
    found = analyse(command, str(tree), "/home/u", ENV, budget=2).effects
    assert not any("reader failed" in effect.why for effect in found)


class Slow(dict):  # type: ignore[type-arg]
    """An environment that is waited for, as a busy machine lets a process wait for its turn."""

    def __init__(self, seconds: float) -> None:
        super().__init__(F="f")
        self.seconds = seconds

    def get(self, name: str, default: object = None) -> object:
        time.sleep(self.seconds)
        return super().get(name, default)


@pytest.mark.parametrize(
    ("waits", "expected"),
    [
        pytest.param(2.0, [("write", "f")], id="a busy machine takes no time from the reader"),
        pytest.param(5.0, [("opaque", "")], id="but somebody waits for the answer"),
    ],
)
def test_the_budget_is_the_processors(waits: float, expected: "list[tuple[str, str]]") -> None:
    found = analyse("echo a > $F; :", "/", "/", Slow(waits), budget=1).effects
    assert [(e.op, e.path.lstrip("/")) for e in found] == expected


SHELL_TEXT = st.lists(
    st.sampled_from(
        "$( ` ' \" ${ (( [[ ]] )) ) } { \\ <<E <<'E' E | & && ; > < $' case in esac if then fi for do done # ~ * = =( "
        "{a,b} <( >& bash -c eval time coproc select function f x rm a $x \n \t \ud800 é ² \\\n".split(" ")
    )
    | st.text(max_size=3),
    max_size=30,
).map(lambda parts: " ".join(parts) if len(parts) % 2 else "".join(parts))


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SHELL_TEXT)
def test_any_text_is_answered(tree: Path, command: str) -> None:
    found = analyse(command, str(tree), "/home/u", ENV, budget=5).effects
    assert not any("reader failed" in effect.why for effect in found)


@settings(max_examples=300)
@given(SHELL_TEXT)
def test_a_skeleton_keeps_every_position(command: str) -> None:
    try:
        made = skeleton(command)
    except Unreadable:
        return
    assert len(made.text) == len(command)


@pytest.mark.parametrize("command", [c for c in [*NOTHING.values(), *(w[0] for w in WRITES.values())] if split(c)])
def test_both_front_ends_agree(command: str, tree: Path) -> None:
    """What the splitter takes for plain, bashlex reads the same: a group in front makes a command not plain."""
    plain = changes(command, tree)
    assert changes("{ :; }\n" + command, tree) == plain


@pytest.mark.parametrize(
    ("command", "is_plain"),
    [
        ("git status", True),
        ("ls -la | head && pytest -q; make 2>&1 | tail -5", True),
        ("FOO=1 echo 'a > b' \"$x\" *.py", True),
        ("echo a > f", False),
        ("echo $(x)", False),
        ("(a)", False),
        ("a & b", False),
        ("if a", False),
        ("a &&", False),
        ("a # b", False),
        ("a \\\n b", False),
        ("echo 'a", False),
    ],
)
def test_plain(command: str, is_plain: bool) -> None:
    assert (split(command) is not None) is is_plain


def _fresh(program: str, *arguments: str) -> str:
    """What a program prints in an interpreter of its own."""
    run = [sys.executable, "-c", program, *arguments]
    return subprocess.run(run, check=True, capture_output=True, text=True, timeout=60).stdout


def test_a_plain_command_imports_no_parser(tmp_path: Path) -> None:
    """-I -S: without what an editable install's finder or a .pth file imports."""
    root = Path(__file__).parent.parent
    program = f"import sys; sys.path.insert(0, {str(root)!r})\n"
    program += (
        "from onetree.shell import analyse\nanalyse('cp a b && npm test | tail -5', '/', '/', {})\nprint(*sys.modules)"
    )
    run = [sys.executable, "-I", "-S", "-c", program]
    loaded = subprocess.run(run, check=True, capture_output=True, text=True, timeout=60, cwd=tmp_path).stdout.split()
    assert "onetree.shell.walker" in loaded
    assert not set(loaded) & {"bashlex", "re", "typing", "json", "enum", "dataclasses", "collections", "functools"}


COUNT = """
import sys
from onetree.shell import bashlex_front, analyse
import importlib.util, os
folder = importlib.util.find_spec("bashlex").submodule_search_locations[0]
if len(sys.argv) > 2:
    bashlex_front.FORMAT = 2
effects = analyse("(rm a)", "/", "/", {}, state=sys.argv[1]).effects
import bashlex.parser
rule = bashlex.parser.yaccparser.productions[0]
print(type(rule).__name__, [e.path for e in effects])
"""


def test_parse_tables_come_from_the_cache(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert _fresh(COUNT, str(state)) == "Production ['/a']\n"
    assert _fresh(COUNT, str(state)) == "_Rule ['/a']\n"
    assert sorted(path.name for path in state.iterdir()) == ["bashlex.cache", "key"]


@pytest.mark.parametrize("damage", ["forged", "cut off", "empty", "another version"])
def test_a_cache_that_is_not_ours_is_not_believed(damage: str, tmp_path: Path) -> None:
    state = tmp_path / "state"
    _fresh(COUNT, str(state))
    cache = state / "bashlex.cache"
    data = cache.read_bytes()
    if damage == "forged":
        cache.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    elif damage != "another version":
        cache.write_bytes(data[:100] if damage == "cut off" else b"")
    arguments = ["x"] if damage == "another version" else []
    assert _fresh(COUNT, str(state), *arguments) == "Production ['/a']\n"


THREADS = """
from concurrent.futures import ThreadPoolExecutor
from onetree.shell import analyse
with ThreadPoolExecutor(8) as pool:
    found = list(pool.map(lambda n: [e.path for e in analyse(f"(rm {n})", "/", "/", {}).effects], range(200)))
print(found == [[f"/{n}"] for n in range(200)])
"""


def test_several_threads_may_ask_at_once() -> None:
    assert _fresh(THREADS) == "True\n"


def test_no_state_leaves_no_file(tmp_path: Path) -> None:
    run = [sys.executable, "-c", COUNT, ""]
    subprocess.run(run, check=True, capture_output=True, timeout=60, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    found = analyse("bash pipe; x=$(cat pipe); . pipe", str(tmp_path), "/", {}, budget=60).effects
    assert any(effect.op == "opaque" for effect in found)
