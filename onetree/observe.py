"""Follow one tool call: note what is there before it, and record what it read and wrote after it.

Only what is certain is recorded, of regular files in the tree. A read counts if the file was the same before and after
it: otherwise nobody knows which version the agent got, and what is there now counts as not seen. Between the two events
the notes lie in STATE/calls/HASH, sealed; of a read of what the agent has seen already there is nothing to note, and
nothing is hashed.
"""

import os
import time
from _blake2 import blake2b

from onetree import blobs, jsonlite, paths, sealed, seen, writes
from onetree.action import Action, Effect
from onetree.policy import Policy
from onetree.root import HOME

CALLS = "calls"
CALLERS = "callers"  # see callers.py
CHANGED = ("write", "delete", "meta")
Note = dict[str, object]  # of one effect, from before() to after()
STAMP = "tidied"
TIDY = 6 * 3600  # seconds between two tidyings
CALL_AGE = 24 * 3600  # seconds after which no answer to a call is expected any more
MOST = 200  # effects of one call that are followed
# The commands whose reading shows the agent the file, as far as it asked for.
SEARCHERS = ("grep", "egrep", "fgrep", "rg")
READERS = (*SEARCHERS, "cat", "sed", "head", "tail", "nl", "less", "more", "bat", "awk", "tac")
# Searches that show nothing of the file: whether there is something, how often, or where.
QUIET = ("--quiet", "--silent", "--count", "--files-with-matches", "--files-without-match", "--count-matches")
UNKNOWN = "?"  # the identity of a file of which the agent saw nobody knows which version
FAILED = ("PostToolUseFailure", "postToolUseFailure")


class Told:
    """What the agent must hear after its call: another one wrote the same file meanwhile.

    path: below the root. line: of the other's write, as in writes.py.
    """

    __slots__ = ("line", "path")

    def __init__(self, path: str, line: writes.Line) -> None:
        self.path = path
        self.line = line


def agent_of(action: Action) -> writes.Line:
    """The fields that say which agent acts."""
    return writes.who(action.platform, action.session, action.agent)


def followed(action: Action, root: str) -> "list[tuple[Effect, str]]":
    """The effects of a prepared action that are followed, each with its path below the root."""
    top = os.path.realpath(root)
    found: list[tuple[Effect, str]] = []
    for effect in action.effects:
        if effect.place is None or not effect.certain or effect.op == "opaque":
            continue
        if effect.op == "read" and action.command is not None and not _shows(action, effect):
            continue
        link = is_link(effect)
        if not link and (effect.tree or effect.place.is_dir):
            continue
        name = paths.relative(real(effect), top)
        if name and name.split("/", 1)[0] not in (".git", HOME) and len(found) < MOST:
            found.append((effect, name))
    return found


def is_link(effect: Effect) -> bool:
    """Whether an effect is one on a symbolic link itself: what it leads to stays."""
    itself = effect.op == "delete" or (effect.op == "write" and (effect.how in RENAMING or is_git(effect.via)))
    return itself and os.path.islink(effect.path)


def real(effect: Effect) -> str:
    """The path that an effect is on, absolute, symbolic links followed but for one that is itself changed."""
    if is_link(effect):
        folder, name = os.path.split(effect.path)
        return os.path.join(os.path.realpath(folder), name)
    return effect.place.real if effect.place else ""


def _shows(action: Action, effect: Effect) -> bool:
    """Whether a command's reading shows the agent the file."""
    if effect.how not in SEARCHERS:
        return effect.how in READERS
    for command in action.commands:
        words = [w or "" for w in command.argv]
        if words and words[0].rpartition("/")[2] == effect.how and not any(_is_quiet(w) for w in words[1:]):
            return True
    return False


def _is_quiet(word: str) -> bool:
    return word in QUIET or (word[:1] == "-" and word[1:2] != "-" and any(c in word for c in "qclL"))


