"""Say what a shell command would write, delete or read, without running it.

usage: shell-write-detect [COMMAND|-] [--cwd DIR] [--json] [--reads]

COMMAND is the text of a command line as bash would read it; without one, or with -, it is read from standard input.

  --cwd DIR   the directory in which it would run (the current one)
  --json      one JSON object per effect: op, path, written, via, certain, tree, why, candidates, span
  --reads     say what it reads too
  --help      this text

One effect per line: the operation, the path, and in parentheses what does it. `opaque` is what cannot be read, with
the reason: something may be written there.

Exit status: 0 it writes nothing; 1 it writes, deletes, or does what cannot be read; 2 wrong use; 111 could not tell.
"""

import os
import sys

from onetree import jsonlite
from onetree.action import Effect
from onetree.root import find
from onetree.shell import LENGTH, analyse
from onetree.visible import visible

NAME = "shell-write-detect"


def main(argv: "list[str] | None" = None) -> int:
    """Turn arguments into a command, and its effects into lines and an exit status."""
    arguments = _arguments(sys.argv[1:] if argv is None else argv)
    if isinstance(arguments, int):
        return arguments
    command, cwd, as_json, reads = arguments
    if command is None:
        try:
            command = sys.stdin.buffer.read(4 * LENGTH + 1).decode("utf-8", "surrogateescape")
        except OSError as e:
            return _failed(f"unable to read standard input: {e.strerror}", 111)
    if not os.path.isdir(cwd):
        return _failed(f"unable to look into {cwd}: it is not a directory", 111)
    effects = detect(command, os.path.abspath(cwd), reads=reads)
    for effect in effects:
        sys.stdout.write((jsonlite.dumps(as_object(effect)) if as_json else line(effect)) + "\n")
    return 1 if any(effect.op != "read" for effect in effects) else 0


def detect(command: str, cwd: str, *, reads: bool) -> "list[Effect]":
    """The effects of a command line, in the order in which they were met."""
    root = find(cwd)
    state = os.path.join(root, ".onetree", "state") if root else ""
    env = os.environ
    effects = analyse(command, cwd, env.get("HOME") or "/", env, state=state).effects
    return [effect for effect in effects if reads or effect.op != "read"]


def as_object(effect: Effect) -> "dict[str, object]":
    """An effect as JSON has it."""
    return {
        "op": effect.op,
        "path": effect.path,
        "written": effect.written,
        "via": effect.via,
        "certain": effect.certain,
        "tree": effect.tree,
        "why": effect.why,
        "candidates": list(effect.candidates),
        "span": list(effect.span),
    }


def line(effect: Effect) -> str:
    """An effect for a person: one line whatever is in the name."""
    if effect.op == "opaque":
        return f"opaque: {visible(effect.why)}"
    notes = [effect.via]
    if effect.tree:
        notes.append("and all below it")
    if not effect.certain:
        notes.append("perhaps")
    return f"{effect.op} {visible(effect.path)} ({visible(', '.join(notes))})"


def _arguments(argv: "list[str]") -> "tuple[str | None, str, bool, bool] | int":
    """The command (None: standard input), the directory, --json, --reads; or the exit status."""
    commands: list[str] = []
    cwd, as_json, reads = ".", False, False
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word in ("-h", "--help"):
            sys.stdout.write(__doc__ or "")
            return 0
        if word == "--json":
            as_json = True
        elif word == "--reads":
            reads = True
        elif word == "--cwd" and rest:
            cwd = rest.pop(0)
        elif word.startswith("--cwd="):
            cwd = word[6:]
        elif word == "--":
            commands.extend(rest)
            break
        elif word.startswith("-") and word != "-":
            return _failed(f"unable to understand {word}: see {NAME} --help", 2)
        else:
            commands.append(word)
    if len(commands) > 1:
        return _failed("unable to take more than one command: put it in quotes", 2)
    command = commands[0] if commands and commands[0] != "-" else None
    return command, cwd, as_json, reads


def _failed(text: str, status: int) -> int:
    sys.stderr.write(f"{NAME}: {visible(text)}\n")
    return status
