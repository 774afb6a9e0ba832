"""git: its own options, aliases, and which module tells what a subcommand does."""

import os

from onetree.shell import commands
from onetree.shell.words import Field

from .call import Call

# Those that are known to make no file but those that are told.
TELLS = (
    "add am annotate apply archive blame branch bundle cat-file check-attr check-ignore checkout cherry cherry-pick "
    "clean commit config count-objects describe diff fetch for-each-ref format-patch fsck gc grep hash-object help log "
    "ls-files ls-remote ls-tree merge merge-base mv name-rev notes push read-tree rebase reflog remote reset restore "
    "rev-list rev-parse revert rm shortlog show show-ref stash status switch symbolic-ref tag update-ref var version "
    "whatchanged"
).split()
# Those that no alias can be named like (git-config(1), "alias.*").
OWN = {
    *TELLS,
    *"bisect checkout-index clone difftool filter-branch init lfs mergetool pull sparse-checkout submodule".split(),
    *"update-index worktree write-tree commit-tree daemon gui maintenance range-diff replace rerere".split(),
}
FILES = ("clone", "worktree", "archive", "format-patch", "checkout-index")  # gitfiles.py
DIFFS = ("diff", "log", "show", "stash", "whatchanged", "reflog")  # gitreads.py
RUNS = (  # the variables whose value git runs (git(1), "Environment variables")
    "GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_PAGER GIT_SSH_COMMAND GIT_SSH GIT_EXTERNAL_DIFF GIT_ASKPASS GIT_PROXY_COMMAND"
).split()
ALIASES = 8  # aliases within aliases


def git(call: Call) -> "str | None":
    """Git's options, then its subcommand (git(1))."""
    call.record()
    state = call.state
    before, variables = state.folders, state.variables
    given = _environment(call)
    try:
        rest = _options(call, call.fields[1:], given)
        return _subcommand(call, rest[0], rest[1:], given) if rest else None
    finally:
        state.folders, state.variables = before, variables


def _environment(call: Call) -> "dict[str, str]":
    """Walk what the line's variables make git run; the settings that they give."""
    state = call.state
    made: dict[str, str] = {}
    for name in RUNS:
        if name in state.variables and name not in call.assigned:
            from onetree.shell import assignments

            assignments.orders(call.walker, {name: state.variables[name]}, state)
    for name, value in state.variables.items():
        if name.startswith("GIT_CONFIG_KEY_") and isinstance(value, str):
            found = state.variables.get("GIT_CONFIG_VALUE_" + name[15:])
            text = found if isinstance(found, str) else None
            _setting(call, f"{value}={text}" if text is not None else value, made, known=text is not None)
        elif name == "GIT_CONFIG_PARAMETERS":
            call.opaque("git: the settings of GIT_CONFIG_PARAMETERS are not read")
    return made


def _options(call: Call, fields: "list[Field]", given: "dict[str, str]") -> "list[Field]":
    """Follow the options before the subcommand: what is left."""
    state = call.state
    i = 0
    while i < len(fields) and (fields[i].text or "").startswith("-"):
        text = fields[i].text or ""
        value = fields[i + 1] if i + 1 < len(fields) else Field("", "")
        option, equals, rest = text.partition("=")
        if text == "-C":
            state.folders = tuple(call.absolute(value))
        elif option in ("--git-dir", "--work-tree"):
            name = "GIT_DIR" if option == "--git-dir" else "GIT_WORK_TREE"
            state.variables = {**state.variables, name: rest if equals else value.text}
        elif text == "-c":
            _setting(call, value.text, given)
        elif option == "--config-env":
            call.opaque("git: a setting from the environment is not read")
        i += 2 if text in commands.GIT_VALUE_OPTIONS else 1
    return fields[i:]


