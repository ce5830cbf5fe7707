"""Nerves and the meeting vessel of the organic family, left side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from hemispasm.model.errors import UsageError
from hemispasm.model.imaging import Segment, VesselName
from hemispasm.simulate.mri.organic_fields import Lump, Strand, strand
from hemispasm.simulate.mri.parameters import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from hemispasm.simulate.mri.options import Conflict
    from hemispasm.simulate.mri.organic_fields import Field

_TRIES = 150
_ROOT_EXIT_MM, _TRANSITION_MM = 2.0, 4.0


@dataclass(frozen=True)
class Fibre:
    """A nerve: its strand, and the samples of its exit, its detachment and the porus."""

    body: Strand
    exit_at: int
    free_at: int
    porus_at: int

    @property
    def arc(self) -> Field:
        """Way from the detachment."""
        way = self.body.length
        return way - way[self.free_at]

    def parts(self) -> dict[Segment, tuple[float, float]]:
        """Return first and last arc of each segment."""
        arc = self.arc
        start, porus, end = float(arc[self.exit_at]), float(arc[self.porus_at]), float(arc[-1])
        first = min(start + _ROOT_EXIT_MM, 0.0)
        second = min(_TRANSITION_MM, porus)
        half = (second + porus) / 2
        return {
            Segment.ROOT_EXIT: (start, first),
            Segment.ATTACHED: (first, 0.0),
            Segment.TRANSITION: (0.0, second),
            Segment.PROXIMAL_CISTERNAL: (second, half),
            Segment.DISTAL_CISTERNAL: (half, porus),
            Segment.MEATAL: (porus, end),
        }

    def sample(self, arc_mm: float) -> int:
        """Return the sample nearest to an arc."""
        return int(np.argmin(np.abs(self.arc - arc_mm)))


@dataclass(frozen=True)
class Knots:
    """Control points of the facial nerve, so that a vessel can push some of them."""

    places: Field
    wide: tuple[float, ...]
    narrow: tuple[float, ...]
    twist: float
    exit_place: Field
    free_place: Field
    porus_place: Field

    def fibre(self, push: Field | None = None) -> Fibre:
        """Return the nerve, with its knots moved by ``push``."""
        places = self.places if push is None else self.places + push
        body = strand(places, self.wide, self.narrow, self.twist)
        tree = cKDTree(body.middle)
        marks = [int(tree.query(p)[1]) for p in (self.exit_place, self.free_place)]
        porus = int(tree.query(self.porus_place)[1])
        return Fibre(body, marks[0], marks[1], porus)


def facial_knots(stem: Lump, stream: np.random.Generator) -> Knots:
    """Return the facial nerve: on the lumpy pons first, then wandering to the meatus."""
    thick = float(stream.uniform(0.62, 0.88))
    flat = thick * float(stream.uniform(0.65, 0.9))
    start = np.array([float(stream.uniform(10.0, 12.0)), -3.2, -1.5])
    guide = start + np.outer(np.linspace(0.0, 1.0, 5), [6.0, float(stream.normal() * 0.3), 5.5])
    ground = stem.foot(guide)
    out = stem.slope(ground)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    height = np.array([-0.85, -0.8, -0.75, -0.35, 1.1]) * flat
    on = ground + height[:, None] * out
    inside = ground[0] - 4.0 * out[0]
    aim = np.array([0.92, -0.36, 0.04]) + 0.05 * stream.standard_normal(3)
    aim /= np.linalg.norm(aim)
    reach = float(stream.uniform(12.5, 16.5))
    steps = np.array([0.16, 0.4, 0.65, 0.85, 1.0])
    free = (
        on[-1] + reach * np.outer(steps, aim) + 0.5 * out[-1] * np.array([[1], [1], [0], [0], [0]])
    )
    free[:-1] += 0.35 * stream.standard_normal((4, 3))
    canal = free[-1] + np.outer([2.5, 5.0, 8.0], [0.96, -0.26, 0.03])
    canal += 0.15 * stream.standard_normal((3, 3))
    places = np.vstack([inside, on, free, canal])
    wide = (thick * 1.1, thick * 1.15, thick, thick * 0.95, thick * 0.85, thick * 0.8)
    narrow = (flat * 1.05, flat, flat, flat * 0.95, flat * 0.9, flat * 0.85)
    return Knots(
        places, wide, narrow, float(stream.uniform(-1.2, 1.2)), ground[0], on[-1], free[-1]
    )


def eighth_fibre(facial: Fibre, stem: Lump, stream: np.random.Generator) -> Fibre:
    """Return the eighth nerve: a flatter, thicker ribbon behind the facial nerve."""
    body = facial.body
    picks = np.linspace(facial.free_at + 25, len(body.middle) - 1, 6).astype(int)
    behind = np.array([0.0, 0.86, -0.5]) * float(stream.uniform(2.1, 2.9))
    follow = body.middle[picks] + behind + 0.2 * stream.standard_normal((6, 3))
    root = body.middle[facial.free_at] + np.array([0.4, 3.6, -1.6])
    deep = stem.foot(root[None, :])[0]
    inner = deep - 3.0 * _unit(stem.slope(deep[None, :])[0])
    knots = np.vstack([inner, deep, follow])
    thick = float(stream.uniform(0.85, 1.1))
    ribbon = strand(
        knots, (thick, thick, 0.9 * thick), (0.75 * thick, 0.8 * thick, 0.8 * thick), 0.6
    )
    tree = cKDTree(ribbon.middle)
    out = int(tree.query(deep)[1])
    porus = int(tree.query(body.middle[facial.porus_at] + behind)[1])
    return Fibre(ribbon, out, out, porus)


@dataclass(frozen=True)
class Meeting:
    """A vessel where it was wanted, and the nerve as it leaves it."""

    vessel: Strand
    facial: Fibre
    gap_mm: float


_WAYS: dict[VesselName, tuple[list[list[float]], list[list[float]]]] = {
    VesselName.AICA: (
        [[0.0, -20.0, 7.0], [7.0, -18.8, 2.5], [12.0, -14.5, 0.0]],
        [[20.0, 3.5, -4.0], [24.0, 7.0, -2.5]],
    ),
    VesselName.PICA: (
        [[6.0, -10.5, -16.0], [11.5, -12.0, -7.5]],
        [[16.0, 3.0, -8.5], [10.0, 9.0, -17.0]],
    ),
    VesselName.VA: (
        [[8.0, -6.5, -21.0], [14.0, -4.0, -9.0]],
        [[14.0, -15.5, -3.5], [6.0, -19.5, 1.0], [0.3, -20.0, 5.5]],
    ),
    VesselName.VEIN: (
        [[9.0, -18.0, 0.5], [13.5, -14.0, 1.5]],
        [[22.0, -1.0, 10.0], [26.0, -6.0, 15.0]],
    ),
}
_THICK = {
    VesselName.AICA: (0.48, 0.74),
    VesselName.PICA: (0.6, 0.95),
    VesselName.VA: (1.3, 1.8),
    VesselName.VEIN: (0.4, 0.62),
}


def bring_vessel(
    conflict: Conflict, knots: Knots, eighth: Fibre, stem: Lump, stream: np.random.Generator
) -> Meeting:
    """Return a winding vessel whose surface comes to the wanted distance in the wanted segment.

    Raises
    ------
    UsageError
        None was found (``no_course``).
    """
    low, high = _THICK[conflict.vessel]
    thick = conflict.radius_mm or float(stream.uniform(low, high))
    for _ in range(_TRIES):
        found = _one_try(conflict, thick, knots, eighth, stem, stream)
        if found is not None:
            return found
    raise UsageError(
        "no_course",
        f"No course of the {conflict.vessel.value} fits this distance in that segment.",
        "Change the segment, the distance or the seed.",
    )


def _one_try(
    conflict: Conflict,
    thick: float,
    knots: Knots,
    eighth: Fibre,
    stem: Lump,
    stream: np.random.Generator,
) -> Meeting | None:
    fibre = knots.fibre()
    low, high = fibre.parts()[conflict.segment]
    on_stem = conflict.segment in (Segment.ROOT_EXIT, Segment.ATTACHED)
    arc = low + (high - low) * float(stream.uniform(0.2, 0.8))
    k = fibre.sample(min(arc, -2.6) if on_stem else arc)
    way = _unit(fibre.body.middle[k + 4] - fibre.body.middle[k - 4])
    if on_stem:
        from_nerve = _unit(stem.slope(fibre.body.middle[k : k + 1])[0])
    else:
        from_nerve = np.array([0.0, -0.7, -0.7]) + 0.5 * stream.standard_normal(3)
    from_nerve = _unit(from_nerve - (from_nerve @ way) * way)
    if conflict.displacement_mm > 0.0 and not on_stem:
        fibre = _pushed(knots, fibre, k, -from_nerve, conflict.displacement_mm)
        k = int(np.argmin(np.linalg.norm(fibre.body.middle - knots.fibre().body.middle[k], axis=1)))
    plan = _winding(conflict, thick, fibre.body.middle[k], way, from_nerve, stream)
    vessel, gap = None, np.inf
    apart = conflict.distance_mm + thick + float(fibre.body.wide[k])
    for _ in range(16):
        vessel = plan(apart)
        gap = _closest(vessel, fibre, stem if on_stem else None)
        if abs(gap - conflict.distance_mm) < 5e-4:
            break
        apart += conflict.distance_mm - gap
        if not 0.1 < apart < 15.0:
            return None
    if vessel is None or abs(gap - conflict.distance_mm) >= 5e-4:
        return None
    fits = _fits(vessel, fibre, eighth, stem, (low, high), on_stem, conflict)
    return Meeting(vessel, fibre, gap) if fits else None


def _pushed(knots: Knots, fibre: Fibre, k: int, way: Field, size: float) -> Fibre:
    """Return the nerve with the knots around a sample moved so far that it yields by ``size``."""
    spot = fibre.body.middle[k]
    near = np.exp(-0.5 * (np.linalg.norm(knots.places - spot, axis=1) / 2.6) ** 2)
    near[:6] = 0.0
    near[-4:] = 0.0
    if near.max() < 0.05:
        return fibre
    scale = size
    for _ in range(4):
        moved = knots.fibre(scale * near[:, None] * way)
        yielded = float(cKDTree(moved.body.middle).query(fibre.body.middle)[0].max())
        scale *= size / max(yielded, 1e-3)
    return knots.fibre(scale * near[:, None] * way)


def _winding(
    conflict: Conflict,
    thick: float,
    spot: Field,
    way: Field,
    from_nerve: Field,
    stream: np.random.Generator,
) -> Callable[[float], Strand]:
    """Return a function that makes the vessel for a distance of its apex from the nerve."""
    before, after = (np.array(p) for p in _WAYS[conflict.vessel])
    before[1:] += 0.9 * stream.standard_normal((len(before) - 1, 3))
    after += 0.9 * stream.standard_normal(after.shape)
    angle = conflict.crossing_deg
    turn = np.deg2rad(float(stream.uniform(30.0, 90.0)) if angle is None else angle)
    side = np.cross(way, from_nerve)
    course = np.cos(turn) * float(stream.choice([-1.0, 1.0])) * way + np.sin(turn) * side
    if course @ (after[0] - before[-1]) < 0:
        course = -course
    far = float(stream.uniform(2.2, 3.4)) + 0.5 * thick
    drop = (
        float(stream.uniform(0.4, 1.6))
        if conflict.bend_per_mm is None
        else (0.5 * conflict.bend_per_mm * far**2)
    )
    wobble = 0.25 * stream.standard_normal((2, 3))
    taper = thick * np.array([1.1, 1.0, 1.0, 0.92]) * (1.0 + 0.04 * stream.standard_normal(4))
    oval = taper * float(stream.uniform(0.86, 1.0))

    def make(apart: float) -> Strand:
        apex = spot + apart * from_nerve
        loop = np.array([
            apex - far * course + drop * from_nerve + wobble[0],
            apex,
            apex + far * course + drop * from_nerve + wobble[1],
        ])  # fmt: skip
        return strand(np.vstack([before, loop, after]), list(taper), list(oval), 1.0)

    return make


def _closest(vessel: Strand, fibre: Fibre, stem: Lump | None) -> float:
    gap, _, _ = nearest_skin(vessel, fibre.body, 0, len(fibre.body.middle))
    return gap if stem is None else min(gap, stem_gap(vessel, fibre, stem))


def stem_gap(vessel: Strand, fibre: Fibre, stem: Lump) -> float:
    """Return the distance of a vessel's surface to the brainstem, near the attached nerve."""
    tree = cKDTree(fibre.body.middle[fibre.exit_at : fibre.free_at])
    reach = number("truth.corridor_mm") + float(vessel.wide.max())
    near = np.flatnonzero(tree.query(vessel.middle)[0] < reach)
    if not near.size:
        return np.inf
    return float(stem.signed(vessel.skin(int(near[0]), int(near[-1]) + 1, 24)[::3]).min())


