"""The scripted model of `make clients` speaks each dialect as its client reads it, and plays the right step."""

import json
import os
import runpy
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

MODULE = runpy.run_path(os.path.join(os.path.dirname(__file__), "..", "clients", "model.py"))
Model, Step = MODULE["Model"], MODULE["Step"]
Json = dict[str, Any]

CALL = Step("write_it", {"path": "a b", "text": "é\n"})
STEPS = [CALL, Step(text="done")]


def post(url: str, path: str, body: object) -> list[tuple[str, Json]]:
    """(event name, data) of each server-sent event of the answer."""
    request = urllib.request.Request(url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        text = answer.read().decode()
    assert text.endswith("\n\n")
    events = []
    for block in text[:-2].split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n"))
        assert set(lines) <= {"event", "data"}
        events.append((lines.get("event", ""), json.loads(lines["data"])))
    return events


# A request of each dialect whose conversation holds the tool results given.
def gemini(results: list[Json]) -> Json:
    parts = [{"functionResponse": result} for result in results]
    return {
        "contents": [{"role": "user", "parts": [{"text": "go"}]}, {"role": "user", "parts": parts}],
        "tools": [{"functionDeclarations": [{"name": "other"}, {"name": "write_it"}]}],
    }


def openai(results: list[Json]) -> Json:
    items = [{"type": "function_call_output", **result} for result in results]
    tools = [{"type": "function", "name": "write_it"}]
    return {"input": [{"type": "message", "content": "go"}, *items], "tools": tools}


def anthropic(results: list[Json]) -> Json:
    parts = [{"type": "tool_result", **result} for result in results]
    turns = [{"role": "user", "content": "go"}, {"role": "user", "content": parts}]
    return {"messages": turns, "tools": [{"name": "write_it"}]}


def gemini_reply(events: list[tuple[str, Json]]) -> tuple[str, object]:
    assert [name for name, _ in events] == [""]
    candidate = events[0][1]["candidates"][0]
    assert candidate["finishReason"] == "STOP"
    (part,) = candidate["content"]["parts"]
    return ("", part["text"]) if "text" in part else (part["functionCall"]["name"], part["functionCall"]["args"])


def openai_reply(events: list[tuple[str, Json]]) -> tuple[str, object]:
    kinds = ["created", "output_item.added", "output_item.done", "completed"]
    assert [name for name, _ in events] == [f"response.{kind}" for kind in kinds]
    assert all(data["type"] == name for name, data in events)
    assert [data["sequence_number"] for _, data in events] == list(range(4))
    item = events[2][1]["item"]
    assert events[3][1]["response"]["output"] == [item]
    if item["type"] == "message":
        return "", item["content"][0]["text"]
    assert item["call_id"]
    return item["name"], item["input"] if item["type"] == "custom_tool_call" else json.loads(item["arguments"])


def anthropic_reply(events: list[tuple[str, Json]]) -> tuple[str, object]:
    block = [f"content_block_{kind}" for kind in ("start", "delta", "stop")]
    assert [name for name, _ in events] == ["message_start", *block, "message_delta", "message_stop"]
    assert all(data["type"] == name for name, data in events)
    content, delta, stop = events[1][1]["content_block"], events[2][1]["delta"], events[4][1]["delta"]["stop_reason"]
    if content["type"] == "text":
        assert stop == "end_turn"
        return "", delta["text"]
    assert stop == "tool_use"
    return content["name"], json.loads(delta["partial_json"])


Dialect = tuple[str, Callable[[list[Json]], Json], Callable[[list[tuple[str, Json]]], tuple[str, object]]]
DIALECTS: dict[str, Dialect] = {
    "gemini": ("/v1beta/models/m:streamGenerateContent?alt=sse", gemini, gemini_reply),
    "openai": ("/v1/responses", openai, openai_reply),
    "anthropic": ("/v1/messages?beta=true", anthropic, anthropic_reply),
}
each_dialect = pytest.mark.parametrize("dialect", DIALECTS)


@each_dialect
def test_plays_the_step_that_the_conversation_has_come_to(dialect: str) -> None:
    path, ask, read = DIALECTS[dialect]
    with Model(STEPS) as model:
        first = read(post(model.url, path, ask([])))
        again = read(post(model.url, path, ask([])))
        last = read(post(model.url, path, ask([{"output": "written"}])))
        over = read(post(model.url, path, ask([{"output": "written"}, {"output": "more"}])))
    assert first == again == ("write_it", {"path": "a b", "text": "é\n"})
    assert last == ("", "done")
    assert over == ("", MODULE["END"])


@each_dialect
def test_records_what_the_model_was_told_and_what_was_seen(dialect: str) -> None:
    path, ask, _ = DIALECTS[dialect]
    seen = iter(range(10))
    with Model(STEPS, watch=lambda _: next(seen)) as model:
        post(model.url, path, ask([]))
        post(model.url, path, ask([{"output": "refused: é"}]))
    turns = model.turns()
    assert sorted(turns) == [0, 1]
    assert json.loads(turns[1].results[0])["output"] == "refused: é"
    assert [turns[n].seen for n in (0, 1)] == [0, 1]
    assert json.loads(turns[1].body) == ask([{"output": "refused: é"}])


@each_dialect
def test_a_request_that_does_not_offer_the_tool_is_not_the_agents_turn(dialect: str) -> None:
    path, ask, read = DIALECTS[dialect]
    with Model(STEPS) as model:
        assert read(post(model.url, path, {**ask([]), "tools": []})) == ("", "ok")
    assert model.turns() == {}
    assert len(model.requests) == 1


def test_a_free_form_tool_of_openai_gets_its_text_raw() -> None:
    path, ask, read = DIALECTS["openai"]
    with Model([Step("write_it", "*** Begin Patch\n")]) as model:
        assert read(post(model.url, path, ask([]))) == ("write_it", "*** Begin Patch\n")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("/v1/embeddings", {}, id="another service"),
        pytest.param("/v1/responses", [], id="not an object"),
        pytest.param("/v1/messages", None, id="null"),
    ],
)
def test_anything_else_is_recorded_and_not_found(path: str, body: object) -> None:
    with Model(STEPS) as model, pytest.raises(urllib.error.HTTPError, match="404") as refused:
        post(model.url, path, body)
    refused.value.close()
    assert [request.path for request in model.requests] == [path]
    assert model.turns() == {}
