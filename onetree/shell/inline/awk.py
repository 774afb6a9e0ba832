"""Awk programs (POSIX awk; gawk's manual for inplace, --sandbox, --source): where they print, and what they run.

Where the input is known and small, a program that prints to files is followed record by record.
"""

import os.path

from . import regexes, syntax
from .machine import Machine
from .tokens import Language
from .values import Jump, Thing, choice, number_of, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Program
    from .cursor import Node
    from .values import Value

AWK = Language("awk", line=("#",), full='"', regexes=True, newlines=True)
RECORDS = 300


class Awk(Machine):
    """Follows a program."""

    calls = {
        "system": "!system", "close": ".", "fflush": ".", "split": "!split", "sub": "!sub", "gsub": "!sub",
        "match": "!match", "sprintf": "!sprintf", "getline": ".", "length": "!length",
    }  # fmt: skip
    pure = {
        "tolower": str.lower, "toupper": str.upper, "index": lambda t, p: t.find(p) + 1,
        "substr": lambda t, at, size=None: _substr(str(t), at, size), "int": lambda n: int(float(n or 0)),
    }  # fmt: skip
    zero = ""
    program_name = "awk"

    def __init__(self, program: "Program", given: "dict[str, Value]") -> None:
        super().__init__(program)
        self.scopes[0].update({
            "ENVIRON": Thing("environ"), "FS": " ", "OFS": " ", "ORS": "\n", "NR": 0, "FNR": 0, "NF": None, "RS": "\n",
            "SUBSEP": "\x1c", "FILENAME": None, **given,
            "ARGV": {"0": program.call.name, **{str(k): a for k, a in enumerate(program.arguments, 1)}},
            "ARGC": len(program.arguments) + 1,
        })  # fmt: skip
        self.record: str | None = None
        self.fields: list[Value] | None = None

    def missing(self, name: str) -> "Value":
        """A variable that was not set is empty."""
        found = super().missing(name)
        return "" if found is None else found

    def read(self, line: str, file: str, number: int) -> None:
        """The next record."""
        scope = self.scopes[0]
        self.record = line
        by = scope.get("FS")
        if by == " ":
            self.fields = list(line.split())
        elif isinstance(by, str) and len(by) == 1 and by != "\\":
            self.fields = list(line.split(by)) if line else []
        else:
            found = regexes.made(by if isinstance(by, str) else None)
            self.fields = list(found.split(line)) if found is not None and regexes.fits(found, line) else None
        scope.update(
            {"NR": number, "FNR": number, "FILENAME": file, "NF": None if self.fields is None else len(self.fields)}
        )

    def on_field(self, node: "Node") -> "Value":
        """$n."""
        number = number_of(self.value(node[1]))
        if not isinstance(number, int):
            return None
        if number == 0:
            return self.record
        if self.fields is None:
            return None
        return self.fields[number - 1] if 0 < number <= len(self.fields) else ""

    def assign(self, target: "Node", value: "Value") -> None:
        """A field, a variable, an array's element."""
        if target[0] == "field":
            number = number_of(self.value(target[1]))
            if isinstance(number, int) and self.fields is not None and 0 < number <= len(self.fields):
                self.fields[number - 1] = value
                by, texts = text_of(self.get("OFS")), [text_of(one) for one in self.fields]
                self.record = None if None in texts or by is None else by.join(text or "" for text in texts)
            else:
                self.record = self.fields = None
            return
        if target[0] == "index" and target[1][0] == "name" and not self.known(target[1][1]):
            self.scopes[0][target[1][1]] = {}
        super().assign(target, value)

    def element(self, holder: "Value", key: "Value") -> "Value":
        """An element that was not set is empty."""
        if isinstance(holder, Thing) and holder.kind == "environ":
            return super().element(holder, key)
        if isinstance(key, list):
            texts = [text_of(one) for one in key]
            key = None if None in texts else "\x1c".join(text or "" for text in texts)
        name = text_of(key)
        if name is None or holder is None:
            return None
        return holder.get(name, "") if isinstance(holder, dict) else ""

    def listed(self, value: "Value") -> "list[Value] | None":
        """For (k in a) goes over the keys."""
        return list(value) if isinstance(value, dict) else None

    def operate(self, operator: str, left: "Value", right: "Value") -> "Value":
        """What is empty counts as 0."""
        if operator in ("+", "-", "*", "/", "%", "^"):
            left = 0 if left == "" else left
            right = 0 if right == "" else right
            operator = "**" if operator == "^" else operator
        if operator == "in":
            return text_of(left) in right if isinstance(right, dict) and text_of(left) is not None else None
        if operator in ("==", "!=", "<", ">", "<=", ">=") and (left == "" or right == "") and left != right:
            left = 0 if left == "" and isinstance(right, (int, float)) else left
            right = 0 if right == "" and isinstance(left, (int, float)) else right
        return super().operate(operator, left, right)

    def compare(self, operator: str, left: "Value", right: "Value") -> "Value":
        """Fields that look like numbers compare as numbers; texts as texts."""
        return super().compare(operator, left, right)

    def on_bin(self, node: "Node") -> "Value":
        """X ~ y."""
        if node[1] in ("~", "!~"):
            left, right = self.value(node[2]), self.value(node[3])
            pattern = right.data if isinstance(right, Thing) and right.kind == "regex" else text_of(right)
            found = regexes.search(pattern, "", text_of(left))
            return None if found is None else bool(found) != (node[1] == "!~")
        return super().on_bin(node)

    def truth(self, value: "Value") -> "bool | None":
        """A bare expression matches the record."""
        if isinstance(value, Thing) and value.kind == "regex":
            found = regexes.search(value.data, "", self.record)
            return None if found is None else bool(found)
        if isinstance(value, str) and value.strip("0. ") == "" and value.strip():
            return None if value != "0" else False
        return super().truth(value)

    def on_name(self, node: "Node") -> "Value":
        """Exit and next; length alone."""
        if node[1] in ("exit", "nextfile"):
            raise Jump("exit" if node[1] == "exit" else "next")
        if node[1] == "length" and not self.known("length"):
            return None if self.record is None else len(self.record)
        return super().on_name(node)

    def on_output(self, node: "Node") -> "Value":
        """print, printf, with where it goes."""
        _, name, target, nodes = node
        values = self.arguments(nodes)
        if name == "printf":
            made: Value = self.formatted(values)
        else:
            texts = [text_of(value) for value in values] if nodes else [self.record]
            by, end = text_of(self.get("OFS")), text_of(self.get("ORS"))
            made = None if None in texts or by is None or end is None else by.join(t or "" for t in texts) + end
        if target is None:
            self.printed(made)
            return None
        value = self.value(target[2])
        if target[1] in ("|", "|&"):
            self.piped(value, made)
        else:
            self.effect("w", value, f"{name} {target[1]}")
        return None

    def piped(self, command: "Value", text: "Value") -> None:
        """Print | command: the command reads what is printed."""
        call = self.program.call
        before = call.state
        call.state = before.copy()
        call.state.piped, call.state.text = True, None
        del text  # more may be printed to the same command
        try:
            self.shell(command)
        finally:
            call.state = before

    def on_getline(self, node: "Node") -> "Value":
        """getline, from a file or a command."""
        if node[2]:
            self.shell(self.value(node[1]))
        elif node[1] is not None:
            self.effect("r", self.value(node[1]), "getline <")
        else:
            self.record = self.fields = None
        return None

    def formatted(self, values: "list[Value]") -> "Value":
        """Printf's text."""
        if not values or not isinstance(values[0], str):
            return None
        rest = [number_of(v) if k in "di" else v for k, v in zip(_kinds(values[0]), values[1:], strict=False)]
        return self.worked_out(lambda form, *given: form.replace("%i", "%d") % given, [values[0], *rest])

    def do_sprintf(self, node: "Node", _name: str) -> "Value":
        """Sprintf."""
        return self.formatted(self.arguments(node[2]))

    def do_system(self, node: "Node", _name: str) -> "Value":
        """System."""
        self.printed(self.shell(self.value(node[2][0])) if node[2] else "")

    def do_length(self, node: "Node", _name: str) -> "Value":
        """Length."""
        value = self.value(node[2][0]) if node[2] else self.record
        return len(value) if isinstance(value, (str, dict)) else None

    def do_split(self, node: "Node", _name: str) -> "Value":
        """split(text, array, by)."""
        nodes = node[2]
        if len(nodes) < 2 or nodes[1][0] != "name":
            return None
        text, by = text_of(self.value(nodes[0])), self.value(nodes[2]) if len(nodes) > 2 else self.get("FS")
        by = by.data if isinstance(by, Thing) and by.kind == "regex" else by
        parts: list[str] | None = None
        if text is not None and isinstance(by, str):
            if by == " ":
                parts = text.split()
            elif len(by) == 1:
                parts = text.split(by) if text else []
        self.put(nodes[1][1], None if parts is None else {str(k + 1): part for k, part in enumerate(parts)})
        return None if parts is None else len(parts)

    def do_sub(self, node: "Node", name: str) -> "Value":
        """sub, gsub: of a variable, or of the record."""
        nodes = node[2]
        if len(nodes) < 2:
            return None
        old, new = self.value(nodes[0]), text_of(self.value(nodes[1]))
        target: Node = nodes[2] if len(nodes) > 2 else ("field", ("num", "0"))
        text = text_of(self.value(target))
        pattern = old.data if isinstance(old, Thing) and old.kind == "regex" else text_of(old)
        made = None
        if pattern is not None and new is not None and "&" not in new:
            made = regexes.replaced(pattern, text, new, "g" if name == "gsub" else "")
        if target == ("field", ("num", "0")):
            self.record, self.fields = made, None
        else:
            self.assign(target, made)
        return None

    def do_match(self, node: "Node", _name: str) -> "Value":
        """match: where, is not worked out."""
        self.arguments(node[2])
        self.scopes[0].update({"RSTART": None, "RLENGTH": None})