def _setting(call: Call, text: "str | None", given: "dict[str, str]", *, known: bool = True) -> None:
    from . import gitsettings

    if text is None:
        call.opaque("git: a setting is known only when it runs")
        return
    key, _, value = text.partition("=")
    given[key.lower()] = value
    if not key.lower().startswith("alias."):
        gitsettings.run(call, key, Field(value if known else None, value))


def _subcommand(call: Call, sub: Field, rest: "list[Field]", given: "dict[str, str]", depth: int = 0) -> "str | None":
    name = sub.text
    if name is None:
        call.opaque("git: which subcommand it is is known only when it runs")
        return None
    if name not in OWN:
        from . import gitsettings

        found = gitsettings.alias(call, name, given)
        if found is not None and depth < ALIASES:
            return _alias(call, found, rest, given, depth)
    call.walker.unsure = call.walker.unsure or name not in TELLS
    texts = [field.text for field in rest]
    if "--help" in texts or texts == ["-h"]:
        return None
    _outputs(call, name, rest)
    if name == "rev-parse" and texts == ["--show-toplevel"]:
        return _top(call)
    if name in ("apply", "am"):
        _patches(call, name, rest)
        return None
    if name == "config":
        from . import gitsettings

        gitsettings.config(call, rest)
        return None
    given_, rest = rest, _runs(call, name, rest)
    if (name == "submodule" and "foreach" in texts) or (name == "difftool" and len(rest) < len(given_)):
        return None
    known = [field.text for field in rest if field.text is not None]
    if len(known) == len(rest):
        if name in FILES:
            from . import gitfiles

            told, printed = gitfiles.note(call, name, known)
            if told:
                return printed
        if name in DIFFS:
            from . import gitreads

            gitreads.note(call, name, known)
    if not _changes(call, name, [field.text for field in rest]):
        _unlooked(call, name, rest)
    return None


def _alias(call: Call, text: str, rest: "list[Field]", given: "dict[str, str]", depth: int) -> "str | None":
    """An alias: a subcommand with options, or after ! a command of the shell, run at the top (git-config(1))."""
    import shlex

    if text.startswith("!"):
        state = call.state.copy()
        top = _top(call)
        state.folders = (top.rstrip("\n"),) if top else state.folders
        if any(field.text is None for field in rest):
            state.parameters = None
        words = " ".join(shlex.quote(field.text) if field.text is not None else '"$@"' for field in rest)
        return call.walker.source(f"{text[1:]} {words}", state, call.walker.here)
    try:
        words_ = [Field(word, word) for word in shlex.split(text)]
    except ValueError:
        words_ = []
    left = _options(call, words_, given)
    if not left:
        call.opaque("git: an alias that is not read")
        return None
    Call(call.walker, call.state, [Field("git", "git"), *left, *rest], call.assigned).record()
    return _subcommand(call, left[0], left[1:] + rest, given, depth + 1)


def _outputs(call: Call, name: str, rest: "list[Field]") -> None:
    """--output of what shows a difference (git-diff(1))."""
    if name in ("diff", "log", "show", "format-patch", "stash", "shortlog", "diff-tree", "diff-index", "diff-files"):
        for k, field in enumerate(rest):
            if (field.text or "").startswith("--output="):
                call.effect("w", Field((field.text or "")[9:], field.written), f"{name} --output")
            elif field.text == "--output" and k + 1 < len(rest):
                call.effect("w", rest[k + 1], f"{name} --output")


def _patches(call: Call, name: str, rest: "list[Field]") -> None:
    from . import patching

    if name == "am" or any(field.text in ("--index", "--cached", "-3", "--3way") for field in rest):
        call.walker.repositories[""] = False  # what comes after finds another commit or index
    top = _top(call)
    (patching.apply if name == "apply" else patching.am)(call, rest, top and top.rstrip("\n"))


