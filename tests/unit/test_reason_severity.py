"""Severity over visits, and what is missing: a verdict needs a band, silence is listed."""

from __future__ import annotations

import pytest
from reason_charts import UNTREATED, chart, operation, seen, toxin

from hemispasm.measure import compare
from hemispasm.model.finding import Finding
from hemispasm.model.side import ImageSide, Side
from hemispasm.model.texts import lookup_text
from hemispasm.model.treatment import Treatments
from hemispasm.model.vocabulary import load_vocabulary
from hemispasm.reason.conditions import read_table
from hemispasm.reason.gates import load_gate_rules
from hemispasm.reason.missing import list_missing
from hemispasm.reason.severity import load_repeatability, view_severity

RATE = "video.spasm_rate"


def rate(value, interval, side="left", code=RATE, **changes):
    return seen(code, value, side, interval=interval, level=0.95, **changes)


def smc(value, side="left", **changes):
    return seen("scale.smc", value, side, **changes)


def only(*observations, side=Side.LEFT, treatments=UNTREATED):
    (trend,) = view_severity(chart(*observations, treatments=treatments), side)
    return trend


# Measured indices.


@pytest.mark.parametrize(
    ("later", "interval", "verdict"),
    [
        (4.0, (3.0, 6.0), "better"),
        (40.0, (30.0, 52.0), "worse"),
        (14.0, (9.0, 20.0), "within_band"),
    ],
)
def test_a_change_is_judged_against_the_band_of_both_recordings(later, interval, verdict):
    trend = only(rate(16.0, (12.0, 21.0), days=-90), rate(later, interval))
    assert trend.change == pytest.approx(later - 16.0)
    assert trend.verdict == verdict
    assert trend.why_not is None
    low, high = trend.band
    assert low < 0 < high
    assert (low <= trend.change <= high) is (verdict == "within_band")


def test_the_band_says_the_same_as_the_comparison_of_two_visits():
    early, late = (16.0, (12.0, 21.0)), (9.0, (6.5, 12.4))
    trend = only(rate(*early, days=-90), rate(*late))
    made = chart(rate(*early, days=-90), rate(*late))
    visits = [
        compare.VisitFindings(day=o.day, document=_document(o.finding), toxin_days=())
        for o in made.observations
    ]
    (change,) = compare.compare_visits(*visits)
    low, high = change.interval
    assert (trend.change - trend.band[1]) == pytest.approx(low, abs=1e-3)
    assert (trend.change - trend.band[0]) == pytest.approx(high, abs=1e-3)


def _document(finding: Finding):
    from hemispasm.model.finding import FindingsDocument, Provenance, RecordingRef
    from hemispasm.model.quality import Quality

    return FindingsDocument(
        recording=RecordingRef(kind="video", sha256="0" * 64),
        quality=Quality(grade="measurable", analysed_s=60),
        findings=(finding,),
        provenance=Provenance(hemispasm="0"),
    )


def test_repeatability_and_phases_are_those_of_the_comparison_of_two_visits():
    rates, eye = load_repeatability()[RATE], load_repeatability()["video.eye_closed_fraction"]
    assert rates.repeat_sd == compare.REPEAT_RATE_PER_MIN
    assert rates.of_value == compare.REPEAT_RATE_SHARE
    assert eye.repeat_sd == compare.REPEAT_FRACTION
    # Depth is compared spasm by spasm, which findings alone do not allow.
    assert set(compare.COMPARED) - {compare.DEPTH} <= set(load_repeatability())
    phases = read_table("severity")["phases"]
    assert phases["onset_until"] == compare.ONSET_UNTIL_DAY
    assert phases["peak_until"] == compare.PEAK_UNTIL_DAY
    assert phases["waning_until"] == compare.WANING_UNTIL_DAY


def test_a_value_without_an_interval_gives_no_verdict():
    trend = only(rate(16.0, None, days=-90), rate(4.0, (3.0, 6.0)))
    assert (trend.change, trend.verdict, trend.why_not) == (-12.0, "not_judged", "no_interval")


def test_two_methods_are_not_compared():
    trend = only(rate(16.0, (12.0, 21.0), days=-90), rate(4.0, (3.0, 6.0), method="test/2"))
    assert (trend.verdict, trend.why_not) == ("not_judged", "unlike_methods")


def test_unlike_points_of_a_toxin_cycle_are_not_compared():
    values = rate(16.0, (12.0, 21.0), days=-90), rate(4.0, (3.0, 6.0))
    unlike = only(*values, treatments=Treatments(toxin=(toxin(120), toxin(5))))
    assert (unlike.verdict, unlike.why_not) == ("not_judged", "unlike_toxin_phases")
    worn_off = only(*values, treatments=Treatments(toxin=(toxin(200), toxin(30))))
    assert (worn_off.verdict, worn_off.why_not) == ("better", None)
    first = only(*values, treatments=Treatments(toxin=(toxin(30),)))
    assert (first.verdict, first.why_not) == ("better", None)


def test_a_history_of_toxin_that_nobody_took_is_a_caution():
    values = rate(16.0, (12.0, 21.0), days=-90), rate(4.0, (3.0, 6.0))
    assert only(*values, treatments=None).cautions == ("toxin_history_unknown",)
    assert only(*values).cautions == ()


def test_the_other_side_is_left_out_and_the_mirrored_patient_gets_his_own():
    made = chart(
        rate(16.0, (12.0, 21.0), days=-90),
        rate(4.0, (3.0, 6.0)),
        rate(0.2, (0.0, 1.0), "right", days=-90),
        rate(0.1, (0.0, 1.0), "right"),
        treatments=UNTREATED,
    )
    (left,) = view_severity(made, Side.LEFT)
    (turned,) = view_severity(made.mirrored(), Side.RIGHT)
    assert (left.side, turned.side) == (Side.LEFT, Side.RIGHT)
    assert left.change == turned.change == -12.0
    (healthy,) = view_severity(made, Side.RIGHT)
    assert healthy.change == pytest.approx(-0.1)


