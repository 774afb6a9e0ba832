"""sqlite3: what its SQL and its dot commands write (sqlite3(1), the documentation of its shell)."""

from onetree.shell.words import Field

from .call import Call

READS = ("select", "explain", "values", "with", "pragma", "begin", "commit", "end", "rollback", "analyze;", "detach")
QUIET = set(
    ".tables .schema .mode .headers .header .dump .indexes .indices .databases .help .quit .exit .width .separator "
    ".timeout .nullvalue .print .echo .timer .stats .eqp .explain .changes .bail .fullschema .show .version .dbinfo "
    ".parameter .prompt .progress .connection .dbconfig .limit .lint .sha3sum .binary .crlf .scanstats .nonce".split()
)
WRITES = set("insert update delete replace create drop alter vacuum reindex analyze".split())


def sqlite(call: Call) -> None:
    """sqlite3 [OPTION]... [FILE [SQL]...]; without SQL it comes on standard input."""
    call.record()
    call.option_values()
    if call.has("-version", "--version", "-help", "--help"):
        return
    database = call.operands[0] if call.operands else None
    program = [f.text for option, f in call.values if option in ("-cmd", "--cmd")]
    program += [field.text for field in call.operands[1:]]
    if len(call.operands) < 2:
        program.append(call.state.text if call.state.piped else None)
    written = False
    for text in program:
        if text is None:
            call.opaque("sqlite3: its commands are known only when it runs", [database] if database else ())
            written = True
            continue
        statements = _dots(call, text)
        for statement in _parted(statements):
            written = _statement(call, statement) or written
    if database is not None and database.text not in (":memory:", ""):
        path = database
        if (database.text or "").startswith("file:"):
            path = Field((database.text or "")[5:].partition("?")[0], database.written)
        call.effect("w" if written and not call.has("-readonly", "--readonly") else "r", path)


def _dots(call: Call, text: str) -> str:
    """Note what lines that begin with a dot do; the other lines."""
    kept = []
    for line in text.splitlines():
        if not line.startswith("."):
            kept.append(line)
            continue
        words = [word.strip("'\"") for word in line.split()]
        name, rest = words[0], words[1:]
        files = [word for word in rest if not word.startswith("-")]
        if name in (".output", ".once", ".log", ".trace", ".excel", ".www") and rest:
            if files and files[-1].startswith("|"):
                call.walker.source(line.partition("|")[2], call.state.copy(), call.walker.here)
            elif files and files[-1] not in ("stdout", "stderr", "off", "on"):
                call.effect("w", Field(files[-1], files[-1]), name)
        elif name in (".backup", ".save", ".clone") and files:
            call.effect("w", Field(files[-1], files[-1]), name)
        elif name in (".shell", ".system") and rest:
            call.walker.source(line.partition(" ")[2], call.state.copy(), call.walker.here)
        elif name == ".import" and files:
            kept.append("insert;")
            if files[0].startswith("|"):
                call.walker.source(
                    line.partition("|")[2].rpartition(" ")[0].rstrip("'\""), call.state.copy(), call.walker.here
                )
        elif name in (".open", ".read", ".restore", ".load", ".archive", ".ar", ".session", ".cd", ".recover"):
            call.opaque(f"sqlite3: what its {name} does is not read", [Field(word, word) for word in files])
        elif name not in QUIET and not any(full.startswith(name) for full in QUIET):
            call.opaque(f"sqlite3: what its {name} does is not read")
    return "\n".join(kept)


def _parted(text: str) -> "list[str]":
    """The statements of a program, without comments; a ; in quotes parts nothing."""
    made, start, i, quote = [], 0, 0, ""
    while i < len(text):
        c = text[i]
        if quote:
            quote = "" if c == quote else quote
        elif c in "'\"`":
            quote = c
        elif text.startswith("--", i):
            end = text.find("\n", i)
            text = text[:i] + (text[end:] if end >= 0 else "")
            continue
        elif c == ";":
            made.append(text[start:i].strip())
            start = i + 1
        i += 1
    return [part for part in [*made, text[start:].strip()] if part]


def _statement(call: Call, text: str) -> bool:
    """Note what one statement does elsewhere; whether it changes the database."""
    low = text.lower()
    first = low.split(None, 1)[0].partition("(")[0]
    if "writefile" in low:
        _functions(call, text)
    if "edit(" in low or "load_extension" in low or "fts3_tokenizer" in low:
        call.opaque("sqlite3: what its functions run is not read")
    if first == "vacuum" and " into " in low.replace("\n", " ") + " ":
        name = text[low.rindex("into") + 4 :].strip()
        if name[:1] in "'\"" and name[-1:] == name[:1]:
            call.effect("w", Field(name[1:-1], name), "VACUUM INTO")
        else:
            call.opaque("sqlite3: the name after VACUUM INTO is known only when it runs")
        return False
    if first == "attach":
        parts = text.split("'") if "'" in text else text.split('"')
        if len(parts) > 2 and parts[1] != ":memory:":
            call.effect("w", Field(parts[1], parts[1]), "ATTACH", certain=False)
        return False
    if first == "pragma":
        return "=" in low and any(
            word in low for word in ("journal_mode", "user_version", "application_id", "auto_vacuum")
        )
    if first == "with":
        return any(word in low.replace("(", " ").split() for word in WRITES)
    return first not in READS


def _functions(call: Call, text: str) -> None:
    """writefile(NAME, ...): the name, if it is written there."""
    for part in text.split("writefile")[1:]:
        rest = part.lstrip().removeprefix("(").lstrip()
        end = rest.find("'", 1)
        if rest[:1] == "'" and end > 0 and not rest[end + 1 :].lstrip().startswith("||"):
            call.effect("w", Field(rest[1:end], rest[1:end]), "writefile")
        else:
            call.opaque("sqlite3: where its writefile() writes is known only when it runs")
