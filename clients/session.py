"""One session of one real client in a scratch repository, and the report of what is checked."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

from clients.agents import Agent, Place
from clients.model import Model, Step

SECRET = "not-for-a-model-5d81"
FILES = {
    ".env": f"TOKEN={SECRET}\n",
    "secrets/token": f"{SECRET}\n",
    "README.md": "a scratch\n",
    "src/main.py": "print('hello')\n",
}
ONETREE = os.path.join(os.path.dirname(sys.executable), "onetree")
FINAL = "That was the last step."
LIMIT = 180  # seconds for one session
Tree = dict[str, tuple[int, int, str]]


class Report:
    """The checks of one client, printed as they come, each with what was seen."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.passed = self.failed = 0

    def check(self, held: bool, what: str, fact: str) -> None:
        self.passed += held
        self.failed += not held
        line = " ".join(f"{'ok' if held else 'FAIL'} {self.name}: {what}: {fact}".split())
        print(line[:300] if held else line[:2000], flush=True)


class ClientError(Exception):
    """The client itself did not run: nothing can be said of onetree."""


def script(agent: Agent, moves: Iterable[tuple[str, ...]]) -> list[Step]:
    """The moves (write, edit, read or shell, and its words) in the client's own tools."""
    return [getattr(agent, do)(*rest) for do, *rest in moves] + [Step(text=FINAL)]


def tree(project: str) -> Tree:
    """Each file by its relative path: inode, time of last change, content. Without what git and onetree keep."""
    found = {}
    for folder, folders, files in os.walk(project):
        folders[:] = [name for name in folders if name not in (".git", "state")]
        for name in files:
            path = os.path.join(folder, name)
            status = os.stat(path)
            found[os.path.relpath(path, project)] = (status.st_ino, status.st_ctime_ns, text(path))
    return found


def scratch(folder: str, agent: Agent, program: str, model: Model) -> Place:
    """A repository with something to protect, and a home in which the client is set up, below folder."""
    place = Place(folder, program, model.url)
    repository(place, FILES)
    settle(agent, place)
    model.watch = lambda _: tree(place.project)
    return place


def settle(agent: Agent, place: Place) -> None:
    """A home for the client, and what it must be told of the project."""
    os.makedirs(place.home)
    os.makedirs(place.temporary)
    agent.configure(place)


def repository(place: Place, files: dict[str, str]) -> None:
    """A repository with these files in one commit, and an identity for more."""
    for name, content in files.items():
        path = os.path.join(place.project, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(content)
    identity = (("user.name", "nobody"), ("user.email", "nobody@localhost"))  # Gemini's shell has no other settings
    for words in (["init", "-q"], *(["config", *pair] for pair in identity), ["add", "-A"], ["commit", "-qm", "start"]):
        git(place, *words)


def git(place: Place, *words: str) -> str:
    """What a person's git prints in the project. Raises subprocess.CalledProcessError."""
    done = subprocess.run(["git", *words], stdout=subprocess.PIPE, text=True, check=True, **there_of(place))
    return str(done.stdout)


def play(agent: Agent, place: Place, model: Model) -> str:
    """Run the client over the whole script; what it printed. Raises ClientError."""
    out, err = os.path.join(place.folder, "stdout"), os.path.join(place.folder, "stderr")
    environment = place.environment() | agent.environment(place)
    with open(out, "wb") as o, open(err, "wb") as e:
        there = {**there_of(place), "env": environment, "stdout": o, "stderr": e, "start_new_session": True}
        client = subprocess.Popen(agent.command(place), **there)
        try:
            client.wait(LIMIT)
        except subprocess.TimeoutExpired:
            print(f"clients.run: {place.program} was ended after {LIMIT} s", file=sys.stderr)
        finally:
            _end(client)
    with open(os.path.join(place.folder, "requests.jsonl"), "w", encoding="utf-8") as f:
        f.writelines(json.dumps(vars(request)) + "\n" for request in model.requests)
    if not model.turns():
        raise ClientError(f"exit status {client.returncode} before it asked the model: {text(err).strip()[-400:]}")
    return text(out)


def _end(client: "subprocess.Popen[bytes]") -> None:
    try:
        os.killpg(client.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    client.wait()


def text(path: str) -> str:
    """What is in a file."""
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def onetree(place: Place, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run the installed onetree in the project, with the session's environment."""
    return subprocess.run([ONETREE, *words], capture_output=True, text=True, check=False, **there_of(place))


def check_command(place: Place, report: Report, *words: str) -> str:
    """A command of onetree ends with 0; its standard output."""
    done = onetree(place, *words)
    said = " ".join((done.stdout + done.stderr).split())[-600:]
    report.check(done.returncode == 0, " ".join(("onetree", *words)), f"exit status {done.returncode}: {said}")
    return done.stdout


def there_of(place: Place) -> dict[str, Any]:
    """How a process is started in the project, as arguments of subprocess."""
    return {"cwd": place.project, "env": place.environment(), "stdin": subprocess.DEVNULL}
