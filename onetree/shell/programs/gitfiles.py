"""Files that git makes elsewhere than in its working tree: clones, worktrees, archives, patches, exports."""

import os

from onetree.shell.gitrepo import repository
from onetree.shell.gitrepo.objects import DAMAGE, Unreadable
from onetree.shell.gitrepo.repository import MODULE, Tree
from onetree.shell.gitrepo.worktree import Worktree, match
from onetree.shell.words import Field, Unknown

from .gitwords import Words, beneath, opened, specified

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .call import Call

NAMED = 600  # files of a tree that are named one by one


def note(call: "Call", name: str, texts: "list[str]") -> "tuple[bool, str | None]":
    """(whether the subcommand was told, what it prints)."""
    if len(call.state.folders) != 1:
        return False, None
    try:
        return HANDLERS[name](call, Words(name, texts))
    except (Unknown, *DAMAGE):
        return False, None


def _tree(call: "Call", words: Words) -> Worktree:
    folder = call.state.folders[0]
    tree = opened(call, folder)
    if tree is None or call.walker.repositories.get("") is not None:
        raise Unreadable("no repository that is known")
    tree.follow(call.walker)
    words.below = beneath(tree, folder)
    return tree


def _field(path: str) -> Field:
    return Field(path, path)


def _whole(call: "Call", folder: str, names: "Tree | None", via: str) -> None:
    """A folder that is made with a tree's files in it, as far as they are few."""
    path = os.path.normpath(os.path.join(call.state.folders[0], folder))
    made = [] if names is None or len(names) > NAMED else [n for n, entry in names.items() if entry[0] != MODULE]
    call.effect("W", Field(path, folder), via)
    call.walker.folders.add(path)
    folders = {name[:i] for name in made for i, c in enumerate(name) if c == "/"}
    for name in sorted(folders):
        call.walker.folders.add(f"{path}/{name}")
    for name in sorted({*made, *folders}):
        call.effect("w", _field(f"{path}/{name}"), via)


def clone(call: "Call", words: Words) -> "tuple[bool, str | None]":
    """Of a repository that is here: what its branch holds (git-clone(1))."""
    if not words.operands:
        return False, None
    source, *rest = words.operands
    place = os.path.normpath(os.path.join(call.state.folders[0], source.removeprefix("file://")))
    folder = rest[0] if rest else place.removesuffix("/.git").removesuffix(".git").rpartition("/")[2]
    if not os.path.isdir(place) or (rest and not rest[0]) or call.walker.repositories.get("") is not None:
        return False, None
    if words.has("--bare", "--mirror"):
        _whole(call, folder if rest else folder + ".git", None, "clone")
        return True, None
    found = place if os.path.isfile(os.path.join(place, "HEAD")) else os.path.join(place, ".git")
    if not os.path.exists(found):
        return False, None
    at = repository.find(place) if found.endswith("/.git") else (place, place)
    if at is None:
        return False, None
    names: Tree | None = None
    try:
        tree = Worktree(*at, call.walker.deadline)
        if not words.has("-n", "--no-checkout", "--sparse"):
            names = tree.tree(tree.resolve(words.value("-b", "--branch") or "HEAD"))
    except DAMAGE:
        names = None
    _whole(call, folder, names, "clone")
    return True, None


def worktree(call: "Call", words: Words) -> "tuple[bool, str | None]":
    """Add, remove, move (git-worktree(1))."""
    what, *operands = words.operands or [""]
    if what in ("list", "prune", "lock", "unlock", "repair", ""):
        return True, None
    if what == "add" and operands:
        tree = _tree(call, words)
        name = os.path.basename(os.path.normpath(operands[0]))
        guess = tree.reference(f"refs/heads/{name}") if not words.value("-b", "-B") else None
        commit = tree.resolve(operands[1]) if len(operands) > 1 else guess or tree.head()
        if commit is None:
            return len(operands) > 1, None
        _whole(call, operands[0], None if words.has("--no-checkout", "--orphan") else tree.tree(commit), "worktree add")
        return True, None
    if what == "remove" and operands:
        call.effect("D", _field(operands[0]), "worktree remove")
        return True, None
    if what == "move" and len(operands) > 1:
        call.effect("D", _field(operands[0]), "worktree move")
        call.effect("W", _field(operands[1]), "worktree move")
        return True, None
    return False, None


def archive(call: "Call", words: Words) -> "tuple[bool, str | None]":
    """An archive of a tree (git-archive(1)); printed, it is one whose files are empty, so that tar finds the names."""
    if words.value("--remote"):
        return False, None
    out = words.value("-o", "--output")
    printed = _archived(call, words)
    if out:
        for path in call.effect("w", _field(out), "archive -o"):
            call.walker.remember(path, printed)
        return True, ""
    return True, printed


