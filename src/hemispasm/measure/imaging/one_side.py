"""One side, from clicks to conflicts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.imaging.attached import AttachedMeasure, measure_attached
from hemispasm.measure.imaging.conflict import ConflictMeasure, measure_conflict
from hemispasm.measure.imaging.courses import falls_to_end, nearest_on
from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.measure.imaging.nerves import (
    NerveField,
    NerveTrack,
    freed_nerves,
    prepare_nerves,
    track_nerves,
)
from hemispasm.measure.imaging.pair_fit import PairFit, fit_again, fit_pair
from hemispasm.measure.imaging.quality import assess_series, segments_of
from hemispasm.measure.imaging.region import with_vessels
from hemispasm.measure.imaging.register import Registration, register_series
from hemispasm.measure.imaging.vessels import VesselTrack, find_dark_tubes, find_vessels
from hemispasm.measure.imaging.voxels import native_voxel
from hemispasm.model.imaging import AssessabilityClass, Nerve, Role, Segment
from hemispasm.model.seeds import SeedKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.imaging.region import Region
    from hemispasm.model.imaging import Assessability, ImagingStudy, Volume
    from hemispasm.model.seeds import Seeds
    from hemispasm.model.side import Side

# With one of these nothing can be tracked, not even for a draft.
_HOPELESS = {"ends_unmarked", "outside", "voxel_too_large", "single_slices", "side_conflict"}
_WINDOW_STEP = 0.15
_MOST_ARTERIES = 3
_MOST_UNSURE = 1


@dataclass(frozen=True)
class SideMeasure:
    """Everything measured on one side.

    Attributes
    ----------
    assessability : Assessability
        With what was learned on the way.
    nerves : tuple of NerveTrack
        VII, then VIII; empty where clicks are missing.
    vessels : tuple of VesselTrack
        Near VII, nearest first.
    conflicts : tuple of ConflictMeasure
        By vessel and stretch, nearest first. Empty for class C and for clicks that nobody has
        confirmed unless a draft was asked for.
    attached : AttachedMeasure, optional
        Where the nerve lies on the brainstem; needs a click into the vessel.
    registration : Registration, optional
        Angiogram to cisternogram.
    fits : dict
        Fitted tubes by vessel, for pictures.
    reasons : tuple of str
        What stood in the way, beyond the assessability's.
    """

    side: Side
    assessability: Assessability
    nerves: tuple[NerveTrack, ...] = ()
    vessels: tuple[VesselTrack, ...] = ()
    conflicts: tuple[ConflictMeasure, ...] = ()
    attached: AttachedMeasure | None = None
    registration: Registration | None = None
    fits: dict[str, PairFit] | None = None
    reasons: tuple[str, ...] = ()


def measure_side(
    study: ImagingStudy,
    seeds: Seeds,
    side: Side,
    *,
    seed: int = 0,
    draft: bool = False,
    field: NerveField | None = None,
    attached: bool = True,
) -> SideMeasure:
    """Measure one side.

    Parameters
    ----------
    study : ImagingStudy
        Series of one session.
    seeds : Seeds
        Clicks; both ends of VII on this side.
    side : Side
        The patient's.
    seed : int
        Of every draw; the same seed gives the same result.
    draft : bool
        Measure although nobody has confirmed the clicks, for a page that shows a draft.
    field : NerveField, optional
        From an earlier call with the same series, after a click was moved.
    attached : bool
        False leaves out the stretch on the brainstem, which nothing else depends on.
    """
    rng = np.random.default_rng([seed, 0 if side.value == "left" else 1])
    first = assess_series(study, seeds, side)
    cisternogram = study.of_role(Role.CISS)
    marked = side in seeds.sides
    if cisternogram is None:
        return SideMeasure(side, first, _course_only(study, seeds, side) if marked else ())
    codes = {reason.split(":")[0] for reason in first.reasons}
    hopeless = _HOPELESS & codes
    if not marked or hopeless or (first.grade is AssessabilityClass.C and not draft):
        return SideMeasure(side, first)
    angiogram, registration = _usable_angiogram(study, codes), None
    if angiogram is not None:
        places = np.array([s.xyz_mm for s in seeds.select(side=side)])
        registration = register_series(cisternogram, angiogram, places, seed=seed)
    field = field or prepare_nerves(cisternogram, seeds, side)
    nerves = track_nerves(field, seeds, side)
    clicks = [np.array(s.xyz_mm) for s in seeds.select(side=side, kind=SeedKind.VESSEL)]
    move = registration.move if registration and registration.accepted else None
    vessels = _vessels(field, angiogram, nerves, clicks, move)
    nerves = freed_nerves(field, nerves, [v for v in vessels if v.kind == "artery"])
    known = _knowing(field.region, vessels)
    fits = _fit_vessels(cisternogram, angiogram, known, nerves, vessels, move)
    detached = seeds.point(Nerve.VII, side, SeedKind.DETACHMENT) is not None
    voxel_mm = native_voxel(cisternogram)
    segments = segments_of(nerves[0].arc_mm, detached=detached)
    conflicts = _conflicts(fits, segments, nerves[0], voxel_mm, rng)
    pairs = {vessel.ident: pair for vessel, pair, _ in fits}
    on_brainstem = None
    if detached and attached:
        near = (nerves[0], vessels, clicks, voxel_mm, move)
        on_brainstem = measure_attached(
            field.region, angiogram, *near, cisternogram=cisternogram, nerves=nerves
        )
    return SideMeasure(
        side,
        _after(study, seeds, side, pairs),
        nerves,
        vessels,
        _listed(conflicts),
        on_brainstem,
        registration,
        pairs,
        _missing(vessels, clicks),
    )


def _knowing(region: Region, vessels: Sequence[VesselTrack]) -> Region:
    """Return the cisternogram in which arteries are no brain, however wide they are."""
    arteries = [v for v in vessels if v.kind == "artery"]
    walls = [v.radius_mm / limit("vessel.core_share") for v in arteries]
    return with_vessels(region, [v.points_mm for v in arteries], walls)


def _missing(
    vessels: Sequence[VesselTrack], clicks: Sequence[NDArray[np.float64]]
) -> tuple[str, ...]:
    """Return what was looked for and not found."""
    reasons = []
    if not vessels:
        reasons.append("no_vessel: no vessel seen near VII on these series")
    if clicks and not any(vessel.clicked for vessel in vessels):
        reasons.append("click_off_vessel: the angiogram shows no vessel at the click for one")
    return tuple(reasons)


def _conflicts(
    fits: Sequence[tuple[VesselTrack, PairFit, float]],
    segments: dict[Segment, tuple[float, float]],
    nerve: NerveTrack,
    voxel_mm: NDArray[np.float64],
    rng: np.random.Generator,
) -> list[ConflictMeasure]:
    """Return what each fitted vessel does at each free stretch of VII."""
    found = []
    for vessel, pair, spread in fits:
        for segment, span in segments.items():
            if segment is Segment.ATTACHED:
                continue
            one = measure_conflict(
                pair, nerve, segment, vessel.ident, span, voxel_mm, rng, resolution_mm=spread
            )
            if one is not None:
                found.append(_with_doubts(one, nerve, vessel))
    return found


def _usable_angiogram(study: ImagingStudy, codes: set[str]) -> Volume | None:
    """Return the angiogram unless its slices are too thick to place a vessel."""
    found = study.of_role(Role.TOF)
    if found is None or "angiogram_thick" not in codes:
        return found
    return None if float(native_voxel(found).max()) > limit("class_b.through_mm") else found


def _fit_vessels(
    cisternogram: Volume,
    angiogram: Volume | None,
    region: Region,
    nerves: tuple[NerveTrack, ...],
    vessels: tuple[VesselTrack, ...],
    move: NDArray[np.float64] | None,
) -> list[tuple[VesselTrack, PairFit, float]]:
    """Return each vessel worth it with its fit and the spread that the resolution leaves."""
    found = []
    for vessel in _worth_fitting(vessels):
        series = angiogram if vessel.kind == "artery" else None
        others = [v for v in vessels if v is not vessel]
        pair = fit_pair(cisternogram, series, region, nerves, vessel, others, move=move)
        if pair is not None:
            # A dark line never gets a number: its interval is not worth a second fit.
            spread = _resolution(pair) if series is not None else limit("fit.sd_mm")
            found.append((vessel, pair, spread))
    return found


def _course_only(study: ImagingStudy, seeds: Seeds, side: Side) -> tuple[NerveTrack, ...]:
    """Return the nerves' courses where only a fine T1 shows them."""
    for role in (Role.T1, Role.T1_CONTRAST):
        volume = study.of_role(role)
        if volume is not None and float(native_voxel(volume).max()) <= limit("t1.voxel_mm"):
            return track_nerves(prepare_nerves(volume, seeds, side, dark=False), seeds, side)
    return ()


