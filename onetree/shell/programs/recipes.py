"""Commands that run what a file of the project says: npm run and its like, just. For make, see making.py."""

import os

from onetree.shell.ends import is_name

from .call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from onetree.shell.state import State

SIZE = 1 << 20  # bytes of a file of recipes
SHELLS = ("sh", "bash", "dash", "ksh", "zsh", "ash")
LOST = "unknown"  # the variable that stands in a recipe for what is known only when it runs, and has no name

# npm-run-script(1), npm-test(1): other names of the same.
RUN = ("run", "run-script", "rum", "urn")
NAMED = {"test": "test", "t": "test", "tst": "test", "start": "start", "stop": "stop", "restart": "restart"}
ELSEWHERE = ("-w", "--workspace", "-ws", "--workspaces", "-F", "--filter", "-r", "--recursive")  # in other packages
# What yarn, pnpm and bun take for a command of their own, so that it is no script (their help).
OWN_VERBS = frozenset(
    "add audit bin cache config create dlx exec global help import info init install i link list ls login logout node "
    "outdated pack patch publish rebuild remove rm un uninstall store unlink up update upgrade upgrade-interactive "
    "version versions why workspace workspaces x pm ci fetch prune root deploy licenses env setup plugin set".split()
)


# -- package.json ------------------------------------------------------------------------------------------------------


def npm(call: Call) -> "str | None":
    """npm, pnpm, yarn, bun: the verbs that run a script of package.json; the rest is their row's."""
    from .wrappers import runner

    found = asked(call)
    if found is not None:
        folder, name, arguments = found
        call.record()
        script(call, name, arguments, folder)
        return None
    return runner(call)


def asked(call: Call) -> "tuple[str, str, list[str | None]] | None":
    """The folder (as written, "" if not), the script and its words that a package manager's line is about, or None."""
    texts = [field.text for field in call.fields[1:]]
    if any((text or "").partition("=")[0] in ELSEWHERE for text in texts[: _index(texts, "--")]):
        return None
    folder, i = "", 0
    while i < len(texts) and (texts[i] or "")[:1] == "-":
        text = texts[i] or ""
        option, equals, value = text.partition("=")
        if option in ("--prefix", "-C", "--cwd", "--dir"):
            folder = value if equals else (texts[i + 1] or "" if i + 1 < len(texts) else "")
            i += not equals
        i += 1
    if i >= len(texts) or texts[i] is None:
        return None
    verb = texts[i] or ""
    rest = texts[i + 1 :]
    if verb in RUN:
        while rest and (rest[0] or "-")[:1] == "-":
            option, equals, value = (rest.pop(0) or "").partition("=")
            if option in ("--prefix", "-C", "--cwd", "--dir"):
                folder = value if equals else (rest.pop(0) or "" if rest else "")
        if not rest or rest[0] is None:
            return None
        name = rest[0] or ""
        rest = rest[1:]
    elif verb in NAMED:
        name = NAMED[verb]
    elif call.name in ("yarn", "pnpm", "bun") and verb not in OWN_VERBS and not (call.name == "bun" and "." in verb):
        name = verb
    else:
        return None
    if call.name == "npm":  # options before -- are its own
        at = _index(rest, "--")
        rest = [*(word for word in rest[:at] if (word or "")[:1] != "-"), *rest[at + 1 :]]
    return folder, name, rest


def _index(texts: "list[str | None]", text: str) -> int:
    return texts.index(text) if text in texts else len(texts)


def script(call: Call, name: str, arguments: "Iterable[str | None]" = (), folder: str = "") -> bool:
    """Walk a script of the nearest package.json, with its pre and post scripts; False if there is none of the name."""
    state = call.state.copy()
    start = state.folder
    if start is None:
        call.opaque(f"{call.name} {name}: the directory in which it runs is known only when it runs")
        return True
    found = _upwards(os.path.normpath(os.path.join(start, folder)), ("package.json",), call)
    if found is None:
        return False
    text = call.walker.file(found, SIZE)
    if text is None:
        call.opaque(f"{call.name} {name}: {found} is not read")
        return True
    scripts = _scripts(text)
    if name not in scripts:
        return False
    state.folders = (os.path.dirname(found),)
    sure = state.certain
    label = f"{call.name} {name}" if call.name == "yarn" or name in NAMED.values() else f"{call.name} run {name}"
    for part in (f"pre{name}", name, f"post{name}"):
        source = scripts.get(part)
        if source is None:
            continue
        if part == name:
            source = " ".join([source, *(_quoted(word) for word in arguments)])
        # yarn 1, npm and bun run them always; yarn 2 and pnpm if told so (their documentation).
        state.certain = sure and (part == name or call.name in ("npm", "bun"))
        given: dict[str, str | None] = {"npm_lifecycle_event": part, "INIT_CWD": start, LOST: None}
        walk(call, state, source, (label, f"package.json {part}"), "sh", given)
    return True


