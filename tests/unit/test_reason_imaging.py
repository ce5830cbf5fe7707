"""Measured imaging informs work-up and operation, and never the side or the diagnosis."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from reason_charts import DAY

from hemispasm.model import Case, Chart, Finding, Observation
from hemispasm.model.side import Side
from hemispasm.reason.differential import rank_differential
from hemispasm.reason.imaging_doubts import imaging_doubts, imaging_of_side
from hemispasm.reason.plan import make_plan
from hemispasm.reason.sides import view_side

CONTACT, CLASS = "imaging.vessel_contact", "imaging.assessability"


def seen(code, value, side=None, origin="measured", days=0, quality="measurable", **more):
    finding = Finding(code=code, side=side, value=value, quality=quality, method="imaging/1",
                      origin=origin, **more)  # fmt: skip
    return Observation(day=DAY + timedelta(days=days), finding=finding)


def chart(*observations, left=True):
    told = (
        seen("history.spasm", "present", "left", origin="told"),
        seen("exam.other_babinski", "present", "left", origin="examined"),
        seen("exam.synchronous_bursts", "present", "left", origin="examined"),
    )
    days = [o.day for o in observations] + [DAY]
    return Chart(
        case=Case(id="P-1", clinic_type="neurosurgery"),
        as_of=max(days),
        observations=((told if left else ()) + observations),
    )


def mirrored(observations):
    return chart(*observations).mirrored()


STUDY = seen("imaging.study", "mri_high_resolution")
CLASS_A = seen(CLASS, "A", "left")
CLASS_C = seen(CLASS, "C", "left", quality="limited")


def work_up(*observations, left=True):
    return {step.test: step for step in make_plan(chart(*observations, left=left)).work_up}


def share(name, *observations):
    found = rank_differential(chart(*observations), side=Side.LEFT, seed=0)
    return next(s.share for s in found.shares if s.name == name)


# --- what to order ---


def test_an_mri_that_is_there_and_good_is_not_asked_for_again():
    assert work_up()["mri"].rule == "mri_recommended"
    assert "mri" not in work_up(STUDY, CLASS_A)


def test_an_mri_that_measures_nothing_on_the_side_of_the_spasm_is_asked_for_with_the_reason():
    routine = seen("imaging.study", "mri_routine")
    assert work_up(routine, CLASS_C)["mri"].rule == "mri_too_coarse"
    other = seen(CLASS, "C", "right", quality="limited")
    assert work_up(STUDY, CLASS_A, other).get("mri") is None


def test_the_side_that_counts_is_the_patients_left_and_right_alike():
    plans = [make_plan(chart(STUDY, CLASS_C)), make_plan(mirrored((STUDY, CLASS_C)))]
    assert [{s.test: s.rule for s in plan.work_up}.get("mri") for plan in plans] == [
        "mri_too_coarse",
        "mri_too_coarse",
    ]


def test_a_good_examination_stays_good_after_a_later_poor_one():
    later = seen(CLASS, "C", "left", days=30, quality="limited")
    assert "mri" not in work_up(STUDY, CLASS_A, later)


def test_images_that_nobody_has_reported_are_to_be_read_not_ordered():
    assert work_up(STUDY, CLASS_A)["mri_report"].rule == "mri_not_reported"
    report = seen("imaging.radiologist_report", "no_secondary_cause", origin="reported")
    assert "mri_report" not in work_up(STUDY, CLASS_A, report)
    assert "mri_report" not in work_up()


def test_a_warning_sign_with_an_mri_on_file_asks_for_its_report():
    pain = seen("history.trigeminal_pain", "present", "left", origin="told")
    assert work_up(pain)["mri"].rule == "mri_for_red_flag"
    assert "mri_report" in work_up(pain, STUDY, CLASS_A)


# --- probabilities and verdicts ---


def test_a_probability_of_a_half_says_nothing_and_a_high_one_little():
    even = seen(CONTACT, "not_assessable", "left", p_contact=0.5)
    sure = seen(CONTACT, "present", "left", p_contact=0.99)
    none = seen(CONTACT, "absent", "left", p_contact=0.01)
    unknown = share("hfs")
    assert share("hfs", even) == pytest.approx(unknown, abs=0.004)
    assert share("hfs", none) < unknown < share("hfs", sure)


def test_shares_follow_the_probability_without_a_step_at_the_verdict():
    shares = [
        share("hfs", seen(CONTACT, verdict, "left", p_contact=p))
        for verdict, p in (
            ("absent", 0.05), ("not_assessable", 0.2), ("not_assessable", 0.39),
            ("not_assessable", 0.6), ("present", 0.8), ("present", 0.95),
        )
    ]  # fmt: skip
    assert shares == sorted(shares)
    assert max(b - a for a, b in pairwise(shares)) < 0.06


def test_a_contact_alone_never_leads_however_sure_it_is():
    sure = seen(CONTACT, "present", "left", p_contact=1.0)
    graded = seen("imaging.conflict_grade", "3", "left",
                  probabilities={"0": 0.0, "1": 0.0, "2": 0.1, "3": 0.9})  # fmt: skip
    found = rank_differential(chart(sure, graded, left=False), side=Side.LEFT, seed=0)
    assert found.leading is None
    assert found.no_lead in ("nothing_said", "vessel_only")


def test_deformity_is_read_from_the_probabilities_of_the_grades_and_not_of_contact():
    def graded(*shares):
        given = dict(zip("0123", shares, strict=True))
        best = max(given, key=given.__getitem__)
        return seen("imaging.conflict_grade", best, "left", probabilities=given)

    touching = share("hfs", graded(0.02, 0.93, 0.04, 0.01))
    pressed = share("hfs", graded(0.0, 0.03, 0.5, 0.47))
    assert touching < share("hfs") < pressed


def test_imaging_never_says_which_side_the_spasm_is_on():
    images = (seen(CONTACT, "present", "right", p_contact=0.99), seen(CLASS, "A", "right"))
    assert view_side(chart(*images)).side is Side.LEFT
    assert view_side(chart(*images, left=False)).side is None


def test_a_measured_vessel_is_a_suggested_cause_on_its_own_side_only():
    def status(side):
        plan = make_plan(chart(seen(CONTACT, "present", side, p_contact=0.97)))
        return plan.causes.causes[0].status

    assert status("left") == "suggested"
    assert status("right") == "not_looked"


# --- differences are shown ---


def test_a_measurement_and_a_readers_word_that_differ_are_both_told():
    ours = seen(CONTACT, "absent", "left", p_contact=0.02)
    theirs = seen(CONTACT, "present", "left", origin="reported")
    (doubt,) = imaging_doubts(chart(ours, theirs))
    assert "on the left: absent as measured, present as read by a person" in doubt.words
    assert imaging_doubts(chart(ours)) == ()
    told = imaging_of_side(chart(ours, theirs), Side.LEFT)
    assert [(b.value, b.origin) for b in told] == [("absent", "measured"), ("present", "reported")]


def test_a_readers_word_goes_before_the_measurement_in_the_ranking():
    ours = seen(CONTACT, "absent", "left", p_contact=0.02)
    theirs = seen(CONTACT, "present", "left", origin="reported")
    assert share("hfs", ours, theirs) == pytest.approx(share("hfs", theirs))


def test_contact_on_the_side_without_spasm_alone_is_shown_and_changes_no_side():
    images = (
        seen(CONTACT, "absent", "left", p_contact=0.01),
        seen(CONTACT, "present", "right", p_contact=0.98),
    )
    plan = make_plan(chart(*images))
    assert any("on the right and not on the left" in d.words for d in plan.doubts)
    assert plan.side.side is Side.LEFT
    swapped = make_plan(mirrored(images))
    assert any("on the left and not on the right" in d.words for d in swapped.doubts)


def test_contact_on_both_sides_is_no_doubt_at_all():
    both = tuple(seen(CONTACT, "present", side, p_contact=0.9) for side in ("left", "right"))
    assert imaging_doubts(chart(*both)) == ()


def test_words_of_doubt_hold_no_digit():
    images = (seen(CONTACT, "absent", "left"), seen(CONTACT, "present", "right"))
    assert not any(c.isdigit() for d in imaging_doubts(chart(*images)) for c in d.words)


# --- decompression ---


def test_the_page_on_decompression_shows_what_imaging_says_of_the_side_of_the_spasm():
    plan = make_plan(
        chart(
            STUDY, CLASS_A, seen(CLASS, "A", "right"),
            seen(CONTACT, "present", "left", p_contact=0.9),
            seen(CONTACT, "absent", "right", p_contact=0.1),
        )
    )  # fmt: skip
    assert [(b.code, b.side, b.value) for b in plan.mvd.imaging] == [
        (CLASS, Side.LEFT, "A"),
        (CONTACT, Side.LEFT, "present"),
    ]
    status = {item.code: item.status for item in plan.mvd.checklist}
    assert (status["mri_high_resolution"], status["image_quality"]) == ("done", "done")
    assert status["radiologist_report"] == "open"


def test_the_newest_examination_speaks_for_a_side():
    old = seen(CONTACT, "absent", "left", days=-200, p_contact=0.1)
    new = seen(CONTACT, "present", "left", p_contact=0.9)
    (told,) = imaging_of_side(chart(old, new), Side.LEFT)
    assert (told.value, told.day) == ("present", DAY)
    assert isinstance(told.day, date)
