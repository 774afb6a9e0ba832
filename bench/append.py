"""What a record costs: in-process appends beside the bare lock and other libraries, and the command beside flock(1).

usage: bench/append.py [--rounds N] [--json]

Rates are of processes that start together and append records of 200 bytes as fast as they can; every opponent runs once
in each round, and the ratios are taken round by round and their median printed. Exit status 1 if a bound is missed.
"""

import argparse
import fcntl
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Callable

from onetree import flock

BIN = os.path.dirname(os.path.abspath(sys.executable))
HEAD = b'{"agent":"a-01","op":"append","pad":"' + b"x" * 140 + b'",'
RECORD = HEAD + b'"i":0}\n'
RECORDS = 10_000  # for each process
PROCESSES = (1, 3, 7, 10)
BOUND = 1.5  # times the bare lock and write: missed, as by any that look whether it is still the named file (ADR 19)
STREAM_BOUND = 20_000  # records a second
COMMAND_BOUND = 0.005  # seconds more than an empty Python

Append = Callable[[bytes], object]


def ours(path: str) -> Append:
    """onetree.flock.Appender, kept open."""
    return flock.Appender(path, timeout=60).append


def bare(path: str) -> Append:
    """flock(2) and write(2), and nothing else."""
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def append(data: bytes) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX)
        os.write(fd, data)
        fcntl.flock(fd, fcntl.LOCK_UN)

    return append


def bare_and_sure(path: str) -> Append:
    """The same, and a look whether the name still means the locked file: the least that loses nothing (ADR 19)."""
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    opened = os.fstat(fd)

    def append(data: bytes) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX)
        assert os.lstat(path).st_ino == opened.st_ino
        os.write(fd, data)
        fcntl.flock(fd, fcntl.LOCK_UN)

    return append


def with_filelock(path: str) -> Append:
    """filelock.FileLock and write(2)."""
    import filelock

    lock = filelock.FileLock(f"{path}.lock", timeout=60)
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def append(data: bytes) -> None:
        with lock:
            os.write(fd, data)

    return append


def with_portalocker(path: str) -> Append:
    """portalocker.Lock, which opens the file each time."""
    import portalocker

    def append(data: bytes) -> None:
        with portalocker.Lock(path, "ab", timeout=60) as f:
            f.write(data)

    return append


OPPONENTS = {
    "onetree": ours, "bare flock": bare, "flock and lstat": bare_and_sure, "filelock": with_filelock,
    "portalocker": with_portalocker,
}  # fmt: skip
SLOW = ("filelock", "portalocker")


