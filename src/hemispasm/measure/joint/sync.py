"""The clock from marks that both recorders saw: a flash, a clap, a light."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.joint.clock import NORMAL_95
from hemispasm.measure.joint.limits import joint_limit
from hemispasm.measure.joint.watched import JointClock

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.joint.watched import Watched

    Array = NDArray[np.float64]

STEPS = 241
MOST_MARKS = 12


@dataclass(frozen=True)
class Marks:
    """Marks that belong together, or why none do.

    Attributes
    ----------
    clock : JointClock or None
        What they say of the clock.
    notes : tuple of str
        Marks that were left out, and marks that contradict one another.
    contradicts : bool
        The marks cannot be of two clocks that run as clocks do.
    """

    clock: JointClock | None
    notes: tuple[str, ...] = ()
    contradicts: bool = False


def clock_from_marks(video: Watched, emg: Watched, frame_s: float) -> Marks:
    """Return the clock that the marks of two recordings allow.

    A mark in a video came at some time between the frame before and the first frame that shows it,
    unless its precision is stated. Offset and drift are all those that put every mark into its own
    gap; marks for which there are none contradict one another and are not averaged.

    Parameters
    ----------
    video, emg : Watched
        With their marks.
    frame_s : float
        Time between two frames of the video.
    """
    seen, notes = _within(video, "video")
    noted, more = _within(emg, "EMG")
    notes += more
    if not seen or not noted:
        if seen or noted:
            only = "video" if seen else "EMG"
            notes.append(f"sync_one_sided: only the {only} names a sync mark, so it was not used")
        return Marks(None, tuple(notes))
    gaps = _gaps(video, emg, frame_s)
    best = _best_pairing(np.asarray(seen), np.asarray(noted), gaps)
    if isinstance(best, str):
        return Marks(None, (*notes, best), contradicts=True)
    left = len(seen) + len(noted) - 2 * len(best[0])
    if left:
        notes.append(f"sync_unpaired: {left} sync marks of one recording have no partner")
    clock = _posterior(*best, gaps, len(seen), len(noted))
    return Marks(clock, tuple(notes))


def _within(watched: Watched, name: str) -> tuple[list[float], list[str]]:
    """Return the marks that lie in the recording, in order, each once."""
    marks = sorted(set(watched.sync_marks_s))
    kept = [t for t in marks if np.isfinite(t) and 0.0 <= t <= watched.duration_s]
    outside = len(marks) - len(kept)
    notes = []
    if outside:
        notes.append(
            f"sync_outside: {outside} sync marks of the {name} lie outside it and were left out"
        )
    if len(kept) > MOST_MARKS:
        notes.append(f"sync_many: only the first {MOST_MARKS} sync marks of the {name} were used")
    return kept[:MOST_MARKS], notes


def _gaps(video: Watched, emg: Watched, frame_s: float) -> tuple[float, float]:
    """Return the least and greatest error of stated EMG time minus stated video time."""
    slack = joint_limit("sync.slack_s")
    if video.sync_precision_s is None:
        low, high = -slack, frame_s + slack
    else:
        low, high = -video.sync_precision_s - slack, video.sync_precision_s + slack
    around = emg.sync_precision_s or 0.0
    return low - around, high + around


def _best_pairing(
    seen: Array, noted: Array, gaps: tuple[float, float]
) -> tuple[Array, Array] | str:
    """Return the marks that can belong together, or why they cannot.

    Every mark of the recording with fewer of them must have a partner, in the same order.
    """
    fewer = min(seen.size, noted.size)
    most = 1e-6 * joint_limit("clock.drift_most_ppm")
    found = []
    for a in combinations(range(seen.size), fewer):
        for b in combinations(range(noted.size), fewer):
            pair = seen[list(a)], noted[list(b)]
            spread = float(np.ptp(pair[1] - pair[0]))
            allowed = gaps[1] - gaps[0] + most * float(np.ptp(pair[0]))
            if spread <= allowed and _feasible(*pair, gaps).any():
                found.append(pair)
    if not found:
        return (
            "sync_contradiction: the sync marks of video and EMG do not lie equally far apart, so"
            " at least one of them is wrong; they were not used"
        )
    offsets = [float(np.median(b - a)) for a, b in found]
    if max(offsets) - min(offsets) > 2.0 * (gaps[1] - gaps[0]):
        return (
            "sync_ambiguous: the sync marks fit together in more than one way; they were not used"
        )
    return found[0]


def _grid(seen: Array, noted: Array, gaps: tuple[float, float]) -> tuple[Array, Array, float]:
    """Return the offsets and drifts that are tried, and the moment the offset is stated for."""
    at_s = float(seen.mean())
    most = 1e-6 * joint_limit("clock.drift_most_ppm")
    drifts = np.linspace(-most, most, STEPS)
    middle = float(np.mean(noted - seen)) + 0.5 * sum(gaps)
    reach = gaps[1] - gaps[0] + most * float(np.ptp(seen)) + 1e-4
    return middle + np.linspace(-reach, reach, 4 * STEPS + 1), drifts, at_s


def _feasible(seen: Array, noted: Array, gaps: tuple[float, float]) -> NDArray[np.bool_]:
    """Return which offsets (rows) and drifts (columns) put every mark into its gap."""
    offsets, drifts, at_s = _grid(seen, noted, gaps)
    inside = np.ones((offsets.size, drifts.size), dtype=np.bool_)
    for video_s, emg_s in zip(seen, noted, strict=True):
        # The mark came up to one frame before the video shows it.
        true = emg_s - video_s - drifts[None, :] * (video_s - at_s)
        error = offsets[:, None] - true
        inside &= (error >= gaps[0]) & (error <= gaps[1])
    return inside


def _posterior(
    seen: Array, noted: Array, gaps: tuple[float, float], of_video: int, of_emg: int
) -> JointClock:
    offsets, drifts, at_s = _grid(seen, noted, gaps)
    sd = 1e-6 * joint_limit("clock.drift_sd_ppm")
    likely = np.exp(-0.5 * (drifts / sd) ** 2)[None, :]
    weights = np.where(_feasible(seen, noted, gaps), likely, 0.0)
    weights = weights / weights.sum()
    over_offset, over_drift = weights.sum(axis=1), weights.sum(axis=0)
    drift_sd = float(np.sqrt(max(_variance(drifts, over_drift), 0.0)))
    drift = float((drifts * over_drift).sum())
    known = drift_sd <= joint_limit("clock.drift_known") * sd
    return JointClock(
        offset_s=float((offsets * over_offset).sum()),
        offset_interval_s=_quantiles(offsets, over_offset),
        at_s=at_s,
        drift=drift,
        drift_interval=(drift - NORMAL_95 * drift_sd, drift + NORMAL_95 * drift_sd),
        drift_known=bool(known),
        method="sync",
        matched=int(seen.size),
        of_video=of_video,
        of_emg=of_emg,
    )


def _variance(values: Array, weights: Array) -> float:
    mean = float((values * weights).sum())
    return float((weights * (values - mean) ** 2).sum())


def _quantiles(values: Array, weights: Array) -> tuple[float, float]:
    total = np.cumsum(weights)
    step = float(values[1] - values[0])
    low = float(values[int(np.searchsorted(total, 0.025))]) - 0.5 * step
    high = float(values[min(int(np.searchsorted(total, 0.975)), values.size - 1)]) + 0.5 * step
    return low, high
