"""The locks of many machines, in etcd: what has to run is the cluster, and a majority of its members.

A step is one transaction, whose condition is that nobody has made another since the state that it was made from: that
its place in the log is free. Else it is made anew, on what the others did (ADR 29). The state is what the log leads to:
an engine that stays keeps it and reads only what is new; one that comes begins with the last snapshot. Keys below the
prefix:

log/N    what one step did, from event N on: {"first", "last", "now", "at", "by": the step, "events": [...]} and "host":
         [boot, what its clock lacks to ours], if that is new
base     {"seq", "now", "steps", "hosts": {boot: what its clock lacks}, "at", "state"}: what was before the log begins;
         a new one is a condition of every step
snap     the same, later: packed
clock    {"lease", "seconds", "at"}: a lease that never ends, and when it began last: what has run of it is time that no
         person can set
bell/N   hung up by who waits with claim N, under a lease; its deletion wakes it
alive/N  the same, not deleted by others: without it, and on another machine, the claim is nobody's

The time of the steps is that of the fastest clock of all machines, none of which a person can set: each knows what its
own clock lacks. A machine that comes anew takes the time from the lease, to a second. No clock is ever put back.
"""

import json
import os
import random
import ssl
import time
import zlib
from base64 import b64decode, b64encode
from functools import partial
from itertools import count

from onetree import flock, process, utc
from onetree.locks import core, etcd_client, view, waiters
from onetree.locks.engine import EngineError
from onetree.locks.etcd_client import Client, Found, Refused, Row, Stream, delete, get, put, unchanged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from onetree.locks.core import Answer, Claim, Event, Request, State

PREFIX = "/onetree/locks/"
FILES = ("ca", "cert", "key", "password_file")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
TURNSTILE, VIEW = "locks.lock", "locks.json"
PATIENCE = 10.0  # seconds to wait for the store
AGAIN = 1.0  # the same, right after it did not answer: who takes back what failed does not wait twice
TURNSTILES = 4  # of a machine: all wait at the first; at the next one, while the holder of that seems to be stopped
AT_TURNSTILE, PASSED_BY = 2.0, 10.0  # seconds to wait at one, and not to, after its holder seemed to be stopped
RACE_PAUSE = 0.004  # seconds at most after a step of another machine was faster; the less, the more often that was so
LONGEST_RACE = 60.0  # seconds in which the steps of others may be faster, again and again
LONGEST_SLEEP = 30.0  # seconds: a net below the bells, not a way to wait
SESSION = 15  # seconds after which a waiter that gives no sign of life is nobody's to other machines
UNSEEN_SLEEP = 5.0  # seconds between looks at whether the waiters of other machines give signs of life
CLOCK = 315_360_000  # seconds: ten years
SNAPSHOT = 256  # steps between two snapshots
PAGE = 2000  # entries of the log in one answer
LOG_MOST = 100_000  # events; the older half is then folded into the base
MOST_AT_ONCE = 120  # operations of a transaction, of which etcd allows 128
MOST_IN_STEP = 100  # deletions in that of a step
MOST_HOSTS = 64
# What is known of a state: the number of its last event, its time, how many steps led there, the hosts as in the base.
NOTHING: "dict[str, Any]" = {"seq": 0, "now": 0.0, "steps": 0, "hosts": {}}
TIMES = ("since", "granted", "expires", "deadline", "promote", "end")  # of a claim


