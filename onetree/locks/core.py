"""The rules of the orchestrator lock, pure: step(state, request, now) -> (state, events, answer).

No clock, no file, no process: an engine makes a step atomic and durable, and tells what it knows of the world in the
request (who is dead). All values are plain and go through JSON unchanged.

state    {"last": the last number given out, "claims": [claim, ...], "gone": [claim, ...]}: gone is what ended without
         its owner's doing, kept until the owner was told. A part of a state does as well, if it has everything that
         overlaps, or is of the same owner as, what a request names, and so on from there
claim    somebody's wish for all of some resources in one mode; waiting while "fence" is 0, held afterwards:
         id        number, in order of arrival
         owner     who, as SESSION/AGENT; claims of one owner never conflict
         resources sorted; mode, priority, reason: as asked
         rank      place in the queue: the priority's, one less with each promotion; UPGRADE before all
         fence     number of the grant, greater than that of every grant before
         since, granted, expires, deadline, promote: times; expires of a hold, deadline and promote of a waiter
         ttl, ageing: seconds; process: who has it, waiter: who waits for it, for the engine to judge
request  {"op": one of OPS, "owner": ..., "dead": [id, ...], "silent": [id, ...]} (whose processes have ended, or give
         no sign of life: the latter are told should they go on) and what the function of that name below says
event    {"event", "t", "id", "owner", "resources", "mode"} and "claim" (requested), "set" (changes), "tell" (ends)
answer   {"status", "claims", "blockers", "lost"} and where it fits "why", "cycle", "wake" (when to ask again at latest)

Time passes in order: whatever ends before now ends at its own time, and what that lets in is let in then. So the state
does not depend on how often somebody looks.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    Claim = dict[str, Any]
    State = dict[str, Any]
    Event = dict[str, Any]
    Request = dict[str, Any]
    Answer = dict[str, Any]

READ, INTENT, WRITE = MODES = ("read", "intent_write", "write")  # the weaker first
COMPATIBLE = {READ: (READ, INTENT), INTENT: (READ, INTENT), WRITE: ()}  # held -> what others are granted beside it

PRIORITIES = ("critical", "high", "normal", "low")
UPGRADE = -1  # the rank of a holder of intent_write that asks for write: everybody in the queue waits for it already

TTL = 300.0  # seconds that a hold lasts without renewal
AGEING = 30.0  # seconds of waiting after which a waiter is promoted by one level, and again
REMEMBERED = 86_400.0  # seconds that a loss is remembered for an owner who does not ask

NEW = ("requested",)
CHANGES = ("queued", "granted", "taken", "renewed", "promoted", "bound")
ENDS = ("released", "expired", "dead", "broken", "refused", "timed_out")
FORGOTTEN = "forgotten"


class WrongRequest(ValueError):
    """A request that no state could grant; the text says why."""


def new() -> "State":
    """The state in which nobody has asked for anything."""
    return {"last": 0, "claims": [], "gone": []}


def step(state: "State", request: "Request", now: float) -> "tuple[State, list[Event], Answer]":
    """One decision. now: seconds, never less than at the step before. Raises WrongRequest; state is not changed."""
    turn = Turn(state, now)
    turn.pass_time()
    for claim in _with_ids(turn.state["claims"], request.get("dead", ())):
        turn.end(claim, "dead", tell=False)
    for claim in _with_ids(turn.state["claims"], request.get("silent", ())):  # it may have been stopped, and go on
        turn.end(claim, "dead", tell=True)
    if turn.events:  # else nothing has changed since the step before, which settled all
        turn.settle()
    turn.lost = _lost(turn.state, request.get("owner", ""))
    answer = OPS[request["op"]](turn, request)
    return turn.state, turn.events, answer


def evolve(state: "State", event: "Event") -> "State":
    """The state after an event: the only place that changes it, so that a log of events replays to the state."""
    kind, ident = event["event"], event["id"]
    last, claims, gone = state["last"], state["claims"], state["gone"]
    if kind in NEW:
        last, claims = ident, [*claims, event["claim"]]
    elif kind in CHANGES:
        last = max(last, event["set"].get("fence", 0))
        claims = [{**c, **event["set"]} if c["id"] == ident else c for c in claims]
    elif kind in ENDS:
        if event["tell"]:
            end = {"ended": kind, "end": event["t"], "why": event["why"], "cycle": event.get("cycle", [])}
            ended = [{**c, **end} for c in claims if c["id"] == ident]
            gone = sorted([*gone, *ended], key=lambda c: int(c["id"]))
        claims = [c for c in claims if c["id"] != ident]
    else:
        gone = [c for c in gone if c["id"] != ident]
    return {"last": last, "claims": claims, "gone": gone}


def replay(events: "Iterable[Event]", state: "State | None" = None) -> "State":
    """The state that a log of events leads to."""
    state = state or new()
    for event in events:
        state = evolve(state, event)
    return state


# What a request can be. ---------------------------------------------------------------------------------------------


def acquire(turn: "Turn", request: "Request") -> "Answer":
    """All of "resources" in "mode", or none: granted, waiting (ask again with poll), or refused.

    wait: seconds to wait at most; 0 refuses at once what is not free. Also "priority", "ttl", "ageing", "reason",
    "process", "waiter".
    """
    claim = _claim(turn, request)
    turn.emit("requested", claim, claim=claim)
    if claim["rank"] == UPGRADE:
        rivals = [c for c in turn.held() if c["mode"] == INTENT and conflict(claim, c)]
        if rivals:  # each would wait for the other to let go of its intent_write
            return turn.refuse(claim, "upgrade", rivals)
    if request["wait"] <= 0:
        turn.grant()
        if not turn.find(claim["id"])["fence"]:
            return turn.refuse(claim, "busy", blockers(turn.state, claim))
    turn.settle()
    if not turn.find(claim["id"]).get("fence", 1):
        turn.emit("queued", claim, set={"waiter": request.get("waiter")})
    return _outcome(turn, claim["id"])


def poll(turn: "Turn", request: "Request") -> "Answer":
    """What has become of the waiting claim "id"; a grant that is told of here is taken, and its lease begins again."""
    claim = turn.find(request["id"])
    if claim and claim["fence"] and claim["waiter"]:
        turn.emit("taken", claim, set={"waiter": None, "expires": turn.now + claim["ttl"]})
    return _outcome(turn, request["id"])


def renew(turn: "Turn", request: "Request") -> "Answer":
    """Begin the leases of the chosen holds again, with another "ttl" if one is given; lost if one of them has ended.

    Chosen by "ids" or "resources"; by neither, all holds of the owner.
    """
    chosen, lost, others = _chosen(turn, request)
    if lost or others or not chosen:
        return _missed(turn, lost, others)
    for claim in chosen:
        if claim["fence"]:
            ttl = request.get("ttl") or claim["ttl"]
            turn.emit("renewed", claim, set={"ttl": ttl, "expires": turn.now + ttl})
    return turn.answer("renewed", [turn.find(c["id"]) for c in chosen])


def release(turn: "Turn", request: "Request") -> "Answer":
    """End the chosen holds, and leave the queue; chosen as for renew. What was lost is told, and then forgotten."""
    chosen, lost, others = _chosen(turn, request)
    if others:
        return _missed(turn, [], others)
    for claim in chosen:
        turn.end(claim, "released", tell=False)
    turn.settle()
    if lost or not chosen:
        answer = _missed(turn, lost, [])
        for claim in lost:
            turn.emit(FORGOTTEN, claim)
        return answer
    return turn.answer("released", chosen)


def bind(turn: "Turn", request: "Request") -> "Answer":
    """The hold "id" is from now on that of another "process"."""
    claim = turn.find(request["id"])
    if not claim or claim["owner"] != request["owner"]:
        return _outcome(turn, request["id"])
    turn.emit("bound", claim, set={"process": request["process"]})
    return turn.answer("granted", [turn.find(claim["id"])])


def break_(turn: "Turn", request: "Request") -> "Answer":
    """End the claim "id" though it is somebody else's; the owner is told at its next call. by: who did that."""
    claim = turn.find(request["id"])
    if not claim:
        return turn.answer("absent", [])
    turn.end(claim, "broken", tell=True, why=request["by"])
    turn.settle()
    return turn.answer("broken", [claim])


