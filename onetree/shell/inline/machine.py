"""What a program does to files: its statements are followed with the values that can be known, and nothing is run.

A value is a text, a number, a list, a dict, True or False, a Thing (a module, an open file, a function, a path), a
Choice of values, or None if it is unknown. Where the way is unknown, all ways are followed and none is certain.
"""

import time

from .tokens import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from . import Program
    from .syntax import Node

    Value = Any

STEPS = 30000
TURNS = 300  # of one loop
SIZE = 65536
CHOICES = 8
CALLS = 24  # functions within functions
READ_MODES = ("r", "<", "rb", "rt", "r:utf-8", "read")


class Thing:
    """A value that has a kind: module, fn (of the language, by its name), func (of the program), handle, path."""

    __slots__ = ("data", "kind", "more")

    def __init__(self, kind: str, data: "Value" = None, more: "Value" = None) -> None:
        self.kind = kind
        self.data = data
        self.more = more


class Choice:
    """One of several values."""

    __slots__ = ("values",)

    def __init__(self, values: "tuple[Value, ...]") -> None:
        self.values = values


class Jump(Exception):
    """Break, next, return, exit."""

    def __init__(self, kind: str, value: "Value" = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.value = value


def choice(values: "Iterable[Value]") -> "Value":
    """One value, or a Choice; unknown if one is unknown, or if they are too many."""
    made: list[Value] = []
    for value in values:
        for one in value.values if isinstance(value, Choice) else (value,):
            if one is None:
                return None
            if not any(one is other or (type(one) is type(other) and one == other) for other in made):
                made.append(one)
    return made[0] if len(made) == 1 else Choice(tuple(made)) if 0 < len(made) <= CHOICES else None


def text_of(value: "Value") -> "str | None":
    """A value as the text that the languages make of it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, Thing) and value.kind == "path":
        return text_of(value.data)
    return None


def number_of(value: "Value") -> "int | float | None":
    """A value as a number."""
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str) and len(value) < 40:
        try:
            return int(value) if value.strip().lstrip("-").isdigit() else float(value)
        except ValueError:
            return None
    return None


class Machine:
    """Follows one program. A language's own module makes one from this (node.py, perl.py, ...).

    calls: a function's name -> what it does: a letter for each argument in the order of the row letters of commands.py
    ("w", "rw", "d*"), "$cp -r" for what the shell command does with the same arguments, "!name" for the method do_name,
    "+" before one of them: the arguments may be lists. pure: name -> a function of known values.
    methods: the same for members of a kind of Thing: "path.write".
    """

    calls: "Mapping[str, str]" = {}
    pure: "Mapping[str, Callable[..., Value]]" = {}
    methods: "Mapping[str, str]" = {}
    modules: "Iterable[str]" = ()
    zero: "Value" = None

    def __init__(self, program: "Program") -> None:
        self.program = program
        self.scopes: list[dict[str, Value]] = [{}]
        self.defined: dict[str, Node] = {}
        self.out: list[str] | None = []
        self.doubt = 0
        self.steps = 0
        self.level = 0
        self.constants: dict[str, None] = {}
        self.touched: dict[str, None] = {}
        self.running: list[int] = []
        self.done = False

    # -- the way -------------------------------------------------------------------------------------------------------

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
        found = [text for text in self.constants if is_path(text)][:40]
        return tuple(dict.fromkeys(path for text in found for path in call.absolute(Field(text, text))))

    def statements(self, nodes: "list[Node]") -> "Value":
        """Follow statements in order; functions may be called before they are defined. The last one's value."""
        for node in nodes:
            if node[0] == "def":
                self.define(node)
        value = None
        for node in nodes:
            value = self.value(node)
        return value

    def define(self, node: "Node") -> None:
        """Note a function."""
        self.defined[node[1]] = ("func", node[2], node[3])

    def tick(self) -> None:
        """One step more; too many are the end."""
        self.steps += 1
        if self.steps > STEPS or (not self.steps % 256 and time.monotonic() > self.program.call.walker.deadline):
            raise Unreadable("too many steps")

    def value(self, node: "Node | None") -> "Value":
        """A node's value; what it does is noted on the way."""
        if node is None:
            return None
        self.tick()
        handler = getattr(self, "on_" + node[0].replace("-", "_"), None)
        return handler(node) if handler else None

    def doubtful(self, nodes: "list[Node]") -> "Value":
        """Follow what only may happen, in the scopes as they are."""
        self.doubt += 1
        length = len(self.running)
        try:
            return self.statements(nodes)
        except Jump as e:
            if e.kind == "exit":
                return None
            return e.value
        finally:
            del self.running[length:]
            self.doubt -= 1

    def ways(self, ways: "list[list[Node]]", *, complete: bool) -> "Value":
        """Follow several ways of which one is taken, or none."""
        before = [dict(scope) for scope in self.scopes]
        ends: list[list[dict[str, Value]]] = [] if complete else [before]
        values: list[Value] = []
        out = None if self.out is None else list(self.out)
        for way in ways:
            self.restore(before)
            if way:
                values.append(self.doubtful(way))
            ends.append([dict(scope) for scope in self.scopes])
        if self.out != out:
            self.out = None
        for level, scope in enumerate(self.scopes):
            names = dict.fromkeys(name for end in ends for name in end[level])
            scope.clear()
            for name in names:
                scope[name] = choice([end[level].get(name) if name in end[level] else self.zero for end in ends])
        return choice(values) if complete and values else None

    def restore(self, scopes: "list[dict[str, Value]]") -> None:
        """Put the variables back."""
        for scope, kept in zip(self.scopes, scopes, strict=False):
            scope.clear()
            scope.update(kept)

    # -- statements ----------------------------------------------------------------------------------------------------

    def on_do(self, node: "Node") -> "Value":
        """A block."""
        return self.statements(node[1])

    def on_nothing(self, _node: "Node") -> "Value":
        """What was not understood."""
        return None

    def on_rule(self, node: "Node") -> "Value":
        """A pattern with an action."""
        self.value(node[1])
        return self.statements(node[2])

    def on_def(self, node: "Node") -> "Value":
        """Defined already."""
        self.define(node)
        return None

    def on_if(self, node: "Node") -> "Value":
        """If: the ways that are possible."""
        ways: list[list[Node]] = []
        for condition, body in node[1]:
            known = self.truth(self.value(condition))
            if known is False:
                continue
            if known is True and not ways:
                return self.statements(body)
            ways.append(body)
            if known is True:
                return self.ways(ways, complete=True)
        if not ways:
            return self.statements(node[2])
        ways.append(node[2])
        return self.ways(ways, complete=True)

    def on_cond(self, node: "Node") -> "Value":
        """A ? b : c."""
        return self.on_if(("if", [(node[1], [node[2]])], [node[3]]))

    def on_while(self, node: "Node") -> "Value":
        """A loop: as often as it is known to turn."""
        for _ in range(TURNS):
            known = self.truth(self.value(node[1]))
            if known is False:
                return None
            if known is None:
                break
            if not self.turn(node[2]):
                return None
        self.unknown_turns(node[2])
        return None

    def on_counted(self, node: "Node") -> "Value":
        """For (a; b; c)."""
        self.value(node[1])
        for _ in range(TURNS):
            known = self.truth(self.value(node[2])) if node[2] else True
            if known is False:
                return None
            if known is None:
                break
            if not self.turn(node[4]):
                return None
            self.value(node[3])
        self.unknown_turns([*node[4], *([node[3]] if node[3] else [])])
        return None

    def unknown_turns(self, body: "list[Node]") -> None:
        """What a loop may do that turns as often as it will: what it changes is unknown."""
        self.forget(body)
        self.ways([body], complete=False)

    def forget(self, body: "list[Node]") -> None:
        """What a loop assigns from what it assigned itself is unknown."""
        for name in assigned(body):
            for scope in self.scopes:
                if name in scope and not isinstance(scope[name], Thing):
                    scope[name] = None

    def turn(self, body: "list[Node]") -> bool:
        """One turn of a loop; False if it was the last."""
        try:
            self.statements(body)
        except Jump as e:
            if e.kind == "break":
                return False
            if e.kind != "next":
                raise
        return True

    def on_for(self, node: "Node") -> "Value":
        """A loop over a list, where that is known item by item."""
        self.loop(node[1], self.value(node[2]), node[3])
        return None

    def loop(self, targets: "list[Node]", values: "Value", body: "list[Node]") -> None:
        """Follow a body for each value."""
        known = self.listed(values)
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

    indexed = False  # whether a loop's last target is the value

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

    def on_return(self, node: "Node") -> "Value":
        """Leave the function."""
        raise_ = Jump("return", self.value(node[1]))
        raise raise_

    def on_jump(self, node: "Node") -> "Value":
        """Leave the loop or its turn."""
        raise Jump(node[1])

    def on_try(self, node: "Node") -> "Value":
        """Try, then what catches and what comes finally."""
        value = self.statements(node[1])
        for one in node[2]:
            self.value(one)
        return value

    # -- expressions ---------------------------------------------------------------------------------------------------

    def on_str(self, node: "Node") -> "Value":
        """A string with what is interpolated into it."""
        made: Value = ""
        for part in node[1]:
            if isinstance(part, str):
                piece: Value = part
                if len(part) < 256:
                    self.constants[part] = None
            else:
                piece = self.joined(self.value(part))
            made = self.concat(made, piece)
        if isinstance(made, str) and len(made) < 256:
            self.constants[made] = None
        return made

    def joined(self, value: "Value") -> "Value":
        """What a value becomes within a string."""
        if isinstance(value, list):
            texts = [text_of(item) for item in value]
            return None if None in texts else " ".join(text or "" for text in texts)
        return value

    def on_cmd(self, node: "Node") -> "Value":
        """Backquotes: a shell command's output."""
        return self.shell(self.on_str(node))

    def shell(self, text: "Value") -> "Value":
        """Follow shell commands; what they print."""
        printed = None
        for one in self.each(text):
            self.doubted(one, text)
            printed = self.counted(self.program.shell, text_of(one), unsure=isinstance(text, Choice))
        return printed if not isinstance(text, Choice) else None

    def doubted(self, _one: "Value", _all: "Value") -> None:
        """Note that a command was given."""

    def counted(self, act: "Callable[[Value], Value]", given: "Value", *, unsure: bool = False) -> "Value":
        """Do something in the shell's state, which is not certain if this is not."""
        state = self.program.call.state
        before = state.certain
        state.certain = before and not self.doubt and not unsure
        try:
            return act(given)
        finally:
            state.certain = before

    def on_num(self, node: "Node") -> "Value":
        """A number."""
        try:
            return int(node[1], 0)
        except ValueError:
            try:
                return float(node[1])
            except ValueError:
                try:
                    return int(node[1], 8)
                except ValueError:
                    return None

    def on_regex(self, node: "Node") -> "Value":
        """A regular expression."""
        return Thing("regex", node[1], node[2])

    def on_list(self, node: "Node") -> "Value":
        """A list; what is spread into it is part of it."""
        made: list[Value] = []
        for item in node[1]:
            value = self.value(item)
            if item[0] == "un" and item[1] in ("...", "*"):
                if not isinstance(value, (list, str)):
                    return None
                made.extend(value)
            else:
                made.append(value)
        return made

    on_array = on_list

    def on_hash(self, node: "Node") -> "Value":
        """A dict."""
        made: dict[Value, Value] = {}
        for key, value in node[1]:
            name = self.value(key)
            found = self.value(value)
            if isinstance(name, (str, int, float)):
                made[str(name)] = found
        return made

    def on_func(self, node: "Node") -> "Value":
        """A function as a value."""
        return Thing("func", node)

    def on_set(self, node: "Node") -> "Value":
        """An assignment."""
        operator, target = node[1], node[2]
        value = self.value(node[3])
        if operator != "=":
            old = self.value(target)
            if operator in ("||=", "??=", "//="):
                value = old if self.truth(old) else value if old is self.zero else choice([old, value])
            else:
                value = self.operate(operator[:-1], old, value)
        self.assign(target, value)
        return value

    def on_post(self, node: "Node") -> "Value":
        """x++: the value that it had."""
        value = self.value(node[2])
        value = 0 if value == "" else value
        self.assign(node[2], self.operate(node[1], value, 1))
        return value

    def assign(self, target: "Node", value: "Value") -> None:
        """Give a variable, or each of a list, its value."""
        kind = target[0]
        if kind in ("var", "name"):
            self.put(target[1], value)
        elif kind in ("list", "array"):
            known = value if isinstance(value, list) else []
            for index, one in enumerate(target[1]):
                self.assign(one, known[index] if index < len(known) else None)
        elif kind == "hash":
            for key, one, *_ in target[1]:
                name = key[1][0] if key[0] == "str" and key[1] else ""
                self.assign(one, self.member(value, name) if isinstance(name, str) else None)
        elif kind in {"un", "set"}:
            self.assign(target[2], value)
        elif kind == "index":
            holder, key = self.value(target[1]), self.value(target[2])
            if holder is None and target[1][0] in ("var", "name") and not self.known(target[1][1]):
                holder = {}
                self.put(target[1][1], holder)
            if isinstance(holder, dict) and isinstance(key, (str, int)):
                holder[str(key)] = value
            elif isinstance(holder, list) and isinstance(key, int) and 0 <= key < len(holder):
                holder[key] = value
            elif target[1][0] in ("var", "name") and not isinstance(holder, Thing):
                self.put(target[1][1], None)
        elif kind == "attr":
            holder = self.value(target[1])
            if isinstance(holder, dict):
                holder[target[2]] = value

    def put(self, name: str, value: "Value") -> None:
        """Set a variable where it is, or here."""
        if isinstance(value, str) and len(value) > SIZE:
            value = None
        for scope in reversed(self.scopes):
            if name in scope:
                scope[name] = value
                return
        self.scopes[-1][name] = value

    def get(self, name: str) -> "Value":
        """A variable's value."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return self.missing(name)

    def missing(self, name: str) -> "Value":
        """What a name is that the program did not set."""
        if name in self.defined:
            return Thing("func", self.defined[name])
        if name in self.modules:
            return Thing("module", name)
        if name in self.calls or name in self.pure:
            return Thing("fn", name)
        return None

    def on_var(self, node: "Node") -> "Value":
        """A variable."""
        return self.get(node[1])

    def on_name(self, node: "Node") -> "Value":
        """A name: a variable, a function, a constant."""
        word = node[1]
        if word in ("true", "True", "TRUE", "false", "False", "FALSE"):
            return word.lower() == "true"
        return self.get(word)

    def on_attr(self, node: "Node") -> "Value":
        """A member."""
        return self.member(self.value(node[1]), node[2])

    def member(self, holder: "Value", name: str) -> "Value":
        """A value's member; methods of things and texts are functions."""
        if isinstance(holder, dict):
            if name in holder:
                return holder[name]
            return Thing("bound", holder, name)
        if isinstance(holder, Thing) and holder.kind == "module":
            return self.of_module(holder.data, name)
        if isinstance(holder, Choice):
            return choice([self.member(one, name) for one in holder.values])
        return Thing("bound", holder, name)

    def of_module(self, module: str, name: str) -> "Value":
        """A module's member."""
        full = f"{module}.{name}"
        if full in self.modules:
            return Thing("module", full)
        return Thing("fn", full)

    def on_index(self, node: "Node") -> "Value":
        """An element."""
        return self.element(self.value(node[1]), self.value(node[2]))

    def element(self, holder: "Value", key: "Value") -> "Value":
        """An element of a list, a dict or a text."""
        if isinstance(key, Choice):
            return choice([self.element(holder, one) for one in key.values])
        if isinstance(holder, dict):
            name = text_of(key)
            return None if name is None else holder.get(name)
        if isinstance(holder, (list, str)):
            number = number_of(key)
            if isinstance(number, int) and -len(holder) <= number < len(holder):
                return holder[number]
            return None
        if isinstance(holder, Thing) and holder.kind == "environ":
            return self.environ(text_of(key))
        if isinstance(holder, Thing) and holder.kind == "module" and isinstance(key, str):
            return self.of_module(holder.data, key)
        return None

    def environ(self, name: "str | None") -> "Value":
        """A variable of the environment, as the shell knows it."""
        from onetree.shell.words import Unknown

        if not name:
            return None
        try:
            found = self.program.call.state.lookup(name)
        except Unknown:
            return None
        return found if isinstance(found, str) else None

    def on_un(self, node: "Node") -> "Value":
        """A prefix operator."""
        operator = node[1]
        value = self.value(node[2])
        if operator in ("!", "not"):
            known = self.truth(value)
            return None if known is None else not known
        if operator == "-":
            number = number_of(value)
            return None if number is None else -number
        if operator in ("++", "--"):
            self.assign(node[2], self.operate(operator[0], value, 1))
            return self.value(node[2]) if node[2][0] in ("var", "name") else None
        if operator in ("typeof", "defined", "ref", "~", "delete"):
            return None
        return value

    def on_bin(self, node: "Node") -> "Value":
        """An operator with two operands."""
        operator = node[1]
        left = self.value(node[2])
        if operator in ("&&", "and", "||", "or", "//", "??"):
            known = self.truth(left)
            if operator in ("//", "??"):
                known = None if left is None else left is not self.zero
            if known is not None:
                if known == (operator in ("&&", "and")):
                    return self.value(node[3])
                return left
            right = self.ways([[node[3]]], complete=False)
            return choice([left, right]) if operator in ("||", "or", "//", "??") else None
        right = self.value(node[3])
        if operator in ("=~", "!~"):
            return self.match(node[2], left, right, negated=operator == "!~")
        return self.operate(operator, left, right)

    def match(self, _target: "Node", _left: "Value", _right: "Value", *, negated: bool) -> "Value":
        """A regular expression's match; unknown here."""
        del negated
        return None

    def operate(self, operator: str, left: "Value", right: "Value") -> "Value":
        """An operator's result, for each choice."""
        if isinstance(left, Choice):
            return choice([self.operate(operator, one, right) for one in left.values])
        if isinstance(right, Choice):
            return choice([self.operate(operator, left, one) for one in right.values])
        if operator == ".":
            return self.concat(left, right)
        if left is None or right is None:
            return None
        if operator == "+" and (isinstance(left, str) or isinstance(right, str)) and self.plus_joins:
            return self.concat(left, right)
        if operator in ("+", "-") and isinstance(left, list) and isinstance(right, list):
            return left + right if operator == "+" else None
        if operator == "<<" and isinstance(left, str):
            return self.concat(left, right)
        if operator == "/" and isinstance(left, Thing) and left.kind == "path":
            return self.path_join(left, right)
        if operator in ("..", "..."):
            return self.span(left, right, exclusive=operator == "..." and self.program_name == "ruby")
        if operator in ("x", "*") and isinstance(left, (str, list)):
            times = number_of(right)
            return left * int(times) if times is not None and 0 <= times * len(left) <= SIZE else None
        if operator in ("eq", "ne", "==", "!=", "===", "!==", "lt", "gt", "le", "ge", "<", ">", "<=", ">="):
            return self.compare(operator, left, right)
        return arithmetic(operator, number_of(left), number_of(right))

    plus_joins = False
    program_name = ""

    def path_join(self, left: "Value", right: "Value") -> "Value":
        """Two parts of a path."""
        first, second = text_of(left), text_of(right)
        if first is None or second is None:
            return None
        return Thing("path", second if second.startswith("/") else first.rstrip("/") + "/" + second)

    def span(self, left: "Value", right: "Value", *, exclusive: bool) -> "Value":
        """a..b."""
        first, last = number_of(left), number_of(right)
        if isinstance(first, int) and isinstance(last, int):
            if last - first > TURNS:
                return None
            return list(range(first, last + (not exclusive)))
        if isinstance(left, str) and isinstance(right, str) and len(left) == len(right) == 1:
            return [chr(c) for c in range(ord(left), ord(right) + 1)]
        return None

    def compare(self, operator: str, left: "Value", right: "Value") -> "Value":
        """A comparison of known values."""
        if isinstance(left, (Thing, list, dict)) or isinstance(right, (Thing, list, dict)):
            return None
        a: Value = number_of(left)
        b: Value = number_of(right)
        if operator in ("eq", "ne", "lt", "gt", "le", "ge") or a is None or b is None:
            a, b = text_of(left), text_of(right)
        if a is None or b is None:
            return None
        order = {"eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "===": "==", "!==": "!="}
        operator = order.get(operator, operator)
        table = {"==": a == b, "!=": a != b, "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b}
        return table[operator]

    def concat(self, left: "Value", right: "Value") -> "Value":
        """Two texts joined."""
        if isinstance(left, Choice) or isinstance(right, Choice):
            return choice([self.concat(a, b) for a in self.each(left) for b in self.each(right)])
        first, second = text_of(left), text_of(right)
        if first is None or second is None or len(first) + len(second) > SIZE:
            return None
        return first + second

    def truth(self, value: "Value") -> "bool | None":
        """Whether a value is true; None if unknown."""
        if isinstance(value, bool):
            return value
        if value is None or isinstance(value, Choice):
            return None
        if isinstance(value, (int, float)):
            return value != 0 if self.zero_is_false else True
        if isinstance(value, str):
            return value not in ("", "0") if self.zero_is_false else True
        return True

    zero_is_false = True

    def each(self, value: "Value") -> "tuple[Value, ...]":
        """The values of a choice."""
        return value.values if isinstance(value, Choice) else (value,)

    # -- calls ---------------------------------------------------------------------------------------------------------

    def on_call(self, node: "Node") -> "Value":
        """A call: of a function of the program, of the language, or of what is not known."""
        target = node[1]
        if target[0] == "name" and target[1] not in self.defined:
            special = getattr(self, "call_" + target[1].replace("::", "_"), None)
            if special is not None and not self.known(target[1]):
                return special(node)
        return self.call(self.get(target[1]) if target[0] == "name" else self.value(target), node)

    def known(self, name: str) -> bool:
        """Whether a variable has this name."""
        return any(name in scope for scope in self.scopes)

    def call(self, function: "Value", node: "Node") -> "Value":
        """Call a value with a node's arguments."""
        if isinstance(function, Choice):
            function = function.values[0]
        nodes, block = node[2], node[3]
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
        if None in arguments or any(isinstance(a, list) and None in a for a in arguments):
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

    # -- effects -------------------------------------------------------------------------------------------------------

    def act(self, name: str, spec: str, arguments: "list[Value]") -> "Value":
        """What a call does to its arguments."""
        arguments = [a for a in arguments if not (isinstance(a, Thing) and a.kind == "func")]
        if spec.startswith("$"):
            return self.like(name, spec[1:].split(), arguments)
        if spec.startswith("+"):
            spec = spec[1:]
            arguments = self.flat(arguments)
        roles = spec.partition(" ")[0]
        if roles.endswith("*"):
            roles = roles[:-1] + roles[-2] * max(0, len(arguments) - len(roles) + 1) if arguments else ""
        for role, argument in zip(roles, arguments, strict=False):
            self.effect(role, argument, name)
        return None

    def flat(self, arguments: "list[Value]") -> "list[Value]":
        """Arguments with the items of lists in their places."""
        made: list[Value] = []
        for argument in arguments:
            if isinstance(argument, list):
                made.extend(self.flat(argument))
            elif not isinstance(argument, dict):
                made.append(argument)
        return made

    def effect(self, role: str, value: "Value", via: str, *, certain: bool = True) -> None:
        """Note what a letter says of a path."""
        op = {"r": "read", "w": "write", "d": "delete", "m": "meta"}.get(role.lower())
        if op is None or isinstance(value, (bool, dict)):
            return
        values = self.each(value)
        for one in values:
            path = text_of(one)
            if path is None and isinstance(one, (list, Thing)):
                if isinstance(one, Thing) and one.kind in ("handle", "memory"):
                    continue
                path = None
            if path is not None:
                self.touched[path] = None
            if path is not None or op != "read":
                certain = certain and not self.doubt and len(values) == 1
                self.program.effect(op, path, via, tree=role.isupper(), certain=certain)

    def like(self, name: str, words: "list[str]", arguments: "list[Value]") -> "Value":
        """Do what a shell command does with the same operands."""
        walker = self.program.call.walker
        noted, trail = len(walker.commands), walker.trail
        walker.trail = (*trail, f"{self.program.shown}: {name}")
        try:
            lists = [self.each(one) for one in self.flat(arguments)]
            most = max((len(one) for one in lists), default=1)
            for k in range(most):
                operands = [text_of(one[min(k, len(one) - 1)]) for one in lists]
                operands = ["./" + one if one and one.startswith("-") else one for one in operands]
                self.counted(self.program.command, [*words, *operands], unsure=most > 1)
        finally:
            walker.trail = trail
            del walker.commands[noted:]
        return None

    def command(self, arguments: "list[Value]") -> "Value":
        """A program run without a shell."""
        texts = [text_of(one) for one in self.flat(arguments)]
        if not texts or texts[0] is None:
            self.program.opaque("it runs a command that is known only when it runs")
            return None
        return self.counted(self.program.command, texts)

    def execute(self, arguments: "list[Value]") -> "Value":
        """One text is for a shell; several are a program and its arguments."""
        arguments = self.flat(arguments)
        if len(arguments) == 1:
            return self.shell(arguments[0])
        return self.command(arguments)

    def printed(self, text: "Value") -> None:
        """Note what is printed."""
        found = text_of(text)
        if self.out is not None:
            self.out = None if found is None or self.doubt or len(self.out) > 2000 else [*self.out, found]

    def opened(self, path: "Value", mode: "Value", via: str) -> "Value":
        """Open a file: what it is opened for is in the mode."""
        modes = [text_of(one) for one in self.each(mode)]
        if None in modes:
            self.effect("w", path, f"{via} with an unknown mode", certain=False)
            return Thing("handle", path)
        for one in modes:
            role = "r" if is_reading(one or "r") else "w"
            self.effect(role, path, via if role == "r" else f"{via} {one}", certain=len(modes) == 1)
        return Thing("handle", path)

    def names_in(self, folder: "Value") -> "list[Value] | None":
        """The names in a folder of the tree, if they are few."""
        import os

        from onetree.shell.words import Field

        text = text_of(folder)
        places = [] if text is None else self.program.call.absolute(Field(text, text))
        if len(places) != 1:
            return None
        try:
            found = sorted(os.listdir(places[0]))
        except (OSError, ValueError):
            return None
        return list(found) if len(found) <= TURNS else None

    def matching(self, pattern: "Value") -> "list[Value] | None":
        """The names that a shell's pattern stands for."""
        from onetree.shell import words

        text = text_of(pattern)
        if text is None or any(c in text for c in "$`\"'\\()<>"):
            return None
        fields = [field for word in text.split() for field in words.expand(word, self.program.call.state)]
        if any(field.text is None for field in fields):
            return None
        return [field.text for field in fields if not ("*" in (field.text or "") or "?" in (field.text or ""))]

    def text_of_file(self, path: "Value") -> "str | None":
        """The text of a file that the program reads."""
        from onetree.shell.words import Field

        text = text_of(path)
        if text is None or self.touched.get(text):
            return None
        places = self.program.call.absolute(Field(text, text))
        return self.program.call.walker.file(places[0]) if len(places) == 1 else None


ITERATORS = frozenset(
    "each map forEach filter select collect each_with_index flatMap flat_map times reject each_pair tap then".split()
)


def is_reading(mode: str) -> bool:
    """Whether a mode of fopen's kind only reads (fopen(3))."""
    return not any(c in mode.lower().partition(":")[0] for c in "wa+x>c")


def arithmetic(operator: str, left: "int | float | None", right: "int | float | None") -> "Value":
    """Arithmetic on known numbers of modest size."""
    if left is None or right is None or abs(left) > 1e15 or abs(right) > 1e15:
        return None
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    if operator == "%" and right:
        return left % right
    if operator == "/" and right:
        made = left / right
        return int(made) if made.is_integer() else made
    if operator == "**" and abs(right) < 64 and abs(left) < 1000:
        return left**right
    return None


def assigned(nodes: "Iterable[Value]") -> "set[str]":
    """The names of variables that are assigned within some nodes."""
    made: set[str] = set()
    waiting: list[Value] = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            if len(node) > 2 and node[0] == "set" and node[2] and node[2][0] in ("var", "name"):
                made.add(node[2][1])
            waiting.extend(node)
        elif isinstance(node, list):
            waiting.extend(node)
    return made


def is_path(text: str) -> bool:
    """Whether a text looks like a file's name."""
    if not text or len(text) > 200 or any(c in text for c in " \t\n\"'<>|;(){}$=,\\*?"):
        return False
    name = text.rpartition("/")[2]
    return (
        ("/" in text and text.strip("/.") != "" and "://" not in text)
        or (name.startswith(".") and name[1:2].isalpha())
        or (name[:1] not in (".", "") and "." in name and name.rpartition(".")[2].isalnum() and not name[0].isdigit())
    )
