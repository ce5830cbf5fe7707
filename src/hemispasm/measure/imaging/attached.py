"""Where VII lies on the brainstem it is no tube: a vessel's distance to the surface instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from hemispasm.measure.imaging.attached_fit import HALF_MM, AttachedFit, fit_attached
from hemispasm.measure.imaging.attached_surface import tissue_surface
from hemispasm.measure.imaging.courses import falls_to_end, nearest_on, resample
from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.measure.imaging.region import cut_region

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.imaging.nerves import NerveTrack
    from hemispasm.measure.imaging.region import Region
    from hemispasm.measure.imaging.vessels import VesselTrack
    from hemispasm.model.imaging import Volume

_Z95 = 1.959964
_RIM_MM = 0.5
_END_POINTS = 3
_EIGHTH_FREE_MM = 0.8


@dataclass(frozen=True)
class AttachedMeasure:
    """A vessel and the surface of brainstem and nerve in the corridor of the attached segment.

    Attributes
    ----------
    distance_mm : float, optional
        Vessel surface to the nearest surface of brainstem or attached nerve; None where it was
        not measured. Below 0 the vessel lies in the surface, deeper than the number says: on tuning
        phantoms an overlap of 0.2 mm reads as 0.1, because the surface is seen beside the vessel.
    sd_mm : float
        Its spread on simulated series.
    vessel : str
        Which vessel.
    point_mm : ndarray, optional
        Of the vessel's axis, where it comes nearest.
    reasons : tuple of str
        Why there is no number.
    surface_mm : ndarray, optional
        The nearest point of the surface.
    radius_mm : float, optional
        Of the vessel there.
    """

    distance_mm: float | None
    sd_mm: float
    vessel: str
    point_mm: NDArray[np.float64] | None = None
    reasons: tuple[str, ...] = ()
    surface_mm: NDArray[np.float64] | None = None
    radius_mm: float | None = None

    @property
    def interval_phantom_mm(self) -> tuple[float, float] | None:
        """95 % on simulated series."""
        if self.distance_mm is None:
            return None
        return self.distance_mm - _Z95 * self.sd_mm, self.distance_mm + _Z95 * self.sd_mm


def measure_attached(
    region: Region,
    angiogram: Volume | None,
    nerve: NerveTrack,
    vessels: Sequence[VesselTrack],
    clicks: Sequence[NDArray[np.float64]],
    voxel_mm: NDArray[np.float64],
    move: NDArray[np.float64] | None = None,
    *,
    cisternogram: Volume | None = None,
    nerves: Sequence[NerveTrack] = (),
) -> AttachedMeasure | None:
    """Measure the clicked vessel that comes nearest to the attached segment.

    Parameters
    ----------
    region : Region
        Up-sampled cisternogram over the brightness of fluid.
    angiogram : Volume, optional
        Tells the vessel from the brainstem.
    nerve : NerveTrack
        VII with its attached part (arc length below 0).
    vessels : sequence of VesselTrack
        Those that a reader clicked into count: of the others, parenchyma is taken for a vessel
        too often.
    clicks : sequence of ndarray
        The reader's clicks into vessels.
    voxel_mm : ndarray
        Acquired voxel.
    move : ndarray of shape (4, 4), optional
        Cisternogram to angiogram.
    cisternogram : Volume, optional
        As acquired; without it there is no number.
    nerves : sequence of NerveTrack
        VII and VIII: the surface of VIII is not measured to.

    Returns
    -------
    AttachedMeasure or None
        None where no vessel comes into the corridor, or there is no angiogram.
    """
    root = nerve.points_mm[nerve.arc_mm <= 0.0]
    if len(root) < 2:
        return None
    sd = limit("attached.sd_mm") * float(np.prod(voxel_mm) ** (1.0 / 3.0)) / 0.5
    thickest = float(np.max(voxel_mm))
    if thickest > limit("attached.voxel_mm"):
        reason = (
            f"attached_coarse: voxels of {thickest:.1f} mm show too little of a vessel's wall on "
            f"the brainstem; limit {limit('attached.voxel_mm'):.1f} mm"
        )
        return AttachedMeasure(None, sd, "", None, (reason,))
    if not clicks:
        reason = "vessel_unclicked: no reader has marked a vessel at the attached segment"
        return AttachedMeasure(None, sd, "", None, (reason,))
    reach = limit("attached.corridor_mm")
    near = [v for v in vessels if v.clicked and _gap(v, root) <= reach + v.radius_mm]
    if not near or angiogram is None:
        return None
    vessel = min(near, key=lambda v: _gap(v, root))
    click = _nearest_click(vessel, clicks)
    fit = None
    if cisternogram is not None:
        radius = _radius(angiogram, resample(vessel.points_mm, 0.2), click, move)
        fit = fit_attached(
            cisternogram,
            angiogram,
            region,
            vessel.points_mm,
            radius or vessel.radius_mm,
            click,
            root,
            move,
        )
    eighth = [n.points_mm[n.arc_mm > _EIGHTH_FREE_MM] for n in nerves[1:2]]
    surface = None if fit is None else tissue_surface(fit, root, _stacked(eighth))
    if fit is None or surface is None or not len(surface):
        reason = "surface_unseen: too little of the brainstem's surface shows around the vessel"
        return AttachedMeasure(None, sd, vessel.ident, click, (reason,))
    return _nearest(fit, surface, root, vessel.ident, sd)


def _nearest(
    fit: AttachedFit,
    surface: NDArray[np.float64],
    root: NDArray[np.float64],
    vessel: str,
    sd: float,
) -> AttachedMeasure:
    """Return where the vessel's wall comes nearest to the surface in the corridor."""
    axis, radius = fit.axis_mm, fit.radius_mm
    beside, _ = nearest_on(axis, root)
    counts = beside <= limit("attached.corridor_mm") + radius
    counts &= np.abs(axis - fit.centre_mm).max(axis=1) <= HALF_MM - _RIM_MM
    # Beyond its ends the vessel goes on unmodelled and passes for tissue.
    counts[:_END_POINTS] = counts[-_END_POINTS:] = False
    if not counts.any():
        reason = "vessel_short: the vessel is not seen over the attached nerve"
        return AttachedMeasure(None, sd, vessel, fit.centre_mm, (reason,))
    apart, index = cKDTree(surface).query(axis)
    gap = np.where(counts, apart - radius, np.inf)
    at = int(np.argmin(gap))
    if falls_to_end(gap, at):
        reason = "vessel_ends: the piece of vessel that is seen ends where it comes nearest"
        return AttachedMeasure(None, sd, vessel, axis[at], (reason,))
    return AttachedMeasure(
        float(gap[at]), sd, vessel, axis[at], (), surface[int(index[at])], float(radius[at])
    )


