"""An onset that cannot be: named as a contradiction, and no age at onset follows from it."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from hemispasm.measure.exam.contradictions import find_contradictions
from hemispasm.measure.exam.findings import find_exam
from hemispasm.model import Case, Onset
from hemispasm.model.exam import ExamAnswers

DAY = date(2026, 3, 2)


def codes_and_words(onset):
    case = Case(id="P-1", birth_year=1961, onset=Onset(month=onset))
    exam = ExamAnswers()
    found = {f.code for f in find_exam(exam, day=DAY, case=case)}
    return found, [c.words for c in find_contradictions(exam, DAY, case)]


def test_an_onset_after_the_visit_gives_no_age_at_onset():
    found, words = codes_and_words("2029-01")
    assert "history.onset_age" not in found
    assert words == ["the onset 2029-01 lies after the visit"]


def test_an_onset_before_birth_is_named_and_gives_no_age_at_onset():
    found, words = codes_and_words("1950")
    assert "history.onset_age" not in found
    assert words == ["the onset 1950 lies before the year of birth 1961"]


def test_a_possible_onset_is_not_doubted_and_gives_the_age():
    found, words = codes_and_words("2019-05")
    assert "history.onset_age" in found
    assert words == []


@pytest.mark.parametrize("month", ["2020-13", "2020-00", "2020-1", "20-01"])
def test_a_month_that_no_year_has_is_refused_in_the_case_file(month):
    with pytest.raises(ValidationError):
        Onset(month=month)
