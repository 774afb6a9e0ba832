"""What functions of Python's library give for constants: they do nothing to files."""

import os

from onetree.shell.inline import python_tree as tree
from onetree.shell.inline.python_values import (
    SIZE,
    Instance,
    Path,
    Unknown,
    Value,
    bounded,
    either,
    join,
    known,
    path_text,
    pick,
    truth,
)
from onetree.shell.inline.python_values import method as constant_method

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from onetree.shell.inline.python_notes import Notes


def text_of(value: Value) -> Value:
    """str(value)."""
    if isinstance(value, Path):
        return value.text
    if isinstance(value, Unknown) and value.choices:
        return either(*[text_of(choice) for choice in value.choices])
    if not known(value):
        return Unknown(hints=getattr(value, "hints", ()))
    try:
        return str(value)
    except ValueError:
        return Unknown()


def pure(reader: "Notes", name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    """Functions of constants."""
    if name.startswith("os.path."):
        return _os_path(reader, name[8:], a)
    if name in ("list", "tuple", "sorted", "set", "frozenset", "reversed", "enumerate", "zip", "map", "filter", "iter"):
        return _sequence(reader, name, a, k)
    if name == "next" and a and isinstance(a[0], (list, tuple)):
        return a[0][0] if a[0] else pick(a, k, 1, "default", Unknown())
    if name.startswith("itertools."):
        return _itertools(name[10:], a, k)
    if name == "dict":
        made = dict(a[0]) if a and isinstance(a[0], dict) else {}
        return {**made, **k} if not a or isinstance(a[0], dict) else Unknown()
    if name == "str" and a:
        if isinstance(a[0], bytes) and len(a) > 1:
            return constant_method(a[0], "decode", a[1:], {})
        return text_of(a[0])
    if not all(map(known, a)) or k:
        return Unknown()
    return bounded(_constant_call(name, a))


def _constant_call(name: str, a: "list[Value]") -> Value:
    first = a[0] if a else ""
    if name == "range":
        whole = all(isinstance(v, int) and abs(v) < 10**9 for v in a)
        return range(*a) if whole else Unknown()  # type: ignore[call-overload]
    if name in ("bytes", "bytearray"):
        if isinstance(first, int):
            return Unknown()
        return first.encode() if isinstance(first, str) else bytes(first)  # type: ignore[call-overload]
    if name in PURE:
        return PURE[name](*a)
    if name in ("base64.b64decode", "base64.urlsafe_b64decode", "base64.standard_b64decode", "base64.decodebytes"):
        import binascii

        data = first.encode() if isinstance(first, str) else first
        return binascii.a2b_base64(data.replace(b"-", b"+").replace(b"_", b"/"))  # type: ignore[attr-defined]
    if name in ("binascii.unhexlify", "binascii.a2b_hex", "bytes.fromhex", "bytearray.fromhex", "base64.b16decode"):
        return bytes.fromhex(first.decode() if isinstance(first, bytes) else first)  # type: ignore[arg-type]
    if name in ("base64.b32decode", "base64.b85decode", "base64.a85decode"):
        import base64

        decoded: Value = getattr(base64, name[7:])(first)
        return decoded
    if name == "base64.b64encode":
        import binascii

        return binascii.b2a_base64(first, newline=False)  # type: ignore[arg-type]
    if name == "codecs.decode" and a[1:2] in (["rot13"], ["rot_13"], ["rot-13"]):
        small, large = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        turn = small[13:] + small[:13] + large[13:] + large[:13]
        return first.translate(str.maketrans(small + large, turn))  # type: ignore[attr-defined]
    if name == "codecs.decode" and a[1:2] in (["hex"], ["hex_codec"]):
        return bytes.fromhex(first.decode() if isinstance(first, bytes) else first)  # type: ignore[arg-type]
    if name == "codecs.encode" and a[1:2] in (["rot13"], ["rot_13"]):
        return _constant_call("codecs.decode", a)
    if name == "zlib.compress":
        import zlib

        return zlib.compress(first) if isinstance(first, bytes) else Unknown()
    if name == "zlib.decompress":
        import zlib

        return zlib.decompressobj().decompress(first, SIZE)  # type: ignore[arg-type]
    if name in ("shlex.split", "shlex.quote", "shlex.join", "textwrap.dedent", "json.loads", "json.dumps"):
        module, _, function = name.partition(".")
        made: Value = getattr(__import__(module), function)(first)
        return made
    return Unknown()


PURE: "dict[str, Callable[..., Value]]" = {
    "chr": chr,
    "ord": ord,
    "len": len,
    "int": int,
    "float": float,
    "bool": bool,
    "repr": repr,
    "min": min,
    "max": max,
    "sum": sum,
    "any": any,
    "all": all,
    "abs": abs,
    "hex": hex,
    "oct": oct,
    "round": round,
    "str": str,
    "ascii": ascii,
    "divmod": divmod,
}


def _sequence(reader: "Notes", name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    function = a[0] if name in ("map", "filter") and a else None
    sources = [tree.listed(value) for value in (a[1:] if function is not None else a[:1] if name == "enumerate" else a)]
    if None in sources or any(len(s or ()) > 2000 for s in sources) or (not sources and name in ("map", "filter")):
        reader.callbacks(a, k)
        return Unknown(hints=tuple(h for v in a for h in getattr(v, "hints", ())))
    items = sources[0] or [] if sources else []
    if name == "zip":
        return [tuple(group) for group in zip(*[s or [] for s in sources], strict=False)]
    if name == "map":
        return [reader.call(function, list(group), {}) for group in zip(*[s or [] for s in sources], strict=False)]
    if name == "filter":
        tests = [truth(item if function is None else reader.call(function, [item], {})) for item in items]
        return Unknown() if None in tests else [i for i, test in zip(items, tests, strict=True) if test]
    if name == "enumerate":
        start = pick(a, k, 1, "start", 0)
        return [(n, item) for n, item in enumerate(items, start if isinstance(start, int) else 0)]
    if name == "reversed":
        return items[::-1]
    if name == "sorted":
        try:
            items = ordered(reader, items, k)
        except TypeError:
            return Unknown()
    if name in ("set", "frozenset"):
        return (
            list(dict.fromkeys(items))
            if known(items) and not any(isinstance(i, (list, dict)) for i in items)
            else items
        )
    return tuple(items) if name == "tuple" else items


def _itertools(name: str, a: "list[Value]", k: "dict[str, Value]") -> Value:
    """A function of itertools, of lists."""
    import itertools

    sources = [tree.listed(value) if not isinstance(value, int) else value for value in a]
    if name == "chain.from_iterable" and sources and isinstance(sources[0], list):
        sources, name = [tree.listed(value) for value in sources[0]], "chain"
    times = k.get("repeat", 1)
    if (
        not isinstance(times, int)
        or times > 9
        or None in sources
        or name not in ("product", "chain", "islice", "zip_longest", "permutations", "combinations")
    ):
        return Unknown()
    return list(itertools.islice(getattr(itertools, name)(*sources, **k), SIZE))


def ordered(reader: "Notes", items: "list[Value]", k: "dict[str, Value]") -> "list[Value]":
    """Items in order, if their keys are known. Raises TypeError."""
    key = k.get("key")
    keys = items if key is None else [reader.call(key, [item], {}) for item in items]
    keys = [each.text if isinstance(each, Path) else each for each in keys]
    if not known(keys):
        return items
    order = sorted(range(len(items)), key=keys.__getitem__, reverse=bool(k.get("reverse")))  # type: ignore[arg-type]
    return [items[i] for i in order]


def _os_path(reader: "Notes", name: str, a: "list[Value]") -> Value:
    texts = [path_text(value) for value in a]
    if name in ("exists", "isfile", "isdir", "lexists", "islink") and texts[:1] != [None] and texts:
        return tree.test(reader, name, texts[0] or "")
    if name in ("getsize", "getmtime") and texts and texts[0] is not None:
        found = tree.status(reader, texts[0])
        return found.members[f"st_{name[3:]}"] if isinstance(found, Instance) else Unknown()
    if name in ("exists", "isfile", "isdir", "lexists", "getsize", "islink", "getmtime", "samefile"):
        return Unknown()
    if None in texts or not texts:
        first = texts[0] if texts else None
        return Unknown(hints=(first,) if name == "join" and first else getattr(a[0], "hints", ()) if a else ())
    known_texts = [t for t in texts if t is not None]
    text = known_texts[0]
    if name == "join":
        return os.path.join(*known_texts)
    if name in ("basename", "dirname", "splitext", "split", "normpath", "isabs"):
        made: Value = getattr(os.path, name)(text)
        return made
    if name in ("abspath", "realpath"):
        folder = reader.state.folder
        return Unknown() if folder is None else os.path.normpath(os.path.join(folder, text))
    if name == "expanduser":
        return home(reader, text)
    if name == "expandvars" and "$" not in text:
        return text
    if name == "relpath" and len(known_texts) == 1 and reader.state.folder:
        return os.path.relpath(os.path.join(reader.state.folder, text), reader.state.folder)
    return Unknown()


def home(reader: "Notes", text: str) -> Value:
    """The path that ~ begins, with the home directory in its place."""
    if not text.startswith("~"):
        return text
    if text != "~" and not text.startswith("~/"):
        return Unknown()
    home = tree.variable(reader, "HOME", reader.state.home)
    return home + text[1:] if isinstance(home, str) else Unknown()


def path(a: "list[Value]") -> Value:
    """pathlib.Path(...)."""
    return join(Path("."), a)
