"""From series and measurement to the pictures of both sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.imaging_pictures.cuts import Series, grey_png, outlines_on
from hemispasm.imaging_pictures.planes import cut_frame, xyz
from hemispasm.imaging_pictures.scene import scenes_of
from hemispasm.imaging_pictures.tubes import tubes_of
from hemispasm.measure.imaging.voxels import native_voxel
from hemispasm.model.imaging import Role, Segment
from hemispasm.model.imaging_views import (
    Basis,
    ConflictView,
    CutPicture,
    ImagingViews,
    Mark,
    Plane,
    RegistrationView,
    ScenePicture,
    SeriesView,
    SideView,
)
from hemispasm.model.seeds import Seeds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.imaging_pictures.tubes import DrawnTube
    from hemispasm.measure.imaging.conflict import ConflictMeasure
    from hemispasm.measure.imaging.measure import ImagingMeasurement
    from hemispasm.measure.imaging.one_side import SideMeasure
    from hemispasm.model.imaging import ImagingStudy, Volume
    from hemispasm.model.imaging_views import Frame

#: The first of these that is there is the frame of everything else.
_LEADING = (Role.CISS, Role.T1, Role.T1_CONTRAST, Role.TOF)
_NAMES = {
    Role.CISS: "cisternogram (strongly weighted to fluid)",
    Role.TOF: "time-of-flight angiogram",
    Role.T1: "T1-weighted series",
    Role.T1_CONTRAST: "T1-weighted series with contrast agent",
}
_CUTS = {
    Plane.AXIAL: "Axial cut",
    Plane.CORONAL: "Coronal cut",
    Plane.OBLIQUE: "Oblique sagittal cut across the facial nerve",
}
_CENTRES = {
    Basis.CONFLICT: "where a vessel comes nearest to the facial nerve",
    Basis.ATTACHED: "where a vessel comes nearest to the part of the nerve that lies on the pons",
    Basis.COURSE: "at the middle of the course of the facial nerve",
    Basis.CLICKS: "between the reader's clicks",
}


@dataclass(frozen=True)
class _Focus:
    """The place that a side's pictures are about."""

    basis: Basis
    centre_mm: NDArray[np.float64]
    along: NDArray[np.float64]
    vessel: str | None = None
    conflict: ConflictMeasure | None = None


def make_imaging_views(study: ImagingStudy, measured: ImagingMeasurement) -> ImagingViews:
    """Return every picture of one examination.

    Parameters
    ----------
    study : ImagingStudy
        The series that were measured, with their clicks.
    measured : ImagingMeasurement
        What measuring them gave.

    Returns
    -------
    ImagingViews
        Per side three cuts through the place where a vessel comes nearest to VII, on the
        cisternogram and on the angiogram, and two rendered views. Where nothing was fitted there
        are courses only, where nobody confirmed the clicks there are clicks only.
    """
    recording = measured.document.recording
    return ImagingViews(
        sha256=recording.sha256,
        simulated=recording.simulated,
        series=tuple(_series_view(volume) for volume in study.volumes),
        sides=tuple(_side(study, side) for side in measured.sides),
    )


def _side(study: ImagingStudy, measured: SideMeasure) -> SideView:
    seeds = study.seeds or Seeds()
    draft = not seeds.confirmed
    focus = _focus(measured, seeds, draft=draft)
    series = _shown_series(study, measured, focus)
    plain = SideView(side=measured.side, draft=draft, registration=_registration(measured))
    if focus is None or not series:
        return plain
    tubes = [] if draft else tubes_of(measured, focus.vessel)
    cuts = _cuts(series, focus, tubes, measured, seeds)
    scenes: tuple[ScenePicture, ...] = ()
    cisternogram = study.of_role(Role.CISS)
    if tubes and measured.nerves and cisternogram is not None:
        said = f"the patient's {measured.side.value} side"
        scenes = scenes_of(
            cisternogram,
            measured.nerves[0],
            tubes,
            _needle(focus, tubes),
            {
                "front": f"Rendered view of {said} from the front: brainstem, nerves, vessels.",
                "below": f"Rendered view of {said} from below: brainstem, nerves, vessels.",
            },
        )
    conflicts = () if draft else tuple(_conflict_view(one) for one in measured.conflicts)
    return plain.model_copy(
        update={
            "basis": focus.basis,
            "shown": focus.vessel,
            "segment": _segment(focus),
            "cuts": cuts,
            "scenes": scenes,
            "conflicts": conflicts,
        }
    )


