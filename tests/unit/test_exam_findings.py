"""Answers become findings: unknown stays unknown, sides stay sides, nothing is settled silently."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hemispasm.formats.exam import parse_exam
from hemispasm.formats.exam_template import exam_template
from hemispasm.measure.exam.contradictions import find_contradictions
from hemispasm.measure.exam.findings import exam_document, find_exam
from hemispasm.measure.exam.times import months_since
from hemispasm.model import Case, Chart, Grade, Observation, Onset, Origin, Provenance, Side
from hemispasm.model.exam import Answer, ExamAnswers, OutsideReport
from hemispasm.model.form import load_questions

DAY = date(2026, 3, 2)
CASE = Case(
    id="P-1", birth_year=1961, onset=Onset(month="2019", side="left", first_site="lower lid")
)
FULL = """
examiner = "AB"
[history]
onset = "2023-05"
spasm = { left = "present", right = "absent" }
first_site = { left = "lower_lid" }
hearing_loss = { right = "present" }
pain = 3
[examination]
other_babinski = { left = "present", right = "absent" }
corneal_reflex = { right = "not_assessable" }
[scales]
smc = { left = 2 }
jrs_severity = { left = 3 }
jrs_frequency = { left = 2 }
tunc = [ { side = "left", value = 2, rater = "AB" }, { side = "left", value = 3, rater = "CD" } ]
[patient_scores]
hfs7 = 12
[preferences]
lasting_relief = "most"
[[report]]
by = "radiologist"
day = 2026-02-10
[[report.finding]]
code = "imaging.radiologist_report"
value = "no_secondary_cause"
[[report.finding]]
code = "imaging.vessel_contact"
side = "left"
value = "present"
vessel = "aica"
"""


def read(text):
    return parse_exam(tomllib.loads(text))


def found(text, case=None, day=DAY):
    return find_exam(read(text), day=day, case=case)


def value_of(findings, code, side=None):
    values = [f.value for f in findings if f.code == code and f.side == side]
    assert len(values) <= 1
    return values[0] if values else None


def reasons(text, case=None):
    document = exam_document(
        read(text), day=DAY, case=case, sha256="0" * 64, provenance=Provenance(hemispasm="0")
    )
    return document, [r for r in document.quality.reasons if r.startswith("contradiction")]


def test_an_empty_exam_says_nothing():
    assert find_exam(ExamAnswers(), day=DAY) == ()
    document, _ = reasons("")
    assert document.quality.grade is Grade.NOT_ASSESSABLE


@pytest.mark.parametrize("word", ["unknown", "not_asked"])
def test_unknown_stays_unknown_for_every_question(word):
    asked = [q for q in load_questions().values() if q.origin is not Origin.REPORTED]
    answers = tuple(
        Answer(code=q.code, side=side, value=word)
        for q in asked
        for side in ((Side.LEFT, Side.RIGHT) if q.sided else (None,))
    )
    assert find_exam(ExamAnswers(answers=answers), day=DAY) == ()


def test_every_answer_yields_its_finding_on_its_side_with_who_found_it():
    findings = found(FULL)
    assert value_of(findings, "history.spasm", Side.LEFT) == "present"
    assert value_of(findings, "history.spasm", Side.RIGHT) == "absent"
    assert value_of(findings, "history.hearing_loss", Side.RIGHT) == "present"
    assert value_of(findings, "history.hearing_loss", Side.LEFT) is None
    by_code = {f.code: f for f in findings}
    assert by_code["history.pain"].origin is Origin.TOLD
    assert by_code["preference.lasting_relief"].origin is Origin.TOLD
    assert by_code["scale.hfs7"].origin is Origin.TOLD
    assert by_code["scale.smc"].origin is Origin.EXAMINED
    assert by_code["exam.other_babinski"].origin is Origin.EXAMINED
    assert by_code["imaging.radiologist_report"].origin is Origin.REPORTED
    assert {f.method for f in findings} == {"exam/1"}


def test_a_reported_finding_says_whose_report_it_is_and_of_when():
    reported = [f for f in found(FULL) if f.origin is Origin.REPORTED]
    assert [f.code for f in reported] == ["imaging.radiologist_report", "imaging.vessel_contact"]
    assert {f.reason for f in reported} == {"reported_by_radiologist: report of 2026-02-10"}
    assert reported[1].extra("vessel") == "aica"
    assert reported[1].side is Side.LEFT


def test_not_assessable_is_told_apart_from_absent_and_from_unknown():
    finding = next(f for f in found(FULL) if f.code == "exam.corneal_reflex")
    assert (finding.value, finding.quality) == (None, Grade.NOT_ASSESSABLE)
    chart = Chart(
        case=Case(id="P"), as_of=DAY, observations=(Observation(day=DAY, finding=finding),)
    )
    assert chart.value("exam.corneal_reflex", Side.RIGHT) is None


def test_a_contact_that_the_report_could_not_judge_is_not_an_absent_one():
    text = (
        '[[report]]\nby="radiologist"\n[[report.finding]]\ncode="imaging.vessel_contact"\n'
        'side="left"\nvalue="not_assessable"\n'
    )
    (finding,) = found(text)
    chart = Chart(
        case=Case(id="P"), as_of=DAY, observations=(Observation(day=DAY, finding=finding),)
    )
    assert chart.is_present("imaging.vessel_contact", Side.LEFT) is None


def test_two_raters_are_two_findings_and_one_rater_is_the_examiner():
    tunc = [f for f in found(FULL) if f.code == "scale.tunc"]
    assert [(f.extra("rater"), f.value) for f in tunc] == [("AB", 2.0), ("CD", 3.0)]
    smc = next(f for f in found(FULL) if f.code == "scale.smc")
    assert smc.extra("rater") == "AB"


def test_a_sum_is_computed_only_where_both_parts_of_one_rater_and_side_are_given():
    assert value_of(found(FULL), "scale.jrs_total", Side.LEFT) == 5.0
    assert value_of(found(FULL), "scale.jrs_total", Side.RIGHT) is None
    apart = "[scales]\njrs_severity = {left=3}\njrs_frequency = {right=2}\n"
    assert value_of(found(apart), "scale.jrs_total", Side.LEFT) is None
    raters = (
        '[scales]\njrs_severity = {side="left", value=3, rater="AB"}\n'
        'jrs_frequency = {side="left", value=2, rater="CD"}\n'
    )
    assert value_of(found(raters), "scale.jrs_total", Side.LEFT) is None
    kondo = "[scales]\nkondo_effect = {left=1}\nkondo_complication = {left=2}\n"
    assert value_of(found(kondo), "scale.kondo_total", Side.LEFT) == 3.0


def test_times_follow_from_dates_with_the_ends_that_the_dates_allow():
    by_code = {f.code: f for f in found('[history]\nonset="2023-05"\n', CASE)}
    assert by_code["history.duration"].value == 34
    assert by_code["history.duration"].interval == (33, 35)
    assert by_code["history.age"].value == 65
    assert by_code["history.age"].interval == (64, 65)
    assert by_code["history.onset_age"].interval == (61, 62)


def test_without_a_birth_year_and_an_onset_no_age_and_no_time_is_made_up():
    codes = {f.code for f in found("[history]\npain=1\n", Case(id="P"))}
    assert codes == {"history.pain"}


def test_the_case_file_speaks_only_where_the_exam_does_not():
    silent = found("", CASE)
    assert value_of(silent, "history.duration") == 80
    assert value_of(silent, "history.first_site", Side.LEFT) == "lower_lid"
    assert value_of(silent, "history.first_site", Side.RIGHT) is None
    assert {f.reason for f in silent if f.code == "history.first_site"} == {
        "from_case: as written in case.toml"
    }
    spoken = found('[history]\nonset="2023-05"\nfirst_site={right="mouth"}\n', CASE)
    assert value_of(spoken, "history.duration") == 34
    assert value_of(spoken, "history.first_site", Side.LEFT) is None
    assert value_of(spoken, "history.first_site", Side.RIGHT) == "mouth"


def test_the_case_file_does_not_say_that_there_is_spasm_today():
    assert not [f for f in found("", CASE) if f.code == "history.spasm"]


@given(
    st.dates(date(1990, 1, 1), date(2030, 12, 28)), st.dates(date(1990, 1, 1), date(2030, 12, 28))
)
def test_the_true_time_since_onset_lies_between_the_stated_ends(first, second):
    onset, day = min(first, second), max(first, second)
    true = (day.year - onset.year) * 12 + day.month - onset.month + (day.day - onset.day) / 31
    for written in (onset.isoformat()[:7], onset.isoformat()[:4]):
        span = months_since(written, day)
        assert span.low - 0.1 <= true <= span.high + 0.1
        assert span.low <= span.value <= span.high


def swapped(text):
    swap = {"left": "right", "right": "left"}
    return re.sub(r"\b(left|right)\b", lambda m: swap[m[1]], text)


def sorted_facts(findings):
    return sorted((f.code, str(f.side), str(f.value), str(f.extra("rater"))) for f in findings)


def test_swapping_the_sides_of_the_file_swaps_the_sides_of_the_findings_and_nothing_else():
    here, there = found(FULL), found(swapped(FULL))
    mirrored = Chart(
        case=Case(id="P"),
        as_of=DAY,
        observations=tuple(Observation(day=DAY, finding=f) for f in here),
    ).mirrored()
    assert sorted_facts(there) == sorted_facts(o.finding for o in mirrored.observations)
    assert sorted_facts(there) != sorted_facts(here)


CONTRADICTIONS = {
    "first site on the other side": (
        '[history]\nspasm={right="present"}\nfirst_site={left="lower_lid"}\n',
        "first_site",
    ),
    "first site without spasm": (
        '[history]\nspasm={left="absent"}\nfirst_site={left="brow"}\n',
        "first_site",
    ),
    "told left, seen right": (
        '[history]\nspasm={left="present"}\n[examination]\nspasm={right="present"}\n',
        "told on the left and seen on the right",
    ),
    "sum": ("[scales]\njrs_severity={left=3}\njrs_frequency={left=2}\njrs_total={left=6}\n", "5"),
    "Kondo sum": (
        "[scales]\nkondo_effect={left=0}\nkondo_complication={left=1}\nkondo_total={left=2}\n",
        "scale.kondo_total",
    ),
    "eight below seven": ("[scales]\nhfs7=12\nhfs8=11\n", "scale.hfs8"),
    "eight far above seven": ("[scales]\nhfs7=12\nhfs8=17\n", "scale.hfs8"),
    "brow up and down": (
        '[examination]\nother_babinski={left="present"}\nbrow_descent={left="present"}\n',
        "brow_descent",
    ),
    "palsy with normal power": (
        '[examination]\nfacial_power={left="normal"}\n[scales]\nhouse_brackmann={left=3}\n',
        "house_brackmann",
    ),
    "resolved without deficit": (
        '[history]\nsudden_deficit="no"\ndeficit_resolved="yes"\n',
        "deficit_resolved",
    ),
    "onset older than the patient's age": ("[history]\nage=50\nonset_age=51\n", "onset_age"),
    "told time and date": ('[history]\nonset="2023-05"\nduration=60\n', "duration"),
    "spread later than today": (
        '[history]\nspread={left="yes"}\nspread_after=20\nduration=10\n',
        "spread",
    ),
    "age and birth year": ("[history]\nage=50\n", "year of birth"),
    "side of the case": ('[history]\nspasm={right="present", left="absent"}\n', "case.toml"),
    "onset of the case": ('[history]\nonset="2023-05"\n', "2019 in case.toml"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_contradiction_is_named_and_limits_the_findings_and_nothing_is_settled(case):
    text, said = case
    document, named = reasons(text, CASE)
    assert any(said in reason for reason in named), document.quality.reasons
    assert document.quality.grade is Grade.LIMITED
    given = {(a.code, a.side, a.value) for a in read(text).answers if a.code != "history.onset"}
    assert given <= {(f.code, f.side, f.value) for f in document.findings}
    assert any(f.quality is Grade.LIMITED for f in document.findings)


AGREEING = (
    '[history]\nonset="2019-06"\nspasm={left="present", right="absent"}\n'
    'first_site={left="lower_lid"}\nduration=72\nage=64\nonset_age=58\n'
    '[examination]\nspasm={left="present"}\nother_babinski={left="present"}\n'
    "[scales]\njrs_severity={left=3}\njrs_frequency={left=2}\njrs_total={left=5}\n"
    "hfs7=12\nhfs8=14\nhouse_brackmann={left=1}\n"
)


def test_answers_that_agree_are_not_doubted():
    document, named = reasons(AGREEING, CASE)
    assert named == []
    assert document.quality.grade is Grade.MEASURABLE


def test_contradictions_of_mirrored_answers_are_the_mirrored_ones():
    for text, _ in CONTRADICTIONS.values():
        here = find_contradictions(read(text), DAY)
        there = find_contradictions(read(swapped(text)), DAY)
        assert sorted(swapped(c.words) for c in here) == sorted(c.words for c in there)


def test_bilateral_spasm_is_no_contradiction():
    text = (
        '[history]\nspasm={both="present"}\nfirst_site={left="lower_lid", right="brow"}\n'
        '[examination]\nspasm={right="present"}\n'
    )
    assert reasons(text, CASE)[1] == []


def test_a_section_that_is_empty_or_half_filled_is_told():
    document, _ = reasons(FULL)
    said = document.quality.reasons
    assert "not_filled: History, Alarm signs" in said
    assert any(r.startswith("partly_filled: Examination, The movement") for r in said)
    assert not any("Imaging report" in r for r in said)


def test_an_empty_template_misses_every_section_that_is_not_optional():
    document, _ = reasons(exam_template())
    assert document.findings == ()
    assert sum(r.startswith("not_filled") for r in document.quality.reasons) >= 15
    assert not any("After treatment" in r for r in document.quality.reasons)


def test_a_question_that_another_answer_makes_needless_is_not_missing():
    asked = "[history]\ndrives=true\nimpact_work='none'\nimpact_reading='none'\n"
    asked += "impact_sleep='none'\nimpact_social='none'\nhearing_dependence='no'\n"
    drives, _ = reasons(asked)
    walks, _ = reasons(asked.replace("drives=true", "drives=false"))
    assert any("Effect on life: 1 of 7" in r for r in drives.quality.reasons)
    assert not any("Effect on life" in r for r in walks.quality.reasons)


def test_a_report_alone_keeps_its_quality_when_the_exam_contradicts_itself():
    report = (
        '[[report]]\nby="neurologist"\n[[report.finding]]\ncode="exam.other_babinski"\n'
        'side="left"\nvalue="present"\n'
    )
    text = '[examination]\nother_babinski={left="present"}\nbrow_descent={left="present"}\n'
    grades = {f.origin: f.quality for f in found(text + report) if "babinski" in f.code}
    assert grades == {Origin.EXAMINED: Grade.LIMITED, Origin.REPORTED: Grade.MEASURABLE}


def test_an_outside_report_may_not_carry_another_authors_conclusion():
    answer = Answer(code="imaging.radiologist_report", value="no_secondary_cause")
    with pytest.raises(ValueError, match="radiologist"):
        OutsideReport(by="surgeon", answers=(answer,))


def test_reading_an_exam_loads_nothing_of_the_video_room():
    code = (
        "import sys\nimport hemispasm.measure.exam.findings, hemispasm.measure.exam.agreement\n"
        "import hemispasm.formats.exam\n"
        "rooms = tuple(f'hemispasm.measure.{room}' for room in ('video', 'emg', 'imaging'))\n"
        "heavy = ('av', 'cv2', 'ai_edge_litert')\n"
        "print([m for m in sys.modules if m.startswith(rooms) or m in heavy])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