def _substr(text: str, at: "Value", size: "Value") -> str:
    start = max(int(at) - 1, 0)
    return text[start:] if size is None else text[start : max(int(at) - 1 + int(size), 0)]


def _kinds(form: str) -> str:
    """The letters of a format's conversions."""
    made, i = "", 0
    while i < len(form):
        if form[i] == "%":
            i += 1
            while i < len(form) and form[i] in "-+ #0123456789.":
                i += 1
            if form[i : i + 1] != "%":
                made += form[i : i + 1]
        i += 1
    return made


def run(program: "Program", given: "dict[str, Value] | None" = None) -> "str | None":
    """Follow a program: as a whole, and record by record if that tells more and the input is known."""
    nodes = syntax.read(program.text, AWK)
    given = given or {}
    walker = program.call.walker
    mark = walker.mark()
    if not any(node[0] == "rule" or node[0] != "def" for node in nodes):
        return ""
    printed = _whole(Awk(program, given), nodes)
    begin_only = all(node[0] == "def" or _is(node, "BEGIN") for node in nodes)
    if begin_only:
        return printed
    records = _records(program)
    if records is None or len(records) > RECORDS:
        return None
    walker.undo(mark)
    return _each(Awk(program, given), nodes, records)


def _is(node: "Node", name: str) -> bool:
    return bool(node[0] == "rule" and node[1] == ("name", name))


