"""What each command does with its operands: one row per command. Adding a command is adding a row.

A row is (operands, options, (flags, operands), ...):

operands: one letter for each operand in order; the last letter stands for all that follow when a * is after it, and
    what comes after the * stands for the operands at the end: "r*w" reads all but the last, which it writes.
        r read   R read with all below it   w write   W write with all below it   d delete   D delete with all below it
        S write a file, or in a folder those that end as SOURCES says   m change mode, owner, times   M all below it too
        . is no file
    !module.name is a function of programs/.
options: what takes a value, and what becomes of it: "-o=w" writes it, "-n=" ignores it, "--arg=2" takes two, "-e=x" is
    program text, "-i?" may have one attached, "-0#" may have digits attached, "-MMD" is one option and not three.
    An option that is not listed takes no value.
(flags, operands): when one of the flags is given, these operands instead.

Sources: the commands' manual pages (GNU coreutils 9, findutils 4.9, sed 4.9, grep 3, util-linux 2.38; the others' own).
A command that is in no table is opaque if its operands look like paths (programs/unheard.py); otherwise what it writes
is its own affair.
"""

Row = tuple[str, str] | tuple[str, str, tuple[str, str]]

READ = ("r*", "")
COMPRESS = "-S= -b= -T= --threads= --suffix="
SHELL = ("!shells.shell", "-o= -O= +o= +O= --rcfile=r --init-file=r")
CHECKSUM = ("!printing.checksum", "")

