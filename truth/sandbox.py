"""A small project, and one command run in a copy of it under strace, with nothing else that can be written."""

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from . import kernel

PATH = "/usr/local/bin:/usr/bin:/bin"
SECONDS = 20
# Programs of the table that a machine may lack.
PROGRAMS = (
    "zip unzip perl node jq sqlite3 rsync ed patch gawk cpio xz zstd bzip2 make git python3 install gzip tar xxd npm"
).split()

FILES = {
    "README.md": "# Fixture\n\nHello, world.\n",
    "notes.txt": "one\ntwo\nthree\ntwo\n",
    "list.txt": "src/app.py\nnotes.txt\n",
    "data.json": '{"name": "fixture", "n": 1}\n',
    "table.csv": "id,name\n2,b\n1,a\n",
    "src/app.py": "import os\n\nVERSION = '1.0'\nprint('old name', VERSION)\n",
    "src/util.py": "def twice(x):\n    return 2 * x  # old name\n",
    "src/deep/mod.py": "x = 1\n",
    "docs/guide.md": "A guide.\n",
    "docs/old.md": "An old guide.\n",
    "logs/a.log": "a\n",
    "logs/b.log": "b\n",
    "build/out.bin": "binary\n",
    "with space.txt": "s\n",
    "fix.patch": "--- a/notes.txt\n+++ b/notes.txt\n@@ -1,2 +1,2 @@\n-one\n+ONE\n two\n",
    "run.sh": '#!/bin/sh\necho "$1" > from-script.txt\n',
    "Makefile": "out/x.txt: notes.txt\n\tmkdir -p out\n\tcp notes.txt $@\n.PHONY: clean\nclean:\n\trm -rf build\n",
    "package.json": '{"name": "fixture", "scripts": {"gen": "echo made > gen.txt"}}\n',
    ".gitignore": "build/\n*.log\n",
    ".env": "KEY=1\n",
}


def environment(home: str) -> "dict[str, str]":
    """What a command finds, and the detector is told."""
    git = {
        f"GIT_{who}_{what}": f"{who.lower()}@example.org"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    fixed = {"GIT_CONFIG_NOSYSTEM": "1", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "TZ": "UTC"}
    return {"HOME": home, "PATH": PATH, **git, **fixed}


def template(home: Path) -> None:
    """Make the project below a home: files, links, archives, a repository with two commits and a branch."""
    project = home / "project"
    for name, text in FILES.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (project / "run.sh").chmod(0o755)
    (project / "link.txt").symlink_to("notes.txt")
    (project / "docs-link").symlink_to("docs")
    (home / ".gitconfig").write_text(
        "[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n[advice]\n\tdetachedHead = false\n"
    )
    script = """
        set -e
        tar -czf pack.tgz -C docs guide.md old.md
        gzip -c notes.txt > notes.gz
        git init -q && git add -A && git commit -qm first
        git checkout -qb topic && echo topic > topic.txt && git add topic.txt && git commit -qm topic
        git checkout -q main && echo more >> README.md
    """
    env = environment(str(home))
    subprocess.run(["bash", "-c", script], cwd=project, env=env, check=True, stdout=subprocess.DEVNULL)
    if shutil.which("zip", path=PATH):
        subprocess.run(["zip", "-qr", "pack.zip", "docs"], cwd=project, env=env, check=True)


def lacking(command: str) -> "list[str]":
    """The programs that a command names and this machine has not."""
    words = set(command.replace("|", " ").replace(";", " ").replace("(", " ").split())
    return [name for name in PROGRAMS if name in words and not shutil.which(name, path=PATH)]


def unable() -> str:
    """Why no command can be watched here; "" if it can be."""
    if not sys.platform.startswith("linux"):
        return "strace is Linux's"
    if not shutil.which("strace", path=PATH):
        return "strace is not installed"
    with tempfile.TemporaryDirectory() as folder:
        probe = [*kernel.STRACE, os.path.join(folder, "t"), "true"]
        done = subprocess.run(probe, capture_output=True, check=False, env={"PATH": PATH})
    return "" if done.returncode == 0 else f"strace cannot trace here: {done.stderr.decode().strip()[:80]}"


def walls(home: str) -> "list[str]":
    """Bubblewrap's argv that leaves only the home to be written."""
    argv = "bwrap --unshare-all --die-with-parent --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --bind".split()
    return [*argv, home, home]


def can_wall(home: str) -> bool:
    """Whether bubblewrap is there and may run."""
    if not shutil.which("bwrap", path=PATH):
        return False
    probe = [*walls(home), *kernel.STRACE, os.path.join(home, "t"), "true"]
    return subprocess.run(probe, capture_output=True, check=False, env={"PATH": PATH}).returncode == 0


class Sandbox:
    """Copies of one project, and commands that run in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = folder / "template"
        self.template.mkdir()
        template(self.template)
        self.numbers = itertools.count(1)
        probe = folder / "probe"
        probe.mkdir()
        self.walled = can_wall(str(probe))

    def copy(self) -> Path:
        """A fresh home."""
        home = self.folder / f"home{next(self.numbers)}"
        shutil.copytree(self.template, home, symlinks=True)
        # git must not take a file for changed because its copy has another inode.
        refresh = ["git", "update-index", "-q", "--refresh"]
        subprocess.run(refresh, cwd=home / "project", env=environment(str(home)), check=False, capture_output=True)
        return home

    def run(self, command: str, home: Path) -> "tuple[set[str], set[str], dict[str, tuple[object, ...]]]":
        """Run a command in a home's project: by the kernel, by comparison; and the home as it was before."""
        traces = home.parent / f"{home.name}.trace"
        traces.mkdir()
        inside = home / ".traces"  # the only place that can be written
        inside.mkdir()
        before = kernel.snapshot(str(home))
        argv = [*(walls(str(home)) if self.walled else []), *kernel.STRACE, str(inside / "t"), "bash", "-c", command]
        project = home / "project"
        try:
            subprocess.run(
                argv,
                cwd=project,
                env=environment(str(home)),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=SECONDS,
            )
        finally:
            inside.rename(traces / "all")
        after = kernel.snapshot(str(home))
        by_kernel = {path for path in kernel.changed(str(traces / "all"), str(project)) if _below(path, str(home))}
        by_kernel = {path for path in by_kernel if not _below(path, str(inside))}
        before.pop(str(inside), None)
        by_tree = {path for path in kernel.differences(before, after) if not _below(path, str(inside))}
        shutil.rmtree(traces)
        return by_kernel, by_tree, before


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")
