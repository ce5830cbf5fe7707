"""Intervals of pooled scores: whole clips resampled, and counts as a floor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.stats import wilson_interval
from hemispasm.validate.tallies import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

RESAMPLES = 1000


def resampled_interval(
    units: Sequence[Any],
    statistic: Callable[[Sequence[Any]], float | None],
    rng: np.random.Generator,
    *,
    resamples: int = RESAMPLES,
    level: float = 0.95,
) -> tuple[float, float] | None:
    """Return the percentile interval of a statistic over resampled units (clips).

    Events of one clip share a face and a light, so clips and not events are resampled.

    Parameters
    ----------
    units : sequence
        One entry per clip.
    statistic : callable
        From a list of such entries to a number, or None where undefined.
    rng : numpy.random.Generator
        Source of the resampling.

    Returns
    -------
    tuple of float or None
        None with fewer than two clips or an undefined statistic.
    """
    if len(units) < 2:
        return None
    values = []
    for _ in range(resamples):
        chosen = [units[i] for i in rng.integers(0, len(units), len(units))]
        value = statistic(chosen)
        if value is not None and np.isfinite(value):
            values.append(value)
    if not values:
        return None
    tail = 50 * (1 - level)
    low, high = np.percentile(values, [tail, 100 - tail])
    return float(low), float(high)


def pooled(tallies: Iterable[Tally]) -> Tally:
    """Add tallies up."""
    return sum(tallies, Tally())


def wilson_of(tally: Tally, measure: str) -> tuple[float, float] | None:
    """Return Wilson's interval of precision, recall or F1, events taken as independent.

    F1 is ``2 J / (1 + J)`` with J the share of hits among hits, false and missed ones, so its ends
    follow from those of that share.

    Examples
    --------
    >>> wilson_of(Tally(10, 0, 0), "f1")
    (0.838..., 1.0)
    """
    trials = tally.hits + (tally.false if measure != "recall" else 0)
    trials += tally.missed if measure != "precision" else 0
    if trials == 0:
        return None
    low, high = wilson_interval(tally.hits, trials).pair
    if measure == "f1":
        low, high = 2 * low / (1 + low), 2 * high / (1 + high)
    return low, high


def widest(*intervals: tuple[float, float] | None) -> tuple[float, float] | None:
    """Return the interval that holds all the given ones.

    Resampling says nothing where every clip is alike (all found, none found); counting does.
    """
    given = [interval for interval in intervals if interval is not None]
    if not given:
        return None
    return min(low for low, _ in given), max(high for _, high in given)
