"""Compilers and linkers: what they write if no -o says it (gcc(1), ld(1), as(1), rustc(1), javac(1), tsc)."""

import json
import os
import re

from onetree.shell.words import Field

from .call import Call

SOURCES = tuple(
    ".c .cc .cp .cxx .cpp .c++ .C .CPP .m .mm .i .ii .s .S .sx .f .f90 .f95 .F .F90 .for .swift .cu .adb .d .go".split()
)
LOOKS = ("--version", "--help", "-dumpversion", "-dumpmachine", "-print-search-dirs", "-###", "-V")


def _name(path: str, ending: str) -> str:
    """A source's name in the current directory with another ending."""
    return os.path.splitext(os.path.basename(path))[0] + ending


def _made(call: Call, name: str) -> None:
    call.effect("w", Field(name, name))


def _reads(call: Call) -> "list[str]":
    """The operands are read; their names as far as they are known."""
    for field in call.operands:
        call.effect("r", field)
    return [field.text for field in call.operands if field.text]


def cc(call: Call) -> None:
    """`gcc, clang`: -o; else FILE.o with -c, FILE.s with -S, the standard output with -E, a.out (gcc(1))."""
    call.record()
    if call.has(*LOOKS) or any(flag.startswith(("-print-", "--print-", "-dump")) for flag in call.flags):
        return
    call.option_values()
    inputs = _reads(call)
    out = call.value("-o")
    sources = [name for name in inputs if name.endswith(SOURCES)]
    only_looks = call.has("-fsyntax-only", "-typecheck", "-parse") or any(
        option == "-f" and field.text == "syntax-only" for option, field in call.values
    )
    if call.has("-MD", "-MMD") and call.value("-MF") is None and not only_looks:
        base = out.text if out is not None else None
        for name in [base] if base else sources:
            _made(call, os.path.splitext(name)[0] + ".d" if base else _name(name, ".d"))
    for option, field in call.values:
        if option == "-W" and (field.text or "").startswith("l,"):
            _linked(call, field)
    if only_looks or out is not None or not (inputs or call.operands) or call.has("-E", "-M", "-MM"):
        return
    if call.has("-c", "-S", "-emit-object"):
        for name in sources:
            _made(call, _name(name, ".s" if call.has("-S") else ".o"))
    elif call.name == "swiftc":
        _made(call, _name(inputs[0], "") if len(inputs) == 1 else "main")
    elif any(name.endswith((*SOURCES, ".o", ".a", ".so")) for name in inputs) or len(inputs) < len(call.operands):
        _made(call, "a.out")


def _linked(call: Call, field: Field) -> None:
    """-Wl,-Map=FILE and -Wl,-Map,FILE."""
    found = re.search(r"-Map[=,]([^,]+)", field.text or "")
    if found:
        _made(call, found[1])


def linker(call: Call) -> None:
    """ld(1): a.out."""
    call.record()
    call.option_values()
    if _reads(call) and call.value("-o", "--output") is None and not call.has("--version", "--help", "-v", "-V"):
        _made(call, "a.out")


def assembler(call: Call) -> None:
    """as(1): a.out."""
    call.record()
    call.option_values()
    if not call.has("--version", "--help") and (_reads(call) or call.state.piped) and call.value("-o") is None:
        _made(call, "a.out")


def nasm(call: Call) -> None:
    """The name is FILE without its ending for -f bin, else FILE.o, .obj for Windows' formats."""
    call.record()
    call.option_values()
    inputs = _reads(call)
    if not inputs or call.value("-o") is not None or call.has("-E", "-e", "-M", "-v", "-h"):
        return
    kind = call.value("-f")
    form = (kind.text if kind is not None else "bin") or ""
    _made(call, _name(inputs[0], "" if form == "bin" else ".obj" if form.startswith(("win", "obj")) else ".o"))


def rustc(call: Call) -> None:
    """The name is -o, --out-dir; else by the kind of crate: NAME, libNAME.rlib, ..."""
    call.record()
    if call.has("--version", "-V", "--help", "-h", "-vV") or call.value("--print", "--explain") is not None:
        return
    call.option_values()
    inputs = _reads(call)
    if not inputs or call.value("-o", "--out-dir") is not None:
        return
    named = call.value("--crate-name")
    name = (named.text if named is not None else _name(inputs[0], "").replace("-", "_")) or ""
    kinds = call.value("--crate-type")
    kind = (kinds.text if kinds is not None else "bin") or ""
    emit = call.value("--emit")
    if emit is not None:
        endings = {
            "metadata": ".rmeta",
            "asm": ".s",
            "obj": ".o",
            "llvm-ir": ".ll",
            "llvm-bc": ".bc",
            "mir": ".mir",
            "dep-info": ".d",
        }
        for part in (emit.text or "").split(","):
            what, _, place = part.partition("=")
            if place or what in endings:
                _made(call, place or ("lib" if what == "metadata" else "") + name + endings[what])
        if "link" not in (emit.text or ""):
            return
    plain = _name(inputs[0], "") if named is None and kind == "bin" else name
    shapes = {
        "bin": plain,
        "lib": f"lib{name}.rlib",
        "rlib": f"lib{name}.rlib",
        "dylib": f"lib{name}.so",
        "cdylib": f"lib{name}.so",
        "staticlib": f"lib{name}.a",
        "proc-macro": f"lib{name}.so",
    }
    _made(call, shapes.get(kind, name))


