"""git's settings: which file `git config` writes, what an alias stands for, what a setting runs (git-config(1))."""

import os
from itertools import pairwise

from onetree.shell import commands
from onetree.shell.gitrepo import repository
from onetree.shell.gitrepo.repository import small
from onetree.shell.words import Field

from . import builtins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .call import Call

READS = (
    "--get --get-all --get-regexp --get-urlmatch --get-color --get-colorbool -l --list get list --name-only "
    "--show-origin --show-scope"
).split()
CHANGES = (
    "--add --replace-all --unset --unset-all --rename-section --remove-section -e --edit set unset rename-section "
    "remove-section edit"
).split()
MADE = "settings"  # where the walker keeps the settings that the line makes


def run(call: "Call", key: str, value: Field) -> None:
    """Walk a setting whose value git runs as a command; git gives it more words, which are not followed."""
    key = key.lower()
    named = any(key.startswith(first) and key.endswith(last) for first, last in commands.GIT_RUNS_NAMED)
    if key not in commands.GIT_RUNS and not named:
        return
    if value.text is None:
        call.opaque(f"git: what {key} runs is known only when it runs")
    elif value.text.startswith("!") or not key.startswith("alias."):
        if not value.text.startswith("ssh ") and value.text not in ("true", "false", "0", "1"):
            call.walker.source(value.text.removeprefix("!"), call.state.copy(), call.walker.here)
    else:
        call.walker.source(f"git {value.text}", call.state.copy(), call.walker.here)


def config(call: "Call", rest: "list[Field]") -> None:
    """The file that `git config` writes, if it does."""
    for key, value in pairwise(rest):
        if not (key.text or "").lower().startswith("alias."):
            run(call, key.text or "", value)
    place: Field | None = None
    flags: set[str] = set()
    operands: list[Field] = []
    i = 0
    while i < len(rest):
        text, i = rest[i].text, i + 1
        if text in ("-f", "--file", "--blob", "--type", "--default", "--comment", "--value"):
            place = rest[i] if text in ("-f", "--file") and i < len(rest) else place
            i += 1
        elif text is not None and text.startswith("--file="):
            place = Field(text[7:], text)
        elif text is not None and text.startswith("-") and not operands:
            flags.add(text)
        else:
            operands.append(rest[i - 1])
    words = flags | {operands[0].text or "" if operands else ""}
    if words & {*READS} or not (words & {*CHANGES} or len(operands) > 1):
        return
    if len(operands) == 2 and operands[0].text and operands[1].text and place is None:
        made = call.walker.repositories.setdefault(MADE, {})
        if isinstance(made, dict):
            made[operands[0].text.lower()] = operands[1].text
    where = place or _where(call, flags)  # the repository's own is git's to write, like all of .git
    if where is not None:
        call.effect("w", where, "config")
    if words & {"-e", "--edit", "edit"}:
        call.opaque("git config -e opens an editor")


def _where(call: "Call", flags: "set[str]") -> "Field | None":
    if "--system" in flags:
        return Field("/etc/gitconfig", "--system")
    if "--global" in flags:
        given = call.state.lookup("GIT_CONFIG_GLOBAL")
        if isinstance(given, str) and given:
            return Field(given, "--global")
        home = builtins.home(call.state)
        return Field(home and f"{home}/.gitconfig", "--global", "the home directory")
    return None


def _common(call: "Call") -> str:
    """The directory that the worktrees of the current repository have in common, "" if there is none."""
    found = repository.find(call.state.folders[0])
    if found is None:
        return ""
    return os.path.normpath(os.path.join(found[1], small(os.path.join(found[1], "commondir")).strip() or "."))


def alias(call: "Call", name: str, given: "dict[str, str]") -> "str | None":
    """What a subcommand stands for, by -c or a configuration file."""
    key = f"alias.{name.lower()}"
    made = call.walker.repositories.get(MADE)
    if key in given:
        return given[key]
    if isinstance(made, dict) and key in made:
        return str(made[key])
    if len(call.state.folders) != 1:
        return None
    home = builtins.home(call.state)
    common = _common(call)
    files = [os.path.join(common, "config")] if common else []
    files += [f"{home}/.gitconfig", f"{home}/.config/git/config"] if home else []
    for path in files:
        found = settings(call.walker.file(path) or "").get(key)
        if found is not None:
            return found
    return None


def settings(text: str) -> "dict[str, str]":
    """The settings of a configuration file, the section and the name in small letters (git-config(1), "Syntax")."""
    made: dict[str, str] = {}
    section = ""
    for raw in text.replace("\\\n", "").splitlines():
        line = raw.strip()
        if line.startswith("["):
            inside, _, line = line[1:].partition("]")
            first, _, second = inside.partition(" ")
            section = first.lower() + (f".{second.strip()[1:-1]}" if second else "")
            line = line.strip()
        if not line or line[0] in "#;":
            continue
        name, equals, value = line.partition("=")
        made[f"{section}.{name.strip().lower()}"] = _value(value.strip()) if equals else "true"
    return made


def _value(text: str) -> str:
    made = ""
    quoted = False
    i = 0
    while i < len(text):
        c, i = text[i], i + 1
        if c == "\\" and i < len(text):
            made += {"n": "\n", "t": "\t", "b": "\b"}.get(text[i], text[i])
            i += 1
        elif c == '"':
            quoted = not quoted
        elif c in "#;" and not quoted:
            break
        else:
            made += c
    return made.rstrip() if not quoted else made
