"""Onset and peak of a response, its size, and how far it moved, each with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from hemispasm.measure.emg.limits_evoked import evoked_limit
from hemispasm.measure.emg.template import Template, match_curve, refined_peak

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

RESAMPLES = 200


@dataclass(frozen=True)
class Estimate:
    """A measured value with its interval; the unit stands in the name of the field.

    Attributes
    ----------
    value, low, high : float
        Value and ends of the interval.
    level : float
        Coverage the interval was made for.
    """

    value: float
    low: float
    high: float
    level: float = 0.95


def onset_ms(
    average_uv: NDArray[np.float64],
    time_ms: NDArray[np.float64],
    noise_uv: float,
    window_ms: tuple[float, float],
    crossing_sd: float,
    quiet_ms: float,
    least_share: float | None = None,
) -> tuple[float, float] | None:
    """Return onset and peak latency of an average, None when nothing rises above the noise.

    The peak is the largest deflection in the window; the onset is the first sample of the stretch
    before it in which the trace never rests below ``crossing_sd`` times the noise for longer than
    ``quiet_ms``. Below ``least_share`` of the peak (the usual limit when None) nothing counts.

    Examples
    --------
    >>> time = np.arange(0, 30, 0.1)
    >>> trace = np.where((time >= 10) & (time < 14), 50.0 * np.sin((time - 10) * 1.57), 0.0)
    >>> onset, peak = onset_ms(trace, time, 1.0, (7.5, 16.0), 2.5, 1.0)
    >>> round(onset, 1), round(peak, 1)
    (10.1, 11.0)
    """
    inside = np.flatnonzero((time_ms >= window_ms[0]) & (time_ms <= window_ms[1]))
    size = np.abs(average_uv)
    if inside.size == 0:
        return None
    peak = int(inside[np.argmax(size[inside])])
    if size[peak] <= crossing_sd * noise_uv:
        return None
    # A large response stands on the remains of the direct one, which noise does not know of.
    share = evoked_limit("latency", "least_share") if least_share is None else least_share
    limit = max(crossing_sd * noise_uv, share * size[peak])
    step = float(time_ms[1] - time_ms[0])
    patience = round(quiet_ms / step)
    first = last_loud = peak
    for index in range(peak, int(inside[0]) - 1, -1):
        if size[index] > limit:
            first = last_loud = index
        elif last_loud - index > patience:
            break
    before, after = size[first - 1], size[first]
    part = (limit - before) / (after - before) if first > 0 and after > before else 1.0
    return float(time_ms[first] - step * (1.0 - np.clip(part, 0.0, 1.0))), float(time_ms[peak])


def slopes(rows_uv: NDArray[np.float64], time_ms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each row has risen or fallen within the last fraction of a millisecond.

    A response begins steeply; what is left of artefact and direct response is a slow hill, on which
    a level would be crossed far too early.

    Parameters
    ----------
    rows_uv : ndarray, shape (n_sweeps, n_samples)
        Cleaned sweeps.
    time_ms : ndarray
        Their clock.

    Returns
    -------
    ndarray, shape (n_sweeps, n_samples)
        Each from samples that are not later, so that no response comes earlier by it.

    Examples
    --------
    >>> slopes(np.array([[0.0, 0.0, 1.0, 4.0, 9.0]]), np.arange(5) * 0.3).tolist()
    [[0.0, 0.0, 1.0, 3.0, 5.0]]
    """
    back = max(round(evoked_limit("latency", "slope_ms") / float(time_ms[1] - time_ms[0])), 1)
    found = np.zeros_like(rows_uv)
    found[:, back:] = rows_uv[:, back:] - rows_uv[:, :-back]
    return found


def burst_onset_ms(
    envelope_uv: NDArray[np.float64],
    time_ms: NDArray[np.float64],
    window_ms: tuple[float, float],
    share: float,
) -> float | None:
    """Return where a burst of many waves begins, None when nothing rises in the window.

    The sum of what exceeds ``share`` of the burst's height falls before the burst and grows
    through it; its lowest point before the largest rise is the onset. A pause inside the burst
    does not move it, and neither does a single wave of noise before it.

    Parameters
    ----------
    envelope_uv : ndarray
        Smoothed rectified average, its resting level taken off.
    time_ms : ndarray
        Its clock.
    window_ms : tuple of float
        Where the burst may lie.
    share : float
        Of the height of the burst, averaged over some milliseconds.

    Examples
    --------
    >>> time = np.arange(20.0, 80.0, 0.5)
    >>> inside = (time >= 32) & (time < 60) & ~((time >= 40) & (time < 46))
    >>> burst_onset_ms(np.where(inside, 50.0, 0.0), time, (22.0, 75.0), 0.2)
    32.0
    """
    inside = np.flatnonzero((time_ms >= window_ms[0]) & (time_ms <= window_ms[1]))
    width = max(round(evoked_limit("blink", "height_ms") / float(time_ms[1] - time_ms[0])), 1)
    if inside.size < width:
        return None
    trace = envelope_uv[inside]
    height = float(np.convolve(trace, np.ones(width) / width, "valid").max())
    if height <= 0:
        return None
    total = np.r_[0.0, np.cumsum(trace - share * height)]
    last = int(np.argmax(total - np.minimum.accumulate(total)))
    return float(time_ms[inside[min(int(np.argmin(total[: last + 1])), inside.size - 1)]])


