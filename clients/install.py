"""Install the pinned real clients from the npm registry into .clients/NAME of this repository.

    python -m clients.install [NAME...]      gemini, codex, claude; default: $CLIENTS, else gemini and codex

No install script of any package runs. Claude Code is proprietary: it is installed and run, never copied, and only
when it is named.
"""

import glob
import json
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDER = os.path.join(ROOT, ".clients")
DEFAULT = ("gemini", "codex")

# name -> npm package, version, the program below node_modules. Claude Code's launcher wants its install script, so the
# native program of the platform's own package is started instead; "*" stands for the platform.
PINS = {
    "gemini": ("@google/gemini-cli", "0.61.0", ".bin/gemini"),
    "codex": ("@openai/codex", "0.169.0", ".bin/codex"),
    "claude": ("@anthropic-ai/claude-code", "2.1.330", "@anthropic-ai/claude-code-*/claude"),
}


class InstallError(Exception):
    """A client cannot be had; the text says which, why, and the way out."""


def wanted(words: list[str], environ: str) -> list[str]:
    """Names of the clients meant by the arguments, else by the CLIENTS variable, else the default ones.

    Raises ValueError for a name that is not in PINS.
    """
    names = words or environ.replace(",", " ").split() or list(DEFAULT)
    for name in names:
        if name not in PINS:
            raise ValueError(f"no such client: {name}; known: {', '.join(PINS)}")
    return list(dict.fromkeys(names))


def install(name: str) -> str:
    """Path of the client's program, installed first if that very version is not there. Raises InstallError."""
    package, version, program = PINS[name]
    folder = os.path.join(FOLDER, name)
    stamp = os.path.join(folder, "installed")
    spec = f"{package}@{version}"
    if not (os.path.exists(stamp) and _text(stamp) == spec):
        if not shutil.which("npm"):
            raise InstallError(f"unable to install {spec}: there is no npm on the PATH; install Node.js 20 or newer")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        with open(os.path.join(folder, "package.json"), "w", encoding="utf-8") as f:
            json.dump({"private": True}, f)
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", spec]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise InstallError(f"unable to install {spec}: npm exited {done.returncode}: {done.stderr.strip()[-800:]}")
        with open(stamp, "w", encoding="utf-8") as f:
            f.write(spec)
    found = sorted(glob.glob(os.path.join(folder, "node_modules", program)))
    if not found:
        raise InstallError(f"unable to find {program} of {spec} in {folder}: delete that folder and try again")
    return found[0]


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as f:
        return f.read()


def main(argv: list[str]) -> int:
    """Exit status: 0 all there, 2 wrong use, 111 one cannot be installed."""
    if "-h" in argv or "--help" in argv:
        print(__doc__)
        return 0
    try:
        names = wanted(argv, os.environ.get("CLIENTS", ""))
    except ValueError as error:
        print(f"clients.install: {error}", file=sys.stderr)
        return 2
    status = 0
    for name in names:
        try:
            print(f"{name}: {install(name)}", flush=True)
        except InstallError as error:
            print(f"clients.install: {error}", file=sys.stderr)
            status = 111
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
