"""The policy decides: tiers, patterns, names, trees; and its cache is neither stale nor forged."""

import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pathspec
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

import onetree
from onetree import gitignore, paths, policy, policyfile, sealed
from onetree.policy import Decision, Policy, PolicyError, canonical, load, rebuild
from onetree.verdict import BLOCK, CHECKPOINT, WARN

GUARDS = ("write-guard", "read-guard")
HOME = "/home/ann"


def made(text: str, root: str = "/tree", home: str = HOME, *, folds: bool = False) -> Policy:
    document = policyfile.parse(text.encode(), "policy.yaml", guards=GUARDS, home=home, folds=folds)
    return Policy(root, policyfile.compiled(document))


def one_rule(*patterns: str, **more: Any) -> Policy:
    rule = {"tier": "block", "paths": patterns}
    return made(f"version: 1\nwrite: {json.dumps([rule])}\n", **more)


def place(name: str, *, is_dir: bool = False) -> paths.Place:
    """A place that need not exist, by one absolute name."""
    found = paths.Place(name, (name,))
    found.is_dir = is_dir
    return found


def blocks(p: Policy, name: str, *, is_dir: bool = False) -> bool:
    full = name if name.startswith("/") else f"{p.root}/{name}"
    return p.decide("write", place(full, is_dir=is_dir)) is not None


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "root"
    (path / ".onetree").mkdir(parents=True)
    return path


def write(root: Path, text: str) -> None:
    (root / ".onetree" / "policy.yaml").write_text(text)


def of(root: Path, op: str, path: str) -> "Decision | None":
    return load(str(root), GUARDS).decide(op, paths.resolve(path, str(root), HOME))


# (patterns, name, matched), with the reason as id
PATTERNS = [
    pytest.param([".env"], ".env", True, id="a name at the root"),
    pytest.param([".env"], "a/b/.env", True, id="a name without a slash is meant anywhere"),
    pytest.param([".env"], ".envx", False, id="a longer name is another"),
    pytest.param([".env"], "x.env", False, id="so is one with something before"),
    pytest.param([".env"], ".env/x", True, id="what is in a folder of that name"),
    pytest.param([".env.*", "!.env.example"], ".env.local", True, id="a wildcard"),
    pytest.param([".env.*", "!.env.example"], ".env.example", False, id="an exception after it"),
    pytest.param(["!.env.example", ".env.*"], ".env.example", True, id="an exception before it is overruled"),
    pytest.param(["a/", "!a/b", "a/b/c"], "a/b/c", True, id="an exception to an exception"),
    pytest.param(["a/", "!a/b", "a/b/c"], "a/b/d", False, id="and what it does not speak of"),
    pytest.param(["*.pem", "!keys/"], "keys/x.pem", False, id="the last that matches wins, folder or not"),
    pytest.param(["/x"], "x", True, id="anchored"),
    pytest.param(["/x"], "a/x", False, id="anchored, so not below"),
    pytest.param(["a/x"], "b/a/x", False, id="a slash within anchors, too"),
    pytest.param(["**/a/x"], "b/a/x", True, id="but not behind **/"),
    pytest.param(["secrets/**"], "secrets/a/b", True, id="all below a folder"),
    pytest.param(["secrets/**"], "secretsx/a", False, id="not below one that begins like it"),
    pytest.param(["a/**/z"], "a/z", True, id="** is no folder at all, too"),
    pytest.param(["a/**/z"], "a/b/c/z", True, id="** is several folders"),
    pytest.param(["a*z"], "a/z", False, id="a star does not cross a slash"),
    pytest.param(["*/"], "a/b/c", True, id="all that is in any folder"),
    pytest.param(["*/"], "a", False, id="which a file at the root is not"),
    pytest.param(["[a-c]x"], "bx", True, id="a range"),
    pytest.param(["[!a-c]x"], "bx", False, id="a negated range"),
    pytest.param(["?"], "é", True, id="one character, not one byte"),
    pytest.param(["caf\u00e9"], "cafe\u0301", True, id="a composed pattern, a decomposed name"),
    pytest.param(["cafe\u0301"], "caf\u00e9", True, id="a decomposed pattern, a composed name"),
    pytest.param(["x"], "X", False, id="case counts where the file system has it"),
    pytest.param([".env"], ".env\n", False, id="a newline at the end makes another name"),
    pytest.param([".env"], "a\nb/.env", True, id="a newline in a folder's name"),
    pytest.param(["*.pem"], "a\nb.pem", True, id="a newline in the name"),
    pytest.param(["**"], "\n", True, id="nothing but a newline"),
    pytest.param(["*.pem"], "\udcff.pem", True, id="a name that is not UTF-8"),
    pytest.param(["~/.ssh/**"], f"{HOME}/.ssh/id", True, id="the home folder"),
    pytest.param(["~/.ssh/**"], ".ssh/id", False, id="which is not the tree"),
    pytest.param(["~/.ssh/**", "!~/.ssh/*.pub"], f"{HOME}/.ssh/id.pub", False, id="an exception there"),
    pytest.param(["//etc/**"], "/etc/passwd", True, id="a full path"),
    pytest.param(["//etc/**"], "etc/passwd", False, id="which is not in the tree"),
    pytest.param(["//tree/a"], "a", True, id="a full path into the tree"),
    pytest.param(["//*/a"], "a", True, id="a full path with a wildcard first"),
    pytest.param([".env"], "/elsewhere/.env", True, id="a name is meant outside of the tree, too"),
    pytest.param(["**/.env"], "/elsewhere/a/.env", True, id="and one behind **/"),
    pytest.param(["/.env"], "/elsewhere/.env", False, id="an anchored one is not"),
    pytest.param(["a/b"], "/a/b", False, id="nor one with a slash within"),
    pytest.param(["tree/"], "x", False, id="the folders above the tree are not looked at"),
    pytest.param(["\\!x"], "!x", True, id="an escaped exclamation mark"),
    pytest.param(["a", "!!x", "!x"], "!x", False, id="an exception of a name with one"),
    pytest.param(["[[]x"], "[x", True, id="a bracket in brackets"),
    pytest.param(["a\\*b"], "a*b", True, id="an escaped star"),
]


