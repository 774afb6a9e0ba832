"""stale-write: writes of a file that is not what the agent last saw: somebody else's change would be lost.

What an agent saw is recorded by the dispatcher (observe.py). A whole-file write from a stale reading is refused; an
edit whose old text is still there is let through with the policy's tier, because it carries the other's change along.
A file that holds what others have not committed is not renamed: their work would be committed with the new name.
What a git command replaces and git has in its index is not lost.
"""

import os
import time

from onetree import blobs, observe, paths, seen, writes
from onetree.action import Action, Effect
from onetree.policy import Policy
from onetree.verdict import ALLOW, BLOCK, WARN, Verdict

NAME = "stale-write"
ADR = 28
READ_AGAIN = "read it again, then write what takes both changes along"


def check(action: Action, policy: Policy) -> "list[Verdict]":
    """One verdict for each file that the agent would write without knowing what is in it."""
    if action.phase != "before" or not action.session:
        return []
    agent, found = observe.agent_of(action), []
    index = _Index()
    for effect, name in observe.followed(action, policy.root):
        place = effect.place
        if effect.op == "read" or place is None or observe.appends(action, effect) or policy.exempts(place):
            continue
        verdict = _File(action, effect, name, policy, index).judge(agent) or _moved(effect, name, policy, agent)
        if verdict:
            found.append(verdict)
    for effect in action.effects:
        if effect.op == "delete" and effect.certain and effect.place and (effect.tree or effect.place.is_dir):
            found += _tree(effect, agent, policy)
    return found


def busy(told: observe.Told) -> Verdict:
    """Another agent is writing the same file at this moment."""
    does = "is being" if told.line["do"] == "begin" else "was"
    fact = f"{told.path} {does} written by {writes.label(told.line)} at this moment, by {told.line.get('tool')}"
    way = f"wait {writes.OPEN:g} seconds at the most, read it again and write then"
    return Verdict(BLOCK, NAME, fact, path=told.path, adr=ADR, adr_home="onetree", way_out=way)


def overtaken(told: observe.Told) -> Verdict:
    """After a call: another agent has written the same file meanwhile."""
    by = writes.label(told.line)
    fact = f"{told.path} was also written by {by} during this call: one of the two changes may be lost"
    way = f"read it again; `onetree log {told.path}` lists the versions, all of which are kept"
    return Verdict(WARN, NAME, fact, path=told.path, adr=ADR, adr_home="onetree", way_out=way)


def again(warned: "tuple[str, str]") -> Verdict:
    """After a call: what a client that hears no warning before it was warned of."""
    path, reason = warned
    return Verdict(WARN, NAME, reason, path=path, adr=ADR, adr_home="onetree", way_out="read it again")


def unkept(name: str) -> Verdict:
    """What is overwritten is too large for the store."""
    fact = f"{name} is larger than {blobs.MAX_BYTES >> 20} MiB: what it is now will not be kept"
    way = "make a copy first if it is in no commit"
    return Verdict(WARN, NAME, fact, path=name, adr=27, adr_home="onetree", way_out=way)


