"""Spasms from bursts: runs, their spacing, and how much of them is continuous."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from hemispasm.measure.emg.limits import spontaneous_limit as limit
from hemispasm.stats import Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.emg.bursts import Burst

_REPLICATES = 400
_T = TypeVar("_T")


@dataclass(frozen=True)
class Spasm:
    """A run of bursts of one side with no pause longer than the limit.

    Attributes
    ----------
    start_s, end_s : float
        From the first burst's start to the last one's end.
    burst_count : int
        Bursts in it.
    active_s : float
        Seconds inside bursts.
    tonic_s : float
        Seconds in continuous stretches of at least the tonic limit.
    starts_s : tuple of float
        Onsets of its bursts.
    """

    start_s: float
    end_s: float
    burst_count: int
    active_s: float
    tonic_s: float
    starts_s: tuple[float, ...]

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s


def merge_bursts(bursts: Sequence[Burst]) -> tuple[Spasm, ...]:
    """Return the spasms that bursts of one side make up.

    Examples
    --------
    >>> from hemispasm.measure.emg.bursts import Burst
    >>> bursts = [Burst(1.0, 1.03, 9), Burst(1.1, 1.2, 9), Burst(3.0, 3.1, 9)]
    >>> [spasm.burst_count for spasm in merge_bursts(bursts)]
    [2, 1]
    """
    runs = _runs(bursts, limit("spasm.gap_s"))
    return tuple(_spasm(run) for run in runs)


def tonic_share(spasms: Sequence[Spasm]) -> float | None:
    """Return the share of spasm time in continuous activity, None without spasms."""
    total = sum(s.duration_s for s in spasms)
    return sum(s.tonic_s for s in spasms) / total if total > 0 else None


def spacing_cv(spasms: Sequence[Spasm]) -> float | None:
    """Return the coefficient of variation of onset-to-onset times within spasms.

    None with fewer intervals than the limit asks for.
    """
    gaps = burst_intervals(spasms)
    if gaps.size < limit("spasm.spacing_count"):
        return None
    return float(gaps.std(ddof=1) / gaps.mean())


def local_variation(spasms: Sequence[Spasm]) -> float | None:
    """Return how much neighbouring intervals differ: near 0 in a rhythm, about 1 at random.

    Mean of ``2 |a - b| / (a + b)`` over neighbouring intervals (CV2; Holt and others,
    J Neurophysiol 1996;75:1806-1814): a rhythm that slowly changes its rate stays a rhythm.
    """
    found: list[float] = []
    for spasm in spasms:
        gaps = np.diff(spasm.starts_s)
        if gaps.size >= 2:
            found.extend((2 * np.abs(np.diff(gaps)) / (gaps[1:] + gaps[:-1])).tolist())
    if len(found) < limit("spasm.spacing_count"):
        return None
    return float(np.mean(found))


def burst_intervals(spasms: Sequence[Spasm]) -> NDArray[np.float64]:
    """Return all onset-to-onset times within spasms, in seconds."""
    parts = [np.diff(s.starts_s) for s in spasms if s.burst_count > 1]
    return np.concatenate(parts) if parts else np.zeros(0)


def bootstrap_interval(
    items: Sequence[_T],
    statistic: Callable[[Sequence[_T]], float | None],
    rng: np.random.Generator,
    *,
    level: float = 0.95,
) -> Interval | None:
    """Return the percentile interval of a statistic over whole items drawn again.

    None with fewer than six items, or when the statistic was undefined in half of the samples.
    """
    if len(items) < 6:
        return None
    found = []
    for _ in range(_REPLICATES):
        value = statistic([items[i] for i in rng.integers(0, len(items), len(items))])
        if value is not None and np.isfinite(value):
            found.append(value)
    if len(found) * 2 < _REPLICATES:
        return None
    tail = 50 * (1 - level)
    low, high = np.percentile(found, [tail, 100 - tail])
    return Interval(float(low), float(high), level)


def _runs(bursts: Sequence[Burst], gap_s: float) -> list[list[Burst]]:
    """Return bursts in groups whose pauses do not exceed a gap."""
    runs: list[list[Burst]] = []
    end = -np.inf
    for burst in sorted(bursts, key=lambda b: b.start_s):
        if burst.start_s - end > gap_s:
            runs.append([])
        runs[-1].append(burst)
        end = max(end, burst.end_s) if len(runs[-1]) > 1 else burst.end_s
    return runs


def _spasm(run: list[Burst]) -> Spasm:
    """Return one run as a spasm."""
    pieces = [
        max(b.end_s for b in piece) - piece[0].start_s
        for piece in _runs(run, limit("spasm.tonic_gap_s"))
    ]
    return Spasm(
        start_s=run[0].start_s,
        end_s=max(b.end_s for b in run),
        burst_count=len(run),
        active_s=sum(b.duration_s for b in run),
        tonic_s=sum(length for length in pieces if length >= limit("spasm.tonic_s")),
        starts_s=tuple(b.start_s for b in run),
    )
