"""Family C, face: a real clip, where its face is in every frame, and the real blinks in it.

Points are placed by eye on the first frame, once per clip, and follow the skin between the eyes and
the mouth. They are not those that the measurement uses.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from hemispasm.model.errors import DecodeError
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Picture = NDArray[np.uint8]

Points = tuple[tuple[float, float], ...]
FEWEST_POINTS = 6


@dataclass(frozen=True)
class FaceMarks:
    """Where a face is on the first frame of a clip, in pixels. Left is the patient's left.

    Attributes
    ----------
    upper, lower : dict of Side to points
        Lid margins, from the picture's left to its right; both share their ends.
    mouth, brow : dict of Side to point
        Corner of the mouth; middle of the brow.
    blinks : tuple of (first, last)
        Frames of the blinks that the person really made.
    first, last : int
        Frames that may be shown; None shows all.
    """

    upper: dict[Side, Points]
    lower: dict[Side, Points]
    mouth: dict[Side, tuple[float, float]]
    brow: dict[Side, tuple[float, float]]
    blinks: tuple[tuple[int, int], ...] = ()
    first: int = 0
    last: int | None = None

    @property
    def width(self) -> float:
        """Distance between the outer corners of the eyes, in pixels."""
        left, right = self.upper[Side.LEFT][-1], self.upper[Side.RIGHT][0]
        return float(np.hypot(left[0] - right[0], left[1] - right[1]))


def read_marks(row: dict[str, Any]) -> FaceMarks:
    """Return marks from a table with ``upper_left``, ``lower_left``, ``mouth_left``, … and blinks.

    Raises
    ------
    DecodeError
        Something is missing or no point (``not_face_marks``).
    """
    try:
        sides = (Side.LEFT, Side.RIGHT)
        lines = {
            name: {s: tuple((float(x), float(y)) for x, y in row[f"{name}_{s}"]) for s in sides}
            for name in ("upper", "lower")
        }
        spots = {
            name: {s: (float(row[f"{name}_{s}"][0]), float(row[f"{name}_{s}"][1])) for s in sides}
            for name in ("mouth", "brow")
        }
        blinks = tuple((int(a), int(b)) for a, b in row.get("blinks", ()))
        last = row.get("last")
        return FaceMarks(
            lines["upper"], lines["lower"], spots["mouth"], spots["brow"], blinks,
            int(row.get("first", 0)), None if last is None else int(last),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, IndexError) as fault:
        raise DecodeError(
            "not_face_marks",
            "The points beside the clip do not mark lids, mouth and brows of both sides.",
            "Write them as the how-to on validation shows.",
        ) from fault


@cache
def known_marks() -> dict[str, FaceMarks]:
    """Return the marks of public clips by the SHA-256 of the file.

    Examples
    --------
    >>> all(marks.width > 50 for marks in known_marks().values())
    True
    """
    text = files("hemispasm.simulate.families").joinpath("face_marks.toml").read_text("utf-8")
    return {row["sha256"]: read_marks(row) for row in tomllib.loads(text)["clip"]}


@dataclass(frozen=True)
class RealFace:
    """A real clip with its marks and the place of the face in every frame.

    Attributes
    ----------
    frames : tuple of ndarray of uint8
        Pictures that may be shown.
    places : tuple of ndarray, shape (2, 3)
        Each turns points of the first frame into points of that frame.
    marks : FaceMarks
        On the first frame.
    blinks : tuple of (first, last)
        Own blinks, counted from the first picture that may be shown.
    """

    frames: tuple[NDArray[np.uint8], ...]
    places: tuple[NDArray[np.float64], ...]
    marks: FaceMarks
    blinks: tuple[tuple[int, int], ...]


def follow_face(frames: Sequence[NDArray[np.uint8]], marks: FaceMarks) -> RealFace:
    """Follow a face through a clip by the texture of its rigid part.

    Parameters
    ----------
    frames : sequence of ndarray of uint8, shape (height, width, 3)
        The whole clip, from its first frame on.
    marks : FaceMarks
        On the first frame.
    """
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    mask = _rigid(grey[0].shape, marks)
    found = cv2.goodFeaturesToTrack(grey[0], 120, 0.005, 4.0, mask=mask)
    start = np.zeros((0, 1, 2), np.float32) if found is None else found
    here, origin = start, start
    places = [np.eye(2, 3)]
    for before, after in pairwise(grey):
        if len(here) >= FEWEST_POINTS:
            here, origin = _step(before, after, here, origin)
        place = None
        if len(here) >= FEWEST_POINTS:
            place, _ = cv2.estimateAffinePartial2D(origin, here, ransacReprojThreshold=1.5)
        places.append(places[-1] if place is None else np.asarray(place, dtype=np.float64))
    last = len(frames) - 1 if marks.last is None else min(marks.last, len(frames) - 1)
    shown = range(marks.first, last + 1)
    smooth = _smoothed(np.array(places))
    blinks = tuple(
        (a - marks.first, b - marks.first)
        for a, b in marks.blinks
        if a >= marks.first and b <= last
    )
    return RealFace(tuple(frames[k] for k in shown), tuple(smooth[k] for k in shown), marks, blinks)


def blink_courses(face: RealFace) -> list[NDArray[np.float64]]:
    """Return how far the lids were shut in each real blink, 0 to 1, one value per frame.

    The change of the picture within the lids' opening, relative to its largest, stands for it.
    """
    courses = []
    for first, last in face.blinks:
        rows = np.zeros(last - first + 1)
        for side in Side.LEFT, Side.RIGHT:
            patches = [_opening(face, side, k) for k in range(first, last + 1)]
            change = np.array([float(np.abs(p - patches[0]).mean()) for p in patches])
            rows += change / (change.max() or 1.0)
        # The picture's noise alone is a change; what the last frame still shows is that.
        rows = np.clip(rows - np.linspace(rows[0], rows[-1], len(rows)), 0.0, None)
        if rows.max() > 0.0:
            courses.append(np.asarray(rows / rows.max()))
    return courses


def _rigid(shape: tuple[int, ...], marks: FaceMarks) -> Picture:
    """Return where the face hardly moves by itself: nose, forehead, cheeks near the nose."""
    mask = np.zeros(shape[:2], np.uint8)
    width = marks.width
    right, left = np.array(marks.upper[Side.RIGHT][0]), np.array(marks.upper[Side.LEFT][-1])
    middle = (right + left) / 2
    for dx, dy, rx, ry in ((0.0, 0.22, 0.16, 0.4), (0.0, -0.42, 0.4, 0.12)):
        centre = (round(middle[0] + dx * width), round(middle[1] + dy * width))
        cv2.ellipse(mask, centre, (round(rx * width), round(ry * width)), 0, 0, 360, 255, -1)
    return np.asarray(mask, dtype=np.uint8)


def _step(before: Any, after: Any, here: Any, origin: Any) -> tuple[Any, Any]:
    """Track points to the next frame and back; keep those that return."""
    options: dict[str, Any] = {"winSize": (17, 17), "maxLevel": 2}
    there, ok, _ = cv2.calcOpticalFlowPyrLK(before, after, here, None, **options)
    back, ok_back, _ = cv2.calcOpticalFlowPyrLK(after, before, there, None, **options)
    same = np.linalg.norm((back - here).reshape(-1, 2), axis=1) < 0.7
    keep = (ok.ravel() == 1) & (ok_back.ravel() == 1) & same
    return there[keep], origin[keep]


def _smoothed(places: Array) -> Array:
    """Return the places without the tracker's trembling (three frames)."""
    padded = np.concatenate([places[:1], places, places[-1:]])
    return np.asarray((padded[:-2] + padded[1:-1] + padded[2:]) / 3.0)


def _opening(face: RealFace, side: Side, k: int) -> Array:
    upper, lower = face.marks.upper[side], face.marks.lower[side]
    x0, x1 = upper[0][0], upper[-1][0]
    y0, y1 = min(y for _, y in upper), max(y for _, y in lower)
    grid = np.stack(np.meshgrid(np.linspace(x0, x1, 24), np.linspace(y0, y1, 12)), axis=-1)
    where = grid @ face.places[k][:, :2].T + face.places[k][:, 2]
    sampled = cv2.remap(
        face.frames[k], where[..., 0].astype(np.float32), where[..., 1].astype(np.float32),
        cv2.INTER_LINEAR,
    )  # fmt: skip
    return np.asarray(sampled, dtype=np.float64)
