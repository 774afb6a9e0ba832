"""What patches change: patch(1), git-apply(1), git-am(1)."""

import os
from fnmatch import fnmatchcase

from onetree.shell import patches, regular
from onetree.shell.patches import Item
from onetree.shell.words import Field

from .call import Call

LARGEST = 1 << 20  # bytes of a patch or of a file that it changes
FUZZ = 2  # patch(1), "-F": the default

Step = tuple[str, str, "str | None"]  # operation, path, text if it is known
Content = "str | bool | None"  # False: there is none. None: it is not known


class Files:
    """Files as a patch leaves them one after another. steps: what it does. sure: whether all of that is known."""

    def __init__(self, call: Call, folder: str, via: str = "") -> None:
        self.call = call
        self.folder = folder
        self.via = via
        self.texts: dict[str, str | bool | None] = {}
        self.steps: list[Step] = []

    def path(self, name: str) -> str:
        """A patch's name as an absolute path."""
        return os.path.normpath(os.path.join(self.folder, name))

    def look(self, path: str) -> "str | bool | None":
        """A file's text; False if there is none, None if it is not known."""
        if path in self.texts:
            return self.texts[path]
        there = self.call.walker.exists(path)
        return content(self.call, path) if there else there

    def write(self, path: str, text: "str | None") -> None:
        """Note that a file is written."""
        self.texts[path] = text
        self.steps.append(("write", path, text))

    def delete(self, path: str) -> None:
        """Note that a file is deleted."""
        self.texts[path] = False
        self.steps.append(("delete", path, None))

    def emit(self, *, certain: bool = True) -> None:
        """Tell the walker, with the folders that are made and those that are removed because nothing is left."""
        walker = self.call.walker
        for op, path, text in self.steps:
            if op == "write":
                for folder in reversed(list(_above(path, self.folder))):
                    if not _is_folder(self.call, folder):
                        self.call.effect("w", Field(folder, folder), self.via, certain=certain)
                        walker.folders.add(folder)
                self.call.effect("w", Field(path, path), self.via, certain=certain)
                if certain and self.call.state.certain:
                    walker.remember(path, text)
                continue
            self.call.effect("d", Field(path, path), self.via, certain=certain)
            for folder in _above(path, self.folder):
                if not _empty(self.call, folder):
                    break
                self.call.effect("d", Field(folder, folder), self.via, certain=certain)
        self.steps.clear()


def _above(path: str, top: str) -> "list[str]":
    """The folders between a file and a folder above it, the deepest first."""
    made = []
    folder = os.path.dirname(path)
    while folder.startswith(top.rstrip("/") + "/"):
        made.append(folder)
        folder = os.path.dirname(folder)
    return made


def _is_folder(call: Call, folder: str) -> bool:
    if folder in call.walker.folders or call.walker.exists(folder) is False:
        return folder in call.walker.folders
    return os.path.isdir(folder) or any(path.startswith(folder + "/") for path in call.walker.files)


def _empty(call: Call, folder: str) -> bool:
    try:
        names = os.listdir(folder) if os.path.isdir(folder) else []
    except OSError:
        return False
    if len(names) > 100:
        return False
    names += call.walker.names.get(folder, [])
    return all(call.walker.exists(os.path.join(folder, name)) is False for name in names)


