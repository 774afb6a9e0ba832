"""A tool call's arguments -> effects, changes and command. The same for all platforms: only tool names differ.

Source of the argument names: each client's tool schema, as shipped (Claude Code 2.1.330, Gemini CLI 0.61.0,
Codex CLI 0.169.0, Copilot CLI 1.0.102, Cursor, VS Code, Cline, opencode, Antigravity documentation).
"""

from onetree import applypatch, jsonlite
from onetree.action import Action, Change, Effect

PATHS = (
    "file_path", "filePath", "path", "notebook_path", "notebookPath", "TargetFile", "AbsolutePath", "DirectoryPath",
    "SearchPath", "SearchDirectory", "dir_path", "dirPath", "paths", "file_paths", "files", "operations",
    "replacements", "absolute_path", "target_file", "include", "source", "destination", "new_path", "old_path",
)  # fmt: skip
COMMANDS = ("command", "CommandLine", "command_line", "commands", "cmd")
PATCHES = ("command", "patchText", "input", "patch")
DIRECTORIES = ("dir_path", "workdir", "working_directory", "cwd", "Cwd")  # where a shell tool starts
NEW = (
    "content", "file_text", "new_string", "newString", "new_str", "new_text", "new_source", "newCode", "code",
    "CodeContent", "ReplacementContent",
)  # fmt: skip
OLD = ("old_string", "oldString", "old_str", "old_text", "TargetContent")

# What a tool that no table knows probably does with the paths it is given: words in its name.
WRITING = (
    "write", "edit", "create", "delete", "remove", "move", "rename", "append", "patch", "replace", "save", "update",
    "insert", "upload", "put", "mkdir", "copy",
)  # fmt: skip
DELETING = ("delete", "remove")

OPERATION = {"read": "read", "search": "read", "write": "write", "edit": "write", "delete": "delete"}


def fill(action: Action, kind: str, args: object) -> None:
    """Set kind, effects, changes, command or defect of an action from its tool's arguments.

    kind: one of action.KINDS, or "patch" for apply_patch, "powershell", or "list" for a search that shows only names.
    "other" is a tool that no table knows.
    args: the decoded arguments: an object; for some clients a JSON text of one, or the bare command or patch.
    """
    if isinstance(args, str) and kind not in ("shell", "patch"):
        args = _parsed(args)
    elif isinstance(args, str) and args.lstrip().startswith("{"):
        args = _parsed(args) or args
    if kind == "other":
        kind = _guess(action, args)
    action.kind = {"patch": "edit", "powershell": "shell", "list": "search"}.get(kind, kind)
    if kind in ("other", "list"):  # names of files are no secret; their contents may be
        return
    if kind == "shell":
        _shell(action, args)
    elif kind == "powershell":
        _shell(action, args)
        action.effects = [Effect("opaque", "", action.tool, why="PowerShell is not read")]
    elif kind == "patch":
        _patch(action, args)
    elif isinstance(args, dict):
        _files(action, kind, args)
    else:
        action.defect = f"the arguments of {action.tool} are not an object"


def _parsed(text: str) -> object:
    try:
        return jsonlite.loads(text)
    except ValueError:
        return None


def _guess(action: Action, args: object) -> str:
    """The kind of a tool that no table knows (an MCP server's, a new one), by its arguments and its name."""
    if not isinstance(args, dict):
        return "other"
    if any(isinstance(args.get(k), str) for k in COMMANDS) and not any(isinstance(args.get(k), str) for k in PATHS):
        return "shell"
    if not any(k in args for k in PATHS):
        return "other"
    name = action.tool.lower()
    if any(w in name for w in DELETING):
        return "delete"
    return "write" if any(w in name for w in WRITING) else "read"


