"""The policy file as a person writes it: YAML -> checked document -> the plain data that policy.py decides with.

Not on the agent's path: it runs when the policy has changed, and for `onetree policy`. Whatever is wrong is collected
and raised as one PolicyError, each finding with line and column.
"""

import math
import os
import re
import shlex
from dataclasses import dataclass, field
from difflib import get_close_matches

import pathspec
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from onetree import gitignore
from onetree.action import PHASES
from onetree.policy import FIXED, IN_TREE, MAX_BYTES, PolicyError, canonical, rebuild, stamp
from onetree.verdict import MODES, TIERS, WARN

# What `locks:` says of an engine that is a cluster (locks/etcd.py): text, and as what it is spoken of.
LOCKS = ("repository", "ca", "cert", "key", "user", "password_file")
ENGINE = re.compile(r"sqlite|etcds?://[^\s,/@:]+:[0-9]{1,5}(,[^\s,/@:]+:[0-9]{1,5})*")
KEYS = {
    "the policy": ("version", "write", "read", "opaque", "rollout", "guards", "adrs", "commits", "stale", "locks"),
    "a rule": ("tier", "paths", "adr", "why"),
    "rollout": ("default", "guards"),
    "a guard": ("name", "run", "phases", "timeout", "on_failure"),
    "commits": ("trailers",),
    "stale": ("unread", "edits", "exempt"),
    "locks": ("registry", "auto", "engine", *LOCKS),
}
NEEDED = {"the policy": ("version",), "a rule": ("tier", "paths"), "a guard": ("name", "run")}
KINDS = ("write", "read")
REGISTRIES = ("tree", "host")  # where locks are kept: in each tree, or for all repositories of the host
STALE_TIERS = ("allow", "warn", "block")
RULE_TIERS = TIERS[WARN:][::-1]
TIMEOUT = 2.0  # seconds, unless a guard's row says otherwise
LONGEST_TIMEOUT = 60.0
MOST_PATTERNS = 2000  # compiling them takes about a second

# What YAML's tags are called in a message.
NAMES = {"int": "the number", "float": "the number", "bool": "the truth value", "timestamp": "the date"}
QUOTE = "put it in quotes if it is meant as text"


@dataclass(frozen=True)
class PatternLine:
    """One pattern as written, and what it matches (gitignore.py)."""

    text: str
    line: int
    column: int
    include: bool
    forms: tuple[gitignore.Form, ...]


@dataclass(frozen=True)
class RuleLines:
    """One rule as written. kind: "read" or "write". tier: as in verdict.py."""

    kind: str
    tier: int
    why: str
    adr: int
    line: int
    column: int
    patterns: tuple[PatternLine, ...]


@dataclass
class Document:
    """A valid policy file.

    led: the folders that ~/ and // patterns begin with, and where symlinks lead from them. Each row of `externals` has
    its line beside what policy.Policy says of it.
    """

    rules: list[RuleLines] = field(default_factory=list)
    opaque: int = WARN
    default: str = MODES[-1]
    modes: dict[str, str] = field(default_factory=dict)
    externals: list[dict[str, object]] = field(default_factory=list)
    adrs: str = ""
    adrs_at: tuple[int, int] = (0, 0)
    trailers: list[str] = field(default_factory=list)
    locks: dict[str, object] = field(default_factory=dict)
    unread: int = WARN
    edits: int = WARN
    exempt: list[PatternLine] = field(default_factory=list)
    led: dict[str, str] = field(default_factory=dict)
    folds: bool = False


def parse(data: bytes, path: str, *, guards: tuple[str, ...], home: str, folds: bool) -> Document:
    """The document in a policy file's bytes. Raises PolicyError with all that is wrong with it.

    path: for messages. guards: names that the roll-out may speak of. folds: the file system ignores case.
    """
    reader = _Reader(guards, home, folds)
    if len(data) > MAX_BYTES:
        raise PolicyError(path, [(0, 0, f"is larger than {MAX_BYTES // 1024} KiB; write fewer, wider patterns")])
    try:
        reader.document(_compose(data))
    except _Unreadable as e:
        reader.findings.append(e.args)
    if reader.findings:
        raise PolicyError(path, sorted(reader.findings))
    return reader.found


