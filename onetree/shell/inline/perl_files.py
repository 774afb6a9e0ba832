"""Perl's ways to open files and folders, and Path::Tiny's (perlfunc, perlopentut)."""

from .machine import Machine
from .values import Thing, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cursor import Node
    from .values import Value


class Files(Machine):
    """What Perl's functions do with files, where a row of its tables cannot say it."""

    def do_open(self, node: "Node", _name: str) -> "Value":
        """open: two, three or more arguments (perlfunc)."""
        nodes = node[2]
        if len(nodes) < 2:
            return None
        mode = self.value(nodes[1])
        if len(nodes) == 2:
            path = self.two_arguments(nodes[1], mode)
        elif nodes[2][0] == "un" and nodes[2][1] == "\\":
            path = None  # a variable's memory
        else:
            path = self.three_arguments(text_of(mode), self.arguments(nodes[2:]))
        if nodes[0][0] in ("var", "index"):
            self.assign(nodes[0], Thing("handle", path))
        return None

    def two_arguments(self, node: "Node", value: "Value") -> "Value":
        """open(F, ">file"), "cmd|", "|cmd"."""
        for one in self.each(value):
            text = text_of(one)
            if text is None:
                start = node[1][0] if node[0] == "str" and node[1] and isinstance(node[1][0], str) else ""
                if node[0] == "bin":
                    first = text_of(self.value(node[2]))
                    start = first or ""
                if start.lstrip()[:1] != "<":
                    self.effect("w", None, "open")
                return None
            text = text.strip()
            bare = text.lstrip("+<>|").strip()
            if text.startswith("|"):
                self.shell(text[1:])
            elif text.endswith("|"):
                self.shell(text[:-1])
            elif text.startswith((">", "+")):
                if not bare.startswith("&"):
                    self.effect("w", bare, "open " + text[: len(text) - len(text.lstrip("+<>"))])
            elif bare:
                self.effect("r", bare, "open")
        return None

    def three_arguments(self, mode: "str | None", rest: "list[Value]") -> "Value":
        """open(F, mode, file)."""
        if mode is None:
            self.effect("w", rest[0] if rest else None, "open with an unknown mode", certain=False)
        elif "|" in mode:
            self.execute(rest)
        elif "&" not in mode:
            plain = mode.partition(":")[0].strip()
            self.effect("r" if plain == "<" else "w", rest[0] if rest else None, f"open {plain}")
        return rest[0] if rest else None

    def do_sysopen(self, node: "Node", _name: str) -> "Value":
        """sysopen: the flags say what for."""
        nodes = node[2]
        if len(nodes) > 2:
            flags = self.value(nodes[2])
            written = repr(nodes[2])
            writes = any(f in written for f in ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"))
            if isinstance(flags, int):
                writes = bool(flags & 0o3103)
            elif "O_RDONLY" not in written:
                writes = True
            self.effect("w" if writes else "r", self.value(nodes[1]), "sysopen")
        return None

    def do_posix_open(self, node: "Node", name: str) -> "Value":
        """POSIX::open: as sysopen, but the handle is what it returns."""
        return self.do_sysopen(("call", node[1], [("nothing",), *node[2]], None), name)

    def do_tie(self, node: "Node", _name: str) -> "Value":
        """Tie: a variable that is a file."""
        self.value(node[2][0]) if node[2] else None
        kind = text_of(self.value(node[2][1])) if len(node[2]) > 2 else ""
        if kind is None or "File" in kind:
            self.effect("w", self.value(node[2][2]), "tie")

    def do_opendir(self, node: "Node", _name: str) -> "Value":
        """Opendir: the names are known if they are few."""
        if len(node[2]) > 1:
            folder = self.value(node[2][1])
            names = self.names_in(folder)
            holder = node[2][0][2] if node[2][0][0] == "un" else node[2][0]
            known = None if names is None else [".", "..", *names]
            self.assign(("var", holder[1]) if holder[0] == "name" else holder, Thing("dir", known))

    def do_readdir(self, node: "Node", _name: str) -> "Value":
        """Readdir as a list has all the names; for a scalar see on_set and on_while."""
        if not node[2]:
            return None
        holder = self.get(node[2][0][1]) if node[2][0][0] in ("name", "var") else self.value(node[2][0])
        return list(holder.data) if isinstance(holder, Thing) and holder.kind == "dir" and holder.data else None

    def do_file(self, node: "Node", _name: str) -> "Value":
        """IO::File->new(file, mode)."""
        arguments = self.arguments(node[2])
        if len(arguments) == 1:
            self.two_arguments(node[2][0], arguments[0])
        elif len(arguments) > 1:
            mode = text_of(arguments[1])
            if mode is not None and mode.strip()[:1] not in ("<", ">", "+"):
                mode = "<" if mode.strip() == "r" else ">"
            self.three_arguments(mode, arguments)
        return Thing("handle")

    def do_mkdir(self, node: "Node", name: str) -> "Value":
        """mkdir: the second argument is the mode."""
        return self.like(name, ["mkdir"], self.arguments(node[2])[:1])

    def do_path(self, node: "Node", _name: str) -> "Value":
        """Path::Tiny's path."""
        texts = [text_of(one) for one in self.arguments(node[2])]
        return Thing("path", None if None in texts or not texts else "/".join(text or "" for text in texts))

    def do_child(self, node: "Node", holder: "Value") -> "Value":
        """path->child."""
        made = holder
        for one in self.arguments(node[2]):
            made = self.path_join(made, one)
        return made or Thing("path", None)
