"""Brow lift from optical flow: the mesh does not see a brow that rises while the eye closes."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import cv2
import numpy as np

from hemispasm.measure.video import mesh_points as at
from hemispasm.measure.video.plane import fit_plane

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hemispasm.measure.video.landmarks import Roi

# The stabilised patch: pixels per distance between the outer eye corners, and its reach from the
# point between them, in that distance.
_PX = 96.0
_X0, _X1, _Y0, _Y1 = -0.82, 0.82, -0.62, 0.24
PATCH_SHAPE = (round((_Y1 - _Y0) * _PX), round((_X1 - _X0) * _PX))

# What holds still in the upper face: nose bridge, temples, upper forehead, inner canthi.
_HOLD = np.array([168, 6, 197, 195, 127, 162, 21, 356, 389, 251, 10, 133, 362], dtype=np.intp)


def stabilise(
    crop: NDArray[np.uint8],
    roi: Roi,
    rigid: NDArray[np.floating],
    reference: NDArray[np.floating],
) -> NDArray[np.uint8]:
    """Cut the upper face out of a crop so that head movement in the picture plane is gone.

    Parameters
    ----------
    crop : ndarray of uint8 (256, 256, 3)
    roi : Roi
        Where the crop lies in the picture.
    rigid : ndarray (478, 2)
        The reference shape under this frame's pose, in picture pixels.
    reference : ndarray (478, 3)
        The shape facing the camera, outer canthi 1 apart.

    Returns
    -------
    ndarray of uint8 (rows, columns)
        Grey, ``PATCH_SHAPE``.
    """
    to_picture = roi.to_picture(crop.shape[0])
    in_crop = (rigid - to_picture[:, 2]) @ np.linalg.inv(to_picture[:, :2]).T
    target = (reference[:, :2] - np.array([_X0, _Y0])) * _PX
    matrix = fit_plane(in_crop[_HOLD], target[_HOLD])
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    return cv2.warpAffine(
        grey, matrix, PATCH_SHAPE[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


class BrowFlow:
    """Brow lift against the quiet frames just before each candidate span.

    Feed it every frame in order: quiet frames become the reference, candidate frames are measured.

    Parameters
    ----------
    reference : ndarray (478, 3)
        The clip's face shape, outer canthi 1 apart.
    keep : int
        Quiet frames averaged into the reference picture.
    """

    def __init__(self, reference: NDArray[np.floating], keep: int = 4) -> None:
        self._quiet: deque[Callable[[], NDArray[np.uint8]]] = deque(maxlen=keep)
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        # Half resolution: a quarter of the cost of the full one, and less noise.
        self._flow.setFinestScale(1)
        self._base: NDArray[np.uint8] | None = None
        self._regions = [_brow_region(reference, side) for side in (0, 1)]
        self._hold = _hold_region(reference)

    def rest(self, face: Callable[[], NDArray[np.uint8]]) -> None:
        """Take in a frame without movement; it is cut out only if a candidate follows."""
        self._quiet.append(face)
        self._base = None

    def measure(self, face: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return brow lift (2,) by picture side, positive up, in outer-canthus distances."""
        if self._base is None:
            if not self._quiet:
                return np.full(2, np.nan)
            quiet = np.mean([make() for make in self._quiet], axis=0)
            self._base = quiet.round().astype(np.uint8)
        flow = self._flow.calc(self._base, face, None)
        flow = flow.astype(np.float64)
        held = _hold_motion(flow, self._hold)
        edge = np.abs(cv2.Sobel(self._base, cv2.CV_32F, 0, 1, ksize=3))
        lift = np.empty(2)
        for side, region in enumerate(self._regions):
            x = (np.nonzero(region)[1] - 0.5 * PATCH_SHAPE[1]) / _PX
            moved = flow[region][:, 1] - held[0] - held[1] * x
            lift[side] = -_trimmed_mean(moved, edge[region]) / _PX
        return lift


def _box(
    reference: NDArray[np.floating],
    points: NDArray[np.intp] | tuple[int, ...],
    margin: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Return the patch pixels within ``margin`` (left, up, right, down; IOD) of some points."""
    where = reference[list(points), :2]
    low = where.min(axis=0) - margin[:2]
    high = where.max(axis=0) + margin[2:]
    columns = (np.arange(PATCH_SHAPE[1]) + 0.5) / _PX + _X0
    rows = (np.arange(PATCH_SHAPE[0]) + 0.5) / _PX + _Y0
    inside_x = (columns >= low[0]) & (columns <= high[0])
    inside_y = (rows >= low[1]) & (rows <= high[1])
    return np.asarray(inside_y[:, None] & inside_x[None, :])


def _brow_region(reference: NDArray[np.floating], side: int) -> NDArray[np.bool_]:
    # The outer two thirds: an eye that closes hard draws the inner end down, even under a lift.
    return _box(reference, at.BROW_OUTER[side], np.array([0.02, 0.08, 0.02, 0.03]))


def _hold_region(reference: NDArray[np.floating]) -> NDArray[np.bool_]:
    bridge = _box(reference, at.NOSE_BRIDGE, np.array([0.08, 0.0, 0.08, 0.03]))
    temples = np.zeros(PATCH_SHAPE, np.bool_)
    for points in ((127, 162), (356, 389)):
        temples |= _box(reference, points, np.array([0.03, 0.0, 0.03, 0.0]))
    return bridge | temples


def _hold_motion(flow: NDArray[np.float64], region: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the vertical movement left in what holds still: shift, and tilt along x (2,)."""
    moved = flow[region][:, 1]
    x = (np.nonzero(region)[1] - 0.5 * PATCH_SHAPE[1]) / _PX
    design = np.stack([np.ones_like(x), x], axis=1)
    keep = np.ones(len(moved), np.bool_)
    weight = np.zeros(2)
    for _ in range(2):
        weight, *_ = np.linalg.lstsq(design[keep], moved[keep], rcond=None)
        rest = np.abs(moved - design @ weight)
        keep = rest <= 2.5 * max(float(np.median(rest)), 0.02)
    return np.asarray(weight, np.float64)


def _trimmed_mean(values: NDArray[np.floating], weight: NDArray[np.floating]) -> float:
    """Return the weighted mean without the tenth of the values at either end."""
    low, high = np.quantile(values, [0.1, 0.9])
    keep = (values >= low) & (values <= high)
    total = float(weight[keep].sum())
    return float((values[keep] * weight[keep]).sum() / total) if total > 0 else float(low)
