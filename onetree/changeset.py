"""What a commit would change, or has changed: paths with their content before and after, as git has them."""

import os

from onetree.git import GITLINK, GitError
from onetree.git import run as git  # in a hook its environment says which index is being committed (githooks(5))

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

GONE = "000000"  # the mode of what is not there
INDEX = ""  # what comes after a change that is not committed yet


class Entry:
    """One path of a change. status: A, M, D or T (git-diff-index(1)); old, new: modes; blob: of the new content."""

    __slots__ = ("blob", "new", "old", "path", "status")

    def __init__(self, path: str, status: str, old: str, new: str, blob: str) -> None:
        self.path = path
        self.status = status
        self.old = old
        self.new = new
        self.blob = blob

    @property
    def op(self) -> str:
        """The operation, as action.OPS has it."""
        return "delete" if self.status == "D" else "write"


class Changeset:
    """A change of a repository.

    root: of the working tree. base: the commit or tree before. after: a commit, or INDEX. entries: in git's order.
    message: the commit's, None if it is not known yet. label: what to call it in a message.
    """

    __slots__ = ("after", "base", "entries", "label", "message", "root")

    def __init__(self, root: str, base: str, after: str, entries: "list[Entry]", message: "str | None") -> None:
        self.root = root
        self.base = base
        self.after = after
        self.entries = entries
        self.message = message
        self.label = "the commit"

    def before(self, path: str) -> "bytes | None":
        """A file's content before the change; None if it was not there."""
        return _blob(self.root, f"{self.base}:{path}")

    def now(self, path: str) -> "bytes | None":
        """A file's content after the change; None if it is not there."""
        return _blob(self.root, f"{self.after}:{path}")

    def contents(self, entries: "Iterable[Entry]") -> "dict[str, bytes]":
        """Path -> new content of those entries that are files."""
        wanted = {e.path: e.blob for e in entries if e.new not in (GONE, GITLINK)}
        data = git(self.root, "cat-file", "--batch", stdin="".join(f"{b}\n" for b in wanted.values()).encode())
        found, at = {}, 0
        for path in wanted:
            end = data.index(b"\n", at)
            size = int(data[at:end].split()[2])
            found[path] = data[end + 1 : end + 1 + size]
            at = end + 1 + size + 1
        return found

    def files(self, names: "Iterable[str] | None" = None) -> "list[Entry]":
        """What is there after the change; only these names if given."""
        if self.after == INDEX:
            lines = git(self.root, "ls-files", "-s", "-z").split(b"\0")
        else:
            lines = git(self.root, "ls-tree", "-r", "-z", self.after).split(b"\0")
        chosen = None if names is None else set(names)
        found = []
        for line in filter(None, lines):
            head, _, name = line.partition(b"\t")
            words, path = head.decode().split(), os.fsdecode(name)
            if chosen is None or path in chosen:
                found.append(Entry(path, "A", GONE, words[0], words[1] if self.after == INDEX else words[2]))
        return found


def top(directory: str) -> str:
    """The root of the working tree around a directory. Raises GitError."""
    return os.fsdecode(git(directory, "rev-parse", "--show-toplevel").removesuffix(b"\n"))


def staged(root: str) -> Changeset:
    """What `git commit` would commit now. Of a merge, what no parent has: the rest was judged when it was committed."""
    base = _commit(root, "HEAD") or _nothing(root)
    others = [_commit(root, parent) for parent in _merged(root)]
    entries = _entries(root, "diff-index", "--cached", base)
    for parent in others:
        entries = _also(entries, _entries(root, "diff-index", "--cached", parent))
    return Changeset(root, base, INDEX, entries, None)


def between(root: str, old: str, new: str) -> Changeset:
    """What `new` has that its common ancestor with `old` has not, as one change. Raises GitError."""
    base = git(root, "merge-base", old, new).decode().strip()
    after = git(root, "rev-parse", "--verify", f"{new}^{{commit}}").decode().strip()
    message = git(root, "log", "--format=%B", f"{base}..{after}").decode("utf-8", "replace")
    return Changeset(root, base, after, _entries(root, "diff-tree", "-r", base, after), message)


def committed(root: str, commit: str) -> Changeset:
    """What one commit has changed; of a merge, what no parent has. Raises GitError."""
    after, *parents = git(root, "rev-list", "--parents", "-n1", commit).decode().split()
    bases = parents or [_nothing(root)]
    entries = _entries(root, "diff-tree", "-r", bases[0], after)
    for parent in bases[1:]:
        entries = _also(entries, _entries(root, "diff-tree", "-r", parent, after))
    subject, _, message = git(root, "log", "-n1", "--format=%s%n%B", after).decode("utf-8", "replace").partition("\n")
    found = Changeset(root, bases[0], after, entries, message)
    found.label = f"commit {after[:10]} ({subject})"
    return found


def commits(root: str, span: str) -> "list[str]":
    """The commits of a range (gitrevisions(7)), oldest first. Raises GitError."""
    return git(root, "rev-list", "--reverse", span, "--").decode().split()


def _blob(root: str, name: str) -> "bytes | None":
    try:
        return git(root, "cat-file", "blob", name)
    except GitError:
        return None


def _commit(root: str, name: str) -> str:
    try:
        return git(root, "rev-parse", "-q", "--verify", f"{name}^{{commit}}").decode().strip()
    except GitError:
        return ""


def _nothing(root: str) -> str:
    """The empty tree, which every repository knows, in its own hash."""
    return git(root, "hash-object", "-t", "tree", "--stdin").decode().strip()


def _merged(root: str) -> "list[str]":
    """The commits that are being merged into HEAD."""
    path = os.path.join(root, os.fsdecode(git(root, "rev-parse", "--git-path", "MERGE_HEAD").removesuffix(b"\n")))
    try:
        with open(path, encoding="ascii") as f:
            return f.read().split()
    except OSError:
        return []


def _entries(root: str, command: str, *args: str) -> "list[Entry]":
    raw = git(root, command, "--raw", "-z", "--no-renames", "--no-abbrev", "--ignore-submodules=none", *args)
    words = raw.split(b"\0")
    found = []
    for head, name in zip(words[::2], words[1::2], strict=False):
        old, new, _, blob, status = head[1:].decode().split()
        found.append(Entry(os.fsdecode(name), status, old, new, blob))
    return found


def _also(entries: "list[Entry]", others: "list[Entry]") -> "list[Entry]":
    names = {e.path for e in others}
    return [e for e in entries if e.path in names]
