"""`onetree lock` with real processes: what it says, what it exits with, and what is left when somebody is killed."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics import parser

from onetree import process
from onetree.locks import core, engine, registry, sqlite

from .approve_test import terminal
from .conftest import BIN, ENVIRONMENT, Run, journal
from .systemcalls import STRACE

Lock = Callable[..., "subprocess.CompletedProcess[str]"]
parse: Callable[[str], Any] = parser.text_string_to_metric_families


@pytest.fixture
def program() -> "list[str]":
    return [str(BIN / "onetree"), "lock"]


BOTH_WAYS = pytest.mark.parametrize(
    "program",
    [
        pytest.param([str(BIN / "onetree"), "lock"], id="as a command"),
        pytest.param([sys.executable, "-m", "onetree.scripts.lock"], id="as a module"),
    ],
)


@pytest.fixture
def lock(tree: Path, run: Run, program: "list[str]") -> Lock:
    """lock("ann", "acquire", "src"): the command, as a session."""

    def call(who: str, verb: str, *args: str, **more: Any) -> "subprocess.CompletedProcess[str]":
        cut = args.index("--") if "--" in args else len(args)
        words = (verb, *args[:cut], "--session", who, *args[cut:])
        return run(*program, *words, cwd=more.pop("cwd", tree), env=more)

    return call


@pytest.fixture
def start(tree: Path, home: Path, program: "list[str]") -> "Iterator[Callable[..., subprocess.Popen[str]]]":
    """start("ann", "run", "src", "--", "sleep", "60"): the same, left running."""
    started: list[subprocess.Popen[str]] = []

    def begin(who: str, verb: str, *args: str) -> "subprocess.Popen[str]":
        cut = args.index("--") if "--" in args else len(args)
        words = [*program, verb, *args[:cut], "--session", who, *args[cut:]]
        env = {**ENVIRONMENT, "HOME": str(home)}
        child = subprocess.Popen(words, cwd=tree, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                 stderr=subprocess.PIPE)  # fmt: skip
        started.append(child)
        return child

    yield begin
    for child in started:
        if child.poll() is None:
            child.kill()
        child.communicate()


def state(tree: Path) -> Path:
    return tree / ".onetree" / "state"


def view(tree: Path) -> "dict[str, Any]":
    """The state file."""
    found: dict[str, Any] = json.loads((state(tree) / "locks.json").read_text())
    return found


def until(happens: Callable[[], object]) -> None:
    """Wait for something that will happen."""
    deadline = time.monotonic() + 30
    while not happens():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def held_by(tree: Path, *owners: str) -> Callable[[], bool]:
    def look() -> bool:
        path = state(tree) / "locks.json"
        return path.exists() and [c["owner"] for c in view(tree)["held"]] == list(owners)

    return look


def waiting(tree: Path, *owners: str) -> Callable[[], bool]:
    def look() -> bool:
        path = state(tree) / "locks.json"
        return path.exists() and [c["owner"] for c in view(tree)["waiting"]] == list(owners)

    return look


# What is said. ------------------------------------------------------------------------------------------------------


def test_a_refusal_names_owner_reason_age_and_what_to_type_next(lock: Lock) -> None:
    granted = lock("ann", "acquire", "src", "--reason", "new parser")
    assert (granted.returncode, granted.stdout.split(":")[0]) == (0, "granted 1")
    assert "onetree lock release 1" in granted.stdout
    refused = lock("bob", "acquire", "src/a.py")
    assert refused.returncode == 1
    for part in ("ann holds write src", "'new parser'", "since ", "ends in ", "--wait 60", "why src/a.py"):
        assert part in refused.stdout
    assert lock("ann", "release", "1").returncode == 0
    typed = refused.stdout.split("`")[1].split()
    assert typed[:2] == ["onetree", "lock"]
    assert lock("bob", *typed[2:]).returncode == 0, "the command that the refusal gives does not work"


def test_what_the_exit_codes_mean(lock: Lock, tree: Path) -> None:
    assert lock("ann", "acquire", "src", "--ttl", "1").returncode == 0
    assert lock("bob", "acquire", "src").returncode == 1
    assert lock("bob", "release", "1").returncode == 1, "not yours"
    assert lock("bob", "renew", "src").returncode == 1, "never had"
    assert lock("bob", "acquire", "../x").returncode == 2
    assert lock("bob", "acquire", "--mode", "exclusive", "src").returncode == 2
    assert lock("bob", "acquire", "src", "--wait", "soon").returncode == 2
    assert lock("bob", "acquire", "other:src").returncode == 2
    assert lock("bob", "run", "src").returncode == 2
    assert lock("bob", "frobnicate").returncode == 2
    assert lock("bob", "status", cwd=tree.parent).returncode == 2
    until(lambda: lock("bob", "acquire", "src").returncode == 0)
    lost = lock("ann", "renew", "src")
    assert lost.returncode == 4
    assert "its time ran out" in lost.stdout
    assert "bob holds write src" in lost.stdout
    (state(tree) / "locks.db").write_bytes(b"not a database at all, but something long enough to be read as one")
    for name in ("locks.db-wal", "locks.db-shm"):
        (state(tree) / name).unlink(missing_ok=True)
    broken = lock("ann", "status")
    assert broken.returncode == 111
    assert "unable to tell" in broken.stderr
    assert "Traceback" not in broken.stderr


def test_a_refusal_does_not_teach_how_to_break_a_lock(lock: Lock) -> None:
    lock("ann", "acquire", "src")
    assert "break" not in lock("bob", "acquire", "src").stdout + lock("bob", "why", "src").stdout


def test_why(lock: Lock) -> None:
    assert lock("ann", "why", "src").stdout == "src is free\n"
    lock("ann", "acquire", "src", "--reason", "new parser")
    mine, others = lock("ann", "why", "src/a.py"), lock("bob", "why", "src/a.py")
    assert (mine.returncode, others.returncode) == (0, 1)
    assert "you may write there" in mine.stdout
    assert "do not write there" in others.stdout
    assert "--wait" in others.stdout
    assert json.loads(lock("bob", "why", "src/a.py", "--json").stdout)["standing"] == "other"


def test_who_lost_a_lock_is_told_at_the_next_call_whatever_that_is(lock: Lock) -> None:
    lock("ann", "acquire", "src", "--ttl", "0.1")
    time.sleep(0.2)
    told = lock("ann", "acquire", "docs")
    assert told.returncode == 0
    assert "lost 1: write src" in told.stderr
    assert "read again before you write" in told.stderr


def test_status_and_the_state_file_show_holds_and_queue(lock: Lock, start: Any, tree: Path) -> None:
    lock("ann", "acquire", "src", "docs", "--reason", "new parser")
    start("bob", "acquire", "src", "--wait", "60", "--priority", "high")
    until(waiting(tree, "bob"))
    shown = lock("cid", "status").stdout
    assert all(part in shown for part in ("ann", "write docs, src", "new parser", "bob", "high", "ann (1)"))
    rows = [json.loads(line) for line in lock("cid", "status", "--json").stdout.splitlines()]
    assert [(r["owner"], r["waits_for"]) for r in rows] == [("ann", []), ("bob", [1])]
    found = view(tree)
    assert [c["resources"] for c in found["held"]] == [["docs", "src"]]
    assert [c["priority"] for c in found["waiting"]] == ["high"]


def test_the_live_view_shows_each_change(lock: Lock, start: Any) -> None:
    watch = start("cid", "status", "--watch", "--json")
    lock("ann", "acquire", "src")
    assert json.loads(watch.stdout.readline())["owner"] == "ann"
    watch.send_signal(signal.SIGINT)
    assert watch.wait(10) == 130


def test_history_and_metrics(lock: Lock, tree: Path, tmp_path: Path) -> None:
    lock("ann", "acquire", "src", "--ttl", "1")
    assert lock("bob", "acquire", "src", "--wait", "0.1").returncode == 1
    assert lock("bob", "acquire", "src", "--wait", "30").returncode == 0
    lock("cid", "acquire", 'odd"name\\')
    told = [line.split()[2] for line in lock("cid", "history", "src").stdout.splitlines()]
    assert told == "requested granted requested queued timed_out requested queued expired granted taken".split()
    assert "bob" in lock("cid", "metrics").stdout
    families = {f.name: f for f in parse(lock("cid", "metrics", "--openmetrics").stdout)}
    values = {(s.name, *s.labels.values()): s.value for f in families.values() for s in f.samples}
    assert values["onetree_lock_resource_requests_total", "src"] == 3
    assert values["onetree_lock_resource_timeouts_total", "src"] == 1
    assert values["onetree_lock_owner_leases_lost_total", "ann"] == 1
    assert values["onetree_lock_owner_held", "bob"] == 1
    assert values["onetree_lock_resource_grants_total", 'odd"name\\'] == 1
    assert 0 < values["onetree_lock_owner_wait_seconds", "bob", "1.0"] < 30
    picture = tmp_path / "locks.png"
    assert lock("cid", "metrics", "--plot", str(picture), HOME=str(tmp_path)).returncode == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


# Whose it is. -------------------------------------------------------------------------------------------------------


def test_the_session_is_found_by_itself(run: Run, tree: Path) -> None:
    env = {"CLAUDECODE": "1", "CLAUDE_CODE_SESSION_ID": "s-1"}
    assert run("onetree", "lock", "acquire", "src", cwd=tree, env=env).returncode == 0
    assert run("onetree", "lock", "release", "src", cwd=tree, env={**env, "ONETREE_AGENT": "x"}).returncode == 1
    assert view(tree)["held"][0]["owner"] == "s-1"
    assert run("onetree", "lock", "release", "src", cwd=tree, env=env).returncode == 0


def test_two_that_cannot_be_told_apart_are_never_taken_for_one(tree: Path, home: Path) -> None:
    script = (
        f"'{BIN}/onetree' lock acquire src >/dev/null; code=$?; '{BIN}/onetree' lock release >/dev/null; exit $code"
    )
    env = {**ENVIRONMENT, "HOME": str(home)}
    first = subprocess.run(["sh", "-c", f"'{BIN}/onetree' lock acquire src"], cwd=tree, env=env, check=False)
    second = subprocess.run(["sh", "-c", script], cwd=tree, env=env, check=False)
    assert (first.returncode, second.returncode) == (0, 1)


def test_a_lock_does_not_end_with_the_command_that_took_it(lock: Lock, tree: Path) -> None:
    lock("ann", "acquire", "src")
    lock("ann", "acquire", "docs", "--wait", "9")
    assert lock("bob", "acquire", "src").returncode == 1
    assert lock("bob", "acquire", "docs").returncode == 1
    assert held_by(tree, "ann", "ann")()


def test_it_ends_with_the_process_that_it_was_bound_to(lock: Lock) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        lock("ann", "acquire", "src", "--process", str(other.pid))
        assert lock("bob", "acquire", "src").returncode == 1
        other.kill()
    assert lock("bob", "acquire", "src").returncode == 0


def test_locks_of_an_earlier_boot_are_gone(tree: Path) -> None:
    one = sqlite.SQLite(str(state(tree)))
    one._boot = "the boot before"
    granted = engine.acquire(one, {"owner": "ann", "resources": ["src"], "wait": 0.0})
    one.close()
    two = sqlite.SQLite(str(state(tree)), clock=lambda: 1.0)  # it has just been started
    again = engine.acquire(two, {"owner": "bob", "resources": ["src"], "wait": 0.0})
    assert (granted["status"], again["status"]) == ("granted", "granted")
    assert again["claims"][0]["fence"] > granted["claims"][0]["fence"]
    assert sqlite.replay(two.log()) == two.state()
    two.close()


def test_only_a_person_in_a_terminal_breaks_a_lock(lock: Lock, tree: Path, home: Path) -> None:
    lock("ann", "acquire", "src", "--reason", "new parser")
    assert lock("bob", "break", "1").returncode == 1
    assert lock("bob", "break", "9").returncode == 1
    env = {"HOME": str(home)}
    assert terminal(tree, "lock", "break", "1", typed="yes\n", env={**env, "CLAUDECODE": "1"})[0] == 1
    assert terminal(tree, "lock", "break", "1", typed="no\n", env=env)[0] == 1
    assert held_by(tree, "ann")()
    code, shown = terminal(tree, "lock", "break", "1", typed="yes\n", env=env)
    assert code == 0
    assert "new parser" in shown
    assert journal(tree)[-1]["note"] == "broke lock 1: src"
    lost = lock("ann", "renew", "src")
    assert (lost.returncode, "a person ended it" in lost.stdout) == (4, True)


def test_several_repositories_share_one_registry(run: Run, tmp_path: Path, home: Path) -> None:
    for name in ("api", "web"):
        (tmp_path / name / ".onetree").mkdir(parents=True)
        (tmp_path / name / ".onetree" / "policy.yaml").write_text("version: 1\nlocks: {registry: host}\n")

    def call(who: str, repository: str, *args: str) -> "subprocess.CompletedProcess[str]":
        return run("onetree", "lock", *args, "--session", who, cwd=tmp_path / repository)

    assert call("ann", "web", "acquire", "src", "api:schema").returncode == 0
    assert call("bob", "api", "acquire", "src").returncode == 0, "the other's src is another place"
    refused = call("bob", "api", "acquire", "schema/user.sql")
    assert refused.returncode == 1
    assert "ann holds write schema, web:src" in refused.stdout
    assert [c["owner"] for c in view(tmp_path / "api")["held"]] == ["ann", "bob"]
    assert call("bob", "web", "acquire", "api:schema").returncode == 1
    other = tmp_path / "elsewhere" / "api"
    (other / ".onetree").mkdir(parents=True)
    (other / ".onetree" / "policy.yaml").write_text("version: 1\nlocks: {registry: host}\n")
    assert call("cid", "elsewhere/api", "status").returncode == 111, "a name is taken by one tree only"


def test_a_file_has_one_name(lock: Lock, tree: Path) -> None:
    (tree / "link").symlink_to("src")
    lock("ann", "acquire", "link/a.py")
    assert lock("bob", "acquire", "./a.py", cwd=tree / "src").returncode == 1
    assert lock("bob", "acquire", str(tree / "src")).returncode == 1
    assert lock("bob", "acquire", "tree:src/a.py").returncode == 1, "by the name of its own repository"


# Waiting and dying. -------------------------------------------------------------------------------------------------


def test_who_waits_is_woken_by_a_release_and_by_a_death(lock: Lock, start: Any, tree: Path) -> None:
    lock("ann", "acquire", "src")
    bob = start("bob", "run", "src", "--wait", "50", "--", "sleep", "60")
    until(waiting(tree, "bob"))
    cid = start("cid", "acquire", "src", "--wait", "50")
    until(waiting(tree, "bob", "cid"))
    began = time.monotonic()
    lock("ann", "release")
    until(held_by(tree, "bob"))
    bob.kill()
    assert cid.wait(40) == 0
    assert time.monotonic() - began < 25, "it waited for its time, not for the death"


def test_a_waiter_that_is_killed_leaves_the_queue(lock: Lock, start: Any, tree: Path) -> None:
    lock("ann", "acquire", "src", "--mode", "read")
    bob = start("bob", "acquire", "src", "--wait", "60")
    until(waiting(tree, "bob"))
    assert lock("cid", "acquire", "src", "--mode", "read").returncode == 1
    bob.kill()
    bob.wait()
    assert lock("cid", "acquire", "src", "--mode", "read").returncode == 0


def test_who_is_let_in_wakes_even_if_who_was_to_wake_it_is_killed(lock: Lock, start: Any, tree: Path, run: Run) -> None:
    lock("ann", "acquire", "src")
    began = time.monotonic()
    bob = start("bob", "acquire", "src", "--wait", "60")
    until(waiting(tree, "bob"))
    bell = next((state(tree) / sqlite.BELLS).iterdir())
    strace = [str(STRACE), "-f", "-qq", "-o", "/dev/null", "-P", str(bell), "-e", "inject=write:signal=SIGKILL"]
    if not STRACE or subprocess.run([*strace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace is not here, or may not trace")
    assert run(*strace, str(BIN / "onetree"), "lock", "release", "src", "--session", "ann", cwd=tree).returncode < 0
    assert bob.wait(40) == 0
    assert held_by(tree, "bob")()
    assert time.monotonic() - began < sqlite.LONGEST_SLEEP - 5, "it slept to the end"


def test_who_waits_for_itself_has_the_lock_when_it_is_granted(tree: Path) -> None:
    """Its poll is no step; a process that waits for another one, as the command does, says that it has heard."""
    locks, me = sqlite.SQLite(str(state(tree))), process.identity(os.getpid())
    other = process.identity(os.getppid())
    for owner, who in (("bob", me), ("cid", other)):
        for name, waiter in (("ann", None), (owner, me)):
            wanted = {"op": "acquire", "owner": name, "resources": ["src"], "wait": 60.0, "process": who}
            locks.apply({**wanted, "waiter": waiter})
        ident = int(locks.state()["claims"][1]["id"])
        locks.apply({"op": "release", "owner": "ann"})
        before = locks.state()["claims"][0]
        answer = locks.apply({"op": "poll", "owner": owner, "id": ident})
        assert (answer["status"], answer["claims"][0]["waiter"]) == ("granted", None)
        assert (before["waiter"], locks.state()["claims"] == [before]) == ((None, True) if who == me else (me, False))
        locks.apply({"op": "release", "owner": owner})
    assert [e["event"] for e in locks.log()].count("taken") == 1
    locks.close()


def test_who_is_put_out_of_the_queue_is_told(tree: Path) -> None:
    class PutOut(sqlite.SQLite):
        def wait(self, answer: "dict[str, Any]") -> None:
            ann.apply({"op": "break", "owner": "ann", "by": "ann", "id": answer["claims"][0]["id"]})
            super().wait(answer)

    ann, bob = sqlite.SQLite(str(state(tree))), PutOut(str(state(tree)))
    wanted = {"resources": ["src"], "wait": 60.0, "process": process.identity(os.getpid())}
    engine.acquire(ann, {**wanted, "owner": "ann"})
    answer = engine.acquire(bob, {**wanted, "owner": "bob", "waiter": wanted["process"]})
    assert (answer["status"], answer["why"]) == ("refused", "broken")
    ann.close()
    bob.close()


def test_an_interrupted_waiter_gives_back_what_it_was_just_granted(tree: Path) -> None:
    class Interrupted(sqlite.SQLite):
        def wait(self, answer: "dict[str, Any]") -> None:
            ann.apply({"op": "release", "owner": "ann"})
            raise KeyboardInterrupt

    me = process.identity(os.getpid())
    ann, bob = sqlite.SQLite(str(state(tree))), Interrupted(str(state(tree)))
    wanted = {"resources": ["src"], "wait": 60.0, "process": me, "waiter": me}
    engine.acquire(ann, {**wanted, "owner": "ann"})
    engine.acquire(bob, {**wanted, "owner": "bob", "resources": ["docs"]})
    with pytest.raises(KeyboardInterrupt):
        engine.acquire(bob, {**wanted, "owner": "bob"})
    assert [c["resources"] for c in ann.state()["claims"]] == [["docs"]]
    ann.close()
    bob.close()


def test_a_waiter_that_is_interrupted_leaves_the_queue(lock: Lock, start: Any, tree: Path) -> None:
    lock("ann", "acquire", "src")
    bob = start("bob", "acquire", "src", "--wait", "60")
    until(waiting(tree, "bob"))
    bob.send_signal(signal.SIGINT)
    assert bob.wait(10) == 130
    assert waiting(tree)()


@BOTH_WAYS
def test_run_passes_on_the_exit_code_and_gives_back(lock: Lock, tree: Path) -> None:
    done = lock("ann", "run", "src", "--", "sh", "-c", "echo $ONETREE_LOCK $ONETREE_FENCE $ONETREE_SESSION; exit 7")
    assert (done.returncode, done.stdout) == (7, "1 2 ann\n")
    assert held_by(tree)()
    assert lock("ann", "run", "src", "--", "sh", "-c", "kill -9 $$").returncode == 128 + 9
    assert lock("ann", "run", "src", "--", "no-such-program").returncode == 127
    assert held_by(tree)()
    lock("bob", "acquire", "src")
    assert lock("ann", "run", "src", "--wait", "0", "--", "touch", "ran").returncode == 1
    assert not (tree / "ran").exists()


@BOTH_WAYS
def test_run_gives_its_command_no_descriptor(lock: Lock) -> None:
    program = "import os; print([f for f in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + f)])"
    done = lock("ann", "run", "src", "--", sys.executable, "-c", program)
    assert done.stdout == "['0', '1', '2']\n"


def test_what_runs_under_a_lock_may_ask_for_it_again(lock: Lock, tree: Path) -> None:
    inner = f"'{BIN}/onetree' lock acquire src/a.py && '{BIN}/onetree' lock release src/a.py"
    done = lock("ann", "run", "src", "--", "sh", "-c", inner)
    assert done.returncode == 0
    assert "fence 2" in done.stdout, "the fence of the lock around it"


@BOTH_WAYS
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"])
def test_run_passes_signals_on(start: Any, tree: Path, name: str) -> None:
    program = f"import signal, sys; signal.signal(signal.{name}, lambda *_: sys.exit(9)); print(1, flush=True)"
    program += "; signal.pause()"
    runner = start("ann", "run", "src", "--", sys.executable, "-c", program)
    assert runner.stdout.readline() == "1\n"
    runner.send_signal(getattr(signal, name))
    assert runner.wait(20) == 9
    assert held_by(tree)()


def test_run_renews_by_itself(lock: Lock, start: Any, tree: Path) -> None:
    runner = start("ann", "run", "src", "--ttl", "1", "--", "sleep", "3")
    until(held_by(tree, "ann"))
    assert lock("bob", "acquire", "src", "--wait", "2").returncode == 1
    assert runner.wait(20) == 0


@BOTH_WAYS
def test_run_tells_its_command_that_the_lock_was_lost(lock: Lock, start: Any, tree: Path) -> None:
    program = "import signal, sys; signal.signal(15, lambda *_: sys.exit(0)); print(1, flush=True); signal.pause()"
    runner = start("ann", "run", "src", "--ttl", "1", "--", sys.executable, "-c", program)
    assert runner.stdout.readline() == "1\n"
    runner.send_signal(signal.SIGSTOP)
    assert lock("bob", "acquire", "src", "--wait", "30").returncode == 0, "a stopped holder keeps it only for its time"
    runner.send_signal(signal.SIGCONT)
    assert runner.wait(20) == 4
    assert "lost 1: src" in runner.stderr.read()
    assert held_by(tree, "bob")()


@BOTH_WAYS
def test_a_runner_that_is_killed_takes_its_command_along(lock: Lock, start: Any, tree: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("there is no prctl(2) here")
    program = "import os, signal; print(os.getpid(), flush=True); signal.pause()"
    runner = start("ann", "run", "src", "--", sys.executable, "-c", program)
    pid = int(runner.stdout.readline())
    until(lambda: any(c["process"]["pid"] == pid for c in view(tree)["held"]))
    runner.kill()
    until(lambda: process.identity(pid) is None)
    assert lock("bob", "acquire", "src").returncode == 0


CONTENDER = """
import os, sys
from onetree import process
from onetree.locks import engine, sqlite

