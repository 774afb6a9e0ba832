"""Rows of developers' tools with subcommands: containers, clusters, services, databases, environments."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    Tool = tuple[str, str, dict[str, str]]

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
