"""A measurement as it would be if it found just what a phantom holds; quick, and known exactly."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.imaging.conflict import ConflictMeasure, Spread
from hemispasm.measure.imaging.courses import arc_of
from hemispasm.measure.imaging.nerves import NerveTrack
from hemispasm.measure.imaging.one_side import SideMeasure
from hemispasm.measure.imaging.quality import assess_series
from hemispasm.measure.imaging.vessels import VesselTrack
from hemispasm.model.imaging import Nerve
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from hemispasm.simulate.mri.truth import MriTruth

PATCH_MM = 7.0


def known_side(truth: MriTruth):
    """Return what stands for measuring one side: clicks decide as ever, the rest is the truth."""

    def measure_side(study, seeds, side, **_more) -> SideMeasure:
        assessed = assess_series(study, seeds, side)
        conflict = truth.set_conflict(side)
        nerves = tuple(_track(truth, nerve, side) for nerve in (Nerve.VII, Nerve.VIII))
        if assessed.grade.value == "C" or conflict is None:
            return SideMeasure(side, assessed)
        true = next(v for v in truth.vessels if v.id == conflict.vessel)
        middle = np.array(conflict.point_vessel_mm)
        line = np.array(true.points_mm)
        near = np.linalg.norm(line - middle, axis=1) < PATCH_MM
        vessel = VesselTrack("v1", line[near], float(true.radius_mm[0]), "artery", 2.0)
        radii = [float(np.median(truth.nerve(n, side).radius_mm)) for n in (Nerve.VII, Nerve.VIII)]
        shapes = [
            _shape(track.points_mm, middle, radius)
            for track, radius in zip(nerves, radii, strict=True)
        ]
        shapes.append((vessel.points_mm, np.full(len(vessel.points_mm), vessel.radius_mm)))
        fit = SimpleNamespace(shapes=lambda: shapes, shift_mm=np.zeros(3))
        fits = {"v1": SimpleNamespace(fit=fit, on=("ciss", "tof"))}
        return SideMeasure(side, assessed, nerves, (vessel,), (_conflict(conflict),), fits=fits)

    return measure_side


def _track(truth: MriTruth, nerve: Nerve, side: Side) -> NerveTrack:
    true = truth.nerve(nerve, side)
    points = np.array(true.points_mm)
    start = int(np.linalg.norm(points - true.detachment_mm, axis=1).argmin())
    end = int(np.linalg.norm(points - true.porus_mm, axis=1).argmin())
    points = points[start : end + 1]
    return NerveTrack(nerve, side, points, arc_of(points), 1.0, 3.0, 2.0)


def _shape(points, middle, radius):
    near = points[np.linalg.norm(points - middle, axis=1) < PATCH_MM]
    return near, np.full(len(near), radius)


def _conflict(true) -> ConflictMeasure:
    value = round(true.distance_mm, 3)
    touched = true.distance_mm <= 0.2
    shares = (0.1, 0.7, 0.1, 0.1) if touched else (0.9, 0.1, 0.0, 0.0)
    return ConflictMeasure(
        segment=true.segment,
        vessel="v1",
        distance_mm=value,
        interval_phantom_mm=(value - 0.15, value + 0.2),
        interval_mm=(value - 0.45, value + 0.6),
        p_contact=0.9 if touched else 0.05,
        grades=dict(zip("0123", shares, strict=True)),
        contact_length_mm=(true.contact_length_mm, 0.0, true.contact_length_mm + 1.0),
        displacement_mm=(0.1, 0.0, 0.5),
        indentation_mm=(0.0, 0.0, 0.3),
        crossing_deg=60.0,
        arc_mm=true.arc_mm,
        nerve_point_mm=np.array(true.point_nerve_mm),
        vessel_point_mm=np.array(true.point_vessel_mm),
        spread=Spread(0.05, 0.05, 0.05, 0.05, 0.05),
        contributor="resolution",
        residual=1.0,
    )
