"""How far a vessel pushes the nerve out of its course, and how deep it lies in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.imaging.limits import imaging_limit as limit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.imaging.distances import Nearest
    from hemispasm.measure.imaging.nerves import NerveTrack

_HALF_MM = 5.5
_END_MM = 2.5
_DEGREE = 3
_PUSH_SD_MM = 1.0
_NOISE_MM = 0.1
_INDEPENDENT_MM = 1.5
_LEAST_MM = 6.0
_LEAST_POINTS = 8


@dataclass(frozen=True)
class Displacement:
    """How far the nerve lies from the course that the whole of it suggests.

    Attributes
    ----------
    value_mm : float
        Away from the vessel, never below 0.
    sd_mm : float
        Its spread on tuning phantoms; it grows with the value. A nerve bends without a vessel too.
    course : str
        ``both_sides`` where the nerve shows on both sides of the vessel, ``one_side``, or ``none``
        where too little of it shows: the value is 0 and says nothing.
    """

    value_mm: float
    sd_mm: float
    course: str


def measure_displacement(
    nerve: NerveTrack,
    found: Nearest,
    axis_mm: NDArray[np.float64] | None = None,
    arc_mm: NDArray[np.float64] | None = None,
) -> Displacement:
    """Measure how far VII leaves its smooth course, away from the vessel.

    The free course is a cubic (what a bent rod between two held ends takes) and a bulge of about
    one centimetre around the vessel; its height is the displacement. Both are fitted at once.

    Parameters
    ----------
    nerve : NerveTrack
        VII as tracked.
    found : Nearest
        Where nerve and vessel come nearest: VII first.
    axis_mm, arc_mm : ndarray, optional
        Fitted axis of VII near the vessel and its arc lengths; replaces the tracked course there.

    Returns
    -------
    Displacement

    Examples
    --------
    >>> from hemispasm.measure.imaging.distances import Nearest
    >>> from hemispasm.measure.imaging.nerves import NerveTrack
    >>> from hemispasm.model.imaging import Nerve
    >>> from hemispasm.model.side import Side
    >>> arc = np.linspace(0.0, 14.0, 41); bulge = np.exp(-0.5 * ((arc - 6.0) / 2.0) ** 2)
    >>> course = np.stack([arc, 1.0 * bulge, 0.0 * arc], axis=1)
    >>> nerve = NerveTrack(Nerve.VII, Side.LEFT, course, arc, 1.0, 9.0)
    >>> place = np.array([6.0, 1.0, 0.0])
    >>> near = Nearest(0.0, 6.0, place, place - [0.0, 1.4, 0.0], 90.0, 1.0)
    >>> pushed = measure_displacement(nerve, near)
    >>> 0.7 < pushed.value_mm < 1.3, pushed.course
    (True, 'both_sides')
    """
    free = nerve.arc_mm >= 0.0
    arc, points = nerve.arc_mm[free], nerve.points_mm[free]
    none = Displacement(0.0, _spread(0.0) + _PUSH_SD_MM, "none")
    if len(arc) < _LEAST_POINTS or float(np.ptp(arc)) < _LEAST_MM:
        return none
    if axis_mm is not None and arc_mm is not None and len(arc_mm) > 1:
        inside = (arc >= arc_mm[0]) & (arc <= arc_mm[-1])
        fitted = [np.interp(arc[inside], arc_mm, axis_mm[:, k]) for k in range(3)]
        points = points.copy()
        points[inside] = np.stack(fitted, axis=1)
    chord = points[-1] - points[0]
    chord = chord / max(float(np.linalg.norm(chord)), 1e-9)
    away = found.first_mm - found.second_mm
    away = away - (away @ chord) * chord
    size = float(np.linalg.norm(away))
    bulge = _bulge(arc, found.arc_mm)
    if size < 1e-6 or float(bulge.max()) <= 0.0:
        return none
    height = _fitted_height(arc, points @ (away / size), bulge / bulge.max())
    value = max(0.0, height * float(np.interp(found.arc_mm, arc, bulge / bulge.max())))
    before, after = found.arc_mm - arc[0], arc[-1] - found.arc_mm
    course = "both_sides" if min(before, after) > 0.5 * _HALF_MM else "one_side"
    return Displacement(value, _spread(value), course)


def _bulge(arc: NDArray[np.float64], middle: float) -> NDArray[np.float64]:
    """Return a raised cosine around the vessel that leaves both held ends in place."""
    inside = np.clip((arc - middle) / _HALF_MM, -1.0, 1.0)
    held = np.clip(arc / _END_MM, 0.0, 1.0) ** 0.5 * np.clip((arc[-1] - arc) / 2.0, 0.0, 1.0)
    bulge: NDArray[np.float64] = 0.5 * (1.0 + np.cos(np.pi * inside)) * held
    return bulge


def _fitted_height(
    arc: NDArray[np.float64], offset: NDArray[np.float64], bulge: NDArray[np.float64]
) -> float:
    along = arc / arc[-1]
    columns = np.stack([*(along**i for i in range(_DEGREE + 1)), bulge], axis=1)
    # Neighbouring points of a tracked course err together.
    step = float(np.median(np.diff(arc)))
    weight = np.sqrt(min(step / _INDEPENDENT_MM, 1.0)) / _NOISE_MM
    expected = np.zeros((1, _DEGREE + 2))
    expected[0, -1] = 1.0 / _PUSH_SD_MM
    rows = np.concatenate([columns * weight, expected])
    target = np.concatenate([(offset - offset.mean()) * weight, [0.0]])
    return float(np.linalg.lstsq(rows, target, rcond=None)[0][-1])


def _spread(value_mm: float) -> float:
    return limit("displacement.sd_mm") + limit("displacement.sd_share") * value_mm


def indentation_of(distance_mm: float, nerve_radius_mm: float) -> tuple[float, float]:
    """Return how deep a vessel lies in the nerve's outline, and as a fraction of its diameter.

    Parameters
    ----------
    distance_mm : float
        Between the surfaces; below 0 the outlines overlap.
    nerve_radius_mm : float
        Of the nerve as it would be without the vessel.

    Returns
    -------
    tuple of float
        Millimetres, and a fraction between 0 and 1.

    Examples
    --------
    >>> depth, fraction = indentation_of(-0.3, 0.6)
    >>> round(depth, 2), round(fraction, 2)
    (0.3, 0.25)
    >>> indentation_of(0.4, 0.6)
    (0.0, 0.0)
    """
    depth = max(0.0, -distance_mm)
    return depth, min(1.0, depth / max(2.0 * nerve_radius_mm, 1e-6))
