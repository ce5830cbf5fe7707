"""Twitch, clonic or tonic: the temporal form of one unilateral spasm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import find_peaks

from hemispasm.measure.video.limits import event_limit
from hemispasm.model import Pattern

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Form:
    """Pattern of one event with what it was read from.

    ``frequency_hz`` is None where the frame rate cannot resolve it or fewer than three peaks
    repeat.
    """

    pattern: Pattern
    peaks: int
    frequency_hz: float | None
    sustained_fraction: float


def classify_form(time_s: NDArray[np.float64], motion: NDArray[np.float64]) -> Form:
    """Classify the course of one event.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Frame times inside the event, seconds.
    motion : ndarray, shape (n,)
        Unilateral motion, any unit, 0 at rest.

    Returns
    -------
    Form
        Clonic: at least three peaks with valleys between them, 2 Hz or faster. Tonic: sustained
        for more than one second. Anything else is a twitch.

    Examples
    --------
    >>> t = np.arange(0, 1.0, 1 / 30)
    >>> classify_form(t, np.clip(np.sin(2 * np.pi * 4 * t), 0, 1)).pattern
    <Pattern.CLONIC: 'clonic'>
    """
    if motion.size == 0:
        return Form(Pattern.TWITCH, 0, None, 0.0)
    top = float(np.max(motion))
    duration = float(time_s[-1] - time_s[0]) if time_s.size > 1 else 0.0
    if top <= 0:
        return Form(Pattern.TWITCH, 0, None, 0.0)
    padded = np.concatenate([[0.0], motion, [0.0]])
    peaks, _ = find_peaks(padded, prominence=event_limit("clonic_valley") * top, height=0.3 * top)
    peaks = peaks - 1
    sustained = float(np.mean(motion >= event_limit("sustained_level") * top))
    spacing = np.diff(time_s[np.clip(peaks, 0, time_s.size - 1)])
    frequency = 1 / float(np.median(spacing)) if spacing.size else None
    if len(peaks) >= 3 and frequency is not None and frequency >= event_limit("clonic_min_hz"):
        frame_rate = 1 / float(np.median(np.diff(time_s)))
        resolved = frequency <= frame_rate / event_limit("frames_per_cycle")
        return Form(Pattern.CLONIC, len(peaks), frequency if resolved else None, sustained)
    if duration >= event_limit("tonic_min_s"):
        return Form(Pattern.TONIC, len(peaks), None, sustained)
    return Form(Pattern.TWITCH, len(peaks), None, sustained)
