"""Causes: what a report says, what only points, and what nobody has looked for."""

from __future__ import annotations

import pytest
from reason_charts import DAY, chart, operation, seen

from hemispasm.evidence import load_evidence
from hemispasm.model.finding import Origin
from hemispasm.model.side import Side
from hemispasm.model.texts import lookup_text
from hemispasm.model.treatment import Treatments
from hemispasm.reason.causes import load_cause_rules, view_causes
from hemispasm.reason.gates import fire_gates

LEFT = seen("history.spasm", side="left")
REPORT = "imaging.radiologist_report"
CLEAN = seen(REPORT, "no_secondary_cause")
NO_VESSEL = seen("imaging.vessel_contact", "absent", "left")


def view(*observations, **changes):
    made = chart(*observations, **changes)
    return view_causes(made, fire_gates(made))


def cause(name, *observations, **changes):
    return {each.name: each for each in view(*observations, **changes).causes}[name]


def status(name, *observations, **changes):
    return cause(name, *observations, **changes).status


def contact(side, value="present", origin=Origin.REPORTED):
    return seen("imaging.vessel_contact", value, side, origin=origin)


def test_nothing_known_means_that_nobody_has_looked():
    found = view()
    assert {each.status for each in found.causes} == {"not_looked"}
    assert (found.secondary_report_day, found.secondary_report) == (None, None)
    assert "none_found" not in {each.name for each in found.causes}


@pytest.mark.parametrize("origin", [Origin.MEASURED, Origin.EXAMINED])
def test_contact_without_a_report_is_suggested_at_most(origin):
    assert status("vessel", LEFT, contact("left", origin=origin)) == "suggested"


def test_contact_that_a_radiologist_reports_is_reported():
    assert status("vessel", LEFT, contact("left")) == "reported"


def test_a_vessel_that_the_surgeon_moved_is_reported():
    moved = Treatments(operations=(operation(30, side=Side.LEFT, vessels=("AICA",)),))
    found = cause("vessel", LEFT, treatments=moved)
    assert found.status == "reported"
    assert [b.code for b in found.because] == ["record.operation"]
    disputed = cause("vessel", seen("history.spasm", side="right"), treatments=moved)
    assert (disputed.status, disputed.because) == ("not_assessable", found.because)


def test_contact_on_the_healthy_side_is_no_cause():
    found = cause("vessel", LEFT, contact("right"))
    assert (found.status, found.because) == ("not_looked", ())


def test_contact_while_the_side_is_in_dispute_tells_nothing_and_is_shown():
    found = cause("vessel", LEFT, seen("exam.spasm", side="right"), contact("left"))
    assert found.status == "not_assessable"
    assert [b.side for b in found.because] == [Side.LEFT]


def test_the_vessel_moves_with_the_patient_in_the_mirror():
    made = chart(LEFT, contact("left"), contact("right", "absent"))
    turned = view_causes(made.mirrored(), ()).causes[0]
    assert turned.status == "reported"
    assert {b.side for b in turned.because} == {Side.RIGHT}


def test_contact_never_stands_without_the_figures_of_healthy_sides():
    keys = cause("vessel", LEFT, contact("left")).basis.evidence
    assert {"vessel_contact.asymptomatic_tash", "vessel_contact.asymptomatic_tanchan"} <= set(keys)


def test_a_machine_that_saw_no_contact_is_not_a_reader():
    machine = contact("left", "absent", Origin.MEASURED)
    assert status("vessel", LEFT, machine) == "not_looked"
    assert status("vessel", LEFT, contact("left", "absent")) == "not_seen"
    assert status("vessel", LEFT, contact("right", "absent")) == "not_looked"


def test_a_newer_reading_replaces_an_older_one():
    old = seen("imaging.vessel_contact", "present", "left", days=-400)
    assert status("vessel", LEFT, old, contact("left", "absent")) == "not_seen"


# The radiologist's report.


def test_a_report_answers_what_it_covers_and_nothing_else():
    found = {each.name: each.status for each in view(LEFT, CLEAN).causes}
    for covered in ("tumour", "malformation", "demyelination", "brainstem"):
        assert found[covered] == "not_seen"
    for other in ("vessel", "adhesion", "post_paralytic", "injury"):
        assert found[other] == "not_looked"


def test_the_day_of_the_report_is_the_day_it_belongs_to():
    found = view(LEFT, seen(REPORT, "no_secondary_cause", days=-40), CLEAN)
    assert (found.secondary_report_day, found.secondary_report) == (DAY, "no_secondary_cause")


@pytest.mark.parametrize("origin", [Origin.TOLD, Origin.EXAMINED, Origin.MEASURED])
def test_what_anybody_else_says_is_no_radiologists_report(origin):
    found = view(LEFT, seen(REPORT, "no_secondary_cause", origin=origin), NO_VESSEL)
    assert found.secondary_report_day is None
    assert {c.status for c in found.causes if c.name == "tumour"} == {"not_looked"}
    assert "none_found" not in {each.name for each in found.causes}


def test_a_report_that_could_not_tell_leaves_the_tumour_open():
    assert status("tumour", LEFT, seen(REPORT, "not_assessable")) == "not_assessable"


