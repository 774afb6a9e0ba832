"""Check the policy of a tree, explain which of its rules decides about a path, or show all that is in force.

check    each finding as FILE:LINE:COLUMN: text: what is invalid, and rules and patterns that decide nothing; what may
         be meant so is a note and does not count. FILE is the policy of the tree around the current directory.
explain  for each PATH, what reading and writing it gets, by which rule, and by which names the file was looked up.
show     the rules, the strongest first, the roll-out, and what is built in.
"""

import argparse
import os
import shutil
import sys

from onetree import adr, jsonlite, paths, policyfile, root
from onetree.guards import GUARDS, ROLLED_OUT
from onetree.guards.self_protection import PROTECTED
from onetree.policy import FIXED, Decision, Policy, PolicyError, load, read
from onetree.verdict import ALLOW, TIERS
from onetree.visible import visible

LOOKED_AT = 100_000  # entries of the tree, for the notes on patterns that match nothing in it
GUARD_OF = {"read": "read-guard", "write": "write-guard", "delete": "write-guard"}

Finding = tuple[int, int, str]


def main(argv: list[str] | None = None) -> int:
    """Run the command; argv without the program's name."""
    args = _parser().parse_args(argv)
    try:
        if args.command == "check":
            return _check(args.file or os.path.join(_home("."), root.POLICY), args.notes, args.json)
        here = _home(".")
        policy = load(here, ROLLED_OUT)
        if args.command == "show":
            _show(policy, args.json)
        else:
            for path in args.paths:
                _explain(path, policy, args.json)
    except ValueError as e:
        print(f"onetree policy: wrong use: {e}", file=sys.stderr)
        return 2
    except PolicyError as e:
        print(visible(f"onetree policy: unable to load the policy: {e}", "\n"), file=sys.stderr)
        return 111
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="onetree policy",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit codes: 0 valid, or shown; 1 findings; 2 wrong use; 111 no policy, or it cannot be read",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="is the policy valid, and does every rule decide something")
    check.add_argument("file", nargs="?", metavar="FILE", help="another policy file")
    check.add_argument("--notes", action="store_true", help="list the patterns that match nothing that is here now")
    explain = commands.add_parser("explain", help="which rule decides about a path, and why")
    explain.add_argument("paths", nargs="+", metavar="PATH")
    show = commands.add_parser("show", help="what is in force, also what is built in")
    for command in (check, explain, show):
        command.add_argument("--json", action="store_true", help="one JSON object a line")
    return parser


def _home(start: str) -> str:
    here = root.find(start)
    if here is None:
        where = os.path.abspath(start)
        raise PolicyError(where, [(0, 0, f"no {root.POLICY} here or above; `onetree init` writes one")])
    return here


def _check(path: str, every_note: bool, as_json: bool) -> int:
    data = read(path)
    absent: list[Finding] = []
    try:
        wrong, notes, absent = examine(data, path)
    except PolicyError as e:
        wrong, notes = e.findings, []
    if every_note or as_json:
        notes = sorted(notes + absent)
    elif absent:
        notes.append((0, 0, f"patterns that match nothing that is here now: {len(absent)}; --notes lists them"))
    for kind, found in (("finding", wrong), ("note", notes)):
        for line, column, text in found:
            if as_json:
                print(jsonlite.dumps({"kind": kind, "file": path, "line": line, "column": column, "text": text}))
            else:
                at = f"{path}:{line}:{column}" if line else path
                print(visible(f"{at}: {'note: ' if kind == 'note' else ''}{text}"))
    return 1 if wrong else 0


def examine(data: bytes, path: str) -> tuple[list[Finding], list[Finding], list[Finding]]:
    """(findings, notes, patterns of absent files) of a valid policy. Raises PolicyError for one that is not."""
    folder = os.path.dirname(os.path.abspath(path))
    tree = os.path.dirname(folder) if os.path.basename(folder) == root.HOME else root.find(folder) or folder
    home, folds = os.path.expanduser("~"), paths.folds(tree)
    document = policyfile.parse(data, path, guards=ROLLED_OUT, home=home, folds=folds)
    wrong, notes = policyfile.useless(document), []
    decisions = adr.folder(tree, document.adrs)
    if document.adrs and not decisions:
        wrong.append((*document.adrs_at, f"adrs: there is no folder {document.adrs}; make it, or name the right one"))
    for rule in document.rules:
        if rule.adr and decisions and not adr.find(decisions, rule.adr):
            where = os.path.relpath(decisions, tree)
            wrong.append((rule.line, rule.column, f"adr: there is no decision record {rule.adr} in {where}; write it"))
        elif rule.adr and not decisions and not document.adrs:
            notes.append((rule.line, rule.column, f"no folder of decision records, so ADR {rule.adr} has no title"))
    for row in document.externals:
        program = row["run"][0]  # type: ignore[index]
        found = os.path.join(tree, program) if os.sep in program else program
        if not shutil.which(found):
            wrong.append((row["line"], 1, f"guard {row['name']}: there is no program {program}"))  # type: ignore[arg-type]
    names, complete = paths.below(tree, LOOKED_AT)
    here = [(os.path.relpath(n, tree), os.path.isdir(n)) for n in names]
    return sorted(wrong), sorted(notes), policyfile.absent(document, here) if complete else []


