"""Facial and vestibulocochlear nerve of the analytic family, as courses on the left side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.imaging import Segment
from hemispasm.simulate.mri.analytic_shapes import Ellipsoid, Tube, hermite, resampled
from hemispasm.simulate.mri.parameters import between, number

if TYPE_CHECKING:
    from hemispasm.simulate.mri.analytic_shapes import Line

# The nerve on the pons lies in it up to the last stretch, where it rises.
_SUNK, _RISEN, _RISE_MM = -0.9, 1.05, 2.5
_STUB_MM = 4.0


@dataclass(frozen=True)
class NerveCourse:
    """A nerve from within the brainstem to the end of the meatus.

    Attributes
    ----------
    points, arc : ndarray
        Centre line and its length from the detachment.
    radius : float
        Millimetres.
    exit_arc, porus_arc : float
        Where it leaves the tissue, and where it enters the meatus.
    outward : ndarray, shape (n, 3)
        Normal of the pons on the attached stretch; zero elsewhere.
    """

    points: Line
    arc: Line
    radius: float
    exit_arc: float
    porus_arc: float
    outward: Line

    def at(self, arc_mm: float) -> Line:
        """Return the point at a length."""
        return np.array([np.interp(arc_mm, self.arc, self.points[:, a]) for a in range(3)])

    def tangent(self, arc_mm: float) -> Line:
        """Return the direction outwards at a length."""
        step = self.at(arc_mm + 0.2) - self.at(arc_mm - 0.2)
        return step / np.linalg.norm(step)

    def segments(self) -> dict[Segment, tuple[float, float]]:
        """Return first and last length of each part."""
        exit_end = min(self.exit_arc + number("anatomy.root_exit_mm"), 0.0)
        near = min(number("anatomy.transition_mm"), self.porus_arc)
        middle = 0.5 * (near + self.porus_arc)
        return {
            Segment.ROOT_EXIT: (self.exit_arc, exit_end),
            Segment.ATTACHED: (exit_end, 0.0),
            Segment.TRANSITION: (0.0, near),
            Segment.PROXIMAL_CISTERNAL: (near, middle),
            Segment.DISTAL_CISTERNAL: (middle, self.porus_arc),
            Segment.MEATAL: (self.porus_arc, float(self.arc[-1])),
        }

    def tube(self) -> Tube:
        """Return its shape."""
        return Tube(self.points, self.radius)

    def pushed(self, arc_mm: float, way: Line, size_mm: float, half_mm: float) -> NerveCourse:
        """Return the nerve pushed aside around a length, its attached stretch left in place."""
        weight = _bump(self.arc, arc_mm, half_mm) * np.clip(self.arc / 2.5, 0.0, 1.0) ** 0.5
        weight *= np.clip((self.porus_arc - self.arc) / 2.0, 0.0, 1.0)
        if weight.max() <= 0.0:
            return self
        moved = self.points + (size_mm / weight.max()) * weight[:, None] * way
        return replace(self, points=moved, arc=_arc_from(moved, self.arc))


def _bump(arc: Line, middle: float, half: float) -> Line:
    inside = np.clip((arc - middle) / half, -1.0, 1.0)
    return 0.5 * (1.0 + np.cos(np.pi * inside))


def _arc_from(points: Line, old: Line) -> Line:
    """Return the lengths of a changed course with its zero at the same point."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    way = np.concatenate([[0.0], np.cumsum(steps)])
    found: Line = way - np.interp(0.0, old, way)
    return found


def facial_nerve(pons: Ellipsoid, stream: np.random.Generator) -> NerveCourse:
    """Return the left facial nerve: up the pons, free to the porus, straight in the meatus."""
    radius = between("anatomy.radius_vii_mm", stream)
    on, outward = _on_pons(pons, radius, stream)
    leave = on[-1] - on[-6]
    leave /= np.linalg.norm(leave)
    length = between("anatomy.free_mm", stream)
    aim = np.array([0.93, -0.33 + stream.normal() * 0.04, stream.normal() * 0.06])
    aim /= np.linalg.norm(aim)
    porus = on[-1] + length * 0.97 * aim
    canal = np.array([0.95, -0.28, 0.02 + stream.normal() * 0.03])
    canal /= np.linalg.norm(canal)
    free = hermite(on[-1], porus, leave * length * 0.55, canal * length * 0.7)
    free += _bow(len(free), aim, stream)
    inside = np.arange(0.0, between("anatomy.meatal_mm", stream), 0.15)[1:, None]
    meatal = free[-1] + inside * canal
    return _joined(on, outward, resampled(free), meatal, radius)


