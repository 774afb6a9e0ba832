"""shared-index: git commands that would sweep up, or destroy, what other agents have not committed yet.

Everybody in a tree shares its one index. `git add -A`, `git commit -a` and `git stash` take whatever is there, a bare
`git commit` takes what anybody staged, and checkout, restore, reset and clean throw it away. They pass where only the
agent's own work is concerned. Whose work a file has is what the record of writes says (ADR 26), as far as the file in
the tree is not what HEAD has.
"""

import os

from onetree.action import Action, Command
from onetree.policy import Policy
from onetree.verdict import BLOCK, Verdict

NAME = "shared-index"
ADR = 32
INSTEAD = "`onetree commit -m '...' [PATH ...]` commits exactly what you wrote, and needs no `git add`"
NAMED = "name the files: `git commit -m '...' -- PATH ...`, or let `onetree commit -m '...'` find what you wrote"
ALONE = "leave the others' files alone: name your own paths, or `onetree undo PATH` for your own last write"
GIT_VALUE_OPTIONS = ("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env", "--exec-path")
VALUES = {  # options that take the next word as their value, by subcommand
    "commit": (
        "-m",
        "-F",
        "-C",
        "-c",
        "-t",
        "-S",
        "--message",
        "--file",
        "--author",
        "--date",
        "--trailer",
        "--cleanup",
    ),
    "stash": ("-m", "--message"),
    "add": ("--chmod", "--pathspec-from-file"),
}
HARMLESS = ("-n", "--dry-run", "--help", "-h")
DESTROYING = "checkout restore reset clean switch rm stash".split()
Work = dict[str, dict[str, object]]  # path below the root -> the last uncommitted write of another agent


def check(action: Action, policy: Policy) -> "list[Verdict]":
    """One verdict for each git command that concerns another's uncommitted work."""
    asked = [(sub, rest) for c in action.commands for sub, rest in [_git(c)] if sub in CHECKS or sub in DESTROYING]
    if not asked:
        return []
    tree = _Tree(action, policy)
    found = [v for sub, rest in asked if sub in CHECKS for v in CHECKS[sub](tree, rest)]
    return found or _destroyed(action, tree)


def _git(command: Command) -> "tuple[str, list[str]]":
    """(subcommand of git, the words after it); "" if it is not git."""
    argv = [w or "" for w in command.argv]
    if not argv or os.path.basename(argv[0]) != "git":
        return "", []
    rest = argv[1:]
    while rest and rest[0].startswith("-"):
        if rest.pop(0) in GIT_VALUE_OPTIONS and rest:
            rest.pop(0)
    sub, after = (rest[0], rest[1:]) if rest else ("", [])
    return {"stage": "add"}.get(sub, sub), after


