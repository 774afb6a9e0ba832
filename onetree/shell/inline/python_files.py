"""What calls of Python's library do to files: open and what follows it, copies, moves, archives, pathlib."""

import os

from onetree.shell.inline import python_tree as tree
from onetree.shell.inline.python_calls import PATH_METHODS
from onetree.shell.inline.python_pure import home, text_of
from onetree.shell.inline.python_values import (
    FRESH,
    SIZE,
    File,
    Instance,
    Path,
    Unknown,
    Value,
    bounded,
    is_fresh,
    join,
    path_text,
    pick,
    truth,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from onetree.shell.inline.python_notes import Notes

ARCHIVES = ("zipfile.ZipFile()", "tarfile.open()")


def open_(reader: "Notes", path: Value, mode: Value, via: str, default: str) -> Value:
    """Open a file."""
    mode = default if mode is None else mode
    text = path_text(path)
    made_by = via + "()"
    if isinstance(path, (File, int)):
        return File(path.path if isinstance(path, File) else None, "w", None, made_by)
    if not isinstance(mode, str):
        choices = mode.choices if isinstance(mode, Unknown) else ()
        if not choices or any(isinstance(c, str) and set(c) & set("wax+") for c in choices):
            reader.note("write", path, via, certain=False)
        return File(text, "w", None, made_by)
    writes = bool(set(mode.partition(":")[0]) & set("wax+cn")) and not (mode[:1] == "r" and via == "tarfile.open")
    if not writes:
        reader.note("read", path, via)
        held = content(reader, text) if text is not None and via in ("open", "codecs.open") else None
        if via == "Path.open":
            held = content(reader, text) if text is not None else None
        return File(text, mode, None if "b" in mode else held, made_by)
    reader.note("write", path, f"{via} {mode}")
    if made_by in ARCHIVES and text is not None and mode[:1] in "wx":
        reader.archives[os.path.normpath(tree.absolute(reader, text))] = []
    return File(text, mode, "" if "w" in mode or "x" in mode else None, made_by)


def content(reader: "Notes", text: str) -> "str | None":
    """What a file holds, as far as it is known and small."""
    if "\0" in text:
        return None
    return reader.walker.file(tree.absolute(reader, text))


def wrote(reader: "Notes", path: "str | None", text: Value) -> None:
    """Remember what a file holds."""
    if path is not None and not is_fresh(path):
        sure = isinstance(text, str) and not reader.doubt
        reader.walker.remember(tree.absolute(reader, path), text if sure else None)  # type: ignore[arg-type]


def row(reader: "Notes", roles: str, arguments: "list[Value]", keywords: "dict[str, Value]", via: str) -> None:
    """Note what a row of the table says."""
    for index, item in enumerate(roles.split()):
        letter, _, name = item.partition(":")
        value = pick(arguments, keywords, index, name, None)
        if value is not None and letter != ".":
            role(reader, letter, value, via)


def role(reader: "Notes", letter: str, value: Value, via: str) -> None:
    """Note what a role letter says of one value."""
    if letter == "f":
        text = reader.note("write", value, via)
        if text is not None:
            reader.walker.files.pop(os.path.normpath(tree.absolute(reader, text)), None)
            reader.walker.folders.add(os.path.normpath(tree.absolute(reader, text)))
        return
    op = {"r": "read", "w": "write", "d": "delete", "m": "meta"}[letter.lower()]
    text = path_text(value)
    if text == ":memory:" or (text or "").startswith(("http:", "https:", "s3:")):
        return
    if text is not None and text.startswith("file:"):
        value = text.removeprefix("file:").partition("?")[0]
        op = "read" if "mode=ro" in text else op
    reader.note(op, value, via, tree=letter.isupper())


def _inside(reader: "Notes", source: Value, target: Value) -> Value:
    """The name that a copy gets when its destination is a folder."""
    name, folder = path_text(source), path_text(target)
    if folder is None or not tree.is_folder(reader, target):
        return target
    if name is None:
        return Unknown(hints=(folder,))
    return os.path.join(folder, os.path.basename(name.rstrip("/")))


def copy(reader: "Notes", a: "list[Value]", k: "dict[str, Value]", via: str, *, into: bool) -> Value:
    """Shutil.copy and the like: the name of what they made."""
    source, target = pick(a, k, 0, "src"), pick(a, k, 1, "dst")
    target = _inside(reader, source, target) if into else target
    reader.note("read", source, via)
    reader.note("write", target, via)
    return target


def move(reader: "Notes", source: Value, target: Value, via: str, *, into: bool) -> Value:
    """Shutil.move, os.rename and the like: the new name."""
    whole = tree.is_folder(reader, source)
    target = _inside(reader, source, target) if into else target
    reader.note("delete", source, via, tree=whole)
    reader.note("write", target, via, tree=whole)
    return target


def link(reader: "Notes", source: Value, target: Value, via: str, *, symbolic: bool) -> Value:
    """A link, which may be followed later."""
    name, leads = reader.note("write", target, via), path_text(source)
    if name is not None and leads is not None:
        path = os.path.normpath(tree.absolute(reader, name))
        base = os.path.dirname(path) if symbolic else tree.absolute(reader, "")
        reader.walker.links[path] = os.path.normpath(os.path.join(base, leads))
    return None


def archive(reader: "Notes", a: "list[Value]", k: "dict[str, Value]") -> Value:
    """Shutil.make_archive: the name of what it made."""
    name, kind = pick(a, k, 0, "base_name"), pick(a, k, 1, "format")
    endings = {"zip": ".zip", "tar": ".tar", "gztar": ".tar.gz", "bztar": ".tar.bz2", "xztar": ".tar.xz"}
    text = path_text(name)
    if text is None or not isinstance(kind, str):
        reader.unread("shutil.make_archive: a path that is known only when it runs")
        return Unknown()
    role(reader, "R", pick(a, k, 2, "root_dir", "."), "shutil.make_archive")
    reader.note("write", text + endings.get(kind, ""), "shutil.make_archive")
    return text + endings.get(kind, "")


def os_open(reader: "Notes", a: "list[Value]", k: "dict[str, Value]") -> Value:
    """Os.open: a file for writing if its flags say so."""
    path, flags = pick(a, k, 0, "path"), pick(a, k, 1, "flags")
    if not isinstance(flags, int):
        reader.note("write", path, "os.open", certain=False)
    elif flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND):
        reader.note("write", path, "os.open")
    else:
        reader.note("read", path, "os.open")
    return File(path_text(path), "w", None)


