import contextlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onetree import paths

linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
NOBODY = 65534


@pytest.fixture
def top(tmp_path: "os.PathLike[str]") -> str:
    """A real directory with this in it; /T below stands for it.

    proj/.env  proj/secrets/key  proj/src/main.py  proj/~/x  home/.ssh/id  home/.npmrc
    """
    top = os.path.realpath(tmp_path)
    for name in ("proj/.env", "proj/secrets/key", "proj/src/main.py", "proj/~/x", "home/.ssh/id", "home/.npmrc"):
        os.makedirs(os.path.dirname(f"{top}/{name}"), exist_ok=True)
        with open(f"{top}/{name}", "w") as f:
            f.write(name)
    for name, target in LINKS.items():
        os.symlink(target.replace("/T", top), f"{top}/proj/{name}")
    return top


# name in /T/proj -> target
LINKS = {
    "file": ".env",
    "absolute": "/T/proj/.env",
    "chain": "chain2",
    "chain2": "chain3",
    "chain3": "secrets/key",
    "folder": "secrets",
    "deep": "src/deeper",
    "src/deeper": "../secrets",
    "up": "src/..",
    "dangling": "secrets/new",
    "dangling-far": "nowhere/at/all",
    "loop": "loop2",
    "loop2": "loop",
    "grows": "grows/grows",
    "itself": "itself",
    "proc": "/proc/self/cwd/secrets",
    "out": "/T/home/.ssh",
    "slashes": "//T//proj///secrets//",
    "dot": ".",
    "\n": "secrets",
    "\ufffd": "secrets",
} | ({os.fsdecode(b"\xff"): "secrets"} if sys.platform == "linux" else {})  # APFS has only names in UTF-8


def place(top: str, path: str, cwd: str = "/T/proj", home: str = "/T/home") -> paths.Place:
    return paths.resolve(path.replace("/T", top), cwd.replace("/T", top), home.replace("/T", top))


LONG = "n" * 300