def look(turn: "Turn", request: "Request") -> "Answer":  # noqa: ARG001  all of OPS are called alike
    """Nothing but let time pass, and the dead go."""
    return turn.answer("seen", turn.state["claims"])


OPS: "dict[str, Callable[[Turn, Request], Answer]]" = {
    "acquire": acquire, "poll": poll, "renew": renew, "release": release, "bind": bind, "break": break_, "look": look,
}  # fmt: skip


# Who is in whose way. -----------------------------------------------------------------------------------------------


def covers(one: str, other: str) -> bool:
    """Whether a lock of one resource is also one of the other: a folder of what is in it, a file of its symbols."""
    if other.startswith(one) and (len(other) == len(one) or other[len(one)] in "/#"):
        return True
    if not one.endswith("."):
        return False
    repository, name = split(one)
    return name == "." and split(other)[0] == repository


def overlap(one: str, other: str) -> bool:
    """Whether one of them covers the other."""
    return covers(one, other) or covers(other, one)


def conflict(one: "Claim", other: "Claim") -> bool:
    """Whether two claims cannot be held at the same time."""
    if one["owner"] == other["owner"] or other["mode"] in COMPATIBLE[one["mode"]]:
        return False
    for a in one["resources"]:
        for b in other["resources"]:
            if overlap(a, b):
                return True
    return False


