"""A small head made of tubes, measured without any fitting: quick pictures with a known truth.

One place per side: VII runs outwards and forwards, the vessel crosses below it. The brainstem is
medial, fluid bright.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import numpy as np
from scipy.spatial import cKDTree

from hemispasm.imaging_pictures import make_imaging_views
from hemispasm.measure.imaging.conflict import ConflictMeasure, Spread
from hemispasm.measure.imaging.measure import ImagingMeasurement
from hemispasm.measure.imaging.nerves import NerveTrack
from hemispasm.measure.imaging.one_side import SideMeasure
from hemispasm.measure.imaging.register import Registration
from hemispasm.measure.imaging.vessels import VesselTrack
from hemispasm.model import FindingsDocument, Provenance, Quality, RecordingRef
from hemispasm.model.imaging import (
    Assessability,
    AssessabilityClass,
    ImagingStudy,
    Nerve,
    Role,
    Segment,
    SequenceFacts,
    Volume,
    lps_affine,
)
from hemispasm.model.seeds import Seed, SeedKind, Seeds
from hemispasm.model.side import Side

NERVE_MM, VESSEL_MM, BELOW_MM = 0.7, 0.6, 1.6
#: What the angiogram is displaced by, LPS.
SHIFT_MM = np.array([0.0, 3.0, 0.0])


def outward(side):
    return 1.0 if side is Side.LEFT else -1.0


def course(side, kind="VII"):
    """Return the axis of VII, VIII or the vessel of one side."""
    t = np.linspace(0.0, 1.0, 60)[:, None]
    out = outward(side)
    start, end = np.array([out * 10.0, 0.0, 0.0]), np.array([out * 24.0, -4.0, 2.0])
    nerve = start + t * (end - start)
    if kind == "VII":
        return nerve
    if kind == "VIII":
        return nerve + np.array([0.0, 2.6, -0.6])
    middle = start + 0.4 * (end - start) - np.array([0.0, 0.0, BELOW_MM])
    return middle + (t - 0.5) * np.array([0.0, 12.0, 0.0])


@cache
def _grid(flipped):
    """Return affine, LPS of every voxel, and which of them each tube fills."""
    shape, step = (112, 76, 64), 0.5
    turn = np.diag([-1.0 if flipped else 1.0, 1.0, 1.0])
    affine = lps_affine((step,) * 3, turn @ -np.array([28.0, 19.0, 16.0]), turn)
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1).reshape(-1, 3)
    return shape, affine, index @ affine[:3, :3].T + affine[:3, 3]


def near(points, axis, radius):
    """Return which points lie within a radius of an axis."""
    apart, _ = cKDTree(axis).query(points, distance_upper_bound=radius)
    return np.isfinite(apart)


@cache
def _values(role, flipped, shift_mm):
    _, _, points = _grid(flipped)
    points = points - np.asarray(shift_mm)
    fluid, brain, void = (1000.0, 400.0, 150.0) if role is Role.CISS else (120.0, 330.0, 900.0)
    values = np.full(len(points), fluid, dtype=np.float32)
    values[np.linalg.norm(points * [1.0, 0.7, 0.6], axis=1) < 10.0] = brain
    for side in (Side.LEFT, Side.RIGHT):
        for kind in ("VII", "VIII"):
            values[near(points, course(side, kind), NERVE_MM)] = 1.05 * brain
        values[near(points, course(side, "vessel"), VESSEL_MM)] = void
    return values


def volume(role=Role.CISS, *, flipped=False, shift_mm=(0.0, 0.0, 0.0), spots=()):
    """Return a series; ``flipped`` stores its columns from the patient's left to the right."""
    shape, affine, points = _grid(flipped)
    values = _values(role, flipped, tuple(shift_mm)).copy()
    for spot, value in spots:
        values[np.linalg.norm(points - np.asarray(spot), axis=1) < 1.2] = value
    facts = SequenceFacts(acquired_voxel_mm=(0.5, 0.5, 0.8))
    return Volume(
        values.reshape(shape), affine, role, 1.0, "simulated", facts, sha256=role.value[0] * 64,
        simulated=True,
    )  # fmt: skip