# path as written in /T/proj -> the kernel's name, further names that must be known
SPELLINGS = {
    "relative": (".env", "/T/proj/.env", []),
    "absolute": ("/T/proj/.env", "/T/proj/.env", []),
    "the working directory itself": (".", "/T/proj", []),
    "the root": ("/", "/", []),
    "above the root there is the root": ("/../../..", "/", []),
    "not there yet": ("src/new/x", "/T/proj/src/new/x", []),
    "dot components": ("./src/././main.py", "/T/proj/src/main.py", []),
    "doubled slashes": ("src//main.py", "/T/proj/src/main.py", []),
    "two leading slashes, which normpath keeps": ("//T/proj//.env", "/T/proj/.env", []),
    "three leading slashes": ("///T/proj/.env", "/T/proj/.env", []),
    "trailing slash of a folder": ("secrets/", "/T/proj/secrets", []),
    "trailing slash of a file": (".env/", "/T/proj/.env", []),
    "trailing slash and dot of a link": ("folder/.", "/T/proj/secrets", ["/T/proj/folder"]),
    "dots that are names": (".../..x", "/T/proj/.../..x", []),
    "parent": ("src/../.env", "/T/proj/.env", []),
    "parent of the working directory": ("../proj/.env", "/T/proj/.env", []),
    "parent of what is missing": ("no/such/../../.env", "/T/proj/.env", []),
    "parent of a file": ("src/main.py/../../.env", "/T/proj/.env", []),
    "link after the parent of what is missing": ("no/../folder/key", "/T/proj/secrets/key", ["/T/proj/folder/key"]),
    "below a file: the file too": (".env/..namedfork/data", "/T/proj/.env/..namedfork/data", ["/T/proj/.env"]),
    "link to a file": ("file", "/T/proj/.env", ["/T/proj/file"]),
    "absolute link": ("absolute", "/T/proj/.env", ["/T/proj/absolute"]),
    "link to a link to a link": ("chain", "/T/proj/secrets/key", ["/T/proj/chain2", "/T/proj/chain3"]),
    "linked folder": ("folder/key", "/T/proj/secrets/key", ["/T/proj/folder/key"]),
    "linked folder, file not there yet": ("folder/new", "/T/proj/secrets/new", ["/T/proj/folder/new"]),
    "link to a linked folder": ("deep/key", "/T/proj/secrets/key", ["/T/proj/deep/key", "/T/proj/src/deeper/key"]),
    "link to a parent": ("up/.env", "/T/proj/.env", ["/T/proj/up/.env"]),
    "link to the folder it is in": ("dot/dot/dot/.env", "/T/proj/.env", []),
    "link with doubled slashes": ("slashes/key", "/T/proj/secrets/key", []),
    "writing to a dangling link makes its target": ("dangling", "/T/proj/secrets/new", ["/T/proj/dangling"]),
    "dangling without a folder": ("dangling-far/x", "/T/proj/nowhere/at/all/x", ["/T/proj/dangling-far/x"]),
    "parent after a link: the kernel's and the text's": (
        "deep/../.env",
        "/T/proj/.env",
        ["/T/proj/src/.env"],
    ),
    "parent after a link out of the tree": ("out/../.npmrc", "/T/home/.npmrc", ["/T/proj/.npmrc"]),
    "parent after a link, the text's own link": (
        "out/../folder/key",
        "/T/home/folder/key",
        ["/T/proj/folder/key", "/T/proj/secrets/key"],
    ),
    "parent after a link to a parent": ("src/deeper/..", "/T/proj", ["/T/proj/src"]),
    "home": ("~", "/T/home", []),
    "below home": ("~/.ssh/id", "/T/home/.ssh/id", ["/T/proj/~/.ssh/id"]),
    "below home with slashes": ("~//.ssh//id", "/T/home/.ssh/id", []),
    "parent of home": ("~/../proj/.env", "/T/proj/.env", []),
    "a client may take ~ for a name": ("~/x", "/T/home/x", ["/T/proj/~/x"]),
    "~ in the middle is a name": ("./~/x", "/T/proj/~/x", []),
    "~ of nobody known is a name": ("~no-such-user/x", "/T/proj/~no-such-user/x", []),
    "~+ is the shell's": ("~+/x", "/T/proj/~+/x", []),
    "newline": ("\n/key", "/T/proj/secrets/key", ["/T/proj/\n/key"]),
    "newline at the end is another file": (".env\n", "/T/proj/.env\n", []),
    "bytes that are not UTF-8": ("\udcff/key", "/T/proj/secrets/key", ["/T/proj/\udcff/key"]),
    "Node writes U+FFFD for them": ("\udcfe/../\udcfe/key", "/T/proj/\udcfe/key", ["/T/proj/secrets/key"]),
    "half a surrogate pair, which only Node can write": ("\ud800/key", "/T/proj/secrets/key", ["/T/proj/\ufffd/key"]),
    "letters beyond ASCII": ("sécret/日本", "/T/proj/sécret/日本", []),
    "white space is part of a name": (" .env ", "/T/proj/ .env ", []),
    "longer than the kernel takes, but Node shortens it": ("src/../" * 2000 + "folder/key", "/T/proj/secrets/key", []),
}


@pytest.mark.parametrize(("path", "real", "others"), SPELLINGS.values(), ids=SPELLINGS)
def test_names(top: str, path: str, real: str, others: "list[str]") -> None:
    if sys.platform != "linux" and "\udcff" in path:
        pytest.skip("APFS has only names in UTF-8")
    got = place(top, path)
    assert got.real == real.replace("/T", top)
    assert got.names[0] == got.real
    assert len(set(got.names)) == len(got.names)
    for name in others:
        assert name.replace("/T", top) in got.names
    assert got.unknown == ""


# A rule that must not be hit by a path that has nothing to do with it.
STRANGERS = {
    "a file beside": ("src/main.py", ["/T/proj/src/main.py"]),
    "a new file": ("src/new.py", ["/T/proj/src/new.py"]),
    "a parent without links has one reading": ("src/../src/main.py", ["/T/proj/src/main.py"]),
    "a link has two": ("file", ["/T/proj/.env", "/T/proj/file"]),
    "two dots within a name": ("src/..main..py", ["/T/proj/src/..main..py"]),
}


@pytest.mark.parametrize(("path", "names"), STRANGERS.values(), ids=STRANGERS)
def test_no_further_names(top: str, path: str, names: "list[str]") -> None:
    assert list(place(top, path).names) == [name.replace("/T", top) for name in names]


