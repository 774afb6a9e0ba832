"""The lock protocol's skill, where it is installed: is it the text of this onetree?"""

from collections.abc import Iterator

from onetree import skills
from onetree.changes import Refusal

from . import FAIL, OK, Finding


def check_skill(home: str) -> "Iterator[Finding]":
    """Each installed skill; none where none is installed."""
    try:
        found = [
            (change.shown, skills.state(change.old, name)) for name, change in skills.places(home, (*skills.FOLDERS,))
        ]
    except Refusal as e:
        yield Finding(FAIL, "skill", home, str(e))
        return
    for shown, state in found:
        if state == skills.OURS:
            yield Finding(OK, "skill", shown, f"as it should be, read by {', '.join(skills.readers(shown))}")
        elif state == skills.OLD:
            yield Finding(FAIL, "skill", shown, "is that of another version of onetree", "onetree skill install")
        elif state == skills.FOREIGN:
            fact = "was edited, or is not onetree's: agents may follow other rules than those enforced"
            yield Finding(FAIL, "skill", shown, fact, "move it away, then `onetree skill install`")
