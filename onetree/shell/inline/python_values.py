"""What a Python expression is worth as far as it can be known: constants, and stand-ins for the rest.

A constant is a value of Python's own (str, bytes, int, list, dict, ...) whose items may be stand-ins. Nothing here
runs the program: operators and methods of constants are worked out, and only if the result stays small.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Mapping

Value = object

SIZE = 65536  # characters, bytes or items that a value may have
BITS = 4096  # of an integer
PLAIN = (str, bytes, int, float, bool, type(None), list, tuple, dict, set, range)
FRESH = "tmpXXXXXXXX"  # stands for a name that tempfile makes: it is none that exists


class Unknown:
    """A value that is known only when it runs. choices: it is one of these. hints: texts that may be part of it."""

    __slots__ = ("choices", "hints", "made_by")

    def __init__(self, made_by: str = "", choices: "tuple[Value, ...]" = (), hints: "tuple[str, ...]" = ()) -> None:
        self.made_by = made_by  # the call that made it: "zipfile.ZipFile()"
        self.choices = choices
        self.hints = hints


class Named:
    """A module, function or class by its full name: os.remove."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Path:
    """A pathlib.Path."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text or "."


class File:
    """An open file. path: None for a descriptor. text: what it holds, None if unknown."""

    __slots__ = ("made_by", "mode", "path", "text")

    def __init__(self, path: "str | None", mode: str, text: "str | None", made_by: str = "open()") -> None:
        self.path = path
        self.mode = mode
        self.text = text
        self.made_by = made_by


class Bound:
    """A method of a value."""

    __slots__ = ("name", "owner")

    def __init__(self, owner: Value, name: str) -> None:
        self.owner = owner
        self.name = name


class Function:
    """A function that the program defines, with the variables that it sees, and its object if it is a method."""

    __slots__ = ("me", "node", "scopes")

    def __init__(
        self,
        node: "ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda",
        scopes: "list[dict[str, Value]]",
        me: "Value | None" = None,
    ) -> None:
        self.node = node
        self.scopes = scopes
        self.me = me


class Class:
    """A class that the program defines."""

    __slots__ = ("bases", "members")

    def __init__(self, members: "dict[str, Value]", bases: "list[Value]") -> None:
        self.members = members
        self.bases = bases

    def find(self, name: str) -> "Value | None":
        """A member, of this class or one that it extends."""
        if name in self.members:
            return self.members[name]
        for base in self.bases:
            if isinstance(base, Class) and base is not self and (found := base.find(name)) is not None:
                return found
        return None


class Instance:
    """An object of a class of the program; or of none (a namespace, a finished process)."""

    __slots__ = ("kind", "members")

    def __init__(self, kind: "Class | None", members: "dict[str, Value]") -> None:
        self.kind = kind
        self.members = members


def known(value: Value) -> bool:
    """Whether a value is a constant throughout, and not too large, what is in it more than once being counted so."""
    size, todo = 0, [(value, 0)]
    while todo:
        one, depth = todo.pop()
        if isinstance(one, (str, bytes)):
            size += len(one)
        elif isinstance(one, (list, tuple, set, dict)) and depth < 20:
            size += len(one)
            if size > 16 * SIZE:
                return False
            todo.extend((item, depth + 1) for item in one)
            if isinstance(one, dict):
                todo.extend((item, depth + 1) for item in one.values())
        elif not isinstance(one, (int, float, type(None), range)):
            return False
    return size <= 16 * SIZE


def truth(value: Value) -> "bool | None":
    """Whether a value is true; None if unknown."""
    if isinstance(value, PLAIN):
        return bool(value)
    return None if isinstance(value, (Unknown, Instance)) else True


def same(one: Value, other: Value) -> bool:
    """Whether two values are the same as far as can be seen."""
    if one is other:
        return True
    if isinstance(one, Path) and isinstance(other, Path):
        return one.text == other.text
    return type(one) is type(other) and known(one) and known(other) and one == other


def either(*values: Value) -> Value:
    """One of several values."""
    made: list[Value] = []
    for value in values:
        more = value.choices if isinstance(value, Unknown) and value.choices else (value,)
        made += [v for v in more if not any(same(v, old) for old in made)]
    if len(made) == 1:
        return made[0]
    if len(made) > 4 or any(isinstance(v, Unknown) for v in made):
        return Unknown(hints=tuple(v for v in made if isinstance(v, str))[:4])
    return Unknown(choices=tuple(made))


def bounded(value: Value) -> Value:
    """The value, unless it has grown too large."""
    if isinstance(value, (str, bytes, list, tuple, dict, set, range)) and len(value) > SIZE:
        return Unknown()
    if isinstance(value, int) and value.bit_length() > BITS:
        return Unknown()
    return value


def wide(text: str) -> bool:
    """Whether a format asks for a width that may be large."""
    run = 0
    for c in text:
        run = run + 1 if c.isdigit() else 0
        if run > 3 or c == "*":
            return True
    return False


def operate(operator: str, one: Value, other: Value) -> Value:
    """A binary operator. operator: the name of its node in the syntax tree."""
    if operator == "Div" and isinstance(one, Path):
        return join(one, [other])
    if operator == "Div" and isinstance(other, Path) and isinstance(one, str):
        return join(Path(one), [other])
    if isinstance(one, str) and not known(other) and operator == "Add":
        return Unknown(hints=(one,) if "/" in one else ())
    if not isinstance(one, PLAIN) or not isinstance(other, PLAIN):
        return Unknown()
    if not (known(one) and known(other)) and operator != "Add":
        return Unknown()
    try:
        return bounded(_operate(operator, one, other))
    except (ArithmeticError, TypeError, ValueError, LookupError, MemoryError):
        return Unknown()


def _operate(operator: str, one: Value, other: Value) -> Value:
    a, b = one, other
    if operator == "Mod" and isinstance(a, (str, bytes)):
        return Unknown() if wide(str(a)) else a % b
    sizes = [len(v) if isinstance(v, (str, bytes, list, tuple)) else 0 for v in (a, b)]
    if operator == "Mult" and any(sizes):
        times = b if sizes[0] else a
        return Unknown() if not isinstance(times, int) or times * max(sizes) > SIZE else a * b  # type: ignore[operator]
    if operator in ("Pow", "LShift"):
        small = isinstance(a, int) and isinstance(b, int) and abs(a) < 2**64 and 0 <= b <= 64
        if not small:
            return Unknown()
        return a**b if operator == "Pow" else a << b  # type: ignore[operator]
    if operator not in OPERATORS:
        return Unknown()
    return OPERATORS[operator](a, b)


OPERATORS = {
    "Add": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mult": lambda a, b: a * b,
    "Div": lambda a, b: a / b,
    "FloorDiv": lambda a, b: a // b,
    "Mod": lambda a, b: a % b,
    "BitAnd": lambda a, b: a & b,
    "BitOr": lambda a, b: a | b,
    "BitXor": lambda a, b: a ^ b,
    "RShift": lambda a, b: a >> b,
}
COMPARISONS = {
    "Eq": lambda a, b: a == b,
    "NotEq": lambda a, b: a != b,
    "Lt": lambda a, b: a < b,
    "LtE": lambda a, b: a <= b,
    "Gt": lambda a, b: a > b,
    "GtE": lambda a, b: a >= b,
    "In": lambda a, b: a in b,
    "NotIn": lambda a, b: a not in b,
    "Is": lambda a, b: a is b or (a == b and type(a) is type(b)),
    "IsNot": lambda a, b: not (a is b or (a == b and type(a) is type(b))),
}


def compare(operator: str, one: Value, other: Value) -> Value:
    """A comparison of constants."""
    if other is None and isinstance(one, (Path, File, Function, Named, Class)):
        return operator in ("IsNot", "NotEq")
    one, other = (v.text if isinstance(v, Path) else v for v in (one, other))
    if not known(one) or not known(other):
        return Unknown()
    try:
        return bool(COMPARISONS[operator](one, other))  # type: ignore[no-untyped-call]
    except (TypeError, ValueError):
        return Unknown()


# Methods that change nothing and whose result is worked out; of lists and the like also those that change them.
METHODS: "Mapping[type, frozenset[str]]" = {
    str: frozenset(
        "capitalize casefold count encode endswith find format index isalnum isalpha isascii isdecimal isdigit "
        "isidentifier islower isnumeric isspace istitle isupper join lower lstrip partition removeprefix removesuffix "
        "replace rfind rindex rpartition rsplit rstrip split splitlines startswith strip swapcase title upper zfill "
        "ljust rjust center".split()
    ),
    bytes: frozenset("decode hex join lower replace rstrip lstrip strip split startswith endswith upper find".split()),
    list: frozenset("append extend insert pop remove reverse sort index count copy clear".split()),
    tuple: frozenset(("index", "count")),
    dict: frozenset("get items keys values pop setdefault update copy".split()),
    set: frozenset("add discard update union intersection difference copy remove".split()),
    int: frozenset(("bit_length",)),
}
CHANGES = frozenset("append extend insert pop remove reverse sort clear setdefault update add discard".split())
LOOSE = frozenset("append extend insert get items keys values add update setdefault pop copy clear join".split())


def method(owner: Value, name: str, arguments: "list[Value]", keywords: "dict[str, Value]") -> Value:
    """Call a method of a constant."""
    kind = next((k for k in METHODS if isinstance(owner, k)), None)
    if kind is None or name not in METHODS[kind]:
        return Unknown()
    if name in CHANGES and isinstance(owner, (list, dict, set)) and len(owner) >= SIZE:
        return Unknown()
    everything = known(arguments) and known(keywords)
    if not everything and (name not in LOOSE or isinstance(owner, (str, bytes))):
        prefix = owner.partition("{")[0] if isinstance(owner, str) and name == "format" else ""
        return Unknown(hints=(prefix,) if "/" in prefix else ())
    if name in ("format", "zfill", "ljust", "rjust", "center") and any(
        (isinstance(v, int) and v > SIZE) or (name == "format" and isinstance(v, str) and wide(v) and len(v) < 9)
        for v in (owner, *arguments)
    ):
        return Unknown()
    if name == "format" and wide(str(owner)):
        return Unknown()
    if name == "join" and arguments and sum(len(v) for v in _texts(arguments[0])) > SIZE:
        return Unknown()
    if name == "replace" and len(arguments) > 1 and isinstance(owner, (str, bytes)):
        new = arguments[1]
        if isinstance(new, (str, bytes)) and len(new) * (len(owner) + 1) > 16 * SIZE:
            return Unknown()
    if name == "encode" or (
        name == "decode" and arguments[:1] not in ([], ["utf-8"], ["ascii"], ["latin-1"], ["utf8"])
    ):
        arguments = [v for v in arguments if v in ("utf-8", "ascii", "latin-1", "utf8", "utf-16-le", "ignore")]
    try:
        made = getattr(owner, name)(*arguments, **keywords)
    except Exception:  # whatever the method says of its arguments: the program would fail there
        return Unknown()
    if isinstance(owner, dict) and name in ("items", "keys", "values"):
        made = list(made)
    return bounded(made)


def _texts(value: Value) -> "Iterable[str]":
    return [v for v in value if isinstance(v, str)] if isinstance(value, (list, tuple, set)) else []


def path_text(value: Value) -> "str | None":
    """The path that a value names; None if unknown."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, str):
        return value
    return value.text if isinstance(value, Path) else None


