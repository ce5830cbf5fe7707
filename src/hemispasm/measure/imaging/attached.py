"""Where VII lies on the brainstem it is no tube: a vessel's distance to the surface instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from hemispasm.measure.imaging.courses import nearest_on, resample
from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.measure.imaging.region import Region, cut_region

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.imaging.nerves import NerveTrack
    from hemispasm.measure.imaging.vessels import VesselTrack
    from hemispasm.model.imaging import Volume

_AWAY_MM = 0.9
_SURFACE_MM = 6.0
_LEAST_POINTS = 60
_Z95 = 1.959964


@dataclass(frozen=True)
class AttachedMeasure:
    """A vessel and the brainstem surface in the corridor of the attached segment.

    Attributes
    ----------
    distance_mm : float, optional
        Vessel surface to brainstem surface; None where it was not measured. Below 0 the vessel
        lies in the surface as it would run without the vessel. The nerve may stand out of that
        surface and be nearer by up to its width.
    sd_mm : float
        Its spread on simulated series.
    vessel : str
        Which vessel.
    point_mm : ndarray, optional
        Of the vessel's axis.
    reasons : tuple of str
        Why there is no number.
    """

    distance_mm: float | None
    sd_mm: float
    vessel: str
    point_mm: NDArray[np.float64] | None = None
    reasons: tuple[str, ...] = ()

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
) -> AttachedMeasure | None:
    """Measure the clicked vessel that comes nearest to the attached segment.

    Parameters
    ----------
    region : Region
        Up-sampled cisternogram over the brightness of fluid.
    angiogram : Volume, optional
        The vessel's calibre comes from it.
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

    Returns
    -------
    AttachedMeasure or None
        None where no vessel comes into the corridor.
    """
    root = nerve.points_mm[nerve.arc_mm <= 0.0]
    if len(root) < 2:
        return None
    sd = limit("attached.sd_mm") * float(np.prod(voxel_mm) ** (1.0 / 3.0)) / 0.5
    if not clicks:
        reason = "vessel_unclicked: no reader has marked a vessel at the attached segment"
        return AttachedMeasure(None, sd, "", None, (reason,))
    near = [v for v in vessels if v.clicked and _gap(v, root) <= limit("attached.corridor_mm")]
    if not near or angiogram is None:
        return None
    vessel = min(near, key=lambda v: _gap(v, root))
    course = resample(vessel.points_mm, 0.2)
    apart, _ = nearest_on(course, root)
    inside = course[apart <= limit("attached.corridor_mm")]
    centre = inside[int(np.argmin(apart[apart <= limit("attached.corridor_mm")]))]
    surface = _surface(region, vessel, centre, root)
    if surface is None:
        reason = "surface_unseen: too little of the brainstem's surface shows around the vessel"
        return AttachedMeasure(None, sd, vessel.ident, centre, (reason,))
    radius = _radius(angiogram, inside, centre, move) or vessel.radius_mm
    depth = surface(inside) - radius
    at = int(np.argmin(depth))
    return AttachedMeasure(float(depth[at]), sd, vessel.ident, inside[at])


def _gap(vessel: VesselTrack, root: NDArray[np.float64]) -> float:
    apart, _ = nearest_on(vessel.points_mm, root)
    return float(apart.min())


class _Quadratic:
    """A surface as height over a plane; distance of points above it."""

    def __init__(self, places: NDArray[np.float64], outward: NDArray[np.float64]) -> None:
        self.centre = places.mean(axis=0)
        _, _, axes = np.linalg.svd(places - self.centre, full_matrices=False)
        normal = axes[2] if axes[2] @ outward > 0 else -axes[2]
        self.frame = np.stack([axes[0], axes[1], normal], axis=1)
        uvw = (places - self.centre) @ self.frame
        weight = np.ones(len(uvw))
        for _ in range(6):
            rows = self._rows(uvw) * weight[:, None]
            self.light = np.linalg.lstsq(rows, uvw[:, 2] * weight, rcond=None)[0]
            off = uvw[:, 2] - self._rows(uvw) @ self.light
            spread = 1.4826 * float(np.median(np.abs(off))) + 1e-3
            weight = 1.0 / (1.0 + (off / (2.0 * spread)) ** 2)

    @staticmethod
    def _rows(uvw: NDArray[np.float64]) -> NDArray[np.float64]:
        u, v = uvw[:, 0], uvw[:, 1]
        return np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=1)

    def __call__(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        uvw = (places - self.centre) @ self.frame
        height = uvw[:, 2] - self._rows(uvw) @ self.light
        a = self.light
        slope_u = a[1] + 2 * a[3] * uvw[:, 0] + a[4] * uvw[:, 1]
        slope_v = a[2] + a[4] * uvw[:, 0] + 2 * a[5] * uvw[:, 1]
        result: NDArray[np.float64] = height / np.sqrt(1.0 + slope_u**2 + slope_v**2)
        return result


def _surface(
    region: Region, vessel: VesselTrack, centre: NDArray[np.float64], root: NDArray[np.float64]
) -> _Quadratic | None:
    """Return the brainstem's surface around a vessel, as it would run under it."""
    brain, fluid = _levels(region, root)
    dark = region.array < 0.5 * (brain + fluid)
    start = region.nearest(root[0])
    labels, _ = ndimage.label(dark)
    label = labels[start]
    if label == 0:
        away = np.linalg.norm(region.points() - root[0], axis=-1)
        away = np.where(dark, away, np.inf)
        label = labels[np.unravel_index(int(away.argmin()), away.shape)]
    stem = labels == label
    rim = stem & ~ndimage.binary_erosion(stem)
    index = np.argwhere(rim)
    places = region.to_patient(index)
    close = np.linalg.norm(places - centre, axis=1) <= _SURFACE_MM
    index, places = index[close], places[close]
    free = nearest_on(places, vessel.points_mm)[0] > vessel.radius_mm + _AWAY_MM
    index, places = index[free], places[free]
    if len(places) < _LEAST_POINTS:
        return None
    places, outward = _on_level(region, index, 0.5 * (brain + fluid))
    return _Quadratic(places, outward)


def _levels(region: Region, root: NDArray[np.float64]) -> tuple[float, float]:
    away = np.linalg.norm(region.points() - root[0], axis=-1)
    near = region.array[(away < 5.0) & region.inside]
    return float(np.percentile(near, 15.0)), float(np.percentile(region.array[region.inside], 92.0))


def _on_level(
    region: Region, index: NDArray[np.intp], level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return rim voxels moved along the gradient onto the level, and the mean way out."""
    soft = ndimage.gaussian_filter(region.array, 0.8)
    slope = np.stack([g[tuple(index.T)] for g in np.gradient(soft)], axis=1)
    size = np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-6)
    unit = slope / size
    value = region.array[tuple(index.T)]
    step = np.clip((level - value)[:, None] / size, -1.5, 1.5)
    return region.to_patient(index + step * unit), unit.mean(axis=0)


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