def _archived(call: "Call", words: Words) -> "str | None":
    form = words.value("--format") or words.value("-o", "--output").rpartition(".")[2]
    if not words.operands or form not in ("", "tar", "tgz", "gz", "tar.gz"):
        return None
    try:
        tree = _tree(call, words)
        name, *paths = words.operands
        revision, colon, folder = name.partition(":")
        commit = tree.resolve(revision)
        if commit is None:
            return None
        if colon:
            folder = folder.strip("/") + "/"
            found = {n[len(folder) :]: e for n, e in tree.tree(commit).items() if n.startswith(folder)}
        else:
            found = tree.tree(commit)
            if words.below:
                found = {n[len(words.below) + 1 :]: e for n, e in found.items() if n.startswith(words.below + "/")}
        paths += words.paths or []
    except (Unknown, *DAMAGE):
        return None
    specs = [path.rstrip("/") for path in paths]
    if any(spec.startswith(":") for spec in specs) or len(found) > NAMED:
        return None
    names = [n for n, entry in found.items() if entry[0] != MODULE and (not specs or match(n, specs))]
    return _packed(names, words.value("--prefix"))


def _packed(names: "list[str]", prefix: str) -> str:
    import io
    import tarfile

    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as file:
        folders = {prefix + name[:i] for name in names for i, c in enumerate(name) if c == "/"}
        for name in sorted(folders):
            member = tarfile.TarInfo(name)
            member.type = tarfile.DIRTYPE
            file.addfile(member)
        for name in names:
            file.addfile(tarfile.TarInfo(prefix + name))
    return made.getvalue().decode("utf-8", "surrogateescape")


def format_patch(call: "Call", words: Words) -> "tuple[bool, str | None]":
    """A file for each commit, named after its subject (git-format-patch(1))."""
    if words.has("--stdout"):
        return True, None
    tree = _tree(call, words)
    folder = words.value("-o", "--output-directory")
    numbers = [flag[1:] for flag in words.flags if flag[1:].isdigit()]
    count = int(words.digits or words.value("-n") or 0) if not numbers else 0
    operand = words.operands[0] if words.operands else ""
    start, dots, end = operand.partition("..")
    tip = tree.resolve(end or "HEAD") if dots else tree.resolve(operand if count and operand else "HEAD")
    base = None if count and not dots else tree.resolve(start)
    if tip is None or len(words.operands) > 1 or (not count and base is None) or words.paths:
        return False, None
    known = set(tree.ancestors(base)) if base else set()
    commits: list[str] = []
    for commit in tree.ancestors(tip):
        if commit in known or (count and len(commits) == count):
            break
        if len(tree.parents(commit)) > 1:
            return False, None
        commits.append(commit)
    suffix = words.value("--suffix") or ".patch"
    version = words.value("-v", "--reroll-count")
    prefix = f"v{version}-" if version else ""
    first = int(words.value("--start-number") or 1)
    names = [
        prefix + f"{first + i:04d}-{slug(tree.subject(commit))}"[: 64 - len(suffix)] + suffix
        for i, commit in enumerate(reversed(commits))
    ]
    if words.has("--numbered-files"):
        names = [str(first + i) for i in range(len(commits))]
    if words.has("--cover-letter"):
        names.insert(0, f"{prefix}0000-cover-letter{suffix}")
    if folder and not os.path.isdir(os.path.join(call.state.folders[0], folder)) and names:
        call.effect("w", _field(folder), "format-patch")
    for name in names:
        call.effect("w", _field(os.path.join(folder, name)), "format-patch")
    return True, None


def slug(subject: str) -> str:
    """A subject as a file's name (git-log(1), "%f")."""
    made = ""
    gap = False
    for c in subject:
        if (c.isascii() and c.isalnum()) or c in "._":
            if gap and made:
                made += "-"
            gap = False
            if c != "." or not made.endswith("."):
                made += c
        else:
            gap = True
    return made.rstrip(".-")[:52]


def checkout_index(call: "Call", words: Words) -> "tuple[bool, str | None]":
    """Files of the index, below a prefix or in place (git-checkout-index(1))."""
    tree = _tree(call, words)
    if words.has("--stdin", "--temp"):
        return False, None
    names = [*words.operands, *(words.paths or [])]
    if words.has("-a", "--all"):
        names = list(tree.entries)
    else:
        names = [name for name in specified(tree, names, words.below) if name in tree.entries]
    prefix = words.value("--prefix")
    made: dict[str, None] = {}
    for name in names:
        have = None if prefix else tree.now(name, tree.entries[name])
        if have == tree.entries[name] or (have is not None and not words.has("-f", "--force")):
            continue
        path = os.path.join(tree.top, prefix + name)
        above = [path[:i] for i, c in enumerate(path) if c == "/" and i > len(tree.top)]
        made.update(dict.fromkeys(folder for folder in above if not os.path.isdir(folder)))
        made[path] = None
    if len(made) > NAMED:
        return False, None
    for path in made:
        call.effect("w", _field(path), "checkout-index")
    return True, None


HANDLERS: "dict[str, Callable[[Call, Words], tuple[bool, str | None]]]" = {
    "clone": clone,
    "worktree": worktree,
    "archive": archive,
    "format-patch": format_patch,
    "checkout-index": checkout_index,
}
