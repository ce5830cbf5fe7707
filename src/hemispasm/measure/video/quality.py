"""The quality gate: which frames count, which do not, and why."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.video.baseline import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

GATE_BITS: dict[str, int] = {
    "no_face": 1 << 0,
    "head_turned": 1 << 1,
    "head_tilted": 1 << 2,
    "face_too_small": 1 << 3,
    "face_uncertain": 1 << 4,
    "face_cut_off": 1 << 5,
    "face_covered": 1 << 6,
    "too_dark": 1 << 7,
    "too_bright": 1 << 8,
    "frame_gap": 1 << 9,
    "too_noisy": 1 << 10,
    "two_faces": 1 << 11,
    "frame_rate_low": 1 << 12,
    "low_contrast": 1 << 13,
}


@cache
def load_limits() -> dict[str, dict[str, float]]:
    """Return the limits of the gate and of the signals: ``{"quality": {...}, "signals": {...}}``.

    Examples
    --------
    >>> load_limits()["quality"]["yaw_max_deg"]
    15.0
    """
    text = files("hemispasm.measure.video").joinpath("limits.toml").read_text("utf-8")
    return {
        group: {name: float(row["value"]) for name, row in rows.items()}
        for group, rows in tomllib.loads(text).items()
    }


@dataclass(frozen=True)
class FrameQuality:
    """What the gate looks at, one value per frame; NaN where there was no face.

    Attributes
    ----------
    found, in_frame : ndarray of bool (n,)
    face_count : ndarray of int (n,)
    yaw_deg, pitch_deg, iod_px, score, brightness, contrast : ndarray (n,)
    likeness : ndarray (n, 2)
        Of the upper and lower half of the face to the clip's own face, -1 to 1.
    noise : ndarray (n,)
        Local frame-to-frame noise of eye closure.
    """

    found: NDArray[np.bool_]
    in_frame: NDArray[np.bool_]
    face_count: NDArray[np.int8]
    yaw_deg: NDArray[np.floating]
    pitch_deg: NDArray[np.floating]
    iod_px: NDArray[np.floating]
    score: NDArray[np.floating]
    brightness: NDArray[np.floating]
    contrast: NDArray[np.floating]
    likeness: NDArray[np.floating]
    noise: NDArray[np.floating]


def frame_rate_hz(time_s: NDArray[np.float64]) -> float:
    """Return the typical frame rate (1 / median step); 0 with fewer than two frames."""
    steps = np.diff(time_s)
    steps = steps[steps > 0]
    return float(1.0 / np.median(steps)) if steps.size else 0.0


def closure_noise(
    time_s: NDArray[np.float64], closure: NDArray[np.floating], quiet: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return local noise of eye closure (n,), from second differences of quiet frames.

    White noise of standard deviation s has second differences of sqrt(6) s. Blocks of four
    seconds; a block with too few quiet frames has noise 0, never a guess.
    """
    out = np.zeros(len(time_s))
    if len(time_s) < 3:
        return out
    second = np.full(closure.shape, np.nan)
    second[1:-1] = closure[2:] - 2.0 * closure[1:-1] + closure[:-2]
    second[~quiet] = np.nan
    block = np.floor(time_s / 4.0).astype(np.int64)
    for value in np.unique(block):
        rows = block == value
        here = second[rows]
        if int(np.isfinite(here).all(axis=1).sum()) >= 20:
            worst = max(spread(here[:, s]) for s in range(here.shape[1]))
            out[rows] = worst / np.sqrt(6.0)
    return out


def gate_frames(time_s: NDArray[np.float64], seen: FrameQuality) -> NDArray[np.int32]:
    """Return the bit mask of reasons for each frame on its own (0: nothing against it)."""
    limit = load_limits()["quality"]
    gate = np.zeros(len(time_s), np.int32)

    def flag(name: str, where: NDArray[np.bool_]) -> None:
        gate[where] |= GATE_BITS[name]

    found = seen.found
    with np.errstate(invalid="ignore"):
        flag("no_face", ~found)
        flag("head_turned", found & (np.abs(seen.yaw_deg) > limit["yaw_max_deg"]))
        flag("head_tilted", found & (np.abs(seen.pitch_deg) > limit["pitch_max_deg"]))
        flag("face_too_small", found & (seen.iod_px < limit["iod_min_px"]))
        flag("face_uncertain", found & (seen.score < limit["score_min"]))
        flag("face_cut_off", found & ~seen.in_frame)
        covered = seen.likeness[:, 0] < limit["likeness_upper_min"]
        covered |= seen.likeness[:, 1] < limit["likeness_lower_min"]
        flag("face_covered", found & covered)
        flag("too_dark", found & (seen.brightness < limit["brightness_min"]))
        flag("too_bright", found & (seen.brightness > limit["brightness_max"]))
        flag("low_contrast", found & (seen.contrast < limit["contrast_min"]))
        flag("too_noisy", found & (seen.noise > limit["noise_max"]))
    flag("two_faces", seen.face_count > 1)
    long = np.diff(time_s) > limit["gap_max_s"]
    flag("frame_gap", np.concatenate([[False], long]) | np.concatenate([long, [False]]))
    if 0.0 < frame_rate_hz(time_s) < limit["frame_rate_min_hz"]:
        flag("frame_rate_low", np.ones(len(time_s), np.bool_))
    return gate


def whole_seconds(
    time_s: NDArray[np.float64], gate: NDArray[np.int32]
) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Smooth the gate to whole seconds.

    Returns
    -------
    usable : ndarray of bool (n,)
        The frame's second has few bad frames and the frame itself shows a face.
    gate : ndarray of int32 (n,)
        The reasons of each bad second spread over all its frames; in a good second the frame's
        own reasons.
    """
    if not len(time_s):
        return np.zeros(0, np.bool_), gate
    limit = load_limits()["quality"]["second_bad_fraction"]
    second = np.floor(time_s - time_s[0] + 1e-9).astype(np.int64)
    _, which, count = np.unique(second, return_inverse=True, return_counts=True)
    out = gate.copy()
    bad_second = np.zeros(len(count), np.bool_)
    any_bad = np.bincount(which, weights=gate != 0, minlength=len(count)) / count
    bad_second |= any_bad > limit
    for bit in GATE_BITS.values():
        has = (gate & bit) != 0
        if not has.any():
            continue
        share = np.bincount(which, weights=has, minlength=len(count)) / count
        # One gap spoils its second however few frames are left in it.
        spoils = share > 0 if bit == GATE_BITS["frame_gap"] else share > limit
        bad_second |= spoils
        out[(spoils | (bad_second & (share > 0)))[which]] |= bit
    no_face = (gate & GATE_BITS["no_face"]) != 0
    return ~bad_second[which] & ~no_face, out
