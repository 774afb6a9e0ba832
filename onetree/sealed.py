"""Files that an agent cannot forge: each begins with a keyed hash of the rest.

The key is a file in the state directory that no file tool and no readable shell command may read (self-protection).
It does not stop a program that runs unseen as the same user; it does stop a write that slips past the guards from
becoming a rule, an approval or a parse table (ADR 10). The hash is BLAKE2b with a key, RFC 7693, section 2.5.
"""

import os
from _blake2 import blake2b

KEY = "key"
KEY_BYTES = 32
SEAL_BYTES = 32


def key(state: str) -> bytes:
    """The state directory's key, made on first use (32 random bytes, mode 0600).

    Processes and threads that make it at once agree: the first link() wins. Raises OSError if it cannot be made or
    read, or if what is there is not a key.
    """
    path = os.path.join(state, KEY)
    try:
        found = _read(path)
    except FileNotFoundError:
        os.makedirs(state, mode=0o700, exist_ok=True)
        beside = _beside(path)
        _write(beside, os.urandom(KEY_BYTES))
        try:
            os.link(beside, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(beside)
        found = _read(path)
    if len(found) != KEY_BYTES:
        raise OSError(f"{path}: {len(found)} bytes are not a key; move it away, and the next call makes a new one")
    return found


def _beside(path: str) -> str:
    """A name that no other thread or process has, of this machine or of a container that shares the tree."""
    return f"{path}.{os.urandom(8).hex()}"


def mac(state: str, data: bytes) -> str:
    """The keyed hash of data, 32 hexadecimal characters."""
    return blake2b(data, digest_size=16, key=key(state)).hexdigest()


def store(path: str, state: str, data: bytes) -> None:
    """Write data, sealed, beside path and rename it there. Raises OSError; path is then as it was."""
    beside = _beside(path)
    try:
        _write(beside, _seal(state, data) + data)
        os.replace(beside, path)
    except OSError:
        if os.path.lexists(beside):
            os.unlink(beside)
        raise


def fetch(path: str, state: str) -> "bytes | None":
    """What store() put there; None if it is missing, cut off, or was not sealed with this state's key."""
    try:
        blob = _read(path)
        if blob[:SEAL_BYTES] == _seal(state, blob[SEAL_BYTES:]):
            return blob[SEAL_BYTES:]
    except OSError:
        pass
    return None


def _seal(state: str, data: bytes) -> bytes:
    return blake2b(data, digest_size=SEAL_BYTES, key=key(state)).digest()


def _read(path: str) -> bytes:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        return b"".join(iter(lambda: os.read(fd, 1 << 20), b""))
    finally:
        os.close(fd)


def _write(path: str, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        while data:
            data = data[os.write(fd, data) :]
    except OSError:
        os.unlink(path)  # on a full disk, nothing may be left that the next try trips over
        raise
    finally:
        os.close(fd)
