"""Ruby: File, IO, Dir, FileUtils, Pathname, Kernel and Open3, by ruby's own documentation (docs.ruby-lang.org)."""

import base64
import os.path

from . import lines, regexes, syntax
from .lines import edit_in_place
from .machine import Machine
from .node import chdir
from .tokens import Language
from .values import Thing, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Program
    from .cursor import Node
    from .values import Value

RUBY = Language(
    "ruby",
    line=("#",),
    plain="'",
    full='"',
    holds="#{",
    sigils="@$",
    backquote="cmd",
    regexes=True,
    newlines=True,
    ends=True,
)


def _both(names: "dict[str, str]", *modules: str) -> "dict[str, str]":
    return {f"{module}.{name}": spec for module in modules for name, spec in names.items()}


def _path(*parts: "Value") -> "Value":
    made = ""
    for part in parts:
        made = part if part.startswith("/") else f"{made.rstrip('/')}/{part}" if made else part
    return made


def _join(*parts: "Value") -> "Value":
    return "/".join(p.strip("/") if k else p.rstrip("/") for k, p in enumerate(parts))


def _base(path: str, end: str) -> str:
    name = os.path.basename(path.rstrip("/"))
    return os.path.splitext(name)[0] if end == ".*" else name.removesuffix(end)


def _gsub(text: str, old: "Value", new: "Value", flags: str) -> "Value":
    if isinstance(old, Thing):
        return regexes.replaced(old.data, text, new, flags + (old.more or "")) if isinstance(new, str) else None
    return text.replace(old, new, -1 if flags else 1) if isinstance(new, str) else None


def _pack(values: "list[Value]", form: str) -> "Value":
    if form.rstrip("*0123456789") in ("c", "C", "U"):
        return "".join(map(chr, values))
    if form == "H*":
        return bytes.fromhex(values[0]).decode()
    return base64.b64encode(values[0].encode()).decode() if form == "m0" else None


