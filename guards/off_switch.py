"""off-switch: commands that would switch onetree or the git hooks off, or answer for a person: always enforced."""

import os

from onetree.action import TYPED, Action, Command, Effect
from onetree.policy import Policy
from onetree.verdict import BLOCK, CHECKPOINT, Verdict

from .self_protection import ADR, ASK
from .write_guard import unread, words

NAME = "off-switch"
# Clients whose tools type into a running program without an event: Codex's `write_stdin` (0.169.0 was seen to).
TYPES_UNSEEN = ("codex",)
WAY_OUT_OF_TYPING = "give it its commands at once: bash -c '...', a file, or a here-document"

# Environment variables that change what a git hook does: names, or a beginning that ends in "_".
VARIABLES = ("ONETREE_",)
COMMIT_VARIABLES = (
    "SKIP PRE_COMMIT_ALLOW_NO_CONFIG HUSKY HUSKY_SKIP_HOOKS LEFTHOOK LEFTHOOK_EXCLUDE OVERCOMMIT_DISABLE "
    "GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM"
).split()
# Subcommands of onetree that are a person's to run.
PERSONS = ("approve", "deny", "hook", "init", "lock break")
HARMLESS = ("--help", "-h", "--dry-run")
# What a text that cannot be read has to say besides onetree's name.
UNREAD = (*PERSONS, "uninstall", "remove", "kill", "pkill", "killall", "unlink", "rmtree", "monkeypatch")
# git's settings that choose the hooks, or bring other settings in.
HOOK_SETTINGS = ("core.hookspath", "include.path", "includeif.")
# git subcommands that run hooks, and the short flags of `git commit` that take a value (git-commit(1)).
RUNS_HOOKS = ("commit", "push", "merge", "rebase", "am", "cherry-pick", "revert", "pull")
COMMIT_VALUE_FLAGS = "mCcFtuS"
GIT_VALUE_OPTIONS = ("-C", "--git-dir", "--work-tree", "--namespace", "--config-env", "--super-prefix", "--attr-source")
# Options with which a client loads no hooks, or others (each client was seen to; SECURITY.md).
HOOKLESS = {"claude": ("--bare", "--safe-mode", "--settings", "--setting-sources"), "opencode": ("--pure",)}
REMOVERS = ("pip", "pip3", "pipx", "uv", "conda", "mamba", "poetry", "pdm")
KILLERS = ("kill", "pkill", "killall", "skill")


def check(action: Action, policy: Policy) -> "list[Verdict]":  # noqa: ARG001  # no policy can allow these
    """One verdict for each command, or unread text, that would switch something off."""
    found = []
    seen: set[tuple[str, bool]] = set()
    for effect in action.effects:
        if effect.op == "opaque":
            same = unread(action, effect), effect.why == TYPED
            if same not in seen:
                found += _unread(action, effect)
            seen.add(same)
    for command in action.commands:
        found += _command(command)
    return found


def _verdict(tier: int, reason: str, path: str) -> Verdict:
    return Verdict(tier, NAME, reason, path=path, adr=ADR, adr_home="onetree", way_out=ASK)


def _unread(action: Action, effect: Effect) -> "list[Verdict]":
    if effect.why == TYPED and action.platform in TYPES_UNSEEN:
        reason = f"{effect.via} would wait for what is typed, and no hook sees what {action.platform} types into it"
        return [Verdict(BLOCK, NAME, reason, adr=9, adr_home="onetree", way_out=WAY_OUT_OF_TYPING)]
    said = words(unread(action, effect))
    named = [w for w in said if w == "onetree" or w.startswith("onetree.") or w.endswith("/onetree")]
    if named and (any(w in UNREAD for w in said) or any(verb in w for w in named for verb in UNREAD)):
        reason = f"{effect.via} names onetree in a text that cannot be read ({effect.why})"
        return [_verdict(BLOCK, reason, "onetree")]
    return []


def _command(command: Command) -> "list[Verdict]":
    argv = [w or "" for w in command.argv]
    found = [
        _verdict(BLOCK, f"setting {name} would change what onetree does", name)
        for name in [*command.assignments, *_exported(argv)]
        if name.startswith(VARIABLES)
    ]
    if not argv:
        return found
    program = os.path.basename(argv[0])
    if program.startswith("python"):  # python -m pip ..., python -I /opt/venv/bin/onetree ...
        argv = _of_python(argv)
        program = os.path.basename(argv[0])
    check_one = CHECKS.get(program)
    return found + (check_one(argv, command) if check_one else [])


def _of_python(argv: "list[str]") -> "list[str]":
    """The command that python's arguments come to: its script or module and what follows (python(1))."""
    i = 1
    while i < len(argv) and argv[i].startswith("-") and argv[i] != "-":
        word = argv[i]
        i += 2 if word in ("-W", "-X", "--check-hash-based-pycs") else 1
        letters = "" if word.startswith("--") else word[1:].partition("W")[0].partition("X")[0]
        if "c" in letters.partition("m")[0]:
            return [""]
        if "m" in letters:
            rest = [*filter(None, [word[1:].partition("m")[2]]), *argv[i:]]
            module = rest[0] if rest else ""
            package, _, name = module.rpartition(".")
            return (
                [package.partition(".")[0], *([name] if name != "onetree" else []), *rest[1:]]
                if module.startswith("onetree")
                else [module.replace("_", "-"), *rest[1:]]
            )
    return argv[i:] or [""]


def _exported(argv: "list[str]") -> "list[str]":
    if argv and argv[0] in ("export", "declare", "typeset", "readonly", "unset", "env", "local"):
        return [w.partition("=")[0] for w in argv[1:]]
    return []


