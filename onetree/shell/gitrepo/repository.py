"""References, revisions (gitrevisions(7)), trees and the index (gitformat-index(5))."""

import hashlib
import os

from onetree.shell import regular
from onetree.shell.deadline import Deadline

from .objects import Store, Unreadable

SMALL = 8 << 20  # bytes of a file that is read as a text
ENTRIES = 50000  # paths of a tree or an index
COMMITS = 5000  # commits that are looked at for what two have in common
SKEW = 24 * 3600  # seconds by which the clocks of those who commit may differ
LINK = 0o120000
MODULE = 0o160000

Entry = tuple[int, str]  # mode, object
Tree = dict[str, Entry]


def find(folder: str) -> "tuple[str, str] | None":
    """(top of the working tree, git directory) of the repository that a folder is in."""
    folder = os.path.normpath(folder)
    while True:
        path = os.path.join(folder, ".git")
        if os.path.isdir(path):
            return folder, path
        if os.path.isfile(path):
            text = small(path)
            if text.startswith("gitdir: "):
                return folder, os.path.normpath(os.path.join(folder, text[8:].strip()))
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def small(path: str) -> str:
    """A small file's text, "" if there is none."""
    try:
        return regular.content(path, SMALL).decode("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return ""


class Repository:
    """One repository on disk."""

    def __init__(self, top: str, folder: str, deadline: Deadline) -> None:
        self.top = top
        self.folder = folder
        self.deadline = deadline
        self.common = os.path.normpath(os.path.join(folder, small(os.path.join(folder, "commondir")).strip() or "."))
        config = small(os.path.join(self.common, "config")).lower()
        if "objectformat" in config or "refstorage" in config:
            raise Unreadable("a repository of another format")
        self.store = Store(os.path.join(self.common, "objects"))
        self.heads: dict[str, str] = {}  # references as the line left them
        self.made: dict[str, Tree] = {}  # trees of commits that the line made
        self.before: dict[str, list[str]] = {}  # and their parents, where that is known
        self.left: list[str] = []  # branches and commits that HEAD was at before, by the line

    def late(self) -> None:
        """Raise if the time is over."""
        if self.deadline.passed():
            raise Unreadable("more than can be looked at in the time")

    def reference(self, name: str, depth: int = 0) -> "str | None":
        """The commit that a full reference leads to."""
        if name in self.heads:
            return self.heads[name]
        if depth > 5 or ".." in name:
            return None
        for folder in (self.folder, self.common):
            text = small(os.path.join(folder, name)).strip()
            if text.startswith("ref: "):
                return self.reference(text[5:], depth + 1)
            if text:
                return text.split()[0]
        for line in small(os.path.join(self.common, "packed-refs")).splitlines():
            if line[41:] == name and line[0] not in "#^":
                return line[:40]
        return None

    def resolve(self, text: str) -> "str | None":
        """The commit or object that a revision names, None if there is none."""
        for i, c in enumerate(text):
            if c in "~^":
                return self._suffixes(text[:i], text[i:])
        return self._name(text)

    def _suffixes(self, base: str, suffix: str) -> "str | None":
        found = self._name(base)
        i = 0
        while found and i < len(suffix):
            mark, i = suffix[i], i + 1
            if suffix[i : i + 1] == "{":
                end = suffix.find("}", i)
                if suffix[i + 1 : end] not in ("", "commit"):
                    raise Unreadable(f"the revision {base}{suffix}")
                i = end + 1
                continue
            digits = ""
            while i < len(suffix) and suffix[i] in "0123456789":
                digits, i = digits + suffix[i], i + 1
            count = int(digits[:6] or "1")
            if mark not in "~^" or count > COMMITS:
                raise Unreadable(f"the revision {base}{suffix}")
            if mark == "~":
                for _ in range(count):
                    found = next(iter(self.parents(found)), None) if found else None
            elif count:
                parents = self.parents(found)
                found = parents[count - 1] if count <= len(parents) else None
        return found

    def _name(self, name: str) -> "str | None":
        if name in ("@", ""):
            name = "HEAD"
        if name == "-":
            name = "@{-1}"
        if name.endswith("}") and "@{" in name:
            return self._logged(*name[:-1].split("@{", 1))
        for before in ("", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"):
            if before or name.isupper() or name.startswith("refs/"):
                found = self.reference(before + name)
                if found:
                    return self.peeled(found)
        if found := self.reference(f"refs/remotes/{name}/HEAD"):
            return found
        if len(name) >= 4 and not name.strip("0123456789abcdef"):
            names = self.store.names(name) if len(name) < 40 else [name]
            if names:
                return self.peeled(names[0])
        return None

    def _logged(self, name: str, which: str) -> "str | None":
        """REF@{N} by its log, @{-N} by HEAD's."""
        name = name or "HEAD"
        full = name if name == "HEAD" else f"refs/{'stash' if name == 'stash' else 'heads/' + name}"
        log = small(os.path.join(self.common if full != "HEAD" else self.folder, "logs", full)).splitlines()
        if which[:1] == "-":
            left = self.previous(int(which[1:]))
            return self.resolve(left) if left else None
        if not which.isdigit():
            raise Unreadable(f"the revision {name}@{{{which}}}")
        if int(which) == 0:
            return self.reference(full)
        return log[-1 - int(which)].split()[1] if int(which) < len(log) else None

    def previous(self, count: int = 1) -> str:
        """The branch or commit that HEAD was at before as many moves, "" if there was none."""
        log = small(os.path.join(self.folder, "logs/HEAD")).splitlines()
        moves = [line.rpartition("moving from ")[2].split(" to ")[0] for line in log if "moving from " in line]
        moves += self.left
        return moves[-count] if 0 < count <= len(moves) else ""

    def peeled(self, name: str) -> str:
        """What a tag is a tag of."""
        for _ in range(5):
            if name in self.made:
                return name
            kind, data = self.store.read(name)
            if kind != "tag":
                return name
            name = data.split(b"\n", 1)[0].split(b" ")[1].decode()
        return name

    def head(self) -> "str | None":
        """The current commit."""
        return self.reference("HEAD")

    def _lines(self, commit: str) -> "list[bytes]":
        kind, data = self.store.read(commit)
        if kind != "commit":
            raise Unreadable(f"{commit[:12]} is no commit")
        return data.split(b"\n\n", 1)[0].split(b"\n")

    def parents(self, commit: str) -> "list[str]":
        """The parents of a commit."""
        if commit in self.before:
            return self.before[commit]
        if commit in self.made:
            raise Unreadable("a commit that the line makes")
        return [line[7:].decode() for line in self._lines(commit) if line.startswith(b"parent ")]

    def subject(self, commit: str) -> str:
        """The first line of a commit's message."""
        message = self.store.read(commit)[1].partition(b"\n\n")[2].decode("utf-8", "replace")
        return " ".join(message.strip().partition("\n\n")[0].split("\n"))

    def ancestors(self, commit: str) -> "list[str]":
        """A commit and all before it, breadth first."""
        found = {commit: None}
        queue = [commit]
        for one in queue:
            self.late()
            for parent in self.parents(one):
                if parent not in found:
                    found[parent] = None
                    queue.append(parent)
            if len(queue) > COMMITS:
                raise Unreadable("a history that is too long to look through")
        return queue

    def only(self, tips: "list[str]", others: "list[str]") -> "list[str]":
        """The commits at or before the tips that are not at or before the others, newest first (git-rev-list(1))."""
        import heapq

        queue: list[tuple[int, str]] = []
        met: set[str] = set()
        walked: dict[str, list[str]] = {}  # commits in the order of the walk, and their parents
        out: set[str] = set()
        last = float("inf")  # when the oldest of those that are wanted so far was made

        def meet(commits: "list[str]") -> None:
            for commit in set(commits) - met:
                met.add(commit)
                heapq.heappush(queue, (-self.time(commit), commit))

        def leave_out(commits: "list[str]") -> None:
            left = [c for c in commits if c not in out]
            while left:
                commit = left.pop()
                out.add(commit)
                left += [c for c in walked.get(commit, []) if c not in out]

        meet([*tips, *others])
        leave_out(others)
        # Clocks differ: what is a little older may still lead to what is left out.
        while queue and (any(c not in out for _, c in queue) or (walked and -queue[0][0] > last - SKEW)):
            self.late()
            when, commit = heapq.heappop(queue)
            walked[commit] = self.parents(commit)
            if commit in out:
                leave_out(walked[commit])
            else:
                last = -when
            meet(walked[commit])
            if len(met) > COMMITS:
                raise Unreadable("a history that is too long to look through")
        return [commit for commit in walked if commit not in out]

    def time(self, commit: str) -> int:
        """When a commit was made, in epoch seconds."""
        line = next(line for line in self._lines(commit) if line.startswith(b"committer "))
        return int(line.split()[-2])

    def references(self) -> "dict[str, str]":
        """The commit of every branch, remote's branch and tag, by its full name."""
        names = {
            line[41:] for line in small(os.path.join(self.common, "packed-refs")).splitlines() if line[:1] not in "#^"
        }
        for kind in ("heads", "remotes", "tags"):
            for folder, _, files in os.walk(os.path.join(self.common, "refs", kind)):
                names.update(os.path.relpath(os.path.join(folder, name), self.common) for name in files)
        return {n: self.peeled(c) for n in names if n.startswith("refs/") and (c := self.reference(n))}

    def base(self, one: str, other: str) -> "str | None":
        """The last commit that two have in common, so far as there is one."""
        if one == other:
            return one
        theirs = set(self.ancestors(other))
        return next((commit for commit in self.ancestors(one) if commit in theirs), None)

    def tree(self, commit: "str | None") -> Tree:
        """Every file of a commit's tree."""
        if commit is None:
            return {}
        if commit in self.made:
            return dict(self.made[commit])
        kind, data = self.store.read(commit)
        if kind == "commit":
            data = self.store.read(data[5:45].decode())[1]
        elif kind != "tree":
            raise Unreadable(f"{commit[:12]} is no tree")
        made: Tree = {}
        self._below(data, "", made, 0)
        return made

    def _below(self, data: bytes, folder: str, made: Tree, depth: int) -> None:
        self.late()
        at = 0
        while at < len(data):
            end = data.index(b"\0", at)
            mode, _, name = data[at:end].partition(b" ")
            found, at = data[end + 1 : end + 21].hex(), end + 21
            path = folder + name.decode("utf-8", "surrogateescape")
            if mode in (b"40000", b"040000"):
                if depth < 100:
                    self._below(self.store.read(found)[1], path + "/", made, depth + 1)
            else:
                made[path] = int(mode, 8), found
            if len(made) > ENTRIES:
                raise Unreadable("a tree of more files than are looked at")

    def index(self) -> "tuple[Tree, dict[str, tuple[int, int]], set[str]]":
        """The index: its entries, each one's (mtime in ns, size), and what is not to be in the working tree."""
        path = os.path.join(self.folder, "index")
        entries: Tree = {}
        stats: dict[str, tuple[int, int]] = {}
        skipped: set[str] = set()
        try:
            if os.path.getsize(path) > 32 << 20:
                raise Unreadable("an index that is too large to look into")
            with regular.file(path) as file:
                data = file.read()
        except FileNotFoundError:
            return entries, stats, skipped
        except OSError:
            raise Unreadable("an index that cannot be read") from None
        version, count = int.from_bytes(data[4:8], "big"), int.from_bytes(data[8:12], "big")
        if data[:4] != b"DIRC" or version not in (2, 3, 4) or count > ENTRIES:
            raise Unreadable("an index that cannot be read")
        total = data[-20:]
        if any(total) and hashlib.sha1(data[:-20], usedforsecurity=False).digest() != total:
            raise Unreadable("a damaged index")
        at, name = 12, b""
        for _ in range(count):
            words = [int.from_bytes(data[at + 4 * k : at + 4 * k + 4], "big") for k in range(10)]
            found, flags = data[at + 40 : at + 60].hex(), int.from_bytes(data[at + 60 : at + 62], "big")
            start = at + 62
            more = 0
            if flags & 0x4000:
                more, start = int.from_bytes(data[start : start + 2], "big"), start + 2
            if version == 4:
                cut = data[start] & 127
                while data[start] & 128:
                    start += 1
                    cut = (cut + 1) << 7 | data[start] & 127
                end = data.index(b"\0", start + 1)
                if cut > len(name):
                    raise Unreadable("a damaged index")
                name = name[: len(name) - cut] + data[start + 1 : end]
                at = end + 1
            else:
                end = data.index(b"\0", start)
                name = data[start:end]
                at += (end - at + 8) // 8 * 8
            text = name.decode("utf-8", "surrogateescape")
            entries[text] = words[6], found
            stats[text] = words[2] * 10**9 + words[3], words[9]
            if more & 0x4000:
                skipped.add(text)
        while at < len(data) - 20:  # extensions: those in small letters change what the entries mean
            if not data[at : at + 1].isupper():
                raise Unreadable("an index that is split or sparse")
            at += 8 + int.from_bytes(data[at + 4 : at + 8], "big")
        return entries, stats, skipped
