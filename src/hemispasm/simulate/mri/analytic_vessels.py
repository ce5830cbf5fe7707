"""Vessels of the analytic family: trunks, and the loop that meets the nerve at a set distance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.errors import UsageError
from hemispasm.model.imaging import Segment, VesselName
from hemispasm.simulate.mri.analytic_shapes import Tube, nearest_pair, resampled, through
from hemispasm.simulate.mri.parameters import between, number

if TYPE_CHECKING:
    from hemispasm.simulate.mri.analytic_anatomy import Brainstem
    from hemispasm.simulate.mri.analytic_nerves import NerveCourse
    from hemispasm.simulate.mri.analytic_shapes import Line
    from hemispasm.simulate.mri.options import Conflict

_ATTEMPTS = 400
_CLOSE_MM = 1e-4

# Where a vessel comes from and goes to, left side; the loop is put in between.
_ROUTES: dict[VesselName, tuple[list[list[float]], list[list[float]]]] = {
    VesselName.AICA: (
        [[0.2, -18.9, 6.5], [5.0, -18.2, 4.0], [10.0, -16.0, 1.5]],
        [[20.0, 3.0, -3.0], [23.5, 6.0, -3.5]],
    ),
    VesselName.PICA: (
        [[5.5, -9.5, -15.0], [10.5, -11.5, -7.0]],
        [[15.0, 3.0, -8.0], [9.0, 9.0, -16.0]],
    ),
    VesselName.VA: (
        [[7.5, -6.0, -20.0], [13.0, -3.5, -9.0]],
        [[13.5, -14.5, -3.0], [7.0, -18.5, 0.5], [0.3, -18.8, 5.0]],
    ),
    VesselName.VEIN: (
        [[8.0, -17.0, 1.0], [12.5, -13.5, 2.0]],
        [[22.0, -1.0, 10.0], [26.0, -6.0, 15.0]],
    ),
}
_RADII = {
    VesselName.AICA: "vessel.radius_aica_mm",
    VesselName.PICA: "vessel.radius_pica_mm",
    VesselName.VA: "vessel.radius_va_mm",
    VesselName.VEIN: "vessel.radius_vein_mm",
}


@dataclass(frozen=True)
class Laid:
    """A vessel in its place, and the two nerves as it leaves them (left coordinates)."""

    vessel: Tube
    facial: NerveCourse
    eighth: NerveCourse
    arc_mm: float


def trunks(ectatic_left: bool, stream: np.random.Generator) -> dict[str, Tube]:
    """Return basilar and both vertebral arteries; a wide left one may wind to its side."""
    sway = stream.normal() * 0.8
    basilar = np.array([
        [0.0, -14.8, -4.0], [0.3 * sway, -17.8, 2.0], [sway, -19.6, 8.0], [sway, -19.9, 14.0],
        [0.4 * sway, -19.2, 26.0],
    ])  # fmt: skip
    left = [[8.0, -2.0, -32.0], [6.5, -9.5, -18.0], [3.5, -12.0, -10.0], [0.0, -14.8, -4.0]]
    right = [[-x, y, z] for x, y, z in left]
    width = between("vessel.radius_ectatic_mm", stream)
    found = {"ba": _trunk(basilar, between("vessel.radius_ba_mm", stream))}
    radii = [between("vessel.radius_va_mm", stream) for _ in range(2)]
    if ectatic_left:
        left[1:3] = [[10.5, -9.0, -18.0], [12.5, -13.0, -7.0]]
        radii[0] = width
    found["va_left"] = _trunk(np.array(left), radii[0])
    found["va_right"] = _trunk(np.array(right), radii[1])
    return found


def _trunk(waypoints: Line, radius: float) -> Tube:
    return Tube(resampled(through(waypoints), 0.25), radius)


def lay_vessel(
    conflict: Conflict,
    facial: NerveCourse,
    eighth: NerveCourse,
    brain: Brainstem,
    stream: np.random.Generator,
) -> Laid:
    """Return a vessel whose surface comes to a set distance from the nerve in a set segment.

    Courses are drawn until one has its nearest point there and nowhere else, and runs neither
    through the brainstem nor through the eighth nerve.

    Raises
    ------
    UsageError
        None was found (``no_course``).
    """
    drawn = conflict.radius_mm or between(_RADII[conflict.vessel], stream)
    for _ in range(_ATTEMPTS):
        laid = _attempt(conflict, drawn, facial, eighth, brain, stream)
        if laid is not None:
            return laid
    raise UsageError(
        "no_course",
        f"No course of the {conflict.vessel.value} fits this distance in that segment.",
        "Change the segment, the distance or the seed.",
    )


def _attempt(
    conflict: Conflict,
    radius: float,
    facial: NerveCourse,
    eighth: NerveCourse,
    brain: Brainstem,
    stream: np.random.Generator,
) -> Laid | None:
    low, high = facial.segments()[conflict.segment]
    arc = low + (high - low) * float(stream.uniform(0.2, 0.8))
    on_pons = conflict.segment in (Segment.ATTACHED, Segment.ROOT_EXIT)
    if on_pons:
        # The last stretch rises from the pons: there the nerve, not the surface, is nearest.
        arc = min(arc, -2.8)
    towards = _towards_vessel(facial, arc, on_pons, stream)
    if conflict.displacement_mm > 0.0 and not on_pons:
        half = float(stream.uniform(3.5, 5.5))
        arc_8 = arc + float(eighth.porus_arc - facial.porus_arc)
        facial = facial.pushed(arc, -towards, conflict.displacement_mm, half)
        eighth = eighth.pushed(arc_8, -towards, 0.9 * conflict.displacement_mm, half)
    loop = _Loop.drawn(conflict, radius, facial, arc, towards, stream)
    vessel = _at_distance(loop, conflict, facial, brain if on_pons else None)
    if vessel is None or not _is_sound(vessel, conflict, facial, eighth, brain, on_pons):
        return None
    return Laid(vessel, facial, eighth, arc)


def _towards_vessel(
    nerve: NerveCourse, arc: float, on_pons: bool, stream: np.random.Generator
) -> Line:
    """Return the direction from nerve to vessel: in front of and below it, away from the pons."""
    along = nerve.tangent(arc)
    if on_pons:
        index = int(np.argmin(np.abs(nerve.arc - arc)))
        return _turned(nerve.outward[index], along, float(stream.uniform(-0.25, 0.25)))
    front = np.array([0.0, -0.75, -0.66])
    front -= (front @ along) * along
    return _turned(front / np.linalg.norm(front), along, float(stream.uniform(-1.1, 1.1)))


def _turned(vector: Line, axis: Line, angle: float) -> Line:
    """Return a vector turned about a unit axis (Rodrigues), made normal to it."""
    vector = vector - (vector @ axis) * axis
    vector = vector / np.linalg.norm(vector)
    return np.cos(angle) * vector + np.sin(angle) * np.cross(axis, vector)


@dataclass(frozen=True)
class _Loop:
    """A course whose middle is an exact parabola near the nerve."""

    before: Line
    after: Line
    foot: Line
    towards: Line
    course: Line
    bend: float
    half_mm: float
    radius: float

    @classmethod
    def drawn(
        cls,
        conflict: Conflict,
        radius: float,
        nerve: NerveCourse,
        arc: float,
        towards: Line,
        stream: np.random.Generator,
    ) -> _Loop:
        before, after = (np.array(points) for points in _ROUTES[conflict.vessel])
        before[1:] += 0.8 * stream.standard_normal((len(before) - 1, 3))
        after += 0.8 * stream.standard_normal(after.shape)
        along = nerve.tangent(arc)
        across = np.cross(along, towards)
        angle = conflict.crossing_deg
        turn = np.deg2rad(between("vessel.crossing_deg", stream) if angle is None else angle)
        way = np.cos(turn) * along * stream.choice([-1.0, 1.0]) + np.sin(turn) * across
        if way @ (after[0] - before[-1]) < 0:
            way = -way
        bend = conflict.bend_per_mm
        if bend is None:
            bend = between("vessel.bend_per_mm", stream) / max(1.0, radius)
        half = float(stream.uniform(2.0, 3.2)) + 0.5 * radius
        return cls(before, after, nerve.at(arc), towards, way, bend, half, radius)

    def tube(self, apart_mm: float) -> Tube:
        """Return the vessel with its apex so far from the nerve's centre line."""
        t = np.linspace(-self.half_mm, self.half_mm, 41)[:, None]
        apex = self.foot + apart_mm * self.towards
        middle = apex + t * self.course + 0.5 * self.bend * t**2 * self.towards
        # Whole-course smoothing would round the apex: only the way to and fro is smoothed.
        head = through(np.vstack([self.before, middle[[0, 4]]]))
        tail = through(np.vstack([middle[[-5, -1]], self.after]))
        cut = _first_at(head, middle[0])
        start = _first_at(tail, middle[-1])
        return Tube(resampled(np.vstack([head[:cut], middle, tail[start + 1 :]])), self.radius)


