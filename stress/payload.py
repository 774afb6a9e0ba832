"""The records that simulated agents append: each can be made again from its name, so every byte can be compared."""

import json

END = b'{"end":true}\n'  # appended when all is over: whatever is torn has been moved aside by then
SMALL = 200  # bytes, with the newline
# For faults: mostly small, some longer than a page, a few so long that a kill in the middle of the write is likely.
MIXED = (*[120] * 20, *[350] * 20, *[1500] * 6, 5000, 17_000, 70_000, 260_000)


def make(who: str, i: int, size: int) -> bytes:
    """One record of exactly `size` bytes (at least 60)."""
    head = f'{{"w":"{who}","i":{i},"n":{size},"pad":"'
    return f'{head}{chr(97 + i % 26) * (size - len(head) - 3)}"}}\n'.encode()


def name(line: bytes) -> "tuple[str, int] | None":
    """(who, i) of a whole line with its newline, stamped or not; None if it is not exactly what was made."""
    try:
        found = json.loads(line)
        who, i, size = found["w"], found["i"], found["n"]
        made = make(who, i, size)
    except (ValueError, KeyError, TypeError):
        return None
    if made == line or (line.startswith(made[:-2] + b",") and line.endswith(b"}\n") and "stamp" in found):
        return who, i
    return None
