"""Gates in time: days after a treatment, weakness before any, and the age at onset."""

from __future__ import annotations

from datetime import timedelta

import pytest
from reason_charts import DAY, UNTREATED, chart, operation, seen, toxin

from hemispasm.evidence import lookup_evidence
from hemispasm.model.case import Onset
from hemispasm.model.side import Side
from hemispasm.model.treatment import AdverseEffect, Treatments
from hemispasm.reason.conditions import load_thresholds
from hemispasm.reason.gates import fire_gates
from hemispasm.reason.mvd import palsy_watch_of

SPREAD = "history.swallowing_or_breathing_trouble"


def codes(made):
    return [gate.code for gate in fire_gates(made)]


# Windows after treatment.


@pytest.mark.parametrize(
    ("days", "wanted"),
    [(0, "toxin_spread"), (112, "toxin_spread"), (113, "breathing_or_swallowing")],
)
def test_trouble_swallowing_is_put_down_to_toxin_only_within_its_days(days, wanted):
    made = chart(seen(SPREAD), treatments=Treatments(toxin=(toxin(days),)))
    assert codes(made) == [wanted]


def test_trouble_swallowing_is_an_emergency_whether_or_not_toxin_is_known():
    assert codes(chart(seen(SPREAD))) == ["breathing_or_swallowing"]
    assert codes(chart(seen(SPREAD), treatments=UNTREATED)) == ["breathing_or_swallowing"]


def test_the_toxin_that_made_it_an_emergency_is_among_the_reasons():
    made = chart(seen(SPREAD), treatments=Treatments(toxin=(toxin(10), toxin(200))))
    (gate,) = fire_gates(made)
    assert [(b.code, b.day) for b in gate.because] == [
        (SPREAD, DAY), ("record.toxin", DAY - timedelta(days=10)),
    ]  # fmt: skip


def test_toxin_given_after_the_trouble_did_not_cause_it():
    made = chart(seen(SPREAD, days=-20), treatments=Treatments(toxin=(toxin(5),)), as_of=DAY)
    assert codes(made) == ["breathing_or_swallowing"]


@pytest.mark.parametrize(
    ("end", "fires"), [(None, True), (DAY + timedelta(days=1), True), (DAY, False)]
)
def test_a_recorded_effect_on_swallowing_fires_until_it_has_ended(end, fires):
    effect = AdverseEffect(kind="swallowing", end=end)
    made = chart(treatments=Treatments(toxin=(toxin(20, effects=(effect,)),)))
    assert ("toxin_spread" in codes(made)) is fires


def test_a_drooping_lid_after_toxin_is_no_emergency():
    effect = AdverseEffect(kind="ptosis")
    assert codes(chart(treatments=Treatments(toxin=(toxin(20, effects=(effect,)),)))) == []


def test_fever_needs_a_stiff_neck_or_an_operation_to_be_meningitis():
    assert "meningitis" not in codes(chart(seen("history.fever")))
    assert "meningitis" in codes(chart(seen("history.fever"), seen("history.neck_stiffness")))
    operated = Treatments(operations=(operation(10),))
    assert "meningitis" in codes(chart(seen("history.fever"), treatments=operated))
    assert "meningitis" in codes(chart(seen("history.neck_stiffness"), treatments=operated))
    long_ago = Treatments(operations=(operation(400),))
    assert "meningitis" not in codes(chart(seen("history.fever"), treatments=long_ago))


def test_delayed_palsy_is_looked_for_on_the_published_days_and_no_others():
    first, last = (int(load_thresholds()[f"palsy_{end}"].number) for end in ("from", "until"))
    assert (first, last) == lookup_evidence("follow_up.delayed_palsy_window").range
    assert palsy_watch_of(DAY) == (DAY + timedelta(days=first), DAY + timedelta(days=last))
    for days, fires in [(first - 1, False), (first, True), (last, True), (last + 1, False)]:
        operated = Treatments(operations=(operation(days, side=Side.LEFT),))
        made = chart(seen("history.new_facial_weakness", side="left"), treatments=operated)
        assert ("delayed_facial_palsy" in codes(made)) is fires, days


def test_new_weakness_without_a_decompression_is_no_delayed_palsy():
    weak = seen("history.new_facial_weakness", side="left")
    assert codes(chart(weak)) == ["new_facial_weakness"]
    other = Treatments(operations=(operation(10, kind="other"),), toxin=(toxin(10),))
    assert codes(chart(weak, treatments=other)) == []


@pytest.mark.parametrize("days", [0, 1, 44, 45, 300])
def test_new_weakness_after_a_decompression_has_a_gate_on_every_day(days):
    operated = Treatments(operations=(operation(days, side=Side.LEFT),))
    made = chart(seen("history.new_facial_weakness", side="left"), treatments=operated)
    assert len({"delayed_facial_palsy", "new_facial_weakness"} & set(codes(made))) == 1


def test_double_vision_within_the_days_of_toxin_is_an_expected_effect():
    double = seen("history.double_vision")
    recent, old = Treatments(toxin=(toxin(20),)), Treatments(toxin=(toxin(200),))
    assert "other_neurological_signs" not in codes(chart(double, treatments=recent))
    assert "other_neurological_signs" in codes(chart(double, treatments=old))


