"""Assignments: NAME=value, NAME+=value, NAME=(list), NAME[i]=value, and variables whose values programs run."""

from . import commands, words
from .ends import after_word
from .words import Field, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .form import Span
    from .state import State
    from .walker import Walker


def assigned(walker: "Walker", spans: "list[Span]", state: "State") -> "dict[str, words.Value]":
    """The variables that assignments set; None for an unknown value."""
    made: dict[str, words.Value] = {}
    for span in spans:
        name, value = assignment(walker.text[slice(*span)], state)
        made[name] = value
        if len(spans) > 1:  # a=1 b=$a
            state.variables[name] = value
    return made


def assignment(source: str, state: "State") -> "tuple[str, words.Value]":
    """NAME=value, NAME+=value, NAME=(list), NAME[i]=value: the name and the value, None if unknown."""
    name, _, value = source.partition("=")
    add = name.endswith("+")
    name = name.removesuffix("+")
    name = state.meant(name) if state.kinds else name
    if name.endswith("]"):
        words.visit(source, state)
        name, _, index = name[:-1].partition("[")
        return name, _element(name, index, value, state, add=add)
    try:
        old = state.lookup(name) if add or isinstance(state.variables.get(name), dict) else None
        if value.startswith("("):
            made = _array(value[1:-1], state, keyed=isinstance(old, dict))
            if made is None or isinstance(made, dict):
                return name, made
            return name, (old + made if isinstance(old, list) else [old, *made] if isinstance(old, str) else made)
        text = words.value(value, state, assignment=True)
        if old is not None and not isinstance(old, str):
            return name, [old[0] + text, *old[1:]] if isinstance(old, list) and old else None
        text = state.typed(name, (old or "") + text, old)
        return name, text if len(text) <= words.VALUE else None
    except Unknown:
        return name, None


def _element(name: str, index: str, value: str, state: "State", *, add: bool) -> "words.Value":
    """What an array is after NAME[index]=value."""
    from .arithmetic import calculated

    old = state.variables.get(name, [])
    try:
        text = words.value(value, state, assignment=True)
        if isinstance(old, dict):
            key = words.value(index, state)
            return {**old, key: (old.get(key, "") if add else "") + text}
        values = [old] if isinstance(old, str) else list(old or [])
        place = int(calculated(index, state))
    except Unknown:
        return None
    if old is None or not -len(values) <= place <= len(values):
        return None
    values[place : place + 1 or None] = [(values[place] if add and place < len(values) else "") + text]
    return values


def _array(inside: str, state: "State", *, keyed: bool = False) -> "list[str] | dict[str, str] | None":
    """The values of a list in parentheses, ([key]=value ...) of an associative one; None if one is unknown."""
    made: list[str] = []
    keys: dict[str, str] = {}
    unknown = False
    i = 0
    while i < len(inside):
        if inside[i] in " \t\n":
            i += 1
            continue
        if inside[i] == "#":
            end = inside.find("\n", i)
            i = len(inside) if end < 0 else end
            continue
        end = after_word(inside, i, 0)
        word = inside[i:end]
        i = max(end, i + 1)
        if word.startswith("[") and "]=" in word:
            key, _, value = word[1:].partition("]=")
            try:
                keys[words.value(key, state)] = words.value(value, state)
            except Unknown:
                unknown = True
            continue
        for field in words.expand(word, state):
            if field.text is None:
                unknown = True
            else:
                made.append(field.text)
    if unknown or (keys and (made or not keyed)):
        return None
    return keys if keyed else made


def orders(walker: "Walker", assigned: "Mapping[str, words.Value]", state: "State") -> None:
    """Walk the values of variables that some program will run: GIT_EDITOR, PAGER, BASH_ENV."""
    for name, value in assigned.items():
        if name not in commands.RUN_VARIABLES and name not in commands.SCRIPT_VARIABLES:
            continue
        if not isinstance(value, str):
            walker.opaque(f"the value of {name} is run, and known only when it runs", state)
        elif name in commands.SCRIPT_VARIABLES:
            walker.run([Field(".", "."), Field(value, value)], state.copy(), {})
        elif value and not value.startswith("ssh "):  # git's own way to its servers
            walker.source(value, state.copy(), walker.here)
