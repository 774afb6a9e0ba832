"""What git's subcommands change in the working tree, by the repository that is there (their manual pages)."""

import os

from onetree.shell.gitrepo.objects import DAMAGE, Unreadable
from onetree.shell.gitrepo.repository import Entry, Tree
from onetree.shell.gitrepo.worktree import EXCEPT, UNKNOWN, Change, Worktree, match
from onetree.shell.words import Field, Unknown

from . import files
from .gitwords import Words, beneath, opened, specified

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .call import Call

# Forms that ask a person, or go on with what was begun before.
UNSEEN = ("-p", "--patch", "-i", "--interactive", "--continue", "--abort", "--skip", "--pathspec-from-file", "--merge")


def note(call: "Call", name: str, texts: "list[str]") -> bool:
    """Note what a subcommand changes; False if it cannot be told from here."""
    folder = call.state.folder
    if folder is None or len(call.state.folders) != 1 or call.walker.repositories.get("") is not None:
        return False
    tree = made = None
    try:
        tree = opened(call, folder)
        if tree is None:
            return False
        if not any(text.partition("=")[0] in UNSEEN for text in texts[: (*texts, "--").index("--")]):
            tree.follow(call.walker)
            tree.doubt = False
            made = HANDLERS[name](tree, Words(name, texts, beneath(tree, folder)))
    except (Unknown, *DAMAGE):
        made = None
    certain = tree is not None and not tree.doubt
    if made is None or not call.state.certain or not certain:
        call.walker.repositories[""] = False
    if made is None or tree is None:
        return False
    for op, path in made:
        role = "w" if op == "write" else "D" if path.endswith("/") else "d"
        call.effect(role, Field(os.path.join(tree.top, path.rstrip("/")), path), name, certain=certain)
    tree.seen = len(call.walker.effects)
    return True


def moved(call: "Call", texts: "list[str | None]") -> None:
    """What `git mv` does, and the names that its files then have in the index."""
    renamed: dict[str, str] = {}
    tree = None
    try:
        tree = opened(call, call.state.folder or "")
        known = [text for text in texts if text is not None]
        if tree is None or len(known) < 2 or len(known) < len(texts) or not call.state.certain:
            raise Unreadable("what is moved")
        tree.follow(call.walker)
        *sources, end = specified(tree, known, beneath(tree, call.state.folder or "/"))
        into = tree.is_folder(end)
        for source in sources:
            place = f"{end}/{os.path.basename(source)}" if into else end
            renamed.update({n: place + n[len(source) :] for n in tree.entries if match(n, [source])})
    except (Unknown, *DAMAGE):
        call.walker.repositories[""] = False
    now = {new: tree.now(old, tree.entries[old]) for old, new in renamed.items()} if tree else {}
    files.move(call)
    if tree is not None:
        tree.follow(call.walker)
        tree.entries.update({new: tree.entries.pop(old) for old, new in renamed.items()})
        tree.changed.update(now)


def _unmatched(names: "Iterable[str]", specs: "list[str]") -> bool:
    """Whether a pathspec matches nothing, which git refuses."""
    names = list(names)
    return any(not any(match(n, [spec]) for n in names) for spec in specs if not spec.startswith(EXCEPT))


def _paths(tree: Worktree, source: Tree, paths: "list[str]", below: str, *, deletes: bool = False) -> "list[Change]":
    specs = specified(tree, paths, below)
    names = {n for n in (source | tree.entries if deletes else source) if match(n, specs)}
    if not deletes and _unmatched(source, specs):
        return []  # "pathspec did not match": nothing is done
    return tree.to(source, names)


def _move(tree: Worktree, commit: "str | None", *, force: bool = False) -> "list[Change]":
    """To another commit: what differs between the two, unless something of one's own would be lost."""
    if commit is None:
        return []
    old, new = tree.tree(tree.head()), tree.tree(commit)
    names = set(tree.differing(old, new))
    if force:
        names |= set(tree.entries) | set(new)
    elif any(_kept(tree, name, old, new) for name in names):
        return []  # "would be overwritten": nothing is done
    tree.advance(commit)
    return tree.to(new, names)


