"""Running git, and what it says of a project."""

import os

from onetree import root, sealed

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess

GITLINK, SYMLINK = "160000", "120000"  # modes of a submodule and of a symbolic link (git-fast-import(1))
IGNORED_BY_PYTHON = (13, 25)  # SIGPIPE, SIGXFSZ: git expects to be ended by them


class GitError(Exception):
    """Git could not do what was asked: its own words."""


class Process:
    """One git that has been started, so that it does its work, or waits for it, meanwhile.

    Without `subprocess`, which takes longer to import than git to run. stdin: all that it is to read; None to write
    it bit by bit. Its standard error lies in a file, so that it never waits for somebody to read that.
    """

    def __init__(
        self, where: str, *args: str, stdin: "bytes | None" = None, env: "dict[str, str] | None" = None
    ) -> None:
        self._verb = next((a for a in args if not a.startswith("-")), "")
        while (free := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass  # who called may have closed them, and a pipe must not become one of them
        os.close(free)
        self._said = _scratch()
        theirs, self._in = os.pipe() if stdin is None else (_scratch(stdin), -1)
        mine, out = os.pipe()
        self._out = open(mine, "rb")  # noqa: SIM115  end() closes it
        actions = [(os.POSIX_SPAWN_DUP2, fd, n) for n, fd in enumerate((theirs, out, self._said))]
        argv, env = ["git", "-C", where, *args], dict(os.environ) if env is None else env
        try:
            self._pid = os.posix_spawnp("git", argv, env, file_actions=actions, setsigdef=IGNORED_BY_PYTHON)
        except FileNotFoundError:
            raise GitError("there is no git on the PATH; install it") from None
        finally:
            os.close(theirs)
            os.close(out)

    def write(self, data: bytes) -> None:
        """Give it more to read. If it is not there any more, the next reading will say why."""
        try:
            while data:
                data = data[os.write(self._in, data) :]
        except BrokenPipeError:
            pass

    def line(self) -> bytes:
        """The next line of its answer, without the end of the line. Raises GitError if there is none."""
        found = self._out.readline()
        if not found.endswith(b"\n"):
            self.end()
            raise GitError(f"git {self._verb} ended before it had answered")
        return found[:-1]

    def read(self, size: int) -> bytes:
        """So many bytes of its answer."""
        return self._out.read(size)

    def end(self) -> bytes:
        """Let it come to its end; gives what is left of its answer. Raises GitError."""
        if self._in >= 0:
            os.close(self._in)
            self._in = -1
        data = self._out.read()
        self._out.close()
        code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        os.lseek(self._said, 0, os.SEEK_SET)
        said = os.read(self._said, 1 << 16)
        os.close(self._said)
        if code:
            words = (said or data).decode("utf-8", "replace").strip().removeprefix("fatal: ")
            raise GitError(f"git {self._verb}: {words or f'exit {code}'}")
        return data


def run(where: str, *args: str, stdin: bytes = b"", env: "dict[str, str] | None" = None) -> bytes:
    """Git's output, run in a directory. env: its environment; None for this process's. Raises GitError."""
    return Process(where, *args, stdin=stdin, env=env).end()


def _scratch(data: bytes = b"") -> int:
    """The descriptor of a file without a name that holds these bytes."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("onetree", os.MFD_CLOEXEC)
    else:
        import tempfile

        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    left = data
    while left:
        left = left[os.write(fd, left) :]
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


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
    import subprocess  # only what people call gets here

    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    try:
        return subprocess.run(
            ["git", "-C", where, *args], env=env, capture_output=True, text=True, errors="surrogateescape", check=False
        )
    except FileNotFoundError:
        return None
