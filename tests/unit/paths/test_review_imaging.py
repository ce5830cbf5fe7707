"""A person decides on vessels of an MRI, its grade and its checklist; originals stay."""

import pytest
from imaging_cases import FIRST, charted, decide

from hemispasm.assess import assess
from hemispasm.formats.case import read_case
from hemispasm.model import Side, UsageError
from hemispasm.model.review import Decision
from hemispasm.results import latest_run
from hemispasm.review import Wish, undecided_findings

CONTACT = "imaging.vessel_contact:left:transition:aica:v1"


def test_a_rejected_vessel_leaves_the_chart_and_the_next_one_takes_its_place(
    mri_case, fake_imaging
):
    assess(mri_case)
    decide(mri_case, Wish(CONTACT, Decision.REJECT), reason="a fold of the flocculus")
    done = assess(mri_case)
    document = done.findings.visits[0].recordings[0]
    gone = [f for f in document.findings if f.side == "left" and f.extra("candidate") == "v1"]
    assert {f.value for f in gone} == {None}
    assert all("fold of the flocculus" in f.reason for f in gone)
    assert charted(mri_case, "imaging.vessel_contact", Side.LEFT) == "absent"
    assert charted(mri_case, "imaging.vessel_nerve_distance", Side.LEFT) == 1.9
    machine = latest_run(read_case(mri_case)).machine.visits[0].recordings[0]
    assert {f.value for f in machine.findings if f.key == CONTACT} == {"present"}


def test_a_reader_answers_the_checklist_and_sets_a_grade_as_a_person(mri_case, fake_imaging):
    assess(mri_case)
    decide(
        mri_case,
        Wish("imaging.cpa_mass:left", Decision.RELABEL, value="not_seen"),
        Wish("imaging.conflict_grade:left:transition:aica:v1", Decision.RELABEL, value=2.0),
        Wish(CONTACT, Decision.ACCEPT),
    )
    assess(mri_case)
    folder = read_case(mri_case)
    by_key = {f.key: f for f in latest_run(folder).effective.visits[0].recordings[0].findings}
    mass, graded = by_key["imaging.cpa_mass:left"], by_key[CONTACT.replace(
        "vessel_contact", "conflict_grade")]  # fmt: skip
    assert (mass.value, mass.origin, mass.quality) == ("not_seen", "examined", "measurable")
    assert (graded.value, graded.origin) == ("2", "examined")
    assert by_key["imaging.cpa_mass:right"].value == "not_looked"


@pytest.mark.parametrize("value", ["seen by nobody", 7.0])
def test_a_grade_that_is_none_is_refused_and_nothing_is_written(mri_case, fake_imaging, value):
    assess(mri_case)
    ident = "imaging.conflict_grade:left:transition:aica:v1"
    with pytest.raises(UsageError) as problem:
        decide(mri_case, Wish(ident, Decision.RELABEL, value=value))
    assert problem.value.code == "bad_review"
    assert not (mri_case / "visits" / FIRST.isoformat() / "review.json").exists()


def test_what_is_asked_of_a_reader_is_what_carries_weight(fake_imaging):
    from hemispasm.model import Review

    document, _ = fake_imaging(None, "5" * 64)
    asked = {f.key for f in undecided_findings(document, Review())}
    assert CONTACT in asked
    assert "imaging.cpa_mass:right" in asked
    assert not any("v2" in key for key in asked)
