"""Developers' tools that have subcommands: what devtools.py says of them."""

import os

from onetree.shell import devtools
from onetree.shell.words import Field

from . import handler
from .call import Call

LEVELS = 30  # folders above the directory in which a project's file is looked for
FILES = 300  # files of a project that a formatter is said to write one by one
LOOKED = 20000  # names that are looked at for them
QUIET = ("--help", "--dry-run", "--version", "--dryrun")
ALONE = ("-h", "-V", "-v", "help", "version")


class Tool:
    """One call of a tool: its verb, its rule, the call of the words after the verb, and its project's folder."""

    __slots__ = ("after", "call", "name", "needs", "project", "rule", "verb")

    def __init__(self, call: Call, needs: str) -> None:
        self.call = self.after = call
        self.name = call.name
        self.needs = needs
        self.verb = ""
        self.rule: list[str] = []
        self.project: str | None = None

    def given(self, names: str) -> bool:
        """Whether one of these options, or of these variables, is given."""
        return any(self.variable(name[1:]) if name[0] == "$" else self.option(name) for name in names.split(","))

    def option(self, name: str) -> bool:
        """Whether an option is given: also after --, which hands it on to a program that the tool runs."""
        passed = any(field.text == name for field in self.after.operands)
        return self.after.given(name) or self.call.given(name) or passed

    def variable(self, name: str) -> bool:
        """Whether a variable has a value, by the command, by the line, or from outside."""
        state = self.call.state
        return bool(self.call.assigned.get(name) or state.variables.get(name) or state.env.get(name))

    def write(self, path: str, *, op: str = "write") -> None:
        """Note that a path may be written; a / at its end says all below it."""
        field = Field(path.rstrip("/"), path.rstrip("/"))
        via = f"{self.name} {self.verb}".strip()
        self.call.walker.emit(op, field, self.call.state, via, tree=path.endswith("/"), certain=False)

    def opaque(self, why: str, candidates: "tuple[Field, ...]" = ()) -> None:
        """Note that the verb does what cannot be read."""
        self.call.opaque(f"{self.name} {self.verb}".strip() + f": {why}", candidates)


def tool(call: Call) -> "str | None":
    """Find the verb and its rule, and do what the rule says."""
    needs, options, rules = devtools.tool(call.name)
    words_given = [field.text for field in call.fields[1:]]
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    call.parse(("", options), stop=True)
    call.record()
    if any(word in QUIET for word in words_given[: _end(words_given)]) or (
        len(words_given) == 1 and words_given[0] in ALONE
    ):
        return None
    before = call.state.folders
    folder = next((field for option, field in call.values if call.table.get(option) == "@"), None)
    if folder is not None:
        call.state.folders = tuple(call.absolute(folder))
    try:
        call.option_values()
        found = Tool(call, needs)
        return _ruled(found, options, rules)
    finally:
        call.state.folders = before


def _end(texts: "list[str | None]") -> int:
    return texts.index("--") if "--" in texts else len(texts)


def _ruled(found: Tool, options: str, rules: "dict[str, str]") -> "str | None":
    call = found.call
    if found.name == "cargo" and call.operands and (call.operands[0].text or "").startswith("+"):
        del call.operands[0]  # a toolchain (rustup's documentation)
    if call.operands and call.operands[0].text is None:
        found.opaque("its verb is known only when it runs")
        return None
    texts = [field.text or "" for field in call.operands[:2]]
    table = {verb: rule for verbs, rule in rules.items() for verb in verbs.split("|")}
    verb = next((verb for verb in (" ".join(texts), *texts[:1]) if verb in table and verb), "" if not texts else "*")
    if verb == "" and call.flags & set(table):
        verb = next(iter(call.flags & set(table)))
    rule = table.get(verb)
    if rule is None:
        files = tuple(Field(name, name) for name in found.needs.lstrip("?").split("|") if name)
        found.verb = " ".join(texts[:1])
        found.opaque("what this verb does is not known", files)
        return None
    skip = 0 if verb in ("", "*") else len(verb.split())
    found.verb = verb if skip else (texts[0] if texts and verb == "*" else "")
    found.rule = rule.split()
    return _follow(found, options, call.operands[skip:])


def _follow(found: Tool, options: str, rest: "list[Field]") -> "str | None":
    """Do what the words of a rule say."""
    call, rule = found.call, found.rule
    own = " ".join(word for word in rule if word[0] == "-" and ":" not in word)
    own = f"{options} {own} " + " ".join(_asked(rule))
    after = Call(call.walker, call.state, [Field(found.name, found.name), *rest], call.assigned)
    after.parse(("", own), stop=">" in rule)
    found.after = after
    for option, field in after.values:
        if after.table.get(option) == "@":
            call.state.folders = tuple(call.absolute(field))
    if any(word[0] == "~" and found.option(word[1:]) for word in rule) or not _has_project(found):
        return None
    after.option_values()
    if "@" in rule and not after.operands:
        after.operands.append(Field(".", "."))
    printed = None
    roles = ""
    for word in rule:
        if word[0] == "-" and ":" in word:
            flags, _, alternative = word.partition(":")
            roles = alternative if found.given(flags) else roles
        elif word[0] == ":":
            roles = word[1:]
        elif word == ">":
            printed = _run(after)
        elif word[0] not in "-~@" and word not in ("%needs", "%noneed"):
            _word(found, word)
    if roles:
        after.row = (roles, "")
        for role, field in _roles(roles, after.operands):
            after.effect(role, field)
    return printed


