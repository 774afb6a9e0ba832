"""Javascript and Typescript as node, deno, bun and tsx run them: their file system and child process modules.

Sources: nodejs.org/api (fs, child_process, path), deno's and bun's own documentation.
"""

import base64
import binascii
import json
import os.path

from . import syntax
from .machine import Machine
from .tokens import Language
from .values import Choice, Jump, Thing, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Program
    from .cursor import Node
    from .values import Value

JAVASCRIPT = Language(
    "node", line=("//", "#!"), block=("/*", "*/"), holds="", sigils="", backquote="template", regexes=True
)

FS = {
    "writeFile": "w", "appendFile": "w", "createWriteStream": "!stream", "unlink": "d", "rm": "!rm", "rmdir": "!rm",
    "rename": "$mv -T", "copyFile": "rw", "cp": "$cp -rT", "mkdir": "!mkdir", "mkdtemp": ".", "symlink": ".w",
    "link": ".w", "truncate": "w", "chmod": "m", "lchmod": "m", "chown": "m", "lchown": "m", "utimes": "m",
    "lutimes": "m", "open": "!open", "readFile": "!read", "readdir": "!list", "openAsBlob": "r",
}  # fmt: skip
DENO = {
    "writeTextFile": "w", "writeFile": "w", "remove": "!rm", "rename": "$mv -T", "copyFile": "rw", "mkdir": "!mkdir",
    "create": "w", "truncate": "w", "chmod": "m", "chown": "m", "symlink": ".w", "link": ".w", "utime": "m",
    "open": "!open", "readTextFile": "!read", "readFile": "r",
}  # fmt: skip
EXTRA = {
    "outputFile": "w", "outputJson": "w", "writeJson": "w", "outputJSON": "w", "writeJSON": "w", "ensureFile": "w",
    "ensureDir": "!mkdir", "mkdirp": "!mkdir", "emptyDir": "W", "remove": "D", "copy": "$cp -rT", "move": "$mv -T",
}  # fmt: skip


def _calls() -> "dict[str, str]":
    made: dict[str, str] = {}
    for name, spec in FS.items():
        made["fs." + name] = made["fs." + name + "Sync"] = spec
    for name, spec in EXTRA.items():
        made["fs-extra." + name] = made["fs-extra." + name + "Sync"] = spec
    for name, spec in DENO.items():
        made["Deno." + name] = made["Deno." + name + "Sync"] = spec
    for name in ("exec", "execSync"):
        made["child_process." + name] = "!exec"
    for name in ("spawn", "spawnSync", "execFile", "execFileSync", "fork"):
        made["child_process." + name] = "!spawn"
    made |= {
        "Bun.write": "w", "Bun.file": "!file", "Bun.spawn": "!spawn", "Bun.spawnSync": "!spawn",
        "Deno.Command": "!deno_command", "console.log": "!log", "console.info": "!log",
        "process.stdout.write": "!write",
        "process.exit": "!leave", "Deno.exit": "!leave", "process.chdir": "!chdir", "require": "!require",
        "import": "!require", "eval": "!eval", "Function": "!eval", "vm.runInThisContext": "!eval",
        "vm.runInNewContext": "!eval",
    }  # fmt: skip
    return made


def _join(*parts: str) -> str:
    found = [part for part in parts if part]
    return os.path.normpath("/".join(found)) if found else "."


def _slice(value: "Value", start: int = 0, end: "int | None" = None) -> "Value":
    return value[start:end]


def _replace(value: str, old: "Value", new: "Value", count: int = 1) -> "Value":
    if isinstance(old, Thing) or not isinstance(new, str):
        return None
    return value.replace(old, new, count)


def _from(value: "Value", encoding: str = "utf8") -> "Value":
    """Buffer.from: the bytes as text."""
    if isinstance(value, list):
        return bytes(value).decode()
    if encoding in ("base64", "base64url"):
        return base64.b64decode(value + "===", "-_" if encoding == "base64url" else None).decode()
    return binascii.unhexlify(value).decode() if encoding == "hex" else value


def _text(value: "Value", encoding: "Value" = "utf8") -> "Value":
    if encoding == "base64":
        return base64.b64encode(value.encode()).decode()
    if encoding == "hex":
        return value.encode().hex()
    return ",".join(map(str, value)) if isinstance(value, list) else text_of(value)


