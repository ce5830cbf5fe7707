"""From face signals to the motion that one half-face makes alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import maximum_filter1d, median_filter, percentile_filter, uniform_filter1d

from hemispasm.measure.video.limits import event_limit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.video.facesignals import FaceSignals

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Motion:
    """Motion per half-face, image left in column 0; 0 at rest, gaps in tracking filled with 0.

    Attributes
    ----------
    time_s : ndarray (n,)
        Frame times.
    valid : ndarray of bool (n,)
        Tracked and let through by the quality gate.
    plain : ndarray (n, 2)
        Closure by the plain mesh with the leak from the other eye taken out (timing).
    closure : ndarray (n, 2)
        Best closure: from mirrored half-faces where they ran, else ``plain``.
    mouth, mouth_down, mouth_out, cheek, brow, nose : ndarray (n, 2)
        Motion that this side makes beyond the other side's, pose-compensated, in IOD.
    mouth_shared : ndarray (n,)
        Mouth motion that both sides make.
    mouth_each, out_each, up_each, cheek_each, ala_each : ndarray (n, 2)
        Motion of each side by itself, IOD: the mouth corner towards the cheekbone, sideways and
        upwards; cheek, nose.
    frame_rate_hz : float
        Median frame rate.
    """

    time_s: Array
    valid: NDArray[np.bool_]
    plain: Array
    closure: Array
    mouth: Array
    mouth_down: Array
    mouth_out: Array
    cheek: Array
    brow: Array
    nose: Array
    mouth_shared: Array
    mouth_each: Array
    out_each: Array
    up_each: Array
    cheek_each: Array
    ala_each: Array
    frame_rate_hz: float


def extract_motion(signals: FaceSignals) -> Motion:
    """Separate each half-face's own motion from blinks, pose and the mesh's symmetry.

    Parameters
    ----------
    signals : FaceSignals
        What was tracked.

    Returns
    -------
    Motion
        Same length as the signals.
    """
    time_s = np.asarray(signals.time_s, dtype=float)
    steps = np.diff(time_s)
    frame_rate = 1 / float(np.median(steps)) if steps.size else 0.0
    valid = signals.usable & signals.found
    closure = _filled(signals.closure, valid)
    plain = take_out_leak(closure, event_limit("eye_leak"))
    mirrored = np.asarray(signals.closure_mirrored, dtype=float)
    best = np.where(np.isfinite(mirrored), np.clip(mirrored, 0, 1.2), plain)
    best[~valid] = 0.0
    quiet = valid & (closure.max(axis=1) < event_limit("quiet_closure"))
    pose = np.stack([signals.yaw_deg, signals.pitch_deg, signals.roll_deg], axis=1)

    def own(values: NDArray[np.float32]) -> Array:
        return _own_side(_filled(values, valid), pose, quiet, frame_rate)

    mouth = _filled(signals.mouth, valid)
    shared = _high_pass(np.min(mouth, axis=1, keepdims=True), frame_rate)[:, 0]
    brow = np.where(np.isfinite(signals.brow_flow), signals.brow_flow, signals.brow)
    return Motion(
        time_s=time_s,
        valid=valid,
        plain=plain,
        closure=best,
        mouth=own(signals.mouth),
        mouth_down=own(signals.mouth_down),
        mouth_out=own(signals.mouth_out),
        cheek=own(signals.cheek),
        brow=_filled(brow, valid),
        nose=own(signals.ala),
        mouth_shared=np.clip(shared, 0, None),
        mouth_each=mouth,
        out_each=_filled(signals.mouth_out, valid),
        up_each=-_filled(signals.mouth_down, valid),
        cheek_each=_filled(signals.cheek, valid),
        ala_each=_filled(signals.ala, valid),
        frame_rate_hz=frame_rate,
    )


def rescale_closure(motion: Motion, plain_depth: float, depth: float) -> Motion:
    """Read closures on this face's own scale: a usual blink shuts the eye.

    Parameters
    ----------
    motion : Motion
        As extracted.
    plain_depth, depth : float
        What a usual blink of the stronger eye reads in the plain mesh and at best.

    Returns
    -------
    Motion
        Closures divided by the depths, which are kept within the range a shut eye can read.
    """
    least = event_limit("least_blink_depth")
    return replace(
        motion,
        plain=motion.plain / float(np.clip(plain_depth, least, 1.0)),
        closure=np.clip(motion.closure / float(np.clip(depth, least, 1.0)), 0, 1.2),
    )


def take_out_leak(closure: Array, leak: float) -> Array:
    """Undo the share of one eye's closure that the mesh gives to the other.

    Parameters
    ----------
    closure : ndarray (n, 2)
        Plain closures.
    leak : float
        Share that leaks, 0-1; face meshes are trained on nearly symmetric faces.

    Returns
    -------
    ndarray (n, 2)
        A one-sided closure keeps its size and loses its echo; a two-sided closure is returned
        as ``c / (1 + leak)`` on both sides.

    Examples
    --------
    >>> take_out_leak(np.array([[0.6, 0.2]]), 1 / 3).round(3).tolist()
    [[0.6, 0.0]]
    """
    other = closure[:, ::-1]
    return np.clip((closure - leak * other) / (1 - leak**2), 0, None)


def _filled(values: NDArray[np.float32], valid: NDArray[np.bool_]) -> Array:
    filled = np.asarray(values, dtype=float).copy()
    filled[~valid] = 0.0
    filled[~np.isfinite(filled)] = 0.0
    return filled


def _own_side(
    values: Array, pose: NDArray[np.float32], quiet: NDArray[np.bool_], frame_rate: float
) -> Array:
    """Return what each side does beyond the other, without pose and slow drift."""
    difference = values[:, 0] - values[:, 1]
    difference = difference - _pose_part(difference, pose, quiet)
    difference = _high_pass(difference[:, None], frame_rate)[:, 0]
    return np.stack([difference, -difference], axis=1)


def _pose_part(difference: Array, pose: NDArray[np.float32], quiet: NDArray[np.bool_]) -> Array:
    """Fit pose on quiet frames only: a spasm moves the pose estimate and would fit itself away."""
    angles = np.nan_to_num(np.asarray(pose, dtype=float))
    if quiet.sum() < 30:
        return np.zeros_like(difference)
    centre = np.median(angles[quiet], axis=0)
    x = np.clip(angles - centre, -25, 25)
    ridge = event_limit("pose_ridge_deg2") * quiet.sum()
    gram = x[quiet].T @ x[quiet] + ridge * np.eye(3)
    target = difference[quiet] - np.median(difference[quiet])
    result: Array = x @ np.linalg.solve(gram, x[quiet].T @ target)
    return result


def _high_pass(values: Array, frame_rate: float) -> Array:
    """Subtract the running median of ``drift_window_s`` (computed on a thinned series)."""
    if frame_rate <= 0 or values.shape[0] < 3:
        return values - np.median(values, axis=0, keepdims=True)
    step = max(1, round(frame_rate / 6))
    thin = values[::step]
    width = max(3, round(event_limit("drift_window_s") * frame_rate / step) | 1)
    slow = np.stack(
        [percentile_filter(column, 50, size=width, mode="nearest") for column in thin.T], axis=1
    )
    index = np.arange(values.shape[0])
    drift = np.stack([np.interp(index, index[::step], column) for column in slow.T], axis=1)
    return values - drift


def brief_part(values: Array, frame_rate_hz: float) -> Array:
    """Return what is quick in a motion: without noise of single frames and without slow change.

    A face at rest moves slowly all the time, a jerk lasts tenths of a second.

    Parameters
    ----------
    values : ndarray (n,)
        Excursion of one half-face, IOD.
    frame_rate_hz : float
        Frames per second.

    Examples
    --------
    >>> slow = np.linspace(0.0, 1.0, 90)
    >>> bool(np.abs(brief_part(slow, 30.0)[30:60]).max() < 1e-9)
    True
    """
    if frame_rate_hz <= 0 or values.size < 3:
        return np.zeros_like(values)
    short = max(1, round(event_limit("jerk_mean_s") * frame_rate_hz))
    long = 2 * (round(event_limit("jerk_window_s") * frame_rate_hz) // 2) + 1
    smooth = uniform_filter1d(values, short, mode="nearest")
    return np.asarray(smooth - median_filter(smooth, long, mode="nearest"), dtype=np.float64)


def noise_level(values: Array, quiet: NDArray[np.bool_]) -> float:
    """Return the robust standard deviation on quiet frames (1.4826 MAD)."""
    if quiet.sum() < 10:
        return 0.0
    chosen = values[quiet]
    return float(1.4826 * np.median(np.abs(chosen - np.median(chosen))))


def beyond_other(closure: Array, balance: tuple[float, float]) -> Array:
    """Return how far each eye closes beyond what a blink of this patient explains.

    Parameters
    ----------
    closure : ndarray (n, 2)
        Closures, image left first.
    balance : pair of float
        Closure of each eye in this patient's blinks, relative to the stronger one (0-1).

    Returns
    -------
    ndarray (n, 2)
        Not negative. The other eye counts with its largest value within one frame either way,
        so that a small lag between the lids of a blink is no asymmetry, and with a margin,
        because blinks of one person are not equally even.
    """
    cap, margin = event_limit("balance_cap"), event_limit("balance_margin")
    reach = maximum_filter1d(closure, 3, axis=0, mode="nearest")
    result = np.empty_like(closure)
    for k in (0, 1):
        expected = min(cap, balance[k] / max(balance[1 - k], 1e-3))
        result[:, k] = closure[:, k] - (1 + margin) * expected * reach[:, 1 - k]
    return np.clip(result, 0, None)
