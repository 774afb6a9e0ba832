"""The scratch repository, the real commands in it, and the person who uses them."""

import os
import pty
import select
import subprocess
import sys
import time

from demo.story import FILES, NOTES, RULE

BIN = os.path.dirname(os.path.abspath(sys.executable))
LIMIT = 30  # seconds for one command
PROMPT = "Type yes: "


class StageError(Exception):
    """The demo cannot go on."""


class Stage:
    """A temporary folder with a home, a project, and nothing of the environment in which the demo was started."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.home = os.path.join(folder, "home")
        self.project = os.path.join(folder, "project")
        self.turns = os.path.join(folder, "turns")
        # What marks a client's shell (CLAUDE_*, GEMINI_*, CODEX_*) must not leak in: onetree looks at it.
        self.environment = {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "HOME": self.home,
            "TMPDIR": folder,
            "LANG": "C.UTF-8",
            "TERM": os.environ.get("TERM", "dumb"),
        }

    def build(self, guarded: bool) -> str:
        """Make the project and let the person set onetree up in it; what `onetree init` printed. Raises StageError."""
        os.makedirs(self.home)
        with open(os.path.join(self.home, ".gitconfig"), "w", encoding="utf-8") as f:
            f.write("[user]\nname = nobody\nemail = nobody@localhost\n[init]\ndefaultBranch = main\n")
        for name, text in FILES.items():
            self.write(name, text)
        self.command("git", "init", "-q")
        said = ""
        if guarded:
            said = self.command(os.path.join(BIN, "onetree"), "init")
            head, key, rules = self.read(".onetree/policy.yaml").partition("\nwrite:\n")
            self.write(".onetree/policy.yaml", f"{head}{key}{RULE}\n{rules}")
            self.command(os.path.join(BIN, "onetree"), "policy", "check")
        os.makedirs(os.path.join(self.project, os.path.dirname(NOTES)), exist_ok=True)
        self.command("git", "add", "-A")
        self.command("git", "commit", "-qm", "start")
        return said

    def command(self, *argv: str) -> str:
        """Run a command in the project; its output. Raises StageError if it fails."""
        code, text = self.attempt(*argv)
        if code:
            raise StageError(f"`{' '.join(argv)}` failed with {code}: {text.strip()}")
        return text

    def attempt(self, *argv: str) -> tuple[int, str]:
        """Run a command in the project: (exit status, output and errors)."""
        try:
            done = subprocess.run(
                argv, cwd=self.project, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, timeout=LIMIT, check=False,
            )  # fmt: skip
        except FileNotFoundError as e:
            raise StageError(f"{e.filename} is not there: install onetree beside {sys.executable}") from None
        return done.returncode, done.stdout

    def approve(self, ident: str) -> tuple[int, str]:
        """A person types `onetree approve ID` in a terminal and answers yes: (exit status, what the screen showed)."""
        master, slave = pty.openpty()
        with subprocess.Popen(
            [os.path.join(BIN, "onetree"), "approve", ident],
            cwd=self.project, env={**self.environment, "TERM": "xterm-256color", "COLUMNS": "100"},
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
        ) as person:  # fmt: skip
            os.close(slave)
            shown = _converse(master)
            os.close(master)
            try:
                person.wait(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                person.kill()
        return person.returncode, shown.replace("\r\n", "\n")

    def read(self, name: str) -> str:
        """A file of the project; bytes that are no text are kept too."""
        with open(os.path.join(self.project, name), encoding="utf-8", errors="surrogateescape", newline="") as f:
            return f.read()

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        path = os.path.join(self.project, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)

    def files(self) -> dict[str, str]:
        """Every file of the project with its text, "-> TARGET" for a symbolic link.

        Not git's own, nor the state of onetree, nor the coordination records: those are counted.
        """
        found = {}
        for folder, folders, names in os.walk(self.project):
            inside = os.path.relpath(folder, self.project)
            for name in (*names, *(d for d in folders if os.path.islink(os.path.join(folder, d)))):
                path = os.path.normpath(os.path.join(inside, name))
                link = os.path.join(self.project, path)
                found[path] = f"-> {os.readlink(link)}" if os.path.islink(link) else self.read(path)
            folders[:] = [d for d in folders if os.path.join(inside, d) not in ("./.git", ".onetree/state")]
        return {path: text for path, text in found.items() if path != NOTES}


def _converse(master: int) -> str:
    """Read a terminal to its end, and answer yes when asked; what it showed."""
    shown, asked, end = b"", False, time.monotonic() + LIMIT
    while select.select([master], [], [], max(0.0, end - time.monotonic()))[0]:
        try:
            part = os.read(master, 65536)
        except OSError:  # Linux says EIO when the other side has closed the terminal
            break
        if not part:
            break
        shown += part
        if not asked and shown.endswith(PROMPT.encode()):
            asked = True
            os.write(master, b"yes\n")
    return shown.decode(errors="replace")
