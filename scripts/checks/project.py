"""What is onetree's own in a project: the policy, the state directory, and whether git ignores that."""

import fcntl
import os
import shlex
import stat
import tempfile
from collections.abc import Iterator

from onetree import git, policy, root, sealed
from onetree.guards import ROLLED_OUT

from . import FAIL, NOTE, OK, Finding


def check_policy(home: str) -> "Iterator[Finding]":
    """The policy can be read and compiled."""
    try:
        policy.load(home, ROLLED_OUT)
    except policy.PolicyError as e:
        repair = "correct it (`onetree policy check`): until then everything is refused"
        yield Finding(FAIL, "policy", root.POLICY, " / ".join(str(e).splitlines()), repair)
    else:
        yield Finding(OK, "policy", root.POLICY, "valid")


def check_state(home: str) -> "Iterator[Finding]":
    """The state directory can be written, its key is private, and the file system has working locks."""
    state = os.path.join(home, root.STATE)
    quoted = shlex.quote(state)
    try:
        sealed.key(state)
        for name in os.listdir(state):
            if not os.access(os.path.join(state, name), os.R_OK | os.W_OK):
                raise PermissionError(f"{name} is somebody else's")
        with tempfile.NamedTemporaryFile(dir=state, prefix=".doctor.") as probe:
            locks = _locks(probe.name)
    except OSError as e:
        repair = f'sudo chown -R "$USER" {quoted} && chmod -R u+rwX {quoted}'
        yield Finding(FAIL, "state", root.STATE, f"cannot be written: {e.strerror or e}", repair)
        return
    yield Finding(OK, "state", root.STATE, "can be written")
    key = os.path.join(state, sealed.KEY)
    if stat.S_IMODE(os.stat(key).st_mode) & 0o077:
        where = os.path.join(root.STATE, sealed.KEY)
        yield Finding(FAIL, "key", where, "others may read it and forge approvals", f"chmod 600 {shlex.quote(key)}")
    if locks:
        repair = "put the project on a file system with working flock(2): a local one"
        yield Finding(FAIL, "flock", root.STATE, locks, repair)
    else:
        yield Finding(OK, "flock", root.STATE, "a second lock waits for the first")


def _locks(path: str) -> str:
    """What is wrong with flock on this file; "" if nothing is."""
    with open(path, "rb") as one, open(path, "rb") as two:
        try:
            fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as e:
            return f"locks do not work: {e.strerror}"
        try:
            fcntl.flock(two, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return ""
        except OSError as e:
            return f"locks do not work: {e.strerror}"
    return "two locks at once on one file: locks exclude nobody"


def check_git(home: str) -> "Iterator[Finding]":
    """Git ignores the state: a key that is committed is everybody's."""
    wrong = git.sees_state(home)
    if wrong:
        yield Finding(FAIL, "git", root.STATE, *wrong)
    elif wrong is None:
        yield Finding(NOTE, "git", home, "not a git repository, or no git here")
    else:
        yield Finding(OK, "git", root.STATE, "ignored")
