"""Common firing of branches and the impulse rate within bursts."""

from itertools import combinations

import numpy as np
import pytest
from emg_bursting import (
    BOTH_SIDES,
    RATE_HZ,
    add_noise,
    cluster_times,
    impulse_times,
    make_contraction,
    make_pair,
    recording,
)

from hemispasm.measure.emg.background import measure_power
from hemispasm.measure.emg.bursts import Burst, find_bursts
from hemispasm.measure.emg.conduction import estimate_conduction, remove_conduction
from hemispasm.measure.emg.filters import band_pass
from hemispasm.measure.emg.intraburst import measure_intraburst_rate
from hemispasm.measure.emg.spontaneous import measure_spontaneous
from hemispasm.measure.emg.synchrony import family_p, measure_synchrony
from hemispasm.model.side import Side


def measure(made, seed=0):
    first, second = (band_pass(x, RATE_HZ) for x in made.noisy)
    bursts = find_bursts(measure_power(second, RATE_HZ))
    return measure_synchrony(first, second, bursts, RATE_HZ, np.random.default_rng(seed))


@pytest.mark.parametrize("gain", [1.0, 0.6])
def test_branches_that_share_impulses_fire_together(gain):
    found = measure(make_pair(1, 10, gain=gain))
    assert found.p <= 0.01
    assert found.peak > 0.15
    assert found.peak > found.null_95 + 0.05
    assert found.peak in found.interval


def test_muscles_that_are_only_moved_together_do_not():
    for seed in range(3):
        found = measure(make_contraction(seed, 10))
        assert found.peak < 0.12
        assert found.excess < 0.03


def test_more_shared_impulses_give_a_higher_peak():
    peaks = [measure(make_pair(2, 10, gain=gain)).peak for gain in (0.4, 0.7, 1.0)]
    assert peaks == sorted(peaks)


def test_the_lag_is_positive_when_the_second_branch_is_later():
    made = make_pair(3, 15)
    found = measure(made)
    assert 0.7 < found.lag_ms < 1.9
    assert found.lag_ms in found.lag_interval_ms
    late = np.roll(made.noisy[1], 40)
    later = measure(type(made)(made.clean, np.stack([made.noisy[0], late]), made.bursts))
    assert later.lag_ms - found.lag_ms == pytest.approx(4.0, abs=0.4)


def test_exchanging_the_branches_turns_the_lag_round():
    made = make_pair(3, 15)
    first, second = (band_pass(x, RATE_HZ) for x in made.noisy)
    bursts = find_bursts(measure_power(second, RATE_HZ))
    one = measure_synchrony(first, second, bursts, RATE_HZ, np.random.default_rng(0))
    two = measure_synchrony(second, first, bursts, RATE_HZ, np.random.default_rng(0))
    assert two.lag_ms == pytest.approx(-one.lag_ms, abs=0.2)
    assert two.peak == pytest.approx(one.peak, abs=0.03)


def test_one_muscle_heard_by_two_electrodes_is_not_common_firing():
    made = make_contraction(0, 20)
    heard = made.noisy[1] + 0.4 * made.clean[0]
    found = measure(type(made)(made.clean, np.stack([made.noisy[0], heard]), made.bursts))
    assert found.conducted_share > 0.2
    assert found.peak < 0.15


def test_few_bursts_or_slow_sampling_give_no_synchrony():
    made = make_pair(1, 10, duration_s=10)
    first, second = (band_pass(x, RATE_HZ) for x in made.noisy)
    rng = np.random.default_rng(0)
    assert measure_synchrony(first, second, [Burst(1, 1.05, 9)] * 3, RATE_HZ, rng) is None
    many = [Burst(t, t + 0.05, 9) for t in np.arange(1, 9, 0.2)]
    assert measure_synchrony(first[::20], second[::20], many, 500.0, rng) is None


def test_independent_noise_reaches_a_small_p_about_as_often_as_it_says():
    rng = np.random.default_rng(5)
    small = 0
    for _ in range(40):
        first, second = rng.normal(size=(2, 60_000)).astype(np.float32)
        bursts = [Burst(t, t + 0.05, 9) for t in np.arange(0.2, 5.6, 0.2)]
        small += measure_synchrony(first, second, bursts, RATE_HZ, rng).p <= 0.1
    assert 0 <= small <= 11