def call_key(action: Action) -> str:
    """The name of a call, the same before and after it: clients without identifiers of calls are told by the text."""
    parts = [action.platform, action.session, action.agent, action.tool, action.call_id]
    parts += [action.command] if action.command is not None else [f"{e.op} {e.path}" for e in action.effects]
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def before(
    action: Action, policy: Policy, since: str, warned: "list[tuple[str, str]]", *, claim: bool, refuse: bool
) -> "tuple[list[Told], list[str]]":
    """Note what is there, and that the writes begin: (what others are writing at this moment, what is not kept).

    since: when the guards began to look, UTC: what another has written after that they may not have seen.
    warned: (path, reason) of warnings that this client can only hear after the call.
    claim: whether the writes begin. refuse: begin nothing if another agent is writing one of the files.
    Not kept: what is too large for the store. Raises OSError, flock.FlockError.
    """
    agent, now, algorithm, state = agent_of(action), time.time_ns(), "", policy.state
    notes: list[Note] = [{"op": "warned", "path": path, "reason": reason[:500]} for path, reason in warned]
    for effect, name in followed(action, policy.root):
        where = real(effect)
        if effect.op == "read":
            there = blobs.glance(where, now)
            if there.regular and not _is_seen(state, agent, name, there):
                notes.append({"op": "read", "path": name, "real": where, "ident": there.ident})
            continue
        algorithm = algorithm or blobs.algorithm(policy.root)
        there = blobs.look(where, algorithm, now)
        if (there.mode == "other" and not there.link) or (effect.op == "delete" and not there.mode):
            continue
        notes.append(
            {"op": effect.op, "path": name, "real": where, "ident": there.ident, "blob": there.blob, "mode": there.mode,
             "size": there.size if there.mode else -1, "link": there.link, "via": effect.via[:80],
             "kept": _keep(state, there), "whole": is_whole(action, effect),
             "shared": _is_shared(effect, policy)}
        )  # fmt: skip
    key = call_key(action)
    if not notes:
        return [], []
    # First, so that of a write that has begun there always are notes, whoever is killed.
    path = _note(state, key)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    sealed.store(path, state, jsonlite.dumps(notes).encode("ascii"))
    busy = _begin(state, agent, action, notes, key=key, since=since, refuse=refuse) if claim else []
    if busy and refuse:
        os.unlink(path)
    return busy, [str(n["path"]) for n in notes if n.get("kept") is False]


def _is_seen(state: str, agent: writes.Line, name: str, there: blobs.Look) -> bool:
    known = seen.get(state, agent, name)
    return known is not None and known.ident == there.ident and there.settled


def _keep(state: str, there: blobs.Look) -> bool:
    """Put a content into the store; False for one that is too large."""
    if there.blob:
        blobs.put(state, there.blob, there.data)
    return bool(there.blob or there.link) or not there.mode


def _begin(
    state: str, agent: writes.Line, action: Action, notes: "list[Note]", *, key: str, since: str, refuse: bool
) -> "list[Told]":
    """Say for each file that a write begins; if refuse, of all of them or none. Gives what is under way already."""
    begun: list[str] = []
    busy: list[Told] = []
    shared = {n["path"] for n in notes if n.get("shared") is True}
    for name in sorted({str(n["path"]) for n in notes if n["op"] in CHANGED}):
        with writes.Held(state, name) as held:
            lines = held.recent()
            other = writes.under_way(lines, agent, time.time()) or writes.since(lines, agent, since)
            if other and name not in shared:
                busy.append(Told(name, other))
                if refuse:
                    break
            line = {"do": "begin", "path": name, **agent, "call": key, "tool": action.tool[:80], "at": time.time()}
            held.add(line)
            begun.append(name)
    for name in begun if busy and refuse else []:
        with writes.Held(state, name) as held:
            held.add({"do": "end", "path": name, **agent, "call": key})
    return busy


