"""Git's plumbing, as far as committing needs it: one repository, its HEAD, its index, its objects."""

import os
import subprocess

from onetree.git import GitError, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NOTHING = ("", "")  # the entry of a path that is not there
Entry = tuple[str, str]  # (mode, blob)
# What would point git at another repository, index or work tree. What names a person or a setting is passed on.
POINTERS = (
    "GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_COMMON_DIR GIT_PREFIX GIT_NAMESPACE "
    "GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_CEILING_DIRECTORIES GIT_LITERAL_PATHSPECS GIT_QUARANTINE_PATH"
).split()
SETTINGS = r"^(core\.filemode|commit\.gpgsign)$"
# (what lies in the git directory, what goes on then, the way out)
BUSY = (
    ("MERGE_HEAD", "a merge is under way", "git merge --continue or --abort"),
    ("rebase-merge", "a rebase is under way", "git rebase --continue or --abort"),
    ("rebase-apply", "a rebase or `git am` is under way", "git rebase --continue or --abort, or the same of git am"),
    ("CHERRY_PICK_HEAD", "a cherry-pick is under way", "git cherry-pick --continue or --abort"),
    ("REVERT_HEAD", "a revert is under way", "git revert --continue or --abort"),
)


class Repository:
    """One repository with a work tree.

    top: of the work tree. directory: its git directory. hooks: their folder. index: the shared one. zero: no object.
    """

    def __init__(self, where: str) -> None:
        self.top = where
        self._settings: dict[str, str] | None = None
        asked = ("--show-toplevel", "--absolute-git-dir", "--show-object-format", "--git-path", "hooks",
                 "--git-path", "index")  # fmt: skip
        found = run(where, "rev-parse", *asked, env=environment())
        names = found.decode("utf-8", "surrogateescape").split("\n")
        self.top, self.directory = names[0], names[1]
        self.zero = "0" * (64 if names[2] == "sha256" else 40)
        self.hooks, self.index = (os.path.join(where, n) for n in names[3:5])

    def git(self, *args: str, stdin: bytes = b"", index: str = "", **variables: str) -> bytes:
        """What git prints. index: another index file. Raises GitError."""
        env = environment(**variables)
        if index:
            env["GIT_INDEX_FILE"] = index
        return run(self.top, *args, stdin=stdin, env=env)

    def line(self, *args: str, **variables: str) -> str:
        """The one line that git prints."""
        return self.git(*args, stdin=b"", index="", **variables).decode("utf-8", "surrogateescape").rstrip("\n")

    def head(self) -> str:
        """The commit that HEAD is; "" before the first. Raises GitError."""
        quick = self._loose_head()
        if quick:
            return quick
        try:
            return self.line("rev-parse", "--verify", "-q", "HEAD^{commit}")
        except GitError:
            self.git("symbolic-ref", "HEAD")  # raises if HEAD is broken, and not just without a commit yet
            return ""

    def _loose_head(self) -> str:
        """The commit that HEAD is, read without a process; "" if it is not that simple (packed, another format)."""
        text = _text(os.path.join(self.directory, "HEAD"))
        if text.startswith("ref: refs/heads/"):
            text = _text(os.path.join(self.directory, text[5:].strip()))
        text = text.strip()
        return text if len(text) == len(self.zero) and not set(text) - set("0123456789abcdef") else ""

    def busy(self) -> "tuple[str, str] | None":
        """(what is under way that a commit would disturb, the way out)."""
        for name, what, way in BUSY:
            if os.path.lexists(os.path.join(self.directory, name)):
                return what, way
        return None

    def settings(self) -> "dict[str, str]":
        """Those of SETTINGS that are made, the last value of each; asked for once."""
        if self._settings is None:
            self._settings = self._asked()
        return self._settings

    def _asked(self) -> "dict[str, str]":
        found = {}
        try:
            text = self.git("config", "-z", "--get-regexp", SETTINGS)
        except GitError:
            return {}
        for item in text.decode("utf-8", "replace").split("\0"):
            name, _, value = item.partition("\n")
            found[name] = value
        return found

    def tree_entries(self, commit: str, names: "Iterable[str]") -> "dict[str, Entry]":
        """The entries of these paths in a commit; what is not there is left out."""
        wanted = list(names)
        if not commit or not wanted:
            return {}
        text = self.git("--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, "--", *wanted)
        found = {}
        for item in text.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            head, _, name = item.partition("\t")
            mode, _, blob = head.split(" ")
            if mode != "040000":
                found[name] = (mode, blob)
        return found

    def index_entries(self, names: "Iterable[str]", index: str = "") -> "dict[str, list[tuple[str, Entry]]]":
        """[(stage, entry)] of these paths in the index."""
        wanted = list(names)
        found: dict[str, list[tuple[str, Entry]]] = {}
        if not wanted:
            return found
        text = self.git("--literal-pathspecs", "ls-files", "-s", "-z", "--", *wanted, index=index)
        for item in text.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            head, _, name = item.partition("\t")
            mode, blob, stage = head.split(" ")
            found.setdefault(name, []).append((stage, (mode, blob)))
        return found

    def put_entries(self, index: str, entries: "dict[str, Entry]") -> None:
        """Set these paths in an index file; NOTHING takes one out."""
        # First what goes and then what comes: a file may take the place of a folder, and the other way round.
        rows = [f"0 {self.zero}\t{n}\0" for n, e in entries.items() if e == NOTHING]
        rows += [f"{e[0]} {e[1]}\t{n}\0" for n, e in entries.items() if e != NOTHING]
        data = "".join(rows).encode("utf-8", "surrogateescape")
        self.git("update-index", "-z", "--index-info", stdin=data, index=index)

    def move_head(self, new: str, old: str, why: str, between: "Callable[[], None]") -> None:
        """Set HEAD from one commit to another; `between` is done when that is certain, and not to be seen yet.

        From "prepare" on, git has the reference locked and compared. Who reads the new index that `between` puts in
        place has read the old HEAD before, and cannot commit upon it any more. Raises GitError.
        """
        argv = ["git", "update-ref", "--stdin", "-m", why]
        pipe = subprocess.PIPE
        with subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, env=environment(), cwd=self.top) as git:
            assert git.stdin and git.stdout and git.stderr  # noqa: S101, PT018  # they are pipes
            try:
                git.stdin.write(f"start\nupdate HEAD {new} {old}\nprepare\n".encode())
                git.stdin.flush()
                ready = [git.stdout.readline(), git.stdout.readline()] == [b"start: ok\n", b"prepare: ok\n"]
                if ready:
                    between()
                    git.stdin.write(b"commit\n")
                    git.stdin.flush()
            except BrokenPipeError:
                ready = False
            said = git.communicate()[1].decode("utf-8", "replace").strip()
        if git.returncode or not ready:
            raise GitError(said or "git update-ref did not answer")

    def clean(self, path: str, data: bytes, *, link: bool = False) -> str:
        """Store a content as git would from this path, through its filters and line ends; gives its name."""
        where = "--no-filters" if link else f"--path={path}"
        return self.git("hash-object", "-w", "--stdin", where, stdin=data).decode().strip()

    def blob(self, name: str) -> bytes:
        """The content of a blob."""
        return self.git("cat-file", "blob", name)


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as f:
            return f.read(4096)
    except OSError:
        return ""


def environment(**variables: str) -> "dict[str, str]":
    """The environment for git: nothing that points it elsewhere, and no lock that is only for speed."""
    kept = {k: v for k, v in os.environ.items() if k not in POINTERS}
    return {**kept, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **variables}
