"""The working tree as the line has left it, against the index and commits: what moving from one to another changes."""

import hashlib
import os
from fnmatch import fnmatchcase

from onetree.shell import regular
from onetree.shell.deadline import Deadline

from .objects import LARGEST, Unreadable
from .repository import ENTRIES, LINK, MODULE, Entry, Repository, Tree, small

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from onetree.shell.walker import Walker

Change = tuple[str, str]  # operation, path from the top
UNKNOWN: Entry = (0, "?")  # a file that the line changed to what is not known
FOLDER: Entry = (0o40000, "")
WILD = "*?["
CONVERTS = ("filter=", "ident", "working-tree-encoding")  # files are not as their objects are (gitattributes(5))
EXCEPT = "\0"  # begins a path that is left out


class Worktree(Repository):
    """One repository, its working tree, and what the line does to both.

    entries: the index. changed: files that are not as they are on disk: what is there now, None if nothing.
    """

    def __init__(self, top: str, folder: str, deadline: Deadline) -> None:
        super().__init__(top, folder, deadline)
        self.entries, self.stats, self.skipped = self.index()
        self.changed: dict[str, Entry | None] = {}
        self.gone: list[str] = []  # folders that the line deleted
        self.seen = 0
        text = small(os.path.join(folder, "HEAD")).strip()
        self.branch = text[5:] if text.startswith("ref: ") else ""
        try:
            self.saved = os.stat(os.path.join(folder, "index")).st_mtime_ns
        except OSError:
            self.saved = 0
        settings = "".join(small(os.path.join(self.common, "config")).lower().split())
        self.modes = "filemode=false" not in settings
        attributes = small(os.path.join(top, ".gitattributes")) + small(os.path.join(self.common, "info/attributes"))
        self.converts = any(word in attributes for word in CONVERTS)
        self.doubt = False  # whether what a subcommand does hangs on what is not known
        self.home: str | None = None
        self.rules: dict[str, list[tuple[bool, Callable[[str], object]]]] = {}

    def advance(self, commit: str) -> None:
        """Let HEAD and its branch be another commit."""
        self.heads["HEAD"] = commit
        if self.branch:
            self.heads[self.branch] = commit

    def follow(self, walker: "Walker") -> None:
        """Take notice of what the line did since the last time."""
        for effect in walker.effects[self.seen :]:
            path = os.path.normpath(effect.path) if effect.path else ""
            if effect.op not in ("write", "delete") or not path.startswith(self.top + "/"):
                continue
            name = path[len(self.top) + 1 :]
            if effect.op == "delete" and effect.certain:
                self.changed[name] = None
                if effect.tree:
                    self.gone.append(name + "/")
                continue
            text = walker.files.get(path)
            data = None if text is None else text.encode("utf-8", "surrogateescape")
            old = self.entries.get(name, (0o100644, ""))
            self.changed[name] = UNKNOWN if data is None or not effect.certain else (old[0], blob(data))
        self.seen = len(walker.effects)

    def now(self, name: str, against: "Entry | None" = None) -> "Entry | None":
        """What a file of the working tree is; UNKNOWN if it can be anything."""
        if name in self.changed:
            return self.changed[name]
        if any(name.startswith(folder) for folder in self.gone):
            return None
        self.late()
        path = os.path.join(self.top, name)
        try:
            status = os.lstat(path)
        except OSError:
            return None
        kind = status.st_mode & 0o170000
        if kind == 0o040000:
            return against if against and against[0] == MODULE else None
        if kind == 0o120000:
            return LINK, blob(os.readlink(os.fsencode(path)))
        if kind != 0o100000:
            return UNKNOWN
        mode = 0o100755 if status.st_mode & 0o100 else 0o100644
        known = self.entries.get(name)
        if not self.modes:
            mode = (against or known or (mode, ""))[0]
        before = status.st_mtime_ns < self.saved  # else it may have been written again since (gitformat-index(5))
        if known and before and self.stats.get(name) == (status.st_mtime_ns, status.st_size) and status.st_size:
            return mode, known[1]
        if status.st_size > LARGEST:
            return UNKNOWN
        try:
            with regular.file(path) as file:
                data = file.read(LARGEST)
        except OSError:
            return UNKNOWN
        made = mode, blob(data)
        if made not in (known, against) and (self.converts or b"\r\n" in data):
            return UNKNOWN  # what git would make of it is not known
        return made

    def to(self, target: Tree, names: "Iterable[str]") -> "list[Change]":
        """Bring files to what a tree has, and delete those that it has not."""
        made: list[Change] = []
        for name in sorted(names):
            want = target.get(name)
            have = self.now(name, want)
            if want is None:
                if have is not None:
                    made.append(("delete", name))
                    self.changed[name] = None
                self.entries.pop(name, None)
                continue
            self.entries[name] = want
            if have != want and want[0] != MODULE and name not in self.skipped:
                made.append(("write", name))
                self.changed[name] = want
        return self.with_folders(made)

    def with_folders(self, changes: "list[Change]") -> "list[Change]":
        """Add the folders that git makes, and those that it removes because nothing is left in them."""
        made: dict[Change, None] = {}
        for op, name in changes:
            parents = [name[:i] for i, c in enumerate(name) if c == "/"]
            if op == "write":
                for parent in parents:
                    if not self.is_folder(parent):
                        made["write", parent] = None
                        self.changed[parent] = FOLDER
            made[op, name] = None
            if op == "delete":
                for parent in reversed(parents):
                    if self.occupied(parent):
                        break
                    made["delete", parent] = None
                    self.changed[parent] = None
        return list(made)

    def is_folder(self, name: str) -> bool:
        """Whether there is a folder now."""
        if name in self.changed:
            return self.changed[name] is not None
        return os.path.isdir(os.path.join(self.top, name)) and not any(name.startswith(g) for g in self.gone)

    def occupied(self, folder: str) -> bool:
        """Whether something is left in a folder."""
        if any(have and name.startswith(folder + "/") for name, have in self.changed.items()):
            return True
        for top, _, names in os.walk(os.path.join(self.top, folder)):
            self.late()
            below = os.path.relpath(top, self.top)
            if any(self.changed.get(f"{below}/{name}", UNKNOWN) for name in names):
                return True
        return False

    def differing(self, one: Tree, other: Tree) -> "list[str]":
        """The names that two trees do not have alike."""
        return [name for name in {**one, **other} if one.get(name) != other.get(name)]

    def untracked(self, *, ignored: "bool | None", folders: bool, below: "list[str]") -> "list[str]":
        """What is not in the index, a folder as one where all in it goes; ignored: also, None for only that."""
        made: list[str] = []
        self._untracked("", ignored, folders, below, made, inside=False)
        return made

    def _untracked(
        self, folder: str, ignored: "bool | None", folders: bool, below: "list[str]", made: "list[str]", *, inside: bool
    ) -> bool:
        """Add the untracked below a folder; whether all of it goes. inside: the folder itself is ignored."""
        self.late()
        whole = True
        first = len(made)
        try:
            entries = sorted(os.scandir(os.path.join(self.top, folder)), key=lambda e: e.name)
        except OSError:
            return False
        for entry in entries:
            name = folder + entry.name
            if name == ".git" or self.changed.get(name, UNKNOWN) is None:
                continue
            is_folder = entry.is_dir(follow_symlinks=False)
            hidden = inside or self.ignored(name, is_folder=is_folder)
            if is_folder:
                if os.path.lexists(os.path.join(self.top, name, ".git")):
                    whole = False
                    continue
                tracked = any(known.startswith(name + "/") for known in self.entries)
                if not tracked and not folders and not any((b + "/").startswith(name) for b in below):
                    whole = False
                    continue
                if hidden and ignored is False:
                    whole = False
                    continue
                start = len(made)
                if self._untracked(name + "/", ignored, folders, below, made, inside=hidden) and not tracked:
                    made[start:] = [name + "/"]
                    if below and not match(name + "/", below):
                        made.pop()
                else:
                    whole = False
            elif (
                name in self.entries
                or (hidden and ignored is False)
                or (not hidden and ignored is None)
                or (below and not match(name, below))
            ):
                whole = False
            else:
                made.append(name)
            if len(made) > ENTRIES:
                raise Unreadable("more files than are looked at")
        return whole and (len(made) > first or ignored is not None)

    def files(self, folder: str) -> "list[str]":
        """The files below a folder that are not ignored."""
        made = []
        for top, _, names in os.walk(os.path.join(self.top, folder)):
            self.late()
            below = os.path.relpath(top, self.top)
            made += [f"{below}/{n}" for n in names if not self.ignored(f"{below}/{n}", is_folder=False)]
            if len(made) > ENTRIES:
                raise Unreadable("more files than are looked at")
        return made

    def ignored(self, name: str, *, is_folder: bool) -> bool:
        """Whether a name is ignored (gitignore(5)): the last rule that matches decides, the deepest file first."""
        parents = ["", *(name[: i + 1] for i, c in enumerate(name) if c == "/")]
        text = name + "/" if is_folder else name
        for folder in reversed(parents):
            for take, matches in reversed(self.patterns(folder)):
                if matches(text[len(folder) :]):
                    return take
        return False

    def patterns(self, folder: str) -> "list[tuple[bool, Callable[[str], object]]]":
        """The rules of one folder's .gitignore; at the top, info/exclude before them."""
        if folder not in self.rules:
            import re

            from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

            files = [os.path.join(self.top, folder, ".gitignore")]
            if not folder:
                files.insert(0, os.path.join(self.common, "info/exclude"))
                if self.home:
                    files.insert(0, os.path.join(self.home, ".config/git/ignore"))
            made: list[tuple[bool, Callable[[str], object]]] = []
            for path in files:
                try:
                    with regular.file(path) as file:
                        lines = file.read(65536).decode("utf-8", "surrogateescape").splitlines()
                except OSError:
                    continue
                for line in lines:
                    regex, take = GitIgnoreSpecPattern.pattern_to_regex(line)
                    if regex is not None and take is not None:
                        made.append((take, re.compile(regex).match))
            self.rules[folder] = made
        return self.rules[folder]


def blob(data: bytes) -> str:
    """A file's name as an object."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def match(name: str, specs: "list[str]") -> bool:
    """Whether a name is one of the paths, below one, or matches one's wildcards (gitglossary(7), "pathspec")."""
    out = [spec[1:] for spec in specs if spec.startswith(EXCEPT)]
    return any(_one(name, spec) for spec in specs if not spec.startswith(EXCEPT)) and not any(
        _one(name, spec) for spec in out
    )


def _one(name: str, spec: str) -> bool:
    return (
        not spec
        or name == spec
        or name.startswith(spec.rstrip("/") + "/")
        or (any(c in spec for c in WILD) and fnmatchcase(name, spec))
    )