def _vessels(
    field: NerveField,
    angiogram: Volume | None,
    nerves: Sequence[NerveTrack],
    clicks: Sequence[NDArray[np.float64]],
    move: NDArray[np.float64] | None,
) -> tuple[VesselTrack, ...]:
    bright: tuple[VesselTrack, ...] = ()
    if angiogram is not None:
        bright = find_vessels(field.region, angiogram, nerves[0], clicks, move, beside=nerves[1:])
    dark = find_dark_tubes(field.region, nerves, bright)
    found = sorted((*bright, *dark), key=lambda v: (v.kind != "artery", v.gap_mm))
    return tuple(replace(v, ident=f"v{i + 1}") for i, v in enumerate(found))


def _resolution(pair: PairFit) -> float:
    """Return the spread of the distance from not knowing the scanner's filter, by fitting again."""
    again = fit_again(pair, _WINDOW_STEP)
    change = abs(again.closest_mm() - pair.closest_mm())
    return min(change / _WINDOW_STEP * limit("interval.window_sd"), limit("fit.sd_mm"))


def _worth_fitting(vessels: Sequence[VesselTrack]) -> list[VesselTrack]:
    """Return the nearest arteries, and the nearest dark line where it comes close."""
    arteries = [v for v in vessels if v.kind == "artery"]
    close = limit("conflict.listed_mm")
    unsure = [v for v in vessels if v.kind != "artery" and v.gap_mm <= close]
    return [*arteries[:_MOST_ARTERIES], *unsure[:_MOST_UNSURE]]


