"""Gemini CLI's own condition: that the person trusts the folder."""

import os
from collections.abc import Iterator

from onetree.platforms import gemini

from . import FAIL, NOTE, OK, Finding, files

TRUSTED = "~/.gemini/trustedFolders.json"


def check_gemini(home: str) -> "Iterator[Finding]":
    """Gemini CLI silently drops the project's hooks in a folder that the person does not trust."""
    if not files.ours(os.path.join(home, gemini.SETTINGS), gemini):
        return
    path = os.environ.get("GEMINI_CLI_TRUSTED_FOLDERS_PATH") or files.place(home, gemini, TRUSTED)
    settings = files.value(files.place(home, gemini, "~/.gemini/settings.json"))
    off = files.deep(settings, ("security", "folderTrust", "enabled")) is False
    forced = os.environ.get("GEMINI_CLI_TRUST_WORKSPACE") == "true"
    trust = True if forced or off else trusted(files.value(path), home)
    if trust:
        yield Finding(OK, "gemini", path, "this folder is trusted")
    elif trust is None:
        fact = "this folder is not in it: until Gemini CLI is told to trust it, it silently drops the hooks"
        yield Finding(NOTE, "gemini", path, fact)
    else:
        repair = "start gemini here and trust the folder by /permissions"
        yield Finding(FAIL, "gemini", path, "this folder is not trusted: its hooks are silently dropped", repair)


def trusted(rules: object, home: str) -> "bool | None":
    """As Gemini CLI 0.61.0 decides (LoadedTrustedFolders.isPathTrusted): by the longest rule that holds the folder."""
    best, level = -1, None
    for path, trust in rules.items() if isinstance(rules, dict) else ():
        reach = os.path.realpath(os.path.dirname(path) if trust == "TRUST_PARENT" else path)
        if os.path.commonpath([reach, home]) == reach and len(path) > best:
            best, level = len(path), trust
    return None if level is None else level in ("TRUST_FOLDER", "TRUST_PARENT")