class Etcd:
    """The engine whose state is in a store below a prefix. For one thread; after a fork, the child begins anew.

    directory: of this machine; the view of the state goes there. clock, first: for tests, seconds and the last number
    given out before.
    """

    def __init__(
        self,
        client: Client,
        directory: str,
        *,
        prefix: str = PREFIX,
        clock: "Callable[[], float] | None" = None,
        first: "int | None" = None,
    ) -> None:
        self.directory = directory
        self._client = client
        self._prefix = prefix
        self._clock = clock
        self._first = first
        names = [TURNSTILE, *(f"{TURNSTILE}.{n}" for n in range(1, TURNSTILES))]
        self._turnstiles = [flock.Lock(os.path.join(directory, name)) for name in names]
        self._view = os.path.join(directory, VIEW)
        self._host = process.boot() or os.uname().nodename
        self._offset = 0.0
        self._watch = waiters.Watch()
        self._forget()

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._state: State = core.new()
        self._known = False  # whether that was read
        self._head = NOTHING  # what is known of the state
        self._base = 0  # the revision of the base
        self._seen = 0  # the store's, when all of this was so
        self._viewed = -1  # the number of the event that the view on this machine is of
        self._drawn = -1  # the same of one that is not shown yet
        self._shown: dict[int, tuple[Claim, float, str]] = {}  # what _here() gave
        self._at = -1  # the turnstile that it is in
        self._pass_by = [0.0] * TURNSTILES  # until when it does not wait there
        self._raced = False  # whether others were faster at the last step
        self._failed = -PATIENCE  # when the store did not answer
        self._clock_lease = 0
        self._lease = 0
        self._kept = 0.0  # when the lease was last kept alive
        self._hung: set[int] = set()  # the claims whose bells and signs of life are in place
        self._streams: dict[int, Stream] = {}

    def clock(self) -> float:
        """As the protocol says."""
        return self._clock() if self._clock else process.clock() + self._offset

    def apply(self, request: "Request") -> "Answer":
        """As the protocol says; only that of an EngineError may remain a hold that its owner was not told of."""
        if self._pid != os.getpid():
            self._client.close()  # its parent goes on with the connection
            self._forget()
        patience = AGAIN if time.monotonic() - self._failed < AGAIN else PATIENCE
        self._enter()
        try:
            answer = self._decide(request, patience)
            if self._at == 0 and self._viewed != self._seq():
                if self._drawn != self._seq():
                    view.draw(self._view, self._text(self._state, self._head))
                view.show(self._view)
                self._viewed = self._seq()
        except EngineError:
            self._failed = time.monotonic()
            raise
        except OSError as e:
            raise EngineError(f"{e.filename or self.directory}: {e.strerror}") from None
        finally:
            if self._at >= 0:
                self._turnstiles[self._at].release()
                self._at = -1
        if request["op"] == "poll" and answer["status"] != "waiting":
            self._take_down(request["id"])
        return answer

    def wait(self, answer: "Answer") -> None:
        """As the protocol says."""
        ident = answer["claims"][0]["id"]
        until = time.monotonic() + min(answer["wake"] - self.clock(), LONGEST_SLEEP)
        if any(b["waiter"] and not process.is_here(b["waiter"]) for b in answer["blockers"]):
            until = min(until, time.monotonic() + UNSEEN_SLEEP)
        if ident not in self._streams:
            try:
                self._streams[ident] = self._client.deletions(f"{self._prefix}bell/{ident}", self._seen + 1)
            except EngineError:  # the next step finds another member, or tells
                self._hung.discard(ident)
                return
        stream = self._streams[ident]
        while (left := until - time.monotonic()) > 0:
            died = self._watch.sleep(stream.fileno(), answer["blockers"], min(left, SESSION / 3))
            if stream.news():
                self._take_down(ident)  # hung up again by the step that comes now
                return
            if died:
                return
            if time.monotonic() - self._kept > SESSION / 4:
                try:
                    alive = self._client.keep(self._lease, time.monotonic() + SESSION / 3)
                except EngineError:
                    return
                self._kept = time.monotonic()
                if not alive:
                    self._lease = 0
                    self._hung.clear()
                    return

    def state(self) -> "State":
        """As the protocol says."""
        self.apply({"op": "look"})
        return self._state

    def log(self) -> "Iterator[dict[str, Any]]":
        """As the protocol says; "state" is the event that stands for all before it."""
        end = time.monotonic() + PATIENCE
        found = self._read([get(self._prefix + "base")], end)
        if not found.rows[0]:
            return
        base = found.rows[0][0].value()
        if base["state"] != core.new():
            yield {"seq": base["seq"], "at": base["at"], "event": "state", "state": base["state"]}
        after = base["seq"]
        while rows := self._read([self._news(after)], time.monotonic() + PATIENCE).rows[0]:
            for row in rows:
                entry = row.value()
                for number, event in enumerate(entry["events"], entry["first"]):
                    yield {"seq": number, "at": entry["at"], **event}
                after = entry["last"]

    def close(self) -> None:
        """As the protocol says."""
        for stream in self._streams.values():
            stream.close()
        if self._lease and self._pid == os.getpid():
            try:
                self._client.revoke(self._lease, time.monotonic() + 1.0)
            except EngineError:
                pass  # it ends by itself
        self._client.close()
        for one in self._turnstiles:
            one.close()
        self._watch.close()
        self._forget()

    # A step. --------------------------------------------------------------------------------------------------------

    def _decide(self, request: "Request", patience: float) -> "Answer":
        """Make the step on what is known, and again on what others did meanwhile, until it fits."""
        began = time.monotonic()
        end = began + patience
        if not self._known:
            self._load(end)
        for attempt in count():
            by, self._drawn = os.urandom(8).hex(), -1
            after, events, answer, now = self._step(request, end)
            head, then, goodbyes = self._operations(after, events, answer, now, by, end)
            condition = [unchanged(self._log(self._seq() + 1), 0), unchanged(self._prefix + "base", self._base)]
            news = self._news_operations() if self._raced else []
            try:
                found = self._client.transaction(condition, then, news, end, partial(self._draw, after, head))
            except Refused as e:
                if e.code != etcd_client.NOT_FOUND or not self._lease:
                    raise
                self._lease = 0  # it has ended while this process was stopped
                self._hung.clear()
                continue
            if found.yes:
                self._seen, self._raced = found.revision, attempt > 0
                if events:
                    self._state, self._head, self._base = after, head, self._base or found.revision
            elif by not in self._catch_up(found if news else self._read(self._news_operations(), end), end):
                self._raced = True
                end = time.monotonic() + patience  # it answers, and others get on: that is no reason to give up soon
                if end > began + LONGEST_RACE:
                    raise EngineError(f"etcd at {self._client.name}: others decide all the time; try again")
                if self._at < 0:
                    self._enter()
                if attempt:  # else it was on what others of this machine did before that the step was not made
                    time.sleep(random.uniform(0, RACE_PAUSE / attempt))  # noqa: S311  no secret
                continue
            if answer["status"] == "waiting":
                self._hung.add(answer["claims"][0]["id"])
            for n in range(0, len(goodbyes), MOST_AT_ONCE):  # who is not woken by the step looks by himself, but later
                self._client.transaction([], goodbyes[n : n + MOST_AT_ONCE], [], end)
            if events and head["steps"] % SNAPSHOT == 0:
                self._fold(end)
            return answer
        raise AssertionError

    def _step(self, request: "Request", end: float) -> "tuple[State, list[Event], Answer, float]":
        """The core's step, again while it names somebody whose process turns out to have ended."""
        now = max(self._head["now"], self.clock())
        dead, silent = set(request.get("dead", ())), set[int]()
        alive: set[int] | None = None
        while True:
            request = {**request, "dead": sorted(dead), "silent": sorted(silent)}
            after, events, answer = core.step(self._state, request, now)
            named = [*answer["blockers"], *(answer["claims"] if request["op"] == "look" else [])]
            known = dead | silent
            dead |= self._watch.dead(named)
            distant = [c["id"] for c in named if c["waiter"] and not process.is_here(c["waiter"])]
            if distant:
                alive = self._alive(end) if alive is None else alive
                silent |= set(distant) - alive
            if known == dead | silent:
                return after, events, answer, now

    def _operations(
        self, after: "State", events: "list[Event]", answer: "Answer", now: float, by: str, end: float
    ) -> "tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]":
        """(the new head, what makes the step durable and wakes whom it concerns, what is to be deleted after it)."""
        head, then = self._head, []
        if events:
            first, at = self._seq() + 1, utc.now()
            entry = {"first": first, "last": first + len(events) - 1, "now": now, "at": at, "by": by, "events": events}
            if head["hosts"].get(self._host) != self._offset:
                entry["host"] = [self._host, self._offset]
            head = _following(head, entry)
            then.append(put(self._log(first), entry))
            if not self._base:
                then.append(put(self._prefix + "base", {**self._head, "at": at, "state": self._state}))
            if self._head["steps"] % SNAPSHOT == 0:
                then.append(put(self._prefix + "clock", self._new_clock(end)))
            if head["steps"] % SNAPSHOT == 0:
                then.append(put(self._prefix + "snap", {**head, "at": at, "state": _pack(after)}))
        goodbyes = self._goodbyes(after, events)
        if answer["status"] == "waiting" and answer["claims"][0]["id"] not in self._hung:
            ident = answer["claims"][0]["id"]
            goodbyes = [g for g in goodbyes if g != delete(f"{self._prefix}bell/{ident}")]
            if not self._lease:
                self._lease = self._client.lease(SESSION, end)
                self._kept = time.monotonic()
            then += [put(f"{self._prefix}{kind}/{ident}", 1, self._lease) for kind in ("bell", "alive")]
        return head, then + goodbyes[:MOST_IN_STEP], goodbyes[MOST_IN_STEP:]

    def _goodbyes(self, after: "State", events: "list[Event]") -> "list[dict[str, Any]]":
        """Deletions: of the bells that wake, and of the signs of life of those who no longer wait; without doubles."""
        bells = [f"bell/{ident}" for ident in waiters.to_wake(after, events)]
        heard = [e for e in events if e["event"] in core.ENDS or e.get("set", {}).get("waiter", ...) is None]
        over = [f"alive/{e['id']}" for e in heard]
        hung = {str(c["id"]) for c in self._state["claims"] if c["waiter"] or not c["fence"]}
        return [delete(self._prefix + n) for n in dict.fromkeys(bells + over) if n.partition("/")[2] in hung]

    # What is in the store. ------------------------------------------------------------------------------------------

    def _seq(self) -> int:
        return int(self._head["seq"])

    def _log(self, seq: int) -> str:
        return f"{self._prefix}log/{seq:016}"

    def _news(self, after: int) -> "dict[str, Any]":
        return get(self._log(after + 1), self._prefix + "log0", limit=PAGE)

    def _news_operations(self) -> "list[dict[str, Any]]":
        return [get(self._prefix + "base", keys_only=True), self._news(self._seq())]

    def _read(self, operations: "list[dict[str, Any]]", end: float) -> Found:
        """What is there now: a majority has confirmed it."""
        return self._client.transaction([], operations, [], end)

    def _load(self, end: float) -> None:
        """Read the state: the last snapshot, and the log since."""
        names = ("base", "snap", "clock")
        found = self._read([get(self._prefix + name) for name in names], end)
        base, snap, clock = (rows[0] if rows else None for rows in found.rows)
        if not base:  # numbers begin above all that a store with the same history can have given out:
            # a claim takes two, and a transaction
            first = 2 * found.revision if self._first is None else self._first
            self._state, self._head = {**core.new(), "last": first}, NOTHING
            self._base, self._seen, self._known = 0, found.revision, True
            return
        start = (snap or base).value()
        self._state = _unpack(start["state"]) if snap else start["state"]
        self._head = {key: start[key] for key in NOTHING}
        self._base, self._known = base.revision, True
        while len(self._catch_up(self._read(self._news_operations(), end), end)) == PAGE:
            pass
        self._learn_time(clock, end)

    def _catch_up(self, found: Found, end: float) -> "set[str]":
        """Take in what others did, from the base and the log since ours; whose steps these were."""
        bases, rows = found.rows
        entries = [row.value() for row in rows]
        whole = all(e["first"] == before + 1 for e, before in zip(entries, [self._seq(), *(e["last"] for e in entries)],
                                                                  strict=False))  # fmt: skip
        if [row.revision for row in bases] != [self._base] or not whole:  # it was emptied, or folded
            self._known = False
            if time.monotonic() > end:
                raise EngineError(f"etcd at {self._client.name}: the locks there are not whole below {self._prefix}")
            self._load(end)
            return {e["by"] for e in entries}
        for entry in entries:
            self._state, self._head = core.replay(entry["events"], self._state), _following(self._head, entry)
        self._seen = found.revision
        if not self._clock:
            self._offset = max(self._offset, self._head["now"] - process.clock())
        return {e["by"] for e in entries}

    def _fold(self, end: float) -> None:
        """Keep the log short: put the state that the older half of it leads to in the place of the base."""
        row = self._read([get(self._prefix + "base")], end).rows[0][0]
        base = row.value()
        if self._seq() - base["seq"] < LOG_MOST:
            return
        state, head = base["state"], {key: base[key] for key in NOTHING}
        middle = (base["seq"] + self._seq()) // 2
        while head["seq"] < middle:
            for entry in (r.value() for r in self._read([self._news(head["seq"])], end).rows[0]):
                if head["seq"] < middle:
                    state, head = core.replay(entry["events"], state), _following(head, entry)
        new = put(self._prefix + "base", {**head, "at": utc.now(), "state": state})
        old = delete(self._log(0), self._log(head["seq"] + 1))
        found = self._client.transaction([unchanged(self._prefix + "base", row.revision)], [new, old], [], end)
        self._base = found.revision if found.yes else self._base

    def _alive(self, end: float) -> "set[int]":
        """The claims whose waiters give signs of life."""
        rows = self._read([get(self._prefix + "alive/", self._prefix + "alive0", keys_only=True)], end).rows[0]
        return {int(row.key.rpartition("/")[2]) for row in rows}

    # Time. ----------------------------------------------------------------------------------------------------------

    def _learn_time(self, clock: "Row | None", end: float) -> None:
        """Find what the clock of this machine lacks: as it was found before, else by the lease."""
        self._clock_lease = clock.value()["lease"] if clock else 0
        if self._clock:
            return
        found = [self._head["now"] - process.clock()]
        if self._host in self._head["hosts"]:
            found.append(self._head["hosts"][self._host])
        elif clock:
            lease = clock.value()
            left = self._client.left(lease["lease"], end)
            if left >= 0:  # the whole seconds that have certainly run: after a change of the leader, of fewer than all
                found.append(lease["at"] + max(0, lease["seconds"] - left - 1) - process.clock())
        self._offset = max(found)

    def _new_clock(self, end: float) -> "dict[str, Any]":
        """Begin the clock's lease again: the server may have forgotten how much of it has run."""
        at = self.clock()
        if not (self._clock_lease and self._client.keep(self._clock_lease, end)):
            self._clock_lease = self._client.lease(CLOCK, end)
        return {"lease": self._clock_lease, "seconds": CLOCK, "at": at}

    # This machine. --------------------------------------------------------------------------------------------------

    def _enter(self) -> None:
        """Wait a while for the others of this machine, so that not all make a step that only one of them can make."""
        try:
            if not self._known:
                os.makedirs(self.directory, mode=0o700, exist_ok=True)
        except OSError as e:
            raise EngineError(f"{e.filename or self.directory}: {flock.explain(e)}") from None
        for number, turnstile in enumerate(self._turnstiles):
            seconds = AT_TURNSTILE if time.monotonic() > self._pass_by[number] else 0.0
            try:
                turnstile.acquire(seconds)
            except flock.FlockError:  # without any turnstile it costs more, and is right
                if seconds:
                    self._pass_by[number] = time.monotonic() + PASSED_BY
            else:
                self._at = number
                return

    def _take_down(self, ident: int) -> None:
        stream = self._streams.pop(ident, None)
        if stream:
            stream.close()
        self._hung.discard(ident)

    def _draw(self, after: "State", head: "dict[str, Any]") -> None:
        """Prepare the state file of a step whose outcome is not known yet."""
        if self._at == 0 and head is not self._head:
            try:
                view.draw(self._view, self._text(after, head))
                self._drawn = head["seq"]
            except OSError:
                self._drawn = -1  # it will be drawn when it must be, and then tell

    def _text(self, state: "State", head: "dict[str, Any]") -> "list[view.Text]":
        """The state file, with the times of this machine's clock."""
        if len(self._shown) > 2 * len(state["claims"]) + 100:  # most of it has ended
            self._shown.clear()
        held = view.lines(self._here(c) for c in state["claims"] if c["fence"])
        waiting = view.lines(map(self._here, core.queue(state)))
        gone = view.lines(map(self._here, state["gone"]))
        now = head["now"] - self._offset
        return view.text(self._host, now, state["last"], head["seq"], [held], waiting, gone)

    def _here(self, claim: "Claim") -> str:
        """A claim for the state file."""
        known, offset, text = self._shown.get(claim["id"], (None, 0.0, ""))
        if known is not claim or offset != self._offset:
            times = {t: claim[t] - self._offset for t in TIMES if claim.get(t) is not None}
            text = json.dumps({**claim, **times}, separators=(",", ":"))
            self._shown[claim["id"]] = claim, self._offset, text
        return text


