"""Make one commit in a tree that many use, in one step: hooks first, then a compare-and-swap of HEAD.

Everything is built in a private index from HEAD. Hooks run on it while nobody waits. What follows is short and under a
lock among onetree's own commits: build anew if HEAD has moved, take index.lock, set HEAD if it is still what the
commit is built upon, put the committed paths into the shared index, let go. Whoever commits with plain git cannot
get between HEAD and the index, which would take the commit back (ADR 32). What a killed process leaves half done is
written down before (PENDING) and finished by the next commit.
"""

import os
import time
from typing import Any

from onetree import flock, jsonlite, sealed, writes
from onetree.commits import hooks, lockfile, own
from onetree.commits.plan import Plan, Planner
from onetree.commits.repository import NOTHING, Entry
from onetree.git import GitError

LOCK, PENDING, PRIVATE = "onetree-commit.lock", "onetree-commit.pending", "onetree-commit"
WAIT = 60.0  # seconds for the lock among onetree's commits
INDEX_WAIT = 10.0  # seconds for index.lock
POLITE = 2  # tries that leave index.lock to others while the commit is built
TRIES = 50  # at HEAD, when plain git moves it meanwhile
ROUNDS = 10  # of the hooks, when what is to be committed changes meanwhile
EMPTY_BLOBS = (
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
)


class Refusal(Exception):
    """Why nothing was committed. args: the text."""


class Moved(Exception):
    """HEAD moved, and what is to be committed with it: the hooks must look again."""