def _first_at(points: Line, place: Line) -> int:
    return int(np.argmin(np.sum((points - place) ** 2, axis=1)))


def _at_distance(
    loop: _Loop, conflict: Conflict, nerve: NerveCourse, brain: Brainstem | None
) -> Tube | None:
    """Move the apex until the surfaces are at the wanted distance (secant steps)."""
    apart = nerve.radius + loop.radius + conflict.distance_mm
    for _ in range(14):
        tube = loop.tube(apart)
        gap = nearest_pair(nerve.points, tube.points)[0] - nerve.radius - loop.radius
        if brain is not None:
            gap = min(gap, corridor_gap(tube, nerve, brain))
        if abs(gap - conflict.distance_mm) < _CLOSE_MM:
            return tube
        apart += conflict.distance_mm - gap
        if not 0.2 < apart < 14.0:
            return None
    return None


def corridor_gap(tube: Tube, nerve: NerveCourse, brain: Brainstem) -> float:
    """Return the distance of a vessel's surface to the brainstem, near the attached nerve."""
    near = _in_corridor(tube, nerve)
    if not np.any(near):
        return np.inf
    return float((brain.distance(tube.points[near]) - tube.radius).min())


def _in_corridor(tube: Tube, nerve: NerveCourse) -> Line:
    attached = nerve.points[(nerve.arc >= nerve.exit_arc) & (nerve.arc <= 0.0)][::3]
    apart = np.linalg.norm(tube.points[:, None, :] - attached[None, :, :], axis=2).min(axis=1)
    return apart < number("truth.corridor_mm") + tube.radius


