"""Architecture decision records: number -> file and title, so that a refusal can say which decision governs it."""

import os

# Where repositories keep them, in the order tried (adr-tools, MADR and log4brains use these).
FOLDERS = ("adrs", "doc/adr", "docs/adr", "docs/adrs", "docs/decisions", "doc/decisions")


def shipped() -> str:
    """The folder of onetree's own decisions, as installed."""
    import onetree.adrs

    return next(iter(onetree.adrs.__path__))


def folder(root: str, named: str = "") -> str:
    """The repository's own folder of decisions: the one the policy names, or the first of FOLDERS there is, or ""."""
    candidates = (named,) if named else FOLDERS
    return next((d for name in candidates if os.path.isdir(d := os.path.join(root, name))), "")


def find(directory: str, number: int) -> "str | None":
    """The file of decision `number`: its name begins with the number, with or without leading zeros, before a dash."""
    try:
        names = sorted(os.listdir(directory)) if directory else []
    except OSError:
        return None
    for name in names:
        digits = name.partition("-")[0]
        if digits.isdigit() and int(digits) == number and name.endswith(".md"):
            return os.path.join(directory, name)
    return None


def title(path: str) -> str:
    """The first heading of a record without its number ("# 7. Credentials are for people"), or the file's name."""
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            for line in f:
                if line.startswith("# "):
                    text = line[2:].strip()
                    head, dot, rest = text.partition(". ")
                    return rest if dot and head.isdigit() else text
    except OSError:
        pass
    return os.path.basename(path)