def test_names_of_links_on_the_way(top: str) -> None:
    os.makedirs(f"{top}/x")
    os.makedirs(f"{top}/y")
    os.symlink("x", f"{top}/a")
    os.symlink("../y", f"{top}/x/b")
    assert place(top, "/T/a/b/f").names == (f"{top}/y/f", f"{top}/a/b/f", f"{top}/x/b/f")


def test_home_of_another_user(top: str) -> None:
    user = pwd.getpwuid(os.getuid())
    assert place(top, f"~{user.pw_name}/no-such/x").real == os.path.realpath(user.pw_dir) + "/no-such/x"


def test_no_home(top: str) -> None:
    assert place(top, "~/x", home="").names == (f"{top}/proj/~/x",)


def test_working_directory_reached_by_a_link(top: str) -> None:
    os.symlink("proj/src", f"{top}/here")
    assert place(top, "main.py", cwd="/T/here").names == (f"{top}/proj/src/main.py", f"{top}/here/main.py")
    # up, and then over a link: by the kernel, by the text of the given directory, by the text of the real one
    os.symlink("proj/src", f"{top}/folder")
    names = place(top, "../out/../folder/f", cwd="/T/here").names
    assert {f"{top}/home/folder/f", f"{top}/proj/src/f", f"{top}/proj/secrets/f"} <= set(names)


CHAINS = {"as far as the kernel goes": 40, "farther: realpath() goes on": 41, "far": 250}


@pytest.mark.parametrize("length", CHAINS.values(), ids=CHAINS)
def test_long_chain(top: str, length: int) -> None:
    for i in range(length - 1):
        os.symlink(str(i + 1), f"{top}/proj/{i}")
    os.symlink("secrets", f"{top}/proj/{length - 1}")
    got = place(top, "0/key")
    assert (got.real, got.unknown) == (f"{top}/proj/secrets/key", "")


# path -> a name that is known all the same
UNKNOWABLE = {
    "loop": ("loop/x", "/T/proj/loop2/x"),
    "loop of one": ("itself", "/T/proj/itself"),
    "loop that grows": ("grows/x", "/T/proj/grows/x"),
    "parent of a loop": ("itself/../new", "/T/proj/new"),
    "component too long": (f"folder/{LONG}/x", f"/T/proj/secrets/{LONG}/x"),
    "too many components": ("src/../" * 100_000 + "new", "/T/proj/new"),
}


@pytest.mark.parametrize(("path", "name"), UNKNOWABLE.values(), ids=UNKNOWABLE)
def test_unknown(top: str, path: str, name: str) -> None:
    got = place(top, path)
    assert got.unknown
    assert name.replace("/T", top) in got.names
    assert not got.exists


def test_links_that_multiply_end_soon(top: str) -> None:
    os.symlink("many/" + "x/" * 2000, f"{top}/proj/many")
    got = place(top, "many/x")
    assert got.unknown
    assert sum(map(len, got.names)) < 10_000_000


