"""A gitignore pattern, as a policy has it, -> what policy.py matches names with.

The language is git's, translated by pathspec, with two beginnings more, as in Claude Code's permission rules: "~/" is
the home folder and "//" the root of the file system. Not on the agent's path.
"""

import marshal
import os
import re
import warnings

from pathspec.patterns.gitignore.base import GitIgnorePatternError
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from onetree.policy import ANYWHERE, IN_FULL, IN_TREE, canonical

try:
    from re import _compiler, _parser  # type: ignore[attr-defined]
except ImportError:  # Python 3.10
    import sre_compile as _compiler
    import sre_parse as _parser

LONGEST = 1000  # characters

# Beginnings that gitignore takes literally, where something else was meant.
NOT_EXPANDED = re.compile(r"\$|%[A-Za-z]+%|~[^/]|~$")
WILD = re.compile(r"(?<!\\)(\\\\)*[*?\[]")

# (space, prefix, regular expression), as policy.Pattern has them.
Form = tuple[int, str, bytes]


def forms(text: str, home: str, folds: bool, led: dict[str, str]) -> tuple[Form, ...]:
    """What a pattern matches, its "!" left aside; two forms where its folder is reached through a symlink.

    folds: the file system ignores case. led: gets the folder that was looked at, and where it leads.
    Raises ValueError: "fact; way out".
    """
    body = text.removeprefix("!")
    _refuse(body)
    if body.startswith(("~/", "//")):
        full = (_escape(home.rstrip("/")) if body[0] == "~" else "") + body[1:]
        names = full.split("/")[1:]
        fixed = _literal(names)
        folder = "/" + "/".join(fixed)
        led[folder] = os.path.realpath(folder)
        tops = [_escape(top).rstrip("/") for top in dict.fromkeys((folder, led[folder]))]
        return tuple((IN_FULL, *_form("/".join([top, *names[len(fixed) :]]), folds)) for top in tops)
    anywhere = "/" not in body.rstrip("/") or body.startswith("**/")
    prefix, regex = _form(body, folds)
    return ((ANYWHERE if anywhere else IN_TREE, prefix.removeprefix("/"), regex),)


def _refuse(body: str) -> None:
    """Refuse what gitignore accepts without a word, and what then never matches or not what it seems to."""
    if not body.strip("/"):
        raise ValueError("matches nothing; write the name of a file or folder")
    if len(body) > LONGEST:
        raise ValueError(f"has more than {LONGEST} characters; write a wider pattern")
    if body != body.strip():
        raise ValueError("begins or ends with white space, which gitignore drops or no name has; take it out")
    if body.startswith("#"):
        raise ValueError("is a comment to gitignore; write \\# for a name that begins with #")
    if NOT_EXPANDED.match(body):
        raise ValueError("begins with what is not expanded; write ~/ for the home folder, // for a full path")
    if "[:" in body and ":]" in body:
        raise ValueError("has a class like [:alpha:], which pathspec does not know; write a range, as in [a-z]")
    names = body.removeprefix("/").removeprefix("/").removesuffix("/").split("/")
    if "" in names:
        raise ValueError("has a doubled slash, which no name has; write one")
    if "." in names or ".." in names:
        raise ValueError('has a name "." or ".."; write the path from the root of the tree, without them')


def _form(body: str, folds: bool) -> tuple[str, bytes]:
    """(prefix, regular expression) of a pattern without "!". Raises ValueError."""
    body = canonical(body, folds)
    try:
        regex, include = GitIgnoreSpecPattern.pattern_to_regex("\\" + body if body[0] == "!" else body)
        if regex is None or include is None:
            raise ValueError("has a [ that is not closed before the next slash; write \\[ for the character")
        # "$" would match before a newline at the end of a name, too; and what is not anchored is meant anywhere.
        regex = regex[: -len("$)")] + r"\Z)" if regex.endswith("|$)") else regex
        found = code(regex if regex.startswith("^") else f".*{regex}")
    except re.error as e:
        case = " on this file system, which ignores case" if folds else ""
        raise ValueError(f"is no gitignore pattern{case}: {e.msg}; repair it") from None
    except GitIgnorePatternError as e:
        raise ValueError(f"is no gitignore pattern: {e.__cause__ or e}; repair it") from None
    fixed = _literal(body.strip("/").split("/"))
    return ("/" + "/".join(fixed) if fixed else ""), found


def code(regex: str) -> bytes:
    """A regular expression as policy.rebuild() takes it; the dot takes a newline, as a name can have one.

    These are the arguments that `re.compile` passes to `_sre.compile` (CPython's Lib/re/_compiler.py, compile).
    Raises re.error.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # "[[" may mean a set in a set one day; not in gitignore
        tree = _parser.parse(regex, re.DOTALL)
    flags = re.DOTALL | tree.state.flags
    groups = dict(tree.state.groupdict)
    names: list[str | None] = [None] * tree.state.groups
    for name, number in groups.items():
        names[number] = name
    words = [int(word) for word in _compiler._code(tree, flags)]  # noqa: SLF001  # there is no public way to it
    return marshal.dumps((regex, int(flags), words, tree.state.groups - 1, groups, tuple(names)))


def _literal(names: list[str]) -> list[str]:
    """The names of a pattern before the first one with a wildcard."""
    wild = next((i for i, name in enumerate(names) if not name or WILD.search(name)), len(names))
    return [re.sub(r"\\(.)", r"\1", name) for name in names[:wild]]


def _escape(name: str) -> str:
    return re.sub(r"([\\*?\[\]!#])", r"\\\1", name)
