"""Which detected event is which true one: one to one, and the best total."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.optimize import linear_sum_assignment

if TYPE_CHECKING:
    from collections.abc import Sequence

ONSET_TOLERANCE_S = 0.150
MIN_OVERLAP = 0.2
_ROUNDING = 1e-9


class Span(Protocol):
    """Anything with a start and an end, in seconds."""

    @property
    def start_s(self) -> float:
        """Onset."""

    @property
    def end_s(self) -> float:
        """Offset."""


@dataclass(frozen=True)
class Matching:
    """Indices of matched pairs ``(true, found)``, of true events missed and of extra finds."""

    pairs: tuple[tuple[int, int], ...]
    missed: tuple[int, ...]
    extra: tuple[int, ...]


def overlap_ratio(one: Span, other: Span) -> float:
    """Return the intersection over the union of two time spans, 0-1.

    Examples
    --------
    >>> from types import SimpleNamespace as Span
    >>> overlap_ratio(Span(start_s=0.0, end_s=1.0), Span(start_s=0.5, end_s=1.5))
    0.3333...
    """
    shared = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    if shared <= 0:
        return 0.0
    return shared / (max(one.end_s, other.end_s) - min(one.start_s, other.start_s))


def overlaps(one: Span, others: Sequence[Span], margin_s: float = 0.0) -> bool:
    """Return whether a span shares time with any of the others, widened by a margin."""
    return any(
        one.start_s <= other.end_s + margin_s and one.end_s >= other.start_s - margin_s
        for other in others
    )


def match_events(
    true: Sequence[Span],
    found: Sequence[Span],
    *,
    tolerance_s: float = ONSET_TOLERANCE_S,
    min_overlap: float = MIN_OVERLAP,
) -> Matching:
    """Pair true and found events, each at most once.

    A pair needs both: onsets within the tolerance, and an intersection over union of at least
    ``min_overlap``. Among all admissible pairings the one with most pairs is taken and, among
    those, the one with most overlap; so a detector gains nothing by splitting an event.

    Parameters
    ----------
    true, found : sequence of spans
        Anything with ``start_s`` and ``end_s``.
    tolerance_s : float
        Largest onset difference, seconds.
    min_overlap : float
        Smallest intersection over union; 0 asks for the onset only (blinks).

    Returns
    -------
    Matching
        Pairs in order of the true events.

    Examples
    --------
    >>> from types import SimpleNamespace as Span
    >>> match_events([Span(start_s=1.0, end_s=2.0)], [Span(start_s=1.1, end_s=2.0)]).pairs
    ((0, 0),)
    """
    weight = np.zeros((len(true), len(found)))
    pair_worth = 1.0 + min(len(true), len(found))
    for i, real in enumerate(true):
        for j, seen in enumerate(found):
            ratio = overlap_ratio(real, seen)
            late = abs(real.start_s - seen.start_s)
            if late <= tolerance_s + _ROUNDING and ratio >= min_overlap - _ROUNDING:
                closeness = ratio if min_overlap > 0 else 1 - late / (tolerance_s + _ROUNDING)
                weight[i, j] = pair_worth + closeness
    rows, columns = linear_sum_assignment(weight, maximize=True)
    pairs = tuple((int(i), int(j)) for i, j in zip(rows, columns, strict=True) if weight[i, j] > 0)
    matched_true = {i for i, _ in pairs}
    matched_found = {j for _, j in pairs}
    return Matching(
        pairs,
        tuple(i for i in range(len(true)) if i not in matched_true),
        tuple(j for j in range(len(found)) if j not in matched_found),
    )