def _asked(rule: "list[str]") -> "list[str]":
    """The flags that a rule's words ask for, in full and not the beginning of another option."""
    valued = {word.partition("=")[0] for word in rule if word[0] == "-"}
    found: list[str] = []
    for word in rule:
        if word[0] == "~":
            found.append(word[1:])
        elif word[0] == "-" and ":" in word:
            found += word.partition(":")[0].split(",")
        elif word[0] != "-":
            found += (word.partition("|")[2] + "," + word.partition("?")[2]).split(",")
    return [flag for flag in found if flag[:1] == "-" and flag not in valued]


def _roles(roles: str, operands: "list[Field]") -> "list[tuple[str, Field]]":
    from .call import _assigned_roles

    return _assigned_roles(roles, operands)


def _run(after: Call) -> "str | None":
    text = next((field for option, field in after.values if after.table.get(option) == "x"), None)
    if text is not None:
        if text.text is None:
            after.opaque(f"{after.name}: what it runs is known only when it runs")
            return None
        return after.walker.source(text.text, after.state.copy(), after.walker.here)
    if not after.operands:
        return None
    first = after.operands[0]
    if after.name == "uv" and ((first.text or "").endswith(".py") or first.text == "-"):
        python = Field("python", first.written)
        return after.walker.run([python, *after.operands], after.state, after.assigned)
    name, at, _ = (first.text or "").partition("@")
    if at and name:
        first = Field(name, first.written)
    return after.walker.run([first, *after.operands[1:]], after.state, after.assigned)


def _word(found: Tool, word: str) -> None:
    """One word of a rule that names a file, a function, or says that it is not read."""
    word, _, only = word.partition("?")
    if only and not found.given(only):
        return
    word, _, unless = word.partition("|")
    if unless and found.given(unless):
        return
    if word == "!":
        found.opaque("what it does is not read")
    elif word[0] == "%":
        handler(word[1:])(found)  # type: ignore[arg-type]  # such a function takes the Tool
    elif word[0] == "*":
        _sources(found, tuple(word[1:].split(",")))
    else:
        _place(found, word)


def _place(found: Tool, word: str) -> None:
    """Note a write of what one word names."""
    if word.endswith("@none"):
        if found.after.operands:
            return
        word = word[:-5]
    if word[0] == "+":
        if not found.after.operands:
            return
        word = word[1:]
    if word[0] == "^":
        above = _above(found.call, (word[1:].rstrip("/"),))
        word = os.path.join(above, word[1:]) if above else word[1:]
    elif word[0] == "=":
        word = word[1:]
        base = found.project or found.call.state.folder
        if base is None or not os.path.lexists(os.path.join(base, word.rstrip("/"))):
            return
    if word.startswith("./"):
        found.write(word[2:])
    else:
        found.write(os.path.join(found.project, word) if found.project else word)


def _above(call: Call, names: "tuple[str, ...]") -> "str | None":
    """The nearest folder from the current one up that has one of the names."""
    folder = call.state.folder
    for _ in range(LEVELS):
        if folder is None:
            return None
        for name in names:
            path = os.path.join(folder, name)
            if path in call.walker.files or os.path.lexists(path):
                return folder
        parent = os.path.dirname(folder)
        folder = None if parent == folder else parent
    return None


def _has_project(found: Tool) -> bool:
    """Find the project's folder. Without the file that it needs a tool does nothing, if nothing can have made it."""
    call = found.call
    for name in found.needs.lstrip("?").split("|"):
        found.project = _above(call, (name,)) if name else None
        if found.project:
            return True
    optional = not found.needs or found.needs[0] == "?" or "%noneed" in found.rule
    if optional and "%needs" not in found.rule:
        return True
    folder = call.state.folder
    made = any(effect.op == "opaque" for effect in call.walker.effects)
    return made or folder is None or not os.path.isdir(folder)


def _sources(found: Tool, endings: "tuple[str, ...]") -> None:
    """Note a write of the project's files that end so, as far as they are few."""
    top = found.project or found.call.state.folder
    for path in listed(found.call, top, endings) if top else ():
        found.write(path)


def listed(call: Call, top: str, endings: "tuple[str, ...]") -> "list[str]":
    """The files below a folder that end so; opaque when they are more than are looked at."""
    made: list[str] = []
    seen = 0
    top = top.rstrip("/").removesuffix("/.") or "/"
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(name for name in folders if name[0] != "." and name not in devtools.SKIPPED)
        made += [os.path.join(folder, name) for name in sorted(names) if name.endswith(endings)]
        seen += len(names) + len(folders)
        if len(made) > FILES or seen > LOOKED or call.walker.deadline.passed():
            call.opaque(f"{call.name}: it may write more files below {top} than are looked at", (Field(top, top),))
            return []
    return made
