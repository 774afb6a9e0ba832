"""Commands that run another command: in another environment, later, elsewhere, for each word of a list."""

from onetree.action import TYPED
from onetree.shell import commands, words
from onetree.shell.words import Field

from .call import MATCHES, Call


def _wrapped(call: Call, skip: int, fields: "list[Field] | None" = None) -> "str | None":
    """Run what a wrapper runs; skip: how many operands of its own it has."""
    rest = (call.operands if fields is None else fields)[skip:]
    if not rest:
        call.record()
        return None
    state = call.state
    kept = {name: state.variables.get(name, ...) for name in call.assigned}
    state.variables.update(call.assigned)  # env NAME=VALUE
    try:
        return call.walker.run(rest, state, call.assigned, functions=call.name == "time")
    finally:
        for name, value in kept.items():
            if value is ...:
                state.variables.pop(name, None)
            else:
                state.variables[name] = value


def wrapper(call: Call, skip: int = 0) -> "str | None":
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    row = commands.find(call.name) or commands.READ
    call.parse(row, stop=True)
    call.option_values()
    if call.name in ("sudo", "doas") and call.has("-i", "-s", "--login", "--shell") and not call.operands:
        call.opaque(TYPED)
    if call.name == "sudo" and call.has("-e", "--edit"):
        for field in call.operands:
            call.effect("w", field)
        return None
    if any(call.table.get(option) == "x" for option, _ in call.values):
        return _run_text(call, next(field for option, field in call.values if call.table.get(option) == "x"))
    if call.name in ("npx", "bunx", "uvx") and call.operands:
        call.operands[0] = _unversioned(call.operands[0])
    while call.name in ("sudo", "cross-env") and call.operands and "=" in (call.operands[0].text or ""):
        name, _, value = (call.operands.pop(0).text or "").partition("=")
        call.assigned = {**call.assigned, name: value}
    folder = call.value("-D", "--chdir")
    if folder is not None:
        return _in_folder(call, folder, skip)
    return _wrapped(call, skip)


def _in_folder(call: Call, folder: Field, skip: int = 0) -> "str | None":
    before = call.state.folders
    call.state.folders = tuple(call.absolute(folder))
    try:
        return _wrapped(call, skip)
    finally:
        call.state.folders = before


def _unversioned(field: Field) -> Field:
    """The command of a package, PACKAGE@VERSION."""
    name, _, _ = (field.text or "").partition("@")
    return Field(name, field.written) if name else field


def runner(call: Call) -> "str | None":
    """`uv run`, `npm exec`, ...: a command follows a subcommand and its options."""
    row = commands.find(call.name) or commands.READ
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    call.parse(row, stop=True)
    call.record()
    if not call.operands or call.operands[0].text not in commands.RUN_AFTER.get(call.name, ("run",)):
        return None
    after = Call(call.walker, call.state, [Field(call.name, call.name), *call.operands[1:]], call.assigned)
    after.parse(row, stop=True)
    if any(after.table.get(option) == "x" for option, _ in after.values):
        return _run_text(after, next(field for option, field in after.values if after.table.get(option) == "x"))
    after.option_values()
    return _wrapped(after, 0)


def su(call: Call) -> "str | None":
    """su, runuser: -c TEXT, or with -u a command, else somebody types."""
    text = call.value("-c", "--command", "--session-command")
    if text is not None:
        return _run_text(call, text)
    call.record()
    if call.fields[1:] and not call.has("--version", "--help"):
        call.opaque(TYPED if not call.state.piped else f"{call.name}: what it reads and runs is not read")
    return None


def runuser(call: Call) -> "str | None":
    return wrapper(call) if any((f.text or "")[:2] == "-u" for f in call.fields[1:2]) else su(call)


def told(call: Call) -> None:
    """at, crontab, tmux, screen: they hand commands to a program that runs already, or will."""
    call.record()
    call.option_values()
    first = next((f.text for f in call.fields[1:]), "")
    if first not in ("-l", "-V", "-v", "-ls", "-list", "ls", "list-sessions", "capture-pane", "has-session", "attach"):
        call.opaque(f"{call.name}: what it has run elsewhere is not read")


def wrapper_1(call: Call) -> "str | None":
    return wrapper(call, 1)


def env(call: Call) -> "str | None":
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    call.parse(commands.COMMANDS["env"], stop=True)
    given = dict(call.assigned)
    text = call.value("-S", "--split-string")
    if text is not None:
        if text.text is None:
            call.opaque("env -S: what it runs is known only when it runs")
            return None
        return call.walker.source(text.text, call.state.copy(), call.walker.here)
    while call.operands and call.operands[0].text is not None and "=" in call.operands[0].text:
        name, _, value = call.operands.pop(0).text.partition("=")  # type: ignore[union-attr]
        given[name] = value
        from onetree.shell import assignments

        assignments.orders(call.walker, {name: value}, call.state)
    call.assigned = given
    folder = call.value("-C", "--chdir")
    return _in_folder(call, folder) if folder else _wrapped(call, 0)


