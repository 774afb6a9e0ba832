"""A policy file is valid, or every mistake in it is told with line, column, fact and way out; never a traceback."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import onetree
from onetree import policyfile
from onetree.policy import ANYWHERE, IN_FULL, IN_TREE, MAX_BYTES, PolicyError
from onetree.policyfile import Document, absent, parse, useless

GUARDS = ("write-guard", "read-guard")
HOME = "/home/ann"
DEFAULT = Path(onetree.__file__).parent / "default_policy.yaml"


def parsed(text: "str | bytes", *, folds: bool = False) -> Document:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return parse(data, "P", guards=GUARDS, home=HOME, folds=folds)


def findings(text: "str | bytes") -> "list[str]":
    with pytest.raises(PolicyError) as e:
        parsed(text)
    assert str(e.value).split("\n") == [f"P:{ln}:{col}: {t}" if ln else f"P: {t}" for ln, col, t in e.value.findings]
    return str(e.value).split("\n")


def rule(paths: str, *more: str) -> str:
    return "\n".join(
        ["version: 1", "write:", "  - tier: block", f"    paths: {paths}", *(f"    {m}" for m in more), ""]
    )


TIERS = "block, checkpoint, warn"
POLICY_KEYS = "version, write, read, opaque, rollout, guards, adrs, commits, stale, locks"

# (text, the findings), with the reason as id
INVALID = [
    pytest.param("", ["P:1:1: is empty; write at least `version: 1`"], id="empty"),
    pytest.param("# nothing\n", ["P:1:1: is empty; write at least `version: 1`"], id="only a comment"),
    pytest.param(
        "opaque: warn\n", [f"P:1:1: the policy needs the key version; its keys are {POLICY_KEYS}"], id="no version"
    ),
    pytest.param(
        "version: 2\n", ["P:1:10: version is the number 2; this onetree knows version 1 only"], id="version 2"
    ),
    pytest.param("version: '1'\n", ["P:1:10: version is '1'; this onetree knows version 1 only"], id="version as text"),
    pytest.param("[]\n", ["P:1:1: the policy is a list; write keys and values, as in `key: value`"], id="a list"),
    pytest.param("hello\n", ["P:1:1: the policy is 'hello'; write keys and values, as in `key: value`"], id="a word"),
    pytest.param(
        "version: 1\nwirte: []\n",
        [f"P:2:1: unknown key 'wirte' in the policy; did you mean write? there are {POLICY_KEYS}"],
        id="unknown key",
    ),
    pytest.param(
        "version: 1\nopaque: warn\nopaque: block\n",
        ["P:3:1: the key 'opaque' is already at line 2; take one of them out"],
        id="doubled key",
    ),
    pytest.param(
        "version: 1\n? [a]\n: b\n", ["P:2:3: a key of the policy is a list; write a word"], id="a list as key"
    ),
    pytest.param(
        "version: 1\nopaque: blok\n",
        ["P:2:9: opaque is 'blok'; write one of allow, warn, checkpoint, block"],
        id="opaque",
    ),
    pytest.param(
        "version: 1\nlocks: {auto: maybe}\n",
        ["P:2:15: auto is 'maybe'; write one of true, false"],
        id="locks taken by themselves, perhaps",
    ),
    pytest.param(
        "version: 1\nlocks: {registry: cloud}\n",
        ["P:2:19: registry is 'cloud'; write one of tree, host"],
        id="where locks are kept",
    ),
    pytest.param(
        "version: 1\nopaque:\n",
        ["P:2:7: opaque is nothing; write one of allow, warn, checkpoint, block"],
        id="no value",
    ),
    pytest.param(
        "version: 1\nwrite: {}\n",
        ["P:2:8: write is a mapping; write a list of rules, as in [a, b], or take the key out"],
        id="rules as a mapping",
    ),
    pytest.param(
        "version: 1\nread:\n",
        ["P:2:5: read is nothing; write a list of rules, as in [a, b], or take the key out"],
        id="no rules",
    ),
    pytest.param(
        "version: 1\nwrite:\n  - .env\n",
        [
            "P:3:5: a rule is '.env'; write keys and values, as in `key: value`",
        ],
        id="a pattern as a rule",
    ),
    pytest.param(
        "version: 1\nwrite:\n  - {}\n",
        [
            "P:3:5: a rule needs the key paths; its keys are tier, paths, adr, why",
            "P:3:5: a rule needs the key tier; its keys are tier, paths, adr, why",
        ],
        id="an empty rule",
    ),
    pytest.param(
        "version: 1\nwrite:\n  - {tier: allow, paths: [a]}\n",
        [f"P:3:12: tier is 'allow'; write one of {TIERS}"],
        id="tier allow",
    ),
    pytest.param(
        "version: 1\nwrite:\n  - {tier: 3, paths: [a]}\n",
        [f"P:3:12: tier is the number 3; write one of {TIERS}"],
        id="tier 3",
    ),
    pytest.param(
        rule(".env"),
        ["P:4:12: paths is '.env'; write a list of patterns, as in [a, b], or take the key out"],
        id="paths is a text",
    ),
    pytest.param(rule("[]"), ["P:4:12: paths is an empty list; name at least one"], id="no paths"),
    pytest.param(
        rule("[5]"),
        ["P:4:13: a pattern is the number 5; put it in quotes if it is meant as text"],
        id="a number as pattern",
    ),
    pytest.param(
        rule("[a, ~, [b], !x c]"),
        [
            "P:4:16: a pattern is nothing; put it in quotes if it is meant as text",
            "P:4:19: a pattern is a list; write a text",
            "P:4:24: a pattern is tagged '!x'; put it in quotes if it is meant as text",
        ],
        id="other things as patterns, each told",
    ),
    pytest.param(
        rule('["!a"]'),
        ['P:4:12: paths has only exceptions ("!"), so the rule matches nothing; name what it is for'],
        id="only exceptions",
    ),
    pytest.param(
        rule("[a]", "adr: x"), ["P:5:10: adr is 'x'; write the number of a decision record, 1 or more"], id="adr x"
    ),
    pytest.param(
        rule("[a]", "adr: 0"),
        ["P:5:10: adr is the number 0; write the number of a decision record, 1 or more"],
        id="adr 0",
    ),
    pytest.param(rule("[a]", "why: [x]"), ["P:5:10: why is a list; write a text"], id="why is a list"),
    pytest.param(
        rule("[a]", "why: 7"),
        ["P:5:10: why is the number 7; put it in quotes if it is meant as text"],
        id="why is a number",
    ),
    pytest.param(
        "version: 1\nrollout: warn\n",
        ["P:2:10: rollout is 'warn'; write keys and values, as in `key: value`"],
        id="rollout is a word",
    ),
    pytest.param(
        "version: 1\nrollout: {default: on}\n",
        ["P:2:20: default is 'on'; write one of off, monitor, warn, enforce"],
        id="unknown mode",
    ),
    pytest.param(
        "version: 1\nrollout: {guards: {write-gard: warn}}\n",
        ["P:2:20: there is no guard 'write-gard'; did you mean write-guard? there are write-guard, read-guard"],
        id="unknown guard",
    ),
    pytest.param(
        "version: 1\nrollout: {guards: {self-protection: off, off-switch: warn}}\n",
        [
            "P:2:20: self-protection cannot be switched off or softened; take it out",
            "P:2:42: off-switch cannot be switched off or softened; take it out",
        ],
        id="what cannot be switched off",
    ),
    pytest.param(
        "version: 1\nadrs: ../x\n",
        ["P:2:7: adrs is '../x'; write a folder below the root of the tree, without .."],
        id="adrs outside",
    ),
    pytest.param(
        "version: 1\nguards:\n  - {name: write-guard, run: [x]}\n  - {name: Mine, run: ''}\n  - {name: a}\n",
        [
            "P:3:12: there is already a guard write-guard; give it another name",
            "P:4:12: name is 'Mine'; write lower-case letters, digits and dashes",
            "P:4:23: run is ''; write a text",
            "P:5:5: a guard needs the key run; its keys are name, run, phases, timeout, on_failure",
        ],
        id="guards of one's own",
    ),
    pytest.param(
        'version: 1\nguards: [{name: a, run: "x \'y", phases: [befor], timeout: .inf, on_failure: checkpoint}]\n',
        [
            'P:2:25: run is "x \'y": No closing quotation; write a list of words',
            "P:2:42: phases is 'befor'; write one of before, after, prompt, session, other",
            "P:2:59: timeout is the number .inf; write seconds, more than 0 and at most 60",
            "P:2:77: on_failure is 'checkpoint'; write one of block, warn, allow",
        ],
        id="all that can be wrong in one",
    ),
    pytest.param(
        'version: 1\nguards: [{name: a, run: [x, 3]}, {name: a, run: ["x\\0"]}]\n',
        [
            "P:2:29: a word of run is the number 3; put it in quotes if it is meant as text",
            "P:2:41: there is already a guard a; give it another name",
            "P:2:49: run has a NUL character, which no argument can have; take it out",
        ],
        id="words of a program",
    ),
]


@pytest.mark.parametrize(("text", "expected"), INVALID)
def test_what_is_wrong_is_told_with_its_place(text: str, expected: "list[str]") -> None:
    assert findings(text) == expected


# Texts that are no YAML, and the beginning of the finding
NOT_YAML = [
    pytest.param("version: 1\nwrite: [", "P:2:9: is not YAML: expected the node content", id="cut off"),
    pytest.param("version: 1\n\tread: []\n", "P:2:1: is not YAML: found character '\\t'", id="a tab"),
    pytest.param("version: 1: 2\n", "P:1:11: is not YAML: mapping values are not allowed here", id="two colons"),
    pytest.param("version: 1\n---\nversion: 1\n", "P:2:1: is not YAML: but found another document", id="two documents"),
    pytest.param("version: *x\n", "P:1:10: is not YAML: found undefined alias 'x'", id="an alias of nothing"),
    pytest.param("version: 1\nadrs: a\0b\n", "P:2:8: character U+0000 cannot stand in YAML; take it out", id="a NUL"),
    pytest.param(
        "version: 1\nadrs: a\x07b\n", "P:2:8: character U+0007 cannot stand in YAML; take it out", id="a bell"
    ),
    pytest.param(b"version: 1\nadrs: \xff\n", "P:2:7: byte 0xff is not UTF-8; save the file as UTF-8", id="not UTF-8"),
    pytest.param("version: 1\n".encode("utf-16"), "P:1:1: byte 0xff is not UTF-8; save the file as UTF-8", id="UTF-16"),
    pytest.param("[" * 10_000, "P: is nested too deeply to read", id="deep"),
    pytest.param("{a: " * 5_000, "P: is nested too deeply to read", id="deep mappings"),
    pytest.param("x" * (MAX_BYTES + 1), "P: is larger than 256 KiB", id="too large"),
    pytest.param("%YAML 9.9\n---\nversion: 1\n", "P:1:1: is not YAML: found incompatible YAML", id="another YAML"),
    pytest.param("version: 'a\n", "P:2:1: is not YAML: found unexpected end of stream", id="an open quote"),
]


@pytest.mark.parametrize(("text", "begins"), NOT_YAML)
def test_what_is_no_yaml_is_told_with_its_place(text: "str | bytes", begins: str) -> None:
    (found,) = findings(text)
    assert found.startswith(begins)


def test_an_alias_bomb_costs_nothing() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    found = findings("\n".join(["version: 1", *lines, "write: *a39", ""]))
    assert len(found) == 40 + 9
    assert found[0].startswith("P:2:1: unknown key 'a0'")


def test_a_list_that_holds_itself() -> None:
    assert findings(rule("&a [*a]")) == ["P:4:12: a pattern is a list; write a text"]


def test_aliases_and_tags_of_texts_are_yaml_too() -> None:
    document = parsed(
        "version: 1\nwrite:\n  - {tier: block, paths: &p [a]}\nread:\n  - {tier: !!str warn, paths: *p}\n"
    )
    assert [[p.text for p in r.patterns] for r in document.rules] == [["a"], ["a"]]


# (pattern, what its finding says)
BAD_PATTERNS = [
    ("", "is ''; write a text"),
    ("/", "matches nothing"),
    ("//", "matches nothing"),
    ("!", "matches nothing"),
    ("#x", "is a comment to gitignore; write \\# "),
    (" .env", "begins or ends with white space"),
    (".env ", "begins or ends with white space"),
    (".env\n", "begins or ends with white space"),
    ("a//b", "has a doubled slash"),
    ("///a", "has a doubled slash"),
    ("./a", 'has a name "." or ".."'),
    ("a/../b", 'has a name "." or ".."'),
    ("~/../x", 'has a name "." or ".."'),
    ("$HOME/x", "begins with what is not expanded"),
    ("${X}", "begins with what is not expanded"),
    ("%APPDATA%/x", "begins with what is not expanded"),
    ("~bob/x", "begins with what is not expanded"),
    ("~", "begins with what is not expanded"),
    ("a[", "has a [ that is not closed before the next slash; write \\["),
    ("[a/b]", "has a [ that is not closed before the next slash"),
    ("[z-a]", "is no gitignore pattern: bad character range z-a"),
    ("[[:alpha:]]", "has a class like [:alpha:]"),
    ("a\\", "is no gitignore pattern: Escape character found with no next character"),
    ("x" * 1001, "has more than 1000 characters"),
]


@pytest.mark.parametrize(("pattern", "fact"), BAD_PATTERNS, ids=[p[:20] or "empty" for p, _ in BAD_PATTERNS])
def test_a_pattern_that_would_match_nothing_or_something_else_is_refused(pattern: str, fact: str) -> None:
    for text in (pattern, f"!{pattern}") if pattern not in ("", "!") else (pattern,):
        if text == "!#x":
            continue  # "!" makes it no comment
        (found,) = findings(rule(json.dumps(["ok", text])))
        assert found.startswith(("P:4:19: a pattern", "P:4:19: pattern"))
        assert fact in found
        assert len(found) < 200


@pytest.mark.parametrize(
    "pattern", ["a b", "!!x", "a.b", "..a", "**", "*", "*/", "**/", "\\#x", "[]a]", "[[]", "a~", "a&&b", "[--a]"]
)
def test_odd_patterns_that_are_fine(pattern: str) -> None:
    parsed(rule(json.dumps(["ok", pattern])))


def test_too_many_patterns_are_told_once() -> None:
    (found,) = findings(rule(json.dumps([f"a{i}" for i in range(2005)])))
    assert found.startswith("P:4:") and "there are more than 2000 patterns" in found  # noqa: PT018


def test_a_byte_order_mark_and_windows_line_ends() -> None:
    document = parsed(b"\xef\xbb\xbf" + rule("[.env]").replace("\n", "\r\n").encode())
    assert [(r.line, r.column) for r in document.rules] == [(3, 5)]


def test_off_is_a_word_in_yaml_1_1_too() -> None:
    text = "version: 1\nrollout: {default: off}\n"
    assert parsed(text).default == parsed(f"%YAML 1.1\n---\n{text}").default == "off"


def test_all_that_can_be_said() -> None:
    document = parsed("""\
