"""What `onetree init` writes and --remove takes out: the plan, as changes of files. Nothing is written here."""

import os
from collections.abc import Iterator

import onetree
from onetree import changes, jsonc, paths, platforms, policyfile, registration, root, sealed
from onetree.changes import Change, Refusal
from onetree.policy import PolicyError

IGNORE_FILE = os.path.join(root.HOME, ".gitignore")
# The lines of it, and what else in there does the same.
IGNORE = ((b"state/", (b"/state/", b"state", b"/state", b"*")),)
KEEP_FILE = os.path.join(root.SHARED, ".gitkeep")
# What init and the other commands can make again: all that --remove takes out of .onetree/state.
REMAKEABLE = (sealed.KEY, "policy.cache", "bashlex.cache", "journal.lock", "tidied")


def own_files(home: str, guards: "tuple[str, ...]") -> "Iterator[Change]":
    """The policy, what makes state and locks invisible to git, and the folder that agents share.

    guards: those that a policy may roll out. Raises Refusal for a policy that cannot be read: with the hooks in place,
    nothing could be done any more.
    """
    policy = changes.of(home, root.POLICY)
    if policy.old is None:
        with open(os.path.join(os.path.dirname(onetree.__file__), "default_policy.yaml"), "rb") as f:
            policy.new = f.read()
        policy.does = ": edit it; `onetree policy check` validates it"
    else:
        _validate(home, policy.old, guards)
    yield policy
    ignore = changes.of(home, IGNORE_FILE)
    ignore.new = _ignoring(ignore.old or b"")
    yield ignore
    keep = changes.of(home, KEEP_FILE)
    folder = os.path.join(home, root.SHARED)
    keep.new = keep.old if os.path.isdir(folder) and os.listdir(folder) else b""
    yield keep


def _validate(home: str, policy: bytes, guards: "tuple[str, ...]") -> None:
    try:
        policyfile.parse(policy, root.POLICY, guards=guards, home=os.path.expanduser("~"), folds=paths.folds(home))
    except PolicyError as e:
        raise Refusal(f"{e}\nnothing was written; correct the policy first") from None


def _ignoring(text: bytes) -> bytes:
    """The text of an ignore file with those of our lines that it lacks."""
    has = {line.strip() for line in text.splitlines()}
    missing = b"".join(line + b"\n" for line, alike in IGNORE if not has & {line, *alike})
    return text + (b"\n" if missing and text and not text.endswith(b"\n") else b"") + missing


def made_files(home: str) -> "list[Change]":
    """The removal of what init and the hooks made in .onetree, as far as nobody has added to it."""
    ours = ((IGNORE_FILE, _ignoring(b"")), (KEEP_FILE, b""))
    removed = [changes.of(home, os.path.join(root.STATE, n)) for n in REMAKEABLE]
    removed += [c for path, content in ours if (c := changes.of(home, path)).old == content]
    for change in removed:
        change.new = None
    return [c for c in removed if c.old is not None]


def settings(home: str, lines: "dict[str, str] | dict[str, None]") -> "list[Change]":
    """The settings file of each platform with its hooks registered, or taken out where the command line is None.

    Raises Refusal with the finding of every file that cannot be edited.
    """
    found: list[Change] = []
    findings = []
    for name, line in lines.items():
        platform = platforms.load(name)
        try:
            change = changes.of(home, platform.SETTINGS)
            twin = next((c for c in found if c.path == change.path), None)
            if twin is not None:
                raise Refusal(
                    f"{twin.shown} and {change.shown}: one file ({change.path}) for two clients, which would read each "
                    "other's hooks; make them two files, or name one platform with --platform"
                )
            text = None if change.old is None else change.old.decode()
            if line is not None:
                new: str | None = registration.register(text, platform, line)
                change.does += f" ({len(platform.EVENTS)} hooks)"
            else:
                new = None if text is None else registration.unregister(text, platform)
            change.new = None if new is None else new.encode()
            found.append(change)
        except jsonc.JSONCError as e:
            findings.append(f"{platform.SETTINGS}:{e}; repair it, or name the other platforms with --platform")
        except UnicodeDecodeError as e:
            findings.append(f"{platform.SETTINGS}: not UTF-8 at byte {e.start}; repair it")
        except Refusal as e:
            findings.append(str(e))
    if findings:
        raise Refusal("\n".join([*findings, "nothing was written"]))
    return found


def registered(home: str, name: str) -> bool:
    """Whether the project's settings hold our hooks for a platform."""
    try:
        old = changes.of(home, platforms.load(name).SETTINGS).old
        return old is not None and bool(registration.find(old.decode(), name))
    except (jsonc.JSONCError, UnicodeDecodeError, Refusal):
        return False


def warnings(home: str, names: "tuple[str, ...]") -> "Iterator[str]":
    """What is likely not meant, though it can be done."""
    if os.path.realpath(os.path.expanduser("~")) == home:
        files = ", ".join(platforms.load(n).SETTINGS for n in names)
        yield (
            f"{home}: your home directory: what stands there in {files} holds for all your projects; if one is meant, "
            "take the hooks out with --remove and name its folder"
        )
    for name in names:
        platform = platforms.load(name)
        unread = registration.unread((changes.of(home, platform.SETTINGS).old or b"{}").decode(), platform)
        if unread:
            what, line, column = unread
            yield (
                f"{platform.SETTINGS}:{line}:{column}: {what}: {name}'s client does not read such a file, so its hooks "
                f"are off; take the {what} out"
            )