@pytest.mark.parametrize(("patterns", "name", "matched"), PATTERNS)
def test_patterns(patterns: "list[str]", name: str, matched: bool) -> None:
    assert blocks(one_rule(*patterns), name) is matched


@pytest.mark.parametrize(
    ("patterns", "name", "matched"),
    [
        pytest.param(["secrets/"], "secrets", True, id="a folder pattern, the folder itself"),
        pytest.param(["secrets/**"], "secrets", True, id="all in a folder, so the folder"),
        pytest.param(["secrets/**", "!secrets/open/"], "secrets/open", False, id="a folder that is excepted"),
        pytest.param(["*.d"], "x.d", True, id="a name pattern"),
        pytest.param(["**"], "", False, id="the root is not below itself"),
    ],
)
def test_patterns_of_folders(patterns: "list[str]", name: str, matched: bool) -> None:
    p = one_rule(*patterns)
    assert blocks(p, f"/tree/{name}".rstrip("/"), is_dir=True) is matched


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        pytest.param(".env", ".ENV", id="ASCII"),
        pytest.param(".ENV", ".env", id="in the pattern"),
        pytest.param("stra\u00dfe", "STRASSE", id="full folding"),
        pytest.param("config", "con\ufb01g", id="a ligature"),
        pytest.param(".env", ".e\u200cnv", id="a character that is ignored"),
        pytest.param("\u00c9", "e\u0301", id="case and composition"),
        pytest.param("~/.SSH/**", f"{HOME}/.ssh/x".upper(), id="the home folder"),
        pytest.param("/a", "/TREE/A", id="the root itself"),
    ],
)
def test_case_does_not_count_where_the_file_system_has_none(pattern: str, name: str) -> None:
    assert blocks(one_rule(pattern, folds=True), name)


