"""What `onetree doctor` looks at: each file is one topic, each check a function of the project that yields findings."""

from dataclasses import dataclass

OK, FAIL, NOTE, UNKNOWN = "ok", "FAIL", "note", "??"


@dataclass(frozen=True)
class Finding:
    """One line: how it stands, which check, where, the fact, and the repair ("" if none is needed)."""

    state: str
    check: str
    where: str
    fact: str
    repair: str = ""
