"""The patch where a vessel passes the nerve: which voxels count there, and the fit of its tubes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from hemispasm.measure.imaging.courses import arc_of, nearest_on, resample, smooth
from hemispasm.measure.imaging.distances import nearest_bodies
from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.measure.imaging.tube_fit import LightPrior, TubeFit, fit_tubes, masked
from hemispasm.measure.imaging.tubes import Tube, tube_along
from hemispasm.measure.imaging.views import View, view_of
from hemispasm.measure.imaging.voxels import native_voxel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.imaging.nerves import NerveTrack
    from hemispasm.measure.imaging.region import Region
    from hemispasm.measure.imaging.vessels import VesselTrack
    from hemispasm.model.imaging import Volume

_HALF_MM = 4.6
_BEYOND_MM = 1.5
_TO_EXPLAIN_MM = 2.6
_OTHER_MM = 1.0
_RADII = {"VII": (0.68, 0.2), "VIII": (0.85, 0.2)}
_TAPER_SD_MM = 0.06
_BRAIN_SD = 0.08
_LEAST_VOXELS = 60
_ROUNDS_AGAIN = 5
_VOID, _VOID_SD = 0.18, 0.1
_FLOW, _FLOW_SD = 0.85, 0.25


@dataclass(frozen=True)
class PairFit:
    """VII and a vessel as fitted.

    Attributes
    ----------
    fit : TubeFit
        Tubes: VII, VIII where it runs here, the vessel.
    arc_mm : ndarray
        Of the points of VII, from its detachment.
    on : tuple of str
        Series that the vessel was fitted to.
    explained : float
        Share of the patch that other structures leave to explain, near the nearest points.
    views, light
        What was fitted to.
    """

    fit: TubeFit
    arc_mm: NDArray[np.float64]
    on: tuple[str, ...]
    explained: float
    views: tuple[View, ...] = ()
    light: tuple[LightPrior, ...] = ()

    def closest_mm(self) -> float:
        """Return the smallest distance of VII and the vessel in the patch."""
        bodies = self.fit.bodies()
        ends = float(self.arc_mm[0]), float(self.arc_mm[-1])
        found = nearest_bodies(bodies[0], bodies[-1], self.arc_mm, ends, 0.0)
        return float("inf") if found is None else found.distance_mm


def fit_pair(
    cisternogram: Volume,
    angiogram: Volume | None,
    region: Region,
    nerves: Sequence[NerveTrack],
    vessel: VesselTrack,
    others: Sequence[VesselTrack] = (),
    *,
    move: NDArray[np.float64] | None = None,
    shift_sd_mm: float = 0.3,
) -> PairFit | None:
    """Fit the tubes where one vessel comes nearest to VII; None where the patch is empty.

    Parameters
    ----------
    cisternogram, angiogram : Volume
        The vessel must be bright on the angiogram where one is given.
    region : Region
        Up-sampled cisternogram, for what is brain or bone.
    nerves : sequence of NerveTrack
        VII first.
    vessel, others
        The vessel to fit; others are left out of the picture.
    move : ndarray of shape (4, 4), optional
        From the cisternogram's frame to the angiogram's.
    shift_sd_mm : float
        Uncertainty of ``move`` per axis.
    """
    apart, index = nearest_on(nerves[0].points_mm, vessel.points_mm)
    at = int(np.argmin(apart))
    centre = 0.5 * (nerves[0].points_mm[at] + vessel.points_mm[index[at]])
    tubes, arc = _tubes(nerves, vessel, centre)
    views = _views(cisternogram, angiogram, centre, move)
    if not tubes or not views:
        return None
    shown = [masked(view, _usable(view, tubes, region, others, k)) for k, view in enumerate(views)]
    if min(float(view.usable.sum()) for view in shown) < _LEAST_VOXELS:
        return None
    light = _light(region, cisternogram, angiogram, nerves[0], shown, move)
    fit = fit_tubes(tubes, shown, light, shift_sd_mm=shift_sd_mm)
    on = ("ciss", "tof")[: len(views)]
    near = np.linalg.norm(shown[0].places_mm - centre, axis=1) < 2.0
    explained = float(shown[0].usable[near].mean()) if near.any() else 0.0
    return PairFit(fit, arc, on, explained, tuple(shown), tuple(light))


def fit_again(pair: PairFit, softer: float, *, shift_sd_mm: float = 0.3) -> PairFit:
    """Return the same fit as if the scanner had filtered more, starting from the first."""
    views = [view.filtered(view.window - softer) for view in pair.views]
    fit = fit_tubes(
        pair.fit.tubes,
        views,
        pair.light,
        shift_sd_mm=shift_sd_mm,
        rounds=_ROUNDS_AGAIN,
        start=pair.fit.values,
    )
    return replace(pair, fit=fit, views=tuple(views))


def _tubes(
    nerves: Sequence[NerveTrack], vessel: VesselTrack, centre: NDArray[np.float64]
) -> tuple[list[Tube], NDArray[np.float64]]:
    """Return the tubes of a patch, VII first and the vessel last, and the arc of VII's points."""
    tubes: list[Tube] = []
    arc = np.zeros(0)
    for nerve in nerves:
        course, places = _piece(_longer(nerve), centre)
        if len(course) < 4:
            continue
        if nerve is nerves[0]:
            arc = nerve.arc_mm[0] - _lead(nerve) + places
        oval = limit("fit.oval_sd")
        tubes.append(tube_along(course, *_RADII[nerve.nerve.value], _TAPER_SD_MM, oval))
    course, _ = _piece(resample(vessel.points_mm, 0.35), centre)
    if not len(arc) or len(course) < 4:
        return [], arc
    tubes.append(tube_along(course, max(vessel.radius_mm, 0.45), 0.3, 2 * _TAPER_SD_MM))
    return tubes, arc


