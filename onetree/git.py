"""Running git, and what it says of a project."""

import os
import subprocess

from onetree import root, sealed

GITLINK, SYMLINK = "160000", "120000"  # modes of a submodule and of a symbolic link (git-fast-import(1))


class GitError(Exception):
    """Git could not do what was asked: its own words."""


def run(where: str, *args: str, stdin: bytes = b"", env: "dict[str, str] | None" = None) -> bytes:
    """Git's output, run in a directory. env: its environment; None for this process's. Raises GitError."""
    try:
        done = subprocess.run(["git", *args], cwd=where, env=env, input=stdin, capture_output=True, check=False)
    except FileNotFoundError:
        raise GitError("there is no git on the PATH; install it") from None
    if done.returncode:
        words = (done.stderr or done.stdout).decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise GitError(f"git {args[0]}: {words or f'exit {done.returncode}'}")
    return done.stdout


def top(directory: str) -> "str | None":
    """The top level of the repository that holds a directory; None if there is none, or no git."""
    found = _run(directory, "rev-parse", "--show-toplevel")
    return found.stdout.removesuffix("\n") if found is not None and found.returncode == 0 else None


def sees_state(home: str) -> "tuple[()] | tuple[str, str] | None":
    """Why git sees the state directory, and the repair; () if it ignores it; None if there is no git or repository."""
    inside = _run(home, "rev-parse", "--is-inside-work-tree")
    if inside is None or inside.stdout.strip() != "true":
        return None
    tracked = _run(home, "ls-files", "--", root.STATE)
    if tracked is not None and tracked.stdout:
        return "git tracks files in it, perhaps the key", f"git rm -r --cached {root.STATE}, and delete the key"
    ignored = _run(home, "check-ignore", "-q", os.path.join(root.STATE, sealed.KEY))
    if ignored is not None and ignored.returncode == 1:
        repair = f"add `state/` to {root.HOME}/.gitignore, or drop the pattern that takes it back"
        return "git does not ignore it", repair
    return ()


def _run(where: str, *args: str) -> "subprocess.CompletedProcess[str] | None":
    """Git's answer; None if there is no git. Variables that point it at another repository are not passed on."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    try:
        return subprocess.run(
            ["git", "-C", where, *args], env=env, capture_output=True, text=True, errors="surrogateescape", check=False
        )
    except FileNotFoundError:
        return None
