"""What a row of commands.py cannot say: one function for each command, or family of them, that needs one.

A handler takes a Call and notes its effects; it returns what the command prints, None if that is unknown. A row names
it as !module.function, and only the module that a command needs is imported.
"""

import sys

from .call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[Call], str | None]

__all__ = ["Call", "handler"]


def handler(name: str) -> "Handler":
    """The function that a row names. Raises KeyError for a module that is not there."""
    module, _, function = name.partition(".")
    full = f"{__name__}.{module}"
    __import__(full)
    found: Handler = getattr(sys.modules[full], function)
    return found
