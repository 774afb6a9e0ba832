"""A commit's message with its trailers, as git-interpret-trailers(1) reads them."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

GIT_GENERATED = ("Signed-off-by: ", "(cherry picked from commit ")


def cleaned(text: str) -> str:
    """Without spaces at the ends of lines, blank lines around, and more than one blank line in a row."""
    kept: list[str] = []
    for line in [x.rstrip() for x in text.replace("\r\n", "\n").split("\n")]:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip("\n") + "\n"


def with_trailers(text: str, trailers: "Iterable[tuple[str, str]]") -> str:
    """The message with these (key, value) at its end; one that is there already, word for word, is not added again."""
    text = cleaned(text)
    paragraphs = text.rstrip("\n").split("\n\n")
    there = paragraphs[-1].split("\n") if len(paragraphs) > 1 and _is_block(paragraphs[-1]) else []
    new = [f"{key}: {' '.join(value.split())}" for key, value in trailers]
    new = [line for line in dict.fromkeys(new) if line not in there]
    if not new:
        return text
    return text.rstrip("\n") + ("\n" if there else "\n\n") + "\n".join(new) + "\n"


def keys(text: str) -> "set[str]":
    """The trailers' keys in a message, in lower case."""
    paragraphs = cleaned(text).rstrip("\n").split("\n\n")
    if len(paragraphs) < 2 or not _is_block(paragraphs[-1]):
        return set()
    return {line.partition(":")[0].lower() for line in paragraphs[-1].split("\n") if _is_trailer(line)}


def _is_block(paragraph: str) -> bool:
    """Whether a last paragraph is taken for trailers: all of its lines are, or go on with one."""
    lines = paragraph.split("\n")
    return _is_trailer(lines[0]) and all(_is_trailer(line) or line[:1] in (" ", "\t") for line in lines)


def _is_trailer(line: str) -> bool:
    key, colon, _ = line.partition(":")
    plain = bool(key) and all(c.isascii() and (c.isalnum() or c == "-") for c in key)
    return line.startswith(GIT_GENERATED) or (bool(colon) and plain)
