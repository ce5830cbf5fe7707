"""Bone, brain, fluid and brainstem on a cisternogram, coarse but enough to find the nerves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from skimage.filters import threshold_multiotsu

from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.measure.imaging.propose_midplane import Midplane, corners_of
from hemispasm.measure.imaging.region import Region, cut_region

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.imaging import Volume

_WIDE_MM = 44.0
_BONE_MM3 = 400.0
# Opened by so much, a brainstem loses nerves, vessels and the flocculus.
_OPENING_MM = 3.5
_MIDDLE_MM = 6.0

Mask = "NDArray[np.bool_]"


@dataclass(frozen=True)
class Landscape:
    """Cubes along the patient's axes, each with its tissue.

    Attributes
    ----------
    region : Region
        Values over the brightness of fluid.
    left_mm : ndarray
        How far each voxel lies to the patient's left of the midplane.
    bone, brain, fluid, stem : ndarray of bool
        Tissues; ``stem`` is the brainstem with what hangs on it broadly.
    brain_level : float
        Median brightness of brain, fluid being 1.
    """

    region: Region
    left_mm: NDArray[np.float64]
    bone: NDArray[np.bool_]
    brain: NDArray[np.bool_]
    fluid: NDArray[np.bool_]
    stem: NDArray[np.bool_]
    brain_level: float

    @property
    def step_mm(self) -> float:
        """Edge of a cube."""
        return self.region.step_mm


def grow(mask: NDArray[np.bool_], by_mm: float, step_mm: float) -> NDArray[np.bool_]:
    """Return a mask with everything within a distance of it."""
    if not mask.any():
        return mask.copy()
    away: NDArray[np.float64] = ndimage.distance_transform_edt(~mask, sampling=step_mm)
    return np.asarray(away <= by_mm)


def shrink(mask: NDArray[np.bool_], by_mm: float, step_mm: float) -> NDArray[np.bool_]:
    """Return what of a mask lies deeper than a distance; the rim of the picture is no border."""
    if mask.all():
        return mask.copy()
    deep: NDArray[np.float64] = ndimage.distance_transform_edt(mask, sampling=step_mm)
    return np.asarray(deep > by_mm)


def field_voxels(volume: Volume) -> float:
    """Return how many cubes a landscape of this volume would have, about."""
    corners = corners_of(volume)
    size = corners.max(axis=0) - corners.min(axis=0)
    size[0] = min(size[0], 2.0 * _WIDE_MM)
    return float(np.prod(size / limit("propose.grid_mm")))


def read_landscape(volume: Volume, plane: Midplane) -> Landscape | None:
    """Return the tissues about the midplane; None where there is no brainstem in bright fluid.

    Parameters
    ----------
    volume : Volume
        A cisternogram: fluid bright, brain grey, bone and air dark.
    plane : Midplane
        Between the patient's halves.
    """
    corners = corners_of(volume)
    low, high = corners.min(axis=0), corners.max(axis=0)
    low[0] = max(low[0], plane.offset_mm - _WIDE_MM)
    high[0] = min(high[0], plane.offset_mm + _WIDE_MM)
    if high[0] <= low[0]:
        return None
    step = limit("propose.grid_mm")
    region = cut_region(volume, np.array([low, high]), 0.0, step)
    even = ndimage.gaussian_filter(region.array, 0.5)
    beside = plane.beside(region.points())
    sample = even[region.inside][::7]
    if len(np.unique(sample)) < 3:
        return None
    dark, light = (float(level) for level in threshold_multiotsu(sample, 3))
    inside = region.inside
    bone, fluid = (even < dark) & inside, (even >= light) & inside
    brain = inside & ~bone & ~fluid
    if not (fluid.any() and brain.any() and bone.any()):
        return None
    stem = _brainstem(brain, beside, step)
    if stem is None:
        return None
    level = float(np.median(even[fluid]))
    scaled = Region(region.array / np.float32(level), region.origin_mm, step, inside)
    return Landscape(
        scaled,
        beside,
        _large(bone, step),
        brain,
        fluid,
        stem,
        float(np.median(scaled.array[brain])),
    )


def _large(bone: NDArray[np.bool_], step_mm: float) -> NDArray[np.bool_]:
    """Return dark pieces without the small ones, which are vessels."""
    pieces, count = ndimage.label(bone)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1) * step_mm**3
    sizes[0] = 0.0
    return np.asarray((sizes > _BONE_MM3)[pieces])


def _brainstem(
    brain: NDArray[np.bool_], beside: NDArray[np.float64], step_mm: float
) -> NDArray[np.bool_] | None:
    """Return the brain tissue in the middle without what hangs on it by a thread."""
    pieces, _ = ndimage.label(shrink(brain, _OPENING_MM, step_mm))
    middle = pieces[(np.abs(beside) < _MIDDLE_MM) & (pieces > 0)]
    if len(middle) == 0:
        return None
    core = pieces == int(np.bincount(middle).argmax())
    stem: NDArray[np.bool_] = grow(core, _OPENING_MM + step_mm, step_mm) & brain
    return stem
