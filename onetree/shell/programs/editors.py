"""Editors that are told what to do on the command line or on standard input: ed, ex, vi, vim; for emacs, see emacs.py.

Sources: POSIX ed and ex; vim's :help (index, editing, starting).
"""

from onetree.shell.scripts import after_delimited
from onetree.shell.words import Field

from .call import Call

SILENT = ("-s", "-es", "-Es", "-e", "-E")
RANGE = "%$,.;0123456789+- \t"
# Commands of ex with what they do to the file they name: w writes, r reads. Abbreviations as far as :help has them.
EX_FILES = {
    "saveas": "w", "sav": "w", "mksession": "w", "mks": "w", "mkview": "w", "mkvimrc": "w", "mkv": "w", "mkexrc": "w",
    "mk": "w", "wviminfo": "w", "wv": "w", "wundo": "w", "mkspell": "w", "hardcopy": ".", "read": "r", "r": "r",
    "source": "r", "so": "r", "edit": "e", "e": "e", "vsplit": "e", "vs": "e", "split": "e", "sp": "e", "new": "e",
    "tabe": "e", "tabedit": "e", "file": "f", "f": "f", "undofile": ".", "rundo": "r",
}  # fmt: skip
WRITES = (
    "w",
    "write",
    "wq",
    "x",
    "xit",
    "exit",
    "up",
    "update",
    "wn",
    "wN",
    "wnext",
    "wa",
    "wall",
    "wqa",
    "wqall",
    "xa",
    "xall",
)
PLAIN = frozenset(
    (
        "q quit qa qall quita cq cquit s substitute d delete m move t copy co j join y yank pu put undo u redo set se "
        "setlocal let unlet syntax sy filetype filet colorscheme colo norm normal sort retab ret nohl noh echo echom "
        "messages mes p print nu number l list k mark ma a append i insert c change hi highlight autocmd au map nmap "
        "imap vmap nnoremap noremap inoremap vnoremap command com bn bp bfirst bnext n next N prev rew first last b "
        "buffer args ar cd lcd sleep sl if else endif for endfor while endwhile function endfunction return finish "
        "try catch endtry scriptencoding version ve help h z runtime ru packadd pa left ri right ce center start "
        "stopi star di display reg registers marks ju file ls buffers keepp keeppatterns only on close clo hide "
        "redraw redr mode bd bdelete bw bwipeout = > < & ~ digraphs vimgrep copen cclose tabnew fold fo foldopen "
        "foldclose delm delmarks lockm undojoin wincmd winc tag ta "
    ).split()
)
PREFIXES = frozenset(
    (
        "silent sil keepjumps keepalt noautocmd noa verbose bufdo argdo windo tabdo lockmarks keepmarks unsilent "
        "confirm conf noswapfile keeppatterns keepp "
    ).split()
)


