"""Lay two recordings over one another by what both saw, or refuse to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.joint.limits import joint_limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

EULER_GAMMA = 0.5772156649015329


@dataclass(frozen=True)
class Alignment:
    """The best way to lay EMG onsets over video onsets.

    Attributes
    ----------
    shift_s : float
        EMG onset minus video onset, to the step that was tried.
    score : float
        How much better than chance the onsets line up: the log likelihood ratio of Poisson counts.
    second : float
        Score of the best alignment elsewhere, as a share of ``score``.
    p : float
        Share of recordings with the same pauses in another order that would line up as well.
    """

    shift_s: float
    score: float
    second: float
    p: float


@dataclass(frozen=True)
class Refusal:
    """Why no offset is stated, as ``code: sentence``."""

    reason: str


def align_onsets(
    video_s: Sequence[float] | Array,
    emg_s: Sequence[float] | Array,
    lengths_s: tuple[float, float],
    rng: np.random.Generator,
) -> Alignment | Refusal:
    """Find the one shift at which the onsets of two recordings line up.

    Parameters
    ----------
    video_s, emg_s : sequence of float or ndarray
        Onsets in order, each on its own clock.
    lengths_s : tuple of float
        Length of the video and of the EMG recording.
    rng : numpy.random.Generator
        For the recordings with the same pauses in another order.

    Returns
    -------
    Alignment or Refusal
        Refused when too few onsets are there, when chance lines up as well, or when another shift
        is nearly as good, as in regular activity.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> video = np.cumsum(rng.gamma(2.0, 1.5, 30))
    >>> found = align_onsets(video, video + 7.0, (100.0, 110.0), rng)
    >>> round(found.shift_s, 1)
    7.0
    >>> stranger = np.cumsum(rng.gamma(2.0, 1.5, 30))
    >>> type(align_onsets(video, stranger, (100.0, 110.0), rng)).__name__
    'Refusal'
    """
    most = int(joint_limit("align.most_events"))
    video = np.asarray(video_s, dtype=np.float64)[:most]
    emg = np.asarray(emg_s, dtype=np.float64)[:most]
    fewest = int(joint_limit("align.least_matched"))
    if min(video.size, emg.size) < fewest:
        return Refusal(
            f"few_events: {video.size} events in the video and {emg.size} in the EMG;"
            f" {fewest} of each are needed to lay them over one another"
        )
    shifts, scores = _scores(video, emg, lengths_s)
    first = int(np.argmax(scores))
    score = float(scores[first])
    # Neighbouring shifts line up as many; the middle of them is meant.
    level = np.flatnonzero(scores >= 0.999 * score)
    near = level[np.abs(shifts[level] - shifts[first]) <= 2.0 * joint_limit("align.tolerance_s")]
    best = int(np.median(near))
    if score <= 0.0:
        return Refusal("no_alignment: no shift lines up more events than chance would")
    apart = np.abs(shifts - shifts[best]) > joint_limit("align.apart_s")
    second = float(scores[apart].max(initial=0.0)) / score
    p = _p_of(score, video, emg, lengths_s, rng)
    if p > joint_limit("align.most_p"):
        return Refusal(
            "chance: events of other recordings would line up as well,"
            " so these may not show the same minutes"
        )
    if second > joint_limit("align.second_ratio"):
        return Refusal(
            "not_unique: another way to lay the recordings over one another is nearly as good,"
            " as with regular activity"
        )
    return Alignment(float(shifts[best]), score, second, p)


def _scores(video: Array, emg: Array, lengths_s: tuple[float, float]) -> tuple[Array, Array]:
    """Return every shift that is tried and how much better than chance it lines up."""
    step, reach = joint_limit("align.step_s"), joint_limit("align.tolerance_s")
    least = joint_limit("align.overlap_s")
    long_video, long_emg = lengths_s
    least = min(least, 0.9 * min(lengths_s))
    first, last = least - long_video, long_emg - least
    count = max(int((last - first) / step) + 1, 1)
    shifts = np.asarray(first + step * np.arange(count), dtype=np.float64)
    places = np.rint((emg[None, :] - video[:, None] - first) / step).astype(np.int64).ravel()
    places = places[(places >= 0) & (places < count)]
    pairs = np.bincount(places, minlength=count).astype(np.float64)
    wide = round(reach / step)
    total = np.r_[0.0, np.cumsum(np.pad(pairs, wide))]
    near = total[2 * wide + 1 :] - total[: -2 * wide - 1]
    # On the video's clock both recordings run from ``begins`` to ``ends``.
    begins, ends = np.maximum(0.0, -shifts), np.minimum(long_video, long_emg - shifts)
    shared = np.maximum(ends - begins, least)
    of_video = np.searchsorted(video, ends) - np.searchsorted(video, begins)
    of_emg = np.searchsorted(emg, ends + shifts) - np.searchsorted(emg, begins + shifts)
    # No more events can line up than there are; a burst of onsets must not count twice.
    near = np.minimum(near, np.minimum(of_video, of_emg))
    chance = of_video * of_emg * (2 * wide + 1) * step / shared
    chance = np.maximum(chance, 1e-3)
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.where(near > chance, near * np.log(near / chance) - near + chance, 0.0)
    scores[near < joint_limit("align.least_matched")] = 0.0
    return shifts, np.asarray(scores, dtype=np.float64)


def _p_of(
    score: float,
    video: Array,
    emg: Array,
    lengths_s: tuple[float, float],
    rng: np.random.Generator,
) -> float:
    """Return how often the same pauses in another order line up as well.

    The best scores of the surrogates follow an extreme-value law, whose tail is read from their
    mean and spread, so that few surrogates suffice.
    """
    steps = np.diff(emg)
    tops = []
    for _ in range(int(joint_limit("align.surrogates"))):
        # Whole days apart would be no alternative; the first onset stays within the recording.
        shuffled = np.r_[emg[0], emg[0] + np.cumsum(rng.permutation(steps))]
        tops.append(float(_scores(video, shuffled, lengths_s)[1].max(initial=0.0)))
    values = np.asarray(tops)
    spread = max(float(values.std()), 0.3) * np.sqrt(6.0) / np.pi
    middle = float(values.mean()) - EULER_GAMMA * spread
    tail = -np.expm1(-np.exp(-(score - middle) / spread))
    counted = (1.0 + float((values >= score).sum())) / (values.size + 1.0)
    return float(tail) if counted <= 2.0 / (values.size + 1.0) else max(float(tail), counted)
