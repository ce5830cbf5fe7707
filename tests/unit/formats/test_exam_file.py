"""`exam.toml` as people write it: every code survives the file, every slip is named."""

from __future__ import annotations

import tomllib
from datetime import date

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hemispasm.formats.exam import exam_text, parse_exam, read_exam, write_exam
from hemispasm.formats.exam_schema import ExamFile
from hemispasm.formats.exam_template import exam_template
from hemispasm.model import Side, UsageError
from hemispasm.model.exam import Answer, ExamAnswers, OutsideReport
from hemispasm.model.form import FORM_NAMES, load_forms, load_questions

QUESTIONS = load_questions()
OUTSIDE = ("imaging.", "emg.", "report.")
SCHEMA = ExamFile.model_json_schema()


def read(text, name="exam.toml"):
    return parse_exam(tomllib.loads(text), name)


def valid_values(question):
    if question.kind == "month":
        return ("2023-05", "2023")
    if question.kind == "number":
        return (float(question.minimum), float(question.maximum))
    return question.values


def one_answer(question, value, side=Side.LEFT, **more):
    return Answer(code=question.code, side=side if question.sided else None, value=value, **more)


def holding(question, *answers):
    if not question.code.startswith(OUTSIDE):
        return ExamAnswers(answers=answers)
    by = question.by[0] if question.by else "other"
    reports = tuple(OutsideReport(by=by, day=date(2026, 2, 1), answers=(a,)) for a in answers)
    return ExamAnswers(reports=reports)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_every_code_with_every_value_and_side_survives_the_file(question):
    for side in (Side.LEFT, Side.RIGHT):
        for value in (*valid_values(question), "unknown", "not_asked", "not_assessable"):
            exam = holding(question, one_answer(question, value, side))
            text = exam_text(exam)
            assert read(text) == exam
            VALID.validate(tomllib.loads(text))


def test_the_schema_itself_is_valid_and_refuses_what_the_reader_refuses():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert not VALID.is_valid(tomllib.loads('[history]\nspasm = "left"'))
    assert not VALID.is_valid(tomllib.loads('[histroy]\nfever = "no"'))
    assert not VALID.is_valid(tomllib.loads("[scales]\nsmc = {left=5}"))


def without_dates(schema):
    # TOML has dates of its own; JSON has not.
    copy = {**schema, "$defs": {**schema["$defs"]}}
    report = copy["$defs"]["report"]
    copy["$defs"]["report"] = {**report, "properties": {**report["properties"], "day": {}}}
    return copy


VALID = jsonschema.Draft202012Validator(without_dates(SCHEMA))


@st.composite
def exams(draw):
    answers = {}
    for code in draw(st.lists(st.sampled_from(sorted(QUESTIONS)), max_size=12)):
        question = QUESTIONS[code]
        if code.startswith(OUTSIDE):
            continue
        side = draw(st.sampled_from([Side.LEFT, Side.RIGHT])) if question.sided else None
        rater = draw(st.sampled_from([None, "CD", "C.D"])) if question.rated else None
        value = draw(st.sampled_from([*valid_values(question), "unknown", "not_assessable"]))
        extra = {"value_set": "UK"} if "value_set" in question.extra else {}
        answers[code, side, rater] = Answer(
            code=code, side=side, value=value, rater=rater, extra=extra
        )
    place = {code: number for number, code in enumerate(QUESTIONS)}
    ordered = sorted(answers.values(), key=lambda a: place[a.code])
    return ExamAnswers(examiner=draw(st.sampled_from([None, "AB", "Ł"])), answers=tuple(ordered))


def by_table(exam):
    return sorted(exam.answers, key=lambda a: (a.code, str(a.side), str(a.rater)))


@given(exams())
@settings(max_examples=60, deadline=None)
def test_whatever_was_answered_survives_the_file(exam):
    again = read(exam_text(exam))
    assert again.examiner == exam.examiner
    assert by_table(again) == by_table(exam)


def test_a_file_is_written_and_read_again(tmp_path):
    exam = read('[scales]\ntunc = [{side="left", value=2, rater="AB"}]')
    write_exam(tmp_path / "exam.toml", exam)
    assert read_exam(tmp_path / "exam.toml") == exam


