"""Python: walk a program's syntax tree as the interpreter would run it, and note what it does to files.

Only what can be worked out from the text is followed (python_values.py); which calls do something to files is a table
(python_calls.py), and what they do and give is python_library.py. Where a program may take one of several ways, each is
walked and its effects are not certain. A module that the program imports is a program like any other.
"""

import time
import warnings

from onetree.shell.inline import python_library as library
from onetree.shell.inline.python_calls import TELLING
from onetree.shell.inline.python_values import (
    PLAIN,
    SIZE,
    Bound,
    Class,
    File,
    Function,
    Instance,
    Named,
    Path,
    Unknown,
    Value,
    bounded,
    compare,
    either,
    known,
    operate,
    path_attribute,
    path_text,
    same,
    truth,
    wide,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterator

    from onetree.shell.inline import Program

TEXT = 262144  # characters of a program that are read
STEPS = 30000  # expressions and statements
LOOPS = 300  # times that a loop is walked
CALLS = 30  # calls within calls
AGAIN = 3  # calls of one function within itself
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


def run(program: "Program") -> "str | None":
    """Read a program: what it prints, None if that is unknown."""
    before, trail = program.call.state, program.call.walker.trail
    if len(program.text) > TEXT:
        program.opaque(f"longer than {TEXT} characters")
        return None
    program.call.state = before.copy()
    reader = Reader(program)
    try:
        try:
            tree = parsed(program.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
            reader.unread("it is not the Python that is read here")
            return None
        reader.block(tree.body)
    except Leave:
        pass
    except (SyntaxError, ValueError):
        reader.unread("it cannot be followed to its end")
        return None
    except (Bounded, RecursionError, MemoryError, OverflowError):
        if reader.words() & TELLING or "open" in reader.words():
            reader.unread("it is too much to be followed to its end")
        return None
    finally:
        program.call.state, program.call.walker.trail = before, trail
    return None if reader.silent else "".join(reader.printed)


def parsed(text: str) -> "ast.Module":
    """The syntax tree of a program, without the warnings that reading may give."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made: ast.Module = compile(text, "<program>", "exec", TREE_ONLY, dont_inherit=True)  # type: ignore[assignment]
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


class Reader:
    """scopes: the variables, the program's own first. doubt: above 0 where what is walked only may run."""

    def __init__(self, program: "Program") -> None:
        self.program = program
        self.walker = program.call.walker
        self.state = program.call.state
        self.trail = self.walker.trail
        self.scopes: list[dict[str, Value]] = [{"__name__": "__main__", "__file__": library.absolute_name(program)}]
        self.outer_names: list[set[str]] = [set()]
        self.stars: list[str] = []
        self.printed: list[str] = []
        self.silent = False  # whether it prints what is not known
        self.doubt = 0
        self.steps = 0
        self.line = 0
        self.calls: list[object] = []
        self.said = False

    # -- notes ---------------------------------------------------------------------------------------------------------

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
        shown = self.program.shown
        if shown.startswith("python -"):
            self.walker.trail = (*self.trail, shown)
        else:
            self.walker.trail = (*self.trail, f"python {shown}:{self.line}")

    def note(self, op: str, value: Value, via: str, *, tree: bool = False, certain: bool = True) -> "str | None":
        """Note an operation on the file that a value names; the path."""
        text = path_text(value)
        if text is None and isinstance(value, Unknown) and value.choices:
            for choice in value.choices:
                self.note(op, choice, via, tree=tree, certain=False)
            return None
        if isinstance(value, (int, File, type(None))):
            return None
        if text is None:
            if op != "read":
                self.unread(f"{via}: a path that is known only when it runs", getattr(value, "hints", ()))
            return None
        if library.is_fresh(text):
            return text
        self.led()
        from onetree.shell.words import Field

        certain = certain and not self.doubt
        self.walker.emit(op, Field(text, text), self.state, via, tree=tree, certain=certain)
        self.walker.trail = self.trail
        return text

    def unread(self, why: str, hints: "tuple[str, ...]" = ()) -> None:
        """Say once that the program does what cannot be read, and which paths it may be about."""
        if not self.said:
            self.said = True
            self.led()
            given = [text for text in self.program.arguments if text]
            self.program.opaque(why, [*hints, *given, *self.mentioned()][:CANDIDATES])
            self.walker.trail = self.trail

    def mentioned(self) -> "list[str]":
        """The texts of the program that may be paths."""
        try:
            texts = [n.value for n in nodes(parsed(self.program.text)) if kind_of(n) == "Constant"]  # type: ignore[attr-defined]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            texts = self.program.text.replace('"', "'").split("'")[1::2]
        texts = [t for t in texts if isinstance(t, str) and 0 < len(t) < 256 and not any(c in " \t\n\0<>%{" for c in t)]
        return list(dict.fromkeys(t for t in texts if "/" in t or "." in t[:-1] or library.exists(self, t)))

    def out(self, text: Value) -> None:
        """Print."""
        if isinstance(text, str) and not self.doubt and len(self.printed) < SIZE:
            self.printed.append(text)
        else:
            self.silent = True

    def step(self) -> None:
        self.steps += 1
        if self.steps > STEPS or (self.steps % 256 == 0 and time.monotonic() > self.walker.deadline):
            raise Bounded

    # -- statements ----------------------------------------------------------------------------------------------------

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
            if isinstance(owner, Instance):
                owner.members[target.attr] = value  # type: ignore[attr-defined]
            elif isinstance(owner, Class):
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
                owner[index] = value  # type: ignore[index,call-overload]
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
        whole = isinstance(items, (*PLAIN, library.Lazy)) and not isinstance(items, (int, float, type(None)))
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
        except library.TooMany:
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
            if item.optional_vars is not None:
                self.assign(item.optional_vars, library.entered(value))
        try:
            self.block(node.body)
        finally:
            if redirected:
                del self.printed[printed:]
                self.silent = silent

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
        self.value(node.subject)
        for case in node.cases:
            for part in nodes(case.pattern):
                if getattr(part, "name", None):
                    self.set(part.name, Unknown())  # type: ignore[attr-defined]
        self.ways([*[case.body for case in node.cases], []])

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
        self.value(node.test)

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
            self.set(name.asname or top, Named(name.name if name.asname else top))

    def s_ImportFrom(self, node: "ast.ImportFrom") -> None:
        for name in node.names:
            if name.name == "*":
                self.stars.append(node.module or "")
            else:
                module = "." * node.level + (node.module or "")
                self.set(name.asname or name.name, Named(f"{module}.{name.name}"))

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
        self.set(node.name, Class(members, bases))

    # -- variables -----------------------------------------------------------------------------------------------------

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
            if library.has(f"{module}.{name}"):
                return Named(f"{module}.{name}")
        return Named(name)

    # -- expressions ---------------------------------------------------------------------------------------------------

    def value(self, node: "ast.AST | None") -> Value:
        """What an expression is worth; what is called in it is noted."""
        self.step()
        if node is None:
            return None
        method: Callable[[ast.AST], Value] | None = getattr(self, "e_" + kind_of(node), None)
        if method is not None:
            return method(node)
        for name in node._fields:
            child = getattr(node, name, None)
            if hasattr(child, "_fields"):
                self.value(child)
        return Unknown()

    def e_Constant(self, node: "ast.Constant") -> Value:
        return bounded(node.value)

    def e_Name(self, node: "ast.Name") -> Value:
        return self.get(node.id)

    def e_JoinedStr(self, node: "ast.JoinedStr") -> Value:
        made: Value = ""
        for part in node.values:
            text = self.value(part)
            if isinstance(made, str) and isinstance(text, str):
                made = bounded(made + text)
            elif isinstance(made, str):
                made = Unknown(hints=(made,) if "/" in made else ())
        return made

    def e_FormattedValue(self, node: "ast.FormattedValue") -> Value:
        value = self.value(node.value)
        value = value.text if isinstance(value, Path) else value
        spec = self.value(node.format_spec) if node.format_spec is not None else ""
        if not known(value) or not isinstance(spec, str) or wide(spec):
            return Unknown()
        try:
            text = repr(value) if node.conversion == ord("r") else value
            return format(text, spec)
        except (TypeError, ValueError):
            return Unknown()

    def e_BinOp(self, node: "ast.BinOp") -> Value:
        return operate(kind_of(node.op), self.value(node.left), self.value(node.right))

    def e_UnaryOp(self, node: "ast.UnaryOp") -> Value:
        value = self.value(node.operand)
        kind = kind_of(node.op)
        if kind == "Not":
            true = truth(value)
            return Unknown() if true is None else not true
        if isinstance(value, (int, float)):
            return -value if kind == "USub" else ~value if kind == "Invert" and isinstance(value, int) else value
        return Unknown()

    def e_BoolOp(self, node: "ast.BoolOp") -> Value:
        wanted = kind_of(node.op) == "Or"
        values: list[Value] = []
        doubt = self.doubt
        try:
            for part in node.values:
                value = self.value(part)
                true = truth(value)
                if true is wanted:
                    values.append(value)
                    break
                if true is None:
                    self.doubt += 1
                    values.append(value)
                elif part is node.values[-1]:
                    values.append(value)
        finally:
            self.doubt = doubt
        return either(*values) if values else Unknown()

    def e_Compare(self, node: "ast.Compare") -> Value:
        left = self.value(node.left)
        made: Value = True
        for op, part in zip(node.ops, node.comparators, strict=True):
            right = self.value(part)
            one = compare(kind_of(op), left, right)
            made = False if one is False or made is False else Unknown() if one is not True else made
            left = right
        return made

    def e_IfExp(self, node: "ast.IfExp") -> Value:
        test = truth(self.value(node.test))
        if test is not None:
            return self.value(node.body if test else node.orelse)
        self.doubt += 1
        try:
            return either(self.value(node.body), self.value(node.orelse))
        finally:
            self.doubt -= 1

    def e_NamedExpr(self, node: "ast.NamedExpr") -> Value:
        value = self.value(node.value)
        self.assign(node.target, value)
        return value

    def e_Await(self, node: "ast.Await") -> Value:
        return self.value(node.value)

    def elements(self, parts: "list[ast.expr]") -> "list[Value] | None":
        """The items of a display; None if their number is unknown."""
        made: list[Value] = []
        unknown = False
        for part in parts:
            if kind_of(part) == "Starred":
                more = self.value(part.value)  # type: ignore[attr-defined]
                more = library.listed(more)
                unknown = unknown or more is None
                made.extend(more or [])
            else:
                made.append(self.value(part))
        return None if unknown or len(made) > SIZE else made

    def e_List(self, node: "ast.List") -> Value:
        items = self.elements(node.elts)
        return Unknown() if items is None else items

    def e_Tuple(self, node: "ast.Tuple") -> Value:
        items = self.elements(node.elts)
        return Unknown() if items is None else tuple(items)

    def e_Set(self, node: "ast.Set") -> Value:
        items = self.elements(node.elts)
        return set(items) if items is not None and known(items) and all(map(_hashable, items)) else Unknown()

    def e_Dict(self, node: "ast.Dict") -> Value:
        made: dict[Value, Value] = {}
        for key, part in zip(node.keys, node.values, strict=True):
            value = self.value(part)
            if key is None:
                if not isinstance(value, dict):
                    return Unknown()
                made.update(value)
                continue
            name = self.value(key)
            if not _hashable(name):
                return Unknown()
            made[name] = value
        return made

    def e_Attribute(self, node: "ast.Attribute") -> Value:
        return self.attribute(self.value(node.value), node.attr)

    def attribute(self, owner: Value, name: str) -> Value:
        """owner.name."""
        if isinstance(owner, Named):
            override = self.scopes[0].get(f"{owner.name}.{name}")
            return override if override is not None else library.constant(self, f"{owner.name}.{name}")
        if isinstance(owner, Path):
            found = path_attribute(owner, name)
            return Bound(owner, name) if found is None else found
        if isinstance(owner, File):
            return owner.path if name == "name" and owner.path else Bound(owner, name)
        if isinstance(owner, Instance):
            if name in owner.members:
                return owner.members[name]
            member = owner.kind.find(name) if owner.kind is not None else None
            if isinstance(member, Function):
                return Function(member.node, member.scopes, owner)
            return Bound(owner, name) if member is None else member
        if isinstance(owner, Class):
            return owner.find(name) or Unknown()
        return Bound(owner, name)

    def index(self, node: "ast.AST") -> Value:
        """What is between brackets."""
        if kind_of(node) == "Slice":
            parts = [self.value(getattr(node, name)) for name in ("lower", "upper", "step")]
            return slice(*parts) if all(isinstance(p, (int, type(None))) for p in parts) else Unknown()
        return self.value(node)

    def e_Subscript(self, node: "ast.Subscript") -> Value:
        owner = self.value(node.value)
        index = self.index(node.slice)
        if isinstance(owner, Named) and owner.name == "os.environ":
            return library.variable(self, index, None)
        if isinstance(owner, Named):  # a type: list[str]
            return owner
        if isinstance(index, Unknown) or not isinstance(owner, (str, bytes, list, tuple, dict, range)):
            return either(*owner) if isinstance(owner, (list, tuple)) and 0 < len(owner) < 5 else Unknown()
        try:
            return owner[index]  # type: ignore[index,call-overload]
        except (TypeError, LookupError, ValueError):
            return Unknown()

    def e_Lambda(self, node: "ast.Lambda") -> Value:
        return Function(node, list(self.scopes))

    def comprehension(self, node: "ast.ListComp", results: "list[ast.expr]") -> "list[list[Value]] | None":
        """Walk a comprehension; None if how often it runs is unknown."""
        made: list[list[Value]] = []
        self.scopes.append({})
        self.outer_names.append(set())
        try:
            return made if self.generate(node.generators, results, made) else None
        finally:
            self.scopes.pop()
            self.outer_names.pop()

    def generate(self, rest: "list[ast.comprehension]", results: "list[ast.expr]", made: "list[list[Value]]") -> bool:
        if not rest:
            made.append([self.value(result) for result in results])
            return True
        source = self.value(rest[0].iter)
        items = library.listed(source)
        whole = items is not None and len(items) <= 10 * LOOPS
        doubt = self.doubt
        for item in items if items is not None and whole else [Unknown(hints=getattr(source, "hints", ()))]:
            self.doubt = doubt + (not whole)
            self.assign(rest[0].target, item)
            tests = [truth(self.value(test)) for test in rest[0].ifs]
            if False in tests:
                continue
            if None in tests:
                whole = False
                self.doubt += 1
            whole = self.generate(rest[1:], results, made) and whole
        self.doubt = doubt
        return whole

    def e_ListComp(self, node: "ast.ListComp") -> Value:
        made = self.comprehension(node, [node.elt])
        return Unknown() if made is None else [item[0] for item in made]

    e_GeneratorExp = e_ListComp

    def e_SetComp(self, node: "ast.SetComp") -> Value:
        made = self.comprehension(node, [node.elt])  # type: ignore[arg-type]
        return Unknown() if made is None or not known([m[0] for m in made]) else [item[0] for item in made]

    def e_DictComp(self, node: "ast.DictComp") -> Value:
        made = self.comprehension(node, [node.key, node.value])  # type: ignore[arg-type]
        if made is None or not all(_hashable(key) for key, _ in made):
            return Unknown()
        return {key: value for key, value in made}  # noqa: C416 - dict() takes no lists of that type

    # -- calls ---------------------------------------------------------------------------------------------------------

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

    e_YieldFrom = e_Yield  # type: ignore[assignment]

    def source(self, text: Value, *, mode: str) -> Value:
        """exec and eval of a text."""
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


def _hashable(value: Value) -> bool:
    return isinstance(value, (str, bytes, int, float, type(None))) or (isinstance(value, tuple) and known(value))


def _decorators(node: object) -> "list[str]":
    return [getattr(d, "id", "") for d in getattr(node, "decorator_list", ())]
