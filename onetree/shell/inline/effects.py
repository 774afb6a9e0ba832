"""What a program that is followed does to files, and the commands that it gives."""

from .evaluation import Evaluation
from .flow import TURNS
from .values import Thing, is_reading, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .values import Value


class Effects(Evaluation):
    """Files that are opened, operated on, listed; commands that are run; what is printed."""

    def act(self, name: str, spec: str, arguments: "list[Value]") -> "Value":
        """What a call does to its arguments."""
        arguments = [a for a in arguments if not (isinstance(a, Thing) and a.kind == "func")]
        if spec.startswith("$"):
            return self.like(name, spec[1:].split(), arguments)
        if spec.startswith("+"):
            spec = spec[1:]
            arguments = self.flat(arguments)
        roles = spec.partition(" ")[0]
        if roles.endswith("*"):
            roles = roles[:-1] + roles[-2] * max(0, len(arguments) - len(roles) + 1) if arguments else ""
        for role, argument in zip(roles, arguments, strict=False):
            self.effect(role, argument, name)
        return None

    def flat(self, arguments: "list[Value]") -> "list[Value]":
        """Arguments with the items of lists in their places."""
        made: list[Value] = []
        for argument in arguments:
            if isinstance(argument, list):
                made.extend(self.flat(argument))
            elif not isinstance(argument, dict):
                made.append(argument)
        return made

    def effect(self, role: str, value: "Value", via: str, *, certain: bool = True) -> None:
        """Note what a letter says of a path."""
        op = {"r": "read", "w": "write", "d": "delete", "m": "meta"}.get(role.lower())
        if op is None or isinstance(value, (bool, dict)):
            return
        values = self.each(value)
        for one in values:
            path = text_of(one)
            if path is None and isinstance(one, (list, Thing)):
                if isinstance(one, Thing) and one.kind in ("handle", "memory"):
                    continue
                path = None
            if path is not None:
                self.touched[path] = None
            if path is not None or op != "read":
                certain = certain and not self.doubt and len(values) == 1
                self.program.effect(op, path, via, tree=role.isupper(), certain=certain)

    def like(self, name: str, words: "list[str]", arguments: "list[Value]") -> "Value":
        """Do what a shell command does with the same operands."""
        walker = self.program.call.walker
        noted, trail = len(walker.commands), walker.trail
        walker.trail = (*trail, f"{self.program.shown}: {name}")
        try:
            lists = [self.each(one) for one in self.flat(arguments)]
            most = max((len(one) for one in lists), default=1)
            for k in range(most):
                operands = [text_of(one[min(k, len(one) - 1)]) for one in lists]
                operands = ["./" + one if one and one.startswith("-") else one for one in operands]
                self.counted(self.program.command, [*words, *operands], unsure=most > 1)
        finally:
            walker.trail = trail
            del walker.commands[noted:]
        return None

    def command(self, arguments: "list[Value]") -> "Value":
        """A program run without a shell."""
        texts = [text_of(one) for one in self.flat(arguments)]
        if not texts or texts[0] is None:
            self.program.opaque("it runs a command that is known only when it runs")
            return None
        return self.counted(self.program.command, texts)

    def execute(self, arguments: "list[Value]") -> "Value":
        """One text is for a shell; several are a program and its arguments."""
        arguments = self.flat(arguments)
        if len(arguments) == 1:
            return self.shell(arguments[0])
        return self.command(arguments)

    def printed(self, text: "Value") -> None:
        """Note what is printed."""
        found = text_of(text)
        if self.out is not None:
            self.out = None if found is None or self.doubt or len(self.out) > 2000 else [*self.out, found]

    def opened(self, path: "Value", mode: "Value", via: str) -> "Value":
        """Open a file: what it is opened for is in the mode."""
        modes = [text_of(one) for one in self.each(mode)]
        if None in modes:
            self.effect("w", path, f"{via} with an unknown mode", certain=False)
            return Thing("handle", path)
        for one in modes:
            role = "r" if is_reading(one or "r") else "w"
            self.effect(role, path, via if role == "r" else f"{via} {one}", certain=len(modes) == 1)
        return Thing("handle", path)

    def names_in(self, folder: "Value") -> "list[Value] | None":
        """The names in a folder of the tree, if they are few."""
        import os

        from onetree.shell.words import Field

        text = text_of(folder)
        places = [] if text is None else self.program.call.absolute(Field(text, text))
        if len(places) != 1:
            return None
        try:
            found = sorted(os.listdir(places[0]))
        except (OSError, ValueError):
            return None
        return list(found) if len(found) <= TURNS else None

    def matching(self, pattern: "Value") -> "list[Value] | None":
        """The names that a shell's pattern stands for."""
        from onetree.shell import words

        text = text_of(pattern)
        if text is None or any(c in text for c in "$`\"'\\()<>"):
            return None
        fields = [field for word in text.split() for field in words.expand(word, self.program.call.state)]
        if any(field.text is None for field in fields):
            return None
        return [field.text for field in fields if not ("*" in (field.text or "") or "?" in (field.text or ""))]

    def text_of_file(self, path: "Value") -> "str | None":
        """The text of a file that the program reads."""
        from onetree.shell.words import Field

        text = text_of(path)
        if text is None or self.touched.get(text):
            return None
        places = self.program.call.absolute(Field(text, text))
        return self.program.call.walker.file(places[0]) if len(places) == 1 else None