def place(claim: "Claim") -> "tuple[int, int]":
    """Its place in the queue: by rank, and within one rank first come, first served."""
    return claim["rank"], claim["id"]


def queue(state: "State") -> "list[Claim]":
    """The waiting claims in the order in which they will be served."""
    return sorted((c for c in state["claims"] if not c["fence"]), key=place)


def blockers(state: "State", claim: "Claim") -> "list[Claim]":
    """The claims that this waiting one waits for: what is held, and what is before it in the queue.

    An owner that holds as much already does not wait: everybody who is in the queue for it waits for that owner.
    """
    return list(_blockers(state, claim))


def _blockers(state: "State", claim: "Claim") -> "Iterator[Claim]":
    if covering(state, claim, claim["mode"]) is None:
        mine = place(claim)
        for other in state["claims"]:
            if (other["fence"] or place(other) < mine) and conflict(claim, other):
                yield other


def covering(state: "State", claim: "Claim", mode: str) -> "list[Claim] | None":
    """The owner's own holds in this mode, or a stronger one, that cover all of the claim; None if they do not."""
    own = [
        c
        for c in state["claims"]
        if c["fence"] and c["owner"] == claim["owner"] and MODES.index(c["mode"]) >= MODES.index(mode)
    ]
    if not own:
        return None
    used = [
        next((c for c in own if any(covers(r, wanted) for r in c["resources"])), None) for wanted in claim["resources"]
    ]
    return None if None in used else [c for c in used if c]


def cycle(state: "State") -> "list[Claim]":
    """Waiting claims of which each waits for the owner of the next, and the last for that of the first; [] if none."""
    waiting = queue(state)
    owners = [c["owner"] for c in state["claims"]]
    # Who has one claim only waits for those before it: a circle needs somebody who waits and has more.
    for start in [c for c in waiting if owners.count(c["owner"]) > 1]:
        way = _way(state, waiting, start, start["owner"], set())
        if way:
            return way
    return []


def _way(state: "State", waiting: "list[Claim]", claim: "Claim", goal: str, seen: "set[int]") -> "list[Claim]":
    """The waiting claims from this one to somebody who waits for the goal."""
    seen.add(claim["id"])
    for owner in dict.fromkeys(c["owner"] for c in blockers(state, claim)):
        if owner == goal:
            return [claim]
        for further in waiting:
            if further["owner"] == owner and further["id"] not in seen:
                way = _way(state, waiting, further, goal, seen)
                if way:
                    return [claim, *way]
    return []


def standing(state: "State", owner: str, resource: str) -> "tuple[str, list[Claim]]":
    """How an owner stands to a write of a resource: ("held" | "lost" | "other" | "free", the claims that say so).

    For the place of effect: held and free may write, lost and other may not. The state must be one of now (look).
    """
    held = [c for c in state["claims"] if c["fence"] and any(overlap(r, resource) for r in c["resources"])]
    own = [
        c
        for c in held
        if c["owner"] == owner and c["mode"] == WRITE and any(covers(r, resource) for r in c["resources"])
    ]
    if own:
        return "held", own
    others = [c for c in held if c["owner"] != owner]
    lost = [c for c in _lost(state, owner) if c["mode"] == WRITE and any(covers(r, resource) for r in c["resources"])]
    if lost:
        return "lost", lost
    return ("other", others) if others else ("free", [])


def split(resource: str) -> "tuple[str, str]":
    """(repository, name); the repository is "" where the resource names none."""
    head, colon, tail = resource.partition(":")
    return (head, tail) if colon and "/" not in head else ("", resource)


