"""What git shows of files: those that a diff, a log or a stash is about (git-diff(1), git-log(1), git-show(1))."""

import os

from onetree.shell.gitrepo.objects import DAMAGE
from onetree.shell.gitrepo.repository import Tree
from onetree.shell.gitrepo.worktree import Worktree, match
from onetree.shell.words import Field, Unknown

from .gitwords import Words, beneath, opened, specified

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .call import Call

NAMED = 200  # files that are told one by one
COMMITS = 50  # of a log that are looked at
NAMES = (  # they show no content
    "--stat --numstat --shortstat --name-only --name-status --summary --quiet -q --no-patch -s --raw --dirstat --check"
).split()
SHOWS = ("-p", "-u", "--patch", "--patch-with-stat", "-c", "--cc", "-m", "--patch-with-raw", "-L", "-W", "--full-diff")


def note(call: "Call", name: str, texts: "list[str]") -> None:
    """Note reads of the files that differ, as far as they can be told: what is not, is not."""
    if len(call.state.folders) != 1 or call.walker.repositories.get("") is not None:
        return
    try:
        tree = opened(call, call.state.folders[0])
        if tree is None:
            return
        tree.follow(call.walker)
        words = Words(name, texts, beneath(tree, call.state.folders[0]))
        names = _shown(tree, name, words)
    except (Unknown, *DAMAGE):
        return
    for one in names[:NAMED]:
        path = os.path.join(tree.top, one)
        call.effect("r", Field(path, one), name)


def _shown(tree: Worktree, name: str, words: Words) -> "list[str]":
    shows = any(words.has(flag) for flag in SHOWS) or bool(words.digits and name == "diff")
    if words.has(*NAMES) and not shows:
        return []
    operands = list(words.operands)
    if name == "stash":
        if operands[:1] != ["show"] or not shows:
            return []
        which = operands[1] if len(operands) > 1 else "stash@{0}"
        commit = tree.resolve(f"stash@{{{which}}}" if which.isdigit() else which)
        return _commit(tree, commit) if commit else []
    revisions: list[str] = []
    while operands and (".." in operands[0] or (not _lies(tree, words, operands[0]) and tree.resolve(operands[0]))):
        revisions.append(operands.pop(0))
    specs = specified(tree, [*operands, *(words.paths or [])], words.below) or [""]
    if name == "diff":
        found = _diff(tree, words, revisions)
    elif name == "show":
        found = [n for one in revisions or ["HEAD"] if (c := tree.resolve(one)) for n in _commit(tree, c)]
    else:
        found = _log(tree, words, revisions) if shows else []
    return [one for one in dict.fromkeys(found) if match(one, specs)]


def _lies(tree: Worktree, words: Words, name: str) -> bool:
    return os.path.lexists(os.path.join(tree.top, words.below, name))


def _diff(tree: Worktree, words: Words, revisions: "list[str]") -> "list[str]":
    cached = words.has("--cached", "--staged")
    if len(revisions) == 1 and ".." in revisions[0]:
        one, _, other = revisions[0].partition("..")
        near, far = tree.resolve(one or "HEAD"), tree.resolve(other.lstrip(".") or "HEAD")
        if other.startswith(".") and near and far:
            near = tree.base(near, far)
        return tree.differing(tree.tree(near), tree.tree(far))
    trees: list[Tree] = [tree.tree(tree.resolve(one)) for one in revisions]
    if len(trees) > 1:
        return tree.differing(trees[0], trees[1])
    if cached:
        return tree.differing(trees[0] if trees else tree.tree(tree.head()), tree.entries)
    against = trees[0] if trees else tree.entries
    return [n for n in {**against, **tree.entries} if tree.now(n, against.get(n)) != against.get(n)]


def _commit(tree: Worktree, commit: str) -> "list[str]":
    """What a commit changed against its first parent."""
    return tree.differing(tree.tree(next(iter(tree.parents(commit)), None)), tree.tree(commit))


def _log(tree: Worktree, words: Words, revisions: "list[str]") -> "list[str]":
    count = words.digits or words.value("-n", "--max-count")
    most = min(int(count), COMMITS) if count.isdigit() else COMMITS
    until = revisions[0].rpartition("..")[2].lstrip(".") if revisions else "HEAD"
    commit = tree.resolve(until or "HEAD")
    queue = [commit] if commit else []
    made: dict[str, None] = {}
    for one in queue:
        made.update(dict.fromkeys(_commit(tree, one)))
        queue += [parent for parent in tree.parents(one) if parent not in queue and len(queue) < most]
    return list(made)
