"""From measured courses and fitted tubes to named structures: what a segmentation shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.formats.dicom_seg import Structure
from hemispasm.formats.dicom_seg_tubes import mask_of_tube
from hemispasm.formats.dicom_sr_conflicts import NearestPoints
from hemispasm.formats.mesh import mesh_of_tube
from hemispasm.model.errors import RefusedError
from hemispasm.model.imaging import Nerve, VesselName

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.formats.mesh import Mesh
    from hemispasm.measure.imaging.measure import ImagingMeasurement
    from hemispasm.measure.imaging.nerves import NerveTrack
    from hemispasm.measure.imaging.one_side import SideMeasure
    from hemispasm.model.finding import FindingsDocument
    from hemispasm.model.imaging import Volume
    from hemispasm.model.side import Side

_DISTANCE = "imaging.vessel_nerve_distance"
# Where no tube was fitted, a course is drawn so wide; nobody measured it there.
DRAWN_RADIUS_MM = {Nerve.VII: 0.5, Nerve.VIII: 0.6}
_NEAR_MM = 1.5


@dataclass(frozen=True)
class NamedTube:
    """A nerve or a vessel as a tube in the patient.

    Attributes
    ----------
    kind, side, candidate
        As of a `Structure`.
    points_mm : ndarray of shape (n, 3)
        Axis in LPS.
    radii_mm : ndarray of shape (n,)
        Radius at each point.
    fitted : bool
        Some of it was fitted; otherwise its width is drawn, not measured.
    """

    kind: Nerve | VesselName
    side: Side
    candidate: str | None
    points_mm: NDArray[np.float64]
    radii_mm: NDArray[np.float64]
    fitted: bool


def tubes_of(measured: ImagingMeasurement, document: FindingsDocument) -> tuple[NamedTube, ...]:
    """Return both nerves of each measured side and the vessels that the findings speak of.

    Parameters
    ----------
    measured : ImagingMeasurement
        Courses and fits.
    document : FindingsDocument
        Findings that count; they name the vessels.
    """
    named = _names(document)
    found: list[NamedTube] = []
    for one in measured.sides:
        found += [_nerve(track, one) for track in one.nerves]
        for track in one.vessels:
            name = named.get((one.side, track.ident))
            if name is None:
                continue
            fit = (one.fits or {}).get(track.ident)
            radii = np.full(len(track.points_mm), track.radius_mm)
            points = track.points_mm
            if fit is not None:
                points, radii = _spliced(points, radii, *fit.fit.shapes()[-1])
            found.append(NamedTube(name, one.side, track.ident, points, radii, fit is not None))
    return tuple(found)


def masks_of(
    tubes: tuple[NamedTube, ...], volume: Volume
) -> tuple[tuple[Structure, ...], tuple[str, ...]]:
    """Return the tubes as voxels of a volume, and notes on what has none or is only drawn."""
    kept: list[Structure] = []
    notes: list[str] = []
    for tube in tubes:
        structure = Structure(tube.kind, tube.side, np.zeros(0, np.bool_), tube.candidate)
        name = structure.label
        try:
            mask = mask_of_tube(volume, tube.points_mm, tube.radii_mm)
        except RefusedError:
            notes.append(f"no_voxels: the {name} fills no voxel of the series and is left out")
            continue
        if not tube.fitted:
            notes.append(
                f"width_drawn: the width of the {name} was not measured; its course is drawn"
            )
        kept.append(Structure(tube.kind, tube.side, mask, tube.candidate))
    return tuple(kept), tuple(notes)


def surfaces_of(tubes: tuple[NamedTube, ...]) -> tuple[Mesh, ...]:
    """Return the surface of every tube, named with its side."""
    empty = np.zeros(0, np.bool_)
    return tuple(
        mesh_of_tube(
            Structure(tube.kind, tube.side, empty, tube.candidate).label,
            tube.points_mm,
            tube.radii_mm,
        )
        for tube in tubes
    )


def nearest_of(
    measured: ImagingMeasurement, document: FindingsDocument
) -> tuple[NearestPoints, ...]:
    """Return where nerve and vessel come nearest, for each distance that the findings hold."""
    told = {
        (f.side, f.extra("segment"), f.extra("candidate")): f.extra("vessel")
        for f in document.findings
        if f.code == _DISTANCE and f.value is not None
    }
    found = []
    for one in measured.sides:
        for conflict in one.conflicts:
            name = told.get((one.side, conflict.segment.value, conflict.vessel))
            if name is not None:
                found.append(
                    NearestPoints(
                        one.side,
                        conflict.segment,
                        VesselName(str(name)),
                        _xyz(conflict.nerve_point_mm),
                        _xyz(conflict.vessel_point_mm),
                        conflict.vessel,
                    )
                )
    return tuple(found)


def _names(document: FindingsDocument) -> dict[tuple[Side | None, str], VesselName]:
    return {
        (f.side, str(f.extra("candidate"))): VesselName(str(f.extra("vessel") or "unnamed"))
        for f in document.findings
        if f.code.startswith("imaging.") and f.extra("candidate") is not None
    }


def _nerve(track: NerveTrack, one: SideMeasure) -> NamedTube:
    """Return the free course: on the brainstem no fluid shows the nerve."""
    free = track.arc_mm >= 0.0
    points = track.points_mm[free]
    radii = np.full(len(points), np.nan)
    fits = list((one.fits or {}).values())
    for pair in fits:
        shapes = pair.fit.shapes()[:-1]
        # The first tube is VII; the second, where there is one, VIII.
        index = 0 if track.nerve is Nerve.VII else 1
        if index < len(shapes) and not np.any(np.isfinite(radii)):
            points, radii = _spliced(points, radii, *shapes[index])
    fitted = bool(np.any(np.isfinite(radii)))
    drawn = float(np.nanmedian(radii)) if fitted else DRAWN_RADIUS_MM[track.nerve]
    filled = np.where(np.isfinite(radii), radii, drawn)
    return NamedTube(track.nerve, one.side, None, points, filled, fitted)


def _spliced(
    points: NDArray[np.float64],
    radii: NDArray[np.float64],
    fitted: NDArray[np.float64],
    fitted_radii: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a tracked course with the stretch that was fitted put in its place."""
    ends = [int(np.linalg.norm(points - end, axis=1).argmin()) for end in (fitted[0], fitted[-1])]
    if ends[0] > ends[1]:
        fitted, fitted_radii, ends = fitted[::-1], fitted_radii[::-1], ends[::-1]
    before, after = points[: ends[0]], points[ends[1] + 1 :]
    if len(before) and np.linalg.norm(before[-1] - fitted[0]) > _NEAR_MM:
        before = before[:0]
    if len(after) and np.linalg.norm(after[0] - fitted[-1]) > _NEAR_MM:
        after = after[:0]
    joined = np.concatenate([before, fitted, after])
    wide = np.concatenate([radii[: len(before)], fitted_radii, radii[len(radii) - len(after) :]])
    # Two points at one place would be no line.
    apart = np.concatenate([[True], np.linalg.norm(np.diff(joined, axis=0), axis=1) > 1e-6])
    return joined[apart], wide[apart]


def _xyz(place: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in place)
    return x, y, z