version: 1
write:
  - tier: checkpoint
    paths:
      - a/*
      - "!b"
    adr: 0007
    why: >
      because
      of that
read: []
opaque: allow
rollout:
  default: monitor
  guards: {write-guard: warn, mine: "off"}
guards:
  - name: mine
    run: ./check --all "a b"
  - {name: other, run: [x, y], phases: [after, prompt], timeout: 0.5, on_failure: allow}
adrs: doc/adr/
""")
    (found,) = document.rules
    assert (found.kind, found.tier, found.adr, found.why, found.line, found.column) == (
        "write",
        2,
        7,
        "because of that",
        3,
        5,
    )
    assert [(p.text, p.line, p.column, p.include) for p in found.patterns] == [("a/*", 5, 9, True), ("!b", 6, 9, False)]
    assert [(space, prefix) for p in found.patterns for space, prefix, _ in p.forms] == [
        (IN_TREE, "a"),
        (ANYWHERE, "b"),
    ]
    assert (document.opaque, document.default, document.adrs) == (0, "monitor", "doc/adr")
    assert document.modes == {"write-guard": "warn", "mine": "off"}
    assert [list(row.values()) for row in document.externals] == [
        ["mine", ["./check", "--all", "a b"], ["before"], 2.0, "block", 17],
        ["other", ["x", "y"], ["after", "prompt"], 0.5, "allow", 19],
    ]
    assert list(document.externals[0]) == ["name", "run", "phases", "timeout", "on_failure", "line"]


@pytest.mark.parametrize(
    ("pattern", "space", "prefix"),
    [
        ("a/b/*.c/d", IN_TREE, "a/b"),
        ("/a", IN_TREE, "a"),
        ("/a\\*b/x?", IN_TREE, "a*b"),
        ("*/a", IN_TREE, ""),
        ("**/a", ANYWHERE, ""),
        ("a/", ANYWHERE, "a"),
        ("~/.ssh/**", IN_FULL, "/home/ann/.ssh"),
        ("//var/*", IN_FULL, "/var"),
        ("//*", IN_FULL, ""),
    ],
)
def test_where_a_pattern_speaks(pattern: str, space: int, prefix: str) -> None:
    found = parsed(rule(json.dumps([pattern]))).rules[0].patterns[0].forms[0]
    assert found[:2] == (space, prefix)


