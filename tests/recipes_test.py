"""make, npm run, just: what the recipes of a project do, and what they do not."""

import os
from pathlib import Path

import pytest

from onetree.shell import analyse
from tests.effects import changes

MAKEFILE = r"""
# one of each
OUT := build
SOURCES = $(wildcard src/*.c)
OBJECTS := $(patsubst src/%.c,$(OUT)/%.o,$(SOURCES))
VERSION := $(shell git describe --tags)
WHERE = $(shell echo here)
NAME ?= app
ifeq ($(DEBUG),1)
  SUFFIX := -debug
else ifdef RELEASE
  SUFFIX := -release
else
  SUFFIX :=
endif
.PHONY: all clean test both cd silent sub

all: $(OUT)/$(NAME)$(SUFFIX)
$(OUT)/$(NAME)$(SUFFIX): $(OBJECTS) | $(OUT)
	@$(CC) -o $@ $^
$(OUT)/%.o: src/%.c
	$(CC) -c $< -o $@
$(OUT):
	mkdir $@
clean:
	-rm -rf $(OUT) # and no more
	@+touch cleaned
test: ; pytest -q
tagged:
	touch dist-$(VERSION).tar
	echo 'of $(VERSION)'
quoted:
	rm '$(VERSION)/x'
where:
	touch $(WHERE)
both: one two
one two: %: %.in
	cp $< $@
fresh: a.txt
	touch fresh
stale: newer
	touch stale
cd:
	cd src
	touch here
	cd src && touch there
joined:
	touch one \
	two
loop:
	for f in a b; do touch $$f.x; done
silent: private := p
silent:
	@touch $(private)
define each
touch $(1).1
touch $(1).2
endef
called:
	$(call each,c)
sub:
	$(MAKE) -C sub CLEAN=k
circle: circle2
	touch circle
circle2: circle
	touch circle2
later:
	touch old
later:
	touch new
python:
	python3 -c "$$CODE"
escaped:
	touch $$HOME/f a\#b
include more.mk
-include absent.mk
"""
MORE = "more: ; touch more-$(NAME)\n"
SUB = "all:\n\trm -f $(CLEAN).o\n"
JUST = """
set shell := ["bash", "-c"]
out := "o"
tag := `git describe`

# builds
build name="x" *rest: clean
    @touch {{name}}.j
    touch {{ out }}/y
clean:
    rm -rf {{out}}
tagged:
    touch {{tag}}
script:
    #!/usr/bin/env bash
    cd src
    touch in-src
python:
    #!/usr/bin/env python3
    print()
"""
PACKAGE = """{"name": "p", "scripts": {
  "build": "mkdir dist && cp a.txt dist/", "prebuild": "rm -rf dist", "postbuild": "touch built",
  "clean": "rm -rf dist", "lint": "eslint .", "fix": "npm run clean && make where", "test": "jest > log",
  "echo": "echo a >", "css:a": "touch a.css", "css:b": "touch b.css", "css": "run-s css:*",
  "par": "concurrently \\"npm:clean\\" \\"touch c\\"", "me": "npm run me", "odd": 3
}}"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for folder in ("src", "sub", "deep/er", "plain"):
        (tmp_path / folder).mkdir(parents=True)
    files = {"Makefile": MAKEFILE, "more.mk": MORE, "sub/Makefile": SUB, "justfile": JUST, "package.json": PACKAGE}
    for name in ("a.txt", "src/a.c", "fresh", "newer", "stale", "one.in", "two.in", "plain/hello.c"):
        files[name] = ""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    os.utime(tmp_path / "a.txt", (1000, 1000))
    os.utime(tmp_path / "stale", (1000, 1000))
    return tmp_path


APP = ["write build/a.o", "write build", "write build/app"]
CASES = {
    "the first target": ("make", APP),
    "a target": ("make clean", ["delete build", "write cleaned"]),
    "options": ("make -s -j4 --no-print-directory clean", ["delete build", "write cleaned"]),
    "a variable": ("make NAME=b", ["write build/a.o", "write build", "write build/b"]),
    "a conditional": ("make DEBUG=1", [*APP[:2], "write build/app-debug"]),
    "its other way": ("make RELEASE=1", [*APP[:2], "write build/app-release"]),
    "?= leaves the environment's": ("NAME=c make", [*APP[:2], "write build/c"]),
    "only shown": ("make -n clean", ["write cleaned"]),
    "asked whether it is due": ("make -q clean", []),
    "programs that are not known": ("make test", []),
    "a value that is not known": ("make tagged", ["opaque"]),
    "in single quotes": ("make quoted", ["opaque"]),
    "a shell's output": ("make where", ["write here"]),
    "static patterns": ("make both", ["write one", "write two"]),
    "up to date": ("make fresh", []),
    "up to date, and made all the same": ("make -sB fresh", ["write fresh"]),
    "out of date": ("make stale", ["write stale"]),
    "made out of date by the line": ("touch a.txt; make fresh", ["write a.txt", "write fresh"]),
    "taken away by the line": ("rm fresh; make fresh", ["delete fresh", "write fresh"]),
    "one shell for each line": ("make cd", ["write here", "write src/there"]),
    "joined lines": ("make joined", ["write one", "write two"]),
    "the shell's dollar": ("make loop", ["write a.x", "write b.x"]),
    "a target's own variable": ("make silent", ["write p"]),
    "define and call": ("make called", ["write c.1", "write c.2"]),
    "make within make": ("make sub", ["delete sub/k.o"]),
    "a circle": ("make circle", ["write circle2", "write circle"]),
    "a later recipe": ("make later", ["write new"]),
    "as opaque as the same line typed": ("make python", ["opaque"]),
    "escapes": ("make escaped", ["write /home/u/f", "write a#b"]),
    "an included file": ("make more", ["write more-app"]),
    "a target that nobody knows": ("make absent", []),
    "a folder of that name": ("make src", []),
    "elsewhere": ("make -C sub CLEAN=m", ["delete sub/m.o"]),
    "after cd": ("cd sub && make CLEAN=m", ["delete sub/m.o"]),
    "another file": ("make -f sub/Makefile CLEAN=m", ["delete m.o"]),
    "no makefile": ("make -C deep", []),
    "make's own rules": ("make -C plain hello", ["write plain/hello"]),
    "make's own rules, an object": ("make -C plain hello.o CC=gcc", ["write plain/hello.o"]),
    "several targets": ("make clean all", ["delete build", "write cleaned", *APP]),
    "its output": ("make test > log", ["write log"]),
    "may not run": ("x || make clean", ["delete build?", "write cleaned?"]),
    "rules from standard input": ("make -f - <<< 'a: ; rm a.txt'", ["delete a.txt"]),
    "rules that cannot be known": ("curl x | make -f -", ["opaque"]),
    "a makefile of this line": (
        "printf 'a:\\n\\ttouch b\\n' > sub/x; make -C sub -f x",
        ["write sub/x", "write sub/b"],
    ),
    "a target that is not known": ("make $x", ["opaque"]),
    "npm run": ("npm run build", ["delete dist", "write dist", "write dist/a.txt", "write built"]),
    "npm run-script": ("npm run-script clean", ["delete dist"]),
    "npm run, silent": ("npm run --silent clean", ["delete dist"]),
    "npm test": ("npm test", ["write log"]),
    "npm t": ("npm t", ["write log"]),
    "npm run, listing": ("npm run", []),
    "npm run, a script that is not there": ("npm run absent", []),
    "npm run, a script that is no text": ("npm run odd", []),
    "npm run, a program": ("npm run lint", []),
    "npm run, words after --": ("npm run echo -- 'a b'", ["write a b"]),
    "npm run, options are npm's": ("npm run clean --force", ["delete dist"]),
    "npm run, words": ("npm run echo x", ["write x"]),
    "npm run, a word that is not known": ("npm run echo $x", ["opaque"]),
    "npm --prefix": ("cd sub; npm --prefix .. run clean", ["delete dist"]),
    "npm ls is no script": ("npm ls", []),
    "npm run from below": ("cd deep/er && npm run clean", ["delete dist"]),
    "scripts within scripts": ("npm run fix", ["delete dist", "write here"]),
    "a script that runs itself": ("npm run me", ["opaque"]),
    "run-s": ("npm run css", ["write a.css", "write b.css"]),
    "concurrently": ("npm run par", ["delete dist", "write c"]),
    "yarn": ("yarn clean", ["delete dist"]),
    "yarn, its own verb": ("yarn why build", []),
    "yarn run": ("yarn run clean", ["delete dist"]),
    "pnpm": ("pnpm clean", ["delete dist"]),
    "pnpm, before and after if told so": (
        "pnpm run build",
        ["delete dist?", "write dist", "write dist/a.txt", "write built?"],
    ),
    "a workspace": ("npm run clean -w other", []),
    "just": ("just", ["delete o", "write x.j", "write o/y"]),
    "just, a word": ("just build z", ["delete o", "write z.j", "write o/y"]),
    "just, a variable": ("just out=q clean", ["delete q"]),
    "just, a value that is not known": ("just tagged", ["opaque"]),
    "just, a script": ("just script", ["write src/in-src"]),
    "just, a script of another language": ("just python", ["opaque"]),
    "just, from below": ("cd deep && just clean", ["delete o"]),
    "just, a list": ("just --list", []),
    "just, a recipe that is not there": ("just absent", []),
}


@pytest.mark.parametrize(("command", "expected"), CASES.values(), ids=CASES)
def test_recipes(command: str, expected: "list[str]", tree: Path) -> None:
    assert changes(command, tree, doubts=True) == expected


@pytest.mark.parametrize(
    ("command", "via"),
    [
        ("make clean", "make clean -> Makefile:26 -> rm"),
        ("make sub", "make sub -> Makefile:62 -> make all -> Makefile:2 -> rm"),
        ("npm run clean", "npm run clean -> package.json clean -> rm"),
        ("npm run build", "npm run build -> package.json prebuild -> rm"),
        ("yarn clean", "yarn clean -> package.json clean -> rm"),
        ("just clean", "just clean -> justfile:11 -> rm"),
    ],
)
def test_the_way_that_led_there_is_told(command: str, via: str, tree: Path) -> None:
    (tree / "x").mkdir()
    assert analyse(command, str(tree), "/", {}, budget=10).effects[-1 if "sub" in command else 0].via in (
        via,
        "make -f",
    )
    assert via in [effect.via for effect in analyse(command, str(tree), "/", {}, budget=10).effects]


HOSTILE = {
    "variables without end": "A = $(A)$(A)\na: ; echo $(A)",
    "values that double": "".join(f"A{n + 1} = $(A{n})$(A{n})\n" for n in range(40)) + "A0=xx\na: ; echo $(A40)",
    "many rules": "a: " + " ".join(f"r{n}" for n in range(3000)) + "\nr%: ; touch $@\n",
    "includes itself": "include Makefile\na: ; touch b",
    "make within make without end": "a: ; $(MAKE) a\n.PHONY: a",
    "foreach without end": "B = $(foreach x,1 2 3 4 5 6 7 8 9 0,$(foreach y,1 2 3 4 5 6 7 8 9 0,$(B)))\na: ; echo $(B)",
}
STRANGE = {
    "not closed": "A = $(B\na: ; echo $(A",
    "brackets": "a: ; echo $($($(",
    "conditionals without an end": "ifeq (1,1)\nelse\nendif\nendif\nelse\nifdef\nifeq\nendif",
    "define without an end": "define x\nabc",
    "a tab alone": "\t\na:\n\t\n\t@\n\t-",
    "no makefile at all": "\udcff\x01: :: ; = % %: :=\n=x\n:y\n::=\n|",
    "functions without arguments": "a: ; echo $(subst) $(foreach ) $(word ,) $(if ) $(call ) $(eval $(A))",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_makefile_is_opaque(text: str, tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(text)
    found = analyse("make a", str(tmp_path), "/", {}, budget=2).effects
    assert any(effect.op == "opaque" for effect in found)
    assert not any("reader failed" in effect.why for effect in found)


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_a_strange_makefile_is_answered(text: str, tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_bytes(text.encode("utf-8", "surrogateescape"))
    found = analyse("make a", str(tmp_path), "/", {}, budget=2).effects
    assert not any("reader failed" in effect.why for effect in found)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"scripts": []}', '{"scripts": {"a": null}}', "[" * 100_000, "\0"])
def test_a_strange_package_is_answered(text: str, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(text)
    found = analyse("npm run a", str(tmp_path), "/", {}, budget=2).effects
    assert not any("reader failed" in effect.why for effect in found)
