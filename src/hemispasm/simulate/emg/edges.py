"""True edges of bursts and responses, read off noiseless signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.emg.parameters import number

if TYPE_CHECKING:
    from numpy.typing import NDArray


def active_spans(
    clean_uv: NDArray[np.floating], rate_hz: float, bridge_s: float | None = None
) -> list[tuple[int, int]]:
    """Return the spans of samples in which the noiseless signal counts as active.

    A sample is active when its absolute value exceeds the threshold; pauses shorter than the
    bridge belong to the span. Edges are not smoothed.

    Returns
    -------
    list of (int, int)
        First sample and first sample after.

    Examples
    --------
    >>> x = np.zeros(1000); x[100:130] = 50.0; x[135:140] = -20.0; x[600:640] = 9.0
    >>> active_spans(x, 1000.0)
    [(100, 140), (600, 640)]
    """
    bridge = number("truth.bridge_s") if bridge_s is None else bridge_s
    active = np.flatnonzero(np.abs(clean_uv) > number("truth.threshold_uv"))
    if len(active) == 0:
        return []
    cut = np.flatnonzero(np.diff(active) > max(bridge * rate_hz, 1.0))
    first = active[np.r_[0, cut + 1]]
    last = active[np.r_[cut, len(active) - 1]] + 1
    shortest = number("truth.shortest_s") * rate_hz
    return [
        (int(a), int(b)) for a, b in zip(first, last, strict=True) if b - a >= max(shortest, 1.0)
    ]


def rms_within(clean_uv: NDArray[np.floating], spans: list[tuple[int, int]]) -> float:
    """Return the root mean square of the samples inside the spans, 0 without any."""
    total = sum(float(np.sum(np.square(clean_uv[a:b], dtype=np.float64))) for a, b in spans)
    count = sum(b - a for a, b in spans)
    return float(np.sqrt(total / count)) if count else 0.0
