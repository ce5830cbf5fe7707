"""Vessels near the facial nerve: bright on the angiogram, or dark on the cisternogram alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from hemispasm.measure.imaging.courses import nearest_on
from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.measure.imaging.nerve_mimics import canal_of, runs_along, with_doubt
from hemispasm.measure.imaging.region import (
    Region,
    cut_region,
    tissue_mask,
    tube_strength,
)
from hemispasm.measure.imaging.vessel_course import STEP_MM, course_through, radius_of
from hemispasm.measure.imaging.vessel_pieces import join_pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.imaging.nerves import NerveTrack
    from hemispasm.model.imaging import Volume

__all__ = [
    "STEP_MM",
    "Levels",
    "VesselTrack",
    "find_dark_tubes",
    "find_vessels",
    "levels_of",
    "tissue_mask",
]

_WIDTHS_MM = (0.4, 0.6, 0.9)
_LOCAL_MM = 7.0
_LEAST_VOXELS = 12
_LEAST_SURE = 6
_LEAST_DARK_MM = 5.0
_SOFT_MM = 0.25
_ABOVE_TISSUE = 1.05
_DARK = 0.12
_CLEAR = 2.0


@dataclass(frozen=True)
class VesselTrack:
    """A piece of vessel near the nerve.

    Attributes
    ----------
    ident : str
        ``v1``, ``v2`` ... in order of distance.
    points_mm : ndarray of shape (n, 3)
        Axis, evenly spaced, LPS of the cisternogram.
    radius_mm : float
        About; the fit says it better.
    kind : str
        ``artery`` (bright on the angiogram) or ``unsure`` (dark on the cisternogram only: a vein
        or slow flow).
    gap_mm : float
        Smallest distance of the axes of vessel and nerve.
    clicked : bool
        A reader pointed at it.
    """

    ident: str
    points_mm: NDArray[np.float64]
    radius_mm: float
    kind: str
    gap_mm: float
    clicked: bool = False


@dataclass(frozen=True)
class Levels:
    """Brightness of the angiogram: fluid, parenchyma, vessel, noise."""

    fluid: float
    tissue: float
    vessel: float
    noise: float

    def at(self, share: float) -> float:
        """Return the level that lies ``share`` of the way from parenchyma to vessel."""
        return self.tissue + share * (self.vessel - self.tissue)


def levels_of(angiogram: Region, tissue: NDArray[np.bool_]) -> Levels:
    """Return the brightness of what an angiogram shows near the nerve."""
    values = angiogram.array[angiogram.inside]
    deep = ndimage.binary_erosion(tissue, iterations=2) & angiogram.inside
    inner = (
        angiogram.array[deep] if deep.sum() > 50 else values[values <= np.percentile(values, 60)]
    )
    middle = float(np.median(inner))
    spread = float(1.4826 * np.median(np.abs(inner - middle)))
    outside = angiogram.array[angiogram.inside & ~tissue]
    fluid = float(np.percentile(outside, 20.0)) if outside.size else middle
    vessel = float(np.percentile(values, 99.7))
    return Levels(fluid, middle, max(vessel, middle + 6.0 * spread + 1e-6), max(spread, 1e-6))


def find_vessels(
    cisternogram: Region,
    angiogram: Volume,
    nerve: NerveTrack,
    clicks: Sequence[NDArray[np.float64]] = (),
    move: NDArray[np.float64] | None = None,
    *,
    beside: Sequence[NerveTrack] = (),
) -> tuple[VesselTrack, ...]:
    """Return the arteries that come near the facial nerve, nearest first.

    The level lies between parenchyma and vessel: a level of the whole picture lets the noise of
    nerve and brain become vessels.

    Parameters
    ----------
    cisternogram : Region
        Of this side, over the brightness of CSF.
    angiogram : Volume
        TOF.
    nerve : NerveTrack
        VII.
    clicks : sequence of ndarray
        Points that a reader put into vessels; they find a vessel also below the level.
    move : ndarray of shape (4, 4), optional
        From the cisternogram's frame to the angiogram's.
    beside : sequence of NerveTrack
        Other nerves (VIII). A click that misses its vessel may lie on a nerve: what runs along one
        is no vessel, however dark it is on the cisternogram. A faint line along a nerve that
        nobody clicked is ``unsure``.
    """
    high = cisternogram.origin_mm + (np.array(cisternogram.array.shape) - 1) * cisternogram.step_mm
    box = np.stack([cisternogram.origin_mm, high])
    region = cut_region(angiogram, box, 0.0, limit("vessel.grid_mm"), move)
    region = _same_shape(region, cisternogram)
    tissue = cisternogram.tissue
    levels = levels_of(region, tissue)
    soft, strength = _evidence(cisternogram, region, levels)
    mask = (soft > levels.at(limit("vessel.low_level"))) & region.inside
    quiet = strength[tissue & mask] if np.count_nonzero(tissue & mask) > 200 else strength[mask]
    least = max(limit("vessel.low_strength"), float(np.percentile(quiet, 50.0)))
    mask &= strength > least
    labels, count = ndimage.label(mask, np.ones((3, 3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sure = (strength > limit("vessel.strength")) & (soft > levels.at(limit("vessel.level"))) & mask
    peaks = np.bincount(labels[sure], minlength=count + 1)
    kept = [i for i in range(1, count + 1) if sizes[i] >= _LEAST_VOXELS and peaks[i] >= _LEAST_SURE]
    bright = soft > levels.at(limit("vessel.faint_share"))
    found = [
        _track(region, labels == i, strength, nerve, "artery", clicked=False, bright=bright)
        for i in kept
    ]
    tracks = join_pieces([track for track in found if track is not None], region, strength, nerve)
    lines = [n.points_mm for n in (nerve, *beside)]
    for click in (np.asarray(click) for click in clicks):
        start = _brightest_line(region, soft, strength, levels, click)
        dim = start is None or soft[start] < levels.tissue + _CLEAR * levels.noise
        # No bright line is nearer than one that was found: a hand slips further than that.
        meant = _meant(tracks, click, limit("vessel.slip_mm" if dim else "vessel.click_mm"))
        if meant is not None:
            tracks = [replace(t, clicked=True) if t is meant else t for t in tracks]
            continue
        if start is None:
            continue
        track = _followed(region, soft, strength, levels, start, nerve, tissue)
        if track is not None and not runs_along(track.points_mm, lines):
            tracks = join_pieces([*tracks, track], region, strength, nerve)
    tracks = [t for t in tracks if t.clicked or t.gap_mm <= limit("vessel.near_mm")]
    tracks = with_doubt(tracks, region, soft, levels, (nerve, *beside))
    tracks.sort(key=lambda t: t.gap_mm)
    return tuple(replace(t, ident=f"v{i + 1}") for i, t in enumerate(tracks))


def find_dark_tubes(
    cisternogram: Region, nerves: Sequence[NerveTrack], bright: Sequence[VesselTrack]
) -> tuple[VesselTrack, ...]:
    """Return dark lines of the cisternogram that are no nerve and not on the angiogram.

    Veins and slow flow look like this, and so do arachnoid strands and other nerves: ``unsure``.

    Parameters
    ----------
    cisternogram : Region
        Over the brightness of fluid.
    nerves : sequence of NerveTrack
        VII first.
    bright : sequence of VesselTrack
        Vessels of the angiogram.
    """
    step = cisternogram.step_mm
    strength = tube_strength(cisternogram.array, tuple(w / step for w in _WIDTHS_MM), bright=False)
    taken = ndimage.binary_dilation(cisternogram.tissue, iterations=2)
    lines = [(n.points_mm, 1.1) for n in nerves] + [
        (v.points_mm, v.radius_mm + 0.7) for v in bright
    ]
    # What is dark in the canal is VII, VIII and their branches.
    lines += [(canal_of(n), limit("vessel.canal_radius_mm")) for n in nerves]
    free = np.ones(taken.shape, dtype=np.bool_)
    for points, radius in lines:
        marked = np.ones(taken.shape, dtype=np.bool_)
        marked[
            tuple(
                np.clip(
                    np.rint(cisternogram.to_voxel(points)).astype(int),
                    0,
                    np.array(taken.shape) - 1,
                ).T
            )
        ] = False
        free &= ndimage.distance_transform_edt(marked, sampling=step) > radius
    mask = (strength > limit("vessel.dark_strength")) & free & ~taken & cisternogram.inside
    labels, count = ndimage.label(mask, np.ones((3, 3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    found = []
    for label in range(1, count + 1):
        if sizes[label] < 2 * _LEAST_VOXELS:
            continue
        track = _track(cisternogram, labels == label, strength, nerves[0], "unsure", clicked=False)
        if track is None or track.gap_mm > limit("vessel.near_mm"):
            continue
        if float(np.linalg.norm(np.diff(track.points_mm, axis=0), axis=1).sum()) >= _LEAST_DARK_MM:
            found.append(track)
    return tuple(sorted(found, key=lambda t: t.gap_mm))


def _evidence(
    cisternogram: Region, angiogram: Region, levels: Levels
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the angiogram without its finest noise, and how vessel-like each voxel is.

    A vessel in the cistern is a bright line on one series and a dark one on the other.
    """
    soft = ndimage.gaussian_filter(angiogram.array, _SOFT_MM / angiogram.step_mm)
    widths = tuple(w / angiogram.step_mm for w in _WIDTHS_MM)
    bright = tube_strength(angiogram.array, widths, bright=True)
    bright /= max(levels.vessel - levels.fluid, 1e-6)
    dark = tube_strength(cisternogram.array, widths, bright=False)
    # The series may lie some tenths of a millimetre apart.
    dark = ndimage.maximum_filter(dark, 3)
    strength = bright * (0.6 + np.minimum(dark / _DARK, 1.0))
    return soft, np.asarray(strength, dtype=np.float32)


