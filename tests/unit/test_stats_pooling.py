"""Pooling, cycles of toxin and a centre's rate, held against simulation and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, lognorm
from scipy.stats import t as student

from hemispasm.stats import (
    LogitNormalRate,
    LogNormal,
    beta_from_mean,
    inverse_logit,
    logit,
    lognormal_from_moments,
    pool_proportions,
    update_lognormal,
)

PRIOR = lognormal_from_moments(85.4, 41.6)


def test_pooling_agrees_with_the_formulas_written_out() -> None:
    k, n = [10, 40, 5], [50, 90, 60]
    y = [math.log((a + 0.5) / (b - a + 0.5)) for a, b in zip(k, n, strict=True)]
    v = [1 / (a + 0.5) + 1 / (b - a + 0.5) for a, b in zip(k, n, strict=True)]
    fixed = sum(yi / vi for yi, vi in zip(y, v, strict=True)) / sum(1 / vi for vi in v)
    q = sum((yi - fixed) ** 2 / vi for yi, vi in zip(y, v, strict=True))
    c = sum(1 / vi for vi in v) - sum(1 / vi**2 for vi in v) / sum(1 / vi for vi in v)
    tau2 = (q - 2) / c
    mu = sum(yi / (vi + tau2) for yi, vi in zip(y, v, strict=True)) / sum(
        1 / (vi + tau2) for vi in v
    )
    se2 = 1 / sum(1 / (vi + tau2) for vi in v)
    pooled = pool_proportions(k, n)
    assert pooled.mean == pytest.approx(1 / (1 + math.exp(-mu)))
    assert pooled.tau_logit == pytest.approx(math.sqrt(tau2))
    assert pooled.i_squared == pytest.approx(1 - 2 / q)
    wide = student.ppf(0.975, 1) * math.sqrt(se2 + tau2)
    assert logit(pooled.prediction.high) == pytest.approx(mu + wide)
    assert logit(pooled.interval.low) == pytest.approx(mu - 1.959964 * math.sqrt(se2), abs=1e-5)


def test_series_that_agree_leave_no_spread_between_centres() -> None:
    pooled = pool_proportions([86, 171, 430], [100, 200, 500])
    assert pooled.tau_logit == 0
    assert pooled.i_squared == 0
    assert pooled.interval.low < 0.86 < pooled.interval.high


def test_a_new_centre_lies_in_the_prediction_interval_as_often_as_stated() -> None:
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(400):
        p = 1 / (1 + np.exp(-rng.normal(1.8, 0.7, 13)))
        n = rng.integers(60, 1200, 12)
        pooled = pool_proportions(rng.binomial(n, p[:12]), n)
        hits += p[12] in pooled.prediction
    assert 0.91 <= hits / 400 <= 0.99


@given(st.lists(st.tuples(st.integers(0, 80), st.integers(80, 300)), min_size=3, max_size=9))
def test_pooling_counts_of_failures_mirrors_pooling_of_successes(
    series: list[tuple[int, int]],
) -> None:
    k, n = zip(*series, strict=True)
    won = pool_proportions(k, n)
    lost = pool_proportions([b - a for a, b in series], n)
    assert won.mean == pytest.approx(1 - lost.mean, abs=1e-9)
    assert won.prediction.low == pytest.approx(1 - lost.prediction.high, abs=1e-9)
    assert won.prediction.low <= won.interval.low <= won.mean <= won.interval.high


@pytest.mark.parametrize(
    ("k", "n"), [([1, 2], [10, 20]), ([1, 2, 3], [10, 20]), ([11, 2, 3], [10, 20, 30])]
)
def test_impossible_or_too_few_series_are_refused(k: list[int], n: list[int]) -> None:
    with pytest.raises(ValueError, match=r"series|successes"):
        pool_proportions(k, n)


def test_the_log_normal_keeps_the_mean_and_deviation_it_was_made_from() -> None:
    mean, variance = lognorm.stats(s=PRIOR.sigma, scale=math.exp(PRIOR.mu), moments="mv")
    assert mean == pytest.approx(85.4)
    assert math.sqrt(variance) == pytest.approx(41.6)


@pytest.mark.parametrize("given_days", [0.0, 40.0, 120.0, 400.0])
@pytest.mark.parametrize("distribution", [PRIOR, update_lognormal(PRIOR, [80, 100, 90])])
def test_days_left_are_conditional_on_the_days_already_reached(
    distribution: LogNormal, given_days: float
) -> None:
    for p in (0.1, 0.5, 0.9):
        days = distribution.quantile(p, beyond=given_days)
        assert days > given_days
        left = distribution.survival(days) / distribution.survival(given_days)
        assert left == pytest.approx(1 - p, rel=1e-6)


def test_the_prior_alone_is_returned_before_any_cycle() -> None:
    assert update_lognormal(PRIOR, []) == PRIOR


def test_own_cycles_move_the_prediction_towards_themselves_and_narrow_it() -> None:
    widths = []
    for n in (4, 8, 16):
        predicted = update_lognormal(PRIOR, [118.0, 122.0] * (n // 2))
        assert PRIOR.median < predicted.median < 122
        widths.append(predicted.quantile(0.9) / predicted.quantile(0.1))
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < PRIOR.quantile(0.9) / PRIOR.quantile(0.1)


def test_recent_cycles_count_more_than_old_ones() -> None:
    rising = update_lognormal(PRIOR, [60, 60, 60, 120, 120, 120])
    falling = update_lognormal(PRIOR, [120, 120, 120, 60, 60, 60])
    assert rising.median > falling.median
    same = update_lognormal(PRIOR, [60, 60, 60, 120, 120, 120], memory=1.0)
    assert rising.median > same.median > falling.median


def test_a_cycle_of_no_days_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than zero"):
        update_lognormal(PRIOR, [80, 0])


def simulate_cycles(
    kind: str, rng: np.random.Generator, n: int, spread: float
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    level = rng.normal(PRIOR.mu, 0.25)
    if kind == "gamma":
        return rng.gamma(1 / spread**2, math.exp(level) * spread**2, n)
    steps = np.cumsum(rng.normal(0, 0.1, n)) if kind == "walking" else np.zeros(n)
    drift = {"shrinking": -0.03, "growing": 0.03}.get(kind, 0.0)
    return np.exp(rng.normal(level + steps + drift * np.arange(n), spread))


@pytest.mark.parametrize("spread", [0.15, 0.3, 0.45])
@pytest.mark.parametrize("kind", ["log-normal", "gamma", "shrinking", "growing", "walking"])
def test_the_next_cycle_lies_in_its_eighty_per_cent_interval_at_least_three_times_of_four(
    kind: str, spread: float
) -> None:
    rng = np.random.default_rng(20260101)
    hits = []
    for own in (1, 3, 6, 12):
        for _ in range(400):
            days = simulate_cycles(kind, rng, own + 1, spread)
            predicted = update_lognormal(PRIOR, list(days[:-1]))
            hits.append(predicted.quantile(0.1) <= days[-1] <= predicted.quantile(0.9))
    assert np.mean(hits) >= 0.75


def test_a_beta_rate_agrees_with_the_beta_distribution_and_adds_an_audit() -> None:
    prior = beta_from_mean(0.8625, 8)
    assert prior.quantile(0.025) == pytest.approx(beta.ppf(0.025, 6.9, 1.1))
    after = prior.updated(18, 20)
    assert after.mean == pytest.approx((6.9 + 18) / 28)
    assert after.interval().high - after.interval().low < (
        prior.interval().high - prior.interval().low
    )


def test_a_large_audit_overrules_either_prior() -> None:
    for prior in (beta_from_mean(0.8625, 8), LogitNormalRate(1.796, 0.82)):
        after = prior.updated(1200, 2000)
        assert after.mean == pytest.approx(0.6, abs=0.01)
        assert 0.6 in after.interval()
        assert 0.86 not in after.interval()


def test_the_logit_normal_update_does_not_depend_on_the_order_of_audits() -> None:
    prior = LogitNormalRate(1.796, 0.82)
    assert prior.updated(9, 10).updated(30, 40) == prior.updated(39, 50)


def test_the_grid_of_the_logit_normal_reproduces_its_closed_form_without_an_audit() -> None:
    prior = LogitNormalRate(1.796, 0.82)
    tiny = prior.updated(0, 0)
    rng = np.random.default_rng(5)
    drawn = 1 / (1 + np.exp(-rng.normal(1.796, 0.82, 200_000)))
    assert tiny.mean == pytest.approx(drawn.mean(), abs=0.001)
    assert tiny.quantile(0.1) == pytest.approx(float(np.quantile(drawn, 0.1)), abs=0.002)


def test_the_centre_rate_covers_the_true_rate_of_simulated_centres() -> None:
    rng = np.random.default_rng(11)
    prior = LogitNormalRate(1.796, 0.82)
    hits = 0
    for _ in range(400):
        rate = inverse_logit(rng.normal(1.796, 0.82))
        n = int(rng.integers(5, 120))
        hits += rate in prior.updated(int(rng.binomial(n, rate)), n).interval(0.8)
    assert 0.74 <= hits / 400 <= 0.86


def test_impossible_audits_and_priors_are_refused() -> None:
    with pytest.raises(ValueError, match="audit"):
        beta_from_mean(0.86, 8).updated(5, 4)
    with pytest.raises(ValueError, match="audit"):
        LogitNormalRate(1.8, 0.8).updated(-1, 4)
    with pytest.raises(ValueError, match="mean between"):
        beta_from_mean(1.0, 8)
