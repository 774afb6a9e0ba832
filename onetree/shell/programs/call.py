"""One command about to run: its words, options and operands, and what its row says of them."""

import os

from onetree.action import Command
from onetree.shell import commands, words
from onetree.shell.words import Field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from onetree.shell.state import State
    from onetree.shell.walker import Walker

BELOW = 300  # files of a folder that are named one by one when all of it is copied or changed
MATCHES = 200  # files for which find -exec is walked one by one


class Call:
    """One command about to run: its words, and once its row is known its options and operands.

    flags: the options given, as "-r", "--recursive". values: (option, its value). operands: the rest. doubt: whether an
    option was given that the command does not have, so that it may do nothing, or what that option says.
    """

    __slots__ = (
        "assigned",
        "before",
        "doubt",
        "fields",
        "flags",
        "name",
        "operands",
        "row",
        "state",
        "table",
        "values",
        "walker",
    )

    def __init__(
        self,
        walker: "Walker",
        state: "State",
        fields: "list[Field]",
        assigned: "Mapping[str, words.Value]",
    ) -> None:
        self.walker = walker
        self.state = state
        self.before: int | None = state.status  # the status of the command before
        self.fields = fields
        self.assigned = assigned
        self.name = (fields[0].text or "").rpartition("/")[2]
        self.row: commands.Row = commands.READ
        self.table: dict[str, str] = {}
        self.flags: set[str] = set()
        self.doubt = False
        self.values: list[tuple[str, Field]] = []
        self.operands: list[Field] = []

    def record(self) -> None:
        """Note the command for the guards."""
        assignments: dict[str, str | None] = {}
        for source in (self.state.variables, self.assigned):
            for name, value in source.items():
                assignments[name] = value if isinstance(value, str) or value is None else " ".join(value)
        argv = [field.text for field in self.fields]
        self.walker.commands.append(Command(argv, assignments, self.state.folder or ""))

    def parse(self, row: commands.Row, *, stop: bool = False) -> None:
        """Part the words into options and operands. stop: the first operand ends the options (wrappers)."""
        self.row = row
        self.table = table = commands.options(row)
        rest = self.fields[1:]
        i = 0
        while i < len(rest):
            text = rest[i].text
            i += 1
            if text == "--":
                self.operands.extend(rest[i:])
                return
            if text is None or len(text) < 2 or text[0] not in "-+" or (text[0] == "+" and "+o" not in table):
                self.operands.append(rest[i - 1])
                if stop:
                    self.operands.extend(rest[i:])
                    return
                continue
            option, equals, value = text.partition("=")
            role = table.get(option)
            if role is None and text.startswith("--") and option not in ("--help", "--version"):
                option, role = self.abbreviated(option)
            if role == "!":
                self.flags.add(option)
                continue
            if role is not None and role not in "?#" and (len(option) > 2 or not equals):
                if equals:
                    self.values.append((option, Field(value, rest[i - 1].written)))
                else:
                    count = 1 if role != "2" else 2
                    for field in rest[i : i + count]:
                        self.values.append((option, field))
                    i += count
                continue
            if text.startswith("--"):
                from onetree.shell import longoptions

                self.flags.add(option)
                self.doubt = self.doubt or longoptions.unknown(self.name, option)
                if equals:
                    self.values.append((option, Field(value, rest[i - 1].written)))
                continue
            self.flags.add(text)
            i += self.cluster(rest[i - 1], rest[i : i + 1])

    def abbreviated(self, option: str) -> "tuple[str, str | None]":
        """GNU's long options may be cut as far as they are unique."""
        found = [name for name in self.table if name.startswith(option) and len(option) > 3]
        return (found[0], self.table[found[0]]) if len(found) == 1 else (option, None)

    def cluster(self, field: Field, following: "list[Field]") -> int:
        """-abc: flags, the last of which may take the rest or the next word as its value; how many words it took."""
        text = field.text or ""
        skip = 0
        for k in range(1, len(text)):
            if k < skip:
                continue
            option = text[0] + text[k]
            role = self.table.get(option)
            if role is None or role in "!#":
                self.flags.add(option)
                skip = k + 1
                while role == "#" and skip < len(text) and text[skip] in "0123456789":
                    skip += 1
                continue
            attached = text[k + 1 :]
            if role == "?":
                self.flags.add(option)
                if attached:
                    self.values.append((option, Field(attached, field.written)))
                return 0
            if attached:
                self.values.append((option, Field(attached, field.written)))
                return 0
            self.values.extend((option, value) for value in following)
            return len(following)
        return 0

    def has(self, *flags: str) -> bool:
        """Whether one of the flags was given."""
        return any(flag in self.flags for flag in flags)

    def value(self, *names: str) -> "Field | None":
        """The last value given to one of the options."""
        found = None
        for option, field in self.values:
            if option in names:
                found = field
        return found

    def operate(self, roles: str = "") -> None:
        """What the row says of operands and options' values."""
        row = self.row
        if self.has("--help", "--version"):
            return
        roles = roles or row[0]
        if len(row) == 3 and any(self.given(flag) for flag in row[2][0].split()):
            roles = row[2][1]
        self.option_values()
        for role, field in _assigned_roles(roles, self.operands):
            self.effect(role, field)

    def given(self, flag: str) -> bool:
        """Whether an option was given, with a value or without."""
        return flag in self.flags or any(option == flag for option, _ in self.values)

    def option_values(self) -> None:
        """Read and write the files that options name."""
        for option, field in self.values:
            role = self.table.get(option, ".")
            if role in "rRwWmMdD":
                self.effect(role, field, option)

    def effect(self, role: str, field: Field, option: str = "", *, certain: bool = True) -> "list[str]":
        """Note what a role letter says of one operand; the absolute paths."""
        if role == "S" and self.is_folder(field):
            return self.sources(field)
        role = "w" if role == "S" else role
        op = {"r": "read", "w": "write", "d": "delete", "m": "meta"}.get(role.lower())
        if op is None:
            return []
        via = f"{self.name} {option}".strip()
        return self.walker.emit(op, field, self.state, via, tree=role.isupper(), certain=certain and not self.doubt)

    def sources(self, field: Field) -> "list[str]":
        """Note a write of each file of the command's own languages in a folder, as far as they are few."""
        from onetree.shell import devtools

        from .tools import listed

        endings = commands.SOURCES.get(self.name) or devtools.SOURCES.get(self.name, ())
        made = [path for top in self.absolute(field) for path in listed(self, top, endings)] if endings else []
        if not endings:
            self.opaque(f"{self.name}: which files below {field.written} it writes is not known", (field,))
        for path in made:
            self.walker.emit("write", Field(path, path), self.state, self.name, certain=False)
        return made

    def below(self, field: Field, most: int = BELOW, *, folders: bool = False) -> "list[str] | None":
        """The files, and with folders these too, that lie below a folder, absolute; None if they are too many."""
        made: list[str] = []
        for top in self.absolute(field):
            for seen, (folder, inner, names) in enumerate(os.walk(top)):
                if len(made) + len(names) > most or seen > most:
                    return None
                inner.sort()
                made += [os.path.join(folder, name) for name in sorted(names)]
                paths = [os.path.join(folder, name) for name in inner]
                made += [path for path in paths if folders or os.path.islink(path)]
        return made

    def opaque(self, why: str, candidates: "Iterable[Field]" = ()) -> None:
        """Note that the command does what cannot be read; candidates: the files that it may be about."""
        paths = tuple(dict.fromkeys(path for field in candidates for path in self.absolute(field)))
        self.walker.opaque(why, self.state, via=self.name, candidates=paths)

    def absolute(self, field: Field) -> "list[str]":
        """The places a name may have, without noting an effect."""
        if field.text is None or "\0" in field.text:
            return []
        if field.text.startswith("/"):
            return [field.text]
        return [os.path.join(folder, field.text) for folder in self.state.folders]

    def brings(self, field: Field) -> bool:
        """Whether a file to be run is standard input, a descriptor, unknown, or written by the line itself."""
        if field.text is None or field.text == "-" or field.text.startswith(("/dev/fd/", "/dev/stdin")):
            return True
        return any(os.path.normpath(path) in self.walker.files for path in self.absolute(field))

    def is_folder(self, field: Field) -> bool:
        """Whether a name is a folder, or one that the line makes."""
        return any(os.path.normpath(p) in self.walker.folders or os.path.isdir(p) for p in self.absolute(field))


def _assigned_roles(roles: str, operands: "list[Field]") -> "list[tuple[str, Field]]":
    """Each operand with its letter: "r*w" reads all but the last."""
    first, star, last = roles.partition("*")
    if not star:
        return list(zip(roles, operands, strict=False))
    if not first:
        return []
    made = list(zip(first[:-1], operands, strict=False))
    rest = operands[len(first) - 1 :]
    cut = max(0, len(rest) - len(last))
    made.extend((first[-1], field) for field in rest[:cut])
    made.extend(zip(last, rest[cut:], strict=False))
    return made