@settings(max_examples=300)
@given(
    st.one_of(st.text(), st.lists(st.sampled_from(list("[]{}:-,!&*?|>'\"%@`~#\n\t 1a\\\0")), max_size=30).map("".join))
)
@example("!<")
@example("? ")
@example("- !!binary x")
@example("version: !!int x")
def test_no_text_makes_it_fail_otherwise(text: str) -> None:
    for whole in (text, f"version: 1\nwrite: {text}", f"version: 1\nguards: [{{name: a, run: b, timeout: {text}}}]"):
        said = ["P: "]
        try:
            parsed(whole)
        except PolicyError as e:
            said = str(e).split("\n")
        assert said
        assert all(line.startswith("P:") for line in said)


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_no_bytes_either(data: bytes) -> None:
    with pytest.raises(PolicyError):
        parsed(b"- " + data)


# --- useless rules ---------------------------------------------------------------------------------------------------


def told(*rules: str, kind: str = "write") -> "list[str]":
    body = "".join(f"  - {r}\n" for r in rules)
    return [f"{line}: {text}" for line, _, text in useless(parsed(f"version: 1\n{kind}:\n{body}"))]


A, B = "{tier: block, paths: %s}", "{tier: warn, paths: %s}"
NEVER = ["4: this rule never"]
USELESS = {
    "two that differ": ([A % "[a]", B % "[b]"], []),
    "a weaker one": ([A % "[a]", B % "[a]"], NEVER),
    "a stronger one later": ([B % "[a]", A % "[a]"], ["3: this rule never"]),
    "the same twice": ([B % "[a]", B % "[a]"], NEVER),
    "a part of another": ([B % "[a, b]", B % "[b]"], NEVER),
    "more than another": ([B % "[b]", B % "[a, b]"], []),
    "the stronger has an exception": ([A % "[a, '!c']", B % "[a]"], []),
    "an exception of nothing": ([A % "['!c', a]", B % "[a]"], ["3: '!c' excepts from nothing", *NEVER]),
    "both have the exception": ([A % "[a, '!c']", B % "[a, '!c', '!d']"], NEVER),
    "both have it, but elsewhere": ([A % "[a, '!c']", B % "[b, '!c', a]"], []),
    "a pattern twice": ([A % "[a, b, a]"], ["3: 'a' is already at line 3"]),
    "twice, with an exception between": ([A % "[a, '!b', a]"], []),
    "taken back": ([A % "[a, b, '!a']"], ["3: 'a' is taken back at line 3"]),
    "an exception of an exception": ([A % "[a, '!a/b', 'a/b/c']"], []),
}


