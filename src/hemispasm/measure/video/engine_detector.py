"""Where faces are in a whole picture: anchors, decoding, and merging of overlapping boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from hemispasm.measure.video.engine import DETECTOR_SIZE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.video.engine import FaceModels

# Geometry of the published short-range face detector (BlazeFace, Apache-2.0 model bundle):
# two anchors per cell of a 16 x 16 grid, six per cell of an 8 x 8 grid, all of unit size.
_GRIDS = ((16, 2), (8, 6))
MIN_SCORE = 0.5
_MERGE_IOU = 0.3


@dataclass(frozen=True)
class Detection:
    """One face found in a picture, in pixels of that picture.

    Attributes
    ----------
    box : ndarray (4,)
        x0, y0, x1, y1.
    key_points : ndarray (6, 2)
        Eye at the picture's left, eye at its right, nose tip, mouth, ear at the left, ear at the
        right.
    score : float
        0-1.
    """

    box: NDArray[np.float64]
    key_points: NDArray[np.float64]
    score: float

    @property
    def size(self) -> float:
        """Longer side of the box in pixels."""
        return float(max(self.box[2] - self.box[0], self.box[3] - self.box[1]))

    @property
    def centre(self) -> NDArray[np.float64]:
        """Centre of the box (2,)."""
        return 0.5 * (self.box[:2] + self.box[2:])


def make_anchors() -> NDArray[np.float32]:
    """Return the 896 anchor centres (896, 2) as fractions of the detector's picture."""
    centres = []
    for cells, repeats in _GRIDS:
        axis = (np.arange(cells) + 0.5) / cells
        grid_y, grid_x = np.meshgrid(axis, axis, indexing="ij")
        cell = np.stack([grid_x.ravel(), grid_y.ravel()], axis=1)
        centres.append(np.repeat(cell, repeats, axis=0))
    return np.concatenate(centres).astype(np.float32)


_ANCHORS = make_anchors()


def _iou(box: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    low = np.maximum(box[:2], boxes[:, :2])
    high = np.minimum(box[2:], boxes[:, 2:])
    overlap = np.prod(np.clip(high - low, 0.0, None), axis=1)
    area = np.prod(box[2:] - box[:2])
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return np.asarray(overlap / np.maximum(area + areas - overlap, 1e-9))


def merge_overlapping(
    boxes: NDArray[np.float64],
    key_points: NDArray[np.float64],
    scores: NDArray[np.float64],
    min_iou: float = _MERGE_IOU,
) -> list[Detection]:
    """Merge boxes of the same face into their score-weighted mean, best face first.

    Parameters
    ----------
    boxes : ndarray (n, 4)
    key_points : ndarray (n, 6, 2)
    scores : ndarray (n,)
    min_iou : float
        Overlap over union above which two boxes are one face.
    """
    merged: list[Detection] = []
    left = np.argsort(-scores)
    while left.size:
        same = _iou(boxes[left[0]], boxes[left]) > min_iou
        same[0] = True
        group = left[same]
        weight = scores[group] / scores[group].sum()
        merged.append(
            Detection(
                box=np.einsum("n,nk->k", weight, boxes[group]),
                key_points=np.einsum("n,nij->ij", weight, key_points[group]),
                score=float(scores[group[0]]),
            )
        )
        left = left[~same]
    return merged


def _letterbox(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float, float, float]:
    """Return the picture fitted into the detector's square, and scale and offsets back."""
    height, width = rgb.shape[:2]
    side = max(height, width)
    scale = DETECTOR_SIZE / side
    new_w, new_h = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(rgb, (new_w, new_h), interpolation=cv2.INTER_AREA)
    left, top = (DETECTOR_SIZE - new_w) // 2, (DETECTOR_SIZE - new_h) // 2
    square = np.zeros((DETECTOR_SIZE, DETECTOR_SIZE, 3), np.uint8)
    square[top : top + new_h, left : left + new_w] = small
    return square, 1.0 / scale, float(left), float(top)


def detect_faces(
    models: FaceModels, rgb: NDArray[np.uint8], min_score: float = MIN_SCORE
) -> list[Detection]:
    """Return the faces in one picture, best first.

    Parameters
    ----------
    models : FaceModels
    rgb : ndarray of uint8 (height, width, 3)
    min_score : float
        Lowest score that counts as a face.
    """
    square, back, left, top = _letterbox(rgb)
    raw, logits = models.detect_raw(square)
    scores = 1.0 / (1.0 + np.exp(-np.clip(logits.astype(np.float64), -60.0, 60.0)))
    keep = scores >= min_score
    if not keep.any():
        return []
    values = raw[keep].astype(np.float64)
    anchors = _ANCHORS[keep].astype(np.float64) * DETECTOR_SIZE
    centre = values[:, :2] + anchors
    half = 0.5 * values[:, 2:4]
    offset = np.array([left, top])
    boxes = np.concatenate([centre - half - offset, centre + half - offset], axis=1) * back
    points = (values[:, 4:].reshape(-1, 6, 2) + anchors[:, None, :] - offset) * back
    return merge_overlapping(boxes, points, scores[keep])


def detect_faces_zoomed(models: FaceModels, rgb: NDArray[np.uint8]) -> list[Detection]:
    """Look again in closer views when the whole picture shows no face.

    The short-range detector misses faces smaller than about a tenth of the picture, so the
    picture is searched in overlapping squares: the centre first, then a 3 x 2 mosaic.
    """
    height, width = rgb.shape[:2]
    found: list[Detection] = []
    for x0, y0, side in _tiles(height, width):
        tile = np.ascontiguousarray(rgb[y0 : y0 + side, x0 : x0 + side])
        shift = np.array([x0, y0], np.float64)
        found += [
            Detection(d.box + np.tile(shift, 2), d.key_points + shift, d.score)
            for d in detect_faces(models, tile)
        ]
        if found and side == _centre_side(height, width):
            break
    if not found:
        return []
    return merge_overlapping(
        np.stack([d.box for d in found]),
        np.stack([d.key_points for d in found]),
        np.array([d.score for d in found]),
    )


def _centre_side(height: int, width: int) -> int:
    return round(0.6 * min(height, width)) if height > 1 and width > 1 else 1


def _tiles(height: int, width: int) -> list[tuple[int, int, int]]:
    side = _centre_side(height, width)
    tiles = [((width - side) // 2, (height - side) // 2, side)]
    small = max(1, round(0.55 * min(height, width)))
    columns = np.linspace(0, width - small, 3 if width >= height else 2).round().astype(int)
    rows = np.linspace(0, height - small, 2 if width >= height else 3).round().astype(int)
    return tiles + [(int(x), int(y), small) for y in rows for x in columns]
