"""The result of a walk: effects, each noted once, and the files as the line has left them at this point."""

import os

from onetree.action import Command, Effect

from . import commands, words
from .deadline import Deadline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .form import Span
    from .state import State
    from .words import Field

    Mark = tuple[int, int, set[tuple[str, str, str, bool, Span]]]

EFFECTS = 2000
LONGEST = 4096  # PATH_MAX: one system call takes no more, though mkdir -p and find go down step by step
SCRIPT = 65536  # bytes of a file that are read as commands or as a value


class Stop(Exception):
    """A bound was met: why."""


class Notes:
    """effects and commands are the result; the rest is what is remembered on the way."""

    def __init__(self, deadline: Deadline) -> None:
        self.effects: list[Effect] = []
        self.commands: list[Command] = []
        self.deadline = deadline
        self.here: Span = (0, 0)  # the span of the command being walked, in the outermost source
        self.trail: tuple[str, ...] = ()  # what led from the command line to what is being walked
        self.seen: set[tuple[str, str, str, bool, Span]] = set()
        self.files: dict[str, str | None] = {}  # what the line writes, and the text if it is known
        self.archives: dict[str, list[tuple[str, bool]]] = {}  # archives among them, and their members
        self.names: dict[str, list[str]] = {}  # names made in a folder by the line
        self.folders: set[str] = set()  # folders made by the line
        self.links: dict[str, str] = {}  # links made by the line -> what they lead to
        self.gone: set[str] = set()  # what the line deleted
        self.doubtful: set[str] = set()  # what it only may have made or deleted
        self.unsure = False  # whether something ran that may make or delete any file
        self.repositories: dict[str, object] = {}  # git repositories by their top; "" when one is no longer known

    def file(self, path: str, most: int = SCRIPT) -> "str | None":
        """The text of a regular file of at most so many bytes, as the line left it; None if it cannot be known."""
        path = os.path.normpath(path)
        if path in self.files:
            return self.files[path]
        from .regular import content

        try:
            data = content(path, most)
        except (OSError, ValueError):
            return None
        return None if b"\0" in data else data.decode("utf-8", "surrogateescape")

    def note(self, effect: Effect) -> None:
        """Add an effect, once."""
        key = (effect.op, effect.path or effect.why, effect.via, effect.tree, effect.span)
        if key not in self.seen:
            self.seen.add(key)
            if len(self.effects) >= EFFECTS:
                raise Stop(f"more than {EFFECTS} effects")
            self.effects.append(effect)

    def mark(self) -> "Mark":
        """Where the result is now, to come back to it."""
        return len(self.effects), len(self.commands), set(self.seen)

    def undo(self, mark: "Mark") -> None:
        """Take back the effects and commands that were noted since."""
        effects, made, self.seen = mark
        del self.effects[effects:]
        del self.commands[made:]

    def opaque(
        self, why: str, state: "State", span: "Span | None" = None, via: str = "", candidates: "tuple[str, ...]" = ()
    ) -> None:
        """Note that something is done that cannot be read, perhaps to these files."""
        span = span or self.here
        self.unsure = True
        via = self.led(via)
        self.note(Effect("opaque", "", via, why=why, certain=state.certain, span=span, candidates=candidates))

    def led(self, via: str) -> str:
        """How an effect comes about, with what led there."""
        return " -> ".join((*self.trail, via) if via else self.trail)

    def emit(
        self, op: str, field: "Field", state: "State", via: str, *, tree: bool = False, certain: bool = True
    ) -> "list[str]":
        """Note one operation on the path that a field names; the absolute paths it may be."""
        text = field.text
        if text is None:
            if op != "read":  # a read of what is unknown is told by the command itself
                self.opaque(f"{via}: {field.why} is known only when it runs", state, via=via)
            return []
        if not text or text == "-" or "\0" in text:
            return []
        if not words.encodable(text):
            self.opaque(f"{via}: a name that no file can have", state, via=via)
            return []
        if len(text) > LONGEST:
            self.opaque(f"{via}: a path of more than {LONGEST} characters", state, via=via)
            return []
        if self.deadline.passed():
            raise Stop("out of time")
        if text in commands.DEVICES or (text.startswith(commands.DEVICE_FOLDERS) and "/.." not in text):
            return []
        if not text.startswith("/") and not state.folders:
            if op != "read":
                self.opaque(f"{via}: the directory in which {text} lies is known only when it runs", state, via=via)
            return []
        paths = [os.path.join(folder, text) for folder in (state.folders or ("/",))]
        if text.startswith("/"):
            paths = [text]
        sure = certain and state.certain and len(paths) == 1
        for path in paths:
            for name in (path, *self.aliases(path)):
                by = self.led(via)
                self.note(Effect(op, name, by, written=field.written, certain=sure, tree=tree, span=self.here))
            if op == "write":
                self.remember(path)
                if tree:
                    self.folders.add(os.path.normpath(path))
            elif op == "delete":
                self.forget(os.path.normpath(path))
            if op in ("write", "delete") and not sure:
                self.doubtful.add(os.path.normpath(path))
        return paths

    def forget(self, path: str) -> None:
        """Keep in mind that the line deleted a file."""
        self.gone.add(path)
        self.files.pop(path, None)
        self.folders.discard(path)
        folder, name = os.path.split(path)
        if name in self.names.get(folder, ()):
            self.names[folder].remove(name)

    def exists(self, path: str) -> "bool | None":
        """Whether there is a file at a normal path at this point of the line; None if that is not known."""
        above = path
        while above not in ("/", ""):
            if above in self.doubtful:
                return None
            if above in self.gone:
                return False
            if above in self.files or above in self.folders:
                return True if above == path else None if above in self.files else self.there(path)
            above = os.path.dirname(above)
        return self.there(path)

    def there(self, path: str) -> "bool | None":
        """Whether there is a file in the real tree, which something may have made meanwhile."""
        if os.path.lexists(path):
            return True
        if self.unsure or any(made.startswith(path + "/") for made in (*self.files, *self.folders)):
            return None
        return False

    def remember(self, path: str, text: "str | None" = None) -> None:
        """Keep in mind that the line wrote a file, and its text if that is known."""
        path = os.path.normpath(path)
        self.files[path] = text
        self.archives.pop(path, None)
        self.gone.discard(path)
        folder, name = os.path.split(path)
        self.names.setdefault(folder, []).append(name)

    def aliases(self, path: str) -> "list[str]":
        """Where a path leads by links that the line itself made."""
        found: list[str] = []
        plain = os.path.normpath(path)
        for _ in range(8):
            for link, target in self.links.items():
                if plain == link or plain.startswith(link + "/"):
                    plain = os.path.normpath(target + plain[len(link) :])
                    found.append(plain)
                    break
            else:
                break
        return found