class Session:
    """What an editor's commands do, one after another. names: the files that a plain `w` writes."""

    def __init__(self, call: Call, names: "list[Field]") -> None:
        self.call = call
        self.names = names
        self.unread = False

    def write(self, name: str, via: str) -> None:
        """Write the file that is named, or else the one at hand."""
        if name.startswith("!"):
            self.shell(name[1:])
            return
        name = name.removeprefix(">>").strip()
        for field in [Field(name, name)] if name else self.names:
            if self.expands(field.text or ""):
                self.unread = True
            else:
                self.call.effect("w", field, via)

    def read(self, name: str) -> None:
        """Read a file, or what a command prints."""
        if name.startswith("!"):
            self.shell(name[1:])
        elif name and not self.expands(name):
            self.call.effect("r", Field(name, name))

    def shell(self, text: str) -> None:
        """Run a shell's command; % is the file at hand."""
        if "%" in text.replace("\\%", "") and len(self.names) == 1 and self.names[0].text:
            text = text.replace("%", self.names[0].text)
        walker = self.call.walker
        walker.source(text, self.call.state.copy(), walker.here)

    def expands(self, name: str) -> bool:
        """Whether vim makes another name of this one (:help cmdline-special)."""
        return any(c in name for c in "%#`$*?<{") or name.startswith("=")

    # -- ex ------------------------------------------------------------------------------------------------------------

    def ex(self, text: str, depth: int = 0) -> None:
        """Commands of ex, one a line or parted by bars."""
        lines = text.split("\n")
        k = 0
        while k < len(lines):
            line = lines[k].strip()
            k += 1
            name = line.lstrip(RANGE + ":")
            if name in ("a", "i", "c", "append", "insert", "change"):
                while k < len(lines) and lines[k] != ".":
                    k += 1
                k += 1
                continue
            self.ex_line(line, depth)

    def ex_line(self, line: str, depth: int) -> None:
        """The commands of one line."""
        for _ in range(50):
            line = line.lstrip(" \t:|")
            if not line or line.startswith('"') or depth > 6:
                return
            line = _after_range(line)
            end = 0
            while end < len(line) and line[end].isalpha():
                end += 1
            name, rest = line[:end], line[end:]
            if not name:
                if line.startswith("!"):
                    self.filter(line[1:])
                    return
                if line[:1] not in ("=", ">", "<", "&", "~", "@", "*", ""):
                    self.unread = True
                line = line.partition("|")[2] if line[:1] not in ("@", "*") else ""
                continue
            if name[0] == "s" and (end == 1 or name not in EX_FILES) and self.substitutes(name, rest):
                line = self.after_substitute(line)
                continue
            if name in ("g", "global", "v", "vglobal"):
                rest = rest.removeprefix("!")
                stop = after_delimited(rest, 1, rest[:1])
                self.ex_line(rest[stop:] or "p", depth + 1)
                return
            line = self.ex_command(name, rest, depth)

    def substitutes(self, name: str, rest: str) -> bool:
        """Whether s is a substitution here."""
        return name in {"s", "substitute"} or (name[0] == "s" and not rest[:1].strip() and name == "s")

    def after_substitute(self, line: str) -> str:
        """What follows a substitution; an expression in it may do anything."""
        start = 10 if line.startswith("substitute") else 1
        delimiter = line[start : start + 1]
        if not delimiter.strip() or delimiter.isalnum():
            return line.partition("|")[2]
        stop = after_delimited(line, start + 1, delimiter)
        by = stop
        stop = after_delimited(line, stop, delimiter)
        if line.startswith("\\=", by):
            self.expression(line[by : stop - 1])
        return line[stop:].partition("|")[2]

    def ex_command(self, name: str, rest: str, depth: int) -> str:
        """One command of ex; what follows it on the line."""
        argument, _, more = _bar(rest)
        argument = argument.removeprefix("!") if name not in ("r", "read", "w", "write") else argument
        plain = argument.strip()
        if name in WRITES:
            if argument.startswith("!") and name in ("w", "write") and argument[1:2] not in ("", " "):
                self.shell(rest.strip()[1:])
                return ""
            plain = plain.removeprefix("!").strip() if argument.startswith("!") else plain
            if plain.startswith("!"):
                self.shell(rest.strip()[1:])
                return ""
            while plain.startswith("++"):
                plain = plain.partition(" ")[2].lstrip()
            self.write(plain, name)
        elif name in ("redir", "redi"):
            if plain.startswith(">"):
                self.write(plain.lstrip("> "), "redir")
        elif name in PREFIXES:
            return rest.removeprefix("!").lstrip("0123456789 ")
        elif name in ("exe", "execute"):
            text = _vim_string(plain)
            if text is None:
                self.unread = True
            else:
                self.ex_line(text, depth + 1)
        elif name in ("call", "cal", "eval", "echo", "let", "put", "pu"):
            self.expression(plain)
        elif name in ("norm", "normal"):
            self.normal(rest.lstrip("! "), depth)
            return ""
        elif name in EX_FILES:
            if plain.startswith("!") and EX_FILES[name] == "r":
                self.shell(rest.strip()[1:])
                return ""
            self.ex_file(name, plain, depth)
        elif name in ("py3", "python3", "py", "python", "pyx", "lua", "ruby", "perl"):
            from onetree.shell import inline

            language = "python" if name.startswith("py") else name
            inline.run(language, self.call, rest.strip(), [], f"{self.call.name} {name}")
            return ""
        elif name not in PLAIN:
            self.unread = True
        return more

    def ex_file(self, name: str, plain: str, depth: int) -> None:
        """A command with a file's name."""
        role = EX_FILES[name]
        if name == "hardcopy" and plain.startswith(">"):
            self.write(plain.lstrip("> "), name)
        if role == "w":
            self.write(plain, name)
            if name.startswith("sav") and plain:
                self.names = [Field(plain, plain)]
        elif role == "r":
            self.read(plain)
            if name in ("so", "source"):
                places = self.call.absolute(Field(plain, plain))
                text = self.call.walker.file(places[0]) if places else None
                if text is None or depth > 3:
                    self.unread = True
                else:
                    self.ex(text, depth + 1)
        elif role in ("e", "f") and plain:
            self.names = [Field(plain, plain)]
            if role == "e":
                self.read(plain)

    def filter(self, text: str) -> None:
        """:!command, or a range through a command."""
        self.shell(text)

    def normal(self, keys: str, depth: int) -> None:
        """Normal mode's keys: those that enter a command, or save and leave (:help index)."""
        if "ZZ" in keys:
            self.write("", "normal ZZ")
        at = keys.find(":")
        if at >= 0 and ("\r" in keys or "<CR>" in keys or "\x0d" in keys):
            self.ex_line(keys[at + 1 :].replace("\r", "").replace("<CR>", ""), depth + 1)

    def expression(self, text: str) -> None:
        """Functions of vim's that act (:help functions)."""
        for name, role in (
            ("writefile", "w"),
            ("delete", "d"),
            ("mkdir", "w"),
            ("system", "!"),
            ("systemlist", "!"),
            ("rename", "dw"),
        ):
            start = text.find(name + "(")
            if start < 0 or (start and (text[start - 1].isalnum() or text[start - 1] == "_")):
                continue
            inside = (
                text[start + len(name) + 1 :].partition(")")[0]
                if role != "w" or name == "mkdir"
                else text[start:].rpartition(")")[0]
            )
            parts = [part.strip() for part in inside.rsplit(",") if part.strip()]
            if name == "writefile":
                parts = [part for part in parts if part[:1] in ("'", '"') and part[-1:] == part[:1]]
                if parts and parts[-1].strip("'\"") in ("a", "b", "s", "S", "D", "ab"):
                    parts.pop()
                parts = parts[-1:]
            values = [_vim_string(part) for part in parts]
            if not values or values[0] is None:
                self.unread = True
            elif role == "!":
                self.shell(values[0])
            else:
                for letter, value in zip(role, values, strict=False):
                    self.call.effect(letter, Field(value, value or "", "a name"), name)

    # -- ed ------------------------------------------------------------------------------------------------------------

    def ed(self, text: str) -> None:
        """Commands of ed, one a line; text after a, i, c up to a point."""
        lines = text.split("\n")
        k = 0
        while k < len(lines):
            line = _after_range(lines[k].lstrip())
            k += 1
            c, rest = line[:1], line[1:]
            if c in ("g", "v", "G", "V") and rest:
                stop = after_delimited(rest, 1, rest[0])
                c, rest = rest[stop : stop + 1], rest[stop + 1 :]
                if c in ("w", "r", "e", "!"):
                    self.unread = True
            elif c and c in "aic":
                while k < len(lines) and lines[k] != ".":
                    k += 1
                k += 1
            elif c and c in "wW":
                name = rest.strip()
                self.write(name[1:].strip() if name.startswith("q") else name, c)
            elif c and c in "eE":
                if rest.strip():
                    self.read(rest.strip())
                    self.names = [Field(rest.strip(), rest.strip())] if not rest.strip().startswith("!") else self.names
            elif c == "r":
                self.read(rest.strip())
            elif c == "f" and rest.strip():
                self.names = [Field(rest.strip(), rest.strip())]
            elif c == "!":
                self.shell(rest)
            elif c and c in "qQ":
                return


