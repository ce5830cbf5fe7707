"""What `hemispasm assess` says beside the plan, and what it refuses before any work."""

from __future__ import annotations

import json
from datetime import date

import pytest

from hemispasm.assess import assess
from hemispasm.cli import main
from hemispasm.cli.assess import doubts

EXAM = """\
[history]
spasm = { left = "present", right = "absent" }
[history.first_site]
right = "lower_lid"
"""


@pytest.fixture
def case(tmp_path):
    visit = tmp_path / "case" / "visits" / "2026-03-02"
    visit.mkdir(parents=True)
    (tmp_path / "case" / "case.toml").write_text('id = "P-7"\n')
    (visit / "exam.toml").write_text(EXAM)
    return tmp_path / "case"


def test_answers_that_clash_are_said_by_assess_too(case, capsys):
    assert main(["assess", str(case)]) == 0
    said = capsys.readouterr().err
    assert "2026-03-02: contradiction: " in said
    assert "history.first_site" in said


def test_a_plan_read_as_of_a_day_that_has_not_come_says_so(case):
    made = assess(case, as_of=date(2030, 5, 7))
    assert any("2030-05-07" in line for line in doubts(made, date(2030, 5, 6)))
    assert not any("2030-05-07" in line for line in doubts(made, date(2030, 5, 7)))


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--json", "-", "--plan", "-"], "same_target"),
        (["--csv", "-", "--plan", "-"], "same_target"),
        (["--json", "a.json", "--plan", "a.json"], "same_target"),
        (["--plan", "nowhere/plan.json"], "no_folder"),
        (["--json", "nowhere/findings.json"], "no_folder"),
    ],
)
def test_outputs_that_cannot_be_written_are_refused_before_a_run_is_made(
    case, capsys, monkeypatch, options, code
):
    monkeypatch.chdir(case.parent)
    assert main(["assess", str(case), *options]) == 2
    assert f"error[{code}]" in capsys.readouterr().err
    assert not (case / "results").exists()


def test_strict_asks_the_findings_of_other_programs_as_well(case, capsys):
    document = {
        "schema": "hemispasm.findings/1",
        "recording": {"kind": "emg", "sha256": "a" * 64},
        "quality": {"grade": "not_assessable", "analysed_s": 0.0},
        "provenance": {"hemispasm": "0.0.1"},
    }
    folder = case / "visits" / "2026-03-02" / "emg"
    folder.mkdir()
    (folder / "a.findings.json").write_text(json.dumps(document))
    assert main(["assess", str(case)]) == 0
    assert main(["assess", str(case), "--strict"]) == 1
    capsys.readouterr()