def flock(call: Call) -> "str | None":
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    call.parse(commands.COMMANDS["flock"], stop=True)
    if not call.operands:
        call.record()
        return None
    if not words.digits(call.operands[0].text or "") and not call.is_folder(call.operands[0]):
        call.effect("w", call.operands[0], certain=False)
    rest = call.operands[1:]
    if rest and rest[0].text in ("-c", "--command"):
        return _run_text(call, rest[1] if len(rest) > 1 else Field("", ""))
    text = call.value("-c", "--command")
    return _run_text(call, text) if text else _wrapped(call, 0, rest)


def onetree(call: Call) -> "str | None":
    """`onetree lock run RESOURCE ... -- COMMAND`; all else keeps to its own files, but metrics --plot FILE."""
    call.record()
    call.option_values()
    texts = [field.text for field in call.fields]
    if texts[1:2] not in (["lock"], [None]) or texts[2:3] not in (["run"], [None]):
        return None
    if "--" in texts[:-1]:
        return _wrapped(call, texts.index("--") + 1, call.fields)
    if None in texts:
        call.opaque("onetree lock: whether it runs a command, and which, is known only when it runs")
    return None


def _run_text(call: Call, field: Field) -> "str | None":
    if field.text is None:
        call.opaque(f"{call.name}: what it runs is known only when it runs")
        return None
    return call.walker.source(field.text, call.state.copy(), call.walker.here)


def watch(call: Call) -> "str | None":
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    call.parse(commands.COMMANDS["watch"], stop=True)
    texts = [field.text for field in call.operands]
    known = [text for text in texts if text is not None]
    return _run_text(call, Field(" ".join(known) if len(known) == len(texts) else None, ""))


def logsave(call: Call) -> "str | None":
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    call.parse(commands.COMMANDS["logsave"], stop=True)
    if call.operands:
        call.effect("w", call.operands[0])
    return _wrapped(call, 1)


def texts(call: Call) -> None:
    """pee: each operand is a command line."""
    call.record()
    for field in call.operands:
        _run_text(call, field)


def xargs(call: Call) -> "str | None":
    state = call.state
    text = state.text if state.piped else None
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    call.parse(commands.COMMANDS["xargs"], stop=True)
    call.option_values()
    if not call.operands:
        call.operands = [Field("echo", "echo")]
    listed = call.value("-a", "--arg-file")
    if listed is not None:
        paths = call.absolute(listed)
        text = call.walker.file(paths[0]) if len(paths) == 1 else None
    unknown = Field(None, "xargs", "what xargs reads")
    replaced = call.value("-I", "-i", "--replace")
    if replaced is None and call.has("-i", "--replace"):
        replaced = Field("{}", "{}")
    parts = None if text is None else _items(call, text, lines=replaced is not None)
    items = [unknown] if parts is None else [Field(part, part) for part in parts]
    if not items and call.has("-r", "--no-run-if-empty"):
        call.record()
        return ""
    before = state.piped, state.text
    state.piped, state.text = True, ""
    try:
        if replaced is None:
            each = call.value("-n", "--max-args", "-L", "--max-lines", "-l")
            count = int(each.text or "") if each is not None and words.digits(each.text or "") else 0
            if count and 0 < len(items) <= count * MATCHES:
                groups = [items[k : k + count] for k in range(0, len(items), count)]
            else:
                groups = [items]
            runs = [[*call.operands, *group] for group in groups]
        else:
            runs = [put(call.operands, replaced.text or "{}", item) for item in items[:MATCHES]]
            if len(items) > MATCHES:
                runs.append(put(call.operands, replaced.text or "{}", unknown))
        printed = [call.walker.run(run, state, call.assigned, functions=False) for run in runs]
    finally:
        state.piped, state.text = before
    return None if None in printed else "".join(text or "" for text in printed)


def _items(call: Call, text: str, *, lines: bool) -> "list[str] | None":
    """The items that xargs reads (xargs(1)); None for what its quotes make of it is not worked out."""
    mark = call.value("-d", "--delimiter")
    if call.has("-0", "--null"):
        parts = text.split("\0")
    elif mark is not None:
        between = {"\\n": "\n", "\\0": "\0", "\\t": "\t"}.get(mark.text or "", mark.text or "\n")
        parts = text.removesuffix(between).split(between)
    elif any(c in text for c in "'\"\\"):
        return None
    else:
        parts = [line.lstrip() for line in text.splitlines()] if lines else text.split()
    return [part for part in parts if part]