class _Tree:
    """Whose work there is in the tree. others, mine: see Work. top: of the repository. head, index: its entries."""

    def __init__(self, action: Action, policy: Policy) -> None:

        from onetree import observe, writes
        from onetree.commits import own
        from onetree.shell.deadline import Deadline
        from onetree.shell.gitrepo import objects, repository

        self.root, self.cwd = os.path.realpath(policy.root), action.cwd or policy.root
        self.agent = observe.agent_of(action)
        self.head: dict[str, tuple[int, str]] = {}
        self.index: dict[str, tuple[int, str]] | None = None
        self.others: Work = {}
        self.mine: set[str] = set()
        where = repository.find(os.path.realpath(self.cwd)) or ("", "")
        self.top = where[0]
        try:
            repo = repository.Repository(*where, Deadline(1))
            self.head = repo.tree(repo.head())
            self.index = repo.index()[0]
        except (objects.Unreadable, OSError, ValueError, IndexError):
            pass  # then all that is recorded as uncommitted counts as such
        for path, lines in writes.all_files(policy.state).items():
            for line in own.uncommitted(lines):
                if writes.is_by(line, self.agent):
                    self.mine.add(path)
                elif path not in self.others and self._differs(path):
                    self.others[path] = line
        self.others = {
            p: own.uncommitted(writes.history(policy.state, p))[-1] if p in self.mine else x
            for p, x in self.others.items()
        }

    def _differs(self, path: str) -> bool:
        """Whether a file is not as HEAD has it, or was staged."""
        from onetree import blobs

        name = self.name(path)
        there = blobs.look(os.path.join(self.root, path), "sha1", 0)
        return there.blob != self.head.get(name, (0, ""))[1] or (self.index is not None and self.staged(name))

    def staged(self, name: str) -> bool:
        """Whether the index has something else than HEAD. name: below the top of the repository."""
        return (self.index or {}).get(name, (0, ""))[1] != self.head.get(name, (0, ""))[1]

    def name(self, path: str) -> str:
        return os.path.relpath(os.path.join(self.root, path), self.top or self.root)

    def below(self, specs: "list[str]") -> Work:
        """Others' work below these pathspecs; all of it without any. What has wildcards or magic may be anything."""
        if not specs:
            return self.others
        found: Work = {}
        for spec in specs:
            wild = any(c in spec for c in "*?[") or spec.startswith(":") or not spec
            full = os.path.normpath(os.path.join(os.path.realpath(self.cwd), spec))
            for path, line in self.others.items():
                real = os.path.join(self.root, path)
                if (wild and _wild(spec, path, real)) or real == full or real.startswith(full.rstrip("/") + "/"):
                    found[path] = line
        return found

    def tracked(self, work: Work) -> Work:
        """Of these, what git knows already."""
        if self.index is None:
            return work
        return {p: x for p, x in work.items() if self.name(p) in self.index or self.name(p) in self.head}


def _wild(spec: str, path: str, real: str) -> bool:
    from fnmatch import fnmatchcase

    return not spec or spec.startswith(":") or fnmatchcase(path, spec) or fnmatchcase(real, f"*/{spec}")


def _add(tree: _Tree, rest: "list[str]") -> "list[Verdict]":
    options, specs = _parted("add", rest)
    if any(o in HARMLESS for o in options):
        return []
    every = any(o in ("-A", "--all", "-u", "--update", "--no-ignore-removal") for o in options)
    if not specs and not every and not any(o.startswith("--pathspec-from-file") for o in options):
        return []  # nothing is added
    work = tree.below(specs)
    if any(o in ("-u", "--update") for o in options):
        work = tree.tracked(work)
    return _verdicts(f"git add {' '.join([*options, *specs])}", "stage", work, INSTEAD)


def _commit(tree: _Tree, rest: "list[str]") -> "list[Verdict]":
    options, specs = _parted("commit", rest)
    if any(o in (*HARMLESS[1:], "--short", "--porcelain") for o in options):
        return []
    shown = f"git commit {' '.join([*(o for o in options if o in ('-a', '--all')), *specs])}".strip()
    if specs:
        return _verdicts(shown, "commit", tree.below(specs), INSTEAD)
    if "--all" in options or any(o.startswith("-") and not o.startswith("--") and "a" in _flags(o) for o in options):
        found = _verdicts("git commit -a", "commit", tree.tracked(tree.others), INSTEAD)
        if found:
            return found
    staged = {p: x for p, x in tree.others.items() if tree.index is None or tree.staged(tree.name(p))}
    return _verdicts(shown, "commit", staged, INSTEAD) or _unattributed(tree, shown)


def _unattributed(tree: _Tree, shown: str) -> "list[Verdict]":
    """What is staged, and nobody is recorded to have written: perhaps by a person, who is not done."""
    if tree.index is None:
        return []
    names = {tree.name(p) for p in tree.mine}
    staged = [n for n in sorted({*tree.index, *tree.head}) if tree.staged(n) and n not in names]
    if not staged:
        return []
    more = f" and {len(staged) - 1} more" if len(staged) > 1 else ""
    fact = f"`{shown}` would commit {staged[0]}{more}, which is staged, and not this agent's as far as is recorded"
    return [_verdict(fact, staged[0], NAMED)]