def _explain(path: str, policy: Policy, as_json: bool) -> None:
    place = paths.resolve(path, os.getcwd(), os.path.expanduser("~"))
    asked = [("read", policy.decide("read", place)), ("write", policy.decide("write", place))]
    if place.is_dir:
        asked.append(("delete", policy.decide_tree("delete", place)))
    if not as_json:
        print(visible(path))
        others = [n for n in place.names if n != os.path.abspath(path)]
        if others:
            print(visible(f"  also known as {', '.join(others)}"))
    for op, decision in asked:
        mode = policy.mode(GUARD_OF[op])
        if as_json:
            print(jsonlite.dumps({"path": path, "op": op, **_fields(decision), "mode": mode, "names": place.names}))
        else:
            print(visible(f"  {_line(op, decision, mode)}"))


def _fields(d: Decision | None) -> dict[str, object]:
    if d is None:
        return {"tier": TIERS[ALLOW]}
    place = {"line": d.line, "pattern": d.pattern, "matched": d.path, "why": d.why, "adr": d.adr}
    return {"tier": TIERS[d.tier], **place}


def _line(op: str, d: Decision | None, mode: str) -> str:
    whole = " with all that is below it" if op == "delete" else ""
    if d is None:
        return f"{op:6} allow: no rule speaks of it{whole}"
    rule = f"{root.POLICY}:{d.line} {d.pattern!r} matches {d.path}" if d.line else d.path
    why = f": {d.why}" if d.why else ""
    governed = f" (ADR {d.adr})" if d.adr else ""
    softened = f"; {GUARD_OF[op]} is in mode {mode}" if mode != "enforce" else ""
    return f"{op:6} {TIERS[d.tier]}{whole}: {rule}{why}{governed}{softened}"


def _show(policy: Policy, as_json: bool) -> None:
    rows = list(_rows(policy))
    if as_json:
        for row in rows:
            print(jsonlite.dumps(row))
        return
    print(f"{os.path.join(policy.root, root.POLICY)}")
    last = ""
    for row in rows:
        if row["section"] != last:
            last = str(row["section"])
            print(f"\n{last}")
        print(visible(f"  {_row_text(row)}"))


def _rows(policy: Policy) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for kind, rules in policy.rules.items():
        for rule in rules:
            patterns = list(dict.fromkeys(p.text for p in reversed(rule.patterns)))
            row = {"section": kind, "tier": TIERS[rule.tier], "paths": patterns, "why": rule.why, "adr": rule.adr}
            rows.append({**row, "line": min(p.line for p in rule.patterns)})
    rows.append({"section": "what cannot be known beforehand", "tier": TIERS[policy.opaque]})
    rows += [
        {"section": "what has changed unseen", "paths": [what], "tier": TIERS[tier]}
        for what, tier in (("unread", policy.unread), ("edits", policy.edits))
    ]
    exempt = list(dict.fromkeys(p.text for p in reversed(policy.exempt.patterns)))
    if exempt:
        rows.append({"section": "what has changed unseen", "paths": exempt, "tier": TIERS[0], "why": "exempt"})
    rows += [
        {"section": "roll-out", "guard": g.name, "mode": policy.mode(g.name), "fixed": g.name in FIXED} for g in GUARDS
    ]
    for e in policy.externals:
        mode = policy.mode(str(e["name"]))
        rows.append({"section": "roll-out", "guard": e["name"], "mode": mode, "fixed": False, "run": e["run"]})
    rows += [{"section": "locks", "key": k, "value": v} for k, v in policy.locks.items()]
    rows += [
        {"section": "built in", "tier": TIERS[tier], "paths": [name], "why": what} for tier, what, name in PROTECTED
    ]
    return rows


def _row_text(row: dict[str, object]) -> str:
    if "guard" in row:
        run = f", runs {' '.join(map(str, row['run']))}" if "run" in row else ""  # type: ignore[call-overload]
        return f"{row['guard']}: {row['mode']}{' (cannot be switched off)' if row['fixed'] else ''}{run}"
    if "key" in row:
        return f"{row['key']}: {jsonlite.dumps(row['value'])}"
    names = " ".join(map(str, row.get("paths", ())))  # type: ignore[call-overload]
    where = f", line {row['line']}" if "line" in row else ""
    why = f" ({row['why']}{where})" if row.get("why") else where
    governed = f" ADR {row['adr']}" if row.get("adr") else ""
    return f"{row['tier']}{': ' + names if names else ''}{why}{governed}"
