"""What a sed program prints when its input is known (sed(1), GNU sed 4.9): addresses, and s y d p q = a i c G.

None when the program uses what is not followed here, or may take long.
"""

import re

from onetree.shell.escapes import unescaped

from .text import regular

LINES = 2000
STEPS = 20000
LENGTH = 65536
LINE = 4000

Address = int | str | re.Pattern[str]


class Unread(Exception):
    """The program uses what is not followed."""


class Order:
    """One command: which lines it is for, its letter, and what it needs."""

    def __init__(self, addresses: "list[Address]", negated: bool, letter: str) -> None:
        self.addresses = addresses
        self.negated = negated
        self.letter = letter
        self.pattern: re.Pattern[str] | None = None
        self.text = ""
        self.flags = ""
        self.inside: list[Order] = []
        self.open = False  # whether its range has begun
        self.last = 0  # the line that ends the range, when that is a number

    def chosen(self, line: str, number: int, *, last: bool) -> bool:
        """Whether it is for this line."""
        if len(self.addresses) < 2:
            found = not self.addresses or _is(self.addresses[0], line, number, last=last)
        else:
            found = self.within(line, number, last=last)
        return found != self.negated

    def within(self, line: str, number: int, *, last: bool) -> bool:
        """Whether a line is in the range; the second address is looked at from the line after the first."""
        first, second = self.addresses
        if not self.open:
            if not _is(first, line, number, last=last):
                return False
            self.open = not (isinstance(second, int) and second <= number)
            return True
        if isinstance(second, int):
            self.open = number < second
            return number <= second
        self.open = not _is(second, line, number, last=last)
        return True


def _is(address: Address, line: str, number: int, *, last: bool) -> bool:
    if isinstance(address, int):
        return address == number
    return last if isinstance(address, str) else address.search(line) is not None


class Reader:
    """Reads a program."""

    def __init__(self, program: str, *, extended: bool) -> None:
        self.program = program
        self.extended = extended
        self.at = 0

    def orders(self, *, inside: bool = False) -> "list[Order]":
        """Commands up to the end, or to }."""
        made: list[Order] = []
        while True:
            self.skip(" \t\n;")
            c = self.next()
            if c in ("", "}"):
                if (c == "}") != inside:
                    raise Unread
                self.at += 1
                return made
            if c == "#":
                self.line()
                continue
            made.append(self.order())

    def next(self) -> str:
        """The next character."""
        return self.program[self.at : self.at + 1]

    def skip(self, which: str) -> None:
        """Go on over such characters."""
        while self.next() and self.next() in which:
            self.at += 1

    def line(self) -> str:
        """The rest of the line."""
        end = self.program.find("\n", self.at)
        end = len(self.program) if end < 0 else end
        text, self.at = self.program[self.at : end], end
        return text

    def order(self) -> Order:
        """Read one command with its addresses."""
        addresses = []
        if (first := self.address()) is not None:
            addresses.append(first)
            self.skip(" ")
            if self.next() == ",":
                self.at += 1
                self.skip(" ")
                second = self.address()
                if second is None or first == 0:
                    raise Unread
                addresses.append(second)
        self.skip(" \t")
        negated = self.next() == "!"
        self.at += negated
        self.skip(" \t")
        letter = self.next()
        self.at += 1
        made = Order(addresses, negated, letter)
        if letter == "{":
            made.inside = self.orders(inside=True)
        elif letter == "s":
            self.substitution(made)
        elif letter == "y":
            by = self.next()
            self.at += 1
            made.text, made.flags = self.part(by), self.part(by)
            if "\\" in made.text + made.flags or len(made.text) != len(made.flags):
                raise Unread
        elif letter in "aic":
            self.skip(" \t")
            if self.next() == "\\":
                self.at += 1
                self.skip(" \t")
                self.at += self.next() == "\n"
            made.text = self.line()
            if "\\" in made.text or (letter == "c" and len(addresses) > 1):
                raise Unread
        elif letter in "qQ":
            self.skip(" 0123456789")
        elif letter not in "dpG=":
            raise Unread
        return made

    def address(self) -> "Address | None":
        """One address, None if there is none."""
        c = self.next()
        if c.isdigit():
            start = self.at
            self.skip("0123456789")
            if self.next() == "~" or self.at - start > 9:
                raise Unread
            return int(self.program[start : self.at])
        if c == "$":
            self.at += 1
            return "$"
        if c in ("/", "\\"):
            self.at += 1 + (c == "\\")
            by = self.program[self.at - 1]
            pattern = self.part(by)
            flags = self.next() == "I"
            self.at += flags
            return self.compiled(pattern, "i" if flags else "")
        return None

    def part(self, by: str) -> str:
        """The text up to a delimiter."""
        made, brackets = [], False
        while (c := self.next()) != by or brackets:
            if not c or c == "\n":
                raise Unread
            if c == "\\" and not brackets:
                c = self.program[self.at : self.at + 2]
                if c[1:] == by:
                    made.append(by if by not in "|+?(){}.*^$[]" else c)
                    self.at += 2
                    continue
            elif c == "[" and by != "[":
                close = self.program.find("]", self.at + 2 + (self.program[self.at + 1 : self.at + 2] == "^"))
                inside = self.program[self.at : close + 1]
                c = inside if close > 0 and by not in inside and "\n" not in inside else c
            made.append(c)
            self.at += len(c)
        self.at += 1
        return "".join(made)

    def compiled(self, pattern: str, flags: str) -> "re.Pattern[str]":
        """An expression as Python's."""
        source = regular(pattern.replace("\\n", "\n").replace("\\t", "\t"), extended=self.extended, groups=True)
        if not pattern or source is None:
            raise Unread
        try:
            return re.compile(source, re.IGNORECASE if "i" in flags.lower() else 0)
        except re.error:
            raise Unread from None

    def substitution(self, made: Order) -> None:
        """What follows s."""
        by = self.next()
        self.at += 1
        if by in ("", "\n", "\\"):
            raise Unread
        pattern, made.text = self.part(by), self.part(by)
        start = self.at
        self.skip("gpiI0123456789")
        made.flags = self.program[start : self.at]
        if self.next() not in ("", ";", "\n", "}", " ") or sum(c.isdigit() for c in made.flags) > 1:
            raise Unread
        made.pattern = self.compiled(pattern, made.flags)