def compiled(document: Document) -> dict[str, object]:
    """The document as plain data for marshal; policy.Policy takes it apart."""
    rules: dict[str, list[tuple[object, ...]]] = {kind: [] for kind in KINDS}
    for rule in sorted(document.rules, key=lambda r: -r.tier):
        patterns = [
            (p.text, p.line, p.include, space, prefix, regex) for p in rule.patterns for space, prefix, regex in p.forms
        ]
        rules[rule.kind].append((rule.tier, rule.why, rule.adr, patterns))
    return {
        "rules": rules,
        "opaque": document.opaque,
        "default": document.default,
        "modes": document.modes,
        "externals": document.externals,
        "adrs": document.adrs,
        "trailers": document.trailers,
        "locks": document.locks,
        "unread": document.unread,
        "edits": document.edits,
        "exempt": [
            (p.text, p.line, p.include, space, prefix, regex)
            for p in document.exempt
            for space, prefix, regex in p.forms
        ],
        "folds": document.folds,
        # One look at each folder on the way is much cheaper than realpath() for every one of them.
        "straight": sorted({part for name, real in document.led.items() if real == name for part in _way(name)}),
        "led": {name: real for name, real in document.led.items() if real != name},
        "code": {f: stamp(f) for f in (__file__, gitignore.__file__, pathspec.__file__)},
    }


def _way(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:i]) for i in range(2, len(parts) + 1)]


# --- analysis of valid documents -------------------------------------------------------------------------------------


def useless(document: Document) -> list[tuple[int, int, str]]:
    """Rules and patterns that can never decide anything: (line, column, text)."""
    found = []
    for rule in document.rules:
        found += _dead(rule)
    for i, rule in enumerate(document.rules):
        for j, other in enumerate(document.rules):
            before = other.tier > rule.tier or (other.tier == rule.tier and j < i)
            if rule.kind == other.kind and before and _covers(other, rule):
                text = f"this rule never decides: the rule at line {other.line} ({TIERS[other.tier]}) has all its paths"
                found.append((rule.line, rule.column, f"{text}; take one of them out"))
                break
    return sorted(found)


def _dead(rule: RuleLines) -> list[tuple[int, int, str]]:
    found = []
    for i, p in enumerate(rule.patterns):
        before, after = rule.patterns[:i], rule.patterns[i + 1 :]
        # The same again changes something only if what lies between says otherwise of some name.
        run = before[max((k + 1 for k, q in enumerate(before) if q.include != p.include), default=0) :]
        twin = next((q for q in run if q.text == p.text), None)
        undone = next((q for q in after if p.include and q.text == f"!{p.text}"), None)
        if not p.include and not any(q.include for q in before):
            found.append((p.line, p.column, f"{p.text!r} excepts from nothing; put it behind what it excepts from"))
        elif twin:
            found.append((p.line, p.column, f"{p.text!r} is already at line {twin.line}; take it out"))
        elif undone:
            found.append((p.line, p.column, f"{p.text!r} is taken back at line {undone.line}; take both out"))
    return found


def _covers(outer: RuleLines, inner: RuleLines) -> bool:
    """Whether whatever `inner` matches is matched by `outer`: each pattern is there, with no further exception."""
    return all(
        any(_exceptions(outer, i) <= _exceptions(inner, k) for i, q in enumerate(outer.patterns) if q.text == p.text)
        for k, p in enumerate(inner.patterns)
        if p.include
    )


def _exceptions(rule: RuleLines, after: int) -> set[str]:
    return {p.text for p in rule.patterns[after + 1 :] if not p.include}


def absent(document: Document, names: list[tuple[str, bool]]) -> list[tuple[int, int, str]]:
    """Patterns that name a place in the tree where nothing is, so perhaps misspelt. names: (below the root, folder)."""
    subjects = [canonical(n, document.folds) + ("/" if is_dir else "") for n, is_dir in names]
    found = []
    for p in (p for rule in document.rules for p in rule.patterns):
        if any(space == IN_TREE for space, _, _ in p.forms):
            match = rebuild(p.forms[0][2]).match
            if not any(match(s) for s in subjects):
                found.append((p.line, p.column, f"{p.text!r} matches nothing that is here now"))
    return found


# --- YAML ------------------------------------------------------------------------------------------------------------


class _Unreadable(Exception):
    """Not YAML: (line, column, text)."""


