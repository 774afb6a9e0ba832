"""What developers' tools do to files: package managers, compilers, formatters, test runners, clients of services.

ROWS has the tools without subcommands, in the language of commands.py. TOOLS has the others, each as

    (needs, options, {verbs: rule, ...})

needs: files one of which the tool looks for in its folder and above, and does nothing without ("a|b"; "" for none,
    "?a" if it works without as well): there is its project's folder. options: those before the verb, as in a row;
    "-C=@" is one that says in which folder to work.
verbs: "install|i", "mod tidy"; "" is no verb, "*" any other verb, which is opaque if there is no rule for it.
rule: "" changes nothing of the tree's; else words of these:
    NAME, NAME/         may write this file, this folder with all below it, in the project's folder
    ./NAME  ^NAME       the same in the current directory; in the nearest folder above that has it
    =NAME   +NAME       the same, if it is there already; if operands are given
    NAME|--a,$B         the same, unless this option or this variable is given; NAME?--a: only if it is
    NAME@none           the same, if there are no operands
    *.x,.y              may write each of the project's files that end so
    :ROLES              what becomes of operands, as in a row       --a,-b:ROLES    the same, when an option is given
    @                   no operand means the current directory
    -o=w                an option and what becomes of its value, as in a row
    ~--a                changes nothing when this is given (--help and --dry-run always do so)
    >                   runs the command that follows               !               does what cannot be read
    %module.name        a function of programs/
    %needs  %noneed     this verb needs the project's file; does not

What a tool keeps for itself only (.pytest_cache, .mypy_cache, ~/.cache, ~/.npm) and what is outside the tree (the
packages of the system, of the user, of a service) is not told. Sources: each tool's own documentation.
"""

from . import devtools_more, devtools_programs
from .commands import Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    Tool = tuple[str, str, dict[str, str]]

NODE_QUIET = (
    "ls|list|ll|la|view|info|show|v|outdated|search|s|se|find|fund|help|help-search|whoami|"
    "ping|root|prefix|bin|config|c|get|set|cache|doctor|explain|why|query|repo|docs|bugs|home|"
    "owner|author|team|token|profile|access|star|stars|unstar|login|logout|adduser|deprecate|"
    "dist-tag|dist-tags|tag|publish|unpublish|hook|org|completion|sbom|diff|audit|licenses|"
    "store|npm|node|versions|workspaces|pm|registry|env|setup|self-update|cat-file|cat-index|"
    "find-hash|root"
)
NODE_INSTALL = (
    "+package.json|--no-save,--global,-g node_modules/|--package-lock-only,--lockfile-only "
    "--workspace= --omit= --include= --registry= --tag= --cache= --loglevel= --filter= -F= ~-g "
    "~--global"
)
COMPILED = "-j= --jobs= -p= --package= --exclude= --features= -F= --profile= --target= --manifest-path=. --color= -Z= "
CARGO = COMPILED + "--bin= --example= --test= --bench= --config= --message-format= "
TARGET = CARGO + "target/|--target-dir,$CARGO_TARGET_DIR Cargo.lock|--locked,--frozen --target-dir=W %builds.cargo "
UV = "--python= -p= --index= --index-url= --extra-index-url= --extra= --group= --with= --project=@ --directory=@ "
GRADLE = "build/ .gradle/"

