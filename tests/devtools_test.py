"""Developers' tools: what each may write in the tree, by its own documentation, and what only looks."""

from pathlib import Path

import pytest

from onetree.shell import analyse
from tests.effects import changes

FILES = {
    "package.json": '{"name": "@a/demo", "version": "1.2.3"}',
    "pyproject.toml": '[project]\nname = "my-demo"\n',
    "Cargo.toml": "[package]\n",
    "go.mod": "module example.org/tool/v2\n",
    "main.go": "package main\n",
    "tsconfig.json": '{ // where\n "compilerOptions": {"outDir": "./dist",},}',
    "pom.xml": "",
    "alembic.ini": "script_location = db\n",
    "main.tf": "",
    "sub/m.tf": "",
    "src/lib.rs": "",
    "src/x.py": "",
    "src/y.ts": "",
    "node_modules/z.ts": "",
    ".hidden/z.py": "",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


NODE = ["write package-lock.json", "write node_modules/"]
WRITES = {
    "npm install": ("npm install", NODE),
    "npm, in a folder of the project": ("cd src && npm i", NODE),
    "npm ci": ("npm ci", ["write node_modules/"]),
    "npm install of a package": ("npm i -D jest@29", [NODE[0], "write package.json", NODE[1]]),
    "npm install, lock only": ("npm install --package-lock-only", NODE[:1]),
    "npm version": ("npm version patch", ["write package.json", "write package-lock.json"]),
    "npm pack": ("npm pack", ["write a-demo-1.2.3.tgz"]),
    "npm pkg set": ("npm pkg set version=2.0.0", ["write package.json"]),
    "npm exec": ("npm exec -c 'rm src/x.py'", ["delete src/x.py"]),
    "yarn": ("yarn", ["write yarn.lock", "write node_modules/"]),
    "pnpm add": ("pnpm add -w x", ["write pnpm-lock.yaml", "write package.json", "write node_modules/"]),
    "bun add": ("bun add x", ["write package.json", "write bun.lock", "write node_modules/"]),
    "npx of a linter": ("npx eslint . --fix", ["write src/y.ts"]),
    "pip into a folder": ("pip install -t vendor x", ["write vendor/"]),
    "pip as a module": ("python -m pip install --target=vendor x", ["write vendor/"]),
    "pip of the project": ("pip install -e .", ["write src/my_demo.egg-info/"]),
    "pip of an environment in the tree": (".venv/bin/pip install x", ["write .venv/"]),
    "pip download": ("pip download x -d wheels", ["write wheels/"]),
    "uv sync": ("uv sync", ["write .venv/", "write uv.lock"]),
    "uv add": ("uv add x", ["write pyproject.toml", "write uv.lock", "write .venv/"]),
    "uv lock": ("uv lock", ["write uv.lock"]),
    "uv pip compile": ("uv pip compile a.in -o out.txt", ["write out.txt"]),
    "poetry add": ("poetry add x", ["write pyproject.toml", "write poetry.lock"]),
    "poetry run": ("poetry run rm src/x.py", ["delete src/x.py"]),
    "cargo build": ("cargo build --release", ["write target/", "write Cargo.lock"]),
    "cargo build elsewhere": ("cargo build --target-dir out", ["write out/", "write Cargo.lock"]),
    "cargo by a variable": ("CARGO_TARGET_DIR=/t cargo build", ["write Cargo.lock", "write /t/"]),
    "cargo of a toolchain": ("cargo +nightly check", ["write target/", "write Cargo.lock"]),
    "cargo add": ("cargo add serde", ["write Cargo.toml", "write Cargo.lock"]),
    "cargo fmt": ("cargo fmt", ["write src/lib.rs"]),
    "cargo new": ("cargo new app --lib", ["write app/"]),
    "cargo clean": ("cargo clean", ["delete target/"]),
    "go build": ("go build", ["write tool"]),
    "go build -o": ("go build -o bin/tool .", ["write bin/tool"]),
    "go build of a file": ("go build main.go", ["write main"]),
    "go test": ("go test ./... -coverprofile=c.out", ["write c.out"]),
    "go mod tidy": ("go mod tidy", ["write go.mod", "write go.sum"]),
    "go fmt": ("go fmt ./...", ["write main.go"]),
    "ruff check": ("ruff check --fix .", ["write src/x.py"]),
    "ruff format": ("ruff format", ["write src/x.py"]),
    "black": ("black -q src", ["write src/x.py"]),
    "pytest": ("pytest --junitxml=r.xml --cov-report=xml:c.xml --cov-report=term", ["write r.xml", "write c.xml"]),
    "coverage": ("coverage run -m pytest --junitxml r.xml", ["write r.xml", "write .coverage"]),
    "coverage html": ("coverage html -d out", ["write out/"]),
    "gcc": ("gcc a.c", ["write a.out"]),
    "gcc -c": ("gcc -Wall -O2 -c src/a.c", ["write a.o"]),
    "gcc of another version": ("gcc-12 -MMD -c a.c -o out/a.o", ["write out/a.o", "write out/a.d"]),
    "linker's map": ("cc a.o -o a -lm -Wl,-Map=a.map", ["write a", "write a.map"]),
    "rustc": ("rustc --crate-type lib a.rs", ["write liba.rlib"]),
    "javac": ("javac src/A.java", ["write src/A.class"]),
    "javac -d": ("javac -d out src/A.java", ["write out/"]),
    "tsc": ("npx tsc -p .", ["write dist/"]),
    "tsc of a file": ("tsc src/y.ts", ["write src/y.js"]),
    "bison": ("bison -d p.y", ["write p.tab.c", "write p.tab.h"]),
    "protoc": ("protoc --go_out=gen --go_opt=paths=import a.proto", ["write gen/"]),
    "cmake": ("cmake -S . -B build -DX=1", ["write build/"]),
    "cmake -E": ("cmake -E copy a b", ["write b"]),
    "mvn": ("mvn -q package", ["write target/"]),
    "docker cp": ("docker cp c:/app/x.log ./x.log", ["write x.log"]),
    "docker build -o": ("docker build -o type=local,dest=out .", ["write out/"]),
    "docker save": ("podman save -o i.tar img", ["write i.tar"]),
    "compose config": ("docker compose -f c.yml config -o out.yml", ["write out.yml"]),
    "kubectl cp": ("kubectl -n a cp pod:/tmp/f f", ["write f"]),
    "helm template": ("helm template x --output-dir out", ["write out/"]),
    "terraform init": ("terraform init", ["write .terraform/", "write .terraform.lock.hcl"]),
    "terraform plan": ("terraform plan -out=p", ["write p"]),
    "terraform fmt": ("terraform fmt", ["write main.tf"]),
    "terraform fmt, below": ("terraform fmt -recursive", ["write main.tf", "write sub/m.tf"]),
    "terraform elsewhere": ("terraform -chdir=sub fmt", ["write sub/m.tf"]),
    "s3 cp": ("aws s3 cp s3://b/k sub/", ["write sub/k"]),
    "gh repo clone": ("gh repo clone a/b", ["write b/"]),
    "gh release download": ("gh release download v1 -D out", ["write out/"]),
    "psql": ("psql -c '\\copy t to out.csv csv' db", ["write out.csv"]),
    "mysqldump": ("mysqldump -r d.sql db", ["write d.sql"]),
    "hyperfine": ("hyperfine --export-json h.json 'touch f'", ["write h.json", "write f"]),
    "sops": ("sops -e -i s.yaml", ["write s.yaml"]),
    "sass": ("sass in.scss out.css", ["write out.css", "write out.css.map"]),
    "made before": ("mkdir none && cd none && npm ci", ["write none", "write node_modules/"]),
}

NOTHING = {
    "npm asks": "npm ls; npm view x versions; npm outdated; npm audit; npm config get registry; npm -v; npm version",
    "npm elsewhere": "npm install -g typescript; npm uninstall --global x",
    "npm, dry": "npm publish --dry-run; npm audit fix --dry-run; npm install --dry-run x; npm install --help",
    "yarn and pnpm ask": "yarn why x; pnpm list -r; yarn --version; bun pm ls",
    "pip asks": "pip list --outdated; pip show x; pip freeze; pip check; pip3 --version; pip install --dry-run .",
    "pip outside of the tree": "pip install -r requirements.txt; pip install x; pipx install x",
    "uv asks": "uv tree; uv pip list; uv python list; uv sync --dry-run; uv lock --check; uv --version",
    "poetry asks": "poetry show --tree; poetry check; poetry env info; poetry version",
    "cargo asks": "cargo tree; cargo metadata; cargo --version; cargo search x; cargo update --dry-run",
    "cargo fmt that checks": "cargo fmt --check; cargo fmt --all -- --check",
    "go asks": "go vet ./...; go list -m all; go env; go version; go build ./...; go test ./...; go mod graph",
    "go installs": "go install ./...",
    "gofmt that lists": "gofmt -l .; goimports -d src",
    "formatters that check": (
        "black --check .; ruff check .; ruff format --check; ruff format --diff; isort . -c; rustfmt --check a.rs"
    ),
    "linters": (
        "eslint src; npx eslint . --max-warnings 0; stylelint a.css; rubocop; clang-tidy a.c -- -I.; biome check src"
    ),
    "type checkers": "mypy src; pyright; tsc --noEmit; npx tsc --noEmit -p .",
    "tests": "pytest -q; python -m pytest -x; npx jest src; npx vitest run; tox -e py; pytest -k 'a > b'",
    "compilers that look": (
        "gcc --version; gcc -E a.c; gcc -fsyntax-only a.c; gcc -MM a.c; clang -dumpmachine; rustc -vV"
    ),
    "no device": "gcc -o /dev/null a.c",
    "docker asks": (
        "docker ps -a; docker images; docker logs -f c; docker build -t x .; docker compose up -d; docker inspect x"
    ),
    "kubectl asks": "kubectl get pods -o yaml; kubectl apply -f x.yaml; kubectl cp f pod:/tmp/f; helm list",
    "terraform asks": (
        "terraform show; terraform validate; terraform output -json; terraform fmt -check; terraform plan"
    ),
    "gh asks": "gh pr view 1; gh api repos/a/b --jq '.[] | .x'; gh run list; gh pr create --title 'a > b' --body x",
    "clouds": "aws s3 cp f s3://b/k; aws ec2 describe-instances --output json; gcloud projects list; az vm list",
    "databases": "psql -c 'select 1' db; mysql -e 'select 1'; pg_dump db; redis-cli get x; alembic upgrade head",
    "the system's packages": "sudo apt-get install -y x; brew install x; apk add x; dnf install -y x",
    "sops prints": "sops -d s.yaml",
    "agents ask": "claude --version; codex --help",
    "no project's file": "cd / && cargo build; cd / && uv sync",
}

OPAQUE = {
    "text for bun": "bun -e 'fs.rmSync(y())'",
    "program for uv": "curl -s x | uv run -",
    "verb that is not known": "cargo frobnicate",
    "verb that is unknown": "npm $verb",
    "initializer": "npm init @a/app",
    "mount": "docker run -v $PWD:/w img",
    "in a container": "docker exec c rm x",
    "checkout": "gh pr checkout 5",
    "names from elsewhere": "gh run download 12",
    "generator": "go generate ./...",
    "docker run without mounts": "docker run --rm -e A=1 alpine ls -v /",
    "another agent": "claude -p 'fix it'",
    "snapshots": "npx jest -u",
    "query with a command": "psql -c '\\! rm x' db",
    "migration": "alembic revision -m x",
    "playbook": "ansible-playbook site.yml",
}


@pytest.mark.parametrize(("command", "expected"), WRITES.values(), ids=WRITES)
def test_names_what_a_tool_writes(command: str, expected: "list[str]", tree: Path) -> None:
    assert changes(command, tree, trees=True) == expected


@pytest.mark.parametrize("command", NOTHING.values(), ids=NOTHING)
def test_says_nothing_of_a_tool_that_looks(command: str, tree: Path) -> None:
    assert changes(command, tree, trees=True) == []


@pytest.mark.parametrize("command", OPAQUE.values(), ids=OPAQUE)
def test_says_what_is_not_read(command: str, tree: Path) -> None:
    assert "opaque" in changes(command, tree, trees=True)


def test_every_rule_can_be_followed(tree: Path) -> None:
    """No rule of the tables names a function or a letter that is not there."""
    from onetree.shell import devtools

    for name, (_, _, rules) in devtools.TOOLS.items():
        for verbs in rules:
            for verb in verbs.split("|"):
                found = analyse(f"{name} {'x' if verb == '*' else verb} a b", str(tree), "/home/u", {}, budget=10)
                assert not [e.why for e in found.effects if e.why.startswith("the reader failed")]
    for name in devtools.ROWS:
        found = analyse(f"{name} a b; {name}", str(tree), "/home/u", {}, budget=10)
        assert not [e.why for e in found.effects if e.why.startswith("the reader failed")], name
