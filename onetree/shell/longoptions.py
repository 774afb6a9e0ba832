"""Long options that take no value, or that a row of commands.py names too: what is not here is unknown.

Imported only when a command is given a long option that its row does not list. Source: each program's --help (GNU
coreutils 9.7, sed 4.9).
"""

LONG = {
    "rm": "dir force interactive no-preserve-root one-file-system preserve-root recursive verbose",
    "rmdir": "ignore-fail-on-non-empty parents verbose",
    "shred": "exact force iterations random-source remove size verbose zero",
    "mkdir": "context mode parents verbose",
    "mkfifo": "context mode",
    "mknod": "context mode",
    "mktemp": "directory dry-run quiet suffix tmpdir",
    "touch": "date no-create no-dereference reference time",
    "truncate": "io-blocks no-create reference size",
    "cp": (
        "archive attributes-only backup context copy-contents dereference force interactive link no-clobber no- "
        "dereference no-preserve no-target-directory one-file-system parents preserve recursive reflink remove- "
        "destination sparse strip-trailing-slashes suffix symbolic-link target-directory update verbose"
    ),
    "mv": (
        "backup context force interactive no-clobber no-target-directory strip-trailing-slashes suffix target- "
        "directory update verbose"
    ),
    "ln": (
        "backup directory force interactive logical no-dereference no-target-directory physical relative suffix "
        "symbolic target-directory verbose"
    ),
    "install": (
        "backup compare context directory group mode no-target-directory owner preserve-context preserve- "
        "timestamps strip strip-program suffix target-directory verbose"
    ),
    "chmod": "changes no-preserve-root preserve-root quiet recursive reference silent verbose",
    "chown": (
        "changes dereference from no-dereference no-preserve-root preserve-root quiet recursive reference silent "
        "verbose"
    ),
    "chgrp": (
        "changes dereference no-dereference no-preserve-root preserve-root quiet recursive reference silent verbose"
    ),
    "tee": "append ignore-interrupts output-error",
    "sort": (
        "batch-size buffer-size check compress-program debug dictionary-order field-separator files0-from general- "
        "numeric-sort human-numeric-sort ignore-case ignore-leading-blanks ignore-nonprinting key merge month-sort "
        "numeric-sort output parallel random-sort random-source reverse sort stable temporary-directory unique "
        "version-sort zero-terminated"
    ),
    "shuf": "echo head-count input-range output random-source repeat zero-terminated",
    "split": (
        "additional-suffix bytes elide-empty-files filter hex-suffixes line-bytes lines number numeric-suffixes "
        "separator suffix-length unbuffered verbose"
    ),
    "csplit": "digits elide-empty-files keep-files prefix quiet silent suffix-format suppress-matched",
    "sed": (
        "debug expression file follow-symlinks in-place line-length null-data posix quiet regexp-extended sandbox "
        "separate silent unbuffered"
    ),
}
NEWER = "debug exchange no-copy keep-directory-symlink"  # of cp, mv and install since coreutils 9.1


def unknown(name: str, option: str) -> bool:
    """Whether a command whose long options are known does not have this one; it may be cut short."""
    if name not in LONG:
        return False
    plain = option.lstrip("-")
    return not any(known.startswith(plain) for known in f"{LONG[name]} {NEWER} help version".split())