TOOLS: "dict[str, Tool]" = {
    # JavaScript: docs.npmjs.com/cli, pnpm.io/cli, yarnpkg.com/cli, bun.sh/docs/cli
    "npm": (
        "?package.json",
        "--prefix=@ -C=@ -w= --workspace= --registry= --loglevel= --cache= --userconfig=r -p= --package= -c=x --call=x",
        {
            NODE_QUIET: "",
            "": "",
            "install|i|in|ins|inst|insta|add|isntall|install-test|it": "^package-lock.json|--no-package-lock "
            + NODE_INSTALL,
            "ci|clean-install|ic|install-clean|install-ci-test|cit": "node_modules/ ~-g %needs",
            "uninstall|remove|rm|r|un|unlink": "package.json|--no-save ^package-lock.json node_modules/ ~-g ~--global",
            "update|up|upgrade|udpate": "^package-lock.json package.json node_modules/ ~-g ~--global %needs",
            "dedupe|ddp|prune|rebuild|rb": "^package-lock.json node_modules/ ~-g ~--global %needs",
            "audit fix": "^package-lock.json package.json|--package-lock-only node_modules/|--package-lock-only %needs",
            "link|ln": "+node_modules/ +package.json|--no-save",
            "init|create|innit": "package.json %packages.initializer",
            "version": "+package.json +^package-lock.json --preid= -m= --message=",
            "pkg set|pkg delete|pkg fix": "package.json",
            "pkg|pkg get": "",
            "pack": "%packages.pack --pack-destination=W",
            "shrinkwrap": "npm-shrinkwrap.json",
            "run|run-script|rum|urn|test|t|tst|start|stop|restart": "%running.script",
            "exec|x": "> -p= --package= -c=x --call=x -w= --workspace=",
            "explore|edit": "!",
        },
    ),
    "pnpm": (
        "?package.json",
        "-C=@ --dir=@ --filter= -F= --package= --reporter= --loglevel=",
        {
            NODE_QUIET: "",
            "": "",
            "install|i|install-test|it": "^pnpm-lock.yaml|--frozen-lockfile %needs -w " + NODE_INSTALL,
            "add": "^pnpm-lock.yaml -w " + NODE_INSTALL,
            "remove|rm|uninstall|un|update|up|upgrade|import|dedupe|link|ln|unlink": "package.json ^pnpm-lock.yaml "
            "node_modules/ ~-g ~--global ~--check",
            "prune|rebuild|rb|fetch": "node_modules/",
            "patch-commit|approve-builds": "package.json ^pnpm-lock.yaml",
            "init": "package.json",
            "create": "!",
            "pack": "%packages.pack --pack-destination=W --out=w",
            "deploy": ":W --filter= -F=",
            "run|run-script|test|t|start|stop|restart": "%running.script",
            "exec|dlx": "> --package= --filter=",
            "*": "%running.script",
        },
    ),
    "yarn": (
        "?package.json",
        "--cwd=@ -p= --package=",
        {
            NODE_QUIET: "",
            "|install": (
                "^yarn.lock|--frozen-lockfile,--immutable node_modules/ =.pnp.cjs =.yarn/ %needs --cache-folder= "
                "--registry= --modules-folder=W"
            ),
            "add|remove|up|upgrade|upgrade-interactive|dedupe|link|unlink|rebuild|import": "package.json ^yarn.lock "
            "node_modules/ =.pnp.cjs =.yarn/ ~--check",
            "global": "",
            "init": "package.json =.yarnrc.yml",
            "create": "!",
            "version": "package.json",
            "pack": "package.tgz|--out,-o,--filename,-f -o=w --out=w -f=w --filename=w",
            "plugin import|plugin remove|set version|config set|config unset": ".yarnrc.yml .yarn/",
            "run|test|start|build": "%running.script",
            "exec|dlx": "> -p= --package=",
            "workspace|workspaces foreach|workspaces run": "%running.script",
            "*": "%running.script",
        },
    ),
    "bun": (
        "?package.json",
        "--cwd=@ -e=x --eval=x -p=x --print=x -r= --env-file=r",
        {
            "": "%running.interpreter",
            "install|i|ci": "=bun.lockb ^bun.lock|--frozen-lockfile %needs " + NODE_INSTALL,
            "add|a|remove|rm|update|link|unlink": "package.json =bun.lockb ^bun.lock node_modules/ ~-g ~--global",
            "pm|outdated|audit|info|upgrade|why|publish|test|repl": "",
            "init": "package.json tsconfig.json README.md index.ts .gitignore bun.lock node_modules/",
            "create|c": "!",
            "build": (
                "--outfile=w --outdir=W --target= --format= --entry-naming= --external= -e= --define= --metafile=w"
            ),
            "x": "> -p= --package=",
            "run": "%running.script",
            "exec": "!",
            "*": "%running.interpreter",
        },
    ),
    "deno": (
        "",
        "",
        {
            "": "",
            "eval|run|repl|serve|x": "%running.interpreter",
            "fmt": "@ :S* ~--check -c= --config=r --ext=",
            "lint": "@ :r* --fix:S*",
            (
                "check|info|test|bench|doc|types|lsp|upgrade|outdated|completions|help|task|publish|jupyter"
            ): "--coverage=W",
            "compile": "-o=w --output=w --target= --include= --icon=r",
            "bundle": ":rw -o=w",
            "init": "deno.json main.ts main_test.ts",
            "add|remove|install|i|uninstall|update|cache|clean": (
                "deno.json =package.json deno.lock =node_modules/ ~-g ~--global"
            ),
            "coverage": "--output=w --lcov",
            "vendor": "vendor/",
            "*": "%running.interpreter",
        },
    ),
    # Python: pip.pypa.io, docs.astral.sh/uv, python-poetry.org, pdm-project.org, hatch.pypa.io, pipx.pypa.io
    "pip": (
        "",
        "--python= --log=w --proxy= --cache-dir= -q -v --isolated --require-virtualenv",
        {
            "list|show|freeze|check|search|config|cache|index|inspect|help|hash|debug|completion|": "--path=r -r=r",
            "install": (
                "-r=r --requirement=r -c=r --constraint=r -e= --editable= -t=W --target=W --prefix=W --root=W -i="
                " --index-url= --extra-index-url= -f= --find-links= --report=w --log=w --src=W "
                "--upgrade-strategy= --no-binary= --only-binary= --platform= --python-version= --python= "
                "--timeout= --retries= --proxy= %packages.pip"
            ),
            "uninstall": "-r=r --requirement=r %packages.pip",
            "download": (
                "%running.here|-d,--dest -d=W --dest=W -r=r --requirement=r -c=r -i= --index-url= --platform= "
                "--python-version= --only-binary= --no-binary= -f="
            ),
            "wheel": (
                "%running.here|-w,--wheel-dir -w=W --wheel-dir=W -r=r --requirement=r -c=r -i= --index-url= -f= "
                "%packages.pip"
            ),
            "lock": "pylock.toml|-o,--output -o=w --output=w -r=r -e=",
        },
    ),
    "pipx": (
        "",
        "--spec= --python= --index-url=",
        {
            "run": "> --spec= --python= --index-url= --pip-args= --with=",
            "": "",
            "*": "",  # ~/.local/share/pipx, ~/.local/bin
        },
    ),
    "pipenv": (
        "?Pipfile",
        "--python=",
        {
            "run": "> ",
            "shell": "!",
            "graph|check|verify|scripts|requirements|--venv|--where|--envs|open|": "",
            "install|update|upgrade|uninstall|lock|sync|clean": "+Pipfile Pipfile.lock =.venv/ -r=r -i= --python=",
        },
    ),
    "uv": (
        "?pyproject.toml",
        "--directory=@ --project=@ --config-file=r --cache-dir= --color= -q -v",
        {
            "": "",
            "run": "> %packages.uvrun --with-requirements=r --env-file=r --only-group= -m=. --script=. --package= "
            + UV,
            "sync": ".venv/|--active uv.lock|--frozen,--locked ~--check %needs --package= --no-install-package= " + UV,
            "lock": "uv.lock ~--check ~--locked --script=. --upgrade-package= -P= %needs " + UV,
            "add|remove": (
                "pyproject.toml|--script uv.lock|--frozen,--script .venv/|--no-sync,--frozen,--script --script=w "
                "-r=r --requirements=r -c= --constraints= --tag= --branch= --rev= --optional= --package= "
                "--bounds= %needs "
            )
            + UV,
            "version": "+pyproject.toml --bump:. --bump= --package= ~--short " + UV,
            "init": (
                "%packages.uvinit --name= --package --app --lib --build-backend= --vcs= --author-from= --description= "
            )
            + UV,
            "build": "dist/|-o,--out-dir -o=W --out-dir=W --package= -b= " + UV,
            "venv": ".venv/@none :W --prompt= --seed " + UV,
            "export": "-o=w --output-file=w --format= --no-emit-package= --package= --prune= " + UV,
            (
                "tree|python|cache|self|tool list|tool install|tool uninstall|tool upgrade|tool update-shell|tool"
                " dir|help|publish|auth|generate-shell-completion"
            ): "",
            "python pin": ".python-version",
            "tool run": "> --from= --with= " + UV,
            "pip list|pip show|pip freeze|pip check|pip tree": "",
            "pip install|pip uninstall|pip sync": (
                "=.venv/|-t,--target,--prefix,--system -r=r --requirements=r -c=r -t=W --target=W --prefix=W -e= "
            )
            + UV,
            "pip compile": "-o=w --output-file=w -c=r --constraint=r " + UV,
            "format": "*.py,.pyi ~--check ~--diff",
        },
    ),
    "poetry": (
        "?pyproject.toml",
        "-C=@ --directory=@ -P=@ --project=@",
        {
            "run": "> ",
            "shell": "!",
            "show|check|env|search|about|list|help|cache|debug|publish|self|source|config|": "",
            "install|sync": "poetry.lock =.venv/ -E= --with= --without= --only= --extras= %needs",
            "add|remove": "pyproject.toml poetry.lock =.venv/ -G= --group= -E= --extras= --source= %needs",
            "update": "poetry.lock =.venv/ --with= --without= --only= %needs",
            "lock": "poetry.lock ~--check %needs",
            "build": "dist/|-o,--output -f= --format= -o=W --output=W %needs",
            "version": "+pyproject.toml",
            "export": "-o=w --output=w -f= --format= --with= --without= -E=",
            "init": "pyproject.toml --name= --description= --author= --python= --dependency= -l=",
            "new": ":W --name= --readme=",
            "config --local": "poetry.toml",
        },
    ),
    "pdm": (
        "?pyproject.toml",
        "-p=@ --project=@",
        {
            "run": "> ",
            "list|show|info|search|config|cache|outdated|self|python|venv|use|publish|": "",
            "install|sync|update|add|remove|lock": (
                "+pyproject.toml|--no-save pdm.lock|--frozen-lockfile .venv/ -G= --group= -L=w --lockfile=w "
                "~--check %needs"
            ),
            "build": "dist/|-d,--dest -d=W --dest=W %needs",
            "export": "-o=w --output=w -f= --format= -G= -L=r",
            "init": "pyproject.toml .venv/ .pdm-python",
            "fix|import": "pyproject.toml",
            "*": "%running.script",
        },
    ),
    "hatch": (
        "?pyproject.toml",
        "-e= --env= -p= --project= --data-dir= --cache-dir= --config=r",
        {
            "run|test": "> -e=",
            "shell": "!",
            "env|dep|config|status|project|publish|python|self|clean|": "",
            "build": "dist/ -t= --target= %needs",
            "version": "+pyproject.toml",
            "new": ":.W",
            "fmt": "*.py,.pyi ~--check",
        },
    ),
    "rye": (
        "?pyproject.toml",
        "",
        {
            "run": ">",
            "sync|lock|add|remove": "pyproject.toml requirements.lock requirements-dev.lock .venv/",
            "build": "dist/",
            "fmt": "*.py,.pyi ~--check",
            "lint|test|list|show|self|toolchain|": "",
        },
    ),
    "pixi": (
        "?pixi.toml|pyproject.toml",
        "",
        {
            "run|exec": ">",
            "shell": "!",
            "list|tree|info|search|global|task list|": "",
            "install|update|lock|add|remove|reinstall": "+pixi.toml pixi.lock .pixi/",
            "init": "pixi.toml .gitignore .gitattributes",
        },
    ),
    "conda": (
        "",
        "-n= --name= -p= --prefix= --cwd=@",
        {
            "run": "> -n= --name= -p= --prefix= --cwd=",
            "list|info|search|activate|deactivate|config|init|env list|compare|doctor|clean|shell|": "",
            "create|install|remove|uninstall|update|upgrade|env create|env update|env remove": "-p=W --prefix=W -f=r "
            "--file=r -n= --name= -c= --channel=",
            "env export|export": "-f=w --file=w -n= --name= -p= --prefix=",
        },
    ),
    # Rust: doc.rust-lang.org/cargo
    "cargo": (
        "Cargo.lock|Cargo.toml",
        "--color= --config= -Z= -C=@",
        {
            "": "",
            "build|b|check|c|test|t|bench|rustc|doc|d|rustdoc|clippy": TARGET + "*.rs?--fix ",
            "run|r": TARGET + "",
            "fix": TARGET + "*.rs",
            (
                "nextest run|llvm-cov|expand|watch|tarpaulin|miri|hack|deny|audit|machete|udeps|bloat|asm|outdated"
            ): "target/",
            "package|publish": "target/|--list",
            "add|remove|rm|upgrade": (
                "Cargo.toml ./Cargo.toml ^Cargo.lock -F= --features= --path= --git= --branch= --tag= --rename= "
                "-p= --package= --manifest-path=w"
            ),
            "update|generate-lockfile|set-version|fetch": "Cargo.lock -p= --package= --precise=",
            "set-version": "Cargo.toml Cargo.lock",
            "fmt": "*.rs|--check -p= --package= --manifest-path=.",
            "clean": "%builds.cargoclean --target-dir=D -p= --package= --target= --profile= " + COMPILED,
            "new": ":W --name= --edition= --vcs= %noneed",
            "init": "%builds.cargoinit --name= --edition= --vcs= %noneed",
            "vendor": "vendor/@none :W -s=",
            "install": "--root=W --path=r --version= --git= --branch= --tag= -F= --features= %noneed",
            (
                "uninstall|search|login|logout|owner|yank|help|version|tree|metadata|pkgid|locate-project|"
                "read-manifest|verify-project|report|info|config"
            ): "",
        },
    ),
    "rustup": ("", "", {"run": "%running.skip1", "override": "", "*": "", "": ""}),
    "wasm-pack": (
        "Cargo.toml",
        "",
        {"build": "pkg/|-d,--out-dir target/ -d=W --out-dir=W -t= --target=", "*": "target/"},
    ),
    # Go: pkg.go.dev/cmd/go
    "go": ("go.work|go.mod", "-C=@", {"*": "%builds.go", "": ""}),
    # Ruby, PHP, Elixir
    "gem": (
        "",
        "",
        {"build": "%packages.gem -o=w --output=w", "unpack|fetch": "!", "*": "-i=W --install-dir=W", "": ""},
    ),
    "bundle": (
        "?Gemfile",
        "--gemfile=r",
        {
            "exec": "> --gemfile=",
            "show|list|info|check|outdated|platform|env|doctor|version|help|licenses|open|viz|fund|audit": "",
            "|install|update|add|remove|lock": (
                "+Gemfile ^Gemfile.lock =vendor/bundle/ --path=W --lockfile=w --jobs= --without= --group= "
                "--version= %needs"
            ),
            "config": "=.bundle/config",
            "config set --local": ".bundle/config",
            "init": "Gemfile",
            "package|cache|pack": "vendor/cache/ ^Gemfile.lock",
            "binstubs": "bin/",
            "gem": ":W",
            "clean": "",
        },
    ),
    "composer": (
        "?composer.json",
        "-d=@ --working-dir=@",
        {
            (
                "show|info|outdated|validate|search|why|why-not|depends|prohibits|licenses|audit|status|"
                "diagnose|about|global|self-update|clear-cache|config|list|help|fund|suggests|"
                "check-platform-reqs|"
            ): "",
            "install|i|update|u|upgrade|require|req|remove|rm|reinstall|bump": "+composer.json composer.lock vendor/",
            "dump-autoload|dumpautoload": "vendor/",
            "init": "composer.json",
            "create-project": ":.W",
            "exec|run-script|run": "!",
            "archive": "!",
        },
    ),
    "mix": (
        "mix.exs",
        "",
        {
            "deps|deps.tree|hex.info|hex.search|help|hex.outdated|phx.routes|xref|": "",
            "compile|test|run|phx.server|credo|dialyzer|deps.compile|ecto.migrate|ecto.create|ecto.drop": "_build/",
            "deps.get|deps.update|deps.unlock": "mix.lock deps/ _build/",
            "deps.clean|clean": "_build/",
            "format": "*.ex,.exs,.heex|--check-formatted",
            "new|phx.new": ":W --app= --module= %noneed",
            "local.hex|local.rebar|archive.install": "",
        },
    ),
    # .NET, JVM, Apple, Dart
    "dotnet": (
        "",
        "",
        {
            "": "",
            "build|run|test|restore|msbuild|watch": (
                "./bin/|-o,--output ./obj/ -o=W --output=W -c= --configuration= -f= -r= -v= --framework= "
                "--results-directory=W --logger= -p= --project="
            ),
            "publish|pack": "./bin/ ./obj/ -o=W --output=W -c= --configuration= -f= -r= --framework=",
            "clean": "./bin/ ./obj/",
            "format": "*.cs,.vb|--verify-no-changes",
            "new": "%running.here|-o,--output,-l,--list -o=W --output=W -n= --name= -f= --framework= ~-l ~--list",
            "add|remove|sln|package add|package remove|reference add|reference remove": "%packages.projects",
            (
                "list|nuget|tool|workload|--info|--list-sdks|--list-runtimes|help|dev-certs|package "
                "list|user-secrets|store"
            ): "",
            "ef": "!",
        },
    ),
    "mvn": (
        "pom.xml",
        "-f=r -P= -pl= -D? -T= -s=r --file=r",
        {
            "*": "target/",
            "": "",
            "dependency:tree|help:effective-pom|help:describe|validate|versions:display-dependency-updates": "",
            "versions:set|versions:use-latest-releases|versions:commit": "pom.xml",
            "archetype:generate": "! %noneed",
            "spotless:apply|fmt:format": "*.java,.kt",
        },
    ),
    "gradle": (
        "build.gradle|build.gradle.kts|settings.gradle|settings.gradle.kts",
        "-p=@ -b=r -x= -P? -D?",
        {
            "tasks|projects|dependencies|help|properties|": ".gradle/",
            "clean": "build/",
            "wrapper": "gradlew gradlew.bat gradle/wrapper/",
            "init": "! %noneed",
            "spotlessApply|ktlintFormat": "*.java,.kt,.kts,.groovy",
            "*": GRADLE,
        },
    ),
    "sbt": ("build.sbt", "", {"new": "! %noneed", "": "!", "*": "target/ project/target/"}),
    "lein": ("project.clj", "", {"new": ":.W %noneed", "deps|help|version|": "", "*": "target/"}),
    "swift": (
        "Package.swift",
        "--package-path=@",
        {
            "build|test|run": (
                ".build/|--scratch-path,--build-path Package.resolved --scratch-path=W --build-path=W -c= --product="
            ),
            "package resolve|package update": "Package.resolved .build/",
            "package init": "Package.swift Sources/ Tests/ .gitignore %noneed",
            "package clean|package reset": ".build/",
            "package describe|package show-dependencies|repl|": "",
            "format": "-i,--in-place:S*",
        },
    ),
    "xcodebuild": (
        "",
        "",
        {
            "*": (
                "-derivedDataPath=W -resultBundlePath=W -archivePath=W -exportPath=W -project= -scheme= "
                "-destination= -configuration= -sdk= -workspace="
            ),
            "": "",
        },
    ),
    "pod": (
        "Podfile",
        "",
        {
            "install|update": "Podfile.lock Pods/",
            "init": "Podfile %noneed",
            "deintegrate": "Pods/",
            "search|list|outdated|repo|lib|spec|trunk|env|setup|": "",
        },
    ),
    "dart": (
        "?pubspec.yaml",
        "",
        {
            "format": "@ :S* -o=. --output=. -l= %running.dartout",
            (
                "pub get|pub upgrade|pub add|pub remove|pub downgrade|pub outdated"
            ): "+pubspec.yaml pubspec.lock .dart_tool/",
            "fix": "*.dart|-n",
            "compile": "-o=w --output=w",
            "create": ":W -t= --template=",
            "analyze|test|info|doc|pub deps|devtools|": "",
            "run": "%running.interpreter",
            "*": "%running.interpreter",
        },
    ),
    "flutter": (
        "?pubspec.yaml",
        "",
        {
            "pub get|pub upgrade|pub add|pub remove|pub downgrade": "+pubspec.yaml pubspec.lock .dart_tool/",
            "build|run|test": "build/ .dart_tool/ -d= --target= -t= --coverage-path=w --flavor=",
            "clean": "build/ .dart_tool/",
            "create": ":W --org= --platforms= -t= --template= --project-name=",
            "analyze|doctor|devices|emulators|config|channel|upgrade|precache|pub deps|pub outdated|": "",
        },
    ),
    **devtools_more.TOOLS,
}

