"""Escapes with a backslash: of $'...' (bash(1), QUOTING), of echo -e and printf, and of awk."""

ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}


def ansi(inside: str) -> str:
    """The inside of $'...'."""
    made, i, n = [], 0, len(inside)
    while i < n:
        c = inside[i]
        i += 1
        if c != "\\" or i >= n:
            made.append(c)
            continue
        c = inside[i]
        i += 1
        if c in ESCAPES:
            made.append(ESCAPES[c])
        elif c in "xuU":
            most = {"x": 2, "u": 4, "U": 8}[c]
            end = i
            while end < n and end - i < most and inside[end] in "0123456789abcdefABCDEF":
                end += 1
            code = int(inside[i:end] or "0", 16)
            made.append(_character(code, byte=c == "x") if code < 0x110000 and end > i else "\\" + c)
            i = end
        elif c in "01234567":
            end = i - 1
            while end < n and end - i < 2 and inside[end] in "01234567":
                end += 1
            made.append(_character(int(inside[i - 1 : end], 8) & 0xFF, byte=True))
            i = end
        elif c == "c":
            made.append(chr(ord(inside[i : i + 1] or "@") & 0x1F))
            i += 1
        else:
            made.append(c if c in "'\"\\?" else "\\" + c)
    text = "".join(made).partition("\0")[0]
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def _character(code: int, *, byte: bool) -> str:
    """What bash writes for a number: a byte, or a character in UTF-8."""
    data = bytes((code,)) if byte else chr(code).encode("utf-8", "surrogatepass")
    return data.decode("utf-8", "surrogateescape")


def unescaped(text: str) -> str:
    """Text after echo -e's and awk's escapes."""
    if "\\" not in text:
        return text
    made, i = [], 0
    while i < len(text):
        c = text[i]
        if c == "\\" and i + 1 < len(text):
            i += 1
            c = text[i]
            if c == "x" or c in "01234567":
                start = i + 1 if c in "x0" else i
                base, most = (16, 2) if c == "x" else (8, 3)
                end = start
                while (
                    end < len(text)
                    and end - start < most
                    and text[end] in "0123456789abcdefABCDEF"[: 22 if base == 16 else 8]
                ):
                    end += 1
                made.append(chr(int(text[start:end] or "0", base) & 0xFF))
                i = end
                continue
            made.append(ESCAPES.get(c, c if c in '\\"/' else "\\" + c))
        else:
            made.append(c)
        i += 1
    return "".join(made)
