"""From matched onsets to the clock: offset, drift and what both leave open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.joint.limits import joint_limit
from hemispasm.measure.joint.watched import JointClock, Lag

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.joint.align import Alignment

    Array = NDArray[np.float64]

NORMAL_95 = 1.959963984540054
MAD_TO_SD = 1.4826


@dataclass(frozen=True)
class Line:
    """A line through time differences: its height at ``at_s``, its slope, and their spread."""

    height_s: float
    height_sd_s: float
    slope: float
    slope_sd: float
    at_s: float

    def __call__(self, video_s: Array | float) -> Array | float:
        """Return EMG onset minus video onset expected at a moment of the video."""
        return self.height_s + self.slope * (np.asarray(video_s) - self.at_s)


def pair_onsets(
    video_s: Sequence[float] | Array,
    emg_s: Sequence[float] | Array,
    expected_s: Callable[[Array], Array | float],
    reach_s: float,
) -> tuple[Array, Array]:
    """Return onsets that are each other's nearest once the expected difference is taken off.

    Parameters
    ----------
    video_s, emg_s : sequence of float
        Onsets in order of time.
    expected_s : callable
        EMG time minus video time at given moments of the video.
    reach_s : float
        Farthest that a pair may lie from what is expected.

    Returns
    -------
    ndarray, ndarray
        Paired times of the video and of the EMG.

    Examples
    --------
    >>> pair_onsets([1.0, 5.0], [3.05, 9.0], lambda t: 2.0, 0.1)
    (array([1.]), array([3.05]))
    """
    video, emg = np.asarray(video_s, dtype=np.float64), np.asarray(emg_s, dtype=np.float64)
    if video.size == 0 or emg.size == 0:
        return np.zeros(0), np.zeros(0)
    moved = video + np.asarray(expected_s(video))
    nearest = _nearest(moved, emg)
    back = _nearest(emg, moved)
    mutual = back[nearest] == np.arange(video.size)
    close = np.abs(emg[nearest] - moved) <= reach_s
    kept = mutual & close
    return video[kept], emg[nearest[kept]]


def _nearest(times: Array, among: Array) -> NDArray[np.int64]:
    """Return for each time the index of the nearest of others, which are in order."""
    right = np.clip(np.searchsorted(among, times), 0, among.size - 1)
    left = np.maximum(right - 1, 0)
    closer_left = np.abs(among[left] - times) <= np.abs(among[right] - times)
    return np.where(closer_left, left, right).astype(np.int64)


def fit_line(video_s: Array, emg_s: Array) -> Line:
    """Return a robust line through EMG time minus video time.

    The slope, the drift of one clock against the other, is held near zero by what is assumed of
    recorders; a long recording overrules that. Onsets far from the line lose their weight (Tukey's
    biweight), so that a wrong pair does not move it.
    """
    differences = emg_s - video_s
    prior = 1.0 / (1e-6 * joint_limit("clock.drift_sd_ppm")) ** 2
    floor = joint_limit("clock.scatter_least_ms") / 1000.0
    weights = np.ones(video_s.size)
    height, slope, at = float(np.median(differences)), 0.0, float(video_s.mean())
    for _ in range(30):
        residual = differences - height - slope * (video_s - at)
        scatter = max(MAD_TO_SD * float(np.median(np.abs(residual))), floor)
        weights = np.clip(1.0 - (residual / (4.685 * scatter)) ** 2, 0.0, None) ** 2
        moved = float(np.average(video_s, weights=weights))
        height += slope * (moved - at)
        at = moved
        height = float(np.average(differences - slope * (video_s - at), weights=weights))
        spread = float((weights * (video_s - at) ** 2).sum()) / scatter**2
        pull = float((weights * (video_s - at) * (differences - height)).sum()) / scatter**2
        slope = pull / (spread + prior)
    # The effective count of biweighted values; their mean is some five per cent less efficient.
    count = max(float(weights.sum() ** 2 / (weights**2).sum()), 1.0)
    return Line(
        height, 1.03 * scatter / np.sqrt(count), slope, float(1.0 / np.sqrt(spread + prior)), at
    )


def clock_from_events(
    video_s: Sequence[float],
    emg_s: Sequence[float],
    spasms_s: tuple[Sequence[float], Sequence[float]],
    alignment: Alignment,
    lengths_s: tuple[float, float],
    frame_s: float,
) -> JointClock | None:
    """Return the clock from what both saw.

    The face moves some milliseconds after the muscle fires, by how many is not known: the offset
    is corrected by what is assumed of that lag, and its interval holds the lag's spread.

    Parameters
    ----------
    video_s, emg_s : sequence of float
        Onsets in order of time.
    spasms_s : tuple of sequence of float
        Onsets of the spasms among them, in the video and in the EMG.
    alignment : Alignment
        Where they line up.
    lengths_s : tuple of float
        Length of the video and of the EMG recording.
    frame_s : float
        Time between two frames.

    Returns
    -------
    JointClock or None
        None when too few onsets pair at that shift.
    """
    line, pairs = _follow(video_s, emg_s, alignment.shift_s)
    of_video, of_emg = _in_shared_time(video_s, emg_s, line, lengths_s)
    fewest = max(
        joint_limit("align.least_matched"),
        joint_limit("align.least_share") * min(of_video, of_emg),
    )
    if line is None or pairs < fewest:
        return None
    reach = joint_limit("refine.reach_s")
    spasms = pair_onsets(*spasms_s, line, reach)
    if spasms[0].size >= joint_limit("refine.spasms_alone"):
        line = fit_line(*spasms)
    lag, lag_sd = joint_limit("lag.mean_ms") / 1000.0, joint_limit("lag.sd_ms") / 1000.0
    seen_sd = joint_limit("lag.frame_share") * frame_s
    sd = float(np.sqrt(line.height_sd_s**2 + lag_sd**2 + seen_sd**2))
    offset = line.height_s + lag
    return JointClock(
        offset_s=offset,
        offset_interval_s=(offset - NORMAL_95 * sd, offset + NORMAL_95 * sd),
        at_s=line.at_s,
        drift=line.slope,
        drift_interval=_around(line.slope, line.slope_sd),
        drift_known=_is_known(line.slope_sd),
        method="events",
        matched=pairs,
        of_video=of_video,
        of_emg=of_emg,
        p=alignment.p,
        second=alignment.second,
    )


def measure_lag(
    video_s: Sequence[float], emg_s: Sequence[float], clock: JointClock, frame_s: float
) -> Lag | None:
    """Return how much later the face moves than the muscle fires, on a clock that marks fix.

    None when fewer events pair than the limit asks for.
    """
    usual = joint_limit("lag.mean_ms") / 1000.0

    def expected(video: Array) -> Array:
        return np.asarray(clock.emg_time(0.0) + clock.drift * video - usual)

    video, emg = pair_onsets(video_s, emg_s, expected, joint_limit("refine.reach_s"))
    if video.size < joint_limit("lag.least_events"):
        return None
    late = np.asarray([clock.emg_time(float(t)) for t in video]) - emg
    middle = float(np.median(late))
    scatter = max(
        MAD_TO_SD * float(np.median(np.abs(late - middle))),
        joint_limit("clock.scatter_least_ms") / 1000.0,
    )
    # The median's standard error, and what frames make of an onset. The clock's interval is added
    # to these, not averaged with them.
    seen_sd = joint_limit("lag.frame_share") * frame_s
    error = NORMAL_95 * float(np.hypot(1.2533 * scatter / np.sqrt(video.size), seen_sd))
    low, high = clock.offset_interval_s
    return Lag(
        middle,
        (middle - error + low - clock.offset_s, middle + error + high - clock.offset_s),
        int(video.size),
    )


def _follow(
    video_s: Sequence[float], emg_s: Sequence[float], shift_s: float
) -> tuple[Line | None, int]:
    """Fit the line to more and more of the recording, so that a drift is followed."""
    video = np.asarray(video_s, dtype=np.float64)
    reach = joint_limit("refine.reach_s")

    def start(times: Array) -> Array | float:
        return np.full(np.shape(times), shift_s)

    expected: Callable[[Array], Array | float] = start
    line, count = None, 0
    for _ in range(8):
        paired, fired = pair_onsets(video, emg_s, expected, reach)
        if paired.size < joint_limit("align.least_matched"):
            return None, int(paired.size)
        line, count = fit_line(paired, fired), int(paired.size)
        expected = line
    return line, count


def _in_shared_time(
    video_s: Sequence[float],
    emg_s: Sequence[float],
    line: Line | None,
    lengths_s: tuple[float, float],
) -> tuple[int, int]:
    if line is None:
        return len(video_s), len(emg_s)
    long_video, long_emg = lengths_s
    of_video = sum(0.0 <= t + float(line(t)) <= long_emg for t in video_s)
    of_emg = sum(0.0 <= t - float(line(t - line.height_s)) <= long_video for t in emg_s)
    return of_video, of_emg


def _around(value: float, sd: float) -> tuple[float, float]:
    return value - NORMAL_95 * sd, value + NORMAL_95 * sd


def _is_known(slope_sd: float) -> bool:
    assumed = 1e-6 * joint_limit("clock.drift_sd_ppm")
    return slope_sd <= joint_limit("clock.drift_known") * assumed
