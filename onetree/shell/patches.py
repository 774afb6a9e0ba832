"""Patches: unified, context and git's (diffutils' manual, "Detailed Description of ..."; git-diff(1)).

read() gives what a patch says of each file, applied() what a file is afterwards.
"""

import re

FILES = 500  # files of one patch
LINE = 4096  # characters of a heading in which the end of a name is looked for
STEPS = 20000000  # comparisons of lines for one file

_UNIFIED = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_OLD_RANGE = re.compile(r"\*\*\* (\d+)(?:,(\d+))? \*\*\*\*")
_NEW_RANGE = re.compile(r"--- (\d+)(?:,(\d+))? ----")
_DATE = re.compile(r"\s+(?:\w{3} \w{3} [ \d]\d |\d{4}-\d\d-\d\d[ T]).*$")
_EPOCH = re.compile(r"19(?:69-12-31|70-01-01)")
_ESCAPE = re.compile(r"\\([0-7]{3}|.)")
_NAMED = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13}


class Hunk:
    """Lines that take the place of others. start: the first, from 1. lead, trail: lines at both ends that stay."""

    __slots__ = ("lead", "new", "old", "start", "trail")

    def __init__(self, start: int, old: "list[str]", new: "list[str]") -> None:
        self.start = start
        self.old = old
        self.new = new
        most = min(len(old), len(new))
        self.lead = next((i for i in range(most) if old[i] != new[i]), most)
        most -= self.lead
        self.trail = next((i for i in range(most) if old[-1 - i] != new[-1 - i]), most)


class Item:
    """What a patch says of one file.

    old, new, index: names as written, "" if none, "/dev/null". git: it has git's own header. moved, copied: (from, to).
    creates, deletes: what the header says. damaged: the rest of the patch is not as the format has it.
    """

    __slots__ = ("binary", "copied", "creates", "damaged", "deletes", "git", "hunks", "index", "moved", "new", "old")

    def __init__(self, old: str = "", new: str = "", *, git: bool = False) -> None:
        self.old = old
        self.new = new
        self.index = ""
        self.git = git
        self.moved: tuple[str, str] | None = None
        self.copied: tuple[str, str] | None = None
        self.creates = self.deletes = self.binary = self.damaged = False
        self.hunks: list[Hunk] = []

    def turned(self) -> None:
        """Make it the way back (patch -R)."""
        self.old, self.new = self.new, self.old
        self.creates, self.deletes = self.deletes, self.creates
        if self.moved:
            self.moved = self.moved[1], self.moved[0]
        if self.copied:
            self.deletes, self.old, self.copied = True, self.copied[1], None
        for hunk in self.hunks:
            hunk.old, hunk.new = hunk.new, hunk.old


def unquoted(name: str) -> str:
    """A name that may be in git's quotes, with escapes as in C."""
    if not name.startswith('"') or not name.endswith('"') or len(name) < 2:
        return name
    made = bytearray()
    at = 0
    text = name[1:-1]
    for found in _ESCAPE.finditer(text):
        made += text[at : found.start()].encode("utf-8", "surrogateescape")
        code = found.group(1)
        made.append(int(code, 8) & 255 if len(code) == 3 else _NAMED.get(code, ord(code[0]) & 255))
        at = found.end()
    made += text[at:].encode("utf-8", "surrogateescape")
    return made.decode("utf-8", "surrogateescape")


def _header(line: str) -> "tuple[str, bool]":
    """(name, whether the date says that there is no such file) of a line `--- name<TAB>date`."""
    text = line[4:].rstrip("\r\n")
    name, tab, date = text.partition("\t")
    if not tab:
        found = _DATE.search(text)
        name, date = (text[: found.start()], found.group()) if found else (text, "")
    name = unquoted(name.strip())
    return name, name == "/dev/null" or bool(_EPOCH.search(date))


def _git_names(text: str) -> "tuple[str, str]":
    """The two names of `diff --git a/x b/x`: alike after their first folder (git-diff(1), "Generating patch text")."""
    if text.startswith('"'):
        end = re.match(r'"(?:\\.|[^"\\])*"', text)
        if end is None:
            return "", ""
        return unquoted(end.group()), unquoted(text[end.end() :].strip())
    if text.endswith('"') and ' "' in text:
        old, _, new = text.partition(' "')
        return old, unquoted('"' + new)
    for i, c in enumerate(text[:LINE]):
        if c == " ":
            old, new = text[:i], text[i + 1 :]
            if old.partition("/")[2] == new.partition("/")[2] and (old == new or "/" in old):
                return old, new
    old, _, new = text.partition(" ")
    return old, new


