"""Rows of developers' tools without subcommands: formatters, checkers, compilers, databases, editors.

And which files of a folder a formatter rewrites.
"""

from .commands import Row

CC = (
    "!compilers.cc",
    (
        "-o=w -MF=w -I= -L= -D= -U= -include=r -imacros=r -isystem= -iquote= -idirafter= -x= -MT= -MQ= "
        "-Xlinker= -Xpreprocessor= -Xassembler= -Xclang= -arch= -target= -l= -T=r -u= -z= -W? -f? -m? -O?"
        " -g? -std= -dumpbase= -aux-info=w --param= -MD -MMD -MG -MP -MM -M -MJ=w -shared -static "
        "-pthread -ansi -pedantic -pipe -rdynamic -nostdlib -fsyntax-only -save-temps --version --help "
        "-dumpversion -dumpmachine -print-search-dirs -E -S -c -v -###"
    ),
)
PYTHON = (".py", ".pyi")
SCRIPTS = tuple(".js .jsx .mjs .cjs .ts .tsx .mts .cts .vue .svelte .astro".split())
C = tuple(".c .cc .cpp .cxx .h .hh .hpp .hxx .m .mm .proto .java .cs".split())
WEB = tuple(".css .scss .sass .less .html .vue".split())

# The endings of the files that a formatter looks for in a folder.
SOURCES: "dict[str, tuple[str, ...]]" = {
    **dict.fromkeys(
        ("ruff", "autoflake", "pyupgrade", "docformatter", "pycln", "pyink", "blue", "unify", "ssort"), PYTHON
    ),
    **dict.fromkeys(("eslint", "standard", "xo", "oxlint", "tslint"), SCRIPTS),
    "biome": (*SCRIPTS, ".json", ".jsonc", ".css", ".graphql"),
    "deno": (*SCRIPTS, ".json", ".jsonc", ".md"),
    "stylelint": WEB,
    "taplo": (".toml",),
    "sqlfluff": (".sql",),
    "rubocop": (".rb", ".rake", ".gemspec"),
    "standardrb": (".rb",),
    "php-cs-fixer": (".php",),
    "phpcbf": (".php",),
    "ktlint": (".kt", ".kts"),
    "google-java-format": (".java",),
    "swiftlint": (".swift",),
    "swiftformat": (".swift",),
    "swift": (".swift",),
    "gofumpt": (".go",),
    "gci": (".go",),
    "golines": (".go",),
    "dart": (".dart",),
    "markdownlint": (".md", ".markdown"),
    "markdownlint-cli2": (".md", ".markdown"),
    "mdformat": (".md",),
    "yamlfmt": (".yaml", ".yml"),
    "stylua": (".lua",),
    "djlint": (".html", ".jinja", ".j2"),
    "nbstripout": (".ipynb",),
    "clang-format": C,
    "codespell": ("",),
    "typos": ("",),
    "nixpkgs-fmt": (".nix",),
    "alejandra": (".nix",),
    "elm-format": (".elm",),
}
# Folders that formatters leave out by default (black, ruff, eslint, prettier: each those of its own projects).
SKIPPED = (
    "node_modules",
    "__pypackages__",
    "venv",
    "site-packages",
    "target",
    "vendor",
    "_build",
    "buck-out",
    "bower_components",
)

ESLINT = (
    "r*",
    (
        "-o=w --output-file=w -c=r --config=r --ext= --rule= -f= --format= --max-warnings= "
        "--ignore-path=r --ignore-pattern= --plugin= --parser= --parser-options= --env= --global= "
        "--rulesdir= --resolve-plugins-relative-to= --cache-location=w --cache-file=w --fix-type= "
        "--stdin-filename= --suppressions-location=w"
    ),
    ("--fix", "S*"),
)
PYTEST = (
    ".*",
    (
        "-k= -m= -p= -c=r -n= -o= -W= --junitxml=w --junit-xml=w --basetemp=W --maxfail= --tb= "
        "--durations= --rootdir= --cov= --cov-config=r --html=w --css= --json-report-file=w "
        "--report-log=w --resultlog=w --log-file=w --ignore= --ignore-glob= --deselect= --timeout= "
        "--import-mode= --confcutdir= --color= --capture= --pdbcls= --cov-report=. --dist= "
        "--benchmark-json=w --alluredir=W --csv=w --profile-svg --override-ini= -r= --report=w"
    ),
)
JEST = (
    "-c=r --config=r --outputFile=w --coverageDirectory=W -t= --testNamePattern= --testPathPattern= "
    "--rootDir= -w= --maxWorkers= --reporters= --selectProjects= --testTimeout= --root= -r= "
    "--reporter= --mode= --pool= --coverage.reportsDirectory=W --project= --dir= --silent= --bail="
)

