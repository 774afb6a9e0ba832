"""The clients' settings files, as far as they can be read: the project's, the person's and the machine's."""

import os
from types import ModuleType

from onetree import jsonc, registration


def place(home: str, platform: ModuleType, path: str) -> str:
    """Where a file of a platform's tables stands: relative to the project, or in the folder that a variable names."""
    variable, folder = platform.MOVED or ("", "")
    if os.environ.get(variable) and path.startswith(folder + "/"):
        path = os.environ[variable] + path.removeprefix(folder)
    return os.path.join(home, os.path.expanduser(path))


def text(path: str) -> "str | None":
    """A file's text; None if there is none, or if it cannot be read: then it is not for this person's client either."""
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as f:
            return f.read()
    except (FileNotFoundError, NotADirectoryError, PermissionError, IsADirectoryError):
        return None


def value(path: str) -> object:
    """What a settings file says; None if there is none, or none that could be read."""
    found = text(path)
    try:
        return None if found is None else jsonc.parse(found).root.value
    except jsonc.JSONCError:
        return None


def deep(found: object, keys: "tuple[str, ...]") -> object:
    """What stands under these keys, one within the other; None if nothing does."""
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def ours(path: str, platform: ModuleType) -> bool:
    """Whether a settings file holds our hooks for this platform."""
    found = text(path)
    try:
        return found is not None and bool(registration.find(found, platform.NAME))
    except jsonc.JSONCError:
        return False
