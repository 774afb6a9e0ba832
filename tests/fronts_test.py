"""The front ends against each other and against another reader of bash: the same commands, words and nesting."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from onetree.shell import bashlex_front, front, treesitter_front
from onetree.shell.deadline import NEVER, Deadline
from onetree.shell.form import Compound, Node, Opaque, Pipe, Redirect, Sequence, Unread, Unreadable
from onetree.shell.scan import skeleton

Fact = tuple[Any, ...]

# Each is read by both front ends, and by shfmt, in the same way.
SAME = {
    "one command": "ls -la src",
    "list": "a; b && c || d; e",
    "pipeline": "a | b |& c",
    "a pipeline in a list": "a | b | c || d && e | f",
    "background": "a & b && c & wait",
    "negated": "! a | b && ! c",
    "newlines": "a\n\nb \\\n  c\n# note\nd # note",
    "assignments": "x=1 y=$z cmd x=2; w=3",
    "array": "a=(1 'b c' $d); a[1]=x; a+=(e)",
    "redirections": "cmd >a >>b >|c <d <>e 2>f 2>&1 >&3 &>g &>>h <&-",
    "redirections between words": "> a cmd b 2> c d",
    "redirections only": "> a < b",
    "named descriptor": "exec {fd}> f; echo a >&$fd",
    "quotes": "echo 'a > b' \"c $(d 'e f') | g\" $'h\\'i' $\"j\" k\\ l",
    "substitutions": "echo $(a | b) `c` <(d; e) ${f:-$(g)} $((1 + 2))",
    "here-document": "cat <<E > f && b\n> x | y\nE\nc",
    "quoted here-document": "cat <<'E O' | b\n$(x) `y`\nE O\nc",
    "two here-documents": "cat <<A - <<-B\na\nA\n\tb\n\tB\nc",
    "here-string": "cat <<< $x > f",
    "if": "if a; then b; fi",
    "if else": "if a | b; then c; d; else e; fi > f",
    "several elif": "if a; then b; elif c; then d; elif e; then f; elif g; then h; else i; fi",
    "while": "while read -r l; do a $l; done < f",
    "while with do on its own line": "while a\ndo\n  b\ndone | c",
    "until": "until a; do b; done 2>&1",
    "for": "for x in a b *.py; do c $x; done > f",
    "for over nothing": "for x in; do a; done",
    "for over the parameters": "for x; do a; done",
    "select": "select x in a b; do c; done",
    "arithmetic for": "for ((i = 0; i < 3; i++)); do a $i; done",
    "case": "case $x in a | b) c;; (d) e; f;; *) ;; esac > g",
    "case with fall through": "case $x in a) b;& c) d;;& *) e\nesac",
    "case in a case": "case a in b) case c in d) e;; esac;; f) g;; esac",
    "subshell": "(a; b && c) > f | d",
    "group": "{ a; b; } > f 2>&1 && c",
    "groups in groups": "{ (a; { b; }); c; }; (d)",
    "function": "f() { a; b; }; f x",
    "function with the reserved word": "function f { a; }; f",
    "function of a subshell": "f() (a)",
    "condition": "[[ -f a && b == c* ]] && d",
    "arithmetic": "(( 1 > 0 )) && a; (( x++ ))",
    "test": "[ -f a ] && b > c",
    "time": "time a | b; time -p c",
    "declare": "declare -a x=(1 2); export A=b C; local d=$e",
    "reserved words as words": "echo if then do done in for while",
    "non-ascii": "echo 'é → ü' > ñ && ls 日本",
    "all in all": "for f in *.c; do if a $f; then { b | c; } > $f.o; else ( d ) & fi; done; wait",
}
# What one front end cannot read, the other must.
ONLY_ONE = {
    "an empty body": "while a; do\n# nothing\ndone; b",
    "a descriptor's name after a loop": "for x in a; do b; done {fd}> f",
    "a function of a subshell with the reserved word": "function f (a)",
    "a brace as a word": "echo { }",
    "a for with braces": "for x in a b; { c; }",
}
NEITHER = ["if a; then", "a ) b", "done", "(a", "echo (42)", "a ;; b", "case x", "> > f", "&& a", "for x in a; b; done"]


def bashlex(source: str) -> Sequence:
    return bashlex_front.read(source, skeleton(source), "", Deadline(60))


def treesitter(source: str) -> Sequence:
    return treesitter_front.read(source, skeleton(source), NEVER)


def facts(node: Node, source: str, within: "tuple[str, ...]" = ()) -> "list[Fact]":
    """Each command in order: what it is within, its assignments, words and redirections."""
    if isinstance(node, Sequence):
        return [fact for _, part in node.items for fact in facts(part, source, within)]
    if isinstance(node, Pipe):
        kinds = ("!",) * node.negated + ("|",) * (len(node.parts) > 1)
        return [fact for part in node.parts for fact in facts(part, source, within + kinds)]
    if isinstance(node, Opaque):
        return [(within, "", [source[slice(*node.span)]], [])]
    if isinstance(node, Unread):
        return [(within, "unread")]
    if isinstance(node, Compound):
        kind = "group" if node.kind == "{" else node.kind
        items = [source[slice(*span)] for span in node.words or []] if node.kind in ("for", "case") else []
        made: list[Fact] = [(within, kind, items, redirections(node.redirects, source))]
        for _, part in node.parts:
            made += facts(part, source, (*within, kind))
        return made
    texts = [source[slice(*span)] for span in node.assignments + node.words]
    return [(within, "", texts, redirections(node.redirects, source))]


def redirections(found: "list[Redirect]", source: str) -> "list[str]":
    return [f"{r.fd}{r.op.removesuffix('-')}{source[slice(*r.target)]}" for r in found]


class Shfmt:
    """The same facts from shfmt's syntax tree, whose positions are in bytes."""

    KINDS = {"Block": "group", "Subshell": "subshell", "IfClause": "if", "CaseClause": "case", "FuncDecl": "function"}

    def __init__(self, source: str) -> None:
        program = shutil.which("shfmt", path=str(Path(sys.executable).parent))
        if program is None:
            pytest.skip("shfmt-py is not installed")
        self.data = source.encode()
        done = subprocess.run([program, "--to-json"], input=self.data, capture_output=True, check=True)
        self.tree = json.loads(done.stdout)

    def text(self, node: "dict[str, Any]") -> str:
        return self.data[node["Pos"]["Offset"] : node["End"]["Offset"]].decode()

    def statements(self, found: "list[Any] | None", within: "tuple[str, ...]") -> "list[Fact]":
        return [fact for statement in found or [] for fact in self.statement(statement, within)]

    def statement(self, node: "dict[str, Any]", within: "tuple[str, ...]") -> "list[Fact]":
        if node.get("Negated"):
            within = (*within, "!")
        command = node.get("Cmd") or {"Type": "CallExpr"}
        redirects = [
            f"{(r.get('N') or {}).get('Value', '')}{r['Op'].removesuffix('-')}{self.text(r['Word'])}"
            for r in node.get("Redirs") or []
        ]
        kind = command["Type"]
        if kind == "BinaryCmd":
            if "|" in command["Op"] and command["Op"] != "||":
                within = within if within[-1:] == ("|",) else (*within, "|")
            elif within[-1:] == ("|",):
                raise AssertionError("a list within a pipeline")
            return self.statement(command["X"], within) + self.statement(command["Y"], within)
        if kind in ("TimeClause", "CoprocClause"):
            return self.statement(command["Stmt"], within)
        if kind in ("CallExpr", "DeclClause"):
            words = [self.text(w) for w in (command.get("Assigns") or []) + (command.get("Args") or [])]
            words = [command["Variant"]["Value"], *words] if kind == "DeclClause" else words
            return [(within, "", words, redirects)]
        if kind in ("TestClause", "ArithmCmd"):
            return [(within, "", [self.text(command)], redirects)]
        return self.compound(command, within, redirects)

    def compound(self, command: "dict[str, Any]", within: "tuple[str, ...]", redirects: "list[str]") -> "list[Fact]":
        kind = self.KINDS.get(command["Type"], "")
        items: list[str] = []
        bodies: list[Any] = [command.get("Cond"), command.get("Then"), command.get("Stmts")]
        inner: list[Fact] = []
        if command["Type"] == "WhileClause":
            kind = "until" if command.get("Until") else "while"
            bodies.append(command["Do"])
        elif command["Type"] == "ForClause":
            kind = "for" if command["Loop"]["Type"] == "WordIter" else "while"
            items = [self.text(word) for word in command["Loop"].get("Items") or []]
            if kind == "while":
                loop = self.text(command["Loop"])
                inner = [((*within, kind), "", [loop], [])]
            bodies.append(command["Do"])
        elif kind == "case":
            items = [self.text(command["Word"])]
            bodies += [item.get("Stmts") for item in command["Items"]]
        elif kind == "function":
            bodies.append([command["Body"]])
        made: list[Fact] = [(within, kind, items, redirects), *inner]
        for body in bodies:
            made += self.statements(body, (*within, kind))
        other = command.get("Else")
        while other:
            for part in ("Cond", "Then"):
                made += self.statements(other.get(part), (*within, kind))
            other = other.get("Else")
        return made


