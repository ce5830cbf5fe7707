"""Gates: each fires on what it is for, on nothing else, and never on what is unknown."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError
from reason_charts import DAY, UNTREATED, chart, operation, seen, toxin

from hemispasm.evidence import load_evidence, lookup_evidence
from hemispasm.model.finding import Origin
from hemispasm.model.plan.gates import Urgency
from hemispasm.model.side import Side
from hemispasm.model.texts import load_texts, lookup_text
from hemispasm.model.treatment import Treatments
from hemispasm.model.vocabulary import lookup_code
from hemispasm.reason.conditions import Condition, load_thresholds
from hemispasm.reason.gates import GateRule, fire_gates, load_gate_rules

PRESENT_ALONE = [
    ("history.sudden_deficit", "present", None, "stroke", "emergency"),
    ("history.deficit_resolved", "present", None, "stroke", "emergency"),
    ("history.swallowing_or_breathing_trouble", "present", None, "breathing_or_swallowing",
     "emergency"),
    ("history.drowsiness", "present", None, "raised_pressure", "emergency"),
    ("history.new_headache", "present", None, "raised_pressure", "emergency"),
    ("exam.papilloedema", "present", "left", "raised_pressure", "emergency"),
    ("exam.awareness", "abnormal", None, "raised_pressure", "emergency"),
    ("history.seizure", "present", None, "seizure_generalised", "emergency"),
    ("history.spread_to_tongue_or_limb", "present", None, "focal_seizure", "urgent"),
    ("exam.tongue_or_limb_involved", "present", None, "focal_seizure", "urgent"),
    ("history.impaired_awareness", "present", None, "focal_seizure", "urgent"),
    ("history.postictal_weakness", "present", None, "focal_seizure", "urgent"),
    ("report.eeg", "epileptiform", None, "focal_seizure", "urgent"),
    ("exam.rhythmic_movement", "present", None, "focal_seizure", "urgent"),
    ("history.brief_face_arm_attacks", "present", None, "faciobrachial_seizure", "urgent"),
    ("history.watery_nose_or_ear", "present", None, "csf_leak", "urgent"),
    ("exam.wound", "leaking", None, "csf_leak", "urgent"),
    ("exam.wound", "inflamed", None, "csf_leak", "urgent"),
    ("history.sudden_hearing_loss", "present", "right", "sudden_hearing_loss", "urgent"),
    ("history.incomplete_eye_closure", "present", "left", "eye_at_risk", "urgent"),
    ("history.eye_pain", "present", "left", "eye_at_risk", "urgent"),
    ("history.new_facial_weakness", "present", "left", "new_facial_weakness", "urgent"),
    ("history.limb_weakness", "present", None, "other_neurological_signs", "urgent"),
    ("history.gait_change", "present", None, "other_neurological_signs", "urgent"),
    ("history.bladder_or_bowel_change", "present", None, "other_neurological_signs", "urgent"),
    ("history.memory_change", "present", None, "other_neurological_signs", "urgent"),
    ("history.fever", "present", None, "other_neurological_signs", "urgent"),
    ("history.double_vision", "present", None, "other_neurological_signs", "urgent"),
    ("exam.papilloedema", "present", "left", "other_neurological_signs", "urgent"),
    ("exam.speech", "abnormal", None, "other_neurological_signs", "urgent"),
    ("exam.cognition", "abnormal", None, "other_neurological_signs", "urgent"),
    ("exam.reflexes", "abnormal", "left", "other_neurological_signs", "urgent"),
    ("exam.plantar_response", "extensor", "left", "other_neurological_signs", "urgent"),
    ("exam.eye_movements", "abnormal", None, "other_neurological_signs", "urgent"),
    ("exam.tongue", "abnormal", None, "other_neurological_signs", "urgent"),
    ("exam.gait", "abnormal", None, "other_neurological_signs", "urgent"),
    ("exam.limb_power", "reduced", "right", "other_neurological_signs", "urgent"),
    ("history.hearing_loss", "present", "left", "hearing_or_balance", "soon"),
    ("history.tinnitus", "present", "left", "hearing_or_balance", "soon"),
    ("history.vertigo", "present", None, "hearing_or_balance", "soon"),
    ("exam.hearing", "reduced", "left", "hearing_or_balance", "soon"),
    ("history.facial_numbness", "present", "left", "facial_sensation", "soon"),
    ("exam.corneal_reflex", "reduced", "left", "facial_sensation", "soon"),
    ("exam.corneal_reflex", "absent", "left", "facial_sensation", "soon"),
    ("exam.facial_sensation", "reduced", "left", "facial_sensation", "soon"),
    ("history.trigeminal_pain", "present", "left", "trigeminal_pain", "soon"),
    ("history.facial_weakness_untreated", "present", "left", "weakness_before_treatment", "soon"),
    ("history.onset_age", 39.0, None, "young_onset", "soon"),
    ("exam.undulating_movement", "present", "left", "myokymia", "soon"),
    ("emg.myokymic_discharges", "present", "left", "myokymia", "soon"),
    ("exam.tonic_contraction", "present", "left", "tonic_spasm", "soon"),
    ("history.onset_course", "rapid", None, "rapid_growth", "soon"),
    ("history.known_cancer", "present", None, "known_cancer", "soon"),
    ("history.known_tumour", "present", "left", "known_tumour", "soon"),
    ("imaging.cpa_mass", "seen", "left", "known_tumour", "soon"),
    ("imaging.radiologist_report", "secondary_cause", None, "other_cause_seen", "soon"),
    ("imaging.vascular_malformation", "seen", "left", "other_cause_seen", "soon"),
    ("imaging.aneurysm_or_ectasia", "seen", "left", "other_cause_seen", "soon"),
    ("imaging.brainstem_lesion", "seen", "left", "other_cause_seen", "soon"),
    ("history.neck_stiffness", "present", None, "other_neurological_signs", "urgent"),
    ("exam.facial_power", "reduced", "left", "weakness_treatment_unknown", "check"),
    ("scale.house_brackmann", 2.0, "left", "weakness_treatment_unknown", "check"),
    ("history.known_ms", "present", None, "known_ms", "soon"),
    ("imaging.demyelination", "seen", None, "known_ms", "soon"),
    ("history.side_switching", "present", None, "bilateral_or_switching", "check"),
    ("exam.asynchronous_bilateral", "present", None, "bilateral_or_switching", "check"),
    ("exam.shifting_side", "present", None, "bilateral_or_switching", "check"),
    ("history.spasm", "present", "both", "bilateral_or_switching", "check"),
    ("video.affected_side", "both", None, "bilateral_or_switching", "check"),
    ("emg.affected_side", "both", None, "bilateral_or_switching", "check"),
    ("history.first_site", "mouth", "left", "lower_face_onset", "check"),
    ("history.first_site", "chin_or_neck", "left", "lower_face_onset", "check"),
    ("exam.lower_face_only", "present", "left", "lower_face_onset", "check"),
    ("history.prior_facial_palsy", "present", "left", "post_paralytic", "check"),
    ("history.facial_nerve_injury", "present", "left", "post_paralytic", "check"),
    ("exam.jaw_closing_spasm", "present", "left", "hemimasticatory", "check"),
    ("emg.masseter_discharges", "present", "left", "hemimasticatory", "check"),
    ("exam.skin_atrophy", "present", "left", "hemimasticatory", "check"),
    ("history.dopamine_blocker", "present", None, "dopamine_blocker", "check"),
    ("exam.palatal_movement", "present", None, "palatal_movement", "check"),
]  # fmt: skip
NAMES = [f"{code}={value} gives {gate}" for code, value, _, gate, _ in PRESENT_ALONE]
EMERGENCIES = [rule for rule in load_gate_rules() if rule.urgency is Urgency.EMERGENCY]
SPREAD = "history.swallowing_or_breathing_trouble"


def codes(made):
    return [gate.code for gate in fire_gates(made)]


@pytest.mark.parametrize(("code", "value", "side", "gate", "urgency"), PRESENT_ALONE, ids=NAMES)
def test_one_finding_fires_its_gate_with_itself_as_the_reason(code, value, side, gate, urgency):
    made = chart(seen(code, value, side))
    fired = {each.code: each for each in fire_gates(made)}[gate]
    assert fired.urgency == urgency
    assert [b.code for b in fired.because] == [code]
    assert fired.because[0].value == value
    assert fired.because[0].day == DAY


@pytest.mark.parametrize(("code", "value", "side", "gate", "urgency"), PRESENT_ALONE, ids=NAMES)
def test_the_same_finding_not_assessable_fires_nothing(code, value, side, gate, urgency):
    assert codes(chart(seen(code, value, side, quality="not_assessable"))) == []


@pytest.mark.parametrize(("code", "value", "side", "gate", "urgency"), PRESENT_ALONE, ids=NAMES)
def test_every_gate_keeps_to_its_side_when_the_patient_is_mirrored(
    code, value, side, gate, urgency
):
    made = chart(seen(code, value, side))
    swapped = {None: None, Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT, Side.BOTH: Side.BOTH}
    expected = [(g.code, swapped[g.side]) for g in fire_gates(made)]
    assert [(g.code, g.side) for g in fire_gates(made.mirrored())] == expected


def test_the_table_above_knows_every_gate_that_one_finding_can_fire():
    alone = {gate for _, _, _, gate, _ in PRESENT_ALONE}
    together = {"toxin_spread", "meningitis", "delayed_facial_palsy", "side_conflict"}
    assert alone | together == {rule.code for rule in load_gate_rules()}


def test_nothing_known_fires_nothing():
    assert fire_gates(chart()) == ()


def test_every_question_answered_with_no_fires_nothing():
    absent = [
        seen(part.code, "absent", "left" if lookup_code(part.code).sided else None)
        for rule in load_gate_rules()
        for condition in rule.any_of
        for part in condition.parts()
        if part.code and "absent" in lookup_code(part.code).values
        and part.values == ("present",)
    ]  # fmt: skip
    assert len(absent) > 30
    assert codes(chart(*absent)) == []


@pytest.mark.parametrize("rule", EMERGENCIES, ids=lambda rule: rule.code)
def test_a_machine_alone_makes_no_emergency(rule):
    for condition in rule.any_of:
        for part in condition.parts():
            if part.code is None:
                continue
            side = "left" if lookup_code(part.code).sided else None
            machine = seen(part.code, part.values[0], side, origin=Origin.MEASURED)
            given = Treatments(toxin=(toxin(5),), operations=(operation(5),))
            assert codes(chart(machine, treatments=given)) == []


def test_a_rule_that_let_a_machine_make_an_emergency_is_refused():
    measured = {"code": "emg.rhythmic_discharges", "is": ["present"], "measured": True}
    rule = {"code": "x", "urgency": "emergency", "any_of": [measured]}
    with pytest.raises(ValidationError, match="machine"):
        GateRule.model_validate(rule)


def test_a_rule_with_a_value_that_cannot_be_is_refused():
    with pytest.raises(ValidationError, match="never takes"):
        Condition.model_validate({"code": "history.seizure", "is": ["yes"]})


def test_emergencies_come_first_whatever_the_order_of_the_chart():
    findings = [
        seen("history.dopamine_blocker"),
        seen("history.vertigo"),
        seen("history.watery_nose_or_ear"),
        seen("history.seizure"),
        seen("history.sudden_deficit"),
    ]
    wanted = ["stroke", "seizure_generalised", "csf_leak", "hearing_or_balance", "dopamine_blocker"]
    assert codes(chart(*findings)) == wanted
    assert codes(chart(*reversed(findings))) == wanted


def test_a_later_no_closes_a_gate_and_a_later_silence_does_not():
    early = seen("history.seizure", days=-30)
    assert codes(chart(early, seen("history.vertigo", "absent"))) == ["seizure_generalised"]
    assert codes(chart(early, seen("history.seizure", "absent"))) == []


def test_a_no_on_one_side_does_not_close_the_other():
    made = chart(
        seen("history.hearing_loss", side="left", days=-30),
        seen("history.hearing_loss", "absent", side="right"),
    )
    (gate,) = fire_gates(made)
    assert (gate.code, gate.side) == ("hearing_or_balance", Side.LEFT)


def test_a_yes_beside_a_no_on_one_day_fires():
    made = chart(seen("history.seizure", "absent"), seen("history.seizure"))
    assert codes(made) == ["seizure_generalised"]


def test_every_finding_that_fires_a_gate_is_listed_and_both_sides_are_both():
    made = chart(
        seen("history.tinnitus", side="left"),
        seen("history.hearing_loss", side="right"),
        seen("history.vertigo"),
    )
    (gate,) = fire_gates(made)
    assert {b.code for b in gate.because} == {
        "history.tinnitus", "history.hearing_loss", "history.vertigo",
    }  # fmt: skip
    assert gate.side is Side.BOTH


# Sides.


def test_a_palsy_of_the_other_side_is_not_post_paralytic():
    spasm = seen("history.spasm", side="left")
    assert codes(chart(spasm, seen("history.prior_facial_palsy", side="right"))) == []
    assert codes(chart(spasm, seen("history.prior_facial_palsy", side="left"))) == [
        "post_paralytic"
    ]
    assert codes(chart(seen("history.prior_facial_palsy", side="right"))) == ["post_paralytic"]


def test_sources_that_disagree_on_the_side_fire_a_check_with_every_statement():
    made = chart(seen("history.spasm", side="left"), seen("video.affected_side", "right"))
    (gate,) = fire_gates(made)
    assert (gate.code, gate.urgency, gate.side) == ("side_conflict", Urgency.CHECK, None)
    assert {b.code for b in gate.because} == {"history.spasm", "video.affected_side"}


def test_blepharospasm_is_not_a_gate_of_both_sides():
    assert codes(chart(seen("exam.bilateral_lid_spasm"))) == []


def test_a_side_that_changed_between_visits_is_checked():
    made = chart(seen("exam.spasm", side="left", days=-90), seen("exam.spasm", side="right"))
    assert codes(made) == ["side_conflict", "bilateral_or_switching"]


def test_hearing_reduced_on_both_sides_alike_is_no_lesion_of_one():
    both = [seen("exam.hearing", "reduced", side) for side in ("left", "right")]
    assert codes(chart(*both)) == []
    assert codes(chart(seen("exam.hearing", "reduced", "both"))) == []


# Seizures.


def test_a_rhythm_that_is_only_told_needs_one_more_sign():
    told = seen("history.rhythmic_jerking")
    assert codes(chart(told)) == []
    assert codes(chart(told, seen("emg.rhythmic_discharges", side="left"))) == ["focal_seizure"]
    assert codes(chart(told, seen("history.spread_to_tongue_or_limb"))) == ["focal_seizure"]


def test_rhythmic_discharges_that_a_machine_found_do_not_fire_alone():
    assert codes(chart(seen("emg.rhythmic_discharges", side="left"))) == []


def test_low_sodium_with_a_memory_change_is_enough_for_faciobrachial_seizures():
    made = chart(seen("report.low_sodium"), seen("history.memory_change"))
    assert "faciobrachial_seizure" in codes(made)
    assert "faciobrachial_seizure" not in codes(chart(seen("report.low_sodium")))


def test_a_normal_eeg_closes_no_gate():
    made = chart(seen("history.postictal_weakness"), seen("report.eeg", "normal"))
    assert codes(made) == ["focal_seizure"]


def test_typical_spasm_fires_nothing():
    made = chart(
        seen("history.spasm", side="left"),
        seen("history.first_site", "lower_lid", "left"),
        seen("history.onset_course", "gradual"),
        seen("history.onset_age", 52.0),
        seen("exam.spasm", side="left"),
        seen("exam.other_babinski", side="left"),
        seen("exam.synchronous_bursts", side="left"),
        seen("exam.facial_power", "normal", "left"),
        seen("video.affected_side", "left"),
        seen("history.ear_click", side="left"),
        treatments=UNTREATED,
    )
    assert codes(made) == []


def test_what_lies_after_the_day_of_the_chart_is_not_seen():
    later = seen("history.seizure", days=10)
    assert codes(chart(later, as_of=date(2026, 3, 5))) == []


# Words and sources.


@pytest.mark.parametrize("rule", load_gate_rules(), ids=lambda rule: rule.code)
def test_every_gate_has_its_words_and_its_sources(rule):
    for part in ("title", "reason", "action"):
        assert len(lookup_text(f"gate.{rule.code}.{part}")) > 4
    assert set(rule.evidence) <= set(load_evidence())
    assert rule.evidence or rule.expert_rule
    if rule.urgency is Urgency.EMERGENCY:
        assert "{emergency}" in lookup_text(f"gate.{rule.code}.action")


def test_every_threshold_names_its_source():
    for threshold in load_thresholds().values():
        for source in threshold.source:
            assert source == "expert_rule" or source in load_evidence()


def test_gate_words_print_published_numbers_only_by_key_and_reassure_nobody():
    soothing = re.compile(
        r"no emergency|not an emergency|harmless|no danger|nothing to worry|is safe|ruled out",
        re.IGNORECASE,
    )
    for key, text in load_texts().items():
        if not key.startswith(("gate.", "refusal.", "cause.", "causes.", "severity.")):
            continue
        for evidence in re.findall(r"\{=([^}]+)\}", text):
            lookup_evidence(evidence)
        assert not re.search(r"\d", re.sub(r"\{=[^}]+\}", "", text)), key
        assert not soothing.search(text), key


def test_the_page_on_gates_lists_every_gate_with_its_urgency():
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "gates.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \|$", page, re.MULTILINE)
    assert rows == [
        (rule.code, str(rule.urgency), lookup_text(f"gate.{rule.code}.title"))
        for rule in load_gate_rules()
    ]
    for name in ("toxin_effect_until", "infection_until", "pregnancy_until", "young_onset_age"):
        assert f"{load_thresholds()[name].number:g}" in page
