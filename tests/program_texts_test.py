"""Program texts of other languages in a command line: what each would do to files, by its language's own manual."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.effects import changes, look


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for folder in ("src", "out"):
        (tmp_path / folder).mkdir()
    for name in ("a.txt", "b.txt", ".env", "src/x.py"):
        (tmp_path / name).write_text("alpha\nbeta\n")
    (tmp_path / "u.csv").write_text("id,name\n1,bob\n2,al\n")
    (tmp_path / "package.json").write_text('{"name": "it", "version": "1"}\n')
    return tmp_path


# Why -> (the command, what it changes).
CHANGES: "dict[str, tuple[str, list[str]]]" = {
    "perl: POSIX": ("perl -MPOSIX -e 'POSIX::open(\"n\", O_WRONLY|O_CREAT)'", ["write n"]),
    "perl: reverse for a scalar": ("perl -e 'my $f = reverse \"vne.\"; unlink $f'", ["delete .env"]),
    "perl: CORE": ("perl -e 'CORE::unlink(\"n\")'", ["delete n"]),
    "perl: -s": ("perl -s -e 'unlink $f' -- -f=n", ["delete n"]),
    "perl: tie": ('perl -MTie::File -e \'tie my @l, "Tie::File", "n"\'', ["write n"]),
    "ruby: send, a private method": ("ruby -e 'send(:system, \"touch n\")'", ["write n"]),
    "ruby: reopen": ('ruby -e \'$stdout.reopen("n", "w")\'', ["write n"]),
    "ruby: Pathname +": ('ruby -e \'(Pathname("d") + "n").write(1)\'', ["write d/n"]),
    "ruby: spawn out": ('ruby -e \'spawn("true", out: "n")\'', ["write n"]),
    "node: a hole": ("node -e 'const [, f] = process.argv; fs.rmSync(f)' n", ["delete n"]),
    "php: keys of a list": ('php -r \'foreach (["a"] as $k => $v) touch("$v$k");\'', ["write a0"]),
    "awk: ARGV": ("awk 'BEGIN { print 1 > ARGV[1] }' n", ["write n"]),
    "vim: silent": ("vim -es -c 'silent !touch n' -c 'qa!'", ["write n"]),
    # perl
    "perl: three arguments": ('perl -e \'open(my $f, ">>", "n") or die\'', ["write n"]),
    "perl: two arguments": ('perl -e \'my $n = "n"; open F, ">$n.txt"\'', ["write n.txt"]),
    "perl: a pipe": ("perl -e 'open P, \"| cat > p\"'", ["write p"]),
    "perl: both ways are seen": (
        'perl -e \'my $f = "p"; if ($x) { $f = "q" } unlink $f\'',
        ["delete q?", "delete p?"],
    ),
    "perl: a loop over words": ("perl -e 'unlink for qw(p q)'", ["delete p", "delete q"]),
    "perl: a function's parameters": (
        'perl -e \'sub w { my ($f) = @_; open H, ">", $f } w("n")\'',
        ["write n"],
    ),
    "perl: system with a list needs no shell": ('perl -e \'system("rm", "a;b")\'', ["delete a;b"]),
    "perl: backquotes": ("perl -e '`touch n`'", ["write n"]),
    "perl: hidden in numbers": ("perl -e 'unlink join \"\", map { chr } 46, 101, 110, 118'", ["delete .env"]),
    "perl: hidden in pack": ('perl -e \'unlink pack("H*", "2e656e76")\'', ["delete .env"]),
    "perl: hidden backwards": ("perl -e 'unlink scalar reverse \"vne.\"'", ["delete .env"]),
    "perl: tr": ("perl -e '$n = \".ENV\"; $n =~ tr/A-Z/a-z/; unlink $n'", ["delete .env"]),
    "perl: names by a pattern": ("perl -e 'unlink glob \"*.csv\"'", ["delete u.csv"]),
    "perl: a module": ('perl -MFile::Copy -e \'move("a.txt", "m")\'', ["delete a.txt", "write m"]),
    "perl: for each line": (
        'perl -nle \'open O, ">>", "n-$1" if /^(\\w)/\' a.txt',
        ["write n-a", "write n-b"],
    ),
    "perl: a suffix that keeps the old": ("perl -i.bak -pe s/a/b/ a.txt", ["write a.txt", "write a.txt.bak"]),
    "perl: $^I": ('perl -e \'($^I, @ARGV) = ("", "a.txt"); while (<>) { print }\'', ["write a.txt"]),
    "perl: a script on standard input": (
        "perl <<'X'\nopen(my $f, '>', 'n') or die \"no: $!\";\nprint $f \"a > b\";\nX",
        ["write n"],
    ),
    "perl: what it prints": ("echo > $(perl -e 'print \"n\"')", ["write n"]),
    # ruby
    "ruby: File.write": ("ruby -e 'File.write \"n\", 1'", ["write n"]),
    "ruby: a block": ('ruby -e \'File.open("n", "a") { |f| f.puts 1 }\'', ["write n"]),
    "ruby: a loop": ("ruby -e '%w[p q].each do |x|\n File.delete x\nend'", ["delete p", "delete q"]),
    "ruby: a modifier": ('ruby -e \'File.delete("p") if File.exist?("p")\'', ["delete p?"]),
    "ruby: FileUtils": ('ruby -rfileutils -e \'FileUtils.mv "a.txt", "src"\'', ["delete a.txt", "write src/a.txt"]),
    "ruby: Pathname": ('ruby -rpathname -e \'Pathname.new("d").join("n").write("")\'', ["write d/n"]),
    "ruby: a command": ("ruby -e 'system \"rm #{ARGV[0]}\"' p", ["delete p"]),
    "ruby: open with a bar": ("ruby -e 'open \"|touch n\"'", ["write n"]),
    "ruby: send": ("ruby -e 'File.send(:write, \"n\", 1)'", ["write n"]),
    "ruby: in place": ("ruby -i -pe '$_.upcase!' a.txt", ["write a.txt"]),
    "ruby: a text that grows": ('ruby -e \'x = "."; x << "env"; File.write x, 1\'', ["write .env"]),
    # node
    "node: aliases": (
        'node -e \'const {writeFileSync: w} = require("node:fs"); w("n", "")\'',
        ["write n"],
    ),
    "node: import": ('node -e \'import * as f from "fs/promises"; await f.rm("p")\'', ["delete p"]),
    "node: a template": ('node -e \'const d = "src"; fs.appendFileSync(`${d}/n`, "")\'', ["write src/n"]),
    "node: path.join": ('node -e \'fs.writeFileSync(path.join("src", "..", "n"), 1)\'', ["write n"]),
    "node: a callback": ('node -e \'fs.readFile("a.txt", (e, d) => fs.writeFile("n", d, e => 1))\'', ["write n"]),
    "node: each of a list": ('node -e \'["p", "q"].forEach(f => fs.unlinkSync(f))\'', ["delete p", "delete q"]),
    "node: data of the tree": (
        'node -e \'const p = require("./package.json"); fs.writeFileSync(p.name, "")\'',
        ["write it"],
    ),
    "node: a command": ('node -e \'require("child_process").execSync("touch n")\'', ["write n"]),
    "node: a program": ('node -e \'require("child_process").spawnSync("rm", ["p"])\'', ["delete p"]),
    "node: hidden in base64": (
        'node -e \'fs.unlinkSync(Buffer.from("LmVudg==", "base64").toString())\'',
        ["delete .env"],
    ),
    "node: an argument": ("node -e 'fs.writeFileSync(process.argv[1], \"\")' n", ["write n"]),
    "node: the environment": ("node -e 'fs.rmSync(process.env.STAGE + \"/n\")'", ["delete out/n"]),
    "deno": ('deno eval \'Deno.writeTextFileSync("n", "")\'', ["write n"]),
    "bun": ('bun -e \'await Bun.write("n", "")\'', ["write n"]),
    # php, lua
    "php": ('php -r \'file_put_contents("n", 1); unlink("p");\'', ["write n", "delete p"]),
    "php: a function by its name": ('php -r \'$f = "unlink"; $f("p");\'', ["delete p"]),
    "php: foreach": ('php -r \'foreach (["p", "q"] as $n) touch("$n.x");\'', ["write p.x", "write q.x"]),
    "lua": ('lua -e \'local f = io.open("n", "w") f:write("") os.remove("p")\'', ["write n", "delete p"]),
    # awk
    "awk: print >": ("awk '{print > \"n\"}' a.txt", ["write n"]),
    "awk: names from the input": (
        "awk -F, 'NR > 1 {print $2 > $1 \".u\"}' u.csv",
        ["write 1.u", "write 2.u"],
    ),
    "awk: -v": ("awk -v o=n '{print > o}' a.txt", ["write n"]),
    "awk: the environment": ('awk \'{print >> ENVIRON["STAGE"] "/n"}\' a.txt', ["write out/n"]),
    "awk: a pipe": ("awk 'BEGIN {print 1 | \"cat > n\"}'", ["write n"]),
    "awk: getline from a command": ("awk 'BEGIN {\"touch n\" | getline x}'", ["write n"]),
    "awk: system": ("awk 'BEGIN {system(\"rm p\")}'", ["delete p"]),
    "awk: counted names": ("awk '{print > (\"x\" n++)}' a.txt", ["write x0", "write x1"]),
    "awk: in place": ("gawk -i inplace '{print}' a.txt", ["write a.txt"]),
    # sed
    "sed: w": ("sed -n '/a/w n' a.txt", ["write n"]),
    "sed: s///w": ("sed 's/a/b/w n' a.txt", ["write n"]),
    "sed: e with a command": ("sed '1e touch n' a.txt", ["write n"]),
    "sed: a suffix with a star": ("sed -i'old_*' s/a/b/ src/x.py", ["write src/x.py", "write src/old_x.py"]),
    # editors
    "ed: w": ("ed -s a.txt <<< $'1d\\nw\\nq'", ["write a.txt"]),
    "ed: another name": ("printf '%s\\n' 'w n' q | ed -s a.txt", ["write n"]),
    "ed: a command": ("ed -s a.txt <<< '!touch n'", ["write n"]),
    "ex: x": ("ex -sc '%s/a/b/|x' a.txt", ["write a.txt"]),
    "vim: + and wq": ("vim -es -u NONE +'normal ihello' +wq n", ["write n"]),
    "vim: a shell": ("vim -es -c '!touch n' -c q", ["write n"]),
    "vim: read from a command": ("vim -es -c 'r !ls > n' -c q", ["write n"]),
    "vim: writefile": ("vim -es -c \"call writefile(['x'], 'n')\" -c q", ["write n"]),
    "vim: saveas": ("vim -es -c 'silent! saveas n' -c q a.txt", ["write n"]),
    "emacs: Lisp": ('emacs --batch --eval \'(with-temp-file "n" (insert "x"))\'', ["write n"]),
    "emacs: a visited file": ("emacs --batch a.txt --eval '(progn (save-buffer))'", ["write a.txt"]),
}

# What looks like a write and is none.
NOTHING = {
    "R": "Rscript -e 'x <- c(1,2); print(mean(x))'",
    "julia": "julia -e 'println(sum(1:10))'",
    "tcl": "echo 'for {set i 0} {$i < 3} {incr i} {puts [expr $i+1]}' | tclsh",
    "groovy": "groovy -e 'println \"File\"'",
    "elixir": "elixir -e 'IO.puts(Enum.sum([1]))'",
    "m4": "echo 'define(A,1)A' | m4",
    "ruby: only checked": "ruby -c -e 'File.write(1, 2)'",
    "ruby: left": "ruby -e 'exit if ARGV.empty?; File.write(\"n\", 1)'",
    "php: only checked": "php -l a.txt",
    "awk: no such argument": "awk 'BEGIN { print ARGV[1] }'",
    "perl: comparisons": "perl -ne 'print if $_ > 5 and 1 >> 3' a.txt",
    "perl: text": 'perl -e \'print "unlink(1)"; my $s = q(open(F, ">n")); # unlink "a.txt"\'',
    "perl: an expression with >": "perl -ne 'print if /a > b/' a.txt",
    "perl: after the end": "perl -e 'print 1;\n__END__\nunlink \"a.txt\";'",
    "perl: documentation": "perl -e 'print 1;\n=pod\n\nunlink \"a.txt\";\n\n=cut\n'",
    "perl: a here-document": "perl -e 'print <<X;\nunlink \"a.txt\"\nX\n'",
    "perl: opened for reading": 'perl -e \'open(F, "<a.txt"); open my $g, "<", "b.txt"\'',
    "perl: in memory": "perl -e 'open my $g, \">\", \\my $text'",
    "perl: a hash's key": "perl -e 'my %h = (unlink => 1); print $h{unlink}'",
    "perl: only a check": "perl -c -e 'unlink \"a.txt\"'",
    "ruby: text": 'ruby -e \'puts %q(File.write("n", 1)) # File.delete "a.txt"\'',
    "ruby: reading": 'ruby -e \'puts File.read("a.txt"); File.open("b.txt") { |f| f.read }\'',
    "ruby: shifts and comparisons": "ruby -e 'p 5 > 3, [1].map { |y| y >> 1 }'",
    "ruby: a here-document": "ruby -e 'puts <<~X\n  File.write(\"n\", 1)\nX\n'",
    "ruby: noop": "ruby -rfileutils -e 'FileUtils.rm_rf(\"src\", noop: true)'",
    "node: text and comments": 'node -e \'const s = "fs.rmSync(1)"; // fs.rmSync("a")\n/* fs.rmSync("b") */\'',
    "node: an expression": 'node -e \'const f = a => a >> 1; console.log(/fs.rmSync("a") > b/.test(""))\'',
    "node: reading": 'node -e \'console.log(fs.readFileSync("a.txt", "utf8").length > 3)\'',
    "node: a value": "node -p 'process.version'",
    "node: never called": "node -e 'function f() { fs.rmSync(\"a.txt\") }'",
    "node: never true": "node -e 'if (false) fs.rmSync(\"a.txt\")'",
    "php: text and comments": 'php -r \'echo "unlink(1)"; // unlink("a")\n# unlink("b")\n/* unlink("c") */\'',
    "php: not a file": 'php -r \'$f = fopen("php://stdout", "w");\'',
    "lua: comments": 'lua -e \'print("os.remove") -- os.remove("a.txt")\'',
    "awk: a comparison": "awk '$1 > 5 {print $1}' a.txt",
    "awk: a comparison in parentheses": "awk 'BEGIN {print (3 > 2); x = 3 > 2; print(1 > 2)}'",
    "awk: text": 'awk \'/>/ {print "a > b" "c"}\' a.txt # > n',
    "awk: a pipe that writes nothing": "awk '{n[$1]++} END {for (k in n) print k | \"sort\"}' a.txt",
    "awk: standard error": "awk '{print > \"/dev/stderr\"}' a.txt",
    "awk: a sandbox": "awk -S 'BEGIN {print > \"n\"}'",
    "sed: an address with w": "sed -n '/w file/p' a.txt",
    "sed: text": "sed '1i w n' a.txt",
    "sed: a sandbox": "sed --sandbox p a.txt",
    "sed: reads": "sed 'r b.txt' a.txt",
    "ed: no w": "ed -s a.txt <<< $'1p\\nq'",
    "ed: text": "ed -s a.txt <<< $'a\\nw\\n.\\nQ'",
    "vim: leaves": "vim -es -c '%s/w/q/' -c 'q!' a.txt",
    "emacs: text": "emacs --batch --eval '(message \"write-file\")'",
}

# What is run or written and cannot be known.
OPAQUE = {
    "R": "Rscript -e 'write.csv(x, \"out.csv\")'",
    "R: an argument": "Rscript -e 'cat(1, file=\"o\")'",
    "R: a function by its name": 'Rscript -e \'do.call(paste0("sys","tem"), list(1))\'',
    "julia": "julia -e 'run(`touch x`)'",
    "tcl": "echo 'exec touch x' | tclsh",
    "tcl: a command in a variable": "echo 'if 1 {$c touch x}' | tclsh",
    "groovy": "groovy -e '\"touch x\".execute()'",
    "elixir": "elixir -e 'File.rm!(\"x\")'",
    "m4": "echo 'syscmd(touch x)' | m4",
    "ruby: a method by an unknown name": "ruby -e 'send(gets, 1)'",
    "perl": "perl -e 'unlink $x'",
    "perl: a command": "perl -e 'system($x)'",
    "perl: a program": "perl -e 'eval $x'",
    "ruby": "ruby -e 'File.write(gets, 1)'",
    "ruby: a command": "ruby -e 'system(gets)'",
    "node": "node -e 'fs.writeFileSync(x, 1)'",
    "node: a program": "node -e 'eval(x)'",
    "php": "php -r 'unlink($x);'",
    "awk": "awk '{print > $1}' none.txt",
    "awk: a program in a file that is not there": "awk -f none.awk a.txt",
    "sed: the pattern space is run": "sed 's/a/b/e' a.txt",
    "ed: orders from elsewhere": "curl x | ed a.txt",
    "vim": "vim -es -c 'call Foo()' -c 'w `=x`' a.txt",
}


@pytest.mark.parametrize(("command", "expected"), CHANGES.values(), ids=CHANGES)
def test_names_what_a_program_changes(command: str, expected: "list[str]", tree: Path) -> None:
    assert changes(command, tree, doubts=True) == expected


@pytest.mark.parametrize("command", NOTHING.values(), ids=NOTHING)
def test_says_nothing_of_a_program_that_changes_nothing(command: str, tree: Path) -> None:
    assert changes(command, tree, doubts=True) == []


@pytest.mark.parametrize("command", OPAQUE.values(), ids=OPAQUE)
def test_says_what_cannot_be_known(command: str, tree: Path) -> None:
    assert "opaque" in changes(command, tree, doubts=True)


def test_names_the_files_that_it_may_be_about(tree: Path) -> None:
    [effect] = [e for e in look("perl -e '$k = \"src/k.pl\"; unlink $x'", tree).effects if e.op == "opaque"]
    assert effect.candidates == (f"{tree}/src/k.pl",)


def test_what_a_program_reads(tree: Path) -> None:
    effects = look('ruby -e \'File.write("n", File.read("a.txt"))\'', tree).effects
    assert [(e.op, e.path.removeprefix(f"{tree}/")) for e in effects] == [("read", "a.txt"), ("write", "n")]


INTERPRETERS = (
    "perl -e",
    "perl -ne",
    "ruby -e",
    "node -e",
    "php -r",
    "lua -e",
    "awk",
    "sed",
    "vim -es -c",
    "emacs --eval",
)


@pytest.mark.parametrize("interpreter", INTERPRETERS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.lists(
        st.sampled_from(
            "if else while for do end sub def function { } ( ) [ ] < > >> << | || & ; , . : :: => -> = == =~ ! $x @y "
            '"a" `b` / // /* */ # -- s/a/b/ tr/a/b/ qw( <<X 1 0x \'c \\ ? print open unlink return \n'.split(" ")
        ),
        max_size=25,
    ).map(" ".join)
)
def test_any_text_is_answered(interpreter: str, text: str, tree: Path) -> None:
    quoted = "'" + text.replace("'", "'\\''") + "'"
    assert not [e.why for e in look(f"{interpreter} {quoted} a.txt", tree).effects if "reader failed" in e.why]


@pytest.mark.parametrize("interpreter", INTERPRETERS)
@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000,
        "{" * 5000,
        "[" * 5000,
        "x=" * 5000,
        "a" * 60000,
        "if (a) { " * 2000,
        "while (1) { x++ } ",
        "/a" * 9000,
    ],
    ids=["parentheses", "braces", "brackets", "assignments", "one word", "ifs", "a loop without end", "slashes"],
)
def test_hostile_text_takes_no_long_time(interpreter: str, text: str, tree: Path) -> None:
    begun = time.monotonic()
    effects = look(f"{interpreter} '{text}' a.txt", tree).effects
    assert time.monotonic() - begun < 5
    assert not [e.why for e in effects if "reader failed" in e.why]
