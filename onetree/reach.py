"""How far a flock reaches: file systems on which it excludes nobody, or nobody on another machine."""

import fcntl
import os

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


def limits(fd: int, path: str) -> str:
    """Why the lock of an open file means little; "" where nothing is known against it. Raises OSError.

    The exclusive lock is held by fd afterwards, unless somebody else holds it. path: where it was opened.
    """
    if _excludes_nobody(fd, path):
        return "two locks at once were granted on it: locks exclude nobody there"
    return _mount(os.fstat(fd).st_dev)


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


def _mount(device: int) -> str:
    """What the mount of a device says, on Linux (proc_pid_mountinfo(5)); elsewhere nothing is known."""
    try:
        with open("/proc/self/mountinfo", "rb") as f:
            text = f.read().decode(errors="replace")
    except OSError:
        return ""
    return of_mount(text, f"{os.major(device)}:{os.minor(device)}")


def of_mount(mountinfo: str, device: str) -> str:
    """The same, from the text of mountinfo and a device as MAJOR:MINOR."""
    for line in mountinfo.splitlines():
        mount, _, source = line.partition(" - ")
        words, kind = mount.split(" "), source.split(" ")
        if len(words) > 5 and len(kind) > 2 and words[2] == device:
            options = (*words[5].split(","), *kind[2].split(","))
            for name, enough in LOCAL:
                if kind[0] == name and (not enough or any(o in options for o in enough)):
                    return f"it is on {kind[0]}, and {NOBODY_ELSE}"
    return ""
