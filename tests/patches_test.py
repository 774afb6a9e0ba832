"""patch, git apply, git am: what is predicted of a tree is what they then change in it."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from onetree.shell import analyse, patches

WHO = {f"GIT_{who}_{what}": "n" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
ENV = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", **WHO}
LINES = "".join(f"{i}\n" for i in range(1, 21))

HUNK = "@@ -7,7 +7,7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n"
FILES = {
    "f": LINES,
    "d/e/g": LINES,
    "moved": LINES.replace("1\n", "0\n1\n", 1),
    "fuzzy": LINES.replace("7\n", "seven\n", 1),
    "other": LINES.replace("10\n", "X\n", 1),
    "done": LINES.replace("10\n", "ten\n", 1),
    "git.p": f"diff --git a/f b/f\nindex 123..456 100644\n--- a/f\n+++ b/f\n{HUNK}",
    "in.p": f"diff --git a/d/e/g b/d/e/g\n--- a/d/e/g\n+++ b/d/e/g\n{HUNK}",
    "plain.p": f"--- f.old\t2020-01-01 00:00:00\n+++ f\t2020-01-02 00:00:00\n{HUNK}",
    "below.p": f"diff --git a/g b/g\n--- a/g\n+++ b/g\n{HUNK}",
    "offset.p": f"--- a/moved\n+++ b/moved\n{HUNK}",
    "fuzz.p": f"--- a/fuzzy\n+++ b/fuzzy\n{HUNK}",
    "fails.p": f"--- a/other\n+++ b/other\n{HUNK}",
    "done.p": f"--- a/done\n+++ b/done\n{HUNK}",
    "absent.p": f"--- a/nosuch\n+++ b/nosuch\n{HUNK}",
    "half.p": f"--- a/f\n+++ b/f\n{HUNK}--- a/other\n+++ b/other\n{HUNK}",
    "new.p": "--- /dev/null\n+++ b/n/m/x\n@@ -0,0 +1,2 @@\n+hi\n+ho\n",
    "newgit.p": "diff --git a/n/x b/n/x\nnew file mode 100644\nindex 0..1\n"
    "--- /dev/null\n+++ b/n/x\n@@ -0,0 +1 @@\n+hi\n",
    "empty.p": "diff --git a/n/x b/n/x\nnew file mode 100644\nindex 0000000..e69de29\n",
    "gone.p": "diff --git a/d/e/g b/d/e/g\ndeleted file mode 100644\n--- a/d/e/g\n+++ /dev/null\n@@ -1,20 +0,0 @@\n"
    + "".join(f"-{line}\n" for line in LINES.split()),
    "name.p": "diff --git a/d/e/g b/d/h\nsimilarity index 100%\nrename from d/e/g\nrename to d/h\n",
    "copy.p": "diff --git a/f b/k/f\nsimilarity index 100%\ncopy from f\ncopy to k/f\n",
    "context.p": "*** f\t2020-01-01\n--- f\t2020-01-02\n***************\n*** 9,11 ****\n  9\n! 10\n  11\n"
    "--- 9,11 ----\n  9\n! ten\n  11\n",
    "index.p": f"Index: f\n=====\n--- f (revision 1)\n+++ f (working copy)\n{HUNK}",
    "quoted.p": '--- /dev/null\n+++ "b/\\303\\244 b"\n@@ -0,0 +1 @@\n+hi\n',
    "cut.p": f"--- a/f\n+++ b/f\n{HUNK[:-20]}",
    "mail.p": f"From {'0' * 40} Mon Sep 17 00:00:00 2001\nFrom: n <n@x>\nSubject: s\n\n---\n f | 2 +-\n\n"
    f"diff --git a/f b/f\n--- a/f\n+++ b/f\n{HUNK}-- \n2.39\n\n",
}
CASES = {
    "-p1": "patch -p1 < git.p",
    "-p0": "patch -p0 -i plain.p",
    "without -p": "patch < in.p",
    "without -p in its folder": "patch -d d/e < in.p",
    "-s by a pipe": "cat git.p | patch -sp1",
    "a here-document": f"patch -p1 <<'END'\n{FILES['git.p']}END",
    "offset": "patch -p1 < offset.p",
    "offset without a backup": "patch -p1 --no-backup-if-mismatch < offset.p",
    "fuzz": "patch -p1 < fuzz.p",
    "new": "patch -p1 < new.p",
    "new of git": "patch -p1 < newgit.p",
    "new is there": "mkdir n; mkdir n/m; echo 1 > n/m/x; patch -N -p1 < new.p",
    "deleted": "patch -p1 < gone.p",
    "renamed": "patch -p1 < name.p",
    "backup": "patch -b -p1 < git.p",
    "backup with a suffix": "patch -b -z .old -p1 < git.p",
    "backup with a prefix": "patch -b -B bak/ -p1 < git.p",
    "output": "patch -o out -p1 < git.p",
    "reversed": "patch -p1 < git.p; patch -R -p1 < git.p",
    "already": "patch -N -p1 < done.p",
    "no such file": "patch -p1 < absent.p",
    "of one file": "patch f git.p",
    "of one file by redirection": "patch d/e/g < git.p",
    "context": "patch < context.p",
    "an index line": "patch -p0 < index.p",
    "a quoted name": "patch -p1 < quoted.p",
    "in a folder": "cd d && patch -p1 -d .. < ../git.p",
    "dry": "patch --dry-run -p1 < git.p",
    "git": "git apply git.p",
    "git by a pipe": "cat git.p in.p | git apply",
    "git in a folder": "cd d && git apply ../git.p ../in.p",
    "git below": "git apply --directory=d/e below.p; git apply -R --directory d/e below.p",
    "git -p": "git apply -p3 --directory=. in.p",
    "git and an offset": "git apply offset.p",
    "git and fuzz": "git apply fuzz.p",
    "git all or nothing": "git apply half.p",
    "git new": "git apply new.p newgit.p quoted.p",
    "git empty": "git apply empty.p",
    "git deleted": "git apply gone.p",
    "git renamed": "git apply name.p",
    "git copied": "git apply copy.p",
    "git reversed": "git apply git.p; git apply -R git.p",
    "git --check": "git apply --check git.p",
    "git --stat": "git apply --stat git.p",
    "git --stat --apply": "git apply --stat --apply git.p",
    "git --include": "git apply --include='d/*' git.p in.p",
    "git --exclude": "git apply --exclude=f git.p in.p",
    "git cut": "git apply cut.p",
    "am": "git init -q . ; git add f; git commit -qm f; git am -q mail.p",
}
MAYBE = {
    "fails": ("patch -p1 < fails.p", [], ["other.rej", "other.orig"]),
    "git --reject": ("git apply --reject half.p", [], ["f", "other.rej"]),
    "cut": ("patch -p1 < cut.p", ["f"], []),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def snapshot(top: Path) -> "dict[str, object]":
    found: dict[str, object] = {}
    for path in top.rglob("*"):
        name = str(path.relative_to(top))
        if name.partition("/")[0] != ".git":
            found[name] = None if path.is_dir() else (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
    return found


def predicted(command: str, top: Path, *, certain: bool = True) -> "set[tuple[str, str]]":
    effects = analyse(command, str(top), "/nowhere", {}, budget=20).effects
    assert [effect.why for effect in effects if effect.op == "opaque"] == []
    made = [e for e in effects if e.op in ("write", "delete") and e.certain is certain]
    names = {(e.op, os.path.normpath(e.path).removeprefix(f"{top}/")) for e in made}
    return {(op, name) for op, name in names if name != ".git" and not name.startswith(".git/")}


@pytest.mark.parametrize("command", CASES.values(), ids=CASES)
def test_what_a_patch_changes_is_predicted(command: str, tree: Path) -> None:
    made = predicted(command, tree)
    real: set[tuple[str, str]] = set()
    before = snapshot(tree)
    for step in command.split("; "):
        subprocess.run(["bash", "-c", step], cwd=tree, env=ENV, check=False, capture_output=True)
        after = snapshot(tree)
        real |= {("write", name) for name in after if name not in before or after[name] != before[name]}
        real |= {("delete", name) for name in before if name not in after}
        before = after
    assert sorted(made) == sorted(real)


@pytest.mark.parametrize(("command", "maybe", "sure"), MAYBE.values(), ids=MAYBE)
def test_a_hunk_that_does_not_fit_is_not_certain(
    command: str, maybe: "list[str]", sure: "list[str]", tree: Path
) -> None:
    assert {name for _, name in predicted(command, tree, certain=False)} == set(maybe)
    assert {name for _, name in predicted(command, tree)} == set(sure)


def test_what_is_not_known_is_said(tree: Path) -> None:
    for command in ("curl x | patch -p1", "git diff | git apply", "patch -p1 < $P", "git am $P", "patch -p1 < nosuch"):
        effects = analyse(command, str(tree), "/nowhere", {}, budget=20).effects
        assert "opaque" in [effect.op for effect in effects], command


def test_codex_patches_are_read(tree: Path) -> None:
    text = (
        "*** Begin Patch\n*** Add File: n\n+x\n*** Update File: f\n*** Move to: k\n@@\n-1\n+2\n*** Delete File: d/e/g\n"
    )
    for name in ("apply_patch", "applypatch"):
        made = predicted(f"{name} <<'EOF'\n{text}*** End Patch\nEOF", tree)
        assert made == {("write", "n"), ("delete", "f"), ("write", "k"), ("delete", "d/e/g")}


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_patch_raises_nothing(name: str) -> None:
    text = FILES[name]
    for cut in range(0, len(text), 7):
        for broken in (
            text[:cut],
            text[cut:],
            text[:cut] + "\n@@ -1 +1 @@\n" + text[cut:],
            text[:cut] + '"' + text[cut:],
        ):
            for item in patches.read(broken):
                patches.applied(LINES, item.hunks, 2)
                item.turned()


def test_a_large_patch_takes_no_time() -> None:
    before = time.monotonic()
    for text in (
        "diff --git a/" + "a " * 50000,
        'diff --git "' + "\\" * 50000,
        "@@ -1,9 +1 @@\n--- a\n+++ b\n" * 20000,
    ):
        patches.read(text)
    hunk = patches.Hunk(1, ["a\n"] * 5000 + ["b\n"], ["c\n"])
    assert patches.applied("a\n" * 100000, [hunk] * 10, 2) is None
    assert time.monotonic() - before < 5
