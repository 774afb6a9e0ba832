"""A shell command -> the effects it would have, without running anything.

A plain command (plain.py) needs no parser; everything else is read by bashlex (bashlex_front.py) from a skeleton
(scan.py). Both give one form (form.py), which is walked (walker.py) with our own expansion of words (words.py) and a
table of commands (commands.py, programs/). What cannot be read is an opaque effect with its reason, never silence.
"""

import os
import time

from onetree.action import Command, Effect

from .notes import Stop
from .state import State
from .walker import Walker
from .words import Unknown, encodable

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
    command: str, cwd: str, home: str, env: "Mapping[str, str]", *, state: str = "", budget: float = 0.8
) -> Analysis:
    """What a command line would read, write and delete when bash runs it in cwd.

    cwd: absolute. home: what ~ is, unless env has HOME. env: the environment that the command will find; nothing is
    taken from this process's own. state: the directory of the parse-table cache, "" for none: without it, the first
    command that needs a parser takes a fifth of a second longer. budget: seconds; at their end the rest is opaque.

    The real tree is looked at, to know which names a pattern stands for and what a script says; nothing is run,
    written (but that cache) or waited for. The effects are in the order of the walk, each once for each place in the
    command (`span`). One that is not certain only may happen. What cannot be read is an effect "opaque" with its reason
    in `why`: an analysis without one is complete, as far as commands do what their manual pages say, and programs that
    have no row in commands.py write only files that they are given. Never raises, for any text.
    """
    span = (0, len(command))
    if len(command) > LENGTH:
        return Analysis([Effect("opaque", "", "", why=f"longer than {LENGTH} characters", span=span)], [])
    if "\0" in command:
        return Analysis([Effect("opaque", "", "", why="a NUL byte", span=span)], [])
    if not encodable(command):
        return Analysis([Effect("opaque", "", "", why="a character that no file's name can have", span=span)], [])
    walker = Walker(state, time.monotonic() + budget)
    try:
        start = State(walker, (os.path.abspath(cwd),), home, env)
        walker.source(command, start, None)
        walker.end(start)
    except (Stop, Unknown) as e:
        _stopped(walker, str(e), span)
    except RecursionError:
        _stopped(walker, "nested too deeply", span)
    except Exception as e:  # a defect here must come out as "not read", whoever calls
        _stopped(walker, f"the reader failed ({type(e).__name__}: {e})", span)
    return Analysis(walker.effects, walker.commands)


def _stopped(walker: Walker, why: str, span: "tuple[int, int]") -> None:
    walker.effects.append(Effect("opaque", "", "", why=why, span=span))
