"""Walk the form of a command line as bash would run it, and note what each command does to files.

The state (directory, variables, functions, parameters) is followed through the line. Commands themselves are rows of
commands.py; what a row cannot say is a function of programs/.
"""

import os

from . import commands, programs, redirections, words
from .deadline import Deadline
from .form import Compound, Node, Opaque, Pipe, Sequence, Simple, Span, Unread, Unreadable
from .notes import Notes, Stop
from .plain import split
from .state import Archive, State, together
from .words import Field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

DEPTH = 40  # levels of commands within commands

# Modules whose commands tell every file that they make.
SURE = (
    "!builtins",
    "!queries",
    "!files",
    "!shells",
    "!wrappers",
    "!flow",
    "!text",
    "!printing",
    "!reading",
    "!editing.sed",
    "!patching",
    "!git",
)
# Commands that are there for their status: what follows them by && is a branch.
CONDITIONS = "test [ grep egrep fgrep rg diff cmp command type which hash pgrep pidof mountpoint fuser".split()


class Walker(Notes):
    """Follows commands in order and into each other: sources, functions, pipelines, simple commands."""

    def __init__(self, state: str, deadline: Deadline) -> None:
        super().__init__(deadline)
        self.state = state  # the directory of the parse-table cache
        self.depth = 0
        self.text = ""  # the source being walked
        self.fixed: Span | None = None  # the span of the outermost construct, when that source is within another
        self.at = 0  # where the command being run ends, in text
        self.returns = 0  # functions and sourced files that are being walked
        self.processes = 0  # how many <() and >() there were

    def source(self, source: str, state: State, span: "Span | None") -> "str | None":
        """Walk commands given as text: what they print, None if that is unknown. span: None for the outermost."""
        if self.depth >= DEPTH:
            raise Stop(f"commands nested more than {DEPTH} levels deep")
        outer = self.text, self.fixed
        self.depth += 1
        self.text, self.fixed = source, span
        try:
            form = split(source)
            if form is None:
                from .front import read

                form = read(source, self.state, self.deadline)
            return self.walk(form, state)
        except Unreadable as e:
            self.opaque(e.why, state, self.span(e.span))
            return None
        finally:
            self.depth -= 1
            self.text, self.fixed = outer

    def span(self, span: Span) -> Span:
        """Where something is in the outermost source."""
        return self.fixed or span

    def walk(self, node: Node, state: State) -> "str | None":
        """Walk one node: what it prints, None if that is unknown."""
        if self.deadline.passed():
            raise Stop("out of time")
        if isinstance(node, Simple):
            return self.simple(node, state)
        if isinstance(node, Sequence):
            return self.sequence(node, state)
        if isinstance(node, Pipe):
            return self.pipe(node, state)
        if isinstance(node, Compound):
            return self.compound(node, state)
        if isinstance(node, Opaque):
            from . import compounds

            return compounds.condition(self, node, state)
        raise Unreadable(node.why, *node.span)

    def sequence(self, node: Sequence, state: State) -> "str | None":
        """Walk commands in order; what follows || only may run, unless the status before it is known."""
        printed: list[str | None] = []
        others: list[State] = []  # the directories of ways that && left
        doubt = False  # whether a condition that is not known decides
        for index, (joiner, part) in enumerate(node.items):
            if joiner == "||" and state.status is None and not state.flow:
                way = state.copy()
                way.certain = False
                printed.append(self.walk(part, way))
                state.merge(way)
                state.status = None
                continue
            if joiner == "&&" and len(state.folders) > 1:
                others.append(state.copy())
                state.folders = state.folders[:1]  # the cd before it has worked
            elif joiner not in ("&&", "||"):
                for other in others:
                    state.merge(other)
                others.clear()
            if state.flow:
                if isinstance(node.items[-1][1], Unread):  # perhaps it does not come after this `exit` at all
                    self.opaque(node.items[-1][1].why, state, self.span(node.items[-1][1].span))
                break
            if (joiner == "&&" and state.status) or (joiner == "||" and state.status == 0):
                continue
            if isinstance(part, Unread):
                self.opaque(part.why, state, self.span(part.span))
                printed.append(None)
                continue
            if joiner != "&&":
                doubt = False
            elif state.status is None and self.asks(node.items[index - 1][1]):
                doubt = True
            printed.append(self.perhaps(part, state) if doubt else self.walk(part, state))
            if state.status and "errexit" in state.options and not isinstance(part, Pipe):
                following = node.items[index + 1][0] if index + 1 < len(node.items) else ""
                if following not in ("&&", "||"):
                    state.flow = "exit"
        return together(printed)

    def asks(self, node: "Node | Unread") -> bool:
        """Whether a command is there for its status: what follows it by && is a branch."""
        if isinstance(node, Pipe):
            return self.asks(node.parts[-1])
        if isinstance(node, Simple):
            return bool(node.words) and self.text[slice(*node.words[0])] in CONDITIONS
        return isinstance(node, Opaque)

    def perhaps(self, node: Node, state: State) -> "str | None":
        """Walk what only runs if a condition holds; what it sets is taken as set."""
        certain, state.certain = state.certain, False
        try:
            return self.walk(node, state)
        finally:
            state.certain = certain

    def pipe(self, node: Pipe, state: State) -> "str | None":
        """Walk each command of a pipeline in a state of its own, its input being what the one before prints."""
        if len(node.parts) == 1 and node.negated:
            printed = self.guarded(node.parts[0], state)
            state.status = None if state.status is None else int(not state.status)
            return printed
        printed = None
        status = None
        for index, part in enumerate(node.parts):
            way = state.copy()
            if index:
                way.piped, way.text, way.archive = True, printed, None
                if isinstance(printed, Archive):
                    way.text, way.archive = None, printed.members
            printed = self.walk(part, way)
            status = way.status
        state.status = None if status is None else int(not status) if node.negated else status
        return printed

    def guarded(self, node: Node, state: State) -> "str | None":
        """Walk what is only a test: its failure does not end the shell (set -e)."""
        errexit = "errexit" in state.options
        state.options.discard("errexit")
        printed = self.walk(node, state)
        if errexit:
            state.options.add("errexit")
        return printed

    def compound(self, node: Compound, state: State) -> "str | None":
        """Walk a compound command within its redirections."""
        if node.kind == "function":
            name = self.text[slice(*node.name)]
            state.functions[name] = (self.text, node.parts[0][1], self.fixed)
            return ""
        from . import compounds

        before = state.piped, state.text, state.archive
        to_file = redirections.redirect(self, node.redirects, state)
        try:
            printed = compounds.walk(self, node, state)
        finally:
            state.piped, state.text, state.archive = before
        return redirections.printed(self, to_file, printed)

    def end(self, state: State) -> None:
        """Run what a shell's EXIT trap says."""
        text, state.ending = state.ending, None
        if text:
            state.flow = ""
            self.source(text, state, self.here)

    def simple(self, node: Simple, state: State) -> "str | None":
        """Walk a simple command: expand its words, redirect, run."""
        self.here = here = self.span(node.span)
        fields: list[Field] = []
        if state.aliases and node.words and (found := self.aliased(node, state)) is not None:
            others = state.aliases
            state.aliases = {name: value for name, value in others.items() if name != self.text[slice(*node.words[0])]}
            try:
                return self.source(found, state, self.here)
            finally:
                state.aliases = others
        for span in node.words:
            fields.extend(words.expand(self.text[slice(*span)], state))
            self.here = here
        assigned: dict[str, words.Value] = {}
        if node.assignments:
            from . import assignments

            assigned = assignments.assigned(self, node.assignments, state)
            assignments.orders(self, assigned, state)
            self.here = here
        before = state.piped, state.text, state.archive
        taken = any(redirect.op[0] == "<" and redirect.fd in ("", "0") for redirect in node.redirects)
        try:
            if "noclobber" in state.options and redirections.refused(self, node.redirects, state):
                return ""
            to_file = redirections.redirect(self, node.redirects, state)
            self.here = here
            if not fields:
                state.status = 0
                state.variables.update(assigned)
                reads = any(redirect.op == "<" for redirect in node.redirects)
                return redirections.printed(self, to_file, state.text if reads else "")  # $(<file)
            kept = {name: state.variables.get(name, ...) for name in assigned}
            state.variables.update(assigned)
            self.at = node.span[1]
            printed = self.run(fields, state, assigned)
            state.last = fields[-1].text
            for name, value in kept.items():
                if value is ...:
                    state.variables.pop(name, None)
                else:
                    state.variables[name] = value
        finally:
            if taken:
                for redirect in node.redirects:
                    redirections.give_back(self, redirect, state)
                state.piped, state.text, state.archive = before
        return redirections.printed(self, to_file, printed)

    def aliased(self, node: Simple, state: State) -> "str | None":
        """The command with the alias that its first word is replaced, if it was made in a line before (bash(1))."""
        first, last = node.words[0][0], node.span[1]
        name = self.text[slice(*node.words[0])]
        text, source, made = state.aliases.get(name, ("", "", 0))
        if not text or (source == self.text and "\n" not in self.text[made:first]):
            return None
        if any(redirect.heredoc for redirect in node.redirects):
            self.opaque("what an alias stands for is not followed", state)
            return None
        return f"{self.text[node.span[0] : first]}{text}{self.text[node.words[0][1] : last]}"

    def run(
        self,
        fields: "list[Field]",
        state: State,
        assigned: "Mapping[str, words.Value]",
        *,
        functions: bool = True,
    ) -> "str | None":
        """Run one command whose words are known as far as they can be: what it prints.

        functions: whether a name may be that of a function.
        """
        if self.deadline.passed():
            raise Stop("out of time")
        name = fields[0].text
        if name is None:
            self.opaque(f"the command's name: {fields[0].why} is known only when it runs", state)
            return None
        if functions and name in state.functions:
            return self.function(name, fields[1:], state)
        row = commands.find(name.rpartition("/")[2])
        call = programs.Call(self, state, fields, assigned)
        state.status = None
        if "/" in name and (known := self.made_file(name, state)) is not False:
            call.record()
            from .programs.shells import run_made

            return run_made(call, known)
        if row is None:
            call.record()
            self.unsure = True
            from .programs.unheard import run

            return run(call)
        call.parse(row)
        if row[0].startswith("!"):
            printed = programs.handler(row[0][1:])(call)
            self.unsure = self.unsure or not row[0].startswith(SURE)
        else:
            call.record()
            call.operate()
            printed = None
        if printed is None and call.name in commands.SILENT and not call.has(*commands.VERBOSE):
            return ""
        return printed

    def made_file(self, name: str, state: State) -> "str | bool | None":
        """The text of a file that the line itself wrote, None if unknown; False if it did not write it."""
        path = os.path.normpath(os.path.join(state.folder or "/", name))
        return self.files.get(path, False)

    def function(self, name: str, arguments: "list[Field]", state: State) -> "str | None":
        """Walk a call of a function that the line defined."""
        source, body, fixed = state.functions[name]
        if self.depth >= DEPTH:
            raise Stop(f"commands nested more than {DEPTH} levels deep")
        outer = self.text, self.fixed, state.parameters
        locals_, state.locals = state.locals, {}
        self.depth += 1
        self.returns += 1
        self.text, self.fixed = source, fixed or self.fixed or self.here
        state.parameters = [field.text for field in arguments]
        state.locals["FUNCNAME"] = state.variables.get("FUNCNAME", ...)
        state.variables["FUNCNAME"] = [name]
        try:
            printed = self.walk(body, state)
            state.flow = "" if state.flow == "return" else state.flow
            return printed
        finally:
            self.depth -= 1
            self.returns -= 1
            self.text, self.fixed, state.parameters = outer
            for variable, value in state.locals.items():  # dynamic scope: what was before comes back
                if value is ...:
                    state.variables.pop(variable, None)
                else:
                    state.variables[variable] = value
            state.locals = locals_