def _same_shape(region: Region, other: Region) -> Region:
    """Return the region cut or padded to another's shape; their grids coincide."""
    wanted = other.array.shape
    pads = [(0, max(0, w - h)) for w, h in zip(wanted, region.array.shape, strict=True)]
    cut = tuple(slice(0, w) for w in wanted)
    array = np.pad(region.array, pads, mode="edge")[cut]
    inside = np.pad(region.inside, pads)[cut]
    return replace(region, array=array, inside=inside)


def _track(
    region: Region,
    mask: NDArray[np.bool_],
    strength: NDArray[np.float32],
    nerve: NerveTrack,
    kind: str,
    *,
    clicked: bool,
    around: NDArray[np.float64] | None = None,
    bright: NDArray[np.bool_] | None = None,
) -> VesselTrack | None:
    """Return the axis of one component where it passes the nerve."""
    index = np.argwhere(mask)
    places = region.to_patient(index)
    free = nerve.points_mm
    apart, _ = (
        nearest_on(places, free)
        if around is None
        else (np.linalg.norm(places - around, axis=1), None)
    )
    start = index[int(np.argmin(apart))]
    if around is None and float(apart.min()) > limit("vessel.near_mm") + 1.0:
        return None
    centre = region.to_patient(start)
    near = np.linalg.norm(places - centre, axis=1) <= _LOCAL_MM
    local = np.zeros_like(mask)
    local[tuple(index[near].T)] = True
    labels, _ = ndimage.label(local, np.ones((3, 3, 3)))
    local = labels == labels[tuple(start)]
    if np.count_nonzero(local) < _LEAST_VOXELS:
        return None
    peak = float(strength[local].max()) + 1e-6
    cost = np.where(local, 1.0 / (0.03 + (strength / peak) ** 2), -1.0)
    points = course_through(region, cost, local, start, bright)
    if points is None:
        return None
    gap, _ = nearest_on(points, free)
    radius = radius_of(region, local, points)
    return VesselTrack("", points, radius, kind, float(gap.min()), clicked)


