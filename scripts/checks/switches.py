"""What else the clients' settings files say: hooks switched off, or run twice."""

import glob
import json
import os
from collections.abc import Iterator

from onetree import platforms

from . import FAIL, NOTE, Finding, files


def check_switches(home: str) -> "Iterator[Finding]":
    """No settings file, the person's and the machine's included, switches hooks off."""
    for name in platforms.NAMES:
        platform = platforms.load(name)
        for path in (platform.SETTINGS, *platform.PERSONAL, *platform.MACHINE):
            settings = files.value(files.place(home, platform, path))
            more = platform.MACHINE_SWITCHES if path in platform.MACHINE else ()
            for keys, off in (*platform.SWITCHES, *more):
                fact = _thrown(files.deep(settings, keys), off)
                if fact:
                    fact = f"{'.'.join(keys)} {fact}: {name} runs no hook of this project"
                    yield Finding(FAIL, name, path, fact, "take it out")


def _thrown(found: object, off: object) -> str:
    """How a setting switches hooks off: it is `off`, or a list that names it; "" if it does not."""
    if isinstance(off, str):
        named = [str(n) for n in found if off in str(n)] if isinstance(found, list) else []
        return f"names {named[0]}" if named else ""
    return f"is {json.dumps(off)}" if found is off else ""


def check_doubles(home: str) -> "Iterator[Finding]":
    """Hooks that are run twice for one call: harmless, but slow, and the journal has each call twice."""
    for name in platforms.NAMES:
        platform = platforms.load(name)
        own = os.path.join(home, platform.SETTINGS)
        for path in platform.PERSONAL:
            second = files.place(home, platform, path)
            if os.path.realpath(second) != os.path.realpath(own) and files.ours(second, platform):
                yield Finding(NOTE, name, path, "hooks of onetree here too: each call is judged twice")
        others = platform.ALSO_LOADED_BY
        if others and "onetree" in (files.text(own) or ""):
            found = [p for p, pattern in others.items() if _registered(os.path.join(home, pattern))]
            also = f"; {', '.join(found)} has its own registration too and asks twice" if found else ""
            yield Finding(NOTE, name, platform.SETTINGS, f"{', '.join(others)} run these hooks too{also}")


def _registered(pattern: str) -> bool:
    return any("onetree" in (files.text(path) or "") for path in glob.glob(pattern))
