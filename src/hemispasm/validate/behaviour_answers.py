"""Answers to stimuli as an examiner reads them off the sweeps, for the table of behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.emg import Muscle
    from hemispasm.simulate.population.responses import EvokedRun

LOCKED_MS = 2.0
"""Stretch of latencies within which a unit is time-locked (ours)."""

FEWEST_LOCKED = 5
"""Answers of a unit from which its jitter is read (ours)."""

MAD_TO_SD = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""

POTENTIAL_MS = 5
"""Length of a unit's potential at the skin: impulses within it add up to one deflection."""

WATCHED_MS = 110
"""How long after a stimulus a reflex answer is read."""

LATE_MS = (22, 60)
"""Where the late answer of a blink reflex may begin: after the early one, before its end (ours)."""

STEP_MS = 8
"""Activity this long before and after a time is compared to find where an answer begins (ours)."""

CLEAR = 4.0
"""Standard errors over sweeps from which a rise is an answer (ours: the clearest of many times)."""


def time_locked_sds(latency_ms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the jitter of each unit that answers in lock with the stimulus, ms.

    A unit counts when more than half of its answers lie in one stretch of 2 ms, and at least five
    do. Units that only the afterdischarge takes along answer at any time: they are no part of the
    constant answer, whose stability is published.

    Parameters
    ----------
    latency_ms : ndarray, shape (sweeps, units)
        First answer of each unit to each stimulus; nan where it is silent.

    Returns
    -------
    ndarray
        1.48 times the median absolute deviation within the stretch, one value per such unit.

    Examples
    --------
    >>> steady, late = np.full(20, 9.0), np.linspace(5.0, 24.0, 20)
    >>> time_locked_sds(np.column_stack([steady, late])).tolist()
    [0.0]
    """
    found = []
    for column in latency_ms.T:
        sorted_ms = np.sort(column[np.isfinite(column)])
        counts = np.searchsorted(sorted_ms, sorted_ms + LOCKED_MS, "right") - np.arange(
            len(sorted_ms)
        )
        most = int(counts.max(initial=0))
        if most < FEWEST_LOCKED or 2 * most <= len(sorted_ms):
            continue
        first = int(np.argmax(counts))
        locked = sorted_ms[first : first + most]
        found.append(MAD_TO_SD * float(np.median(np.abs(locked - np.median(locked)))))
    return np.array(found)


def impulses_per_ms(made: EvokedRun, muscle: Muscle) -> NDArray[np.int64]:
    """Return a muscle's abnormal impulses after each stimulus, counted by the millisecond.

    Returns
    -------
    ndarray of int, shape (stimuli, WATCHED_MS)
    """
    arrival_s, _ = made.answers(muscle)
    sweep = np.searchsorted(made.stimuli_s, arrival_s, "right") - 1
    since = np.floor(1000.0 * (arrival_s - made.stimuli_s[np.maximum(sweep, 0)])).astype(np.int64)
    kept = (sweep >= 0) & (since < WATCHED_MS)
    counts = np.zeros((len(made.stimuli_s), WATCHED_MS), dtype=np.int64)
    np.add.at(counts, (sweep[kept], since[kept]), 1)
    return counts


def largest_deflection(counts: NDArray[np.int64], from_ms: int = 6) -> float:
    """Return the most impulses that fall within one potential's length, averaged over sweeps.

    Examples
    --------
    >>> apart, together = np.zeros((4, 40), dtype=int), np.zeros((4, 40), dtype=int)
    >>> apart[:, 10::7], together[:, 12:16] = 1, 1
    >>> largest_deflection(apart), largest_deflection(together)
    (1.0, 4.0)
    """
    mean = counts[:, from_ms:].mean(axis=0)
    return float(np.convolve(mean, np.ones(POTENTIAL_MS), "valid").max())


@dataclass(frozen=True)
class Rise:
    """Where a late answer begins.

    Attributes
    ----------
    onset_ms : float
        nan where activity does not rise clearly.
    impulses : float
        How many more in the 8 ms after the onset than in the 8 ms before, per sweep.
    """

    onset_ms: float
    impulses: float

    @property
    def present(self) -> bool:
        """Whether there is an answer."""
        return bool(np.isfinite(self.onset_ms))


def late_rise(counts: NDArray[np.int64]) -> Rise:
    """Return where activity rises most clearly in the time of the late answer.

    The early answer leaves afterdischarge that fills the whole sweep. What the late answer adds is
    seen as an examiner sees it: more after a moment than before it, sweep for sweep.

    Parameters
    ----------
    counts : ndarray of int, shape (stimuli, ms)
        Of `impulses_per_ms`.

    Examples
    --------
    >>> counts = np.random.default_rng(1).poisson(0.2, (60, 110))
    >>> late_rise(counts).present
    False
    >>> counts[:, 35:60] += np.random.default_rng(2).poisson(1.0, (60, 25))
    >>> abs(late_rise(counts).onset_ms - 35.0) <= 1.0
    True
    """
    total = np.cumsum(np.pad(counts, ((0, 0), (1, 0))), axis=1)
    at = np.arange(*LATE_MS)
    more = total[:, at + STEP_MS] - 2 * total[:, at] + total[:, at - STEP_MS]
    mean = more.mean(axis=0)
    error = more.std(axis=0, ddof=1) / np.sqrt(len(more))
    clear = np.divide(mean, error, out=np.zeros_like(mean), where=error > 0.0)
    best = int(np.argmax(clear))
    if clear[best] < CLEAR:
        return Rise(float("nan"), 0.0)
    return Rise(float(at[best]), float(mean[best]))
