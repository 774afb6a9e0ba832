"""The registrations: there, as init writes them, read by the client, alive and answering."""

import json
import os
from collections.abc import Iterator
from types import ModuleType

from onetree import jsonc, platforms, registration

from . import FAIL, NOTE, OK, Finding, files, fire


def check_hooks(home: str) -> "Iterator[Finding]":
    """Each platform's registration: as init writes it, alive, and answering."""
    registered = False
    for name in platforms.NAMES:
        platform = platforms.load(name)
        text = files.text(os.path.join(home, platform.SETTINGS))
        try:
            hooks = [] if text is None else registration.find(text, name)
        except jsonc.JSONCError as e:
            repair = "correct it, then `onetree init`"
            yield Finding(FAIL, name, f"{platform.SETTINGS}:{e.line}:{e.column}", e.fact, repair)
            registered = True
            continue
        if not hooks:
            yield Finding(NOTE, name, platform.SETTINGS, f"no hooks here (`onetree init --platform {name}`)")
            continue
        registered = True
        yield from _written(platform, text or "", hooks)
        yield from fire.check(home, platform, hooks)
    if not registered:
        yield Finding(FAIL, "setup", home, "no platform has hooks: nothing is guarded", "`onetree init`")


def _written(platform: ModuleType, text: str, hooks: "list[registration.Hook]") -> "Iterator[Finding]":
    """Whether the settings hold each hook once and as init writes it, and whether the client reads them at all."""
    name, path = platform.NAME, platform.SETTINGS
    repair = f"`onetree init --platform {name}`"
    wrong = []
    for event, _ in platform.EVENTS:
        ours = [h for h in hooks if h.event == event]
        where = ":".join([path, *(str(h.line) for h in ours[-1:])])
        if not ours:
            wrong.append(Finding(FAIL, name, where, f"{event} is not registered", repair))
        elif len(ours) > 1:
            wrong.append(Finding(FAIL, name, where, f"{event} is registered {len(ours)} times", repair))
        elif ours[0].group != platform.entry(ours[0].command, event):
            fact = f"{event} is not registered as init does it: {_difference(ours[0], platform, event)}"
            wrong.append(Finding(FAIL, name, where, fact, repair))
    wanted = dict(platform.EVENTS)
    wrong += [
        Finding(FAIL, name, f"{path}:{h.line}", f"{h.event} is no event that onetree registers", repair)
        for h in hooks
        if h.event not in wanted
    ]
    for other in platforms.NAMES:
        astray = registration.find(text, other) if other != name else []
        wrong += [Finding(FAIL, name, f"{path}:{h.line}", f"a hook for {other}", "delete that hook") for h in astray]
    unread = registration.unread(text, platform)
    if unread:
        what, line, column = unread
        fact = f"a {what}: the client ignores the whole file, hooks included"
        wrong.append(Finding(FAIL, name, f"{path}:{line}:{column}", fact, f"take the {what} out"))
    yield from wrong or [Finding(OK, name, path, f"{len(hooks)} hooks registered")]


def _difference(hook: registration.Hook, platform: ModuleType, event: str) -> str:
    """What a group has otherwise than it should, in short."""
    wanted: dict[str, object] = platform.entry(hook.command, event)
    own = {**hook.group, "hooks": None, **hook.handler}
    should = {**wanted, "hooks": None, **wanted["hooks"][0]}  # type: ignore[index]
    parts = [
        f"{k} is {json.dumps(own.get(k))}, not {json.dumps(should.get(k))}" for k in should if own.get(k) != should[k]
    ]
    parts += [f"{k} is added" for k in own if k not in should]
    return "; ".join(parts) or "other hooks stand in its group"
