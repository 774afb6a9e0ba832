"""Whose work there is in a git repository: what agents have not committed yet, and who made a commit.

Whose a file is says the record of writes (writes.py, ADR 26), as far as the file in the tree is not what HEAD has.
Whose a commit is say its trailers; one without them is the agent's who wrote what it holds, else its author's.
"""

import os

from onetree.action import Action, Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from onetree.policy import Policy
    from onetree.shell.gitrepo.repository import Repository
    from onetree.writes import Line

    Work = dict[str, Line]  # path below the root -> the last uncommitted write of another agent

GIT_VALUE_OPTIONS = (
    "-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env", "--exec-path", "--attr-source",
)  # fmt: skip
SECONDS = 1.0  # for looking at a repository while an agent waits


class Asked:
    """One git command: its subcommand, the words after it, and where it runs ("" if that is not known)."""

    __slots__ = ("folder", "rest", "sub")

    def __init__(self, sub: str, rest: "list[str]", folder: str) -> None:
        self.sub = sub
        self.rest = rest
        self.folder = folder

    @property
    def shown(self) -> str:
        """The command as it may be shown."""
        return " ".join(["git", self.sub, *self.rest])[:120]


def asked(action: Action, subcommands: "set[str]") -> "list[Asked]":
    """The git commands of an action that are one of these subcommands."""
    found = [_git(c, action.cwd) for c in action.commands]
    return [a for a in found if a is not None and a.sub in subcommands]


def _git(command: Command, cwd: str) -> "Asked | None":
    argv = [w or "" for w in command.argv]
    if not argv or os.path.basename(argv[0]) != "git":
        return None
    rest, folder = argv[1:], command.folder or cwd
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        value = rest.pop(0) if option in GIT_VALUE_OPTIONS and rest else ""
        if option == "-C":
            folder = os.path.join(folder, value)
    sub, after = (rest[0], rest[1:]) if rest else ("", [])
    return Asked({"stage": "add"}.get(sub, sub), after, folder)


def parted(
    words: "list[str]", values: "tuple[str, ...]" = (), letters: str = ""
) -> "tuple[list[str], list[str], list[str] | None]":
    """(options, operands, what is after `--` or None).

    values, letters: the options, and the short ones, that take the next word as their value.
    """
    options: list[str] = []
    operands: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return options, operands, rest
        if word.startswith("-") and word != "-":
            options.append(word)
            if rest and (word in values or (word[-1] in letters and flags(word, letters) == word[1:])):
                rest.pop(0)
        else:
            operands.append(word)
    return options, operands, None


def flags(word: str, values: str) -> str:
    """The short flags of a cluster such as -am, up to the first of those that take what follows as their value."""
    if word.startswith("--"):
        return ""
    letters = ""
    for letter in word[1:]:
        letters += letter
        if letter in values:
            break
    return letters


class Tree:
    """The work in one repository, as an agent about to do something sees it.

    others, mine: see Work; of mine the paths. top: of the repository. head, index: its entries, None if they cannot be
    read. repo: to be asked for more; None if there is none.
    """

    def __init__(self, action: Action, policy: "Policy", folder: str) -> None:
        from onetree import observe
        from onetree.shell.deadline import Deadline
        from onetree.shell.gitrepo import objects, repository

        self.root, self.state, self.folder = os.path.realpath(policy.root), policy.state, folder
        self.agent = observe.agent_of(action)
        where = repository.find(os.path.realpath(folder))
        self.top = where[0] if where else ""
        self.repo: repository.Repository | None = None
        self.head: dict[str, tuple[int, str]] = {}
        self.index: dict[str, tuple[int, str]] | None = None
        self.others: Work = {}
        self.mine: set[str] = set()
        if where and not self._governed():
            return
        try:
            if where:
                self.repo = repository.Repository(*where, Deadline(SECONDS))
                self.head = self.repo.tree(self.repo.head())
                self.index = self.repo.index()[0]
        except objects.DAMAGE:
            pass  # then all that is recorded as uncommitted counts as such
        self._look()

    def _governed(self) -> bool:
        """Whether the repository has to do with the tree: holds it, or lies within it."""
        both = self.top + "/", self.root + "/"
        return both[0].startswith(both[1]) or both[1].startswith(both[0])

    def _look(self) -> None:
        from onetree import writes
        from onetree.commits import own

        for path, lines in writes.all_files(self.state).items():
            if self.name(path).startswith("../"):  # this repository lies within the tree, and the file outside of it
                continue
            pending = own.uncommitted(lines)
            if any(writes.is_by(line, self.agent) for line in pending):
                self.mine.add(path)
            theirs = [line for line in pending if not writes.is_by(line, self.agent)]
            if theirs and self._differs(path):
                self.others[path] = theirs[-1]

    def _differs(self, path: str) -> bool:
        """Whether a file is not as HEAD has it, or was staged."""
        from onetree import blobs

        name = self.name(path)
        there = blobs.look(os.path.join(self.root, path), "sha1", 0)
        return there.blob != self.head.get(name, (0, ""))[1] or (self.index is not None and self.staged(name))

    def staged(self, name: str) -> bool:
        """Whether the index has something else than HEAD. name: below the top of the repository."""
        return (self.index or {}).get(name, (0, ""))[1] != self.head.get(name, (0, ""))[1]

    def others_staged(self, work: "Work | None" = None) -> "Work":
        """Of others' work, what is staged."""
        work = self.others if work is None else work
        return {p: x for p, x in work.items() if self.index is None or self.staged(self.name(p))}

    def name(self, path: str) -> str:
        """A path below the root as the repository has it."""
        return os.path.relpath(os.path.join(self.root, path), self.top or self.root)

    def below(self, specs: "list[str]") -> "Work":
        """Others' work below these pathspecs; all of it without any. What has wildcards or magic may be anything."""
        if not specs:
            return self.others
        found: Work = {}
        for spec in specs:
            wild = any(c in spec for c in "*?[") or spec.startswith(":") or not spec
            full = os.path.normpath(os.path.join(os.path.realpath(self.folder), spec))
            for path, line in self.others.items():
                real = os.path.join(self.root, path)
                if (wild and _wild(spec, path, real)) or real == full or real.startswith(full.rstrip("/") + "/"):
                    found[path] = line
        return found

    def tracked(self, work: "Work") -> "Work":
        """Of these, what git knows already."""
        if self.index is None:
            return work
        return {p: x for p, x in work.items() if self.name(p) in self.index or self.name(p) in self.head}

    def neighbour(self) -> "Line | None":
        """The last write that is recorded of any other agent, committed or not."""
        from onetree import writes

        found = [x for _, x in writes.latest(self.state) if not writes.is_by(x, self.agent)]
        return max(found, key=lambda x: str(x["t"]), default=None)


