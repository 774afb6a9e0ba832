"""The state of a shell at one point of the line: what words are expanded from, and what commands change."""

import os

from . import words
from .ends import is_name
from .words import Shell, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .form import Node, Span
    from .walker import Walker


class Archive(str):
    """What an archiver prints: not a text, but the members that it puts into it."""

    __slots__ = ("members",)

    members: "list[tuple[str, bool]]"


def archive(members: "list[tuple[str, bool]]") -> Archive:
    """An archive with these members."""
    made = Archive("\0")
    made.members = members
    return made


def together(printed: "list[str | None]") -> "str | None":
    """What commands print one after the other; None if one is unknown."""
    texts = [text for text in printed if text is not None]
    if len(texts) < len(printed):
        return None
    archives = [text for text in texts if isinstance(text, Archive)]
    if archives:
        return archives[0] if len([text for text in texts if text]) == 1 else None
    return "".join(texts)


class State(Shell):
    """What the shell knows at one point of the line.

    variables: what the line assigned; None if the value is unknown. folders: where it may be; empty if unknown.
    piped: whether standard input is the line's own business, and text: what comes there, None if unknown.
    """

    def __init__(self, walker: "Walker", folders: "tuple[str, ...]", home: str, env: "Mapping[str, str]") -> None:
        self.walker = walker
        self.deadline = walker.deadline
        self.folders = folders
        self.home = home
        self.env = env
        self.variables: dict[str, words.Value] = {}
        self.functions: dict[str, tuple[str, Node, Span | None]] = {}
        self.parameters: list[str | None] | None = None
        self.certain = True
        self.piped = False
        self.text: str | None = None
        self.status: int | None = 0
        self.flow = ""  # exit, return, break or continue, when one was met
        self.locals: dict[str, Any] = {}  # of the function that runs: what its local variables were before
        self.levels = 0  # loops that break and continue still leave
        self.kinds: dict[str, str] = {}  # of variables: i, l, u by declare; n: another variable's name
        self.stack: list[tuple[str, ...]] = []  # of pushd and popd
        self.name: str | None = None  # $0
        self.options: set[str] = set()  # of set and shopt: errexit, nounset, noclobber, extglob, ...
        self.archive: list[tuple[str, bool]] | str | None = None  # what standard input is: members, or the file's path
        self.inner = ("", 0)  # of getopts: the word it is at, and the letter in it
        self.last: str | None = ""  # $_
        self.inputs: dict[str, str | None] = {}  # what is still to be read from descriptors other than 0
        self.aliases: dict[str, tuple[str, str, int]] = {}  # what each stands for, the source that says so, and where
        self.ending: str | None = None  # what the trap of EXIT runs

    @property
    def folder(self) -> "str | None":  # type: ignore[override]
        """The directory that is most likely in force."""
        return self.folders[0] if self.folders else None

    def copy(self) -> "State":
        """A subshell's state, or one way of several."""
        made = State(self.walker, self.folders, self.home, self.env)
        made.variables = dict(self.variables)
        made.functions = dict(self.functions)
        made.parameters = self.parameters
        made.certain, made.piped, made.text = self.certain, self.piped, self.text
        made.status = self.status
        made.options, made.kinds, made.stack = set(self.options), dict(self.kinds), list(self.stack)
        made.name, made.inner, made.last = self.name, self.inner, self.last
        made.archive = self.archive
        made.inputs, made.aliases = dict(self.inputs), dict(self.aliases)
        return made

    def merge(self, other: "State") -> None:
        """After this way or the other: what differs is unknown, and it may be in either's directory."""
        if other.flow:  # that way does not come here
            return
        if self.flow:
            self.flow = ""
            self.variables, self.folders, self.functions = other.variables, other.folders, other.functions
            self.status, self.text = other.status, other.text
            return
        self.status = self.status if self.status == other.status else None
        self.text = self.text if self.text == other.text else None
        self.last = self.last if self.last == other.last else None
        for place in {*self.inputs, *other.inputs}:
            if self.inputs.get(place) != other.inputs.get(place):
                self.inputs[place] = None
        for name in {*self.variables, *other.variables}:
            mine = self.variables.get(name, self.env.get(name, False))
            if mine != other.variables.get(name, self.env.get(name, False)):
                self.variables[name] = None
        if self.folders and other.folders:
            self.folders = tuple(dict.fromkeys(self.folders + other.folders))[:4]
        else:
            self.folders = ()
        self.functions.update(other.functions)

    def lookup(self, name: str) -> "words.Value":
        """A variable or parameter at this point of the line."""
        if name in ("@", "*"):
            known = None if self.parameters is None else [p for p in self.parameters if p is not None]
            if known is None or len(known) != len(self.parameters or ()):
                raise Unknown("the parameters ($@)")
            return known
        if name == "#" and self.parameters is not None:
            return str(len(self.parameters))
        if name == "?":
            if self.status is None:
                raise Unknown("the status ($?)")
            return str(self.status)
        if words.digits(name):
            if name == "0" and self.name is not None:
                return self.name
            if self.parameters is None or name == "0":
                raise Unknown(f"the parameter ${name}")
            found = self.parameters[int(name) - 1] if int(name) <= len(self.parameters) else ""
            if found is None:
                raise Unknown(f"the parameter ${name}")
            return found
        if name == "_":
            if self.last is None:
                raise Unknown("the last word of the command before ($_)")
            return self.last
        if self.kinds and self.kinds.get(name) == "n":
            return self.referred(name)
        if name in self.variables:
            value = self.variables[name]
            if value is None:
                raise Unknown(f"the value of ${name}")
            return value
        if name == "PWD":
            if len(self.folders) != 1:
                raise Unknown("the directory")
            return self.folders[0]
        if name == "HOME":
            return self.env.get(name, self.home)
        return self.env.get(name)

    def meant(self, name: str) -> str:
        """The variable that a name reference stands for, or the name itself (bash(1), declare -n)."""
        for _ in range(8):
            if self.kinds.get(name) != "n":
                break
            target = self.variables.get(name)
            if not isinstance(target, str) or not is_name(target):
                break
            name = target
        return name

    def referred(self, name: str) -> "words.Value":
        """The value of the variable that a name reference stands for."""
        target = self.meant(name)
        if target == name or self.kinds.get(target) == "n":
            raise Unknown(f"the value of ${name}")
        return self.lookup(target)

    def assign(self, name: str, value: "str | None") -> None:
        """Set a variable."""
        name, _, index = name.removesuffix("]").partition("[")
        name = self.meant(name) if self.kinds else name
        self.variables[name] = None if index else value

    def typed(self, name: str, text: str, old: "words.Value" = None) -> str:
        """A value as declare -i, -l, -u of its variable make it."""
        kind = self.kinds.get(name)
        if kind == "i":
            added = text[len(old) :] if isinstance(old, str) else ""
            from .arithmetic import calculated

            return calculated(f"({old})+({added})" if added and old else text, self)
        return text.lower() if kind == "l" else text.upper() if kind == "u" else text

    def output(self, source: str) -> str:
        """Walk a command substitution: what it prints."""
        made = self.walker.source(source, self.copy(), self.walker.here)
        if made is None or isinstance(made, Archive):
            raise Unknown(f"the output of $({source[:60]})")
        return made.rstrip("\n")

    def process(self, source: str, *, reads: bool) -> str:
        """Walk a process substitution; what <() prints is what its name holds."""
        way = self.copy()
        way.piped = way.piped or not reads
        way.text = way.text if reads else None
        printed = self.walker.source(source, way, self.walker.here)
        name = f"/dev/fd/{63 - self.walker.processes}"
        self.walker.processes += 1
        self.walker.files[name] = printed if reads else None
        return name

    def names(self, prefix: str) -> "list[str]":
        """Variables whose names begin so."""
        return sorted(name for name in {*self.variables, *self.env} if name.startswith(prefix))

    def option(self, name: str) -> bool:
        """Whether an option of set or shopt is on."""
        return name in self.options

    def separators(self) -> str:
        """IFS."""
        found = self.variables.get("IFS", words.BLANKS)
        if not isinstance(found, str):
            raise Unknown("the value of $IFS")
        return found

    def there(self, path: str) -> bool:
        """Whether there is a file at this point of the line, as far as is known."""
        plain = os.path.normpath(path)
        if path.endswith("/"):
            return plain in self.walker.folders or (os.path.isdir(plain) and plain not in self.walker.gone)
        if not self.walker.files and not self.walker.gone:
            return os.path.lexists(plain)
        found = self.walker.exists(plain)
        return os.path.lexists(plain) or plain in self.walker.files if found is None else found

    def made(self, folder: str) -> "list[str]":
        """Names that the line made in a folder."""
        return self.walker.names.get(folder, [])
