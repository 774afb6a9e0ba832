"""Rules of devtools.py: containers, clusters, storage elsewhere."""

import os

from onetree.shell.words import Field

from . import tools
from .call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tools import Tool


MOUNTS = ("-v", "--volume", "--mount")

RUN_OPTIONS = (
    "-v=. --volume=. --mount=. -e= --env= --env-file=r -p= --publish= -w= --workdir= -u= --user= "
    "--name= --network= --net= --entrypoint= -h= --hostname= -l= --label= --label-file=r -m= "
    "--memory= --cpus= -c= --platform= --cidfile=w --device= --add-host= --dns= --expose= --gpus= "
    "--ip= --link= --log-driver= --log-opt= --pull= --restart= --security-opt= --shm-size= "
    "--stop-signal= --tmpfs= --ulimit= --volumes-from= --cap-add= --cap-drop= --health-cmd= "
    "--mac-address= --ipc= --pid= --runtime= --userns= -a= --attach= --memory-swap= --cgroupns= "
    "--group-add= --isolation= --sysctl="
)


def _reparsed(found: "Tool", options: str, *, stop: bool) -> Call:
    """The words after the verb, read with options of their own."""
    call = Call(found.call.walker, found.call.state, found.after.fields, found.call.assigned)
    call.parse(("", options), stop=stop)
    return call


def dockerrun(found: "Tool") -> None:
    """`docker run`: what it does is not seen from here; of the host's it may write what -v and --mount name."""
    after = _reparsed(found, RUN_OPTIONS, stop=True)
    after.option_values()
    places = []
    for option, field in after.values:
        text = field.text
        if option not in MOUNTS:
            continue
        if text is None:
            places.append(field)
            continue
        parts = dict(part.partition("=")[::2] for part in text.split(",")) if option == "--mount" else {}
        source = parts.get("source") or parts.get("src") or (text.partition(":")[0] if option != "--mount" else "")
        only = "readonly" in parts or "ro" in parts or (option != "--mount" and "ro" in text.split(":")[-1].split(","))
        if ("/" in source or source in (".", "..")) and not only:
            places.append(Field(source, field.written))
    found.opaque("what it does in the container, and with folders mounted there, is not read", tuple(places))


def mounted(found: "Tool") -> None:
    if found.after.operands or found.name == "docker":
        found.opaque("what it does with mounted folders is not read")


def compose(found: "Tool") -> "str | None":
    """`docker compose`: as docker-compose."""
    call = found.call
    return call.walker.run([Field("docker-compose", "docker-compose"), *call.operands[1:]], call.state, call.assigned)


def dockerout(found: "Tool") -> None:
    """`docker` build -o FOLDER, -o type=local,dest=FOLDER, -o type=tar,dest=FILE, -o -."""
    for option, field in found.after.values:
        if option not in ("-o", "--output") or field.text is None or field.text == "-":
            continue
        parts = dict(part.partition("=")[::2] for part in field.text.split(","))
        if "=" not in field.text:
            found.after.effect("W", field, option)
        elif "dest" in parts:
            found.after.effect(
                "W" if parts.get("type") == "local" else "w", Field(parts["dest"], field.written), option
            )


def dockercp(found: "Tool") -> None:
    """`docker cp CONTAINER`:PATH FOLDER."""
    after = _reparsed(found, "", stop=False)
    _fetched(found, after.operands, colon=True)


def kubectlcp(found: "Tool") -> None:
    """`kubectl cp POD`:PATH FILE."""
    _fetched(found, found.after.operands, colon=True)


def copy(found: "Tool") -> None:
    """`aws s3 cp, gsutil cp, rclone copy`: FROM TO, of which one or both are elsewhere."""
    _fetched(found, found.after.operands, colon=found.name == "rclone")


def _fetched(found: "Tool", operands: "list[Field]", *, colon: bool) -> None:
    if len(operands) < 2:
        return
    *sources, target = operands
    if target.text == "-" or _remote(target.text, colon=colon):
        for field in sources:
            if found.verb.endswith(("mv", "move")) and not _remote(field.text, colon=colon):
                found.after.effect("D", field)
        return
    if found.verb.endswith(("sync", "copy", "move", "bisync")) or found.given("--recursive,-r,-R"):
        found.after.effect("W", target)
        return
    for field in sources:
        name = os.path.basename((field.text or "").rpartition(":")[2].rstrip("/"))
        folder = (target.text or "").endswith("/") or found.after.is_folder(target)
        if not folder or field.text is None or not target.text or name in ("", "."):
            found.after.effect("W" if folder else "w", target)
        else:
            found.after.effect("W" if colon else "w", Field(os.path.join(target.text, name), target.written))


def _remote(text: "str | None", *, colon: bool) -> bool:
    return text is not None and ("://" in text or (colon and ":" in text and not text.startswith((".", "/"))))


def helmdeps(found: "Tool") -> None:
    """`helm dependency update CHART`: charts/ and Chart.lock of the chart."""
    base = (found.after.operands[0].text or "") if found.after.operands else ""
    for name in ("charts/", "Chart.lock"):
        found.write(os.path.join(base, name))


def tfstate(found: "Tool") -> None:
    """The local state file, unless the configuration has another backend (then there is none here)."""
    if found.after.value("-state", "-state-out") is not None:
        return
    base = found.call.state.folder
    if base and any(os.path.exists(os.path.join(base, name)) for name in ("terraform.tfstate", ".terraform")):
        for name in ("terraform.tfstate", "terraform.tfstate.backup"):
            found.write(name)


def tffmt(found: "Tool") -> None:
    """`terraform fmt [FOLDER or FILE...]`: *.tf and *.tfvars; below it with -recursive."""
    after = found.after
    write = after.value("-write")
    if after.has("-check") or (write is not None and write.text == "false"):
        return
    for field in after.operands or [Field(".", ".")]:
        if field.text == "-":
            continue
        if not after.is_folder(field):
            after.effect("w", field)
            continue
        for top in found.call.absolute(field):
            for path in tools.listed(found.call, top, (".tf", ".tfvars", ".tftest.hcl")):
                if after.has("-recursive") or os.path.dirname(path) == top.rstrip("/").removesuffix("/."):
                    found.write(path)


def sops(found: "Tool") -> None:
    """`sops` -i FILE rewrites it; -e, -d print, or --output; without them an editor."""
    call = found.call
    looks = call.has("-e", "-d", "--encrypt", "--decrypt", "-r", "--rotate") or call.value("--extract") is not None
    for field in call.operands:
        call.effect("w" if call.has("-i", "--in-place") or not looks or call.value("--set") else "r", field)