ROWS: "dict[str, Row]" = {
    # Formatters and linters that only their options make write
    "eslint": ESLINT,
    "standard": ("r*", "--env= --global= --plugin= --parser= --stdin-filename=", ("--fix", "S*")),
    "xo": ("r*", "", ("--fix", "S*")),
    "oxlint": ("r*", "-c=r --config=r", ("--fix --fix-suggestions --fix-dangerously", "S*")),
    "tslint": ("r*", "-c=r --config=r -o=w --out=w -p=r --project=r", ("--fix", "S*")),
    "stylelint": (
        "r*",
        "-o=w --output-file=w --config=r -c=r --formatter= -f= --ignore-path=r --custom-syntax=",
        ("--fix", "S*"),
    ),
    "autoflake": ("r*", "--imports= --exclude= -j= --jobs= --config=r", ("-i --in-place", "S*")),
    "pyupgrade": ("w*", ""),
    "docformatter": ("r*", "--wrap-summaries= --wrap-descriptions= -e= --config=r", ("-i --in-place", "S*")),
    "pycln": ("S*", "-e= --exclude= --config=r", ("-c --check -d --diff", "r*")),
    "pyink": ("S*", "-l= --line-length= --config=r", ("--check --diff", "r*")),
    "blue": ("S*", "-l= --line-length=", ("--check --diff", "r*")),
    "black": (
        "S*",
        (
            "-l= --line-length= -t= --target-version= --config=r -c= --code= --include= --exclude= "
            "--extend-exclude= --force-exclude= -W= --workers= --stdin-filename= --required-version= "
            "--line-ranges="
        ),
        ("--check --diff -c --code", "r*"),
    ),
    "isort": (
        "S*",
        (
            "--profile= -l= --line-length= --sp=r --settings-path=r --settings-file=r -s= --skip= "
            "--skip-glob= -p= -o= -a= --src= -m= --multi-line= --filename= --lai= --stdout"
        ),
        ("--check --check-only --diff -c -d --stdout", "r*"),
    ),
    "clang-tidy": (
        "r*",
        "-p= --checks= -checks= --config= --config-file=r --export-fixes=w -export-fixes=w --header-filter=",
        ("--fix --fix-errors --fix-notes -fix -fix-errors", "w*"),
    ),
    "rubocop": (
        "r*",
        "-c=r --config=r -o=w --out=w -f= --format= --only= --except= -r=",
        ("-a -A --auto-correct --autocorrect --auto-correct-all --autocorrect-all -x --fix-layout", "S*"),
    ),
    "standardrb": ("r*", "", ("--fix --fix-unsafely", "S*")),
    "php-cs-fixer": (
        ".S*",
        "--config=r --rules= --format= --cache-file=w --path-mode=",
        ("--dry-run --diff-only", ".r*"),
    ),
    "phpcbf": ("S*", "--standard= --extensions= --ignore="),
    "ktlint": ("r*", "--reporter= --editorconfig=r", ("-F --format", "S*")),
    "google-java-format": ("r*", "--lines= --offset= --length=", ("-i --replace -r", "S*")),
    "gofumpt": ("r*", "-lang= -modpath=", ("-w", "S*")),
    "golines": ("r*", "-m= --max-len=", ("-w --write-output", "S*")),
    "gci": (".r*", "-s=", ("write", ".S*")),
    "swiftlint": (".*", "--config=r --output=w --reporter=", ("--fix --autocorrect", ".S*")),
    "swiftformat": ("S*", "--config=r --output=w --rules=", ("--lint --dryrun --output", "r*")),
    "markdownlint": ("r*", "-c=r --config=r -o=w --output=w -i= --ignore= -p=r --rules= -r=", ("-f --fix", "S*")),
    "markdownlint-cli2": ("r*", "--config=r", ("--fix", "S*")),
    "mdformat": ("S*", "--wrap= --end-of-line=", ("--check", "r*")),
    "yamlfmt": ("S*", "-conf=r -formatter=", ("-lint -dry", "r*")),
    "yamllint": ("r*", "-c=r -d= -f="),
    "shellcheck": ("r*", "-e= -i= -s= -f= -S= -P= -o= --exclude= --shell= --format= --severity= --include="),
    "stylua": ("S*", "--config-path=r -f=r -g= --glob=", ("--check", "r*")),
    "djlint": ("r*", "--profile= --ignore=", ("--reformat", "S*")),
    "nbstripout": (
        "S*",
        "--extra-keys= --attributes=",
        ("--dry-run -t --textconv --status --is-installed --verify", "r*"),
    ),
    "codespell": ("r*", "-L= --ignore-words-list= -I=r -S= --skip= -D=r", ("-w --write-changes -i", "S*")),
    "typos": ("r*", "-c=r --config=r --format=", ("-w --write-changes", "S*")),
    "alejandra": ("S*", "", ("-c --check", "r*")),
    "nixpkgs-fmt": ("S*", "", ("--check", "r*")),
    "elm-format": ("S*", "--output=w --elm-version=", ("--validate --output", "r*")),
    "rustfmt": (
        "w*",
        "--edition= --config= --config-path=r --emit= --color= --style-edition=",
        ("--check --emit", "r*"),
    ),
    "clang-format": (
        "r*",
        "--style= -style= -assume-filename= --assume-filename= --lines= --offset= --length= --files=r",
        ("-i", "S*"),
    ),
    "flake8": (
        "r*",
        "--output-file=w --config=r --max-line-length= --select= --ignore= --exclude= --extend-ignore= --format= -j=",
    ),
    "pylint": (
        "r*",
        "--output=w --rcfile=r --disable= --enable= -d= -e= -j= --output-format= -f= --ignore= --generated-members=",
    ),
    "bandit": ("r*", "-o=w --output=w -c=r -f= --format= -b=r -x= -s= -t= --exclude="),
    "hadolint": ("r*", "-c=r --config=r -f= --ignore="),
    "actionlint": ("r*", "-config-file=r -format= -ignore="),
    "golangci-lint": (
        ".*",
        "-c=r --config=r --out-format= --output.json.path=w --timeout= -E= -D=",
    ),
    "treefmt": ("!verbless.unnamed", "--config-file=r -C= --tree-root= --fail-on-change --ci"),
    "jupytext": (
        "!verbless.jupytext",
        "--to= --from= -o=w --output=w --set-formats= --opt= --update-metadata= --pipe= --execute --sync",
    ),
    "nbconvert": ("!verbless.nbconvert_row", "--to= --output= --output-dir=W"),
    # Type checkers and test runners: caches are not told
    "mypy": (
        "r*",
        (
            "--config-file=r --cache-dir= --junit-xml=w --html-report=W --txt-report=W --xml-report=W "
            "--cobertura-xml-report=W --linecount-report=W --any-exprs-report=W --lineprecision-report=W "
            "--linecoverage-report=W -p= -m= -c= --python-version= --exclude= --follow-imports= "
            "--python-executable="
        ),
    ),
    "pyright": ("r*", "-p= --project= --pythonversion= --pythonpath= --level= --writebaseline --createstub="),
    "pytest": ("!testing.pytest", PYTEST[1]),
    "jest": ("!testing.jest", JEST),
    "vitest": ("!testing.jest", JEST),
    "mocha": (
        "r*",
        "-R= --reporter= -O= --reporter-options= -r= --require= --config=r -g= --grep= -t= --timeout= --spec=",
    ),
    "nyc": ("!wrappers.wrapper", "--reporter= -r= --report-dir=W --temp-dir=W -x= --exclude= --include="),
    "c8": ("!wrappers.wrapper", "-r= --reporter= -o=W --reports-dir=W --temp-directory=W"),
    "playwright": (".*", "--output=W -c=r --config=r --reporter= -g= --project= --workers="),
    "tox": (".*", "-e= -c=r --conf=r --workdir=W --result-json=w --devenv=W -x= -p="),
    "nox": (".*", "-s= --session= --sessions= -f=r --noxfile=r --envdir=W --report=w -k= -e= -p= --python="),
    "phpunit": (
        ".*",
        (
            "-c=r --configuration=r --log-junit=w --coverage-html=W --coverage-clover=w --coverage-xml=W "
            "--filter= --bootstrap=r"
        ),
    ),
    "rspec": (".*", "-o=w --out=w -f= --format= -e= --example= -t= --tag= -r= -I="),
    # Compilers and what belongs to them: gcc(1), ld(1), as(1), rustc(1), javac(1), ...
    "cc": CC,
    "ld": (
        "!compilers.linker",
        (
            "-o=w --output=w -L= -l= -T=r -e= -m= -z= -Map=w -rpath= -soname= -h= -I= --dynamic-linker= "
            "-dynamic-linker= -shared -static -r -s -S --version --help -v -V -nostdlib"
        ),
    ),
    "as": ("!compilers.assembler", "-o=w -I= --defsym= --MD=w -a? --32 --64 --version --help"),
    "nasm": (
        "!compilers.nasm",
        "-o=w -f= -l=w -I= -i= -d= -D= -p=r -P=r -MD=w -MF=w -g -E -e -M -v -h -w? -W? -O? -F= -X=",
    ),
    "yasm": ("!compilers.nasm", "-o=w -f= -l=w -I= -D= -g= -m= -p= -a= -e -M"),
    "rustc": (
        "!compilers.rustc",
        (
            "-o=w --crate-type= --crate-name= --edition= --emit= -C= -L= -l= --extern= --out-dir=W --cfg= "
            "--target= --print= --explain= -Z= -A= -W= -D= --test --cap-lints= --check-cfg= --error-format="
        ),
    ),
    "javac": (
        "!compilers.javac",
        (
            "-d=W -s=W -h=W -cp= -classpath= --class-path= -sourcepath= --source-path= -source= -target= "
            "--release= --module-path= -p= -encoding= --add-modules= -processor= -processorpath= -J? -X? "
            "-proc:none -g -nowarn -version --version -help"
        ),
    ),
    "kotlinc": ("r*", "-d=W -cp= -classpath= -language-version= -jvm-target="),
    "scalac": ("r*", "-d=W -cp= -classpath="),
    "swiftc": (
        "!compilers.cc",
        (
            "-o=w -emit-library -emit-module -emit-module-path=w -module-name= -I= -L= -target= -sdk= -O "
            "-typecheck -parse --version -c -emit-object"
        ),
    ),
    "ghc": (
        "!compilers.haskell",
        "-o=w -outputdir=W -odir=W -hidir=W -i? -O? -package= -X? -main-is= -c --version -e= -fno-code --make",
    ),
    "ocamlc": ("!compilers.ocaml", "-o=w -I= -package= -c -a -version -i -impl=r -intf=r -linkpkg"),
    "ocamlopt": ("!compilers.ocaml", "-o=w -I= -package= -c -a -version -i -linkpkg"),
    "gfortran": CC,
    "nvcc": CC,
    "emcc": CC,
    "tsc": (
        "!compilers.tsc",
        (
            "--outDir=W --outFile=w --declarationDir=W --tsBuildInfoFile=w -p= --project= -t= --target= -m= "
            "--module= --lib= --jsx= --moduleResolution= --rootDir= --baseUrl= --types= --generateTrace=W "
            "--generateCpuProfile=w --newLine= --locale="
        ),
    ),
    "flex": ("!compilers.flex", "-o=w --outfile=w --header-file=w -P= --prefix= -t --stdout -S=r --tables-file=w"),
    "bison": (
        "!compilers.bison",
        (
            "-o=w --output=w --output-file=w -b= --file-prefix= -H? --header? -d -v --verbose -y --yacc -p= "
            "--name-prefix= -S=r -L= --language= -x? -g? --report= --report-file=w -D= -F= -W? --version"
        ),
    ),
    "yacc": ("!compilers.bison", "-o=w -b= -d -v -p= -g -t -l -r"),
    "swig": (
        "!compilers.swig",
        "-o=w -oh=w -outdir=W -I? -D? -module= -package= -namespace= -v -version -help -E -MM -M",
    ),
    "antlr4": ("!verbless.unnamed", "-o=W -lib= -package= -Dlanguage="),
    "thrift": ("!verbless.unnamed", "-o= -out=W --gen= -I="),
    "flatc": ("!verbless.unnamed", "-o=W -I="),
    "ninja": ("!verbless.unnamed_quiet", "-C= -f=r -j= -k= -l= -t= -d= -w= -n"),
    "configure": ("!verbless.unnamed", "--cache-file=w"),
    "autoreconf": ("!verbless.unnamed", "-I="),
    "esbuild": (
        "r*",
        (
            "--outfile=w --outdir=W --metafile=w --format= --platform= --target= --bundle --minify "
            "--sourcemap --tsconfig=r"
        ),
    ),
    "rollup": (
        "r*",
        "-o=w --file=w -d=W --dir=W -f= --format= -n= --name= -p= --plugin= -e= --external= -g= -i=r --input=r",
    ),
    "tsup": ("!verbless.output", "-d=W --out-dir=W --format= --target= --entry= --dist"),
    "ncc": ("!verbless.output", "-o=W --out=W"),
    "sass": ("!compilers.sass", "-I= --load-path= -s= --style="),
    "lessc": ("rw", "--source-map=w --include-path= --js-only"),
    "stylus": ("r*", "-o=W --out=W -I= --include="),
    "postcss": ("r*", "-o=w --output=w -d=W --dir=W -u= --use= --config= --ext= --base=", ("-r --replace", "w*")),
    "tailwindcss": (".*", "-i=r --input=r -o=w --output=w -c=r --config=r --content="),
    "babel": (
        "r*",
        (
            "-o=w --out-file=w -d=W --out-dir=W -x= --extensions= --config-file=r --presets= --plugins= "
            "--copy-files --ignore="
        ),
    ),
    "swc": (".r*", "-o=w --out-file=w -d=W --out-dir=W --config-file=r -C="),
    "terser": ("r*", "-o=w --output=w -c? -m? --source-map= -d= -e="),
    "uglifyjs": ("r*", "-o=w --output=w -c? -m? --source-map="),
    "svgo": ("!verbless.svgo", "-o=w --output=w -f= --folder= -i=r --input=r -p= --precision= --config=r -s="),
    "typedoc": ("r*", "--out=W --json=w --options=r --tsconfig=r --entryPoints=r --theme= --name="),
    "jsdoc": ("r*", "-d=W --destination=W -c=r --configure=r -t= -R=r"),
    "sphinx-build": ("RW", "-b= -M= -c= -D= -A= -d=W -j= -w=w -t= -C -E -a -n -q -W"),
    "sphinx-quickstart": ("W", "-p= -a= -v= -r= -l= --ext-autodoc"),
    "sphinx-apidoc": (".*", "-o=W -d= -H= -A= -V= -R= -s= -t="),
    "doxygen": ("!verbless.doxygen", "-g -s -u -l -w -e="),
    "pdoc": (".*", "-o=W --output-directory=W -d= -t="),
    "graphql-codegen": ("!verbless.unnamed", "-c=r --config=r"),
    "openapi-typescript": ("r*", "-o=w --output=w"),
    "datamodel-codegen": (".*", "--input=r --output=w --input-file-type= --class-name= --output-model-type="),
    "quicktype": ("r*", "-o=w --out=w -l= --lang= -s= --src-lang= -t= --top-level= --src=r"),
    # Scaffolding
    "create-react-app": ("W", "--template= --scripts-version="),
    "create-next-app": ("W", "--example= -e= --import-alias="),
    "create-vite": ("W", "-t= --template="),
    "degit": (".W", ""),
    "cookiecutter": (
        "!verbless.scaffold",
        "-o=W --output-dir=W -c= --checkout= --directory= --config-file=r --replay-file=r",
    ),
    "copier": ("!verbless.copier", "-d= --data= -r= --vcs-ref= -a= --data-file=r"),
    "virtualenv": ("W", "-p= --python= --prompt= --app-data= --seeder= --creator="),
    "express": ("W", "-v= --view= -c= --css="),
    # Databases: the manual pages of PostgreSQL 16, MySQL 8, MongoDB's tools, redis-cli
    "pg_dump": (
        ".*",
        (
            "-f=W --file=W -d= --dbname= -h= --host= -p= --port= -U= --username= -t= --table= -n= --schema= "
            "-F= --format= -j= -T= -N= -E= -S= -Z= --exclude-table="
        ),
    ),
    "pg_dumpall": (".*", "-f=w --file=w -h= -p= -U= -l= -d= -E= -S="),
    "pg_restore": ("r*", "-f=w --file=w -d= --dbname= -h= -p= -U= -L=r -F= -j= -n= -t= -I= -P= -S= -T="),
    "pg_basebackup": (".*", "-D=W --pgdata=W -h= -p= -U= -F= -X= -T= -d= -c="),
    "psql": (
        "!databases.psql",
        (
            "-c=. --command=. -f=r --file=r -o=w --output=w -L=w --log-file=w -d= --dbname= -h= --host= -p= "
            "--port= -U= --username= -v= --set= --variable= -F= -R= -P= -T= --csv -A -t -q -X -w -W"
        ),
    ),
    "mysqldump": (
        ".*",
        (
            "-r=w --result-file=w -T=W --tab=W -h= --host= -u= --user= -p? -P= --port= -S= --log-error=w "
            "--ignore-table= --where= -w= --default-character-set="
        ),
    ),
    "mysql": (
        "!databases.mysql",
        (
            "-e=. --execute=. --tee=w -h= --host= -u= --user= -p? -P= --port= -D= --database= -S= --protocol="
            " --default-character-set= --delimiter="
        ),
    ),
    "mongodump": (".*", "-o=W --out=W --archive=w -d= --db= -c= --collection= -h= --host= --port= -u= -p= --uri= -q="),
    "mongoexport": (".*", "-o=w --out=w -d= --db= -c= --collection= -h= --host= --uri= -q= -f= --type= --fields="),
    "redis-cli": (".*", "--rdb=w -h= -p= -a= -n= -u= --user= --pass= -r= -i= --eval=r --pattern= -x"),
    "influx": (".*", ""),
    # Keys and certificates
    "mkcert": (
        "!verbless.mkcert",
        "-cert-file=w -key-file=w -p12-file=w -csr=r -install -uninstall -CAROOT -pkcs12 -ecdsa -client",
    ),
    "cfssljson": ("!verbless.unnamed", "-f=r"),
    # Editors and environments
    "code": (
        ".*",
        "--install-extension= --uninstall-extension= -g= --goto= --user-data-dir= --profile=",
        ("-d --diff", "r*"),
    ),
    "envsubst": (".*", ""),
    "standard-version": ("!verbless.bump", "-r= --release-as= -p= --prerelease= -i=w --infile=w -t= -m="),
    "commit-and-tag-version": ("!verbless.bump", "-r= --release-as= -p= --prerelease= -i=w --infile=w -t="),
    "semantic-release": ("!verbless.unnamed", "-b= --branches= -r="),
    "release-it": ("!verbless.unnamed", ""),
    "git-cliff": (
        ".*",
        "-o=w --output=w -p=w --prepend=w -c=r --config=r -t= --tag= -w= --include-path= -r= --bump? -s= --strip=",
    ),
    "conventional-changelog": (
        ".*",
        "-i=r --infile=r -o=w --outfile=w -p= --preset= -r= -k=r",
        ("-s --same-file", ".*"),
    ),
    "auto-changelog": (".*", "-o=w --output=w -t= --template=r -p"),
    "gitmoji": (".*", ""),
    # Indexes, counts, measures
    "ctags": (
        "!verbless.ctags",
        "-f=w -o=w -L=r -h= -I= --languages= --exclude= --fields= --extras= --options=r --langmap= -n -e -x -a -R",
    ),
    "etags": ("!verbless.ctags", "-o=w --output=w -l= --language= -i= -r= -a"),
    "cscope": ("!verbless.cscope", "-f=w -i=r -s= -P= -I= -b -q -k -R -d -L"),
    "gtags": ("!verbless.gtags", "-f=r"),
    "cloc": (
        "r*",
        (
            "--out=w --report-file=w --sql=w --exclude-dir= --include-lang= --exclude-lang= --list-file=r "
            "--ignored=w --counted=w --match-f= --not-match-f="
        ),
    ),
    "scc": ("r*", "-o=w --output=w -f= --format= -i= -x= --exclude-dir="),
    "tokei": ("r*", "-o= --output= -e= --exclude= -t= -s= -i=r"),
    "hyperfine": (
        "!verbless.hyperfine",
        (
            "-w= -r= -m= -M= -p=x -c=x -s=x -N -i --warmup= --runs= --prepare=x --cleanup=x --setup=x "
            "--export-json=w --export-csv=w --export-markdown=w --export-asciidoc=w --export-orgmode=w -L=2 "
            "--parameter-list=2 -n= --style="
        ),
    ),
    "ansible": ("!verbless.unnamed", "-i=r -m= -a= -e= -u="),
    "ansible-playbook": (
        "!verbless.unnamed",
        (
            "-i=r --inventory=r -e= -l= -t= -u= --vault-password-file=r --limit= --tags= --list-tasks "
            "--list-hosts --syntax-check"
        ),
    ),
    "certbot": (".*", "--config-dir=W --work-dir=W --logs-dir=W --cert-path=r --key-path=r -d= -m= -w= --cert-name="),
    # The system's packages: nothing of the tree's
    **dict.fromkeys(
        ("apt", "dnf", "yum", "apk", "pacman", "zypper", "snap", "flatpak", "port", "choco", "scoop", "winget"),
        (".*", "-o= -c=r -t= --downloaddir=W --root=W -r=W"),
    ),
    "brew": ("!verbless.brew", "--file=w -f"),
}
