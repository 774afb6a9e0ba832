"""shared-history: git commands that would rewrite, lose or ship others' commits, or move the tree under their work.

Everybody in a tree shares its one branch, its stashes and its objects. `git commit --amend`, `reset` and `rebase`
rewrite commits whoever made them, `push` ships them, `branch -f` and `stash drop` lose them; merge, switch and the like
change the branch and the files while others are writing; `gc --prune=now` destroys what an undo may need. They pass
where only the agent's own work is concerned. What nobody is recorded to have made is a person's: a person may approve.
"""

from itertools import islice

from onetree.action import Action
from onetree.gitwork import Asked, History, Tree, asked, flags, parted
from onetree.policy import Policy
from onetree.verdict import BLOCK, CHECKPOINT, Verdict

NAME = "shared-history"
ADR = 35
OWN = "make a commit of your own: `onetree commit -m '...'`"
KEEP = "leave others' commits where they are: `git revert COMMIT` takes back one of your own, `onetree commit` adds one"
PUSH = "`onetree push` shows whose commits would go, and holds; ask them, or a person"
BRANCH = "leave that branch alone, or name another"
LATER = (
    "wait until they have committed (`onetree commit`), or do it in a work tree of its own: `git worktree add ../NAME`"
)
STASH = "leave it to whoever made it; `git stash apply` copies it and takes nothing away"
OBJECTS = "a plain `git gc` keeps what is younger than two weeks"
MOST = 20  # commits of others that are counted
HELP = ("-h", "--help")
# What goes on with a merge or the like that was begun before.
STATES = ("--continue", "--quit", "--skip", "--abort", "--edit-todo", "--show-current-patch")
VALUES = {  # options that take the next word as their value, by subcommand
    "commit": ("--message", "--file", "--author", "--date", "--trailer", "--cleanup", "--fixup", "--squash"),
    "push": ("-o", "--push-option", "--repo", "--receive-pack", "--exec"),
    "rebase": ("--onto", "-x", "--exec", "-s", "--strategy", "-X", "--strategy-option", "--whitespace", "-C"),
    "merge": ("-m", "-F", "--file", "-s", "--strategy", "-X", "--strategy-option", "--into-name", "--cleanup"),
    "checkout": ("--conflict", "--pathspec-from-file"),
    "switch": ("--conflict",),
    "branch": ("--sort", "--format", "--points-at", "--contains", "--no-contains", "--merged", "--no-merged"),
}
# of rebase: it is done even if there is nothing new to be rebased on
FORCED = "--root -i --interactive -f --force-rebase --no-ff --onto -x --exec --autosquash".split()
NEW = ("-b", "-B", "-c", "-C", "--create", "--force-create", "--orphan")  # of checkout and switch: what names a branch


def check(action: Action, policy: Policy) -> "list[Verdict]":
    """One verdict for each git command that concerns others' commits, or what they are writing."""
    trees: dict[str, Tree] = {}
    found: list[Verdict] = []
    for one in asked(action, set(CHECKS)):
        if not any(w in HELP for w in one.rest):
            trees[one.folder] = trees.get(one.folder) or Tree(action, policy, one.folder)
            found += _judged(one, trees[one.folder])
    return found


def _judged(one: Asked, tree: Tree) -> "list[Verdict]":
    from onetree.shell.gitrepo.objects import DAMAGE, Unreadable

    try:
        return CHECKS[one.sub](History(tree, tree.repo), one) if tree.repo is not None else []
    except DAMAGE as e:
        why = str(e) if isinstance(e, Unreadable) else "the repository cannot be read"
        fact = f"whose commits `{one.shown}` concerns cannot be told: {why}"
        return [_verdict(CHECKPOINT, fact, PUSH if one.sub == "push" else KEEP)]


# ------------------------------------------------------------------ commits


def _amend(history: History, one: Asked) -> "list[Verdict]":
    options, _, _ = parted(one.rest, VALUES["commit"], "mFCct")
    if "--amend" not in options or "--dry-run" in options:
        return []
    return _commits(history, "git commit --amend", "rewrite", history.head(), OWN)


def _reset(history: History, one: Asked) -> "list[Verdict]":
    _, operands, after = parted(one.rest)
    target = history.known(operands[0]) if len(operands) == 1 and after is None else []
    gone = history.lost(history.head(), target) if target else []
    return _commits(history, one.shown, "take off the branch", gone, KEEP)