def after(action: Action, root: str, state: str) -> "tuple[dict[str, object], list[Told], list[tuple[str, str]]]":
    """Record what was seen and written: (fields for the journal, what the agent must hear, what it was warned of).

    Raises OSError, flock.FlockError.
    """
    key = call_key(action)
    notes = notes_of(state, key)
    if notes is None:
        return {}, [], []
    call = _Call(action, state, key, blobs.algorithm(root))
    for note in [n for n in notes if n["op"] == "read"]:
        call.read(note)
    for note in [n for n in notes if n["op"] in CHANGED]:
        call.wrote(note)
    os.unlink(_note(state, key))
    fields: dict[str, object] = {}
    if call.saw:
        fields["saw"] = call.saw[:MOST_RECORDED]
    if call.files:
        fields["wrote"] = call.files[:MOST_RECORDED]
    return fields, call.told, [(str(n["path"]), str(n["reason"])) for n in notes if n["op"] == "warned"]


def notes_of(state: str, key: str) -> "list[Note] | None":
    """What was noted before a call that has not ended yet."""
    blob = sealed.fetch(_note(state, key), state)
    notes = jsonlite.loads(blob) if blob is not None else None
    return notes if isinstance(notes, list) else None


def _note(state: str, key: str) -> str:
    return os.path.join(state, CALLS, key)


