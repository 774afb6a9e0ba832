"""What a program's expressions are worth."""

from .flow import TURNS, Flow
from .values import SIZE, Choice, Thing, arithmetic, choice, number_of, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .cursor import Node
    from .values import Value


class Evaluation(Flow):
    """Expressions without calls."""

    calls: "Mapping[str, str]" = {}
    pure: "Mapping[str, Callable[..., Value]]" = {}
    modules: "Iterable[str]" = ()
    plus_joins = False
    program_name = ""

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
        if operator in ("/", "+") and isinstance(left, Thing) and left.kind == "path":
            return self.path_join(left, right)
        if operator == "+" and (isinstance(left, str) or isinstance(right, str)) and self.plus_joins:
            return self.concat(left, right)
        if operator in ("+", "-") and isinstance(left, list) and isinstance(right, list):
            return left + right if operator == "+" else None
        if operator == "<<" and isinstance(left, str):
            return self.concat(left, right)
        if operator in ("..", "..."):
            return self.span(left, right, exclusive=operator == "..." and self.program_name == "ruby")
        if operator in ("x", "*") and isinstance(left, (str, list)):
            times = number_of(right)
            return left * int(times) if times is not None and 0 <= times * len(left) <= SIZE else None
        if operator in ("eq", "ne", "==", "!=", "===", "!==", "lt", "gt", "le", "ge", "<", ">", "<=", ">="):
            return self.compare(operator, left, right)
        return arithmetic(operator, number_of(left), number_of(right))

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

    def each(self, value: "Value") -> "tuple[Value, ...]":
        """The values of a choice."""
        return value.values if isinstance(value, Choice) else (value,)

    def known(self, name: str) -> bool:
        """Whether a variable has this name."""
        return any(name in scope for scope in self.scopes)
