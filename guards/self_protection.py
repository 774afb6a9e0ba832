"""self-protection: onetree's own files, registrations and switches. Not configurable away (ADR 8).

A rule that an agent can edit is a request. So whatever decides whether onetree is asked at all, and what it answers, is
out of reach of the agents it governs: by file tool and by shell command alike.
"""

import os
import sys

import onetree
from onetree import paths
from onetree.action import Action, Effect
from onetree.policy import Policy, canonical
from onetree.verdict import BLOCK, CHECKPOINT, Verdict

from .write_guard import VERBS, unread

NAME = "self-protection"
ADR = 8

# Files and folders, by the end of their path, wherever they are: in this tree, another one, the home folder or /etc.
# A folder ends in "/": everything under it counts. What begins with "/" is only there.
POLICY, REGISTRATION, GIT, INSTALLED = (
    "the policy and state of onetree",
    "a registration of hooks",
    "a git hook or what chooses the git hooks",
    "an installed file of onetree or of the Python that runs it",
)
PROTECTED = (
    (BLOCK, POLICY, ".onetree/"),
    # The registrations of every platform that has hooks, supported yet or not (each platform's hook reference).
    (BLOCK, REGISTRATION, ".claude/settings.json"),
    (BLOCK, REGISTRATION, ".claude/settings.local.json"),
    (BLOCK, REGISTRATION, ".claude/hooks/"),
    (BLOCK, REGISTRATION, "claude-code/managed-settings.json"),
    (BLOCK, REGISTRATION, "claude-code/managed-settings.d/"),
    (BLOCK, REGISTRATION, ".gemini/settings.json"),
    (BLOCK, REGISTRATION, ".gemini/trustedFolders.json"),
    (BLOCK, REGISTRATION, ".gemini/hooks/"),
    (BLOCK, REGISTRATION, ".gemini/config/hooks.json"),
    (BLOCK, REGISTRATION, "gemini-cli/settings.json"),
    (BLOCK, REGISTRATION, "gemini-cli/system-defaults.json"),
    (BLOCK, REGISTRATION, ".codex/hooks.json"),
    (BLOCK, REGISTRATION, ".codex/config.toml"),
    (BLOCK, REGISTRATION, ".codex/managed_config.toml"),
    (BLOCK, REGISTRATION, ".codex/requirements.toml"),
    (BLOCK, REGISTRATION, "/etc/codex/"),
    (BLOCK, REGISTRATION, ".agents/hooks.json"),
    (BLOCK, REGISTRATION, ".cursor/hooks.json"),
    (BLOCK, REGISTRATION, ".cursor/hooks/"),
    (BLOCK, REGISTRATION, ".github/hooks/"),
    (BLOCK, REGISTRATION, ".github/copilot/settings.json"),
    (BLOCK, REGISTRATION, ".copilot/hooks/"),
    (BLOCK, REGISTRATION, ".copilot/settings.json"),
    (BLOCK, REGISTRATION, ".qwen/settings.json"),
    (BLOCK, REGISTRATION, ".windsurf/hooks.json"),
    (BLOCK, REGISTRATION, ".codeium/windsurf/hooks.json"),
    (BLOCK, REGISTRATION, ".devin/hooks.v1.json"),
    (BLOCK, REGISTRATION, ".clinerules/hooks/"),
    (BLOCK, REGISTRATION, ".cline/hooks/"),
    (BLOCK, REGISTRATION, ".opencode/plugin/"),
    (BLOCK, REGISTRATION, ".opencode/plugins/"),
    (BLOCK, REGISTRATION, ".kiro/hooks/"),
    (BLOCK, REGISTRATION, ".kiro/agents/"),
    (BLOCK, REGISTRATION, ".factory/hooks.json"),
    (BLOCK, REGISTRATION, ".factory/settings.json"),
    (BLOCK, REGISTRATION, ".factory/hooks/"),
    (BLOCK, REGISTRATION, ".grok/hooks/"),
    (CHECKPOINT, GIT, ".git/hooks/"),
    (CHECKPOINT, GIT, ".git/config"),
    (CHECKPOINT, GIT, ".git/config.worktree"),
    (CHECKPOINT, GIT, ".gitconfig"),
    (CHECKPOINT, GIT, ".config/git/config"),
    (CHECKPOINT, GIT, "/etc/gitconfig"),
    (CHECKPOINT, GIT, ".husky/"),
    (CHECKPOINT, GIT, "lefthook.yml"),
    (CHECKPOINT, GIT, ".lefthook.yml"),
    (CHECKPOINT, GIT, "lefthook-local.yml"),
    (CHECKPOINT, GIT, ".lefthook-local.yml"),
    (CHECKPOINT, GIT, ".overcommit.yml"),
    (CHECKPOINT, GIT, ".pre-commit-config.yaml"),
)
# What agents are meant to write under .onetree: coordination records.
SHARED = ".onetree/shared/"
# What nobody but onetree may even read: whoever knows the key can seal a policy cache or an approval.
# The store of contents has those of files that a person let an agent write and that nobody may read.
UNREADABLE = (".onetree/state/key", ".onetree/state/approvals/", ".onetree/state/objects/")