COMMANDS: dict[str, Row] = {
    # Builtins
    "cd": ("!builtins.cd", ""),
    "pushd": ("!builtins.pushd", ""),
    "popd": ("!builtins.popd", ""),
    "eval": ("!builtins.evaluate", ""),
    ".": ("!builtins.source", ""),
    "source": ("!builtins.source", ""),
    "exec": ("!wrappers.wrapper", "-a="),
    "command": ("!builtins.command", ""),
    "builtin": ("!wrappers.wrapper", ""),
    "export": ("!builtins.declare", ""),
    "declare": ("!builtins.declare", ""),
    "typeset": ("!builtins.declare", ""),
    "local": ("!builtins.declare", ""),
    "readonly": ("!builtins.declare", ""),
    "unset": ("!builtins.unset", ""),
    "read": ("!reading.read", "-a= -d= -i= -n= -N= -p= -t= -u="),
    "mapfile": ("!reading.mapfile", "-d= -n= -O= -s= -u= -C= -c="),
    "readarray": ("!reading.mapfile", "-d= -n= -O= -s= -u= -C= -c="),
    "getopts": ("!builtins.getopts", ""),
    "set": ("!builtins.set_", ""),
    "shift": ("!builtins.shift", ""),
    "trap": ("!builtins.trap", ""),
    "echo": ("!builtins.echo", ""),
    "printf": ("!builtins.printf", "-v="),
    "pwd": ("!builtins.pwd", ""),
    "true": ("!flow.true", ""),
    ":": ("!flow.true", ""),
    "false": ("!flow.false", ""),
    "test": ("!flow.test", ""),
    "[": ("!flow.test", ""),
    "let": ("!flow.let", ""),
    "exit": ("!flow.leave", ""),
    "return": ("!flow.leave", ""),
    "break": ("!flow.leave_loop", ""),
    "continue": ("!flow.leave_loop", ""),
    "shopt": ("!flow.shopt", ""),
    # Wrappers: they run what follows
    "su": ("!wrappers.su", "-c= --command= --session-command= -s= --shell= -g= --group= -G= --supp-group= -w="),
    "runuser": ("!wrappers.runuser", "-u= --user= -c= --command= --session-command= -s= --shell= -g= --group= -G= -w="),
    "pkexec": ("!wrappers.wrapper", "--user="),
    "npx": ("!wrappers.wrapper", "-p= --package= -c=x --call=x"),
    "bunx": ("!wrappers.wrapper", "-p= --package="),
    "uvx": ("!wrappers.wrapper", "--from= --with= -p= --python="),
    "cross-env": ("!wrappers.wrapper", ""),
    "entr": ("!wrappers.wrapper", ""),
    "fakeroot": ("!wrappers.wrapper", "-l= -s= -i= -b="),
    "firejail": ("!wrappers.wrapper", ""),
    "rlwrap": ("!wrappers.wrapper", "-f= -H=w -C= -b= -l=w -p= -S="),
    "shx": ("!wrappers.wrapper", ""),
    "systemd-run": (
        "!wrappers.wrapper",
        "-p= -u= -E= -M= -H= -t= --property= --unit= --setenv= --slice= --description=",
    ),
    "systemd-inhibit": ("!wrappers.wrapper", ""),
    "toybox": ("!wrappers.wrapper", ""),
    "watchexec": (
        "!wrappers.wrapper",
        "-e= -w= -i= -f= -d= -s= --exts= --watch= --ignore= --filter= --signal= --debounce=",
    ),
    "torsocks": ("!wrappers.wrapper", ""),
    "valgrind": ("!wrappers.wrapper", ""),
    "xvfb-run": ("!wrappers.wrapper", "-e= -f= -n= -p= -s= -w="),
    "dbus-run-session": ("!wrappers.wrapper", ""),
    # A wrapper that has other subcommands, too: what follows RUN_AFTER is run
    "perf": ("!wrappers.runner", "-e= -p= -t= -o=w -F= -r="),
    "sudo": ("!wrappers.wrapper", "-u= -g= -h= -p= -C= -r= -t= -U= -T= -R= --user= --group= --chdir= -D="),
    "doas": ("!wrappers.wrapper", "-u= -C="),
    "env": ("!wrappers.env", "-u= -C= -S= --unset= --chdir= --split-string="),
    "nice": ("!wrappers.wrapper", "-n= --adjustment="),
    "ionice": ("!wrappers.wrapper", "-c= -n= -p= --class= --classdata="),
    "nohup": ("!wrappers.wrapper", ""),
    "setsid": ("!wrappers.wrapper", ""),
    "stdbuf": ("!wrappers.wrapper", "-i= -o= -e= --input= --output= --error="),
    "time": ("!wrappers.wrapper", "-p -a -f= -o=w --format= --output=w"),
    "unbuffer": ("!wrappers.wrapper", ""),
    "caffeinate": ("!wrappers.wrapper", "-t= -w="),
    "busybox": ("!wrappers.wrapper", ""),
    "strace": ("!wrappers.wrapper", "-e= -o=w -p= -s= -u= -P= -a= -S="),
    "ltrace": ("!wrappers.wrapper", "-e= -o=w -p= -s= -u="),
    "timeout": ("!wrappers.wrapper_1", "-s= -k= --signal= --kill-after="),
    "taskset": ("!wrappers.wrapper_1", ""),
    "unshare": (
        "!wrappers.wrapper",
        "-S= -G= --setuid= --setgid= --propagation= --map-user= --map-group= -R= -w= --wd=",
    ),
    "prlimit": ("!wrappers.wrapper", "-p= --pid= -o="),
    "setarch": ("!wrappers.wrapper_1", ""),
    "linux32": ("!wrappers.wrapper", ""),
    "linux64": ("!wrappers.wrapper", ""),
    "ifne": ("!wrappers.wrapper", ""),
    "logsave": ("!wrappers.logsave", ""),
    "pee": ("!wrappers.texts", ""),
    "chroot": ("!wrappers.remote", ""),
    "nsenter": ("!wrappers.remote", ""),
    "chrt": ("!wrappers.wrapper_1", ""),
    "chronic": ("!wrappers.wrapper", ""),
    "flock": ("!wrappers.flock", "-w= -E= --wait= --timeout= --conflict-exit-code= -c= --command="),
    "onetree": ("!wrappers.onetree", "--plot=w"),
    "watch": ("!wrappers.watch", "-n= --interval="),
    "xargs": (
        "!wrappers.xargs",
        "-a=r -d= -E= -I= -L= -n= -P= -s= --arg-file=r --delimiter= --max-args= --max-procs= --replace=",
    ),
    "find": ("!finding.find", ""),
    "script": (
        "!wrappers.script",
        (
            "-c= --command= -O=w --log-out=w -I=w --log-in=w -B=w --log-io=w -T=w --log-timing=w -t? -E= -m= -o= "
            "--echo= --logging-format= --output-limit= --timing?"
        ),
    ),
    "parallel": (
        "!wrappers.parallel",
        (
            "-j= --jobs= --joblog=w --results=W -a=r --arg-file=r --colsep= -N= -n= -I= -S= --tmpdir= --timeout= "
            "--delay= --retries="
        ),
    ),
    "ssh": ("!elsewhere.ssh", ""),
    # Shells and interpreters
    "bash": SHELL,
    "sh": SHELL,
    "dash": SHELL,
    "zsh": SHELL,
    "ksh": SHELL,
    "ash": SHELL,
    "fish": ("!shells.foreign_shell", ""),
    "expect": ("!shells.foreign_shell", ""),
    "alias": ("!builtins.alias", ""),
    "python": ("!interpreters.interpreter", "-c=x -m= -W= -X= --check-hash-based-pycs="),
    "node": ("!interpreters.interpreter", "-e=x -p=x --eval=x --print=x -r= --require= --import= -C="),
    "perl": ("!interpreters.perl", "-e=x -E=x -i? -M? -m? -I= -F? -0# -l# -C?"),
    "ruby": ("!interpreters.interpreter", "-e=x -r= -I= -C= -i? -0# -F? -l -E= -W?"),
    "php": ("!interpreters.interpreter", "-r=x -f=r -d="),
    "lua": ("!interpreters.interpreter", "-e=x -l="),
    "Rscript": ("!interpreters.interpreter", "-e=x"),
    "osascript": ("!interpreters.interpreter", "-e=x"),
    "tclsh": ("!interpreters.interpreter", ""),
    "julia": ("!interpreters.interpreter", "-e=x -E=x -L= --eval=x"),
    "groovy": ("!interpreters.interpreter", "-e=x"),
    "elixir": ("!interpreters.interpreter", "-e=x --eval=x"),
    "m4": ("!interpreters.interpreter", "-D= -I="),
    "pwsh": ("!shells.foreign_shell", ""),
    "gdb": ("!shells.foreign_shell", ""),
    "lldb": ("!shells.foreign_shell", ""),
    "tmux": ("!wrappers.told", ""),
    "screen": ("!wrappers.told", "-Logfile=w -S= -c=r -t= -T= -h= -dmS="),
    "at": ("!wrappers.told", ""),
    "batch": ("!wrappers.told", ""),
    "crontab": ("!wrappers.told", ""),
    "make": (
        "!making.make",
        "-f=r --file=r --makefile=r -C= --directory= -I= -o= -W= --eval=x -j# --jobs? -l# -O? --old-file= --what-if=",
    ),
    "run-s": ("!recipes.run_all", ""),
    "run-p": ("!recipes.run_all", ""),
    "npm-run-all": ("!recipes.run_all", ""),
    "concurrently": ("!recipes.concurrently", "-n= --names= -c= --prefix-colors= -s= --success= -p= --prefix="),
    "just": ("!recipes.just", "-f=r --justfile=r -d= --working-directory= --set=2 --show="),
    "awk": (
        "!editing.awk",
        "-F= -v= -f=r -o? -d? -p? -e= --source= --field-separator= --assign= --file=r -i= --include= -E=r -l=",
    ),
    # Files
    "cp": (
        "!files.copy",
        "-t= --target-directory= -S= --suffix= --backup? --recursive --archive --symbolic-link --no-clobber",
    ),
    "install": ("!files.install", "-t= --target-directory= -m= -o= -g= -S= --mode= --owner= --group= --suffix="),
    "mv": ("!files.move", "-t= --target-directory= -S= --suffix= --backup?"),
    "ln": ("!files.link", "-t= --target-directory= -S= --suffix= --backup? --symbolic --relative"),
    "link": ("!files.link", ""),
    "rm": ("d*", "", ("-r -R --recursive", "D*")),
    "unlink": ("d*", ""),
    "rmdir": ("d*", ""),
    "trash": ("D*", ""),
    "shred": ("w*", "-n= -s= --iterations= --size= --random-source=r", ("-u --remove", "d*")),
    "mkdir": ("!files.mkdir", "-m= --mode="),
    "mkfifo": ("w*", "-m= --mode="),
    "mknod": ("w.*", "-m= --mode="),
    "mktemp": ("!files.mktemp", "-p= --tmpdir= --suffix= -t="),
    "touch": ("!files.touch", "-d= -r=r -t= --date= --reference=r --time="),
    "truncate": ("!files.touch", "-s= -r=r --size= --reference=r"),
    "fallocate": ("w*", "-l= -o= --length= --offset="),
    "dd": ("!files.dd", ""),
    "mount": (".*W", "-t= -o= -L= -U= -T= -O= --types= --options="),
    "chmod": ("!files.mode", "--reference=r"),
    "chown": ("!files.mode", "--reference=r --from="),
    "chgrp": ("!files.mode", "--reference=r"),
    "chattr": (".m*", "-v= -p="),
    "setfacl": ("m*", "-m= -x= -M=r -X=r"),
    "tee": ("!printing.tee", "--output-error="),
    "sponge": ("w*", ""),
    "flock-append": ("!files.flock_append", "--timeout= --retries= --max-record= --rotate= --agent= --session="),
    "sed": ("!editing.sed", "-e= -f=r -i? -l= --expression= --file=r --line-length="),
    "split": (
        "!parting.split",
        (
            "-t= --separator= --filter= -d -x --numeric-suffixes? --hex-suffixes? -a= -b= -C= -l= -n= --suffix- "
            "length= --bytes= --lines= --number= --additional-suffix="
        ),
    ),
    "csplit": ("!parting.csplit", "-b= -f= -n= --prefix= --suffix-format= --digits="),
    "rename": ("!copying.rename", "-e="),
    "rsync": (
        "!copying.rsync",
        (
            "-B= -T= --partial-dir= --temp-dir= --backup-dir= --suffix= --chmod= --chown= --compare-dest= --link- "
            "dest= --copy-dest= --max-size= --min-size= --bwlimit= --timeout= --port= --password-file=r --out- "
            "format= --log-file-format= --info= --debug= --include-from=r --block-size= --max-delete= --modify- "
            "window= --rsync-path= -M= --remote-option= --backup -e= --exclude= --include= --filter= -f= "
            "--exclude-from=r --files-from=r --rsh= --log-file=w"
        ),
    ),
    "scp": ("!copying.scp", "-P= -i= -o= -F= -c= -J= -l= -S="),
    # Archives and compression
    "tar": ("!tarring.tar", ""),
    "bsdtar": ("!tarring.tar", ""),
    "unzip": ("!archives.unzip", ""),
    "7z": ("!archives.seven", ""),
    "cpio": ("!archives.cpio", "-O=w -I=r -F= --file= -D= --directory= -H= --format= -C= -E=r -R= -M= -W="),
    "ar": ("!archives.ar", ""),
    "zip": (
        "!archives.zip_",
        "-b= -i= -x= -t= -tt= -n= -P= -O=w --output-file=w --out=w -sf -s= -sp -db -lf=w --password=",
    ),
    "gzip": ("!compressing.compress", COMPRESS),
    "gunzip": ("!compressing.compress", COMPRESS),
    "bzip2": ("!compressing.compress", COMPRESS),
    "bunzip2": ("!compressing.compress", COMPRESS),
    "xz": ("!compressing.compress", COMPRESS),
    "unxz": ("!compressing.compress", COMPRESS),
    "lzma": ("!compressing.compress", COMPRESS),
    "zstd": ("!compressing.compress", COMPRESS + " -o=w -D=r"),
    "unzstd": ("!compressing.compress", COMPRESS + " -o=w -D=r"),
    # Patches, versions, transfers
    "apply_patch": ("!editing.apply_patch", ""),
    "patch": (
        "!patching.patch",
        (
            "-i= --input= -o= --output= -p= --strip= -d= --directory= -r= --reject-file= -B= --prefix= -z= --suffix= "
            "-Y= --basename-prefix= -D= --ifdef= -F= --fuzz= -V= --version-control= -g= --get="
        ),
    ),
    "git": ("!git.git", ""),
    "curl": (
        "!transfers.curl",
        (
            "-o=w --output=w -D=w --dump-header=w -c=w --cookie-jar=w --trace=w --trace-ascii=w --stderr=w "
            "-T=r --upload-file=r -K=r --config=r -b= -d= -e= -F= -H= -m= -u= -x= -X= -A= -w= -r= -C= -E=r --cert=r "
            "--cacert=r --key=r --data= --data-raw= --data-binary= "
            "--data-ascii= --data-urlencode= --json= --header= --request= --user= --url= --retry= "
            "--max-time= --connect-timeout= --output-dir= --proxy= --user-agent= --write-out= --form= --cookie="
        ),
    ),
    "wget": (
        "!transfers.wget",
        (
            "-O=w --output-document=w -o=w --output-file=w -a=w --append-output=w -i=r --input-file=r -P= "
            "--directory-prefix= -e= -U= -t= -T= --header= --post-data= --post-file=r --user= --password= --timeout= "
            "--tries= --user-agent= -Q= -w= -l= -A= -R= -D= -I= -X="
        ),
    ),
    # Editors
    "ed": ("!editors.ed", "-p= --prompt="),
    "ex": ("!editors.editor", "-c=x -i= -u=r --cmd=x -S=r"),
    "vi": ("!editors.editor", "-c=x -u=r --cmd=x -S=r"),
    "vim": ("!editors.editor", "-c=x -i= -u=r --cmd=x -S=r"),
    "nvim": ("!editors.editor", "-c=x -u=r --cmd=x -S=r"),
    "nano": ("w*", ""),
    "emacs": ("!editors.editor", "--eval=x -l=r --load=r -f= --script=r"),
    # What writes a named file
    "sort": (
        "!text.writer",
        "-o=w --output=w -k= -t= -S= -T= --key= --field-separator= --buffer-size= --parallel= --files0-from=r",
    ),
    "uniq": ("!text.writer", "-f= -s= -w= --skip-fields= --skip-chars= --check-chars="),
    "shuf": ("!printing.shuf", "-o=w --output=w -n= -i= --head-count= --input-range= --random-source=r"),
    "tree": (".*", "-o=w -L= -I= -P= --filelimit="),
    "iconv": ("r*", "-o=w --output=w -f= -t= --from-code= --to-code="),
    "openssl": (
        ".*",
        (
            "-out=w -in=r -inkey=r -keyout=w -key=r -CA=r -CAkey=r -passin= -passout= -days= -subj= -pass= "
            "-kfile=r -writerand=w -CAfile=r -config=r -K= -iv= -name= -certfile=r"
        ),
    ),
    "gpg": (
        "!utilities.gpg",
        (
            "-o=w --output=w -r= --recipient= -u= --local-user= --passphrase= --passphrase-file=r --homedir= "
            "--cipher-algo= --pinentry-mode="
        ),
    ),
    "ssh-keygen": (
        "!utilities.ssh_keygen",
        "-f= -t= -b= -C= -N= -P= -m= -O= -F= -R= -s= -I= -n= -V= -z= -a= -r= -Y= -w= -Z=",
    ),
    "objcopy": ("rw", "-I= -O= -j= -R= -B= --input-target= --output-target="),
    "strip": ("w*", "-o=w -R= -N="),
    "xxd": (
        "!text.writer",
        "-c= -g= -l= -s= -o= -n= -R= -cols= -len= -seek= -name= -revert -plain -include -postscript -bits",
    ),
    "sqlite3": (
        "!sql.sqlite",
        "-readonly -batch -bail -csv -json -header -column -line -list -html -cmd= -init=r -separator= -nullvalue=",
    ),
    "ts": (".*", ""),
    "msgfmt": ("r*", "-o=w --output-file=w"),
    "pandoc": ("r*", "-o=w --output=w -f= -t= --from= --to= --template=r -c= -V= -M="),
    "dot": ("r*", "-o=w -T? -K? -G?"),
    "convert": ("r*w", ""),
    "ffmpeg": (".*w", "-i=r -c= -c:v= -c:a= -f= -ss= -t= -to= -vf= -af= -r= -b:v= -b:a= -crf= -preset= -map="),
    # Formatters, when they write
    "prettier": ("r*", "--config=r --parser= --ignore-path=r", ("--write -w", "S*")),
    "gofmt": ("r*", "-r=", ("-w", "S*")),
    "goimports": ("r*", "", ("-w", "S*")),
    "shfmt": ("r*", "-i= -ln=", ("-w --write", "S*")),
    "autopep8": ("r*", "--max-line-length=", ("-i --in-place", "S*")),
    "yapf": ("r*", "--style=", ("-i --in-place", "S*")),
    "yq": (
        ".r*",
        "-o= -p= -I= --indent= -w= --arg=2 --argjson=2 --output-format= --input-format=",
        ("-i --inplace --in-place", ".w*"),
    ),
    "dos2unix": ("!utilities.dos2unix", "-c= -i? --convmode= --info?"),
    "unix2dos": ("!utilities.dos2unix", "-c= -i? --convmode= --info?"),
    # What only reads
    "cat": ("!text.filter_", ""),
    "tac": ("!text.filter_", ""),
    "tr": ("!text.filter_", ""),
    "head": ("!text.filter_", "-n= -c= --lines= --bytes="),
    "tail": ("!text.filter_", "-n= -c= --lines= --bytes= --pid= -s="),
    "less": ("r*", "-p= -P= -t= -o=w -O=w --log-file=w --LOG-FILE=w"),
    "more": READ,
    "bat": ("r*", "-l= -r= --language= --style= --theme= --line-range="),
    "nl": ("!printing.nl", "-b= -i= -n= -s= -v= -w="),
    "wc": ("!text.filter_", "--files0-from=r"),
    "cut": ("!text.filter_", "-b= -c= -d= -f= --bytes= --characters= --delimiter= --fields= --output-delimiter="),
    "paste": ("!printing.paste", "-d= --delimiters="),
    "join": ("r*", "-1= -2= -a= -e= -j= -o= -t= -v="),
    "comm": ("!printing.comm", "--output-delimiter="),
    "diff": ("r*", "-U= -C= -x= -I= --label= --exclude= -X=r --unified= --context="),
    "cmp": ("r*", "-n= -i="),
    "rev": ("!text.filter_", ""),
    "fold": ("!printing.fold", "-w= --width="),
    "fmt": ("r*", "-w= --width="),
    "column": ("r*", "-s= -o= -c= -N= -n="),
    "expand": ("r*", "-t= --tabs="),
    "unexpand": ("r*", "-t= --tabs="),
    "pr": ("r*", "-h= -l= -w="),
    "grep": (
        "!text.grepped",
        (
            "-e= -f=r -A= -B= -C= -m= -d= -D= --regexp= --file=r --include= --exclude= --exclude-dir= "
            "--max-count= --context= --color= --after-context= --before-context= --label="
        ),
    ),
    "rg": (
        "!queries.grep",
        (
            "-e= -f=r -A= -B= -C= -m= -g= -t= -T= -j= -M= -r= --regexp= --file=r --glob= --type= --max-count= "
            "--context= --replace= --iglob= --type-not= --max-depth= -d="
        ),
    ),
    "jq": ("!printing.jq", "--arg=2 --argjson=2 --slurpfile=2 --rawfile=2 --indent= -f=r --from-file=r -L="),
    "base64": ("!text.filter_", "-w= --wrap="),
    "base32": ("r*", "-w= --wrap="),
    "strings": ("r*", "-n= -t= -e= --bytes="),
    "od": ("r*", "-A= -j= -N= -t= -w="),
    "hexdump": ("r*", "-e= -f=r -n= -s="),
    "zcat": READ,
    "bzcat": READ,
    "xzcat": READ,
    "zgrep": (".r*", "-e= -f=r"),
    "md5sum": CHECKSUM,
    "sha1sum": CHECKSUM,
    "sha256sum": CHECKSUM,
    "sha512sum": CHECKSUM,
    "cksum": CHECKSUM,
    "b2sum": CHECKSUM,
    "readlink": ("!printing.readlink", ""),
    "realpath": ("!queries.realpath", ""),
    "dirname": ("!queries.dirname", ""),
    "basename": ("!queries.basename", "-s= --suffix="),
    "seq": ("!queries.sequence", "-f= -s= --separator= --format="),
    "date": ("!printing.date", "-d= -f=r -r=r -s= -I? --date= --file=r --reference=r --set= --iso-8601? --rfc-3339?"),
    "stat": ("!printing.stat", "-c= --format= --printf="),
    "expr": ("!printing.expr", ""),
    "uname": ("!printing.uname", ""),
    "ls": ("!text.listing", "-I= -w= --color? --ignore= --hide= --sort= --time= --format="),
}

