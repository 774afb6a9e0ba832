"""Rules of devtools.py: what runs something else, and what is not read."""

from onetree.shell.words import Field

from . import handler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tools import Tool


def script(found: "Tool") -> None:
    """`npm run, yarn NAME`: what package.json has for it is the business of recipes.py."""
    try:
        asked, run = handler("recipes.asked"), handler("recipes.script")
    except (ImportError, AttributeError):
        return
    wanted: tuple[str, str, list[str | None]] | None = asked(found.call)  # type: ignore[assignment]
    if wanted is not None:
        run(found.call, wanted[1], wanted[2])  # type: ignore[call-arg]  # the folder is in force already


def interpreter(found: "Tool") -> "str | None":
    """`bun FILE, deno run FILE, deno eval TEXT`: as the interpreter node."""
    rest = found.after.operands
    if found.verb == "eval" and rest:
        given = [Field("node", "node"), Field("-e", "-e"), *rest[:1]]
        return found.call.walker.run(given, found.call.state, found.call.assigned)
    if found.verb in ("eval", "repl"):
        found.opaque("what is typed into it is not seen")
        return None
    for option, field in found.call.values:
        if found.call.table.get(option) == "x":
            given = [Field("node", "node"), Field("-e", "-e"), field, *rest]
            return found.call.walker.run(given, found.call.state, found.call.assigned)
    files = found.call.operands if found.name == "bun" else rest
    if files and files[0].text is not None and found.call.brings(files[0]):
        return found.call.walker.run([Field("node", "node"), *files], found.call.state, found.call.assigned)
    for field in files[:1]:
        if "." in (field.text or ""):
            found.call.effect("r", field)
    return None


def runall(found: "Tool") -> "str | None":
    """All operands are a command."""
    rest = found.call.operands
    return found.call.walker.run(rest, found.call.state, found.call.assigned) if rest else None


def skip1(found: "Tool") -> "str | None":
    """After one operand there is a command."""
    rest = found.after.operands[1:]
    return found.call.walker.run(rest, found.call.state, found.call.assigned) if rest else None


def here(found: "Tool") -> None:
    """New files in the current directory, of names that only the other side knows."""
    found.opaque("the names of the files that it makes here are known only when it runs", (Field(".", "."),))


def worktree(found: "Tool") -> None:
    """`gh pr checkout`: git changes the files of the tree."""
    found.opaque("which files git changes is not known")


def coverage(found: "Tool") -> "str | None":
    """`coverage run PROGRAM, -m MODULE`: as python would."""
    module = found.after.value("-m")
    name = [Field("python", "python"), *([Field("-m", "-m"), module] if module else [])]
    call = found.call
    rest = found.call.operands[1:]
    at = next((k for k, field in enumerate(rest) if field.text == "-m"), None)
    after = rest[at:] if at is not None else found.after.operands
    return call.walker.run([name[0], *after], call.state, call.assigned) if after else None


def dotenv(found: "Tool") -> None:
    """`dotenv` [-f FILE] set KEY VALUE."""
    found.after.effect("w", found.call.value("-f", "--file") or Field(".env", ".env"))


def cogapp(found: "Tool") -> None:
    """`cog` -r FILES (cogapp): runs the Python in the files and puts what it prints there."""
    if found.given("-r"):
        found.opaque("the programs in the files are not read")
        for field in found.call.operands:
            found.call.effect("w", field)


def dartout(found: "Tool") -> None:
    """`dart` format -o none|show|json writes nothing."""
    out = found.after.value("-o", "--output")
    if out is not None and out.text in ("none", "show", "json"):
        found.after.operands.clear()


def formatted(found: "Tool") -> None:
    """A formatter that takes the files from its configuration."""
    if not found.after.operands:
        found.opaque("which files it formats is told by its configuration")


def last(found: "Tool") -> None:
    """The last operand is the file to write (aws s3api get-object, lambda invoke)."""
    if found.after.operands:
        found.after.effect("w", found.after.operands[-1])


def clone(found: "Tool") -> None:
    """`gh` repo clone OWNER/NAME [FOLDER]."""
    operands = found.after.operands
    if len(operands) > 1 and not (operands[1].text or "-").startswith("-"):
        found.after.effect("W", operands[1])
    elif operands and operands[0].text:
        name = operands[0].text.rstrip("/").rpartition("/")[2].removesuffix(".git")
        found.after.effect("W", Field(name, operands[0].written))
    elif operands:
        found.after.effect("W", operands[0])
