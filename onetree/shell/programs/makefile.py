"""Read a Makefile as GNU make does: variables, rules, conditionals, includes, functions. Runs nothing.

Source: the GNU make manual, 4.4: 3.7 (how make reads a makefile), 4 (rules), 6 (variables), 8 (functions), 10.5
(pattern rules). Without: VPATH, archives, secondary expansion.
"""

from .makefunctions import FUNCTIONS, Unknown, patsubst

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

INCLUDES = 30  # files
SIZE = 1 << 17  # characters of one expanded value
STEPS = 50_000  # references that are expanded
DEPTH = 60  # references within references

# What make knows by itself (manual, 10.2 and 10.3), as far as people rely on it.
BUILTIN = """
CC = cc
CXX = g++
CPP = $(CC) -E
AR = ar
ARFLAGS = rv
RM = rm -f
MAKE = make
SHELL = /bin/sh
%: %.c
	$(CC) $(CFLAGS) $(CPPFLAGS) $(LDFLAGS) $^ $(LOADLIBES) $(LDLIBS) -o $@
%: %.cc
	$(CXX) $(CXXFLAGS) $(CPPFLAGS) $(LDFLAGS) $^ $(LOADLIBES) $(LDLIBS) -o $@
%: %.cpp
	$(CXX) $(CXXFLAGS) $(CPPFLAGS) $(LDFLAGS) $^ $(LOADLIBES) $(LDLIBS) -o $@
%: %.sh
	cat $< >$@
	chmod a+x $@
%: %.o
	$(CC) $(LDFLAGS) $^ $(LOADLIBES) $(LDLIBS) -o $@
%.o: %.c
	$(CC) $(CFLAGS) $(CPPFLAGS) -c -o $@ $<
%.o: %.cc
	$(CXX) $(CXXFLAGS) $(CPPFLAGS) -c -o $@ $<
%.o: %.cpp
	$(CXX) $(CXXFLAGS) $(CPPFLAGS) -c -o $@ $<
"""


class Bound(Exception):
    """More than is read: why."""


class Rule:
    """One target: what it needs, and its recipe: (line number, text before expansion)."""

    __slots__ = ("file", "needs", "order", "recipe", "variables")

    def __init__(self, file: str) -> None:
        self.file = file
        self.needs: list[str] = []
        self.order: list[str] = []
        self.recipe: list[tuple[int, str]] = []
        self.variables: dict[str, str] = {}