def script(call: Call) -> "str | None":
    """Read script [-c COMMAND] [FILE]: the log is `typescript` unless it is named (script(1))."""
    call.record()
    if call.has("-V", "--version", "-h", "--help"):
        return None
    call.option_values()
    logs = ("-O", "--log-out", "-I", "--log-in", "-B", "--log-io")
    if call.operands:
        call.effect("w", call.operands[0])
    elif call.value(*logs) is None:
        call.effect("w", Field("typescript", "typescript"))
    text = call.value("-c", "--command")
    if text is not None:
        return _run_text(call, text)
    call.opaque(TYPED if not call.state.piped else "script: what it reads and runs is not read")
    return None


def lock(call: Call) -> "str | None":
    """setlock, lckdo: they make a lock file and run what follows."""
    _again(call)
    if call.operands:
        call.effect("w", call.operands[0], certain=False)
    return _wrapped(call, 1)


def texts_of_options(call: Call) -> None:
    """A program that runs the command lines that its options give it (nix-shell --run)."""
    call.record()
    found = [field for option, field in call.values if call.table.get(option) == "x"]
    for field in found:
        _run_text(call, field)
    if not found and not call.has("--help", "--version"):
        call.opaque(TYPED)


def direnv(call: Call) -> "str | None":
    """`direnv exec DIR COMMAND`; it runs DIR's .envrc before (direnv(1))."""
    if len(call.fields) > 3 and call.fields[1].text == "exec":
        return call.walker.run(call.fields[3:], call.state, call.assigned)
    call.record()
    return None


def parallel(call: Call) -> "str | None":
    """GNU parallel: a command, and after ::: its items, or they come on standard input (parallel(1))."""
    _again(call)
    operands = call.operands
    texts = [field.text for field in operands]
    marks = [k for k, text in enumerate(texts) if text in (":::", "::::", ":::+", "::::+")]
    cut = marks[0] if marks else len(operands)
    run, items = operands[:cut], operands[cut + 1 :]
    if not marks and call.name == "parallel":
        text = call.state.text if call.state.piped else None
        items = [Field(line, line) for line in text.replace("\0", "\n").splitlines()] if text is not None else []
    if call.has("--dry-run", "--dryrun", "--version", "--help", "--citation"):
        call.record()
        return None
    simple = (
        len(marks) < 2 and texts[cut : cut + 1] in ([], [":::"]) and not call.has("-X", "-m", "--pipe", "--shebang")
    )
    written = [field.written if field.text is None else field.text for field in run]
    if call.name == "sem":
        return _run_text(call, Field(" ".join(written), ""))
    if not simple or not items or len(items) > MATCHES or any(field.text is None for field in (*run, *items)):
        call.record()
        call.opaque(f"{call.name}: what it runs is not read", items[:MATCHES])
        return None
    line = " ".join(written)
    if not any(mark in line for mark in ("{}", "{.}", "{/}", "{//}", "{/.}", "{1}")):
        line = (line + " {}").lstrip()
    for field in items:
        text, (folder, slash, name) = field.text or "", (field.text or "").rpartition("/")
        stem = name.rpartition(".")[0] or name
        each = line if run else text
        for mark, value in (
            ("{//}", folder or "."),
            ("{/.}", stem),
            ("{/}", name),
            ("{.}", folder + slash + stem),
            ("{}", text),
            ("{1}", text),
        ):
            each = each.replace(mark, _quoted(value) if run else value)
        call.walker.source(each, call.state.copy(), call.walker.here)
    return None


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _again(call: Call) -> None:
    """Read the words once more: options end where the command begins."""
    row = call.row
    call.__init__(call.walker, call.state, call.fields, call.assigned)  # type: ignore[misc]
    call.parse(row, stop=True)


def put(fields: "list[Field]", mark: str, item: Field) -> "list[Field]":
    """The words with item in place of the mark."""
    made = []
    for field in fields:
        if field.text is None or mark not in field.text:
            made.append(field)
        elif item.text is None:
            made.append(Field(None, field.written, item.why))
        else:
            made.append(Field(field.text.replace(mark, item.text), field.written))
    return made


def remote(call: Call) -> None:
    call.record()
    if call.fields[1:] and not call.has("-V", "--version", "--help"):
        call.opaque(f"{call.name}: what it runs elsewhere is not read")


def docker(call: Call) -> None:
    call.record()
    words_given = [field.text for field in call.fields[1:] if field.text and not field.text.startswith("-")]
    if words_given[:1] in (["run"], ["exec"], ["cp"], ["compose"]) and words_given[1:2] not in (
        ["ps"],
        ["logs"],
        ["config"],
        ["up"],
        ["down"],
        ["build"],
    ):
        call.opaque(f"{call.name} {words_given[0]}: what it does with mounted folders is not read")
