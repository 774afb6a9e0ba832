"""Rows of developers' tools, continued from devtools.py: formatters, linters, tests, compilers, services, databases."""

from .commands import Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    Tool = tuple[str, str, dict[str, str]]

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
COMPOSE = {
    (
        "up|down|build|pull|push|ps|logs|start|stop|restart|rm|kill|top|images|port|events|ls|"
        "version|create|pause|unpause|wait|stats|watch|attach|volumes|"
    ): "",
    "config|convert": "-o=w --output=w --format=",
    "run|exec": "%services.mounted",
    "cp": "%services.dockercp",
    "export": "-o=w --output=w",
}
DOCKER_GLOBAL = "-c= --context= --config= -H= --host= -l= --log-level= --tlscacert=r --tlscert=r --tlskey=r"
COMPOSE_GLOBAL = "-f=r --file=r -p= --project-name= --profile= --env-file=r --project-directory=@ --ansi= --progress="

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
    # Containers and clusters: docs.docker.com/reference/cli, kubernetes.io/docs/reference/kubectl, helm.sh/docs/helm
    "docker": (
        "",
        DOCKER_GLOBAL,
        {
            "build|buildx build|image build|builder build": (
                "--iidfile=w --metadata-file=w -f=r --file=r -t= --tag= --build-arg= --target= --platform= "
                "--label= --network= --secret= --ssh= --cache-from= --cache-to= --progress= -o= --output= "
                "%services.dockerout"
            ),
            "run|create|container run|container create": "%services.dockerrun",
            "exec|container exec": "%services.mounted",
            "cp|container cp": "%services.dockercp",
            "save|image save": "-o=w --output=w --platform=",
            "export|container export": "-o=w --output=w",
            "compose config": COMPOSE["config|convert"],
            "compose": "%services.compose",
            "buildx bake": "--metadata-file=w -f=r --file=r --set=",
            "sbom|scout": "-o=w --output=w --output-file=w",
            "context export": ":.w",
            "init": "Dockerfile .dockerignore compose.yaml README.Docker.md",
            "*": "--cidfile=w",
            "": "",
        },
    ),
    "compose": ("", COMPOSE_GLOBAL, COMPOSE),
    "kubectl": (
        "",
        "-n= --namespace= --context= --cluster= --kubeconfig=r -s= --server= --user= --as= --token=",
        {
            "cp": "%services.kubectlcp -c= --container= --retries=",
            "kustomize": "-o=w --output=w",
            "cluster-info dump": "--output-directory=W -o=",
            "apply|create|delete|replace|diff": "-f=r --filename=r -k= -o= -n= -l=",
            "*": "",
            "": "",
        },
    ),
    "kustomize": (
        "",
        "",
        {"build": "-o=w --output=w", "create": "kustomization.yaml", "edit": "kustomization.yaml", "*": "", "": ""},
    ),
    "helm": (
        "",
        "-n= --namespace= --kube-context= --kubeconfig=r",
        {
            "template": "--output-dir=W -f=r --values=r --set= -n= --namespace= --version=",
            "package": "%running.here|-d,--destination -d=W --destination=W --version= --app-version=",
            "pull|fetch": (
                "%running.here|-d,--destination,--untardir -d=W --destination=W --untardir=W --version= --repo="
            ),
            "create": ":W -p= --starter=",
            "dependency update|dependency build|dep update|dep build|dep up": "%services.helmdeps",
            "repo index": ":S",
            "*": "",
            "": "",
        },
    ),
    "kind": ("", "", {"get kubeconfig": "", "export logs": ":W", "*": "", "": ""}),
    "terraform": (
        "",
        "-chdir=@",
        {
            "init": ".terraform/ .terraform.lock.hcl ~-help -backend-config= -from-module= -plugin-dir=",
            "plan": "-out=w -var= -var-file=r -target= -state=r -generate-config-out=w",
            "apply|destroy|refresh|import|taint|untaint": (
                "%services.tfstate -state=w -state-out=w -backup=w -var= -var-file=r -target= -lock="
            ),
            "fmt": "%services.tffmt -list= -write= -diff -check -recursive",
            "get": ".terraform/modules/",
            "providers lock": ".terraform.lock.hcl",
            "providers mirror": ":W",
            "workspace new|workspace select|workspace delete": ".terraform/environment terraform.tfstate.d/",
            "state mv|state rm|state push|state replace-provider": "%services.tfstate",
            (
                "workspace|state|output|show|validate|graph|console|providers|version|login|logout|"
                "force-unlock|test|metadata|modules|"
            ): "",
        },
    ),
    "terragrunt": ("", "", {"hclfmt": "*.hcl|--terragrunt-check,--check", "output|show|validate|graph|": "", "*": "!"}),
    "packer": ("", "", {"fmt": "*.pkr.hcl|-check", "build": "!", "*": "", "": ""}),
    "pulumi": (
        "",
        "-C=@ --cwd=@ -s= --stack=",
        {
            "new": "! -n= -s=",
            "config set|config rm|config set-all": "Pulumi.yaml ./Pulumi.yaml",
            "up|update|destroy|preview|refresh": "",
            "stack export": "--file=w",
            "import": "-o=w --out=w",
            "*": "",
            "": "",
        },
    ),
    "vagrant": (
        "",
        "",
        {
            "init": "Vagrantfile",
            "up|provision|destroy|halt|reload": ".vagrant/",
            "package": "package.box|--output --output=w",
            "ssh": "!",
            "*": "",
            "": "",
        },
    ),
    "ansible-vault": (
        "",
        "",
        {
            "encrypt|decrypt|rekey": (
                ":w* --output:r* --output=w --vault-password-file=r --vault-id= --encrypt-vault-id="
            ),
            "edit|create": ":w --vault-password-file=r --vault-id=",
            "view": ":r* --vault-password-file=r --vault-id=",
            "encrypt_string": "--output=w --vault-password-file=r -n= --name=",
            "": "",
        },
    ),
    "ansible-galaxy": (
        "",
        "",
        {
            "init|role init|collection init": ":W --init-path=",
            "install|role install|collection install": "-p=W --roles-path=W -r=r",
            "*": "",
            "": "",
        },
    ),
    # Services: each writes a local file only where it is told to
    "aws": (
        "",
        "--profile= --region= --output= --endpoint-url= --query= --no-cli-pager",
        {
            "s3 cp|s3 mv": (
                "%services.copy --recursive,-r:.W --profile= --region= --exclude= --include= --acl= "
                "--endpoint-url= --storage-class="
            ),
            "s3 sync": "%services.copy --profile= --region= --exclude= --include= --acl= --endpoint-url=",
            "s3api get-object": "%running.last --bucket= --key= --range= --version-id= --profile= --region=",
            "lambda invoke": (
                "%running.last --function-name= --payload= --cli-binary-format= --profile= --region= --invocation-type="
            ),
            "configure": "",
            "*": "",
            "": "",
        },
    ),
    "gsutil": ("", "-m -o= -h= -u=", {"cp|mv|rsync": "%services.copy -r,-R:.W -x=", "*": "", "": ""}),
    "gcloud": (
        "",
        "--project= --account= --format=",
        {
            "storage cp|storage rsync|storage mv": "%services.copy -r,--recursive:.W",
            "compute scp": "%services.copy",
            "*": "",
            "": "",
        },
    ),
    "az": (
        "",
        "",
        {
            "storage blob download|storage file download|acr helm": (
                "-f=w --file=w -n= -c= --name= --container-name= -p= --path= -s= --dest=w"
            ),
            "storage blob download-batch": "-d=W --destination=W -s= --source= --pattern=",
            "*": "",
            "": "",
        },
    ),
    "rclone": (
        "",
        "--config=r",
        {
            "copy|sync|move|copyto|moveto|bisync": (
                "%services.copy --exclude= --include= --filter= --log-file=w --transfers= --checkers= --bwlimit="
            ),
            "*": "",
            "": "",
        },
    ),
    "gh": (
        "",
        "-R= --repo=",
        {
            "repo clone|gist clone": "%running.clone",
            "repo fork": "%running.clone?--clone",
            "repo create": (
                "%running.clone?--clone,-c -d= --description= -s= --source= -r= --remote= -h= --homepage= -p= "
                "--template= -l= -g="
            ),
            "repo sync|pr checkout|pr merge|pr update-branch": "%running.worktree",
            "release download": (
                "%running.here|-D,--dir,-O,--output -D=W --dir=W -O=w --output=w -p= --pattern= -A= --archive= "
                "-R= --repo="
            ),
            "run download": "%running.here|-D,--dir -D=W --dir=W -n= --name= -p= --pattern= -R= --repo=",
            "codespace cp|cs cp": "%running.here",
            "attestation download": "%running.here",
            "extension exec": "!",
            "*": "",
            "": "",
        },
    ),
    "glab": (
        "",
        "-R= --repo=",
        {
            "repo clone": "%running.clone",
            "mr checkout": "%running.worktree",
            "release download": "%running.here|-D,--dir -D=W --dir=W -n=",
            "job artifact": "%running.here|-p,--path -p=W --path=W",
            "*": "",
            "": "",
        },
    ),
    "heroku": (
        "",
        "",
        {
            "create|git:remote": "^.git/config",
            "pg:backups:download": "latest.dump|-o,--output -o=w --output=w",
            "*": "",
            "": "",
        },
    ),
    "vercel": (
        "",
        "--cwd=@ -t= --token= -S= --scope=",
        {
            "pull": ".vercel/",
            "env pull": ".env.local@none :w --environment= --git-branch=",
            "link": ".vercel/ .gitignore",
            "build": ".vercel/output/|--output --output=W",
            "init": ":.W",
            "deploy|": ".vercel/ .gitignore",
            "dev": ".vercel/",
            "*": "",
        },
    ),
    "netlify": (
        "",
        "",
        {"build|dev": "!", "link|init": ".netlify/ .gitignore", "deploy": ".netlify/", "*": "", "": ""},
    ),
    "firebase": ("", "", {"init": "firebase.json .firebaserc", "use": ".firebaserc", "*": "", "": ""}),
    "wrangler": (
        "",
        "",
        {
            "init|generate": "!",
            "types": "worker-configuration.d.ts@none :w",
            "dev": ".wrangler/",
            "deploy": ".wrangler/ --outdir=W",
            "*": "",
            "": "",
        },
    ),
    "fly": ("", "", {"launch": "fly.toml Dockerfile .dockerignore", "config save": "fly.toml", "*": "", "": ""}),
    "supabase": (
        "",
        "",
        {"init": "supabase/", "gen types": "", "db pull|db diff|migration new": "supabase/", "*": "", "": ""},
    ),
    "doctl": ("", "", {"*": "", "": ""}),
    "sops": (
        "",
        (
            "-e -d --encrypt --decrypt --output=w --output-type= --input-type= -k= --kms= --pgp= -p= -a= "
            "--age= --config=r --extract= --set="
        ),
        {
            "encrypt|decrypt|rotate|set|unset": (
                ":r* -i,--in-place:w* --output=w --output-type= --input-type= --age= --pgp= --kms="
            ),
            "edit": ":w",
            "updatekeys": ":w*",
            "exec-env|exec-file": "!",
            "publish|keyservice|groups|filestatus|": "",
            "*": "%services.sops",
        },
    ),
    "vault": ("", "", {"agent|server|proxy|debug": "!", "*": "", "": ""}),
    "op": (
        "",
        "",
        {
            "run": "> --env-file=r",
            "inject|read|document get": "-i=r --in-file=r -o=w --out-file=w --output=w --account= --vault=",
            "*": "",
            "": "",
        },
    ),
    # Databases and migrations
    "alembic": (
        "?alembic.ini",
        "-c=r --config=r -n= --name= -x=",
        {
            "revision|merge": "%packages.migration -m= --message= --rev-id= --head= --version-path=W",
            "init": ":W -t= alembic.ini",
            "*": "",
            "": "",
        },
    ),
    "prisma": (
        "",
        "",
        {
            "generate": "! --schema=r",
            "migrate dev|migrate diff|db pull": "prisma/|--output --schema=w -o=w --output=w",
            "format": "prisma/schema.prisma|--check,--schema --schema=w",
            "init": "prisma/schema.prisma .env .gitignore",
            (
                "studio|validate|migrate deploy|migrate status|migrate reset|migrate resolve|db push|db seed|db "
                "execute|version|"
            ): "",
        },
    ),
    "drizzle-kit": ("", "", {"generate|pull|introspect": "drizzle/|--out --out=W", "*": "", "": ""}),
    "knex": ("", "", {"migrate:make|seed:make": "!", "init": "knexfile.js", "*": "", "": ""}),
    "sequelize": ("", "", {"init|model:generate|migration:generate|seed:generate": "!", "*": "", "": ""}),
    "flask": (
        "",
        "-A= --app= -e= --env-file=r",
        {
            "db init|db migrate|db revision": "migrations/|-d,--directory -d=W --directory=W -m= --message=",
            "run|shell|routes|db upgrade|db downgrade|": "",
            "*": "",
        },
    ),
    "django-admin": (
        "",
        "",
        {
            "startproject|startapp": "%packages.django --template= -e= -n= --settings=",
            "makemessages|compilemessages|makemigrations": "!",
            "*": "",
            "": "",
        },
    ),
    "rails": (
        "",
        "",
        {
            "new": ":W",
            "server|s|console|c|routes|about|stats|notes|test|middleware|": "",
            "db:migrate|db:rollback|db:schema:dump": "db/schema.rb",
            "*": "!",
        },
    ),
    # Versions, hooks, environments
    "direnv": ("", "", {"exec": "%running.skip1", "edit": ".envrc", "*": "", "": ""}),
    "asdf": ("", "", {"local|set": "+./.tool-versions|-u,--home,-p,--parent", "exec": ">", "*": "", "": ""}),
    "mise": (
        "",
        "-C=@ --cd=@ -E= --env=",
        {
            "exec|x": "> -c=x --command=x -C= --cd=",
            "use|u": "^mise.toml|-g,--global,-p,--path -p=w --path=w",
            "local|set|unset": "^mise.toml",
            "run|r|watch|en": "!",
            "generate|fmt": "mise.toml -w -o=w --output=w",
            "*": "",
            "": "",
        },
    ),
    "pyenv": ("", "", {"local": "+./.python-version ./.python-version?--unset", "exec": ">", "*": "", "": ""}),
    "nvm": ("", "", {"exec|run": "!", "*": "", "": ""}),
    "volta": ("", "", {"pin": "package.json", "run": "> --node= --npm=", "*": "", "": ""}),
    "dotenv": (
        "",
        "-f=r --file=r -q= -e=r",
        {"run": "> -f=r", "set|unset": "%running.dotenv", "list|get|": "", "*": "%running.runall"},
    ),
    "bump2version": (
        "",
        "",
        {
            "": "",
            "*": (
                "%packages.bump --config-file=r --current-version= --new-version= -m= --message= --tag-name= "
                "--parse= --serialize= --search= --replace="
            ),
        },
    ),
    "bump-my-version": (
        "",
        "",
        {"bump|replace": "%packages.bump", "show|show-bump|sample-config|": "-d=w --destination=w", "*": ""},
    ),
    "towncrier": (
        "",
        "",
        {"build": "! --version= --draft ~--draft --name= --date= --config=r --dir=", "create": "!", "check|": ""},
    ),
    "cz": (
        "",
        "",
        {
            "bump": "!",
            "changelog": "CHANGELOG.md|--file-name,--dry-run --file-name=w",
            "init": "pyproject.toml .cz.toml",
            "*": "",
            "": "",
        },
    ),
    "cog": (
        "",
        "",
        {
            "bump": "!",
            "changelog|log|check|verify|get-version|": "",
            "init|install-hook": "!",
            "*": "%running.cogapp -o=w",
        },
    ),
    "docusaurus": ("", "", {"build": "build/|--out-dir --out-dir=W", "clear|serve|start|": "", "*": "!"}),
    "storybook": (
        "",
        "",
        {
            "build": "storybook-static/|-o,--output-dir -o=W --output-dir=W",
            "init|add|upgrade|migrate": "!",
            "*": "",
            "": "",
        },
    ),
    "jupyter": (
        "",
        "",
        {"nbconvert": "%packages.nbconvert --to= --output= --output-dir=W --template= --config=r", "*": "", "": ""},
    ),
    "protoc": ("", "", {"*": "%builds.protoc", "": ""}),
    "ctest": ("", "--test-dir=@ --preset= -R= -E= -L= -j= -C= -S=r", {"*": "./Testing/", "": "./Testing/"}),
    "cmake": ("", "", {"*": "%builds.cmake", "": ""}),
    "openapi-generator-cli": (
        "",
        "",
        {"generate": "%running.here|-o,--output -o=W --output=W -i=r -g= -c=r -t=", "*": "", "": ""},
    ),
    # Other agents
    "claude": ("", "", {"mcp|config|doctor|update|install|--version|-v|plugin|setup-token": "", "*": "!", "": "!"}),
    "gemini": ("", "", {"mcp|extensions|--version|-v": "", "*": "!", "": "!"}),
    "codex": ("", "", {"login|logout|mcp|completion|features|--version|-V": "", "*": "!", "": "!"}),
    "cursor-agent": ("", "", {"login|logout|status|mcp|ls|update|--version": "", "*": "!", "": "!"}),
    "aider": ("", "", {"--version|--models": "", "*": "!", "": "!"}),
    "opencode": ("", "", {"auth|models|upgrade|stats|--version": "", "*": "!", "": "!"}),
    "goose": ("", "", {"configure|info|--version": "", "*": "!", "": "!"}),
}

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
    "treefmt": ("!tools.unnamed", "--config-file=r -C= --tree-root= --fail-on-change --ci"),
    "jupytext": (
        "!tools.jupytext",
        "--to= --from= -o=w --output=w --set-formats= --opt= --update-metadata= --pipe= --execute --sync",
    ),
    "nbconvert": ("!tools.nbconvert_row", "--to= --output= --output-dir=W"),
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
    "antlr4": ("!tools.unnamed", "-o=W -lib= -package= -Dlanguage="),
    "thrift": ("!tools.unnamed", "-o= -out=W --gen= -I="),
    "flatc": ("!tools.unnamed", "-o=W -I="),
    "ninja": ("!tools.unnamed_quiet", "-C= -f=r -j= -k= -l= -t= -d= -w= -n"),
    "configure": ("!tools.unnamed", "--cache-file=w"),
    "autoreconf": ("!tools.unnamed", "-I="),
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
    "tsup": ("!tools.output", "-d=W --out-dir=W --format= --target= --entry= --dist"),
    "ncc": ("!tools.output", "-o=W --out=W"),
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
    "svgo": ("!tools.svgo", "-o=w --output=w -f= --folder= -i=r --input=r -p= --precision= --config=r -s="),
    "typedoc": ("r*", "--out=W --json=w --options=r --tsconfig=r --entryPoints=r --theme= --name="),
    "jsdoc": ("r*", "-d=W --destination=W -c=r --configure=r -t= -R=r"),
    "sphinx-build": ("RW", "-b= -M= -c= -D= -A= -d=W -j= -w=w -t= -C -E -a -n -q -W"),
    "sphinx-quickstart": ("W", "-p= -a= -v= -r= -l= --ext-autodoc"),
    "sphinx-apidoc": (".*", "-o=W -d= -H= -A= -V= -R= -s= -t="),
    "doxygen": ("!tools.doxygen", "-g -s -u -l -w -e="),
    "pdoc": (".*", "-o=W --output-directory=W -d= -t="),
    "graphql-codegen": ("!tools.unnamed", "-c=r --config=r"),
    "openapi-typescript": ("r*", "-o=w --output=w"),
    "datamodel-codegen": (".*", "--input=r --output=w --input-file-type= --class-name= --output-model-type="),
    "quicktype": ("r*", "-o=w --out=w -l= --lang= -s= --src-lang= -t= --top-level= --src=r"),
    # Scaffolding
    "create-react-app": ("W", "--template= --scripts-version="),
    "create-next-app": ("W", "--example= -e= --import-alias="),
    "create-vite": ("W", "-t= --template="),
    "degit": (".W", ""),
    "cookiecutter": (
        "!tools.scaffold",
        "-o=W --output-dir=W -c= --checkout= --directory= --config-file=r --replay-file=r",
    ),
    "copier": ("!tools.copier", "-d= --data= -r= --vcs-ref= -a= --data-file=r"),
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
        "!tools.mkcert",
        "-cert-file=w -key-file=w -p12-file=w -csr=r -install -uninstall -CAROOT -pkcs12 -ecdsa -client",
    ),
    "cfssljson": ("!tools.unnamed", "-f=r"),
    # Editors and environments
    "code": (
        ".*",
        "--install-extension= --uninstall-extension= -g= --goto= --user-data-dir= --profile=",
        ("-d --diff", "r*"),
    ),
    "envsubst": (".*", ""),
    "standard-version": ("!tools.bump", "-r= --release-as= -p= --prerelease= -i=w --infile=w -t= -m="),
    "commit-and-tag-version": ("!tools.bump", "-r= --release-as= -p= --prerelease= -i=w --infile=w -t="),
    "semantic-release": ("!tools.unnamed", "-b= --branches= -r="),
    "release-it": ("!tools.unnamed", ""),
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
        "!tools.ctags",
        "-f=w -o=w -L=r -h= -I= --languages= --exclude= --fields= --extras= --options=r --langmap= -n -e -x -a -R",
    ),
    "etags": ("!tools.ctags", "-o=w --output=w -l= --language= -i= -r= -a"),
    "cscope": ("!tools.cscope", "-f=w -i=r -s= -P= -I= -b -q -k -R -d -L"),
    "gtags": ("!tools.gtags", "-f=r"),
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
        "!tools.hyperfine",
        (
            "-w= -r= -m= -M= -p=x -c=x -s=x -N -i --warmup= --runs= --prepare=x --cleanup=x --setup=x "
            "--export-json=w --export-csv=w --export-markdown=w --export-asciidoc=w --export-orgmode=w -L=2 "
            "--parameter-list=2 -n= --style="
        ),
    ),
    "ansible": ("!tools.unnamed", "-i=r -m= -a= -e= -u="),
    "ansible-playbook": (
        "!tools.unnamed",
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
    "brew": ("!tools.brew", "--file=w -f"),
}
