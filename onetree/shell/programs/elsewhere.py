"""Commands that run on another machine or in a container: those that only read and print there change nothing here."""

from onetree.shell import commands
from onetree.shell.words import Field

from .call import Call

# ssh(1): options that take a value.
SSH = "-B= -b= -c= -D= -E=w -e= -F=r -I= -i=r -J= -L= -l= -m= -O= -o= -P= -p= -Q= -R= -S= -W= -w="
# docker-exec(1), kubectl exec: options that take a value.
EXEC = "-e= --env= --env-file=r -u= --user= -w= --workdir= --detach-keys= --index="

FILES = (
    "!interpreters.",
    "!shells.",
    "!tools.",
    "!verbless.",
    "!making.",
    "!recipes.",
    "!wrappers.",
)  # run what a file says


def only_reads(call: Call, text: str) -> bool:
    """Whether a shell that is nowhere in this tree would do nothing but read and print."""
    from onetree.shell.notes import Stop
    from onetree.shell.walker import Walker

    walker = Walker(call.walker.state, call.walker.deadline)
    walker.depth = call.walker.depth
    state = call.state.copy()
    state.walker, state.folders, state.variables, state.functions, state.env = walker, (), {}, {}, {}
    try:
        walker.source(text, state, (0, 0))
        walker.end(state)
    except Stop:
        return False
    return all(effect.op == "read" for effect in walker.effects) and all(
        _told(command.argv[0] or "") for command in walker.commands
    )


def _told(name: str) -> bool:
    """Whether a command's own words tell all that it does, and not a file that lies where it runs."""
    row = commands.find(name.rpartition("/")[2])
    return name in commands.PLAIN if row is None else not row[0].startswith(FILES)


def ssh(call: Call) -> None:
    """`ssh` [options] destination [command ...]: the words after the destination are a line for the shell there."""
    call = Call(call.walker, call.state, call.fields, call.assigned)
    call.parse(("", SSH), stop=True)
    call.record()
    call.option_values()
    if call.has("-V", "-G") or call.given("-Q") or len(call.fields) < 2:
        return
    shown = call.operands[0].written if call.operands else "another machine"
    local = [f for option, f in call.values if option == "-o" and "command" in (f.text or "command").lower()]
    if local:
        call.opaque(f"ssh -o {local[0].written}: what this has run here is not read")
    elif not _quiet(call, call.operands[1:]):
        what = " ".join(field.written for field in call.operands[1:])[:60] or "a person types"
        call.opaque(f"ssh: what {what} does on {shown} is not seen from here")


def _quiet(call: Call, fields: "list[Field]") -> bool:
    texts = [field.text for field in fields if field.text is not None]
    return bool(texts) and len(texts) == len(fields) and only_reads(call, " ".join(texts))


def contained(call: Call, fields: "list[Field]") -> bool:
    """Whether the command after the container's name only reads and prints."""
    after = Call(call.walker, call.state, fields, call.assigned)
    after.parse(("", EXEC), stop=True)
    words = [field.text for field in after.operands[1:]]
    if not words or None in words:
        return False
    from shlex import quote

    return only_reads(call, " ".join(quote(word or "") for word in words if word != "--"))