def _rebase(history: History, one: Asked) -> "list[Verdict]":
    options, operands, _ = parted(one.rest, VALUES["rebase"])
    if any(o in STATES for o in options):
        return _state(history, one, options)
    upstream = [] if "--root" in options else history.known(operands[0] if operands else "@{upstream}")
    forced = any(o.partition("=")[0] in FORCED for o in options)
    if not upstream and "--root" not in options:
        return []
    if not forced and not history.lost(upstream, history.head()):
        return []  # "up to date"
    rewritten = history.lost(history.head(), upstream)
    return _commits(history, one.shown, "rewrite", rewritten, KEEP) or _moves(history, one)


def _push(history: History, one: Asked) -> "list[Verdict]":
    options, operands, after = parted(one.rest, VALUES["push"])
    operands += after or []
    if any(o in ("-n", "--dry-run", "-d", "--delete") for o in options):
        return []
    references = history.repo.references()
    remotes = [(n, c) for n, c in references.items() if n.startswith("refs/remotes/")]
    there = [c for n, c in remotes if operands and n.startswith(f"refs/remotes/{operands[0]}/")]
    sources = [w.lstrip("+").partition(":")[0] for w in operands[1:]] or ["HEAD"]
    tips = history.known(*filter(None, sources))
    if any(o in ("--all", "--branches", "--mirror") for o in options):
        tips += [c for n, c in references.items() if n.startswith("refs/heads/")]
    return _commits(history, one.shown, "ship", history.lost(tips, there or [c for _, c in remotes]), PUSH)


def _branch(history: History, one: Asked) -> "list[Verdict]":
    options, operands, _ = parted(one.rest, VALUES["branch"], "u")
    letters = "".join(flags(o, "u") for o in options)
    force = "f" in letters or "--force" in options
    if "D" in letters or (force and ("d" in letters or "--delete" in options)):
        return _branches(history, one, [] if "r" in letters else operands, [])
    if "M" in letters or "C" in letters or (force and any(o in options for o in ("-m", "-c", "--move", "--copy"))):
        return _branches(history, one, operands[-1:], [])
    return _branches(history, one, operands[:1], operands[1:2] or ["HEAD"]) if force else []


def _branches(history: History, one: Asked, names: "list[str]", start: "list[str]") -> "list[Verdict]":
    """What is on these branches and on no other. start: where they will be instead."""
    references = history.repo.references()
    gone = {f"refs/heads/{name}" for name in names}
    tips = [c for n, c in references.items() if n in gone]
    kept = [c for n, c in references.items() if n not in gone] + history.known(*start)
    kept += history.head() if history.branch() not in gone else []
    return _commits(history, one.shown, "lose", history.lost(tips, kept), BRANCH)


def _update_ref(history: History, one: Asked) -> "list[Verdict]":
    options, operands, _ = parted(one.rest, ("-m",))
    name, start = (operands or [""])[0], operands[1:2] if "-d" not in options else []
    if name == "HEAD":
        name = history.branch()
    return _branches(history, one, [name[11:]], start) if name.startswith("refs/heads/") else []


def _rewrite(history: History, one: Asked) -> "list[Verdict]":
    return _commits(history, one.shown, "rewrite", history.lost(history.head(), []), KEEP)


# ------------------------------------------------------------------ the tree


def _moves(history: History, one: Asked) -> "list[Verdict]":
    """What changes HEAD, and files with it, while others are writing."""
    others = history.tree.others
    if not others:
        return []
    from onetree import writes

    path, line = min(others.items())
    more = f" and {len(others) - 1} more such files" if len(others) > 1 else ""
    whose = f"which {writes.label(line)} wrote at {_at(line)} and has not committed"
    what = f"would move the tree under {path}{more}, {whose}"
    return [_verdict(BLOCK, f"`{one.shown}` {what}", LATER, path)]


def _state(history: History, one: Asked, options: "list[str]") -> "list[Verdict]":
    """What goes on with a merge or the like that was begun: to drop it resets files."""
    return _moves(history, one) if "--abort" in options or "--skip" in options else []


def _merge(history: History, one: Asked) -> "list[Verdict]":
    options, operands, _ = parted(one.rest, VALUES["merge"])
    if any(o in STATES for o in options):
        return _state(history, one, options)
    others = history.known(*operands)
    if len(others) == len(operands) and others and not history.lost(others, history.head()):
        return []  # "Already up to date."
    return _moves(history, one)


def _pick(history: History, one: Asked) -> "list[Verdict]":
    return _state(history, one, one.rest) if any(o in STATES for o in one.rest) else _moves(history, one)


def _pull(history: History, one: Asked) -> "list[Verdict]":
    rebases = any(o.partition("=")[0] in ("-r", "--rebase") and not o.endswith("=false") for o in one.rest)
    upstream = history.known("@{upstream}") if rebases else []
    rewritten = history.lost(history.head(), upstream) if upstream else []
    return _commits(history, one.shown, "rewrite", rewritten, KEEP) or _moves(history, one)


