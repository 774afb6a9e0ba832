"""How git reads the words of a subcommand: options, paths (gitglossary(7), pathspec), and of which repository."""

import os

from onetree.shell.gitrepo import repository
from onetree.shell.gitrepo.objects import Unreadable
from onetree.shell.gitrepo.worktree import EXCEPT, Worktree

from . import builtins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .call import Call

# Options that take the next word as their value.
VALUES = {
    "checkout": ("-b", "-B", "--orphan"),
    "switch": ("-c", "-C", "--create", "--force-create", "--orphan"),
    "restore": ("-s", "--source"),
    "stash": ("-m", "--message"),
    "clean": ("-e", "--exclude"),
    "commit": ("-m", "-F", "-C", "-c", "-t", "--message", "--file", "--author", "--date", "--fixup"),
    "merge": ("-m", "-s", "-X", "-F", "--strategy", "--strategy-option", "--into-name"),
    "cherry-pick": ("-m", "--mainline", "-X", "--strategy"),
    "clone": ("-b", "--branch", "-o", "--origin", "-c", "--config", "-u", "-j", "--depth", "--reference", "--template"),
    "worktree": ("-b", "-B", "--reason"),
    "archive": ("-o", "--output", "--format", "--prefix", "--remote"),
    "format-patch": ("-o", "--output-directory", "-n", "-v", "--start-number", "--suffix", "--subject-prefix"),
    "checkout-index": ("--prefix", "--stage"),
    "read-tree": ("--prefix",),
    "revert": ("-m", "--mainline", "-X", "--strategy"),
}


class Words:
    """A subcommand's words: options, their values, operands, and what is after --. below: the folder, from the top."""

    def __init__(self, name: str, texts: "list[str]", below: str = "") -> None:
        self.below = below
        self.flags: set[str] = set()
        self.values: dict[str, str] = {}
        self.operands: list[str] = []
        self.paths: list[str] | None = None
        self.digits = ""  # of -5
        takes = VALUES.get(name, ())
        i = 0
        while i < len(texts):
            text, i = texts[i], i + 1
            if text == "--":
                self.paths = texts[i:]
                return
            option, equals, value = text.partition("=")
            if text in takes:
                self.values[text] = texts[i] if i < len(texts) else ""
                i += 1
            elif text.startswith("--"):
                self.flags.add(option)
                if equals:
                    self.values[option] = value
            elif text[:1] == "-" and text[1:].isdigit():
                self.digits = text[1:]
            elif len(text) > 1 and text[0] == "-":
                if text[:2] in takes:
                    self.values[text[:2]] = text[2:]
                else:
                    self.cluster(text, takes, texts[i : i + 1])
                    i += "-" + text[-1] in takes
            else:
                self.operands.append(text)

    def cluster(self, text: str, takes: "tuple[str, ...]", following: "list[str]") -> None:
        """-abc: the last of them may take the next word."""
        for c in text[1:]:
            if "-" + c in takes:
                self.values["-" + c] = (following or [""])[0]
            else:
                self.flags.add("-" + c)

    def has(self, *names: str) -> bool:
        """Whether one of the options was given."""
        return any(name in self.flags or name in self.values for name in names)

    def value(self, *names: str) -> str:
        """The value of the first of the options that was given."""
        return next((self.values[name] for name in names if name in self.values), "")


def opened(call: "Call", folder: str) -> "Worktree | None":
    """The repository that a folder is in, or that GIT_DIR and GIT_WORK_TREE name (git(1)); None if there is none."""
    git, top = (call.state.lookup(name) for name in ("GIT_DIR", "GIT_WORK_TREE"))
    if call.state.lookup("GIT_INDEX_FILE"):
        return None
    found = None if git else repository.find(folder)
    if isinstance(git, str) and git:
        found = folder, os.path.normpath(os.path.join(folder, git))
        if not os.path.isfile(os.path.join(found[1], "HEAD")):
            return None
    if found is None:
        return None
    if isinstance(top, str) and top:
        found = os.path.normpath(os.path.join(folder, top)), found[1]
    known = call.walker.repositories
    key = "\0".join(found)
    tree = known.get(key)
    if not isinstance(tree, Worktree):
        tree = known[key] = Worktree(*found, call.walker.deadline)
        tree.home = builtins.home(call.state)
    return tree


def beneath(tree: Worktree, folder: str) -> str:
    """A folder from the top, "" for one that is elsewhere: git goes to the top then."""
    below = os.path.relpath(folder, tree.top)
    return "" if below == "." or below.startswith("..") else below


def specified(tree: Worktree, paths: "list[str]", below: str) -> "list[str]":
    """Pathspecs counted from the top, those that leave out after EXCEPT (gitglossary(7), "pathspec")."""
    made = []
    for path in paths:
        folder, mark, plain = below, "", path
        if path.startswith(":"):
            magic, plain = _magic(path)
            folder = "" if "top" in magic else below
            mark = EXCEPT if "exclude" in magic else ""
        full = os.path.normpath(os.path.join(tree.top, folder, plain))
        if full != tree.top and not full.startswith(tree.top + "/"):
            raise Unreadable("a path outside the repository")
        made.append(mark + full[len(tree.top) + 1 :])
    if made and all(spec.startswith(EXCEPT) for spec in made):
        made.append(below)
    return made


def _magic(path: str) -> "tuple[set[str], str]":
    if path.startswith(":("):
        words, closed, plain = path[2:].partition(")")
        magic = {word for word in words.split(",") if word}
    else:
        plain = path[1:].lstrip("/!^")
        magic = {"top" if c == "/" else "exclude" for c in path[1 : len(path) - len(plain)]}
        plain, closed = plain.removeprefix(":"), ")"
    if not closed or magic - {"top", "exclude"}:
        raise Unreadable(f"the pathspec {path}")
    return magic, plain
