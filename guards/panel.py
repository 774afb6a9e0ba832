"""Ask the guards: an action and a policy in, verdicts under their roll-out modes out."""

import os
import sys

from onetree import paths
from onetree.action import Action
from onetree.guards import GUARDS, Guard
from onetree.policy import Policy
from onetree.verdict import BLOCK, Verdict

WAY_OUT = "a person can run `onetree doctor`, or switch off with `onetree init --remove`"


def prepare(action: Action, state: str) -> None:
    """Fill in what a command would do, and resolve every path once for all guards.

    state: the state directory, for the cached parse tables; "" for none.
    """
    home = os.path.expanduser("~")
    if action.command is not None and not action.effects:
        from onetree import shell

        analysis = shell.analyse(action.command, action.cwd, home, os.environ, state=state)
        action.effects, action.commands = analysis.effects, analysis.commands
    for effect in action.effects:
        if effect.op != "opaque":
            try:
                effect.place = paths.resolve(effect.path, action.cwd, home)
            except ValueError as e:  # a name that no file can have, so what the command makes of it is not known
                effect.op, effect.why = "opaque", str(e)


def verdicts(action: Action, policy: Policy) -> "list[Verdict]":
    """What every guard that is concerned says of a prepared action."""
    found = [v for g in GUARDS if _concerns(g, action, policy) for v in _ask(g, action, policy)]
    for row in policy.externals:
        if policy.mode(str(row["name"])) != "off" and action.phase in row["phases"]:  # type: ignore[operator]
            from onetree.guards import external

            found += [v.under(policy.mode(v.guard)) for v in external.check(row, action, policy)]
    return found


def _concerns(guard: Guard, action: Action, policy: Policy) -> bool:
    if not any(e.op in guard.ops for e in action.effects) and not (guard.commands and action.commands):
        return False
    return not guard.needs or bool(policy.locks) or os.path.lexists(os.path.join(policy.state, guard.needs))


def _ask(guard: Guard, action: Action, policy: Policy) -> "list[Verdict]":
    """A guard's verdicts under its mode. A guard that fails says no, in that mode (ADR 3)."""
    mode = policy.mode(guard.name)
    if mode == "off":
        return []
    try:
        __import__(guard.module)
        found: list[Verdict] = sys.modules[guard.module].check(action, policy)
    except Exception as e:
        found = [
            Verdict(BLOCK, guard.name, f"could not decide: {fault(e)}", adr=3, adr_home="onetree", way_out=WAY_OUT)
        ]
    return [v.under(mode) for v in found]


def fault(e: BaseException) -> str:
    """An exception in one line: its type, its text, and where it was raised."""
    at = e.__traceback__
    while at and at.tb_next:
        at = at.tb_next
    where = f" ({os.path.basename(at.tb_frame.f_code.co_filename)}:{at.tb_lineno})" if at else ""
    return f"{type(e).__name__}: {e}{where}"