# Variables whose value a program runs as a command (git(1), bash(1), environ(7)), and those that name a script for a
# shell to read.
RUN_VARIABLES = (
    "GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_PAGER GIT_SSH_COMMAND GIT_EXTERNAL_DIFF GIT_ASKPASS GIT_PROXY_COMMAND GIT_SSH "
    "EDITOR VISUAL PAGER MANPAGER BROWSER SSH_ASKPASS SUDO_ASKPASS PROMPT_COMMAND"
).split()
SCRIPT_VARIABLES = ("BASH_ENV", "ENV")

# git's settings whose value is run as a command (git-config(1)): the whole key, or its beginning and its end.
GIT_RUNS = (
    "core.editor core.pager core.sshcommand core.fsmonitor core.askpass core.gitproxy sequence.editor diff.external "
    "credential.helper gpg.program interactive.difffilter"
).split()
GIT_RUNS_NAMED = (
    ("alias.", ""),
    ("pager.", ""),
    ("diff.", ".textconv"),
    ("diff.", ".command"),
    ("filter.", ".clean"),
    ("filter.", ".smudge"),
    ("filter.", ".process"),
    ("merge.", ".driver"),
    ("difftool.", ".cmd"),
    ("mergetool.", ".cmd"),
    ("credential.", ".helper"),
)