def _compose(data: bytes) -> Node | None:
    """The node tree of the only document. Nothing is constructed, so aliases cost nothing and tags do nothing."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line, column = data.count(b"\n", 0, e.start) + 1, e.start - data.rfind(b"\n", 0, e.start)
        raise _Unreadable(line, column, f"byte 0x{data[e.start]:02x} is not UTF-8; save the file as UTF-8") from None
    try:
        node: Node | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        at = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        says = " ".join(f"{e.problem or e.context}{f' ({e.context})' if e.problem and e.context else ''}".split())
        raise _Unreadable(*at, f"is not YAML: {says}") from None
    except ReaderError as e:
        # Its position counts from the buffer it was reading, so the character is looked for.
        where = text.find(chr(e.character)) if isinstance(e.character, int) else text.find(str(e.character))
        line, column = text.count("\n", 0, where) + 1, where - text.rfind("\n", 0, where)
        character = ord(text[where])
        raise _Unreadable(line, column, f"character U+{character:04X} cannot stand in YAML; take it out") from None
    except RecursionError:
        raise _Unreadable(0, 0, "is nested too deeply to read; a policy has five levels") from None
    except (YAMLError, ValueError, TypeError, AttributeError, LookupError, AssertionError) as e:
        raise _Unreadable(0, 0, f"is not YAML that can be read: {' '.join(str(e).split())[:200]}") from None
    return node


class _Reader:
    """Goes through the node tree; what is right ends up in `found`, what is wrong in `findings`."""

    def __init__(self, guards: tuple[str, ...], home: str, folds: bool) -> None:
        self.findings: list[tuple[int, int, str]] = []
        self.found = Document(folds=folds)
        self.guards = guards
        self.home = home
        self.patterns = 0

    def wrong(self, node: Node, text: str) -> None:
        self.findings.append((*_at(node), text))

    def document(self, node: Node | None) -> None:
        if node is None:
            self.findings.append((1, 1, "is empty; write at least `version: 1`"))
            return
        top = self.mapping(node, "the policy")
        if "version" in top and not (_tag(top["version"]) == "int" and top["version"].value == "1"):
            self.wrong(top["version"], f"version is {_says(top['version'])}; this onetree knows version 1 only")
        for kind in KINDS:
            for item in self.items(top.get(kind), f"{kind}", "rules"):
                self.rule(kind, item)
        if "opaque" in top:
            self.found.opaque = TIERS.index(self.choice(top["opaque"], "opaque", TIERS) or TIERS[WARN])
        for item in self.items(top.get("guards"), "guards", "guards"):
            self.external(item)
        if "rollout" in top:
            self.rollout(top["rollout"])
        if "adrs" in top:
            self.found.adrs = self.folder(top["adrs"])
            self.found.adrs_at = _at(top["adrs"])
        if "stale" in top:
            self.stale(top["stale"])
        if "commits" in top:
            keys = self.mapping(top["commits"], "commits")
            self.found.trailers = [
                name for n in self.items(keys.get("trailers"), "trailers", "names") if (name := self.trailer(n))
            ]
        if "locks" in top:
            keys = self.mapping(top["locks"], "locks")
            if "registry" in keys:
                self.found.locks["registry"] = self.choice(keys["registry"], "registry", REGISTRIES) or "tree"
            if "engine" in keys:
                engine = self.text(keys["engine"], "engine")
                if not ENGINE.fullmatch(engine):
                    self.wrong(
                        keys["engine"], "engine is neither sqlite nor like etcd://host:2379,host2:2379 (or etcds:)"
                    )
                self.found.locks["engine"] = engine
            for key in LOCKS:
                if key in keys:
                    self.found.locks[key] = self.text(keys[key], key)
            if "auto" in keys:
                self.found.locks["auto"] = self.choice(keys["auto"], "auto", ("true", "false")) == "true"

    def stale(self, node: Node) -> None:
        keys = self.mapping(node, "stale")
        for name in ("unread", "edits"):
            if name in keys:
                tier = self.choice(keys[name], name, STALE_TIERS) or TIERS[WARN]
                setattr(self.found, name, TIERS.index(tier))
        items = self.items(keys.get("exempt"), "exempt", "patterns")
        self.found.exempt = [p for p in map(self.pattern, items) if p]

    def rule(self, kind: str, node: Node) -> None:
        keys = self.mapping(node, "a rule")
        tier = self.choice(keys["tier"], "tier", RULE_TIERS) if "tier" in keys else None
        adr = self.number(keys["adr"]) if "adr" in keys else 0
        why = " ".join(self.text(keys["why"], "why").split()) if "why" in keys else ""
        items = self.items(keys.get("paths"), "paths", "patterns", empty=False)
        patterns = [p for p in map(self.pattern, items) if p]
        if patterns and not any(p.include for p in patterns):
            self.wrong(
                keys["paths"], 'paths has only exceptions ("!"), so the rule matches nothing; name what it is for'
            )
        if tier:
            self.found.rules.append(RuleLines(kind, TIERS.index(tier), why, adr, *_at(node), tuple(patterns)))

    def pattern(self, node: Node) -> PatternLine | None:
        text = self.text(node, "a pattern")
        if not text:
            return None
        self.patterns += 1
        if self.patterns > MOST_PATTERNS:
            if self.patterns == MOST_PATTERNS + 1:
                self.wrong(node, f"there are more than {MOST_PATTERNS} patterns; write fewer, wider ones")
            return None
        try:
            found = gitignore.forms(text, self.home, self.found.folds, self.found.led)
        except ValueError as e:
            self.wrong(node, f"pattern {_short(text)} {e}")
            return None
        return PatternLine(text, *_at(node), not text.startswith("!"), found)

    def rollout(self, node: Node) -> None:
        keys = self.mapping(node, "rollout")
        if "default" in keys:
            self.found.default = self.choice(keys["default"], "default", MODES) or MODES[-1]
        if "guards" not in keys:
            return
        known = (*self.guards, *(str(row["name"]) for row in self.found.externals))
        for key, value in self.pairs(keys["guards"], "guards"):
            if key.value in FIXED:
                self.wrong(key, f"{key.value} cannot be switched off or softened; take it out")
            elif key.value not in known:
                self.wrong(key, f"there is no guard {_short(key.value)}{_meant(key.value, known)}")
            elif mode := self.choice(value, key.value, MODES):
                self.found.modes[key.value] = mode

    def external(self, node: Node) -> None:
        keys = self.mapping(node, "a guard")
        name = self.text(keys["name"], "name") if "name" in keys else ""
        if name and not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,63}", name):
            self.wrong(keys["name"], f"name is {_short(name)}; write lower-case letters, digits and dashes")
        elif name in (*FIXED, *self.guards, *(row["name"] for row in self.found.externals)):
            self.wrong(keys["name"], f"there is already a guard {name}; give it another name")
        phases = [
            self.choice(n, "phases", PHASES) or ""
            for n in self.items(keys.get("phases"), "phases", "phases", empty=False)
        ]
        row: dict[str, object] = {
            "name": name,
            "run": self.argv(keys["run"]) if "run" in keys else [],
            "phases": phases or [PHASES[0]],
            "timeout": self.seconds(keys["timeout"]) if "timeout" in keys else TIMEOUT,
            "on_failure": TIERS[-1],
            "line": _at(node)[0],
        }
        if "on_failure" in keys:
            row["on_failure"] = self.choice(keys["on_failure"], "on_failure", ("block", "warn", "allow")) or TIERS[-1]
        self.found.externals.append(row)

    def argv(self, node: Node) -> list[str]:
        if isinstance(node, SequenceNode):
            words = [self.text(n, "a word of run") for n in self.items(node, "run", "words", empty=False)]
        else:
            text = self.text(node, "run")
            try:
                words = shlex.split(text)
            except ValueError as e:
                self.wrong(node, f"run is {_short(text)}: {e}; write a list of words")
                return []
            if text and not words:
                self.wrong(node, "run names no program; write its path")
        if any("\0" in w for w in words):
            self.wrong(node, "run has a NUL character, which no argument can have; take it out")
        return words

    def seconds(self, node: Node) -> float:
        value = math.nan
        if _tag(node) in ("int", "float"):
            try:
                value = float(node.value.replace("_", ""))
            except ValueError:
                value = math.nan
        if not 0 < value <= LONGEST_TIMEOUT:
            self.wrong(node, f"timeout is {_says(node)}; write seconds, more than 0 and at most {LONGEST_TIMEOUT:g}")
        return value

    def number(self, node: Node) -> int:
        if _tag(node) == "int" and re.fullmatch(r"[0-9]{1,6}", node.value) and int(node.value) > 0:
            return int(node.value)
        self.wrong(node, f"adr is {_says(node)}; write the number of a decision record, 1 or more")
        return 0

    def folder(self, node: Node) -> str:
        text = self.text(node, "adrs")
        names = text.rstrip("/").split("/")
        if text and (text.startswith(("/", "~")) or ".." in names or "\0" in text):
            self.wrong(node, f"adrs is {_short(text)}; write a folder below the root of the tree, without ..")
        return os.path.normpath(text) if text else ""

    def trailer(self, node: Node) -> str:
        """A trailer's key: letters, digits and dashes (git-interpret-trailers(1))."""
        text = self.text(node, "a trailer")
        if text and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", text):
            self.wrong(node, f"a trailer is {_short(text)}; write letters, digits and dashes, as in Agent")
            return ""
        return text

    # The pieces of YAML. Each says what it found and what it takes.

    def mapping(self, node: Node, what: str) -> dict[str, Node]:
        """The known keys of a mapping; the unknown, doubled and missing ones are findings."""
        found = {}
        for key, value in self.pairs(node, what):
            if key.value in KEYS[what]:
                found[key.value] = value
            else:
                self.wrong(key, f"unknown key {_short(key.value)} in {what}{_meant(key.value, KEYS[what])}")
        if isinstance(node, MappingNode):
            for name in NEEDED.get(what, ()):
                if name not in found:
                    self.wrong(node, f"{what} needs the key {name}; its keys are {', '.join(KEYS[what])}")
        return found

    def pairs(self, node: Node, what: str) -> list[tuple[ScalarNode, Node]]:
        if not isinstance(node, MappingNode):
            self.wrong(node, f"{what} is {_says(node)}; write keys and values, as in `key: value`")
            return []
        found: dict[str, tuple[ScalarNode, Node]] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.wrong(key, f"a key of {what} is {_says(key)}; write a word")
            elif key.value in found:
                line = found[key.value][0].start_mark.line + 1
                self.wrong(key, f"the key {_short(key.value)} is already at line {line}; take one of them out")
            else:
                if isinstance(value, ScalarNode) and not value.value and not value.style:
                    value.start_mark = key.end_mark  # of nothing ruamel gives the place where the next thing begins
                found[key.value] = (key, value)
        return list(found.values())

    def items(self, node: Node | None, what: str, of: str, *, empty: bool = True) -> list[Node]:
        if node is None:
            return []
        if not isinstance(node, SequenceNode):
            self.wrong(node, f"{what} is {_says(node)}; write a list of {of}, as in [a, b], or take the key out")
            return []
        if not node.value and not empty:
            self.wrong(node, f"{what} is an empty list; name at least one")
        return list(node.value)

    def text(self, node: Node, what: str) -> str:
        """A text that is not empty; "" if it is none, and then that is a finding."""
        if _tag(node) == "str" and node.value.strip():
            return str(node.value)
        hint = f"; {QUOTE}" if isinstance(node, ScalarNode) and _tag(node) != "str" else "; write a text"
        self.wrong(node, f"{what} is {_says(node)}{hint}")
        return ""

    def choice(self, node: Node, what: str, among: tuple[str, ...]) -> str | None:
        # Of a scalar only its letters count: `off` is a truth value in YAML 1.1, which a file can declare.
        if isinstance(node, ScalarNode) and node.value in among:
            return str(node.value)
        self.wrong(node, f"{what} is {_says(node)}; write one of {', '.join(among)}")
        return None


def _at(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _tag(node: Node) -> str:
    if not isinstance(node, ScalarNode):
        return ""
    return str(node.tag).removeprefix("tag:yaml.org,2002:")


def _says(node: Node) -> str:
    """What a node is, for a message."""
    if isinstance(node, SequenceNode):
        return "a list"
    if isinstance(node, MappingNode):
        return "a mapping"
    tag = _tag(node)
    if tag == "null":
        return "nothing"
    if tag == "str" or tag not in NAMES:
        return _short(node.value) if tag == "str" else f"tagged {_short(str(node.tag))}"
    return f"{NAMES[tag]} {node.value[:40]}"


def _short(text: str) -> str:
    """A text in quotes, on one line, of bounded length."""
    return ascii(text) if len(text) <= 60 and not text.isprintable() else repr(text[:60] + "..." * (len(text) > 60))


def _meant(word: str, among: tuple[str, ...]) -> str:
    close = get_close_matches(word, among, 1)
    return f"; {f'did you mean {close[0]}? ' if close else ''}there are {', '.join(among) or 'none'}"
