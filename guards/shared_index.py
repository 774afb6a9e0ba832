"""shared-index: git commands that would sweep up, or destroy, what other agents have not committed yet.

Everybody in a tree shares its one index. `git add -A`, `git commit -a` and `git stash` take whatever is there, a bare
`git commit` takes what anybody staged, and checkout, restore, reset, clean, rm and mv throw it away or take it off the
index. They pass where only the agent's own work is concerned (onetree/gitwork.py says whose it is).
"""

import os

from onetree.action import Action
from onetree.gitwork import Tree, asked, flags, parted
from onetree.policy import Policy
from onetree.verdict import BLOCK, Verdict

NAME = "shared-index"
ADR = 32
INSTEAD = "`onetree commit -m '...' [PATH ...]` commits exactly what you wrote, and needs no `git add`"
NAMED = "name the files: `git commit -m '...' -- PATH ...`, or let `onetree commit -m '...'` find what you wrote"
ALONE = "leave the others' files alone: name your own paths, or `onetree undo PATH` for your own last write"
UNSTAGE = "name your own files: `git restore --staged -- PATH ...`"
NO_STASH = "you need no stash here: commit your own work with `onetree commit -m '...'`, or leave it as it is"
VALUES = {  # options that take the next word as their value, by subcommand
    "commit": ("--message", "--file", "--author", "--date", "--trailer", "--cleanup", "--fixup", "--squash"),
    "stash": ("-m", "--message"),
    "add": ("--chmod", "--pathspec-from-file"),
    "restore": ("-s", "--source"),
    "reset": (),
    "rm": ("--pathspec-from-file",),
    "update-index": ("--chmod", "--index-version"),
}
COMMIT_VALUES = "mFCctSu"  # its short options that take what follows in the word as their value
HARMLESS = ("-n", "--dry-run", "--help", "-h")
DESTROYING = "checkout checkout-index restore reset clean switch rm mv stash".split()
TYPE_CHECKING = False
if TYPE_CHECKING:
    from onetree.gitwork import Work


def check(action: Action, policy: Policy) -> "list[Verdict]":
    """One verdict for each git command that concerns another's uncommitted work."""
    commands = asked(action, {*CHECKS, *DESTROYING})
    trees: dict[str, Tree] = {}
    for one in commands:
        if one.folder not in trees:
            trees[one.folder] = Tree(action, policy, one.folder)
    found = [v for one in commands if one.sub in CHECKS for v in CHECKS[one.sub](trees[one.folder], one.rest)]
    return found or [v for tree in list(trees.values())[:1] for v in _destroyed(action, tree)]


def _add(tree: Tree, rest: "list[str]") -> "list[Verdict]":
    options, specs = _parted("add", rest)
    if any(o in HARMLESS for o in options):
        return []
    asks = any(o in ("-p", "--patch", "-i", "--interactive", "-e", "--edit") for o in options)
    every = asks or any(o in ("-A", "--all", "-u", "--update", "--no-ignore-removal") for o in options)
    if not specs and not every and not any(o.startswith("--pathspec-from-file") for o in options):
        return []  # nothing is added
    work = tree.below(specs)
    if asks or any(o in ("-u", "--update") for o in options):
        work = tree.tracked(work)
    return _verdicts(f"git add {' '.join([*options, *specs])}", "stage", work, INSTEAD)


def _commit(tree: Tree, rest: "list[str]") -> "list[Verdict]":
    options, specs = _parted("commit", rest)
    if any(o in (*HARMLESS[1:], "--short", "--porcelain") for o in options):
        return []
    shown = f"git commit {' '.join([*(o for o in options if o in ('-a', '--all')), *specs])}".strip()
    if specs:
        return _verdicts(shown, "commit", tree.below(specs), INSTEAD)
    if "--all" in options or any("a" in flags(o, COMMIT_VALUES) for o in options):
        found = _verdicts("git commit -a", "commit", tree.tracked(tree.others), INSTEAD)
        if found:
            return found
    return _verdicts(shown, "commit", tree.others_staged(), INSTEAD) or _unattributed(tree, shown)


def _unattributed(tree: Tree, shown: str) -> "list[Verdict]":
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