def _stash(tree: _Tree, rest: "list[str]") -> "list[Verdict]":
    verb = rest[0] if rest and not rest[0].startswith("-") else "push"
    if verb not in ("push", "save") and verb in ("list", "show", "apply", "branch", "create", "store", "pop", "drop"):
        return []
    options, specs = _parted("stash", rest[1:] if rest[:1] == [verb] else rest)
    specs = specs if verb == "push" else []
    work = tree.below(specs)
    if not any(o in ("-u", "-a", "--include-untracked", "--all") for o in options):
        work = tree.tracked(work)
    way = "you need no stash here: commit your own work with `onetree commit -m '...'`, or leave it as it is"
    return _verdicts(f"git stash {' '.join(rest)}".strip(), "take away", work, way)


def _reset(tree: _Tree, rest: "list[str]") -> "list[Verdict]":
    """A mixed reset takes what others staged off the index. What it does to files, its effects say."""
    if any(o in rest for o in ("--soft", "--hard", "--merge", "--keep")):
        return []
    specs = (
        rest[rest.index("--") + 1 :]
        if "--" in rest
        else [w for w in rest if not w.startswith("-") and os.path.lexists(os.path.join(tree.cwd, w))]
    )
    staged = {p: x for p, x in tree.below(specs).items() if tree.index is not None and tree.staged(tree.name(p))}
    return _verdicts(
        f"git reset {' '.join(rest)}".strip(),
        "unstage",
        staged,
        "name your own files: `git restore --staged -- PATH ...`",
    )


CHECKS = {"add": _add, "commit": _commit, "stash": _stash, "reset": _reset}


def _destroyed(action: Action, tree: _Tree) -> "list[Verdict]":
    """What git would throw away, by the effects that the shell reader found."""
    found: Work = {}
    how = ""
    for effect in action.effects:
        if not effect.how.startswith("git "):
            continue
        if effect.op == "opaque":
            found, how = dict(tree.others), effect.how
            continue
        if effect.op not in ("write", "delete") or effect.place is None:
            continue
        for path, line in tree.others.items():
            real = os.path.join(tree.root, path)
            if real == effect.place.real or (effect.tree and real.startswith(effect.place.real.rstrip("/") + "/")):
                found[path], how = line, effect.how
    return _verdicts(how, "throw away or replace", found, ALONE)


def _parted(sub: str, words: "list[str]") -> "tuple[list[str], list[str]]":
    """(options, pathspecs)."""
    options: list[str] = []
    specs: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return options, specs + rest
        if word.startswith("-") and word != "-":
            options.append(word)
            cluster = word if word.startswith("--") else f"-{_flags(word)[-1:]}"
            takes = word in VALUES.get(sub, ()) or (
                sub == "commit" and cluster in ("-m", "-F", "-C", "-c", "-t") and word.endswith(cluster[1:])
            )
            if takes and rest:
                rest.pop(0)
        else:
            specs.append(word)
    return options, specs


def _flags(word: str) -> str:
    """The short flags of a cluster such as -am, up to the first that takes what follows as its value."""
    letters = ""
    for letter in word[1:]:
        letters += letter
        if letter in "mFCctSu":
            break
    return letters


def _verdicts(command: str, does: str, work: Work, way: str) -> "list[Verdict]":
    if not work:
        return []
    path, line = next(iter(sorted(work.items())))
    more = f" and {len(work) - 1} more such files" if len(work) > 1 else ""
    who = " ".join(x for x in (str(line.get("platform")), str(line.get("session"))[:8], str(line.get("agent"))) if x)
    when = f"{str(line.get('t'))[11:19]} UTC"
    fact = f"`{command}` would {does} {path}{more}, which {who} wrote at {when} and has not committed"
    return [_verdict(fact, path, way)]


def _verdict(fact: str, path: str, way: str) -> Verdict:
    return Verdict(BLOCK, NAME, fact, path=path, adr=ADR, adr_home="onetree", way_out=way)
