"""off-switch: commands that would switch onetree or the git hooks off, however they are spelled; and near misses."""

import pytest

from .conftest import Agent


@pytest.mark.parametrize(
    ("command", "verdict"),
    [
        pytest.param("onetree approve 1a2b3c4d", "deny", id="approve"),
        pytest.param("onetree deny 1a2b3c4d", "deny", id="deny"),
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
        pytest.param("SKIP=write-guard git commit -m x", "deny", id="SKIP="),
        pytest.param("export SKIP=ruff; git commit -m x", "deny", id="SKIP exported"),
        pytest.param("HUSKY=0 git commit -m x", "deny", id="HUSKY=0"),
        pytest.param("pre-commit uninstall", "ask", id="pre-commit uninstall"),
        pytest.param("pip uninstall -y onetree", "deny", id="pip"),
        pytest.param("python -m pip uninstall onetree", "deny", id="pip as a module"),
        pytest.param("uv pip uninstall onetree", "deny", id="uv"),
        pytest.param("pipx uninstall onetree", "deny", id="pipx"),
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
        pytest.param("kill 4711", id="another process"),
        pytest.param("grep -rn onetree docs", id="the word"),
        pytest.param("git commit -m 'onetree approve is for people'", id="the words in a message"),
    ],
)
def test_is_let_through(claude: Agent, command: str) -> None:
    assert claude.shell(command) == ("allow", "")
