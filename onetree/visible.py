"""Text as it may be shown: a file's name, or what a command says, must neither steer a terminal nor break a line."""


def visible(text: str, layout: str = "") -> str:
    r"""The text with each character that is not to be seen written out: \x1b, \n, \udcff.

    layout: the ones that may stay, such as the newlines of a text of several lines.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in layout else c.encode("unicode_escape").decode("ascii") for c in text)
