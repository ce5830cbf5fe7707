"""Distance of two tubes' surfaces: where they come nearest, and how long they touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.imaging.tubes import Body


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


def nearest_bodies(
    first: Body,
    second: Body,
    arc_mm: NDArray[np.float64],
    span_mm: tuple[float, float],
    gap_mm: float,
) -> Nearest | None:
    """Return the smallest distance of a stretch of one tube to another, round tube.

    The first tube's section may be oval: its radius is that towards the other tube.

    Parameters
    ----------
    first, second : Body
        The nerve, the vessel.
    arc_mm : ndarray
        Of the first tube's points.
    span_mm : tuple of float
        Stretch of the first tube.
    gap_mm : float
        Surfaces nearer than this touch.

    Examples
    --------
    >>> from hemispasm.measure.imaging.tubes import Body, round_body
    >>> x = np.linspace(-5, 5, 21); zero = np.zeros(21)
    >>> a = round_body(np.stack([x, zero, zero], axis=1), np.full(21, 0.7))
    >>> b = round_body(np.stack([zero, x, zero + 2.0], axis=1), np.full(21, 0.5))
    >>> found = nearest_bodies(a, b, x, (-5, 5), 0.2)
    >>> round(found.distance_mm, 3), round(found.crossing_deg)
    (0.8, 90)
    >>> flat = Body(a.points_mm, a.radii_mm, np.array([0.2, 0.0]), a.across)
    >>> towards = abs(float(flat.across[10, 0] @ np.array([0.0, 0, 1])))
    >>> found = nearest_bodies(flat, b, x, (-5, 5), 0.2)
    >>> round(found.distance_mm, 2) == (0.66 if towards > 0.5 else 0.94)
    True
    """
    places = np.linspace(*span_mm, max(2, int((span_mm[1] - span_mm[0]) / 0.1) + 1))
    places = places[(places >= arc_mm[0]) & (places <= arc_mm[-1])]
    if len(places) < 2:
        return None
    axis = np.stack([np.interp(places, arc_mm, first.points_mm[:, k]) for k in range(3)], axis=1)
    radius = np.interp(places, arc_mm, first.radii_mm)
    gap, foot, other_radius, index = _to_segments(axis, second.points_mm, second.radii_mm)
    at_point = np.clip(np.searchsorted(arc_mm, places), 0, len(arc_mm) - 1)
    reach = _towards(first, at_point, radius, foot - axis, gap)
    apart = gap - reach - other_radius
    at = int(np.argmin(apart))
    along = axis[min(at + 1, len(axis) - 1)] - axis[max(at - 1, 0)]
    course = second.points_mm[index[at] + 1] - second.points_mm[index[at]]
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


def _towards(
    body: Body,
    index: NDArray[np.intp],
    radius: NDArray[np.float64],
    away: NDArray[np.float64],
    gap: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return how far the section reaches towards places outside it."""
    if not body.oval.any():
        return radius
    one = np.einsum("nk,nk->n", away, body.across[index, 0])
    two = np.einsum("nk,nk->n", away, body.across[index, 1])
    angle = np.arctan2(two, one)
    even, odd = np.cos(2.0 * angle), np.sin(2.0 * angle)
    reach = radius * (1.0 + body.oval[0] * even + body.oval[1] * odd)
    # Beside the line of the centres an oval comes a little nearer.
    slope = 2.0 * radius * (body.oval[1] * even - body.oval[0] * odd)
    free = np.maximum(gap - reach, 0.05)
    nearer = 0.5 * slope**2 * free / np.maximum(gap * reach, 0.05)
    return np.asarray(reach + nearer, dtype=np.float64)


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
