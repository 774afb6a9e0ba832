"""Python's expressions: what they are worth, as far as it can be known."""

from onetree.shell.inline import python_library as library
from onetree.shell.inline import python_tree as tree
from onetree.shell.inline.python_notes import LOOPS, Notes, hashable, kind_of
from onetree.shell.inline.python_values import (
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
    truth,
    wide,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Callable


class Expressions(Notes):
    """What expressions are worth."""

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
                more = tree.listed(more)
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
        return set(items) if items is not None and known(items) and all(map(hashable, items)) else Unknown()

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
            if not hashable(name):
                return Unknown()
            made[name] = value
        return made

    def e_Attribute(self, node: "ast.Attribute") -> Value:
        return self.attribute(self.value(node.value), node.attr)

    def attribute(self, owner: Value, name: str) -> Value:
        """owner.name."""
        if isinstance(owner, Named):
            if owner.name == "sys" and name == "path":
                return self.paths
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
                made = Function(member.node, member.scopes, owner)
                names = [getattr(d, "id", getattr(d, "attr", "")) for d in getattr(member.node, "decorator_list", ())]
                return self.call(made, [], {}) if "property" in names or "cached_property" in names else made
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
            return tree.variable(self, index, None)
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
        items = tree.listed(source)
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
        if made is None or not all(hashable(key) for key, _ in made):
            return Unknown()
        return {key: value for key, value in made}  # noqa: C416 - dict() takes no lists of that type