def _brightest_line(
    region: Region,
    soft: NDArray[np.float32],
    strength: NDArray[np.float32],
    levels: Levels,
    click: NDArray[np.float64],
) -> tuple[int, ...] | None:
    """Return the voxel near a click that is most like a bright line; None off the picture."""
    away = np.linalg.norm(region.points() - click, axis=-1)
    ball = (away <= limit("vessel.click_mm")) & region.inside
    if not ball.any():
        return None
    # The nerve beside it is a dark line too: the vessel is the bright one of them.
    best = np.where(ball, strength * np.maximum(soft - levels.fluid, 0.0), -1.0)
    return tuple(int(i) for i in np.unravel_index(int(best.argmax()), best.shape))


def _followed(
    region: Region,
    soft: NDArray[np.float32],
    strength: NDArray[np.float32],
    levels: Levels,
    start: tuple[int, ...],
    nerve: NerveTrack,
    tissue: NDArray[np.bool_],
) -> VesselTrack | None:
    """Return the vessel that a reader pointed at, followed down to half of its own brightness."""
    own = float(soft[start])
    # The reader has seen it: parenchyma's noise is no reason to doubt, its brightness is; where
    # the vessel is thin, it may be no brighter than parenchyma, but it lies outside it.
    half = levels.fluid + 0.55 * (own - levels.fluid)
    around = region.to_patient(np.array(start))
    for level, free in ((max(half, _ABOVE_TISSUE * levels.tissue), True), (half, ~tissue)):
        mask = (soft > level) & (strength > 0.02) & region.inside & free
        labels, _ = ndimage.label(mask, np.ones((3, 3, 3)))
        label = labels[start]
        if label:
            chosen = labels == label
            track = _track(
                region, chosen, strength, nerve, "artery", clicked=True, around=around,
                bright=soft > levels.at(limit("vessel.faint_share")),
            )  # fmt: skip
            if track is not None:
                return track
    return None


def _meant(
    tracks: Sequence[VesselTrack], click: NDArray[np.float64], reach_mm: float
) -> VesselTrack | None:
    """Return the artery that a click points at: the nearest one whose wall is in reach."""
    apart = [float(np.linalg.norm(t.points_mm - click, axis=1).min()) - t.radius_mm for t in tracks]
    if not apart or min(apart) > reach_mm:
        return None
    return tracks[int(np.argmin(apart))]
