"""A scripted model on loopback: a real HTTP server that plays a list of steps to a real coding-agent client.

It streams in three dialects: Gemini's streamGenerateContent, OpenAI's Responses, Anthropic's Messages. What it answers
depends on the request alone: a conversation that holds n tool results gets step n, so a client that asks again gets the
same answer. A request that does not offer the script's first tool (a title writer, a probe) is answered with "ok".
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
END = "the script has ended"
Event = tuple[str, Json]  # name ("" for none) and data of a server-sent event
NOTHING = b'{"error": {"message": "no such thing here"}}'


@dataclass(frozen=True)
class Step:
    """One reply of the model: a tool call, or a text that ends the session if there is no tool.

    args: a JSON object, or for OpenAI's free-form tools (apply_patch) the raw text.
    """

    tool: str = ""
    args: Json | str = ""
    text: str = ""


@dataclass(frozen=True)
class Request:
    """What a client sent.

    results: each tool result in the conversation, as JSON text. own: it is the agent's own turn.
    seen: what `watch` returned as it arrived: the state of the world between two of the agent's calls.
    """

    dialect: str
    path: str
    body: str
    results: tuple[str, ...]
    own: bool
    seen: Any


# ------------------------------------------------------------------ the dialects


def dialect_of(path: str) -> str:
    """The dialect spoken at a URL's path, or "" for none."""
    path = path.partition("?")[0]
    if path.endswith(":streamGenerateContent"):
        return "gemini"
    return {"responses": "openai", "messages": "anthropic"}.get(path.rpartition("/")[2], "")


def results_in(dialect: str, body: Json) -> list[Json]:
    """The tool results in a conversation, oldest first, each as the dialect writes it."""
    if dialect == "gemini":
        parts = [part for turn in body.get("contents") or [] for part in turn.get("parts") or []]
        return [part["functionResponse"] for part in parts if "functionResponse" in part]
    if dialect == "openai":
        return [item for item in body.get("input") or [] if str(item.get("type")).endswith("_call_output")]
    turns = [turn["content"] for turn in body.get("messages") or [] if isinstance(turn.get("content"), list)]
    return [part for turn in turns for part in turn if part.get("type") == "tool_result"]


def gemini(step: Step, number: int, model: str) -> list[Event]:
    """One event with the whole reply; the stream's end is the end of the body."""
    call = {"functionCall": {"id": f"call_{number}", "name": step.tool, "args": step.args}}
    part = call if step.tool else {"text": step.text}
    candidate = {"index": 0, "finishReason": "STOP", "content": {"role": "model", "parts": [part]}}
    usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    return [("", {"candidates": [candidate], "usageMetadata": usage, "modelVersion": model})]


def openai(step: Step, number: int, model: str) -> list[Event]:
    """Created, the one output item, completed. Codex takes the item from `output_item.done`; deltas are for display."""
    item: Json
    if not step.tool:
        part = {"type": "output_text", "text": step.text, "annotations": []}
        item = {"type": "message", "id": f"msg_{number}", "role": "assistant", "content": [part]}
    elif isinstance(step.args, str):
        item = {"type": "custom_tool_call", "id": f"ctc_{number}", "name": step.tool, "input": step.args}
    else:
        item = {"type": "function_call", "id": f"fc_{number}", "name": step.tool, "arguments": json.dumps(step.args)}
    item["status"] = "completed"
    if step.tool:
        item["call_id"] = f"call_{number}"
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    begun = {"id": f"resp_{number}", "object": "response", "model": model, "status": "in_progress", "output": []}
    ended = {**begun, "status": "completed", "output": [item], "usage": usage}
    stream: list[Json] = [
        {"type": "response.created", "response": begun},
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "status": "in_progress"}},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": ended},
    ]
    return [(data["type"], {**data, "sequence_number": n}) for n, data in enumerate(stream)]


def anthropic(step: Step, number: int, model: str) -> list[Event]:
    """Message start, one content block in one delta, message stop."""
    block: Json
    if step.tool:
        block = {"type": "tool_use", "id": f"toolu_{number}", "name": step.tool, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(step.args)}
    else:
        block, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": step.text}
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": model, "usage": usage}
    stop = {"stop_reason": "tool_use" if step.tool else "end_turn", "stop_sequence": None}
    stream: list[Json] = [
        {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": stop, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    ]
    return [(data["type"], data) for data in stream]


SPEAK = {"gemini": gemini, "openai": openai, "anthropic": anthropic}


def turn(dialect: str, body: Json, steps: list[Step]) -> tuple[Step, bool]:
    """The step that a request gets, and whether it is the agent's own turn."""
    offered = json.dumps(body.get("tools") or [])
    if f'"name": {json.dumps(steps[0].tool)}' not in offered:
        return Step(text="ok"), False
    done = len(results_in(dialect, body))
    return (steps[done] if done < len(steps) else Step(text=END)), True


# ------------------------------------------------------------------ the server


class Model:
    """A server on a free port of 127.0.0.1, open inside `with`.

    watch: called at each of the agent's own turns, before the answer, with the number of tool results it brings.
    """

    def __init__(self, steps: list[Step], watch: Callable[[int], Any] = lambda _: None) -> None:
        self.steps = steps
        self.watch = watch
        self.requests: list[Request] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "Model":  # noqa: PYI034  # typing.Self is newer than Python 3.10
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def turns(self) -> dict[int, Request]:
        """The agent's own turns by the number of tool results they brought; of repeated ones the first."""
        found: dict[int, Request] = {}
        for request in self.requests:
            if request.own:
                found.setdefault(len(request.results), request)
        return found


def _handler(model: Model) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing: the requests are recorded."""

        def do_GET(self) -> None:
            self._record("", "")
            self._send(404, "application/json", NOTHING)

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
            dialect = dialect_of(self.path)
            body = json.loads(raw) if dialect else None
            if not isinstance(body, dict):
                self._record("", raw)
                self._send(404, "application/json", NOTHING)
                return
            step, own = turn(dialect, body, model.steps)
            results = results_in(dialect, body)
            self._record(dialect, raw, tuple(json.dumps(r, ensure_ascii=False) for r in results), own=own)
            events = SPEAK[dialect](step, len(results), str(body.get("model") or "scripted"))
            lines = [(f"event: {name}\n" if name else "") + f"data: {json.dumps(data)}\n\n" for name, data in events]
            self._send(200, "text/event-stream", "".join(lines).encode())

        def _record(self, dialect: str, body: str, results: tuple[str, ...] = (), *, own: bool = False) -> None:
            seen = model.watch(len(results)) if own else None
            model.requests.append(Request(dialect, self.path, body, results, own, seen))

        def _send(self, status: int, kind: str, data: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler
