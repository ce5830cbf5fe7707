"""The quality gate's reasons in words: what was measured, which limit was crossed, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.video.quality import GATE_BITS, frame_rate_hz, load_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.video.facesignals import FaceSignals


@dataclass(frozen=True)
class GateReason:
    """One reason for leaving seconds out, in words.

    Attributes
    ----------
    code : str
        Key of ``GATE_BITS``.
    seconds : float
        How much of the clip it concerns.
    sentence : str
        With the measured value and the limit that was crossed.
    next_step : str
        What to do at the next recording.
    """

    code: str
    seconds: float
    sentence: str
    next_step: str


# (sentence with {value} and {limit}, FaceSignals field, quantile of the bad frames, limit, advice)
_WORDS: dict[str, tuple[str, str, float, str, str]] = {
    "no_face": (
        "no face was found",
        "",
        0.0,
        "",
        "Film one face from the front, filling at least a third of the picture's height.",
    ),
    "head_turned": (
        "the head was turned {value:.0f}° to the side (limit {limit:.0f}°)",
        "yaw_deg",
        0.5,
        "yaw_max_deg",
        "Place the camera straight in front of the face and ask the patient to look into it.",
    ),
    "head_tilted": (
        "the head was tilted {value:.0f}° up or down (limit {limit:.0f}°)",
        "pitch_deg",
        0.5,
        "pitch_max_deg",
        "Place the camera at eye level.",
    ),
    "face_too_small": (
        "the eyes were {value:.0f} pixels apart (limit {limit:.0f})",
        "iod_px",
        0.5,
        "iod_min_px",
        "Move the camera closer or use a higher resolution (720p or more).",
    ),
    "face_uncertain": (
        "the face was recognised with a score of {value:.2f} (limit {limit:.2f})",
        "score",
        0.5,
        "score_min",
        "Use even light from the front and keep hair, hands and masks off the face.",
    ),
    "face_cut_off": (
        "an eye or a mouth corner was outside the picture",
        "",
        0.0,
        "",
        "Keep the whole face, with some neck, inside the picture.",
    ),
    "face_covered": (
        "part of the face was covered",
        "",
        0.0,
        "",
        "Keep hands, hair, masks and, if possible, glasses off the face.",
    ),
    "too_dark": (
        "the face was too dark (brightness {value:.0f}, limit {limit:.0f})",
        "brightness",
        0.5,
        "brightness_min",
        "Add light from the front.",
    ),
    "too_bright": (
        "the face was over-exposed (brightness {value:.0f}, limit {limit:.0f})",
        "brightness",
        0.5,
        "brightness_max",
        "Avoid direct sunlight or a lamp close to the face.",
    ),
    "low_contrast": (
        "the face showed almost no contrast",
        "",
        0.0,
        "",
        "Clean the lens, let the camera focus, and use even light.",
    ),
    "frame_gap": (
        "pictures were missing for up to {value:.2f} s (limit {limit:.2f} s)",
        "gap",
        1.0,
        "gap_max_s",
        "Close other programs while recording, or record with the phone's own camera app.",
    ),
    "too_noisy": (
        "the picture was too noisy to follow the eyelids",
        "",
        0.0,
        "",
        "Use more light, a higher quality setting, and keep the camera still.",
    ),
    "two_faces": (
        "{value:.0f} faces were in the picture (limit {limit:.0f})",
        "face_count",
        1.0,
        "",
        "Film the patient alone.",
    ),
    "frame_rate_low": (
        "the video has {value:.1f} pictures per second (limit {limit:.0f})",
        "frame_rate",
        0.5,
        "frame_rate_min_hz",
        "Record at 30 pictures per second or more.",
    ),
}


def describe_gate(signals: FaceSignals) -> tuple[GateReason, ...]:
    """Return why seconds were left out, in words, the most costly reason first.

    Parameters
    ----------
    signals : FaceSignals

    Returns
    -------
    tuple of GateReason
        Empty when nothing was left out.
    """
    if not len(signals.time_s):
        words = "the video holds no pictures"
        return (GateReason("no_face", 0.0, words, _WORDS["no_face"][4]),)
    step = _frame_seconds(signals.time_s)
    reasons = []
    for code, bit in GATE_BITS.items():
        hit = ((signals.gate & bit) != 0) & ~signals.usable
        if hit.any():
            reasons.append(_in_words(code, hit, float(step[hit].sum()), signals))
    return tuple(sorted(reasons, key=lambda r: -r.seconds))


def _frame_seconds(time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how long each frame stands (n,), a gap counting as one typical step."""
    if len(time_s) < 2:
        return np.zeros(len(time_s))
    steps = np.diff(time_s, append=np.nan)
    typical = float(np.median(steps[:-1]))
    steps[-1] = typical
    return np.minimum(steps, 0.25)


def _in_words(
    code: str, hit: NDArray[np.bool_], seconds: float, signals: FaceSignals
) -> GateReason:
    limits = load_limits()["quality"]
    sentence, name, quantile, limit, advice = _WORDS[code]
    value = 0.0
    if name == "gap":
        value = float(np.diff(signals.time_s).max(initial=0.0))
    elif name == "frame_rate":
        value = frame_rate_hz(signals.time_s)
    elif name:
        column = np.abs(np.asarray(getattr(signals, name), np.float64))[hit]
        column = column[_crossed(code, column, limits.get(limit, 1.0))]
        value = float(np.quantile(column, quantile)) if column.size else float("nan")
    words = sentence.format(value=value, limit=limits.get(limit, 1.0))
    return GateReason(code, seconds, f"{seconds:.0f} s left out: {words}", advice)


def _crossed(code: str, column: NDArray[np.float64], limit: float) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        if code in ("head_turned", "head_tilted", "too_bright", "two_faces"):
            return np.asarray(column > limit)
        return np.asarray(column < limit)


def worth_a_warning(signals: FaceSignals) -> tuple[str, ...]:
    """Return sentences about what did not stop the measurement but limits it."""
    limits = load_limits()["quality"]
    warnings = []
    iod = signals.iod_px[signals.usable]
    if iod.size and float(np.median(iod)) < limits["iod_warn_px"]:
        warnings.append(
            f"The eyes were {float(np.median(iod)):.0f} pixels apart; below "
            f"{limits['iod_warn_px']:.0f} small closures are missed."
        )
    pitch = np.abs(signals.pitch_deg[signals.usable])
    if pitch.size and float(np.median(pitch)) > limits["pitch_warn_deg"]:
        warnings.append(
            f"The head was tilted {float(np.median(pitch)):.0f}° up or down; beyond "
            f"{limits['pitch_warn_deg']:.0f}° eye closure is less exact."
        )
    return tuple(warnings)
