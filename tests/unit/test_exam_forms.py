"""The forms ask for every code once, with words for every answer, and copy no protected item."""

from __future__ import annotations

import re

import pytest

from hemispasm.evidence import load_sources
from hemispasm.model import Origin, load_vocabulary
from hemispasm.model.exam import check_value
from hemispasm.model.form import FORM_NAMES, load_forms, load_questions, table_questions

QUESTIONS = load_questions()
FORMS = load_forms()
ASKED = {"exam", "emg", "imaging"}
PROTECTED = ("hfs7", "hfs8", "hfs30", "hfs36", "bsdi", "sf36_physical", "sf36_mental", "eq5d_index")


def test_every_code_of_exam_emg_and_imaging_is_asked_in_exactly_one_form():
    codes = [q.code for form in FORMS.values() for q in form.questions]
    vocabulary = load_vocabulary().items()
    wanted = {c for c, d in vocabulary if d.instrument in ASKED and not d.measured_only}
    assert sorted(codes) == sorted(wanted | {"history.onset"})


def test_codes_stand_in_the_form_of_their_kind():
    kinds = {
        "imaging_report": {"imaging"},
        "emg_report": {"emg"},
        "other_reports": {"report"},
        "scales": {"scale"},
        "patient_scores": {"scale"},
        "preferences": {"preference"},
        "examination": {"exam"},
        "history": {"history"},
        "treatment_safety": {"history"},
        "follow_up": {"history", "exam"},
    }
    assert set(kinds) == set(FORM_NAMES)
    for name, form in FORMS.items():
        assert {q.code.partition(".")[0] for q in form.questions} == kinds[name], name


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_has_words_and_something_to_answer(question):
    assert question.wording
    assert question.help
    if question.kind == "choice":
        assert len(question.options) >= 2
        assert question.values == load_vocabulary()[question.code].values
    elif question.kind == "number":
        assert question.minimum < question.maximum
    assert all(option.words and option.plain for option in question.options)


def test_whatever_a_patient_answers_is_asked_in_plain_words():
    told = [q for q in QUESTIONS.values() if q.code.startswith(("history.", "preference."))]
    silent = [q.code for q in told if not q.plain and q.origin is Origin.TOLD]
    assert silent == []
    assert all(len(q.plain.split()) <= 20 for q in told)


def test_who_found_it_follows_from_the_kind_of_question():
    judged = {"history.fit_for_anaesthesia"}
    for form in FORMS.values():
        for question in form.questions:
            kind = question.code.partition(".")[0]
            if kind in ("imaging", "emg", "report"):
                assert question.origin is Origin.REPORTED
            elif kind == "exam" or form.name == "scales" or question.code in judged:
                assert question.origin is Origin.EXAMINED
            else:
                assert question.origin is Origin.TOLD


@pytest.mark.parametrize("name", PROTECTED)
def test_a_protected_questionnaire_is_a_score_with_its_rights_and_without_items(name):
    question = QUESTIONS[f"scale.{name}"]
    assert question.options == ()
    assert question.plain == ""
    assert "The items are not reproduced" in question.rights


def test_the_range_of_a_scale_is_the_one_that_its_definition_states():
    for question in QUESTIONS.values():
        definition = load_vocabulary().get(question.code)
        if definition is None or not question.code.startswith("scale."):
            continue
        stated = re.search(r"(-?\d+)[^\d]*? to (-?\d+)", definition.definition.partition(", ")[2])
        stated = stated or re.search(r"(-?\d+)[^\d]*? to (\d+)", definition.definition)
        assert stated, definition.definition
        assert [question.minimum, question.maximum] == [float(x) for x in stated.groups()]


def test_anchors_of_a_scale_lie_on_its_grades_and_say_that_the_wording_is_ours():
    for question in QUESTIONS.values():
        if question.kind == "number" and question.options:
            grades = range(int(question.minimum), int(question.maximum) + 1)
            assert [o.value for o in question.options] == [str(g) for g in grades]
            assert question.rights.startswith("Own wording")


def test_a_scale_known_from_memory_only_shows_no_anchors():
    assert QUESTIONS["scale.cohen_albert"].options == ()


def test_every_publication_that_a_form_names_is_among_the_sources():
    named = {q.source for q in QUESTIONS.values() if q.source}
    assert named <= set(load_sources())


def test_a_condition_names_a_question_and_one_of_its_answers():
    conditions = [q.shows_if for q in QUESTIONS.values() if q.shows_if]
    assert conditions
    for condition in conditions:
        assert check_value(QUESTIONS[condition.code], condition.value) == condition.value


def test_what_a_form_adds_from_another_one_exists():
    for form in FORMS.values():
        for entry in form.also:
            name, _, section = entry.partition(".")
            assert section in {s.name for s in FORMS[name].sections}


def test_only_a_radiologist_may_exclude_a_secondary_cause():
    assert QUESTIONS["imaging.radiologist_report"].by == ("radiologist",)


def test_no_short_name_means_two_things_in_one_table():
    for table, questions in table_questions().items():
        for name, question in questions.items():
            assert question.name == name, table


def test_the_alarm_signs_are_asked_before_anything_else():
    assert next(iter(FORMS.values())).sections[0].name == "alarm"
