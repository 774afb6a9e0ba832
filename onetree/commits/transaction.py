"""Make one commit in a tree that many use, in one step: hooks first, then a compare-and-swap of HEAD.

Hooks run on a private index while nobody waits. What follows is short and under a lock among onetree's own commits:
build anew if HEAD has moved, put the committed paths into a copy of the shared index, take index.lock, set HEAD if it
is still what the commit is built upon, and the index with it. Whoever commits with plain git cannot get between HEAD
and the index, which would take the commit back (ADR 32). What a killed process leaves half done is written down before
(PENDING) and finished or taken back by the next commit.
"""

import os
import time

from onetree import flock, jsonlite, sealed, writes
from onetree.commits import hooks, latecomers, lockfile, own
from onetree.commits.lockfile import PRIVATE
from onetree.commits.plan import Plan, Planner
from onetree.commits.trees import NOTHING, Entry, Occupied
from onetree.git import GitError, Process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LOCK, PENDING = f"{PRIVATE}.lock", f"{PRIVATE}.pending"
WAIT = 60.0  # seconds for the lock among onetree's commits
INDEX_WAIT = 10.0  # seconds for index.lock
SETTLE, STUCK = 0.01, 1.0  # seconds at least, and at most, that index.lock is kept after HEAD and the index have moved
POLITE = 2  # tries that leave index.lock to others while the commit is built
ASKED = ("pre-commit", "prepare-commit-msg", "commit-msg")  # the hooks that see a commit before it is made
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
    """One commit by one agent. words: gives the message for a plan. said: what to tell besides the result."""

    def __init__(
        self, planner: Planner, pending: "list[own.Pending]", agent: writes.Line, words: "Callable[[Plan], str]",
        sign: bool,
    ) -> None:  # fmt: skip
        self.planner, self.repo, self.pending, self.agent = planner, planner.repo, pending, agent
        self.words, self.message, self.sign = words, "", sign
        self.said: list[str] = []
        self.plan = Plan("", {})
        self.rows: list[list[str]] = []  # what the copy of the index has differently: [name, *before, *after]
        self.taken: lockfile.Taken | None = None  # index.lock, kept
        self.seen: os.stat_result | None = None  # the shared index that the copy was made of
        base = os.path.join(self.repo.directory, f"{PRIVATE}.{os.getpid()}")
        self.index, self.copy, self.text = f"{base}.index", f"{base}.shared", f"{base}.msg"

    def run(self) -> str:
        """Commit; gives the commit's name, "" if nothing is left to commit. Raises Refusal, GitError, OSError."""
        try:
            for _ in range(ROUNDS):
                self.message = ""
                self._plan(self.repo.head())
                if not self.plan.parts:
                    return ""
                # Without hooks or a signature, nothing takes long: it is built once, when nobody can come between.
                asked = [n for n in ASKED if hooks.present(self.repo, n)]
                commit = self._prepared(asked) if asked or self.sign else ""
                self.repo.objects.writer()
                try:
                    with flock.locked(os.path.join(self.repo.directory, LOCK), WAIT):
                        self.repo.start(self._why())
                        self._recover()
                        return self._land(commit, checked=bool(asked))
                except Moved:
                    continue
            raise Refusal("HEAD changes the files of this commit again and again; try again")
        finally:
            if self.taken:
                self._settle()
                self.taken.free()
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
        message = self.words(self.plan)
        if message != self.message:
            self.message = message
            with open(self.text, "w", encoding="utf-8", errors="surrogateescape") as f:
                f.write(message)

    def _why(self) -> str:
        """What the reflogs say of the commit."""
        return f"commit: {self.message.partition(chr(10))[0]}"

    def _prepared(self, asked: "list[str]") -> str:
        """Build, ask the hooks, and sign; gives the commit if that was made. Raises Refusal."""
        tree = self._tree()
        if asked:
            self._private_index(tree)
        if "pre-commit" in asked:
            self._hook("pre-commit")
            left = self.repo.line("write-tree", GIT_INDEX_FILE=self.index)
            if left != tree:
                names = self.repo.line("diff-tree", "-r", "--name-only", tree, left).replace("\n", ", ")
                raise Refusal(
                    f"the pre-commit hook changed what was to be committed ({names}); run what changes it yourself, "
                    "on your own files, and commit again"
                )
        self._hook("prepare-commit-msg", self.text, "message")
        self._hook("commit-msg", self.text)
        return self._made(self._commit(tree)) if self.sign else ""

    def _hook(self, name: str, *args: str) -> None:
        try:
            hooks.run(self.repo, name, *args, index=self.index)
        except hooks.HookError as e:
            raise Refusal(str(e)) from None

    def _tree(self) -> str:
        """The new tree."""
        try:
            return self.repo.objects.changed(self.plan.head, self.plan.content())
        except Occupied as e:
            raise Refusal(f"{e}; way out: commit the deletion of what is there with it") from None

    def _private_index(self, tree: str) -> None:
        """The index for the hooks. It knows the files' times as the shared one does, so that they need not be read."""
        if os.path.exists(self.repo.index):
            _copy(self.repo.index, self.index)
        # A split index would leave a shared part behind for each commit.
        self.repo.git("-c", "core.splitIndex=false", "read-tree", "--reset", tree, index=self.index)

    def _commit(self, tree: str) -> Process:
        """A git that makes the commit, for _made()."""
        head = self.plan.head
        args = [*(["-S"] if self.sign else []), *(["-p", head] if head else []), "-F", self.text]
        return self.repo.begun("commit-tree", tree, *args)

    def _made(self, git: Process) -> str:
        try:
            return git.end().decode().strip()
        except GitError as e:
            what = "signed" if self.sign else "made"
            raise Refusal(f"the commit cannot be {what}: {e}") from None

    def _land(self, commit: str, *, checked: bool) -> str:
        """Move HEAD to the commit, built anew upon what HEAD is by now; "" if nothing is left. Raises Moved, Refusal.

        At first index.lock is not held while it is built. If others are quicker, it is: then they wait.
        """
        for attempt in range(TRIES):
            try:
                if attempt < POLITE:
                    commit = self._built(commit, checked=checked)
                with lockfile.Taken(f"{self.repo.index}.lock", INDEX_WAIT) as taken:
                    if taken.repaired:
                        self.said.append(f"{taken.repaired}: taken away")
                    if attempt >= POLITE:
                        commit = self._built(commit, checked=checked)
                    elif commit and not self._is_seen():
                        self._stage(self._listing())
                    moved = bool(commit) and self._swap(commit)
                    if moved:
                        taken.kept, self.taken = True, taken
                if moved:
                    self._mark()
                if moved or not commit:
                    _unlink(os.path.join(self.repo.directory, PENDING))
                    return commit
            except lockfile.Held as e:
                raise Refusal(f"the index is in use: {e}") from None
            time.sleep(lockfile.jitter() * 0.01)
        raise Refusal(f"others moved HEAD {TRIES} times meanwhile; try again")

    def _built(self, commit: str, *, checked: bool) -> str:
        """The commit upon what HEAD is by now, and the index for it; "" if nothing is left.

        checked: hooks have seen it, so its content must stay the same. What it is taken from may change meanwhile: as
        long as HEAD has the same of these paths, what the hooks have seen is what is committed, and they are not asked
        again.
        """
        listing = self._listing()
        head, busy = self.repo.head(), self.repo.busy()
        if head != self.plan.head or busy:
            commit = ""
            if busy or not self.plan.upon(head, self.repo.objects.entries(head, self.plan.old)):
                before = self.plan.content(), self.message
                self._plan(head)
                if (self.plan.content(), self.message) != before and checked:
                    raise Moved
        if not self.plan.parts:
            return ""
        git = None if commit else self._commit(self._tree())
        self._stage(listing)
        return self._made(git) if git else commit

    def _swap(self, commit: str) -> bool:
        """HEAD and the shared index, index.lock held; False if HEAD is not what the commit is built upon."""
        pending = os.path.join(self.repo.directory, PENDING)
        sealed.store(pending, self.planner.state, jsonlite.dumps(self._intent(commit)).encode("ascii"))
        return self._update_ref(commit)

    def _is_seen(self) -> bool:
        """Whether the shared index is still the one that the copy was made of."""
        now = _stat(self.repo.index)
        if now is None or self.seen is None:
            return now is self.seen
        return os.path.samestat(now, self.seen) and now.st_mtime_ns == self.seen.st_mtime_ns

    def _listing(self) -> Process:
        """A git that lists what a new copy of the shared index has of the paths."""
        _unlink(self.copy)
        self.seen = _copy(self.repo.index, self.copy) if os.path.exists(self.repo.index) else None
        return self.repo.listing(self.plan.old, self.copy)

    def _stage(self, listing: Process) -> None:
        """The shared index as it will be, in the copy: the committed paths agree with HEAD, all else is as it was."""
        staged = self.repo.listed(listing)
        entries: dict[str, Entry] = {}
        self.rows = []
        for part in self.plan.parts:
            there = staged.get(part.name, [])
            if any(stage != "0" for stage, _ in there):
                raise Refusal(f"{part.path} is unmerged in the index; way out: resolve it and `git add {part.path}`")
            entry = there[0][1] if there else NOTHING
            if entry == part.new:
                continue
            entries[part.name] = self._staged(part.path, entry, part.old, part.new)
            self.rows.append([part.name, *entry, *entries[part.name]])
        if entries:
            self.repo.put_entries(self.copy, entries).end()

    def _staged(self, path: str, entry: Entry, old: Entry, new: Entry) -> Entry:
        """What the index has of a path after the commit: what somebody staged stays staged, upon the new version."""
        one = next(p for p in self.pending if p.path == path)
        if entry == old or entry[1] in one.grown_from(old[1]) or (old == NOTHING and entry[1] in EMPTY_BLOBS):
            return new
        merged = self.planner.merge(old, entry, new)
        if merged is None:
            raise Refusal(
                f"{path} is staged in the index with changes at the same lines; whoever staged them can commit them "
                f"first, or `git restore --staged {path}` takes them off the index and leaves the file as it is"
            )
        return merged

    def _settle(self) -> None:
        """Wait until no `git commit` that has read the old index can get index.lock.

        It reads the index before it locks it. It will fail, as HEAD has moved, but would put the old index back first;
        while the lock is there, it fails at that.
        """
        begun = time.monotonic()
        late = latecomers.late(self.repo.top)
        time.sleep(max(0.0, begun + SETTLE - time.monotonic()))  # for those that cannot be seen
        while late:
            if time.monotonic() > begun + STUCK:
                which = ", ".join(map(str, late))
                self.said.append(
                    f"`git commit` (process {which}) had begun before, and may put the index back as it was; look with "
                    "`git status` when it has ended: `git restore --staged PATH ...` mends it"
                )
                break
            time.sleep(SETTLE)
            late &= latecomers.late(self.repo.top)

    def _use_copy(self) -> None:
        """Make the copy the shared index, index.lock held. The lock stays what it is, so that it names its owner."""
        if os.path.exists(self.copy):
            os.replace(self.copy, self.repo.index)

    def _update_ref(self, commit: str) -> bool:
        old = self.plan.head or self.repo.zero
        end = time.monotonic() + lockfile.MIN_AGE + 2
        while True:
            try:
                self.repo.move_head(commit, old, self._why(), self._use_copy)
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
        marks = [[p.path, p.pending.upto] for p in self.plan.parts]
        content = [[name, *entry] for name, entry in self.plan.content().items()]
        return {"commit": commit, "index": self.rows, "content": content, "marks": marks, "agent": self.agent}

    def _mark(self) -> None:
        """Say of each file that what was written up to here is in a commit."""
        for part in self.plan.parts:
            mark(self.planner.state, part.path, self.agent, part.pending.upto)

    def _recover(self) -> None:
        """Finish what a killed commit left if HEAD was moved to it, and take it back if not."""
        path = os.path.join(self.repo.directory, PENDING)
        tidy(self.repo.directory)
        data = sealed.fetch(path, self.planner.state)
        if data is None:
            _unlink(path)
            return
        intent: Any = jsonlite.loads(data)
        landed = self._is_in_head(intent["commit"])
        self._bring_index(intent, landed=landed)
        if landed:
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

    def _bring_index(self, intent: "dict[str, Any]", *, landed: bool) -> None:
        """What the index has of a killed commit's paths: as after it if it landed, else as before.

        Only where it is the other of the two, and only if HEAD has these paths as they were then.
        """
        content = {name: (mode, blob) for name, mode, blob in intent["content"]}
        head = self.repo.objects.entries(self.repo.head(), content)
        try:
            with lockfile.Taken(f"{self.repo.index}.lock", INDEX_WAIT):
                there = self.repo.listed(self.repo.listing(content))
                entries: dict[str, Entry] = {}
                for name, mode, blob, new_mode, new_blob in intent["index"]:
                    before, after = (mode, blob), (new_mode, new_blob)
                    now, right = (before, after) if landed else (after, before)
                    is_then = (head[name] == content[name]) == landed
                    if is_then and [e for _, e in there.get(name, [("0", NOTHING)])] == [now]:
                        entries[name] = right
                if entries:
                    _copy(self.repo.index, self.copy)
                    self.repo.put_entries(self.copy, entries).end()
                    self._use_copy()
        except lockfile.Held as e:
            raise Refusal(f"the index is in use: {e}") from None


def mark(state: str, path: str, agent: writes.Line, upto: str) -> None:
    """Note that an agent's writes of a path, up to the one with this mac, are in a commit."""
    with writes.Held(state, path) as held:
        held.add({"do": "commit", "path": path, **agent, "upto": upto})


def tidy(directory: str) -> None:
    """Delete the private files of commits whose process is dead, LOCK held: nobody else is writing what is pending."""
    for name in os.listdir(directory):
        pid = name.removeprefix(f"{PRIVATE}.").partition(".")[0]
        dead = name.startswith(f"{PRIVATE}.") and pid.isdigit() and not _lives(int(pid))
        if dead or name.startswith(f"{PENDING}."):
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


def _copy(source: str, target: str) -> os.stat_result:
    """A copy with its mode: others may share the repository. Gives what was copied."""
    with open(source, "rb") as f:
        data, found = f.read(), os.fstat(f.fileno())
    with open(target, "wb") as f:
        f.write(data)
        os.fchmod(f.fileno(), found.st_mode & 0o777)
    return found


def _stat(path: str) -> "os.stat_result | None":
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
