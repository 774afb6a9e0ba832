"""find: what it selects, deletes and runs."""

import os
import stat

from onetree.shell import words
from onetree.shell.words import Field

from . import wrappers
from .call import MATCHES, Call

FOUND = 20000  # directory entries that `find` is followed through


LISTED = 2000  # directory entries that are looked at for what `find` prints


FIND_TESTS = {
    "-name": 1,
    "-iname": 1,
    "-type": 1,
    "-path": 1,
    "-maxdepth": 1,
    "-mindepth": 1,
    "-print": 0,
    "-print0": 0,
    "-depth": 0,
    "-ls": 0,
    "-a": 0,
    "-and": 0,
    "-xdev": 0,
    "-mount": 0,
    "-empty": 0,
}


# Tests that only narrow what is found: leaving one out finds too much, never too little.
FIND_NARROWS = {
    **dict.fromkeys("-mtime -mmin -atime -amin -ctime -cmin -size -newer -perm -user -group -links -inum".split(), 1),
    **dict.fromkeys("-regex -iregex -ipath -wholename -lname -samefile -uid -gid -fstype -newermt".split(), 1),
    **dict.fromkeys("-executable -readable -writable -nouser -nogroup".split(), 0),
}


Checks = list[tuple[str, str, bool]]  # a test of find, its value, what it must say


def find(call: Call) -> "str | None":
    """find: what -delete, -exec, -fprint and the like do to the files that are there now."""
    call.record()
    fields = call.fields[1:]
    while fields and fields[0].text in ("-L", "-H", "-P"):
        fields = fields[1:]
    count = 0
    while count < len(fields) and (fields[count].text is None or (fields[count].text or "")[:1] not in "-(!,"):
        count += 1
    starts, tests = fields[:count] or [Field(".", ".")], fields[count:]
    texts = [field.text for field in tests]
    for name in ("-fprint", "-fprint0", "-fls", "-fprintf"):
        if name in texts and texts.index(name) + 1 < len(tests):
            call.effect("w", tests[texts.index(name) + 1], name)
    if not any(text in ("-delete", "-exec", "-execdir", "-ok", "-okdir") for text in texts):
        return _listed(call, starts, tests)
    found = _found(call, starts, tests)
    if "-delete" in texts:
        if found is None:
            for field in starts:
                call.effect("D", field, "-delete", certain=False)
        else:
            exact = not any(text in FIND_NARROWS for text in texts)
            for path in found:
                call.effect("d", Field(path, path), "-delete", certain=exact)
    _find_runs(call, tests, found)
    return None


def _listed(call: Call, starts: "list[Field]", tests: "list[Field]") -> "str | None":
    """What find prints, perhaps too much; None if that cannot be said soon."""
    texts = [field.text for field in tests]
    if any(text in ("-ls", "-printf") for text in texts) or any((text or "")[:2] == "-f" for text in texts):
        return None
    found = _found(call, starts, tests, LISTED)
    end = "\0" if "-print0" in texts else "\n"
    return None if found is None else "".join(path + end for path in found)


def _find_runs(call: Call, tests: "list[Field]", found: "list[str] | None") -> None:
    i = 0
    while i < len(tests):
        option = tests[i].text
        i += 1
        if option not in ("-exec", "-execdir", "-ok", "-okdir"):
            continue
        end = i
        while (
            end < len(tests) and tests[end].text != ";" and not (tests[end].text == "+" and tests[end - 1].text == "{}")
        ):
            end += 1
        run, i = tests[i:end], end + 1
        if not run:
            continue
        unknown = Field(None, "{}", "which files find finds")
        items = [unknown] if found is None or len(found) > MATCHES else [Field(path, path) for path in found]
        if tests[end : end + 1] and tests[end].text == "+":
            if items:
                call.walker.run([*run[:-1], *items], call.state.copy(), call.assigned)
            continue
        for item in items:
            call.walker.run(wrappers.put(run, "{}", item), call.state.copy(), call.assigned)


def _find_tests(tests: "list[Field]") -> "tuple[Checks, list[Checks]] | None":
    """The tests that a file must pass, and those before each `-prune -o`; None if they are not understood."""
    checks: Checks = []
    pruned: list[Checks] = []
    i, wanted = 0, True
    while i < len(tests):
        text = tests[i].text
        if text in ("!", "-not"):
            i, wanted = i + 1, not wanted
            continue
        if text in FIND_NARROWS:
            i, wanted = i + 1 + FIND_NARROWS[text], True
            continue
        if text in ("-delete", "-exec", "-execdir", "-ok", "-okdir"):
            while text != "-delete" and i < len(tests) and tests[i].text not in (";", "+"):
                i += 1
            i, wanted = i + 1, True
            continue
        if text == "-prune" and tests[i + 1 : i + 2] and tests[i + 1].text in ("-o", "-or"):
            pruned.append(checks)
            checks, i = [], i + 2
            continue
        if text is None or text not in FIND_TESTS:
            return None
        value = tests[i + 1].text if FIND_TESTS[text] and i + 1 < len(tests) else ""
        if value is None or (FIND_TESTS[text] and not value) or (text.endswith("depth") and not wanted):
            return None
        checks.append((text, value, wanted))
        i, wanted = i + 1 + FIND_TESTS[text], True
    return checks, pruned


def _found(call: Call, starts: "list[Field]", tests: "list[Field]", most: int = FOUND) -> "list[str] | None":
    """The files that simple tests select, as find writes them, perhaps too many; None if that cannot be said."""
    understood = _find_tests(tests)
    if understood is None:
        return None
    checks, pruned = understood
    made: list[str] = []
    seen = 0
    for start in starts:
        paths = call.absolute(start)
        if len(paths) != 1 or start.text is None:
            return None
        todo = [(start.text, paths[0], 0)]
        while todo:
            written, path, depth = todo.pop()
            seen += 1
            if seen > most:
                return None
            folder = os.path.isdir(path) and not os.path.islink(path)
            if any(_all_pass(group, written, path, depth, folder=folder) for group in pruned):
                continue
            if _all_pass(checks, written, path, depth, folder=folder):
                made.append(written)
            if folder and not any(c == "-maxdepth" and depth >= _number(value) for c, value, _ in checks):
                try:
                    names = sorted(os.listdir(path), reverse=True)
                except (OSError, ValueError):
                    return None
                todo.extend((written.rstrip("/") + "/" + n, os.path.join(path, n), depth + 1) for n in names)
    return made


def _all_pass(checks: "Checks", written: str, path: str, depth: int, *, folder: bool) -> bool:
    return all(_passes(c, value, written, path, depth, folder=folder) is wanted for c, value, wanted in checks)


def _passes(check: str, value: str, written: str, path: str, depth: int, *, folder: bool) -> bool:
    name = os.path.basename(written.rstrip("/")) or written
    if check == "-name":
        return words.matches(value, name)
    if check == "-iname":
        return words.matches(value.lower(), name.lower())
    if check == "-path":
        return words.matches(value, written)
    if check == "-empty":
        return _is_empty(path)
    if check == "-mindepth":
        return depth >= _number(value)
    if check == "-type":
        kind = "l" if os.path.islink(path) else "d" if folder else "f"
        return kind in value
    return True


def _is_empty(path: str) -> bool:
    try:
        status = os.lstat(path)
        return not os.listdir(path) if stat.S_ISDIR(status.st_mode) else not status.st_size
    except OSError:
        return False


def _number(text: str) -> int:
    return int(text) if words.digits(text) else 0
