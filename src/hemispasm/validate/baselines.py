"""Two simple detectors, scored beside ours on the same clips and the same eye signals.

Both are our own plain versions of published ideas, with the settings that seemed kindest to
them; neither is anybody's software.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import find_peaks, peak_widths

from hemispasm.model import Event, EventKind, ImageSide, Mirrored, patient_side

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.video.facesignals import FaceSignals

CLOSED_BELOW = 0.75
MIN_PROMINENCE = 0.15
MATCH_WITHIN_S = 0.100


def open_share(signals: FaceSignals) -> NDArray[np.float64]:
    """Return each eye's aperture as a fraction of its own open value, shape (n, 2).

    Frames without a face are filled from their neighbours.
    """
    aperture = np.asarray(signals.aperture, dtype=np.float64).copy()
    for column in aperture.T:
        known = np.isfinite(column)
        if known.any():
            column[~known] = np.interp(signals.time_s[~known], signals.time_s[known], column[known])
            column /= max(float(np.percentile(column, 85)), 1e-6)
        else:
            column[:] = 1.0
    return aperture


def mean_eye_threshold(signals: FaceSignals) -> tuple[Event, ...]:
    """Call every dip of the mean of both eyes' aspect ratio below three quarters a spasm.

    The idea of the published application for blepharospasm and hemifacial spasm (research notes,
    section 4: Blink App); it names no side.
    """
    low = open_share(signals).mean(axis=1) < CLOSED_BELOW
    edges = np.flatnonzero(np.diff(np.r_[False, low, False].astype(np.int8)))
    time_s = signals.time_s
    return tuple(
        _event(float(time_s[a]), float(time_s[min(b, len(time_s) - 1)]), None, Mirrored.NO)
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    )


def matched_eye_peaks(signals: FaceSignals, mirrored: Mirrored) -> tuple[Event, ...]:
    """Call every peak of one eye's closure without a partner in the other a spasm of that side.

    The idea of facial-palsy blink toolboxes: peaks per eye, matched left to right within 100 ms.
    """
    closure = 1.0 - open_share(signals)
    time_s = signals.time_s
    peaks = [find_peaks(column, prominence=MIN_PROMINENCE)[0] for column in closure.T]
    events = []
    for column, image_side in enumerate(ImageSide):
        own, other = peaks[column], time_s[peaks[1 - column]]
        if own.size == 0:
            continue
        _, _, starts, ends = peak_widths(closure[:, column], own, rel_height=0.9)
        frames = np.arange(len(time_s))
        for k, peak in enumerate(own):
            if other.size and np.abs(other - time_s[peak]).min() <= MATCH_WITHIN_S:
                continue
            start_s, end_s = np.interp([starts[k], ends[k]], frames, time_s)
            events.append(_event(float(start_s), float(end_s), image_side, mirrored))
    return tuple(sorted(events, key=lambda event: event.start_s))


def _event(start_s: float, end_s: float, image_side: ImageSide | None, mirrored: Mirrored) -> Event:
    side = None if image_side is None else patient_side(image_side, mirrored)
    return Event(
        id=f"baseline-{round(1000 * start_s)}-{image_side or 'none'}",
        kind=EventKind.SPASM,
        side=side,
        start_s=start_s,
        end_s=max(start_s, end_s),
        confidence=1.0,
    )


def run_baselines(signals: FaceSignals, mirrored: Mirrored) -> dict[str, tuple[Event, ...]]:
    """Return the events of both baselines by name."""
    return {
        "mean_eye_threshold": mean_eye_threshold(signals),
        "matched_eye_peaks": matched_eye_peaks(signals, mirrored),
    }