def resampled(
    statistic: Callable[[NDArray[np.int_]], float | None],
    value: float,
    count: int,
    seed: int,
    level: float = 0.95,
    extra_sd: float = 0.0,
) -> Estimate:
    """Return an interval by drawing sweeps again, widened for few sweeps.

    Parameters
    ----------
    statistic : callable
        Value for an array of row numbers, None when it cannot be had from them.
    value : float
        Value from all sweeps.
    count : int
        How many sweeps there are.
    seed : int
        Of the draws.
    level : float
        Coverage.
    extra_sd : float
        Deviation that no drawing shows, such as that of the method itself.

    Returns
    -------
    Estimate
        Median-based spread of the draws times Student's quantile, so that single jumps to another
        wave of the response do not blow it up; an infinite interval with fewer than 3 sweeps.

    Examples
    --------
    >>> rows = np.array([9.8, 10.1, 10.0, 9.9, 10.2, 10.0])
    >>> found = resampled(lambda index: float(rows[index].mean()), 10.0, 6, seed=3)
    >>> 9.7 < found.low < 10.0 < found.high < 10.3
    True
    """
    if count < 3:
        return Estimate(value, -np.inf, np.inf, level)
    rng = np.random.default_rng([seed, count])
    draws = [statistic(rng.integers(0, count, count)) for _ in range(RESAMPLES)]
    known = np.array([draw for draw in draws if draw is not None])
    if known.size < RESAMPLES // 2:
        return Estimate(value, -np.inf, np.inf, level)
    half = float(np.hypot(spread_of(known), extra_sd)) * small_sample_factor(count, level)
    return Estimate(value, value - half, value + half, level)


def spread_of(draws: NDArray[np.float64]) -> float:
    """Return a standard deviation that a few far draws move little.

    Examples
    --------
    >>> bool(spread_of(np.array([1.0, 2.0, 3.0, 4.0, 100.0])) < 30)
    True
    """
    centre = float(np.median(draws))
    robust = 1.4826 * float(np.median(np.abs(draws - centre)))
    whole = float(draws.std())
    return max(robust, 0.0 if whole == 0 else float(np.sqrt(robust * whole)), 0.25 * whole)


def small_sample_factor(count: int, level: float = 0.95) -> float:
    """Return Student's quantile for a number of sweeps, with the bootstrap's shrinkage undone.

    Examples
    --------
    >>> round(small_sample_factor(8), 2), round(small_sample_factor(1000), 2)
    (2.53, 1.96)
    """
    return float(stdtrit(count - 1, 0.5 + level / 2) * np.sqrt(count / (count - 1)))


def latency_change(
    rows_uv: NDArray[np.float64],
    weight: NDArray[np.float64],
    baseline_uv: NDArray[np.float64],
    baseline_weight: NDArray[np.float64],
    template: Template,
    rate_hz: float,
    seed: int,
    level: float = 0.95,
) -> Estimate:
    """Return how much later a response comes than in the baseline, in milliseconds.

    Both trains are drawn again, because the template is uncertain too.

    Parameters
    ----------
    rows_uv, weight
        Sweeps of now, cleaned, and their weights.
    baseline_uv, baseline_weight
        Sweeps of the baseline on the same clock.
    template : Template
        Where the response lies and how far it may move.
    rate_hz : float
        Samples per second.
    seed : int
        Of the draws.
    level : float
        Coverage.

    Returns
    -------
    Estimate
        Positive when later.
    """
    window = slice(template.first, template.first + len(template.shape_uv))

    def shift(now: NDArray[np.float64], then: NDArray[np.float64]) -> float:
        moved = Template(template.first, (then @ baseline_uv)[window], template.lag)
        return (refined_peak(match_curve(now @ rows_uv, moved))[1] - template.lag) * 1000 / rate_hz

    value = shift(weight, baseline_weight)
    count, before = len(rows_uv), len(baseline_uv)
    if count < 3 or before < 3:
        return Estimate(value, -np.inf, np.inf, level)
    rng = np.random.default_rng([seed, count, before])
    draws = np.array(
        [shift(_drawn(weight, rng), _drawn(baseline_weight, rng)) for _ in range(RESAMPLES)]
    )
    # Two trains are drawn, so the shrinkage of the smaller one is not the whole error's.
    half = spread_of(draws) * float(stdtrit(min(count, before) - 1, 0.5 + level / 2))
    return Estimate(value, value - half, value + half, level)


def _drawn(weight: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    times = np.bincount(rng.integers(0, len(weight), len(weight)), minlength=len(weight))
    drawn = weight * times
    return np.asarray(drawn / drawn.sum())
