"""Compound commands: if, case, while, until, for, groups, subshells, [[ ]] and (( )).

Where one of several ways is taken, and it is not known which, each is walked from the state before, its effects are
not certain, and what differs afterwards is unknown.
"""

from . import words
from .form import Compound, Node, Opaque, Sequence, Span
from .state import State, together
from .words import Field, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .walker import Walker

LOOPS = 200  # words that a `for` is walked for one by one


def walk(walker: "Walker", node: Compound, state: State) -> "str | None":
    """Walk what a compound command holds."""
    if node.kind == "subshell":
        way = state.copy()
        printed = walker.walk(node.parts[0][1], way)
        walker.end(way)
        state.status = way.status
        return printed
    if node.kind == "group":
        return walker.walk(node.parts[0][1], state)
    if node.kind == "for":
        return _loop(walker, node, state)
    if node.kind == "case":
        return _case(walker, node, state)
    if node.kind == "if":
        return _branches(walker, node.parts, state)
    return _repeated(walker, node, state)


def _branches(walker: "Walker", parts: "list[tuple[str, Node]]", state: State) -> "str | None":
    """Walk an if: the one branch that is taken, or all that may be."""
    walked: list[State] = []
    printed: str | None = ""
    for keyword, part in parts:
        if keyword in ("if", "elif"):
            walker.guarded(part, state)
            if state.flow:
                break
            continue
        taken = None if keyword == "then" and state.status is None else keyword == "else" or state.status == 0
        if taken is False:
            continue
        if taken and not walked:
            return walker.walk(part, state)
        way = state.copy()
        way.certain = False
        printed = None
        walker.walk(part, way)
        walked.append(way)
        if taken:
            break
    for way in walked:
        state.merge(way)
    state.status = None if walked else 0
    return printed


def _case(walker: "Walker", node: Compound, state: State) -> "str | None":
    """Walk a case: the clause that matches, or all that may."""
    subject: str | None = None
    for span in node.words or []:
        walker.here = walker.span(span)
        try:
            subject = words.value(walker.text[slice(*span)], state)
        except Unknown:
            words.visit(walker.text[slice(*span)], state)
    possible: list[Node] = []
    for (patterns, end), (_, part) in zip(node.patterns, node.parts, strict=False):
        found = _matched(walker, patterns, subject, state)
        if found is False:
            continue
        if found and not possible and end == ";;":
            return walker.walk(part, state)
        possible.append(part)
        if found and end == ";;":
            break
        if end != ";;":
            possible = [part for _, part in node.parts]
            break
    _ways(walker, possible, state)
    return None if possible else ""


def _matched(walker: "Walker", patterns: "list[Span]", subject: "str | None", state: State) -> "bool | None":
    """Whether one of a clause's patterns matches."""
    from .globs import matches

    unknown = subject is None
    for span in patterns:
        try:
            pattern = words.pattern(walker.text[slice(*span)], state)
            if pattern == "*" or (subject is not None and matches(pattern, subject)):
                return True
        except Unknown:
            unknown = True
            continue
        unknown = unknown or "(" in pattern
    return None if unknown else False


def _ways(walker: "Walker", parts: "list[Node]", state: State) -> None:
    """Walk parts of which one or none runs."""
    walked = []
    for part in parts:
        way = state.copy()
        way.certain = False
        walker.walk(part, way)
        walked.append(way)
    for way in walked:
        state.merge(way)
    if parts:
        state.status = None


def _repeated(walker: "Walker", node: Compound, state: State) -> "str | None":
    """Walk a while or until: as often as it is known to go round, and once more if it may go on."""
    test, body = node.parts[0][1], node.parts[1][1]
    printed: list[str | None] = []
    counted = _expressions(walker, test)
    if counted:
        _evaluated(counted[0], state)
    before: dict[str, words.Value] = {}
    for turn in range(LOOPS):
        before = dict(state.variables) if turn == LOOPS - 1 else before
        if counted:
            if turn:
                _evaluated(counted[2], state)
            state.status = _evaluated(counted[1].strip() or "1", state)
        else:
            printed.append(walker.guarded(test, state))
        if state.status is None or state.flow:
            break
        if (state.status == 0) != (node.kind == "while"):
            state.status = 0
            break
        printed.append(walker.walk(body, state))
        if not _goes_on(state):
            break
    else:
        state.status = None
        for name, value in state.variables.items():  # it may have other values in the turns that follow
            if value != before.get(name):
                state.variables[name] = None
    if state.status is None and not state.flow:
        printed.append(None)
        for _ in range(2):  # the second time, what the body changes is unknown
            _ways(walker, [body], state)
            if counted:
                _evaluated(counted[2], state)
            else:
                walker.guarded(test, state)
            state.status = None
    return together(printed)


def _expressions(walker: "Walker", test: Node) -> "list[str]":
    """The three expressions of `for ((;;))`; none if it is another loop."""
    while isinstance(test, Sequence) and len(test.items) == 1:
        test = test.items[0][1]
    parts = walker.text[slice(*test.span)][2:-2].split(";") if isinstance(test, Opaque) else []
    return parts if len(parts) == 3 else []


def _evaluated(expression: str, state: State) -> "int | None":
    """The status of an arithmetic expression."""
    from . import conditions

    found = conditions.arithmetic(expression, state)
    return None if found is None else int(not found)


def _goes_on(state: State) -> bool:
    """Whether a loop goes round again after its body."""
    if state.flow in ("break", "continue"):
        again = state.flow == "continue" and state.levels <= 1
        state.levels -= 1
        if state.levels <= 0:
            state.flow = ""
        return again
    return not state.flow


def _loop(walker: "Walker", node: Compound, state: State) -> "str | None":
    """Walk a `for`: for each word that is known, and once more if there are others."""
    name = walker.text[slice(*node.name)]
    body = node.parts[0][1]
    if node.words is None:
        values = [Field(text, "$@", "the parameters ($@)") for text in state.parameters or [None]]
    else:
        values = []
        for span in node.words:
            walker.here = walker.span(span)
            values.extend(words.expand(walker.text[slice(*span)], state))
    known = [field.text for field in values if field.text is not None]
    printed: list[str | None] = []
    state.status = 0
    if len(known) <= LOOPS:
        for text in known:
            state.variables[name] = text
            printed.append(walker.walk(body, state))
            if not _goes_on(state):
                break
    if (len(known) < len(values) or len(known) > LOOPS) and not state.flow:
        printed.append(None)
        for _ in range(2):
            state.variables[name] = None
            _ways(walker, [body], state)
    return together(printed)


def condition(walker: "Walker", node: Opaque, state: State) -> str:
    """[[ ]] and (( )): what they say, what is substituted in them, and what (( )) assigns."""
    from . import conditions

    text = walker.text[slice(*node.span)]
    walker.here = walker.span(node.span)
    if text.startswith("(("):
        found = conditions.arithmetic(text[2:-2], state)
    else:
        found = conditions.conditional(text[2:-2], state)
        if found is None and ("$" in text or "`" in text):
            words.visit(text, state)
    state.status = None if found is None else int(not found)
    return ""