def ed(call: Call) -> None:
    """The commands on standard input."""
    call.record()
    operands = [field for field in call.operands if field.text != "-"][:1]  # - is -s (ed(1))
    for field in operands:
        if field.text and not field.text.startswith("!"):
            call.effect("r", field)
    if not call.state.piped or call.state.text is None:
        call.operate("w*")
        call.opaque("ed: what it is told is known only when it runs", operands)
        return
    session = Session(call, operands)
    session.ed(call.state.text)
    if session.unread:
        call.opaque("ed: what its commands write or run is not read", operands)


def editor(call: Call) -> None:
    """Vim, ex, emacs: what options and `+` say, in order; what is typed cannot be known."""
    call.record()
    if call.name.startswith("emacs"):
        from .emacs import emacs

        emacs(call)
        return
    texts = [field.text for option, field in call.values if call.table.get(option) == "x"]
    texts += [(field.text or "")[1:] for field in call.operands if (field.text or "").startswith("+")]
    operands = [field for field in call.operands if not (field.text or "").startswith("+")]
    silent = call.name == "ex" or call.has(*SILENT)
    scripts = [field for option, field in call.values if option == "-S"]
    call.values = [(o, f) for o, f in call.values if f.text not in ("NONE", "NORC", "DEFAULTS")]
    call.option_values()
    if silent and call.state.piped:
        texts.append(call.state.text)
    if not texts and not scripts:
        call.operands = operands
        call.operate("r*" if call.has("-R", "-M") or call.name == "view" else "w*")
        return
    session = Session(call, operands)
    for field in operands:
        call.effect("r", field)
    for field in scripts:
        session.ex_file("source", field.text or "%", 0)
    for text in texts:
        if text is None:
            session.unread = True
        else:
            session.ex(text)
    if session.unread:
        call.opaque(f"{call.name}: what its commands write or run is not read", operands)


