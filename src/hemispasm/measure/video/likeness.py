"""Whether the face still looks like itself: a hand or a mask over it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from hemispasm.measure.video.mesh_points import STABLE
from hemispasm.measure.video.plane import fit_plane

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.video.seen import SeenFrame

# Coarse on purpose: a closed lid or a smile must not count as covered.
_PX = 14.0
_X0, _X1, _Y0, _SPLIT, _Y1 = -0.60, 0.60, -0.35, 0.30, 1.05
_COLUMNS = round((_X1 - _X0) * _PX)
_ROWS = round((_Y1 - _Y0) * _PX)
_SPLIT_ROW = round((_SPLIT - _Y0) * _PX)


class FaceLikeness:
    """Correlation of a coarse, stabilised picture of the face with the clip's own face.

    Parameters
    ----------
    frames : list of SeenFrame
        Frames with a face and its rigid shape, from which the clip's own face is taken.
    reference : ndarray (478, 3)
        The clip's face shape, outer canthi 1 apart.
    """

    def __init__(self, frames: list[SeenFrame], reference: NDArray[np.float64]) -> None:
        self._target = (reference[STABLE, :2] - np.array([_X0, _Y0])) * _PX
        step = max(1, len(frames) // 40)
        self._own = np.median([self._thumbnail(f) for f in frames[::step]], axis=0)

    def __call__(self, frame: SeenFrame) -> NDArray[np.float64]:
        """Return likeness (2,), -1 to 1, of the upper and of the lower half of the face."""
        thumbnail = self._thumbnail(frame)
        return np.array(
            [
                _correlation(thumbnail[:_SPLIT_ROW], self._own[:_SPLIT_ROW]),
                _correlation(thumbnail[_SPLIT_ROW:], self._own[_SPLIT_ROW:]),
            ]
        )

    def _thumbnail(self, frame: SeenFrame) -> NDArray[np.float64]:
        if frame.face is None or frame.rigid is None:
            raise ValueError("a frame without a face has no thumbnail")
        size = frame.face.crop.shape[0] // 4
        small = cv2.resize(frame.face.crop, (size, size), interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
        to_picture = frame.face.roi.to_picture(size)
        back = np.linalg.inv(to_picture[:, :2])
        in_crop = (frame.rigid[STABLE] - to_picture[:, 2]) @ back.T
        matrix = fit_plane(in_crop, self._target)
        return np.asarray(
            cv2.warpAffine(grey, matrix, (_COLUMNS, _ROWS), borderMode=cv2.BORDER_REPLICATE),
            np.float64,
        )


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    x, y = a - a.mean(), b - b.mean()
    power = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum() / power) if power > 1e-9 else 0.0
