"""File systems on which a lock does not reach everybody."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from onetree import flock, reach

from .conftest import Run

SFTP = next(filter(os.path.exists, ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server")), "")
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


@pytest.mark.parametrize(
    ("kind", "shared"),
    [
        pytest.param("ext4", False, id="local"),
        pytest.param("tmpfs", False, id="memory"),
        pytest.param("overlay", False, id="a container"),
        pytest.param("fuse.bindfs", False, id="a file system of one's own"),
        pytest.param("nfs4", True, id="NFS, though it has locks"),
        pytest.param("cifs", True, id="SMB, though it has locks"),
        pytest.param("9p", True, id="9p"),
        pytest.param("fuse.sshfs", True, id="sshfs"),
        pytest.param("fuse.glusterfs", True, id="a cluster's"),
    ],
)
def test_what_several_machines_can_share(kind: str, shared: bool) -> None:
    text = MOUNT.format(device="0:42", options="rw", kind=kind, more="rw")
    assert bool(reach.of_shared(text, "0:42")) == shared
    assert reach.of_shared(text, "9:9") == ""


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


@pytest.fixture
def remote(tmp_path: Path) -> "Iterator[Path]":
    """A folder that is mounted by sshfs, from a real server of its protocol."""
    if not (shutil.which("sshfs") and SFTP and os.access("/dev/fuse", os.W_OK)):
        pytest.skip("no sshfs here; on Debian and Ubuntu: apt install sshfs openssh-sftp-server")
    there, here = tmp_path / "there", tmp_path / "here"
    there.mkdir()
    here.mkdir()
    ours, theirs = socket.socketpair()
    with ours, theirs, subprocess.Popen([str(SFTP)], stdin=theirs.fileno(), stdout=theirs.fileno()) as server:
        words = ["sshfs", "-f", "-o", "passive", f"server:{there}", str(here)]
        with subprocess.Popen(words, stdin=ours.fileno(), stdout=ours.fileno(), stderr=subprocess.PIPE) as mounted:
            deadline = time.monotonic() + 20
            while not os.path.ismount(here):
                if mounted.poll() is not None or time.monotonic() > deadline:
                    server.kill()
                    pytest.skip("sshfs may not mount here")
                time.sleep(0.02)
            yield here
            subprocess.run(["fusermount3", "-u", here], check=True)
        server.kill()


def test_locks_are_not_kept_on_a_network_file_system(remote: Path, run: Run) -> None:
    (remote / ".onetree").mkdir()
    (remote / ".onetree" / "policy.yaml").write_text("version: 1\n")
    for verb in (["acquire", "src"], ["status"], ["run", "src", "--", "touch", "ran"]):
        done = run("onetree", "lock", verb[0], "--session", "ann", *verb[1:], cwd=remote)
        assert (done.returncode, done.stdout) == (111, "")
        assert "it is on fuse.sshfs" in done.stderr
        assert "`locks: {registry: host}`" in done.stderr
    assert not (remote / ".onetree" / "state" / "locks.db").exists()
    (remote / ".onetree" / "policy.yaml").write_text("version: 1\nlocks: {registry: host}\n")
    assert run("onetree", "lock", "acquire", "src", "--session", "ann", cwd=remote).returncode == 0
