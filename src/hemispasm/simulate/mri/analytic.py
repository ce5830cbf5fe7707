"""The analytic family: ellipsoids, tubes and halves of space, with a loop at a set distance."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.imaging import Nerve, Segment, VesselName
from hemispasm.model.side import Side
from hemispasm.simulate.mri import analytic_anatomy, analytic_lesions, analytic_vessels
from hemispasm.simulate.mri.analytic_nerves import facial_nerve, vestibulocochlear_nerve
from hemispasm.simulate.mri.analytic_truth import true_conflicts, true_nerve
from hemispasm.simulate.mri.anatomy import Anatomy, as_point, as_points
from hemispasm.simulate.mri.options import Conflict
from hemispasm.simulate.mri.parameters import number
from hemispasm.simulate.mri.scene import Part, Scene
from hemispasm.simulate.mri.truth import TrueConflict, TrueVessel

if TYPE_CHECKING:
    from hemispasm.simulate.mri.analytic_anatomy import Brainstem
    from hemispasm.simulate.mri.analytic_nerves import NerveCourse
    from hemispasm.simulate.mri.analytic_shapes import Tube
    from hemispasm.simulate.mri.options import MriOptions

_SPEEDS = {
    VesselName.AICA: "flow.speed_aica",
    VesselName.PICA: "flow.speed_pica",
    VesselName.VA: "flow.speed_va",
    VesselName.BA: "flow.speed_ba",
}


@dataclass(frozen=True)
class _Vessel:
    """A vessel in left coordinates of its own side; ``asked``: the segment of a set distance."""

    ident: str
    name: VesselName
    tube: Tube
    asked: Segment | None = None


@dataclass(frozen=True)
class _SideParts:
    """One side in left coordinates."""

    side: Side
    facial: NerveCourse
    eighth: NerveCourse
    undisturbed: NerveCourse
    vessels: tuple[_Vessel, ...]
    lesions: tuple[Part, ...]
    others: tuple[Tube, ...]


def analytic_anatomy_of(options: MriOptions, seed: int) -> Anatomy:
    """Return the patient of a seed; with the sides exchanged, the same patient mirrored."""
    scale = 1.0 + number("anatomy.scale_sd") * float(_stream(seed, "size").normal())
    brain = analytic_anatomy.brainstem(scale)
    sides = [_build_side(options, side, brain, seed) for side in _near_first(options)]
    trunks = analytic_vessels.trunks("ectatic_va" in options.lesions, _stream(seed, "trunks"))
    if options.side is Side.RIGHT:
        trunks = {
            "ba": trunks["ba"].mirrored(),
            "va_left": trunks["va_right"].mirrored(),
            "va_right": trunks["va_left"].mirrored(),
        }
    return Anatomy(
        scene=Scene(tuple(_parts(sides, brain, trunks))),
        nerves=tuple(
            true_nerve(course, name, found.side)
            for found in sides
            for name, course in ((Nerve.VII, found.facial), (Nerve.VIII, found.eighth))
        ),
        vessels=tuple(_true_vessels(sides, trunks)),
        conflicts=tuple(_all_conflicts(sides, trunks, brain)),
        lesions={name: name in options.lesions for name in ("ectatic_va", *_LESIONS)},
        centre_mm=as_point(np.array([0.0, *sides[0].facial.at(4.0)[1:]])),
    )


_LESIONS = {
    "mass": analytic_lesions.mass,
    "avm": analytic_lesions.malformation,
    "aneurysm": analytic_lesions.aneurysm,
    "plaque": analytic_lesions.plaque,
}


def _stream(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def _near_first(options: MriOptions) -> list[Side]:
    return sorted(options.sides, key=lambda side: side is not options.side)


def _build_side(options: MriOptions, side: Side, brain: Brainstem, seed: int) -> _SideParts:
    near = side is options.side
    word = "near" if near else "far"
    nerves = _stream(seed, f"nerves {word}")
    facial = undisturbed = facial_nerve(brain.pons, nerves)
    eighth = vestibulocochlear_nerve(facial, brain.near, nerves)
    draws = _stream(seed, f"vessels {word}")
    conflict = options.conflict_on(side)
    asked = None if conflict is None else conflict.segment
    laid = analytic_vessels.lay_vessel(
        conflict or analytic_vessels.passing(draws, Conflict()), facial, eighth, brain, draws
    )
    facial, eighth = laid.facial, laid.eighth
    name = VesselName.AICA if conflict is None else conflict.vessel
    vessels = [_Vessel(f"{name.value}_{side.value}", name, laid.vessel, asked)]
    if near and "vein" in options.lesions:
        gap = float(draws.uniform(1.2, 2.5))
        vein = Conflict(VesselName.VEIN, Segment.PROXIMAL_CISTERNAL, gap)
        tube = analytic_vessels.lay_vessel(vein, facial, eighth, brain, draws).vessel
        vessels.append(_Vessel(f"vein_{side.value}", VesselName.VEIN, tube))
    lesions: tuple[Part, ...] = ()
    if near:
        for key, make in _LESIONS.items():
            if key in options.lesions:
                lesions += make(facial, _stream(seed, key))
    others = analytic_anatomy.other_nerves(_stream(seed, f"others {word}"))
    return _SideParts(side, facial, eighth, undisturbed, tuple(vessels), lesions, others)


def _parts(sides: list[_SideParts], brain: Brainstem, trunks: dict[str, Tube]) -> list[Part]:
    """Return everything in the order of painting: bone, brain, lesions, nerves, vessels."""
    signs = [(1.0 if found.side is Side.LEFT else -1.0, found) for found in sides]
    parts = [*analytic_anatomy.bone(tuple((sign, found.facial) for sign, found in signs))]
    parts += analytic_anatomy.cerebellum()
    parts += [Part(shape, "brain", texture="fine") for shape in brain.left]
    parts += [Part(shape.mirrored(), "brain", texture="fine") for shape in brain.left]
    parts += [Part(shape, "brain", texture="fine") for shape in brain.middle]
    parts.append(Part(analytic_anatomy.fourth_ventricle(), "csf"))
    for sign, found in signs:
        parts += [_sided(part, sign) for part in found.lesions if part.tissue == "plaque"]
        tubes = [*found.others, found.eighth.tube(), found.facial.tube()]
        parts += [_sided(Part(tube, "nerve"), sign) for tube in tubes]
        # A mass hides the nerve that it has grown around.
        parts += [_sided(part, sign) for part in found.lesions if part.tissue == "mass"]
        for vessel in found.vessels:
            parts.append(_sided(_vessel_part(vessel), sign))
        parts += [_sided(part, sign) for part in found.lesions if part.tissue == "blood"]
    for key, tube in trunks.items():
        name = VesselName.BA if key == "ba" else VesselName.VA
        parts.append(_vessel_part(_Vessel(key, name, tube)))
    return parts


def _vessel_part(vessel: _Vessel) -> Part:
    if vessel.name is VesselName.VEIN:
        return Part(vessel.tube, "vein")
    before = 0.0 if vessel.name is VesselName.VA else number("flow.before_branch_mm")
    return Part(vessel.tube, "blood", speed=number(_SPEEDS[vessel.name]), entered_mm=before)


def _sided(part: Part, sign: float) -> Part:
    return part if sign > 0 else replace(part, shape=part.shape.mirrored())  # type: ignore[union-attr]


def _true_vessels(sides: list[_SideParts], trunks: dict[str, Tube]) -> list[TrueVessel]:
    found = []
    for one in sides:
        for vessel in one.vessels:
            tube = vessel.tube if one.side is Side.LEFT else vessel.tube.mirrored()
            found.append(_true_vessel(vessel.ident, vessel.name, one.side, tube))
    for key, tube in trunks.items():
        side = {"va_left": Side.LEFT, "va_right": Side.RIGHT}.get(key, Side.BOTH)
        name = VesselName.BA if key == "ba" else VesselName.VA
        found.append(_true_vessel(f"{key}_trunk", name, side, tube))
    return found


def _true_vessel(ident: str, name: VesselName, side: Side, tube: Tube) -> TrueVessel:
    return TrueVessel(
        id=ident,
        name=name,
        kind="vein" if name is VesselName.VEIN else "artery",
        side=side,
        points_mm=as_points(tube.points),
        radius_mm=(round(tube.radius, 4),) * len(tube.points),
    )


def _all_conflicts(
    sides: list[_SideParts], trunks: dict[str, Tube], brain: Brainstem
) -> list[TrueConflict]:
    found = []
    for one in sides:
        own = list(one.vessels)
        for key, tube in trunks.items():
            left = tube if one.side is Side.LEFT else tube.mirrored()
            name = VesselName.BA if key == "ba" else VesselName.VA
            own.append(_Vessel(f"{key}_trunk", name, left))
        for vessel in own:
            base = one.undisturbed if vessel.asked is not None else None
            found += true_conflicts(
                one.side,
                (vessel.ident, vessel.name, vessel.tube),
                one.facial,
                base,
                brain,
                vessel.asked,
            )
    return found
