"""Python's library, by name: which function here stands for which call, and what its constants are."""

import os

from onetree.shell.inline import python_arguments as arguments
from onetree.shell.inline import python_commands as commands
from onetree.shell.inline import python_files as files
from onetree.shell.inline import python_patterns as patterns
from onetree.shell.inline import python_pure as pure
from onetree.shell.inline import python_tree as tree
from onetree.shell.inline.python_calls import CALLS, OPENS, UNSURE_WRITERS, WRITERS, full
from onetree.shell.inline.python_notes import Leave
from onetree.shell.inline.python_values import (
    PLAIN,
    Bound,
    File,
    Function,
    Instance,
    Named,
    Path,
    Unknown,
    Value,
    either,
    known,
    path_text,
    pick,
)
from onetree.shell.inline.python_values import method as constant_method

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from onetree.shell.inline.python_notes import Notes

    Function_ = Callable[["Notes", list[Value], dict[str, Value]], Value]

CONSTANTS: "dict[str, Value]" = {
    "os.sep": "/",
    "os.path.sep": "/",
    "os.linesep": "\n",
    "os.curdir": ".",
    "os.pardir": "..",
    "os.extsep": ".",
    "os.devnull": "/dev/null",
    "os.name": "posix",
    "sys.platform": "linux",
    "sys.executable": "python3",
    "os.W_OK": 2,
    "string.ascii_lowercase": "abcdefghijklmnopqrstuvwxyz",
    "string.digits": "0123456789",
    "subprocess.PIPE": -1,
    "subprocess.STDOUT": -2,
    "subprocess.DEVNULL": -3,
    "typing.TYPE_CHECKING": False,
}


def has(name: str) -> bool:
    """Whether a name is one that is known here."""
    name = full(name)
    return name in CALLS or name in OPENS or name in FUNCTIONS


def constant(reader: "Notes", name: str) -> Value:
    """An attribute of a module."""
    name = full(name)
    if name in CONSTANTS:
        return CONSTANTS[name]
    if name == "sys.argv":
        first = "-c" if reader.program.shown.startswith("python -") else reader.program.shown
        return [first, *[Unknown() if a is None else a for a in reader.program.arguments]]
    if name == "sys.stdin":
        return File(None, "r", _input(reader), "sys.stdin")
    if name in ("sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"):
        return File(None, "w", None, name)
    if name == "sys.stdout.buffer":
        return File(None, "wb", None, "sys.stdout")
    if name.startswith("re.") and name[3:] in patterns.FLAGS:
        return patterns.FLAGS[name[3:]]
    if name.startswith("os.O_"):
        return getattr(os, name[3:], 0)
    return Named(name)


def _input(reader: "Notes") -> "str | None":
    if reader.program.shown == "python -":
        return ""
    return reader.state.text if reader.state.piped else None


def _attribute(reader: "Notes", a: "list[Value]") -> Value:
    """getattr(owner, name)."""
    if len(a) > 1 and isinstance(a[1], str):
        return reader.attribute(a[0], a[1])
    if a and isinstance(a[0], Named) and a[0].name in ("os", "shutil", "subprocess", "pathlib", "builtins", "os.path"):
        reader.unread(f"a function of {a[0].name} that is known only when it runs")
    return Unknown()


def _imported(a: "list[Value]") -> Value:
    if a and isinstance(a[0], str):
        return Named(a[0])
    return Unknown()


def _exit() -> Value:
    raise Leave("exit")


def _json_load(reader: "Notes", a: "list[Value]") -> Value:
    file = a[0] if a else None
    if isinstance(file, File) and file.text is not None:
        return pure.pure(reader, "json.loads", [file.text], {})
    return Unknown()


def _shelf(reader: "Notes", name: Value, endings: "tuple[str, ...]", *, certain: bool = False) -> Value:
    """A database of dbm: the library that the interpreter was built with gives its name an ending, or none."""
    text = path_text(name)
    for ending in endings:
        reader.note("write", name if text is None else text + ending, "dbm", certain=certain)
    return Unknown("shelve.open()")


