"""Two real clients at once in one repository: one writes from a stale reading, and both commit.

Both read one file; the first changes a line of it; the second then writes the whole of it with another line changed,
as it had read it. Each writes a file of its own, too, and the second commits with `git add -A`. Without onetree the
first one's change is gone, and the second one's commit holds the first one's file. With it both moves are refused, the
second reads again and writes, and both commit by `onetree commit`, at the same time. What came of it is read from git's
objects. The model holds its answers back so that the moves come in that order.
"""

import json
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from clients.agents import AGENTS, Place
from clients.install import install
from clients.model import Model
from clients.session import FINAL, ONETREE, Report, check_command, git, play, repository, script, settle

SHARED = "shared.txt"
LINES = [f"line {n:02}" for n in range(1, 21)]  # each of them once: Gemini replaces nothing else
WHO = ("first", "second")
Moves = tuple[tuple[str, ...], ...]
PATIENCE = 60  # seconds that one waits for the other before it goes on alone


def text(*changed: int) -> str:
    """The shared file, with the first one's line 2, the second one's line 18, both or none."""
    return "".join(f"{line}{' changed' if n in changed else ''}\n" for n, line in enumerate(LINES, 1))


ADD_ALL = ("shell", "git add -A && git commit -qm swept")
COMMIT = ("shell", f"{ONETREE} commit -m work")
# The moves of the first and of the second; both end by committing what they wrote.
MOVES: tuple[Moves, Moves] = (
    (("read", SHARED), ("edit", SHARED, "line 02", "line 02 changed"), ("write", "first.txt", "first\n"), COMMIT),
    (
        ("read", SHARED),
        ("write", "second.txt", "second\n"),
        ("replace", SHARED, text(18)),  # stale
        ADD_ALL,
        ("read", SHARED),
        ("replace", SHARED, text(2, 18)),
        COMMIT,
    ),
)
WROTE = {  # (file, line with its sign) of all that each of them adds and takes away
    "first": {("first.txt", "+first"), (SHARED, "-line 02"), (SHARED, "+line 02 changed")},
    "second": {("second.txt", "+second"), (SHARED, "-line 18"), (SHARED, "+line 18 changed")},
}
HARM = (MOVES[0][:3], MOVES[1][:4])  # as far as it goes without onetree
STALE, SWEEPS, AGAIN, LANDS = 2, 3, 4, 5  # moves of the second
# (who, its move) begins when (the other) has done so many: the first writes after the second has read, the second
# writes after the first has written, and neither commits before both are done.
WAITS = {(0, 1): 1, (1, STALE): 3, (0, 3): 6}


class Turns:
    """How far each of the two has come, and who waits for whom."""

    def __init__(self, waits: dict[tuple[int, int], int]) -> None:
        self.waits = waits
        self.done = [0, 0]
        self.changed = threading.Condition()

    def begin(self, shared: str, who: int, move: int) -> str:
        """Wait until this move's turn has come; what the shared file then is."""
        with self.changed:
            self.done[who] = max(self.done[who], move)
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.done[1 - who] >= self.waits.get((who, move), 0), PATIENCE)
        with open(shared, encoding="utf-8") as f:
            return f.read()


def pairs(names: list[str]) -> list[str]:
    """Every client as the first of a pair and as the second, and beside another of its own kind."""
    return [f"{a}+{b}" for others in (names[1:] + names[:1], names) for a, b in zip(names, others, strict=True)]


def both(name: str, folder: str, report: Report) -> None:
    """A pair without onetree and with it. Raises ClientError, InstallError."""
    pair = Pair(name, os.path.join(folder, "unguarded"), HARM)
    pair.play()
    unguarded(pair, report)
    pair = Pair(name, os.path.join(folder, "guarded"), MOVES)
    guard(pair, report)
    printed = pair.play()
    for one, out in zip(WHO, printed, strict=True):
        report.check(FINAL in out, f"the {one} one's session goes on to its end", repr(out.strip()[-80:]))
    refusals(pair, report)
    objects(pair, report)


class Pair:
    """Two clients, each with a home and a model of its own, and the project that they share. Raises InstallError."""

    def __init__(self, name: str, folder: str, moves: tuple[Moves, Moves]) -> None:
        self.names = name.split("+")
        self.agents = [AGENTS[n] for n in self.names]
        self.models = [Model(script(agent, mine)) for agent, mine in zip(self.agents, moves, strict=True)]
        self.project = os.path.join(folder, "project")
        self.turns = Turns({at: n for at, n in WAITS.items() if at[1] < len(moves[at[0]])})
        self.places = [
            Place(os.path.join(folder, which), install(n), model.url, self.project)
            for which, n, model in zip(WHO, self.names, self.models, strict=True)
        ]
        repository(self.places[0], {SHARED: text(), "README.md": "a scratch\n"})
        for agent, place in zip(self.agents, self.places, strict=True):
            settle(agent, place)

    def git(self, *words: str) -> str:
        return git(self.places[0], *words)

    def play(self) -> list[str]:
        """Both at once; what each of them printed. Raises ClientError."""
        shared = os.path.join(self.project, SHARED)
        for who, model in enumerate(self.models):
            model.watch = partial(self.turns.begin, shared, who)
        self.git("tag", "start")
        with self.models[0], self.models[1], ThreadPoolExecutor(2) as pool:
            return list(pool.map(play, self.agents, self.places, self.models))


