"""git's subcommands that change the working tree."""

import os
from itertools import pairwise

from onetree.shell import commands
from onetree.shell.words import Field

from . import builtins, files
from .call import Call

# Those that are known to make no file but those that are told.
TELLS = (
    "add am annotate apply archive blame branch bundle cat-file check-attr check-ignore checkout cherry cherry-pick "
    "clean commit config count-objects describe diff fetch for-each-ref format-patch fsck gc grep hash-object help log "
    "ls-files ls-remote ls-tree merge merge-base mv name-rev notes push rebase reflog remote reset restore rev-list "
    "rev-parse revert rm shortlog show show-ref stash status switch symbolic-ref tag update-ref var version whatchanged"
).split()


def git(call: Call) -> "str | None":
    call.record()
    fields = call.fields[1:]
    state = call.state
    before = state.folders
    i = 0
    while i < len(fields) and (fields[i].text or "").startswith("-"):
        text = fields[i].text or ""
        if text == "-C" and i + 1 < len(fields):
            state.folders = tuple(call.absolute(fields[i + 1]))
        if text.partition("=")[0] in ("--git-dir", "--work-tree"):
            call.walker.repositories[""] = False
        if text == "-c" and i + 1 < len(fields):
            key, _, value = (fields[i + 1].text or "").partition("=")
            _git_order(call, key, Field(value, value))
        i += 2 if text in commands.GIT_VALUE_OPTIONS else 1
    try:
        if i < len(fields):
            return _git_sub(call, fields[i], fields[i + 1 :])
    finally:
        state.folders = before
    return None


def _git_order(call: Call, key: str, value: Field) -> None:
    """Walk a setting whose value git runs as a command; git gives it more words, which are not followed."""
    key = key.lower()
    named = any(key.startswith(first) and key.endswith(last) for first, last in commands.GIT_RUNS_NAMED)
    if key not in commands.GIT_RUNS and not named:
        return
    if value.text is None:
        call.opaque(f"git: what {key} runs is known only when it runs")
    elif value.text.startswith("!") or not key.startswith("alias."):
        if not value.text.startswith("ssh "):
            call.walker.source(value.text.removeprefix("!"), call.state.copy(), call.walker.here)
    else:
        call.walker.source(f"git {value.text}", call.state.copy(), call.walker.here)


def _git_sub(call: Call, sub: Field, rest: "list[Field]") -> "str | None":
    name = sub.text
    if name is None:
        call.opaque("git: which subcommand it is is known only when it runs")
        return None
    texts = [field.text for field in rest]
    call.walker.unsure = call.walker.unsure or name not in TELLS
    if name == "config":
        for key, value in pairwise(rest):
            _git_order(call, key.text or "", value)
    ended = texts.index("--") if "--" in texts else -1
    operands = [f for k, f in enumerate(rest) if k > ended >= 0 or not (f.text or "").startswith("-")]
    flags = [text for text in texts if text and text.startswith("-")]
    if "--help" in flags or "-h" in flags:
        return None
    for k, text in enumerate(texts):
        if text and text.startswith("--output="):
            call.effect("w", Field(text.partition("=")[2], rest[k].written), f"{name} --output")
        elif name == "archive" and text in ("-o", "--output") and k + 1 < len(rest):
            call.effect("w", rest[k + 1], "archive -o")
    if name == "rev-parse" and texts == ["--show-toplevel"]:
        return _top(call)
    if name in ("apply", "am"):
        if name == "am" or any(text in ("--index", "--cached", "-3", "--3way") for text in texts):
            call.walker.repositories[""] = False  # what comes after finds another commit or index
        from . import patching

        top = _top(call)
        (patching.apply if name == "apply" else patching.am)(call, rest, top and top.rstrip("\n"))
        return None
    if _git_changes(call, name, texts):
        return None
    if (
        name == "clone"
        or (name == "init" and operands and not call.is_folder(operands[0]))
        or (name == "worktree" and texts[:1] == ["add"])
    ):
        _git_folder(call, name, operands)
    elif name in commands.GIT_PATHS:
        _git_paths(call, name, operands, flags)
    elif name == "checkout" and (ended >= 0 or any(flag in ("-b", "-B", "--orphan") for flag in flags)):
        for field in rest[ended + 1 :] if ended >= 0 else []:
            call.effect("W" if call.is_folder(field) else "w", field, "checkout")
    elif name == "checkout" and operands and all(any(map(os.path.lexists, call.absolute(f))) for f in operands):
        for field in operands:
            call.effect("W" if call.is_folder(field) else "w", field, "checkout")
    elif name in commands.GIT_UNNAMED and not _git_quiet(name, texts, flags):
        call.opaque(f"git {name} changes files that the command does not name")
    elif name == "config" and "--global" in flags and (len(operands) > 1 or "--unset" in flags):
        home = builtins.home(call.state)
        call.effect("w", Field(home and f"{home}/.gitconfig", "--global", "the home directory"), "config")
    elif name in ("show", "cat-file", "blame", "annotate") or (name == "diff" and "--no-index" in flags):
        for field in operands:
            _git_read(call, field)
    elif name in ("difftool", "mergetool", "diff") and any(flag in ("-x", "--extcmd", "--ext-diff") for flag in flags):
        call.opaque(f"git {name} runs a command that is not read")
    elif name in ("grep", "hash-object"):
        for field in operands[name == "grep" and ended < 0 :]:
            if any(map(os.path.isfile, call.absolute(field))):
                call.effect("r", field, name)
    elif name == "bundle" and texts[:1] == ["create"] and len(operands) > 1:
        call.effect("w", operands[1], "bundle create")
    return None