def normal(text: str) -> str:
    """The one spelling of a resource: PATH, PATH#SYMBOL or NAME, each after REPOSITORY: or not. Raises WrongRequest.

    A name with a colon in its first part, which is no repository, is written ./like:this.
    """
    repository, name = split(text)
    name, sign, symbol = name.partition("#")
    parts = [p for p in name.split("/") if p not in ("", ".")]
    if not text or not text.isprintable() or name.startswith("/") or ".." in parts or (sign and not (parts and symbol)):
        raise WrongRequest(f"{text!r} is no resource: name a path inside the repository, PATH#SYMBOL, or a name")
    path = "/".join(parts) or "."
    if repository:
        return f"{repository}:{path}{sign}{symbol}"
    return f"./{path}{sign}{symbol}" if ":" in (path + symbol).partition("/")[0] else path + sign + symbol


# How a step is made. ------------------------------------------------------------------------------------------------


class Turn:
    """A step while it is being made: the state so far, the events that led there, and the time."""

    def __init__(self, state: "State", now: float) -> None:
        self.state = state
        self.now = now
        self.events: list[Event] = []
        self.lost: list[Claim] = []  # what the one who asks had lost before

    def emit(self, kind: str, claim: "Claim", /, **fields: object) -> None:
        """One event: into the list, and into the state."""
        event = {"event": kind, "t": self.now, "id": claim["id"], "owner": claim["owner"]}
        event.update(resources=claim["resources"], mode=claim["mode"], **fields)
        self.events.append(event)
        self.state = evolve(self.state, event)

    def end(self, claim: "Claim", kind: str, *, tell: bool, why: str = "") -> None:
        """A claim ends. tell: its owner does not know, and is to be told."""
        self.emit(kind, claim, tell=tell, why=why, held=bool(claim["fence"]))

    def find(self, ident: int) -> "Claim":
        """A claim by its number, or {}."""
        return next((c for c in self.state["claims"] if c["id"] == ident), {})

    def held(self) -> "list[Claim]":
        """What is held."""
        return [c for c in self.state["claims"] if c["fence"]]

    def pass_time(self) -> None:
        """Let everything happen that was due before now, each at its own time and in order."""
        now = self.now
        while True:
            due = min((moment(c) for c in self.state["claims"]), default=now + 1)
            if due > now:
                break
            self.now = due
            for claim in [c for c in self.state["claims"] if moment(c) == due]:
                self._happen(claim)
            self.settle()
        self.now = now
        for claim in self.state["gone"]:
            if not 0 <= now - claim["end"] <= REMEMBERED:
                self.emit(FORGOTTEN, claim)

    def _happen(self, claim: "Claim") -> None:
        if claim["fence"]:
            self.end(claim, "expired", tell=True)
        elif claim["deadline"] == self.now:
            self.end(claim, "timed_out", tell=True)
        else:
            rank = claim["rank"] - 1
            self.emit(
                "promoted", claim, set={"rank": rank, "promote": self.now + claim["ageing"] if rank > 0 else None}
            )

    def settle(self) -> None:
        """Grant what is free, and refuse the youngest of those who wait for each other."""
        for claim in queue(self.state):
            if claim["rank"] == UPGRADE and covering(self.state, claim, INTENT) is None:
                self.end(claim, "refused", tell=True, why="intent ended")  # others may have written since
        self.grant()
        while circle := cycle(self.state):
            youngest = max(circle, key=lambda c: int(c["id"]))
            at = circle.index(youngest)
            named = [[c["owner"], c["resources"]] for c in circle[at:] + circle[:at]]
            self.emit("refused", youngest, tell=True, why="cycle", held=False, cycle=named)
            self.grant()

    def grant(self) -> None:
        """Grant, in the order of the queue, what nothing is in the way of."""
        for claim in queue(self.state):
            if next(_blockers(self.state, claim), None) is None:
                own = covering(self.state, claim, claim["mode"])
                nested = own is not None and all(c is own[0] for c in own)
                fence = own[0]["fence"] if own and nested else self.state["last"] + 1
                change = {"fence": fence, "granted": self.now, "expires": self.now + claim["ttl"]}
                if claim["waiter"] == claim["process"]:  # if it ends before it hears of this, so has who has the lock
                    change["waiter"] = None
                self.emit("granted", claim, set=change)
                for lost in _lost(self.state, claim["owner"]):
                    if all(any(covers(r, wanted) for r in claim["resources"]) for wanted in lost["resources"]):
                        self.emit(FORGOTTEN, lost)

    def refuse(self, claim: "Claim", why: str, rivals: "list[Claim]") -> "Answer":
        """Refuse what was just asked, and name who is in the way."""
        self.end(claim, "refused", tell=False, why=why)
        return {**self.answer("refused", [claim]), "why": why, "blockers": rivals}

    def answer(self, status: str, claims: "list[Claim]") -> "Answer":
        """What the caller is told; lost: what the owner lost without knowing."""
        return {"status": status, "claims": claims, "blockers": [], "lost": self.lost}


