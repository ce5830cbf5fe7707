"""The visible mark of a simulated recording."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARK = "SIMULATED - not a patient"


@lru_cache(maxsize=8)
def _plate(height: int, width: int) -> NDArray[np.uint8]:
    """Return the plate with the words, scaled to the picture."""
    scale = max(0.3, 0.42 * min(height, width) / 480.0)
    (w, h), base = cv2.getTextSize(MARK, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    pad = max(3, round(8 * scale))
    plate = np.full((h + base + 2 * pad, min(w + 2 * pad, width), 3), (24, 24, 24), np.uint8)
    cv2.putText(
        plate, MARK, (pad, h + pad), cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 214, 64), 1, cv2.LINE_AA
    )
    return plate


def stamp_simulated(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture with "SIMULATED - not a patient" in its top left corner.

    Call it after any mirroring, so that the words stay readable. The picture is changed in place.

    Examples
    --------
    >>> picture = np.zeros((120, 320, 3), np.uint8)
    >>> int(stamp_simulated(picture)[:20].max()) > 150
    True
    """
    plate = _plate(rgb.shape[0], rgb.shape[1])
    h, w = min(plate.shape[0], rgb.shape[0]), min(plate.shape[1], rgb.shape[1])
    rgb[:h, :w] = plate[:h, :w]
    return rgb