class _Reader:
    def __init__(self, text: str) -> None:
        self.lines = [line + "\n" for line in text.split("\n")]
        self.lines[-1] = self.lines[-1][:-1]
        if not self.lines[-1]:
            self.lines.pop()
        self.at = 0
        self.items: list[Item] = []

    def look(self, ahead: int = 0) -> str:
        i = self.at + ahead
        return self.lines[i] if i < len(self.lines) else ""

    def read(self) -> "list[Item]":
        index = ""
        while self.at < len(self.lines) and len(self.items) < FILES:
            line = self.look()
            if line.startswith("diff --git "):
                self.git()
                index = ""
            elif line.startswith("Index: "):
                index = line[7:].strip()
                self.at += 1
            elif line.startswith("--- ") and self.look(1).startswith("+++ ") and self.look(2).startswith("@@ -"):
                self.unified(self.started(index))
                index = ""
            elif line.startswith("*** ") and self.look(1).startswith("--- ") and self.look(2).startswith("*******"):
                self.context(self.started(index))
                index = ""
            else:
                self.at += 1
        return self.items

    def started(self, index: str, item: "Item | None" = None) -> Item:
        if item is None:
            item = Item()
            item.index = index
            self.items.append(item)
        item.old, item.creates = _header(self.look())
        item.new, item.deletes = _header(self.look(1))
        self.at += 2
        return item

    def git(self) -> None:
        item = Item(*_git_names(self.look()[11:].rstrip("\r\n")), git=True)
        self.items.append(item)
        self.at += 1
        ends: dict[str, str] = {}
        while self.at < len(self.lines):
            line = self.look().rstrip("\r\n")
            words = line.split(" ")
            if line.startswith(("rename from ", "rename to ", "copy from ", "copy to ")):
                ends[" ".join(words[:2])] = unquoted(line.partition(words[1] + " ")[2])
            elif line.startswith("new file mode"):
                item.creates = True
            elif line.startswith("deleted file mode"):
                item.deletes = True
            elif line.startswith(("GIT binary patch", "Binary files ")):
                item.binary = True
            elif line.startswith("--- ") and self.look(1).startswith("+++ "):
                creates, deletes = item.creates, item.deletes
                self.started("", item)
                item.creates, item.deletes = item.creates or creates, item.deletes or deletes
                self.unified(item)
                break
            elif not line.startswith(("index ", "old mode", "new mode", "similarity ", "dissimilarity ")):
                break
            self.at += 1
        if "rename from" in ends and "rename to" in ends:
            item.moved = ends["rename from"], ends["rename to"]
        if "copy from" in ends and "copy to" in ends:
            item.copied = ends["copy from"], ends["copy to"]

    def unified(self, item: Item) -> None:
        while found := _UNIFIED.match(self.look()):
            self.at += 1
            start, olds, _, news = (1 if group is None else int(group[:9]) for group in found.groups())
            old: list[str] = []
            new: list[str] = []
            last = ""
            while len(old) < olds or len(new) < news or self.look().startswith("\\"):
                line = self.look()
                mark = line[:1]
                if mark == "\\":
                    for side in (old, new) if last == " " else (old,) if last == "-" else (new,):
                        side[-1:] = [text.removesuffix("\n") for text in side[-1:]]
                elif not line or mark not in " +-\n\t" or len(old) > olds or len(new) > news:
                    item.damaged = True
                    return
                if mark in ("-", " "):
                    old.append(line[1:])
                if mark in ("+", " "):
                    new.append(line[1:])
                if mark in ("\n", "\t"):  # an empty line of context whose blank was lost
                    old.append(line)
                    new.append(line)
                last = " " if mark in "\n\t" else mark
                self.at += 1
            item.hunks.append(Hunk(start + (not olds), old, new))

    def context(self, item: Item) -> None:
        while self.look().startswith("***************"):
            self.at += 1
            found = _OLD_RANGE.match(self.look())
            if found is None:
                item.damaged = True
                return
            start = int(found.group(1)[:9])
            self.at += 1
            old = self.side("-")
            found = _NEW_RANGE.match(self.look())
            if found is None:
                item.damaged = True
                return
            self.at += 1
            new = self.side("+")
            old = old or [(mark, text) for mark, text in new if mark == " "]
            new = new or [(mark, text) for mark, text in old if mark == " "]
            item.hunks.append(Hunk(start, [text for _, text in old], [text for _, text in new]))

    def side(self, own: str) -> "list[tuple[str, str]]":
        made: list[tuple[str, str]] = []
        while self.look()[:2] in ("  ", own + " ", "! ") or self.look().startswith("\\"):
            line = self.look()
            self.at += 1
            if line.startswith("\\"):
                made[-1:] = [(mark, text.removesuffix("\n")) for mark, text in made[-1:]]
            else:
                made.append((line[0], line[2:]))
        return made


def read(text: str) -> "list[Item]":
    """What a patch says of each file, in its order; at most FILES."""
    return _Reader(text).read()


def applied(text: str, hunks: "list[Hunk]", fuzz: int) -> "tuple[str, bool] | None":
    """(the text with all hunks applied, whether each was at its place); None if one does not fit.

    fuzz: lines of context at both ends that need not fit (patch(1), "-F").
    """
    lines = text.split("\n")
    lines = [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    made: list[str] = []
    at = shift = steps = 0
    exact = True
    for hunk in hunks:
        guess = max(hunk.start - 1, 0) + shift
        if lines[guess : guess + len(hunk.old)] != hunk.old:
            steps += len(lines) * len(hunk.old) * (fuzz + 1)
            if steps > STEPS:
                return None
        most = max(hunk.lead, hunk.trail)
        for lost in range(min(fuzz, most) + 1):
            front, back = max(lost + hunk.lead - most, 0), max(lost + hunk.trail - most, 0)
            old = hunk.old[front : len(hunk.old) - back]
            place = _place(lines, old, at, guess + front)
            if place is not None:
                break
        else:
            return None
        exact = exact and not lost and place == guess
        shift += place - front - guess
        made += lines[at:place] + hunk.new[front : len(hunk.new) - back]
        at = place + len(old)
    return "".join(made + lines[at:]), exact


def _place(lines: "list[str]", old: "list[str]", first: int, guess: int) -> "int | None":
    """Where lines stand, the nearest to a guess."""
    if not old:
        return guess if first <= guess <= len(lines) else None
    last = len(lines) - len(old)
    for away in range(max(guess - first, last - guess, 0) + 1):
        for place in {guess - away, guess + away}:
            if first <= place <= last and lines[place] == old[0] and lines[place : place + len(old)] == old:
                return place
    return None
