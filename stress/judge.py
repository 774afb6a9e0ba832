"""Whether the files and the commits are what the agents were told: nothing lost, swept along, reverted or left out.

Pure: the agents' own acts (acts.py) and what git says (objects.py) in, findings out.
"""

from collections import defaultdict
from collections.abc import Iterable

from stress import acts
from stress.acts import DONE, NO, PERSON, Act
from stress.objects import Commit

MOST = 8  # findings of one kind that are spelled out
CHANGES = ("whole", "edit", "append", "insert", "strike", "create", "remove", "move", "undo")
NOTHING_LEFT = ("nothing since its last commit", "is in HEAD already")
WORK, WHOLE = "work", "whole"  # how the subject of an agent's commit begins; WHOLE with --whole-file
Event = tuple[Act, bool]  # of a token: the act, and whether it adds it


class History:
    """What happened to each token.

    raced: acts at one file at the same time, one of them a person's, whom no guard can hold off (ADR 28): both may
    have come to nothing, at once or with that agent's next write, and its record may hold the person's line.
    """

    def __init__(self, all_acts: "Iterable[Act]") -> None:
        self.asked = list(all_acts)
        self.acts = [a for a in self.asked if a.status != NO]
        changes = [a for a in self.acts if a.do in CHANGES]
        people = [a for a in changes if a.by == PERSON]
        agents = [a for a in changes if a.by != PERSON]
        pairs = [(p, a) for p in people for a in agents if p.meets(a)]
        self.raced = {id(a) for pair in pairs for a in pair}
        self.events: dict[str, list[Event]] = defaultdict(list)
        self.owners: dict[str, set[str]] = defaultdict(set)
        for act in changes:
            # A whole file that was not there: what was deleted meanwhile is brought back, knowingly or not.
            adds = act.whole if act.whole and act.was == acts.NOTHING else act.adds
            for token in adds:
                self.events[token].append((act, True))
                self.owners[token].add(act.by)
            for token in act.removes:
                self.events[token].append((act, False))
        renamed = [(p, a) for p in people for a in agents if a.do == "move" and a.path == p.path and a.went > p.asked]
        for person, agent in pairs + renamed:  # a person's lines that are in no commit go along with a renamed file
            for token in person.adds:
                self.owners[token].add(agent.by)

    def removers(self, token: str) -> "set[str]":
        """Who took it away on purpose, or may have."""
        return {act.by for act, adds in self.events[token] if not adds}

    def vague(self, act: Act, token: str) -> bool:
        """Whether nobody can know if the act had its effect on a token."""
        others = [a for a, _ in self.events[token] if a is not act]
        return act.status != DONE or id(act) in self.raced or any(act.meets(other) for other in others)

    def state(self, token: str) -> str:
        """yes, no or maybe: whether it must be there at the end."""
        state = "no"
        for act, adds in sorted(self.events[token], key=lambda e: e[0].went):
            if not self.vague(act, token):
                state = "yes" if adds else "no"
            elif state != ("yes" if adds else "no"):
                state = "maybe"
        return state


def lost(history: History, there: "set[str]") -> "list[str]":
    """What was acknowledged is in the tree unless somebody who had seen it took it away; what was taken away is not."""
    wrong = []
    for token in history.events:
        state = history.state(token)
        if state == "yes" and token not in there:
            wrong.append(f"lost: {_story(history, token)}")
        if state == "no" and token in there:
            wrong.append(f"came back: {_story(history, token)}")
    wrong += [f"nobody wrote {token}, which is in the tree" for token in sorted(there - set(history.events))]
    return _some(wrong)


def _story(history: History, token: str) -> str:
    """What is known of a token, and who was at its file."""
    steps = [f"{a.by}#{a.n} {a.do} {a.path}" for a, _ in history.events[token]]
    if not steps:
        return f"{token}, which nobody wrote"
    first = history.events[token][0][0]
    later = [a for a in history.acts if a.do in CHANGES and first.path in a.on() and (a.did or a.went) > first.asked]
    met = [f"{a.by}#{a.n} {a.do}" for a in later if a is not first][:4]
    return f"{token} ({', '.join(steps)}); then at that file: {', '.join(met) or 'nobody'}"


def swept(history: History, commits: "list[Commit]") -> "list[str]":
    """Each commit of an agent holds its own tokens, and its co-authors', and nobody else's."""
    return _some(
        [
            f"swept: commit {commit.name[:10]} of {commit.by} holds {_story(history, token)}"
            for commit in commits
            for token in sorted(commit.adds)
            if commit.by != PERSON and not history.owners[token] & _authors(commit)
        ]
    )


def _authors(commit: Commit) -> "set[str]":
    """Whose work a commit may hold; of a whole file that was asked for as it is, a person's, too."""
    return {commit.by, *commit.co, *([PERSON] if commit.subject.startswith(f"{WHOLE} ") else [])}


def reverted(history: History, commits: "list[Commit]") -> "list[str]":
    """What a commit takes away its author took away from the file, on purpose; or the file went as a whole."""
    return _some(
        [
            f"reverted: commit {commit.name[:10]} of {commit.by} takes back {_story(history, token)}"
            for commit in commits
            for token in sorted(commit.removes)
            if not _on_purpose(history, commit, token)
        ]
    )


def _on_purpose(history: History, commit: Commit, token: str) -> bool:
    who = history.removers(token)
    if any(id(act) in history.raced for act, _ in history.events[token]):
        return True
    return bool(who if commit.by == PERSON or token in commit.gone else who & {commit.by, *commit.co})


def left_out(history: History, commits: "list[Commit]") -> "list[str]":
    """A commit that an agent was told of is there, and with everything that the agent had done before."""
    place = {c.subject: k for k, c in enumerate(commits)}
    added: dict[str, int] = {}
    for k, commit in enumerate(commits):
        for token in commit.adds:
            added.setdefault(token, k)
    wrong = []
    for act in [a for a in history.acts if a.do == "commit" and a.did]:
        nothing = act.code == 1 and any(text in act.told for text in NOTHING_LEFT)
        if act.code and not nothing:
            continue
        at = len(commits) if nothing else max(place.get(f"{word} {act.by} {act.n}", -1) for word in (WORK, WHOLE))
        if at < 0:
            wrong.append(f"lost: commit {act.n} of {act.by} was acknowledged, and HEAD does not have it")
        elif not act.paths:
            out = [token for token in _due(history, act) if token not in added or added[token] > at]
            wrong += [f"left out of commit {act.n} of {act.by}: {_story(history, token)}" for token in out]
    return _some(wrong)


def _due(history: History, commit: Act) -> "list[str]":
    """The tokens that a commit must hold, if no commit before does."""
    found = []
    for token, events in history.events.items():
        first = events[0][0]
        mine = first.by == commit.by and first.status == DONE and first.ended and first.ended < commit.asked
        if mine and len(events) == 1 and id(first) not in history.raced:
            found.append(token)
    return found


def _some(wrong: "list[str]") -> "list[str]":
    more = [f"... and {len(wrong) - MOST} more of this kind"] if len(wrong) > MOST else []
    return wrong[:MOST] + more