def _switch(history: History, one: Asked) -> "list[Verdict]":
    options, operands, after = parted(one.rest, VALUES[one.sub])
    new = any(o in NEW for o in options)
    if not new:
        branch = operands[0] if len(operands) == 1 and after is None else ""
        is_files = one.sub == "checkout" and branch != "-" and not history.known(branch)
        if not branch or is_files or f"refs/heads/{branch}" == history.branch():
            return []  # or it is there already
    reset = any(o in ("-B", "-C", "--force-create") for o in options)
    lost = _branches(history, one, operands[:1], operands[1:2] or ["HEAD"]) if reset else []
    return lost or _moves(history, one)


def _bisect(history: History, one: Asked) -> "list[Verdict]":
    return [] if (one.rest or ["log"])[0] in ("log", "view", "visualize", "terms", "help") else _moves(history, one)


# ------------------------------------------------------------------ stashes and objects


def _stash(history: History, one: Asked) -> "list[Verdict]":
    verb, rest = (one.rest[0], one.rest[1:]) if one.rest else ("push", [])
    if verb == "clear":
        from onetree.shell.gitrepo.repository import small

        log = small(f"{history.repo.common}/logs/refs/stash").splitlines()
        return _commits(history, one.shown, "throw away", [line.split()[1] for line in log], STASH)
    if verb not in ("pop", "drop", "branch"):
        return []
    operands = parted(rest)[1][verb == "branch" :]
    which = f"stash@{{{operands[0]}}}" if operands and operands[0].isdigit() else (operands or ["stash@{0}"])[0]
    found = _commits(history, one.shown, "take off the list of stashes", history.known(which), STASH)
    return found or (_moves(history, one) if verb == "branch" else [])


def _objects(history: History, one: Asked) -> "list[Verdict]":
    """What nothing refers to is what a mistake is repaired from, and what others' commands are just making."""
    options = {o: value for o, _, value in (w.partition("=") for w in one.rest if w.startswith("-"))}
    dry = "-n" in options or "--dry-run" in options
    if one.sub == "gc":
        doomed = options.get("--prune", "") not in ("", "never", "2.weeks.ago")
    elif one.sub == "reflog":
        expires = any(o.startswith("--expire") and value != "never" for o, value in options.items())
        doomed = one.rest[:1] == ["delete"] or (one.rest[:1] == ["expire"] and expires)
    else:  # git prune takes all of it, at once
        doomed = "--expire" not in options
    line = history.tree.neighbour() if doomed and not dry else None
    if line is None:
        return []
    from onetree import writes

    who = writes.label(line)
    fact = f"`{one.shown}` would delete what lost work is brought back from, and {who} works in this tree, too"
    return [_verdict(BLOCK, f"{fact} (its last write: {line['path']} at {_at(line)})", OBJECTS, str(line["path"]))]


CHECKS = {
    "commit": _amend,
    "reset": _reset,
    "rebase": _rebase,
    "push": _push,
    "branch": _branch,
    "update-ref": _update_ref,
    "filter-branch": _rewrite,
    "filter-repo": _rewrite,
    "merge": _merge,
    "cherry-pick": _pick,
    "revert": _pick,
    "am": _pick,
    "pull": _pull,
    "checkout": _switch,
    "switch": _switch,
    "bisect": _bisect,
    "stash": _stash,
    "gc": _objects,
    "prune": _objects,
    "reflog": _objects,
}


# ------------------------------------------------------------------ what they have in common


def _commits(history: History, shown: str, does: str, commits: "list[str]", way: str) -> "list[Verdict]":
    """A verdict if some of these commits are not the agent's own; an agent's before a person's."""
    makers = list(islice(((c, m) for c in commits if not (m := history.maker(c)).mine), MOST))
    if not makers:
        return []
    commit, maker = next(((c, m) for c, m in makers if not m.person), makers[0])
    subject = history.repo.subject(commit)[:60]
    count = f"{len(makers) - 1}{' or' if len(makers) == MOST else ''} more"
    more = f" and {count} commits that are not this agent's" if len(makers) > 1 else ""
    fact = f"`{shown}` would {does} {commit[:10]} ({subject}), which {maker.who} made{more}"
    return [_verdict(CHECKPOINT if maker.person else BLOCK, fact, way)]


def _at(line: "dict[str, object]") -> str:
    return f"{str(line.get('t'))[11:19]} UTC"


def _verdict(tier: int, fact: str, way: str, path: str = "") -> Verdict:
    return Verdict(tier, NAME, fact, path=path, adr=ADR, adr_home="onetree", way_out=way)
