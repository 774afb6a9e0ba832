"""Bring back what a file was before an agent wrote it: before its last write, or before the write with this ID.

What is there now is kept, so an undo can be undone, by the ID that it prints. A file that has changed since that write
is left as it is, unless --force. An agent can take back its own writes; a person can take back anybody's.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable

from onetree import blobs, flock, git, identity, journal, jsonlite, observe, paths, policy, root, writes
from onetree.guards import ROLLED_OUT
from onetree.verdict import CHECKPOINT
from onetree.visible import visible

from .log import place


class Refusal(Exception):
    """Why nothing is done. args: the exit code and the text."""


def main(argv: "list[str] | None" = None) -> int:
    """The command; gives the exit code."""
    parser = argparse.ArgumentParser(prog="onetree undo", description=__doc__, allow_abbrev=False)
    parser.add_argument("--force", action="store_true", help="also if the file has changed since; that version is kept")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("what", metavar="PATH|ID", help="a file, or an ID as `onetree log PATH` shows it")
    args = parser.parse_args(argv)
    try:
        home, name, ident = _find(args.what)
        done = undo(home, name, ident, force=args.force)
    except Refusal as e:
        code, text = e.args
        print(visible(f"onetree undo: {text}"), file=sys.stderr)
        return int(code)
    except (OSError, flock.FlockError, policy.PolicyError) as e:
        print(visible(f"onetree undo: unable to bring back {args.what}: {e}"), file=sys.stderr)
        return 111
    if args.json:
        print(jsonlite.dumps(done))
    else:
        size = f"{done['size']} bytes" if done["mode"] else "no file"
        size = f"a link to {done['link']}" if done.get("link") else size
        print(visible(f"{name}: as before {done['undid']}, {size}; `onetree undo {done['id']}` takes this back"))
    return 0


def _find(what: str) -> "tuple[str, str, str]":
    """(root of the tree, name below it, ID of the write or ""). Raises Refusal."""
    home = root.find(os.getcwd())
    if home and len(what) == writes.ID and not set(what) - set("0123456789abcdef") and not os.path.lexists(what):
        for name, lines in writes.all_files(os.path.join(home, root.STATE)).items():
            if any(writes.ident(x) == what for x in _undoable(os.path.join(home, root.STATE), lines)):
                return home, name, what
    where = place(what)
    if where is None:
        raise Refusal(2, f"unable to bring back {what}: no {root.POLICY} in a folder above it")
    return (*where, "")


def _undoable(state: str, lines: "list[writes.Line]") -> "list[writes.Line]":
    """The writes, oldest first; of one that has begun and has no end, what is known by the notes before it."""
    open_ = {id(x): note for x in writes.unended(lines) for note in _noted(state, x)}
    return [{**x, **open_.get(id(x), {})} for x in lines if x["do"] in ("wrote", "undo") or id(x) in open_]


def _noted(state: str, begun: writes.Line) -> "list[writes.Line]":
    notes = observe.notes_of(state, str(begun["call"])) or []
    return [
        {"before": n["blob"], "mode_before": n["mode"], "was": n["size"], "link_before": n["link"]}
        for n in notes
        if n["path"] == begun["path"] and n["op"] in observe.CHANGED
    ][:1]


def undo(home: str, name: str, ident: str, *, force: bool) -> "dict[str, object]":
    """Bring back; gives the line of this undo, its ID and that of the write. Raises Refusal, OSError, FlockError."""
    state = os.path.join(home, root.STATE)
    real = os.path.join(os.path.realpath(home), name)
    client, session = identity.caller()
    with writes.Held(state, name) as held:
        history = writes.history(state, name)
        lines = _undoable(state, history)
        if not force:
            _nobody_writes(name, history, writes.who(client or "person", session, ""))
        line = next((x for x in reversed(lines) if ident in ("", writes.ident(x))), None)
        if line is None:
            raise Refusal(1, f"unable to bring back {name}: no agent has written it, as far as is recorded")
        if client:
            _may(home, real, name, line, client, session)
        now = blobs.look(real, blobs.algorithm(home), 0)
        _unchanged(name, line, lines, now, force=force)
        link = str(line.get("link_before", ""))
        old = os.fsencode(link) if link else content(home, state, line)
        if now.blob:
            blobs.put(state, now.blob, now.data)
        done = {
            "do": "undo", "path": name, **writes.who(client or "person", session, ""), "call": "", "tool": "undo",
            "via": "undo", "whole": True, "before": now.blob, "was": now.size if now.mode else -1,
            "mode_before": now.mode, "after": line["before"], "size": line["was"], "mode": line["mode_before"],
            "kept": True, "undid": writes.ident(line),
            **({"link_before": now.link} if now.link else {}), **({"link": link} if link else {}),
        }  # fmt: skip
        done = _replace(real, old, str(line["mode_before"]), lambda: held.add(done), link=bool(link))
    _record(state, done)
    return {**done, "id": writes.ident(done)}


def _nobody_writes(name: str, history: "list[writes.Line]", agent: writes.Line) -> None:
    """Refuse while another agent's write is under way: one of the two would be lost."""
    other = writes.under_way(history, agent, time.time())
    if other:
        fact = (
            f"it is being written by {writes.label(other)} at this moment, or no end is known because that was killed"
        )
        way = f"try again in {writes.OPEN:g} seconds; --force keeps what is there now, too"
        raise Refusal(1, f"unable to bring back {name}: {fact}; {way}")


