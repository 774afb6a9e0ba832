"""Less common programs that write: each says where in its own way."""

import itertools

from onetree.shell.words import Field

from .call import Call

PREPROCESSED = 64  # operands that are named as candidates


def quiet(call: Call) -> bool:
    """Whether a program is only asked what it is."""
    return not call.fields[1:] or call.has("--help", "--version")


def unknown_names(call: Call) -> None:
    """A program that writes files whose names its operands do not say, or not simply."""
    call.record()
    if quiet(call):
        return
    row = call.row
    if len(row) == 3 and any(call.given(flag) for flag in row[2][0].split()):
        call.operate()
        return
    call.option_values()
    call.opaque(f"{call.name}: which files it writes is not known", call.operands[:PREPROCESSED])


def last_written(call: Call) -> None:
    """A program whose last operand, where there are several, is what it makes (lwp-download URL FILE)."""
    call.record()
    call.option_values()
    if quiet(call):
        return
    if len(call.operands) < 2:
        call.opaque(f"{call.name}: which files it writes is not known", call.operands)
        return
    for field in call.operands[:-1]:
        if "://" not in (field.text or ""):
            call.effect("r", field)
    call.effect("w", call.operands[-1])


def uudecode(call: Call) -> None:
    """Without -o the encoded file says the name: `begin MODE NAME` (uudecode(1))."""
    call.record()
    call.operate("r*")
    if quiet(call) or call.value("-o", "--output-file") is not None:
        return
    texts = [call.walker.file(path) for field in call.operands for path in call.absolute(field)] or [call.state.text]
    for text in texts:
        first = next((line for line in (text or "").splitlines() if line.startswith("begin")), "").split(None, 2)
        if len(first) == 3 and first[0] in ("begin", "begin-base64"):
            call.effect("w", Field(first[2], first[2]))
        else:
            call.opaque("uudecode: the name that its input says is not known")


OPENSSL_WRITES = ("-out", "-keyout", "-writerand", "-CAserial", "-sigout", "-certsout", "-tokenout", "-respout")
OPENSSL_READS = ("-in", "-inkey", "-key", "-CA", "-CAkey", "-config", "-extfile", "-passin", "-certfile", "-signer")
OPENSSL_TREES = ("-outdir",)


def openssl(call: Call) -> None:
    """Read openssl COMMAND [OPTION VALUE]...: the options that name files are the same in all commands (openssl(1))."""
    call.record()
    fields = call.fields[1:]
    command = fields[0].text if fields else ""
    for option, field in itertools.pairwise(fields):
        name = (option.text or "").replace("--", "-", 1)
        if name in OPENSSL_WRITES:
            call.effect("w", field, name)
        elif name in OPENSSL_TREES:
            call.effect("W", field, name)
        elif name in OPENSSL_READS and ":" not in (field.text or ""):
            call.effect("r", field, name)
    texts = [field.text for field in fields]
    if command == "ca" or "-CAcreateserial" in texts:
        call.opaque(f"openssl {command}: its configuration says what more it writes")


def socat(call: Call) -> None:
    """Addresses OPEN:, CREATE:, GOPEN: name files; EXEC: and SYSTEM: commands; a plain path is GOPEN (socat(1))."""
    call.record()
    call.option_values()
    reads_only = call.has("-u")
    for index, field in enumerate(call.operands[:2]):
        if field.text is None:
            call.opaque("socat: an address is known only when it runs")
            continue
        for address in field.text.split("!!"):
            kind, _, rest = address.partition(":")
            kind = kind.partition(",")[0].upper()
            name = rest.partition(",")[0]
            if kind in ("EXEC", "SYSTEM", "SHELL"):
                call.walker.source(name, call.state.copy(), call.walker.here)
            elif kind in ("CREATE", "CREAT", "OPEN", "GOPEN", "FILE") or (not rest and "/" in address):
                path = Field(name or address.partition(",")[0], field.written)
                only = "rdonly" in address or (reads_only and index == 0)
                call.effect("r" if only else "w", path, kind)
            elif kind == "PTY" and "link=" in address:
                linked = address.partition("link=")[2].partition(",")[0]
                call.effect("w", Field(linked, field.written), kind)
            elif kind in ("UNIX-LISTEN", "UNIX-L", "PIPE", "UNIX-RECV", "UNIX-RECVFROM") and name:
                call.effect("w", Field(name, field.written), kind)


