"""Rates from counts that cluster, seen by an imperfect observer.

Spasms come in runs, so counts vary more than Poisson counts do. A rate's interval here covers
the patient's rate under the conditions of the recording: it carries the clustering (a dispersion
estimated from the recording and shrunk towards a prior) and the observer's own errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincinv

from hemispasm.stats.intervals import Interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

# Expert rule: spasm trains are moderately overdispersed before anything is known of a patient;
# the prior weighs as much as this many windows of observation.
PRIOR_DISPERSION = 1.35
PRIOR_WINDOWS = 8.0


def dispersion_estimate(onset_s: ArrayLike, exposure_s: float, *, window_s: float = 10.0) -> float:
    """Return the variance-to-mean ratio of counts, shrunk towards the prior, at least 0.6.

    Parameters
    ----------
    onset_s : array_like of shape (n,)
        Event onsets on the analysed clock (excluded spans removed), seconds.
    exposure_s : float
        Analysed seconds.
    window_s : float
        Length of the counting windows.

    Notes
    -----
    Counts of fewer than one event per window say almost nothing about dispersion, so each
    window is weighed by its expected count, up to one.

    Examples
    --------
    >>> dispersion_estimate([], 60.0) == PRIOR_DISPERSION
    True
    """
    onsets = np.asarray(onset_s, dtype=float)
    windows = int(exposure_s // window_s)
    if windows < 2 or onsets.size == 0:
        return PRIOR_DISPERSION
    edges = np.arange(windows + 1) * window_s
    counts, _ = np.histogram(onsets, edges)
    mean = counts.mean()
    if mean == 0:
        return PRIOR_DISPERSION
    weight = (windows - 1) * min(1.0, float(mean))
    observed = float(counts.var(ddof=1) / mean)
    shrunk = (PRIOR_WINDOWS * PRIOR_DISPERSION + weight * observed) / (PRIOR_WINDOWS + weight)
    return max(0.6, shrunk)


def rate_interval(
    count: float,
    exposure_s: float,
    *,
    dispersion: float = 1.0,
    recall: float = 1.0,
    false_per_min: float = 0.0,
    session_cv: float = 0.0,
    level: float = 0.95,
) -> Interval:
    """Return the interval of a patient's event rate per minute.

    Parameters
    ----------
    count : float
        Events detected.
    exposure_s : float
        Seconds analysed, > 0.
    dispersion : float
        Variance-to-mean ratio of counts (1 is Poisson).
    recall : float
        Fraction of true events the detector finds, 0-1.
    false_per_min : float
        False events per analysed minute.
    session_cv : float
        Coefficient of variation of one sitting's rate around the patient's; it does not shrink
        with longer recording.

    Returns
    -------
    Interval
        Events per minute; the lower end is 0 when nothing was seen.

    Raises
    ------
    ValueError
        No exposure.

    Notes
    -----
    The exact (gamma) interval of a Poisson mean with counts divided by the dispersion, then
    carried through the detector: ``true = (seen - false) / recall``. For the lower end false
    events are subtracted; for the upper end misses are added. At dispersion 1 and no error it is
    the interval of Garwood, Biometrika 1936;28:437-442.

    Examples
    --------
    >>> ends = rate_interval(14, 60.0).pair
    >>> round(ends[0], 2), round(ends[1], 2)
    (7.65, 23.49)
    >>> rate_interval(0, 60.0).low
    0.0
    """
    if exposure_s <= 0:
        raise ValueError("a rate needs some seconds of exposure")
    tail = (1 - level) / 2
    minutes = exposure_s / 60.0
    dispersion = dispersion + session_cv**2 * count
    scaled = count / dispersion
    low = 0.0 if count <= 0 else float(gammaincinv(scaled, tail)) * dispersion / minutes
    high = float(gammaincinv(scaled + 1, 1 - tail)) * dispersion / minutes
    return Interval(max(0.0, low - false_per_min), high / recall, level)


def observed_count_interval(
    confidence: ArrayLike, *, doubtful: ArrayLike = (), level: float = 0.95
) -> Interval:
    """Return the interval of what a perfect observer would have counted in these seconds.

    Parameters
    ----------
    confidence : array_like of shape (n,)
        Probability that each counted event is real.
    doubtful : array_like of shape (m,)
        Probability that each candidate which was not counted is real after all.

    Returns
    -------
    Interval
        Whole counts: the quantiles of the Poisson-binomial distribution, by convolution.

    Examples
    --------
    >>> observed_count_interval([1.0, 1.0, 1.0]).pair
    (3.0, 3.0)
    >>> observed_count_interval([0.9] * 10).pair
    (7.0, 10.0)
    """
    mass = np.ones(1)
    for p in np.concatenate([np.asarray(confidence, float), np.asarray(doubtful, float)]):
        mass = np.convolve(mass, [1 - p, p])
    cumulative = np.cumsum(mass)
    tail = (1 - level) / 2
    low = int(np.searchsorted(cumulative, tail, side="right"))
    high = int(np.searchsorted(cumulative, 1 - tail - 1e-12, side="left"))
    return Interval(float(low), float(min(high, mass.size - 1)), level)


def time_fraction_interval(
    duration_s: ArrayLike,
    exposure_s: float,
    *,
    dispersion: float = 1.0,
    edge_error_s: float = 0.0,
    unseen_duration_s: float = 0.5,
    level: float = 0.95,
) -> Interval:
    """Return the interval of the fraction of time spent in events.

    Parameters
    ----------
    duration_s : array_like of shape (n,)
        Event durations.
    exposure_s : float
        Seconds analysed.
    dispersion : float
        Variance-to-mean ratio of event counts.
    edge_error_s : float
        Standard deviation of a measured duration.
    unseen_duration_s : float
        Duration an event would have had where none was seen (expert rule); makes the upper end
        of a zero.

    Notes
    -----
    A compound Poisson total with mean ``sum(d)`` and variance ``dispersion * sum(d**2)``, its
    interval from the gamma distribution with those moments.

    Examples
    --------
    >>> time_fraction_interval([], 60.0).low
    0.0
    >>> 0.05 in time_fraction_interval([0.5] * 6, 60.0)
    True
    """
    d = np.asarray(duration_s, dtype=float)
    tail = (1 - level) / 2
    if d.size == 0:
        upper = rate_interval(0, exposure_s, dispersion=dispersion, level=level).high
        return Interval(0.0, min(1.0, upper / 60.0 * unseen_duration_s), level)
    mean = float(d.sum())
    variance = dispersion * float((d**2).sum()) + d.size * edge_error_s**2
    shape = mean**2 / variance
    low = float(gammaincinv(shape, tail)) * variance / mean / exposure_s
    high = float(gammaincinv(shape + 1, 1 - tail)) * variance / mean / exposure_s
    return Interval(min(1.0, low), min(1.0, high), level)
