"""What the demo shows: progress bars and a log in a terminal, plain lines elsewhere."""

import contextlib
from collections.abc import Iterator
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from demo.checks import deciding
from demo.story import PARTS, Move, Part

Json = dict[str, Any]

WIDTH = 110  # columns, where there is no terminal
SAYS = {
    "allow": ("let through", "green"),
    "warn": ("warned", "yellow"),
    "checkpoint": ("to a person", "magenta"),
    "block": ("blocked", "bold red"),
}
# Whose decision records they are.
HOMES = {"onetree": "", "repo": "own "}


class Screen:
    """Standard output."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)
        if not self.console.is_terminal:
            self.console = Console(highlight=False, width=WIDTH)
        self.progress: Progress | None = None
        self.bars: dict[str, TaskID] = {}

    def say(self, text: str, style: str = "") -> None:
        """One line, or several, cut to nothing."""
        self.console.print(Text(text, style), soft_wrap=True)

    def title(self, text: str) -> None:
        """The heading of a part."""
        self.console.print()
        self.say(text, "bold")

    def init(self, said: str) -> None:
        """What `onetree init` printed: the files, not the advice."""
        self.say("$ git init", "cyan")
        if said:
            self.say("$ onetree init", "cyan")
        for line in said.splitlines():
            if line.startswith("created"):
                self.say(f"  {line}", "dim")
        if said:
            self.say("A person adds one rule to the policy: migrations/** is a checkpoint, by ADR 1.", "dim")

    @contextlib.contextmanager
    def live(self, parts: tuple[Part, ...]) -> Iterator[None]:
        """While the agents are at work: a bar for each of them, below the log."""
        if not self.console.is_terminal:
            yield
            return
        columns = (
            TextColumn("{task.description:9}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed:2.0f}/{task.total:.0f}"),
            TextColumn("{task.fields[stopped]} stopped", style="red"),
            TextColumn("{task.fields[doing]}", style="dim"),
        )
        with Progress(*columns, console=self.console) as self.progress:
            for part in parts:
                self.bars[part.name] = self.progress.add_task(part.name, total=len(part.moves), stopped=0, doing="")
            yield
        self.progress = None

    def move(self, part: Part, move: Move, result: Json) -> None:
        """One move was made."""
        person = move.do == ("person",)
        tier = "allow" if person else _tier(result)
        if self.progress:
            bar = self.bars[part.name]
            stopped = self.progress.tasks[bar].fields["stopped"] + (tier in ("block", "checkpoint"))
            doing = "done" if move is part.moves[-1] else _short(str(move), 40)
            self.progress.update(bar, advance=1, stopped=stopped, doing=doing)
        if not person:
            word, colour = SAYS[tier]
            line = Text.assemble((f"{part.name:9}", "bold"), (f"{word:12}", colour))
            line.append(_short(str(move), self.console.width - len(line) - 1), "dim" if tier == "allow" else "")
            self.console.print(line, no_wrap=True, overflow="ellipsis")

    def approval(self, agent: str, ident: str, shown: str) -> None:
        """A person has answered in a terminal; shown: what that one showed."""
        self.say(f"A person looks at what {agent} wants, in a terminal of their own:", "magenta")
        self.console.print(Text(f"  | $ onetree approve {ident}", "cyan"))
        for line in Text.from_ansi(shown.rstrip()).split("\n"):
            self.console.print(Text("  | ").append(line), no_wrap=True, overflow="ellipsis")

    def table(self, records: list[Json], parts: dict[str, Part], project: str) -> None:
        """Who was stopped, sent to a person, or warned, by agent; parts: by session."""
        table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
        for name, most in (("agent", 10), ("tier\nguard", 16), ("path\nADR", 26), ("tried\nwhy", None)):
            table.add_column(name, overflow="fold", max_width=most)
        for record in sorted(records, key=lambda r: parts[r["session"]].name):
            verdict, (_, colour) = deciding(record), SAYS[record["tier"]]
            path, reason = (verdict[k].replace(f"{project}/", "") for k in ("path", "reason"))
            number = f"{HOMES[verdict['adr_home']]}ADR {verdict['adr']}" if verdict["adr"] else "no ADR named"
            tried = record["command"] or f"{record['tool']} {record['effects'][0][1]}"
            table.add_row(
                Text(parts[record["session"]].name, "bold"),
                Text.assemble((f"{record['tier']}\n", colour), verdict["guard"]),
                Text.assemble(f"{path}\n", (number, "dim")),
                Text.assemble(f"{_short(tried, 60)}\n", (reason.partition(": ")[2] or reason, "dim")),
            )
        self.console.print(table if records else "nobody was")

    def example(self, results: dict[str, list[Json]]) -> None:
        """What one agent was told, in full."""
        asked = [(name, r["told"]) for name, heard in results.items() for r in heard if r["answer"] == "ask"]
        for name, told in asked[:1]:
            self.say(f"What an agent is told, in full; here {name}, when it writes a migration:")
            self.console.print(Text(str(told), "dim"))

    def good(self, fact: str) -> None:
        """A check that holds."""
        self.console.print(Text.assemble(("ok    ", "green"), fact), soft_wrap=True)

    def bad(self, fact: str) -> None:
        """A check that does not."""
        self.console.print(Text.assemble(("WRONG ", "bold red"), fact), soft_wrap=True)

    def end(self, results: dict[str, list[Json]], findings: int, seconds: float) -> None:
        """The last lines."""
        tiers = [_tier(r) for heard in results.values() for r in heard if r["answer"]]
        counts = ", ".join(f"{tiers.count(tier)} {word}" for tier, (word, _) in SAYS.items())
        self.console.print()
        self.say(f"{len(PARTS)} agents, {len(tiers)} tool calls: {counts}; {seconds:.0f} s.")
        if findings:
            self.say(f"{findings} things did not come as they must; see WRONG above.", "bold red")
        else:
            self.say("Every file holds what it should.", "bold green")
            self.say("For a repository of yours: `onetree init` in it, then `onetree doctor`.")


def _tier(result: Json) -> str:
    """The tier of an answer, as its agent was told it."""
    told = str(result["told"])
    if result["answer"] == "allow":
        return "warn" if told else "allow"
    return "checkpoint" if told.startswith("onetree: needs") else "block"


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."
