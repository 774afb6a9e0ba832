"""The policy in force: which rule decides about a file, and how strongly.

`.onetree/policy.yaml` is read at every call, but parsed only when a byte of it has changed: what policyfile.py made of
it is kept in a sealed cache beside the very bytes it was made from, so the cache can be neither stale nor forged. The
regular expressions are kept as the code of CPython's `_sre`, because compiling them again, and importing `re` at all,
would cost more than everything else that happens at a call (ADR 4).
"""

import _sre
import errno
import marshal
import os
import stat
import sys
import time

from onetree import paths, sealed
from onetree.root import POLICY, STATE
from onetree.verdict import MODES, WARN

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator

FORMAT = 3  # of the cache; a new one for each change of what policyfile.compiled() gives
CACHE = "policy.cache"
MAX_BYTES = 256 * 1024
SETTLE = 0.1  # seconds between two readings of a policy that has changed: they must be the same for it to be believed
SETTLE_TRIES = 20
REPAIR = "a person can run `onetree policy check`"

# Guards that are not rolled out: they always enforce.
FIXED = ("self-protection", "off-switch")

# What a pattern is matched against: names in the tree without the root, every name in full, or, for a pattern without
# a place ("*.pem", "**/x"), the name in the tree if it is in there, else the full one.
IN_TREE, IN_FULL, ANYWHERE = range(3)

# Characters that HFS+ and ext4's case folding ignore in names (git, utf8.c, next_hfs_char).
_INVISIBLE = dict.fromkeys([*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF])


class PolicyError(Exception):
    """There is no policy to decide by. Its text has a line for each finding: FILE:LINE:COLUMN: fact; way out.

    findings: [(line, column, text)], counted from 1; (0, 0, text) where there is no place.
    """

    def __init__(self, path: str, findings: "list[tuple[int, int, str]]") -> None:
        self.path = path
        self.findings = findings
        super().__init__("\n".join([(f"{path}:{ln}:{col}: " if ln else f"{path}: ") + t for ln, col, t in findings]))


class Decision:
    """What the deciding rule says.

    tier: WARN, CHECKPOINT or BLOCK. why: the rule's own words, or "". adr: its decision record, 0 for none.
    line, pattern: of the pattern that matched; 0 and "" if no rule decides but what cannot be known.
    path: the name that matched, without the root if it is below it.
    kind: "read" or "write".
    """

    __slots__ = ("adr", "kind", "line", "path", "pattern", "tier", "why")

    def __init__(
        self, kind: str, tier: int, path: str, why: str, adr: int = 0, line: int = 0, pattern: str = ""
    ) -> None:
        self.kind = kind
        self.tier = tier
        self.path = path
        self.why = why
        self.adr = adr
        self.line = line
        self.pattern = pattern


class Pattern:
    """One pattern of a rule.

    include: False for "!pattern". space: IN_TREE, IN_FULL or ANYWHERE.
    prefix: the names before the first one with a wildcard, absolute if IN_FULL; "" if there are none.
    start: how a subject must begin for the pattern to be tried at all. code: its regular expression; see rebuild().
    match: of that, once it was needed.
    """

    __slots__ = ("code", "include", "line", "match", "prefix", "space", "start", "text")

    def __init__(self, text: str, line: int, include: bool, space: int, prefix: str, code: bytes) -> None:
        self.text = text
        self.line = line
        self.include = include
        self.space = space
        self.prefix = prefix
        self.start = prefix.removeprefix("/") if space != ANYWHERE else ""
        self.code = code
        self.match: Callable[[str], object] | None = None


class Rule:
    """One rule: patterns are the last first, because the last that matches decides."""

    __slots__ = ("adr", "patterns", "tier", "why")

    def __init__(self, tier: int, why: str, adr: int, patterns: "list[tuple[str, int, bool, int, str, bytes]]") -> None:
        self.tier = tier
        self.why = why
        self.adr = adr
        self.patterns = [Pattern(*p) for p in reversed(patterns)]

    def last(self, name: "tuple[str, str | None, str]") -> "Pattern | None":
        """The last pattern that matches, an exception ("!") or not. name: see Policy._name()."""
        _, inside, full = name
        for p in self.patterns:
            subject = full if p.space == IN_FULL or (inside is None and p.space == ANYWHERE) else inside
            if subject and subject.startswith(p.start):
                if p.match is None:
                    p.match = rebuild(p.code).match
                if p.match(subject):
                    return p
        return None