class _File:
    """One file that would be written."""

    def __init__(self, action: Action, effect: Effect, name: str, policy: Policy, index: "_Index") -> None:
        self.action, self.effect, self.name, self.policy, self.index = action, effect, name, policy, index
        self.git = observe.is_git(effect.via)
        self.whole = self.git or observe.is_whole(action, effect)

    def judge(self, agent: writes.Line) -> "Verdict | None":
        real = observe.real(self.effect)
        now = blobs.glance(real, time.time_ns())
        known = seen.get(self.policy.state, agent, self.name)
        if (now.mode == "other" and not now.link) or (known and known.ident == now.ident and now.settled):
            return None
        if now.mode:
            now = blobs.look(real, blobs.algorithm(self.policy.root), time.time_ns())
        if known and now.mode and (known.blob == now.blob if known.blob else known.ident == now.ident):
            return None
        if not now.mode:
            return self._gone(agent) if known and self.effect.op == "write" else None
        if self._says(now) or (self.git and self.index.has(real, now.blob)):
            return None
        last = _latest(self.policy.state, self.name, agent, now)
        if now.link and not last and not known:
            return None  # nobody reads links
        return self._stale(now, last) if known else self._unread(last)

    def _gone(self, agent: writes.Line) -> Verdict:
        last = _latest(self.policy.state, self.name, agent, None)
        how = f"{writes.label(last)} deleted it{_when(last)}" if last else "it was deleted outside of onetree's sight"
        way = "leave it deleted, unless it is meant to come back"
        return self._verdict(WARN, f"bring back {self.name}, which this agent knew: {how}", way)

    def _says(self, now: blobs.Look) -> bool:
        """Whether the content that would be written is the one that is there."""
        texts = [c.new for c in self.action.changes if c.old is None]
        return self.action.kind == "write" and len(texts) == 1 and texts[0].encode("utf-8", "replace") == now.data

    def _unread(self, last: "writes.Line | None") -> "Verdict | None":
        """The agent has never seen the file. last: the write of another agent that made it what it is."""
        if not self.whole and self.policy.unread < BLOCK:
            return None
        does = "delete" if self.effect.op == "delete" else "overwrite" if self.whole else "change"
        if last and not (self.git and writes.is_by(last, observe.agent_of(self.action))):
            return self._verdict(BLOCK, f"{does} {self.name}, which this agent has never read: {_wrote(last)}")
        if self.policy.unread == ALLOW:
            return None
        return self._verdict(self.policy.unread, f"{does} {self.name}, which this agent has never read")

    def _stale(self, now: blobs.Look, last: "writes.Line | None") -> "Verdict | None":
        does = "delete" if self.effect.op == "delete" else "overwrite" if self.whole else "change"
        how = _wrote(last) if last else self._unended() or f"changed outside of onetree's sight{_modified(now)}"
        fact = f"{does} {self.name}, which is not what this agent last saw: {how}"
        if self.whole:
            return self._verdict(BLOCK, fact)
        if self.action.command is None and not _still_there(self.action, self.effect, now):
            return self._verdict(BLOCK, f"{fact}; and the text to be replaced is not there as it was")
        if self.policy.edits == ALLOW:
            return None
        return self._verdict(self.policy.edits, f"{fact}; the edit keeps the rest")

    def _unended(self) -> str:
        """The last write that has begun and of which no end is known: its agent, or the hook after it, was killed."""
        begun = writes.unended(writes.recent(self.policy.state, self.name))
        if not begun:
            return ""
        last = begun[-1]
        return f"{writes.label(last)} began to write it by {last.get('tool')}{_when(last)}, and no end is known"

    def _verdict(self, tier: int, fact: str, way: str = READ_AGAIN) -> Verdict:
        text = f"{self.effect.via} would {fact}"
        return Verdict(tier, NAME, text, path=self.name, adr=ADR, adr_home="onetree", way_out=way)


class _Index:
    """What git has staged, and so has kept; or, with committed, what HEAD has. Read when it is first asked for."""

    def __init__(self, *, committed: bool = False) -> None:
        self._committed = committed
        self._top: str | None = None
        self._entries: dict[str, tuple[int, str]] = {}

    def has(self, real: str, blob: str) -> bool:
        """Whether the file's content is the one in the index."""
        if self._top is None:
            self._read(os.path.dirname(real))
        name = paths.relative(real, self._top or "/")
        return bool(blob) and self._entries.get(name or "", (0, ""))[1] == blob

    def _read(self, folder: str) -> None:
        from onetree.shell.deadline import Deadline
        from onetree.shell.gitrepo.objects import Unreadable
        from onetree.shell.gitrepo.repository import Repository, find

        self._top = ""
        found = find(folder)
        try:
            if found:
                repo = Repository(*found, Deadline(1))
                self._top = found[0]
                self._entries = repo.tree(repo.head()) if self._committed else repo.index()[0]
        except (Unreadable, OSError, ValueError, IndexError):  # then nothing is taken to be kept
            pass