@pytest.mark.parametrize(("rules", "beginnings"), USELESS.values(), ids=USELESS)
def test_useless_rules(rules: "list[str]", beginnings: "list[str]") -> None:
    found = told(*rules)
    assert len(found) == len(beginnings), found
    assert all(f.startswith(b) for f, b in zip(found, beginnings, strict=True)), found


def test_reading_and_writing_are_two_things() -> None:
    text = "version: 1\nwrite: [{tier: block, paths: [a]}]\nread: [{tier: warn, paths: [a]}]\n"
    assert useless(parsed(text)) == []


def test_patterns_of_places_where_nothing_is() -> None:
    document = parsed(rule('["a/*", /b/, "c/d", "*.none", "~/x", "!a/z"]'))
    found = absent(document, [("a", True), ("a/x", False), ("b", True)])
    assert [text for _, _, text in found] == [
        "'c/d' matches nothing that is here now",
        "'!a/z' matches nothing that is here now",
    ]


# --- the policy that init writes -------------------------------------------------------------------------------------


def test_the_default_policy_is_valid_and_has_nothing_useless() -> None:
    document = parsed(DEFAULT.read_bytes())
    assert useless(document) == []
    assert all(r.why for r in document.rules), "each rule says why"
    assert (document.opaque, document.default) == (1, "enforce")


