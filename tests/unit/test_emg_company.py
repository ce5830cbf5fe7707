"""A side is named only when the other truly spares these bursts; and a rate knows its spasms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.test_emg_bursts_sides import BOTH_SIDES, ill, make_recording, measured

from hemispasm.measure.emg.accompanied import Company, measure_company
from hemispasm.measure.emg.bursts import Burst
from hemispasm.measure.emg.limits import spontaneous_limit as limit
from hemispasm.measure.emg.measured import Measured, missing
from hemispasm.measure.emg.patterns import find_patterns
from hemispasm.measure.emg.side import judge_side
from hemispasm.measure.emg.spontaneous import measure_spontaneous
from hemispasm.measure.emg.spontaneous_sides import burst_rate, rate
from hemispasm.model.side import Side

RATE_HZ = 1000.0


def bursts_and_activity():
    bursts = [Burst(t, t + 0.05, 9.0) for t in np.arange(1.0, 28.0, 0.9)]
    active = np.zeros(30_000)
    for burst in bursts:
        active[int(burst.start_s * RATE_HZ) : int(burst.end_s * RATE_HZ)] = 1.0
    return bursts, active


def company(strength, seed=0):
    rng = np.random.default_rng(seed)
    bursts, active = bursts_and_activity()
    here, there = (rng.normal(size=active.size) * (1 + s * active) for s in (9.0, strength))
    return measure_company(here, there, bursts, RATE_HZ, rng)


def test_activity_of_the_other_side_too_faint_for_one_burst_shows_over_all_of_them():
    found = [company(0.8, seed) for seed in range(20)]
    assert all(c.is_there for c in found)
    assert np.median([c.share for c in found]) == pytest.approx(0.15, abs=0.04)


def test_a_quiet_other_side_hardly_ever_looks_as_if_it_took_part():
    assert sum(company(0.0, seed).is_there for seed in range(100)) <= 2


def test_what_comes_through_the_tissue_is_no_activity_of_the_other_side():
    assert not any(company(0.1, seed).is_there for seed in range(20))


def test_a_side_is_not_named_when_the_other_takes_part_faintly():
    result = measured()
    assert result.verdict.value == "left"
    for side in (Side.LEFT, Side.RIGHT):
        moved = measure_spontaneous(ill()) if side is Side.LEFT else measured(Side.RIGHT)
        here, there = moved.side(side), moved.side(side.other)
        faint = replace(here, company=(Company(0.2, 0.005, 30),))
        verdict = judge_side([faint, there], moved.channels, moved.quality)
        assert verdict.value == "uncertain"
        assert verdict.reason.startswith("other_side_faint")
        for harmless in (Company(0.05, 0.005, 30), Company(0.2, 0.3, 30)):
            kept = judge_side(
                [replace(here, company=(harmless,)), there], moved.channels, moved.quality
            )
            assert kept.value == side.value


def test_single_potentials_of_one_muscle_are_no_run_of_impulses():
    made = measured().side(Side.LEFT)
    lone = replace(
        made.features,
        synchrony=missing("one_channel: common firing needs two muscles of one side"),
        synchrony_p=None,
        synchrony_excess=None,
        intraburst_rate=Measured(200.0, None, 20),
        intraburst_channel=0,
    )
    for length_ms, present in ((30.0, True), (6.0, None)):
        features = replace(lone, burst_duration_ms=Measured(length_ms, None, 40))
        patterns = find_patterns(features, (), made.spontaneous, [], (0,))
        assert patterns[0].present is present


@pytest.mark.parametrize(
    ("p", "rate_hz", "length_ms", "present"),
    [
        (0.015, 250.0, 30.0, True),
        (0.05, 250.0, 30.0, False),
        (0.015, 90.0, 30.0, False),
        (0.015, 250.0, 6.0, False),
    ],
)
def test_weak_common_firing_and_fast_impulses_count_only_together(p, rate_hz, length_ms, present):
    made = measured().side(Side.LEFT)
    features = replace(
        made.features,
        synchrony=Measured(0.2, None, 30),
        synchrony_p=p,
        synchrony_excess=0.03,
        synchrony_share=0.5,
        intraburst_rate=Measured(rate_hz, None, 20),
        burst_duration_ms=Measured(length_ms, None, 40),
    )
    patterns = find_patterns(features, (), made.spontaneous, [], (0,))
    assert patterns[0].present is present


def test_bursts_that_come_in_spasms_tell_less_of_the_rate_than_lone_ones():
    lone = [Burst(t, t + 0.03, 9.0) for t in np.arange(1.0, 60.0, 3.0)]
    together = [
        Burst(t + k / 10, t + k / 10 + 0.03, 9.0)
        for t in np.arange(5.0, 60.0, 15.0)
        for k in range(5)
    ]
    assert len(lone) == len(together)
    apart, close = burst_rate(lone, 60.0), burst_rate(together, 60.0)
    assert apart.value == close.value
    assert close.interval.low < apart.interval.low
    assert close.interval.high > apart.interval.high
    assert burst_rate([], 60.0) == rate([], 60.0)


def test_the_interval_of_the_burst_rate_holds_the_rate_of_trains_of_any_size():
    held, held_by_lone = [], []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        starts = np.cumsum(rng.exponential(6.0, 40) + 1.0)
        bursts = [
            Burst(t + k / 12, t + k / 12 + 0.03, 9.0)
            for t in starts
            for k in range(rng.geometric(0.25))
        ]
        seen = [b for b in bursts if b.end_s < 60]
        true = 60 * 4 / 7
        pair = burst_rate(seen, 60.0).interval.pair
        held.append(pair[0] <= true <= pair[1])
        pair = rate([b.start_s for b in seen], 60.0).interval.pair
        held_by_lone.append(pair[0] <= true <= pair[1])
    assert 0.92 <= np.mean(held) <= 0.99
    assert np.mean(held_by_lone) < 0.9
    assert limit("rate.spasm_sizes") > 0


def test_the_same_muscles_of_both_sides_are_compared():
    result = measure_spontaneous(make_recording(list(ill().signals_uv), BOTH_SIDES))
    assert [c.count for c in result.side(Side.LEFT).company] != []
    assert not any(c.is_there for c in result.side(Side.LEFT).company)