def replaced(order: Order, line: str) -> "tuple[str, bool]":
    """A line after s, and whether something was replaced."""
    if order.pattern is None or len(line) > LINE:
        raise Unread
    which = next((int(c) for c in order.flags if c.isdigit()), 1)
    count = 0

    def put(match: "re.Match[str]") -> str:
        nonlocal count
        count += 1
        if count < which or (count > which and "g" not in order.flags):
            return match.group()
        return _filled(order.text, match)

    made = order.pattern.sub(put, line)
    return made, count >= which


def _filled(text: str, match: "re.Match[str]") -> str:
    made, i = [], 0
    while i < len(text):
        c = text[i]
        follows = text[i + 1 : i + 2]
        if c == "\\" and follows:
            i += 1
            if follows.isdigit():
                try:
                    made.append(match.group(int(follows)) or "")
                except IndexError:
                    raise Unread from None
            elif follows in "nt":
                made.append(unescaped(c + follows))
            elif follows.isalpha():
                raise Unread
            else:
                made.append(follows)
        else:
            made.append(match.group() if c == "&" else c)
        i += 1
    return "".join(made)


class Run:
    """A program that runs over lines."""

    def __init__(self, orders: "list[Order]", *, quiet: bool) -> None:
        self.orders = orders
        self.quiet = quiet
        self.made: list[str] = []
        self.after: list[str] = []
        self.line = ""
        self.steps = 0
        self.stopped = ""

    def step(self, orders: "list[Order]", number: int, *, last: bool) -> bool:
        """Run commands on a line; whether the cycle goes on to its end."""
        for order in orders:
            self.steps += 1
            if self.steps > STEPS:
                raise Unread
            if not order.chosen(self.line, number, last=last):
                continue
            if order.letter == "{":
                if not self.step(order.inside, number, last=last):
                    return False
            elif not self.do(order, number):
                return False
        return True

    def do(self, order: Order, number: int) -> bool:
        """One command on the line."""
        letter = order.letter
        if letter == "s":
            self.line, done = replaced(order, self.line)
            if done and "p" in order.flags:
                self.made.append(self.line)
        elif letter == "y":
            self.line = self.line.translate(str.maketrans(order.text, order.flags))
        elif letter == "p":
            self.made.append(self.line)
        elif letter == "=":
            self.made.append(str(number))
        elif letter == "G":
            self.line += "\n"
        elif letter == "a":
            self.after.append(order.text)
        elif letter == "i":
            self.made.append(order.text)
        elif letter == "c":
            self.made.append(order.text)
            return False
        elif letter in "qQ":
            self.stopped = letter
            return letter == "q"
        return letter != "d"

    def over(self, lines: "list[str]") -> "list[str]":
        """All the lines."""
        for number, line in enumerate(lines, 1):
            self.line = line
            if self.step(self.orders, number, last=number == len(lines)) and not self.quiet:
                self.made.append(self.line)
            self.made += self.after
            self.after.clear()
            if self.stopped:
                break
        return self.made


def printed(program: str, text: str, *, extended: bool, quiet: bool) -> "str | None":
    """What sed prints for a text."""
    if len(program) > 2000 or len(text) > LENGTH:
        return None
    lines = text.split("\n")
    ended = lines[-1] == ""
    lines = lines[:-1] if ended else lines
    if len(lines) > LINES:
        return None
    try:
        quiet = quiet or program.startswith("#n\n")
        made = Run(Reader(program, extended=extended).orders(), quiet=quiet).over(lines)
    except (Unread, RecursionError):
        return None
    return "\n".join(made) + ("\n" if ended and made else "")