def fresh(k: "dict[str, Value]", *, folder: bool, opened: bool) -> Value:
    """A file or folder of tempfile's: its name is a pattern's, as mktemp's is."""
    where = path_text(k.get("dir")) or "/tmp"  # noqa: S108 - the name that tempfile gives, not one that is used
    text = f"{where}/{FRESH}"
    if opened:
        return File(text, "w", None, "tempfile()")
    return text if folder else (File(text, "w", None), text)


def fileinput_(reader: "Notes", a: "list[Value]", k: "dict[str, Value]") -> Value:
    """Fileinput.input: the files are rewritten with inplace."""
    files = pick(a, k, 0, "files")
    in_place = truth(pick(a, k, 1, "inplace", False)) is not False
    if files is None:
        files = reader.words_given()
    for file in files if isinstance(files, (list, tuple)) else [files]:
        reader.note("write" if in_place else "read", file, "fileinput")
        backup, name = pick(a, k, 2, "backup"), path_text(file)
        if in_place and isinstance(backup, str) and backup and name is not None:
            reader.note("write", name + backup, "fileinput")
    return Unknown("fileinput.input()")


def write(reader: "Notes", file: File, text: Value) -> None:
    """Write to an open file."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogateescape")
    if file.made_by == "sys.stdout":
        reader.out(text)
        return
    sure = isinstance(text, str) and not reader.doubt and file.text is not None and len(file.text) < SIZE
    file.text = file.text + text if sure else None  # type: ignore[operator]
    if set(file.mode) & set("wax+"):
        wrote(reader, file.path, file.text)


def print_(reader: "Notes", a: "list[Value]", k: "dict[str, Value]") -> Value:
    """Print, to where its output goes."""
    texts = [text_of(value) for value in a]
    sep, end = k.get("sep", " "), k.get("end", "\n")
    sep, end = " " if sep is None else sep, "\n" if end is None else end
    text: Value = Unknown()
    if all(isinstance(t, str) for t in texts) and isinstance(sep, str) and isinstance(end, str):
        text = bounded(sep.join(t for t in texts if isinstance(t, str)) + end)
    target = k.get("file")
    if isinstance(target, File):
        write(reader, target, text)
    elif target is None:
        changed = reader.scopes[0].get("sys.stdout")
        if isinstance(changed, File):
            write(reader, changed, text)
        elif changed is None:
            reader.out(text)
    return None


def copy_open(reader: "Notes", a: "list[Value]", k: "dict[str, Value]") -> Value:
    """shutil.copyfileobj: from one open file into another."""
    source, target = pick(a, k, 0, "fsrc"), pick(a, k, 1, "fdst")
    if isinstance(target, File):
        held = source.text if isinstance(source, File) and source.made_by == "open()" else None
        write(reader, target, Unknown() if held is None else held)
    return None


def writes(mode: Value) -> bool:
    """Whether a mode of open is one that writes."""
    return isinstance(mode, str) and set(mode) <= set("rwabxt+") and bool(set(mode) & set("wax+"))


def dump(reader: "Notes", a: "list[Value]", k: "dict[str, Value]") -> Value:
    """What json, pickle, yaml write into an open file."""
    target = pick(a, k, 1, "fp", k.get("stream", k.get("file")))
    if isinstance(target, File):
        write(reader, target, Unknown())
    return Unknown()


def file_method(reader: "Notes", file: File, name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    """A method of an open file."""
    if name == "write":
        if file.made_by in ARCHIVES:
            pack(reader, file, name, a, k)
            return None
        write(reader, file, a[0] if a else Unknown())
        return Unknown()
    if name == "writelines":
        lines = tree.listed(a[0]) if a else None
        whole = lines is not None and all(isinstance(line, str) for line in lines)
        write(reader, file, "".join(str(line) for line in lines or []) if whole else Unknown())
    elif name in ("extractall", "extract"):
        return _extract(reader, file, name, a, k)
    elif name in ("add", "writestr") and file.made_by in ARCHIVES:
        pack(reader, file, name, a, k)
    elif name in ("read", "getvalue") and not a and file.text is not None:
        return file.text
    elif name == "readlines" and file.text is not None:
        return list(file.text.splitlines(keepends=True))
    elif name == "readline" and file.text is not None:
        line, newline, file.text = file.text.partition("\n")
        return line + newline
    elif name == "__enter__":
        return file
    elif name == "truncate":
        file.text = None
    return Unknown()


def _extract(reader: "Notes", file: File, name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    """Take members out of an archive: below which folder, and as far as they are given, which."""
    folder = pick(a, k, 0 if name == "extractall" else 1, "path", ".")
    members = a[0] if name == "extract" and a else k.get("members")
    text = path_text(folder)
    single = path_text(members) if name == "extract" else None
    if single is not None and text is not None:
        reader.note("write", os.path.join(text, single), f".{name}")
        return os.path.join(text, single)
    unpack(reader, file.path, folder, f".{name}", chosen=members)
    return None


def unpack(reader: "Notes", archive: "str | None", folder: Value, via: str, *, chosen: Value = None) -> None:
    """Note what comes out of an archive: each file, as far as they are known."""
    text = path_text(folder)
    names = _members(reader, archive) if text is not None else None
    if isinstance(chosen, (list, tuple)) and all(isinstance(name, str) for name in chosen):
        names = [str(name) for name in chosen]
    if names is None or text is None or (chosen is not None and not isinstance(chosen, (list, tuple))):
        reader.note("write", folder, via, tree=True)
    for member in names or () if text is not None else ():
        reader.note("write", os.path.join(text or "", member), via)


def pack(reader: "Notes", file: File, name: str, a: "list[Value]", k: "dict[str, Value]") -> None:
    """A member of an archive that is being written: what was read for it, and what it is called."""
    made = reader.archives.get(os.path.normpath(tree.absolute(reader, file.path or "")))
    if name == "writestr":
        called = path_text(a[0]) if a else None
        made.append(called) if made is not None and called else None
        return
    source = path_text(pick(a, k, 0, "name", k.get("filename")))
    reader.note("read", pick(a, k, 0, "name", k.get("filename")), f".{name}", tree=name == "add")
    called = path_text(pick(a, k, 1, "arcname", source))
    if made is None or source is None or called is None:
        return
    below = tree.below(reader, source) if name == "add" else [""]
    made += [os.path.join(called, inner).strip("/") for inner in below or ()]


def copy_tree(reader: "Notes", a: "list[Value]", k: "dict[str, Value]") -> Value:
    """shutil.copytree: the files of the source below the destination, as far as they are few."""
    source, target = pick(a, k, 0, "src"), pick(a, k, 1, "dst")
    reader.note("read", source, "shutil.copytree", tree=True)
    reader.note("write", target, "shutil.copytree", tree=True)
    top, made, ignore = path_text(source), path_text(target), pick(a, k, 3, "ignore")
    names = tree.below(reader, top) if top is not None and made is not None else None
    if ignore is not None and not isinstance(ignore, Instance):
        names = None
    patterns = ignore.members["patterns"] if isinstance(ignore, Instance) else ()
    for name in names or ():
        if not any(tree.matches(each, part) for part in name.split("/") for each in patterns):  # type: ignore[attr-defined]
            reader.note("write", os.path.join(made or "", name), "shutil.copytree")
    return target


def _members(reader: "Notes", archive: "str | None") -> "list[str] | None":
    """The names of an archive's files, as it lies in the tree or as the program made it."""
    from onetree.shell.programs.members import listed

    if archive is None or "\0" in archive:
        return None
    path = os.path.normpath(tree.absolute(reader, archive))
    if path in reader.archives:
        return reader.archives[path]
    found = None if path in reader.walker.files else listed(path, reader.walker.deadline)
    return None if found is None else [name for name, is_folder in found if not is_folder]


