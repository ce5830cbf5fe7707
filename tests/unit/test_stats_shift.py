"""The shift between two small samples: exact counts, and intervals that hold the true shift."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from hemispasm.stats.shift import EXACT_UP_TO, rank_sum_ways, shift_interval


def test_ways_are_those_of_counting_every_order():
    n, m = 3, 4
    found = [0] * (n * m + 1)
    for chosen in combinations(range(n + m), n):
        found[sum(place - rank for rank, place in enumerate(chosen))] += 1
    assert rank_sum_ways(n, m) == tuple(found)


def test_an_interval_excludes_zero_exactly_when_the_rank_sum_test_does():
    rng = np.random.default_rng(4)
    seen = set()
    for _ in range(300):
        n, m = rng.integers(2, 12, 2)
        a, b = rng.normal(0.0, 1.0, n), rng.normal(1.2, 1.0, m)
        p = mannwhitneyu(a, b, method="exact").pvalue
        interval = shift_interval(a, b)
        shown = interval is not None and 0.0 not in interval
        assert shown == (p <= 0.05)
        seen.add(shown)
    assert seen == {True, False}


@pytest.mark.parametrize(
    ("n", "m", "apart"), [(4, 4, 0.0), (8, 2, -0.4), (12, 3, -0.3), (9, 20, 0.2)]
)
def test_intervals_of_skewed_depths_hold_the_true_shift_in_19_of_20(n, m, apart):
    rng = np.random.default_rng([n, m])
    held = 0
    for _ in range(600):
        a, b = rng.beta(2.0, 1.0, n), apart + rng.beta(2.0, 1.0, m)
        interval = shift_interval(a, b)
        held += apart in interval
    # Three standard errors below 95 %; few values make it wider than asked, never narrower.
    assert held / 600 > 0.923


def test_many_values_take_the_normal_distribution_and_agree_with_the_exact_one(monkeypatch):
    rng = np.random.default_rng(8)
    a, b = rng.normal(0.0, 1.0, 30), rng.normal(0.5, 1.0, 30)
    exact = shift_interval(a, b)
    assert EXACT_UP_TO >= 30 * 30
    monkeypatch.setattr("hemispasm.stats.shift.EXACT_UP_TO", 0)
    assert np.allclose(shift_interval(a, b).pair, exact.pair, atol=0.05)


def test_values_that_are_missing_or_too_few_give_no_interval():
    assert shift_interval([], [1.0, 2.0]) is None
    assert shift_interval([0.1, 0.2, np.nan, 0.3], [1.0, 2.0, 3.0]) is None