# Options whose value a shell runs: (subcommand, options of a word, what a long one begins with).
SHELLS = {
    "rebase": ("-x", "--exec"),
    "difftool": ("-x", "--extcmd"),
    "grep": ("-O", "--open-files-in-pager"),
    "fetch": ("--upload-pack",),
    "clone": ("-u", "--upload-pack"),
    "push": ("--receive-pack", "--exec"),
    "ls-remote": ("--upload-pack", "--exec"),
    "archive": ("--exec",),
    "filter-branch": (
        "--setup --subdirectory-filter --env-filter --tree-filter --index-filter --msg-filter --commit-filter"
    ).split(),
}


def _runs(call: Call, name: str, rest: "list[Field]") -> "list[Field]":
    """Walk the commands that the words hold: what is left of the words."""
    options = SHELLS.get(name, ())
    left: list[Field] = []
    i = 0
    while i < len(rest):
        field, i = rest[i], i + 1
        text = field.text or ""
        if text == "--" or (name == "clone" and text.startswith("-u") and text != "-u"):
            return left + rest[i - 1 :]
        option, equals, value = text.partition("=")
        if option in options and equals:
            _shell(call, name, Field(value, field.written))
        elif text[:2] in options and len(text) > 2 and text[1] != "-":
            _shell(call, name, Field(text[2:], field.written))
        elif text in options and name != "grep":
            if i < len(rest):
                _shell(call, name, rest[i])
            i += 1
        else:
            left.append(field)
    if name == "bisect" and left and left[0].text == "run" and len(left) > 1:
        call.walker.run(left[1:], call.state.copy(), {})
    if name == "submodule":
        _foreach(call, left)
    return left


def _shell(call: Call, name: str, field: Field) -> None:
    if field.text is None:
        call.opaque(f"git {name}: what it runs is known only when it runs")
        return
    state = call.state.copy()
    top = _top(call)
    if name in ("rebase", "filter-branch", "difftool") and top:
        state.folders = (top.rstrip("\n"),)
    if not field.text.startswith("ssh "):
        call.walker.source(field.text, state, call.walker.here)


def _foreach(call: Call, words: "list[Field]") -> None:
    """`git submodule foreach COMMAND`, in each submodule that .gitmodules names (git-submodule(1))."""
    texts = [field.text for field in words]
    if "foreach" not in texts:
        return
    at = texts.index("foreach") + 1
    while at < len(texts) and (texts[at] or "").startswith("-"):
        at += 1
    if None in texts[at:]:
        call.opaque("git submodule foreach: what it runs is known only when it runs")
        return
    from .gitsettings import settings

    top = (_top(call) or "").rstrip("\n")
    found = settings(call.walker.file(f"{top}/.gitmodules") or "") if top else {}
    paths = [value for key, value in found.items() if key.startswith("submodule.") and key.endswith(".path")]
    for path in paths[:50]:
        state = call.state.copy()
        state.folders = (os.path.normpath(os.path.join(top, path)),)
        if len(words) - at == 1:
            call.walker.source(texts[at] or "", state, call.walker.here)
        else:
            call.walker.run(words[at:], state, {})


def _changes(call: Call, name: str, texts: "list[str | None]") -> bool:
    """Note what a subcommand changes, as the repository has it; False if it cannot be told so."""
    if name in commands.GIT_MOVES and (name not in ("branch", "tag") or texts):
        call.walker.repositories[""] = False  # what comes after finds other references
    known = [text for text in texts if text is not None]
    if len(known) < len(texts) or name not in commands.GIT_LOOKED:
        return False
    from .gitchanges import note

    return note(call, name, known)


