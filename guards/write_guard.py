"""write-guard: writes and deletions, judged against the `write:` rules of the policy; and what could not be read."""

import os

from onetree import paths
from onetree.action import CHANGES, Action, Effect
from onetree.policy import Decision, Policy
from onetree.verdict import ALLOW, CHECKPOINT, TIERS, Verdict

NAME = "write-guard"
ADR = 6
ADR_OPAQUE = 9
VERBS = {"meta": "change the mode, owner or times of"}  # where the operation's name is no verb
# What may stand in a path, when the text around it cannot be read: the rest separates.
PATH_CHARACTERS = "./~-_+@%=,"
CHARACTERS, MENTIONS = 131072, 4000  # as much of an unread text, and as many of its words, are looked up
WAYS_OUT = {
    "warn": "go on if that is what you were asked to do",
    "checkpoint": "a person is asked; do something else meanwhile",
    "block": "leave this file to the person you work for, and say what you would have changed",
}
WAY_OUT_OF_READING = "do without its content: ask the person you work for what you need to know of it"


def check(action: Action, policy: Policy) -> "list[Verdict]":
    """One verdict for each effect that a rule speaks of."""
    found = []
    named: dict[object, tuple[Decision | None, bool]] = {}  # many effects can have the same text and candidates
    for effect in action.effects:
        if effect.op in CHANGES:
            decision = _decide(effect, policy)
            if decision:
                found.append(verdict(NAME, ADR, effect, decision))
        elif effect.op == "opaque":
            key = (unread(action, effect), effect.candidates)
            if key not in named:
                named[key] = _named(*key, action.cwd, policy)
            found += _opaque(effect, policy, *named[key])
    return found


def _decide(effect: Effect, policy: Policy) -> "Decision | None":
    if effect.place is None:
        return None
    if effect.tree or (effect.op == "delete" and effect.place.is_dir):
        return policy.decide_tree(effect.op, effect.place)
    return policy.decide(effect.op, effect.place)


def verdict(guard: str, adr: int, effect: Effect, decision: Decision) -> Verdict:
    """A rule's decision on an effect, in words. adr: the guard's own, for a rule that names none."""
    shown = decision.path or effect.written
    through = f" (by the name {effect.written})" if effect.written not in (shown, effect.path) else ""
    tier = TIERS[decision.tier]
    because = f": {decision.why}" if decision.why else ""
    return Verdict(
        decision.tier,
        guard,
        f"{effect.via} would {VERBS.get(effect.op, effect.op)} {shown}{through}{because}",
        path=shown,
        rule=f".onetree/policy.yaml:{decision.line} {decision.pattern}" if decision.line else "",
        adr=decision.adr or adr,
        adr_home="repo" if decision.adr else "onetree",
        way_out=WAY_OUT_OF_READING if effect.op == "read" and tier == "block" else WAYS_OUT[tier],
    )


def _opaque(effect: Effect, policy: Policy, named: "Decision | None", whole: bool) -> "list[Verdict]":
    """What the policy gives a text that cannot be read; a rule's own tier if the text names a path under it.

    named, whole: see _named().
    """
    if named is not None:
        return [
            Verdict(
                named.tier,
                NAME,
                f"{effect.via} names {named.path} in a text that cannot be read ({effect.why})",
                path=named.path,
                rule=f".onetree/policy.yaml:{named.line} {named.pattern}",
                adr=named.adr or ADR_OPAQUE,
                adr_home="repo" if named.adr else "onetree",
                way_out="use the file tools, or a command that names what it reads and writes",
            )
        ]
    if policy.opaque == ALLOW and whole:
        return []
    return [
        Verdict(
            policy.opaque if whole else max(policy.opaque, CHECKPOINT),
            NAME,
            f"what {effect.via or 'it'} does cannot be known beforehand: {effect.why}"
            + ("" if whole else ", and the text is too long to be searched for protected names"),
            adr=ADR_OPAQUE,
            adr_home="onetree",
            way_out="say it in a command that can be read, or use the file tools",
        )
    ]


def _named(text: str, candidates: "tuple[str, ...]", cwd: str, policy: Policy) -> "tuple[Decision | None, bool]":
    """(the strongest rule about a path that a text names, if stronger than opaque; whether all of it was searched).

    candidates: the paths that the reader knows it may be about, though the text does not spell them.
    """
    home, found, said = os.path.expanduser("~"), None, words(text)
    for word in (*said, *candidates[:MENTIONS]):
        decision = policy.decide("write", paths.resolve(word, cwd, home))
        if decision and decision.tier > (found.tier if found else policy.opaque):
            found = decision
    return found, len(text) <= CHARACTERS and len(said) < MENTIONS


def unread(action: Action, effect: Effect) -> str:
    """The text out of which an opaque effect may take its paths.

    Of git that is its own words; another program may be told by variables, a pipe or a file that the command makes.
    """
    text = action.command or ""
    return text[slice(*effect.span)] if effect.how == "git" else text


def words(text: str) -> "list[str]":
    """The words of a text that could be paths, each once."""
    table = {ord(c): " " for c in set(text[:CHARACTERS]) if not c.isalnum() and c not in PATH_CHARACTERS}
    return list(dict.fromkeys(text[:CHARACTERS].translate(table).split()))[:MENTIONS]