def test_a_home_folder_with_special_characters() -> None:
    p = one_rule("~/.ssh/**", home="/home/a[b]*")
    assert blocks(p, "/home/a[b]*/.ssh/x")
    assert not blocks(p, "/home/ab/.ssh/x")


RULES = """\
version: 1
adrs: doc/decisions
write:
  - {tier: warn, paths: ["*"], why: all is watched}
  - {tier: checkpoint, paths: [a], why: first, adr: 3}
  - tier: checkpoint
    paths:
      - b
      - a
  - {tier: block, paths: ["*.key"], why: keys, adr: 12}
read:
  - {tier: block, paths: [r]}
opaque: checkpoint
rollout: {default: warn, guards: {read-guard: "off"}}
"""


def test_the_strongest_rule_decides_and_the_first_of_equal_ones() -> None:
    p = made(RULES)

    def seen(op: str, name: str) -> "tuple[Any, ...] | None":
        d = p.decide(op, place(f"/tree/{name}"))
        return None if d is None else (d.kind, d.tier, d.why, d.adr, d.line, d.pattern, d.path)

    assert seen("write", "x") == ("write", WARN, "all is watched", 0, 4, "*", "x")
    assert seen("write", "a") == ("write", CHECKPOINT, "first", 3, 5, "a", "a")
    assert seen("write", "b") == ("write", CHECKPOINT, "", 0, 8, "b", "b")
    assert seen("delete", "a/x.key") == ("write", BLOCK, "keys", 12, 10, "*.key", "a/x.key")
    assert seen("read", "x") is None
    assert seen("read", "r") == ("read", BLOCK, "", 0, 12, "r", "r")


def test_the_rest_of_a_policy() -> None:
    p = made(RULES)
    assert (p.opaque, p.adrs, p.state) == (CHECKPOINT, "doc/decisions", "/tree/.onetree/state")
    modes = {g: p.mode(g) for g in (*GUARDS, "", "self-protection", "off-switch")}
    fixed = {"self-protection": "enforce", "off-switch": "enforce"}
    assert modes == {"write-guard": "warn", "read-guard": "off", "": "warn", **fixed}
    bare = made("version: 1\n")
    assert (bare.opaque, bare.adrs, bare.mode("write-guard"), bare.rules) == (
        WARN,
        "",
        "enforce",
        {"write": [], "read": []},
    )


def test_any_name_of_a_place_counts() -> None:
    p = one_rule(".env")
    many = paths.Place("/tree/real", ("/tree/real", "/tree/other", "/tree/.env"))
    found = p.decide("write", many)
    assert found is not None
    assert found.path == ".env"


def test_symlinks_and_hard_links(root: Path) -> None:
    write(
        root, 'version: 1\nwrite: [{tier: block, paths: [".env", "~/.netrc"]}]\nread: [{tier: block, paths: [.env]}]\n'
    )
    (root / ".env").write_text("x")
    (root / "link").symlink_to(".env")
    (root / "dir").mkdir()
    os.link(root / ".env", root / "dir" / "hard")
    (root / "plain").write_text("y")
    os.link(root / "plain", root / "dir" / "plain2")
    for name in (".env", "link", "dir/hard", "dir/../.env", str(root / ".env")):
        assert of(root, "write", name), name
        assert of(root, "read", name), name
    assert of(root, "write", "dir/hard").path == ".env"  # type: ignore[union-attr]
    assert not of(root, "write", "plain")
    assert not of(root, "write", "dir/plain2")


def test_the_tree_by_another_name(tmp_path: Path, root: Path) -> None:
    write(root, "version: 1\nwrite: [{tier: block, paths: [/a]}]\n")
    alias = tmp_path / "alias"
    alias.symlink_to(root)
    for start in (root, alias):
        for name in (root / "a", alias / "a"):
            assert load(str(start), GUARDS).decide("write", paths.resolve(str(name), "/", HOME)), (start, name)


