"""Text surgery on JSON with comments: what is not touched stays byte for byte, and what cannot be edited is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onetree import jsonc, jsonedit

BAD = {
    "nothing": ("", 1, 1, "a value expected"),
    "only a comment": ("// nothing\n", 2, 1, "a value expected"),
    "open object": ('{"a": 1', 1, 8, '"," or "}" expected (opened on line 1), found the end of the text'),
    "open list names its line": ("{\n  'a': [", 2, 3, "a key in double quotes"),
    "open list": ('{\n  "a": [1,\n  2\n}', 4, 1, '"," or "]" expected (opened on line 2)'),
    "missing comma": ('{"a": 1 "b": 2}', 1, 9, '"," or "}" expected'),
    "two commas": ("[1,,2]", 1, 4, "a value expected"),
    "comma first": ("[,1]", 1, 2, "a value expected"),
    "comma alone": ("[,]", 1, 2, "a value expected"),
    "missing colon": ('{"a" 1}', 1, 6, '":" expected after the key "a"'),
    "bare key": ("{a: 1}", 1, 2, "a key in double quotes"),
    "single quotes": ("['a']", 1, 2, "a value expected"),
    "open string": ('["a]', 1, 2, "unterminated string"),
    "line break in a string": ('["a\nb"]', 1, 4, "invalid control character"),
    "bad escape": (r'["\q"]', 1, 3, "invalid \\escape"),
    "open comment": ("[1] /* never closed", 1, 5, "a comment that is not closed"),
    "comment with #": ("# yaml?\n{}", 1, 1, "a value expected"),
    "half a slash": ("[1 / 2]", 1, 4, '"," or "]" expected'),
    "two values": ("{} {}", 1, 4, "something follows the end"),
    "text behind": ("{}\nx", 2, 1, "something follows the end"),
    "NaN": ("[NaN]", 1, 2, "a value expected"),
    "Infinity": ("[-Infinity]", 1, 2, "-Infinity is not JSON"),
    "nearly true": ("[trueish]", 1, 6, '"," or "]" expected'),
    "leading zero": ("[01]", 1, 3, '"," or "]" expected'),
    "number that int() does not take": ("[" + "9" * 5000 + "]", 1, 2, "limit"),
    "too deep": ("[" * 5000, 1, 102, "nested deeper"),
    "column in characters": ('{"é😀": x}', 1, 8, "a value expected"),
    "NUL": ("{}\0", 1, 3, "something follows"),
}

GOOD = {
    "plain": ('{"a": [1, -2.5e3, true, false, null, "x"], "b": {}}', None),
    "comments everywhere": ('/*1*/{//2\n"a"/*3*/:/*4*/1/*5*/,//6\n}//7', {"a": 1}),
    "trailing commas": ('{"a": [1, 2,], "b": {"c": 1,},}', {"a": [1, 2], "b": {"c": 1}}),
    "comment signs in strings": ('["//", "/*", "*/"]', ["//", "/*", "*/"]),
    "byte order mark": ("\ufeff[1]", [1]),
    "escapes": (r'["\u00e9\ud83d\ude00\n\"\\/"]', None),
    "carriage returns": ('{\r\n  // c\r\n  "a": 1\r\n}\r\n', {"a": 1}),
    "lone scalar": (" 1 ", 1),
    "100 levels": ("[" * 100 + "]" * 100, None),
}


@pytest.mark.parametrize(("text", "line", "column", "fact"), BAD.values(), ids=BAD)
def test_what_is_not_jsonc_is_refused_with_its_place(text: str, line: int, column: int, fact: str) -> None:
    with pytest.raises(jsonc.JSONCError) as e:
        jsonc.parse(text)
    assert (e.value.line, e.value.column) == (line, column), e.value
    assert fact in str(e.value)


@pytest.mark.parametrize(("text", "value"), GOOD.values(), ids=GOOD)
def test_what_is_jsonc_is_read(text: str, value: object) -> None:
    assert jsonc.parse(text).root.value == (json.loads(text) if value is None else value)


def test_extras_are_what_plain_json_does_not_have() -> None:
    text = '\ufeff{ // one\n"a": [1,], /* two */ }'
    assert jsonc.parse(text).extras == [
        ("byte order mark", 0),
        ("comment", text.index("//")),
        ("trailing comma", text.index(",]")),
        ("trailing comma", text.index(", /*")),
        ("comment", text.index("/*")),
    ]
    assert jsonc.parse('{"a": [1]}').extras == []


# name: (before, path, key, value, after). remove() of what was added must give `before` again.
ADDED = {
    "empty object": ("{}", [], "k", 1, '{"k": 1}'),
    "empty object with a space": ("{ }", [], "k", 1, '{"k": 1 }'),
    "empty object over two lines": ("{\n}\n", [], "k", 1, '{"k": 1\n}\n'),
    "empty list with a comment": ("[ // none yet\n]", [], None, 1, "[1 // none yet\n]"),
    "one line": ("[1, 2]", [], None, 3, "[1, 2,\n  3]"),
    "as the line before": ("[\n    1,\n    2\n]", [], None, 3, "[\n    1,\n    2,\n    3\n]"),
    "tabs": ('{\n\t"a": 1\n}', [], "b", {"c": 2}, '{\n\t"a": 1,\n\t"b": {\n\t\t"c": 2\n\t}\n}'),
    "trailing comma stays one": ("[\n  1,\n]", [], None, 2, "[\n  1,\n  2,\n]"),
    "trailing comma, one line": ("[1, ]", [], None, 2, "[1,\n  2, ]"),
    "line comment stays with its item": ("[\n  1 // one\n]", [], None, 2, "[\n  1, // one\n  2\n]"),
    "line comment after a comma": ("[\n  1, // one\n]", [], None, 2, "[\n  1, // one\n  2,\n]"),
    "block comment stays with its item": ("[1 /* one */]", [], None, 2, "[1 /* one */,\n  2]"),
    "comment on a line of its own stays last": ("[\n  1\n  // end\n]", [], None, 2, "[\n  1,\n  2\n  // end\n]"),
    "comment with trailing spaces": ("[\n  1 // one  \n]", [], None, 2, "[\n  1, // one  \n  2\n]"),
    "two comments": ("[1 /* a */ // b\n]", [], None, 2, "[1, /* a */ // b\n  2\n]"),
    "comment over two lines": ("[1 /* a\nb */]", [], None, 2, "[1,\n  2 /* a\nb */]"),
    "carriage returns": ("[\r\n  1 // one\r\n]\r\n", [], None, [2], "[\r\n  1, // one\r\n  [\r\n    2\r\n  ]\r\n]\r\n"),
    "byte order mark": ("\ufeff{}", [], "k", 1, '\ufeff{"k": 1}'),
    "deep": ('{"a": {"b": [1]}}', ["a", "b"], None, 2, '{"a": {"b": [1,\n  2]}}'),
    "not ASCII": ('["é"]', [], None, "ü", '["é",\n  "ü"]'),
    "bracket in a string": ('["]"]', [], None, 1, '["]",\n  1]'),
    "same value elsewhere": ('{"a": [1], "b": [1]}', ["b"], None, 1, '{"a": [1], "b": [1,\n  1]}'),
}


@pytest.mark.parametrize(("before", "path", "key", "value", "after"), ADDED.values(), ids=ADDED)
def test_insert_and_remove_are_inverses(
    before: str, path: list[str], key: str | None, value: object, after: str
) -> None:
    assert jsonedit.insert(before, path, value, key=key) == after
    box = jsonc.parse(after).at(path)
    assert box is not None
    last = key if key is not None else len(box.items or []) - 1
    assert jsonedit.remove(after, [*path, last]) == before


REMOVED = {
    "first": ("[1, 2, 3]", [0], "[ 2, 3]"),
    "first of lines": ("[\n  1,\n  2\n]", [0], "[\n  2\n]"),
    "middle": ("[1, 2, 3]", [1], "[1, 3]"),
    "middle of lines, its comment stays": ("[\n  1,\n  2, // two\n  3\n]", [1], "[\n  1, // two\n  3\n]"),
    "last": ("[1, 2, 3]", [2], "[1, 2]"),
    "last before a trailing comma": ("[1, 2,]", [1], "[1,]"),
    "only one": ("[\n  1\n]", [0], "[\n]"),
    "comment before its comma stays": ("[1, 2 /* two */, 3]", [1], "[1, /* two */ 3]"),
    "what follows does not slip into a line comment": ("[ // c\n 1, 2]", [0], "[ // c\n  2]"),
    "nor the closing bracket": ("[1, // c\n 2]", [1], "[1 // c\n ]"),
    "member": ('{"a": 1, "b": 2}', ["a"], '{ "b": 2}'),
}


@pytest.mark.parametrize(("before", "path", "after"), REMOVED.values(), ids=REMOVED)
def test_remove(before: str, path: list[str | int], after: str) -> None:
    assert jsonedit.remove(before, path) == after


@pytest.mark.parametrize(
    ("text", "path", "key"),
    [
        pytest.param('{"a": 1}', ["a"], None, id="a number is no list"),
        pytest.param('{"a": []}', ["a"], "k", id="a list has no keys"),
        pytest.param('{"a": 1}', [], "a", id="the key is there"),
        pytest.param('{"a": 1}', [], None, id="an object wants a key"),
        pytest.param('{"a": 1}', ["b"], "k", id="no such place"),
        pytest.param('{"a": {}, "a": {}}', ["a"], "k", id="a key on the way stands twice"),
    ],
)
def test_insert_refuses(text: str, path: list[str], key: str | None) -> None:
    with pytest.raises(jsonc.JSONCError):
        jsonedit.insert(text, path, 1, key=key)


@pytest.mark.parametrize("path", [["b"], [0], ["a", 1], ["a", "x"]], ids=str)
def test_remove_refuses_what_is_not_there(path: list[str | int]) -> None:
    with pytest.raises(jsonc.JSONCError):
        jsonedit.remove('{"a": [1]}', path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
GAPS = st.sampled_from(
    ["", "", " ", "\n", "\n  ", "\r\n\t", "/* c */", " /* , ] */ ", "// x\n", " // }\r\n ", "//  \n"]
)


@st.composite
def documents(draw: st.DrawFn, value: object) -> str:
    """The value as a text with random white space, comments and trailing commas."""

    def gap() -> str:
        return draw(GAPS)

    def written(item: object) -> str:
        if isinstance(item, (dict, list)) and item:
            parts = (
                [json.dumps(k) + gap() + ":" + gap() + written(v) for k, v in item.items()]
                if isinstance(item, dict)
                else [written(v) for v in item]
            )
            tail = "," + gap() if draw(st.booleans()) else ""
            inside = ",".join(gap() + p + gap() for p in parts) + tail
            return f"{{{inside}}}" if isinstance(item, dict) else f"[{inside}]"
        if isinstance(item, (dict, list)):
            return json.dumps(item)[0] + gap() + json.dumps(item)[1]
        return json.dumps(item)

    return gap() + written(value) + gap()


def places(value: object, path: "tuple[str | int, ...]" = ()) -> "list[tuple[tuple[str | int, ...], object]]":
    found = [(path, value)] if isinstance(value, (dict, list)) else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found + [p for k, v in pairs for p in places(v, (*path, k))]


@given(st.data())
def test_any_document_survives_any_edit(data: st.DataObject) -> None:
    value = data.draw(VALUES.filter(lambda v: isinstance(v, (dict, list))))
    text = data.draw(documents(value))
    assert jsonc.parse(text).root.value == value
    path, box = data.draw(st.sampled_from(places(value)))
    new = data.draw(VALUES)
    key = "a key that is not there" if isinstance(box, dict) else None
    longer = jsonedit.insert(text, path, new, key=key)
    added = key if key is not None else len(box)  # type: ignore[arg-type]
    assert jsonedit.remove(longer, [*path, added]) == text
    if box:
        steps = sorted(box) if isinstance(box, dict) else list(range(len(box)))  # type: ignore[arg-type]
        gone = data.draw(st.sampled_from(steps))
        old = jsonc.parse(text)
        node = old.at(path)
        item = old.item(node, gone) if node else None
        assert item is not None
        kept = [text[a:b] for a, b in old.comments if not item.start <= a < item.node.end]
        new_text = jsonedit.remove(text, [*path, gone])
        assert [new_text[a:b] for a, b in jsonc.parse(new_text).comments] == kept