def _is_sound(
    vessel: Tube,
    conflict: Conflict,
    facial: NerveCourse,
    eighth: NerveCourse,
    brain: Brainstem,
    on_pons: bool,
) -> bool:
    """Return whether the nearest point lies in the segment, and nothing is run through."""
    apart, _, foot, at, _ = nearest_pair(facial.points, vessel.points)
    arc = float(np.interp(at, np.arange(len(facial.arc)), facial.arc))
    low, high = facial.segments()[conflict.segment]
    if not on_pons and not low <= arc <= high:
        return False
    if nearest_pair(eighth.points, vessel.points)[0] < eighth.radius + vessel.radius + 0.15:
        return False
    ends = 10.0 if conflict.vessel in (VesselName.AICA, VesselName.VA) else 4.0
    inner = vessel.arc > ends
    inner &= vessel.arc < vessel.arc[-1] - 6.0
    gaps = brain.distance(vessel.points[inner][::3]) - vessel.radius
    least = min(conflict.distance_mm, 0.3) - 1e-3 if on_pons else 0.1
    if gaps.size and gaps.min() < least:
        return False
    if not on_pons:
        return True
    # What is nearest must lie over the attached nerve, where the reader clicks.
    near = vessel.points[_in_corridor(vessel, facial)]
    if not len(near):
        return False
    nearest = near[int(np.argmin(brain.distance(near)))]
    close = min(float(np.linalg.norm(facial.points - nearest, axis=1).min()), apart)
    spot = float(np.interp(_nearest_index(facial, foot), np.arange(len(facial.arc)), facial.arc))
    reach = max(conflict.distance_mm, 0.0) + facial.radius + vessel.radius + 1.5
    return close < reach and facial.exit_arc - 0.5 <= spot <= 0.5


def _nearest_index(nerve: NerveCourse, point: Line) -> float:
    return float(np.argmin(np.sum((nerve.points - point) ** 2, axis=1)))


def passing(stream: np.random.Generator, conflict: Conflict) -> Conflict:
    """Return a vessel that passes the nerve at a distance: what a side without conflict has."""
    segment = (Segment.TRANSITION, Segment.PROXIMAL_CISTERNAL)[int(stream.integers(2))]
    gap = between("vessel.passing_gap_mm", stream)
    return replace(
        conflict, vessel=VesselName.AICA, segment=segment, distance_mm=gap, displacement_mm=0.0
    )


def entered_mm() -> float:
    """Return the way of blood through the block before a branch leaves its trunk."""
    return number("flow.before_branch_mm")