class Makefile:
    """rules, patterns (target, rule), phony targets, the first target; sure: no conditional was beyond us."""

    def __init__(
        self,
        read: "Callable[[str], str | None]",
        listed: "Callable[[str], list[str]]",
        output: "Callable[[str], str]",
        given: "Mapping[str, str]",
        env: "Mapping[str, str]",
    ) -> None:
        """Take how to read a file, to list a pattern's names and to know what a command prints; VAR=x; variables."""
        self.read_file = read
        self.listed = listed
        self.output = output
        self.given = given
        self.env = env
        self.variables: dict[str, str] = {}
        self.exported: set[str] = set()
        self.rules: dict[str, Rule] = {}
        self.patterns: list[tuple[str, Rule]] = []
        self.phony: set[str] = set()
        self.default = ""
        self.one_shell = False
        self.sure = True
        self.steps = self.files = 0
        self.fresh = False  # whether the next recipe line begins a recipe
        self.own: dict[str, str] = {}
        self.own_patterns: list[tuple[str, Rule]] = []
        self.lines(BUILTIN, "make's own rules")
        self.own, self.variables = self.variables, {}
        self.own_patterns, self.patterns = self.patterns, []

    # -- reading -------------------------------------------------------------------------------------------------------

    def lines(self, text: str, file: str) -> None:
        """Read a makefile's text."""
        rules: list[Rule] = []
        taken: list[tuple[bool, bool]] = []  # for each open conditional: is it read now, was one of its parts read
        lines, i = text.split("\n"), 0
        while i < len(lines):
            line, number = lines[i], i + 1
            i += 1
            while (len(line) - len(line.rstrip("\\"))) % 2 and i < len(lines):
                line += "\n" + lines[i]
                i += 1
            if line.startswith("\t") and rules:
                if all(read for read, _ in taken):
                    for rule in rules:  # a later recipe takes the place of an earlier one (manual, 4.11)
                        rule.recipe = [] if self.fresh else rule.recipe
                        rule.recipe.append((number, line[1:].replace("\n\t", "\n")))
                    self.fresh = False
                continue
            plain = _joined(_uncommented(line)).strip()
            word = plain.split(None, 1)[0] if plain else ""
            if word in ("ifeq", "ifneq", "ifdef", "ifndef", "else", "endif"):
                self.conditional(word, plain[len(word) :].strip(), taken)
            elif word == "define" or plain.startswith(("override define ", "export define ")):
                end = next((k for k in range(i, len(lines)) if lines[k].strip() == "endef"), len(lines))
                if all(read for read, _ in taken):
                    name = plain.partition("define")[2].strip().rstrip(":+?=").strip()
                    self.variables[name] = "\n".join(lines[i:end])
                i = end + 1
            elif plain and all(read for read, _ in taken):
                rules = self.line(plain, number, file, rules)

    def line(self, plain: str, number: int, file: str, rules: "list[Rule]") -> "list[Rule]":
        """One line that is no recipe's: the rules whose recipe may follow."""
        word, _, rest = plain.partition(" ")
        if word in ("include", "-include", "sinclude"):
            self.include(rest)
            return []
        while word in ("export", "override", "private", "unexport") and rest:
            if word == "export":
                name = rest.split("=")[0].rstrip(":?+ ")
                self.exported.update(name.split())
            if _assignment(rest) is None:
                return [] if word in ("export", "unexport") else rules
            plain = rest
            word, _, rest = plain.partition(" ")
        found = _assignment(plain)
        if found is not None:
            self.assign(*found, self.variables)
            return []
        head, semicolon, command = _parted(plain, ";")
        try:
            head = self.expand(head)
        except Unknown:
            return []
        targets, colon, needs = _parted(head, ":")
        if not colon:
            return []
        made = self.rule(targets.rstrip("& ").split(), needs.removeprefix(":"), file)
        self.fresh = not needs.startswith(":")
        if semicolon:
            for rule in made:
                rule.recipe = [(number, command.lstrip())]
            self.fresh = False
        return made

    def rule(self, targets: "list[str]", needs: str, file: str) -> "list[Rule]":
        """Take a rule's targets and what they need; or a variable of targets."""
        own = _assignment(needs)
        made: list[Rule] = []
        static, colon, rest = _parted(needs, ":")
        pattern = static.strip() if colon and own is None else ""
        needs = rest if pattern else needs
        before, _, order = needs.partition("|")
        for target in targets:
            if target == ".PHONY":
                self.phony.update(before.split())
                continue
            if target == ".ONESHELL":
                self.one_shell = True
                continue
            if own is not None:
                self.assign(*own, self.rules.setdefault(target, Rule(file)).variables)
                continue
            suffixes = target.split(".")
            if len(suffixes) == 3 and not suffixes[0] and not needs.strip() and "/" not in target:  # a suffix rule
                rule = Rule(file)
                rule.needs = [f"%.{suffixes[1]}"]
                self.patterns.append((f"%.{suffixes[2]}", rule))
            elif "%" in target:
                rule = Rule(file)
                rule.needs = before.split()
                self.patterns.append((target, rule))
            else:
                rule = self.rules.setdefault(target, Rule(file))
                stem = matched(pattern, target) if pattern else None
                rule.needs += [need.replace("%", stem, 1) if stem is not None else need for need in before.split()]
                if not self.default and (not target.startswith(".") or "/" in target):
                    self.default = target
            rule.order += order.split()
            rule.file = file
            made.append(rule)
        return made

    def conditional(self, word: str, rest: str, taken: "list[tuple[bool, bool]]") -> None:
        """Which lines are read, by ifeq and its like."""
        if word == "endif":
            if taken:
                taken.pop()
            return
        if word == "else":
            if not taken:
                return
            read, done = taken.pop()
            if done:
                taken.append((False, True))
                return
            word, _, rest = rest.partition(" ")
            if not word:
                taken.append((True, True))
                return
        try:
            read = self.holds(word, rest.strip())
        except Unknown:
            self.sure = False
            taken.append((True, False))  # both ways are read
            return
        taken.append((read, read))

    def holds(self, word: str, rest: str) -> bool:
        """Whether a conditional's test is true."""
        if word in ("ifdef", "ifndef"):
            return bool(self.raw(self.expand(rest))) is (word == "ifdef")
        if rest.startswith("("):
            first, _, second = _parted(rest[1:].rstrip().removesuffix(")"), ",")
        else:
            quote = rest[:1] or '"'
            first, _, second = rest[1:].partition(quote)
            second = second.strip()[1:-1]
        return (self.expand(first).strip() == self.expand(second).strip()) is (word == "ifeq")

    def include(self, names: str) -> None:
        """Read the makefiles that a line names; what is not there is passed over."""
        try:
            words = self.expand(names).split()
        except Unknown:
            self.sure = False
            return
        for name in [found for word in words for found in (self.listed(word) if "*" in word else [word])]:
            self.files += 1
            if self.files > INCLUDES:
                raise Bound(f"more than {INCLUDES} makefiles")
            text = self.read_file(name)
            if text is not None:
                self.lines(text, name)

    def assign(self, name: str, sign: str, value: str, where: "dict[str, str]") -> None:
        """Set a variable: at once for := and !=, else when it is used."""
        try:
            name = self.expand(name)
        except Unknown:
            return
        if not name or (sign == "?=" and (name in where or self.raw(name))):
            return
        if sign == "!=":
            value = f"$(shell {value})"
        elif sign in (":=", "::="):
            try:
                value = self.expand(value).replace("$", "$$")
            except Unknown as e:
                value = f"$(error {e})"
        elif sign == "+=" and (old := where.get(name, self.raw(name))):
            value = f"{old} {value}"
        if len(value) > SIZE:
            raise Bound(f"a variable of more than {SIZE} characters")
        where[name] = value

    # -- expanding -----------------------------------------------------------------------------------------------------

    def raw(self, name: str) -> str:
        """A variable before expansion: the command line, the makefile, the environment, make's own, in this order."""
        if name in self.given:
            return self.given[name]
        if name in self.variables:
            return self.variables[name]
        if name in self.env and name not in ("SHELL", "MAKE"):
            return self.env[name].replace("$", "$$")
        return self.own.get(name, "")

    def expand(
        self,
        text: str,
        extra: "Mapping[str, str]" = {},  # noqa: B006 - is never written to
        unknown: "Callable[[str, str], str] | None" = None,
        depth: int = 0,
    ) -> str:
        """The text with each $(...) replaced. unknown: what stands for one that is not known, else it is raised."""
        if "$" not in text:
            return text
        self.steps += 1
        if self.steps > STEPS or depth > DEPTH:
            raise Bound("variables that refer to too many others")
        made: list[str] = []
        i = size = 0
        while i < len(text):
            at = text.find("$", i)
            if at < 0 or at + 1 >= len(text):
                made.append(text[i:])
                break
            made.append(text[i:at])
            c = text[at + 1]
            i = at + 2
            if c == "$":
                made.append("$")
                continue
            inside = c
            if c in "({":
                end = _closed(text, at + 1)
                inside, i = text[at + 2 : end], end + 1
            try:
                made.append(self.reference(inside, extra, depth + 1))
            except Unknown:
                if unknown is None:
                    raise
                made.append(unknown("".join(made), inside))
            size += len(made[-1])
            if size > SIZE:
                raise Bound(f"a value of more than {SIZE} characters")
        return "".join(made)

    def reference(self, inside: str, extra: "Mapping[str, str]", depth: int) -> str:
        """What stands in $(...): a function's call, a variable, a variable with its endings replaced."""
        name, blank, rest = inside.partition(" ")
        if blank and name in FUNCTIONS:
            return FUNCTIONS[name](self, rest.lstrip(), extra, depth)
        if blank and name in ("origin", "flavor", "file", "guile", "let", "intcmp"):
            raise Unknown(f"make's function {name}")
        name, colon, change = _parted(inside, ":")
        name = self.expand(name, extra, None, depth)
        value = extra[name] if name in extra else self.expand(self.raw(name), extra, None, depth)
        if not colon or "=" not in change:
            return value
        old, _, new = self.expand(change, extra, None, depth).partition("=")
        old, new = (old, new) if "%" in old else ("%" + old, "%" + new)
        return patsubst(old, new, value)

    # -- choosing ------------------------------------------------------------------------------------------------------

    def implicit(self, target: str, there: "Callable[[str], bool]") -> "tuple[Rule, list[str], str] | None":
        """The pattern rule for a target that has no recipe: the rule, what it needs, the stem."""
        for pattern, rule in (*self.patterns, *self.own_patterns):
            stem = matched(pattern, target)
            if not stem or not rule.recipe:
                continue
            needs = [need.replace("%", stem, 1) for need in rule.needs]
            if all(need in self.rules or there(need) for need in needs):
                return rule, needs, stem
        return None