def _on_pons(pons: Ellipsoid, radius: float, stream: np.random.Generator) -> tuple[Line, Line]:
    """Return the course on the pons from within the tissue to the detachment, and the normals."""
    axes, centre = np.array(pons.axes), np.array(pons.centre)
    lift, start = 0.03, np.arccos(between("anatomy.exit_from_midline_mm", stream) / axes[0])
    turn = np.linspace(start, np.deg2rad(20.0), 400)
    unit = np.column_stack([np.cos(turn), np.full(400, lift), -np.sin(turn)])
    unit[:, [0, 2]] *= np.sqrt(1.0 - lift**2)
    surface = centre + axes * unit
    normal = unit / axes
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(surface, axis=0), axis=1))])
    length = min(between("anatomy.attached_mm", stream), way[-1])
    at = np.linspace(0.0, length, max(int(length / 0.15), 20))
    surface = np.column_stack([np.interp(at, way, surface[:, a]) for a in range(3)])
    normal = np.column_stack([np.interp(at, way, normal[:, a]) for a in range(3)])
    rise = np.clip((at - (length - _RISE_MM)) / _RISE_MM, 0.0, 1.0)
    height = radius * (_SUNK + (_RISEN - _SUNK) * rise**2 * (3 - 2 * rise))
    on = surface + height[:, None] * normal
    stub = on[0] - np.arange(_STUB_MM, 0.0, -0.15)[:, None] * normal[0]
    return np.vstack([stub, on]), np.vstack([np.zeros_like(stub), normal])


def _bow(count: int, along: Line, stream: np.random.Generator) -> Line:
    """Return a gentle bow across a course, zero at both ends with its slope."""
    way = np.cross(along, stream.standard_normal(3))
    way /= np.linalg.norm(way)
    t = np.linspace(0.0, 1.0, count)
    return float(stream.uniform(0.0, 0.9)) * np.outer(np.sin(np.pi * t) ** 2, way)


def _joined(on: Line, outward: Line, free: Line, meatal: Line, radius: float) -> NerveCourse:
    points = np.vstack([on, free[1:], meatal])
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    arc = way - way[len(on) - 1]
    stub = int(np.count_nonzero(np.all(outward == 0.0, axis=1)))
    normals = np.zeros_like(points)
    normals[: len(outward)] = outward
    porus = float(arc[len(on) + len(free) - 2])
    return NerveCourse(points, arc, radius, float(arc[stub]), porus, normals)


def vestibulocochlear_nerve(
    facial: NerveCourse, brain: tuple[Ellipsoid, ...], stream: np.random.Generator
) -> NerveCourse:
    """Return the left eighth nerve: behind and below the facial nerve, from the lateral recess."""
    radius = between("anatomy.radius_viii_mm", stream)
    apart = between("anatomy.separation_mm", stream) + 0.3
    behind = np.array([0.0, 0.85, -0.53])
    root = facial.at(0.0) + np.array([0.6, 2.9, -1.3]) + stream.normal(size=3) * [0.3, 0.2, 0.2]
    porus, canal = facial.at(facial.porus_arc), facial.tangent(facial.porus_arc + 1.0)
    inward = np.array([-0.85, 0.5, -0.15])
    inside = root + np.arange(6.0, 0.0, -0.15)[:, None] * inward
    end = porus + apart * behind
    length = float(np.linalg.norm(end - root))
    free = resampled(hermite(root, end, -inward * length * 0.6, canal * length * 0.6))
    rest = float(facial.arc[-1] - facial.porus_arc)
    meatal = end + np.arange(0.15, rest, 0.15)[:, None] * canal
    points = np.vstack([inside, free, meatal])
    depth = np.min([shape.distance(points) for shape in brain], axis=0)
    buried = np.flatnonzero(depth < 0.0)
    out = int(buried[-1]) + 1 if buried.size else 0
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    arc = way - way[out]
    porus_arc = float(arc[len(inside) + len(free) - 1])
    return NerveCourse(points, arc, radius, 0.0, porus_arc, np.zeros_like(points))
