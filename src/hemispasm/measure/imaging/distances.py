"""Distance of two tubes' surfaces: where they come nearest, and how long they touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Nearest:
    """Where two tubes come nearest.

    Attributes
    ----------
    distance_mm : float
        Between the surfaces; below 0 they overlap.
    arc_mm : float
        Of the place on the first tube.
    first_mm, second_mm : ndarray
        The two points of the axes.
    crossing_deg : float
        Angle of the courses, 0-90.
    contact_mm : float
        Length of the first tube whose surface is nearer than ``gap_mm``.
    """

    distance_mm: float
    arc_mm: float
    first_mm: NDArray[np.float64]
    second_mm: NDArray[np.float64]
    crossing_deg: float
    contact_mm: float


def nearest_tubes(
    first: tuple[NDArray[np.float64], NDArray[np.float64]],
    second: tuple[NDArray[np.float64], NDArray[np.float64]],
    arc_mm: NDArray[np.float64],
    span_mm: tuple[float, float],
    gap_mm: float,
) -> Nearest | None:
    """Return the smallest distance of a stretch of one tube to another tube.

    Parameters
    ----------
    first, second : tuple of (axis, radii)
        Points and radius at each.
    arc_mm : ndarray
        Of the first tube's points.
    span_mm : tuple of float
        Stretch of the first tube.
    gap_mm : float
        Surfaces nearer than this touch.

    Examples
    --------
    >>> x = np.linspace(-5, 5, 21); zero = np.zeros(21)
    >>> a = (np.stack([x, zero, zero], axis=1), np.full(21, 0.7))
    >>> b = (np.stack([zero, x, zero + 2.0], axis=1), np.full(21, 0.5))
    >>> found = nearest_tubes(a, b, x, (-5, 5), 0.2)
    >>> round(found.distance_mm, 3), round(found.crossing_deg)
    (0.8, 90)
    """
    places = np.linspace(*span_mm, max(2, int((span_mm[1] - span_mm[0]) / 0.1) + 1))
    places = places[(places >= arc_mm[0]) & (places <= arc_mm[-1])]
    if len(places) < 2:
        return None
    axis = np.stack([np.interp(places, arc_mm, first[0][:, k]) for k in range(3)], axis=1)
    radius = np.interp(places, arc_mm, first[1])
    gap, foot, other_radius, index = _to_segments(axis, *second)
    apart = gap - radius - other_radius
    at = int(np.argmin(apart))
    along = axis[min(at + 1, len(axis) - 1)] - axis[max(at - 1, 0)]
    course = second[0][index[at] + 1] - second[0][index[at]]
    cosine = abs(float(along @ course)) / max(
        float(np.linalg.norm(along) * np.linalg.norm(course)), 1e-9
    )
    touching = apart <= gap_mm
    return Nearest(
        float(apart[at]),
        float(places[at]),
        axis[at],
        foot[at],
        float(np.degrees(np.arccos(min(cosine, 1.0)))),
        float(np.count_nonzero(touching) * (places[1] - places[0])),
    )


def _to_segments(
    points: NDArray[np.float64], axis: NDArray[np.float64], radii: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """Return for each point the distance to a polyline, the foot, the radius there, the segment."""
    start, step = axis[:-1], np.diff(axis, axis=0)
    length2 = np.maximum(np.sum(step**2, axis=1), 1e-12)
    away = points[:, None, :] - start[None]
    share = np.clip(np.einsum("nsk,sk->ns", away, step) / length2, 0.0, 1.0)
    feet = start[None] + share[..., None] * step[None]
    radius = radii[:-1][None] + share * np.diff(radii)[None]
    gap = np.linalg.norm(points[:, None, :] - feet, axis=2)
    index = np.argmin(gap - radius, axis=1)
    rows = np.arange(len(points))
    return gap[rows, index], feet[rows, index], radius[rows, index], index