def guard(pair: Pair, report: Report) -> None:
    """A person sets onetree up, and commits that."""
    words = [word for name in dict.fromkeys(pair.names) for word in ("--platform", name)]
    check_command(pair.places[0], report, "init", *words)
    pair.git("add", "-A")
    pair.git("commit", "-qm", "onetree")
    for agent, place in zip(pair.agents, pair.places, strict=True):
        agent.trust(place)


def unguarded(pair: Pair, report: Report) -> None:
    """Both harms are done."""
    there = pair.git("show", f"HEAD:{SHARED}")
    lost = there == text(18)
    report.check(lost, "without onetree, the stale write takes the first one's change away", repr(there[:40]))
    swept = pair.git("diff", "--name-only", "start", "HEAD").split()
    report.check(
        "first.txt" in swept, "without onetree, the second one's commit holds the first one's file", str(swept)
    )


def refusals(pair: Pair, report: Report) -> None:
    """What the second was told, and what became of the file."""
    turns, other = pair.models[1].turns(), pair.names[0]
    if len(turns) <= LANDS + 1:
        report.check(False, "the second plays all its moves", f"it ended before move {len(turns)}")
        return
    told = turns[SWEEPS].results[STALE]
    want = rf"stale-write: .*{SHARED}, which is not what this agent last saw: {other} \w+ wrote it.*read it again"
    found = re.search(want, told)
    report.check(bool(found), "the stale write is refused", found.group() if found else f"{told}, not /{want}/")
    report.check(turns[SWEEPS].seen == text(2), "the first one's change is still there", repr(turns[SWEEPS].seen[:40]))
    told = turns[AGAIN].results[SWEEPS]
    want = rf"shared-index: `git add -A` would stage .*{other} \w+ wrote .*onetree commit"
    found = re.search(want, told)
    report.check(bool(found), "`git add -A` is refused", found.group() if found else f"{told}, not /{want}/")
    landed = turns[LANDS + 1].seen
    report.check(landed == text(2, 18), "read again and written, it is let through", turns[LANDS + 1].results[LANDS])


def objects(pair: Pair, report: Report) -> None:
    """Two commits, each with its author's hunks and trailers and nothing else; all of it in the end."""
    commits = pair.git("rev-list", "--reverse", "start..HEAD").split()
    report.check(len(commits) == 2, "both have committed", pair.git("log", "--format=%h %s", "start..HEAD"))
    sessions = {}
    for commit in commits:
        held = hunks(pair, commit)
        one = next((w for w, lines in WROTE.items() if lines == held), "")
        report.check(bool(one), "a commit holds exactly its author's changes", f"{one}: {sorted(held)}")
        sessions[one] = [pair.git("log", "-1", f"--format={trailer(k)}", commit).strip() for k in ("Agent", "Session")]
    own = journalled(pair, report)
    report.check(sessions == own, "the trailers name whose it is", f"{sessions}; by the journal {own}")
    last = pair.git("show", f"HEAD:{SHARED}")
    report.check(last == text(2, 18), "both changes are in the final tree", repr(last[:20]))
    left = pair.git("status", "--porcelain")
    report.check(not left, "nothing is left uncommitted", left or "a clean tree")
    report.check(True, "git fsck finds nothing", pair.git("fsck", "--strict").strip() or "clean")
    check_command(pair.places[0], report, "audit", "--verify")


def hunks(pair: Pair, commit: str) -> set[tuple[str, str]]:
    """(file, line with its sign) of all that a commit adds and takes away."""
    found, name = set(), ""
    for line in pair.git("diff-tree", "-p", "-U0", "--no-commit-id", commit).splitlines():
        if line.startswith(("--- ", "+++ ")):
            name = line[4:].partition("/")[2] or name
        elif line[:1] in "+-" and line:
            found.add((name, line))
    return found


def trailer(key: str) -> str:
    """Git's word for a trailer's value (git-log(1))."""
    return f"%(trailers:key={key},valueonly)"


def journalled(pair: Pair, report: Report) -> dict[str, list[str]]:
    """The client and the session that wrote each one's own file, by the journal."""
    found = {}
    for record in map(json.loads, check_command(pair.places[0], report, "audit", "--json").splitlines()):
        for path, *_ in record.get("wrote", []):
            if path.removesuffix(".txt") in WHO:
                found[path.removesuffix(".txt")] = [record["platform"], record["session"]]
    return found