def _focus(measured: SideMeasure, seeds: Seeds, *, draft: bool) -> _Focus | None:
    """Return what the pictures of a side are about: the nearest artery before any doubtful line."""
    if not draft and measured.nerves:
        nerve = measured.nerves[0]
        kinds = {vessel.ident: vessel.kind for vessel in measured.vessels}
        ordered = sorted(
            measured.conflicts, key=lambda c: (kinds.get(c.vessel) != "artery", c.distance_mm)
        )
        attached = measured.attached
        if attached is not None and attached.distance_mm is not None and (
            not ordered or attached.distance_mm < ordered[0].distance_mm
        ) and attached.point_mm is not None:  # fmt: skip
            at = _at(nerve.points_mm, attached.point_mm)
            middle = 0.5 * (nerve.points_mm[at] + attached.point_mm)
            return _Focus(Basis.ATTACHED, middle, _tangent(nerve.points_mm, at), attached.vessel)
        if ordered:
            one = ordered[0]
            middle = 0.5 * (one.nerve_point_mm + one.vessel_point_mm)
            along = _tangent(nerve.points_mm, _at(nerve.points_mm, one.nerve_point_mm))
            return _Focus(Basis.CONFLICT, middle, along, one.vessel, one)
        at = len(nerve.points_mm) // 2
        return _Focus(Basis.COURSE, nerve.points_mm[at], _tangent(nerve.points_mm, at))
    clicks = np.array([seed.xyz_mm for seed in seeds.select(side=measured.side)])
    if not len(clicks):
        return None
    along = (
        clicks[int(np.argmax(np.abs(clicks[:, 0])))] - clicks[int(np.argmin(np.abs(clicks[:, 0])))]
    )
    return _Focus(Basis.CLICKS, clicks.mean(axis=0), along)


def _at(course: NDArray[np.float64], point: NDArray[np.float64]) -> int:
    return int(np.argmin(np.linalg.norm(course - point, axis=1)))


def _tangent(course: NDArray[np.float64], at: int) -> NDArray[np.float64]:
    reach = 4
    low, high = max(0, at - reach), min(len(course) - 1, at + reach)
    return np.asarray(course[high] - course[low], dtype=np.float64)


def _segment(focus: _Focus) -> Segment | None:
    if focus.conflict is not None:
        return focus.conflict.segment
    return Segment.ATTACHED if focus.basis is Basis.ATTACHED else None


def _shown_series(study: ImagingStudy, measured: SideMeasure, focus: _Focus | None) -> list[Series]:
    """Return the series that cuts are made of: the one with the clicks, and the angiogram."""
    first = next((v for role in _LEADING if (v := study.of_role(role)) is not None), None)
    if first is None:
        return []
    found = [Series(first, np.eye(4))]
    angiogram = study.of_role(Role.TOF)
    if angiogram is not None and angiogram is not first:
        registration = measured.registration
        moved = registration is not None and registration.accepted
        move = registration.move if registration is not None and moved else np.eye(4)
        pair = (measured.fits or {}).get(focus.vessel or "") if focus is not None else None
        if pair is not None and len(pair.on) > 1:
            # The fit found what registration left.
            shift = np.eye(4)
            shift[:3, 3] = pair.fit.shift_mm
            move = move @ shift
        found.append(Series(angiogram, move, moved))
    return found


