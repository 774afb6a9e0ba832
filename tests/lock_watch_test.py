"""`onetree lock status --watch` in a real terminal: what is on the screen, and that it ends as it should."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import BIN, ENVIRONMENT, Run

COLOUR = re.compile(r"\x1b\[(?:[0-9;]*;)?(?:3[0-7]|9[0-7]|38;[0-9;]+)m")
AS_ITS_OWN = (
    "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.argv[1], sys.argv[1:])"
)
REASON = "the new parser of dates and times"


class Terminal:
    """A person who watches."""

    def __init__(self, tree: Path, home: Path, columns: int, env: "dict[str, str]") -> None:
        self.fd, theirs = pty.openpty()
        self.resize(columns)
        words = [sys.executable, "-c", AS_ITS_OWN, str(BIN / "onetree"), "lock", "status", "--watch"]
        self.process = subprocess.Popen(words, cwd=tree, stdin=theirs, stdout=theirs, stderr=theirs,
                                        env={**ENVIRONMENT, "HOME": str(home), "TERM": "xterm", **env})  # fmt: skip
        os.close(theirs)
        self.shown = ""

    def resize(self, columns: int) -> None:
        """Make the window so wide; the process in it is told."""
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))

    def until(self, seen: Callable[[str], object]) -> str:
        """The last picture, once it is as wanted."""
        deadline = time.monotonic() + 40
        while not seen(self.picture()):
            assert time.monotonic() < deadline, self.picture()
            if select.select([self.fd], [], [], 0.2)[0]:
                self.shown += os.read(self.fd, 65536).decode()
        return self.picture()

    def picture(self) -> str:
        """What was written since the cursor last went back up, without what moves it; the last one that is whole."""
        pictures = re.split(r"(?:\x1b\[1A\x1b\[2K)+", self.shown)
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", pictures[-1])

    def type(self, keys: str) -> int:
        """Type something that ends it; the exit code."""
        os.write(self.fd, keys.encode())
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                self.shown += os.read(self.fd, 65536).decode()
            except OSError:  # it is gone
                break
        return self.process.wait(20)


@pytest.fixture
def watch(tree: Path, home: Path) -> "Iterator[Callable[..., Terminal]]":
    """watch(columns=80): the live view."""
    started: list[Terminal] = []

    def begin(columns: int = 100, **env: str) -> Terminal:
        started.append(Terminal(tree, home, columns, env))
        return started[-1]

    yield begin
    for one in started:
        os.close(one.fd)
        one.process.kill()
        one.process.wait()


def test_it_follows_what_happens_and_ends_with_ctrl_c(watch: Callable[..., Terminal], run: Run, tree: Path) -> None:
    screen = watch()
    screen.until(lambda text: "nothing is locked" in text)
    run("onetree", "lock", "acquire", "src", "--session", "ann", "--reason", REASON, cwd=tree)
    screen.until(lambda text: "ann" in text and REASON in text and "nothing" not in text)
    run("onetree", "lock", "release", "--session", "ann", cwd=tree)
    screen.until(lambda text: "nothing is locked" in text)
    assert screen.type("\x03") == 130
    assert "Traceback" not in screen.shown
    assert screen.shown.rindex("\x1b[?25h") > screen.shown.rindex("\x1b[?25l"), "the cursor stays hidden"


def test_there_is_no_colour_where_none_is_wanted(watch: Callable[..., Terminal], run: Run, tree: Path) -> None:
    run("onetree", "lock", "acquire", "src", "--session", "ann", cwd=tree)
    screen = watch(TERM="xterm-256color", NO_COLOR="1")
    screen.until(lambda text: "ann" in text)
    assert not COLOUR.search(screen.shown)
    assert screen.type("\x03") == 130


def test_it_fits_the_window_also_when_that_changes(watch: Callable[..., Terminal], run: Run, tree: Path) -> None:
    run("onetree", "lock", "acquire", "src/a/rather/long/path.py", "--session", "ann", "--reason", REASON, cwd=tree)
    screen = watch(columns=50)
    narrow = screen.until(lambda text: "ann" in text and "min" in text)
    assert REASON not in narrow
    assert max(map(len, narrow.splitlines())) <= 50
    screen.resize(150)
    wide = screen.until(lambda text: REASON in text and "min" in text)
    assert max(map(len, wide.splitlines())) <= 150
    assert screen.type("\x03") == 130
