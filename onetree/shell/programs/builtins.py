"""The builtins of bash that change what follows, or print what is known."""

import os

from onetree.shell import scripts, words
from onetree.shell.words import Field, Unknown

from . import wrappers
from .call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from onetree.shell.effects import State


def cd(call: Call) -> str:
    call.record()
    state = call.state
    target = call.operands[0] if call.operands else Field(home(state), "~")
    if target.text is None or target.text == "-":
        state.folders = ()
        return ""
    if not target.text.startswith(("/", ".")) and state.variables.get("CDPATH", state.env.get("CDPATH")) != (
        state.env.get("CDPATH")
    ):
        state.folders = ()  # which of CDPATH's folders it is in is not looked up
        return ""
    old = state.folders
    new = tuple(os.path.normpath(path) for path in call.absolute(target))
    sure = all(os.path.isdir(path) or path in call.walker.folders for path in new)
    # If it fails, what follows runs where it was.
    state.folders = new if sure else tuple(dict.fromkeys(new + old))[:4]
    return ""


def home(state: "State") -> "str | None":
    try:
        found = state.lookup("HOME")
    except Unknown:
        return None
    return found if isinstance(found, str) else None


def popd(call: Call) -> str:
    call.state.folders = ()
    call.record()
    return ""


def evaluate(call: Call) -> "str | None":
    texts = [field.text for field in call.operands]
    if any(text is None for text in texts):
        call.record()
        call.opaque("eval: what it runs is known only when it runs")
        return None
    return call.walker.source(" ".join(text or "" for text in texts), call.state, call.walker.here)


def source(call: Call) -> "str | None":
    call.record()
    if not call.operands:
        return None
    file = call.operands[0]
    call.effect("r", file)
    paths = call.absolute(file)
    text = call.walker.file(paths[0]) if paths else None
    if text is None:
        if not paths or os.path.normpath(paths[0]) in call.walker.files or os.path.lexists(paths[0]):
            call.opaque(f"source: {file.written} is not read")
        return None
    return call.walker.source(text, call.state, call.walker.here)


def command(call: Call) -> "str | None":
    if call.fields[1:] and call.fields[1].text in ("-v", "-V"):
        call.record()
        return None
    return wrappers.wrapper(call)


def declare(call: Call) -> str:
    call.record()
    for field in call.fields[1:]:
        source_text = field.written
        name, equals, value = source_text.partition("=")
        if name.startswith("-"):
            continue
        if call.has("-n") and call.name in ("declare", "local", "typeset"):  # another variable's name
            call.state.variables[name] = None
            continue
        if not equals:
            continue
        if field.text is not None and "=" in field.text and not value.startswith("("):
            name, _, known = field.text.partition("=")
            call.state.variables[name.removesuffix("+")] = None if name.endswith("+") else known
            call.walker.orders({name: known}, call.state)
        else:
            name, found = call.walker.assignment(source_text, call.state)
            call.state.variables[name] = found
    return ""


def unset(call: Call) -> str:
    call.record()
    for field in call.operands:
        if field.text:
            call.state.variables[field.text] = ""
            call.state.functions.pop(field.text, None)
    return ""


def assigned(call: Call) -> str:
    """read, mapfile, getopts: the variables get what is known only then."""
    call.record()
    for field in [*call.operands, *(value for option, value in call.values if option == "-a")]:
        if field.text:
            call.state.variables[field.text] = None
    if not call.operands:
        call.state.variables["REPLY"] = None
    return ""


def set_(call: Call) -> str:
    call.record()
    texts = [field.text for field in call.fields[1:]]
    if "--" in texts:
        call.state.parameters = texts[texts.index("--") + 1 :]
    elif texts and (texts[0] or "-")[0] not in "-+":
        call.state.parameters = texts
    return ""


def shift(call: Call) -> str:
    call.record()
    if call.state.parameters is not None:
        count = call.operands[0].text if call.operands else "1"
        call.state.parameters = call.state.parameters[int(count) :] if count and words.digits(count) else None
    return ""


def trap(call: Call) -> str:
    call.record()
    if len(call.operands) > 1 and call.operands[0].text not in ("", "-"):
        text = call.operands[0].text
        if text is None:
            call.opaque("trap: what it runs is known only when it runs")
        else:
            call.walker.source(text, call.state.copy(), call.walker.here)
    return ""


def echo(call: Call) -> "str | None":
    call.record()
    texts = [field.text for field in call.fields[1:]]
    end, escapes = "\n", False
    while texts and texts[0] in ("-n", "-e", "-E", "-ne", "-en"):
        option = texts.pop(0) or ""
        end = "" if "n" in option else end
        escapes = escapes or "e" in option
    if any(text is None for text in texts):
        return None
    made = " ".join(text or "" for text in texts)
    return (scripts.unescaped(made) if escapes else made) + end


def printf(call: Call) -> "str | None":
    call.record()
    texts = [field.text for field in call.operands]
    known = [text for text in texts if text is not None]
    made = scripts.formatted(known[0], known[1:]) if known and len(known) == len(texts) else None
    variable = call.value("-v")
    if variable is not None:
        if variable.text:
            call.state.variables[variable.text] = made
        return ""
    return made


def pwd(call: Call) -> "str | None":
    call.record()
    return call.state.folders[0] + "\n" if len(call.state.folders) == 1 else None


def alias(call: Call) -> None:
    """An alias changes what later words mean, where the shell expands aliases at all."""
    call.record()
    if any("=" in (field.text or "=") for field in call.fields[1:]):
        call.opaque("what an alias stands for is not followed")
