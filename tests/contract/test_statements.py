"""Every statement of the two public pages is honoured by code and a test, or says why later."""

from __future__ import annotations

import ast
import importlib
import sys
from functools import cache

import pytest
from house import ROOT

from hemispasm.evidence import load_evidence
from hemispasm.model import load_vocabulary
from hemispasm.model.texts import load_texts

sys.path.insert(0, str(ROOT / "docs"))
from statements import load_statements, statements_page

EXPECTED = [f"S1-{n:02d}" for n in range(1, 20)] + [f"S2-{n:02d}" for n in range(1, 29)]
STATEMENTS = load_statements()


@cache
def names_of_tests(file: str) -> frozenset[str]:
    path = ROOT / "tests" / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    return frozenset(name for name in names if name.startswith("test_"))


def test_no_statement_is_left_out_and_none_is_made_up():
    assert sorted(STATEMENTS) == sorted(EXPECTED)


@pytest.mark.parametrize("ident", EXPECTED)
def test_a_statement_is_honoured_by_code_and_a_test_or_says_why_later(ident):
    entry = STATEMENTS[ident]
    assert entry["says"]
    if "later" in entry:
        assert len(entry["later"]) > 30
        assert "code" not in entry
        return
    assert entry["code"], "no code"
    assert entry["tests"], "no test"
    for target in entry["code"]:
        module, _, name = target.partition(":")
        found = importlib.import_module(module)
        assert not name or hasattr(found, name), target
    for target in entry["tests"]:
        file, _, name = target.partition("::")
        assert name in names_of_tests(file), target
    assert set(entry.get("codes", ())) <= set(load_vocabulary())
    assert set(entry.get("evidence", ())) <= set(load_evidence())
    assert set(entry.get("texts", ())) <= set(load_texts())


def test_few_statements_wait_for_later():
    later = [ident for ident, entry in STATEMENTS.items() if "later" in entry]
    assert len(later) <= 5, later


def test_the_page_says_what_the_table_says():
    page = (ROOT / "docs" / "reference" / "statements.md").read_text(encoding="utf-8")
    assert page == statements_page()
