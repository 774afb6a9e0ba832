"""What of a file is one agent's own, by the record of its writes (onetree/writes.py). Pure: lines in, pairs out."""

from itertools import pairwise

from onetree import blobs, writes

DEEDS = ("wrote", "undo")  # what changes a file, among the lines about it
# (mode as git has it, "" for no file; git's name of the content as it is in the tree, of a symbolic link what it says)
Version = tuple[str, str]


class Pending:
    """What an agent wrote of one path since its last commit of it.

    path: below the root. edits: its writes, oldest first. upto: the mac of the last one.
    others: the latest write of each other agent that it has not committed, by (platform, session, agent).
    alone: the recorded versions follow on one another, from the first of the edits on, without anybody else's among
    them. last: the latest write of anybody.
    """

    __slots__ = ("alone", "edits", "last", "others", "path", "upto")

    def __init__(self, path: str, lines: "list[writes.Line]", agent: writes.Line) -> None:
        self.path = path
        deeds = [x for x in lines if x["do"] in DEEDS]
        pending = uncommitted(lines)
        self.edits = [x for x in pending if writes.is_by(x, agent)]
        self.upto = str(self.edits[-1].get("mac", "")) if self.edits else ""
        self.others: dict[tuple[str, str, str], writes.Line] = {}
        for line in pending:
            if not writes.is_by(line, agent):
                self.others[(str(line["platform"]), str(line["session"]), str(line["agent"]))] = line
        self.last: writes.Line = deeds[-1] if deeds else {}
        since = deeds[deeds.index(self.edits[0]) :] if self.edits else []
        steps = pairwise(since)
        self.alone = all(writes.is_by(x, agent) for x in since) and all(before(b) == after(a) for a, b in steps)

    def pairs(self) -> "list[tuple[Version, Version]]":
        """(before, after) of the edits, those that follow on one another drawn together."""
        found: list[tuple[Version, Version]] = []
        for line in self.edits:
            if found and found[-1][1] == before(line):
                found[-1] = (found[-1][0], after(line))
            else:
                found.append((before(line), after(line)))
        return [(b, a) for b, a in found if b != a]

    def grown_from(self, blob: str) -> "set[str]":
        """The contents that the edits made of this one, with nothing else in them."""
        found: set[str] = set()
        for line in self.edits:
            if before(line)[1] != blob:
                break
            blob = after(line)[1]
            found.add(blob)
        return found


def before(line: writes.Line) -> Version:
    """What was there before a write."""
    return _version(line.get("link_before"), line["mode_before"], line["before"])


def after(line: writes.Line) -> Version:
    """What a write left."""
    return _version(line.get("link"), line["mode"], line["after"])


def _version(link: object, mode: object, blob: object) -> Version:
    if link:
        return blobs.LINK, str(link)
    return ("", "") if mode == "other" else (str(mode), str(blob))  # of a folder git has nothing


def merge_whole(base: Version, ours: Version, theirs: Version) -> "Version | None":
    """The three-way merge of versions taken as wholes; None if both changed the content, or one deleted it.

    Modes are merged apart from contents; a mode that both changed differently is ours.
    """
    if ours in {base, theirs}:
        return theirs
    if theirs == base:
        return ours
    if not (base[0] and ours[0] and theirs[0]):
        return None
    mode = theirs[0] if ours[0] == base[0] else ours[0]
    if ours[1] in (base[1], theirs[1]):
        return mode, theirs[1]
    return (mode, ours[1]) if theirs[1] == base[1] else None


def uncommitted(lines: "list[writes.Line]") -> "list[writes.Line]":
    """The writes that their own agents have not committed, oldest first.

    A commit takes in its agent's writes up to the one with the mac `upto`; without a field "agent", a whole session's.
    """
    places = {str(x.get("mac", "")): i for i, x in enumerate(lines)}
    reach: dict[tuple[object, object, object], int] = {}
    for i, line in enumerate(lines):
        if line["do"] == "commit":
            key = (line["platform"], line["session"], line.get("agent"))
            reach[key] = max(reach.get(key, -1), places.get(str(line.get("upto")), i))
    return [x for i, x in enumerate(lines) if x["do"] in DEEDS and i > _reach(x, reach)]


def _reach(line: writes.Line, reach: "dict[tuple[object, object, object], int]") -> int:
    platform, session = line["platform"], line["session"]
    return max(reach.get((platform, session, name), -1) for name in (line["agent"], None))
