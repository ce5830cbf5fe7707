"""Which found burst is which true one, by onset alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from hemispasm.validate.tallies import Tally

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.emg.truth import EmgTruth

ONSET_TOLERANCE_S = 0.020
"""As in the promise."""

ONE_BURST_S = 0.010
"""Bursts of the channels of one side that lie closer than this are one burst of the side."""


@dataclass(frozen=True)
class BurstCount:
    """Bursts hit, missed and invented in one recording, with the onset errors of the hits, s."""

    tally: Tally
    errors_s: tuple[float, ...]


def match_onsets(
    true_s: NDArray[np.float64],
    found_s: NDArray[np.float64],
    tolerance_s: float = ONSET_TOLERANCE_S,
) -> list[tuple[int, int]]:
    """Pair onsets, each at most once: as many pairs as there can be and, among those, the closest.

    Parameters
    ----------
    true_s, found_s : ndarray of shape (n,)
        Onsets in seconds.
    tolerance_s : float
        Largest difference of a pair.

    Examples
    --------
    >>> match_onsets(np.array([1.0, 1.03]), np.array([1.015, 1.04]))
    [(0, 0), (1, 1)]
    >>> match_onsets(np.array([1.0]), np.array([0.99, 1.005, 1.3]))
    [(0, 1)]
    """
    late = np.abs(np.subtract.outer(true_s, found_s))
    worth = 1.0 + min(late.shape)
    weight = np.where(late <= tolerance_s + 1e-9, worth + 1.0 - late / (2 * tolerance_s), 0.0)
    rows, columns = linear_sum_assignment(weight, maximize=True)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if weight[i, j] > 0]


def count_bursts(
    true: NDArray[np.float64],
    open_to_doubt: NDArray[np.float64],
    found_s: NDArray[np.float64],
    tolerance_s: float = ONSET_TOLERANCE_S,
) -> BurstCount:
    """Count hits, misses and false bursts of one channel.

    Parameters
    ----------
    true : ndarray of shape (n, 2)
        Start and end of the muscle's own bursts.
    open_to_doubt : ndarray of shape (n, 2)
        What the skin conducts from other muscles: a burst found there is neither hit nor false.
    found_s : ndarray of shape (n,)
        Onsets of the bursts found.
    tolerance_s : float
        Largest difference of a hit.

    Examples
    --------
    >>> own, conducted = np.array([[1.0, 1.1]]), np.array([[2.0, 2.1]])
    >>> count_bursts(own, conducted, np.array([1.01, 2.05, 3.0])).tally
    Tally(hits=1, false=1, missed=0)
    """
    pairs = match_onsets(true[:, 0], found_s, tolerance_s)
    matched = {j for _, j in pairs}
    extra = [onset for j, onset in enumerate(found_s) if j not in matched]
    doubtful = sum(
        bool(np.any((open_to_doubt[:, 0] - tolerance_s <= onset) & (onset <= open_to_doubt[:, 1])))
        for onset in extra
    )
    tally = Tally(len(pairs), len(extra) - doubtful, len(true) - len(pairs))
    return BurstCount(tally, tuple(float(found_s[j] - true[i, 0]) for i, j in pairs))


def true_spans(truth: EmgTruth, channel: str, *, own: bool = True) -> NDArray[np.float64]:
    """Return the true bursts of a channel: the muscle's own, or those conducted from others."""
    spans = [
        (b.start_s, b.end_s)
        for b in truth.bursts
        if b.channel == channel and (b.cause != "volume_conduction") is own
    ]
    return np.array(spans, dtype=float).reshape(-1, 2)


def united(spans: NDArray[np.float64], gap_s: float = ONE_BURST_S) -> NDArray[np.float64]:
    """Merge spans that overlap or lie closer than a gap.

    Examples
    --------
    >>> united(np.array([[2.0, 2.1], [1.0, 1.2], [1.205, 1.3]])).tolist()
    [[1.0, 1.3], [2.0, 2.1]]
    """
    merged: list[list[float]] = []
    for start, end in spans[np.argsort(spans[:, 0], kind="stable")].tolist():
        if merged and start - merged[-1][1] < gap_s:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return np.array(merged, dtype=float).reshape(-1, 2)
