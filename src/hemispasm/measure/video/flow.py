"""Brow lift from optical flow: the mesh does not see a brow that rises while the eye closes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
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
_X0, _X1, _Y0, _Y1 = -0.72, 0.72, -0.72, 0.30
PATCH_SHAPE = (round((_Y1 - _Y0) * _PX), round((_X1 - _X0) * _PX))

# What holds still in the upper face: nose bridge, temples, upper forehead, inner canthi.
_HOLD = np.array([168, 6, 197, 195, 127, 162, 21, 356, 389, 251, 10, 133, 362], dtype=np.intp)


@dataclass(frozen=True)
class UpperFace:
    """A pose-stabilised grey picture of eyes, brows and forehead.

    Attributes
    ----------
    patch : ndarray of uint8 (rows, columns)
    shape : ndarray (478, 2)
        Where the rigid reference shape lies under this frame's pose, in patch pixels.
    """

    patch: NDArray[np.uint8]
    shape: NDArray[np.float64]


def stabilise(
    crop: NDArray[np.uint8],
    roi: Roi,
    rigid: NDArray[np.floating],
    reference: NDArray[np.floating],
) -> UpperFace:
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
    """
    to_picture = roi.to_picture(crop.shape[0])
    in_crop = (rigid - to_picture[:, 2]) @ np.linalg.inv(to_picture[:, :2]).T
    target = (reference[:, :2] - np.array([_X0, _Y0])) * _PX
    matrix = fit_plane(in_crop[_HOLD], target[_HOLD])
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    patch = cv2.warpAffine(
        grey, matrix, PATCH_SHAPE[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return UpperFace(patch, in_crop @ matrix[:, :2].T + matrix[:, 2])


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
        self._reference = reference
        self._quiet: deque[Callable[[], UpperFace]] = deque(maxlen=keep)
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        # Half resolution: a quarter of the cost of the full one, and less noise.
        self._flow.setFinestScale(1)
        self._base: UpperFace | None = None
        self._regions = [_brow_region(reference, side) for side in (0, 1)]
        self._hold = _hold_region(reference)

    def rest(self, face: Callable[[], UpperFace]) -> None:
        """Take in a frame without movement; it is cut out only if a candidate follows."""
        self._quiet.append(face)
        self._base = None

    def measure(self, face: UpperFace) -> NDArray[np.float64]:
        """Return brow lift (2,) by picture side, positive up, in outer-canthus distances."""
        if self._base is None:
            if not self._quiet:
                return np.full(2, np.nan)
            quiet = [make() for make in self._quiet]
            patch = np.mean([q.patch for q in quiet], axis=0)
            shape = np.mean([q.shape for q in quiet], axis=0)
            self._base = UpperFace(patch.round().astype(np.uint8), shape)
        base = self._base
        flow = self._flow.calc(base.patch, face.patch, None)
        flow = flow.astype(np.float64)
        held = _hold_motion(flow, self._hold)
        edge = np.abs(cv2.Sobel(base.patch, cv2.CV_32F, 0, 1, ksize=3))
        lift = np.empty(2)
        for side, region in enumerate(self._regions):
            weight = edge[region]
            x = (np.nonzero(region)[1] - 0.5 * PATCH_SHAPE[1]) / _PX
            moved = flow[region][:, 1] - held[0] - held[1] * x
            turned = (face.shape - base.shape)[list(at.BROW[side]), 1].mean()
            lift[side] = -(_weighted_median(moved, weight) - turned) / _PX
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
    return _box(reference, at.BROW[side], np.array([0.02, 0.10, 0.02, 0.03]))


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


def _weighted_median(values: NDArray[np.floating], weight: NDArray[np.floating]) -> float:
    order = np.argsort(values)
    total = np.cumsum(weight[order])
    if total[-1] <= 0:
        return float(np.median(values))
    return float(values[order][np.searchsorted(total, 0.5 * total[-1])])
