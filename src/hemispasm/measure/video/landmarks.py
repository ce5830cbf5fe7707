"""From a picture to 478 points of one face, followed from frame to frame without smoothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from hemispasm.measure.video.engine import MESH_SIZE, FaceModels
from hemispasm.measure.video.engine_detector import detect_faces, detect_faces_zoomed
from hemispasm.measure.video.mesh_points import BLENDSHAPE_POINTS, EYE_OUTER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.video.engine_detector import Detection

ROI_SCALE = 1.5
MIN_TRACK_SCORE = 0.5
# A second face must be at least this large beside the first, and this sure to both models.
MIN_RIVAL_SIZE = 0.35
MIN_RIVAL_DETECTION = 0.6
MIN_RIVAL_SCORE = 0.7
# Positions of the eye-closure scores in the blendshape model's output. The model names sides from
# the person in an unflipped picture, so its "right" is the picture's left.
_BLINK_IMAGE_LEFT, _BLINK_IMAGE_RIGHT = 10, 9

cv2.setNumThreads(1)


@dataclass(frozen=True)
class Roi:
    """A rotated square of the picture.

    Attributes
    ----------
    x, y : float
        Centre in pixels.
    side : float
        Length of an edge in pixels.
    angle_rad : float
        Rotation of the face in the picture, positive clockwise as seen.
    """

    x: float
    y: float
    side: float
    angle_rad: float

    def to_picture(self, size: int = MESH_SIZE) -> NDArray[np.float64]:
        """Return the 2 x 3 map from crop pixels (``size`` square) to picture pixels."""
        scale = self.side / size
        cos, sin = scale * np.cos(self.angle_rad), scale * np.sin(self.angle_rad)
        half = 0.5 * size
        return np.array(
            [
                [cos, -sin, self.x - cos * half + sin * half],
                [sin, cos, self.y - sin * half - cos * half],
            ]
        )


@dataclass(frozen=True)
class FaceFrame:
    """One face in one picture.

    Attributes
    ----------
    points : ndarray (478, 3)
        Picture pixels; z in the same unit, growing away from the camera.
    score : float
        Face-presence score, 0-1.
    roi : Roi
        The square that was looked at.
    crop : ndarray of uint8 (256, 256, 3)
        The picture inside ``roi``, upright.
    face_count : int
        Faces seen at the last full detection.
    detected : bool
        This frame ran the detector.
    """

    points: NDArray[np.float32]
    score: float
    roi: Roi
    crop: NDArray[np.uint8]
    face_count: int
    detected: bool = False


def cut_roi(rgb: NDArray[np.uint8], roi: Roi, size: int = MESH_SIZE) -> NDArray[np.uint8]:
    """Return the upright ``size`` x ``size`` crop of a picture inside a region.

    Pictures much larger than the crop are averaged down first; plain bilinear sampling would
    alias and make the landmarks jitter.
    """
    to_picture = roi.to_picture(size)
    step = int(roi.side / size)
    if step >= 2:
        reach = 0.75 * roi.side
        height, width = rgb.shape[:2]
        x0 = int(np.clip(roi.x - reach, 0, width - 1))
        y0 = int(np.clip(roi.y - reach, 0, height - 1))
        x1 = int(np.clip(roi.x + reach, x0 + 1, width))
        y1 = int(np.clip(roi.y + reach, y0 + 1, height))
        part = rgb[y0:y1, x0:x1]
        new_w, new_h = max(1, (x1 - x0) // step), max(1, (y1 - y0) // step)
        rgb = cv2.resize(part, (new_w, new_h), interpolation=cv2.INTER_AREA)
        sx, sy = new_w / (x1 - x0), new_h / (y1 - y0)
        # Pixel centres: x_small + 0.5 = (x - x0 + 0.5) * sx.
        to_picture[0] *= sx
        to_picture[1] *= sy
        to_picture[0, 2] += (0.5 - x0) * sx - 0.5
        to_picture[1, 2] += (0.5 - y0) * sy - 0.5
    return cv2.warpAffine(
        rgb,
        to_picture,
        (size, size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
    )


def points_to_picture(points: NDArray[np.float32], roi: Roi) -> NDArray[np.float32]:
    """Return mesh points (n, 3) of a crop in picture pixels."""
    matrix = roi.to_picture()
    out = np.empty_like(points)
    out[:, :2] = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    out[:, 2] = points[:, 2] * (roi.side / MESH_SIZE)
    return out


def _rotated_square(points: NDArray[np.float64], angle_rad: float) -> Roi:
    """Return the scaled square, turned by ``angle_rad``, around points (n, 2)."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    turned = points @ np.array([[cos, -sin], [sin, cos]])
    low, high = turned.min(axis=0), turned.max(axis=0)
    centre = np.array([[cos, -sin], [sin, cos]]) @ (0.5 * (low + high))
    return Roi(float(centre[0]), float(centre[1]), ROI_SCALE * float((high - low).max()), angle_rad)


def roi_from_detection(found: Detection) -> Roi:
    """Return the region to look at for a freshly detected face."""
    across = found.key_points[1] - found.key_points[0]
    angle = float(np.arctan2(across[1], across[0]))
    centre = found.centre
    return Roi(float(centre[0]), float(centre[1]), ROI_SCALE * found.size, angle)


