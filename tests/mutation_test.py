"""Captured payloads with something in them replaced, removed or cut: never a fault, and a call on a protected file
passes only if the payload no longer names that file."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onetree import platforms
from onetree.scripts import hook
from onetree.verdict import BLOCK

CAPTURED = [json.loads(line) for line in (Path(__file__).parent / "payloads.jsonl").read_text().splitlines()]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
RUNS = settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])


def places(value: Any, way: "tuple[Any, ...]" = ()) -> "list[tuple[Any, ...]]":
    """The way to every value inside a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [p for k, v in items for p in [(*way, k), *places(v, (*way, k))]]


def change(payload: Any, way: "tuple[Any, ...]", value: Any) -> None:
    for key in way[:-1]:
        payload = payload[key]
    if value is ...:
        del payload[way[-1]]
    else:
        payload[way[-1]] = value


@RUNS
@given(data=st.data())
def test_a_changed_payload_is_no_fault(tree: Path, data: st.DataObject) -> None:
    captured = data.draw(st.sampled_from(CAPTURED))
    text = json.dumps(captured["stdin"]).replace("/project", str(tree)).replace("made.txt", ".env")
    payload = json.loads(text.replace("notes.txt", ".env").replace("protected.txt", ".env"))
    for _ in range(data.draw(st.integers(0, 3))):
        way = data.draw(st.sampled_from(places(payload) or [()]))
        if way:
            change(payload, way, data.draw(st.just(...) | JUNK))
    client = captured["name"].split("/", maxsplit=1)[0]
    action = hook.understand(json.dumps(payload).encode(), client if client in platforms.NAMES else "claude", "")
    if not action.cwd.startswith(str(tree)):
        return
    tier, text = hook.judge(action)
    assert "could not decide" not in text
    if action.phase == "before" and any(e.path.endswith("/.env") for e in action.effects):
        assert tier == BLOCK


@pytest.mark.parametrize(
    "captured", [c for c in CAPTURED if "/Pre" in c["name"] or "/Before" in c["name"]], ids=lambda c: c["name"]
)
def test_a_cut_payload_is_refused(tree: Path, captured: "dict[str, Any]") -> None:
    raw = json.dumps(captured["stdin"]).encode()
    client = captured["name"].split("/", maxsplit=1)[0]
    for end in range(0, len(raw), 37):
        action = hook.understand(raw[:end], client if client in platforms.NAMES else "claude", "")
        assert (action.phase, bool(action.defect)) == ("before", True)
