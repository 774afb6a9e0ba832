"""Python's statements, in the order in which the interpreter runs them, as far as that is known."""

from onetree.shell.inline import python_tree as tree
from onetree.shell.inline.python_functions import Functions
from onetree.shell.inline.python_modules import imported, member
from onetree.shell.inline.python_notes import LOOPS, Leave, kind_of, nodes
from onetree.shell.inline.python_values import (
    PLAIN,
    SIZE,
    Class,
    File,
    Function,
    Instance,
    Named,
    Unknown,
    Value,
    compare,
    either,
    operate,
    same,
    truth,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Callable


class Statements(Functions):
    """What statements do to variables, and in which order things happen."""

    def block(self, body: "list[ast.stmt]") -> None:
        """Walk statements in order."""
        for node in body:
            self.step()
            self.line = node.lineno
            name = "s_" + kind_of(node)
            method: Callable[[ast.stmt], None] | None = getattr(self, name, None)
            if method is not None:
                method(node)

    def maybe(self, body: "list[ast.stmt]") -> "Leave | None":
        """Walk statements that only may run; how they leave."""
        self.doubt += 1
        try:
            self.block(body)
        except Leave as leave:
            return leave
        finally:
            self.doubt -= 1
        return None

    def ways(self, bodies: "list[list[ast.stmt]]") -> None:
        """Walk bodies of which exactly one runs; what differs afterwards is unknown."""
        before = [dict(scope) for scope in self.scopes]
        leaves: list[Leave] = []
        ends: list[list[dict[str, Value]]] = []
        for body in bodies:
            self.restore(before)
            leave = self.maybe(body)
            if leave is None:
                ends.append([dict(scope) for scope in self.scopes])
            else:
                leaves.append(leave)
        if not ends:
            if len({leave.how for leave in leaves}) == 1:
                raise Leave(leaves[0].how, either(*[leave.value for leave in leaves]))
            raise leaves[0]
        self.restore(self.merged(ends))
        if leaves:
            self.doubt += 1
            self.left(leaves)

    def left(self, leaves: "list[Leave]") -> None:
        """Remember what a function may return."""
        for leave in leaves:
            if leave.how == "return":
                self.scopes[-1]["return"] = either(self.scopes[-1].get("return", leave.value), leave.value)

    def restore(self, states: "list[dict[str, Value]]") -> None:
        for scope, state in zip(self.scopes, states, strict=False):
            scope.clear()
            scope.update(state)

    def merged(self, ends: "list[list[dict[str, Value]]]") -> "list[dict[str, Value]]":
        """The variables after one of several ways."""
        made = [dict(scope) for scope in ends[0]]
        for end in ends[1:]:
            for mine, other in zip(made, end, strict=False):
                for name in {*mine, *other}:
                    if name not in mine or name not in other:
                        mine[name] = either(mine.get(name, other.get(name)), Unknown())
                        mine[name] = other[name] if name in other and name not in ends[0][0] else mine[name]
                    elif not same(mine[name], other[name]):
                        mine[name] = either(mine[name], other[name])
        return made

    def forget(self, body: "list[ast.stmt]") -> None:
        """What a loop may change is unknown."""
        for node in nodes(body):
            if kind_of(node) == "Name" and kind_of(node.ctx) == "Store":  # type: ignore[attr-defined]
                self.set(node.id, Unknown())  # type: ignore[attr-defined]
            elif kind_of(node) == "Call" and kind_of(node.func) == "Attribute" and kind_of(node.func.value) == "Name":  # type: ignore[attr-defined]
                name = node.func.value.id  # type: ignore[attr-defined]
                if isinstance(self.get(name), (list, dict, set)) and any(name in scope for scope in self.scopes):
                    self.set(name, Unknown())

    def s_Expr(self, node: "ast.Expr") -> None:
        self.value(node.value)

    def s_Assign(self, node: "ast.Assign") -> None:
        value = self.value(node.value)
        for target in node.targets:
            self.assign(target, value)

    def s_AnnAssign(self, node: "ast.AnnAssign") -> None:
        if node.value is not None:
            self.assign(node.target, self.value(node.value))

    def s_AugAssign(self, node: "ast.AugAssign") -> None:
        old, more = self.value(node.target), self.value(node.value)
        if isinstance(old, list) and isinstance(more, list) and kind_of(node.op) == "Add":
            old.extend(more[:SIZE])
            return
        self.assign(node.target, operate(kind_of(node.op), old, more))

    def assign(self, target: "ast.expr", value: Value) -> None:
        """Set what is on the left of an assignment."""
        kind = kind_of(target)
        if kind == "Name":
            self.set(target.id, value)  # type: ignore[attr-defined]
        elif kind in ("Tuple", "List"):
            self.unpack(target.elts, value)  # type: ignore[attr-defined]
        elif kind == "Starred":
            self.assign(target.value, value)  # type: ignore[attr-defined]
        elif kind == "Attribute":
            owner = self.value(target.value)  # type: ignore[attr-defined]
            if isinstance(owner, (Instance, Class)):
                owner.members[target.attr] = value  # type: ignore[attr-defined]
            elif isinstance(owner, Named) and owner.name == "sys":
                self.scopes[0][f"sys.{target.attr}"] = value  # type: ignore[attr-defined]
        elif kind == "Subscript":
            self.put(target, value)  # type: ignore[arg-type]

    def put(self, target: "ast.Subscript", value: Value) -> None:
        """container[index] = value."""
        owner = self.value(target.value)
        index = self.index(target.slice)
        if isinstance(owner, Named) and owner.name == "os.environ" and isinstance(index, str):
            self.state.variables[index] = value if isinstance(value, str) else None
        elif isinstance(owner, (list, dict)) and not (self.doubt and isinstance(owner, list)):
            try:
                owner[index] = value  # type: ignore[call-overload]
            except (TypeError, LookupError, ValueError):
                return
        elif isinstance(owner, Unknown) and owner.made_by in ("shelve.open()", "dbm.open()"):
            return

    def unpack(self, targets: "list[ast.expr]", value: Value) -> None:
        items = list(value) if isinstance(value, (list, tuple, str)) else []
        star = next((i for i, t in enumerate(targets) if kind_of(t) == "Starred"), None)
        if star is not None and len(items) >= len(targets) - 1:
            end = len(items) - (len(targets) - star - 1)
            items = [*items[:star], items[star:end], *items[end:]]
        if len(items) != len(targets):
            items = [Unknown() for _ in targets]
        for target, item in zip(targets, items, strict=True):
            self.assign(target, item)

    def s_If(self, node: "ast.If") -> None:
        test = truth(self.value(node.test))
        if test is None:
            self.ways([node.body, node.orelse])
        else:
            self.block(node.body if test else node.orelse)

    def s_For(self, node: "ast.For") -> None:
        items = self.value(node.iter)
        doubt = self.doubt
        count = 0
        items = tree.listed(items) if isinstance(items, File) and items.text is not None else items
        whole = isinstance(items, (*PLAIN, tree.Lazy)) and not isinstance(items, (int, float, type(None)))
        iterator = iter(items) if whole else iter(())  # type: ignore[call-overload]
        try:
            for item in iterator:
                count += 1
                if count > LOOPS:
                    whole = False
                    break
                self.assign(node.target, item)
                if not self.turn(node.body):
                    self.doubt = doubt
                    return
        except tree.TooMany:
            whole = False
        if not whole:
            self.again(node.body, node.target, getattr(items, "hints", ()))
        self.doubt = doubt
        self.block(node.orelse)

    s_AsyncFor = s_For

    def turn(self, body: "list[ast.stmt]") -> bool:
        """Walk a loop's body once; whether the loop goes on."""
        try:
            self.block(body)
        except Leave as leave:
            if leave.how not in ("break", "continue"):
                raise
            return leave.how == "continue"
        return True

    def again(self, body: "list[ast.stmt]", target: "ast.expr | None" = None, hints: "tuple[str, ...]" = ()) -> None:
        """Walk a loop's body for the times that are not known."""
        self.forget(body)
        if target is not None:
            self.assign(target, Unknown(hints=hints))
        leave = self.maybe(body)
        if leave is not None:
            self.left([leave])
        self.forget(body)

    def s_While(self, node: "ast.While") -> None:
        doubt = self.doubt
        for _ in range(LOOPS):
            test = truth(self.value(node.test))
            if test is False:
                break
            if test is None or self.doubt > doubt:
                self.again(node.body)
                break
            if not self.turn(node.body):
                break
        else:
            self.again(node.body)
        self.doubt = doubt
        self.block(node.orelse)

    def s_With(self, node: "ast.With") -> None:
        printed, silent = len(self.printed), self.silent
        redirected = False
        for item in node.items:
            value = self.value(item.context_expr)
            redirected = redirected or getattr(value, "made_by", "").startswith("contextlib.redirect_std")
            value = self.held(value, "__enter__", [])
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value)
        try:
            self.block(node.body)
        finally:
            if redirected:
                del self.printed[printed:]
                self.silent = silent

    def held(self, value: Value, name: str, arguments: "list[Value]") -> Value:
        """What `with` gives for an object of the program."""
        if isinstance(value, Instance) and value.kind is not None and value.kind.find(name) is not None:
            return self.call(self.attribute(value, name), arguments, {})
        return value

    s_AsyncWith = s_With

    def s_Try(self, node: "ast.Try") -> None:
        try:
            try:
                self.block(node.body)
                failed = False
            except Leave as leave:
                if leave.how != "raise" or not node.handlers:
                    raise
                failed = True
            if failed and len(node.handlers) == 1:
                self.block(node.handlers[0].body)
            else:
                self.handlers(node)
                if not failed:
                    self.block(node.orelse)
        finally:
            self.block(node.finalbody)

    s_TryStar = s_Try

    def handlers(self, node: "ast.Try") -> None:
        """Walk the handlers, which only may run."""
        for handler in node.handlers:
            before = [dict(scope) for scope in self.scopes]
            if handler.name:
                self.set(handler.name, Unknown())
            leave = self.maybe(handler.body)
            after = [dict(scope) for scope in self.scopes]
            self.restore(before)
            if leave is None:
                self.restore(self.merged([before, after]))
            else:
                self.left([leave])

    def s_Match(self, node: "ast.Match") -> None:
        subject = self.value(node.subject)
        for case in node.cases:
            test = self.fits(case.pattern, subject) if case.guard is None else None
            if test:
                self.block(case.body)
                return
            if test is None:
                break
        else:
            return
        for case in node.cases:
            for part in nodes(case.pattern):
                if getattr(part, "name", None):
                    self.set(part.name, Unknown())  # type: ignore[attr-defined]
        self.ways([*[case.body for case in node.cases], []])

    def fits(self, pattern: "ast.pattern", subject: Value) -> "bool | None":
        """Whether a pattern matches, for those that are values."""
        kind = kind_of(pattern)
        if kind == "MatchValue":
            return truth(compare("Eq", subject, self.value(pattern.value)))  # type: ignore[attr-defined]
        if kind == "MatchOr":
            tests = [self.fits(part, subject) for part in pattern.patterns]  # type: ignore[attr-defined]
            return True if True in tests else None if None in tests else False
        if kind == "MatchAs" and pattern.pattern is None:  # type: ignore[attr-defined]
            if pattern.name:  # type: ignore[attr-defined]
                self.set(pattern.name, subject)  # type: ignore[attr-defined]
            return True
        return None

    def s_Return(self, node: "ast.Return") -> None:
        raise Leave("return", self.value(node.value) if node.value is not None else None)

    def s_Break(self, node: "ast.Break") -> None:  # noqa: ARG002 - all statements are walked alike
        raise Leave("break")

    def s_Continue(self, node: "ast.Continue") -> None:  # noqa: ARG002 - the same
        raise Leave("continue")

    def s_Raise(self, node: "ast.Raise") -> None:
        if node.exc is not None:
            self.value(node.exc)
        raise Leave("raise")

    def s_Assert(self, node: "ast.Assert") -> None:
        if truth(self.value(node.test)) is False:
            raise Leave("raise")

    def s_Delete(self, node: "ast.Delete") -> None:
        for target in node.targets:
            if kind_of(target) == "Name":
                self.set(target.id, Unknown())  # type: ignore[attr-defined]

    def s_Global(self, node: "ast.Global") -> None:
        self.outer_names[-1].update(node.names)

    s_Nonlocal = s_Global

    def s_Import(self, node: "ast.Import") -> None:
        for name in node.names:
            top = name.name.partition(".")[0]
            self.set(name.asname or top, imported(self, name.name if name.asname else top))
            if "." in name.name and not name.asname:
                imported(self, name.name)

    def s_ImportFrom(self, node: "ast.ImportFrom") -> None:
        module = imported(self, node.module or "", node.level)
        for name in node.names:
            if name.name != "*":
                found = member(self, module, name.name, "." * node.level + (node.module or ""))
                self.set(name.asname or name.name, found)
            elif isinstance(module, Instance):
                self.scopes[-1].update((k, v) for k, v in module.members.items() if k[:1] != "_")
            else:
                self.stars.append(node.module or "")

    def s_FunctionDef(self, node: "ast.FunctionDef") -> None:
        for decorator in node.decorator_list:
            self.value(decorator)
        self.set(node.name, Function(node, list(self.scopes)))

    s_AsyncFunctionDef = s_FunctionDef

    def s_ClassDef(self, node: "ast.ClassDef") -> None:
        bases = [self.value(base) for base in node.bases]
        self.scopes.append({})
        self.outer_names.append(set())
        try:
            self.block(node.body)
        finally:
            members = self.scopes.pop()
            self.outer_names.pop()
        fields = [part.target.id for part in node.body if kind_of(part) == "AnnAssign"]  # type: ignore[attr-defined]
        members.setdefault("__annotations__", tuple(fields))
        self.set(node.name, Class(members, bases))
