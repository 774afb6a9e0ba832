"""What the line itself puts into an archive, to be known when the line unpacks it."""

import os

from onetree.shell.words import Field

from . import members
from .call import Call


def keep(call: Call, archive: Field, found: "members.Members | None") -> None:
    """Keep in mind what the line puts into an archive."""
    for path in call.absolute(archive):
        if found is not None:
            call.walker.archives[os.path.normpath(path)] = found


def packed(call: Call, named: "list[tuple[str | None, Field]]") -> "members.Members | None":
    """The members that operands become."""
    made: members.Members = []
    for name, field in named:
        part = _put(call, name, field) if name is not None else None
        if part is None:
            return None
        made += part
    return made


def printed(found: "members.Members") -> str:
    """What a command prints that prints an archive."""
    from onetree.shell.state import archive

    return archive(found)


def _put(call: Call, name: str, field: Field) -> "members.Members | None":
    """The members that a file or folder becomes, by the name that it has on the command line."""
    if not call.is_folder(field):
        return [(name, False)]
    places, found = call.absolute(field), call.below(field, members.MEMBERS)
    if found is None or len(places) != 1 or os.path.normpath(places[0]) in call.walker.folders:
        return None
    return [(os.path.join(name, os.path.relpath(path, places[0])), False) for path in found]
