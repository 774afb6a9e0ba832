"""Rows, as in commands.py, of programs that only print, or write what an option names: so that they are not opaque.

Imported for a name that is in no other table. Test runners are here too: what the tests themselves do to files is the
tests' own affair, as it is that of pytest (devtools_more.py). Sources: each program's own manual page or --help.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from onetree.shell.commands import Row

NOTHING = (".*", "")
READ = ("r*", "")
OUT = ("R*", "-o=w --output=w")

# Builtins that change no file (bash(1), SHELL BUILTIN COMMANDS).
BUILTINS = "hash help jobs fg bg disown ulimit bind complete compgen compopt logout suspend times caller dirs unalias"
# Of the system, of the network, of the screen: they ask and print.
SYSTEM = (
    "traceroute tracepath whois arp arping iperf ethtool telnet finger resolvectl lsb_release getconf "
    "lsmod modinfo lspci lsusb dmesg last lastlog acpi sensors neofetch fastfetch chage loginctl timedatectl "
    "hostnamectl localectl busctl mtr ncdu say udevadm xrandr xsel wl-copy wl-paste pbcopy pbpaste"
    " notify-send open xdg-open mdls mdfind "
    "onetree write-guard read-guard shell-write-detect "
    "sw_vers ipcs pidof pmap pstree pidstat iostat mpstat sar iotop procs btm btop zoxide tldr cheat figlet toilet "
    "cowsay fortune lolcat jps jstack jstat jinfo sysctl nmcli ldconfig"
)
# Viewers and filters of text, of data, of the tree.
VIEWERS = (
    "jless fx glow mdcat delta hexyl viu chafa exa eza lsd dust duf gron pup htmlq csvlook csvcut csvgrep csvstat "
    "csvjson csvsort csvjoin csvstack csvformat vd lnav jp yj dyff jd json_pp jc diffstat icdiff ydiff xpath"
    " jsonpath "
    "html2text pdfgrep pdffonts mediainfo ffprobe soxi javap jdeps onefetch gitk gitui gitstats xclip "
)
# Checkers that have no option to mend what they find, nor one to write a report.
CHECKERS = (
    "vulture xenon depcheck alex proselint write-good pyre pytype pydocstyle curlylint mccabe pip-licenses"
    " vermin ajv "
    "conftest kubeval kubeconform kube-linter dockle dive flawfinder errcheck govulncheck staticcheck ineffassign "
    "revive htmlhint linkchecker check-jsonschema jsonschema basedpyright ty pyrefly dmypy interrogate deptry "
    "commitlint phpmd reek brakeman fasterer rust-analyzer gopls pylsp pg_isready "
    "ansible-lint ansible-inventory stern kubectx kubens mysqladmin"
)
# Runners of tests and of loads, and servers: what the project's own code does is not theirs.
RUNNERS = (
    "ava tap jasmine karma nightwatch testcafe wdio qunit lab cargo-nextest nextest bats shunit2 shellspec"
    " prove pest "
    "codecept behat minitest cucumber nosetests nose2 behave robot lettuce trial green ptw pytest-watch"
    " stestr wrk hey "
    "siege dlv uvicorn hypercorn daphne celery puma streamlit gradio gtest"
)

ROWS: "dict[str, Row]" = {
    **dict.fromkeys(f"{BUILTINS} {SYSTEM}".split(), NOTHING),
    **dict.fromkeys(f"{VIEWERS} {CHECKERS} {RUNNERS}".split(), NOTHING),
    "history": (".*", "-a=w -w=w -r=r -n=r -d="),
    "radon": (".R*", "-O=w --output-file=w -n= -x= -e= -i= --min= --max= --exclude= --ignore="),
    "lizard": ("R*", "-o=w --output_file=w -l= -x= -T= -C= -L= -a= -i= -t="),
    "jscpd": ("R*", "-o=W --output=W -p= -r= -f= -i= -c=r -l= -k= -m="),
    "madge": ("R*", "-i=w --image=w -b= --basedir= --extensions= --exclude= --ts-config=r --webpack-config=r"),
    "depcruise": ("R*", "-f=w --output-to=w -T= --output-type= -c=r --config=r -x= --exclude= --include-only="),
    "semgrep": (
        "R*",
        (
            "-o=w --output=w --json-output=w --sarif-output=w --text-output=w -c=r --config=r -f=r -e= -l="
            " --pattern= "
            "--lang= --include= --exclude= --severity= -j= --timeout= --baseline-commit="
        ),
        ("--autofix -a", "W*"),
    ),
    "gitleaks": (
        ".*",
        "-r=w --report-path=w -f= --report-format= -s=r --source=r -c=r --config=r -b=r -l= --log-opts=",
    ),
    "trufflehog": (".*", "--include-paths=r --exclude-paths=r --since-commit= --branch= -x="),
    "trivy": (".*", "-o=w --output=w -f= --format= -s= --severity= -c=r --config=r --cache-dir= --ignorefile=r"),
    "grype": (".*", "--file=w -o= --output= -c=r --config=r -f= --fail-on="),
    "syft": (".*", "--file=w -o= --output= -c=r --config=r"),
    "jsonlint": ("r*", "-t= --indent= -V=r --validate=r", ("-i --in-place", "w*")),
    "checkov": (".*", "-d=R -f=r --output-file-path=W -o= --output= -c= --check= --skip-check= --framework="),
    "tflint": (".*", "-f= --format= -c=r --config=r --chdir=", ("--fix", ".*")),
    "tfsec": ("R*", "-O=w --out=w -f= --format= -e= -m="),
    "cspell": (".*", "-c=r --config=r -r= --root= -e= --exclude= --locale= --file=r --file-list=r"),
    "vale": ("R*", "--config=r --output= --ext= --glob= --minAlertLevel="),
    "textlint": ("R*", "-o=w --output-file=w -c=r --config=r -f= --format= --rule= --preset=", ("--fix", "W*")),
    "lychee": ("r*", "-o=w --output=w -c=r --config=r -f= --format= -b= --exclude= -a= --accept="),
    "cppcheck": (
        "R*",
        (
            "--output-file=w --checkers-report=w --plist-output=W --cppcheck-build-dir=W --dump? --project=r "
            "-I= -i= -D= -U= -j= --enable= --std="
        ),
    ),
    "pmd": (".*", "-d=R -R=r -f= -r=w --report-file=w --rulesets=r --cache=w"),
    "checkstyle": ("R*", "-c=r -o=w -f= -e= -x= -p=r"),
    "detekt": (".*", "-i=R --input=R -c=r --config=r -b=r --baseline=r -r=w --report=w"),
    "gosec": (".*", "-out=w -fmt= -exclude= -include= -conf=r -severity= -confidence="),
    "pycodestyle": ("R*", "--max-line-length= --ignore= --select= --exclude= --config=r"),
    "pyflakes": ("R*", ""),
    "safety": (".*", "-o= --output= -r=r --file=r --save-json=w --save-html=w --policy-file=r"),
    "pip-audit": (".*", "-o=w --output=w -r=r --requirement=r -f= --format= -s= --path=", ("--fix", ".*")),
    "phpstan": (".*", "-c=r --configuration=r -a=r -l= --level= --memory-limit= --error-format= --generate-baseline?"),
    "psalm": (".*", "-c=r --config=r -r= --output-format= --report=w --set-baseline=w"),
    "phpcs": ("R*", "--standard= --report= --report-file=w --extensions= --ignore= --cache?"),
    "pygmentize": ("r*", "-o=w -l= -f= -O= -P= -F= -S= -L= -N="),
    "highlight": ("r*", "-o=w --output=w -i=r -S= -O= -s= -d=W"),
    "qrencode": (".*", "-o=w --output=w -r=r -s= -l= -v= -m= -d= -t= -S="),
    "iperf3": (".*", "--logfile=w -c= -p= -t= -f= -i= -B= -n= -P= -I=w --pidfile=w"),
    "pdfimages": ("r.", "-f= -l= -opw= -upw=", ("-list", "r*")),
    "k6": (".r*", "--out= -o= --summary-export=w -u= -d= -e= --vus= --duration=", ("--help", ".*")),
    "ab": (".*", "-n= -c= -t= -p=r -T= -H= -e=w -g=w -A= -k -u=r"),
    "vegeta": (".*", "-output=w --output=w -targets=r -body=r -rate= -duration="),
    "artillery": (".r*", "-o=w --output=w -e= -t= -v= -k -q -p=r -c=r"),
    "newman": (".r*", "-e=r -g=r -d=r -r= --environment=r --export-environment=w --export-globals=w --folder= -n="),
    "locust": (".*", "-f=r --locustfile=r -H= --host= -u= -r= -t= --html=w --logfile=w --loglevel="),
    "gunicorn": (
        ".*",
        "-c=r --config=r -b= -w= -k= -p=w --pid=w --access-logfile=w --error-logfile=w --log-file=w -t=",
    ),
    "nginx": (".*", "-c=r -p= -g= -e=w -s="),
    "py-spy": (".*", "-o=w --output=w -p= -d= -r= -f="),
}