def join(first: Path, rest: "Iterable[Value]") -> Value:
    """Path / name / name."""
    text = first.text
    for value in rest:
        part = path_text(value)
        if part is None:
            return Unknown("pathlib.Path()", hints=(text,) if text != "." else ())
        text = part if part.startswith("/") or text == "." else text.rstrip("/") + "/" + part
        while "//" in text or "/./" in text:
            text = text.replace("/./", "/").replace("//", "/")
        text = text.removeprefix("./").rstrip("/") or ("/" if text.startswith("/") else ".")
    return Path(text)


def path_attribute(path: Path, name: str) -> Value:
    """An attribute of a pathlib.Path that is worked out from its text."""
    text = path.text
    folder, _, last = text.rpartition("/")
    stem, dot, suffix = last.rpartition(".")
    if not stem:
        stem, dot, suffix = last, "", ""
    if name == "name":
        return last
    if name == "stem":
        return stem
    if name == "suffix":
        return dot + suffix
    if name == "parent":
        return Path(folder or ("/" if text.startswith("/") else "."))
    if name == "parts":
        return tuple(["/"] * text.startswith("/") + [p for p in text.split("/") if p])
    if name == "parents":
        made: list[Value] = []
        while text not in ("/", "."):
            text = text.rpartition("/")[0] or ("/" if text.startswith("/") else ".")
            made.append(Path(text))
        return made
    return None


def is_fresh(text: str) -> bool:
    """Whether a path lies at or below a name that tempfile makes."""
    return FRESH in text.split("/")


def pick(arguments: "list[Value]", keywords: "dict[str, Value]", index: int, name: str, default: Value = None) -> Value:
    """A parameter."""
    return arguments[index] if len(arguments) > index else keywords.get(name, default)