directory, name, cycles = sys.argv[1], sys.argv[2], int(sys.argv[3])
locks = sqlite.SQLite(directory)
me = process.identity(os.getpid())
mode = "write"
for i in range(cycles):
    answer = engine.acquire(locks, {"owner": name, "resources": ["src", "docs"], "mode": mode, "wait": 50.0,
                                    "process": me, "waiter": me})
    assert answer["status"] == "granted", answer
    claim = answer["claims"][0]
    fd = os.open(os.path.join(directory, "inside"), os.O_CREAT | os.O_EXCL)  # fails if anybody else is inside
    os.write(1, b"%d\\n" % claim["fence"])
    os.unlink(os.path.join(directory, "inside"))
    os.close(fd)
    locks.apply({"op": "release", "owner": name, "ids": [claim["id"]]})
"""


def contender(tree: Path, name: str, cycles: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", CONTENDER, str(state(tree)), name, str(cycles)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_of_ten_contenders_one_is_inside_and_the_state_file_is_always_whole(tree: Path) -> None:
    contenders = [contender(tree, f"agent-{i}", 15) for i in range(10)]
    looks = 0
    while any(c.poll() is None for c in contenders):
        if (state(tree) / "locks.json").exists():
            held = view(tree)["held"]
            assert len(held) <= 1
            looks += 1
    fences = []
    for child in contenders:
        out, errors = child.communicate()
        assert child.returncode == 0, errors
        mine = [int(line) for line in out.split()]
        assert mine == sorted(mine)
        fences += mine
    assert len(set(fences)) == 150
    assert looks
    check_log(tree)


def check_log(tree: Path) -> None:
    """The log replays to the state, the state file says the same, and no two holds of the history overlap."""
    locks = sqlite.SQLite(str(state(tree)))
    now = locks.state()
    events = list(locks.log())
    assert sqlite.replay(events) == now
    found = view(tree)
    assert sorted([*found["held"], *found["waiting"]], key=lambda c: int(c["id"])) == now["claims"]
    inside: dict[int, Any] = {}
    fences = []
    for event in events:
        if event["event"] == "granted":
            assert not any(c["owner"] != event["owner"] for c in inside.values()), "two were inside"
            inside[event["id"]] = event
            fences.append(event["set"]["fence"])
        elif "tell" in event:
            inside.pop(event["id"], None)
    assert fences == sorted(set(fences))
    locks.close()


def test_killed_at_any_moment_they_leave_the_locks_whole_and_nobody_asleep(tree: Path) -> None:
    chance = random.Random(7)
    living = [contender(tree, f"agent-{i}", 10_000) for i in range(5)]
    for i in range(40):
        time.sleep(chance.uniform(0.0, 0.06))
        victim = living.pop(chance.randrange(len(living)))
        victim.kill()
        victim.communicate()
        (state(tree) / "inside").unlink(missing_ok=True)  # it may have been inside
        living.append(contender(tree, f"later-{i}", 10_000))
    for child in living:
        child.terminate()
        child.communicate()
    (state(tree) / "inside").unlink(missing_ok=True)
    last = contender(tree, "last", 3)
    out, errors = last.communicate(timeout=50)
    assert (last.returncode, len(out.split())) == (0, 3), errors
    check_log(tree)


def test_each_thread_has_an_engine_of_its_own(tree: Path) -> None:
    def cycles(name: str) -> int:
        locks = registry.of_tree(str(tree), {}).engine()
        me = process.identity(os.getpid())
        for _ in range(10):
            wanted = {"owner": name, "resources": ["src"], "wait": 50.0, "waiter": me}
            ident = engine.acquire(locks, wanted)["claims"][0]["id"]
            assert locks.apply({"op": "release", "owner": name, "ids": [ident]})["status"] == "released"
        locks.close()
        return 10

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(cycles, ["a", "b", "c", "d"])) == 40
    assert not list((state(tree) / sqlite.BELLS).glob("*")), "a pipe was left behind"


def test_a_long_log_is_folded(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "LOG_MOST", 50)
    locks = sqlite.SQLite(str(state(tree)))
    engine.acquire(locks, {"owner": "ann", "resources": ["docs"], "wait": 0.0})
    for _ in range(40):
        ident = engine.acquire(locks, {"owner": "bob", "resources": ["src"], "wait": 0.0})["claims"][0]["id"]
        locks.apply({"op": "release", "owner": "bob", "ids": [ident]})
    events = list(locks.log())
    assert len(events) < 60
    assert sqlite.replay(events) == locks.state()
    assert [c["owner"] for c in core.queue(locks.state())] == []
    locks.close()
