"""Scripts, Makefiles, package.json scripts and CI steps of the change that would write protected paths."""

import os
import re
from collections.abc import Iterator

from onetree import jsonlite, paths, root, shell
from onetree.action import CHANGES, Effect
from onetree.git import SYMLINK
from onetree.policy import Decision
from onetree.verdict import CHECKPOINT, TIERS

from .subject import Finding, Subject, effective

SHELLS = re.compile(rb"#! *(/usr)?/bin/(env +(-S +)?)?(ba|da|k|z)?sh\b")
CI = re.compile(
    r"\.github/(workflows|actions)/.*\.ya?ml|\.gitlab-ci\.ya?ml|\.circleci/.*\.ya?ml|azure-pipelines.*\.ya?ml"
    r"|bitbucket-pipelines\.ya?ml|\.travis\.ya?ml|\.buildkite/.*\.ya?ml|(.*/)?action\.ya?ml"
)
# The keys under which a CI step has shell text, by the providers' documentation.
STEPS = ("run", "script", "before_script", "after_script", "command", "commands", "bash", "before_install", "install")
MAX_BYTES = 256 * 1024  # of a script
BUDGET = 0.5  # seconds for one file

Piece = tuple[int, str]  # the line at which a text begins, and the text


def check(subject: Subject) -> "list[Finding]":
    """A finding for each effect on a path that a rule protects, with its line."""
    entries = [e for e in subject.files() if e.new != SYMLINK]
    found: list[Finding] = []
    texts = subject.change.contents([e for e in entries if _is_read(e.path) or "." not in os.path.basename(e.path)])
    for path, data in texts.items():
        if len(data) <= MAX_BYTES:
            for line, text in _pieces(path, data):
                found += _judged(subject, path, line, text)
    return list({(f.where, f.text): f for f in found}.values())


def _is_read(path: str) -> bool:
    name = os.path.basename(path)
    return (
        name.endswith((".sh", ".bash", ".zsh", ".ksh", ".mk", ".just"))
        or name.lower() in ("makefile", "gnumakefile", "package.json", "justfile")
        or bool(CI.fullmatch(path))
    )


def _pieces(path: str, data: bytes) -> "list[Piece]":
    """The shell texts in a file."""
    text, name = data.decode("utf-8", "replace"), os.path.basename(path).lower()
    if name in ("makefile", "gnumakefile") or name.endswith(".mk"):
        return list(_recipes(text))
    if name == "package.json":
        return list(_scripts(text))
    if name.endswith((".yml", ".yaml")):
        return list(_steps(text))
    if name.endswith((".sh", ".bash", ".zsh", ".ksh")) or SHELLS.match(data):
        return [(1, text)]
    return []


def _recipes(text: str) -> "Iterator[Piece]":
    """The recipe lines of a makefile, each with what goes on in the next line (GNU make, 5.1)."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        first = at
        while lines[at].endswith("\\") and at + 1 < len(lines):
            at += 1
        if lines[first].startswith("\t"):
            recipe = "\n".join(lines[first : at + 1]).lstrip("\t@-+ ")
            yield first + 1, re.sub(r"\$\(([\w.-]+)\)|\$\{([\w.-]+)\}", r"${\1\2}", recipe).replace("$$", "$")
        at += 1


def _scripts(text: str) -> "Iterator[Piece]":
    try:
        value = jsonlite.loads(text.encode())
    except ValueError:
        return
    scripts = value.get("scripts") if isinstance(value, dict) else None
    for name, command in scripts.items() if isinstance(scripts, dict) else ():
        if isinstance(command, str):
            yield text.count("\n", 0, max(text.find(f'"{name}"'), 0)) + 1, command


def _steps(text: str) -> "Iterator[Piece]":
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        top = YAML(typ="safe", pure=True).compose(text)
    except (YAMLError, ValueError, RecursionError):
        return
    todo = [top] if top is not None else []
    while todo:
        node = todo.pop()
        if isinstance(node.value, list):
            for item in node.value:
                if isinstance(item, tuple):
                    key, value = item
                    if key.value in STEPS:
                        yield from _step(value)
                    todo.append(value)
                else:
                    todo.append(item)


def _step(node: "object") -> "Iterator[Piece]":
    """A step's text, or the texts of a list of them."""
    value = getattr(node, "value", None)
    if isinstance(value, str):
        block = getattr(node, "style", None) in ("|", ">")
        line = node.start_mark.line + 1 + block  # type: ignore[attr-defined]
        yield line, re.sub(r"\$\{\{.*?\}\}", "${GIVEN}", value)
    elif isinstance(value, list):
        for item in value:
            if not isinstance(item, tuple) and isinstance(getattr(item, "value", None), str):
                yield from _step(item)


def _judged(subject: Subject, path: str, line: int, text: str) -> "Iterator[Finding]":
    home, here = os.path.expanduser("~"), subject.change.root
    environment = {"HOME": home, "PWD": here}
    found = shell.analyse(text, here, home, environment, state=os.path.join(here, root.STATE), budget=BUDGET)
    for effect in found.effects:
        if effect.op not in CHANGES:
            continue
        place = paths.resolve(effect.path, here, home)
        for policy in subject.policies:
            decision = policy.decide_tree(effect.op, place) if effect.tree else policy.decide(effect.op, place)
            if decision and decision.line and effective(decision.tier, policy.mode("write-guard")) >= CHECKPOINT:
                yield Finding(f"{path}:{line + text.count(chr(10), 0, effect.span[0])}", _says(effect, decision))
                break


def _says(effect: Effect, decision: Decision) -> str:
    why = f": {decision.why}" if decision.why else ""
    rule = f"Rule: {root.POLICY}:{decision.line} {decision.pattern} ({TIERS[decision.tier]})"
    return (
        f"{effect.how} would {effect.op} {decision.path}{why}. {rule}. Way out: let a person do that, or do without it."
    )
