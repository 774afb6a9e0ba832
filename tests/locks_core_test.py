"""The rules of the locks, against their invariants: by tables, by all small worlds, and by random histories."""

import itertools
import json
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from onetree.locks import core, registry, sqlite, view

State = dict[str, Any]
Event = dict[str, Any]
Answer = dict[str, Any]
Request = dict[str, Any]

# Written out again, so that a slip in the code's own table is found: what may be held at the same time by two owners.
TOGETHER = {("read", "read"), ("read", "intent_write"), ("intent_write", "read"), ("intent_write", "intent_write")}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param("src", "src", True, id="the same"),
        pytest.param("src", "src/a/b.py", True, id="a folder covers what is under it"),
        pytest.param("src/a.py", "src", True, id="in either order"),
        pytest.param("src/a.py", "src/a.py#f", True, id="a file covers its symbols"),
        pytest.param("src", "src/a.py#f", True, id="a folder covers the symbols of its files"),
        pytest.param("src/a.py#f", "src/a.py#g", False, id="symbols are apart"),
        pytest.param("src/a", "src/a.py", False, id="a name that only begins alike"),
        pytest.param("src", "srcs/a", False, id="a folder that only begins alike"),
        pytest.param(".", "any/where", True, id="the root covers everything"),
        pytest.param(".", "api:src", False, id="but not another repository"),
        pytest.param("api:.", "api:src/x", True, id="the root of a named repository"),
        pytest.param("api:src", "web:src", False, id="repositories are apart"),
        pytest.param("api:src", "api:src/x#y", True, id="folders in a named repository"),
    ],
)
def test_what_overlaps(one: str, other: str, expected: bool) -> None:
    assert core.overlap(one, other) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("src/a.py", "src/a.py"),
        ("./src//a.py/", "src/a.py"),
        (".", "."),
        ("src/", "src"),
        ("src/a.py#C.f", "src/a.py#C.f"),
        ("api:src/./x", "api:src/x"),
        ("api:", "api:."),
        ("./odd:name", "./odd:name"),
        ("dir/odd:name", "dir/odd:name"),
        ("deploy", "deploy"),
    ],
)
def test_the_one_spelling_of_a_resource(text: str, expected: str) -> None:
    assert core.normal(text) == expected
    assert core.normal(expected) == expected


@pytest.mark.parametrize("text", ["", "/etc/passwd", "../x", "a/../b", "a\nb", "#f", "a#", "api:/x"])
def test_what_is_no_resource(text: str) -> None:
    with pytest.raises(core.WrongRequest):
        core.normal(text)


@pytest.mark.parametrize(
    ("owner", "resource", "expected"),
    [
        pytest.param("a", "src/x.py", "held", id="the holder, below what it holds"),
        pytest.param("b", "src/x.py", "other", id="somebody else"),
        pytest.param("b", "docs", "free", id="elsewhere"),
        pytest.param("a", ".", "free", id="more than what it holds is not held"),
        pytest.param("b", ".", "other", id="more than what another holds is refused"),
    ],
)
def test_how_an_owner_stands_to_a_write(owner: str, resource: str, expected: str) -> None:
    state, _, _ = core.step(core.new(), ask("a", ["src"]), 0.0)
    assert core.standing(state, owner, resource)[0] == expected


def test_who_lost_a_lock_may_not_write_there_until_it_has_it_again() -> None:
    state, _, _ = core.step(core.new(), ask("a", ["src"], ttl=5.0), 0.0)
    state, _, _ = core.step(state, {"op": "look"}, 6.0)
    assert core.standing(state, "a", "src/x.py")[0] == "lost"
    state, _, answer = core.step(state, ask("a", ["src"]), 7.0)
    assert (answer["status"], core.standing(state, "a", "src/x.py")[0]) == ("granted", "held")


def test_a_wrong_request_changes_nothing() -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {"resources": []}, {"mode": "exclusive"}, {"priority": "urgent"}, {"ttl": 0.0}, {"owner": ""}, {"ageing": -1.0}
    )  # fmt: skip
    for change in wrong:
        with pytest.raises(core.WrongRequest):
            core.step(core.new(), {**ask("a", ["x"]), **change}, 0.0)