def roi_from_points(points: NDArray[np.float32]) -> Roi:
    """Return the region for the next frame from this frame's points (478, 3)."""
    left, right = points[EYE_OUTER[0], :2], points[EYE_OUTER[1], :2]
    angle = float(np.arctan2(right[1] - left[1], right[0] - left[0]))
    return _rotated_square(points[:, :2].astype(np.float64), angle)


class Landmarker:
    """The face-landmark engine: detector, mesh and blendshapes; holds no state between calls.

    Parameters
    ----------
    bundle : bytes
        Content of the asset ``face_landmarker.task``.

    Raises
    ------
    IntegrityError
        The bundle is damaged.
    """

    def __init__(self, bundle: bytes) -> None:
        self.models = FaceModels(bundle)

    def detect(self, rgb: NDArray[np.uint8], *, zoom: bool = True) -> list[Detection]:
        """Return the faces in a picture, best first, looking closer when none is seen."""
        found = detect_faces(self.models, rgb)
        return found if found or not zoom else detect_faces_zoomed(self.models, rgb)

    def look(self, rgb: NDArray[np.uint8], roi: Roi) -> FaceFrame:
        """Return the mesh of the face inside a region of a picture."""
        crop = cut_roi(rgb, roi)
        points, score = self.models.mesh(crop)
        return FaceFrame(points_to_picture(points, roi), score, roi, crop, 1)

    def blink_score(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the eye-closure scores (2,) by picture side for points (478, 3)."""
        scores = self.models.blendshapes(points[BLENDSHAPE_POINTS, :2])
        return scores[[_BLINK_IMAGE_LEFT, _BLINK_IMAGE_RIGHT]]


class FaceTracker:
    """Follows one face through a clip: the largest and most central one at first sight.

    Parameters
    ----------
    landmarker : Landmarker
    recheck_s : float
        Time between full detections while a face is being followed: they count the faces.
    lost_recheck_s : float
        Time between full detections while there is no face.
    """

    def __init__(
        self, landmarker: Landmarker, *, recheck_s: float = 2.0, lost_recheck_s: float = 0.15
    ) -> None:
        self._landmarker = landmarker
        self._recheck_s = recheck_s
        self._lost_recheck_s = lost_recheck_s
        self._roi: Roi | None = None
        self._face_count = 0
        self._detected_at_s = -np.inf
        self._zoomed_at_s = -np.inf

    @property
    def face_count(self) -> int:
        """Faces seen at the last full detection."""
        return self._face_count

    def follow(self, t_s: float, rgb: NDArray[np.uint8]) -> FaceFrame | None:
        """Return the followed face in the next frame of the clip, or None."""
        detected = False
        if self._roi is not None:
            if t_s - self._detected_at_s >= self._recheck_s:
                self._count(t_s, rgb)
                detected = True
            seen = self._landmarker.look(rgb, self._roi)
            if seen.score >= MIN_TRACK_SCORE:
                return self._keep(seen, detected)
            self._roi = None
        if t_s - self._detected_at_s < self._lost_recheck_s and not detected:
            return None
        return self._find(t_s, rgb)

    def _keep(self, seen: FaceFrame, detected: bool) -> FaceFrame:
        self._roi = roi_from_points(seen.points)
        return replace(seen, face_count=max(1, self._face_count), detected=detected)

    def _count(self, t_s: float, rgb: NDArray[np.uint8]) -> None:
        self._face_count = self._confirmed(self._landmarker.detect(rgb, zoom=False), rgb)
        self._detected_at_s = t_s

    def _confirmed(self, found: list[Detection], rgb: NDArray[np.uint8]) -> int:
        """Count faces that matter: not dwarfed by the first, and a face to the mesh as well.

        The detector alone takes patterns in the background for faces now and then.
        """
        if len(found) < 2:
            return len(found)
        main = _most_prominent(found, rgb.shape)
        rivals = [
            face
            for face in found
            if face is not main
            and face.size >= MIN_RIVAL_SIZE * main.size
            and face.score >= MIN_RIVAL_DETECTION
        ]
        scores = [self._landmarker.look(rgb, roi_from_detection(face)).score for face in rivals]
        return 1 + sum(score >= MIN_RIVAL_SCORE for score in scores)

    def _find(self, t_s: float, rgb: NDArray[np.uint8]) -> FaceFrame | None:
        # Looking closer costs seven detector runs, so it is done at most once a second.
        zoom = t_s - self._zoomed_at_s >= 1.0
        found = self._landmarker.detect(rgb, zoom=zoom)
        self._detected_at_s = t_s
        self._face_count = self._confirmed(found, rgb)
        if not found:
            if zoom:
                self._zoomed_at_s = t_s
            return None
        roi = roi_from_detection(_most_prominent(found, rgb.shape))
        seen = self._landmarker.look(rgb, roi)
        if seen.score < MIN_TRACK_SCORE:
            return None
        # The detector's square is rougher than the tracked one; a second look removes the jump.
        seen = self._landmarker.look(rgb, roi_from_points(seen.points))
        return self._keep(seen, True) if seen.score >= MIN_TRACK_SCORE else None


def _most_prominent(found: list[Detection], shape: tuple[int, ...]) -> Detection:
    """Return the largest face, where being off-centre costs up to half of its size."""
    middle = np.array([shape[1], shape[0]]) / 2.0
    reach = float(np.hypot(*middle))

    def weight(face: Detection) -> float:
        return face.size * (1.0 - 0.5 * float(np.hypot(*(face.centre - middle))) / reach)

    return max(found, key=weight)