def _run_path(reader: "Notes", a: "list[Value]", k: "dict[str, Value]") -> Value:
    """runpy.run_path: the file is walked as if its text were here."""
    path = pick(a, k, 0, "path_name")
    name = reader.note("read", path, "runpy.run_path")
    text = None if name is None else files.content(reader, name)
    return Unknown() if text is None else reader.source(text, mode="exec")


def _started(reader: "Notes", function: Value, k: "dict[str, Value]") -> Value:
    """A thread or process: what it runs is run when it is made, as nothing says when it starts."""
    given, named = k.get("args", ()), k.get("kwargs", {})
    if isinstance(function, (Function, Named, Bound, Instance)):
        whole = isinstance(given, (list, tuple)) and isinstance(named, dict)
        reader.call(function, list(given) if whole else [Unknown()], named if whole else {})  # type: ignore[call-overload,arg-type]
    return Unknown("threading.Thread()")


def _called(reader: "Notes", a: "list[Value]", k: "dict[str, Value]") -> Value:
    """f(function, *arguments)."""
    return reader.call(a[0], a[1:], k) if a else Unknown()


def _defaults(a: "list[Value]") -> Value:
    """collections.defaultdict of a type that needs no arguments."""
    from collections import defaultdict

    made = {"list": list, "dict": dict, "int": int, "str": str}.get(a[0].name if a and isinstance(a[0], Named) else "")
    return Unknown() if made is None or len(a) > 1 else defaultdict(made)


def _rows(a: "list[Value]", k: "dict[str, Value]", *, by_name: bool) -> Value:
    """The rows of a CSV file that is known and small."""
    import csv

    lines = tree.listed(a[0]) if a else None
    if lines is None or len(a) > 1 or not all(isinstance(line, str) for line in lines):
        return Unknown()
    try:
        mark = k.get("delimiter", ",")
        rows = list(csv.reader(lines, delimiter=mark))  # type: ignore[arg-type]
    except (csv.Error, TypeError):
        return Unknown()
    if not by_name:
        return list(rows)
    names = k.get("fieldnames") or (rows.pop(0) if rows else [])
    return [dict(zip(names, row, strict=False)) for row in rows if row] if isinstance(names, list) else Unknown()


def _exec(reader: "Notes", a: "list[Value]", mode: str) -> Value:
    source = a[0] if a else None
    if isinstance(source, Instance) and "source" in source.members:
        source = source.members["source"]
    return reader.source(source, mode=mode)