def ask(owner: str, resources: "list[str]", mode: str = "write", wait: float = 0.0, **more: Any) -> Request:
    return {"op": "acquire", "owner": owner, "resources": resources, "mode": mode, "wait": wait, **more}


# The invariants. ----------------------------------------------------------------------------------------------------


def together(one: State, other: State) -> bool:
    """Whether two claims may be held at the same time, said in other words than in the code."""
    if one["owner"] == other["owner"] or (one["mode"], other["mode"]) in TOGETHER:
        return True
    for a, b in itertools.product(one["resources"], other["resources"]):
        if a == b or "." in (a, b) or a.startswith((b + "/", b + "#")) or b.startswith((a + "/", a + "#")):
            return False
    return True


def check(before: State, after: State, events: "list[Event]", now: float, greatest: int) -> int:
    """Assert all that must hold of a step; greatest: the highest fence before; gives the one after."""
    held = [c for c in after["claims"] if c["fence"]]
    waiting = sorted((c for c in after["claims"] if not c["fence"]), key=lambda c: (c["rank"], c["id"]))
    for one, other in itertools.combinations(held, 2):
        assert together(one, other), "two incompatible holds overlap"
    assert all(c["deadline"] > now for c in waiting), "a wait did not end"
    assert all(c["expires"] > now for c in held), "a hold did not end"
    ahead = {w["id"]: [c for c in [*held, *waiting[:i]] if not together(c, w)] for i, w in enumerate(waiting)}
    assert all(ahead.values()), "somebody waits for nothing"
    assert_acyclic([(w["owner"], {c["owner"] for c in ahead[w["id"]]}) for w in waiting])
    assert core.replay(json.loads(json.dumps(events)), before) == after, "the log does not replay to the state"
    state = before
    for event in events:
        if event["event"] == "granted":
            claim = next(c for c in state["claims"] if c["id"] == event["id"])
            own = [c for c in state["claims"] if c["fence"] and c["owner"] == claim["owner"]]
            nested = any(event["set"]["fence"] == c["fence"] for c in own)
            assert nested or event["set"]["fence"] > greatest, "a fence is not greater than those before"
            greatest = max(greatest, event["set"]["fence"])
            assert event["resources"] == claim["resources"], "a part of a request was granted"
            covered = core.covering(state, claim, claim["mode"]) is not None
            for other in state["claims"]:
                before_it = not other["fence"] and (other["rank"], other["id"]) < (claim["rank"], claim["id"])
                assert covered or not before_it or together(other, claim), "a waiter was overtaken"
        state = core.evolve(state, event)
    return greatest


def assert_acyclic(edges: "list[tuple[str, set[str]]]") -> None:
    graph: dict[str, set[str]] = {}
    for owner, others in edges:
        graph.setdefault(owner, set()).update(others)
    while True:
        leaves = {o for o, others in graph.items() if not others & set(graph)}
        if not leaves:
            break
        for leaf in leaves:
            del graph[leaf]
    assert not graph, "owners wait for each other"


# All small worlds. --------------------------------------------------------------------------------------------------

TICK = 4.0  # seconds: leases last 2.5 of them, waits 1.5, promotion comes after 1


def moves(state: State, owners: str, places: "list[list[str]]", modes: "tuple[str, ...]") -> "Iterator[Request]":
    for owner in owners:
        mine = [c for c in state["claims"] if c["owner"] == owner]
        if not any(not c["fence"] for c in mine):  # one that waits does nothing else
            for resources, mode in itertools.product(places, modes):
                if len(mine) < 2:
                    yield ask(owner, resources, mode, wait=6.0, ttl=10.0, ageing=TICK, priority=RANKS[owner])
            if mine:
                yield {"op": "release", "owner": owner, "ids": [mine[-1]["id"]]}
    yield {"op": "look"}


RANKS = {"a": "normal", "b": "high", "c": "normal"}