WRITES = {
    ".env": 3,
    "web/.env.local": 3,
    "secrets/x": 3,
    "~/.ssh/config": 3,
    "~/.aws/config": 3,
    "~/.npmrc": 3,
    "server.key": 2,
    ".npmrc": 2,
    ".github/workflows/ci.yml": 2,
    ".mcp.json": 2,
    "~/.zshrc": 2,
    ".git/index.lock": 2,
    "web/package-lock.json": 1,
    "src/main.py": 0,
    ".env.example": 0,
    "web/.env.example": 0,
    "src/secrets/model.py": 0,
    "src/env.py": 0,
    ".gitignore": 0,
    ".github/pull_request_template.md": 0,
    "docs/.git.md": 0,
    "CLAUDE.md": 0,
    "node_modules/x/.env": 0,
    "node_modules/x/package-lock.json": 0,
    "~/.claude/projects/x/memory.md": 0,
    "/tmp/scratch.py": 0,
    "~/notes.md": 0,
}
READS = {
    ".env": 3,
    "~/.ssh/id_ed25519": 3,
    "~/.aws/credentials": 3,
    "~/.codex/auth.json": 3,
    "deploy/server.pem": 2,
    ".npmrc": 2,
    "infra/prod.tfstate": 2,
    ".env.example": 0,
    "~/.ssh/known_hosts": 0,
    "~/.ssh/id_ed25519.pub": 0,
    "~/.gitconfig": 0,
    "package-lock.json": 0,
    ".github/workflows/ci.yml": 0,
    ".venv/lib/python3.12/site-packages/certifi/cacert.pem": 0,
    "node_modules/x/test/fixture.key": 0,
    "/etc/ssl/cert.pem": 0,
    "/usr/lib/python3/x.py": 0,
    ".git/HEAD": 0,
}