def javac(call: Call) -> None:
    """The folder is -d; else FILE.class beside each source, and one for each further class in it."""
    call.record()
    if call.has("-version", "--version", "-help", "--help"):
        return
    call.option_values()
    inputs = _reads(call)
    if call.value("-d") is not None or any(
        option == "-p" and field.text == "roc:none" for option, field in call.values
    ):
        return
    for name in inputs:
        if name.endswith(".java"):
            _made(call, name[:-5] + ".class")
        elif name.startswith("@"):
            call.opaque("javac: the sources are named by a file of arguments")


def haskell(call: Call) -> None:
    """`ghc`: PROGRAM, and M.hi and M.o beside each source, unless -outputdir, -odir, -hidir."""
    call.record()
    call.option_values()
    inputs = _reads(call)
    if call.has("--version", "-fno-code") or call.value("-e") is not None:
        return
    for name in inputs:
        stem = os.path.splitext(name)[0]
        if name.endswith((".hs", ".lhs")):
            if call.value("-outputdir", "-odir") is None:
                _made(call, stem + ".o")
            if call.value("-outputdir", "-hidir") is None:
                _made(call, stem + ".hi")
            if call.value("-o") is None and not call.has("-c"):
                call.effect("w", Field(stem, stem), certain=False)


def ocaml(call: Call) -> None:
    """`ocamlc, ocamlopt`: a.out, and M.cmi, M.cmo (or M.cmx, M.o) beside each source."""
    call.record()
    call.option_values()
    inputs = _reads(call)
    if call.has("-version", "-i", "-where", "-config", "--help"):
        return
    for name in inputs:
        stem, ending = os.path.splitext(name)
        if ending == ".mli":
            _made(call, stem + ".cmi")
        elif ending == ".ml":
            for made in (".cmi", ".cmo") if call.name == "ocamlc" else (".cmi", ".cmx", ".o"):
                _made(call, stem + made)
    if inputs and not call.has("-c") and call.value("-o") is None:
        _made(call, "a.out")


def flex(call: Call) -> None:
    """By default lex.yy.c; lex.PREFIX.c with -P."""
    call.record()
    call.option_values()
    prefix = call.value("-P", "--prefix")
    if _reads(call) and call.value("-o", "--outfile") is None and not call.has("-t", "--stdout", "--version", "--help"):
        _made(call, f"lex.{(prefix.text if prefix is not None else 'yy') or 'yy'}.c")


def bison(call: Call) -> None:
    """By default FILE.tab.c, FILE.tab.h with -d, FILE.output with -v; y.tab.c with -y, and for yacc."""
    call.record()
    call.option_values()
    inputs = _reads(call)
    if not inputs or call.has("--version", "--help"):
        return
    prefix = call.value("-b", "--file-prefix")
    yacc = call.name in ("yacc", "byacc") or call.has("-y", "--yacc")
    stem = (prefix.text if prefix is not None else None) or ("y" if yacc else _name(inputs[0], ""))
    out = call.value("-o", "--output", "--output-file")
    source = (
        out.text
        if out is not None and out.text
        else stem + (".tab.cc" if inputs[0].endswith((".yy", ".ypp")) else ".tab.c")
    )
    if out is None:
        _made(call, source)
    if call.has("-d", "--header", "--defines", "-H"):
        root, ending = os.path.splitext(source)
        _made(call, root + ending.replace("c", "h"))
    if call.has("-v", "--verbose"):
        _made(call, (stem if out is None else os.path.splitext(source)[0]) + ".output")


def swig(call: Call) -> None:
    """`swig`: FILE_wrap.c, FILE_wrap.cxx with -c++; and a module of the target language."""
    call.record()
    call.option_values()
    inputs = _reads(call)
    if not inputs or call.has("-version", "-help", "-E", "-MM", "-M"):
        return
    if call.value("-o") is None:
        stem = os.path.splitext(inputs[0])[0]
        _made(call, stem + ("_wrap.cxx" if any("c++" in (field.text or "") for field in call.fields) else "_wrap.c"))
    if call.value("-outdir") is None:
        call.opaque("swig: the names of the modules it makes are in the interface file")