class Transaction:
    """One commit by one agent. message: with its trailers. said: what to tell besides the result."""

    def __init__(
        self, planner: Planner, pending: "list[own.Pending]", agent: writes.Line, message: str, sign: bool
    ) -> None:
        self.planner, self.repo, self.pending, self.agent = planner, planner.repo, pending, agent
        self.message, self.sign = message, sign
        self.said: list[str] = []
        self.plan = Plan("")
        base = os.path.join(self.repo.directory, f"{PRIVATE}.{os.getpid()}")
        self.index, self.copy, self.text = f"{base}.index", f"{base}.shared", f"{base}.msg"

    def run(self) -> str:
        """Commit; gives the commit's name, "" if nothing is left to commit. Raises Refusal, GitError, OSError."""
        try:
            for _ in range(ROUNDS):
                with open(self.text, "w", encoding="utf-8", errors="surrogateescape") as f:
                    f.write(self.message)
                self._plan(self.repo.head())
                if not self.plan.parts:
                    return ""
                # Without hooks or a signature, nothing takes long: it is built once, when nobody can come between.
                commit = self._prepared() if self._waits() else ""
                try:
                    with flock.locked(os.path.join(self.repo.directory, LOCK), WAIT):
                        self._recover()
                        return self._land(commit)
                except Moved:
                    continue
            raise Refusal("HEAD changes the files of this commit again and again; try again")
        finally:
            for path in (self.index, self.copy, self.text):
                for name in (path, f"{path}.lock"):
                    _unlink(name)

    def _plan(self, head: str) -> None:
        """Plan upon a commit, or refuse."""
        busy = self.repo.busy()
        if busy:
            raise Refusal(f"{busy[0]}, and a commit would become part of it; way out: {busy[1]}")
        self.plan = self.planner.plan(self.pending, head)
        if self.plan.no:
            rows = "\n".join(f"  {path}: {why}" for path, why in self.plan.no.items())
            ways = (
                "name the other PATHs; or wait until the others have committed, and try again; or "
                "`--whole-file PATH ...` commits these files as they are, with the others as co-authors"
            )
            raise Refusal(f"not only this agent's own:\n{rows}\nway out: {ways}")

    def _waits(self) -> bool:
        """Whether there is something to run or to ask for that may take its time."""
        return self.sign or any(hooks.present(self.repo, n) for n in ("pre-commit", "prepare-commit-msg", "commit-msg"))

    def _prepared(self) -> str:
        """Build, ask the hooks, and make the commit object. Raises Refusal."""
        checks = hooks.present(self.repo, "pre-commit")
        tree = self._tree(self.plan.head, keep_times=checks)
        if checks:
            self._hook("pre-commit", index=self.index)
            left = self.repo.line("write-tree", GIT_INDEX_FILE=self.index)
            if left != tree:
                names = self.repo.line("diff-tree", "-r", "--name-only", tree, left).replace("\n", ", ")
                raise Refusal(
                    f"the pre-commit hook changed what was to be committed ({names}); run what changes it yourself, "
                    "on your own files, and commit again"
                )
        self._hook("prepare-commit-msg", self.text, "message", index=self.index)
        self._hook("commit-msg", self.text, index=self.index)
        return self._commit(tree, self.plan.head)

    def _hook(self, name: str, *args: str, index: str) -> None:
        try:
            hooks.run(self.repo, name, *args, index=index)
        except hooks.HookError as e:
            raise Refusal(str(e)) from None

    def _tree(self, head: str, *, keep_times: bool) -> str:
        """The new tree, by way of the private index. keep_times: so that a hook's git need not read all files."""
        if keep_times and head and os.path.exists(self.repo.index):
            _copy(self.repo.index, self.index)
            self.repo.git("read-tree", "--reset", head, index=self.index)
        elif head:
            self.repo.git("read-tree", head, index=self.index)
        else:
            self.repo.git("read-tree", "--empty", index=self.index)
        self.repo.put_entries(self.index, self.plan.content())
        return self.repo.line("write-tree", GIT_INDEX_FILE=self.index)

    def _commit(self, tree: str, head: str) -> str:
        args = [*(["-S"] if self.sign else []), *(["-p", head] if head else []), "-F", self.text]
        try:
            return self.repo.line("commit-tree", tree, *args)
        except GitError as e:
            what = "signed" if self.sign else "made"
            raise Refusal(f"the commit cannot be {what}: {e}") from None

    def _land(self, commit: str) -> str:
        """Move HEAD to the commit, built anew upon what HEAD is by now; "" if nothing is left. Raises Moved, Refusal.

        At first index.lock is not held while it is built. If others are quicker, it is: then they wait.
        """
        checked = bool(commit)
        for attempt in range(TRIES):
            try:
                if attempt < POLITE:
                    commit = self._fresh(commit, checked=checked)
                with lockfile.Taken(f"{self.repo.index}.lock", INDEX_WAIT) as taken:
                    if taken.repaired:
                        self.said.append(f"{taken.repaired}: taken away")
                    if attempt >= POLITE:
                        commit = self._fresh(commit, checked=checked)
                    if not commit or self._swap(commit):
                        return commit
            except lockfile.Held as e:
                raise Refusal(f"the index is in use: {e}") from None
            time.sleep(lockfile.jitter() * 0.01)
        raise Refusal(f"others moved HEAD {TRIES} times meanwhile; try again")

    def _fresh(self, commit: str, *, checked: bool) -> str:
        """The commit upon what HEAD is by now. checked: hooks have seen it, so its content must stay the same."""
        head = self.repo.head()
        if head != self.plan.head or self.repo.busy():
            before = self.plan.content()
            self._plan(head)
            if self.plan.content() != before and checked:
                raise Moved
        elif commit:
            return commit
        return self._commit(self._tree(head, keep_times=False), head) if self.plan.parts else ""

    def _swap(self, commit: str) -> bool:
        """HEAD and the shared index, index.lock held; False if HEAD is not what the commit is built upon."""
        self._stage()
        pending = os.path.join(self.repo.directory, PENDING)
        sealed.store(pending, self.planner.state, jsonlite.dumps(self._intent(commit)).encode("ascii"))
        moved = self._update_ref(commit)
        if moved:
            self._mark()
        _unlink(pending)
        return moved

    def _stage(self) -> None:
        """The shared index as it will be, in a copy: the committed paths agree with HEAD, all else is as it was."""
        if os.path.exists(self.repo.index):
            _copy(self.repo.index, self.copy)
        staged = self.repo.index_entries([p.name for p in self.plan.parts], self.copy)
        entries: dict[str, Entry] = {}
        for part in self.plan.parts:
            there = staged.get(part.name, [])
            if any(stage != "0" for stage, _ in there):
                raise Refusal(f"{part.path} is unmerged in the index; way out: resolve it and `git add {part.path}`")
            entry = there[0][1] if there else NOTHING
            if entry == part.new:
                continue
            entries[part.name] = self._staged(part.path, entry, part.old, part.new)
        if entries:
            self.repo.put_entries(self.copy, entries)

    def _staged(self, path: str, entry: Entry, old: Entry, new: Entry) -> Entry:
        """What the index has of a path after the commit: what somebody staged stays staged, upon the new version."""
        one = next(p for p in self.pending if p.path == path)
        mine = {own.after(x)[1] for x in one.edits}
        if entry == old or entry[1] in mine or (old == NOTHING and entry[1] in EMPTY_BLOBS):
            return new
        merged = self.planner.merge(old, entry, new)
        if merged is None:
            raise Refusal(
                f"{path} is staged in the index with changes at the same lines; whoever staged them can commit them "
                f"first, or `git restore --staged {path}` takes them off the index and leaves the file as it is"
            )
        return merged

    def _use_copy(self) -> None:
        """Make the copy the shared index, index.lock held. The lock stays what it is, so that it names its owner."""
        if os.path.exists(self.copy):
            os.replace(self.copy, self.repo.index)

    def _update_ref(self, commit: str) -> bool:
        subject, old = self.message.partition("\n")[0], self.plan.head or self.repo.zero
        end = time.monotonic() + lockfile.MIN_AGE + 2
        while True:
            try:
                self.repo.move_head(commit, old, f"commit: {subject}", self._use_copy)
            except GitError as e:
                if self.repo.head() != self.plan.head:
                    return False
                path = _lock_in(str(e))
                if not path:
                    raise Refusal(f"HEAD cannot be moved: {e}") from None
                if time.monotonic() > end:
                    dead, text = lockfile.diagnose(path)
                    if not dead or not lockfile.remove(path, dead):
                        raise Refusal(f"HEAD cannot be moved: {text}") from None
                    self.said.append(f"{text}: taken away")
                time.sleep(0.01 + lockfile.jitter() * 0.04)
            else:
                return True

    def _intent(self, commit: str) -> "dict[str, object]":
        entries = [[p.name, *p.old, *p.new] for p in self.plan.parts]
        marks = [[p.path, p.pending.upto] for p in self.plan.parts]
        return {"pid": os.getpid(), "commit": commit, "entries": entries, "marks": marks, "agent": self.agent}

    def _mark(self) -> None:
        """Say of each file that what was written up to here is in a commit."""
        for part in self.plan.parts:
            mark(self.planner.state, part.path, self.agent, part.pending.upto)

    def _recover(self) -> None:
        """Finish what a killed commit left: HEAD was moved, the index and the record were not."""
        path = os.path.join(self.repo.directory, PENDING)
        tidy(self.repo.directory)
        data = sealed.fetch(path, self.planner.state)
        if data is None:
            _unlink(path)
            return
        intent: Any = jsonlite.loads(data)
        if self._is_in_head(intent["commit"]):
            self._bring_index({row[0]: ((row[1], row[2]), (row[3], row[4])) for row in intent["entries"]})
            for name, upto in intent["marks"]:
                mark(self.planner.state, name, intent["agent"], upto)
            self.said.append(f"finished commit {intent['commit'][:10]}, whose process was killed")
        _unlink(path)

    def _is_in_head(self, commit: str) -> bool:
        try:
            self.repo.git("merge-base", "--is-ancestor", commit, "HEAD")
        except GitError:
            return False
        return True

    def _bring_index(self, rows: "dict[str, tuple[Entry, Entry]]") -> None:
        try:
            with lockfile.Taken(f"{self.repo.index}.lock", INDEX_WAIT):
                head = self.repo.tree_entries(self.repo.head(), rows)
                there = self.repo.index_entries(rows)
                entries = {
                    name: new
                    for name, (old, new) in rows.items()
                    if head.get(name, NOTHING) == new and [e for _, e in there.get(name, [("0", NOTHING)])] == [old]
                }
                if entries:
                    _copy(self.repo.index, self.copy)
                    self.repo.put_entries(self.copy, entries)
                    self._use_copy()
        except lockfile.Held as e:
            raise Refusal(f"the index is in use: {e}") from None


def mark(state: str, path: str, agent: writes.Line, upto: str) -> None:
    """Note that an agent's writes of a path, up to the one with this mac, are in a commit."""
    with writes.Held(state, path) as held:
        held.add({"do": "commit", "path": path, **agent, "upto": upto})


def tidy(directory: str) -> None:
    """Delete the private files of commits whose process is dead."""
    for name in os.listdir(directory):
        pid = name.removeprefix(f"{PRIVATE}.").partition(".")[0]
        if name.startswith(f"{PRIVATE}.") and pid.isdigit() and not _lives(int(pid)):
            _unlink(os.path.join(directory, name))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _lock_in(text: str) -> str:
    """The lock file that git could not make, out of its words; "" if it is about something else."""
    before, found, _ = text.partition(".lock': File exists")
    return before.rpartition("'")[2] + ".lock" if found else ""


def _copy(source: str, target: str) -> None:
    """A copy with its mode: others may share the repository."""
    with open(source, "rb") as f:
        data, mode = f.read(), os.fstat(f.fileno()).st_mode & 0o777
    with open(target, "wb") as f:
        f.write(data)
        os.fchmod(f.fileno(), mode)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
