"""Rules of devtools.py: package managers and what makes projects."""

import json
import os
import re

from onetree.shell.words import Field

from . import verbless
from .running import here

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tools import Tool


def projects(found: "Tool") -> None:
    """`dotnet add, sln`: the project files here."""
    folder = found.call.state.folder
    for name in sorted(os.listdir(folder))[:1000] if folder and os.path.isdir(folder) else ():
        if name.endswith((".csproj", ".fsproj", ".vbproj", ".sln", ".slnx")):
            found.write(name)


def _json(found: "Tool", name: str) -> "dict[str, object]":
    text = found.call.walker.file(os.path.join(found.project or found.call.state.folder or "/", name))
    try:
        data = json.loads(text or "")
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def pack(found: "Tool") -> None:
    """`npm pack`: NAME-VERSION.tgz, the scope's @ left out and its / a -."""
    if found.after.value("--pack-destination", "--out") is not None:
        return
    data = _json(found, "package.json")
    name, version = data.get("name"), data.get("version")
    if isinstance(name, str) and isinstance(version, str) and not found.after.operands:
        found.write(f"{name.lstrip('@').replace('/', '-')}-{version}.tgz")
    else:
        here(found)


def initializer(found: "Tool") -> None:
    """`npm` init X runs the package create-X."""
    if found.after.operands:
        found.opaque("the program that it fetches and runs is not read")


def pip(found: "Tool") -> None:
    """The environment that it installs into, if that is in the tree; and what a build leaves beside the sources."""
    program = found.call.fields[0].text or ""
    after, state = found.after, found.call.state
    folder, name = os.path.split(os.path.dirname(program))
    active = state.variables.get("VIRTUAL_ENV") or state.env.get("VIRTUAL_ENV")
    if found.verb in ("install", "uninstall") and after.value("-t", "--target", "--prefix", "--root") is None:
        if name in ("bin", "Scripts") and not program.startswith(("/usr/", "/bin/", "/opt/")):
            found.write(folder + "/")
        elif isinstance(active, str):
            found.write(active + "/")
    for option, field in after.values:
        if option in ("-e", "--editable"):
            built(found, field, editable=True)
    for field in after.operands if found.verb in ("install", "wheel") else ():
        built(found, field, editable=False)


def built(found: "Tool", field: Field, *, editable: bool) -> None:
    """`setuptools` writes build/ and NAME.egg-info beside the sources; other backends write in temporary folders."""
    text = (field.text or "").partition("[")[0]
    if not text or not (text in (".", "..") or "/" in text) or "://" in text:
        return
    for folder in found.call.absolute(Field(text, field.written)):
        read = found.call.walker.file
        project = read(os.path.join(folder, "pyproject.toml")) or ""
        backend = re.search(r"build-backend\s*=\s*[\"']([\w.]+)", project)
        legacy = os.path.exists(os.path.join(folder, "setup.py")) or os.path.exists(os.path.join(folder, "setup.cfg"))
        if not (project or legacy) or (backend is not None and not backend[1].startswith("setuptools")):
            continue
        name = re.search(
            r"^\s*name\s*=\s*[\"']?([\w.-]+)", project or read(os.path.join(folder, "setup.cfg")) or "", re.MULTILINE
        )
        if name is None:
            found.opaque("the name of its package is not known", (Field(text, text),))
            continue
        base = os.path.join(folder, "src") if os.path.isdir(os.path.join(folder, "src")) else folder
        found.write(os.path.join(base, re.sub(r"[^\w.]+", "_", name[1]) + ".egg-info/"))
        if not editable:
            found.write(os.path.join(folder, "build/"))


def uvrun(found: "Tool") -> None:
    """`uv` run makes the environment and the lock file if they are not there."""
    if found.project and not found.given("--no-project,--no-sync,--frozen,--isolated,--script,-s"):
        for name in ("uv.lock", ".venv/"):
            if not os.path.exists(os.path.join(found.project, name)):
                found.write(os.path.join(found.project, name))


def uvinit(found: "Tool") -> None:
    """`uv init [FOLDER]`: a project's files, each only if it is not there."""
    if found.given("--script"):
        for field in found.after.operands:
            found.after.effect("w", field)
    elif found.after.operands:
        found.after.effect("W", found.after.operands[0])
    else:
        names = (
            ["pyproject.toml"]
            if found.given("--bare")
            else ["pyproject.toml", "README.md", ".python-version", "main.py"]
        )
        for name in names:
            found.write(name)


def nbconvert(found: "Tool") -> None:
    verbless.nbconvert(found.after, found.after.operands)


def django(found: "Tool") -> None:
    """`startproject NAME [FOLDER]`: manage.py and a package NAME in it; startapp NAME [FOLDER]."""
    operands = found.after.operands
    if len(operands) > 1 and found.verb == "startproject" and operands[0].text:
        base = operands[1].text or ""
        found.write(os.path.join(base, "manage.py"))
        found.write(os.path.join(base, operands[0].text) + "/")
    elif operands:
        found.after.effect("W", operands[-1])


def migration(found: "Tool") -> None:
    """`alembic revision`: a new file in the folder of versions that alembic.ini names."""
    text = found.call.walker.file(os.path.join(found.project or found.call.state.folder or "/", "alembic.ini")) or ""
    place = re.search(r"^\s*script_location\s*=\s*(\S+)", text, re.MULTILINE)
    name = place[1].replace("%(here)s/", "") if place else "alembic"
    found.opaque("the name of the new file has a number of its own", (Field(os.path.join(name, "versions"), name),))


def bump(found: "Tool") -> None:
    """`bump2version PART [FILE...]`: the files named, its configuration, and those that the configuration lists."""
    folder = found.project or found.call.state.folder or "/"
    names = [field.text for field in found.call.operands[1:] if field.text]
    for name in (".bumpversion.cfg", ".bumpversion.toml", "setup.cfg", "pyproject.toml"):
        text = found.call.walker.file(os.path.join(folder, name)) or ""
        listed = re.findall(r"^\[bumpversion:file:([^\]]+)\]|^filename\s*=\s*[\"']([^\"']+)", text, re.MULTILINE)
        if listed or "bumpversion" in text or "bump-my-version" in text:
            names += [name, *(one or other for one, other in listed)]
            break
    for name in names[:200]:
        found.write(name)
    if not names:
        found.opaque("which files it changes is told by its configuration")


def gem(found: "Tool") -> None:
    """`gem build X.gemspec`: NAME-VERSION.gem."""
    if found.after.value("-o", "--output") is None and found.after.operands:
        here(found)
