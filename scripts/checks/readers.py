"""Whether agents' shells run git's readers without locks: a `git status` that saves the index makes commits fail."""

import os
from collections.abc import Iterator

from onetree import platforms, setup

from . import NOTE, OK, Finding

VARIABLE, VALUE = "GIT_OPTIONAL_LOCKS", "0"


def check_readers(home: str) -> "Iterator[Finding]":
    """One finding for each client that hooks are registered with."""
    for name in platforms.NAMES:
        if not setup.registered(home, name):
            continue
        way = platforms.load(name).EXPORT
        if not way:
            yield Finding(OK, "readers", name, f"its SessionStart hook sets {VARIABLE}={VALUE} for its shells")
        elif os.environ.get(VARIABLE) == VALUE:
            yield Finding(
                OK, "readers", name, f"{VARIABLE}={VALUE} is set here; clients that are started here inherit it"
            )
        else:
            fact = (
                f"`git status` in its shells may lock the index while others commit, unless {VARIABLE} is {VALUE} there"
            )
            yield Finding(NOTE, "readers", name, fact, way.format(name=VARIABLE, value=VALUE))