def _may(home: str, real: str, name: str, line: writes.Line, client: str, session: str) -> None:
    """Refuse an agent what is another's, and what no tool of its own might write."""
    if (line.get("platform"), line.get("session")) != (client, session):
        raise Refusal(
            1, f"{name} was written by {writes.label(line)}: an agent takes back only its own writes; ask a person"
        )
    found = policy.load(home, ROLLED_OUT).decide("write", paths.resolve(real, "/", "/"))
    if found and found.tier >= CHECKPOINT:
        raise Refusal(1, f"{name} is protected by {root.POLICY}:{found.line}; ask a person")


def _unchanged(name: str, line: writes.Line, lines: "list[writes.Line]", now: blobs.Look, *, force: bool) -> None:
    if now.mode and not now.blob and not now.link:
        what = "no regular file" if now.mode == "other" else "too large for what is there to be kept"
        raise Refusal(1, f"unable to bring back {name}: it is {what}; move it away first")
    if line["do"] == "begin" and not force:
        fact = f"{writes.label(line)} began to write it, and no end is known: what is there now may be anybody's"
        raise Refusal(1, f"unable to bring back {name}: {fact}; --force keeps that version, too")
    if force or (now.blob, now.mode, now.link) == (line["after"], line["mode"], line.get("link", "")):
        return
    last = lines[-1]
    by = (
        writes.label(last)
        if last is not line and last.get("after") == now.blob
        else "something outside of onetree's sight"
    )
    way = f"see `onetree log {name}`; --force keeps that version, too"
    raise Refusal(1, f"unable to bring back {name}: it was changed since {writes.ident(line)}, by {by}; {way}")


def content(home: str, state: str, line: writes.Line) -> "bytes | None":
    """What the file was before a write; None if it was not there. Raises Refusal if it is kept nowhere."""
    if not line["mode_before"]:
        return None
    blob = str(line["before"])
    data = blobs.get(state, blob)
    if data is None and blob:
        try:
            data = git.run(home, "cat-file", "blob", blob)
        except git.GitError:  # it is not in git either
            pass
    if data is None:
        why = "it is too old" if blob else f"it was larger than {blobs.MAX_BYTES >> 20} MiB"
        raise Refusal(1, f"unable to bring back {line['path']}: that version is not kept, {why}")
    return data


def _replace(
    real: str, data: "bytes | None", mode: str, say: "Callable[[], writes.Line]", *, link: bool
) -> writes.Line:
    """Put the content there; say() when only the renaming is left, so that a kill leaves the ID of what was there."""
    if data is None:
        line = say()
        if os.path.lexists(real):
            os.unlink(real)
        return line
    os.makedirs(os.path.dirname(real), exist_ok=True)
    beside = f"{real}.{os.getpid()}.undo"
    plain = os.path.isfile(real) and not os.path.islink(real)
    bits = os.stat(real).st_mode & 0o777 if plain else 0o666 & ~_umask()
    bits = bits | (bits & 0o444) >> 2 if mode == blobs.EXECUTABLE else bits & ~0o111
    try:
        if link:
            os.symlink(data, os.fsencode(beside))
        else:
            _write(beside, data, bits)
        line = say()
        os.replace(beside, real)
    except BaseException:
        if os.path.lexists(beside):
            os.unlink(beside)
        raise
    return line


def _write(path: str, data: bytes, bits: int) -> None:
    with open(path, "xb") as f:
        f.write(data)
        os.fchmod(f.fileno(), bits)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _record(state: str, done: writes.Line) -> None:
    record: dict[str, object] = {
        **{k: done[k] for k in ("platform", "session", "agent")}, "event": "undo", "phase": "other", "tool": "undo",
        "tier": "allow", "note": f"undid {done['undid']}", "verdicts": [], "effects": [],
        "wrote": [[done["path"], done["before"], done["after"], writes.ident(done)]],
    }  # fmt: skip
    try:
        journal.append(state, record)
    except journal.JournalError as e:
        print(visible(f"onetree undo: unable to record it, which holds all the same: {e}"), file=sys.stderr)
