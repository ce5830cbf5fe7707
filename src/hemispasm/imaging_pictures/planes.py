"""Where pictures lie: three cuts through a place, radiological display, letters at the edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.imaging_views import Frame, Plane

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from hemispasm.model.imaging import Xyz

FIELD_MM = 30.0
#: A direction belongs to an edge's letters from this cosine on.
_OBLIQUE = 0.34
# Of LPS: what lies towards plus and minus of each axis.
_LETTERS = (("L", "R"), ("P", "A"), ("H", "F"))
_LEFT, _BACK, _HEAD = np.eye(3)


def cut_frame(plane: Plane, centre_mm: ArrayLike, along: ArrayLike | None = None) -> Frame:
    """Return where a cut lies.

    The patient's left is on the right of axial and coronal cuts, the front on the left of oblique
    ones, as on every radiological workstation.

    Parameters
    ----------
    plane : Plane
        Which cut.
    centre_mm : array_like
        Its middle, LPS.
    along : array_like, optional
        Course of the nerve, which an oblique cut meets at a right angle.

    Examples
    --------
    >>> cut_frame(Plane.AXIAL, (20, 0, 0)).letters
    ('R', 'L', 'A', 'P')
    >>> cut_frame(Plane.CORONAL, (20, 0, 0)).letters
    ('R', 'L', 'H', 'F')
    >>> cut_frame(Plane.OBLIQUE, (20, 0, 0), (1, 0, 0)).letters
    ('A', 'P', 'H', 'F')
    """
    if plane is Plane.AXIAL:
        right, down = _LEFT, _BACK
    elif plane is Plane.CORONAL:
        right, down = _LEFT, -_HEAD
    else:
        normal = _unit(_LEFT if along is None else np.asarray(along, dtype=np.float64))
        # A nerve that climbs steeply leaves no room for "up" in the cut; the left axis then does.
        above = _HEAD if abs(normal[2]) < 0.95 else _LEFT
        down = -_unit(above - (above @ normal) * normal)
        right = np.cross(down, normal)
        right = right if right[1] >= 0 else -right
    return frame_of(centre_mm, right, down, FIELD_MM, FIELD_MM)


def frame_of(
    centre_mm: ArrayLike, right: ArrayLike, down: ArrayLike, width_mm: float, height_mm: float
) -> Frame:
    """Return a frame with the letters of its four edges."""
    r, d = np.asarray(right, dtype=np.float64), np.asarray(down, dtype=np.float64)
    letters = (letters_of(-r), letters_of(r), letters_of(-d), letters_of(d))
    return Frame(
        centre_mm=xyz(centre_mm),
        right=xyz(r),
        down=xyz(d),
        width_mm=width_mm,
        height_mm=height_mm,
        letters=letters,
    )


def letters_of(direction: ArrayLike) -> str:
    """Return the letters of a direction in the patient, the strongest first, at most two.

    Examples
    --------
    >>> letters_of((0.8, 0.6, 0.0)), letters_of((0.0, -1.0, 0.1))
    ('LP', 'A')
    """
    unit = _unit(np.asarray(direction, dtype=np.float64))
    order = np.argsort(-np.abs(unit), kind="stable")
    return "".join(
        _LETTERS[axis][0 if unit[axis] > 0 else 1]
        for axis in order[:2]
        if abs(unit[axis]) >= _OBLIQUE
    )


def points_of(frame: Frame, step_mm: float) -> NDArray[np.float64]:
    """Return LPS of the middle of every pixel, shape (rows, columns, 3)."""
    columns, rows = (round(size / step_mm) for size in (frame.width_mm, frame.height_mm))
    x = (np.arange(columns) + 0.5) * step_mm - frame.width_mm / 2
    y = (np.arange(rows) + 0.5) * step_mm - frame.height_mm / 2
    right, down = np.array(frame.right), np.array(frame.down)
    middle = np.array(frame.centre_mm)
    found: NDArray[np.float64] = (
        middle + x[None, :, None] * right[None, None, :] + y[:, None, None] * down[None, None, :]
    )
    return found


def xyz(values: ArrayLike) -> Xyz:
    """Return three plain numbers, rounded to a thousandth."""
    x, y, z = (round(float(v), 4) + 0.0 for v in np.asarray(values, dtype=np.float64))
    return x, y, z


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)