def _onto(tree: Worktree, name: str, commit: "str | None", *, force: bool, new: str = "") -> "list[Change]":
    """To another branch: a new one, one that is there, or one of a remote's (git-checkout(1), "--guess")."""
    commit = commit or tree.reference(f"refs/remotes/origin/{name}")
    if commit is None:
        return []
    before, was = tree.branch, tree.head()
    if name == "-":
        name = tree.previous()
    branch = f"refs/heads/{new or name}"
    tree.branch = branch if new or tree.reference(branch) or not tree.resolve(name) else ""
    made = _move(tree, commit, force=force)
    if tree.heads.get("HEAD") != commit:
        tree.branch = before
    else:
        tree.left.append(before.removeprefix("refs/heads/") or was or "HEAD")
    return made


def _kept(tree: Worktree, name: str, old: Tree, new: Tree) -> bool:
    have = tree.now(name, old.get(name))
    if tree.entries.get(name) == new.get(name):
        return False
    if have == UNKNOWN:
        tree.doubt = True
        return False
    return have not in (old.get(name), None) or tree.entries.get(name) != old.get(name)


def checkout(tree: Worktree, words: Words) -> "list[Change] | None":
    if words.has("--orphan", "--ours", "--theirs", "-m", "--conflict", "--detach-only"):
        return None
    operands = list(words.operands)
    if new := words.value("-b", "-B"):
        start = operands[0] if operands else "HEAD"
        return _onto(tree, start, tree.resolve(start), force=False, new=new)
    first = tree.resolve(operands[0]) if operands else None
    if words.paths or len(operands) > 1 or (operands and first is None and words.paths is None):
        paths = words.paths or operands[first is not None :]
        guessed = operands and not words.paths and tree.reference(f"refs/remotes/origin/{operands[0]}")
        if not guessed:
            if words.paths and operands and first is None:
                return []
            return _paths(tree, tree.tree(first) if first else dict(tree.entries), paths, words.below)
    force = words.has("-f", "--force")
    return _onto(tree, operands[0], first, force=force) if operands else _move(tree, tree.head(), force=force)


def switch(tree: Worktree, words: Words) -> "list[Change] | None":
    if words.has("--orphan", "-m", "--merge"):
        return None
    name = words.operands[0] if words.operands else "HEAD"
    new = words.value("-c", "-C", "--create", "--force-create")
    return _onto(tree, name, tree.resolve(name), force=words.has("-f", "--force", "--discard-changes"), new=new)


def restore(tree: Worktree, words: Words) -> "list[Change] | None":
    staged, work = words.has("--staged", "-S"), words.has("--worktree", "-W")
    if words.has("--ours", "--theirs", "-m", "--conflict", "--overlay"):
        return None
    text = words.value("-s", "--source")
    commit = tree.resolve(text or "HEAD")
    if text and commit is None:
        return []
    source = tree.tree(commit) if text or staged else dict(tree.entries)
    paths = [*words.operands, *(words.paths or [])]
    if staged and not work:
        for name in set(source) | set(tree.entries):
            if match(name, specified(tree, paths, words.below)):
                _stage(tree, name, source)
        return []
    return _paths(tree, source, paths, words.below, deletes=bool(text or staged))


def _stage(tree: Worktree, name: str, source: Tree) -> None:
    tree.stats.pop(name, None)
    if name in source:
        tree.entries[name] = source[name]
    else:
        tree.entries.pop(name, None)


def reset(tree: Worktree, words: Words) -> "list[Change] | None":
    if words.has("--merge", "--keep"):
        return None
    commit = tree.resolve(words.operands[0]) if words.operands else tree.head()
    if words.has("--hard"):
        return [] if commit is None or words.paths else _move(tree, commit, force=True)
    whole = not words.paths and len(words.operands) < 2
    specs = [""] if whole and (commit or not words.operands) else [*words.operands, *(words.paths or [])]
    if not words.has("--soft"):
        source = tree.tree(commit or tree.head())
        for name in set(source) | set(tree.entries):
            if match(name, specified(tree, specs, words.below) if specs != [""] else specs):
                _stage(tree, name, source)
    if whole and commit:
        tree.advance(commit)
    return []


