"""How far one small sample lies from another, without a distribution assumed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from hemispasm.stats.intervals import Interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

EXACT_UP_TO = 1600
"""Pairs up to which the distribution of the rank sum is counted out; beyond, it is normal."""


def shift_interval(earlier: ArrayLike, later: ArrayLike, level: float = 0.95) -> Interval | None:
    """Return the interval of how far the later values lie above the earlier ones.

    Parameters
    ----------
    earlier, later : array_like of shape (n,), (m,)
        Independent values of one unit; NaN are left out.
    level : float
        Coverage, 0-1.

    Returns
    -------
    Interval or None
        None where so few values cannot reach the level: at 95 % four and four can, five and three,
        eight and two; one alone cannot.

    Notes
    -----
    All differences of a later and an earlier value in order, cut where the exact rank-sum test of
    Mann and Whitney no longer tells the samples apart. It holds for any distribution, and for two
    that differ in place alone it is the interval of the shift of the medians.

    References
    ----------
    Hodges JL, Lehmann EL. Ann Math Stat 1963;34:598-611.

    Examples
    --------
    >>> shift_interval([0.8, 0.9, 0.7, 0.85, 0.95], [0.2, 0.35, 0.3]).high < 0
    True
    >>> shift_interval([0.8, 0.9, 0.7], [0.2, 0.3]) is None
    True
    """
    first, second = _finite(earlier), _finite(later)
    pairs = first.size * second.size
    if pairs == 0:
        return None
    cut = _cut(first.size, second.size, level)
    if cut == 0:
        return None
    apart = np.sort((second[:, None] - first[None, :]).ravel())
    return Interval(float(apart[cut - 1]), float(apart[pairs - cut]), level)


def _finite(values: ArrayLike) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    x = np.asarray(values, dtype=np.float64).ravel()
    return x[np.isfinite(x)]


def _cut(n: int, m: int, level: float) -> int:
    """Return which difference from either end is the limit, 1 for the outermost; 0 for none."""
    tail = (1.0 - level) / 2.0
    if n * m > EXACT_UP_TO:
        sd = np.sqrt(n * m * (n + m + 1) / 12.0)
        return max(int(np.floor(n * m / 2.0 + float(ndtri(tail)) * sd)), 0)
    ways = rank_sum_ways(min(n, m), max(n, m))
    limit, below, cut = tail * sum(ways), 0, 0
    for count in ways:
        below += count
        if below > limit:
            break
        cut += 1
    return cut


@cache
def rank_sum_ways(n: int, m: int) -> tuple[int, ...]:
    """Return in how many orders of n and m values 0, 1, … of the pairs stand the other way round.

    Examples
    --------
    >>> rank_sum_ways(2, 2)
    (1, 1, 2, 1, 1)
    """
    ways = [1] + [0] * (n * m)
    for k in range(1, n + 1):
        # Each of the n values passes up to m others: times (1 - q^(m + k)) / (1 - q^k).
        for j in range(n * m, m + k - 1, -1):
            ways[j] -= ways[j - m - k]
        for j in range(k, n * m + 1):
            ways[j] += ways[j - k]
    return tuple(ways)
