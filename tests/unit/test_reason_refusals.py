"""Every line of what must not be said: withheld where it must be, and only there."""

from __future__ import annotations

import ast
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from reason_charts import DAY, UNTREATED, chart, operation, seen

import hemispasm
from hemispasm.model.finding import Origin
from hemispasm.model.side import Side
from hemispasm.model.texts import load_texts, lookup_text
from hemispasm.model.treatment import Treatments
from hemispasm.reason.gates import fire_gates
from hemispasm.reason.refusals import (
    RefusalRule,
    load_refusal_rules,
    refuse_outputs,
    withheld_by,
)

SOURCE = Path(hemispasm.__file__).parent
PREDICTIONS = (
    "mvd_figures", "relief_curve", "lateral_spread_update", "toxin_forecast", "untreated_course",
    "ranking",
)  # fmt: skip
FIRST_OPERATION = ("mvd_figures", "relief_curve", "lateral_spread_update", "ranking")
LEFT = seen("history.spasm", side="left")
REPORT = "imaging.radiologist_report"
ONE = Treatments(operations=(operation(100, side=Side.LEFT),))
TWO = Treatments(operations=(operation(900, side=Side.LEFT), operation(100, side=Side.LEFT)))
RECURRED = Treatments(
    operations=(operation(100, side=Side.LEFT, recurrence_day=DAY - timedelta(days=10)),)
)
EACH_SIDE = Treatments(operations=(operation(900, side=Side.LEFT), operation(100, side=Side.RIGHT)))

# line, code of the refusal, outputs, a chart that is refused, a chart that is not
TABLE = [
    ("children", "child", ("differential", *PREDICTIONS),
     chart(LEFT, seen("history.age", 17.0)), chart(LEFT, seen("history.age", 18.0))),
    ("children, by the year of birth", "child", ("differential", *PREDICTIONS),
     chart(LEFT, birth_year=2008), chart(LEFT, birth_year=2007)),
    ("children: age unknown", "child", ("differential",),
     chart(LEFT, birth_year=2015), chart(LEFT)),
    ("children: an age told at the label's twelve years", "child", ("toxin_forecast",),
     chart(LEFT, seen("history.age", 13.0)), chart(LEFT, seen("history.age", 60.0))),
    ("children: an age told years ago has grown", "child", ("differential",),
     chart(LEFT, seen("history.age", 16.0, days=-300)),
     chart(LEFT, seen("history.age", 17.0, days=-800))),
    ("pregnancy", "pregnancy", PREDICTIONS,
     chart(LEFT, seen("history.pregnancy")), chart(LEFT, seen("history.pregnancy", "absent"))),
    ("pregnancy: an old answer", "pregnancy", PREDICTIONS,
     chart(LEFT, seen("history.pregnancy", days=-200)),
     chart(LEFT, seen("history.pregnancy", days=-400))),
    ("post-paralytic", "post_paralytic", PREDICTIONS,
     chart(LEFT, seen("history.prior_facial_palsy", side="left")),
     chart(LEFT, seen("history.prior_facial_palsy", side="right"))),
    ("post-paralytic: injury", "post_paralytic", PREDICTIONS,
     chart(LEFT, seen("history.facial_nerve_injury", side="left")),
     chart(LEFT, seen("history.facial_nerve_injury", "absent", side="left"))),
    ("tumour", "tumour", (*PREDICTIONS, "secondary_excluded"),
     chart(LEFT, seen("history.known_tumour", side="left")),
     chart(LEFT, seen("history.known_tumour", "absent", side="left"))),
    ("tumour on the other side, seen on imaging", "tumour", PREDICTIONS,
     chart(LEFT, seen("imaging.cpa_mass", "seen", "right")),
     chart(LEFT, seen("imaging.cpa_mass", "not_seen", "right"))),
    ("another reported cause", "secondary_cause", (*PREDICTIONS, "secondary_excluded"),
     chart(LEFT, seen(REPORT, "secondary_cause")),
     chart(LEFT, seen(REPORT, "no_secondary_cause"))),
    ("redo: told", "redo", FIRST_OPERATION,
     chart(LEFT, seen("history.prior_decompression", side="left")),
     chart(LEFT, seen("history.prior_decompression", side="right"))),
    ("redo: two on record", "redo", FIRST_OPERATION,
     chart(LEFT, treatments=TWO), chart(LEFT, treatments=ONE)),
    ("redo: one on each side", "redo", FIRST_OPERATION,
     chart(LEFT, treatments=TWO), chart(treatments=EACH_SIDE)),
    ("redo: told before the one on record", "redo", FIRST_OPERATION,
     chart(LEFT, seen("history.prior_decompression", side="left", days=-200), treatments=ONE),
     chart(LEFT, seen("history.prior_decompression", side="left"), treatments=ONE)),
    ("redo: a recorded recurrence", "redo", FIRST_OPERATION,
     chart(LEFT, treatments=RECURRED), chart(LEFT, treatments=ONE)),
    ("redo: a next one", "second_operation", ("mvd_option_figures", "ranking"),
     chart(LEFT, treatments=ONE), chart(LEFT, treatments=UNTREATED)),
    ("tumour excluded without a report", "no_radiologist_report", ("secondary_excluded",),
     chart(LEFT), chart(LEFT, seen(REPORT, "no_secondary_cause"))),
    ("tumour excluded: told by the patient", "no_radiologist_report", ("secondary_excluded",),
     chart(LEFT, seen(REPORT, "no_secondary_cause", origin=Origin.TOLD)),
     chart(LEFT, seen(REPORT, "no_secondary_cause", origin=Origin.REPORTED))),
    ("tumour excluded: read by a machine", "no_radiologist_report", ("secondary_excluded",),
     chart(LEFT, seen(REPORT, "no_secondary_cause", origin=Origin.MEASURED)),
     chart(LEFT, seen(REPORT, "no_secondary_cause"))),
    ("ranking without values", "no_stated_values", ("ranking_without_values",),
     chart(LEFT, seen("preference.avoid_surgery", "not")),
     chart(LEFT, seen("preference.avoid_surgery", "most"))),
    ("an open emergency", "emergency", ("ranking",),
     chart(LEFT, seen("history.seizure")), chart(LEFT, seen("history.vertigo"))),
    ("a side in dispute", "side_conflict", ("ranking",),
     chart(LEFT, seen("exam.spasm", side="right")), chart(LEFT, seen("exam.spasm", side="left"))),
]  # fmt: skip
LINES = [row[0] for row in TABLE]


