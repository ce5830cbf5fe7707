"""The path of a trace, short enough for a page that holds hours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_POINTS = 12_000  # per trace: a long recording keeps its extremes, the page its size


def trace_path(
    time_s: NDArray[np.float64], values: NDArray[np.float64], low: float, high: float
) -> str:
    """Return the path of a trace in milliseconds and thousandths; gaps where it is NaN.

    A trace longer than ``MAX_POINTS`` keeps the lowest and highest value of each piece, so that
    a short twitch never vanishes.

    Examples
    --------
    >>> import numpy as np
    >>> trace_path(np.array([0.0, 0.5, 1.0]), np.array([0.0, np.nan, 1.0]), 0.0, 1.0)
    'M0 1000M1000 0'
    """
    if len(time_s) > MAX_POINTS:
        time_s, values = _extremes(time_s, values)
    x = np.round(time_s * 1000).astype(int)
    scaled = (np.clip(values, low, high) - low) / (high - low)
    pieces: list[str] = []
    drawing = False
    for milliseconds, value in zip(x.tolist(), scaled.tolist(), strict=True):
        if value != value:
            drawing = False
            continue
        start = " " if drawing else "M"
        pieces.append(f"{start}{milliseconds} {round(1000 - 1000 * value)}")
        drawing = True
    return "".join(pieces)


def _extremes(
    time_s: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    kept = []
    for piece in np.array_split(np.arange(len(values)), MAX_POINTS // 2):
        finite = piece[np.isfinite(values[piece])]
        if len(finite) == 0:
            kept.append(piece[0])
            continue
        low, high = finite[np.argmin(values[finite])], finite[np.argmax(values[finite])]
        kept += sorted({int(low), int(high)})
    index = np.asarray(kept)
    return time_s[index], values[index]
