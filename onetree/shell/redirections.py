"""Redirections: what they read and write, what standard input becomes, and where what is printed goes."""

import os

from . import commands, words
from .state import Archive
from .words import Field, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .form import Redirect
    from .state import State
    from .walker import Walker

WRITES = (">", ">>", ">|", "&>", "&>>", ">&", "<>")


def redirect(walker: "Walker", redirects: "list[Redirect]", state: "State") -> "list[str]":
    """Note what redirections do, set the state's standard input: where standard output goes, if to a file."""
    to_file: list[str] = []
    for redirect in redirects:
        walker.here = walker.span(redirect.span)
        source = walker.text[slice(*redirect.target)]
        if redirect.op == "<<" and redirect.heredoc:
            if redirect.fd in ("", "0"):
                state.piped, state.text, state.archive = True, _heredoc(walker, redirect, state), None
            continue
        field = _target(source, state)
        if redirect.fd.startswith("{") and field.text != "-":  # bash chooses one above 9 (bash(1), REDIRECTION)
            state.variables[redirect.fd[1:-1]] = "10"
        if redirect.op == "<<<":
            state.piped, state.text = True, None if field.text is None else field.text + "\n"
            continue
        if redirect.op in (">&", "<&") and _is_descriptor(field, redirect):
            if redirect.op == "<&" and redirect.fd in ("", "0") and field.text in state.inputs:
                state.piped, state.text = True, state.inputs[field.text or ""]
            continue
        if redirect.op == "<":
            walker.emit("read", field, state, "< redirection")
            text = walker.file(os.path.join(state.folder or "/", field.text)) if field.text else None
            if redirect.fd in ("", "0"):
                state.piped, state.text = True, text
                state.archive = os.path.normpath(os.path.join(state.folder or "/", field.text or ""))
            else:
                state.inputs[redirect.fd] = text
        elif redirect.op in WRITES:
            paths = walker.emit("write", field, state, f"{redirect.op} redirection", certain=redirect.op != "<>")
            if redirect.fd in ("", "1") and redirect.op != "<>":
                to_file = paths if redirect.op not in (">>", "&>>") else [">>", *paths]
                to_file = to_file or ["/dev/null"]
    return to_file


def refused(walker: "Walker", redirects: "list[Redirect]", state: "State") -> bool:
    """Whether set -C keeps the first > from a regular file that is there; the command does not run then."""
    if not redirects or redirects[0].op not in (">", "&>"):
        return False
    field = _target(walker.text[slice(*redirects[0].target)], state)
    if not field.text or (state.folder is None and field.text[0] != "/"):
        return False
    path = os.path.normpath(os.path.join(state.folder or "/", field.text))
    if path in commands.DEVICES or not walker.exists(path) or (os.path.lexists(path) and not os.path.isfile(path)):
        return False
    state.status = 1
    return True


def give_back(walker: "Walker", redirect: "Redirect", state: "State") -> None:
    """After <&N: what is left of that descriptor's input."""
    source = walker.text[slice(*redirect.target)]
    if redirect.op == "<&" and source in state.inputs:
        state.inputs[source] = state.text


def _target(source: str, state: "State") -> Field:
    """A redirection's word: bash takes it only if it becomes one word."""
    fields = words.expand(source, state)
    if len(fields) == 1:
        return fields[0]
    if not fields:
        return Field("", source)
    return Field(None, source, f"which of {len(fields)} names {source} becomes")


def _is_descriptor(field: Field, redirect: "Redirect") -> bool:
    """Whether >&WORD and <&WORD name a descriptor."""
    if field.text is None:
        return redirect.op == "<&" or bool(redirect.fd)
    return redirect.op == "<&" or words.digits(field.text.rstrip("-")) or field.text == "-"


def _heredoc(walker: "Walker", redirect: "Redirect", state: "State") -> "str | None":
    """The text of a here-document, None if unknown."""
    found = redirect.heredoc
    if found is None:
        return None
    text = walker.text[slice(*found.body)]
    if found.strip:
        text = "".join(line.lstrip("\t") for line in text.splitlines(keepends=True))
    if found.literal:
        return text
    try:
        return words.body(text, state)
    except Unknown:
        return None


def printed(walker: "Walker", to_file: "list[str]", text: "str | None") -> "str | None":
    """What is left to print after redirections; what goes to a file is remembered as its text."""
    if not to_file:
        return text
    append = to_file[0] == ">>"
    members = text.members if isinstance(text, Archive) and not append else None
    text = None if isinstance(text, Archive) else text
    for path in to_file[append:]:
        if append and text is not None:
            old = walker.file(path) if os.path.normpath(path) in walker.files or os.path.exists(path) else ""
            text = None if old is None else old + text
        walker.remember(path, text)
        if members is not None:
            walker.archives[os.path.normpath(path)] = members
    return ""
