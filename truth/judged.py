"""One command of the table: what the detector said, what it did, and how the two agree."""

import os
from pathlib import Path

from onetree.scripts.detect_batch import plain
from onetree.shell import analyse

from .sandbox import Sandbox, environment

TABLE = Path(__file__).parent / "commands.txt"


def table() -> "list[tuple[str, str]]":
    """(category, command) of each entry of commands.txt."""
    made: list[tuple[str, str]] = []
    category = ""
    for line in TABLE.read_text().splitlines():
        if line.startswith("[") and line.endswith("]"):
            category = line[1:-1]
        elif line.startswith("| ") or line == "|":
            made[-1] = category, made[-1][1] + "\n" + line[2:]
        elif line.strip() and not line.startswith("# "):
            made.append((category, line))
    return made


class Judged:
    """needed: what must be named. exact, prefix: how much of it is. false: what is named and was not changed."""

    def __init__(self, category: str, command: str) -> None:
        self.category = category
        self.command = command
        self.needed: set[str] = set()
        self.exact: set[str] = set()
        self.prefix: set[str] = set()
        self.said: set[str] = set()
        self.sure: set[str] = set()
        self.false: set[str] = set()
        self.unknown: list[str] = []
        self.disagreement: set[str] = set()

    @property
    def silent(self) -> "set[str]":
        """What was changed without a word."""
        return set() if self.unknown else self.needed - self.exact - self.prefix


def judge(sandbox: Sandbox, category: str, command: str, state: str) -> Judged:
    """Ask the detector, then run the command, then compare."""
    made = Judged(category, command)
    home = sandbox.copy()
    project = str(home / "project")
    effects = analyse(command, project, str(home), environment(str(home)), state=state, budget=5).effects
    made.unknown = [effect.why for effect in effects if effect.op == "opaque"]
    trees: set[str] = set()
    for effect in effects:
        if effect.op in ("write", "delete", "meta"):
            path = plain(effect.path)
            names = {path, _target(path)}
            made.said.add(path)
            trees |= names if effect.tree else set()
            if effect.certain:
                made.sure.add(path)
    resolved = {path: {path, _target(path)} for path in made.said}

    by_kernel, by_tree, before = sandbox.run(command, home)
    after = {path for path in by_kernel | by_tree if os.path.lexists(path)}
    # What is in a folder that was renamed went with it.
    made.disagreement = {path for path in by_tree if not any((path + "/").startswith(one + "/") for one in by_kernel)}
    lasting = {path for path in by_kernel if path in before or path in after}
    made.needed = {path for path in lasting if not _is_implied(path, before, lasting) and "/.git" not in path + "/"}
    named = set().union(*resolved.values()) if resolved else set()
    made.exact = made.needed & named
    made.prefix = {path for path in made.needed - made.exact if any(path.startswith(tree + "/") for tree in trees)}
    touched = by_kernel | by_tree
    for path, names in resolved.items():
        if not names & touched and not any(other.startswith(path + "/") for other in touched if path in trees):
            made.false.add(path)
    made.false = {path for path in made.false if "/.git/" not in path}
    strip = str(home) + "/"
    for name in ("needed", "exact", "prefix", "said", "sure", "false", "disagreement"):
        setattr(made, name, {path.removeprefix(strip) for path in getattr(made, name)})
    return made


def _target(path: str) -> str:
    """What a write to the path reaches, the links of the tree followed."""
    return os.path.realpath(path)


def _is_implied(path: str, before: "dict[str, tuple[object, ...]]", lasting: "set[str]") -> bool:
    """Whether a folder was made on the way to what is in it, or a folder's content went with it."""
    inside = any(other.startswith(path + "/") for other in lasting)
    if path not in before and inside and os.path.isdir(path):
        return True
    return path in before and os.path.dirname(path) in lasting and not os.path.lexists(os.path.dirname(path))
