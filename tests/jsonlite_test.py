"""jsonlite agrees with the standard library's json, and needs none of it."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onetree import jsonlite

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_writes_what_json_reads(value: object) -> None:
    assert json.loads(jsonlite.dumps(value)) == value


@given(VALUES)
def test_reads_what_json_writes(value: object) -> None:
    assert jsonlite.loads(json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")) == value


@given(st.text(alphabet='{}[]",:0123456789.eE+-truefalsn \\u', max_size=30))
def test_accepts_exactly_what_json_accepts(text: str) -> None:
    try:
        expected: object = json.loads(text, parse_constant=lambda _: pytest.fail("not generated"))
    except ValueError:
        with pytest.raises(jsonlite.JSONError):
            jsonlite.loads(text)
    else:
        assert jsonlite.loads(text) == expected


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        pytest.param(b"", "line 1 column 1", id="nothing"),
        pytest.param(b'{"a"', "line 1 column 5", id="cut off"),
        pytest.param(b'{"a":1}x', "follows the JSON value at character 7", id="something after it"),
        pytest.param(b'"\xff"', "not UTF-8 at byte 1", id="not UTF-8"),
        pytest.param(b"[" * 100_000, "nested too deeply", id="a hundred thousand brackets"),
        pytest.param(b"NaN", "NaN is not JSON", id="NaN"),
        pytest.param(b"9" * 5000, "limit", id="a number of 5,000 digits"),
        pytest.param(b"\0", "line 1 column 1", id="NUL"),
    ],
)
def test_says_what_is_wrong_and_where(text: bytes, fact: str) -> None:
    with pytest.raises(jsonlite.JSONError, match=fact):
        jsonlite.loads(text)


@pytest.mark.parametrize("value", [b"x", {1, 2}, float("nan"), object()], ids=["bytes", "set", "NaN", "object"])
def test_refuses_what_json_has_no_form_for(value: object) -> None:
    with pytest.raises(TypeError):
        jsonlite.dumps(value)


def test_lets_a_byte_order_mark_and_raw_control_characters_in() -> None:
    assert jsonlite.loads(b'\xef\xbb\xbf{"a": "x\ty"}') == {"a": "x\ty"}


def test_imports_neither_json_nor_re() -> None:
    code = (
        "import sys; sys.modules.pop('re', None)\n"  # an editable install has it already
        "from onetree import jsonlite; jsonlite.loads('[1.5]'); print({'re', 'json'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