def netcat(call: Call) -> None:
    """nc: what -e and -c run is fed from the network."""
    call.record()
    call.option_values()
    for option, field in call.values:
        if call.table.get(option) == "x":
            call.opaque(f"nc {option}: what {field.written} does with its input is not read")


def xmlstarlet(call: Call) -> None:
    """`xmlstarlet ed -L` edits in place (its user's guide)."""
    call.record()
    texts = [field.text or "" for field in call.fields[1:]]
    if texts[:1] not in (["ed"], ["edit"]) or not any(text in ("-L", "--inplace") for text in texts):
        return
    files = [field for field in call.fields[2:] if field.text is None or not field.text.startswith("-")]
    if files:
        call.effect("w", files[-1], "ed -L")


def miller(call: Call) -> None:
    """`mlr -I VERB FILE...` changes the files; tee and split verbs write others (Miller's manual, "In-place mode")."""
    call.record()
    texts = [field.text or "" for field in call.fields[1:]]
    if any(text in ("tee", "split", "case") or "tee >" in text or "dump >" in text for text in texts):
        call.opaque("mlr: which files its verbs write is not known")
    if "-I" not in texts:
        return
    for field in reversed(call.fields[1:]):
        if field.text is None or not any(map(_exists, call.absolute(field))):
            break
        call.effect("w", field, "-I")


def _exists(path: str) -> bool:
    from os.path import isfile

    return isfile(path)


def exiftool(call: Call) -> None:
    """-TAG=VALUE changes the file and keeps FILE_original, unless -overwrite_original (exiftool(1))."""
    call.record()
    texts = [field.text or "" for field in call.fields[1:]]
    changes = any(text.startswith("-") and "=" in text for text in texts)
    files = [field for field in call.fields[1:] if (field.text or "-")[:1] != "-"]
    for field in files:
        call.effect("w" if changes else "r", field)
        if changes and field.text and not any(text.startswith("-overwrite_original") for text in texts):
            call.effect("w", Field(field.text + "_original", field.written))
    if any(text.lower().startswith(("-filename=", "-directory=", "-w", "-o", "-tagsfromfile")) for text in texts):
        call.opaque("exiftool: which files it makes is not known")


def pdftk(call: Call) -> None:
    """`pdftk FILE... OPERATION output FILE` (pdftk(1))."""
    call.record()
    fields = call.fields[1:]
    for option, field in itertools.pairwise(fields):
        if option.text == "output":
            call.effect("w", field)
    if any(field.text == "burst" for field in fields):
        call.opaque("pdftk burst: how many files it writes is not known")


def qpdf(call: Call) -> None:
    """`qpdf IN [OPTION...] OUT`, or --replace-input (qpdf's manual)."""
    call.record()
    texts = [field.text or "" for field in call.fields[1:]]
    if "--replace-input" in texts:
        call.operate("w*")
    elif not any(text.startswith(("--check", "--show-", "--list-", "--is-", "--requires", "--json")) for text in texts):
        last_written(call)


def sd(call: Call) -> None:
    """Read sd FIND REPLACE [FILE]...: in place, but for -p (sd --help)."""
    call.record()
    call.operate("..r*" if call.has("-p", "--preview") else "..w*")


def htpasswd(call: Call) -> None:
    """Read htpasswd [-n] [-b] FILE USER: -n prints only (htpasswd(1))."""
    call.record()
    call.operate(".*" if any("n" in flag for flag in call.flags) else "w.*")


def crudini(call: Call) -> None:
    """Read crudini --set and --del change FILE, --merge too (crudini(1))."""
    call.record()
    call.operate("w.*" if call.has("--set", "--del", "--merge") else "r.*")