def seeds(*, confirmed=True):
    made = []
    for side in (Side.LEFT, Side.RIGHT):
        for nerve in Nerve:
            axis = course(side, nerve.value)
            for kind, at in ((SeedKind.ROOT_EXIT, 0), (SeedKind.PORUS, -1)):
                made.append(Seed(nerve=nerve, side=side, kind=kind, xyz_mm=tuple(axis[at])))
    return Seeds(confirmed=confirmed, seeds=tuple(made))


def pair(side, kind="vessel"):
    """Return what stands for a fit: axes and radii without any fitting."""
    shapes = [(course(side, k), np.full(60, r)) for k, r in (("VII", NERVE_MM), ("VIII", 0.85))]
    axis = course(side, "vessel") + (0.0 if kind == "vessel" else np.array([0.0, 0.0, 3.4]))
    shapes.append((axis, np.full(60, VESSEL_MM)))
    fit = SimpleNamespace(shapes=lambda: shapes, shift_mm=np.zeros(3))
    return SimpleNamespace(fit=fit, on=("ciss", "tof"))


def conflict(side, vessel="v1", distance_mm=0.3):
    nerve, other = course(side), course(side, "vessel")
    apart = np.linalg.norm(nerve[:, None] - other[None], axis=2)
    at, beside = np.unravel_index(int(apart.argmin()), apart.shape)
    return ConflictMeasure(
        segment=Segment.TRANSITION,
        vessel=vessel,
        distance_mm=distance_mm,
        interval_phantom_mm=(distance_mm - 0.1, distance_mm + 0.1),
        interval_mm=(distance_mm - 0.3, distance_mm + 0.3),
        p_contact=0.3,
        grades={"0": 0.7, "1": 0.3, "2": 0.0, "3": 0.0},
        contact_length_mm=(0.0, 0.0, 1.0),
        displacement_mm=(0.0, 0.0, 0.5),
        indentation_mm=(0.0, 0.0, 0.1),
        crossing_deg=80.0,
        arc_mm=3.0,
        nerve_point_mm=nerve[at],
        vessel_point_mm=other[beside],
        spread=Spread(0.1, 0.0, 0.0, 0.0, 0.0),
        contributor="noise",
        residual=1.0,
    )


def side_measure(side, *, fitted=True, unsure=False, moved=True):
    """Return a side as measuring gives it; with ``unsure`` a dark line lies even nearer."""
    tracks = []
    for nerve in Nerve:
        axis = course(side, nerve.value)
        arc = np.linspace(0.0, 15.0, len(axis))
        tracks.append(NerveTrack(nerve, side, axis, arc, 1.0, 9.0))
    vessels = [VesselTrack("v1", course(side, "vessel"), VESSEL_MM, "artery", BELOW_MM)]
    conflicts, fits = [conflict(side)], {"v1": pair(side)}
    if unsure:
        vessels.append(VesselTrack("v2", fits["v1"].fit.shapes()[-1][0], 0.5, "unsure", 0.4))
        conflicts.insert(0, conflict(side, "v2", -0.4))
        fits["v2"] = pair(side, "unsure")
    move = np.eye(4)
    move[:3, 3] = SHIFT_MM if moved else 0.0
    return SideMeasure(
        side,
        Assessability(side=side, grade=AssessabilityClass.A),
        tuple(tracks),
        tuple(vessels) if fitted else (),
        tuple(conflicts) if fitted else (),
        None,
        Registration(move, 3.0, 0.05, accepted=True),
        fits if fitted else {},
    )


def measured(sides):
    recording = RecordingRef(kind="imaging", sha256="5" * 64, simulated=True)
    quality = Quality(grade="measurable", analysed_s=0.0)
    made = Provenance(hemispasm="test")
    document = FindingsDocument(recording=recording, quality=quality, provenance=made)
    return ImagingMeasurement(document, tuple(sides))


def views(*, fitted=True, unsure=False, confirmed=True, flipped=False):
    """Return the pictures of both sides, made once."""
    return _views(fitted, unsure, confirmed, flipped)


@cache
def _views(fitted, unsure, confirmed, flipped):
    study = ImagingStudy(
        (volume(flipped=flipped), volume(Role.TOF, shift_mm=SHIFT_MM)), seeds(confirmed=confirmed)
    )
    sides = [side_measure(s, fitted=fitted, unsure=unsure) for s in (Side.LEFT, Side.RIGHT)]
    return make_imaging_views(study, measured(sides))
