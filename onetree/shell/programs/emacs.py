"""emacs: its files, and the Lisp that --eval gives it (GNU Emacs Lisp manual, "Files")."""

from onetree.shell.scripts import after_delimited
from onetree.shell.words import Field

from .call import Call

# Emacs Lisp's functions on files: a letter for each argument ("." is none).
LISP = {
    "write-file": "w", "write-region": "..w", "append-to-file": "..w", "delete-file": "d", "rename-file": "dw",
    "copy-file": "rw", "delete-directory": "D", "make-directory": "w", "set-file-modes": "m", "find-file": "r",
    "insert-file-contents": "r", "find-file-literally": "r", "find-file-noselect": "r", "make-symbolic-link": ".w",
    "load": "r", "load-file": "r", "make-empty-file": "w", "with-temp-file": "w", "org-babel-tangle-file": ".",
}  # fmt: skip
LISP_RUN = ("shell-command", "shell-command-to-string", "async-shell-command", "call-process-shell-command")
LISP_UNREAD = (
    "eval",
    "call-process",
    "start-process",
    "make-process",
    "process-file",
    "load-library",
    "org-babel-tangle",
)
LISP_SAVES = (
    "save-buffer",
    "basic-save-buffer",
    "save-some-buffers",
    "save-buffers-kill-emacs",
    "save-buffers-kill-terminal",
)


def emacs(call: Call) -> None:
    """Emacs: its files, and the Lisp that --eval gives it."""
    call.option_values()
    texts = [field.text for option, field in call.values if call.table.get(option) == "x"]
    functions = [field.text for option, field in call.values if option in ("-f", "--funcall")]
    operands = [field for field in call.operands if not (field.text or "").startswith("+")]
    if not call.has("--batch", "-batch") and not texts:
        call.operands = operands
        call.operate("w*")
        return
    visited = list(operands)
    for text in [*texts, *(f"({name})" for name in functions)]:
        if text is None:
            call.opaque("emacs: its program is known only when it runs", operands)
        else:
            _lisp(call, text, visited)


def _lisp(call: Call, text: str, visited: "list[Field]") -> None:
    """The calls in a Lisp text whose arguments are plain; others are opaque."""
    tokens = _lisp_tokens(text)
    for k in range(len(tokens) - 1):
        if tokens[k] != "(":
            continue
        name, arguments = tokens[k + 1], _lisp_arguments(tokens, k + 2)
        if name in LISP:
            for role, argument in zip(LISP[name], arguments, strict=False):
                known = argument[1:] if argument.startswith('"') else None
                if role != "." and (known is not None or role != "r"):
                    call.effect(role, Field(known, argument, f"a name in {name}"), name)
                if name.startswith("find-file") and known is not None:
                    visited.append(Field(known, known))
        elif name in LISP_RUN:
            if arguments and arguments[0].startswith('"'):
                call.walker.source(arguments[0][1:], call.state.copy(), call.walker.here)
            else:
                call.opaque(f"emacs: what {name} runs is not read")
        elif name in LISP_SAVES:
            for field in visited[-1:]:
                call.effect("w", field, name)
        elif name in LISP_UNREAD:
            call.opaque(f"emacs: what {name} does is not read")


def _lisp_tokens(text: str) -> "list[str]":
    """Parentheses, strings (with their first quote, unescaped) and symbols."""
    made: list[str] = []
    i = 0
    while i < len(text) and len(made) < 20000:
        c = text[i]
        if c == '"':
            end = after_delimited(text, i + 1, '"')
            made.append('"' + text[i + 1 : end - 1].replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\"))
            i = end
        elif c == ";":
            end = text.find("\n", i)
            i = len(text) if end < 0 else end
        elif c in "()":
            made.append(c)
            i += 1
        elif c.isspace() or c in "'`,#":
            i += 1
        elif c == "?":
            i += 3 if text[i + 1 : i + 2] == "\\" else 2
        else:
            end = i
            while end < len(text) and not text[end].isspace() and text[end] not in "()\"';":
                end += 1
            made.append(text[i:end])
            i = max(end, i + 1)
    return made


def _lisp_arguments(tokens: "list[str]", at: int) -> "list[str]":
    """The arguments of a call; a call among them stands as "("."""
    made: list[str] = []
    depth = 0
    for word in tokens[at : at + 400]:
        if word == "(":
            if not depth:
                made.append("(")
            depth += 1
        elif word == ")":
            if not depth:
                break
            depth -= 1
        elif not depth:
            made.append(word)
    return made
