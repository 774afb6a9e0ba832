"""Run a repository's hooks for a commit that is not made yet, on exactly what it will hold.

A hook gets the private index in GIT_INDEX_FILE, as from `git commit`. One of a kind that takes away what is not staged
(pre-commit, lint-staged) would take away what all the others are writing: it runs in a checkout of the private index,
into which the ignored folders that it may need (node_modules, .venv) are linked. One that calls `git stash` itself is
refused: there is one stash for all, so that it could bring back another's work, or throw it away.
"""

import os

from onetree.commits.repository import Repository, environment
from onetree.git import GitError

STASHING = (b"pre-commit", b"pre_commit", b"lint-staged", b"husky", b"lefthook", b"overcommit")
STATE = os.path.join(".onetree", "state")


class HookError(Exception):
    """A hook said no, or could not be run: its own words."""


def present(repo: Repository, name: str) -> bool:
    """Whether there is such a hook, as git decides it."""
    return os.access(os.path.join(repo.hooks, name), os.X_OK) and os.path.isfile(os.path.join(repo.hooks, name))


def run(repo: Repository, name: str, *args: str, index: str = "") -> None:
    """Run a hook if there is one. Raises HookError."""
    path = os.path.join(repo.hooks, name)
    if not present(repo, name):
        return
    with open(path, "rb") as f:
        text = f.read(65536)
    if b"git stash" in text:
        raise HookError(
            f"the {name} hook calls `git stash`, which is one for all who work in this tree ({path}); way out: let it "
            "read what is to be committed by `git show :PATH` or `git checkout-index`"
        )
    env = environment(GIT_EDITOR=":")
    if index:
        env["GIT_INDEX_FILE"] = index
    if name == "pre-commit" and ("husky" in path or any(word in text for word in STASHING)):
        import tempfile  # it brings much along, and few commits need it

        with tempfile.TemporaryDirectory(prefix="onetree-hook-", ignore_cleanup_errors=True) as folder:
            _check_out(repo, folder, index)
            env.update(GIT_DIR=repo.directory, GIT_WORK_TREE=folder)
            _call(name, path, args, env, folder)
    else:
        _call(name, path, args, env, repo.top)


def _call(name: str, path: str, args: "tuple[str, ...]", env: "dict[str, str]", where: str) -> None:
    import subprocess  # as long as git needs for a commit; here there is a hook to wait for anyway

    try:
        done = subprocess.run(
            [path, *args], cwd=where, env=env, capture_output=True, stdin=subprocess.DEVNULL, check=False
        )
    except OSError as e:
        raise HookError(f"the {name} hook cannot be run: {e.strerror} ({path})") from None
    if done.returncode:
        said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
        raise HookError(f"the {name} hook says no (status {done.returncode}):\n{said}")


def _check_out(repo: Repository, folder: str, index: str) -> None:
    repo.git("checkout-index", "-a", "-f", "-u", f"--prefix={folder}/", index=index)
    refresh = ("update-index", "-q", "--really-refresh", "--ignore-submodules")
    repo.git(*refresh, index=index, GIT_DIR=repo.directory, GIT_WORK_TREE=folder)
    names = [n for n in os.listdir(repo.top) if n != ".git" and not os.path.lexists(os.path.join(folder, n))]
    if names:
        asked = "".join(f"{n}\0" for n in names).encode("utf-8", "surrogateescape")
        try:
            ignored = repo.git("check-ignore", "-z", "--stdin", stdin=asked).decode("utf-8", "surrogateescape")
        except GitError:  # none of them is
            ignored = ""
        for name in filter(None, ignored.split("\0")):
            os.symlink(os.path.join(repo.top, name), os.path.join(folder, name))
    if os.path.isdir(os.path.join(folder, ".onetree")) and os.path.isdir(os.path.join(repo.top, STATE)):
        os.symlink(os.path.join(repo.top, STATE), os.path.join(folder, STATE))


__all__ = ["HookError", "present", "run"]