@pytest.mark.parametrize(("op", "table"), [("write", WRITES), ("read", READS)])
def test_what_the_default_policy_says(op: str, table: "dict[str, int]") -> None:
    from onetree.paths import Place
    from onetree.policy import Policy

    policy = Policy("/tree", policyfile.compiled(parsed(DEFAULT.read_bytes())))
    found = {}
    for name in table:
        full = name.replace("~", HOME) if name[0] == "~" else name if name[0] == "/" else f"/tree/{name}"
        decision = policy.decide(op, Place(full, (full,)))
        found[name] = decision.tier if decision else 0
    assert found == table


@pytest.mark.parametrize(
    ("engine", "fine"),
    [
        ("sqlite", True), ("etcd://a:2379", True), ("etcds://a.example:2379,10.0.0.2:2379", True),
        ("etcd://a", False), ("etcd://user:password@a:2379", False), ("etcd://a:2379/", False),
        ("postgres://a:1", False),
    ],
)  # fmt: skip
def test_where_locks_are_kept(engine: str, fine: bool) -> None:
    text = f"version: 1\nlocks: {{engine: '{engine}', repository: api, ca: ca.pem}}\n"
    if fine:
        assert parsed(text).locks == {"engine": engine, "repository": "api", "ca": "ca.pem"}
    else:
        (found,) = findings(text)
        assert found.startswith("P:2:17: engine is neither sqlite nor like etcd://host:2379")