@contextlib.contextmanager
def not_root() -> Iterator[None]:
    """Without the rights of the superuser, if the tests have them."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def test_closed_folder(top: str) -> None:
    os.symlink("proj/secrets/closed", f"{top}/door")
    os.makedirs(f"{top}/proj/secrets/closed/room")
    os.chmod(f"{top}/proj/secrets/closed", 0)
    try:
        with not_root():
            got = place(top, "/T/door/room/x")
            names, complete = paths.below(f"{top}/proj/secrets")
    finally:
        os.chmod(f"{top}/proj/secrets/closed", 0o700)
    assert "Permission denied" in got.unknown
    assert f"{top}/door/room/x" in got.names
    assert not complete
    assert not [name for name in names if "room" in name]


BAD = {"empty": "", "NUL": "a\0b", "only NUL": "\0"}


@pytest.mark.parametrize("path", BAD.values(), ids=BAD)
def test_no_path(path: str) -> None:
    with pytest.raises(ValueError, match="a path cannot"):
        paths.resolve(path, "/", "/root")


def test_working_directory_out_of_order() -> None:
    for cwd in ("", "not/absolute", "//two", "/no\0pe", "/\ud800"):
        paths.resolve("x/../y", cwd, "")


def test_what_is_there(top: str) -> None:
    file, folder, missing = place(top, "file"), place(top, "folder/"), place(top, "dangling")
    info = os.stat(f"{top}/proj/.env")
    assert (file.exists, file.is_dir, file.links, file.dev, file.ino) == (True, False, 1, info.st_dev, info.st_ino)
    assert (folder.exists, folder.is_dir, folder.hard) == (True, True, ())
    assert (missing.exists, missing.is_dir, missing.links, missing.dev, missing.ino) == (False, False, 0, 0, 0)
    assert place(top, "src/..").is_dir
    assert not place(top, ".env/x").exists


# path in /T/proj -> real, unknown or not
OWN = {
    "the tool's directory, not this process's": ("/proc/self/cwd/.env", "/T/proj/.env", False),
    "by thread": ("/proc/thread-self/cwd/.env", "/T/proj/.env", False),
    "by task": ("/proc/self/task/4194305/cwd/.env", "/T/proj/.env", False),
    "parent of the directory": ("/proc/self/cwd/../home/.npmrc", "/T/home/.npmrc", False),
    "the tool's root": ("/proc/self/root/T/proj/.env", "/T/proj/.env", False),
    "twice": ("/proc/self/root/proc/self/cwd/folder/key", "/T/proj/secrets/key", False),
    "up and down": ("/proc/self/../self/task/../cwd/.env", "/T/proj/.env", False),
    "by a parent without slash": ("src/../../../../../../../../../../proc/self/cwd/.env", "/T/proj/.env", False),
    "a link to it": ("proc/key", "/T/proj/secrets/key", False),
    "slashes": ("//proc//./self/cwd//.env", "/T/proj/.env", False),
    "the directory as such": ("/proc/self/cwd", "/T/proj", False),
    "a table of the process": ("/proc/self/status", "/proc/self/status", False),
    "a link of /proc": ("/proc/mounts", "/proc/self/mounts", False),
    "a descriptor": ("/dev/fd/3", "/proc/self/fd/3", True),
    "a descriptor of a directory": ("/proc/self/fd/3/key", "/proc/self/fd/3/key", True),
    "standard input": ("/dev/stdin", "/proc/self/fd/0", True),
    "the program": ("/proc/self/exe", "/proc/self/exe", True),
    "the folder of descriptors": ("/dev/fd", "/proc/self/fd", False),
    "/dev/null": ("/dev/null", "/dev/null", False),
}


@linux
@pytest.mark.parametrize(("path", "real", "unknown"), OWN.values(), ids=OWN)
def test_own_process(top: str, path: str, real: str, unknown: bool) -> None:
    got = place(top, path)
    assert (got.real, bool(got.unknown)) == (real.replace("/T", top), unknown)


@linux
def test_another_process(top: str) -> None:
    with subprocess.Popen(["sleep", "60"], cwd=f"{top}/proj/src") as other:
        try:
            assert place(top, f"/proc/{other.pid}/cwd/deeper/key", cwd="/").real == f"{top}/proj/secrets/key"
            assert place(top, f"/proc/{other.pid}/root/T/proj/.env", cwd="/").real == f"{top}/proj/.env"
        finally:
            other.kill()


@linux
def test_root_of_a_process_of_another_user(top: str) -> None:
    with not_root():
        assert place(top, "/proc/1/root/no-such/x").real == "/no-such/x"


INSIDE = {
    "the root itself": ("/r", "/r", ""),
    "below": ("/r/a/b", "/r", "a/b"),
    "beside": ("/rest", "/r", None),
    "above": ("/", "/r", None),
    "everything is below /": ("/a", "/", "a"),
    "/ itself": ("/", "/", ""),
    "a name that begins with dots": ("/r/..a", "/r", "..a"),
}


@pytest.mark.parametrize(("name", "root", "want"), INSIDE.values(), ids=INSIDE)
def test_relative(name: str, root: str, want: "str | None") -> None:
    assert paths.relative(name, root) == want


def test_aliases(top: str) -> None:
    work = f"{top}/proj"
    os.makedirs(f"{work}/a/b")
    os.link(f"{work}/.env", f"{work}/a/b/innocent")
    os.link(f"{work}/.env", f"{work}/src/other")
    got = place(top, "a/b/innocent")
    assert got.links == 3
    names, complete = paths.aliases(got, work)
    assert (sorted(names), complete) == ([f"{work}/.env", f"{work}/src/other"], True)
    # from outside, through a link, and by a root that is itself reached by a link
    os.link(f"{work}/.env", f"{top}/outside")
    os.symlink("outside", f"{top}/link")
    os.symlink("proj", f"{top}/tree")
    names, complete = paths.aliases(place(top, "/T/link"), f"{top}/tree")
    assert complete
    assert sorted(names) == [f"{top}/tree/.env", f"{top}/tree/a/b/innocent", f"{top}/tree/src/other"]


def test_aliases_of_every_reading(top: str) -> None:
    os.link(f"{top}/proj/.env", f"{top}/proj/plain")
    got = place(top, "out/../plain")  # Node opens proj/plain, the kernel would make home/plain
    assert got.real == f"{top}/home/plain"
    assert got.links == 2
    assert f"{top}/proj/.env" in paths.aliases(got, f"{top}/proj")[0]


def test_aliases_none_and_too_many(top: str) -> None:
    assert paths.aliases(place(top, ".env"), f"{top}/proj") == ([], True)
    assert paths.aliases(place(top, "src"), f"{top}/proj") == ([], True)
    os.makedirs(f"{top}/proj/deep-down/below")
    os.link(f"{top}/proj/.env", f"{top}/proj/deep-down/below/x")
    assert paths.aliases(place(top, ".env"), f"{top}/proj", limit=3)[1] is False
    os.link(f"{top}/proj/.env", f"{top}/proj/second")
    enough = len(os.listdir(f"{top}/proj"))  # what is deeper comes later
    assert paths.aliases(place(top, "second"), f"{top}/proj", limit=enough)[1] is False
    os.rename(f"{top}/proj/deep-down/below/x", f"{top}/outside")
    assert paths.aliases(place(top, "/T/outside"), f"{top}/proj", limit=enough)[1] is True
    # a link outside the tree: the search ends with the tree
    os.link(f"{top}/proj/src/main.py", f"{top}/home/main.py")
    assert paths.aliases(place(top, "src/main.py"), f"{top}/proj") == ([], True)


def test_below(top: str) -> None:
    names, complete = paths.below(f"{top}/home")
    assert (sorted(names), complete) == ([f"{top}/home/.npmrc", f"{top}/home/.ssh", f"{top}/home/.ssh/id"], True)
    names, _ = paths.below(f"{top}/proj")
    assert f"{top}/proj/folder" in names  # the link is, what is behind it is not
    assert f"{top}/proj/folder/key" not in names
    assert paths.below(f"{top}/home", limit=2)[1] is False
    assert paths.below(f"{top}/home", limit=3)[1] is True


NOTHING_BELOW = {"a file": ".env", "missing": "no/such", "a link": "folder", "half a surrogate pair": "\ud800"}


@pytest.mark.parametrize("name", NOTHING_BELOW.values(), ids=NOTHING_BELOW)
def test_nothing_below(top: str, name: str) -> None:
    assert paths.below(f"{top}/proj/{name}") == ([], True)


def test_folds(top: str) -> None:
    truth = os.path.exists(f"{top}/WORK")
    assert paths.folds(top) is truth
    os.makedirs(f"{top}/two/name")
    os.makedirs(f"{top}/two/NAME", exist_ok=True)
    assert paths.folds(f"{top}/two") is truth  # two entries that differ in case are not one
    os.makedirs(f"{top}/none/123")
    assert paths.folds(f"{top}/none") is False  # nothing to tell it by


# --- Any tree, any spelling: against the kernel. /T is the top, ~ is /T/a.

NAMES = st.sampled_from(["a", "b", "c", "a\n", "é"])
NOISE = st.sampled_from(["", ".", "..", "a/..", "b/..", "c/..", "../a"])
INSIDES = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
ANY = st.lists(st.one_of(NAMES, NAMES, NOISE), min_size=1, max_size=6).map(lambda parts: "/".join(parts).lstrip("/"))
PREFIXES = ["", "", "/T/", "//T//", "~/", "/T/../T/"] + ["/proc/self/cwd/", "/proc/thread-self/cwd/"] * (
    sys.platform == "linux"
)
TARGETS = st.one_of(ANY, INSIDES.map("/T/".__add__), ANY.map("../".__add__), INSIDES).filter(bool)
SPELLED = st.tuples(st.sampled_from(PREFIXES), ANY, st.sampled_from(["", "", "", "/", "/."])).map("".join).filter(bool)
STEPS = st.lists(
    st.tuples(st.sampled_from(["file", "folder", "symlink", "symlink", "symlink", "link"]), INSIDES, TARGETS),
    min_size=1,
    max_size=10,
)


def grow(top: str, steps: "list[tuple[str, str, str]]") -> None:
    """Make what can be made of it."""
    for kind, name, target in steps:
        full = f"{top}/{name}"
        try:
            os.makedirs(os.path.dirname(full), exist_ok=True)
            if kind == "file":
                with open(full, "x"):
                    pass
            elif kind == "folder":
                os.mkdir(full)
            elif kind == "symlink":
                os.symlink(target.replace("/T", top), full)
            else:
                os.link(f"{top}/{target}", full, follow_symlinks=False)
        except OSError:
            continue


def opened(path: str) -> "tuple[str, os.stat_result] | None":
    """The name that the kernel has for what it opens or makes, None if it does neither."""
    for flags in (os.O_RDONLY | os.O_NONBLOCK, os.O_RDWR | os.O_CREAT):
        try:
            fd = os.open(path, flags, 0o600)
        except OSError:
            continue
        try:
            if sys.platform == "linux":
                return os.readlink(f"/proc/self/fd/{fd}"), os.fstat(fd)
            import fcntl

            return os.fsdecode(fcntl.fcntl(fd, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0")), os.fstat(fd)
        finally:
            os.close(fd)
    return None


def in_scratch(steps: "list[tuple[str, str, str]]", body: "Callable[[str], None]") -> None:
    """Run body(top) on a tree that was grown by steps, with at least the folder "b" in it."""
    before = os.getcwd()
    top = os.path.realpath(tempfile.mkdtemp())
    try:
        os.makedirs(f"{top}/b")
        grow(top, steps)
        body(top)
    finally:
        os.chdir(before)
        shutil.rmtree(top)


@settings(max_examples=400, database=None)
@given(STEPS, SPELLED, INSIDES)
def test_every_spelling(steps: "list[tuple[str, str, str]]", spelled: str, start: str) -> None:
    def body(top: str) -> None:
        cwd = f"{top}/{start}" if os.path.isdir(f"{top}/{start}") else f"{top}/b"
        path = spelled.replace("/T", top)
        os.chdir("/")  # the place must not depend on where this process is
        got = paths.resolve(path, cwd, f"{top}/a")
        os.chdir(cwd)
        text = f"{top}/a{path[1:]}" if path[0] == "~" else path
        already = os.path.exists(text)
        kernel = opened(text)
        if kernel:
            name, info = kernel
            assert got.real == name
            assert os.path.realpath(text) == name
            if already:
                assert (got.exists, got.dev, got.ino) == (True, info.st_dev, info.st_ino)
        if "/proc" in text:
            return
        for base in (cwd, os.getcwd()):  # what Node opens
            by_text = "/" + os.path.normpath(os.path.join(base, text)).lstrip("/")
            node = opened(by_text)
            assert by_text in got.names or ".." not in text
            assert not node or node[0] in got.names

    in_scratch(steps, body)


def stations(path: str) -> "list[str]":
    """The path, and what becomes of it when its first symlink is followed, and so on."""
    met = [path]
    while len(met) < 40:
        parts = path.split("/")
        for i in range(2, len(parts) + 1):
            link = "/".join(parts[:i])
            if os.path.islink(link):
                path = os.path.join(os.path.dirname(link), os.readlink(link), *parts[i:])
                met.append(path)
                break
        else:
            return met
    return met


@settings(max_examples=300, database=None)
@given(STEPS, INSIDES)
def test_every_name_on_the_way(steps: "list[tuple[str, str, str]]", inside: str) -> None:
    def body(top: str) -> None:
        got = paths.resolve(f"{top}/{inside}", "/", "/")
        for station in stations(f"{top}/{inside}"):
            assert os.path.normpath(station) in got.names

    in_scratch(steps, body)


@settings(max_examples=150, database=None)
@given(STEPS, INSIDES)
def test_every_hard_link(steps: "list[tuple[str, str, str]]", inside: str) -> None:
    def body(top: str) -> None:
        got = paths.resolve(inside, top, "/")
        if not got.hard:
            return
        same = [name for name in paths.below(top)[0] if os.path.samestat(os.lstat(name), os.stat(got.real))]
        names, complete = paths.aliases(got, top)
        assert complete
        assert set(same) <= {*names, *got.names}

    in_scratch(steps, body)