def _cuts(
    series: Sequence[Series],
    focus: _Focus,
    tubes: Sequence[DrawnTube],
    measured: SideMeasure,
    seeds: Seeds,
) -> tuple[CutPicture, ...]:
    windows = [one.window(focus.centre_mm) for one in series]
    made = []
    for plane in Plane:
        frame = cut_frame(plane, focus.centre_mm, focus.along)
        lines = outlines_on(frame, tubes)
        marks = _clicks(frame, measured, seeds) if focus.basis is Basis.CLICKS else ()
        for one, window in zip(series, windows, strict=True):
            role = one.volume.role
            made.append(
                CutPicture(
                    plane=plane,
                    role=role,
                    frame=frame,
                    png=grey_png(one, frame, window),
                    native_voxel_mm=xyz(native_voxel(one.volume)),
                    moved=one.moved,
                    outlines=lines,
                    marks=marks,
                    alt=f"{_CUTS[plane]} of the {_NAMES.get(role, 'series')}, the patient's "
                    f"{measured.side.value} side, {_CENTRES[focus.basis]}.",
                )
            )
    return tuple(made)


def _clicks(frame: Frame, measured: SideMeasure, seeds: Seeds) -> tuple[Mark, ...]:
    """Return the reader's clicks of one side as they project into a cut."""
    found = []
    for seed in seeds.select(side=measured.side):
        x, y = frame.place(seed.xyz_mm)
        if abs(x) < frame.width_mm / 2 and abs(y) < frame.height_mm / 2:
            kind: Literal["VII", "VIII", "vessel"] = (
                "vessel" if seed.kind.value == "vessel" else seed.nerve.value
            )
            found.append(Mark(name="click", at=(round(x, 3), round(y, 3)), structure=kind))
    return tuple(found)


def _needle(
    focus: _Focus, tubes: Sequence[DrawnTube]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the nearest points of nerve and vessel on their surfaces."""
    one = focus.conflict
    if one is None:
        return None
    away = one.vessel_point_mm - one.nerve_point_mm
    unit = away / max(float(np.linalg.norm(away)), 1e-9)
    radii = []
    for name, point in (("VII", one.nerve_point_mm), ("vessel", one.vessel_point_mm)):
        own = [t for t in tubes if t.structure == name and t.fitted]
        if not own:
            return None
        at = _at(own[0].points_mm, point)
        radii.append(float(own[0].radii_mm[at]))
    return one.nerve_point_mm + radii[0] * unit, one.vessel_point_mm - radii[1] * unit


def _conflict_view(one: ConflictMeasure) -> ConflictView:
    return ConflictView(
        vessel=one.vessel,
        segment=one.segment,
        crossing_deg=round(one.crossing_deg, 1),
        arc_mm=round(one.arc_mm, 2),
        nerve_point_mm=xyz(one.nerve_point_mm),
        vessel_point_mm=xyz(one.vessel_point_mm),
        contributor=one.contributor,
    )


def _registration(measured: SideMeasure) -> RegistrationView | None:
    found = measured.registration
    if found is None:
        return None
    shifts = [
        float(np.linalg.norm(pair.fit.shift_mm))
        for pair in (measured.fits or {}).values()
        if len(pair.on) > 1
    ]
    return RegistrationView(
        accepted=found.accepted,
        moved_mm=round(found.moved_mm, 3),
        repeat_mm=round(found.residual_mm, 3) if np.isfinite(found.residual_mm) else None,
        shift_mm=round(min(shifts), 3) if shifts else None,
    )


def _series_view(volume: Volume) -> SeriesView:
    return SeriesView(
        role=volume.role,
        number=volume.series_number,
        spacing_mm=xyz(volume.spacing_mm),
        native_voxel_mm=xyz(native_voxel(volume)),
        sha256=volume.sha256,
        simulated=volume.simulated,
    )