# The folders that Python imports onetree and what it needs from, and what in them would run before or inside onetree.
# In an editable install they are several, and the guards and scripts lie beside the package.
SITE = os.path.dirname(os.path.dirname(os.path.abspath(onetree.__file__)))
SITES = (SITE, *[p for p in sys.path if p.endswith("-packages") and p != SITE])
GUARDS = os.path.dirname(os.path.abspath(__file__))
PARTS = (GUARDS, os.path.join(os.path.dirname(GUARDS), "scripts"))
IMPORTED = ("onetree", "bashlex", "pathspec", "ruamel", "sitecustomize", "usercustomize")
PROGRAMS = ("onetree", "flock-append", "write-guard", "read-guard", "shell-write-detect")

ASK = "ask the person you work for: this is theirs to change"


def check(action: Action, policy: Policy) -> "list[Verdict]":
    """One verdict for each effect that would reach onetree's own files, and for an unread text that names them."""
    found = []
    for effect in action.effects:
        found += _unread(action, effect) if effect.op == "opaque" else _effect(effect, policy)
    return found


def _verdict(tier: int, reason: str, path: str) -> Verdict:
    return Verdict(tier, NAME, reason, path=path, adr=ADR, adr_home="onetree", way_out=ASK)


def _effect(effect: Effect, policy: Policy) -> "list[Verdict]":
    place = effect.place
    if place is None:
        return []
    aliases = paths.aliases(place, policy.root)[0] if place.hard else []
    names = [canonical(n, policy.folds) for n in (*place.names, *aliases)]
    shown = paths.relative(place.real, os.path.realpath(policy.root)) or effect.written
    if effect.op == "read":
        if any(_is(n, u) for n in names for u in UNREADABLE) or (effect.tree and any(map(_keeps, names))):
            return [_verdict(BLOCK, f"{effect.via} would read {shown}, a secret of onetree", shown)]
        return []
    # A folder that is replaced, moved or deleted takes along what is in it; a new one can be a link to somebody's own.
    replaced = effect.op != "meta" and (effect.op == "delete" or place.is_dir or not place.exists)
    whole = effect.how != "mkdir" and (effect.tree or replaced)
    for name in names:
        tier, what = _protected(name, policy.folds)
        inside = ""
        if not tier and whole:
            tier, what, inside = _covers(name, policy.root)
        if tier:
            also = f", and with it {inside}" if inside else ""
            return [
                _verdict(tier, f"{effect.via} would {VERBS.get(effect.op, effect.op)} {shown}{also}: {what}", shown)
            ]
    return []


def _is(name: str, end: str) -> bool:
    """Whether this absolute name is the file that `end` describes, or is or lies in the folder that it describes."""
    if end.startswith("/"):
        return f"{name}/".startswith(end) if end.endswith("/") else name == end
    if end.endswith("/"):
        return f"/{end}" in f"{name}/"
    return name.endswith(f"/{end}")


def _keeps(name: str) -> bool:
    """Whether this absolute name is a folder that keeps something unreadable: a copy of it would be readable."""
    return any(name.endswith((f"/{u.partition('/')[0]}", f"/{os.path.dirname(u)}")) for u in UNREADABLE)


def _protected(name: str, folds: bool) -> "tuple[int, str]":
    """(tier, what it is) of an absolute name; (0, "") if it is nothing of ours."""
    _, shared, rest = name.partition(f"/{SHARED}")
    if shared and "/.onetree/" not in f"/{rest}/":
        return 0, ""
    for tier, what, end in PROTECTED:
        if _is(name, end.lower() if folds else end):
            return tier, what
    return (BLOCK, INSTALLED) if _installed(name) else (0, "")


def _installed(name: str) -> bool:
    folder, base = os.path.split(name)
    if any(f"{name}/".startswith(part + "/") for part in PARTS):
        return True
    for site in SITES:
        if name.startswith(site + "/"):
            stem = name[len(site) + 1 :].partition("/")[0].partition(".")[0].partition("-")[0]
            return stem in IMPORTED or (folder == site and (base.endswith(".pth") or base.startswith("__editable__")))
    python = os.path.abspath(sys.executable)
    if folder == os.path.dirname(python) and (base in PROGRAMS or base.startswith("python")):
        return True
    return name in (os.path.realpath(python), os.path.join(sys.prefix, "pyvenv.cfg"))


def _covers(name: str, root: str) -> "tuple[int, str, str]":
    """(tier, what, which) of something of ours below this absolute name, if it is there or would be directly there."""
    below = name.rstrip("/") + "/"
    for tier, what, end in PROTECTED:
        for base in {root, os.path.realpath(root), os.path.expanduser("~")}:
            ours = os.path.join(base, end).rstrip("/")
            if ours.startswith(below) and (os.path.lexists(ours) or os.path.dirname(ours) == name):
                return tier, what, ours[len(below) :]
    for ours in (os.path.join(SITE, "onetree"), os.path.abspath(sys.executable), *SITES[1:], *PARTS):
        if ours.startswith(below):
            return BLOCK, INSTALLED, ours
    return 0, "", ""


def _unread(action: Action, effect: Effect) -> "list[Verdict]":
    text = unread(action, effect)
    if SHARED in text:
        text = text.replace(SHARED, "")
    for _, what, end in PROTECTED:
        if end.rstrip("/") in text:
            reason = f"{effect.via} names {end} ({what}) in a text that cannot be read ({effect.why})"
            return [_verdict(BLOCK, reason, end)]
    return []