def path_method(reader: "Notes", path: Path, name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    """A method of a pathlib.Path."""
    via = f"Path.{name}"
    if name in PATH_METHODS:
        role(reader, PATH_METHODS[name], path, via)
        if name in ("write_text", "write_bytes"):
            wrote(reader, path.text, pick(a, k, 0, "data"))
        if name == "read_text":
            text = content(reader, path.text)
            return Unknown() if text is None else text
        return Unknown() if name.startswith("read") else None
    if name == "stat":
        return tree.status(reader, path.text)
    if name in ("exists", "is_file", "is_dir", "is_symlink"):
        return tree.test(reader, name, path.text)
    if name == "open":
        return open_(reader, path, pick(a, k, 0, "mode"), "Path.open", "r")
    if name in ("rename", "replace"):
        target = pick(a, k, 0, "target")
        move(reader, path, target, via, into=False)
        return join(Path("."), [target])
    if name in ("symlink_to", "hardlink_to"):
        return link(reader, pick(a, k, 0, "target"), path, via, symbolic=name == "symlink_to")
    if name == "link_to":
        return link(reader, path, pick(a, k, 0, "target"), via, symbolic=False)
    if name in ("glob", "rglob"):
        return tree.path_glob(reader, path, pick(a, k, 0, "pattern"), deep=name == "rglob")
    if name == "iterdir":
        return tree.path_glob(reader, path, "*", deep=False)
    if name == "joinpath":
        return join(path, a)
    if name in ("resolve", "absolute"):
        folder = reader.state.folder
        return Unknown() if folder is None else Path(os.path.normpath(os.path.join(folder, path.text)))
    if name == "expanduser":
        return join(Path("."), [home(reader, path.text)])
    if name in ("as_posix", "__str__", "__fspath__"):
        return path.text
    if name in ("with_suffix", "with_name", "with_stem") and isinstance(pick(a, k, 0, "name", k.get("suffix")), str):
        new = str(pick(a, k, 0, "name", k.get("suffix")))
        folder_text, slash, last = path.text.rpartition("/")
        stem, suffix = os.path.splitext(last)
        last = stem + new if name == "with_suffix" else new + suffix if name == "with_stem" else new
        return Path(folder_text + slash + last)
    if name == "relative_to" and a and (base := path_text(a[0])) is not None:
        return Path(path.text.removeprefix(base.rstrip("/") + "/"))
    return Unknown(via if name == "stat" else "")


def logging_(reader: "Notes", k: "dict[str, Value]") -> Value:
    """Logging.basicConfig."""
    if k.get("filename") is not None:
        reader.note("write", k["filename"], "logging.basicConfig")
    return None
