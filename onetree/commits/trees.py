"""The objects of a repository, by processes that stay: what a commit's trees have, and the trees of the next one.

Only the folders on the way to a changed path are read and written, however large the repository is. What can be asked
for in one go is: on a busy machine, each time that two processes wait for each other costs more than the work.
"""

from onetree import blobs
from onetree.git import GITLINK, GitError, Process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NOTHING = ("", "")  # the entry of a path that is not there
FOLDER = "40000"  # its mode, as a tree has it
KINDS = {FOLDER: "tree", GITLINK: "commit"}  # by mode; all else are blobs
MOST = 4096  # bytes of questions, and trees, in one go: what a pipe holds while nobody reads the answers
TREES = 200
Entry = tuple[str, str]  # (mode, object)
Tree = dict[str, Entry]


class Occupied(Exception):
    """A file would take the place of a folder, or the other way round, that is not deleted with it. args: which."""


class Objects:
    """Reads objects (`git cat-file --batch`) and writes trees (`git mktree --batch`). algorithm: sha1 or sha256."""

    def __init__(self, where: str, env: "dict[str, str]", algorithm: str) -> None:
        self._where, self._env, self._algorithm = where, env, algorithm
        self._reader: Process | None = None
        self._writer: Process | None = None
        self._trees: dict[str, Tree] = {}  # by name: what has one never changes
        self._made: list[str] = []  # trees that the writer has been given, and has not confirmed

    def reader(self) -> Process:
        """The process that reads, started if it was not."""
        if self._reader is None:
            self._reader = Process(self._where, "cat-file", "--batch", env=self._env)
        return self._reader

    def writer(self) -> Process:
        """The process that writes."""
        if self._writer is None:
            self._writer = Process(self._where, "mktree", "--batch", "-z", "--missing", env=self._env)
        return self._writer

    def find(self, name: str) -> str:
        """The name of the object that is meant, "" if there is none. name: as in gitrevisions(7)."""
        return next(self._answers([name]))[0]

    def read(self, name: str) -> bytes:
        """The content of an object. Raises GitError."""
        found, _, data = next(self._answers([name]))
        if not found:
            raise GitError(f"{name} cannot be read; look at it with `git fsck`")
        return data

    def entries(self, commit: str, paths: "Iterable[str]") -> Tree:
        """The entries of these paths in a commit; NOTHING for what is not there, or is a folder."""
        found = dict.fromkeys(paths, NOTHING)
        root = self._fetch(commit, found) if commit and found else ""
        for path in found if root else ():
            entry = (FOLDER, root)
            for part in path.split("/"):
                entry = self._tree(entry[1]).get(part, NOTHING) if entry[0] == FOLDER else NOTHING
            found[path] = entry if entry[0] != FOLDER else NOTHING
        return found

    def changed(self, commit: str, content: Tree) -> str:
        """The tree that a commit has, "" for none, with these paths set; NOTHING takes one out. Raises Occupied."""
        new = self._changed(self._fetch(commit, content) if commit else "", content, "") or self._write({})
        self._confirm()
        return new

    def _answers(self, names: "list[str]") -> "Iterator[tuple[str, str, bytes]]":
        """(its name, its kind, its content) for each object; ("", "", b"") for what is not there."""
        git = self.reader()
        git.write("".join(f"{n}\n" for n in names).encode("utf-8", "surrogateescape"))
        for _ in names:
            words = git.line().decode("utf-8", "surrogateescape").split(" ")
            if len(words) == 3 and words[2].isdigit():
                yield words[0], words[1], git.read(int(words[2]) + 1)[:-1]
            else:
                yield "", "", b""

    def _fetch(self, commit: str, paths: "Iterable[str]") -> str:
        """Read the trees on the way to these paths ahead; gives the root's."""
        folders = sorted({path[:at] for path in paths for at, c in enumerate(path) if c == "/" and "\n" not in path})
        asked = [f"{commit}^{{tree}}", *(f"{commit}:{f}" for f in folders if len(f) < MOST)]
        root = ""
        while asked:
            size = count = 0
            while count < len(asked) and size < MOST:
                size, count = size + 4 * len(asked[count]), count + 1
            for name, kind, data in self._answers(asked[:count]):
                root = root or name
                if kind == "tree" and name not in self._trees:
                    self._trees[name] = self._parsed(data)
            asked = asked[count:]
        if root not in self._trees:
            raise GitError(f"{commit} has no tree; look at it with `git fsck`")
        return root

    def _changed(self, tree: str, content: Tree, folder: str) -> str:
        """The same of one folder; "" if nothing is left in it."""
        rows = dict(self._tree(tree)) if tree else {}
        below: dict[str, Tree] = {}
        for path, entry in content.items():
            name, slash, rest = path.partition("/")
            if slash:
                below.setdefault(name, {})[rest] = entry
            elif entry == NOTHING and rows.get(name, NOTHING)[0] != FOLDER:
                rows.pop(name, None)
        for name, part in below.items():
            mode, old = rows.get(name, NOTHING)
            if mode not in ("", FOLDER):
                if all(e == NOTHING for e in part.values()):
                    continue
                what = "a submodule" if mode == GITLINK else "a file"
                raise Occupied(f"{folder}{name} is {what} in the commit before, and would become a folder")
            new = self._changed(old, part, f"{folder}{name}/")
            rows[name] = (FOLDER, new)
            if not new:
                del rows[name]
        for name, entry in content.items():
            if "/" not in name and entry != NOTHING:
                if rows.get(name, NOTHING)[0] == FOLDER:
                    raise Occupied(f"{folder}{name} is a folder with other files in the commit before")
                rows[name] = entry
        return self._write(rows) if rows else ""

    def _tree(self, name: str) -> Tree:
        if name not in self._trees:
            self._trees[name] = self._parsed(self.read(name))
        return self._trees[name]

    def _parsed(self, data: bytes) -> Tree:
        rows, at, size = {}, 0, 32 if self._algorithm == "sha256" else 20
        while at < len(data):
            end = data.index(b"\0", at)
            mode, _, path = data[at:end].decode("utf-8", "surrogateescape").partition(" ")
            at = end + 1 + size
            rows[path] = (mode, data[end + 1 : at].hex())
        return rows

    def _write(self, rows: Tree) -> str:
        """Give a tree to the writer, who need not have answered before the next; gives its name."""
        text = "".join(f"{mode} {KINDS.get(mode, 'blob')} {name}\t{path}\0" for path, (mode, name) in rows.items())
        self.writer().write(text.encode("utf-8", "surrogateescape") + b"\0")
        raw = {path.encode("utf-8", "surrogateescape"): entry for path, entry in rows.items()}
        order = sorted(raw, key=lambda path: path + b"/" if raw[path][0] == FOLDER else path)
        data = b"".join(b"%s %s\0%s" % (raw[p][0].encode(), p, bytes.fromhex(raw[p][1])) for p in order)
        name = blobs.name(data, self._algorithm, b"tree")
        self._trees[name] = rows
        self._made.append(name)
        if len(self._made) == TREES:
            self._confirm()
        return name

    def _confirm(self) -> None:
        """Wait for the writer. Raises GitError if it has written another tree than was meant."""
        made, self._made = self._made, []
        for name in made:
            if self.writer().line() != name.encode():
                raise GitError(f"mktree made another tree than {name}; look at the repository with `git fsck`")


__all__ = ["NOTHING", "Entry", "Objects", "Occupied"]
