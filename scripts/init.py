"""Set a project up: write its policy and register onetree's hooks with the agents' clients.

Everything is looked at first; if one file cannot be read or edited, nothing at all is written. Each file is written
beside and renamed, and keeps its mode. Run it again at any time: what is as it should be stays untouched.
"""

import argparse
import difflib
import io
import os
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass

import onetree
from onetree import jsonc, paths, platforms, policyfile, registration, root, sealed
from onetree.guards import ROLLED_OUT
from onetree.policy import PolicyError

PROG = "onetree init"

# What a person has still to do before a platform's client runs the hooks.
NEXT = {
    "claude": "nothing more with -p; started interactively, it asks once whether to trust the folder",
    "gemini": "trust the folder when it asks, or by /permissions: an untrusted folder silently drops the hooks",
    "codex": "start it here, trust the project, approve the hooks in /hooks: until then it silently skips them",
}
AFTER = """\
Restart sessions that are running: not every client reads its settings again.
The settings name this machine's {python}: commit them only if the whole team has it there.
`onetree doctor` proves that the hooks work."""
IGNORE = b"state/\n"
# What init and the other commands can make again: all that --remove takes out of .onetree/state.
REMAKEABLE = (sealed.KEY, "policy.cache", "bashlex.cache", "journal.lock")


class Refusal(Exception):
    """Why nothing is done: one finding a line."""


@dataclass
class Change:
    """One file. path: where it really is, symbolic links followed. shown: as in messages. None: there is no file."""

    path: str
    shown: str
    old: "bytes | None"
    new: "bytes | None"
    does: str = ""