def refused(made):
    return {each.code: each for each in refuse_outputs(made, fire_gates(made))}


@pytest.mark.parametrize(("line", "code", "outputs", "withheld", "shown"), TABLE, ids=LINES)
def test_the_line_withholds_its_outputs_where_it_applies_and_only_there(
    line, code, outputs, withheld, shown
):
    refusal = refused(withheld)[code]
    assert set(outputs) <= set(refusal.outputs)
    assert not refusal.standing
    assert code not in refused(shown)


@pytest.mark.parametrize(("line", "code", "outputs", "withheld", "shown"), TABLE, ids=LINES)
def test_the_line_holds_for_the_mirrored_patient_as_well(line, code, outputs, withheld, shown):
    assert code in refused(withheld.mirrored())
    assert code not in refused(shown.mirrored())


def test_every_rule_for_some_patients_stands_in_the_table():
    conditional = {rule.code for rule in load_refusal_rules() if not rule.standing}
    assert conditional == {row[1] for row in TABLE}


def test_every_refusal_shows_the_finding_that_made_it():
    for _, code, _, withheld, _ in TABLE:
        refusal = refused(withheld)[code]
        asks_for_absence = code in ("no_radiologist_report", "no_stated_values")
        assert bool(refusal.because) is not asks_for_absence, code


def test_a_typical_adult_with_a_report_and_values_loses_nothing():
    made = chart(
        LEFT,
        seen("history.age", 55.0),
        seen("history.pregnancy", "absent"),
        seen(REPORT, "no_secondary_cause"),
        seen("preference.lasting_relief", "most"),
        treatments=UNTREATED,
    )
    refusals = refuse_outputs(made, fire_gates(made))
    assert all(refusal.standing for refusal in refusals)
    for output in (*PREDICTIONS, "differential", "secondary_excluded", "mvd_option_figures"):
        assert withheld_by(refusals, output) == ()


def test_the_first_operation_keeps_its_course_and_loses_only_the_figures_of_another():
    refusals = refused(chart(LEFT, treatments=ONE))
    assert "redo" not in refusals
    assert set(refusals["second_operation"].outputs) == {"mvd_option_figures", "ranking"}


def test_an_emergency_hides_nothing_from_the_clinician():
    assert refused(chart(seen("history.seizure")))["emergency"].outputs == ("ranking",)


def test_what_is_never_said_is_refused_for_everybody():
    standing = {code for code, each in refused(chart()).items() if each.standing}
    assert standing == {
        "individual_cure", "dose_or_conversion", "autonomous_diagnosis", "vessel_is_not_diagnosis",
        "severity_is_not_outcome", "age_is_no_bar", "ancestry_or_sex", "seizure_not_excluded",
        "no_reassurance",
    }  # fmt: skip


def test_an_output_nobody_knows_cannot_be_asked_for():
    with pytest.raises(ValueError, match="not an output"):
        withheld_by((), "cure_chance")
    with pytest.raises(ValidationError, match="not outputs"):
        RefusalRule(code="x", line="x", outputs=("cure_chance",), standing=True)


