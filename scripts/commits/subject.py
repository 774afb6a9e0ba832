"""What the checks of a commit look at, and what they say of it."""

import functools
import os
import sys

from onetree import policy, root
from onetree.changeset import Changeset, Entry
from onetree.guards import ROLLED_OUT
from onetree.paths import Place
from onetree.policy import Decision, Policy, PolicyError
from onetree.verdict import BLOCK, CEILING

DEFAULT = os.path.join(os.path.dirname(os.path.abspath(policy.__file__)), "default_policy.yaml")


class Finding:
    """What a check has to say: tier (verdict.py), where ("PATH", "PATH:LINE", or "" of the whole commit), the text."""

    __slots__ = ("text", "tier", "where")

    def __init__(self, where: str, text: str, tier: int = BLOCK) -> None:
        self.where = where
        self.text = text
        self.tier = tier


class Subject:
    """A change with the policies that judge it: the one before it and the one after it, so that neither can relax it.

    names: the files to look at, where a check looks at files and not at the change; None for those of the change.
    """

    def __init__(self, change: Changeset, names: "list[str] | None" = None) -> None:
        self.change = change
        self.names = names

    @functools.cached_property
    def policies(self) -> "list[Policy]":
        """The policies in force. Raises PolicyError."""
        return _policies(self.change)

    def decide(self, op: str, path: str, *, guard: str) -> "tuple[Decision | None, Policy]":
        """The strongest decision about a path, under the roll-out of its policy, and that policy."""
        place = Place(os.path.join(self.change.root, path), (os.path.join(self.change.root, path),))
        found: list[tuple[int, Decision | None, Policy]] = []
        for one in self.policies:
            decision = one.decide(op, place)
            found.append((effective(decision.tier, one.mode(guard)) if decision else 0, decision, one))
        _, decision, one = max(found, key=lambda f: f[0])
        return decision, one

    def files(self) -> "list[Entry]":
        """What is there after the change, of the files to look at."""
        if self.names is None:
            return [e for e in self.change.entries if e.status != "D"]
        return self.change.files(self.names)


def effective(tier: int, mode: str) -> int:
    """The tier that a roll-out mode leaves."""
    return min(tier, CEILING[mode])


def _policies(change: Changeset) -> "list[Policy]":
    """Raises PolicyError if the one after the change is invalid, or there is none that is valid."""
    before, after = change.before(root.POLICY), change.now(root.POLICY)
    found = []
    if after is not None:
        found.append(_policy(change.root, after, root.POLICY))
    if before is not None and before != after:
        try:
            found.append(_policy(change.root, before, f"{root.POLICY} before the commit"))
        except PolicyError as e:
            sys.stderr.write(f"onetree check: the policy before the commit is not valid, and judges nothing: {e}\n")
    if not found and os.path.lexists(os.path.join(change.root, root.POLICY)):
        found.append(policy.load(change.root, ROLLED_OUT))  # a policy that is not committed is in force all the same
    if not found:
        found.append(_policy(change.root, policy.read(DEFAULT), DEFAULT))
    return found


@functools.cache
def _policy(top: str, data: bytes, path: str) -> Policy:
    """Of the commits of a range most have the same."""
    return policy.of(top, data, ROLLED_OUT, path)
