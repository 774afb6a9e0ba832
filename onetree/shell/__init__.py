"""A shell command -> the effects it would have, without running anything.

A plain command (plain.py) needs no parser; everything else is read by bashlex (bashlex_front.py) from a skeleton
(scan.py). Both give one form (form.py), which is walked (effects.py) with our own expansion of words (words.py) and a
table of commands (commands.py, programs/). What cannot be read is an opaque effect with its reason, never silence.
"""

import os
import time

from onetree.action import Command, Effect

from .effects import State, Stop, Walker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

LENGTH = 131072  # characters of a command that are read


class Analysis:
    """effects: in the order in which they were met. commands: every simple command, wrappers taken off."""

    __slots__ = ("commands", "effects")

    def __init__(self, effects: "list[Effect]", commands: "list[Command]") -> None:
        self.effects = effects
        self.commands = commands


def analyse(
    command: str, cwd: str, home: str, env: "Mapping[str, str]", *, state: str = "", budget: float = 1.0
) -> Analysis:
    """What a command line would read, write and delete when bash runs it in cwd.

    home: what ~ is. env: the environment it will find. state: the directory of the parse-table cache, "" for none.
    budget: seconds; when they are over the rest is opaque. Never raises for any text: what cannot be read is opaque.
    """
    span = (0, len(command))
    if len(command) > LENGTH:
        return Analysis([Effect("opaque", "", "", why=f"longer than {LENGTH} characters", span=span)], [])
    if "\0" in command:
        return Analysis([Effect("opaque", "", "", why="a NUL byte", span=span)], [])
    walker = Walker(state, time.monotonic() + budget)
    try:
        start = State(walker, (os.path.abspath(cwd),), home, env)
        walker.source(command, start, None)
        walker.end(start)
    except Stop as e:
        _stopped(walker, str(e), span)
    except RecursionError:
        _stopped(walker, "nested too deeply", span)
    except Exception as e:  # a defect here must come out as "not read", whoever calls
        _stopped(walker, f"the reader failed ({type(e).__name__}: {e})", span)
    return Analysis(walker.effects, walker.commands)


def _stopped(walker: Walker, why: str, span: "tuple[int, int]") -> None:
    walker.effects.append(Effect("opaque", "", "", why=why, span=span))