# The subcommands after which a command follows that is run.
RUN_AFTER = {"perf": ("stat", "record", "trace")}

# Other names of the same commands; a version's number is taken off before (python3.11, gcc-12).
ALIASES = {
    "egrep": "grep",
    "fgrep": "grep",
    "ggrep": "grep",
    "gmake": "make",
    "gsed": "sed",
    "gawk": "awk",
    "mawk": "awk",
    "nawk": "awk",
    "ripgrep": "rg",
    "batcat": "bat",
    "nodejs": "node",
    "pypy": "python",
    "ipython": "python",
    "tsx": "node",
    "ts-node": "node",
    "7za": "7z",
    "7zr": "7z",
    "pigz": "gzip",
    "unpigz": "gunzip",
    "uncompress": "gunzip",
    "gpatch": "patch",
    "applypatch": "apply_patch",
    "gtar": "tar",
    "view": "vim",
    "rvim": "vim",
    "vimdiff": "vim",
    "pico": "nano",
    "rbash": "bash",
    "magick": "convert",
    "rename.ul": "rename",
    "prename": "rename",
    "tsocks": "torsocks",
    "proxychains": "torsocks",
    "rimraf": "trash",
    "trash-put": "trash",
    "colordiff": "diff",
    "sdiff": "diff",
    "basenc": "base64",
    "gpg2": "gpg",
}

