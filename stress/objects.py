"""What a repository holds, read from its objects and files by git alone: which commit added and took away what."""

import os
import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field

from stress import acts

START, BODY = "\x01", "\x02"  # in the output of git log; no message or file has them
CO_AUTHOR = re.compile(r"^Co-authored-by: \S+ (\S+) <", re.MULTILINE)


@dataclass
class Commit:
    """One commit, and how it differs from its parent.

    adds, removes: tokens that the parent has in no file, and that it has in none itself. gone: those of deleted files.
    by: the author's name. co: of the co-authors.
    """

    name: str
    by: str
    subject: str = ""
    co: "list[str]" = field(default_factory=list)
    adds: "set[str]" = field(default_factory=set)
    removes: "set[str]" = field(default_factory=set)
    gone: "set[str]" = field(default_factory=set)


def git(project: str, *args: str) -> str:
    """What git says, errors too."""
    done = subprocess.run(
        ["git", "-C", project, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True,
        errors="replace", env={"PATH": os.environ["PATH"], "HOME": project, "GIT_CONFIG_NOSYSTEM": "1"},
    )  # fmt: skip
    return done.stdout


def commits(project: str) -> "list[Commit]":
    """All commits of HEAD, oldest first."""
    form = f"--format={START}%H%x00%an%x00%B{BODY}"
    text = git(project, "log", "--reverse", "--topo-order", form, "-p", "-U0", "--no-renames", "--no-ext-diff", "HEAD")
    there: Counter[str] = Counter()
    return [_commit(part, there) for part in text.split(START)[1:]]


def _commit(text: str, there: "Counter[str]") -> Commit:
    """One commit. there: how often HEAD has each token, which is brought up to date."""
    head, _, patch = text.partition(BODY)
    name, by, message = head.split("\0")
    found = Commit(name, by, message.partition("\n")[0], CO_AUTHOR.findall(message))
    before = +there
    for part in patch.split("diff --git ")[1:]:
        lines = part.split("\n")
        there.update(t for line in lines if line.startswith("+") for t in acts.tokens(line))
        minus = [t for line in lines if line.startswith("-") for t in acts.tokens(line)]
        there.subtract(minus)
        found.gone |= set(minus) if any(line.startswith("deleted file") for line in lines[:3]) else set()
    found.adds, found.removes = set(+there) - set(before), set(before) - set(+there)
    return found


def tree(project: str) -> "set[str]":
    """The tokens in the files of the working tree, but for what a killed sed left beside them."""
    found = set()
    for folder in ("code", "person"):
        for name in os.listdir(os.path.join(project, folder)):
            if name.endswith(".txt"):
                with open(os.path.join(project, folder, name), encoding="utf-8") as f:
                    found |= acts.tokens(f.read())
    return found


def faults(project: str) -> "list[str]":
    """What is wrong with the repository itself: broken objects, locks that are left."""
    said = git(project, "fsck", "--strict", "--no-dangling", "--no-progress").strip()
    wrong = [f"git fsck: {line}" for line in said.splitlines()[:5]]
    for folder, _, names in os.walk(os.path.join(project, ".git")):
        left = [n for n in names if n.endswith(".lock") and n != "onetree-commit.lock"]
        wrong += [f"{os.path.relpath(os.path.join(folder, n), project)} was left" for n in left]
    return wrong