FUNCTIONS: "dict[str, Function_]" = {
    "print": files.print_,
    "shutil.copy": lambda r, a, k: files.copy(r, a, k, "shutil.copy", into=True),
    "shutil.copy2": lambda r, a, k: files.copy(r, a, k, "shutil.copy2", into=True),
    "shutil.copyfile": lambda r, a, k: files.copy(r, a, k, "shutil.copyfile", into=False),
    "shutil.move": lambda r, a, k: files.move(r, pick(a, k, 0, "src"), pick(a, k, 1, "dst"), "shutil.move", into=True),
    "os.rename": lambda r, a, k: files.move(r, pick(a, k, 0, "src"), pick(a, k, 1, "dst"), "os.rename", into=False),
    "os.replace": lambda r, a, k: files.move(r, pick(a, k, 0, "src"), pick(a, k, 1, "dst"), "os.replace", into=False),
    "os.renames": lambda r, a, k: files.move(r, pick(a, k, 0, "old"), pick(a, k, 1, "new"), "os.renames", into=False),
    "os.symlink": lambda r, a, k: files.link(
        r, pick(a, k, 0, "src"), pick(a, k, 1, "dst"), "os.symlink", symbolic=True
    ),
    "os.link": lambda r, a, k: files.link(r, pick(a, k, 0, "src"), pick(a, k, 1, "dst"), "os.link", symbolic=False),
    "os.open": files.os_open,
    "os.fdopen": lambda r, a, k: a[0] if a and isinstance(a[0], File) else File(None, "w", None),  # noqa: ARG005
    "fdopen": lambda r, a, k: a[0] if a and isinstance(a[0], File) else File(None, "w", None),  # noqa: ARG005
    "os.write": lambda r, a, k: files.write(r, a[0], a[1]) if len(a) > 1 and isinstance(a[0], File) else Unknown(),  # noqa: ARG005
    "os.system": commands.system,
    "os.popen": commands.popen,
    "os.stat": lambda r, a, k: tree.status(r, path_text(pick(a, k, 0, "path")) or "\0"),
    "signal.signal": lambda r, a, k: None,  # noqa: ARG005 - a signal seldom comes
    "runpy.run_path": _run_path,
    "os.chdir": commands.chdir,
    "os.getcwd": lambda r, a, k: commands.cwd(r),  # noqa: ARG005
    "os.getenv": lambda r, a, k: tree.variable(r, pick(a, k, 0, "key"), pick(a, k, 1, "default")),
    "os.environ.get": lambda r, a, k: tree.variable(r, pick(a, k, 0, "key"), pick(a, k, 1, "default")),
    "os.fspath": lambda r, a, k: pure.text_of(a[0]) if a else Unknown(),  # noqa: ARG005
    "os.listdir": lambda r, a, k: tree.listing(r, a, whole=False),  # noqa: ARG005
    "os.scandir": lambda r, a, k: tree.listing(r, a, whole=True),  # noqa: ARG005
    "os.walk": tree.os_walk,
    "glob.glob": lambda r, a, k: tree.glob_(r, pick(a, k, 0, "pathname"), k.get("root_dir")),
    "glob.iglob": lambda r, a, k: tree.glob_(r, pick(a, k, 0, "pathname"), k.get("root_dir")),
    "shutil.copytree": files.copy_tree,
    "shutil.ignore_patterns": lambda r, a, k: Instance(None, {"patterns": a}) if known(a) else Unknown(),  # noqa: ARG005
    "shutil.unpack_archive": lambda r, a, k: files.unpack(
        r, path_text(pick(a, k, 0, "filename")), pick(a, k, 1, "extract_dir", "."), "shutil.unpack_archive"
    ),
    "shelve.open": lambda r, a, k: _shelf(r, pick(a, k, 0, "filename"), ("", ".db")),
    "dbm.dumb.open": lambda r, a, k: _shelf(r, pick(a, k, 0, "file"), (".dat", ".dir", ".bak"), certain=True),
    "shutil.make_archive": files.archive,
    "tempfile.mkdtemp": lambda r, a, k: files.fresh(k, folder=True, opened=False),  # noqa: ARG005
    "tempfile.TemporaryDirectory": lambda r, a, k: files.fresh(k, folder=True, opened=False),  # noqa: ARG005
    "tempfile.mkstemp": lambda r, a, k: files.fresh(k, folder=False, opened=False),  # noqa: ARG005
    "tempfile.NamedTemporaryFile": lambda r, a, k: files.fresh(k, folder=False, opened=True),  # noqa: ARG005
    "tempfile.TemporaryFile": lambda r, a, k: files.fresh(k, folder=False, opened=True),  # noqa: ARG005
    "tempfile.gettempdir": lambda r, a, k: tree.variable(r, "TMPDIR", "/tmp"),  # noqa: ARG005, S108 - a name, not a use
    "fileinput.input": files.fileinput_,
    "pathlib.Path": lambda r, a, k: pure.path(a),  # noqa: ARG005
    "pathlib.Path.home": lambda r, a, k: pure.path([pure.home(r, "~")]),  # noqa: ARG005
    "pathlib.Path.cwd": lambda r, a, k: pure.path([commands.cwd(r)]),  # noqa: ARG005
    "getattr": lambda r, a, k: _attribute(r, a),  # noqa: ARG005
    "__import__": lambda r, a, k: _imported(a),  # noqa: ARG005
    "vars": lambda r, a, k: a[0] if a else Unknown(),  # noqa: ARG005
    "exec": lambda r, a, k: _exec(r, a, "exec"),  # noqa: ARG005
    "eval": lambda r, a, k: _exec(r, a, "eval"),  # noqa: ARG005
    "compile": lambda r, a, k: Instance(None, {"source": pick(a, k, 0, "source")}),  # noqa: ARG005
    "sys.exit": lambda r, a, k: _exit(),  # noqa: ARG005
    "os._exit": lambda r, a, k: _exit(),  # noqa: ARG005
    "exit": lambda r, a, k: _exit(),  # noqa: ARG005
    "quit": lambda r, a, k: _exit(),  # noqa: ARG005
    "json.load": lambda r, a, k: _json_load(r, a),  # noqa: ARG005
    "json.dump": files.dump,
    "pickle.dump": files.dump,
    "yaml.dump": files.dump,
    "yaml.safe_dump": files.dump,
    "toml.dump": files.dump,
    "tomli_w.dump": files.dump,
    "logging.basicConfig": lambda r, a, k: files.logging_(r, k),  # noqa: ARG005
    "input": lambda r, a, k: Unknown(),  # noqa: ARG005
    "argparse.ArgumentParser": lambda r, a, k: arguments.parser(k),  # noqa: ARG005
    "threading.Thread": lambda r, a, k: _started(r, pick(a, k, 1, "target"), k),
    "multiprocessing.Process": lambda r, a, k: _started(r, pick(a, k, 1, "target"), k),
    "threading.Timer": lambda r, a, k: _started(r, pick(a, k, 1, "function"), k),
    "atexit.register": _called,
    "asyncio.to_thread": _called,
    "collections.defaultdict": lambda r, a, k: _defaults(a),  # noqa: ARG005
    "collections.OrderedDict": lambda r, a, k: pure.pure(r, "dict", a, k),
    "csv.reader": lambda r, a, k: _rows(a, k, by_name=False),  # noqa: ARG005
    "csv.DictReader": lambda r, a, k: _rows(a, k, by_name=True),  # noqa: ARG005
    "functools.partial": lambda r, a, k: Instance(None, {"function": a[0], "given": list(a[1:]), "named": k}),  # noqa: ARG005
    "shutil.copyfileobj": files.copy_open,
}