def main(argv: "list[str] | None" = None) -> int:
    """Run the command; see --help."""
    parser = argparse.ArgumentParser(
        prog=PROG, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dir", metavar="DIR", nargs="?", help="default: the git top level, else the current directory")
    parser.add_argument(
        "--platform", metavar="NAME", action="append", choices=platforms.NAMES,
        help=f"one of {', '.join(platforms.NAMES)}; may be repeated; default: all of them",
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="show what would change, as a diff; write nothing")
    parser.add_argument("--remove", action="store_true", help="take out what init put in; the policy stays")
    args = parser.parse_args(argv)
    try:
        home = project(args.dir)
        names = tuple(dict.fromkeys(args.platform or platforms.NAMES))
        if args.remove:
            return remove(home, names, dry_run=args.dry_run)
        return install(home, names, dry_run=args.dry_run)
    except Refusal as e:
        print(e)
        return 1
    except OSError as e:
        print(f"{PROG}: unable to set up {e.filename or 'the project'}: {e.strerror or e}", file=sys.stderr)
        return 111


def install(home: str, names: "tuple[str, ...]", *, dry_run: bool) -> int:
    """Write policy and settings. Raises Refusal, with nothing written, and OSError."""
    python, script = installed()
    lines = {n: registration.command(n, python, script) for n in names}
    changes = [*_own_files(home), *_settings(home, lines)]
    if dry_run:
        _show(changes)
        return 0
    write(changes)
    sealed.key(os.path.join(home, root.STATE))
    _tell(changes)
    seen = seen_by_git(home)
    if seen:
        print(f"{root.STATE}: {seen[0]}; repair: {seen[1]}", file=sys.stderr)
    for name in names:
        print(f"{name}: {NEXT[name]}")
    print(AFTER.format(python=python))
    for path, name, what, line, column in _unread(home, names):
        print(
            f"{path}:{line}:{column}: {what}: {name}'s client does not read such a file, so its hooks are off; "
            f"take the {what} out",
            file=sys.stderr,
        )
    return 0


def remove(home: str, names: "tuple[str, ...]", *, dry_run: bool) -> int:
    """Take the hooks out, and with the last of them what else init made. Raises Refusal and OSError."""
    changes = list(_settings(home, dict.fromkeys(names)))
    others = [n for n in platforms.NAMES if n not in names and _registered(home, n)]
    state = os.path.join(home, root.STATE)
    kept = sorted(set(os.listdir(state)) - set(REMAKEABLE)) if os.path.isdir(state) else []
    if not others and not kept:
        changes += _made_files(home)
    if dry_run:
        _show(changes)
        return 0
    write(changes)
    _tell(changes)
    if others:
        print(f"kept {root.HOME}: {', '.join(others)} still registered")
        return 0
    if kept:
        print(f"kept {root.STATE} ({', '.join(kept)}): the audit trail; delete it yourself if nobody needs it")
    if os.path.lexists(os.path.join(home, root.POLICY)):
        print(f"kept {root.POLICY}: it is yours; without hooks nothing enforces it")
    return 0


def project(directory: "str | None") -> str:
    """The folder to set up, absolute and real. Raises Refusal if it is none."""
    if directory is None:
        top = _git(os.getcwd(), "rev-parse", "--show-toplevel")
        directory = top.stdout.removesuffix("\n") if top is not None and top.returncode == 0 else os.getcwd()
    if not os.path.isdir(directory):
        raise Refusal(f"{directory}: not a folder; name the folder that holds the project")
    return os.path.realpath(directory)


def installed() -> "tuple[str, str]":
    """The interpreter and the `onetree` executable to register. Raises Refusal if they would not work.

    The interpreter is this one by the name it was started with: resolving it would lead out of a virtual environment.
    Within one, `python` and `python3` are the same, so always the first: the command line should not depend on it.
    """
    python = os.path.abspath(sys.executable)
    plain = os.path.join(os.path.dirname(python), "python")
    if sys.prefix != sys.base_prefix and os.path.exists(plain) and os.path.samefile(plain, python):
        python = plain
    places = (os.path.dirname(python), sysconfig.get_path("scripts"))
    script = next((s for p in places if os.path.isfile(s := os.path.join(p, registration.PROGRAM))), None)
    if script is None:
        raise Refusal(f"{places[0]}: no `{registration.PROGRAM}` executable here; install onetree with pipx or pip")
    for path in (python, script):
        try:
            path.encode()
        except UnicodeEncodeError:
            raise Refusal(f"{path!r}: not UTF-8, so no settings file can name it; install onetree elsewhere") from None
    tried = subprocess.run([python, "-I", "-c", "import onetree.scripts.hook"], capture_output=True, check=False)
    if tried.returncode:
        raise Refusal(
            f"{python} -I: cannot import onetree (it was found through PYTHONPATH or the user's site-packages); "
            "install it with pipx, or with pip into a virtual environment"
        )
    return python, script


def write(changes: "list[Change]") -> None:
    """Write all of them or, as far as the file system lets us, none. Raises OSError and Refusal.

    Everything is written beside first; a file that somebody else changed meanwhile stops the whole.
    """
    staged: list[tuple[str, Change]] = []
    made: list[str] = []
    try:
        for change in changes:
            if change.new is not None and change.new != change.old:
                made += _make_folder(os.path.dirname(change.path))
                staged.append((_beside(change), change))
        for change in changes:
            if _read(change.path) != change.old:
                raise Refusal(f"{change.shown}: changed by somebody else meanwhile; nothing was written, try again")
        made.clear()
        while staged:
            beside, change = staged[0]
            os.replace(beside, change.path)
            staged.pop(0)
    finally:
        for beside, _ in staged:
            os.unlink(beside)
        for folder in reversed(made):
            _remove_if_empty(folder)
    for change in changes:
        if change.new is None and change.old is not None:
            os.unlink(change.path)
            _remove_if_empty(os.path.dirname(change.path))


def _own_files(home: str) -> "Iterator[Change]":
    """The policy and what makes the state invisible to git."""
    with open(os.path.join(os.path.dirname(onetree.__file__), "default_policy.yaml"), "rb") as f:
        default = f.read()
    policy = _change(home, root.POLICY)
    if policy.old is None:
        policy.new, policy.does = default, ": edit it; `onetree policy check` validates it"
    else:
        _valid(home, policy.old)
    yield policy
    ignore = _change(home, os.path.join(root.HOME, ".gitignore"))
    ignore.new = ignore.old
    if not {b"state/", b"/state/", b"state", b"/state", b"*"} & set((ignore.old or b"").split()):
        ignore.new = (ignore.old or b"") + (b"\n" if ignore.old and not ignore.old.endswith(b"\n") else b"")
        ignore.new += IGNORE
    yield ignore
    keep = _change(home, os.path.join(root.SHARED, ".gitkeep"))
    folder = os.path.join(home, root.SHARED)
    keep.new = keep.old if os.path.isdir(folder) and os.listdir(folder) else b""
    yield keep


def _valid(home: str, policy: bytes) -> None:
    """Raises Refusal for a policy that cannot be read: with the hooks in place, nothing could be done any more."""
    folds = paths.folds(home)
    try:
        policyfile.parse(policy, root.POLICY, guards=ROLLED_OUT, home=os.path.expanduser("~"), folds=folds)
    except PolicyError as e:
        raise Refusal(f"{e}\nnothing was written; correct the policy first") from None


def _made_files(home: str) -> "list[Change]":
    """The removal of what init and the hooks made in .onetree, as far as nobody has added to it."""
    ignore = _change(home, os.path.join(root.HOME, ".gitignore"))
    ignore.new = None if ignore.old == IGNORE else ignore.old
    keep = _change(home, os.path.join(root.SHARED, ".gitkeep"))
    keep.new = None if keep.old == b"" else keep.old
    state = [_change(home, os.path.join(root.STATE, n)) for n in REMAKEABLE]
    for change in state:
        change.new = None
    return [c for c in (*state, keep, ignore) if c.old is not None]


def _settings(home: str, lines: "dict[str, str] | dict[str, None]") -> "Iterator[Change]":
    """The settings file of each platform with its hooks registered, or taken out where the command line is None.

    Raises Refusal with the finding of every file that cannot be edited.
    """
    changes, findings = [], []
    for name, line in lines.items():
        platform = platforms.load(name)
        try:
            change = _change(home, platform.SETTINGS)
            text = None if change.old is None else change.old.decode()
            if line is not None:
                new: str | None = registration.register(text, platform, line)
                change.does += f" ({len(platform.EVENTS)} hooks)"
            else:
                new = None if text is None else registration.unregister(text, platform)
            change.new = None if new is None else new.encode()
            changes.append(change)
        except jsonc.JSONCError as e:
            findings.append(f"{platform.SETTINGS}:{e}; repair it, or name the other platforms with --platform")
        except UnicodeDecodeError as e:
            findings.append(f"{platform.SETTINGS}: not UTF-8 at byte {e.start}; repair it")
        except Refusal as e:
            findings.append(str(e))
    if findings:
        raise Refusal("\n".join([*findings, "nothing was written"]))
    yield from changes


def _registered(home: str, name: str) -> bool:
    try:
        old = _change(home, platforms.load(name).SETTINGS).old
        return old is not None and bool(registration.find(old.decode(), name))
    except (jsonc.JSONCError, UnicodeDecodeError, Refusal):
        return False


def _unread(home: str, names: "tuple[str, ...]") -> "Iterator[tuple[str, str, str, int, int]]":
    for name in names:
        path = platforms.load(name).SETTINGS
        found = registration.unread((_change(home, path).old or b"{}").decode(), name)
        if found:
            yield path, name, *found


def _change(home: str, relative: str) -> Change:
    """The file as it is. A symbolic link is followed: what it points to is what will be written."""
    path = os.path.join(home, relative)
    real = os.path.realpath(path)
    if os.path.lexists(real) and not os.path.isfile(real):
        raise Refusal(f"{relative}: not a file; move it out of the way")
    old = _read(real)
    return Change(real, relative, old, old, f" (-> {real})" if os.path.islink(path) else "")


def _read(path: str) -> "bytes | None":
    try:
        with open(path, "rb") as f:
            return f.read()
    except FileNotFoundError:
        return None


def _tell(changes: "list[Change]") -> None:
    for c in changes:
        if c.old != c.new:
            verb = "created" if c.old is None else "removed" if c.new is None else "changed"
        else:
            verb = "unchanged"
        if c.old is not None or c.new is not None:
            print(f"{verb} {c.shown}{c.does if c.new is not None else ''}")


def _make_folder(path: str) -> "list[str]":
    """Make a folder and those above it; returns the new ones."""
    made: list[str] = []
    while not os.path.isdir(path):
        made.insert(0, path)
        path = os.path.dirname(path)
    for folder in made:
        os.mkdir(folder)
    return made


def _remove_if_empty(folder: str) -> None:
    try:
        os.rmdir(folder)
    except OSError:
        pass


def _beside(change: Change) -> str:
    """Write the new content to a file beside the old one, with its mode and, where we may, its owner."""
    beside = os.path.join(os.path.dirname(change.path), f".{os.path.basename(change.path)}.{os.getpid()}")
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with open(fd, "wb") as f:
            f.write(change.new or b"")
            f.flush()
            if change.old is not None:
                was = os.stat(change.path)
                if (was.st_uid, was.st_gid) != (os.getuid(), os.getgid()):
                    _give(fd, was)
                os.fchmod(fd, stat.S_IMODE(was.st_mode))
            os.fsync(fd)
    except OSError:
        os.unlink(beside)
        raise
    return beside


def _give(fd: int, was: os.stat_result) -> None:
    try:
        os.fchown(fd, was.st_uid, was.st_gid)
    except OSError:
        pass


def _show(changes: "list[Change]") -> None:
    for change in changes:
        if change.shown.startswith(root.STATE):
            print(f"{PROG}: would remove {change.shown}", file=sys.stderr)  # no text, and nobody's to review
        elif change.old != change.new:
            sys.stdout.write(diff(change))


def diff(change: Change) -> str:
    """A unified diff that `git apply` and `patch -p1` take."""
    old, new = [
        io.StringIO((s or b"").decode(errors="replace"), newline="\n").readlines() for s in (change.old, change.new)
    ]
    head = f"diff --git a/{change.shown} b/{change.shown}\n"
    if change.old is None:
        head += "new file mode 100644\n"
    elif change.new is None:
        head += "deleted file mode 100644\n"
    source = "/dev/null" if change.old is None else f"a/{change.shown}"
    target = "/dev/null" if change.new is None else f"b/{change.shown}"
    for line in difflib.unified_diff(old, new, source, target):
        head += line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
    return head


def seen_by_git(home: str) -> "tuple[()] | tuple[str, str] | None":
    """Why git sees the state directory, and the repair; () if it ignores it; None if there is no git or repository."""
    inside = _git(home, "rev-parse", "--is-inside-work-tree")
    if inside is None or inside.stdout.strip() != "true":
        return None
    tracked = _git(home, "ls-files", "--", root.STATE)
    if tracked is not None and tracked.stdout:
        return "git tracks files in it, perhaps the key", f"git rm -r --cached {root.STATE}, and delete the key"
    ignored = _git(home, "check-ignore", "-q", os.path.join(root.STATE, sealed.KEY))
    if ignored is not None and ignored.returncode == 1:
        return (
            "git does not ignore it",
            f"add `state/` to {root.HOME}/.gitignore, or drop the pattern that takes it back",
        )
    return ()


def _git(where: str, *args: str) -> "subprocess.CompletedProcess[str] | None":
    """Git's answer; None if there is no git. Variables that point it at another repository are not passed on."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    try:
        return subprocess.run(
            ["git", "-C", where, *args], env=env, capture_output=True, text=True, errors="surrogateescape", check=False
        )
    except FileNotFoundError:
        return None
