"""Distances of the analytic family: exact, from its polylines and radii."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.imaging import Nerve, Segment
from hemispasm.model.side import Side
from hemispasm.simulate.mri.analytic_shapes import Tube, nearest_pair
from hemispasm.simulate.mri.analytic_vessels import corridor_gap
from hemispasm.simulate.mri.anatomy import as_point, as_points
from hemispasm.simulate.mri.parameters import number
from hemispasm.simulate.mri.truth import TrueConflict, TrueNerve

if TYPE_CHECKING:
    from hemispasm.model.imaging import VesselName
    from hemispasm.simulate.mri.analytic_anatomy import Brainstem
    from hemispasm.simulate.mri.analytic_nerves import NerveCourse
    from hemispasm.simulate.mri.analytic_shapes import Line

_ON_BRAIN = (Segment.ROOT_EXIT, Segment.ATTACHED)


def true_nerve(course: NerveCourse, name: Nerve, side: Side) -> TrueNerve:
    """Return a course as the truth holds it, on its side."""
    sign = np.array([1.0 if side is Side.LEFT else -1.0, 1.0, 1.0])
    kept = course.arc >= course.exit_arc - 1e-9
    marks = (course.exit_arc, 0.0, course.porus_arc, float(course.arc[-1]))
    exit_mm, detachment, porus, fundus = (as_point(course.at(mark) * sign) for mark in marks)
    return TrueNerve(
        nerve=name,
        side=side,
        points_mm=as_points(course.points[kept] * sign),
        arc_mm=tuple(round(float(v), 4) for v in course.arc[kept]),
        radius_mm=(round(course.radius, 4),) * int(np.count_nonzero(kept)),
        segments=course.segments() if name is Nerve.VII else {},
        root_exit_mm=exit_mm,
        detachment_mm=detachment,
        porus_mm=porus,
        fundus_mm=fundus,
    )


def true_conflicts(
    side: Side,
    vessel: tuple[str, VesselName, Tube],
    nerve: NerveCourse,
    undisturbed: NerveCourse | None,
    brain: Brainstem,
    asked: Segment | None,
) -> list[TrueConflict]:
    """Return a vessel's distance to every segment that it comes near.

    Parameters
    ----------
    vessel : tuple of (id, name, Tube)
        In left coordinates, as the nerve.
    undisturbed : NerveCourse, optional
        The nerve before this vessel pushed it.
    asked : Segment, optional
        The segment that the options set the distance for.
    """
    sign = np.array([1.0 if side is Side.LEFT else -1.0, 1.0, 1.0])
    ident, name, tube = vessel
    found = []
    for segment, (low, high) in nerve.segments().items():
        inside = np.flatnonzero((nerve.arc >= low - 0.16) & (nerve.arc <= high + 0.16))
        if len(inside) < 2:
            continue
        line = nerve.points[inside]
        apart, foot, reach, at, on = nearest_pair(line, tube.points)
        gap = apart - nerve.radius - tube.radius
        if gap > number("truth.listed_gap_mm"):
            continue
        arc = float(np.interp(at, np.arange(len(inside)), nerve.arc[inside]))
        surface = _surface(segment, gap, tube, nerve, brain)
        deep = gap if surface is None else min(gap, surface)
        found.append(
            TrueConflict(
                side=side,
                vessel=ident,
                name=name,
                segment=segment,
                distance_mm=round(gap, 5),
                surface_distance_mm=None if surface is None else round(surface, 5),
                point_nerve_mm=as_point(foot * sign),
                point_vessel_mm=as_point(reach * sign),
                arc_mm=round(arc, 4),
                contact_length_mm=round(_contact_length(line, nerve.radius, tube), 4),
                displacement_mm=_displacement(nerve, undisturbed, low, high),
                indentation_mm=round(max(0.0, -deep), 5),
                crossing_deg=round(_crossing(nerve.tangent(arc), tube, on), 2),
                is_set=segment is asked,
            )
        )
    return found


def _surface(
    segment: Segment, gap: float, tube: Tube, nerve: NerveCourse, brain: Brainstem
) -> float | None:
    return min(gap, corridor_gap(tube, nerve, brain)) if segment in _ON_BRAIN else None


def _contact_length(line: Line, radius: float, tube: Tube) -> float:
    apart = np.min(np.linalg.norm(line[:, None, :] - tube.points[None, ::2, :], axis=2), axis=1)
    touching = apart - radius - tube.radius <= number("truth.contact_gap_mm")
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    return float(np.sum(steps[touching[1:] & touching[:-1]]))


def _displacement(
    nerve: NerveCourse, undisturbed: NerveCourse | None, low: float, high: float
) -> float:
    if undisturbed is None or undisturbed is nerve:
        return 0.0
    inside = (nerve.arc >= low) & (nerve.arc <= high)
    moved = np.linalg.norm(nerve.points - undisturbed.points, axis=1)[inside]
    return round(float(moved.max()), 4) if moved.size else 0.0


def _crossing(tangent: Line, tube: Tube, index: float) -> float:
    k = int(np.clip(round(index), 1, len(tube.points) - 2))
    course = tube.points[k + 1] - tube.points[k - 1]
    cosine = abs(float(course @ tangent)) / float(np.linalg.norm(course))
    return float(np.degrees(np.arccos(min(1.0, cosine))))
