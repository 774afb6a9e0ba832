"""The agents' clients: one file is one platform, and says all that the rest must know of it.

Each module of NAMES has every name below; tests/registration_test.py reads this list and fails for one that lacks any.

On the way of a tool call (`onetree hook`):

    NAME            as in `onetree hook --platform NAME`
    PHASES          {event: before, after, prompt or session}
    TOOLS           {tool: kind}, kinds as in tools.fill()
    WARNS_AFTER     True if a warning reaches the agent only with the tool's result
    VARIABLES       (variable, ...) that name the project to a hook, in its environment
    ENVIRONMENT     variable that names to the hook SessionStart a file which the session's shells run first, or ""
    decode(payload, event) -> Action
    encode(action, tier, message) -> Answer

To register hooks (`onetree init`):

    SETTINGS        the project's configuration file, relative to the root
    READS_ALSO      what the client reads there beyond plain JSON, as jsonc names it; more, and it ignores the file
    EVENTS          ((event, matcher or None), ...) to register
    TIMEOUT         of a hook, in the client's own unit, above the dispatcher's own deadline
    entry(command, event) -> dict    one hook group of the configuration
    NEXT            what a person has still to do before the client runs the hooks

To look for what keeps them from running (`onetree doctor`); files are relative to the root, or begin with ~ or /:

    PERSONAL        (file, ...) that the client reads beside SETTINGS: a hook of ours there would be a second one
    MACHINE         (file, ...) of the machine, which go before everybody's
    MOVED           (variable, folder that it stands for if it is set), or None
    SWITCHES        ((keys, value), ...) that switch hooks off in any of these files; a text: a list that names it
    MACHINE_SWITCHES    those that do so only in the machine's files
    ALSO_LOADED_BY  {product that loads SETTINGS as well: pattern of the files with its own hooks}

To act as the client (`onetree doctor`); {root} and {path} stand for the project and for a file in it:

    PER_SECOND      how many of TIMEOUT's units there are in a second
    PAYLOAD         {field: value} that all its payloads carry beside those that are the same for all platforms
    EXPORT          how a person gives its shells the variable {name}; "" if the hook does, by ENVIRONMENT
    LOGIN_SHELL     True if it runs hooks by the person's login shell, whose profile may print
    READ            (tool, arguments) of a call that reads the file
    WRITES          {how: (tool, arguments)} of calls that write it
    heard(code, out, err) -> (outcome, reason)    what it makes of an answer: passed, refused, asked, or ignored
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


def parsed(text: str) -> "dict[str, object] | None":
    """The object that is a hook's answer, None if it is none. As strict as the clients; not on the agent's path."""
    import json

    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


class Answer:
    """What the dispatcher prints and how it ends: texts for standard output and standard error, and the exit status."""

    __slots__ = ("code", "err", "out")

    def __init__(self, out: str = "", err: str = "", code: int = 0) -> None:
        self.out = out
        self.err = err
        self.code = code