def _with_doubts(one: ConflictMeasure, nerve: NerveTrack, vessel: VesselTrack) -> ConflictMeasure:
    """Return the conflict with what speaks against the nerve's path and the vessel."""
    reasons = [*one.reasons, *nerve.reasons]
    if vessel.kind != "artery":
        reasons.append(
            "vessel_unsure: dark on the cisternogram and not clearly bright on the angiogram; a "
            "vein, slow flow, a nerve, or no vessel"
        )
    if _ends_where_nearest(vessel, nerve):
        reasons.append(
            "vessel_ends: the piece of vessel that is seen ends where it comes nearest to VII; it "
            "may go on nearer"
        )
    if one.arc_mm < limit("conflict.root_mm"):
        reasons.append(
            "nerve_begins: the vessel comes nearest where VII leaves the brainstem; it may lie "
            "nearer on the attached segment"
        )
    return replace(one, reasons=tuple(reasons))


def _ends_where_nearest(vessel: VesselTrack, nerve: NerveTrack) -> bool:
    """Return whether the vessel still comes nearer where what is seen of it ends."""
    apart, _ = nearest_on(vessel.points_mm, nerve.points_mm[nerve.arc_mm >= 0.0])
    return falls_to_end(apart, int(np.argmin(apart)))


def _listed(conflicts: list[ConflictMeasure]) -> tuple[ConflictMeasure, ...]:
    """Return the nearest of each vessel, and every other stretch that it comes near."""
    ordered = sorted(conflicts, key=lambda c: c.distance_mm)
    seen: set[str] = set()
    kept = []
    for one in ordered:
        if one.vessel not in seen or one.distance_mm <= limit("conflict.listed_mm"):
            kept.append(one)
        seen.add(one.vessel)
    return tuple(kept)


def _after(
    study: ImagingStudy, seeds: Seeds, side: Side, fits: dict[str, PairFit]
) -> Assessability:
    """Return the class with the shift between the series that the fits found."""
    shifts = [float(np.linalg.norm(p.fit.shift_mm)) for p in fits.values() if len(p.on) > 1]
    return assess_series(study, seeds, side, residual_mm=min(shifts) if shifts else None)
