"""Show who wrote a file and when: every write of an agent, oldest first, with the ID that `onetree undo` takes."""

import argparse
import os
import sys

from onetree import jsonlite, paths, root, writes
from onetree.visible import visible

SHOWN = ("wrote", "undo", "commit")


def main(argv: "list[str] | None" = None) -> int:
    """The command; gives the exit code."""
    parser = argparse.ArgumentParser(prog="onetree log", description=__doc__, allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("paths", nargs="+", metavar="PATH")
    args = parser.parse_args(argv)
    code = 0
    for path in args.paths:
        where = place(path)
        if where is None:
            reason = f"no {root.POLICY} in a folder above it"
            print(visible(f"onetree log: unable to show {path}: {reason}"), file=sys.stderr)
            return 2
        home, name = where
        lines = writes.history(os.path.join(home, root.STATE), name)
        open_ = writes.unended(lines)
        lines = [x for x in lines if x["do"] in SHOWN or x in open_]
        for line in lines:
            print(jsonlite.dumps({"id": writes.ident(line), **line}) if args.json else visible(text(line)))
        if not lines:
            print(visible(f"{name}: no agent has written it, as far as is recorded"), file=sys.stderr)
            code = 1
    return code


def place(path: str) -> "tuple[str, str] | None":
    """(root of the tree, name below it) of a file, whether it is there or not; None outside of a governed tree.

    Of a symbolic link itself if agents wrote that, else of the file that it leads to.
    """
    if os.path.islink(path):
        folder, last = os.path.split(os.path.abspath(path))
        where = _below(os.path.join(os.path.realpath(folder), last))
        if where and writes.recent(os.path.join(where[0], root.STATE), where[1]):
            return where
    return _below(os.path.realpath(path))


def _below(real: str) -> "tuple[str, str] | None":
    home = root.find(os.path.dirname(real))
    name = paths.relative(real, os.path.realpath(home)) if home else None
    return (home, name) if home and name else None


def text(line: writes.Line) -> str:
    """A write in a line: ID, time, who, by what, and the sizes."""
    when = f"{str(line.get('t'))[:19].replace('T', ' ')} UTC"
    if line["do"] == "commit":
        return (
            f"{'':8}  {when}  {writes.label(line)}  committed what it wrote, up to {str(line.get('upto'))[: writes.ID]}"
        )
    if line["do"] == "begin":
        return f"{writes.ident(line)}  {when}  {writes.label(line)}  {line.get('tool')}  began, and no end is known"
    kept = "" if line.get("kept") else "  (too large to be kept)"
    what = "undo" if line["do"] == "undo" else line.get("tool")
    sizes = f"{_size(line, 'was', 'link_before')} -> {_size(line, 'size', 'link')}"
    return f"{writes.ident(line)}  {when}  {writes.label(line)}  {what}  {sizes}{kept}"


def _size(line: writes.Line, size: str, link: str) -> str:
    if line.get(link):
        return f"link to {line[link]}"
    return "nothing" if line.get(size) == -1 else f"{line.get(size)} bytes"