def _stacked(courses: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate(courses) if courses else np.zeros((0, 3))


def _nearest_click(
    vessel: VesselTrack, clicks: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return the click that marks this vessel."""
    places = np.asarray([np.asarray(click, dtype=np.float64) for click in clicks])
    apart, _ = nearest_on(places, vessel.points_mm)
    return np.asarray(places[int(np.argmin(apart))], dtype=np.float64)


def _gap(vessel: VesselTrack, root: NDArray[np.float64]) -> float:
    apart, _ = nearest_on(vessel.points_mm, root)
    return float(apart.min())


def _radius(
    angiogram: Volume,
    course: NDArray[np.float64],
    centre: NDArray[np.float64],
    move: NDArray[np.float64] | None,
) -> float | None:
    """Return the radius at half level of the angiogram, area-equivalent, about the place."""
    near = course[np.linalg.norm(course - centre, axis=1) < 2.5]
    if len(near) < 3:
        return None
    box = cut_region(angiogram, near, 2.5, 0.2, move)
    apart, _ = nearest_on(box.points().reshape(-1, 3), near)
    apart = apart.reshape(box.array.shape)
    peak = float(np.percentile(box.array[apart < 0.3], 60.0))
    ring = box.array[(apart > 1.4) & (apart < 2.4)]
    level = 0.5 * (peak + float(np.percentile(ring, 40.0)))
    volume = float(np.count_nonzero((box.array > level) & (apart < 2.0))) * 0.2**3
    length = float(np.linalg.norm(np.diff(near, axis=0), axis=1).sum()) + 1e-6
    # Caps at both ends add to the cylinder; solve roughly by one correction.
    radius = np.sqrt(volume / (np.pi * length))
    radius = np.sqrt(volume / (np.pi * (length + 4.0 / 3.0 * radius)))
    return float(np.clip(radius, 0.3, 3.0))
