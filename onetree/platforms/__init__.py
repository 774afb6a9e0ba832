"""The agents' clients: each module decodes its client's payload and encodes the answer in that client's protocol.

A platform module that hooks can be registered for has, as well as decode() and encode():

    NAME        as in `onetree hook --platform NAME`
    SETTINGS    the project's configuration file, relative to the root
    EVENTS      ((event, matcher or None), ...) to register
    TIMEOUT     in the platform's own unit, above the dispatcher's own deadline
    entry(command, event) -> dict    one hook group for the configuration
    WARNS_AFTER True if a warning reaches the agent only with the tool's result
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

# The platforms that hooks can be registered for. `foreign` is not among them: it answers whoever else calls.
NAMES = ("claude", "gemini", "codex")


def load(name: str) -> "ModuleType":
    """The module of one of NAMES, or `foreign`. Raises KeyError for another name."""
    if name not in NAMES and name != "foreign":
        raise KeyError(name)
    full = f"{__name__}.{name}"
    __import__(full)
    return sys.modules[full]


class Answer:
    """What the dispatcher prints and how it ends: texts for standard output and standard error, and the exit status."""

    __slots__ = ("code", "err", "out")

    def __init__(self, out: str = "", err: str = "", code: int = 0) -> None:
        self.out = out
        self.err = err
        self.code = code