ROWS: "dict[str, Row]" = devtools_programs.ROWS
SOURCES = devtools_programs.SOURCES
SKIPPED = devtools_programs.SKIPPED

# Other names of the same tools.
ALIASES = {
    "pip3": "pip",
    "bumpversion": "bump2version",
    "pre_commit": "pre-commit",
    "mamba": "conda",
    "micromamba": "conda",
    "mvnw": "mvn",
    "gradlew": "gradle",
    "bundler": "bundle",
    "podman": "docker",
    "nerdctl": "docker",
    "docker-compose": "compose",
    "podman-compose": "compose",
    "tofu": "terraform",
    "oc": "kubectl",
    "minikube": "kind",
    "k3d": "kind",
    "gcc": "cc",
    "g++": "cc",
    "c++": "cc",
    "clang": "cc",
    "clang++": "cc",
    "vue-tsc": "tsc",
    "nodeenv": "virtualenv",
    "py.test": "pytest",
    "gotestsum": "gotest",
    "rbenv": "pyenv",
    "nodenv": "pyenv",
    "jenv": "pyenv",
    "rtx": "mise",
    "aptitude": "apt",
    "apt-get": "apt",
}


def find(name: str) -> "Row | None":
    """The row of a tool by its name; None for a program that is not one of these."""
    name = ALIASES.get(name, name)
    if name in TOOLS:
        return ("!tools.tool", "")
    return ROWS.get(name)


def tool(name: str) -> "Tool":
    """A tool's entry, by its name with a version's number or without."""
    plain = name if name in TOOLS or name in ALIASES else name.rstrip("0123456789.").rstrip("-")
    return TOOLS[ALIASES.get(plain, plain)]
