"""Rules of devtools.py: builds by cargo, go, cmake, protoc."""

import os
import re

from onetree.shell.words import Field

from . import tools
from .call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tools import Tool


def cargo(found: "Tool") -> None:
    """target/ in a folder that CARGO_TARGET_DIR names."""
    value = found.call.assigned.get("CARGO_TARGET_DIR") or found.call.state.variables.get("CARGO_TARGET_DIR")
    value = value or found.call.state.env.get("CARGO_TARGET_DIR")
    if isinstance(value, str) and found.after.value("--target-dir") is None:
        found.write(value + "/")


def cargoclean(found: "Tool") -> None:
    if found.after.value("--target-dir") is None:
        found.write(os.path.join(found.project or "", "target/"), op="delete")


def cargoinit(found: "Tool") -> None:
    """`cargo init [FOLDER]`: Cargo.toml, src/, .gitignore."""
    base = (found.after.operands[0].text or "") if found.after.operands else ""
    for name in ("Cargo.toml", "src/lib.rs" if found.given("--lib") else "src/main.rs", ".gitignore"):
        found.write(os.path.join(base, name))


GO_VALUES = (
    "-o=. -tags= -ldflags= -gcflags= -asmflags= -mod= -modfile=r -p= -run= -bench= -count= -timeout= "
    "-coverprofile=w -cpuprofile=w -memprofile=w -blockprofile=w -mutexprofile=w -trace=w -outputdir="
    " -covermode= -coverpkg= -pkgdir= -overlay=r -buildmode= -parallel= -cpu= -benchtime= -test= "
    "-exec= -toolexec= -installsuffix= -pgo=r -vet= -shuffle= -fuzz= -fuzztime= -race -v -x -n -a -c "
    "-json -short -cover -trimpath -work -failfast -u -t -e -d -compat= -go= -require= -replace= "
    "-dropreplace= -droprequire= -exclude= -module= -print -fmt -use= -dropuse= -C=@"
)


def go(found: "Tool") -> None:
    """The go command: build -o, go.mod and go.sum, fmt; go list, vet, env, version, doc only look (go help VERB)."""
    verb = found.call.operands[0].text or ""
    sub = (found.call.operands[1].text or "") if len(found.call.operands) > 1 else ""
    after = Call(found.call.walker, found.call.state, found.call.operands, found.call.assigned)
    after.parse(("", GO_VALUES), stop=verb == "run")
    found.after, found.verb = after, verb
    if after.has("-n"):
        return
    if verb in ("build", "test"):
        _go_build(found, verb)
    elif verb == "get" or (verb == "mod" and sub == "tidy"):
        _go_files(found, "go.mod", "go.sum")
    elif verb in ("mod", "work"):
        _go_module(found, verb, sub)
    elif verb in ("fmt", "fix"):
        _go_sources(found)
    elif verb == "generate":
        found.opaque("the commands that it runs are in the sources' //go:generate lines")
    elif verb == "run" and any(after.brings(field) for field in after.operands[:1] if field.text and field.text != "-"):
        found.opaque("a program that comes with the command is not read")


def _go_files(found: "Tool", *names: str) -> None:
    for name in names:
        found.write(os.path.join(found.project or "", name))


def _go_module(found: "Tool", verb: str, sub: str) -> None:
    if verb == "work":
        if sub in ("init", "use", "edit", "sync"):
            _go_files(found, "go.work")
        if sub == "vendor":
            _go_files(found, "vendor/")
    elif sub == "init":
        found.write("go.mod")
    elif sub == "vendor":
        out = found.after.value("-o")
        found.write((out.text or "vendor") + "/" if out else os.path.join(found.project or "", "vendor/"))
    elif sub == "edit" and not found.after.has("-print", "-json"):
        _go_files(found, "go.mod")


def _go_sources(found: "Tool") -> None:
    """`go fmt PACKAGES`: the .go files of each folder, with /... of all below it."""
    for field in found.after.operands or [Field(".", ".")]:
        text = field.text or "."
        deep = text.endswith("...")
        for top in found.call.absolute(Field(text.removesuffix("...").rstrip("/") or ".", text)):
            for path in tools.listed(found.call, os.path.normpath(top), (".go",)):
                if deep or os.path.dirname(path) == os.path.normpath(top):
                    found.write(path)


def _go_build(found: "Tool", verb: str) -> None:
    """`go build writes a program only for one main package`: -o, or the last part of the package's or module's name."""
    after = found.after
    after.option_values()
    out = after.value("-o")
    if verb == "test":
        if out is not None:
            after.effect("w", out)
        elif after.has("-c"):
            base = os.path.basename(_go_package(found, after.operands))
            found.write(f"{base}.test")
        return
    if out is not None:
        after.effect("W" if (out.text or "").endswith("/") or after.is_folder(out) else "w", out)
        return
    if len(after.operands) > 1 and not all((field.text or "").endswith(".go") for field in after.operands):
        return
    first = after.operands[0].text if after.operands else "."
    if first is None or "..." in first:
        return
    if first.endswith(".go"):
        found.write(os.path.basename(first)[:-3])
        return
    for folder in found.call.absolute(Field(first, first)):
        if _is_main(found.call, folder):
            found.write(os.path.basename(_go_package(found, after.operands)))