def test_a_home_folder_behind_a_symlink(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when what the symlink leads to changes after the cache was written."""
    write(root, 'version: 1\nwrite: [{tier: block, paths: ["~/.netrc", "~/.ssh/**"]}]\n')
    for name in ("one", "two"):
        (tmp_path / name / "ssh").mkdir(parents=True)
    home = tmp_path / "home"
    home.symlink_to("one")
    (home / ".ssh").symlink_to("ssh")
    monkeypatch.setenv("HOME", str(home))
    for name in ("home/.netrc", "one/.netrc", "one/ssh/id", "home/ssh/id", "one/.ssh/id"):
        assert of(root, "write", str(tmp_path / name)), name
    assert not of(root, "write", str(tmp_path / "two" / ".netrc"))
    home.unlink()
    home.symlink_to("two")
    assert of(root, "write", str(tmp_path / "two" / ".netrc"))
    assert not of(root, "write", str(tmp_path / "two" / "ssh" / "id"))
    (tmp_path / "two" / ".ssh").symlink_to("ssh")
    assert of(root, "write", str(tmp_path / "two" / "ssh" / "id"))


def test_a_folder_of_the_home_that_becomes_a_symlink(tmp_path: Path, root: Path) -> None:
    write(root, 'version: 1\nwrite: [{tier: block, paths: ["~/.ssh/**"]}]\n')
    keys = tmp_path / "keys"
    keys.mkdir()
    assert not of(root, "write", str(keys / "id"))
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".ssh").symlink_to(keys)
    assert of(root, "write", str(keys / "id"))


def test_what_cannot_be_looked_at_gets_the_tier_of_the_opaque() -> None:
    unknown = place("/tree/x")
    unknown.unknown = "/proc/self/fd/3 is an open file of the tool's own process"
    for text, tier in (("allow", None), ("warn", WARN), ("block", BLOCK)):
        found = made(f"version: 1\nopaque: {text}\n").decide("write", unknown)
        assert (found and found.tier) == tier
        assert found is None or (found.line == 0 and "open file" in found.why)
    weaker = made('version: 1\nopaque: warn\nwrite: [{tier: block, paths: ["x"]}]\n').decide("write", unknown)
    assert weaker is not None
    assert (weaker.tier, weaker.pattern) == (BLOCK, "x")


TREE = """\
version: 1
write:
  - {tier: block, paths: ["secrets/**", "!secrets/open/**", ".env", "~/.ssh/**", "a/b/*.key"]}
  - {tier: warn, paths: ["*.lock"]}
opaque: checkpoint
"""


@pytest.fixture
def grown(root: Path) -> Path:
    write(root, TREE)
    for name in ("src/a.py", "deep/x/.env", "secrets/open/x", "locks/y.lock", "mixed/.env", "mixed/y.lock", "a/b/c"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    (root / "to-deep").symlink_to("deep")
    return root


@pytest.mark.parametrize(
    ("op", "path", "expected"),
    [
        pytest.param("delete", "src", None, id="nothing protected in it"),
        pytest.param("delete", "deep", (BLOCK, "deep/x/.env"), id="a protected file below"),
        pytest.param("delete", "to-deep", (BLOCK, "deep/x/.env"), id="by a symlink to the folder"),
        pytest.param("delete", "locks", (WARN, "locks/y.lock"), id="the tier is that of the rule"),
        pytest.param("delete", "mixed", (BLOCK, "mixed/.env"), id="the strongest of all below"),
        pytest.param("delete", "secrets", (BLOCK, "secrets"), id="the folder that a pattern speaks of"),
        pytest.param("delete", "secrets/open", None, id="an exception"),
        pytest.param("delete", ".", (BLOCK, None), id="the whole tree"),
        pytest.param("delete", "..", (BLOCK, None), id="what the tree is in"),
        pytest.param("delete", "a", None, id="a pattern for what is not there"),
        pytest.param("write", "a", (BLOCK, "a/b"), id="which writing the folder may bring"),
        pytest.param("write", "new", None, id="a new folder of which no pattern speaks"),
        pytest.param("write", "src", None, id="an old one"),
    ],
)
def test_what_is_done_to_a_folder_is_done_to_all_below(grown: Path, op: str, path: str, expected: Any) -> None:
    found = load(str(grown), GUARDS).decide_tree(op, paths.resolve(path, str(grown), HOME))
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert found.tier == expected[0]
        assert expected[1] in (None, found.path)


def test_a_folder_that_does_not_exist_yet(root: Path) -> None:
    write(root, TREE)
    p = load(str(root), GUARDS)
    assert p.decide_tree("write", paths.resolve("secrets", str(root), HOME)), "mv x secrets"
    assert p.decide_tree("write", paths.resolve(".", str(root), HOME)), "mv x/* ."
    assert not p.decide_tree("write", paths.resolve("secrets/open", str(root), HOME))


def test_the_home_folder_as_a_whole(tmp_path: Path, root: Path) -> None:
    write(root, TREE)
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    (tmp_path / "home" / ".ssh" / "id").touch()
    found = load(str(root), GUARDS).decide_tree("delete", paths.resolve(str(tmp_path / "home"), "/", HOME))
    assert found is not None
    assert found.pattern == "~/.ssh/**"


def test_more_below_than_can_be_looked_at(root: Path) -> None:
    write(root, TREE)
    many = root / "many"
    many.mkdir()
    for i in range(20_010):
        (many / str(i)).touch()
    found = load(str(root), GUARDS).decide_tree("delete", paths.resolve("many", str(root), HOME))
    assert found is not None
    assert (found.tier, found.line) == (CHECKPOINT, 0)
    assert "more below it" in found.why


# --- agreement with pathspec -----------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    ["a", "b", "ab", ".env", "*", "?", "**", "/", "/", "[ab]", "[!a]", "*.b", "\\*", "x y", "[a-", "é"]
)
LINES = st.lists(
    st.tuples(st.sampled_from(["", "", "!", "/", "**/"]), st.lists(PIECES, min_size=1, max_size=5)).map(
        lambda t: t[0] + "".join(t[1])
    ),
    min_size=1,
    max_size=4,
)
NAME = st.sampled_from(["a", "b", "ab", ".env", "x.b", "*", "x y", "c", "é", "aab"])
NAMES = st.lists(NAME, min_size=1, max_size=4).map("/".join)


@settings(max_examples=500)
@example(lines=["*/"], names=["a/a"])
@example(lines=["**/"], names=["a/a", "a"])
@example(lines=["**"], names=["a"])
@given(lines=LINES, names=st.lists(NAMES, min_size=1, max_size=8))
def test_it_matches_as_pathspec_does(lines: "list[str]", names: "list[str]") -> None:
    assume(not any(line.removeprefix("!").startswith("//") for line in lines))  # an extension of ours
    try:
        p = one_rule(*lines)
    except PolicyError:
        assume(False)  # what we refuse; policyfile_test.py has the reasons
    spec = pathspec.PathSpec.from_lines(GitIgnoreSpecPattern, lines)
    for name in names:
        assert blocks(p, name) is spec.match_file(name), (lines, name)


@settings(max_examples=200)
@given(lines=LINES, names=st.lists(NAMES, min_size=1, max_size=8))
def test_a_regular_expression_survives_the_cache(lines: "list[str]", names: "list[str]") -> None:
    for line in lines:
        try:
            regex = GitIgnoreSpecPattern.pattern_to_regex(line)[0]
            theirs = re.compile(regex, re.DOTALL) if regex else None
        except (ValueError, re.error):
            continue
        if regex and theirs:
            ours = rebuild(gitignore.code(regex))
            assert (ours.pattern, ours.flags, ours.groups, ours.groupindex) == (
                theirs.pattern, theirs.flags, theirs.groups, theirs.groupindex,
            )  # fmt: skip
            assert [bool(ours.match(n)) for n in names] == [bool(theirs.match(n)) for n in names]


def test_every_end_of_a_pattern_is_the_end_of_the_name() -> None:
    """pathspec writes "$", which matches before a last newline; whatever it writes, none of it may be left."""
    for pattern in (".env", "a/*.b", "**/x", "/y", "a/**/b", "*"):
        for _, _, code in gitignore.forms(pattern, HOME, False, {}):
            assert "$" not in rebuild(code).pattern


@given(st.text(), st.booleans())
def test_a_canonical_name_is_its_own_canonical_name(name: str, folds: bool) -> None:
    once = canonical(name, False)
    assert canonical(once, False) == once
    assert canonical(canonical(name, folds), folds) == canonical(name, folds)


# --- the file and its cache ------------------------------------------------------------------------------------------

FIRST = 'version: 1\nwrite: [{tier: block, paths: ["a"]}]\nopaque: warn\n'


def cache_of(root: Path) -> Path:
    return root / ".onetree" / "state" / policy.CACHE


def poison(root: Path, blob: bytes) -> bytes:
    """The cache with another tier for the opaque, so that it shows whether it was believed."""
    import marshal

    key, data = blob.split(b"opaque: warn\n", 1)
    return key + b"opaque: warn\n" + marshal.dumps({**marshal.loads(data), "opaque": BLOCK})


def unsealed(root: Path) -> bytes:
    blob = sealed.fetch(str(cache_of(root)), str(root / ".onetree" / "state"))
    assert blob is not None
    return blob


@pytest.mark.parametrize("cut", [0, 30, 60], ids=["emptied", "in a word", "a whole policy with fewer rules"])
def test_a_policy_that_is_being_written_is_read_when_it_is_done(root: Path, cut: int) -> None:
    """An editor that writes in place leaves half a policy for a moment, and half may be valid and allow more."""
    whole = FIRST.replace("opaque", "read: [{tier: block, paths: [b]}]\nopaque")
    write(root, FIRST)
    load(str(root), GUARDS)
    write(root, whole[:cut])
    rest = threading.Timer(0.05, write, (root, whole))
    rest.start()
    found = of(root, "read", "b")
    rest.join()
    assert found is not None
    assert found.tier == BLOCK


def test_a_policy_that_never_settles_is_an_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, FIRST)
    monkeypatch.setattr("time.sleep", lambda _: write(root, (root / ".onetree" / "policy.yaml").read_text() + "\n"))
    with pytest.raises(PolicyError, match="is changed again and again"):
        load(str(root), GUARDS)


def test_the_cache_is_believed_when_it_is_whole_and_right(root: Path) -> None:
    write(root, FIRST)
    assert load(str(root), GUARDS).opaque == WARN
    state = str(root / ".onetree" / "state")
    sealed.store(str(cache_of(root)), state, poison(root, unsealed(root)))
    assert load(str(root), GUARDS).opaque == BLOCK, "the tests below would prove nothing"


def _forged(root: Path) -> None:
    cache_of(root).write_bytes(cache_of(root).read_bytes()[:32] + poison(root, unsealed(root)))


def _unkeyed(root: Path) -> None:
    import hashlib

    data = poison(root, unsealed(root))
    cache_of(root).write_bytes(hashlib.blake2b(data, digest_size=32).digest() + data)


def _cut(root: Path) -> None:
    cache_of(root).write_bytes(cache_of(root).read_bytes()[:-1])


def _emptied(root: Path) -> None:
    cache_of(root).write_bytes(b"")


def _of_another_key(root: Path) -> None:
    state = root / ".onetree" / "state"
    sealed.store(str(cache_of(root)), str(state), poison(root, unsealed(root)))
    (state / "key").write_bytes(b"k" * 32)


def _of_another_python(root: Path) -> None:
    data = poison(root, unsealed(root)).replace(str(sys.hexversion).encode(), str(sys.hexversion + 1).encode(), 1)
    sealed.store(str(cache_of(root)), str(root / ".onetree" / "state"), data)


def _of_other_code(root: Path) -> None:
    import marshal

    key, data = unsealed(root).split(b"opaque: warn\n", 1)
    compiled = {**marshal.loads(data), "opaque": BLOCK}
    compiled["code"] = dict.fromkeys(compiled["code"], (1, 1))
    state = str(root / ".onetree" / "state")
    sealed.store(str(cache_of(root)), state, key + b"opaque: warn\n" + marshal.dumps(compiled))


@pytest.mark.parametrize(
    "spoil", [_forged, _unkeyed, _cut, _emptied, _of_another_key, _of_another_python, _of_other_code]
)
def test_a_cache_that_is_not_right_is_made_again(root: Path, spoil: Any) -> None:
    write(root, FIRST)
    load(str(root), GUARDS)
    before = unsealed(root)
    spoil(root)
    p = load(str(root), GUARDS)
    assert p.opaque == WARN
    assert blocks(p, "a")
    assert unsealed(root) == before


def test_any_changed_byte_of_the_policy_counts_at_once(root: Path) -> None:
    write(root, FIRST)
    file = root / ".onetree" / "policy.yaml"
    assert blocks(load(str(root), GUARDS), "a")
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    write(root, FIRST.replace('"a"', '"b"'))  # of the same length, and with the same time
    os.utime(file, ns=times)
    p = load(str(root), GUARDS)
    assert not blocks(p, "a")
    assert blocks(p, "b")


def test_a_state_that_cannot_be_written_costs_time_only(root: Path) -> None:
    write(root, FIRST)
    (root / ".onetree" / "state").write_text("a file, where a folder should be")
    assert blocks(load(str(root), GUARDS), "a")


def test_guards_that_are_gone_make_the_policy_invalid(root: Path) -> None:
    write(root, "version: 1\nrollout: {guards: {read-guard: warn}}\n")
    load(str(root), GUARDS)
    with pytest.raises(PolicyError, match="no guard 'read-guard'"):
        load(str(root), ("write-guard",))


def _missing(path: Path) -> None:
    path.unlink()


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _symlink(path: Path) -> None:
    path.rename(path.with_name("other"))
    path.symlink_to("other")


def _huge(path: Path) -> None:
    path.write_bytes(b"# x\n" * 1_250_000)


@pytest.mark.parametrize(
    ("spoil", "fact"),
    [
        (_missing, "there is no such file; `onetree init` writes one"),
        (_folder, "is not a regular file"),
        (_fifo, "is not a regular file"),
        (_symlink, "is a symbolic link"),
        (_huge, "is larger than 256 KiB"),
    ],
)
def test_a_policy_that_cannot_be_read(root: Path, spoil: Any, fact: str) -> None:
    write(root, FIRST)
    load(str(root), GUARDS)
    path = root / ".onetree" / "policy.yaml"
    spoil(path)
    with pytest.raises(PolicyError) as e:
        load(str(root), GUARDS)
    assert str(e.value).startswith(f"{path}: {fact}")


SLOW = "re json typing enum collections functools contextlib ruamel pathspec unicodedata dataclasses pathlib".split()
BUDGET = f"""
import sys
sys.path.insert(0, sys.argv[1])
from onetree import policy, paths
p = policy.load(sys.argv[2], {GUARDS!r})
for name in ("a", "x/y", "~/.ssh/id"):
    p.decide("write", paths.resolve(name, sys.argv[2], "/home/ann"))
print(*[m for m in {SLOW!r} if m in sys.modules])
"""


def test_the_import_budget_of_a_warm_start(root: Path) -> None:
    """Without `site`: what that imports is the installation's. So only onetree can be imported at all."""
    write(root, (Path(onetree.__file__).parent / "default_policy.yaml").read_text())
    load(str(root), GUARDS)
    source = Path(onetree.__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", BUDGET, str(source), str(root)],
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": os.environ["HOME"]},
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")
