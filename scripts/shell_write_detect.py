"""Say what a shell command would write, delete or read, without running it.

usage: shell-write-detect [COMMAND|-] [--cwd DIR] [--reads] [--json | --explain]
       shell-write-detect --batch [--cwd DIR]

COMMAND is the text of a command line as bash would read it; without one, or with -, it is read from standard input.

  --cwd DIR   the directory in which it would run (the current one)
  --reads     say what it reads too
  --json      one JSON object per effect: op (write, delete, meta, read, opaque), path (absolute), written (as the
              command has it), certain, tree (all below it too), via, why, candidates, span (characters)
  --explain   the command itself, with what each part of it does under it
  --batch     a JSON object per line in, {"cmd": TEXT} and if wanted "id", "cwd", "home", "env"; and one per line out,
              at once: {"id", "writes": every path that is written, deleted or changed, "deletes", "metas" (mode, owner
              or times only), "trees" (all below it too), "unknown": false or the reasons}
  --help      this text

One effect per line: the operation, the path, and in parentheses what does it. `opaque` is what cannot be read, with
the reason, and after "perhaps" the paths that it may be about, if any is known: something may be written there.

Exit status: 0 it writes nothing; 1 it writes, deletes, or does what cannot be read; 2 wrong use; 111 could not tell.
With --batch: 0 every line was answered; 2 one was not understood, and its answer is {"id": null, "error": REASON}.
"""

import os
import sys

from onetree import jsonlite
from onetree.action import Effect
from onetree.root import STATE, find
from onetree.shell import LENGTH, analyse
from onetree.visible import visible

NAME = "shell-write-detect"
FORMS = ("--json", "--explain", "--batch")
CANDIDATES = 4  # of one effect that are shown to a person; --json has all


def main(argv: "list[str] | None" = None) -> int:
    """Turn arguments into a command, and its effects into lines and an exit status."""
    asked = _arguments(sys.argv[1:] if argv is None else argv)
    if isinstance(asked, int):
        return asked
    try:
        cwd = os.path.abspath(asked.cwd)
    except FileNotFoundError:
        return _failed("unable to find the current directory: it was removed; name another with --cwd DIR", 111)
    if not os.path.isdir(cwd):
        return _failed(f"unable to look into {cwd}: it is not a directory", 111)
    if asked.form == "--batch":
        from .detect_batch import batch

        return batch(sys.stdin.buffer, cwd, state_of(cwd)) if sys.stdin else 0
    command = asked.command
    if command is None:
        try:
            data = sys.stdin.buffer.read(4 * LENGTH + 1) if sys.stdin else b""
        except OSError as e:
            return _failed(f"unable to read standard input: {e.strerror}", 111)
        command = data.decode("utf-8", "surrogateescape")
    effects = detect(command, cwd, reads=asked.reads)
    _tell(command, effects, asked.form)
    return 1 if any(effect.op != "read" for effect in effects) else 0


def _tell(command: str, effects: "list[Effect]", form: str) -> None:
    """Print the effects in one of the forms."""
    if form == "--explain":
        from .explained import explain, terminal

        width, colour = terminal()
        notes = [(effect.span, effect.op, line(effect)) for effect in effects]
        for text in explain(command[: 4 * LENGTH].rstrip("\n"), notes, width, colour=colour):
            sys.stdout.write(text + "\n")
        if not effects:
            sys.stdout.write("nothing is written\n")
        return
    for effect in effects:
        sys.stdout.write((jsonlite.dumps(as_object(effect)) if form == "--json" else line(effect)) + "\n")


def detect(command: str, cwd: str, *, reads: bool) -> "list[Effect]":
    """The effects of a command line, in the order in which they were met."""
    env = os.environ
    effects = analyse(command, cwd, env.get("HOME") or "/", env, state=state_of(cwd)).effects
    return [effect for effect in effects if reads or effect.op != "read"]


def state_of(cwd: str) -> str:
    """Where the parser's tables are kept: with the governed tree, else in the user's cache if there is a home."""
    root = find(cwd)
    if root:
        return os.path.join(root, STATE)
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ.get("HOME") or "", ".cache")
    above = os.path.dirname(cache)
    # "must be absolute" (XDG Base Directory Specification); nothing is made in what is not one's own.
    if not os.path.isabs(cache) or not os.path.isdir(above) or os.stat(above).st_uid != os.geteuid():
        return ""
    return os.path.join(cache, "onetree")


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
        led = f" ({visible(effect.via)})" if " -> " in effect.via else ""
        shown = ", ".join(effect.candidates[:CANDIDATES]) + (", ..." if effect.candidates[CANDIDATES:] else "")
        return f"opaque: {visible(effect.why)}{led}" + (f" - perhaps {visible(shown)}" if shown else "")
    notes = [effect.via]
    if effect.tree:
        notes.append("and all below it")
    if not effect.certain:
        notes.append("perhaps")
    return f"{effect.op} {visible(effect.path)} ({visible(', '.join(notes))})"


class _Asked:
    """command: None is standard input. form: --json, --explain, --batch or ""."""

    __slots__ = ("command", "cwd", "form", "reads")

    def __init__(self) -> None:
        self.command: str | None = None
        self.cwd = "."
        self.form = ""
        self.reads = False


def _arguments(argv: "list[str]") -> "_Asked | int":
    """What was asked for; or the exit status."""
    asked = _Asked()
    commands: list[str] = []
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word in ("-h", "--help"):
            sys.stdout.write(__doc__ or "")
            return 0
        if word in FORMS:
            if asked.form not in ("", word):
                return _failed(f"unable to take {word} with {asked.form}: choose one of {', '.join(FORMS)}", 2)
            asked.form = word
        elif word == "--reads":
            asked.reads = True
        elif word == "--cwd" and rest:
            asked.cwd = rest.pop(0)
        elif word.startswith("--cwd="):
            asked.cwd = word[6:]
        elif word == "--":
            commands.extend(rest)
            break
        elif word.startswith("-") and word != "-":
            return _failed(f"unable to understand {word}: see {NAME} --help", 2)
        else:
            commands.append(word)
    if len(commands) > 1:
        return _failed("unable to take more than one command: put it in quotes", 2)
    if commands and asked.form == "--batch":
        return _failed("unable to take a command with --batch: the commands are read from standard input", 2)
    asked.command = commands[0] if commands and commands[0] != "-" else None
    return asked


def _failed(text: str, status: int) -> int:
    sys.stderr.write(f"{NAME}: {visible(text)}\n")
    return status