def test_yes_no_true_and_false_mean_present_and_absent():
    exam = read('[history]\ntearing = {left="Yes", right=false}\nvertigo = true\nfever = "no"')
    assert exam.value("history.tearing", Side.LEFT) == "present"
    assert exam.value("history.tearing", Side.RIGHT) == "absent"
    assert exam.value("history.vertigo") == "present"
    assert exam.value("history.fever") == "absent"


def test_both_stands_for_the_left_and_the_right():
    exam = read('[examination]\nhearing = {both="reduced"}')
    assert exam.sides_with("exam.hearing", "reduced") == (Side.LEFT, Side.RIGHT)


def test_what_is_unknown_or_not_asked_has_no_value():
    exam = read('[history]\npain = "unknown"\nonset = "not asked"\nspasm = {left="unknown"}')
    assert exam.value("history.pain") is None
    assert exam.value("history.onset") is None
    assert exam.sides_with("history.spasm", "present", "absent", "unknown") == ()


def test_a_kind_of_question_may_stand_in_its_general_table():
    exam = read('[scales]\nhfs7 = 12\n[history]\npregnancy = "absent"')
    assert exam.value("scale.hfs7") == 12
    assert exam.value("history.pregnancy") == "absent"


def test_two_raters_may_also_be_written_below_a_side():
    exam = read('[scales]\nsmc.left = [{value=2, rater="AB"}, {value=3, rater="CD"}]')
    assert [(a.side, a.value, a.rater) for a in exam.answers] == [
        ("left", 2.0, "AB"),
        ("left", 3.0, "CD"),
    ]


@pytest.mark.parametrize("name", [None, *FORM_NAMES])
def test_a_template_holds_every_question_and_answers_none(name):
    text = exam_template(None if name is None else [name])
    exam = read(text)
    assert not any(answer.is_known for answer in exam.answers)
    assert exam.reports == ()
    VALID.validate(tomllib.loads(text))
    for form in load_forms().values():
        if name in (None, form.name):
            for question in form.questions:
                sought = question.code if form.table == "report" else f"\n{question.name} = "
                assert sought in text


@pytest.mark.parametrize("name", ["imaging_report", "emg_report", "other_reports"])
def test_a_report_in_a_template_reads_once_its_marks_are_taken_away(name):
    lines = exam_template([name]).splitlines()
    start = lines.index("# [[report]]")
    wanted = ("# [[", *(f"# {key} = " for key in ("by", "day", "code", "side", "value")))
    kept = [line[2:] for line in lines[start:] if line.startswith(wanted)]
    report = read("\n".join(kept)).reports[0]
    assert [a.code for a in report.answers] == [q.code for q in load_forms()[name].questions]