def stash(tree: Worktree, words: Words) -> "list[Change] | None":
    what, *rest = words.operands or ["push"]
    if what in ("list", "show", "drop", "clear", "create", "store"):
        return []
    if what in ("pop", "apply"):
        which = rest[0] if rest else "stash@{0}"
        return _unstash(tree, f"stash@{{{which}}}" if which.isdigit() else which)
    if what not in ("push", "save") or words.has("--staged", "-S", "-k", "--keep-index"):
        return None
    paths = [*(rest if what == "push" else []), *(words.paths or [])]
    specs = specified(tree, paths, words.below) or [""]
    head = tree.tree(tree.head())
    names = {n for n in head | tree.entries if match(n, specs)}
    everything = words.has("-a", "--all")
    others = []
    if everything or words.has("-u", "--include-untracked"):
        others = tree.untracked(ignored=everything, folders=True, below=_only(specs))
    made = [*tree.to(head, names), *(("delete", name) for name in others)]
    if made:
        tree.heads["refs/stash"] = "?"
    return made


def _unstash(tree: Worktree, name: str) -> "list[Change] | None":
    if "refs/stash" in tree.heads:
        return None
    commit = tree.resolve(name)
    if commit is None:
        return []
    parents = tree.parents(commit)
    made = _picked(tree, tree.tree(parents[0]), tree.tree(commit))
    if len(parents) > 2:
        more = tree.tree(parents[2])
        made += [("write", name) for name in more if tree.now(name) is None]
    return made


def _dirty(tree: Worktree, name: str, entry: "Entry | None") -> bool:
    """Whether a file has changes of one's own; if that is not known, what follows is not certain."""
    have = tree.now(name, entry)
    if have == UNKNOWN:
        tree.doubt = True
        return False
    return have not in (entry, None)


def _picked(tree: Worktree, old: Tree, new: Tree) -> "list[Change]":
    """Bring the changes between two trees to the working tree."""
    names = tree.differing(old, new)
    head = tree.tree(tree.head())
    if any(_dirty(tree, n, head.get(n)) for n in names):
        return []  # "your local changes would be overwritten": nothing is done
    target = {name: new[name] for name in names if name in new}
    for name in list(target):
        if head.get(name) not in (old.get(name), new[name]):
            target[name] = (target[name][0], "?")  # both changed it: what comes out is not known
    return tree.to(target, names)


def merge(tree: Worktree, words: Words) -> "list[Change] | None":
    if len(words.operands) != 1 or words.has("-s", "--strategy", "--quit"):
        return None
    head, other = tree.head(), tree.resolve(words.operands[0])
    if head is None or other is None:
        return []
    base = tree.base(head, other)
    if base == other:
        return []
    if base == head:
        return _move(tree, other)
    return [] if words.has("--ff-only") else _picked(tree, tree.tree(base), tree.tree(other))


def rebase(tree: Worktree, words: Words) -> "list[Change] | None":
    if len(words.operands) != 1 or words.flags - {"-q", "--quiet", "--no-stat", "--stat"}:
        return None
    head, other = tree.head(), tree.resolve(words.operands[0])
    if head is None or other is None:
        return []
    base = tree.base(head, other)
    old = tree.tree(head)
    if base == other or tree.entries != old or any(_altered(tree, n, e) for n, e in old.items()):
        return []  # up to date; or "you have unstaged changes"
    started = tree.tree(base)
    made = _move(tree, other)
    return made if base == head else [*made, *_picked(tree, started, old)]


def _altered(tree: Worktree, name: str, entry: Entry) -> bool:
    return _dirty(tree, name, entry) or tree.now(name, entry) is None


def cherry_pick(tree: Worktree, words: Words) -> "list[Change] | None":
    return _one(tree, words, back=False)


def revert(tree: Worktree, words: Words) -> "list[Change] | None":
    return _one(tree, words, back=True)


def _one(tree: Worktree, words: Words, *, back: bool) -> "list[Change] | None":
    if len(words.operands) != 1 or ".." in words.operands[0] or words.has("-m", "--mainline", "--quit"):
        return None
    commit = tree.resolve(words.operands[0])
    if commit is None:
        return []
    if tree.entries != tree.tree(tree.head()):
        return []  # "your local changes would be overwritten"
    old, new = tree.tree(next(iter(tree.parents(commit)), None)), tree.tree(commit)
    return _picked(tree, new, old) if back else _picked(tree, old, new)