def _scripts(text: str) -> "dict[str, str]":
    """The scripts of a package.json; none if it is not one."""
    from onetree import jsonlite

    try:
        value = jsonlite.loads(text)
    except (ValueError, RecursionError):
        return {}
    scripts = value.get("scripts") if isinstance(value, dict) else None
    if not isinstance(scripts, dict):
        return {}
    return {name: source for name, source in scripts.items() if isinstance(source, str)}


def run_all(call: Call) -> None:
    """npm-run-all, run-s, run-p: each word is the name of a script, or a pattern of names."""
    call.record()
    for field in call.operands:
        if field.text is None:
            call.opaque(f"{call.name}: which script it runs is known only when it runs")
            continue
        start = call.state.folder
        found = _upwards(start, ("package.json",), call) if start and "*" in field.text else None
        names = [field.text.split(" ")[0]]
        if found is not None:
            scripts = _scripts(call.walker.file(found, SIZE) or "")
            before, _, after = field.text.partition("*")
            names = [name for name in scripts if name.startswith(before) and name.endswith(after)]
        for name in names:
            script(call, name)


def concurrently(call: Call) -> None:
    """Each word is a command line; npm:NAME is a script."""
    call.record()
    for field in call.operands:
        if field.text is None:
            call.opaque("concurrently: a command that is known only when it runs")
        elif field.text.startswith(("npm:", "yarn:", "pnpm:", "bun:")):
            script(call, field.text.partition(":")[2].split(" ")[0])
        else:
            call.walker.source(field.text, call.state.copy(), call.walker.here)


# -- just --------------------------------------------------------------------------------------------------------------


def just(call: Call) -> None:
    """just: the lines of a recipe of the nearest justfile, in its folder (the just manual)."""
    call.record()
    if call.has(
        "-l", "--list", "--summary", "-n", "--dry-run", "--show", "--evaluate", "--dump", "--version", "--help"
    ):
        return
    start = call.state.folder
    named = call.value("-f", "--justfile")
    if start is None or (named is not None and named.text is None) or any(f.text is None for f in call.operands):
        call.opaque("just: which recipe it runs is known only when it runs")
        return
    if named is not None:
        found: str | None = os.path.join(start, named.text or "")
    else:
        found = _upwards(start, ("justfile", ".justfile", "Justfile"), call)
    text = call.walker.file(found, SIZE) if found else None
    if found is None or text is None:
        if found is not None and os.path.exists(found):
            call.opaque(f"just: {found} is not read")
        return
    recipes, variables = _justfile(text)
    words = [field.text or "" for field in call.operands]
    while words and "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        variables[name] = value
    state = call.state.copy()
    folder = call.value("-d", "--working-directory")
    state.folders = (os.path.join(start, folder.text or ""),) if folder else (os.path.dirname(found),)
    names = words or list(recipes)[:1]
    done: set[str] = set()
    while names:
        name = names.pop(0)
        if name not in recipes:
            return
        taken = len(recipes[name][0])
        _recipe(call, state, recipes, variables, name, names[:taken], os.path.basename(found), done)
        names = names[taken:]


_Recipes = dict[str, tuple[list[tuple[str, str | None]], list[str], list[tuple[int, str]]]]