def content(call: Call, path: str) -> "str | None":
    """A file's text as the line left it; None if it cannot be known."""
    path = os.path.normpath(path)
    if path in call.walker.files:
        return call.walker.files[path]
    try:
        return regular.content(path, LARGEST).decode("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return None


def _strip(name: str, count: "int | None") -> str:
    """A name without its first folders; None: without all of them (patch(1), "-p")."""
    if not name or name == "/dev/null":
        return ""
    if count is None:
        return name.rstrip("/").rpartition("/")[2]
    for _ in range(min(count, 500)):
        name = name.partition("/")[2].lstrip("/")
    return name


def _number(field: "Field | None", other: "int | None") -> "int | None":
    text = (field.text or "") if field else ""
    return int(text[:6]) if text.isascii() and text.isdigit() else other


# -- patch(1) ----------------------------------------------------------------------------------------------------------


def patch(call: Call) -> None:
    """What patch changes (patch(1)); a hunk that does not fit leaves FILE.rej and FILE.orig."""
    call.record()
    if call.has("--version", "--help", "-v"):
        return
    folder = call.value("-d", "--directory")
    if folder is not None:
        call.state = call.state.copy()
        call.state.folders = tuple(call.absolute(folder))
    operands = call.operands
    given = call.value("-i", "--input") or (operands[1] if len(operands) > 1 else None)
    if given is not None and given.text != "-":
        call.effect("r", given)
        places = call.absolute(given)
        text = content(call, places[0]) if len(places) == 1 else None
    else:
        text = call.state.text if call.state.piped else None
    if call.has("--dry-run"):
        return
    target = operands[0] if operands else None
    out = call.value("-o", "--output")
    if out is not None or (target is not None and (text is None or target.text is None)):
        call.effect("w", out or operands[0])
        return
    folders = call.state.folders
    if text is None or len(folders) != 1:
        call.opaque("patch: which files the patch names is known only when it runs")
        return
    items = patches.read(text)
    if not items and _old_format(text):
        if target is None:
            call.opaque("patch: a patch of a format that is not read")
        else:
            call.effect("w", target)
        return
    strip = _number(call.value("-p", "--strip"), None)
    for item in items[:1] if target is not None else items:
        if call.has("-R", "--reverse"):
            item.turned()
        _patch_one(call, Files(call, folders[0]), item, strip, target.text if target else "")


def _old_format(text: str) -> bool:
    """Whether it may be a normal diff or an ed script: `5,7c8`, `3d` (diffutils' manual)."""
    for line in text.splitlines():
        start = line.strip().lstrip("0123456789,")
        if line[:1].isdigit() and start[:1] in ("a", "c", "d") and not start[1:].strip("0123456789,"):
            return True
    return False


def _patch_one(call: Call, files: Files, item: Item, strip: "int | None", target: "str | None") -> None:
    less = strip - 1 if strip else strip
    before, name = "", target or _chosen(files, item, strip)
    if item.git and (item.moved or item.copied) and not target:
        before, name = (_strip(end, less) for end in item.moved or item.copied or ("", ""))
    if not name:
        return
    if (name.startswith("/") or ".." in name.split("/")) and not target:
        return  # "Ignoring potentially dangerous file name"
    path = files.path(name)
    source = files.path(before) if before else path
    old = files.look(source)
    loose = call.has("-l", "--ignore-whitespace", "--merge") or call.given("-D") or item.damaged or item.binary
    if item.creates and isinstance(old, str) and old:
        return  # "which already exists"
    if old is False and not item.creates and (item.hunks and item.hunks[0].old):
        return
    made = (
        None
        if old is None
        else patches.applied(
            old if isinstance(old, str) else "", item.hunks, _number(call.value("-F", "--fuzz"), FUZZ) or 0
        )
    )
    if made is None:
        known = isinstance(old, str) and not loose
        if known and not call.has("-f", "--force") and patches.applied(str(old), _back(item), 0):
            _reject(call, files, name)  # "previously applied"
            files.emit()
            return
        if known:
            _reject(call, files, name)
            _backup(call, files, name, mismatch=True)
            files.emit()
        else:
            _reject(call, files, name)
        if not known or len(item.hunks) > 1:
            files.write(path, None)
        files.emit(certain=False)
        return
    text, exact = made
    for one in dict.fromkeys((before or name, name)):
        _backup(call, files, one, mismatch=not exact)
    if (item.deletes or call.has("-E", "--remove-empty-files")) and not text:
        files.delete(path)
    else:
        files.write(path, None if call.given("-D") else text)
        if item.moved and before:
            files.delete(source)
    files.emit(certain=not item.damaged)


def _back(item: Item) -> "list[patches.Hunk]":
    return [patches.Hunk(hunk.start, hunk.new, hunk.old) for hunk in item.hunks]


def _chosen(files: Files, item: Item, strip: "int | None") -> str:
    """The file that a patch is for (patch(1), "Multiple patches"): one that is there, else one that it makes."""
    names = [_strip(name, strip) for name in (item.old, item.new, item.index)]
    names = [name for name in dict.fromkeys(names) if name]
    there = [name for name in names if files.look(files.path(name)) is not False]
    if there:
        return min(there, key=lambda n: (n.count("/"), len(n.rpartition("/")[2]), len(n)))
    if not item.creates and (item.hunks and item.hunks[0].old):
        return ""
    made = [sum(not os.path.isdir(folder) for folder in _above(files.path(n), files.folder)) for n in names]
    return names[made.index(min(made))] if names else ""


def _reject(call: Call, files: Files, name: str) -> None:
    given = call.value("-r", "--reject-file")
    if given is None or given.text != "-":
        files.write(files.path(given.text if given and given.text else name + ".rej"), None)


def _backup(call: Call, files: Files, name: str, *, mismatch: bool) -> None:
    """The file as it was before (patch(1), "-b", "--backup-if-mismatch", "-B", "-Y", "-z")."""
    prefix, base, suffix = (
        call.value(*names) for names in (("-B", "--prefix"), ("-Y", "--basename-prefix"), ("-z", "--suffix"))
    )
    asked = call.has("-b", "--backup") or prefix or base or suffix or call.given("-V")
    if not asked and (not mismatch or call.has("--no-backup-if-mismatch", "--posix")):
        return
    folder, slash, last = name.rpartition("/")
    made = f"{folder}{slash}{(base.text or '') if base else ''}{last}"
    made = ((prefix.text or "") if prefix else "") + made
    if suffix is not None or not (prefix or base):
        made += (suffix.text or "") if suffix else ".orig"
    if made != name:
        files.write(files.path(made), None)


# -- git apply, git am -------------------------------------------------------------------------------------------------

QUIET = ("--check", "--stat", "--numstat", "--summary")
VALUES = ("-p", "-C", "--directory", "--include", "--exclude", "--whitespace", "--build-fake-ancestor")


def _options(rest: "list[Field]") -> "tuple[set[str], list[tuple[str, str]], list[Field]]":
    """(flags, values in their order, operands) of git apply and git am."""
    flags: set[str] = set()
    values: list[tuple[str, str]] = []
    operands: list[Field] = []
    i = 0
    while i < len(rest):
        text, i = rest[i].text, i + 1
        if text == "--":
            return flags, values, operands + rest[i:]
        if text is None or text == "-" or not text.startswith("-"):
            operands.append(rest[i - 1])
        elif text in VALUES:
            values.append((text, (rest[i].text or "") if i < len(rest) else ""))
            i += 1
        elif text.startswith("--"):
            option, equals, value = text.partition("=")
            flags.add(option)
            if equals:
                values.append((option, value))
        elif text[:2] in VALUES:
            values.append((text[:2], text[2:]))
        else:
            flags.update("-" + c for c in text[1:])
    return flags, values, operands


def apply(call: Call, rest: "list[Field]", top: "str | None") -> None:
    """What `git apply` changes (git-apply(1)): all that the patch says, or nothing. top: of the working tree."""
    flags, values, operands = _options(rest)
    for option, value in values:
        if option == "--build-fake-ancestor":
            call.effect("w", Field(value, value), "apply")
    texts = _texts(call, operands, "apply")
    if (flags & {*QUIET} and "--apply" not in flags) or "--cached" in flags or texts is None:
        return
    items = [item for text in texts for item in patches.read(text)]
    _applied(call, items, flags, values, top, "apply")


def am(call: Call, rest: "list[Field]", top: "str | None") -> None:
    """What `git am` changes (git-am(1)): each mail's patch in turn, all of it or nothing."""
    flags, values, operands = _options(rest)
    if flags & {"--quit", "--show-current-patch"}:
        return
    if flags & {"--abort", "--skip", "--continue", "-r", "--resolved", "--retry"}:
        call.opaque("git am goes on with what was begun before")
        return
    for text in _texts(call, operands, "am") or []:
        if "\nContent-Transfer-Encoding: base64" in text or "\nContent-Transfer-Encoding: quoted-printable" in text:
            call.opaque("git am: a mail in an encoding that is not read")
            return
        for mail in text.split("\nFrom "):
            items = patches.read(mail)
            if items and not _applied(call, items, flags, values, top, "am"):
                return


def _texts(call: Call, operands: "list[Field]", name: str) -> "list[str] | None":
    """The texts of the patches; None, and a note, if one is not known."""
    made: list[str] = []
    for field in operands or [Field("-", "-")]:
        if field.text == "-":
            text = call.state.text if call.state.piped else None
        else:
            call.effect("r", field, name)
            places = call.absolute(field)
            text = content(call, places[0]) if len(places) == 1 else None
        if text is None:
            call.opaque(f"git {name}: which files the patch names is known only when it runs", operands)
            return None
        made.append(text)
    return made


def _applied(
    call: Call, items: "list[Item]", flags: "set[str]", values: "list[tuple[str, str]]", top: "str | None", via: str
) -> bool:
    """Note what the items change; whether it is certain that they do."""
    folders = call.state.folders
    if len(folders) != 1:
        call.opaque(f"git {via}: the directory is known only when it runs")
        return False
    given = dict(values)
    strip = _number(Field(given.get("-p", ""), ""), 1) or 0
    if flags & {"-R", "--reverse"}:
        items.reverse()
        for item in items:
            item.turned()
    files = Files(call, folders[0] if top is None else top, via)
    below = os.path.relpath(folders[0], files.folder)
    below = "" if below == "." or via == "am" else below + "/"
    root = given.get("--directory", "")
    sure = True
    for item in items:
        before, name = _git_ends(item, strip)
        if root:
            before, name = (os.path.join(root, end) if end else "" for end in (before, name))
        if below and not item.git:
            before, name = (below + end if end else "" for end in (before, name))
        if (below and not (name or before).startswith(below)) or not _wanted(name or before, values):
            continue
        if (
            any(".." in end.split("/") or end.startswith("/") for end in (before, name))
            and "--unsafe-paths" not in flags
        ):
            return False  # "invalid path": nothing is done
        fits = _git_one(files, item, before, name)
        if fits is False and not flags & {"--reject", "-3", "--3way"}:
            return False  # nothing is done
        if fits is False and "--reject" in flags:
            files.write(files.path((name or before) + ".rej"), None)
            files.emit(certain=sure)
        sure = sure and bool(fits)
        if fits is False and (len(item.hunks) > 1 or "--reject" not in flags):
            files.write(files.path(name or before), None)
    files.emit(certain=sure)
    return sure


def _git_ends(item: Item, strip: int) -> "tuple[str, str]":
    """(the file before, the file afterwards), "" for none."""
    ends = item.moved or item.copied
    if ends:
        before, name = (_strip(end, strip - 1) for end in ends)
        return before, name
    before, name = _strip(item.old, strip), _strip(item.new, strip)
    if not item.git and before and name and not item.creates and not item.deletes:
        before = name = before if len(before) < len(name) else name
    return "" if item.creates else before, "" if item.deletes else name


def _wanted(name: str, values: "list[tuple[str, str]]") -> bool:
    """Whether --include and --exclude let a file in: the first that matches decides."""
    rules = [(option, value) for option, value in values if option in ("--include", "--exclude")]
    for option, value in rules:
        if fnmatchcase(name, value):
            return option == "--include"
    return not any(option == "--include" for option, _ in rules)


def _git_one(files: Files, item: Item, before: str, name: str) -> "bool | None":
    """Take one file's steps; False if it does not fit, None if that is not known."""
    if not before and not name:
        return None
    old = files.look(files.path(before)) if before else ""
    if old is False or item.damaged:
        return False
    if not before and files.look(files.path(name)) is not False:
        return False  # "already exists in working directory"
    if old is None or old is True or item.binary:
        made: tuple[str, bool] | None = None
    else:
        made = patches.applied(old, item.hunks, 0)
        if made is None:
            return False
    if name:
        files.write(files.path(name), made[0] if made else None)
    if not name or (item.moved and before != name):
        files.delete(files.path(before))
    return made is not None or not name or None
