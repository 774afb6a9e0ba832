"""What single programs change: each case is a command line and the effects that its manual page gives it."""

import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.effects import changes


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for folder in ("src/lib", "out", "docs"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("a.txt", "b.txt", "src/x.py", "src/lib/y.py", "docs/d.md"):
        (tmp_path / name).write_text("one\ntwo\nthree\n")
    (tmp_path / "src/lib/y.py").write_text("TODO\n")
    (tmp_path / "b.txt").write_text("other\n")
    (tmp_path / "names").write_text("a.txt\nb.txt\n")
    (tmp_path / "empty").touch()
    with tarfile.open(tmp_path / "p.tar.gz", "w:gz") as archive:
        for name in ("src/x.py", "src/lib/y.py"):
            archive.add(tmp_path / name, f"pkg/{name}")
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as made:
        made.writestr("z/one.txt", "1")
        made.writestr("z/two.md", "2")
    return tmp_path


WRITES = {
    "cp -r names what is copied": ("cp -r src to", ["write to", "write to/x.py", "write to/lib/y.py"]),
    "cp -T": ("cp -T a.txt b.txt", ["write b.txt"]),
    "cp --parents": ("cp --parents src/x.py out", ["write out/src/x.py"]),
    "cp -b": ("cp -b a.txt b.txt", ["write b.txt~", "write b.txt"]),
    "cp -S": ("cp -S .old a.txt b.txt", ["write b.txt.old", "write b.txt"]),
    "mv with numbered backups": (
        "mv --backup=numbered a.txt b.txt",
        ["delete a.txt", "write b.txt.~1~", "write b.txt"],
    ),
    "long option with a value": ("cp --target-directory=out a.txt", ["write out/a.txt"]),
    "long option cut short": ("cp --target out a.txt", ["write out/a.txt"]),
    "install -d": ("install -d p/q", ["write p/q"]),
    "chmod -R": ("chmod -R 700 docs", ["meta docs", "meta docs/d.md"]),
    "split -l": ("split -l 2 a.txt p_", ["write p_aa", "write p_ab"]),
    "split -n with digits": ("split -n 2 -d --additional-suffix=.t a.txt", ["write x00.t", "write x01.t"]),
    "csplit": ("csplit -s a.txt /two/", ["write xx00", "write xx01"]),
    "sort -o": ("sort -o b.txt a.txt", ["write b.txt"]),
    "uniq IN OUT": ("uniq a.txt f", ["write f"]),
    "shred -u": ("shred -u a.txt", ["delete a.txt"]),
    "rsync --delete": ("rsync -a --delete docs/ out/", ["write out", "write out/d.md"]),
    "rsync --backup": ("rsync -b a.txt b.txt", ["write b.txt~", "write b.txt"]),
    "rename by util-linux": ("rename .txt .md a.txt", ["delete a.txt", "write a.md"]),
    "rename by Perl": ("rename 's/\\.txt$/.md/' a.txt", ["delete a.txt", "write a.md"]),
    "script": ("script -qc 'touch f'", ["write typescript", "write f"]),
    "tar x": ("tar xzf p.tar.gz", ["write pkg/src/x.py", "write pkg/src/lib/y.py"]),
    "tar -C and stripped": ("tar -C out -xf p.tar.gz --strip-components=2", ["write out/x.py", "write out/lib/y.py"]),
    "tar, one member": ("tar xf p.tar.gz pkg/src/lib", ["write pkg/src/lib/y.py"]),
    "tar --transform": ("tar xf p.tar.gz --transform 's/pkg/q/'", ["write q/src/x.py", "write q/src/lib/y.py"]),
    "tar c": ("tar -czf t.tgz --exclude='*.pyc' src", ["write t.tgz"]),
    "tar --checkpoint-action": ("tar cf t --checkpoint-action=exec='touch f' src", ["write f", "write t"]),
    "unzip -d": ("unzip -q p.zip -d out", ["write out/z/one.txt", "write out/z/two.md"]),
    "unzip -j of a pattern": ("unzip -jo p.zip '*.md'", ["write two.md"]),
    "zip adds its ending": ("zip -r t src", ["write t.zip"]),
    "ar": ("ar rcs l.a a.txt", ["write l.a"]),
    "7z": ("7z a t.7z src", ["write t.7z"]),
    "gzip -S": ("gzip -S .z a.txt", ["delete a.txt", "write a.txt.z"]),
    "zstd --rm": ("zstd -q --rm a.txt", ["delete a.txt", "write a.txt.zst"]),
    "find -o": ("find . -name none -o -name a.txt -exec touch {}.f \\;", ["write a.txt.f"]),
    "find -prune": (
        "find . -path ./src -prune -o -name '*.py' -exec rm {} \\; -o -name a.txt -exec rm {} \\;",
        ["delete a.txt"],
    ),
    "find in parentheses": ("find . \\( -name a.txt -o -name b.txt \\) ! -name 'b*' -delete", ["delete a.txt"]),
    "find -exec grep": ("find src -type f -exec grep -q TODO {} \\; -delete", ["delete src/lib/y.py"]),
    "find -execdir": ("find src -name y.py -execdir touch f \\;", ["write src/lib/f"]),
    "find -empty": ("find . -type f -empty -delete", ["delete empty"]),
    "grep -l": ("grep -rl TODO src | xargs rm", ["delete src/lib/y.py"]),
    "cat": ("cat names | xargs rm -f", ["delete a.txt", "delete b.txt"]),
    "ls": ("ls *.txt | xargs -I{} cp {} out/", ["write out/a.txt", "write out/b.txt"]),
    "xargs -a": ("xargs -a names rm", ["delete a.txt", "delete b.txt"]),
    "parallel": ("parallel gzip ::: a.txt", ["delete a.txt", "write a.txt.gz"]),
    "sqlite3 insert": ("sqlite3 t.db 'insert into t values (1)'", ["write t.db"]),
    "sqlite3 .output": ("sqlite3 t.db '.output f' 'select 1'", ["write f"]),
    "sqlite3 vacuum into": ("sqlite3 t.db \"VACUUM INTO 'f'\"", ["write f"]),
    "openssl": ("openssl req -x509 -keyout k.pem -out c.pem", ["write k.pem", "write c.pem"]),
    "gpg -c": ("gpg -c a.txt", ["write a.txt.gpg"]),
    "ssh-keygen": ("ssh-keygen -t ed25519 -f k -N ''", ["write k", "write k.pub"]),
    "socat": ("socat -u FILE:a.txt CREATE:f", ["write f"]),
    "iconv -o": ("iconv -f latin1 -o f a.txt", ["write f"]),
    "setpriv runs": ("setpriv --no-new-privs touch f", ["write f"]),
}


@pytest.mark.parametrize(("command", "expected"), WRITES.values(), ids=WRITES)
def test_names_what_is_changed(command: str, expected: "list[str]", tree: Path) -> None:
    assert changes(command, tree) == expected


NOTHING = {
    "cp -n on a file that is there": "cp -n a.txt b.txt",
    "cp of a folder without -r": "cp src out",
    "cp --help": "cp --help a b",
    "touch -c": "touch -c none",
    "rsync --dry-run": "rsync -an src out",
    "rename -n": "rename -n s/a/b/ a.txt",
    "tar t": "tar tzf p.tar.gz",
    "tar xO": "tar xOf p.tar.gz",
    "unzip -l": "unzip -l p.zip",
    "unzip -p": "unzip -p p.zip z/one.txt",
    "zipinfo": "zipinfo p.zip",
    "7z l": "7z l p.zip",
    "ar t": "ar t l.a",
    "jar tf": "jar tf p.zip",
    "gzip -t": "gzip -t p.tar.gz",
    "gzip -dc": "gzip -dc p.tar.gz",
    "zstd -l": "zstd -l a.zst",
    "find that finds nothing": "find . -name none -delete",
    "find after a false test": "find . -name a.txt -false -delete",
    "find whose reference is not there": "find . -newer none -delete",
    "find -print": "find . -name '*.txt' -print",
    "sqlite3 select": "sqlite3 t.db 'select 1'",
    "sqlite3 a word in quotes": "sqlite3 t.db \"select 'drop; delete'\"",
    "sqlite3 .dump": "sqlite3 t.db .dump",
    "openssl to standard output": "openssl x509 -in c.pem -noout -text",
    "gpg --verify": "gpg --verify a.sig a.txt",
    "ssh-keygen -l": "ssh-keygen -l -f k.pub",
    "dos2unix -i": "dos2unix -i a.txt",
    "xargs -r of nothing": "printf '' | xargs -r rm",
    "parallel --dry-run": "parallel --dry-run rm ::: a.txt",
    "sfdisk -l": "sfdisk -l disk.img",
}


@pytest.mark.parametrize("command", NOTHING.values(), ids=NOTHING)
def test_reads_only(command: str, tree: Path) -> None:
    assert changes(command, tree) == []


OPAQUE = {
    "an archive made by the line": "tar cf t.tar -T list; tar xf t.tar -C out",
    "an archive that is not there": "tar xf none.tar",
    "a damaged archive": "printf PK > t.zip; unzip t.zip",
    "find of an unknown test": "find . -whatever -exec rm {} \\;",
    "rename by code": "rename '$_ = lc' a.txt",
    "sqlite3 of unknown text": "curl -s x | sqlite3 t.db",
    "split of unknown input": "curl -s x | split -l 1",
}


@pytest.mark.parametrize("command", OPAQUE.values(), ids=OPAQUE)
def test_says_what_is_not_read(command: str, tree: Path) -> None:
    assert "opaque" in changes(command, tree)


def test_every_row_has_a_handler() -> None:
    from onetree.shell import commands, programs, seldom

    for row in (*commands.COMMANDS.values(), *seldom.ROWS.values()):
        commands.options(row)
        if row[0].startswith("!"):
            assert callable(programs.handler(row[0][1:]))


def test_every_other_name_leads_to_a_row() -> None:
    from onetree.shell import commands, seldom

    assert [name for name in (*commands.ALIASES, *seldom.ALIASES) if commands.find(name) is None] == []
