"""The locks of many machines on a real etcd: what happens when members, holders, waiters and connections go."""

import contextlib
import json
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from onetree import flock, process
from onetree.locks import core, engine, etcd, sqlite
from onetree.locks.engine import EngineError
from onetree.locks.etcd_client import Client
from stress.cluster import PROGRAM, Cluster, cluster
from stress.network import Network, NoNetwork

from .conftest import Run

Make = Callable[..., etcd.Etcd]

pytestmark = pytest.mark.skipif(
    not PROGRAM, reason="etcd is not installed; on Debian and Ubuntu: apt install etcd-server"
)


@pytest.fixture
def make(etcd: Cluster, tmp_path: Path) -> "Iterator[Make]":
    """make("a"): an engine on a machine that is called so; all are of one cluster, and of one prefix."""
    made: list[Any] = []

    def engine_of(machine: str = "a", cluster: Cluster = etcd, **more: Any) -> "Any":
        from onetree.locks.etcd import Etcd

        (tmp_path / machine).mkdir(exist_ok=True)
        made.append(Etcd(cluster.client(), str(tmp_path / machine), prefix=f"{tmp_path}/", **more))
        return made[-1]

    yield engine_of
    for one in made:
        one.close()


@pytest.fixture
def own(tmp_path: Path) -> "Iterator[Cluster]":
    """Three members that may be harmed."""
    found = Cluster(tmp_path / "cluster")
    yield found.ready()
    found.close()


def want(owner: str, *resources: str, wait: float = 0.0, **more: Any) -> "dict[str, Any]":
    return {"owner": owner, "resources": list(resources), "wait": wait, **more}


def elsewhere(pid: int) -> "process.Process":
    """A process of another machine."""
    return {"host": "elsewhere", "boot": "b", "space": "s", "pid": pid, "start": "1"}


def in_thread(function: Callable[[], Any]) -> "tuple[threading.Thread, list[Any]]":
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(function()), daemon=True)
    thread.start()
    return thread, answers


def queued(one: etcd.Etcd, owner: str) -> None:
    deadline = time.monotonic() + 20
    while owner not in [c["owner"] for c in one.state()["claims"]]:
        assert time.monotonic() < deadline, "it did not queue"
        time.sleep(0.02)


def test_machines_share_the_locks_and_each_shows_them(make: Make, tmp_path: Path) -> None:
    a, b = make("a"), make("b")
    first = engine.acquire(a, want("ann", "src"))
    assert engine.acquire(b, want("bob", "src/x.py"))["status"] == "refused"
    a.apply({"op": "release", "owner": "ann"})
    second = engine.acquire(b, want("bob", "src/x.py"))
    assert second["claims"][0]["fence"] > first["claims"][0]["fence"]
    assert a.state() == b.state() == sqlite.replay(a.log())
    assert abs(a.clock() - b.clock()) < 1
    shown = json.loads((tmp_path / "a" / "locks.json").read_text())
    assert [c["owner"] for c in shown["held"]] == ["bob"]
    assert 0 < shown["held"][0]["expires"] - process.clock() <= core.TTL


def test_numbers_go_on_when_the_keys_were_removed(make: Make, etcd: Cluster, tmp_path: Path) -> None:
    one = make()
    for _ in range(3):
        before = engine.acquire(one, want("ann", "src"))["claims"][0]["fence"]
    client = etcd.client()
    client.call("/v3/kv/deleterange", _everything(f"{tmp_path}/"), time.monotonic() + 5)
    client.close()
    assert engine.acquire(one, want("bob", "src"))["claims"][0]["fence"] > before
    assert engine.acquire(make("b"), want("cid", "src"))["status"] == "refused"


def _everything(prefix: str) -> "dict[str, Any]":
    from onetree.locks.etcd_client import delete

    wanted: dict[str, Any] = delete(prefix, prefix[:-1] + "0")["request_delete_range"]
    return wanted


def test_who_waits_is_woken_at_once(make: Make) -> None:
    a, b = make("a"), make("b")
    engine.acquire(a, want("ann", "src"))
    thread, answers = in_thread(lambda: engine.acquire(b, want("bob", "src", wait=60)))
    queued(a, "bob")
    began = time.monotonic()
    a.apply({"op": "release", "owner": "ann"})
    thread.join(20)
    assert answers[0]["status"] == "granted"
    assert time.monotonic() - began < 4, "it looked, and was not woken"