class Policy:
    """The rules of one tree.

    root: the tree. state: its state directory. folds: whether its file system ignores case.
    opaque: the tier of what cannot be known beforehand. adrs: folder of decision records below the root, or "".
    default, modes: the roll-out; see mode(). externals: the rows of `guards:`, each name, run (argv), phases,
    timeout (seconds), on_failure (a tier's name). trailers: what an agent's commit must carry.
    locks: what `locks:` says, by its keys.
    unread, edits: tiers for a whole-file write of what the agent never read, and for an edit of what has changed since.
    rules: "read" and "write" -> rules, the strongest first, equal ones in the order of the file.
    """

    __slots__ = (
        "adrs",
        "default",
        "edits",
        "exempt",
        "externals",
        "folds",
        "locks",
        "modes",
        "opaque",
        "root",
        "roots",
        "rules",
        "state",
        "trailers",
        "unread",
    )

    def __init__(self, root: str, compiled: "dict[str, object]") -> None:
        # Data of policyfile.compiled(), by way of marshal: the types are its.
        self.root = root
        self.state = os.path.join(root, STATE)
        self.folds: bool = compiled["folds"]  # type: ignore[assignment]
        self.opaque: int = compiled["opaque"]  # type: ignore[assignment]
        self.adrs: str = compiled["adrs"]  # type: ignore[assignment]
        self.trailers: list[str] = compiled["trailers"]  # type: ignore[assignment]
        self.locks: dict[str, object] = compiled["locks"]  # type: ignore[assignment]
        self.default: str = compiled["default"]  # type: ignore[assignment]
        self.modes: dict[str, str] = compiled["modes"]  # type: ignore[assignment]
        self.externals: list[dict[str, object]] = compiled["externals"]  # type: ignore[assignment]
        self.rules: dict[str, list[Rule]] = {
            kind: [Rule(*r) for r in rules]
            for kind, rules in compiled["rules"].items()  # type: ignore[attr-defined]
        }
        self.unread: int = compiled["unread"]  # type: ignore[assignment]
        self.edits: int = compiled["edits"]  # type: ignore[assignment]
        self.exempt = Rule(WARN, "", 0, compiled["exempt"])  # type: ignore[arg-type]
        self.roots = [canonical(r, self.folds) for r in dict.fromkeys((root, os.path.realpath(root)))]

    def mode(self, guard: str) -> str:
        """The roll-out mode of a guard; the default for one that the policy does not name."""
        return MODES[-1] if guard in FIXED else self.modes.get(guard, self.default)

    def decide(self, op: str, place: paths.Place) -> "Decision | None":
        """The strongest rule about a file, under any of its names; a deletion counts as a write.

        Other names of a hard-linked file are looked for below the root, as far as paths.aliases() goes.
        """
        return self._decide(_kind(op), place, place.is_dir)

    def decide_tree(self, op: str, place: paths.Place) -> "Decision | None":
        """The strongest rule about a directory and all that is below it, or may come to be by writing it whole."""
        kind = _kind(op)
        found = self._decide(kind, place, place.is_dir or not place.exists)
        inner, complete = paths.below(place.real)
        cut = len(place.real.rstrip("/"))
        names = (self._name(base.rstrip("/") + n[cut:], False) for n in inner for base in place.names)
        found = _stronger(found, self._first(kind, names))
        if op == "write" or not complete:
            found = _stronger(found, self._may_hold(op, place))
        why = "" if complete else "there is more below it than can be looked at"
        return _stronger(found, self._unknown(kind, place.real, why))

    def exempts(self, place: paths.Place) -> bool:
        """Whether several may write this file without having seen it: the patterns of `stale: exempt:`."""
        found = [self.exempt.last(self._name(n, False)) for n in place.names] if self.exempt.patterns else []
        return any(p is not None and p.include for p in found)

    def _decide(self, kind: str, place: paths.Place, is_dir: bool) -> "Decision | None":
        found = self._first(kind, [self._name(n, is_dir) for n in place.names])
        if place.hard and self.rules[kind] and (found is None or found.tier < self.rules[kind][0].tier):
            aliases = [self._name(n, False) for n in paths.aliases(place, self.root)[0]]
            found = _stronger(found, self._first(kind, aliases))
        return _stronger(found, self._unknown(kind, place.names[-1], place.unknown))

    def _first(self, kind: str, names: "Iterable[tuple[str, str | None, str]]") -> "Decision | None":
        """The first rule, so the strongest, that speaks of any of these names."""
        found, open_rules = None, self.rules[kind]
        for name in names:
            for i, rule in enumerate(open_rules):
                p = rule.last(name)
                if p is not None and p.include:
                    found = Decision(kind, rule.tier, name[0], rule.why, rule.adr, p.line, p.text)
                    open_rules = open_rules[:i]  # for the other names only what comes before it
                    break
            if not open_rules:
                break
        return found

    def _name(self, name: str, is_dir: bool) -> "tuple[str, str | None, str]":
        """An absolute name as it is shown, as it is matched below the root (None if outside), and in full."""
        full = canonical(name, self.folds)
        inside = next((r for root in self.roots if (r := paths.relative(full, root)) is not None), None)
        shown = paths.relative(name, self.root)
        end = "/" if is_dir else ""
        return shown or inside or name, inside + end if inside else inside, full[1:] + end

    def _may_hold(self, op: str, place: paths.Place) -> "Decision | None":
        """The strongest rule with a pattern for something below a directory, whether or not it is there already.

        Only what is there can be deleted.
        """
        kind = _kind(op)
        tops = [canonical(n, self.folds) for n in place.names]
        for rule in self.rules[kind]:
            for p in rule.patterns:
                for name in self._prefixes(p):
                    if not any(paths.relative(name, top) is not None for top in tops):
                        continue
                    last = rule.last(self._name(name, True))
                    if (last is None or last.include) and (op == "write" or os.path.lexists(name)):
                        return Decision(kind, rule.tier, self._name(name, False)[0], rule.why, rule.adr, p.line, p.text)
        return None

    def _prefixes(self, p: Pattern) -> "Iterator[str]":
        if p.include and p.prefix and p.space == IN_FULL:
            yield p.prefix
        elif p.include and p.prefix:
            for root in self.roots:
                yield f"{root.rstrip('/')}/{p.prefix}"

    def _unknown(self, kind: str, name: str, why: str) -> "Decision | None":
        return Decision(kind, self.opaque, self._name(name, False)[0], why) if why and self.opaque else None