def _git_changes(call: Call, name: str, texts: "list[str | None]") -> bool:
    """Note what a subcommand changes, as the repository has it; False if it cannot be told so."""
    if name in commands.GIT_MOVES and (name not in ("branch", "tag") or texts):
        call.walker.repositories[""] = False  # what comes after finds other references
    known = [text for text in texts if text is not None]
    if len(known) < len(texts) or name not in commands.GIT_LOOKED:
        return False
    from .gitchanges import note

    return note(call, name, known)


def _git_read(call: Call, field: Field) -> None:
    """A file named for reading: PATH, or REVISION:PATH, counted from the top of the repository (gitrevisions(7))."""
    revision, colon, path = (field.text or "").rpartition(":")
    if colon and path and not path.startswith("./") and revision:
        top = _top(call)
        path = f"{top.rstrip()}/{path}" if top else path
    if path and (colon or any(map(os.path.lexists, call.absolute(field)))):
        call.effect("r", Field(path, field.written))


def _git_quiet(name: str, texts: "list[str | None]", flags: "list[str]") -> bool:
    """Whether the form given leaves the working tree alone."""
    if any(flag in commands.GIT_UNNAMED[name] for flag in flags):
        return True
    first = next((text for text in texts if text and not text.startswith("-")), "")
    if name == "reset":
        return not any(flag in ("--hard", "--merge", "--keep") for flag in flags)
    if name == "stash":
        return first in commands.GIT_STASH_QUIET
    if name == "clean":
        return any(flag[1:2] != "-" and "n" in flag for flag in flags)
    return first in commands.GIT_QUIET.get(name, ())


def _git_paths(call: Call, name: str, operands: "list[Field]", flags: "list[str]") -> None:
    if name == "rm":
        if "--cached" not in flags and "-n" not in flags and "--dry-run" not in flags:
            for field in operands:
                call.effect("D" if call.is_folder(field) else "d", field, "rm")
    elif name == "mv":
        call.operands = operands
        call.flags = set(flags)
        files.move(call)
    elif not ("--staged" in flags or "-S" in flags) or "--worktree" in flags or "-W" in flags:
        for field in operands:
            call.effect("W" if call.is_folder(field) else "w", field, "restore")


def _git_folder(call: Call, name: str, operands: "list[Field]") -> None:
    if name == "worktree":
        operands = operands[1:2]
    elif name == "clone":
        if operands[1:2]:
            operands = operands[1:2]
        elif operands and operands[0].text is not None:
            base = operands[0].text.rstrip("/").removesuffix("/.git").rpartition("/")[2].rpartition(":")[2]
            operands = [Field(base.removesuffix(".git"), operands[0].written)]
    for field in operands[:1]:
        paths = call.effect("W", field, name)
        call.walker.folders.update(os.path.normpath(path) for path in paths)


def _top(call: Call) -> "str | None":
    folder = call.state.folder
    while folder:
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder + "\n"
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return None
