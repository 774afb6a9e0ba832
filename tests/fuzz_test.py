"""Any text is answered: texts of a grammar of fragments, and commands of the truth table changed at random."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from truth.fuzz import FRAGMENTS, fault, mutated, smallest
from truth.judged import table

COMMANDS = [command for _, command in table()]
SIMPLE = st.sampled_from([command for command in COMMANDS if "\n" not in command]) | st.sampled_from(FRAGMENTS)
SHAPES = (
    "{} && {}", "{} | {}", "{}; {}", "({}) > f", "x=$({}); {}", "for i in a b; do {}; {}; done", "f() {{ {}; }}; {}; f",
    "if {}; then {}; fi", "while {}; do {}; done", "case $x in a) {} ;; *) {} ;; esac", "bash -c '{}'; {}",
    "cat <<E\n{}\nE\n{}", "echo `{}` <({})", "trap '{}' EXIT; {}", "{} & {}", "! {} || {}", 'echo "$({})" ${{x:-{}}}',
)  # fmt: skip
GRAMMAR = st.recursive(
    SIMPLE,
    lambda inner: st.builds(lambda shape, a, b: shape.format(a, b), st.sampled_from(SHAPES), inner, inner),
    max_leaves=6,
)
BOUNDED = settings(max_examples=200, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> "tuple[str, str]":
    """A tree, and a folder for the parser's tables."""
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "tree").mkdir()
    return str(folder / "tree"), str(folder / "state")


@BOUNDED
@given(GRAMMAR)
def test_texts_of_a_grammar(where: "tuple[str, str]", command: str) -> None:
    assert fault(command, *where) == ""


@BOUNDED
@given(st.sampled_from(COMMANDS), st.randoms(use_true_random=False))
def test_commands_changed_at_random(where: "tuple[str, str]", command: str, draw: random.Random) -> None:
    assert fault(mutated(command, COMMANDS, draw), *where) == ""


@pytest.mark.parametrize("command", ["seq", "seq 1 0 5", "seq -1", "seq 5 1"])
def test_what_was_found_once(command: str, where: "tuple[str, str]") -> None:
    assert fault(f"for i in $({command}); do touch $i; done", *where) == ""


def test_a_fault_is_made_small() -> None:
    assert smallest("echo a; boom b | cat; x", lambda text: "found" if "boom" in text else "") == "boom"


def test_a_silence_is_a_fault(where: "tuple[str, str]", monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("truth.fuzz.unread", lambda *_: True)
    assert "silent" in fault("ls", *where)
