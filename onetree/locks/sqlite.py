"""The locks of one machine, in an SQLite database: nothing has to run.

A step is one transaction (BEGIN IMMEDIATE) inside a flock: SQLite alone would let the waiting poll, without order
(ADR 24). Of the state, only the part that a request can touch is read, so that a step costs the same beside a thousand
locks of others. The state file is renamed into place before the commit: it never lags behind what was granted.

Who waits sleeps in poll(2), on a pipe of its own and on the processes that are in its way. The pipe is made before the
claim is committed; a step that lets it in opens the other end before its commit, and closes it after that. Who is
killed in between closes it as well, so that no moment to be killed in leaves anybody asleep (POLLHUP, poll(2)).

All files are in one directory: locks.db, locks.lock (the flock), locks.json (the view), locks.wake/ (the pipes).
"""

import functools
import json
import os
import sqlite3
import sys

from onetree import flock, process, reach, utc
from onetree.locks import core, view, waiters
from onetree.locks.engine import EngineError
from onetree.locks.registry import VIEW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from typing import Any

    from onetree.locks.core import Answer, Claim, Event, Request, State

DATABASE, LOCK, BELLS = "locks.db", "locks.lock", "locks.wake"
PATIENCE = 10.0  # seconds to wait for the flock, under which a step takes less than a millisecond
LONGEST_SLEEP = 30.0  # seconds: a net below the bells, not a way to wait
LOG_MOST = 100_000  # events; the older half is then folded into one
CHECKPOINT = 4096  # events between two
PAGE = 1024  # bytes: a step writes some ten pages
LOADED = 1024  # claims that a process remembers
LAST = chr(0x10FFFF)  # behind every resource
# On Linux a reading end that was opened before any writing end hears only of one that has gone since. Elsewhere a bell
# is not heard if who rings it is killed just then: LONGEST_SLEEP.
LISTEN = (os.O_RDONLY if sys.platform == "linux" else os.O_RDWR) | os.O_NONBLOCK | os.O_CLOEXEC

ELSEWHERE = "keep the locks on a local file system with `locks: {registry: host}`, or in etcd"

WAITING, HELD, GONE = 0, 1, 2

SCHEMA = """
create table if not exists claims (id integer primary key, owner text, kind integer, rank integer, due real, data text);
create index if not exists of_owner on claims (owner, kind);
create index if not exists of_queue on claims (kind, rank);
create index if not exists of_time on claims (due) where due is not null;
create table if not exists places (resource text, id integer, primary key (resource, id)) without rowid;
create table if not exists log (seq integer primary key, at text, event text);
create table if not exists head (one integer primary key, last integer, now real, boot text);
insert or ignore into head values (1, 0, 0.0, '');
"""
HEAD = "select last, now, boot from head"