def key(state: State, now: float) -> str:
    """The state without its past: numbers by their order, times from now."""
    numbers = sorted({n for c in state["claims"] for n in (c["id"], c["fence"])})
    rows = []
    for c in state["claims"]:
        times = [c[k] - now for k in (("expires",) if c["fence"] else ("deadline", "promote")) if c[k] is not None]
        order = (numbers.index(c["id"]), c["fence"] and numbers.index(c["fence"]))
        rows.append((c["owner"], c["resources"], c["mode"], c["rank"], order, times))
    return repr((rows, [(c["owner"], c["resources"], c["ended"]) for c in state["gone"] if c["fence"]]))


@pytest.mark.parametrize(
    ("owners", "places", "modes", "depth"),
    [
        pytest.param("abc", [["x"]], core.MODES, 5, id="3 agents, 1 resource, all modes"),
        pytest.param("ab", [["x"], ["y"], ["x", "y"]], ("read", "write"), 5, id="2 agents, 2 resources, together too"),
        pytest.param("ab", [["x"], ["x/y"]], core.MODES, 5, id="2 agents, a folder and a file in it"),
        pytest.param("abc", [["x"], ["y"]], ("write",), 6, id="3 agents, 2 resources: circles"),
    ],
)
def test_every_small_world_keeps_the_invariants(
    owners: str, places: "list[list[str]]", modes: "tuple[str, ...]", depth: int
) -> None:
    frontier: list[tuple[State, float, int]] = [(core.new(), 0.0, 0)]
    seen = {key(core.new(), 0.0)}
    kinds: set[tuple[str, str]] = set()
    for _ in range(depth):
        following: list[tuple[State, float, int]] = []
        for state, time, greatest in frontier:
            for request in moves(state, owners, places, modes):
                now = time + (TICK if request["op"] == "look" else 0.0)
                after, events, answer = core.step(state, request, now)
                kinds.add((answer["status"], answer.get("why", "")))
                highest = check(state, after, events, now, greatest)
                mark = key(after, now)
                if mark not in seen:
                    seen.add(mark)
                    following.append((after, now, highest))
        frontier = following
    assert ("waiting", "") in kinds
    assert len(seen) > 100
    if "intent_write" in modes:
        assert ("refused", "upgrade") in kinds
    if len(places) > 1:
        assert ("refused", "cycle") in kinds


# Random histories, on the pure core and on SQLite at once. ----------------------------------------------------------

RESOURCES = (".", "src", "src/a.py", "src/a.py#f", "docs", "deploy")
OWNERS = ("ann", "bob", "cid", "dee")


