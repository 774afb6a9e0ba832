"""Calls in a Python program: its own functions and classes are walked, the library is a table."""

from onetree.shell.inline import python_library as library
from onetree.shell.inline import python_tree as tree
from onetree.shell.inline.python_expressions import Expressions
from onetree.shell.inline.python_notes import Bounded, Leave, kind_of, parsed
from onetree.shell.inline.python_values import (
    SIZE,
    Bound,
    Class,
    Function,
    Instance,
    Named,
    Unknown,
    Value,
    either,
    path_text,
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
            else:
                fields = function.find("__annotations__")
                made.members.update(zip(fields if isinstance(fields, tuple) else (), arguments, strict=False))
                made.members.update(keywords)
            return made
        if isinstance(function, Named):
            return library.call(self, function.name, arguments, keywords)
        if isinstance(function, Bound):
            return library.method(self, function.owner, function.name, arguments, keywords)
        if isinstance(function, Unknown) and function.choices:
            return either(*[self.call(choice, arguments, keywords) for choice in function.choices])
        if isinstance(function, Instance) and "function" in function.members:  # functools.partial
            first, more = function.members["given"], function.members["named"]
            return self.call(function.members["function"], [*first, *arguments], {**more, **keywords})  # type: ignore[misc,dict-item]
        if isinstance(function, Instance) and function.kind is not None and function.kind.find("__call__"):
            return self.call(self.attribute(function, "__call__"), arguments, keywords)
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
        outer = self.scopes, self.outer_names, self.doubt, self.sure
        self.sure = self.doubt
        self.scopes = [*function.scopes, scope]
        self.outer_names = [*[set() for _ in function.scopes], set()]
        self.calls.append(node)
        try:
            if kind_of(node) == "Lambda":
                return self.value(node.body)  # type: ignore[arg-type]
            self.block(node.body)  # type: ignore[arg-type]
        except Leave as leave:
            if leave.how == "return" and "yield" not in scope:
                return either(scope["return"], leave.value) if "return" in scope else leave.value
            if leave.how in ("raise", "exit"):
                raise
        finally:
            self.calls.pop()
            self.scopes, self.outer_names, self.doubt, self.sure = outer
        if "yield" in scope:
            made = scope["yield"]
            single = isinstance(made, list) and "contextmanager" in _decorators(node) and made
            return made[0] if single else made  # type: ignore[index]
        return either(scope["return"], None) if "return" in scope else None

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
        self.give([self.value(node.value)])
        return Unknown()

    def e_YieldFrom(self, node: "ast.YieldFrom") -> Value:
        self.give(tree.listed(self.value(node.value)))
        return Unknown()

    def give(self, items: "list[Value] | None") -> None:
        """What a generator gives: all of it is worked out at once."""
        made = self.scopes[-1].setdefault("yield", [])
        if self.doubt > self.sure or items is None or not isinstance(made, list) or len(made) > SIZE:
            hints = made if isinstance(made, list) else ()
            self.scopes[-1]["yield"] = Unknown(
                hints=tuple(t for t in map(path_text, [*hints, *(items or ())]) if t)[:8]
            )
        else:
            made.extend(items)

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
    """The names of a function's decorators, without their modules."""
    return [getattr(d, "id", getattr(d, "attr", "")) for d in getattr(node, "decorator_list", ())]
