"""Many commands through one shell-write-detect: a line of JSON in, a line of JSON out, at once."""

import os
import sys

from onetree import jsonlite
from onetree.shell import LENGTH, analyse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

LINE = 16 * LENGTH  # bytes: a character of a command takes twelve at most in JSON, and its environment the rest
CHANGES = {"write": "writes", "delete": "deletes", "meta": "metas"}


def batch(stream: "BinaryIO", cwd: str, state: str) -> int:
    """Answer each line; 2 if one could not be understood, else 0."""
    status = 0
    while line := stream.readline(LINE + 1):
        if len(line) > LINE:
            while line and not line.endswith(b"\n"):
                line = stream.readline(LINE)
            made: dict[str, object] = {"id": None, "error": f"longer than {LINE} bytes"}
        elif not line.strip():
            continue
        else:
            made = answer(line, cwd, state)
        status = 2 if "error" in made else status
        sys.stdout.write(jsonlite.dumps(made) + "\n")
        sys.stdout.flush()
    return status


def answer(line: bytes, cwd: str, state: str) -> "dict[str, object]":
    """What one command does: see the help of shell-write-detect."""
    try:
        asked = jsonlite.loads(line)
    except ValueError as e:
        return {"id": None, "error": str(e)}
    if not isinstance(asked, dict):
        return {"id": None, "error": 'not an object with "cmd" and perhaps "id", "cwd", "home", "env"'}
    name = asked.get("id")
    name = name if isinstance(name, (str, int, float)) else None
    command = asked.get("cmd")
    folder = asked.get("cwd", cwd)
    env = asked.get("env", os.environ)
    if not isinstance(command, str):
        return {"id": name, "error": '"cmd" is not a text'}
    if not isinstance(folder, str) or "\0" in folder or not folder.startswith("/"):
        return {"id": name, "error": '"cwd" is not an absolute path'}
    if env is not os.environ and not (isinstance(env, dict) and all(isinstance(v, str) for v in env.values())):
        return {"id": name, "error": '"env" is not an object of texts'}
    home = asked.get("home", env.get("HOME") or "/")
    if not isinstance(home, str):
        return {"id": name, "error": '"home" is not a text'}
    env = {**env, "HOME": home}
    effects = analyse(command, folder, home, env, state=state).effects
    changed = [(effect, plain(effect.path)) for effect in effects if effect.op in CHANGES]
    made: dict[str, object] = {"id": name, "writes": _once(path for _, path in changed)}
    for op, key in list(CHANGES.items())[1:]:
        made[key] = _once(path for effect, path in changed if effect.op == op)
    made["trees"] = _once(path for effect, path in changed if effect.tree)
    made["unknown"] = _once(effect.why for effect in effects if effect.op == "opaque") or False
    return made


def _once(texts: "Iterable[str]") -> "list[str]":
    return list(dict.fromkeys(texts))


def plain(path: str) -> str:
    """An absolute path without ".", ".." and doubled slashes, the kernel's way: ".." leaves what a link leads to."""
    here = ""
    for part in path.split("/"):
        if part == "..":
            here = os.path.dirname(os.path.realpath(here) if os.path.islink(here) else here).rstrip("/")
        elif part not in ("", "."):
            here += "/" + part
    return here or "/"