RUNNERS = {"map": True, "imap": True, "imap_unordered": True, "submit": False, "call_soon": False}  # of pools


def call(reader: "Notes", name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    """Call a function of the library by its name: what it does is noted, and what it gives."""
    name = full(name)
    if name in FUNCTIONS:
        return FUNCTIONS[name](reader, a, k)
    if name in OPENS:
        parameters, default = OPENS[name]
        path_name, mode_name = parameters.split()
        mode = pick(a, k, 1, mode_name)
        return files.open_(reader, pick(a, k, 0, path_name, k.get("filename")), mode, name, default)
    if name in CALLS:
        files.row(reader, CALLS[name], a, k, name)
        return Unknown(name + "()")
    module, _, function = name.partition(".")
    if module == "re":
        return patterns.call(reader, function, a, k)
    if module == "subprocess":
        return commands.subprocess_(reader, a, k, function) if function[:1] != "_" else Unknown()
    if module == "os" and function.startswith(("exec", "spawn", "posix_spawn")):
        return commands.replaced(reader, a, function)
    try:
        made = pure.pure(reader, name, a, k)
    except Exception as e:  # the program would fail there
        if isinstance(e, (RecursionError, MemoryError)) or type(e).__name__ in ("Leave", "Bounded", "Stop"):
            raise
        return Unknown()
    if isinstance(made, Unknown) and not made.made_by and not made.hints:
        reader.callbacks(a, k)
        for file in (*a, *k.values()):
            if isinstance(file, File) and file.path and "." in name:  # it may be written to
                files.write(reader, file, Unknown())
        if name not in pure.PURE and not name.startswith(("os.path.", "json.", "re.")):
            reader.silent = reader.silent or "." not in name or not _standard(module)
        return Unknown(name + "()")
    return made


def _standard(module: str) -> bool:
    import sys

    return module in sys.stdlib_module_names


def method(reader: "Notes", owner: Value, name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    """Call a method of a value."""
    if isinstance(owner, Path):
        return files.path_method(reader, owner, name, a, k)
    if isinstance(owner, File):
        return files.file_method(reader, owner, name, a, k)
    if isinstance(owner, Unknown) and owner.choices:
        return either(*[reader.call(reader.attribute(choice, name), a, k) for choice in owner.choices])
    if isinstance(owner, PLAIN):
        if name == "format" and isinstance(owner, str):
            a = [v.text if isinstance(v, Path) else v for v in a]
            k = {key: v.text if isinstance(v, Path) else v for key, v in k.items()}
        if "key" in k and name == "sort" and isinstance(owner, list):
            owner[:] = pure.ordered(reader, owner, k)
            return None
        return constant_method(owner, name, a, k)
    if isinstance(owner, Instance):
        if "parser" in owner.members:
            return arguments.method(reader, owner, name, a, k)
        if "match" in owner.members or "pattern" in owner.members:
            return patterns.method(reader, owner, name, a, k)
        if "scanned" in owner.members and name in ("is_file", "is_dir", "is_symlink"):
            return tree.test(reader, name, str(owner.members["path"]))
        if name == "communicate":
            return (owner.members.get("stdout", Unknown()), Unknown())
        reader.callbacks(a, k)
        return Unknown()
    if name not in RUNNERS:
        reader.callbacks(a, k)
    return _unknown_method(reader, owner, name, a, k)


def _unknown_method(reader: "Notes", owner: Value, name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    """A method of a value that is not known: by its name alone."""
    hints = getattr(owner, "hints", ())
    made_by = getattr(owner, "made_by", "")
    if made_by.startswith("xml.etree") and name == "write":
        files.row(reader, "w:file", a, k, f".{name}")
    elif name in WRITERS:
        row = WRITERS[name]
        index = next(i for i, part in enumerate(row.split()) if part[0] != ".")
        value = pick(a, k, index, row.split()[index].partition(":")[2])
        if isinstance(value, (str, Path)) or (name not in UNSURE_WRITERS and isinstance(value, Unknown)):
            files.row(reader, row, a, k, f".{name}")
    elif name in ("write_text", "write_bytes", "unlink", "rmdir", "touch", "symlink_to", "hardlink_to", "mkdir"):
        reader.unread(f".{name} of a path that is known only when it runs", hints)
    elif a and isinstance(a[0], (Function, Bound, Instance)) and name in RUNNERS:
        if RUNNERS[name]:
            return pure.pure(reader, "map", a, {})
        return reader.call(a[0], a[1:], k)
    elif name in ("replace", "rename") and len(a) == 1 and not k:
        if made_by == "pathlib.Path()" or isinstance(a[0], Path):
            reader.note("write", a[0], f".{name}")
        reader.unread(f".{name} of a path that is known only when it runs", hints)
    elif name == "open" and made_by in ("pathlib.Path()", "") and a and files.writes(a[0]):
        reader.unread("open of a path that is known only when it runs", hints)
    if name in ("joinpath", "with_suffix", "with_name", "resolve", "absolute", "relative_to", "strip", "rstrip"):
        return Unknown(made_by, hints=hints)
    if name in ("glob", "rglob", "iterdir"):
        return Unknown("pathlib.Path()", hints=hints)
    return Unknown(f"{made_by}.{name}()" if made_by else "")