def test_no_wake_is_lost_when_the_stream_breaks(make: Make) -> None:
    a, b = make("a"), make("b")
    engine.acquire(a, want("ann", "src"))
    answer = b.apply({"op": "acquire", **want("bob", "src", wait=60)})
    a.apply({"op": "release", "owner": "ann"})  # before it begins to listen
    began = time.monotonic()
    b.wait(answer)
    assert time.monotonic() - began < 4
    assert b.apply({"op": "poll", "id": answer["claims"][0]["id"], "owner": "bob"})["status"] == "granted"


def test_a_waiter_of_another_machine_that_gives_no_sign_of_life_is_passed_over_and_told(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(etcd, "SESSION", 2)
    a, b, c = make("a"), make("b"), make("c")
    engine.acquire(a, want("ann", "src"))
    stopped = b.apply({"op": "acquire", **want("bob", "src", wait=600, waiter=elsewhere(7))})
    thread, answers = in_thread(lambda: engine.acquire(c, want("cid", "src", wait=60)))
    queued(a, "cid")
    a.apply({"op": "release", "owner": "ann"})
    thread.join(40)
    assert answers[0]["status"] == "granted"
    late = b.apply({"op": "poll", "id": stopped["claims"][0]["id"], "owner": "bob"})
    assert (late["status"], late["why"]) == ("lost", "dead")


def test_the_dead_of_this_machine_are_seen_at_once(make: Make) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        engine.acquire(make(), want("ann", "src", process=process.identity(child.pid)))
        assert engine.acquire(make("b"), want("bob", "src"))["status"] == "refused"
        child.kill()
    assert engine.acquire(make("b"), want("bob", "src"))["status"] == "granted"


def test_time_goes_on_for_a_machine_that_was_not_there(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.acquire(make(), want("ann", "src", ttl=2.0))
    time.sleep(4)
    monkeypatch.setattr(process, "boot", lambda: "another machine")
    monkeypatch.setattr(process, "clock", lambda: time.monotonic() - 50_000)
    assert engine.acquire(make("b"), want("bob", "src"))["status"] == "granted"


def test_steps_of_many_are_made_one_after_the_other(make: Make) -> None:
    """Each on a machine of its own, so that nothing but the transaction is between them."""

    def work(n: int) -> None:
        one = make(f"m{n}")
        for _ in range(15):
            assert engine.acquire(one, want(f"o{n}", "src", wait=60))["status"] == "granted"
            held.append(n)
            assert held == [n], "two hold it"
            held.remove(n)
            assert one.apply({"op": "release", "owner": f"o{n}"})["status"] == "released"
        done.append(n)

    held: list[int] = []
    done: list[int] = []
    threads = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(done) == [0, 1, 2, 3]
    one = make()
    events = list(one.log())
    assert sqlite.replay(events) == one.state()
    fences = [e["set"]["fence"] for e in events if e["event"] == "granted"]
    assert fences == sorted(set(fences))
    assert len(fences) == 60


def test_a_process_that_was_stopped_in_the_turnstile_holds_nobody_up(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(etcd, "AT_TURNSTILE", 0.1)
    one, view = make(), tmp_path / "a" / "locks.json"
    with flock.locked(str(tmp_path / "a" / etcd.TURNSTILE), 1.0):
        assert engine.acquire(one, want("ann", "src"))["status"] == "granted"
        assert not view.exists(), "two may write it at once"
    took = ["src"]
    while not view.exists():  # a wait that was given up lets go of the lock a moment after it has got it
        took.append(f"docs/{len(took)}")
        assert engine.acquire(one, want("ann", took[-1]))["status"] == "granted"
    assert [c["resources"] for c in json.loads(view.read_text())["held"]] == [[r] for r in took]


def test_snapshots_and_folding_change_nothing(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(etcd, "SNAPSHOT", 5)
    monkeypatch.setattr(etcd, "LOG_MOST", 40)
    monkeypatch.setattr(etcd, "PAGE", 6)
    one, late = make(), make("b")
    engine.acquire(late, want("zoe", "zoo"))
    for n in range(60):
        engine.acquire(one, want(f"o{n % 7}", f"r{n % 11}"))
    events = list(one.log())
    assert events[0]["event"] == "state"
    assert len(events) < 150
    assert sqlite.replay(events) == one.state() == late.state() == make("c").state()


def test_the_clocks_lease_is_one(make: Make, etcd: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onetree.locks.etcd.SNAPSHOT", 2)

    def leases() -> int:
        with closing(etcd.client()) as client:
            return len(client.call("/v3/lease/leases", {}, time.monotonic() + 5).get("leases", ()))

    before = leases()
    for name in ("a", "b"):
        one = make(name)
        for _ in range(4):
            engine.acquire(one, want("ann", "src"))
            one.apply({"op": "release", "owner": "ann"})
    assert leases() == before + 1


def test_another_member_is_asked_when_one_goes(make: Make, own: Cluster) -> None:
    one = make(cluster=own)
    engine.acquire(one, want("ann", "src"))
    number = own.members.index(one._client.members[0])
    own.kill(number)
    assert engine.acquire(one, want("ann", "docs"))["status"] == "granted"
    own.start(number)
    own.send(number, signal.SIGSTOP)
    assert engine.acquire(one, want("ann", "more"))["status"] == "granted"
    own.send(number, signal.SIGCONT)


def test_without_a_majority_nothing_is_granted_and_later_all_is_as_it_was(
    make: Make, own: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(etcd, "PATIENCE", 4.0)
    one, two = make(cluster=own), make("b", cluster=own)
    engine.acquire(one, want("ann", "src"))
    own.kill(0)
    own.kill(1)
    for asked in (one, two):
        with pytest.raises(EngineError, match="a majority"):
            engine.acquire(asked, want("bob", "docs"))
    own.start(0)
    own.start(1)
    own.ready()
    monkeypatch.setattr(etcd, "PATIENCE", 20.0)
    assert engine.acquire(two, want("bob", "src"))["status"] == "refused"
    assert one.apply({"op": "renew", "owner": "ann"})["status"] == "renewed"


def test_the_smaller_side_of_a_partition_cannot_tell_and_what_it_held_goes_on_elsewhere(
    run: Run, tree: Path, tmp_path: Path
) -> None:
    def side(machine: str, members: "list[tuple[str, int]]") -> etcd.Etcd:
        (tmp_path / machine).mkdir()
        return etcd.Etcd(Client(members), str(tmp_path / machine))

    try:
        with Network(3) as network, cluster(tmp_path / "cluster", 3, network) as parted:
            small, large = parted.members[0], parted.members[1:]
            ann, bob = side("a", [small]), side("b", large)
            first = engine.acquire(ann, want("ann", "src", ttl=4.0))
            network.cut(0)
            with (tree / ".onetree" / "policy.yaml").open("a") as f:
                f.write(f"locks: {{engine: 'etcd://{small[0]}:{small[1]}'}}\n")
            told = run("onetree", "lock", "acquire", "docs", "--session", "cid", cwd=tree)
            assert (told.returncode, told.stdout) == (111, "")
            assert "a majority of its members must be up" in told.stderr
            with pytest.raises(EngineError):
                ann.apply({"op": "renew", "owner": "ann"})
            second = engine.acquire(bob, want("bob", "src", wait=30.0))
            assert second["claims"][0]["granted"] >= first["claims"][0]["expires"]
            network.heal(0)
            with contextlib.closing(Client([small])) as client:
                client.call("/v3/kv/range", {"key": "AA=="}, time.monotonic() + 30)
            assert engine.acquire(ann, want("ann", "src"))["status"] == "refused"
            bob.apply({"op": "release", "owner": "bob"})
            third = engine.acquire(ann, want("ann", "src"))
            fences = [a["claims"][0]["fence"] for a in (first, second, third)]
            assert fences == sorted(set(fences))
            assert sqlite.replay(bob.log()) == ann.state() == bob.state()
            ann.close()
            bob.close()
    except NoNetwork as e:
        pytest.skip(str(e))


def test_what_the_command_says_without_an_answer(run: Run, tree: Path) -> None:
    with (tree / ".onetree" / "policy.yaml").open("a") as f:
        f.write("locks: {engine: 'etcd://127.0.0.1:1,127.0.0.1:2'}\n")
    done = run("onetree", "lock", "acquire", "src", "--session", "ann", cwd=tree)
    assert (done.returncode, done.stdout) == (111, "")
    assert "127.0.0.1:1, 127.0.0.1:2: Connection refused" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_commands(run: Run, tree: Path, etcd: Cluster, tmp_path: Path) -> None:
    policy = f"version: 1\nlocks: {{engine: '{etcd.url}', repository: {tmp_path.name}}}\n"
    (tree / ".onetree" / "policy.yaml").write_text(policy)
    other = tmp_path / "copy-on-another-machine"
    (other / ".onetree").mkdir(parents=True)
    (other / ".onetree" / "policy.yaml").write_text(policy)

    def lock(who: str, *args: str, cwd: Path = tree) -> "subprocess.CompletedProcess[str]":
        cut = args.index("--") if "--" in args else len(args)
        return run("onetree", "lock", *args[:cut], "--session", who, *args[cut:], cwd=cwd)

    assert lock("ann", "acquire", "src", "--reason", "new parser").stdout.startswith("granted ")
    refused = lock("bob", "acquire", "src/a.py", cwd=other)
    assert refused.returncode == 1
    assert "ann holds write src for 'new parser'" in refused.stdout
    assert "ann" in lock("cid", "status", cwd=other).stdout
    assert lock("bob", "why", "src", cwd=other).returncode == 1
    assert lock("ann", "release").returncode == 0
    assert lock("bob", "run", "src", "--", "sh", "-c", "exit 7", cwd=other).returncode == 7
    assert "granted" in lock("cid", "history", "src").stdout
    assert lock("cid", "metrics").returncode == 0
    assert lock("cid", "acquire", "elsewhere:src").returncode == 0
    assert lock("cid", "release").returncode == 0


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """ca.pem, and one pair for all, made by openssl."""
    folder = tmp_path / "pki"
    folder.mkdir()
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
               "-keyout", "key.pem", "-out", "ca.pem", "-days", "2", "-subj", "/O=onetree",
               "-addext", "subjectAltName=IP:127.0.0.1"]  # fmt: skip
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    return folder


def test_tls_and_a_password(certificates: Path, tmp_path: Path) -> None:
    ca, key = str(certificates / "ca.pem"), str(certificates / "key.pem")
    more = ("--cert-file", ca, "--key-file", key, "--trusted-ca-file", ca, "--client-cert-auth")
    cluster = Cluster(tmp_path / "cluster", 1, more, scheme="https")
    try:
        context = ssl.create_default_context(cafile=ca)
        context.load_cert_chain(ca, key)
        admin = Client(cluster.members, context)
        end = time.monotonic() + 20
        admin.call("/v3/auth/user/add", {"name": "root", "password": "s3cret"}, end)
        admin.call("/v3/auth/role/add", {"name": "root"}, end)
        admin.call("/v3/auth/user/grant", {"user": "root", "role": "root"}, end)
        admin.call("/v3/auth/enable", {}, end)
        admin.close()
        (tmp_path / "password").write_text("s3cret\n")
        full = {"engine": cluster.url, "ca": ca, "cert": ca, "key": key, "user": "root", "password_file": "password"}
        good = etcd.connect(str(tmp_path / "a"), full, str(tmp_path))
        assert engine.acquire(good, want("ann", "src"))["status"] == "granted"
        waiter = etcd.connect(str(tmp_path / "b"), full, str(tmp_path))
        thread, answers = in_thread(lambda: engine.acquire(waiter, want("bob", "src", wait=30)))
        queued(good, "bob")
        good.apply({"op": "release", "owner": "ann"})
        thread.join(20)
        assert answers[0]["status"] == "granted"
        good._client._token = "of another life"
        assert engine.acquire(good, want("ann", "docs"))["status"] == "granted", "it must ask for a new token"
        for one in (good, waiter):
            one.close()
        for wrong, said in (
            ({"ca": None}, "certificate"),
            ({"user": None}, "permission denied"),
            ({"cert": None}, "majority of its"),
        ):
            settings = {k: v for k, v in {**full, **wrong}.items() if v}
            bad = etcd.connect(str(tmp_path / "c"), settings, str(tmp_path))
            with pytest.raises(EngineError, match=said):
                engine.acquire(bad, want("cid", "more"))
            bad.close()
        (tmp_path / "password").write_text("guessed\n")
        bad = etcd.connect(str(tmp_path / "c"), full, str(tmp_path))
        with pytest.raises(EngineError, match="invalid user ID or password"):
            engine.acquire(bad, want("cid", "more"))
        bad.close()
        with pytest.raises(EngineError, match="for all to read"):
            etcd.connect(str(tmp_path), {**full, "engine": "etcd://far.example:2379"}, str(tmp_path))
    finally:
        cluster.close()