def _unlooked(call: Call, name: str, rest: "list[Field]") -> None:
    """What the words alone tell."""
    texts = [field.text for field in rest]
    ended = texts.index("--") if "--" in texts else -1
    operands = [f for k, f in enumerate(rest) if k > ended >= 0 or not (f.text or "").startswith("-")]
    flags = [text for text in texts if text and text.startswith("-")]
    if name in ("clone", "init") or (name == "worktree" and texts[:1] == ["add"]):
        if name != "init" or (operands and not call.is_folder(operands[0])):
            _folder(call, name, operands)
    elif name == "archive":
        for k, text in enumerate(texts[:-1]):
            if text in ("-o", "--output"):
                call.effect("w", rest[k + 1], "archive -o")
    elif name in commands.GIT_PATHS:
        _paths(call, name, operands, flags)
    elif name == "checkout" and (ended >= 0 or any(flag in ("-b", "-B", "--orphan") for flag in flags)):
        for field in rest[ended + 1 :] if ended >= 0 else []:
            call.effect("W" if call.is_folder(field) else "w", field, "checkout")
    elif name == "checkout" and operands and all(any(map(os.path.lexists, call.absolute(f))) for f in operands):
        for field in operands:
            call.effect("W" if call.is_folder(field) else "w", field, "checkout")
    elif name in commands.GIT_UNNAMED and not _quiet(name, texts, flags):
        call.opaque(f"git {name} changes files that the command does not name")
    elif name == "bundle" and texts[:1] == ["create"] and len(operands) > 1:
        call.effect("w", operands[1], "bundle create")
    else:
        _reads(call, name, operands, flags, ended)


def _reads(call: Call, name: str, operands: "list[Field]", flags: "list[str]", ended: int) -> None:
    if name in ("show", "cat-file", "blame", "annotate", "diff", "log", "whatchanged"):
        if name in ("log", "whatchanged") and not {"-p", "-u", "--patch"} & {*flags}:
            return
        for field in operands:
            if name in ("show", "cat-file") or not any(map(os.path.isdir, call.absolute(field))):
                _read(call, field)
    elif name in ("mergetool", "difftool") or "--ext-diff" in flags:
        call.opaque(f"git {name} runs a command that is not read")
    elif name in ("grep", "hash-object"):
        for field in operands[name == "grep" and ended < 0 :]:
            if any(map(os.path.isfile, call.absolute(field))):
                call.effect("r", field, name)


def _read(call: Call, field: Field) -> None:
    """A file named for reading: PATH, or REVISION:PATH, counted from the top of the repository (gitrevisions(7))."""
    revision, colon, path = (field.text or "").rpartition(":")
    if colon and path and not path.startswith("./") and revision:
        top = _top(call)
        path = f"{top.rstrip()}/{path}" if top else path
    if path and (colon or any(map(os.path.lexists, call.absolute(field)))):
        call.effect("r", Field(path, field.written))


def _quiet(name: str, texts: "list[str | None]", flags: "list[str]") -> bool:
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
    if name == "read-tree":
        return not {"-u", "--reset"} & {*flags}
    if name == "bisect" and first == "start":
        return len([text for text in texts if text and not text.startswith("-")]) <= 2  # a bad commit, no good one
    return first in commands.GIT_QUIET.get(name, ())


def _paths(call: Call, name: str, operands: "list[Field]", flags: "list[str]") -> None:
    if name == "rm":
        if "--cached" not in flags and "-n" not in flags and "--dry-run" not in flags:
            for field in operands:
                call.effect("D" if call.is_folder(field) else "d", field, "rm")
    elif name == "mv":
        if {"-n", "--dry-run"} & {*flags}:
            return
        from .gitchanges import moved

        call.operands = operands
        call.flags = set(flags)
        moved(call, [field.text for field in operands])
    elif not ("--staged" in flags or "-S" in flags) or "--worktree" in flags or "-W" in flags:
        for field in operands:
            call.effect("W" if call.is_folder(field) else "w", field, "restore")


def _folder(call: Call, name: str, operands: "list[Field]") -> None:
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
    """The top of the working tree, as rev-parse prints it."""
    folder = call.state.folder
    given = call.state.lookup("GIT_WORK_TREE")
    if folder and isinstance(given, str) and given:
        return os.path.normpath(os.path.join(folder, given)) + "\n"
    while folder:
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder + "\n"
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return None
