"""The operation logs of simulated agents, read back."""

import numpy as np
from numpy.typing import NDArray

from stress import oplog

ENTRY = np.dtype([(name, "u8" if name in ("i", "status") else "i8") for name in oplog.FIELDS])

Entries = NDArray[np.void]


def read(path: str) -> Entries:
    """The entries of a log, also of one that is being written; none if it was not begun."""
    try:
        with open(path, "rb") as f:
            data = f.read()
    except FileNotFoundError:
        data = b""
    return np.frombuffer(data[: len(data) // ENTRY.itemsize * ENTRY.itemsize], ENTRY)


def last(path: str, number: int) -> Entries:
    """The last so many entries of a log."""
    try:
        with open(path, "rb") as f:
            count = f.seek(0, 2) // ENTRY.itemsize
            f.seek(max(0, count - number) * ENTRY.itemsize)
            return np.frombuffer(f.read(min(count, number) * ENTRY.itemsize), ENTRY)
    except FileNotFoundError:
        return np.empty(0, ENTRY)