# git's subcommands that change the working tree. "paths": the operands after it are the paths. The rest changes .git
# only, or nothing.
GIT_PATHS = {"rm": "D", "mv": "mv", "restore": "w"}
GIT_UNNAMED = {
    "checkout": (),
    "switch": ("-c", "-C", "--create", "--force-create", "--orphan"),
    "reset": (),
    "merge": (),
    "pull": (),
    "rebase": (),
    "cherry-pick": (),
    "revert": (),
    "stash": (),
    "clean": ("-n", "--dry-run"),
    "submodule": (),
    "read-tree": (),
    "checkout-index": (),
    "format-patch": ("--stdout",),
    "filter-branch": (),
    "worktree": (),
    "bisect": (),
    "sparse-checkout": (),
    "lfs": (),
}
GIT_LOOKED = (  # those for which the repository is read (programs/gitchanges.py)
    "add checkout cherry-pick clean commit merge rebase read-tree reset restore revert rm stash switch"
).split()
GIT_MOVES = "bisect branch fetch filter-branch pull submodule symbolic-ref tag update-ref".split()
GIT_VALUE_OPTIONS = ("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env", "--attr-source")
GIT_STASH_QUIET = ("list", "show", "drop", "clear", "create", "store")
GIT_QUIET = {
    "worktree": ("list", "prune", "lock", "unlock"),
    "submodule": ("status", "summary"),
    "bisect": ("log",),
    "sparse-checkout": ("list",),
    "lfs": ("ls-files", "status", "env", "version", "track"),
}

