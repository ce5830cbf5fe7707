"""Tubes as voxels: what a fit found becomes a mask that a segmentation can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.errors import RefusedError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from hemispasm.model.imaging import Volume

_STEPS_PER_VOXEL = 4


def mask_of_tube(volume: Volume, points_mm: ArrayLike, radii_mm: ArrayLike) -> NDArray[np.bool_]:
    """Return the voxels of a volume whose centres lie in a tube.

    Parameters
    ----------
    volume : Volume
        Whose grid the mask is on.
    points_mm : array_like, shape (n, 3)
        Centre line in LPS.
    radii_mm : array_like, shape (n,) or a number
        Radius at each point.

    Raises
    ------
    RefusedError
        The line is no line or not finite (``empty_mesh``), or no voxel lies in it
        (``empty_mask``).

    Examples
    --------
    >>> from hemispasm.model.imaging import Volume, lps_affine
    >>> volume = Volume(np.zeros((9, 9, 9), np.int16), lps_affine((1, 1, 1)))
    >>> int(mask_of_tube(volume, [(4, 4, 1), (4, 4, 7)], 1.2).sum())
    37
    """
    from scipy.spatial import cKDTree

    line = np.asarray(points_mm, dtype=np.float64)
    if line.ndim != 2 or line.shape[1:] != (3,) or len(line) < 2 or not np.all(np.isfinite(line)):
        raise RefusedError(
            "empty_mesh", "A centre line is empty or not finite.", "Leave out what was not found."
        )
    radii = np.broadcast_to(np.asarray(radii_mm, dtype=np.float64), len(line))
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    count = int(np.ceil(_STEPS_PER_VOXEL * along[-1] / min(volume.spacing_mm))) + 2
    at = np.linspace(0.0, along[-1], count)
    dense = np.stack([np.interp(at, along, line[:, axis]) for axis in range(3)], axis=1)
    wide = np.interp(at, along, radii)
    reach = float(wide.max()) / np.array(volume.spacing_mm) + 1
    places = volume.to_voxel(dense)
    low = np.maximum(np.floor(places.min(0) - reach), 0).astype(int)
    high = np.minimum(np.ceil(places.max(0) + reach) + 1, volume.shape).astype(int)
    mask = np.zeros(volume.shape, dtype=bool)
    if np.all(high > low):
        axes = (np.arange(a, b) for a, b in zip(low, high, strict=True))
        index = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        away, nearest = cKDTree(dense).query(volume.to_patient(index))
        mask[tuple(index[away <= wide[nearest] + 1e-9].T)] = True
    if not mask.any():
        raise RefusedError(
            "empty_mask",
            "A centre line lies outside the series, or is thinner than its voxels.",
            "Leave it out, or export it as a surface.",
        )
    return mask
