"""Modules that a Python program imports from the tree: they are walked as it is."""

import os
import sys

from onetree.shell.inline import python_tree as tree
from onetree.shell.inline.python_notes import Bounded, Leave, parsed
from onetree.shell.inline.python_values import Instance, Named, Unknown, Value, path_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from onetree.shell.inline.python_notes import Notes

MODULES = 20  # that one program may import
STEPS = 5000  # of one module


def imported(reader: "Notes", name: str, level: int = 0) -> Value:
    """A module by its full name, or with level by its name in the package of the module that imports it."""
    if not level and name.partition(".")[0] in sys.stdlib_module_names:
        return Named(name)
    if level:
        here = path_text(reader.scopes[0].get("__file__")) or ""
        for _ in range(level):
            here = os.path.dirname(here)
        folders = [here]
    else:
        folders = [text for text in map(path_text, reader.paths) if text is not None]
    for folder in folders:
        found = _below(reader, os.path.join(reader.state.folder or "/", folder), name)
        if found is not None:
            return found
    return Named(name)


def _below(reader: "Notes", folder: str, name: str) -> "Instance | None":
    """A module below a folder, and those above it in its name."""
    made: Instance | None = None
    for part in name.split(".") if name else [""]:
        folder = os.path.join(folder, part) if part else folder
        inner = _module(reader, folder)
        if inner is None:
            return None
        if made is not None:
            made.members[part] = inner
        made = inner
    return made


def _module(reader: "Notes", place: str) -> "Instance | None":
    """The module or package at a place; what it defines are its members."""
    for path in map(os.path.normpath, (place + ".py", os.path.join(place, "__init__.py"))):
        if path in reader.modules:
            return reader.modules[path]
        text = reader.walker.file(path)
        if text is None and path in reader.walker.files and path.endswith("__init__.py"):
            text = ""  # made by touch
        if text is not None:
            if len(reader.modules) >= MODULES:
                return None
            made = reader.modules[path] = Instance(None, {"__file__": path, "__name__": os.path.basename(place)})
            _run(reader, made, text, path)
            return made
    if tree.is_folder(reader, place):
        return reader.modules.setdefault(place, Instance(None, {"__file__": place + "/__init__.py"}))
    return None


def _run(reader: "Notes", module: Instance, text: str, path: str) -> None:
    """Walk a module's text; of one that cannot be followed to its end nothing more is known."""
    outer = reader.scopes, reader.outer_names, reader.line, reader.limit, reader.doubt
    module.members["__shown__"] = os.path.relpath(path, reader.state.folder or "/")
    reader.scopes, reader.outer_names = [module.members], [set()]
    reader.limit = min(reader.limit, reader.steps + STEPS)
    try:
        reader.block(parsed(text).body)
    except (SyntaxError, ValueError):
        return
    except Bounded:
        if reader.steps > outer[3] or reader.late():
            raise
    except Leave as leave:
        if leave.how == "exit":
            raise
    finally:
        reader.scopes, reader.outer_names, reader.line, reader.limit, reader.doubt = outer


def member(reader: "Notes", module: Value, name: str, full: str) -> Value:
    """`from module import name`."""
    if not isinstance(module, Instance):
        return Named(f"{full}.{name}")
    if name in module.members:
        return module.members[name]
    file = path_text(module.members.get("__file__")) or ""
    inner = _module(reader, os.path.join(os.path.dirname(file), name)) if file.endswith("/__init__.py") else None
    return Unknown() if inner is None else inner
