"""make: the recipes of what is out of date. The makefile itself is read by makefile.py."""

import os

from onetree.action import Effect
from onetree.shell.form import Unreadable
from onetree.shell.words import Unknown, expand

from . import makefile, makefunctions
from .call import Call
from .recipes import SIZE, marked, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from onetree.shell.state import State

RULES = 500  # targets that one make is followed through
MAKEFILES = ("GNUmakefile", "makefile", "Makefile")  # in this order (GNU make manual, 3.2)


def make(call: Call) -> None:
    """make: the recipes of what is out of date, each line in a shell of its own (GNU make manual, 5 and 9)."""
    call.record()
    call.option_values()
    if call.has("-v", "--version", "-h", "--help", "-q", "--question"):
        return
    state = call.state.copy()
    for option, field in call.values:
        if option in ("-C", "--directory"):
            if field.text is None:
                call.opaque(f"make {option}: the directory is known only when it runs")
                return
            state.folders = tuple(os.path.normpath(os.path.join(folder, field.text)) for folder in state.folders)
    if not state.folders:
        call.opaque("make: the directory in which it runs is known only when it runs")
        return
    if any(field.text is None for field in call.operands):
        call.opaque("make: a target that is known only when it runs")
        return
    if call.value("--eval") is not None:
        call.opaque("make: rules that come with the command are not read")
        return
    try:
        _Make(call, state).run()
    except makefile.Bound as e:
        call.opaque(f"make: {e} are not read")


