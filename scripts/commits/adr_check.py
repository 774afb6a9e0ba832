"""Decision records: numbered without gaps, with their headings, a status that follows from the one before.

And those that the policy names exist, and a change to a path that a decision governs names or changes a decision.
"""

import re

from . import records
from .records import HEADINGS, STATUSES
from .subject import Finding, Subject

# From a status to those that it may become. Decisions are not unmade: a new one supersedes them.
NEXT = {
    "proposed": STATUSES,
    "accepted": ("accepted", "deprecated", "superseded"),
    "rejected": ("rejected", "superseded"),
    "deprecated": ("deprecated", "superseded"),
    "superseded": ("superseded",),
}


def check(subject: Subject) -> "list[Finding]":
    """What is wrong with the records, and what governed changes lack."""
    where = records.folder(subject)
    texts = records.texts(subject.change, where) if where else {}
    numbers = {path: records.numbered(where, path) for path in texts}
    found = _numbering(numbers)
    for path, text in texts.items():
        found += _headings(path, text) + _status(path, text, set(numbers.values()))
    found += _transitions(subject, where, texts)
    found += _named_by_policy(subject, where, set(numbers.values()))
    return found + (governed(subject) if subject.change.message is not None else [])


def governed(subject: Subject) -> "list[Finding]":
    """Changes to governed paths that neither name nor change a decision record."""
    if records.touched(subject) or records.named(subject.change.message or ""):
        return []
    return [
        Finding(path, f"is governed by ADR {number}; name it in the message (ADR {number}), or change or add a record")
        for path, number in records.governed(subject).items()
    ]


def _numbering(numbers: "dict[str, int]") -> "list[Finding]":
    found: list[Finding] = []
    seen: dict[int, str] = {}
    for path, number in sorted(numbers.items(), key=lambda item: (item[1], item[0])):
        if number in seen:
            found.append(Finding(path, f"has the number of {seen[number]}; give it the next free one"))
        elif seen and number - 1 not in seen:
            found.append(Finding(path, f"leaves out the number {number - 1}; give it that one"))
        seen[number] = path
    return found


def _headings(path: str, text: str) -> "list[Finding]":
    heads = re.findall(r"^##+ *(.*?)\s*#*$", text, re.MULTILINE)
    missing = [h for h in HEADINGS if not any(head.lower().startswith(h.lower()) for head in heads)]
    if "Status" in missing and records.status(text)[0]:
        missing.remove("Status")
    return [Finding(path, f"lacks the heading {h}; add `## {h}`") for h in missing]


def _status(path: str, text: str, numbers: "set[int]") -> "list[Finding]":
    status, line = records.status(text)
    word = _word(status)
    if status and word not in STATUSES:
        return [Finding(f"{path}:{line}", f"status is {status[:40]!r}; write one of {', '.join(STATUSES)}")]
    if word == "superseded":
        by = [int(n) for n in re.findall(r"[0-9]+", status)]
        if not by:
            return [Finding(f"{path}:{line}", "does not say by which decision it is superseded; write its number")]
        return [
            Finding(f"{path}:{line}", f"is superseded by {n}, which is not there; write that one first")
            for n in by[:1]
            if n not in numbers
        ]
    return []


def _transitions(subject: Subject, where: str, texts: "dict[str, str]") -> "list[Finding]":
    found = []
    for entry in subject.change.entries:
        if entry.status == "A" or not records.numbered(where, entry.path):
            continue
        old = (subject.change.before(entry.path) or b"").decode("utf-8", "replace")
        was = _word(records.status(old)[0])
        if entry.status == "D":
            if was in NEXT and was != "proposed":
                found.append(Finding(entry.path, f"was {was}, and is deleted; a new decision supersedes it instead"))
            continue
        status, line = records.status(texts.get(entry.path, ""))
        if was in NEXT and _word(status) in STATUSES and _word(status) not in NEXT[was]:
            choices = ", ".join(NEXT[was])
            found.append(
                Finding(f"{entry.path}:{line}", f"was {was}, and cannot become {_word(status)}; only {choices}")
            )
    return found


def _named_by_policy(subject: Subject, where: str, numbers: "set[int]") -> "list[Finding]":
    from onetree.root import POLICY

    found = {}
    for rules in subject.policies[0].rules.values():
        for rule in rules:
            if rule.adr and rule.adr not in numbers and subject.change.now(POLICY) is not None:
                line = min(p.line for p in rule.patterns)
                text = f"the rule names ADR {rule.adr}, which is not in {where or 'any folder of decisions'}; write it"
                found[rule.adr] = Finding(f"{POLICY}:{line}", text)
    return list(found.values())


def _word(status: str) -> str:
    word = re.match(r"[a-z]+", status)
    return {"superceded": "superseded"}.get(word[0], word[0]) if word else ""
