"""Whether bursts come with blinks and with movements at will."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import bdtrc

from hemispasm.measure.emg.labels import overlaps_s
from hemispasm.measure.emg.limits import spontaneous_limit as limit
from hemispasm.stats import Interval, wilson_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.emg.bursts import Burst

_SHIFTS = 40


@dataclass(frozen=True)
class Coupling:
    """How often one thing comes with another.

    Attributes
    ----------
    share : float
        Share of the occasions on which it did.
    interval : Interval
        Wilson's.
    chance : float
        Share expected of unrelated times, from the recording shifted against itself.
    p : float
        Probability of at least so many by chance.
    count : int
        Occasions.
    source : {"marked", "detected"}
        Whether the occasions were noted in the recording or found in it.
    """

    share: float
    interval: Interval
    chance: float
    p: float
    count: int
    source: Literal["marked", "detected"]


def find_blinks(left_eye: Sequence[Burst], right_eye: Sequence[Burst]) -> list[float]:
    """Return when both orbicularis oculi fired together: seconds of the earlier onset."""
    spans = [(b.start_s, b.end_s) for b in right_eye]
    partner = np.array(spans).reshape(-1, 2)
    shared = overlaps_s(left_eye, spans)
    found = []
    for burst, overlap in zip(left_eye, shared, strict=True):
        long = burst.duration_s > limit("blink.shortest_s")
        if long and overlap > limit("label.overlap_share") * burst.duration_s:
            first = partner[np.searchsorted(partner[:, 1], burst.start_s, side="right"), 0]
            found.append(float(min(burst.start_s, first)))
    return found


def measure_blink_coupling(
    blinks_s: Sequence[float],
    bursts: Sequence[Burst],
    duration_s: float,
    source: Literal["marked", "detected"],
) -> Coupling | None:
    """Return how often muscles of the lower face fire with a blink; None with too few blinks."""
    if len(blinks_s) < limit("blink.count_min"):
        return None
    onsets = np.sort([b.start_s for b in bursts])
    blinks = np.asarray(blinks_s)
    hits = int(_accompanied(blinks, onsets).sum())
    shifts = (np.arange(_SHIFTS) + 1) * duration_s / (_SHIFTS + 1)
    by_chance = [_accompanied((blinks + shift) % duration_s, onsets).mean() for shift in shifts]
    return _coupling(hits, blinks.size, float(np.mean(by_chance)), source)


def measure_movement_coupling(
    bursts: Sequence[Burst], marked: Sequence[tuple[float, float]], duration_s: float
) -> Coupling | None:
    """Return which share of a side's bursts falls into marked movements; None without either."""
    if not marked or len(bursts) < limit("blink.count_min"):
        return None
    inside = [any(a <= b.start_s <= e for a, e in marked) for b in bursts]
    time = min(1.0, sum(e - a for a, e in marked) / duration_s)
    return _coupling(int(np.sum(inside)), len(bursts), time, "marked")


def _coupling(
    hits: int, count: int, chance: float, source: Literal["marked", "detected"]
) -> Coupling:
    p = 1.0 if hits == 0 else float(bdtrc(hits - 1, count, min(max(chance, 1e-9), 1.0)))
    return Coupling(hits / count, wilson_interval(hits, count), chance, p, count, source)


def _accompanied(times: NDArray[np.float64], onsets: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which times have an onset near."""
    first = np.searchsorted(onsets, times - limit("blink.before_s"))
    last = np.searchsorted(onsets, times + limit("blink.after_s"))
    return np.asarray(last > first)
