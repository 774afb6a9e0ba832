"""The policy in the commit: valid, no dead rules, and no weaker than before unless a decision record says why."""

import os
import re
from collections.abc import Iterator

from onetree import policy, root
from onetree.guards import ROLLED_OUT
from onetree.paths import Place
from onetree.policy import Policy, PolicyError
from onetree.verdict import BLOCK, TIERS

from . import records
from .subject import Finding, Subject, effective

GUARD_OF = {"read": "read-guard", "write": "write-guard"}
MOST = 10  # findings of the same kind


def check(subject: Subject) -> "list[Finding]":
    """What is wrong with the policy after the change, and what it lets pass that was held before."""
    change = subject.change
    before, after = change.before(root.POLICY), change.now(root.POLICY)
    if before == after:
        return []
    from onetree.scripts import policy as command  # reads YAML, which takes longer than all the rest

    if after is None:
        weaker = ["there is no policy any more"]
    else:
        try:
            wrong, _, _ = command.examine(after, os.path.join(change.root, root.POLICY))
        except PolicyError as e:
            wrong = e.findings
        if wrong:
            return [Finding(f"{root.POLICY}:{line}:{column}", text) for line, column, text in wrong]
        weaker = _weaker(subject, before, after)
    if not weaker or records.touched(subject):
        return []
    where = records.folder(subject) or "adrs"
    way_out = f"say why in a decision record in {where}/, in the same commit"
    return [Finding(root.POLICY, f"is weaker than before: {text}; {way_out}", BLOCK) for text in weaker[:MOST]]


def _weaker(subject: Subject, before: "bytes | None", after: bytes) -> "list[str]":
    if before is None:
        return []
    try:
        old = policy.of(subject.change.root, before, ROLLED_OUT, root.POLICY)
    except PolicyError:
        return []
    new = policy.of(subject.change.root, after, ROLLED_OUT, root.POLICY)
    found = []
    if new.opaque < old.opaque:
        found.append(f"opaque is {TIERS[new.opaque]}, and was {TIERS[old.opaque]}")
    for name in ("unread", "edits"):
        was, now = getattr(old, name), getattr(new, name)
        if now < was:
            found.append(f"stale: {name} is {TIERS[now]}, and was {TIERS[was]}")
    had = [p.text for p in old.exempt.patterns]
    found += [f"stale: exempt has {p.text}" for p in new.exempt.patterns if p.include and p.text not in had]
    kept = [{**row, "line": 0} for row in new.externals]
    found += [f"the guard {r['name']} is changed or gone" for r in old.externals if {**r, "line": 0} not in kept]
    found += [f"an agent's commit need not carry {t} any more" for t in old.trailers if t not in new.trailers]
    return found + _paths(subject, old, new)


def _paths(subject: Subject, old: Policy, new: Policy) -> "list[str]":
    """Names, of each pattern and of each file, that the new policy holds less."""
    names = list(dict.fromkeys([*_witnesses(old), *_witnesses(new), *(e.path for e in subject.change.files())]))
    found, seen = [], set()
    for kind, guard in GUARD_OF.items():
        for name in names:
            place = Place(full := os.path.join(old.root, name), (full,))
            was, now = old.decide(kind, place), new.decide(kind, place)
            held = effective(was.tier, old.mode(guard)) if was else 0
            holds = effective(now.tier, new.mode(guard)) if now else 0
            if was and holds < held and (kind, was.line) not in seen:
                seen.add((kind, was.line))
                found.append(
                    f"to {kind} {name} was {TIERS[held]} by {was.pattern!r} (line {was.line} before), "
                    f"and is {TIERS[holds]} now"
                )
    return found


def _witnesses(one: Policy) -> "Iterator[str]":
    """For each pattern a name that it matches: exceptions too, because a new one is how a rule is hollowed out."""
    home = os.path.expanduser("~")
    for rules in one.rules.values():
        for pattern in (p for rule in rules for p in rule.patterns):
            text = pattern.text.removeprefix("!")
            text = re.sub(r"\[([^]!^])[^]]*\]", r"\1", re.sub(r"\*+|\?", "x", text.replace("**/", "")))
            text = text.replace("\\", "") + ("x" if text.endswith("/") else "")
            if text.startswith("~/"):
                yield os.path.join(home, text[2:])
            elif text.startswith("//"):
                yield text[1:]
            else:
                yield text.lstrip("/")
                if not pattern.text.removeprefix("!").startswith("/"):
                    yield f"x/{text}"