# The files that a formatter rewrites when it is given a folder (each one's own documentation). Hidden folders are left
# out: most leave them out too, and prettier changes only the layout of what it finds there.
SOURCES = {
    **dict.fromkeys(("black", "isort", "autopep8", "yapf"), (".py", ".pyi")),
    **dict.fromkeys(("gofmt", "goimports"), (".go",)),
    "shfmt": (".sh", ".bash"),
    "prettier": tuple(
        ".js .jsx .mjs .cjs .ts .tsx .mts .cts .json .css .scss .less .html .vue .md .mdx .yaml .yml .graphql".split()
    ),
}

# Commands that are looked up nowhere else.
PLAIN = (
    "true",
    "false",
    ":",
    "test",
    "[",
    "exit",
    "return",
    "break",
    "continue",
    "sleep",
    "wait",
    "which",
    "kill",
    "umask",
)

# What prints nothing to standard output unless it is told to be verbose.
SILENT = frozenset(
    "rm unlink rmdir cp mv ln link mkdir touch truncate chmod chown chgrp install mkfifo mknod sleep wait umask "
    "gzip gunzip bzip2 bunzip2 xz unxz zstd setfacl chattr shred split fallocate".split()
)
VERBOSE = "-v --verbose --help --version -c --stdout -l --list -i -p -S".split()

