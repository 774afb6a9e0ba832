"""off-switch: commands that would switch onetree or the git hooks off, however they are spelled; and near misses."""

import pytest

from .conftest import Agent


@pytest.mark.parametrize(
    ("command", "verdict"),
    [
        pytest.param("onetree approve 1a2b3c4d", "deny", id="approve"),
        pytest.param("onetree deny 1a2b3c4d", "deny", id="deny"),
        pytest.param("onetree lock break 3", "deny", id="breaking somebody's lock"),
        pytest.param("onetree lock run src -- onetree lock break 3", "deny", id="the same under a lock"),
        pytest.param("python -m onetree.scripts.lock break 3", "deny", id="the same as a module"),
        pytest.param("onetree init --remove", "deny", id="init --remove"),
        pytest.param("onetree hook --platform claude < x.json", "deny", id="forging an event"),
        pytest.param("/opt/venv/bin/onetree approve x", "deny", id="by its path"),
        pytest.param("python -I /opt/venv/bin/onetree approve x", "deny", id="by its interpreter"),
        pytest.param("python3 -m onetree.scripts.onetree approve x", "deny", id="as a module"),
        pytest.param("env A=1 nice onetree approve x", "deny", id="behind wrappers"),
        pytest.param("sudo -u me onetree approve x", "deny", id="behind sudo"),
        pytest.param("bash -c 'onetree approve x'", "deny", id="in bash -c"),
        pytest.param("(sleep 9; onetree approve x) &", "deny", id="in the background"),
        pytest.param("echo yes | onetree approve x", "deny", id="with an answer piped in"),
        pytest.param(
            "python3 -c 'import os; os.system(\"onetree approve x\")'", "deny", id="in a text that is not read"
        ),
        pytest.param("S=approve; onetree $S x", "deny", id="through a variable"),
        pytest.param("onetree $(cat sub) x", "deny", id="a subcommand that cannot be known"),
        pytest.param("git commit --no-verify -m x", "deny", id="--no-verify"),
        pytest.param("git commit --no-veri -m x", "deny", id="--no-verify cut short"),
        pytest.param("git commit -n -m x", "deny", id="-n"),
        pytest.param("git commit -anm x", "deny", id="-n in a cluster"),
        pytest.param("git -C sub commit -nm x", "deny", id="after a global option"),
        pytest.param("git push --no-verify", "deny", id="push"),
        pytest.param("git -c core.hooksPath=/dev/null commit -m x", "ask", id="hooksPath for one command"),
        pytest.param("git -c CORE.HOOKSPATH=/dev/null commit -m x", "ask", id="hooksPath in capitals"),
        pytest.param("git config core.hooksPath /dev/null", "ask", id="hooksPath set"),
        pytest.param("git config --global --unset core.hooksPath", "ask", id="hooksPath unset"),
        pytest.param("git -c alias.c='commit --no-verify' c", "deny", id="an alias for one command"),
        pytest.param("git config alias.c 'commit --no-verify'", "deny", id="an alias kept"),
        pytest.param("expect -c 'spawn onetree approve x'", "deny", id="another language"),
        pytest.param("git -c alias.c='commit -n' c -m x", "deny", id="a short flag in an alias"),
        pytest.param("git config set alias.c 'commit -n'", "deny", id="a short flag in an alias kept"),
        pytest.param("git -c core.editor='onetree approve x' commit", "deny", id="a program of git's"),
        pytest.param("git -c filter.x.clean='onetree approve x' add .", "deny", id="a filter of git's"),
        pytest.param("GIT_EDITOR='onetree approve x' git commit", "deny", id="an editor by a variable"),
        pytest.param("env PAGER='onetree approve x' git log", "deny", id="a pager by env"),
        pytest.param("export GIT_PAGER='onetree approve x'; git log", "deny", id="a pager exported"),
        pytest.param("git --attr-source HEAD commit -nm x", "deny", id="after an option with a value"),
        pytest.param("git -c include.path=../mine commit -m x", "ask", id="settings brought in"),
        pytest.param("git config --edit", "ask", id="settings edited"),
        pytest.param("git config --remove-section core", "ask", id="settings removed"),
        pytest.param("GIT_CONFIG_GLOBAL=mine git commit -m x", "deny", id="settings from elsewhere"),
        pytest.param("sudo SKIP=ruff git commit -m x", "deny", id="SKIP= after sudo"),
        pytest.param("LEFTHOOK=0 git commit -m x", "deny", id="LEFTHOOK=0"),
        pytest.param("python -m pre_commit uninstall", "ask", id="pre-commit as a module"),
        pytest.param("python -X utf8 /opt/venv/bin/onetree approve x", "deny", id="after a value of python's"),
        pytest.param("python -Im onetree.scripts.onetree approve x", "deny", id="-m in a cluster"),
        pytest.param("python -monetree.scripts.approve x", "deny", id="-m with its module attached"),
        pytest.param("uv run --with rich onetree approve x", "deny", id="uv run"),
        pytest.param("poetry run onetree approve x", "deny", id="poetry run"),
        pytest.param("npx -y onetree@1 approve x", "deny", id="npx"),
        pytest.param("npm exec -- onetree approve x", "deny", id="npm exec"),
        pytest.param("su me -c 'onetree approve x'", "deny", id="su"),
        pytest.param("runuser -u me -- onetree approve x", "deny", id="runuser"),
        pytest.param("at now <<< 'onetree approve x'", "deny", id="at"),
        pytest.param("tmux send-keys 'onetree approve x' Enter", "deny", id="tmux"),
        pytest.param("make --eval 'a: ; onetree approve x' a", "deny", id="a rule given to make"),
        pytest.param("SKIP=write-guard git commit -m x", "deny", id="SKIP="),
        pytest.param("export SKIP=ruff; git commit -m x", "deny", id="SKIP exported"),
        pytest.param("HUSKY=0 git commit -m x", "deny", id="HUSKY=0"),
        pytest.param("pre-commit uninstall", "ask", id="pre-commit uninstall"),
        pytest.param("pip uninstall -y onetree", "deny", id="pip"),
        pytest.param("python -m pip uninstall onetree", "deny", id="pip as a module"),
        pytest.param("uv pip uninstall onetree", "deny", id="uv"),
        pytest.param("pipx uninstall onetree", "deny", id="pipx"),
        pytest.param("pip install onetree==0.0.1", "ask", id="another version"),
        pytest.param("uv pip install --reinstall 'onetree<1'", "ask", id="another version by uv"),
        pytest.param("claude --bare -p x", "deny", id="a client without hooks"),
        pytest.param("npx claude --settings=mine.json -p x", "deny", id="a client with other hooks"),
        pytest.param("opencode run --pure x", "deny", id="opencode without plugins"),
        pytest.param("pkill -f onetree", "deny", id="pkill"),
        pytest.param("ONETREE_X=1 npm test", "deny", id="a variable of onetree"),
        pytest.param("export ONETREE_X=1", "deny", id="a variable exported"),
    ],
)
def test_is_refused(claude: Agent, command: str, verdict: str) -> None:
    found, reason = claude.shell(command)
    assert found == verdict
    assert "ADR 8" in reason


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("onetree audit --since 1h", id="reading the journal"),
        pytest.param("onetree policy explain src/a.py", id="asking why"),
        pytest.param("onetree doctor", id="doctor"),
        pytest.param("onetree lock release break && onetree lock run break -- true", id="locks of one's own"),
        pytest.param("onetree adr 8", id="reading a decision"),
        pytest.param("onetree approve --help", id="help"),
        pytest.param("onetree init --dry-run", id="looking only"),
        pytest.param("git commit -m 'no more --no-verify'", id="a message that mentions it"),
        pytest.param("git commit -mn", id="a message that begins with n"),
        pytest.param("git commit -F notes.txt", id="a file that begins with n"),
        pytest.param("git log -n 5", id="-n of another subcommand"),
        pytest.param("git push -n", id="git push -n is a dry run"),
        pytest.param("git config --get core.hooksPath", id="asking for hooksPath"),
        pytest.param("git config user.name me", id="another setting"),
        pytest.param("git config alias.st status", id="an alias that hides nothing"),
        pytest.param("SKIP=1 npm test", id="SKIP for another program"),
        pytest.param("pip uninstall -y requests", id="another package"),
        pytest.param("pip install requests", id="installing"),
        pytest.param("git -c core.pager=cat -c user.name=me log", id="a harmless setting for one command"),
        pytest.param("GIT_EDITOR=true git commit --amend", id="a harmless editor"),
        pytest.param("PAGER= git diff", id="no pager"),
        pytest.param("GIT_CONFIG_GLOBAL=/dev/null git commit -m x", id="no settings from elsewhere"),
        pytest.param("uv run pytest && npx tsc && make test && crontab -l && tmux ls", id="runners"),
        pytest.param("kill 4711", id="another process"),
        pytest.param("grep -rn onetree docs", id="the word"),
        pytest.param("git commit -m 'onetree approve is for people'", id="the words in a message"),
    ],
)
def test_is_let_through(claude: Agent, command: str) -> None:
    assert claude.shell(command) == ("allow", "")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("git commit -m 'tell of onetree' && git pull", id="a message before a pull"),
        pytest.param("onetree audit --json | python3 -c 'print(1)'", id="a permitted command before a program"),
    ],
)
def test_its_name_beside_what_cannot_be_read_is_only_a_warning(claude: Agent, command: str) -> None:
    found, reason = claude.shell(command)
    assert found == "allow"
    assert "off-switch" not in reason
