"""The governed tree: the nearest folder upwards that holds .onetree/policy.yaml."""

import os

HOME = ".onetree"
POLICY = os.path.join(HOME, "policy.yaml")
STATE = os.path.join(HOME, "state")
SHARED = os.path.join(HOME, "shared")  # the one part of .onetree that agents are meant to write


def find(*starts: str) -> "str | None":
    """The root above the first of these directories that has one, absolute; None if none has. "" is skipped."""
    for start in starts:
        here = os.path.abspath(start) if start else ""
        while here:
            if os.path.lexists(os.path.join(here, POLICY)):
                return here
            above = os.path.dirname(here)
            here = above if above != here else ""
    return None
