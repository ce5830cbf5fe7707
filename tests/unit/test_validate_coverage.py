"""The coverage of intervals, checked where the answer is known beforehand."""

from __future__ import annotations

import numpy as np
import pytest

from hemispasm.measure.video.facesignals import IMAGE_LEFT, IMAGE_RIGHT
from hemispasm.model import Side
from hemispasm.simulate.face.scenarios import Scenario, make_timeline
from hemispasm.validate.clips import Band
from hemispasm.validate.coverage import (
    Covered,
    Observer,
    coverage_score,
    event_coverage,
    observe,
)
from hemispasm.validate.signal_patients import camera_signals, signal_coverage
from hemispasm.validate.tallies import Tally


def z_interval(rng, half_width_sd):
    seen = rng.normal(10.0, 1.0)
    return Covered(10.0, 10.0, seen - half_width_sd, seen + half_width_sd, 60.0)


@pytest.mark.parametrize(("half_width_sd", "expected"), [(1.959964, 0.95), (0.674490, 0.5)])
def test_coverage_finds_the_level_of_an_interval_whose_level_is_known(half_width_sd, expected):
    rng = np.random.default_rng(4)
    replicates = [z_interval(rng, half_width_sd) for _ in range(4000)]
    score = coverage_score("rate_coverage", replicates)
    assert score.value == pytest.approx(expected, abs=0.02)
    assert score.interval[0] < expected < score.interval[1]
    assert score.n == 4000


def test_the_ends_of_an_interval_belong_to_it():
    assert Covered(2.0, 2.0, 2.0, 5.0, 60.0).inside
    assert Covered(5.0, 5.0, 2.0, 5.0, 60.0).inside
    assert not Covered(5.01, 5.0, 2.0, 5.0, 60.0).inside


def test_a_perfect_observer_reports_exactly_what_was_there():
    rng = np.random.default_rng(0)
    events = observe(np.array([1.0, 4.0]), np.array([0.5, 0.6]), 60.0, Observer(1.0, 0.0), rng)
    assert [(e.start_s, e.end_s) for e in events] == [(1.0, 1.5), (4.0, 4.6)]


def test_an_imperfect_observer_misses_and_invents_at_the_stated_rates():
    rng = np.random.default_rng(0)
    onsets, lengths = np.arange(0, 600, 3.0), np.full(200, 0.5)
    observer = Observer(recall=0.7, false_per_min=2.0, spread=200.0)
    total = Tally()
    for _ in range(20):
        events = observe(onsets, lengths, 600.0, observer, rng)
        hits = sum(e.duration_s > 0.4 for e in events)
        total = total + Tally(hits, len(events) - hits, len(onsets) - hits)
    assert total.recall == pytest.approx(0.7, abs=0.03)
    assert total.false / 20 == pytest.approx(20.0, abs=3.0)


def test_an_observer_who_misses_most_is_not_covered_by_intervals_that_assume_little_loss():
    honest = coverage_score("c", event_coverage(5, replicates=200)).value
    blind = coverage_score("c", event_coverage(5, replicates=200, observer=Observer(0.2))).value
    assert honest > 0.9
    assert blind < 0.8


def test_replicates_are_the_same_for_the_same_seed():
    assert event_coverage(7, replicates=5) == event_coverage(7, replicates=5)


def test_the_signals_of_a_simulated_left_spasm_lie_at_the_pictures_right():
    scenario = Scenario("hfs", side=Side.LEFT, duration_s=20.0, closure_band=(0.9, 1.0))
    timeline = make_timeline(scenario, np.random.default_rng(1))
    signals = camera_signals(timeline, np.random.default_rng(2))
    inside = timeline.spasm_left
    assert inside.any()
    moved = signals.closure_mirrored[inside].mean(axis=0)
    assert moved[IMAGE_RIGHT] > moved[IMAGE_LEFT] + 0.2


def test_signal_replicates_are_reproducible_and_hold_an_interval():
    once, again = (signal_coverage(9, 2, (Band.HIGH,)) for _ in range(2))
    assert once == again
    assert all(c.low <= c.high and c.rate_per_min > 0 for c in once)
