"""The builtins of bash that change what follows, or print what is known."""

import os

from onetree.shell import scripts, words
from onetree.shell.escapes import unescaped
from onetree.shell.words import Field, Unknown

from . import wrappers
from .call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from onetree.shell.state import State


def cd(call: Call) -> str:
    call.record()
    enter(call, call.operands[0] if call.operands else Field(home(call.state), "~"))
    return ""


def enter(call: Call, target: Field) -> None:
    """Go to a folder. If it is not there nothing changes; if that is not known, it may be in either."""
    state = call.state
    old = state.folders
    if target.text == "-":
        before = state.variables.get("OLDPWD", state.env.get("OLDPWD"))
        target = Field(before if isinstance(before, str) else None, "-")
    if target.text is None:
        state.folders = ()
        state.variables["OLDPWD"] = old[0] if len(old) == 1 else None
        return
    new = _among(call, target) or tuple(os.path.normpath(path) for path in call.absolute(target))
    there = [call.walker.exists(path) for path in new]
    if new and not any(state.there(path + "/") for path in new) and all(found is not None for found in there):
        state.status = 1
        return
    sure = bool(new) and all(found and state.there(path + "/") for path, found in zip(new, there, strict=True))
    state.folders = new if sure else tuple(dict.fromkeys(new + old))[:4]
    state.variables["OLDPWD"] = old[0] if len(old) == 1 else None
    state.status = 0 if sure else None


def _among(call: Call, target: Field) -> "tuple[str, ...]":
    """The folder of CDPATH in which a target is."""
    state, text = call.state, target.text or ""
    path = state.variables.get("CDPATH", state.env.get("CDPATH"))
    if not isinstance(path, str) or not path or text.startswith(("/", "./", "../")) or text in (".", ".."):
        return ()
    for folder in path.split(":"):
        for top in call.absolute(Field(folder or ".", folder)):
            whole = os.path.normpath(os.path.join(top, text))
            if state.there(whole + "/"):
                return (whole,)
    return ()


def pushd(call: Call) -> "str | None":
    call.record()
    state = call.state
    if not call.operands or (call.operands[0].text or "")[:1] in ("+", "-"):
        state.folders = state.stack[-1] if state.stack and not call.operands else ()
        return None
    before = state.folders
    state.status = 0
    enter(call, call.operands[0])
    if state.status != 1:
        state.stack.append(before)
    return None


def popd(call: Call) -> None:
    call.record()
    state = call.state
    if call.operands or call.flags:
        state.folders = ()
    elif state.stack:
        state.folders = state.stack.pop()
        state.status = 0
    else:
        state.status = 1


def home(state: "State") -> "str | None":
    try:
        found = state.lookup("HOME")
    except Unknown:
        return None
    return found if isinstance(found, str) else None


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
    if file.text in ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0") and call.state.piped:
        text = call.state.text
    if text is None:
        call.state.status = 1 if paths and call.walker.exists(os.path.normpath(paths[0])) is False else None
        if not paths or os.path.normpath(paths[0]) in call.walker.files or os.path.lexists(paths[0]):
            call.opaque(f"source: {file.written} is not read")
        return None
    kept = call.state.parameters
    if call.operands[1:]:
        call.state.parameters = [field.text for field in call.operands[1:]]
    call.walker.returns += 1
    try:
        return call.walker.source(text, call.state, call.walker.here)
    finally:
        call.walker.returns -= 1
        call.state.parameters = kept
        call.state.flow = "" if call.state.flow == "return" else call.state.flow


def command(call: Call) -> "str | None":
    if call.fields[1:] and call.fields[1].text in ("-v", "-V"):
        call.record()
        return None
    return wrappers.wrapper(call)


KINDS = {"-i": "i", "-l": "l", "-u": "u", "-n": "n"}


def declare(call: Call) -> str:
    call.record()
    state = call.state
    state.status = 0
    options = "".join(f.written for f in call.fields[1:] if f.written[:1] in ("-", "+") and f.written[:2] != "--")
    if "f" in options or "p" in options:
        if call.name == "export":
            state.kinds.update((field.text, "f") for field in call.operands if field.text)
        return ""
    for field in call.fields[1:]:
        name, equals, value = field.written.partition("=")
        if name[:1] in ("-", "+"):
            continue
        if field.text is not None and not value.startswith("("):
            name, equals, _ = field.text.partition("=")
        name = name.removesuffix("+")
        base = name.partition("[")[0]
        if call.name in ("local", "declare", "typeset") and state.locals is not None and "g" not in options:
            state.locals.setdefault(base, state.variables.get(base, ...))
        for kind in "iln u".replace(" ", ""):
            if kind in options and call.name in ("declare", "local", "typeset"):
                state.kinds[base] = kind
        if "A" in options and not isinstance(state.variables.get(base), dict):
            state.variables[base] = {}
        elif not equals:
            if call.name == "local":
                state.variables[base] = ""
            continue
        if equals:
            _declared(call, field, base, value)
    return ""


def _declared(call: Call, field: Field, name: str, value: str) -> None:
    from onetree.shell import assignments

    state = call.state
    if field.text is not None and "=" in field.text and not value.startswith("(") and "[" not in field.written[:40]:
        known = field.text.partition("=")[2]
        if field.text.partition("=")[0].endswith("+"):
            known = (old if isinstance(old := state.variables.get(name, ""), str) else "") + known
        try:
            state.variables[name] = state.typed(name, known)
        except Unknown:
            state.variables[name] = None
        assignments.orders(call.walker, {name: known}, state)
    else:
        name, value_ = assignments.assignment(field.written, state)
        state.variables[name] = value_


