"""Put onetree's hooks into a platform's project configuration and take them out again: text to text, exact inverses.

A platform is a module of onetree.platforms; of it NAME, EVENTS, READS_ALSO and entry() are used here. All of them keep
their hooks as `{"hooks": {EVENT: [{"matcher": ..., "hooks": [{"command": ...}, ...]}, ...]}}`.
"""

import json
import os
import shlex
from dataclasses import dataclass
from types import ModuleType

from onetree import jsonc, jsonedit

PROGRAM = "onetree"


@dataclass(frozen=True)
class Hook:
    """One of our handlers in a configuration. line counts from 1; group is the whole hook group, as plain values."""

    event: str
    path: "tuple[str | int, ...]"
    line: int
    command: str
    group: "dict[str, object]"
    handler: "dict[str, object]"


def command(name: str, python: str, script: str) -> str:
    """The command line to register. It must not change from one release to the next: Codex trusts its hash (ADR 17).

    -I: neither PYTHONPATH nor the agent's working directory can put modules in. -X utf8: names of files are compared
    in the client's encoding, whatever the locale is.
    """
    return shlex.join([python, "-I", "-X", "utf8", script, "hook", "--platform", name])


def words(handler: "dict[str, object]") -> "list[str]":
    """The words of a handler's command line; [] if it has none that a shell could read."""
    line, args = handler.get("command"), handler.get("args")
    if not isinstance(line, str):
        return []
    if isinstance(args, list):  # Claude Code then starts it without a shell
        return [line, *(str(a) for a in args)]
    try:
        return shlex.split(line)
    except ValueError:
        return []


def platform_of(handler: "dict[str, object]") -> "str | None":
    """The --platform of a handler that runs our dispatcher, "" if it names none, None if the handler is not ours."""
    argv = words(handler)
    for i in range(len(argv) - 1):
        if os.path.basename(argv[i]) == PROGRAM and argv[i + 1] == "hook":
            rest = " ".join(argv[i + 2 :]).replace("--platform=", "--platform ").split()
            after = [rest[j + 1] for j in range(len(rest) - 1) if rest[j] == "--platform"]
            return after[0] if after else ""
    return None


def find(text: str, name: str) -> "list[Hook]":
    """Our hooks for the platform called name, in the text's order.

    Raises jsonc.JSONCError where the text, or the part of it that holds the hooks, is not what a client would read.
    """
    document = jsonc.parse(text)
    hooks = _child(document, document.root, "hooks", dict)
    found = []
    for event in [str(i.key) for i in hooks.items or []] if hooks else []:
        groups = document.at(["hooks", event])
        for i, group in enumerate(groups.items or [] if groups and isinstance(groups.value, list) else []):
            handlers = document.at(["hooks", event, i, "hooks"])
            for j, handler in enumerate(handlers.items or [] if handlers and isinstance(handlers.value, list) else []):
                value, whole = handler.node.value, group.node.value
                if isinstance(value, dict) and isinstance(whole, dict) and platform_of(value) == name:
                    line = text.count("\n", 0, handler.start) + 1
                    found.append(Hook(event, ("hooks", event, i, "hooks", j), line, _typed(value), whole, value))
    return found


def register(text: "str | None", platform: ModuleType, line: str) -> str:
    """The configuration with our hooks in it, each once and as they should be; None is a file that is not there.

    Raises jsonc.JSONCError if the text cannot be read.
    """
    wanted = {event: platform.entry(line, event) for event, _ in platform.EVENTS}
    if text is not None:
        found = find(text, platform.NAME)
        if len(found) == len(wanted) and {h.event: h.group for h in found} == wanted:
            return text
        text = unregister(text, platform)
    if text is None:
        return json.dumps({"hooks": {e: [g] for e, g in wanted.items()}}, indent=2, ensure_ascii=False) + "\n"
    for event, group in wanted.items():
        document = jsonc.parse(text)
        hooks = _child(document, document.root, "hooks", dict)
        if hooks is None:
            text = jsonedit.insert(text, [], {event: [group]}, key="hooks")
        elif _child(document, hooks, event, list) is None:
            text = jsonedit.insert(text, ["hooks"], [group], key=event)
        else:
            text = jsonedit.insert(text, ["hooks", event], group)
    return text


def unregister(text: str, platform: ModuleType) -> "str | None":
    """The configuration without our hooks, and without the lists and objects that held nothing else.

    None if nothing else was in the file at all. A container that was there, empty, before register() stays: ours begin
    with a line break, what is put into an empty one does not. Raises jsonc.JSONCError if the text cannot be read.
    """
    for hook in reversed(find(text, platform.NAME)):
        path = _outermost(jsonc.parse(text), hook.path)
        if not path:
            return None
        text = jsonedit.remove(text, path)
    return text


def unread(text: str, platform: ModuleType) -> "tuple[str, int, int] | None":
    """What makes the platform's client ignore this configuration, with line and column; None if it reads it."""
    for what, at in jsonc.parse(text).extras:
        if what not in platform.READS_ALSO:
            place = jsonc.JSONCError(text, at, what)
            return what, place.line, place.column
    return None


def _typed(handler: "dict[str, object]") -> str:
    """A handler's command line as a shell takes it."""
    return shlex.join(words(handler)) if isinstance(handler.get("args"), list) else str(handler.get("command"))


def _child(document: jsonc.Document, node: jsonc.Node, key: str, kind: type) -> "jsonc.Node | None":
    """The member of an object, None if there is none. Raises JSONCError if either is of another kind."""
    if not isinstance(node.value, dict):
        raise jsonc.JSONCError(document.text, node.start, "an object expected")
    item = document.item(node, key)
    if item is not None and not isinstance(item.node.value, kind):
        called = "an object" if kind is dict else "a list of hook groups"
        raise jsonc.JSONCError(document.text, item.node.start, f'{called} expected under "{key}"')
    return item.node if item is not None else None


def _outermost(document: jsonc.Document, path: "tuple[str | int, ...]") -> "tuple[str | int, ...]":
    """The path to remove so that nothing empty is left behind: () for the whole text."""
    handlers = document.at(path[:-1])
    if handlers is None or len(handlers.items or []) > 1:
        return path
    path = path[:3]  # a group without handlers is no use to anyone
    while path:
        box = document.at(path[:-1])
        if box is None or len(box.items or []) != 1 or not _begun_by_us(document, box):
            return path
        path = path[:-1]
    outside = document.text[: document.root.start] + document.text[document.root.end :]
    return ("hooks",) if outside.strip() else ()


def _begun_by_us(document: jsonc.Document, box: jsonc.Node) -> bool:
    """Whether the container begins with a line break and holds no comment outside its only item."""
    item = (box.items or [])[0]
    lead = document.text[box.start + 1 : item.start]
    around = [c for c in document.comments if box.start < c[0] < box.end and not item.start <= c[0] < item.node.end]
    return "\n" in lead and not lead.strip() and not around
