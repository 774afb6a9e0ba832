"""What a simulated agent did, one fixed-size entry an operation, written at once: what was told survives a kill."""

import os
from array import array

# i: number of the record. Times are of CLOCK_MONOTONIC in ns, which all processes of a machine share: begun, lock
# granted, about to unlock (0 where they cannot be seen from outside), told that it is done.
FIELDS = ("i", "begun", "granted", "kept", "told", "status")
DONE, REFUSED, FAILED = 1, 2, 3  # in the file; the lock was not free in time; the system said no


class Log:
    """A log that is being written. Agents start often: what reads it back takes numpy, and stands in history.py.

    every: seconds between two writes; with 0, each entry is written before the next operation begins.
    """

    def __init__(self, path: str, every: float = 0.0) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._every = int(every * 1e9)
        self._due = 0
        self._rows = array("q")

    def add(self, i: int, begun: int, granted: int, kept: int, told: int, status: int) -> None:
        """Add one entry, the FIELDS."""
        self._rows.extend((i, begun, granted, kept, told, status))
        if told >= self._due:
            self._due = told + self._every
            self.flush()

    def flush(self) -> None:
        """Write what was added."""
        os.write(self._fd, self._rows.tobytes())
        del self._rows[:]
