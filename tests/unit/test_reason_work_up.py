"""The work-up: rules first, then what would tell most; what must be asked before."""

from __future__ import annotations

import numpy as np
import pytest
from differential_charts import FEATURES, chart_of, see

from hemispasm.evidence import load_evidence
from hemispasm.model.plan import Basis, Because, Gate, Urgency
from hemispasm.model.side import Side
from hemispasm.model.texts import load_texts
from hemispasm.model.vocabulary import lookup_code
from hemispasm.reason.differential import rank_differential
from hemispasm.reason.gates import fire_gates
from hemispasm.reason.information import expected_gain, outcome_table
from hemispasm.reason.work_up import load_tests, suggest_work_up

BROW = see("exam.other_babinski", "present", "left")


def gate(code):
    because = Because.of(see("history.seizure", "present"))
    return Gate(code=code, urgency=Urgency.URGENT, because=(because,), basis=Basis())


def steps(*seen, gates=(), clinic="movement_disorder", sex=None):
    chart = chart_of(*seen, clinic=clinic)
    chart = chart.model_copy(update={"case": chart.case.model_copy(update={"sex": sex})})
    found = rank_differential(chart, side=Side.LEFT)
    return {step.test: step for step in suggest_work_up(chart, found, gates)}


def test_every_test_rule_and_caution_has_words_and_evidence_that_exists():
    table, texts = load_tests(), load_texts()
    keys = [f"test.{name}.{part}" for name in table.test for part in ("title", "why")]
    keys += [f"workup.{rule.name}" for rule in table.rule]
    keys += [
        f"{kind}.{name}_{state}"
        for name in table.caution
        for state in ("unknown", "present")
        for kind in ("caution", "caution_short")
    ]
    assert [key for key in keys if key not in texts] == []
    used = {k for t in (*table.test.values(), *table.rule) for k in t.evidence}
    assert sorted(used - set(load_evidence())) == []


def test_every_code_in_the_table_of_tests_exists():
    table = load_tests()
    signs = [s for r in table.rule for s in (*r.seen, *r.unless, *r.only_if)]
    for sign in signs:
        assert set(sign.values) <= set(lookup_code(sign.code).values)
    assert all(rule.test in table.test for rule in table.rule)
    assert all(name in table.caution for t in table.test.values() for name in t.cautions)
    codes = {r.code for f in FEATURES.values() for r in f.readings}
    for test in table.test.values():
        for prefix in test.codes:
            assert any(code.startswith(prefix) for code in codes), prefix


def test_mri_is_asked_for_while_hemifacial_spasm_is_first_and_none_is_on_file():
    assert steps(BROW)["mri"].rule == "mri_recommended"
    done = see("imaging.study", "mri_high_resolution", origin="reported")
    assert steps(BROW, done).get("mri") is None or steps(BROW, done)["mri"].rule is None


def test_a_report_on_ct_does_not_stand_for_an_mri():
    on_ct = see("imaging.radiologist_report", "no_secondary_cause", study="ct", origin="reported")
    on_mri = see("imaging.radiologist_report", "no_secondary_cause", study="mri", origin="reported")
    assert steps(BROW, on_ct)["mri"].rule == "mri_recommended"
    assert "mri" not in steps(BROW, on_mri) or steps(BROW, on_mri)["mri"].rule is None


def test_an_older_mri_is_still_on_file_after_a_later_ct():
    mri = see("imaging.study", "mri_routine", origin="reported")
    ct = see("imaging.study", "ct", origin="reported")
    found = steps(BROW, mri, ct)
    assert "mri" not in found or found["mri"].rule is None


def test_ct_stands_in_where_mri_cannot_be_done():
    found = steps(BROW, see("history.mri_contraindication", "present"))
    assert "mri" not in found
    assert found["ct"].rule == "ct_where_mri_cannot_be"


def test_a_red_flag_asks_for_mri_even_where_something_else_is_first():
    tic = (see("history.premonitory_urge", "present"), see("history.other_tics", "present"))
    found = steps(*tic, see("history.suppressible", "present"), gates=(gate("facial_sensation"),))
    assert found["mri"].rule == "mri_for_red_flag"


