"""Times as they stand in records."""

import time


def now() -> str:
    """UTC, ISO 8601, with microseconds: 2026-01-31T09:05:00.000001Z."""
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{nanoseconds // 1000:06d}Z"
