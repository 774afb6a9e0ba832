"""A real etcd of some members, each a process that can be killed, stopped and started again; on the loopback."""

import contextlib
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from onetree.locks import etcd
from onetree.locks.etcd_client import Client
from stress.network import Network

PROGRAM = shutil.which("etcd")
START = 30.0  # seconds in which a majority must answer


class Cluster:
    """The members, started; folder: where they keep their data. more: further arguments of etcd.

    network: in which each is on a host of its own.
    """

    def __init__(self, folder: Path, members: int = 3, more: "tuple[str, ...]" = (), scheme: str = "http",
                 network: "Network | None" = None) -> None:  # fmt: skip
        assert PROGRAM, "etcd is not installed"
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        ports = _free_ports(2 * members)
        self.network = network
        hosts = [network.address(number) if network else "127.0.0.1" for number in range(members)]
        self.members = list(zip(hosts, ports[:members], strict=True))
        self.peers = [f"http://{host}:{port}" for host, port in zip(hosts, ports[members:], strict=True)]
        self.scheme, self.more = scheme, more
        self.processes: list[subprocess.Popen[bytes] | None] = [None] * members
        for number in range(members):
            self.start(number)

    @property
    def url(self) -> str:
        """As a policy names it."""
        scheme = "etcds" if self.scheme == "https" else "etcd"
        return f"{scheme}://" + ",".join(f"{host}:{port}" for host, port in self.members)

    def client(self) -> Client:
        """A client of all members."""
        return Client(self.members)

    def engine(self, directory: Path, clock: "Callable[[], float] | None" = None,
               first: "int | None" = None) -> etcd.Etcd:  # fmt: skip
        """An engine below a prefix that is the directory's own."""
        return etcd.Etcd(self.client(), str(directory), prefix=f"{directory}/", clock=clock, first=first)

    def start(self, number: int) -> None:
        """Start a member, or start it again with what it knew."""
        name = f"m{number}"
        host, port = self.members[number]
        peer, own = self.peers[number], f"{self.scheme}://{host}:{port}"
        all_of_them = ",".join(f"m{i}={url}" for i, url in enumerate(self.peers))
        words = [str(PROGRAM), "--name", name, "--data-dir", str(self.folder / name), "--listen-client-urls", own,
                 "--advertise-client-urls", own, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                 "--initial-cluster", all_of_them, "--initial-cluster-token", str(self.folder),
                 "--unsafe-no-fsync", *self.more]  # fmt: skip
        if self.network:
            words = [*self.network.inside(number), *words]
        if "--fsync" in self.more:
            words = [w for w in words if w not in ("--fsync", "--unsafe-no-fsync")]
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[number] = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def ready(self) -> "Cluster":
        """Wait until a majority answers. Raises EngineError."""
        client = self.client()
        client.call("/v3/kv/range", {"key": "AA=="}, time.monotonic() + START)
        client.close()
        return self

    def kill(self, number: int) -> None:
        """SIGKILL for a member."""
        process = self.processes[number]
        if process:
            process.kill()
            process.wait()
        self.processes[number] = None

    def send(self, number: int, what: signal.Signals) -> None:
        """A signal for a member, such as SIGSTOP."""
        process = self.processes[number]
        if process:
            process.send_signal(what)

    def close(self) -> None:
        """End all members."""
        for number in range(len(self.processes)):
            self.kill(number)


@contextlib.contextmanager
def cluster(folder: Path, members: int = 3, network: "Network | None" = None) -> "Iterator[Cluster]":
    """A cluster that answers, and leaves no process behind."""
    found = Cluster(folder, members, network=network)
    try:
        yield found.ready()
    finally:
        found.close()


def _free_ports(number: int) -> "list[int]":
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