def _shell(action: Action, args: object) -> None:
    found = args
    if isinstance(args, dict):
        found = next((args[k] for k in COMMANDS if args.get(k) is not None), None)
        start = next((args[k] for k in DIRECTORIES if isinstance(args.get(k), str) and args[k]), "")
        if start:
            action.cwd = _join(action.cwd, start)
    lines = [_line(c) for c in found] if isinstance(found, list) else [_line(found)]
    if not lines or None in lines:
        action.defect = f"{action.tool} has no command text"
    elif any("\0" in c for c in lines if c):
        action.defect = f"the command of {action.tool} has a NUL byte, at which a shell might stop reading"
    else:
        action.command = "\n".join([c for c in lines if c is not None])


def _line(item: object) -> "str | None":
    """One command: a text, or {command, args} with the arguments quoted for the shell."""
    if isinstance(item, dict) and isinstance(item.get("command"), str):
        rest = item.get("args") or []
        if isinstance(rest, list) and all(isinstance(a, str) for a in rest):
            return " ".join([item["command"], *("'" + a.replace("'", "'\\''") + "'" for a in rest)])
        return None
    return item if isinstance(item, str) else None


def _patch(action: Action, args: object) -> None:
    text = args
    if isinstance(args, dict):
        text = next((args[k] for k in PATCHES if isinstance(args.get(k), str)), None)
    if not isinstance(text, str):
        action.defect = f"{action.tool} has no patch text"
        return
    path, whole = "", False
    body: list[str] = []
    for line in [*text.splitlines(), applypatch.END]:
        op, name, is_whole = applypatch.heading(line)
        if op or line.startswith(applypatch.END):
            if path:
                action.changes.append(_change(path, body, whole))
            path, body = "", []
        if op:
            whole = is_whole
            path = _join(action.cwd, name)
            action.effects.append(Effect(op, path, action.tool, written=name))
        else:
            body.append(line)
    if not action.effects:
        action.defect = f"{action.tool}: no line of the patch names a file"


def _change(path: str, body: "list[str]", whole: bool) -> Change:
    """What the lines under one file's heading do; those that say where (@@) stand in both texts. whole: all of it."""
    old = [line[1:] if line[:1] in ("-", " ") else line for line in body if line[:1] != "+"]
    new = [line[1:] if line[:1] in ("+", " ") else line for line in body if line[:1] != "-"]
    return Change(path, None if whole else "\n".join(old), "\n".join(new))


def _files(action: Action, kind: str, args: "dict[str, object]") -> None:
    names = [n for k in PATHS if k in args for n in _names(args[k])]
    if None in names or "" in names or (not names and kind != "search"):
        action.defect = f"{action.tool} names no file"
        return
    if any("\0" in n for n in names if n):
        action.defect = f"{action.tool} names a file with a NUL byte"
        return
    seen: list[str] = []
    for name in names:
        if name is not None and name not in seen:
            seen.append(name)
            action.effects.append(Effect(OPERATION[kind], _join(action.cwd, name), action.tool, written=name))
    if kind in ("write", "edit") and seen:
        _changes(action, args, _join(action.cwd, seen[0]))


def _names(value: object) -> "list[str | None]":
    """File names in an argument: a text, a list of texts, or of objects that carry one. None for anything else."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [n for k in PATHS if k in value for n in _names(value[k])]
    if isinstance(value, list):
        return [n for item in value for n in _names(item)]
    return [] if value is None else [None]


def _changes(action: Action, args: "dict[str, object]", path: str) -> None:
    listed = args.get("edits") or args.get("replacements") or [args]
    for item in listed if isinstance(listed, list) else [args]:
        if not isinstance(item, dict):
            continue
        new, old = _text(item, NEW), _text(item, OLD)
        own = next((n for n in _names({k: v for k, v in item.items() if k in PATHS}) if n), None)
        if new is not None:
            action.changes.append(Change(_join(action.cwd, own) if own else path, old, new))


def _text(item: "dict[str, object]", keys: "tuple[str, ...]") -> "str | None":
    for key in keys:
        value = item.get(key)
        if isinstance(value, str):
            return value
    return None


def _join(cwd: str, name: str) -> str:
    """A path as the tool would open it: not normalised, `~` left to the resolver (some clients expand it)."""
    return name if name.startswith(("/", "~")) or not cwd else f"{cwd.rstrip('/')}/{name}"