def nearest_skin(vessel: Strand, nerve: Strand, first: int, last: int) -> tuple[float, int, int]:
    """Return the signed gap of a vessel to a stretch of a nerve, and the nearest samples of both.

    Points are sampled densely over the vessel's surface near the stretch, and each is asked for
    its distance to the nerve's oval section.
    """
    part = nerve.stretch(first, last)
    tree = cKDTree(part.middle)
    apart, _ = tree.query(vessel.middle)
    rough = apart - vessel.wide
    close = np.flatnonzero(rough < rough.min() + 0.8)
    angles = 72
    skin = vessel.skin(int(close[0]), int(close[-1]) + 1, angles)
    found, k = part.signed(skin, tree)
    best = int(np.argmin(found))
    return float(found[best]), first + int(k[best]), int(close[0]) + best // angles


def _fits(
    vessel: Strand,
    fibre: Fibre,
    eighth: Fibre,
    stem: Lump,
    limits: tuple[float, float],
    on_stem: bool,
    conflict: Conflict,
) -> bool:
    _, k, _ = nearest_skin(vessel, fibre.body, fibre.exit_at, len(fibre.body.middle))
    arc = float(fibre.arc[k])
    if on_stem:
        if not fibre.arc[fibre.exit_at] - 0.5 <= arc <= 0.5:
            return False
    elif not limits[0] <= arc <= limits[1]:
        return False
    if nearest_skin(vessel, eighth.body, 0, len(eighth.body.middle))[0] < 0.15:
        return False
    inner = slice(int(0.25 * len(vessel.middle)), int(0.85 * len(vessel.middle)), 6)
    gaps = stem.at(vessel.middle[inner]) - vessel.wide[inner]
    least = min(conflict.distance_mm, 0.3) - 0.02 if on_stem else 0.05
    return bool(gaps.min() >= least)


def _unit(vector: Field) -> Field:
    return vector / np.linalg.norm(vector)
