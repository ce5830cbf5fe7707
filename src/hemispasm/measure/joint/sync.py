"""The clock from marks that both recorders saw: a flash, a clap, a light."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.joint.clock import NORMAL_95
from hemispasm.measure.joint.limits import joint_limit
from hemispasm.measure.joint.watched import JointClock, Watched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

STEPS = 241
MOST_MARKS = 12
#: A stated time this close to a frame's is that frame's.
ON_FRAME_S = 0.0006


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


@dataclass(frozen=True)
class Paired:
    """Marks of both recordings in pairs, and how much earlier each came than the video states."""

    seen_s: Array
    noted_s: Array
    least: Array
    most: Array


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
    gaps = gaps_of(seen, video, emg, frame_s)
    best = _best_pairing(np.asarray(seen), np.asarray(noted), gaps)
    if isinstance(best, str):
        return Marks(None, (*notes, best), contradicts=True)
    left = len(seen) + len(noted) - 2 * best.seen_s.size
    if left:
        notes.append(f"sync_unpaired: {left} sync marks of one recording have no partner")
    clock = _posterior(best, len(seen), len(noted))
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


def gaps_of(
    marks_s: Sequence[float], video: Watched, emg: Watched, frame_s: float
) -> tuple[Array, Array]:
    """Return how much earlier each mark can have come than the video states, least and most.

    Parameters
    ----------
    marks_s : sequence of float
        Marks of the video.
    video, emg : Watched
        With their precisions; the video's traces say when its frames were.
    frame_s : float
        Time between two frames where the traces do not say.

    Examples
    --------
    >>> from hemispasm.model import FindingsDocument, Provenance, Quality, RecordingRef
    >>> empty = FindingsDocument(recording=RecordingRef(kind="video", sha256="0"),
    ...                          quality=Quality(grade="measurable", analysed_s=9.0),
    ...                          provenance=Provenance(hemispasm=""))
    >>> low, high = gaps_of([2.04], Watched(empty), Watched(empty), 0.04)
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([-0.006], [0.046])
    """
    marks = np.asarray(marks_s, dtype=np.float64)
    slack = joint_limit("sync.slack_s") + (emg.sync_precision_s or 0.0)
    if video.sync_precision_s is not None:
        around = np.full(marks.size, video.sync_precision_s + slack)
        return -around, around
    frames = next((t.time_s for t in video.traces if t.time_s.size > 2), np.zeros(0))
    if frames.size:
        at = np.clip(np.searchsorted(frames, marks - ON_FRAME_S), 1, frames.size - 1)
        if bool((np.abs(frames[at] - marks) <= ON_FRAME_S).all()):
            return np.full(marks.size, -slack), frames[at] - frames[at - 1] + slack
    slack += rounding_s(marks_s)
    return np.full(marks.size, -slack), np.full(marks.size, frame_s + slack)


def rounding_s(times_s: Sequence[float]) -> float:
    """Return how far rounding can have moved stated times: half of their last decimal place.

    Examples
    --------
    >>> rounding_s([1.3, 12.25]), rounding_s([4.0])
    (0.005, 0.05)
    """
    places = [len(f"{time_s:.4f}".rstrip("0").partition(".")[2]) for time_s in times_s]
    return 0.5 * 10.0 ** -max(1, *places)


def _best_pairing(seen: Array, noted: Array, gaps: tuple[Array, Array]) -> Paired | str:
    """Return the marks that can belong together, or why they cannot.

    Every mark of the recording with fewer of them must have a partner, in the same order.
    """
    fewer = min(seen.size, noted.size)
    most = 1e-6 * joint_limit("clock.drift_most_ppm")
    found = []
    for a in combinations(range(seen.size), fewer):
        for b in combinations(range(noted.size), fewer):
            own = list(a)
            pair = Paired(seen[own], noted[list(b)], gaps[0][own], gaps[1][own])
            allowed = float((pair.most - pair.least).max()) + most * float(np.ptp(pair.seen_s))
            if float(np.ptp(pair.noted_s - pair.seen_s)) <= allowed and _feasible(pair).any():
                found.append(pair)
    if not found:
        return (
            "sync_contradiction: the sync marks of video and EMG do not lie equally far apart, so"
            " at least one of them is wrong; they were not used"
        )
    offsets = [float(np.median(pair.noted_s - pair.seen_s)) for pair in found]
    if max(offsets) - min(offsets) > 2.0 * float((gaps[1] - gaps[0]).max()):
        return (
            "sync_ambiguous: the sync marks fit together in more than one way; they were not used"
        )
    return found[0]


def _grid(pair: Paired) -> tuple[Array, Array, float]:
    """Return the offsets and drifts that are tried, and the moment the offset is stated for."""
    at_s = float(pair.seen_s.mean())
    most = 1e-6 * joint_limit("clock.drift_most_ppm")
    drifts = np.linspace(-most, most, STEPS)
    middle = float(np.mean(pair.noted_s - pair.seen_s + 0.5 * (pair.least + pair.most)))
    reach = float((pair.most - pair.least).max()) + most * float(np.ptp(pair.seen_s)) + 1e-4
    return middle + np.linspace(-reach, reach, 4 * STEPS + 1), drifts, at_s


def _feasible(pair: Paired) -> NDArray[np.bool_]:
    """Return which offsets (rows) and drifts (columns) put every mark into its gap."""
    offsets, drifts, at_s = _grid(pair)
    inside = np.ones((offsets.size, drifts.size), dtype=np.bool_)
    for video_s, emg_s, least, most in zip(
        pair.seen_s, pair.noted_s, pair.least, pair.most, strict=True
    ):
        # How much earlier than the video states it the mark came, by this clock.
        early = offsets[:, None] + drifts[None, :] * (video_s - at_s) - (emg_s - video_s)
        inside &= (early >= least) & (early <= most)
    return inside


def _posterior(pair: Paired, of_video: int, of_emg: int) -> JointClock:
    offsets, drifts, at_s = _grid(pair)
    sd = 1e-6 * joint_limit("clock.drift_sd_ppm")
    likely = np.exp(-0.5 * (drifts / sd) ** 2)[None, :]
    weights = np.where(_feasible(pair), likely, 0.0)
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
        matched=int(pair.seen_s.size),
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