def load(root: str, guards: "tuple[str, ...]") -> Policy:
    """The policy of a tree; guards: the names that its roll-out may speak of. Raises PolicyError."""
    path, state = os.path.join(root, POLICY), os.path.join(root, STATE)
    home, folds = os.path.expanduser("~"), paths.folds(root)
    made_with = (FORMAT, sys.implementation.cache_tag, sys.hexversion, sys.byteorder, _sre.MAGIC)
    start = ascii((*made_with, home, folds, guards)).encode()
    data = read(path)
    compiled = _cached(state, start, data)
    if compiled is None:
        data = _settled(path)
        compiled = _cached(state, start, data)
    if compiled is None:
        from onetree import policyfile

        compiled = policyfile.compiled(policyfile.parse(data, path, guards=guards, home=home, folds=folds))
        try:
            sealed.store(os.path.join(state, CACHE), state, _key(start, data) + marshal.dumps(compiled))
        except OSError:
            pass  # slower next time, and no worse
    return Policy(root, compiled)


def of(root: str, data: bytes, guards: "tuple[str, ...]", path: str) -> Policy:
    """The policy that these bytes are, whatever is in the tree now. path: for messages. Raises PolicyError."""
    if os.path.lexists(os.path.join(root, POLICY)) and read(os.path.join(root, POLICY)) == data:
        return load(root, guards)
    from onetree import policyfile

    home, folds = os.path.expanduser("~"), paths.folds(root)
    return Policy(root, policyfile.compiled(policyfile.parse(data, path, guards=guards, home=home, folds=folds)))