@pytest.mark.parametrize("source", SAME.values(), ids=SAME.keys())
def test_the_front_ends_agree(source: str) -> None:
    assert facts(bashlex(source), source) == facts(treesitter(source), source)


@pytest.mark.parametrize("source", SAME.values(), ids=SAME.keys())
def test_another_reader_of_bash_agrees(source: str) -> None:
    reader = Shfmt(source)
    assert facts(front.read(source, "", Deadline(60)), source) == reader.statements(reader.tree["Stmts"], ())


@pytest.mark.parametrize("source", ONLY_ONE.values(), ids=ONLY_ONE.keys())
def test_what_one_cannot_read_the_other_does(source: str) -> None:
    found = facts(front.read(source, "", Deadline(60)), source)
    assert not any("unread" in fact for fact in found)


@pytest.mark.parametrize("source", NEITHER)
def test_what_is_no_command_is_read_by_neither(source: str) -> None:
    try:
        found = facts(front.read(source, "", Deadline(60)), source)
    except Unreadable:
        return
    assert any("unread" in fact for fact in found)


def test_without_tree_sitter_bashlex_reads_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(treesitter_front, "_parsers", [])
    monkeypatch.setitem(sys.modules, "tree_sitter", None)
    for source in SAME.values():
        assert facts(front.read(source, "", Deadline(60)), source)


def test_without_bashlex_tree_sitter_reads_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_: str) -> None:
        raise Unreadable("bashlex is not installed")

    monkeypatch.setattr(bashlex_front, "_bashlex", absent)
    for source in SAME.values():
        assert facts(front.read(source, "", Deadline(60)), source)