# Weakness before treatment.


@pytest.mark.parametrize(
    ("treatments", "fires"),
    [
        (UNTREATED, True),
        (None, False),
        (Treatments(toxin=(toxin(30),)), False),
        (Treatments(operations=(operation(30),)), False),
        (Treatments(toxin=(toxin(-10),)), True),
        (Treatments(toxin=(toxin(0),)), True),
        (Treatments(operations=(operation(0),)), False),
    ],
    ids=["none", "unknown", "toxin", "operation", "toxin later", "toxin today", "operated today"],
)
def test_weakness_on_examination_counts_only_where_nothing_was_done_before(treatments, fires):
    made = chart(seen("exam.facial_power", "reduced", "left"), treatments=treatments)
    assert ("weakness_before_treatment" in codes(made)) is fires


def test_weakness_seen_before_the_first_toxin_still_counts_after_it():
    made = chart(
        seen("exam.facial_power", "reduced", "left", days=-60),
        seen("exam.facial_power", "normal", "left"),
        treatments=Treatments(toxin=(toxin(30),)),
    )
    assert "weakness_before_treatment" in codes(made)


def test_an_earlier_treatment_that_was_only_told_of_leaves_weakness_unexplained():
    weak = seen("exam.facial_power", "reduced", "left")
    told = chart(weak, treatments=UNTREATED, prior_treatment=("botulinum toxin",))
    assert "weakness_before_treatment" not in codes(told)
    operated = chart(weak, seen("history.prior_decompression", side="left"), treatments=UNTREATED)
    assert "weakness_before_treatment" not in codes(operated)


# Age at onset.


@pytest.mark.parametrize(("age", "fires"), [(39.0, True), (40.0, False), (12.0, True)])
def test_young_onset_is_below_the_threshold_and_not_at_it(age, fires):
    assert ("young_onset" in codes(chart(seen("history.onset_age", age)))) is fires


@pytest.mark.parametrize(("age", "fires"), [(9.0, True), (39.0, True), (40.0, False)])
def test_whoever_is_young_now_was_young_at_onset(age, fires):
    assert ("young_onset" in codes(chart(seen("history.age", age)))) is fires


def test_a_told_age_at_onset_goes_before_the_age_now():
    made = chart(seen("history.age", 38.0), seen("history.onset_age", 41.0))
    assert "young_onset" not in codes(made)


@pytest.mark.parametrize(("month", "fires"), [("1999-05", True), ("2000-01", False)])
def test_young_onset_from_years_fires_only_when_it_is_sure(month, fires):
    made = chart(birth_year=1960, onset=Onset(month=month))
    assert ("young_onset" in codes(made)) is fires


# A sudden beginning with a deficit.

SUDDEN = seen("history.onset_course", "sudden")
WEAK = seen("exam.facial_power", "reduced", "left")


@pytest.mark.parametrize(
    ("code", "value", "side"),
    [
        ("exam.speech", "abnormal", None),
        ("exam.limb_power", "reduced", "right"),
        ("history.limb_weakness", "present", None),
        ("exam.facial_power", "reduced", "left"),
        ("history.new_facial_weakness", "present", "left"),
    ],
)
def test_a_sudden_beginning_with_a_deficit_is_an_emergency_unless_known_to_be_long_ago(
    code, value, side
):
    deficit = seen(code, value, side)
    months = {"unit": "mo", "interval": (6.0, 8.0)}
    assert "stroke" in codes(chart(SUDDEN, deficit))
    assert "stroke" in codes(chart(SUDDEN, deficit, seen("history.duration", 1.0)))
    assert "stroke" not in codes(chart(SUDDEN, deficit, seen("history.duration", 7.0, **months)))
    assert "stroke" not in codes(chart(deficit))


def test_the_deficit_and_the_sudden_beginning_are_both_among_the_reasons():
    gate = {g.code: g for g in fire_gates(chart(SUDDEN, WEAK))}["stroke"]
    assert [b.code for b in gate.because] == ["history.onset_course", "exam.facial_power"]
    assert gate.because[1].side is Side.LEFT


def test_weakness_from_toxin_or_left_from_a_palsy_of_that_side_is_no_sudden_deficit():
    injected = Treatments(toxin=(toxin(20),))
    assert "stroke" not in codes(chart(SUDDEN, WEAK, treatments=injected))
    here, there = (seen("history.prior_facial_palsy", "present", on) for on in ("left", "right"))
    assert "stroke" not in codes(chart(SUDDEN, WEAK, here))
    assert "stroke" in codes(chart(SUDDEN, WEAK, there))


def test_weakness_asks_what_was_done_only_where_nobody_said():
    assert codes(chart(WEAK)) == ["weakness_treatment_unknown"]
    assert codes(chart(WEAK, treatments=UNTREATED)) == ["weakness_before_treatment"]
    assert codes(chart(WEAK, treatments=Treatments(toxin=(toxin(20),)))) == []
    assert codes(chart(WEAK, prior_treatment=("botulinum toxin",))) == []