def _key(start: bytes, data: bytes) -> bytes:
    return b"%b %d\n%b" % (start, len(data), data)


def _cached(state: str, start: bytes, data: bytes) -> "dict[str, object] | None":
    """What was compiled from these very bytes, if nothing else that it was made from has changed."""
    blob = sealed.fetch(os.path.join(state, CACHE), state)
    key = _key(start, data)
    if blob is None or not blob.startswith(key):
        return None
    compiled: dict[str, object] = marshal.loads(blob[len(key) :])  # noqa: S302  # sealed, by this very Python
    return compiled if _holds(compiled) else None


def _settled(path: str) -> bytes:
    """The bytes of a policy file that nobody is writing: half of a policy may be a valid one, with fewer rules.

    Its time of change does not tell: ext4 cuts a file short some time before it notes when. Raises PolicyError, also if
    it changes all the time.
    """
    data = read(path)
    for _ in range(SETTLE_TRIES):
        time.sleep(SETTLE)
        before, data = data, read(path)
        if data == before:
            return data
    raise PolicyError(path, [(0, 0, "is changed again and again; a person can say by whom")])


def _holds(compiled: "dict[str, object]") -> bool:
    """Whether what the cache was made from besides the policy is unchanged: symlinks to folders, and code."""
    straight: list[str] = compiled["straight"]  # type: ignore[assignment]
    led: dict[str, str] = compiled["led"]  # type: ignore[assignment]
    code: dict[str, tuple[int, int]] = compiled["code"]  # type: ignore[assignment]
    return (
        not any(os.path.islink(name) for name in straight)
        and all(os.path.realpath(name) == real for name, real in led.items())
        and all(stamp(file) == s for file, s in code.items())
    )


def stamp(path: str) -> "tuple[int, int]":
    """Time of change (ns) and size (bytes) of a file of code; zeros if it is not there."""
    try:
        st = os.stat(path)
    except OSError:
        return 0, 0
    return st.st_mtime_ns, st.st_size


def read(path: str) -> bytes:
    """The bytes of a policy file. Raises PolicyError if it is not a regular file of bounded size."""
    try:
        # Not blocking, for a FIFO; no symlink, because self-protection guards this name and not where it leads.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise PolicyError(path, [(0, 0, "is not a regular file; put the policy itself there")])
            data = b"".join(iter(lambda: os.read(fd, MAX_BYTES), b"")) if os.fstat(fd).st_size <= MAX_BYTES else None
        finally:
            os.close(fd)
    except OSError as e:
        if e.errno == errno.ELOOP:
            text = "is a symbolic link; put the policy itself there, so that it is protected"
        elif e.errno == errno.ENOENT:
            text = "there is no such file; `onetree init` writes one"
        else:
            text = f"cannot be read: {e.strerror}"
        raise PolicyError(path, [(0, 0, text)]) from None
    if data is None or len(data) > MAX_BYTES:
        raise PolicyError(path, [(0, 0, f"is larger than {MAX_BYTES // 1024} KiB; write fewer, wider patterns")])
    return data


def rebuild(code: bytes) -> "re.Pattern[str]":
    """The regular expression of gitignore.code(): what `re.compile` does after its own compiler has run.

    The arguments of `_sre.compile` have been the same in CPython 3.10 to 3.14 (Lib/re/_compiler.py, compile).
    """
    return _sre.compile(*marshal.loads(code))  # type: ignore[no-any-return]  # noqa: S302  # sealed, see load()


def canonical(name: str, folds: bool) -> str:
    """A name, or a pattern, as it is matched: composed (NFC), and without case where the file system has none."""
    if name.isascii():
        return name.lower() if folds else name
    from unicodedata import normalize

    if folds:
        name = normalize("NFD", name).translate(_INVISIBLE).casefold()
    return normalize("NFC", name)


def _kind(op: str) -> str:
    return "read" if op == "read" else "write"


def _stronger(one: "Decision | None", other: "Decision | None") -> "Decision | None":
    """The stronger decision; the first of equal ones."""
    if one is None or (other is not None and other.tier > one.tier):
        return other
    return one
