"""register() and unregister(): exact inverses, idempotent, and nothing of anybody else's is touched."""

import json
import re
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onetree import jsonc, jsonedit, platforms, registration

PYTHON, SCRIPT = "/opt/one tree/bin/python", "/opt/one tree/bin/onetree"
LINE = {n: registration.command(n, PYTHON, SCRIPT) for n in platforms.NAMES}

THEIRS = {"matcher": "Write", "hooks": [{"type": "command", "command": "prettier --write"}]}

# Configurations as people have them. EVENT stands for the platform's first event.
FILES = {
    "empty object": "{}",
    "empty object and a line end": "{}\n",
    "empty object over two lines": "{\n}\n",
    "empty object with a comment": "{ // nothing\n}\n",
    "other settings": '{\n  "permissions": {"allow": ["Bash(ls:*)"]},\n  "model": "x"\n}\n',
    "no line end": '{"model": "x"}',
    "four spaces": '{\n    "model": "x"\n}\n',
    "tabs and carriage returns": '{\r\n\t"model": "x"\r\n}\r\n',
    "byte order mark": '\ufeff{"model": "x"}',
    "trailing comma and comments": '{\n  // the model\n  "model": "x", // really\n  /* end */\n}\n',
    "no hooks yet": '{"hooks": {}}',
    "no hooks yet, pretty": '{\n  "hooks": {\n  }\n}\n',
    "no groups yet": '{"hooks": {"EVENT": []}}',
    "no groups yet, commented": '{\n  "hooks": {\n    "EVENT": [\n      // none\n    ]\n  }\n}\n',
    "their hooks": json.dumps({"hooks": {"EVENT": [THEIRS]}}, indent=2),
    "their hooks, one line": json.dumps({"hooks": {"EVENT": [THEIRS]}}),
    "their hooks, compact": json.dumps({"hooks": {"EVENT": [THEIRS]}}, separators=(",", ":")),
    "their other event": json.dumps({"hooks": {"Notification": [THEIRS]}, "x": 1}, indent=4) + "\n\n",
    "comments behind them": '{\n  "hooks": {\n    "EVENT": [\n      {"hooks": []} // a\n    ] // b\n  } // c\n}\n',
    "switches beside the events": '{"hooks": {"enabled": true, "disabled": ["x"]}}',
    "other's": '{"hooks": {"EVENT": [{"hooks": [{"command": "onetree hook --platform y"}]}]}}',
}

# What a platform module must have: the list in the docstring of onetree/platforms/__init__.py is the one that counts.
NEEDED = re.findall(r"^    (\w+)[( ]", platforms.__doc__ or "", re.MULTILINE)
PAIR = (str, dict)
SWITCH = (tuple, (bool, str))
FORMS: "dict[str, Any]" = {
    "NAME": str, "PHASES": dict, "TOOLS": dict, "WARNS_AFTER": bool, "VARIABLES": [str],
    "ENVIRONMENT": str, "SETTINGS": str, "READS_ALSO": [str], "EVENTS": [(str, (str, type(None)))], "TIMEOUT": int,
    "NEXT": str, "PERSONAL": [str], "MACHINE": [str], "MOVED": (str, str), "SWITCHES": [SWITCH],
    "MACHINE_SWITCHES": [SWITCH], "ALSO_LOADED_BY": dict, "PER_SECOND": int, "PAYLOAD": dict, "EXPORT": str,
    "LOGIN_SHELL": bool, "READ": PAIR, "WRITES": dict,
}  # fmt: skip


def has_form(value: Any, form: Any, *, nested: bool = False) -> bool:
    """A class; a list: a tuple of any length; a tuple: one of as many values, within which a tuple of classes: any."""
    if isinstance(form, list):
        return isinstance(value, tuple) and all(has_form(v, form[0]) for v in value)
    if isinstance(form, tuple) and not nested:
        return len(value) == len(form) and all(has_form(v, f, nested=True) for v, f in zip(value, form, strict=True))
    return isinstance(value, form)


@pytest.mark.parametrize("needed", NEEDED)
@pytest.mark.parametrize("name", platforms.NAMES)
def test_a_platform_has(name: str, needed: str) -> None:
    value = getattr(platforms.load(name), needed, None)
    if needed == "MOVED" and value is None:
        assert hasattr(platforms.load(name), needed)
    elif needed.islower():
        assert callable(value)
    else:
        assert has_form(value, FORMS[needed]), f"{name}.{needed} is {value!r}"


