"""Perl: perlfunc's functions on files, and the modules that most programs use (File::Copy, File::Path, Path::Tiny)."""

import base64
import binascii
import os.path

from . import lines, regexes, syntax
from .lines import LINES, edit_in_place
from .node import chdir
from .perl_files import Files
from .tokens import Language
from .values import Thing, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Program
    from .cursor import Node
    from .values import Value

PERL = Language("perl", line=("#",), plain="'", full='"', holds="$", sigils="$@%&", backquote="cmd", regexes=True)


def _pack(form: str, *values: "Value") -> "Value":
    if form in ("H*", "H"):
        return binascii.unhexlify(values[0]).decode()
    if form.rstrip("*0123456789") in ("C", "U", "c", "W"):
        return "".join(chr(int(value)) for value in values)
    return "".join(values) if form.rstrip("*0123456789") in ("A", "a") else None


def _format(form: str, *values: "Value") -> "Value":
    return form % tuple(int(v) if isinstance(v, str) and v.isdigit() and "%s" not in form else v for v in values)


class Perl(Files):
    """Follows a script. Arrays are kept under "@name", hashes under "%name"."""

    calls = {
        "open": "!open", "sysopen": "!sysopen", "unlink": "+d*", "rename": "$mv -T", "mkdir": "!mkdir", "rmdir": "d",
        "symlink": ".w", "link": ".w", "chmod": "+.m*", "chown": "+..m*", "utime": "+..m*", "truncate": "w",
        "system": "!system", "exec": "!system", "readpipe": "!system", "eval": "!eval", "evalbytes": "!eval",
        "copy": "$cp", "cp": "$cp", "move": "$mv", "mv": "$mv", "File::Copy::copy": "$cp", "File::Copy::move": "$mv",
        "File::Copy::cp": "$cp", "File::Copy::mv": "$mv", "dircopy": "$cp -r", "rcopy": "$cp -r", "fcopy": "$cp",
        "make_path": "$mkdir -p", "mkpath": "$mkdir -p", "remove_tree": "+D*", "rmtree": "+D*",
        "File::Path::make_path": "$mkdir -p", "File::Path::mkpath": "$mkdir -p",
        "File::Path::remove_tree": "+D*", "File::Path::rmtree": "+D*", "write_file": "w", "append_file": "w",
        "edit_file": ".w", "edit_file_lines": ".w", "File::Slurp::write_file": "w", "write_text": "w",
        "write_binary": "w", "read_file": "r", "read_text": "r", "store": ".w", "nstore": ".w", "IO::File.new": "!file",
        "exit": "!leave", "die": "!leave", "chdir": "!chdir", "shift": "!shift", "glob": "!glob", "do_file": "!do_file",
        "dbmopen": ".w", "Tie::File": ".w", "tie": "!tie", "POSIX::creat": "w",
        "POSIX::open": "!posix_open", "POSIX::unlink": "d", "POSIX::remove": "d",
        "POSIX::rename": "$mv -T", "POSIX::_exit": "!leave", "POSIX::rmdir": "d", "POSIX::chmod": ".m",
        "readdir": "!readdir",
        "syscall": "!syscall", "push": "!push", "POSIX::mkfifo": "w",
        "mkfifo": "w", "opendir": "!opendir", "path": "!path", "Path::Tiny::path": "!path", "Path::Tiny.new": "!path",
        "getcwd": "!cwd", "cwd": "!cwd", "Cwd::getcwd": "!cwd", "Cwd::cwd": "!cwd", "touch": "w", "sprintf": "!sprintf",
    }  # fmt: skip
    modules = ("IO::File", "Path::Tiny", "File::Spec", "File::Spec::Functions", "File::Temp", "Path::Class")
    pure = {
        "join": lambda by, *items: by.join(text_of(item) or "" for item in Perl.spread(items)),
        "lc": str.lower, "uc": str.upper, "lcfirst": lambda t: t[:1].lower() + t[1:],
        "ucfirst": lambda t: t[:1].upper() + t[1:], "chr": lambda n: chr(int(n)), "ord": lambda t: ord(t[0]),
        "reverse": lambda *items: list(Perl.spread(items))[::-1],
        "scalar": lambda value: value[0][::-1] if isinstance(value,
        list) and len(value) == 1 else len(value) if isinstance(value, list) else value,
        "hex": lambda t: int(t, 16), "oct": lambda t: int(t, 8), "int": lambda n: int(float(n)),
        "length": len, "substr": lambda t, at, size=None: t[at:] if size is None else t[at:][:size],
        "pack": _pack, "decode_base64": lambda t: base64.b64decode(t).decode(),
        "MIME::Base64::decode_base64": lambda t: base64.b64decode(t).decode(),
        "File::Spec.catfile": lambda *p: os.path.normpath("/".join(p)),
        "catfile": lambda *p: os.path.normpath("/".join(p)),
        "File::Spec.catdir": lambda *p: os.path.normpath("/".join(p)),
        "catdir": lambda *p: os.path.normpath("/".join(p)),
        "File::Spec.tmpdir": lambda: "/tmp", "dirname": lambda p: os.path.dirname(p.rstrip("/")) or ".",  # noqa: S108
        "basename": lambda p, *ends: _basename(p, ends), "sort": lambda *items: sorted(Perl.spread(items)),
        "keys": list, "values": lambda value: list(value.values()),
        "quotemeta": lambda t: t if t.isalnum() else None,
    }  # fmt: skip
    methods = {
        "path.spew": "w", "path.spew_utf8": "w", "path.spew_raw": "w", "path.append": "w", "path.append_utf8": "w",
        "path.append_raw": "w", "path.touch": "w", "path.remove": "d", "path.remove_tree": "D",
        "path.mkpath": "$mkdir -p",
        "path.mkdir": "$mkdir -p", "path.touchpath": "w", "path.copy": "$cp", "path.move": "$mv", "path.openw": "w",
        "path.opena": "w", "path.openrw": "w", "path.openw_utf8": "w", "path.edit": "w", "path.edit_utf8": "w",
        "path.edit_lines": "w", "path.chmod": "m", "path.slurp": "r", "path.lines": "r", "path.slurp_utf8": "r",
        "path.child": "!child", "path.edit_lines_utf8": "w",
    }  # fmt: skip
    program_name = "perl"

    def __init__(self, program: "Program") -> None:
        super().__init__(program)
        call = program.call
        script = call.operands[0].text if call.operands and call.operands[0].text == program.shown else None
        self.scopes[0].update({
            "@ARGV": list(program.arguments), "%ENV": Thing("environ"), "$0": script or "-e", "$/": "\n",
            "$^I": None, "$_": None, "$,": "", "$\\": "", "$;": "", "$.": None,
        })  # fmt: skip
        if call.has("-s"):
            self.switches()
        self.newline = "\n" if call.has("-l") else ""
        self.in_place: Value = None

    def switches(self) -> None:
        """-s: -name=value after the program sets a variable (perlrun)."""
        given = self.scopes[0]["@ARGV"]
        while given and given[0] is not None and given[0].startswith("-"):
            name, equals, value = given.pop(0)[1:].partition("=")
            if name == "-":
                break
            self.scopes[0]["$" + name] = value if equals else 1

    @staticmethod
    def spread(items: "Value") -> "list[Value]":
        """A list whose lists are part of it."""
        made: list[Value] = []
        for item in items:
            made.extend(Perl.spread(item) if isinstance(item, (list, tuple)) else [item])
        return made

    def on_list(self, node: "Node") -> "Value":
        """A list: arrays in it are part of it."""
        made: list[Value] = []
        for item in node[1]:
            value = self.value(item)
            if item[0] in ("var", "list", "call", "deref", "bin", "readline", "set") and isinstance(value, list):
                made.extend(value)
            elif item[0] in ("var", "deref") and str(item[1])[:1] == "@" and value is None:
                return None
            else:
                made.append(value)
        return made

    on_array = on_list

    def on_hash(self, node: "Node") -> "Value":
        """{ }: an anonymous hash."""
        return super().on_hash(node)

    def assign(self, target: "Node", value: "Value") -> None:
        """Arrays take lists, hashes take pairs."""
        kind = target[0]
        if kind == "var":
            sigil = target[1][0]
            if sigil == "@" and value is not None and not isinstance(value, list):
                value = [value]
            elif sigil == "%" and isinstance(value, list):
                value = {text_of(k) or "": v for k, v in zip(value[::2], value[1::2], strict=False)}
        if kind == "list" and isinstance(value, list):
            rest = list(value)
            for one in target[1]:
                if one[0] == "var" and one[1][0] == "@":
                    self.put(one[1], rest)
                    rest = []
                elif one[0] == "var" and one[1][0] == "%":
                    self.assign(one, rest)
                    rest = []
                else:
                    self.assign(one, rest.pop(0) if rest else None)
            return
        if kind == "un" and target[1] == "\\":
            return
        super().assign(target, value)

    def on_set(self, node: "Node") -> "Value":
        """(my $copy = $name) =~ s/// and the like come through here; reverse for a scalar joins."""
        if node[2][0] == "var" and node[2][1][0] == "$" and node[3][:2] == ("call", ("name", "reverse")):
            node = (*node[:3], ("call", ("name", "scalar"), [node[3]], None), *node[4:])
        if node[2][0] == "var" and node[2][1][0] == "$" and node[3][0] == "list" and len(node[3][1]) == 1:
            value = self.value(node[3][1][0])
            self.assign(node[2], value)
            return value
        return super().on_set(node)

    def on_name(self, node: "Node") -> "Value":
        """A bareword: a function without arguments, or its own text."""
        word = node[1]
        if word in ("shift", "getcwd", "cwd", "exit", "die", "unlink", "chdir") and word not in self.defined:
            return self.on_call(("call", node, [], None))
        if word in ("wantarray", "time", "undef", "__FILE__", "__LINE__"):
            return self.get("$0") if word == "__FILE__" else None
        if (
            word in ("chr", "ord", "lc", "uc", "lcfirst", "ucfirst", "hex", "oct", "length")
            and word not in self.defined
        ):
            return self.worked_out(self.pure[word], [self.get("$_")])
        found = super().on_name(node)
        if isinstance(found, Thing) and found.kind == "func":
            return self.run(found.data, [])
        return found

    def on_call(self, node: "Node") -> "Value":
        """A function; unlink and its like without arguments take $_."""
        target = node[1]
        if target[0] == "name" and target[1].startswith("CORE::"):
            target = ("name", target[1].removeprefix("CORE::").removeprefix("GLOBAL::"))
            node = ("call", target, *node[2:])
        if target[0] == "name" and target[1] in ("unlink", "rmdir", "mkdir") and not node[2]:
            node = ("call", target, [("var", "$_")], node[3])
        if target[0] == "name" and target[1] in ("map", "grep", "for", "foreach") and node[2]:
            return self.mapped(target[1], node)
        if target[0] == "name" and target[1] == "split" and len(node[2]) > 1:
            by, text = self.value(node[2][0]), text_of(self.value(node[2][1]))
            return split(by, text)
        if target == ("name", "scalar") and node[2] and node[2][0][:2] == ("call", ("name", "reverse")):
            texts = [text_of(one) for one in self.arguments(node[2][0][2])]
            return None if None in texts else "".join(text or "" for text in texts)[::-1]
        return super().on_call(node)

    def on_attr(self, node: "Node") -> "Value":
        """A class's method, or an object's."""
        if node[1][0] == "name" and node[1][1] not in self.defined:
            return self.member(Thing("module", node[1][1]), node[2])
        return super().on_attr(node)

    def arguments(self, nodes: "list[Node]") -> "list[Value]":
        """Arguments: arrays are part of the list."""
        made: list[Value] = []
        for node in nodes:
            value = self.value(node)
            flat = node[0] in ("var", "deref", "list", "call", "bin", "readline") and isinstance(value, list)
            made.extend(value if flat else [value])
        return made

    def bound(self, parameters: "list[Node]", arguments: "list[Value]") -> "dict[str, Value]":
        """@_ is what a function is given; a block has $_."""
        scope = super().bound(parameters, arguments)
        if not parameters:
            scope["@_"] = list(arguments)
        return scope

    def mapped(self, name: str, node: "Node") -> "Value":
        """Map and grep: for each item that is known."""
        first, rest = node[2][0], self.arguments(node[2][1:])
        body = first[2] if first[0] == "func" else [first]
        if None in rest or len(rest) > LINES:
            self.forget(body)
            self.ways([body], complete=False)
            return None
        made: list[Value] = []
        for item in rest:
            self.scopes.append({"$_": item})
            try:
                value = self.statements(body)
            finally:
                self.scopes.pop()
            if name == "map":
                made.extend(value if isinstance(value, list) else [value])
            else:
                true = self.truth(value)
                if true is None:
                    return None
                made += [item] if true else []
        return made

    # -- reading and printing ------------------------------------------------------------------------------------------

    def on_deref(self, node: "Node") -> "Value":
        """@{...}, @$x."""
        return self.value(node[2])

    def on_test(self, node: "Node") -> "Value":
        """-e file: how it will be is not known."""
        self.value(node[2])
        return None

    def on_readline(self, node: "Node") -> "Value":
        """<>: the files in @ARGV, which are written if $^I is set (perlvar). <*.c>: names."""
        text = node[1]
        if text in ("", "ARGV", "<>"):
            given = self.get("@ARGV")
            suffix = self.get("$^I") if self.in_place is None else self.in_place
            for file in given if isinstance(given, list) else [given]:
                if suffix is not None and (file is not None or isinstance(suffix, str)):
                    edit_in_place(self, file, suffix)
                elif file is not None:
                    self.effect("r", file, "<>")
            return None
        if any(c in text for c in "*?[{./~") and not text.startswith("$"):
            return self.matching(text)
        return None

    def on_output(self, node: "Node") -> "Value":
        """Print, say, printf."""
        _, name, handle, nodes = node
        values = self.arguments(nodes) if nodes else [self.get("$_")]
        if name == "printf":
            made = self.worked_out(_format, values)
        else:
            texts = [text_of(value) for value in values]
            made = None if None in texts else "".join(text or "" for text in texts)
        if handle is not None and handle != ("name", "STDOUT"):
            self.value(handle)
            return True
        end = "\n" if name == "say" else self.newline if name == "print" else ""
        self.printed(None if text_of(made) is None else (text_of(made) or "") + end)
        return True

    def match(self, target: "Node", left: "Value", right: "Value", *, negated: bool) -> "Value":
        """=~ with an expression; with s/// see on_bin."""
        del target
        if isinstance(right, Thing) and right.kind == "regex":
            found = self.searched(right.data, right.more, left)
            return None if found is None else found != negated
        return None

    def searched(self, pattern: str, flags: str, value: "Value") -> "bool | None":
        """Whether a text matches; what its groups caught."""
        found = regexes.search(pattern, flags, text_of(value))
        if found:
            for k in range(1, 10):
                self.scopes[0][f"${k}"] = found.group(k) if found.re.groups >= k else None  # type: ignore[union-attr]
            self.scopes[0]["$&"] = found.group(0)  # type: ignore[union-attr]
            return True
        if found is None:
            for k in range(1, 10):
                self.scopes[0][f"${k}"] = None
        return None if found is None else False

    def on_bin(self, node: "Node") -> "Value":
        """s/// and tr/// change what they are bound to."""
        if node[1] == "=~" and node[3][0] == "subst":
            value = self.value(node[2])
            if isinstance(value, list) and len(value) == 1:
                value = value[0]
            return self.substituted(node[3], node[2], value)
        return super().on_bin(node)

    def truth(self, value: "Value") -> "bool | None":
        """A bare expression as a condition is a match of $_."""
        if isinstance(value, Thing) and value.kind == "regex":
            return self.searched(value.data, value.more, self.get("$_"))
        return super().truth(value)

    def on_subst(self, node: "Node") -> "Value":
        """s/// of $_."""
        return self.substituted(node, ("var", "$_"), self.get("$_"))

    def substituted(self, node: "Node", target: "Node", value: "Value") -> "Value":
        """What s/// or tr/// makes of a value."""
        _, kind, old, new, flags = node
        if kind == "tr":
            made = regexes.translated(text_of(value), old, new, flags.replace("r", ""))
        elif "e" in flags:
            self.ways([syntax.read(new, PERL)], complete=False)
            made = None
        else:
            plain = new.replace("$1", "\\1").replace("$2", "\\2").replace("\\.", ".").replace("\\/", "/")
            made = (
                regexes.replaced(old, text_of(value), plain, flags) if "$" not in plain and "@" not in plain else None
            )
        if "r" in flags:
            return made
        while target[0] == "list" and len(target[1]) == 1:
            target = target[1][0]
        if target[0] == "set":
            target = target[2]
        if target[0] in ("var", "index"):
            self.assign(target, made)
        return None

    # -- what is particular --------------------------------------------------------------------------------------------

    def on_while(self, node: "Node") -> "Value":
        """While (my $name = readdir D) goes over the names."""
        condition = node[1]
        while condition[0] in ("un", "call", "list") and condition[1] in ("defined", ("name", "defined")):
            condition = condition[2] if condition[0] == "un" else condition[2][0]
        target: Node = ("var", "$_")
        if condition[0] == "set":
            target, condition = condition[2], condition[3]
        if condition[:2] == ("call", ("name", "readdir")):
            self.loop([target], self.value(condition), node[2])
            return None
        return super().on_while(node)

    def do_system(self, node: "Node", _name: str) -> "Value":
        """system, exec: a list, or a text for the shell."""
        nodes = [one for one in node[2] if one[0] != "hash"]
        arguments = self.arguments(nodes)
        if len(nodes) == 1 and nodes[0][0] in ("var", "deref") and str(nodes[0][1])[:1] == "@" and arguments == [None]:
            arguments = [None]
        return self.execute(arguments) and None

    def do_syscall(self, _node: "Node", _name: str) -> "Value":
        """A system call by its number."""
        self.program.opaque("it makes a system call")

    def do_eval(self, node: "Node", _name: str) -> "Value":
        """A text that is run as a program."""
        text = text_of(self.value(node[2][0]) if node[2] else self.get("$_"))
        if text is None:
            self.program.opaque("it runs a text that is known only when it runs")
            return None
        return self.statements(syntax.read(text, PERL))

    def do_chdir(self, node: "Node", _name: str) -> "Value":
        """What follows runs elsewhere."""
        chdir(self, text_of(self.value(node[2][0])) if node[2] else self.program.call.state.home)

    def do_shift(self, node: "Node", _name: str) -> "Value":
        """shift: of @_ in a function, of @ARGV outside."""
        name = node[2][0][1] if node[2] and node[2][0][0] == "var" else "@_" if self.known("@_") else "@ARGV"
        found = self.get(name)
        return found.pop(0) if isinstance(found, list) and found else None

    def do_push(self, node: "Node", _name: str) -> "Value":
        """Push."""
        if node[2]:
            holder = self.value(node[2][0])
            more = self.arguments(node[2][1:])
            if isinstance(holder, list) and len(holder) < LINES:
                holder.extend(more)
            elif node[2][0][0] == "var":
                self.put(node[2][0][1], more if not self.known(node[2][0][1]) else None)

    def do_glob(self, node: "Node", _name: str) -> "Value":
        """Glob."""
        return self.matching(self.value(node[2][0])) if node[2] else None

    def do_sprintf(self, node: "Node", _name: str) -> "Value":
        """Sprintf."""
        return self.worked_out(_format, self.arguments(node[2]))

    def do_do_file(self, node: "Node", _name: str) -> "Value":
        """Do FILE."""
        return self.arguments(node[2]) and None


def _basename(path: str, ends: "tuple[Value, ...]") -> "Value":
    name = os.path.basename(path.rstrip("/"))
    for end in Perl.spread(ends):
        if isinstance(end, str) and not any(c in end for c in "\\*[("):
            name = name.removesuffix(end) or name
        else:
            return None
    return name


def split(by: "Value", text: "str | None") -> "Value":
    """The pieces of a text."""
    if text is None:
        return None
    pattern = by.data if isinstance(by, Thing) and by.kind == "regex" else text_of(by)
    if pattern == " ":
        return text.split()
    if pattern == "":
        return list(text)
    found = regexes.made(pattern)
    return list(found.split(text)) if found is not None and regexes.fits(found, text) else None


def run(program: "Program") -> "str | None":
    """Follow a script, once or for each line."""
    return lines.run(program, Perl, syntax.read(program.text, PERL))
