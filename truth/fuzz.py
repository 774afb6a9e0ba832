"""Shell texts changed at random: the detector must answer each, in time, and not in silence.

usage: python -m truth.fuzz [--seconds N] [--seed N] [FILE|FOLDER...]

The texts are those of commands.txt and of the files named: JSON lines with a "cmd" or "code", or plain lines. Each is
tried as it is, then as many as the time allows with random cuts, doublings, and fragments put in. Prints every text
that makes the reader fail or takes too long, made as small as it still does. Exit status 1 if there was one.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

sys.path.append(sys.path.pop(0))  # what is tried is what is installed

from onetree.shell import analyse
from onetree.shell.deadline import Deadline
from onetree.shell.form import Unread, Unreadable
from onetree.shell.front import read
from onetree.shell.plain import split
from truth.judged import table

BUDGET = 1.0  # seconds that the detector is given
OVER = 0.5  # and how much it may be late
FRAGMENTS = (
    "$( ` ' \" ${ $(( )) [[ ]] ) } { ( \\ <<E <<'E' <<- E | & && ; > < >> >& case in esac if then fi for do done while "
    "until select function # ~ * ? = =( {a,b} {1..3} <( >( bash -c eval xargs find -exec sed -i awk perl -pi python3 "
    "tar make npm git rm mv cp cd $x $@ ${x%%*} ${x:-y} ${!x} ${x@Q} "
    "\n \t \\\n \x01 \ud800 é 日 \u00a0 a=1 a[1]= f() exit"
).split(" ")


def mutated(text: str, others: "list[str]", draw: random.Random) -> str:
    """A text with one to six random changes."""
    for _ in range(draw.randint(1, 6)):
        at = draw.randint(0, len(text))
        to = min(len(text), at + draw.randint(0, 12))
        what = draw.randrange(5)
        if what == 0:
            text = text[:at] + text[to:]
        elif what == 1:
            text = text[:at] + draw.choice(FRAGMENTS) + text[at:]
        elif what == 2:
            text = text[:to] + text[at:]
        elif what == 3:
            other = draw.choice(others)
            text = text[:at] + other[draw.randint(0, len(other)) :]
        else:
            text = text[:at] + draw.choice((" ", "", "\n")) + draw.choice(FRAGMENTS) + " " + text[to:]
    return text[:20_000]


def fault(command: str, cwd: str, state: str) -> str:
    """What is wrong with the answer to a command; "" if nothing."""
    start = time.process_time()
    try:
        made = analyse(command, cwd, "/home/u", {"HOME": "/home/u"}, state=state, budget=BUDGET)
    except BaseException as e:
        if isinstance(e, KeyboardInterrupt):
            raise
        return f"raised {type(e).__name__}: {e}"
    took = time.process_time() - start
    if took > BUDGET + OVER:
        return f"took {took:.1f} s"
    failed = [effect.why for effect in made.effects if "reader failed" in effect.why]
    if failed:
        return failed[0]
    silent = not any(effect.op == "opaque" for effect in made.effects)
    return "silent, and no parser read it" if silent and unread(command, state) else ""


def unread(command: str, state: str) -> bool:
    """Whether neither front end reads the whole text."""
    if split(command) is not None:
        return False
    try:
        form = read(command, state, Deadline(BUDGET))
    except Unreadable:
        return True
    return any(isinstance(part, Unread) for _, part in form.items)


def smallest(command: str, wrong: "Callable[[str], str]", seconds: float = 20) -> str:
    """The command with everything taken away that is not needed for the same kind of fault."""
    kind, end = wrong(command)[:24], time.monotonic() + seconds
    size = max(len(command) // 2, 1)
    while size and time.monotonic() < end:
        at = 0
        while at < len(command) and time.monotonic() < end:
            less = command[:at] + command[at + size :]
            if wrong(less)[:24] == kind:
                command = less
            else:
                at += size
        size //= 2
    return command


def texts(paths: "list[str]") -> "Iterator[str]":
    """The commands of files and folders."""
    for path in paths:
        if os.path.isdir(path):
            yield from texts([os.path.join(path, name) for name in sorted(os.listdir(path))])
            continue
        with open(path, encoding="utf-8", errors="surrogateescape") as f:
            for line in f:
                try:
                    value = json.loads(line) if path.endswith(("json", "jsonl")) else line
                except ValueError:
                    continue
                found = value if isinstance(value, str) else ""
                if isinstance(value, dict):
                    found = next(
                        (v for k in ("cmd", "command", "code", "input", "text") if isinstance(v := value.get(k), str)),
                        "",
                    )
                if found.strip():
                    yield found


def main() -> int:
    """Try and print."""
    parser = argparse.ArgumentParser(prog="truth.fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    draw = random.Random(options.seed)
    seeds = [command for _, command in table()] + list(texts(options.files))
    found: dict[str, str] = {}
    tried, slowest = 0, (0.0, "")
    end = time.monotonic() + options.seconds
    with tempfile.TemporaryDirectory() as folder:
        cwd = os.path.join(folder, "tree")
        os.makedirs(os.path.join(cwd, "src"))
        state = os.path.join(folder, "state")

        def wrong(command: str) -> str:
            return fault(command, cwd, state)

        while tried < len(seeds) or time.monotonic() < end:
            command = seeds[tried] if tried < len(seeds) else mutated(draw.choice(seeds), seeds, draw)
            tried += 1
            start = time.process_time()
            why = wrong(command)
            slowest = max(slowest, (time.process_time() - start, command))
            if why and why[:24] not in found:
                found[why[:24]] = command
                print(f"{why}\n    {smallest(command, wrong)!r}", flush=True)
    print(f"{tried} texts, {len(found)} faults; the slowest took {slowest[0]:.2f} s: {slowest[1][:200]!r}")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