@pytest.mark.parametrize("side", [None, Side.BOTH])
def test_without_one_side_both_sides_are_shown_apart(side):
    made = chart(rate(16.0, (12.0, 21.0)), rate(0.2, (0.0, 1.0), "right"))
    assert [t.side for t in view_severity(made, side)] == [Side.LEFT, Side.RIGHT]


def test_a_value_at_an_edge_of_the_picture_is_not_followed():
    edge = seen(RATE, 16.0, image_side=ImageSide.IMAGE_LEFT)
    assert view_severity(chart(edge), None) == ()


def test_a_value_that_cannot_be_assessed_is_not_followed():
    poor = rate(16.0, (12.0, 21.0), quality="not_assessable")
    assert view_severity(chart(poor), Side.LEFT) == ()


# Scales.


@pytest.mark.parametrize("code", sorted(c for c in load_vocabulary() if c.startswith("scale.")))
def test_every_scale_is_followed_and_none_has_a_verdict(code):
    side = "left" if load_vocabulary()[code].sided else None
    trend = only(seen(code, 1.0, side, days=-90), seen(code, 0.0, side))
    assert (trend.change, trend.band, trend.verdict) == (-1.0, None, "not_judged")
    assert trend.why_not == "no_repeatability"


def test_one_visit_gives_no_change():
    trend = only(smc(3.0))
    assert (trend.change, trend.verdict, trend.why_not) == (None, "not_judged", "one_visit")


def test_two_raters_are_kept_apart_and_never_subtracted():
    made = chart(smc(3.0, rater="A", days=-90), smc(1.0, rater="B", days=-90), smc(2.0, rater="A"))
    first, second = view_severity(made, Side.LEFT)
    assert (first.rater, first.change) == ("A", -1.0)
    assert (second.rater, second.change, second.why_not) == ("B", None, "one_visit")


def test_two_values_on_one_day_are_both_shown_and_not_subtracted():
    trend = only(smc(3.0, days=-90), smc(2.0), smc(1.0))
    assert len(trend.points) == 3
    assert (trend.change, trend.why_not) == (None, "several_on_one_day")


def test_the_change_is_to_the_visit_before_and_not_to_the_first():
    trend = only(smc(4.0, days=-180), smc(1.0, days=-90), smc(2.0))
    assert trend.change == 1.0


def test_reasons_without_a_verdict_have_words_that_claim_no_importance():
    for key in ("one_visit", "several_on_one_day", "no_repeatability", "no_interval",
                "unlike_methods", "unlike_toxin_phases", "toxin_history_unknown",
                "limited_quality"):  # fmt: skip
        assert lookup_text(f"severity.{key}")
    assert "Not a validated MCID" in lookup_text("severity.band")


# What is missing.


def missing(*observations, **changes):
    return {m.code: m.matters_for for m in list_missing(chart(*observations, **changes))}


def test_the_questions_of_emergencies_come_first():
    asked = list_missing(chart())
    gates = [m.code for m in asked if m.matters_for == "gates"]
    assert gates[:3] == ["history.sudden_deficit", "history.deficit_resolved",
                         "history.swallowing_or_breathing_trouble"]  # fmt: skip
    assert [m.matters_for for m in asked[: len(gates)]] == ["gates"] * len(gates)
    assert len({m.code for m in asked}) == len(asked)


def test_every_emergency_gate_that_can_be_asked_for_is_asked_for():
    asked = missing(treatments=Treatments(operations=(operation(10),), toxin=(toxin(10),)))
    for rule in load_gate_rules():
        for part in (p for c in rule.any_of for p in c.parts()):
            if part.code and part.code.startswith("history."):
                assert part.code in asked


def test_an_answer_is_no_longer_missing_whatever_it_says():
    assert "history.seizure" in missing()
    assert "history.seizure" not in missing(seen("history.seizure", "absent"))
    assert "history.seizure" in missing(seen("history.seizure", quality="not_assessable"))


def test_an_age_is_known_from_the_year_of_birth_and_missing_without():
    assert missing()["history.age"] == "options"
    assert "history.age" not in missing(birth_year=1960)


def test_pregnancy_is_asked_of_whoever_may_be_pregnant_and_asked_again():
    assert "history.pregnancy" in missing()
    assert "history.pregnancy" in missing(sex="female", birth_year=1990)
    assert "history.pregnancy" not in missing(sex="female", birth_year=1950)
    assert "history.pregnancy" not in missing(sex="male")
    assert "history.pregnancy" not in missing(seen("history.pregnancy", "absent"))
    assert "history.pregnancy" in missing(seen("history.pregnancy", "absent", days=-400))


def test_questions_after_a_treatment_are_asked_only_after_one():
    assert "history.new_facial_weakness" not in missing()
    operated = Treatments(operations=(operation(10),))
    assert "history.new_facial_weakness" in missing(treatments=operated)


def test_treatments_that_nobody_recorded_are_missing():
    assert missing()["record.treatments"] == "gates"
    assert "record.treatments" not in missing(treatments=UNTREATED)
    assert lookup_text("missing.record.treatments")


def test_a_radiologists_report_and_the_patients_values_are_asked_for():
    asked = missing()
    assert asked["imaging.radiologist_report"] == "causes"
    assert asked["preference.lasting_relief"] == "options"
    assert asked["history.contrast_allergy"] == "work_up"


def test_whatever_is_missing_has_words():
    for code in missing():
        assert code in load_vocabulary() or lookup_text(f"missing.{code}")
