"""Rows of developers' tools with subcommands, continued from devtools.py: formatters, linters, coverage, builds."""

from . import devtools_services

TYPE_CHECKING = False
if TYPE_CHECKING:
    Tool = tuple[str, str, dict[str, str]]

TOOLS: "dict[str, Tool]" = {
    # Formatters and linters that have subcommands
    "ruff": (
        "",
        "--config=. --color= --isolated",
        {
            "check": (
                "@ :R* --fix,--fix-only,--add-noqa:S* ~--diff -o=w --output-file=w --select= --ignore= --config=."
                " --extend-select= --output-format= --target-version= --exclude= --extend-exclude= --line-length="
                " --unsafe-fixes --no-fix --per-file-ignores= --cache-dir= --stdin-filename="
            ),
            "format": (
                "@ :S* --check,--diff:R* --config=. --line-length= --target-version= --exclude= --range= "
                "--stdin-filename= --cache-dir= --extension="
            ),
            "rule|config|linter|clean|version|help|server|analyze|": "",
        },
    ),
    "biome": (
        "",
        "",
        {
            "format|lint|check|ci": (
                "@ :R* --write,--fix,--apply,--apply-unsafe:S* --config-path=r --reporter= --max-diagnostics= "
                "--stdin-file-path="
            ),
            "migrate": "biome.json?--write",
            "init": "biome.json",
            "*": "",
            "": "",
        },
    ),
    "taplo": ("", "", {"fmt|format": "@ :S* --check,--diff:r* -c=r --config=r -o=", "*": "", "": ""}),
    "buf": (
        "",
        "",
        {
            "format": "*.proto?-w,--write -o=w --output=w",
            "generate": "! -o=W --output=W --template=r",
            "build|export": "-o=w --output=w",
            "mod init|config init": "buf.yaml",
            "mod update|dep update": "buf.lock",
            "*": "",
            "": "",
        },
    ),
    "sqlfluff": (
        "",
        "",
        {
            "fix|format": ":S* -d= --dialect= -t= --templater= --config=r --rules= -e=",
            "lint|parse|render": ":r* -d= --dialect= --write-output=w",
            "*": "",
            "": "",
        },
    ),
    "dprint": (
        "",
        "",
        {"fmt": ":w* -c=r --config=r ~--diff %running.formatted", "init": "dprint.json", "check": "", "*": "", "": ""},
    ),
    "pre-commit": (
        "?.pre-commit-config.yaml",
        "",
        {
            "run|": "! -c=r --config=r --hook-stage= %needs",
            "install": "^.git/hooks/pre-commit %needs",
            "uninstall": "^.git/hooks/pre-commit",
            "autoupdate|migrate-config": ".pre-commit-config.yaml",
            "*": "",
        },
    ),
    "husky": (
        "",
        "",
        {"init": ".husky/pre-commit package.json", "install|": ".husky/_/ ^.git/config", "add|set": ":w", "*": ""},
    ),
    "lefthook": (
        "",
        "",
        {"install": "^.git/hooks/ lefthook.yml", "uninstall": "^.git/hooks/", "run": "!", "*": "", "": ""},
    ),
    "nbdime": ("", "", {"*": "", "": ""}),
    # Coverage and builds
    "coverage": (
        "",
        "--rcfile=r",
        {
            "run": (
                "%running.coverage .coverage|--data-file,$COVERAGE_FILE --data-file=w --source= --omit= "
                "--include= --rcfile=r --concurrency= --context= -m=."
            ),
            "html": "htmlcov/|-d,--directory -d=W --directory=W --data-file=r",
            "xml": "coverage.xml|-o -o=w --data-file=r",
            "json": "coverage.json|-o -o=w --data-file=r",
            "lcov": "coverage.lcov|-o -o=w --data-file=r",
            "annotate": "! -d=W --directory=W",
            "combine|erase": ".coverage|--data-file --data-file=w",
            "report|debug|help|": "",
        },
    ),
    "nx": ("", "", {"graph": "--file=w", "show|list|report|affected:graph|help|": "", "*": "!"}),
    "turbo": ("", "", {"ls|query|info|login|logout|link|telemetry|": "", "*": "!"}),
    "lerna": ("", "", {"ls|list|changed|diff|info|": "", "*": "!"}),
    "changeset": (
        "",
        "",
        {
            "status": "-o=w --output=w",
            "init": ".changeset/",
            "add|": ".changeset/",
            "version": "!",
            "tag|publish": "",
            "pre": ".changeset/pre.json",
        },
    ),
    "bazel": (
        "",
        "",
        {"build|test|run|coverage": "^bazel-bin ^bazel-out ^bazel-testlogs ^MODULE.bazel.lock", "*": "", "": ""},
    ),
    "meson": (
        "",
        "",
        {
            "setup": "%builds.meson",
            "compile|test|install|dist": "build/|-C -C=W",
            "init": "meson.build",
            "introspect|help|": "",
            "*": "%builds.meson",
        },
    ),
    "next": ("", "", {"build|dev|start": ".next/ next-env.d.ts", "lint": "", "*": "", "": ""}),
    "vite": (
        "",
        "-c=r --config=r",
        {"build": "dist/|--outDir --outDir=W -c=r --config=r --mode= --base=", "*": "", "": ""},
    ),
    "webpack": (
        "",
        "",
        {
            "*": "dist/|-o,--output-path -o=W --output-path=W -c=r --config=r --mode= --env=",
            "": "dist/|-o,--output-path -o=W --output-path=W -c=r --config=r --mode= --env=",
            "serve|watch|info|version|help|s": "",
        },
    ),
    "parcel": ("", "", {"build": "dist/|--dist-dir,-d --dist-dir=W -d=W --public-url=", "*": "", "": ""}),
    "astro": ("", "", {"build": "dist/|--outDir --outDir=W", "add": "!", "sync": ".astro/", "*": "", "": ""}),
    "nuxt": ("", "", {"build|generate|prepare|dev": ".nuxt/ .output/", "init": ":W", "*": "", "": ""}),
    "ng": (
        "",
        "",
        {"build": "dist/|--output-path --output-path=W", "new": ":W", "generate|g|add|update": "!", "*": "", "": ""},
    ),
    "mkdocs": (
        "",
        "",
        {
            "build": "site/|-d,--site-dir -d=W --site-dir=W -f=r --config-file=r",
            "new": ":W",
            "serve|gh-deploy|get-deps|": "",
        },
    ),
    "mdbook": (
        "",
        "",
        {"build": "book/|-d,--dest-dir -d=W --dest-dir=W", "clean": "book/", "init": ":W", "*": "", "": ""},
    ),
    "hugo": (
        "",
        "-d=W --destination=W -s=@ --source=@ -b= --baseURL= -c= --config=r -e= --environment=",
        {
            "": "public/|-d,--destination resources/_gen/",
            "new site|new theme": ":W",
            "new|new content": "!",
            "*": "",
            "mod": "go.mod go.sum",
        },
    ),
    "jekyll": (
        "",
        "",
        {"build|b": "_site/|-d,--destination -d=W --destination=W", "new": ":W", "clean": "_site/", "*": "", "": ""},
    ),
    "fastlane": ("", "", {"*": "!", "list|actions|lanes|": ""}),
    **devtools_services.TOOLS,
}
