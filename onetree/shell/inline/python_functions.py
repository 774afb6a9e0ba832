"""Calls in a Python program: its own functions and classes are walked, the library is a table."""

from onetree.shell.inline import python_library as library
from onetree.shell.inline.python_expressions import Expressions
from onetree.shell.inline.python_notes import Bounded, Leave, kind_of, parsed
from onetree.shell.inline.python_values import (
    Bound,
    Class,
    Function,
    Instance,
    Named,
    Unknown,
    Value,
    either,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast

CALLS = 30  # calls within calls
AGAIN = 3  # calls of one function within itself


class Functions(Expressions):
    """Calls: of what the program defines, and of what it imports."""

    def e_Call(self, node: "ast.Call") -> Value:
        function = self.value(node.func)
        arguments = self.elements(node.args)
        keywords: dict[str, Value] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value)
            if keyword.arg is not None:
                keywords[keyword.arg] = value
            elif isinstance(value, dict):
                keywords.update((k, v) for k, v in value.items() if isinstance(k, str))
        self.line = node.lineno
        return self.call(function, arguments if arguments is not None else [Unknown()], keywords)

    def call(self, function: Value, arguments: "list[Value]", keywords: "dict[str, Value]") -> Value:
        """Call a value."""
        if isinstance(function, Function):
            return self.enter(function, arguments, keywords)
        if isinstance(function, Class):
            made = Instance(function, {})
            start = function.find("__init__")
            if isinstance(start, Function):
                self.enter(Function(start.node, start.scopes, made), arguments, keywords)
            return made
        if isinstance(function, Named):
            return library.call(self, function.name, arguments, keywords)
        if isinstance(function, Bound):
            return library.method(self, function.owner, function.name, arguments, keywords)
        if isinstance(function, Unknown) and function.choices:
            return either(*[self.call(choice, arguments, keywords) for choice in function.choices])
        self.callbacks(arguments, keywords)
        self.silent = True
        return Unknown()

    def offers(self, name: str) -> bool:
        """Whether a name is one of the library's that is known here."""
        return library.has(name)

    def callbacks(self, arguments: "list[Value]", keywords: "dict[str, Value]") -> None:
        """Functions of the program that are handed to what is not read: they may be called."""
        self.doubt += 1
        try:
            for value in (*arguments, *keywords.values()):
                if isinstance(value, Function):
                    self.enter(value, [], {})
        finally:
            self.doubt -= 1

    def enter(self, function: Function, arguments: "list[Value]", keywords: "dict[str, Value]") -> Value:
        """Walk a call of a function of the program."""
        node = function.node
        if len(self.calls) >= CALLS or self.calls.count(node) >= AGAIN:
            return Unknown()
        scope = self.parameters(function, arguments, keywords)
        outer = self.scopes, self.outer_names, self.doubt
        self.scopes = [*function.scopes, scope]
        self.outer_names = [*[set() for _ in function.scopes], set()]
        self.calls.append(node)
        try:
            if kind_of(node) == "Lambda":
                return self.value(node.body)  # type: ignore[arg-type]
            self.block(node.body)  # type: ignore[arg-type]
        except Leave as leave:
            if leave.how == "return":
                return either(scope["return"], leave.value) if "return" in scope else leave.value
            if leave.how in ("raise", "exit"):
                raise
        finally:
            self.calls.pop()
            self.scopes, self.outer_names, self.doubt = outer
        if "return" in scope:
            return either(scope["return"], None)
        return Unknown() if "yield" in scope else None

    def parameters(self, function: Function, given: "list[Value]", keywords: "dict[str, Value]") -> "dict[str, Value]":
        """The variables with which a call begins."""
        spec = function.node.args
        names = [a.arg for a in (*spec.posonlyargs, *spec.args)]
        if function.me is not None and "staticmethod" not in _decorators(function.node):
            given = [function.me, *given]
        scope: dict[str, Value] = {}
        for name, default in zip(reversed(names), reversed(spec.defaults), strict=False):
            scope[name] = self.value(default)
        for arg, fallback in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
            scope[arg.arg] = self.value(fallback) if fallback is not None else Unknown()
        scope.update(zip(names, given, strict=False))
        for name in names:
            scope.setdefault(name, Unknown())
        allowed = {*names, *(a.arg for a in spec.kwonlyargs)}
        scope.update((name, value) for name, value in keywords.items() if name in allowed)
        if spec.vararg is not None:
            scope[spec.vararg.arg] = tuple(given[len(names) :])
        if spec.kwarg is not None:
            scope[spec.kwarg.arg] = {k: v for k, v in keywords.items() if k not in allowed}
        return scope

    def e_Yield(self, node: "ast.Yield") -> Value:
        self.value(node.value)
        self.scopes[-1]["yield"] = True
        return Unknown()

    e_YieldFrom = e_Yield

    def source(self, text: Value, *, mode: str) -> Value:
        """Exec and eval of a text."""
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        if not isinstance(text, str):
            self.unread(f"{mode} of a text that is known only when it runs")
            return Unknown()
        if len(self.calls) >= CALLS:
            raise Bounded
        self.calls.append(text)
        try:
            body = parsed(text.strip(" \t") if mode == "eval" else text).body
            if mode == "eval" and len(body) == 1 and kind_of(body[0]) == "Expr":
                return self.value(body[0].value)  # type: ignore[attr-defined]
            self.block(body)
        except (SyntaxError, ValueError):
            self.unread(f"{mode} of a text that is not the Python that is read here")
        finally:
            self.calls.pop()
        return Unknown() if mode == "eval" else None


def _decorators(node: object) -> "list[str]":
    return [getattr(d, "id", "") for d in getattr(node, "decorator_list", ())]
