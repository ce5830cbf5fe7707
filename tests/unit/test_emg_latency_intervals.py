"""Intervals of onset latencies hold the onset of a usual sweep of a simulated recording."""

from collections import defaultdict

import numpy as np
import pytest

from hemispasm.measure.emg.latency import burst_onset_ms, onset_ms, slopes
from hemispasm.validate.emg_latencies import run_latencies
from hemispasm.validate.emg_plan import EmgJob

SEEDS = {"blink_reflex": range(440, 446), "f_wave": range(440, 446), "z_l": range(440, 443)}
LEAST = {"R1": 6, "R2": 6, "R2c": 4, "F": 6, "M": 6, "LSR": 6, "ZL": 6}
"""Intervals that must be there; at most one of each kind may miss."""

WIDEST_MS = {"R1": 1.5, "R2": 3.0, "R2c": 4.0, "F": 3.0, "M": 0.4, "LSR": 1.5, "ZL": 1.5}
"""Median half-width above which an interval would hold the truth by saying nothing."""


@pytest.fixture(scope="module")
def latencies():
    found = defaultdict(list)
    for scenario, seeds in SEEDS.items():
        for seed in seeds:
            job = EmgJob("latencies", "mechanistic", seed, 12.0, scenario)
            for one in run_latencies(job).latencies:
                if one.interval_ms is not None:
                    found[one.kind].append(one)
    return found


@pytest.mark.parametrize("kind", LEAST)
def test_the_interval_of_an_onset_holds_the_true_one(latencies, kind):
    these = latencies[kind]
    assert len(these) >= LEAST[kind]
    missed = [o for o in these if not o.interval_ms[0] <= o.true_ms <= o.interval_ms[1]]
    assert len(missed) <= 1, missed
    widths = [(o.interval_ms[1] - o.interval_ms[0]) / 2 for o in these]
    assert np.median(widths) < WIDEST_MS[kind]


def test_a_slow_hill_before_a_response_is_not_its_onset():
    time = np.arange(0.0, 30.0, 0.1)
    hill = 15.0 * np.exp(-0.5 * ((time - 8.2) / 0.8) ** 2)
    response = np.where((time >= 10) & (time < 14), 50.0 * np.sin((time - 10) * 1.57), 0.0)
    early = onset_ms(hill + response, time, 1.0, (7.5, 16.0), 2.5, 1.3)
    steep = slopes((hill + response)[None, :], time)[0]
    found = onset_ms(steep, time, 1.0, (7.5, 16.0), 2.5, 1.3, 0.3)
    assert early[0] < 9.0
    assert found[0] == pytest.approx(10.0, abs=0.3)


def test_a_burst_with_a_pause_and_a_late_height_begins_at_its_first_part():
    rng = np.random.default_rng(3)
    time = np.arange(0.0, 90.0, 0.1)
    burst = np.where((time >= 31) & (time < 40), 25.0, 0.0)
    burst += np.where((time >= 48) & (time < 62), 60.0, 0.0)
    found = burst_onset_ms(burst + rng.normal(0, 3, len(time)), time, (22.0, 75.0), 0.2)
    assert found == pytest.approx(31.0, abs=0.5)


def test_a_window_without_a_burst_has_no_onset():
    time = np.arange(0.0, 90.0, 0.1)
    assert burst_onset_ms(np.zeros(len(time)), time, (22.0, 75.0), 0.2) is None
    assert burst_onset_ms(np.ones(20), time[:20], (22.0, 75.0), 0.2) is None