def test_a_seizure_gate_asks_for_an_eeg_before_anything_else():
    chart = chart_of(see("history.brief_face_arm_attacks", "present"))
    found = rank_differential(chart, side=Side.LEFT)
    asked = suggest_work_up(chart, found, fire_gates(chart))
    assert [step.test for step in asked[:2]] == ["eeg", "antibodies_and_sodium"]


def test_gates_ask_for_tests_when_the_ranking_is_withheld():
    asked = suggest_work_up(chart_of(), None, (gate("focal_seizure"),))
    assert [step.test for step in asked[:2]] == ["eeg", "mri"]
    assert {step.test for step in asked[2:]} == {"targeted_history", "complete_examination"}
    assert all(step.information_bits is None for step in asked)


def test_angiography_is_only_for_a_vessel_that_imaging_has_shown():
    assert "angiography" not in steps(BROW)
    seen = see("imaging.aneurysm_or_ectasia", "seen", "left")
    assert steps(BROW, seen)["angiography"].rule == "angiography_for_planning"


def test_an_audiogram_comes_before_any_decompression():
    assert steps(BROW)["audiogram"].rule == "audiogram_before_decompression"
    assert "audiogram" not in steps(BROW, see("report.audiogram", "normal", "left"))


@pytest.mark.parametrize("test", ["mri", "angiography"])
def test_contrast_kidneys_and_pregnancy_are_asked_before_contrast(test):
    ectasia = see("imaging.aneurysm_or_ectasia", "seen", "left")
    asked = steps(BROW, ectasia)[test].cautions
    wanted = {"contrast_allergy_unknown", "renal_function_unknown", "pregnancy_unknown"}
    assert wanted <= set(asked)
    known = (
        see("history.contrast_allergy", "present"),
        see("history.renal_impairment", "absent"),
        see("history.pregnancy", "absent"),
    )
    settled = set(steps(BROW, ectasia, *known)[test].cautions)
    assert "contrast_allergy_present" in settled
    assert not settled & {"renal_function_unknown", "pregnancy_unknown"}
    assert "pregnancy_unknown" not in steps(BROW, ectasia, sex="male")[test].cautions


def test_a_test_that_is_done_is_not_suggested_again():
    assert "blink_reflex" in steps(clinic="community")
    done = see("emg.blink_reflex_synkinesis", "absent", "left", origin="reported")
    assert "blink_reflex" not in steps(done, clinic="community")


def test_tests_of_the_ranking_come_in_order_of_their_expected_gain():
    chart = chart_of(clinic="community")
    found = rank_differential(chart, side=Side.LEFT)
    bits = [
        step.information_bits
        for step in suggest_work_up(chart, found, ())
        if step.information_bits is not None
    ]
    assert len(bits) >= 4
    assert bits == sorted(bits, reverse=True)


def test_a_machine_is_expected_to_tell_less_than_an_examiner():
    shares = np.full(14, 1 / 14)
    feature = FEATURES["other_babinski"]
    machine = next(r.detector for r in feature.readings if r.detector)
    gains = [
        expected_gain(
            shares, [outcome_table(feature, d, shares)],
            enumerate_up_to=99, samples_per_class=1, seed=0,
        ).bits
        for d in (None, machine)
    ]  # fmt: skip
    assert gains[0] > gains[1] > 0


def test_sampling_agrees_with_counting_out_every_outcome():
    shares = np.arange(1, 15) / np.arange(1, 15).sum()
    names = ("other_babinski", "synkinesis", "mouth_corner", "tonic", "jaw_closing")
    tables = [outcome_table(FEATURES[name], None, shares) for name in names]
    exact = expected_gain(shares, tables, enumerate_up_to=10_000, samples_per_class=1, seed=0)
    drawn = expected_gain(shares, tables, enumerate_up_to=1, samples_per_class=4000, seed=0)
    assert drawn.bits == pytest.approx(exact.bits, rel=0.03)
    assert drawn.by_class == pytest.approx(exact.by_class, rel=0.15, abs=0.002)


def test_a_test_without_any_difference_between_classes_tells_nothing():
    flat = [np.full((14, 2), 0.5)]
    gain = expected_gain(np.full(14, 1 / 14), flat, enumerate_up_to=9, samples_per_class=1, seed=0)
    assert gain.bits == pytest.approx(0, abs=1e-12)
