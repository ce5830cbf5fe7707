"""Spans of time above a threshold, with hysteresis and interpolated edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

CLEAR_LEVEL = 1.0
"""Evidence, in threshold units, from which a local peak belongs to the event."""


@dataclass(frozen=True)
class Span:
    """Frames ``first`` to ``last`` (both inside) with edges in seconds between frames."""

    first: int
    last: int
    start_s: float
    end_s: float

    @property
    def frames(self) -> slice:
        """The frames of the span."""
        return slice(self.first, self.last + 1)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s

    def overlap_s(self, other: Span) -> float:
        """Shared seconds."""
        return max(0.0, min(self.end_s, other.end_s) - max(self.start_s, other.start_s))


def find_spans(
    time_s: Array,
    level: Array,
    on: float,
    off: float,
    merge_gap_s: float,
    hidden: NDArray[np.bool_] | None = None,
) -> list[tuple[int, int]]:
    """Return (first, last) frames where ``level`` exceeds ``on``, extended down to ``off``.

    Parameters
    ----------
    time_s, level : ndarray (n,)
        Frame times in seconds and the evidence.
    on, off : float
        Hysteresis thresholds, ``off <= on``.
    merge_gap_s : float
        Spans closer than this become one.
    hidden : ndarray of bool (n,), optional
        Frames in which the motion cannot be seen (a blink of both eyes covers it); they do not
        count towards a gap.

    Examples
    --------
    >>> t = np.arange(8) / 10
    >>> find_spans(t, np.array([0, .5, 1, .5, 0, 0, 0, 1.0]), 0.9, 0.4, 0.15)
    [(1, 3), (7, 7)]
    """
    above = level >= off
    edges = np.flatnonzero(np.diff(np.concatenate([[0], above.astype(np.int8), [0]])))
    runs = [(int(a), int(b) - 1) for a, b in edges.reshape(-1, 2)]
    runs = [(a, b) for a, b in runs if level[a : b + 1].max() >= on]
    steps = np.diff(time_s, append=time_s[-1:])
    seen = steps if hidden is None else np.where(hidden, 0.0, steps)
    clock = np.concatenate([[0.0], np.cumsum(seen)])
    merged: list[tuple[int, int]] = []
    for first, last in runs:
        if merged and clock[first] - clock[merged[-1][1]] < merge_gap_s:
            merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return merged


def refine_span(
    time_s: Array,
    level: Array,
    first: int,
    last: int,
    share: tuple[float, float],
    reach_s: float,
    least: float = 0.0,
) -> Span:
    """Move the edges of a span to where the motion left and regained its floor.

    Parameters
    ----------
    time_s, level : ndarray (n,)
        Frame times and the motion whose edges are wanted.
    first, last : int
        Frames of the span as detected.
    share : pair of float
        Share of the nearest local peak that counts as moving, at the start and at the end.
    reach_s : float
        How far an edge may move outwards.
    least : float
        Level below which nothing counts as moving, however small the peak's share is.

    Returns
    -------
    Span
        Edges interpolated between frames.
    """
    start = _edge(time_s, level, first, last, (share[0], least), reach_s, step=-1)
    end = _edge(time_s, level, last, first, (share[1], least), reach_s, step=1)
    a = int(np.searchsorted(time_s, start, side="left"))
    b = int(np.searchsorted(time_s, end, side="right")) - 1
    a, b = min(a, b), max(a, b)
    return Span(a, b, start, max(end, start))


def _edge(
    time_s: Array,
    level: Array,
    near: int,
    far: int,
    share_least: tuple[float, float],
    reach_s: float,
    step: int,
) -> float:
    peak = _climb(level, near, far, -step)
    floor = max(share_least[0] * level[peak], share_least[1])
    i = peak
    n = level.size
    while 0 <= i + step < n and level[i + step] > floor:
        if abs(time_s[i + step] - time_s[near]) > reach_s and (i - near) * step >= 0:
            break
        i += step
    j = i + step
    if not 0 <= j < n:
        return float(time_s[i])
    high, low = level[i], level[j]
    part = 0.0 if high <= low else float(np.clip((high - floor) / (high - low), 0, 1))
    return float(time_s[i] + part * (time_s[j] - time_s[i]))


def _climb(level: Array, near: int, far: int, step: int) -> int:
    """Walk inwards from an edge to the first local maximum worth the name."""
    inside = level[min(near, far) : max(near, far) + 1]
    worth = min(0.5 * float(inside.max()), CLEAR_LEVEL)
    i = near
    while i != far and (level[i] < worth or level[i + step] > level[i]):
        i += step
    return i
