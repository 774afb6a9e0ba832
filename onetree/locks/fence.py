"""How a tool call stands to the locks, by the state file alone: no database is opened, and nothing is waited for.

What the state file says is brought up to now by the rules themselves, in memory: leases that have run out have ended,
and so have the holds of processes that are dead. It is a session that is asked for, not one of its agents: who asks for
a lock with --agent is somebody whom the client's payload does not know.
"""

import os

from onetree import jsonlite, paths, process, root
from onetree.locks import core, registry
from onetree.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from onetree.action import Action, Effect
    from onetree.locks.core import Claim, State
    from onetree.policy import Policy

AUTOMATIC = "automatic: "  # the beginning of the reason of a lease that was taken for one tool call


class Registry:
    """The locks of a policy's tree as of now; empty if there are none."""

    def __init__(self, policy: "Policy") -> None:
        self.tree = os.path.realpath(policy.root)
        directory, self.repository = registry.place(policy.root, policy.locks)
        self.now, self.state = _read(os.path.join(directory, registry.VIEW))

    def resource(self, effect: "Effect") -> str:
        """What the path of an effect is called here; "" outside the tree, and in onetree's own folder."""
        inside = paths.relative(effect.place.real, self.tree) if effect.place else None
        if inside is None or inside.partition("/")[0] == root.HOME:
            return ""
        while True:
            try:
                return core.normal(f"{self.repository}:{inside or '.'}" if self.repository else f"./{inside or '.'}")
            except core.WrongRequest:  # a name that no lock can have: whoever wants it locks its folder
                inside = os.path.dirname(inside)

    def names(self, claim: "Claim") -> str:
        """Its resources as they are called in this tree."""
        own = self.repository + ":" if self.repository else ""
        return ", ".join(visible(r.removeprefix(own)) for r in claim["resources"])

    def standing(self, session: str, resource: str) -> "tuple[str, list[Claim]]":
        """As core.standing, for all agents of a session; what was lost of automatic leases does not count."""
        while True:
            claims = [{**c, "owner": session} if of(c, session) else c for c in self.state["claims"]]
            gone = [
                {**c, "owner": session}
                for c in self.state["gone"]
                if of(c, session) and not c["reason"].startswith(AUTOMATIC)
            ]
            how, found = core.standing({**self.state, "claims": claims, "gone": gone}, session, resource)
            dead = [c["id"] for c in found if how == "other" and process.is_dead(c["waiter"] or c["process"])]
            if not dead:
                return how, found
            self.state = core.step(self.state, {"op": "look", "dead": dead}, self.now)[0]


def _read(path: str) -> "tuple[float, State]":
    """(now, the state as of now). Raises ValueError, OSError."""
    try:
        with open(path, "rb") as f:
            view = jsonlite.loads(f.read())
    except FileNotFoundError:
        view = {"boot": ""}
    if not isinstance(view, dict):
        raise ValueError(f"{path}: not the state of locks; any `onetree lock` writes it anew")
    if view["boot"] != process.boot() or "now" not in view:  # nothing that was held then is held now
        return 0.0, core.new()
    claims = sorted([*view["held"], *view["waiting"]], key=lambda c: int(c["id"]))
    state = {"last": view["last"], "claims": claims, "gone": view.get("gone", [])}
    now = max(view["now"], process.clock())
    return now, core.step(state, {"op": "look"}, now)[0]


def session(action: "Action", environment: "Mapping[str, str]" = os.environ) -> str:
    """The session of a tool call, as `onetree lock` calls it in a shell of the same client."""
    return visible(environment.get("ONETREE_SESSION") or action.session)


def of(claim: "Claim", name: str) -> bool:
    """Whether a claim is that of a session, or of one of its agents."""
    owner: str = claim["owner"]
    return bool(name) and (owner == name or owner.startswith(name + "/"))