class _Make:
    """One run of make."""

    def __init__(self, call: Call, state: "State") -> None:
        self.call = call
        self.state = state
        self.folder = state.folders[0]
        words = [field.text or "" for field in call.operands]
        self.goals = [word for word in words if "=" not in word]
        self.given: dict[str, str] = {}
        for word in words:
            name, equals, value = word.partition("=")
            if equals:
                self.given[name.rstrip(":")] = value
        env = dict(state.env)
        env.update((name, value) for name, value in state.variables.items() if isinstance(value, str))
        env.update((name, value) for name, value in call.assigned.items() if isinstance(value, str))
        self.made = makefile.Makefile(self.read, self.listed, self.output, self.given, env)
        self.made.variables["CURDIR"] = self.folder
        self.only_shown = call.has("-n", "--just-print", "--dry-run", "--recon")
        self.always = call.has("-B", "--always-make")
        self.done: dict[str, bool] = {}
        self.depth = 0

    def run(self) -> None:
        """Read the makefiles and walk the recipes that the goals need."""
        files = [field.text for option, field in self.call.values if option in ("-f", "--file", "--makefile")]
        if not files:
            files = next(([name] for name in MAKEFILES if self.there(name)), files)
        for name in files:
            text = self.call.state.text if name == "-" and self.call.state.piped else self.read(name or "")
            if text is None:
                if name is None or name == "-" or self.there(name):
                    self.call.opaque(f"make: {name or 'its makefile'} is not read")
                    return
                continue
            self.made.lines(text, name or "")
        default = self.made.raw(".DEFAULT_GOAL") or self.made.default
        self.state.certain = self.state.certain and self.made.sure
        for goal in self.goals or [default] * bool(default):
            self.build(goal)

    def build(self, target: str) -> bool:
        """Walk what a target needs and then its recipe, if it is out of date; whether it was made again."""
        if target in self.done:
            return self.done[target]
        self.done[target] = False  # a circle is cut here, as make does
        if len(self.done) > RULES or self.depth > makefile.DEPTH:
            raise makefile.Bound(f"more than {RULES} targets")
        rule = self.made.rules.get(target)
        needs, order = (list(rule.needs), list(rule.order)) if rule else ([], [])
        stem, recipe = "", rule
        if (rule is None or not rule.recipe) and target not in self.made.phony:
            found = self.made.implicit(target, self.there)
            if found is not None:
                recipe, extra, stem = found
                needs = [*extra, *(need for need in needs if need not in extra)]
        needs = [name for need in needs for name in (self.listed(need) or [need] if _pattern(need) else [need])]
        self.depth += 1
        again = [self.build(need) for need in needs]
        for need in order:
            self.build(need)
        self.depth -= 1
        due = (
            self.always
            or any(again)
            or target in self.made.phony
            or not self.there(target)
            or self.older(target, needs)
        )
        if due and recipe is not None and recipe.recipe:
            self.recipe(target, recipe, needs, stem, rule.variables if rule else {})
        self.done[target] = due
        return due

    def recipe(self, target: str, rule: makefile.Rule, needs: "list[str]", stem: str, own: "dict[str, str]") -> None:
        """Walk the lines of one recipe."""
        extra = _automatic(target, needs, stem)
        unknown: set[str] = set()

        def mark(before: str, reference: str) -> str:
            unknown.add(reference)
            return marked(before, reference)

        for name, value in own.items():
            extra[name] = self.made.expand(value, extra, mark)
        texts = [(number, self.made.expand(line, extra, mark)) for number, line in rule.recipe if line.strip()]
        shell = os.path.basename(extra.get("SHELL") or self.made.expand(self.made.raw("SHELL"), {}, mark))
        if self.made.one_shell and texts:
            texts = [(texts[0][0], "\n".join(text for _, text in texts))]
        goal = f"{self.call.name} {target}"
        for number, text in texts:
            plain = text.lstrip(" \t@-+")
            if self.only_shown and "+" not in text[: len(text) - len(plain)]:
                continue
            walk(
                self.call,
                self.state,
                plain,
                (goal, f"{rule.file}:{number}"),
                shell,
                {**self.exported(), **dict.fromkeys(unknown)},
            )

    def exported(self) -> "dict[str, str | None]":
        """The variables that recipes find in their environment (manual, 5.7.2)."""
        names = {*self.given, *self.made.exported}
        made: dict[str, str | None] = {}
        for name in names:
            try:
                made[name] = self.made.expand(self.made.raw(name))
            except makefunctions.Unknown:
                made[name] = None
        return made

    # -- the tree, as the line has left it so far ----------------------------------------------------------------------

    def path(self, name: str) -> str:
        return os.path.normpath(os.path.join(self.folder, name))

    def read(self, name: str) -> "str | None":
        return self.call.walker.file(self.path(name), SIZE)

    def there(self, name: str) -> bool:
        """Whether a file is there when make looks."""
        path = self.path(name)
        last = next((effect for effect in reversed(self.call.walker.effects) if _touches(effect, path)), None)
        if last is not None:
            return last.op == "write"
        return os.path.exists(path)

    def older(self, target: str, needs: "list[str]") -> bool:
        """Whether one of the files that a target needs is newer, or was written by this line."""
        try:
            time = os.stat(self.path(target)).st_mtime_ns
        except OSError:
            return False  # it was made by the line just now
        for need in needs:
            path = self.path(need)
            if path in self.call.walker.files and self.path(target) not in self.call.walker.files:
                return True
            try:
                if os.stat(path).st_mtime_ns > time:
                    return True
            except OSError:
                pass
        return False

    def listed(self, pattern: str) -> "list[str]":
        """The names that a pattern of make stands for."""
        if not _pattern(pattern):
            return [pattern] if self.there(pattern) else []
        quoted = "".join(c if c.isalnum() or c in "*?[]/._-" else "\\" + c for c in pattern)
        found = [field.text for field in expand(quoted, self.state)]
        return [name for name in found if name is not None and name != pattern]

    def output(self, source: str) -> str:
        """What $(shell ...) is."""
        try:
            return self.state.output(source)
        except (Unknown, Unreadable):
            raise makefunctions.Unknown(f"the output of $(shell {source[:60]})") from None


def _touches(effect: Effect, path: str) -> bool:
    """Whether an effect of the line makes the path, or takes it away."""
    if effect.op not in ("write", "delete"):
        return False
    if path == effect.path or path == os.path.normpath(effect.path):
        return True
    return effect.tree and effect.op == "delete" and path.startswith(os.path.normpath(effect.path) + "/")


def _pattern(name: str) -> bool:
    return any(c in name for c in "*?[")


def _automatic(target: str, needs: "list[str]", stem: str) -> "dict[str, str]":
    """The automatic variables (manual, 10.5.3)."""
    once = list(dict.fromkeys(needs))
    made = {"@": target, "<": "".join(needs[:1]), "^": " ".join(once), "+": " ".join(needs), "?": " ".join(once)}
    made["*"] = stem
    for name, value in list(made.items()):
        made[name + "D"] = " ".join(os.path.dirname(word) or "." for word in value.split())
        made[name + "F"] = " ".join(os.path.basename(word) for word in value.split())
    return made
