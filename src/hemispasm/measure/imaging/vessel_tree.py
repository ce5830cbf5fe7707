"""From a vessel at the nerve back to its trunk: the only ground for a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from skimage.graph import MCP_Geometric

from hemispasm.measure.imaging.lesion_measures import vessel_mask
from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.measure.imaging.region import cut_region

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.imaging.region import Region
    from hemispasm.model.imaging import Volume

_STEP_MM = 0.5
_MARGIN_MM = 8.0
_REACH_MM = 24.0


def trace_to_trunk(
    angiogram: Volume, place_mm: NDArray[np.float64], root_mm: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64] | None]:
    """Return a vessel's calibre at a place, and where it reaches a trunk.

    Parameters
    ----------
    angiogram : Volume
        Blood is bright.
    place_mm : ndarray of shape (3,)
        In the vessel, near the nerve.
    root_mm : ndarray of shape (3,)
        Root exit of the facial nerve of that side.

    Returns
    -------
    tuple of float and ndarray or None
        Widest inner radius within 3 mm of the place, mm; LPS of the trunk that it is connected
        to (the first place wider than ``naming.trunk_mm``), None where no trunk is reached in the
        field.
    """
    corner = np.array([_REACH_MM, _MARGIN_MM + 14.0, _REACH_MM])
    region = cut_region(angiogram, [root_mm - corner, root_mm + corner], 0.0, _STEP_MM)
    bright = vessel_mask(region)
    depth = ndimage.distance_transform_edt(bright, sampling=region.step_mm)
    start = _snapped(region, bright, place_mm)
    if start is None:
        return 0.0, None
    near = np.linalg.norm(region.points() - place_mm, axis=-1) <= 3.0
    radius = float(depth[near & bright].max(initial=0.0))
    trunk = depth >= limit("naming.trunk_mm")
    labels, _ = ndimage.label(bright, np.ones((3, 3, 3)))
    reached = trunk & (labels == labels[start])
    if not reached.any():
        return radius, None
    costs, _ = MCP_Geometric(np.where(bright, 1.0, -1.0)).find_costs([start])
    index = np.argwhere(reached)
    best = index[int(np.argmin(costs[tuple(index.T)]))]
    return radius, region.to_patient(best)


def _snapped(
    region: Region, bright: NDArray[np.bool_], place_mm: NDArray[np.float64]
) -> tuple[int, int, int] | None:
    """Return the bright voxel nearest to a place, None where there is none within a click."""
    away = np.where(bright, np.linalg.norm(region.points() - place_mm, axis=-1), np.inf)
    if float(away.min()) > limit("vessel.click_mm"):
        return None
    i, j, k = np.unravel_index(int(away.argmin()), away.shape)
    return int(i), int(j), int(k)
