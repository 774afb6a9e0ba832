"""Contents of files: what git calls them, and a store of them in git's own loose format.

The store is STATE/objects, laid out as .git/objects is: with GIT_ALTERNATE_OBJECT_DIRECTORIES any git reads it. What is
not asked for in MAX_AGE goes, and beyond MAX_STORE the oldest goes first (ADR 27). No git is started for any of it.
"""

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = "objects"
MAX_BYTES = 8 * 1024 * 1024  # of a file whose content is looked at while an agent waits; what is larger is not kept
MAX_STORE = 256 * 1024 * 1024  # bytes on the disk
MAX_AGE = 14 * 24 * 3600  # seconds
LINK, FILE, EXECUTABLE = "120000", "100644", "100755"  # modes as git has them


class Look:
    """What was at a path at one moment.

    mode: as git has it; "" if there is nothing, "other" if it is no regular file. link: what a symbolic link says.
    ident: device, inode, size, times of content and status (ns): the same as long as nobody has touched the file.
    size: bytes. settled: whether a change that keeps ident is out of the question: time stamps have a grain.
    blob: git's name of the content, "" if it was not looked at or is larger than MAX_BYTES. data: that content.
    """

    __slots__ = ("blob", "data", "ident", "link", "mode", "settled", "size")

    def __init__(self, st: "os.stat_result | None", now: int) -> None:
        self.blob, self.data = "", b""
        self.mode = self.ident = self.link = ""
        self.size, self.settled = 0, True
        if st is None:
            return
        regular = stat.S_ISREG(st.st_mode)
        self.mode = (EXECUTABLE if st.st_mode & 0o100 else FILE) if regular else "other"
        self.size = st.st_size
        self.ident = f"{st.st_dev} {st.st_ino} {st.st_size} {st.st_mtime_ns} {st.st_ctime_ns}"
        self.settled = max(st.st_mtime_ns, st.st_ctime_ns) + GRAIN < now

    @property
    def regular(self) -> bool:
        """Whether it is a file with a content."""
        return self.mode in (FILE, EXECUTABLE)


GRAIN = 20_000_000  # ns: time stamps are those of the kernel's last tick, at most 10 ms old


def glance(path: str, now: int) -> Look:
    """What is at a path, its content unseen. now: time.time_ns(). Symbolic links are not followed."""
    try:
        found = Look(os.lstat(path), now)
        if found.mode == "other" and os.path.islink(path):
            found.link = os.readlink(path)
    except OSError:
        return Look(None, now)
    return found


def look(path: str, algorithm: str, now: int) -> Look:
    """What is at a path, with its content if it is a regular file of at most MAX_BYTES.

    A file that is written meanwhile gives what was read, and an ident that no later look will have.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return glance(path, now)
    try:
        found = Look(os.fstat(fd), now)
        if found.regular and found.size <= MAX_BYTES:
            found.data = b"".join(iter(lambda: os.read(fd, 1 << 20), b""))
            found.blob = name(found.data, algorithm)
            if Look(os.fstat(fd), now).ident != found.ident:
                found.ident, found.settled = "", False
    except OSError:
        return glance(path, now)
    finally:
        os.close(fd)
    return found


def name(data: bytes, algorithm: str, kind: bytes = b"blob") -> str:
    """Git's name of a content: the hash of its kind and size, a NUL and the content. algorithm: sha1 or sha256."""
    # The C modules themselves: hashlib brings OpenSSL along, and takes as long as all the rest of a call.
    if algorithm == "sha256":
        try:
            from _sha2 import sha256
        except ImportError:
            from _sha256 import sha256
        start = sha256(b"%s %d\0" % (kind, len(data)))
    else:
        from _sha1 import sha1

        start = sha1(b"%s %d\0" % (kind, len(data)))
    start.update(data)
    digest: str = start.hexdigest()
    return digest


def algorithm(root: str) -> str:
    """The hash of the git repository that holds this folder; sha1 without one (gitformat-pack(5), objectFormat)."""
    where = root
    while True:
        git = os.path.join(where, ".git")
        if os.path.lexists(git):
            break
        if where == os.path.dirname(where):
            return "sha1"
        where = os.path.dirname(where)
    try:
        if os.path.isfile(git):  # of a work tree beside the main one, or a submodule
            git = os.path.join(where, _line(git).removeprefix("gitdir:").strip())
            common = os.path.join(git, "commondir")
            git = os.path.join(git, _line(common)) if os.path.lexists(common) else git
        with open(os.path.join(git, "config"), "rb") as f:
            config = f.read(65536).lower()
    except OSError:
        return "sha1"
    found = config.partition(b"objectformat")[2].partition(b"\n")[0]
    return "sha256" if found.strip(b" \t=") == b"sha256" else "sha1"


def _line(path: str) -> str:
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        return f.read(4096).strip()


def put(state: str, blob: str, data: bytes) -> None:
    """Keep a content under its name. Raises OSError."""
    path = _path(state, blob)
    if os.path.lexists(path):
        os.utime(path)  # it is asked for, so it is young again
        return
    import zlib  # only what writes needs it

    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    beside = f"{path}.{os.getpid()}"
    left = zlib.compress(b"blob %d\0" % len(data) + data, 1)
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        while left:
            left = left[os.write(fd, left) :]
        os.rename(beside, path)
    except OSError:
        os.unlink(beside)
        raise
    finally:
        os.close(fd)


def get(state: str, blob: str) -> "bytes | None":
    """A content that was kept; None if it is not there (any more), or is not what its name says."""
    import zlib

    if not blob:
        return None
    try:
        with open(_path(state, blob), "rb") as f:
            head, _, data = zlib.decompress(f.read()).partition(b"\0")
    except (OSError, zlib.error):
        return None
    right = head == b"blob %d" % len(data) and name(data, "sha256" if len(blob) == 64 else "sha1") == blob
    return data if right else None


def prune(state: str, now: float) -> None:
    """Delete what is older than MAX_AGE, and the oldest beyond MAX_STORE. now: seconds since the epoch."""
    kept = []
    for path, st in _all(state):
        if st.st_mtime < now - MAX_AGE:
            _unlink(path)
        else:
            kept.append((st.st_mtime, st.st_blocks * 512, path))
    total = sum(size for _, size, _ in kept)
    for _, size, path in sorted(kept):
        if total <= MAX_STORE:
            break
        _unlink(path)
        total -= size


def _all(state: str) -> "Iterator[tuple[str, os.stat_result]]":
    top = os.path.join(state, FOLDER)
    for folder in _names(top):
        for entry in _names(os.path.join(top, folder)):
            path = os.path.join(top, folder, entry)
            try:
                yield path, os.lstat(path)
            except OSError:
                pass


def _names(folder: str) -> "list[str]":
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass


def _path(state: str, blob: str) -> str:
    return os.path.join(state, FOLDER, blob[:2], blob[2:])
