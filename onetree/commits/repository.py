"""Git's plumbing, as far as committing needs it: one repository, its HEAD, its index, its objects."""

import os

from onetree.commits.trees import NOTHING, Entry, Objects
from onetree.git import GitError, Process, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# What would point git at another repository, index or work tree. What names a person or a setting is passed on.
POINTERS = (
    "GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_COMMON_DIR GIT_PREFIX GIT_NAMESPACE "
    "GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_CEILING_DIRECTORIES GIT_LITERAL_PATHSPECS GIT_QUARANTINE_PATH"
).split()
PASSING = ("GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS")  # settings for one call (git-config(1))
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
        asked = ("--show-toplevel", "--absolute-git-dir", "--show-object-format", "--git-path", "hooks",
                 "--git-path", "index")  # fmt: skip
        env = environment()
        found = Process(where, "rev-parse", *asked, stdin=b"", env=env)
        self._asked = Process(where, "config", "--bool", "-z", "--get-regexp", SETTINGS, stdin=b"", env=env)
        self._settings: dict[str, str] | None = None
        self._mover: Process | None = None
        names = found.end().decode("utf-8", "surrogateescape").split("\n")
        self.top, self.directory = names[0], names[1]
        self.algorithm = names[2]
        self.zero = "0" * (64 if names[2] == "sha256" else 40)
        self.objects = Objects(self.top, env, self.algorithm)
        self.hooks, self.index = (os.path.join(where, n) for n in names[3:5])
        if any(name in env for name in PASSING):
            self.hooks = _own_hooks(where, env) or self.hooks

    def git(self, *args: str, stdin: bytes = b"", index: str = "", **variables: str) -> bytes:
        """What git prints. index: another index file. Raises GitError."""
        return self.begun(*args, stdin=stdin, index=index, **variables).end()

    def begun(self, *args: str, stdin: bytes = b"", index: str = "", **variables: str) -> Process:
        """A git that has begun, and does its work while something else is done."""
        if index:
            variables["GIT_INDEX_FILE"] = index
        return Process(self.top, *args, stdin=stdin, env=environment(**variables))

    def line(self, *args: str, **variables: str) -> str:
        """The one line that git prints."""
        return self.git(*args, stdin=b"", index="", **variables).decode("utf-8", "surrogateescape").rstrip("\n")

    def head(self) -> str:
        """The commit that HEAD is; "" before the first. Raises GitError."""
        found = self._loose_head() or self.objects.find("HEAD^{commit}")
        if not found:
            self.git("symbolic-ref", "HEAD")  # raises if HEAD is broken, and not just without a commit yet
        return found

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
        """Those of SETTINGS that are made, the last value of each: "true" or "false"."""
        if self._settings is None:
            self._settings = {}
            try:
                text = self._asked.end().decode()
            except GitError as e:
                if not str(e).endswith(" exit 1"):  # which it is if none is made
                    raise
                text = ""
            for item in text.split("\0"):
                name, _, value = item.partition("\n")
                self._settings[name] = value
        return self._settings

    def listing(self, names: "Iterable[str]", index: str = "") -> Process:
        """A git that lists what an index has of these paths, for listed()."""
        return self.begun("--literal-pathspecs", "ls-files", "-s", "-z", "--", *names, index=index)

    def listed(self, listing: Process) -> "dict[str, list[tuple[str, Entry]]]":
        """[(stage, entry)] of each path in a listing."""
        found: dict[str, list[tuple[str, Entry]]] = {}
        for item in listing.end().decode("utf-8", "surrogateescape").split("\0")[:-1]:
            head, _, name = item.partition("\t")
            mode, blob, stage = head.split(" ")
            found.setdefault(name, []).append((stage, (mode, blob)))
        return found

    def put_entries(self, index: str, entries: "dict[str, Entry]") -> Process:
        """A git that sets these paths in an index file; NOTHING takes one out."""
        # First what goes and then what comes: a file may take the place of a folder, and the other way round.
        rows = [f"0 {self.zero}\t{n}\0" for n, e in entries.items() if e == NOTHING]
        rows += [f"{e[0]} {e[1]}\t{n}\0" for n, e in entries.items() if e != NOTHING]
        data = "".join(rows).encode("utf-8", "surrogateescape")
        return self.begun("update-index", "-z", "--index-info", stdin=data, index=index)

    def start(self, why: str) -> None:
        """Start what move_head() needs, so that nobody waits for that later. why: for the reflogs."""
        self._mover = Process(self.top, "update-ref", "--stdin", "-m", why, env=environment())

    def move_head(self, new: str, old: str, why: str, between: "Callable[[], None]") -> None:
        """Set HEAD from one commit to another; `between` is done when that is certain, and not to be seen yet.

        From "prepare" on, git has the reference locked and compared. Who reads the new index that `between` puts in
        place has read the old HEAD before, and cannot commit upon it any more. Raises GitError.
        """
        if self._mover is None:
            self.start(why)
        git, self._mover = self._mover, None
        assert git  # noqa: S101  for mypy
        git.write(f"start\nupdate HEAD {new} {old}\nprepare\n".encode())
        if [git.line(), git.line()] != [b"start: ok", b"prepare: ok"]:
            raise GitError("git update-ref answered in an unknown way")
        between()
        git.write(b"commit\n")
        git.end()

    def clean(self, path: str, data: bytes, *, link: bool = False) -> str:
        """Store a content as git would from this path, through its filters and line ends; gives its name."""
        where = "--no-filters" if link else f"--path={path}"
        return self.git("hash-object", "-w", "--stdin", where, stdin=data).decode().strip()

    def stored(self, paths: "list[str]") -> "dict[str, str]":
        """Store files of the work tree as git would, through their filters and line ends, all by one process.

        paths: below the top. Gives their names; nothing if one of them is just going away.
        """
        # A line that begins with a quote is unquoted by git, and a name with an end of line is two.
        plain = [p for p in paths if "\n" not in p and not p.startswith('"')]
        data = "".join(f"{p}\n" for p in plain).encode("utf-8", "surrogateescape")
        try:
            names = self.git("hash-object", "-w", "--stdin-paths", stdin=data).decode().split() if plain else []
        except GitError:
            return {}
        return dict(zip(plain, names, strict=True))


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as f:
            return f.read(4096)
    except OSError:
        return ""


def _own_hooks(where: str, env: "dict[str, str]") -> str:
    """The hooks' folder by the settings that stay: an agent's client may pass others, so that no hook runs."""
    staying = {name: value for name, value in env.items() if name not in PASSING}
    try:
        name = run(where, "rev-parse", "--git-path", "hooks", env=staying).decode("utf-8", "surrogateescape")
    except GitError:  # what is passed may also be what makes the repository readable
        return ""
    return os.path.join(where, name.removesuffix("\n"))


def environment(**variables: str) -> "dict[str, str]":
    """The environment for git: nothing that points it elsewhere, and no lock that is only for speed."""
    kept = {k: v for k, v in os.environ.items() if k not in POINTERS}
    return {**kept, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **variables}
