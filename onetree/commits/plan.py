"""What one agent's commit will hold: of each file that it wrote, its own changes upon what HEAD has."""

import os
import time

from onetree import blobs, writes
from onetree.commits import own
from onetree.commits.repository import Repository, environment
from onetree.commits.trees import NOTHING, Entry
from onetree.git import GITLINK, SYMLINK, GitError, run

PLAIN = (blobs.FILE, blobs.EXECUTABLE)


class Part:
    """One path of a commit.

    path: below the root. name: below the top of the work tree. old, new: what HEAD has and will have. partial: whether
    the file in the tree has more than that. co: other agents whose work goes along, when whole files are asked for.
    """

    __slots__ = ("co", "name", "new", "old", "partial", "path", "pending")

    def __init__(self, pending: own.Pending, name: str, old: Entry, new: Entry, partial: bool) -> None:
        self.path = pending.path
        self.pending = pending
        self.name = name
        self.old = old
        self.new = new
        self.partial = partial
        self.co: list[writes.Line] = []


class Plan:
    """Upon a commit `head`, of which `old` has the entries of all paths that were looked at.

    parts: what will be committed. done: paths whose writes are in HEAD already, or undone. no: {path: why not}.
    """

    def __init__(self, head: str, old: "dict[str, Entry]") -> None:
        self.head, self.old = head, old
        self.parts: list[Part] = []
        self.done: list[own.Pending] = []
        self.no: dict[str, str] = {}

    def content(self) -> "dict[str, Entry]":
        """What each path becomes."""
        return {p.name: p.new for p in self.parts}

    def upon(self, head: str, old: "dict[str, Entry]") -> bool:
        """Take it to another commit, if that has the same entries: what is to be committed stays the same, too."""
        if old != self.old:
            return False
        self.head = head
        return True


