"""What the lock engine needs of etcd, over its JSON gateway: transactions, leases, word of deletions (ADR 29).

etcd.io/docs/v3.4/dev-guide/api_grpc_gateway: keys and values are base64, numbers are text.
"""

import http.client
import json
import os
import random
import ssl
import time
from base64 import b64decode, b64encode

from onetree.locks.engine import EngineError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Any

    Json = dict[str, Any]

ATTEMPT = 2.5  # seconds that one member may take to answer before the next one is asked
AGAIN = 0.2  # seconds at most between two rounds of all members
# The codes of gRPC with which another member, or the same one later, may well do it; grpc.io/docs/guides/status-codes.
PASSING = (1, 2, 4, 10, 13, 14)
UNAUTHENTICATED, NOT_FOUND = 16, 5


class Refused(EngineError):
    """The store has understood, and said no. code: as gRPC numbers them."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


class _Failed(Exception):
    """This attempt came to nothing that is known."""


def put(key: str, value: object, lease: int = 0) -> "Json":
    """The operation that sets a key to a value that JSON has."""
    return {"request_put": {"key": _key(key), "value": _key(json.dumps(value, separators=(",", ":"))), "lease": lease}}


def get(key: str, end: str = "", *, limit: int = 0, keys_only: bool = False) -> "Json":
    """The operation that reads a key, or all from it to before the end."""
    more = {"range_end": _key(end)} if end else {}
    return {"request_range": {"key": _key(key), "limit": limit, "keys_only": keys_only, **more}}


def delete(key: str, end: str = "") -> "Json":
    """The operation that removes a key, or all from it to before the end, if there are any."""
    return {"request_delete_range": {"key": _key(key), **({"range_end": _key(end)} if end else {})}}


def unchanged(key: str, revision: int) -> "Json":
    """The condition that a key was last changed in this revision; 0: that there is none."""
    return {"key": _key(key), "target": "MOD", "result": "EQUAL", "mod_revision": revision}


class Row:
    """A key and its value, as they are in the store."""

    def __init__(self, found: "Json") -> None:
        self.key = b64decode(found["key"]).decode()
        self.revision = int(found["mod_revision"])
        self._value = found.get("value", "")

    def value(self) -> "Any":  # noqa: ANN401  whatever was put there
        """What was put there."""
        return json.loads(b64decode(self._value))


class Found:
    """The outcome of a transaction. yes: whether its conditions were met. rows: what each operation has read."""

    def __init__(self, answer: "Json") -> None:
        self.yes: bool = answer.get("succeeded", False)
        self.revision = int(answer["header"]["revision"])
        self.rows = [
            [Row(kv) for kv in part.get("response_range", {}).get("kvs", ())] for part in answer.get("responses", ())
        ]


class Client:
    """One connection at a time, to whichever member answers. For one thread.

    members: (host, port). tls: None for none. Raises EngineError from every method if no member answers in time.
    """

    def __init__(
        self, members: "list[tuple[str, int]]", tls: "ssl.SSLContext | None" = None, user: str = "", password: str = ""
    ) -> None:
        self.members = random.sample(members, len(members))
        self.name = ", ".join(f"{host}:{port}" for host, port in members)
        self._tls = tls
        self._user, self._password, self._token = user, password, ""
        self._connection: http.client.HTTPConnection | None = None

    def transaction(
        self,
        conditions: "list[Json]",
        then: "list[Json]",
        otherwise: "list[Json]",
        end: float,
        meanwhile: "Callable[[], object]" = int,
    ) -> Found:
        """All of `then` at once if the conditions are met, else all of `otherwise`.

        It may be made twice if a connection breaks; the conditions must rule that out. end: of time.monotonic().
        meanwhile: done while the store is at work.
        """
        body = {"compare": conditions, "success": then, "failure": otherwise}
        return Found(self.call("/v3/kv/txn", body, end, meanwhile))

    def lease(self, seconds: int, end: float) -> int:
        """A new lease of the server's, which ends unless it is kept alive."""
        return int(self.call("/v3/lease/grant", {"TTL": seconds}, end)["ID"])

    def keep(self, lease: int, end: float) -> bool:
        """Let a lease begin again; False if it has ended."""
        return int(self.call("/v3/lease/keepalive", {"ID": lease}, end)["result"].get("TTL", 0)) > 0

    def left(self, lease: int, end: float) -> int:
        """Whole seconds that are left of a lease, rounded down; -1 if it has ended."""
        return int(self.call("/v3/lease/timetolive", {"ID": lease}, end).get("TTL", -1))

    def revoke(self, lease: int, end: float) -> None:
        """End a lease."""
        self.call("/v3/lease/revoke", {"ID": lease}, end)

    def deletions(self, key: str, since: int) -> "Stream":
        """A stream that tells of the key's deletion, from this revision on; of the member that answered last."""
        wanted = {"create_request": {"key": _key(key), "start_revision": since, "filters": ["NOPUT"]}}
        try:
            connection = self._connect(self.members[0])
            connection.connect()
            return Stream(connection.sock, self._headers(), json.dumps(wanted).encode())
        except (OSError, http.client.HTTPException) as e:
            raise EngineError(f"etcd at {self.name}: {_reason(e)}") from None

    def call(self, path: str, body: "Json", end: float, meanwhile: "Callable[[], object]" = int) -> "Json":
        """The answer of the first member that gives one, the one that did so last being asked first."""
        data = json.dumps(body).encode()
        for attempt in range(1_000_000):
            try:
                return self._ask(path, data, max(0.05, min(ATTEMPT, end - time.monotonic())), meanwhile)
            except _Failed as e:
                self.close()
                self.members.append(self.members.pop(0))
                whole_round = (attempt + 1) % len(self.members) == 0
                pause = random.uniform(0, AGAIN) if whole_round else 0.0  # noqa: S311  no secret
                if time.monotonic() + pause >= end:
                    raise EngineError(
                        f"etcd at {self.name}: {e}; a majority of its members must be up. Take nothing for granted; "
                        "what was asked for may show in `onetree lock status` all the same, once it answers"
                    ) from None
                time.sleep(pause)
        raise AssertionError

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _ask(self, path: str, data: bytes, seconds: float, meanwhile: "Callable[[], object]" = int) -> "Json":
        if self._user and not self._token and path != "/v3/auth/authenticate":
            who = json.dumps({"name": self._user, "password": self._password}).encode()
            self._token = self._ask("/v3/auth/authenticate", who, seconds)["token"]
        try:
            if not self._connection:
                self._connection = self._connect(self.members[0])
            self._connection.timeout = seconds
            if self._connection.sock:
                self._connection.sock.settimeout(seconds)
            self._connection.request("POST", path, data, self._headers())
            meanwhile()
            response = self._connection.getresponse()
            text = response.read()
            if 400 <= response.status < 500 and not text.startswith(b"{"):  # not of etcd, but of what is before it
                raise Refused(f"etcd at {self.name}: {text.decode(errors='replace').strip()[:200]}", 0)
            answer = json.loads(text)
        except (OSError, http.client.HTTPException, ValueError) as e:
            if isinstance(e, ssl.SSLCertVerificationError):
                raise EngineError(f"etcd at {self.name}: {e.verify_message}; `ca:` names who is trusted") from None
            raise _Failed(_reason(e)) from None
        if response.status == 200 and "error" not in answer:
            return dict(answer)
        return self._complaint(answer)

    def _complaint(self, answer: "Json") -> "Json":
        """Raise what an answer that is none means."""
        error = answer.get("error", answer)
        if isinstance(error, dict):  # of a stream
            text, code = error.get("message", ""), int(error.get("grpc_code", 2))
        else:
            text, code = str(error), int(answer.get("code", 2))
        if code == UNAUTHENTICATED and self._token:  # it is too old, or of a member's earlier life
            self._token = ""
            raise _Failed(text)
        if code in PASSING:
            raise _Failed(text)
        raise Refused(f"etcd at {self.name}: {text}", code)

    def _connect(self, member: "tuple[str, int]") -> http.client.HTTPConnection:
        if self._tls:
            return http.client.HTTPSConnection(*member, timeout=ATTEMPT, context=self._tls)
        return http.client.HTTPConnection(*member, timeout=ATTEMPT)

    def _headers(self) -> "dict[str, str]":
        return {"Content-Type": "application/json", **({"Authorization": self._token} if self._token else {})}