def test_what_a_platform_has_is_all_in_the_list() -> None:
    assert [n for n in NEEDED if n.isupper()] == list(FORMS)
    assert [n for n in NEEDED if n.islower()] == ["decode", "encode", "entry", "heard"]


def settings(text: str, name: str) -> str:
    return text.replace("EVENT", platforms.load(name).EVENTS[0][0])


@pytest.mark.parametrize("name", platforms.NAMES)
@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_unregister_brings_back_every_byte(name: str, text: str) -> None:
    platform, before = platforms.load(name), settings(text, name)
    after = registration.register(before, platform, LINE[name])
    assert registration.register(after, platform, LINE[name]) == after
    assert registration.unregister(after, platform) == before
    assert registration.unregister(before, platform) == before
    found = registration.find(after, name)
    assert [h.event for h in found] != []
    assert {h.event: h.group for h in found} == {e: platform.entry(LINE[name], e) for e, _ in platform.EVENTS}
    assert {h.command for h in found} == {LINE[name]}
    for hook in found:
        assert f'"{hook.handler["type"]}"' in "".join(after.splitlines()[hook.line - 1 : hook.line + 1])
    kept = {k: v for k, v in jsonc_value(before).items() if k != "hooks"}
    assert {k: v for k, v in jsonc_value(after).items() if k != "hooks"} == kept


def jsonc_value(text: str) -> "dict[str, object]":
    value = jsonc.parse(text).root.value
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("name", platforms.NAMES)
def test_a_file_of_our_own_goes_as_it_came(name: str) -> None:
    platform = platforms.load(name)
    text = registration.register(None, platform, LINE[name])
    assert json.loads(text) == {"hooks": {e: [platform.entry(LINE[name], e)] for e, _ in platform.EVENTS}}
    assert registration.register(text, platform, LINE[name]) == text
    assert registration.unregister(text, platform) is None


@pytest.mark.parametrize("name", platforms.NAMES)
def test_the_file_stays_when_something_was_added_to_it(name: str) -> None:
    platform = platforms.load(name)
    text = registration.register(None, platform, LINE[name])
    longer = jsonedit.insert(text, [], 1, key="model")
    assert json.loads(registration.unregister(longer, platform) or "") == {"model": 1}
    commented = "// mine\n" + text
    assert registration.unregister(commented, platform) == "// mine\n{\n}\n"
    grouped = jsonedit.insert(text, ["hooks", platform.EVENTS[0][0]], THEIRS)
    assert json.loads(registration.unregister(grouped, platform) or "") == {"hooks": {platform.EVENTS[0][0]: [THEIRS]}}


def test_an_older_registration_is_replaced() -> None:
    claude = platforms.load("claude")
    before = FILES["other settings"]
    old = registration.register(before, claude, registration.command("claude", "/gone/python", "/gone/onetree"))
    new = registration.register(old, claude, LINE["claude"])
    assert new == registration.register(before, claude, LINE["claude"])
    assert "/gone" not in new


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda h: h["PreToolUse"].append(h["PreToolUse"][0]), id="twice in one event"),
        pytest.param(lambda h: h["Stop"].clear(), id="missing in one event"),
        pytest.param(lambda h: h.update(Notification=h["Stop"]), id="in an event we do not register"),
        pytest.param(lambda h: h["PreToolUse"][0].update(matcher="Bash"), id="matcher narrowed"),
        pytest.param(lambda h: h["PreToolUse"][0]["hooks"][0].update(timeout=1), id="time-out cut"),
        pytest.param(lambda h: h["PreToolUse"][0]["hooks"][0].update({"async": True}), id="made asynchronous"),
    ],
)
def test_register_repairs(spoil: "object") -> None:
    claude = platforms.load("claude")
    value = json.loads(registration.register('{"model": "x"}', claude, LINE["claude"]))
    assert callable(spoil)
    spoil(value["hooks"])
    repaired = registration.register(json.dumps(value, indent=2), claude, LINE["claude"])
    hooks = json.loads(repaired)["hooks"]
    assert {e: g for e, g in hooks.items() if g} == {e: [claude.entry(LINE["claude"], e)] for e, _ in claude.EVENTS}


def test_a_handler_of_ours_in_their_group_goes_alone() -> None:
    claude = platforms.load("claude")
    theirs = {"type": "command", "command": "theirs"}
    ours = {"type": "command", "command": LINE["claude"]}
    text = json.dumps({"hooks": {"PreToolUse": [{"hooks": [theirs, ours]}, {"hooks": [ours]}, THEIRS]}}, indent=2)
    assert json.loads(registration.unregister(text, claude) or "") == {
        "hooks": {"PreToolUse": [{"hooks": [theirs]}, THEIRS]}
    }


