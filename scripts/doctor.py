"""Prove that onetree works here: fire every registered hook as its client would, and check the answers.

One line for each check: ok, FAIL with the repair, note, or ?? for what could not be told. The test calls are harmless
(a read of README.md) or forbidden (writes to the policy, which must be refused; nobody carries them out). They stand in
the journal under the session "onetree-doctor".
"""

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import asdict

from onetree import root

from .checks import FAIL, UNKNOWN, Finding
from .checks.codex import check_codex
from .checks.gemini import check_gemini
from .checks.hooks import check_hooks
from .checks.project import check_git, check_policy, check_state
from .checks.readers import check_readers
from .checks.skill import check_skill
from .checks.switches import check_doubles, check_switches

PROG = "onetree doctor"
CODES = {FAIL: 1, UNKNOWN: 111}  # the exit status, by the first of these that occurs
CHECKS = (
    check_policy,
    check_state,
    check_git,
    check_hooks,
    check_switches,
    check_doubles,
    check_gemini,
    check_codex,
    check_readers,
    check_skill,
)


def main(argv: "list[str] | None" = None) -> int:
    """Run the command; see --help."""
    parser = argparse.ArgumentParser(
        prog=PROG, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit codes: 0 all is well; 1 something is not; 2 wrong use; 111 something could not be told",
    )  # fmt: skip
    parser.add_argument("dir", metavar="DIR", nargs="?", default=".", help="default: the current directory")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    args = parser.parse_args(argv)
    states = set()
    for finding in examine(args.dir):
        states.add(finding.state)
        print(json.dumps(asdict(finding)) if args.json else _line(finding), flush=True)
    return next((code for state, code in CODES.items() if state in states), 0)


def examine(directory: str) -> "Iterator[Finding]":
    """Every finding about the project that holds the directory. A check that cannot be made is a finding too."""
    home = root.find(os.path.realpath(directory))
    if home is None:
        yield Finding(FAIL, "setup", os.path.abspath(directory), f"no {root.POLICY} here or above", "`onetree init`")
        return
    for check in CHECKS:
        try:
            yield from check(home)
        except OSError as e:
            yield Finding(UNKNOWN, check.__name__.removeprefix("check_"), home, f"could not be checked: {e}")


def _line(finding: Finding) -> str:
    """A finding as one line of text."""
    repair = f"; repair: {finding.repair}" if finding.repair else ""
    return f"{finding.state:4}  {finding.check:7} {finding.where}: {finding.fact}{repair}"
