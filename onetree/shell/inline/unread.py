"""Languages that are not read: whether a program's text is of those that certainly write and run nothing.

A text is harmless if each function that it calls is in the list of its language, and no word in it has to do with
files. All else is opaque, with the paths that the text has.
"""

import re

from .values import is_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Program

COMMON = "if for while print println puts printf format length size max min sum abs round floor sqrt exp log sin cos"
HARMLESS: "dict[str, frozenset[str]]" = {
    "Rscript": frozenset(
        f"{COMMON} "
        "cat paste0 c seq seq_len seq_along rep rev sort order unique mean median sd var range quantile paste "
        "summary head tail str nchar toupper tolower substr strsplit sprintf list vector numeric character t "
        "matrix data.frame nrow ncol dim names is.na is.null stopifnot function return message version "
        "packageVersion sessionInfo R.Version Sys.time Sys.Date getwd date commandArgs as.numeric as.integer "
        "as.character invisible library require requireNamespace suppressPackageStartupMessages "
        "installed.packages rownames set.seed rnorm runif sample table quit q exists nlevels levels factor "
        "switch repeat".split()
    ),
    "julia": frozenset(
        f"{COMMON} string join split repeat collect sort reverse length parse sum prod zeros ones rand typeof div mod "
        "uppercase lowercase push! keys values haskey string Int Float64 versioninfo map filter range Dict Set".split()
    ),
    "groovy": frozenset(
        f"{COMMON} each collect join split toUpperCase toLowerCase reverse size times plus findAll sort trim".split()
    ),
    "elixir": frozenset(
        f"{COMMON} IO.puts IO.inspect Enum.map Enum.sum Enum.join Enum.each Enum.reduce Enum.filter Enum.sort "
        "Enum.count String.upcase String.downcase String.split String.reverse String.length System.version fn "
        "Integer.to_string to_string inspect".split()
    ),
    "tclsh": frozenset(
        "puts set expr incr list lindex llength lrange lsort lappend append foreach for if else elseif while proc "
        "return string format array dict clock split join concat break continue global exit info".split()
    ),
}
FILES = re.compile(
    r"\b(files?|con|sink|path|runtime|process(builder)?|execute|eval|include|source|system2?|shell|run|spawn|"
    r"open|write\w*|save\w*|unlink|delete|remove|touch|mkdir|cp|mv|rm|cmd|parse|get|do\.call)\b",
    re.IGNORECASE,
)
M4 = re.compile(r"syscmd|indir|builtin|maketemp|mkstemp|debugfile|defn|undivert|include|changeword")
STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"' + r"|'(?:[^'\\]|\\.)*'")
CALLED = re.compile(r"([A-Za-z_][\w.!]*(?:::[\w.]+)?)\s*\(|\b([A-Z]\w*\.\w+)")
TCL = re.compile(r'(?:^|[;\n\[{])\s*([^\s;\[\]{}"]+)')
TCL_VALUE = re.compile(r"-?[\d.]+|\$\w+(?=\s*[<>=!+*/%&|-])")
SIZE = 20000


def run(program: "Program", language: str) -> "str | None":
    """Say nothing of what is harmless, else that it is not read, and which paths it has."""
    text = program.text
    if len(text) <= SIZE and harmless(language, text):
        return None
    pieces = re.split(r"""[\s"'`(){}\[\],;=<>|&]+""", text[:SIZE])
    paths = dict.fromkeys(piece for piece in pieces if is_path(piece))
    program.opaque("its language is not read", list(paths)[:40])
    return None


def harmless(language: str, text: str) -> bool:
    """Whether all that a text calls is known to write and run nothing."""
    if language == "m4":
        return M4.search(text) is None
    known = HARMLESS.get(language)
    if known is None:
        return False
    if language == "tclsh":
        plain = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("#"))
        names = [found.group(1) for found in TCL.finditer(plain) if not TCL_VALUE.match(plain, found.start(1))]
        return known.issuperset(names)
    if "`" in text or "#{" in text or "$(" in text or "${" in text:
        return False
    plain = STRINGS.sub('""', text)
    if FILES.search(plain):
        return False
    return known.issuperset(a or b for a, b in CALLED.findall(plain))