class Node_(Machine):  # noqa: N801 - Node is a node of the tree
    """Follows a script."""

    calls = _calls()
    modules = (
        "fs", "fs-extra", "child_process", "path", "os", "process", "console", "Deno", "Bun", "JSON", "String",
        "Buffer",
        "vm", "process.stdout", "Object", "Array", "url", "util",
    )  # fmt: skip
    pure = {
        "path.join": _join,
        "path.normalize": os.path.normpath,
        "path.basename": lambda p, end="": os.path.basename(p.rstrip("/")).removesuffix(end),
        "path.dirname": lambda p: os.path.dirname(p.rstrip("/")) or ".",
        "path.extname": lambda p: os.path.splitext(p)[1],
        "String.fromCharCode": lambda *codes: "".join(map(chr, codes)),
        "String.fromCodePoint": lambda *codes: "".join(map(chr, codes)),
        "Buffer.from": _from,
        "atob": lambda text: base64.b64decode(text + "===").decode(),
        "btoa": lambda text: base64.b64encode(text.encode()).decode(),
        "String": text_of,
        "JSON.parse": json.loads,
        "JSON.stringify": lambda value, _replacer=None, _indent=None: json.dumps(value, separators=(",", ":")),
        "Object.keys": list,
        "Object.values": lambda value: list(value.values()),
        "Object.entries": lambda value: [[k, v] for k, v in value.items()],
        "decodeURIComponent": __import__("urllib.parse").parse.unquote,
        "unescape": __import__("urllib.parse").parse.unquote,
        "parseInt": lambda text, base=10: int(text, base),
        "util.promisify": lambda value: value,
        ".promisify": lambda value: value,
        ".concat": lambda value, *more: (
            value + "".join(map(str, more)) if isinstance(value, str) else value + list(more[0])
        ),
        ".join": lambda value, by=",": by.join(map(text_of, value)),
        ".split": lambda value, by: list(value) if by == "" else value.split(by),
        ".reverse": lambda value: value[::-1],
        ".slice": _slice,
        ".substring": _slice,
        ".substr": lambda value, start, length=None: value[start:] if length is None else value[start:][:length],
        ".toUpperCase": lambda value: value.upper(),
        ".toLowerCase": lambda value: value.lower(),
        ".trim": lambda value: value.strip(),
        ".replace": _replace,
        ".replaceAll": lambda value, old, new: _replace(value, old, new, -1),
        ".repeat": lambda value, times: value * times if times * len(value) < 65536 else None,
        ".toString": _text,
        ".charAt": lambda value, at=0: value[at],
        ".at": lambda value, at: value[at],
        ".padStart": lambda value, width, by=" ": value.rjust(width, by) if width < 10000 else None,
        ".endsWith": lambda value, end: value.endswith(end),
        ".startsWith": lambda value, end: value.startswith(end),
        ".includes": lambda value, part: part in value,
        ".sort": sorted,
    }
    methods = {"file.write": "w", "file.delete": "d", "file.unlink": "d", "file.writer": "w"}
    plus_joins = True
    program_name = "node"

    def on_un(self, node: "Node") -> "Value":
        """`new X(...)` is the call."""
        if node[1] == "new" and node[2] == ("name", "Function"):
            return None
        return super().on_un(node)

    def on_name(self, node: "Node") -> "Value":
        """Names that node itself gives."""
        word = node[1]
        if word in ("undefined", "null"):
            return None
        if word in ("__dirname", "__filename") and not self.known(word):
            return self.here(word)
        return super().on_name(node)

    def here(self, word: str) -> "Value":
        """The script's own place."""
        call = self.program.call
        script = call.operands[0].text if call.operands else None
        if script is None or script != self.program.shown:
            return "." if word == "__dirname" else None
        place = os.path.normpath((call.absolute(call.operands[0]) or [script])[0])
        return os.path.dirname(place) if word == "__dirname" else place

    def on_attr(self, node: "Node") -> "Value":
        """`import.meta`, `process.argv` and its like."""
        if node[1] == ("attr", ("name", "import"), "meta") and node[2] in ("dirname", "filename"):
            return self.here("__" + node[2])
        return super().on_attr(node)

    def member(self, holder: "Value", name: str) -> "Value":
        """A variable of the environment is its member."""
        if isinstance(holder, Thing) and holder.kind == "environ" and name not in ("get", "toObject"):
            return self.environ(name)
        return super().member(holder, name)

    def of_module(self, module: str, name: str) -> "Value":
        """A module's member."""
        program = self.program
        full = f"{module}.{name}"
        if full in ("process.execPath", "process.argv0"):
            return "node"
        if full in ("process.env", "Bun.env", "Deno.env"):
            return Thing("environ")
        if full == "process.argv":
            return (
                ["node", self.here("__filename") or "node", *program.arguments]
                if program.shown == (program.call.operands[0].text if program.call.operands else None)
                or program.shown.endswith(" -")
                else ["node", *program.arguments]
            )
        if full == "Deno.args":
            return list(program.arguments)
        if full == "Bun.argv":
            return ["bun", "-e", *program.arguments]
        if full == "path.sep":
            return "/"
        if name in ("promises", "default", "posix", "strict"):
            return Thing("module", module)
        if full in (
            "path.resolve",
            "os.homedir",
            "os.tmpdir",
            "process.cwd",
            "Deno.cwd",
            "path.relative",
            "url.fileURLToPath",
        ):
            return Thing("special", full)
        return super().of_module(module, name)

    def call(self, function: "Value", node: "Node") -> "Value":
        """Functions whose value depends on where the program runs."""
        if isinstance(function, Thing) and function.kind == "special":
            arguments = self.arguments(node[2])
            home = self.environ("HOME")
            folder = self.program.call.state.folder
            if function.data == "os.homedir":
                return home or self.program.call.state.home
            if function.data == "os.tmpdir":
                return self.environ("TMPDIR") or "/tmp"  # noqa: S108 - a default of os.tmpdir()
            if function.data in ("process.cwd", "Deno.cwd"):
                return folder
            if function.data == "path.resolve":
                texts = [text_of(one) for one in arguments]
                if any(isinstance(one, Choice) for one in arguments) or None in texts:
                    return None
                return os.path.normpath(os.path.join(folder or "", *(text or "" for text in texts))) or None
            return arguments[0] if function.data == "url.fileURLToPath" and arguments else None
        return super().call(function, node)

    def method(self, holder: "Value", name: str, arguments: "list[Value]", node: "Node") -> "Value":
        """A method; one that only a file system module has, whatever it is called on."""
        if holder is None or isinstance(holder, (dict, Thing)):
            base = name.removesuffix("Sync")
            if base in FS and (
                name.endswith("Sync") or base in ("writeFile", "appendFile", "createWriteStream", "copyFile")
            ):
                return self.call(Thing("fn", "fs." + name), node)
            if isinstance(holder, Thing) and holder.kind == "environ" and name == "get" and arguments:
                return self.environ(text_of(arguments[0]))
            if isinstance(holder, Thing) and holder.kind == "command" and name in ("output", "outputSync", "spawn"):
                return self.command(holder.data)
        if name in ("then", "finally", "catch") and isinstance(holder, (dict, Thing, type(None))):
            self.callbacks(arguments, None)
            return None
        if name == "bind":
            return Thing("bound", holder, name) if not isinstance(holder, Thing) else holder
        return super().method(holder, name, arguments, node)

    def listed(self, value: "Value") -> "list[Value] | None":
        """for-of goes over lists, and over texts letter by letter."""
        return (
            list(value) if isinstance(value, str) and len(value) < 100 else value if isinstance(value, list) else None
        )

    # -- what is particular --------------------------------------------------------------------------------------------

    def do_require(self, node: "Node", _name: str) -> "Value":
        """A module: one that is built in, data, or a program in the tree, which runs."""
        name = text_of(self.value(node[2][0])) if node[2] else None
        if name is None:
            self.program.opaque("it runs a module that is known only when it runs")
            return None
        name = name.removeprefix("node:")
        if name in ("fs", "fs/promises", "graceful-fs"):
            return Thing("module", "fs")
        if name in self.modules:
            return Thing("module", name)
        if name == "fs-extra/esm":
            return Thing("module", "fs-extra")
        if not name.startswith((".", "/")):
            known = {"rimraf": "!rimraf", "del": "D", "mkdirp": "!mkdir", "write-file-atomic": "w"}.get(name)
            return Thing("fn", name) if known else None
        return self.local(name)

    def local(self, name: str) -> "Value":
        """A module of the tree: data, or a program that is followed."""
        base = self.here("__dirname")
        path = os.path.normpath(os.path.join(base, name)) if isinstance(base, str) else name
        for ending in ("", ".js", ".cjs", ".mjs", ".json", ".ts", "/index.js"):
            text = self.text_of_file(path + ending)
            if text is None:
                continue
            self.effect("r", path + ending, "require")
            if (path + ending).endswith(".json"):
                try:
                    return json.loads(text)
                except (ValueError, RecursionError):
                    return None
            if self.level < 3:
                self.level += 1
                scopes, self.scopes = self.scopes, [{"module": {}, "exports": {}}]
                try:
                    self.statements(syntax.read(text, JAVASCRIPT))
                    module = self.scopes[0].get("module")
                    exports = module.get("exports") if isinstance(module, dict) else None
                    return exports if exports is not None else self.scopes[0].get("exports")
                finally:
                    self.scopes = scopes
                    self.level -= 1
        return None

    def do_eval(self, node: "Node", _name: str) -> "Value":
        """A program within the program."""
        return self.program_text(self.value(node[2][-1]) if node[2] else "")

    def program_text(self, text: "Value") -> "Value":
        """Follow a text that the program runs as a program."""
        found = text_of(text)
        if found is None:
            self.program.opaque("it runs a text that is known only when it runs")
            return None
        return self.statements(syntax.read(found, JAVASCRIPT))

    def do_leave(self, _node: "Node", _name: str) -> "Value":
        """The end."""
        raise Jump("exit")

    def do_chdir(self, node: "Node", _name: str) -> "Value":
        """What follows runs elsewhere."""
        from .values import text_of as known

        chdir(self, known(self.value(node[2][0])) if node[2] else None)

    def do_log(self, node: "Node", _name: str) -> "Value":
        """console.log."""
        self.logged(self.arguments(node[2]))
        return None

    def logged(self, values: "list[Value]") -> None:
        """Values as console.log prints them."""
        texts = [text_of(value) for value in values]
        self.printed(
            None
            if None in texts or (texts and "%" in (texts[0] or "") and len(texts) > 1)
            else " ".join(t or "" for t in texts) + "\n"
        )

    def do_write(self, node: "Node", _name: str) -> "Value":
        """process.stdout.write."""
        for value in self.arguments(node[2])[:1]:
            self.printed(value)
        return None

    def options(self, arguments: "list[Value]") -> "dict[str, Value]":
        """The options object of a call."""
        return next((one for one in arguments if isinstance(one, dict)), {})

    def do_open(self, node: "Node", name: str) -> "Value":
        """Flags as a text, as numbers, or as deno's object."""
        arguments = self.arguments(node[2])
        path = arguments[0] if arguments else None
        options = self.options(arguments)
        if name.startswith("Deno"):
            writes = any(options.get(key) is not None for key in ("write", "append", "create", "truncate", "createNew"))
            self.effect("w" if writes else "r", path, name)
        elif len(node[2]) < 2 or (isinstance(arguments[1], Thing) and arguments[1].kind == "func"):
            self.effect("r", path, name)
        elif arguments[1] is None and ("O_WRONLY" in repr(node[2][1]) or "O_RDWR" in repr(node[2][1])):
            self.effect("w", path, name)
        elif arguments[1] is None and "O_RDONLY" in repr(node[2][1]):
            self.effect("r", path, name)
        elif isinstance(arguments[1], int):
            self.effect("w" if arguments[1] & 0o103 else "r", path, name)
        else:
            self.opened(path, arguments[1], name)
        self.callbacks(arguments, None)
        return Thing("handle", path)

    def do_stream(self, node: "Node", name: str) -> "Value":
        """createWriteStream, which takes a flag."""
        arguments = self.arguments(node[2])
        if self.options(arguments[1:]).get("fd") is None:
            self.effect("w", arguments[0] if arguments else None, name)
        return Thing("handle", arguments[0] if arguments else None)

    def do_read(self, node: "Node", name: str) -> "Value":
        """A file's text, where it is read at once."""
        arguments = self.arguments(node[2])
        path = arguments[0] if arguments else None
        text = self.text_of_file(path) if not isinstance(path, Choice) else None
        self.effect("r", path, name)
        self.touched.pop(text_of(path) or "", None)
        self.callbacks(arguments, None)
        return text

    def do_list(self, node: "Node", _name: str) -> "Value":
        """A folder's names."""
        arguments = self.arguments(node[2])
        self.callbacks(arguments, None)
        return self.names_in(arguments[0]) if len(arguments) == 1 else None

    def do_rm(self, node: "Node", name: str) -> "Value":
        """rm, rmdir: with all below it if they are told so."""
        arguments = self.arguments(node[2])
        tree = self.options(arguments).get("recursive") is True
        self.effect("D" if tree else "d", arguments[0] if arguments else None, name)
        self.callbacks(arguments, None)
        return None

    def do_mkdir(self, node: "Node", name: str) -> "Value":
        """mkdir: with its parents if it is told so."""
        arguments = self.arguments(node[2])
        known = self.options(arguments).get("recursive") is True or "mkdirp" in name or "ensure" in name
        self.like(name, ["mkdir", "-p"] if known else ["mkdir"], arguments[:1])
        self.callbacks(arguments, None)
        return None

    def do_file(self, node: "Node", _name: str) -> "Value":
        """Bun.file."""
        return Thing("file", Thing("path", self.value(node[2][0])) if node[2] else None)

    def do_exec(self, node: "Node", _name: str) -> "Value":
        """A shell's command."""
        arguments = self.arguments(node[2])
        return self.elsewhere(arguments, lambda: self.shell(arguments[0] if arguments else None))

    def elsewhere(self, arguments: "list[Value]", act: "Value") -> "Value":
        """Do something in the directory that the options name."""
        options = self.options(arguments)
        state = self.program.call.state
        before = state.folders
        if "cwd" in options:
            folder = text_of(options["cwd"])
            state.folders = () if folder is None else tuple(os.path.join(one, folder) for one in before)
        try:
            made = act()
        finally:
            state.folders = before
        self.callbacks(arguments, None)
        return made

    def do_spawn(self, node: "Node", name: str) -> "Value":
        """A program and its arguments, or a shell's command."""
        arguments = self.arguments(node[2])
        words = arguments[:1] if not isinstance(arguments[:1], list) or not arguments else [arguments[0]]
        if len(arguments) > 1 and isinstance(arguments[1], list):
            words = [*words, *arguments[1]]
        elif len(arguments) > 1 and arguments[1] is None:
            words = [*words, None]
        if name.endswith("fork"):
            words = ["node", *words]
        if self.options(arguments).get("shell") not in (None, False):
            texts = [text_of(one) for one in words]
            return self.elsewhere(
                arguments, lambda: self.shell(None if None in texts else " ".join(t or "" for t in texts))
            )
        return self.elsewhere(arguments, lambda: self.command(words))

    def do_deno_command(self, node: "Node", _name: str) -> "Value":
        """New Deno.Command(name, {args})."""
        arguments = self.arguments(node[2])
        given = self.options(arguments).get("args", [])
        return Thing("command", [*arguments[:1], *(given if isinstance(given, list) else [None])])


def chdir(machine: Machine, folder: "str | None") -> None:
    """What follows runs in another directory."""
    state = machine.program.call.state.copy()
    if folder is None:
        state.folders = ()
    else:
        state.folders = tuple(os.path.normpath(os.path.join(one, folder)) for one in (state.folders or ("/",)))
    machine.program.call.state = state


def run(program: "Program") -> "str | None":
    """Follow a script; `-p` prints the last value."""
    call = program.call
    state = call.state
    machine = Node_(program)
    try:
        printed = machine.follow(syntax.read(program.text, JAVASCRIPT))
        return None if call.has("-p", "--print") else printed
    finally:
        call.state = state