def _only(specs: "list[str]") -> "list[str]":
    if any(spec.startswith(EXCEPT) for spec in specs):
        raise Unreadable("paths that are left out")
    return [spec for spec in specs if spec]


def clean(tree: Worktree, words: Words) -> "list[Change] | None":
    if words.has("-n", "--dry-run") or not words.has("-f", "--force"):
        return []  # clean.requireForce
    if words.has("-e", "--exclude"):
        return None
    paths = [*words.operands, *(words.paths or [])]
    specs = specified(tree, paths or ["."], words.below)
    ignored = None if words.has("-X") else words.has("-x")
    found = tree.untracked(ignored=ignored, folders=words.has("-d"), below=_only(specs))
    return [("delete", name) for name in found]


def remove(tree: Worktree, words: Words) -> "list[Change] | None":
    if words.has("-n", "--dry-run"):
        return []
    specs = specified(tree, [*words.operands, *(words.paths or [])], words.below)
    names = [n for n in tree.entries if match(n, specs)]
    if _unmatched(tree.entries, specs) and not words.has("--ignore-unmatch"):
        return []
    if not words.has("-r") and any(n not in specs and not any(c in s for s in specs for c in "*?[") for n in names):
        return []  # "not removing recursively without -r"
    if words.has("--cached"):
        for name in names:
            del tree.entries[name]
        return []
    head = tree.tree(tree.head())
    if not words.has("-f", "--force") and any(
        tree.entries[n] != head.get(n) or _dirty(tree, n, tree.entries[n]) for n in names
    ):
        return []  # "has local modifications"
    return tree.to({}, names)


def add(tree: Worktree, words: Words) -> "list[Change] | None":
    paths = [*words.operands, *(words.paths or [])]
    everything = not paths and words.has("-A", "--all", "-u", "--update")
    specs = [""] if everything else specified(tree, paths, words.below)
    names = {*tree.entries, *(n for n in tree.changed if n in tree.entries or not tree.ignored(n, is_folder=False))}
    if not words.has("-u", "--update"):
        for name in tree.untracked(ignored=False, folders=True, below=_only(specs)):
            names.update(tree.files(name) if name.endswith("/") else [name])
    for name in names:
        if match(name, specs) and not words.has("-n", "--dry-run"):
            have = tree.now(name, tree.entries.get(name))
            _stage(tree, name, {} if have is None else {name: have})
    return []


def commit(tree: Worktree, words: Words) -> "list[Change] | None":
    if words.has("--dry-run"):
        return []
    if words.has("-a", "--all"):
        add(tree, Words("add", ["-u"], words.below))
    elif words.operands or words.paths:
        add(tree, Words("add", [*words.operands, *(words.paths or [])], words.below))
    head = tree.head()
    amends = words.has("--amend")
    if not amends and not words.has("--allow-empty") and head and tree.entries == tree.tree(head):
        return []  # "nothing to commit"
    made = f"made-{len(tree.made)}"
    tree.before[made] = (tree.parents(head) if amends else [head]) if head else []
    tree.made[made] = dict(tree.entries)
    tree.advance(made)
    return []


def read_tree(tree: Worktree, words: Words) -> "list[Change] | None":
    """Without -u only the index."""
    if len(words.operands) != 1 or words.has("--prefix") or words.value("--prefix"):
        return None
    commit = tree.resolve(words.operands[0])
    if commit is None or words.has("-n", "--dry-run"):
        return []
    source, old = tree.tree(commit), dict(tree.entries)
    if words.has("-u") and words.has("--reset", "-m"):
        return tree.to(source, tree.differing(old, source))
    tree.entries = dict(source)
    tree.stats.clear()
    return []


HANDLERS: "dict[str, Callable[[Worktree, Words], list[Change] | None]]" = {
    "checkout": checkout,
    "switch": switch,
    "restore": restore,
    "reset": reset,
    "stash": stash,
    "merge": merge,
    "rebase": rebase,
    "cherry-pick": cherry_pick,
    "revert": revert,
    "clean": clean,
    "rm": remove,
    "add": add,
    "commit": commit,
    "read-tree": read_tree,
}
