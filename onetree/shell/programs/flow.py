"""The builtins that decide what runs next: test, exit, return, break, continue, and options of the shell."""

from onetree.shell import conditions, words
from onetree.shell.words import Unknown

from .call import Call


def true(call: Call) -> str:
    call.record()
    call.state.status = 0
    return ""


def false(call: Call) -> str:
    call.record()
    call.state.status = 1
    return ""


def test(call: Call) -> str:
    call.record()
    fields = call.fields[1:]
    if call.name == "[":
        if not fields or fields[-1].text != "]":
            call.state.status = 2
            return ""
        fields = fields[:-1]
    found = conditions.test(fields, call.state)
    call.state.status = None if found is None else int(not found)
    return ""


def let(call: Call) -> str:
    from onetree.shell.arithmetic import calculated

    call.record()
    for field in call.fields[1:]:
        try:
            call.state.status = int(int(calculated(field.text or field.written, call.state)) == 0)
        except Unknown:
            call.state.status = None
    return ""


def _number(call: Call, default: "int | None") -> "int | None":
    if not call.fields[1:]:
        return default
    text = call.fields[1].text
    return int(text) if text is not None and words.digits(text) else None


def leave(call: Call) -> str:
    """exit, return: with the status of the command before if none is given."""
    call.record()
    call.state.status = _number(call, call.before)
    if call.name == "return" and not call.walker.returns:
        call.state.status = 1  # there is nothing to return from: bash says so and goes on
    else:
        call.state.flow = call.name
    return ""


def leave_loop(call: Call) -> str:
    call.record()
    call.state.status = 0
    call.state.levels = max(_number(call, 1) or 1, 1)
    call.state.flow = call.name
    return ""


def shopt(call: Call) -> str:
    call.record()
    names = {field.text for field in call.operands if field.text}
    if call.has("-s"):
        call.state.options |= names
    elif call.has("-u"):
        call.state.options -= names
    call.state.status = 0
    return ""