def unset(call: Call) -> str:
    call.record()
    call.state.status = 0
    for field in call.operands:
        if not field.text:
            continue
        if not call.has("-f"):
            name = field.text.partition("[")[0]
            call.state.variables[name] = "" if name == field.text else None
        if not call.has("-v"):
            call.state.functions.pop(field.text, None)
    return ""


def getopts(call: Call) -> str:
    """Getopts: the next option of the words, or of the parameters (bash(1))."""
    call.record()
    state = call.state
    texts = [field.text for field in call.fields[1:]]
    name = texts[1] if len(texts) > 1 else None
    given = texts[2:] if len(texts) > 2 else state.parameters
    place = state.variables.get("OPTIND", "1") or "1"  # `local OPTIND` begins anew
    changed: dict[str, str | None] = {name or "": None, "OPTARG": None, "OPTIND": None}
    state.status = None
    if name and texts[0] is not None and given is not None and isinstance(place, str) and None not in given:
        found = _option(texts[0], [text or "" for text in given], place, state)
        if found is not None:
            changed = {name: found[0], "OPTARG": found[1], "OPTIND": found[2]}
            state.status = int(found[0] == "?" and found[1] == "")
            if state.status == 0 and found[0] == "?":
                changed["OPTARG"] = ""
    for variable, value in changed.items():
        state.variables[variable] = value
    return ""


def _option(options: str, given: "list[str]", place: str, state: "State") -> "tuple[str, str, str] | None":
    """The option's letter, its value, and where the next is; ? and nothing at the end. None if it is not followed."""
    if not words.digits(place) or options[:1] == ":":
        return None
    at, inner = int(place) - 1, state.inner if state.inner[:1] == (place,) else (place, 1)
    if at >= len(given) or at < 0 or given[at][:1] != "-" or given[at] in ("-", "--"):
        end = at + 1 if 0 <= at < len(given) and given[at] == "--" else at
        return "?", "", str(end + 1)
    word, k = given[at], inner[1]
    letter = word[k]
    known = options.find(letter)
    if known < 0 or letter == ":":
        return None
    if options[known + 1 : known + 2] == ":":
        if word[k + 1 :]:
            return letter, word[k + 1 :], str(at + 2)
        return (letter, given[at + 1], str(at + 3)) if at + 1 < len(given) else None
    if k + 1 < len(word):
        state.inner = (place, k + 1)
        return letter, "", place
    return letter, "", str(at + 2)


OPTIONS = {"e": "errexit", "u": "nounset", "C": "noclobber", "n": "noexec", "f": "noglob"}


def set_(call: Call) -> str:
    call.record()
    state = call.state
    state.status = 0
    texts = [field.text for field in call.fields[1:]]
    i = 0
    while i < len(texts):
        text = texts[i]
        i += 1
        if text == "--" or text is None or text[:1] not in ("-", "+") or text == "-":
            if text in ("--", "-"):
                state.parameters = texts[i:] if text == "--" or texts[i:] else state.parameters
            else:
                state.parameters = texts[i - 1 :]
            break
        names = {OPTIONS[c] for c in text[1:] if c in OPTIONS}
        if text[1:].endswith("o") and i < len(texts):
            names.add(texts[i] or "")
            i += 1
        state.options = state.options | names if text[0] == "-" else state.options - names
    return ""


def shift(call: Call) -> str:
    call.record()
    call.state.status = 0
    if call.state.parameters is not None:
        count = call.operands[0].text if call.operands else "1"
        call.state.parameters = call.state.parameters[int(count) :] if count and words.digits(count) else None
    return ""


def trap(call: Call) -> str:
    """What runs at the end is kept for it; what a signal or a command sets off only may run."""
    call.record()
    state = call.state
    state.status = 0
    signals = [field.text or "" for field in call.operands[1:]]
    if not signals or call.has("-p", "-l"):
        return ""
    text = call.operands[0].text
    if {"EXIT", "0"} & set(signals) or "exit" in signals:
        state.ending = None if text == "-" else text
        signals = [name for name in signals if name.upper() not in ("EXIT", "0")]
    if text is None:
        call.opaque("trap: what it runs is known only when it runs")
    elif signals and text not in ("", "-"):
        way = state.copy()
        way.certain = False
        call.walker.source(text, way, call.walker.here)
    return ""


def echo(call: Call) -> "str | None":
    call.record()
    texts = [field.text for field in call.fields[1:]]
    end, escapes = "\n", False
    while texts and texts[0] in ("-n", "-e", "-E", "-ne", "-en"):
        option = texts.pop(0) or ""
        end = "" if "n" in option else end
        escapes = escapes or "e" in option
    call.state.status = 0
    if any(text is None for text in texts):
        return None
    made = " ".join(text or "" for text in texts)
    return (unescaped(made) if escapes else made) + end


def printf(call: Call) -> "str | None":
    call.record()
    texts = [field.text for field in call.operands]
    known = [text for text in texts if text is not None]
    made = scripts.formatted(known[0], known[1:]) if known and len(known) == len(texts) else None
    variable = call.value("-v")
    call.state.status = 0
    if variable is not None:
        if variable.text:
            call.state.variables[variable.text] = made
        return ""
    return made


def pwd(call: Call) -> "str | None":
    call.record()
    call.state.status = 0
    return call.state.folders[0] + "\n" if len(call.state.folders) == 1 else None


def alias(call: Call) -> None:
    """An alias changes what later words mean, where the shell expands aliases at all: a script does only if told."""
    call.record()
    if not call.state.option("expand_aliases"):
        return
    walker = call.walker
    for field in call.fields[1:]:
        name, equals, text = (field.text or "").partition("=")
        if field.text is None:
            call.opaque("what an alias stands for is known only when it runs")
        elif equals:
            call.state.aliases = {**call.state.aliases, name: (text, walker.text, walker.at)}
