"""What is on the screen while a run goes on: one line that moves, on a terminal; nothing elsewhere."""

import time

from rich.console import Console
from rich.live import Live
from rich.text import Text

EVERY = 0.2  # seconds


class Screen:
    """The moving line. quiet: not even that."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self.console = console
        self._quiet = quiet or not console.is_terminal
        self._live: Live | None = None
        self._title, self._seconds, self._began, self._next, self._before = "", 0.0, 0.0, 0.0, (0.0, 0)

    def begin(self, title: str, seconds: float) -> None:
        """A part begins that takes about so long."""
        self._title, self._seconds, self._began = title, seconds, time.monotonic()
        self._next, self._before = 0.0, (self._began, 0)
        if not self._quiet:
            self._live = Live(Text(title), console=self.console, transient=True, auto_refresh=False)
            self._live.start()

    def due(self) -> bool:
        """Whether it is time to show something."""
        return self._live is not None and time.monotonic() >= self._next

    def show(self, done: int, figures: str, counted: "dict[str, int]") -> None:
        """So many operations, figures of the last ones, and what else was counted."""
        now = time.monotonic()
        self._next = now + EVERY
        then, before = self._before
        self._before = (now, done)
        rate = (done - before) / max(1e-9, now - then)
        line = Text(f"{self._title}  ", "bold")
        line.append(f"{now - self._began:.1f}/{self._seconds:g} s  {done:,} operations, {rate:,.0f}/s", "not bold")
        line.append(f"  {figures}" if figures else "", "not bold cyan")
        line.append("".join(f"  {n} {name}" for name, n in counted.items()), "not bold yellow")
        if self._live:
            self._live.update(line, refresh=True)

    def end(self) -> None:
        """The part is over."""
        if self._live:
            self._live.stop()
            self._live = None