def squash(call: Call) -> None:
    """Read mksquashfs SOURCE... DESTINATION [OPTION]... (mksquashfs(1))."""
    call.record()
    count = 0
    fields = call.fields[1:]
    while count < len(fields) and (fields[count].text or "")[:1] != "-":
        count += 1
    if count > 1:
        for field in fields[: count - 1]:
            call.effect("R", field)
        call.effect("w", fields[count - 1])


GPG_KEEPS = ("--export", "--list-keys", "--list-secret-keys", "--fingerprint", "--verify", "-k", "-K", "--list-packets")
GPG_LOADS = (
    "--import",
    "--gen-key",
    "--quick-gen-key",
    "--full-generate-key",
    "--delete-keys",
    "--edit-key",
    "--recv-keys",
)


def gpg(call: Call) -> None:
    """Without -o: FILE.gpg, or .asc with -a, .sig for -b; -d prints; a file alone is decrypted to its name (gpg(1))."""
    call.record()
    call.option_values()
    if call.has("--help", "--version") or call.has(*GPG_KEEPS) or call.has(*GPG_LOADS):
        return
    for field in call.operands:
        call.effect("r", field)
    if call.value("-o", "--output") is not None or call.has("-d", "--decrypt", "--print-md"):
        return
    armoured = call.has("-a", "--armor", "--armour")
    ending = ""
    if call.has("-b", "--detach-sign", "--detach-sig"):
        ending = ".asc" if armoured else ".sig"
    elif call.has("--clearsign", "--clear-sign"):
        ending = ".asc"
    elif call.has("-e", "-c", "-s", "--encrypt", "--symmetric", "--sign", "--store"):
        ending = ".asc" if armoured else ".gpg"
    for field in call.operands:
        if field.text is None:
            call.opaque("gpg: the name that it makes is known only when it runs")
        elif ending:
            call.effect("w", Field(field.text + ending, field.written))
        elif field.text.endswith((".gpg", ".asc", ".pgp")):
            call.effect("w", Field(field.text[:-4], field.written), certain=False)


def ssh_keygen(call: Call) -> None:
    """-f FILE makes FILE and FILE.pub; -p and -c change FILE; -R the known hosts; the rest reads (ssh-keygen(1))."""
    call.record()
    file = call.value("-f")
    if call.value("-R") is not None:
        for name in (file or Field("~/.ssh/known_hosts", "known_hosts"),):
            text = (name.text or "").replace("~", call.state.home, 1) if (name.text or "")[:1] == "~" else name.text
            call.effect("w", Field(text, name.written, name.why))
            call.effect("w", Field(None if text is None else text + ".old", name.written, name.why))
    elif call.value("-s") is not None:
        for field in call.operands:
            text = None if field.text is None else field.text.removesuffix(".pub") + "-cert.pub"
            call.effect("w", Field(text, field.written, field.why))
    elif (
        call.has("-y", "-l", "-B", "-e", "-i", "-L", "-H", "-Q", "-D", "-A") or call.value("-F", "-Y", "-r") is not None
    ):
        if call.has("-H", "-A"):
            call.opaque("ssh-keygen: which files it changes is not known", [file] if file else ())
    elif file is None:
        call.opaque("ssh-keygen: somebody types the name of the key")
    else:
        call.effect("w", file)
        if not call.has("-p"):
            call.effect("w", Field(None if file.text is None else file.text + ".pub", file.written, file.why))


def dos2unix(call: Call) -> None:
    """FILE... in place, with -n pairs of IN OUT; -i and -O only print (dos2unix(1))."""
    call.record()
    if call.has("--help", "--version", "-O", "--to-stdout", "-V", "-h") or call.given("-i") or call.given("--info"):
        return
    pairs = call.has("-n", "--newfile")
    for index, field in enumerate(call.operands):
        call.effect("r" if pairs and index % 2 == 0 else "w", field)