def _light(
    region: Region,
    cisternogram: Volume,
    angiogram: Volume | None,
    nerve: NerveTrack,
    views: Sequence[View],
    move: NDArray[np.float64] | None,
) -> list[LightPrior]:
    """Return what is known of brightness: a nerve is as bright as brain, flow is a void.

    Without it a thin tube may shrink and become blacker than black.
    """
    inner = ndimage.binary_erosion(region.tissue, iterations=2)
    places = region.to_patient(np.argwhere(inner))
    near = np.linalg.norm(places - nerve.points_mm[0], axis=1)
    places = places[np.argsort(near)[:400]]
    found = []
    for number, (volume, view) in enumerate(zip((cisternogram, angiogram), views, strict=False)):
        if volume is None:
            break
        seen = view.values[view.usable > 0]
        turn = np.eye(4) if number == 0 or move is None else move
        there = volume.to_voxel(places @ turn[:3, :3].T + turn[:3, 3]).T
        brain = ndimage.map_coordinates(
            volume.array.astype(np.float32), there, order=1, mode="nearest"
        )
        if number == 0:
            fluid = float(np.percentile(seen, 85.0))
            share = float(np.median(brain)) / fluid if len(brain) > 30 else 0.4
            rows = np.array([[1.0 - share, 0, 0, 0, 1, 0], [1.0 - _VOID, 0, 0, 0, 0, 1]])
            sd = np.array([_BRAIN_SD, _VOID_SD]) * fluid
            found.append(LightPrior(rows / sd[:, None], np.zeros(2)))
        else:
            fluid = float(np.percentile(seen, 25.0))
            top = float(np.percentile(volume.array, 99.9))
            tissue = float(np.median(brain)) if len(brain) > 30 else fluid
            rows = np.array([[1.0, 1, 0, 0], [1.0, 0, 1, 1], [0.0, 0, 0, 1]])
            sd = np.array([_BRAIN_SD, _FLOW_SD, _FLOW_SD]) * (top - fluid)
            wanted = np.array([tissue, fluid + _FLOW * (top - fluid), 0.4 * (top - fluid)])
            found.append(LightPrior(rows / sd[:, None], wanted / sd))
    return found


def _views(
    cisternogram: Volume,
    angiogram: Volume | None,
    centre: NDArray[np.float64],
    move: NDArray[np.float64] | None,
) -> list[View]:
    first = view_of(cisternogram, centre, _HALF_MM, window_of(cisternogram))
    if first is None or angiogram is None:
        return [] if first is None else [first]
    second = view_of(angiogram, centre, _HALF_MM, window_of(angiogram), move)
    return [first] if second is None else [first, second]


def window_of(volume: Volume) -> float:
    """Return the share of the plain term in the filter that a series is taken to have.

    Tuned on phantoms so that radii come out right; voxels larger than 0.5 mm want a softer one.
    """
    edge = float(np.prod(native_voxel(volume)) ** (1.0 / 3.0))
    softer = limit("fit.window_slope") * (edge / 0.5 - 1.0)
    return float(np.clip(limit("fit.window") - softer, 0.7, 1.0))


def _lead(nerve: NerveTrack) -> float:
    """Return how much :func:`_longer` puts before the first point."""
    return _BEYOND_MM * 2 if len(nerve.points_mm) else 0.0


def _longer(nerve: NerveTrack) -> NDArray[np.float64]:
    """Return a nerve's course with straight ends beyond both clicks."""
    points = smooth(nerve.points_mm, 0.35, 0.5)
    inward = points[0] - points[min(6, len(points) - 1)]
    outward = points[-1] - points[-min(7, len(points))]
    head = points[0] + _lead(nerve) * inward / max(float(np.linalg.norm(inward)), 1e-9)
    tail = points[-1] + _lead(nerve) * outward / max(float(np.linalg.norm(outward)), 1e-9)
    return resample(np.concatenate([head[None], points, tail[None]]), 0.35)


def _piece(
    points: NDArray[np.float64], centre: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the unbroken piece of a course around a place, and its arc from the course's start."""
    arc = arc_of(points)
    away = np.abs(points - centre).max(axis=1)
    inside = away <= _HALF_MM + _BEYOND_MM
    if not inside.any():
        return points[:0], arc[:0]
    at = int(np.argmin(np.linalg.norm(points - centre, axis=1)))
    if not inside[at]:
        return points[:0], arc[:0]
    first, last = at, at
    while first > 0 and inside[first - 1]:
        first -= 1
    while last < len(points) - 1 and inside[last + 1]:
        last += 1
    return points[first : last + 1], arc[first : last + 1]


def _usable(
    view: View,
    tubes: Sequence[Tube],
    region: Region,
    others: Sequence[VesselTrack],
    number: int,
) -> NDArray[np.float64]:
    """Return 1 for voxels that the tubes and fluid alone should explain."""
    places = view.places_mm
    apart = np.min([nearest_on(places, t.points_mm)[0] - t.radius_mm for t in tubes], axis=0)
    usable = apart <= _TO_EXPLAIN_MM
    index = region.to_voxel(places).T
    margin = 0.55 * float(view.fine_mm.max() / 0.25) + (0.25 if number else 0.0)
    free = ndimage.map_coordinates(region.tissue_away_mm, index, order=1, mode="nearest")
    usable &= free > margin
    for other in others:
        away, _ = nearest_on(places, other.points_mm)
        mine, _ = nearest_on(places, tubes[-1].points_mm)
        usable &= (away > other.radius_mm + _OTHER_MM) | (mine < away)
    result: NDArray[np.float64] = usable.astype(np.float64)
    return result