class Histories(RuleBasedStateMachine):
    """Whatever is asked in whatever order: the invariants hold, and the engine, which reads parts, agrees."""

    @initialize()
    def begin(self) -> None:
        self.now, self.greatest = 100.0, 0
        self.large, view.LARGE = view.LARGE, 0  # as if it had a thousand claims
        self.pure = core.new()
        self.events: list[Event] = []
        self.directory = tempfile.mkdtemp()
        self.engine = sqlite.SQLite(self.directory, clock=lambda: self.now)

    def teardown(self) -> None:
        view.LARGE = getattr(self, "large", view.LARGE)
        if hasattr(self, "engine"):
            self.do({"op": "look"})
            assert sqlite.replay(self.engine.log()) == self.engine.state() == self.pure
            self.engine.close()
            shutil.rmtree(self.directory)

    def do(self, request: Request) -> Answer:
        before = self.pure
        self.pure, events, answer = core.step(before, request, self.now)
        self.greatest = check(before, self.pure, events, self.now, self.greatest)
        assert self.engine.apply(request) == answer
        if self.pure["last"]:
            with open(f"{self.directory}/{registry.VIEW}") as f:
                shown = json.load(f)
            claims = sorted([*shown["held"], *shown["waiting"]], key=lambda c: int(c["id"]))
            assert claims == self.pure["claims"], "the state file differs"
            assert shown["waiting"] == core.queue(self.pure)
            assert sorted(shown["gone"], key=lambda c: int(c["id"])) == self.pure["gone"]
        return answer

    @rule(
        owner=st.sampled_from(OWNERS),
        resources=st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=3),
        mode=st.sampled_from(core.MODES),
        priority=st.sampled_from(core.PRIORITIES),
        wait=st.sampled_from([0.0, 3.0, 50.0]),
        ttl=st.sampled_from([2.0, 40.0]),
    )
    def acquire(self, owner: str, resources: "list[str]", mode: str, priority: str, wait: float, ttl: float) -> None:
        answer = self.do(ask(owner, resources, mode, wait, priority=priority, ttl=ttl, ageing=5.0, waiter=None))
        if wait == 0.0:
            assert answer["status"] in ("granted", "refused")
        if answer["status"] == "refused":
            assert answer["blockers"], "a refusal names nobody"

    @rule(owner=st.sampled_from(OWNERS), data=st.data())
    def release(self, owner: str, data: st.DataObject) -> None:
        mine = [c["id"] for c in self.pure["claims"] if c["owner"] == owner]
        ids = data.draw(st.lists(st.sampled_from(mine), max_size=2)) if mine else []
        self.do({"op": "release", "owner": owner, "ids": ids})

    @rule(owner=st.sampled_from(OWNERS), resource=st.sampled_from(RESOURCES))
    def renew(self, owner: str, resource: str) -> None:
        lost = [c for c in self.pure["gone"] if c["owner"] == owner and c["fence"] and resource in c["resources"]]
        answer = self.do({"op": "renew", "owner": owner, "resources": [resource]})
        if lost:
            assert answer["status"] == "lost", "an owner was not told that it lost"

    @rule(data=st.data())
    def poll(self, data: st.DataObject) -> None:
        known = [*self.pure["claims"], *self.pure["gone"]]
        if known:
            claim = data.draw(st.sampled_from(known))
            self.do({"op": "poll", "id": claim["id"], "owner": claim["owner"]})

    @rule(data=st.data(), who=st.sampled_from(["dies", "is broken"]))
    def end(self, data: st.DataObject, who: str) -> None:
        if self.pure["claims"]:
            claim = data.draw(st.sampled_from(self.pure["claims"]))
            if who == "dies":
                self.do({"op": "look", "dead": [claim["id"]]})
            else:
                self.do({"op": "break", "id": claim["id"], "owner": "person", "by": "person"})

    @rule(seconds=st.sampled_from([0.5, 2.0, 6.0, 30.0]), look=st.booleans())
    def time_passes(self, seconds: float, look: bool) -> None:
        self.now += seconds
        if look:
            self.do({"op": "look"})


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=40, stateful_step_count=30, suppress_health_check=list(HealthCheck))


def test_every_wait_ends() -> None:
    """Whatever all others do, a waiter is granted, refused, or told that its time is over."""
    state, now = core.new(), 0.0
    state, _, _ = core.step(state, ask("holder", ["x"], ttl=1000.0), now)
    state, _, answer = core.step(state, ask("waiter", ["x"], priority="low", wait=100.0, ageing=10.0), now)
    ident = answer["claims"][0]["id"]
    for i in range(200):
        now += 1.0
        state, _, answer = core.step(state, ask(f"late-{i}", ["x"], "read", wait=5.0, priority="critical"), now)
        state, _, _ = core.step(state, {"op": "renew", "owner": "holder"}, now)
    state, _, answer = core.step(state, {"op": "poll", "owner": "waiter", "id": ident}, now)
    assert (answer["status"], answer["why"]) == ("refused", "timed_out")


def test_a_stream_of_higher_ranked_requests_cannot_starve_a_waiter() -> None:
    """From its promotion to the top on, nobody who comes later is before it."""
    state, now = core.new(), 0.0
    state, _, _ = core.step(state, ask("first", ["x"], "read", ttl=10.0), now)
    state, _, answer = core.step(state, ask("writer", ["x"], "write", wait=500.0, priority="low", ageing=10.0), now)
    ident, granted = answer["claims"][0]["id"], 0.0
    for i in range(100):
        now += 5.0
        state, _, _ = core.step(state, ask(f"r{i}", ["x"], "read", wait=50.0, priority="critical", ttl=10.0), now)
        claim = next((c for c in state["claims"] if c["id"] == ident), None)
        if claim and claim["fence"] and not granted:
            granted = now
    assert 0 < granted <= 45.0  # three promotions, and the leases of those that were before it
