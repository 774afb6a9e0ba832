"""argparse: what a Python program makes of the words of its command line."""

from onetree.shell.inline.python_values import Instance, Named, Path, Unknown, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from onetree.shell.inline.python_notes import Notes

ACTIONS = ("store", "store_const", "store_true", "store_false", "append", "append_const", "count", "extend", "help")
TYPES: "dict[str, Callable[[str], Value]]" = {"int": int, "float": float, "pathlib.Path": Path, "str": str}


class Failed(Exception):
    """The words are not what the program accepts."""


def parser(options: "dict[str, Value]") -> Value:
    """argparse.ArgumentParser(...)."""
    return Instance(None, {"parser": _made(options)})


def _made(options: "dict[str, Value]") -> "argparse.ArgumentParser":
    import argparse

    class Quiet(argparse.ArgumentParser):
        """One that neither prints nor leaves."""

        def error(self, message: str) -> "argparse.NoReturn":  # type: ignore[name-defined]
            raise Failed(message)

        def exit(self, status: int = 0, message: "str | None" = None) -> "argparse.NoReturn":  # type: ignore[name-defined]
            raise Failed(message or str(status))

        def print_help(self, file: object = None) -> None:
            """Print nothing."""

    known = {k: v for k, v in options.items() if k in ("prefix_chars", "allow_abbrev", "add_help")}
    return Quiet(prog="program", **known)  # type: ignore[arg-type]


def method(reader: "Notes", owner: Instance, name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    """A method of a parser, or of a group of its arguments."""
    top: argparse.ArgumentParser = owner.members["parser"]  # type: ignore[assignment]
    try:
        if name == "add_argument":
            _add(reader, top, [text for text in a if isinstance(text, str)], k)
        elif name in ("add_argument_group", "add_mutually_exclusive_group"):
            return owner
        elif name == "add_subparsers":
            dest = k.get("dest")
            made = top.add_subparsers(parser_class=lambda **_: _made({}), **({"dest": dest} if dest else {}))  # type: ignore[call-overload]
            return Instance(None, {"parser": made})
        elif name == "add_parser" and a and isinstance(a[0], str):
            return Instance(None, {"parser": top.add_parser(a[0])})  # type: ignore[attr-defined]
        elif name == "set_defaults":
            top.set_defaults(**k)
        elif name in ("parse_args", "parse_known_args"):
            found = _parsed(reader, top, a, k, whole=name == "parse_args")
            return found if name == "parse_args" else (found, Unknown())
        elif name in ("error", "exit"):
            return reader.call(Named("sys.exit"), [], {})
    except (TypeError, ValueError, AttributeError):
        return Unknown()
    return Unknown()


def _add(reader: "Notes", top: "argparse.ArgumentParser", names: "list[str]", k: "dict[str, Value]") -> None:
    known: dict[str, Value] = {key: k[key] for key in ("default", "dest", "const") if key in k}
    if isinstance(k.get("action"), str):
        known["action"] = k["action"] if k["action"] in ACTIONS else "store"
    elif isinstance(k.get("action"), Named):
        import argparse

        known["action"] = argparse.BooleanOptionalAction
    count = k.get("nargs")
    if count in ("?", "*", "+", "...", "A...") or (isinstance(count, int) and count < 100):
        known["nargs"] = count
    kind = k.get("type")
    if isinstance(kind, Named) and kind.name in TYPES:
        known["type"] = TYPES[kind.name]
    elif kind is not None:
        known["type"] = lambda text: reader.call(kind, [text], {})
    top.add_argument(*names, **known)  # type: ignore[arg-type]


def _parsed(
    reader: "Notes", top: "argparse.ArgumentParser", a: "list[Value]", k: "dict[str, Value]", *, whole: bool
) -> Value:
    """The words as argparse itself takes them. whole: one that is left over is an error."""
    words = a[0] if a else k.get("args")
    if words is None:
        given = reader.attribute(Named("sys"), "argv")
        words = given[1:] if isinstance(given, list) else Unknown()
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return Instance(None, {action.dest: Unknown() for action in top._actions})  # noqa: SLF001 - there is no other list
    try:
        return Instance(None, vars(top.parse_args(words) if whole else top.parse_known_args(words)[0]))
    except Failed:
        return reader.call(Named("sys.exit"), [], {})