def _go_package(found: "Tool", operands: "list[Field]") -> str:
    """The import path's end, of the current directory's module if it is that."""
    first = (operands[0].text or ".") if operands else "."
    folder = os.path.normpath(next(iter(found.call.absolute(Field(first, first))), first))
    if found.project and folder == os.path.normpath(found.project):
        text = found.call.walker.file(os.path.join(found.project, "go.mod")) or ""
        named = re.search(r"^module\s+(\S+)", text, re.MULTILINE)
        if named:
            return re.sub(r"/v\d+$", "", named[1])
    return folder


def _is_main(call: Call, folder: str) -> bool:
    """Whether a folder's package is main, as its first files say."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return True
    files = [name for name in names if name.endswith(".go") and not name.endswith("_test.go")]
    return any(
        re.search(r"^package\s+main\b", call.walker.file(os.path.join(folder, name)) or "", re.MULTILINE)
        for name in files[:5]
    )


def meson(found: "Tool") -> None:
    """`meson` setup BUILDDIR [SOURCEDIR]."""
    if found.after.operands and not found.given("--version,-v"):
        found.after.effect("W", found.after.operands[0], certain=False)


def cmake(found: "Tool") -> "str | None":
    """The folder is -B or the current directory; --build FOLDER; --install to its prefix; -E is a set of commands."""
    call = found.call
    texts = [field.text for field in call.fields[1:]]
    after = Call(call.walker, call.state, call.fields, call.assigned)
    after.parse(
        (
            "",
            (
                "-S= -B=W --build=W --install= --prefix=W -D? -G= -A= -T= -C=r -P=. -j? --target= -t= --config= "
                "--preset= --graphviz=w --toolchain= -L -N -E --parallel? --trace --open= --list-presets"
            ),
        )
    )
    found.after = after
    if texts[:1] == ["-E"]:
        return _cmake_command(found, call.fields[2:])
    if texts[:1] == ["--install"]:
        found.opaque("the prefix it installs to is its cache's") if after.value(
            "--prefix"
        ) is None else after.option_values()
        return None
    if after.value("-P") is not None:
        found.opaque("its script is not read")
        return None
    after.option_values()
    if after.value("--preset") is not None and after.value("--build") is None and after.value("-B") is None:
        found.opaque("the folder it builds in is its preset's", (Field("build", "build"),))
    elif after.value("-B", "--build") is None and (after.operands or after.value("-S")) and not after.has("-N"):
        there = after.operands[-1] if after.operands else None
        cached = there is not None and any(
            os.path.exists(os.path.join(path, "CMakeCache.txt")) for path in call.absolute(there)
        )
        if cached and there is not None:
            after.effect("W", there, certain=False)
        else:
            for name in ("CMakeCache.txt", "CMakeFiles/", "Makefile", "cmake_install.cmake"):
                found.write(name)
    return None


CMAKE_SAME = {
    "copy": "cp",
    "copy_directory": "cp",
    "copy_if_different": "cp",
    "rename": "mv",
    "remove": "rm",
    "rm": "rm",
    "remove_directory": "rm",
    "make_directory": "mkdir",
    "touch": "touch",
    "tar": "tar",
    "create_symlink": "ln",
    "create_hardlink": "ln",
    "cat": "cat",
    "echo": "echo",
}

CMAKE_OPTIONS = {"copy_directory": "-rT", "remove_directory": "-rf", "make_directory": "-p", "create_symlink": "-s"}


def _cmake_command(found: "Tool", fields: "list[Field]") -> "str | None":
    """`cmake -E`: each has a command of the same effect."""
    name = fields[0].text if fields else ""
    call = found.call
    if name in ("env", "chdir", "time"):
        rest = fields[2:] if name == "chdir" else fields[1:]
        if name == "chdir" and len(fields) > 1:
            call.state.folders = tuple(call.absolute(fields[1]))
        return call.walker.run(rest, call.state, call.assigned) if rest else None
    same = CMAKE_SAME.get(name or "")
    if same is not None:
        option = CMAKE_OPTIONS.get(name or "")
        made = [Field(same, same), *([Field(option, option)] if option else []), *fields[1:]]
        return call.walker.run(made, call.state, call.assigned)
    return None


def protoc(found: "Tool") -> None:
    """--X_out=[OPTIONS:]FOLDER; --descriptor_set_out, -o: a file."""
    call = found.call
    fields = call.fields[1:]
    for k, field in enumerate(fields):
        option, equals, value = (field.text or "").partition("=")
        target = Field(value, field.written) if equals else fields[k + 1] if k + 1 < len(fields) else None
        if target is None:
            continue
        if option in ("--descriptor_set_out", "--dependency_out"):
            call.effect("w", target, option)
        elif option.startswith("--") and option.endswith("_out"):
            text = target.text
            call.effect(
                "W", Field(text if text is None else text.rpartition(":")[2], field.written, target.why), option
            )
        elif option[:2] == "-o" and option[:3] != "--o":
            call.effect("w", Field(option[2:], field.written) if option[2:] else target, "-o")