def _rules(nodes: "list[Node]", name: str) -> "list[Node]":
    return [statement for node in nodes if _is(node, name) for statement in node[2]]


def _main(nodes: "list[Node]") -> "list[Node]":
    """The rules for each record, as ifs."""
    made: list[Node] = []
    for node in nodes:
        if node[0] == "def" or _is(node, "BEGIN") or _is(node, "END"):
            continue
        if node[0] == "rule":
            made.append(("if", [(node[1], node[2])], []) if node[1] is not None else ("do", node[2]))
        else:
            made.append(("if", [(node, [("output", "print", None, [])])], []))
    return made


def _whole(machine: Awk, nodes: "list[Node]") -> "str | None":
    """A program whose input is unknown."""
    main = _main(nodes)
    definitions = [node for node in nodes if node[0] == "def"]

    begin = [*definitions, *_rules(nodes, "BEGIN")]
    printed = machine.follow([*begin])
    if main or _rules(nodes, "END"):
        machine.forget(main)
        machine.scopes[0].update({"NR": None, "FNR": None, "FILENAME": _file_name(machine.program), "NF": None})
        if main:
            machine.follow([("counted", None, ("nothing",), None, main)])
        machine.forget(main)
        machine.follow(_rules(nodes, "END"))
        return None
    return printed


def _file_name(program: "Program") -> "Value":
    """FILENAME, where there is one operand or a few."""
    return choice([name for name in program.arguments if name is None or "=" not in name]) if program.arguments else ""


def _records(program: "Program") -> "list[tuple[str, str]] | None":
    """(record, file), if all the input is known."""
    call = program.call
    made: list[tuple[str, str]] = []
    for name in program.arguments:
        if name is not None and "=" in name:
            return None
        places = [] if name is None else [os.path.join(folder, name) for folder in call.state.folders]
        text = call.walker.file(places[0]) if len(places) == 1 else None
        if text is None:
            return None
        made.extend((line, name or "") for line in text.splitlines())
    if not program.arguments:
        if not call.state.piped or call.state.text is None:
            return None
        made.extend((line, "") for line in call.state.text.splitlines())
    return made


def _each(machine: Awk, nodes: "list[Node]", records: "list[tuple[str, str]]") -> "str | None":
    """A program with its records."""
    main = _main(nodes)
    machine.follow([*(node for node in nodes if node[0] == "def"), *_rules(nodes, "BEGIN")])
    if not isinstance(machine.scopes[0].get("RS"), str) or machine.scopes[0]["RS"] != "\n":
        machine.program.opaque("how its input is parted into records is not followed")
        return None
    effects = machine.program.call.walker.effects
    noted = len(effects)
    for number, (line, file) in enumerate(records):
        machine.read(line, file, number + 1)
        try:
            machine.statements(main)
        except Jump as e:
            if e.kind == "exit":
                break
        except Exception:  # noqa: RUF100 - follow() says what it means
            machine.program.opaque("its text is more than is read")
            return None
        if any(effect.op == "opaque" for effect in effects[noted:]):
            machine.out = None
            break
    return machine.follow(_rules(nodes, "END"))