class Ruby(Machine):
    """Follows a script."""

    calls = {
        **_both(
            {
                "write": "w", "binwrite": "w", "open": "!open", "new": "!open", "read": "!read", "readlines": "!read",
                "binread": "r", "foreach": "r", "copy_stream": "rw", "popen": "!system", "sysopen": "!open",
            },
            "File", "IO",
        ),
        **_both(
            {
                "delete": "+d*", "unlink": "+d*", "rename": "$mv -T", "symlink": ".w", "link": ".w", "truncate": "w",
                "chmod": "+.m*", "chown": "+..m*", "utime": "+..m*", "lchmod": "+.m*", "mkfifo": "w",
            },
            "File",
        ),
        **_both(
            {
                "mkdir": "!mkdir", "rmdir": "d", "delete": "d", "unlink": "d", "chdir": "!chdir", "glob": "!glob",
                "[]": "!glob", "mktmpdir": "!tmpdir", "each_child": ".", "children": "!children",
            },
            "Dir",
        ),
        **_both(
            {
                "cp": "$cp", "copy": "$cp", "cp_r": "$cp -r", "copy_entry": "$cp -rT", "copy_file": "rw", "mv": "$mv",
                "move": "$mv", "rm": "+d*", "rm_f": "+d*", "rm_r": "+D*", "rm_rf": "+D*", "remove": "+d*",
                "rmtree": "+D*",
                "remove_dir": "+D*", "remove_entry": "+D*", "remove_file": "+d*", "safe_unlink": "+d*",
                "remove_entry_secure": "D", "mkdir": "$mkdir", "mkdir_p": "$mkdir -p", "makedirs": "$mkdir -p",
                "mkpath": "$mkdir -p", "rmdir": "+d*", "touch": "+w*", "ln": "$ln", "ln_s": "$ln -s",
                "ln_sf": "$ln -sf",
                "symlink": "$ln -s", "chmod": "+.m*", "chmod_R": "+.M*", "chown": "+..m*", "chown_R": "+..M*",
                "install": "$install", "cd": "!chdir", "chdir": "!chdir", "pwd": "!cwd",
            },
            "FileUtils",
        ),
        **_both({"popen3": "!system", "capture2": "!system", "capture2e": "!system", "capture3": "!system"}, "Open3"),
        **_both(
            {"system": "!system", "exec": "!system", "spawn": "!system", "open": "!kernel_open"}, "Kernel", "Process"
        ),
        "system": "!system", "exec": "!system", "spawn": "!system", "open": "!kernel_open", "eval": "!eval",
        "instance_eval": "!eval", "class_eval": "!eval", "load": "!load", "require_relative": "!load", "puts": "!puts",
        "print": "!print", "p": "!unknown_print", "printf": "!unknown_print", "exit": "!leave", "abort": "!leave",
        "exit!": "!leave", "raise": "!leave", "Pathname.new": "!pathname", "Pathname": "!pathname",
        "IO.pipe": ".", "syscall": "!syscall", "$stdout.puts": "!puts", "$stdout.write": "!print",
        "$stdout.print": "!print", "$stdout.reopen": "!open", "STDOUT.reopen": "!open", "$stderr.reopen": "!open",
        "STDERR.reopen": "!open",
        "STDOUT.puts": "!puts", "STDOUT.write": "!print", "Dir.pwd": "!cwd", "Dir.getwd": "!cwd", "Dir.home": "!home",
        "File.expand_path": "!expand", "File.absolute_path": "!expand", "File.realpath": "!expand", "CSV.open": "!open",
        "YAML.dump": ".", "Tempfile.new": ".", "Tempfile.create": ".", "Zip::File.open": "w",
    }  # fmt: skip
    modules = (
        "File", "IO", "Dir", "FileUtils", "Pathname", "Open3", "Kernel", "Process", "STDOUT", "$stdout", "STDERR",
        "$stderr", "CSV",
        "Base64",
        "Tempfile", "Etc", "JSON", "YAML", "Array", "String", "FileUtils::Verbose", "RbConfig",
    )  # fmt: skip
    pure = {
        "File.join": _join, "File.basename": lambda p, end="": _base(p, end),
        "File.dirname": lambda p: os.path.dirname(p.rstrip("/")) or ".",
        "File.extname": lambda p: os.path.splitext(p)[1],
        "Base64.decode64": lambda t: base64.b64decode(t).decode(),
        "Base64.strict_decode64": lambda t: base64.b64decode(t).decode(),
        "Base64.urlsafe_decode64": lambda t: base64.b64decode(t, "-_").decode(),
        "String.new": lambda t="": t, "String": text_of, "Array": lambda value: value if isinstance(value,
        list) else [value],
        ".join": lambda value, by="": by.join(map(text_of, value)), ".upcase": lambda t: t.upper(),
        ".downcase": lambda t: t.lower(),
        ".reverse": lambda value: value[::-1], ".chr": lambda n: chr(n) if isinstance(n, int) else n[:1],
        ".to_s": text_of,
        ".to_str": text_of, ".to_sym": lambda t: t, ".strip": lambda t: t.strip(), ".chomp": lambda t,
        end="\n": t.removesuffix(end),
        ".gsub": lambda t, a, b: _gsub(t, a, b, "g"), ".sub": lambda t, a, b: _gsub(t, a, b, ""),
        ".tr": regexes.translated, ".capitalize": lambda t: t[:1].upper() + t[1:].lower(),
        ".concat": lambda t, *more: t + "".join(more),
        ".split": lambda t, by=None: t.split(by) if by != "" else list(t),
        ".chars": list, ".pack": _pack, ".first": lambda v: v[0],
        ".last": lambda v: v[-1],
        ".start_with?": lambda t, s: t.startswith(s), ".end_with?": lambda t, s: t.endswith(s),
        ".include?": lambda v, p: p in v,
        ".unpack1": lambda t, form: base64.b64decode(t).decode() if form in ("m", "m0") else None, ".sort": sorted,
        ".freeze": lambda v: v,
        ".empty?": lambda v: len(v) == 0, ".any?": lambda v: len(v) > 0, ".size": len, ".length": len,
        ".dup": lambda v: v, ".uniq": lambda v: list(dict.fromkeys(v)),
        ".to_a": list,
        ".lines": lambda t: t.splitlines(keepends=True), ".keys": list, ".values": lambda v: list(v.values()),
        ".delete_suffix": lambda t, e: t.removesuffix(e), ".delete_prefix": lambda t, e: t.removeprefix(e),
        ".fetch": lambda v, k: v[k], ".ljust": lambda t, n, by=" ": t.ljust(min(n, 9999), by),
        ".rjust": lambda t, n, by=" ": t.rjust(min(n, 9999), by),
    }  # fmt: skip
    methods = {
        **_both(
            {
                "write": "w", "binwrite": "w", "delete": "d", "unlink": "d", "rmtree": "D", "mkpath": "$mkdir -p",
                "mkdir": "$mkdir", "rmdir": "d", "rename": "$mv -T", "open": "!path_open", "make_symlink": "w",
                "truncate": "w",
                "make_link": "w", "chmod": ".", "utime": ".", "read": "r", "readlines": "r", "join": "!path_joined",
                "to_s": "!path_text", "to_path": "!path_text", "+": "!path_joined", "sub_ext": "!path_ext",
            },
            "path",
        ),
    }  # fmt: skip
    program_name = "ruby"
    plus_joins = True
    zero_is_false = False

    def __init__(self, program: "Program") -> None:
        super().__init__(program)
        call = program.call
        script = call.operands[0].text if call.operands and call.operands[0].text == program.shown else None
        self.scopes[0].update({
            "ARGV": list(program.arguments), "ENV": Thing("environ"), "$0": script or "-e",
            "$PROGRAM_NAME": script or "-e",
            "__FILE__": script or "-e", "__dir__": os.path.dirname(script) or "." if script else ".", "$_": None,
            "$.": None,
            "nil": None, "ARGF": Thing("argf"),
        })  # fmt: skip
        self.in_place: Value = None

    def on_set(self, node: "Node") -> "Value":
        """`a = [1], 2` and `<<` are all the same here."""
        return super().on_set(node)

    def on_name(self, node: "Node") -> "Value":
        """A name without arguments may be a method of the program's own."""
        word = node[1]
        if word in ("exit", "abort", "puts", "exit!") and not self.known(word):
            return self.on_call(("call", node, [], None))
        if word in ("gets", "readlines") and not self.known(word):
            given = self.get("ARGV")
            for file in given if isinstance(given, list) else []:
                if isinstance(self.in_place, str):
                    edit_in_place(self, file, self.in_place)
                else:
                    self.effect("r", file, word)
            return None
        found = super().on_name(node)
        if isinstance(found, Thing) and found.kind == "func" and word in self.defined:
            return self.run(found.data, [])
        return found

    def on_attr(self, node: "Node") -> "Value":
        """A method without arguments is called."""
        if node[1][0] == "name" and node[1][1] == "Open3" and node[2] == "call":
            return None
        found = super().on_attr(node)
        if isinstance(found, Thing) and found.kind in ("fn", "bound") and not node[2][0].isupper():
            return self.call(found, ("call", node, [], None))
        return found

    def on_call(self, node: "Node") -> "Value":
        """`receiver.method(...)`: the receiver's method itself, which on_attr would have called already."""
        target = node[1]
        if target[0] == "attr":
            holder = self.value(target[1])
            if isinstance(holder, dict):
                return self.method(holder, target[2], self.arguments(node[2]), node)
            return self.call(self.member(holder, target[2]), node)
        if target[0] == "name" and target[1] in ("send", "public_send", "__send__") and node[2]:
            inner = text_of(self.value(node[2][0]))
            if inner is None:
                self.program.opaque("it calls a method that is known only when it runs")
                return None
            return self.on_call(("call", ("name", inner), node[2][1:], node[3]))
        return super().on_call(node)

    def element(self, holder: "Value", key: "Value") -> "Value":
        """Dir["*"]."""
        if isinstance(holder, Thing) and holder.kind == "module" and holder.data == "Dir":
            return self.matching(key)
        return super().element(holder, key)

    def member(self, holder: "Value", name: str) -> "Value":
        """Hashes have methods as well as keys."""
        if isinstance(holder, dict):
            return Thing("bound", holder, name)
        if isinstance(holder, Thing) and holder.kind == "environ" and name == "fetch":
            return Thing("bound", holder, name)
        return super().member(holder, name)

    def call(self, function: "Value", node: "Node") -> "Value":
        """A module's send: the method is the first argument."""
        if isinstance(function, Thing) and function.kind == "fn" and node[2]:
            module, _, name = str(function.data).rpartition(".")
            if name in ("send", "public_send", "__send__"):
                inner = text_of(self.value(node[2][0]))
                if inner is None:
                    self.program.opaque("it calls a method that is known only when it runs")
                    return None
                return self.call(self.of_module(module, inner), ("call", node[1], node[2][1:], node[3]))
        return super().call(function, node)

    def method(self, holder: "Value", name: str, arguments: "list[Value]", node: "Node") -> "Value":
        """A method of a value."""
        if isinstance(holder, Thing) and holder.kind == "environ" and name in ("fetch", "[]") and arguments:
            return self.environ(text_of(arguments[0]))
        if isinstance(holder, Thing) and holder.kind == "environ":
            return None
        if name in ("send", "public_send", "__send__") and node[2]:
            inner = text_of(arguments[0]) if arguments else None
            if inner is None:
                return None
            return self.call(self.member(holder, inner), ("call", node[1], node[2][1:], node[3]))
        if holder is None and name in ("system", "exec") and node[1][1] == ("name", "self"):
            return self.execute(arguments)
        if name in ("sub!", "gsub!", "upcase!", "downcase!", "concat", "<<") and node[1][0] == "attr":
            made = self.worked_out(self.pure.get("." + name.rstrip("!"), lambda *_: None), [holder, *arguments])
            if node[1][1][0] in ("name", "var"):
                self.assign(node[1][1], made)
            return made
        return super().method(holder, name, arguments, node)

    def on_bin(self, node: "Node") -> "Value":
        """Text << more changes the text."""
        if node[1] == "<<" and node[2][0] in ("name", "var"):
            left, right = self.value(node[2]), self.value(node[3])
            if isinstance(left, str):
                self.assign(node[2], self.concat(left, right))
            elif isinstance(left, list) and len(left) < 300:
                left.append(right)
            return left
        return super().on_bin(node)

    def match(self, target: "Node", left: "Value", right: "Value", *, negated: bool) -> "Value":
        """=~."""
        del target
        if isinstance(right, Thing) and right.kind == "regex":
            found = regexes.search(right.data, right.more, text_of(left))
            for k in range(1, 10):
                caught = found.group(k) if found and found is not True and found.re.groups >= k else None
                self.scopes[0][f"${k}"] = caught
            return None if found is None else bool(bool(found) is not negated)
        return None

    def truth(self, value: "Value") -> "bool | None":
        """A bare expression as a condition is a match of $_."""
        if isinstance(value, Thing) and value.kind == "regex":
            found: bool | None = self.match(("nothing",), self.get("$_"), value, negated=False)
            return found
        return super().truth(value)

    def options(self, arguments: "list[Value]") -> "list[Value]":
        """Arguments without the keywords; noop: true does nothing."""
        return [one for one in arguments if not isinstance(one, dict)]

    def act(self, name: str, spec: str, arguments: "list[Value]") -> "Value":
        """A call's effects, unless it is told to do nothing."""
        if any(isinstance(one, dict) and one.get("noop") is True for one in arguments):
            return None
        return super().act(name, spec, self.options(arguments))

    def opens(self, arguments: "list[Value]", node: "Node", via: str) -> "Value":
        """A file that is opened, and its block."""
        path = arguments[0] if arguments else None
        mode: Value = "r"
        keywords = next((one for one in arguments if isinstance(one, dict)), {})
        if len(arguments) > 1 and not isinstance(arguments[1], dict):
            mode = arguments[1]
        elif "mode" in keywords:
            mode = keywords["mode"]
        if isinstance(mode, int):
            mode = "w" if mode & 0o103 else "r"
        if mode is None and len(node[2]) > 1 and "RDONLY" in repr(node[2][1]):
            mode = "r"
        made = self.opened(path, mode, via)
        if node[3] is not None:
            return self.run(node[3], [made])
        return made

    def do_open(self, node: "Node", name: str) -> "Value":
        """File.open."""
        return self.opens(self.arguments(node[2]), node, name)

    def do_path_open(self, node: "Node", holder: "Value") -> "Value":
        """Pathname#open."""
        return self.opens([text_of(holder), *self.arguments(node[2])], node, "open")

    def do_kernel_open(self, node: "Node", name: str) -> "Value":
        """open: with | it is a command (Kernel#open)."""
        arguments = self.arguments(node[2])
        text = text_of(arguments[0]) if arguments else None
        if text is not None and text.startswith("|"):
            self.shell(text[1:])
            return Thing("handle")
        return self.opens(arguments, node, name)

    def do_mkdir(self, node: "Node", name: str) -> "Value":
        """Dir.mkdir: the second argument is the mode."""
        return self.like(name, ["mkdir"], self.arguments(node[2])[:1])

    def do_read(self, node: "Node", name: str) -> "Value":
        """A file's text; one that begins with | is a command for IO.read."""
        arguments = self.arguments(node[2])
        text = text_of(arguments[0]) if arguments else None
        if text is not None and text.startswith("|") and name.startswith("IO"):
            return self.shell(text[1:])
        self.effect("r", arguments[0] if arguments else None, name)
        return self.text_of_file(text) if name.endswith("read") and len(arguments) == 1 else None

    def do_system(self, node: "Node", _name: str) -> "Value":
        """system, spawn, popen: one text is the shell's, several are a program's; ENV hashes and options go."""
        given = self.arguments(node[2])
        arguments = self.options(given)
        for options in given[1:]:
            self.redirected(options)
        if node[1][0] == "attr" and node[1][2] == "popen":
            arguments = arguments[:1]
        if len(arguments) == 1 and isinstance(arguments[0], list):
            made = self.command(self.options(arguments[0]))
        else:
            made = self.execute(arguments)
        if node[3] is not None:
            self.run(node[3], [None])
        return made if node[1][-1] == "popen" else None

    def redirected(self, options: "Value") -> None:
        """What a command is started with: out: "file", err: ["file", "w"] (Process.spawn)."""
        for key, value in options.items() if isinstance(options, dict) else ():
            if key in ("out", "err"):
                path = value[0] if isinstance(value, list) and value else value
                if isinstance(path, str) and path not in ("out", "err", "close"):
                    self.effect("w", path, f"{key}:")

    def do_syscall(self, _node: "Node", _name: str) -> "Value":
        """A system call by its number."""
        self.program.opaque("it makes a system call")

    def do_eval(self, node: "Node", _name: str) -> "Value":
        """A text that is run as a program."""
        if node[3] is not None:
            return self.run(node[3], [])
        text = text_of(self.value(node[2][0])) if node[2] else None
        if text is None:
            self.program.opaque("it runs a text that is known only when it runs")
            return None
        return self.statements(syntax.read(text, RUBY))

    def do_load(self, node: "Node", name: str) -> "Value":
        """A program in the tree."""
        path = self.value(node[2][0]) if node[2] else None
        known = text_of(path)
        if known is not None and name == "require_relative":
            known = os.path.join(str(self.scopes[0]["__dir__"]), known)
        for ending in ("", ".rb"):
            text = self.text_of_file(None if known is None else known + ending)
            if text is not None and self.level < 3:
                self.level += 1
                self.effect("r", (known or "") + ending, name)
                self.statements(syntax.read(text, RUBY))
                self.level -= 1
                return None
        return None

    def do_puts(self, node: "Node", _name: str) -> "Value":
        """Puts."""
        values = self.flat(self.arguments(node[2])) if node[2] else [""]
        texts = [text_of(value) for value in values]
        self.printed(None if None in texts else "".join((t or "").removesuffix("\n") + "\n" for t in texts))

    def do_print(self, node: "Node", _name: str) -> "Value":
        """Print."""
        texts = [text_of(value) for value in self.arguments(node[2])] if node[2] else [None]
        self.printed(None if None in texts else "".join(text or "" for text in texts))

    def do_unknown_print(self, node: "Node", _name: str) -> "Value":
        """What is printed in a form that is not worked out."""
        self.arguments(node[2])
        self.printed(None)

    def do_chdir(self, node: "Node", _name: str) -> "Value":
        """What follows, or the block, runs elsewhere."""
        call = self.program.call
        before = call.state
        chdir(self, text_of(self.value(node[2][0])) if node[2] else call.state.home)
        if node[3] is not None:
            try:
                return self.run(node[3], [None])
            finally:
                call.state = before
        return None

    def do_glob(self, node: "Node", _name: str) -> "Value":
        """Dir.glob."""
        arguments = self.arguments(node[2])
        found = self.matching(arguments[0]) if arguments and "**" not in (text_of(arguments[0]) or "**") else None
        if node[3] is not None:
            return self.iterated(found, "each", node[3])
        return found

    def do_children(self, node: "Node", _name: str) -> "Value":
        """Dir.children."""
        return self.names_in(self.value(node[2][0])) if node[2] else None

    def do_tmpdir(self, node: "Node", _name: str) -> "Value":
        """Dir.mktmpdir: a folder of its own."""
        return self.run(node[3], [None]) if node[3] is not None else None

    def do_home(self, _node: "Node", _name: str) -> "Value":
        """Dir.home."""
        return self.environ("HOME") or self.program.call.state.home

    def do_expand(self, node: "Node", _name: str) -> "Value":
        """File.expand_path."""
        texts = [text_of(one) for one in self.arguments(node[2])]
        if not texts or None in texts:
            return None
        first = texts[0] or ""
        if first == "~" or first.startswith("~/"):
            first = self.program.call.state.home + first[1:]
        return os.path.normpath(
            os.path.join(self.program.call.state.folder or "", *(one or "" for one in texts[1:2]), first)
        )

    def do_pathname(self, node: "Node", _name: str) -> "Value":
        """Pathname.new."""
        return Thing("path", self.value(node[2][0]) if node[2] else None)

    def do_path_joined(self, node: "Node", holder: "Value") -> "Value":
        """Pathname#join."""
        made = holder
        for one in self.arguments(node[2]):
            made = self.path_join(made, one) or Thing("path", None)
        return made

    def do_path_text(self, _node: "Node", holder: "Value") -> "Value":
        """Pathname#to_s."""
        return text_of(holder)

    def do_path_ext(self, node: "Node", holder: "Value") -> "Value":
        """Pathname#sub_ext."""
        name, end = text_of(holder), text_of(self.value(node[2][0])) if node[2] else None
        return Thing("path", None if name is None or end is None else os.path.splitext(name)[0] + end)


def run(program: "Program") -> "str | None":
    """Follow a script, once or for each line."""
    return lines.run(program, Ruby, syntax.read(program.text, RUBY))