def moment(claim: "Claim") -> float:
    """When something happens to a claim by itself: its end, or its next promotion."""
    if claim["fence"]:
        return float(claim["expires"])
    return float(min(claim["deadline"], claim["promote"] or claim["deadline"]))


def _claim(turn: Turn, request: "Request") -> "Claim":
    """The claim that is asked for, waiting. Raises WrongRequest."""
    resources = sorted({normal(r) for r in request["resources"]})
    mode, priority = request.get("mode", WRITE), request.get("priority", "normal")
    ttl, ageing = request.get("ttl", TTL), request.get("ageing", AGEING)
    if (
        not resources
        or mode not in MODES
        or priority not in PRIORITIES
        or not (ttl > 0 and ageing > 0 and request["owner"])
    ):
        raise WrongRequest("a lock needs resources, one of the modes and priorities, an owner, and times above 0")
    claim = {"id": turn.state["last"] + 1, "owner": request["owner"], "resources": resources, "mode": mode,
             "priority": priority, "reason": request.get("reason", ""), "rank": PRIORITIES.index(priority), "fence": 0,
             "since": turn.now, "granted": None, "expires": None, "deadline": turn.now + request["wait"],
             "promote": None, "ttl": ttl, "ageing": ageing, "process": request.get("process"),
             "waiter": None}  # fmt: skip
    if mode == WRITE and covering(turn.state, claim, INTENT) and covering(turn.state, claim, WRITE) is None:
        claim["rank"] = UPGRADE
    if claim["rank"] > 0:
        claim["promote"] = turn.now + ageing
    return claim


def _outcome(turn: Turn, ident: int) -> "Answer":
    """How a claim stands; one that ended without its owner's doing is told of, and forgotten if it only waited."""
    claim = turn.find(ident)
    if claim and claim["fence"]:
        return turn.answer("granted", [claim])
    if claim:
        ahead = blockers(turn.state, claim)
        wake = min(moment(c) for c in [claim, *ahead])
        return {**turn.answer("waiting", [claim]), "blockers": ahead, "wake": wake}
    gone = _with_ids(turn.state["gone"], [ident])
    if not gone:
        return turn.answer("absent", [])
    answer = turn.answer("lost" if gone[0]["fence"] else "refused", gone)
    if not gone[0]["fence"]:
        turn.emit(FORGOTTEN, gone[0])
        answer["cycle"] = gone[0]["cycle"]
    return {**answer, "why": gone[0]["why"] if gone[0]["ended"] == "refused" else gone[0]["ended"],
            "blockers": [c for c in turn.state["claims"] if conflict(gone[0], c)]}  # fmt: skip


def _chosen(turn: Turn, request: "Request") -> "tuple[list[Claim], list[Claim], list[Claim]]":
    """(own claims, own losses, claims of others) that a request means by ids or resources; by neither, all own ones."""
    owner, ids, names = request["owner"], request.get("ids", ()), {normal(r) for r in request.get("resources", ())}

    def meant(claim: "Claim") -> bool:
        return claim["id"] in ids or bool(names.intersection(claim["resources"])) or not (ids or names)

    claims = [c for c in turn.state["claims"] if meant(c)]
    own = [c for c in claims if c["owner"] == owner]
    return (
        own,
        [c for c in _lost(turn.state, owner) if meant(c)],
        [c for c in claims if c["owner"] != owner and c["id"] in ids],
    )


def _missed(turn: Turn, lost: "list[Claim]", others: "list[Claim]") -> "Answer":
    """Why what was chosen is not there: lost, another's, or never had."""
    if lost:
        return {**turn.answer("lost", lost), "why": lost[0]["ended"],
                "blockers": [c for c in turn.state["claims"] if conflict(lost[0], c)]}  # fmt: skip
    if others:
        return {**turn.answer("refused", []), "why": "not yours", "blockers": others}
    return turn.answer("absent", [])


def _lost(state: "State", owner: str) -> "list[Claim]":
    return [c for c in state["gone"] if c["owner"] == owner and c["fence"]]


def _with_ids(claims: "list[Claim]", ids: "Iterable[int]") -> "list[Claim]":
    return [c for c in claims if c["id"] in ids]