def tidy(state: str) -> None:
    """Now and then, delete what has outlived its use. Raises OSError, flock.FlockError."""
    stamp, now = os.path.join(state, STAMP), time.time()
    try:
        if os.lstat(stamp).st_mtime > now - TIDY:
            return
        os.utime(stamp)  # first, so that of several that begin at once one does it
    except FileNotFoundError:
        os.close(os.open(stamp, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        return
    blobs.prune(state, now)
    writes.prune(state, now - blobs.MAX_AGE)
    seen.prune(state, now - blobs.MAX_AGE)
    for folder in (os.path.join(state, CALLS), os.path.join(state, CALLERS)):
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            path = os.path.join(folder, name)
            if os.lstat(path).st_mtime < now - CALL_AGE:
                os.unlink(path)


MOST_RECORDED = 40  # files in one record of the journal


class _Call:
    """The end of one call.

    saw: [path, blob] of each read. files: [path, blob before, blob after, ID] of each write. told: see after().
    """

    def __init__(self, action: Action, state: str, key: str, algorithm: str) -> None:
        self.action, self.state, self.key, self.algorithm = action, state, key, algorithm
        self.agent = agent_of(action)
        self.now = time.time_ns()
        self.failed = action.event in FAILED
        self.saw: list[list[object]] = []
        self.files: list[list[object]] = []
        self.told: list[Told] = []

    def read(self, note: "Note") -> None:
        if self.failed and self.action.command is None:
            return
        there = blobs.look(str(note["real"]), self.algorithm, self.now)
        if there.regular and there.ident and there.ident == note["ident"]:
            self._see(str(note["path"]), there)
            self.saw.append([note["path"], there.blob])
        else:
            seen.put(self.state, self.agent, str(note["path"]), seen.Seen("", UNKNOWN))

    def _see(self, name: str, there: blobs.Look) -> None:
        known = there.settled or not there.blob
        seen.put(self.state, self.agent, name, seen.Seen(there.blob, there.ident if known else ""))

    def wrote(self, note: "Note") -> None:
        name = str(note["path"])
        there = blobs.look(str(note["real"]), self.algorithm, self.now)
        whole = note["whole"] is True
        with writes.Held(self.state, name) as held:
            others = self._others(held.recent())
            mine = self._mine(note, whole)
            lost = bool(others) and mine is not None and mine.blob != there.blob
            result = mine if lost and mine is not None else there
            changed = (result.blob, result.link, result.mode, result.size if result.mode else -1) != (
                note["blob"], note["link"], note["mode"], note["size"],
            ) or (not result.blob and not result.link and result.ident != note["ident"])  # fmt: skip
            if not changed:
                held.add({"do": "end", "path": name, **self.agent, "call": self.key})
            else:
                kept = _keep(self.state, result) and note["kept"] is True
                line = held.add({**self._line(note, whole), **_became(result), "kept": kept})
                self.files.append([name, note["blob"], result.blob, writes.ident(line)])
        if note["shared"] is not True and (changed or not self.failed):  # else what is there may be another's, too
            self._knows(name, note, result if lost else there, whole=whole)
        if note["shared"] is not True:
            self.told += [Told(name, line) for line in others[-1:]]

    def _line(self, note: "Note", whole: bool) -> writes.Line:
        return {
            "do": "wrote", "path": note["path"], **self.agent, "call": self.key, "tool": self.action.tool[:80],
            "via": note["via"], "whole": whole, "before": note["blob"], "was": note["size"],
            "mode_before": note["mode"], **({"link_before": note["link"]} if note["link"] else {}),
        }  # fmt: skip

    def _others(self, lines: "list[writes.Line]") -> "list[writes.Line]":
        """What other agents have written since this call began."""
        start = next((i for i, x in enumerate(lines) if x["do"] == "begin" and x.get("call") == self.key), len(lines))
        return [x for x in lines[start:] if x["do"] in ("wrote", "undo") and not writes.is_by(x, self.agent)]

    def _mine(self, note: "Note", whole: bool) -> "blobs.Look | None":
        """What a file tool was told to write, if it was told the whole of it."""
        texts = [c.new for c in self.action.changes if c.old is None]
        if not whole or self.action.kind != "write" or len(texts) != 1 or self.failed:
            return None
        mine = blobs.Look(None, 0)
        try:
            mine.data = texts[0].encode()
        except UnicodeEncodeError:  # half of a surrogate pair: what the client makes of it is not known
            return None
        mine.blob = blobs.name(mine.data, self.algorithm)
        mine.mode, mine.size, mine.settled = str(note["mode"]) or blobs.FILE, len(mine.data), False
        return mine

    def _knows(self, name: str, note: "Note", result: blobs.Look, *, whole: bool) -> None:
        """The agent knows what it wrote; of a file that it only changed, if it knew what was there before."""
        if not result.mode:
            seen.forget(self.state, self.agent, name)
            return
        if is_git(str(note["via"])):
            return
        known = seen.get(self.state, self.agent, name)
        knew = known is not None and (known.blob == note["blob"] if known.blob else known.ident == note["ident"])
        if whole or knew or not note["mode"]:
            self._see(name, result)


def _became(result: blobs.Look) -> writes.Line:
    link: writes.Line = {"link": result.link} if result.link else {}
    return {"after": result.blob, "size": result.size if result.mode else -1, "mode": result.mode, **link}


# The constructs that replace a file without regard to what was in it; every other way of writing changes it in place.
OVERWRITING = (
    "> redirection", ">| redirection", "&> redirection", ">& redirection", "tee", "cp", "mv", "install", "dd", "rsync",
    "scp", "ln", "curl", "wget", "truncate", "tar", "unzip",
)  # fmt: skip
# Those that put something else in the place of a symbolic link; all others write to what it leads to.
RENAMING = ("ln", "mv", "install", "rsync", "tar", "unzip")


def is_whole(action: Action, effect: Effect) -> bool:
    """Whether a write replaces the whole file whatever was in it."""
    if effect.op == "delete":
        return True
    if action.command is not None:
        return effect.how in OVERWRITING and not (effect.how == "tee" and _appends(action))
    if action.kind == "write":
        return True
    mine = [c for c in action.changes if c.path == effect.path]
    return action.tool == "apply_patch" and bool(mine) and all(c.old is None for c in mine)


def is_git(via: str) -> bool:
    """Whether git itself changes the file: what it puts there the agent has not read."""
    return via.rpartition(" -> ")[2].partition(" ")[0] == "git"


def appends(action: Action, effect: Effect) -> bool:
    """Whether a write only adds to the end of the file, so that nothing that is there is lost."""
    return ">>" in effect.how or (effect.how == "tee" and _appends(action)) or effect.how == "flock-append"


def _is_shared(effect: Effect, policy: Policy) -> bool:
    """Whether several agents may write the file at once.

    A plain append is none: who changes the file meanwhile from what it has read would lose it, or take it for its own.
    """
    return effect.how == "flock-append" or (effect.place is not None and policy.exempts(effect.place))


def _appends(action: Action) -> bool:
    """Whether every tee of the command only appends."""
    tees = [c.argv for c in action.commands if c.argv and (c.argv[0] or "").rpartition("/")[2] == "tee"]
    return all(any(w in ("-a", "--append") for w in argv[1:]) for argv in tees)