class Maker:
    """Who made a commit, in words; whether it is the agent itself; whether it is nobody that is recorded."""

    __slots__ = ("mine", "person", "who")

    def __init__(self, who: str, *, mine: bool, person: bool) -> None:
        self.who = who
        self.mine = mine
        self.person = person


def _wild(spec: str, path: str, real: str) -> bool:
    from fnmatch import fnmatchcase

    return not spec or spec.startswith(":") or fnmatchcase(path, spec) or fnmatchcase(real, f"*/{spec}")


class History:
    """The commits of a repository, and who made them. What cannot be read raises gitrepo.objects.DAMAGE."""

    def __init__(self, tree: Tree, repo: "Repository") -> None:
        self.tree = tree
        self.repo = repo
        self.me = str(tree.agent["platform"]), str(tree.agent["session"])

    def head(self) -> "list[str]":
        """The current commit; none in a new repository."""
        head = self.repo.head()
        return [head] if head else []

    def branch(self) -> str:
        """The full name of the current branch, or a commit."""
        from onetree.shell.gitrepo.repository import small

        return small(os.path.join(self.repo.folder, "HEAD")).strip().removeprefix("ref: ")

    def known(self, *names: str) -> "list[str]":
        """The commits that these names lead to, as far as they lead to any; the upstream of the branch among them."""
        full = [self._upstream() if n in ("@{u}", "@{upstream}") else n for n in names]
        return [c for name in full if name and (c := self.repo.resolve(name))]

    def lost(self, tips: "list[str]", kept: "list[str]") -> "list[str]":
        """The commits at or before the tips that what is kept does not have."""
        return self.repo.only(tips, kept) if tips else []

    def _upstream(self) -> str:
        """The full name of the reference that the branch follows (git-config(1), "branch.*"); "" if it follows none."""
        from onetree.shell.gitrepo.repository import small

        branch, found, mine = self.branch().removeprefix("refs/heads/"), {}, False
        for line in small(os.path.join(self.repo.common, "config")).splitlines():
            text = line.strip()
            if text.startswith("["):
                mine = text == f'[branch "{branch}"]'
            elif mine:
                key, _, value = text.partition("=")
                found[key.strip().lower()] = value.strip()
        remote, merge = found.get("remote", ""), found.get("merge", "").removeprefix("refs/heads/")
        if not remote or not merge:
            return ""
        return f"refs/heads/{merge}" if remote == "." else f"refs/remotes/{remote}/{merge}"

    def maker(self, commit: str) -> "Maker":
        """Who made a commit."""
        head, _, message = self.repo.store.read(commit)[1].decode("utf-8", "replace").partition("\n\n")
        last = dict(line.partition(": ")[::2] for line in message.strip().rpartition("\n\n")[2].split("\n"))
        trailers = last.get("Agent", "").strip(), last.get("Session", "").strip()
        who = trailers if trailers[0] else self._wrote(commit)
        author = next((x[7:].partition(" <")[0] for x in head.split("\n") if x.startswith("author ")), "somebody")
        return Maker(f"{who[0]} {who[1][:8]}".strip() or author, mine=who == self.me, person=not who[0])

    def _wrote(self, commit: str) -> "tuple[str, str]":
        """(client, session) of an agent that wrote what a commit holds, another one before oneself; "" for nobody."""
        from onetree import writes

        before = self.repo.tree(next(iter(self.repo.parents(commit)), None))
        after = self.repo.tree(commit)
        found: list[tuple[str, str]] = []
        for name in {n for n in {**before, **after} if before.get(n) != after.get(n)}:
            path = os.path.relpath(os.path.join(self.tree.top, name), self.tree.root)
            blob = after.get(name, (0, ""))[1]
            lines = writes.history(self.tree.state, path)
            deeds = [x for x in lines if x["do"] in ("wrote", "undo") and x.get("after") == blob]
            who = [(str(x["platform"]), str(x["session"])) for x in deeds]
            found += [self.me] if self.me in who else who[-1:]
        return next((w for w in found if w != self.me), self.me if found else ("", ""))