def _stash(tree: Tree, rest: "list[str]") -> "list[Verdict]":
    verb = rest[0] if rest and not rest[0].startswith("-") else "push"
    if verb not in ("push", "save"):
        return []
    options, specs = _parted("stash", rest[1:] if rest[:1] == [verb] else rest)
    specs = specs if verb == "push" else []
    work = tree.below(specs)
    if not any(o in ("-u", "-a", "--include-untracked", "--all") for o in options):
        work = tree.tracked(work)
    return _verdicts(f"git stash {' '.join(rest)}".strip(), "take away", work, NO_STASH)


def _reset(tree: Tree, rest: "list[str]") -> "list[Verdict]":
    """A mixed reset takes what others staged off the index. What it does to files, its effects say."""
    if any(o in rest for o in ("--soft", "--hard", "--merge", "--keep")):
        return []
    _, operands, after = parted(rest)
    specs = after or [w for w in operands if os.path.lexists(os.path.join(tree.folder, w))]
    return _unstaged(tree, "reset", rest, specs)


def _restore(tree: Tree, rest: "list[str]") -> "list[Verdict]":
    options, specs = _parted("restore", rest)
    if not any(o == "--staged" or "S" in flags(o, "s") for o in options):
        return []
    return _unstaged(tree, "restore", rest, specs)


def _read_tree(tree: Tree, rest: "list[str]") -> "list[Verdict]":
    return [] if any(o in HARMLESS for o in rest) else _unstaged(tree, "read-tree", rest, [])


def _unstaged(tree: Tree, sub: str, rest: "list[str]", specs: "list[str]") -> "list[Verdict]":
    staged = tree.others_staged(tree.below(specs)) if tree.index is not None else {}
    return _verdicts(" ".join(["git", sub, *rest]), "unstage", staged, UNSTAGE)


def _remove(tree: Tree, rest: "list[str]") -> "list[Verdict]":
    """--cached takes files off the index only. What else it does to files, its effects say."""
    options, specs = _parted("rm", rest)
    if "--cached" not in options or any(o in HARMLESS for o in options) or not specs:
        return []
    return _verdicts(" ".join(["git rm", *rest]), "take off the index", tree.tracked(tree.below(specs)), UNSTAGE)


def _update_index(tree: Tree, rest: "list[str]") -> "list[Verdict]":
    options, specs = _parted("update-index", rest)
    unseen = any(o in ("--stdin", "--index-info", "--again", "-g") for o in options)
    work = tree.others if unseen else tree.below(specs) if specs else {}
    return _verdicts(" ".join(["git update-index", *rest]), "change in the index", work, INSTEAD)


CHECKS = {
    "add": _add,
    "commit": _commit,
    "stash": _stash,
    "reset": _reset,
    "restore": _restore,
    "read-tree": _read_tree,
    "rm": _remove,
    "update-index": _update_index,
}


def _destroyed(action: Action, tree: Tree) -> "list[Verdict]":
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
            real = f"{tree.root}/{path}"
            if real == effect.place.real or (effect.tree and real.startswith(effect.place.real.rstrip("/") + "/")):
                found[path], how = line, effect.how
    return _verdicts(how, "throw away or replace", found, ALONE)


def _parted(sub: str, words: "list[str]") -> "tuple[list[str], list[str]]":
    """(options, pathspecs)."""
    options, operands, after = parted(words, VALUES[sub], "mFCct" if sub == "commit" else "")
    return options, operands + (after or [])


def _verdicts(command: str, does: str, work: "Work", way: str) -> "list[Verdict]":
    if not work:
        return []
    path, line = next(iter(sorted(work.items())))
    more = f" and {len(work) - 1} more such files" if len(work) > 1 else ""
    from onetree import writes

    when = f"{str(line.get('t'))[11:19]} UTC"
    fact = f"`{command}` would {does} {path}{more}, which {writes.label(line)} wrote at {when} and has not committed"
    return [_verdict(fact, path, way)]


def _verdict(fact: str, path: str, way: str) -> Verdict:
    return Verdict(BLOCK, NAME, fact, path=path, adr=ADR, adr_home="onetree", way_out=way)
