"""Python: walk a program's syntax tree as the interpreter would run it, and note what it does to files.

Only what can be worked out from the text is followed (python_values.py); which calls do something to files is a table
(python_calls.py), and what they do and give is python_library.py. Where a program may take one of several ways, each is
walked and its effects are not certain. A module that the program imports is a program like any other.
"""

from onetree.shell.inline.python_calls import CALLS, TELLING, TELLING_METHODS
from onetree.shell.inline.python_notes import Bounded, Leave, kind_of, nodes, parsed
from onetree.shell.inline.python_statements import Statements

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast

    from onetree.shell.inline import Program

TEXT = 262144  # characters of a program that are read


class Reader(Statements):
    """Walks one program."""


def tells(text: str, reader: Reader) -> bool:
    """Whether a program that is not read to its end may do something to files, as far as its text shows.

    A script that lies in the tree is ordinary work, and must have a call that writes or runs something. In a command
    line a word is enough: what is too much to be followed there may be meant to be.
    """
    if reader.program.shown.startswith("python -"):
        return bool(reader.words() & TELLING) or "open" in reader.words()
    return any(kind_of(node) == "Call" and _changes(node) for node in nodes(parsed(text)))


def _changes(node: "ast.AST") -> bool:
    """Whether a call is one that changes files, by its name."""
    function, given = getattr(node, "func", None), getattr(node, "args", [])
    owner, name = getattr(getattr(function, "value", None), "id", ""), getattr(function, "attr", "")
    if name in TELLING_METHODS or f"{owner}.{name}" in CALLS or owner == "subprocess":
        return True
    if getattr(function, "id", "") != "open" or len(given) < 2:
        return False
    mode = getattr(given[1], "value", "w")
    return not isinstance(mode, str) or bool(set(mode) & set("wax+"))


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
        if tells(program.text, reader):
            reader.unread("it is too much to be followed to its end")
        return None
    finally:
        program.call.state, program.call.walker.trail = before, trail
    return None if reader.silent else "".join(reader.printed)
