"""Lua's io and os libraries (lua.org/manual/5.4, 6.8 and 6.9), and LuaFileSystem."""

from . import syntax
from .machine import Machine
from .tokens import Language
from .values import Jump, Thing, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Program
    from .cursor import Node
    from .values import Value

LUA = Language("lua", line=("--",), block=("--[[", "]]"), ends=True)


class Lua(Machine):
    """Follows a script."""

    calls = {
        "io.open": "!open", "os.remove": "d", "os.rename": "$mv -T", "os.execute": "!exec", "io.popen": "!exec",
        "io.output": "w", "io.input": "r", "io.lines": "r", "os.exit": "!leave", "error": "!leave", "load": "!eval",
        "loadstring": "!eval", "dofile": "!dofile", "print": "!print", "io.write": "!write", "require": "!require",
        "lfs.mkdir": "$mkdir", "lfs.rmdir": "d", "lfs.touch": "w", "lfs.link": ".w", "lfs.chdir": ".",
        "os.getenv": "!getenv", "ipairs": "!pairs", "pairs": "!pairs",
    }  # fmt: skip
    modules = ("io", "os", "string", "table", "lfs")
    pure = {
        "string.char": lambda *codes: "".join(map(chr, codes)), "string.reverse": lambda t: t[::-1],
        "string.rep": lambda t, n, by="": by.join([t] * min(n, 9999)), "string.lower": str.lower,
        "string.upper": str.upper,
        "table.concat": lambda items, by="": by.join(map(text_of, items)), "tostring": text_of,
        "string.format": lambda form, *values: form % values, "string.sub": lambda t, a,
        b=-1: t[a - 1 : b if b >= 0 else len(t) + b + 1],
        ".reverse": lambda t: t[::-1], ".lower": lambda t: t.lower(), ".upper": lambda t: t.upper(),
        ".rep": lambda t, n: t * min(n, 9999), ".format": lambda form, *values: form % values,
    }  # fmt: skip
    program_name = "lua"
    indexed = True

    def __init__(self, program: "Program") -> None:
        super().__init__(program)
        self.scopes[0]["arg"] = {str(k + 1): one for k, one in enumerate(program.arguments)}
        self.scopes[0]["nil"] = None

    def on_hash(self, node: "Node") -> "Value":
        """{ } is a list, or has keys; a list's items come as pairs of themselves."""
        if node[1] and all(len(pair) > 2 for pair in node[1]):
            return [self.value(pair[1]) for pair in node[1]]
        return super().on_hash(("hash", [pair[:2] for pair in node[1]]))

    def on_name(self, node: "Node") -> "Value":
        """A name; ... is what the script was given."""
        return super().on_name(node)

    def do_open(self, node: "Node", name: str) -> "Value":
        """io.open."""
        arguments = self.arguments(node[2])
        return self.opened(arguments[0] if arguments else None, arguments[1] if len(arguments) > 1 else "r", name)

    def do_exec(self, node: "Node", _name: str) -> "Value":
        """A shell's command."""
        return self.shell(self.value(node[2][0])) if node[2] else None

    def do_leave(self, _node: "Node", _name: str) -> "Value":
        """The end."""
        raise Jump("exit")

    def do_eval(self, node: "Node", _name: str) -> "Value":
        """A text that is compiled: what it does is done when it is called, here at once."""
        text = text_of(self.value(node[2][0])) if node[2] else None
        if text is None:
            self.program.opaque("it runs a text that is known only when it runs")
            return None
        return self.statements(syntax.read(text, LUA))

    def do_dofile(self, node: "Node", name: str) -> "Value":
        """A program in the tree."""
        path = self.value(node[2][0]) if node[2] else None
        text = self.text_of_file(path)
        self.effect("r", path, name)
        if text is not None and self.level < 3:
            self.level += 1
            self.statements(syntax.read(text, LUA))
            self.level -= 1

    def do_require(self, node: "Node", _name: str) -> "Value":
        """A module."""
        name = text_of(self.value(node[2][0])) if node[2] else None
        return Thing("module", name) if name in self.modules else None

    def do_print(self, node: "Node", _name: str) -> "Value":
        """Print."""
        texts = [text_of(value) for value in self.arguments(node[2])]
        self.printed(None if None in texts else "\t".join(text or "" for text in texts) + "\n")

    def do_write(self, node: "Node", _name: str) -> "Value":
        """io.write: to standard output, unless io.output said otherwise."""
        texts = [text_of(value) for value in self.arguments(node[2])]
        self.printed(None if None in texts else "".join(text or "" for text in texts))

    def do_getenv(self, node: "Node", _name: str) -> "Value":
        """os.getenv."""
        return self.environ(text_of(self.value(node[2][0]))) if node[2] else None

    def do_pairs(self, node: "Node", _name: str) -> "Value":
        """pairs, ipairs: the items."""
        value = self.value(node[2][0]) if node[2] else None
        return list(value.values()) if isinstance(value, dict) else value


def run(program: "Program") -> "str | None":
    """Follow a script."""
    return Lua(program).follow(syntax.read(program.text, LUA))
