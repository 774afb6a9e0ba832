"""What the line itself computes and then writes to: names that small programs print, and what the shell keeps."""

import os
import time
from pathlib import Path

import pytest

from onetree.shell import analyse

ENV = {"HOME": "/home/u"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for folder in ("src/lib", "out", "docs"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "a.txt").write_text("one\ntwo\nthree\n")
    (tmp_path / "b.txt").write_text("two\nfour\n")
    (tmp_path / "src/x.py").write_text("VERSION = '1'\n")
    (tmp_path / "src/lib/y.py").write_text("TODO\n")
    (tmp_path / "pairs").write_text("k=v1\n# c\nj=v2\n")
    (tmp_path / "p.json").write_text('{"name": "n", "deep": {"size": 3}}')
    (tmp_path / "d.patch").write_text("--- a/b.txt\n+++ b/b.txt\n@@ -1,2 +1,2 @@\n-two\n+2\n four\n")
    (tmp_path / "link").symlink_to("a.txt")
    return tmp_path


def changed(command: str, tree: Path) -> "set[str]":
    """The paths below tree that a line writes, deletes or changes; 'opaque' if something is not read."""
    made = set()
    for effect in analyse(command, str(tree), "/home/u", ENV, budget=10).effects:
        if effect.op == "opaque":
            made.add("opaque")
        elif effect.op != "read":
            made.add(os.path.normpath(effect.path).removeprefix(str(tree) + "/"))
    return made


KNOWN = {
    "sed s": ("touch $(echo aXb | sed s/X/-/)", {"a-b"}),
    "sed s with groups": (r"touch $(echo 'k: v' | sed -E 's/(.*): (.*)/\2.\1/')", {"v.k"}),
    "sed s with & and g": ("touch $(echo a.b.c | sed 's/[a-z]/<&>/g')", {"<a>.<b>.<c>"}),
    "sed the second match": ("touch $(echo a.b.c | sed 's/\\./-/2')", {"a.b-c"}),
    "sed -n p of a line": ("sed -n 2p a.txt | xargs touch", {"two"}),
    "sed -n p of a match": (r"touch $(sed -n 's/^j=\(.*\)/\1/p' pairs)", {"v2"}),
    "sed d": ("sed '/^#/d; s/.*=//' pairs | xargs touch", {"v1", "v2"}),
    "sed a range": ("sed -n '2,$p' b.txt | xargs touch", {"four"}),
    "sed q": ("sed 1q a.txt | xargs touch", {"one"}),
    "sed with a class": ("touch $(echo a1b22 | sed 's/[[:digit:]]//g')", {"ab"}),
    "sed y": ("touch $(echo abc | sed y/abc/xyz/)", {"xyz"}),
    "sed with an escaped dot": (r"for f in a.txt; do touch $(echo $f | sed 's/\.txt$/.bak/'); done", {"a.bak"}),
    "grep -o": ("touch $(echo v1.2 | grep -oE '[0-9]+')", {"1", "2"}),
    "grep -c": ("touch n$(grep -c t a.txt)", {"n2"}),
    "grep -h of two files": ("grep -h two a.txt b.txt | head -1 | xargs touch", {"two"}),
    "date of a moment": ("touch $(date -u -d @0 +%Y-%m-%d)", {"1970-01-01"}),
    "date of a day": ("touch b-$(date -d 2024-02-03 +%Y%m%d)", {"b-20240203"}),
    "readlink": ("touch $(readlink link).new", {"a.txt.new"}),
    "stat -c": ("stat -c %n a.txt b.txt | xargs rm", {"a.txt", "b.txt"}),
    "expr": ("touch x$(expr 3 + 4)", {"x7"}),
    "md5sum": ("touch $(echo -n | md5sum | cut -c1-6)", {"d41d8c"}),
    "paste -s": ("touch $(printf 'x\\ny\\n' | paste -sd-)", {"x-y"}),
    "comm": ("comm -12 <(sort a.txt) <(sort b.txt) | xargs touch", {"two"}),
    "sort -n": ("printf '10\\n9\\n' | sort -n | head -1 | xargs touch", {"9"}),
    "uniq -d": ("printf 'a\\na\\nb\\n' | uniq -d | xargs touch", {"a"}),
    "seq -w": ("for i in $(seq -w 9 10); do touch $i; done", {"09", "10"}),
    "seq -s": ("touch $(seq -s- 1 3)", {"1-2-3"}),
    "xxd -p": ("touch $(printf hi | xxd -p)", {"6869"}),
    "jq": ("touch n$(jq -r .deep.size p.json)", {"n3"}),
    "tee prints": ("touch $(echo t | tee f)", {"t", "f"}),
    "what prints nothing": ("a=$(mkdir d; echo n); touch $a", {"d", "n"}),
    "find -printf": ("find src -name '*.py' -printf '%f.o\\n' | xargs touch", {"x.py.o", "y.py.o"}),
    "find -printf %P": ("find src -name y.py -printf '%P\\0' | xargs -0 -I{} touch out/{}", {"out/lib/y.py"}),
    "xargs prints": ("ls src/*.py | xargs -n1 basename | xargs touch", {"x.py"}),
    "xargs alone is echo": ("echo a b | xargs -n1 | sed s/$/1/ | xargs touch", {"a1", "b1"}),
    "function of a command's name": ('cd() { builtin cd "$@"; }; cd src; touch n', {"src/n"}),
    "function and command": ('rm() { command rm -v "$@"; }; rm a.txt', {"a.txt"}),
    "env in a nested shell": ("env F=n sh -c 'echo x > $F'", {"n"}),
    "source of standard input": (". /dev/stdin <<< 'echo x > n'", {"n"}),
    "name reference read": ('declare -n r=t; t=n; touch "$r"', {"n"}),
    "name reference set": ('f() { local -n o=$1; o=n; }; f v; touch "$v"', {"n"}),
    "alias in a later line": ("shopt -s expand_aliases\nalias w='touch n'\nw m", {"n", "m"}),
    "alias twice": ("shopt -s expand_aliases\nalias e=echo\ne a > n\ne b > m", {"n", "m"}),
    "alias of its own name": ("shopt -s expand_aliases\nalias rm='rm -f'\nrm a.txt", {"a.txt"}),
    "getopts": ('set -- -v -f n; while getopts vf: o; do case $o in f) touch "$OPTARG";; esac; done', {"n"}),
    "getopts of letters together": ("while getopts ab o -ab; do touch $o; done", {"a", "b"}),
    "noclobber": ("set -C; echo x > a.txt || touch n", {"n"}),
    "noclobber overruled": ("set -C; echo x >| a.txt", {"a.txt"}),
    "last word": ('mkdir d; cd "$_"; touch n', {"d", "d/n"}),
    "FUNCNAME": ('f() { touch "$FUNCNAME"; }; f', {"f"}),
    "BASH_REMATCH": ('[[ v-12 =~ ^v-([0-9]+)$ ]] && touch "${BASH_REMATCH[1]}"', {"12"}),
    "read -u": ('exec 4<a.txt; read -u 4 l; read -r k <&4; touch "$l" "$k"', {"one", "two"}),
    "loop on a descriptor": ("while read -u 3 l; do touch $l; done 3< b.txt", {"two", "four"}),
    "replacement at the end": ('a=(x y); touch "${a[@]/%/.t}"', {"x.t", "y.t"}),
    "parameters from the second": ('set -- a b c; touch "${@:2}"', {"b", "c"}),
    "quoted transformation": ('v="a b"; eval "touch ${v@Q}"', {"a b"}),
    "awk of a field": ("touch $(echo one two | awk '{print $2}')", {"two"}),
    "awk of the last field": ("touch $(echo a.b.c | awk -F. '{print $NF}')", {"c"}),
    "awk with a condition": ("printf 'a 1\\nb 12\\n' | awk '$2>4{print $1}' | xargs touch", {"b"}),
    "grep -l with an expression": ("grep -rlE 'TODO|FIXME' src | xargs rm", {"src/lib/y.py"}),
    "grep -L": ("grep -L two a.txt pairs | xargs rm", {"pairs"}),
    "tar into tar": ("tar cf - src | tar xf - -C out", {"out/src/x.py", "out/src/lib/y.py"}),
    "tar in two folders": ("(cd src && tar cf - .) | (cd out && tar xpf -)", {"out/x.py", "out/lib/y.py"}),
    "tar made and unpacked": ("tar czf f.tgz -C src lib && tar xzf f.tgz -C out", {"f.tgz", "out/lib/y.py"}),
    "tar to a redirection": ("tar c a.txt > f; tar x -C out < f", {"f", "out/a.txt"}),
    "zip made and unpacked": (
        "zip -qr z.zip src && unzip -qo z.zip -d out",
        {"z.zip", "out/src/x.py", "out/src/lib/y.py"},
    ),
    "ar made and unpacked": ("ar rc l.a src/x.py && cd out && ar x ../l.a", {"l.a", "out/x.py"}),
    "cpio made and unpacked": (
        "find src -name '*.py' | cpio -o | (cd out; cpio -id)",
        {"out/src/x.py", "out/src/lib/y.py"},
    ),
    "patch": ("patch -p1 < d.patch", {"b.txt"}),
    "patch with backups": ("patch -b -p1 -i d.patch", {"b.txt", "b.txt.orig"}),
    "patch without -p": (
        "cd out; printf 'x\\n' > b.txt; sed s/two/x/ ../d.patch | patch",
        {"out/b.txt", "out/b.txt.orig"},
    ),
    "patch that makes a file": ("printf -- '--- /dev/null\\n+++ b/n\\n@@ -0,0 +1 @@\\n+x\\n' | patch -p1", {"n"}),
    "files of a moved folder": ("mv src out/", {"src", "out/src", "out/src/x.py", "out/src/lib/y.py"}),
}


@pytest.mark.parametrize(("command", "expected"), KNOWN.values(), ids=KNOWN)
def test_follows_what_is_printed_and_kept(command: str, expected: "set[str]", tree: Path) -> None:
    assert changed(command, tree) == expected


def test_takes_today_for_the_date_when_the_format_tells_no_more(tree: Path) -> None:
    assert changed("touch d-$(date +%F)", tree) == {f"d-{time.strftime('%Y-%m-%d')}"}


UNKNOWN = {
    "a second's date": "touch $(date +%s)",
    "a month's name": "touch $(date +%B)",
    "another zone": "export TZ=Asia/Tokyo; touch $(date +%F)",
    "sed with a loop": "touch $(echo a | sed ':a;s/a/b/;ta')",
    "sed of an unknown text": "touch $(curl -s x | sed s/a/b/)",
    "sed with alternatives": "touch $(echo ab | sed -E 's/(a|ab)/x/')",
    "a name reference to what is unknown": 'declare -n r=$x; touch "$r"',
    "getopts of unknown words": 'while getopts f: o "$x"; do touch "$OPTARG"; done',
    "jq of a list": "touch $(jq -r '.[]' p.json)",
    "patch of an unknown text": "curl -s x | patch -p1",
    "tar of an unknown list": "tar cf - -T names | tar xf - -C out",
    "archive that is fetched": "curl -s x | tar xz",
    "archive as a text": "rm $(tar cf - a.txt)",
    "archive that is listed as names": "tar cf - a.txt | xargs rm",
    "verbose": "touch $(rm -v a.txt)",
    "expression that is not simple": '[[ $x =~ (a+)+ ]]; touch "${BASH_REMATCH[1]}"',
}


@pytest.mark.parametrize("command", UNKNOWN.values(), ids=UNKNOWN)
def test_says_what_is_not_known(command: str, tree: Path) -> None:
    assert "opaque" in changed(command, tree)


NOTHING = {
    "alias in the same line": "shopt -s expand_aliases; alias w='touch n'; w",
    "alias where none is expanded": "alias w='touch n'\nw",
    "noclobber": "set -C; echo x > a.txt",
    "sed that prints": "sed s/a/b/ a.txt",
    "tee to nothing": "echo a | tee",
    "a function is no program": "f() { touch n; }; env f; command f",
}


@pytest.mark.parametrize("command", NOTHING.values(), ids=NOTHING)
def test_reports_nothing(command: str, tree: Path) -> None:
    assert changed(command, tree) == set()
