"""Start the agents, answer for the person, show what happens, and check what came of it."""

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from typing import Any

from demo import checks
from demo.screen import Screen
from demo.stage import Stage, StageError
from demo.story import PARTS, Part

Json = dict[str, Any]

SILENCE = 60  # seconds after which an agent that says nothing is given up
RUN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run.py")


def play(*, keep: bool, guarded: bool) -> int:
    """The whole demo; its exit status."""
    folder = os.path.realpath(tempfile.mkdtemp(prefix="onetree-demo-"))
    screen = Screen()
    try:
        return _play(Stage(folder), screen, guarded)
    except StageError as e:
        print(f"demo: unable to go on: {e}", file=sys.stderr)
        return 111
    except KeyboardInterrupt:
        return 130
    finally:
        if keep:
            screen.say(f"Everything is in {folder}")
        else:
            shutil.rmtree(folder)


def _play(stage: Stage, screen: Screen, guarded: bool) -> int:
    began = time.monotonic()
    screen.title("A repository of its own, and one command")
    screen.init(stage.build(guarded))
    start = stage.files()
    screen.title(f"{len(PARTS)} agents at once, each a process that asks the registered hooks")
    with screen.live(PARTS):
        results, sessions = Cast(stage, screen).play()
    findings = checks.answers(results)
    records = checks.journal(stage, sessions, findings) if guarded else []
    screen.title("Who was stopped where, and why (from the journal)")
    screen.table(records, {sessions[part.name]: part for part in PARTS}, stage.project)
    screen.example(results)
    screen.title("What came of it")
    for good, fact in checks.after(stage, start, results, guarded):
        if good:
            screen.good(fact)
        else:
            findings.append(fact)
    for finding in findings:
        screen.bad(finding)
    screen.end(results, len(findings), time.monotonic() - began)
    return 1 if findings else 0


class Cast:
    """The agents' processes."""

    def __init__(self, stage: Stage, screen: Screen) -> None:
        self.stage = stage
        self.screen = screen
        self.heard: queue.Queue[tuple[str, str]] = queue.Queue()
        self.sessions = {part.name: str(uuid.uuid4()) for part in PARTS}
        self.results: dict[str, list[Json]] = {part.name: [] for part in PARTS}

    def play(self) -> tuple[dict[str, list[Json]], dict[str, str]]:
        """All parts to their end: (the results of each agent's moves, the session of each agent)."""
        with contextlib.ExitStack() as stack:
            agents = {part.name: self._start(part, stack) for part in PARTS}
            playing = set(agents)
            while playing:
                try:
                    name, line = self.heard.get(timeout=SILENCE)
                except queue.Empty:
                    raise StageError(f"{', '.join(sorted(playing))}: no word for {SILENCE} s") from None
                if not line:
                    playing.remove(name)
                    if agents[name].wait():
                        raise StageError(f"{name} ended with {agents[name].returncode}")
                    continue
                self._hear(name, json.loads(line), agents[name])
        return self.results, self.sessions

    def _start(self, part: Part, stack: contextlib.ExitStack) -> "subprocess.Popen[str]":
        agent = stack.enter_context(
            subprocess.Popen(
                [sys.executable, RUN, "--agent"],
                cwd=self.stage.project,
                env=self.stage.environment,
                text=True,
                bufsize=1,
                start_new_session=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        )
        stack.callback(_end, agent)
        moves = [{"do": move.do, "in_turn": move.in_turn} for move in part.moves]
        about = {"name": part.name, "dialect": part.dialect, "permission": part.permission}
        about |= {"session": self.sessions[part.name], "turns": self.stage.turns}
        self._tell(agent, json.dumps({**about, "moves": moves}))
        threading.Thread(target=self._listen, args=(part.name, agent), daemon=True).start()
        return agent

    def _listen(self, name: str, agent: "subprocess.Popen[str]") -> None:
        for line in agent.stdout or ():
            self.heard.put((name, line))
        self.heard.put((name, ""))

    @staticmethod
    def _tell(agent: "subprocess.Popen[str]", line: str) -> None:
        if agent.stdin:
            with contextlib.suppress(BrokenPipeError):  # its end is heard, with its exit status
                agent.stdin.write(f"{line}\n")

    def _hear(self, name: str, result: Json, agent: "subprocess.Popen[str]") -> None:
        if "waits" in result:
            code, shown = self.stage.approve(result["waits"])
            result["answer"], result["code"], result["told"] = "", code, shown
            self.screen.approval(name, result["waits"], shown)
            self._tell(agent, "answered")
        self.results[name].append(result)
        part = next(p for p in PARTS if p.name == name)
        self.screen.move(part, part.moves[result["move"]], result)


def _end(agent: "subprocess.Popen[str]") -> None:
    """End an agent that is still at work, with what it has started."""
    if agent.poll() is None:
        os.killpg(agent.pid, signal.SIGKILL)