def test_none_found_needs_both_a_clean_report_and_a_reader_who_saw_no_vessel():
    def names(*observations):
        return [each.name for each in view(LEFT, *observations).causes]

    assert names(CLEAN, NO_VESSEL)[-1] == "none_found"
    assert "none_found" not in names(CLEAN)
    assert "none_found" not in names(NO_VESSEL)
    assert "none_found" not in names(CLEAN, contact("left"))
    assert "none_found" not in names(CLEAN, contact("right", "absent"))
    assert "none_found" not in names(CLEAN, contact("left", "absent", Origin.MEASURED))
    assert "none_found" not in names(seen(REPORT, "secondary_cause"), NO_VESSEL)
    assert "none_found" not in names(CLEAN, NO_VESSEL, seen("history.known_ms"))


# Secondary causes.


@pytest.mark.parametrize(
    ("name", "observation"),
    [
        ("tumour", seen("imaging.cpa_mass", "seen", "left")),
        ("tumour", seen("imaging.parotid_mass", "seen", "left")),
        ("tumour", seen("history.known_tumour", side="left")),
        ("malformation", seen("imaging.vascular_malformation", "seen", "left")),
        ("malformation", seen("imaging.aneurysm_or_ectasia", "seen", "left")),
        ("demyelination", seen("imaging.demyelination", "seen")),
        ("demyelination", seen("history.known_ms")),
        ("adhesion", seen("imaging.adhesions", "seen", "left")),
        ("post_paralytic", seen("history.prior_facial_palsy", side="left")),
        ("injury", seen("history.facial_nerve_injury", side="left")),
        ("brainstem", seen("imaging.brainstem_lesion", "seen", "left")),
        ("brainstem", seen("imaging.chiari", "seen")),
    ],
)
def test_what_a_report_or_the_history_names_is_reported(name, observation):
    found = cause(name, LEFT, CLEAN, observation)
    assert found.status == "reported"
    assert found.because[0].code == observation.finding.code


@pytest.mark.parametrize(
    ("name", "observation"),
    [
        ("tumour", seen("history.hearing_loss", side="left")),
        ("tumour", seen("exam.corneal_reflex", "absent", "left")),
        ("tumour", seen("exam.tonic_contraction", side="left")),
        ("tumour", seen("imaging.cpa_mass", "seen", "left", origin=Origin.EXAMINED)),
        ("demyelination", seen("exam.undulating_movement", side="left")),
        ("adhesion", seen("imaging.adhesions", "seen", "left", origin=Origin.EXAMINED)),
        ("post_paralytic", seen("exam.synkinesis", "every_movement", "left")),
        ("brainstem", seen("exam.gait", "abnormal")),
    ],
)
def test_what_only_points_to_a_cause_is_suggested_with_the_finding(name, observation):
    found = cause(name, LEFT, observation)
    assert found.status == "suggested"
    assert observation.finding.code in {b.code for b in found.because}


@pytest.mark.parametrize("name", ["demyelination", "adhesion", "tumour"])
def test_an_age_alone_suggests_no_cause(name):
    found = cause(name, LEFT, seen("history.age", 25.0), seen("history.onset_age", 25.0))
    assert (found.status, found.because) == ("not_looked", ())


def test_a_red_flag_beside_a_clean_report_is_not_seen_and_still_listed():
    found = cause("tumour", LEFT, CLEAN, seen("history.hearing_loss", side="left"))
    assert found.status == "not_seen"
    assert [b.code for b in found.because] == [REPORT, "history.hearing_loss"]


def test_a_palsy_or_an_injury_of_the_other_side_is_not_the_cause():
    assert status("post_paralytic", LEFT, seen("history.prior_facial_palsy", side="right")) == (
        "not_looked"
    )
    assert status("injury", LEFT, seen("history.facial_nerve_injury", side="right")) == (
        "not_looked"
    )


def test_a_mass_looked_for_on_the_healthy_side_only_was_not_looked_for():
    other = seen("imaging.cpa_mass", "not_seen", "right")
    assert status("tumour", LEFT, other) == "not_looked"
    assert status("tumour", LEFT, seen("imaging.cpa_mass", "not_seen", "left")) == "not_seen"
    assert status("tumour", other) == "not_looked"
    assert status("tumour", other, seen("imaging.cpa_mass", "not_seen", "left")) == "not_seen"


def test_one_of_two_malformations_looked_for_is_not_enough():
    one = seen("imaging.vascular_malformation", "not_seen", "left")
    both = seen("imaging.aneurysm_or_ectasia", "not_seen", "left")
    assert status("malformation", LEFT, one) == "not_looked"
    assert status("malformation", LEFT, one, both) == "not_seen"


def test_not_looked_in_a_report_is_not_looked():
    assert status("tumour", LEFT, seen("imaging.cpa_mass", "not_looked", "left")) == "not_looked"


def test_every_cause_has_its_words_and_its_sources_exist():
    for each in view(LEFT, CLEAN, NO_VESSEL).causes:
        assert lookup_text(f"cause.{each.name}.title")
        assert lookup_text(f"cause.{each.name}.about")
        assert set(each.basis.evidence) <= set(load_evidence())
    assert len(load_cause_rules()) == 7


def test_only_the_sentences_on_a_report_on_file_speak_of_exclusion():
    assert "none can be called excluded" in lookup_text("causes.no_report")
    for name in ("report_none", "report_cause", "report_unclear"):
        assert "exclu" not in lookup_text(f"causes.{name}")
