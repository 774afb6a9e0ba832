"""Commands that only read or compute; what they print is followed where it is known."""

import os

from onetree.shell import words

from .call import Call


def grep(call: Call) -> None:
    call.record()
    given = call.value("-e", "-f", "--regexp", "--file") is not None or call.has("--files")
    role = "R" if call.has("-r", "-R", "--recursive") or call.name in ("rg", "ripgrep") else "r"
    call.operate((role if given else "." + role) + "*")


def realpath(call: Call) -> "str | None":
    call.record()
    made = []
    for field in call.operands:
        paths = call.absolute(field)
        if len(paths) != 1:
            return None
        made.append(os.path.realpath(paths[0]) + "\n")
    return "".join(made)


def dirname(call: Call) -> "str | None":
    call.record()
    if any(field.text is None for field in call.operands):
        return None
    return "".join((os.path.dirname((f.text or "").rstrip("/")) or ".") + "\n" for f in call.operands)


def basename(call: Call) -> "str | None":
    call.record()
    texts = [field.text for field in call.operands]
    if not texts or any(text is None for text in texts) or call.has("-a", "-z"):
        return None
    name = (texts[0] or "").rstrip("/").rpartition("/")[2]
    given = call.value("-s", "--suffix")
    suffix = given.text if given is not None else texts[1] if len(texts) > 1 else ""
    return None if suffix is None else (name.removesuffix(suffix) if name != suffix else name) + "\n"


def sequence(call: Call) -> "str | None":
    call.record()
    numbers = [field.text or "" for field in call.operands]
    if not all(words.digits(n) for n in numbers) or call.flags or call.values:
        return None
    values = [int(n) for n in numbers]
    first, step, last = {1: (1, 1, *values), 2: (values[0], 1, values[-1]), 3: tuple(values)}.get(
        len(values), (0, 0, 0)
    )
    if not step or (last - first) // step > words.FIELDS:
        return None
    return "".join(f"{k}\n" for k in range(first, last + 1, step))