@pytest.mark.parametrize("rule", load_refusal_rules(), ids=lambda rule: rule.code)
def test_every_refusal_has_a_sentence(rule):
    assert lookup_text(f"refusal.{rule.code}").endswith(".")


def test_the_age_of_an_old_answer_moves_with_the_day_of_the_chart():
    told = seen("history.age", 17.0)
    assert "child" in refused(chart(told, as_of=DAY))
    assert "child" in refused(chart(told, as_of=date(2026, 12, 31)))
    assert "child" not in refused(chart(told, as_of=date(2027, 3, 2)))


# What no code and no sentence may do.

FORBIDDEN = {
    "emergency reassurance": r"\b(?:no|not an) emergency\b|\bharmless\b|\bnothing to worry\b",
    "individual cure": r"\byour (?:own )?chance of (?:a )?cure\b|\bwill be cured\b",
    "autonomous diagnosis": r"diagnosis is (?:hemi|clear|certain|confirmed)|has hemifacial spasm\.",
    "seizure excluded": r"\bseizures? (?:is|are|was|were|can be) excluded\b",
    "dose": r"\b(?:inject|give|increase|reduce) \{?\w*\}? ?units\b|\bequivalent units\b",
    "conversion": r"\bunits (?:equal|correspond to|convert to)\b",
    "tumour excluded": r"\b(?:tumour|secondary cause) (?:is|was|has been) excluded\b",
}
DENIALS = {
    "emergency reassurance": "does not mean that there is no emergency",
    "tumour excluded": "Nobody may say that a secondary cause is excluded",
}
"""What may hold the words because it denies them."""


@pytest.mark.parametrize("line", FORBIDDEN)
def test_no_sentence_of_the_product_says_it(line):
    found = []
    for key, text in load_texts().items():
        said = text.replace(DENIALS.get(line, "\0"), "")
        if re.search(FORBIDDEN[line], said, re.IGNORECASE):
            found.append(key)
    assert found == []


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("emergency reassurance", "This is not an emergency."),
        ("individual cure", "Your chance of cure is high."),
        ("autonomous diagnosis", "The diagnosis is confirmed."),
        ("seizure excluded", "A seizure is excluded."),
        ("dose", "Increase {n} units at the next visit."),
        ("conversion", "These units correspond to others."),
        ("tumour excluded", "A secondary cause has been excluded."),
    ],
)
def test_the_scan_would_catch_such_a_sentence(line, sentence):
    assert re.search(FORBIDDEN[line], sentence, re.IGNORECASE)


def functions():
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield path.name, node


def test_no_function_converts_or_suggests_a_dose():
    banned = re.compile(r"(convert|equivalent).*(unit|dose|toxin)|(suggest|recommend).*dose|dose_")
    assert [(file, f.name) for file, f in functions() if banned.search(f.name)] == []


def test_no_function_gives_one_person_a_chance_of_cure():
    banned = re.compile(r"cure_(probability|chance)|(probability|chance)_of_cure|predict_cure")
    assert [(file, f.name) for file, f in functions() if banned.search(f.name)] == []


def strings_of(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    } | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


TREATING = sorted(
    path
    for path in (SOURCE / "reason").glob("*.py")
    if path.stem.startswith(("option", "mvd", "values", "operation", "toxin", "course"))
)


def test_the_rooms_that_treat_exist_for_the_scans_below():
    assert [path.name for path in TREATING] != []


@pytest.mark.parametrize("path", TREATING, ids=lambda path: path.name)
def test_nothing_that_treats_reads_ancestry_or_sex(path):
    assert not {"sex", "ancestry", "history.ancestry", "birth_year"} & strings_of(path)


@pytest.mark.parametrize("path", TREATING, ids=lambda path: path.name)
def test_nothing_that_treats_withholds_by_age(path):
    assert not {"history.age", "age_now", "record.age", "history.onset_age"} & strings_of(path)


@pytest.mark.parametrize(
    "path", [p for p in TREATING if p.stem.startswith(("mvd", "operation"))], ids=lambda p: p.name
)
def test_nothing_on_decompression_reads_severity(path):
    read = {s for s in strings_of(path) if s.startswith(("scale.", "video."))}
    assert read <= {"scale.kondo_effect", "scale.kondo_complication", "scale.kondo_total",
                    "scale.house_brackmann"}  # fmt: skip


@pytest.mark.parametrize("name", ["option", "options", "mvd"])
def test_no_rule_table_of_treatment_reads_age_sex_or_ancestry(name):
    path = SOURCE / "reason" / "data" / f"{name}.toml"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    rules = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    assert not re.search(r'"(history\.age|history\.onset_age|record\.age|case\.sex)"', rules)


def test_a_vessel_at_the_nerve_leaves_every_class_standing():
    made = chart(LEFT, seen("imaging.vessel_contact", "present", "left"))
    assert "vessel_is_not_diagnosis" in refused(made)
