"""JSON for the agent's path: the standard library's own C scanner and string writer, without importing `re`.

Importing `json` costs as much as two thirds of starting Python, nearly all of it for `re`, which `json.decoder` uses
for one white-space pattern. The C parts behind it (`_json`) need none of it. They have had the same form in
CPython 3.10 to 3.14; on an interpreter without them, `json` itself does the work (ADR 4).
"""

MAX_BYTES = 16 * 1024 * 1024  # as far as any client's payload was seen to go (1.6 MB), ten times over
_SPACE = " \t\n\r"


class JSONError(ValueError):
    """Text that is not one JSON value; the message says where."""


def _constant(name: str) -> float:
    raise JSONError(f"{name} is not JSON (RFC 8259)")


class _Context:
    """What `_json.make_scanner` asks of a `json.JSONDecoder` (CPython's Modules/_json.c, scanner_new)."""

    strict = False  # control characters inside strings are let in: a client that sends them has still said something
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = staticmethod(_constant)
    memo: "dict[str, str]" = {}


class _Strict(_Context):
    strict = True


try:
    from _json import encode_basestring_ascii as _quote
    from _json import make_scanner

    _scan = make_scanner(_Context())  # type: ignore[arg-type]  # it only reads the attributes
    _scan_strictly = make_scanner(_Strict())  # type: ignore[arg-type]
except (ImportError, AttributeError):  # not CPython, or one that moved them
    import json

    _scan = json.scanner.py_make_scanner(json.JSONDecoder(strict=False, parse_constant=_constant))  # type: ignore[attr-defined]
    _scan_strictly = json.scanner.py_make_scanner(json.JSONDecoder(parse_constant=_constant))  # type: ignore[attr-defined]
    _quote = json.encoder.encode_basestring_ascii


def loads(data: "bytes | str", *, strict: bool = False) -> object:
    """The value of one JSON text; bytes are UTF-8, with or without a byte order mark (Cursor on Windows sends one).

    strict: to the letter of RFC 8259: no byte order mark, no control characters in strings.
    Raises JSONError with the place, also for a text nested deeper than the interpreter can follow.
    """
    if isinstance(data, bytes):
        try:
            data = data.decode("utf-8")
        except UnicodeDecodeError as e:
            raise JSONError(f"not UTF-8 at byte {e.start}") from None
    if not strict:
        data = data.removeprefix("\ufeff")
    try:
        value, end = (_scan_strictly if strict else _scan)(data, _skip(data, 0))
    except RecursionError:
        raise JSONError("nested too deeply") from None
    except JSONError:
        raise
    except Exception:
        raise JSONError(_complaint(data)) from None
    end = _skip(data, end)
    if end != len(data):
        raise JSONError(f"something follows the JSON value at character {end}")
    return value


def _complaint(text: str) -> str:
    """What `json` says of a text that did not parse: the C scanner finds its own words only once `json` is imported."""
    import json

    try:
        json.loads(text, parse_constant=_constant)
    except ValueError as e:
        return str(e)
    return "not JSON"


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def dumps(value: object) -> str:
    """One line of compact ASCII JSON; keys in the order given.

    Raises TypeError for what JSON has no form for: an object that is not a dict, list, tuple, str, int, float, bool or
    None, and a number that is not finite.
    """
    if isinstance(value, str):
        return _quote(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        if value - value != 0:
            raise TypeError(f"{value} has no JSON form")
        return float.__repr__(value)
    if isinstance(value, dict):
        return "{" + ",".join([f"{_quote(str(k))}:{dumps(v)}" for k, v in value.items()]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([dumps(v) for v in value]) + "]"
    raise TypeError(f"{type(value).__name__} has no JSON form")