def connect(directory: str, settings: "Mapping[str, str]", folder: str) -> Etcd:
    """The engine that a policy's `locks:` names; its files are taken from the folder. Raises EngineError."""
    scheme, _, members = settings["engine"].partition("://")
    found = []
    for member in members.split(","):
        host, _, port = member.rpartition(":")
        found.append((host.strip("[]"), int(port)))
    files = {k: os.path.join(folder, os.path.expanduser(settings[k])) for k in FILES if k in settings}
    user, password = settings.get("user", ""), ""
    try:
        if user and scheme != "etcds" and not all(host in LOOPBACK for host, _ in found):
            raise EngineError("a password would go over the network for all to read; write `engine: etcds://...`")
        if user:
            with open(files["password_file"], encoding="utf-8") as f:
                password = f.read().strip("\n")
        context = _tls(files) if scheme == "etcds" else None
    except KeyError:
        raise EngineError("the policy names a user for etcd; write a password_file for it, too") from None
    except (OSError, ValueError) as e:
        raise EngineError(f"{', '.join(files.values())}: {getattr(e, 'strerror', '') or e}") from None
    return Etcd(Client(found, context, user, password), directory)


def _tls(files: "Mapping[str, str]") -> "ssl.SSLContext":
    context = ssl.create_default_context(cafile=files.get("ca"))
    if "cert" in files:
        context.load_cert_chain(files["cert"], files.get("key"))
    return context


def _following(head: "dict[str, Any]", entry: "dict[str, Any]") -> "dict[str, Any]":
    """The head after one more step."""
    hosts = head["hosts"]
    if "host" in entry:
        hosts = dict([*hosts.items(), entry["host"]][-MOST_HOSTS:])
    return {"seq": entry["last"], "now": entry["now"], "steps": head["steps"] + 1, "hosts": hosts}


def _pack(state: "State") -> str:
    return b64encode(zlib.compress(json.dumps(state, separators=(",", ":")).encode(), 1)).decode()


def _unpack(text: str) -> "State":
    found: State = json.loads(zlib.decompress(b64decode(text)))
    return found
