"""Intervals for proportions, medians and differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtr as binomial_cdf
from scipy.special import betaincinv, ndtri

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Interval:
    """A two-sided interval with its level, in the unit of the value it belongs to."""

    low: float
    high: float
    level: float = 0.95

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    @property
    def pair(self) -> tuple[float, float]:
        """The two ends."""
        return self.low, self.high


def wilson_interval(successes: int, trials: int, level: float = 0.95) -> Interval:
    """Return Wilson's score interval of a proportion.

    Parameters
    ----------
    successes, trials : int
        Counts; ``trials`` may be 0, then the interval is the whole unit range.
    level : float
        Coverage, 0-1.

    Returns
    -------
    Interval
        Ends between 0 and 1.

    References
    ----------
    Wilson EB. J Am Stat Assoc 1927;22:209-212.

    Examples
    --------
    >>> wilson_interval(9, 10).pair
    (0.5958..., 0.9821...)
    """
    if trials == 0:
        return Interval(0.0, 1.0, level)
    z = float(ndtri(0.5 + level / 2))
    p = successes / trials
    centre = p + z * z / (2 * trials)
    half = z * np.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    low = 0.0 if successes == 0 else float((centre - half) / scale)
    high = 1.0 if successes == trials else float((centre + half) / scale)
    return Interval(low, high, level)


def fraction_interval(successes: float, trials: float, level: float = 0.95) -> Interval:
    """Return the Jeffreys interval of a proportion; accepts effective (non-integer) counts.

    Examples
    --------
    >>> fraction_interval(0, 20).low
    0.0
    """
    if trials <= 0:
        return Interval(0.0, 1.0, level)
    tail = (1 - level) / 2
    a, b = successes + 0.5, trials - successes + 0.5
    low = 0.0 if successes <= 0 else float(betaincinv(a, b, tail))
    high = 1.0 if successes >= trials else float(betaincinv(a, b, 1 - tail))
    return Interval(low, high, level)


def median_interval(values: ArrayLike, level: float = 0.95) -> Interval | None:
    """Return the order-statistic interval of a median.

    Parameters
    ----------
    values : array_like of shape (n,)
        Independent values; NaN are left out.

    Returns
    -------
    Interval or None
        None when no pair of order statistics reaches the level (fewer than six values at 95 %).

    Examples
    --------
    >>> median_interval([1, 2, 3, 4, 5, 6, 7]).pair
    (1.0, 7.0)
    >>> median_interval([1, 2, 3]) is None
    True
    """
    x = np.sort(np.asarray(values, dtype=float))
    x = x[np.isfinite(x)]
    n = x.size
    tail = (1 - level) / 2
    rank = -1
    while rank + 1 < n // 2 and binomial_cdf(rank + 1, n, 0.5) <= tail:
        rank += 1
    if rank < 0:
        return None
    return Interval(float(x[rank]), float(x[n - 1 - rank]), level)


def difference_interval(
    earlier: float,
    earlier_interval: Interval,
    later: float,
    later_interval: Interval,
    *,
    repeat_sd: float = 0.0,
) -> Interval:
    """Return the interval of ``later - earlier`` from the two values' own intervals.

    Parameters
    ----------
    earlier, later : float
        The two values.
    earlier_interval, later_interval : Interval
        Their intervals, of one level; they need not be symmetric.
    repeat_sd : float
        Standard deviation of the difference between two measurements of an unchanged patient
        that the intervals do not already hold.

    Notes
    -----
    Variance recovery (Zou and Donner, Stat Med 2008;27:1693-1702), with the repeatability added
    in quadrature.

    Examples
    --------
    >>> difference_interval(10.0, Interval(8, 13), 4.0, Interval(3, 6)).high < 0
    True
    """
    level = later_interval.level
    extra = float(ndtri(0.5 + level / 2)) * repeat_sd
    change = later - earlier
    below = np.hypot(later - later_interval.low, earlier_interval.high - earlier)
    above = np.hypot(later_interval.high - later, earlier - earlier_interval.low)
    return Interval(
        float(change - np.hypot(below, extra)), float(change + np.hypot(above, extra)), level
    )
