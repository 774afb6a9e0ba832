"""A guard that is somebody's own executable, named by the policy: the action on its stdin, verdicts on its stdout.

It gets one JSON object: the fields of the journal's record of the action, and `changes`: [[path, old or null, new]].
It prints one JSON object a line: {"tier": "warn"|"checkpoint"|"block", "reason": TEXT, "path": TEXT, "way_out": TEXT,
"adr": NUMBER}, all but tier and reason optional; no line means that it has nothing to say. It runs in the root of the
tree, without a shell. What it does wrong (an exit status other than 0, a line that is none of these, no answer in time)
is a verdict of the tier that its `on_failure` names.
"""

import os
import subprocess

from onetree import jsonlite, record
from onetree.action import Action
from onetree.policy import Policy
from onetree.verdict import ALLOW, TIERS, Verdict

MOST = 50  # verdicts taken from one answer
SHOWN = 300  # characters of its standard error that a failure quotes


class Failure(Exception):
    """What the executable did wrong."""


def check(row: "dict[str, object]", action: Action, policy: Policy) -> "list[Verdict]":
    """The verdicts of one external guard.

    row: name, run (words), timeout (seconds), on_failure (a tier's name).
    """
    name = str(row["name"])
    try:
        return _verdicts(name, _run(row, action, policy.root))
    except Failure as e:
        tier = TIERS.index(str(row["on_failure"]))
        way_out = f"repair {name} or its row under `guards:` in .onetree/policy.yaml (a person)"
        return (
            [Verdict(tier, name, f"could not decide: {e}", adr=5, adr_home="onetree", way_out=way_out)] if tier else []
        )


def _run(row: "dict[str, object]", action: Action, root: str) -> bytes:
    argv = [str(w) for w in row["run"]]  # type: ignore[attr-defined]  # policyfile.py has seen to it
    if os.sep in argv[0]:
        argv[0] = os.path.join(root, argv[0])
    fields = record.of(action, root, [], ALLOW)
    fields["command"] = action.command
    fields["changes"] = [[c.path, c.old, c.new] for c in action.changes]
    limit = float(str(row["timeout"]))
    try:
        done = subprocess.run(
            argv, input=jsonlite.dumps(fields).encode(), capture_output=True, timeout=limit, cwd=root, check=False
        )
    except subprocess.TimeoutExpired:
        raise Failure(f"no answer within {limit:g} s") from None
    except (OSError, ValueError) as e:
        raise Failure(f"it cannot be started: {e}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()[:SHOWN]
        raise Failure(f"exit status {done.returncode}{': ' + said if said else ''}")
    return done.stdout


def _verdicts(name: str, out: bytes) -> "list[Verdict]":
    return [_verdict(name, line) for line in out.splitlines()[:MOST] if line.strip()]


def _verdict(name: str, line: bytes) -> Verdict:
    try:
        item = jsonlite.loads(line)
    except ValueError as e:
        raise Failure(f"its answer is not JSON lines: {e}") from None
    if not isinstance(item, dict) or item.get("tier") not in TIERS or not isinstance(item.get("reason"), str):
        raise Failure(f"its answer has no tier out of {', '.join(TIERS)}, or no reason: {line[:80]!r}")
    adr = item.get("adr", 0)
    return Verdict(
        TIERS.index(item["tier"]),
        name,
        item["reason"],
        path=str(item.get("path", "")),
        rule=f".onetree/policy.yaml guards: {name}",
        adr=adr if isinstance(adr, int) else 0,
        way_out=str(item.get("way_out", "")),
    )
