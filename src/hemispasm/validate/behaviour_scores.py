"""Numbers over simulated patients, each with its interval and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.stats import median_interval, wilson_interval
from hemispasm.validate.intervals import resampled_interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike

Pair = tuple[float, float]


@dataclass(frozen=True)
class Measured:
    """What the simulated patient did: one number of a check.

    Attributes
    ----------
    value : float or None
        None when there was nothing to count.
    interval : tuple of float or None
        95 %; None where one is not defined.
    n, of : int, str
        On how many of what it rests.
    note : str
        What the reader should know beside it.
    """

    value: float | None
    interval: Pair | None
    n: int
    of: str
    note: str = ""


def share_of(hits: ArrayLike, of: str, note: str = "") -> Measured:
    """Return the percentage of true entries with Wilson's interval.

    Examples
    --------
    >>> share_of([True, True, False, True], "patients").value
    75.0
    """
    flags = np.asarray(hits, dtype=bool)
    if not flags.size:
        return Measured(None, None, 0, of, note)
    low, high = wilson_interval(int(flags.sum()), flags.size).pair
    return Measured(100.0 * float(flags.mean()), (100 * low, 100 * high), flags.size, of, note)


def median_of(values: ArrayLike, of: str, note: str = "") -> Measured:
    """Return the median of the finite values with the interval of its order statistics.

    Examples
    --------
    >>> median_of([3.0, 1.0, 2.0, float("nan")], "nerves").value
    2.0
    """
    x = np.asarray(values, dtype=float)
    x = x[np.isfinite(x)]
    if not x.size:
        return Measured(None, None, 0, of, note)
    interval = median_interval(x)
    pair = None if interval is None else interval.pair
    return Measured(float(np.median(x)), pair, x.size, of, note)


def mean_of(values: ArrayLike, of: str, rng: np.random.Generator, note: str = "") -> Measured:
    """Return the mean of the finite values, its interval by resampling."""
    x = np.asarray(values, dtype=float)
    x = x[np.isfinite(x)]
    if not x.size:
        return Measured(None, None, 0, of, note)
    interval = resampled_interval(list(x), lambda chosen: float(np.mean(chosen)), rng)
    return Measured(float(np.mean(x)), interval, x.size, of, note)


def ratio_of_sums(
    pairs: Iterable[Pair], of: str, rng: np.random.Generator, note: str = ""
) -> Measured:
    """Return the sum of the second entries over that of the first, patients resampled."""
    units = list(pairs)

    def ratio(chosen: Sequence[Pair]) -> float | None:
        below = sum(first for first, _ in chosen)
        return sum(second for _, second in chosen) / below if below > 0 else None

    value = ratio(units) if units else None
    return Measured(value, resampled_interval(units, ratio, rng), len(units), of, note)
