"""A shell command -> the effects it would have, without running anything.

plain.py splits a plain command line without a parser; front.py reads any other: scan.py makes a skeleton of it (ends.py
says where quotes, expansions and words end), bashlex_front.py or else treesitter_front.py reads that. Both ways give
one form (form.py). walker.py follows the form in order, with the help of compounds.py (if, case, loops, [[ ]] by
conditions.py), redirections.py and assignments.py. What the shell knows at one point of the line is a State (state.py);
the effects, and the files as the line left them, are the walker's Notes (notes.py), the only way out.

A word becomes fields in words.py: braces.py, parameters.py (${}), arithmetic.py, escapes.py ($'') and globs.py (which
matches patterns for all others too, extglob.py the extended ones) are imported when one is met. The first field is
looked up in the tables of rows: commands.py, devtools*.py, seldom.py, quiet.py. programs/call.py parts a command's
words as its row says, and notes what the row says of each; what a row cannot say is a function of programs/, named in
the row as "!module.function". These read other formats with scripts.py (printf, sed), patches.py, gitrepo/ (git's own
files) and regular.py (which opens regular files only), and other languages with inline/. What they are to run goes back
to the walker: run() for words, source() for a text. What cannot be read is an opaque effect with its reason, never
silence; a bound that is met ends the walk (Stop).

Each module is imported when a command first needs it: a plain command takes the way plain, walker, words, commands,
programs/call and one module of programs/, and nothing that costs as much as `re`.
"""

import os

from onetree.action import Command, Effect

from .deadline import Deadline
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
    command that needs a parser takes a fifth of a second longer. budget: seconds of the processor
    (deadline.py); at their end the rest is opaque.

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
    walker = Walker(state, Deadline(budget))
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