class SQLite:
    """The engine whose files are in a directory, made if missing. Raises EngineError.

    clock: seconds of this boot. For one thread; after a fork, the child opens its own.
    """

    def __init__(self, directory: str, *, clock: "Callable[[], float]" = process.clock) -> None:
        self.directory = directory
        self.clock = clock
        self._lock = flock.Lock(os.path.join(directory, LOCK))
        self._bells: dict[int, int] = {}  # descriptors of our own pipes, by the claim that waits
        self._watch = waiters.Watch()
        self._db: sqlite3.Connection | None = None
        self._pid = 0
        self._full = False  # whether it is for us to bring SQLite's log into the database
        self._boot = process.boot()

    def apply(self, request: "Request") -> "Answer":
        """As the protocol says."""
        if request["op"] == "poll" and (answer := self._granted(request)):
            return answer
        transaction = _Transaction(self)
        with transaction as db:
            last, now, boot = db.execute(HEAD).fetchone()
            now = max(now, self.clock()) if boot == self._boot else self.clock()
            everything = request["op"] == "look" or boot != self._boot
            part = {"last": last, **(_all(db) if everything else _part(db, request, now))}
            if boot != self._boot:  # who locked before the machine was started anew has ended, and so have its times
                request = {**request, "dead": [c["id"] for c in part["claims"]]}
            after, events, answer = self._step(part, request, now)
            if events or everything:
                seq = self._save(db, part, after, events, now)
                held = None if everything else self._held(part, after, seq - len(events))
                self._show(db, now, after["last"], seq, held)
            if answer["status"] == "waiting":
                self._hang_bell(answer["claims"][0]["id"])
            for ident in waiters.to_wake(after, events):
                transaction.ring(self._bell(ident))
        self._tidy(events, answer, request)
        if self._full and request["op"] not in ("acquire", "poll"):  # whoever asked for those has no time
            self._checkpoint()
        return answer

    def wait(self, answer: "Answer") -> None:
        """As the protocol says."""
        ident = answer["claims"][0]["id"]
        seconds = min(answer["wake"] - self.clock(), LONGEST_SLEEP)
        self._watch.sleep(self._bells[ident], answer["blockers"], seconds)
        self._renew_bell(ident)

    def state(self) -> "State":
        """As the protocol says."""
        self.apply({"op": "look"})
        with _Transaction(self) as db:
            return {"last": db.execute(HEAD).fetchone()[0], **_all(db)}

    def log(self) -> "Iterator[dict[str, Any]]":
        """As the protocol says; "state" is the event that stands for all before it."""
        try:
            rows = self._connect().execute("select seq, at, event from log order by seq").fetchall()
        except sqlite3.Error as e:
            raise _unable(self.directory, e) from None
        for seq, at, event in rows:
            yield {"seq": seq, "at": at, **json.loads(event)}

    def close(self) -> None:
        """As the protocol says."""
        for ident in list(self._bells):
            self._take_down_bell(ident)
        if self._db and self._pid == os.getpid():
            self._db.close()
        self._db = None
        self._lock.close()
        self._watch.close()

    def _granted(self, request: "Request") -> "Answer | None":
        """The answer to who has been granted what it waited for itself, read beside the steps of others: it makes none.

        None if there is more to say, or to do.
        """
        ident = request["id"]
        if ident not in self._bells or self._pid != os.getpid() or not self._db:
            return None
        select = "select kind, data from claims where id = ? or owner = ? and kind = ?"
        try:
            rows = self._db.execute(select, (ident, request["owner"], GONE)).fetchall()
        except sqlite3.Error as e:
            raise _unable(self.directory, e) from None
        if [kind for kind, _ in rows] != [HELD]:
            return None
        claim = _loads(rows[0][1])
        if claim["waiter"] or claim["expires"] <= self.clock():
            return None
        self._take_down_bell(ident)
        return {"status": "granted", "claims": [claim], "blockers": [], "lost": []}

    def _step(self, part: "State", request: "Request", now: float) -> "tuple[State, list[Event], Answer]":
        """The core's step, again while it names somebody whose process turns out to have ended."""
        dead = set(request.get("dead", ()))
        while True:
            after, events, answer = core.step(part, {**request, "dead": sorted(dead)}, now)
            named = [*answer["blockers"], *(answer["claims"] if request["op"] == "look" else [])]
            found = self._watch.dead(named) - dead
            if not found:
                return after, events, answer
            dead |= found

    def _save(self, db: sqlite3.Connection, old: "State", new: "State", events: "list[Event]", now: float) -> int:
        """Write the difference of two states, and the events; the number of the last event."""
        before = {c["id"]: c for c in [*old["claims"], *old["gone"]]}
        for kind, claims in ((None, new["claims"]), (GONE, new["gone"])):
            for claim in claims:
                old_one = before.pop(claim["id"], None)
                if old_one is not claim:
                    _put(db, claim, (HELD if claim["fence"] else WAITING) if kind is None else kind, old_one)
        for ident, claim in before.items():
            db.execute("delete from claims where id = ?", (ident,))
            db.executemany("delete from places where resource = ? and id = ?", [(r, ident) for r in claim["resources"]])
        at = utc.now()
        db.executemany("insert into log (at, event) values (?, ?)", [(at, _dumps(e)) for e in events])
        db.execute("update head set last = ?, now = ?, boot = ?", (new["last"], now, self._boot))
        ends = "select ifnull((select min(seq) from log), 0), ifnull((select max(seq) from log), 0)"
        first, last = db.execute(ends).fetchone()
        self._full |= (last - len(events)) // CHECKPOINT < last // CHECKPOINT
        if last - first >= LOG_MOST:
            _fold(db, (first + last) // 2)
        return int(last)

    def _held(self, old: "State", new: "State", seq: int) -> "list[view.Text] | None":
        """The held claims for the state file, if that is of the event before these two states differ."""
        before, after = ({c["id"]: c for c in part["claims"] if c["fence"]} for part in (old, new))
        without = [ident for ident, claim in before.items() if after.get(ident) is not claim]
        more = (_dumps(claim) for ident, claim in after.items() if before.get(ident) is not claim)
        return view.held(os.path.join(self.directory, VIEW), seq, without, more)

    def _show(self, db: sqlite3.Connection, now: float, last: int, seq: int, held: "list[view.Text] | None") -> None:
        """Write the state file."""
        rows: dict[int, list[str]] = {WAITING: [], HELD: [], GONE: []}
        select = "select kind, data from claims where kind is not ? order by kind, rank, id"
        for kind, data in db.execute(select, (None if held is None else HELD,)):
            rows[kind].append(data)
        held = [view.lines(rows[HELD])] if held is None else held
        text = view.text(self._boot, now, last, seq, held, view.lines(rows[WAITING]), view.lines(rows[GONE]))
        view.put(os.path.join(self.directory, VIEW), text)

    def _checkpoint(self) -> None:
        """Bring SQLite's log into the database: most of it beside the steps of others, and the rest between two."""
        self._full = False
        try:
            self._connect().execute("pragma wal_checkpoint(passive)")
            self._lock.acquire(PATIENCE)
            try:
                self._connect().execute("pragma wal_checkpoint(passive)")
            finally:
                self._lock.release()
        except (sqlite3.Error, flock.FlockError):
            pass  # then somebody else will

    def _connect(self) -> sqlite3.Connection:
        if self._db and self._pid == os.getpid():
            return self._db
        self._inherited = self._db  # never closed: SQLite's locks are its parent's
        self._bells = {} if self._pid != os.getpid() else self._bells
        db = sqlite3.connect(os.path.join(self.directory, DATABASE), isolation_level=None, timeout=PATIENCE)
        db.execute(f"pragma page_size = {PAGE}")
        if db.execute("pragma journal_mode = wal").fetchone()[0] != "wal":
            raise EngineError(f"{self.directory}: SQLite cannot keep its log there; use a local file system")
        db.execute("pragma synchronous = normal")
        db.execute("pragma wal_autocheckpoint = 0")  # it would wait for the disk while all wait for it
        db.executescript(SCHEMA)
        self._db, self._pid = db, os.getpid()
        return db

    def _open(self, fd: int) -> sqlite3.Connection:
        """The connection, while the flock is held by fd."""
        if not self._db or self._pid != os.getpid():
            limit = reach.limits(fd, os.path.join(self.directory, LOCK)) or reach.shared(fd)
            if limit:
                raise EngineError(f"{self.directory}: {limit}; {ELSEWHERE}")
        return self._connect()

    # The bells. -----------------------------------------------------------------------------------------------------

    def _bell(self, ident: int) -> str:
        return os.path.join(self.directory, BELLS, str(ident))

    def _hang_bell(self, ident: int) -> None:
        """Make the pipe by which this process is woken for a claim."""
        if ident not in self._bells:
            try:
                os.mkfifo(self._bell(ident), 0o600)
            except FileNotFoundError:
                os.makedirs(os.path.join(self.directory, BELLS), mode=0o700, exist_ok=True)
                os.mkfifo(self._bell(ident), 0o600)
            except FileExistsError:  # of a transaction that was not committed
                pass
            self._bells[ident] = os.open(self._bell(ident), LISTEN)

    def _renew_bell(self, ident: int) -> None:
        """Open it anew: a reading end that has once heard a writing end go hears that for ever."""
        try:
            rung, self._bells[ident] = self._bells[ident], os.open(self._bell(ident), LISTEN)
        except FileNotFoundError:  # somebody has ended the claim, as its owner will be told
            return
        except OSError as e:
            raise _unable(self.directory, e) from None
        os.close(rung)
        try:
            os.read(self._bells[ident], 4096)
        except BlockingIOError:
            pass

    def _tidy(self, events: "list[Event]", answer: "Answer", request: "Request") -> None:
        """Remove the pipes that nobody will wait at any longer."""
        if request["op"] == "poll" and answer["status"] != "waiting":
            self._take_down_bell(request["id"])
        for event in events:
            if event["event"] in core.ENDS:
                self._take_down_bell(event["id"])

    def _take_down_bell(self, ident: int) -> None:
        fd = self._bells.pop(ident, -1)
        if fd >= 0:
            os.close(fd)
        try:
            os.unlink(self._bell(ident))
        except OSError:
            pass


class _Transaction:
    """The flock, and in it a transaction that ends with a commit, or with a roll-back and EngineError."""

    def __init__(self, engine: SQLite) -> None:
        self.engine = engine
        self._bells: list[int] = []

    def ring(self, bell: str) -> None:
        """Wake who waits at this pipe, at the end."""
        try:
            self._bells.append(os.open(bell, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
        except OSError:  # nobody waits, or no longer
            pass

    def __enter__(self) -> sqlite3.Connection:
        engine = self.engine
        try:
            if not engine._db:  # noqa: SLF001  its own
                os.makedirs(engine.directory, mode=0o700, exist_ok=True)
            fd = engine._lock.acquire(PATIENCE)  # noqa: SLF001
        except (OSError, flock.FlockError) as e:
            raise _unable(engine.directory, e) from None
        try:
            self.db = engine._open(fd)  # noqa: SLF001
            self.db.execute("begin immediate")
        except BaseException as e:
            engine._lock.release()  # noqa: SLF001
            if isinstance(e, (OSError, sqlite3.Error)):
                raise _unable(engine.directory, e) from None
            raise
        return self.db

    def __exit__(self, kind: object, value: "BaseException | None", trace: object) -> None:
        try:
            self.db.execute("rollback" if value else "commit")
        except sqlite3.Error as e:
            value = value or e
            if self.db.in_transaction:
                self.db.execute("rollback")
        finally:
            for fd in self._bells:
                _ring(fd)
            self.engine._lock.release()  # noqa: SLF001
        if isinstance(value, (OSError, sqlite3.Error)):
            raise _unable(self.engine.directory, value) from None


def _ring(fd: int) -> None:
    """Ring, and close: where a closed end is not heard, what it has written is."""
    try:
        os.write(fd, b".")
    except OSError:  # full: it has been rung often enough; or it has just gone
        pass
    finally:
        os.close(fd)


def _unable(directory: str, e: Exception) -> EngineError:
    if isinstance(e, flock.FlockError):
        return EngineError(str(e))
    if isinstance(e, OSError):
        return EngineError(f"{e.filename or directory}: {flock.explain(e)}")
    way_out = "; if it stays so, move locks.db* away: all locks are then free" if "malformed" in str(e) else ""
    return EngineError(f"{os.path.join(directory, DATABASE)}: {e}{way_out}")


def _part(db: sqlite3.Connection, request: "Request", now: float) -> "dict[str, list[Claim]]":
    """Every claim that a step can touch: what is named, or due, what overlaps that, who waits for it, and so on."""
    found: dict[int, str] = {}
    seen: set[str] = set()
    resources = [core.normal(r) for r in request.get("resources", ())]
    owners = [request["owner"]]
    ids = [*request.get("ids", ()), *([request["id"]] if "id" in request else [])]
    select = "select id, kind, data from claims where"
    new = list(db.execute(f"{select} due <= ? or id in ({_marks(ids)})", (now, *ids)))
    if request["op"] == "poll" and [kind for _, kind, _ in new] == [HELD]:  # to be taken, which concerns nobody else
        lost = db.execute(f"{select} owner = ? and kind = ?", (*owners, GONE)).fetchone()
        if not lost:
            return {"claims": [_loads(new[0][2])], "gone": []}
    if not ids and not resources:
        new += db.execute(f"{select} owner = ?", owners)
    gone: list[Claim] = []
    claims: list[Claim] = []
    while new or resources or owners:
        for ident, kind, data in new:
            if ident not in found:
                found[ident] = data
                claim = _loads(data)
                (gone if kind == GONE else claims).append(claim)
                if kind != GONE or claim["owner"] == request["owner"]:  # an owner is told who has what it lost
                    resources += claim["resources"]
                    owners.append(claim["owner"])
        new = []
        for resource in {r for r in resources if r not in seen}:
            seen.add(resource)
            new += _overlapping(db, resource)
        fresh = {o for o in owners if "=" + o not in seen}
        seen.update("=" + o for o in fresh)
        new += db.execute(f"{select} owner in ({_marks(fresh)}) and kind != ?", (*fresh, HELD)) if fresh else ()
        resources, owners = [], []
    return {"claims": sorted(claims, key=_id), "gone": sorted(gone, key=_id)}


def _overlapping(db: sqlite3.Connection, resource: str) -> "list[tuple[int, int, str]]":
    """The rows of claims on the resource, on what covers it, and on what it covers; by the index of places."""
    repository, name = core.split(resource)
    prefix = f"{repository}:" if repository else ""
    cuts = [i for i, c in enumerate(name) if c in "/#"]
    above = [resource, prefix + ".", *(prefix + name[:i] for i in cuts)]
    ranges = [resource + c for c in "/0#$"]  # from each to before the next
    if name == ".":
        above, ranges = [], [prefix, f"{repository};" if prefix else LAST, "", ""]
    return db.execute(
        "select id, kind, data from claims where id in (select id from places where resource in "  # noqa: S608  marks
        f"({_marks(above)}) or resource >= ? and resource < ? or resource >= ? and resource < ?)",
        (*above, *ranges),
    ).fetchall()


def _marks(values: "Collection[object]") -> str:
    return ",".join("?" * len(values))


@functools.lru_cache(LOADED)
def _loads(data: str) -> "Claim":
    """A claim; nobody changes one, so that it can be had once more."""
    claim: Claim = json.loads(data)
    return claim


def _all(db: sqlite3.Connection) -> "dict[str, list[Claim]]":
    rows = db.execute("select kind, data from claims order by id").fetchall()
    return {
        "claims": [_loads(data) for kind, data in rows if kind != GONE],
        "gone": [_loads(data) for kind, data in rows if kind == GONE],
    }


def _put(db: sqlite3.Connection, claim: "Claim", kind: int, old: "Claim | None") -> None:
    due = None if kind == GONE else core.moment(claim)
    row = (claim["id"], claim["owner"], kind, claim["rank"], due, _dumps(claim))
    db.execute("insert or replace into claims values (?, ?, ?, ?, ?, ?)", row)
    places = [(r, claim["id"]) for r in claim["resources"]]
    if kind == GONE:
        db.executemany("delete from places where resource = ? and id = ?", places)
    elif old is None or old["resources"] != claim["resources"]:
        db.executemany("insert or ignore into places values (?, ?)", places)


def _fold(db: sqlite3.Connection, middle: int) -> None:
    """Keep the log short: put the state that its events lead to, up to the middle, in their place."""
    rows = db.execute("select event from log where seq <= ? order by seq", (middle,)).fetchall()
    event = {"event": "state", "state": replay(json.loads(row[0]) for row in rows)}
    db.execute("delete from log where seq < ?", (middle,))
    db.execute("update log set event = ? where seq = ?", (_dumps(event), middle))


def replay(events: "Iterable[Event]") -> "State":
    """The state that a log leads to, also one whose beginning was folded."""
    state = core.new()
    for event in events:
        state = event["state"] if event["event"] == "state" else core.evolve(state, event)
    return state


def _id(claim: "Claim") -> int:
    return int(claim["id"])


def _dumps(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
