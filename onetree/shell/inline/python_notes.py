"""What is known while a Python program is walked, and how its effects are noted."""

import os
import warnings

from onetree.shell.inline import python_tree as tree
from onetree.shell.inline.python_values import (
    SIZE,
    File,
    Instance,
    Named,
    Unknown,
    Value,
    is_fresh,
    known,
    path_text,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from onetree.shell.inline import Program

STEPS = 30000  # expressions and statements
LOOPS = 2000  # times that a loop is walked
CANDIDATES = 50
TREE_ONLY = 0x400  # ast.PyCF_ONLY_AST: importing ast itself costs more than reading most programs


class Bounded(Exception):
    """A bound was met."""


class Leave(Exception):
    """return, break, continue, raise, exit: how, and the value."""

    def __init__(self, how: str, value: Value = None) -> None:
        super().__init__(how)
        self.how = how
        self.value = value


def parsed(text: str) -> "ast.Module":
    """The syntax tree of a program, without the warnings that reading may give."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made: ast.Module = compile(text, "<program>", "exec", TREE_ONLY, dont_inherit=True)
    return made


def nodes(top: object) -> "Iterator[ast.AST]":
    """A node and all below it."""
    todo = [top]
    while todo:
        node = todo.pop()
        if isinstance(node, list):
            todo.extend(node)
        elif hasattr(node, "_fields"):
            yield node  # type: ignore[misc]
            todo.extend(getattr(node, name, None) for name in node._fields)


def kind_of(node: object) -> str:
    """The kind of a node: its class's name."""
    return type(node).__name__


def hashable(value: Value) -> bool:
    """Whether a value may be the key of a dict."""
    return isinstance(value, (str, bytes, int, float, type(None))) or (isinstance(value, tuple) and known(value))


class Notes:
    """What is known at one point of the program, and what is said of it.

    scopes: the variables, the program's own first. doubt: above 0 where what is walked only may run.
    """

    def __init__(self, program: "Program") -> None:
        self.program = program
        self.walker = program.call.walker
        self.state = program.call.state
        self.scopes: list[dict[str, Value]] = [
            {"__name__": "__main__", "__file__": os.path.join(program.call.state.folder or "/", program.shown)}
        ]
        self.outer_names: list[set[str]] = [set()]
        self.stars: list[str] = []
        self.printed: list[str] = []
        self.silent = False  # whether it prints what is not known
        self.doubt = 0
        self.sure = 0  # what doubt was where the function that runs began
        self.steps = 0
        self.line = 0
        self.calls: list[object] = []
        self.said = False
        self.limit = STEPS
        self.archives: dict[str, list[str]] = {}  # that the program made, and the files in them
        self.modules: dict[str, Instance] = {}  # of the tree that were imported, by their files
        folder = "" if program.shown.startswith("python -") else os.path.dirname(program.shown)
        self.paths: list[Value] = [folder, ""]  # sys.path: the script's folder, and what -m and PYTHONPATH=. give

    def words(self) -> "set[str]":
        """The names that the program's text has."""
        made, word = set(), ""
        for c in self.program.text + " ":
            if c.isalnum() or c == "_":
                word += c
            elif word:
                made.add(word)
                word = ""
        return made

    def led(self) -> None:
        """Say for what follows that it comes from this line of the program."""
        shown = self.scopes[0].get("__shown__", self.program.shown)
        if isinstance(shown, str) and not shown.startswith("python -"):
            self.program.at = f"{shown}:{self.line}"

    def note(self, op: str, value: Value, via: str, *, tree: bool = False, certain: bool = True) -> "str | None":
        """Note an operation on the file that a value names; the path."""
        text = path_text(value)
        if text is None and isinstance(value, Unknown) and value.choices:
            for choice in value.choices:
                self.note(op, choice, via, tree=tree, certain=False)
            return None
        if isinstance(value, (int, File, type(None))) or getattr(value, "made_by", "").startswith("io."):
            return None
        if text is None:
            if op != "read":
                self.unread(f"{via}: a path that is known only when it runs", getattr(value, "hints", ()))
            return None
        if not is_fresh(text):
            self.led()
            self.program.effect(op, text, via, tree=tree, certain=certain and not self.doubt)
        return text

    def unread(self, why: str, hints: "tuple[str, ...]" = ()) -> None:
        """Say once that the program does what cannot be read, and which paths it may be about."""
        if not self.said:
            self.said = True
            self.led()
            given = [text for text in self.program.arguments if text]
            self.program.opaque(why, [*hints, *given, *self.mentioned()][:CANDIDATES])

    def mentioned(self) -> "list[str]":
        """The texts of the program that may be paths."""
        try:
            texts = [n.value for n in nodes(parsed(self.program.text)) if kind_of(n) == "Constant"]  # type: ignore[attr-defined]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            texts = self.program.text.replace('"', "'").split("'")[1::2]
        texts = [t for t in texts if isinstance(t, str) and 0 < len(t) < 256 and not any(c in " \t\n\0<>%{" for c in t)]
        return list(dict.fromkeys(t for t in texts if "/" in t or "." in t[:-1] or tree.exists(self, t)))

    def out(self, text: Value) -> None:
        """Print."""
        if isinstance(text, str) and not self.doubt and len(self.printed) < SIZE:
            self.printed.append(text)
        else:
            self.silent = True

    def step(self) -> None:
        self.steps += 1
        if self.steps > self.limit or self.late():
            raise Bounded

    def late(self) -> bool:
        """Whether there is no more time."""
        return self.walker.deadline.passed()

    def words_given(self) -> "list[Value]":
        """The words of its command line, after its name."""
        return [Unknown() if text is None else text for text in self.program.arguments]

    def set(self, name: str, value: Value) -> None:
        """Set a variable."""
        if name in self.outer_names[-1]:
            for scope in reversed(self.scopes[:-1]):
                if name in scope:
                    scope[name] = value
                    return
            self.scopes[0][name] = value
            return
        self.scopes[-1][name] = value

    def get(self, name: str) -> Value:
        """A variable, or what the name is by itself."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        for module in self.stars:
            if self.offers(f"{module}.{name}"):
                return Named(f"{module}.{name}")
        return Named(name)

    def block(self, body: "list[ast.stmt]") -> None:
        """Walk statements in order."""
        raise NotImplementedError

    def value(self, node: "ast.AST | None") -> Value:
        """What an expression is worth."""
        raise NotImplementedError

    def call(self, function: Value, arguments: "list[Value]", keywords: "dict[str, Value]") -> Value:
        """Call a value."""
        raise NotImplementedError

    def callbacks(self, arguments: "list[Value]", keywords: "dict[str, Value]") -> None:
        """Functions of the program that are handed to what is not read: they may be called."""
        raise NotImplementedError

    def assign(self, target: "ast.expr", value: Value) -> None:
        """Set what is on the left of an assignment."""
        raise NotImplementedError

    def source(self, text: Value, *, mode: str) -> Value:
        """Exec and eval of a text."""
        raise NotImplementedError

    def offers(self, name: str) -> bool:
        """Whether a name is one of the library's that is known here."""
        raise NotImplementedError

    def attribute(self, owner: Value, name: str) -> Value:
        """owner.name."""
        raise NotImplementedError
