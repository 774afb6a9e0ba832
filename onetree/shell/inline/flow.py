"""The way of a program through its statements, where it is known; where it is not, all ways and none certain."""

from .tokens import Unreadable
from .values import SIZE, Choice, Jump, Thing, assigned, choice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Program
    from .cursor import Node
    from .values import Value

STEPS = 30000
TURNS = 300  # of one loop


class Flow:
    """Statements, with the scopes of the variables."""

    zero: "Value" = None
    zero_is_false = True

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
        if self.steps > STEPS or self.program.call.walker.deadline.passed():
            raise Unreadable("too many steps")

    def value(self, node: "Node | None") -> "Value":
        """A node's value; what it does is noted on the way."""
        if node is None:
            return None
        self.tick()
        handler = getattr(self, "on_" + node[0].replace("-", "_"), None)
        made: Value = handler(node) if handler else None
        return None if isinstance(made, (list, dict)) and len(made) > SIZE else made

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
