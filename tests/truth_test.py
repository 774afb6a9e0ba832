"""The detector beside the kernel: commands of truth/commands.txt are asked about, and then run in a sandbox."""

from pathlib import Path

import pytest

from truth import kernel
from truth.judged import judge, table
from truth.sandbox import Sandbox, lacking, unable

LINES = {
    "opened to be written": ('openat(AT_FDCWD</t>, "f", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3</t/f>', ["/t/f"]),
    "opened through a link": ('openat(AT_FDCWD</t>, "l", O_WRONLY|O_CREAT, 0666) = 3</t/f>', ["/t/f"]),
    "opened to be read": ('openat(AT_FDCWD</t>, "f", O_RDONLY|O_CLOEXEC) = 3</t/f>', []),
    "a file without a name": ('openat(AT_FDCWD</t>, "/t", O_RDWR|O_TMPFILE, 0600) = 3</t/#1 (deleted)>', []),
    "creat": ('creat("/t/f", 0666) = 3</t/f>', ["/t/f"]),
    "unlink": ('unlink("f") = 0', ["/t/f"]),
    "unlinkat": ('unlinkat(3</t/d>, "f", 0) = 0', ["/t/d/f"]),
    "unlinkat, absolute": ('unlinkat(AT_FDCWD</t>, "/u/f", 0) = 0', ["/u/f"]),
    "rename": ('rename("a", "b") = 0', ["/t/a", "/t/b"]),
    "renameat2": ('renameat2(AT_FDCWD</t>, "a", 4</u>, "b", RENAME_NOREPLACE) = 0', ["/t/a", "/u/b"]),
    "mkdir": ('mkdir("d", 0777) = 0', ["/t/d"]),
    "mkdirat": ('mkdirat(3</u>, "d", 0777) = 0', ["/u/d"]),
    "symlink": ('symlink("a", "l") = 0', ["/t/l"]),
    "symlinkat": ('symlinkat("a", AT_FDCWD</t>, "l") = 0', ["/t/l"]),
    "linkat": ('linkat(AT_FDCWD</t>, "a", AT_FDCWD</t>, "b", 0) = 0', ["/t/b"]),
    "fchmod": ("fchmod(3</t/f>, 0644) = 0", ["/t/f"]),
    "fchmodat": ('fchmodat(AT_FDCWD</t>, "f", 0600) = 0', ["/t/f"]),
    "touch": ("utimensat(0</t/f>, NULL, NULL, 0) = 0", ["/t/f"]),
    "ftruncate": ("ftruncate(3</t/f>, 0) = 0", ["/t/f"]),
    "setxattr": ('setxattr("f", "user.a", "b", 1, 0) = 0', ["/t/f"]),
    "a name in octal": ('unlink("\\303\\251\\"\\n") = 0', ['/t/é"\n']),
    "after chdir": ('chdir("d") = 0\nunlink("f") = 0', ["/t/d/f"]),
    "after fchdir": ('fchdir(3</u>) = 0\nunlink("f") = 0', ["/u/f"]),
    "where it began is told later": ('unlink("f") = 0\nopenat(AT_FDCWD</u>, "x", O_RDONLY) = 3</u/x>', ["/u/f"]),
    "no change": ('newfstatat(AT_FDCWD</t>, "f", {st_mode=S_IFREG}, 0) = 0\naccess("f", F_OK) = 0', []),
    "the end": ("+++ exited with 0 +++", []),
}


@pytest.mark.parametrize(("text", "paths"), LINES.values(), ids=LINES)
def test_the_kernels_record_is_understood(text: str, paths: "list[str]", tmp_path: Path) -> None:
    (tmp_path / "t.1").write_text(text + "\n")
    assert sorted(kernel.changed(str(tmp_path), "/t")) == sorted(paths)


def test_a_tree_before_and_after(tmp_path: Path) -> None:
    for name in ("same", "content", "mode", "gone"):
        (tmp_path / name).write_text("a")
    (tmp_path / "link").symlink_to("same")
    before = kernel.snapshot(str(tmp_path))
    (tmp_path / "content").write_text("b")
    (tmp_path / "mode").chmod(0o600)
    (tmp_path / "gone").unlink()
    (tmp_path / "new").mkdir()
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to("mode")
    found = kernel.differences(before, kernel.snapshot(str(tmp_path)))
    assert {Path(path).name for path in found} == {"content", "mode", "gone", "new", "link"}


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    if why := unable():
        pytest.skip(why)
    return Sandbox(tmp_path_factory.mktemp("truth"))


@pytest.mark.parametrize(("category", "command"), [entry for entry in table() if entry[0] != "luck"])
def test_nothing_is_changed_without_a_word(category: str, command: str, sandbox: Sandbox) -> None:
    """What is changed is named, or something is called unknown; and what is certain is true."""
    if missing := lacking(command):
        pytest.skip(f"without {', '.join(missing)}")
    found = judge(sandbox, category, command, str(sandbox.folder / "state"))
    assert not found.disagreement, "the kernel and the tree disagree"
    assert not found.silent
    assert not found.false & found.sure
    if category == "nothing":
        assert not found.needed
        assert not found.said
