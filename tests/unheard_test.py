"""Programs that have no row, scripts of the tree that are run by their names, and what runs elsewhere."""

from pathlib import Path

import pytest

from onetree.shell import analyse


def effects(command: str, tree: Path) -> "list[str]":
    """What a command does but reading, as "write out.txt"; of opaque the candidates."""
    (tree / "src").mkdir(exist_ok=True)
    (tree / "a.txt").write_text("a\n")
    for name, text in SCRIPTS.items():
        (tree / name).write_text(text)
        (tree / name).chmod(0o755)
    home = str(tree)
    found = analyse(command, home, home, {"HOME": home, "PATH": "/usr/bin:/bin"}).effects
    shown = []
    for effect in found:
        paths = effect.candidates if effect.op == "opaque" else (effect.path,)
        names = " ".join(path.removeprefix(home + "/") for path in paths)
        if effect.op != "read":
            shown.append(f"{effect.op} {names}".strip())
    return shown


SCRIPTS = {
    "bare": 'rm "$1"\n',
    "mend": "#!/usr/bin/env -S python3 -u\nimport os, sys\nos.remove(sys.argv[1])\n",
    "stamp": '#!/usr/bin/perl\nopen my $f, ">", "stamp.txt";\n',
    "binary": "#!/opt/unheard-of\nrm a.txt\n",
}

TOLD = {
    "a suffix": ("frobnicate notes.md", ["opaque notes.md"]),
    "a slash": ("frobnicate out/notes", ["opaque out/notes"]),
    "a name that is there": ("frobnicate src", ["opaque src"]),
    "a name that the line makes": ("touch made; frobnicate made", ["write made", "opaque made"]),
    "an option's value": ("frobnicate --to=out/x", ["opaque out/x"]),
    "a blank in a path": ("frobnicate './a b'", ["opaque ./a b"]),
    "a variable": ("f=out/x.js; frobnicate $f", ["opaque out/x.js"]),
    "an unknown folder": ('frobnicate "$unheard/x"', ["opaque"]),
    "by another's hand": ("sudo nice frobnicate a.txt; ls src | xargs frobnicate a.txt", ["opaque a.txt"] * 2),
    "a program in the tree that is not read": ("./binary a.txt", ["opaque a.txt"]),
    "a script without a first line": ("./bare a.txt", ["delete a.txt"]),
    "a script of python": ("./mend a.txt", ["delete a.txt"]),
    "a script of perl": ("./stamp", ["write stamp.txt"]),
    "history to a file": ("history -w h.txt", ["write h.txt"]),
    "a checker's report": ("semgrep --config auto -o report.json src", ["write report.json"]),
    "elsewhere": ("ssh host 'rm x'", ["opaque"]),
    "elsewhere, whatever it is": ("ssh host ls; docker exec c ls", ["opaque"] * 2),
    "elsewhere, typed": ("ssh host", ["opaque"]),
    "elsewhere by a program here": ("ssh -o ProxyCommand='touch x' host ls", ["opaque"]),
    "in a container": ("docker exec c rm x", ["opaque"]),
    "a program that lies there": ("docker exec c python manage.py migrate; ssh host ./deploy", ["opaque"] * 2),
}

QUIET = {
    "no operands": "frobnicate; frobnicate now -x --fast",
    "help": "frobnicate --help a.txt; frobnicate help src; frobnicate a.txt --version",
    "a version": "patch --version | head -1; patch --help",
    "no paths": "frobnicate 1.5 v2.0.1 80% 12:30 a,b 'it ends. Then' https://example.org/x.tgz user@example.org",
    "a pattern": "frobnicate '*.{a,b}' 's/a/b/' '^x.y$'",
    "builtins": "hash -r; help cd; jobs; ulimit -n 5; complete -W 'a.txt b.txt' x; unalias a.txt",
    "checkers": "vulture src; radon cc src; semgrep --config auto src; gitleaks detect; madge --circular src",
    "viewers": "exa -la src; delta a.txt; glow a.txt; gron a.txt; csvcut -c 1 a.txt; eza --tree src",
    "the network": "traceroute example.org; whois example.org",
    "runners": "karma start karma.conf.js; bats src/a.bats; cucumber features/x.feature; hey http://x.org; node --test",
    "of ssh itself": "ssh -V; ssh -G host",
}


@pytest.mark.parametrize(("command", "expected"), TOLD.values(), ids=TOLD)
def test_is_told(command: str, expected: "list[str]", tmp_path: Path) -> None:
    assert effects(command, tmp_path) == expected


@pytest.mark.parametrize("command", QUIET.values(), ids=QUIET)
def test_is_quiet(command: str, tmp_path: Path) -> None:
    assert effects(command, tmp_path) == []


# What is certain: what a known status decides, and what a command that is expected to work is followed by.
CERTAIN = {
    "an if": ("if frob; then rm a.txt; fi", ["a.txt?"]),
    "either branch": ("if frob; then rm a.txt; else rm x; fi", ["a.txt?", "x?"]),
    "a test that is not known": ('test -e "$1" && rm a.txt', ["a.txt?"]),
    "two tests": ("[ $(frob) = y ] && [ -f a.txt ] && rm a.txt && touch q; touch r", ["a.txt?", "q?", "r"]),
    "a search that is not known": ("frob | grep -q x && touch hit", ["hit?"]),
    "arithmetic": ("(( $(frob) > 3 )) && touch hit", ["hit?"]),
    "or": ("frob || rm a.txt", ["a.txt?"]),
    "a case": ("case $(frob) in a) rm a.txt ;; esac", ["a.txt?"]),
    "a loop": ("while frob; do rm a.txt; done", ["a.txt?"]),
    "a test that holds": ("[ -f a.txt ] && rm a.txt", ["a.txt"]),
    "a test that does not": ("[ -f nowhere ] && rm a.txt", []),
    "a search that finds": ("grep -q a a.txt && touch hit", ["hit"]),
    "a search that does not": ("grep -q z a.txt && touch hit", []),
    "a count": ('test "$(grep -c a a.txt)" -gt 0 && touch hit', ["hit"]),
    "a clause that matches": ("case a in a) rm a.txt ;; b) rm x ;; esac", ["a.txt"]),
    "an option that rm does not have": ("rm --frob a.txt", ["a.txt?"]),
    "an option that touch does not have": ("touch --frob=1 q r", ["q?", "r?"]),
    "options that they have": (
        "rm --force --verb a.txt; touch --no-dereference q; mkdir --parents d",
        ["a.txt", "q", "d"],
    ),
    "a step that works": ("cd src && frob && touch q", ["src/q"]),
    "after a semicolon": ("[ $(frob) = y ] && touch q; touch r", ["q?", "r"]),
    "a descriptor that bash chooses": ("exec {fd}>out.log; echo a >&$fd; exec {fd}>&-", ["out.log"]),
    "a line's number": ('sed -n "$(grep -n a a.txt | cut -d: -f1),+2p" a.txt', []),
}


@pytest.mark.parametrize(("command", "expected"), CERTAIN.values(), ids=CERTAIN)
def test_is_certain(command: str, expected: "list[str]", tmp_path: Path) -> None:
    effects("true", tmp_path)
    home = str(tmp_path)
    found = analyse(command, home, home, {"HOME": home, "PATH": "/usr/bin:/bin"}).effects
    changes = [effect for effect in found if effect.op != "read"]
    assert [e.path.removeprefix(home + "/") + ("" if e.certain else "?") for e in changes] == expected