OURS = {
    "as registered": (LINE["claude"], "claude"),
    "without -X utf8": ("/x/python -I /x/onetree hook --platform gemini", "gemini"),
    "through the PATH": ("onetree hook --platform claude", "claude"),
    "with =": ("onetree hook --platform=codex", "codex"),
    "with an event": ("/x/onetree hook --event Stop --platform gemini", "gemini"),
    "with an environment": ("env X=1 /x/bin/onetree hook --platform claude", "claude"),
    "without a platform": ("onetree hook", ""),
    "another program": ("/x/onetrees hook --platform claude", None),
    "another command": ("onetree audit --platform claude", None),
    "only mentioned": ("echo onetree hooks", None),
    "not a shell's words": ("onetree hook '--platform claude", None),
    "empty": ("", None),
}


@pytest.mark.parametrize(("line", "platform"), OURS.values(), ids=OURS)
def test_what_is_ours(line: str, platform: "str | None") -> None:
    assert registration.platform_of({"command": line}) == platform


def test_what_is_ours_without_a_shell() -> None:
    handler: dict[str, object] = {"command": "/x/onetree", "args": ["hook", "--platform", "claude"]}
    assert registration.platform_of(handler) == "claude"
    assert registration.platform_of({"command": 7}) is None
    assert registration.platform_of({"url": "http://localhost"}) is None


def test_command_is_quoted_and_isolated() -> None:
    assert shlex.split(LINE["codex"]) == [PYTHON, "-I", "-X", "utf8", SCRIPT, "hook", "--platform", "codex"]


REFUSED = {
    "broken": ('{\n  "a": ,\n}', 2, 8, "a value expected"),
    "a list": ("[]", 1, 1, "an object expected"),
    "hooks is a list": ('{"hooks": []}', 1, 11, 'an object expected under "hooks"'),
    "hooks is null": ('{"hooks": null}', 1, 11, 'an object expected under "hooks"'),
    "the event is an object": ('{"hooks": {"PreToolUse": {}}}', 1, 26, "a list of hook groups expected"),
    "hooks stands twice": ('{"hooks": {},\n "hooks": {}}', 2, 2, "stands twice"),
    "an event stands twice": ('{"hooks": {"Stop": [], "Stop": []}}', 1, 24, "stands twice"),
}


@pytest.mark.parametrize(("text", "line", "column", "fact"), REFUSED.values(), ids=REFUSED)
def test_register_refuses_with_the_place(text: str, line: int, column: int, fact: str) -> None:
    with pytest.raises(jsonc.JSONCError, match=fact) as e:
        registration.register(text, platforms.load("claude"), LINE["claude"])
    assert (e.value.line, e.value.column) == (line, column)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("claude", '{"a": 1}', None),
        ("claude", '{\n// c\n"a": 1}', ("comment", 2, 1)),
        ("claude", '{"a": 1,}', ("trailing comma", 1, 8)),
        ("claude", '\ufeff{"a": 1}', None),
        ("gemini", '{/**/"a": 1}', None),
        ("gemini", '{/**/"a": 1,}', ("trailing comma", 1, 12)),
        ("codex", '\ufeff{"a": 1}', ("byte order mark", 1, 1)),
        ("codex", '{"a": 1 /**/}', ("comment", 1, 9)),
    ],
)
def test_what_a_client_does_not_read(name: str, text: str, found: object) -> None:
    assert registration.unread(text, platforms.load(name)) == found


GROUPS: "list[object]" = [THEIRS, {"hooks": []}]
LISTS = st.lists(st.sampled_from(GROUPS), max_size=2)
EVENTS = st.dictionaries(st.sampled_from(["PreToolUse", "BeforeTool", "Stop", "Notification"]), LISTS, max_size=3)
CONFIGS = st.fixed_dictionaries({}, optional={"hooks": EVENTS, "model": st.text(max_size=3), "list": LISTS})


@given(
    CONFIGS,
    st.sampled_from([None, 1, 4, "\t"]),
    st.sampled_from(["", "\n", "\r\n\r\n"]),
    st.sampled_from(platforms.NAMES),
)
def test_any_configuration_comes_back(value: object, indent: "int | str | None", end: str, name: str) -> None:
    platform, before = platforms.load(name), json.dumps(value, indent=indent) + end
    after = registration.register(before, platform, LINE[name])
    assert registration.register(after, platform, LINE[name]) == after
    assert registration.unregister(after, platform) == before
