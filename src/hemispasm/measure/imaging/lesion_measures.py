"""Simple measures beside the checklist of other causes: fluid, calibre, tangle, bright spot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from skimage.morphology import skeletonize

from hemispasm.measure.imaging.region import cut_region

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.imaging.region import Region
    from hemispasm.model.imaging import Volume

_STEP_MM = 0.5
_CISTERN_MM = 9.0
_VESSEL_MM = 15.0
_TRUNK_MM = 1.6
_SPOT_STEP_MM = 0.8


def fluid_share(
    cisternogram: Volume, porus_mm: NDArray[np.float64], root_mm: NDArray[np.float64]
) -> float:
    """Return which part of a ball at the porus is bright fluid, 0 to 1.

    The ball of 9 mm lies at the inner third of the nerve's way, so that brain, bone and cistern
    share it alike on both sides; a mass takes the place of the fluid.

    Parameters
    ----------
    cisternogram : Volume
        Fluid is bright.
    porus_mm, root_mm : ndarray of shape (3,)
        Ends of the facial nerve.
    """
    centre = porus_mm + 0.35 * (root_mm - porus_mm)
    region = cut_region(cisternogram, centre, _CISTERN_MM, _STEP_MM)
    ball = _ball(region, centre, _CISTERN_MM)
    level = float(np.percentile(region.array[region.inside], 97.0))
    return float(np.mean(region.array[ball] > 0.5 * level))


def enhancing_ml(
    t1_contrast: Volume, porus_mm: NDArray[np.float64], root_mm: NDArray[np.float64]
) -> float:
    """Return the volume of the largest compact bright body at the angle, in ml.

    Vessels take up contrast as well: what is thinner than 5 mm is taken off before a body counts.

    Parameters
    ----------
    t1_contrast : Volume
        T1 with contrast; its reference is the brainstem beside the root exit.
    porus_mm, root_mm : ndarray of shape (3,)
        Ends of the facial nerve.
    """
    centre = porus_mm + 0.3 * (root_mm - porus_mm)
    region = cut_region(t1_contrast, centre, 14.0, _STEP_MM)
    brain = brain_level(t1_contrast, porus_mm, root_mm)
    bright = (region.array > 1.35 * brain) & region.inside & _ball(region, centre, 14.0)
    depth = ndimage.distance_transform_edt(bright, sampling=region.step_mm)
    core = depth > 2.5
    labels, count = ndimage.label(core)
    if count == 0:
        return 0.0
    grown = ndimage.distance_transform_edt(~(labels == _largest(labels)), sampling=region.step_mm)
    return float(np.count_nonzero(bright & (grown <= 3.0))) * region.step_mm**3 / 1000.0


def brain_level(
    volume: Volume, porus_mm: NDArray[np.float64], root_mm: NDArray[np.float64]
) -> float:
    """Return the usual brightness of the brainstem: medial of the root exit, away from fluid."""
    place = _inside_pons(porus_mm, root_mm)
    region = cut_region(volume, place, 5.0, _SPOT_STEP_MM)
    return float(np.median(region.array[_ball(region, place, 5.0)]))


def widest_vessel_mm(
    angiogram: Volume, root_mm: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Return the largest inner diameter of a bright vessel near the root exit, and where.

    Parameters
    ----------
    angiogram : Volume
        Blood is bright.
    root_mm : ndarray of shape (3,)
        Root exit of the facial nerve; vessels within 15 mm count.

    Notes
    -----
    The wall is set half-way between tissue and the brightest blood; a vessel thinner than about
    three voxels comes out too thin, a wide one within half a voxel.
    """
    region = cut_region(angiogram, root_mm, _VESSEL_MM, _STEP_MM)
    bright = vessel_mask(region) & _ball(region, root_mm, _VESSEL_MM)
    depth = ndimage.distance_transform_edt(bright, sampling=region.step_mm)
    index = np.unravel_index(int(depth.argmax()), depth.shape)
    wide = max(2.0 * float(depth[index]) - 0.5 * region.step_mm, 0.0)
    return wide, region.to_patient(np.array(index))


def vessel_length_mm(angiogram: Volume, root_mm: NDArray[np.float64]) -> float:
    """Return the length of thin bright vessels within 15 mm of the root exit.

    One or two arteries pass there; a tangle is several times as long.

    Parameters
    ----------
    angiogram : Volume
        Blood is bright.
    root_mm : ndarray of shape (3,)
        Root exit of the facial nerve.
    """
    region = cut_region(angiogram, root_mm, _VESSEL_MM, _STEP_MM)
    bright = vessel_mask(region)
    depth = ndimage.distance_transform_edt(bright, sampling=region.step_mm)
    trunk = ndimage.distance_transform_edt(depth <= _TRUNK_MM, sampling=region.step_mm) <= 2.5
    axis = skeletonize(bright) & ~trunk & _ball(region, root_mm, _VESSEL_MM)
    return float(np.count_nonzero(axis)) * region.step_mm * 1.35


def vessel_mask(region: Region) -> NDArray[np.bool_]:
    """Return the voxels of an angiogram that are brighter than half of the brightest blood."""
    values = region.array[region.inside]
    tissue = float(np.percentile(values, 60.0))
    blood = float(np.percentile(values, 99.8))
    return np.asarray((region.array > 0.5 * (tissue + blood)) & region.inside, dtype=np.bool_)


def bright_spot_mm3(
    flair: Volume, porus_mm: NDArray[np.float64], root_mm: NDArray[np.float64]
) -> float:
    """Return the volume of the largest bright spot inside the pons beside the root exit.

    Parameters
    ----------
    flair : Volume
        FLAIR: fluid is dark.
    porus_mm, root_mm : ndarray of shape (3,)
        Ends of the facial nerve.
    """
    place = _inside_pons(porus_mm, root_mm)
    region = cut_region(flair, place, 9.0, _SPOT_STEP_MM)
    near = _ball(region, place, 9.0) & region.inside
    usual = float(np.median(region.array[_ball(region, place, 5.0)]))
    spread = 1.4826 * float(np.median(np.abs(region.array[near] - usual)))
    soft = ndimage.gaussian_filter(region.array, 0.6)
    bright = (soft > usual + max(0.18 * usual, 3.0 * min(spread, 0.1 * usual))) & near
    labels, count = ndimage.label(bright)
    if count == 0:
        return 0.0
    return float(np.count_nonzero(labels == _largest(labels))) * region.step_mm**3


def _inside_pons(
    porus_mm: NDArray[np.float64], root_mm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a place in the pons: from the root exit inwards, backwards and upwards."""
    sign = 1.0 if porus_mm[0] > root_mm[0] else -1.0
    return root_mm + np.array([-5.0 * sign, 3.5, 5.0])


def _ball(region: Region, centre: NDArray[np.float64], radius_mm: float) -> NDArray[np.bool_]:
    away = np.linalg.norm(region.points() - centre, axis=-1)
    return np.asarray(away <= radius_mm, dtype=np.bool_)


def _largest(labels: NDArray[np.int32]) -> int:
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return int(sizes.argmax())
