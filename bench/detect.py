"""What shell-write-detect costs: whole processes, each paired with an empty Python; and where a call's time goes.

usage: bench/detect.py [--runs N] [--json] [--imports]

CPU time (user and system) is compared, pair by pair, and the median of the ratios printed beside the bound. The tables
of the parser come from their cache. Exit status 1 if a bound is missed. --imports: the modules that take longest, too.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from run import BIN, EMPTY, FOR_A_PARSER, cpu

DETECT = [sys.executable, "-I", "-X", "utf8", str(BIN / "shell-write-detect")]
RELEASE = r"""
set -euo pipefail
version=$(cat VERSION)
out=build/release-$version
mkdir -p "$out"/{bin,doc,share}
for part in core cli web; do
    if [ -d "src/$part" ]; then
        cp -r "src/$part" "$out/share/"
        sed -i "s/@VERSION@/$version/g" "$out/share/$part/"*.py
    fi
done
cat > "$out/doc/RELEASE.md" <<EOF
# Release $version

Built on $(date -u +%Y-%m-%d) > see the log.
EOF
cat <<'EOF' > "$out/bin/run"
#!/bin/sh
exec python3 -m app "$@" 2>> run.log
EOF
chmod 755 "$out/bin/run"
python3 - "$out" <<'EOF'
import json
import pathlib
import sys

top = pathlib.Path(sys.argv[1])
names = sorted(str(p.relative_to(top)) for p in top.rglob("*") if p.is_file())
(top / "manifest.json").write_text(json.dumps(names, indent=1))
EOF
find "$out" -name '*.pyc' -exec rm -f {} +
find "$out" -type d -name __pycache__ -prune -exec rm -rf {} \;
while read -r name; do
    case $name in
        *.md) pandoc "$name" -o "$out/doc/$(basename "$name" .md).html" ;;
        *.txt) cp "$name" "$out/doc/" ;;
        *) echo "skipped $name" >&2 ;;
    esac
done < docs.list
tar -C build -czf "dist/app-$version.tar.gz" "release-$version"
(cd dist && sha256sum "app-$version.tar.gz" > SHA256SUMS)
git tag -a "v$version" -m "Release $version" || { echo "tag exists" >&2; exit 1; }
rm -rf "$out" && echo "released $version" | tee -a release.log
"""

# (what, the command, the bound in empty Pythons)
CASES = (
    ("a plain command", "git status --short", 2.5),
    ("needs a parser", FOR_A_PARSER, 4.5),
    ("a release script", RELEASE, 7.0),
)


def slow_imports(command: str, tree: Path, state: str, most: int = 12) -> "list[str]":
    """The modules that take longest by themselves, in microseconds, of one call with its tables in the cache."""
    program = f"from onetree.shell import analyse; analyse({command!r}, {str(tree)!r}, '/', {{}}, state={state!r})"
    argv = [sys.executable, "-I", "-X", "importtime", "-c", program]
    lines = subprocess.run(argv, capture_output=True, text=True, check=True).stderr.splitlines()
    rows = [line.removeprefix("import time:").split("|") for line in lines if "|" in line and "self" not in line]
    rows.sort(key=lambda row: -int(row[0]))
    return [f"{int(row[0]):7} us  {row[2].strip()}" for row in rows[:most]]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=25, help="pairs per case (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--imports", action="store_true", help="say which modules take longest to import")
    options = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name)
        os.environ["HOME"] = name
        os.environ.pop("XDG_CACHE_HOME", None)
        (tree / "VERSION").write_text("1.2\n")
        for part in ("src/core", "src/cli", "docs"):
            (tree / part).mkdir(parents=True)
            (tree / part / "a.py").write_text("x = 1\n")
        for what, command, bound in CASES:
            stdin = command.encode()
            cpu(DETECT, stdin, tree)  # the first call fills the cache
            pairs = [(cpu(DETECT, stdin, tree), cpu(EMPTY, b"", tree)) for _ in range(options.runs)]
            ours, empty = (statistics.median(times) for times in zip(*pairs, strict=True))
            ratio = statistics.median(mine / beside for mine, beside in pairs)
            missed += ratio > bound
            if options.json:
                found = {"detect": ours, "python": empty, "ratio": ratio}
                print(json.dumps({"case": f"shell-write-detect: {what}", "bound": bound, **found}))
            else:
                mark = "ok  " if ratio <= bound else "SLOW"
                ms = f"({1000 * ours:.1f} ms beside {1000 * empty:.1f} ms)"
                print(f"{mark} {'detect: ' + what:24} {ratio:5.2f} x of {bound} x  {ms}")
            if options.imports:
                print("\n".join(slow_imports(command, tree, str(tree / ".cache" / "onetree"))))
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
