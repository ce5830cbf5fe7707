"""What the bundle hands on: the table agrees with the model, answers are read as they are."""

from dataclasses import replace

import numpy as np
import pytest

from hemispasm.simulate.nerve.bundle import BundleOptions, make_bundle
from hemispasm.simulate.nerve.bursts import burst_rates, intervals_in_bursts, trains_of
from hemispasm.simulate.nerve.calibrate import calibrate, load_table, table_rows
from hemispasm.simulate.nerve.evoked import (
    _kept,
    _silent_near,
    double_shock,
    evoke_lateral_spread,
    measure_jitter,
)
from hemispasm.simulate.nerve.parameters import number
from hemispasm.simulate.nerve.run import PLACES, BundleRun


def test_less_space_never_lets_fewer_impulses_cross():
    points = load_table().points
    spaces = [point.space_share for point in points]
    crossing = [point.crossing for point in points]
    assert spaces == sorted(spaces)
    assert crossing == sorted(crossing, reverse=True)
    assert load_table().crossing_at(number("space.decompressed")) == 0.0


def test_the_table_that_ships_is_the_one_that_the_model_gives():
    found = calibrate((100,), (number("space.compressed"),))
    (point,) = found.points
    shipped = next(p for p in load_table().points if p.space_share == point.space_share)
    assert shipped.crossing_low - 0.05 <= point.crossing <= shipped.crossing_high + 0.05
    assert shipped.transfer_low_ms - 0.1 <= point.transfer_ms <= shipped.transfer_high_ms + 0.1
    assert found.repeats.refractory_ms == pytest.approx(
        load_table().repeats.refractory_ms, abs=0.11
    )
    assert set(table_rows(found)) == {"point", "repeats"}


def test_impulses_far_apart_are_no_burst_and_two_have_no_rate():
    fibre = np.array([0, 0, 0, 0, 1, 1])
    time = np.array([1.0, 5.0, 8.0, 90.0, 2.0, 6.0])
    assert sorted(1e3 * intervals_in_bursts(fibre, time)) == pytest.approx([3.0, 4.0, 4.0])
    assert burst_rates(fibre, time) == pytest.approx([1e3 * 2 / 7.0])


def test_a_missing_impulse_ends_a_train_and_a_slow_train_stays_slow():
    skipped = np.array([0.0, 3.4, 11.0, 14.4, 17.9])
    assert [train.size for train in trains_of(skipped)] == [2, 3]
    assert burst_rates(np.zeros(5, dtype=int), skipped) == pytest.approx([1e3 * 2 / 6.9])
    slow = np.array([0.0, 7.3, 14.0])
    assert burst_rates(np.zeros(3, dtype=int), slow) == pytest.approx([1e3 * 2 / 14.0])


def test_evoked_answers_come_after_the_shortest_way_and_jitter_needs_noise():
    nerve = make_bundle(BundleOptions(fibres=48, noise=0.0), seed=4)
    found = evoke_lateral_spread(nerve, dt_us=5.0)
    assert found.present
    way_mm = number("nerve.to_patch_mm") + number("nerve.to_muscle_mm")
    assert found.onset_ms > way_mm / nerve.velocity_m_s.max() + number("nerve.terminal_ms")
    assert np.isnan(found.latency_ms[nerve.upper]).all()
    still = measure_jitter(nerve, trials=3, dt_us=5.0)
    assert still.spread_ms == pytest.approx(0.0, abs=1e-12)
    moved = measure_jitter(replace(nerve, options=replace(nerve.options, noise=4.0)), trials=3)
    assert moved.spread_ms.max(initial=0.0) > 0.0


def test_a_second_shock_while_the_patch_is_refractory_brings_no_second_answer():
    nerve = make_bundle(BundleOptions(fibres=48, noise=0.0), seed=4)
    found = double_shock(nerve, (0.6, 6.0), dt_us=5.0)
    assert not found.present[0]
    assert found.share.shape == found.shift_ms.shape == (2,)


def test_a_second_volley_crosses_again_at_the_same_latency_once_the_patch_has_recovered():
    nerve = make_bundle(BundleOptions(fibres=24, noise=0.0, space_share=0.12), seed=4)
    found = double_shock(nerve, (1.0, 3.0), dt_us=5.0)
    assert found.present.tolist() == [False, True]
    # Without depression, which is what bare membrane without fast potassium shows.
    assert found.share[1] > 0.5
    assert abs(found.shift_ms[1]) < number("read.same_ms")


def test_a_first_answer_that_the_second_volley_moves_is_not_a_second_answer():
    nerve = make_bundle(BundleOptions(fibres=8, noise=0.0), seed=4)
    place, none = np.full(2, PLACES.index("distal")), np.zeros(0)
    moved = BundleRun(nerve, 20.0, 2.5, np.array([2, 3]), place, np.array([10.9, 10.1]), none, none)
    assert not _kept(moved, 2, 10.0)
    assert _kept(moved, 3, 10.0)


def test_a_fibre_whose_afterdischarge_fills_the_expected_time_counts_neither_way():
    nerve = make_bundle(BundleOptions(fibres=8, noise=0.0), seed=4)
    fibre, time_ms = np.array([2, 2, 3]), np.array([10.0, 13.5, 10.0])
    place, none = np.full(3, PLACES.index("distal")), np.zeros(0)
    once = BundleRun(nerve, 20.0, 2.5, fibre, place, time_ms, none, none)
    assert not _silent_near(once, 2, 13.2)
    assert _silent_near(once, 3, 13.2)
    assert _silent_near(once, 2, 16.0)
