"""File systems on which a lock does not reach everybody."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from onetree import flock, reach

COMPILER = shutil.which("cc")
NO_LOCKS = "int flock(int fd, int operation) { (void)fd; (void)operation; return 0; }\n"
PROGRAM = """
import sys
from onetree import flock
try:
    flock.Appender(sys.argv[1], force=len(sys.argv) > 2).append(b"a\\n")
    print("appended")
except flock.FlockError as e:
    print(e)
"""

MOUNT = "36 35 {device} / /mnt {options} shared:1 - {kind} server:/x {more}\n"


@pytest.mark.parametrize(
    ("kind", "options", "more", "reaches"),
    [
        pytest.param("ext4", "rw", "rw", True, id="local"),
        pytest.param("nfs4", "rw", "rw,vers=4.2,local_lock=none", True, id="NFS with the server's locks"),
        pytest.param("nfs", "rw", "rw,vers=3,nolock", False, id="NFS without a lock manager"),
        pytest.param("nfs", "rw", "rw,local_lock=flock", False, id="NFS with local flock"),
        pytest.param("nfs4", "rw", "rw,local_lock=all", False, id="NFS with all locks local"),
        pytest.param("cifs", "rw", "rw,vers=3.1.1", True, id="SMB"),
        pytest.param("cifs", "rw", "rw,nobrl", False, id="SMB without locks"),
        pytest.param("fuse.sshfs", "rw", "rw,user_id=0", False, id="sshfs"),
        pytest.param("fuse.glusterfs", "rw", "rw", True, id="nothing is known against it"),
    ],
)
def test_what_a_mount_says(kind: str, options: str, more: str, reaches: bool) -> None:
    others = MOUNT.format(device="8:1", options="rw,nolock", kind="nfs", more="rw,nolock")
    text = others + MOUNT.format(device="0:42", options=options, kind=kind, more=more) + "not a line of it\n"
    found = reach.of_mount(text, "0:42")
    assert (found == "") == reaches
    assert reaches or found == f"it is on {kind}, and locks on it hold on this machine only"
    assert reach.of_mount(text, "9:9") == ""


def test_here_it_reaches(tmp_path: Path) -> None:
    fd = os.open(tmp_path / "log", os.O_RDWR | os.O_CREAT)
    try:
        assert reach.limits(fd, str(tmp_path / "log")) == ""
        with pytest.raises(flock.LockTimeout), flock.locked(str(tmp_path / "log"), 0):
            pass
        assert reach.limits(fd, str(tmp_path / "log")) == "", "it has the lock already"
    finally:
        os.close(fd)


@pytest.mark.skipif(sys.platform != "linux" or not COMPILER, reason="needs LD_PRELOAD and a compiler")
@pytest.mark.parametrize(("forced", "said"), [((), "locks exclude nobody there"), (("force",), "appended")])
def test_a_lock_that_excludes_nobody_is_refused(tmp_path: Path, forced: "tuple[str, ...]", said: str) -> None:
    """As on a file system whose flock() says yes to everybody: here the C library is made to."""
    (tmp_path / "no_locks.c").write_text(NO_LOCKS)
    library = tmp_path / "no_locks.so"
    subprocess.run([str(COMPILER), "-shared", "-fPIC", "-o", library, tmp_path / "no_locks.c"], check=True)
    argv = [sys.executable, "-c", PROGRAM, str(tmp_path / "log"), *forced]
    done = subprocess.run(argv, env={"LD_PRELOAD": str(library)}, capture_output=True, text=True, check=True)
    assert said in done.stdout
    assert done.stderr == ""
    assert (tmp_path / "log").read_text() == ("a\n" if forced else "")
