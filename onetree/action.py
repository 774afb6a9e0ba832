"""What an agent is about to do, in one shape whatever the platform."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from onetree.paths import Place

# What an effect does to its path. "meta" changes its mode, owner, times or attributes, and not its content. "opaque"
# has no path: something will happen that cannot be known from here.
OPS = ("read", "write", "delete", "meta", "opaque")
CHANGES = ("write", "delete", "meta")

# The `why` of an opaque effect that starts a program which will take its orders from somebody typing.
TYPED = "what is typed into it is not seen"

# before/after: a tool call. prompt: what the person typed. session: start, end, stop, compaction. other: the rest.
PHASES = ("before", "after", "prompt", "session", "other")

# What sort of tool it is, whatever the platform calls it.
KINDS = ("read", "write", "edit", "delete", "search", "shell", "other")


class Effect:
    """One operation on one path.

    op: one of OPS.
    path: absolute: joined with the directory in force, but neither normalised nor resolved. "" if opaque.
    written: the path as the agent wrote it.
    via: the construct that does it: "Write", "> redirection", "sed -i"; what led there before it, each with " -> ":
        "make clean -> Makefile:12 -> rm".
    certain: False when it only may happen (a branch, an unknown option).
    tree: True when everything below the path is affected too (rm -r, mv of a folder).
    why: for opaque, what could not be read. candidates: and the absolute paths that it may be about, as far as known.
    span: (start, end) in the command's text, in characters; (0, 0) for a file tool.
    place: the path resolved (onetree.paths), once for all guards; None if opaque.
    """

    __slots__ = ("candidates", "certain", "op", "path", "place", "span", "tree", "via", "why", "written")

    def __init__(
        self,
        op: str,
        path: str,
        via: str,
        *,
        written: str = "",
        certain: bool = True,
        tree: bool = False,
        why: str = "",
        span: "tuple[int, int]" = (0, 0),
        candidates: "tuple[str, ...]" = (),
    ) -> None:
        self.op = op
        self.path = path
        self.written = written or path
        self.via = via
        self.certain = certain
        self.tree = tree
        self.why = why
        self.span = span
        self.candidates = candidates
        self.place: Place | None = None

    @property
    def how(self) -> str:
        """The construct itself, without what led there."""
        return self.via.rpartition(" -> ")[2]


class Command:
    """One simple command that a shell line would run, wrappers (sudo, env, bash -c) taken off.

    argv: its words after expansion; None for a word that cannot be known from here.
    assignments: the variables set for it or before it in the line: name -> value, None if unknown.
    folder: the directory in which it most likely runs, absolute; "" if unknown.
    """

    __slots__ = ("argv", "assignments", "folder")

    def __init__(self, argv: "list[str | None]", assignments: "dict[str, str | None]", folder: str = "") -> None:
        self.argv = argv
        self.assignments = assignments
        self.folder = folder


class Change:
    """The new content of one file, for a person to look at and for the hash of exactly this change.

    old: the text that is replaced, or None for the whole file. new: the text that takes its place.
    """

    __slots__ = ("new", "old", "path")

    def __init__(self, path: str, old: "str | None", new: str) -> None:
        self.path = path
        self.old = old
        self.new = new


class Action:
    """One event of an agent's client.

    platform: who is calling ("claude", "gemini", "codex", or a foreign dialect's name).
    event: the platform's own event name. phase: one of PHASES.
    session, agent, call_id: the platform's identifiers; agent is "" for the main agent of a session.
    tool: the platform's own tool name. kind: one of KINDS.
    cwd: the directory in which the tool runs, absolute.
    permission: the platform's permission mode ("bypassPermissions", ...), "" if it has none.
    command: the shell text, None for other tools.
    effects, commands, changes: see Effect, Command, Change; of a shell tool the dispatcher fills in the first two.
    defect: what is wrong with the payload, "" if nothing: such an action is refused, never guessed at.
    """

    __slots__ = (
        "agent",
        "call_id",
        "changes",
        "command",
        "commands",
        "cwd",
        "defect",
        "effects",
        "event",
        "kind",
        "permission",
        "phase",
        "platform",
        "session",
        "tool",
    )

    def __init__(self, platform: str, event: str, phase: str) -> None:
        self.platform = platform
        self.event = event
        self.phase = phase
        self.session = self.agent = self.call_id = self.tool = self.cwd = self.permission = self.defect = ""
        self.kind = "other"
        self.command: str | None = None
        self.effects: list[Effect] = []
        self.commands: list[Command] = []
        self.changes: list[Change] = []
