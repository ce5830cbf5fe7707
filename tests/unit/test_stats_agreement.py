"""Agreement coefficients: published worked examples, coverage, and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hemispasm.stats import (
    cluster_bootstrap_interval,
    intraclass_correlation,
    limits_of_agreement,
    weighted_kappa,
)

# Shrout and Fleiss 1979: six targets, four judges.
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)
# Carcinoma of the cervix graded by two pathologists (Agresti, Categorical Data Analysis).
PATHOLOGISTS = [[22, 2, 2, 0], [5, 7, 14, 0], [0, 2, 36, 0], [0, 1, 17, 10]]
# Peak expiratory flow by two meters (Bland and Altman, Lancet 1986).
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]

grades = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=3, max_size=40)
relaxed = settings(max_examples=60, deadline=None)


def spelled_out(table):
    pairs = [
        (i, j) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)
    ]
    first, second = zip(*pairs, strict=True)
    return first, second


def test_kappa_of_the_pathologists_is_the_published_one():
    found = weighted_kappa(*spelled_out(PATHOLOGISTS), range(4), weights="none")
    assert found.n == 118
    assert found.value == pytest.approx(0.493, abs=0.0005)
    # The interval is symmetric on Fisher's scale, where a standard error is divided by 1 - kappa^2.
    low, high = np.arctanh(found.interval.pair)
    standard_error = (high - low) / 2 / 1.9804 * (1 - found.value**2)
    assert standard_error == pytest.approx(0.057, abs=0.0005)


def test_weighted_kappa_of_the_pathologists_is_the_published_one():
    linear = weighted_kappa(*spelled_out(PATHOLOGISTS), range(4), weights="linear")
    quadratic = weighted_kappa(*spelled_out(PATHOLOGISTS), range(4), weights="quadratic")
    assert linear.value == pytest.approx(0.649, abs=0.001)
    assert quadratic.value == pytest.approx(0.78, abs=0.005)


def test_both_intraclass_correlations_of_shrout_and_fleiss_come_out():
    absolute = intraclass_correlation(SHROUT_FLEISS)
    fixed = intraclass_correlation(SHROUT_FLEISS, raters="fixed")
    assert round(absolute.value, 2) == 0.29
    assert [round(end, 2) for end in absolute.interval.pair] == [0.02, 0.76]
    assert round(fixed.value, 2) == 0.71
    assert [round(end, 2) for end in fixed.interval.pair] == [0.34, 0.95]


def test_limits_of_agreement_of_the_two_flow_meters_come_out():
    found = limits_of_agreement(MINI, WRIGHT)
    sd = (found.high - found.low) / (2 * 1.959964)
    assert found.mean == pytest.approx(-2.1, abs=0.05)
    assert sd == pytest.approx(38.8, abs=0.05)
    # The paper prints -22.0 to 17.8 for the mean.
    assert found.mean_interval.pair == pytest.approx((-22.0, 17.8), abs=0.1)


@pytest.mark.parametrize("weights", ["linear", "quadratic"])
@pytest.mark.parametrize("n", [12, 50])
def test_kappa_intervals_cover_the_true_kappa_about_as_often_as_they_say(weights, n):
    rng = np.random.default_rng(11)
    joint = np.array([[20, 6, 2, 0], [5, 15, 6, 1], [1, 6, 15, 5], [0, 1, 5, 12]], dtype=float)
    joint /= joint.sum()
    cells = [(i, j) for i in range(4) for j in range(4)]
    big = [cells[c] for c in rng.choice(16, 100_000, p=joint.ravel())]
    true = weighted_kappa(*zip(*big, strict=True), range(4), weights=weights).value
    hits, rounds = 0, 500
    for _ in range(rounds):
        drawn = [cells[c] for c in rng.choice(16, n, p=joint.ravel())]
        found = weighted_kappa(*zip(*drawn, strict=True), range(4), weights=weights)
        hits += true in found.interval
    assert 0.91 <= hits / rounds <= 0.98


@pytest.mark.parametrize(("raters", "true"), [("random", 4 / 5.5), ("fixed", 4 / 5)])
def test_intraclass_intervals_cover_the_truth_about_as_often_as_they_say(raters, true):
    rng = np.random.default_rng(12)
    hits, rounds = 0, 500
    for _ in range(rounds):
        bias = rng.normal(0, np.sqrt(0.5), 6)
        x = rng.normal(0, 2, (25, 1)) + bias + rng.normal(0, 1, (25, 6))
        hits += true in intraclass_correlation(x, raters=raters).interval
    assert 0.92 <= hits / rounds <= 0.98


def test_drawing_whole_patients_widens_the_interval_of_repeated_visits():
    rng = np.random.default_rng(13)
    first = np.repeat(rng.integers(0, 5, 12), 6)
    second = np.clip(first + np.repeat(rng.integers(-1, 2, 12), 6), 0, 4)
    rows = np.column_stack([first, second])

    def kappa(sample):
        return weighted_kappa(sample[:, 0], sample[:, 1], range(5)).value

    whole = cluster_bootstrap_interval(kappa, rows, np.repeat(range(12), 6), rng, replicates=300)
    naive = weighted_kappa(first, second, range(5)).interval
    assert whole.high - whole.low > 1.5 * (naive.high - naive.low)


def repeated_visits(rng, patients, visits):
    severity, bias = rng.normal(2, 1.1, patients), rng.normal(0, 0.5, (patients, 2))
    today = severity[:, None] + rng.normal(0, 0.4, (patients, visits))
    seen = today[..., None] + bias[:, None, :] + rng.normal(0, 0.4, (patients, visits, 2))
    rows = np.clip(np.round(seen), 0, 4).astype(int).reshape(-1, 2)
    return rows, np.repeat(np.arange(patients), visits)


def test_intervals_from_drawing_patients_cover_about_as_often_as_they_say():
    rng = np.random.default_rng(14)

    def kappa(sample):
        return weighted_kappa(sample[:, 0], sample[:, 1], range(5)).value

    true = kappa(repeated_visits(rng, 8000, 4)[0])
    hits, rounds = 0, 80
    for _ in range(rounds):
        rows, patients = repeated_visits(rng, 10, 4)
        hits += true in cluster_bootstrap_interval(kappa, rows, patients, rng, replicates=120)
    assert hits / rounds >= 0.88


def test_one_patient_alone_gives_no_interval():
    rows = np.array([[0, 1], [2, 2], [3, 4], [1, 1]])

    def kappa(sample):
        return weighted_kappa(sample[:, 0], sample[:, 1], range(5)).value

    assert cluster_bootstrap_interval(kappa, rows, [1] * 4, np.random.default_rng(1)) is None


def test_complete_agreement_of_few_ratings_is_not_certainty():
    few = weighted_kappa([0, 1, 2, 3] * 3, [0, 1, 2, 3] * 3, range(5))
    many = weighted_kappa([0, 1, 2, 3] * 30, [0, 1, 2, 3] * 30, range(5))
    assert few.value == many.value == 1.0
    assert few.interval.low < many.interval.low < 1.0
    assert intraclass_correlation([[i, i] for i in range(12)]).interval is None


def test_one_grade_throughout_has_no_kappa_and_no_correlation():
    assert weighted_kappa([2] * 12, [2] * 12, range(5)).value is None
    assert intraclass_correlation([[2, 2]] * 12).value is None


def test_a_constant_offset_lowers_absolute_agreement_and_not_consistency():
    first = np.arange(12.0)
    shifted = np.column_stack([first, first + 3])
    assert intraclass_correlation(shifted, raters="fixed").value == pytest.approx(1.0)
    assert intraclass_correlation(shifted).value < 0.9
    assert limits_of_agreement(first, first + 3).mean == pytest.approx(3.0)


@given(grades)
@relaxed
def test_exchanging_the_raters_changes_no_coefficient(pairs):
    first, second = zip(*pairs, strict=True)
    for weights in ("none", "linear", "quadratic"):
        there = weighted_kappa(first, second, range(5), weights=weights).value
        back = weighted_kappa(second, first, range(5), weights=weights).value
        assert there == pytest.approx(back)


@given(grades)
@relaxed
def test_every_interval_holds_its_value_and_no_kappa_exceeds_one(pairs):
    first, second = zip(*pairs, strict=True)
    for weights in ("none", "linear", "quadratic"):
        found = weighted_kappa(first, second, range(5), weights=weights)
        if found.value is not None:
            assert -1 <= found.interval.low <= found.value + 1e-12
            assert found.value <= found.interval.high + 1e-12
            assert found.interval.high <= 1
    for raters in ("random", "fixed"):
        found = intraclass_correlation(pairs, raters=raters)
        if found.interval is not None:
            assert found.interval.low - 1e-9 <= found.value <= found.interval.high + 1e-9


@given(grades)
@relaxed
def test_reversing_the_scale_changes_no_coefficient(pairs):
    first, second = (np.array(x) for x in zip(*pairs, strict=True))
    there = weighted_kappa(first, second, range(5))
    back = weighted_kappa(4 - first, 4 - second, range(5))
    assert (there.value is None) == (back.value is None)
    if there.value is not None:
        assert there.value == pytest.approx(back.value)


@pytest.mark.parametrize(("first", "second"), [([1], [1]), ([1, 2], [1]), ([1, 9], [1, 2])])
def test_what_cannot_be_compared_is_refused(first, second):
    with pytest.raises(ValueError, match=r"subjects|category"):
        weighted_kappa(first, second, range(5))