def sass(call: Call) -> None:
    """`sass IN OUT, sass IN`:OUT ..., and OUT.map; --no-source-map leaves that out (sass-lang.com, Dart Sass CLI)."""
    call.record()
    if call.has("--version", "--help"):
        return
    pairs = [field for field in call.operands if ":" in (field.text or "")]
    for field in pairs:
        source, _, target = (field.text or "").partition(":")
        call.effect("R", Field(source, field.written))
        _styled(call, Field(target, field.written))
    if not pairs and call.operands:
        call.effect("r", call.operands[0])
        if len(call.operands) > 1:
            _styled(call, call.operands[1])


def _styled(call: Call, field: Field) -> None:
    if field.text is not None and not field.text.endswith(".css"):
        call.effect("W", field)
        return
    call.effect("w", field)
    if field.text and not call.has("--no-source-map", "--embed-source-map"):
        call.effect("w", Field(field.text + ".map", field.written))


# -- TypeScript --------------------------------------------------------------------------------------------------------

SCRIPTS = {".ts": ".js", ".tsx": ".js", ".mts": ".mjs", ".cts": ".cjs"}


def tsc(call: Call) -> None:
    """`tsc`: beside each source, or as its options or tsconfig.json say (typescriptlang.org, tsc CLI options)."""
    call.record()
    if (
        call.has("--version", "-v", "--help", "-h", "--all", "--showConfig", "--listFilesOnly", "--dry", "-d")
        and not call.operands
    ):
        return
    if call.has("--init"):
        _made(call, "tsconfig.json")
        return
    off = any(option == "--noEmit" and field.text == "false" for option, field in call.values)
    if call.has("--noEmit") and not off and not (call.operands and call.operands[0].text == "true"):
        return
    call.option_values()
    if call.has("--noEmit") and not off:
        return
    if call.value("--outDir", "--outFile") is not None:
        return
    if call.operands and not call.has("-b", "--build"):
        for field in call.operands:
            call.effect("r", field)
            stem, ending = os.path.splitext(field.text or "")
            if ending in SCRIPTS and not stem.endswith(".d"):
                _made(call, stem + SCRIPTS[ending])
        return
    projects = call.operands if call.has("-b", "--build") else [call.value("-p", "--project") or Field(".", ".")]
    for field in projects or [Field(".", ".")]:
        for path in call.absolute(field):
            _project(call, os.path.join(path, "tsconfig.json") if not path.endswith(".json") else path)


def _project(call: Call, path: str) -> None:
    path = os.path.normpath(path)
    options = _options(call, path, 0)
    if options is None:
        if os.path.exists(path):
            call.opaque(f"tsc: {path} is not read")
        return
    base = os.path.dirname(path)
    if options.get("noEmit") is True:
        return
    for name, role in (("outFile", "w"), ("outDir", "W"), ("declarationDir", "W")):
        value = options.get(name)
        if isinstance(value, str):
            call.effect(role, Field(os.path.join(base, value), value), certain=False)
    if isinstance(options.get("outDir"), str) or isinstance(options.get("outFile"), str):
        return
    from .tools import listed

    for source in listed(call, base, tuple(SCRIPTS)):
        stem, ending = os.path.splitext(source)
        if not stem.endswith(".d"):
            call.effect("w", Field(stem + SCRIPTS[ending], source), certain=False)


def _options(call: Call, path: str, depth: int) -> "dict[str, object] | None":
    """The compilerOptions of a tsconfig.json with those of what it extends; None if it is not read."""
    text = call.walker.file(path)
    if text is None or depth > 5:
        return None
    text = re.sub(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*[\s\S]*?\*/', lambda found: found[1] or "", text)
    text = re.sub(r'("(?:[^"\\\n]|\\.)*")|,(?=\s*[}\]])', lambda found: found[1] or "", text)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    made: dict[str, object] = {}
    bases = data.get("extends")
    for base in bases if isinstance(bases, list) else [bases]:
        if isinstance(base, str) and base.startswith("."):
            name = os.path.normpath(os.path.join(os.path.dirname(path), base))
            inherited = _options(call, name if name.endswith(".json") else name + ".json", depth + 1) or {}
            for key in ("outDir", "outFile", "declarationDir"):
                if isinstance(inherited.get(key), str):
                    inherited[key] = os.path.join(os.path.dirname(name), str(inherited[key]))
            made.update(inherited)
    own = data.get("compilerOptions")
    made.update(own if isinstance(own, dict) else {})
    return made
