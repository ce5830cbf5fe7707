"""Each half of the face seen as a whole one: amplitude of eye closure without leak across."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from hemispasm.measure.video import mesh_points as at
from hemispasm.measure.video.engine import MESH_SIZE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.video.engine import FaceModels


def midline_turn(points_crop: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the 2 x 3 map that puts the facial midline upright in the middle of the crop.

    Parameters
    ----------
    points_crop : ndarray (478, 2 or 3)
        Mesh points in crop pixels.
    """
    line = points_crop[list(at.MIDLINE), :2].astype(np.float64)
    eyes = points_crop[[*at.EYE_OUTER, *at.EYE_INNER], :2].astype(np.float64)
    # The line between the eyes is longer and steadier than the midline itself.
    across = (eyes[1] - eyes[0]) + (eyes[3] - eyes[2])
    angle = float(np.degrees(np.arctan2(across[1], across[0])))
    centre = line.mean(axis=0)
    turn = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), angle, 1.0)
    turn[0, 2] += 0.5 * (MESH_SIZE - 1) - centre[0]
    return np.asarray(turn, np.float64)


def half_faces(
    crop: NDArray[np.uint8], points_crop: NDArray[np.floating]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the two symmetric faces made of the picture's left half and of its right half."""
    upright = cv2.warpAffine(
        crop,
        midline_turn(points_crop),
        (MESH_SIZE, MESH_SIZE),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
    )
    half = MESH_SIZE // 2
    left, right = upright[:, :half], upright[:, half:]
    return (
        np.ascontiguousarray(np.concatenate([left, left[:, ::-1]], axis=1)),
        np.ascontiguousarray(np.concatenate([right[:, ::-1], right], axis=1)),
    )


def mirrored_aperture(
    models: FaceModels, crop: NDArray[np.uint8], points_crop: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return lid gap over eye width (2,) by picture side, each from its own symmetric face.

    Both eyes of a symmetric face are the same eye, so their mean is taken.
    """
    out = np.full(2, np.nan)
    for side, face in enumerate(half_faces(crop, points_crop)):
        points, score = models.mesh(face)
        if score >= 0.5:
            out[side] = 0.5 * (_aperture(points, 0) + _aperture(points, 1))
    return out


def _aperture(points: NDArray[np.floating], side: int) -> float:
    upper = points[list(at.LID_UPPER_WIDE[side]), 1]
    lower = points[list(at.LID_LOWER_WIDE[side]), 1]
    width = abs(float(points[at.EYE_OUTER[side], 0] - points[at.EYE_INNER[side], 0]))
    return float(max((lower - upper).mean(), 0.0) / max(width, 1e-6))
