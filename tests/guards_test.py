"""The table of guards is whole: each row has its module, its decision and its tests; what is forgotten fails here."""

import importlib
from pathlib import Path

import pytest

from onetree import adr
from onetree.guards import GUARDS, ROLLED_OUT, Guard
from onetree.policy import FIXED

HERE = Path(__file__).parent
NAMES = [g.name for g in GUARDS]
HELPERS = {"__init__.py", "panel.py", "external.py"}  # no guards of onetree's own


@pytest.mark.parametrize("guard", GUARDS, ids=NAMES)
def test_a_row_has_all_that_belongs_to_it(guard: Guard) -> None:
    module = importlib.import_module(guard.module)
    assert callable(module.check)
    assert guard.name == module.NAME
    assert adr.find(adr.shipped(), guard.adr), "its decision is missing"
    assert (HERE / f"{guard.name.replace('-', '_')}_test.py").exists(), "its tests are missing"


def test_every_guard_has_a_row() -> None:
    files = {p.name for p in (HERE.parent / "guards").glob("*.py")} - HELPERS
    assert files == {f"{n.replace('-', '_')}.py" for n in NAMES}


def test_what_protects_onetree_is_not_rolled_out() -> None:
    assert set(NAMES) == {*FIXED, *ROLLED_OUT}
    assert not set(FIXED) & set(ROLLED_OUT)


def test_guards_know_nothing_of_scripts_and_the_package_nothing_of_either() -> None:
    for folder, foreign in (("guards", ("scripts",)), ("onetree", ("scripts", "guards"))):
        for path in (HERE.parent / folder).rglob("*.py"):
            text = path.read_text()
            found = [n for n in foreign if f"from onetree.{n} " in text or f"import onetree.{n}" in text]
            assert not found, path