def matched(pattern: str, name: str) -> "str | None":
    """What % stands for, None if the name does not match. A pattern without / is of the name's last part."""
    before, percent, after = pattern.partition("%")
    if not percent:
        return "" if pattern == name else None
    folder = ""
    if "/" not in pattern and "/" in name:
        folder, slash, name = name.rpartition("/")
        folder += slash
    if len(name) >= len(before) + len(after) and name.startswith(before) and name.endswith(after):
        return folder + name[len(before) : len(name) - len(after)]
    return None


def _uncommented(line: str) -> str:
    at = line.find("#")
    while at > 0 and line[at - 1] == "\\":
        at = line.find("#", at + 1)
    return line if at < 0 else line[:at]


def _joined(line: str) -> str:
    """Lines that a backslash joins, with one blank between them."""
    return " ".join(part.removesuffix("\\").strip() for part in line.split("\n")) if "\n" in line else line


def _closed(text: str, at: int) -> int:
    """Where the bracket at `at` is closed; the end of the text if it is not."""
    opening = text[at]
    closing = ")" if opening == "(" else "}"
    depth = 0
    for i in range(at, len(text)):
        if text[i] == opening:
            depth += 1
        elif text[i] == closing:
            depth -= 1
            if not depth:
                return i
    return len(text)


def _parted(text: str, mark: str) -> "tuple[str, str, str]":
    """Partition at the first mark that is in no $(...)."""
    i = 0
    while i < len(text):
        if text[i] == "$" and text[i + 1 : i + 2] in ("(", "{"):
            i = _closed(text, i + 1)
        elif text[i] == mark:
            return text[:i], mark, text[i + 1 :]
        i += 1
    return text, "", ""


def _assignment(text: str) -> "tuple[str, str, str] | None":
    """NAME, the sign, the value; None if the line assigns nothing."""
    before, equals, value = _parted(text, "=")
    if not equals:
        return None
    sign = "="
    for long in ("::", ":", "?", "+", "!"):
        if before.endswith(long):
            before, sign = before[: -len(long)], long + "="
            break
    name = before.strip()
    if not name or ":" in _parted(name, ":")[1] or len(name.split()) != 1:
        return None
    return name, sign, value.strip()
