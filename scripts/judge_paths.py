"""What write-guard and read-guard share: paths or effect lines in, verdicts out."""

import os
import sys

from onetree import jsonlite, message, root
from onetree.action import CHANGES, Action, Effect
from onetree.guards import ROLLED_OUT, panel
from onetree.policy import Policy, PolicyError, load
from onetree.verdict import ALLOW, BLOCK, CHECKPOINT, TIERS, Verdict, strongest

EXIT = {ALLOW: 0, CHECKPOINT: 3, BLOCK: 1}
READS = ("read",)
WRITES = (*CHANGES, "opaque")


def run(name: str, doc: str, argv: "list[str]", op: str) -> int:
    """Judge what the arguments name; op: "write" or "read"."""
    flags = [a for a in argv if a.startswith("-") and a != "-"]
    given = argv[argv.index("--") + 1 :] if "--" in argv else [a for a in argv if a not in flags]
    if "-h" in flags or "--help" in flags:
        print(doc)
        return 0
    known = {"--json", "--"} | ({"--delete"} if op == "write" else set())
    if not given or set(flags[: flags.index("--")] if "--" in flags else flags) - known:
        sys.stderr.write(f"{name}: wrong use: see `{name} --help`\n")
        return 2
    try:
        effects = list(_effects(given, "delete" if "--delete" in flags else op))
        here = root.find(os.getcwd())
        if here is None:
            raise PolicyError(os.getcwd(), [(0, 0, f"no {root.POLICY} here or above; `onetree init` writes one")])
        found = judge(effects, here, op)
    except ValueError as e:
        sys.stderr.write(f"{name}: wrong use: {e}\n")
        return 2
    except (OSError, PolicyError) as e:
        sys.stderr.write(f"{name}: unable to judge: {e}\n")
        return 111
    _print(found, here, "--json" in flags)
    return EXIT.get(strongest(found), 0)


def judge(effects: "list[Effect]", here: str, op: str) -> "list[Verdict]":
    """The verdicts of all guards on these effects, as far as they concern op. Raises PolicyError."""
    action = Action("", "", "before")
    action.cwd = os.getcwd()
    action.effects = [e for e in effects if e.op in (READS if op == "read" else WRITES)]
    policy: Policy = load(here, ROLLED_OUT)
    panel.prepare(action, "")
    return [v for v in panel.verdicts(action, policy) if v.effective > ALLOW]


def _effects(given: "list[str]", op: str) -> "list[Effect]":
    lines = given
    if given == ["-"]:
        lines = [os.fsdecode(line) for line in sys.stdin.buffer.read().split(b"\n") if line]
    return [_effect(line, op) for line in lines]


def _effect(line: str, op: str) -> Effect:
    if not line.startswith("{"):
        return Effect(op, line, op)
    item = jsonlite.loads(line)
    if not isinstance(item, dict) or not isinstance(item.get("op"), str):
        raise ValueError(f"not an effect as shell-write-detect --json prints it: {line[:80]}")
    candidates = item.get("candidates")
    written = str(item.get("written") or item.get("path") or "")
    return Effect(
        item["op"],
        str(item.get("path") or ""),
        str(item.get("via") or op),
        written=written,
        certain=item.get("certain") is not False,
        tree=item.get("tree") is True,
        why=str(item.get("why") or ""),
        candidates=tuple(str(path) for path in candidates) if isinstance(candidates, list) else (),
    )


def _print(found: "list[Verdict]", here: str, as_json: bool) -> None:
    for v in found:
        if as_json:
            item = {"tier": TIERS[v.effective], "path": v.path, "guard": v.guard, "reason": v.reason, "rule": v.rule}
            print(jsonlite.dumps({**item, "adr": v.adr, "way_out": v.way_out}))
        else:
            print(message.compose([v], v.effective, here, "").removeprefix("onetree: "))