def work(name: str, path: str, records: int) -> None:
    """One process: append so many records when told to."""
    append = OPPONENTS[name](path)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    now, took = time.perf_counter_ns, array("q")
    for i in range(records):
        data = b'%b"i":%d}\n' % (HEAD, i)
        began = now()
        append(data)
        took.append(now() - began)
    sys.stdout.write(json.dumps(sorted(took)[-1 - records // 100]) + "\n")


def rate(name: str, processes: int, folder: str) -> "tuple[float, float]":
    """Records a second of so many processes, and the longest p99 of an append of any of them, in seconds."""
    path = os.path.join(folder, name.replace(" ", "-"))
    records = RECORDS // 10 if name in SLOW else RECORDS
    argv = [sys.executable, __file__, "--work", name, path, str(records)]
    children = [
        subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(processes)
    ]
    for child in children:
        assert child.stdout
        child.stdout.readline()
    began = time.perf_counter()
    for child in children:
        assert child.stdin
        child.stdin.write("go\n")
        child.stdin.flush()
    p99 = max(json.loads(child.communicate()[0]) for child in children) / 1e9
    took = time.perf_counter() - began
    with open(path, "rb") as f:
        assert sum(line.startswith(HEAD) for line in f) == processes * records, f"{name} lost records"
    os.unlink(path)
    return processes * records / took, p99


def in_process(rounds: int, as_json: bool) -> int:
    """Rates and ratios; gives the number of bounds that were missed."""
    missed = 0
    for processes in PROCESSES:
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in OPPONENTS}
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(rounds):
                for name, rates in found.items():
                    rates.append(rate(name, processes, folder))
        ratios = {
            name: statistics.median(other[0] / mine[0] for other, mine in zip(rates, found["onetree"], strict=True))
            for name, rates in found.items()
            if name != "onetree"
        }
        slow = ratios["bare flock"] > BOUND
        missed += slow
        mine, p99 = (statistics.median(values) for values in zip(*found["onetree"], strict=True))
        if as_json:
            figures = {"per_second": mine, "p99": p99, "ratios": ratios}
            print(json.dumps({"case": f"append, {processes} processes", **figures}))
        else:
            shown = ", ".join(f"{name} {ratio:.2f} x" for name, ratio in ratios.items())
            mark = "SLOW" if slow else "ok  "
            what = f"{mark} {f'append, {processes} processes':24} {mine:9,.0f}/s, p99 {1e6 * p99:.0f} us; beside it"
            print(f"{what} {shown} (bound {BOUND} x)")
    return missed


def seconds(argv: "list[str]", path: str) -> float:
    """Wall-clock seconds of a command that gets one record on its standard input."""
    began = time.perf_counter()
    subprocess.run([a.replace("FILE", path) for a in argv], input=RECORD, check=True)
    return time.perf_counter() - began


def command(rounds: int, as_json: bool) -> int:
    """A process for each record, beside flock(1) and an empty Python; gives the number of bounds that were missed."""
    rivals = {"an empty Python": [sys.executable, "-c", "pass"]}
    if shutil.which("flock"):
        rivals |= {"flock -c 'cat >>'": ["flock", "FILE", "-c", "cat >> FILE"]}
    took: dict[str, list[float]] = {name: [] for name in ("flock-append", *rivals)}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log")
        for _ in range(10 * rounds):
            for name, argv in {"flock-append": [f"{BIN}/flock-append", "FILE"], **rivals}.items():
                took[name].append(seconds(argv, path))
    middle = {name: statistics.median(times) for name, times in took.items()}
    over = statistics.median(a - b for a, b in zip(took["flock-append"], took["an empty Python"], strict=True))
    if as_json:
        print(json.dumps({"case": "flock-append once, seconds", **middle, "over an empty Python": over}))
    else:
        shown = ", ".join(f"{name} {1000 * middle[name]:.1f} ms" for name in rivals)
        mark = "SLOW" if over > COMMAND_BOUND else "ok  "
        print(
            f"{mark} {'flock-append once':24} {1000 * middle['flock-append']:.1f} ms, {1000 * over:.1f} ms over an "
            f"empty Python (bound {1000 * COMMAND_BOUND:g} ms); beside it {shown}"
        )
    return over > COMMAND_BOUND


def stream(as_json: bool) -> int:
    """One flock-append, fed by a pipe; gives the number of bounds that were missed."""
    missed = 0
    data = RECORD * 100_000
    for options in ([], ["--json"], ["--stamp", "--chain"]):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            subprocess.run([f"{BIN}/flock-append", *options, f"{folder}/log"], input=data, check=True)
            found = 100_000 / (time.perf_counter() - began)
        slow = found < STREAM_BOUND
        missed += slow
        what = " ".join(["flock-append", *options])
        if as_json:
            print(json.dumps({"case": f"{what}, fed by a pipe", "per_second": found, "bound": STREAM_BOUND}))
        else:
            mark = "SLOW" if slow else "ok  "
            print(f"{mark} {what:24.35} {found:9,.0f}/s fed by a pipe (bound {STREAM_BOUND:,}/s)")
    return missed


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="of each comparison (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work[0], options.work[1], int(options.work[2]))
        return 0
    missed = in_process(options.rounds, options.json)
    missed += command(options.rounds, options.json) + stream(options.json)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
