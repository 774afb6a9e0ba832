"""Clients of databases: the files that a query names (psql(1), mysql(1))."""

import re

from onetree.shell.words import Field

from .call import Call

PIPED = re.compile(r"\\(?:o|out|g|gx|w|write|copy)\b", re.IGNORECASE)  # with | or PROGRAM after it on its line
PROGRAM = re.compile(r"\||\bprogram\b", re.IGNORECASE)
TARGET = r"\s+('(?:[^']|'')*'|[^\s;|]+)"
WRITTEN = re.compile(rf"\\(?:o|out|w|write|g|gx){TARGET}|\\copy\s(?:(?!\\copy)[^\n])*?\sto{TARGET}", re.IGNORECASE)
TEE = re.compile(rf"(?:^|[;\n])\s*(?:tee|\\T){TARGET}")
INPUT = re.compile(rf"\\(?:i|ir|include){TARGET}")


def _queries(call: Call, *options: str) -> "list[str]":
    """The texts of queries: of options, and of standard input if it is known; what is unknown is opaque."""
    texts = []
    for option, field in call.values:
        if option in options:
            if field.text is None:
                call.opaque(f"{call.name} {option}: its query is known only when it runs")
            else:
                texts.append(field.text)
    if not texts and call.state.piped and call.state.text is not None:
        texts.append(call.state.text)
    return texts


def _named(call: Call, pattern: "re.Pattern[str]", text: str, via: str, role: str = "w") -> None:
    for found in pattern.finditer(text):
        name = next(group for group in found.groups() if group)
        if name.strip("'").lower() not in ("stdout", "pstdout"):
            call.effect(role, Field(name.strip("'"), name), via)


def _runs(line: str) -> bool:
    found = PIPED.search(line)
    return found is not None and PROGRAM.search(line, found.end()) is not None


def psql(call: Call) -> None:
    r"""Meta-commands: \o, \w and \g write a file, \copy ... TO too; \! and | run a command."""
    call.record()
    call.option_values()
    for text in _queries(call, "-c", "--command"):
        if "\\!" in text or any(_runs(line) for line in text.split("\n")):
            call.opaque("psql: the command that it runs is not read")
        else:
            _named(call, WRITTEN, text, "\\o")
            _named(call, INPUT, text, "\\i", "r")


def mysql(call: Call) -> None:
    r"""Commands of the client: tee writes a file; \! runs a command. INTO OUTFILE is the server's own file."""
    call.record()
    call.option_values()
    for text in _queries(call, "-e", "--execute"):
        if re.search(r"\\!|(?:^|[;\n])\s*system\s", text):
            call.opaque("mysql: the command that it runs is not read")
        _named(call, TEE, text, "tee")
        for found in re.finditer(r"\binto\s+(?:outfile|dumpfile)\s+'([^']+)'", text, re.IGNORECASE):
            call.effect("w", Field(found[1], found[1]), "INTO OUTFILE", certain=False)