def _latest(state: str, name: str, agent: writes.Line, now: "blobs.Look | None") -> "writes.Line | None":
    """The last write of another agent; None if it is not what made the file what it is now, as far as is recorded."""
    lines = [x for x in writes.recent(state, name) if x["do"] in ("wrote", "undo")]
    if not lines or (now is not None and now.blob and lines[-1].get("after") != now.blob):
        return None
    if now is None and lines[-1].get("mode"):
        return None
    if now is not None and writes.is_by(lines[-1], agent) and observe.is_git(str(lines[-1].get("via"))):
        return lines[-1]  # what git put there the agent has not read, whoever told it to
    return next((x for x in reversed(lines) if not writes.is_by(x, agent)), None)


def _still_there(action: Action, effect: Effect, now: blobs.Look) -> bool:
    """Whether each text that the edits replace is in the file, the edits before it made."""
    text = now.data.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    mine = [c for c in action.changes if c.path == effect.path]
    for change in mine:
        if change.old is None:
            return False
        hunks = _hunks(change.old)
        if not all(h in text for h in hunks):
            return False
        text = text.replace(change.old, change.new, 1)
    return bool(mine)


def _hunks(old: str) -> "list[str]":
    """The pieces of an apply_patch text; any other text is one piece."""
    found: list[list[str]] = [[]]
    for line in old.replace("\r\n", "\n").split("\n"):
        if line.startswith("@@"):
            found.append([])
        elif line != "*** End of File":
            found[-1].append(line)
    return ["\n".join(lines) for lines in found]


def _moved(effect: Effect, name: str, policy: Policy, agent: writes.Line) -> "Verdict | None":
    """Whether a file that would be renamed holds what others have not committed: it would go in with the new name."""
    if effect.op != "delete" or effect.how != "mv" or effect.place is None:
        return None
    from onetree.commits import own

    left = [x for x in own.uncommitted(writes.history(policy.state, name)) if not writes.is_by(x, agent)]
    now = blobs.look(effect.place.real, blobs.algorithm(policy.root), time.time_ns())
    if not left or _Index(committed=True).has(effect.place.real, now.blob):
        return None
    whose = f"{writes.label(left[-1])} wrote{_when(left[-1])} and has not committed"
    fact = f"{effect.via} would rename {name}, which holds what {whose}"
    way = "wait until it is committed, or ask a person"
    return Verdict(BLOCK, NAME, fact, path=name, adr=ADR, adr_home="onetree", way_out=way)


def _tree(effect: Effect, agent: writes.Line, policy: Policy) -> "list[Verdict]":
    """Whether a folder that would be deleted holds what other agents wrote and this one has not seen."""
    top = paths.relative(effect.place.real, os.path.realpath(policy.root)) if effect.place else None
    if top is None:
        return []
    found = []
    for name, line in writes.latest(policy.state):
        inside = not top or name.startswith(f"{top}/")
        if not inside or writes.is_by(line, agent) or not line.get("mode"):
            continue
        real = os.path.join(os.path.realpath(policy.root), name)
        known = seen.get(policy.state, agent, name)
        unseen = known is None or known.blob != line.get("after")
        if unseen and os.path.lexists(real) and not policy.exempts(paths.resolve(real, "/", "/")):
            found.append((name, line))
    if not found:
        return []
    (name, line), more = found[0], f" and {len(found) - 1} more such files" if len(found) > 1 else ""
    fact = f"{effect.via} would delete {name}{more}, which this agent has not seen: {_wrote(line)}"
    way = "delete the files that are yours one by one, or ask whoever wrote the others"
    return [Verdict(BLOCK, NAME, fact, path=name, adr=ADR, adr_home="onetree", way_out=way)]


def _when(line: writes.Line) -> str:
    return f" at {str(line.get('t'))[11:19]} UTC"


def _wrote(line: writes.Line) -> str:
    does = "brought back a version of it" if line["do"] == "undo" else "wrote it"
    return f"{writes.label(line)} {does} by {line.get('tool')}{_when(line)}"


def _modified(now: blobs.Look) -> str:
    parts = now.ident.split(" ")
    if len(parts) < 4:
        return ""
    return f" at {time.strftime('%H:%M:%S', time.gmtime(int(parts[3]) // 1_000_000_000))} UTC"
