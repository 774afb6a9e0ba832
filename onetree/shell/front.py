"""Read a command line with whichever front end can: bashlex first, then tree-sitter-bash (ADR 22)."""

from . import bashlex_front
from .deadline import Deadline
from .form import Sequence, Unread, Unreadable
from .scan import skeleton


def read(source: str, state: str, deadline: Deadline) -> Sequence:
    """The form of a command line, with what neither reads as Unread. Raises Unreadable."""
    made = skeleton(source)
    if not made.text.strip():
        return Sequence((0, len(source)), [])
    found = failure = None
    try:
        found = bashlex_front.read(source, made, state, deadline)
    except Unreadable as e:
        failure = e
    if found is not None and not isinstance(found.items[-1][1], Unread):
        return found
    from . import treesitter_front

    try:
        return treesitter_front.read(source, made, deadline)
    except Unreadable:
        if found is not None:  # bash, too, runs the lines before one that it cannot read
            return found
        raise failure or Unreadable("nothing could be read") from None