def _onetree(argv: "list[str]", command: Command) -> "list[Verdict]":
    sub = " ".join(argv[1:3]) if argv[1:2] == ["lock"] else "".join(argv[1:2])
    if sub in PERSONS and not any(h in argv for h in HARMLESS):
        return [_verdict(BLOCK, f"`onetree {sub}` is for a person to run, not for an agent", f"onetree {sub}")]
    if command.argv[-len(argv) :][1:2] == [None]:
        return [_verdict(BLOCK, "which subcommand of onetree this runs cannot be known beforehand", "onetree")]
    return []


def _remover(argv: "list[str]", _: Command) -> "list[Verdict]":
    if any(w in ("uninstall", "remove") for w in argv) and any(w.partition("=")[0] == "onetree" for w in argv):
        return [_verdict(BLOCK, f"{argv[0]} would uninstall onetree", "onetree")]
    named = [w for w in argv if w.rstrip("0123456789.*").rstrip("=<>!~@ ") == "onetree"]
    if named and any(w in ("install", "upgrade", "reinstall") for w in argv):
        return [_verdict(CHECKPOINT, f"{argv[0]} would put another onetree in the place of this one", "onetree")]
    return []


def _client(argv: "list[str]", _: Command) -> "list[Verdict]":
    name = os.path.basename(argv[0])
    used = [w for w in argv[1:] if w.partition("=")[0] in HOOKLESS[name]]
    return [_verdict(BLOCK, f"{name} {w} would run without the hooks of this tree", w) for w in used[:1]]


def _killer(argv: "list[str]", _: Command) -> "list[Verdict]":
    if any("onetree" in w for w in argv[1:]):
        return [_verdict(BLOCK, f"{argv[0]} would end a process of onetree", "onetree")]
    return []


def _pre_commit(argv: "list[str]", _: Command) -> "list[Verdict]":
    if "uninstall" in argv[1:2]:
        return [_verdict(CHECKPOINT, "pre-commit would take its git hooks out", ".git/hooks")]
    return []


def _git(argv: "list[str]", command: Command) -> "list[Verdict]":
    found = []
    rest = argv[1:]
    while rest and rest[0].startswith("-"):
        option, _, value = rest.pop(0).partition("=")
        if (option == "-c" and rest) or (option in GIT_VALUE_OPTIONS and not value and rest):
            value = rest.pop(0)
        if option == "-c" and value.lower().startswith("alias.") and ("!" in value or _hides(value.partition("=")[2])):
            found.append(_verdict(BLOCK, "an alias of git would hide what it runs", option))
        if option in ("-c", "--config-env") and value.lower().startswith(HOOK_SETTINGS):
            key = value.partition("=")[0]
            found.append(_verdict(CHECKPOINT, f"git -c {key} could run without the hooks of this tree", option))
    sub = rest[0] if rest else ""
    if sub in RUNS_HOOKS:
        if any(_no_verify(w) for w in rest[1:]) or (sub == "commit" and _has_n(rest[1:])):
            found.append(_verdict(BLOCK, f"`git {sub}` without its hooks goes around what they check", "--no-verify"))
        used = [v for v in COMMIT_VARIABLES if command.assignments.get(v, os.devnull) != os.devnull]
        found += [_verdict(BLOCK, f"{v}= would make the git hooks skip their checks", v) for v in used]
    aliases = [rest[k + 1] for k in range(len(rest) - 1) if sub == "config" and rest[k].lower().startswith("alias.")]
    if any("--no-v" in w or _hides(w) for w in aliases):
        found.append(
            _verdict(BLOCK, "an alias of git that leaves the hooks out goes around what they check", ".git/config")
        )
    keys = [w for w in rest if w.lower().startswith(HOOK_SETTINGS)] if sub == "config" else []
    if sub == "config" and any(w in ("-e", "--edit", "edit") for w in rest[1:2] + rest[2:3]):
        keys = ["--edit"]
    if sub == "config" and any(w.removeprefix("--") in ("remove-section", "rename-section") for w in rest[1:]):
        keys = [w for w in rest if w.lower() in ("core", "include")]
    if keys and not _only_asks(rest[1:]):
        found.append(_verdict(CHECKPOINT, f"`git config {keys[0]}` can change which git hooks run", ".git/config"))
    return found


def _hides(alias: str) -> bool:
    """Whether what an alias of git stands for is itself refused."""
    return not alias.startswith("!") and bool(_git(["git", *alias.split()], Command([], {})))


def _no_verify(word: str) -> bool:
    return word.startswith("--no-v") and "--no-verify".startswith(word)  # git takes any unambiguous beginning


def _has_n(words_after: "list[str]") -> bool:
    """Is there a -n among the short flags, alone or in a cluster such as -anm?"""
    for word in words_after:
        if word == "--":
            return False
        if word.startswith("-") and not word.startswith("--"):
            for flag in word[1:]:
                if flag == "n":
                    return True
                if flag in COMMIT_VALUE_FLAGS:
                    break
    return False


def _only_asks(words_after: "list[str]") -> bool:
    plain = [w for w in words_after if not w.startswith("-")]
    if plain[:1] in (["get"], ["list"]):
        return True
    return any(w.startswith("--get") or w in ("-l", "--list") for w in words_after) or (
        len(plain) == 1 and not any(w.startswith(("--unset", "--re", "--edit", "-e")) for w in words_after)
    )


CHECKS = {
    "git": _git,
    "onetree": _onetree,
    "pre-commit": _pre_commit,
    **dict.fromkeys(HOOKLESS, _client),
    **dict.fromkeys(REMOVERS, _remover),
    **dict.fromkeys(KILLERS, _killer),
}