@pytest.mark.parametrize("rate_hz", [170, 220, 280])
def test_the_rate_of_impulses_within_bursts_is_measured(rate_hz):
    rng = np.random.default_rng(2)
    trains = impulse_times(rng, cluster_times(rng, 40.0), 4, 12, rate=(rate_hz, rate_hz * 1.01))
    t = np.arange(40) / RATE_HZ
    wave = 60 * np.sin(2 * np.pi * 400 * t) * np.hanning(40)
    clean = np.zeros(400_000)
    for at in np.concatenate(trains):
        a = int(at * RATE_HZ)
        clean[a : a + 40] += wave
    signal = band_pass(add_noise(rng, clean, 10), RATE_HZ)
    bursts = find_bursts(measure_power(signal, RATE_HZ))
    found = measure_intraburst_rate(signal, bursts, RATE_HZ, np.random.default_rng(0))
    assert found.rate_hz == pytest.approx(rate_hz, rel=0.08)
    assert found.interval_hz.low <= found.rate_hz <= found.interval_hz.high


def test_voluntary_activity_has_no_impulse_rate():
    for seed in range(3):
        signal = band_pass(make_contraction(seed, 10).noisy[0], RATE_HZ)
        bursts = find_bursts(measure_power(signal, RATE_HZ))
        rng = np.random.default_rng(0)
        assert measure_intraburst_rate(signal, bursts, RATE_HZ, rng) is None


def test_conduction_is_estimated_in_the_direction_in_which_it_goes():
    made = make_pair(4, 20, hum_uv=0, ecg_uv=0)
    rng = np.random.default_rng(0)
    silent = rng.normal(0, 2, made.clean[0].size) + 0.15 * made.clean[0]
    signals = [band_pass(x, RATE_HZ) for x in (made.noisy[0], silent)]
    bursts = [find_bursts(measure_power(x, RATE_HZ)) for x in signals]
    share = estimate_conduction(signals, bursts, RATE_HZ)
    assert share[1, 0] == pytest.approx(0.15, abs=0.03)
    assert share[0, 1] == 0
    cleaned = remove_conduction(signals, share)
    assert cleaned[0] is signals[0]
    assert cleaned[1].std() < 0.5 * signals[1].std()


def test_shared_impulses_are_not_taken_for_conduction():
    made = make_pair(4, 20, gain=1.0)
    signals = [band_pass(x, RATE_HZ) for x in made.noisy]
    bursts = [find_bursts(measure_power(x, RATE_HZ)) for x in signals]
    assert not estimate_conduction(signals, bursts, RATE_HZ).any()


def test_of_many_pairs_the_best_by_chance_has_no_small_p():
    rng = np.random.default_rng(7)
    small = 0
    for _ in range(20):
        signals = rng.normal(size=(4, 60_000)).astype(np.float32)
        bursts = [Burst(t, t + 0.05, 9) for t in np.arange(0.2, 5.6, 0.2)]
        pairs = [
            measure_synchrony(signals[i], signals[j], bursts, RATE_HZ, rng)
            for i, j in combinations(range(4), 2)
        ]
        best = max(pairs, key=lambda pair: pair.excess)
        small += family_p(best, pairs) <= 0.1
        assert family_p(best, pairs) >= family_p(best, [best])
    assert small <= 5


def test_one_pair_keeps_its_own_p():
    found = measure(make_pair(1, 10, gain=0.6))
    assert family_p(found, [found]) <= found.p


def _common_and_own(own_count):
    """Twelve bursts whose impulses reach two branches, and others of the first alone."""
    rng = np.random.default_rng(11)
    signals = rng.normal(0, 3, (2, 400_000))
    wave = 90 * np.sin(np.arange(30) / 3) * np.hanning(30)
    for onset in np.arange(0.5, 5.4, 0.4):
        for impulse in onset + np.cumsum(rng.uniform(0.003, 0.006, 10)):
            for row, delay in enumerate((0.0, 0.0012)):
                at = int((impulse + delay) * RATE_HZ)
                signals[row, at : at + 30] += wave * rng.uniform(0.5, 1.5)
    for onset in np.linspace(6, 39.5, own_count):
        at = int(onset * RATE_HZ)
        signals[0, at : at + 200] += rng.normal(0, 40, 200)
    return measure_spontaneous(recording(list(signals), BOTH_SIDES[:2])).side(Side.LEFT)


def test_a_few_common_bursts_among_hundreds_are_no_hemifacial_spasm():
    few, most = _common_and_own(300), _common_and_own(6)
    assert few.features.synchrony.value > 0.3
    assert few.features.synchrony_share < 0.1
    assert few.pattern("hfs_like").present is False
    assert most.features.synchrony_share > 0.5
    assert most.pattern("hfs_like").present is True