RADIOLOGIST = '[[report]]\nby = "radiologist"\n'
WRONG = {
    "table": ("[histroy]\n", "unknown_key", "[history]"),
    "key": ("[history]\nsleep_persistance = 1\n", "unknown_question", "`sleep_persistence`"),
    "top level": ('spasm = {left="present"}\n', "unknown_key", "[history]"),
    "wrong table": ('[history]\ngait = "normal"\n', "bad_value", "[examination]"),
    "value": ('[examination]\nmouth_corner = {left="dwon"}\n', "bad_value", "'down'"),
    "no side": ('[history]\nspasm = "present"\n', "side_missing", "left or right"),
    "side as value": ('[history]\nspasm = "left"\n', "side_missing", "side"),
    "foreign side": ('[history]\nspasm = {links="present"}\n', "bad_value", "left, right or both"),
    "side unwanted": (
        '[history]\nvertigo = {left="yes"}\n',
        "side_not_wanted",
        "`history.vertigo`",
    ),
    "entry side unwanted": (
        '[patient_scores]\neq_vas = {side="left", value=3}\n',
        "side_not_wanted",
        "`patient_scores.eq_vas`",
    ),
    "side said twice": (
        '[scales]\nsmc.left = {side="right", value=2}\n',
        "bad_value",
        "says its side twice",
    ),
    "both and left": (
        '[history]\ntearing = {both="yes", left="no"}\n',
        "answered_twice",
        "on the left",
    ),
    "range": ("[scales]\nsmc = {left=5}\n", "bad_value", "between 1 and 4"),
    "text for number": ('[history]\npain = "bad"\n', "bad_value", "0 to 10"),
    "not a number": ("[history]\npain = nan\n", "bad_value", "between 0 and 10"),
    "part of a grade": ("[scales]\nsmc = {left=2.5}\n", "bad_value", "whole number"),
    "yes for a number": ("[history]\npain = true\n", "bad_value", "0 to 10"),
    "month": ('[history]\nonset = "May 2023"\n', "bad_value", "'2023-05'"),
    "month thirteen": ('[history]\nonset = "2023-13"\n', "bad_value", "'2023-05'"),
    "twice": ("[scales]\nhfs7=3\n[patient_scores]\nhfs7=3\n", "answered_twice", "scale.hfs7"),
    "rater missing": (
        '[scales]\nsmc=[{side="left",value=1},{side="left",value=2}]\n',
        "answered_twice",
        "rater",
    ),
    "examiner twice": (
        'examiner="AB"\n[scales]\nsmc=[{side="left",value=1},{side="left",value=2,rater="AB"}]\n',
        "bad_value",
        "scale.smc is answered twice",
    ),
    "a name": ('examiner = "Anna Beispiel"\n', "bad_value", "initials"),
    "a rater's name": (
        '[scales]\nsmc={side="left",value=1,rater="A. Beispiel"}\n',
        "bad_value",
        "initials",
    ),
    "version": ('schema = "hemispasm.exam/2"\n', "bad_value", "hemispasm.exam/1"),
    "no table": ('history = "none"\n', "bad_value", "[history]"),
    "report without author": ("[[report]]\nday = 2026-01-01\n", "bad_value", "radiologist"),
    "report's key": (RADIOLOGIST + "date = 2026-01-01\n", "unknown_key", "by, day, finding"),
    "report's day": (RADIOLOGIST + 'day = "2026-01-01"\n', "bad_value", "without quotes"),
    "report's code": (
        RADIOLOGIST + '[[report.finding]]\ncode="imaging.radiologist_rapport"\nvalue="A"\n',
        "unknown_code",
        "imaging.radiologist_report",
    ),
    "report's side": (
        RADIOLOGIST + '[[report.finding]]\ncode="imaging.cpa_mass"\nvalue="seen"\n',
        "side_missing",
        "left, right or both",
    ),
    "not the radiologist": (
        '[[report]]\nby="surgeon"\n[[report.finding]]\ncode="imaging.radiologist_report"\n'
        'value="no_secondary_cause"\n',
        "not_from_this_report",
        "radiologist, not surgeon",
    ),
    "a wish by letter": (
        '[[report]]\nby="other"\n[[report.finding]]\ncode="preference.avoid_surgery"\n'
        'value="most"\n',
        "not_from_this_report",
        "ask the patient",
    ),
    "imaging as own finding": ('[examination]\ncpa_mass="seen"\n', "bad_value", "report.finding"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_a_slip_is_named_with_file_key_and_what_to_write(case):
    text, code, said = case
    with pytest.raises(UsageError) as caught:
        read(text, "visits/2026-03-02/exam.toml")
    error = caught.value
    assert error.code == code
    assert said in f"{error.cause} {error.next_step}"
    assert error.cause.startswith("visits/2026-03-02/exam.toml")
    assert "Beispiel" not in str(error)


@pytest.mark.parametrize(
    "text", ['[history]\nonset = "2026-04"\n', RADIOLOGIST + "day = 2026-03-03\n"]
)
def test_nothing_in_the_file_may_lie_after_the_visit(tmp_path, text):
    folder = tmp_path / "2026-03-02"
    folder.mkdir()
    (folder / "exam.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        read_exam(folder / "exam.toml")
    assert caught.value.code == "after_the_visit"


def test_one_report_may_cover_two_studies():
    one = '[[report.finding]]\ncode="imaging.study"\nvalue='
    exam = read(f'{RADIOLOGIST}{one}"mra"\n{one}"mri_high_resolution"\n')
    assert len(exam.reports[0].answers) == 2