class Stream:
    """An answer that goes on, one JSON object a line; over HTTP/1.0, so that nothing is between the lines."""

    def __init__(self, sock: "socket.socket", headers: "dict[str, str]", body: bytes) -> None:
        self._sock = sock
        self._pid = os.getpid()
        self._rest = b""
        head = [f"{k}: {v}" for k, v in {**headers, "Content-Length": str(len(body))}.items()]
        sock.sendall("\r\n".join(["POST /v3/watch HTTP/1.0", *head, "", ""]).encode() + body)
        sock.setblocking(False)

    def fileno(self) -> int:
        """The descriptor that is readable when there may be news."""
        return self._sock.fileno()

    def news(self) -> bool:
        """Whether something was told since, or nothing will be any more."""
        found = False
        while True:
            try:
                data = self._sock.recv(65536)
            except (BlockingIOError, ssl.SSLWantReadError):
                return found
            except OSError:
                return True
            if not data:
                return True
            *lines, self._rest = (self._rest + data).split(b"\n")
            found = found or any(b'"events"' in x or b'"canceled"' in x or b'"error"' in x for x in lines)

    def close(self) -> None:
        """Let go of it."""
        self._sock.close()


def _key(text: str) -> str:
    return b64encode(text.encode()).decode()


def _reason(e: Exception) -> str:
    if isinstance(e, TimeoutError):
        return "no answer in time"
    return str(getattr(e, "strerror", "") or e) or type(e).__name__
