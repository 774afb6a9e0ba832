"""Ask `codex app-server`, by JSON-RPC over its pipes, which hooks Codex loads and whether it trusts them."""

import json
import os
import select
import signal
import subprocess
import time

from onetree.platforms import parsed

from .fire import end

TIME = 15.0  # seconds for it to answer


def hooks(program: str, home: str) -> "tuple[list[dict[str, object]], list[str]]":
    """The hooks that Codex loads for the project, with their trustStatus, and its warnings (`hooks/list`, 0.169.0).

    Raises TimeoutError, and ValueError for an answer that is not understood.
    """
    messages: tuple[dict[str, object], ...] = (
        {"id": 0, "method": "initialize", "params": {"clientInfo": {"name": "onetree", "version": "1"}}},
        {"method": "initialized"},
        {"id": 1, "method": "hooks/list", "params": {"cwds": [home]}},
    )
    sent = "".join(json.dumps({"jsonrpc": "2.0", **m}) + "\n" for m in messages)
    with subprocess.Popen(
        [program, "app-server"], cwd=home, start_new_session=True, bufsize=0,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            if process.stdin is None or process.stdout is None:
                raise ValueError("no pipes")
            process.stdin.write(sent.encode())
            told = answer(process.stdout.fileno(), 1, time.monotonic() + TIME)
        except BrokenPipeError:
            raise ValueError("it ended before it was asked") from None
        finally:
            end(process, signal.SIGTERM)
    try:
        entries = told["result"]["data"]  # type: ignore[index]
        return [h for e in entries for h in e["hooks"]], [
            str(w) for e in entries for w in (*e["warnings"], *e["errors"])
        ]
    except (KeyError, TypeError):
        raise ValueError(f"not understood: {json.dumps(told)[:200]}") from None


def answer(fd: int, number: int, until: float) -> "dict[str, object]":
    """The JSON-RPC answer with this id, among the notifications that come before it."""
    got = b""
    while (left := until - time.monotonic()) > 0:
        if not select.select([fd], [], [], left)[0]:
            break
        part = os.read(fd, 1 << 16)
        if not part:
            raise ValueError("it ended without an answer")
        *lines, got = (got + part).split(b"\n")
        for line in lines:
            message = parsed(line.decode(errors="replace"))
            if message is not None and message.get("id") == number:
                return message
    raise TimeoutError(f"no answer within {TIME:g} s")