# Where a write reaches no file.
DEVICES = (
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/tty",
    "/dev/stdin",
    "/dev/stdout",
    "/dev/stderr",
    "/dev/random",
    "/dev/urandom",
)
DEVICE_FOLDERS = ("/dev/fd/", "/dev/pts/", "/dev/tcp/", "/dev/udp/")


# Builtins that touch no file: nothing more is imported for them.


def find(name: str) -> "Row | None":
    """The row of a command by its name, without its folder; None for a program that is not known."""
    row = COMMANDS.get(name)
    if row is None and name not in PLAIN:
        from . import devtools

        plain = name.rstrip("0123456789.")
        plain = plain.rstrip("-") if plain != name else name  # clang-15
        other = ALIASES.get(name) or ALIASES.get(plain) or plain
        row = devtools.find(name) or COMMANDS.get(other) or devtools.find(other) or _seldom(name)
    return row


def _seldom(name: str) -> "Row | None":
    from . import seldom

    row = seldom.find(name)
    return COMMANDS.get(row) or seldom.ROWS.get(row) if isinstance(row, str) else row


def options(row: Row) -> "dict[str, str]":
    """The row's options: option -> what becomes of its value; "?" if it may have one attached."""
    made = {}
    for option in row[1].split():
        if option.endswith("?"):
            made[option[:-1]] = "?"
        else:
            name, _, role = option.partition("=")
            made[name] = (role or ".") if "=" in option else "!"
    for flag in row[2][0].split() if len(row) == 3 else ():
        made.setdefault(flag, "!")  # given in full, and not the beginning of another
    return made
