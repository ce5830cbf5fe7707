"""One patient, two recorders: how their clocks stand to one another, and the marks in both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.emg.options import Clock
from hemispasm.simulate.patient.parameters import number, pair

if TYPE_CHECKING:
    from hemispasm.simulate.patient.options import PatientOptions

SETTLE_S = 4.0
"""The nerve runs for so long before the first recorder is switched on."""


def draw_clock(options: PatientOptions, visit: int) -> Clock:
    """Return the EMG's clock against the video's, which is the patient's.

    EMG time = offset + video time x (1 + drift). The offset is how long the EMG ran before.

    Examples
    --------
    >>> from hemispasm.simulate.patient.options import PatientOptions
    >>> 2.0 <= draw_clock(PatientOptions(seed=4), 0).offset_s <= 20.0
    True
    """
    rng = np.random.default_rng([options.seed, visit, 0x636C])
    low, high = pair("clock.offset_s")
    offset = float(rng.uniform(low, min(high, options.emg_s - options.video_s - 3.0)))
    return Clock(round(offset, 6), round(float(rng.normal(0.0, number("clock.drift_ppm"))), 4))


def lead_s(clock: Clock) -> float:
    """Return how long the nerve runs before the video begins."""
    return SETTLE_S + max(clock.offset_s, 0.0)


def run_length_s(options: PatientOptions, clock: Clock) -> float:
    """Return how long the nerve runs so that both recordings lie within."""
    return SETTLE_S + max(options.emg_s, lead_s(clock) + options.video_s) + 1.0


def draw_marks(options: PatientOptions, visit: int) -> tuple[float, ...]:
    """Return when the flashes happen, seconds of the video: half early, half late, uneven.

    Examples
    --------
    >>> from hemispasm.simulate.patient.options import PatientOptions
    >>> len(draw_marks(PatientOptions(seed=4), 0))
    6
    """
    rng = np.random.default_rng([options.seed, visit, 0x6D61])
    count, length = options.sync_marks, options.video_s
    early, late = count - count // 2, count // 2
    steps = rng.uniform(0.35, 0.9, count)
    first = 0.8 + np.cumsum(steps[:early])
    last = length - 0.5 - np.cumsum(steps[early:])[::-1] if late else np.zeros(0)
    return tuple(round(float(t), 4) for t in np.sort(np.r_[first, last]))
