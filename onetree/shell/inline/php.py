"""PHP's functions on files and programs, by its manual (php.net/manual: filesystem, exec, streams)."""

import base64
import os.path

from . import regexes, syntax
from .machine import Machine
from .node import chdir
from .tokens import Language
from .values import Thing, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Program
    from .cursor import Node
    from .values import Value

PHP = Language("php", line=("//", "#"), block=("/*", "*/"), plain="'", full='"', holds="$", sigils="$", backquote="cmd")


class Php(Machine):
    """Follows a script."""

    calls = {
        "file_put_contents": "w", "fopen": "!fopen", "unlink": "d", "rename": "$mv -T", "copy": "rw", "mkdir": "!mkdir",
        "rmdir": "d", "touch": "w", "symlink": ".w", "link": ".w", "chmod": "m", "chown": "m", "chgrp": "m",
        "move_uploaded_file": ".w", "exec": "!exec", "system": "!exec", "shell_exec": "!exec", "passthru": "!exec",
        "popen": "!exec", "proc_open": "!exec", "pcntl_exec": "!pcntl", "file_get_contents": "!read", "file": "r",
        "readfile": "r", "error_log": "..w", "gzopen": "!fopen", "bzopen": "!fopen", "imagepng": ".w",
        "imagejpeg": ".w",
        "echo": "!echo", "print": "!echo", "exit": "!leave", "die": "!leave", "chdir": "!chdir", "eval": "!eval",
        "include": "!include", "require": "!include", "include_once": "!include", "require_once": "!include",
        "define": "!define", "getenv": "!getenv", "getcwd": "!cwd", "__DIR__": ".", "glob": "!glob",
        "scandir": "!scandir",
        "SplFileObject": "!fopen", "var_dump": "!unknown", "print_r": "!unknown", "printf": "!unknown", "tempnam": ".",
        "copyr": "rw", "ftruncate": ".", "array_map": "!array_map", "array_walk": "!array_walk", "assert": ".",
        "create_function": "!eval", "call_user_func": "!call_user", "unset": ".",
    }  # fmt: skip
    pure = {
        "implode": lambda by, items: by.join(map(text_of, items)), "join": lambda by, items: by.join(map(text_of,
        items)),
        "strrev": lambda t: t[::-1], "chr": lambda n: chr(int(n)), "ord": lambda t: ord(t[0]), "strtolower": str.lower,
        "strtoupper": str.upper, "trim": str.strip, "base64_decode": lambda t, _=False: base64.b64decode(t).decode(),
        "hex2bin": lambda t: bytes.fromhex(t).decode(), "str_replace": lambda a, b, t: t.replace(a, b),
        "basename": lambda p, end="": os.path.basename(p.rstrip("/")).removesuffix(end),
        "dirname": lambda p, up=1: os.path.dirname(p.rstrip("/")) or "." if up == 1 else None,
        "substr": lambda t, at, size=None: t[at:] if size is None else t[at:][:size], "str_repeat": lambda t,
        n: t * min(n, 9999),
        "ucfirst": lambda t: t[:1].upper() + t[1:], "strtr": regexes.translated,
        "sprintf": lambda form, *v: form % v, "explode": lambda by, t: t.split(by), "array_reverse": lambda v: v[::-1],
        "rtrim": lambda t, c=None: t.rstrip(c), "ltrim": lambda t, c=None: t.lstrip(c), "strval": text_of,
        "array": lambda *items: list(items), "range": lambda a, b: list(range(a, b + 1)) if b - a < 300 else None,
        "sys_get_temp_dir": lambda: "/tmp",  # noqa: S108 - PHP's default
        "str_rot13": lambda t: __import__("codecs").encode(t, "rot13"),
        "array_keys": list, "array_values": lambda v: list(v.values()) if isinstance(v, dict) else v,
        "realpath": lambda p: p, "intval": int, "count": len,
    }  # fmt: skip
    modules = ("ZipArchive", "SplFileObject")
    program_name = "php"

    def __init__(self, program: "Program") -> None:
        super().__init__(program)
        call = program.call
        script = call.operands[0].text if call.operands and call.operands[0].text == program.shown else None
        argv = [script or "Standard input code", *program.arguments]
        place = (
            os.path.dirname(os.path.normpath(call.absolute(call.operands[0])[0]))
            if script and call.absolute(call.operands[0])
            else "."
        )
        self.scopes[0].update({
            "$argv": argv, "$argc": len(argv), "$_SERVER": {"argv": argv}, "$_ENV": Thing("environ"), "PHP_EOL": "\n",
            "DIRECTORY_SEPARATOR": "/", "__DIR__": place, "FILE_APPEND": 8, "LOCK_EX": 2, "null": None,
        })  # fmt: skip

    def bound(self, parameters: "list[Node]", arguments: "list[Value]") -> "dict[str, Value]":
        """A function's own variables."""
        return super().bound(parameters, arguments)

    def on_bin(self, node: "Node") -> "Value":
        """+ is arithmetic only."""
        return super().on_bin(node)

    def on_call(self, node: "Node") -> "Value":
        """A function's name may be in a text."""
        if node[1][0] == "attr" and node[1][1][0] == "name" and node[1][1][1] == "ZipArchive":
            return None
        return super().on_call(node)

    def call(self, function: "Value", node: "Node") -> "Value":
        """$f(...) calls the function whose name it holds; one that is unknown may be any."""
        if isinstance(function, str):
            if function in self.defined:
                return self.run(self.defined[function], self.arguments(node[2]))
            return super().call(Thing("fn", function.lstrip("\\")), node)
        if function is None and node[1][0] == "name" and node[1][1].startswith("\\"):
            return super().call(Thing("fn", node[1][1].lstrip("\\")), node)
        return super().call(function, node)

    def assign(self, target: "Node", value: "Value") -> None:
        """$a[] = value."""
        if target[0] == "index" and target[2] == ("list", []):
            holder = self.value(target[1])
            if isinstance(holder, list) and len(holder) < 300:
                holder.append(value)
            elif target[1][0] == "var":
                self.put(target[1][1], [value] if not self.known(target[1][1]) else None)
            return
        super().assign(target, value)

    def do_fopen(self, node: "Node", name: str) -> "Value":
        """fopen: php:// is no file."""
        arguments = self.arguments(node[2])
        path = text_of(arguments[0]) if arguments else None
        if path is not None and "://" in path:
            return None
        return self.opened(arguments[0] if arguments else None, arguments[1] if len(arguments) > 1 else "r", name)

    def effect(self, role: str, value: "Value", via: str, *, certain: bool = True) -> None:
        """php://stdout and URLs are no files; file:// is one."""
        text = text_of(value)
        if text is not None and "://" in text:
            if not text.startswith("file://"):
                return
            value = text[7:]
        super().effect(role, value, via, certain=certain)

    def do_mkdir(self, node: "Node", name: str) -> "Value":
        """mkdir: the third argument makes parents."""
        arguments = self.arguments(node[2])
        return self.like(name, ["mkdir", "-p"] if len(arguments) > 2 else ["mkdir"], arguments[:1])

    def do_exec(self, node: "Node", name: str) -> "Value":
        """A shell's command; proc_open takes a list, too."""
        value = self.value(node[2][0]) if node[2] else None
        if isinstance(value, list):
            return self.command(value)
        printed = self.shell(value)
        if name in ("system", "passthru"):
            self.printed(printed)
        return printed

    def do_pcntl(self, node: "Node", _name: str) -> "Value":
        """A program and its arguments."""
        return self.command(self.arguments(node[2])[:2])

    def do_read(self, node: "Node", name: str) -> "Value":
        """file_get_contents."""
        path = self.value(node[2][0]) if node[2] else None
        self.effect("r", path, name)
        return self.text_of_file(path)

    def do_echo(self, node: "Node", _name: str) -> "Value":
        """Echo."""
        texts = [text_of(value) for value in self.arguments(node[2])]
        self.printed(None if None in texts else "".join(text or "" for text in texts))

    def do_unknown(self, node: "Node", _name: str) -> "Value":
        """What is printed in a form that is not worked out."""
        self.arguments(node[2])
        self.printed(None)

    def do_chdir(self, node: "Node", _name: str) -> "Value":
        """What follows runs elsewhere."""
        chdir(self, text_of(self.value(node[2][0])) if node[2] else None)

    def do_eval(self, node: "Node", _name: str) -> "Value":
        """A text that is run as a program."""
        text = text_of(self.value(node[2][-1])) if node[2] else None
        if text is None:
            self.program.opaque("it runs a text that is known only when it runs")
            return None
        return self.statements(syntax.read(text, PHP))

    def do_include(self, node: "Node", name: str) -> "Value":
        """A program in the tree."""
        path = self.value(node[2][0]) if node[2] else None
        text = self.text_of_file(path)
        if text is not None and self.level < 3:
            self.level += 1
            self.effect("r", path, name)
            self.statements(syntax.read(code(text), PHP))
            self.level -= 1

    def do_define(self, node: "Node", _name: str) -> "Value":
        """A constant."""
        arguments = self.arguments(node[2])
        if len(arguments) > 1 and isinstance(arguments[0], str):
            self.scopes[0][arguments[0]] = arguments[1]

    def do_getenv(self, node: "Node", _name: str) -> "Value":
        """Getenv."""
        return self.environ(text_of(self.value(node[2][0]))) if node[2] else None

    def do_glob(self, node: "Node", _name: str) -> "Value":
        """Glob."""
        return self.matching(self.value(node[2][0])) if node[2] else None

    def do_scandir(self, node: "Node", _name: str) -> "Value":
        """Scandir."""
        found = self.names_in(self.value(node[2][0])) if node[2] else None
        return None if found is None else [".", "..", *found]

    def do_array_map(self, node: "Node", _name: str) -> "Value":
        """array_map(function, list)."""
        arguments = self.arguments(node[2])
        return self.applied(arguments[0], arguments[1]) if len(arguments) > 1 else None

    def do_array_walk(self, node: "Node", _name: str) -> "Value":
        """array_walk(list, function)."""
        arguments = self.arguments(node[2])
        return self.applied(arguments[1], arguments[0]) if len(arguments) > 1 else None

    def do_call_user(self, node: "Node", _name: str) -> "Value":
        """call_user_func."""
        return self.call(self.value(node[2][0]), ("call", node[1], node[2][1:], None)) if node[2] else None

    def applied(self, function: "Value", items: "Value") -> "Value":
        """A function for each item."""
        if isinstance(function, Thing) and function.kind == "func":
            return self.iterated(items, "map", function.data)
        if isinstance(function, str) and isinstance(items, list):
            return [
                self.call(function, ("call", ("name", function), [("str", [text_of(item)])], None))
                for item in items[:200]
                if text_of(item) is not None
            ]
        return None


def code(text: str) -> str:
    """A script's code: what stands outside <?php ?> is only printed."""
    made: list[str] = []
    i = 0
    while True:
        start = text.find("<?", i)
        if start < 0:
            return "".join(made)
        equals = text.startswith("<?=", start)
        begin = start + (5 if text.startswith("<?php", start) else 3 if equals else 2)
        end = text.find("?>", begin)
        end = len(text) if end < 0 else end
        made.append(("echo " if equals else "") + text[begin:end] + ";\n")
        i = end + 2


def run(program: "Program") -> "str | None":
    """Follow a script."""
    call = program.call
    state = call.state
    text = program.text if program.shown == "php -r" else code(program.text)
    try:
        return Php(program).follow(syntax.read(text, PHP))
    finally:
        call.state = state