def _justfile(text: str) -> "tuple[_Recipes, dict[str, str | None]]":
    """The recipes: name -> (parameters and defaults, dependencies, lines); and the variables, None if unknown."""
    recipes: _Recipes = {}
    variables: dict[str, str | None] = {}
    lines: list[tuple[int, str]] | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if line[:1] in (" ", "\t"):
            if lines is not None and line.strip():
                lines.append((number, line.strip() if not lines else line.rstrip()))
            continue
        if not line.strip():
            continue
        lines = None
        if line[0] in "#[":
            continue
        name, sign, value = line.partition(":=")
        if sign and len(name.removeprefix("export ").split()) == 1:
            variables[name.removeprefix("export ").strip()] = _literal(value.strip())
            continue
        head, colon, after = line.partition(":")
        if not colon or not head.split() or head.split()[0] in ("set", "alias", "import", "mod", "export"):
            continue
        first, *parameters = head.lstrip("@").split()
        lines = []
        needs = [word.strip("()") for word in after.partition("#")[0].replace("&&", " ").split()]
        recipes[first] = [_parameter(word) for word in parameters], needs, lines
    return recipes, variables


def _parameter(word: str) -> "tuple[str, str | None]":
    name, equals, value = word.lstrip("+*$").partition("=")
    return name, _literal(value) if equals else None


def _literal(value: str) -> "str | None":
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" and value[0] not in value[1:-1]:
        return value[1:-1]
    return None


def _recipe(
    call: Call,
    state: "State",
    recipes: _Recipes,
    variables: "dict[str, str | None]",
    name: str,
    arguments: "list[str]",
    file: str,
    done: "set[str]",
) -> None:
    """Walk one recipe of a justfile, after those that it needs."""
    if name in done or name not in recipes:
        return
    done.add(name)
    parameters, needs, lines = recipes[name]
    for need in needs:
        _recipe(call, state, recipes, variables, need, [], file, done)
    values = dict(variables)
    for (parameter, default), given in zip(parameters, [*arguments, *[None] * len(parameters)], strict=False):
        values[parameter] = given if given is not None else default

    unknown: set[str] = set()

    def filled(line: str) -> str:
        made = ""
        while "{{" in line:
            before, _, rest = line.partition("{{")
            inside, _, line = rest.partition("}}")
            value = values.get(inside.strip())
            made += before
            if value is None:
                unknown.add(inside.strip())
            made += marked(made, inside.strip()) if value is None else value
        return made + line

    if lines and lines[0][1].startswith("#!"):
        shell = lines[0][1].split()[-1].rpartition("/")[2]
        lines, texts = [], [(lines[0][0], "\n".join(filled(line.strip()) for _, line in lines))]
    else:
        shell, texts = "sh", [(number, filled(line.strip()).lstrip("@-")) for number, line in lines]
    for number, text in texts:
        walk(call, state, text, (f"just {name}", f"{file}:{number}"), shell, dict.fromkeys(unknown))


# -- what they share ---------------------------------------------------------------------------------------------------


def walk(
    call: Call, state: "State", text: str, trail: "tuple[str, ...]", shell: str, given: "dict[str, str | None]"
) -> None:
    """Walk commands of a file in a shell of their own, and say by which way they come about."""
    walker = call.walker
    outer = walker.trail
    walker.trail = (*outer, *trail)
    try:
        if shell not in SHELLS:
            walker.opaque(f"{shell} is not read", state)
            return
        way = state.copy()
        way.functions = {}
        way.parameters = []
        way.variables.update(given)
        way.variables[LOST] = None
        walker.source(text, way, walker.here)
    finally:
        walker.trail = outer


def _quoted(word: "str | None") -> str:
    return f"${{{LOST}}}" if word is None else "'" + word.replace("'", "'\\''") + "'"


def _upwards(start: str, names: "tuple[str, ...]", call: Call) -> "str | None":
    """The nearest file of these names, from a folder upwards."""
    here = start
    while True:
        for name in names:
            path = os.path.join(here, name)
            if path in call.walker.files or os.path.isfile(path):
                return path
        above = os.path.dirname(here)
        if above == here:
            return None
        here = above


def marked(before: str, reference: str) -> str:
    """What stands for an unknown value in a shell text: a variable that is unknown too, outside of single quotes."""
    name = reference if is_name(reference) else LOST
    single = double = skip = False
    for c in before[before.rfind("\n") + 1 :]:
        if skip:
            skip = False
        elif c == "\\" and not single:
            skip = True
        elif c == "'" and not double:
            single = not single
        elif c == '"' and not single:
            double = not double
    return f"'\"${{{name}}}\"'" if single else f"${{{name}}}"
