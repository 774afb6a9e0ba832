"""What a program does to files: its statements are followed with the values that can be known, and nothing is run.

Where the way is unknown, all ways are followed and none is certain.
"""

import os.path

from .effects import Effects
from .flow import TURNS
from .tokens import Unreadable
from .values import SIZE, Choice, Jump, Thing, choice, heavy, is_path, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from onetree.shell.programs.call import Call

    from .cursor import Node
    from .values import Value

CALLS = 24  # functions within functions
ITERATORS = frozenset(
    "each map forEach filter select collect each_with_index flatMap flat_map times reject each_pair tap then".split()
)


class Machine(Effects):
    """Follows one program. A language's own module makes one from this (node.py, perl.py, ...).

    calls: a function's name -> what it does: a letter for each argument in the order of the row letters of commands.py
    ("w", "rw", "d*"), "$cp -r" for what the shell command does with the same arguments, "!name" for the method do_name,
    "+" before one of them: the arguments may be lists. pure: name -> a function of known values.
    methods: the same for members of a kind of Thing: "path.write".
    """

    methods: "Mapping[str, str]" = {}
    indexed = False  # whether a loop's last target is the value

    def follow(self, statements: "list[Node]") -> "str | None":
        """Follow a program: what it prints, None if that is unknown."""
        walker = self.program.call.walker
        before = len(walker.effects)
        try:
            self.statements(statements)
        except Jump:
            pass
        except (RecursionError, Unreadable):
            self.program.opaque("its text is more than is read")
            self.out = None
        if any(e.op == "opaque" and not e.candidates for e in walker.effects[before:]):
            found = self.candidates()
            for effect in walker.effects[before:]:
                if effect.op == "opaque" and not effect.candidates:
                    effect.candidates = found
        return None if self.out is None else "".join(self.out)

    def candidates(self) -> "tuple[str, ...]":
        """The texts of the program that look like paths."""
        from onetree.shell.words import Field

        call = self.program.call
        found = [text for text in self.constants if is_path(text) or is_there(call, text)][:40]
        return tuple(dict.fromkeys(path for text in found for path in call.absolute(Field(text, text))))

    def on_for(self, node: "Node") -> "Value":
        """A loop over a list, where that is known item by item."""
        self.loop(node[1], self.value(node[2]), node[3])
        return None

    def loop(self, targets: "list[Node]", values: "Value", body: "list[Node]") -> None:
        """Follow a body for each value."""
        known = self.listed(values)
        if known is not None and isinstance(values, list) and targets and targets[0][0] == "pair":
            known = [[index, one] for index, one in enumerate(known)]
        if known is None or len(known) > TURNS:
            for target in targets:
                self.assign(target, self.item(values))
            self.unknown_turns(body)
            return
        for item in known:
            if len(targets) > 1 and isinstance(item, list):
                for target, one in zip(targets, item, strict=False):
                    self.assign(target, one)
            elif targets and targets[0][0] == "pair":
                self.assign(targets[0][1], item[0] if isinstance(item, list) else None)
                self.assign(targets[0][2], item[1] if isinstance(item, list) and len(item) > 1 else item)
            elif targets:
                self.assign(targets[-1 if self.indexed else 0], item)
            if not self.turn(body):
                return

    def item(self, _values: "Value") -> "Value":
        """What an item of an unknown list is."""
        return None

    def listed(self, value: "Value") -> "list[Value] | None":
        """A value as a list."""
        if isinstance(value, list):
            return value
        if isinstance(value, dict):
            return [[key, item] for key, item in value.items()]
        return None

    def on_call(self, node: "Node") -> "Value":
        """A call: of a function of the program, of the language, or of what is not known."""
        target = node[1]
        if target[0] == "name" and target[1] not in self.defined:
            special = getattr(self, "call_" + target[1].replace("::", "_"), None)
            if special is not None and not self.known(target[1]):
                return special(node)
        return self.call(self.get(target[1]) if target[0] == "name" else self.value(target), node)

    def call(self, function: "Value", node: "Node") -> "Value":
        """Call a value with a node's arguments."""
        if isinstance(function, Choice):
            function = function.values[0]
        nodes, block = node[2], node[3]
        if isinstance(function, Thing) and function.kind == "module" and function.data in self.calls:
            function = Thing("fn", function.data)
        if isinstance(function, Thing) and function.kind == "fn":
            spec = self.calls.get(function.data)
            if spec is not None and spec.startswith("!"):
                found: Value = getattr(self, "do_" + spec[1:])(node, function.data)
                return found
        arguments = self.arguments(nodes)
        if isinstance(function, Thing):
            if function.kind == "func":
                return self.run(function.data, arguments)
            if function.kind == "fn":
                return self.invoke(function.data, arguments, node)
            if function.kind == "bound":
                return self.method(function.data, function.more, arguments, node)
        self.callbacks(arguments, block)
        return None

    def arguments(self, nodes: "list[Node]") -> "list[Value]":
        """The values of arguments, what is spread among them."""
        made: list[Value] = []
        for node in nodes:
            value = self.value(node)
            if node[0] == "un" and node[1] in ("...", "*") and isinstance(value, list):
                made.extend(value)
            else:
                made.append(value)
        return made

    def callbacks(self, arguments: "list[Value]", block: "Node | None") -> "Value":
        """Functions that are handed over may be called."""
        value = None
        for argument in arguments:
            if isinstance(argument, Thing) and argument.kind == "func":
                value = self.perhaps(argument.data, [])
        if block is not None:
            value = self.perhaps(block, [])
        return value

    def perhaps(self, node: "Node", arguments: "list[Value]") -> "Value":
        """Follow a function that will be called, with what is not known."""
        return self.run(node, arguments)

    def run(self, node: "Node", arguments: "list[Value]") -> "Value":
        """Follow a function of the program."""
        if len(self.scopes) > CALLS or self.running.count(id(node)) > 3:
            return None
        self.running.append(id(node))
        outer, doubt = self.scopes, self.doubt
        self.scopes = [*outer, self.bound(node[1], arguments)]
        try:
            return self.statements(node[2])
        except Jump as e:
            if e.kind in ("exit", "break"):
                raise
            return e.value
        finally:
            self.scopes, self.doubt = outer, doubt
            if self.running:
                self.running.pop()

    def bound(self, parameters: "list[Node]", arguments: "list[Value]") -> "dict[str, Value]":
        """A function's own variables at its beginning."""
        scope: dict[str, Value] = {}
        for index, parameter in enumerate(parameters):
            value = arguments[index] if index < len(arguments) else None
            if parameter[0] in ("name", "var"):
                scope[parameter[1]] = value
            elif parameter[0] in ("hash", "list", "array"):
                self.scopes.append(scope)
                self.assign(parameter, value)
                self.scopes.pop()
        return scope

    def invoke(self, name: str, arguments: "list[Value]", node: "Node") -> "Value":
        """A function of the language."""
        spec = self.calls.get(name)
        if spec is not None:
            value = self.act(name, spec, arguments)
            self.callbacks(arguments, node[3])
            return value
        made = self.pure.get(name)
        if made is not None:
            return self.worked_out(made, arguments)
        self.callbacks(arguments, node[3])
        return None

    def worked_out(self, function: "Callable[..., Value]", arguments: "list[Value]") -> "Value":
        """A function of known values, for each choice."""
        for index, argument in enumerate(arguments):
            if isinstance(argument, Choice):
                return choice(
                    [
                        self.worked_out(function, [*arguments[:index], one, *arguments[index + 1 :]])
                        for one in argument.values
                    ]
                )
        if None in arguments or any(isinstance(a, list) and None in a for a in arguments) or heavy(arguments):
            return None
        try:
            made = function(*[text_of(a) if isinstance(a, Thing) and a.kind == "path" else a for a in arguments])
        except (TypeError, ValueError, IndexError, KeyError, AttributeError, OverflowError, UnicodeError):
            return None
        return made if not isinstance(made, (str, list)) or len(made) <= SIZE else None

    def method(self, holder: "Value", name: str, arguments: "list[Value]", node: "Node") -> "Value":
        """A method of a value."""
        if isinstance(holder, Choice):
            return choice([self.method(one, name, arguments, node) for one in holder.values])
        if isinstance(holder, Thing):
            spec = self.methods.get(f"{holder.kind}.{name}")
            if spec is not None:
                if spec.startswith("!"):
                    found: Value = getattr(self, "do_" + spec[1:])(node, holder)
                    return found
                return self.act(name, spec, [text_of(holder), *arguments])
            if holder.kind == "func" and name in ("call", "apply", "()", "yield"):
                return self.run(holder.data, arguments[name == "apply" :])
        return self.plain_method(holder, name, arguments, node)

    def plain_method(self, holder: "Value", name: str, arguments: "list[Value]", node: "Node") -> "Value":
        """A method of a text or a list."""
        block = node[3] or next((a.data for a in arguments if isinstance(a, Thing) and a.kind == "func"), None)
        if block is not None and name in ITERATORS:
            return self.iterated(holder, name, block)
        made = self.pure.get("." + name)
        if made is not None and isinstance(holder, (str, list, int, float, dict)):
            return self.worked_out(made, [holder, *arguments])
        if isinstance(holder, list) and name in ("push", "append", "add") and None not in arguments:
            if len(holder) + len(arguments) > SIZE:
                return None
            holder.extend(arguments)
            return holder
        self.callbacks(arguments, node[3])
        return None

    def iterated(self, holder: "Value", name: str, block: "Node") -> "Value":
        """each, map, forEach: for each item that is known."""
        known = self.listed(holder)
        if isinstance(holder, int) and name == "times" and holder <= TURNS:
            known = list(range(holder))
        if known is None or len(known) > TURNS:
            self.doubt += 1
            try:
                self.run(block, [self.item(holder)])
            finally:
                self.doubt -= 1
            return None
        made = []
        for index, item in enumerate(known):
            given = item if isinstance(item, list) and len(block[1]) > 1 and name != "forEach" else [item, index]
            try:
                made.append(self.run(block, given))
            except Jump as e:
                if e.kind != "break":
                    raise
                break
        if name in ("map", "collect", "flatMap", "flat_map"):
            return made
        if name in ("filter", "select"):
            truths = [self.truth(one) for one in made]
            return None if None in truths else [item for item, true in zip(known, truths, strict=False) if true]
        return holder if name == "each" else None

    def do_leave(self, node: "Node", _name: str) -> "Value":
        """exit, die."""
        self.arguments(node[2])
        raise Jump("exit")

    def do_cwd(self, _node: "Node", _name: str) -> "Value":
        """The directory."""
        return self.program.call.state.folder


def is_there(call: "Call", text: str) -> bool:
    """Whether a text that does not look like a path is the name of something."""
    if not text.isidentifier() or len(text) > 60:
        return False
    return any(os.path.lexists(os.path.join(folder, text)) for folder in call.state.folders)
