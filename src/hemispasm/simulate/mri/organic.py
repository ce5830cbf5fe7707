"""The organic family: lumpy brain, oval tapering nerves, winding vessels, arachnoid strands.

It shares no geometry with the analytic family and nothing is ever tuned on it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from hemispasm.model.imaging import Nerve, Segment, VesselName
from hemispasm.model.side import Side
from hemispasm.simulate.mri import organic_surroundings as around
from hemispasm.simulate.mri.anatomy import Anatomy, as_point, as_points
from hemispasm.simulate.mri.options import Conflict
from hemispasm.simulate.mri.organic_courses import (
    Fibre,
    bring_vessel,
    eighth_fibre,
    facial_knots,
    nearest_skin,
    stem_gap,
)
from hemispasm.simulate.mri.parameters import number, pair
from hemispasm.simulate.mri.scene import Part, Scene
from hemispasm.simulate.mri.truth import TrueConflict, TrueNerve, TrueVessel

if TYPE_CHECKING:
    from hemispasm.model.imaging import Xyz
    from hemispasm.simulate.mri.options import MriOptions
    from hemispasm.simulate.mri.organic_fields import Lump, Strand

_MIRROR = np.array([-1.0, 1.0, 1.0])
_KEPT = 3


@dataclass(frozen=True)
class _Vessel:
    ident: str
    name: VesselName
    body: Strand
    asked: Segment | None = None


@dataclass(frozen=True)
class _Half:
    """One side in left coordinates, with the stem as that side sees it."""

    side: Side
    stem: Lump
    facial: Fibre
    eighth: Fibre
    calm: Fibre
    vessels: tuple[_Vessel, ...]
    parts: tuple[Part, ...]


def organic_anatomy_of(options: MriOptions, seed: int) -> Anatomy:
    """Return the patient of a seed; with the sides exchanged, the same patient mirrored."""
    size = 1.0 + number("anatomy.scale_sd") * float(_stream(seed, "size").normal())
    stem = around.brain_stem(size, _stream(seed, "stem"))
    order = sorted(options.sides, key=lambda side: side is not options.side)
    halves = [
        _half(options, side, stem if side is options.side else stem.flipped(), seed)
        for side in order
    ]
    pipes = around.trunks("ectatic_va" in options.lesions, _stream(seed, "trunks"))
    if options.side is Side.RIGHT:
        left, right = pipes["va_left"].flipped(), pipes["va_right"].flipped()
        pipes = {"ba": pipes["ba"].flipped(), "va_left": right, "va_right": left}
    parts = _surroundings(options, stem, halves, seed)
    parts += [_blood(_Vessel(key, _trunk_name(key), body)) for key, body in pipes.items()]
    names = ("ectatic_va", "mass", "avm", "aneurysm", "plaque")
    return Anatomy(
        scene=Scene(tuple(parts)),
        nerves=tuple(
            _true_nerve(fibre, name, half.side)
            for half in halves
            for name, fibre in ((Nerve.VII, half.facial), (Nerve.VIII, half.eighth))
        ),
        vessels=tuple(_true_vessels(halves, pipes)),
        conflicts=tuple(_conflicts(halves, pipes)),
        lesions={name: name in options.lesions for name in names},
        centre_mm=as_point(
            np.array([0.0, *halves[0].facial.body.middle[halves[0].facial.free_at][1:]])
        ),
    )


def _centre(fibre: Fibre) -> Xyz:
    """Return the middle of both nerves, at the height of a detachment."""
    _, y, z = fibre.body.middle[fibre.free_at]
    return 0.0, float(y), float(z)


def _stream(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, 7, zlib.crc32(name.encode())])


def _half(options: MriOptions, side: Side, stem: Lump, seed: int) -> _Half:
    near = side is options.side
    word = "near" if near else "far"
    nerves, draws = _stream(seed, f"nerves {word}"), _stream(seed, f"vessels {word}")
    knots = facial_knots(stem, nerves)
    calm = knots.fibre()
    eighth = eighth_fibre(calm, stem, nerves)
    conflict = options.conflict_on(side)
    asked = None if conflict is None else conflict.segment
    if conflict is None:
        low, high = pair("vessel.passing_gap_mm")
        conflict = Conflict(segment=Segment.TRANSITION, distance_mm=float(draws.uniform(low, high)))
    met = bring_vessel(conflict, knots, eighth, stem, draws)
    ident = f"{conflict.vessel.value}_{side.value}"
    vessels = [_Vessel(ident, conflict.vessel, met.vessel, asked)]
    if near and "vein" in options.lesions:
        gap = float(draws.uniform(1.2, 2.5))
        vein = Conflict(VesselName.VEIN, Segment.PROXIMAL_CISTERNAL, gap)
        found = bring_vessel(vein, knots, eighth, stem, draws).vessel
        vessels.append(_Vessel(f"vein_{side.value}", VesselName.VEIN, found))
    parts = [Part(body, "nerve") for body in around.neighbours(_stream(seed, f"others {word}"))]
    parts += [Part(eighth.body, "nerve"), Part(met.facial.body, "nerve")]
    parts += around.arachnoid(met.facial, _stream(seed, f"arachnoid {word}"))
    under: list[str] = [name for name in ("plaque", "mass") if near and name in options.lesions]
    for name in under:
        parts += around.lesion(name, met.facial, _stream(seed, name))
    parts += [_blood(vessel) for vessel in vessels]
    over: list[str] = [name for name in ("avm", "aneurysm") if near and name in options.lesions]
    for name in over:
        parts += around.lesion(name, met.facial, _stream(seed, name))
    return _Half(side, stem, met.facial, eighth, calm, tuple(vessels), tuple(parts))


def _surroundings(options: MriOptions, stem: Lump, halves: list[_Half], seed: int) -> list[Part]:
    """Return everything but the trunks, in the order of painting."""
    parts = [around.clivus(_stream(seed, "clivus"))]
    for half in halves:
        bone = around.skull(half.facial, _stream(seed, f"skull {half.side is options.side}"))
        parts += [_sided(part, half.side) for part in bone]
    parts += around.little_brain(_stream(seed, "cerebellum"))
    painted = stem if options.side is Side.LEFT else stem.flipped()
    parts.append(Part(painted, "brain", texture="fine"))
    for half in halves:
        parts += [_sided(part, half.side) for part in half.parts]
    return parts


def _sided(part: Part, side: Side) -> Part:
    if side is Side.LEFT:
        return part
    return replace(part, shape=part.shape.flipped())  # type: ignore[union-attr]


def _blood(vessel: _Vessel) -> Part:
    if vessel.name is VesselName.VEIN:
        return Part(vessel.body, "vein")
    speed = number(f"flow.speed_{vessel.name.value}")
    before = 0.0 if vessel.name is VesselName.VA else number("flow.before_branch_mm")
    return Part(vessel.body, "blood", speed=speed, entered_mm=before)


def _trunk_name(key: str) -> VesselName:
    return VesselName.BA if key == "ba" else VesselName.VA


def _true_nerve(fibre: Fibre, name: Nerve, side: Side) -> TrueNerve:
    turn = np.ones(3) if side is Side.LEFT else _MIRROR
    body, arc = fibre.body, fibre.arc
    picks = np.arange(fibre.exit_at, len(body.middle), _KEPT)
    marks = (fibre.exit_at, fibre.free_at, fibre.porus_at, len(body.middle) - 1)
    first, second, third, last = (as_point(body.middle[k] * turn) for k in marks)
    mean = np.sqrt(body.wide * body.narrow)
    return TrueNerve(
        nerve=name,
        side=side,
        points_mm=as_points(body.middle[picks] * turn),
        arc_mm=tuple(round(float(v), 4) for v in arc[picks]),
        radius_mm=tuple(round(float(v), 4) for v in mean[picks]),
        segments=fibre.parts() if name is Nerve.VII else {},
        root_exit_mm=first,
        detachment_mm=second,
        porus_mm=third,
        fundus_mm=last,
    )


def _true_vessels(halves: list[_Half], pipes: dict[str, Strand]) -> list[TrueVessel]:
    rows = [
        (v.ident, v.name, half.side, v.body if half.side is Side.LEFT else v.body.flipped())
        for half in halves
        for v in half.vessels
    ]
    sides = {"va_left": Side.LEFT, "va_right": Side.RIGHT}
    rows += [
        (f"{key}_trunk", _trunk_name(key), sides.get(key, Side.BOTH), body)
        for key, body in pipes.items()
    ]
    return [
        TrueVessel(
            id=ident,
            name=name,
            kind="vein" if name is VesselName.VEIN else "artery",
            side=side,
            points_mm=as_points(body.middle[::_KEPT]),
            radius_mm=tuple(round(float(v), 4) for v in np.sqrt(body.wide * body.narrow)[::_KEPT]),
        )
        for ident, name, side, body in rows
    ]


def _conflicts(halves: list[_Half], pipes: dict[str, Strand]) -> list[TrueConflict]:
    found = []
    for half in halves:
        own = list(half.vessels)
        for key, body in pipes.items():
            seen = body if half.side is Side.LEFT else body.flipped()
            own.append(_Vessel(f"{key}_trunk", _trunk_name(key), seen))
        for vessel in own:
            for segment, limits in half.facial.parts().items():
                entry = _conflict(half, vessel, segment, limits)
                if entry is not None:
                    found.append(entry)
    return found


def _conflict(
    half: _Half, vessel: _Vessel, segment: Segment, limits: tuple[float, float]
) -> TrueConflict | None:
    fibre, body = half.facial, vessel.body
    inside = np.flatnonzero((fibre.arc >= limits[0] - 0.03) & (fibre.arc <= limits[1] + 0.03))
    if len(inside) < 3:
        return None
    gap, k, m = nearest_skin(body, fibre.body, int(inside[0]), int(inside[-1]) + 1)
    if gap > number("truth.listed_gap_mm"):
        return None
    surface = _surface(half, body, segment, gap)
    deep = gap if surface is None else min(gap, surface)
    turn = np.ones(3) if half.side is Side.LEFT else _MIRROR
    moved = 0.0
    if vessel.asked is not None and half.calm is not half.facial:
        apart = cKDTree(half.calm.body.middle).query(fibre.body.middle[inside])[0]
        moved = round(float(apart.max()), 4)
    nerve_point: Xyz = as_point(fibre.body.middle[k] * turn)
    return TrueConflict(
        side=half.side,
        vessel=vessel.ident,
        name=vessel.name,
        segment=segment,
        distance_mm=round(gap, 4),
        surface_distance_mm=None if surface is None else round(surface, 4),
        point_nerve_mm=nerve_point,
        point_vessel_mm=as_point(body.middle[m] * turn),
        arc_mm=round(float(fibre.arc[k]), 4),
        contact_length_mm=_touching(fibre, inside, body),
        displacement_mm=moved,
        indentation_mm=round(max(0.0, -deep), 4),
        crossing_deg=_angle(fibre.body, k, body, m),
        is_set=segment is vessel.asked,
    )


def _surface(half: _Half, body: Strand, segment: Segment, gap: float) -> float | None:
    on_stem = segment in (Segment.ROOT_EXIT, Segment.ATTACHED)
    return min(gap, stem_gap(body, half.facial, half.stem)) if on_stem else None


def _touching(fibre: Fibre, inside: np.ndarray, vessel: Strand) -> float:
    """Return the length of nerve whose skin is within the contact gap of the vessel."""
    tree = cKDTree(vessel.middle)
    skin = fibre.body.skin(int(inside[0]), int(inside[-1]) + 1, 36)
    rough = tree.query(skin)[0].reshape(len(inside), -1) - float(vessel.wide.max())
    length = 0.0
    way = fibre.body.length
    for row, k in enumerate(inside[:-1]):
        if rough[row].min() > number("truth.contact_gap_mm") + 0.3:
            continue
        found, _ = vessel.signed(skin[row * 36 : (row + 1) * 36], tree)
        if found.min() <= number("truth.contact_gap_mm"):
            length += float(way[k + 1] - way[k])
    return round(length, 4)


def _angle(nerve: Strand, k: int, vessel: Strand, m: int) -> float:
    ways = []
    for body, at in ((nerve, k), (vessel, m)):
        at = int(np.clip(at, 3, len(body.middle) - 4))
        way = body.middle[at + 3] - body.middle[at - 3]
        ways.append(way / np.linalg.norm(way))
    return round(float(np.degrees(np.arccos(min(1.0, abs(float(ways[0] @ ways[1])))))), 2)
