"""The reference pages say what the source says."""

import sys

import pytest
from house import ROOT

sys.path.insert(0, str(ROOT / "docs"))

import generate

HINT = "run `python3 dev.py docs`"


def test_every_error_code_is_a_literal_in_snake_case():
    faults = [
        f"{site.where}: {site.code}"
        for site in generate.find_errors()
        if not site.code
        or not site.code.replace("_", "").isalnum()
        or site.code.upper() == site.code
    ]
    assert not faults, "\n" + "\n".join(faults)


def test_every_error_code_keeps_one_exit_code():
    exits = {}
    for site in generate.find_errors():
        exits.setdefault(site.code, set()).add(site.exit_code)
    assert {code: found for code, found in exits.items() if len(found) > 1} == {}


def test_every_error_code_has_a_heading():
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8").splitlines()
    missing = {site.code for site in generate.find_errors() if f"## {site.code}" not in page}
    assert not missing, f"{HINT}: {sorted(missing)}"


def test_every_command_has_a_heading():
    from hemispasm.cli import COMMANDS

    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8").splitlines()
    missing = [name for name in COMMANDS if f"## hemispasm {name}" not in page]
    assert not missing, f"{HINT}: {missing}"


@pytest.mark.parametrize("name", generate.PAGES)
def test_a_generated_page_is_up_to_date(name):
    written = (generate.REFERENCE / name).read_text(encoding="utf-8")
    assert written == generate.PAGES[name](), f"{name} is out of date; {HINT}"
