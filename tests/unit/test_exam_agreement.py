"""Two raters over several patients: the right grades are paired, too few are refused."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from hemispasm.measure.exam.agreement import Rating, list_ratings, rater_agreement
from hemispasm.measure.exam.findings import find_exam
from hemispasm.model import RefusedError, Side, UsageError
from hemispasm.model.exam import Answer, ExamAnswers

DAY = date(2026, 3, 2)


def ratings(pairs, case=lambda i: f"P-{i}", day=lambda i: DAY, raters=("AB", "CD")):
    return [
        Rating(case(i), day(i), Side.LEFT, rater, float(grade))
        for i, pair in enumerate(pairs)
        for rater, grade in zip(raters, pair, strict=True)
    ]


def drawn_pairs(n, seed=3):
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 5, n)
    return list(zip(first, np.clip(first + rng.integers(-1, 2, n), 0, 4), strict=True))


def test_the_second_rater_who_grades_higher_shows_as_a_positive_mean_difference():
    pairs = [(i % 4, i % 4 + 1) for i in range(12)]
    result = rater_agreement("scale.tunc", ratings(pairs), seed=1)
    assert result.raters == ("AB", "CD")
    assert result.limits.mean == pytest.approx(1.0)
    assert result.exact == 0.0
    assert result.icc_fixed.value == pytest.approx(1.0)
    assert result.icc_random.value < 0.9


def test_naming_the_raters_in_the_other_order_changes_nothing():
    given = ratings(drawn_pairs(15))
    one = rater_agreement("scale.tunc", given, seed=1, raters=("AB", "CD"))
    two = rater_agreement("scale.tunc", given, seed=1, raters=("CD", "AB"))
    assert one == two


def test_fewer_pairs_than_the_rule_asks_for_are_refused():
    with pytest.raises(RefusedError) as caught:
        rater_agreement("scale.tunc", ratings(drawn_pairs(9)), seed=1)
    assert caught.value.code == "too_few_pairs"
    assert rater_agreement("scale.tunc", ratings(drawn_pairs(10)), seed=1).pairs == 10


def test_many_visits_of_few_patients_are_refused():
    visits = ratings(
        drawn_pairs(24), case=lambda i: f"P-{i % 4}", day=lambda i: DAY + timedelta(days=i)
    )
    with pytest.raises(RefusedError) as caught:
        rater_agreement("scale.tunc", visits, seed=1)
    assert caught.value.code == "too_few_patients"


def test_only_grades_of_the_same_patient_visit_and_side_make_a_pair():
    pairs = ratings(drawn_pairs(12))
    lonely = [
        Rating("Q-1", DAY, Side.LEFT, "AB", 1.0),
        Rating("Q-1", DAY, Side.RIGHT, "CD", 4.0),
        Rating("Q-2", DAY, Side.LEFT, "AB", 1.0),
        Rating("Q-2", DAY + timedelta(days=1), Side.LEFT, "CD", 4.0),
    ]
    with_lonely = rater_agreement("scale.tunc", pairs + lonely, seed=1)
    assert with_lonely == rater_agreement("scale.tunc", pairs, seed=1)


def test_several_visits_of_one_patient_are_not_taken_as_independent():
    pairs = drawn_pairs(24)
    apart = rater_agreement("scale.tunc", ratings(pairs), seed=1)
    visits = ratings(pairs, case=lambda i: f"P-{i // 4}", day=lambda i: DAY + timedelta(days=i))
    together = rater_agreement("scale.tunc", visits, seed=1)
    assert (apart.resampled, together.resampled) == (False, True)
    assert (apart.patients, together.patients) == (24, 6)
    assert apart.kappa_linear.value == pytest.approx(together.kappa_linear.value)
    assert apart.kappa_linear.interval != together.kappa_linear.interval
    again = rater_agreement("scale.tunc", visits, seed=1)
    assert again == together


def test_three_raters_must_be_named():
    given = [*ratings(drawn_pairs(12)), Rating("P-1", DAY, Side.LEFT, "EF", 2.0)]
    with pytest.raises(UsageError) as caught:
        rater_agreement("scale.tunc", given, seed=1)
    assert caught.value.code == "which_raters"
    assert rater_agreement("scale.tunc", given, seed=1, raters=("AB", "CD")).pairs == 12


def test_nobody_in_common_is_refused():
    with pytest.raises(RefusedError):
        rater_agreement("scale.tunc", [Rating("P", DAY, Side.LEFT, "AB", 1.0)], seed=1)


@pytest.mark.parametrize("code", ["scale.hfs7", "exam.other_babinski", "scale.nothing"])
def test_what_nobody_rates_is_a_usage_error_that_lists_the_scales(code):
    with pytest.raises(UsageError) as caught:
        rater_agreement(code, [], seed=1)
    assert "scale.tunc" in caught.value.next_step


def test_ratings_come_from_findings_with_their_raters():
    exam = ExamAnswers(
        examiner="AB",
        answers=(
            Answer(code="scale.tunc", side="left", value=2),
            Answer(code="scale.tunc", side="left", value=3, rater="CD"),
            Answer(code="scale.tunc", side="right", value="not_assessable"),
            Answer(code="scale.smc", side="left", value=1),
        ),
    )
    found = list_ratings("P-1", DAY, find_exam(exam, day=DAY), "scale.tunc")
    assert {(r.side, r.rater, r.value) for r in found} == {("left", "AB", 2.0), ("left", "CD", 3.0)}
