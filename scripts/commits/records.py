"""The decision records of a repository, as they are before and after a change."""

import re

from onetree import adr
from onetree.changeset import Changeset

from .subject import Subject

NAME = re.compile(r"([0-9]+)-[^/]*\.md")
# The heads of a record (Nygard; MADR has "Context and Problem Statement", "Decision Outcome").
HEADINGS = ("Status", "Context", "Decision", "Consequences")
STATUSES = ("proposed", "accepted", "rejected", "deprecated", "superseded")
MENTION = re.compile(r"\bADRs?[ -]?(?:#|no\.? ?)?0*([1-9][0-9]*)\b", re.IGNORECASE)


def folder(subject: Subject) -> str:
    """The folder of decision records, relative to the root; "" if there is none."""
    named = next((p.adrs for p in subject.policies if p.adrs), "")
    names = [e.path for e in (*subject.change.files(), *subject.change.entries)]
    return next((f for f in ((named,) if named else adr.FOLDERS) if any(n.startswith(f"{f}/") for n in names)), "")


def numbered(where: str, path: str) -> int:
    """The number of the record at this path; 0 if it is none."""
    inner = path.removeprefix(f"{where}/")
    found = NAME.fullmatch(inner) if where and inner != path else None
    return int(found[1]) if found else 0


def touched(subject: Subject) -> "list[int]":
    """The numbers of the records that the change adds or changes."""
    where = folder(subject)
    return [n for e in subject.change.entries if e.status != "D" and (n := numbered(where, e.path))]


def named(text: str) -> "list[int]":
    """The numbers of the decisions that a text names: "ADR 7", "ADR-0007"."""
    return [int(n) for n in MENTION.findall(text)]


def governed(subject: Subject) -> "dict[str, int]":
    """Path -> the decision that governs it, for what the change writes or deletes."""
    found = {}
    for entry in subject.change.entries:
        decision, _ = subject.decide(entry.op, entry.path, guard="write-guard")
        if decision and decision.adr:
            found[entry.path] = decision.adr
    return found


def status(text: str) -> "tuple[str, int]":
    """(the status of a record in lower case, the line it stands at); ("", 0) if it has none.

    Under a heading "Status", in a line "Status: ...", or in the front matter (MADR 3).
    """
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if re.fullmatch(r"#+ *status *", line, re.IGNORECASE):
            for below, other in enumerate(lines[number:], number + 1):
                if other.startswith("#"):
                    break
                if other.strip():
                    return other.strip().lower(), below
        elif same := re.match(r"[*-]? *\**status\**: *\**(.+)", line, re.IGNORECASE):
            return same[1].strip().lower(), number
    return "", 0


def texts(change: Changeset, where: str) -> "dict[str, str]":
    """Path -> text of the records after the change."""
    here = [e for e in change.files() if numbered(where, e.path)]
    return {path: data.decode("utf-8", "replace") for path, data in change.contents(here).items()}
