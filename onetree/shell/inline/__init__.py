"""Programs of other languages, given in a command line or in a file that it runs: what they would do to files.

A module of this folder reads one language. It has `run(program)`, which notes effects through the Program and returns
what the program prints, None if that is unknown. It never runs anything, and says opaque where it cannot follow.
"""

import sys

from onetree.shell.words import Field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from onetree.shell.programs.call import Call

# language -> the module that reads it
READERS: "dict[str, str]" = {
    "node": "node",
    "deno": "node",
    "bun": "node",
    "perl": "perl",
    "ruby": "ruby",
    "php": "php",
    "lua": "lua",
    "awk": "awk",
    "python": "python",
}


class Program:
    """A program's text, and the command that runs it.

    shown: how it is called in a message: "python -c", "tools/clean.py". arguments: what it is given on its command line
    after its own name; None for one that is not known.
    """

    __slots__ = ("arguments", "at", "call", "shown", "text")

    def __init__(self, call: "Call", text: str, arguments: "list[str | None]", shown: str) -> None:
        self.call = call
        self.text = text
        self.arguments = arguments
        self.shown = shown
        self.at = shown  # what leads to an effect: the same, or "tools/clean.py:12" where a reader knows the line

    def effect(self, op: str, path: "str | None", via: str, *, tree: bool = False, certain: bool = True) -> None:
        """Note an operation ("read", "write", "delete", "meta") on a path; via: "open w", "os.remove"."""
        field = Field(path, path or via, f"a path that {self.shown} makes")
        with self:
            self.call.walker.emit(op, field, self.call.state, via, tree=tree, certain=certain)

    def opaque(self, why: str, candidates: "Iterable[str]" = ()) -> None:
        """Note that the program does what cannot be read, perhaps to these paths."""
        paths = tuple(dict.fromkeys(place for path in candidates for place in self.call.absolute(Field(path, path))))
        self.call.walker.opaque(f"{self.shown}: {why}", self.call.state, via=self.at, candidates=paths)

    def shell(self, text: "str | None") -> "str | None":
        """Follow a command line that the program gives to a shell; what it prints."""
        if text is None:
            self.opaque("it runs a command that is known only when it runs")
            return None
        with self:
            return self.call.walker.source(text, self.call.state.copy(), self.call.walker.here)

    def command(self, words: "list[str | None]") -> "str | None":
        """Follow a command that the program runs without a shell; what it prints."""
        fields = [Field(word, word or "", "an argument that the program makes") for word in words]
        with self:
            return self.call.walker.run(fields, self.call.state.copy(), {}) if fields else None

    def __enter__(self) -> None:
        """Say of what follows that this program leads to it."""
        self.call.walker.trail = (*self.call.walker.trail, self.at)

    def __exit__(self, *_: object) -> None:
        """Back to what led to the program."""
        self.call.walker.trail = self.call.walker.trail[:-1]


def run(language: str, call: "Call", text: "str | None", arguments: "list[Field]", shown: str) -> "str | None":
    """Read a program's text; what it prints, None if that is unknown."""
    reader = READERS.get(language)
    if text is None:
        call.opaque(f"{shown}: its text is known only when it runs", arguments)
        return None
    if reader is None:
        from . import unread

        return unread.run(Program(call, text, [], shown), language)
    full = f"{__name__}.{reader}"
    __import__(full)
    program = Program(call, text, [field.text for field in arguments], shown)
    printed: str | None = sys.modules[full].run(program)
    return printed
