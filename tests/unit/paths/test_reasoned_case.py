"""A case with records: what was written by hand enters the plan, and every paper is made."""

from __future__ import annotations

import json
from datetime import date

import pytest
from made_cases import make_case
from pypdf import PdfReader

from hemispasm.assess import assess
from hemispasm.cli import main
from hemispasm.model import HemispasmError, Side
from hemispasm.signing import sign
from hemispasm.simulated_records import write_simulated_records

EXAM = """\
[history]
onset = "2023-05"
spasm = {{ {here} = "present" }}
sudden_deficit = "{deficit}"
[examination]
other_babinski = {{ {here} = "present" }}
"""


@pytest.fixture
def told(tmp_path):
    """A case of history and examination alone."""
    return make_told(tmp_path / "told")


def make_told(folder, here="left", deficit="absent"):
    visit = folder / "visits" / "2026-03-02"
    visit.mkdir(parents=True)
    (folder / "case.toml").write_text('id = "P-7"\nbirth_year = 1960\ncountry = "GB"\n')
    (visit / "exam.toml").write_text(EXAM.format(here=here, deficit=deficit))
    return folder


@pytest.mark.parametrize("here", ["left", "right"])
def test_the_side_that_was_told_is_the_side_of_every_paper(tmp_path, here):
    made = assess(make_told(tmp_path / "case", here))
    other = Side(here).other
    assert made.plan.side.side == here
    names = sorted(path.relative_to(made.run).as_posix() for path in made.run.rglob("*.pdf"))
    assert names == [
        "letters/hand_back.pdf",
        "letters/plan.pdf",
        "letters/referral_answer.pdf",
        "patient.pdf",
        "report.pdf",
    ]
    for name in names:
        text = " ".join(page.extract_text() for page in PdfReader(made.run / name).pages)
        assert here in text
        assert f"on the {other}" not in text


def test_an_emergency_stands_first_on_the_terminal_and_on_the_page(tmp_path, capsys):
    case = make_told(tmp_path / "case", deficit="present")
    assert main(["assess", str(case)]) == 0
    lines = capsys.readouterr().out.splitlines()
    first = next(line for line in lines if line.startswith("!"))
    assert "999" in first
    assert lines.index(first) < next(i for i, line in enumerate(lines) if "Differential" in line)
    made = assess(case)
    first_page = PdfReader(made.report_pdf).pages[0].extract_text()
    # The first "Case P-7" stands in the head of the page.
    assert first_page.index("Emergency") < first_page.rindex("Case P-7")


def test_warning_signs_stand_above_what_was_measured(tmp_path, fake_measuring, capsys):
    case = make_case(tmp_path / "case")
    (case / "visits" / "2026-03-30" / "exam.toml").write_text('[history]\nseizure = "present"\n')
    assert main(["assess", str(case)]) == 0
    printed = capsys.readouterr().out
    assert printed.index("! ") < printed.index("Spasms per minute")


def test_records_beside_a_video_enter_the_plan_and_the_findings(tmp_path, fake_measuring):
    case = make_case(tmp_path / "case")
    write_simulated_records(case / "visits" / "2026-03-02", Side.LEFT, after_toxin=False)
    made = assess(case)
    origins = {because.origin for because in made.plan.side.because}
    assert {"measured", "told", "examined"} <= origins
    others = made.findings.visits[0].others
    assert [document.recording.kind for document in others] == ["exam", "emg", "imaging"]
    assert made.plan.causes.secondary_report_day == date(2026, 3, 2)
    assert made.plan.simulated


def test_sources_that_disagree_on_the_side_end_in_a_gate_and_no_side(tmp_path, fake_measuring):
    case = make_case(tmp_path / "case")  # its videos show the left side
    write_simulated_records(case / "visits" / "2026-03-02", Side.RIGHT, after_toxin=False)
    plan = assess(case).plan
    assert plan.side.side is None
    assert plan.side.conflict
    assert "side_conflict" in {gate.code for gate in plan.gates}


def test_a_slip_in_an_exam_is_told_before_anything_is_measured(tmp_path, fake_measuring):
    case = make_case(tmp_path / "case")
    (case / "visits" / "2026-03-02" / "exam.toml").write_text('[history]\ntearing = "left"\n')
    with pytest.raises(HemispasmError) as caught:
        assess(case)
    assert caught.value.exit_code == 2
    assert "exam.toml" in caught.value.cause
    assert fake_measuring.calls == 0
    assert not (case / "results").exists()


def test_a_clinics_own_audit_replaces_the_published_default(told, tmp_path):
    audit = tmp_path / "centre.toml"
    audit.write_text(
        'name = "Our clinic"\noperated = 400\ngood = 384\ndefinition = "no spasm"\nmonths = 12\n'
    )
    assert main(["assess", str(told), "--centre", str(audit), "--plan", str(tmp_path / "p")]) == 0
    rate = json.loads((tmp_path / "p").read_text())["mvd"]["rate"]
    assert rate["origin"] == "own_centre"
    assert rate["share"] == pytest.approx(0.96, abs=0.01)
    assert assess(told).plan.mvd.rate.origin == "published"


def test_nothing_later_than_the_day_asked_for_enters_the_plan(told, capsys):
    later = told / "visits" / "2026-05-04"
    later.mkdir()
    (later / "exam.toml").write_text('[history]\nsudden_deficit = "present"\n')
    assert [gate.code for gate in assess(told).plan.gates][:1] == ["stroke"]
    made = assess(told, as_of=date(2026, 4, 1))
    assert made.plan.as_of == date(2026, 4, 1)
    assert "stroke" not in {gate.code for gate in made.plan.gates}
    assert main(["assess", str(told), "--as-of", "soon"]) == 2
    assert "error[bad_date]" in capsys.readouterr().err


def test_signing_signs_every_paper_and_a_changed_record_must_be_assessed_anew(told):
    made = assess(told)
    page = sign(told, initials="AB", role="neurologist")
    assert page == made.run / "report.signed.html"
    for name in ("report", "patient", "letters/plan"):
        text = PdfReader(made.run / f"{name}.signed.pdf").pages[0].extract_text()
        assert "Signed by AB" in text
        assert "DRAFT" not in text
    assess(told)
    exam = told / "visits" / "2026-03-02" / "exam.toml"
    exam.write_text(exam.read_text().replace("left", "right"))
    with pytest.raises(HemispasmError) as caught:
        sign(told, initials="AB", role="neurologist")
    assert caught.value.code == "findings_changed"


def test_a_plan_that_was_changed_by_hand_is_refused(told):
    made = assess(told)
    plan = made.run / "plan.json"
    plan.write_text(plan.read_text().replace("left", "right"))
    with pytest.raises(HemispasmError) as caught:
        sign(told, initials="AB", role="neurologist")
    assert caught.value.code == "changed_after_writing"
