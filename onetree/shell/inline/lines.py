"""Programs that are run for each line of their input, and on files in place: -n, -p and -i of perl and ruby."""

import os.path

from .values import Jump, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Program
    from .cursor import Node
    from .machine import Machine
    from .values import Value

LINES = 200  # of the input, for which a program is followed one by one


def edit_in_place(machine: "Machine", file: "Value", suffix: "Value") -> None:
    """-i, $^I: the file is written, and a copy of it if there is a suffix; * in it is the file's name (perlrun)."""
    machine.effect("w", file, "-i")
    name, end = text_of(file), text_of(suffix)
    if name and end:
        folder, slash, base = name.rpartition("/")
        copy = end.replace("*", base) if "*" in end else base + end
        machine.effect("w", copy if "/" in copy else folder + slash + copy, "-i")


def run(program: "Program", machine_of: "type[Machine]", nodes: "list[Node]") -> "str | None":
    """Follow a script, once or for each line of its input, as its options say."""
    call = program.call
    state = call.state
    try:
        if call.has("-n", "-p"):
            return _by_lines(program, machine_of, nodes, call.has("-l"))
        machine = machine_of(program)
        if call.has("-i"):
            suffix = call.value("-i")
            machine.in_place = (suffix.text if suffix is not None else "") or ""  # type: ignore[attr-defined]
        return machine.follow(nodes)
    finally:
        call.state = state


def _by_lines(program: "Program", machine_of: "type[Machine]", nodes: "list[Node]", chomp: bool) -> "str | None":
    """A program that is run for each line of its input: line by line if that is known and of use."""
    call = program.call
    walker = call.walker
    noted, mark = len(walker.effects), walker.mark()
    machine = machine_of(program)
    machine.doubt += 1
    machine.follow(nodes)
    if all(effect.op == "read" for effect in walker.effects[noted:]):
        return None
    lines = input_lines(program)
    if lines is None or len(lines) > LINES:
        return None
    walker.undo(mark)
    machine = machine_of(program)
    for number, line in enumerate(lines):
        machine.scopes[0]["$_"] = line.removesuffix("\n") if chomp else line
        machine.scopes[0]["$."] = number + 1
        try:
            machine.follow(nodes)
        except Jump:
            break
        if any(effect.op == "opaque" for effect in walker.effects[noted:]):
            break
    return None


def input_lines(program: "Program") -> "list[str] | None":
    """The lines of the files that a program is given, or of standard input; None if unknown."""
    call = program.call
    texts: list[str] = []
    for name in program.arguments:
        places = [] if name is None else [os.path.join(folder, name) for folder in call.state.folders]
        text = call.walker.file(places[0]) if len(places) == 1 else None
        if text is None:
            return None
        texts.append(text)
    if not program.arguments:
        if not call.state.piped or call.state.text is None:
            return None
        texts.append(call.state.text)
    return [line for text in texts for line in text.splitlines(keepends=True)]
