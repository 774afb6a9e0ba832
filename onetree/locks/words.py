"""Locks in words."""

from onetree.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from onetree.locks.core import Claim


def described(claim: "Claim", now: float, names: str) -> str:
    """A claim in a line: who, what, what for, since when, until when. names: its resources, as they are called here."""
    reason = f" for {claim['reason']!r}" if claim["reason"] else ", no reason given"
    if claim["fence"]:
        verb, ends = "holds", f"ends in {span(claim['expires'] - now)} if not renewed"
        since = claim["granted"]
    else:
        verb, ends = "waits for", f"gives up in {span(claim['deadline'] - now)}"
        since = claim["since"]
    times = f"since {span(now - since)}, {ends}"
    return f"{visible(claim['owner'])} {verb} {claim['mode']} {names}{reason}, {times} (ID {claim['id']})"


def span(seconds: float) -> str:
    """A duration for people."""
    seconds = max(0.0, seconds)
    if seconds < 120:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
