"""How far a flock reaches: file systems on which it excludes nobody, or nobody on another machine."""

import fcntl
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# (file system, mount options of which one is enough; none: always): what they mean for a lock.
NOBODY_ELSE = "locks on it hold on this machine only"
LOCAL = (
    ("nfs", ("nolock", "local_lock=flock", "local_lock=all")),  # nfs(5)
    ("nfs4", ("nolock", "local_lock=flock", "local_lock=all")),
    ("cifs", ("nobrl",)),  # mount.cifs(8)
    ("smb3", ("nobrl",)),
    ("fuse.sshfs", ()),  # sshfs(1): no locks are sent to the server
    ("fuse.rclone", ()),
    ("fuse.s3fs", ()),
    ("fuse.gcsfuse", ()),
)
# File systems that several machines can share; what is mapped into memory is then not the same for all of them.
SHARED = (
    "nfs", "nfs4", "cifs", "smb3", "9p", "afs", "beegfs", "ceph", "coda", "gfs2", "gpfs", "lustre", "ocfs2", "orangefs",
    "fuse.beegfs", "fuse.ceph-fuse", "fuse.gcsfuse", "fuse.glusterfs", "fuse.juicefs", "fuse.moosefs", "fuse.rclone",
    "fuse.s3fs", "fuse.sshfs",
)  # fmt: skip


def limits(fd: int, path: str) -> str:
    """Why the lock of an open file means little; "" where nothing is known against it. Raises OSError.

    The exclusive lock is held by fd afterwards, unless somebody else holds it. path: where it was opened.
    """
    if _excludes_nobody(fd, path):
        return "two locks at once were granted on it: locks exclude nobody there"
    return of_mount(*_mounts(fd))


def shared(fd: int) -> str:
    """Why an open file may be changed by other machines; "" where nothing is known of that. Raises OSError."""
    return of_shared(*_mounts(fd))


def _excludes_nobody(fd: int, path: str) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    try:
        second = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:  # somebody has renamed it since
        return False
    try:
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return os.path.sameopenfile(fd, second)
    finally:
        os.close(second)


def _mounts(fd: int) -> "tuple[str, str]":
    """All mounts, as Linux tells them (proc_pid_mountinfo(5)), else ""; and the device of a file as MAJOR:MINOR."""
    device = os.fstat(fd).st_dev
    try:
        with open("/proc/self/mountinfo", "rb") as f:
            text = f.read().decode(errors="replace")
    except OSError:
        text = ""
    return text, f"{os.major(device)}:{os.minor(device)}"


def of_mount(mountinfo: str, device: str) -> str:
    """Why locks on a device mean little, by what its mount says; "" where nothing is known against them."""
    for kind, options in _found(mountinfo, device):
        for name, enough in LOCAL:
            if kind == name and (not enough or any(o in options for o in enough)):
                return f"it is on {kind}, and {NOBODY_ELSE}"
    return ""


def of_shared(mountinfo: str, device: str) -> str:
    """Why other machines may change the files of a device; "" where nothing is known of that."""
    for kind, _ in _found(mountinfo, device):
        if kind in SHARED:
            return f"it is on {kind}, which several machines can share"
    return ""


def _found(mountinfo: str, device: str) -> "Iterator[tuple[str, list[str]]]":
    """The kinds and options of the mounts of a device."""
    for line in mountinfo.splitlines():
        mount, _, source = line.partition(" - ")
        words, kind = mount.split(" "), source.split(" ")
        if len(words) > 5 and len(kind) > 2 and words[2] == device:
            yield kind[0], [*words[5].split(","), *kind[2].split(",")]
