"""What is kept of one picture while it waits in the ring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from hemispasm.measure.video import mesh_points as at
from hemispasm.measure.video.quality import load_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.video.landmarks import FaceFrame, FaceTracker
    from hemispasm.model.recording import Frame


@dataclass
class SeenFrame:
    """One frame of the ring: the face's crop and points, and what the gate wants to know.

    Attributes
    ----------
    t_s : float
    face : FaceFrame or None
    face_count : int
    brightness, contrast, sharpness : float
        Mean and standard deviation of luma, and variance of its Laplacian, in the face.
    in_frame : bool
        Eyes and mouth corners lie inside the picture.
    rigid : ndarray (478, 2)
        The reference shape under this frame's pose, in picture pixels; filled in later.
    """

    t_s: float
    face: FaceFrame | None
    face_count: int
    brightness: float = np.nan
    contrast: float = np.nan
    sharpness: float = np.nan
    in_frame: bool = False
    rigid: NDArray[np.float64] | None = None


def see_picture(frame: Frame, tracker: FaceTracker) -> SeenFrame:
    """Follow the face into the next picture and keep what is needed of it."""
    face = tracker.follow(frame.t_s, frame.rgb)
    if face is None:
        return SeenFrame(frame.t_s, None, tracker.face_count)
    # The middle of the crop is face whatever the background.
    grey = cv2.cvtColor(face.crop[64:208, 64:192], cv2.COLOR_RGB2GRAY)
    mean, deviation = cv2.meanStdDev(grey)
    _, edges = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    seen = SeenFrame(frame.t_s, face, face.face_count)
    seen.brightness, seen.contrast = float(mean[0, 0]), float(deviation[0, 0])
    seen.sharpness = float(edges[0, 0]) ** 2
    seen.in_frame = _inside(face.points, frame.rgb.shape)
    return seen


_MUST_SHOW = np.array(
    [*at.EYE_OUTER, *at.EYE_INNER, at.MOUTH_CORNER[0][0], at.MOUTH_CORNER[1][0]], dtype=np.intp
)


def _inside(points: NDArray[np.float32], shape: tuple[int, ...]) -> bool:
    must = points[_MUST_SHOW, :2]
    across = points[at.EYE_OUTER[1], :2] - points[at.EYE_OUTER[0], :2]
    margin = load_limits()["quality"]["edge_margin"] * float(np.hypot(*across))
    size = np.array([shape[1], shape[0]])
    return bool((must >= margin).all() and (must <= size - margin).all())
