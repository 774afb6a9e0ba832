"""Where the locks of a tree are kept, and what its resources are called there.

In the tree's own state directory; or, where the policy says `locks: {registry: host}`, in one registry for all the
repositories of this user on this host, in which each has the name of its folder, and a resource is REPOSITORY:PATH; or
in etcd, for all repositories of all machines whose policies name the same cluster, each under the name that its policy
gives it (`repository:`), else that of its folder. It is one of them: in two places a lock of several resources could be
taken by half.
"""

import os

from onetree import paths, root
from onetree.locks import core
from onetree.locks.engine import EngineError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from onetree.locks.engine import Engine

VIEW = "locks.json"  # the state file of an engine
NAMES = "repositories"  # folder of the host's registry: NAME -> the tree, as symbolic links


class Registry:
    """The locks of one tree.

    tree: its root. directory: where the locks are kept, or the view of them. repository: its name there; "" in its own
    state directory. cluster: what the policy says of it; None on one machine.
    """

    def __init__(self, tree: str, directory: str, repository: str, cluster: "Mapping[str, str] | None" = None) -> None:
        self.tree = tree
        self.directory = directory
        self.repository = repository
        self.cluster = cluster

    def engine(self) -> "Engine":
        """An engine for the calling thread. Raises EngineError."""
        if self.cluster:
            from onetree.locks import etcd

            return etcd.connect(self.directory, self.cluster, self.tree)
        from onetree.locks.sqlite import SQLite

        return SQLite(self.directory)

    def resource(self, text: str, cwd: str) -> str:
        """The registry's name of what somebody calls so. Raises core.WrongRequest.

        A path is below the root, whatever the current directory, unless it begins with /, ./ or ../. Symbolic links are
        followed, so that a file has one name.
        """
        repository, name = core.split(text)
        own = self.repository or os.path.basename(self.tree)
        if repository and repository != own and not self.repository:
            raise core.WrongRequest(
                f"{text!r} is in another repository, and this one keeps its locks for itself; a person can write "
                "`locks: {registry: host}` into the policies of both"
            )
        if repository and repository != own and self.cluster:  # its files may be on another machine only
            return core.normal(text)
        home = self.tree
        if repository and repository != own:
            home = os.path.realpath(os.path.join(self.directory, NAMES, repository))
        start = cwd if name.startswith(("/", "./", "../")) and home == self.tree else home
        path, sign, symbol = name.partition("#")
        place = paths.resolve(path or ".", start, "")
        inside = paths.relative(place.real, os.path.realpath(home))
        if inside is None or not path:
            raise core.WrongRequest(f"{text!r} is not in the repository {home}; name something inside it")
        inside = f"{inside or '.'}{sign}{symbol}"
        prefix = (repository or own) if self.repository else ""
        return core.normal(f"{prefix}:{inside}" if prefix else f"./{inside}")

    def shown(self, resource: str) -> str:
        """A resource as it is called in this tree."""
        return resource.removeprefix(self.repository + ":") if self.repository else resource


def of_tree(tree: str, locks: "Mapping[str, object]", environment: "Mapping[str, str]" = os.environ) -> Registry:
    """The registry of a tree; locks: that part of its policy. Raises EngineError."""
    if str(locks.get("engine", "")).startswith("etcd"):
        cluster = {key: str(value) for key, value in locks.items()}
        name = cluster.get("repository") or os.path.basename(tree)
        return Registry(tree, os.path.join(tree, root.STATE), name, cluster)
    directory, name = place(tree, locks, environment)
    if not name:
        return Registry(tree, directory, "")
    try:
        _enter(os.path.join(directory, NAMES), name, tree)
        _link(os.path.join(directory, VIEW), os.path.join(tree, root.STATE, VIEW))
    except OSError as e:
        raise EngineError(f"{e.filename or directory}: {e.strerror}") from None
    return Registry(tree, directory, name)


def place(tree: str, locks: "Mapping[str, object]", environment: "Mapping[str, str]" = os.environ) -> "tuple[str, str]":
    """(the directory in which the locks of a tree are kept, its name there or ""); nothing is looked at."""
    if locks.get("registry", "tree") == "tree":
        return os.path.join(tree, root.STATE), ""
    home = environment.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(home, "onetree", "locks"), os.path.basename(tree)


def _enter(directory: str, name: str, tree: str) -> None:
    """Take the name for the tree, unless another tree that is still there has it."""
    os.makedirs(directory, mode=0o700, exist_ok=True)
    path = os.path.join(directory, name)
    here = os.path.realpath(tree)
    if os.path.realpath(path) != here and os.path.isdir(path):
        raise EngineError(f"{here}: the name {name} is that of {os.readlink(path)} in {directory}; rename a folder")
    if not os.path.isdir(path):
        _link(here, path)


def _link(target: str, path: str) -> None:
    """A symbolic link, in place of whatever is there."""
    if os.path.islink(path) and os.readlink(path) == target:
        return
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    beside = f"{path}.{os.getpid()}"
    os.symlink(target, beside)
    os.replace(beside, path)