def _after_range(line: str) -> str:
    """A line without the lines that it is about: numbers, marks, /patterns/."""
    for _ in range(20):
        stripped = line.lstrip(RANGE)
        if stripped[:1] in ("/", "?"):
            stripped = stripped[after_delimited(stripped, 1, stripped[0]) :]
        elif stripped[:1] == "'" and len(stripped) > 1:
            stripped = stripped[2:]
        if stripped == line:
            return line
        line = stripped
    return line


def _bar(rest: str) -> "tuple[str, str, str]":
    """The argument of a command and what follows the bar; one in quotes or after a backslash parts nothing."""
    quote = ""
    i = 0
    while i < len(rest):
        c = rest[i]
        if c == "\\":
            i += 1
        elif quote:
            quote = "" if c == quote else quote
        elif c in "'\"":
            quote = c
        elif c == "|":
            return rest[:i], "|", rest[i + 1 :]
        i += 1
    return rest, "", ""


def _vim_string(text: str) -> "str | None":
    """The value of one plain string, or of several joined by points."""
    made = ""
    i = 0
    while i < len(text):
        c = text[i]
        if c in " .":
            i += 1
            continue
        if c not in "'\"":
            return None
        end = after_delimited(text, i + 1, c) if c == '"' else text.find("'", i + 1) + 1
        if end <= i or end > len(text):
            return None
        made += text[i + 1 : end - 1]
        i = end
    return made if text else None
