"""A network with a host for each member of a cluster, between which it can be cut: namespaces of Linux.

usage: with Network(3) as network: ...; the thread and what it starts are meanwhile in the network, too.
"""

import ctypes
import os
import shutil
import subprocess

from typing_extensions import Self

IP = shutil.which("ip", path=f"{os.defpath}:/usr/sbin:/sbin")
CLONE_NEWNET = 0x40000000  # unshare(2)
BRIDGE = "10.77.0.1"
START = 10.0  # seconds


class NoNetwork(Exception):
    """None can be made here; the text says why."""


class Network:
    """So many hosts on one bridge, each in a namespace of its own, which a process that sleeps keeps."""

    def __init__(self, hosts: int) -> None:
        self.hosts = hosts
        self.keepers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        if not IP:
            raise NoNetwork("ip is not installed; on Debian and Ubuntu: apt install iproute2")
        try:
            self._home = os.open("/proc/self/ns/net", os.O_RDONLY)
            _into(None)
        except (OSError, AttributeError) as e:
            raise NoNetwork(f"no network of its own ({e}); as root, or behind `unshare -rn`") from None
        try:
            _ip("link", "set", "lo", "up")
            _ip("link", "add", "bridge", "type", "bridge")
            _ip("addr", "add", f"{BRIDGE}/24", "dev", "bridge")
            _ip("link", "set", "bridge", "up")
            for number in range(self.hosts):
                self._add(number)
        except (OSError, subprocess.SubprocessError) as e:
            self.__exit__()
            raise NoNetwork(f"no bridge between namespaces could be made ({e})") from None
        return self

    def __exit__(self, *_: object) -> None:
        for keeper in self.keepers:
            keeper.kill()
            keeper.communicate()
        _into(self._home)  # what was made goes with the last process that is in it
        os.close(self._home)

    def _add(self, number: int) -> None:
        ready = ["unshare", "-n", "sh", "-c", "echo; exec sleep infinity"]
        keeper = subprocess.Popen(ready, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.keepers.append(keeper)
        assert keeper.stdout
        keeper.stdout.readline()
        _ip("link", "add", f"port{number}", "type", "veth", "peer", "name", "eth0", "netns", str(keeper.pid))
        _ip("link", "set", f"port{number}", "master", "bridge", "up")
        _ip("addr", "add", f"{self.address(number)}/24", "dev", "eth0", at=self.inside(number))
        for name in ("lo", "eth0"):
            _ip("link", "set", name, "up", at=self.inside(number))

    def address(self, number: int) -> str:
        """Of a host."""
        return f"10.77.0.{11 + number}"

    def inside(self, number: int) -> "list[str]":
        """The words before a command that is to run on a host."""
        return ["nsenter", "-t", str(self.keepers[number].pid), "-n"]

    def cut(self, number: int) -> None:
        """Let nothing pass any longer between a host and the others; from here it can still be reached."""
        self._routes("add", number)

    def heal(self, number: int) -> None:
        """Let it pass again."""
        self._routes("del", number)

    def _routes(self, verb: str, number: int) -> None:
        for other in set(range(self.hosts)) - {number}:
            _ip("route", verb, "blackhole", f"{self.address(other)}/32", at=self.inside(number))


def _into(namespace: "int | None") -> None:
    """Move this thread into a network; None: into a new one. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) if namespace is None else libc.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _ip(*words: str, at: "list[str] | None" = None) -> None:
    subprocess.run([*(at or []), str(IP), *words], check=True, capture_output=True, timeout=START)
