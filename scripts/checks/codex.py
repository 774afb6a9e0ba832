"""Codex CLI's own condition: that the person has approved each hook."""

import os
import shutil
from collections.abc import Iterator

from onetree import registration
from onetree.platforms import codex

from . import FAIL, NOTE, OK, UNKNOWN, Finding, codex_app, files


def check_codex(home: str) -> "Iterator[Finding]":
    """Codex CLI skips, without a word, every hook whose hash the person has not trusted. Only it can tell."""
    path = codex.SETTINGS
    if not files.ours(os.path.join(home, path), codex):
        return
    program = shutil.which("codex")
    if program is None:
        fact = (
            "no codex on the PATH: whether it trusts these hooks could not be checked; it skips untrusted ones silently"
        )
        yield Finding(NOTE, "codex", path, fact)
        return
    try:
        hooks, warnings = codex_app.hooks(program, home)
    except (TimeoutError, ValueError) as e:
        yield Finding(UNKNOWN, "codex", path, f"`codex app-server` did not say which hooks it trusts: {e}")
        return
    for warning in warnings:
        yield Finding(FAIL, "codex", path, warning, "correct it")
    ours = [h for h in hooks if registration.platform_of(h) == "codex"]
    asleep = [h for h in ours if h.get("trustStatus") not in ("trusted", "managed") or h.get("enabled") is False]
    if not ours and not warnings:
        repair = "start codex here, trust the project, then approve the hooks in /hooks"
        yield Finding(FAIL, "codex", path, "Codex loads none of these hooks: the project is not trusted", repair)
    if asleep:
        states = sorted({"disabled" if h.get("enabled") is False else str(h.get("trustStatus")) for h in asleep})
        fact = f"{len(asleep)} of {len(ours)} hooks are {' or '.join(states)}: Codex skips them silently"
        yield Finding(FAIL, "codex", path, fact, "start codex here and approve the hooks in /hooks")
    elif ours:
        yield Finding(OK, "codex", path, f"Codex trusts all {len(ours)} hooks: they are armed")
