"""Intervals cover what they promise."""

import numpy as np
import pytest

from hemispasm.stats import (
    Interval,
    difference_interval,
    dispersion_estimate,
    fraction_interval,
    median_interval,
    observed_count_interval,
    rate_interval,
    time_fraction_interval,
    wilson_interval,
)


def clustered_onsets(rng, rate_per_min, exposure_s, mean_run):
    """Runs of events: a run arrives, brings a geometric number of events two seconds apart."""
    runs = rng.poisson(rate_per_min / mean_run * exposure_s / 60)
    onsets = []
    for start in rng.uniform(0, exposure_s, runs):
        size = rng.geometric(1 / mean_run)
        onsets += list(start + np.cumsum(rng.exponential(2.0, size)) - 2.0)
    return np.sort([t for t in onsets if 0 <= t < exposure_s])


def coverage(rng, mean_run, replicates=600, exposure_s=60.0):
    hit = 0
    for _ in range(replicates):
        rate = rng.uniform(4, 20)
        onsets = clustered_onsets(rng, rate, exposure_s, mean_run)
        interval = rate_interval(
            len(onsets), exposure_s, dispersion=dispersion_estimate(onsets, exposure_s)
        )
        hit += rate in interval
    return hit / replicates


@pytest.mark.parametrize("mean_run", [1.0, 1.15])
def test_rate_intervals_cover_the_rate_of_plain_and_of_mildly_clustered_events(mean_run):
    rng = np.random.default_rng(5)
    assert 0.92 <= coverage(rng, mean_run) <= 0.99


def test_ignoring_strong_clustering_would_cover_too_little():
    rng = np.random.default_rng(6)
    hit = 0
    for _ in range(300):
        onsets = clustered_onsets(rng, 12.0, 60.0, 3.0)
        hit += 12.0 in rate_interval(len(onsets), 60.0, dispersion=1.0)
    assert hit / 300 < 0.9


def test_no_event_gives_zero_and_the_rate_that_could_have_been_missed():
    interval = rate_interval(0, 60.0)
    assert interval.low == 0
    assert interval.high == pytest.approx(3.69, abs=0.01)


def test_misses_widen_upwards_and_false_events_downwards():
    plain = rate_interval(10, 60.0)
    imperfect = rate_interval(10, 60.0, recall=0.9, false_per_min=0.5)
    assert imperfect.high > plain.high
    assert imperfect.low < plain.low


def test_a_rate_without_exposure_is_refused():
    with pytest.raises(ValueError, match="exposure"):
        rate_interval(3, 0.0)


def test_certain_events_leave_no_doubt_about_the_count():
    assert observed_count_interval([1, 1]).pair == (2, 2)
    low, high = observed_count_interval([0.6] * 10, doubtful=[0.3] * 4).pair
    assert low < 7 < high


def test_time_fraction_covers_compound_poisson_time():
    rng = np.random.default_rng(7)
    hit = 0
    for _ in range(500):
        count = rng.poisson(12)
        durations = rng.gamma(2.0, 0.2, count)
        interval = time_fraction_interval(durations, 60.0)
        hit += 12 * 0.4 / 60 in interval
    assert 0.92 <= hit / 500 <= 0.99


def test_median_interval_covers_the_median():
    rng = np.random.default_rng(8)
    hit = sum(np.log(2) in median_interval(rng.exponential(1, 15)) for _ in range(500))
    assert 0.94 <= hit / 500 <= 1.0


@pytest.mark.parametrize("interval", [wilson_interval, fraction_interval])
def test_proportions_stay_inside_zero_and_one(interval):
    for successes in (0, 3, 10):
        ends = interval(successes, 10)
        assert 0 <= ends.low <= successes / 10 <= ends.high <= 1


def test_a_difference_is_wider_with_repeat_error():
    before, after = Interval(8, 13), Interval(3, 6)
    plain = difference_interval(10, before, 4, after)
    noisy = difference_interval(10, before, 4, after, repeat_sd=2)
    assert noisy.low < plain.low < -6 < plain.high < noisy.high