class Planner:
    """Works out plans for one tree. home: its root. whole: files go in as they are in the tree, whoever wrote them."""

    def __init__(self, repo: Repository, home: str, state: str, *, whole: bool) -> None:
        self.repo, self.home, self.state, self.whole = repo, os.path.realpath(home), state, whole
        self.modes = repo.settings().get("core.filemode") != "false"
        self._cleaned: dict[tuple[str, str], str] = {}
        self._stored: dict[str, str] = {}  # git's name of each file in the tree, as it was just now

    def name(self, path: str) -> "str | None":
        """A path below the root as the repository has it; None if it lies outside, or in a repository of its own."""
        full = os.path.join(self.home, path)
        top = os.path.realpath(self.repo.top)
        if not full.startswith(top.rstrip("/") + "/"):
            return None
        folder = os.path.dirname(full)
        while len(folder) > len(top):
            if os.path.lexists(os.path.join(folder, ".git")):
                return None
            folder = os.path.dirname(folder)
        return full[len(top.rstrip("/")) + 1 :]

    def plan(self, pending: "list[own.Pending]", head: str) -> Plan:
        """The plan on top of a commit. Raises GitError."""
        named = {p.path: n for p in pending if (n := self.name(p.path)) is not None}
        found = Plan(head, self.repo.objects.entries(head, named.values()))
        self._stored = self.repo.stored([n for p, n in named.items() if _is_file(os.path.join(self.home, p))])
        for one in pending:
            if one.path not in named:
                continue
            old = found.old[named[one.path]]
            if old[0] == GITLINK:
                found.no[one.path] = "it is a submodule in the commit before; commit inside of it"
                continue
            self._one(found, one, named[one.path], old)
        return found

    def _one(self, found: Plan, one: own.Pending, name: str, old: Entry) -> None:
        raw, tree = self._tree(one, name, old)
        if tree == old:
            found.done.append(one)
            return
        new: Entry | None = tree
        if not self.whole:
            new = self._mine(one, name, old, raw, tree)
            if new is None:
                found.no[one.path] = _inseparable(one, raw)
                return
        if new == old or new is None:
            found.done.append(one)
            return
        part = Part(one, name, old, new, new != tree)
        if self.whole:  # after the look at the tree: whose the content is, is recorded by now, or said to be under way
            agent = {k: one.edits[-1][k] for k in ("platform", "session")}
            lines = writes.history(self.state, one.path)
            other = writes.under_way(lines, agent, time.time())
            if other:
                found.no[one.path] = f"{writes.label(other)} is writing it at this moment; try again"
                return
            part.co = list(own.Pending(one.path, lines, agent).others.values())
        found.parts.append(part)

    def _tree(self, one: own.Pending, name: str, old: Entry) -> "tuple[own.Version, Entry]":
        """What is in the tree: (as recorded writes have it, as git would have it)."""
        real = os.path.join(self.home, one.path)
        if os.path.islink(real):
            data = os.readlink(os.fsencode(real))
            return (blobs.LINK, os.fsdecode(data)), (SYMLINK, self.repo.clean(name, data, link=True))
        there = blobs.look(real, self.repo.algorithm, time.time_ns())
        if there.mode not in PLAIN:
            return ("", ""), NOTHING
        mode = there.mode if self.modes else (old[0] if old[0] in PLAIN else blobs.FILE)
        stored = self._stored.get(name, "")
        if there.blob:
            # Not changed on its way into git, and the same as a moment ago.
            blob = stored if stored == there.blob else self._clean(name, there.blob, there.data, old)
        else:  # too large to be looked at: git reads it itself
            blob = stored or self.repo.line("hash-object", "-w", f"--path={name}", "--", real)
        return (there.mode, there.blob), (mode, blob)

    def _mine(self, one: own.Pending, name: str, old: Entry, raw: own.Version, tree: Entry) -> "Entry | None":
        """HEAD's version with this agent's own changes; None if they cannot be told from others'."""
        last, pairs = own.after(one.last), one.pairs()
        current = raw[1] == last[1] and bool(raw[0]) == bool(last[0]) and (raw[1] != "" or _same_size(one, self.home))
        if pairs and one.alone and current and self._entry(name, pairs[0][0], old) == old:
            return tree
        if one.others and any(mode and not blob for pair in pairs for mode, blob in pair):
            return None  # a content that is not recorded: who wrote which of it cannot be told
        found: Entry | None = old
        for before, after in pairs:
            base = self._entry(name, before, old)
            theirs = tree if current and after == last else self._entry(name, after, old)
            if base is None or theirs is None or found is None:
                return None
            found = self.merge(base, found, theirs)
        if found is not None and not current and self.merge(old, found, tree) != tree:
            return None  # somebody unseen changed the same lines since
        return found

    def _entry(self, name: str, version: own.Version, old: Entry) -> "Entry | None":
        """A recorded version as git would have it; None if its content is not kept."""
        mode, blob = version
        if not mode:
            return NOTHING
        if mode == blobs.LINK:
            return SYMLINK, self.repo.clean(name, os.fsencode(blob), link=True)
        if not blob or mode not in PLAIN:
            return None
        mode = mode if self.modes else (old[0] if old[0] in PLAIN else blobs.FILE)
        if blob == old[1]:
            return mode, blob
        cleaned = self._cleaned.get((name, blob))
        if cleaned is None:
            data = blobs.get(self.state, blob)
            if data is None:
                return None
            cleaned = self._clean(name, blob, data, old)
        return mode, cleaned

    def _clean(self, name: str, blob: str, data: bytes, old: Entry) -> str:
        if blob == old[1]:
            return blob
        if (name, blob) not in self._cleaned:
            self._cleaned[(name, blob)] = self.repo.clean(name, data)
        return self._cleaned[(name, blob)]

    def merge(self, base: Entry, ours: Entry, theirs: Entry) -> "Entry | None":
        """The three-way merge of three entries; None for a conflict."""
        whole = own.merge_whole(base, ours, theirs)
        if whole is not None:
            return whole
        if not all(e[0] in PLAIN for e in (base, ours, theirs)):
            return None
        import tempfile  # it brings much along, and few commits need it

        with tempfile.TemporaryDirectory(prefix="onetree-") as folder:
            for label, entry in (("base", base), ("ours", ours), ("theirs", theirs)):
                with open(os.path.join(folder, label), "wb") as f:
                    f.write(self.repo.objects.read(entry[1]))
            try:
                data = run(folder, "merge-file", "-p", "-q", "ours", "base", "theirs", env=environment())
            except GitError:
                return None
        mode = theirs[0] if ours[0] == base[0] else ours[0]
        return mode, self.repo.clean("", data, link=True)


def _is_file(path: str) -> bool:
    return os.path.isfile(path) and not os.path.islink(path)


def _same_size(one: own.Pending, home: str) -> bool:
    """Whether a file without a recorded content (too large, a link, or gone) is as large as it was written."""
    real = os.path.join(home, one.path)
    if os.path.islink(real) or not os.path.lexists(real):
        return True
    return os.path.getsize(real) == one.last.get("size")


def _inseparable(one: own.Pending, raw: own.Version) -> str:
    if one.others:
        who = ", ".join(
            f"{writes.label(x)} (by {x.get('tool')} at {str(x.get('t'))[11:19]} UTC)" for x in one.others.values()
        )
        return f"its changes cannot be told from those of {who}, at the same or adjoining lines"
    if own.after(one.last) != raw:
        return "it was changed outside of onetree's sight, at lines that this agent changed"
    return "what it was before is not kept, or HEAD has since changed the same lines"


__all__ = ["GitError", "Part", "Plan", "Planner"]
